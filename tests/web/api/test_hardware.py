"""An installation with its key in a hardware module, which `serve` and `issue` name alike: against SoftHSM 2."""

import json
import os
import signal
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

pytest.importorskip("pkcs11", reason="the extra [hsm] is not installed")

from sqlalchemy import text

from pratique import TrustList, verify
from pratique.authority.access import tokens
from pratique.authority.issuance import log
from pratique.authority.signers.certificates import certify_dsc, make_csca
from pratique.authority.signers.counter import record
from pratique.authority.signers.keyfiles import read_certificate
from pratique.authority.signers.opening import open_signer
from pratique.authority.signers.pkcs11 import HardwareSigner, make_key
from pratique.authority.signers.places import beside
from pratique.authority.store import open_store, reading
from pratique.model import uvci
from pratique.sandbox import traveller
from pratique.trust import Environment
from pratique.trust.x509 import trusted_key
from tests import softhsm
from tests.web.api.authority import MEIMEI, populate
from tests.web.api.test_killed import serve
from tests.web.api.test_serving import free_port, run
from tests.web.houses import release_of_today

pytestmark = softhsm.needs_module


def hardware(folder: Path, label: str) -> tuple[str, bytes]:
    """A key that the module made, with its certificate and counter in `folder/keys`: its name there, and the former."""
    at = datetime.now(UTC) - timedelta(days=1)
    public = make_key(**softhsm.token(), label=label)
    der = certify_dsc(make_csca("XA", "XA root", at=at), public, common_name=label, at=at)
    (folder / "keys").mkdir(exist_ok=True)
    (folder / "keys" / f"{label}.pem").write_bytes(_pem(der))
    (folder / "keys" / f"{label}.key.counter").write_bytes(record(0, trusted_key(der).kid))
    where = f"module-path={softhsm.MODULE}&certificate=keys/{label}.pem&pin-source=file:pin"
    return f"pkcs11:token={softhsm.TOKEN};object={label}?{where}", der


def _pem(der: bytes) -> bytes:
    from asn1crypto import pem

    return bytes(pem.armor("CERTIFICATE", der))


def settings(folder: Path, key: str) -> None:
    (folder / "pin").write_text(softhsm.PIN + "\n")
    (folder / "pass").write_text("of keys in files")
    (folder / "pratique.toml").write_text(
        f'environment = "sandbox"\ncountry = "XA"\naddress = "http://127.0.0.1"\nsigning_keys = ["{key}"]\n'
        'passphrase_file = "pass"\n[authority]\nen = "Ministry of Health of XA"\n',
        encoding="utf-8",
    )


