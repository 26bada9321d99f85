"""The status profile and its live proof: what is refused, and that what is issued is read again."""

from datetime import date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pratique import TrustList, admit, verify
from pratique.admission import Admission
from pratique.formats import hcert
from pratique.issuing import issue_status
from pratique.model.errors import IssueRefused
from pratique.model.keys import KeyKind, PublicKey, Use
from pratique.model.live import compressed, holder_key, message
from pratique.model.reasons import Reason
from pratique.model.status import WORDS, Status, StatusKind, StatusWord
from tests import travel, wire
from tests.cases.known import SIGNER, KnownSigner, ec_key
from tests.issuer import AT

HOUR = timedelta(hours=1)
LIST = TrustList.from_certificates([SIGNER.certificate])
HOLDER = ec_key("a holder's one-time key")
POINT = HOLDER.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
GREEN = Status(
    kind=StatusKind.HEALTH_CODE,
    word=StatusWord.GREEN,
    begins=AT - HOUR,
    ends=AT + 23 * HOUR,
    initials="GM",
    birthday="02-26",
    key=POINT,
)
words = st.sampled_from([(kind, word) for kind in WORDS for word in sorted(WORDS[kind])])


@st.composite
def statuses(draw: st.DrawFn) -> Status:
    kind, word = draw(words)
    day = draw(st.dates(date(2020, 1, 1), date(2020, 12, 31)))
    return Status(
        kind=kind,
        word=word,
        begins=AT,
        ends=AT + timedelta(seconds=draw(st.integers(1, 24 * 3600))),
        initials=draw(st.none() | st.text("ABCXYZ", min_size=1, max_size=2)),
        birthday=draw(st.none() | st.just(f"{day:%m-%d}")),
        key=draw(st.none() | st.just(POINT)),
        specimen=draw(st.booleans()),
    )


def live(scan: str, begins: datetime, key: ec.EllipticCurvePrivateKey = HOLDER) -> str:
    r, s = utils.decode_dss_signature(key.sign(message(scan, begins), ec.ECDSA(hashes.SHA256())))
    return hcert.presented(scan, begins, r.to_bytes(32) + s.to_bytes(32))


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"word": StatusWord.ADMITTED}, "word"),
        ({"kind": StatusKind.DAY_PASS}, "word"),
        ({"initials": "GEM"}, "initials"),
        ({"initials": "gm"}, "initials"),
        ({"initials": ""}, "initials"),
        ({"birthday": "02-30"}, "birthday"),
        ({"birthday": "1998-02-26"}, "birthday"),
        ({"ends": AT + 23 * HOUR + timedelta(seconds=1)}, "ends"),
        ({"ends": AT - HOUR}, "ends"),
        ({"key": b"\2" + bytes(31)}, "key"),
        ({"key": b"\4" + bytes(32)}, "key"),
        ({"key": b"\2" + b"\xff" * 32}, "key"),
        ({"begins": AT - 3 * HOUR, "ends": AT - HOUR}, "ends"),
    ],
)
def test_what_is_not_signed(changes: dict, place: str) -> None:
    signatures = SIGNER.signatures
    with pytest.raises(IssueRefused) as refused:
        issue_status(structs.replace(GREEN, **changes), signer=SIGNER, at=AT)
    assert refused.value.detail == place
    assert SIGNER.signatures == signatures


def test_a_key_that_is_confined_or_not_in_its_period_signs_none() -> None:
    with pytest.raises(IssueRefused) as refused:
        issue_status(GREEN, signer=KnownSigner(uses=[Use.TEST]), at=AT)
    assert refused.value.reasons == (Reason.ISSUE_KEY_USE,)
    with pytest.raises(IssueRefused) as refused:
        issue_status(GREEN, signer=KnownSigner(not_after=AT + HOUR), at=AT)
    assert refused.value.reasons == (Reason.ISSUE_KEY_PERIOD,)
    with pytest.raises(ValueError, match="aware"):
        issue_status(GREEN, signer=SIGNER, at=AT.replace(tzinfo=None))


@given(statuses())
def test_what_is_issued_is_read_again(status: Status) -> None:
    told = verify(issue_status(status, signer=SIGNER, at=AT), trust_list=LIST, at=AT)
    assert told.content == status
    assert told.format == "status"
    assert (told.issued, told.expires) == (status.begins, status.ends)
    assert told.authentic is not status.specimen
    assert told.live is False
    assert Reason.LIVE_ABSENT in told.reasons
    assert told.certificate is None


