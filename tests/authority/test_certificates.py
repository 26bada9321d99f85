"""What a country's certificates hold, read back with two parsers that did not write them."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.authority.signers.certificates import KeyPair, belongs, is_root, key_info, make_csca, make_dsc
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import Algorithm, Use
from pratique.model.reasons import Reason

AT = datetime(2026, 11, 23, 9, 30, 15, 999, tzinfo=UTC)
START = AT.replace(microsecond=0)
CSCA = make_csca("XA", "XA root", at=AT, organisation="Ministry of Health")
DSC = make_dsc(CSCA, common_name="XA signer 1", at=AT, uses=frozenset({Use.VACCINATION, Use.TEST}))


@pytest.fixture(scope="module")
def rsa_pairs() -> tuple[KeyPair, KeyPair]:
    csca = make_csca("XA", "XA root", at=AT, algorithm=Algorithm.PS256)
    return csca, make_dsc(csca, common_name="XA signer", at=AT, algorithm=Algorithm.PS256)


def extensions(pair: KeyPair) -> dict[str, tuple[bool, object]]:
    """Every extension as asn1crypto reads it: name to (critical, value)."""
    found = Certificate.load(pair.certificate_der, strict=True)["tbs_certificate"]["extensions"]
    return {e["extn_id"].native: (e["critical"].native, e["extn_value"].parsed.native) for e in found}


def self_made(*, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, countries: tuple[str, ...], eku: tuple[str, ...]):
    """A certificate that some other country's tools made."""
    name = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, country) for country in countries])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=1))
    )
    if eku:
        builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(o) for o in eku]), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize("country", ["", "X", "xa", "XAA", "X1", "ÄA", "XA\n"])
def test_a_root_of_no_country_is_refused(country):
    with pytest.raises(TrustMaterialError) as refusal:
        make_csca(country, "root", at=AT)
    assert refusal.value.reasons == (Reason.KEY_TEMPLATE,)


@pytest.mark.parametrize("text", ["", "  ", "n" * 65, "two\nlines"])
def test_a_name_that_x520_cannot_hold_is_refused(text):
    for make in (
        lambda: make_csca("XA", text, at=AT),
        lambda: make_csca("XA", "root", at=AT, organisation=text),
        lambda: make_dsc(CSCA, common_name=text, at=AT),
    ):
        with pytest.raises(TrustMaterialError) as refusal:
            make()
        assert refusal.value.reasons == (Reason.KEY_TEMPLATE,)


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"at": datetime(2026, 11, 23)}, "zone"),  # noqa: DTZ001
        ({"years": 0}, "years"),
        ({"years": 1, "signing_years": 2}, "years"),
        ({"years": 9000}, "years"),
    ],
)
def test_a_root_without_a_sound_period_is_refused(wrong, place):
    with pytest.raises(TrustMaterialError, match=place) as refusal:
        make_csca("XA", "root", **{"at": AT, **wrong})
    assert refusal.value.reasons == (Reason.KEY_TEMPLATE,)


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"at": datetime(2026, 11, 23)}, "zone"),  # noqa: DTZ001
        ({"at": AT - timedelta(seconds=1)}, "not valid at this time"),
        ({"at": AT + timedelta(days=366)}, "signing period is over"),
        ({"at": AT + timedelta(days=5 * 366)}, "not valid at this time"),
        ({"days": 4 * 366}, "outlive"),
        ({"days": 10**9}, "outlive"),
        ({"days": 0}, "days"),
        ({"days": 10, "signing_days": 11}, "days"),
        ({"signing_days": 0}, "days"),
        ({"uses": frozenset()}, "use"),
        ({"csca": DSC}, "not a root"),
    ],
)
def test_a_signer_outside_its_template_is_refused(wrong, place):
    arguments = {"csca": CSCA, "common_name": "signer", "at": AT, **wrong}
    with pytest.raises(TrustMaterialError, match=place) as refusal:
        make_dsc(arguments.pop("csca"), **arguments)
    assert refusal.value.reasons == (Reason.KEY_TEMPLATE,)


def test_a_root_with_anothers_key_signs_nothing():
    with pytest.raises(TrustMaterialError) as refusal:
        make_dsc(KeyPair(CSCA.certificate_der, DSC.private_key), common_name="signer", at=AT)
    assert refusal.value.reasons == (Reason.KEY_UNREADABLE,)


@pytest.mark.parametrize("countries", [(), ("XA", "XB")])
def test_a_certificate_without_one_country_is_refused(countries):
    with pytest.raises(TrustMaterialError) as refusal:
        key_info(self_made(key=ec.generate_private_key(ec.SECP256R1()), countries=countries, eku=()))
    assert refusal.value.reasons == (Reason.KEY_UNREADABLE,)


