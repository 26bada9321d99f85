"""What this process reaches for while it checks: networks, other programs, files it writes.

Told by the interpreter itself (PEP 578), so that no library, however it opens a file or a socket, is left out.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_NETWORK = ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostby", "subprocess.Popen", "os.exec")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND
_told: list[list[str]] = []
"""The watches that are kept just now."""


@contextmanager
def watched() -> Iterator[list[str]]:
    """Each network, program and file to be written that is reached for, noted; the first two are refused as well.

    What Python compiles of modules that are imported late, and what goes nowhere, is not noted.
    """
    _hook()
    told: list[str] = []
    _told.append(told)
    try:
        yield told
    finally:
        _told.remove(told)


@cache
def _hook() -> None:
    sys.addaudithook(_heard)  # there is no way to take one away again: it is installed once


def _heard(event: str, words: tuple[object, ...]) -> None:
    if not _told:
        return
    if event.startswith(_NETWORK):
        _note(event)
        raise OSError("the network is unplugged")
    if event == "open" and isinstance(words[2], int) and words[2] & _WRITES:
        path = os.fsdecode(words[0]) if isinstance(words[0], str | bytes) else str(words[0])
        if path != os.devnull and "__pycache__" not in path:
            _note(path)
    elif event == "sqlite3.connect":
        _note(event)


def _note(what: str) -> None:
    for told in _told:
        told.append(what)
