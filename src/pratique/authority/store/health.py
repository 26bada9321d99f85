"""What happened to people: records, what stands in their place, declarations, trips, what authorities decided."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    TextClause,
    and_,
    bindparam,
    insert,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from pratique.authority.store.tables import local_status, record, superseded
from pratique.authority.store.vault import Vault
from pratique.model.certificate import AnyClaim, Exemption, Recovery, Test, Vaccination


class NewRecord(Struct, frozen=True):
    """One record to be kept, and whose it is."""

    person_id: str
    record_id: str
    claim: AnyClaim
    source_id: str
    origin: bytes
    content: bytes
    intake_id: str
    place: int


class Kept(Struct, frozen=True):
    """A record as it is kept. `replaced_by` is None for one that stands, and for one that was only withdrawn."""

    person_id: str
    record_id: str
    claim: AnyClaim
    source_id: str
    received: int
    superseded: bool
    replaced_by: str | None
    ground: str | None


class Sent(Struct, frozen=True):
    """What a source sent before under an origin: whose it was, and the hash of what it said."""

    person_id: str
    record_id: str
    content: bytes


IN_PARTS = {"yield_per": 10_000}
"""How a long answer is read. An option of its statement: one of the connection would be every later statement's as
well, and PostgreSQL writes nothing through a cursor."""


def insert_once(connection: Connection, table: Table, rows: Sequence[dict[str, object]]) -> set[tuple[str, ...]]:
    """Write those rows whose key or origin is not there yet, and say which they were, by their primary key."""
    if not rows:
        return set()
    dialect = connection.dialect.name
    if dialect == "sqlite" or len(rows) == 1:
        return {tuple(row) for row in connection.execute(_row_by_row(table, dialect), rows)}
    return {tuple(row) for row in connection.execute(_column_by_column(table), by_column(table, rows))}


@cache  # building a statement costs more than running it for one row
def _row_by_row(table: Table, dialect: str) -> ReturningInsert[Any]:
    into = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    return into.on_conflict_do_nothing().returning(*table.primary_key)


def by_column(table: Table, rows: Sequence[dict[str, object]], prefix: str = "") -> dict[str, list[object]]:
    """The rows as PostgreSQL takes many at once: each column an array, under its own name."""
    return {f"{prefix}{column.name}": [row.get(column.name) for row in rows] for column in table.columns}


def unnested(table: Table, prefix: str = "") -> str:
    """The arrays of `by_column` as rows again, in the order of the table's columns."""
    arrays = (f"CAST(:{prefix}{column.name} AS {_ARRAYS[type(column.type)]}[])" for column in table.columns)
    return f"unnest({', '.join(arrays)})"


@cache
def _column_by_column(table: Table) -> TextClause:
    """One short statement for any number of rows: the driver would take a long one apart anew."""
    names, key = (", ".join(column.name for column in columns) for columns in (table.columns, table.primary_key))
    into = f"INSERT INTO {table.name} ({names}) SELECT * FROM {unnested(table)}"  # noqa: S608  names of our own tables
    return text(f"{into} ON CONFLICT DO NOTHING RETURNING {key}")


_ARRAYS: dict[type, str] = {
    String: "text",
    Text: "text",
    LargeBinary: "bytea",
    BigInteger: "bigint",
    Integer: "integer",
    SmallInteger: "smallint",
}


def keep(connection: Connection, records: Iterable[NewRecord], *, at: int) -> set[str]:
    """Keep records; the ids of those that were not there before."""
    rows = sorted((_row(each, at) for each in records), key=lambda row: (row["person_id"], row["origin"]))
    return {record_id for _, record_id in insert_once(connection, record, rows)}


def _row(new: NewRecord, at: int) -> dict[str, object]:
    claim = new.claim
    known = {name: getattr(new, name) for name in NewRecord.__struct_fields__}
    asked: dict[str, object] = dict.fromkeys(("day", "moment", "test_kind", "detected", "valid_from", "valid_until"))
    match claim:
        case Vaccination():
            asked |= {"kind": "vaccination", "day": claim.date.first.toordinal() if claim.date.complete else None}
        case Test():
            detected = None if claim.detected is None else int(claim.detected)
            asked |= {"kind": "test", "moment": int(claim.sampled.timestamp()), "day": claim.sampled.toordinal()}
            asked |= {"test_kind": claim.kind.value, "detected": detected}
        case Recovery():
            day = claim.first_positive
            asked |= {"kind": "recovery", "day": day.first.toordinal() if day.complete else None}
        case Exemption():
            asked |= {"kind": "exemption"}
    if isinstance(claim, Recovery | Exemption):
        asked |= {"valid_from": claim.valid_from.first.toordinal(), "valid_until": claim.valid_until.last.toordinal()}
    evidence = 0 if claim.evidence is None else int(claim.evidence)
    written = {"claim": msgspec.json.encode(claim).decode(), "disease": claim.disease.value, "evidence": evidence}
    return known | asked | written | {"received": at}


