"""Compact JWS: one spelling each, bounded, and a reason for any text."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.formats import _jws
from pratique.model.errors import MalformedCertificate
from pratique.model.keys import base64url
from pratique.model.reasons import Reason

HEADER = base64url(b'{"alg":"ES256"}')


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.JWS_STRUCTURE),
        ("a.b", Reason.JWS_STRUCTURE),
        ("a.b.c.d", Reason.JWS_STRUCTURE),
        (f"{HEADER}.YQ.YQ healthy", Reason.JWS_TRAILING),
        (f"{HEADER}.YQ.YQ\n", Reason.JWS_TRAILING),
        (f"{HEADER}.YQ.YQ=", Reason.BASE64_BROKEN),
        (f"{HEADER}.YR.YQ", Reason.BASE64_BROKEN),  # bits beyond the octet
        (f"{HEADER}.Y.YQ", Reason.BASE64_BROKEN),
        ("YQ.YQ.YQ", Reason.JSON_BROKEN),
        (base64url(b"[]") + ".YQ.YQ", Reason.JWS_HEADER),
        (base64url(b"\xff") + ".YQ.YQ", Reason.JSON_BROKEN),
        (base64url(b'{"crit":[]}') + ".YQ.YQ", Reason.JWS_CRITICAL),
        (base64url(b'{"a":' * 9 + b"1" + b"}" * 9) + ".YQ.YQ", Reason.JSON_TOO_DEEP),
    ],
)
def test_refusals(text: str, reason: Reason) -> None:
    with pytest.raises(MalformedCertificate) as refusal:
        _jws.take_apart(text)
    assert refusal.value.reasons == (reason,)


def test_the_untouched_message_is_taken_apart() -> None:
    jws = _jws.take_apart(f"{HEADER}.YQ.Yg")
    assert (jws.header, jws.payload, jws.signature) == ({"alg": "ES256"}, b"a", b"b")
    assert jws.signed == f"{HEADER}.YQ".encode()


@given(st.binary(max_size=200), st.binary(max_size=80))
def test_what_is_sealed_is_taken_apart_again(payload: bytes, signature: bytes) -> None:
    signed = f"{HEADER}.{base64url(payload)}".encode()
    jws = _jws.take_apart(_jws.seal(signed, signature))
    assert (jws.payload, jws.signature, jws.signed) == (payload, signature, signed)


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_=\n-]*", fullmatch=True))
def test_any_text_gets_its_parts_or_a_reason(text: str) -> None:
    try:
        jws = _jws.take_apart(text)
    except MalformedCertificate as refusal:
        assert refusal.reasons
    else:
        assert _jws.seal(jws.signed, jws.signature) == text


@given(st.text("ABCab019-_", max_size=12))
def test_octets_have_one_spelling(part: str) -> None:
    try:
        octets = _jws.decode(part, "")
    except MalformedCertificate as refusal:
        assert refusal.reasons == (Reason.BASE64_BROKEN,)
    else:
        assert base64url(octets) == part


@given(st.binary(max_size=500))
def test_any_octets_inflate_or_get_a_reason(octets: bytes) -> None:
    try:
        assert len(_jws.inflate(octets, most=1000)) <= 1000
    except MalformedCertificate as refusal:
        assert refusal.reasons[0] in (
            Reason.COMPRESSION_BROKEN,
            Reason.COMPRESSION_TOO_LARGE,
            Reason.COMPRESSION_TRAILING,
            Reason.JWS_COMPRESSION,
        )


@given(st.binary(max_size=300))
def test_what_is_deflated_inflates_to_the_limit_and_no_further(text: bytes) -> None:
    packed = _jws.deflate(text)
    assert _jws.inflate(packed, most=max(1, len(text))) == text
    with pytest.raises(MalformedCertificate, match="COMPRESSION_TOO_LARGE"):
        _jws.inflate(_jws.deflate(text + b"!!"), most=max(1, len(text)))
    with pytest.raises(MalformedCertificate, match="COMPRESSION_TRAILING"):
        _jws.inflate(packed + b"\0", most=1000)
    with pytest.raises(MalformedCertificate, match="COMPRESSION"):
        _jws.inflate(zlib.compress(text), most=1000)


def test_a_header_is_remembered_only_if_it_is_short() -> None:
    """A stranger may send headers without end, and each once."""
    short, long = (base64url(b'{"alg":"%b"}' % (b"E" * length)) for length in (20, 600))
    for header, remembered in ((short, True), (long, False)):
        first, again = (_jws.take_apart(f"{header}.YQ.YQ").header for _ in range(2))
        assert first == again
        assert (first is again) is remembered
    with pytest.raises(TypeError):
        first["alg"] = "none"  # type: ignore[index]
