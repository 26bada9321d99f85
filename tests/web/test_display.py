"""The display path by itself: what it refuses, what a cache may do with an answer, and when it sends people away."""

import asyncio
import errno
import os
import stat
import subprocess
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.web.display import (
    LARGEST,
    LATEST,
    NOTICES,
    SOONEST,
    STATUS,
    Admission,
    Display,
    Shelf,
    beside,
    from_environment,
    new_address,
)

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
UNTIL = AT + timedelta(hours=3)


def seeded() -> Random:
    return Random(7)  # noqa: S311


CONTENT = b'{"scan":"HC1:..."}'


class Clock:
    def __init__(self) -> None:
        self.now = AT.timestamp()

    def __call__(self) -> float:
        return self.now


def asked(app: Any, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ask the application as a server does."""
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    stated = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(app({"type": "http", "method": method, "path": path, "headers": stated}, receive, send))
    start, body = sent
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shown")


def display(shelf: Shelf, clock: Clock | None = None, **more: Any) -> Display:
    return Display(shelf, capacity=1e9, clock=clock or Clock(), **more)


@pytest.mark.parametrize(
    "path",
    ["/", STATUS, "/status", STATUS + "a" * 42, STATUS + "a" * 44, STATUS + "../" * 14 + "a", STATUS + "é" * 43,
     STATUS + "a" * 42 + "\n", STATUS + "a" * 43, NOTICES, NOTICES + "/", "/status/" + "a" * 43 + "/x"],
)  # fmt: skip
def test_what_is_not_there(shelf: Shelf, path: str) -> None:
    status, headers, body = asked(display(shelf), path)
    assert (status, headers["cache-control"]) == (404, "no-store")
    assert b'"PAGE_UNKNOWN"' in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "get"])
def test_it_is_only_read(shelf: Shelf, method: str) -> None:
    status, headers, _ = asked(display(shelf), STATUS + new_address(), method)
    assert (status, headers["allow"]) == (405, "GET, HEAD")


def test_a_status_until_it_ends(shelf: Shelf) -> None:
    address, clock = new_address(), Clock()
    app = display(shelf, clock)
    shelf.put(address, CONTENT, until=UNTIL)
    status, headers, body = asked(app, STATUS + address)
    assert (status, body) == (200, CONTENT)
    assert headers["cache-control"] == "public, max-age=60, stale-if-error=10800"
    assert headers["content-type"] == "application/json"
    assert asked(app, STATUS + address, "HEAD") == (200, headers, b"")
    again = asked(app, STATUS + address, if_none_match=f'W/"x", {headers["etag"]}')
    assert (again[0], again[2], again[1]["etag"]) == (304, b"", headers["etag"])
    shelf.put(address, CONTENT + b" ", until=UNTIL)
    assert asked(app, STATUS + address, if_none_match=headers["etag"])[0] == 200
    clock.now = UNTIL.timestamp() - 10
    assert asked(app, STATUS + address)[1]["cache-control"] == "public, max-age=10, stale-if-error=10"
    clock.now += 10
    assert asked(app, STATUS + address)[0] == 404


def test_taken_away_swept_and_emptied(shelf: Shelf) -> None:
    first, second = new_address(), new_address()
    for address, hours in ((first, 1), (second, 3)):
        shelf.put(address, CONTENT, until=AT + timedelta(hours=hours))
    shelf.put_notices(b"{}", until=UNTIL)
    assert asked(display(shelf), NOTICES)[2] == b"{}"
    assert shelf.sweep(at=AT + timedelta(hours=2)) == 1
    assert (shelf.get(first), shelf.get(second) is None) == (None, False)
    shelf.take_away(second)
    shelf.take_away(second)
    assert shelf.get(second) is None
    assert shelf.empty() == 1
    assert shelf.notices() is None


def test_a_sweep_leaves_alone_what_is_being_written(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put(new_address(), CONTENT, until=UNTIL)
    now = datetime.now(UTC)
    half = next((tmp_path / "shown").glob("*")) / "half.new"
    half.write_bytes(b"half")
    shelf.sweep(at=now)
    assert half.exists()
    shelf.sweep(at=now + timedelta(hours=2))
    assert not half.exists()


@pytest.mark.parametrize("content", [b"", b"x" * (LARGEST + 1)])
def test_what_cannot_be_shown(shelf: Shelf, content: bytes) -> None:
    with pytest.raises(ValueError, match="octets"):
        shelf.put(new_address(), content, until=UNTIL)
    for address in ("", "a" * 42, "../" + "a" * 40, "a" * 43 + "\n"):
        with pytest.raises(ValueError, match="43 characters"):
            shelf.put(address, CONTENT, until=UNTIL)


def test_a_folder_gives_no_address_away_and_is_nobody_elses(shelf: Shelf, tmp_path: Path) -> None:
    address = new_address()
    shelf.put(address, CONTENT, until=UNTIL)
    files = [path for path in (tmp_path / "shown").rglob("*") if path.is_file()]
    assert len(files) == 1
    assert address not in str(files[0])
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600


def test_a_disk_that_fails_is_said_and_takes_nothing_away(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    address = new_address()
    shelf.put(address, CONTENT, until=UNTIL)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="no space"):
            shelf.put(address, b"new", until=UNTIL)
    assert asked(display(shelf), STATUS + address)[2] == CONTENT

    def broken(*_: Any) -> int:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "open", broken)
    status, headers, body = asked(display(shelf), STATUS + address)
    assert (status, headers["retry-after"]) == (503, "30")
    assert b'"OUR_FAULT"' in body


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_capacity_is_kept_and_the_rest_is_spread() -> None:
    clock = Seconds()
    admission = Admission(100, clock=clock, random=seeded())
    waits = []
    for _ in range(10_000):  # 1 000 a second for ten seconds
        clock.now += 0.001
        waits.append(admission.wait())
    let_in = waits.count(0)
    assert 1000 <= let_in <= 1026
    away = [seconds for seconds in waits if seconds]
    assert min(away) >= SOONEST
    assert max(away) <= LATEST
    last = away[-2000:]
    assert len(set(last)) > 100, "they do not come back together"
    # who was sent away in these ten seconds could all be served in the time over which they come back
    assert max(last) >= len(away) / admission.rate
    clock.now += 1
    assert admission.wait() == 0


def test_below_capacity_nobody_is_sent_away() -> None:
    clock = Seconds()
    admission = Admission(100, clock=clock, random=seeded())
    for _ in range(2000):
        clock.now += 0.0101
        assert admission.wait() == 0
    with pytest.raises(ValueError, match="more than nothing"):
        Admission(0)


@given(st.lists(st.floats(0, 2), max_size=60), st.floats(0.5, 50))
def test_any_pace_is_answered(passed: list[float], rate: float) -> None:
    clock = Seconds()
    admission = Admission(rate, clock=clock, random=seeded())
    for moment in passed:
        clock.now += moment
        seconds = admission.wait()
        assert seconds == 0 or SOONEST <= seconds <= LATEST


def test_whoever_is_sent_away_is_told_when_to_come_back(shelf: Shelf) -> None:
    clock = Seconds()
    app = display(shelf, admission=Admission(1, clock=clock, random=seeded()))
    address = new_address()
    shelf.put(address, CONTENT, until=UNTIL)
    assert asked(app, STATUS + address)[0] == 200
    status, headers, body = asked(app, STATUS + address)
    assert status == 503
    assert SOONEST <= int(headers["retry-after"]) <= LATEST
    assert headers["cache-control"] == "no-store"
    assert b'"BUSY"' in body
    clock.now += 1
    assert asked(app, STATUS + address)[0] == 200


def test_beside_the_pages(shelf: Shelf) -> None:
    async def pages(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b"pages"})

    app = beside(display(shelf), pages)
    assert asked(app, "/en/wallet")[0] == 418
    assert asked(app, "/statuses")[0] == 418
    assert asked(app, STATUS + new_address())[0] == 404


def test_settings_of_a_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PRATIQUE_STATUS_FOLDER", raising=False)
    with pytest.raises(KeyError):
        from_environment()
    monkeypatch.setenv("PRATIQUE_STATUS_FOLDER", str(tmp_path))
    assert asked(from_environment(), NOTICES)[0] == 404


def test_it_starts_and_ends_when_it_is_told(shelf: Shelf) -> None:
    told = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[str] = []

    async def receive() -> MutableMapping[str, Any]:
        return next(told)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message["type"])

    asyncio.run(display(shelf)({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_there_is_no_database_on_the_path() -> None:
    """Nor a session, a template, or anything of the authority: what a process of it imports."""
    program = "import sys, pratique.web.display; print(*{name.partition('.')[0] for name in sys.modules})"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True,
                           env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")})  # fmt: skip
    assert not {"sqlalchemy", "sqlite3", "psycopg", "litestar", "jinja2", "cryptography"} & set(found.stdout.split())
