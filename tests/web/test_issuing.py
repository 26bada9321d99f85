"""Sign-up over HTTP: from a number and pictures to a certificate, and nothing for strangers to learn."""

import asyncio
import hashlib
import io
import json
import re
import sys
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient

from pratique import qr
from pratique.authority.identity.limits import Allowance, Limits
from pratique.identification import Match, identify
from pratique.sandbox import traveller
from pratique.sandbox.attacks.carrying import makers, taken
from pratique.verification import verify
from pratique.web import issuing
from pratique.web.visits import LASTS
from tests.authority.identity.scripted import AT, STRANGER, ScriptedMatcher, frame
from tests.web.houses import (
    HOST,
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
    assert "after your last picture reached us" in page.text


def test_a_pass_for_a_telephone() -> None:
    with ministry() as browser:
        address = signed_up(browser)
        assert "/wallet/1" not in browser.get(address).text
        assert browser.get(f"{address}/wallet/1").status_code == 404
        assert "We have none." in browser.get(f"{address}/along").text
    signer, root = makers()
    with ministry(pass_signer=signer) as browser:
        address = signed_up(browser)
        page = browser.get(address).text
        scan = re.search(r'data-scan="([^"]+)"', page)
        assert f'href="{address}/wallet/1"' in page
        along = browser.get(f"{address}/along").text
        assert f'href="{address}/wallet/1"' in along
        assert "We have none." not in along
        made = browser.get(f"{address}/wallet/1")
        others = [browser.get(f"{address}/wallet/{number}").status_code for number in (0, 2)]
        others.append(browser.get("/en/certificate/somebody/wallet/1").status_code)
        translated = browser.get(f"{address.replace('/en/', '/zh/')}/wallet/1")
    assert set(others) == {404}
    assert (made.status_code, made.headers["content-type"]) == (200, "application/vnd.apple.pkpass")
    assert 'filename="certificate-1.pkpass"' in made.headers["content-disposition"]
    stated = json.loads(taken(made.content, root)["pass.json"])
    assert scan is not None
    assert stated["barcodes"][0]["message"] == scan[1]
    words = json.dumps(stated, ensure_ascii=False)
    assert "PCR test" in words
    assert "XA1234567" not in words
    for word in ("✓", "accepted", "genuine", "valid"):
        assert word not in words.replace(scan[1], "").lower()
    with zipfile.ZipFile(io.BytesIO(translated.content)) as archive:
        assert "PCR test" not in archive.read("pass.json").decode()


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


@pytest.mark.parametrize(("allowed", "said"), [(500, None), (7, None), (6, "Tries left today: 5."), (2, "today: 1.")])
def test_the_tries_left_are_told_when_they_are_few(allowed: int, said: str | None) -> None:
    """Of a known passport and of an unknown one alike."""
    many = Allowance(document=allowed, device=500, network=500)
    pages = []
    for number in ("XA1234567", STRANGER):
        with ministry(limits=Limits(attempts=many, challenges=many)) as browser:
            address = visit(browser, number)
            page = browser.get(film(browser, address, face=b"leilei")[-1]["next"]).text
        assert f'href="{address}"' in page
        pages.append(re.findall(r"Tries left[^<]*|No tries[^<]*", page))
    assert pages[0] == pages[1]
    assert (said in pages[0][0]) if said else (pages[0] == [])


async def networks(peers: Sequence[str], forwarded: Sequence[str], **settings: Any) -> int:
    """How many networks these are taken for: from each one passport may be tried, whoever forwarded it."""
    once = Allowance(document=99, device=99, network=1)
    app = ministry(limits=Limits(attempts=once, challenges=once), **settings).app
    begun = 0
    for peer, header in zip(peers, forwarded, strict=True):
        headers = {"x-forwarded-for": header} if header else {}
        to = httpx.ASGITransport(app, client=(peer, 4711))
        async with httpx.AsyncClient(transport=to, base_url=HOST, cookies={"device": "d"}, headers=headers) as browser:
            answer = await browser.post("/en/passport", data={"consent": issuing.CONSENT, "number": "XA1234567"})
        begun += not answer.headers["location"].endswith("/not-confirmed")
    return begun


PROXY, VISITOR, OTHER = "10.0.0.1", "203.0.113.7", "198.51.100.2"


@pytest.mark.parametrize(
    ("peers", "forwarded", "proxies", "count"),
    [
        ([VISITOR, VISITOR], ["", OTHER], [], 1),
        ([VISITOR, VISITOR], ["", OTHER], [PROXY], 1),
        ([VISITOR, VISITOR], [PROXY, OTHER], [PROXY], 1),
        ([PROXY, PROXY], [VISITOR, OTHER], [], 1),
        ([PROXY, PROXY], [VISITOR, f"{OTHER}, {VISITOR}"], [PROXY], 1),
        ([PROXY, PROXY], [VISITOR, f"{OTHER}, {VISITOR}, 10.0.0.2"], ["10.0.0.0/24"], 1),
        ([PROXY, PROXY], [VISITOR, f"{VISITOR}:4711"], [PROXY], 1),
        ([PROXY, PROXY], ["2001:db8::1", "[2001:db8::2]:4711"], [PROXY], 1),
        ([PROXY, PROXY], [VISITOR, OTHER], [PROXY], 2),
        ([PROXY, VISITOR], [OTHER, OTHER], [PROXY], 2),
    ],
)
def test_only_a_proxy_of_ours_is_believed_about_an_address(
    peers: list[str], forwarded: list[str], proxies: list[str], count: int
) -> None:
    assert asyncio.run(networks(peers, forwarded, proxies=proxies)) == count


@pytest.mark.parametrize("proxy", ["*", "proxy.example", "10.0.0.1/8", ""])
def test_a_proxy_is_named_by_its_address(proxy: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        ministry(proxies=[proxy])


@pytest.mark.parametrize(("proxies", "secure"), [(["127.0.0.1"], True), ([], False)])
def test_the_cookie_is_secure_where_our_proxy_took_it_over_https(proxies: list[str], secure: bool) -> None:
    async def agreed() -> str:
        to = httpx.ASGITransport(ministry(proxies=proxies).app)
        async with httpx.AsyncClient(transport=to, base_url=HOST, headers={"x-forwarded-proto": "https"}) as browser:
            answer = await browser.post("/en/consent", data={"consent": issuing.CONSENT})
        return answer.headers["set-cookie"].lower()

    assert ("secure" in asyncio.run(agreed())) is secure


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
