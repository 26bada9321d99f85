"""CBOR and COSE from strangers: what is survived, and what each refusal is called."""

from datetime import UTC, date, datetime
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
        ("01d9d9f7", Reason.CBOR_TRAILING),  # a tag that says nothing, of nothing
        ("01d9d9f7" + "db000000000000d9f7", Reason.CBOR_TRAILING),
        ("01f7", Reason.CBOR_TRAILING),
        ("0150", Reason.CBOR_TRAILING),
        ("41", Reason.CBOR_TRUNCATED),
        ("9f01", Reason.CBOR_TRUNCATED),
        ("9f01ffff", Reason.CBOR_TRAILING),
        ("81" * 13 + "01", Reason.CBOR_TOO_DEEP),
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
        ("c001", Reason.CBOR_BROKEN),  # a date that is no text
        ("c201", Reason.CBOR_BROKEN),  # a long number that is no octet string
    ],
)
def test_refusals(data: str, reason: Reason) -> None:
    assert reasons_of(bytes.fromhex(data)) == (reason,)


def test_bignums_are_read_where_they_are_no_keys() -> None:
    for number in (1 << 64, -1 - (1 << 64)):
        assert _cbor.decode(cbor2.dumps({1: number})) == {1: number}


def test_as_deep_as_may_be_is_read() -> None:
    item = _cbor.decode(b"\x81" * _cbor.MAX_DEPTH + b"\x01")
    for _ in range(_cbor.MAX_DEPTH):
        (item,) = item  # type: ignore[misc]
    assert item == 1


def test_a_tag_that_says_nothing_may_be_around_anything() -> None:
    assert _cbor.decode(bytes.fromhex("d9d9f7a101d9d9f78102")) == {1: [2]}
    key = "a1" + "d9d9f7" + "c249" + "01" + "00" * 8 + "00"
    assert reasons_of(bytes.fromhex(key)) == (Reason.CBOR_BROKEN,)  # 2^64 as a key, still


def test_indefinite_lengths_and_dates_under_tags_are_read() -> None:
    item = _cbor.decode(bytes.fromhex("bf61610161629f0203ffff"))
    assert item == {"a": 1, "b": [2, 3]}
    assert str(_cbor.decode(cbor2.dumps(cbor2.CBORTag(0, "2021-05-29T10:00:00Z")))) == "2021-05-29 10:00:00+00:00"


@pytest.mark.parametrize(
    ("tag", "value", "expected"),
    [
        (0, "2021-05-29T10:00:00Z", datetime(2021, 5, 29, 10, tzinfo=UTC)),
        (0, "2021-05-29T10:00:00+0200", datetime(2021, 5, 29, 8, tzinfo=UTC)),
        (0, "2021-05-29", "2021-05-29"),  # a day is no instant: it stays what it was
        (0, "soon", "soon"),
        (1, 1622282400, datetime(2021, 5, 29, 10, tzinfo=UTC)),
        (1004, "2021-05-29", "2021-05-29"),
        (1004, "2021-05-29T10:00:00Z", datetime(2021, 5, 29, 10, tzinfo=UTC)),
        (100, 18776, date(2021, 5, 29)),
        (2, (2**64 - 1).to_bytes(8), 2**64 - 1),
        (2, b"", 0),
        (3, b"\x04", -5),
        (2, b"\1" + bytes(8), 2**64),
        (3, b"\1" + bytes(8), -1 - 2**64),
    ],
)
def test_what_tags_hold(tag: int, value: object, expected: object) -> None:
    assert _cbor.decode(cbor2.dumps(cbor2.CBORTag(tag, value))) == expected


def test_undefined_reads_as_null_at_any_depth() -> None:
    undefined = cbor2.undefined
    item = {"v": undefined, "t": [{"nm": undefined, "tc": "x"}], "x": cbor2.CBORTag(999, [undefined])}
    assert _cbor.decode(cbor2.dumps(undefined)) is None
    assert _cbor.decode(cbor2.dumps(item)) == {
        "v": None,
        "t": [{"nm": None, "tc": "x"}],
        "x": cbor2.CBORTag(999, [None]),
    }


