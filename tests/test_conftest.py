"""A skip fails in CI, an expected failure does not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import leaks
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


def run(folder: Path, **environment: str) -> str:
    """What pytest says of the cases in `folder`, under our conftest and only the named variables of ours."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("PRATIQUE_")}
    plugins = ["-p", "tests.conftest", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *plugins, "--rootdir", str(folder), str(folder)]
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


@pytest.mark.parametrize(
    ("text", "found"),
    [("the passport XA1234567 of Han Meimei", True), ("the passport of somebody", False)],
)
def test_personal_data_in_a_log_fails_whoever_wrote_it(tmp_path: Path, text: str, found: bool) -> None:
    case = f"import logging\n\ndef test_it():\n    logging.getLogger('pratique.web').warning({text!r})\n"
    (tmp_path / "test_cases.py").write_text(case, encoding="utf-8")
    said = run(tmp_path)
    assert ("1 failed" if found else "1 passed") in said
    assert ("personal data in a line of the log, by pratique.web" in said) == found


BODY = """
from litestar import Litestar, Response, get
from litestar.testing import TestClient

@get("/", sync_to_thread=False)
def refuse() -> Response[dict[str, str]]:
    return Response({"detail": %r}, status_code=%d)

def test_it():
    with TestClient(Litestar([refuse])) as browser:
        assert browser.get("/").status_code == %d
"""


@pytest.mark.parametrize(
    ("text", "status", "found"),
    [("Han Meimei", 400, True), ("Han Meimei", 500, True), ("Han Meimei", 200, False), ("somebody", 400, False)],
)
def test_personal_data_in_the_body_of_an_error_fails_whoever_asked(
    tmp_path: Path, text: str, status: int, found: bool
) -> None:
    (tmp_path / "test_cases.py").write_text(BODY % (text, status, status), encoding="utf-8")
    said = run(tmp_path)
    assert ("1 failed" if found else "1 passed") in said, said
    assert (f"personal data in the body of a {status} of GET" in said) == found


def test_a_body_is_searched() -> None:
    assert leaks('{"detail": "1990-05-08"}')
    assert not leaks('{"code": "PAGE_UNKNOWN"}')
