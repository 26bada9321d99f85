"""The doors' pages: what they send, which is nothing; slips that the page seals and Python opens; and paper."""

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from litestar.testing import TestClient
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine, select, text

from pratique import qr
from pratique.authority.store import Vault, reading, writing
from pratique.authority.store.venue_tables import slip
from pratique.authority.store.venues import Place
from pratique.authority.venues import registering, slips
from pratique.authority.venues.doors import DOORS, Mode
from pratique.authority.venues.exposures import hour_of
from pratique.authority.venues.registering import Act
from pratique.model.keys import base64url
from pratique.sandbox.serving import HOST
from pratique.web import doors
from pratique.web.doors import Register, notice_poster
from tests import databases
from tests.venue_settings import LI, WANG, staffed, switched_on
from tests.web.chromium import SHAPES, WITHIN, chromium, served
from tests.web.houses import AUTHORITY
from tests.web.recording import Recorder

pytestmark = pytest.mark.allow_hosts([HOST])

WALLET = "https://wallet.xa.example"
CONTACT = "赵 138 0000 2222"


def now() -> datetime:
    return datetime.now(UTC)


class House:
    """A ministry whose doors register: its store and one place."""

    def __init__(self, folder: Path) -> None:
        self.engine: Engine = databases.sqlite(folder / "doors.db")
        staffed(self.engine)
        self.vault = Vault.draw()
        self.period = switched_on(self.engine, at=now())
        self.place: Place = registering.open_venue(
            self.engine, self.vault, LI, Mode.MALL, "North & South/Mall", at=now()
        )
        self.code = base64url(self.place.code)

    def app(self, **more: Any) -> Any:
        register = Register(self.engine, self.vault, WALLET)
        return doors.app(AUTHORITY, specimen=True, register=register, **more)

    def contacts(self, hour: int) -> list[str]:
        """What two officials read of an hour after an exposure."""
        at = now()
        exposure = registering.declare(self.engine, LI, self.place.venue_id, first_hour=hour - 1, last_hour=hour, at=at)
        for act in (Act.DECLARE, Act.OPEN):
            for who in (LI, WANG):
                registering.agree(self.engine, who, act, exposure, at=at)
        return [each.contact for each in registering.open_slips(self.engine, self.vault, LI, exposure, at=at)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    found = House(tmp_path)
    yield found
    found.engine.dispose()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@contextmanager
def page_of(browser: Browser, **more: Any) -> Iterator[Page]:
    context = browser.new_context(**more)
    context.set_default_timeout(WITHIN)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    yield page
    context.close()
    assert complaints == []


def client(app: Any) -> TestClient[Any]:
    return TestClient(app, base_url=f"http://{HOST}")


# off by default


def test_a_door_that_shows_has_nowhere_to_send_to() -> None:
    app = doors.app(AUTHORITY, specimen=True)
    paths = {route.path for route in app.routes}
    assert not [path for path in paths if "slip" in path or "place" in path or "kit" in path]
    takes = {route.path for route in app.routes if "POST" in getattr(route, "methods", ())}
    assert takes == {"/text"}, "and that is the size of the text"
    with client(app) as browser:
        for mode in Mode:
            page = browser.get(f"/en/door/{mode}")
            assert page.status_code == 200
            assert "<form" not in page.text.replace('<form method="post" action="/text">', "")
        assert browser.get("/en/door/school").status_code == 404


@pytest.mark.parametrize("language", SHAPES)
@pytest.mark.parametrize("mode", Mode)
def test_every_kind_of_door_has_its_page_and_its_paper(mode: Mode, language: str) -> None:
    with client(doors.app(AUTHORITY, specimen=True)) as browser:
        page = browser.get(f"/{language}/door/{mode}").text
        assert f"/{language}/door/{mode}/poster" in page
        assert ('id="thermometer"' in page) is DOORS[mode].thermometer
        pdf = browser.get(f"/{language}/door/{mode}/poster")
        assert pdf.headers["content-type"] == "application/pdf"
        written = text_of(pdf.content)
        # from right to left a reader finds the words in the order they are drawn
        assert {"Nothing", "written", "down"} <= set(written.split())
        assert ("此处不作任何记录" in written) is (language == "zh")


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        assert len(document) == 1
        return str(document[0].get_textpage().get_text_bounded())


def test_a_house_without_a_period_takes_nothing(house: House) -> None:
    over = now() + timedelta(days=200)
    with client(house.app(clock=lambda: over)) as browser:
        assert browser.get(f"/place/{house.code}/kit").status_code == 404
        good = {"code": house.code, "hour": str(hour_of(over)), "content": base64url(bytes(slips.SLIP_LENGTH))}
        assert browser.post("/slips", data=good).status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        ("code", "", 404), ("code", "a" * 22, 404), ("code", "é" * 22, 404), ("content", "", 400),
        ("content", "a", 400), ("content", base64url(bytes(208)), 400), ("content", "a" * 500, 400),
        ("hour", "x", 400), ("hour", "-1", 400), ("hour", "٣", 400), ("hour", "99999999", 400),
        ("hour", "9" * 30, 400),
    ],
)  # fmt: skip
def test_slips_that_are_none(house: House, field: str, value: str, status: int) -> None:
    good = {"code": house.code, "hour": str(hour_of(now())), "content": base64url(bytes(slips.SLIP_LENGTH))}
    with client(house.app()) as browser:
        assert browser.post("/slips", data=good | {field: value}).status_code == status
        assert browser.post("/slips", data=good, headers={"sec-fetch-site": "cross-site"}).status_code == 403
        assert browser.post("/slips", data=good).status_code == 204


