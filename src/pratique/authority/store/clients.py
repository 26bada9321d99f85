"""Programs and their keys, and which of their assertions were used."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, or_, select, update

from pratique.authority.store.api_tables import assertion, client
from pratique.authority.store.health import insert_once
from pratique.authority.store.tables import account
from pratique.authority.store.vault import Vault


class Registered(Struct, frozen=True):
    """A program: the account it works for, the account's role, its JWK Set, and how what it sends is read (JSON)."""

    account_id: str
    role: str
    name: str
    keys: str
    source: str | None


_COLUMNS = (client.c.account_id, account.c.role, account.c.name, client.c["keys"], client.c.source)


def enter(connection: Connection, account_id: str, keys: str, source: str | None, *, at: int) -> None:
    """Enter the program of an account that is there."""
    connection.execute(insert(client).values(account_id=account_id, keys=keys, source=source, since=at))


def replace_keys(connection: Connection, account_id: str, keys: str) -> bool:
    """Give a program other keys; whether there is such a program."""
    changed = connection.execute(update(client).where(client.c.account_id == account_id).values(keys=keys))
    return changed.rowcount == 1


def end(connection: Connection, account_id: str, *, at: int) -> bool:
    """Let a program in no more from `at` on; whether one was in force until now."""
    still = (client.c.account_id == account_id) & client.c.until.is_(None)
    return connection.execute(update(client).where(still).values(until=at)).rowcount == 1


def find(connection: Connection, account_id: str, *, at: int) -> Registered | None:
    """The program in force at `at`, whose account is in force too."""
    both = client.join(account, account.c.account_id == client.c.account_id)
    found = select(*_COLUMNS).select_from(both).where(client.c.account_id == account_id)
    for table in (client, account):
        found = found.where(table.c.since <= at, or_(table.c.until.is_(None), table.c.until > at))
    row = connection.execute(found).one_or_none()
    return None if row is None else Registered(*row)


def sources(connection: Connection, *, at: int) -> list[str]:
    """How what programs in force send is read, of each that sends records."""
    in_force = (client.c.since <= at) & or_(client.c.until.is_(None), client.c.until > at)
    return list(connection.execute(select(client.c.source).where(in_force, client.c.source.is_not(None))).scalars())


def forget(connection: Connection, *, at: int) -> int:
    """Delete what was noted of assertions that have ended; how many."""
    return connection.execute(delete(assertion).where(assertion.c.until < at)).rowcount


def every(connection: Connection) -> list[tuple[Registered, int | None]]:
    """Every program there was, and since when it is let in no more."""
    both = client.join(account, account.c.account_id == client.c.account_id)
    rows = connection.execute(select(*_COLUMNS, client.c.until).select_from(both).order_by(client.c.account_id))
    return [(Registered(*row[:-1]), row.until) for row in rows]


def use_once(connection: Connection, vault: Vault, whose: str, jti: str, *, until: datetime, at: datetime) -> bool:
    """Note that the `jti` of somebody's assertion was used; False if it was used before. Those that ended are dropped.

    `until` is when the assertion ends: later than that nobody takes it anyway.
    """
    connection.execute(delete(assertion).where(assertion.c.until < int(at.timestamp())))
    hashed, *older = vault.hashes("assertion", f"{whose}\0{jti}")
    before = select(assertion.c.hash).where(assertion.c.hash.in_(older))
    if older and connection.execute(before).first() is not None:
        return False
    return bool(insert_once(connection, assertion, [{"hash": hashed, "until": int(until.timestamp())}]))
