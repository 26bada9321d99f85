"""Rules as member states publish them, without routes: each certificate alone, its own type, in force, all true."""

import json
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from msgspec import structs

from pratique import admit
from pratique.admission import Verdict
from pratique.bundle import Bundle
from pratique.model.certificate import AnyClaim
from pratique.model.consequence import Consequence, ConsequenceKind
from pratique.model.journey import Journey, Leg
from pratique.model.reasons import Reason
from pratique.model.valueset import DETECTED
from pratique.rules.entry import EntryRules, parse_entry_rules
from pratique.verification import Verification
from tests.shared import VECTORS, needs_vectors
from tests.travel import ARRIVE, BUNDLE, NOW, antibodies, dose, exemption, pcr, recovery, told


def rule(identifier: str, logic: object, **fields: Any) -> dict[str, Any]:
    kinds = {"G": "General", "V": "Vaccination", "T": "Test", "R": "Recovery", "I": "General"}
    return {
        "Identifier": identifier,
        "Type": "Invalidation" if identifier.startswith("I") else "Acceptance",
        "Country": identifier.split("-")[1],
        "Version": "1.0.0",
        "SchemaVersion": "1.0.0",
        "Engine": "CERTLOGIC",
        "EngineVersion": "1.0.0",
        "CertificateType": kinds[identifier[0]],
        "Description": [{"lang": "en", "desc": f"What {identifier} asks."}],
        "ValidFrom": "2021-01-01T00:00:00Z",
        "ValidTo": "2030-01-01T00:00:00Z",
        "AffectedFields": ["dob"],
        "Logic": logic,
    } | fields


YES, NO = {"===": [1, 1]}, {"===": [1, 2]}
ONE_EVENT = {
    "===": [
        {
            "reduce": [
                [{"var": "payload.r"}, {"var": "payload.t"}, {"var": "payload.v"}],
                {"+": [{"var": "accumulator"}, {"if": [{"var": "current.0"}, 1, 0]}]},
                0,
            ]
        },
        1,
    ]
}
FULL = {"if": [{"var": "payload.v.0"}, {">=": [{"var": "payload.v.0.dn"}, {"var": "payload.v.0.sd"}]}, True]}
NEGATIVE = {"if": [{"var": "payload.t.0"}, {"===": [{"var": "payload.t.0.tr"}, "260415000"]}, True]}


def published(country: str, *rules: dict[str, Any]) -> EntryRules:
    return parse_entry_rules(json.dumps(rules).encode(), country)


def with_rules(*entries: EntryRules) -> Bundle:
    found = {entry.country: (entry,) for entry in entries}
    return structs.replace(BUNDLE, rules=MappingProxyType(found))


AT = published("AT", rule("GR-AT-0000", ONE_EVENT), rule("VR-AT-0000", FULL), rule("TR-AT-0000", NEGATIVE))
FREE = Consequence(ConsequenceKind.FREE)


def judged(*shown: Verification, entries: tuple[EntryRules, ...] = (AT,), **leg: Any) -> Verdict:
    journey = Journey((Leg("AT", ARRIVE, **({"port": "VIE"} | leg)),))
    return admit(shown, bundle=with_rules(*entries), journey=journey, at=NOW)


def one(claim: AnyClaim, **facts: Any) -> Verification:
    return told(claim, format="eu-dcc", **facts)


def test_what_is_not_met() -> None:
    verdict = judged(one(dose(30, dose=1)))
    assert (verdict.accepted, verdict.reasons) == (False, (Reason.ENTRY_RULE_NOT_MET,))
    assert verdict.consequence is None, "a published set does not say what follows"
    assert [each.result.rule for each in verdict.unmet] == ["VR-AT-0000"]
    assert {result.rule for result in verdict.results} == {"GR-AT-0000", "VR-AT-0000"}, "no rule of another type"


def test_what_is_met_is_free() -> None:
    for claim in (dose(30, dose=2), pcr(20), recovery(40)):
        verdict = judged(one(claim))
        assert (verdict.accepted, verdict.consequence) == (True, FREE)


