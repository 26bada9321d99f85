"""Facilities, withdrawals and log proofs over HTTP: what takes two takes two accounts, and anybody checks the log."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from joserfc.jwk import ECKey
from litestar.testing import TestClient
from msgspec import structs
from sqlalchemy import text

from pratique.authority.access import Account, Role, enter
from pratique.authority.issuance import facilities, log, proofs
from pratique.authority.issuance.certificates import certificate_of_person
from pratique.authority.issuance.proofs import Consistency, Inclusion
from pratique.authority.issuance.requests import Wanted
from pratique.authority.store import reading, withdrawals, writing
from pratique.web.api.throttling import Pace
from tests.authority import issuing as scene
from tests.authority.issuing import ANNE, BO, CLINIC, LAB, REGISTER
from tests.web.api.authority import LILEI, MEIMEI, Installed, Populated, opened
from tests.web.api.test_records import DECLARED

Api = tuple[Installed, TestClient[Any]]
ONE = f"/v1/facilities/{CLINIC.facility_id}"
TERMS = {
    "facility_id": LAB.facility_id, "name": LAB.name, "country": "XA", "registered": LAB.registered,
    "scopes": ["test"], "zone": "Asia/Shanghai", "quota": 50,
}  # fmt: skip
APP_KEY = ECKey.generate_key("P-256", {"kid": "city-2-1"}).as_dict(private=False)
PERIOD = {
    "facility_id": CLINIC.facility_id, "since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z",
    "ground": "stolen_access",
}  # fmt: skip


@pytest.fixture
def signing(url: str, populated: Populated, tmp_path: Any) -> Any:
    with opened(url, populated, tmp_path, signing=True, register=REGISTER) as (there, client):
        with writing(there.engine) as connection:
            for each in (ANNE, BO):
                enter(connection, each, each.account_id, at=there.clock() - timedelta(days=1))
        yield there, client


def certified(there: Installed) -> Any:
    look = scene.own(there.engine, there.people[MEIMEI].person_id, at=there.clock())
    assert there.house.office is not None
    return certificate_of_person(there.house.office, look, wanted=Wanted(papers=MEIMEI), at=there.clock())


def recalls(there: Installed) -> int:
    with reading(there.engine) as connection:
        return len(withdrawals.recalls(connection))


def test_a_withdrawal_waits_for_another_account(signing: Api) -> None:
    there, client = signing
    certified(there)
    anne, bo = there.bearer_of(ANNE), there.bearer_of(BO)
    asked = client.post("/v1/withdrawals/facility", json=PERIOD, headers=anne)
    assert asked.status_code == 201
    waits = asked.json()
    assert (waits["kind"], waits["reaches"]["certificates"], waits["reaches"]["proved_first"]) == ("facility", 1, 1)
    address = f"/v1/proposals/{waits['proposal_id']}"
    refused = client.post(f"{address}/confirmation", headers=anne)
    assert (refused.status_code, refused.json()["reasons"]) == (403, ["ACCESS_SECOND_PERSON"])
    assert recalls(there) == 0
    assert client.get("/v1/recalls", headers=bo).json() == {"recalls": []}
    (listed,) = client.get("/v1/proposals", headers=bo).json()["proposals"]
    assert listed["proposal_id"] == waits["proposal_id"]
    seen = client.get(address, headers=bo).json()
    assert (seen["reaches"], seen.get("outcome")) == (waits["reaches"], None)
    done = client.post(f"{address}/confirmation", headers=bo).json()
    assert (done["outcome"], done["proposed_by"], done["decided_by"]) == ("confirmed", ANNE.account_id, BO.account_id)
    assert recalls(there) == 1
    for last in ("confirmation", "refusal"):
        assert client.post(f"{address}/{last}", headers=bo).json()["code"] == "THING_GONE"
    (recall,) = client.get("/v1/recalls", headers=anne).json()["recalls"]
    assert recall["facility_id"] == CLINIC.facility_id
    for role in Role:
        if role is not Role.HEALTH_AUTHORITY:
            assert client.get("/v1/recalls", headers=there.bearer(role)).status_code == 403


@pytest.mark.parametrize(
    ("address", "content", "code"),
    [
        ("facility", PERIOD | {"facility_id": "nobody-9"}, "CONTENT_REFUSED"),
        ("facility", PERIOD | {"until": PERIOD["since"]}, "CONTENT_REFUSED"),
        ("facility", PERIOD | {"since": "2020-01-01T00:00:00"}, "REQUEST_UNREADABLE"),
        ("facility", PERIOD | {"notice_hours": 23}, "REQUEST_UNREADABLE"),
        ("facility", PERIOD | {"second": BO.account_id}, "REQUEST_UNREADABLE"),
        ("lot", {"lot": "LOT-9", "ground": "anomaly"}, "CONTENT_REFUSED"),
        ("certificate", {"certificate_id": "0" * 32, "ground": "mistake"}, "CONTENT_REFUSED"),
        ("certificate", {"certificate_id": "0" * 32, "ground": "whim"}, "REQUEST_UNREADABLE"),
    ],
)
def test_what_cannot_be_withdrawn(signing: Api, address: str, content: dict[str, Any], code: str) -> None:
    there, client = signing
    told = client.post(f"/v1/withdrawals/{address}", json=content, headers=there.bearer_of(ANNE))
    assert told.json()["code"] == code
    assert client.get("/v1/proposals", headers=there.bearer_of(BO)).json() == {"proposals": []}


def test_one_certificate_and_a_refusal(signing: Api) -> None:
    there, client = signing
    made = certified(there)
    anne, bo = there.bearer_of(ANNE), there.bearer_of(BO)
    content = {"certificate_id": made.certificate_id, "ground": "fraud"}
    first, second = (client.post("/v1/withdrawals/certificate", json=content, headers=anne).json() for _ in range(2))
    refused = client.post(f"/v1/proposals/{first['proposal_id']}/refusal", headers=anne).json()
    assert (refused["outcome"], refused["reaches"]["certificates"]) == ("turned_down", 0)
    worth = "/v1/people/me/certificates"
    holder = there.bearer(Role.HOLDER)
    assert client.get(worth, headers=holder).json()["certificates"][0]["state"] == "good"
    client.post(f"/v1/proposals/{second['proposal_id']}/confirmation", headers=bo)
    assert client.get(worth, headers=holder).json()["certificates"][0]["state"] == "revoked"


def test_facilities_by_two(signing: Api) -> None:
    there, client = signing
    anne, bo = there.bearer_of(ANNE), there.bearer_of(BO)
    for wrong in ({"registered": "XA-0007"}, {"facility_id": "A Lab"}, {"zone": "Nowhere/Land"}):
        told = client.post("/v1/facilities", json=TERMS | wrong, headers=anne)
        assert (told.status_code, told.json()["reasons"]) == (422, ["FACILITY_IDENTIFIER"])
    assert client.post("/v1/facilities", json=TERMS, headers=anne).json()["state"] == "proposed"
    address = f"/v1/facilities/{LAB.facility_id}"
    assert client.post(f"{address}/approval", headers=anne).json()["reasons"] == ["ACCESS_SECOND_PERSON"]
    assert client.post(f"{address}/approval", headers=bo).json()["state"] == "active"
    assert client.post("/v1/facilities", json=TERMS | {"quota": 9}, headers=bo).json()["pending"] is True
    assert client.post(f"{address}/refusal", headers=bo).json()["pending"] is False
    assert client.post(f"{address}/refusal", headers=bo).json()["reasons"] == ["FACILITY_STEP"]
    every = client.get("/v1/facilities", headers=anne).json()["facilities"]
    assert [each["facility_id"] for each in every] == [CLINIC.facility_id, LAB.facility_id]


def test_without_a_register_nobody_is_entered(signing: Api) -> None:
    there, _ = signing
    bare = structs.replace(there, house=structs.replace(there.house, register=None))
    with bare.client() as client:
        told = client.post("/v1/facilities", json=TERMS, headers=there.bearer_of(ANNE))
    assert told.json()["reasons"] == ["FACILITY_IDENTIFIER"]


def test_one_stops_it_and_two_let_it_go_on(signing: Api) -> None:
    there, client = signing
    anne, bo = there.bearer_of(ANNE), there.bearer_of(BO)
    nurse = scene.NURSE.account_id
    assert client.post(f"{ONE}/resumption", json={}, headers=anne).json()["reasons"] == ["FACILITY_STEP"]
    stop = {"ground": "anomaly", "operator": "nobody"}
    assert client.post(f"{ONE}/suspension", json=stop, headers=anne).json()["reasons"] == ["FACILITY_UNKNOWN"]
    client.post(f"{ONE}/suspension", json=stop | {"operator": nurse}, headers=anne)
    assert client.post(f"{ONE}/suspension", json={"ground": "anomaly"}, headers=anne).json()["state"] == "suspended"
    for going in ({}, {"operator": nurse}):
        waits = client.post(f"{ONE}/resumption", json=going, headers=anne).json()
        client.post(f"/v1/proposals/{waits['proposal_id']}/confirmation", headers=bo)
    assert client.get(ONE, headers=anne).json()["state"] == "active"
    with reading(there.engine) as connection:
        assert facilities.operator(connection, nurse).state is facilities.State.ACTIVE


def test_doses_by_two(signing: Api) -> None:
    there, client = signing
    anne, bo = there.bearer_of(ANNE), there.bearer_of(BO)
    waits = client.post(f"{ONE}/deliveries", json={"lot": "LOT-42", "doses": 5}, headers=anne).json()
    assert waits["reaches"]["doses"] == 5
    assert client.get(ONE, headers=anne).json()["lots"] == []
    client.post(f"/v1/proposals/{waits['proposal_id']}/confirmation", headers=bo)
    assert client.get(ONE, headers=anne).json()["lots"] == [{"lot": "LOT-42", "received": 5, "given": 0}]


def test_what_is_not_there(signing: Api) -> None:
    there, client = signing
    anne = there.bearer_of(ANNE)
    for address in ("/v1/facilities/nobody-9", "/v1/proposals/nothing"):
        assert client.get(address, headers=anne).status_code == 404
    for address, content in (
        ("/v1/facilities/nobody-9/approval", None), ("/v1/facilities/nobody-9/refusal", None),
        ("/v1/facilities/nobody-9/suspension", {"ground": "anomaly"}), ("/v1/facilities/nobody-9/resumption", {}),
        ("/v1/facilities/nobody-9/deliveries", {"lot": "LOT-1", "doses": 1}),
        ("/v1/proposals/nothing/confirmation", None), ("/v1/proposals/nothing/refusal", None),
    ):  # fmt: skip
        assert client.post(address, json=content, headers=anne).status_code == 404, address


# the log


def test_anybody_checks_that_the_log_only_grows(signing: Api) -> None:
    there, client = signing
    assert client.get("/v1/logs").json() == {"logs": []}
    made = certified(there)
    (found,) = client.get("/v1/logs").json()["logs"]
    assert (found["key_id"], found["size"]) == (made.key_id, 1)
    address = f"/v1/logs/{made.key_id}"
    old = log.read_published(client.get(f"{address}/checkpoint").text)
    certified(there)
    new = log.read_published(client.get(f"{address}/checkpoint").text)
    proof = msgspec.json.decode(client.get(f"{address}/consistency?old=1").content, type=Consistency)
    assert proofs.follows(proof, old, new)
    assert not proofs.follows(proof, new, old)
    for asked in ("old=3", "old=1&new=3", "old=2&new=1", "old=-1"):
        assert client.get(f"{address}/consistency?{asked}").json()["code"] == "CONTENT_REFUSED"
    for asked in ("", "old=x"):
        assert client.get(f"{address}/consistency?{asked}").json()["code"] == "REQUEST_UNREADABLE"
    for end in ("checkpoint", "consistency?old=1"):
        assert client.get(f"/v1/logs/nothing/{end}").status_code == 404


def test_a_tree_that_lacks_a_node_is_said_to(signing: Api) -> None:
    there, client = signing
    made = certified(there)
    certified(there)
    with writing(there.engine) as connection:  # as whoever owns the file can
        named = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'log_node'"
        for trigger in connection.execute(text(named)).scalars().all():
            connection.execute(text(f"DROP TRIGGER {trigger}"))
        connection.execute(text("DELETE FROM log_node"))
    for address in (f"/v1/logs/{made.key_id}/checkpoint", f"/v1/logs/{made.key_id}/consistency?old=1"):
        told = client.get(address)
        assert (told.status_code, told.json()["code"]) == (503, "LOG_BROKEN")
    own = client.get(f"/v1/people/me/certificates/{made.certificate_id}/proof", headers=there.bearer(Role.HOLDER))
    assert own.json()["code"] == "LOG_BROKEN"


def test_a_holder_checks_that_theirs_is_in_it(signing: Api) -> None:
    there, client = signing
    made = certified(there)
    address = f"/v1/people/me/certificates/{made.certificate_id}/proof"
    point = log.read_published(client.get(f"/v1/logs/{made.key_id}/checkpoint").text)
    answer = client.get(address, headers=there.bearer(Role.HOLDER))
    proof = msgspec.json.decode(answer.content, type=Inclusion)
    assert proofs.holds(made.scan, proof, point)
    assert client.get(address, headers=there.bearer(Role.HOLDER, LILEI)).status_code == 404
    assert client.get(address).status_code == 401


def test_one_network_does_not_fill_the_queue_of_applications(url: str, populated: Populated, tmp_path: Any) -> None:
    asked = {"appId": "city-2", "name": "City 2", "country": "XA", "keys": {"keys": [APP_KEY]}}
    with opened(url, populated, tmp_path, pace=Pace(2)) as (_, client):
        answers = [client.post("/v1/national/code-applications", json=asked | {"bizSeqNo": f"P-{n}"}) for n in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]


def test_an_app_applies_without_an_account_and_two_people_let_it_in(signing: Api) -> None:
    there, client = signing
    anne, bo = there.bearer_of(ANNE), there.bearer_of(BO)
    asked = {"bizSeqNo": "P-1", "appId": "city-2", "name": "City 2", "country": "XA", "keys": {"keys": [APP_KEY]}}

    def stands() -> tuple[str, str]:
        told = client.post("/v1/national/code-applications", json=asked)
        assert told.status_code == 200
        return told.json()["outcome"], told.json()["state"]

    for wrong in ({}, asked | {"appId": CLINIC.facility_id + "!"}, asked | {"keys": {"keys": []}}):
        refused = client.post("/v1/national/code-applications", json=wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, "CONTENT_REFUSED")
    assert stands() == ("taken", "waiting")
    assert stands() == ("known", "waiting")
    (waits,) = client.get("/v1/applications", headers=anne).json()["applications"]
    assert waits["thumbprints"] == [ECKey.import_key(APP_KEY).thumbprint()]
    address = f"/v1/applications/{waits['application_id']}"
    for last in ("proposal", "refusal"):
        assert client.post(f"/v1/applications/{'0' * 32}/{last}", headers=anne).status_code == 404
    proposal = client.post(f"{address}/proposal", headers=anne)
    assert proposal.status_code == 201
    confirmation = f"/v1/proposals/{proposal.json()['proposal_id']}/confirmation"
    assert client.post(confirmation, headers=anne).json()["reasons"] == ["ACCESS_SECOND_PERSON"]
    assert client.post(confirmation, headers=bo).json()["outcome"] == "confirmed"
    assert stands() == ("known", "granted")
    late = client.post(f"{address}/refusal", headers=bo)
    assert late.json()["reasons"] == ["ACCESS_APPLICATION"]
    token = there.bearer_of(Account("city-2", Role.LOCAL_CODE))
    assert client.post("/v1/national/health-declarations", json=DECLARED, headers=token).json()["outcome"] == "taken"
    asked["appId"] = "city-3"
    assert stands() == ("taken", "waiting")
    (waits,) = client.get("/v1/applications", headers=anne).json()["applications"]
    turned = client.post(f"/v1/applications/{waits['application_id']}/refusal", headers=anne).json()
    assert turned["state"] == "turned_down"
    assert stands() == ("known", "turned_down")


def test_a_program_by_two(signing: Api) -> None:
    there, client = signing
    anne, bo = there.bearer_of(ANNE), there.bearer_of(BO)
    key = ECKey.generate_key("P-256", {"kid": "one"})
    new = {"client_id": "air-9", "role": "carrier", "name": "Airline 9", "keys": {"keys": [key.as_dict(private=False)]}}
    for wrong in ({"name": ""}, {"source": {}}, {"keys": {}}, {"keys": {"keys": [key.as_dict(private=True)]}}):
        told = client.post("/v1/clients", json=new | wrong, headers=anne).json()
        assert (told["code"], told["reasons"]) == ("CONTENT_REFUSED", ["ACCESS_CLIENT"])
    assert client.post("/v1/clients", json=new | {"role": "auditor"}, headers=anne).status_code == 400
    before = client.get("/v1/clients", headers=bo).json()["clients"]
    waits = client.post("/v1/clients", json=new, headers=anne).json()
    address = f"/v1/proposals/{waits['proposal_id']}"
    assert client.post(f"{address}/confirmation", headers=anne).json()["reasons"] == ["ACCESS_SECOND_PERSON"]
    assert client.get("/v1/clients", headers=bo).json()["clients"] == before
    assert client.post(f"{address}/confirmation", headers=bo).json()["outcome"] == "confirmed"
    (found,) = [each for each in client.get("/v1/clients", headers=bo).json()["clients"] if each not in before]
    assert found["keys"] == [{"kid": "one", "thumbprint": key.thumbprint()}]
    assert client.post("/v1/clients/air-8/keys", json={"keys": new["keys"]}, headers=anne).status_code == 404
    assert client.post("/v1/clients/air-8/end", headers=anne).status_code == 404
    assert client.post("/v1/clients/air-9/keys", json={"keys": new["keys"]}, headers=anne).status_code == 201
    assert client.post("/v1/clients/air-9/end", headers=anne).json()["ended"]
    assert client.post("/v1/clients/air-9/keys", json={"keys": new["keys"]}, headers=anne).status_code == 422
