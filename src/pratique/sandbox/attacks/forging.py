"""Keys in memory, and scans with every layer made odd: the tools of an attacker, or of an issuer who errs."""

import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from pratique.formats import _base45
from pratique.model.keys import Algorithm, KeyInfo, Use
from pratique.trust.x509 import addresses, trusted_key

AT = datetime.fromisoformat("2026-11-24T04:00:00Z")
"""The instant at which the cases ask their questions."""
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256 (FIPS 186-4, D.1.2.3)."""
_PURPOSES = {Use.TEST: 1, Use.VACCINATION: 2, Use.RECOVERY: 3}
_ALG = {Algorithm.ES256: -7, Algorithm.PS256: -37}
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class MemorySigner:
    """A `Signer` with its certificate, and no counter; `signatures` counts what it made."""

    def __init__(
        self,
        country: str = "XA",
        *,
        algorithm: Algorithm = Algorithm.ES256,
        purposes: Iterable[str] | None = None,
        url: str | None = "https://health.xa.example/cards",
        at: datetime = AT,
        private_key: PrivateKey | None = None,
    ) -> None:
        made: PrivateKey
        if algorithm is Algorithm.ES256:
            made = ec.generate_private_key(ec.SECP256R1())
        else:
            made = rsa.generate_private_key(65537, 2048)
        self.private_key = private_key or made
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, country),
                x509.NameAttribute(NameOID.COMMON_NAME, "Document signer of a sandbox"),
            ]
        )
        begins, ends = at - timedelta(days=700), at + timedelta(days=700)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
        builder = builder.public_key(self.private_key.public_key()).not_valid_before(begins).not_valid_after(ends)
        if purposes is not None:
            usage = x509.ExtendedKeyUsage([x509.ObjectIdentifier(each) for each in purposes])
            builder = builder.add_extension(usage, critical=False)
        if url is not None:
            named = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(url)])
            builder = builder.add_extension(named, critical=False)
        self.certificate = builder.sign(self.private_key, hashes.SHA256()).public_bytes(Encoding.DER)
        trusted = trusted_key(self.certificate)
        self.key = KeyInfo(
            kid=trusted.kid,
            algorithm=algorithm,
            signature_length=64 if algorithm is Algorithm.ES256 else 256,
            issuer=country,
            not_before=begins,
            not_after=ends,
            uses=trusted.uses,
            certificate=self.certificate,
            public=trusted.key,
            url=next(iter(addresses(self.certificate)), None),
        )
        self.signatures = 0

    def sign(self, data: bytes) -> bytes:
        """The signature as COSE and JOSE have it."""
        self.signatures += 1
        if isinstance(self.private_key, rsa.RSAPrivateKey):
            return self.private_key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        r, s = utils.decode_dss_signature(self.private_key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)


def purposes(*uses: Use, zero: bool = False) -> list[str]:
    """The object identifiers of uses, as they are meant or with the zero that some countries wrote."""
    return [f"1.3.6.1.4.1.{'0.' if zero else ''}1847.2021.1.{_PURPOSES[use]}" for use in uses]


def dcc(**changes: object) -> dict[str, object]:
    """A vaccination as the EU writes it; `changes` replace fields of the whole."""
    return {
        "ver": "1.3.0",
        "nam": {"fn": "Han", "fnt": "HAN", "gn": "Meimei", "gnt": "MEIMEI"},
        "dob": "1990-05-08",
        "v": [dose()],
    } | changes


def dose(**changes: object) -> dict[str, object]:
    """One dose; `changes` replace fields."""
    return {
        "tg": "840539006", "vp": "1119349007", "mp": "EU/1/20/1528", "ma": "ORG-100030215", "dn": 2, "sd": 2,
        "dt": "2026-09-01", "co": "XA", "is": "Ministry of Health of XA",
        "ci": "URN:UVCI:01:XA:7T1UG87G61Y7NRXIBQJDTYQ9",
    } | changes  # fmt: skip


def cwt(content: object, *, key: int = 1, at: datetime = AT, **changes: object) -> bytes:
    """The claims around a payload; `_1=...` replaces claim 1, and None leaves it out."""
    claims: dict[int, object] = {
        1: "XA",
        4: int((at + timedelta(days=180)).timestamp()),
        6: int((at - timedelta(days=1)).timestamp()),
        -260: {key: content},
    }
    claims |= {int(name.removeprefix("_")): value for name, value in changes.items()}
    return cbor2.dumps({name: value for name, value in claims.items() if value is not None})


def cose(
    signer: MemorySigner,
    payload: bytes,
    *,
    protected: Mapping[int, object] | None = None,
    unprotected: Mapping[int, object] | None = None,
) -> bytes:
    """A signed message, with the headers that are wanted."""
    header = {1: _ALG[signer.key.algorithm], 4: signer.key.kid} if protected is None else dict(protected)
    head = cbor2.dumps(header) if header else b""
    signature = signer.sign(cbor2.dumps(["Signature1", head, b"", payload]))
    return cbor2.dumps(cbor2.CBORTag(18, [head, dict(unprotected or {}), payload, signature]))


def scan(message: bytes, *, level: int = 9) -> str:
    """A message as the text of a code."""
    return "HC1:" + _base45.encode(zlib.compress(message, level))


def hcert(signer: MemorySigner, content: object, **changes: object) -> str:
    """A certificate with `content` as the EU's profile; `changes` as for `cwt`."""
    return scan(cose(signer, cwt(content, **changes)))  # type: ignore[arg-type]


def message_of(text: str) -> bytes:
    """The message in a code."""
    return zlib.decompress(_base45.decode(text.removeprefix("HC1:")))


def mirrored(text: str) -> str:
    """The same with s replaced by n - s: a signature as good as the first, by whoever has no key."""
    message = message_of(text)
    return scan(message[:-32] + (ORDER - int.from_bytes(message[-32:])).to_bytes(32))
