"""What a person meets first: help with examples for every command, the version, and plain text in a pipe."""

import importlib.metadata
import io
import subprocess
import sys

import pytest

from pratique.cli import main
from pratique.cli._printing import watched
from tests.cli.conftest import Shell


@pytest.mark.parametrize(
    "command",
    ["", "verify", "inspect", "issue", "keys", "keys new", "keys show", "keys trust", "qr", "qr read", "demo"],
)
def test_help_has_examples(shell: Shell, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    ran = shell(*command.split(), "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: pratique {command}".strip())
    examples = ran.out.partition("Examples:")[2]
    assert f"  pratique {command}".rstrip() in examples
    assert not set("╭│─\x1b") & set(ran.out)


def test_transcript(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert (
        shell().out.split("Examples:")[0].strip()
        == """\
Usage: pratique COMMAND

Digital travel-health certificates: issue them, check them offline, and say why.

Commands:
  demo: Issue, print, check and refuse certificates of fictional states, in one go.
  inspect: Show what is in a scan, layer by layer, without believing any of it.
  issue: Sign a certificate of health records.
  keys: Make a country's keys, look at certificates of keys, write trust lists.
  qr: Make a QR code of a text, or read the codes in pictures.
  verify: Check scans, pictures and PDFs offline, against the keys you trust.
  --help, -h: Display this message and exit.
  --version: Display application version."""
    )


def test_version(shell: Shell) -> None:
    try:
        version = importlib.metadata.version("pratique")
    except importlib.metadata.PackageNotFoundError:
        version = "0.0.0"
    assert shell("--version").out.strip() == version


def test_a_missing_extra_is_named(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    def absent(*_: object, **__: object) -> None:
        raise ModuleNotFoundError("No module named 'zxingcpp'", name="zxingcpp")

    monkeypatch.setattr("pratique.cli.qr.svg", absent)
    ran = shell("qr", "TEXT")
    assert (ran.code, ran.out) == (3, "")
    assert "pip install 'pratique[qr]'" in ran.err


def test_full_disk(shell: Shell) -> None:
    ran = shell("qr", "TEXT", "--png", "/dev/full")
    assert ran.code == 3
    assert "No space left" in ran.err
    command = [sys.executable, "-m", "pratique.cli", "qr", "TEXT"]
    with open("/dev/full", "w", encoding="ascii") as full:
        real = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
    assert (real.returncode, real.stderr) == (3, b"pratique: No space left on device\n")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_where_somebody_watches_and_results_go_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert list(watched(range(500))) == list(range(500))
    assert isinstance(sys.stderr, Terminal)
    assert "500 scans" in sys.stderr.getvalue()
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert list(watched(range(500))) == list(range(500))
    assert isinstance(sys.stderr, Terminal)
    assert sys.stderr.getvalue() == ""


def test_a_terminal_gets_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert main(["inspect", "HC1:NCF"]) == 1
    assert isinstance(sys.stdout, Terminal)
    assert "\x1b[1mCOMPRESSION_BROKEN" in sys.stdout.getvalue()
