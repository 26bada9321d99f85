"""The arithmetic of signatures and seals; below the authority's rooms, the only importer of `cryptography`."""

import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from pratique.model.keys import Algorithm, KeyKind, PublicKey, SignatureCheck
from pratique.model.sealed import Encrypted, Wrapped

_HASHES: dict[str, hashes.HashAlgorithm] = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
_ECDSA = {Algorithm(f"ES{size}"): ECDSA(digest) for size, digest in _HASHES.items()}
_RSA: dict[Algorithm, tuple[PSS | PKCS1v15, hashes.HashAlgorithm]] = {
    **{
        Algorithm(f"PS{n}"): (PSS(MGF1(digest), salt_length=digest.digest_size), digest)
        for n, digest in _HASHES.items()
    },
    **{Algorithm(f"RS{n}"): (PKCS1v15(), digest) for n, digest in _HASHES.items()},
}


@lru_cache(maxsize=4096)
def _elliptic_curve(spki: bytes) -> EllipticCurvePublicKey | None:
    """The key, or None if it is of another kind. Raises `ValueError` or `UnsupportedAlgorithm` for one not known here.

    Keys are few and certificates many: a whole world's trust list fits.
    """
    key = load_der_public_key(spki)
    return key if isinstance(key, EllipticCurvePublicKey) else None


@lru_cache(maxsize=4096)
def _rsa(spki: bytes) -> RSAPublicKey | None:
    """The same for RSA."""
    key = load_der_public_key(spki)
    return key if isinstance(key, RSAPublicKey) else None


_INTEGERS = tuple(bytes((0x02, length)) for length in range(33))
_PADDED_INTEGERS = tuple(bytes((0x02, length + 1, 0)) for length in range(33))
"""What stands before the octets of an INTEGER, and before those that a sign would otherwise be read from."""
_SEQUENCES = tuple(bytes((0x30, length)) for length in range(2 * 35 + 1))


def _der(signature: bytes) -> bytes:
    """A raw r‖s as OpenSSL wants it: a SEQUENCE of two INTEGERs (X.690), each positive and as short as can be."""
    if len(signature) != 64:
        half = len(signature) // 2
        return encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
    r, s = signature[:32].lstrip(b"\0"), signature[32:].lstrip(b"\0")
    before_r = (_INTEGERS if r and r[0] < 128 else _PADDED_INTEGERS)[len(r)]
    before_s = (_INTEGERS if s and s[0] < 128 else _PADDED_INTEGERS)[len(s)]
    content = b"".join((before_r, r, before_s, s))
    return _SEQUENCES[len(content)] + content


def check(question: SignatureCheck) -> bool | None:
    """Whether the key made the signature; None if this build cannot say (a key or a curve it does not know).

    A key of the wrong kind for the algorithm did not make it: false. One of a kind that no format's algorithm is
    defined for is never checked, so that every verifier gives the same answer: None.
    """
    if question.key.kind is KeyKind.OTHER:
        return None
    spki, signature = question.key.spki, question.signature
    try:
        if ecdsa := _ECDSA.get(question.algorithm):
            ec_key = _elliptic_curve(spki)
            if ec_key is None:
                return False
            ec_key.verify(_der(signature), question.signed, ecdsa)
        elif question.algorithm is Algorithm.EDDSA:
            key = load_der_public_key(spki)
            if not isinstance(key, Ed25519PublicKey):
                return False
            key.verify(signature, question.signed)
        else:
            rsa_key = _rsa(spki)
            if rsa_key is None:
                return False
            rsa_key.verify(signature, question.signed, *_RSA[question.algorithm])
    except InvalidSignature:
        return False
    except (ValueError, UnsupportedAlgorithm):
        return None
    return True


# seals


def encrypted(plaintext: bytes, aad: bytes) -> tuple[bytes, bytes, bytes]:
    """A fresh content key (256 bits), a nonce (96 bits), and the ciphertext with its tag (AES-GCM, over `aad` too)."""
    key, nonce = AESGCM.generate_key(256), secrets.token_bytes(12)
    return key, nonce, AESGCM(key).encrypt(nonce, plaintext, aad)


def wrapped(content_key: bytes, to: PublicKey, context: bytes) -> tuple[PublicKey, bytes]:
    """A content key for one recipient, and the ephemeral key that it was wrapped with (ECDH-ES + A256KW, RFC 9053 6.4).

    Raises `ValueError` for a recipient's key that is not on P-256.
    """
    recipient = _elliptic_curve(to.spki)
    if recipient is None or to.kind is not KeyKind.P256:
        raise ValueError("not a key of P-256")
    ephemeral = generate_private_key(SECP256R1())
    secret = ephemeral.exchange(ECDH(), recipient)
    spki = ephemeral.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(spki, KeyKind.P256), aes_key_wrap(_wrapping_key(secret, context), content_key)


def decrypted(message: Encrypted, ours: Wrapped, secret: bytes) -> bytes | None:
    """The content, by the secret that the recipient's key and the ephemeral key share; None where it does not open."""
    try:
        key = aes_key_unwrap(_wrapping_key(secret, ours.context), ours.wrapped)
        return AESGCM(key).decrypt(message.nonce, message.ciphertext, message.aad)
    except (InvalidUnwrap, InvalidTag, ValueError):
        return None


def _wrapping_key(secret: bytes, context: bytes) -> bytes:
    """HKDF with SHA-256, without a salt, its info the COSE_KDF_Context (RFC 9053 sections 5.1 and 5.2)."""
    return HKDF(hashes.SHA256(), length=32, salt=None, info=context).derive(secret)
