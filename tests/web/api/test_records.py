"""Records in, and what a holder sees of them: row by row, and nobody else's."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from litestar.testing import TestClient

from pratique.authority.access import Role
from pratique.authority.store import asking, locks, writing
from tests.web.api.authority import LILEI, MEIMEI, Installed, bundle

Api = tuple[Installed, TestClient[Any]]
FHIR = {"content-type": "application/fhir+json"}
TABLE = "document,family,given,born,sampled,result,id\n"
ROW = "XA1234567,Han,Meimei,1990-05-08,2026-11-22T08:30Z,negative,L-1\n"
DECLARED = {
    "bizSeqNo": "A-1",
    "person": {
        "country": "UTO", "certNo": "XA1234567", "familyName": "Han", "givenName": "Meimei", "birthDate": "1990-05-08",
    },
    "declaredAt": "2026-11-23T08:00:00+08:00",
    "temperature": 36.5,
}  # fmt: skip


def send(api: Api, content: bytes, kind: str = "application/fhir+json", role: Role = Role.CLINIC) -> Any:
    there, client = api
    return client.post("/v1/records", content=content, headers=there.bearer(role) | {"content-type": kind})


def own(api: Api, path: str, who: Any = MEIMEI) -> Any:
    there, client = api
    return client.get(f"/v1/people/me{path}", headers=there.bearer(Role.HOLDER, who))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"resourceType": "Bundle"}', b'{"resourceType": "Patient"}'])
def test_what_is_no_record_is_refused_and_not_answered_with_200(api: Api, content: bytes) -> None:
    told = send(api, content)
    assert (told.status_code, told.json()["code"]) == (422, "CONTENT_REFUSED")


@pytest.mark.parametrize("kind", ["", "text/plain", "application/xml", "multipart/form-data; boundary=x"])
def test_other_types_are_refused(api: Api, kind: str) -> None:
    assert send(api, b"x", kind).json()["code"] == "MEDIA_TYPE_UNKNOWN"


def test_a_bundle_is_taken_once(api: Api) -> None:
    shot = bundle(MEIMEI.number, "Han", "Meimei", "C-1")
    for outcome in ("taken", "known"):
        told = send(api, shot)
        assert (told.status_code, [row["outcome"] for row in told.json()["rows"]]) == (200, [outcome])


def test_another_name_under_a_number_is_held(api: Api) -> None:
    told = send(api, bundle(MEIMEI.number, "Li", "Lei"))
    assert (told.status_code, told.json()["reasons"]) == (422, ["RECORD_PERSON_DIFFERENT"])
    assert "Li" not in told.text


def test_a_table_is_read_by_the_laboratorys_mapping_and_reported_row_by_row(api: Api) -> None:
    there, client = api
    table = (TABLE + ROW + ROW.replace("negative", "unknown").replace("L-1", "L-2")).encode()
    told = send(api, table, "text/csv", Role.LABORATORY)
    assert told.status_code == 207
    assert [row["outcome"] for row in told.json()["rows"]] == ["taken", "held"]
    address = f"/v1/intakes/{told.json()['intake']}"
    assert client.get(address, headers=there.bearer(Role.LABORATORY)).json() == told.json()
    others = client.get(address, headers=there.bearer(Role.CLINIC))
    assert (others.status_code, others.json()["code"]) == (404, "THING_UNKNOWN")
    again = send(api, table, "text/csv", Role.LABORATORY).json()
    assert [row["outcome"] for row in again["rows"]] == ["known", "held"]
    whole = (TABLE + ROW.replace("L-1", "L-3")).encode()
    good = send(api, whole, "text/csv", Role.LABORATORY)
    assert good.status_code == 200
    assert send(api, whole, "text/csv", Role.LABORATORY).json() == good.json()


def test_a_clinic_without_a_mapping_sends_no_tables(api: Api) -> None:
    told = send(api, (TABLE + ROW).encode(), "text/csv")
    assert (told.status_code, told.json()["reasons"]) == (422, ["RECORD_MAPPING"])


def test_national_messages(api: Api) -> None:
    there, client = api
    headers = there.bearer(Role.LOCAL_CODE)
    for outcome in ("taken", "known"):
        told = client.post("/v1/national/health-declarations", json=DECLARED, headers=headers)
        assert (told.status_code, told.json()["outcome"]) == (200, outcome)
    dropped = client.post(
        "/v1/national/health-declarations",
        json=DECLARED | {"bizSeqNo": "A-2", "underlyingDisease": "none of your business"},
        headers=headers,
    )
    assert dropped.json()["notAccepted"] == ["underlyingDisease"]
    for kind in ("health-declarations", "trip-declarations", "local-statuses"):
        told = client.post(f"/v1/national/{kind}", content=b"{}", headers=headers)
        assert (told.status_code, told.json()["code"]) == (422, "CONTENT_REFUSED")
    warm = client.post("/v1/national/health-declarations", json=DECLARED | {"temperature": 365}, headers=headers)
    assert (warm.status_code, warm.json()["place"]) == (422, "temperature")


def test_a_holder_sees_their_own_and_who_looked(api: Api) -> None:
    (event,) = own(api, "/records").json()["events"]
    (record,) = event["records"]
    assert (record["source"], record["stands"]) == ("xa-clinic-7", True)
    assert own(api, f"/records/{record['record_id']}").json() == record
    assert own(api, f"/records/{record['record_id']}", LILEI).status_code == 404
    looks = own(api, "/looks").json()["looks"]
    assert {each["role"] for each in looks} == {"holder"}
    assert len(looks) == 3
    accounts = {each["account"] for each in looks}
    assert len(accounts) == 1
    assert MEIMEI.number not in str(accounts)


def test_the_holder_of_a_passport_that_was_tried_too_often_is_told(api: Api) -> None:
    there, _ = api
    assert own(api, "/looks").json()["locked"] == []
    at = there.clock().replace(microsecond=0)
    locks.note(there.engine, there.house.vault, MEIMEI.number, at=at)
    told = [datetime.fromisoformat(each) for each in own(api, "/looks").json()["locked"]]
    assert told == [at]
    assert own(api, "/looks", LILEI).json()["locked"] == []
    assert len(own(api, "/export").json()["locked"]) == 1
    assert own(api, "/export", LILEI).json()["locked"] == []


def test_an_export_has_everything_and_one_person(api: Api) -> None:
    there, _ = api
    told = own(api, "/export")
    assert told.headers["content-disposition"].startswith("attachment")
    exported = told.json()
    assert len(exported["kept"]["record"]) == 1
    assert MEIMEI.number in told.text
    assert LILEI.number not in told.text
    assert there.people[LILEI].person_id not in told.text


def test_a_dispute_is_opened_of_ones_own_record_alone(api: Api) -> None:
    there, client = api
    (event,) = own(api, "/records").json()["events"]
    address = f"/v1/people/me/records/{event['records'][0]['record_id']}/disputes"
    body = {"statement": "I was never there."}
    assert client.post(address, json=body, headers=there.bearer(Role.HOLDER, LILEI)).status_code == 404
    assert client.post(address, json={"statement": ""}, headers=there.bearer(Role.HOLDER)).status_code == 400
    told = client.post(address, json=body, headers=there.bearer(Role.HOLDER))
    assert told.status_code == 201
    assert told.json()["due"] > told.json()["dispute_id"][:0]


def test_a_guardian_sees_their_ward_and_no_longer_than_they_are_guardian(api: Api) -> None:
    there, client = api
    ward, guardian = there.people[LILEI].subject_id, there.people[MEIMEI].subject_id
    headers, address = there.bearer(Role.HOLDER), f"/v1/people/{ward}/records"
    assert client.get(address, headers=headers).status_code == 404
    at = int(there.clock().timestamp())
    with writing(there.engine) as connection:
        asking.appoint(connection, ward, guardian, "parent", at=at, until=at + 120)
    assert client.get("/v1/people", headers=headers).json()["people"] == ["me", ward]
    assert client.get(address, headers=headers).status_code == 200
    assert client.get(f"/v1/people/{guardian}/records", headers=there.bearer(Role.HOLDER, LILEI)).status_code == 404
    there.clock.at += timedelta(minutes=3)
    assert client.get(address, headers=headers).status_code == 404


def test_certificates_are_signed_for_their_holder_and_shown_again(everything: Api) -> None:
    there, client = everything
    headers, address = there.bearer(Role.HOLDER), "/v1/people/me/certificates"
    assert client.post(address, json={"format": "nzcp"}, headers=headers).status_code == 400
    assert client.post(address, json={"number": "XA7654321"}, headers=headers).status_code == 422
    refused = client.post(address, json={"records": ["0" * 32]}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "CONTENT_REFUSED")
    made = client.post(address, json={"format": "ithc"}, headers=headers)
    assert made.status_code == 201, made.text
    (listed,) = client.get(address, headers=headers).json()["certificates"]
    assert (listed["certificate_id"], listed["state"]) == (made.json()["certificate_id"], "good")
    shown = client.get(f"{address}/{listed['certificate_id']}", headers=headers)
    assert shown.json()["scan"] == made.json()["scan"]
    others = client.get(f"{address}/{listed['certificate_id']}", headers=there.bearer(Role.HOLDER, LILEI))
    assert (others.status_code, others.json()["code"]) == (404, "THING_UNKNOWN")
    told = client.post("/v1/verify", json={"scans": [made.json()["scan"]]}).json()
    assert told["certificates"][0]["facts"]["signature_held"] in (True, None)
    assert json.dumps(told).count("URN:UVCI") <= 1


def test_a_store_that_does_not_answer_is_told_as_such(api: Api, tmp_path: Any) -> None:
    there, client = api
    headers = there.bearer(Role.HOLDER)
    there.engine.dispose()
    for path in tmp_path.glob("records.db*"):
        path.unlink()
    (tmp_path / "records.db").write_bytes(b"this is no database, and long enough to be taken for one" * 20)
    told = client.get("/v1/people", headers=headers)
    assert (told.status_code, told.json()["code"]) == (503, "TRY_LATER")
    assert told.json()["reasons"] == ["STORE_UNREACHABLE"]
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()["code"]) == (503, "TRY_LATER")
    assert client.get("/health/live").status_code == 200
