"""What a person meets first: help with examples for every command, the version, and plain text in a pipe."""

import importlib.metadata

import pytest

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
