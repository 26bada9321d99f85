"""kill -9 of the server and both its workers, in the middle of work: what was answered is kept, and the log adds up."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from pratique.authority.access import Account, Role, tokens
from pratique.authority.issuance import log
from pratique.authority.signers.file import FileSigner
from pratique.authority.store import open_store, reading
from tests.authority.issuing import PASSPHRASE, signer
from tests.web.api.authority import MEIMEI, bundle, name_of, populate
from tests.web.api.test_serving import environment, free_port, run
from tests.web.houses import release_of_today

ROUNDS = 2


def serve(folder: Path, port: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "pratique", "serve"]
    settings = environment({"PRATIQUE_PORT": str(port), "PRATIQUE_WORKERS": "2"})
    process = subprocess.Popen(
        command, cwd=folder, env=settings, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for _ in range(300):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/ready").status_code == 200:
                return process
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError("the server does not answer")


@pytest.mark.enable_socket
def test_killed_with_its_workers_during_intake_and_issuing(tmp_path: Path) -> None:  # noqa: PLR0915
    (tmp_path / "bundle").mkdir()
    release_of_today(tmp_path / "bundle")
    signer(tmp_path, at=datetime.now(UTC))
    (tmp_path / "pass").write_bytes(PASSPHRASE)
    (tmp_path / "pratique.toml").write_text(
        'environment = "sandbox"\ncountry = "XA"\naddress = "http://127.0.0.1"\nsigning_keys = ["dsc.key.pem"]\n'
        'passphrase_file = "pass"\n[authority]\nen = "Ministry of Health of XA"\n',
        encoding="utf-8",
    )
    assert run(tmp_path, "migrate").returncode == 0
    url = f"sqlite:///{tmp_path / 'records.db'}"
    (tmp_path / "vault.json").unlink()
    populated = populate(url)
    populated.vault.write(tmp_path / "vault.json")
    until = datetime.now(UTC) + timedelta(minutes=5)
    clinic = tokens.grant(populated.vault, Account(name_of(Role.CLINIC), Role.CLINIC), until=until)
    holder = tokens.grant_holder(populated.vault, populated.people[MEIMEI].subject_id, until=until)
    answered: list[str] = []
    signed: list[str] = []

    def send(address: str, over: threading.Event, number: int) -> None:
        count = 0
        while not over.is_set():
            count += 1
            name = f"K-{number}-{count}"
            try:
                sent = httpx.post(
                    f"{address}/v1/records", content=bundle(MEIMEI.number, "Han", "Meimei", name),
                    headers={"authorization": f"Bearer {clinic}", "content-type": "application/fhir+json"},
                )  # fmt: skip
                if sent.status_code < 300:
                    answered.append(name)
                made = httpx.post(
                    f"{address}/v1/people/me/certificates", json={}, headers={"authorization": f"Bearer {holder}"}
                )
                if made.status_code == 201:
                    signed.append(made.json()["certificate_id"])
            except httpx.TransportError:
                return

    for number in range(ROUNDS):
        port = free_port()
        process, over = serve(tmp_path, port), threading.Event()
        senders = [
            threading.Thread(target=send, args=(f"http://127.0.0.1:{port}", over, number * 10 + each))
            for each in (1, 2)
        ]
        for each in senders:
            each.start()
        time.sleep(2 + number / 3)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
        over.set()
        for each in senders:
            each.join(timeout=30)
    engine = open_store(url)
    key = FileSigner.open(tmp_path / "dsc.key.pem", passphrase=PASSPHRASE)
    found = log.reconcile(engine, key, at=datetime.now(UTC))
    with reading(engine) as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
        assert not connection.execute(text("PRAGMA foreign_key_check")).all()
        certificates = set(connection.execute(text("SELECT certificate_id FROM certificate")).scalars())
        records = connection.execute(text("SELECT count(*) FROM record")).scalar_one()
    engine.dispose()
    assert answered, "nothing was sent"
    assert set(signed) <= certificates, "a certificate that was handed out is not kept"
    assert found.entries == key.count == found.issued + found.void
    assert found.issued == len(certificates)
    assert records >= len(answered), "a record that was confirmed is not kept"
