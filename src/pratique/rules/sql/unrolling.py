"""A `reduce` over a known number of items, written out: what SQL has instead of loops."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from pratique.rules.values import access

MAX_UNROLLED = 32
"""Items up to which a fold is written out; the published rules that fold have three."""


class Constant(Struct, frozen=True):
    """A value in the place of an expression: what an expression cannot be itself, such as null."""

    value: object


def unrolled(
    operand: object, body: object, initial: object, constant: Callable[[object], tuple[bool, object]]
) -> object | None:
    """The fold as nested expressions without `reduce`; None where that is not the same.

    `constant` tells whether an expression is known, and its value. The accumulator has to stand in the body once, and
    where it is always evaluated: otherwise an error in an early step would be forgotten, or the text would double.
    """
    items = _items(operand, constant)
    if items is None or len(items) > MAX_UNROLLED or (items and _uses(body) != (1, 0)):
        return None
    folded = initial
    for item in items:
        step = _replaced(body, item, folded)
        if step is None:
            return None
        folded = step
    return Constant(None) if folded is None else folded


def _items(operand: object, constant: Callable[[object], tuple[bool, object]]) -> Sequence[object] | None:
    """The items, each an expression that always has a value."""
    if isinstance(operand, list):
        simple = all(constant(item)[0] or (isinstance(item, dict) and "var" in item) for item in operand)
        return operand if simple else None
    known, value = constant(operand)
    if known and value is None:
        return ()
    return [Constant(item) for item in value] if known and isinstance(value, list | tuple) else None


def _uses(body: object, always: bool = True) -> tuple[int, int]:
    """How often the accumulator stands where it is always evaluated, and elsewhere (or only a part of it does)."""
    match body:
        case {"var": "accumulator"}:
            return (1, 0) if always else (0, 1)
        case {"var": str(path)}:
            return (0, 1) if path in ("",) or path.startswith("accumulator.") else (0, 0)
        case {"if": [first, *others]} | {"and": [first, *others]}:
            parts = [_uses(first, always), *(_uses(other, False) for other in others)]
        case {"reduce": [operand, _, initial]}:
            parts = [_uses(operand, always), _uses(initial, always)]
        case list():
            parts = [_uses(item, always) for item in body]
        case dict():
            return _uses(next(iter(body.values())), always)
        case _:
            parts = []
    return sum(part[0] for part in parts), sum(part[1] for part in parts)


def _replaced(body: object, current: object, accumulator: object) -> object | None:
    """The body with what `current` and `accumulator` stand for; None where part of a computed value is asked for."""
    match body:
        case {"var": "accumulator"}:
            return accumulator
        case {"var": str(path)}:
            return _current(path, current)
        case list():
            items = [_replaced(item, current, accumulator) for item in body]
            return None if None in items else items
        case {"reduce": [operand, inner, initial]}:
            ends = [_replaced(end, current, accumulator) for end in (operand, initial)]
            return None if None in ends else {"reduce": [ends[0], inner, ends[1]]}
        case dict():
            [(operator, operands)] = body.items()
            inside = _replaced(operands, current, accumulator)
            return None if inside is None else {operator: inside}
    return body


def _current(path: str, current: object) -> object | None:
    name, _, rest = path.partition(".")
    if name != "current":
        return Constant(None)
    match current:
        case {"var": str(outer)} if outer:
            return {"var": f"{outer}.{rest}" if rest else outer}
        case Constant():
            return Constant(access(current.value, rest))
        case bool() | int() | float() | str():
            return Constant(None) if rest else current
        case list() if not rest and all(isinstance(item, bool | int | float | str) for item in current):
            return current
    return None
