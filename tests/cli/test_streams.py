"""Stdin, stdout and stderr of a real process: terminals, pipes that close, and streams that are not there."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread

import pytest

from pratique.model import uvci
from tests.cli.conftest import WHEN, Desk, Ran

COUNT = 2_000
COMMAND = [sys.executable, "-m", "pratique"]


def verify(desk: Desk, *words: object) -> list[str]:
    return [*COMMAND, "verify", "--trust", str(desk.list_file), "--at", WHEN, *map(str, words)]


def on_a_terminal(command: Sequence[str], stdin: bytes = b"") -> Ran:
    """Run with a real terminal for stderr and pipes for the rest."""
    ours, theirs = pty.openpty()
    read, write = os.pipe()
    try:
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=write, stderr=theirs, env=os.environ | {"TERM": "xterm-256color"}
        ) as process:
            os.close(write)
            os.close(theirs)
            terminal = _drain_later(ours)
            out = _drain_later(read)
            assert process.stdin is not None
            process.stdin.write(stdin)
            process.stdin.close()
            code = process.wait(120)
            return Ran(code, out().decode(), terminal().decode())
    finally:
        os.close(ours)
        os.close(read)


def _drain_later(descriptor: int) -> Callable[[], bytes]:
    """Read in the background, lest the writer waits; what is returned waits for the end."""
    parts: list[bytes] = []

    def drain() -> None:
        try:
            while part := os.read(descriptor, 65536):
                parts.append(part)
        except OSError:  # how Linux says that nobody holds the other end of a terminal
            return

    thread = Thread(target=drain)
    thread.start()

    def result() -> bytes:
        thread.join(60)
        return b"".join(parts)

    return result


def scans(desk: Desk) -> bytes:
    lines = ["HC1:NCF"] * COUNT
    lines[1_000] = desk.good
    return "\n".join(lines).encode()


def test_progress_on_a_terminal_leaves_json_in_a_pipe_alone(desk: Desk) -> None:
    ran = on_a_terminal(verify(desk, "--json", "-"), scans(desk))
    told = [json.loads(line) for line in ran.out.splitlines()]
    assert [one["source"]["line"] for one in told] == list(range(1, COUNT + 1))
    assert [one["source"]["line"] for one in told if one["authentic"]] == [1_001]
    assert ran.code == 1
    assert re.search(r"[\d,]+ scans", ran.err)


def test_progress_on_a_terminal_leaves_text_in_a_pipe_alone(desk: Desk) -> None:
    ran = on_a_terminal(verify(desk, "-"), scans(desk))
    assert ran.out.count("Genuine?        ") == COUNT
    assert ran.out.count("Genuine?        yes") == 1
    assert "\x1b" not in ran.out
    assert " scans" not in ran.out
    assert (
        ran.out
        == subprocess.run(verify(desk, "-"), input=scans(desk), capture_output=True, check=False).stdout.decode()
    )


@pytest.mark.parametrize("words", ["verify --json {many}", "verify {many}", "inspect {many}", "inspect --json {many}"])
def test_a_reader_that_stops_is_no_fault(words: str, tmp_path: Path) -> None:
    many = tmp_path / "many.txt"
    many.write_text("HC1:NCF\n" * 3_000, encoding="ascii")
    assert _headed(words.format(many=many)) == (1, ["exit 141"])


@pytest.mark.parametrize(
    "words",
    ["--help", "", "--version", "verify --help", "inspect HC1:NCF", "keys show {der}", "qr X", "demo --out {demo}"],
)
def test_a_reader_that_was_never_there_is_no_fault(desk: Desk, words: str, tmp_path: Path) -> None:
    command = f"{sys.executable} -m pratique {words.format(der=desk.der, demo=tmp_path / 'demo')}"
    # the reader is gone before the command starts
    script = f"(sleep 0.5; {command}; echo exit $? >&2) | true"
    ran = subprocess.run(["/bin/bash", "-c", script], capture_output=True, check=False, timeout=60)
    assert ran.stderr.decode().splitlines() == ["exit 141"]


def _headed(words: str) -> tuple[int, list[str]]:
    script = f"({sys.executable} -m pratique {words}; echo exit $? >&2) | head -1"
    ran = subprocess.run(["/bin/bash", "-c", script], capture_output=True, check=False, timeout=60)
    said = [line for line in ran.stderr.decode().splitlines() if "--trust" not in line]
    return ran.stdout.count(b"\n"), said


def _shell(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/bash", "-c", f"{sys.executable} -m pratique {line}"],
        capture_output=True, stdin=subprocess.DEVNULL, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("words", ["--help", "inspect HC1:NCF", "inspect --json HC1:NCF", "qr TEXT", "verify HC1:NCF"])
def test_a_closed_stdout_is_said(words: str) -> None:
    ran = _shell(f"{words} >&-")
    assert ran.returncode == 3
    assert (
        ran.stderr == "pratique: stdout is closed, and results go there; send them to /dev/null if nobody wants them\n"
    )


@pytest.mark.parametrize("words", ["verify -", "inspect -", "qr -"])
def test_a_closed_stdin_is_an_empty_one(words: str) -> None:
    ran = _shell(f"{words} <&-")
    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr.splitlines()[-1].startswith(("-: no scan", "pratique: there is no text"))


def test_a_closed_stderr_leaves_results_alone(desk: Desk) -> None:
    ran = _shell(f"verify --json --at 2021-07-01T12:00 --trust {desk.list_file} '{desk.good}' nowhere.txt 2>&-")
    assert (ran.returncode, ran.stderr) == (3, "")
    assert json.loads(ran.stdout)["authentic"] is True


@pytest.mark.parametrize("where", ["2>/dev/full", "2> >(true)"])
def test_faults_that_nobody_can_be_told(where: str) -> None:
    ran = _shell(f"inspect nowhere.txt {where}")
    assert ran.returncode in (3, 141)
    assert (ran.stdout, ran.stderr) == ("", "")


def test_nothing_is_signed_for_a_closed_stdout(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from pratique.authority.signers.file import FileSigner
    from pratique.authority.signers.keyfiles import new_country
    from pratique.sandbox import traveller

    now = datetime.now(UTC)
    keys = new_country("XA", out=tmp_path / "xa", at=now, passphrase=b"correct horse battery")
    (tmp_path / "pass").write_text("correct horse battery", encoding="ascii")
    identifiers = tuple(uvci.from_record_id("XA", bytes([n]) * 16) for n in range(traveller.RECORDS))
    (tmp_path / "records.json").write_text(json.dumps(traveller.bundle(now, identifiers)), encoding="utf-8")
    words = f"issue --format eu-dcc --claim 1 --issuer M --key {keys.dsc_key} --passphrase-file {tmp_path / 'pass'}"
    assert _shell(f"{words} {tmp_path / 'records.json'} >&-").returncode == 3
    signer = FileSigner.open(keys.dsc_key, passphrase=b"correct horse battery")
    assert signer.count == 0
    assert _shell(f"{words} {tmp_path / 'records.json'}").returncode == 0
    assert signer.count == 1
