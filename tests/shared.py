"""Where the shared test vectors are, if they are here at all."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parent.parent.parent / "shared" / "vectors"
_GIVEN = Path(os.environ["PRATIQUE_VECTORS"]) if "PRATIQUE_VECTORS" in os.environ else _BESIDE

VECTORS: Path | None = _GIVEN if _GIVEN.is_dir() else None

needs_vectors = pytest.mark.skipif(
    VECTORS is None, reason="the shared test vectors are not here (set PRATIQUE_VECTORS)"
)
