"""A country's root (CSCA) and its document signer certificates (DSC).

The templates are those of the EU's certificate governance 4.2 and 4.3, which refine section 5 of the HCERT
specification; the periods are those of governance 3.2. Nothing here reads a clock or touches a file.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from msgspec import Struct

from pratique.model.errors import TrustMaterialError
from pratique.model.keys import Algorithm, KeyInfo, PublicKey, Use, is_issuer_url
from pratique.model.reasons import Reason
from pratique.trust.recipients import PURPOSE
from pratique.trust.x509 import addresses, trusted_key

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
AnyPublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

# Governance 4.1: at least 3000 bits for a root; a DSC is kept short because its signatures go into a QR code.
_CSCA_RSA_BITS = 3072
_DSC_RSA_BITS = 2048
# X.520 upper bounds of a common name and of an organisation.
_NAME_LENGTH = 64

_EXTENDED_KEY_USAGE = {
    Use.TEST: "1.3.6.1.4.1.1847.2021.1.1",
    Use.VACCINATION: "1.3.6.1.4.1.1847.2021.1.2",
    Use.RECOVERY: "1.3.6.1.4.1.1847.2021.1.3",
}


class KeyPair(Struct, frozen=True):
    """A private key and the certificate (DER) of its public half."""

    certificate_der: bytes
    private_key: PrivateKey


def make_csca(
    country: str,
    name: str,
    *,
    at: datetime,
    years: int = 4,
    signing_years: int = 1,
    organisation: str | None = None,
    algorithm: Algorithm = Algorithm.ES256,
) -> KeyPair:
    """A new self-signed root, valid `years` from `at`, that may sign DSC for the first `signing_years`.

    `country` is ISO 3166-1 alpha-2 (user-assigned codes included), `name` the common name: no two roots of a country
    may share it (HCERT specification 5). P-256, or RSA of 3072 bits. Raises `TrustMaterialError` (`KEY_TEMPLATE`).
    """
    start = _instant(at)
    if not 1 <= signing_years <= years or start.year + years > 9999:
        raise _refused("the years of signing are not between 1 and the years of validity")
    subject = _subject(country, name, organisation)
    key = _generate(algorithm, _CSCA_RSA_BITS)
    builder = (
        _template(subject, subject, key.public_key(), start)
        .not_valid_after(_years_after(start, years))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(root=True), critical=True)
        .add_extension(_signing_period(start, _years_after(start, signing_years)), critical=False)
    )
    return KeyPair(_signed(builder, key), key)


def make_dsc(
    csca: KeyPair,
    *,
    common_name: str,
    at: datetime,
    days: int = 730,
    signing_days: int = 183,
    uses: frozenset[Use] | None = None,
    algorithm: Algorithm = Algorithm.ES256,
    url: str | None = None,
) -> KeyPair:
    """A new document signer under `csca`, of its country and organisation, valid `days` from `at`.

    It may sign for the first `signing_days`; what it signs has to expire before it does (governance 2.3). `uses` None
    lets it vouch for anything (HCERT specification A.4). P-256, or RSA of 2048 bits. `url` is the https address that
    names the issuer in SMART Health Cards, and becomes an alternative name, as their framework has it. Raises
    `TrustMaterialError`: `KEY_TEMPLATE`, also if `csca` is no root, may not sign at `at` or would be outlived;
    `KEY_UNREADABLE` if its key and certificate do not belong together.
    """
    key = _generate(algorithm, _DSC_RSA_BITS)
    public = key.public_key()
    certificate = certify_dsc(
        csca, public, common_name=common_name, at=at, days=days, signing_days=signing_days, uses=uses, url=url
    )
    return KeyPair(certificate, key)


def certify_dsc(
    csca: KeyPair,
    public: AnyPublicKey,
    *,
    common_name: str,
    at: datetime,
    days: int = 730,
    signing_days: int = 183,
    uses: frozenset[Use] | None = None,
    url: str | None = None,
) -> bytes:
    """The certificate (DER) of a document signer whose key was made elsewhere, in a hardware module.

    As `make_dsc`; raises `TRUST_KEY_KIND` besides, for a key that no supported algorithm takes.
    """
    algorithm_of(public)
    start = _instant(at)
    if not 1 <= signing_days <= days:
        raise _refused("the days of signing are not between 1 and the days of validity")
    if uses is not None and not uses:
        raise _refused("no use is named; a key that may vouch for anything has uses None")
    if url is not None and not is_issuer_url(url):
        raise _refused("the address is not https, or ends in a slash")
    builder = (
        _under(csca, public, common_name, start, days)
        .add_extension(_key_usage(root=False), critical=True)
        .add_extension(_signing_period(start, start + timedelta(days=signing_days)), critical=False)
    )
    if uses is not None:
        oids = sorted(_EXTENDED_KEY_USAGE[use] for use in uses)
        builder = builder.add_extension(x509.ExtendedKeyUsage(map(x509.ObjectIdentifier, oids)), critical=False)
    if url is not None:
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(url)])
        builder = builder.add_extension(names, critical=False)
    return _signed(builder, csca.private_key)


def make_unsealer(csca: KeyPair, *, common_name: str, at: datetime, days: int = 730) -> KeyPair:
    """A new key of `csca`'s state that opens sealed certificates, and signs nothing (P-256), valid `days` from `at`.

    Raises `TrustMaterialError` as `make_dsc`.
    """
    start = _instant(at)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _under(csca, key.public_key(), common_name, start, days)
        .add_extension(_key_usage(root=False, agreement=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(PURPOSE)]), critical=True)
    )
    return KeyPair(_signed(builder, csca.private_key), key)


def key_info(certificate_der: bytes) -> KeyInfo:
    """What a DSC says of its key; the key id is the first 8 bytes of SHA-256 over the DER (HCERT specification A.1).

    `url` is the first https address among its alternative names, and `uses` are what every verifier will read there
    (`trust.x509`), so that nothing is signed which they refuse. Raises `TrustMaterialError`: `KEY_UNREADABLE` if it is
    not a certificate with one country, `TRUST_KEY_KIND` if no supported algorithm takes it.
    """
    with _reading():
        certificate = x509.load_der_x509_certificate(certificate_der)
        country = _attribute(certificate, NameOID.COUNTRY_NAME)
        key = certificate.public_key()
        algorithm = algorithm_of(key)
    if country is None:
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail="the certificate's subject does not name one country")
    try:
        read_by_all = trusted_key(certificate_der)
    except TrustMaterialError as fault:
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail=fault.detail) from fault
    return KeyInfo(
        kid=read_by_all.kid,
        algorithm=algorithm,
        signature_length=(key.key_size + 7) // 8 if isinstance(key, rsa.RSAPublicKey) else 64,
        issuer=country,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        uses=read_by_all.uses,
        certificate=certificate_der,
        public=PublicKey(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), read_by_all.key.kind),
        url=next(filter(is_issuer_url, addresses(certificate_der)), None),
    )


def algorithm_of(key: object) -> Algorithm:
    """The algorithm that a public or private key signs with. Raises `TrustMaterialError` (`TRUST_KEY_KIND`)."""
    match key:
        case ec.EllipticCurvePublicKey() | ec.EllipticCurvePrivateKey() if isinstance(key.curve, ec.SECP256R1):
            return Algorithm.ES256
        case rsa.RSAPublicKey() | rsa.RSAPrivateKey() if key.key_size >= _DSC_RSA_BITS:
            return Algorithm.PS256
    raise TrustMaterialError(Reason.TRUST_KEY_KIND, detail="the key is neither P-256 nor RSA of 2048 bits or more")


def is_root(certificate_der: bytes) -> bool:
    """Whether this is the certificate of an authority. Raises `TrustMaterialError` (`KEY_UNREADABLE`)."""
    with _reading():
        constraints = _extension(x509.load_der_x509_certificate(certificate_der), x509.BasicConstraints)
    return constraints is not None and constraints.ca


def belongs(pair: KeyPair) -> bool:
    """Whether the certificate is of this key's public half. Raises `TrustMaterialError` (`KEY_UNREADABLE`)."""
    spki = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    with _reading():
        certified = x509.load_der_x509_certificate(pair.certificate_der).public_key().public_bytes(*spki)
    return certified == pair.private_key.public_key().public_bytes(*spki)


