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

from pratique.issuing import issue_status
from pratique.model.certificate import Person
from pratique.model.crowd import Crowd
from pratique.model.keys import Signer
from pratique.model.status import Status, StatusKind, StatusWord
from pratique.rules.policy import Decision, Result

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


def begins(at: datetime, *, days: int, hour: int = HOUR) -> tuple[datetime, ...]:
    """The begins of the slot that runs at `at` and of those after it, `days` in all (1 to `MOST_DAYS`)."""
    if at.tzinfo is None:
        raise ValueError("`at` must be an aware instant")
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"from 1 to {MOST_DAYS} days")
    first = at.astimezone(UTC).replace(hour=hour, minute=0, second=0, microsecond=0)
    first -= SLOT if first > at else timedelta(0)
    return tuple(first + day * SLOT for day in range(days))


def day_passes(
    holder: Person,
    word: StatusWord,
    slots: Iterable[Slot],
    *,
    crowd: Crowd,
    signer: Signer,
    at: datetime,
    specimen: bool = False,
) -> tuple[str, ...]:
    """A batch of passes, one for each key of each slot, in their order. Raises `IssueRefused` as `issue_status`.

    They are signed one by one with one key, which signs for everybody, and keep no record: whoever signed them could
    still note which keys went to whom, as `docs/formats/status.md` says.
    """
    initials, birthday = crowd.shown(holder)
    return tuple(
        issue_status(
            Status(
                kind=StatusKind.DAY_PASS,
                word=word,
                begins=slot.begins,
                ends=slot.begins + SLOT,
                initials=initials,
                birthday=birthday,
                key=key,
                specimen=specimen,
            ),
            signer=signer,
            at=at,
        )
        for slot in slots
        for key in slot.keys
    )


def on_paper(days: Sequence[datetime], *, each: int = 1) -> tuple[Slot, ...]:
    """The slots of a strip to print: `each` passes a day, without a key."""
    return tuple(Slot(day, (None,) * each) for day in days)
