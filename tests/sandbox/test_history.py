"""Entry rules that were once in force, as data: evaluated, told of with their findings, and never published."""

from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from msgspec import structs

from pratique import admit
from pratique.admission import Verdict
from pratique.model.certificate import (
    Analyte,
    AnyClaim,
    Evidence,
    Exemption,
    Person,
    Recovery,
    Test,
    TestKind,
    Vaccination,
)
from pratique.model.consequence import ConsequenceKind
from pratique.model.dates import PartialDate
from pratique.model.dcc import TEST_TYPES
from pratique.model.errors import RuleRefused
from pratique.model.journey import Journey, Leg
from pratique.model.reasons import Reason
from pratique.model.valueset import COVID_19, DETECTED, NOT_DETECTED, Code, code_of
from pratique.rules.entry import parse_entry_rules
from pratique.sandbox.border import HISTORY, history
from tests.travel import ANNA, BUNDLE, told

COMMON: dict[str, Any] = {"uvci": "", "disease": COVID_19, "country": "US", "issuer": "", "evidence": Evidence.REGISTRY}
PFIZER, SINOVAC = "EU/1/20/1528", "CoronaVac"


class Then:
    """Claims as they were before an arrival, and what was asked there."""

    def __init__(self, name: str, day: str) -> None:
        self.name, self.country = name, HISTORY[name]
        self.arrive = datetime.fromisoformat(f"{day}T12:00:00+00:00")

    def dose(self, days: int, product: str = PFIZER) -> Vaccination:
        on = PartialDate.of((self.arrive - timedelta(days=days)).date())
        return Vaccination(**COMMON, date=on, product=code_of("mp", product), prophylaxis=code_of("vp", "1119349007"),
                           manufacturer=code_of("ma", "ORG-100030215"))  # fmt: skip

    def test(self, hours: float, kind: TestKind = TestKind.MOLECULAR, result: Code = NOT_DETECTED, country: str = "US",
             analyte: Analyte | None = None) -> Test:  # fmt: skip
        device = code_of("t.ma", "1097") if kind is TestKind.ANTIGEN else None
        sampled = self.arrive - timedelta(hours=hours)
        return Test(**COMMON | {"country": country}, kind=kind, sampled=sampled, result=result, device=device,
                    method=TEST_TYPES.get(kind), analyte=analyte)  # fmt: skip

    def igm(self, hours: float, result: Code = NOT_DETECTED, country: str = "US") -> Test:
        return self.test(hours, TestKind.ANTIBODY, result, country, Analyte.IGM)

    def recovery(self, days: int) -> Recovery:
        first = (self.arrive - timedelta(days=days)).date()
        begin, end = (PartialDate.of(first + timedelta(days=n)) for n in (11, 180))
        return Recovery(**COMMON, first_positive=PartialDate.of(first), valid_from=begin, valid_until=end)

    def exemption(self) -> Exemption:
        begin, end = (PartialDate.of((self.arrive + timedelta(days=n)).date()) for n in (-30, 30))
        return Exemption(**COMMON, valid_from=begin, valid_until=end)

    def judged(self, *claims: AnyClaim, holder: Person = ANNA, origin: str = "US", **leg: Any) -> Verdict:
        entry = parse_entry_rules(history(self.name), self.country)
        to = {"EU": "DE"}.get(self.country, self.country)
        bundle = structs.replace(BUNDLE, rules=MappingProxyType({to: (entry,)}), parts=MappingProxyType({}))
        journey = Journey((Leg(to, self.arrive, **leg),), origin)
        shown = [told(*claims, holder=holder, issued=None, expires=None)] if claims else []
        return admit(shown, bundle=bundle, journey=journey, at=self.arrive)


def outcome(verdict: Verdict) -> tuple[bool | None, ConsequenceKind | None, int | None]:
    consequence = verdict.consequence
    return verdict.accepted, consequence and consequence.kind, consequence.days if consequence is not None else None


FREE, NO = (True, ConsequenceKind.FREE, None), (False, None, None)


@pytest.mark.parametrize(("name", "country"), HISTORY.items())
def test_every_file_is_marked_and_says_where_it_is_from(name: str, country: str) -> None:
    entry = parse_entry_rules(history(name), country)
    assert entry.historical
    assert len(entry.source) > 80
    published = msgspec.json.decode(history(name)) | {"historical": False}
    found = {finding.reason for finding in entry.findings}
    if found:
        with pytest.raises(RuleRefused) as refusal:
            parse_entry_rules(msgspec.json.encode(published), country)
        assert found <= set(refusal.value.reasons)


def test_what_is_found_against_them() -> None:
    found = {
        name: [f.reason for f in parse_entry_rules(history(name), country).findings]
        for name, country in HISTORY.items()
    }
    assert found == {
        "BH-be-aware": [Reason.ROUTES_VACCINATION],
        "CN-health-declaration": [Reason.ROUTES_OF_RIGHT],
        "EU": [],
        "GB-domestic-pass": [],
        "IL-green-pass": [],
        "TH-certificate-of-entry": [Reason.ROUTES_OF_RIGHT],
    }


