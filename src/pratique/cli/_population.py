"""What `pratique population` and `pratique policy effect` share: people to ask, engines, tables on a terminal."""

import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

import msgspec
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from pratique.cli import _files
from pratique.cli._exits import UsageFault
from pratique.cli._printing import json_line, out, terminal
from pratique.rules.fields import MAX_FILE
from pratique.rules.policy import Policy, read_policy

if TYPE_CHECKING:
    from pratique.authority.population.engines import Engine
    from pratique.authority.population.tables import Table

EngineName = Literal["duckdb", "spark"]
SEED = 1
"""Of people who are made only to be asked once."""


class Part(Protocol):
    """A step of many."""

    @property
    def done(self) -> int:
        """Which of the steps it is, from 1."""

    @property
    def of(self) -> int:
        """How many there are."""


P = TypeVar("P", bound=Part)


def need(*modules: str) -> None:
    """Import what an extra brings, before anything else is missed instead."""
    for name in modules:
        import_module(name)


def policy(path: Path) -> Policy:
    """A policy, whatever it asks for: one that may not be published is worth looking at too. Raises `UsageFault`."""
    with _files.of(path):
        return read_policy(_files.read(path, at_most=MAX_FILE))


@contextmanager
def people(data: Path | None, made: int | None, at: datetime, *, usual: int) -> Iterator[Path]:
    """A folder with people: the one that is named, or one with so many who are made for this. Raises `UsageFault`."""
    if data is not None:
        if made is not None:
            raise UsageFault("--people and --data exclude each other: people are made, or they are there")
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="pratique-people-") as folder:
        generate(Path(folder), people=usual if made is None else made, seed=SEED, at=at)
        yield Path(folder)


def generate(folder: Path, *, people: int, seed: int, at: datetime) -> None:
    """Make people, with a bar on a terminal. Raises `UsageFault`."""
    need("duckdb", "pyarrow", "numpy")
    from pratique.authority.population import synthetic

    if not 0 < people <= synthetic.MOST:
        raise UsageFault(f"--people takes a number from 1 to {synthetic.MOST}")
    if seed < 0:
        raise UsageFault("--seed takes a whole number from 0")
    try:
        with bar(people, "people made") as advance:
            for count in synthetic.make(folder, people=people, seed=seed, at=at):
                advance(count)
    except FileExistsError as fault:
        raise UsageFault(f"{folder}: there is something already; name an empty folder, or a new one") from fault


def moment_of(data: Path | None) -> datetime | None:
    """The instant of which the events of a folder are the past, where it was made by us and says so."""
    if data is None:
        return None
    need("duckdb", "pyarrow", "numpy")
    from pratique.authority.population import synthetic

    try:
        return synthetic.about(data).moment
    except FileNotFoundError:
        return None
    except (msgspec.MsgspecError, ValueError) as fault:
        raise UsageFault(f"{data / synthetic.ABOUT}: not what `population make` writes; leave it out") from fault


@contextmanager
def opened(folder: Path, name: EngineName = "duckdb", master: str = "local[*]") -> "Iterator[Engine]":
    """An engine over a folder. Raises `UsageFault` for one without people, or with what cannot be asked."""
    need("duckdb", "sqlglot", "sqlalchemy", *(["pyspark"] if name == "spark" else []))
    from pratique.authority.population import engines

    try:
        engines.check(folder)
    except FileNotFoundError as fault:
        raise UsageFault(
            f"{folder}: there are no people here; `pratique population make` makes some (docs/population.md)"
        ) from fault
    except engines.Unusable as fault:
        raise _unusable(folder, fault) from fault
    with engines.duckdb(folder) if name == "duckdb" else engines.spark(folder, master=master) as engine:
        try:
            engines.check_people(engine)
        except engines.Unusable as fault:
            raise _unusable(folder, fault) from fault
        yield engine


def _unusable(folder: Path, fault: ValueError) -> UsageFault:
    return UsageFault(f"{folder}: {fault}; docs/population.md has every table and column")


def watched(parts: Iterable[P]) -> Iterator[P]:
    """The same steps, with a bar on stderr where a person watches."""
    with bar(None, "of everybody") as advance:
        for part in parts:
            advance(part.done, part.of)
            yield part


@contextmanager
def bar(total: int | None, words: str) -> "Iterator[Advance]":
    """A bar that is gone when the work is done; nothing where nobody watches."""
    if not sys.stderr.isatty():
        yield lambda count, of=None: None
        return
    columns = BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TextColumn(words), TimeRemainingColumn()
    with Progress(*columns, console=terminal(), transient=True, redirect_stdout=False, redirect_stderr=False) as shown:
        task = shown.add_task("", total=total)

        def advance(count: int, of: int | None = None) -> None:
            if of is None:
                shown.advance(task, count)
            else:
                shown.update(task, completed=count, total=of)

        yield advance


class Advance(Protocol):
    """Count so many more, or say how many of how many are done."""

    def __call__(self, count: int, of: int | None = None) -> None: ...


def tell(tables: "Iterable[Table]") -> None:
    """Tables as text: labels to the left, numbers to the right, shares of a row where it has several."""
    for table in tables:
        out("")
        out(table.title)
        shares = len(table.columns) > 1
        whole = sum(sum(numbers) for _, numbers in table.rows)
        rows = []
        for label, numbers in table.rows:
            total = sum(numbers)
            cells = [_number(number, total if shares else whole) for number in numbers]
            rows.append((label, *cells, *([f"{total:,}"] if shares else [])))
        header = ("", *(column.replace("_", " ") for column in table.columns), *(["people"] if shares else []))
        widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
        for row in (header, *rows):
            first, *others = (
                cell.rjust(width) if column else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            out("  ", "  ".join([first, *others]).rstrip())


def _number(number: int, of: int) -> str:
    return f"{number:,} ({100 * number / max(of, 1):.1f} %)"


def tell_json(told: dict[str, object], tables: "Iterable[Table]") -> None:
    """The same as one JSON object."""
    json_line(
        told
        | {
            "tables": [
                {
                    "title": table.title,
                    "rows": [
                        {"label": label, **dict(zip(table.columns, numbers, strict=True))}
                        for label, numbers in table.rows
                    ],
                }
                for table in tables
            ]
        }
    )


def draw(path: Path, title: str, *tables: "Table") -> None:
    """A chart of tables, to a file (SVG). Raises `UsageFault`."""
    from pratique.authority.population.chart import chart

    _files.write(path, chart(title, *tables).encode())
