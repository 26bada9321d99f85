"""Figures, and how they are printed: plain text, one table a part, and what each budget came to."""

from collections.abc import Sequence
from statistics import median

from msgspec import Struct


class Spread(Struct, frozen=True):
    """A figure over rounds; a budget is judged by the median, and the ends say how far to trust it."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """The least, the median and the greatest of `values`, of which there is at least one."""
        return cls(min(values), median(values), max(values))

    def __str__(self) -> str:
        return f"{self.middle:.2f} ({self.low:.2f} to {self.high:.2f})"


class Budget(Struct, frozen=True):
    """A promise and what was measured; `figure` None where the part was skipped."""

    name: str
    limit: float
    figure: float | None
    unit: str = ""
    at_most: bool = False

    @property
    def outcome(self) -> str:
        """`met`, `missed` or `skipped`."""
        if self.figure is None:
            return "skipped"
        met = self.figure <= self.limit if self.at_most else self.figure >= self.limit
        return "met" if met else "missed"

    @property
    def row(self) -> tuple[str, ...]:
        """The budget as a row of the summary."""
        sign = "≤" if self.at_most else "≥"
        figure = "–" if self.figure is None else f"{self.figure:.2f}{self.unit}"
        return self.name, f"{sign} {self.limit:g}{self.unit}", figure, self.outcome


class Part(Struct, frozen=True):
    """What one part of the benchmark found: its table, remarks under it, and its budgets."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    remarks: tuple[str, ...] = ()
    budgets: tuple[Budget, ...] = ()

    def __str__(self) -> str:
        return "\n".join([self.title, "-" * len(self.title), table(self.header, self.rows), *self.remarks, ""])


class Skipped(Exception):
    """A part that cannot be measured here; its text says what it needs."""


def table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Columns as wide as they must be: the first to the left, the others to the right."""
    if not rows:
        return "(nothing)"
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    lines = []
    for row in (header, *rows):
        first, *others = (
            cell.ljust(width) if not column else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join([first, *others]).rstrip())
    return "\n".join(lines)
