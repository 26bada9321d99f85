"""The holder's page in a real browser: what it sends, what it keeps, and what it shows when nobody answers."""

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient
from playwright.sync_api import Browser, BrowserContext, Page

from pratique import qr
from pratique.authority.venues import exposures
from pratique.authority.venues.exposures import Visit, digest, hour_of, matches
from pratique.model.keys import base64url
from pratique.qr import Level
from pratique.sandbox.serving import HOST
from pratique.trust.x509 import trusted_key
from pratique.web import wallet
from pratique.web.display import Admission, Display, Shelf, beside, new_address
from tests.web.chromium import SHAPES, WITHIN, chromium, served
from tests.web.houses import AUTHORITY, SIGNER, scan
from tests.web.recording import Recorder

pytestmark = pytest.mark.allow_hosts([HOST])

SCAN = scan()
MALL = bytes(range(16))
KEY = trusted_key(SIGNER.certificate).key


TAKEN_OVER = """() => new Promise((done) => {
  if (navigator.serviceWorker.controller) done(true);
  navigator.serviceWorker.addEventListener("controllerchange", () => done(true));
})"""


def registering(registers: bool) -> Any:
    return wallet.app(AUTHORITY, specimen=True, registers=KEY if registers else None)


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def put(
    shelf: Shelf, address: str, *, age: timedelta = timedelta(hours=1), lasts: timedelta = timedelta(hours=24)
) -> None:
    """A status that was signed so long ago."""
    signed = now() - age
    content = wallet.shown(SCAN, "green", signed=signed, until=signed + lasts)
    shelf.put(address, content, until=signed + lasts)


@contextmanager
def house(
    folder: Path, *, registers: bool = True, admission: Admission | None = None
) -> Iterator[tuple[Any, str, Recorder]]:
    """A ministry's wallet beside its display path: the shelf, the address, and what arrived."""
    shelf = Shelf(folder)
    if registers:
        shelf.put_notices(exposures.sign([], SIGNER, at=now()), until=now() + timedelta(days=1))
    app = Recorder(beside(Display(shelf, capacity=1e6, admission=admission), registering(registers)))
    with served(app) as address:  # type: ignore[arg-type]  # any application of ASGI
        yield shelf, address, app


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def opened(browser: Browser, **more: Any) -> tuple[BrowserContext, Page, list[str]]:
    """A page of a fresh device, and what it complains of."""
    context = browser.new_context(**more)
    context.set_default_timeout(WITHIN)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    return context, page, complaints


def settled(page: Page) -> None:
    """The worker keeps the pages, and has taken this one over."""
    page.evaluate(TAKEN_OVER)


def poster(name: str = "North Mall", code: bytes = MALL) -> str:
    return f"/en/visit#{base64url(code)}.mall.{name.replace(' ', '%20')}"


# what it sends


def session(browser: Browser, folder: Path, *, registers: bool, act: Any) -> list[Any]:
    """Everything that reached the server from a device on which `act` happened."""
    with house(folder, registers=registers) as (shelf, address, seen):
        mine = "m" * 43  # the same in every session, which are compared
        put(shelf, mine)
        shelf.put_notices(exposures.sign([digest(MALL, 1)], SIGNER, at=now()), until=now() + timedelta(days=1))
        context, page, complaints = opened(browser)
        page.goto(f"{address}/en/wallet#{mine}")
        page.wait_for_selector("#held:not([hidden])")
        settled(page)
        if registers:
            page.wait_for_selector("#notice-list li")
        act(page, address)
        page.wait_for_timeout(1500)  # whatever would still be sent
        context.close()
        assert complaints == []
        return seen.told(address)


def nothing(page: Page, address: str) -> None:
    """Nobody goes anywhere."""


def show_at_three_doors(page: Page, address: str) -> None:
    """The page is opened where somebody asks, looked at, and put away."""
    for _ in range(3):
        page.goto("about:blank")
        page.goto(f"{address}/en/wallet")
        page.wait_for_selector("#code:visible")
        page.screenshot()


def keep_a_visit(page: Page, address: str) -> None:
    """A poster is scanned, the visit kept, and the status shown."""
    page.goto(address + poster())
    page.click("#keep")
    page.wait_for_selector("#kept:visible")
    assert page.locator("#list li").count() == 1
    show_at_three_doors(page, address)


