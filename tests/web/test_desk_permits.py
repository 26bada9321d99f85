"""D8, applications to enter at the desk: what an officer sees, what no form may decide, and what a decision does."""

import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from msgspec import structs
from PIL import Image

from pratique.authority.access import enter
from pratique.authority.access.passkeys import Passkeys
from pratique.authority.permits import office as permits
from pratique.authority.permits.office import PermitOffice, State
from pratique.authority.store import writing
from pratique.authority.store.passkeys import Owner
from pratique.permits import Attachment, AttachmentKind
from pratique.web import desk, desk_permits
from tests import permit_settings
from tests.permit_settings import OFFICER, files, read
from tests.test_permits import KINDS, ZONE, thailand
from tests.web.desks import LINA, Town, sign_in, site, town
from tests.web.desks import client as browsing
from tests.web.houses import AUTHORITY

THERE = thailand()
Desk = tuple[TestClient[Any], PermitOffice]


class Then:
    """The clock of the day on which Thailand's rules were asked."""

    def __call__(self) -> Any:
        return THERE.at


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, Then()) as made:
        with writing(made.engine) as connection:
            enter(connection, OFFICER, "An officer", at=THERE.at - timedelta(days=1))
        yield made


@pytest.fixture
def there(place: Town) -> Iterator[Desk]:
    office = permit_settings.office(place.engine, place.vault, THERE)
    app = desk.app(house(place), lambda here: [desk_permits.room(here, office)], clock=place.clock)
    with browsing(app) as browser:
        sign_in(browser, place, OFFICER)
        yield browser, office


def house(place: Town) -> desk.House:
    return desk.House(
        engine=place.engine,
        vault=place.vault,
        passkeys=Passkeys(place.engine, place.vault, Owner.OFFICIAL, site()),
        authority=AUTHORITY,
        specimen=True,
    )


def apply(office: PermitOffice, attachments: tuple[Attachment, ...] | None = None, **changes: Any) -> tuple[str, str]:
    sent = files(THERE) if attachments is None else attachments
    code = permits.apply(office, read(THERE, **changes), sent, at=THERE.at)
    return code, permits.waiting(office, OFFICER)[0].application_id


def state(office: PermitOffice, code: str) -> State:
    told = permits.standing(office, code)
    assert told is not None
    return told.state


def test_another_role_has_no_such_page(place: Town) -> None:
    office = permit_settings.office(place.engine, place.vault, THERE)
    app = desk.app(house(place), lambda here: [desk_permits.room(here, office)], clock=place.clock)
    _, key = apply(office)
    paths = ("/en/permits", f"/en/permits/{key}", f"/en/permits/{key}/files/0")
    with browsing(app) as browser:
        assert {browser.get(path).status_code for path in paths} == {401}
        sign_in(browser, place, LINA)
        assert {browser.get(path).status_code for path in paths} == {403}
        assert browser.post(f"/en/permits/{key}", data={"outcome": "granted"}).status_code == 403
        assert "/permits" not in browser.get("/en").text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"seen": ["visa"]}, "Choose what you decide."),
        ({"outcome": "nonsense"}, "Choose what you decide."),
        ({"outcome": "granted"}, "Look at each file first"),
        ({"outcome": "granted", "seen": ["visa"]}, "Look at each file first"),
        ({"outcome": "refused"}, "Name at least one ground."),
        ({"outcome": "more", "reason": ["EXPIRED"]}, "Name at least one ground."),
        ({"outcome": "withdrawn", "reason": ["PERMIT_TRIP"]}, "This cannot be decided like that now."),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_a_form_may_not_decide(there: Desk, data: dict[str, Any], said: str, language: str) -> None:
    browser, office = there
    code, key = apply(office)
    browser.get(f"/{language}/permits/{key}")
    page = browser.post(f"/{language}/permits/{key}", data=data)
    assert page.status_code == 422
    assert 'id="faults"' in page.text
    if language == "en":
        assert said in page.text
    for field in re.findall(r'href="#(\w+)"', page.text):
        assert f'id="{field}"' in page.text, field
    assert state(office, code) is State.RECEIVED