def test_it_counts_for_a_day_whatever_its_issuer_says() -> None:
    draft = hcert.build_status(structs.replace(GREEN, ends=AT + timedelta(days=30)), key=SIGNER.key)
    scan = hcert.seal(draft, SIGNER.sign(draft.signed))
    assert verify(scan, trust_list=LIST, at=AT).authentic
    told = verify(scan, trust_list=LIST, at=GREEN.begins + timedelta(hours=24, seconds=1))
    assert told.authentic is False
    assert Reason.EXPIRED in told.reasons


@pytest.mark.parametrize("by", [Use.TEST, Use.VACCINATION])
def test_a_confined_key_vouches_for_no_status(by: Use) -> None:
    confined = KnownSigner(uses=[by])
    draft = hcert.build_status(GREEN, key=confined.key)
    told = verify(
        hcert.seal(draft, confined.sign(draft.signed)),
        trust_list=TrustList.from_certificates([confined.certificate]),
        at=AT,
    )
    assert told.authentic is False
    assert Reason.KEY_USE in told.reasons


# live


def test_a_proof_is_fresh_for_a_minute() -> None:
    scan = issue_status(GREEN, signer=SIGNER, at=AT)
    shown = live(scan, AT)
    for seconds, reason in ((-31, "STALE"), (-30, "FRESH"), (0, "FRESH"), (59, "FRESH"), (60, "STALE"), (600, "STALE")):
        told = verify(shown, trust_list=LIST, at=AT + timedelta(seconds=seconds))
        assert told.authentic is True, "a stale proof refuses nobody"
        assert told.content == GREEN
        assert [each for each in told.reasons if each.startswith("LIVE_")] == [f"LIVE_{reason}"]
        assert told.live is (reason == "FRESH")


def test_a_proof_is_bound_to_its_scan_slot_and_key() -> None:
    scan = issue_status(GREEN, signer=SIGNER, at=AT)
    other = issue_status(structs.replace(GREEN, initials="XY"), signer=SIGNER, at=AT)
    paper = issue_status(structs.replace(GREEN, key=None), signer=SIGNER, at=AT)
    shown = live(scan, AT)
    proof = shown.removesuffix(scan)
    later = live(scan, AT + timedelta(seconds=30))
    r_and_s_of_another_slot = later[:12] + shown[12:]
    for text in (proof + other, proof + paper, live(scan, AT, ec_key("a thief's")), r_and_s_of_another_slot):
        told = verify(text, trust_list=LIST, at=AT)
        assert told.authentic is True
        assert told.live is False
        assert Reason.LIVE_INVALID in told.reasons


def test_a_proof_makes_nothing_genuine() -> None:
    stranger = KnownSigner("nobody's list has this one")
    scan = issue_status(GREEN, signer=stranger, at=AT)
    told = verify(live(scan, AT), trust_list=LIST, at=AT)
    assert told.authentic is None
    assert told.content is None
    assert not [each for each in told.reasons if each.startswith("LIVE_")]
    draft = hcert.build_status(GREEN, key=SIGNER.key)
    forged = hcert.seal(draft, SIGNER.sign(b"something else"))
    told = verify(live(forged, AT), trust_list=LIST, at=AT)
    assert told.authentic is False
    assert told.reasons == (Reason.SIGNATURE_INVALID,)


@given(st.text("LIVE1:HC0123456789ABCDEF %*+-./", max_size=300))
def test_any_text_behind_the_prefix_gets_an_answer(text: str) -> None:
    assert verify("LIVE1:" + text, trust_list=LIST, at=AT).authentic is not True


def test_a_point_and_its_key() -> None:
    public = HOLDER.public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert holder_key(POINT) == PublicKey(spki, KeyKind.P256)
    assert compressed(holder_key(POINT)) == POINT
    with pytest.raises(ValueError, match="uncompressed"):
        compressed(PublicKey(b"", KeyKind.P256))


# at a border


def test_no_border_takes_a_status_for_a_proof() -> None:
    told = verify(issue_status(GREEN, signer=SIGNER, at=AT), trust_list=LIST, at=AT)
    verdict = admit([told], bundle=travel.bundle(AT), journey=travel.to("XBHAV", AT), at=AT)
    assert verdict.outcome is Admission.REFUSED
    assert Reason.ENTRY_STATUS in verdict.reasons
    assert verdict.set_aside[0].reason is Reason.ENTRY_STATUS


@given(st.dictionaries(st.integers(0, 9), st.integers() | st.text(max_size=6) | st.binary(max_size=40) | st.booleans()))
def test_a_trusted_key_may_sign_nonsense(payload: dict) -> None:
    told = verify(wire.hcert(SIGNER, payload, key=-2022), trust_list=LIST, at=AT)
    assert told.reasons
