"""The API over an SQLite store: a copy for each test of one that was filled once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from pratique.authority.store import migrate, open_store
from tests.authority.identity import scripted
from tests.web.api.authority import Installed, Populated, opened, populate


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Populated]:
    path = tmp_path_factory.mktemp("filled") / "records.db"
    url = f"sqlite:///{path}"
    engine = open_store(url)
    migrate(engine)
    engine.dispose()
    return path, populate(url)


@pytest.fixture(scope="session")
def populated(filled: tuple[Path, Populated]) -> Populated:
    return filled[1]


def copied(filled: tuple[Path, Populated], folder: Path) -> str:
    (folder / "records.db").write_bytes(filled[0].read_bytes())
    return f"sqlite:///{folder / 'records.db'}"


@pytest.fixture
def url(filled: tuple[Path, Populated], tmp_path: Path) -> str:
    return copied(filled, tmp_path)


@pytest.fixture
def api(url: str, populated: Populated, tmp_path: Path) -> Iterator[tuple[Installed, TestClient[Any]]]:
    with opened(url, populated, tmp_path) as both:
        yield both


@pytest.fixture(scope="module")
def everything(
    filled: tuple[Path, Populated], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Installed, TestClient[Any]]]:
    """The API with every room of it, for tests that change nothing which others look at."""
    folder = tmp_path_factory.mktemp("everything")
    enrolments = scripted.enrolments(None, limits=None, seed=3)
    more = {"signing": True, "enrolments": enrolments, "answer_after": 0.01}
    with opened(copied(filled, folder), filled[1], folder, **more) as both:
        yield both
