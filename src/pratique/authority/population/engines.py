"""Where statements about a whole country run: DuckDB in this process, or Spark here or on a cluster.

    with duckdb(folder) as engine: ...
    with spark(folder, "spark://host:7077") as engine: ...

    engine.ask(statement)      rows, of one SQL text
    engine.slices(people)      ranges of ids, to be asked one after the other

A folder has Parquet in a folder for each table. A table of the store that is not there is empty.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import sqlglot
from sqlalchemy import BigInteger, Integer, LargeBinary, SmallInteger, String
from sqlglot import exp

from pratique.authority.store.facts import EVERYBODY
from pratique.authority.store.tables import APPEND_ONLY

_TYPES = {SmallInteger: "SMALLINT", BigInteger: "BIGINT", Integer: "INTEGER", LargeBinary: "BLOB"}
_TABLES = {table.name: table for table in APPEND_ONLY}
PEOPLE = "people"
"""The one table that is not the store's: who lives where."""
LIVES: Mapping[str, type] = {
    **dict.fromkeys(("person_id", "country", "region", "income"), String),
    "age": Integer,
    "shows": String,
}
"""Its columns."""

Range = tuple[str, str]
"""The first id and the last, both included."""


class Engine(Protocol):
    """What answers statements over the tables of a folder."""

    name: str

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a statement, which is written in DuckDB's SQL."""

    def slices(self, people: int) -> Sequence[Range]:
        """Ranges of ids with about so many people each, that together hold everybody."""


def read_by(statement: str) -> set[str]:
    """The tables that a statement reads."""
    tree = sqlglot.parse_one(statement, dialect="duckdb")
    return {table.name for table in tree.find_all(exp.Table)} - {each.alias for each in tree.find_all(exp.CTE)}


def written(statement: str, dialect: str) -> str:
    """The statement in the SQL of "duckdb" or "spark"."""
    if dialect == "duckdb":
        return statement
    return sqlglot.parse_one(statement, dialect="duckdb").transform(_folds).sql(dialect)


def _folds(node: exp.Expr) -> exp.Expr:
    """SQLGlot writes folds for both, and reads those of DuckDB as a function that it does not know."""
    if isinstance(node, exp.Anonymous) and node.name.upper() == "LIST_REDUCE":
        items, merge, initial = node.expressions
        return exp.Reduce(this=items, initial=initial, merge=merge)
    return node


def _empty(name: str) -> str:
    """A statement for a table of the store without rows. Raises `KeyError` for no such table."""
    columns = (
        f"CAST(NULL AS {_TYPES.get(type(column.type), 'VARCHAR')}) AS {column.name}" for column in _TABLES[name].columns
    )
    return f"SELECT {', '.join(columns)} WHERE FALSE"


class Unusable(ValueError):
    """Data that cannot be asked. The message names the table, the file or column, and what is wrong with it."""


def check(folder: Path) -> None:
    """Whether there are people in a folder, and each table has its columns.

    Raises `FileNotFoundError` with the place, and `Unusable`.
    """
    if not any((folder / PEOPLE).glob("*.parquet")):
        raise FileNotFoundError(folder / PEOPLE)
    tables = {name: {column.name: type(column.type) for column in table.columns} for name, table in _TABLES.items()}
    for name, columns in (tables | {PEOPLE: LIVES}).items():
        for file in sorted((folder / name).glob("*.parquet")):
            _check_file(file, columns)


def _check_file(file: Path, columns: Mapping[str, type]) -> None:
    import pyarrow
    from pyarrow import parquet

    place = f"{file.parent.name}/{file.name}"
    try:
        schema = parquet.read_schema(file)
    except (OSError, pyarrow.ArrowException):
        raise Unusable(f"{place} is no whole Parquet file") from None
    for column, kind in columns.items():
        if column not in schema.names:
            raise Unusable(f"{place} has no column {column}")
        found = schema.field(column).type
        stated = found.value_type if pyarrow.types.is_dictionary(found) else found
        if not _is(kind, stated):
            raise Unusable(f"{place}: {column} is {found}, and has to be {_TYPES.get(kind, 'VARCHAR').lower()}")


def _is(kind: type, found: Any) -> bool:
    from pyarrow import types

    if kind is LargeBinary:
        return bool(types.is_binary(found) or types.is_large_binary(found))
    if kind in _TYPES:
        return bool(types.is_integer(found))
    return bool(types.is_string(found) or types.is_large_string(found))


