"""CBOR and COSE from strangers: what is survived, and what each refusal is called."""

from functools import partial

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.formats import _cbor, _cose
from pratique.model.errors import MalformedCertificate
from pratique.model.keys import Algorithm
from pratique.model.reasons import Reason

from ..issuer import MemorySigner
from ..wire import cose


def reasons_of(data: bytes, parse: object = _cbor.decode) -> tuple[Reason, ...]:
    with pytest.raises(MalformedCertificate) as refusal:
        parse(data)  # type: ignore[operator]
    return refusal.value.reasons


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", Reason.CBOR_TRUNCATED),
        ("a1", Reason.CBOR_TRUNCATED),
        ("9bffffffffffffffff", Reason.CBOR_TRUNCATED),
        ("5b7fffffffffffffff", Reason.CBOR_TRUNCATED),
        ("0102", Reason.CBOR_TRAILING),
        ("a2010101" + "02", Reason.CBOR_DUPLICATE_KEY),
        ("81" * 20 + "01", Reason.CBOR_TOO_DEEP),
        ("ff", Reason.CBOR_BROKEN),
        ("62ffff", Reason.CBOR_BROKEN),
        ("a1" + "c249" + "01" + "00" * 8 + "00", Reason.CBOR_BROKEN),  # 2^64 as a key
        ("a1" + "81" + "c349" + "01" + "00" * 8 + "00", Reason.CBOR_BROKEN),  # -1 - 2^64 in a key
        ("c2820102", Reason.CBOR_BROKEN),  # a bignum of two integers
        ("c4821a7fffffff01", Reason.CBOR_BROKEN),  # 1E+2147483647
        ("d81c81d81d00", Reason.CBOR_BROKEN),  # a list that holds itself
        ("d823" + "6628612b292b24", Reason.CBOR_BROKEN),  # a regular expression
        ("c1fb7ff0000000000000", Reason.CBOR_BROKEN),  # a date at infinity
    ],
)
def test_refusals(data: str, reason: Reason) -> None:
    assert reasons_of(bytes.fromhex(data)) == (reason,)


def test_bignums_are_read_where_they_are_no_keys() -> None:
    for number in (1 << 64, -1 - (1 << 64)):
        assert _cbor.decode(cbor2.dumps({1: number})) == {1: number}


def test_indefinite_lengths_and_dates_under_tags_are_read() -> None:
    item = _cbor.decode(bytes.fromhex("bf61610161629f0203ffff"))
    assert item == {"a": 1, "b": [2, 3]}
    assert str(_cbor.decode(cbor2.dumps(cbor2.CBORTag(0, "2021-05-29T10:00:00Z")))) == "2021-05-29 10:00:00+00:00"


@given(st.binary(max_size=200))
def test_any_octets_get_a_value_or_a_reason(data: bytes) -> None:
    for parse in (_cbor.decode, open_sign1):
        try:
            parse(data)
        except MalformedCertificate as refusal:
            assert refusal.reasons


open_sign1 = partial(_cose.open_sign1, format="hcert")
SIGNER = MemorySigner()
PAYLOAD = cbor2.dumps({1: "XA"})


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (cbor2.dumps(7), Reason.COSE_STRUCTURE),
        (cbor2.dumps([b"", {}, b""]), Reason.COSE_STRUCTURE),
        (cbor2.dumps([b"", {}, {}, b""]), Reason.COSE_STRUCTURE),
        (cbor2.dumps([{}, {}, b"", b""]), Reason.COSE_STRUCTURE),
        (cbor2.dumps([cbor2.dumps([1]), {}, b"", b""]), Reason.COSE_STRUCTURE),
        (cbor2.dumps(cbor2.CBORTag(98, [b"", {}, b"", b""])), Reason.COSE_STRUCTURE),
        (cbor2.dumps([b"", {}, b"", b""]), Reason.ALGORITHM_UNKNOWN),
        (cbor2.dumps([cbor2.dumps({1: -8}), {}, b"", b""]), Reason.ALGORITHM_UNKNOWN),
        (cbor2.dumps([cbor2.dumps({1: "ES256"}), {}, b"", b""]), Reason.ALGORITHM_UNKNOWN),
        (cbor2.dumps([cbor2.dumps({1: [-7]}), {}, b"", b""]), Reason.ALGORITHM_UNKNOWN),
        (cose(SIGNER, PAYLOAD) + b"\x00", Reason.CBOR_TRAILING),
    ],
)
def test_what_is_no_sign1(message: bytes, reason: Reason) -> None:
    assert reasons_of(message, open_sign1) == (reason,)


@pytest.mark.parametrize("tags", [(), (18,), (18, 61), (61,)])
def test_every_tagging_is_read(tags: tuple[int, ...]) -> None:
    message = open_sign1(cose(SIGNER, PAYLOAD, tags=tags))
    assert message.payload == PAYLOAD
    assert message.key_id == SIGNER.key.kid
    assert message.algorithm is Algorithm.ES256


@pytest.mark.parametrize(
    ("protected", "unprotected"),
    [
        ({1: -7, 4: b"right---"}, {}),
        ({1: -7}, {4: b"right---"}),
        ({4: b"right---"}, {1: -7}),
        ({}, {1: -7, 4: b"right---"}),
        ({1: -7, 4: b"right---"}, {1: -37, 4: b"wrong---"}),
    ],
)
def test_either_header_serves_and_the_protected_one_wins(protected: dict, unprotected: dict) -> None:
    message = open_sign1(cose(SIGNER, PAYLOAD, protected=protected, unprotected=unprotected))
    assert (message.algorithm, message.key_id) == (Algorithm.ES256, b"right---")


def test_a_key_id_that_is_no_octet_string_is_none() -> None:
    assert open_sign1(cose(SIGNER, PAYLOAD, protected={1: -7, 4: "text"})).key_id is None


@given(st.binary(max_size=70_000), st.binary(max_size=300))
def test_the_hand_made_encodings_are_those_of_the_library(payload: bytes, protected: bytes) -> None:
    assert _cose.sig_structure(protected, payload) == cbor2.dumps(["Signature1", protected, b"", payload])
    sealed = _cose.seal_sign1(protected, payload, b"s" * 64)
    assert sealed == cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, b"s" * 64]))