SENT = select(record.c.origin, record.c.person_id, record.c.record_id, record.c.content).where(
    record.c.origin.in_(bindparam("origins", expanding=True))
)
"""What was sent under one of these origins. The content of a record that was corrected is the first that was sent."""


_OF_ONE = (
    select(
        record.c.person_id,
        record.c.record_id,
        record.c.claim,
        record.c.source_id,
        record.c.received,
        superseded.c.record_id.label("gone"),
        superseded.c.by_record_id,
        superseded.c.ground,
    )
    .outerjoin(
        superseded, and_(superseded.c.person_id == record.c.person_id, superseded.c.record_id == record.c.record_id)
    )
    .where(record.c.person_id == bindparam("person"))
    .order_by(record.c.received, record.c.record_id)
)


def records_of(connection: Connection, person_id: str) -> tuple[Kept, ...]:
    """Every record of a person, in the order in which they came, superseded ones included."""
    rows = connection.execute(_OF_ONE, {"person": person_id})
    return tuple(
        Kept(
            row.person_id,
            row.record_id,
            msgspec.json.decode(row.claim, type=AnyClaim),
            row.source_id,
            row.received,
            row.gone is not None,
            row.by_record_id,
            row.ground,
        )
        for row in rows
    )


class Ground(StrEnum):
    """Why a record no longer stands. A closed list: anything in words goes into the evidence, which is sealed."""

    ANOTHER_PERSON = "another_person"
    WRONG_RESULT = "wrong_result"
    WRONG_DATE = "wrong_date"
    WRONG_PRODUCT = "wrong_product"
    WRONG_FIELD = "wrong_field"
    NEVER_HAPPENED = "never_happened"


class Correction(Struct, frozen=True):
    """Why, by whose decision (an account), and on what evidence: a letter, a picture."""

    ground: Ground
    decided_by: str
    evidence: bytes | None = None


def supersede(
    connection: Connection, vault: Vault, kept: Kept, by: str | None, correction: Correction, *, at: int
) -> bool:
    """Let the record `by`, or none, stand in another's place; False if something else stands there already."""
    place = f"superseded.evidence:{kept.record_id}"
    row: dict[str, object] = {
        "person_id": kept.person_id,
        "record_id": kept.record_id,
        "by_record_id": by,
        "ground": correction.ground.value,
        "decided_by": correction.decided_by,
        "evidence": None if correction.evidence is None else vault.seal(correction.evidence, place),
        "moment": at,
    }
    return bool(insert_once(connection, superseded, [row]))


def stored(connection: Connection, table: Table, person_id: str, origins: Sequence[bytes]) -> dict[str, object] | None:
    """The row of a person that a source sent under one of these origins, or None."""
    sent = (table.c.person_id == person_id) & table.c.origin.in_(origins)
    row = connection.execute(select(table).where(sent)).mappings().first()
    return None if row is None else dict(row)


class Shared(Struct, frozen=True):
    """What a local system shows of somebody, as the national table reads it, and until when."""

    system: str
    national: str
    until: int


def local_statuses(connection: Connection, person_id: str, *, at: int) -> tuple[Shared, ...]:
    """What each local app shows of a person at `at`: of the words of one system, what that app shared last."""
    column = local_status.c
    rows = connection.execute(
        select(column.source_id, column.system, column.national, column.until)
        .where(column.person_id == person_id, column.moment <= at)
        .order_by(column.moment, column.status_id)
    )
    latest = {(row.source_id, row.system): Shared(row.system, row.national, row.until) for row in rows}
    return tuple(each for each in latest.values() if each.until > at)


def write(connection: Connection, table: Table, rows: Sequence[dict[str, object]]) -> None:
    """Write rows of which none can be there yet."""
    if rows:
        connection.execute(insert(table), rows)
