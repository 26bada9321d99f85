"""Passkeys in a real browser with a virtual authenticator: on a phone, by keyboard, and without script."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import BrowserContext, Page

from pratique.authority.access import invitations
from pratique.sandbox import traveller
from pratique.sandbox.serving import HOST, bound
from tests.searching import searched
from tests.web.chromium import Watched, chromium, follow, leaving
from tests.web.desks import LINA, PORTRAIT, WANG, Town, desk_app, ministry_app, town
from tests.web.houses import now

pytestmark = pytest.mark.allow_hosts([HOST])
PHONE = {"width": 390, "height": 844}


@contextlib.contextmanager
def served(make: Any) -> Iterator[str]:
    """An application that knows its own address: passkeys are good for a name, and 127.0.0.1 is none."""
    with bound(0) as listening:
        origin = f"http://localhost:{listening.getsockname()[1]}"
        server = uvicorn.Server(
            uvicorn.Config(searched(make(origin)), log_level="warning", loop="asyncio", lifespan="on")
        )
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])), daemon=True)
        thread.start()
        try:
            yield origin
        finally:
            server.should_exit = True
            thread.join(30)


def authenticator(context: BrowserContext, page: Page) -> tuple[Any, str]:
    """A device with a fingerprint reader that always agrees."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, added["authenticatorId"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town"), now) as found:
        yield found


def by_code(page: Page, place: Town, origin: str) -> None:
    """Han Meimei comes with a code on paper."""
    from pratique.authority.identity import clinic_code
    from tests.web.desks import CLINIC, MEIMEI

    code = clinic_code.make_for_patient(place.engine, place.vault, CLINIC, MEIMEI, at=now())
    assert code is not None
    page.goto(f"{origin}/en/paper-code")
    page.fill("#number", traveller.PASSPORT.number)
    page.fill("#code", code.text)
    page.check("#consent")
    with leaving(page):
        page.press("#code", "Enter")
    page.wait_for_url("**/certificate/*")


def test_a_holder_comes_back_on_a_phone(place: Town) -> None:
    with served(lambda origin: ministry_app(place, origin=origin)) as origin, chromium() as browser:
        context = browser.new_context(viewport=PHONE)
        watched = Watched(context, origin)
        page = watched.page
        session, device = authenticator(context, page)
        by_code(page, place, origin)
        follow(page, "text=Come back, other devices, family")
        page.fill("#label", "my telephone")
        follow(page, "#passkey")
        assert page.inner_text(".ways strong") == "my telephone"
        assert len(session.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]) == 1
        context.clear_cookies()
        page.goto(f"{origin}/en")
        follow(page, "text=Sign in again")
        page.focus("#passkey")
        with leaving(page):
            page.keyboard.press("Enter")
        assert "/certificate/" in page.url
        assert "HAN, MEIMEI" in page.content()
        # a second device, by a code of the first
        follow(page, "text=Come back, other devices, family")
        follow(page, "text=Make a code")
        code = page.inner_text("#device-code")
        other = browser.new_context(viewport=PHONE, java_script_enabled=False).new_page()
        other.goto(f"{origin}/zh/paper-code")
        other.fill("#number", traveller.PASSPORT.number)
        other.fill("#code", code)
        other.check("#consent")
        with leaving(other):
            other.press("#code", "Enter")
        other.wait_for_url("**/certificate/*")
        # the first is lost: its passkey is taken away on the second, and opens nothing
        follow(other, "text=再次登录、其他设备与家人")
        follow(other, "text=移除")
        assert "还没有通行密钥" in other.content()
        context.clear_cookies()
        page.goto(f"{origin}/en/sign-in")
        page.click("#passkey")
        page.wait_for_selector("#passkey-trouble:not([hidden])")
        assert page.evaluate("document.activeElement.id") == "passkey"
        page.reload()  # where the passkeys of nobody are asked for, a desk is offered
        assert "Go to a desk" in page.content()
        widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert widths[0] <= widths[1]
        watched.must_be_clean()


def test_without_script_it_says_what_to_do(place: Town) -> None:
    with served(lambda origin: ministry_app(place, origin=origin)) as origin, chromium() as browser:
        page = browser.new_context(viewport=PHONE, java_script_enabled=False).new_page()
        page.goto(f"{origin}/en/sign-in")
        assert "Passkeys need the page's script" in page.inner_text("main")
        assert page.is_hidden("#passkey")
        assert page.is_visible("text=Use a code from a clinic")


