"""Sealed certificates: what is refused, who can read what, and that the open twin says the same."""

import base64
from datetime import timedelta

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pratique import TrustList, admit, answer, verify
from pratique.admission import Admission
from pratique.answering.words import Word, three
from pratique.formats import hcert
from pratique.formats.hcert import sealed as profile
from pratique.model import uvci
from pratique.model.certificate import Certificate, Evidence, Vaccination, choose
from pratique.model.dates import PartialDate
from pratique.model.errors import IssueRefused, TrustMaterialError
from pratique.model.keys import Use
from pratique.model.reasons import Reason
from pratique.model.sealed import Sealed
from pratique.model.valueset import COVID_19, SNOMED, Code
from pratique.revocation import RevocationList
from pratique.sealing import Twins, issue_sealed
from pratique.texts.saying import say
from pratique.trust import Environment, TrustedKey
from pratique.trust.recipients import recipient
from pratique.unsealing import unseal
from tests import special, travel
from tests.cases.known import SIGNER, KnownSigner
from tests.issuer import AT
from tests.special import XB, XC
from tests.strategies import certificates

LIST = TrustList.from_certificates([SIGNER.certificate])
SANDBOX = TrustList(LIST.keys, environment=Environment.SANDBOX)
IDENTIFIER = bytes(range(16))
RECORD = uvci.from_record_id("XA", bytes.fromhex("858cc18cfcf5965ef82f60e493349aa5"))


def dose(disease: Code = COVID_19, record: str = RECORD, day: int = 1) -> Vaccination:
    return Vaccination(
        uvci=record,
        disease=disease,
        country="XA",
        issuer="Ministry of Health of XA",
        evidence=Evidence.REGISTRY,
        date=PartialDate(2021, 6, day),
    )


ANNA = Certificate(travel.ANNA, (dose(), dose(record=uvci.from_record_id("XA", bytes(16)), day=20)))


def twins(
    certificate: Certificate = ANNA, *, states: tuple[special.KnownUnsealer, ...] = (XB, XC), **how: object
) -> Twins:
    asked = {
        "claims": range(len(certificate.claims)),
        "recipients": [each.recipient for each in states],
        "identifier": IDENTIFIER,
        "signer": SIGNER,
        "at": AT,
    }
    return issue_sealed(certificate, **(asked | how))  # type: ignore[arg-type]


def checked(scan: str, revocation: RevocationList | None = None) -> object:
    return verify(scan, trust_list=LIST, at=AT, revocation=revocation)


@pytest.mark.parametrize(
    ("certificate", "how", "reason"),
    [
        (ANNA, {"claims": []}, Reason.ISSUE_NO_CLAIM),
        (ANNA, {"recipients": []}, Reason.ISSUE_RECIPIENT),
        (ANNA, {"recipients": [XB.recipient, XB.recipient]}, Reason.ISSUE_RECIPIENT),
        (
            ANNA,
            {"recipients": [structs.replace(XB.recipient, not_after=AT - timedelta(days=1))]},
            Reason.ISSUE_RECIPIENT,
        ),
        (ANNA, {"signer": KnownSigner(uses=[Use.VACCINATION])}, Reason.ISSUE_KEY_USE),
        (choose(ANNA, dose(Code(SNOMED, "86406008"))), {}, Reason.ISSUE_CONDITION),
        (ANNA, {"expires": AT - timedelta(days=1)}, Reason.ISSUE_PERIOD),
    ],
)
def test_what_is_not_sealed(certificate: Certificate, how: dict, reason: Reason) -> None:
    signer = how.get("signer", SIGNER)
    before = signer.signatures
    with pytest.raises(IssueRefused) as refused:
        twins(certificate, **how)
    assert reason in refused.value.reasons
    assert signer.signatures == before


@pytest.mark.parametrize("how", [{"claims": [-1]}, {"claims": [2]}, {"identifier": b""}, {"identifier": bytes(17)}])
def test_what_no_caller_may_ask(how: dict) -> None:
    before = SIGNER.signatures
    with pytest.raises(ValueError, match=r"place|octets"):
        twins(**how)
    assert SIGNER.signatures == before


def test_every_reason_at_once() -> None:
    with pytest.raises(IssueRefused) as refused:
        twins(choose(ANNA, dose(Code(SNOMED, "86406008"))), recipients=[], expires=AT)
    assert {Reason.ISSUE_RECIPIENT, Reason.ISSUE_CONDITION, Reason.ISSUE_PERIOD} <= set(refused.value.reasons)


