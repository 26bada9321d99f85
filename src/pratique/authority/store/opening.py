"""Opening the database: SQLite in a file, PostgreSQL in service, and the role in which it is read."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import NullPool

from pratique.authority.store.roles import DatabaseRole
from pratique.model.errors import StoreFault
from pratique.model.reasons import Reason

BUSY = 30_000
"""Milliseconds that SQLite waits for another process to finish writing: a chunk of an intake takes well under one."""

_DISK_FULL = "53100"
"""PostgreSQL's word for it (its manual, appendix A)."""


def open_store(url: str, *, role: DatabaseRole | None = None, pooled: bool = True) -> Engine:
    """The database at `url`: `sqlite:///records.db`, or `postgresql://…` (psycopg 3).

    With a `role`, every connection to PostgreSQL takes it on first; the user that logs in should have no other.
    SQLite has no roles: whoever may open the file may read all of it. `pooled` false closes each connection after its
    transaction, for programs that ask once and end. Raises `StoreFault` (STORE_UNREACHABLE) for an
    address that names neither; whether a server is there shows at the first connection.
    """
    try:
        address = make_url(url)
    except ArgumentError:
        raise StoreFault(Reason.STORE_UNREACHABLE, detail="not the address of a database") from None
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    if address.drivername not in ("sqlite", "postgresql+psycopg"):
        raise StoreFault(Reason.STORE_UNREACHABLE, detail="a database is SQLite or PostgreSQL")
    # no parameters in errors or logs: they are names and numbers of people
    engine = sqlalchemy.create_engine(address, hide_parameters=True, poolclass=None if pooled else NullPool)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite)
        event.listen(engine, "begin", _begin)
    elif role is not None:
        event.listen(engine, "connect", partial(_take_on, role))
    return engine


def _take_on(role: DatabaseRole, connection: Any, _: object) -> None:
    connection.execute(f"SET SESSION ROLE {role.value}")
    connection.commit()


def _sqlite(connection: Any, _: object) -> None:  # the drivers share no type
    connection.isolation_level = None  # the driver begins no transaction behind our back
    # without recursive triggers INSERT OR REPLACE would delete a row unseen
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        f"busy_timeout={BUSY}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """A transaction that will write says so at once: one that finds out later may be refused half-way."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes: all of it, or after an exception nothing. Raises `StoreFault`."""
    with _faults(), engine.execution_options(writes=True).begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that only reads. Raises `StoreFault`."""
    with _faults(), engine.begin() as connection:
        yield connection


@contextmanager
def as_of_now(engine: Engine) -> Iterator[Connection]:
    """One transaction that only reads, all of it as of its first statement, whatever is written meanwhile.

    It is for adding up several tables; elsewhere PostgreSQL shows each statement what was committed before it. Raises
    `StoreFault`.
    """
    snapshot = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with _faults(), engine.execution_options(**snapshot).begin() as connection:
        yield connection


@contextmanager
def looking_up(engine: Engine) -> Iterator[Connection]:
    """Short statements about one person that only read, each for itself. Raises `StoreFault`.

    PostgreSQL would show the same in one transaction (READ COMMITTED): each statement sees what was committed before
    it. Without one, two of the four times that a look-up waits for the server are spared.
    """
    if engine.dialect.name == "sqlite":
        with reading(engine) as connection:
            yield connection
        return
    with _faults(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


def alone(connection: Connection, what: str) -> None:
    """Let nobody else do `what` until this transaction ends: two that count at once would both be under a limit.

    SQLite has one writer, which is alone.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))"), {"what": what})


@contextmanager
def _faults() -> Iterator[None]:
    """The database's own words stay in the cause: they may quote what it was given."""
    try:
        yield
    except DBAPIError as fault:
        if _is_full(fault):
            raise StoreFault(Reason.STORE_FULL, detail=type(fault).__name__) from fault
        if type(fault) is DatabaseError:  # none of its kinds: what SQLite raises for a file of another sort
            raise StoreFault(Reason.STORE_UNREACHABLE, detail="the file is no database") from fault
        if isinstance(fault, OperationalError | InterfaceError):
            raise StoreFault(Reason.STORE_UNREACHABLE, detail=type(fault).__name__) from fault
        raise


def _is_full(fault: DBAPIError) -> bool:
    """Whether there was no room to write: the disk's, or what the system lets this process write."""
    cause = fault.orig
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0)
        return code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE)
    return getattr(cause, "sqlstate", None) == _DISK_FULL


def migrate(engine: Engine) -> None:
    """Bring the tables to this version's form. Only forwards: an older form is a backup's business.

    Raises `StoreFault`: STORE_UNREACHABLE, or STORE_VERSION for a database that a newer version has moved on.
    """
    from alembic import command  # half of what opening a store would take, and needed here alone
    from alembic.config import Config

    _refuse_newer(_version(engine))
    with writing(engine) as connection:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check_version(engine: Engine) -> None:
    """Refuse to work on tables of another version. Raises `StoreFault` (STORE_VERSION)."""
    found = _version(engine)
    _refuse_newer(found)
    if found != versions()[-1]:
        raise StoreFault(Reason.STORE_VERSION, detail="the tables are older than this version")


def _refuse_newer(found: str | None) -> None:
    if found is not None and found not in versions():
        raise StoreFault(Reason.STORE_VERSION, detail="the tables are of a newer version than this one")


def _version(engine: Engine) -> str | None:
    """What Alembic wrote down of the tables; None where it never was."""
    with reading(engine) as connection:
        if not sqlalchemy.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


_MIGRATIONS = Path(__file__).with_name("migrations")


@cache
def versions() -> tuple[str, ...]:
    """Every form that the tables have had, the oldest first: `r0001_tables.py` brings them to 0001."""
    names = (each.name for each in (_MIGRATIONS / "versions").glob("r*_*.py"))
    return tuple(sorted(name[1:].partition("_")[0] for name in names))
