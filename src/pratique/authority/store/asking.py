"""What people ask for: disputes and their course, guardians, and everything that is kept of one person."""

from enum import StrEnum

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, LargeBinary, exists, func, insert, or_, select

from pratique.authority.store.health import insert_once
from pratique.authority.store.tables import PERSONAL, dispute, dispute_step, guardian, record
from pratique.authority.store.vault import Vault


class State(StrEnum):
    """Where a dispute stands."""

    RECEIVED = "received"
    MORE_NEEDED = "more_needed"
    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not_accepted"


class Dispute(Struct, frozen=True):
    """That somebody says a record is wrong, until when they get an answer, and where it stands."""

    person_id: str
    dispute_id: str
    record_id: str
    opened: int
    due: int
    state: State


class Words(Struct, frozen=True):
    """What was said in a dispute."""

    statement: str
    evidence: bytes | None


def open_dispute(connection: Connection, vault: Vault, entry: Dispute, words: Words) -> None:
    """Enter a dispute and its first step."""
    key = entry.dispute_id
    evidence = words.evidence
    row = {name: getattr(entry, name) for name in ("person_id", "dispute_id", "record_id", "opened", "due")}
    row |= {"statement": vault.seal(words.statement.encode(), f"dispute.statement:{key}")}
    row |= {"evidence": None if evidence is None else vault.seal(evidence, f"dispute.evidence:{key}")}
    connection.execute(insert(dispute).values(row))
    step(connection, entry, entry.state, "holder", at=entry.opened)


def step(connection: Connection, entry: Dispute, state: State, decided_by: str, *, at: int) -> None:
    """Enter the next step of a dispute."""
    of_it = (dispute_step.c.person_id == entry.person_id) & (dispute_step.c.dispute_id == entry.dispute_id)
    number = connection.execute(select(func.coalesce(func.max(dispute_step.c.number), 0)).where(of_it)).scalar_one()
    connection.execute(
        insert(dispute_step).values(
            person_id=entry.person_id,
            dispute_id=entry.dispute_id,
            number=number + 1,
            state=state,
            decided_by=decided_by,
            moment=at,
        )
    )


def disputes(connection: Connection, person_id: str) -> tuple[Dispute, ...]:
    """A person's disputes with the state of each, the oldest first."""
    steps = connection.execute(
        select(dispute_step.c.dispute_id, dispute_step.c.state)
        .where(dispute_step.c.person_id == person_id)
        .order_by(dispute_step.c.number)
    )
    states = {row.dispute_id: row.state for row in steps}
    rows = connection.execute(select(dispute).where(dispute.c.person_id == person_id).order_by(dispute.c.opened))
    return tuple(
        Dispute(person_id, row.dispute_id, row.record_id, row.opened, row.due, State(states[row.dispute_id]))
        for row in rows
    )


def waiting(connection: Connection) -> tuple[Dispute, ...]:
    """Every dispute that nobody has decided, the oldest first."""
    of_it = (dispute_step.c.person_id == dispute.c.person_id) & (dispute_step.c.dispute_id == dispute.c.dispute_id)
    settled = exists().where(of_it, dispute_step.c.state.in_([State.ACCEPTED.value, State.NOT_ACCEPTED.value]))
    columns = (dispute.c.person_id, dispute.c.dispute_id)
    rows = connection.execute(select(*columns).where(~settled).order_by(dispute.c.opened))
    wanted = {row.dispute_id: row.person_id for row in rows}
    people = dict.fromkeys(wanted.values())
    found = {each.dispute_id: each for person in people for each in disputes(connection, person)}
    return tuple(found[dispute_id] for dispute_id in wanted)


def set_aside(connection: Connection, person_id: str, *, at: int) -> frozenset[str]:
    """Disputed records that count against nobody: tests that are not plainly negative, from the second at which their
    answer was due until it is no, or the record corrected. The same condition stands in facts.sql.
    """
    of_it = (dispute_step.c.person_id == dispute.c.person_id) & (dispute_step.c.dispute_id == dispute.c.dispute_id)
    upheld = exists().where(of_it, dispute_step.c.state == State.NOT_ACCEPTED.value, dispute_step.c.moment <= at)
    disputed = (record.c.person_id == dispute.c.person_id) & (record.c.record_id == dispute.c.record_id)
    rows = connection.execute(
        select(dispute.c.record_id)
        .join(record, disputed)
        .where(dispute.c.person_id == person_id, dispute.c.due <= at, ~upheld)
        .where(record.c.kind == "test", func.coalesce(record.c.detected, 1) == 1)
    )
    return frozenset(rows.scalars())


