"""Passport numbers that were tried too often: that they were, and when, so that whoever has the passport can be told.

    note ─ once a number and day, whether anybody has it or not ─► of ─ whoever has it, for `KEPT` ─► forget

Of whoever tried nothing is kept, neither device nor network; of the number a keyed hash that is of this alone, so that
no row leads to anybody without the vault.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, delete, select

from pratique.authority.store import people
from pratique.authority.store.enrolment_tables import locked_number
from pratique.authority.store.health import insert_once
from pratique.authority.store.opening import reading, writing
from pratique.authority.store.vault import Vault

KEPT = timedelta(days=90)
"""Who is away for so long is told no more; a certificate's holder comes back sooner than it ends."""
NUMBER = "locked number"
"""What kind of thing a hash is of: not what `people` looks numbers up by."""


def note(engine: Engine, vault: Vault, number: str, *, at: datetime) -> None:
    """Keep that a number is locked, the same way whoever has it, or nobody. What is kept of the day stays as it is."""
    key = {"number_hash": vault.hash(NUMBER, number), "day": at.astimezone(UTC).toordinal()}
    column = locked_number.c
    same = (column.number_hash == key["number_hash"]) & (column.day == key["day"])
    with reading(engine) as connection:  # whoever goes on trying waits for no other writer, and makes none wait
        if connection.execute(select(column.moment).where(same)).first() is not None:
            return
    with writing(engine) as connection:
        insert_once(connection, locked_number, [{**key, "moment": int(at.timestamp())}])


def of(
    connection: Connection,
    vault: Vault,
    subject_id: str,
    *,
    since: datetime = datetime.fromtimestamp(0, UTC),  # noqa: B008
) -> tuple[datetime, ...]:
    """When the numbers of somebody's documents were locked, the latest first: one instant of each number and day."""
    column = locked_number.c
    theirs = column.number_hash.in_(_hashes(connection, vault, subject_id))
    chosen = select(column.moment).where(theirs, column.moment > int(since.timestamp()))
    moments = connection.execute(chosen.order_by(column.moment.desc())).scalars()
    return tuple(datetime.fromtimestamp(each, UTC) for each in moments)


def forget(connection: Connection, *, at: datetime) -> int:
    """Delete what was kept for `KEPT`; how many."""
    old = locked_number.c.moment <= int((at - KEPT).timestamp())
    return connection.execute(delete(locked_number).where(old)).rowcount


def erase(connection: Connection, vault: Vault, subject_id: str) -> int:
    """Delete what is kept of the numbers of somebody's documents, while those stand there; how many."""
    theirs = locked_number.c.number_hash.in_(_hashes(connection, vault, subject_id))
    return connection.execute(delete(locked_number).where(theirs)).rowcount


def _hashes(connection: Connection, vault: Vault, subject_id: str) -> list[bytes]:
    numbers = {papers.number for papers, _ in people.documents(connection, vault, subject_id)}
    return [hashed for number in numbers for hashed in vault.hashes(NUMBER, number)]
