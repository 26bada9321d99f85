"""Passive authentication of chips that a test issuer made: every refusal by its own name, then the untouched chip."""

import io
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from PIL import Image
from tests import seals
from tests.chips import SIGNS_UNTIL, chip, dg1, dg2, document_signer, picture, security_object, sod, tlv
from tests.masterlists import LIST_SIGNER
from tests.seals import Root, SealSigner

from pratique.authority.identity.chip import MAX_GROUP, Chip, Files, Refusal, authenticate
from pratique.sandbox.traveller import PASSPORT
from pratique.trust.security_object import MAX_OCTETS
from pratique.trust.x509 import anchor

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
ROOT = Root("XA", "XA passports root")
SIGNER = document_signer(ROOT)
ROOTS = [anchor(ROOT.certificate)]
PORTRAIT = picture()
GOOD = chip(SIGNER, PASSPORT, PORTRAIT)


def told(files: Files, *, roots: Any = ROOTS, at: datetime = AT) -> Chip | Refusal:
    return authenticate(files, roots=roots, at=at)


def signed_by(signer: SealSigner, **changes: Any) -> Files:
    return chip(signer, PASSPORT, PORTRAIT, **changes)


def listing(first: bytes, second: bytes, *numbers: int, digest: str = "sha256") -> Files:
    groups = {number: data for number, data in ((1, first), (2, second)) if number in numbers}
    return Files(sod(security_object(groups, digest=digest), SIGNER), first, second)


DG1, DG2 = dg1(PASSPORT), dg2(PORTRAIT)
BROTHER = structs.replace(PASSPORT, given_icao="LEILEI")


@pytest.mark.parametrize(
    ("files", "refusal"),
    [
        (structs.replace(GOOD, sod=b""), Refusal.SOD_UNREADABLE),
        (structs.replace(GOOD, sod=GOOD.sod[:-1]), Refusal.SOD_UNREADABLE),
        (structs.replace(GOOD, sod=GOOD.sod + b"\x00"), Refusal.SOD_UNREADABLE),
        (structs.replace(GOOD, sod=tlv("78", GOOD.sod[4:])), Refusal.SOD_UNREADABLE),
        (structs.replace(GOOD, sod=bytes(MAX_OCTETS + 1)), Refusal.SOD_UNREADABLE),
        (structs.replace(GOOD, sod=sod(b"\x30\x00", SIGNER)), Refusal.SOD_UNREADABLE),
        (structs.replace(GOOD, sod=sod(b"", SIGNER, content_type="2.23.136.1.1.2")), Refusal.SOD_UNREADABLE),
        (structs.replace(GOOD, dg1=dg1(BROTHER)), Refusal.DG1_CHANGED),
        (structs.replace(GOOD, dg2=dg2(PORTRAIT[:-1] + b"\x00")), Refusal.DG2_CHANGED),
        (structs.replace(GOOD, dg2=bytes(MAX_GROUP + 1)), Refusal.DG2_UNREADABLE),
        (listing(DG1, DG2, 2), Refusal.DG1_UNLISTED),
        (listing(DG1, DG2, 1), Refusal.DG2_UNLISTED),
        (listing(DG1, DG2, 1, 2, digest="sha1"), Refusal.ALGORITHM),
        (listing(b"", DG2, 1, 2), Refusal.DG1_UNREADABLE),
        (listing(tlv("61", b""), DG2, 1, 2), Refusal.DG1_UNREADABLE),
        (listing(tlv("61", tlv("5f1f", "Ä".encode())), DG2, 1, 2), Refusal.DG1_UNREADABLE),
        (listing(tlv("61", tlv("5f1f", b"P<UTO")), DG2, 1, 2), Refusal.ZONE),
        (listing(DG1, tlv("75", tlv("7f61", tlv("02", b"\x00"))), 1, 2), Refusal.DG2_UNREADABLE),
        (listing(DG1, tlv("75", b"\x7f"), 1, 2), Refusal.DG2_UNREADABLE),
        (listing(DG1, dg2(PORTRAIT, version=b"030\x00"), 1, 2), Refusal.DG2_UNREADABLE),
        (listing(DG1, dg2(PORTRAIT, faces=0), 1, 2), Refusal.DG2_UNREADABLE),
        (listing(DG1, dg2(b""), 1, 2), Refusal.DG2_UNREADABLE),
        (listing(DG1, dg2(b"no picture"), 1, 2), Refusal.PORTRAIT),
        (chip(SIGNER, structs.replace(PASSPORT, country="D"), PORTRAIT), Refusal.SIGNER_COUNTRY),
        (chip(SIGNER, structs.replace(PASSPORT, expiry="261124"), PORTRAIT), Refusal.EXPIRED),
        (chip(SIGNER, structs.replace(PASSPORT, expiry="991231"), PORTRAIT), Refusal.EXPIRED),
    ],
)  # fmt: skip
def test_files_that_establish_nobody(files: Files, refusal: Refusal) -> None:
    assert told(files) is refusal


