"""Whatever is given to a command, it ends with one of its exit codes and never with our fault."""

import contextlib
import io
import sys
from pathlib import Path
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pratique.cli import main
from tests.cli.conftest import Desk

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
hostile = st.one_of(words, words.map("HC1:".__add__), st.sampled_from(["-", "--", "--json", "--at", "-h", "@", "."]))


def run(*argv: str, stdin: bytes = b"") -> int:
    silent = io.StringIO()
    with (
        patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin))),
        contextlib.redirect_stdout(silent),
        contextlib.redirect_stderr(silent),
    ):
        return main(argv)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stdin=st.lists(st.binary() | words.map(str.encode)).map(b"\n".join))
def test_any_stream(desk: Desk, stdin: bytes) -> None:
    assert run("verify", "--trust", str(desk.list_file), "--json", "-", stdin=stdin) in (1, 2, 3)
    assert run("verify", "--trust", str(desk.list_file), "-", stdin=stdin) in (1, 2, 3)
    assert run("inspect", "-", stdin=stdin) in (0, 1, 3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(command=st.sampled_from(["verify", "inspect", "keys show", "qr read", ""]), argv=st.lists(hostile, max_size=4))
def test_any_arguments(command: str, argv: list[str]) -> None:
    assert run(*command.split(), *argv) in (0, 1, 2, 3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary())
def test_any_file(desk: Desk, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    assert run("verify", "--trust", str(desk.list_file), str(file)) in (1, 2, 3)
    assert run("verify", "--trust", str(file), desk.good) == 3
    assert run("keys", "show", str(file)) == 3
    assert run("qr", "read", str(file)) in (0, 3)
    assert run("issue", "--format", "ithc", "--key", str(file), "--issuer", "x", str(file)) == 3
