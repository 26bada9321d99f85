"""Sampling points without a network: what is queued is sealed, synced later, once, through any number of crashes."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from sqlalchemy import Engine, func, select
from tests.records_settings import GOOD, LAB

from pratique.authority.records import queued
from pratique.authority.records.queued import HELD, REPORT, SEALED, Item, Synced
from pratique.authority.store import Vault, reading
from pratique.authority.store.tables import person, record
from pratique.model.errors import TrustMaterialError
from pratique.model.reasons import Reason

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
HEADINGS = "document,family,given,born,sampled,result,id"
KEY = X25519PrivateKey.generate()
SOURCES = {LAB.source_id: LAB}


def table(*rows: str) -> Item:
    return Item(LAB.source_id, "csv", "\n".join((HEADINGS, *rows)).encode())


def put(folder: Path, *rows: str, key: X25519PrivateKey = KEY) -> Path:
    return queued.queue(folder, table(*rows), key.public_key(), at=AT)


def synced(store: Engine, vault: Vault, folder: Path, key: X25519PrivateKey = KEY) -> list[Synced]:
    return list(queued.sync(store, vault, folder, SOURCES, key, at=AT))


def count(store: Engine) -> int:
    with reading(store) as connection:
        return connection.execute(select(func.count()).select_from(record)).scalar_one()


def test_a_lost_device_gives_nothing_away(tmp_path: Path) -> None:
    path = put(tmp_path, GOOD)
    content = path.read_bytes() + path.name.encode()
    for told in (b"XA1234567", b"Han", b"negative", LAB.source_id.encode()):
        assert told not in content
    assert path.stat().st_mode & 0o077 == 0
    assert queued.opened(path, X25519PrivateKey.generate()) is None
    assert queued.opened(path, KEY) == table(GOOD)


def test_what_cannot_be_taken_in_is_left_as_it_is(store: Engine, vault: Vault, tmp_path: Path) -> None:
    put(tmp_path, GOOD, key=X25519PrivateKey.generate())
    queued.queue(tmp_path, Item("nobody", "csv", b""), KEY.public_key(), at=AT)
    queued.queue(tmp_path, Item(LAB.source_id, "csv", b"document,family\n"), KEY.public_key(), at=AT)
    changed = put(tmp_path, GOOD)
    changed.write_bytes(changed.read_bytes()[:-1] + b"\0")
    before = queued.waiting(tmp_path)
    found = {each.name: each.reason for each in synced(store, vault, tmp_path)}
    assert sorted(found.values()) == sorted(
        [Reason.STORE_VAULT, Reason.RECORD_MAPPING, Reason.RECORD_MAPPING, Reason.STORE_VAULT]
    )
    assert queued.waiting(tmp_path) == before
    assert count(store) == 0


def test_it_is_taken_in_once_however_often_it_is_queued_and_synced(store: Engine, vault: Vault, tmp_path: Path) -> None:
    put(tmp_path, GOOD)
    copy = tmp_path / "stick"
    copy.mkdir()
    for path in queued.waiting(tmp_path):
        (copy / path.name).write_bytes(path.read_bytes())
    put(tmp_path, GOOD)
    assert [each.settled.taken for each in synced(store, vault, tmp_path) if each.settled] == [1, 1]
    assert queued.waiting(tmp_path) == []
    assert [each.settled.taken for each in synced(store, vault, copy) if each.settled] == [1], "one intake, told again"
    assert synced(store, vault, tmp_path) == []
    assert count(store) == 1


def test_rows_that_need_a_person_stay_sealed_beside_a_report_without_them(
    store: Engine, vault: Vault, tmp_path: Path
) -> None:
    path = put(tmp_path, GOOD, GOOD.replace("negative", "repeat").replace("L-1", "L-2"))
    (each,) = synced(store, vault, tmp_path)
    assert each.settled is not None
    assert (each.settled.taken, each.settled.held) == (1, 1)
    held, report = path.with_suffix(HELD), path.with_suffix(REPORT)
    assert queued.opened(held, KEY) is not None
    told = msgspec.json.decode(report.read_bytes())
    assert told["counts"] == {"taken": 1, "known": 0, "held": 1, "refused": 0}
    assert [row["reasons"] for row in told["rows"]] == [["RECORD_CODE"]]
    assert b"XA1234567" not in report.read_bytes()
    assert not list(tmp_path.glob(f"*{SEALED}"))


def test_a_file_is_not_kept_for_what_is_off_the_closed_list(store: Engine, vault: Vault, tmp_path: Path) -> None:
    off = {"resourceType": "Condition", "code": {"coding": [{"system": "http://snomed.info/sct", "code": "35489007"}]}}
    queued.queue(tmp_path, Item(LAB.source_id, "fhir", msgspec.json.encode(off)), KEY.public_key(), at=AT)
    (each,) = synced(store, vault, tmp_path)
    assert [row.reasons for row in each.rows] == [("RECORD_CONDITION",)]
    assert [path.suffix for path in tmp_path.glob("2026*")] == [REPORT]


CHILD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import msgspec
from pratique.authority.records import queued
from pratique.authority.records.sources import Source
from pratique.authority.store import Vault, open_store
folder = Path(sys.argv[2])
source = msgspec.json.decode((folder / "source.json").read_bytes(), type=Source)
key = queued.read_private((folder / "intake.key.pem").read_bytes(), b"for the machine")
engine, vault = open_store(sys.argv[1]), Vault.read(folder / "vault.json")
sources, at = {source.source_id: source}, datetime(2026, 11, 23, tzinfo=UTC)
for each in queued.sync(engine, vault, folder / "queue", sources, key, at=at):
    print(each.name, flush=True)
"""


