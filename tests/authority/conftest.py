"""The two databases: every test of the store runs on both."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests import databases

from pratique.authority.store import Vault, open_store


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    with databases.server() as url:
        databases.make_template(url)
        yield url


@pytest.fixture(scope="session")
def database(postgresql: str) -> Iterator[str]:
    """One database that tests share, each after it was emptied."""
    with databases.copy(postgresql) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        engine = databases.sqlite(tmp_path / "records.db")
        yield engine.url.render_as_string()
        return
    url = request.getfixturevalue("database")
    databases.empty(url)
    yield url


@pytest.fixture
def store(store_url: str) -> Iterator[Engine]:
    engine = open_store(store_url)
    yield engine
    engine.dispose()


@pytest.fixture
def vault() -> Vault:
    return Vault.draw()
