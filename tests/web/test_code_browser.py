"""The health code in a real browser: a live code that changes, a phone without a network, a declaration by keyboard."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pratique import TrustList, qr, verify
from pratique.authority.store import reading, status
from pratique.model.status import Status
from pratique.sandbox.serving import HOST
from tests.authority.status import scenes
from tests.issuer import MemorySigner
from tests.web.chromium import SHAPES, Watched, chromium, leaving, served
from tests.web.code_houses import SIGNED_IN, House
from tests.web.houses import now

pytestmark = pytest.mark.allow_hosts([HOST])

PHONE = {"width": 390, "height": 844}


class LiveHouse(House):
    """The same under today's clock, with keys and a policy that hold today."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.clock = now
        at = now()
        self.signer = MemorySigner(not_before=at - timedelta(days=1), not_after=at + timedelta(days=30))
        self.trusted = TrustList.from_certificates([self.signer.certificate])

    @property
    def service(self) -> Any:
        from msgspec import structs

        at = now()
        policy = structs.replace(scenes.POLICY, start=at - timedelta(days=1), sunset=at + timedelta(days=9))
        return structs.replace(super().service, policy=policy, signer=self.signer)


def signed_in(browser: Any, address: str, who: str = "meimei", **more: Any) -> Watched:
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, **more)
    context.add_cookies([{"name": SIGNED_IN, "value": who, "url": address}])
    return Watched(context, address)


def scanned(watched: Watched) -> str:
    picture = watched.page.locator("#live").screenshot()
    (text,) = qr.read(picture)
    return str(text)


def test_the_live_code_in_a_browser(tmp_path: Path) -> None:
    house = LiveHouse(tmp_path)
    with chromium() as browser, served(house.holders()) as address:
        watched = signed_in(browser, address)
        page = watched.page
        page.goto(f"{address}/en/code")
        page.get_by_role("link", name="Declare how I am").click()
        with leaving(page):
            page.get_by_role("button", name="Declare").click()
        assert page.url.endswith("/en/code")
        assert page.locator(".colour .word").inner_text() == "GREEN"
        page.get_by_role("link", name="Show my code").click()
        page.locator("#ticking:visible").wait_for()
        text = scanned(watched)
        told = verify(text, trust_list=house.trusted, at=now())
        assert (told.authentic, told.live) == (True, True)
        assert isinstance(told.content, Status)
        assert verify(text, trust_list=house.trusted, at=now() + timedelta(seconds=61)).live is False
        page.reload()
        page.locator("#ticking:visible").wait_for()
        again = verify(scanned(watched), trust_list=house.trusted, at=now())
        assert isinstance(again.content, Status)
        assert again.content.key != told.content.key, "a one-time key was shown twice"
        body = page.locator("body").inner_text()
        assert "Contact" not in body
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        watched.must_be_clean()


def test_without_a_script_the_code_stands_still_and_is_a_status(tmp_path: Path) -> None:
    house = LiveHouse(tmp_path)
    with chromium() as browser, served(house.holders()) as address:
        watched = signed_in(browser, address, java_script_enabled=False)
        watched.page.goto(f"{address}/zh/code/show")
        assert "此码不会变化" in watched.page.locator("body").inner_text()
        told = verify(scanned(watched), trust_list=house.trusted, at=now())
        assert (told.authentic, told.live) == (True, False)


def test_without_a_network_the_last_code_stays(tmp_path: Path) -> None:
    house = LiveHouse(tmp_path)
    with chromium() as browser, served(house.holders()) as address:
        watched = signed_in(browser, address)
        page = watched.page
        page.route("**/code/statuses", lambda route: route.abort())
        page.goto(f"{address}/en/code/show")
        page.locator("#offline:visible").wait_for()
        assert "paper" in page.locator("#offline").inner_text()
        told = verify(scanned(watched), trust_list=house.trusted, at=now())
        assert told.authentic is True
        assert page.locator("#ticking").is_hidden()


@pytest.mark.parametrize("language", SHAPES)
def test_declaring_and_appealing_by_keyboard(tmp_path: Path, language: str) -> None:
    house = LiveHouse(tmp_path)
    with chromium() as browser, served(house.holders()) as address:
        watched = signed_in(browser, address)
        page = watched.page
        page.goto(f"{address}/{language}/code/declare")
        page.locator("[name=symptoms][value=cough]").focus()
        page.keyboard.press("Space")
        page.locator("#temperature").focus()
        page.keyboard.type("37,5")
        with leaving(page):
            page.keyboard.press("Enter")
        assert page.url.endswith(f"/{language}/code")
        assert page.locator(".colour.yellow").count() == 1
        with reading(house.engine) as connection:
            (kept,) = status.said(connection, house.meimei.person_id)
        assert (kept.temperature, kept.symptoms) == (375, "cough")
        for width in (320, 390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), width
        watched.must_be_clean()


def test_the_desk_decides_in_a_browser(tmp_path: Path) -> None:
    house = House(tmp_path)
    fact = house.contact()
    with chromium() as browser, served(house.holders()) as holders, served(house.desk()) as desk:
        holder = signed_in(browser, holders)
        holder.page.goto(f"{holders}/en/code")
        holder.page.locator(f"a[href='/en/code/appeal/{fact}']").click()
        holder.page.locator("#statement").fill("I was abroad.")
        holder.page.get_by_role("button", name="Send the appeal").click()
        holder.page.locator("#appeals").wait_for()
        official = signed_in(browser, desk, who=scenes.WEST.account_id)
        official.page.goto(f"{desk}/zh/appeals")
        with leaving(official.page):
            official.page.locator("main ul a").first.click()
        assert official.page.locator("#statement").inner_text() == "I was abroad."
        official.page.get_by_label("申诉成立").first.check()
        official.page.get_by_role("button", name="裁决").click()
        official.page.wait_for_url("**/zh/appeals")
        holder.page.reload()
        assert holder.page.locator(".colour.unknown").count() == 1
        for watched in (holder, official):
            watched.must_be_clean()
