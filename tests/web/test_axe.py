"""axe-core on every page: on a telephone in the light and at a desk in the dark, no serious and no critical finding."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from pratique.sandbox.serving import HOST
from tests.web.chromium import chromium
from tests.web.scene import Scene, scene
from tests.web.stops import STOPS, Stop, Walk

AXE = Path(__file__).parent / "axe" / "axe.min.js"
TEMPLATES = Path(__file__).parents[2] / "src" / "pratique" / "web" / "templates"
PARTS = {
    "base.html", "parts.html", "passkeys.html", "desk/room.html", "desk/person.html", "code/told.html",
    "desk/stages.html", "screen/bare.html", "desk/office_parts.html", "desk/policy_parts.html", "holder/parts.html",
}  # fmt: skip
"""What others are made of, and no page by itself."""
IN_THE_BROWSER = {"border/start.html", "border/none.html", "border/list.html"}
"""What the Python in a verifier's own browser makes: `test_verifier_page` looks at these."""

pytestmark = pytest.mark.allow_hosts([HOST])
by_axe = pytest.mark.skipif(
    not AXE.is_file(), reason="axe-core is not there: `make test` fetches it from the npm registry"
)
LOOKS = (({"width": 390, "height": 844}, "light"), ({"width": 1280, "height": 800}, "dark"))
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
RUN = """(runOnly) => axe.run(document, {runOnly, resultTypes: ["violations"], iframes: false})
  .then((found) => found.violations
  .filter((one) => ["serious", "critical"].includes(one.impact))
  .map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`))
"""


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene(tmp_path_factory.mktemp("scene")) as found:
        yield found


@pytest.fixture(scope="module")
def walk(everything: Scene) -> Iterator[Walk]:
    with chromium() as browser:
        found = Walk(everything, browser)
        yield found
        found.close()


@cache
def _source() -> str:
    return AXE.read_text("utf-8")


def findings(page: Page) -> list[str]:
    """What axe has to say against a page as it stands."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    if page.evaluate("!window.axe"):  # it stays for the next look at the same page
        page.evaluate(_source())
    found: list[Any] = page.evaluate(RUN, TAGS)
    return found


@by_axe
@pytest.mark.parametrize("stop", STOPS, ids=[stop.name for stop in STOPS])
def test_no_serious_finding(walk: Walk, everything: Scene, stop: Stop) -> None:
    everything.templates.clear()
    page = stop.reach(walk)
    assert everything.templates[-1] == stop.template, page.inner_text("h1")
    for size, scheme in LOOKS:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert findings(page) == [], f"{stop.name} {scheme}"


@by_axe
def test_axe_would_say_so(walk: Walk) -> None:
    page = STOPS[0].reach(walk)
    page.evaluate("document.querySelector('main').append(new Image())")
    assert any(found.startswith("image-alt") for found in findings(page))


def test_every_template_has_a_stop() -> None:
    there = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}
    assert there - PARTS - IN_THE_BROWSER == {stop.template for stop in STOPS}
