"""`pratique qr`: there and back."""

from pathlib import Path

import pytest

from pratique import qr
from tests.cli.conftest import Desk, Shell
from tests.cli.test_verify import picture


def test_there_and_back(desk: Desk, shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "code.png"
    assert shell("qr", desk.good, "--png", file, "--svg", tmp_path / "code.svg", "--level", "Q").code == 0
    assert (tmp_path / "code.svg").read_text("ascii").startswith("<svg")
    ran = shell("qr", "read", file)
    assert (ran.code, ran.out) == (0, f"{desk.good}\n")


def test_from_a_file_and_from_stdin(desk: Desk, shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "scan.txt"
    file.write_text(f"{desk.good}\n", encoding="ascii")
    drawn = qr.svg(desk.good, level=qr.Level.M)
    assert shell("qr", file).out == f"{drawn}\n"
    assert shell("qr", "-", stdin=file.read_bytes()).out == f"{drawn}\n"


def test_two_codes_are_two_lines(desk: Desk, shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "two.png"
    file.write_bytes(picture("ONE", "TWO"))
    assert sorted(shell("qr", "read", file).out.split()) == ["ONE", "TWO"]


@pytest.mark.parametrize(
    ("words", "stdin"),
    [
        ((), b""),
        (("A" * 5000,), b""),
        (("-",), b"\xff"),
        (("TEXT", "--png", "/no/such/folder/code.png"), b""),
        (("TEXT", "--level", "Z"), b""),
        (("read",), b""),
        (("read", "/no/such/file"), b""),
        (("",), b""),
        (("-",), b""),
        (("missing.txt",), b""),
        (("no/such/file", "--png", "/dev/null"), b""),
    ],
)
def test_refused(shell: Shell, words: tuple[str, ...], stdin: bytes) -> None:
    ran = shell("qr", *words, stdin=stdin)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err


@pytest.mark.parametrize("text", ["missing.txt", "scans/today", "a file.json", "./x"])
def test_the_name_of_a_file_that_is_not_there_is_no_text(shell: Shell, tmp_path: Path, text: str) -> None:
    ran = shell("qr", text, "--png", tmp_path / "q.png")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith(f"pratique: {text}: no such file")
    assert list(tmp_path.iterdir()) == []
    assert shell("qr", "-", stdin=text.encode()).code == 0


@pytest.mark.parametrize("text", ["HC1:A/B", "https://example.org/a.html", "Hello, world.", "TEXT", "shc:/567"])
def test_texts_that_are_no_file_names(shell: Shell, text: str) -> None:
    assert shell("qr", text).out == qr.svg(text, level=qr.Level.M) + "\n"


def test_nothing_to_make_a_code_of(shell: Shell) -> None:
    assert shell("qr", "").err == "pratique: there is no text to make a code of\n"


def test_a_picture_without_a_code(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "empty.png"
    file.write_bytes(picture())
    ran = shell("qr", "read", file)
    assert (ran.code, ran.out) == (3, "")
    assert "IMAGE_NO_CODE" in ran.err
