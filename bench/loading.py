"""Requests at a pace of our own, whether or not they are answered: what a crowd does, and a closed loop does not.

A request is due at its moment and its time is counted from then, so that waiting for a slow answer is not left out of
the figures ("coordinated omission"). It stays on the loopback, with a fixed number of connections and requests.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from time import perf_counter

from msgspec import Struct, field

_END = b"\r\n\r\n"


class Answered(Struct):
    """What came of a load: answers by status, the seconds that each 200 took, `Retry-After`s, broken connections."""

    offered: int = 0
    elapsed: float = 0.0
    """Seconds until the last answer: longer than was asked for where somebody could not keep up."""
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    shed_seconds: list[float] = field(default_factory=list)
    retry_after: list[int] = field(default_factory=list)
    broken: int = 0

    def quantile(self, part: float) -> float:
        """The seconds within which this part of the 200s was answered."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


class _Connection(asyncio.Protocol):
    """One that is kept alive, and answers one request at a time."""

    def __init__(self, crowd: "_Crowd") -> None:
        self._crowd = crowd
        self._buffer = b""
        self._due = 0.0
        self.busy = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self, request: bytes, due: float) -> None:
        assert self._transport is not None
        self._due, self.busy, self._buffer = due, True, b""
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(_END)
        if not found:
            return
        status = int(head[9:12])
        if len(body) < (0 if status == 304 else int(_header(head, b"content-length") or 0)):
            return
        self.busy = False
        self._crowd.answered(self, status, head, perf_counter() - self._due)

    def connection_lost(self, exc: Exception | None) -> None:
        self._crowd.lost(self)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _header(head: bytes, name: bytes) -> bytes | None:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip()
    return None


class _Crowd:
    def __init__(self) -> None:
        self.found = Answered()
        self._idle: deque[_Connection] = deque()
        self._waiting: deque[tuple[bytes, float]] = deque()
        self._left = 0
        self._ended = False
        self.done = asyncio.Event()

    def join(self, connection: _Connection) -> None:
        self._idle.append(connection)

    def expect(self, count: int) -> None:
        self._left = count

    def ask(self, request: bytes, due: float) -> None:
        self.found.offered += 1
        if self._idle:
            self._idle.popleft().ask(request, due)
        else:
            self._waiting.append((request, due))

    def answered(self, connection: _Connection, status: int, head: bytes, seconds: float) -> None:
        self.found.statuses[status] += 1
        (self.found.seconds if status == 200 else self.found.shed_seconds).append(seconds)
        if status == 503:
            self.found.retry_after.append(int(_header(head, b"retry-after") or -1))
        self._count()
        if self._waiting:
            connection.ask(*self._waiting.popleft())
        else:
            self._idle.append(connection)

    def lost(self, connection: _Connection) -> None:
        if not self._ended:
            self.found.broken += 1
            if connection.busy:
                self._count()
            elif connection in self._idle:
                self._idle.remove(connection)

    def _count(self) -> None:
        self._left -= 1
        if self._left <= 0:
            self.done.set()

    def end(self) -> None:
        self._ended = True


async def offer(
    host: str,
    port: int,
    paths: Sequence[str],
    *,
    rate: float,
    seconds: float,
    connections: int = 32,
    patience: float = 20,
) -> Answered:
    """Ask for `paths` in turn, `rate` times a second for so many seconds, and wait at most `patience` for the last.

    Raises `TimeoutError` where the answers do not come.
    """
    crowd, loop = _Crowd(), asyncio.get_running_loop()
    opened = []
    for _ in range(connections):
        _, connection = await loop.create_connection(lambda: _Connection(crowd), host, port)
        crowd.join(connection)
        opened.append(connection)
    requests = [f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode() for path in paths]
    count = int(rate * seconds)
    crowd.expect(count)
    began = perf_counter()
    asked = 0
    while asked < count:
        owed = min(count, int((perf_counter() - began) * rate) + 1)
        for number in range(asked, owed):
            crowd.ask(requests[number % len(requests)], began + number / rate)
        asked = owed
        await asyncio.sleep(0.002)
    try:
        await asyncio.wait_for(crowd.done.wait(), patience)
    finally:
        crowd.found.elapsed = perf_counter() - began
        crowd.end()
        for connection in opened:
            connection.close()
    return crowd.found


async def saturate(host: str, port: int, paths: Sequence[str], *, seconds: float, connections: int = 32) -> Answered:
    """Ask again on each connection as soon as it has answered: how many a process serves at most."""
    crowd, loop = _Crowd(), asyncio.get_running_loop()
    requests = [f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode() for path in paths]
    began, number = perf_counter(), 0
    found = crowd.found

    class Eager(_Connection):
        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if not self.busy and perf_counter() - began < seconds:
                again(self)

    def again(connection: _Connection) -> None:
        nonlocal number
        number += 1
        found.offered += 1
        connection.ask(requests[number % len(requests)], perf_counter())

    opened = []
    for _ in range(connections):
        _, connection = await loop.create_connection(lambda: Eager(crowd), host, port)
        opened.append(connection)
        again(connection)
    await asyncio.sleep(seconds)
    found.elapsed = perf_counter() - began
    crowd.end()
    for connection in opened:
        connection.close()
    return found
