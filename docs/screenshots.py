"""Takes docs/crossing.png: the certificate and the border's answer, from a real sign-up in a real browser.

`make screenshots ARGS=DIR` also keeps every page in the folder DIR, on a telephone and a desk, light and dark.
"""

import io
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from pratique.model import mrz
from pratique.sandbox import stage, traveller
from pratique.sandbox.demo import prepare

HERE = Path(__file__).parent
LEFT, RIGHT, HEIGHT = 1040, 620, 860
GAP = 24


def main(keep: Path | None) -> None:
    """Sign up once for each look, cross the border, and put the two pages beside each other."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        out = Path(folder)
        world = prepare(out, at=datetime.now(UTC), say=lambda _: None)
        with stage.cast(world, out, ports=(0, 0, 0)) as (ministry, border, _):
            page = _page(browser, LEFT, HEIGHT, "light")
            held = crossing(page, ministry.address, "en")
            scan = str(page.get_attribute(".white", "data-scan"))
            answered = answer(_page(browser, RIGHT, HEIGHT, "light"), border.address, "en", scan)
            _side_by_side(held, answered).save(HERE / "crossing.png", optimize=True)
            for width, height in ((390, 844), (1280, 800)) if keep else ():
                for look in ("light", "dark"):
                    for language in ("en", "zh"):
                        _keep(browser, keep or out, ministry.address, border.address, (width, height, look, language))


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


def _keep(browser: Browser, folder: Path, ministry: str, border: str, look: tuple[int, int, str, str]) -> None:
    width, height, scheme, language = look
    name = f"{language}-{width}-{scheme}"
    folder.mkdir(parents=True, exist_ok=True)
    page = _page(browser, width, height, scheme)
    for path in ("", "/consent", "/about", "/desk", "/office"):
        page.goto(f"{ministry}/{language}{path}")
        page.screenshot(path=folder / f"{name}{path.replace('/', '-') or '-start'}.png", full_page=True)
    crossing(page, ministry, language)
    page.screenshot(path=folder / f"{name}-certificate.png", full_page=True)
    scan = str(page.get_attribute(".white", "data-scan"))
    _own(page, folder, name)
    page.goto(f"{border}/{language}")
    page.screenshot(path=folder / f"{name}-ready.png", full_page=True)
    answer(page, border, language, scan)
    page.screenshot(path=folder / f"{name}-answer.png", full_page=True)
    answer(page, border, language, scan[:80] + ("A" if scan[80] != "A" else "B") + scan[81:])
    page.screenshot(path=folder / f"{name}-forged.png", full_page=True)


def _own(page: Page, folder: Path, name: str) -> None:
    """The holder's own pages, from that of the certificate on."""
    address = page.url
    for path in ("/trip", "/choose", "/along", "/show/1"):
        page.goto(f"{address}{path}")
        page.screenshot(path=folder / f"{name}{path.replace('/', '-')}.png", full_page=True)
    page.goto(f"{address}/trip")
    page.fill("#to", "XAHAV")
    page.fill("#day", (datetime.now(UTC) + timedelta(days=6)).date().isoformat())
    with page.expect_event("load"):
        page.click("form[action$='/trip'] .button")
    page.screenshot(path=folder / f"{name}-trip-answered.png", full_page=True)


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
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
