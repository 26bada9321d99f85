"""Sign-up over HTTP: from a number and pictures to a certificate, and nothing for strangers to learn."""

import hashlib
import re
import sys
from datetime import timedelta
from typing import Any

import pytest
from litestar.testing import TestClient

from pratique import qr
from pratique.authority.identity.limits import Allowance, Limits
from pratique.identification import Match, identify
from pratique.sandbox import traveller
from pratique.verification import verify
from pratique.web import issuing
from pratique.web.visits import LASTS
from tests.authority.identity.scripted import AT, STRANGER, ScriptedMatcher, frame
from tests.web.houses import (
    PASSPORT,
    TRUSTED,
    Clock,
    agree,
    film,
    ministry,
    send,
    visit,
)


def signed_up(browser: TestClient[Any]) -> str:
    """The address of her certificate."""
    told = film(browser, visit(browser))
    assert told[-1]["say"] == "done"
    return str(told[-1]["next"])


def test_the_whole_way() -> None:
    with ministry() as browser:
        told = film(browser, visit(browser))
        assert [each["step"] for each in told] == sorted(each["step"] for each in told)
        address = told[-1]["next"]
        page = browser.get(address)
        scan = re.search(r'data-scan="([^"]+)"', page.text)
        picture, pdf = browser.get(f"{address}/code/1"), browser.get(f"{address}/print")
        show = browser.get(f"{address}/show/1")
    assert page.status_code == show.status_code == 200
    assert scan is not None
    certificate = verify(scan[1], trust_list=TRUSTED, at=AT)
    assert certificate.authentic
    assert certificate.content is not None
    assert certificate.content.specimen
    assert identify(certificate.content, traveller.PASSPORT).match is Match.EXACT
    assert identify(certificate.content, traveller.PASSPORT).document is Match.EXACT
    assert qr.read(picture.content) == (scan[1],)
    assert qr.read_pdf(pdf.content) == (scan[1],)
    assert "attachment" in pdf.headers["content-disposition"]
    assert "XA1234567" not in page.text + show.text
    for words in ("SPECIMEN", "HAN, MEIMEI", "PCR test", "Dose 2 of 2", "Antibody test"):
        assert words in page.text
    assert int(re.search(r'data-whole="(\d+)"', page.text)[1]) < 1000  # type: ignore[index]


def test_the_holders_page_has_no_verdict() -> None:
    with ministry() as browser:
        page = browser.get(signed_up(browser)).text.lower()
    for word in ("✓", "✔", "accepted", "cleared", "genuine", "is valid", "#007a5c"):
        assert word not in page


@pytest.mark.parametrize(
    ("number", "face"), [(STRANGER, {}), ("XA1234567", {"face": b"leilei"}), ("XA1234567", {"face": b"meimei/0.55"})]
)
def test_who_is_not_confirmed_sees_one_page(number: str, face: dict[str, Any]) -> None:
    """An unknown passport, another face and a doubtful one: the same statuses, calls, and words but for the code."""
    seen, calls = [], []
    for typed, shown in ((number, face), ("XA1234567", {"face": b"weiwei"})):
        matcher = ScriptedMatcher()
        with ministry(matcher=matcher) as browser:
            address = visit(browser, typed)
            told = film(browser, address, **shown)
            assert told[-1]["next"].endswith("/not-confirmed")
            page = browser.get(told[-1]["next"])
        text = re.sub(r"[0-9a-f]{32}", "VISIT", re.sub(r"[2-9A-Z]{4}-[2-9A-Z]{4}", "CODE", page.text))
        seen.append((page.status_code, sorted({tuple(each) for each in told}), text))
        calls.append(sorted(set(matcher.calls)))
    assert seen[0] == seen[1]
    assert calls[0] == calls[1]
    assert "Tries left today: 4." in seen[0][2]


def test_the_passport_page_says_nothing_of_who_is_registered() -> None:
    with ministry() as browser:
        agree(browser)
        said = [
            browser.post("/en/passport/read", data={"number": number, "zone": ""}).text
            for number in ("XA1234567", STRANGER)
        ]
    assert said[0] == said[1]


