"""The demonstration tells the truth, and what it prints can be typed."""

import asyncio
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pratique.cli import main
from pratique.cli.demo import command
from pratique.sandbox import demo
from tests.shared import VECTORS, needs_vectors
from tests.test_docs import agrees, commands

OUTCOMES = """\
   The same face with her brother's passport number: no certificate.
   XA signs her 4 records: vaccinations, a molecular test and an antibody test.
   Genuine?        YES      Signed by XA. On our list. Not withdrawn.
   This person?    COMPARE  Name and birth date agree with the document. Now the face.
   What follows:   No quarantine, and no further test.
   One character of her date of birth is changed: refused
     SIGNATURE_INVALID: Content was changed or is not from the issuer: the signature does not fit.
   A border that has no list of XA: undecided
     KEY_UNKNOWN: The issuer's key is not on our list. That is not proof of forgery.
   Her brother shows it with his own passport: another person
   She has no vaccination, only the tests: accepted by another route
     A test on arrival: antigen test.
   She has only her second dose's certificate with her: not accepted, and told what would do
   It is shown at a real border, though it is a specimen: refused
     SPECIMEN: This is a specimen, made for tests. It proves nothing about anybody.
   XA is asked for an EU DCC of the antibody test: not signed
     ISSUE_ANTIBODY_TEST: This format has no place for an antibody test.
"""

FILES = {
    "ithc.txt", "ithc.png", "ithc.svg", "dcc.txt", "dcc.png", "dcc.svg", "certificate.pdf", "certificate.png",
    "records.json", "passport.txt",
}  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PRATIQUE_DEBUG", raising=False)


def test_whole(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, readme: str) -> None:
    monkeypatch.setattr("sys.argv", ["pratique"])
    Path("demo/xa/register").mkdir(parents=True)
    for left in (demo.MARK, "xa/register/registry.json"):
        Path("demo", left).touch()  # an earlier demonstration, which is replaced
    assert main(["demo"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert agrees(readme, "Making .venv\n" + said.out), "the README shows what is printed"
    lines = said.out.splitlines()
    told = iter(lines)
    assert [line for line in OUTCOMES.splitlines() if line not in told] == []
    assert {path.name for path in Path("demo").iterdir()} >= FILES
    assert {path.relative_to("demo").as_posix() for path in Path("demo").rglob("*")} == demo.MADE
    assert Path("demo/xa/keys/dsc.key.pem").read_text("ascii").startswith("-----BEGIN ENCRYPTED PRIVATE KEY")
    printed = [line.strip() for line in lines if line.startswith("  pratique ")]
    assert len(printed) == 4
    for words in printed:
        assert main(shlex.split(words)[1:]) == 0, words


@pytest.mark.parametrize(
    ("called", "found", "said"),
    [
        ("/somewhere/bin/pratique", "/somewhere/bin/pratique", "pratique"),
        (".venv/bin/pratique", None, ".venv/bin/pratique"),
        ("/src/pratique/__main__.py", None, f"{sys.executable} -m pratique"),
    ],
)
def test_commands_are_printed_as_they_can_be_typed(
    called: str, found: str | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", [called])
    monkeypatch.setattr("shutil.which", lambda _: found)
    assert command() == said


def test_a_folder_of_somebody_else_is_left_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "thesis.txt").touch()
    assert main(["demo"]) == 3
    assert [path.name for path in (tmp_path / "demo").iterdir()] == ["thesis.txt"]
    assert main(["demo", "--out", str(tmp_path / "demo" / "thesis.txt")]) == 3
    assert (tmp_path / "demo" / "thesis.txt").exists()
    capsys.readouterr()


@pytest.mark.parametrize("stranger", ["answers.jsonl", "xa/thesis.txt", "xa/keys/mine.key.pem", "mine/"])
def test_what_no_demonstration_made_is_not_deleted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, stranger: str
) -> None:
    earlier = tmp_path / "demo"
    (earlier / "xa" / "keys").mkdir(parents=True)
    for name in (demo.MARK, "ithc.txt"):
        (earlier / name).touch()
    path = earlier / stranger
    path.mkdir() if stranger.endswith("/") else path.touch()
    assert main(["demo"]) == 3
    assert f"demo/{stranger.rstrip('/')} is none of ours" in capsys.readouterr().err
    assert path.exists()
    assert (earlier / "ithc.txt").exists()


def test_a_story_that_did_not_happen_is_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(demo, "tampered", lambda scan: scan)
    with pytest.raises(RuntimeError, match="as it tells"):
        demo.run(tmp_path, at=datetime(2026, 11, 23, 12, tzinfo=UTC), say=told.append)
    assert not [line for line in told if "One character" in line]


def test_at_any_hour(tmp_path: Path) -> None:
    demo.run(tmp_path, at=datetime(2024, 2, 29, 0, 59, tzinfo=UTC), say=lambda _: None)


@pytest.fixture
def readme() -> str:
    """What the README shows of `make demo`."""
    text = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    shown = dict(commands(text.partition("```console\n")[2].partition("```")[0]))
    assert list(shown) == ["make demo", "make test"]
    return shown["make demo"]


def test_the_readme_shows_how_the_tests_end(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    body = readme.partition("```console\n")[2].partition("```")[0]
    last = dict(commands(body))["make test"].splitlines()[-1]
    (tmp_path / "test_two.py").write_text(
        "import pytest\n\n\ndef test_passes(): pass\n\n\n@pytest.mark.xfail\ndef test_fails(): assert False\n"
    )
    command = [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", str(tmp_path)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    printed = ran.stdout.splitlines()[-1]
    assert re.findall("[a-z]+", last) == ["passed", "xfailed", "in"]
    shape = ".+".join(re.escape(part) for part in last.strip("=").split("…"))
    assert re.fullmatch(f"=+{shape}=+", printed), (last, printed)


@needs_vectors
def test_real_people_with_her_passport_hold_nothing(tmp_path: Path) -> None:
    assert VECTORS is not None
    at, said = datetime(2026, 11, 23, 12, tzinfo=UTC), []
    world = demo.prepare(tmp_path, at=at, say=said.append)
    strangers = demo._photographs(VECTORS / "faces")
    assert len({*strangers}) == demo.STRANGERS
    assert asyncio.run(demo._sign_up(world, tmp_path, at, said.append, strangers)).person_id == demo.register.MEIMEI
    assert said[-1] == "   3 real people, from photographs, with her passport number: no certificate."


def test_a_folder_without_photographs_is_said_to_have_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--faces", "."]) == 3
    assert "no photograph named LABEL__1.jpg" in capsys.readouterr().err
    assert not Path("demo").exists()
