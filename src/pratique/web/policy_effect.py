"""What a policy would do to people, as a page shows it: sentences first, then each table with a bar in every row.

Numbers from one to nine are hidden, and so are their bars: the habit of whoever counts people. No row has its sum; sums
over all are said, since these people do not exist and nobody is found out by working a number out. Columns have shapes
of their own place in a bar, so that nothing is told by colour alone.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from pratique.rules.policy import Policy
from pratique.web.words import Words

if TYPE_CHECKING:  # an extra: whoever has numbers has it
    from pratique.authority.population.sampling import Sampled
    from pratique.authority.population.tables import Table

STRATA = ("age", "access to vaccines", "shows", "country")
"""By what people are told apart on the page; regions of people who do not exist have names that say nothing."""
BOTH_WAYS = ("worse", "same", "better", "undecided")
"""The columns as the bar beside them has them, from left to right."""
HALF = 100
"""The half of a bar's width, in the drawing's own units."""
_AGES = re.compile(r"(\d+) (?:to (\d+)|and over)")


class Bar(Struct, frozen=True):
    """A part of a row's bar: what it stands for, where it begins and how long it is."""

    kind: str
    begins: float
    length: float


class Row(Struct, frozen=True):
    """A group of people: its name, the numbers of each column (None is hidden), and their bars."""

    label: str
    numbers: tuple[int | None, ...]
    bars: tuple[Bar, ...]


class Chart(Struct, frozen=True):
    """One table with its bars; `both_ways` has worse to one side and better to the other."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    both_ways: bool


def charts(found: "Sampled", say: Words) -> tuple[Chart, ...]:
    """Who would stand worse or better, by what people are told apart; who stands how, where nothing is compared."""
    listed = dict(zip(_titles(), found.gains or found.standing, strict=True))
    return tuple(_chart(listed[stratum], stratum, say) for stratum in STRATA)


def _chart(table: "Table", stratum: str, say: Words) -> Chart:
    both_ways = "worse" in table.columns
    columns = BOTH_WAYS if both_ways else table.columns
    rows = []
    for label, numbers in table.rows:
        counted = dict(zip(table.columns, numbers, strict=True))
        rows.append(_row(_label(label, say, stratum), {column: counted[column] for column in columns}))
    return Chart(say(f"policies.by.{_key(stratum)}"), columns, tuple(rows), both_ways)


def ways(found: "Sampled", policy: Policy, say: Words) -> list[tuple[str, str, int | None]]:
    """Each way through a policy that somebody takes: its result, its title, and how many take it."""
    from pratique.authority.population.effect import branch_at
    from pratique.authority.population.sampling import shown

    rows = []
    for place, people in found.ways:
        branch = branch_at(policy, place)
        (number,) = shown([people])
        title = "" if branch is None else say.of(branch.title)
        result = "undecided" if branch is None else branch.result
        rows.append((say(f"policies.result.{result}") if result in _RESULTS else result, title, number))
    return rows


_RESULTS = ("admit", "test_first", "quarantine", "not_admitted", "green", "yellow", "red", "unknown", "undecided")


def hits(found: "Sampled", say: Words) -> list[str]:
    """Whom it hits, in sentences: how many, both ways, and the group of each table that is hit hardest."""
    from pratique.authority.population.sampling import FEWEST

    bad = ("worse",) if found.gains else ("remedy", "shut_out")
    tables = dict(zip(_titles(), found.gains or found.standing, strict=True))
    told = [
        say(f"policies.hits.{column}", count=_said(_sum(tables["age"], column), say), people=found.people)
        for column in ("worse", "better", "undecided" if found.gains else "shut_out", "remedy")
        if column in tables["age"].columns
    ]
    for stratum in STRATA[:-1]:
        worst = max(tables[stratum].rows, key=lambda row: _share(tables[stratum], row[1], bad), default=None)
        if worst is None or _number(tables[stratum], worst[1], bad) < FEWEST:
            continue
        share = round(100 * _share(tables[stratum], worst[1], bad))
        told.append(say("policies.hits.hardest", group=_label(worst[0], say, stratum), share=share))
    return told


def _titles() -> tuple[str, ...]:
    from pratique.authority.population.tables import STRATA as KNOWN

    return tuple(KNOWN)


def _key(stratum: str) -> str:
    return {"access to vaccines": "income"}.get(stratum, stratum)


def _row(label: str, counted: dict[str, int]) -> Row:
    from pratique.authority.population.sampling import shown

    visible = shown(list(counted.values()))
    total = sum(counted.values()) or 1
    shares = {column: (number or 0) / total for column, number in zip(counted, visible, strict=True)}
    return Row(label, visible, tuple(_both_ways(shares) if "worse" in counted else _in_a_row(shares)))


def _both_ways(shares: dict[str, float]) -> Iterator[Bar]:
    worse, better = shares["worse"] * HALF, shares["better"] * HALF
    yield Bar("worse", round(HALF - worse, 1), round(worse, 1))
    yield Bar("better", HALF, round(better, 1))


def _in_a_row(shares: dict[str, float]) -> Iterator[Bar]:
    begins = 0.0
    for column, share in shares.items():
        yield Bar(column, round(begins, 1), round(share * 2 * HALF, 1))
        begins += share * 2 * HALF


def _label(label: str, say: Words, stratum: str) -> str:
    """The name of a group in the page's language."""
    if stratum == "age" and (ages := _AGES.fullmatch(label)):
        if ages[2] is None:
            return say("policies.age.over", first=ages[1])
        return say("policies.age.range", first=ages[1], last=ages[2])
    if stratum in ("access to vaccines", "shows"):
        return say(f"policies.group.{label.replace(' ', '_')}")
    return label


def _sum(table: "Table", column: str) -> int:
    place = table.columns.index(column)
    return sum(numbers[place] for _, numbers in table.rows)


def _said(number: int, say: Words) -> str:
    from pratique.authority.population.sampling import shown

    (visible,) = shown([number])
    return say("policies.fewer") if visible is None else f"{visible}"


def _number(table: "Table", numbers: tuple[int, ...], columns: tuple[str, ...]) -> int:
    return sum(number for column, number in zip(table.columns, numbers, strict=True) if column in columns)


def _share(table: "Table", numbers: tuple[int, ...], columns: tuple[str, ...]) -> float:
    return _number(table, numbers, columns) / (sum(numbers) or 1)
