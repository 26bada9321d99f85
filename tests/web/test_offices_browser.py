"""A withdrawal by two people in a real browser, by keyboard alone, on a telephone and a wide screen."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from pratique.authority.access import Account, invitations
from pratique.authority.store import reading, withdrawals
from pratique.sandbox.serving import HOST
from tests.authority.issuing import ANNE, BO, CLINIC
from tests.web.chromium import Watched, chromium, leaving, served
from tests.web.town_hall import Hall, hall, hall_app, made

pytestmark = pytest.mark.allow_hosts([HOST])
WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
SMALL = """
[...document.querySelectorAll("main a, main button, main select, main input, main summary")].filter((each) => {
  const { width, height } = each.getBoundingClientRect();
  return width && !each.closest("th, td, li p, p") && Math.min(width, height) < 24;
}).map((each) => each.outerHTML)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    folder, other = tmp_path_factory.mktemp("before"), tmp_path_factory.mktemp("hall")
    with hall(made(folder), other) as found:
        yield found


def to(page: Page, selector: str) -> None:
    """By the tabulator to what is meant, as somebody does who has no mouse."""
    for _ in range(60):
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not come to {selector}")


def enter(page: Page, selector: str) -> None:
    to(page, selector)
    with leaving(page):
        page.keyboard.press("Enter")
    assert not page.evaluate(WIDE), page.url
    assert page.evaluate(SMALL) == [], page.url


def comes_in(place: Hall, watched: Watched, address: str, account: Account) -> Page:
    code = invitations.invite(place.engine, place.vault, account.account_id, made_by="operator", at=place.clock())
    page = watched.page
    page.goto(f"{address}/en/invitation")
    to(page, "#account")
    page.keyboard.type(account.account_id)
    to(page, "#code")
    page.keyboard.type(code)
    enter(page, "main .button")
    page.goto(f"{address}/en")
    return page


def test_a_withdrawal_by_keyboard(place: Hall) -> None:
    app: Any = hall_app(place)
    with served(app) as address, chromium() as browser:
        phone = Watched(browser.new_context(viewport={"width": 390, "height": 844}), address)
        desk = Watched(browser.new_context(viewport={"width": 1280, "height": 800}), address)
        anne = comes_in(place, phone, address, ANNE)
        enter(anne, "a[href='/en/withdrawals']")
        enter(anne, "a[href='/en/withdrawals/facility']")
        to(anne, "#facility")
        anne.keyboard.type("Clinic")
        for field, day in (("#since", "11012026"), ("#until", "12012026")):
            to(anne, field)
            anne.keyboard.type(day)
            anne.keyboard.press("ArrowRight")  # a year may have six digits
            anne.keyboard.type("0100AM")
        to(anne, "#ground")
        anne.keyboard.type("stolen")
        enter(anne, "main form button")
        assert "Certificates that stop to count: 1" in anne.inner_text("main")
        enter(anne, "main form button")
        assert re.search(r"/en/joint/[0-9a-f]{32}$", anne.url)
        assert anne.locator("[value=confirm]").count() == 0

        bo = comes_in(place, desk, address, BO)
        enter(bo, "a[href='/en/joint']")
        enter(bo, "main table a")
        assert "Certificates that stop to count: 1" in bo.inner_text("main")
        with reading(place.engine) as connection:
            assert withdrawals.recalls(connection) == []
        enter(bo, "[value=confirm]")
        assert "Done." in bo.inner_text("main")
        with reading(place.engine) as connection:
            (recall,) = withdrawals.recalls(connection)
        assert (recall.account_id, recall.second_id) == (ANNE.account_id, BO.account_id)
        paths = ("", f"/{CLINIC.facility_id}")
        shown = [f"/facilities{path}" for path in paths] + [
            "/log",
            "/issuance",
            "/counters",
            "/requests",
            "/withdrawals",
        ]
        for path in shown:
            anne.goto(f"{address}/en{path}")
            assert not anne.evaluate(WIDE), path
            assert anne.evaluate(SMALL) == [], path
        phone.must_be_clean()
        desk.must_be_clean()
