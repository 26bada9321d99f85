"""What became of a population, as tables: rows of words and numbers for a terminal, a file or a chart."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from pratique.authority.population.assessing import AGES, Alike, Group, colour_at
from pratique.authority.population.effect import Case, Standing, branch_at
from pratique.colour import Colour
from pratique.rules.policy import Branch, Policy

COLOURS = (Colour.GREEN, Colour.YELLOW, Colour.RED, Colour.UNKNOWN)


class Table(Struct, frozen=True):
    """Rows under a heading: a label, and a number for each column."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]


STRATA: dict[str, Callable[[Alike], str]] = {
    "age": lambda alike: age_of(alike.age),
    "region": lambda alike: alike.region,
    "country": lambda alike: alike.country,
    "access to vaccines": lambda alike: f"{alike.income.replace('_', ' ')} income",
    "shows": lambda alike: alike.shows,
}
"""By what people are told apart; access is that of their country's income group."""


def age_of(begins: int) -> str:
    """A group of ages by where it begins."""
    after = next((age for age in AGES if age > begins), None)
    return f"{begins} and over" if after is None else f"{begins} to {after - 1}"


def by_colour(groups: Iterable[Group], policy: Policy) -> Table:
    """How many people have each colour, for each cause."""
    counted: Counter[tuple[int, str]] = Counter()
    for group in groups:
        colour, cause = colour_at(policy, group.place)
        counted[COLOURS.index(colour), str(cause or "")] += group.people
    rows = ((f"{COLOURS[place]} {cause.replace('_', ' ')}".strip(), (people,))
            for (place, cause), people in sorted(counted.items()))  # fmt: skip
    return Table("by colour and cause", ("people",), tuple(rows))


def by_colour_and(stratum: str, groups: Iterable[Group], policy: Policy) -> Table:
    """How many people of each region, age, country have each colour."""
    return _counted(
        f"by {stratum}",
        COLOURS,
        ((STRATA[stratum](each), colour_at(policy, each.place)[0], each.people) for each in groups),
    )


def by_way(cases: Iterable[Case], policy: Policy) -> Table:
    """How many people take each way through a policy."""
    counted: Counter[int] = Counter()
    for case in cases:
        counted[case.place] += case.people
    ways = [(place, branch_at(policy, place)) for place in sorted(counted, key=lambda place: (place < 0, place))]
    return Table("by way", ("people",), tuple((f"{_way(branch)}", (counted[place],)) for place, branch in ways))


def by_standing_and(stratum: str, cases: Iterable[Case]) -> Table:
    """What becomes of the people of each age, region, country, and access to vaccines."""
    return _counted(
        f"by {stratum}", tuple(Standing), ((STRATA[stratum](each), each.standing, each.people) for each in cases)
    )


def changes(cases: Iterable[Case]) -> Table:
    """For how many people it would be another answer than under the policy in force, and which."""
    rows = [
        (case.stood.value, case.standing, case.people)
        for case in cases
        if case.stood is not None and case.stood is not case.standing
    ]
    return _counted("who stood otherwise under the policy in force", tuple(Standing), rows)


def gains_and(stratum: str, cases: Iterable[Case]) -> Table:
    """Who would stand better and who worse than under the policy in force, by stratum; what is open is neither."""
    rows = [(STRATA[stratum](case), _step(case.stood, case.standing), case.people) for case in cases if case.stood]
    return _counted(f"against the policy in force, by {stratum}", ("better", "same", "worse", "undecided"), rows)


def _step(before: Standing, after: Standing) -> str:
    if before is after:
        return "same"
    if Standing.UNDECIDED in (before, after):
        return "undecided"
    return "better" if _ORDER.index(after) < _ORDER.index(before) else "worse"


_ORDER = list(Standing)


def _counted(title: str, columns: Sequence[str], rows: Iterable[tuple[str, str, int]]) -> Table:
    counted: dict[str, Counter[str]] = {}
    for label, column, people in rows:
        counted.setdefault(label, Counter())[column] += people
    ordered = sorted(counted, key=_natural)
    return Table(title, tuple(map(str, columns)), tuple(
        (label, tuple(counted[label][column] for column in columns)) for label in ordered
    ))  # fmt: skip


def _natural(label: str) -> tuple[int, str]:
    """Ages by their number, income groups from high to low, and everything else by its name."""
    first = label.split(" ", 1)[0]
    incomes = ["high income", "upper middle income", "lower middle income", "low income"]
    return (int(first) if first.isdigit() else incomes.index(label) if label in incomes else 0), label


def _way(branch: Branch | None) -> str:
    """A way in words: its result, its title, what follows, until when, and what leads out of it."""
    if branch is None:
        return "undecided"
    said = f"{branch.result}: {branch.title.get('en') or next(iter(branch.title.values()), '')}"
    if branch.ends is not None and branch.adverse:
        said += f"; ends after {branch.ends.days * 24 + branch.ends.hours} h"
    if branch.remedy is not None and branch.adverse:
        said += f"; remedy: {branch.remedy.kind}{f' ({branch.remedy.test})' if branch.remedy.test else ''}"
    return said
