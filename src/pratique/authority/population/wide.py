"""The facts of everybody as one row a person: what `store/facts.sql` says, in the form that a whole country runs in.

`facts.sql` has a row for each fact, which is what one person's facts want. Here every table is read once, aggregated by
person, and joined. Which records and declarations stand, the facts that are lists, and streaks are parts
of `facts.sql` itself, taken out of its text; the newest tests and the last declarations are written anew as aggregates,
since the joins of that text cost more than all the rest together. A test holds both forms against each other, person by
person.

This is DuckDB's SQL, from which SQLGlot writes Spark's (`engines`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache

import sqlglot
from msgspec import Struct
from sqlglot import exp

from pratique.authority.records.gather import LOOKING_BACK
from pratique.authority.store import facts
from pratique.model.facts import APART

LISTS = ("doses", "recoveries", "exemptions", "trips", "contacts", "observations")
NOBODY = ""
"""Nobody's id: of whoever has no facts."""
_SMALLEST_FIRST = [f"{name}_told" for name in ("observations", "contacts", "exemptions", "recoveries", "trips",
                                               "streak", "said", "tests", "doses")]  # fmt: skip
"""In this order they are joined, so that most people are looked up once or twice."""
SAMPLE = 60
"""Seconds within which two reports are of one sample, as in `facts.sql`."""


class Moment(Struct, frozen=True):
    """When facts are gathered: the second, the day where that is, and the first day that is looked back on."""

    now: int
    today: int
    since: int

    @classmethod
    def of(cls, at: datetime) -> "Moment":
        """The moment `at`, whose offset says which day it is."""
        today = at.date()
        return cls(int(at.timestamp()), today.toordinal(), (today - LOOKING_BACK).toordinal())

    @property
    def looked_back(self) -> int:
        """The first second of which samples are looked back on."""
        return self.now - (self.today - self.since) * 86_400


_TESTS = """
  SELECT *,
    CASE WHEN {k}_detected THEN {k}_newest ELSE {k}_established END AS {k}_positive,
    CASE WHEN NOT {k}_detected AND COALESCE({k}_yes <= {k}_before - {sample}, TRUE) THEN {k}_before END AS {k}_earlier
  FROM (
    SELECT *,
      COALESCE({k}_no > {k}_newest - {sample} AND {k}_any > {k}_newest - {sample}, FALSE) AS {k}_conflict,
      CASE
        WHEN {k}_unmapped > {k}_newest - {sample} THEN NULL
        WHEN {k}_no > {k}_newest - {sample} AND {k}_any > {k}_newest - {sample} THEN NULL
        WHEN {k}_any > {k}_newest - {sample} THEN TRUE
        WHEN {k}_no > {k}_newest - {sample} THEN FALSE
      END AS {k}_detected,
      CASE WHEN ARRAY_LENGTH({k}_noes) > 1 THEN
        LIST_MAX(LIST_FILTER({k}_noes, LAMBDA no : no <= {k}_newest - {apart}))
      END AS {k}_before,
      CASE WHEN {k}_any >= {back} THEN {k}_any END AS {k}_yes,
      CASE WHEN {k}_any >= {back} THEN
        LIST_MAX(LIST_FILTER({k}_yeses, LAMBDA yes : yes >= {back} AND ARRAY_LENGTH(
          LIST_FILTER({k}_noes, LAMBDA no : no > yes - {sample} AND no < yes + {sample})
        ) = 0))
      END AS {k}_established
    FROM (
      SELECT *, GREATEST({k}_no, {k}_any, {k}_unmapped) AS {k}_newest FROM (
        SELECT *,
          CASE WHEN NOT {k}_yeses IS NULL THEN LIST_MAX({k}_yeses) END AS {k}_any,
          CASE WHEN NOT {k}_opens IS NULL THEN LIST_MAX({k}_opens) END AS {k}_unmapped
        FROM (
          SELECT *,
            CASE WHEN NOT {k}_others IS NULL THEN
              LIST_TRANSFORM(LIST_FILTER({k}_others, LAMBDA one : one.detected = 1), LAMBDA one : one.moment)
            END AS {k}_yeses,
            CASE WHEN NOT {k}_others IS NULL THEN
              LIST_TRANSFORM(LIST_FILTER({k}_others, LAMBDA one : one.detected IS NULL), LAMBDA one : one.moment)
            END AS {k}_opens
          FROM ({source})
        )
      )
    )
  )
"""
_SAMPLES = """
  MAX(moment) FILTER (WHERE test_kind = '{k}' AND detected = 0) AS {k}_no,
  COALESCE(LIST(moment) FILTER (WHERE test_kind = '{k}' AND detected = 0 AND moment >= {back}), []) AS {k}_noes,
  LIST({{'moment': moment, 'detected': detected}})
    FILTER (WHERE test_kind = '{k}' AND COALESCE(detected, 1) = 1) AS {k}_others
"""
"""Of the kind `k`: the newest negative sample, those of three weeks, and the few others; above, what follows."""

