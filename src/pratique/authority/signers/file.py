"""A signer whose key lies in an encrypted file, for small countries, rehearsals and tests.

What it cannot protect against is said in `docs/keys.md`; a hardware module comes beside it under the same protocol.
"""

from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from pratique.authority.signers.certificates import PrivateKey, is_root, key_info
from pratique.authority.signers.counter import Counter
from pratique.authority.signers.keyfiles import KeyFiles, read_key
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import KeyInfo
from pratique.model.reasons import Reason
from pratique.trust.recipients import is_recipient


class FileSigner:
    """A `pratique.model.keys.Signer`; `open` makes one. Threads and processes may share the files."""

    def __init__(self, key: KeyInfo, private_key: PrivateKey, counter: Counter) -> None:
        self._key = key
        self._private_key = private_key
        self._counter = counter

    @classmethod
    def open(
        cls,
        key_path: Path,
        certificate_path: Path | None = None,
        *,
        passphrase: bytes,
        counter_path: Path | None = None,
    ) -> "FileSigner":
        """The signer of the key that `write_key` wrote; the other files are found beside it unless they are named.

        Raises `TrustMaterialError`: `KEY_UNREADABLE` (a file is missing or not what it should be, or key and
        certificate do not belong together), `KEY_LOCKED`, `TRUST_KEY_KIND`, `KEY_TEMPLATE` (a root signs no documents)
        and `KEY_COUNTER`.
        """
        pair = read_key(key_path, certificate_path, passphrase=passphrase)
        if is_root(pair.certificate_der):
            raise TrustMaterialError(Reason.KEY_TEMPLATE, detail="a root signs certificates of keys, not documents")
        if is_recipient(pair.certificate_der):
            raise TrustMaterialError(Reason.KEY_TEMPLATE, detail="a key for sealed certificates opens, and never signs")
        key = key_info(pair.certificate_der)
        counter = Counter(counter_path or KeyFiles.of(key_path).counter, key.kid)
        signer = cls(key, pair.private_key, counter)
        _ = signer.count  # a counter that cannot be used is refused now, not at the first traveller
        return signer

    @property
    def key(self) -> KeyInfo:
        """The key's public description."""
        return self._key

    @property
    def count(self) -> int:
        """How many signatures this key has been asked for, by every process. Raises as `sign` does."""
        return self._counter.count

    def sign(self, data: bytes) -> bytes:
        """The raw signature: ES256 64 bytes r‖s (RFC 9053 2.1), PS256 with a salt of 32 bytes (RFC 8230 2).

        The counter was advanced and flushed before. Raises `TrustMaterialError` (`KEY_COUNTER`).
        """
        with self._counter.next():
            if isinstance(self._private_key, ec.EllipticCurvePrivateKey):
                r, s = decode_dss_signature(self._private_key.sign(data, ec.ECDSA(hashes.SHA256())))
                return r.to_bytes(32) + s.to_bytes(32)
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32)
            return self._private_key.sign(data, pss, hashes.SHA256())
