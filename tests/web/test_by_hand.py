"""What two officials of two offices do at the desk: a code set by hand, contacts and stays; one person, one case."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from pratique import qr
from pratique.authority.access import Account, Role, enter
from pratique.authority.access.passkeys import Passkeys
from pratique.authority.status import assigning
from pratique.authority.store import reading, status, writing
from pratique.authority.store.passkeys import Owner
from pratique.qr import Level
from pratique.web import desk, desk_by_hand, desk_tracing
from pratique.web.desk import SIGNED_IN, Desk
from pratique.web.desk_proposed import Work
from tests.authority.status import scenes
from tests.authority.status.scenes import AT, CLINIC, NORTH, NORTH_TOO, SOUTH, WEST, ZONE
from tests.web.code_houses import House
from tests.web.desks import site
from tests.web.houses import AUTHORITY, HOST

MEIMEI = {"country": "UTO", "number": "XA0000001", "born": "1990-05-08"}
LEI = {"country": "UTO", "number": "XA0000002", "born": "1990-05-08"}
CASE = {f"case_{name}": value for name, value in LEI.items()}
MET = {"fact": "close", "last": "2026-11-22"}
NO_OFFICE = Account("official-new", Role.HEALTH_AUTHORITY)
Browse = Callable[[Account], Any]


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House(tmp_path)
    with writing(made.engine) as connection:
        enter(connection, NO_OFFICE, "New", at=AT - timedelta(days=1))
    scenes.record(made.engine, made.lei.person_id, scenes.swab())
    return made


def desk_of(house: House, origin: str = HOST) -> tuple[Litestar, Desk]:
    """The officials' application with both rooms, and the desk that signs a session of it."""
    desks: list[Desk] = []

    def rooms(here: Desk) -> list[Any]:
        desks.append(here)
        work = Work(here, house.engine, ZONE, scenes.FACILITIES)
        return [desk_by_hand.room(work), desk_tracing.room(work)]

    keys = Passkeys(house.engine, house.vault, Owner.OFFICIAL, site(origin))
    app = desk.app(
        desk.House(engine=house.engine, vault=house.vault, passkeys=keys, authority=AUTHORITY),
        rooms,
        clock=house.clock,
    )
    return app, desks[0]


@pytest.fixture
def browse(house: House) -> Browse:
    """A browser in which an account has signed in."""
    app, here = desk_of(house)

    @contextmanager
    def browser(account: Account) -> Iterator[TestClient[Any]]:
        with TestClient(app, base_url=HOST) as client:
            client.cookies.set(SIGNED_IN, here.sign_in(account))
            yield client

    return browser


def by_hand(house: House, **changes: Any) -> dict[str, Any]:
    """The form for Han Meimei, on her own record."""
    return MEIMEI | {"record": scenes.signed(house.meimei), "colour": "red"} | changes


def asked(answer: Any) -> str:
    """The address of what waits now."""
    assert answer.status_code == 200, answer.text
    return str(answer.url.path)


# by hand


def test_these_pages_are_for_officials_of_an_office(browse: Browse) -> None:
    for account, code in ((CLINIC, "ROLE_MISSING"), (NO_OFFICE, "NOT_ALLOWED")):
        with browse(account) as browser:
            for path in ("/by-hand", "/by-hand/x", "/tracing", "/tracing/x"):
                assert browser.get(f"/en{path}").json()["code"] == code
                assert browser.post(f"/en{path}", data=MEIMEI | CASE | MET | {"hours": "24"}).json()["code"] == code
    with browse(NORTH) as browser:
        assert browser.get("/en/by-hand/x").status_code == 404


