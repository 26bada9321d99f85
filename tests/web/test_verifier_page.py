"""The verifier's page in a real browser: the same answers as the border's own page, and then without a server."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from PIL import Image
from playwright.sync_api import Browser, Page

from pratique import qr
from pratique.issuing import issue
from pratique.model import fhir
from pratique.model.certificate import Certificate, TravelDocument
from pratique.qr import Level
from pratique.sandbox import states, traveller
from pratique.sandbox.border import published
from pratique.sandbox.serving import HOST
from pratique.texts import LANGUAGES
from pratique.texts.saying import Saying, say
from pratique.trust import Environment, TrustList
from pratique.trust.x509 import trusted_key
from pratique.web.verifier import serving, site
from pratique.web.verifier.site import PARTS, Post
from tests.issuer import MemorySigner
from tests.web.chromium import READY, Watched, chromium, served
from tests.web.findings import PHONE, by_axe, findings
from tests.web.houses import AUTHORITY, BROTHERS, PASSPORT, claims
from tests.web.test_border import changed

pytestmark = [
    pytest.mark.allow_hosts([HOST]),
    pytest.mark.skipif(not (PARTS / "pinned").is_file(), reason="the page's parts: install with the npm registry"),
]
NOW = datetime.now(UTC).replace(microsecond=0)
"""The page goes by the browser's own clock."""
SIGNER = MemorySigner(not_before=NOW - timedelta(days=30), not_after=NOW + timedelta(days=300))
POST = Post("XB", AUTHORITY, "XBHAV")
HOLDER = ("HAN", "MEIMEI", "梅梅", "XA1234567")


STRANGER = MemorySigner(not_before=NOW - timedelta(days=30), not_after=NOW + timedelta(days=300))
"""Whose key nobody trusts."""


def scan(signer: MemorySigner = SIGNER) -> str:
    passport, person = traveller.PASSPORT, fhir.person(traveller.PATIENT)
    document = TravelDocument.conceal(passport.kind, passport.country, passport.number, salt=bytes(range(16)))
    holder = type(person)(person.name, person.birth_date, document)
    return issue(Certificate(holder, claims(), specimen=True), format="ithc", signer=signer, at=NOW)


