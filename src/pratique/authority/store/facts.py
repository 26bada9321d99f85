"""The one SQL text of facts, for one person or for all."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from msgspec import Struct
from sqlalchemy import Connection, TextClause, text

from pratique.authority.store.health import IN_PARTS

EVERYBODY = ("", "g")
"""Before and behind every id, which are hexadecimal digits."""


class Fact(Struct, frozen=True):
    """One row: a fact of a person, and up to four numbers whose meaning `records.gather` knows."""

    person_id: str
    fact: str
    kind: str
    a: int
    b: int | None
    c: int | None
    d: int


@cache
def statement() -> str:
    """The text without its remarks, in which a colon would be taken for a parameter."""
    sql = files(__name__.rpartition(".")[0]).joinpath("facts.sql").read_text("utf-8")
    return "\n".join(line.partition("--")[0] for line in sql.splitlines())


@cache
def _statement() -> TextClause:
    return text(statement())


def facts(
    connection: Connection, *, at: int, today: int, since: int, people: tuple[str, str] = EVERYBODY
) -> Iterator[Fact]:
    """The facts at the second `at`, on the day `today`, looking back to the day `since`; person by person."""
    values = {"first": people[0], "last": people[1], "now": at, "today": today, "since": since}
    for row in connection.execute(_statement(), values, execution_options=IN_PARTS):
        yield Fact(*row)
