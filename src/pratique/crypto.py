"""The arithmetic of signatures; below the authority's rooms, the only importer of `cryptography`."""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from pratique.model.keys import Algorithm, KeyKind, SignatureCheck

_SHA256 = hashes.SHA256()
_ECDSA_SHA256 = ECDSA(_SHA256)
_PSS_SHA256 = PSS(MGF1(_SHA256), salt_length=32)


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


def _der(signature: bytes) -> bytes:
    """A raw r‖s as OpenSSL wants it: a SEQUENCE of two INTEGERs (X.690), each positive and as short as can be."""
    r, s = signature[:32].lstrip(b"\0"), signature[32:].lstrip(b"\0")
    if not r or r[0] > 127:
        r = b"\0" + r
    if not s or s[0] > 127:
        s = b"\0" + s
    return b"\x30%c\x02%c%b\x02%c%b" % (len(r) + len(s) + 4, len(r), r, len(s), s)


def check(question: SignatureCheck) -> bool | None:
    """Whether the key made the signature; None if this build cannot say (a key or a curve it does not know).

    A key of the wrong kind for the algorithm did not make it: false. One of a kind that no format's algorithm is
    defined for is never checked, so that every verifier gives the same answer: None.
    """
    if question.key.kind is KeyKind.OTHER:
        return None
    spki, signature = question.key.spki, question.signature
    try:
        if question.algorithm is Algorithm.ES256:
            ec_key = _elliptic_curve(spki)
            if ec_key is None:
                return False
            ec_key.verify(_der(signature), question.signed, _ECDSA_SHA256)
        else:
            rsa_key = _rsa(spki)
            if rsa_key is None:
                return False
            rsa_key.verify(signature, question.signed, _PSS_SHA256, _SHA256)
    except InvalidSignature:
        return False
    except (ValueError, UnsupportedAlgorithm):
        return None
    return True
