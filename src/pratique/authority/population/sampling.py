"""What a policy would do to a sample of people who do not exist: made, asked and counted in one go, for a page.

tried = sample(policy, at, people=10_000, against=in_force)      tables, whose numbers go through `shown`
"""

import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from pratique.authority.population import engines, synthetic, tables
from pratique.authority.population.effect import effect
from pratique.authority.population.tables import Table
from pratique.rules.policy import Policy

SEED = 1
"""The same people for every draft, so that two of them can be compared."""
FEWEST = 10
"""Numbers below it are not shown, as in everything that is published of people."""


class Sampled(Struct, frozen=True):
    """What came of a sample. `changes` and `gains` are empty where there was nothing to compare with."""

    people: int
    at: datetime
    ways: tuple[tuple[int, int], ...]
    """How many people are at each place in the policy (`effect.branch_at`)."""
    standing: tuple[Table, ...]
    changes: tuple[Table, ...] = ()
    gains: tuple[Table, ...] = ()


def sample(policy: Policy, at: datetime, *, people: int, against: Policy | None = None) -> Sampled:
    """Ask a policy of so many people at an instant, and the one in force as well.

    Raises `ValueError` for two that cannot be compared, `Untranslatable` for what nobody can ask of everybody at once,
    and `ModuleNotFoundError` without the extra `[population]`.
    """
    with tempfile.TemporaryDirectory(prefix="pratique-people-") as folder:
        for _ in synthetic.make(Path(folder), people=people, seed=SEED, at=at):
            pass
        with engines.duckdb(Path(folder), threads=1) as engine:
            cases = [case for part in effect(engine, policy, at, against=against) for case in part.cases]
    compared, ways = against is not None, Counter[int]()
    for case in cases:
        ways[case.place] += case.people
    return Sampled(
        people,
        at,
        tuple(sorted(ways.items(), key=lambda way: (way[0] < 0, way[0]))),
        tuple(tables.by_standing_and(stratum, cases) for stratum in tables.STRATA),
        (tables.changes(cases),) if compared else (),
        tuple(tables.gains_and(stratum, cases) for stratum in tables.STRATA) if compared else (),
    )


def shown(numbers: Sequence[int]) -> tuple[int | None, ...]:
    """Numbers as they may be shown: None for one to nine people."""
    return tuple(None if 0 < number < FEWEST else number for number in numbers)
