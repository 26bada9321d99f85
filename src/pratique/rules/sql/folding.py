"""A `reduce` over a list of the data, which SQL folds as CertLogic does: the accumulator from item to item, in order.

What the accumulator is must be known, and stay the same from step to step: a boolean, or an integer. Once a step has no
value the fold has none, whatever the steps behind it would say.
"""

from sqlglot import exp
from sqlglot.expressions import Expr as Sql

from pratique.rules.sql.columns import Column, Facet, column_path
from pratique.rules.sql.eyes import INTEGER, OUTCOME, Eye, if_known
from pratique.rules.values import integer

_SO_FAR, _ITEM = "so_far", "item"
_TYPES: dict[type, str] = {bool: "BOOLEAN", int: "BIGINT"}
_BOOLEANS = frozenset(
    ["!", "===", "in", "<", ">", "<=", ">=", "before", "after", "not-after", "not-before"]
)  # fmt: skip
_NO_FIELD = Column("payload.item", Facet.TRUTH)
"""What is kept of items of which nothing is read: a structure has at least one field."""


class Fold:
    """The body of a fold while it is translated: what `current` and `accumulator` stand for in it."""

    def __init__(self, kind: type) -> None:
        self.kind = kind
        self._fields: set[Column] = set()

    @property
    def eye(self) -> Eye:
        """How the body is seen."""
        return OUTCOME if self.kind is bool else INTEGER

    @property
    def read(self) -> tuple[Column, ...]:
        """What the body came to read of an item."""
        return tuple(sorted(self._fields or {_NO_FIELD}))

    def see(self, path: str, eye: Eye) -> Sql | None:
        """What stands at a path of the body; None where no column says it."""
        name, _, rest = path.partition(".")
        if path == "accumulator":
            so_far = exp.column(_SO_FAR)
            return eye.boolean(so_far) if self.kind is bool else eye.whole(so_far)
        if name == "current" and column_path(f"payload.{rest}"):
            return eye.column(self, f"payload.{rest}")
        return None

    def column(self, path: str, facet: Facet, index: int = 0) -> Sql:
        """The field of an item (`eyes.Columns`)."""
        field = Column(path, facet, index)
        self._fields.add(field)
        return exp.column(field.name, table=_ITEM)


def initial_of(body: object, initial: object) -> bool | int | None:
    """What a fold begins with, if that is a boolean or an integer and every step is one as well; else None."""
    if isinstance(initial, bool) or (isinstance(initial, int) and integer(initial) is not None):
        return initial if _kind(body, type(initial)) is type(initial) else None
    return None


def _kind(expression: object, accumulator: type) -> type | None:
    """Whether an expression is a boolean or an integer wherever it has a value."""
    match expression:
        case bool():
            return bool
        case int() if integer(expression) is not None:
            return int
        case {"var": "accumulator"}:
            return accumulator
        case {"if": [_, *values]} | {"and": [*values]}:
            kinds = {_kind(value, accumulator) for value in values}
            return kinds.pop() if len(kinds) == 1 else None
        case {"+": _}:
            return int
        case dict() if next(iter(expression)) in _BOOLEANS:
            return bool
    return None


def folded(items: Sql, step: Sql, initial: bool | int, eye: Eye) -> Sql:
    """The fold over a list, as `eye` sees its value."""
    kind = _TYPES[type(initial)]
    begin = exp.true() if initial is True else exp.false() if initial is False else exp.Literal.number(initial)
    merge = exp.Lambda(
        this=exp.cast(if_known(exp.column(_SO_FAR), step), kind),
        expressions=[exp.to_identifier(_SO_FAR), exp.to_identifier(_ITEM)],
    )
    value = exp.Reduce(this=items, initial=exp.cast(begin, kind), merge=merge)
    return eye.boolean(value) if kind == "BOOLEAN" else eye.whole(value)