def words(connection: Connection, vault: Vault, entry: Dispute) -> Words:
    """What the person said, and what they sent with it."""
    key = entry.dispute_id
    row = connection.execute(
        select(dispute.c.statement, dispute.c.evidence).where(
            dispute.c.person_id == entry.person_id, dispute.c.dispute_id == key
        )
    ).one()
    evidence = None if row.evidence is None else vault.open(row.evidence, f"dispute.evidence:{key}")
    return Words(vault.open(row.statement, f"dispute.statement:{key}").decode(), evidence)


def appoint(connection: Connection, subject_id: str, guardian_id: str, ground: str, *, at: int, until: int) -> None:
    """Let one subject act for another from now on, whether that was entered before or not."""
    stated: dict[str, object] = {"ground": ground, "since": at, "until": until}
    if not insert_once(connection, guardian, [{"subject_id": subject_id, "guardian_id": guardian_id, **stated}]):
        both = (guardian.c.subject_id == subject_id) & (guardian.c.guardian_id == guardian_id)
        connection.execute(guardian.update().where(both).values(stated))


def dismiss(connection: Connection, subject_id: str, guardian_id: str, *, at: int) -> None:
    """End it at `at`."""
    both = (guardian.c.subject_id == subject_id) & (guardian.c.guardian_id == guardian_id)
    connection.execute(guardian.update().where(both).values(until=at))


class Guardian(Struct, frozen=True):
    """That one subject acts for another."""

    guardian_id: str
    ground: str
    since: int
    until: int | None

    def in_force(self, at: int) -> bool:
        """Whether they may act at `at`."""
        return self.since <= at and (self.until is None or at < self.until)


def guardianships(connection: Connection, subject_id: str) -> tuple[Guardian, ...]:
    """Everybody who acts or acted for a subject, the latest first."""
    column = guardian.c
    rows = connection.execute(
        select(column.guardian_id, column.ground, column.since, column.until)
        .where(column.subject_id == subject_id)
        .order_by(column.since.desc(), column.guardian_id)
    )
    return tuple(Guardian(*row) for row in rows)


def acts_for(connection: Connection, guardian_id: str, subject_id: str, *, at: int) -> bool:
    """Whether the one may act for the other at `at`."""
    column = guardian.c
    in_force = (column.since <= at) & or_(column.until.is_(None), column.until > at)
    both = (column.subject_id == subject_id) & (column.guardian_id == guardian_id)
    return connection.execute(select(column.ground).where(both, in_force)).first() is not None


class Ward(Struct, frozen=True):
    """Somebody for whom another acts, on what ground, and until when."""

    subject_id: str
    guardian_id: str
    ground: str
    since: int
    until: int | None


def wards(connection: Connection, guardian_id: str, *, at: int) -> tuple[Ward, ...]:
    """For whom somebody acts at `at`."""
    return _in_force(connection, guardian.c.guardian_id == guardian_id, at)


def guardians(connection: Connection, subject_id: str, *, at: int) -> tuple[Ward, ...]:
    """Who acts for somebody at `at`."""
    return _in_force(connection, guardian.c.subject_id == subject_id, at)


def _in_force(connection: Connection, which: ColumnElement[bool], at: int) -> tuple[Ward, ...]:
    column = guardian.c
    in_force = (column.since <= at) & or_(column.until.is_(None), column.until > at)
    columns = [column[name] for name in Ward.__struct_fields__]
    rows = connection.execute(select(*columns).where(which, in_force).order_by(column.since, column.subject_id))
    return tuple(Ward(*row) for row in rows)


def everything(connection: Connection, person_id: str) -> dict[str, list[dict[str, object]]]:
    """Every row that the health half keeps of a person, without hashes and sealed values."""
    kept: dict[str, list[dict[str, object]]] = {}
    for table in PERSONAL:
        columns = [column for column in table.columns if not isinstance(column.type, LargeBinary)]
        rows = connection.execute(select(*columns).where(table.c.person_id == person_id)).mappings()
        kept[table.name] = [{name: value for name, value in row.items() if value is not None} for row in rows]
    for row in kept["record"]:
        row["claim"] = msgspec.Raw(str(row["claim"]).encode())
    return kept
