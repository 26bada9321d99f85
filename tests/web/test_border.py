"""A border over HTTP: three answers in one order, nothing kept, and nothing of a holder without a signature."""

import html
import io
import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from litestar.testing import TestClient
from msgspec import structs
from PIL import Image

from pratique import qr
from pratique.issuing import issue_status
from pratique.model import fhir
from pratique.model.certificate import Certificate, TravelDocument, Vaccination
from pratique.model.certificate import Test as TestClaim
from pratique.model.consequence import Consequence, ConsequenceKind, Place
from pratique.model.permit import Permit, Trip
from pratique.model.status import Status, StatusKind, StatusWord
from pratique.permits import issue_permit
from pratique.qr import Level
from pratique.sandbox import traveller
from pratique.sealing import issue_sealed
from pratique.trust import Environment, TrustList
from pratique.trust.x509 import trusted_key
from tests import cards
from tests.authority.identity.scripted import AT
from tests.issuer import MemorySigner
from tests.special import XB, XC
from tests.web.houses import BROTHERS, PASSPORT, SIGNER, TRUSTED, Clock, claims, gate, release, scan

HOLDER = ("HAN", "MEIMEI", "梅梅", "1990", "567")


@pytest.fixture
def browser(tmp_path: Path) -> Any:
    with gate(release(tmp_path)) as client:
        yield client


def ask(browser: TestClient[Any], language: str = "en", files: Any = None, **fields: Any) -> Any:
    return browser.post(f"/{language}/answer", data=fields, files=files)


def words(page: str) -> list[tuple[str, str]]:
    """Shape and word of each bar, in the order of the page."""
    return re.findall(r'<li class="(\w+)">.*?<p class="word">([^<]+)</p>', page, re.DOTALL)


def test_the_three_answers(browser: TestClient[Any]) -> None:
    page = ask(browser, scan=scan(), document=PASSPORT).text
    assert words(page) == [("yes", "YES"), ("check", "COMPARE"), ("yes", "YES")]
    assert "No quarantine, and no further test." in page
    assert all(part in page for part in HOLDER)
    assert "XA1234567" not in re.sub(r"<(textarea|input)[^>]*>[^<]*", "", page)
    assert 'data-announced="Genuine: YES. This person: COMPARE. Accepted here: YES."' in page


def test_in_chinese(browser: TestClient[Any]) -> None:
    page = ask(browser, "zh", scan=scan()).text
    assert [word for _, word in words(page)] == ["是", "核对", "是"]


def changed(text: str) -> str:
    """One character of the middle replaced, in base45's own alphabet."""
    place = len(text) // 2
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


@pytest.mark.parametrize("document", ["", PASSPORT])
def test_nothing_of_the_holder_where_the_signature_did_not_hold(tmp_path: Path, document: str) -> None:
    others = TrustList([], environment=Environment.SANDBOX, issued=TRUSTED.issued, fresh_until=TRUSTED.fresh_until)
    with gate(release(tmp_path / "a")) as browser, gate(release(tmp_path / "b", others)) as stranger:
        forged = ask(browser, scan=changed(scan()), document=document).text
        unknown = ask(stranger, scan=scan(), document=document).text
    for page, first in ((forged, "no"), (unknown, "check")):
        assert [shape for shape, _ in words(page)] == [first, "unasked", "unasked"]
        shown = re.sub(r"<(textarea|input)[^>]*>[^<]*", "", page)
        assert not [part for part in HOLDER if part in shown]


def test_another_person(browser: TestClient[Any]) -> None:
    page = ask(browser, scan=scan(), document=BROTHERS).text
    assert words(page)[1] == ("no", "NO")
    assert "Ask for another proof" in page
    assert 'value="same"' not in page, "there is nothing to press where the passport differs"


