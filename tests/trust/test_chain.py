"""Signers that scans bring along: which root vouches for them, for what, and when that is not known."""

from datetime import timedelta
from typing import Any

import pytest
from asn1crypto import core, keys
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import structs

from pratique import TrustList, crypto, verify
from pratique.model.keys import KeyKind, PublicKey, Use
from pratique.model.reasons import Reason
from pratique.revocation import RevocationList
from pratique.trust import Anchor, Environment, TrustedKey
from pratique.trust.x509 import anchor, embedded, trusted_key
from pratique.verification import Verification, conclude, prepare
from tests import seals, wire
from tests.issuer import AT, NOT_BEFORE, purposes
from tests.seals import ROOT_FROM, ROOT_UNTIL, Root, SealSigner, tested, vaccinated

FRESH = RevocationList(AT, AT + timedelta(days=9000))
ROOT = Root("XB", "XB root")
STRANGER = Root("XB", "XB root")
"""A root of the same name, with a key of its own."""


def listing(*roots: Root, keys: tuple[TrustedKey, ...] = ()) -> TrustList:
    anchors = [anchor(root.certificate) for root in roots]
    return TrustList(keys, anchors=anchors, environment=Environment.SANDBOX)


def sealed(signer: SealSigner, trust_list: TrustList, message: Any = None, **head: object) -> Verification:
    scan = seals.seal(signer, seals.data(message, **head))
    return verify(scan, trust_list=trust_list, at=AT, revocation=FRESH)


def reasons(signer: SealSigner, *roots: Root) -> tuple[Reason, ...]:
    return sealed(signer, listing(*roots)).reasons


# no root, another root, a root of another time


def test_a_root_that_is_not_listed_is_no_forgery() -> None:
    for trust_list in (listing(), listing(Root("XB", "another name")), listing(STRANGER)):
        verification = sealed(ROOT.signer("XB"), trust_list)
        assert verification.reasons == (Reason.KEY_UNKNOWN,)
        assert verification.authentic is None
        assert verification.content is None


def forged(by: Root, of: Root = ROOT, **changes: Any) -> SealSigner:
    """A signer that says it is under a root, and is certified by another key."""
    authority = x509.AuthorityKeyIdentifier(of.key_id, None, None)
    return by.signer("XB", authority=False, extensions=[authority], issuer=of.name, **changes)


def test_a_certificate_that_its_root_did_not_sign_is_refused() -> None:
    verification = sealed(forged(Root("XB", "forger")), listing(ROOT))
    assert verification.reasons == (Reason.CHAIN_INVALID,)
    assert (verification.authentic, verification.key_trusted, verification.signature_held) == (False, False, True)
    assert verification.content is None
    assert sealed(ROOT.signer("XB"), listing(ROOT)).authentic is True


def test_a_forger_cannot_choose_a_root_by_leaving_its_key_out() -> None:
    """Of a root that is known by its name alone, the listed one may be the predecessor: open, and never believed."""
    nameless = forged(Root("XB", "forger"))
    nameless = Root("XB", "forger").signer("XB", authority=False, issuer=ROOT.name)
    verification = sealed(nameless, listing(ROOT))
    assert verification.reasons == (Reason.KEY_UNKNOWN,)
    assert verification.authentic is None


def test_a_root_signs_for_its_own_country() -> None:
    for country in ("XA", "FR", None):
        verification = sealed(ROOT.signer(country), listing(ROOT))
        assert verification.reasons == (Reason.KEY_ISSUER_MISMATCH,)
        assert verification.authentic is False
    assert reasons(ROOT.signer("xb"), ROOT) == ()
    any_country = structs.replace(anchor(ROOT.certificate), issuer=None)
    trust_list = TrustList([], anchors=[any_country], environment=Environment.SANDBOX)
    assert sealed(ROOT.signer("XB"), trust_list).reasons == ()


def test_a_signer_is_issued_within_the_roots_period() -> None:
    def of_root(begin: Any, end: Any) -> tuple[Reason, ...]:
        root = Root("XB", "XB root", not_before=begin, not_after=end)
        return reasons(root.signer("XB"), root)

    second = timedelta(seconds=1)
    assert of_root(ROOT_FROM, NOT_BEFORE - second) == (Reason.KEY_PERIOD,)
    assert of_root(NOT_BEFORE + second, ROOT_UNTIL) == (Reason.KEY_PERIOD,)
    assert of_root(ROOT_FROM, NOT_BEFORE) == ()  # it has ended since, and what it had signed stands


# the arithmetic of roots


