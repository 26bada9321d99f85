"""axe-core on every page, and on chosen ones in every language: nothing serious, nothing critical, nothing cut off."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pratique.sandbox.serving import HOST
from tests.web.chromium import chromium
from tests.web.findings import PHONE, by_axe, findings, source
from tests.web.scene import Scene, scene
from tests.web.stops import STOPS, Stop, Walk

TEMPLATES = Path(__file__).parents[2] / "src" / "pratique" / "web" / "templates"
PARTS = {
    "base.html", "parts.html", "passkeys.html", "desk/room.html", "desk/person.html", "code/told.html",
    "border/parts.html", "desk/stages.html", "screen/bare.html", "desk/office_parts.html", "desk/policy_parts.html",
    "holder/parts.html",
}  # fmt: skip
"""What others are made of, and no page by itself."""
IN_THE_BROWSER = {"border/start.html", "border/none.html", "border/list.html"}
"""What the Python in a verifier's own browser makes: `test_verifier_page` and `test_verifier_network` look at these."""
LAYOUTS = (
    "issuing/start", "issuing/passport (a slip)", "issuing/face", "issuing/certificate", "issuing/show",
    "holder/trip (answered)", "code/mine", "transparency/page", "desk/today", "desk/policy_draft", "desk/agreements",
    "desk/review", "border/ready", "border/answer",
)  # fmt: skip
"""Pages that differ in how they are laid out: looked at from right to left, and in Chinese, as well."""
LONG_WORDS = (
    "issuing/certificate", "holder/trip (answered)", "transparency/page", "desk/agreements", "desk/facility",
    "desk/client", "border/answer",
)  # fmt: skip
"""Where a column or a row of buttons is narrow: looked at in languages of long words."""
LOOKED_AT = [
    *((stop, "en") for stop in STOPS),
    *((stop, language) for language in ("ar", "zh") for stop in STOPS if stop.name in LAYOUTS),
    *((stop, language) for language in ("fr", "ru", "es") for stop in STOPS if stop.name in LONG_WORDS),
]

pytestmark = pytest.mark.allow_hosts([HOST])


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene(tmp_path_factory.mktemp("scene")) as found:
        yield found


@pytest.fixture(scope="module")
def walk(everything: Scene) -> Iterator[Walk]:
    with chromium() as browser:
        found = Walk(everything, browser, script=source())
        yield found
        found.close()


@by_axe
@pytest.mark.parametrize(
    ("stop", "language"), LOOKED_AT, ids=[f"{stop.name}-{language}" for stop, language in LOOKED_AT]
)
def test_no_serious_finding(walk: Walk, everything: Scene, stop: Stop, language: str) -> None:
    everything.templates.clear()
    walk.language = language
    page = stop.reach(walk)
    screen = stop.name.startswith("screen/")  # which asks for itself again every few seconds, whatever is looked at
    shown = [each for each in everything.templates if screen or not each.startswith("screen/")]
    assert shown[-1] == stop.template, page.inner_text("h1")
    assert page.locator("html").get_attribute("lang") == language
    assert findings(page, *([] if language == "en" else [PHONE])) == []


@by_axe
def test_axe_would_say_so(walk: Walk) -> None:
    page = STOPS[0].reach(walk)
    page.evaluate("document.querySelector('main').append(new Image())")
    assert [found.partition(" ")[2].startswith("image-alt") for found in findings(page)] == [True, True]


GROUNDS = """() => [document.documentElement, ...document.querySelectorAll(".answers > li, .next")]
  .map((one) => getComputedStyle(one).backgroundColor)"""
INKS = """() => [...document.querySelectorAll(".answers p, .answers li, .next, main p, main dd")]
  .map((one) => Math.max(...getComputedStyle(one).color.match(/\\d+/g).slice(0, 3).map(Number)))"""
"""The strongest part of each: 255 for white, 200 for the quiet ink of a dark page."""


@pytest.mark.parametrize("name", ["border/answer (forged)", "issuing/certificate", "code/mine"])
def test_on_paper_it_is_dark_on_white_where_the_device_is_dark_too(walk: Walk, name: str) -> None:
    walk.language = "en"
    page = next(stop for stop in STOPS if stop.name == name).reach(walk)
    page.emulate_media(media="print", color_scheme="dark")
    grounds, inks = page.evaluate(GROUNDS), page.evaluate(INKS)
    page.emulate_media(media="screen")
    assert set(grounds) <= {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}
    assert max(inks) < 160, "no ink that paper would swallow"


@pytest.mark.parametrize("language", ["fr", "ru", "es"])
def test_an_answer_does_not_break_inside_a_word(walk: Walk, language: str) -> None:
    walk.language = language
    page = next(stop for stop in STOPS if stop.name == "border/answer (forged)").reach(walk)
    for width in (320, 390, 768, 1024, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        tops = page.locator(".answers .word").evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().top)")
        assert (max(tops) - min(tops) < 2) == (width >= 1024), "beside each other they stand on one line"
        assert page.locator(".answers .word").count() == 3
        broken = "(all) => all.some((one) => one.scrollWidth > one.clientWidth)"
        assert not page.locator(".answers .word").evaluate_all(broken), width


def test_every_template_has_a_stop() -> None:
    there = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}
    assert there - PARTS - IN_THE_BROWSER == {stop.template for stop in STOPS}
    assert {*LAYOUTS, *LONG_WORDS} <= {stop.name for stop in STOPS}
