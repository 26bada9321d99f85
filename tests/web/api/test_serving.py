"""The installation as it runs: started as a process, watched, counted, ended gracefully; and no name in any log."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient

from pratique.authority.access import Role
from pratique.authority.access.clients import read_keys
from pratique.web.api import app
from pratique.web.api.counting import Counts
from pratique.web.api.routes import ROUTES
from pratique.web.api.watching import Watched
from tests.web.api.authority import KEYS, Installed, Populated, bundle, opened
from tests.web.houses import release_of_today

ROOT = Path(__file__).parents[3]


def test_counts_are_of_routes_and_of_nobody(url: str, populated: Populated, tmp_path: Path, caplog: Any) -> None:
    (tmp_path / "counts").mkdir()
    with (
        opened(url, populated, tmp_path, counts=Counts(tmp_path / "counts", ROUTES)) as (there, _),
        caplog.at_level("INFO"),
        TestClient(Watched(app(there.house), there.house.counts), base_url="http://127.0.0.1") as client,
    ):
        headers = there.bearer(Role.CLINIC)
        sent = client.post(
            "/v1/records",
            content=bundle("XA5550001", "Wang", "Lili"),
            headers=headers | {"content-type": "application/fhir+json"},
        )
        assert sent.status_code == 200
        for path in ("/v1/intakes/secret-number", "/v1/people/XA1234567/records", "/XA1234567", "/en/support"):
            client.get(path, headers=headers)
        assert client.get("/metrics").status_code == 404  # a test's client has no address of this machine
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("pratique"))
    text = "\n".join(there.house.counts.text()) if there.house.counts else ""
    assert 'pratique_answers_total{route="POST /v1/records",status="2xx"} 1' in text
    assert 'pratique_answers_total{route="GET /v1/intakes/{intake_id}",status="4xx"} 1' in text
    assert 'pratique_answers_total{route="other",status="4xx"} 1' in text
    assert 'pratique_answer_seconds_bucket{route="POST /v1/records",le="+Inf"} 1' in text
    for word in ("Wang", "Lili", "XA5550001", "XA1234567", "secret-number", "xa-clinic-7"):
        assert word not in text
        assert word not in logged
    assert "GET /v1/intakes/{intake_id} 404" in logged


def test_counts_of_several_processes_are_one_sum(tmp_path: Path) -> None:
    mine = Counts(tmp_path, ["GET /x"])
    mine.add("GET /x", 200, 0.004)
    mine.add("GET /x", 503, 7.0)
    mine.add("GET /nowhere", 302, 100.0)
    own = next(tmp_path.glob("*.counts"))
    (tmp_path / "0.counts").write_bytes(own.read_bytes())
    (tmp_path / "broken.counts").write_bytes(b"x")
    text = "\n".join(mine.text())
    assert 'status="2xx"} 2' in text
    assert 'status="5xx"} 2' in text
    assert 'pratique_answer_seconds_bucket{route="GET /x",le="0.005"} 2' in text
    assert 'pratique_answer_seconds_count{route="GET /x"} 4' in text
    assert 'pratique_answer_seconds_sum{route="other"} 200.0' in text


def test_health(api: tuple[Installed, Any]) -> None:
    there, client = api
    assert client.get("/health/live").json() == {"live": True}
    ready = client.get("/health/ready").json()
    assert ready == {"ready": True, "bundle": there.house.release.bundle.number, "stale": []}
    there.clock.at = there.clock.at.replace(year=there.clock.at.year + 1)
    assert "trust.json" in client.get("/health/ready").json()["stale"]


def run(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pratique", *words]
    return subprocess.run(
        command, cwd=folder, env=environment(settings), capture_output=True, text=True, check=False, timeout=60
    )


def environment(settings: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PRATIQUE_")}
    return kept | {"PYTHONPATH": str(ROOT / "src")} | settings


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """A folder with a configuration and a release."""
    (tmp_path / "bundle").mkdir()
    release_of_today(tmp_path / "bundle")
    (tmp_path / "pratique.toml").write_text(
        'environment = "sandbox"\ncountry = "XA"\naddress = "http://127.0.0.1"\nbooking_key = "booking.pem"\n'
        '[authority]\nen = "Ministry of Health of XA"\n',
        encoding="utf-8",
    )
    return tmp_path


def test_what_is_not_there_is_said_before_anything_is_served(installation: Path) -> None:
    told = run(installation, "serve", "--check")
    assert told.returncode == 3
    assert run(installation, "migrate").returncode == 0
    assert run(installation, "serve", "--check").returncode == 0
    again = run(installation, "migrate")
    assert again.stdout.count("as it was") == 3
    for name in ("vault.json", "confirmation.pem", "booking.pem"):
        assert (installation / name).stat().st_mode & 0o077 == 0
    (installation / "bundle" / "trust.json").unlink()
    told = run(installation, "serve", "--check")
    assert (told.returncode, "bundle" in told.stderr) == (3, True)
    told = run(installation, "serve", "--check", PRATIQUE_PORTT="1")
    assert (told.returncode, "portt" in told.stderr) == (3, True)


def test_a_vault_is_not_drawn_twice_for_one_database(installation: Path) -> None:
    assert run(installation, "migrate").returncode == 0
    lab = installation / "lab.json"
    source = {"source_id": "c", "issuer": "C", "country": "XA", "document_country": "UTO", "evidence": "administered"}
    lab.write_text(json.dumps(source))
    (installation / "shot.json").write_bytes(bundle("XA1234567", "Han", "Meimei"))
    assert run(installation, "records", "import", "--source", "lab.json", "shot.json").returncode == 0
    (installation / "vault.json").unlink()
    told = run(installation, "migrate")
    assert (told.returncode, "bring it back" in told.stderr) == (3, True)


@pytest.fixture
def served(installation: Path) -> Iterator[tuple[subprocess.Popen[bytes], str, Path]]:
    assert run(installation, "migrate").returncode == 0
    port = free_port()
    log = installation / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "pratique", "serve"], cwd=installation, stdout=stream, stderr=stream,
            env=environment({"PRATIQUE_PORT": str(port), "PRATIQUE_WORKERS": "2"}),
        )  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(200):
                try:
                    if httpx.get(f"{address}/health/ready").status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield process, address, log
        finally:
            process.kill()
            process.wait()


@pytest.mark.enable_socket
def test_it_serves_counts_and_ends_gracefully(served: tuple[subprocess.Popen[bytes], str, Path]) -> None:
    process, address, log = served
    assert httpx.get(f"{address}/health/ready").json()["ready"] is True
    for _ in range(8):
        assert httpx.post(f"{address}/v1/verify", json={"scans": ["HC1:"]}).status_code == 200
    counted = httpx.get(f"{address}/metrics").text
    assert re.search(r'route="POST /v1/verify",status="2xx"\} 8$', counted, re.MULTILINE)  # of both processes
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as slow:
        body = b'{"scans": ["HC1:"]}'
        head = ("POST /v1/verify HTTP/1.1", "host: 127.0.0.1", "content-type: application/json")
        slow.sendall("\r\n".join([*head, f"content-length: {len(body)}", "", ""]).encode())
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)  # with a request under way
        time.sleep(0.3)
        slow.sendall(body)
        assert slow.recv(4096).startswith(b"HTTP/1.1 200")
    assert process.wait(timeout=20) == 0
    assert "POST /v1/verify 200" in log.read_text("utf-8")
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{address}/health/live")


def test_clients_from_the_shell(installation: Path) -> None:
    assert run(installation, "migrate").returncode == 0
    keys = installation / "keys.json"
    keys.write_text(read_keys(json.dumps({"keys": [KEYS[Role.CARRIER].as_dict(private=False)]})))
    for name, other in (("anne", "bo"), ("bo", "anne")):
        official = ("accounts", "add", name, "--role", "health_authority", "--name", name, "--account", name)
        assert run(installation, *official, "--second", other).returncode == 0
    add = ("client", "add", "air-9", "--role", "carrier", "--name", "Airline 9", "--keys", "keys.json")
    by_anne, by_bo = ("--account", "anne"), ("--account", "bo")
    assert run(installation, *add[:-1], "pratique.toml", *by_anne).returncode == 3
    assert run(installation, *add, *by_anne, "--source", "keys.json").returncode == 3
    assert run(installation, *add).returncode == 3
    assert run(installation, *add, "--account", "nobody").returncode == 1
    told = run(installation, *add, *by_anne)
    assert (told.returncode, KEYS[Role.CARRIER].thumbprint() in told.stdout) == (0, True)
    confirm = ("client", "confirm", told.stdout.split()[-1])
    assert run(installation, *confirm, *by_anne, "--do").returncode == 1
    assert run(installation, "client", "confirm", "0" * 32, *by_bo, "--do").returncode == 1
    assert "Nothing was done" in run(installation, *confirm, *by_bo).stderr
    assert run(installation, "client", "list").stdout == ""
    assert run(installation, *confirm, *by_bo, "--do").returncode == 0
    assert run(installation, *confirm, *by_bo, "--do").returncode == 1
    assert run(installation, *add, *by_anne).returncode == 1
    keys = ("client", "keys", "air-9", "--keys", "keys.json")
    told = run(installation, *keys, *by_bo)
    assert run(installation, "client", "confirm", told.stdout.split()[-1], *by_anne, "--do").returncode == 0
    assert run(installation, "client", "keys", "air-8", "--keys", "keys.json", *by_bo).returncode == 1
    assert run(installation, "client", "end", "air-9", "--account", "nobody").returncode == 1
    assert run(installation, "client", "end", "air-9", *by_bo).returncode == 0
    assert run(installation, "client", "end", "air-9", *by_bo).returncode == 1
    listed = json.loads(run(installation, "client", "list", "--json").stdout)
    assert (listed["client"], listed["role"], listed["ended"] is None) == ("air-9", "carrier", False)