def test_only_the_officer_says_that_it_is_the_person(browser: TestClient[Any]) -> None:
    confirmed = ask(browser, scan=scan(), document=PASSPORT, decision="same").text
    assert words(confirmed)[1] == ("yes", "YES")
    assert "Confirmed by you, 10:00." in confirmed, "by the port's own clock"
    denied = ask(browser, scan=scan(), document=PASSPORT, decision="not_same").text
    assert words(denied)[1] == ("no", "NO")
    assert words(ask(browser, scan=scan(), document=BROTHERS, decision="same").text)[1] == ("no", "NO")
    assert words(ask(browser, scan=changed(scan()), decision="same").text)[1][0] == "unasked"


TESTS = tuple(claim for claim in claims() if isinstance(claim, TestClaim))
DOSES = tuple(claim for claim in claims() if isinstance(claim, Vaccination))


def test_the_consequence_is_large_and_the_other_route_is_told(browser: TestClient[Any]) -> None:
    tested = ask(browser, scan=scan(*TESTS)).text
    assert words(tested)[2] == ("yes", "YES")
    assert '<p class="consequence">A test on arrival: antigen test.</p>' in tested
    one_dose = ask(browser, scan=scan(DOSES[0])).text
    assert words(one_dose)[2] == ("no", "NO")
    assert '<p class="consequence">Quarantine of 10 days' in one_dose
    assert "What would do: a negative PCR test" in one_dose
    both = ask(browser, scan=[scan(DOSES[0]), scan(DOSES[1])]).text
    assert words(both)[2] == ("yes", "YES")
    assert "No quarantine" in both


def test_where_and_when(browser: TestClient[Any]) -> None:
    late = ask(browser, scan=scan(*TESTS[:1]), place="XB-XBHAV", arrive="2026-12-20T08:00").text
    assert words(late)[2] == ("no", "NO")
    for arrive in ("soon", "\x00", "0001-01-01T00:00", "9999-12-31T23:59", "0001-01-01T00:00+23:59", "2026-13-01"):
        unread = ask(browser, scan=scan(), arrive=arrive)
        assert unread.status_code == 422
        assert "The arrival is not a date and time." in unread.text
    for arrive in ("1900-01-01T00:00", "2999-12-31T23:59-23:59"):
        assert ask(browser, scan=scan(*TESTS), arrive=arrive).status_code == 200
    elsewhere = ask(browser, scan=scan(), place="FR-nowhere")
    assert words(elsewhere.text)[2] == ("yes", "YES"), "what is not offered is here"
    home = ask(browser, scan=scan(*TESTS[:1]), place="XA").text
    assert '<p class="consequence">Boarding is not advised' in home
    of_right = ask(browser, scan=scan(*TESTS[:1]), place="XA", of_right="yes").text
    assert '<p class="consequence">Quarantine of 14 days' in of_right, "nobody is turned away who enters of right"


def test_pictures_and_pdf(browser: TestClient[Any]) -> None:
    for picture in (qr.png(scan(), level=Level.M), _pdf(qr.png(scan(), level=Level.M))):
        page = ask(browser, files={"picture": ("code", picture, "image/png")}).text
        assert words(page)[0] == ("yes", "YES")


def test_a_photograph_may_be_large(browser: TestClient[Any]) -> None:
    picture = qr.png(scan(), level=Level.M) + bytes(6_000_000)  # decoders stop at the picture's end
    assert words(ask(browser, files={"picture": ("code", picture, "image/png")}).text)[0] == ("yes", "YES")
    too_large = ask(browser, files={"picture": ("code", picture * 4, "image/png")})
    assert too_large.json()["code"] == "BODY_TOO_LARGE"


def test_the_codes_of_a_health_card_are_put_together(browser: TestClient[Any]) -> None:
    one, two, three = cards.chunks(cards.card(SIGNER), 3)
    alone = ask(browser, scan=[three, one]).text
    assert "one is missing" in alone
    carried = re.search(r'name="scan" value="([^"]+)"', alone)
    assert carried is not None
    before = html.unescape(carried[1])
    assert before.split() == [three, one]
    whole = ask(browser, scan=[before, two]).text
    assert "one is missing" not in whole
    assert "The issuer&#39;s key is not on our list" in whole, "no border of XB knows keys of health cards"


