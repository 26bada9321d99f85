"""D9: who recognises whom in words and as a picture, and a proposal as the file that the network's office signs."""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from html import unescape
from typing import Any
from xml.etree import ElementTree

import pytest
from litestar.testing import TestClient

from pratique.rules.agreement import Status, parse_agreements
from pratique.sandbox import alliance
from tests.web.desks import LINA, town
from tests.web.houses import AT
from tests.web.ruling import HU, Ruling, ruling

FORM: dict[str, Any] = {
    "with": "other", "code": "XF", "direction": "mutual", "claims": ["vaccination", "test"], "lifts": "quarantine",
    "title": "XA and XF", "instrument": "Fictional: an exchange of notes", "from": "2027-01-01", "until": "2027-06-30",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ruling]:
    with town(tmp_path_factory.mktemp("agreements")) as place:
        yield ruling(place)


@pytest.fixture(scope="module")
def hu(desk: Ruling) -> TestClient[Any]:
    return desk.browser(HU)


def seen(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page)))


def row(page: str, code: str) -> str:
    """What the table says of us and another country."""
    found = re.search(rf'<tr><th scope="row"><bdi dir="ltr">{code}</bdi>.*?</tr>', page, re.S)
    assert found, code
    return seen(found[0])


# what there is


def test_one_sidedness_is_said_in_words(hu: TestClient[Any]) -> None:
    page = hu.get("/en/agreements").text
    assert "Each accepts the other's." in row(page, "XB")
    assert "They accept ours; we do not accept theirs." in row(page, "XC")
    assert row(page, "XC").endswith(" nothing ")
    assert '<td data-label="We accept of theirs">nothing</td>' in page
    assert "Not in force. Nothing counts yet." in row(page, "XE")
    assert "XC accepts those of XB; XB does not accept those of XC." in seen(page)
    assert "对方承认我方，我方未承认对方。" in hu.get("/zh/agreements").text


def test_we_take_theirs_and_they_do_not_take_ours(desk: Ruling, hu: TestClient[Any]) -> None:
    before = desk.agreements
    listed = json.loads(before)
    listed["list"][2]["parties"][:2] = reversed(listed["list"][2]["parties"][:2])  # now XA recognises everybody
    listed["list"][2] |= {"lifts": "quarantine", "until": "2027-03-01T00:00:00Z"}
    desk.agreements = json.dumps(listed).encode()
    try:
        page = hu.get("/en/agreements").text
    finally:
        desk.agreements = before
    assert "We accept theirs; they do not accept ours." in row(page, "XC")
    assert "XA spares holders from XC this: quarantine (vaccinations, tests, recoveries, exemptions)" in seen(page)
    assert "24 Nov 2026 until 1 Mar 2027" in seen(page)


def test_the_picture_says_in_words_what_it_shows(hu: TestClient[Any]) -> None:
    page = hu.get("/en/agreements").text
    drawn = re.search(r'<div class="matrix".*?(<svg.*?</svg>)', page, re.S)
    assert drawn
    squares = ElementTree.fromstring(drawn[1]).findall("g")  # noqa: S314  of our own making
    kinds = {
        each.findtext("title"): each.find("rect").get("class")  # type: ignore[union-attr]
        for each in squares
    }
    assert len(squares) == 25
    assert kinds["XA recognises certificates of XB."] == "taken"
    assert kinds["XC recognises certificates of XA."] == "taken"
    assert kinds["XA has no agreement on certificates of XC."] == "empty"
    assert kinds["XE and XA: agreed or proposed, and not in force."] == "planned"
    assert kinds[None] == "own"


def test_every_agreement_stands_in_the_table(hu: TestClient[Any]) -> None:
    page = seen(hu.get("/en/agreements").text)
    for said in ("XA, XB, XU (XE, XF) → XC one way", "XA ↔ XB", "proposed", "Fictional: a rehearsal", "From release 7"):
        assert said in page