def check_people(engine: Engine, *, at_once: int = 1_000_000) -> None:
    """Whether everybody has one row, and a value in each column. Raises `Unusable`."""
    names = list(LIVES)
    missing = ", ".join(f"COUNT(*) - COUNT({name})" for name in names)
    for first, last in engine.slices(at_once):
        statement = (
            f"SELECT COUNT(person_id) - COUNT(DISTINCT person_id), {missing} FROM {PEOPLE}"  # noqa: S608
            f" WHERE person_id BETWEEN '{first}' AND '{last}' OR person_id IS NULL"
        )
        ((twice, *without),) = engine.ask(statement)
        for name, count in zip(names, without, strict=True):
            if count:
                raise Unusable(f"{PEOPLE}: {count} rows without {name}")
        if twice:
            raise Unusable(f"{PEOPLE}: {twice} rows of people who are there already, and would count twice")


# DuckDB


class _DuckDB:
    name = "duckdb"

    def __init__(self, folder: Path, connection: Any) -> None:
        self._folder, self._connection = folder, connection
        self._known: set[str] = set()

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        for name in read_by(statement) - self._known:
            files = str(self._folder / name / "*.parquet").replace("'", "''")
            there = any((self._folder / name).glob("*.parquet"))
            source = f"SELECT * FROM read_parquet('{files}')" if there else _empty(name)  # noqa: S608
            self._connection.execute(f"CREATE VIEW {name} AS {source}")
            self._known.add(name)
        found: list[tuple[Any, ...]] = self._connection.execute(statement).fetchall()
        return found

    def slices(self, people: int) -> Sequence[Range]:
        files = str(self._folder / PEOPLE / "*.parquet").replace("'", "''")
        groups = self._connection.execute(
            "SELECT stats_min_value, num_values FROM parquet_metadata(?) WHERE path_in_schema = 'person_id' ORDER BY 1",
            [files],
        ).fetchall()
        return _ranges(groups, people)


def _ranges(groups: Sequence[tuple[str | None, int]], people: int) -> list[Range]:
    """Row groups in the order of their first ids, joined until they hold so many; a range ends before the next one."""
    begins, held = [0], 0
    for first, count in groups:
        if first is not None and held and held + count > people:
            begins.append(int(first, 16))
            held = 0
        held += count
    names = [EVERYBODY[0], *(f"{begin:032x}" for begin in begins[1:])]
    return list(zip(names, [*(f"{begin - 1:032x}" for begin in begins[1:]), EVERYBODY[1]], strict=True))


@contextmanager
def duckdb(folder: Path, *, threads: int | None = None) -> Iterator[Engine]:
    """DuckDB in this process, on all cores or so many threads.

    Raises as `check`.
    """
    import duckdb as database

    check(folder)
    settings = {} if threads is None else {"threads": threads}
    with database.connect(config={"preserve_insertion_order": False, **settings}) as connection:
        yield _DuckDB(folder, connection)


# Spark


class _Spark:
    name = "spark"

    def __init__(self, folder: Path, session: Any) -> None:
        self._folder, self._session = folder, session
        self._known: set[str] = set()

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        for name in read_by(statement) - self._known:
            there = any((self._folder / name).glob("*.parquet"))
            place = str((self._folder / name).resolve())
            rows = self._session.read.parquet(place) if there else self._session.sql(written(_empty(name), "spark"))
            rows.createOrReplaceTempView(name)
            self._known.add(name)
        return [tuple(row) for row in self._session.sql(written(statement, "spark")).collect()]

    def slices(self, people: int) -> Sequence[Range]:
        """All at once: a cluster divides the work itself."""
        return [EVERYBODY]


@contextmanager
def spark(folder: Path, *, master: str = "local[*]") -> Iterator[Engine]:
    """Spark in this process, or a cluster by its URL; workers need to see the folder under the same path.

    Raises as `check`, and `OSError` where no cluster answers.
    """
    from pyspark.sql import SparkSession

    check(folder)
    builder = SparkSession.builder.master(master).appName("pratique population").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    try:
        session.sparkContext.setLogLevel("ERROR")
        yield _Spark(folder, session)
    finally:
        session.stop()
