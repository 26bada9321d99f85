"""What somebody does at the desk who has no mouse, and what every page has to be for them."""

from datetime import datetime

from playwright.sync_api import Page
from sqlalchemy import Engine

from pratique.authority.access import Account, invitations
from pratique.authority.store import Vault
from tests.web.chromium import Watched, leaving

WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
SMALL = """
[...document.querySelectorAll("main a, main button, main select, main input, main summary")].filter((each) => {
  const { width, height } = each.getBoundingClientRect();
  return width && !each.closest("th, td, li p, p") && Math.min(width, height) < 24;
}).map((each) => each.outerHTML)
"""


def to(page: Page, selector: str) -> None:
    """By the tabulator to what is meant, as somebody does who has no mouse."""
    for _ in range(60):
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not come to {selector}")


def enter(page: Page, selector: str) -> None:
    """What leads to another page, which fits its screen and whose parts a finger can hit."""
    to(page, selector)
    with leaving(page):
        page.keyboard.press("Enter")
    assert not page.evaluate(WIDE), page.url
    assert page.evaluate(SMALL) == [], page.url


def comes_in(
    engine: Engine, vault: Vault, watched: Watched, address: str, account: Account, *, at: datetime
) -> Page:  # fmt: skip
    """To the desk, with a code of an invitation."""
    code = invitations.invite(engine, vault, account.account_id, made_by="operator", at=at)
    page = watched.page
    page.goto(f"{address}/en/invitation")
    to(page, "#account")
    page.keyboard.type(account.account_id)
    to(page, "#code")
    page.keyboard.type(code)
    enter(page, "main .button")
    page.goto(f"{address}/en")
    return page
