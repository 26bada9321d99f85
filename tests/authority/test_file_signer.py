"""The file signer: what it refuses, what its counter promises, and that its signatures hold."""

import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pratique
from pratique.authority.signers import counter
from pratique.authority.signers.certificates import KeyPair, make_csca, make_dsc
from pratique.authority.signers.counter import Counter
from pratique.authority.signers.file import FileSigner
from pratique.authority.signers.keyfiles import KeyFiles, write_key
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import Algorithm, Signer
from pratique.model.reasons import Reason

AT = datetime(2026, 11, 23, tzinfo=UTC)
PASSPHRASE = b"twelve bytes or more"
CSCA = make_csca("XA", "XA root", at=AT)
KID = bytes(range(8))


def make_files(directory: Path, pair: KeyPair) -> KeyFiles:
    return write_key(directory / "dsc.key.pem", pair, PASSPHRASE)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """One key for all, since deriving from a passphrase is slow on purpose."""
    directory = tmp_path_factory.mktemp("made")
    make_files(directory, make_dsc(CSCA, common_name="signer", at=AT))
    return directory


@pytest.fixture
def files(made, tmp_path) -> KeyFiles:
    return KeyFiles.of(Path(shutil.copytree(made, tmp_path, dirs_exist_ok=True)) / "dsc.key.pem")


def open_signer(files: KeyFiles) -> FileSigner:
    return FileSigner.open(files.key, passphrase=PASSPHRASE)


def refused(reason: Reason, match: str = ""):
    return pytest.raises(TrustMaterialError, match=f"^{reason}.*{match}")


