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
    hashed = vault.hash("booking", subject)
    connection.execute(delete(booking).where((booking.c.until <= at) | (booking.c.subject_hash == hashed)))
    sealed = vault.seal(wallet, _place("wallet", hashed))
    connection.execute(insert(booking).values(subject_hash=hashed, wallet=sealed, until=until))


def forget(connection: Connection, *, at: int) -> int:
    """Drop everything whose time is over; how many."""
    return connection.execute(delete(booking).where(booking.c.until <= at)).rowcount


def find(connection: Connection, vault: Vault, subject: str, *, at: int) -> Validation | None:
    """The validation under this name, while its time lasts."""
    hashed = vault.hash("booking", subject)
    column = booking.c
    wanted = select(column.wallet, column.result).where(column.subject_hash == hashed, column.until > at)
    row = connection.execute(wanted).one_or_none()
    if row is None:
        return None
    result = None if row.result is None else vault.open(row.result, _place("result", hashed))
    return Validation(vault.open(row.wallet, _place("wallet", hashed)), result)


def finish(connection: Connection, vault: Vault, subject: str, result: bytes) -> None:
    """Keep what came of it."""
    hashed = vault.hash("booking", subject)
    sealed = vault.seal(result, _place("result", hashed))
    connection.execute(update(booking).where(booking.c.subject_hash == hashed).values(result=sealed))


def _place(what: str, hashed: bytes) -> str:
    return f"booking.{what}:{hashed.hex()}"