@pytest.mark.parametrize(
    "made",
    [{"signature": True}, {"agreement": False}, {"purpose": None}, {"purpose": "1.3.6.1.4.1.1847.2021.1.1"}],
)
def test_a_key_of_another_use_is_sealed_for_by_nobody(made: dict) -> None:
    with pytest.raises(TrustMaterialError) as refused:
        recipient(special.opening_certificate(**made))
    assert refused.value.reasons == (Reason.RECIPIENT_PURPOSE,)
    with pytest.raises(TrustMaterialError):
        recipient(SIGNER.certificate)


def test_a_key_that_opens_vouches_for_nothing_if_it_is_listed() -> None:
    listed = TrustList.from_certificates([special.opening_certificate()]).keys
    assert [key.uses for key in listed] == [frozenset()]
    assert isinstance(listed[0], TrustedKey)


# what everybody reads, and what only those it is for


def test_everybody_sees_that_it_is_genuine_and_for_whom() -> None:
    told = checked(twins().sealed)
    assert told.authentic is True
    assert told.format == "sealed"
    assert isinstance(told.content, Sealed)
    assert told.content.recipients == ("XB", "XC")
    assert told.certificate is None
    assert ("cti", IDENTIFIER.hex()) in told.identifiers
    found = answer([twins().sealed], bundle=structs.replace(travel.bundle(AT), trust_list=LIST), at=AT)
    genuine = three(found)[0]
    assert genuine.word is Word.YES
    assert "sealed for XB, XC" in " ".join(say(each, "en") for each in genuine.sentences)
    assert found.to_json()["certificates"][0]["sealed_for"] == ("XB", "XC")


def test_the_open_twin_says_the_same() -> None:
    both = twins(claims=[1])
    assert checked(both.open).content == choose(ANNA, ANNA.claims[1])
    assert unseal(checked(both.sealed), XB).content == choose(ANNA, ANNA.claims[1])


@pytest.mark.parametrize("authority", [XB, XC])
def test_each_authority_opens_it(authority: special.KnownUnsealer) -> None:
    opened = unseal(checked(twins().sealed), authority)
    assert opened.authentic is True
    assert opened.content == ANNA
    assert {("record", claim.record_id) for claim in ANNA.claims} <= opened.identifiers


def test_others_are_told_that_it_is_not_for_them() -> None:
    told = unseal(checked(twins(states=(XC,)).sealed), XB)
    assert told.authentic is True
    assert isinstance(told.content, Sealed)
    assert Reason.SEALED_FOR_OTHERS in told.reasons


def test_what_is_not_genuine_is_not_opened() -> None:
    asked = XB.secrets
    stranger = verify(twins().sealed, trust_list=TrustList([]), at=AT)
    with pytest.raises(ValueError, match="nothing sealed"):
        unseal(stranger, XB)
    late = verify(twins().sealed, trust_list=LIST, at=AT + timedelta(days=800))
    assert unseal(late, XB) == late
    with pytest.raises(ValueError, match="nothing sealed"):
        unseal(checked(twins().open), XB)
    assert XB.secrets == asked


def opened_of(ciphertext: bytes, **how: object) -> object:
    return unseal(checked(special.sealed(ciphertext, **how)), XB)


def test_what_a_stranger_sealed_by_the_standard_opens() -> None:
    for compressed in (True, False):
        opened = opened_of(special.encrypt(special.filled(ANNA), [XB.recipient], compressed=compressed))
        assert opened.content == ANNA
        assert opened.authentic is True


def test_the_closed_list_of_conditions_holds_behind_the_seal() -> None:
    smuggled = structs.replace(ANNA, claims=(dose(), dose(Code(SNOMED, "86406008"))))
    told = opened_of(special.encrypt(special.filled(smuggled), [XB.recipient]))
    assert told.authentic is False
    assert Reason.SEALED_CONDITION in told.reasons
    assert told.certificate is None


@pytest.mark.parametrize(
    ("ciphertext", "reason"),
    [
        (special.encrypt(special.filled(ANNA), [XB.recipient], issuer="XD"), Reason.SEALED_BROKEN),
        (special.encrypt(special.filled(ANNA), [XB.recipient], states=["XC"]), Reason.SEALED_BROKEN),
        (special.encrypt(special.filled(structs.replace(ANNA, specimen=True)), [XB.recipient]), Reason.SEALED_BROKEN),
        (special.encrypt(b"nonsense", [XB.recipient]), Reason.COMPRESSION_BROKEN),
        (special.encrypt(special.filled(ANNA) + b"\1", [XB.recipient]), Reason.COMPRESSION_TRAILING),
        (special.encrypt(special.filled(ANNA)[:-300], [XB.recipient]), Reason.COMPRESSION_BROKEN),
        (b"nonsense", Reason.CBOR_TRUNCATED),
        (cbor2.dumps([b"", {}, b"", []]), Reason.COSE_STRUCTURE),
    ],
)
def test_what_a_trusted_key_sealed_wrongly(ciphertext: bytes, reason: Reason) -> None:
    outside = checked(special.sealed(ciphertext))
    assert outside.authentic is True, "nobody outside can know"
    told = unseal(outside, XB)
    assert told.authentic is False
    assert reason in told.reasons
    assert told.certificate is None