def test_nothing_is_granted_against_a_finding(there: Desk) -> None:
    browser, office = there
    code, key = apply(office, insurance=None)
    page = browser.get(f"/en/permits/{key}").text
    assert "(insurance)" in page
    assert 'value="granted"' not in page
    told = browser.post(f"/en/permits/{key}", data={"outcome": "granted", "seen": sorted(KINDS)})
    assert told.status_code == 422
    assert 'href="#found"' in told.text
    assert state(office, code) is State.RECEIVED


def test_from_the_queue_to_the_permit_and_back(there: Desk) -> None:
    browser, office = there
    assert "Nothing waits." in browser.get("/en/permits").text
    code, key = apply(office)
    today = browser.get("/en").text
    assert "Applications to enter" in today
    assert f"/en/permits/{key}" in browser.get("/en/permits").text
    page = browser.get(f"/en/permits/{key}").text
    for told in (
        "Nothing was found against it",
        "ERIKSSON, ANNA MARIA",
        "2C3",
        "US → BKK",
        "Genuine",
        "100\u202f000 USD",
    ):
        assert told in page, told
    assert page.count("ERIKSSON, ANNA MARIA") == 1
    assert 'value="granted"' in page
    assert ZONE.number not in page
    for number, each in enumerate(files(THERE)):
        file = browser.get(f"/en/permits/{key}/files/{number}")
        assert file.content == each.content
        assert file.headers["content-disposition"].startswith(f'attachment; filename="{each.kind}')
    assert browser.get(f"/en/permits/{key}/files/9").status_code == 404
    decided = browser.post(f"/en/permits/{key}", data={"outcome": "granted", "seen": sorted(KINDS)})
    assert decided.url.path == "/en/permits"
    assert "Granted" in decided.text
    assert state(office, code) is State.GRANTED
    assert "Withdraw" in browser.get(f"/en/permits/{key}").text
    browser.post(f"/en/permits/{key}", data={"outcome": "withdrawn", "reason": ["PERMIT_PERSON"]})
    assert state(office, code) is State.WITHDRAWN
    assert '<form method="post" action="/en/permits' not in browser.get(f"/en/permits/{key}").text


def test_more_is_asked_for(there: Desk) -> None:
    browser, office = there
    code, key = apply(office, insurance=None)
    browser.post(f"/en/permits/{key}", data={"outcome": "more", "reason": ["PERMIT_INSURANCE", "PERMIT_LODGING"]})
    told = permits.standing(office, code)
    assert told is not None
    assert (told.state, [str(reason) for reason in told.reasons]) == (
        State.MORE,
        ["PERMIT_INSURANCE", "PERMIT_LODGING"],
    )


def test_what_somebody_wrote_is_no_markup(there: Desk) -> None:
    browser, office = there
    hostile = '"><script>alert(1)</script>'
    named = structs.replace(files(THERE)[0], name=hostile)
    lodging = {"place": hostile, "begins": "9999-12-31", "nights": 1000}
    _, key = apply(
        office, (named,), carrier=hostile, family=hostile, lodging=lodging, scans=["HC1:X", hostile, "\u202e" * 80]
    )
    page = browser.get(f"/en/permits/{key}")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "Not genuine" in page.text


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_every_picture_that_is_taken_in_can_be_opened(there: Desk, kind: str) -> None:
    browser, office = there
    drawn = BytesIO()
    Image.new("RGB", (8, 8)).save(drawn, kind)
    _, key = apply(office, (structs.replace(files(THERE)[0], content=drawn.getvalue()),))
    assert f'<span class="meta">{kind}' in browser.get(f"/en/permits/{key}").text
    file = browser.get(f"/en/permits/{key}/files/0")
    assert file.content == drawn.getvalue()
    assert file.headers["content-disposition"].endswith(f'-1.{kind.lower()}"')


def test_one_that_is_not_there(there: Desk) -> None:
    browser, _ = there
    for key in ("0" * 32, "x", "%27"):
        assert browser.get(f"/en/permits/{key}").status_code == 404
        told = browser.post(f"/en/permits/{key}", data={"outcome": "refused", "reason": ["PERMIT_TRIP"]})
        assert told.status_code == 404


def test_a_file_of_a_kind_that_was_not_looked_at_is_named_once(there: Desk) -> None:
    browser, office = there
    visa = [each for each in files(THERE) if each.kind is AttachmentKind.VISA]
    _, key = apply(office, (*visa, *visa))
    page = browser.get(f"/en/permits/{key}").text
    assert page.count('name="seen" value="visa"') == 1
