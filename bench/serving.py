"""13. The API over HTTP: one process, one connection after another kept busy, against the same work without HTTP.

The bare pipeline is what a request is about: its JSON read, the questions answered, the answer as JSON.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter, sleep, thread_time

import msgspec

from bench import material
from bench.report import Budget, Part, Skipped, Spread
from bench.serving_worker import BEARER
from pratique.answering import answer
from pratique.bundle import Bundle
from pratique.model import mrz
from pratique.model.keys import Algorithm
from pratique.sandbox.border import bundle_files
from pratique.sandbox.traveller import PASSPORT
from pratique.trust import Environment, TrustList
from pratique.trust.x509 import trusted_key
from pratique.web.api.verifying import Asked, _answered, zone
from pratique.web.ministry import CONSENT

OF_BARE, FLIGHT = 0.5, 1.0
PASSENGERS = 300
CONNECTIONS = 4
"""So many requests are under way at a time, and the process is never idle."""
BLOCK = 100
BUDGETS = (
    Budget("/v1/verify over HTTP, one worker, of the bare pipeline", OF_BARE, None),
    Budget(f"a flight of {PASSENGERS} passengers", FLIGHT, None, " s", at_most=True),
)
ARRIVE = "2026-11-24T08:00:00+01:00"


def measure(count: int) -> Part:
    """`count` distinct strings, each asked once over HTTP and once without; a flight; known and unknown passports."""
    if find_spec("uvicorn") is None:
        raise Skipped("needs uvicorn, from the extra [server]")
    signer = material.DocumentSigner(Algorithm.ES256)
    trusted = TrustList(
        [trusted_key(signer.certificate)],
        environment=Environment.SANDBOX,
        issued=material.AT,
        fresh_until=material.AT + timedelta(days=1),
    )
    with tempfile.TemporaryDirectory(prefix="pratique-bench-") as name:
        folder = Path(name)
        files = bundle_files(trusted, number=1, at=material.AT)
        for part, content in files.items():
            path = folder / "release" / part
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        bundle = Bundle.from_files(files)
        with _served(folder) as (port, worker):
            rows, ratio = _verifying(bundle, material.scans(count + 2 * BLOCK, signer), port, worker)
            seats = material.scans(min(PASSENGERS, count), signer)
            flight, computed = _flight(seats, (folder / BEARER).read_text(), port, worker)
            known, unknown = _passports(port, max(min(count // 50, 40), 3))
    rows.append(("passport that is known", "", "", f"{known * 1000:.2f} ms", ""))
    rows.append(("passport that is not", "", "", f"{unknown * 1000:.2f} ms", ""))
    rows.append((f"flight of {PASSENGERS}", "", "", f"{flight:.3f} s", f"computed {computed:.3f} s"))
    remarks = (
        f"One worker (uvloop, httptools), {CONNECTIONS} connections kept busy. Rates by what it computed, so that",
        "other people's work on the machine counts for nobody; the flight and the passports by the clock on the wall.",
        "Every string was authentic. Passports: medians, with a deadline of 50 ms; their difference is "
        f"{abs(known - unknown) * 1e6:.0f} µs.",
    )
    header = ("request", "bare /s", "HTTP /s", "median", "HTTP / bare")
    budgets = (
        Budget(BUDGETS[0].name, OF_BARE, ratio.middle),
        Budget(BUDGETS[1].name, FLIGHT, flight, " s", at_most=True),
    )
    return Part("13. The API over HTTP", header, tuple(rows), remarks, budgets)


@contextmanager
def _served(folder: Path) -> Iterator[tuple[int, int]]:
    """The port, and the process that serves there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bench.serving_worker", str(folder), str(port)]
    process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))})
    try:
        for _ in range(300):
            if process.poll() is not None:
                raise Skipped("the API did not start; pip install 'pratique[server]'")
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                sleep(0.1)
        yield port, process.pid
    finally:
        process.kill()
        process.wait()


