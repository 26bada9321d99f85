"""What a rule reads of a person, with the data category of each path, and whether it does more than look.

A path that stands in no table here is refused: a policy can name it, but nobody may fill it.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations
from types import MappingProxyType

from msgspec import Struct

from pratique.model import facts
from pratique.model.errors import Problem
from pratique.model.facts import Category
from pratique.model.reasons import Reason
from pratique.model.valueset import CONDITIONS


class Read(Struct, frozen=True):
    """A path of the data that an expression may read, and where in the expression it is read."""

    path: str
    place: str


_ENTRY = ("tg", "co", "ev")
_GROUPS = {
    "v": (Category.VACCINATIONS, ("vp", "mp", "ma", "dn", "sd", "dt")),
    "t": (Category.TESTS, ("tt", "nm", "ma", "sc", "tr", "kd", "an", "dy")),
    "r": (Category.RECOVERIES, ("fr", "df", "du")),
    "x": (Category.EXEMPTIONS, ("df", "du")),
}
_TESTS = ("molecular", "antigen", "antibody", "IgG", "IgM", "total", "other")

CERTIFICATE: Mapping[str, Category] = MappingProxyType(
    {"dob": Category.BIRTH_DATE}
    | {f"{group}.*.{field}": told for group, (told, own) in _GROUPS.items() for field in (*_ENTRY, *own)}
    | {f"tests.{kind}.*.{field}": Category.TESTS for kind in _TESTS for field in (*_ENTRY, *_GROUPS["t"][1])}
)
"""The paths of a certificate that a policy may read, `*` for the place in a list. Names, identifiers of records, the
centre of a test and the body that vouches are not among them: they single people out."""

SETTING: Mapping[str, Category | None] = MappingProxyType(
    dict.fromkeys(("validationClock", "today", "countryCode", "region", "iss", "issuerCountryCode", "iat", "exp"))
    | {"valueSets.*": None}
    | {f"journey.{step}": Category.JOURNEY for step in ("origin", "passed.*", "from", "boarding", "port", "transit")}
    | {"journey.ofRight": Category.JOURNEY}
)
"""The paths of `external`; those that say nothing of a person have no category."""


def category_of(path: str, *, of_facts: bool) -> Category | None:
    """The category of a path such as `payload.v.0.dt`; None for what says nothing of a person.

    `of_facts`: the payload is `Facts.to_data()` and no certificate. Raises `LookupError` for a path that no table has.
    """
    room, _, rest = path.partition(".")
    if room == "payload" and of_facts:
        found = facts.category_of(rest)
        if found is None:
            raise LookupError("no fact has this path")
        return found
    tables: dict[str, Mapping[str, Category | None]] = {"payload": CERTIFICATE, "external": SETTING}
    wanted = ".".join("*" if step.isdecimal() else step for step in rest.split("."))
    for known, category in tables.get(room, {}).items():
        parent = known.removesuffix(".*")
        if known == wanted or known.startswith(f"{wanted}.") or (room == "external" and _below(wanted, known, parent)):
            return category
    raise LookupError("no table has this path")


def _below(wanted: str, known: str, parent: str) -> bool:
    """Whether a path is one item of a list that is known as a whole; the names of value sets are free."""
    return parent != known and wanted.startswith(f"{parent}.") and wanted.count(".") <= known.count(".") + 1


def reads(expression: object, place: str = "", item: tuple[str, ...] | None = None) -> Iterator[Read]:
    """Every path that an expression may read, what the body of a `reduce` reads of its items included.

    `item` are the paths that `current` and `accumulator` may stand for, inside such a body.
    """
    match expression:
        case {"var": str(path)}:
            for found in _paths(path, item):
                yield Read(found, place)
        case {"reduce": [operand, body, initial]}:
            yield from reads(operand, f"{place}.reduce[0]", item)
            yield from reads(body, f"{place}.reduce[1]", _may_stand_for(operand, initial, item))
            yield from reads(initial, f"{place}.reduce[2]", item)
        case list():
            for number, each in enumerate(expression):
                yield from reads(each, f"{place}[{number}]", item)
        case dict():
            for operator, operands in expression.items():
                yield from reads(operands, f"{place}.{operator}", item)


def _may_stand_for(operand: object, initial: object, item: tuple[str, ...] | None) -> tuple[str, ...]:
    """The paths that `current` and `accumulator` may stand for in the body of a fold."""
    return tuple(dict.fromkeys([*_items(operand, item), *(read.path for read in reads(initial, "", item))]))


def _paths(path: str, item: tuple[str, ...] | None) -> Iterator[str]:
    if item is None:
        yield path
        return
    name, _, rest = path.partition(".")
    if name in ("current", "accumulator", ""):
        whole = name != "current" and not rest
        yield from () if whole else (f"{each}.{rest}".removesuffix(".") for each in item)


def _items(operand: object, item: tuple[str, ...] | None) -> Iterator[str]:
    """The paths that an item of a fold may have: the entries of a list of data, or the parts of a written list."""
    if isinstance(operand, list):
        yield from (read.path for read in reads(operand, "", item))
        return
    for read in reads(operand, "", item):
        yield f"{read.path}.0"


# arithmetic


def weighing(expression: object, place: str) -> Iterator[Problem]:
    """Each `+` that does more than count events: `{"+": [accumulator, 1]}` over a list, and sums of such counts.

    An event counts once, and no event counts for more than another: that is what tells a count from a score.
    """
    match expression:
        case {"+": [*_]} if not _is_count(expression):
            yield Problem(place, Reason.POLICY_SCORE)
        case {"reduce": [operand, body, _]} if _is_count(expression):
            yield from weighing(operand, f"{place}.reduce[0]")
            for guard in _guards(body):
                yield from weighing(guard, f"{place}.reduce[1]")
        case list():
            for number, each in enumerate(expression):
                yield from weighing(each, f"{place}[{number}]")
        case dict():
            for operator, operands in expression.items():
                yield from weighing(operands, f"{place}.{operator}")


def _guards(expression: object) -> Iterator[object]:
    """The conditions on which a step counts an event."""
    match expression:
        case {"if": [guard, there, absent]}:
            yield guard
            yield from _guards([there, absent])
        case {"+": [*operands]} | [*operands]:
            for operand in operands:
                yield from _guards(operand)


def _is_event(expression: object) -> bool:
    """Nothing or one: 0, 1, or one of them by a condition."""
    match expression:
        case {"if": [_, there, absent]}:
            return _is_event(there) and _is_event(absent)
    return type(expression) is int and expression in (0, 1)


def _is_step(body: object) -> bool:
    """The body of a count: the count so far, or that and one event."""
    match body:
        case {"var": "accumulator"}:
            return True
        case {"+": [{"var": "accumulator"}, event]} | {"+": [event, {"var": "accumulator"}]}:
            return _is_event(event)
        case {"if": [_, there, absent]}:
            return _is_step(there) and _is_step(absent)
    return False


def _is_count(expression: object) -> bool:
    match expression:
        case {"reduce": [operand, body, 0]}:
            return _is_step(body) and (not isinstance(operand, list) or _apart(operand))
        case {"+": [*_]}:
            addends = list(_addends(expression))
            return all(map(_counts, addends)) and _apart(addends)
    return _is_event(expression)


def _counts(addend: object) -> bool:
    return not isinstance(addend, int) and _is_count(addend)


def _addends(expression: object) -> Iterator[object]:
    match expression:
        case {"+": [*operands]}:
            for operand in operands:
                yield from _addends(operand)
        case _:
            yield expression


def _apart(expressions: list[object]) -> bool:
    """Whether no two of them read the same data, so that nothing counts twice."""
    read = [{each.path for each in reads(one) if each.path.startswith("payload")} for one in expressions]
    return not any(_overlap(a, b) for one, other in combinations(read, 2) for a in one for b in other)


def _overlap(a: str, b: str) -> bool:
    return f"{a}.".startswith(f"{b}.") or f"{b}.".startswith(f"{a}.")


# conditions


_TARGETED = "external.valueSets.disease-agent-targeted"
_OF_A_DISEASE = {"recoveries", "exemptions"}
"""The periods in `Facts` that are of a disease."""


def other_conditions(expression: object, place: str, item: tuple[str, ...] | None = None) -> Iterator[Problem]:
    """Each place where a disease is compared with one that is not on the list of `CONDITIONS`, or is read otherwise.

    What it is compared with stands there in plain words, or is the value set of diseases: a text that is carried
    elsewhere first, by a fold or an `if`, could be compared with anything. `item` as for `reads`.
    """
    match expression:
        case {"===": [*operands]} | {"in": [*operands]} if any(_is_disease(each, item) for each in operands):
            if not all(_is_disease(each, item) or _on_the_list(each) for each in operands):
                yield Problem(place, Reason.POLICY_CONDITION)
        case {"var": _} if _is_disease(expression, item):
            yield Problem(place, Reason.POLICY_CONDITION)
        case {"reduce": [operand, body, initial]}:
            yield from other_conditions(operand, f"{place}.reduce[0]", item)
            yield from other_conditions(body, f"{place}.reduce[1]", _may_stand_for(operand, initial, item))
            yield from other_conditions(initial, f"{place}.reduce[2]", item)
        case list():
            for number, each in enumerate(expression):
                yield from other_conditions(each, f"{place}[{number}]", item)
        case dict():
            for operator, operands in expression.items():
                yield from other_conditions(operands, f"{place}.{operator}", item)


def _is_disease(operand: object, item: tuple[str, ...] | None) -> bool:
    """Whether this is the disease of an event: `tg` of a certificate; of facts `disease`, or of what a period is."""
    match operand:
        case {"var": str(path)}:
            steps = [each.split(".") for each in _paths(path, item)]
            return any(
                each[-1] in ("tg", "disease") or (each[-1] == "kind" and _OF_A_DISEASE & {*each}) for each in steps
            )
    return False


def _on_the_list(operand: object) -> bool:
    match operand:
        case {"var": str(path)}:
            return path == _TARGETED
        case str():
            return operand in {code.value for code in CONDITIONS}
        case list():
            return all(map(_on_the_list, operand))
    return False