_DECLARATIONS = """
  SELECT person_id, said_last, said_ailing,
    CASE
      WHEN said_ailing = said_last THEN FALSE
      WHEN said_unclear = said_last THEN NULL
      ELSE TRUE
    END AS said_normal,
    GREATEST(said_ailing, said_unclear) AS said_abnormal,
    CASE WHEN said_warm.day = said_last THEN said_warm.temperature END AS said_temperature,
    CASE WHEN said_warm.day = said_last THEN said_warm.moment END AS said_measured
  FROM (
    SELECT person_id,
      MAX(day) AS said_last,
      MAX(day) FILTER (WHERE normal = 0) AS said_ailing,
      MAX(day) FILTER (WHERE normal IS NULL) AS said_unclear,
      MAX({'day': day, 'moment': moment, 'temperature': temperature})
        FILTER (WHERE NOT temperature IS NULL) AS said_warm
    FROM said GROUP BY person_id
  )
"""
_STREAK = "SELECT person_id, d AS said_streak FROM ({declarations})"
_PERIODS = "SELECT person_id, {aggregates} FROM ({rows}) GROUP BY person_id"
"""The rows of a list: `kind`, and the days `a` and `b` from which and to which."""


class Wanted(Struct):
    """What is asked of the facts: kinds of tests, and aggregates over the rows of a list by their names."""

    tests: set[str]
    said: bool
    streak: bool
    periods: dict[str, dict[str, str]]

    @classmethod
    def nothing(cls) -> "Wanted":
        """Nothing yet."""
        return cls(set(), False, False, {})

    def items(self, name: str) -> str:
        """The rows of a list in their order, as a list of structures `kind`, `a`, `b`."""
        rows = "LIST_SORT(COALESCE(LIST({'kind': kind, 'a': a, 'b': b}), []))"
        return self._aggregate(name, f"{name}_rows", rows)

    def last(self, name: str, kind: str, among: str) -> tuple[str, str]:
        """The first and the last day of what ended last among the rows of a list; the earliest of several."""
        rows = f"FILTER (WHERE {among})"
        begins = self._aggregate(name, f"{name}_{kind}_first", f"ARG_MAX(a, CAST(b AS BIGINT) * 10000000 - a) {rows}")
        return begins, self._aggregate(name, f"{name}_{kind}_last", f"MAX(b) {rows}")

    def any(self, name: str, key: str, among: str) -> str:
        """Whether a row of a list is such a one."""
        return f"NOT {self._aggregate(name, f'{name}_{key}_any', f'MAX(b) FILTER (WHERE {among})')} IS NULL"

    def _aggregate(self, name: str, alias: str, sql: str) -> str:
        self.periods.setdefault(name, {})[alias] = sql
        return alias


def gathered(wanted: Wanted, moment: Moment, people: tuple[str, str] = facts.EVERYBODY) -> str:
    """What is wanted of everybody between two ids, as common tables of which the last is `gathered`.

    It has a row for whoever has a fact, and one with the id `NOBODY` and nothing else for all the others.
    """
    told = _FactsOf(moment, people)
    parts = dict(sorted(_parts(wanted, moment, told), key=lambda part: _SMALLEST_FIRST.index(part[0])))
    joined = " ".join(f"FULL JOIN {name} USING (person_id)" for name in parts)
    tables = told.needed(parts.values()) | parts
    tables["gathered"] = f"SELECT * FROM (SELECT '{NOBODY}' AS person_id) AS nobody {joined}"  # noqa: S608  names of ours
    return ", ".join(f"{name} AS ({text})" for name, text in tables.items())