def test_to_show_sends_nothing_about_a_place_or_a_time(browser: Browser, tmp_path: Path) -> None:
    without = session(browser, tmp_path / "a", registers=False, act=nothing)
    with_doors = session(browser, tmp_path / "b", registers=False, act=show_at_three_doors)
    assert with_doors == without
    assert [path for _, path, _, _ in without if "visit" in path or "notices" in path] == [], (
        "off unless it is asked for"
    )
    assert ("GET", f"/status/{'m' * 43}?") in [(method, path) for method, path, _, _ in without], (
        "and this is no empty list"
    )


def test_to_keep_a_visit_sends_nothing_either(browser: Browser, tmp_path: Path) -> None:
    without = session(browser, tmp_path / "a", registers=True, act=nothing)
    with_visit = session(browser, tmp_path / "b", registers=True, act=keep_a_visit)
    assert with_visit == without
    assert not [each for each in with_visit if base64url(MALL) in str(each) or "North" in str(each)]
    assert len([each for each in without if each[1] == "/notices?"]) == 1, "every device asks, visits or none"


def test_a_request_that_tells_would_be_seen(browser: Browser, tmp_path: Path) -> None:
    def tell(page: Page, address: str) -> None:
        page.evaluate("fetch('/static/awake.js?place=mall')")
        page.wait_for_timeout(300)

    told = session(browser, tmp_path / "a", registers=False, act=tell)
    silent = session(browser, tmp_path / "b", registers=False, act=nothing)
    assert [each[1] for each in told if each not in silent] == ["/static/awake.js?place=mall"]


# what it keeps and shows


def test_the_code_on_the_screen_is_read(browser: Browser, tmp_path: Path) -> None:
    with house(tmp_path) as (shelf, address, _):
        mine = new_address()
        put(shelf, mine)
        context, page, complaints = opened(browser, viewport={"width": 390, "height": 844})
        page.goto(f"{address}/en/wallet#{mine}")
        page.wait_for_selector("#held:not([hidden])")
        assert qr.read(page.locator("#code").screenshot()) == (SCAN,)
        assert mine not in page.url
        assert page.inner_text("#word") == "Green"
        assert page.inner_text("#age") == "1 h ago"
        context.close()
        assert complaints == []


def test_it_goes_on_when_the_server_is_stopped(browser: Browser, tmp_path: Path) -> None:
    with ExitStack() as running:
        shelf, address, _ = running.enter_context(house(tmp_path))
        mine = new_address()
        put(shelf, mine, age=timedelta(hours=3))
        context, page, _ = opened(browser)
        page.goto(f"{address}/zh/wallet#{mine}")
        page.wait_for_selector("#held:not([hidden])")
        settled(page)
    # nobody answers at the address any more
    page.goto("about:blank")
    page.goto(f"{address}/en/wallet")
    page.wait_for_selector("#code:visible")
    assert page.inner_text("#age") == "3 h ago"
    assert qr.read(page.locator("#code").screenshot()) == (SCAN,)
    page.click("#fetch")
    page.wait_for_selector("#told:has-text('No connection. Your last status stays here, signed 3 h ago.')")
    assert page.locator("#code").is_visible()
    page.goto(address + poster())
    page.click("#keep")
    assert page.locator("#list li").count() == 1
    context.close()


def test_what_has_ended_is_said_and_not_shown(browser: Browser, tmp_path: Path) -> None:
    with house(tmp_path) as (shelf, address, _):
        mine = new_address()
        put(shelf, mine)
        context, page, _ = opened(browser)
        page.goto(f"{address}/en/wallet#{mine}")
        page.wait_for_selector("#held:not([hidden])")
        settled(page)
        page.evaluate(
            "() => { const held = JSON.parse(localStorage.status); held.shown.until -= 86400;"
            " held.shown.signed -= 86400; localStorage.status = JSON.stringify(held); }"
        )
        shelf.take_away(mine)
        page.reload()
        page.wait_for_selector("#ended:visible")
        assert page.locator("#code").is_hidden()
        assert page.inner_text("#word") == ""
        page.wait_for_selector("#told:has-text('no newer status')")
        context.close()


