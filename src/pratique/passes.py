"""Day passes: admitted or not, for one slot of 24 hours, and nothing of why.

    a venue's policy ─ decide ─► word ─┐
    holder ─ crowd ─► initials, birthday ─┼─► Status ─ issue_status ─► one pass for each one-time key
    slots, the same for everybody ─────┘

A holder gets passes in batches and shows each once: two of them share what they disclose, their slot, and constants.
Whoever was vaccinated, tested, has recovered or is exempt gets passes that differ in nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from pratique.admission.proofs import payload, unique
from pratique.issuing import issue_status
from pratique.model.certificate import Certificate, Person
from pratique.model.crowd import Crowd
from pratique.model.journey import Leg
from pratique.model.keys import Signer
from pratique.model.status import Status, StatusKind, StatusWord
from pratique.rules.personas import external
from pratique.rules.policy import Decision, Policy, Result, decide

SLOT = timedelta(hours=24)
HOUR = 19
"""UTC: the hour at which every slot begins, for everybody, so that a begin says nothing of its holder. In the east of
Asia it is 3 in the morning, when the fewest are out; an authority elsewhere names its own."""
MOST_DAYS = 28
"""How far ahead passes are handed out: what CoronaCheck did, and a month without a connection."""

_WORDS: dict[str, StatusWord] = {
    Result.ADMIT: StatusWord.ADMITTED,
    Result.TEST_FIRST: StatusWord.NOT_ADMITTED,
    Result.NOT_ADMITTED: StatusWord.NOT_ADMITTED,
}


class Slot(Struct, frozen=True):
    """When the passes of a batch count, and the one-time keys of the holder for it: a pass for each.

    A key is a compressed point of P-256, or None for a pass on paper.
    """

    begins: datetime
    keys: tuple[bytes | None, ...]


def word_of(decision: Decision) -> StatusWord | None:
    """What a venue's policy comes to at a door; None where it is undecided or speaks of no door: no pass is made."""
    return _WORDS.get(decision.branch.result) if decision.branch is not None else None


def decided(certificate: Certificate, policy: Policy, at: datetime) -> Decision:
    """What a policy makes of a holder's claims at an instant; a policy reads them in the shape of a DCC."""
    leg = Leg(policy.country, at)
    return decide(policy, payload(certificate.holder, unique(certificate.claims), leg), external(policy, at))


def word_for(certificate: Certificate, policy: Policy, slot: datetime, at: datetime) -> StatusWord | None:
    """What the passes of the slot that begins at `slot` say, by the policy then, or at `at` if it runs already.

    So a test of yesterday is good for tomorrow's pass, and not for one of next week. None where nothing is decided, and
    where the policy does not hold all through the slot, or is of history: then no pass is made.
    """
    if policy.historical or not covered(policy, slot, at):
        return None
    return word_of(decided(certificate, policy, max(slot, at)))


def covered(policy: Policy, slot: datetime, at: datetime) -> bool:
    """Whether a policy is in force from now, or from the begin of a slot, to its end."""
    return policy.in_force(max(slot, at)) and (policy.sunset is None or slot + SLOT <= policy.sunset)


def begins(at: datetime, *, days: int, hour: int = HOUR) -> tuple[datetime, ...]:
    """The begins of the slot that runs at `at` and of those after it, `days` in all (1 to `MOST_DAYS`)."""
    if at.tzinfo is None:
        raise ValueError("`at` must be an aware instant")
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"from 1 to {MOST_DAYS} days")
    first = at.astimezone(UTC).replace(hour=hour, minute=0, second=0, microsecond=0)
    first -= SLOT if first > at else timedelta(0)
    return tuple(first + day * SLOT for day in range(days))


def statuses(
    holder: Person, word: StatusWord, slots: Iterable[Slot], *, crowd: Crowd, specimen: bool = False
) -> tuple[Status, ...]:
    """What a batch of passes says, one for each key of each slot, in their order."""
    initials, birthday = crowd.shown(holder)
    return tuple(
        Status(
            kind=StatusKind.DAY_PASS,
            word=word,
            begins=slot.begins,
            ends=slot.begins + SLOT,
            initials=initials,
            birthday=birthday,
            key=key,
            specimen=specimen,
        )
        for slot in slots
        for key in slot.keys
    )


def day_passes(made: Iterable[Status], *, signer: Signer, at: datetime) -> tuple[str, ...]:
    """The scans of a batch. Raises `IssueRefused` as `issue_status`.

    They are signed one by one with one key, which signs for everybody, and nothing here keeps a record of them: whoever
    signs could still note which keys went to whom, as `docs/formats/status.md` says.
    """
    return tuple(issue_status(each, signer=signer, at=at) for each in made)


def on_paper(days: Sequence[datetime], *, each: int = 1) -> tuple[Slot, ...]:
    """The slots of a strip to print: `each` passes a day, without a key."""
    return tuple(Slot(day, (None,) * each) for day in days)
