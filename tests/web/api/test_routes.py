"""ONE table of routes and roles: it has every route there is, and every route does what it says."""

from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from pratique.authority.access import Role
from pratique.authority.identity.enrolment import Enrolments
from pratique.texts import LANGUAGES
from pratique.web.api import app
from pratique.web.api.routes import ROUTES, Open
from tests.authority.identity import scripted
from tests.web.api.authority import Installed, Populated, opened
from tests.web.houses import HOST

FILLED = {"{name}": "trust.json", "{number}": "1", "{person}": "me"}
PUBLIC = [route for route, who in ROUTES.items() if who is Open.ANYBODY]


@pytest.fixture
def enrolments() -> Enrolments:
    return scripted.enrolments(None, limits=None, seed=1)


def address(route: str) -> tuple[str, str]:
    method, _, path = route.partition(" ")
    for part, value in FILLED.items():
        path = path.replace(part, value)
    return method, "/".join("f" * 32 if step.startswith("{") else step for step in path.split("/"))


def ask(client: TestClient[Any], route: str, headers: dict[str, str] | None = None) -> Any:
    method, path = address(route)
    return client.request(method, path, headers=headers, json={} if method == "POST" else None)


def routes_of(there: Installed) -> set[str]:
    found = set()
    for route in app(there.house).routes:
        methods = getattr(route, "methods", set()) - {"OPTIONS"}
        found |= {f"{method} {route.path_format}" for method in methods}
    return found - {"GET /v1/{path}"}  # the framework's own, where its description lies; the table lets nobody in


def test_the_table_has_every_route_and_no_other(
    url: str, populated: Populated, tmp_path: Path, enrolments: Enrolments
) -> None:
    with opened(url, populated, tmp_path, signing=True, enrolments=enrolments) as (there, _):
        found = routes_of(there)
    of_programs = {route for route in found if route.partition(" ")[2].startswith(("/v1/", "/health/", "/metrics"))}
    assert of_programs == set(ROUTES)
    pages = {route.partition(" ")[2].split("/")[1] for route in found - of_programs}
    assert pages <= {"", ".well-known", *LANGUAGES, "text", "problems", "static", "v1"}


@pytest.mark.parametrize("route", [route for route, who in ROUTES.items() if who is not Open.ANYBODY])
def test_nobody_without_a_token(everything: tuple[Installed, TestClient[Any]], route: str) -> None:
    there, client = everything
    for headers in ({}, {"authorization": "Bearer nonsense"}, {"authorization": there.token(Role.HOLDER)}):
        answer = ask(client, route, headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_IN_NEEDED")
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", [route for route, who in ROUTES.items() if isinstance(who, frozenset)])
def test_a_role_does_what_the_table_says_and_nothing_else(
    everything: tuple[Installed, TestClient[Any]], route: str, role: Role
) -> None:
    there, client = everything
    answer = ask(client, route, there.bearer(role))
    who = ROUTES[route]
    assert isinstance(who, frozenset)
    if role in who:
        assert answer.status_code not in (401, 403, 500), answer.text
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "NOT_ALLOWED")


def test_a_token_that_has_run_out_is_none(api: tuple[Installed, TestClient[Any]]) -> None:
    there, client = api
    headers = there.bearer(Role.HOLDER)
    assert client.get("/v1/people", headers=headers).status_code == 200
    there.clock.at = there.clock.at.replace(hour=there.clock.at.hour + 1)
    assert client.get("/v1/people", headers=headers).status_code == 401


def test_no_route_that_anybody_may_ask_moves_the_signing_counter(
    url: str, populated: Populated, tmp_path: Path, enrolments: Enrolments
) -> None:
    with opened(url, populated, tmp_path, signing=True, enrolments=enrolments) as (there, client):
        assert there.house.office is not None
        (signer,) = there.house.office.signers
        before = signer.count
        for route in PUBLIC:
            for body in ({}, {"scans": ["HC1:X"]}, {"document": "XA1234567", "device": "d" * 16}):
                method, path = address(route)
                answer = client.request(method, path, json=body if method == "POST" else None)
                assert answer.status_code < 500, route
        assert signer.count == before
        asked = client.post("/v1/people/me/certificates", json={}, headers=there.bearer(Role.HOLDER))
        assert (asked.status_code, signer.count) == (201, before + 1), asked.text


@pytest.mark.parametrize(
    "route", ["GET /v1/nothing", "GET /v1", "GET /v1/schema", "DELETE /v1/verify", "GET /v1/token"]
)
def test_what_is_not_in_the_table_is_not_there(api: tuple[Installed, TestClient[Any]], route: str) -> None:
    method, _, path = route.partition(" ")
    answer = api[1].request(method, path)
    assert answer.status_code in (404, 405)
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_other_person_is_not_there(api: tuple[Installed, TestClient[Any]]) -> None:
    there, client = api
    headers = there.bearer(Role.HOLDER)
    (other,) = (known for papers, known in there.people.items() if papers.number == "XA7654321")
    for person in (other.subject_id, other.person_id, "f" * 32, "0", "me2"):
        for part in ("records", "looks", "export", f"records/{'0' * 32}"):
            answer = client.get(f"/v1/people/{person}/{part}", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (404, "THING_UNKNOWN")
        answer = client.post(
            f"/v1/people/{person}/records/{'0' * 32}/disputes", headers=headers, json={"statement": "Not mine."}
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "THING_UNKNOWN")


def test_the_names_of_hosts_are_kept(api: tuple[Installed, TestClient[Any]]) -> None:
    answer = api[1].get("/v1/release", headers={"host": "evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "OTHER_SITE")
    assert HOST.startswith("http://127.0.0.1")
