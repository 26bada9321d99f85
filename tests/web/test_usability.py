"""The ten tasks of people who use the pages, done by a script as far as one can do a person's task.

A script takes what a person would: controls that are seen, by the words on them. It counts taps, fields and keys, and
reckons how long a person needs as the keystroke-level model does: 1.35 s to find what comes next, 1.1 s to point and
tap, 0.5 s a key on glass, and twice all that where whoever does it is over 65. What the machine took comes on top.
`docs/usability.md` has the table, which the last test compares; what only people can show is said there.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from msgspec import Struct
from playwright.sync_api import Locator, Page

from pratique import qr
from pratique.issuing import issue
from pratique.model import fhir
from pratique.model.certificate import Certificate, TravelDocument
from pratique.sandbox import traveller
from pratique.sandbox.serving import HOST
from pratique.web.desk_policies import SIGN
from pratique.web.words import words
from tests.cases.policies import signed
from tests.issuer import MemorySigner
from tests.web import clear
from tests.web.chromium import WITHIN, chromium, leaving, served
from tests.web.houses import AT, BROTHERS, PASSPORT, claims, now, scan
from tests.web.scene import MEIMEI, NORTH, SOUTH, Scene, scene
from tests.web.stops import Stop, Walk, certificate
from tests.web.test_browser import BURST, film, matcher, ministry, portrait, steps

__all__ = ["film", "matcher", "portrait", "steps"]
TABLE = Path(__file__).parents[2] / "docs" / "usability.md"
FIND, TAP, KEY = 1.35, 1.1, 0.5
WORDS = 3
"""Read in a second: plain words on a screen, by somebody who reads them for the first time."""

pytestmark = pytest.mark.allow_hosts([HOST])


class Counted(Struct):
    """What somebody does and reads (seconds), and how long the machine takes; `slower` than a practised person."""

    task: int
    limit: float
    slower: float = 1.0
    taps: int = 0
    fields: int = 0
    keys: int = 0
    reads: float = 0.0
    machine: float = 0.0

    @property
    def person(self) -> float:
        """Seconds that a person needs for it, without the machine's."""
        taps = self.taps + self.fields
        return self.slower * (taps * (FIND + TAP) + self.keys * KEY + self.reads)

    def within(self) -> None:
        """Whether the task's limit holds."""
        assert self.person + self.machine <= self.limit, self
        DONE[self.task] = self


DONE: dict[int, Counted] = {}


class Person:
    """Somebody before a page: sees what is visible, and acts by the words that are there."""

    def __init__(self, page: Page, counted: Counted, language: str = "en") -> None:
        self.page, self.counted, self.say = page, counted, words(language)
        page.set_default_timeout(WITHIN)

    def see(self, text: str) -> Locator:
        """The words are on the page, to be seen."""
        found = self.page.get_by_text(text).filter(visible=True).first
        found.wait_for()
        return found

    def tap(self, name: str, *, leads: bool = True, beside: str = "") -> None:
        """A link or a button with these words on it; of several, the one in whose form or card is `beside`."""
        where: Any = self.page.locator("form, article").filter(has_text=beside) if beside else self.page
        control = where.get_by_role("button", name=name).or_(where.get_by_role("link", name=name))
        control = control.filter(visible=True).first
        self.counted.taps += 1
        began = time.monotonic()
        if leads:
            with leaving(self.page):
                control.click()
        else:
            control.click()
        self.counted.machine += time.monotonic() - began

    def type(self, label: str, text: str) -> None:
        """Into the field that is called so."""
        self.page.get_by_label(label, exact=True).filter(visible=True).first.fill(text)
        self.counted.fields += 1
        self.counted.keys += len(text)

    def until(self, reached: Callable[[], Any]) -> None:
        """What the machine takes until something is there."""
        began = time.monotonic()
        reached()
        self.counted.machine += time.monotonic() - began


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


def before(walk: Walk, counted: Counted, who: Any = None, application: str = "travellers", path: str = "") -> Person:
    """Somebody who has come to a page; how they came in is not counted."""
    Stop("", application, path, who).reach(walk)
    return Person(walk.page, counted, walk.language)


# --- the tasks