def test_a_key_that_no_algorithm_takes_is_refused():
    for key in (ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 1024)):  # noqa: S505
        with pytest.raises(TrustMaterialError) as refusal:
            key_info(self_made(key=key, countries=("XA",), eku=()))
        assert refusal.value.reasons == (Reason.TRUST_KEY_KIND,)


@given(st.binary(max_size=60))
def test_what_is_no_certificate_is_refused(noise):
    for read in (key_info, is_root):
        with pytest.raises(TrustMaterialError) as refusal:
            read(noise)
        assert refusal.value.reasons == (Reason.KEY_UNREADABLE,)


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@settings(max_examples=400)
@given(st.integers(0, len(DSC.certificate_der) - 1), st.integers(1, 255))
def test_a_damaged_certificate_is_another_key_or_none(place, change):
    damaged = bytearray(DSC.certificate_der)
    damaged[place] ^= change
    try:
        info = key_info(bytes(damaged))
    except TrustMaterialError as refusal:
        reasons = refusal.reasons
    else:
        reasons = ()
        assert info.kid != key_info(DSC.certificate_der).kid
    assert set(reasons) <= {Reason.KEY_UNREADABLE, Reason.TRUST_KEY_KIND}


def test_a_name_of_the_wrong_type_is_refused():
    printable = bytes.fromhex("0603550406") + b"\x13\x02XA"
    assert printable in DSC.certificate_der
    with pytest.raises(TrustMaterialError) as refusal:
        key_info(DSC.certificate_der.replace(printable, printable.replace(b"\x13\x02", b"\x03\x02")))
    assert refusal.value.reasons == (Reason.KEY_UNREADABLE,)


def test_a_root_carries_exactly_the_extensions_of_its_template():
    found = extensions(CSCA)
    point = CSCA.private_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    identifier = hashlib.sha1(point).digest()  # noqa: S324  (RFC 5280 4.2.1.2 names keys so)
    assert found.pop("private_key_usage_period")[0] is False
    assert found == {
        "key_identifier": (False, identifier),
        "basic_constraints": (True, {"ca": True, "path_len_constraint": 0}),
        "key_usage": (True, {"key_cert_sign", "crl_sign"}),
    }


def test_a_signer_carries_exactly_the_extensions_of_its_template():
    found = extensions(DSC)
    assert found.pop("private_key_usage_period")[0] is False
    assert found.pop("key_identifier")[1] != extensions(CSCA)["key_identifier"][1]
    authority = found.pop("authority_key_identifier")
    assert authority == (False, {
        "key_identifier": extensions(CSCA)["key_identifier"][1],
        "authority_cert_issuer": None,
        "authority_cert_serial_number": None,
    })  # fmt: skip
    assert found == {
        "key_usage": (True, {"digital_signature"}),
        "extended_key_usage": (False, ["1.3.6.1.4.1.1847.2021.1.1", "1.3.6.1.4.1.1847.2021.1.2"]),
    }
    anything = extensions(make_dsc(CSCA, common_name="signer", at=AT))
    assert set(extensions(DSC)) - set(anything) == {"extended_key_usage"}


def test_the_subjects_name_the_country_and_the_organisation():
    for pair, name in ((CSCA, "XA root"), (DSC, "XA signer 1")):
        certificate = Certificate.load(pair.certificate_der)
        expected = {"country_name": "XA", "organization_name": "Ministry of Health", "common_name": name}
        assert dict(certificate.subject.native) == expected
        assert certificate.issuer.native["common_name"] == "XA root"
    assert Certificate.load(CSCA.certificate_der).serial_number != Certificate.load(DSC.certificate_der).serial_number


def test_periods_are_those_of_governance_3_2():
    for pair, end, signing_end in (
        (CSCA, START.replace(year=2030), START.replace(year=2027)),
        (DSC, START + timedelta(days=730), START + timedelta(days=183)),
    ):
        certificate = x509.load_der_x509_certificate(pair.certificate_der)
        assert (certificate.not_valid_before_utc, certificate.not_valid_after_utc) == (START, end)
        signing = certificate.extensions.get_extension_for_class(x509.PrivateKeyUsagePeriod).value
        assert (signing.not_before, signing.not_after) == (START.replace(tzinfo=None), signing_end.replace(tzinfo=None))


