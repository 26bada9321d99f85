"""Entry permits over HTTP: an application without an account, a decision, and the permit for whoever has the code."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from pratique import verify
from pratique.authority.access import Role
from tests.permit_settings import files, written
from tests.test_permits import KINDS, pdf, thailand
from tests.web.api.authority import Installed, Populated, opened

Api = tuple[Installed, TestClient[Any]]
THERE = thailand()


@pytest.fixture
def api(url: str, populated: Populated, tmp_path: Path) -> Iterator[Api]:
    with opened(url, populated, tmp_path, signing=True) as (there, client):
        there.clock.at = THERE.at
        yield there, client


def sent(**changes: Any) -> dict[str, Any]:
    attached = [
        {"kind": each.kind, "name": each.name, "content": base64.b64encode(each.content).decode()}
        for each in files(THERE)
    ]
    return written(THERE) | {"attachments": attached} | changes


def apply(client: TestClient[Any], **changes: Any) -> str:
    told = client.post("/v1/permits", json=sent(**changes))
    assert told.status_code == 201, told.text
    return str(told.json()["code"])


def standing(client: TestClient[Any], code: str) -> dict[str, Any]:
    return dict(client.post("/v1/permits/standing", json={"code": code}).json())


@pytest.mark.parametrize(
    ("changes", "status", "place"),
    [
        ({"document": "P<UTO"}, 422, None),
        ({"to": "QQQ"}, 400, "$.to"),
        ({"birth_date": "1974-08-13"}, 400, "$.birth_date"),
        ({"birth_date": "0074-08-12"}, 400, "$.birth_date"),
        ({"arrive": "2021-07-31T12:00:00Z", "board": None}, 422, "arrive"),
        ({"arrive": "9999-12-31T23:59:59Z", "board": None}, 400, "$.arrive"),
        ({"arrive": "2021-08-01T12:00:00"}, 400, None),
        ({"board": "2021-08-09T12:00:00Z"}, 400, "$.arrive"),
        ({"scans": ["HC1:X"] * 21}, 400, None),
        ({"scans": [1]}, 400, None),
        ({"lodging": {"place": "", "begins": "2021-08-01", "nights": 10**30}}, 400, None),
        ({"attachments": [{"kind": "visa", "content": "!"}]}, 400, None),
        ({"attachments": [{"kind": "selfie", "content": ""}]}, 400, None),
        ({"attachments": [{"kind": "visa", "name": "visa.pdf", "content": "TVo="}]}, 422, "attachments[0]"),
        ({"stranger": 1}, 400, None),
    ],
)
def test_what_is_not_taken_in(api: Api, changes: dict[str, Any], status: int, place: str | None) -> None:
    there, client = api
    told = client.post("/v1/permits", json=sent(**changes))
    assert told.status_code == status, told.text
    assert told.headers["content-type"] == "application/problem+json"
    if place is not None:
        assert told.json()["place"] == place
    assert "L898902C3" not in told.text
    assert client.get("/v1/permits", headers=there.bearer(Role.HEALTH_AUTHORITY)).json() == {"applications": []}


def test_from_an_application_to_a_permit_and_back(api: Api) -> None:
    there, client = api
    code, officer = apply(client), there.bearer(Role.HEALTH_AUTHORITY)
    assert standing(client, code) == {"state": "received", "since": "2021-08-01T10:00:00Z", "reasons": [], "scan": None}
    (waiting,) = client.get("/v1/permits", headers=officer).json()["applications"]
    assert code not in str(waiting)
    address = f"/v1/permits/{waiting['application_id']}"
    case = client.get(address, headers=officer).json()
    assert (case["state"], case["findings"], case["accepted"]) == ("received", [], True)
    assert [each["authentic"] for each in case["scans"]] == [True]
    assert case["document"] == "UTO …2C3"
    assert "L898902C3" not in str(case)
    for number, each in enumerate(case["attachments"]):
        file = client.get(f"{address}/attachments/{number}", headers=officer)
        assert file.headers["content-type"].partition(";")[0] == each["media"]
        assert file.headers["content-disposition"] == "attachment"
        assert file.content == files(THERE)[number].content
    assert client.get(f"{address}/attachments/9", headers=officer).status_code == 404
    decisions = f"{address}/decisions"
    for lacking in ({"outcome": "granted"}, {"outcome": "refused"}, {"outcome": "refused", "reasons": ["EXPIRED"]}):
        told = client.post(decisions, json=lacking, headers=officer)
        assert (told.status_code, told.json()["code"]) == (422, "CONTENT_REFUSED")
    granted = client.post(decisions, json={"outcome": "granted", "seen": sorted(KINDS)}, headers=officer)
    assert granted.status_code == 201, granted.text
    scan = standing(client, code)["scan"]
    assert verify(scan, trust_list=THERE.bundle.trust_list, at=THERE.at).authentic is True
    again = client.post(decisions, json={"outcome": "refused", "reasons": ["PERMIT_TRIP"]}, headers=officer)
    assert again.status_code == 422
    gone = client.post(decisions, json={"outcome": "withdrawn", "reasons": ["PERMIT_TRIP"]}, headers=officer)
    assert gone.status_code == 201
    assert standing(client, code)["state"] == "withdrawn"
    assert standing(client, code)["scan"] is None


def test_more_is_sent_when_it_was_asked_for(api: Api) -> None:
    there, client = api
    code, officer = apply(client, insurance=None), there.bearer(Role.HEALTH_AUTHORITY)
    (waiting,) = client.get("/v1/permits", headers=officer).json()["applications"]
    address = f"/v1/permits/{waiting['application_id']}"
    assert client.post("/v1/permits/more", json=sent(code=code)).status_code == 422
    more = {"outcome": "more", "reasons": ["PERMIT_INSURANCE"]}
    assert client.post(f"{address}/decisions", json=more, headers=officer).status_code == 201
    assert standing(client, code)["reasons"] == ["PERMIT_INSURANCE"]
    told = client.post("/v1/permits/more", json=sent(code=code))
    assert (told.status_code, told.json()["state"]) == (200, "received")
    assert client.get(address, headers=officer).json()["findings"] == []


def test_what_nobody_has(api: Api) -> None:
    there, client = api
    officer = there.bearer(Role.HEALTH_AUTHORITY)
    unknown = "23456-23456-23456-23456"
    for told in (
        client.post("/v1/permits/standing", json={"code": unknown}),
        client.post("/v1/permits/more", json=sent(code=unknown)),
        client.get(f"/v1/permits/{'0' * 32}", headers=officer),
        client.get(f"/v1/permits/{'0' * 32}/attachments/0", headers=officer),
        client.post(
            f"/v1/permits/{'0' * 32}/decisions",
            json={"outcome": "refused", "reasons": ["PERMIT_TRIP"]},
            headers=officer,
        ),
    ):
        assert (told.status_code, told.json()["code"]) == (404, "THING_UNKNOWN")


def test_where_no_permits_are_given_there_is_no_route(url: str, populated: Populated, tmp_path: Path) -> None:
    with opened(url, populated, tmp_path) as (_, client):
        assert client.post("/v1/permits", json=sent()).status_code in (404, 405)


def test_a_body_beyond_every_photograph(api: Api) -> None:
    content = base64.b64encode(pdf() + bytes(13_000_000)).decode()
    told = api[1].post("/v1/permits", json=sent(attachments=[{"kind": "visa", "content": content}]))
    assert told.status_code in (400, 413)


def test_nothing_is_signed_for_an_applicant(api: Api) -> None:
    there, client = api
    assert there.house.permits is not None
    signer: Any = there.house.permits.signer
    code = apply(client)
    standing(client, code)
    assert signer.signatures == 0
    officer = there.bearer(Role.HEALTH_AUTHORITY)
    (waiting,) = client.get("/v1/permits", headers=officer).json()["applications"]
    decision = {"outcome": "granted", "seen": sorted(KINDS)}
    client.post(f"/v1/permits/{waiting['application_id']}/decisions", json=decision, headers=officer)
    standing(client, code)
    assert signer.signatures == 1