def test_what_cannot_be_opened_is_said_before_anything_is_served(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    release_of_today(tmp_path / "bundle")
    key, _ = hardware(tmp_path, "dsc-refused")
    settings(tmp_path, key)
    assert run(tmp_path, "migrate").returncode == 0
    for wrong, reason in (
        (key.replace("object=dsc-refused", "object=another"), "KEY_UNREADABLE"),
        (key.replace("token=xa", "token=xb"), "KEY_UNREADABLE"),
        (key.replace("keys/dsc-refused.pem", "keys/another.pem"), "KEY_UNREADABLE"),
        (key.replace("pin-source=file:pin", "pin-source=pass"), "KEY_LOCKED"),
        (key.replace("&pin-source=file:pin", ""), "KEY_LOCKED"),
        (key.replace("pin-source=file:pin", "pin-source=nothing"), "KEY_LOCKED"),
        (key.replace(str(softhsm.MODULE), "/no/such/library.so"), "KEY_DEVICE"),
        (key.replace("pin-source=file:pin", "pin-value=135791"), "a key in hardware is named"),
    ):
        settings(tmp_path, wrong)
        told = run(tmp_path, "serve", "--check")
        assert (told.returncode, "signing_keys" in told.stderr, reason in told.stderr) == (3, True, True), told.stderr
        assert "135791" not in told.stderr
    settings(tmp_path, key)
    assert run(tmp_path, "serve", "--check").returncode == 0


@pytest.mark.enable_socket
def test_two_workers_sign_with_one_key_of_the_module_and_the_log_adds_up(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    release_of_today(tmp_path / "bundle")
    key, der = hardware(tmp_path, "dsc-served")
    settings(tmp_path, key)
    assert run(tmp_path, "migrate").returncode == 0
    url = f"sqlite:///{tmp_path / 'records.db'}"
    (tmp_path / "vault.json").unlink()
    populated = populate(url)
    populated.vault.write(tmp_path / "vault.json")
    until = datetime.now(UTC) + timedelta(minutes=5)
    holder = tokens.grant_holder(populated.vault, populated.people[MEIMEI].subject_id, until=until)
    port = free_port()
    process = serve(tmp_path, port)
    try:
        for _ in range(4):
            made = httpx.post(
                f"http://127.0.0.1:{port}/v1/people/me/certificates",
                json={},
                headers={"authorization": f"Bearer {holder}"},
                timeout=30,
            )
            assert made.status_code == 201, made.text
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)
    trusted = TrustList.from_certificates([der], environment=Environment.SANDBOX)
    assert verify(made.json()["scan"], trust_list=trusted, at=datetime.now(UTC)).authentic is True
    engine = open_store(url)
    with opened(key, tmp_path) as signer:
        found, count = log.reconcile(engine, signer, at=datetime.now(UTC)), signer.count
    with reading(engine) as connection:
        kept = connection.execute(text("SELECT count(*) FROM certificate")).scalar_one()
    engine.dispose()
    assert count == found.entries == found.issued == kept == 4


def opened(key: str, folder: Path) -> "closing[HardwareSigner]":
    signer = open_signer(beside(Path(key), folder), passphrase=softhsm.PIN.encode())
    assert isinstance(signer, HardwareSigner)
    return closing(signer)


def test_commands_make_the_key_and_name_it_as_the_installation_does(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    (tmp_path / "safe").write_text("of the strong safe")
    (tmp_path / "pin").write_text(softhsm.PIN)
    softhsm.token()
    root = ("--root", "made/csca.key.pem", "--root-passphrase-file", "safe", "--passphrase-file", "pin")
    assert run(tmp_path, "keys", "new", "--country", "XA", "--out", "made", "--passphrase-file", "safe").returncode == 0
    key = f"pkcs11:token={softhsm.TOKEN};object=dsc-issue?module-path={softhsm.MODULE}&certificate=made/dsc-issue.pem"
    wrong = run(tmp_path, "keys", "signer", key.replace("token=xa", "token=xb"), *root)
    assert (wrong.returncode, (tmp_path / "made" / "dsc-issue.pem").exists()) == (3, False), wrong.stderr
    (tmp_path / "made" / "dsc-issue.key.counter").write_bytes(b"")
    assert "KEY_EXISTS" in run(tmp_path, "keys", "signer", key, *root).stderr
    (tmp_path / "made" / "dsc-issue.key.counter").unlink()
    made = run(tmp_path, "keys", "signer", key, *root)
    assert (made.returncode, "document signer (DSC) of XA" in made.stdout) == (0, True), made.stderr
    assert "KEY_EXISTS" in run(tmp_path, "keys", "signer", key, *root).stderr
    der = read_certificate(tmp_path / "made" / "dsc-issue.pem")
    identifiers = tuple(uvci.from_record_id("XA", bytes([n]) * 16) for n in range(traveller.RECORDS))
    (tmp_path / "records.json").write_text(json.dumps(traveller.bundle(now, identifiers)), encoding="utf-8")
    words = (
        "issue",
        "--format",
        "ithc",
        "--evidence",
        "registry",
        "--issuer",
        "Ministry",
        "--passphrase-file",
        "pin",
        "records.json",
        "--key",
    )
    wrong = run(tmp_path, *words, key.replace("object=dsc-issue", "object=another"))
    assert (wrong.returncode, wrong.stdout, "key on it, is not there" in wrong.stderr) == (3, "", True), wrong.stderr
    ran = run(tmp_path, *words, key)
    assert ran.returncode == 0, ran.stderr
    trusted = TrustList.from_certificates([der], environment=Environment.SANDBOX)
    assert verify(ran.stdout.strip(), trust_list=trusted, at=datetime.now(UTC)).authentic is True
    with opened(key, tmp_path) as signer:
        assert signer.count == 1
