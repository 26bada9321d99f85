"""The Python that a rule becomes: fragments, numbered names and numbers, and a table for everything else.

What was computed once for a certificate is not computed again: values are known by name until their block ends. Where
the language has no value, the function has the line that leaves it: `return OPEN`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from pratique.rules.checking import MAX_ITEMS
from pratique.rules.values import (
    MAX_INTEGER,
    EvaluationError,
    date_of_birth,
    fragments,
    instant,
    integer,
    plus,
)

_SYMBOLS = {"after": ">", "before": "<", "not-after": "<=", "not-before": ">="}
_WHOLE = f"-{MAX_INTEGER} <= {{0}} <= {MAX_INTEGER}"


class _Atom(Struct, frozen=True):
    """Python that has a value and no effect, and what is known of it.

    `kind`: "bool", "int", "text", "list", "date" (the bare milliseconds), or "value", which can be anything.
    """

    code: str
    kind: str = "value"
    constant: Any = None
    """The value, if it is written in the rule."""


_NULL = _Atom("None")


class Written(Struct, frozen=True):
    """The text of a function called `rule`, and the constants that it names."""

    source: str
    constants: dict[str, object]


def write_rule(logic: object) -> Written:
    """A checked rule's logic as a function of payload and external data, which returns the outcome."""
    writer = _Writer({("payload",): _Atom("payload"), ("external",): _Atom("external")}, "return OPEN")
    writer.outcome(logic)
    return writer.written("payload, external", "return OPEN")


def write_expression(expression: object) -> Written:
    """A checked expression as a function of its data, which returns the value or raises."""
    writer = _Writer({(): _Atom("data")}, "stumble()")
    writer.say(f"return {_boxed(writer.value(expression))}")
    return writer.written("data", "raise")


