"""The first crossing in a real browser: a film before the camera, the real matcher, and a border without a network."""

import asyncio
import contextlib
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PIL import Image

from pratique import qr
from pratique.authority.identity.answers import Started
from pratique.authority.identity.dlib_matcher import DlibMatcher
from pratique.authority.identity.enrolment import Enrolments
from pratique.authority.identity.liveness import Step
from pratique.authority.identity.registry import FileRegistry, Registered
from pratique.bundle import Bundle
from pratique.model import fhir
from pratique.model.dates import PartialDate
from pratique.qr import Level
from pratique.sandbox import camera, traveller
from pratique.sandbox.border import published
from pratique.sandbox.serving import HOST
from pratique.sandbox.stage import Process, free
from pratique.web import border, issuing
from pratique.web.holding import signing
from pratique.web.verifier import serving, site
from pratique.web.verifier.site import PARTS, Post
from tests.authority.identity.scripted import ScriptedMatcher
from tests.web.chromium import READY, SHAPES, WITHIN, Watched, beside, chromium, follow, served
from tests.web.houses import AUTHORITY, PASSPORT, SIGNER, claims, now, release_of_today, scan

pytestmark = pytest.mark.allow_hosts([HOST])

SEED = 20261125
SOURCE = str(Path(__file__).parents[2] / "src")
FPS = 5
SLOWER = 2
"""The film is shown at half its speed: the matcher of a busy machine sees every movement, and 30 seconds suffice."""


@pytest.fixture(scope="module")
def portrait() -> bytes:
    return camera.astronaut()


@pytest.fixture(scope="module")
def matcher() -> Iterator[DlibMatcher]:
    with DlibMatcher() as found:
        yield found


def enrolments(portrait: bytes, matcher: Any) -> Enrolments:
    """Han Meimei, with this portrait; what is asked of her is always the same."""
    person = fhir.person(traveller.PATIENT)
    born = PartialDate.parse("1990-05-08")
    registry = FileRegistry([Registered("xa-0001", traveller.PASSPORT, person.name, born, portrait)])
    return Enrolments(registry, matcher, random=Random(SEED))  # noqa: S311


@pytest.fixture(scope="module")
def steps() -> tuple[Step, ...]:
    """What will be asked once the camera is open: the second challenge of the visit."""

    async def asked() -> tuple[Step, ...]:
        house, at = enrolments(b"meimei", ScriptedMatcher()), now()
        begun = await house.begin(traveller.PASSPORT.number, device="d", network="n", at=at)
        assert isinstance(begun, Started)
        again = await house.again(begun.session, at=at)
        assert isinstance(again, Started)
        return again.challenge.steps

    return asyncio.run(asked())


