"""The API over an SQLite store, and over PostgreSQL where a test asks for both."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from pratique.authority.store import migrate, open_store
from tests.web.api.authority import Installed, opened


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file of empty tables, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "records.db"
    engine = open_store(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def url(migrated: Path, tmp_path: Path) -> str:
    (tmp_path / "records.db").write_bytes(migrated.read_bytes())
    return f"sqlite:///{tmp_path / 'records.db'}"


@pytest.fixture
def api(url: str, tmp_path: Path) -> Iterator[tuple[Installed, TestClient[Any]]]:
    with opened(url, tmp_path) as both:
        yield both
