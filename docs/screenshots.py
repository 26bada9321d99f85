"""Takes every page there is into pages/, and docs/crossing.png: the certificate and the border's answer.

`make screenshots` takes them in English, on a telephone and a desk, light and dark, with a sheet of all of each look;
`make screenshots ARGS="zh fr"` in other languages. The pages are those of the table that the tests walk
(tests/web/stops.py).
"""

import io
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, sync_playwright
from tests.web.scene import scene
from tests.web.stops import STOPS, Walk

from pratique.model import mrz
from pratique.sandbox import stage, traveller
from pratique.sandbox.demo import prepare

HERE = Path(__file__).parent
PAGES = HERE.parent / "pages"
PHONE = 390
LOOKS = tuple((size, scheme) for size in ((PHONE, 844), (1280, 800)) for scheme in ("light", "dark"))
LEFT, RIGHT, HEIGHT = 1040, 620, 860
GAP = 24


def main(languages: Sequence[str]) -> None:
    """Sign up, cross the border, and put the two pages beside each other; then take every page."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        out = Path(folder)
        world = prepare(out, at=datetime.now(UTC), say=lambda _: None)
        with stage.cast(world, out, ports=(0, 0, 0)) as (ministry, border, _):
            page = _page(browser, LEFT, HEIGHT, "light")
            held = crossing(page, ministry.address, "en")
            scan = str(page.get_attribute(".white", "data-scan"))
            answered = answer(_page(browser, RIGHT, HEIGHT, "light"), border.address, "en", scan)
            _side_by_side(held, answered).save(HERE / "crossing.png", optimize=True)
        every_page(browser, PAGES, languages)


def crossing(page: Page, address: str, language: str) -> bytes:
    """A sign-up with the specimen camera, and a picture of the certificate."""
    page.goto(f"{address}/{language}/consent")
    page.click("main form .button")
    page.fill("#number", traveller.PASSPORT.number)
    page.click("main form .button")
    page.click("#specimen")
    page.wait_for_url("**/certificate/*")
    page.wait_for_load_state()
    return page.screenshot()


def answer(page: Page, address: str, language: str, scan: str) -> bytes:
    """The border's answer to a scan and her passport, and a picture of it."""
    page.goto(f"{address}/{language}")
    page.fill("#scan", scan)
    page.fill("#document", mrz.write(traveller.PASSPORT))
    page.click(".next-scan")
    page.wait_for_selector(".answers")
    page.wait_for_load_state()
    return page.screenshot()


def every_page(browser: Browser, folder: Path, languages: Sequence[str]) -> None:
    """Each page of the table that the tests walk, in four looks, and a sheet of each look."""
    with tempfile.TemporaryDirectory() as place, scene(Path(place)) as everything:
        for language in languages:
            walk = Walk(everything, browser, language)
            for stop in STOPS:
                page = stop.reach(walk)
                for (width, height), scheme in LOOKS:
                    page.set_viewport_size({"width": width, "height": height})
                    page.emulate_media(color_scheme=scheme)
                    page.screenshot(path=folder / language / _look(width, scheme) / _file(stop.name), full_page=True)
            walk.close()
            for (width, _), scheme in LOOKS:
                _contact(folder / language / _look(width, scheme), width)


def _look(width: int, scheme: str) -> str:
    return f"{'phone' if width == PHONE else 'desktop'}-{scheme}"


def _file(name: str) -> str:
    """The name of a page as a file's: `issuing/desk (a code)` is `issuing-desk-a-code.png`."""
    return re.sub(r"[^a-z0-9_]+", "-", name).strip("-") + ".png"


def _contact(folder: Path, width: int) -> None:
    """All pages of one look beside each other, as much of each as fits: to see what does not belong."""
    columns, wide = (12, 240) if width == PHONE else (8, 400)
    high = wide * 2 if width == PHONE else wide
    rows = -(-len(STOPS) // columns)
    sheet = Image.new("RGB", (columns * (wide + GAP), rows * (high + 2 * GAP)), (0x80, 0x88, 0x90))
    draw = ImageDraw.Draw(sheet)
    for number, stop in enumerate(STOPS):
        x, y = number % columns * (wide + GAP) + GAP // 2, number // columns * (high + 2 * GAP) + GAP
        with Image.open(folder / _file(stop.name)) as taken:
            small = taken.convert("RGB").resize((wide, taken.height * wide // taken.width))
        sheet.paste(small.crop((0, 0, wide, min(high, small.height))), (x, y))
        draw.text((x, y - 14), stop.name, fill=(255, 255, 255))
    sheet.save(folder.with_name(f"{folder.name}.png"), optimize=True)


def _page(browser: Browser, width: int, height: int, scheme: str) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
    )
    context.set_default_timeout(60_000)
    return context.new_page()


def _side_by_side(left: bytes, right: bytes) -> Image.Image:
    pictures = [Image.open(io.BytesIO(each)).convert("RGB") for each in (left, right)]
    both = Image.new("RGB", (LEFT + RIGHT + 3 * GAP, HEIGHT + 2 * GAP), (0xD4, 0xDA, 0xDF))
    for picture, place in zip(pictures, (GAP, LEFT + 2 * GAP), strict=True):
        both.paste(picture, (place, GAP))
    return both.quantize(128)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's browser. Raises `SystemExit` where it is not installed."""
    path = shutil.which("chromium")
    if path is None:
        raise SystemExit("no chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])


if __name__ == "__main__":
    main(sys.argv[1:] or ["en"])