def test_a_still_photograph_does_not_do() -> None:
    with ministry() as browser:
        address = visit(browser)
        browser.post(f"{address}/begin")
        still = frame()
        told = [send(browser, address, still, number) for number in range(8)]
        assert {each["step"] for each in told} == {0}
        assert all(each["next"] is None for each in told)


def test_time_runs_out_and_costs_nothing() -> None:
    clock = Clock()
    with ministry(clock=clock) as browser:
        address = visit(browser)
        browser.post(f"{address}/begin")
        clock.at += timedelta(seconds=31)
        assert send(browser, address, frame(), 0)["over"]
        assert film(browser, address)[-1]["next"].startswith("/en/certificate/")


def test_limits_end_at_a_desk() -> None:
    once = Limits(attempts=Allowance(document=1, device=1, network=10))
    with ministry(limits=once) as browser:
        address = visit(browser)
        page = browser.get(film(browser, address, face=b"leilei")[-1]["next"]).text
        assert "No tries are left today" in page
        assert re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", page)
        assert f'href="{address}"' not in page
        again = browser.post(f"{address}/begin").json()
        assert again["next"].endswith("/not-confirmed")
        anew = browser.post("/en/passport", data={"consent": issuing.CONSENT, "number": "XA1234567"})
        assert anew.status_code == 200
        assert "No tries are left today" in anew.text


PLACES = ("", "/not-confirmed", "/specimen/0")


@pytest.mark.parametrize("place", PLACES)
def test_another_browsers_visit_is_not_found(place: str) -> None:
    with ministry() as browser:
        address = visit(browser)
        mine = browser.cookies["device"]
        for device in (None, "another", "é"):
            browser.cookies.clear()
            headers = {"cookie": f"device={device}".encode()} if device else {}
            answer = browser.get(address + place, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (404, "SESSION_UNKNOWN")
        for post in ("/begin", "/frames", "/desk"):
            assert browser.post(address + post, content=b"x", headers={"x-frame": "0"}).status_code == 404
        browser.cookies.set("device", mine)
        assert browser.get(address).status_code == 200


def test_another_browsers_certificate_is_not_found() -> None:
    with ministry() as browser:
        address = signed_up(browser)
        browser.cookies.clear()
        for place in ("", "/show/1", "/code/1", "/print"):
            assert browser.get(address + place).json()["code"] == "SESSION_UNKNOWN"


@pytest.mark.parametrize("place", ["/show/0", "/show/2", "/code/2", "/code/x"])
def test_a_code_that_is_not_there(place: str) -> None:
    with ministry() as browser:
        assert browser.get(signed_up(browser) + place).status_code in (400, 404)


def test_a_visit_ends() -> None:
    clock = Clock()
    with ministry(clock=clock) as browser:
        address = signed_up(browser)
        clock.at += LASTS
        assert browser.get(address).json()["code"] == "SESSION_UNKNOWN"


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({}, b"x", "FORM_UNREADABLE"),
        ({"x-frame": "one"}, b"x", "FORM_UNREADABLE"),
        ({"x-frame": "0"}, b"x" * 1_500_001, "BODY_TOO_LARGE"),
    ],
)
def test_what_is_no_picture(headers: dict[str, str], body: bytes, code: str) -> None:
    with ministry() as browser:
        address = visit(browser)
        browser.post(f"{address}/begin")
        answer = browser.post(f"{address}/frames", content=body, headers=headers)
        assert answer.json()["code"] == code
        assert send(browser, address, b"no picture", 0)["hint"] == "unreadable"


def test_consent_comes_first() -> None:
    with ministry() as browser:
        for address, data in (("/en/passport", {"number": "XA1234567"}), ("/en/consent", {"consent": "0"})):
            answer = browser.post(address, data=data, follow_redirects=False)
            assert (answer.status_code, answer.headers["location"]) == (303, "/en/consent")
        assert browser.get("/en/passport", follow_redirects=False).headers["location"] == "/en/consent"
        assert "device" not in browser.cookies
        agree(browser)
        assert browser.cookies["device"]