def test_times_in_another_zone_are_the_same_instants():
    there = AT.astimezone(timezone(timedelta(hours=8)))
    certificate = x509.load_der_x509_certificate(make_csca("XA", "root", at=there).certificate_der)
    signing = certificate.extensions.get_extension_for_class(x509.PrivateKeyUsagePeriod).value
    assert certificate.not_valid_before_utc == START
    assert signing.not_before == START.replace(tzinfo=None)


def test_a_leap_day_has_anniversaries():
    pair = make_csca("XA", "root", at=datetime(2028, 2, 29, tzinfo=UTC), years=5)
    assert x509.load_der_x509_certificate(pair.certificate_der).not_valid_after_utc == datetime(2033, 3, 1, tzinfo=UTC)


def test_a_signer_may_live_exactly_as_long_as_its_root():
    left = (START.replace(year=2030) - START).days
    assert key_info(make_dsc(CSCA, common_name="signer", at=AT, days=left).certificate_der).not_after.year == 2030


def test_the_chain_holds():
    root, signer = (x509.load_der_x509_certificate(pair.certificate_der) for pair in (CSCA, DSC))
    root.verify_directly_issued_by(root)
    signer.verify_directly_issued_by(root)
    assert (is_root(CSCA.certificate_der), is_root(DSC.certificate_der)) == (True, False)
    assert belongs(DSC)
    assert not belongs(KeyPair(DSC.certificate_der, CSCA.private_key))


def test_the_rsa_chain_holds_and_is_pss_throughout(rsa_pairs):
    root, signer = (x509.load_der_x509_certificate(pair.certificate_der) for pair in rsa_pairs)
    root.verify_directly_issued_by(root)
    signer.verify_directly_issued_by(root)
    assert (root.public_key().key_size, signer.public_key().key_size) == (3072, 2048)
    for certificate in (root, signer):
        pss = certificate.signature_algorithm_parameters
        assert isinstance(pss, padding.PSS)
        assert pss._salt_length == 32
    assert key_info(rsa_pairs[1].certificate_der).algorithm is Algorithm.PS256
    assert key_info(rsa_pairs[1].certificate_der).signature_length == 256
    assert set(extensions(rsa_pairs[0])) == set(extensions(CSCA))


def test_a_root_of_one_algorithm_signs_a_signer_of_the_other(rsa_pairs):
    signer = x509.load_der_x509_certificate(make_dsc(rsa_pairs[0], common_name="signer", at=AT).certificate_der)
    signer.verify_directly_issued_by(x509.load_der_x509_certificate(rsa_pairs[0].certificate_der))
    assert isinstance(signer.public_key(), ec.EllipticCurvePublicKey)


def test_what_a_signer_says_of_its_key():
    info = key_info(DSC.certificate_der)
    assert info.kid == hashlib.sha256(DSC.certificate_der).digest()[:8]
    assert (info.algorithm, info.issuer, info.certificate) == (Algorithm.ES256, "XA", DSC.certificate_der)
    assert (info.not_before, info.not_after) == (START, START + timedelta(days=730))
    assert info.uses == {Use.VACCINATION, Use.TEST}


@pytest.mark.parametrize(
    ("eku", "uses"),
    [
        ((), None),
        (("1.3.6.1.5.5.7.3.2",), set()),  # only unknown ones mean none: every verifier would refuse what it signs
        (("2.5.29.37.0",), None),
        (("1.3.6.1.4.1.1847.2021.1.1",), {Use.TEST}),
        (("1.3.6.1.4.1.0.1847.2021.1.1",), {Use.TEST}),
        (("1.3.6.1.4.1.0.1847.2021.1.2", "1.3.6.1.4.1.1847.2021.1.3"), {Use.VACCINATION, Use.RECOVERY}),
        (("1.3.6.1.4.1.1847.2021.1.3", "1.3.6.1.5.5.7.3.2"), {Use.RECOVERY}),
        (("1.3.6.1.4.1.1847.2021.1.4",), set()),
    ],
)
def test_extended_key_usage_in_both_spellings(eku, uses):
    key = ec.generate_private_key(ec.SECP256R1())
    assert key_info(self_made(key=key, countries=("XA",), eku=eku)).uses == uses


@pytest.mark.parametrize(("bits", "octets"), [(2048, 256), (3072, 384), (3077, 385)])
def test_a_signature_is_as_long_as_the_modulus(bits: int, octets: int):
    info = key_info(self_made(key=rsa.generate_private_key(65537, bits), countries=("XA",), eku=()))
    assert (info.algorithm, info.signature_length) == (Algorithm.PS256, octets)
    assert key_info(DSC.certificate_der).signature_length == 64
