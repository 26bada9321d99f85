"""kill -9 in the middle of issuing loses and doubles nothing: counter, log and certificates agree afterwards."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import sleep

import pytest
from msgspec import structs
from sqlalchemy import Engine, text
from tests.authority import issuing as scene
from tests.authority.issuing import AT, CLINIC, HOLDER, PROGRAM

import pratique
from pratique.authority.issuance import certificates, log, proofs, requests
from pratique.authority.issuance.certificates import issue_for
from pratique.authority.issuance.requests import Wanted
from pratique.authority.signers.file import FileSigner
from pratique.authority.store import Vault, reading, signing_log, writing

CHILD = Path(__file__).with_name("killed.py")
POINTS = (
    "before the number", "after the number", "after the signature", "before the certificate", "before the log entry",
    "before the commit", "after the commit",
)  # fmt: skip


class Bureau:
    """A database with requests that wait, and the files that a process needs to sign them."""

    def __init__(self, store: Engine, url: str, folder: Path, waiting: int) -> None:
        self.engine, self.url, self.folder = store, url, folder
        self.vault = Vault.draw()
        self.vault.write(folder / "vault.json")
        self.key = scene.signer(folder)
        scene.onboarded(store, structs.replace(CLINIC, quota=1000))
        scene.entered(store, self.vault)
        scene.recorded(store, self.vault, [scene.dose()])
        known = scene.known(store, self.vault)
        self.waiting = []
        with writing(store) as connection:
            for _ in range(waiting):
                made = requests.ask(connection, self.vault, known, Wanted(), HOLDER, at=AT)
                requests.approve(connection, made, PROGRAM, at=AT)
                self.waiting.append(made.request_id)

    def start(self, point: str) -> "subprocess.Popen[str]":
        command = [
            sys.executable,
            str(CHILD),
            self.url,
            str(self.folder / "vault.json"),
            str(self.folder / "dsc.key.pem"),
        ]
        source = str(Path(pratique.__file__).parents[1])
        return subprocess.Popen(
            [*command, point], stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": source}
        )

    def agrees(self) -> log.Balance:
        """That the certificates are those of the requests, each once, and that the log accounts for every number."""
        with reading(self.engine) as connection:
            rows = list(connection.execute(text("SELECT certificate_id, number FROM certificate ORDER BY number")))
            found = log.balance(connection, log.key_id(self.key.key))
            assert signing_log.certified(connection, found.key_id) == {row[1] for row in rows}
        made = [row[0] for row in rows]
        assert len(made) == len(set(made)) == found.issued
        assert set(made) <= set(self.waiting)
        assert found.entries <= self.key.count  # never behind: at most what the crash threw away
        return found


@pytest.fixture
def bureau(store: Engine, store_url: str, tmp_path: Path) -> Bureau:
    return Bureau(store, store_url, tmp_path, waiting=20)


def test_killed_at_every_point(bureau: Bureau) -> None:
    lost = 0
    for number, point in enumerate(POINTS):
        child = bureau.start(point)
        said, _ = child.communicate(timeout=120)
        assert child.returncode == -signal.SIGKILL, point
        assert said == ""
        found = bureau.agrees()
        lost += point not in ("before the number", "after the commit")
        assert found.issued == (1 if point == "after the commit" else 0), (number, point)
        assert bureau.key.count - found.issued == lost, point
    last = bureau.start("never")
    said, _ = last.communicate(timeout=120)
    assert last.returncode == 0
    assert len(said.split()) == 19
    found = bureau.agrees()
    assert (found.issued, found.void) == (20, lost)
    assert found.entries == bureau.key.count
    assert certificates.pending(bureau.engine) == []


def test_killed_at_any_time_and_started_again(bureau: Bureau) -> None:
    with reading(bureau.engine) as connection:
        assert not signing_log.keys(connection)
    seen = None
    for pause in (0.0, 0.02, 0.005):
        child = bureau.start("never")
        assert child.stdout is not None
        child.stdout.readline()  # it is at work
        sleep(pause)
        child.kill()
        child.wait(timeout=60)
        child.stdout.close()
        bureau.agrees()
        with reading(bureau.engine) as connection:
            (row,) = signing_log.keys(connection)
            point = log.checkpoint(connection, row)
            if seen is not None:
                assert proofs.follows(proofs.consistency(connection, row, seen.size), seen, point)
            seen = point
    issued = [issue_for(office(bureau), each, at=AT) for each in bureau.waiting]
    assert len({each.scan for each in issued}) == 20
    found = bureau.agrees()
    assert (found.issued, found.entries) == (20, bureau.key.count)
    assert found.void <= 3


def test_two_processes_at_once_double_nothing(bureau: Bureau) -> None:
    children = [bureau.start("never") for _ in range(2)]
    said = [child.communicate(timeout=180)[0].split() for child in children]
    assert [child.returncode for child in children] == [0, 0]
    assert {each for some in said for each in some} == set(bureau.waiting)
    found = bureau.agrees()
    assert (found.issued, found.void, found.entries) == (20, 0, bureau.key.count)


def office(bureau: Bureau) -> certificates.Office:
    key = FileSigner.open(bureau.folder / "dsc.key.pem", passphrase=scene.PASSPHRASE)
    return scene.office(bureau.engine, bureau.vault, key)
