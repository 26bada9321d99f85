"""What is not accepted, and what is only open: unknown is never red, and a forgery never counts."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec import structs

from pratique import admit
from pratique.admission import Admission, Verdict
from pratique.bundle import Bundle
from pratique.model.certificate import TestKind
from pratique.model.consequence import ConsequenceKind
from pratique.model.dates import PartialDate
from pratique.model.journey import Journey, Leg
from pratique.model.reasons import Reason
from pratique.model.valueset import CVX, LOINC, YELLOW_FEVER, Code
from pratique.sandbox.border import bundle_files, rules
from pratique.trust import Environment, TrustList
from pratique.verification import Verification
from tests.travel import (
    ANNA,
    ARRIVE,
    BERTIL,
    BUNDLE,
    FORGED,
    NOW,
    UNKNOWN,
    UNREADABLE,
    XA,
    XB,
    dose,
    pcr,
    recovery,
    sample,
    to,
    told,
)

COMPLETE = told(dose(60), dose(30))


def judged(*verifications: Verification, journey: Journey = XB, bundle: Bundle = BUNDLE, **asked: Any) -> Verdict:
    return admit(verifications, **{"bundle": bundle, "journey": journey, "at": NOW} | asked)


# certificates that do not count


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (FORGED, Reason.ENTRY_PROOF_REFUSED),
        (UNREADABLE, Reason.ENTRY_PROOF_REFUSED),
        (structs.replace(COMPLETE, not_revoked=False), Reason.ENTRY_PROOF_REFUSED),
        (structs.replace(COMPLETE, expires=ARRIVE - timedelta(seconds=1)), Reason.ENTRY_PROOF_ENDS),
    ],
)
def test_a_certificate_that_is_not_authentic_on_arrival_is_no_proof(shown: Verification, reason: Reason) -> None:
    verdict = judged(shown)
    assert verdict.accepted is False
    assert verdict.reasons == (reason, Reason.ENTRY_NO_PROOF)
    assert [(each.number, each.reason) for each in verdict.set_aside] == [(0, reason)]
    assert verdict.consequence is not None
    assert verdict.consequence.days == 10
    assert judged(COMPLETE).accepted is True


@pytest.mark.parametrize("shown", [UNKNOWN, structs.replace(COMPLETE, key_trusted=None)])
def test_a_certificate_that_is_undecided_leaves_the_question_open(shown: Verification) -> None:
    verdict = judged(shown)
    assert (verdict.outcome, verdict.consequence) == (Admission.OPEN, None)
    assert Reason.ENTRY_PROOF_OPEN in verdict.reasons


def test_beside_a_proof_a_forgery_is_set_aside_and_told_of() -> None:
    verdict = judged(FORGED, COMPLETE, UNKNOWN)
    assert verdict.accepted is True
    assert [each.number for each in verdict.set_aside] == [0, 2]
    assert verdict.reasons == (Reason.ENTRY_PROOF_REFUSED, Reason.ENTRY_PROOF_OPEN)


def test_nobody_without_a_proof() -> None:
    verdict = judged()
    assert (verdict.accepted, verdict.reasons) == (False, (Reason.ENTRY_NO_PROOF,))


def test_a_rule_that_lets_everybody_in_does_not_let_a_forgery_in() -> None:
    file = msgspec.json.decode(rules("XB"))
    everybody = file["rules"][-1] | {"Identifier": "GR-XB-0009", "Logic": {"===": [1, 1]}}
    file["rules"].append(everybody)
    welcome = {"name": "all", "title": {"en": "all"}, "rules": ["GR-XB-0009"], "consequence": {"kind": "free"}}
    file["routes"].insert(0, welcome)
    bundle = bundle_of(XB=msgspec.json.encode(file))
    assert judged(bundle=bundle).accepted is True
    verdict = judged(FORGED, bundle=bundle)
    assert (verdict.accepted, verdict.consequence) == (False, None)
    assert judged(UNKNOWN, bundle=bundle).accepted is None


# persons


def test_two_persons_are_refused_together() -> None:
    verdict = judged(told(dose(60)), told(dose(30), holder=BERTIL))
    assert (verdict.accepted, verdict.reasons, verdict.consequence) == (False, (Reason.ENTRY_PERSONS_DIFFER,), None)
    assert verdict.results == ()
    assert judged(told(dose(60)), told(dose(30), holder=ANNA)).accepted is True


def test_a_forged_certificate_of_somebody_else_makes_nobody_another_person() -> None:
    other = structs.replace(told(dose(30), holder=BERTIL), signature_held=False)
    assert judged(COMPLETE, other).accepted is True


def test_persons_that_cannot_be_told_apart_leave_the_question_open() -> None:
    holder = structs.replace(ANNA, name=structs.replace(ANNA.name, family="エリクソン", family_icao=None))
    verdict = judged(told(dose(60)), told(dose(30), holder=holder))
    assert (verdict.accepted, verdict.reasons) == (None, (Reason.ENTRY_PERSONS_OPEN,))


# rules that are lacking, old, or silent


def bundle_of(**files: bytes) -> Bundle:
    """The sandbox's bundle with other rules for some countries; an empty file leaves a country out."""
    parts = dict(bundle_files(TrustList([], environment=Environment.SANDBOX), number=7, at=NOW))
    manifest = msgspec.json.decode(parts["bundle.json"])
    for country, data in files.items():
        name = f"rules/{country}.json"
        manifest["parts"][name] = manifest["parts"]["trust.json"]
        parts[name] = data
        if not data:
            del parts[name], manifest["parts"][name]
    return Bundle.from_files(parts | {"bundle.json": msgspec.json.encode(manifest)})


