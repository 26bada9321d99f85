"""Where the test vectors that nobody here wrote are, if they are here."""

import os
from pathlib import Path

import pytest

_PLACE = Path(os.environ.get("PRATIQUE_VECTORS") or Path(__file__).parents[2] / "shared" / "vectors")

VECTORS: Path | None = _PLACE if _PLACE.is_dir() else None

needs_vectors = pytest.mark.skipif(
    VECTORS is None, reason="the shared test vectors are not here (set PRATIQUE_VECTORS)"
)