def impostor() -> SealSigner:
    """A signer that names XA's root, which never saw it."""
    other = Root("XA", "XA passports root", key_id=ROOT.key_id)
    return document_signer(other)


@pytest.mark.parametrize(
    ("files", "refusal"),
    [
        (signed_by(document_signer(Root("XC", "another root"))), Refusal.SIGNER_UNKNOWN),
        (signed_by(impostor()), Refusal.SIGNER_FORGED),
        (signed_by(document_signer(ROOT, purposes=(LIST_SIGNER,))), Refusal.SIGNER_USE),
        (signed_by(document_signer(ROOT, purposes=(seals.SEALS,))), Refusal.SIGNER_USE),
        (signed_by(document_signer(ROOT, types=("ID",))), Refusal.SIGNER_USE),
        (signed_by(document_signer(ROOT, not_after=AT - timedelta(days=1))), Refusal.SIGNER_PERIOD),
        (signed_by(document_signer(ROOT, not_before=AT + timedelta(days=1))), Refusal.SIGNER_PERIOD),
        (signed_by(document_signer(ROOT, "XB")), Refusal.SIGNER_COUNTRY),
        (signed_by(SIGNER, message_digest=bytes(32)), Refusal.SIGNATURE),
        (signed_by(SealSigner(ec.generate_private_key(ec.SECP256R1()), SIGNER.certificate)), Refusal.SIGNATURE),
        (signed_by(SIGNER, digest="sha1"), Refusal.ALGORITHM),
        (signed_by(SIGNER, digest="sha224"), Refusal.ALGORITHM),
    ],
)
def test_signers_that_do_not_count(files: Files, refusal: Refusal) -> None:
    assert told(files) is refusal


def test_a_root_is_no_signer_of_passports() -> None:
    itself = SealSigner(ROOT.key, ROOT.certificate)
    assert told(signed_by(itself)) is Refusal.SIGNER_USE


def test_without_roots_nobody_is_known() -> None:
    assert told(GOOD, roots=[]) is Refusal.SIGNER_UNKNOWN


def test_a_signer_that_began_after_its_root_ended() -> None:
    short = Root("XA", "short root", not_after=AT - timedelta(days=900))
    late = document_signer(short, not_before=AT - timedelta(days=100))
    assert told(signed_by(late), roots=[anchor(short.certificate)]) is Refusal.SIGNER_PERIOD


def test_a_certificate_that_is_missing() -> None:
    from asn1crypto import cms

    outer = cms.ContentInfo.load(GOOD.sod[4:])
    outer["content"]["certificates"] = cms.CertificateSet([])
    assert told(structs.replace(GOOD, sod=tlv("77", outer.dump(force=True)))) is Refusal.SIGNER_MISSING


KEYS = {
    "P-256": (lambda: ec.generate_private_key(ec.SECP256R1()), {}),
    "P-384": (lambda: ec.generate_private_key(ec.SECP384R1()), {"digest": "sha384"}),
    "P-521": (lambda: ec.generate_private_key(ec.SECP521R1()), {"digest": "sha512"}),
    "brainpoolP256r1": (lambda: ec.generate_private_key(ec.BrainpoolP256R1()), {}),
    "RSA": (lambda: rsa.generate_private_key(65537, 2048), {}),
    "RSA-PSS": (lambda: rsa.generate_private_key(65537, 2048), {"pss": True}),
    "RSA-PSS SHA-512": (lambda: rsa.generate_private_key(65537, 2048), {"pss": True, "digest": "sha512"}),
}


@pytest.mark.parametrize("kind", KEYS)
def test_the_signatures_that_passports_have(kind: str) -> None:
    make, changes = KEYS[kind]
    signer = document_signer(ROOT, key=make())
    assert told(signed_by(signer, **changes)) == Chip(PASSPORT, PORTRAIT, "XA")


