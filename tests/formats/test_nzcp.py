"""NZ COVID Passes: the official examples, any text, and what a pass says."""

from base64 import b32encode
from datetime import UTC, datetime, timedelta

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique import TrustList, identify, verify
from pratique.formats import _base32, nzcp, open_scan
from pratique.identification import Match
from pratique.model import mrz
from pratique.model.errors import MalformedCertificate
from pratique.model.mrz import check_digit
from pratique.model.reasons import EFFECTS, Reason
from pratique.trust import did
from tests import foreign
from tests.cases.known import SIGNER
from tests.cases.passes import TRUST
from tests.issuer import AT
from tests.shared import VECTORS, needs_vectors

KEYS, _ = did.trusted_keys(foreign.did_document(foreign.method(SIGNER)))
LIST = TrustList(KEYS)


@needs_vectors
@pytest.mark.parametrize(
    ("name", "at", "reasons"),
    [
        ("invalid/nzcp-modified-sig", datetime(2022, 1, 1, tzinfo=UTC), {Reason.SIGNATURE_INVALID}),
        ("invalid/nzcp-expired-payload", datetime(2026, 1, 1, tzinfo=UTC), {Reason.EXPIRED}),
        ("valid/nzcp", datetime(2021, 1, 1, tzinfo=UTC), {Reason.NOT_YET_VALID}),
        ("valid/nzcp", datetime(2026, 1, 1, tzinfo=UTC), set()),
    ],
)
def test_the_examples_of_the_specification(name: str, at: datetime, reasons: set[Reason]) -> None:
    assert VECTORS is not None
    folder = VECTORS / "nzcp"
    keys, report = did.trusted_keys((folder / "valid" / "did.json").read_bytes())
    assert (report.accepted, report.refused) == (1, ())
    told = verify((folder / f"{name}.txt").read_text("utf-8"), trust_list=TrustList(keys), at=at)
    assert set(told.reasons) - {Reason.REVOCATION_NOT_ASKED} == reasons
    assert told.authentic is (not reasons)
    assert verify((folder / f"{name}.txt").read_text("utf-8"), trust_list=LIST, at=at).content is None


def test_a_pass_says_nothing_of_events() -> None:
    told = verify(foreign.nzcp(SIGNER), trust_list=LIST, at=AT)
    assert told.authentic is True
    assert told.content is not None
    assert told.content.claims == ()
    assert told.issuer == foreign.DID
    assert told.issued == AT - timedelta(minutes=1)
    names = "P<UTOMUSTERFRAU<<GABRIELE".ljust(44, "<")
    number, born, expiry = "L898902C3", "980226", "290415"
    line = f"{number}{check_digit(number)}UTO{born}{check_digit(born)}F{expiry}{check_digit(expiry)}" + "<" * 14 + "0"
    line += check_digit(line[:10] + line[13:20] + line[21:43])
    assert identify(told.content, mrz.parse(f"{names}\n{line}")).match is Match.EXACT


@given(st.binary(max_size=80))
def test_base32_is_canonical(octets: bytes) -> None:
    text = b32encode(octets).decode().rstrip("=")
    assert _base32.decode(text) == octets


@given(st.text(max_size=40) | st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", max_size=24))
def test_any_text_is_the_one_form_of_its_octets_or_refused(text: str) -> None:
    try:
        octets = _base32.decode(text)
    except MalformedCertificate:
        return
    assert b32encode(octets).decode().rstrip("=") == text


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=20) | st.binary(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12) | st.integers(-9, 9), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([1, 4, 5, 7, "vc"]), values), values)
def test_a_trusted_key_may_sign_nonsense(claims: dict[object, object], content: object) -> None:
    for payload in (claims, foreign.pass_claims() | claims, foreign.pass_claims(content if content is not None else 7)):
        scan = foreign.pass_scan(foreign.pass_message(SIGNER, cbor2.dumps(payload)))
        told = verify(scan, trust_list=LIST, at=AT)
        assert told.authentic is True or set(told.reasons) <= set(EFFECTS)
        assert Reason.PARSER_FAULT not in told.reasons, told.fault


@given(st.text(max_size=200))
def test_any_text_after_the_prefix_ends_in_a_reason(text: str) -> None:
    with pytest.raises(MalformedCertificate) as refusal:
        open_scan("NZCP:/1/" + text)
    assert Reason.PARSER_FAULT not in refusal.value.reasons


def test_the_layers_show_all() -> None:
    names = [layer.name for layer in nzcp.layers(foreign.nzcp(SIGNER))]
    assert names == ["NZCP", "base32", "COSE_Sign1", "key", "CWT"]


def test_the_list_of_the_vectors_is_that_of_the_did_document() -> None:
    assert TRUST["keys"][0]["issuer"] == KEYS[0].issuer  # type: ignore[index]
    assert KEYS[0].formats == frozenset({"nzcp"})