def _parts(wanted: Wanted, moment: Moment, told: "_FactsOf") -> Iterator[tuple[str, str]]:
    """A common table for each kind of fact."""
    numbers = {"sample": SAMPLE, "apart": int(APART.total_seconds()), "back": moment.looked_back}
    if wanted.tests:
        kinds = sorted(wanted.tests)
        samples = ", ".join(_SAMPLES.format(k=kind, **numbers) for kind in kinds)
        listed = ", ".join(f"'{kind}'" for kind in kinds)
        text = told.filled(
            f"SELECT person_id, {samples} FROM standing "  # noqa: S608  kinds of tests alone
            f"WHERE kind = 'test' AND moment <= :now AND test_kind IN ({listed}) GROUP BY person_id"
        )
        for kind in kinds:
            text = _TESTS.format(k=kind, source=text, **numbers)
        yield "tests_told", text
    if wanted.said or wanted.streak:
        yield "said_told", _DECLARATIONS
    if wanted.streak:
        yield "streak_told", _STREAK.format(declarations=told.rows("declarations"))
    for name, aggregates in wanted.periods.items():
        listed = ", ".join(f"{sql} AS {alias}" for alias, sql in aggregates.items())
        yield f"{name}_told", _PERIODS.format(aggregates=listed, rows=told.rows(name))


class _FactsOf:
    """`facts.sql` taken apart, for a moment and some people."""

    def __init__(self, moment: Moment, people: tuple[str, str]) -> None:
        numbers = {name: str(getattr(moment, name)) for name in moment.__struct_fields__}
        self._values = numbers | {name: f"'{value}'" for name, value in zip(("first", "last"), people, strict=True)}

    def filled(self, text: str) -> str:
        """A text with the values of its parameters."""
        return re.sub(r"[:$](first|last|now|today|since)\b", lambda found: self._values[found[1]], text)

    def rows(self, fact: str) -> str:
        """The rows of one fact, with the columns that all facts have."""
        (union,) = (table.this for table in _text().ctes if table.alias == "facts")
        names = [column.alias_or_name for column in next(_selects(union)).expressions]
        for select in _selects(union):
            if any(literal.name == fact for literal in select.expressions[1].find_all(exp.Literal)):
                rows = select.copy()
                columns = zip(rows.expressions, names, strict=True)
                rows.set("expressions", [exp.alias_(column.unalias(), name) for column, name in columns])
                return f"SELECT * FROM ({self.filled(rows.sql('duckdb'))}) WHERE fact = '{fact}'"  # noqa: S608
        raise LookupError(fact)

    def needed(self, texts: Iterable[str]) -> dict[str, str]:
        """The common tables of `facts.sql` that texts read, and those that these read, in order."""
        known = {table.alias: self.filled(table.this.sql("duckdb")) for table in _text().ctes if table.alias != "facts"}
        found: set[str] = set()
        waiting = list(texts)
        while waiting:
            read = {table.name for table in sqlglot.parse_one(waiting.pop(), dialect="duckdb").find_all(exp.Table)}
            waiting += [known[name] for name in known.keys() & read - found]
            found |= read
        return {name: text for name, text in known.items() if name in found}


@cache
def _text() -> exp.Query:
    tree = sqlglot.parse_one(facts.statement(), dialect="duckdb")
    if not isinstance(tree, exp.Query):
        raise TypeError("facts.sql is no query")
    return tree


def _selects(union: exp.Expr) -> Iterator[exp.Select]:
    if isinstance(union, exp.Union):
        yield from _selects(union.left)
        yield from _selects(union.right)
    elif isinstance(union, exp.Select):
        yield union


def among(name: str, kind: str, areas: Mapping[str, tuple[str, ...]]) -> str:
    """Which rows of contacts, observations or trips are of a kind, or to areas of a level."""
    if name != "trips":
        return f"kind = {text_of(kind)}"
    return " OR ".join(f"STARTS_WITH(kind, {text_of(area)})" for area in areas.get(kind, ())) or "FALSE"


def text_of(text: str) -> str:
    """A text as it stands in a statement."""
    return exp.Literal.string(text).sql("duckdb")
