"""The whole benchmark, all its own set-up included.

python bench/run.py            every part, some minutes
python bench/run.py --quick    the same with a handful of strings: whether it works, not how fast
python bench/run.py --part 1 --part 4
"""

import argparse
import os
import platform
import sys
from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for `python bench/run.py`, which starts in bench/

from bench import (
    browser,
    display,
    enrolling,
    existence,
    formats,
    hostile,
    intake,
    issuing,
    page,
    peers,
    population,
    processes,
    revoking,
    rules,
    serving,
    verifying,
)
from bench.report import Budget, Part, Skipped, table

PARTS: dict[int, tuple[Callable[[int], Part], int, int, tuple[Budget, ...]]] = {
    1: (verifying.measure, 2_000, 20, ()),
    2: (peers.measure, 2_000, 20, peers.BUDGETS),
    3: (processes.measure, 2_000, 40, processes.BUDGETS),
    4: (hostile.measure, 5, 1, ()),
    5: (browser.measure, 200, 5, ()),
    6: (enrolling.measure, 40, 2, enrolling.BUDGETS),
    7: (formats.measure, 1_000, 20, ()),
    8: (rules.against_node, 10_000, 500, rules.AGAINST_NODE),
    9: (rules.over_everybody, 50_000, 1_000, rules.OVER_EVERYBODY),
    10: (revoking.measure, 200_000, 2_000, revoking.BUDGETS),
    11: (intake.measure, 40_000, 200, intake.BUDGETS),
    12: (issuing.measure, 300, 5, issuing.BUDGETS),
    13: (serving.measure, 2_000, 100, serving.BUDGETS),
    14: (existence.measure, 2_000, 50, ()),
    15: (population.measure, 1_000_000, 2_000, population.BUDGETS),
    16: (display.measure, 8, 1, display.BUDGETS),
    17: (page.measure, 200, 3, page.BUDGETS),
}
"""For each part: its function, how many strings (4: repetitions, 6 and 12: travellers, 10 and 11: entries, 14:
questions, 15: people, 16: seconds) in full and quick, and its budgets if skipped."""


def main(arguments: list[str] | None = None) -> int:
    """Run the parts asked for and print them; 0 whatever the budgets came to, since machines are noisy."""
    parser = argparse.ArgumentParser(prog="bench/run.py", description="Measure pratique against its budgets.")
    parser.add_argument("--quick", action="store_true", help="a smoke test: a handful of strings, no figure to quote")
    parser.add_argument("--part", type=int, action="append", choices=PARTS, help="only this part; may be repeated")
    options = parser.parse_args(arguments)
    print(_where(), end="\n\n")
    budgets: list[Budget] = []
    for number in options.part or PARTS:
        measure, full, quick, promised = PARTS[number]
        try:
            part = measure(quick if options.quick else full)
        except Skipped as skipped:
            print(f"{number}. skipped: {skipped}", end="\n\n")
            budgets += promised
            continue
        print(part, flush=True)
        budgets += part.budgets
    print("Budgets\n-------")
    print(table(("budget", "limit", "figure", "outcome"), [budget.row for budget in budgets]))
    return 0


def _where() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    packages = ", ".join(f"{name} {version(name)}" for name in ("cryptography", "cbor2", "msgspec"))
    python = f"{platform.python_implementation()} {platform.python_version()}"
    today = datetime.now().astimezone().date()
    return f"{today}, {platform.system()} {platform.machine()}, {cores} cores, {python}, {packages}"


if __name__ == "__main__":
    sys.exit(main())
