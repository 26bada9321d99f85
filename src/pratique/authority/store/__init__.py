"""The operational database: every statement against it stands in this room.

opening ─ open_store, migrate, writing, reading     SQLite in a file, PostgreSQL in service
tables  ─ the two halves, who people are and what happened to them
vault   ─ Vault                                     keyed hashes and sealed values
roles   ─ DatabaseRole, GRANTS                      who may touch which table
people, health, intakes, facts                      what is asked and written
purging ─ purge                                     how anything may ever leave: under a signed order
"""

from pratique.authority.store.opening import (
    alone,
    as_of_now,
    check_version,
    looking_up,
    migrate,
    open_store,
    reading,
    writing,
)
from pratique.authority.store.roles import DatabaseRole
from pratique.authority.store.vault import Vault

__all__ = [
    "DatabaseRole",
    "Vault",
    "alone",
    "as_of_now",
    "check_version",
    "looking_up",
    "migrate",
    "open_store",
    "reading",
    "writing",
]
