"""Part 15: the colour of a whole population, from event tables in Parquet on disk, by DuckDB and by Spark.

The clock runs from the statement to the counts: reading the files, making facts of events, the rules and the branches
are all inside. People are made before, by the generator of `pratique population make`.
"""

import os
import shutil
import tempfile
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from msgspec import structs

from bench.report import Budget, Part, Skipped, Spread
from pratique.rules.policy import read_policy
from pratique.sandbox import codes

ROUNDS = 5
BUDGETS = (Budget("colours of a population from Parquet on disk, DuckDB on two cores", 1, None, " M people/s"),)
AT = datetime(2026, 11, 24, 4, tzinfo=timezone(timedelta(hours=8)))
EVENTS = ("record", "superseded", "declaration", "trip", "contact", "observation", "dispute", "dispute_step")


def measure(people: int) -> Part:
    """`people` are made once; DuckDB is asked `ROUNDS` times on two threads, and Spark, where it is, once."""
    try:
        import duckdb

        from pratique.authority.population import assessing, engines, synthetic
    except ImportError as absent:
        raise Skipped("needs the extra [population]") from absent
    policy = read_policy(codes.policy())
    with tempfile.TemporaryDirectory(prefix="pratique-bench-") as name:
        folder = Path(name) / "people"
        began = perf_counter()
        for _ in synthetic.make(folder, people=people, seed=1, at=AT):
            pass
        made = perf_counter() - began
        rows = sum(_rows(duckdb, folder / event) for event in EVENTS)
        size = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
        with engines.duckdb(folder, threads=2) as engine:
            rounds = [_asked(engine, assessing, policy) for _ in range(ROUNDS + 1)][1:]  # the first warms
        counts = rounds[0][2]
        if any(each[2] != counts for each in rounds) or sum(counts.values()) != people:
            raise AssertionError("DuckDB counted otherwise the second time")
        rate = Spread.of([people / elapsed / 1e6 for elapsed, _, _ in rounds])
        cpu = Spread.of([2 * people / spent / 1e6 for _, spent, _ in rounds])
        spark_row, remark = _spark(folder, policy, counts)
    table = (
        ("making people, once", f"{people / made / 1e6:.2f}", ""),
        ("DuckDB, two threads, elapsed", str(rate), f"{rate.middle * rows / people:.1f}"),
        ("the same by CPU time, as if two cores were free", str(cpu), f"{cpu.middle * rows / people:.1f}"),
        *spark_row,
    )
    return Part(
        "15. the colour of a whole population",
        ("", "million people a second", "million events a second"),
        table,
        (
            f"{people} people with {rows} events, {size / 1e6:.0f} MB of Parquet; {policy.identifier}, "
            f"{len(policy.rules)} rules; median of {ROUNDS}; load average {_load()}",
            "colours: " + ", ".join(f"{number} {colour}" for colour, number in sorted(counts.items())),
            remark,
        ),
        (structs.replace(BUDGETS[0], figure=rate.middle),),
    )


def _rows(duckdb: Any, place: Path) -> int:
    found: int = duckdb.read_parquet(f"{place}/*.parquet").aggregate("COUNT(*)").fetchall()[0][0]
    return found


def _asked(engine: Any, assessing: Any, policy: Any) -> tuple[float, float, Counter[str]]:
    """Seconds elapsed, seconds of CPU, and how many people have which colour."""
    began, used = perf_counter(), process_time()
    groups = [group for part in assessing.assess(engine, policy, AT) for group in part.groups]
    elapsed, spent = perf_counter() - began, process_time() - used
    counts: Counter[str] = Counter()
    for group in groups:
        counts[str(assessing.colour_at(policy, group.place)[0])] += group.people
    return elapsed, spent, counts


def _spark(folder: Path, policy: Any, expected: Counter[str]) -> tuple[list[tuple[str, str, str]], str]:
    """The same text on Spark, where there is one: its row, or why there is none."""
    from pratique.authority.population import assessing, engines

    try:
        import pyspark  # noqa: F401
    except ImportError:
        return [], "Spark: skipped, needs pyspark"
    if shutil.which("java") is None:
        return [], "Spark: skipped, needs java"
    with engines.spark(folder, master="local[2]") as engine:
        elapsed, _, counts = _asked(engine, assessing, policy)
    if counts != expected:
        raise AssertionError(f"Spark counted {counts}, DuckDB {expected}")
    return [
        ("Spark, two threads, elapsed, its start included", f"{expected.total() / elapsed / 1e6:.2f}", "")
    ], "Spark: the same text, the same counts"


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "?"