def test_no_rules() -> None:
    verdict = judged(COMPLETE, bundle=bundle_of(XB=b""))
    assert (verdict.accepted, verdict.reasons) == (None, (Reason.ENTRY_NO_RULES,))


def test_rules_that_have_not_begun_are_none() -> None:
    early = to("XBHAV", ARRIVE.replace(year=2020))
    verdict = judged(structs.replace(COMPLETE, expires=None), journey=early)
    assert (verdict.accepted, verdict.reasons) == (None, (Reason.ENTRY_PROOF_FUTURE, Reason.ENTRY_NO_RULES))


def test_old_rules_decide_nothing() -> None:
    late = NOW + timedelta(days=2)
    for shown in (COMPLETE, told(pcr(100))):
        verdict = judged(shown, at=late)
        assert (verdict.accepted, verdict.consequence, verdict.ways) == (None, None, ())
        assert verdict.reasons[0] is Reason.ENTRY_RULES_STALE


def test_rules_without_a_word_on_transit() -> None:
    journey = Journey((Leg("XA", ARRIVE, "XAHAV", transit=True),))
    verdict = judged(COMPLETE, journey=journey)
    assert (verdict.accepted, verdict.reasons) == (None, (Reason.ENTRY_TRANSIT_OPEN,))
    through = judged(journey=Journey((Leg("XB", ARRIVE, "XBHAV", transit=True),)))
    assert (through.accepted, [route.name for route in through.routes]) == (True, ["transit"])


def test_who_enters_of_right_is_never_told_not_to_board() -> None:
    assert judged(told(recovery(3)), journey=XA).consequence.kind is ConsequenceKind.NOT_ADVISED  # type: ignore[union-attr]
    verdict = judged(told(recovery(3)), journey=structs.replace(XA, of_right=True))
    assert verdict.accepted is False
    assert verdict.consequence is not None
    assert (verdict.consequence.kind, verdict.consequence.days) == (ConsequenceKind.QUARANTINE, 14)


# codes that nobody knows


@pytest.mark.parametrize("code", ["A-Vaccine-Of-Tomorrow", None, Code(CVX, "998"), Code("urn:oid:1.2.3", "x")])
def test_an_unknown_vaccine_is_open(code: str | Code | None) -> None:
    doses = [dose(60), dose(30)]
    if isinstance(code, Code):
        doses = [structs.replace(each, product=code, prophylaxis=None) for each in doses]
    else:
        doses = [dose(60, code), dose(30, code)]
    verdict = judged(told(*doses))
    assert (verdict.accepted, verdict.reasons) == (None, (Reason.ENTRY_RULE_OPEN,))
    assert [route.name for route in verdict.open_routes] == ["vaccinated"]


