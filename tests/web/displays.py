"""Processes that display, for tests of loads and drills: real uvicorn, on the loopback alone."""

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pratique.sandbox.serving import HOST
from pratique.sandbox.stage import free
from pratique.web.display import CAPACITY, FOLDER, STATUS, Shelf, new_address

ROOT = Path(__file__).parents[2]


def filled(folder: Path, count: int = 50) -> list[str]:
    """Statuses of so many holders; the paths under which they are displayed."""
    shelf, until = Shelf(folder), datetime.now(UTC) + timedelta(hours=5)
    addresses = [new_address() for _ in range(count)]
    for address in addresses:
        shelf.put(address, secrets.token_hex(700).encode(), until=until)
    return [STATUS + address for address in addresses]


@contextlib.contextmanager
def displaying(folder: Path, *, capacity: float, workers: int = 1) -> Iterator[int]:
    """The port at which so many workers display what is in the folder."""
    port = free(0)
    command = [
        sys.executable, "-m", "uvicorn", "--factory", "pratique.web.display:from_environment", "--host", HOST,
        "--port", str(port), "--no-access-log", "--log-level", "warning", "--no-server-header", "--no-proxy-headers",
        "--workers", str(workers),
    ]  # fmt: skip
    settings = {"PYTHONPATH": str(ROOT / "src"), FOLDER: str(folder), CAPACITY: str(capacity)}
    process = subprocess.Popen(command, env=os.environ | settings)
    try:
        _wait(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("the display did not start")
