"""On PostgreSQL the API works in four roles, none of which can do what it does not have to."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient
from msgspec import structs
from sqlalchemy import make_url, text
from sqlalchemy.exc import ProgrammingError

from pratique.authority.access import Role
from pratique.authority.store import open_store, reading
from pratique.config import Config
from pratique.web.api import app
from pratique.web.api.serving import _engines
from tests import databases
from tests.authority.identity import scripted
from tests.web.api.authority import Installed, assertion, bundle, installed, populate, sign_in
from tests.web.api.test_booking import dcc, read, validated
from tests.web.houses import HOST

LOGIN = "pratique_tests_server"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installed, TestClient[Any]]]:
    with databases.server() as server:
        databases.make_template(server)
        with databases.copy(server) as url:
            populated = populate(url)
            roles = "pratique_api, pratique_intake, pratique_health, pratique_issuance"
            databases.command(
                server, f"DROP ROLE IF EXISTS {LOGIN}", f"CREATE ROLE {LOGIN} LOGIN NOINHERIT IN ROLE {roles}"
            )
            user = make_url(url).set(username=LOGIN).render_as_string(hide_password=False)
            config = Config(country="XA", authority={"en": "XA"}, address="https://xa.example", database_url=user)
            engines = _engines(config)
            folder = tmp_path_factory.mktemp("served")
            there = installed(url, populated, folder, signing=True, enrolments=scripted.enrolments(None, seed=21))
            office = structs.replace(there.house.office, engine=engines.issuance) if there.house.office else None
            there = structs.replace(there, house=structs.replace(there.house, engines=engines, office=office))
            with TestClient(app(there.house), base_url=HOST) as client:
                yield there, client
            for engine in (*structs.astuple(engines), there.engine):
                engine.dispose()
        databases.command(server, f"DROP ROLE {LOGIN}")


def test_each_room_does_its_work(served: tuple[Installed, TestClient[Any]]) -> None:
    there, client = served
    assert client.get("/health/ready").status_code == 200
    assert sign_in(client, assertion(Role.CLINIC, there.clock)).status_code == 200
    headers = there.bearer(Role.CLINIC) | {"content-type": "application/fhir+json"}
    sent = client.post("/v1/records", content=bundle("XA5550001", "Wang", "Lili"), headers=headers)
    assert sent.status_code == 200, sent.text
    own = there.bearer(Role.HOLDER)
    for path in ("records", "looks", "export", "certificates"):
        assert client.get(f"/v1/people/me/{path}", headers=own).status_code == 200, path
    record = client.get("/v1/people/me/records", headers=own).json()["events"][0]["records"][0]["record_id"]
    disputed = client.post(f"/v1/people/me/records/{record}/disputes", json={"statement": "No."}, headers=own)
    assert disputed.status_code == 201
    made = client.post("/v1/people/me/certificates", json={}, headers=own)
    assert made.status_code in (201, 422), made.text  # 422: what is disputed is not signed
    assert client.post("/en/support", data={"topic": "other", "message": "Help."}).status_code == 201
    assert len(client.get("/v1/support", headers=there.bearer(Role.HEALTH_AUTHORITY)).json()["waiting"]) == 1
    assert read(served, validated(served, dcc()).text)["result"] == "OK"


@pytest.mark.parametrize(
    ("engine", "table"),
    [("api", "record"), ("api", "person"), ("intake", "looked"), ("intake", "client"), ("health", "client"),
     ("issuance", "declaration"), ("issuance", "booking")],
)  # fmt: skip
def test_and_no_more_than_that(served: tuple[Installed, TestClient[Any]], engine: str, table: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        reading(getattr(served[0].house.engines, engine)) as connection,
    ):
        connection.execute(text(f"SELECT count(*) FROM {table}"))


def test_the_user_that_logs_in_has_nothing_of_its_own(served: tuple[Installed, TestClient[Any]]) -> None:
    engine = open_store(served[0].house.engines.api.url.render_as_string(hide_password=False))
    with pytest.raises(ProgrammingError, match="permission denied"), reading(engine) as connection:
        connection.execute(text("SELECT count(*) FROM account"))
    engine.dispose()
