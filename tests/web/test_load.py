"""Crowds on the loopback: ten times as many within a moment, and three services that do not drag each other down.

Bounded in count and time: a continuous integration has two slow cores, and shows that it holds, not how much. How much
is `make bench ARGS="--part 16"`.
"""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import quantiles

import pytest
from bench.loading import Answered, offer

from pratique.sandbox.serving import HOST
from pratique.web.display import LATEST, SOONEST
from tests.web.displays import ROOT, displaying, filled

pytestmark = pytest.mark.allow_hosts([HOST])

CAPACITY = 200.0
"""Of a worker: a tenth of what two cores can send at least, so that ten times it can be sent here."""


def crowd(port: int, paths: list[str], *, rate: float, seconds: float) -> Answered:
    return asyncio.run(offer(HOST, port, paths, rate=rate, seconds=seconds))


def test_a_tenfold_step_is_shed_past_capacity_and_nothing_breaks(tmp_path: Path) -> None:
    paths = filled(tmp_path)
    with displaying(tmp_path, capacity=CAPACITY) as port:
        before = crowd(port, paths, rate=CAPACITY * 0.8, seconds=3)
        assert before.statuses == {200: before.offered}, "no errors below capacity"
        step = crowd(port, paths, rate=CAPACITY * 8, seconds=5)
        after = crowd(port, paths, rate=CAPACITY * 0.8, seconds=3)
    assert set(step.statuses) == {200, 503}
    assert step.broken == before.broken == after.broken == 0
    assert step.statuses.total() == step.offered
    served = step.statuses[200] / step.elapsed
    assert CAPACITY * 0.7 <= served <= CAPACITY * 1.5, "as many as promised are served still"
    assert all(SOONEST <= seconds <= LATEST for seconds in step.retry_after)
    spread = quantiles(step.retry_after[-500:], n=10)
    assert spread[-1] - spread[0] >= 5, "and the others do not come back together"
    assert step.quantile(0.95) < 1
    assert after.statuses == {200: after.offered}, "and when they are gone all is as before"


def test_two_workers_share_the_crowd(tmp_path: Path) -> None:
    paths = filled(tmp_path)
    with displaying(tmp_path, capacity=CAPACITY, workers=2) as port:
        found = crowd(port, paths, rate=CAPACITY * 0.6, seconds=3)
    assert found.statuses == {200: found.offered}


def service(*words: str) -> "subprocess.Popen[str]":
    """A process of another service, which prints what came of it."""
    settings = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.web.services", *words],
        cwd=ROOT,
        env=settings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def ended(process: "subprocess.Popen[str]") -> dict[str, float]:
    out, _ = process.communicate("", timeout=120)
    assert process.returncode == 0
    found: dict[str, float] = json.loads(out.splitlines()[-1])
    return found


def test_a_slow_intake_and_a_busy_issuer_do_not_slow_the_display_nor_it_them(tmp_path: Path) -> None:
    """Each is a process of its own; the display shares neither pool nor file with the two others."""
    shown = tmp_path / "shown"
    paths = filled(shown)
    with displaying(shown, capacity=CAPACITY) as port:
        alone = crowd(port, paths, rate=CAPACITY * 0.5, seconds=3)
        intake, issuer = service("intake", str(tmp_path / "records.db"), "400"), service("issue")
        try:
            assert intake.stdout is not None
            assert issuer.stdout is not None
            assert (intake.stdout.readline(), issuer.stdout.readline()) == ("working\n", "working\n")
            together = crowd(port, paths, rate=CAPACITY * 0.5, seconds=4)
            assert intake.poll() is None, "the intake is still at it"
            assert issuer.poll() is None
            crowd(port, paths, rate=CAPACITY * 8, seconds=2)  # a crowd that is shed
            issued, taken = ended(issuer), ended(intake)
        finally:
            for process in (intake, issuer):
                process.kill()
                process.wait()
    for found in (alone, together):
        assert found.statuses == {200: found.offered}
        assert found.broken == 0
    assert together.quantile(0.95) < 0.5
    assert taken == {"taken": 400, "kept": 400}
    assert issued["issued"] >= 20
    assert issued["worst"] < 2, "seconds for one certificate while a crowd is sent away"
