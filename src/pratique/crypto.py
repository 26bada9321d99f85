"""The arithmetic of signatures; below the authority's rooms, the only importer of `cryptography`."""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from pratique.model.keys import Algorithm, KeyKind, SignatureCheck

_ECDSA_SHA256 = ECDSA(hashes.SHA256())
_PSS_SHA256 = PSS(MGF1(hashes.SHA256()), salt_length=32)


@lru_cache(maxsize=4096)
def _load(spki: bytes) -> PublicKeyTypes:
    """Keys are few and certificates many; the whole of a world's trust list fits."""
    return load_der_public_key(spki)


def check(question: SignatureCheck) -> bool | None:
    """Whether the key made the signature; None if this build cannot say (a key or a curve it does not know).

    A key of the wrong kind for the algorithm did not make it: false. One of a kind that no format's algorithm is
    defined for is never checked, so that every verifier gives the same answer: None.
    """
    if question.key.kind is KeyKind.OTHER:
        return None
    try:
        key = _load(question.key.spki)
    except (ValueError, UnsupportedAlgorithm):
        return None
    try:
        if question.algorithm is Algorithm.ES256 and isinstance(key, EllipticCurvePublicKey):
            r, s = question.signature[:32], question.signature[32:]
            der = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
            key.verify(der, question.signed, _ECDSA_SHA256)
        elif question.algorithm is Algorithm.PS256 and isinstance(key, RSAPublicKey):
            key.verify(question.signature, question.signed, _PSS_SHA256, hashes.SHA256())
        else:
            return False
    except InvalidSignature:
        return False
    return True