def _template(subject: x509.Name, issuer: x509.Name, public: AnyPublicKey, start: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _under(
    csca: KeyPair, public: AnyPublicKey, common_name: str, start: datetime, days: int
) -> x509.CertificateBuilder:
    """What every certificate under a root has. Raises `TrustMaterialError` for a root that may not sign it."""
    with _reading():
        root = x509.load_der_x509_certificate(csca.certificate_der)
        key_id = _extension(root, x509.SubjectKeyIdentifier)
        country, organisation = _attribute(root, NameOID.COUNTRY_NAME), _attribute(root, NameOID.ORGANIZATION_NAME)
        _require_may_sign(root, start, days)
    if not belongs(csca):
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail="the root's key and certificate do not belong together")
    if country is None or key_id is None:
        raise _refused("the root does not name one country and its subject key identifier")
    return (
        _template(_subject(country, common_name, organisation), root.subject, public, start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key_id), critical=False)
    )


def _key_usage(*, root: bool, agreement: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not (root or agreement),
        key_cert_sign=root,
        crl_sign=root,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=agreement,
        encipher_only=False,
        decipher_only=False,
    )


def _signing_period(start: datetime, end: datetime) -> x509.PrivateKeyUsagePeriod:
    # The library writes the digits of what it is given and calls them UTC.
    return x509.PrivateKeyUsagePeriod(start.replace(tzinfo=None), end.replace(tzinfo=None))