def files(folder: Path, *, issued: datetime = NOW - timedelta(hours=6)) -> dict[str, bytes]:
    trusted = TrustList(
        [trusted_key(SIGNER.certificate)],
        environment=Environment.SANDBOX,
        issued=issued,
        fresh_until=issued + timedelta(days=7),
    )
    states.publish(folder, trusted, at=issued)
    return site.site(POST, published(folder))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def loaded(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    context = browser.new_context()
    with served(serving.app(files(tmp_path_factory.mktemp("release")))) as address:
        page = Watched(context, address)
        page.page.goto(f"{address}/en")
        page.page.wait_for_selector(READY)
        yield page
    context.close()


@pytest.fixture
def watched(loaded: Watched) -> Iterator[Watched]:
    """The page as it waits for a code, in English."""
    if not loaded.page.locator("html[lang=en]").count():
        switch(loaded.page, "en")
    loaded.page.click("header .brand")
    loaded.page.wait_for_selector("html[lang=en] #check.ready")
    yield loaded
    loaded.must_be_clean()


def switch(page: Page, language: str) -> None:
    page.click("header summary")
    page.click(f"header .switch[lang={language}]")


def ask(page: Page, **fields: str) -> list[str]:
    """The three words."""
    for name, value in fields.items():
        page.fill(f"#{name}", value)
    page.click("#check .next-scan")
    page.wait_for_selector("#answers")
    return page.locator("#answers .word").all_inner_texts()


def again(page: Page) -> None:
    page.click("#next-scan")
    if page.locator("#undecided:visible").count():
        page.click("#next-scan")
    page.wait_for_selector("#check.ready")


def test_the_three_answers_and_the_officers_press(watched: Watched) -> None:
    page = watched.page
    assert ask(page, scan=scan(), document=PASSPORT) == ["YES", "COMPARE", "YES"]
    assert "No quarantine, and no further test." in page.inner_text("#answers")
    page.click("#same")
    page.wait_for_selector("#answers li:nth-child(2).yes")
    again(page)
    assert ask(page, scan=scan(), document=BROTHERS)[1] == "NO"


def test_next_without_a_press_asks_once_and_only_an_officer(watched: Watched) -> None:
    page = watched.page
    ask(page, scan=scan(), document=PASSPORT)
    assert not page.is_visible("#undecided")
    page.keyboard.press("F9")
    assert "You have not said whether it is this person." in page.inner_text("#undecided")
    page.keyboard.press("F8")
    page.wait_for_selector("#answers li:nth-child(2).yes")
    page.keyboard.press("F9")
    page.wait_for_selector("#check.ready")
    page.select_option("#setting", "airline")
    ask(page, scan=scan(), document=PASSPORT)
    page.keyboard.press("F9")
    page.wait_for_selector("#check.ready")
    page.select_option("#setting", "border")


KEEP_TIMERS = """() => {
  window.own = window.setTimeout;
  window.timers = {};
  window.setTimeout = (what, after) => { window.timers[after] = what; return window.own(what, after); };
}"""


def test_an_answer_leaves_the_screen_when_the_device_is_set_to(watched: Watched) -> None:
    page = watched.page
    page.select_option("#clears", "30")
    page.evaluate(KEEP_TIMERS)
    ask(page, scan=scan(), document=PASSPORT)
    page.evaluate("() => { window.setTimeout = window.own; window.timers[30000](); }")
    page.wait_for_selector("#check.ready")
    assert page.input_value("#clears") == "30"
    page.select_option("#clears", "60")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_check_that_stumbles_is_said_and_answers_nothing(browser: Browser, tmp_path: Path, language: str) -> None:
    """Python breaks down over a scan; a person's answer that stood there before is gone, and there is a way on."""
    made = files(tmp_path)
    engine = made["/static/engine.mjs"].decode()
    works = "async function answer({ language, pairs, unread, large }) {"
    assert works in engine
    fails = 'if (Object.fromEntries(pairs).scan === "STUMBLE") throw new RangeError();'
    made["/static/engine.mjs"] = engine.replace(works, f"{works} {fails}").encode()
    context = browser.new_context(service_workers="block")
    with served(serving.app(made)) as address:
        page = Watched(context, address).page
        page.goto(f"{address}/en")
        page.wait_for_selector(READY)
        if language != "en":
            switch(page, language)
        page.wait_for_selector(f"html[lang={language}] #check.ready")
        ask(page, scan=scan(), document=PASSPORT)
        again(page)
        page.fill("#scan", "STUMBLE")
        page.click("#check .next-scan")
        page.wait_for_selector("#faulted")
        assert page.get_attribute("html", "lang") == language
        assert page.locator(".answers > .unasked .word").all_inner_texts() == [said(language)] * 3
        assert not [part for part in HOLDER if part in page.inner_text("body")]
        assert findings(page, PHONE) == []
        page.click("#next-scan")
        page.wait_for_selector(f"html[lang={language}] #check.ready")
        assert ask(page, scan=scan())[0] != said(language)
    context.close()


def said(language: str) -> str:
    """What stands where nothing was checked."""
    return say(Saying("answer.word.not_checked"), language)


def test_a_changed_scan_shows_nothing_of_the_holder(watched: Watched) -> None:
    assert ask(watched.page, scan=changed(scan())) == ["NO", "NOT CHECKED", "NOT CHECKED"]
    shown = watched.page.inner_text("main")
    assert not [part for part in HOLDER if part in shown]


def test_a_picture_is_read_in_the_page(watched: Watched, tmp_path: Path) -> None:
    picture = tmp_path / "code.png"
    picture.write_bytes(qr.png(scan(), level=Level.M))
    watched.page.set_input_files("#picture", picture)
    assert ask(watched.page)[0] == "YES"
    again(watched.page)
    (tmp_path / "none.png").write_bytes(_blank())
    watched.page.set_input_files("#picture", tmp_path / "none.png")
    watched.page.click("#check .next-scan")
    watched.page.wait_for_selector("#faults")
    assert "No code was found" in watched.page.inner_text("#faults")


def _blank() -> bytes:
    into = io.BytesIO()
    Image.new("L", (200, 200), 255).save(into, "PNG")
    return into.getvalue()


def test_in_other_languages_and_back(watched: Watched) -> None:
    page = watched.page
    switch(page, "zh")
    page.wait_for_selector("html[lang=zh]")
    assert ask(page, scan=scan()) == ["是", "核对", "是"]
    switch(page, "ar")
    page.wait_for_selector("html[lang=ar][dir=rtl] #answers")
    switch(page, "en")
    page.wait_for_selector("html[lang=en][dir=ltr] #answers")
    assert page.locator("#answers .word").all_inner_texts() == ["YES", "COMPARE", "YES"]


def test_nothing_about_holders_is_kept(watched: Watched) -> None:
    page = watched.page
    whole = scan()
    assert ask(page, scan=whole, document=PASSPORT)[0] == "YES"
    genuine = page.evaluate(
        """async (scan) => {
          let genuine = 0;
          for (let turn = 1; turn < 1000; turn++) {
            const shown = new Promise((done) => document.addEventListener("shown", done, { once: true }));
            document.getElementById("scan").value = scan;
            document.getElementById("check").requestSubmit();
            await shown;
            genuine += document.querySelectorAll("#answers li.yes").length === 2;
          }
          return genuine;
        }""",
        whole,
    )
    assert genuine == 999
    kept = page.evaluate(
        """async () => {
          const found = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.cookie,
                         JSON.stringify((await indexedDB.databases()).map((each) => each.name)), location.href,
                         String(history.length), JSON.stringify(history.state)];
          for (const name of await caches.keys())
            for (const request of await (await caches.open(name)).keys()) found.push(request.url);
          return found;
        }"""
    )
    text = "\n".join(kept)
    assert not [part for part in (*HOLDER, whole[:40], "scan=") if part in text]
    assert json.loads(kept[3]) == []


def numbered(found: dict[str, bytes], number: int) -> dict[str, bytes]:
    """The same files as those of another release."""
    told = {name.replace("/release/1/", f"/release/{number}/"): content for name, content in found.items()}
    setting = json.loads(told["/setting.json"])
    setting["release"]["number"] = number
    told["/setting.json"] = json.dumps(setting).encode()
    worker = told["/offline.js"].replace(b'"release": 1', b'"release": %d' % number)
    worker = worker.replace(b"/release/1/", b"/release/%d/" % number)
    return told | {"/offline.js": worker.replace(b'"build": "', b'"build": "%d' % number)}


def test_an_older_release_is_not_taken(browser: Browser, tmp_path: Path) -> None:
    """The same address offers release 1 after release 2 was kept, and then release 3."""
    found = files(tmp_path)
    offered = numbered(found, 2)
    context = browser.new_context()
    with served(serving.app(offered)) as address:
        page = Watched(context, address).page
        page.goto(f"{address}/en")
        page.wait_for_selector(READY)
        page.wait_for_function("navigator.serviceWorker.controller !== null")

        def offer(number: int) -> None:
            offered.clear()
            offered.update(numbered(found, number))
            page.evaluate("navigator.serviceWorker.ready.then((kept) => kept.update()).catch(() => null)")

        kept = "caches.match('/setting.json').then((found) => found.json()).then((told) => told.release.number)"
        offer(1)
        page.wait_for_timeout(3_000)
        assert page.evaluate(kept) == 2
        offer(3)
        page.wait_for_function(f"{kept}.then((number) => number === 3)")
    context.close()


def test_a_clock_behind_the_release_is_said(browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context()
    with served(serving.app(files(tmp_path, issued=NOW + timedelta(days=2)))) as address:
        watched = Watched(context, address)
        watched.page.goto(f"{address}/en")
        watched.page.wait_for_selector(READY)
        assert watched.page.locator("#clock").count() == 1
    context.close()


def test_the_parts_that_are_missing_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "PARTS", tmp_path / "none")
    with pytest.raises(site.Missing, match="npm registry"):
        files(tmp_path / "release")


def test_headers(tmp_path: Path) -> None:
    with TestClient(serving.app({"/en": b"<p>", "/a.mjs": b"1"})) as client:
        page: Any = client.get("/en")
        assert "trusted-types verifier" in page.headers["content-security-policy"]
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert client.get("/a.mjs").headers["content-type"].startswith("text/javascript")
        assert client.get("/a.mjs", headers={"if-none-match": client.get("/a.mjs").headers["etag"]}).status_code == 304
        assert client.get("/b").status_code == 404


def test_the_setting_and_the_switches_are_the_devices(watched: Watched) -> None:
    page = watched.page
    page.select_option("#setting", "venue")
    page.wait_for_selector("#check.ready:not(:has(#document))")
    page.uncheck("#sound")
    assert ask(page, scan=scan()) == ["YES", "COMPARE", "NOT CHECKED"], "this release has no policy of a door"
    shown = page.inner_text("main")
    assert not [part for part in (*HOLDER, "1990", "PCR") if part in shown]
    again(page)
    page.reload()
    page.wait_for_selector(READY)
    assert page.input_value("#setting") == "venue"
    assert not page.is_checked("#sound")
    assert page.is_checked("#vibration")
    page.select_option("#setting", "border")
    page.wait_for_selector("#document")


def test_answers_are_told_in_tones_that_can_be_counted_and_at_a_door_in_one(watched: Watched) -> None:
    page = watched.page

    def tones() -> int:
        return int(page.locator("#answers").get_attribute("data-tones") or 0)

    page.evaluate("navigator.vibrate = (pattern) => { document.documentElement.dataset.felt = pattern; return true }")
    for text, document, count in (
        (scan(), PASSPORT, 1),
        (scan(STRANGER), PASSPORT, 2),
        (scan(), BROTHERS, 3),
        (changed(scan()), PASSPORT, 3),
    ):
        ask(page, scan=text, document=document)
        assert tones() == count
        felt = (page.get_attribute("html", "data-felt") or "").split(",")
        assert felt == (["80", "120"] * count)[:-1]
        again(page)
    page.select_option("#setting", "venue")
    page.wait_for_selector("#check.ready:not(:has(#document))")
    ask(page, scan=changed(scan()))
    assert tones() == 1
    again(page)
    page.select_option("#setting", "border")
    page.wait_for_selector("#document")


def test_a_kept_page_opens_in_its_language(tmp_path: Path) -> None:
    made = files(tmp_path)
    for language in LANGUAGES:
        assert f'href="/{language}.webmanifest"'.encode() in made[f"/{language}"]
        assert json.loads(made[f"/{language}.webmanifest"])["start_url"] == f"/{language}"


def test_a_carriers_list(watched: Watched, tmp_path: Path) -> None:
    page = watched.page
    page.click("#to-list")
    page.click("#passengers button")
    page.wait_for_selector("#faults")
    zones = [zone.replace("\n", "/") for zone in (PASSPORT, BROTHERS)]
    (tmp_path / "list.txt").write_text("\n".join(f"{scan()}\t{zone}" for zone in zones))
    page.set_input_files("#file", tmp_path / "list.txt")
    page.click("#passengers button")
    page.wait_for_selector("#listing")
    assert page.locator("#listing td strong").all_inner_texts() == ["OK", "NOK"]
    assert not [part for part in HOLDER if part in page.inner_text("main")]


@by_axe
def test_no_serious_finding_in_any_state(watched: Watched) -> None:
    """The pages that Python writes in the browser: waiting, faults, every answer, in each layout, a list, help."""
    page = watched.page

    def looked(*looks: Any) -> None:
        assert findings(page, *looks) == [], page.inner_text("h1")

    looked()
    page.click("#check .next-scan")
    page.wait_for_selector("#faults")
    looked()
    for text, document, words in (
        (scan(), PASSPORT, ["YES", "COMPARE", "YES"]),
        (scan(), BROTHERS, ["YES", "NO", "YES"]),
        (scan(STRANGER), PASSPORT, ["CHECK", "NOT CHECKED", "NOT CHECKED"]),
        (changed(scan()), PASSPORT, ["NO", "NOT CHECKED", "NOT CHECKED"]),
    ):
        assert ask(page, scan=text, document=document) == words
        looked()
        if words[0] == "CHECK":
            for language in ("ar", "zh", "en"):
                switch(page, language)
                page.wait_for_selector(f"html[lang={language}] #answers")
                looked(PHONE)
        again(page)
    page.select_option("#setting", "venue")
    page.wait_for_selector("#check.ready:not(:has(#document))")
    looked(PHONE)
    page.select_option("#setting", "border")
    page.wait_for_selector("#document")
    page.click("#to-list")
    page.fill("#list", f"{scan()}\n{changed(scan())}\n{scan(STRANGER)}")
    page.click("#passengers button")
    page.wait_for_selector("#listing")
    looked()
    page.click(".foot a[href$='#help']")
    page.wait_for_selector("#help")
    looked(PHONE)


@by_axe
def test_no_serious_finding_before_python_is_there_or_where_it_never_comes(browser: Browser, loaded: Watched) -> None:
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.route("**/engine.mjs", lambda route: route.abort())
    page.goto(f"{loaded.origins[0]}/ar")
    page.wait_for_selector("#failed:visible")
    assert findings(page) == []
    context.close()
