"""The database of records and its keys, as commands name them; and who says that they are at work."""

import os
from pathlib import Path

from sqlalchemy import Engine

from pratique.authority.access import Account, Role
from pratique.authority.records.entries import papers_of
from pratique.authority.store import Vault, check_version, open_store, people, reading
from pratique.authority.store.people import Papers
from pratique.cli import _files
from pratique.cli._exits import UsageFault

DATABASE, VAULT = "PRATIQUE_DATABASE_URL", "PRATIQUE_VAULT"


def url(database: str | None) -> str:
    """The address that an option or the environment names, else that of a file here."""
    return database or os.environ.get(DATABASE) or "sqlite:///records.db"


def vault_path(vault: Path | None) -> Path:
    """The key file that an option or the environment names, else `vault.json`."""
    return vault or Path(os.environ.get(VAULT) or "vault.json")


def engine(database: str | None) -> Engine:
    """The database, which has to be set up. Raises `StoreFault`."""
    opened = open_store(url(database), pooled=False)
    check_version(opened)
    return opened


def opened(database: str | None, vault: Path | None) -> tuple[Engine, Vault]:
    """The database and its keys, which have to be its own. Raises `StoreFault`."""
    keys = Vault.read(vault_path(vault))
    found = engine(database)
    with reading(found) as connection:
        people.check_vault(connection, keys)
    return found, keys


def account(name: str, role: Role, option: str = "--account") -> Account:
    """Raises `UsageFault` for a name that cannot be kept."""
    try:
        return Account(_files.line(name, option), role)
    except ValueError as fault:
        raise UsageFault(f"{option}: {fault}") from fault


def papers(text: str) -> Papers:
    """A document as it is typed, UTO:XA1234567, or in a file, @FILE. Raises `UsageFault`."""
    if text.startswith("@"):
        text = _files.read(Path(text[1:]), at_most=1024).decode("utf-8", "replace").strip()
    country, colon, number = text.partition(":")
    found = papers_of(country, number) if colon else None
    if found is None:
        raise UsageFault("a document is written UTO:XA1234567, its state and its number")
    return found