NO_CODE: tuple[tuple[dict[str, Any], str], ...] = (
    ({"born": "1990-05-09"}, "Nobody is known with this document"),
    ({"number": "XA7777777"}, "Nobody is known with this document"),
    ({"record": ""}, "Give the signed record"),
    ({"record": "HC1:A POSTER OF A VENUE"}, "facility"),
    ({"record": ["HC1:ONE", "HC1:TWO"]}, "one person at a time"),
    ({"number": ["XA0000001", "XA0000002"]}, "one person at a time"),
    ({"colour": "green"}, "Choose a colour"),
    ({"colour": ""}, "Choose a colour"),
    (LEI, "facility"),
)


def test_what_proposes_no_code(house: House, browse: Browse) -> None:
    with browse(NORTH) as browser:
        for changed, said in NO_CODE:
            answer = browser.post("/en/by-hand", data=by_hand(house, **changed))
            assert (answer.status_code, said.lower() in answer.text.lower()) == (422, True), said
        assert "Nothing waits." in browser.get("/en/by-hand").text


def test_an_official_of_another_office_sets_it_and_the_holder_is_told(house: House, browse: Browse) -> None:
    with browse(NORTH) as browser:
        path = asked(browser.post("/en/by-hand", data=by_hand(house)))
        assert "Somebody of another office decides." in browser.get(path).text
        assert "<form" not in browser.get(path).text.partition("<main")[2].partition("</main>")[0]
    for account in (NORTH, NORTH_TOO):
        with browse(account) as browser:
            refused = browser.post(path, data=MEIMEI | {"hours": "24"})
            assert (refused.status_code, "two different offices" in refused.text) == (409, True)
    house.clock.at += timedelta(minutes=10)
    with browse(SOUTH) as browser:
        assert path in browser.get("/en/by-hand").text
        page = browser.get(path).text
        for said in ("RED", "Laboratory 7", "official-north", "It lapses at 25 Nov 2026, 12:00"):
            assert said in page, said
        assert "Han" not in page
        for wrong, told in ((LEI, "somebody else"), (MEIMEI | {"born": ""}, "Nobody is known"), (MEIMEI, "how long")):
            hours = {} if wrong is MEIMEI else {"hours": "24"}
            answer = browser.post(path, data=wrong | hours)
            assert (answer.status_code, told in answer.text) == (409, True), told
        assert browser.post(path, data=MEIMEI | {"hours": "73"}).status_code == 409
        done = browser.post(path, data=MEIMEI | {"hours": "24"})
        assert "The person reads it on their page now" in done.text
        assert browser.get(path).status_code == 404
    with house.browser("meimei") as browser:
        page = browser.get("/en/code").text
    assert 'class="colour red"' in page
    assert "two officials set your code by hand" in page
    with reading(house.engine) as connection:
        (made,) = status.assignments(connection, house.meimei.person_id, at=int(house.clock.at.timestamp()))
    assert made.until - made.moment == 24 * 3600
    assert {made.proposed_office, made.approved_office} == {"north", "south"}


def test_nothing_follows_from_a_proposal_and_it_lapses(house: House, browse: Browse) -> None:
    with browse(NORTH) as browser:
        path = asked(browser.post("/en/by-hand", data=by_hand(house)))
    with house.browser("meimei") as browser:
        assert 'class="colour unknown"' in browser.get("/en/code").text
    house.clock.at += timedelta(hours=24)
    with browse(SOUTH) as browser:
        assert "Nothing waits." in browser.get("/en/by-hand").text
        assert browser.post(path, data=MEIMEI | {"hours": "24"}).status_code == 404


def test_a_picture_of_the_record_does_and_a_picture_of_two_does_not(house: House, browse: Browse) -> None:
    record = scenes.signed(house.meimei)
    with browse(NORTH) as browser:
        files = {"picture": ("record.png", qr.png(record, level=Level.M), "image/png")}
        both = browser.post("/en/by-hand", data=by_hand(house), files=files)
        assert (both.status_code, "one person at a time" in both.text.lower()) == (422, True)
        asked(browser.post("/en/by-hand", data=by_hand(house, record=""), files=files))
        broken = {"picture": ("record.png", b"no picture", "image/png")}
        assert browser.post("/en/by-hand", data=by_hand(house, record=""), files=broken).status_code == 422