class _Writer:
    """One function being written: its lines, its constants, and the values that are known where it stands."""

    def __init__(self, roots: dict[tuple[str | int, ...], _Atom], fail: str) -> None:
        self._lines: list[str] = []
        self._indent = 2
        self._constants: dict[str, object] = {}
        self._names = 0
        self._roots = roots
        self._known: list[dict[object, _Atom]] = [{}]
        self._fail = fail

    def written(self, parameters: str, otherwise: str) -> Written:
        head = [f"def rule({parameters}):", "    try:"]
        lines = [*head, *self._lines, "    except EvaluationError:", f"        {otherwise}", ""]
        return Written("\n".join(lines), self._constants)

    # lines, names, blocks

    def say(self, line: str) -> None:
        self._lines.append("    " * self._indent + line)

    def _fail_if(self, condition: str) -> None:
        self.say(f"if {condition}: {self._fail}")

    def _never(self) -> _Atom:
        """There is no value here: what comes after this line is not reached."""
        self.say(self._fail)
        return _NULL

    def _name(self, code: str, kind: str = "value") -> _Atom:
        self._names += 1
        name = f"v{self._names}"
        self.say(f"{name} = {code}")
        return _Atom(name, kind)

    def _constant(self, value: object, kind: str) -> _Atom:
        name = f"k{len(self._constants)}"
        self._constants[name] = value
        return _Atom(name, kind, value)

    def _once(self, key: object, make: Callable[[], _Atom]) -> _Atom:
        """What is known under `key` in this block or one around it, or else is made now."""
        for block in self._known:
            if key in block:
                return block[key]
        atom = make()
        self._known[-1][key] = atom
        return atom

    @contextmanager
    def _block(self) -> Iterator[list[str]]:
        """Lines that may not run: they are collected, and what becomes known in them is forgotten after them."""
        outside, self._lines = self._lines, []
        self._indent += 1
        self._known.append({})
        try:
            yield self._lines
        finally:
            self._known.pop()
            self._indent -= 1
            self._lines = outside

    # an expression whose value is the rule's outcome

    def outcome(self, expression: object) -> None:
        """Return the outcome: blocks that end the function need no names for their values."""
        match expression:
            case {"if": [guard, then, otherwise]}:
                condition = self._condition(self.value(guard))
                with self._block() as lines:
                    self.outcome(then)
                self.say(f"if {condition}:")
                self._lines += lines
                with self._block() as lines:
                    self.outcome(otherwise)
                self.say("else:")
                self._lines += lines
            case {"and": [*firsts, last]}:
                for first in firsts:
                    atom = self.value(first)
                    self.say(f"if not {self._condition(atom)}: return {_outcome(atom)}")
                self.outcome(last)
            case _:
                self.say(f"return {_outcome(self.value(expression))}")

    # an expression whose value is needed

    def value(self, expression: object) -> _Atom:
        match expression:
            case bool():
                return _Atom(repr(expression), "bool", expression)
            case int() | float():
                return _Atom(f"({integer(expression)!r})", "int", integer(expression))
            case str():
                return self._constant(expression, "text")
            case list():
                return self._array(expression)
            case {"var": str(path)}:
                return self._access(fragments(path))
            case {"if": [guard, then, otherwise]}:
                return self._if(self._condition(self.value(guard)), then, otherwise)
            case {"and": [first, *others]}:
                return self._and(first, others)
            case {"reduce": [operand, body, initial]}:
                return self._reduce(self.value(operand), body, initial)
            case dict():
                [(operator, operands)] = expression.items()
                return self._operation(operator, operands)
        raise TypeError("an expression that was not checked")

    def _array(self, items: list[object]) -> _Atom:
        if all(isinstance(one, bool | int | float | str) for one in items):
            return self._constant([integer(one) if isinstance(one, float) else one for one in items], "list")
        return self._name(f"[{', '.join([_boxed(self.value(one)) for one in items])}]", "list")

    def _access(self, path: tuple[str | int, ...]) -> _Atom:
        return self._once((id(self._roots), path), lambda: self._reach(path))

    def _reach(self, path: tuple[str | int, ...]) -> _Atom:
        if path in self._roots:
            return self._roots[path]
        if not path:  # the whole of the data, which nothing else needs as one
            members = [f"{self._constant(root[0], 'text').code}: {atom.code}" for root, atom in self._roots.items()]
            return self._name(f"{{{', '.join(members)}}}")
        if len(path) == 1 and () not in self._roots:
            return _NULL
        outer, step = self._access(path[:-1]), path[-1]
        if outer.code == "None":
            return _NULL
        if isinstance(step, int):
            return self._name(
                f"{outer.code}[{step}] if type({outer.code}) is list and len({outer.code}) > {step} "
                f"else item({outer.code}, {step})"
            )
        name = self._constant(step, "text").code
        return self._name(f"{outer.code}.get({name}) if type({outer.code}) is dict else named({outer.code}, {name})")

    def _if(self, condition: str, then: object, otherwise: object) -> _Atom:
        with self._block() as yes:
            first = self.value(then)
        with self._block() as no:
            second = self.value(otherwise)
        kind = first.kind if first.kind == second.kind else "value"
        codes = [one.code if one.kind == kind else _boxed(one) for one in (first, second)]
        self._names += 1
        name, inside = f"v{self._names}", "    " * (self._indent + 1)
        self.say(f"if {condition}:")
        self._lines += [*yes, f"{inside}{name} = {codes[0]}"]
        self.say("else:")
        self._lines += [*no, f"{inside}{name} = {codes[1]}"]
        return _Atom(name, kind)

    def _and(self, first: object, others: list[object]) -> _Atom:
        """Flat and not nested, however many there are: a falsy value passes over all that follow."""
        atom = self.value(first)
        result = self._name(self._condition(atom)).code
        kinds = {atom.kind}
        for other in others:
            with self._block() as lines:
                atom = self.value(other)
                self.say(f"{result} = {self._condition(atom)}")
                kinds.add(atom.kind)
            self.say(f"if {result}:")
            self._lines += lines
        return _Atom(result, "bool" if kinds == {"bool"} else "value")

    def _reduce(self, array: _Atom, body: object, initial: object) -> _Atom:
        items = self._name(f"() if {array.code} is None else {array.code}")
        if array.kind != "list":
            self._fail_if(f"type({items.code}) is not list and type({items.code}) is not tuple")
        self._fail_if(f"len({items.code}) > {MAX_ITEMS}")
        accumulator = self._name(_boxed(self.value(initial)))
        self._names += 1
        current = _Atom(f"v{self._names}")
        outside = self._roots
        self._roots = {("accumulator",): accumulator, ("current",): current}
        with self._block() as lines:
            self.say(f"{accumulator.code} = {_boxed(self.value(body))}")
        self._roots = outside
        self.say(f"for {current.code} in {items.code}:")
        self._lines += lines
        return accumulator

    def _operation(self, operator: str, operands: list[Any]) -> _Atom:
        match operator:
            case "!":
                return _Atom(f"(not {self._condition(self.value(operands[0]))})", "bool")
            case "===":
                return self._same(self.value(operands[0]), self.value(operands[1]))
            case "in":
                return self._member(self.value(operands[0]), self.value(operands[1]))
            case "+":
                total = self._name(" + ".join(self._all(operands, self._integer)), "int")
                self._fail_if(f"not {_WHOLE.format(total.code)}")
                return total
            case "<" | ">" | "<=" | ">=":
                return _Atom(f"({f' {operator} '.join(self._all(operands, self._integer))})", "bool")
            case "after" | "before" | "not-after" | "not-before":
                return _Atom(f"({f' {_SYMBOLS[operator]} '.join(self._all(operands, self._date))})", "bool")
            case "plusTime":
                return self._plus_time(*operands)
            case "dccDateOfBirth":
                return self._read(date_of_birth, self.value(operands[0]))
            case "extractFromUVCI":
                index = integer(operands[1])
                return self._name(f"uvci_fragment({_boxed(self.value(operands[0]))}, ({index!r}))")
        raise TypeError("an expression that was not checked")

    # operands of a kind

    def _all(self, operands: list[object], kind: Callable[[_Atom], str]) -> list[str]:
        """All are evaluated before any is looked at, which makes no difference to an outcome."""
        return [kind(atom) for atom in [self.value(operand) for operand in operands]]

    def _condition(self, atom: _Atom) -> str:
        """Code that is truthy in Python where the atom is in CertLogic; what is neither fails before."""
        if atom.kind == "date":
            return self._never().code
        if atom.kind == "value" and atom.code != "None":
            self._once(("truth", atom.code), lambda: self._checked(atom))
        return atom.code

    def _checked(self, atom: _Atom) -> _Atom:
        self._fail_if(f"type({atom.code}) not in plain and truth({atom.code}) is None")
        return atom

    def _integer(self, atom: _Atom) -> str:
        if atom.kind == "int":
            return atom.code
        if atom.kind != "value" or atom.code == "None":
            return self._never().code
        return self._once(("integer", atom.code), lambda: self._whole(atom.code)).code

    def _whole(self, code: str) -> _Atom:
        number = self._name(f"{code} if type({code}) is int and {_WHOLE.format(code)} else integer({code})", "int")
        self._fail_if(f"{number.code} is None")
        return number

    def _date(self, atom: _Atom) -> str:
        if atom.kind == "date":
            return atom.code
        if atom.kind != "value" or atom.code == "None":
            return self._never().code
        self._fail_if(f"type({atom.code}) is not DateTime")
        return f"{atom.code}.ms"

    def _plus_time(self, text: object, amount: object, unit: str) -> _Atom:
        moment, number = self._read(instant, self.value(text)), integer(amount)
        if not number or moment.code == "None":
            return moment
        if unit in ("month", "year"):
            return _Atom(f"plus_months({moment.code}, ({number * (12 if unit == 'year' else 1)}))", "date")
        return _Atom(f"({moment.code} + ({plus(0, number, unit)}))", "date")

    def _read(self, reader: Callable[[object], int], atom: _Atom) -> _Atom:
        """The milliseconds of a text; of one that is written in the rule they are written in the function."""
        if atom.kind == "text" and atom.constant is not None:
            try:
                return _Atom(f"({reader(atom.constant)})", "date")
            except EvaluationError:
                return self._never()
        if atom.kind not in ("value", "text"):
            return self._never()
        make = f"{reader.__name__}({atom.code})"
        return self._once((reader, atom.code), lambda: self._name(make, "date"))

    def _same(self, one: _Atom, other: _Atom) -> _Atom:
        if "text" in (one.kind, other.kind) or (one.kind == other.kind and one.kind in ("bool", "int")):
            return _Atom(f"({_boxed(one)} == {_boxed(other)})", "bool")  # a text equals nothing but a text
        for value, number in ((one, other), (other, one)):
            if number.kind == "int" and number.constant is not None and value.kind == "value":
                return _Atom(f"({value.code} == {number.code} and type({value.code}) is not bool)", "bool")
        return self._told(f"same({_boxed(one)}, {_boxed(other)})")

    def _member(self, one: _Atom, array: _Atom) -> _Atom:
        if array.constant is not None and all(isinstance(each, str) for each in array.constant):
            return _Atom(f"({_boxed(one)} in {array.code})", "bool")
        if array.kind != "list":
            self._fail_if(f"type({array.code}) is not list and type({array.code}) is not tuple")
        if one.kind == "text":
            return _Atom(f"({one.code} in {array.code})", "bool")
        test = f"member({_boxed(one)}, {array.code})"
        if one.kind != "value":
            return self._told(test)
        return self._told(f"{one.code} in {array.code} if type({one.code}) is str else {test}")

    def _told(self, test: str) -> _Atom:
        answer = self._name(test, "bool")
        self._fail_if(f"{answer.code} is None")
        return answer


def _boxed(atom: _Atom) -> str:
    """The code of a value as it can be handed on: a date-time is one."""
    return f"DateTime({atom.code})" if atom.kind == "date" else atom.code


def _outcome(atom: _Atom) -> str:
    """The outcome that an atom's value is."""
    match atom.kind:
        case "bool" if atom.constant is not None:
            return "PASSED" if atom.constant else "FAILED"
        case "bool":
            return f"PASSED if {atom.code} else FAILED"
        case "value":
            return f"PASSED if {atom.code} is True else FAILED if {atom.code} is False else OPEN"
    return "OPEN"
