"""What somebody who wants one thing of a value makes of each kind of value there is, in SQL.

The same `if` can stand where its truth counts, its integer or its date. Looking into its branches with one eye gives
one SQL type, in which NULL has one meaning: there is no value.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from msgspec import Struct
from sqlglot import exp
from sqlglot.expressions import Expr as Sql

from pratique.rules.sql.columns import EMPTY, FALSE, NULL, TRUE, Facet, tagged
from pratique.rules.values import EvaluationError, integer, member, plus, truth

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Columns(Protocol):
    """Where an eye finds what the certificate has at a path."""

    def column(self, path: str, facet: Facet, index: int = 0) -> Sql:
        """The column of a path, read in this way."""


def _nothing(_: object) -> Sql:
    return exp.null()


def _itself(sql: Sql) -> Sql:
    return sql


class Eye(Struct, frozen=True):
    """What it makes of a constant; of a path; and of SQL that is a boolean, an integer, a date-time, or a part of an
    identifier (None where SQL cannot say it)."""

    constant: Callable[[object], Sql]
    column: Callable[[Columns, str], Sql]
    boolean: Callable[[Sql], Sql] = _nothing
    whole: Callable[[Sql], Sql] = _nothing
    date: Callable[[Sql], Sql] = _nothing
    part: Callable[[Sql], Sql] | None = _nothing


def _boolean(value: bool | None) -> Sql:
    return exp.null() if value is None else exp.true() if value else exp.false()


def _outcome_of(columns: Columns, path: str) -> Sql:
    cases = [exp.If(this=exp.Literal.string(text), true=_boolean(text == TRUE)) for text in (TRUE, FALSE)]
    return exp.Case(this=columns.column(path, Facet.SCALAR), ifs=cases)


TRUTH = Eye(
    constant=lambda value: _boolean(truth(value)),
    column=lambda columns, path: columns.column(path, Facet.TRUTH),
    boolean=_itself,
    whole=lambda sql: exp.NEQ(this=sql, expression=exp.Literal.number(0)),
    part=lambda sql: negated(_one_of(sql, [exp.Literal.string(text) for text in (NULL, EMPTY)])),
)
"""Truthy or falsy."""

OUTCOME = Eye(
    constant=lambda value: _boolean(value if isinstance(value, bool) else None), column=_outcome_of, boolean=_itself
)
"""True or false, and nothing that is merely truthy."""

INTEGER = Eye(
    constant=lambda value: exp.null() if (number := integer(value)) is None else exp.Literal.number(number),
    column=lambda columns, path: columns.column(path, Facet.INTEGER),
    whole=_itself,
)

DATE = Eye(constant=_nothing, column=lambda columns, path: exp.null(), date=_itself)
"""A date-time, which no certificate holds: only operations make one."""


def moment_eye(facet: Facet, reader: Callable[[object], int], amount: int = 0, unit: str = "day") -> Eye:
    """A text read as a date-time, and moved by an amount of a unit."""

    def constant(value: object) -> Sql:
        try:
            return _timestamp(plus(reader(value), amount, unit))
        except EvaluationError:
            return exp.null()

    return Eye(constant, lambda columns, path: _moved(columns.column(path, facet), amount, unit), part=None)


def _timestamp(ms: int) -> Sql:
    """An instant in UTC. Raises `OverflowError` beyond the years 1 to 9999, which not every dialect can write."""
    text = (_EPOCH + timedelta(milliseconds=ms)).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    return exp.cast(exp.Literal.string(f"{text:0>23}"), "TIMESTAMPNTZ")


def _moved(moment: Sql, amount: int, unit: str) -> Sql:
    """A month or a year moves the first of the month, from which the days are counted, as JavaScript does it."""
    if not amount:
        return moment
    if unit in ("day", "hour"):
        return exp.Paren(this=exp.Add(this=moment, expression=_interval(amount, unit)))
    first = exp.TimestampTrunc(this=moment.copy(), unit=exp.Var(this="MONTH"))
    since = exp.Paren(this=exp.Sub(this=moment, expression=first.copy()))
    moved = exp.Add(this=first, expression=_interval(amount, unit))
    return exp.Paren(this=exp.Add(this=moved, expression=since))


def _interval(amount: int, unit: str) -> Sql:
    return exp.Interval(this=exp.Literal.string(str(amount)), unit=exp.Var(this=unit.upper()))


def constant_eye(values: list[object]) -> Eye:
    """Whether it is one of these values, none of them an array or an object."""
    texts: list[Sql] = [exp.Literal.string(value) for value in values if isinstance(value, str)]
    numbers: list[Sql] = [exp.Literal.number(n) for value in values if (n := integer(value)) is not None]
    others = [value for value in values if not isinstance(value, str) and integer(value) is None]
    tags = [exp.Literal.string(text) for value in values if (text := tagged(value)) is not None]

    def column(columns: Columns, path: str) -> Sql:
        ways: tuple[tuple[Facet, list[Sql]], ...] = (
            (Facet.TEXT, texts),
            (Facet.INTEGER, numbers),
            (Facet.SCALAR, [exp.Literal.string(text) for value in others if (text := tagged(value)) is not None]),
        )
        tests = [
            exp.Coalesce(this=_one_of(columns.column(path, facet), listed), expressions=[exp.false()])
            for facet, listed in ways
            if listed
        ]
        return exp.or_(*tests) if tests else exp.false()

    return Eye(
        lambda value: _boolean(member(value, values)),
        column,
        boolean=lambda sql: choose(sql, _boolean(member(True, values)), _boolean(member(False, values))),
        whole=lambda sql: _one_of(sql, numbers) if numbers else if_known(sql, exp.false()),
        date=lambda sql: if_known(sql, exp.false()),
        part=lambda sql: _one_of(sql, tags) if tags else if_known(sql, exp.false()),
    )


def _one_of(sql: Sql, listed: Sequence[Sql]) -> Sql:
    if len(listed) == 1:
        return exp.Paren(this=exp.EQ(this=sql, expression=listed[0].copy()))
    return exp.In(this=sql, expressions=[literal.copy() for literal in listed])


def choose(condition: Sql, then: Sql, otherwise: Sql) -> Sql:
    """`if` and `and`: there is no value where the condition has none, whatever the branches have."""
    if isinstance(condition, exp.Null):
        return condition
    if isinstance(condition, exp.Boolean):
        return then if condition.this else otherwise
    if isinstance(then, exp.Boolean) and isinstance(otherwise, exp.Boolean) and then.this and not otherwise.this:
        return condition
    cases = [exp.If(this=exp.true(), true=then), exp.If(this=exp.false(), true=otherwise)]
    return exp.Case(this=condition, ifs=cases)


def if_known(condition: Sql, value: Sql) -> Sql:
    """`value`, where the condition has one."""
    return exp.Case(ifs=[exp.If(this=is_known(condition), true=value)])


def is_known(sql: Sql) -> Sql:
    """Whether there is a value."""
    return exp.Paren(this=exp.Not(this=exp.Paren(this=exp.Is(this=sql.copy(), expression=exp.null()))))


def negated(sql: Sql) -> Sql:
    """NOT, which keeps what has no value."""
    return exp.Paren(this=exp.Not(this=exp.Paren(this=sql)))
