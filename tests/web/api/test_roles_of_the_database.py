"""On PostgreSQL the API works in four roles, none of which can do what it does not have to."""

from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey
from litestar.testing import TestClient
from msgspec import structs
from sqlalchemy import make_url, text
from sqlalchemy.exc import ProgrammingError

from pratique.authority.access import Account, Role, enter
from pratique.authority.access.clients import MAY_SIGN_IN
from pratique.authority.issuance import limits, log, oversight, requests
from pratique.authority.issuance.limits import Limits
from pratique.authority.issuance.requests import Wanted
from pratique.authority.records import codes
from pratique.authority.records.codes import Codes
from pratique.authority.status.codes import by_policy
from pratique.authority.store import facilities as standing
from pratique.authority.store import open_store, reading, signing_log, writing
from pratique.config import Config
from pratique.rules.linting import parse_policy
from pratique.sandbox import codes as sandbox
from pratique.web.api import app
from pratique.web.api.serving import _engines
from tests import databases
from tests.authority.identity import scripted
from tests.authority.issuing import ANNE, BO, CLINIC, PROGRAM
from tests.web.api.authority import MEIMEI, Installed, assertion, bundle, installed, populate, sign_in
from tests.web.api.test_booking import dcc, read, validated
from tests.web.api.test_two_people import APP_KEY
from tests.web.houses import HOST, SIGNER

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
            by = Codes(SIGNER, by_policy(parse_policy(sandbox.policy()), UTC))
            enrolments = scripted.enrolments(None, seed=21)
            there = installed(url, populated, folder, signing=True, enrolments=enrolments, codes=by)
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
    coded = client.post("/v1/people/me/codes", json={"bizSeqNo": "C-1"}, headers=own)
    assert coded.status_code == 201, coded.text
    with reading(there.house.engines.health) as connection:
        assert codes.shared(connection, there.people[MEIMEI].person_id, there.clock())[0] == "unknown"
    record = client.get("/v1/people/me/records", headers=own).json()["events"][0]["records"][0]["record_id"]
    disputed = client.post(f"/v1/people/me/records/{record}/disputes", json={"statement": "No."}, headers=own)
    assert disputed.status_code == 201
    made = client.post("/v1/people/me/certificates", json={}, headers=own)
    assert made.status_code in (201, 422), made.text  # 422: what is disputed is not signed
    assert client.post("/en/support", data={"topic": "other", "message": "Help."}).status_code == 201
    assert len(client.get("/v1/support", headers=there.bearer(Role.HEALTH_AUTHORITY)).json()["waiting"]) == 1
    assert read(served, validated(served, dcc()).text)["result"] == "OK"


def test_the_health_authority_does_its_work(served: tuple[Installed, TestClient[Any]]) -> None:
    """What takes two, requests, figures and logs: all of it as `pratique_health`, which signs nothing."""
    there, client = served
    engine, at = there.house.engines.health, there.clock()
    with writing(there.engine) as connection:
        for each in (ANNE, BO):
            enter(connection, each, each.account_id, at=at - timedelta(days=1))
    anne, bo = (there.bearer_of(each) for each in (ANNE, BO))
    period = {"since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z", "ground": "stolen_access"}
    facility = {"facility_id": CLINIC.facility_id}
    delivery = {"lot": "LOT-1", "doses": 5}
    for address, content in (
        (f"/v1/facilities/{CLINIC.facility_id}/deliveries", delivery),
        ("/v1/withdrawals/facility", facility | period),
        ("/v1/withdrawals/lot", {"lot": "LOT-1", "ground": "anomaly"}),
    ):
        waits = client.post(address, json=content, headers=anne)
        assert waits.status_code == 201, waits.text
        done = client.post(f"/v1/proposals/{waits.json()['proposal_id']}/confirmation", headers=bo)
        assert done.json()["outcome"] == "confirmed", done.text
    asked = {"bizSeqNo": "P-1", "appId": "city-2", "name": "City 2", "country": "XA", "keys": {"keys": [APP_KEY]}}
    assert client.post("/v1/national/code-applications", json=asked).json()["state"] == "waiting"
    (app_,) = client.get("/v1/applications", headers=anne).json()["applications"]
    waits = client.post(f"/v1/applications/{app_['application_id']}/proposal", headers=anne)
    done = client.post(f"/v1/proposals/{waits.json()['proposal_id']}/confirmation", headers=bo)
    assert done.json()["outcome"] == "confirmed", done.text
    assert client.post("/v1/national/code-applications", json=asked).json()["state"] == "granted"
    assert len(client.get("/v1/recalls", headers=anne).json()["recalls"]) == 2
    keys = {"keys": [ECKey.generate_key("P-256", {"kid": "one"}).as_dict(private=False)]}
    program = {"client_id": "air-9", "role": "carrier", "name": "Airline 9", "keys": keys}
    for address, content in (("/v1/clients", program), ("/v1/clients/air-9/keys", {"keys": keys})):
        waits = client.post(address, json=content, headers=anne).json()
        done = client.post(f"/v1/proposals/{waits['proposal_id']}/confirmation", headers=bo)
        assert done.json()["outcome"] == "confirmed", done.text
    assert client.post("/v1/clients/air-9/end", headers=anne).status_code == 200
    assert client.get("/v1/facilities", headers=anne).json()["facilities"][0]["lots"][0]["received"] == 5
    for each in client.get("/v1/logs").json()["logs"]:
        assert client.get(f"/v1/logs/{each['key_id']}/checkpoint").status_code == 200
    known = there.people[MEIMEI]
    with writing(engine) as connection:
        asked = requests.enter(connection, there.house.vault, known, Wanted(), PROGRAM, at=at)
        assert [each.request_id for each in requests.waiting(connection, ANNE)] == [asked.request_id]
        requests.decline(connection, asked, ANNE, at=at)
    with reading(engine) as connection:
        assert oversight.counted(connection, since=at - timedelta(days=7)).declined == 1
        assert oversight.by_operator(connection, Limits(), at=at) == ()
        assert oversight.waiting(connection)["requests"] == 0
        assert standing.busiest_days(connection, ["clinic"]) == {}
        assert limits.unusual(connection, at=at) == ()
        for key in signing_log.keys(connection):
            log.balance(connection, key.key_id)
            log.erased(connection, key.key_id)


@pytest.mark.parametrize(
    ("engine", "table"),
    [("api", "record"), ("api", "person"), ("intake", "looked"), ("intake", "client"), ("health", "assertion"),
     ("issuance", "declaration"), ("issuance", "booking")],
)  # fmt: skip
def test_and_no_more_than_that(served: tuple[Installed, TestClient[Any]], engine: str, table: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        reading(getattr(served[0].house.engines, engine)) as connection,
    ):
        connection.execute(text(f"SELECT count(*) FROM {table}"))


def test_the_desk_makes_no_official(served: tuple[Installed, TestClient[Any]]) -> None:
    there, _ = served
    for role in Role:
        if role not in MAY_SIGN_IN:
            with (
                pytest.raises(ProgrammingError, match="programs alone"),
                writing(there.house.engines.health) as connection,
            ):
                enter(connection, Account("somebody", role), "Somebody", at=there.clock())


def test_the_user_that_logs_in_has_nothing_of_its_own(served: tuple[Installed, TestClient[Any]]) -> None:
    engine = open_store(served[0].house.engines.api.url.render_as_string(hide_password=False))
    with pytest.raises(ProgrammingError, match="permission denied"), reading(engine) as connection:
        connection.execute(text("SELECT count(*) FROM account"))
    engine.dispose()
