"""The health code's pages: what a stranger sees, mine and shown, declaring, appealing, and the desk's side."""

import io
import re
from base64 import urlsafe_b64encode
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from PIL import Image, ImageDraw

from pratique import qr, verify
from pratique.authority.status import appeals, assigning, counting, tracing
from pratique.authority.store import asking, reading, writing
from pratique.model.live import message
from pratique.model.status import Status
from pratique.texts import LANGUAGES
from pratique.web.words import words
from tests.authority.status import scenes
from tests.authority.status.scenes import AT, NORTH, POLICY, TODAY, WEST, ZONE
from tests.web.code_houses import House

HTML = {"accept": "text/html"}
WELL = {"temperature": "36.5"}
CAUSES = ("contact", "Contact", "接触")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


HOLDERS = ["/code", "/code/show", "/code/declare", "/code/said", "/code/appeal/x"]


@pytest.mark.parametrize("path", HOLDERS)
def test_whoever_has_not_signed_in_sees_nothing(house: House, path: str) -> None:
    with house.browser("") as browser:
        assert browser.get(f"/en{path}").json()["code"] == "SESSION_UNKNOWN"
        for action in ("/en/code/word", "/en/code/declare"):
            assert browser.post(action, data={}).json()["code"] == "SESSION_UNKNOWN"


@pytest.mark.parametrize("path", ["/appeals", "/appeals/x", "/look", "/paper"])
def test_nor_does_a_desk(house: House, path: str) -> None:
    with house.browser("west") as browser:
        browser.cookies.clear()
        assert browser.get(f"/en{path}").json()["code"] == "SESSION_UNKNOWN"


# mine


@pytest.mark.parametrize("language", ["en", "zh"])
def test_without_anything_known_there_is_no_colour_and_it_says_that_this_is_not_red(
    house: House, language: str
) -> None:
    with house.browser("meimei") as browser:
        page = browser.get(f"/{language}/code").text
    assert 'class="colour unknown"' in page
    assert {"en": "This is not a red code.", "zh": "这不是红码。"}[language] in page
    assert 'class="colour red"' not in page


@pytest.mark.parametrize("language", ["en", "zh"])
def test_mine_says_why_until_when_and_what_to_do(house: House, language: str) -> None:
    fact = house.contact()
    with house.browser("meimei") as browser:
        page = browser.get(f"/{language}/code").text
    said = {
        "en": ("YELLOW", "a contact with a case", "30 Nov 2026", "two molecular tests", "within 24 hours", "declare"),
        "zh": ("黄码", "与病例有接触", "2026年11月30日", "两次核酸检测", "24 小时内答复", "declare"),
    }[language]
    for each in said:
        assert each in page, each
    assert f'href="/{language}/code/appeal/{fact}"' in page
    assert "tick" not in page.lower().replace("ticking", "")


def test_shown_never_says_why(house: House) -> None:
    house.contact()
    with house.browser("meimei") as browser:
        for language in LANGUAGES:
            page = browser.get(f"/{language}/code/show").text
            assert 'class="colour yellow"' in page
            assert ">MH<" in page
            assert "05-08" in page
            body = page.partition("<main")[2]
            for cause in CAUSES:
                assert cause not in body, cause


def test_after_the_end_there_is_no_colour_to_show_and_no_form(house: House) -> None:
    assert POLICY.sunset is not None
    house.clock.at = POLICY.sunset
    with house.browser("meimei") as browser:
        for path in ("/code", "/code/show", "/code/declare"):
            page = browser.get(f"/en{path}").text
            assert "The health code has ended" in page
            assert "colour" not in page.partition("<main")[2].replace("has a colour", "")
        assert "has ended" in browser.post("/en/code/declare", data=WELL).text
        assert "has ended" in browser.post("/en/code/word").text


# live