def test_no_certificate_is_no_proof_though_every_rule_would_pass() -> None:
    everything = published("AT", rule("GR-AT-0000", YES))
    verdict = judged(entries=(everything,))
    assert (verdict.accepted, verdict.reasons) == (False, (Reason.ENTRY_NO_PROOF,))


def test_one_certificate_that_passes_is_enough() -> None:
    assert judged(one(dose(30, dose=1)), one(pcr(20))).accepted is True
    assert judged(one(pcr(20, DETECTED)), one(dose(30, dose=2))).accepted is True


def test_of_several_claims_in_one_certificate_each_is_a_dcc_of_its_own() -> None:
    assert judged(told(dose(60, dose=1), dose(30, dose=2), pcr(20), format="ithc")).accepted is True
    assert judged(told(dose(60, dose=1), dose(30, dose=1), format="ithc")).accepted is False


def test_a_dcc_is_judged_as_it_was_issued() -> None:
    verdict = judged(told(dose(30, dose=2), pcr(20), format="eu-dcc"))
    assert [each.result.rule for each in verdict.unmet] == ["GR-AT-0000"], "exactly one type of event"


def test_a_kind_that_the_set_does_not_know_is_open() -> None:
    verdict = judged(told(exemption()))
    assert (verdict.accepted, verdict.reasons) == (None, (Reason.ENTRY_KIND_OPEN,))
    silent = judged(told())
    assert (silent.accepted, silent.reasons) == (None, (Reason.ENTRY_KIND_OPEN,))


def test_the_most_recent_version_in_force_counts() -> None:
    versions = published(
        "AT",
        rule("GR-AT-0000", NO, Version="1.2.0"),
        rule("GR-AT-0000", YES, Version="1.10.0"),
        rule("GR-AT-0000", NO, Version="2.0.0", ValidFrom="2026-03-14T08:00:01Z"),
        rule("GR-AT-0001", NO, ValidTo="2026-03-14T08:00:00Z"),
        rule("GR-AT-0002", YES, ValidFrom="2026-03-14T08:00:00Z"),
    )
    verdict = judged(one(pcr(20)), entries=(versions,))
    assert [(each.rule, each.version) for each in verdict.results] == [
        ("GR-AT-0000", "1.10.0"),
        ("GR-AT-0002", "1.0.0"),
    ]
    assert verdict.accepted is True


def test_a_regions_rules_count_there_beside_the_countrys() -> None:
    regional = published("AT", rule("GR-AT-0000", YES), rule("GR-AT-0001", NO, Region="W"))
    assert judged(one(pcr(20)), entries=(regional,)).accepted is True
    assert judged(one(pcr(20)), entries=(regional,), region="W").accepted is False
    assert judged(one(pcr(20)), entries=(regional,), region="T").accepted is True


def test_the_issuers_invalidation_rules_take_a_certificate_back() -> None:
    issuers = published("XA", rule("IR-XA-0000", {"!": [{"===": [{"var": "payload.v.0.mp"}, "EU/1/20/1528"]}]}))
    verdict = judged(one(dose(30, dose=2)), entries=(AT, issuers))
    assert verdict.accepted is False
    assert verdict.reasons == (Reason.ENTRY_PROOF_INVALIDATED, Reason.ENTRY_NO_PROOF)
    assert judged(one(dose(30, dose=2), issuer="XB"), entries=(AT, issuers)).accepted is True
    assert judged(one(dose(30, "EU/1/20/1507", dose=2)), entries=(AT, issuers)).accepted is True


def test_an_invalidation_rule_that_cannot_be_decided_leaves_the_proof_undecided() -> None:
    issuers = published("XA", rule("IR-XA-0000", {">": [{"var": "payload.v.0.nothing"}, 1]}))
    verdict = judged(one(dose(30, dose=2)), entries=(AT, issuers))
    assert (verdict.accepted, verdict.reasons[0]) == (None, Reason.ENTRY_PROOF_OPEN)