def test_keys_chosen_to_collide_cost_nothing() -> None:
    keys = [(number * (2**61 - 1)).to_bytes(10) for number in range(8, 2400)]
    data = b"\xb9" + len(keys).to_bytes(2) + b"".join(b"\xc2" + cbor2.dumps(key) + b"\0" for key in keys)
    assert reasons_of(data) == (Reason.CBOR_BROKEN,)


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
        pytest.param(cose(SIGNER, PAYLOAD) + b"\x00", Reason.CBOR_TRAILING, id="trailing"),
    ],
)
def test_what_is_no_sign1(message: bytes, reason: Reason) -> None:
    assert reasons_of(message, open_sign1) == (reason,)


@pytest.mark.parametrize("tags", [(), (18,), (18, 61), (61,), (61, 18), (18, 18), (18, 61, 61), (18, 55799)])
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
        ({1: None, 4: None}, {1: -7, 4: b"right---"}),
        ({1: cbor2.undefined, 4: cbor2.undefined}, {1: -7, 4: b"right---"}),
    ],
)
def test_either_header_serves_and_the_protected_one_wins(protected: dict, unprotected: dict) -> None:
    message = open_sign1(cose(SIGNER, PAYLOAD, protected=protected, unprotected=unprotected))
    assert (message.algorithm, message.key_id) == (Algorithm.ES256, b"right---")


@pytest.mark.parametrize(("stated", "read"), [("text", b"text"), (7, None), ([], None)])
def test_a_key_id_is_octets_or_their_text(stated: object, read: bytes | None) -> None:
    assert open_sign1(cose(SIGNER, PAYLOAD, protected={1: -7, 4: stated})).key_id == read


def test_undefined_in_the_unprotected_header_is_as_good_as_absent() -> None:
    undefined = cbor2.undefined
    assert open_sign1(cose(SIGNER, PAYLOAD, protected={1: -7}, unprotected={4: undefined})).key_id is None
    message = cose(SIGNER, PAYLOAD, protected={4: b"right---"}, unprotected={1: undefined})
    assert reasons_of(message, open_sign1) == (Reason.ALGORITHM_UNKNOWN,)


@pytest.mark.parametrize("critical", [[99], ["x"], [[1]], 4, [1, 99]])
def test_what_must_be_understood_and_is_not(critical: object) -> None:
    message = cose(SIGNER, PAYLOAD, protected={1: -7, 2: critical, 4: SIGNER.key.kid})
    assert reasons_of(message, open_sign1) == (Reason.COSE_CRITICAL,)
    understood = cose(SIGNER, PAYLOAD, protected={1: -7, 2: [1, 4], 4: SIGNER.key.kid})
    assert open_sign1(understood).key_id == SIGNER.key.kid


@pytest.mark.parametrize("head", [b"", b"\xa0", b"\xbf\xff"])
def test_a_header_without_parameters_is_signed_as_the_empty_string(head: bytes) -> None:
    message = open_sign1(cbor2.dumps([head, {1: -7, 4: b"right---"}, PAYLOAD, b"s"]))
    assert message.signed == cbor2.dumps(["Signature1", b"", b"", PAYLOAD])


def test_chunks_and_long_lengths_are_signed_in_their_shortest_form() -> None:
    head = cbor2.dumps({1: -7, 4: b"right---"})
    chunked = b"\x5f" + cbor2.dumps(PAYLOAD[:2]) + cbor2.dumps(PAYLOAD[2:]) + b"\xff"
    data = b"\x9f\x5a" + len(head).to_bytes(4) + head + b"\xa0" + chunked + b"\x41s\xff"
    assert open_sign1(data).signed == cbor2.dumps(["Signature1", head, b"", PAYLOAD])


@given(st.binary(max_size=70_000), st.binary(max_size=300))
def test_the_hand_made_encodings_are_those_of_the_library(payload: bytes, protected: bytes) -> None:
    assert _cose.sig_structure(protected, payload) == cbor2.dumps(["Signature1", protected, b"", payload])
    sealed = _cose.seal_sign1(protected, payload, b"s" * 64)
    assert sealed == cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, b"s" * 64]))
