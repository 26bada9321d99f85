"""A list of what was withdrawn, from the file that is to be written anew."""

from pathlib import Path

from pratique import revocation
from pratique.cli import _files
from pratique.revocation import RevocationList


def before(path: Path) -> RevocationList | None:
    """The list that is there; None before the first. Raises `UsageFault`, `TrustMaterialError` naming the file."""
    _files.check_writable(path)
    if not path.exists() or not path.stat().st_size:
        return None
    with _files.of(path):
        return revocation.from_bytes(_files.read(path, at_most=revocation.MAX_BYTES))
