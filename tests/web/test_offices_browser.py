"""A desk in a real browser: a withdrawal by two people by keyboard alone, and how a session ends."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from pratique.authority.store import reading, withdrawals
from pratique.sandbox.serving import HOST
from pratique.web.desk import LONGEST
from tests.authority.issuing import ANNE, BO, CLINIC
from tests.web.chromium import Watched, chromium, served
from tests.web.findings import DESK, by_axe, findings
from tests.web.keyboard import SMALL, WIDE, comes_in, enter, to
from tests.web.town_hall import Hall, hall, hall_app, made

pytestmark = pytest.mark.allow_hosts([HOST])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    folder, other = tmp_path_factory.mktemp("before"), tmp_path_factory.mktemp("hall")
    with hall(made(folder), other) as found:
        yield found


def test_a_withdrawal_by_keyboard(place: Hall) -> None:
    app: Any = hall_app(place)
    with served(app) as address, chromium() as browser:
        phone = Watched(browser.new_context(viewport={"width": 390, "height": 844}), address)
        desk = Watched(browser.new_context(viewport={"width": 1280, "height": 800}), address)
        anne = comes_in(place.engine, place.vault, phone, address, ANNE, at=place.clock())
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

        bo = comes_in(place.engine, place.vault, desk, address, BO, at=place.clock())
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


@by_axe
def test_whoever_takes_no_step_is_told_before_it_ends_and_keeps_what_was_typed(place: Hall) -> None:
    with served(hall_app(place)) as address, chromium() as browser:
        desk = Watched(browser.new_context(viewport={"width": 1280, "height": 800}), address)
        desk.page.clock.install()
        anne = comes_in(place.engine, place.vault, desk, address, ANNE, at=place.clock())
        anne.goto(f"{address}/en/withdrawals/lot")
        anne.fill("#lot", "LOT-7")
        anne.clock.run_for(12 * 60_000)
        assert not anne.is_visible("#ending")
        for _ in range(2):
            anne.clock.run_for(61_000)
            assert "In two minutes you are signed out." in anne.inner_text("#ending")
            assert findings(anne, DESK) == []
            anne.click("#ends button")
            anne.wait_for_selector("#ending", state="hidden")
            anne.clock.run_for(12 * 60_000)
            assert not anne.is_visible("#ending")
        anne.clock.run_for(61_000)
        assert anne.is_visible("#ending")
        beside = desk.page.context.new_page()
        beside.goto(f"{address}/en")
        anne.wait_for_selector("#ending", state="hidden")
        anne.clock.run_for(14 * 60_000)
        desk.page.context.set_offline(True)
        with anne.expect_event("requestfailed"):
            anne.click("#ends button")
        assert anne.is_visible("#ends"), "no connection is no end"
        desk.page.context.set_offline(False)
        assert "ERR_INTERNET_DISCONNECTED" in desk.complaints.pop()
        desk.page.context.clear_cookies()
        anne.click("#ends button")
        anne.wait_for_selector("#ended")
        assert "what you typed stays here" in anne.inner_text("#ended")
        assert anne.input_value("#lot") == "LOT-7"
        desk.must_be_clean()


def test_the_end_of_a_shift_is_said_and_no_press_puts_it_off(place: Hall) -> None:
    at = place.clock()
    with served(hall_app(place)) as address, chromium() as browser:
        desk = Watched(browser.new_context(viewport={"width": 1280, "height": 800}), address)
        desk.page.clock.install()
        anne = comes_in(place.engine, place.vault, desk, address, ANNE, at=at)
        for step in range(1, 60):
            place.clock.at = at + step * timedelta(minutes=10)
            assert anne.request.get(f"{address}/en").url == f"{address}/en"
        anne.goto(f"{address}/en")
        anne.clock.run_for(7 * 60_000)
        assert not anne.is_visible("#ending")
        anne.clock.run_for(61_000)
        assert "In two minutes you are signed out." in anne.inner_text("#ending")
        assert not anne.is_visible("#ends button")
        anne.clock.run_for(121_000)
        assert "You are signed out." in anne.inner_text("#ending")
        place.clock.at = at + LONGEST
        anne.goto(f"{address}/en")
        assert anne.url.endswith("/sign-in")
        desk.must_be_clean()