def test_a_status_for_each_key_and_a_proof_a_minute(house: House) -> None:
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    points = [key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint) for key in keys]
    with house.browser("meimei") as browser:
        browser.post("/en/code/declare", data=WELL)
        scans = browser.post("/en/code/statuses", json={"keys": [encoded(point) for point in points]}).json()
        r, s = utils.decode_dss_signature(keys[0].sign(message(scans[0], AT), ec.ECDSA(hashes.SHA256())))
        proof = {"scan": scans[0], "begins": int(AT.timestamp()), "signature": encoded(r.to_bytes(32) + s.to_bytes(32))}
        drawn = browser.post("/en/code/drawn", json=proof).json()
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{drawn["box"]}"><path d="{drawn["path"]}"/></svg>'
    text = read_back(svg)
    for at, live in ((AT, True), (AT + timedelta(seconds=59), True), (AT + timedelta(seconds=60), False)):
        told = verify(text, trust_list=scenes.FACILITIES, at=at)
        assert (told.authentic, told.live) == (True, live)
        assert isinstance(told.content, Status)
        assert told.content.word == "green"
    assert len(set(scans)) == 2


def encoded(octets: bytes) -> str:
    return urlsafe_b64encode(octets).decode().rstrip("=")


def read_back(svg: str) -> str:
    """What is in the drawing, by painting its runs."""
    side = int(svg.partition("0 0 ")[2].partition(" ")[0])
    picture = Image.new("L", (side * 8, side * 8), 255)
    brush = ImageDraw.Draw(picture)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)", svg):
        left, top = int(x) * 8, int(y) * 8
        brush.rectangle((left, top, left + int(width) * 8 - 1, top + 7), fill=0)
    data = io.BytesIO()
    picture.save(data, "PNG")
    (text,) = qr.read(data.getvalue())
    return str(text)


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("statuses", {"keys": []}),
        ("statuses", {"keys": ["AA"]}),
        ("statuses", {"keys": ["%%%"]}),
        ("statuses", {"keys": ["A" * 44] * 99}),
        ("statuses", {"key": 1}),
        ("drawn", {"scan": "HC1:A", "begins": 1, "signature": "AA"}),
        ("drawn", {"scan": "https://evil.example", "begins": 1, "signature": "A" * 86}),
        ("drawn", {"scan": "HC1:" + "A" * 2000, "begins": 1, "signature": "A" * 86}),
        ("drawn", {"scan": "HC1:A", "begins": 2**80, "signature": "A" * 86}),
        ("drawn", {"scan": "HC1:A", "begins": -1, "signature": "A" * 86}),
    ],
)
def test_what_is_no_key_and_no_proof(house: House, path: str, sent: dict) -> None:
    with house.browser("meimei") as browser:
        assert browser.post(f"/en/code/{path}", json=sent).json()["code"] == "FORM_UNREADABLE"


# declaring


def test_a_declaration_is_two_presses_and_the_streak_is_seen(house: House) -> None:
    with house.browser("meimei") as browser:
        for day in (2, 1, 0):
            house.clock.at = AT - timedelta(days=day)
            answer = browser.post("/en/code/declare", data={"temperature": ""})
        assert answer.url.path == "/en/code"
        assert 'class="colour green"' in answer.text
        assert "Days in a row: 3. Of them with nothing to report: 3." in answer.text
        assert "Today is among them." in answer.text


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"temperature": "warm"}, "temperature"),
        ({"temperature": "50"}, "temperature"),
        ({"country-1": "XB"}, "first-1"),
        ({"country-1": "the sea", "first-1": "2026-11-20"}, "country-1"),
        ({"country-1": "XA", "first-1": "2027-11-20"}, "last-1"),
        ({"country-2": "XA", "first-2": "2026-11-20", "division-2": "12"}, "division-"),
    ],
)
def test_what_is_wrong_stands_above_and_nothing_typed_is_lost(house: House, sent: dict, field: str) -> None:
    with house.browser("meimei") as browser:
        answer = browser.post("/en/code/declare", data=sent | {"symptoms": "cough"})
    assert answer.status_code == 422
    assert f'href="#{field}' in answer.text
    assert 'value="cough" checked' in answer.text
    for value in sent.values():
        assert f'value="{value}"' in answer.text


def test_said_by_mistake_and_said_again(house: House) -> None:
    with house.browser("meimei") as browser:
        ill = {"temperature": "38,6 °C", "symptoms": ["fever", "other"], "country-1": "xb", "first-1": "2026-11-23"}
        assert 'class="colour yellow"' in browser.post("/en/code/declare", data=ill).text
        listed = browser.get("/en/code/said").text
        assert "38.6 °C" in listed
        again = listed.partition("?again=")[2][:32]
        form = browser.get(f"/en/code/declare?again={again}").text
        assert 'value="38.6"' in form
        assert 'value="fever" checked' in form
        house.clock.at += timedelta(minutes=1)
        answer = browser.post("/en/code/declare", data=WELL | {"again": again})
        assert 'class="colour green"' in answer.text
        assert "Corrected. It counts no more." in browser.get("/en/code/said").text
        for wrong in (again, "x"):
            assert browser.get(f"/en/code/declare?again={wrong}").status_code == 404
            assert browser.post("/en/code/declare", data=WELL | {"again": wrong}).status_code == 404


