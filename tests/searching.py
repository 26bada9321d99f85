"""What tells who somebody is stands in no log and in no body of an error: searched for while the whole suite runs.

    our own log            every record, whoever writes it
    children's logs        what a process that a test starts writes to stderr, and to stdout where nobody reads that.
                           What would be thrown away, or go where we write, goes into a file of its own
    workers' logs          what pytest caught on this process's own stderr, which its workers share
    bodies of errors       of every answer from 400 on, to a program, to a page's visitor and to a real browser

An answer to a program repeats nothing. A page does: a form that was not right is shown again, with what its visitor had
typed and what stood there before. So the page of an error may say what the body of its own request said, and what a
page without an error at the same address had shown to the same visitor; nothing else of anybody.

Not searched are results: what a command prints on stdout is what was asked for, and a terminal (`pty`) is its reader's.
"""

import logging
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_plus
from weakref import WeakKeyDictionary

import httpx

_PERSONAL: Final = re.compile(
    r"\b(?:XA|E)[0-9]{7,8}\b"  # every passport of a test has such a number
    r"|Mei\s?mei|Lei\s?lei|MEI<?MEI|LEILEI|Okoro|Garc[ií]a|Eriksson|ERIKSSON|Musterfrau|MUSTERFRAU|Sukarno|Xiuying|XIUYING"
    r"|[梅美]梅|美美|小明|秀英|فاطمة"
    r"|1990-05-08|1990-05-09|1991-05-08|1992-02-14|1998-02-26|1964-08-12|1971-03-04|1987-04-12|900508|920214"
)
"""Names, passport numbers and birth dates of the people whom tests are about."""
_CLIENTS: Final = frozenset({"httpx", "httpcore", "hypothesis", "faker", "asyncio"})
"""Who asks writes down what they ask, and is not us."""
_found: list[str] = []
"""Places, each without what stood there."""


def personal(text: str) -> frozenset[str]:
    """What in a text tells who somebody is."""
    return frozenset(_PERSONAL.findall(text))


def begin() -> None:
    """Search from now on, in this process and in those that it starts."""
    logging.getLogger().addHandler(_Watching())
    logging.getLogger("pratique").setLevel(logging.INFO)
    for name in _CLIENTS:  # an application that was made before may print what they write, once a test listens to all
        logging.getLogger(name).setLevel(logging.WARNING)
    httpx.Client.send = _asked  # type: ignore[method-assign]
    subprocess.Popen.__init__ = _started  # type: ignore[method-assign]
    subprocess.Popen.communicate = _told  # type: ignore[method-assign]


def end() -> None:
    """Let go of the files."""
    _FOLDER.cleanup()


def taken(stderr: str) -> tuple[list[str], str]:
    """The places that were found since this was asked last, and what children wrote in that time.

    `stderr` is what pytest caught of this process and its workers.
    """
    if personal(stderr):
        _found.append("what was written to stderr")
    written = "".join(map(_grown, list(_logs)))
    places = list(dict.fromkeys(_found))
    _found.clear()
    return places, written


class _Watching(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] not in _CLIENTS and personal(record.getMessage()):
            _found.append(f"a line of the log, by {record.name} at {record.pathname}:{record.lineno}")


# the bodies of errors

_ask = httpx.Client.send
_pages: WeakKeyDictionary[Any, dict[str, frozenset[str]]] = WeakKeyDictionary()
"""Visitors, and of whom each page told them."""


def _asked(client: httpx.Client, request: httpx.Request, **more: Any) -> httpx.Response:
    typed = request.read()
    answer = _ask(client, request, **more)
    if not more.get("stream"):
        kind, path = answer.headers.get("content-type", ""), answer.request.url.path
        search_body(client, Answered(answer.status_code, request.method, path, kind, typed, answer.content))
    return answer


class Answered(NamedTuple):
    """An answer, and the body of its request: what was `typed`."""

    status: int
    method: str
    path: str
    kind: str
    typed: bytes
    body: bytes


def search_body(visitor: Any, answered: Answered) -> None:
    """Search the answer to a visitor's request, or remember what they were shown."""
    page = "html" in answered.kind
    if answered.status < 400 and not page:
        return
    told = personal(answered.body.decode("utf-8", "replace"))
    if page:
        pages = _pages.setdefault(visitor, {})
        if answered.status < 400:
            pages[answered.path] = pages.get(answered.path, frozenset()) | told
            return
        told -= pages.get(answered.path, frozenset())
        told -= personal(unquote_plus(answered.typed.decode("utf-8", "replace")))
    if told:
        place = os.environ.get("PYTEST_CURRENT_TEST")
        _found.append(f"the body of a {answered.status} of {answered.method} at {place}")


def searched(app: Any) -> Any:
    """An ASGI application for those who are no `httpx`: a browser."""

    async def asked(scope: Any, receive: Any, send: Any) -> None:
        typed, body = bytearray(), bytearray()
        status, kind = 0, ""

        async def receiving() -> Any:
            message = await receive()
            typed.extend(message.get("body", b""))
            return message

        async def sending(message: Any) -> None:
            nonlocal status, kind
            if message["type"] == "http.response.start":
                status, kind = message["status"], str(dict(message["headers"]).get(b"content-type", b""))
            body.extend(message.get("body", b""))
            await send(message)

        await app(scope, receiving, sending)
        if scope["type"] == "http":
            search_body(asked, Answered(status, scope["method"], scope["path"], kind, bytes(typed), bytes(body)))

    return asked


# children

_start, _communicate = subprocess.Popen.__init__, subprocess.Popen.communicate
_FOLDER: Final = tempfile.TemporaryDirectory(prefix="pratique-logs-")
_logs: dict[Path, str] = {}
"""Who writes to which file."""
_read: dict[Path, int] = {}


def follow(path: Path, whose: str) -> None:
    """Search what is written to a file from now on."""
    _logs[path] = whose


def _started(process: Any, args: Any, *words: Any, **more: Any) -> None:
    mine = Path(_FOLDER.name) / f"{len(_logs)}"
    with mine.open("ab") as stream:
        for name in ("stdout", "stderr"):
            if more.get(name) in (None, subprocess.DEVNULL):
                more[name] = stream
                follow(mine, _name(args))
            elif isinstance(path := getattr(more[name], "name", None), str) and Path(path).is_file():
                follow(Path(path), _name(args))
        _start(process, args, *words, **more)


def _told(process: Any, *words: Any, **more: Any) -> Any:
    told = _communicate(process, *words, **more)
    said = told[1].decode("utf-8", "replace") if isinstance(told[1], bytes) else told[1]
    if said and personal(said):
        _found.append(f"the stderr of {_name(process.args)}")
    return told


def _name(args: Any) -> str:
    words = [args] if isinstance(args, str | os.PathLike) else list(args)
    return " ".join(os.fspath(word).partition("\n")[0] for word in words[:4])


def _grown(path: Path) -> str:
    """What was written to a log since it was read last."""
    try:
        with path.open("rb") as stream:
            stream.seek(_read.get(path, 0))
            written = stream.read().decode("utf-8", "replace")
            _read[path] = stream.tell()
    except FileNotFoundError:  # a test's own, and gone with its folder
        del _logs[path]
        return ""
    if personal(written):
        _found.append(f"the log of {_logs[path]}")
    return written
