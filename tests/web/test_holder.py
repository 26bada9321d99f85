"""The holder's own pages over HTTP: trips, what is chosen, sealed codes, passes, files, leaving. Refusals first."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from msgspec import json, structs

from pratique import qr
from pratique.formats import shc
from pratique.model import uvci
from pratique.model.ports import PORTS
from pratique.model.sealed import Sealed
from pratique.model.status import Status, StatusWord
from pratique.trust import Environment, TrustList
from pratique.unsealing import unseal
from pratique.verification import verify
from pratique.web import leaving
from tests import special
from tests.authority.identity.scripted import AT
from tests.web import holders
from tests.web.holders import holder, said
from tests.web.houses import HOST, TRUSTED, Clock, claims, film, ministry, visit
from tests.web.houses import release as published
from tests.web.test_issuing import signed_up

DAY = (AT + timedelta(days=7)).date().isoformat()
SOON = {"to": "XBHAV", "day": (AT + timedelta(days=1)).date().isoformat(), "hour": "10:00"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient[Any], str]]:
    browser, address = holder(tmp_path_factory.mktemp("release"))
    with browser:
        yield browser, address


def scans(page: Any) -> list[str]:
    return list(dict.fromkeys(re.findall(r'data-scan="([^"]+)"', page.text)))


def content(scan: str) -> Any:
    told = verify(scan, trust_list=TRUSTED, at=AT)
    assert told.authentic, told.reasons
    return told.content


# nobody else's


@pytest.mark.parametrize(
    "path",
    ["trip", "choose", "chosen", "sealed", "along", "text", "pass", "sealed/code", "chosen/show/1", "chosen/code/1"],
)
def test_anothers_pages_are_not_there(place: tuple[TestClient[Any], str], path: str) -> None:
    browser, address = place
    stranger = TestClient(browser.app, base_url=HOST)
    assert stranger.get(f"{address}/{path}").json()["code"] == "SESSION_UNKNOWN"
    for act in ("trip", "choose", "pass", "health-card"):
        assert stranger.post(f"{address}/{act}", data={"to": "XB"}).json()["code"] == "SESSION_UNKNOWN"


def test_without_a_release_or_doors_nothing_of_it_is_offered() -> None:
    with ministry() as browser:
        address = signed_up(browser)
        page = browser.get(address).text
        for path in ("trip", "pass", "leaked"):
            assert f"{address}/{path}" not in page
            assert browser.get(f"{address}/{path}").json()["code"] == "PAGE_UNKNOWN"
        assert "A sealed one as well" not in browser.get(f"{address}/choose").text


# trips


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        ({"to": "", "day": DAY}, "to", "We do not know this place."),
        ({"to": "Atlantis", "day": DAY}, "to", "We do not know this place."),
        ({"to": "XBHAV", "from": "nowhere", "day": DAY}, "from", "We do not know this place."),
        ({"to": "XBHAV", "day": "3/12/2026"}, "day", "Give the day of arrival"),
        ({"to": "XBHAV", "day": "0001-01-01"}, "day", "Give the day of arrival"),
        ({"to": "XBHAV", "day": DAY, "hour": "late"}, "hour", "Give the time as hours and minutes"),
    ],
)
def test_a_slip_is_named_at_its_field_and_what_was_typed_stays(
    place: tuple[TestClient[Any], str], form: dict[str, str], field: str, words: str
) -> None:
    browser, address = place
    page = browser.post(f"{address}/trip", data=form)
    assert page.status_code == 422
    assert words in said(page)
    assert f'href="#{field}"' in page.text
    assert re.search(rf'id="{field}"[^>]* aria-invalid="true"', page.text)
    assert all(f'value="{typed}"' in page.text for typed in form.values())


def test_a_country_without_rules_is_not_decided(place: tuple[TestClient[Any], str]) -> None:
    browser, address = place
    words = said(browser.post(f"{address}/trip", data={"to": "FR", "day": DAY}))
    assert "This is not a refusal." in words
    assert "Show only these" not in words


def test_old_rules_decide_nothing_and_say_how_old_they_are(tmp_path: Path) -> None:
    clock = Clock()
    browser, address = holder(tmp_path, clock=clock)
    clock.at += timedelta(minutes=1)
    release = browser.get(f"{address}/trip")
    assert "Days since" not in said(release)
    clock.at = AT + timedelta(days=3)
    address = str(film(browser, visit(browser))[-1]["next"])
    words = said(browser.post(f"{address}/trip", data=SOON))
    assert "Days since these rules were issued: 3." in words
    assert "The entry rules are too old to rely on." in words
    assert "This is not a refusal." in words


def test_a_release_that_does_not_know_the_key_yet_decides_nothing(tmp_path: Path) -> None:
    browser, address = holder(tmp_path, TrustList([], environment=Environment.SANDBOX, issued=AT, fresh_until=None))
    words = said(browser.post(f"{address}/trip", data=SOON))
    assert "These rules do not know your certificate's key yet." in words
    assert "This is not a refusal." in words
    assert not VERDICT.search(words)


def test_a_hundred_records_can_be_chosen_from(tmp_path: Path) -> None:
    many = tuple(
        structs.replace(each, uvci=uvci.from_record_id("XA", bytes([number, place] * 8)))
        for number in range(1, 26)
        for place, each in enumerate(claims())
    )
    browser, address = holder(tmp_path, records=lambda _: many)
    page = browser.post(f"{address}/choose", data={"claim": [str(place) for place in range(100)]})
    assert page.url.path == f"{address}/chosen"
    assert len(scans(page)) > 1
    sealed = browser.post(f"{address}/choose", data={"claim": [str(place) for place in range(100)], "state": ["XB"]})
    assert sealed.status_code == 422
    assert "aria-invalid" not in sealed.text
    assert 'href="#claims"' in sealed.text


def test_what_is_missing_and_by_when(place: tuple[TestClient[Any], str]) -> None:
    browser, address = place
    form = {"from": "XB", "through": "XBHAV", "to": "XAHAV", "day": DAY, "hour": "06:10"}
    words = said(browser.post(f"{address}/trip", data=form))
    assert "Leg 1 of 2: transit at Haven of XB" in words
    assert "Leg 2 of 2: entering at Haven of XA" in words
    assert "One of these is enough." in words
    assert re.search(r"Missing vaccinated or exempt, and tested A PCR test", words)
    assert "sampled on 30 Nov 2026, 06:10, Haven of XA time or later" in words
    assert "What follows on arrival Boarding is not advised" in words
    assert "Rules no. 1, issued 25 Nov 2026, 03:00 UTC." in words


def test_a_port_is_known_by_its_name_in_any_language(place: tuple[TestClient[Any], str]) -> None:
    browser, address = place
    for name in ("haven of xb", PORTS["XBHAV"].name("zh"), "xbhav"):
        page = browser.post(f"{address}/trip", data=SOON | {"to": name})
        assert page.status_code == 200, name
        assert "entering at Haven of XB" in said(page)


def test_the_least_is_chosen_signed_and_leads_to_the_same(place: tuple[TestClient[Any], str]) -> None:
    browser, address = place
    answered = browser.post(f"{address}/trip", data=SOON)
    assert "Enough to show: 2 of 4 claims." in said(answered)
    (link,) = re.findall(r'href="([^"]+/choose\?[^"]+)"', answered.text)
    form = browser.get(link.replace("&amp;", "&"))
    ticked = re.findall(r'name="claim" value="(\d)" checked', form.text)
    assert ticked == ["0", "1"]
    page = browser.post(f"{address}/choose", data={"claim": ticked})
    (scan,) = scans(page)
    assert [each.uvci for each in content(scan).claims] == [each.uvci for each in claims()[:2]]


def test_nothing_of_a_trip_is_kept(place: tuple[TestClient[Any], str]) -> None:
    browser, address = place
    answered = browser.post(f"{address}/trip", data=SOON)
    assert answered.url.query == b""
    assert answered.headers["cache-control"] == "no-store"
    assert "XBHAV" not in browser.get(f"{address}/trip").text.partition("<datalist")[0]


def test_the_code_says_by_which_release_its_trip_was_planned_and_when_a_newer_has_come(tmp_path: Path) -> None:
    releases = [published(tmp_path)]
    browser, address = holder(tmp_path, release=lambda: releases[-1])
    shows = [f"{address}{path}" for path in ("", "/show/1", "/chosen", "/chosen/show/1", "/sealed")]
    browser.post(f"{address}/choose", data={"claim": ["0"], "state": ["XB"]})
    for path in (*shows, f"{address}/trip"):
        assert "Planned by release" not in said(browser.get(path)), path
    assert json.decode(kept(browser.get(f"{address}/along")))["planned"] is None
    refused = browser.post(f"{address}/trip", data={"to": "nowhere"})
    assert refused.status_code == 422
    assert "Planned by release" not in said(browser.get(shows[1])), "what was not answered is no plan"
    browser.post(f"{address}/trip", data=SOON)
    for path in shows:
        page = browser.get(path)
        assert "Planned by release 1." in said(page), path
        assert "XBHAV" not in page.text, path
        assert "has come since" not in said(page), path
    assert json.decode(kept(browser.get(f"{address}/along")))["planned"] == 1
    releases.append(structs.replace(releases[0], number=5))
    for path in (*shows, f"{address}/trip"):
        assert "Planned by release 1. Release 5 has come since: plan again before you leave." in said(
            browser.get(path)
        ), path
    assert "has come since" not in said(browser.post(f"{address}/trip", data=SOON))
    assert "Planned by release 5." in said(browser.get(shows[1]))


def kept(page: Any) -> str:
    """What the button of the page keeps."""
    (found,) = re.findall(r'data-certificate="([^"]+)"', page.text)
    return html.unescape(found)


# choosing, and sealing


@pytest.mark.parametrize("form", [{}, {"claim": "x"}, {"claim": "17"}, {"claim": "-1"}, {"claim": "٣"}])
def test_nothing_chosen_is_told(place: tuple[TestClient[Any], str], form: dict[str, str]) -> None:
    browser, address = place
    page = browser.post(f"{address}/choose", data=form | {"other": "x"})
    assert page.status_code == 422
    assert "Choose at least one." in said(page)


def test_what_cannot_be_sealed_is_told(tmp_path: Path) -> None:
    ended = structs.replace(special.XB.recipient, not_before=AT - timedelta(days=9), not_after=AT - timedelta(days=1))
    browser, address = holder(tmp_path, recipients=(ended,))
    page = browser.post(f"{address}/choose", data={"claim": ["0"], "state": ["XB"]})
    assert page.status_code == 422
    assert browser.get(f"{address}/chosen").status_code == 404


def test_only_what_was_chosen_is_in_the_code_and_on_its_page(place: tuple[TestClient[Any], str]) -> None:
    browser, address = place
    page = browser.post(f"{address}/choose", data={"claim": ["2"]})
    assert page.url.path == f"{address}/chosen"
    (scan,) = scans(page)
    assert len(content(scan).claims) == 1
    shown = said(browser.get(f"{address}/chosen/show/1"))
    assert "PCR test (molecular) · Not detected (negative)" in shown
    assert "Vaccination" not in shown
    assert qr.read(browser.get(f"{address}/chosen/code/1").content) == (scan,)
    assert qr.read_pdf(browser.get(f"{address}/chosen/print").content) == (scan,)
    assert browser.get(f"{address}/sealed").json()["code"] == "PAGE_UNKNOWN"


def test_a_sealed_code_is_for_those_it_names_and_shows_nothing(place: tuple[TestClient[Any], str]) -> None:
    browser, address = place
    page = browser.post(f"{address}/choose", data={"claim": ["2", "3"], "state": ["XB", "XX"]})
    assert "Only these can open it: XB" in said(page)
    shown = browser.get(f"{address}/sealed")
    words = said(shown)
    assert "Only these can open it: XB" in words
    assert not [part for part in ("PCR", "Antibody", "negative", "positive") if part in words]
    found = re.search(r'viewBox="[^"]+".*? d="([^"]+)"', shown.text)
    assert found is not None


def test_whom_it_is_for_opens_it_and_nobody_else(tmp_path: Path) -> None:
    browser, address = holder(tmp_path)
    browser.post(f"{address}/choose", data={"claim": ["2"], "state": ["XB"]})
    (scan,) = qr.read(browser.get(f"{address}/sealed/code").content)
    told = verify(scan, trust_list=TRUSTED, at=AT)
    assert isinstance(told.content, Sealed)
    opened = unseal(told, special.XB).content
    assert [each.uvci for each in opened.claims] == [claims()[2].uvci]  # type: ignore[union-attr]
    assert unseal(told, special.XC).content == told.content


# day passes


def test_a_pass_says_the_day_and_nothing_of_why(place: tuple[TestClient[Any], str]) -> None:
    browser, address = place
    which = browser.get(f"{address}/pass")
    (first, *others) = re.findall(r'name="begins" value="([^"]+)"', which.text)
    assert len(others) == 6
    page = browser.post(f"{address}/pass", data={"begins": first.replace("&#43;", "+")})
    words = said(page)
    assert "Day pass, 25 Nov 2026" in words
    for part in ("Vaccin", "PCR", "Han", "Meimei", "admitted"):
        assert part not in words.replace("vaccinations, tests", "")


@pytest.mark.parametrize("begins", ["", "x", "2026-11-25T19:00:01+00:00", "2030-01-01T19:00:00+00:00", "2026-11-25"])
def test_no_other_slot_is_given(place: tuple[TestClient[Any], str], begins: str) -> None:
    browser, address = place
    page = browser.post(f"{address}/pass", data={"begins": begins, "x": "y"})
    assert page.status_code == 422
    assert "For which day?" in said(page)


@pytest.mark.parametrize("keys", [[], ["x"], ["AA"] * 9, ["Ag" + "A" * 40]])
def test_no_pass_for_what_is_no_key(place: tuple[TestClient[Any], str], keys: list[str]) -> None:
    browser, address = place
    running = int(datetime(2026, 11, 24, 19, tzinfo=UTC).timestamp())
    for begins in (running, -(10**18), 0):
        answer = browser.post(f"{address}/pass/statuses", json={"begins": begins, "keys": keys})
        assert answer.json()["code"] == "FORM_UNREADABLE"


def test_each_one_time_key_gets_a_pass(place: tuple[TestClient[Any], str]) -> None:
    from pratique.model.keys import base64url

    browser, address = place
    running = int(datetime(2026, 11, 24, 19, tzinfo=UTC).timestamp())
    keys = [base64url(special.one_time_key(str(number))[1]) for number in range(3)]
    made = browser.post(f"{address}/pass/statuses", json={"begins": running, "keys": keys}).json()
    said_of = [content(scan) for scan in made]
    assert [(type(each), each.word) for each in said_of] == [(Status, StatusWord.ADMITTED)] * 3
    assert len({each.key for each in said_of}) == 3


def test_whose_records_lead_to_no_pass_gets_none_and_is_told_what_may_help(tmp_path: Path) -> None:
    browser, address = holder(tmp_path, records=lambda _: claims()[:1])
    words = said(browser.get(f"{address}/pass"))
    assert "Your records lead to no day pass now." in words
    slot = "2026-11-24T19:00:00+00:00"
    assert browser.post(f"{address}/pass", data={"begins": slot}).json()["code"] == "FORM_UNREADABLE"


def test_a_policy_of_history_leads_nobody_to_a_pass(tmp_path: Path) -> None:
    history = structs.replace(holders.in_force(AT), historical=True)
    passes = holders.Passes(history, holders.CROWD, holders.SIGNER, holders.ZoneInfo("UTC"))
    browser, address = holder(tmp_path, passes=passes)
    assert "Your records lead to no day pass now." in said(browser.get(f"{address}/pass"))
    slot = "2026-11-24T19:00:00+00:00"
    assert browser.post(f"{address}/pass", data={"begins": slot}).json()["code"] == "FORM_UNREADABLE"


def test_after_the_policys_end_nobody_may_ask_for_a_pass(tmp_path: Path) -> None:
    clock = Clock()
    over = holders.Passes(
        holders.in_force(AT - timedelta(days=200)), holders.CROWD, holders.SIGNER, holders.ZoneInfo("UTC")
    )
    browser, address = holder(tmp_path, passes=over, clock=clock)
    assert "No policy of doors is in force now." in said(browser.get(f"{address}/pass"))


# taking it along, leaving


def test_the_text_is_the_scan(place: tuple[TestClient[Any], str]) -> None:
    browser, address = place
    answer = browser.get(f"{address}/text")
    assert 'filename="certificate.txt"' in answer.headers["content-disposition"]
    assert answer.text.splitlines() == scans(browser.get(address))


def test_a_health_card_is_a_file_where_a_key_may_sign_one(tmp_path: Path) -> None:
    from tests.issuer import MemorySigner
    from tests.web import houses

    assert "Health card file" not in said(houses.ministry().get("/en"))
    url = "https://health.xa.example/cards"
    signer = MemorySigner(
        not_before=AT - timedelta(days=30), not_after=AT + timedelta(days=700), extensions=[alternative(url)]
    )
    app = holders.issuing.app(
        holders.issuing.Ministry(
            enrolments=holders.scripted.enrolments(None, seed=1),
            hold=holders.signing(lambda _: claims()[:3], signer, specimen=False),
            issuer="XA", country="XA", authority=holders.AUTHORITY, specimen=True,
        ),
        clock=Clock(),
    )  # fmt: skip
    browser = TestClient(app, base_url=HOST)
    address = str(film(browser, visit(browser))[-1]["next"])
    assert "Health card file" in said(browser.get(f"{address}/along"))
    answer = browser.post(f"{address}/health-card")
    assert answer.headers["content-type"] == "application/smart-health-card"
    (jws,) = json.decode(answer.content)["verifiableCredential"]
    assert shc.recognises(answer.text)
    assert jws.startswith("eyJ")
    place_without, there = holder(tmp_path)
    assert place_without.post(f"{there}/health-card").json()["code"] == "SESSION_UNKNOWN"


def alternative(url: str) -> Any:
    from cryptography import x509

    return x509.SubjectAlternativeName([x509.UniformResourceIdentifier(url)])


def test_leaving_ends_every_visit_of_the_browser(tmp_path: Path) -> None:
    browser, address = holder(tmp_path)
    assert browser.get(address).status_code == 200
    left = browser.post("/en/leave", data={"what": "out"})
    assert "clear-site-data" not in left.headers
    assert "What you kept on this device is still there." in said(left)
    assert browser.get(address).json()["code"] == "SESSION_UNKNOWN"


def test_leaving_can_delete_what_the_browser_keeps(tmp_path: Path) -> None:
    browser, _ = holder(tmp_path)
    left = browser.post("/en/leave", data={"what": "wipe"})
    assert left.headers["clear-site-data"] == leaving._WIPED
    assert "keeps nothing" in said(left)
    assert "device" not in browser.cookies


# what no page of the traveller's ever says


VERDICT = re.compile(
    r"[✓✔☑✅✗✘❌]|\b(valid(?! until)|cleared|verdict|genuine|accepted|admitted|approved|verified|OK|YES|NO)\b"
    r"|(证明|码|状态|证件|结果|您)(仍然?|是)?有效(?!期)|核验通过|已通过|合格|已核验|无效"
)
"""Words and marks of an answer. A border's page has them; `valid until`, 有效期 and 有效至 are times."""
ANSWERS = re.compile(r"#007a5c|#6b0a26|m13 25 8 8 15-17|m15 15 18 18", re.IGNORECASE)
"""The fills and shapes of a verifier's answers."""
TEMPLATES = Path(leaving.__file__).parent / "templates"
OWN = ("issuing", "holder", "records", "wallet", "code", "support")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_page_holds_a_verdict_or_a_tick(place: tuple[TestClient[Any], str], language: str) -> None:
    browser, address = place
    here = address.replace("/en/", f"/{language}/")
    browser.post(f"{here}/choose", data={"claim": ["0", "1"], "state": ["XB"]})
    slot = "2026-11-24T19:00:00+00:00"
    trips = [SOON, {"to": "XAHAV", "day": DAY}, {"to": "FR", "day": DAY}, {"to": "XBHAV", "through": "XA", "day": DAY}]
    pages = [
        *(browser.get(f"{here}{path}") for path in ("", "/show/1", "/trip", "/choose", "/chosen", "/chosen/show/1")),
        *(browser.get(f"{here}{path}") for path in ("/sealed", "/along", "/pass")),
        *(browser.get(f"/{language}{path}") for path in ("", "/consent", "/desk", "/kept", "/leave")),
        *(browser.post(f"{here}/trip", data=form) for form in trips),
        browser.post(f"{here}/pass", data={"begins": slot}),
    ]
    for page in pages:
        assert page.status_code == 200, page.url
        assert not VERDICT.search(said(page)), (page.url, VERDICT.search(said(page)))
        assert not ANSWERS.search(page.text), page.url