def run(program: str, *arguments: object) -> subprocess.Popen[str]:
    """A Python of its own, printing lines."""
    source = str(Path(pratique.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": source},
    )


# what is refused


@pytest.mark.parametrize("passphrase", [b"", b"wrong", PASSPHRASE[:-1], PASSPHRASE + b" ", b"x" * 2000])
def test_a_wrong_passphrase_is_refused(files, passphrase):
    with refused(Reason.KEY_LOCKED):
        FileSigner.open(files.key, passphrase=passphrase)
    assert open_signer(files).count == 0


def test_a_refusal_never_shows_the_passphrase(files):
    with refused(Reason.KEY_LOCKED) as refusal:
        FileSigner.open(files.key, passphrase=b"a-recognisable-passphrase")
    fault: BaseException | None = refusal.value
    while fault is not None:
        assert "recognisable" not in str(fault)
        fault = fault.__cause__


def test_a_key_or_certificate_that_is_not_there_is_refused(files):
    for path in (files.key, files.certificate):
        moved = path.rename(path.with_suffix(".away"))
        with refused(Reason.KEY_UNREADABLE, path.name):
            open_signer(files)
        moved.rename(path)
    assert open_signer(files).count == 0


@pytest.mark.parametrize(
    "content", [b"", b"not a key", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_key_or_certificate_that_is_none_is_refused(files, content):
    for path in (files.key, files.certificate):
        whole = path.read_bytes()
        path.write_bytes(content)
        with refused(Reason.KEY_UNREADABLE):
            open_signer(files)
        path.write_bytes(whole)


def test_a_key_in_the_place_of_the_certificate_is_refused(files):
    with refused(Reason.KEY_UNREADABLE, "no certificate"):
        FileSigner.open(files.key, files.key, passphrase=PASSPHRASE)


def test_anothers_certificate_is_refused(files, tmp_path):
    other = write_key(tmp_path / "other.key.pem", make_dsc(CSCA, common_name="other", at=AT), PASSPHRASE)
    with refused(Reason.KEY_UNREADABLE, "do not belong together"):
        FileSigner.open(files.key, other.certificate, passphrase=PASSPHRASE)


def test_a_root_signs_no_documents(tmp_path):
    root = write_key(tmp_path / "csca.key.pem", CSCA, PASSPHRASE)
    with refused(Reason.KEY_TEMPLATE):
        open_signer(root)


def test_a_missing_counter_is_refused_even_before_the_first_signature(files):
    signer = open_signer(files)
    files.counter.unlink()
    for attempt in (lambda: open_signer(files), lambda: signer.sign(b"data"), lambda: signer.count):
        with refused(Reason.KEY_COUNTER, "missing; next: "):
            attempt()
    assert not files.counter.exists()


def test_a_counter_that_belongs_to_somebody_else_asks_for_permission_and_for_no_new_key(files, monkeypatch):
    signer = open_signer(files)
    monkeypatch.setattr(counter.os, "open", Mock(side_effect=PermissionError(13, "Permission denied")))
    with refused(Reason.KEY_COUNTER, "next: let its owner sign, or give permission") as told:
        signer.sign(b"data")
    assert "new document signer" not in told.value.detail


@pytest.mark.parametrize("length", [0, 1, 20, 63])
def test_a_torn_counter_is_refused(files, length):
    signer = open_signer(files)
    signer.sign(b"data")
    torn = files.counter.read_bytes()[:length]
    files.counter.write_bytes(torn)
    for attempt in (lambda: open_signer(files), lambda: signer.sign(b"data")):
        with refused(Reason.KEY_COUNTER, "torn or damaged; next: "):
            attempt()
    assert files.counter.read_bytes() == torn


def test_a_counter_with_more_in_it_is_refused(files):
    files.counter.write_bytes(files.counter.read_bytes() + b"\n")
    with refused(Reason.KEY_COUNTER):
        open_signer(files)


def test_the_counter_of_another_key_is_refused(files, tmp_path):
    other = write_key(tmp_path / "other.key.pem", make_dsc(CSCA, common_name="other", at=AT), PASSPHRASE)
    with refused(Reason.KEY_COUNTER, "another key"):
        FileSigner.open(files.key, passphrase=PASSPHRASE, counter_path=other.counter)


def test_a_counter_that_went_back_is_refused(files):
    signer = open_signer(files)
    signer.sign(b"one")
    older = files.counter.read_bytes()
    signer.sign(b"two")
    files.counter.write_bytes(older)
    with refused(Reason.KEY_COUNTER, "gone back"):
        signer.sign(b"three")
    assert files.counter.read_bytes() == older


def test_a_counter_that_is_no_file_is_refused(files):
    files.counter.unlink()
    files.counter.mkdir()
    with refused(Reason.KEY_COUNTER, "opened for writing"):
        open_signer(files)


def test_a_counter_that_cannot_be_locked_is_refused(files, monkeypatch):
    def no_locks(*_):
        raise OSError("no locks here")

    monkeypatch.setattr(counter.fcntl, "flock", no_locks)
    with refused(Reason.KEY_COUNTER, "locked"):
        open_signer(files)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 63), st.integers(0, 255))
def test_any_changed_byte_of_the_counter_is_refused(tmp_path, place, byte):
    path = tmp_path / "counter"
    whole = counter.record(41, KID)
    path.write_bytes(whole[:place] + bytes((byte,)) + whole[place + 1 :])
    if path.read_bytes() == whole:
        assert Counter(path, KID).count == 41
    else:
        with refused(Reason.KEY_COUNTER):
            _ = Counter(path, KID).count


def test_no_signature_without_a_flushed_number(files, monkeypatch):
    signer = open_signer(files)
    signed = []

    def full(_):
        raise OSError("the disk is gone")

    monkeypatch.setattr(counter.os, "fsync", full)
    with refused(Reason.KEY_COUNTER, "could not be written"):
        signed.append(signer.sign(b"data"))
    assert signed == []


def test_no_signature_after_half_a_record(files, monkeypatch):
    signer = open_signer(files)
    whole = os.pwrite
    monkeypatch.setattr(counter.os, "pwrite", lambda file, content, offset: whole(file, content[:30], offset))
    with refused(Reason.KEY_COUNTER, "partly"):
        signer.sign(b"data")
    with refused(Reason.KEY_COUNTER, "damaged"):
        open_signer(files)


# what the counter promises


def test_the_flush_comes_once_and_between_the_number_and_the_signature(files, monkeypatch):
    signer = open_signer(files)
    flushed = []
    flush = os.fsync

    def watched(file: int) -> None:
        flushed.append(int(files.counter.read_bytes()[:20]))
        flush(file)

    class Watching:
        def sign(self, data: bytes, *_) -> bytes:
            assert flushed == [int(data)]
            return b""

    monkeypatch.setattr(counter.os, "fsync", watched)
    monkeypatch.setattr(signer, "_private_key", Watching())
    signer.sign(b"1")
    assert flushed == [1]


def test_a_signature_that_failed_has_used_its_number(files, monkeypatch):
    signer = open_signer(files)

    class Broken:
        def sign(self, *_) -> bytes:
            raise ValueError("the module is gone")

    with monkeypatch.context() as patch:
        patch.setattr(signer, "_private_key", Broken())
        with pytest.raises(ValueError, match="gone"):
            signer.sign(b"data")
    assert signer.count == 1
    signer.sign(b"data")
    assert signer.count == 2


def test_the_count_goes_on_where_it_stopped(files):
    for expected in (1, 2, 3):
        signer = open_signer(files)
        signer.sign(b"data")
        assert signer.count == expected
    assert len(files.counter.read_bytes()) == 64


SIGNING = """
import sys
from pathlib import Path
from pratique.authority.signers.file import FileSigner
signer = FileSigner.open(Path(sys.argv[1]), passphrase=sys.argv[2].encode())
while True:
    print(signer.sign(b"data").hex(), flush=True)
"""


@pytest.mark.parametrize("wanted", [1, 40, 150])
def test_a_killed_signer_has_counted_every_signature_that_left_it(files, wanted):
    with run(SIGNING, files.key, PASSPHRASE.decode()) as process:
        lines = [process.stdout.readline() for _ in range(wanted)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
    assert process.returncode == -signal.SIGKILL
    left = sum(line.endswith("\n") and len(line) == 129 for line in lines)
    assert left >= wanted
    assert left <= open_signer(files).count <= left + 1


COUNTING = """
import sys
from pathlib import Path
from pratique.authority.signers.counter import Counter
counter = Counter(Path(sys.argv[1]), bytes(range(8)))
for _ in range(int(sys.argv[2])):
    with counter.next() as number:
        print(number)
"""


def test_two_processes_never_take_the_same_number(tmp_path):
    path = tmp_path / "counter"
    path.write_bytes(counter.record(0, KID))
    with run(COUNTING, path, 400) as one, run(COUNTING, path, 400) as two:
        taken = [[int(n) for n in process.communicate()[0].split()] for process in (one, two)]
    assert sorted(taken[0] + taken[1]) == list(range(1, 801))
    assert all(numbers == sorted(numbers) for numbers in taken)
    assert Counter(path, KID).count == 800


def test_two_threads_never_take_the_same_number(tmp_path):
    path = tmp_path / "counter"
    path.write_bytes(counter.record(0, KID))
    shared = Counter(path, KID)

    def take(_: int) -> int:
        with shared.next() as number:
            return number

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(take, range(200))) == list(range(1, 201))


# that the untouched case passes


def test_es256_is_r_and_s_and_holds(files):
    signer: Signer = open_signer(files)
    public = x509.load_der_x509_certificate(signer.key.certificate).public_key()
    for data in (b"", b"data", b"\0" * 5000):
        signature = signer.sign(data)
        assert len(signature) == 64
        der = utils.encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
        public.verify(der, data, ec.ECDSA(hashes.SHA256()))
        with pytest.raises(InvalidSignature):
            public.verify(der, data + b"!", ec.ECDSA(hashes.SHA256()))
    assert signer.key.algorithm is Algorithm.ES256


def test_a_short_r_or_s_keeps_its_zeros(files, monkeypatch):
    signer = open_signer(files)

    small = Mock(spec=ec.EllipticCurvePrivateKey)
    small.sign.return_value = utils.encode_dss_signature(5, 7)
    monkeypatch.setattr(signer, "_private_key", small)
    assert signer.sign(b"data") == (5).to_bytes(32) + (7).to_bytes(32)


def test_ps256_has_a_salt_of_32_bytes_and_holds(tmp_path):
    files = make_files(tmp_path, make_dsc(CSCA, common_name="signer", at=AT, algorithm=Algorithm.PS256))
    signer = open_signer(files)
    public = x509.load_der_x509_certificate(signer.key.certificate).public_key()
    signature = signer.sign(b"data")
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32)
    public.verify(signature, b"data", pss, hashes.SHA256())
    assert (len(signature), signer.key.algorithm, signer.count) == (256, Algorithm.PS256, 1)