def test_a_known_vaccine_that_the_country_does_not_list_is_refused() -> None:
    verdict = judged(told(dose(60, "EpiVacCorona"), dose(30, "EpiVacCorona")))
    assert (verdict.accepted, verdict.reasons) == (False, (Reason.ENTRY_RULE_NOT_MET,))
    assert verdict.unmet[0].result.rule == "VR-XB-0001"


def test_an_unknown_vaccine_that_cannot_matter_is_not_open() -> None:
    verdict = judged(told(dose(400, "A-Vaccine-Of-Tomorrow"), dose(390, "A-Vaccine-Of-Tomorrow")))
    assert verdict.accepted is False, "too old, whatever it is"


def test_a_test_of_an_unknown_kind_is_open() -> None:
    strange = sample(TestKind.OTHER, 20, method=Code(LOINC, "00000-0"), device=None)
    assert judged(told(strange)).accepted is None
    assert judged(told(structs.replace(strange, sampled=ARRIVE - timedelta(days=200)))).accepted is False


def test_a_result_that_nobody_knows_is_open() -> None:
    assert judged(told(pcr(20, Code("urn:oid:1.2.3", "perhaps")))).accepted is None


def test_an_acceptance_tells_of_a_better_route_that_is_open() -> None:
    unknown = dose(60, "A-Vaccine-Of-Tomorrow"), dose(30, "A-Vaccine-Of-Tomorrow")
    verdict = judged(told(*unknown, pcr(20)))
    assert verdict.accepted is True
    assert verdict.consequence is not None
    assert verdict.consequence.kind is ConsequenceKind.TEST_ON_ARRIVAL
    assert [route.name for route in verdict.open_routes] == ["vaccinated"]


def test_a_vaccination_against_another_disease_is_none() -> None:
    other = [structs.replace(each, disease=YELLOW_FEVER) for each in (dose(60), dose(30))]
    assert judged(told(*other)).accepted is False
    assert judged(COMPLETE, told(*other)).accepted is True


@pytest.mark.parametrize("hours", [20, 60, 100])
def test_of_a_test_with_a_day_alone_the_hour_is_unknown(hours: int) -> None:
    """`sampled` is the first moment of its day anywhere; 50 hours later the day is over everywhere."""
    answers = {20: True, 60: True, 100: None}
    daily = structs.replace(pcr(hours), day_only=True)
    assert judged(told(daily)).accepted is answers[hours]
    assert judged(told(structs.replace(pcr(130), day_only=True))).accepted is False


@pytest.mark.parametrize("year", [1, 1969, 9999])
def test_a_trusted_key_may_sign_any_year(year: int) -> None:
    odd = [structs.replace(pcr(0), sampled=ARRIVE.replace(year=year), day_only=True)]
    odd += [structs.replace(dose(0), date=PartialDate(year)), structs.replace(dose(0), date=PartialDate(year, 12, 31))]
    odd += [structs.replace(recovery(0), first_positive=PartialDate(year), valid_until=PartialDate(year, 12))]
    assert judged(told(*odd)).accepted is not True
    assert judged(COMPLETE, told(odd[0])).accepted is True


@pytest.mark.parametrize(("day", "accepted"), [("2026-02", True), ("2026-03", False), ("2026", None), ("2025", None)])
def test_a_dose_of_an_unknown_day_is_open_where_the_day_matters(day: str, accepted: bool | None) -> None:
    partial = structs.replace(dose(0), date=PartialDate.parse(day))
    assert judged(told(dose(80), partial)).accepted is accepted
    assert judged(told(structs.replace(dose(0), date=PartialDate(2024)), dose(900))).accepted is False


# the caller's faults


def test_a_naive_instant_is_the_callers_fault() -> None:
    with pytest.raises(ValueError, match="aware"):
        judged(COMPLETE, at=NOW.replace(tzinfo=None))
