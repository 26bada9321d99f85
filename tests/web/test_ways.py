"""The other ways in as the sign-up offers them: only where there is a store, and a photograph only where it is read."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from pratique.authority.identity import review
from pratique.authority.identity.answers import Assurance
from pratique.authority.identity.enrolment import SESSION_LASTS, Enrolments
from pratique.authority.identity.limits import Allowance, Limits
from pratique.web import issuing, ways
from pratique.web.holding import signing
from tests.authority.identity.scripted import enrolments
from tests.chips import picture
from tests.web.desks import LINA, MEIMEI, Town, client, ministry_app, town
from tests.web.houses import AUTHORITY, HOST, PASSPORT, SIGNER, Clock, agree, claims, film, ministry, visit


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path) as found:
        yield found


class Reader:
    """Reads what it was given to say."""

    def __init__(self, zone: str | None) -> None:
        self.zone = zone

    async def read(self, photograph: bytes) -> str | None:
        return self.zone if photograph else None


def reading(zone: str | None) -> TestClient[Any]:
    house = issuing.Ministry(
        enrolments=enrolments(), hold=signing(claims, SIGNER, specimen=True), issuer="XA", country="XA",
        authority=AUTHORITY, specimen=True, reader=Reader(zone),
    )  # fmt: skip
    return TestClient(issuing.app(house, clock=Clock()), base_url=HOST)


def photographed(browser: TestClient[Any], consent: str = issuing.CONSENT, zone: str = PASSPORT) -> Any:
    """A picture that says behind its last pixel what is on it, so that a page that repeats it tells of nobody."""
    agree(browser)
    files = {"photograph": ("page.jpg", picture() + zone.encode())}
    return browser.post("/en/passport/photograph", data={"consent": consent}, files=files)


def test_what_was_read_is_for_its_holder_to_check() -> None:
    page = photographed(reading(PASSPORT))
    assert page.status_code == 200
    assert PASSPORT.replace("<", "&lt;") in page.text
    assert "Compare it with the passport" in page.text


def test_a_page_that_was_read_wrongly_says_where() -> None:
    misread = PASSPORT.replace("XA1234567", "XA1234568")
    page = photographed(reading(misread), zone=misread)
    assert page.status_code == 422
    assert "check digit" in page.text


def test_a_page_that_was_not_read() -> None:
    page = photographed(reading(None))
    assert page.status_code == 422
    assert "do not find the two lines" in page.text


def test_nothing_is_read_before_consent() -> None:
    assert photographed(reading(PASSPORT), consent="0").url.path == "/en/consent"


def test_without_a_reader_or_a_store_nothing_of_it_is_offered() -> None:
    with ministry() as browser:
        assert "/en/sign-in" not in browser.get("/en").text
        for path in ("/en/sign-in", "/en/paper-code", "/en/own/x", "/en/waiting/x"):
            assert browser.get(path).json()["code"] == "PAGE_UNKNOWN"
        assert photographed(browser).status_code == 422
        address = visit(browser)
        page = browser.get(film(browser, address, face=b"leilei")[-1]["next"])
        assert "Let people decide" not in page.text


def refused(browser: TestClient[Any], number: str = MEIMEI.number) -> Any:
    """The page of somebody whose face is another's."""
    return browser.get(film(browser, visit(browser, number), face=b"leilei")[-1]["next"])


def desk_code(page: Any) -> str:
    found = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", page.text)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("number", [MEIMEI.number, "XA7777777"])
def test_every_code_that_is_shown_is_found_at_a_desk(place: Town, number: str) -> None:
    """In another process, whatever becomes of this one, and without anything more being pressed."""
    app = ministry_app(place)
    browser, codes = client(app), list[str]()
    codes.append(desk_code(refused(browser, number)))
    again = visit(browser, number)
    codes.append(desk_code(browser.get(film(browser, again, face=b"leilei")[-1]["next"])))
    codes.append(desk_code(browser.get(film(browser, again, face=b"leilei")[-1]["next"])))  # tried again
    codes.append(desk_code(browser.post(f"{visit(browser, number)}/desk")))
    for _ in range(2):
        refused(browser, number)
    agree(browser)
    over = browser.post("/en/passport", data={"consent": issuing.CONSENT, "number": number})
    assert "No tries are left today" in over.text
    assert "Let people decide" in over.text
    codes.append(desk_code(over))
    assert len(set(codes)) == 5
    for code in codes:
        found = review.by_code(place.engine, place.vault, LINA, code, at=place.clock())
        assert found is not None, code
        before = review.look_at(place.engine, place.vault, LINA, found, at=place.clock())
        assert before is not None
        assert before.stated.number == number


