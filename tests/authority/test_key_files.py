"""Keys on the disk: refusals, modes, and nothing half done."""

import errno
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
from asn1crypto import pem
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.authority.signers import keyfiles, pkcs8
from pratique.authority.signers.certificates import KeyPair, make_csca, make_dsc
from pratique.authority.signers.file import FileSigner
from pratique.authority.signers.keyfiles import KeyFiles, new_country, read_key, write_key
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import Algorithm, Use
from pratique.model.reasons import Reason

AT = datetime(2026, 11, 23, tzinfo=UTC)
PASSPHRASE = b"twelve bytes or more"
CSCA = make_csca("XA", "XA root", at=AT)
DSC = make_dsc(CSCA, common_name="signer", at=AT)
LOCKED = pkcs8.encrypt(DSC.private_key, PASSPHRASE)


def refused(reason: Reason, match: str = ""):
    return pytest.raises(TrustMaterialError, match=f"^{reason}.*{match}")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def fail_with(number: int):
    def failing(*_, **__):
        raise OSError(number, "failed on purpose")

    return failing


# a key under a passphrase


@pytest.mark.parametrize("passphrase", [b"", b"eleven byte", b"x" * 1024])
def test_a_passphrase_too_short_or_too_long_writes_nothing(tmp_path, passphrase):
    with refused(Reason.KEY_PASSPHRASE, "12 to 1023"):
        write_key(tmp_path / "dsc.key.pem", DSC, passphrase)
    with refused(Reason.KEY_PASSPHRASE):
        new_country("XA", out=tmp_path / "keys", at=AT, passphrase=passphrase)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("passphrase", [b"twelve bytes", b"x" * 1023, bytes(range(20))])
def test_any_other_passphrase_opens_what_it_closed(passphrase):
    opened = pkcs8.decrypt(pkcs8.encrypt(DSC.private_key, passphrase), passphrase)
    assert opened.private_numbers() == DSC.private_key.private_numbers()


def test_the_same_key_is_never_locked_twice_alike():
    assert pkcs8.encrypt(DSC.private_key, PASSPHRASE) != LOCKED


def test_a_thief_pays_what_owasp_asks_for_each_guess():
    n, r, p = b"\x02\x02\x40\x00", b"\x02\x01\x08", b"\x02\x01\x05"  # INTEGERs: 2¹⁴, 8 and 5
    assert n + r + p in pem.unarmor(LOCKED)[2]


def test_a_key_in_the_clear_is_refused():
    clear = DSC.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with refused(Reason.KEY_UNREADABLE):
        pkcs8.decrypt(clear, PASSPHRASE)


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()])
def test_a_key_of_another_kind_is_refused(key):
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSPHRASE))
    with refused(Reason.TRUST_KEY_KIND):
        pkcs8.decrypt(locked, PASSPHRASE)


def test_a_key_on_a_curve_that_nobody_knows_is_refused():
    plain = DSC.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    p256, unknown = bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d03017f")
    strange = Mock(private_bytes=lambda *_: plain.replace(p256, unknown))
    with refused(Reason.TRUST_KEY_KIND):
        pkcs8.decrypt(pkcs8.encrypt(strange, PASSPHRASE), PASSPHRASE)


def test_a_key_under_an_unknown_scheme_stays_locked():
    scrypt, unknown = bytes.fromhex("2b06010401da47040b"), bytes.fromhex("2b06010401da47047f")
    der = pem.unarmor(LOCKED)[2]
    assert scrypt in der
    with refused(Reason.KEY_LOCKED, "scheme"):
        pkcs8.decrypt(pem.armor("ENCRYPTED PRIVATE KEY", der.replace(scrypt, unknown)), PASSPHRASE)


@given(st.binary(max_size=80))
def test_noise_is_not_a_key(noise):
    for content in (noise, pem.armor("ENCRYPTED PRIVATE KEY", noise)):
        with refused(Reason.KEY_UNREADABLE):
            pkcs8.decrypt(content, PASSPHRASE)


