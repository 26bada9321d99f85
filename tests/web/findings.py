"""What axe-core has to say against a page, as it is seen on a telephone in the light and at a desk in the dark.

And what does not fit into 320 pixels, with everything open that opens.
"""

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


NARROW = {"width": 320, "height": 640}
UNFIT = """() => [
  ...(document.documentElement.scrollWidth > innerWidth ? ["the page scrolls sideways"] : []),
  ...[...document.querySelectorAll("main *:not(.unseen, input)")]
    .filter((one) => ["hidden", "clip"].includes(getComputedStyle(one).overflowX) && one.clientWidth > 1)
    .filter((one) => one.scrollWidth > one.clientWidth + 1)
    .map((one) => `cut off: ${one.outerHTML.slice(0, 120)}`),
]"""


def source() -> str:
    """axe-core, for pages that have it from their start: a tenth of the time that it takes to be brought to each."""
    return AXE.read_text("utf-8") if AXE.is_file() else ""


def findings(page: Page, *looks: Any) -> list[str]:
    """Everything serious and critical about a page as it stands, in these looks or in both, and what 320 pixels cut."""
    closed = page.locator("details:not([open])").element_handles()
    for one in closed:
        one.evaluate("(one) => { one.open = true; }")
    if page.evaluate("!window.axe"):
        page.evaluate(source())
    page.set_viewport_size(NARROW)
    found: list[str] = page.evaluate(UNFIT)
    for size, scheme in looks or (PHONE, DESK):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {each}" for each in page.evaluate(RUN, TAGS)]
    for one in closed:
        one.evaluate("(one) => { one.open = false; }")
    return found
