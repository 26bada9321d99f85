"""The holder's own pages in a browser: by keyboard, on a phone and a desktop, without a network, in another app."""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec import structs
from playwright.sync_api import Browser, BrowserContext, Page

from pratique import qr
from pratique.sandbox.serving import HOST
from pratique.verification import verify
from pratique.web.words import LANGUAGES
from tests.web.chromium import ARGUMENTS, WITHIN, Watched, chromium, follow, leaving, served
from tests.web.holders import house
from tests.web.houses import TRUSTED, film, now, release_of_today, visit

pytestmark = pytest.mark.allow_hosts([HOST])

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
SCROLLS = "document.documentElement.scrollWidth > window.innerWidth"
SMALL = """() => [...document.querySelectorAll("main :is(.button, input, select, summary, .menu a, .modes a, .back)")]
  .filter((one) => !["hidden", "checkbox", "radio"].includes(one.type) && one.offsetParent)
  .filter((one) => one.getBoundingClientRect().height < 43.5)
  .map((one) => one.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    bundle = release_of_today(tmp_path_factory.mktemp("release"))
    with served(house(bundle, now(), clock=now)) as found:
        yield found


@pytest.fixture(scope="module")
def signed_up(address: str) -> tuple[str, str]:
    """The cookie of a browser in which Han Meimei signed up, and the path of her certificate."""
    return "a" * 32, came(address, "a" * 32)


def came(address: str, device: str) -> str:
    """Sign her up in the browser of this cookie: the path of her certificate."""
    with httpx.Client(base_url=address, follow_redirects=True) as client:
        client.cookies.set("device", device)
        path: Any = film(client, visit(client))[-1]["next"]  # type: ignore[arg-type]
    return str(path)


def opened(browser: Browser, address: str, device: str = "", **how: Any) -> tuple[BrowserContext, Watched]:
    context = browser.new_context(**how)
    if device:
        context.add_cookies([{"name": "device", "value": device, "url": address}])
    return context, Watched(context, address)


def go(page: Page, name: str, key: str = "Enter") -> None:
    """Press what is called so, by the keyboard alone."""
    target = page.get_by_role("link", name=name, exact=True).or_(page.get_by_role("button", name=name, exact=True))
    target.first.focus()
    with leaving(page):
        page.keyboard.press(key)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_from_a_trip_to_the_least_that_it_needs_by_keyboard(
    browser: Browser, address: str, signed_up: tuple[str, str], size: dict[str, int]
) -> None:
    device, path = signed_up
    context, watched = opened(browser, address, device, viewport=size)
    page = watched.page
    page.goto(address + path)
    go(page, "Plan a trip")
    day = (now() + timedelta(days=1)).date()
    page.locator("#to").focus()
    page.keyboard.type("XBHAV")
    page.locator("#day").fill(day.isoformat())
    page.locator("#day").focus()
    with leaving(page):
        page.keyboard.press("Enter")
    assert "No quarantine, and no further test." in page.inner_text("main")
    assert not page.evaluate(SCROLLS)
    go(page, "Show only these")
    ticked = page.locator("input[name=claim]:checked")
    assert ticked.count() == 2
    page.locator("input[name=claim]").nth(2).focus()
    page.keyboard.press("Space")
    go(page, "Make this code")
    shown = page.locator(".white").first
    scan = shown.get_attribute("data-scan") or ""
    told = verify(scan, trust_list=TRUSTED, at=now())
    assert len(told.certificate.claims) == 3  # type: ignore[union-attr]
    assert qr.read(shown.screenshot()) == (scan,), "the screen itself is read"
    go(page, "Show code alone")
    assert page.locator("[aria-current=page]").inner_text() == "What I chose"
    watched.must_be_clean()
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_fits_a_narrow_screen(
    browser: Browser, address: str, signed_up: tuple[str, str], language: str
) -> None:
    device, path = signed_up
    path = path.replace("/en/", f"/{language}/")
    context, watched = opened(browser, address, device, viewport={"width": 320, "height": 640})
    page = watched.page

    def fits() -> None:
        page.wait_for_load_state()
        assert page.evaluate("document.documentElement.lang") == language
        assert not page.evaluate(SCROLLS), page.url
        assert page.evaluate(SMALL) == [], page.url

    for place in ("", "/trip", "/choose", "/along", "/pass", "/show/1"):
        page.goto(address + path + place)
        fits()
    page.goto(f"{address}{path}/pass")
    follow(page, "form .button")
    fits()
    page.goto(f"{address}{path}/trip")
    page.fill("#from", "XB")
    page.fill("#through", "XBHAV")
    page.fill("#to", "XAHAV")
    page.fill("#day", (now() + timedelta(days=6)).date().isoformat())
    follow(page, "form[action$='/trip'] .button")
    fits()
    page.goto(f"{address}{path}/choose")
    page.check("input[name=state]")
    follow(page, "form[action$='/choose'] .button")
    fits()
    page.goto(f"{address}{path}/sealed")
    fits()
    for place in ("/kept", "/leave"):
        page.goto(f"{address}/{language}{place}")
        fits()
    watched.must_be_clean()
    context.close()


def test_it_is_kept_by_a_press_and_shown_without_a_network(
    browser: Browser, address: str, signed_up: tuple[str, str]
) -> None:
    device, path = signed_up
    context, watched = opened(browser, address, device, viewport=PHONE)
    page = watched.page
    page.goto(f"{address}{path}/along")
    assert page.evaluate("localStorage.length") == 0
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    page.click("#keep")
    page.wait_for_url("**/en/kept", timeout=WITHIN)
    page.wait_for_function("navigator.serviceWorker.controller !== null || true")
    page.reload()
    context.set_offline(True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/en/kept")
    assert page.locator("#people .card").count() == 1
    assert page.locator("#offline").is_visible()
    assert "HAN, MEIMEI" in page.inner_text("#people")
    page.get_by_role("button", name="Show code").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#alone[open]")
    (scan,) = qr.read(page.locator("#alone-code").screenshot())
    assert verify(scan, trust_list=TRUSTED, at=now()).authentic
    assert all(url.startswith(address) for url in asked)
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("Delete the certificate")).click()
    assert page.locator("#empty").is_visible()
    page.wait_for_function("navigator.serviceWorker.getRegistrations().then((all) => all.length === 0)")
    assert page.evaluate("localStorage.getItem('certificates')") is None
    assert page.evaluate("caches.keys().then((all) => all.length)") == 0
    context.close()


def test_what_is_kept_says_by_which_release_it_was_planned_and_asks_for_nothing(
    browser: Browser, tmp_path: Path
) -> None:
    releases = [release_of_today(tmp_path)]
    with served(house(None, now(), clock=now, release=lambda: releases[-1])) as address:
        device, path = "c" * 32, came(address, "c" * 32)
        context, watched = opened(browser, address, device)
        page = watched.page
        page.goto(f"{address}{path}/trip")
        page.fill("#to", "XBHAV")
        page.fill("#day", (now() + timedelta(days=1)).date().isoformat())
        follow(page, "main form .button")
        page.goto(f"{address}{path}/along")
        page.click("#keep")
        page.wait_for_url("**/en/kept", timeout=WITHIN)
        perhaps = "Planned by release 1. Newer rules may have come since: plan again before you leave."
        assert perhaps in page.inner_text("#people")
        page.goto(f"{address}{path}/trip")
        assert page.locator("#older").is_hidden()
        releases.append(structs.replace(releases[0], number=4))
        page.goto(f"{address}/en/kept")
        assert perhaps in page.inner_text("#people"), "the page that is kept has asked"
        page.goto(f"{address}{path}/trip")
        assert page.locator("#older").is_visible()
        page.goto(f"{address}/en/kept")
        assert "Planned by release 1. Release 4 has come since: plan again" in page.inner_text("#people")
        page.get_by_role("button", name=re.compile("Delete the certificate")).click()
        assert page.locator("#empty").is_visible()
        assert page.evaluate("localStorage.length") == 0
        watched.must_be_clean()
        context.close()


def test_the_last_certificate_leaves_what_opens_visits_without_a_network(
    browser: Browser, address: str, signed_up: tuple[str, str]
) -> None:
    device, path = signed_up
    context, watched = opened(browser, address, device)
    page = watched.page
    page.goto(f"{address}{path}/along")
    page.click("#keep")
    page.wait_for_url("**/en/kept", timeout=WITHIN)
    page.evaluate("localStorage.visits = '[{}]'")
    page.get_by_role("button", name=re.compile("Delete the certificate")).click()
    page.reload()
    assert page.evaluate("localStorage.getItem('certificates')") is None
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 1
    assert page.evaluate("caches.keys().then((all) => all.length)") == 1
    watched.must_be_clean()
    context.close()


ENDS = """(at) => {
  localStorage.certificates = localStorage.certificates.replace(/"ends":\\d+/, `"ends":${at}`);
}"""


def test_what_ends_is_said_ahead_and_what_ended_is_not_shown(
    browser: Browser, address: str, signed_up: tuple[str, str]
) -> None:
    device, path = signed_up
    context, watched = opened(browser, address, device)
    page = watched.page
    page.goto(f"{address}{path}/along")
    page.click("#keep")
    page.wait_for_url("**/en/kept", timeout=WITHIN)
    assert not page.locator("#people .attention").is_visible()
    for ends, told in ((29, "Ends in 29 days. Renew while you have a connection."), (0, "Ends in 0 days.")):
        page.evaluate(ENDS, f"{(now() + timedelta(days=ends, hours=1)).timestamp():.0f}")
        page.reload()
        assert told in page.inner_text("#people")
        assert page.get_by_role("button", name="Show code").count() == 1
    page.evaluate(ENDS, "1")
    page.reload()
    assert "Renew it while you have a connection." in page.inner_text("#people")
    assert page.get_by_role("button", name="Show code").count() == 0
    watched.must_be_clean()
    context.close()


def test_in_a_web_view_that_keeps_nothing_it_says_so(
    browser: Browser, address: str, signed_up: tuple[str, str]
) -> None:
    """Some apps give their pages no worker, and some no storage: the files are there all the same."""
    device, path = signed_up
    context, watched = opened(browser, address, device, service_workers="block", viewport=PHONE)
    page = watched.page
    page.goto(f"{address}{path}/along")
    page.add_init_script("delete Navigator.prototype.serviceWorker")
    page.reload()
    page.click("#keep")
    page.wait_for_selector("#online:visible")
    assert page.get_by_role("link", name="Save page to print (PDF)").is_visible()
    page.evaluate("localStorage.setItem('full', 'x'.repeat(5 * 1024 * 1024 - localStorage.certificates.length - 40))")
    page.evaluate("localStorage.removeItem('certificates'), localStorage.setItem('more', 'x'.repeat(400))")
    page.click("#keep")
    page.wait_for_selector("#cannot:visible")
    watched.must_be_clean()
    context.close()


def test_without_a_script_everything_but_the_devices_own_page_works(
    browser: Browser, address: str, signed_up: tuple[str, str]
) -> None:
    device, path = signed_up
    context, watched = opened(browser, address, device, java_script_enabled=False, viewport=PHONE)
    page = watched.page
    page.goto(f"{address}{path}/trip")
    page.fill("#to", "XBHAV")
    page.fill("#day", (now() + timedelta(days=1)).date().isoformat())
    page.click("form[action$='/trip'] .button")
    page.wait_for_selector("text=What follows on arrival")
    page.click("text=Show only these")
    page.click("text=Make this code")
    page.wait_for_selector(".white svg")
    page.goto(f"{address}{path}/pass")
    page.click("text=Get the pass")
    page.wait_for_selector("#still")
    page.goto(f"{address}{path}/along")
    assert page.locator("#keep").is_hidden()
    assert page.locator("noscript").first.is_visible()
    context.close()


def test_leaving_takes_along_what_the_device_keeps(browser: Browser, address: str) -> None:
    device = "b" * 32
    path = came(address, device)
    context, watched = opened(browser, address, device)
    page = watched.page
    page.goto(f"{address}{path}/along")
    page.click("#keep")
    page.wait_for_url("**/en/kept", timeout=WITHIN)
    page.goto(f"{address}/en/leave")
    go(page, "Sign out and delete what is here")
    page.goto(f"{address}/en/kept")
    assert page.evaluate("localStorage.getItem('certificates')") is None
    assert page.locator("#empty").is_visible()
    assert page.goto(f"{address}{path}").status == 404  # type: ignore[union-attr]
    context.close()


def at_the_camera(page: Page, address: str) -> None:
    page.goto(f"{address}/en")
    follow(page, "main a.button")
    follow(page, "main form .button")
    page.fill("#number", "XA1234567")
    follow(page, "main form .button")


@pytest.fixture
def another(browser: Browser, how: str) -> Iterator[Browser]:
    """Another browser on this machine: with a camera that nobody lets it use, or with none."""
    less = "fake-ui" if how == "denied" else "fake-device"
    arguments = [each for each in ARGUMENTS if less not in each]
    found = browser.browser_type.launch(executable_path=shutil.which("chromium"), args=arguments)
    yield found
    found.close()


@pytest.mark.parametrize("how", ["denied", "none", "unknown"])
def test_without_a_camera_a_desk_code_is_one_press_away(another: Browser, address: str, how: str) -> None:
    """Denied by the person, a device without one, and a web view that knows of no cameras at all."""
    context, watched = opened(another, address, viewport=PHONE)
    page = watched.page
    if how == "denied":
        context.grant_permissions([], origin=address)  # these, none, and no others
    elif how == "unknown":
        page.add_init_script("Object.defineProperty(Navigator.prototype, 'mediaDevices', { value: undefined })")
    at_the_camera(page, address)
    if how != "unknown":
        page.click("#open")
    page.wait_for_selector("#trouble:visible")
    told = {"denied": "The camera is switched off for this page.", "none": "no camera", "unknown": "no camera"}
    assert told[how] in page.inner_text("#trouble")
    follow(page, "form .quiet")
    assert re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", page.inner_text("main"))
    watched.must_be_clean()
    context.close()