def test_kill_9_in_the_middle_of_a_sync_loses_and_doubles_nothing(
    store: Engine, store_url: str, vault: Vault, tmp_path: Path
) -> None:
    files, rows = 12, 60
    queued.new_key(tmp_path / "intake", b"for the machine")
    public = queued.read_public((tmp_path / "intake.pub.pem").read_bytes())
    (tmp_path / "source.json").write_bytes(msgspec.json.encode(LAB))
    vault.write(tmp_path / "vault.json")
    for file in range(files):
        numbers = range(file * rows, file * rows + rows)
        content = [
            GOOD.replace("XA1234567", f"XA{1_000_000 + number // 3}").replace("L-1", f"L-{number}")
            for number in numbers
        ]
        queued.queue(tmp_path / "queue", table(*content), public, at=AT)
    command = [sys.executable, "-c", CHILD, store_url, str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    killed = 0
    for patience in (1, 3, 3):  # files after which it dies, somewhere inside the next one
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for number, _ in enumerate(child.stdout, 1):
                if number >= patience:
                    time.sleep(0.005)
                    os.kill(child.pid, signal.SIGKILL)
                    break
        killed += child.returncode == -signal.SIGKILL
    assert killed == 3
    assert 0 < len(queued.waiting(tmp_path / "queue")) < files
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    assert count(store) == files * rows
    assert queued.waiting(tmp_path / "queue") == []
    assert len(list((tmp_path / "queue").glob(f"*{REPORT}"))) == files
    with reading(store) as connection:
        assert connection.execute(select(func.count()).select_from(person)).scalar_one() == files * rows // 3
        assert connection.execute(select(func.count(record.c.origin.distinct()))).scalar_one() == files * rows


def test_a_queue_that_was_broken_off_is_no_file_of_it(tmp_path: Path) -> None:
    put(tmp_path, GOOD)
    (tmp_path / ".20261123T120000Z-0000.sealed.ffff").write_bytes(b"half of it")
    assert len(queued.waiting(tmp_path)) == 1


def test_keys_that_are_none(tmp_path: Path) -> None:
    private, public = queued.new_key(tmp_path / "intake", b"for the machine")
    assert private.stat().st_mode & 0o077 == 0
    with pytest.raises(TrustMaterialError, match="KEY_EXISTS"):
        queued.new_key(tmp_path / "intake", b"for the machine")
    bare = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    for data, reason in (
        (private.read_bytes(), Reason.KEY_LOCKED),
        (b"", Reason.KEY_UNREADABLE),
        (public.read_bytes(), Reason.KEY_UNREADABLE),
        (bare, Reason.KEY_LOCKED),
    ):
        with pytest.raises(TrustMaterialError, match=reason):
            queued.read_private(data, b"another word")
    with pytest.raises(TrustMaterialError, match="KEY_UNREADABLE"):
        queued.read_public(private.read_bytes())