def test_the_union() -> None:
    then = Then("EU", "2022-06-01")
    for days, accepted in ((13, False), (14, True), (270, True), (271, False)):
        assert then.judged(then.dose(300), then.dose(days)).accepted is accepted, days
    assert outcome(then.judged(then.dose(400), then.dose(300), then.dose(2))) == FREE, "a booster"
    assert outcome(then.judged(then.dose(30))) == NO
    assert outcome(then.judged(then.recovery(200), then.dose(30))) == FREE
    for hours, accepted in ((71, True), (73, False)):
        assert then.judged(then.test(hours)).accepted is accepted
    for hours, accepted in ((47, True), (49, False)):
        assert then.judged(then.test(hours, TestKind.ANTIGEN)).accepted is accepted
    for days, accepted in ((10, False), (11, True), (180, True), (181, False)):
        assert then.judged(then.recovery(days)).accepted is accepted, days


def test_rules_that_are_over_decide_nothing() -> None:
    then = Then("EU", "2023-07-02")
    assert then.judged(then.test(10)).reasons == (Reason.ENTRY_NO_RULES,)


def test_thailand() -> None:
    then = Then("TH-certificate-of-entry", "2021-08-01")
    board = then.arrive - timedelta(hours=12)
    tested = then.test(80)
    assert outcome(then.judged(tested)) == (False, ConsequenceKind.NOT_ADVISED, None)
    assert outcome(then.judged(tested, board=board)) == (True, ConsequenceKind.QUARANTINE, 10), "68 hours at boarding"
    both = then.dose(60), then.dose(30)
    assert outcome(then.judged(tested, *both, board=board)) == (True, ConsequenceKind.QUARANTINE, 7)
    assert outcome(then.judged(*both, board=board)) == (False, ConsequenceKind.NOT_ADVISED, None)


def test_israel() -> None:
    then = Then("IL-green-pass", "2021-04-01")
    for days, accepted in ((6, False), (7, True)):
        assert then.judged(then.dose(28), then.dose(days)).accepted is accepted
    assert outcome(then.judged(then.dose(28))) == NO
    assert outcome(then.judged(then.recovery(40))) == FREE
    assert outcome(then.judged(then.test(5))) == NO


def test_bahrain() -> None:
    then = Then("BH-be-aware", "2021-04-15")
    assert outcome(then.judged(then.dose(36), then.dose(15))) == FREE
    assert outcome(then.judged(then.dose(35), then.dose(15))) == NO, "twenty days between the doses"
    assert outcome(then.judged(then.dose(36), then.dose(13))) == NO
    assert outcome(then.judged(then.recovery(40), then.test(5))) == NO


def test_britain_shows_an_exemption_as_it_shows_a_vaccination() -> None:
    then = Then("GB-domestic-pass", "2021-09-01")
    ways = [
        (then.dose(60), then.dose(14)),
        (then.exemption(),),
        (then.test(47),),
        (then.test(47, TestKind.ANTIGEN),),
        (then.recovery(100),),
    ]
    verdicts = [then.judged(*claims) for claims in ways]
    assert {outcome(verdict) for verdict in verdicts} == {FREE}
    assert len({repr(verdict.explanation) for verdict in verdicts}) == 1
    assert outcome(then.judged(then.dose(60), then.dose(13))) == NO
    assert outcome(then.judged(then.test(49))) == NO


QUARANTINE, NOT_BOARDED = (True, ConsequenceKind.QUARANTINE, 14), (False, ConsequenceKind.NOT_ADVISED, None)


def test_china_asked_for_two_tests() -> None:
    then = Then("CN-health-declaration", "2020-12-01")
    assert outcome(then.judged(then.test(40), then.igm(40))) == QUARANTINE
    assert outcome(then.judged(then.test(40))) == NOT_BOARDED
    assert outcome(then.judged(then.test(40), then.igm(50))) == NOT_BOARDED
    assert outcome(then.judged(then.test(40), then.igm(40, DETECTED))) == NOT_BOARDED
    assert outcome(then.judged(then.test(55), then.igm(55), board=then.arrive - timedelta(hours=10))) == QUARANTINE


def test_china_asked_for_them_again_in_the_country_of_transit() -> None:
    then = Then("CN-health-declaration", "2020-12-01")
    at_home = then.test(40), then.igm(40)
    again = then.test(8, country="TH"), then.igm(8, country="TH")
    assert outcome(then.judged(*at_home, via=("TH",))) == NOT_BOARDED
    assert outcome(then.judged(*at_home, *again, via=("TH",))) == QUARANTINE
    assert outcome(then.judged(*at_home, again[0], via=("TH",))) == NOT_BOARDED


def test_china_and_antibodies_after_an_inactivated_vaccine() -> None:
    inactivated = [SINOVAC, SINOVAC]
    for day, products, expected in (
        ("2021-05-01", inactivated, QUARANTINE),
        ("2021-03-01", inactivated, NOT_BOARDED),
        ("2021-05-01", [PFIZER, PFIZER], NOT_BOARDED),
        ("2021-05-01", [SINOVAC], NOT_BOARDED),
    ):
        then = Then("CN-health-declaration", day)
        doses = [then.dose(30 + 30 * number, product) for number, product in enumerate(products)]
        assert outcome(then.judged(then.test(40), then.igm(40, DETECTED), *doses)) == expected, (day, products)


def test_china_in_2022_asked_for_two_pcr_tests() -> None:
    then = Then("CN-health-declaration", "2022-06-01")
    assert outcome(then.judged(then.test(40), then.test(20))) == QUARANTINE
    assert outcome(then.judged(then.test(20))) == NOT_BOARDED
    assert outcome(then.judged(then.test(40), then.igm(20))) == NOT_BOARDED
    assert outcome(then.judged(then.test(60), then.test(20))) == NOT_BOARDED