def test_a_newer_status_is_asked_for_when_half_of_the_old_ones_time_is_over(browser: Browser, tmp_path: Path) -> None:
    with house(tmp_path, registers=False) as (shelf, address, seen):
        mine = new_address()
        put(shelf, mine, age=timedelta(hours=13))
        context, page, _ = opened(browser)
        page.goto(f"{address}/en/wallet#{mine}")
        page.wait_for_selector("#held:not([hidden])")
        settled(page)

        def asked() -> int:
            return len([each for each in seen.seen if each[1].startswith("/status/")])

        page.reload()
        page.wait_for_selector("#code:visible")
        page.wait_for_timeout(500)
        assert asked() == 1, "not again within the hour"
        page.evaluate(
            "() => { const held = JSON.parse(localStorage.status); held.asked -= 3601;"
            " localStorage.status = JSON.stringify(held); }"
        )
        put(shelf, mine, age=timedelta(minutes=5))
        page.reload()
        page.wait_for_selector("#age:has-text('5 min ago')")
        assert asked() == 2
        page.click("#fetch")
        page.wait_for_selector("#told:has-text('newest')")
        assert asked() == 3
        context.close()


def test_a_crowd_is_waited_out(browser: Browser, tmp_path: Path) -> None:
    admission = Admission(0.5, random=Random(1))  # noqa: S311
    with house(tmp_path, registers=False, admission=admission) as (shelf, address, _):
        mine = new_address()
        put(shelf, mine)
        admission.wait()
        assert admission.wait()
        context, page, _ = opened(browser)
        page.goto(f"{address}/en/wallet#{mine}")
        page.wait_for_selector("#told:has-text('Many people are here now. We try again in')")
        assert page.locator("#fetch").is_disabled()
        page.wait_for_selector("#held:not([hidden])")
        context.close()


# visits


