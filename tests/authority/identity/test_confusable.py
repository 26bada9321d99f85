"""Characters that look alike: suggested only where check digits decide, and only the one reading that fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.authority.identity import confusable
from pratique.authority.identity.confusable import OTHER, Slip, corrected, in_number, in_zone, is_checked, lines_of
from pratique.model import mrz
from pratique.model.errors import MalformedDocument
from pratique.sandbox.traveller import PASSPORT

ZONE = mrz.write(PASSPORT)
SPECIMEN = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"


def slipped(zone: str, line: int, *changes: tuple[int, str]) -> str:
    lines = [list(each) for each in zone.splitlines()]
    for place, other in changes:
        lines[line - 1][place - 1] = other
    return "\n".join("".join(each) for each in lines)


def test_what_fits_is_left_alone() -> None:
    assert in_zone(ZONE) == in_zone(SPECIMEN) == ()


@pytest.mark.parametrize("text", ["", "P<", "A\n\nB", "O" * 44, f"{ZONE}\nX", "\x00" * 88, "０" * 44 + "\n" + "0" * 44])
def test_what_is_no_zone_is_left_alone(text: str) -> None:
    assert in_zone(text) == ()


def test_a_letter_in_a_date_is_a_digit() -> None:
    assert in_zone(slipped(SPECIMEN, 2, (16, "O"))) == (Slip(2, 16, "O", "0"),)
    assert in_zone(slipped(SPECIMEN, 2, (17, "B"))) == (Slip(2, 17, "B", "8"),)


def test_two_slips_at_once() -> None:
    found = in_zone(slipped(SPECIMEN, 2, (6, "O"), (17, "B")))
    assert found == (Slip(2, 6, "O", "0"), Slip(2, 17, "B", "8"))


def test_a_name_has_no_check_digit_and_is_never_guessed_at() -> None:
    assert in_zone(slipped(ZONE, 1, (8, "0"))) == ()


def test_what_no_check_digit_sees_is_never_suggested() -> None:
    assert "G" not in OTHER
    assert "L" not in OTHER


@given(st.lists(st.tuples(st.integers(1, 44), st.sampled_from("ABDIOQSZ01258<G6")), max_size=3))
def test_a_suggestion_always_fits(changes: list[tuple[int, str]]) -> None:
    text = slipped(SPECIMEN, 2, *changes)
    slips = in_zone(text)
    if slips:
        with pytest.raises(MalformedDocument):
            mrz.parse(text)
        assert mrz.parse("\n".join(corrected(lines_of(text), slips))).kind == "P"


@given(st.text("ABDIOQSZ01258<", min_size=10, max_size=10))
def test_a_number_with_its_digit(text: str) -> None:
    slips = in_number(text)
    if slips:
        assert not is_checked(text)
        assert is_checked(corrected([text], slips)[0])


def test_several_readings_are_no_suggestion() -> None:
    number = next(
        f"{a}{b}1234567{digit}"
        for a in "OB0"
        for b in "OB0"
        for digit in "0123456789"
        if not is_checked(f"{a}{b}1234567{digit}")
        and sum(is_checked(x) for x in (f"{OTHER[a]}{b}1234567{digit}", f"{a}{OTHER[b]}1234567{digit}")) == 2
    )
    assert in_number(number) == ()
    assert confusable.MOST_SLIPS == 2
