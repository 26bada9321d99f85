"""From CertLogic to SQL, expression by expression."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from msgspec import Struct
from sqlglot import exp
from sqlglot.expressions import Expr as Sql

from pratique.rules.certlogic import Place, path_of
from pratique.rules.evaluation import not_understood
from pratique.rules.rule import Rule
from pratique.rules.sql.columns import Column, Facet, column_path, united, writable
from pratique.rules.sql.eyes import (
    DATE,
    INTEGER,
    OUTCOME,
    TRUTH,
    Eye,
    choose,
    constant_eye,
    if_known,
    is_known,
    moment_eye,
    negated,
)
from pratique.rules.sql.folding import Fold, folded, initial_of
from pratique.rules.sql.unrolling import Constant, unrolled
from pratique.rules.values import MAX_INTEGER, access, date_of_birth, fragments, instant, integer

MAX_VISITS = 5_000
"""Expressions visited for one rule: what stands first in an AND is visited twice, and so on inwards. The largest
published rule takes fewer than 200."""

MAX_NESTING = 60
"""Expressions inside one another, folds written out: SQLGlot itself writes no more than 160 within Python's stack."""
MAX_EXPANDED = 10_000
"""Expressions that a database makes of the text: in `CASE x WHEN TRUE ... WHEN FALSE ...` it compares `x` with both, so
that conditions inside conditions double. The largest published rule comes to 168."""
MAX_OPERANDS = 40
"""Operands of an `and`, each of which is a CASE inside the one before."""
MAX_CHECKED_SUMS = 3
"""Sums of data inside one another: each doubles the text."""

_SYMBOLS = {
    "<": exp.LT, ">": exp.GT, "<=": exp.LTE, ">=": exp.GTE,
    "before": exp.LT, "after": exp.GT, "not-after": exp.LTE, "not-before": exp.GTE,
}  # fmt: skip
_BOOLEANS = ("!", "===", "in", *_SYMBOLS)


class Plan(Struct, frozen=True):
    """A rule as SQL over these columns."""

    condition: Sql
    columns: tuple[Column, ...]

    def text(self, dialect: str) -> str:
        """The condition in the SQL of "duckdb" or "spark"."""
        return self.condition.sql(dialect)

    def counts(self, table: str, dialect: str) -> str:
        """A statement that counts a table's certificates: how many passed, failed and are open."""
        condition = self.condition
        tests = {
            "passed": condition,
            "failed": negated(condition),
            "open": exp.Is(this=condition, expression=exp.null()),
        }
        counted = [exp.alias_(exp.CountIf(this=test.copy()), name) for name, test in tests.items()]
        return exp.select(*counted).from_(exp.to_identifier(table, quoted=True)).sql(dialect)


class Outside(Exception):
    """What SQL cannot say of a rule: where it stands, and what it is."""

    def __init__(self, path: str, what: str) -> None:
        self.path, self.what = path, what
        super().__init__(f"{path}: {what}")


def translate(rule: Rule, constants: Mapping[str, Any]) -> Plan:
    """A rule as SQL; `constants` are the external data that is the same for everybody. Raises `Outside`."""
    if not_understood(rule):
        return Plan(exp.null(), ())
    return translate_logic(rule.logic, constants, (None, "Logic"))


def translate_logic(logic: object, constants: Mapping[str, Any], place: Place = None) -> Plan:
    """The same for an expression that was checked."""
    translator = _Translator(constants)
    condition = translator.see(logic, OUTCOME, place)
    if _expanded(condition) > MAX_EXPANDED:
        raise Outside(path_of(place), "more than one text should hold")
    return Plan(condition, united(translator.columns))


