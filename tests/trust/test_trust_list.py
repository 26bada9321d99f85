"""Trust lists: what certificates become on them, and their JSON form."""

import json
from datetime import UTC, datetime

import pytest
from asn1crypto import core, keys, pem
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pratique import TrustList, crypto, formats
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import Algorithm, KeyKind, PublicKey, SignatureCheck, Use
from pratique.model.reasons import Reason
from pratique.trust import MAX_KEYS_PER_KID, NAMED_BY_ISSUER, Environment, TrustedKey
from pratique.trust._curves import SPELLED_OUT
from pratique.trust.x509 import trusted_key

from ..issuer import NOT_AFTER, NOT_BEFORE, MemorySigner, purposes

SIGNER = MemorySigner(purposes=purposes(Use.TEST, Use.RECOVERY))
SIGNER_KEY = trusted_key(SIGNER.certificate).key.spki


@pytest.mark.parametrize(
    "material",
    [
        b"",
        b"nonsense",
        b"\x30\x03\x02\x01\x01",
        SIGNER.certificate[:-1],
        SIGNER.certificate + b"\0",
        b"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
        pem.armor("PRIVATE KEY", b"\x30\x00"),
    ],
)
def test_what_is_no_certificate_is_refused(material: bytes) -> None:
    with pytest.raises(TrustMaterialError) as refusal:
        TrustList.from_certificates([material])
    assert refusal.value.reasons == (Reason.TRUST_UNREADABLE,)


def test_a_bare_key_is_said_to_be_one() -> None:
    """As DIVOC's issuers publish theirs: whoever gets it has to write down whose it is."""
    with pytest.raises(TrustMaterialError, match="a bare key, which does not say whose it is"):
        TrustList.from_certificates([pem.armor("PUBLIC KEY", b"\x30\x00")])


@given(st.binary(max_size=300))
def test_any_octets_are_a_key_or_a_refusal(material: bytes) -> None:
    with pytest.raises(TrustMaterialError):
        trusted_key(material)


@given(st.integers(0, len(SIGNER.certificate) - 1), st.integers(1, 255))
def test_a_damaged_certificate_is_a_key_or_a_refusal(place: int, change: int) -> None:
    damaged = bytearray(SIGNER.certificate)
    damaged[place] ^= change
    try:
        key = trusted_key(bytes(damaged))
    except TrustMaterialError as refusal:
        assert refusal.reasons == (Reason.TRUST_UNREADABLE,)
    else:
        assert key.kid != SIGNER.key.kid


def test_der_and_pem_are_the_same_key() -> None:
    key = trusted_key(SIGNER.certificate)
    assert trusted_key(pem.armor("CERTIFICATE", SIGNER.certificate)) == key
    assert key.issuer == "XA"
    assert key.key.kind is KeyKind.P256
    assert (key.not_before, key.not_after) == (NOT_BEFORE, NOT_AFTER)
    assert key.uses == {Use.TEST, Use.RECOVERY}


@pytest.mark.parametrize(
    ("signer", "kind", "issuer", "uses"),
    [
        (MemorySigner(algorithm=Algorithm.PS256), KeyKind.RSA, "XA", None),
        (MemorySigner(None), KeyKind.P256, None, None),
        (MemorySigner(purposes=purposes(Use.VACCINATION, zero=True)), KeyKind.P256, "XA", {Use.VACCINATION}),
        (MemorySigner(purposes=["1.3.6.1.5.5.7.3.1"]), KeyKind.P256, "XA", set()),
    ],
)
def test_kinds_and_uses(signer: MemorySigner, kind: KeyKind, issuer: str | None, uses: set | None) -> None:
    key = trusted_key(signer.certificate)
    assert (key.key.kind, key.issuer, key.uses) == (kind, issuer, uses)


def public(curve: ec.EllipticCurve) -> bytes:
    key = ec.generate_private_key(curve).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def certified(
    spki: bytes, *, version: str = "v3", not_after: bytes = b"20230101000000Z", subject: object = None
) -> bytes:
    """A certificate for any key, unsigned in all but form: on a list, nobody asks who signed it."""
    certificate = asn1.Certificate.load(SIGNER.certificate)
    tbs = certificate["tbs_certificate"]
    tbs["subject_public_key_info"] = keys.PublicKeyInfo.load(spki)
    tbs["version"] = version
    if version == "v1":
        del tbs["extensions"]
    moment = core.GeneralizedTime()
    moment.contents = not_after
    tbs["validity"]["not_after"] = asn1.Time(name="general_time", value=moment)
    if subject is not None:
        tbs["subject"] = subject
    return certificate.dump(force=True)


