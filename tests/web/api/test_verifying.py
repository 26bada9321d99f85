"""The three questions over HTTP: refusals say where, and the answer is that of the library."""

from datetime import datetime
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient
from msgspec import structs

from pratique.answering import answer
from pratique.model import mrz
from pratique.model.journey import Journey, Leg
from pratique.web.api.throttling import Pace
from tests.web.api.authority import Installed, Populated, opened
from tests.web.houses import PASSPORT, scan

Api = tuple[Installed, TestClient[Any]]
ARRIVE = "2026-11-24T08:00:00+01:00"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "$.scans"),
        ({"scans": []}, "$.scans"),
        ({"scans": ["HC1:"] * 13}, "$.scans"),
        ({"scans": [7]}, "$.scans[0]"),
        ({"scans": ["HC1:"], "at": "2020-01-01T00:00Z"}, ""),
        ({"scans": ["HC1:"], "language": "xx"}, "$.language"),
        ({"scans": ["HC1:"], "journey": {"to": "XB"}}, "$.journey.arrive"),
        ({"scans": ["HC1:"], "journey": {"to": "XB", "arrive": "2026-11-24T08:00:00"}}, "$.journey.arrive"),
        ({"scans": ["HC1:"], "journey": {"to": "XB", "arrive": ARRIVE, "planned": 0}}, "$.journey.planned"),
        ({"scans": ["HC1:"], "journey": {"to": "QQQ", "arrive": ARRIVE}}, "$.to"),
        ({"scans": ["HC1:"], "journey": {"to": "XB", "arrive": "9999-11-24T08:00:00Z"}}, "$.arrive"),
        ({"scans": ["HC1:"], "journey": {"to": "XB", "arrive": ARRIVE, "board": "2026-11-25T08:00:00Z"}}, "$.board"),
        ({"scans": ["HC1:"], "journey": {"to": "XB", "arrive": ARRIVE, "via": ["Q"]}}, "$.journey.via[0]"),
    ],
    ids=str,
)
def test_requests_that_do_not_fit(api: Api, body: dict[str, Any], place: str) -> None:
    told = api[1].post("/v1/verify", json=body)
    assert (told.status_code, told.json()["code"]) == (400, "REQUEST_UNREADABLE")
    assert told.headers["content-type"] == "application/problem+json"
    assert told.json().get("place", "") == place


def test_a_problem_quotes_nothing(api: Api) -> None:
    for body in ({"scans": [{"name": "HAN"}]}, {"scans": ["X"], "language": "HAN"}, {"scans": ["X"], "HAN": 1}):
        assert "HAN" not in api[1].post("/v1/verify", json=body).text


def test_lines_that_are_no_passport(api: Api) -> None:
    told = api[1].post("/v1/verify", json={"scans": ["HC1:"], "document": PASSPORT[:-1] + "X"})
    assert (told.status_code, told.json()["code"]) == (422, "CONTENT_REFUSED")
    assert told.json()["reasons"]


def test_no_json_and_too_much_of_it(api: Api) -> None:
    client = api[1]
    headers = {"content-type": "application/json"}
    assert client.post("/v1/verify", content=b"{", headers=headers).status_code == 400
    deep = b'{"scans": ' + b"[" * 50_000
    assert client.post("/v1/verify", content=deep, headers=headers).status_code == 400
    large = client.post("/v1/verify", content=b'{"scans": ["' + b"A" * 1_100_000 + b'"]}', headers=headers)
    assert (large.status_code, large.json()["code"]) == (413, "BODY_TOO_LARGE")


def test_a_scan_that_is_none_is_an_answer_and_no_problem(api: Api) -> None:
    told = api[1].post("/v1/verify", json={"scans": ["nonsense"]})
    assert told.status_code == 200
    assert told.json()["authentic"] is not True
    assert told.json()["reasons"] == ["FORMAT_UNKNOWN"]


def test_the_answer_is_the_librarys(api: Api) -> None:
    there, client = api
    journey = {"to": "XBHAV", "arrive": ARRIVE}
    body = {"scans": [scan()], "document": PASSPORT.replace("\n", "/"), "journey": journey, "language": "zh"}
    told = client.post("/v1/verify", json=body).json()
    leg = Leg("XB", msgspec.convert(ARRIVE, type=datetime), "XBHAV")
    made = answer(
        body["scans"], bundle=there.house.release.bundle, at=there.clock(), document=mrz.parse(PASSPORT),
        journey=Journey((leg,)),
    )  # fmt: skip
    expected = msgspec.json.decode(msgspec.json.encode(made.to_json("zh")))
    assert {name: told[name] for name in expected} == expected
    assert told["authentic"] is True
    assert told["person"]["match"] == "exact"
    assert told["accepted"] is True


def test_a_plan_by_another_release_is_told_of(api: Api) -> None:
    there, client = api
    number = there.house.release.bundle.number
    for planned, notes in ((None, []), (number, []), (number + 1, ["PLAN_NEWER"])):
        journey = {"to": "XBHAV", "arrive": ARRIVE} | ({"planned": planned} if planned else {})
        told = client.post("/v1/verify", json={"scans": [scan()], "journey": journey}).json()
        assert told["verdict"]["notes"] == notes
        assert [each for each in told["reasons"] if each.startswith("PLAN_")] == notes
        assert told["accepted"] is True


def test_one_network_waits_for_the_next_minute(url: str, populated: Populated, tmp_path: Any) -> None:
    moments = iter([0.0, *[1.0] * 20, 61.0, 61.0, 61.0])
    with opened(url, populated, tmp_path, pace=Pace(3, clock=lambda: next(moments))) as (_, client):
        statuses = [client.post("/v1/verify", json={"scans": ["X"]}).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]


def test_lists_are_as_they_were_published(api: Api) -> None:
    there, client = api
    files = there.house.release.files
    for address, name in (("/v1/lists/trust", "trust.json"), ("/v1/lists/revocation", "revocation.bin")):
        got = client.get(address)
        assert got.content == files[name]
        assert client.get(address, headers={"if-none-match": got.headers["etag"]}).status_code == 304
        assert client.get(address, headers={"if-none-match": '"other"'}).status_code == 200
    stated = client.get("/v1/release").json()
    assert stated["number"] == there.house.release.bundle.number
    assert set(stated["addresses"]) == set(files)
    for name, address in stated["addresses"].items():
        assert client.get(address).content == files[name]
    for address in ("/v1/release/nothing.json", "/v1/release/..%2fvault.json"):
        assert client.get(address).status_code == 404


def test_a_newer_release_is_taken_and_an_older_or_broken_one_is_not(api: Api, tmp_path: Any) -> None:
    there, client = api
    release, folder = there.house.release, tmp_path / "release"
    manifest = folder / "bundle.json"
    stated = msgspec.json.decode(manifest.read_bytes())

    def put(content: bytes) -> int:
        beside = folder / ".new"
        beside.write_bytes(content)
        beside.replace(manifest)
        release._looked = 0.0
        return int(client.get("/v1/release").json()["number"])

    number = stated["number"]
    assert put(b"{") == number
    assert put(msgspec.json.encode(stated | {"number": number - 1})) == number
    assert put(msgspec.json.encode(stated | {"number": number + 1})) == number + 1


def test_structs_of_the_answer_have_every_name(api: Api) -> None:
    told = api[1].post("/v1/verify", json={"scans": ["x"]}).json()
    from pratique.web.api.verifying import Answered

    assert set(told) == {field.name for field in structs.fields(Answered)}
