"""Whether an expression is CertLogic 1.3.3, and how much work it can make: everything that is wrong, with its place.

Rules come from other countries and go to every gate, so that they are checked when they are loaded, and a rule that
was loaded can be evaluated on any data in a bounded time.
"""

from collections.abc import Callable, Iterator

from pratique.model.errors import Problem
from pratique.model.reasons import Reason
from pratique.rules.values import MAX_INTEGER, UNITS, integer

MAX_DEPTH = 40
"""Expressions inside one another. The deepest of the rules that member states published has 8; Python's own parser
stops at 100 levels, and a compiled rule has one for each of ours."""
MAX_NODES = 2_000
"""Expressions in a rule; the largest published one has 67."""
MAX_ITEMS = 256
"""Items of data that a `reduce` goes through; the longest of the DCC's value sets, the countries, has 249."""
MAX_WORK = 250_000
"""Expressions that one evaluation may come to, a `reduce` over data counted as `MAX_ITEMS`: a quarter of a second for
the interpreter. One `reduce` inside another over data is possible, a third is not."""
MAX_FOLDS = 8
"""Each `reduce` inside the body of another; Python takes 20 loops in one another, and no published rule has two."""
MAX_AMOUNT = {"year": 1_000, "month": 12_000, "day": 366_000, "hour": 8_784_000}
"""A thousand years: no rule looks further, and no evaluator's calendar ends before."""

COMPARISONS = ("<", ">", "<=", ">=", "after", "before", "not-after", "not-before")
_OPERANDS: dict[str, tuple[int, int]] = {
    "if": (3, 3),
    "and": (2, MAX_NODES),
    "!": (1, 1),
    "===": (2, 2),
    "in": (2, 2),
    "+": (2, 2),
    **dict.fromkeys(COMPARISONS, (2, 3)),
    "plusTime": (3, 3),
    "reduce": (3, 3),
    "extractFromUVCI": (2, 2),
    "dccDateOfBirth": (1, 1),
}
"""The operations besides `var`, each with the least and the greatest number of operands."""

OPERATORS = ("var", *_OPERANDS)


def check(expression: object, place: str = "") -> tuple[Problem, ...]:
    """All that is wrong with an expression, in its order; `place` is where it stands, such as `Logic`."""
    nodes = _count(expression)
    if nodes > MAX_NODES:
        return (Problem(place, Reason.RULE_TOO_LARGE),)
    problems = tuple(_problems(expression, place, 1))
    if not problems and _folds(expression) > MAX_FOLDS:
        return (Problem(place, Reason.RULE_TOO_DEEP),)
    if not problems and work(expression) > MAX_WORK:
        return (Problem(place, Reason.RULE_TOO_COSTLY),)
    return problems


def _count(expression: object) -> int:
    """How many expressions there are, counted no further than `MAX_NODES`; without recursion, at any depth."""
    waiting, count = [expression], 0
    while waiting and count <= MAX_NODES:
        count += 1
        match waiting.pop():
            case list() as items:
                waiting += items
            case dict() as operation:
                waiting += operation.values()
    return count


def _problems(expression: object, place: str, depth: int) -> Iterator[Problem]:
    if depth > MAX_DEPTH:
        yield Problem(place, Reason.RULE_TOO_DEEP)
        return
    match expression:
        case bool() | str():
            pass
        case int() | float() if integer(expression) is not None:
            pass
        case list():
            for number, item in enumerate(expression):
                yield from _problems(item, f"{place}[{number}]", depth + 1)
        case dict() if len(expression) == 1:
            [(operator, operands)] = expression.items()
            yield from _operation_problems(operator, operands, place, depth)
        case dict():
            yield Problem(place, Reason.RULE_OPERATION)
        case _:
            yield Problem(place, Reason.RULE_LITERAL)


def _operation_problems(operator: str, operands: object, place: str, depth: int) -> Iterator[Problem]:
    if operator == "var":
        if not isinstance(operands, str) or (operands and "" in operands.split(".")):
            yield Problem(place, Reason.RULE_PATH)
        return
    if not isinstance(operands, list):
        yield Problem(place, Reason.RULE_OPERATION)
        return
    if operator not in _OPERANDS:
        yield Problem(place, Reason.RULE_OPERATOR)
        return
    least, most = _OPERANDS[operator]
    if not least <= len(operands) <= most:
        yield Problem(place, Reason.RULE_OPERAND_COUNT)
    inside = f"{place}.{operator}" if place else operator
    literal = _LITERAL_OPERANDS.get(operator, {})
    for number, operand in enumerate(operands[:most]):
        if number not in literal:
            yield from _problems(operand, f"{inside}[{number}]", depth + 1)
        elif not literal[number](operands):
            yield Problem(f"{inside}[{number}]", Reason.RULE_OPERAND)


def _is_amount(operands: list[object]) -> bool:
    unit = operands[2] if len(operands) > 2 and _is_unit(operands) else None
    amount = integer(operands[1])
    return amount is not None and abs(amount) <= MAX_AMOUNT.get(str(unit), MAX_INTEGER)


def _is_unit(operands: list[object]) -> bool:
    return isinstance(operands[2], str) and operands[2] in UNITS


def _is_index(operands: list[object]) -> bool:
    return integer(operands[1]) is not None


_LITERAL_OPERANDS: dict[str, dict[int, Callable[[list[object]], bool]]] = {
    "plusTime": {1: _is_amount, 2: _is_unit},
    "extractFromUVCI": {1: _is_index},
}
"""Operands that are written down and not computed, by their number, and whether they are right."""


def work(expression: object) -> int:
    """How many expressions an evaluation comes to at most."""
    match expression:
        case list():
            return 1 + sum(map(work, expression))
        case {"var": _}:
            return 1
        case {"reduce": [operand, body, initial]}:
            items = len(operand) if isinstance(operand, list) else MAX_ITEMS
            return 1 + work(operand) + work(initial) + items * work(body)
        case dict():
            return 1 + sum(map(work, next(iter(expression.values()))))
    return 1


def _folds(expression: object) -> int:
    """How many bodies of `reduce` are inside one another."""
    match expression:
        case list():
            return max(map(_folds, expression), default=0)
        case {"var": _}:
            return 0
        case {"reduce": [operand, body, initial]}:
            return max(_folds([operand, initial]), 1 + _folds(body))
        case dict():
            return _folds(next(iter(expression.values())))
    return 0


def paths(expression: object) -> frozenset[str]:
    """Every path that an expression may read of the data, those that a `reduce` makes of its own parts excepted."""
    match expression:
        case {"var": str(path)}:
            return frozenset({path})
        case {"reduce": [operand, _, initial]}:
            return paths(operand) | paths(initial)
        case list():
            return frozenset().union(*map(paths, expression))
        case dict():
            return frozenset().union(*map(paths, expression.values()))
    return frozenset()
