"""A policy from a missing end to two signatures, by keyboard in a real browser, on a phone and at a desk."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pratique.authority import policies
from pratique.authority.access import Account, invitations
from pratique.authority.policies import Draft, State
from pratique.sandbox.serving import HOST
from tests.cases.policies import signed
from tests.web.chromium import Watched, chromium, leaving, served
from tests.web.desks import town
from tests.web.houses import AT
from tests.web.ruling import HU, LIN, Ruling, ruling, text

pytestmark = pytest.mark.allow_hosts([HOST])

FITS = "() => document.documentElement.scrollWidth <= window.innerWidth"
SMALL = """() => [...document.querySelectorAll("main :is(.button, input:not([type=hidden]), select, summary)")]
  .filter((each) => each.getClientRects().length && each.getBoundingClientRect().height < 43.5 && each.type !== "radio"
    && each.type !== "checkbox").map((each) => each.outerHTML)"""


def press(page: Any, selector: str) -> None:
    """Press a button by keyboard alone; another page follows."""
    page.focus(selector)
    with leaving(page):
        page.keyboard.press("Enter")


def signed_in(browser: Any, address: str, desk: Ruling, account: Account, width: int) -> Watched:
    place = desk.place
    code = invitations.invite(place.engine, place.vault, account.account_id, made_by="operator", at=place.clock())
    context = browser.new_context(viewport={"width": width, "height": 844})
    watched = Watched(context, address)
    watched.page.goto(f"{address}/en/invitation")
    watched.page.fill("[name=account]", account.account_id)
    watched.page.fill("[name=code]", code)
    press(watched.page, "main form .button")
    return watched


@pytest.mark.parametrize("width", [390, 1280])
def test_a_policy_is_mended_sent_signed_and_published(tmp_path: Path, width: int) -> None:
    with town(tmp_path) as place, chromium() as browser:
        desk = ruling(place)
        with served(desk.app) as address:
            hu = signed_in(browser, address, desk, HU, width)
            key = mended_and_sent(hu.page, address, desk)
            for watched, name in ((hu, "health"), (signed_in(browser, address, desk, LIN, width), "justice")):
                page = watched.page
                page.goto(f"{address}/en/policies/drafts/{key}")
                assert page.evaluate(FITS)
                assert page.evaluate(SMALL) == []
                with page.expect_download() as saving:
                    page.click("#bytes ~ p a[download]")
                own = json.loads(Path(saving.value.path()).read_bytes())
                bare = {field: value for field, value in own.items() if field != "signatures"}
                both = [*own.get("signatures", []), *signed(bare, name)["signatures"]]
                file = json.dumps(bare | {"signatures": both}).encode()
                page.set_input_files("#file", {"name": "policy.json", "mimeType": "application/json", "buffer": file})
                press(page, "#publish" if name == "justice" else "form .button[value=sign]")
                watched.must_be_clean()
            assert "Published and closed." in page.inner_text("main")
            agreed(page, address)
            watched.must_be_clean()
        found = policies.find(place.engine, key)
        assert found is not None
        assert found.state is State.PUBLISHED


def mended_and_sent(page: Any, address: str, desk: Ruling) -> str:
    """The finding leads to its line, and its own words mend it."""
    content = text(sunset=None, signers=["health", "cousin"])
    draft = policies.begin(desk.place.engine, HU, content, at=AT)
    assert isinstance(draft, Draft)
    page.goto(f"{address}/en/policies/drafts/{draft.draft_id}")
    assert page.evaluate(FITS)
    assert page.evaluate(SMALL) == []
    page.focus("a[data-line]")
    page.keyboard.press("Enter")
    chosen = page.evaluate(
        "() => getSelection().toString() || text.value.slice(text.selectionStart, text.selectionEnd)"
    )
    assert '"cousin"' in chosen
    written = re.search(r'"sunset": "[^"]+"', page.inner_text("main"))
    assert written
    whole = page.input_value("#text").replace('"cousin"', '"justice"')
    page.fill("#text", whole.replace('"start"', f'{written[0]},\n"start"', 1))
    press(page, "button[value=save]")
    assert "Nothing stops it" in page.inner_text("main")
    press(page, "button[value=send]")
    assert "Sent for signature" in page.inner_text("main")
    return draft.draft_id


def agreed(page: Any, address: str) -> None:
    """The picture and the form of a proposal fit, and the form is sent by keyboard."""
    page.goto(f"{address}/en/agreements")
    assert page.evaluate(FITS)
    assert page.get_by_text("They accept ours; we do not accept theirs.").count() == 1
    press(page, "main .button")
    assert page.evaluate(FITS)
    assert page.evaluate(SMALL) == []
    page.fill("#code", "XF")
    for field, value in (("title", "XA and XF"), ("instrument", "Fictional"), ("from", "2027-01-01")):
        page.fill(f"#{field}", value)
    for first in ("#direction", "#claims"):
        page.focus(first)
        page.keyboard.press("Space")
    press(page, "main .button")
    assert "--office-key" in page.inner_text("main")
    assert page.evaluate(FITS)