def test_1_and_2_sign_up_and_the_face_step(portrait: Any, matcher: Any, film: Path) -> None:
    sign_up, step = Counted(1, 240, slower=2), Counted(2, 60, slower=2)
    with served(ministry(portrait, matcher)) as address, chromium(film) as browser:
        page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
        person = Person(page, sign_up)
        page.goto(f"{address}/en")
        person.tap(person.say("start.begin"))
        person.tap(person.say("consent.agree"))
        person.type(person.say("passport.number"), traveller.PASSPORT.number)
        person.tap(person.say("continue"))
        person.see(person.say("face.cannot"))
        person.counted = step
        person.tap(person.say("face.open"), leads=False)
        assert page.get_by_role("button", name=person.say("face.cannot")).is_visible(), "the other way is always there"
        person.until(lambda: page.wait_for_url("**/certificate/*"))
        person.see(person.say("certificate.title"))
    step.within()
    for name in ("taps", "machine"):
        setattr(sign_up, name, getattr(sign_up, name) + getattr(step, name))
    sign_up.within()


def test_3_the_second_childs_code_in_flight_mode(everything: Scene, walk: Walk) -> None:
    """At home, which does not count, two certificates were kept on the device; in the queue there is no network."""
    counted, there = Counted(3, 20), Walk(everything, walk.browser, workers=True)
    person = before(there, Counted(3, 0), MEIMEI)
    page = there.page
    certificate(there)
    home = page.url
    kept(page, home)
    page.goto(home)
    person.tap(person.say("own.title"))
    person.tap(person.say("own.ward"), beside="Xiaoming")
    kept(page, page.url)
    page.reload()
    there.context.set_offline(True)

    person.counted = counted
    counted.taps += 1  # the page's own icon, or a bookmark
    person.until(lambda: there.go("travellers", "/kept"))
    assert page.locator("#offline").is_visible()
    assert page.locator("#people .card").count() == 2
    person.tap(person.say("holder.kept.show"), leads=False, beside="Xiaoming")
    scanned = qr.read(page.locator("#alone-code").screenshot())
    assert [len(scanned), scanned[0][:4]] == [1, "HC1:"], "scanned the first time, from the screen itself"
    assert "XIAOMING" in page.inner_text("#alone-name").upper(), "the right person's"
    there.close()
    counted.within()


def kept(page: Page, address: str) -> None:
    """Kept on the device, by the page that says how to take a certificate along."""
    page.goto(f"{address}/along")
    page.click("#keep")
    page.wait_for_url("**/kept")


@pytest.fixture(scope="module")
def stranger() -> MemorySigner:
    return MemorySigner(not_before=AT - timedelta(days=30), not_after=AT + timedelta(days=700))


def _of_a_stranger(signer: MemorySigner) -> str:
    person, zone = fhir.person(traveller.PATIENT), traveller.PASSPORT
    document = TravelDocument.conceal(zone.kind, zone.country, zone.number, salt=bytes(range(16)))
    holder = type(person)(person.name, person.birth_date, document)
    return issue(Certificate(holder, claims(), specimen=True), format="ithc", signer=signer, at=now())


def test_4_twenty_certificates(walk: Walk, stranger: MemorySigner) -> None:
    genuine = scan(at=now())
    forged = genuine[:80] + ("A" if genuine[80] != "A" else "B") + genuine[81:]
    unknown = _of_a_stranger(stranger)
    cases = [
        (genuine, PASSPORT, ("YES", "COMPARE")),
        (genuine, BROTHERS, ("YES", "NO")),
        (forged, PASSPORT, ("NO", "NOT CHECKED")),
        (unknown, PASSPORT, ("CHECK", "NOT CHECKED")),
        ("https://example.org/menu/of/the/day", PASSPORT, ("NOT CHECKED", "NOT CHECKED")),
    ] * 4
    counted, taken = Counted(4, 20 * 8), []
    before(walk, counted, application="border")
    for text, document, expected in cases:
        began = time.monotonic()
        for line in document.splitlines():
            walk.page.evaluate(BURST, line)
        with leaving(walk.page):
            walk.page.evaluate(BURST, text)
        taken.append(time.monotonic() - began)
        told = walk.page.locator(".answers .word").all_inner_texts()
        assert tuple(told[:2]) == expected, told
        assert walk.page.locator(".next").is_visible(), "the next step"
        counted.reads += FIND
        if told[1] == "COMPARE":
            walk.page.keyboard.press("F8")
            walk.page.wait_for_selector(".answers > .yes:nth-child(2)")
            walk.page.wait_for_load_state()
            counted.keys += 1
        with leaving(walk.page):
            walk.page.keyboard.press("F9")
        counted.keys += 1
    counted.machine = sum(taken)
    assert len(taken) == 20
    assert median(taken) < 8
    counted.within()


SEEN = """() => [...document.querySelectorAll(".answers .word")].map((one) => {
  const box = one.getBoundingClientRect();
  return { word: one.innerText, size: parseFloat(getComputedStyle(one).fontSize),
           top: box.top, bottom: box.bottom, screen: innerHeight };
})"""