def test_an_invalidation_rule_of_the_destination_is_none_of_its_entry_rules() -> None:
    both = published("AT", rule("GR-AT-0000", YES), rule("IR-AT-0000", NO))
    assert judged(one(pcr(20)), entries=(both,)).accepted is True
    assert judged(one(pcr(20), issuer="AT"), entries=(both,)).accepted is False


def test_a_rule_of_a_newer_engine_is_open() -> None:
    newer = published("AT", rule("GR-AT-0000", YES, EngineVersion="9.0.0"))
    verdict = judged(one(pcr(20)), entries=(newer,))
    assert (verdict.accepted, verdict.reasons) == (None, (Reason.ENTRY_RULE_OPEN,))
    assert verdict.results[0].why is Reason.OPEN_ENGINE


def test_transit_is_not_what_entry_rules_speak_of() -> None:
    assert judged(one(pcr(20)), transit=True).reasons == (Reason.ENTRY_TRANSIT_OPEN,)


def test_what_rules_may_know_of_the_journey_and_the_certificate() -> None:
    asked = {
        "and": [
            {"===": [{"var": "external.countryCode"}, "AT"]},
            {"===": [{"var": "external.iss"}, "XA"]},
            {"===": [{"var": "external.issuerCountryCode"}, "XA"]},
            {"===": [{"var": "external.kid"}, "0000000000000000"]},
            {"===": [{"var": "external.journey.origin"}, "CN"]},
            {"in": ["TH", {"var": "external.journey.passed"}]},
            {"in": ["AT", {"var": "external.valueSets.country-2-codes"}]},
            {"before": [
                {"plusTime": [{"var": "external.iat"}, 0, "day"]}, {"plusTime": [{"var": "external.exp"}, 0, "day"]}
            ]},
        ]
    }  # fmt: skip
    entry = published("AT", rule("GR-AT-0000", asked))
    journey = Journey((Leg("AT", ARRIVE, "VIE", via=("TH",)),), origin="CN")
    assert admit([one(pcr(20))], bundle=with_rules(entry), journey=journey, at=NOW).accepted is True


def test_days_are_those_of_the_port_under_a_published_rule_too() -> None:
    fifteen = {"not-before": [
        {"plusTime": [{"var": "external.validationClock"}, 0, "day"]},
        {"plusTime": [{"var": "payload.v.0.dt"}, 15, "day"]},
    ]}  # fmt: skip
    entry = published("TH", rule("VR-TH-0000", fifteen))
    given = one(dose(0))  # on 14 March
    for hours, accepted in ((-1, False), (0, True)):
        arrive = datetime(2026, 3, 28, 17, tzinfo=UTC) + timedelta(hours=hours)  # midnight of the 29th in Bangkok
        journey = Journey((Leg("TH", arrive, "BKK"),))
        verdict = admit([given], bundle=with_rules(entry), journey=journey, at=NOW)
        assert verdict.accepted is accepted


@needs_vectors
@pytest.mark.parametrize("country", ["AT", "CH", "DE", "EU"])
def test_rules_of_member_states(country: str) -> None:
    assert VECTORS is not None
    rules = [json.loads(path.read_text("utf-8")) for path in sorted(VECTORS.glob(f"rules/{country}/*/rule.json"))]
    entry = parse_entry_rules(json.dumps(rules).encode(), country)
    bundle = structs.replace(BUNDLE, rules=MappingProxyType({country: (entry,)}))
    journey = Journey((Leg(country if country != "EU" else "AT", ARRIVE),))
    if country == "EU":
        bundle = structs.replace(bundle, rules=MappingProxyType({"AT": (entry,)}))

    def accepted(claim: AnyClaim) -> bool | None:
        return admit([one(claim)], bundle=bundle, journey=journey, at=NOW).accepted

    assert accepted(dose(60, dose=2)) is True
    assert accepted(pcr(20)) is True
    assert accepted(dose(10, dose=1)) is False
    assert accepted(pcr(80)) is False
    assert accepted(pcr(20, DETECTED)) is False
    assert accepted(antibodies(20)) is False
    assert accepted(dose(60, "A-Vaccine-Of-Tomorrow", dose=2)) is None
