"""`pratique inspect`: every layer, as far as it goes, and never as if it were believed."""

import json
import zlib
from datetime import UTC, date, datetime

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique import formats
from pratique.cli.inspect import HEADING, diagnostic
from pratique.formats import _base45
from pratique.formats.hcert import inflate
from pratique.model.errors import MalformedCertificate
from tests.cli.conftest import Desk, Shell


def repacked(message: bytes) -> str:
    return "HC1:" + _base45.encode(zlib.compress(message))


def test_every_layer(desk: Desk, shell: Shell) -> None:
    ran = shell("inspect", desk.good)
    assert ran.code == 0
    assert ran.out.splitlines()[0] == HEADING
    for word in ("HCERT", "base45", "zlib", "COSE_Sign1", "ES256", desk.signer.key.kid.hex(), 'iss (1): "XA"', "ithc"):
        assert word in ran.out, word


def test_json(desk: Desk, shell: Shell) -> None:
    told = json.loads(shell("inspect", "--json", desk.expired).out)
    assert told["verified"] is False
    assert told["stopped"] is None
    names = [layer["name"] for layer in told["layers"]]
    assert names[:7] == ["HCERT", "base45", "zlib", "COSE_Sign1", "COSE header", "key", "CWT"]
    assert told["layers"][-1]["content"]["nam"]["fnt"] == "HAN"
    assert told["layers"][5]["key id"] == f"h'{desk.signer.key.kid.hex()}'"


@pytest.mark.parametrize(
    ("message", "layers", "reason"),
    [
        (b"\xd2", 3, "CBOR_TRUNCATED"),
        (cbor2.dumps([1, 2]), 3, "COSE_STRUCTURE"),
        (cbor2.dumps([b"\xff", {}, b"", b""]), 4, "CBOR_BROKEN"),
        (cbor2.dumps([b"", {}, b"", b""]), 5, "ALGORITHM_UNKNOWN"),
        (cbor2.dumps([b"", {1: -7}, b"", b""]), 6, "CBOR_TRUNCATED"),
        (cbor2.dumps([b"", {1: -7}, b"\x01", b""]), 6, "CWT_STRUCTURE"),
        (cbor2.dumps([b"", {1: -7}, cbor2.dumps({1: "XA"}), b""]), 7, "CWT_STRUCTURE"),
    ],
)
def test_it_says_where_it_stops(shell: Shell, message: bytes, layers: int, reason: str) -> None:
    ran = shell("inspect", "--json", repacked(message))
    told = json.loads(ran.out)
    assert ran.code == 1
    assert len(told["layers"]) == layers
    assert told["stopped"]["reasons"] == [reason]
    said = shell("inspect", repacked(message)).out
    assert "Stopped here" in said
    assert reason in said


def test_no_hcert(shell: Shell) -> None:
    told = json.loads(shell("inspect", "--json", "NZCP:/2/ABC").out)
    assert (told["layers"], told["stopped"]["reasons"]) == ([], ["FORMAT_NOT_SUPPORTED"])
    assert shell("inspect", "/no/such/file").code == 3


def test_an_unknown_profile_is_shown(shell: Shell) -> None:
    message = cbor2.dumps([b"", {1: -7}, cbor2.dumps({-260: {9: "x\x1b[2J"}}), b""])
    ran = shell("inspect", repacked(message))
    assert ran.code == 0
    assert "no known profile" in ran.out
    assert "\x1b" not in ran.out


@given(st.text().map("HC1:".__add__) | st.binary().map(repacked))
def test_any_scan_ends_with_a_reason_or_whole(scan: str) -> None:
    try:
        layers = list(formats.layers(scan))
    except MalformedCertificate as stopped:
        layers = []
        reasons = stopped.reasons
    else:
        reasons = ()
    assert bool(layers) != bool(reasons)


def test_a_parser_that_stumbles_has_a_reason(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pratique.formats.hcert.inflate", lambda _: 1 / 0)
    with pytest.raises(MalformedCertificate, match="PARSER_FAULT"):
        list(formats.layers(desk.good))


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({1: b"\x01", "a": [True, None, 1.5]}, "{1: h'01', \"a\": [true, null, 1.5]}"),
        (datetime(2021, 7, 1, tzinfo=UTC), '0("2021-07-01T00:00:00Z")'),
        (date(2021, 7, 1), '1004("2021-07-01")'),
        (cbor2.CBORTag(99, "a"), '99("a")'),
        (cbor2.undefined, "undefined"),
        (cbor2.CBORSimpleValue(3), "simple(3)"),
        ('"\n', '"\\"\\n"'),
    ],
)
def test_diagnostic_notation(item: object, text: str) -> None:
    assert diagnostic(item) == text


def test_a_damaged_byte_never_looks_whole(desk: Desk, shell: Shell) -> None:
    message = inflate(_base45.decode(desk.good[4:]))
    assert shell("inspect", repacked(message[:-70])).code == 1
