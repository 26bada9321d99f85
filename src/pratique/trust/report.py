"""What became of a list that somebody published: how much of it is believed, and what is not, and why."""

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct

from pratique.model.reasons import Reason
from pratique.trust.keys import Anchor, TrustedKey

SHRINKING = 0.1
"""Lists grow, and lose a few keys at a time; more than this share at once is somebody's mistake, or an attack."""


class Report(Struct, frozen=True):
    """Beside the keys or roots that a list gave.

    `refused` names a place in the list and the reason, never a value; one place may have several. `alarms` are about
    the list as a whole, and worth telling a person.
    """

    accepted: int
    refused: tuple[tuple[str, Reason], ...] = ()
    alarms: tuple[Reason, ...] = ()


def reported(accepted: int, refused: Sequence[tuple[str, Reason]]) -> Report:
    """The report of published keys, with an alarm for a private one: whose it is has to know, and be told."""
    exposed = any(reason is Reason.TRUST_PRIVATE_KEY for _, reason in refused)
    return Report(accepted, tuple(refused), (Reason.TRUST_PRIVATE_KEY,) if exposed else ())


def compare(old: Iterable[TrustedKey | Anchor], new: Iterable[TrustedKey | Anchor]) -> tuple[tuple[str, Reason], ...]:
    """What a person should look at before the new list takes the old one's place: the issuer, or nothing, and why.

    An issuer that has none left, and a list that lost more than a tenth: of keys, or of roots.
    """
    before, after = Counter(key.issuer for key in old), Counter(key.issuer for key in new)
    gone = sorted(issuer for issuer in before if issuer is not None and issuer not in after)
    alarms = [(issuer, Reason.TRUST_ISSUER_VANISHED) for issuer in gone]
    if after.total() < (1 - SHRINKING) * before.total():
        alarms.append(("", Reason.TRUST_LIST_SHRANK))
    return tuple(alarms)
