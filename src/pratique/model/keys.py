"""Keys and signatures as values, and the two protocols that stand for secrets.

No arithmetic lives here: `pratique.crypto` answers a `SignatureCheck` with OpenSSL, a browser answers it with
WebCrypto, and neither is imported by this module.
"""

import hashlib
import re
from base64 import urlsafe_b64encode
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct


class Algorithm(StrEnum):
    """Signature algorithms under their JOSE and COSE names (RFC 7518, RFC 8037, RFC 9053).

    Formats are signed with ES256, PS256 and EdDSA; the others are met on the certificates of signers. As in COSE, `ES`
    names the hash and leaves the curve to the key; a signature is r then s, each as long as the curve's order. `PS` has
    MGF1 with its own hash, and a salt as long as that; `RS` is RSASSA-PKCS1-v1_5.
    """

    ES256 = "ES256"
    ES384 = "ES384"
    ES512 = "ES512"
    PS256 = "PS256"
    PS384 = "PS384"
    PS512 = "PS512"
    RS256 = "RS256"
    RS384 = "RS384"
    RS512 = "RS512"
    EDDSA = "EdDSA"


class KeyKind(StrEnum):
    """What a public key is; `OTHER` is kept on a trust list, since an issuer listed it, and is never checkable."""

    P256 = "P-256"
    P384 = "P-384"
    P521 = "P-521"
    BRAINPOOL_P256R1 = "brainpoolP256r1"
    BRAINPOOL_P384R1 = "brainpoolP384r1"
    BRAINPOOL_P512R1 = "brainpoolP512r1"
    RSA = "RSA"
    ED25519 = "Ed25519"
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


def is_issuer_url(text: str) -> bool:
    """Whether this is an https address without a slash at its end, as SMART Health Cards name their issuers."""
    return _ISSUER_URL.fullmatch(text) is not None


_ISSUER_URL = re.compile(r"https://[\x21-\x7e]*[\x21-\x2e\x30-\x7e]")


def thumbprint(key: PublicKey) -> str:
    """The name of a P-256 key among JSON Web Keys: SHA-256 over its JWK, in base64url (RFC 7638).

    Raises `ValueError` for a key of another kind, or one whose point is compressed.
    """
    if key.kind is not KeyKind.P256 or len(key.spki) != 91 or key.spki[26] != 4:
        raise ValueError("not an uncompressed point of P-256")
    x, y = base64url(key.spki[27:59]), base64url(key.spki[59:])
    return base64url(hashlib.sha256(f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'.encode()).digest())


def base64url(octets: bytes) -> str:
    """Octets in the alphabet of RFC 4648 section 5, without padding."""
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


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
    public: PublicKey | None = None
    """The public key, for formats that name it by itself."""
    url: str | None = None
    """The https address that its certificate names the issuer by, for formats that have no country."""


class Unsealer(Protocol):
    """Opens what was sealed for its key. It never sees a claim: it gives a secret, and the content opens elsewhere."""

    @property
    def key_id(self) -> bytes:
        """The first eight octets of SHA-256 over its certificate, by which a sealed certificate names it."""

    def agree(self, ephemeral: PublicKey) -> bytes:
        """The secret that it shares with a P-256 key: the x-coordinate, 32 octets (ECDH, RFC 9053 6.3.1)."""


class Signer(Protocol):
    """Signs bytes under a key id. It never sees a certificate, and counts what it signs."""

    @property
    def key(self) -> KeyInfo:
        """The key's public description."""

    def sign(self, data: bytes) -> bytes:
        """The raw signature (ES256: 64 bytes r‖s), after the signing counter was advanced and flushed."""
