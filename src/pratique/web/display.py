"""The display path: a holder's last signed status, at an address that nobody can guess, for everybody at once.

    issuing side ─ Shelf.put ─► a folder ◄─ Shelf.get ─ Display (ASGI, any number of processes) ◄─ caches ◄─ wallets

No database, no session, no template: what is served are octets that were signed before, read from one small file.
Past its capacity a process sheds: 503 with `Retry-After`, spread over the time that it takes to serve all who were sent
away. A holder keeps what was fetched last, so that a display that is shed, or down, takes nothing from anybody.

It runs in processes of its own (`uvicorn --factory pratique.web.display:from_environment --no-access-log`), so that
neither intake nor issuing can slow it down, nor the other way round. An address is a secret: keep it out of logs.
"""

import hashlib
import os
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from msgspec import Struct

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

STATUS, NOTICES = "/status/", "/notices"
"""Where a status is, with its address after it, and where the list of exposed hours is, which is everybody's."""
ADDRESS = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
"""256 random bits in base64url."""
FRESH = 60
"""Seconds for which a cache may answer without asking: as long as a live code lasts."""
IF_DOWN = 24 * 3600
"""Seconds for which a cache may go on when we do not answer (RFC 5861): as long as a status lasts at most."""
LARGEST = 65_536
"""Octets of a status: a code of the largest symbol there is, drawn, has a quarter of it."""
SOONEST, LATEST = 2, 300
"""Seconds after which somebody who was sent away comes back: not at once, and before they give up."""
BURST = 0.25
"""Seconds' worth of requests that may come in one instant: those of two keep-alive connections never arrive evenly."""

_MARK = 16
_WRITING = 3600
"""Seconds after which nobody is writing any more what is called `.new`."""
_ALWAYS: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
]


def new_address() -> str:
    """An address for a new holder; whoever has it can show their status, and nothing else."""
    return secrets.token_urlsafe(32)


class Served(Struct, frozen=True):
    """A status as it lies on the shelf: its octets, their mark (ETag), and the second at which it ends."""

    content: bytes
    mark: bytes
    until: float


