"""16. The display path: how many a core serves, how quickly, and what becomes of ten times as many.

One process of uvicorn, as in service, on the loopback, and a crowd in this one. What a core serves is reckoned by the
processor time of the displaying process, so that neither the crowd nor other people's work counts; answers a second are
by the clock on the wall, and both lower them.
"""

import asyncio
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

from bench.loading import Answered, offer, saturate
from bench.report import Budget, Part, Skipped
from pratique.web.display import CAPACITY, FOLDER, STATUS, Shelf, new_address

HOST = "127.0.0.1"
SIZE = 1_500
"""Octets of a status: a scan of 400 characters, its modules, word and period."""
PROMISED = 0.1
"""Of what a process serves at most: ten times as many can then be answered, nine of ten with "later"."""
P95 = 100.0
BUDGETS = (
    Budget("display, p95 below capacity", P95, None, " ms", at_most=True),
    Budget("display, served of capacity at ten times", 0.8, None, "×"),
)


def measure(seconds: int) -> Part:
    """Seconds of each load: as many as it can, half of its capacity, ten times its capacity."""
    with tempfile.TemporaryDirectory(prefix="pratique-display-") as folder:
        paths = _fill(Path(folder))
        with _displaying(folder, capacity=1e9) as (port, process):
            before = _processor(process)
            most = asyncio.run(saturate(HOST, port, paths, seconds=seconds))
            cost = (_processor(process) - before) / most.statuses[200]
        fastest = most.statuses[200] / most.elapsed
        capacity = round(fastest * PROMISED)
        with _displaying(folder, capacity=capacity) as (port, process):
            usual = asyncio.run(offer(HOST, port, paths, rate=capacity * 0.5, seconds=seconds))
            before = _processor(process)
            crowd = asyncio.run(offer(HOST, port, paths, rate=capacity * 10, seconds=seconds, connections=64))
            busy = (_processor(process) - before) / crowd.elapsed
    if set(usual.statuses) != {200} or usual.broken or set(crowd.statuses) != {200, 503} or crowd.broken:
        raise AssertionError("a display was broken off, or answered otherwise than it may")
    rows = (
        _row("as many as it can", most, 1.0),
        _row("half of its capacity", usual, None),
        _row("ten times its capacity", crowd, busy),
    )
    away = sorted(crowd.retry_after)
    served = crowd.statuses[200] / crowd.elapsed / capacity
    remarks = (
        f"one core serves {1 / cost:,.0f} displays/s, {cost * 1e6:.0f} µs of processor time each",
        f"capacity set to {capacity:,}/s, a tenth of the most; sent away: {len(away) / crowd.offered:.0%},"
        f" to come back after {away[0]} to {away[-1]} s, half within {away[len(away) // 2]}",
        "no database, no template; statuses of 1.5 kB from files, keep-alive, without TLS",
    )
    budgets = (
        Budget(BUDGETS[0].name, P95, usual.quantile(0.95) * 1000, " ms", at_most=True),
        Budget(BUDGETS[1].name, 0.8, served, "×"),
    )
    return Part(
        "16. displays", ("", "offered /s", "200 /s", "503 /s", "p50 ms", "p95 ms", "of a core"), rows, remarks, budgets
    )


def _row(name: str, found: Answered, busy: float | None) -> tuple[str, ...]:
    return (
        name,
        f"{found.offered / found.elapsed:,.0f}",
        f"{found.statuses[200] / found.elapsed:,.0f}",
        f"{found.statuses[503] / found.elapsed:,.0f}",
        f"{found.quantile(0.5) * 1000:.1f}",
        f"{found.quantile(0.95) * 1000:.1f}",
        "" if busy is None else f"{busy:.2f}",
    )


def _fill(folder: Path, count: int = 2_000) -> list[str]:
    shelf, until = Shelf(folder), datetime.now(UTC) + timedelta(hours=5)
    addresses = [new_address() for _ in range(count)]
    for address in addresses:
        shelf.put(address, secrets.token_hex(SIZE // 2).encode(), until=until)
    return [STATUS + address for address in addresses]


@contextmanager
def _displaying(folder: str, *, capacity: float) -> Iterator[tuple[int, int]]:
    """The port and the process that display the folder."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = int(free.getsockname()[1])
    command = [
        sys.executable, "-m", "uvicorn", "--factory", "pratique.web.display:from_environment", "--host", HOST,
        "--port", str(port), "--no-access-log", "--log-level", "warning", "--no-server-header", "--no-proxy-headers",
    ]  # fmt: skip
    settings = {"PYTHONPATH": os.pathsep.join(sys.path), FOLDER: folder, CAPACITY: str(capacity)}
    process = subprocess.Popen(command, env=os.environ | settings)
    try:
        until = monotonic() + 30
        while monotonic() < until:
            try:
                socket.create_connection((HOST, port), 1).close()
                break
            except OSError:
                sleep(0.05)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


def _processor(process: int) -> float:
    """Seconds of processor time that it has used."""
    try:
        stated = Path(f"/proc/{process}/stat").read_text("ascii")
    except OSError as fault:
        raise Skipped("needs /proc") from fault
    own, of_the_system = stated.rpartition(")")[2].split()[11:13]
    return (int(own) + int(of_the_system)) / os.sysconf("SC_CLK_TCK")
