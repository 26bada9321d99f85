"""Sealed twins and day passes over HTTP: of a certificate that is the holder's own and still counts, refusals first."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from pratique import TrustList, verify
from pratique.authority.access import Account, Role
from pratique.authority.issuance import revoking
from pratique.authority.issuance.revoking import Ground
from pratique.authority.records import intake
from pratique.authority.store import writing
from pratique.model.dates import format_instant
from pratique.model.sealed import Sealed
from pratique.trust import Environment
from pratique.unsealing import unseal
from tests import special
from tests.web.api.authority import LILEI, SOURCES, Installed, Populated, bundle, opened
from tests.web.houses import SIGNER

Api = tuple[Installed, TestClient[Any]]
POINTS = [base64.urlsafe_b64encode(special.one_time_key(str(n))[1]).decode().rstrip("=") for n in range(2)]


@pytest.fixture
def api(url: str, populated: Populated, tmp_path: Path) -> Iterator[Api]:
    with opened(url, populated, tmp_path, signing=True) as both:
        yield both


def certificate(api: Api, **asked: Any) -> str:
    there, client = api
    made = client.post("/v1/people/me/certificates", json=asked, headers=there.bearer(Role.HOLDER))
    assert made.status_code == 201, made.text
    return str(made.json()["certificate_id"])


def ask(api: Api, key: str, what: str, body: Any, **who: Any) -> Any:
    there, client = api
    headers = there.bearer(Role.HOLDER, **who)
    return client.post(f"/v1/people/me/certificates/{key}/{what}", json=body, headers=headers)


def slots(api: Api, count: int = 1) -> list[str]:
    passes = api[0].house.passes
    assert passes is not None
    return [format_instant(each) for each in passes.slots(api[0].clock())[:count]]


@pytest.mark.parametrize(
    ("what", "body", "status", "place"),
    [
        ("sealed", {}, 400, None),
        ("sealed", {"states": []}, 400, None),
        ("sealed", {"states": ["xb"]}, 400, None),
        ("sealed", {"states": ["XC"]}, 422, "$.states"),
        ("sealed", {"states": ["XB", "XB"]}, 422, None),
        ("passes", {"slots": []}, 400, None),
        ("passes", {"slots": [{"begins": "2020-01-01T19:00:00Z", "keys": POINTS}]}, 400, "$.slots[0].begins"),
        ("passes", {"slots": [{"begins": "SLOT", "keys": []}]}, 400, None),
        ("passes", {"slots": [{"begins": "SLOT", "keys": ["!"]}]}, 422, None),
        ("passes", {"slots": [{"begins": "SLOT", "keys": ["AAAA"]}]}, 422, None),
        ("passes", {"slots": [{"begins": "SLOT", "keys": POINTS * 5}]}, 400, None),
    ],
)
def test_what_is_not_made(api: Api, what: str, body: dict[str, Any], status: int, place: str | None) -> None:
    key = certificate(api)
    for each in body.get("slots", ()):
        body = {"slots": [each | {"begins": each["begins"].replace("SLOT", slots(api)[0])}]}
    told = ask(api, key, what, body)
    assert told.status_code == status, told.text
    if place is not None:
        assert told.json()["place"] == place


@pytest.mark.parametrize(("what", "body"), [("sealed", {"states": ["XB"]}), ("passes", None)])
def test_of_nobody_elses_and_of_none_that_was_withdrawn(api: Api, what: str, body: Any) -> None:
    there, _ = api
    key, asked = certificate(api), body or {"slots": [{"begins": slots(api)[0], "keys": POINTS}]}
    for name, who in ((key, {"who": LILEI}), ("0" * 32, {})):
        told = ask(api, name, what, asked, **who)
        assert (told.status_code, told.json()["code"]) == (404, "THING_UNKNOWN")
    by = Account("health_authority-1", Role.HEALTH_AUTHORITY)
    with writing(there.engine) as connection:
        found = revoking.of_certificate(connection, key)
        revoking.withdraw(connection, found, by, Ground.MISTAKE, at=there.clock())
    told = ask(api, key, what, asked)
    assert (told.status_code, told.json()["code"]) == (410, "THING_GONE")


def test_a_sealed_twin_is_opened_by_whom_it_names(api: Api) -> None:
    there, client = api
    key = certificate(api)
    made = ask(api, key, "sealed", {"states": ["XB"]})
    assert made.status_code == 201, made.text
    assert made.json()["format"] == "sealed"
    assert there.house.office is not None
    own = there.house.office.signers[0].key.certificate
    assert own is not None
    trust, at = TrustList.from_certificates([own], environment=Environment.SANDBOX), there.clock()
    told = verify(made.json()["scan"], trust_list=trust, at=at)
    assert told.authentic is True
    assert isinstance(told.content, Sealed)
    assert told.content.recipients == ("XB",)
    open_twin = client.get(f"/v1/people/me/certificates/{key}", headers=there.bearer(Role.HOLDER)).json()["scan"]
    claims = verify(open_twin, trust_list=trust, at=at).certificate
    inside = unseal(told, special.XB).certificate
    assert claims is not None
    assert inside is not None
    assert [each.uvci for each in inside.claims] == [each.uvci for each in claims.claims]
    again = ask(api, made.json()["certificate_id"], "sealed", {"states": ["XB"]})
    assert again.status_code == 422, "of a sealed one there is no other twin"


def test_day_passes_say_a_word_and_no_more(api: Api) -> None:
    there, _ = api
    before = certificate(api)
    days = slots(api, 3)
    asked = {"slots": [{"begins": day, "keys": POINTS} for day in days]}
    (one, *_), at = ask(api, before, "passes", asked).json()["passes"], there.clock()
    assert one["word"] == "not_admitted", "one dose of two"
    second = bundle("XA1234567", "Han", "Meimei").replace(b"2021-05-29", b"2021-06-29")
    intake.take_message(there.engine, there.house.vault, second, source=SOURCES[Role.CLINIC], at=at)
    made = ask(api, certificate(api), "passes", asked)
    assert made.status_code == 201, made.text
    passes = made.json()["passes"]
    assert [each["begins"] for each in passes] == [day for day in days for _ in POINTS]
    assert {each["word"] for each in passes} == {"admitted"}
    trust = TrustList.from_certificates([SIGNER.certificate], environment=Environment.SANDBOX)
    told = verify(passes[0]["scan"], trust_list=trust, at=at)
    assert told.authentic is True
    assert told.format == "status"
    assert told.certificate is None
    assert verify(passes[-1]["scan"], trust_list=trust, at=at + timedelta(days=2)).authentic is True
    assert len({len(each["scan"]) for each in passes}) == 1
