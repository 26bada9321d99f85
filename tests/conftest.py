"""How the whole suite runs: the same examples every time in CI, and no test skipped there in silence."""

import logging
import os
from collections.abc import Generator
from typing import Any

import httpx
import pytest
from hypothesis import settings

from tests.shared import VECTORS, VECTORS_ABSENT

IN_CI = bool(os.environ.get("PRATIQUE_CI"))

settings.register_profile("here", deadline=None, max_examples=100)
settings.register_profile("ci", deadline=None, max_examples=100, derandomize=True, print_blob=True)
settings.load_profile("ci" if IN_CI else "here")


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
    if _LEAKS:
        report.outcome, report.longrepr = "failed", f"personal data in {'; '.join(dict.fromkeys(_LEAKS))}"
        _LEAKS.clear()
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if IN_CI:
        refuse(report)
    return report


# what is personal is in no log, and in no body of an error

PERSONAL = (
    *("XA1234567", "XA7654321", "Meimei", "Leilei", "MEIMEI", "LEILEI", "韩梅梅"),
    *("1990-05-08", "900508", "1992-02-14"),
)
"""Names, passport numbers and birth dates of the people whom tests are about."""
_CLIENTS = frozenset({"httpx", "httpcore", "hypothesis", "faker", "asyncio"})
"""Who asks writes down what they ask, and is not us."""
_LEAKS: list[str] = []


def leaks(text: str) -> bool:
    """Whether a line tells who somebody is."""
    return any(word in text for word in PERSONAL)


class _Watching(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] not in _CLIENTS and leaks(record.getMessage()):
            _LEAKS.append(f"a line of the log, by {record.name} at {record.pathname}:{record.lineno}")


_ask = httpx.Client.send


def _asked(client: httpx.Client, request: httpx.Request, **more: Any) -> httpx.Response:
    """What a program is told of an error; pages for people repeat the form that they typed, and are not asked."""
    answer = _ask(client, request, **more)
    kind = answer.headers.get("content-type", "")
    if answer.status_code >= 400 and "html" not in kind and not more.get("stream") and leaks(answer.text):
        place = os.environ.get("PYTEST_CURRENT_TEST")
        _LEAKS.append(f"the body of a {answer.status_code} of {request.method} at {place}")
    return answer


def pytest_sessionstart() -> None:
    logging.getLogger().addHandler(_Watching())
    logging.getLogger("pratique").setLevel(logging.INFO)
    httpx.Client.send = _asked  # type: ignore[method-assign]
