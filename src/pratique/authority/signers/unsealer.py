"""A health authority's key for sealed certificates in an encrypted file; a hardware module comes beside it."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from pratique.authority.signers.keyfiles import read_key
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import PublicKey
from pratique.model.reasons import Reason
from pratique.model.sealed import Recipient
from pratique.trust.recipients import recipient


class FileUnsealer:
    """A `pratique.model.keys.Unsealer`; `open` makes one."""

    def __init__(self, ours: Recipient, private_key: ec.EllipticCurvePrivateKey) -> None:
        self._ours = ours
        self._private_key = private_key

    @classmethod
    def open(cls, key_path: Path, certificate_path: Path | None = None, *, passphrase: bytes) -> "FileUnsealer":
        """The unsealer of a key that `write_key` wrote; its certificate is found beside it unless it is named.

        Raises `TrustMaterialError`: `KEY_UNREADABLE`, `KEY_LOCKED`, and `RECIPIENT_PURPOSE` for a key of another use.
        """
        pair = read_key(key_path, certificate_path, passphrase=passphrase)
        ours = recipient(pair.certificate_der)
        if not isinstance(pair.private_key, ec.EllipticCurvePrivateKey):
            raise TrustMaterialError(Reason.TRUST_KEY_KIND, detail="sealed certificates are for keys of P-256")
        return cls(ours, pair.private_key)

    @property
    def recipient(self) -> Recipient:
        """What its certificate says."""
        return self._ours

    @property
    def key_id(self) -> bytes:
        """By which a sealed certificate names it."""
        return self._ours.key_id

    def agree(self, ephemeral: PublicKey) -> bytes:
        """The secret that it shares with a P-256 key. Raises `ValueError` for another key."""
        public = load_der_public_key(ephemeral.spki)
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise ValueError("not a key of P-256")
        return self._private_key.exchange(ec.ECDH(), public)
