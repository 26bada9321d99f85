"""Keys and signatures as values, and the two protocols that stand for secrets.

No arithmetic lives here: `pratique.crypto` answers a `SignatureCheck` with OpenSSL, a browser answers it with
WebCrypto, and neither is imported by this module.
"""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct


class Algorithm(StrEnum):
    """The signature algorithms of the supported formats, under their JOSE and COSE names (RFC 7518, RFC 9053)."""

    ES256 = "ES256"
    """ECDSA on P-256 with SHA-256; 64 bytes, r then s."""
    PS256 = "PS256"
    """RSASSA-PSS with SHA-256, MGF1-SHA256 and a salt of 32 bytes."""


class KeyKind(StrEnum):
    """What a public key is; `OTHER` is kept on a trust list, since an issuer listed it, and is never checkable."""

    P256 = "P-256"
    RSA = "RSA"
    BRAINPOOL_P256R1 = "brainpoolP256r1"
    OTHER = "other"


class Use(StrEnum):
    """What a key may vouch for (the extended key usage of a DSC, HCERT specification A.4)."""

    TEST = "test"
    VACCINATION = "vaccination"
    RECOVERY = "recovery"


class PublicKey(Struct, frozen=True, forbid_unknown_fields=True):
    """A public key as `SubjectPublicKeyInfo` in DER, which OpenSSL and WebCrypto both take."""

    spki: bytes
    kind: KeyKind


class SignatureCheck(Struct, frozen=True):
    """One question for the arithmetic: did `key` make `signature` over `signed`?

    The answer is true, false, or None where it cannot be computed here (a curve that a browser lacks).
    """

    key: PublicKey
    algorithm: Algorithm
    signed: bytes
    signature: bytes


class KeyInfo(Struct, frozen=True):
    """What a signer says of its key, needed while the bytes to be signed are built.

    `uses` None means any; times are aware.
    """

    kid: bytes
    algorithm: Algorithm
    signature_length: int
    """Octets: 64 for ES256, those of its modulus for an RSA key."""
    issuer: str
    not_before: datetime
    not_after: datetime
    uses: frozenset[Use] | None = None
    certificate: bytes | None = None
    """The document signer certificate (DSC) in DER, where there is one."""


class Signer(Protocol):
    """Signs bytes under a key id. It never sees a certificate, and counts what it signs."""

    @property
    def key(self) -> KeyInfo:
        """The key's public description."""

    def sign(self, data: bytes) -> bytes:
        """The raw signature (ES256: 64 bytes r‖s), after the signing counter was advanced and flushed."""