def test_the_cookie_is_for_this_site_alone() -> None:
    with ministry() as browser:
        data = {"consent": issuing.CONSENT}
        header = browser.post("/en/consent", data=data, follow_redirects=False).headers["set-cookie"].lower()
    assert "httponly" in header
    assert "samesite=strict" in header


def test_a_slip_is_named_and_what_was_typed_stays() -> None:
    with ministry() as browser:
        agree(browser)
        slipped = PASSPORT[:46] + "Z" + PASSPORT[47:]
        answer = browser.post("/en/passport", data={"consent": issuing.CONSENT, "zone": slipped})
    assert answer.status_code == 422
    assert "check digit" in answer.text
    assert slipped.splitlines()[1].replace("<", "&lt;") in answer.text


def test_the_way_without_a_camera() -> None:
    with ministry() as browser:
        address = visit(browser)
        page = browser.post(f"{address}/desk")
        code = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", page.text)
        assert code is not None
        assert code[0] in browser.post(f"{address}/desk").text, "pressed twice, the code stays"


def test_whoever_has_no_records_is_told() -> None:
    with ministry(records=lambda _: ()) as browser:
        address = signed_up(browser)
        assert "We found no health records for you." in browser.get(address).text
        assert browser.get(f"{address}/show/1").status_code == 404


def test_many_records_are_divided_among_codes() -> None:
    from msgspec import structs

    from pratique.model import uvci
    from tests.web.houses import claims

    (one, *_) = claims()
    many = tuple(
        structs.replace(one, uvci=uvci.from_record_id("XA", hashlib.sha256(bytes([number])).digest()[:16]), dose=number)
        for number in range(1, 49)
    )
    with ministry(records=lambda _: many) as browser:
        page = browser.get(signed_up(browser)).text
    scans = re.findall(r'class="white"[^>]*data-scan="([^"]+)"', page)
    assert len(scans) > 1
    assert all(verify(scan, trust_list=TRUSTED, at=AT).authentic for scan in scans)


def test_the_specimen_camera_plays_what_is_asked() -> None:
    asked: list[object] = []

    def camera(steps: Any) -> list[bytes]:
        asked.append(steps)
        return [b"one", b"two"]

    with ministry(specimen_camera=camera) as browser:
        address = visit(browser)
        browser.post(f"{address}/begin")
        played = [browser.get(f"{address}/specimen/{number}") for number in range(3)]
        assert [each.content for each in played[:2]] == [b"one", b"two"]
        assert played[2].status_code == 404
        assert len(asked) == 1
        browser.post(f"{address}/begin")
        browser.get(f"{address}/specimen/0")
        assert len(asked) == 2
    with ministry() as browser:
        assert browser.get(f"{visit(browser)}/specimen/0").status_code == 404


WRITES = ("open", "os.mkdir", "tempfile.mkstemp", "tempfile.mkdtemp")
_watched: list[tuple[str, Any]] = []
_watching = False


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching and event in WRITES and (event != "open" or set("wax+") & set(str(arguments[1] or ""))):
        _watched.append((event, arguments[0]))


def test_pictures_never_touch_a_disk() -> None:
    """An audit hook sees every file that is opened for writing while pictures come in; there is none."""
    global _watching  # noqa: PLW0603  a hook can be added and never taken away
    sys.addaudithook(_watch)
    large = frame(face=b"m" * 1_000_000)
    with ministry() as browser:
        address = visit(browser)
        browser.post(f"{address}/begin")
        _watched.clear()
        _watching = True
        try:
            send(browser, address, large, 0)
            film(browser, address)
        finally:
            _watching = False
    assert _watched == []
    _watching = True
    with open("/dev/null", "wb"):
        pass
    _watching = False
    assert _watched == [("open", "/dev/null")], "and it would have been seen"
