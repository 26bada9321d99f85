"""Base45: canonical text only, and back again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.formats._base45 import ALPHABET, MAX_CHARACTERS, decode, encode
from pratique.model.errors import MalformedCertificate
from pratique.model.reasons import Reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("::::", Reason.BASE45_LENGTH),
        ("A", Reason.BASE45_LENGTH),
        (":::", Reason.BASE45_OVERFLOW),  # 44 + 44·45 + 44·2025 = 91124
        ("GGW", Reason.BASE45_OVERFLOW),  # 65536, the smallest triple that is none
        ("U5", None),  # 30 + 5·45 = 255
        ("V5", Reason.BASE45_OVERFLOW),  # 256
        ("aa", Reason.BASE45_CHARACTER),
        ("QED8W!", Reason.BASE45_CHARACTER),
        ("QED8WÄ", Reason.BASE45_CHARACTER),
        ("QED\n8W", Reason.BASE45_CHARACTER),
        ("A" * (MAX_CHARACTERS + 1), Reason.SCAN_TOO_LONG),
    ],
)
def test_refusals(text: str, reason: Reason | None) -> None:
    if reason is None:
        assert decode(text) == b"\xff"
        return
    with pytest.raises(MalformedCertificate) as refusal:
        decode(text)
    assert refusal.value.reasons == (reason,)


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0"), (b"", "")],
)
def test_the_examples_of_rfc_9285(data: bytes, text: str) -> None:
    assert encode(data) == text
    assert decode(text) == data


@given(st.binary(max_size=600))
def test_every_octet_string_comes_back(data: bytes) -> None:
    assert decode(encode(data)) == data


@given(st.text(alphabet=ALPHABET.decode(), max_size=60))
def test_a_text_is_refused_or_canonical(text: str) -> None:
    try:
        data = decode(text)
    except MalformedCertificate:
        return
    assert encode(data) == text


def test_the_longest_text_is_decoded() -> None:
    data = bytes(range(256)) * 21
    text = encode(data)
    assert MAX_CHARACTERS - 256 < len(text) <= MAX_CHARACTERS
    assert decode(text) == data
