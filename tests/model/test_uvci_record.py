"""The identifier of a record of 16 bytes, and its check character against the definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.model import uvci


@pytest.mark.parametrize("country", ["X A", "X#", "Ä", "\ud800"])
def test_a_country_that_an_identifier_cannot_hold(country: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (a UnicodeError for the last)
        uvci.from_record_id(country, bytes(16))


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=10), st.binary(min_size=16, max_size=16))
def test_it_is_32_hexadecimal_digits_with_their_check_character(country: str, record: bytes) -> None:
    identifier = uvci.from_record_id(country, record)
    assert uvci.opaque_part(identifier) == record.hex().upper()
    assert uvci.to_record_id(identifier) == record
    assert uvci.check_agrees(identifier)


@given(st.text(uvci.ALPHABET + uvci.ALPHABET.lower(), max_size=60))
def test_the_check_character_is_luhn_mod_38(body: str) -> None:
    total = 0
    for place, character in enumerate(reversed(body.upper())):
        value = uvci.ALPHABET.index(character) * (1 if place % 2 else 2)
        total += value // 38 + value % 38
    assert uvci.check_character(body) == uvci.ALPHABET[-total % 38]


def test_the_worked_example_of_the_specification() -> None:
    assert uvci.check_character("URN:UVCI:01:NL:187/37512422923") == "Z"