def test_a_card_may_come_as_its_file(browser: TestClient[Any]) -> None:
    first, other = (cards.card(SIGNER, nbf=int(AT.timestamp()) - ago) for ago in (1, 100_000))
    for content in (json.dumps({"verifiableCredential": [first, other]}).encode(), first.encode(), b"eyJ\xff\xfe"):
        page = ask(browser, files={"picture": ("card.smart-health-card", content, "application/octet-stream")})
        assert page.status_code == 200
        assert words(page.text)[0][0] in ("check", "no")
    text = ask(browser, files={"picture": ("certificate.txt", scan().encode(), "text/plain")}).text
    assert words(text)[0] == ("yes", "YES")


def _pdf(png: bytes) -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").save(out, "PDF")
    return out.getvalue()


@pytest.mark.parametrize(
    ("files", "fields", "said"),
    [
        (None, {"scan": " "}, "There is no code yet."),
        ({"picture": ("code", b"nonsense", "image/png")}, {}, "The file is not a picture that we can read."),
        (None, {"document": "P<UTO"}, "There is no code yet."),
    ],
)
def test_what_cannot_be_read_is_said(browser: TestClient[Any], files: Any, fields: Any, said: str) -> None:
    answer = ask(browser, files=files, **fields)
    assert answer.status_code == 422
    assert said in answer.text


def test_a_passport_that_cannot_be_read_leaves_the_other_answers(browser: TestClient[Any]) -> None:
    page = ask(browser, scan=scan(), document="P<UTO").text
    assert [shape for shape, _ in words(page)] == ["yes", "check", "yes"]
    assert "These lines do not have the number or length" in page


@pytest.mark.parametrize(
    "text", ["https://example.org/", "HC1:", "HC1:" + "A" * 9000, "\x00", "<script>alert(1)</script>"]
)
def test_what_is_no_certificate(browser: TestClient[Any], text: str) -> None:
    answer = ask(browser, scan=text)
    assert answer.status_code in (200, 422)
    assert "<script>alert" not in answer.text


def test_the_camera_is_read_here(browser: TestClient[Any]) -> None:
    text = scan()
    found = browser.post("/read", content=qr.png(text, level=Level.M))
    assert found.json() == {"scan": text}
    blank = io.BytesIO()
    Image.new("L", (64, 64), 200).save(blank, "PNG")
    assert browser.post("/read", content=blank.getvalue()).json() == {"scan": None}
    for picture in (b"nonsense", b"", b"{}", blank.getvalue()[:40]):
        answer = browser.post("/read", content=picture)
        assert (answer.status_code, answer.json()["code"]) == (400, "FORM_UNREADABLE")


def test_the_answer_clears_itself_and_keeps_the_place(browser: TestClient[Any]) -> None:
    answer = ask(browser, scan=scan(), place="XB")
    assert answer.headers["refresh"] == "60; url=/en?place=XB&arrive="
    set_to = ask(browser, scan=scan(), place="XB", clears="180")
    assert set_to.headers["refresh"] == "180; url=/en?place=XB&arrive=&clears=180"
    assert "after 180 seconds" in set_to.text
    for nobody_offered in ("3600", "0", "-1", "x"):
        assert ask(browser, scan=scan(), clears=nobody_offered).headers["refresh"].startswith("60; ")
    assert answer.headers["cache-control"] == "no-store"
    assert not answer.cookies
    ready = browser.get("/en?place=XB&arrive=")
    assert '<option value="XB" selected>' in ready.text
    assert "HC1:" not in ready.text


def test_old_lists_are_said_to_be_old(tmp_path: Path) -> None:
    clock = Clock()
    clock.at = AT + timedelta(days=8)
    with gate(release(tmp_path), clock) as browser:
        page = ask(browser, scan=scan()).text
        ready = browser.get("/en").text
    assert words(page)[0] == ("check", "CHECK")
    assert "8 d old" in page
    assert 'class="strip old"' in page
    assert 'class="strip old"' in ready


