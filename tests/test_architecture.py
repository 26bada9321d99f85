"""What the import contracts in pyproject.toml cannot say: names that are called, and what a browser can run."""

import ast
import importlib.util
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pratique.web.verifier.site import library

SOURCE = Path(__file__).parents[1] / "src"
HOUSE = SOURCE / "pratique"

SHELLS = {"authority", "network", "config", "web", "cli", "sandbox"}
"""Level 3 and above, where clocks, files and sockets are read; every other room is below."""

CALLED = {"open", "print", "input", "time", "getenv", "urlopen"}
"""Functions that ask the machine, when called by their bare name."""

OF_A_MODULE = {"open": {"io", "os", "codecs", "gzip", "bz2", "lzma"}, "time": {"time"}}
"""The same as attributes of these modules; elsewhere `.open(scan)` and `.time()` are other words."""

ANYWHERE = {"now", "utcnow", "today", "time_ns", "monotonic", "perf_counter", "environ", "getenv", "urlopen"}
"""Attributes that ask the machine, whatever they are taken from, called or not."""

VERIFIER_PAGE = (
    "pratique.model", "pratique.texts", "pratique.formats", "pratique.trust", "pratique.rules", "pratique.revocation",
    "pratique.bundle", "pratique.verification", "pratique.identification", "pratique.admission", "pratique.answering",
)  # fmt: skip
NOT_ON_THE_PAGE = ("pratique.formats.divoc", "pratique.rules.sql")
PURE = {"pratique", "cbor2", "msgspec", "asn1crypto", "rfc8785", "tzdata", "jinja2", "markupsafe"}

BLOCKED = """
import importlib, sys
allowed = set(sys.argv[1].split(",")) | sys.stdlib_module_names

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in allowed and not name.startswith("_sysconfigdata_"):  # the library's own
            raise ImportError("not on a verifier page: " + name)

sys.meta_path.insert(0, Refuse())
for name in sys.argv[2:]:
    importlib.import_module(name)
"""


def below_the_shells() -> list[Path]:
    return [path for path in sorted(HOUSE.rglob("*.py")) if path.relative_to(HOUSE).parts[0] not in SHELLS]


def reaches(tree: ast.AST) -> list[tuple[int, str]]:
    """Where a program reads a clock, a file, the terminal or the environment: line and name."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in CALLED:
                found.append((node.lineno, name))
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in OF_A_MODULE.get(name, ()):
                found.append((node.lineno, name))
            case ast.Attribute(attr=name) if name in ANYWHERE:
                found.append((node.lineno, name))
    return found


@pytest.mark.parametrize("path", below_the_shells(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_nothing_below_the_shells_asks_the_machine(path: Path) -> None:
    assert reaches(ast.parse(path.read_text("utf-8"))) == [], "the clock, files and settings are arguments here"


@pytest.mark.parametrize(
    "line",
    [
        "datetime.now(UTC)", "date.today()", "time.time()", "time()", "now = datetime.now", "open('x')", "io.open('x')",
        "os.environ['X']", "os.getenv('X')", "datetime.datetime.utcnow()", "time.monotonic()", "print(1)",
    ],
)  # fmt: skip
def test_asking_is_seen(line: str) -> None:
    assert reaches(ast.parse(line))


@pytest.mark.parametrize("line", ["moment.time()", "hcert.open(scan)", "files(__name__).joinpath('x').read_bytes()"])
def test_other_words_are_left_alone(line: str) -> None:
    assert reaches(ast.parse(line)) == []


def modules_of_the_page() -> list[str]:
    """Every module of the rooms a verifier page runs, by its dotted name."""
    names = []
    for path in sorted(HOUSE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if any(f"{name}.".startswith(f"{room}.") for room in VERIFIER_PAGE) and not name.startswith(NOT_ON_THE_PAGE):
            names.append(name)
    return names


def on_the_page(*names: str, path: Path = SOURCE) -> subprocess.CompletedProcess[str]:
    """Import these where nothing but the standard library and `PURE` can be imported."""
    command = [sys.executable, "-c", BLOCKED, ",".join(PURE), *names]
    environment = os.environ | {"PYTHONPATH": str(path)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_verifier_page_needs_nothing_native_of_ours() -> None:
    names = modules_of_the_page()
    assert "pratique.model.certificate" in names
    done = on_the_page("pratique", *names)
    assert done.returncode == 0, done.stderr


def test_the_library_that_the_page_loads_is_whole_and_has_nothing_of_the_authority(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(library())) as packed:
        packed.extractall(tmp_path)
        rooms = {name.split("/")[1] for name in packed.namelist() if name.startswith("pratique/")}
    assert rooms.isdisjoint({"authority", "network", "cli", "sandbox", "crypto.py", "issuing.py", "paper", "qr.py"})
    done = on_the_page("pratique.web.verifier.engine", path=tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_native_import_is_noticed(tmp_path: Path) -> None:
    assert importlib.util.find_spec("cryptography") is not None
    (tmp_path / "cbor2.py").write_text("import cryptography\n")
    done = on_the_page("cbor2", path=tmp_path)
    assert "not on a verifier page: cryptography" in done.stderr