def test_5_three_words_on_each_of_twelve_screens(walk: Walk, stranger: MemorySigner) -> None:
    counted = Counted(5, 0)
    before(walk, counted, application="border")
    genuine = scan(at=now())
    forged = genuine[:80] + ("A" if genuine[80] != "A" else "B") + genuine[81:]
    screens = [
        (genuine, PASSPORT, ["YES", "COMPARE", "YES"]),
        (genuine, BROTHERS, ["YES", "NO", "YES"]),
        (forged, PASSPORT, ["NO", "NOT CHECKED", "NOT CHECKED"]),
        (_of_a_stranger(stranger), PASSPORT, ["CHECK", "NOT CHECKED", "NOT CHECKED"]),
    ] * 3
    assert len(screens) == 12
    for text, document, expected in screens:
        walk.go("border", "")
        walk.page.fill("#scan", text)
        walk.page.fill("#document", document)
        with leaving(walk.page):
            walk.page.click(".next-scan")
        seen = walk.page.evaluate(SEEN)
        assert [each["word"] for each in seen] == expected
        assert all(each["size"] >= 32 for each in seen), seen
        assert all(0 <= each["top"] < each["bottom"] <= each["screen"] for each in seen), "at one look, unscrolled"
        assert walk.page.locator(".answers > li > svg").count() == 3, "a shape beside each word"
    DONE[5] = counted  # whether a second's view is enough, eyes have to say


def test_6_a_scanner_in_another_layout(walk: Walk) -> None:
    counted = Counted(6, 90 + 10 * 3)
    person = before(walk, counted, application="border")
    walk.page.select_option("#setting", "airline")
    ten = [scan(at=now()) for _ in range(10)]
    walk.page.evaluate(BURST, ten[0].replace("1", "é"))
    person.see(person.say("border.layout"))  # it says what to do; the agent sets the scanner to English
    for text in ten:
        began = time.monotonic()
        with leaving(walk.page):
            walk.page.evaluate(BURST, text)
        counted.machine += time.monotonic() - began
        assert time.monotonic() - began < 3
        assert walk.page.locator(".answers .word").first.inner_text() == "YES"
        assert not walk.page.locator("#undecided").count(), "only an officer is asked about the person"
        with leaving(walk.page):
            walk.page.keyboard.press("F9")
        counted.keys += 1
        counted.reads += FIND
    counted.within()


def test_7_why_yellow_until_when_and_what_to_do(everything: Scene, walk: Walk) -> None:
    counted = Counted(7, 45)
    language = "ar"
    there = Walk(everything, walk.browser, language)
    person = before(there, counted, MEIMEI)
    certificate(there)
    person.tap(person.say("code.title"))
    assert there.page.locator("html").get_attribute("dir") == "rtl"
    lines = there.page.locator("main p").all_inner_texts()
    there.close()
    told = " ".join(lines)
    for what in ("السبب: مخالطة", "ينتهي من تلقاء نفسه:", "ما يمكنك فعله:"):  # why, until when, what to do
        assert what in told
    counted.reads = len(told.split()) / WORDS
    counted.within()


def test_8_by_keyboard_and_by_what_is_read_out(walk: Walk) -> None:
    counted = Counted(8, 90)
    before(walk, counted, MEIMEI)
    page = walk.page
    certificate(walk)
    heading = page.get_by_role("heading", level=1)
    assert heading.inner_text() == "Your certificate"
    wanted = page.get_by_role("link", name="Show the code alone").or_(page.locator("a[href$='/show/1']")).first
    for _ in range(40):
        page.keyboard.press("Tab")
        counted.keys += 1
        if wanted.evaluate("(one) => one === document.activeElement"):
            break
    else:
        pytest.fail("no number of tabs leads to the code")
    began = time.monotonic()
    with leaving(page):
        page.keyboard.press("Enter")
    counted.keys += 1
    counted.machine += time.monotonic() - began
    code = page.get_by_role("img").first
    told = str(code.get_attribute("aria-label"))
    assert re.search(r"^QR code.*HAN, MEIMEI.*until \d+ \w+ \d{4}", told), "what it is, whose, until when"
    assert page.locator("html[lang]").count() == 1
    counted.within()