@pytest.mark.parametrize(
    ("key", "digest"),
    [
        (ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()),
        (ec.generate_private_key(ec.SECP384R1()), hashes.SHA384()),
        (ec.generate_private_key(ec.SECP384R1()), hashes.SHA256()),
        (ec.generate_private_key(ec.SECP521R1()), hashes.SHA512()),
        (ec.generate_private_key(ec.BrainpoolP256R1()), hashes.SHA256()),
        (ec.generate_private_key(ec.BrainpoolP384R1()), hashes.SHA384()),
        (ec.generate_private_key(ec.BrainpoolP512R1()), hashes.SHA512()),
    ],
)
def test_elliptic_roots(key: ec.EllipticCurvePrivateKey, digest: hashes.HashAlgorithm) -> None:
    root = Root("XB", "XB root", key=key, digest=digest)
    assert reasons(root.signer("XB"), root) == ()
    assert reasons(forged(Root("XB", "forger", digest=digest), root), root) == (Reason.CHAIN_INVALID,)


RSA = rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize("pss", [False, True])
@pytest.mark.parametrize("digest", [hashes.SHA256(), hashes.SHA384(), hashes.SHA512()])
def test_rsa_roots(digest: hashes.HashAlgorithm, pss: bool) -> None:
    root = Root("XB", "XB root", key=RSA, digest=digest, pss=pss)
    assert reasons(root.signer("XB"), root) == ()
    assert reasons(forged(ROOT, root), root) == (Reason.CHAIN_INVALID,)


class OddRoot(Root):
    """Signs with a hash, a salt or a kind of key that no verifier here can check."""

    def __init__(self, key: Any, digest: Any, rsa_padding: Any = None) -> None:
        self.odd = key, digest, rsa_padding
        super().__init__("XB", "XB root", key=ROOT.key)

    def certify(self, subject: Any, key: Any, period: Any, extensions: Any, **more: Any) -> bytes:
        plain = super().certify(subject, key, period, extensions, **more)
        if subject == self.name:
            return plain
        parsed = x509.load_der_x509_certificate(plain)
        builder = x509.CertificateBuilder(
            issuer_name=parsed.issuer, subject_name=parsed.subject, public_key=parsed.public_key(),  # type: ignore[arg-type]
            serial_number=parsed.serial_number, not_valid_before=period[0].replace(tzinfo=None),
            not_valid_after=period[1].replace(tzinfo=None), extensions=list(parsed.extensions),
        )  # fmt: skip
        signing, digest, rsa_padding = self.odd
        return builder.sign(signing, digest, rsa_padding=rsa_padding).public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    "odd",
    [
        (ROOT.key, hashes.SHA224()),
        (ROOT.key, hashes.SHA3_256()),
        (ed25519.Ed25519PrivateKey.generate(), None),
        (RSA, hashes.SHA256(), padding.PSS(padding.MGF1(hashes.SHA256()), 20)),
        (RSA, hashes.SHA256(), padding.PSS(padding.MGF1(hashes.SHA512()), 32)),
    ],
)
def test_a_signature_that_nobody_here_can_check_is_open(odd: tuple[Any, ...]) -> None:
    root = OddRoot(*odd)
    verification = sealed(root.signer("XB"), listing(root))
    assert verification.reasons == (Reason.CHAIN_NOT_CHECKED,)
    assert verification.authentic is None


def test_a_root_on_a_curve_that_nobody_knows_is_open() -> None:
    root = Root("XB", "XB root", key=ec.generate_private_key(ec.SECP256K1()))
    assert anchor(root.certificate).key.kind is KeyKind.OTHER
    verification = sealed(root.signer("XB"), listing(root))
    assert (verification.reasons, verification.authentic) == ((Reason.CHAIN_NOT_CHECKED,), None)


def test_what_the_arithmetic_cannot_say_is_open() -> None:
    prepared = prepare(seals.seal(ROOT.signer("XB")), trust_list=listing(ROOT))
    assert len(prepared.checks) == 2
    for results, expected in (
        ([None, True], Reason.SIGNATURE_NOT_CHECKED),
        ([True, None], Reason.CHAIN_NOT_CHECKED),
        ([False, True], Reason.SIGNATURE_INVALID),
        ([False, None], Reason.SIGNATURE_INVALID),
        ([True, False], Reason.CHAIN_INVALID),
    ):
        assert conclude(prepared, results, at=AT).reasons == (expected,)


def test_the_halves_answer_as_the_whole_does() -> None:
    for scan in (seals.seal(ROOT.signer("XB")), seals.seal(forged(STRANGER)), seals.seal(STRANGER.signer("XB"))):
        prepared = prepare(scan, trust_list=listing(ROOT))
        halves = conclude(prepared, [crypto.check(check) for check in prepared.checks], at=AT, revocation=FRESH)
        assert halves == verify(scan, trust_list=listing(ROOT), at=AT, revocation=FRESH)


# several roots