@pytest.mark.parametrize("path", ["/en/place/{}", "/place/{}/kit", "/en/place/{}/poster", "/en/place/{}/slips"])
def test_places_that_are_not_there(house: House, path: str) -> None:
    with client(house.app()) as browser:
        for code in ("a" * 22, "x", "a" * 500, house.place.venue_id):
            assert browser.get(path.format(code)).status_code == 404
        assert browser.get(path.format(house.code)).status_code == 200


# what a page sends


def at_a_gate(browser: Browser, people: int) -> list[Any]:
    """A shift at a station gate: what arrived at the server from the doorkeeper's device."""
    app = Recorder(doors.app(AUTHORITY, specimen=True))
    with served(app) as address, page_of(browser) as page:  # type: ignore[arg-type]  # any application of ASGI
        page.goto(f"{address}/en/door/station_gate")
        page.wait_for_selector("#temperature:visible")
        for number in range(people):
            page.fill("#temperature", f"36.{number % 10}")
            page.wait_for_selector("#felt:has-text('As usual')")
            page.fill("#temperature", "37,3")
            page.wait_for_selector("#felt:has-text('Measure again')")
        page.wait_for_timeout(500)
        assert page.evaluate("JSON.stringify([localStorage, sessionStorage])") == "[{},{}]"
        return app.told(address)


def test_a_gate_sends_the_same_whoever_comes_and_however_warm(browser: Browser) -> None:
    nobody = at_a_gate(browser, 0)
    assert at_a_gate(browser, 12) == nobody
    assert [path for _, path, _, _ in nobody if path.startswith("/en/door/")] == ["/en/door/station_gate?"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", ""), ("36.6", "As usual"), ("37.2", "As usual"), ("37.3", "Measure again after"), ("44.1", "no reading"),
     ("31.9", "no reading"), ("99", "no reading"), ("36.66", "no reading"), ("abc", "no reading")],
)  # fmt: skip
def test_the_thermometer_says_what_python_says(gate: Page, typed: str, said: str) -> None:
    gate.fill("#temperature", typed)
    assert said in gate.inner_text("#felt")


@pytest.fixture(scope="module")
def gate(browser: Browser) -> Iterator[Page]:
    with served(doors.app(AUTHORITY, specimen=True)) as address, page_of(browser) as page:
        page.goto(f"{address}/en/door/station_gate")
        page.wait_for_selector("#temperature:visible")
        yield page


# slips