def spelled_out(spki: bytes, **changes: int | bytes) -> bytes:
    """The same key with its curve's parameters instead of its name, as passport authorities write it."""
    info = keys.PublicKeyInfo.load(spki)
    generator, p, a, b, order = SPELLED_OUT[info.curve[1]]
    stated = {"base": bytes.fromhex(generator), "order": int(order, 16), "b": bytes.fromhex(b), "cofactor": 1} | changes
    parameters = keys.SpecifiedECDomain(
        {
            "version": "ecdpVer1",
            "field_id": {"field_type": "prime_field", "parameters": core.Integer(int(p, 16))},
            "curve": {"a": bytes.fromhex(a), "b": stated["b"]},
            "base": stated["base"],
            "order": stated["order"],
            "cofactor": stated["cofactor"],
        }
    )
    info["algorithm"]["parameters"] = keys.ECDomainParameters(name="specified", value=parameters)
    return info.dump(force=True)


@pytest.mark.parametrize(
    ("curve", "kind"),
    [
        (ec.SECP256R1(), KeyKind.P256),
        (ec.BrainpoolP256R1(), KeyKind.BRAINPOOL_P256R1),
        (ec.SECP384R1(), KeyKind.P384),
        (ec.SECP256K1(), KeyKind.OTHER),
    ],
)
def test_curves(curve: ec.EllipticCurve, kind: KeyKind) -> None:
    assert trusted_key(certified(public(curve))).key.kind is kind


@pytest.mark.parametrize(
    "curve",
    [
        *(ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()),
        *(ec.BrainpoolP256R1(), ec.BrainpoolP384R1(), ec.BrainpoolP512R1()),
    ],
)
def test_a_curve_that_is_spelled_out_is_named_if_all_of_it_agrees(curve: ec.EllipticCurve) -> None:
    named = public(curve)
    assert trusted_key(certified(spelled_out(named))).key == trusted_key(certified(named)).key
    generator = ec.derive_private_key(1, curve).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert trusted_key(certified(spelled_out(named, base=generator))).key == trusted_key(certified(named)).key
    another = load_der_public_key(named).public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    for change in (
        {"base": another},
        {"order": 7},
        {"b": bytes(32)},
        {"cofactor": 2},
    ):  # a generator of one's own forges signatures
        assert trusted_key(certified(spelled_out(named, **change))).key.kind is KeyKind.OTHER


def test_an_rsa_key_marked_for_pss_is_an_rsa_key() -> None:
    plain = MemorySigner(algorithm=Algorithm.PS256).certificate
    info = asn1.Certificate.load(plain)["tbs_certificate"]["subject_public_key_info"]
    key = trusted_key(plain).key
    info["algorithm"] = {"algorithm": "rsassa_pss"}
    assert trusted_key(certified(info.dump(force=True))).key == key


def test_versions_and_years_of_every_kind() -> None:
    key = trusted_key(certified(SIGNER_KEY, version="v1"))
    assert (key.uses, key.issuer) == (None, "XA")
    assert trusted_key(certified(SIGNER_KEY, not_after=b"99991231235959Z")).not_after.year == 9999
    with pytest.raises(TrustMaterialError) as refusal:  # asn1crypto has a type of its own for it, which no clock meets
        trusted_key(certified(SIGNER_KEY, not_after=b"00000101000000Z"))
    assert refusal.value.reasons == (Reason.TRUST_UNREADABLE,)


@pytest.mark.parametrize(
    ("countries", "issuer"), [(["xa"], "XA"), (["XA", "XA"], "XA"), (["XA", "XB"], None), ([" "], None), ([], None)]
)
def test_countries_of_a_subject(countries: list[str], issuer: str | None) -> None:
    parts = [asn1.NameTypeAndValue({"type": "country_name", "value": asn1.PrintableString(c)}) for c in countries]
    parts.append(asn1.NameTypeAndValue({"type": "common_name", "value": asn1.UTF8String("signer")}))
    subject = asn1.Name(name="", value=asn1.RDNSequence([asn1.RelativeDistinguishedName([part]) for part in parts]))
    assert trusted_key(certified(SIGNER_KEY, subject=subject)).issuer == issuer


def test_a_pem_file_may_hold_several_certificates_and_nothing_else() -> None:
    other = MemorySigner("XB").certificate
    file = b"subject=anything\n" + b"".join(pem.armor("CERTIFICATE", der) for der in (SIGNER.certificate, other))
    found = TrustList.from_certificates([file, other])
    assert found.keys == (trusted_key(SIGNER.certificate), trusted_key(other))
    assert TrustList.from_certificates([b"\xef\xbb\xbf" + file.replace(b"\n", b"\r\n")]).keys == found.keys
    with pytest.raises(TrustMaterialError):
        trusted_key(file)
    with pytest.raises(TrustMaterialError) as refusal:
        TrustList.from_certificates([file + pem.armor("PRIVATE KEY", b"\x30\x00")])
    assert refusal.value.reasons == (Reason.TRUST_UNREADABLE,)