def _signed(builder: x509.CertificateBuilder, key: PrivateKey) -> bytes:
    # PSS, which governance 4.1 prefers, is also the only RSA signature of the formats.
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32) if isinstance(key, rsa.RSAPrivateKey) else None
    return builder.sign(key, hashes.SHA256(), rsa_padding=pss).public_bytes(Encoding.DER)


def _generate(algorithm: Algorithm, rsa_bits: int) -> PrivateKey:
    match algorithm:
        case Algorithm.ES256:
            return ec.generate_private_key(ec.SECP256R1())
        case Algorithm.PS256:
            return rsa.generate_private_key(public_exponent=65537, key_size=rsa_bits)
        case _:
            raise _refused("a signer's key is for ES256 or PS256")


def _subject(country: str, name: str, organisation: str | None) -> x509.Name:
    if not re.fullmatch("[A-Z]{2}", country):
        raise _refused("the country is not two capital letters (ISO 3166-1 alpha-2)")
    for text, place in ((name, "common name"), (organisation, "organisation")):
        if text is not None and not (text.strip() and text.isprintable() and len(text) <= _NAME_LENGTH):
            raise _refused(f"the {place} is not 1 to {_NAME_LENGTH} printable characters")
    attributes = [x509.NameAttribute(NameOID.COUNTRY_NAME, country)]
    if organisation is not None:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    return x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _instant(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise _refused("the time has no zone")
    return at.astimezone(UTC).replace(microsecond=0)


def _years_after(start: datetime, years: int) -> datetime:
    year = start.year + years
    try:
        return start.replace(year=year)
    except ValueError:  # 29 February, in a year that has none
        return start.replace(year=year, month=3, day=1)


def _require_may_sign(root: x509.Certificate, start: datetime, days: int) -> None:
    """Refuse a certificate that is no root, or is none at `start` for a DSC of `days` (shell model, governance 2.3)."""
    constraints, usage = _extension(root, x509.BasicConstraints), _extension(root, x509.KeyUsage)
    if constraints is None or not constraints.ca or usage is None or not usage.key_cert_sign:
        raise _refused("the certificate to sign under is not a root that may sign certificates")
    if not root.not_valid_before_utc <= start <= root.not_valid_after_utc:
        raise _refused("the root is not valid at this time")
    period = _extension(root, x509.PrivateKeyUsagePeriod)
    if period is not None and period.not_after is not None and start > period.not_after.replace(tzinfo=UTC):
        raise _refused("the root's signing period is over: make a new root")
    if days > (root.not_valid_after_utc - start) // timedelta(days=1):
        raise _refused("the document signer would outlive its root: ask for fewer days, or make a new root")


def _attribute(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str | None:
    """The one text under `oid` in the subject; None where there is none, or several."""
    values = [attribute.value for attribute in certificate.subject.get_attributes_for_oid(oid)]
    return values[0] if len(values) == 1 and isinstance(values[0], str) else None


_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


def _extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


@contextmanager
def _reading() -> Iterator[None]:
    """Every way in which the library refuses a certificate, some of them only when a field is looked at."""
    try:
        yield
    except (
        ValueError,
        TypeError,  # a name whose text is a BIT STRING
        UnsupportedAlgorithm,
        x509.DuplicateExtension,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    ) as fault:
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail="the certificate cannot be read") from fault


def _refused(detail: str) -> TrustMaterialError:
    return TrustMaterialError(Reason.KEY_TEMPLATE, detail=detail)