def test_a_day_has_ten(house: House, browse: Browse) -> None:
    with browse(NORTH) as browser:
        for _ in range(assigning.A_DAY):
            asked(browser.post("/en/by-hand", data=by_hand(house)))
        more = browser.post("/en/by-hand", data=by_hand(house))
        assert (more.status_code, "one person at a time" in more.text.lower()) == (422, True)


# tracing


NO_FACT: tuple[tuple[dict[str, str], str], ...] = (
    ({"number": "XA7777777"}, "Nobody is known"),
    ({"case_born": "1990-05-09"}, "Nobody is known"),
    ({f"case_{name}": value for name, value in MEIMEI.items()}, "facility"),
    ({"fact": "bank_deposit"}, "Choose what is established"),
    ({"last": "2026-11-25"}, "A contact has one day"),
    ({"last": "soon"}, "A contact has one day"),
    ({"fact": "home", "first": "2026-11-24", "last": "2026-12-24"}, "within three weeks"),
    ({"fact": "home"}, "within three weeks"),
    ({"fact": "home", "first": "2027-11-24", "last": "2027-11-25"}, "within three weeks"),
)


def test_what_traces_nobody(browse: Browse) -> None:
    with browse(NORTH) as browser:
        for changed, said in NO_FACT:
            answer = browser.post("/en/tracing", data=MEIMEI | CASE | MET | changed)
            assert (answer.status_code, said in answer.text) == (422, True), said
        assert "Nothing waits." in browser.get("/en/tracing").text


@pytest.mark.parametrize(
    ("fact", "colour", "said"),
    [
        (MET, "yellow", ("Close contact", "22 Nov 2026")),
        ({"fact": "home", "first": "2026-11-24", "last": "2026-11-30"}, "yellow", ("Stay at home", "30 Nov 2026")),
    ],
)
def test_a_contact_and_a_stay_by_two_who_have_the_file(
    house: House, browse: Browse, fact: dict[str, str], colour: str, said: tuple[str, ...]
) -> None:
    with browse(NORTH) as browser:
        path = asked(browser.post("/en/tracing", data=MEIMEI | CASE | fact))
    for account in (NORTH, NORTH_TOO):
        with browse(account) as browser:
            assert "Somebody of another office decides." in browser.get(path).text
            assert "two different offices" in browser.post(path, data=MEIMEI | CASE).text
    with browse(WEST) as browser:
        page = browser.get(path).text
        for each in (*said, "official-north"):
            assert each in page, each
        for hidden in ("XA0000001", "XA0000002", "Han", house.lei.person_id):
            assert hidden not in page
        swapped = {f"case_{name}": value for name, value in MEIMEI.items()}
        for wrong in (LEI | CASE, MEIMEI | swapped, MEIMEI):
            assert browser.post(path, data=wrong).status_code == 409
        assert "The person reads it on their page now" in browser.post(path, data=MEIMEI | CASE).text
        assert browser.post(path, data=MEIMEI | CASE).status_code == 404
    with house.browser("meimei") as browser:
        page = browser.get("/en/code").text
        assert f'class="colour {colour}"' in page
        assert "/en/code/appeal/" in page


def test_the_desk_counts_what_others_ask(house: House, browse: Browse) -> None:
    with browse(NORTH) as browser:
        asked(browser.post("/en/by-hand", data=by_hand(house)))
        asked(browser.post("/en/tracing", data=MEIMEI | CASE | MET))
        own = browser.get("/en").text
    with browse(SOUTH) as browser:
        others = browser.get("/en").text
    for title in ("Codes set by hand", "Contacts and stays"):
        assert title in own
        assert title in others
    assert own != others.replace(SOUTH.account_id, NORTH.account_id)
    with browse(NO_OFFICE) as browser:
        assert "Codes set by hand" in browser.get("/en").text