def test_a_country_changes_its_root_and_keeps_its_name() -> None:
    old, new = ROOT, STRANGER
    for root in (old, new):
        assert reasons(root.signer("XB"), old, new) == ()
        assert reasons(root.signer("XB"), new, old) == ()
        assert reasons(root.signer("XB"), root) == ()
    assert reasons(new.signer("XB"), old) == (Reason.KEY_UNKNOWN,)


def test_roots_of_one_name_are_all_tried_where_none_states_its_key() -> None:
    old, new = (Root("XB", "XB root", key_id=None) for _ in range(2))
    for root in (old, new):
        assert reasons(root.signer("XB"), old, new) == ()
    third = Root("XB", "XB root", key_id=None)
    assert reasons(third.signer("XB"), old, new) == (Reason.KEY_UNKNOWN,)


def test_two_roots_may_state_one_key_identifier() -> None:
    first, second = (Root("XB", "XB root", key_id=b"one for all") for _ in range(2))
    for root in (first, second):
        assert reasons(root.signer("XB"), first, second) == ()
    assert reasons(forged(STRANGER, first), first, second) == (Reason.CHAIN_INVALID,)


def test_a_name_is_the_same_in_other_letters() -> None:
    root = Root("XB", "Health  Root", key_id=None)
    for country, common in (("xb", "HEALTH ROOT"), ("XB", "Health Root ")):
        issuer = seals.named(country, common)
        assert reasons(root.signer("XB", issuer=issuer), root) == ()
    assert reasons(root.signer("XB", issuer=seals.named("XB", "Health Roof")), root) == (Reason.KEY_UNKNOWN,)


def test_a_root_whose_curve_is_spelled_out() -> None:
    from tests.trust.test_trust_list import spelled_out

    certificate = asn1.Certificate.load(ROOT.certificate)
    spki = certificate["tbs_certificate"]["subject_public_key_info"].dump()
    certificate["tbs_certificate"]["subject_public_key_info"] = keys.PublicKeyInfo.load(spelled_out(spki))
    root = anchor(certificate.dump(force=True))
    assert root.key == anchor(ROOT.certificate).key
    assert TrustList([], anchors=[root]).roots_of(embedded(ROOT.signer("XB").certificate)) == (root,)


# a signer on the list itself


def test_a_listed_signer_needs_no_root() -> None:
    signer = STRANGER.signer("XB")
    verification = sealed(signer, listing(keys=(trusted_key(signer.certificate),)))
    assert verification.reasons == ()
    assert verification.key_id == signer.key.kid
    assert verification.issuer == "XB"


def test_the_list_says_what_a_listed_signer_may_sign() -> None:
    signer = ROOT.signer("XB")
    listed = trusted_key(signer.certificate)
    ends = AT - timedelta(days=1)
    for changes, expected in (
        ({"issuer": "XA"}, (Reason.KEY_ISSUER_MISMATCH,)),
        ({"uses": frozenset({Use.TEST})}, (Reason.KEY_USE,)),
        ({"not_after": ends}, (Reason.EXPIRED,)),
        ({"not_before": None, "not_after": None, "issuer": None, "uses": None}, ()),
        ({"formats": frozenset({"hcert"})}, (Reason.KEY_UNKNOWN,)),
    ):
        trust_list = listing(keys=(structs.replace(listed, **changes),))
        assert sealed(signer, trust_list).reasons == expected
    bare = structs.replace(listed, not_before=None, not_after=None)
    assert sealed(signer, listing(keys=(bare,))).expires == listed.not_after  # the certificate's own


def test_a_listed_key_id_is_no_listed_key() -> None:
    signer = STRANGER.signer("XB")
    another = structs.replace(trusted_key(signer.certificate), key=trusted_key(ROOT.certificate).key)
    assert sealed(signer, listing(keys=(another,))).reasons == (Reason.KEY_UNKNOWN,)


def test_a_signer_of_seals_signs_nothing_else() -> None:
    signer = ROOT.signer("XA")
    assert trusted_key(signer.certificate).formats == {"vds-nc"}
    scan = wire.hcert(signer, wire.dcc())  # type: ignore[arg-type]
    trust_list = listing(keys=(trusted_key(signer.certificate),))
    assert verify(scan, trust_list=trust_list, at=AT).reasons == (Reason.KEY_UNKNOWN,)


# what a signer may sign