def test_9_a_policy_without_an_end_that_reads_too_much(walk: Walk) -> None:
    """In the desk's editor: mended from the findings' own words, its effect read, signed by two officials, published.

    The text as somebody wrote it is put in as a whole; what mends it is typed, and so is each command that signs.
    """
    counted = Counted(9, 600)
    writer = before(walk, counted, NORTH, "desk", "/policies")
    page, say = walk.page, writer.say
    page.set_viewport_size({"width": 1280, "height": 800})
    writer.tap(say("policies.begin.do"))
    whole = clear.under_notice(now(), identifier="XA-EVENTS-NINE", version="1.0.0")
    del whole["sunset"]
    whole["categories"].remove("vaccinations")
    page.fill("#text", json.dumps(whole, indent=2))
    writer.tap(say("policies.save"))
    told = page.locator(".findings li")
    counted.reads += read_of(told)
    needed = {told.nth(place).locator("code.source").last.inner_text() for place in range(told.count())}
    assert {each.partition(":")[0] for each in needed} == {'"sunset"', '"categories"'}, needed
    text = page.input_value("#text")
    for each in needed:
        begun = re.escape(each.partition(":")[0])
        text = re.sub(rf"{begun}: \[[^\]]*\]", each, text) if "[" in each else text.replace("{", f"{{\n{each},", 1)
        counted.fields += 1
        counted.keys += len(each)
    page.fill("#text", text)
    writer.tap(say("policies.save"))
    writer.see(say("policies.stops.nothing"))
    writer.tap(say("policies.effect.show"))
    while (
        later := page.get_by_role("link", name=say("policies.effect.again"))
    ).count():  # a busy machine's, not a person's
        with leaving(page):
            later.click()
    hits = page.locator("[aria-labelledby=hits] li")
    counted.reads += read_of(hits)
    assert any(re.match(r"Shut out|Not let in|Hit hardest", each) for each in hits.all_inner_texts()), "whom it hits"
    writer.tap(say("policies.effect.back"))
    writer.tap(say("policies.send"))
    address = page.url.partition("/en")[2]
    _signed(writer, "health", say("policies.sign.do"))
    second = before(walk, counted, SOUTH, "desk", address)
    _signed(second, "justice", say("policies.sign.publish"))
    second.see(say("policies.published"))
    counted.within()


def read_of(lines: Locator) -> float:
    """Seconds that it takes to read them."""
    return len(" ".join(lines.all_inner_texts()).split()) / WORDS


def _signed(person: Person, name: str, by: str) -> None:
    """The file saved, signed on the official's own machine, and brought back."""
    page, counted = person.page, person.counted
    with page.expect_download() as saving:
        person.tap(person.say("policies.file"), leads=False)
    found = json.loads(Path(saving.value.path()).read_bytes())
    earlier = found.pop("signatures", [])
    both = found | {"signatures": [*earlier, *signed(found, name)["signatures"]]}
    counted.fields += 2  # the command, and the file
    counted.keys += len(SIGN.format(name=name))
    file = {"name": "policy.json", "mimeType": "application/json", "buffer": json.dumps(both).encode()}
    page.set_input_files("#file", file)  # type: ignore[arg-type]
    person.tap(by)


def test_10_which_policies_until_when_and_whether_the_log_adds_up(walk: Walk) -> None:
    counted = Counted(10, 180)
    before(walk, counted, MEIMEI)  # who has a certificate, so that the log has an entry
    walk.page.set_viewport_size({"width": 1280, "height": 800})
    walk.go("travellers", "")
    person = Person(walk.page, counted)
    person.tap(person.say("foot.transparency"))
    row = walk.page.get_by_role("row").filter(has_text="In force").first
    assert re.search(r"Days left: \d+", row.inner_text())
    assert walk.page.get_by_text(re.compile(r"^As of release \d+, ")).first.is_visible()
    person.tap(person.say("clear.log.check"))
    assert re.search(r"The log adds up: \d+ signatures, as of", person.see("The log adds up").inner_text())
    counted.within()


# --- the table


def row(text: str, task: int) -> list[str]:
    """The cells of a task: what is done; taps, fields, keys and a person's seconds; the machine's, and the target."""
    found = re.search(rf"^\| {task} \|(.*)\|$", text, re.MULTILINE)
    return [] if found is None else [cell.strip() for cell in found[1].split("|")]


def test_the_table_is_what_was_counted() -> None:
    text = TABLE.read_text("utf-8")
    assert all(row(text, task) for task in range(1, 11))
    rows = {task: row(text, task) for task in DONE}
    took = "\n".join(f"{each.task}: {each}, {each.person:.0f} s" for each in DONE.values())
    for task, each in DONE.items():
        assert rows[task][1:4] == [*map(str, (each.taps, each.fields, each.keys))], took
        assert abs(float(rows[task][4].removesuffix(" s")) - each.person) < 5, took
        assert rows[task][6] == (f"{each.limit:.0f} s" if each.limit else ""), took
