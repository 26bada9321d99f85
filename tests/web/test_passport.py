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
    assert not typed.faults + typed.notes


@pytest.mark.parametrize("number", ["", "12", "XA12345678901", "XA 12_4567"])
def test_what_is_none(number: str) -> None:
    typed = read(number, "", SAY)
    assert typed.document is None
    assert [fault.field for fault in typed.faults] == ["number"]


def test_a_letter_among_digits_is_asked_about_and_let_through() -> None:
    typed = read("XA12345O7", "", SAY)
    assert typed.document is not None
    assert [note.text for note in typed.notes] == ["Character 8 is the letter O. Did you mean the digit 0?"]
    assert not read("OA1234567", "", SAY).notes


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
