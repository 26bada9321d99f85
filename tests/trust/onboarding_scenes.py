"""Certificates with one thing wrong, and letters that are not confirmed as they have to be."""

from collections.abc import Callable
from datetime import timedelta

from cryptography import x509 as x
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from pratique.authority.signers.certificates import make_csca, make_dsc
from pratique.model.reasons import Reason
from pratique.trust.letter import Confirmation, accept, fingerprint
from pratique.trust.x509 import trusted_key
from tests.cases.known import SIGNER, ec_key
from tests.issuer import AT

ROOT = make_csca("XA", "XA test root", at=AT)
DSC = make_dsc(ROOT, common_name="XA test document signer", at=AT)
KNOWN_SPKI = trusted_key(SIGNER.certificate).key.spki


def _built(
    *,
    curve: ec.EllipticCurve | None = None,
    public: object = None,
    days: int = 700,
    usage: str | None = "digital_signature",
    purposes: tuple[str, ...] = (),
    country: str | None = "XA",
) -> bytes:
    """A signer under the root, made by hand."""
    root = x.load_der_x509_certificate(ROOT.certificate_der)
    attributes = [x.NameAttribute(NameOID.COMMON_NAME, "made by hand")]
    attributes += [x.NameAttribute(NameOID.COUNTRY_NAME, country)] if country else []
    key = public or ec.generate_private_key(curve or ec.SECP256R1()).public_key()
    builder = x.CertificateBuilder(root.subject, x.Name(attributes), key, 7, AT, AT + timedelta(days=days))
    names = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    if usage:
        builder = builder.add_extension(x.KeyUsage(**{name: name == usage for name in names}), critical=True)
    if purposes:
        builder = builder.add_extension(x.ExtendedKeyUsage([x.ObjectIdentifier(p) for p in purposes]), critical=False)
    return builder.sign(ROOT.private_key, hashes.SHA256()).public_bytes(Encoding.DER)


def signer_that_signs_certificates() -> tuple[bytes, ...]:
    return ROOT.certificate_der, _built(usage="key_cert_sign")


def signer_without_a_key_usage() -> tuple[bytes, ...]:
    return ROOT.certificate_der, _built(usage=None)


def signer_for_web_servers() -> tuple[bytes, ...]:
    return ROOT.certificate_der, _built(purposes=("1.3.6.1.5.5.7.3.1",))


def signer_without_its_root() -> tuple[bytes, ...]:
    return (DSC.certificate_der,)


def signer_for_three_years() -> tuple[bytes, ...]:
    return ROOT.certificate_der, _built(days=1095)


def signer_of_another_country() -> tuple[bytes, ...]:
    return ROOT.certificate_der, _built(country="XB")


def signer_without_a_country() -> tuple[bytes, ...]:
    return ROOT.certificate_der, _built(country=None)


def signer_on_p_384() -> tuple[bytes, ...]:
    return ROOT.certificate_der, _built(curve=ec.SECP384R1())


def signer_that_ended() -> tuple[bytes, ...]:
    old = make_csca("XA", "XA old root", at=AT - timedelta(days=900))
    return old.certificate_der, make_dsc(old, common_name="old", at=AT - timedelta(days=800)).certificate_der


def signer_that_ends_soon() -> tuple[bytes, ...]:
    return ROOT.certificate_der, _built(days=20)


def signer_with_a_published_key() -> tuple[bytes, ...]:
    return ROOT.certificate_der, _built(public=ec_key("XA").public_key())


FINDINGS: dict[Callable[[], tuple[bytes, ...]], Reason] = {
    signer_that_signs_certificates: Reason.ONBOARD_KEY_USAGE,
    signer_without_a_key_usage: Reason.ONBOARD_KEY_USAGE,
    signer_for_web_servers: Reason.ONBOARD_EXTENDED_USE,
    signer_without_its_root: Reason.ONBOARD_CHAIN,
    signer_for_three_years: Reason.ONBOARD_VALIDITY,
    signer_of_another_country: Reason.ONBOARD_COUNTRY,
    signer_without_a_country: Reason.ONBOARD_COUNTRY,
    signer_on_p_384: Reason.ONBOARD_CURVE,
    signer_that_ended: Reason.ONBOARD_ENDED,
    signer_that_ends_soon: Reason.ONBOARD_ENDS_SOON,
    signer_with_a_published_key: Reason.TRUST_KEY_PUBLIC,
}
VECTORS = tuple({reason: scene for scene, reason in FINDINGS.items()}.values())

PRINT = fingerprint(DSC.certificate_der)
LI, WU = Confirmation("A. Li", PRINT), Confirmation("B. Wu", PRINT.lower().replace(" ", ":"))


def letter_confirmed_by_one() -> None:
    accept(DSC.certificate_der, [LI])


def letter_confirmed_twice_by_one() -> None:
    accept(DSC.certificate_der, [LI, Confirmation(" a.  LI ", PRINT)])


def letter_with_another_fingerprint() -> None:
    accept(DSC.certificate_der, [LI, Confirmation("B. Wu", fingerprint(ROOT.certificate_der))])


def letter_with_half_a_fingerprint() -> None:
    accept(DSC.certificate_der, [LI, Confirmation("B. Wu", PRINT[:39])])


LETTERS = {
    letter_confirmed_by_one: Reason.TRUST_TWO_PEOPLE,
    letter_confirmed_twice_by_one: Reason.TRUST_TWO_PEOPLE,
    letter_with_another_fingerprint: Reason.TRUST_FINGERPRINT,
    letter_with_half_a_fingerprint: Reason.TRUST_FINGERPRINT,
}