def test_the_page_seals_what_two_officials_open_and_the_server_cannot_read(browser: Browser, house: House) -> None:
    app = Recorder(house.app())
    with served(app) as address, page_of(browser) as page:  # type: ignore[arg-type]
        page.goto(f"{address}/en/place/{house.code}")
        page.fill("#contact", CONTACT)
        page.click("#seal")
        page.wait_for_selector("#sealed:visible")
        page.wait_for_selector("#waiting", state="hidden")
        assert page.input_value("#contact") == ""
        page.fill("#contact", "1" * 129)
        page.click("#seal")
        page.wait_for_selector("#contact-said:has-text('At most 128')")
        assert page.evaluate("localStorage.slips") == "[]"
    sent = [body for method, _, body, _ in app.seen if method == "POST"]
    assert len(sent) == 1
    assert "0000" not in sent[0]
    assert "2222" not in sent[0]
    with reading(house.engine) as connection:
        kept = connection.execute(select(slip.c.content, slip.c.hour)).one()
    assert CONTACT.encode() not in kept.content
    assert house.contacts(kept.hour) == [CONTACT]


def test_a_slip_waits_for_a_network_and_is_not_lost(browser: Browser, house: House) -> None:
    with served(house.app()) as address, page_of(browser) as page:
        page.goto(f"{address}/en/place/{house.code}")
        page.wait_for_selector("#contact:visible")
        page.wait_for_function("() => Object.keys(localStorage).some((key) => key.startsWith('kit '))")
        page.context.set_offline(True)
        page.fill("#contact", CONTACT)
        page.click("#seal")
        page.wait_for_selector("#waiting:has-text('sent when there is a connection: 1')")
        assert CONTACT not in page.evaluate("JSON.stringify(localStorage)")
        page.context.set_offline(False)
        page.wait_for_selector("#waiting", state="hidden")
        hour = page.evaluate("Math.floor(Date.now() / 3600000)")
    assert house.contacts(hour) == [CONTACT]


def test_a_slip_waits_for_a_database_that_fails(browser: Browser, house: House) -> None:
    """One that is stopped, and what a server says then, is in `tests/authority/test_drills.py`."""

    def renamed(name: str, to: str) -> None:
        with writing(house.engine) as connection:
            connection.execute(text(f"ALTER TABLE {name} RENAME TO {to}"))

    with served(house.app()) as address, page_of(browser) as page:
        page.goto(f"{address}/en/place/{house.code}")
        page.wait_for_selector("#contact:visible")
        page.wait_for_function("() => Object.keys(localStorage).some((key) => key.startsWith('kit '))")
        renamed("venue", "away")
        page.fill("#contact", CONTACT)
        page.click("#seal")
        page.wait_for_selector("#waiting:has-text('1')")
        renamed("away", "venue")
        page.evaluate("window.dispatchEvent(new Event('online'))")
        page.wait_for_selector("#waiting", state="hidden")
        hour = page.evaluate("Math.floor(Date.now() / 3600000)")
    assert house.contacts(hour) == [CONTACT]


def test_a_door_whose_period_is_over_says_so(browser: Browser, house: House) -> None:
    over = now() + timedelta(days=200)
    with served(house.app(clock=lambda: over)) as address, page_of(browser) as page:
        page.goto(f"{address}/en/place/{house.code}")
        page.wait_for_selector("#off:visible")
        page.fill("#contact", CONTACT)
        page.click("#seal")
        assert page.locator("#sealed").is_hidden()
        assert page.evaluate("localStorage.slips ?? '[]'") == "[]"


# paper


def test_the_posters_code_is_the_link_of_a_visit(house: House) -> None:
    with client(house.app()) as browser:
        pdf = browser.get(f"/zh/place/{house.code}/poster").content
    (link,) = qr.read_pdf(pdf)
    assert link == f"{WALLET}/zh/visit#{house.code}.mall.North%20%26%20South%2FMall"
    assert "North & South/Mall" in text_of(pdf)
    with pypdfium2.PdfDocument(pdf) as document:
        poor = io.BytesIO()
        document[0].render(scale=1).to_pil().convert("L").save(poor, "JPEG", quality=40)
    assert qr.read(poor.getvalue()) == (link,), "from across the hall"


