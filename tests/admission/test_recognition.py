"""Whose certificates a country counts: an answer of its own, beside authentic and accepted."""

import json

import msgspec
import pytest
from msgspec import structs

from pratique import TrustList
from pratique.admission import Recognition, admit
from pratique.bundle import Bundle
from pratique.model.journey import Journey
from pratique.model.reasons import Reason
from pratique.sandbox.border import bundle_files
from pratique.texts.saying import say
from pratique.trust import Environment
from pratique.verification import Verification
from tests.cases.admitting import AGREEMENT
from tests.travel import ARRIVE, NOW, dose, pcr, to, told

RECENT = pcr(20)


def loaded(*, recognises: str = "agreements", fresh_until: str | None = None, **changes: object) -> Bundle:
    """The sandbox's, where XB counts only whom it has an agreement with, in force in 2026."""
    files = dict(bundle_files(TrustList([], environment=Environment.SANDBOX), number=7, at=NOW))
    one = AGREEMENT | {"until": "2027-01-01T00:00:00Z"} | changes
    part = {"issued": "2026-03-10T12:00:00Z"} | ({"fresh_until": fresh_until} if fresh_until else {})
    manifest, rules = json.loads(files["bundle.json"]), json.loads(files["rules/XB.json"])
    manifest["parts"]["agreements.json"] = part
    files |= {
        "bundle.json": msgspec.json.encode(manifest),
        "rules/XB.json": msgspec.json.encode(rules | {"recognises": recognises}),
        "agreements.json": msgspec.json.encode({"agreements": 1, "list": [one]}),
    }
    return Bundle.from_files(files)


def judged(*shown: Verification, bundle: Bundle, journey: Journey | None = None) -> object:
    return admit(shown, bundle=bundle, journey=journey or to("XBHAV"), at=NOW)


def test_a_stranger_is_not_recognised_and_still_authentic() -> None:
    shown = told(RECENT, issuer="FR")
    verdict = judged(shown, bundle=loaded())
    assert shown.authentic is True
    assert verdict.accepted is False
    assert verdict.reasons == (Reason.ENTRY_NOT_RECOGNISED, Reason.ENTRY_NO_PROOF)
    assert verdict.recognition == (Recognition(0, False),)


def test_no_way_is_shown_that_would_not_be_recognised() -> None:
    """A test made in a country without an agreement would not do, however fresh."""
    journey = structs.replace(to("XBHAV"), origin="FR")
    verdict = judged(bundle=loaded(), journey=journey)
    assert [way for way in verdict.ways if way.test] == []
    assert judged(bundle=loaded(recognises="all"), journey=journey).ways != ()


def test_its_own_certificates_need_no_agreement() -> None:
    verdict = judged(told(RECENT, issuer="XB"), bundle=loaded(status="proposed"))
    assert (verdict.accepted, verdict.lifted_by) == (True, ())
    assert verdict.recognition == (Recognition(0, True),)


def test_only_the_claims_that_were_agreed_on_count() -> None:
    shown = told(RECENT, dose(60), dose(90))
    verdict = judged(shown, bundle=loaded(claims=["test"], lifts=None))
    assert [route.name for route in verdict.routes] == ["tested"]
    assert [route.name for route in judged(shown, bundle=loaded(lifts=None)).routes] == ["vaccinated"]


def test_what_is_lifted_names_its_agreement() -> None:
    verdict = judged(told(RECENT), bundle=loaded())
    assert verdict.accepted is True
    assert verdict.consequence is not None
    assert verdict.consequence.kind == "free"
    told_of = [say(each) for each in verdict.explanation]
    assert "The corridor of XA and XB lifts the test on arrival for holders of such certificates." in told_of
    assert verdict.to_json()["lifted_by"] == ["XA-XB"]


@pytest.mark.parametrize("status", ["proposed", "willing", "agreed", "suspended"])
def test_nothing_is_lifted_by_what_is_not_in_force(status: str) -> None:
    verdict = judged(told(RECENT), bundle=loaded(recognises="all", status=status))
    assert verdict.consequence is not None
    assert (verdict.accepted, verdict.consequence.kind) == (True, "test_on_arrival")
    assert verdict.recognition == (Recognition(0),)


def test_a_proof_of_the_stranger_lifts_nothing_for_the_other_certificate() -> None:
    """The route rests on a test of FR; that XA vouches for a dose lifts nothing."""
    shown = told(RECENT, issuer="FR"), told(dose(60))
    verdict = judged(*shown, bundle=loaded(recognises="all"))
    assert verdict.consequence is not None
    assert (verdict.accepted, verdict.consequence.kind) == (True, "test_on_arrival")


def test_old_agreements_decide_nothing() -> None:
    verdict = judged(told(RECENT), bundle=loaded(fresh_until="2026-03-10T12:00:00Z"), journey=to("XBHAV", ARRIVE))
    assert verdict.accepted is True
    late = loaded(fresh_until="2026-03-10T11:59:59Z")
    assert judged(told(RECENT), bundle=late).reasons[0] is Reason.ENTRY_RULES_STALE
    assert judged(told(RECENT), bundle=late).accepted is None


def test_old_agreements_lift_nothing() -> None:
    """Where nobody is asked for an agreement, their age takes away no more than what they would have lifted."""
    late = loaded(recognises="all", fresh_until="2026-03-10T11:59:59Z")
    verdict = judged(told(RECENT), bundle=late)
    assert verdict.consequence is not None
    assert (verdict.accepted, verdict.consequence.kind) == (True, "test_on_arrival")
