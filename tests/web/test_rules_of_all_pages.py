"""What holds for every answer of every application: headers, hosts, who may send, and problem documents."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from pratique.texts import LANGUAGES
from pratique.web import doors, issuing, rendering, wallet
from pratique.web.problems import Code
from tests.web.desks import desk_app, town
from tests.web.houses import AUTHORITY, HOST, gate, ministry, release, visit

ADDRESSES = ("/en", "/zh/consent", "/en/about", "/static/pages.css", "/nothing", "/en/face/none", "/problems/OUR_FAULT")
NO_NAMES = ("127.0.0.1:x", "127.0.0.1:999999", "a@127.0.0.1", "[", "[::1", "[v1.x]")
CHARSET = (
    b'--a\r\nContent-Disposition: form-data; name="back"\r\nContent-Type: text/plain; charset=nothing\r\n\r\n'
    b"x\r\n--a--\r\n"
)


@pytest.fixture(scope="module", params=["ministry", "border", "wallet", "doors", "desk"])
def application(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Any]]:
    folder = tmp_path_factory.mktemp("application")
    if request.param == "desk":
        with town(folder) as place, TestClient(desk_app(place), base_url=HOST) as officials:
            yield officials
        return
    houses: dict[str, Callable[[], TestClient[Any]]] = {
        "ministry": ministry,
        "border": lambda: gate(release(folder)),
        "wallet": lambda: TestClient(wallet.app(AUTHORITY, specimen=True), base_url=HOST),
        "doors": lambda: TestClient(doors.app(AUTHORITY, specimen=True), base_url=HOST),
    }
    with houses[request.param]() as client:
        yield client


@pytest.fixture
def browser(application: TestClient[Any]) -> TestClient[Any]:
    """A device that was never there before."""
    application.cookies.clear()
    return application


@pytest.mark.parametrize("address", ADDRESSES)
def test_headers(browser: TestClient[Any], address: str) -> None:
    headers = browser.get(address).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http:" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["permissions-policy"].startswith("camera=(self),")
    assert headers["cache-control"] == ("no-cache" if address.startswith("/static") else "no-store")


@pytest.mark.parametrize("host", ["pratique.example", "127.0.0.1.example", "", "evil.example:80", *NO_NAMES])
def test_another_name_is_refused(browser: TestClient[Any], host: str) -> None:
    answer = browser.get("/en", headers={"host": host})
    assert (answer.status_code, answer.json()["code"]) == (403, "OTHER_SITE")


@pytest.mark.parametrize("host", ["localhost:8101", "127.0.0.1", "LOCALHOST"])
def test_its_own_names_are_not(browser: TestClient[Any], host: str) -> None:
    assert browser.get("/en", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("sent_from", ["cross-site", "same-site"])
def test_what_another_site_sends_is_refused(browser: TestClient[Any], sent_from: str) -> None:
    answer = browser.post("/text", data={"size": "large"}, headers={"sec-fetch-site": sent_from})
    assert answer.json()["code"] == "OTHER_SITE"
    own = browser.post("/text", data={"size": "large"}, headers={"sec-fetch-site": "same-origin"})
    assert own.status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:9", "https://127.0.0.1.example", "null", "?", "http://[", ""]
)
def test_an_older_browser_names_the_origin_alone(browser: TestClient[Any], origin: str) -> None:
    answer = browser.post("/text", data={"size": "large"}, headers={"origin": origin})
    assert answer.json()["code"] == "OTHER_SITE"
    own = browser.post("/text", data={"size": "large"}, headers={"origin": "http://127.0.0.1"})
    assert own.status_code == 200


def test_a_problem_is_a_document(browser: TestClient[Any]) -> None:
    answer = browser.get("/nothing", headers={"accept-language": "zh"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "/problems/PAGE_UNKNOWN",
        "title": "没有这个页面",
        "status": 404,
        "detail": "请核对地址，或返回首页。",
        "code": "PAGE_UNKNOWN",
    }
    page = browser.get(answer.json()["type"], headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "There is no such page" in page.text


@pytest.mark.parametrize("address", ["/", "/en", "/en/about", "/static/pages.css", "/problems/OUR_FAULT", "/nothing"])
def test_head_is_get_without_the_content(browser: TestClient[Any], address: str) -> None:
    whole, head = (browser.request(method, address, follow_redirects=False) for method in ("GET", "HEAD"))
    assert head.status_code == whole.status_code
    assert dict(head.headers) == dict(whole.headers)
    assert head.content == b""


@pytest.mark.parametrize("address", ["/", "/en", "/text", "/static/pages.css", "/problems/OUR_FAULT"])
@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_another_method_is_told_which_there_are(browser: TestClient[Any], address: str, accept: str) -> None:
    for method in ("PUT", "DELETE", "TRACE", "FOO"):
        answer = browser.request(method, address, headers={"accept": accept})
        assert answer.status_code == 405
        assert "METHOD_UNKNOWN" in answer.text
        assert {"GET", "POST"} & set(answer.headers["allow"].split(", "))


@pytest.mark.parametrize(
    "address", ["/%00", "/static/%00", "/static/pages.css%00", "/static/..%2fpages.py", "/de", "/EN"]
)
def test_no_such_page(browser: TestClient[Any], address: str) -> None:
    answer = browser.get(address)
    assert (answer.status_code, answer.json()["code"]) == (404, "PAGE_UNKNOWN")


@pytest.mark.parametrize("code", Code)
def test_every_problem_has_its_page(browser: TestClient[Any], code: Code) -> None:
    for language in LANGUAGES:
        page = browser.get(f"/problems/{code}", headers={"accept-language": language})
        assert code in page.text
    assert browser.get("/problems/NONE").status_code == 404


def test_a_problem_is_a_page_for_people(browser: TestClient[Any]) -> None:
    answer = browser.get("/zh/nothing", headers={"accept": "text/html,*/*"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert '<html lang="zh"' in answer.text


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"\xff", "application/x-www-form-urlencoded", "FORM_UNREADABLE"),
        (b"a=%ff", "application/x-www-form-urlencoded", "FORM_UNREADABLE"),
        (b"x=1&" * 150, "application/x-www-form-urlencoded", "FORM_UNREADABLE"),
        (b"--a\r\n", "multipart/form-data; boundary=a", "FORM_UNREADABLE"),
        (b"--a\r\n", "multipart/form-data", "FORM_UNREADABLE"),
        (CHARSET, "multipart/form-data; boundary=a", "FORM_UNREADABLE"),
        (b"a=1", "application/x-www-form-urlencoded\x00", "FORM_UNREADABLE"),
        (b"a=1", "", "FORM_UNREADABLE"),
        (b'{"a":' + b"[" * 100_000, "application/json", "FORM_UNREADABLE"),
        (b"{}", "application/json", "FORM_UNREADABLE"),
        (b"a" * 4_000_001, "application/x-www-form-urlencoded", "BODY_TOO_LARGE"),
    ],
)
def test_what_is_no_form(browser: TestClient[Any], body: bytes, kind: str, code: str) -> None:
    answer = browser.post("/text", content=body, headers={"content-type": kind})
    assert answer.json()["code"] == code
    assert answer.status_code == Code(code).status


@pytest.mark.parametrize(
    ("back", "goes"),
    [("/en/about", "/en/about"), ("//evil.example", "/"), ("/\\evil.example", "/"), ("http:", "/"), ("", "/")],
)
def test_text_size(browser: TestClient[Any], back: str, goes: str) -> None:
    answer = browser.post("/text", data={"size": "large", "back": back}, follow_redirects=False)
    assert answer.headers["location"] == goes
    assert 'data-text="large"' in browser.get("/en").text
    browser.post("/text", data={"size": "usual", "back": back})
    assert "data-text" not in browser.get("/en").text


def test_home_is_in_the_browsers_language(browser: TestClient[Any]) -> None:
    answer = browser.get("/", headers={"accept-language": "zh-CN"}, follow_redirects=False)
    assert answer.headers["location"] == "/zh"


def test_a_fault_of_ours_says_nothing_of_what_was_typed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("XA1234567")

    monkeypatch.setattr(issuing.passport, "read", fail)
    with ministry() as browser:
        browser.cookies.set("device", "d")
        answer = browser.post("/en/passport", data={"consent": issuing.CONSENT, "number": "XA1234567"})
    assert (answer.status_code, answer.json()["code"]) == (500, "OUR_FAULT")
    assert "XA1234567" not in answer.text + caplog.text
    assert "RuntimeError at" in caplog.text


TEMPLATES = Path(rendering.__file__).parent / "templates"
ALONE = ('class="state"', "{{ each.relation }}", '<span class="narrow">', '<svg class="bar"')
"""Cells that say by themselves what they are: a state, a whole sentence, a number with its word, a bar beside it."""


@pytest.mark.parametrize("path", [path.relative_to(TEMPLATES).as_posix() for path in sorted(TEMPLATES.rglob("*.html"))])
def test_a_table_has_its_name_and_is_a_list_on_a_telephone(path: str) -> None:
    """Where its head is out of sight, each value keeps the name of its column beside it."""
    for table in re.findall(r"<table.*?</table>", (TEMPLATES / path).read_text("utf-8"), re.DOTALL):
        assert re.match(r'<table class="lines', table)
        assert "<caption" in table
        assert all("scope=" in head for head in re.findall(r"<th\b[^>]*>", table))
        for cell in re.findall(r"<td\b.*?</td>", table, re.DOTALL):
            assert "data-label=" in cell or any(told in cell for told in ALONE), cell


def test_only_the_scene_may_frame_it() -> None:
    with ministry(framed_by="http://127.0.0.1:8100") as browser:
        assert "frame-ancestors http://127.0.0.1:8100;" in browser.get("/en").headers["content-security-policy"]


def test_a_page_in_the_middle_is_in_both_languages() -> None:
    with ministry() as browser:
        address = visit(browser)
        assert f'href="{address.replace("/en/", "/zh/")}"' in browser.get(address).text
