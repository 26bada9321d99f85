"""`pratique sandbox`: three fictional countries and a union on one machine, and what happens when a key is stolen."""

import tempfile
from pathlib import Path
from typing import Literal

from cyclopts import App

from pratique.cli import _files
from pratique.cli._exits import Exit
from pratique.cli._options import Json
from pratique.cli._printing import json_line
from pratique.cli._printing import out as tell

sandbox = App(
    name="sandbox",
    help="Rehearse with three fictional countries and a union: publish, cross borders, lose a key, and recover.",
    help_epilogue="""\
Examples:

  pratique sandbox
  pratique sandbox rehearse key-compromise
  pratique sandbox rehearse key-compromise --json | jq .timeline
""",
)


@sandbox.default
def play() -> Exit:
    """Found a network of three countries and a union of two, cross each border, steal a key, distrust it, issue anew.

    Every signature is real and every figure counted; nothing is kept on the disk.
    """
    return rehearse("key-compromise")


@sandbox.command
def rehearse(what: Literal["key-compromise"], *, json: Json = False) -> Exit:
    """Print the timeline of what could happen: who is hurt, for how long, and what a thief gets.

    Parameters
    ----------
    what
        key-compromise: one of a country's signing keys is stolen.
    """
    from pratique.sandbox.rehearsal import key_compromise

    at = _files.instant(None, "--at")
    with tempfile.TemporaryDirectory() as folder:
        found = key_compromise(Path(folder), at=at, say=(lambda _: None) if json else tell)
    if json:
        json_line(found)
    return Exit.DONE