def test_a_point_that_is_not_on_the_curve_is_never_agreed_with() -> None:
    message = cbor2.loads(special.encrypt(special.filled(ANNA), [XB.recipient])[2:])  # the tag taken off
    key = dict(message[3][0][1][-1])
    assert opened_of(cbor2.dumps(message)).content == ANNA
    asked = XB.secrets
    for changes in ({-2: b"\xff" * 32}, {-1: 2}, {1: 4}, {-3: bytes(32)}, {-3: 1}, {-2: b""}):
        message[3][0][1][-1] = key | changes
        assert Reason.COSE_STRUCTURE in opened_of(cbor2.dumps(message)).reasons
    assert XB.secrets == asked


@given(st.data())
def test_after_any_flipped_octet_of_the_message_nothing_opens(data: st.DataObject) -> None:
    message = bytearray(special.encrypt(special.filled(ANNA), [XB.recipient]))
    message[data.draw(st.integers(0, len(message) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    told = opened_of(bytes(message))
    assert told.certificate is None or told.content == ANNA


@given(
    st.dictionaries(st.integers(0, 4), st.integers() | st.text(max_size=4) | st.lists(st.text(max_size=3)), max_size=5)
)
def test_a_trusted_key_may_sign_nonsense(payload: dict) -> None:
    told = checked(special.sealed(b"x", payload=payload))
    assert told.authentic is not None or told.reasons
    if isinstance(told.content, Sealed):
        assert unseal(told, XB).certificate is None


@given(certificates())
def test_what_is_sealed_is_read_again(certificate: Certificate) -> None:
    try:
        both = twins(certificate)
    except IssueRefused:
        return
    told, open_twin = (verify(scan, trust_list=SANDBOX, at=AT) for scan in (both.sealed, both.open))
    assert unseal(told, XC).content == open_twin.content
    assert open_twin.certificate is not None


def test_a_record_that_was_withdrawn_is_withdrawn_behind_the_seal() -> None:
    withdrawn = RevocationList(AT, AT + timedelta(days=7), [("record", dose().record_id)])
    outside = checked(twins().sealed, withdrawn)
    assert outside.authentic is True
    told = unseal(outside, XB, revocation=withdrawn)
    assert told.authentic is False
    assert Reason.REVOKED in told.reasons
    itself = RevocationList(AT, AT + timedelta(days=7), [("cti", IDENTIFIER.hex())])
    assert checked(twins().sealed, itself).authentic is False


def test_the_length_says_little_and_two_are_never_alike() -> None:
    one, both = twins(claims=[0]), twins()
    lengths = {len(checked(each.sealed).content.ciphertext) for each in (one, both)}
    assert len(lengths) == 1
    again = twins()
    first, second = (cbor2.loads(checked(each.sealed).content.ciphertext).value for each in (both, again))
    assert first[1] != second[1]
    assert first[2] != second[2]
    assert first[3][0][1][-1] != second[3][0][1][-1]
    assert first[3][0][1][-1] != first[3][1][1][-1], "each recipient has an ephemeral key of its own"


def test_nothing_of_the_claims_is_outside() -> None:
    scan = twins().sealed
    octets = hcert.inflate(hcert._base45.decode(scan.removeprefix("HC1:")))
    for told in (b"MUSTER", b"ANNA", dose().record_id.encode(), bytes.fromhex("858cc18cfcf5965ef82f60e493349aa5")):
        assert told not in octets
        assert base64.b64encode(told) not in octets
    assert profile.BUCKET == 256


# at a border


def test_a_border_leaves_it_open_and_counts_it_once_it_was_opened() -> None:
    told = checked(twins().sealed)
    verdict = admit([told], bundle=travel.bundle(AT), journey=travel.to("XBHAV", AT), at=AT)
    assert verdict.outcome is Admission.OPEN
    assert verdict.set_aside[0].reason is Reason.ENTRY_SEALED
    opened = unseal(told, XB)
    again = admit([opened], bundle=travel.bundle(AT), journey=travel.to("XBHAV", AT), at=AT)
    assert again.set_aside == ()
