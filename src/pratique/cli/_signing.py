"""A document signer from its files, for commands that sign; a key that everybody has signs specimens alone."""

from pathlib import Path

from pratique.authority.signers.counter import CountedSigner
from pratique.authority.signers.opening import open_signer
from pratique.cli import _passphrase
from pratique.model.errors import TrustMaterialError
from pratique.model.reasons import Reason
from pratique.trust.published import published


def signer(key: Path, passphrase_file: Path | None, *, specimen: bool) -> CountedSigner:
    """Raises `TrustMaterialError`, and `UsageFault` for a passphrase that cannot be had."""
    opened = open_signer(key, passphrase=_passphrase.get(passphrase_file))
    if not specimen and opened.key.public is not None and published(opened.key.public.spki) is not None:
        raise TrustMaterialError(Reason.TRUST_KEY_PUBLIC, detail="it signs specimens alone")
    return opened