def signed_in(browser: Any, place: Town, origin: str, account: Any, viewport: dict[str, int]) -> Watched:
    context = browser.new_context(viewport=viewport)
    watched = Watched(context, origin)
    page = watched.page
    authenticator(context, page)
    code = invitations.invite(place.engine, place.vault, account.account_id, made_by="operator", at=now())
    page.goto(f"{origin}/en/invitation")
    page.fill("#account", account.account_id)
    page.fill("#code", code)
    with leaving(page):
        page.press("#code", "Enter")
    page.wait_for_url("**/passkeys")
    page.fill("#label", "work")
    follow(page, "#passkey")
    assert page.inner_text(".ways strong") == "work"
    follow(page, f"text=Sign out {account.account_id}")
    follow(page, "#passkey")
    page.wait_for_selector("text=Today")
    return watched


def test_two_officers_compare_and_admit(place: Town, tmp_path: Path) -> None:
    picture = tmp_path / "me.jpg"
    picture.write_bytes(PORTRAIT)
    with (
        served(lambda origin: ministry_app(place, origin=origin)) as ministry,
        served(lambda origin: desk_app(place, origin=origin)) as origin,
        chromium() as browser,
    ):
        # no camera and no script: she declines, and sends a picture
        person = browser.new_context(viewport=PHONE, java_script_enabled=False).new_page()
        person.goto(f"{ministry}/en/consent")
        follow(person, "main form .button")
        person.fill("#number", traveller.PASSPORT.number)
        with leaving(person):
            person.press("#number", "Enter")
        follow(person, "text=I cannot do this")
        follow(person, "text=send a picture")
        person.set_input_files("#photograph", picture)
        person.check("#consent")
        follow(person, "text=Send the picture")
        waits = person.url
        assert "Come back to this page later" in person.content()

        for account, said in ((LINA, "A second officer must agree"), (WANG, "Decided")):
            watched = signed_in(browser, place, origin, account, {"width": 1280, "height": 900})
            page = watched.page
            page.goto(f"{origin}/en/review")
            follow(page, "table a")
            sizes = page.eval_on_selector_all(".portraits img", "all => all.map(i => [i.clientWidth, i.clientHeight])")
            assert len(sizes) == 2
            assert sizes[0] == sizes[1]
            page.focus("input[value=same]")
            page.keyboard.press("Space")
            with leaving(page):
                page.keyboard.press("Enter")
            page.wait_for_selector(f"text={said}")
            watched.must_be_clean()
        person.goto(waits)
        follow(person, "text=Get my certificate")
        person.wait_for_url("**/certificate/*")

        # at the counter, by keyboard
        page = watched.page
        page.goto(f"{origin}/en/counter")
        page.fill("#number", traveller.PASSPORT.number)
        with leaving(page):
            page.press("#number", "Enter")
        page.wait_for_url("**/counter/found")
        page.check("#consent")
        follow(page, "text=Ask the second officer")
        page.wait_for_selector("text=Second officer: sign in to confirm.")
        watched.must_be_clean()


def test_on_a_phone_an_officer_reads_and_does_not_decide(place: Town, tmp_path: Path) -> None:
    picture = tmp_path / "me.jpg"
    picture.write_bytes(PORTRAIT)
    with (
        served(lambda origin: ministry_app(place, origin=origin)) as ministry,
        served(lambda origin: desk_app(place, origin=origin)) as origin,
        chromium() as browser,
    ):
        person = browser.new_context(java_script_enabled=False).new_page()
        person.goto(f"{ministry}/en/consent")
        follow(person, "main form .button")
        person.fill("#number", traveller.PASSPORT.number)
        with leaving(person):
            person.press("#number", "Enter")
        follow(person, "text=I cannot do this")
        follow(person, "text=send a picture")
        person.set_input_files("#photograph", picture)
        person.check("#consent")
        follow(person, "text=Send the picture")
        watched = signed_in(browser, place, origin, LINA, PHONE)
        page = watched.page
        page.goto(f"{origin}/zh/review")
        follow(page, "table a")
        assert page.is_visible("text=此处可查看，不可作决定")
        assert page.is_hidden("input[value=same]")
        widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert widths[0] <= widths[1]
