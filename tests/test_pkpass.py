"""A pass for a telephone's wallet: refused keys first, then that a pass is what its signature says."""

import hashlib
import io
import json
import struct
import subprocess
import zipfile
import zlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from pratique import pkpass
from pratique.authority.signers.pkpass import PassSigner
from pratique.sandbox.attacks.carrying import makers, taken
from tests.authority.identity.scripted import AT

TYPE, TEAM, SECRET = "pass.example.xa.health", "XATEAM0001", b"of passes"
SHOWN = pkpass.Shown(
    scan="HC1:A TEXT", title="Your certificate", issuer="Ministry of Health of XA", name=pkpass.Line("Name", "韩梅梅"),
    lines=[pkpass.Line(f"Line {number}", f"{number}") for number in (1, 2, 3)], expires=AT + timedelta(days=10),
)  # fmt: skip


def certificate(
    key: Any, *, uid: str | None = TYPE, team: str | None = TEAM, until: datetime = AT + timedelta(days=9)
) -> x509.Certificate:
    named = [(NameOID.USER_ID, uid), (NameOID.ORGANIZATIONAL_UNIT_NAME, team), (NameOID.COMMON_NAME, "Passes")]
    name = x509.Name([x509.NameAttribute(kind, value) for kind, value in named if value is not None])
    building = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
    building = building.public_key(key.public_key()).not_valid_before(AT).not_valid_after(until)
    return building.sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())


def file(path: Path, key: Any, *certificates: x509.Certificate) -> Path:
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(SECRET))
    path.write_bytes(secret + b"".join(each.public_bytes(Encoding.PEM) for each in certificates))
    return path


@pytest.fixture
def own(tmp_path: Path) -> Path:
    key, between = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    return file(tmp_path / "pass.pem", key, certificate(between), certificate(key))


def test_what_is_no_key_of_passes(tmp_path: Path, own: Path) -> None:
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    bare = ed25519.Ed25519PrivateKey.generate()
    wrong = [
        (file(tmp_path / "other.pem", key, certificate(other)), "one certificate in the file"),
        (file(tmp_path / "twice.pem", key, certificate(key), certificate(key)), "one certificate in the file"),
        (file(tmp_path / "no-type.pem", key, certificate(key, uid=None)), "no type of pass"),
        (file(tmp_path / "no-team.pem", key, certificate(key, team=None)), "no team"),
        (file(tmp_path / "kind.pem", bare, certificate(bare)), "RSA or of an elliptic curve"),
    ]
    for path, said in wrong:
        with pytest.raises(ValueError, match=said):
            PassSigner.read(path, passphrase=SECRET, at=AT)
    (tmp_path / "nonsense.pem").write_bytes(b"\0" * 100)
    for path in (tmp_path / "nonsense.pem", file(tmp_path / "none.pem", key)):
        with pytest.raises(ValueError, match="PEM"):
            PassSigner.read(path, passphrase=SECRET, at=AT)
    for passphrase in (None, b"another"):
        with pytest.raises(ValueError, match="passphrase"):
            PassSigner.read(own, passphrase=passphrase, at=AT)
    between = certificate(other, until=AT + timedelta(days=1))
    chained = file(tmp_path / "chained.pem", key, certificate(key), between)
    for path, at, said in (
        (own, AT - timedelta(seconds=1), "begins on"),
        (own, AT + timedelta(days=9, seconds=1), "ended on"),
        (chained, AT + timedelta(days=2), "ended on"),
    ):
        with pytest.raises(ValueError, match=said):
            PassSigner.read(path, passphrase=SECRET, at=at)
    assert PassSigner.read(chained, passphrase=SECRET, at=AT).until == AT + timedelta(days=1)
    with pytest.raises(OSError, match="nothing"):
        PassSigner.read(tmp_path / "nothing.pem", passphrase=SECRET, at=AT)


@pytest.mark.parametrize(
    "other",
    [b"", b"{}", b"[]", b"7", b"[" * 10_000, b'{"a": 7}', b'{"a": "Han Meimei"}', b'{"a": "%s"}' % (b"a" * 39),
     json.dumps({str(number): "a" * 40 for number in range(101)}).encode(), b"\xff"],
)  # fmt: skip
def test_nothing_but_a_manifest_is_signed(own: Path, other: bytes) -> None:
    with pytest.raises(ValueError, match="a manifest"):
        PassSigner.read(own, passphrase=SECRET, at=AT).sign(other)


