"""A certificate that only the health authorities it was made for can read; what it is and for whom, everybody can.

Everything here is public: of the claims there is nothing but an encryption of them.
"""

from datetime import datetime

from msgspec import Struct

from pratique.model.keys import PublicKey

MOST_RECIPIENTS = 8
"""A journey has a destination, and perhaps stops on the way; each costs about a hundred octets of the code."""


class Recipient(Struct, frozen=True):
    """A health authority's public key for sealed certificates; times are aware."""

    country: str
    """ISO 3166-1 alpha-2."""
    key_id: bytes
    """The first eight octets of SHA-256 over its certificate (DER), as for a signer."""
    key: PublicKey
    not_before: datetime
    not_after: datetime


class Sealed(Struct, frozen=True):
    """What stands in a sealed certificate: for which states, in the order of their keys, and the encrypted message."""

    recipients: tuple[str, ...]
    ciphertext: bytes
    """A COSE_Encrypt message (RFC 9052, 5.1) over the claims."""
    specimen: bool = False


class Wrapped(Struct, frozen=True):
    """The content key as one recipient gets it: encrypted under a key that ECDH with `ephemeral` and HKDF give."""

    key_id: bytes
    ephemeral: PublicKey
    wrapped: bytes
    context: bytes
    """What HKDF takes as its info: the COSE_KDF_Context (RFC 9053, 5.2)."""


class Encrypted(Struct, frozen=True):
    """A COSE_Encrypt message taken apart: AES-GCM with a nonce, over `aad` as well."""

    nonce: bytes
    ciphertext: bytes
    aad: bytes
    """The Enc_structure (RFC 9052, 5.3)."""
    recipients: tuple[Wrapped, ...]