def js(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def quiet_page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page whose script can be asked."""
    with house(tmp_path_factory.mktemp("shelf")) as (_, address, _):
        context, page, _ = opened(browser)
        page.goto(f"{address}/en/visit")
        yield page
        context.close()


codes = st.sampled_from([MALL, bytes(16), b"\xff" * 16])
some_visits = st.builds(
    lambda code, first, stay: Visit(code, "x", first, first + stay),
    codes,
    st.integers(490_000, 490_020),
    st.integers(0, 5),
)
some_entries = st.builds(digest, codes, st.integers(490_000, 490_025))


@settings(max_examples=25)
@given(st.lists(some_visits, max_size=4), st.lists(some_entries, max_size=5))
def test_the_page_matches_as_python_does(quiet_page: Page, visits: list[Visit], entries: list[bytes]) -> None:
    stated = [{"code": js(each.code), "first": each.first_hour, "last": each.last_hour} for each in visits]
    found = quiet_page.evaluate(
        "async ([visits, entries]) => (await import('/static/visits.js')).matches(visits, entries)",
        [stated, [js(entry) for entry in entries]],
    )
    told = [(each["visit"]["code"], tuple(each["hours"])) for each in found]
    assert told == [(js(match.visit.code), match.hours) for match in matches(visits, entries)]


def test_whoever_was_there_is_told_and_nobody_else(browser: Browser, tmp_path: Path) -> None:
    with house(tmp_path) as (shelf, address, _):
        hour = hour_of(now())
        shelf.put_notices(exposures.sign([digest(MALL, hour)], SIGNER, at=now()), until=now() + timedelta(days=1))
        context, page, complaints = opened(browser)
        page.goto(address + poster())
        page.click("#keep")
        page.goto(f"{address}/en/wallet")
        page.wait_for_selector("#notice-list .notice")
        said = page.inner_text("#notice-list")
        assert "Somebody who was at North Mall later tested positive" in said
        assert "Nobody is named" in said
        context.close()
        stranger, page, _ = opened(browser)
        page.goto(address + poster("Cinema", bytes(16)))
        page.click("#keep")
        page.goto(f"{address}/en/wallet")
        page.wait_for_selector("#notice-list:has-text('No notice about a place that you kept')")
        stranger.close()
        assert complaints == []


def test_a_list_that_the_authority_did_not_sign_tells_nobody_anything(browser: Browser, tmp_path: Path) -> None:
    with house(tmp_path) as (shelf, address, _):
        signed = exposures.sign([digest(MALL, hour_of(now()))], SIGNER, at=now())
        changed = json.loads(signed)
        changed["list"] = changed["list"].replace('"notices":1', '"notices": 1')
        shelf.put_notices(json.dumps(changed).encode(), until=now() + timedelta(days=1))
        context, page, _ = opened(browser)
        page.goto(address + poster())
        page.click("#keep")
        page.goto(f"{address}/en/wallet")
        page.wait_for_selector("#notice-list:has-text('No notice about a place that you kept')")
        context.close()


def test_visits_are_left_earlier_forgotten_and_gone_after_fourteen_days(browser: Browser, tmp_path: Path) -> None:
    with house(tmp_path) as (_, address, _):
        context, page, _ = opened(browser)
        page.goto(address + poster())
        page.click("#keep")
        page.click("text=I am leaving now")
        hour = hour_of(now())
        kept = page.evaluate("JSON.parse(localStorage.visits)")
        assert [(each["name"], each["last"] in (hour - 1, hour, hour + 1)) for each in kept] == [("North Mall", True)]
        old = {"code": js(MALL), "name": "Old", "first": hour - 14 * 24 - 3, "last": hour - 14 * 24 - 1}
        page.evaluate(
            "(old) => { localStorage.visits = JSON.stringify([old, ...JSON.parse(localStorage.visits)]); }", old
        )
        page.reload()
        page.wait_for_selector("#list li")
        assert "Old" not in page.inner_text("#list")
        assert len(page.evaluate("JSON.parse(localStorage.visits)")) == 1, "deleted, and not only hidden"
        page.click("text=Forget")
        assert page.evaluate("localStorage.visits") == "[]"
        context.close()


@pytest.mark.parametrize(
    "fragment", ["", "#x", "#" + "a" * 22, "#" + "a" * 22 + ".mall.%E0%A4%A", "#" + "a" * 21 + ".mall.x"]
)
def test_other_links_keep_nothing(quiet_page: Page, fragment: str) -> None:
    quiet_page.goto("about:blank")
    quiet_page.go_back()
    quiet_page.evaluate("(fragment) => { location.hash = fragment; }", fragment)
    assert quiet_page.locator("#here").is_hidden()


# how it looks


@pytest.mark.parametrize("language", SHAPES)
def test_narrow_screens_and_no_script(browser: Browser, tmp_path: Path, language: str) -> None:
    with house(tmp_path) as (shelf, address, _):
        mine = new_address()
        put(shelf, mine)
        context, page, complaints = opened(browser, viewport={"width": 320, "height": 640})
        for place in (f"/{language}/wallet#{mine}", poster().replace("/en/", f"/{language}/"), f"/{language}/about"):
            page.goto(address + place)
            page.wait_for_timeout(300)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, place
            small = page.eval_on_selector_all(
                "main button, main .button", "all => all.filter(b => b.offsetHeight && b.offsetHeight < 44).length"
            )
            assert small == 0
        context.close()
        assert complaints == []
        plain, page, _ = opened(browser, java_script_enabled=False)
        page.goto(f"{address}/{language}/wallet")
        assert page.locator("noscript .notice").count() == 1 or "notice" in page.content()
        plain.close()


def test_a_larger_text_reaches_the_kept_pages(browser: Browser, tmp_path: Path) -> None:
    with house(tmp_path) as (_, address, _):
        context, page, _ = opened(browser)
        page.goto(f"{address}/en/wallet")
        settled(page)
        page.click("button[name=size]")
        page.wait_for_selector("html[data-text=large]")
        context.close()


# without a browser


def test_registering_is_off_unless_a_key_is_given() -> None:
    for registers, status in ((False, 404), (True, 200)):
        with TestClient(registering(registers), base_url=f"http://{HOST}") as client:
            assert client.get("/en/visit").status_code == status
            assert ("/notices" in client.get("/en/wallet").text) is False
            assert ('id="notices"' in client.get("/en/wallet").text) is registers
            assert ("visit" in client.get("/worker.js").text.partition("\n//")[0]) is registers


def test_statuses_that_cannot_be_shown() -> None:
    at = now()
    for word, until in (("purple", at + timedelta(1)), ("green", at), ("100", at + timedelta(1))):
        with pytest.raises(ValueError, match="a status has a word"):
            wallet.shown(SCAN, word, signed=at, until=until)
    side, cells = qr.cells(SCAN, level=Level.M)
    assert len(cells) == -(-side * side // 8)
    assert len(wallet.shown(SCAN, "green", signed=at, until=at + timedelta(1))) < 3000, (
        "small: it is fetched by everybody"
    )
    assert asyncio.iscoroutinefunction(registering(False).__call__)