def test_the_library_and_openssl_read_what_we_wrote(tmp_path):
    assert load_pem_private_key(LOCKED, PASSPHRASE).private_numbers() == DSC.private_key.private_numbers()
    path = tmp_path / "key.pem"
    path.write_bytes(LOCKED)
    command = ["openssl", "pkey", "-in", str(path), "-passin", f"pass:{PASSPHRASE.decode()}", "-pubout"]
    try:
        printed = subprocess.run(command, capture_output=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("the openssl program is not here")
    assert b"BEGIN PUBLIC KEY" in printed


# one key


def test_a_file_that_is_there_is_never_overwritten(tmp_path):
    files = KeyFiles.of(tmp_path / "dsc.key.pem")
    for path in (files.key, files.certificate, files.counter):
        path.write_bytes(b"precious")
        with refused(Reason.KEY_EXISTS, path.name):
            write_key(files.key, DSC, PASSPHRASE)
        assert path.read_bytes() == b"precious"
        assert list(tmp_path.iterdir()) == [path]
        path.unlink()
    write_key(files.key, DSC, PASSPHRASE)
    with refused(Reason.KEY_EXISTS):
        write_key(files.key, DSC, PASSPHRASE)
    assert FileSigner.open(files.key, passphrase=PASSPHRASE).count == 0


def test_a_key_without_its_certificate_is_not_written(tmp_path):
    with refused(Reason.KEY_UNREADABLE):
        write_key(tmp_path / "dsc.key.pem", KeyPair(DSC.certificate_der, CSCA.private_key), PASSPHRASE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["dsc.pem", "dsc.key", "key.pem"])
def test_a_name_that_leaves_no_place_for_the_certificate_is_refused(tmp_path, name):
    with refused(Reason.KEY_TEMPLATE):
        write_key(tmp_path / name, DSC, PASSPHRASE)


def test_a_directory_that_is_not_there_is_refused(tmp_path):
    with refused(Reason.KEY_NOT_WRITTEN, "ENOENT"):
        write_key(tmp_path / "nowhere" / "dsc.key.pem", DSC, PASSPHRASE)
    with refused(Reason.KEY_NOT_WRITTEN, "ENOENT"):
        new_country("XA", out=tmp_path / "nowhere" / "keys", at=AT, passphrase=PASSPHRASE)


@pytest.mark.parametrize("step", range(1, 5))
def test_a_full_disk_leaves_nothing_at_any_step(tmp_path, monkeypatch, step):
    flush, flushes = os.fsync, iter(range(1, 100))
    full = fail_with(errno.ENOSPC)
    monkeypatch.setattr(keyfiles.os, "fsync", lambda file: full() if next(flushes) == step else flush(file))
    with refused(Reason.KEY_NOT_WRITTEN, "ENOSPC"):
        write_key(tmp_path / "dsc.key.pem", DSC, PASSPHRASE)
    assert list(tmp_path.iterdir()) == []


def test_modes_do_not_depend_on_the_umask(tmp_path):
    before = os.umask(0)
    try:
        files = write_key(tmp_path / "dsc.key.pem", DSC, PASSPHRASE)
    finally:
        os.umask(before)
    assert [mode(path) for path in (files.key, files.certificate, files.counter)] == [0o600, 0o644, 0o600]
    assert {path.name for path in tmp_path.iterdir()} == {"dsc.key.pem", "dsc.pem", "dsc.key.counter"}


def test_a_root_has_no_counter_of_documents(tmp_path):
    files = write_key(tmp_path / "csca.key.pem", CSCA, PASSPHRASE)
    assert {path.name for path in tmp_path.iterdir()} == {"csca.key.pem", "csca.pem"}
    assert read_key(files.key, passphrase=PASSPHRASE).certificate_der == CSCA.certificate_der


def test_a_root_read_back_signs_the_next_document_signer(tmp_path):
    root = read_key(write_key(tmp_path / "csca.key.pem", CSCA, PASSPHRASE).key, passphrase=PASSPHRASE)
    signer = make_dsc(root, common_name="next", at=AT + timedelta(days=150))
    chain = [x509.load_der_x509_certificate(pair.certificate_der) for pair in (signer, CSCA)]
    chain[0].verify_directly_issued_by(chain[1])


# a country


def test_keys_that_are_there_are_never_replaced(tmp_path):
    out = tmp_path / "keys"
    new_country("XA", out=out, at=AT, passphrase=PASSPHRASE)
    before = {path: path.read_bytes() for path in out.iterdir()}
    with refused(Reason.KEY_EXISTS, "keys"):
        new_country("XA", out=out, at=AT, passphrase=PASSPHRASE)
    assert {path: path.read_bytes() for path in out.iterdir()} == before
    assert list(tmp_path.iterdir()) == [out]


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path):
    out = tmp_path / "keys"
    out.write_bytes(b"precious")
    with refused(Reason.KEY_EXISTS):
        new_country("XA", out=out, at=AT, passphrase=PASSPHRASE)
    assert out.read_bytes() == b"precious"