BEHIND = "clock is behind the newest list"


def test_a_clock_behind_the_newest_list_is_said_and_not_believed(tmp_path: Path) -> None:
    """By the machine's clock the certificate has not begun; the release's time is taken, and the page says so."""
    clock = Clock()
    with gate(release(tmp_path), clock) as browser:
        code = scan(*DOSES, at=AT - timedelta(hours=7))
        told = words(ask(browser, scan=code, document=PASSPORT).text)
        for behind in (timedelta(hours=6, seconds=1), timedelta(days=300)):
            clock.at = AT - behind
            pages = [ask(browser, scan=code, document=PASSPORT).text, browser.get("/en").text]
            assert words(pages[0]) == told
            for page in pages:
                assert BEHIND in page
                assert "Set the clock." in page
        clock.at = AT - timedelta(hours=6)
        for page in (ask(browser, scan=code).text, browser.get("/en").text):
            assert BEHIND not in page


def test_without_rules_the_other_answers_stand(tmp_path: Path) -> None:
    from pratique.bundle import Bundle

    with gate(Bundle.of_trust(TRUSTED, issued=AT)) as browser:
        assert [shape for shape, _ in words(ask(browser, scan=scan()).text)] == ["yes", "check", "unasked"]


def test_whoever_enters_of_right(browser: TestClient[Any]) -> None:
    page = ask(browser, scan=scan(), of_right="yes").text
    assert page.count('name="of_right" value="yes"') >= 3, "it goes along with every further question"


OLDER, NEWER = "planned by an older release than this one", "planned by a newer release than this one"


@pytest.mark.parametrize("setting", ["border", "airline"])
def test_a_plan_by_another_release_is_told_of_and_changes_no_answer(browser: TestClient[Any], setting: str) -> None:
    without = ask(browser, scan=scan(), setting=setting).text
    for number, note in (("1", ""), ("2", NEWER), ("", "")):
        page = ask(browser, scan=scan(), setting=setting, planned=number).text
        assert words(page) == words(without)
        assert (NEWER in page, OLDER in page) == (note == NEWER, False)
        assert (page.count(f'name="planned" value="{number}"') >= 3) == bool(number), "it goes along, as what is shown"


def test_of_an_older_plan_the_officer_is_told_what_counts(tmp_path: Path) -> None:
    with gate(structs.replace(release(tmp_path), number=9)) as browser:
        page = ask(browser, scan=scan(), planned="8").text
    assert OLDER in page
    assert "This one counts. Where the answers differ, let them plan again." in html.unescape(page)


@pytest.mark.parametrize("typed", ["0", "-1", "seven", "1.5", "1" * 10, "७", "<b>"])
def test_what_is_no_number_of_a_release_leaves_the_answers(browser: TestClient[Any], typed: str) -> None:
    page = ask(browser, scan=scan(), planned=typed).text
    assert words(page) == words(ask(browser, scan=scan()).text)
    assert "The release number is not a whole number from 1 on." in page
    assert 'id="planned"' in page
    assert 'aria-describedby="planned-hint" aria-invalid="true"' in page
    assert "<b>" not in page
    assert "The traveller planned by" not in page
    (carried, *_) = re.findall(r'name="planned" value="([^"]*)"', page)
    assert "The traveller planned by" not in ask(browser, scan=scan(), planned=html.unescape(carried)).text


def test_what_a_page_has_no_field_for_is_said_without_a_link(browser: TestClient[Any]) -> None:
    """Nobody's name is shown, and with it no field for their passport; or there is nothing to answer at all."""
    page = ask(browser, scan=changed(scan()), document="P<", planned="x")
    assert [word for _, word in words(page.text)] == ["NO", "NOT CHECKED", "NOT CHECKED"]
    assert "The release number is not a whole number from 1 on." in page.text
    assert not re.search('href="#(document|planned)"', page.text)
    assert "release number" not in ask(browser, scan="", planned="x").text
    assert "release number" not in ask(browser, scan=scan(), arrive="soon", planned="x").text


