"""What we sign as a DCC: only what any reader, ours included, gives back as it was."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from pratique import TrustList, issue, verify
from pratique.formats.hcert import eu_dcc
from pratique.model import dcc, names, valueset
from pratique.model.certificate import Certificate, Evidence, Person, Recovery, Test, TestKind, Vaccination
from pratique.model.dates import PartialDate
from pratique.model.errors import IssueRefused, MalformedCertificate
from pratique.model.reasons import Reason
from pratique.model.uvci import from_record_id

from .. import wire
from ..issuer import AT, MemorySigner

SIGNER = MemorySigner()
HOLDER = Person(names.name("Musterfrau-Gößinger", "Gabriele"), PartialDate(1998, 2, 26))
_COMMON = {
    "uvci": from_record_id("XA", bytes(range(16))),
    "disease": valueset.COVID_19,
    "country": "XA",
    "issuer": "Ministry of Health of XA",
    "evidence": Evidence.REGISTRY,
}
DOSE = Vaccination(
    **_COMMON,
    date=PartialDate(2021, 5, 29),
    prophylaxis=valueset.code_of("vp", "1119349007"),
    product=valueset.code_of("mp", "EU/1/20/1528"),
    manufacturer=valueset.code_of("ma", "ORG-100030215"),
    dose=2,
    doses=2,
)
TEST = Test(
    **_COMMON,
    kind=TestKind.MOLECULAR,
    sampled=AT - timedelta(hours=5),
    result=valueset.NOT_DETECTED,
    method=valueset.code_of("tt", "LP6464-4"),
    name="PCR",
    centre="Harbour Test Centre",
)
PAST = Recovery(
    **_COMMON,
    first_positive=PartialDate(2021, 4, 1),
    valid_from=PartialDate(2021, 4, 12),
    valid_until=PartialDate(2021, 9, 28),
)


def refused(claim: Vaccination | Test | Recovery, holder: Person = HOLDER, **options: datetime) -> tuple[Reason, ...]:
    before = SIGNER.signatures
    with pytest.raises(IssueRefused) as refusal:
        issue(Certificate(holder, (claim,)), format="eu-dcc", signer=SIGNER, **({"at": AT} | options))
    assert SIGNER.signatures == before, "nothing is signed that is refused"
    return refusal.value.reasons


@pytest.mark.parametrize("claim", [DOSE, TEST, PAST])
def test_the_untouched_claim_is_signed_and_read(claim: Vaccination | Test | Recovery) -> None:
    scan = issue(Certificate(HOLDER, (claim,)), format="eu-dcc", signer=SIGNER, at=AT)
    verification = verify(scan, trust_list=TrustList.from_certificates([SIGNER.certificate]), at=AT)
    assert verification.authentic is True
    assert verification.content == Certificate(HOLDER, (structs.replace(claim, evidence=None),))


@pytest.mark.parametrize(
    "theirs",
    [{"x": "extension"}, {"x": [{"df": "2021-01-01"}]}, {"sp": 1}, {"sp": "no"}, {"sp": None}, {"sp": []}, {"y": {}}],
)
def test_a_states_own_keys_are_passed_over(theirs: dict[str, object]) -> None:
    assert eu_dcc.read(wire.dcc(**theirs)) == dcc.from_dcc(wire.dcc())


@pytest.mark.parametrize(
    "theirs",
    [
        {"ev": 9},
        {"ev": "paper"},
        {"cd": "U07.1"},
        {"cd": {"mp": ["http://hl7.org/fhir/sid/cvx", "212"], "tr": ["x", "y"]}},
        {"kd": "saliva", "an": 5},
        {"kd": "antibody", "an": "IgG"},
        {"an": "IgG"},
    ],
)
def test_a_states_own_keys_in_an_entry_are_passed_over(theirs: dict[str, object]) -> None:
    for group, entry in (("v", wire.vaccination), ("t", wire.test), ("r", wire.recovery)):
        untouched = wire.dcc(v=None) | {group: [entry()]}
        assert eu_dcc.read(untouched | {group: [entry(**theirs)]}) == dcc.from_dcc(untouched)


def test_a_specimen_is_one_that_says_true() -> None:
    assert eu_dcc.read(wire.dcc(sp=True)).specimen is True
    assert eu_dcc.read(wire.dcc(sp=False)).specimen is False


def test_a_dcc_of_our_exemptions_alone_is_empty() -> None:
    exempt = {"tg": "840539006", "co": "XA", "is": "", "ci": "X", "df": "2021-01-01", "du": "2021-02-01"}
    with pytest.raises(MalformedCertificate) as refusal:
        eu_dcc.read(wire.dcc(v=None, x=[exempt]))
    assert refusal.value.reasons == (Reason.CONTENT_EMPTY,)


@pytest.mark.parametrize(
    "text",
    [" Harbour", "", "e\u0301", "\ud800", "x" * 81, "Har\x1b[2Jbour"],
    ids=["blank", "empty", "decomposed", "half", "long", "control"],
)
def test_a_text_that_would_be_read_otherwise_is_not_signed(text: str) -> None:
    assert refused(structs.replace(TEST, centre=text)) == (Reason.ISSUE_FIELD,)


def test_a_name_that_would_be_read_otherwise_is_not_signed() -> None:
    for family in (" Gößinger", "Go\u0308ßinger", "\ud800", "Göß\x1binger"):
        holder = structs.replace(HOLDER, name=structs.replace(HOLDER.name, family=family))
        assert refused(DOSE, holder) == (Reason.ISSUE_FIELD,)


@pytest.mark.parametrize("issuer", ["", "Ministry\x00", "a\nb"])
def test_an_issuer_without_a_name_or_with_a_control_character_is_not_signed(issuer: str) -> None:
    assert refused(structs.replace(DOSE, issuer=issuer)) == (Reason.ISSUE_FIELD,)


def test_an_unknown_birth_date_is_an_empty_text_and_is_signed() -> None:
    certificate = Certificate(structs.replace(HOLDER, birth_date=None), (DOSE,))
    assert eu_dcc.refusals(certificate) == ()


@pytest.mark.parametrize("dose", [0, 100, 10**9])
def test_a_dose_that_no_reader_of_ours_accepts_is_not_signed(dose: int) -> None:
    assert refused(structs.replace(DOSE, dose=dose)) == (Reason.ISSUE_FIELD,)


def test_a_code_too_long_to_read_is_not_signed() -> None:
    product = valueset.Code(valueset.EU_PRODUCT_OTHER, "x" * 300)
    assert refused(structs.replace(DOSE, product=product)) == (Reason.ISSUE_FIELD,)


def test_a_sample_without_a_zone_is_not_signed() -> None:
    naive = structs.replace(TEST, sampled=datetime(2021, 6, 1))  # noqa: DTZ001
    assert refused(naive) == (Reason.ISSUE_FIELD,)
    with pytest.raises(IssueRefused) as refusal:
        issue(Certificate(HOLDER, (naive,)), format="ithc", signer=SIGNER, at=AT)
    assert refusal.value.reasons == (Reason.ISSUE_FIELD,)


def test_a_day_has_begun_when_it_has_begun_anywhere() -> None:
    noon = datetime(2021, 7, 1, 10, 0, tzinfo=UTC)
    tomorrow = structs.replace(DOSE, date=PartialDate(2021, 7, 2))
    assert issue(Certificate(HOLDER, (tomorrow,)), format="eu-dcc", signer=SIGNER, at=noon)
    assert refused(tomorrow, at=noon - timedelta(seconds=1)) == (Reason.ISSUE_FUTURE_EVENT,)
    assert refused(structs.replace(DOSE, date=PartialDate(2021, 7, 3)), at=noon) == (Reason.ISSUE_FUTURE_EVENT,)


def test_the_end_of_the_calendar_is_no_stumbling_block() -> None:
    end = datetime(9999, 12, 31, 12, tzinfo=UTC)
    assert refused(DOSE, at=end) == (Reason.ISSUE_KEY_PERIOD, Reason.ISSUE_PERIOD)
