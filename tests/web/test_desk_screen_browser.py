"""The second screen in a real browser: it follows by itself, by keyboard, on a telephone and at a desk, and ends."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from pratique.sandbox import traveller
from pratique.sandbox.serving import HOST
from tests.web.chromium import chromium, follow, leaving
from tests.web.desks import LINA, WANG, desk_app, town
from tests.web.houses import now
from tests.web.test_passkeys_browser import served, signed_in

pytestmark = pytest.mark.allow_hosts([HOST])
DESK = {"width": 1280, "height": 800}


def press(page: Page, text: str) -> None:
    """Go to a button or a link by the Tab key alone, and press it."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText") == text:
            break
    with leaving(page):
        page.keyboard.press("Enter")


@pytest.mark.parametrize(("width", "script"), [(390, False), (1280, True)])
def test_a_screen_follows_and_ends(tmp_path: Path, width: int, script: bool) -> None:
    with (
        town(tmp_path, now) as place,
        served(lambda origin: desk_app(place, origin=origin)) as origin,
        chromium() as browser,
    ):
        lina, wang = (signed_in(browser, place, origin, account, DESK) for account in (LINA, WANG))
        officer = lina.page
        officer.goto(f"{origin}/en/counter")
        follow(officer, "text=Open a second screen")
        letters = officer.inner_text("#screen-code")
        screen = browser.new_context(
            viewport={"width": width, "height": 800}, java_script_enabled=script, locale="fr-FR"
        ).new_page()
        screen.goto(f"{origin}/screen/{letters}")
        press(screen, "中文")
        screen.wait_for_selector("text=请把护照")
        officer.fill("#number", traveller.PASSPORT.number)
        follow(officer, "main section form .button")
        screen.wait_for_selector("text=请阅读下面的文本", timeout=20_000)
        officer.check("#consent")
        follow(officer, "text=Ask the second officer")
        screen.wait_for_selector("text=请稍候", timeout=20_000)
        assert screen.evaluate("document.documentElement.scrollWidth") <= width
        assert "Meimei" not in screen.content()
        follow(screen, "text=查看我的姓名写法")
        assert "Meimei" in screen.content()
        follow(screen, "main .button")
        wang.page.goto(officer.url)
        follow(wang.page, "button[value=confirm]")
        screen.wait_for_selector("text=已办好", timeout=20_000)
        assert "Meimei" not in screen.content()
        officer.goto(f"{origin}/en/counter")
        follow(officer, "text=Close the second screen")
        screen.wait_for_selector("text=办理已结束", timeout=20_000)
        lina.must_be_clean()
