"""Where the shared test vectors are: data nobody here wrote, never copied into the project."""

import os
from pathlib import Path

import pytest

_PLACE = Path(os.environ.get("PRATIQUE_VECTORS") or Path(__file__).parents[2] / "shared" / "vectors")

VECTORS: Path | None = _PLACE if _PLACE.is_dir() else None
"""Their folder, or None where there is none."""

VECTORS_ABSENT = "the shared test vectors are not here (set PRATIQUE_VECTORS)"
needs_vectors = pytest.mark.skipif(VECTORS is None, reason=VECTORS_ABSENT)
