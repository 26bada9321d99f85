"""A skip fails in CI, an expected failure does not; and personal data in a log or an error fails whoever caused it."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import searching
from tests.shared import VECTORS_ABSENT

ROOT = Path(__file__).parents[1]
CASES = f"""
import pytest

@pytest.mark.skip(reason="needs a font")
def test_marked(): ...

def test_called():
    pytest.skip("not today")

@pytest.mark.skip(reason={VECTORS_ABSENT!r})
def test_vectors(): ...

@pytest.mark.xfail(strict=True, reason="a known disagreement")
def test_known():
    assert 1 == 2
"""


def run(folder: Path, *options: str, **environment: str) -> str:
    """What pytest says of the cases in `folder`, under our conftest and only the named variables of ours."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("PRATIQUE_")}
    plugins = ["-p", "tests.conftest", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *plugins, "--rootdir", str(folder), str(folder), *options]
    done = subprocess.run(command, cwd=ROOT, env=others | environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("environment", "outcome"),
    [
        ({}, "3 skipped, 1 xfailed"),
        ({"PRATIQUE_CI": "1", "PRATIQUE_VECTORS": "/nowhere"}, "1 failed, 1 skipped, 1 xfailed, 1 error"),
        ({"PRATIQUE_CI": "1", "PRATIQUE_VECTORS": str(ROOT)}, "1 failed, 1 xfailed, 2 errors"),
    ],
)
def test_skips(tmp_path: Path, environment: dict[str, str], outcome: str) -> None:
    (tmp_path / "test_cases.py").write_text(CASES)
    said = run(tmp_path, **environment)
    assert f"= {outcome} in" in said, said


def test_a_module_that_skips_itself(tmp_path: Path) -> None:
    (tmp_path / "test_absent.py").write_text("import pytest\npytest.importorskip('no_such_package')\n")
    assert "= 1 skipped in" in run(tmp_path)
    said = run(tmp_path, PRATIQUE_CI="1")
    assert "no_such_package" in said
    assert "= 1 error in" in said, said


LEAKS = """
import logging, multiprocessing, subprocess, sys

import pytest
from litestar import Litestar, Request, Response, get, post
from litestar.testing import TestClient

SAYS = "import sys; print({!r}, file=sys.{})"
AGAIN = "import subprocess, sys; subprocess.run([sys.executable, '-c', {!r}])"
LEAK, NONE = "the passport XA1234567 of Han Meimei", "a passport"

@pytest.mark.parametrize("text", [LEAK, NONE], ids=["leak", "none"])
def test_log(text):
    logging.getLogger("pratique.web").warning(text)

@post("/", sync_to_thread=False)
def refuse(request: Request) -> Response[str]:
    text, kind, status = request.headers["said"].split("|")
    return Response(text, media_type=kind, status_code=int(status))

@pytest.mark.parametrize("said", [
    "Han Meimei|application/json|400",
    "Han Meimei|application/json|500",
    "born 1990-05-08|application/json|400",
    "Han Meimei, born 1990-05-08|text/html|422",
    "Han Meimei|text/html|500",
], ids=lambda said: f"leak in {said}")
def test_body(said):
    with TestClient(Litestar([refuse])) as browser:
        assert browser.post("/", headers={"said": said}, data={"born": "1990-05-08"}).status_code >= 400

@pytest.mark.parametrize("said", [
    "Han Meimei|application/json|200", "somebody|application/json|400", "born 1990-05-08|text/html|422",
], ids=lambda said: f"none in {said}")
def test_no_body(said):
    with TestClient(Litestar([refuse])) as browser:
        browser.post("/", headers={"said": said}, data={"born": "1990-05-08"})

@get("/", sync_to_thread=False)
def case() -> Response[str]:
    return Response("Han Meimei", media_type="text/html")

@pytest.mark.parametrize("seen", [True, False], ids=["none", "leak"])
def test_page_shown_again(seen):
    with TestClient(Litestar([refuse, case])) as browser:
        if seen:
            browser.get("/")
        browser.post("/", headers={"said": "Han Meimei|text/html|422"})

def ours(code, folder):
    subprocess.run([sys.executable, "-c", code])

def thrown_away(code, folder):
    subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

def piped(code, folder):
    subprocess.run([sys.executable, "-c", code], capture_output=True)

def to_a_file(code, folder):
    with (folder / "log").open("wb") as log:
        subprocess.run([sys.executable, "-c", code], stdout=log, stderr=subprocess.STDOUT)

def by_its_own_child(code, folder):
    subprocess.run([sys.executable, "-c", AGAIN.format(code)])

def by_a_worker(code, folder):
    each = multiprocessing.get_context("spawn").Process(target=exec, args=(code,))
    each.start()
    each.join()

@pytest.mark.parametrize("start", [ours, thrown_away, piped, to_a_file, by_its_own_child, by_a_worker])
@pytest.mark.parametrize("text", [LEAK, NONE], ids=["leak", "none"])
def test_stderr(start, text, tmp_path):
    start(SAYS.format(text, "stderr"), tmp_path)

@pytest.mark.parametrize("start", [ours, thrown_away, to_a_file])
def test_stdout_leak(start, tmp_path):
    start(SAYS.format(LEAK, "stdout"), tmp_path)

def test_a_result_is_none(tmp_path):
    piped(SAYS.format(LEAK, "stdout"), tmp_path)
"""


def test_personal_data_in_a_log_or_an_error_fails_whoever_caused_it(tmp_path: Path) -> None:
    (tmp_path / "test_cases.py").write_text(LEAKS, encoding="utf-8")
    said = run(tmp_path, "-rA")
    outcomes = re.findall(r"^(PASSED|FAILED|ERROR) .*test_cases\.py::(.*)", said, re.MULTILINE)
    assert len(outcomes) == 2 + 8 + 2 + 12 + 4, said
    for outcome, name in outcomes:
        assert (outcome == "FAILED") == ("leak" in name), (name, said)
    for place in ("a line of the log, by pratique.web", "the body of a 422 of POST", "the stderr of", "the log of",
                  "what was written to stderr"):  # fmt: skip
        assert f"personal data in {place}" in said


class Installed:
    """An application that keeps no weak reference, as a frozen value keeps none."""

    __slots__ = ()

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        assert await receive() == {"type": "http.request", "body": b"name=Meimei"}
        await send({"type": "http.response.start", "status": 422, "headers": [(b"content-type", b"text/html")]})
        for part in (b"Han ", b"Meimei"):
            await send({"type": "http.response.body", "body": part})


def test_a_real_browsers_answers_are_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[searching.Answered] = []
    search = searching.search_body

    def searching_too(visitor: Any, answered: searching.Answered) -> None:
        search(visitor, answered)
        found.append(answered)

    monkeypatch.setattr(searching, "search_body", searching_too)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"name=Meimei"}

    async def send(_message: Any) -> None: ...

    asyncio.run(searching.searched(Installed())({"type": "http", "method": "POST", "path": "/"}, receive, send))
    assert found == [searching.Answered(422, "POST", "/", "b'text/html'", b"name=Meimei", b"Han Meimei")]


def test_what_is_found() -> None:
    assert searching.personal('{"detail": "1990-05-08"} of XA1234567') == {"1990-05-08", "XA1234567"}
    assert searching.personal('{"code": "PAGE_UNKNOWN"}') == set()
