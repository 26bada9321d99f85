"""What rules and colours read of facts, out of one row a person: `Facts.to_data` and `colour.rests_on` as SQL.

A path leads to a text, a day, an instant, a truth or a number, each NULL where there is none, or to a list or object.
Every way of reading it (`rules.sql.Facet`) is one expression over that, as `Column.value` is over JSON.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum

from msgspec import Struct

from pratique.authority.population.wide import LISTS, Wanted, among
from pratique.colour import rests_on
from pratique.model.facts import KINDS
from pratique.rules.checking import MAX_ITEMS
from pratique.rules.policy import Branch, Ends, Policy
from pratique.rules.sql import Column, Facet, Outside
from pratique.rules.values import fragments

EPOCH = date(1970, 1, 1).toordinal()
TEST_KINDS = ("molecular", "antigen", "antibody", "other")

_TYPES = {
    Facet.TRUTH: "BOOLEAN",
    Facet.TEXT: "VARCHAR",
    Facet.INTEGER: "BIGINT",
    Facet.SCALAR: "VARCHAR",
    Facet.INSTANT: "TIMESTAMP",
    Facet.BIRTH: "TIMESTAMP",
}


class Kind(StrEnum):
    """What stands at a path."""

    TEXT = "text"
    DAY = "day"
    """A proleptic ordinal."""
    INSTANT = "instant"
    """Whole seconds since 1970."""
    TRUTH = "truth"
    NUMBER = "number"
    LIST = "list"
    """Of structures `kind`, `a`, `b`."""
    OBJECT = "object"
    """`sql` is whether there is anything in it."""


class Node(Struct, frozen=True):
    """What stands at a path, as SQL; an object can be there without anything in it."""

    kind: Kind
    sql: str
    empty: bool = False


MISSING = Node(Kind.TEXT, "CAST(NULL AS VARCHAR)")

_PARTS = {"kind": (Kind.TEXT, "kind"), "first": (Kind.DAY, "a"), "last": (Kind.DAY, "b")}
_DOSE = {"disease": (Kind.TEXT, "kind"), "day": (Kind.DAY, "a")}
_TEST = {
    "sampled": (Kind.INSTANT, "{k}_newest"),
    "detected": (Kind.TRUTH, "{k}_detected"),
    "conflict": (Kind.TRUTH, "CASE WHEN NOT {k}_newest IS NULL THEN {k}_conflict END"),
    "earlier": (Kind.INSTANT, "{k}_earlier"),
    "positive": (Kind.INSTANT, "{k}_positive"),
}
_DAY_OF = "CAST(FLOOR(({x} + ({offset})) / 86400) AS BIGINT) + {epoch}"
"""The day of an instant, where clocks stand `offset` seconds before UTC's."""
_SAID = {
    "last": (Kind.DAY, "said_last"),
    "normal": (Kind.TRUTH, "said_normal"),
    "streak": (Kind.NUMBER, "said_streak"),
    "normal_streak": (Kind.NUMBER, "LEAST(said_streak, COALESCE(said_last - said_abnormal, said_streak))"),
    "abnormal": (Kind.DAY, "said_ailing"),
    "temperature": (Kind.NUMBER, "said_temperature"),
    "measured": (Kind.INSTANT, "said_measured"),
}


