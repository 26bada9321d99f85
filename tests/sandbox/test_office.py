"""A visitor's own passport: a face, a name that can be written, and nothing that outlives the process."""

import re
from typing import Any

import pytest
from litestar.testing import TestClient

from pratique.authority.identity.document import Document
from pratique.authority.identity.registry import FileRegistry
from pratique.model import mrz
from pratique.sandbox import office
from pratique.sandbox.office import MOST_VISITORS, Office
from pratique.web import issuing
from pratique.web.holding import signing
from tests.authority.identity.scripted import AT, MEIMEI, ScriptedMatcher, enrolments, registered, run
from tests.web.houses import AUTHORITY, HOST, SIGNER, Clock, claims, film, visit


def new_office() -> Office:
    people = [registered(mrz.parse(PASSPORT), "1990-05-08", b"meimei")]
    return Office(FileRegistry(people), claims, ScriptedMatcher(), Clock())


PASSPORT = "P<UTOHAN<<MEIMEI<<<<<<<<<<<<<<<<<<<<<<<<<<<<\nXA12345679UTO9005086F3101012<<<<<<<<<<<<<<04"


@pytest.fixture
def browser() -> Any:
    found = new_office()
    house = enrolments(people=())
    house._registry = found
    ministry = issuing.Ministry(
        enrolments=house,
        hold=signing(found.claims, SIGNER, specimen=True),
        issuer="XA",
        country="XA",
        authority=AUTHORITY,
        specimen=True,
    )
    more = office.handlers(found, AUTHORITY, scene="")
    with TestClient(issuing.app(ministry, more=lambda _: more, clock=Clock()), base_url=HOST) as client:
        yield client


def make(browser: TestClient[Any], photograph: bytes, **names: str) -> Any:
    browser.get("/en/office")
    files = {"photograph": ("me.jpg", photograph, "image/jpeg")} if photograph else None
    return browser.post("/en/office", data={"family": "Lee", "given": "Ann", **names}, files=files)


def test_a_visitor_signs_up_with_their_own_face(browser: TestClient[Any]) -> None:
    page = make(browser, b"ann")
    number = re.search(r'id="number">(\w+)<', page.text)
    assert number is not None
    assert "LEE, ANN" in page.text
    assert film(browser, visit(browser, number[1]), face=b"ann")[-1]["next"].startswith("/en/certificate/")
    assert film(browser, visit(browser, number[1]), face=b"bob")[-1]["next"].endswith("/not-confirmed")


@pytest.mark.parametrize(
    ("photograph", "names", "said"),
    [
        (b"", {}, "Take a photograph or choose one."),
        (b"a landscape", {}, "We do not find exactly one face."),
        (b"ann", {"family": "ߊߋߌ"}, "This name cannot be written in Latin letters here."),
    ],
)
def test_what_makes_no_passport(browser: TestClient[Any], photograph: bytes, names: dict[str, str], said: str) -> None:
    answer = make(browser, photograph, **names)
    assert answer.status_code == 422
    assert said in answer.text


def test_without_a_name_a_specimen(browser: TestClient[Any]) -> None:
    assert "P&lt;UTOSPECIMEN" in make(browser, b"ann", family="", given="").text


def test_the_register_stays_as_it_was_and_old_visitors_are_forgotten() -> None:
    found = new_office()
    zones = [run(lambda: found.add(b"ann", "LEE", "ANN")) for _ in range(MOST_VISITORS + 1)]
    kept = [zone for zone in zones if zone and found.find(Document(zone.number))]
    assert kept == zones[1:]
    assert found.find(Document(MEIMEI)) is not None
    visitor = found.find(Document(kept[0].number))
    assert visitor is not None
    mine, hers = found.claims(visitor.person_id), found.claims("xa-0001")
    assert len(mine) == len(hers)
    assert {claim.uvci for claim in mine}.isdisjoint(claim.uvci for claim in hers)
    assert AT.year - visitor.birth_date.year >= 18  # type: ignore[union-attr]
