"""A private key under a passphrase: encrypted PKCS#8 (RFC 5958) with scrypt (RFC 7914) and AES-256-CBC (RFC 8018).

Written here because the library's own choice for PKCS#8 is PBKDF2 with 2048 rounds, which is a few hundred times too
few for a key that a country depends on. It is read by the library, and by `openssl pkey`.
"""

import hashlib
import os

from asn1crypto import pem
from asn1crypto.keys import EncryptedPrivateKeyInfo
from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from pratique.authority.signers.certificates import PrivateKey, algorithm_of
from pratique.model.errors import TrustMaterialError
from pratique.model.reasons import Reason

# OWASP's password storage cheat sheet (2024) for scrypt within 16 MiB; OpenSSL reads no more than 32 MiB by default.
_COST, _BLOCK, _PARALLEL = 2**14, 8, 5
PASSPHRASE_BYTES = range(12, 1024)
"""Shorter can be guessed from a stolen file in spite of scrypt; OpenSSL takes no longer."""

_LABEL = "ENCRYPTED PRIVATE KEY"
_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_SCRYPT = bytes.fromhex("06092b06010401da47040b")
_AES_256_CBC = bytes.fromhex("060960864801650304012a")
_INTEGER, _OCTETS, _SEQUENCE = 0x02, 0x04, 0x30


def encrypt(key: PrivateKey | Ed25519PrivateKey | X25519PrivateKey, passphrase: bytes) -> bytes:
    """The key as PEM. Raises `TrustMaterialError` (`KEY_PASSPHRASE`) for a passphrase outside `PASSPHRASE_BYTES`."""
    if len(passphrase) not in PASSPHRASE_BYTES:
        bounds = f"{PASSPHRASE_BYTES[0]} to {PASSPHRASE_BYTES[-1]} bytes"
        raise TrustMaterialError(Reason.KEY_PASSPHRASE, detail=f"a passphrase has {bounds}")
    salt, iv = os.urandom(16), os.urandom(16)
    secret = hashlib.scrypt(passphrase, salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL, dklen=32)
    padder = PKCS7(128).padder()
    plain = padder.update(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())) + padder.finalize()
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(iv)).encryptor()
    numbers = b"".join(
        _der(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1)) for number in (_COST, _BLOCK, _PARALLEL)
    )
    derivation = _der(_SEQUENCE, _SCRYPT + _der(_SEQUENCE, _der(_OCTETS, salt) + numbers))
    scheme = _der(_SEQUENCE, _AES_256_CBC + _der(_OCTETS, iv))
    algorithm = _der(_SEQUENCE, _PBES2 + _der(_SEQUENCE, derivation + scheme))
    encrypted = _der(_OCTETS, encryptor.update(plain) + encryptor.finalize())
    armoured: bytes = pem.armor(_LABEL, _der(_SEQUENCE, algorithm + encrypted))
    return armoured


def decrypt(armoured: bytes, passphrase: bytes) -> PrivateKey:
    """The key in a PEM, whatever PKCS#8 scheme encrypted it.

    Raises `TrustMaterialError`: `KEY_UNREADABLE` for what is not an encrypted key, `KEY_LOCKED` for the wrong
    passphrase (or a damaged ciphertext: nothing tells the two apart), `TRUST_KEY_KIND` for a key that no supported
    algorithm takes.
    """
    try:
        label, _, der = pem.unarmor(armoured)
        info = EncryptedPrivateKeyInfo.load(der, strict=True)
        encrypted = label == _LABEL and bool(info["encrypted_data"].native)
    except ValueError as fault:
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail="the key file is not an encrypted PKCS#8 PEM") from fault
    if not encrypted:
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail="the key file holds no encrypted key")
    if len(passphrase) not in range(1, PASSPHRASE_BYTES.stop):
        raise TrustMaterialError(Reason.KEY_LOCKED, detail="no passphrase, or one too long to be right")
    try:
        key = load_der_private_key(der, passphrase)
    except UnsupportedAlgorithm as fault:
        raise TrustMaterialError(Reason.TRUST_KEY_KIND, detail="the key is of an unknown kind") from fault
    except (ValueError, InternalError) as fault:  # OpenSSL has no name for some damaged parameters
        detail = "the passphrase is wrong, or the key file is damaged or under a scheme that is not known here"
        raise TrustMaterialError(Reason.KEY_LOCKED, detail=detail) from fault
    algorithm_of(key)
    return key  # type: ignore[return-value]  # algorithm_of has just narrowed it


def _der(tag: int, content: bytes) -> bytes:
    """One DER element (X.690 8.1.3) of at most 65535 bytes; the keys here are below 3000."""
    length = len(content)
    if length < 128:
        return bytes((tag, length)) + content
    if length < 256:
        return bytes((tag, 0x81, length)) + content
    return bytes((tag, 0x82, *length.to_bytes(2))) + content