def test_a_root_of_rsa_with_pss() -> None:
    root = Root("XA", "RSA root", key=rsa.generate_private_key(65537, 3072), pss=True, digest=hashes.SHA256())
    assert isinstance(told(signed_by(document_signer(root)), roots=[anchor(root.certificate)]), Chip)


@pytest.mark.parametrize("kind", ["JPEG", "JPEG2000"])
@pytest.mark.parametrize("built", [{}, {"landmarks": 3}, {"tag": "7f2e"}])
def test_the_portrait(kind: str, built: dict[str, Any]) -> None:
    portrait = picture(kind)
    found = told(listing(DG1, dg2(portrait, **built), 1, 2))
    assert isinstance(found, Chip)
    assert found.portrait == portrait


def test_a_portrait_as_large_as_chips_have() -> None:
    """Beyond 64 kB a length has three octets; a picture that claims more pixels than one has is not opened."""
    noise, bomb = io.BytesIO(), io.BytesIO()
    Image.frombytes("L", (600, 700), Random(1).randbytes(420_000)).save(noise, "JPEG", quality=50)  # noqa: S311
    assert 0x10000 < len(noise.getvalue()) < MAX_GROUP - 200
    found = told(listing(DG1, dg2(noise.getvalue()), 1, 2))
    assert isinstance(found, Chip)
    assert found.portrait == noise.getvalue()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < MAX_GROUP
    assert told(listing(DG1, dg2(bomb.getvalue()), 1, 2)) is Refusal.PORTRAIT


def test_an_identity_card_has_signers_of_its_own() -> None:
    card = structs.replace(PASSPORT, layout="TD1", kind="ID")
    assert told(chip(SIGNER, card, PORTRAIT)) is Refusal.SIGNER_USE
    assert isinstance(told(chip(document_signer(ROOT, types=("ID",)), card, PORTRAIT)), Chip)


@pytest.mark.parametrize("name", ["sod", "dg1", "dg2"])
def test_files_of_another_chip_or_in_each_others_places(name: str) -> None:
    other = chip(SIGNER, BROTHER, picture("JPEG2000"))
    assert isinstance(told(other), Chip)
    assert isinstance(told(structs.replace(GOOD, **{name: getattr(other, name)})), Refusal)
    assert isinstance(told(structs.replace(GOOD, **{name: GOOD.dg1 if name != "dg1" else GOOD.dg2})), Refusal)


@pytest.mark.parametrize("digest", ["sha224", "sha256", "sha384", "sha512"])
def test_the_hashes_of_data_groups(digest: str) -> None:
    assert isinstance(told(listing(DG1, DG2, 1, 2, digest=digest)), Chip)


def test_no_document_types_restrict_nothing() -> None:
    assert isinstance(told(signed_by(document_signer(ROOT, types=()))), Chip)


def test_it_counts_until_the_passport_and_the_signer_end() -> None:
    last = datetime(2031, 1, 1, 23, 59, tzinfo=UTC)
    assert isinstance(told(GOOD, at=last), Chip)
    assert told(GOOD, at=last + timedelta(minutes=1)) is Refusal.EXPIRED
    assert told(GOOD, at=SIGNS_UNTIL + timedelta(seconds=1)) is Refusal.SIGNER_PERIOD


@settings(max_examples=60)
@given(st.data())
def test_any_flipped_octet_is_noticed(data: Any) -> None:
    """In any of the three files: refused, or the very same person as before."""
    name = data.draw(st.sampled_from(["sod", "dg1", "dg2"]))
    octets = bytearray(getattr(GOOD, name))
    place = data.draw(st.integers(0, len(octets) - 1))
    octets[place] ^= data.draw(st.integers(1, 255))
    found = told(structs.replace(GOOD, **{name: bytes(octets)}))
    assert found == Chip(PASSPORT, PORTRAIT, "XA") or isinstance(found, Refusal)


@settings(max_examples=60)
@given(st.binary(max_size=200), st.binary(max_size=200), st.binary(max_size=200))
def test_anything_gets_an_answer(first: bytes, second: bytes, third: bytes) -> None:
    assert told(Files(first, second, third)) is Refusal.SOD_UNREADABLE
    assert isinstance(told(listing(second, third, 1, 2)), Refusal)