def test_a_guardian_declares_for_a_ward_and_nobody_for_a_stranger(house: House) -> None:
    with house.browser("meimei") as browser:
        wrong = browser.post("/en/code/declare", data=WELL | {"for": house.lei.subject_id})
        assert wrong.status_code == 404
        assert browser.post("/en/code/declare", data=WELL | {"for": "x"}).status_code == 404
        with writing(house.engine) as connection:
            now = int(AT.timestamp())
            mother, son = house.meimei.subject_id, house.lei.subject_id
            asking.appoint(connection, son, mother, "family", at=now, until=now + 3600)
        assert f'<option value="{son}">Lei</option>' in browser.get("/en/code/declare").text
        assert browser.post("/en/code/declare", data=WELL | {"for": son}).status_code == 200
    with house.browser("lei") as browser:
        assert 'class="colour green"' in browser.get("/en/code").text


# appealing


def test_an_appeal_goes_to_a_desk_of_another_office_and_ends_the_colour(house: House) -> None:
    fact = house.contact()
    with house.browser("meimei") as browser:
        assert browser.get("/en/code/appeal/x").status_code == 404
        form = browser.get(f"/zh/code/appeal/{fact}").text
        assert "24 小时内答复" in form
        empty = browser.post(f"/en/code/appeal/{fact}", data={"statement": " "})
        assert (empty.status_code, "Write in your own words" in empty.text) == (422, True)
        files = {"evidence": ("ticket.pdf", b"%PDF a ticket")}
        sent = browser.post(f"/en/code/appeal/{fact}", data={"statement": "I was <b>abroad</b>."}, files=files)
        assert "Received. You get an answer by" in sent.text
        assert browser.post(f"/en/code/appeal/{fact}", data={"statement": "again"}).status_code == 404
    with house.browser("lei") as browser:
        assert browser.get(f"/en/code/appeal/{fact}").status_code == 404
    house.clock.at += timedelta(hours=2)
    with house.browser(NORTH.account_id) as browser:
        key = browser.get("/en/appeals").text.partition("/en/appeals/")[2][:32]
        own = browser.post(f"/en/appeals/{key}", data={"decision": "not_accepted.confirmed"}, headers=HTML)
        assert own.status_code == 409
        assert "two different offices" in own.text
    with house.browser(WEST.account_id) as browser:
        assert "2 h: a contact" in browser.get("/en/appeals").text
        page = browser.get(f"/en/appeals/{key}").text
        assert "I was &lt;b&gt;abroad&lt;/b&gt;." in page
        assert "official-north" in page
        file = browser.get(f"/en/appeals/{key}/evidence")
        assert (file.content, file.headers["content-type"]) == (b"%PDF a ticket", "application/octet-stream")
        assert browser.post(f"/en/appeals/{key}", data={"decision": "accepted.confirmed"}).status_code == 400
        done = browser.post(f"/en/appeals/{key}", data={"decision": "accepted.shown"})
        assert "Nothing waits." in done.text
    with house.browser("meimei") as browser:
        page = browser.get("/en/code").text
        assert 'class="colour unknown"' in page
        assert "You were right. It counts no more. What was sent shows it." in page
        assert "your appeal was answered" in page


def test_past_its_clock_the_desk_is_told_that_it_counts_no_more(house: House) -> None:
    fact = house.contact()
    with house.browser("meimei") as browser:
        browser.post(f"/en/code/appeal/{fact}", data={"statement": "I was abroad."})
        house.clock.at += timedelta(hours=24)
        assert 'class="colour unknown"' in browser.get("/en/code").text
    with house.browser(WEST.account_id) as browser:
        page = browser.get("/zh/appeals").text
        assert "已超时" in page
        key = page.partition("/zh/appeals/")[2][:32]
        assert "在裁决前不再计入" in browser.get(f"/zh/appeals/{key}").text


