"""A code set by hand and a contact, by two officials in a browser: by keyboard, narrow and wide."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from pratique.authority.store import reading, status
from pratique.sandbox.serving import HOST
from tests.authority.status import scenes
from tests.authority.status.scenes import NORTH, SOUTH, WEST
from tests.web.chromium import Watched, chromium, served
from tests.web.code_houses import House
from tests.web.keyboard import comes_in, enter, to
from tests.web.test_by_hand import CASE, LEI, MEIMEI, desk_of

pytestmark = pytest.mark.allow_hosts([HOST])
DONE = "main .notice.good#done"


def typed(page: Page, fields: dict[str, str]) -> None:
    """A document into its fields, a date as its parts: month, day, year."""
    for name, value in fields.items():
        to(page, f"#{name}")
        if name.endswith("born") or name == "last":
            year, month, day = value.split("-")
            page.keyboard.type(f"{month}{day}{year}")
        else:
            page.keyboard.type(value)


def chosen(page: Page, name: str, value: str) -> None:
    """One of several, by the arrow keys."""
    to(page, f"input[name={name}]")
    page.keyboard.press("Space")
    for _ in range(4):
        if page.evaluate("(value) => document.activeElement.value === value", value):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrow keys do not come to {value}")


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House(tmp_path)
    scenes.record(made.engine, made.lei.person_id, scenes.swab())
    return made


def test_by_keyboard_alone(house: House) -> None:
    app: Any = desk_of(house)[0]
    with served(app) as address, chromium() as browser:
        north, south, west = (
            Watched(browser.new_context(viewport={"width": width, "height": 844}), address)
            for width in (390, 1280, 390)
        )

        def official(watched: Watched, account: Any) -> Page:
            return comes_in(house.engine, house.vault, watched, address, account, at=house.clock())

        page = official(north, NORTH)
        enter(page, "a[href='/en/by-hand']")
        typed(page, LEI)
        to(page, "#record")
        page.keyboard.insert_text(scenes.signed(house.meimei))
        chosen(page, "colour", "red")
        enter(page, "main form .button")
        assert "facility" in page.inner_text("#faults"), "the record is another person's"
        assert page.input_value("#born") == LEI["born"], "what was typed stays"
        page.goto(f"{address}/en/by-hand")
        typed(page, MEIMEI)
        to(page, "#record")
        page.keyboard.insert_text(scenes.signed(house.meimei))
        chosen(page, "colour", "red")
        enter(page, "main form .button")
        assert page.locator("main form").count() == 0, "another office decides"

        page = official(south, SOUTH)
        enter(page, "a[href='/en/by-hand']")
        enter(page, "main a[href*='/by-hand/']")
        typed(page, MEIMEI)
        chosen(page, "hours", "48")
        enter(page, "main form .button")
        assert page.locator(DONE).count() == 1
        with reading(house.engine) as connection:
            (made,) = status.assignments(connection, house.meimei.person_id, at=int(house.clock.at.timestamp()))
        assert (made.colour, made.until - made.moment) == ("red", 48 * 3600)

        page.goto(f"{address}/en")
        enter(page, "a[href='/en/tracing']")
        typed(page, MEIMEI | CASE)
        to(page, "#fact")
        page.keyboard.type("Close")
        typed(page, {"last": "2026-11-22"})
        enter(page, "main form .button")
        assert page.locator("main form").count() == 0

        page = official(west, WEST)
        enter(page, "a[href='/en/tracing']")
        enter(page, "main a[href*='/tracing/']")
        typed(page, MEIMEI | CASE)
        enter(page, "main form .button")
        assert page.locator(DONE).count() == 1
        with reading(house.engine) as connection:
            assert status.decided_against(connection, house.meimei.person_id)
        for watched in (north, south, west):
            complaints = [told for told in watched.complaints if "422" not in told]
            assert (complaints, watched.strangers) == ([], [])