def test_any_extended_key_usage_is_any_use() -> None:
    test_only = purposes(Use.TEST)
    assert trusted_key(MemorySigner(purposes=["2.5.29.37.0"]).certificate).uses is None
    assert trusted_key(MemorySigner(purposes=[*test_only, "2.5.29.37.0"]).certificate).uses is None
    assert trusted_key(MemorySigner(purposes=[*test_only, "1.3.6.1.5.5.7.3.1"]).certificate).uses == {Use.TEST}


def test_a_key_of_a_kind_that_no_algorithm_names_is_not_decided() -> None:
    key = trusted_key(certified(public(ec.SECP256K1()))).key
    assert crypto.check(SignatureCheck(key, Algorithm.ES256, b"signed", bytes(64))) is None


def unparsable(oid: str) -> MemorySigner:
    return MemorySigner(extensions=[x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), b"\xff\xff")])


def test_a_broken_extension_costs_nothing_but_a_broken_key_usage_is_noted() -> None:
    assert trusted_key(unparsable("2.5.29.35").certificate).notes == ()
    noted = trusted_key(unparsable("2.5.29.37").certificate)
    assert noted.notes == (Reason.KEY_USE_UNREADABLE,)
    assert noted.uses is None


def test_a_list_made_to_hurt_is_refused() -> None:
    keys = [TrustedKey(b"12345678", PublicKey(bytes([number]), KeyKind.P256)) for number in range(MAX_KEYS_PER_KID + 1)]
    assert len(TrustList(keys[:-1])) == MAX_KEYS_PER_KID
    with pytest.raises(TrustMaterialError) as refusal:
        TrustList(keys)
    assert refusal.value.reasons == (Reason.TRUST_KEY_COUNT,)


def test_keys_are_counted_for_each_issuer_where_scans_name_it() -> None:
    """Every issuer of passes may call its key `key-1`; under one issuer, or for all formats, the limit stays."""
    crowd = [
        TrustedKey(b"key-1", PublicKey(bytes([number]), KeyKind.P256), issuer=f"did:web:{number}.example")
        for number in range(MAX_KEYS_PER_KID + 1)
    ]
    passes = [structs.replace(key, formats=frozenset({"nzcp"})) for key in crowd]
    for listed in (
        crowd,
        [structs.replace(key, formats=frozenset({"nzcp", "hcert"})) for key in crowd],
        [structs.replace(key, formats=frozenset({"hcert"})) for key in crowd],
        [structs.replace(key, issuer="did:web:1.example") for key in passes],
    ):
        with pytest.raises(TrustMaterialError) as refusal:
            TrustList(listed)
        assert refusal.value.reasons == (Reason.TRUST_KEY_COUNT,)
    assert TrustList(passes).find(b"key-1", "nzcp") == tuple(passes)


def test_the_formats_whose_scans_name_their_issuer_are_those_that_have_one() -> None:
    assert {module.NAME for module in formats.FORMATS} >= NAMED_BY_ISSUER
    assert NAMED_BY_ISSUER == formats.TEXT_KEY_IDS


def test_the_json_form_comes_back() -> None:
    key = trusted_key(SIGNER.certificate)
    noted = TrustedKey(b"kid", key.key, formats=frozenset({"hcert"}), notes=(Reason.KEY_USE_UNREADABLE,))
    instant = datetime(2021, 7, 1, tzinfo=UTC)
    trust_list = TrustList([key, noted, key], environment=Environment.SANDBOX, issued=instant, fresh_until=instant)
    again = TrustList.from_json(trust_list.to_json())
    assert again.keys == (key, noted)
    assert (again.environment, again.issued, again.fresh_until) == (Environment.SANDBOX, instant, instant)
    assert again.to_json() == trust_list.to_json()


@pytest.mark.parametrize(
    "change",
    [
        {"trust_list": 2},
        {"environment": "elsewhere"},
        {"keys": [{"kid": "not base64!"}]},
        {"keys": [{}]},
        {"issued": "yesterday"},
        {"fresh_until": "2021-07-01T00:00:00"},  # of which zone?
        {"keys": [{"kid": "", "key": {"spki": "", "kind": "P-256"}, "not_after": "2021-07-01T00:00:00"}]},
        {"keys": [{"kid": "", "key": {"spki": "", "kind": "P-256"}, "use": ["test"]}]},
        {"keys": [{"kid": "", "key": {"spki": "", "kind": "P-256", "curve": "P-256"}}]},
        {"surprise": True},
    ],
)
def test_a_json_list_with_anything_unexpected_is_refused(change: dict) -> None:
    form = json.loads(TrustList([trusted_key(SIGNER.certificate)]).to_json())
    assert TrustList.from_json(json.dumps(form).encode()).keys
    with pytest.raises(TrustMaterialError) as refusal:
        TrustList.from_json(json.dumps(form | change).encode())
    assert refusal.value.reasons == (Reason.TRUST_UNREADABLE,)


@given(st.binary(max_size=100))
def test_any_octets_are_a_list_or_a_refusal(data: bytes) -> None:
    with pytest.raises(TrustMaterialError):
        TrustList.from_json(data)