def test_no_template_of_the_travellers_draws_an_answer() -> None:
    parts = (TEMPLATES / "parts.html").read_text("utf-8")
    assert ANSWERS.search(parts), "the shapes of a border are there, for the border"
    for folder in OWN:
        for path in (TEMPLATES / folder).glob("*.html"):
            source = path.read_text("utf-8")
            assert not VERDICT.search(re.sub(r"{[{%].*?[%}]}|<[^>]*>", " ", source, flags=re.DOTALL)), path.name
            assert not ANSWERS.search(source), path.name
            assert "parts.shape(" not in source, path.name


# the page knows nothing of whoever shows it


def test_no_page_asks_what_program_shows_it() -> None:
    asked = re.compile(
        r"userAgent|user-agent|navigator\.(platform|vendor|standalone)|ancestorOrigins|document\.referrer"
    )
    web = TEMPLATES.parent
    read = [path for path in web.rglob("*") if path.suffix in (".py", ".html", ".js") and "verifier" not in path.parts]
    assert len(read) > 100
    assert [path.name for path in read if asked.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    "host",
    [
        {"user-agent": "Mozilla/5.0 (Linux; Android 13; wv) MicroMessenger/8.0 MiniProgramEnv/android"},
        {"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AlipayClient/10.5"},
        {"user-agent": "", "x-requested-with": "com.example.other.app", "sec-ch-ua": '"Android WebView";v="120"'},
    ],
)
def test_another_apps_web_view_gets_the_same_pages(place: tuple[TestClient[Any], str], host: dict[str, str]) -> None:
    browser, address = place
    for path in (address, f"{address}/trip", f"{address}/show/1", f"{address}/along", "/en", "/en/kept"):
        alone, inside = browser.get(path), browser.get(path, headers=host)
        assert inside.text == alone.text
        assert {**inside.headers} == {**alone.headers}