class Shelf:
    """A folder of statuses, one file each, named by a digest of its address: its listing gives no address away.

    A file's time of change is the status's end. Writers replace files as a whole, so that a reader in another process
    sees the old one or the new one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, address: str, content: bytes, *, until: datetime) -> None:
        """Show `content` at `address` until then. Raises `ValueError` for what cannot be one, and `OSError`.

        After an exception what was shown before is shown still.
        """
        if not ADDRESS.fullmatch(address):
            raise ValueError("an address has 43 characters of base64url")
        self._write(self._path(address), content, until)

    def put_notices(self, content: bytes, *, until: datetime) -> None:
        """Publish the list of exposed hours. Raises as `put` does."""
        self._write(self._folder / NOTICES[1:], content, until)

    def _write(self, path: Path, content: bytes, until: datetime) -> None:
        if not 0 < len(content) <= LARGEST:
            raise ValueError(f"at most {LARGEST} octets are shown")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
        try:
            with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.utime(beside, (until.timestamp(), until.timestamp()))
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise

    def get(self, address: str) -> Served | None:
        """What is shown there, ended or not. Raises `OSError` for a disk that fails."""
        return self._read(self._path(address))

    def notices(self) -> Served | None:
        """The list of exposed hours, if one was published."""
        return self._read(self._folder / NOTICES[1:])

    def _read(self, path: Path) -> Served | None:
        try:
            opened = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            until = os.fstat(opened).st_mtime
            content = os.read(opened, LARGEST)
        finally:
            os.close(opened)
        return Served(content, b'"%s"' % hashlib.sha256(content).hexdigest()[:_MARK].encode(), until)

    def take_away(self, address: str) -> None:
        """Show nothing there any more: for a holder who left, or whose address was seen."""
        self._path(address).unlink(missing_ok=True)

    def sweep(self, *, at: datetime) -> int:
        """Delete what has ended, and what a writer that died an hour ago left behind; how many files."""
        now = at.timestamp()
        return self._delete(
            path for path in self._files() if path.stat().st_mtime <= now - (_WRITING if path.suffix == ".new" else 0)
        )

    def empty(self) -> int:
        """Delete everything, at a sunset; how many files."""
        return self._delete(self._files())

    def _files(self) -> Iterable[Path]:
        return [path for path in self._folder.rglob("*") if path.is_file()] if self._folder.exists() else []

    @staticmethod
    def _delete(paths: Iterable[Path]) -> int:
        count = 0
        for path in paths:
            with suppress(FileNotFoundError):  # another sweep was faster
                path.unlink()
                count += 1
        return count

    def _path(self, address: str) -> Path:
        name = hashlib.sha256(address.encode()).hexdigest()
        return self._folder / name[:2] / name


class Admission:
    """Lets in as many a second as a process was measured to serve, and says to the rest when to come back.

    `clock` counts seconds. Whoever is sent away joins a queue that only exists as a number: it grows by one with each
    and shrinks at the pace at which we serve, and each comes back at a random moment of the time that this takes.
    """

    def __init__(
        self, rate: float, *, clock: Callable[[], float] = time.monotonic, random: Random | None = None
    ) -> None:
        if rate <= 0:
            raise ValueError("a capacity is more than nothing")
        self.rate = rate
        """Requests a second."""
        self._clock = clock
        self._random = random or Random()  # noqa: S311  it spreads people out, and keeps no secret
        self._burst = max(1.0, rate * BURST)
        self._left = self._burst
        self._away = 0.0
        self._last = clock()

    def wait(self) -> int:
        """0 to let this one in, or the seconds after which they should come back."""
        now = self._clock()
        passed, self._last = now - self._last, now
        self._left = min(self._burst, self._left + passed * self.rate)
        self._away = max(0.0, self._away - passed * self.rate)
        if self._left >= 1.0:
            self._left -= 1.0
            return 0
        self._away += 1.0
        spread = min(LATEST - SOONEST, SOONEST + 2 * self._away / self.rate)
        return SOONEST + round(self._random.uniform(0, spread))


class Display:
    """The application. `capacity` is in requests a second of one process."""

    def __init__(
        self,
        shelf: Shelf,
        *,
        capacity: float,
        clock: Callable[[], float] = time.time,
        admission: Admission | None = None,
    ) -> None:
        self._shelf = shelf
        self._clock = clock
        self._admission = admission or Admission(capacity)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3). Nothing here waits, so that one process answers one after the other."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        status, headers, content = self.answer(scope["method"], scope["path"], scope["headers"])
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})

    def answer(self, method: str, path: str, asked: Iterable[tuple[bytes, bytes]]) -> tuple[int, Headers, bytes]:
        """Status, headers and content; `asked` are the request's headers."""
        if method not in ("GET", "HEAD"):
            return _problem(405, b"METHOD_UNKNOWN", (b"allow", b"GET, HEAD"))
        if seconds := self._admission.wait():
            return _problem(503, b"BUSY", (b"retry-after", b"%d" % seconds))
        try:
            found = self._find(path)
        except OSError:
            return _problem(503, b"OUR_FAULT", (b"retry-after", b"30"))
        now = self._clock()
        if found is None or found.until <= now:
            return _problem(404, b"PAGE_UNKNOWN")
        fresh = min(FRESH, int(found.until - now))
        down = min(IF_DOWN, int(found.until - now))
        headers = [
            *_ALWAYS,
            (b"etag", found.mark),
            (b"cache-control", b"public, max-age=%d, stale-if-error=%d" % (fresh, down)),
        ]
        if any(name == b"if-none-match" and found.mark in value for name, value in asked):
            return 304, headers, b""
        kind = (b"content-type", b"application/json")
        return 200, [*headers, kind, (b"content-length", b"%d" % len(found.content))], found.content

    def _find(self, path: str) -> Served | None:
        if path == NOTICES:
            return self._shelf.notices()
        address = path.removeprefix(STATUS)
        return self._shelf.get(address) if path.startswith(STATUS) and ADDRESS.fullmatch(address) else None


def _problem(status: int, code: bytes, *more: tuple[bytes, bytes]) -> tuple[int, Headers, bytes]:
    """A problem document (RFC 9457); the page behind its type has the words."""
    content = b'{"type":"/problems/%s","status":%d,"code":"%s"}' % (code, status, code)
    headers = [
        *_ALWAYS,
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(content)),
        (b"cache-control", b"no-store"),
        *more,
    ]
    return status, headers, content


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def beside(display: Application, pages: Application) -> Application:
    """Both under one name, as a proxy would put them: statuses and notices from the one, all else from the other."""

    async def routed(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        await (display if path.startswith(STATUS) or path == NOTICES else pages)(scope, receive, send)

    return routed


FOLDER, CAPACITY = "PRATIQUE_STATUS_FOLDER", "PRATIQUE_STATUS_CAPACITY"
"""Settings of a process: where the statuses are, and how many requests a second it takes on."""
USUAL_CAPACITY = 1_000


def from_environment() -> Display:
    """The application of a process that was told its settings by `FOLDER` and `CAPACITY`. Raises `KeyError`."""
    return Display(Shelf(Path(os.environ[FOLDER])), capacity=float(os.environ.get(CAPACITY, USUAL_CAPACITY)))
