"""Public test keys: whoever reads this file has them, so they belong on no trust list but those of these vectors."""

import hashlib
from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pratique.model.dates import format_instant
from pratique.model.keys import Algorithm, Use
from tests.issuer import AT, NOT_AFTER, NOT_BEFORE, MemorySigner, purposes

Vector = dict[str, object]
Case = tuple[str, Vector]

_P = 0xC4F6CC46CEDC7A4944335D04E987231C4922DA71F55F6466EC41939187088340093ECC17A5BB32CBBD88D06699E28A7914AAEF5EA47C50C64CDE84C246D8A9B32B8BAD43CB13DFB39036EBF8CE8F8A6073370C9951F727B84335DDA647B390CCE9449F38AE6BF356D4840D352C704C67D908B7971591D5C85D8A2489D0183563  # noqa: E501
_Q = 0xFAB80902E4B290BF78294851011998E4077A141C905565FB4A4067555AFF0D377BF11654D6D4E04BFE4CD668EB6F2EE38788C4F34032BCD2C43214B96D2C722EF5CB225F18427BEBCC3A1517D9F666E33C06127E6DC8DBFCE2E1C9FBDDFC1E80B1D758C9F8F2EC6DEF44A0DBC272E8B4ADEFF522C784309D0BBBC18004EAB671  # noqa: E501
_MODULUS_OCTETS = 256
_SPKI = Encoding.DER, PublicFormat.SubjectPublicKeyInfo


def ec_key(label: str, curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    """The private key that a label stands for: SHA-256 of a text that everybody can read here."""
    secret = hashlib.sha256(f"pratique public test key: {label}".encode()).digest()
    return ec.derive_private_key(int.from_bytes(secret), curve or ec.SECP256R1())


def _rsa_key() -> rsa.RSAPrivateKey:
    d = pow(65537, -1, (_P - 1) * (_Q - 1))
    public = rsa.RSAPublicNumbers(65537, _P * _Q)
    crt = rsa.rsa_crt_dmp1(d, _P), rsa.rsa_crt_dmq1(d, _Q), rsa.rsa_crt_iqmp(_P, _Q)
    return rsa.RSAPrivateNumbers(_P, _Q, d, *crt, public).private_key()


class KnownSigner(MemorySigner):
    """A document signer whose key, certificate and signatures are the same each time."""

    def __init__(
        self,
        label: str = "XA",
        country: str | None = "XA",
        *,
        algorithm: Algorithm = Algorithm.ES256,
        uses: Iterable[Use] | None = None,
        zero: bool = False,
        extensions: Iterable[x509.ExtensionType] = (),
        not_before: datetime = NOT_BEFORE,
        not_after: datetime = NOT_AFTER,
    ) -> None:
        super().__init__(
            country,
            algorithm=algorithm,
            purposes=None if uses is None else purposes(*uses, zero=zero),
            extensions=extensions,
            not_before=not_before,
            not_after=not_after,
            private_key=_rsa_key() if algorithm is Algorithm.PS256 else ec_key(label),
        )

    def sign(self, data: bytes) -> bytes:
        return _pss(data) if self.key.algorithm is Algorithm.PS256 else super().sign(data)


def _pss(data: bytes) -> bytes:
    """RSASSA-PSS (RFC 8017, 8.1.1) with a salt that follows from the data: the library only signs with fresh ones."""
    salt = hashlib.sha256(b"salt" + data).digest()
    digest = hashlib.sha256(bytes(8) + hashlib.sha256(data).digest() + salt).digest()
    block = bytes(_MODULUS_OCTETS - 66) + b"\1" + salt
    mask = b"".join(hashlib.sha256(digest + counter.to_bytes(4)).digest() for counter in range(7))[: len(block)]
    masked = int.from_bytes(block) ^ int.from_bytes(mask)
    encoded = (masked & (1 << 8 * len(block) - 1) - 1).to_bytes(len(block)) + digest + b"\xbc"
    d = pow(65537, -1, (_P - 1) * (_Q - 1))
    return pow(int.from_bytes(encoded), d, _P * _Q).to_bytes(_MODULUS_OCTETS)


SIGNER = KnownSigner()
RSA = KnownSigner(algorithm=Algorithm.PS256)
STRANGER = KnownSigner("nobody's list has this one")

LATER = AT + timedelta(days=7)


def base64(data: bytes) -> str:
    return b64encode(data).decode()


UNKNOWN_CURVE = bytes.fromhex("3032301006072a8648ce3d020106052b81040006031e0004") + bytes(28)
"""A SubjectPublicKeyInfo on a curve that hardly any library has (secp112r1, SEC 2 version 1)."""


def trust(*signers: MemorySigner) -> list[str]:
    """A trust list as the certificates of its document signers."""
    return [base64(signer.certificate) for signer in signers]


def listed(*entries: Vector, environment: str = "production", **changes: object) -> Vector:
    """A trust list in its JSON form."""
    return {"trust_list": 1, "environment": environment, "keys": list(entries)} | changes


def entry(signer: MemorySigner, **changes: object) -> Vector:
    """A key of the JSON form, from the certificate of a P-256 signer."""
    spki = x509.load_der_x509_certificate(signer.certificate).public_key().public_bytes(*_SPKI)
    return {"kid": base64(signer.key.kid), "key": {"spki": base64(spki), "kind": "P-256"}, **changes}


def instant(moment: datetime) -> str:
    return format_instant(moment)