def test_a_country_that_is_none_makes_no_directory(tmp_path):
    with refused(Reason.KEY_TEMPLATE):
        new_country("Utopia", out=tmp_path / "keys", at=AT, passphrase=PASSPHRASE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", range(1, 9))
def test_a_full_disk_leaves_no_half_country_at_any_step(tmp_path, monkeypatch, step):
    flush, flushes = os.fsync, iter(range(1, 100))
    full = fail_with(errno.ENOSPC)
    monkeypatch.setattr(keyfiles.os, "fsync", lambda file: full() if next(flushes) == step else flush(file))
    try:
        new_country("XA", out=tmp_path / "keys", at=AT, passphrase=PASSPHRASE)
    except TrustMaterialError as refusal:
        made, reasons = False, refusal.reasons
    else:
        made, reasons = True, ()
    flushed_in_all = 7  # a root's two files, a signer's three, and their directory twice; then its parent
    assert made == (step > flushed_in_all + 1)
    assert reasons == (() if made else (Reason.KEY_NOT_WRITTEN,))
    assert bool(list(tmp_path.iterdir())) == made


def test_a_new_country_can_sign(tmp_path):
    uses = frozenset({Use.TEST})
    made = new_country("XA", out=tmp_path / "keys", at=AT, passphrase=PASSPHRASE, uses=uses, organisation="Ministry")
    names = {path.name for path in (tmp_path / "keys").iterdir()}
    assert names == {"csca.key.pem", "csca.pem", "dsc.key.pem", "dsc.pem", "dsc.key.counter"}
    assert [mode(path) for path in (tmp_path / "keys", made.csca_key, made.dsc_key)] == [0o700, 0o600, 0o600]
    signer = FileSigner.open(made.dsc_key, passphrase=PASSPHRASE)
    assert (signer.key.kid, signer.key.issuer, signer.key.uses, signer.count) == (made.kid, "XA", uses, 0)
    assert len(signer.sign(b"data")) == 64
    root = x509.load_pem_x509_certificate(made.csca_certificate.read_bytes())
    x509.load_pem_x509_certificate(made.dsc_certificate.read_bytes()).verify_directly_issued_by(root)


def test_the_root_may_have_a_passphrase_of_its_own(tmp_path):
    own = b"kept elsewhere"
    out = tmp_path / "keys"
    made = new_country("XA", out=out, at=AT, passphrase=PASSPHRASE, root_passphrase=own, algorithm=Algorithm.PS256)
    with refused(Reason.KEY_LOCKED):
        read_key(made.csca_key, passphrase=PASSPHRASE)
    root = read_key(made.csca_key, passphrase=own)
    signer = make_dsc(root, common_name="next", at=AT, algorithm=Algorithm.PS256)
    assert write_key(tmp_path / "next.key.pem", signer, PASSPHRASE).counter.exists()


@settings(max_examples=60, deadline=None)  # each example derives a key, which is slow on purpose
@given(st.integers(0, len(LOCKED) - 1), st.integers(1, 255))
def test_a_damaged_key_is_refused_or_the_same_key(place, change):
    damaged = LOCKED[:place] + bytes((LOCKED[place] ^ change,)) + LOCKED[place + 1 :]
    try:
        numbers = pkcs8.decrypt(damaged, PASSPHRASE).private_numbers()
    except TrustMaterialError as refusal:
        reasons = set(refusal.reasons)
    else:
        reasons = set()
        assert numbers.private_value == DSC.private_key.private_numbers().private_value
    assert reasons <= {Reason.KEY_LOCKED, Reason.KEY_UNREADABLE, Reason.TRUST_KEY_KIND}
