"""Keys of the network in files: Ed25519, the private half under a passphrase, the public half in PEM beside it."""

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from pratique.authority.signers import pkcs8
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import KeyKind, PublicKey
from pratique.model.reasons import Reason

Public = Ed25519PublicKey
PRIVATE, PUBLIC = ".key.pem", ".pub.pem"


def new_key(stem: Path, passphrase: bytes) -> tuple[Path, Path]:
    """Make a key: `stem`.key.pem (mode 0600) and `stem`.pub.pem; the first is never replaced.

    Raises `TrustMaterialError`: `KEY_PASSPHRASE`, `KEY_EXISTS`, `KEY_NOT_WRITTEN`.
    """
    key = Ed25519PrivateKey.generate()
    private, public = stem.with_name(stem.name + PRIVATE), stem.with_name(stem.name + PUBLIC)
    content = pkcs8.encrypt(key, passphrase)
    try:
        private.touch(mode=0o600, exist_ok=False)
        private.write_bytes(content)
        public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    except FileExistsError as fault:
        raise TrustMaterialError(Reason.KEY_EXISTS, detail=f"{private.name} is there already") from fault
    except OSError as fault:
        raise TrustMaterialError(Reason.KEY_NOT_WRITTEN, detail=f"{private.name} could not be written") from fault
    return private, public


def write_public(stem: Path, key: Ed25519PublicKey) -> Path:
    """The public half of a key that is elsewhere, as `stem`.pub.pem. Raises `TrustMaterialError` (KEY_NOT_WRITTEN)."""
    path = stem.with_name(stem.name + PUBLIC)
    try:
        path.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    except OSError as fault:
        raise TrustMaterialError(Reason.KEY_NOT_WRITTEN, detail=f"{path.name} could not be written") from fault
    return path


def read_private(data: bytes, passphrase: bytes, *, name: str) -> Ed25519PrivateKey:
    """A key from its file. Raises `TrustMaterialError`: `KEY_LOCKED`, `KEY_UNREADABLE`, `TRUST_KEY_KIND`."""
    if b"ENCRYPTED PRIVATE KEY" not in data:
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail=f"{name} holds no encrypted key")
    try:
        key = load_pem_private_key(data, passphrase)
    except (ValueError, TypeError) as fault:
        raise TrustMaterialError(Reason.KEY_LOCKED, detail=name) from fault
    except UnsupportedAlgorithm as fault:
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail=name) from fault
    if not isinstance(key, Ed25519PrivateKey):
        raise TrustMaterialError(Reason.TRUST_KEY_KIND, detail=f"{name} is no Ed25519 key")
    return key


def public_key(key: Ed25519PublicKey) -> PublicKey:
    """The public half as lists and checks have it."""
    return PublicKey(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), KeyKind.ED25519)


def read_public(data: bytes, *, name: str) -> Ed25519PublicKey:
    """A public key from its file. Raises `TrustMaterialError`: `KEY_UNREADABLE`, `TRUST_KEY_KIND`."""
    try:
        key = load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise TrustMaterialError(Reason.KEY_UNREADABLE, detail=f"{name} holds no public key") from fault
    if not isinstance(key, Ed25519PublicKey):
        raise TrustMaterialError(Reason.TRUST_KEY_KIND, detail=f"{name} is no Ed25519 key")
    return key
