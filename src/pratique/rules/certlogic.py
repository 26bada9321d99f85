"""The reference interpreter of CertLogic 1.3.3: one line for each operation, to be read beside the specification.

    {"if": [guard, then, else]}    {"and": [a, b, ...]}    {"!": [a]}    {"var": "payload.v.0.dn"}
    {"===": [a, b]}    {"in": [a, array]}    {"+": [a, b]}    {"<": [a, b]}    {"<": [a, b, c]}
    {"before": [a, b]}    {"plusTime": [text, 14, "day"]}    {"dccDateOfBirth": [text]}
    {"extractFromUVCI": [text, 1]}    {"reduce": [array, body of `current` and `accumulator`, initial]}

Every other evaluator is held against this one. An expression that has no value for some data is an `EvaluationError`.
"""

import operator
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

from msgspec import Struct

from pratique.model.reasons import Reason
from pratique.rules.checking import MAX_ITEMS, check
from pratique.rules.values import (
    DateTime,
    EvaluationError,
    access,
    date_of_birth,
    instant,
    integer,
    member,
    plus,
    same,
    truth,
    uvci_fragment,
)

T = TypeVar("T")

Place = tuple["Place | None", str | int] | None
"""Where in an expression we are: outer place and step. It becomes a text only if something is wrong there."""

_INTEGERS: dict[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_DATE_TIMES: dict[str, Callable[[DateTime, DateTime], bool]] = {
    "after": operator.gt,
    "before": operator.lt,
    "not-after": operator.le,
    "not-before": operator.ge,
}


def evaluate(expression: object, data: object) -> object:
    """The value of a CertLogic expression for some data: JSON values, and `DateTime`.

    Raises `EvaluationError` where there is none, and for an expression that `check` refuses.
    """
    for problem in check(expression):
        raise EvaluationError(problem.reason, problem.path)
    return interpret(expression, data)


def interpret(expression: object, data: object, place: Place = None) -> object:
    """The same for an expression that was checked before."""
    match expression:
        case list():
            return [interpret(item, data, (place, number)) for number, item in enumerate(expression)]
        case {"var": str(path)}:
            return access(data, path)
        case dict():
            [(name, operands)] = expression.items()
            return _apply(name, _Operands(operands, data, (place, name)))
        case float():
            return integer(expression)
    return expression


class _Operands(Struct, frozen=True):
    """The operands of an operation, each evaluated when it is asked for and no earlier."""

    expressions: Sequence[object]
    data: object
    place: Place

    def value(self, number: int) -> object:
        return interpret(self.expressions[number], self.data, (self.place, number))

    def truth(self, number: int) -> bool:
        return self.known(truth(self.value(number)), number)

    def array(self, number: int) -> list[object]:
        value = self.value(number)
        return self.known(list(value) if isinstance(value, list | tuple) else None, number)

    def every(self, kind: Callable[[object], T | None]) -> list[T]:
        """All of them, and each of the same kind: nothing is known before the last one is."""
        values = [self.value(number) for number in range(len(self.expressions))]
        return [self.known(kind(value), number) for number, value in enumerate(values)]

    def read(self, number: int, reader: Callable[[object], T]) -> T:
        """What `reader` makes of an operand; where it cannot, that is this operand's fault."""
        try:
            return reader(self.value(number))
        except EvaluationError as fault:
            raise EvaluationError(fault.reason, fault.path or self.path(number)) from fault

    def known(self, value: T | None, number: int, reason: Reason = Reason.OPEN_VALUE) -> T:
        """`value`, which is None where the operand is not what the operation takes."""
        if value is None:
            raise EvaluationError(reason, self.path(number))
        return value

    def path(self, number: int) -> str:
        return path_of((self.place, number))


def _apply(name: str, of: _Operands) -> object:
    match name:
        case "if":
            return of.value(1 if of.truth(0) else 2)
        case "and":
            return _and(of)
        case "!":
            return not of.truth(0)
        case "===":
            return of.known(same(of.value(0), of.value(1)), 0)
        case "in":
            return of.known(member(of.value(0), of.array(1)), 0)
        case "+":
            return of.known(integer(sum(of.every(integer))), 0, Reason.OPEN_LIMIT)
        case "<" | ">" | "<=" | ">=":
            return _in_order(_INTEGERS[name], of.every(integer))
        case "after" | "before" | "not-after" | "not-before":
            return _in_order(_DATE_TIMES[name], of.every(_date_time))
        case "plusTime":
            amount, unit = of.expressions[1:]
            return DateTime(plus(of.read(0, instant), of.known(integer(amount), 1), str(unit)))
        case "dccDateOfBirth":
            return DateTime(of.read(0, date_of_birth))
        case "extractFromUVCI":
            index = of.known(integer(of.expressions[1]), 1)
            return of.read(0, lambda uvci: uvci_fragment(uvci, index))
        case "reduce":
            return _reduce(of)
    raise EvaluationError(Reason.RULE_OPERATOR, path_of(of.place))


def _and(of: _Operands) -> object:
    """The first falsy operand, or the last one; what comes after the first falsy one is not evaluated."""
    value: object = True
    for number in range(len(of.expressions)):
        value = of.value(number)
        if not of.known(truth(value), number):
            break
    return value


def _in_order(holds: Callable[[T, T], bool], values: list[T]) -> bool:
    return all(holds(one, other) for one, other in pairwise(values))


def _date_time(value: object) -> DateTime | None:
    return value if isinstance(value, DateTime) else None


def _reduce(of: _Operands) -> object:
    """The left fold. The body reads `current` and `accumulator` and nothing else; null has no items."""
    array = of.value(0)
    items = [] if array is None else of.array(0)
    if len(items) > MAX_ITEMS:
        raise EvaluationError(Reason.OPEN_LIMIT, of.path(0))
    accumulator = of.value(2)
    for current in items:
        body = _Operands(of.expressions, {"accumulator": accumulator, "current": current}, of.place)
        accumulator = body.value(1)
    return accumulator


def path_of(place: Place) -> str:
    """A place as problems name it: `if[1].>=[0]`."""
    steps: list[str] = []
    while place is not None:
        place, step = place
        steps.append(f"[{step}]" if isinstance(step, int) else f".{step}")
    return "".join(reversed(steps)).removeprefix(".")
