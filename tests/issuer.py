"""A test issuer: document signers whose keys live in memory, for fictional states only."""

from collections.abc import Iterable
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from pratique.model.keys import Algorithm, KeyInfo, Use
from pratique.trust.x509 import addresses, trusted_key

AT = datetime(2021, 7, 1, 12, 0, tzinfo=UTC)
"""The instant at which most tests ask their question."""

NOT_BEFORE = datetime(2021, 1, 1, tzinfo=UTC)
NOT_AFTER = datetime(2023, 1, 1, tzinfo=UTC)

OIDS = {Use.TEST: 1, Use.VACCINATION: 2, Use.RECOVERY: 3}


class MemorySigner:
    """A `Signer` with its certificate; `signatures` counts what it made.

    With a `private_key` given, the certificate and an ES256 signature are the same each time (RFC 6979).
    """

    def __init__(
        self,
        country: str | None = "XA",
        *,
        algorithm: Algorithm = Algorithm.ES256,
        purposes: Iterable[str] | None = None,
        extensions: Iterable[x509.ExtensionType] = (),
        not_before: datetime = NOT_BEFORE,
        not_after: datetime = NOT_AFTER,
        private_key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None,
    ) -> None:
        self._key = private_key or (
            ec.generate_private_key(ec.SECP256R1())
            if algorithm is Algorithm.ES256
            else rsa.generate_private_key(65537, 2048)
        )
        name = [x509.NameAttribute(NameOID.COMMON_NAME, "Public test key" if private_key else "Test document signer")]
        if country is not None:
            name.insert(0, x509.NameAttribute(NameOID.COUNTRY_NAME, country))
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name(name))
            .issuer_name(x509.Name(name))
            .public_key(self._key.public_key())
            .serial_number(1 if private_key else x509.random_serial_number())
            .not_valid_before(not_before)
            .not_valid_after(not_after)
        )
        if purposes is not None:
            usage = x509.ExtendedKeyUsage([x509.ObjectIdentifier(oid) for oid in purposes])
            builder = builder.add_extension(usage, critical=False)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        fixed = True if isinstance(self._key, ec.EllipticCurvePrivateKey) else None
        self.certificate = builder.sign(self._key, hashes.SHA256(), ecdsa_deterministic=fixed).public_bytes(
            Encoding.DER
        )
        trusted = trusted_key(self.certificate)
        self.key = KeyInfo(
            kid=trusted.kid,
            algorithm=algorithm,
            signature_length=self._key.key_size // 8 if algorithm is Algorithm.PS256 else 64,
            issuer=country or "XA",
            not_before=not_before,
            not_after=not_after,
            uses=trusted.uses,
            certificate=self.certificate,
            public=trusted.key,
            url=next(iter(addresses(self.certificate)), None),
        )
        self.signatures = 0

    def sign(self, data: bytes) -> bytes:
        self.signatures += 1
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        ecdsa = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        r, s = utils.decode_dss_signature(self._key.sign(data, ecdsa))
        return r.to_bytes(32) + s.to_bytes(32)


def purposes(*uses: Use, zero: bool = False) -> list[str]:
    """The object identifiers of `uses`, in the plain spelling or in the one with the extra zero."""
    return [f"1.3.6.1.4.1.{'0.' if zero else ''}1847.2021.1.{OIDS[use]}" for use in uses]