def test_a_pass(own: Path) -> None:
    made = PassSigner.read(own, passphrase=SECRET, at=AT).make(SHOWN)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.testzip() is None
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found.keys() == {"pass.json", "icon.png", "icon@2x.png", "icon@3x.png", "manifest.json", "signature"}
    stated = json.loads(found["pass.json"])
    assert (stated["passTypeIdentifier"], stated["teamIdentifier"], stated["formatVersion"]) == (TYPE, TEAM, 1)
    assert stated["barcodes"] == [
        {"format": "PKBarcodeFormatQR", "message": SHOWN.scan, "messageEncoding": "iso-8859-1"}
    ]
    keys = [each["key"] for part in stated["generic"].values() for each in part]
    assert len(keys) == len(set(keys)) == 6
    signed = cms.ContentInfo.load(found["signature"])["content"]
    assert len(signed["certificates"]) == 2
    (by,) = signed["signer_infos"]
    mine = x509.load_pem_x509_certificates(own.read_bytes())[1]
    attributes = by["signed_attrs"].untag().dump()
    mine.public_key().verify(by["signature"].native, attributes, ec.ECDSA(hashes.SHA256()))  # type: ignore[union-attr, call-arg, arg-type]
    assert "signing_time" in {each["type"].native for each in by["signed_attrs"]}


def by_openssl(folder: Path, made: bytes, root: x509.Certificate) -> bool:
    """Whether OpenSSL holds the signature beside a manifest for one that leads to this root."""
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        archive.extractall(folder)
    (folder / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", folder / "signature", "-content",
               folder / "manifest.json", "-CAfile", folder / "root.pem", "-purpose", "any", "-no_check_time",
               "-out", folder / "out"]  # fmt: skip
    return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0


def changed(made: bytes, **files: bytes) -> bytes:
    """A pass with other files of these names."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            after.writestr(name, files.get(name, before.read(name)))
    return out.getvalue()


def test_a_pass_is_taken_as_its_makers_documents_say_and_a_changed_one_is_not(tmp_path: Path) -> None:
    """Two readers that share nothing agree: OpenSSL of the signature, and ours of the whole."""
    (signer, root), (others, _) = makers(), makers()
    made = signer.make(SHOWN)
    assert taken(made, root)["icon.png"]
    assert by_openssl(tmp_path, made, root)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        stated, listed = json.loads(archive.read("pass.json")), json.loads(archive.read("manifest.json"))
    other = json.dumps(stated | {"description": "another"}).encode()
    digests = json.dumps(listed | {"pass.json": hashlib.sha1(other, usedforsecurity=False).hexdigest()}).encode()
    for wrong, signature_holds in (
        (changed(made, **{"icon.png": b"another"}), True),
        (changed(made, **{"pass.json": other}), True),
        (changed(made, **{"pass.json": other, "manifest.json": digests}), False),
        (others.make(SHOWN), False),
    ):
        assert by_openssl(tmp_path, wrong, root) == signature_holds
        with pytest.raises(ValueError, match=r"manifest|signed|hold"):
            taken(wrong, root)


@pytest.mark.parametrize("key", ["description", "organizationName", "serialNumber", "teamIdentifier", "generic"])
def test_a_pass_without_what_every_pass_must_have(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    signer, root = makers()
    whole = pkpass.files(SHOWN, signer.maker)
    stated = json.loads(whole["pass.json"])
    stated[key] = ""
    if key == "generic":
        del stated[key]
    short = whole | {"pass.json": json.dumps(stated).encode()}
    monkeypatch.setattr("pratique.authority.signers.pkpass.files", lambda *_: short)
    with pytest.raises(ValueError, match=r"maker|must have|no style"):
        taken(signer.make(SHOWN), root)


def test_equal_passes_are_equal_but_for_their_signature() -> None:
    maker = pkpass.Maker(TYPE, TEAM)
    found = pkpass.files(SHOWN, maker)
    listed = pkpass.manifest(found)
    assert pkpass.packed(found, listed, b"s") == pkpass.packed(pkpass.files(SHOWN, maker), listed, b"s")
    assert len(json.loads(listed)) == 4


def test_the_pictures_are_pictures() -> None:
    for name, data in pkpass.files(SHOWN, pkpass.Maker(TYPE, TEAM)).items():
        if name.endswith(".png"):
            side, high = struct.unpack(">II", data[16:24])
            assert side == high == {"icon.png": 29, "icon@2x.png": 58, "icon@3x.png": 87}[name]
            start = data.index(b"IDAT")
            (length,) = struct.unpack(">I", data[start - 4 : start])
            assert len(zlib.decompress(data[start + 4 : start + 4 + length])) == side * (3 * side + 1)