class Reader:
    """Expressions over `wide.gathered`, and in `wanted` what of the facts they need."""

    def __init__(self, areas: Mapping[str, tuple[str, ...]], clock: timezone) -> None:
        self.wanted = Wanted.nothing()
        self._areas = areas
        self._offset = int(clock.utcoffset(None).total_seconds())

    def column(self, column: Column) -> str:
        """A rule's column. Raises `Outside` for a part of an identifier, and a fold over what is no list of facts."""
        node = self._node(column.path)
        if column.facet is Facet.ITEMS:
            return _items(node, column)
        return _read(node, column)

    def _node(self, path: str) -> Node:
        match fragments(path):
            case ["payload", "tests", *steps]:
                return self._test(*steps)
            case ["payload", "declarations", *steps]:
                return self._declared(*steps)
            case ["payload", "latest", *steps]:
                return self._latest(*steps)
            case ["payload", str(name), *steps] if name in LISTS:
                return self._listed(name, *steps)
        return MISSING

    def _test(self, *steps: object) -> Node:
        match steps:
            case []:
                self.wanted.tests.update(TEST_KINDS)
                return Node(Kind.OBJECT, " OR ".join(f"NOT {kind}_newest IS NULL" for kind in TEST_KINDS), empty=True)
            case [str(kind), *part] if kind in TEST_KINDS:
                self.wanted.tests.add(kind)
                match part:
                    case []:
                        return Node(Kind.OBJECT, f"NOT {kind}_newest IS NULL")
                    case [str(name)] if name in _TEST:
                        found, sql = _TEST[name]
                        return Node(found, sql.format(k=kind))
                    case [str(name)] if (moment := _TEST.get(name.removesuffix("_day"))) and moment[0] is Kind.INSTANT:
                        sql = moment[1].format(k=kind)
                        return Node(Kind.DAY, _DAY_OF.format(x=sql, offset=self._offset, epoch=EPOCH))
        return MISSING

    def _declared(self, *steps: object) -> Node:
        match steps:
            case []:
                self.wanted.said = True
                return Node(Kind.OBJECT, "NOT said_last IS NULL")
            case [str(part)] if part in _SAID:
                self.wanted.said = True
                self.wanted.streak |= part in ("streak", "normal_streak")
                return Node(*_SAID[part])
        return MISSING

    def _latest(self, *steps: object) -> Node:
        match steps:
            case []:
                return Node(Kind.OBJECT, "TRUE")
            case [str(name)] if name in KINDS:
                spans = [self._span(name, kind)[1] for kind in KINDS[name]]
                return Node(Kind.OBJECT, " OR ".join(f"NOT {last} IS NULL" for last in spans), empty=True)
            case [str(name), str(kind), *part] if name in KINDS and kind in KINDS[name]:
                first, last = self._span(name, kind)
                match part:
                    case []:
                        return Node(Kind.OBJECT, f"NOT {last} IS NULL")
                    case ["first"]:
                        return Node(Kind.DAY, first)
                    case ["last"]:
                        return Node(Kind.DAY, last)
        return MISSING

    def _span(self, name: str, kind: str) -> tuple[str, str]:
        return self.wanted.last(name, str(kind), among(name, kind, self._areas))

    def _listed(self, name: str, *steps: object) -> Node:
        items = f"COALESCE({self.wanted.items(name)}, [])"
        match steps:
            case []:
                return Node(Kind.LIST, items)
            case [int(place), *part]:
                there = f"ARRAY_LENGTH({items}) > {place}"
                match part:
                    case []:
                        return Node(Kind.OBJECT, there)
                    case [str(field)] if field in (parts := _DOSE if name == "doses" else _PARTS):
                        kind, sql = parts[field]
                        return Node(kind, f"CASE WHEN {there} THEN {self.wanted.items(name)}[{place + 1}].{sql} END")
        return MISSING

    # what a colour rests on

    def counts(self, branch: Branch, policy: Policy, at: datetime) -> str:
        """Whether a fact lets a branch count at `at`, as `colour.assess` has it."""
        tests = [self._counts(fact, branch.ends or Ends(), at) for fact in rests_on(branch, policy)]
        return " OR ".join(f"COALESCE({test}, FALSE)" for test in tests) or "FALSE"

    def _counts(self, fact: str, lasts: Ends, at: datetime) -> str:
        name, _, part = fact.partition(".")
        match name:
            case "tests":
                kind, _, positive = part.partition(".")
                return _within(self._test(kind, "positive" if positive else "sampled"), lasts, at)
            case "declarations":
                return _within(self._declared(part or "last"), lasts, at)
            case "contacts" | "observations" | "trips":
                kinds = among(name, part, self._areas) if part else "TRUE"
                begins, ends = _days(lasts, at)
                day = "a" if name == "observations" else "b"
                stays = f" AND b >= {ends}" if name == "observations" else ""
                key = f"{list(KINDS[name]).index(part) if part in KINDS[name] else 'all'}_{begins}"
                return self.wanted.any(name, key, f"({kinds}) AND {day} BETWEEN {begins} AND {ends}{stays}")
        return "FALSE"


def _within(node: Node, lasts: Ends, at: datetime) -> str:
    """Whether a day or an instant is so near that what is counted from it has not ended."""
    if node.kind is Kind.DAY:
        begins, ends = _days(lasts, at)
        return f"{node.sql} BETWEEN {begins} AND {ends}"
    if node.kind is Kind.INSTANT:
        since = (at - timedelta(days=lasts.days, hours=lasts.hours)).timestamp()
        return f"{node.sql} > {int(since // 1)} AND {node.sql} <= {int(at.timestamp() // 1)}"
    return "FALSE"


