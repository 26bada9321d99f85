"""What axe-core has to say against a page, as it is seen on a telephone in the light and at a desk in the dark."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

AXE = Path(__file__).parent / "axe" / "axe.min.js"
by_axe = pytest.mark.skipif(
    not AXE.is_file(), reason="axe-core is not there: `make test` fetches it from the npm registry"
)
PHONE, DESK = ({"width": 390, "height": 844}, "light"), ({"width": 1280, "height": 800}, "dark")
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
RUN = """(runOnly) => axe.run(document, {runOnly, resultTypes: ["violations"], iframes: false})
  .then((found) => found.violations
  .filter((one) => ["serious", "critical"].includes(one.impact))
  .map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`))
"""


def source() -> str:
    """axe-core, for pages that have it from their start: a tenth of the time that it takes to be brought to each."""
    return AXE.read_text("utf-8") if AXE.is_file() else ""


def findings(page: Page, *looks: Any) -> list[str]:
    """Everything serious and critical about a page as it stands, in these looks or in both."""
    closed = page.locator("details:not([open])").element_handles()
    for one in closed:
        one.evaluate("(one) => { one.open = true; }")
    if page.evaluate("!window.axe"):
        page.evaluate(source())
    found: list[str] = []
    for size, scheme in looks or (PHONE, DESK):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {each}" for each in page.evaluate(RUN, TAGS)]
    for one in closed:
        one.evaluate("(one) => { one.open = false; }")
    return found