class _Translator:
    """One rule being translated: the columns it came to need."""

    def __init__(self, constants: Mapping[str, Any]) -> None:
        self._constants = constants
        self.columns: set[Column] = set()
        self._fold: Fold | None = None
        self._visits = 0
        self._nesting = 0

    def column(self, path: str, facet: Facet, index: int = 0) -> Sql:
        column = Column(path, facet, index)
        self.columns.add(column)
        return exp.column(column.name)

    def see(self, expression: object, eye: Eye, place: Place) -> Sql:
        """An expression as `eye` sees it. Raises `Outside`."""
        self._visits += 1
        self._nesting += 1
        if self._visits > MAX_VISITS or self._nesting > MAX_NESTING:
            raise Outside(path_of(place), "more than one text should hold")
        seen = self._seen(expression, eye, place)
        self._nesting -= 1
        return seen

    def _seen(self, expression: object, eye: Eye, place: Place) -> Sql:
        known, value = self._constant(expression)
        if known:
            try:
                return eye.constant(value)
            except OverflowError as beyond:
                raise Outside(path_of(place), "a date beyond the calendar") from beyond
        match expression:
            case {"var": str(path)} if self._fold is not None:
                if (seen := self._fold.see(path, eye)) is None:
                    raise Outside(path_of((place, "var")), "a path that no column is named by")
                return seen
            case {"var": str(path)}:
                if not column_path(path):
                    raise Outside(path_of((place, "var")), "a path that no column is named by")
                return eye.column(self, path)
            case {"if": [guard, then, otherwise]}:
                here = (place, "if")
                branches = self.see(then, eye, (here, 1)), self.see(otherwise, eye, (here, 2))
                return choose(self.see(guard, TRUTH, (here, 0)), *branches)
            case {"and": [*operands]}:
                return self._and(operands, eye, (place, "and"), 0)
            case {"reduce": [operand, body, initial]}:
                flat = unrolled(operand, body, initial, self._constant)
                if flat is None:
                    return self._folded(operand, body, initial, eye, (place, "reduce"))
                return self.see(flat, eye, (place, "reduce"))
            case dict():
                [(operator, operands)] = expression.items()
                return self._operation(operator, operands, eye, (place, operator))
        raise Outside(path_of(place), "an array of computed values")

    def _constant(self, expression: object) -> tuple[bool, object]:
        """Whether an expression is the same for everybody, and what it is."""
        match expression:
            case Constant():
                return True, expression.value
            case bool() | int() | float() | str():
                return True, expression
            case list():
                items = [self._constant(item) for item in expression]
                return all(known for known, _ in items), [item for _, item in items]
            case {"var": str(path)}:
                match fragments(path):
                    case [] | [("current" | "accumulator"), *_] if self._fold is not None:
                        return False, None
                    case _ if self._fold is not None:
                        return True, None
                    case ["external", str(name), *_] if name in self._constants:
                        return True, access({"external": self._constants}, path)
                    case [("payload" | "external"), *_] | []:
                        return False, None
                return True, None
        return False, None

    def _folded(self, operand: object, body: object, initial: object, eye: Eye, here: Place) -> Sql:
        """A fold over a list of the data, which SQL folds itself."""
        begin = initial_of(body, initial)
        match operand:
            case {"var": str(path)} if begin is not None and self._fold is None and column_path(path):
                self._fold = fold = Fold(type(begin))
                step = self.see(body, fold.eye, (here, 1))
                self._fold = None
                column = Column(path, Facet.ITEMS, 0, fold.read)
                self.columns.add(column)
                return folded(exp.column(column.name), step, begin, eye)
        raise Outside(path_of(here), "a fold of unknown length")

    def _and(self, operands: list[object], eye: Eye, here: Place, number: int) -> Sql:
        """The operands from `number` on: the first falsy one, or the last one."""
        operand, place = operands[number], (here, number)
        if number == len(operands) - 1:
            value = self.see(operand, eye, place)
            return value if eye in (TRUTH, OUTCOME) else if_known(self.see(operand, TRUTH, place), value)
        if len(operands) > MAX_OPERANDS:
            raise Outside(path_of(here), "more than one text should hold")
        plain = eye is TRUTH or (eye is OUTCOME and _is_boolean(operand))
        falsy = exp.false() if plain else self.see(operand, eye, place)
        self._nesting += 1
        rest = self._and(operands, eye, here, number + 1)
        self._nesting -= 1
        return choose(self.see(operand, TRUTH, place), rest, falsy)

    def _operation(self, operator: str, operands: list[Any], eye: Eye, here: Place) -> Sql:
        match operator:
            case "!":
                return eye.boolean(negated(self.see(operands[0], TRUTH, (here, 0))))
            case "===":
                return eye.boolean(self._same(operands, here))
            case "in":
                return eye.boolean(self._member(operands, here))
            case "+":
                return eye.whole(self._sum(operands, here))
            case "<" | ">" | "<=" | ">=":
                return eye.boolean(self._in_order(operator, operands, INTEGER, here))
            case "after" | "before" | "not-after" | "not-before":
                return eye.boolean(self._in_order(operator, operands, DATE, here))
            case "plusTime":
                text, amount, unit = operands
                moment = moment_eye(Facet.INSTANT, instant, integer(amount) or 0, unit)
                return eye.date(self.see(text, moment, (here, 0)))
            case "dccDateOfBirth":
                return eye.date(self.see(operands[0], moment_eye(Facet.BIRTH, date_of_birth), (here, 0)))
        if eye.part is None:
            raise Outside(path_of(here), "a part of an identifier as a date")
        return eye.part(self._part(operands, here))

    def _in_order(self, operator: str, operands: list[object], eye: Eye, here: Place) -> Sql:
        """All operands are of the kind, or there is no value, even where the first two are out of order."""
        values = [self.see(operand, eye, (here, number)) for number, operand in enumerate(operands)]
        pairs = [_SYMBOLS[operator](this=one.copy(), expression=other.copy()) for one, other in pairwise(values)]
        if len(pairs) == 1:
            return pairs[0]
        known = [is_known(value) for value in values]
        return exp.Case(ifs=[exp.If(this=exp.and_(*known), true=exp.and_(*pairs))])

    def _sum(self, operands: list[object], here: Place) -> Sql:
        """A sum; its size is looked at only where it can be too large, since the text then holds it twice."""
        if _checked_sums({"+": operands}) > MAX_CHECKED_SUMS:
            raise Outside(path_of(here), "a sum of sums of data")
        one, other = (self.see(operand, INTEGER, (here, number)) for number, operand in enumerate(operands))
        total = exp.Paren(this=exp.Add(this=exp.cast(one, "BIGINT"), expression=other))
        least, most = _range({"+": operands})
        if least >= -MAX_INTEGER and most <= MAX_INTEGER:
            return total
        fits = exp.LTE(this=exp.Abs(this=total.copy()), expression=exp.Literal.number(MAX_INTEGER))
        return exp.Case(ifs=[exp.If(this=fits, true=total)])

    def _same(self, operands: list[object], here: Place) -> Sql:
        for number, operand in enumerate(operands):
            known, value = self._constant(operand)
            if known and _is_scalar(value):
                return self.see(operands[1 - number], self._constants_eye([value], here), (here, 1 - number))
        match operands:
            case [{"var": str(one)}, {"var": str(other)}] if (
                self._fold is None and column_path(one) and column_path(other)
            ):
                values = [self.column(path, Facet.SCALAR) for path in (one, other)]
                equal = exp.Coalesce(this=exp.EQ(this=values[0], expression=values[1]), expressions=[exp.false()])
                either = exp.or_(*map(is_known, values))
                return exp.Case(ifs=[exp.If(this=either, true=equal)])
        raise Outside(path_of(here), "a comparison of two computed values")

    def _member(self, operands: list[object], here: Place) -> Sql:
        known, array = self._constant(operands[1])
        if not known:
            raise Outside(path_of((here, 1)), "an array that is not the same for everybody")
        if not isinstance(array, list | tuple):
            return exp.null()
        if not all(map(_is_scalar, array)):
            raise Outside(path_of((here, 1)), "an array of arrays or objects")
        return self.see(operands[0], self._constants_eye(list(array), here), (here, 0))

    def _constants_eye(self, values: list[object], here: Place) -> Eye:
        if not all(writable(value) for value in values if isinstance(value, str)):
            raise Outside(path_of(here), "a text that not every program can read")
        return constant_eye(values)

    def _part(self, operands: list[Any], here: Place) -> Sql:
        index = integer(operands[1]) or 0
        match operands[0]:
            case {"var": str(path)} if self._fold is None and column_path(path) and index >= 0:
                return self.column(path, Facet.PART, index)
        raise Outside(path_of((here, 0)), "a part of a computed text")