def test_a_release_without_agreements_says_so(desk: Ruling, hu: TestClient[Any]) -> None:
    desk.agreements = b""
    try:
        assert "The release has no agreement." in hu.get("/en/agreements").text
        made = hu.post("/en/agreements/propose", data=FORM)
        assert made.url.path == "/en/agreements/proposal"
    finally:
        desk.agreements = alliance.agreements(AT)


# a proposal


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "XA"}, "code"),
        ({"code": "Q1"}, "code"),
        ({"code": ""}, "code"),
        ({"direction": ""}, "direction"),
        ({"claims": []}, "claims"),
        ({"claims": ["colour"]}, "claims"),
        ({"lifts": "free"}, "lifts"),
        ({"title": ""}, "title"),
        ({"instrument": ""}, "instrument"),
        ({"from": "tomorrow"}, "from"),
        ({"until": "2026-12-31"}, "until"),
        ({"until": "x"}, "until"),
    ],
)
def test_a_proposal_that_lacks_something(hu: TestClient[Any], changes: dict[str, Any], field: str) -> None:
    answer = hu.post("/en/agreements/propose", data=FORM | changes)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text
    if "title" not in changes:
        assert 'value="XA and XF"' in answer.text


def test_a_proposal_becomes_the_file_that_the_office_signs(desk: Ruling, hu: TestClient[Any]) -> None:
    made = hu.post("/en/agreements/propose", data=FORM)
    assert made.url.path == "/en/agreements/proposal"
    file = hu.get("/en/agreements/proposal/file").content
    assert " ".join(re.findall("....", sha256(file).hexdigest())) in made.text
    assert "--office-key" in made.text
    *before, proposed = parse_agreements(file)
    assert tuple(before) == parse_agreements(desk.agreements)
    assert (proposed.identifier, proposed.status) == ("XA-XF-2027", Status.PROPOSED)
    assert [party.code for party in proposed.parties] == ["XA", "XF"]
    assert (proposed.lifts, proposed.until) == ("quarantine", "2027-06-30T00:00:00Z")
    assert not proposed.in_force(AT)


@pytest.mark.parametrize(
    ("direction", "parties"), [("theirs", ["XA", "XU"]), ("ours", ["XU", "XA"]), ("mutual", ["XA", "XU"])]
)
def test_the_first_party_takes_the_others(hu: TestClient[Any], direction: str, parties: list[str]) -> None:
    hu.post("/en/agreements/propose", data=FORM | {"with": "XU", "direction": direction, "lifts": "", "until": ""})
    proposed = parse_agreements(hu.get("/en/agreements/proposal/file").content)[-1]
    assert [party.code for party in proposed.parties] == parties
    assert [party.members for party in proposed.parties if party.code == "XU"] == [("XE", "XF")]
    assert proposed.direction == ("mutual" if direction == "mutual" else "one_way")
    assert (proposed.lifts, proposed.until) == (None, None)


def test_a_second_proposal_has_another_name(desk: Ruling, hu: TestClient[Any]) -> None:
    before = desk.agreements
    try:
        hu.post("/en/agreements/propose", data=FORM)
        desk.agreements = hu.get("/en/agreements/proposal/file").content
        hu.post("/en/agreements/propose", data=FORM)
        assert parse_agreements(hu.get("/en/agreements/proposal/file").content)[-1].identifier == "XA-XF-2027-2"
    finally:
        desk.agreements = before


def test_a_proposal_is_of_one_session(desk: Ruling) -> None:
    other = desk.browser(HU)
    assert other.get("/en/agreements/proposal").status_code == 404
    assert other.get("/en/agreements/proposal/file").status_code == 404


def test_another_role_sees_none_of_it(desk: Ruling) -> None:
    browser = desk.browser(LINA)
    for path in ("", "/propose", "/proposal", "/proposal/file"):
        assert browser.get(f"/en/agreements{path}").status_code == 403
    assert browser.post("/en/agreements/propose", data=FORM).status_code == 403
