"""The shortcuts of the JSON reader and its canonical form: what they leave out has to make no difference."""

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from pratique.formats import _json
from pratique.model.errors import MalformedCertificate
from pratique.model.reasons import Reason

WHOLE = st.integers(1 - 2**53, 2**53 - 1)
LEAVES = st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)
PLAIN = st.recursive(
    st.none() | st.booleans() | WHOLE | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner),
    max_leaves=12,
)


@pytest.mark.parametrize("value", ["\ud800", {"\udfff": 1}, {"a": ["\ud800"]}, {"a": 2**53}, [-(2**53)]])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(MalformedCertificate) as refusal:
        _json.canonical(value)
    assert refusal.value.reasons == (Reason.JSON_BROKEN,)


@given(VALUES | PLAIN)
def test_the_canonical_form_is_that_of_rfc_8785(value: object) -> None:
    assert _json.canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@given(PLAIN)
def test_plain_values_are_written_without_the_slower_writer(value: object) -> None:
    assert _json._is_plain(value)


@pytest.mark.parametrize("value", [1.0, [1.5], {"\ue000": 1}, {"a": {"é": 1}}, 2**53])
def test_what_rfc_8785_treats_in_its_own_way_is_not_plain(value: object) -> None:
    assert not _json._is_plain(value)


def test_every_character_is_written_as_rfc_8785_writes_it() -> None:
    every = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    assert _json.canonical(every) == rfc8785.dumps(every)


def test_names_beyond_the_basic_plane_go_in_the_order_of_utf_16() -> None:
    assert _json.canonical({"\ue000": 1, "\U00010000": 2}) == '{"\U00010000":2,"\ue000":1}'.encode()


@pytest.mark.parametrize(
    ("text", "deepest", "refused"),
    [
        ("[[[]]]", 2, True),
        ('[{"a":[]}]', 2, True),
        ("[[[", 2, True),
        ("[[],[],[]]", 2, False),
        ('["[[[{{{", {}]', 2, False),
        ("[[[]]]", 3, False),
    ],
)
def test_depth_is_that_of_nesting_and_not_the_number_of_brackets(text: str, deepest: int, refused: bool) -> None:
    if refused:
        with pytest.raises(MalformedCertificate) as refusal:
            _json.decode(text, deepest=deepest)
        assert refusal.value.reasons == (Reason.JSON_TOO_DEEP,)
    else:
        _json.decode(text, deepest=deepest)


@given(st.text('[]{}"\\a'), st.integers(0, 6))
def test_no_text_passes_that_nests_too_deep(text: str, deepest: int) -> None:
    try:
        _json.decode(text, deepest=deepest)
    except MalformedCertificate as refusal:
        assert (Reason.JSON_TOO_DEEP in refusal.reasons) is (_json._depth(text) > deepest)
    else:
        assert _json._depth(text) <= deepest


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) - 2, 2**53 + 2) | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=8,
)


@given(_VALUES, st.sampled_from([(",", ":"), (", ", ": ")]), st.booleans())
def test_the_quick_way_reads_what_the_strict_one_reads(
    value: object, separators: tuple[str, str], ascii_only: bool
) -> None:
    text = json.dumps(value, separators=separators, ensure_ascii=ascii_only)
    try:
        expected = repr(_json._STRICT.decode(text))
    except MalformedCertificate as refusal:
        with pytest.raises(MalformedCertificate) as refused:
            _json.decode(text)
        assert refused.value.reasons == refusal.reasons
    else:
        assert repr(_json.decode(text)) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a":1,"a":1}', Reason.JSON_DUPLICATE_KEY),
        ('{"a":{"b":1,"c":2,"b":1}}', Reason.JSON_DUPLICATE_KEY),
        ("[9007199254740992]", Reason.JSON_NUMBER),
        ("[-9007199254740992]", Reason.JSON_NUMBER),
        ("[1e999]", Reason.JSON_NUMBER),
        ("[NaN]", Reason.JSON_BROKEN),
        ("[null,]", Reason.JSON_BROKEN),
    ],
)
def test_what_two_readers_take_differently_is_refused_however_plain_the_rest(text: str, reason: Reason) -> None:
    with pytest.raises(MalformedCertificate) as refusal:
        _json.decode(text)
    assert refusal.value.reasons == (reason,)
    _json.decode('[9007199254740991,{"a":1,"b":1},1e99]')