# what is no certificate of claims


def person() -> Certificate:
    return Certificate(fhir.person(traveller.PATIENT), claims(), specimen=True)


def test_a_sealed_certificate_is_genuine_and_says_for_whom(browser: TestClient[Any]) -> None:
    both = issue_sealed(
        person(),
        claims=[0, 1],
        recipients=[structs.replace(each.recipient, not_after=AT + timedelta(days=9)) for each in (XB, XC)],
        identifier=bytes(16),
        signer=SIGNER,
        at=AT,
    )
    page = ask(browser, scan=both.sealed, document=PASSPORT).text
    assert words(page) == [("yes", "YES"), ("unasked", "NOT CHECKED"), ("unasked", "NOT CHECKED")]
    assert "sealed for XB, XC" in page
    assert "Ask for the open twin" in page
    shown = re.sub(r"<(textarea|input)[^>]*>[^<]*", "", page)
    assert not [part for part in HOLDER if part in shown]
    assert words(ask(browser, scan=both.open, document=PASSPORT).text)[0] == ("yes", "YES")
    assert "密封给 XB, XC" in ask(browser, "zh", scan=both.sealed).text


def test_a_status_proves_nothing_at_a_border(browser: TestClient[Any]) -> None:
    green = Status(
        kind=StatusKind.HEALTH_CODE,
        word=StatusWord.GREEN,
        begins=AT - timedelta(hours=1),
        ends=AT + timedelta(hours=23),
        initials="MH",
        birthday="04-06",
        specimen=True,
    )
    page = ask(browser, scan=issue_status(green, signer=SIGNER, at=AT)).text
    assert words(page) == [("yes", "YES"), ("check", "COMPARE"), ("unasked", "NOT CHECKED")]
    assert "A health code or day pass is no proof at a border." in page
    assert "initials MH, birthday (month-day) 04-06" in page
    assert "Ask for another proof" in page
    assert "green" not in re.sub(r"<[^>]*>", "", page).lower()


def test_a_permit_opens_its_own_border_alone(browser: TestClient[Any]) -> None:
    passport = traveller.PASSPORT
    document = TravelDocument.conceal(passport.kind, passport.country, passport.number, salt=bytes(16))
    ours = Permit(
        destination="XB",
        holder=structs.replace(person().holder, document=document),
        trip=Trip("XA", "XBHAV"),
        opens=AT - timedelta(hours=2),
        closes=AT + timedelta(days=2),
        consequence=Consequence(ConsequenceKind.QUARANTINE, 7, Place.HOTEL),
        specimen=True,
    )
    xb = MemorySigner("XB", not_before=AT - timedelta(days=30), not_after=AT + timedelta(days=700))
    both = TrustList(
        [*TRUSTED.keys, trusted_key(xb.certificate)],
        environment=Environment.SANDBOX,
        issued=TRUSTED.issued,
        fresh_until=TRUSTED.fresh_until,
    )
    scans = [
        issue_permit(ours, number=bytes(16), signer=xb, at=AT),
        issue_permit(structs.replace(ours, destination="XA", trip=Trip("XB")), number=bytes(16), signer=SIGNER, at=AT),
    ]
    with TemporaryDirectory() as folder, gate(release(Path(folder), both)) as at_home:
        entered, elsewhere = (ask(at_home, scan=text, document=PASSPORT).text for text in scans)
    assert words(entered) == [("yes", "YES"), ("check", "COMPARE"), ("yes", "YES")]
    assert "Quarantine" in entered
    assert words(elsewhere)[2] == ("unasked", "NOT CHECKED")
    assert "counts nowhere else" in elsewhere


def test_no_page_of_a_border_can_open_a_seal() -> None:
    """Nor can what it is made of: the key is in no module that a border imports."""
    program = "import sys, pratique.web.border; print(*sorted(n for n in sys.modules if 'seal' in n))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    assert set(loaded.stdout.split()) <= {"pratique.model.sealed", "pratique.formats.hcert.sealed"}
