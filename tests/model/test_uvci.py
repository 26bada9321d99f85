"""UVCI: the worked example of the check character, every spelling that issuers printed, and our own identifiers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.model import uvci
from tests.shared import VECTORS, needs_vectors


@pytest.mark.parametrize("body", ["URN:UVCI:01:NL:Ä", "URN UVCI", "a#b", "ß"])
def test_characters_outside_the_alphabet_are_refused(body: str) -> None:
    with pytest.raises(ValueError, match="UVCI"):
        uvci.check_character(body)


def test_the_check_character_is_what_the_reference_code_computes() -> None:
    assert uvci.check_character("URN:UVCI:01:NL:MY/INPUT/STRING") == "H"  # its comment says S; see check_character
    assert uvci.check_character("urn:uvci:01:nl:my/input/string") == "H"


@pytest.mark.parametrize(
    ("text", "agrees"),
    [
        ("URN:UVCI:01:NL:MY/INPUT/STRING#H", True),
        ("urn:uvci:01:nl:my/input/string#h", True),
        ("URN:UVCI:01:NL:MY/INPUT/STRING#S", False),
        ("URN:UVCI:01:NL:MY INPUT#H", False),
        ("URN:UVCI:01:NL:MY/INPUT/STRING", None),
        ("", None),
    ],
)
def test_a_check_character_agrees_differs_or_is_absent(text: str, agrees: bool | None) -> None:
    assert uvci.check_agrees(text) is agrees


@needs_vectors
def test_what_issuers_printed_agrees() -> None:
    """Austria, France and Slovenia; Germany and Ireland printed characters that no order of the alphabet explains."""
    assert VECTORS is not None
    printed = {
        str(entry["ci"])
        for country in ("AT", "SI")
        for path in (VECTORS / "dcc" / country).rglob("*.json")
        for group in "vtr"
        for entry in json.loads(path.read_text(encoding="utf-8"))["JSON"].get(group) or ()
    }
    assert len(printed) > 5
    assert [uvci.check_agrees(text) for text in printed] == [True] * len(printed)


@given(st.text(uvci.ALPHABET, min_size=1, max_size=40), st.data())
def test_one_wrong_character_is_noticed(opaque: str, data: st.DataObject) -> None:
    text = uvci.build("XA", opaque)
    assert uvci.check_agrees(text) is True
    place = data.draw(st.integers(len("URN:UVCI:01:XA:"), text.index("#") - 1))
    other = data.draw(st.sampled_from(uvci.ALPHABET.replace(text[place], "")))
    assert uvci.check_agrees(text[:place] + other + text[place + 1 :]) is False


@pytest.mark.parametrize(
    "text",
    [
        "URN:UVCI:01:XA:ISSUER/7T1UG87G61Y7#S",
        "urn:uvci:01:xa:issuer/7t1ug87g61y7#s",
        "URN:UVCI:01:XA:ISSUER/7T1UG87G61Y7",
        "01:XA:ISSUER/7T1UG87G61Y7",
        " 01:XA:ISSUER/7T1UG87G61Y7#S ",
        "URN#UVCI#01#XA#ISSUER/7T1UG87G61Y7",
        "URN:UVCI:01:XA:ISSUER/7T1UG87G61Y7:",
        "7T1UG87G61Y7",
    ],
)
def test_the_opaque_part_is_the_same_in_every_spelling(text: str) -> None:
    assert uvci.opaque_part(text) == "7T1UG87G61Y7"


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("URN:UVCI:01:XA:ISSUER/7T1UG87G61Y7#S", "XA"),
        ("urn:uvci:01:xa/7t1ug87g61y7", "XA"),
        ("URN:UVCI:01DE/IZ12345A/5CWLU12RNOB9RXSEOP6FG8#W", "DE"),
        ("URN:UVCI:01:UNHCR:7T1UG87G61Y7", "UNHCR"),
        ("01:XA:7T1UG87G61Y7", None),
        ("URN:UVCI:01:7T1UG87G61Y7", None),
        ("URN:UVCI:01:XA", None),
        ("", None),
    ],
)
def test_the_country_that_gave_an_identifier(text: str, country: str | None) -> None:
    assert uvci.country_of(text) == country


@pytest.mark.parametrize(
    ("opaque", "enough"),
    [
        ("", False),
        ("1", False),
        ("MINISTRYOFHEALTH/1", False),
        ("7T1UG87G61Y7NRX", False),
        ("7T1UG87G61Y7-RXI", False),
        ("7T1UG87G61Y7NRXI", True),
        ("7t1ug87g61y7nrxi", True),
        ("1/7T1UG87G61Y7NRXIBQJDTYQ9", True),
    ],
)
def test_sixteen_characters_cannot_be_guessed(opaque: str, enough: bool) -> None:
    for text in (f"URN:UVCI:01:XA:{opaque}", f"URN:UVCI:01:XA:{opaque}#S", opaque):
        assert uvci.unguessable(text) is enough


@given(st.text(max_size=60))
def test_any_text_is_judged(text: str) -> None:
    assert uvci.unguessable(text) in (True, False)
    assert uvci.country_of(text) is None or text.upper().startswith("URN:UVCI:")


@given(st.text(max_size=60))
def test_any_text_has_has_an_opaque_part(text: str) -> None:
    assert uvci.opaque_part(text) in text.upper()
    assert uvci.check_agrees(text) in (True, False, None)
    assert uvci.to_record_id(text) is None or len(uvci.opaque_part(text)) == 32


@given(st.binary(min_size=16, max_size=16))
def test_a_record_is_found_again_by_its_identifier(record_id: bytes) -> None:
    text = uvci.from_record_id("XA", record_id)
    assert uvci.to_record_id(text) == record_id
    assert uvci.check_agrees(text) is True
    assert len(text) <= 80


@pytest.mark.parametrize("opaque", ["G" * 32, "0" * 31, "0" * 33, "٣" * 32, "AB/" * 8])
def test_foreign_identifiers_are_no_record_ids_of_ours(opaque: str) -> None:
    assert uvci.to_record_id(f"URN:UVCI:01:XA:{opaque}") is None