@pytest.mark.parametrize(
    ("changes", "vaccinates", "tests"),
    [
        ({}, True, True),
        ({"types": ("NV",)}, True, False),
        ({"types": ("NT",)}, False, True),
        ({"types": ()}, True, True),
        ({"types": ("P",)}, False, False),
        ({"types": ("P", "NV")}, True, False),
        ({"purposes": (), "types": ()}, True, True),
        ({"purposes": (), "types": ("P",)}, False, False),
        ({"purposes": (), "types": ("NT",)}, False, True),
        ({"purposes": ("1.3.6.1.5.5.7.3.1",), "types": ()}, False, False),
        ({"purposes": ("2.23.136.1.1.3",)}, False, False),
        ({"purposes": ("2.5.29.37.0",), "types": ()}, True, True),
        ({"purposes": purposes(Use.TEST), "types": ()}, False, True),
    ],
)
def test_purposes(changes: dict[str, Any], vaccinates: bool, tests: bool) -> None:
    signer = ROOT.signer("XB", **changes)
    for message, kind, allowed in ((vaccinated(), "icao.vacc", vaccinates), (tested(), "icao.test", tests)):
        verification = sealed(signer, listing(ROOT), message, t=kind)
        assert verification.reasons == (() if allowed else (Reason.KEY_USE,))


@pytest.mark.parametrize("oid", ["2.5.29.37", seals.TYPES])
def test_a_purpose_that_cannot_be_read_is_open(oid: str) -> None:
    broken = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), b"\xff\xff")
    several = () if oid == "2.5.29.37" else (seals.SEALS,)
    signer = ROOT.signer("XB", purposes=several, types=(), extensions=[broken])
    verification = sealed(signer, listing(ROOT))
    assert verification.reasons == (Reason.KEY_USE_UNREADABLE,)
    assert verification.authentic is None


# certificates that stricter parsers refuse


def test_octets_after_the_certificate_are_no_part_of_it() -> None:
    signer = ROOT.signer("XB")
    long = SealSigner(signer._key, signer.certificate)
    long.certificate = signer.certificate + b"\x00\x00"
    with pytest.raises(ValueError, match="ExtraData"):
        x509.load_der_x509_certificate(long.certificate)
    verification = sealed(long, listing(ROOT))
    assert verification.reasons == ()
    assert verification.key_id == signer.key.kid
    assert sealed(long, listing(keys=(trusted_key(signer.certificate),))).reasons == ()


def reissued(change: Any) -> SealSigner:
    """A signer whose certificate was changed before its root signed it."""
    signer = ROOT.signer("XB")
    parsed = asn1.Certificate.load(signer.certificate)
    signed = change(parsed["tbs_certificate"])
    signature = ROOT.key.sign(signed, ec.ECDSA(hashes.SHA256()))  # type: ignore[union-attr, call-arg]
    algorithm = asn1.TbsCertificate.load(signed)["signature"]  # stated a second time outside
    parts = signed + algorithm.dump() + core.OctetBitString(signature).dump()
    rest = SealSigner(signer._key, signer.certificate)
    rest.certificate = sequence(parts)
    return rest


def sequence(content: bytes) -> bytes:
    return b"\x30\x82" + len(content).to_bytes(2) + content


def trailing_in_extension(name: str) -> Any:
    def change(tbs: Any) -> bytes:
        for extension in tbs["extensions"]:
            if extension["extn_id"].native == name:
                extension["extn_value"] = core.ParsableOctetString(bytes(extension["extn_value"]) + b"\x05\x00")
        return bytes(tbs.dump(force=True))

    return change


@pytest.mark.parametrize("name", ["authority_key_identifier", "extended_key_usage"])
def test_octets_after_an_extension_are_read_over(name: str) -> None:
    assert sealed(reissued(trailing_in_extension(name)), listing(ROOT)).reasons == ()


def test_null_parameters_of_ecdsa_are_read_over() -> None:
    """As passport authorities have written them: RFC 5758 leaves them out."""

    def change(tbs: Any) -> bytes:
        tbs["signature"] = {"algorithm": "sha256_ecdsa", "parameters": core.Null()}
        return bytes(tbs.dump(force=True))

    signer = reissued(change)
    with pytest.raises(ValueError, match="ExtraData"):
        x509.load_der_x509_certificate(signer.certificate)
    assert sealed(signer, listing(ROOT)).reasons == ()


def test_an_authority_key_identifier_that_cannot_be_read_is_as_good_as_none() -> None:
    broken = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.35"), b"\xff\xff")
    signer = ROOT.signer("XB", authority=False, extensions=[broken])
    assert reasons(signer, ROOT) == ()


def test_a_certificate_of_version_1() -> None:
    def change(tbs: Any) -> bytes:
        del tbs["extensions"]
        tbs["version"] = "v1"
        return bytes(tbs.dump(force=True))

    assert sealed(reissued(change), listing(ROOT)).reasons == ()


def test_an_anchor_is_what_its_certificate_says() -> None:
    root = anchor(ROOT.certificate)
    assert root == Anchor(
        key=PublicKey(root.key.spki, KeyKind.P256),
        name=ROOT.name.public_bytes(),
        issuer="XB",
        key_id=ROOT.key_id,
        not_before=ROOT_FROM,
        not_after=ROOT_UNTIL,
    )
    trust_list = listing(ROOT)
    assert TrustList.from_json(trust_list.to_json()).anchors == (root,)
