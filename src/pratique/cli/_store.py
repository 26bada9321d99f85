"""The records' database as commands open it, and the people in it as they are named on a command line."""

import os
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from pratique.authority.access import Account, Item, Look, Purpose, Role, find_account, look
from pratique.authority.records.entries import papers_of
from pratique.authority.records.sources import Source
from pratique.authority.store import DatabaseRole, Vault, check_version, looks, open_store, people, reading
from pratique.authority.store.people import Known, Papers
from pratique.cli import _files
from pratique.cli._exits import UsageFault
from pratique.model.errors import AccessRefused, MalformedRecord
from pratique.model.reasons import Reason

DATABASE, VAULT = "PRATIQUE_DATABASE_URL", "PRATIQUE_VAULT"


def account(name: str, role: Role, option: str = "--account") -> Account:
    """Raises `UsageFault` for a name that cannot be kept."""
    try:
        return Account(_files.line(name, option), role)
    except ValueError as fault:
        raise UsageFault(f"{option}: {fault}") from fault


def official(connection: Connection, name: str, at: datetime, option: str) -> Account:
    """An official whose account is in force. Raises `AccessRefused` (ACCESS_ROLE)."""
    found = find_account(connection, name, at=at)
    if found is None or found.role is not Role.HEALTH_AUTHORITY:
        raise AccessRefused(Reason.ACCESS_ROLE, detail=option)
    return found


def deciding(connection: Connection, *named: Account) -> None:
    """Whether those who decide are officials, where the database has any: a name that nobody has is no second person.

    A database without accounts, which nobody signs in to, takes them at their word. Raises `AccessRefused`.
    """
    now = datetime.now(UTC)
    for each in named if _has_officials(connection, now) else ():
        official(connection, each.account_id, now, each.account_id)


def _has_officials(connection: Connection, at: datetime) -> bool:
    ends = [until for _, role, _, until in looks.accounts(connection) if role == Role.HEALTH_AUTHORITY]
    return any(until is None or until > at.timestamp() for until in ends)


def looked(
    engine: Engine, vault: Vault, document: str, account: Account, items: frozenset[Item]
) -> tuple[Known | None, Look | None]:
    """Whose document it is, and that it was written down that somebody looked.

    The person reads who it was: where there are officials, it is one of them, and holders look by their own pages.
    Raises `UsageFault`, `AccessRefused`.
    """
    with reading(engine) as connection:
        if account.role is not Role.HOLDER:
            deciding(connection, account)
        elif _has_officials(connection, datetime.now(UTC)):
            raise AccessRefused(Reason.ACCESS_ROLE, detail="holders see their own on their pages, and export it there")
        known = people.find(connection, vault, papers(document))
    if known is None:
        return None, None
    purpose = Purpose.OWN if account.role is Role.HOLDER else Purpose.CORRECTION
    return known, look(engine, account, known.person_id, purpose, items, at=datetime.now(UTC))


def papers(text: str) -> Papers:
    """A document as it is typed, or in a file after @. Raises `UsageFault`."""
    if text.startswith("@"):
        text = _files.read(Path(text[1:]), at_most=1024).decode("utf-8", "replace").strip()
    country, colon, number = text.partition(":")
    found = papers_of(country, number) if colon else None
    if found is None:
        raise UsageFault("a document is written UTO:XA1234567, its state and its number")
    return found


def url(database: str | None) -> str:
    """The database that is meant."""
    return database or os.environ.get(DATABASE) or "sqlite:///records.db"


def vault_path(vault: Path | None) -> Path:
    """The key file that is meant."""
    return vault or Path(os.environ.get(VAULT) or "vault.json")


def engine(database: str | None, role: DatabaseRole | None = None) -> Engine:
    """The database, which has to be set up, and on PostgreSQL in a role of it. Raises `StoreFault`."""
    found = open_store(url(database), role=role, pooled=False)
    check_version(found)
    return found


def opened(database: str | None, vault: Path | None, role: DatabaseRole | None = None) -> tuple[Engine, Vault]:
    """The database, in a role of it, and its keys, which have to be its own. Raises `StoreFault`."""
    keys = Vault.read(vault_path(vault))
    found = engine(database, role)
    with reading(found) as connection:
        people.check_vault(connection, keys)
    return found, keys


def source(path: Path) -> Source:
    """Who sends them. Raises `UsageFault`: whoever sent the records is not to blame for this file."""
    try:
        return Source.read(path)
    except OSError as fault:
        raise UsageFault(f"{path}: {fault.strerror}") from fault
    except MalformedRecord as fault:
        raise UsageFault(f"{fault.detail}; docs/records.md shows the file of a source") from fault
