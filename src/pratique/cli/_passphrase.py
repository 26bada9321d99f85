"""The passphrase of a key: from a file, the environment, or asked for; never from a command line, which others see."""

import getpass
import os
import sys
from pathlib import Path

from pratique.cli import _files
from pratique.cli._exits import UsageFault

VARIABLE = "PRATIQUE_PASSPHRASE"


def get(file: Path | None, *, new: bool = False) -> bytes:
    """The passphrase; a `new` one is asked for twice. Raises `UsageFault` where there is nobody to ask."""
    if file is not None:
        return _files.read(file, at_most=4096).rstrip(b"\r\n")
    if VARIABLE in os.environ:
        return os.environb[VARIABLE.encode()]
    if not _somebody_is_there():
        raise UsageFault(f"no passphrase: name a file with --passphrase-file, or set {VARIABLE}")
    typed = getpass.getpass("Passphrase: ")
    if new and getpass.getpass("Once more: ") != typed:
        raise UsageFault("the two are not the same; nothing was made")
    return typed.encode()


def _somebody_is_there() -> bool:
    return sys.stdin.isatty()