@pytest.fixture(scope="module")
def film(portrait: bytes, steps: tuple[Step, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "moves.y4m"
    camera.write_y4m(camera.frames_for(portrait, steps, fps=FPS), path, fps=FPS // SLOWER)
    return path


class Fast:
    """A clock that runs faster, for whoever waits until time is over."""

    def __init__(self, times: int) -> None:
        self._began, self._times = now(), times

    def __call__(self) -> datetime:
        return self._began + (now() - self._began) * self._times


def ministry(portrait: bytes, matcher: Any, **more: Any) -> Any:
    house = issuing.Ministry(
        enrolments=enrolments(portrait, matcher),
        hold=signing(claims, SIGNER, specimen=True),
        issuer=traveller.ISSUER,
        country="XA",
        authority=AUTHORITY,
        specimen=True,
    )
    return issuing.app(house, **more)


def to_the_camera(watched: Watched, address: str, language: str = "en") -> None:
    page = watched.page
    page.goto(f"{address}/{language}")
    follow(page, "main a.button")
    follow(page, "main form .button")
    page.fill("#number", traveller.PASSPORT.number)
    follow(page, "main form .button")
    assert "/face/" in page.url


@pytest.mark.skipif(not (PARTS / "pinned").is_file(), reason="the verifier's parts: npm registry")
def test_the_whole_story(portrait: bytes, matcher: DlibMatcher, film: Path, tmp_path: Path) -> None:
    """A face before a camera, a certificate, its code before an officer's, three answers; and then no server at all."""
    release_of_today(tmp_path / "release")
    page_of_the_border = site.site(Post("XB", AUTHORITY, "XBHAV"), published(tmp_path / "release"))
    with contextlib.ExitStack() as running, chromium(film) as browser:
        house = running.enter_context(served(ministry(portrait, matcher)))
        gate = running.enter_context(served(serving.app(page_of_the_border)))
        holder = Watched(browser.new_context(viewport={"width": 390, "height": 844}), house)
        to_the_camera(holder, house)
        holder.page.click("#open")
        holder.page.wait_for_url("**/certificate/*")
        assert 0 < int(holder.page.get_attribute("#timing", "data-whole") or 0) < 5000
        held = holder.page.locator(".white").first.get_attribute("data-scan")
        follow(holder.page, "a[href$='/show/1']")
        screen = holder.page.locator(".white").screenshot()
        assert qr.read(screen) == (held,), "the screen itself is read"
        holder.must_be_clean()
        _film_of(screen, tmp_path / "screen.y4m")

        with beside(browser, tmp_path / "screen.y4m") as post:
            officer = Watched(post.new_context(viewport={"width": 390, "height": 844}), gate)
            page = officer.page
            page.goto(f"{gate}/en")
            page.wait_for_selector(READY)
            page.wait_for_function("navigator.serviceWorker.controller !== null", timeout=WITHIN)
            for listens in (True, False):
                page.click("#open")
                page.wait_for_selector("#answers")
                assert page.locator("#answers .word").all_inner_texts() == ["YES", "COMPARE", "YES"]
                page.fill("#with-document textarea", PASSPORT)
                page.click("#with-document button")
                page.wait_for_selector(".lines")
                page.click("#same")
                page.wait_for_selector("#answers > .yes:nth-child(2)")
                if listens:
                    officer.must_be_clean()
                    running.close()  # the ministry and whoever served the page: nobody listens any more
                    page.reload()
                    page.wait_for_selector(READY)
            assert officer.strangers == []


def test_another_face_holds_none(matcher: DlibMatcher, portrait: bytes, film: Path) -> None:
    with served(ministry(camera.altered(portrait), matcher)) as address, chromium(film) as browser:
        watched = Watched(browser.new_context(), address)
        to_the_camera(watched, address)
        watched.page.click("#open")
        watched.page.wait_for_url("**/not-confirmed")
        assert watched.page.locator("#desk-code").count() == 1
        assert watched.page.locator(".white").count() == 0


def test_a_still_photograph_fails_the_steps(portrait: bytes, matcher: DlibMatcher, tmp_path: Path) -> None:
    still = camera.frames_for(portrait, (), fps=1)[:1] * 4
    camera.write_y4m(still, tmp_path / "still.y4m", fps=FPS)
    with served(ministry(portrait, matcher, clock=Fast(4))) as address, chromium(tmp_path / "still.y4m") as browser:
        watched = Watched(browser.new_context(), address)
        to_the_camera(watched, address)
        watched.page.click("#open")
        watched.page.wait_for_selector("#trouble:has-text('Time is over')")
        assert "/face/" in watched.page.url


def test_the_border_answers_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The issuing side never ran, the process refuses every connection, and the browser reaches nothing else."""
    monkeypatch.setenv("PYTHONPATH", SOURCE)
    at = now()
    release_folder = tmp_path / "published"
    release_of_today(release_folder)
    code = tmp_path / "code.y4m"
    _film_of(qr.png(scan(at=at - timedelta(minutes=1)), level=Level.M, scale=4), code)
    border = Process("pratique.sandbox.gate", release_folder, free(0), "http://127.0.0.1:1")
    border.start()
    try:
        with chromium(code) as browser:
            watched = Watched(browser.new_context(viewport={"width": 390, "height": 844}), border.address)
            page = watched.page
            page.goto(f"{border.address}/en")
            page.click("#open")
            page.wait_for_selector(".answers")
            assert page.locator(".answers > .yes, .answers > .check").count() == 3
            page.fill("#with-document textarea", PASSPORT)
            page.click("#with-document button")
            page.wait_for_selector(".lines")
            page.click("#same")
            page.wait_for_selector(".answers > .yes:nth-child(2)")
            watched.must_be_clean()
    finally:
        border.stop()
    assert not border.running


def _film_of(code_: bytes, path: Path) -> None:
    """A picture of a code, held before the camera."""
    code = Image.open(io.BytesIO(code_)).convert("L")
    sheet = Image.new("RGB", (640, 480), (200, 200, 200))
    sheet.paste(code.resize((440, 440)), (100, 20))
    picture = io.BytesIO()
    sheet.save(picture, "JPEG", quality=95)
    camera.write_y4m([picture.getvalue()] * 2, path, fps=FPS)


BURST = """(text) => {
  for (const key of [...text, "Enter"]) {
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  }
}"""
DROP = """(text) => {
  const taken = new DataTransfer();
  taken.setData("text/plain", text);
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: taken, bubbles: true, cancelable: true }));
}"""
PASTE = """(text) => {
  const taken = new DataTransfer();
  taken.setData("text/plain", text);
  document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: taken, bubbles: true, cancelable: true }));
}"""


def test_scanners_that_type_and_what_is_dropped_or_pasted(tmp_path: Path) -> None:
    release_of_today(tmp_path)
    app = border.app(Bundle.from_files(published(tmp_path)), country="XB", port="XBHAV", authority=AUTHORITY)
    text = scan()
    with served(app) as address, chromium() as browser:
        watched = Watched(browser.new_context(), address)
        page = watched.page
        for script in (BURST, DROP, PASTE):
            page.goto(f"{address}/en")
            page.evaluate(script, text)
            page.wait_for_selector(".answers")
        page.wait_for_load_state()
        page.evaluate(BURST, PASSPORT.splitlines()[0])
        assert page.input_value("#document") == PASSPORT.splitlines()[0], "a line of a passport is no code"
        page.keyboard.press("F9")
        page.wait_for_selector("#undecided:visible")
        page.keyboard.press("F9")
        page.wait_for_selector("#drop")
        page.wait_for_load_state()
        page.evaluate(BURST, text.replace("1", "é"))
        assert page.is_visible("#layout")
        page.evaluate(BURST, "short")
        watched.must_be_clean()


USES = """() => document.getElementById("video").srcObject?.getVideoTracks()[0].getSettings().deviceId"""


def test_another_camera_and_the_other_ways_where_none_reads_it(tmp_path: Path) -> None:
    release_of_today(tmp_path)
    app = border.app(Bundle.from_files(published(tmp_path)), country="XB", port="XBHAV", authority=AUTHORITY)
    with served(app) as address, chromium(cameras=2) as browser:
        watched = Watched(browser.new_context(viewport={"width": 390, "height": 844}), address)
        page = watched.page
        page.goto(f"{address}/en")
        assert not page.is_visible("#other")
        page.click("#open")
        page.wait_for_selector("#other:visible")
        first = page.evaluate(USES)
        page.click("#other")
        page.locator("#camera-said", has_text="Flatten the paper").wait_for()
        assert page.evaluate(USES) not in (None, first)
        page.locator("#camera-said", has_text="Or choose a picture").wait_for()
        page.click("#stop")
        assert not page.is_visible("#other")
        watched.must_be_clean()


CONTRASTS = """() => {
  const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const paper = light(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll("main :is(a, h1, p)")].map((one) => light(getComputedStyle(one).color))
    .map((ink) => (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05));
}"""


def test_the_code_alone_is_read_in_the_dark_as_well(portrait: bytes, matcher: DlibMatcher, film: Path) -> None:
    """White for whoever scans; and the words beside the code are not those of a dark page (WCAG 1.4.3: 4.5)."""
    with served(ministry(portrait, matcher)) as address, chromium(film) as browser:
        watched = Watched(browser.new_context(color_scheme="dark"), address)
        to_the_camera(watched, address)
        watched.page.click("#open")
        watched.page.wait_for_url("**/certificate/*")
        follow(watched.page, "a[href$='/show/1']")
        ratios = watched.page.evaluate(CONTRASTS)
    assert len(ratios) >= 5
    assert min(ratios) >= 4.5


SCROLLS = "document.documentElement.scrollWidth > window.innerWidth"
SMALL = """() => [...document.querySelectorAll(".button, .top :is(a, button), .foot a, input, select, summary")]
  .filter((one) => !["hidden", "checkbox"].includes(one.type) && one.offsetParent)
  .filter((one) => one.getBoundingClientRect().height < 43.5)
  .map((one) => one.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("language", SHAPES)
def test_every_page_at_320_pixels(language: str, tmp_path: Path) -> None:
    release_of_today(tmp_path)
    gate = border.app(Bundle.from_files(published(tmp_path)), country="XB", port="XBHAV", authority=AUTHORITY)
    with (
        served(ministry(b"meimei", ScriptedMatcher())) as house,
        served(gate) as exit_,
        chromium() as browser,
    ):
        watched = Watched(browser.new_context(viewport={"width": 320, "height": 640}), house, exit_)
        page = watched.page

        def fits() -> None:
            page.wait_for_load_state()
            assert page.evaluate("document.documentElement.lang") == language
            assert not page.evaluate(SCROLLS), page.url
            assert page.evaluate(SMALL) == [], page.url

        for path in ("", "/consent", "/about", "/desk"):
            page.goto(f"{house}/{language}{path}")
            fits()
        to_the_camera(watched, house, language)
        fits()
        follow(page, "form .quiet")
        fits()
        for path in ("", "/about"):
            page.goto(f"{exit_}/{language}{path}")
            fits()
        for code, document in ((scan(), PASSPORT), (scan()[:80] + "A" + scan()[81:], "")):
            page.goto(f"{exit_}/{language}")
            page.fill("#scan", code)
            page.fill("#document", document)
            page.click(".next-scan")
            page.wait_for_selector(".answers")
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            fits()
        watched.must_be_clean()
