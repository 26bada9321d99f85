"""How anything may ever leave: under an order that the authority signed, with a report of what went.

An order names tables, or one person, and the days on which it holds. Its signature is checked, the tables are opened
for this one transaction, their rows deleted and counted, the order kept. On PostgreSQL the purge role gets its right
to delete inside that transaction, and loses it before the transaction ends.

Whoever owns the database can take the triggers off: this stops programs, mistakes and stolen passwords of services,
not the owner. The report and the ledger are for those who watch the owner.
"""

from datetime import UTC, datetime

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, select, text

from pratique import crypto
from pratique.authority.store import locks, tables, venue_tables
from pratique.authority.store.vault import Vault
from pratique.model.dates import parse_instant
from pratique.model.errors import OrderRefused
from pratique.model.keys import Algorithm, PublicKey, SignatureCheck, Signer
from pratique.model.reasons import Reason


class Order(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to go. `person_id` and `subject_id` for an erasure, with the tables left empty; `tables` for a sunset."""

    order_id: str
    ground: str
    not_before: str
    not_after: str
    """ISO 8601 instants."""
    person_id: str | None = None
    subject_id: str | None = None
    tables: tuple[str, ...] = ()


class SignedOrder(Struct, frozen=True):
    """An order as it was signed: the JSON of `Order`, the signature over exactly those octets, and by which key."""

    order: bytes
    signature: bytes
    key: PublicKey
    algorithm: Algorithm = Algorithm.ES256


class Report(Struct, frozen=True):
    """What a purge did: rows deleted of each table, and rows left of what the order named, which must be none."""

    order_id: str
    at: str
    deleted: dict[str, int]
    left: dict[str, int]


class Proof(Struct, frozen=True):
    """A report as it was signed: its JSON, the signature over exactly those octets, and by which key."""

    report: bytes
    signature: bytes
    kid: bytes


def prove(report: Report, signer: Signer) -> Proof:
    """Sign what a purge did, once its transaction is committed. Raises what `signer` raises."""
    written = msgspec.json.encode(report)
    return Proof(written, signer.sign(written), signer.key.kid)


_SUNSET = {
    table.name: table
    for table in (*tables.PERSONAL, tables.intake, tables.intake_chunk, tables.intake_row, *venue_tables.TABLES)
}
_ROLE = "pratique_purge"


def read_order(signed: SignedOrder, *, at: datetime) -> Order:
    """The order, once its signature held and its days have come.

    Raises `OrderRefused`: ORDER_UNSIGNED for a signature that the key did not make, or content that is no order;
    ORDER_PERIOD before its first or after its last instant.
    """
    if crypto.check(SignatureCheck(signed.key, signed.algorithm, signed.order, signed.signature)) is not True:
        raise OrderRefused(Reason.ORDER_UNSIGNED, detail="the signature is not the authority's")
    try:
        order = msgspec.json.decode(signed.order, type=Order)
        begins, ends = parse_instant(order.not_before), parse_instant(order.not_after)
    except (msgspec.MsgspecError, ValueError):
        raise OrderRefused(Reason.ORDER_UNSIGNED, detail="what was signed is no order") from None
    if not set(order.tables) <= _SUNSET.keys() or bool(order.tables) == bool(order.person_id or order.subject_id):
        raise OrderRefused(Reason.ORDER_UNSIGNED, detail="an order names tables of records, or one person")
    if not begins <= at <= ends:
        raise OrderRefused(Reason.ORDER_PERIOD, detail="the order does not hold at this time")
    return order


def purge(connection: Connection, signed: SignedOrder, *, at: datetime, vault: Vault | None = None) -> Report:
    """Carry out an order, once. Raises `OrderRefused` as `read_order` does, and for an order that was carried out.

    What only the vault finds of somebody goes with them where it is at hand, and else when its time is over.
    """
    order = read_order(signed, at=at)
    column = tables.purge_order.c.order_id
    if connection.execute(select(column).where(column == order.order_id)).first() is not None:
        raise OrderRefused(Reason.ORDER_PERIOD, detail="the order was carried out before")
    scope = [_SUNSET[name] for name in order.tables] or list(tables.PERSONAL)
    # a row that points at another goes before it
    scope.sort(key=lambda table: table is tables.record)
    whose = order.person_id if order.person_id else None if order.subject_id else "*"
    deleted = _health(connection, scope, whose) if whose else {}
    left = {table.name: _left(connection, table, whose) for table in scope} if whose else {}
    if order.subject_id and vault is not None:
        deleted["locked_number"] = locks.erase(connection, vault, order.subject_id)
        left["locked_number"] = len(locks.of(connection, vault, order.subject_id))  # while the documents say which
    if order.subject_id:
        deleted |= _identity(connection, order.subject_id)
        left |= _known(connection, order.subject_id)
    connection.execute(
        insert(tables.purge_order).values(
            order_id=order.order_id,
            order=signed.order,
            signature=signed.signature,
            counts=msgspec.json.encode(deleted).decode(),
            moment=int(at.timestamp()),
        )
    )
    return Report(order.order_id, at.astimezone(UTC).isoformat(), deleted, left)


def carried_out(connection: Connection) -> list[tuple[frozenset[str], int]]:
    """The tables that each order so far emptied, or took one person's rows from, and when; the oldest first."""
    column = tables.purge_order.c
    rows = connection.execute(select(column.counts, column.moment).order_by(column.moment, column.order_id))
    return [(frozenset(msgspec.json.decode(row.counts, type=dict[str, int])), row.moment) for row in rows]


def _health(connection: Connection, scope: list[Table], whose: str) -> dict[str, int]:
    """Delete a person's rows (or all, for `*`) of these tables; how many of each."""
    opened = [{"table_name": table.name, "person_id": whose} for table in scope]
    connection.execute(insert(tables.purge_open), opened)
    names = ", ".join([*(table.name for table in scope), "purge_open"])
    postgresql = connection.dialect.name == "postgresql"
    if postgresql:
        connection.execute(text(f"GRANT SELECT, DELETE ON {names} TO {_ROLE}"))
        connection.execute(text(f"SET LOCAL ROLE {_ROLE}"))
    deleted = {}
    for table in scope:
        statement = delete(table) if whose == "*" else delete(table).where(table.c.person_id == whose)
        deleted[table.name] = connection.execute(statement).rowcount
    connection.execute(delete(tables.purge_open))
    if postgresql:
        connection.execute(text("RESET ROLE"))
        connection.execute(text(f"REVOKE SELECT, DELETE ON {names} FROM {_ROLE}"))
    return deleted


def _identity(connection: Connection, subject_id: str) -> dict[str, int]:
    return {
        table.name: connection.execute(delete(table).where(_of_subject(table, subject_id))).rowcount
        for table in tables.IDENTITY
    }


def _known(connection: Connection, subject_id: str) -> dict[str, int]:
    counted = {table: select(func.count()).where(_of_subject(table, subject_id)) for table in tables.IDENTITY}
    return {table.name: connection.execute(each).scalar_one() for table, each in counted.items()}


def _of_subject(table: Table, subject_id: str) -> ColumnElement[bool]:
    of_them = table.c.subject_id == subject_id
    return of_them | (table.c.guardian_id == subject_id) if table is tables.guardian else of_them


def _left(connection: Connection, table: Table, whose: str) -> int:
    counted = select(func.count()).select_from(table)
    if whose != "*":
        counted = counted.where(table.c.person_id == whose)
    return connection.execute(counted).scalar_one()
