"""What a wallet sends for an online booking: encrypted for this house, and signed with a key of the wallet's own.

    encKey ─ RSA-OAEP (SHA-256, MGF1 with SHA-256) ─► AES key ─ CBC | GCM, nonce of 16 octets ─► the scan
    sig    ─ ECDSA P-256 with SHA-256, over the scan ─ the key that was named at the beginning

Read for this: the README of the EU's validation service (its table of schemes), and how its published code uses them.
The Commission's specification was not read, and nothing is claimed about conformance with it.
"""

import base64
import hashlib
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)

from pratique.model.keys import base64url

BITS = 3072
"""The least that the README asks of RSA keys."""
NONCE = 16
SIGNATURE = "SHA256withECDSA"


class Scheme(StrEnum):
    """How a certificate is encrypted."""

    CBC = "RSAOAEPWithSHA256AESCBC"
    GCM = "RSAOAEPWithSHA256AESGCM"


class NotOpened(Exception):
    """It was not encrypted for this house, or was changed on its way, or the wallet did not sign it."""


class Opener:
    """The key that wallets encrypt for."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key
        numbers = key.public_key().public_numbers()
        self._n = base64url(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8))
        self._e = base64url(numbers.e.to_bytes(3))
        self.kid = base64url(hashlib.sha256(f'{{"e":"{self._e}","kty":"RSA","n":"{self._n}"}}'.encode()).digest())

    @classmethod
    def draw(cls) -> "Opener":
        """A new one."""
        return cls(rsa.generate_private_key(65537, BITS))

    @classmethod
    def read(cls, path: Path) -> "Opener":
        """The key in a PEM file. Raises `ValueError`, and `OSError`."""
        try:
            key = load_pem_private_key(path.read_bytes(), None)
        except (ValueError, TypeError):
            raise ValueError(f"{path.name} holds no private key in PEM, without a passphrase") from None
        if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < BITS:
            raise ValueError(f"{path.name} holds no RSA key of {BITS} bits or more")
        return cls(key)

    @property
    def pem(self) -> bytes:
        """The private key, for its file."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def public(self) -> dict[str, Any]:
        """The public key as a JWK."""
        return {"kty": "RSA", "n": self._n, "e": self._e, "kid": self.kid, "use": "enc", "alg": "RSA-OAEP-256"}

    def open(self, sealed: bytes, wrapped: bytes, nonce: bytes, scheme: Scheme) -> bytes:
        """What was encrypted. Raises `NotOpened`, whatever it was that did not fit."""
        if len(nonce) != NONCE:
            raise NotOpened
        try:
            secret = self._key.decrypt(wrapped, padding.OAEP(padding.MGF1(SHA256()), SHA256(), None))
            if scheme is Scheme.GCM:
                return AESGCM(secret).decrypt(nonce, sealed, None)
            undo = Cipher(algorithms.AES(secret), modes.CBC(nonce)).decryptor()
            whole = undo.update(sealed) + undo.finalize()
            unpad = PKCS7(128).unpadder()
            return unpad.update(whole) + unpad.finalize()
        except (ValueError, InvalidTag):
            raise NotOpened from None


def wallet_key(text: str) -> bytes:
    """A wallet's public key, P-256, in DER, from PEM with or without its markers. Raises `ValueError`."""
    body = "".join(line for line in text.split("\n") if not line.startswith("-----"))
    der = base64.b64decode("".join(body.split()), validate=True)
    key = load_der_public_key(der)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("not a key of P-256")
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def check_signature(wallet: bytes, signature: bytes, signed: bytes) -> None:
    """Raises `NotOpened` unless the wallet signed it (DER, as Java's `SHA256withECDSA` writes it)."""
    key = load_der_public_key(wallet)
    try:
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise NotOpened
        key.verify(signature, signed, ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise NotOpened from None