def test_what_is_kept_for_a_desk_is_in_nobodys_memory(place: Town) -> None:
    """Sealed in the database alone: a name, a birth date and a portrait would else be in memory for a week."""
    made: list[Enrolments] = []
    browser = client(ministry_app(place, made=made))
    refused(browser)
    browser.post(f"{visit(browser)}/desk")
    (signing_up,) = made
    assert signing_up.forget(at=place.clock() + SESSION_LASTS) == 0


def test_whose_tries_are_used_up_can_have_people_decide(place: Town) -> None:
    once = Limits(attempts=Allowance(document=1, device=1, network=10))
    browser = client(ministry_app(place, limits=once))
    refused(browser)
    over = browser.post("/en/passport", data={"consent": issuing.CONSENT, "number": MEIMEI.number})
    waits = browser.post(over.url.path.replace("/not-confirmed", "/people")).url.path
    browser.post(f"{waits}/picture", data={"consent": ways.CONSENT}, files={"photograph": ("x.jpg", picture())})
    (case,) = review.queue(place.engine, LINA, at=place.clock())
    assert case.cause == "limit"


def test_whoever_goes_on_asking_takes_nobodys_place(place: Town) -> None:
    few = Limits(attempts=Allowance(1, 1, 9), challenges=Allowance(2, 9, 9))
    browser = client(ministry_app(place, limits=few))
    refused(browser)
    data = {"consent": issuing.CONSENT, "number": MEIMEI.number}
    pages = [browser.post("/en/passport", data=data) for _ in range(4)]
    assert [each.url.path.endswith("/not-confirmed") for each in pages] == [True, True, False, False]
    assert ["Desk code" in each.text for each in pages] == [True, True, False, False]
    assert all("No tries are left today" in each.text for each in pages)
    assert "Let people decide" not in pages[-1].text


def test_with_a_store_each_is_one_link_away(place: Town) -> None:
    browser = client(ministry_app(place))
    start = browser.get("/en").text
    assert 'href="/en/sign-in"' in start
    assert 'href="/en/paper-code"' in start
    assert 'href="/en/paper-code"' in browser.get("/en/desk").text


def test_consent_says_who_keeps_the_certificate(place: Town) -> None:
    """What is signed beside a store is kept in it; without one it is its holder's alone."""
    beside, without = (browser.get("/en/consent").text for browser in (client(ministry_app(place)), reading(None)))
    assert ("keeps a sealed copy" in beside, "only you have it" in beside) == (True, False)
    assert ("keeps a sealed copy" in without, "only you have it" in without) == (False, True)


def test_whoever_came_in_another_way_has_no_camera(place: Town) -> None:
    from pratique.authority.identity import clinic_code
    from tests.web.desks import CLINIC

    code = clinic_code.make_for_patient(place.engine, place.vault, CLINIC, MEIMEI, at=place.clock())
    assert code is not None
    browser = client(ministry_app(place))
    page = browser.post("/en/paper-code", data={"number": MEIMEI.number, "code": code.text, "consent": issuing.CONSENT})
    face = page.url.path.replace("/certificate/", "/face/")
    assert browser.get(face).json()["code"] == "SESSION_UNKNOWN"
    for part in ("begin", "people", "desk"):
        assert browser.post(f"{face}/{part}").json()["code"] == "SESSION_UNKNOWN"


def test_anothers_pages_are_not_there(place: Town) -> None:
    app = ministry_app(place)
    browser, other = client(app), client(app)
    address = film(browser, visit(browser))[-1]["next"]
    own = address.replace("/certificate/", "/own/")
    assert browser.get(own).status_code == 200
    for path in (address, own):
        assert other.get(path).json()["code"] == "SESSION_UNKNOWN"
    for part in ("device", "passkeys/begin"):
        assert other.post(f"{own}/{part}").json()["code"] == "SESSION_UNKNOWN"


def test_every_way_of_establishing_somebody_has_a_name() -> None:
    assert {each.value for each in Assurance} == {"face", "review", "desk", "clinic", "passkey", "device", "proxy"}
