"""The arithmetic of signatures; below the authority's rooms, the only importer of `cryptography`."""

from collections.abc import Callable
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from pratique.model.keys import Algorithm, SignatureCheck

_SHA256 = hashes.SHA256()
_ECDSA_SHA256 = ECDSA(_SHA256)
_PSS_SHA256 = PSS(MGF1(_SHA256), salt_length=32)


@lru_cache(maxsize=4096)
def _verifier(algorithm: Algorithm, spki: bytes) -> Callable[[bytes, bytes], None] | None:
    """What raises `InvalidSignature` unless the key made a signature; None for a key of another kind.

    Keys are few and certificates many: a whole world's trust list fits. Raises `ValueError`, `UnsupportedAlgorithm`.
    """
    key = load_der_public_key(spki)
    if algorithm is Algorithm.ES256 and isinstance(key, EllipticCurvePublicKey):
        return lambda signature, signed: key.verify(_der(signature), signed, _ECDSA_SHA256)
    if algorithm is Algorithm.PS256 and isinstance(key, RSAPublicKey):
        return lambda signature, signed: key.verify(signature, signed, _PSS_SHA256, _SHA256)
    return None


def _der(signature: bytes) -> bytes:
    """The DER form of a raw r‖s, which is how OpenSSL wants it."""
    return encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))


def check(question: SignatureCheck) -> bool | None:
    """Whether the key made the signature; None if this build cannot say (a key or a curve it does not know).

    A key of the wrong kind for the algorithm did not make it: false.
    """
    try:
        verifier = _verifier(question.algorithm, question.key.spki)
    except (ValueError, UnsupportedAlgorithm):
        return None
    if verifier is None:
        return False
    try:
        verifier(question.signature, question.signed)
    except InvalidSignature:
        return False
    return True
