"""Appeals against what was decided about somebody: a contact, an observation, a code set by hand.

    open_appeal ─► received, due in 24 hours ─ decide ─► accepted | not accepted | more needed
                                             └ nobody did: the fact counts no more, until somebody decides against it

A test is a record, and is disputed as one (`records.rights.dispute`), with the same clock. Nobody decides about what
they put their own name to.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct, structs
from sqlalchemy import Connection, Engine

from pratique.authority.access import Account, Item, Look, Purpose, look
from pratique.authority.records.rights import ANSWER_WITHIN
from pratique.authority.status.officials import office
from pratique.authority.store import Vault, reading, status, writing
from pratique.authority.store.asking import State, Words
from pratique.authority.store.people import new_id
from pratique.authority.store.status import Appealed, Assignment, Notice
from pratique.model.errors import AccessRefused, MalformedRecord, StatusRefused
from pratique.model.reasons import Reason

ANSWERED = "appeal_answered"
"""The kind of notice that follows."""


class Ground(StrEnum):
    """Why a desk decides as it does: what the holder is told."""

    SHOWN = "shown"
    """What was sent shows it."""
    NOT_FOUND = "not_found"
    """What the fact was entered from says something else, or is not there."""
    CONFIRMED = "confirmed"
    """Whoever entered it showed what it rests on."""
    NOT_SHOWN = "not_shown"
    """What was sent says nothing about it."""
    LETTER_NEEDED = "letter_needed"
    """A letter of a facility or an employer would show it."""


GROUNDS: Mapping[State, tuple[Ground, ...]] = {
    State.ACCEPTED: (Ground.SHOWN, Ground.NOT_FOUND),
    State.NOT_ACCEPTED: (Ground.CONFIRMED, Ground.NOT_SHOWN),
    State.MORE_NEEDED: (Ground.LETTER_NEEDED,),
}
"""The grounds of each decision, the commonest first."""


class Against(Struct, frozen=True):
    """Something decided about a person that they may appeal against: its table, its id, and its row."""

    about: str
    about_id: str
    row: Mapping[str, object]


class Waiting(Struct, frozen=True):
    """One appeal on a desk: what it is about, how long it has been there, and whether its clock ran out."""

    appeal: Appealed
    age: timedelta
    late: bool


def decided_against(connection: Connection, own: Look, *, at: datetime) -> tuple[Against, ...]:
    """What of the person looked at can be appealed against now, the latest first. Raises `AccessRefused`."""
    if Item.DISPUTES not in own.items:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="appeals")
    by_hand = status.assignments(connection, own.person_id, at=int(at.timestamp()))
    found = [Against("assignment", each.assignment_id, structs.asdict(each)) for each in by_hand]
    stated = status.decided_against(connection, own.person_id)
    found += [Against(str(row["about"]), fact_id, row) for fact_id, row in stated.items()]
    return tuple(sorted(found, key=lambda each: (-int(str(each.row["moment"])), each.about_id)))


def open_appeal(engine: Engine, vault: Vault, own: Look, about_id: str, words: Words, *, at: datetime) -> Appealed:
    """Appeal against a contact, an observation or an assignment of one's own. One at a time for each.

    Raises `AccessRefused`, and `MalformedRecord` (RECORD_UNKNOWN) for what is not there, or is being appealed against.
    """
    now = int(at.timestamp())
    with writing(engine) as connection:
        against = {each.about_id: each for each in decided_against(connection, own, at=at)}
        pending = {each.about_id for each in status.appeals(connection, own.person_id) if not _settled(each)}
        if about_id not in against or about_id in pending:
            raise MalformedRecord(Reason.RECORD_UNKNOWN, detail="nothing there to appeal against")
        due = int((at + ANSWER_WITHIN).timestamp())
        entry = Appealed(own.person_id, new_id(), against[about_id].about, about_id, now, due, State.RECEIVED)
        status.open_appeal(connection, vault, entry, words)
    return entry


def own_appeals(connection: Connection, own: Look) -> tuple[Appealed, ...]:
    """The appeals of the person looked at. Raises `AccessRefused`."""
    if Item.DISPUTES not in own.items:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="appeals")
    return status.appeals(connection, own.person_id)


def queue(engine: Engine, desk: Account, *, at: datetime) -> tuple[Waiting, ...]:
    """What waits for a desk, the oldest first: nothing of anybody but that they wait. Raises `AccessRefused`."""
    now = int(at.timestamp())
    with reading(engine) as connection:
        office(connection, desk, at=at)
        waiting = [each for each in status.appeals(connection) if not _settled(each)]
    return tuple(Waiting(each, timedelta(seconds=now - each.opened), each.due <= now) for each in waiting)


class Opened(Struct, frozen=True):
    """One appeal as a desk reads it, after the look at it was written down."""

    appeal: Appealed
    words: Words
    against: Mapping[str, object]
    """The row that it is about."""
    late: bool


def read(engine: Engine, vault: Vault, desk: Account, appeal_id: str, *, at: datetime) -> Opened:
    """Open one. Raises `AccessRefused`, and `MalformedRecord` (RECORD_UNKNOWN)."""
    with reading(engine) as connection:
        office(connection, desk, at=at)
        entry = _find(connection, appeal_id)
    look(engine, desk, entry.person_id, Purpose.CORRECTION, frozenset({Item.DISPUTES}), at=at)
    with reading(engine) as connection:
        words = status.appeal_words(connection, vault, entry)
        return Opened(entry, words, _row(connection, entry), entry.due <= int(at.timestamp()))


def decide(engine: Engine, desk: Account, appeal_id: str, state: State, ground: Ground, *, at: datetime) -> Appealed:
    """Accept it, not, or ask for more, and say why; the holder is told. It is final, and counts in time or late.

    Raises `AccessRefused`, `StatusRefused` (STATUS_OFFICES) for whoever made what it is about, and `MalformedRecord`
    (RECORD_UNKNOWN) for one that is settled.
    """
    if ground not in GROUNDS.get(state, ()):
        raise ValueError("a decision is a step further, on a ground of its own")
    now = int(at.timestamp())
    with reading(engine) as connection:
        where = office(connection, desk, at=at)
        entry = _find(connection, appeal_id)
    look(engine, desk, entry.person_id, Purpose.CORRECTION, frozenset({Item.DISPUTES}), at=at)
    with writing(engine) as connection:
        entry = _find(connection, appeal_id)
        if _settled(entry):
            raise MalformedRecord(Reason.RECORD_UNKNOWN, detail="it is settled")
        row = _row(connection, entry)
        names = ("decided_by", "proposed_by", "approved_by", "first_by", "second_by")
        offices = ("proposed_office", "approved_office", "first_office", "second_office")
        own = desk.account_id in [row.get(name) for name in names]
        if own or where in [row.get(name) for name in offices]:
            raise StatusRefused(Reason.STATUS_OFFICES, detail="another office decides")
        status.step_appeal(connection, entry, state, ground, decided_by=desk.account_id, at=now)
        status.tell(connection, Notice(entry.person_id, new_id(), ANSWERED, entry.appeal_id, now))
    return structs.replace(entry, state=state, ground=ground.value)


def _settled(entry: Appealed) -> bool:
    return entry.state in (State.ACCEPTED, State.NOT_ACCEPTED)


def _find(connection: Connection, appeal_id: str) -> Appealed:
    for entry in status.appeals(connection):
        if entry.appeal_id == appeal_id:
            return entry
    raise MalformedRecord(Reason.RECORD_UNKNOWN, detail="no such appeal")


def _row(connection: Connection, entry: Appealed) -> Mapping[str, object]:
    """What it is about, and who answers for it."""
    if entry.about == "assignment":
        made: Assignment | None = status.assignment(connection, entry.person_id, entry.about_id)
        return {} if made is None else structs.asdict(made)
    stated = status.decided_against(connection, entry.person_id).get(entry.about_id, {})
    return {**stated, **status.answers_for(connection, entry.person_id, entry.about_id)}
