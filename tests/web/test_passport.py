"""What was typed as a passport: slips are named at their place, and nobody learns which numbers exist."""

import pytest

from pratique.web.passport import read, said
from pratique.web.words import words
from tests.web.houses import PASSPORT

SAY = words("en")


def test_a_number() -> None:
    typed = read("xa 123-4567", "", SAY)
    assert typed.document is not None
    assert typed.document.number == "XA1234567"
    assert not typed.faults


@pytest.mark.parametrize("number", ["", "12", "XA12345678901", "XA 12_4567"])
def test_what_is_none(number: str) -> None:
    typed = read(number, "", SAY)
    assert typed.document is None
    assert [fault.field for fault in typed.faults] == ["number"]


@pytest.mark.parametrize("number", ["XA12345O7", "OA1234567", "BB8888B"])
def test_a_number_without_a_check_digit_is_asked_nothing(number: str) -> None:
    assert read(number, "", SAY).faults == ()


def test_with_its_check_digit_it_is() -> None:
    assert read("XA1234567 9", "", SAY).document == read("XA1234567", "", SAY).document
    slipped = read("XA123456I9", "", SAY)  # I for 1 in another place fits nothing
    assert slipped.document is None
    assert [fault.text for fault in slipped.faults if "Character" in fault.text] == []
    slipped = read("XAI2345679", "", SAY)
    assert slipped.faults[0].text == "Character 3: is it I or 1? With 1 the check digit fits."


def test_a_zone() -> None:
    typed = read("ignored", PASSPORT, SAY)
    assert typed.document is not None
    assert typed.document.number == "XA1234567"
    assert said("", PASSPORT, SAY)["zone"].kind == "good"


@pytest.mark.parametrize(("place", "other"), [(47, "I"), (48, "Z"), (51, "S")])
def test_the_one_slip_that_explains_it_is_suggested(place: int, other: str) -> None:
    slipped = PASSPORT[:place] + other + PASSPORT[place + 1 :]
    typed = read("", slipped, SAY)
    assert typed.document is None
    suggested = f"Line 2, character {place - 44}: is it {other} or {PASSPORT[place]}?"
    assert typed.faults[0].text.startswith(suggested)
    assert said("", slipped, SAY)["zone"].kind == "problem"


def test_what_nothing_explains_is_not_guessed() -> None:
    slipped = PASSPORT.replace("XA1234567", "XA1234568")
    typed = read("", slipped, SAY)
    assert [fault.field for fault in typed.faults] == ["zone", "zone"]
    assert "check digit" in typed.faults[0].text
