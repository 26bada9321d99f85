"""How the whole suite runs: the same examples every time in CI, and no test skipped there in silence."""

import gc
import os
from collections.abc import Generator

import pytest
from hypothesis import settings

from pratique.authority.signers import pkcs8
from tests import searching
from tests.shared import VECTORS, VECTORS_ABSENT

IN_CI = bool(os.environ.get("PRATIQUE_CI"))

settings.register_profile("here", deadline=None, max_examples=100)
settings.register_profile("ci", deadline=None, max_examples=100, derandomize=True, print_blob=True)
settings.load_profile("ci" if IN_CI else "here")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Twice as many as there are cores: a worker waits half of its time for a disk, a browser or a child."""
    return 2 * (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def pytest_collection_finish() -> None:
    """What was collected stays to the end: no need to go through all of it for what can be thrown away."""
    gc.collect()
    gc.freeze()


def refused(report: pytest.TestReport | pytest.CollectReport) -> str | None:
    """The reason of a skip that must not happen in CI, where everything a test needs is installed.

    Only the shared vectors may be absent, and only if they really are; a known disagreement is an expected failure.
    """
    if not report.skipped or hasattr(report, "wasxfail"):
        return None
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return None if VECTORS is None and VECTORS_ABSENT in reason else reason


def refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Make a failure of a skip that must not happen."""
    reason = refused(report)
    if reason is not None:
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where nothing may be missing: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test may not do besides failing: be skipped in CI, or let personal data out."""
    report = yield
    if IN_CI:
        refuse(report)
    places, written = searching.taken(
        "".join(text for name, text in report.sections if name == f"Captured stderr {report.when}")
    )
    if places:
        said = f"personal data in {'; '.join(places)}"
        report.outcome, report.longrepr = "failed", f"{report.longrepr}\n{said}" if report.failed else said
    if report.failed and written:
        report.sections.append(("Logs of children", written))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if IN_CI:
        refuse(report)
    return report


@pytest.fixture(autouse=True, scope="session")
def key_files_open_at_once() -> Generator[None]:
    """Hundreds of tests begin with a key file, each a quarter of a second of scrypt at the price that a thief pays.

    `test_key_files` has one written at that price, while tests were collected.
    """
    with pytest.MonkeyPatch.context() as here:
        here.setattr(pkcs8, "_COST", 2)
        yield


def pytest_sessionstart() -> None:
    searching.begin()


def pytest_unconfigure() -> None:
    searching.end()