def test_slips_have_a_part_to_keep_and_ask_for_no_more_than_they_need(house: House) -> None:
    with client(house.app()) as browser:
        written = text_of(browser.get(f"/en/place/{house.code}/slips").content)
    assert written.count("How can we reach you?") == 4
    assert written.count("Keep this part 14 days") == 4
    for asked in ("name", "passport", "number", "姓名", "护照", "证件"):
        assert asked not in written.lower()


def test_a_name_in_letters_that_no_font_has_is_refused_before_it_prints(house: House) -> None:
    other = registering.open_venue(house.engine, house.vault, LI, Mode.EVENT, "𒀀𒀀", at=now())
    with client(house.app()) as browser:
        assert browser.get(f"/en/place/{base64url(other.code)}/poster").status_code == 500


# how it looks


@pytest.mark.parametrize("language", SHAPES)
def test_narrow_screens(browser: Browser, house: House, language: str) -> None:
    with ExitStack() as stack:
        address = stack.enter_context(served(house.app()))
        page = stack.enter_context(page_of(browser, viewport={"width": 320, "height": 640}))
        for place in ("", "/about", "/door/station_gate", "/door/taxi", f"/place/{house.code}"):
            page.goto(f"{address}/{language}{place}")
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, place
            small = page.eval_on_selector_all(
                "main button, main .button", "all => all.filter(b => b.offsetHeight && b.offsetHeight < 44).length"
            )
            assert small == 0


# a notice at the door, for whoever has no telephone


def test_a_notice_is_there_once_two_officials_declared_hours_and_names_nobody(house: House) -> None:
    hour, at = hour_of(now()) - 3, now()
    exposure = registering.declare(house.engine, LI, house.place.venue_id, first_hour=hour, last_hour=hour, at=at)
    with client(house.app()) as browser:
        for who in (LI, WANG):
            assert browser.get(f"/fr/place/{house.code}/notice").status_code == 404
            assert 'id="notice"' not in browser.get(f"/en/place/{house.code}").text
            registering.agree(house.engine, who, Act.DECLARE, exposure, at=at)
        page, printed = (browser.get(f"/fr/place/{house.code}{end}") for end in ("", "/notice"))
        assert browser.get(f"/en/place/{base64url(bytes(16))}/notice").status_code == 404
    assert "Cet avis ne nomme personne" in page.text
    told = pypdfium2.PdfDocument(printed.content)[0].get_textpage().get_text_range()
    begins = datetime.fromtimestamp(hour * 3600, UTC)
    for said in ("Étiez-vous ici", "Were you here?", "North & South/Mall", f"{begins:%H}:00"):
        assert said in told.replace("\xa0", " "), said
    assert LI.account_id not in told


def test_a_notice_says_each_stretch_once_and_not_how_many_cases(house: House) -> None:
    now_hour, at = hour_of(now()), now()
    for first, last in ((8, 6), (7, 5), (4, 4), (8, 6), (2, 1)):
        hours = {"first_hour": now_hour - first, "last_hour": now_hour - last}
        exposure = registering.declare(house.engine, LI, house.place.venue_id, **hours, at=at)
        if last != 1:
            registering.agree(house.engine, WANG, Act.DECLARE, exposure, at=at)
    stretches = registering.exposed(house.engine, house.place, at=at)
    assert stretches == (range(now_hour - 8, now_hour - 3),)


SPOKEN = (
    ("en", 14, 3, "On 26 Nov 2026, from 14:00 to 17:00 (UTC+08:00)"),
    ("ru", 14, 3, "26 ноября 2026, с 14:00 до 17:00 (UTC+08:00)"),
    ("en", 22, 2, "From 26 Nov 2026, 22:00 UTC+08:00 to 27 Nov 2026, 00:00 UTC+08:00"),
)


@pytest.mark.parametrize(("language", "begins", "lasts", "said"), SPOKEN)
def test_a_notice_says_a_day_and_its_clock_once(
    house: House, language: str, begins: int, lasts: int, said: str
) -> None:  # fmt: skip
    zone = ZoneInfo("Asia/Shanghai")
    first = hour_of(datetime(2026, 11, 26, begins, tzinfo=zone))
    sheet = notice_poster(house.place, [range(first, first + lasts)], zone, language, now(), specimen=False)
    assert sheet.sentences[0][0] == (language, said)
