"""Entries that are nobody's: the list of withdrawals tells neither how many were withdrawn nor which they are.

    the first list       1024 entries of each effect, or more
    each list after it   64 more of each, whether nothing was withdrawn since or 63; 128 for 64 to 127, and so on

Whoever compares every list that was ever published sees the same for any history in which fewer than a step were
withdrawn from one list to the next: not nearly the same, as with a random number of decoys, of which many days tell the
mean, but the same. Of more it is seen how many steps they were, and no list hides a recall of thousands.

A decoy is a row like that of a withdrawal, written before the list it is on is published, so that it stands on every
later one and on one that is made anew from the store. Its entry is the hash of what nobody can guess, as all are.
"""

from datetime import datetime, timedelta
from random import Random, SystemRandom

from sqlalchemy import Connection

from pratique.authority.issuance import revoking
from pratique.authority.issuance.revoking import FRESH, Effect
from pratique.authority.store import alone
from pratique.authority.store import withdrawals as withdrawn
from pratique.authority.store.withdrawals import DECOY, Withdrawal
from pratique.revocation import Identifier, Prefixes, RevocationList, prefix_of

LEAST = 1024
"""Entries of each effect on the shortest list: 16 kB with both."""
STEPS = tuple(2**power for power in range(6, 21))
"""Entries by which a list may grow. Powers of two, so that a list of another step goes on as one of this."""
STEP = STEPS[0]
"""For a country that withdraws fewer than 64 between two lists. It costs 1 kB a list, 374 kB in a year of days."""


def published(
    connection: Connection,
    *,
    at: datetime,
    before: RevocationList | None = None,
    fresh: timedelta = FRESH,
    step: int = STEP,
    random: Random | None = None,
) -> RevocationList:
    """`revoking.revocation_list` for everybody to read: filled up with decoys, which it writes to the store.

    Publish it after the transaction has ended: a decoy that was shown and not kept would be missing from the next list.
    Raises `ValueError` for a step that is none of STEPS.
    """
    if step not in STEPS:
        raise ValueError("the step of a list is a power of two, from 64 to 1048576")
    alone(connection, "the list of withdrawals")  # two at once would each draw their own
    listed = revoking.revocation_list(connection, at=at, before=before, fresh=fresh)
    dice, moment = random or SystemRandom(), int(at.timestamp())
    for effect in Effect:
        entries: Prefixes = getattr(listed, effect)
        drawn = _drawn(filled(len(entries), step) - len(entries), dice, (listed.revoked, listed.replaced))
        withdrawn.withdraw(connection, [Withdrawal(":".join(e), effect, DECOY, "", None, moment) for e in drawn])
        listed = listed.changed(**{effect: entries | Prefixes.of(drawn)})
    return listed


def filled(entries: int, step: int = STEP) -> int:
    """How many entries a list of so many is published with: always more, so that no two lists in a row are equal."""
    return max(LEAST, (entries // step + 1) * step)


def _drawn(count: int, dice: Random, listed: tuple[Prefixes, ...]) -> list[Identifier]:
    """So many identifiers that are nobody's, and are not listed yet, whatever the dice."""
    found: dict[int, Identifier] = {}
    while len(found) < count:
        identifier = DECOY, dice.randbytes(16).hex()
        prefix = prefix_of(identifier)
        if not any(prefix in each for each in listed):
            found[prefix] = identifier
    return list(found.values())