def _expanded(sql: Sql) -> int:
    """How many expressions a database reads, where every branch of a CASE repeats what it compares."""
    repeated = sql.this if isinstance(sql, exp.Case) else None
    times = len(sql.args.get("ifs", ()))
    return 1 + sum(_expanded(part) * (times if part is repeated else 1) for part in sql.iter_expressions())


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _is_boolean(expression: object) -> bool:
    """Whether the value is true or false wherever there is one."""
    match expression:
        case bool():
            return True
        case {"if": [_, *values]} | {"and": [*values]}:
            return all(map(_is_boolean, values))
        case dict():
            return next(iter(expression)) in _BOOLEANS
    return False


def _range(expression: object) -> tuple[int, int]:
    """Between which numbers an expression lies, if it is an integer at all."""
    match expression:
        case int() if not isinstance(expression, bool):
            return expression, expression
        case {"if": [_, then, otherwise]}:
            ranges = _range(then), _range(otherwise)
            return min(ranges)[0], max(most for _, most in ranges)
        case {"+": [one, other]}:
            ranges = _range(one), _range(other)
            return sum(least for least, _ in ranges), sum(most for _, most in ranges)
    return -MAX_INTEGER, MAX_INTEGER


def _checked_sums(expression: object) -> int:
    """How many sums that can be too large are inside one another."""
    match expression:
        case {"if": [_, *values]}:
            return max(map(_checked_sums, values))
        case {"+": [*values]}:
            least, most = _range(expression)
            return max(map(_checked_sums, values)) + (least < -MAX_INTEGER or most > MAX_INTEGER)
    return 0
