"""A carrier's list: one word a line, what follows, and nobody's health or name."""

from pathlib import Path

import pytest

from pratique.answering import answer
from pratique.web.fields import Form
from pratique.web.gate import Gate, gate
from pratique.web.listing import MOST, Listed, listed, passengers, table
from pratique.web.rendering import Sheet, html
from tests.authority.identity.scripted import AT
from tests.web import houses
from tests.web.houses import AUTHORITY, BROTHERS, PASSPORT, scan
from tests.web.test_border import HOLDER, changed


def here(folder: Path) -> Gate:
    return gate(houses.release(folder), country="XB", port="XBHAV", authority=AUTHORITY, clock=lambda: AT)


def page(at: Gate, text: str, language: str = "en") -> str:
    form = Form({"list": [text]}, {})
    found = listed(at, form, language)
    if isinstance(found, Listed):
        told = [
            answer(each.scans, bundle=at.bundle, at=AT, document=each.document, journey=found.asked.journey)
            for each in found.passengers
        ]
        found = table(at, form, language, found, told)
    assert isinstance(found, Sheet)
    return html(found.template, site=at.site, language=language, path=f"/{language}/list", **found.values)


def rows(text: str) -> list[str]:
    return [part.partition("</strong>")[0] for part in text.partition("<tbody>")[2].split("<strong>")[1:]]


@pytest.mark.parametrize("between", ["\t", "  "])
def test_a_line_is_a_scan_and_a_passport(between: str) -> None:
    zone = PASSPORT.replace("\n", "/")
    first, second, third = passengers(f"{scan()}{between}{zone}\n\n{scan()}\r\n{scan()}{between}P<nonsense")
    assert (first.reference, first.scans) == ("1", (scan(),))
    assert first.document is not None
    assert (second.reference, second.document) == ("3", None)
    assert third.document is None


def test_one_word_a_line(tmp_path: Path) -> None:
    zones = [text.replace("\n", "/") for text in (PASSPORT, BROTHERS)]
    text = page(here(tmp_path), f"{scan()}\t{zones[0]}\n{scan()}\t{zones[1]}\n{scan()}\n{changed(scan())}\nnothing")
    assert rows(text) == ["OK", "NOK", "CHECK", "NOK", "NOK"]
    assert "1 OK, 3 NOK, 1 CHECK" in text
    assert "No quarantine, and no further test." in text
    assert not [part for part in (*HOLDER, "PCR", "dose", "HC1:") if part in text]


def test_nobody_and_too_many(tmp_path: Path) -> None:
    assert "There is nobody on this list" in page(here(tmp_path / "a"), " \n")
    assert "Divide the list" in page(here(tmp_path / "b"), "x\n" * (MOST + 1))
    assert "名单为空" in page(here(tmp_path / "c"), "", "zh")
