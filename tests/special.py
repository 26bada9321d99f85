"""Sealed certificates, statuses and permits as strangers write them: honestly signed, whatever they hold.

The sealing here is written from RFC 9052 and RFC 9053 by itself, with keys and nonces that are the same each time, so
that it checks the one under test.
"""

import zlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from cryptography.x509.oid import NameOID

from pratique.formats import _base45, hcert
from pratique.formats.hcert import ithc
from pratique.model.certificate import Certificate
from pratique.model.keys import KeyKind, PublicKey
from pratique.model.live import message
from pratique.model.sealed import Recipient
from pratique.trust.recipients import PURPOSE, recipient
from tests import wire
from tests.cases.known import SIGNER, ec_key
from tests.issuer import AT, NOT_AFTER, NOT_BEFORE, MemorySigner


def opening_certificate(
    country: str = "XB",
    *,
    key: ec.EllipticCurvePrivateKey | None = None,
    agreement: bool = True,
    signature: bool = False,
    purpose: str | None = PURPOSE,
    label: str = "health authority",
    until: datetime = NOT_AFTER,
) -> bytes:
    """The certificate (DER) of a health authority's key, or of one that is made for something else."""
    name = x509.Name(
        [x509.NameAttribute(NameOID.COUNTRY_NAME, country), x509.NameAttribute(NameOID.COMMON_NAME, "Public test key")]
    )
    usage = x509.KeyUsage(signature, False, False, False, agreement, False, False, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key((key or ec_key(f"{label} {country}")).public_key())
        .serial_number(1)
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(until)
        .add_extension(usage, critical=True)
    )
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(purpose)]), critical=True)
    signed = builder.sign(ec_key("a root for health authorities"), hashes.SHA256(), ecdsa_deterministic=True)
    return signed.public_bytes(Encoding.DER)


class KnownUnsealer:
    """The health authority of a state, with a key that is the same each time; `secrets` counts what it was asked."""

    def __init__(self, country: str = "XB") -> None:
        self._key = ec_key(f"health authority {country}")
        self.recipient: Recipient = recipient(opening_certificate(country))
        self.secrets = 0

    @property
    def key_id(self) -> bytes:
        return self.recipient.key_id

    def agree(self, ephemeral: PublicKey) -> bytes:
        self.secrets += 1
        public = load_der_public_key(ephemeral.spki)
        assert isinstance(public, ec.EllipticCurvePublicKey)
        assert ephemeral.kind is KeyKind.P256
        return self._key.exchange(ec.ECDH(), public)


XB, XC = KnownUnsealer("XB"), KnownUnsealer("XC")


def encrypt(
    plaintext: bytes,
    to: Sequence[Recipient],
    *,
    issuer: str = "XA",
    states: Sequence[str] | None = None,
    compressed: bool = True,
    content_key: bytes = bytes(range(32)),
) -> bytes:
    """A COSE_Encrypt message over any plaintext; `states` are those that it is bound to."""
    external = cbor2.dumps(["pratique sealed 1", issuer, list(states or [each.country for each in to])])
    aad = cbor2.dumps(["Encrypt", b"\xa1\x01\x03", external])
    nonce = bytes(12)
    layers = []
    for each in to:
        ephemeral = ec_key(f"ephemeral for {each.country}")
        public = load_der_public_key(each.key.spki)
        assert isinstance(public, ec.EllipticCurvePublicKey)
        header = cbor2.dumps({1: -31})
        context = cbor2.dumps([-5, [None, None, None], [None, None, None], [256, header]])
        kek = HKDF(hashes.SHA256(), 32, None, context).derive(ephemeral.exchange(ec.ECDH(), public))
        numbers = ephemeral.public_key().public_numbers()
        y: object = bool(numbers.y & 1) if compressed else numbers.y.to_bytes(32)
        cose_key = {1: 2, -1: 1, -2: numbers.x.to_bytes(32), -3: y}
        layers.append([header, {4: each.key_id, -1: cose_key}, aes_key_wrap(kek, content_key)])
    ciphertext = AESGCM(content_key).encrypt(nonce, plaintext, aad)
    return cbor2.dumps(cbor2.CBORTag(96, [b"\xa1\x01\x03", {5: nonce}, ciphertext, layers]))


def filled(certificate: Certificate) -> bytes:
    """The claims as they are encrypted."""
    data = zlib.compress(cbor2.dumps(ithc.write(certificate), canonical=True), level=0)  # alike for every zlib
    return data + bytes(-len(data) % 256)


def sealed(
    ciphertext: bytes,
    states: Sequence[str] = ("XB",),
    *,
    signer: MemorySigner = SIGNER,
    payload: dict[int, object] | None = None,
    **changes: object,
) -> str:
    """A scan with that message; `payload` replaces fields, `changes` are those of `wire.cwt`."""
    content = {0: 1, 1: list(states), 2: ciphertext} | (payload or {})
    return wire.hcert(signer, {k: v for k, v in content.items() if v is not None}, key=-2023, **changes)


def one_time_key(label: str = "a holder's one-time key") -> tuple[ec.EllipticCurvePrivateKey, bytes]:
    """A holder's one-time key, and its compressed point."""
    key = ec_key(label)
    return key, key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def live(scan: str, begins: datetime, key: ec.EllipticCurvePrivateKey) -> str:
    """A status shown with its proof, the same each time (RFC 6979)."""
    ecdsa = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    r, s = utils.decode_dss_signature(key.sign(message(scan, begins), ecdsa))
    return hcert.presented(scan, begins, r.to_bytes(32) + s.to_bytes(32))


def status(begins: datetime, hours: int = 24, *, signer: MemorySigner = SIGNER, **changes: object) -> str:
    """A green health code from `begins`; keyword `_5=...` replaces field 5 of the payload, None removes it."""
    start, end = int(begins.timestamp()), int((begins + timedelta(hours=hours)).timestamp())
    payload: dict[int, object] = {0: 1, 1: 0, 2: 0, 3: start, 4: end, 5: "GM", 6: "02-26"}
    payload |= {int(name.removeprefix("_")): value for name, value in changes.items()}
    stated = {key: value for key, value in payload.items() if value is not None}
    return stored(signer, wire.cwt(stated, key=-2022, _6=start, _4=end))


def stored(signer: MemorySigner, claims: dict[int, object]) -> str:
    """A scan that is not compressed, so that it is the same for every zlib: a live proof covers its characters."""
    message = wire.cose(signer, cbor2.dumps(claims))
    return "HC1:" + _base45.encode(zlib.compress(message, level=0))


def permit(signer: MemorySigner = SIGNER, *, number: bytes = bytes(range(16)), **changes: object) -> str:
    """Leave to enter XA; keyword `_4=...` replaces field 4 of the payload, None removes it."""
    opens = int(AT.timestamp())
    payload: dict[int, object] = {
        0: 1, 1: HOLDER, 2: "XB", 3: "XAHAV", 4: "XB 12", 5: opens, 6: opens + 3 * 86400, 7: [2, 10, 1],
    }  # fmt: skip
    payload |= {int(name.removeprefix("_")): value for name, value in changes.items()}
    stated = {key: value for key, value in payload.items() if value is not None}
    return wire.hcert(signer, stated, key=-2024, _7=number, _4=opens + 3 * 86400)


HOLDER: dict[int, object] = {
    2: "MUSTERFRAU<GOESSINGER",
    3: "GABRIELE",
    4: (date(1998, 2, 26) - date(1970, 1, 1)).days,
    5: {0: "P", 1: "UTO", 2: "2C3", 3: bytes(8), 4: bytes(16)},
}