def test_a_positive_test_is_disputed_as_a_record(house: House) -> None:
    record = scenes.record(house.engine, house.meimei.person_id, scenes.swab(), 9)
    with house.browser("meimei") as browser:
        page = browser.get("/en/code").text
        assert 'class="colour red"' in page
        assert f"/en/code/appeal/{record}" in page
        browser.post(f"/en/code/appeal/{record}", data={"statement": "I was not tested."})
    with reading(house.engine) as connection:
        (dispute,) = asking.disputes(connection, house.meimei.person_id)
    assert dispute.record_id == record
    house.clock.at += timedelta(hours=24)
    with house.browser("meimei") as browser:
        assert 'class="colour unknown"' in browser.get("/en/code").text


def test_who_was_set_by_hand_is_told_on_the_page(house: House) -> None:
    made = scenes.set_by_hand(house.engine, house.vault, house.meimei)
    with house.browser("meimei") as browser:
        page = browser.get("/en/code").text
    assert 'class="colour red"' in page
    assert "two officials set your code by hand" in page
    assert f"/en/code/appeal/{made}" in page


# staff, and paper


def test_staff_look_once_with_the_holders_word(house: House) -> None:
    house.contact()
    with house.browser("meimei") as browser:
        word = browser.post("/en/code/word").text.partition('id="word">')[2][:19]
    with house.browser("gate-7") as browser:
        for wrong in ("", "0000-0000-0000"):
            refused = browser.post("/en/look", data={"word": wrong})
            assert (refused.status_code, "colour yellow" in refused.text) == (403, False)
        page = browser.post("/en/look", data={"word": word.lower()}).text
        assert 'class="colour yellow"' in page
        assert '<p class="whose"><bdi>MH</bdi> <bdi>05-08</bdi></p>' in page
        assert "Counts from 24 Nov 2026, 12:00" in page
        assert not any(cause in page.partition("<main")[2] for cause in CAUSES)
        again = browser.post("/en/look", data={"word": word})
        assert (again.status_code, "Ask the holder for a new one" in again.text) == (403, True)
        assert browser.get("/en/appeals").status_code == 404


def test_paper_counts_the_same(house: House) -> None:
    paper = {"country": "UTO", "number": "XA0000001", "born": "1990-05-08", "temperature": "36.4"}
    with house.browser("clinic-1") as browser:
        for wrong in ({"born": "1990-05-09"}, {"number": "XA7777777"}, {"born": ""}, {"number": "%"}):
            refused = browser.post("/en/paper", data=paper | wrong)
            assert (refused.status_code, "Nobody is known" in refused.text) == (422, True)
        assert "Entered." in browser.post("/en/paper", data=paper).text
        assert browser.post("/en/paper", data=paper | {"temperature": "99"}).status_code == 422
    with house.browser("gate-7") as browser:
        assert browser.post("/en/paper", data=paper).status_code == 404
    with house.browser("meimei") as browser:
        assert 'class="colour green"' in browser.get("/en/code").text


# for everybody


def test_the_counts_need_no_sign_in_and_hide_small_numbers(house: House) -> None:
    house.contact()
    counting.count(house.engine, POLICY, at=AT, zone=ZONE)
    house.clock.at = AT + timedelta(days=1)
    with house.browser("") as browser:
        page = browser.get("/en/counts").text
        assert "Fewer than 10" in page
        assert "Contact" in page
        assert "Nobody was counted" in browser.get("/en/counts?day=2026-01-01").text
        assert browser.get("/en/counts?day=soon").status_code == 404
        assert TODAY.isoformat() in f"{browser.get(f'/en/counts?day={TODAY}').url}"


def test_what_is_set_by_hand_is_a_line_of_its_own(house: House) -> None:
    scenes.set_by_hand(house.engine, house.vault, house.meimei)
    counting.count(house.engine, POLICY, at=AT, zone=ZONE)
    with house.browser("") as browser:
        assert "人工赋码" in browser.get(f"/zh/counts?day={TODAY}").text


def test_notices_are_those_that_have_words() -> None:
    kinds: list[Any] = [assigning.TOLD, tracing.CONTACT, tracing.STAY, appeals.ANSWERED]
    for kind in kinds:
        assert words("en")(f"code.notices.{kind}", when="x")
