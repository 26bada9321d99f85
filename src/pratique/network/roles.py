"""Who signs what, for how long, and what each signed file says beyond The Update Framework: where it counts, and since
when.

A role's file has two fields of ours inside the signed part: `environment`, so that no rehearsal ends in production, and
`issued`, so that time has a floor. Metadata is signed with Ed25519 alone: a browser can check that, too.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct
from securesystemslib.signer import Signature, SSlibKey
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp

LONG = timedelta(days=365)
"""Of everything that people sign with keys out of a safe."""


class SigningKey(Protocol):
    """A key of Ed25519 that signs: an `Ed25519PrivateKey`, or a `hardware.HardwareKey`, which nobody can read."""

    def public_key(self) -> Ed25519PublicKey:
        """Its public half."""
        ...

    def sign(self, data: bytes, /) -> bytes:
        """The signature of these octets, 64 of them."""
        ...


class Participant(Struct, frozen=True):
    """A country or body that signs its own parts with `threshold` of its `keys`.

    `issuers` are further names of it in certificates: the https address of its cards, its did:web.
    """

    country: str
    keys: tuple[Ed25519PublicKey, ...]
    threshold: int = 1
    issuers: tuple[str, ...] = ()


class Officers(Struct, frozen=True):
    """Whose keys sign for the network: `root` says who everybody is, `targets` who participates, `online` the rest."""

    root: tuple[Ed25519PublicKey, ...]
    targets: tuple[Ed25519PublicKey, ...]
    online: Ed25519PublicKey
    root_threshold: int = 2
    targets_threshold: int = 1


def public(key: Ed25519PublicKey) -> SSlibKey:
    """A key as metadata has it."""
    return SSlibKey.from_crypto(key)


def signed_bytes(signed: Root | Timestamp | Snapshot | Targets, signers: Sequence[SigningKey]) -> bytes:
    """A file of metadata with the signatures of all of `signers`."""
    metadata: Metadata[Any] = Metadata(signed)
    for key in signers:
        add_signature(metadata, key)
    return bytes(metadata.to_bytes())


def add_signature(metadata: Metadata[Any], key: SigningKey) -> None:
    """Put a key's signature beside those that a file has."""
    keyid = public(key.public_key()).keyid
    metadata.signatures[keyid] = Signature(keyid, key.sign(metadata.signed_bytes).hex())


def whole_second(at: datetime) -> datetime:
    """An instant as metadata can say it."""
    return at.astimezone(UTC).replace(microsecond=0)
