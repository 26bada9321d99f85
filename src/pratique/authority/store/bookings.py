"""Validations for online bookings, from the wallet's key to the result, each for a quarter of an hour."""

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select, update

from pratique.authority.store.api_tables import booking
from pratique.authority.store.vault import Vault


class Validation(Struct, frozen=True):
    """What is kept under the carrier's name for a booking; `result` is what was answered, None until it is there."""

    wallet: bytes
    result: bytes | None


def begin(connection: Connection, vault: Vault, subject: str, wallet: bytes, *, until: int, at: int) -> None:
    """Begin anew, whatever was kept under this name; everything whose time is over is dropped."""
    hashed, *older = vault.hashes("booking", subject)
    of_it = booking.c.subject_hash.in_([hashed, *older])
    connection.execute(delete(booking).where((booking.c.until <= at) | of_it))
    sealed = vault.seal(wallet, _place("wallet", hashed))
    connection.execute(insert(booking).values(subject_hash=hashed, wallet=sealed, until=until))


def forget(connection: Connection, *, at: int) -> int:
    """Drop everything whose time is over; how many."""
    return connection.execute(delete(booking).where(booking.c.until <= at)).rowcount


def find(connection: Connection, vault: Vault, subject: str, *, at: int) -> Validation | None:
    """The validation under this name, while its time lasts."""
    column = booking.c
    of_it = column.subject_hash.in_(vault.hashes("booking", subject))
    row = connection.execute(select(booking).where(of_it, column.until > at)).one_or_none()
    if row is None:
        return None
    result = None if row.result is None else vault.open(row.result, _place("result", row.subject_hash))
    return Validation(vault.open(row.wallet, _place("wallet", row.subject_hash)), result)


def finish(connection: Connection, vault: Vault, subject: str, result: bytes) -> None:
    """Keep what came of it."""
    column = booking.c
    hashes = select(column.subject_hash).where(column.subject_hash.in_(vault.hashes("booking", subject)))
    for hashed in connection.execute(hashes).scalars().all():
        sealed = vault.seal(result, _place("result", hashed))
        connection.execute(update(booking).where(column.subject_hash == hashed).values(result=sealed))


def _place(what: str, hashed: bytes) -> str:
    return f"booking.{what}:{hashed.hex()}"
