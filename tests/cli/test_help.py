"""What a person meets first: help with examples for every command, the version, and plain text in a pipe."""

import importlib.metadata
import io
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pratique.cli import main
from pratique.cli._printing import note, watched
from pratique.sandbox.demo import MADE
from tests.cli.conftest import Shell


@pytest.mark.parametrize(
    "command",
    [
        "",
        "verify",
        "inspect",
        "issue",
        "convert",
        "unseal",
        "pass",
        "permit",
        "plan",
        "bundle",
        "bundle show",
        "bundle update",
        "bundle key",
        "bundle publish",
        "keys",
        "keys new",
        "keys show",
        "keys trust",
        "trust",
        "trust doctor",
        "trust accept",
        "trust eu",
        "sandbox",
        "sandbox rehearse",
        "rules",
        "rules check",
        "rules test",
        "agreements",
        "agreements asymmetries",
        "agreements compare",
        "policy",
        "policy check",
        "policy people",
        "facilities",
        "revoke",
        "ledger",
        "qr",
        "qr read",
        "face evaluate",
        "verifier",
        "verifier serve",
        "verifier export",
        "flight",
        "accounts",
        "accounts add",
        "accounts invite",
        "tend",
        "client",
        "migrate",
        "serve",
        "selftest",
        "demo",
    ],
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
  accounts: Let people who work here in, and out again: officials, desk officers, doors, auditors.
  agreements: Show who lifts what for whom without return, and compare two countries' rules.
  bundle: Publish, fetch and look at releases: keys, entry rules and withdrawals under one number.
  client: Let laboratories, clinics and carriers in, by two people, and out again.
  code: Say what a health-code policy makes of somebody's facts: a colour, why, and until when.
  convert: Turn verified foreign certificates into national evidence.
  demo: Sign up before a camera at one fictional country, and cross the border of another.
  face: Measure how often the face matcher is wrong.
  facilities: Enter who may vouch for records, by two people; suspend one without stopping others.
  flight: Check a carrier's list of passengers before departure: OK, NOK or CHECK.
  inspect: Show what is in a scan, layer by layer, without believing any of it.
  issue: Sign a certificate of health records.
  keys: Make a country's keys, look at certificates of keys, write trust lists.
  ledger: Show and check the log of signatures: that it only grows, and adds up.
  migrate: Bring the database to this version's form, and draw the keys that are not there yet.
  pass: Sign day passes: admitted or not, and no health data.
  permit: Assess applications to enter, decide them, and sign entry permits.
  plan: Say leg by leg whether a trip's entry rules are met, and what would do.
  policy: Check policies before they are published, and see what becomes of whom.
  population: Make people who do not exist, and see what a health code makes of a whole country.
  qr: Make a QR code of a text, or read the codes in pictures.
  records: Take health records in, look at a person's, correct them.
  revoke: Call certificates back, and write the list by which verifiers know.
  rules: Check rules (CertLogic), and run the tests that come with them.
  sandbox: Rehearse with three fictional countries and a union: publish, cross borders, lose a key, and recover.
  selftest: Attack this system as systems like it were attacked, and say what held.
  serve: Serve the HTTP API, and the pages of travellers, officials and doors.
  tend: Do once what has to happen by itself: forget, publish, count, warn. A timer calls it.
  trust: Find what is wrong with a country's certificates, and take in others' lists and keys.
  unseal: Open certificates that were sealed for your health authority.
  venues: Let doors register for a time, declare exposures, open slips, publish, purge; print posters.
  verifier: Serve the page that checks in the browser with the network off, or write its files.
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


@pytest.mark.parametrize(
    ("absent", "words", "extra"),
    [
        ("zxingcpp", "qr TEXT", "qr"),
        ("zxingcpp", "qr --help", "qr"),
        ("PIL", "qr read photo.png", "qr"),
        ("zxingcpp", "verify photo.png", "qr"),
        ("pypdfium2", "qr read page.pdf", "qr,pdf"),
        ("zxingcpp pypdfium2", "verify page.pdf", "qr,pdf"),
        ("typst zxingcpp", "demo --out {folder}/demo", "qr,pdf"),
        ("pypdfium2", "demo --out {folder}/demo", "qr,pdf"),
    ],
)
def test_an_extra_that_is_really_missing(tmp_path: Path, absent: str, words: str, extra: str) -> None:
    for module in absent.split():
        (tmp_path / f"{module}.py").write_text(f"raise ModuleNotFoundError({module!r}, name={module!r})")
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00")
    (tmp_path / "page.pdf").write_bytes(b"%PDF-1.7")
    ran = subprocess.run(
        [sys.executable, "-m", "pratique", *words.format(folder=tmp_path).split()],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ['PYTHONPATH']}"},
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr.splitlines()[-1] == f"pratique: this needs an extra part: pip install 'pratique[{extra}]'"
    assert not (tmp_path / "demo").exists()


def test_the_first_example_can_be_typed(shell: Shell) -> None:
    named = re.findall(r"demo/(\S+)", shell("--help").out)
    assert len(named) == 4
    assert set(named) <= MADE


def test_full_disk(shell: Shell) -> None:
    ran = shell("qr", "TEXT", "--png", "/dev/full")
    assert ran.code == 3
    assert "No space left" in ran.err
    command = [sys.executable, "-m", "pratique", "qr", "TEXT"]
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


def test_a_note_while_the_count_is_shown_has_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    for number in watched(range(300)):
        if number == 250:
            time.sleep(0.3)  # the count is drawn ten times a second
            note("missing.txt: gone")
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    assert "250 scans" in drawn
    assert [line for line in re.split(r"[\r\n]+", drawn) if line.startswith("missing.txt: gone")]


def test_help_flows_on_a_screen_and_is_as_wide_as_it_was_written_in_a_pipe(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = (
        "Without --do it says what would be reached, and does nothing. What a facility sent, or a lot, is called back"
    )
    assert said in shell("revoke", "--help").out.splitlines()[-9], "in a pipe"
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert main(["revoke", "--help"]) == 0
    assert isinstance(sys.stdout, Terminal)
    *_, told, database, exits = sys.stdout.getvalue().split("\n\n")
    assert [len(line) > 60 for line in told.splitlines()[:-1]] == [True] * 6
    assert "authority-1 --ground mistake\n  pratique revoke record" in sys.stdout.getvalue(), "examples stay lines"
    assert (database[:12], exits[:10]) == ("The database", "Exit codes")


def test_a_terminal_gets_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert main(["inspect", "HC1:NCF"]) == 1
    assert isinstance(sys.stdout, Terminal)
    assert "\x1b[1mCOMPRESSION_BROKEN" in sys.stdout.getvalue()