def _verifying(bundle: Bundle, scans: Sequence[str], port: int, worker: int) -> tuple[list[tuple[str, ...]], Spread]:
    """Rates with and without HTTP, in rounds that begin with either in turn; with all three questions besides."""
    line = mrz.write(PASSPORT).replace("\n", "/")
    asked: dict[str, dict[str, object]] = {
        "authentic?": {},
        "all three questions": {"document": line, "journey": {"to": "XBHAV", "arrive": ARRIVE}},
    }
    rows: list[tuple[str, ...]] = []
    ratios = {}
    for name, besides in asked.items():
        bodies = [json.dumps({"scans": [scan], **besides}).encode() for scan in scans]
        _bare(bundle, bodies[:BLOCK])
        _over_http(bodies[:BLOCK], port, worker)
        took: dict[str, list[float]] = {"bare": [], "http": []}
        for start in range(2 * BLOCK, len(bodies), BLOCK):
            chosen = bodies[start : start + BLOCK]
            for side in ("bare", "http") if start // BLOCK % 2 else ("http", "bare"):
                seconds = _bare(bundle, chosen) if side == "bare" else _over_http(chosen, port, worker)
                took[side].append(seconds / len(chosen))
        ratio = Spread.of([bare / http for bare, http in zip(took["bare"], took["http"], strict=True)])
        bare, http = median(took["bare"]), median(took["http"])
        rows.append((name, f"{1 / bare:,.0f}", f"{1 / http:,.0f}", f"{http * 1e6:.0f} µs", str(ratio)))
        ratios[name] = ratio
    return rows, ratios["authentic?"]


def _bare(bundle: Bundle, bodies: Sequence[bytes]) -> float:
    began = thread_time()
    for body in bodies:
        asked = msgspec.json.decode(body, type=Asked)
        document = None if asked.document is None else zone(asked.document)
        journey = None if asked.journey is None else asked.journey.read()
        made = answer(asked.scans, bundle=bundle, at=material.AT, document=document, journey=journey)
        content = msgspec.json.encode(_answered(made, asked.language))
        assert b'"authentic":true' in content
    return thread_time() - began


def _request(path: str, body: bytes, token: str = "") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "host: 127.0.0.1", "content-type: application/json"]
    lines += [f"content-length: {len(body)}", *([f"authorization: Bearer {token}"] if token else []), "", ""]
    return "\r\n".join(lines).encode() + body


def _used(process: int) -> float:
    """Seconds that a process has computed; where the system does not say, those on the wall."""
    tasks = Path(f"/proc/{process}/task")
    if not tasks.is_dir():
        return perf_counter()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9


def _over_http(bodies: Sequence[bytes], port: int, worker: int) -> float:
    """All of them over a few connections, of which each always has a request under way: seconds that it computed."""
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    requests = [_request("/v1/verify", body) for body in bodies]
    began = _used(worker)
    for place, request in enumerate(requests):
        connection = connections[place % CONNECTIONS]
        if place >= CONNECTIONS:
            _authentic(connection)
        connection.sendall(request)
    for place in range(len(requests), len(requests) + CONNECTIONS):
        _authentic(connections[place % CONNECTIONS])
    took = _used(worker) - began
    for connection in connections:
        connection.close()
    return took


def _authentic(connection: socket.socket) -> None:
    head, content = _response(connection)
    assert head.startswith(b"HTTP/1.1 200"), content
    assert b'"authentic":true' in content


def _response(connection: socket.socket) -> tuple[bytes, bytes]:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, content = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(content) < length:
        content += connection.recv(65536)
    return head, content


def _flight(scans: Sequence[str], token: str, port: int, worker: int) -> tuple[float, float]:
    """The slowest of three checks of a flight whose passengers all have a certificate of their own, on the wall and as
    computed."""
    line = mrz.write(PASSPORT).replace("\n", "/")
    chosen = [scans[seat % len(scans)] for seat in range(PASSENGERS)]
    seats = [{"reference": str(seat), "scans": [scan], "document": line} for seat, scan in enumerate(chosen)]
    body = json.dumps({"flight": "XA1/2026-11-24", "to": "XBHAV", "arrive": ARRIVE, "passengers": seats}).encode()
    took, computed = [], []
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            began, used = perf_counter(), _used(worker)
            connection.sendall(_request("/v1/flights/check", body, token))
            head, content = _response(connection)
            took.append(perf_counter() - began)
            computed.append(_used(worker) - used)
        assert head.startswith(b"HTTP/1.1 200"), content
        assert content.count(b'"in_time":true') == PASSENGERS
    return max(took), max(computed)


def _passports(port: int, count: int) -> tuple[float, float]:
    """How long a question about a passport takes: one that is registered, and one that nobody has."""
    took: dict[str, list[float]] = {PASSPORT.number: [], "XA7777777": []}
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for number in range(count):
            for passport, times in took.items():
                sent = {"document": passport, "device": f"{number:016}", "consent": CONSENT, "language": "en"}
                body = json.dumps(sent).encode()
                began = perf_counter()
                connection.sendall(_request("/v1/enrolments", body))
                head, content = _response(connection)
                times.append(perf_counter() - began)
                assert head.startswith(b"HTTP/1.1 201"), content
    known, unknown = (median(times) for times in took.values())
    return known, unknown
