"""A carrier's flight over HTTP: tables and JSON, confirmations bound to flight and person, and what is never said."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from litestar.testing import TestClient

from pratique.authority.access import Role
from pratique.authority.store import reading
from pratique.authority.store.columns import metadata
from pratique.model import mrz
from pratique.sandbox import traveller
from pratique.web.api.confirming import ConfirmationKey, confirmed
from tests.web.api.authority import Installed, Populated, opened
from tests.web.houses import BROTHERS, PASSPORT, claims, scan

Api = tuple[Installed, TestClient[Any]]
FLIGHT = {"flight": "XA123/2026-11-26", "to": "XBHAV", "arrive": "2026-11-26T08:00:00+01:00"}


def passengers(good: str) -> list[dict[str, Any]]:
    return [
        {"reference": "1A", "scans": [good], "document": PASSPORT},
        {"reference": "1B", "scans": [good], "document": BROTHERS},
        {"reference": "1C", "scans": [good], "document": None},
        {"reference": "1D", "scans": [good], "document": PASSPORT[:-1] + "X"},
        {"reference": "1E", "scans": [], "document": PASSPORT},
    ]


def ask(api: Api, body: dict[str, Any]) -> Any:
    there, client = api
    return client.post("/v1/flights/check", json=body, headers=there.bearer(Role.CARRIER))


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"passengers": []}, "$.passengers"),
        ({"passengers": [{"reference": ""}]}, "$.passengers[0].reference"),
        ({"passengers": [{"reference": "1A", "scans": ["x"] * 13}]}, "$.passengers[0].scans"),
        ({"passengers": [{"reference": "1A", "name": "HAN"}]}, "$.passengers[0]"),
        ({"to": "QQQ"}, "$.to"),
        ({"arrive": "2026-11-26T08:00:00"}, "$.arrive"),
        ({"flight": "X" * 41}, "$.flight"),
    ],
    ids=str,
)
def test_flights_that_cannot_be_read(api: Api, changed: dict[str, Any], place: str) -> None:
    told = ask(api, FLIGHT | {"passengers": [{"reference": "1A"}]} | changed)
    assert (told.status_code, told.json().get("place", "")) == (400, place), told.text
    assert "HAN" not in told.text


def test_a_flight(api: Api) -> None:
    told = ask(api, FLIGHT | {"passengers": passengers(scan())}).json()
    results = {each["reference"]: each["result"] for each in told["passengers"]}
    assert results == {"1A": "OK", "1B": "NOK", "1C": "CHECK", "1D": "CHECK", "1E": "NOK"}
    assert told["counts"] == {"OK": 1, "NOK": 2, "CHECK": 2}
    assert told["bundle"] == api[0].house.release.bundle.number
    assert [each["document_read"] for each in told["passengers"]] == [True, True, True, False, True]
    assert [each["confirmation"] is not None for each in told["passengers"]] == [True, True, False, False, True]
    assert told["passengers"][4]["consequence"]["kind"] == "quarantine"
    assert told["passengers"][2]["consequence"] is None


def test_a_table_says_the_same(api: Api) -> None:
    there, client = api
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(["reference", "scan", "document", "of_right"])
    good = scan()
    for each in passengers(good):
        table.writerow([each["reference"], *(each["scans"] or [""]), (each["document"] or "").replace("\n", "/"), ""])
    table.writerow(["1A", scan(claims()[0]), "", "yes"])
    headers = there.bearer(Role.CARRIER) | {"content-type": "text/csv"}
    told = client.post("/v1/flights/table", params=FLIGHT, content=written.getvalue().encode(), headers=headers).json()
    listed = ask(api, FLIGHT | {"passengers": passengers(good)}).json()
    shown = [[each[name] for name in ("reference", "result", "consequence")] for each in told["passengers"]]
    assert shown == [[each[name] for name in ("reference", "result", "consequence")] for each in listed["passengers"]]
    for content in (b"", b"a,b\n1,2\n", b"\xff\xfe", b"reference,scan\n" + b"1A,x\n" * 13):
        told = client.post("/v1/flights/table", params=FLIGHT, content=content, headers=headers)
        assert (told.status_code, told.json()["code"]) == (400, "REQUEST_UNREADABLE")


def test_a_confirmation_is_of_one_flight_and_one_person(api: Api) -> None:
    there, client = api
    told = ask(api, FLIGHT | {"passengers": passengers(scan())[:1]}).json()
    token = told["passengers"][0]["confirmation"]
    keys = client.get("/v1/keys").json()
    at, mine, others = there.clock(), traveller.PASSPORT, traveller.BROTHERS_PASSPORT
    flight = FLIGHT["flight"]
    stranger = {"keys": [ConfirmationKey.draw().public]}
    later = at + timedelta(days=3)
    assert confirmed(token, keys, flight=flight, document=others, at=at) is None
    assert confirmed(token, keys, flight="XA124/2026-11-26", document=mine, at=at) is None
    assert confirmed(token, stranger, flight=flight, document=mine, at=at) is None
    assert confirmed(token, keys, flight=flight, document=mine, at=later) is None
    assert confirmed(token[:-4] + "AAAA", keys, flight=flight, document=mine, at=at) is None
    assert confirmed("a.b.c", keys, flight=flight, document=mine, at=at) is None
    held = confirmed(token, keys, flight=flight, document=mine, at=at)
    assert held is not None
    assert (held["result"], held["bundle"], held["aud"]) == ("OK", told["bundle"], "carrier-1")


def test_a_confirmation_says_nothing_of_a_certificate_and_names_nobody(api: Api) -> None:
    told = ask(api, FLIGHT | {"passengers": passengers(scan())}).text
    keys = KeySet.import_key_set(api[1].get("/v1/keys").json())
    for each in json.loads(told)["passengers"]:
        if each["confirmation"]:
            told += json.dumps(dict(jwt.decode(each["confirmation"], keys, algorithms=["ES256"]).claims))
    for word in ("HAN", "MEIMEI", "XA1234567", "1990", "900508", "vaccin", *(claim.uvci for claim in claims())):
        assert word not in told


def test_nothing_of_a_check_is_kept(api: Api) -> None:
    there, _ = api

    def rows() -> dict[str, int]:
        with reading(there.engine) as connection:
            return {name: len(connection.execute(table.select()).all()) for name, table in metadata.tables.items()}

    before = rows()
    assert ask(api, FLIGHT | {"passengers": passengers(scan())}).status_code == 200
    assert rows() == before


def test_a_timeout_is_check(url: str, populated: Populated, tmp_path: Path) -> None:
    with opened(url, populated, tmp_path, flight_seconds=0.0) as api:
        told = ask(api, FLIGHT | {"passengers": passengers(scan())}).json()
    assert {each["result"] for each in told["passengers"]} == {"CHECK"}
    assert {each["in_time"] for each in told["passengers"]} == {False}
    assert {each["confirmation"] for each in told["passengers"]} == {None}


def test_a_thousand_passengers_and_no_more(api: Api) -> None:
    many = [{"reference": str(number)} for number in range(1001)]
    assert ask(api, FLIGHT | {"passengers": many}).status_code == 400
    assert ask(api, FLIGHT | {"passengers": many[:1000]}).status_code == 200
    assert mrz.parse(PASSPORT) == traveller.PASSPORT