def _days(lasts: Ends, at: datetime) -> tuple[int, int]:
    """The days of which the end, and what lasts from there, is not over at `at`: the first, and today."""
    today = at.date()
    length = timedelta(days=lasts.days, hours=lasts.hours)
    first = today
    while datetime.combine(first, time(), at.tzinfo) + length > at:  # the day before ends where this one begins
        first -= timedelta(days=1)
    return first.toordinal(), today.toordinal()


# ways of reading


def _read(node: Node, column: Column) -> str:
    facet = column.facet
    if facet not in _TYPES:
        raise Outside(column.path, "a part of an identifier, which no fact has")
    return _WAYS.get((node.kind, facet), "CAST(NULL AS {type})").format(
        x=node.sql, type=_TYPES[facet], date=_DATE.format(x=node.sql), instant=_INSTANT.format(x=node.sql),
        nothing="CAST(NULL AS VARCHAR)" if node.empty else f"CASE WHEN NOT ({node.sql}) THEN 'null' END",
    )  # fmt: skip


_DATE = f"(DATE '1970-01-01' + (CAST({{x}} AS INTEGER) - {EPOCH}))"
_INSTANT = "(TIMESTAMP '1970-01-01 00:00:00' + {x} * INTERVAL '1' SECOND)"
_WAYS = {
    (Kind.TEXT, Facet.TRUTH): "COALESCE({x} <> '', FALSE)",
    (Kind.TEXT, Facet.TEXT): "{x}",
    (Kind.TEXT, Facet.SCALAR): "COALESCE('\"' || {x}, 'null')",
    (Kind.DAY, Facet.TRUTH): "NOT {x} IS NULL",
    (Kind.DAY, Facet.TEXT): "CAST({date} AS VARCHAR)",
    (Kind.DAY, Facet.SCALAR): "COALESCE('\"' || CAST({date} AS VARCHAR), 'null')",
    (Kind.DAY, Facet.INSTANT): "CAST({date} AS TIMESTAMP)",
    (Kind.DAY, Facet.BIRTH): "CAST({date} AS TIMESTAMP)",
    (Kind.INSTANT, Facet.TRUTH): "NOT {x} IS NULL",
    (Kind.INSTANT, Facet.TEXT): "REPLACE(CAST({instant} AS VARCHAR), ' ', 'T') || 'Z'",
    (Kind.INSTANT, Facet.SCALAR): "COALESCE('\"' || REPLACE(CAST({instant} AS VARCHAR), ' ', 'T') || 'Z', 'null')",
    (Kind.INSTANT, Facet.INSTANT): "{instant}",
    (Kind.TRUTH, Facet.TRUTH): "COALESCE({x}, FALSE)",
    (Kind.TRUTH, Facet.SCALAR): "CASE {x} WHEN TRUE THEN 'true' WHEN FALSE THEN 'false' ELSE 'null' END",
    (Kind.NUMBER, Facet.TRUTH): "COALESCE({x} <> 0, FALSE)",
    (Kind.NUMBER, Facet.INTEGER): "CAST({x} AS BIGINT)",
    (Kind.NUMBER, Facet.SCALAR): "COALESCE(CAST({x} AS VARCHAR), 'null')",
    (Kind.LIST, Facet.TRUTH): "ARRAY_LENGTH({x}) > 0",
    (Kind.OBJECT, Facet.TRUTH): "({x})",
    (Kind.OBJECT, Facet.SCALAR): "{nothing}",
}
"""How each kind is read; what is not here is NULL, since it is nothing of the sort."""


def _items(node: Node, column: Column) -> str:
    """A list for a fold, each item with the fields that the fold reads."""
    if node.kind is not Kind.LIST:
        raise Outside(column.path, "a fold over what is no list of facts")
    parts = _DOSE if column.path == "payload.doses" else _PARTS
    fields = []
    for field in column.fields:
        kind, sql = parts.get(field.path.removeprefix("payload."), (MISSING.kind, ""))
        fields.append(f"'{field.name}': {_read(Node(kind, f'item.{sql}') if sql else MISSING, field)}")
    listed = f"LIST_TRANSFORM({node.sql}, LAMBDA item : {{{', '.join(fields)}}})"
    return f"CASE WHEN ARRAY_LENGTH({node.sql}) <= {MAX_ITEMS} THEN {listed} END"
