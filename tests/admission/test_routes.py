"""Which proofs lead to which consequence: doses are counted by event, days by the calendar of the port."""

from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import msgspec
import pytest
from msgspec import structs

from pratique import admit
from pratique.admission import Verdict
from pratique.model.certificate import Analyte, AnyClaim, Vaccination
from pratique.model.consequence import ConsequenceKind
from pratique.model.dates import PartialDate
from pratique.model.journey import Journey, Leg
from pratique.model.reasons import Reason
from pratique.model.valueset import DETECTED, NOT_DETECTED, YELLOW_FEVER, Code
from pratique.rules.entry import parse_entry_rules
from pratique.sandbox.border import rules
from tests.travel import (
    ANNA,
    ARRIVE,
    BUNDLE,
    CORONAVAC,
    JANSSEN,
    NOW,
    XA,
    XB,
    antibodies,
    dose,
    exemption,
    pcr,
    recovery,
    to,
    told,
)

IGM = antibodies(20, Analyte.IGM, NOT_DETECTED)


def judged(*claims: AnyClaim, journey: Journey = XB) -> Verdict:
    return admit([told(*claims)], bundle=BUNDLE, journey=journey, at=NOW)


ROUTES = [
    ("one of two", (dose(30),), False, None),
    ("two", (dose(60), dose(30)), True, "vaccinated"),
    ("two, printed as one and one of two", (dose(60, dose=1), dose(30, dose=1)), True, "vaccinated"),
    ("one, printed as two of two", (dose(30, dose=2, doses=2),), False, None),
    ("one, printed as one of one", (dose(30, dose=1, doses=1),), False, None),
    ("single-dose product", (dose(30, JANSSEN, dose=1, doses=1),), True, "vaccinated"),
    ("single-dose product, yesterday", (dose(1, JANSSEN, dose=1, doses=1),), False, None),
    ("single-dose product and another, 2/1", (dose(60, JANSSEN), dose(1, dose=2, doses=1)), True, "vaccinated"),
    ("recovered and one", (recovery(200), dose(30, dose=1, doses=1)), True, "vaccinated"),
    ("recovered and one, yesterday", (recovery(200), dose(1)), False, None),
    ("recovered and two, the last yesterday", (recovery(200), dose(90), dose(1)), True, "vaccinated"),
    ("three, 3/3, the last yesterday", (dose(200), dose(170), dose(1, dose=3, doses=3)), True, "vaccinated"),
    ("two, the last yesterday", (dose(60), dose(1)), False, None),
    ("two of two products", (dose(60, CORONAVAC), dose(30)), True, "vaccinated"),
    ("two, long ago", (dose(400), dose(300)), False, None),
    ("recovered", (recovery(40),), True, "recovered"),
    ("recovered too lately", (recovery(10),), False, None),
    ("recovered long ago", (recovery(181),), False, None),
    ("exempt", (exemption(),), True, "exempt"),
    ("exempt until yesterday", (exemption(-1),), False, None),
    ("exempt until today", (exemption(0),), True, "exempt"),
    ("tested", (pcr(71.9),), True, "tested"),
    ("tested on the limit", (pcr(72),), True, "tested"),
    ("tested too early", (pcr(72.1),), False, None),
    ("tested after the arrival", (pcr(-1),), False, None),
    ("tested positive", (pcr(20, DETECTED),), False, None),
    ("positive after negative", (pcr(20), pcr(10, DETECTED)), False, None),
    ("negative after positive", (pcr(20, DETECTED), pcr(10)), True, "tested"),
    ("antibodies", (antibodies(24 * 60),), True, "antibodies"),
    ("no antibodies", (antibodies(24, result=NOT_DETECTED),), False, None),
    ("IgM is not IgG", (antibodies(24, Analyte.IGM),), False, None),
]


@pytest.mark.parametrize(
    ("claims", "accepted", "route"), [case[1:] for case in ROUTES], ids=[case[0] for case in ROUTES]
)
def test_routes(claims: tuple[AnyClaim, ...], accepted: bool, route: str | None) -> None:
    verdict = judged(*claims)
    assert verdict.accepted is accepted
    assert [each.name for each in verdict.routes] == ([route] if route else [])


CONSEQUENCES = [
    ("vaccinated and tested", (dose(60), dose(30), pcr(20)), ConsequenceKind.FREE, None),
    ("exempt and tested", (exemption(), pcr(20)), ConsequenceKind.FREE, None),
    ("antibodies and tested", (antibodies(200), pcr(20)), ConsequenceKind.QUARANTINE, 3),
    ("tested twice", (IGM, pcr(20)), ConsequenceKind.QUARANTINE, 7),
    ("tested once", (pcr(20),), ConsequenceKind.NOT_ADVISED, None),
    ("vaccinated alone", (dose(60), dose(30)), ConsequenceKind.NOT_ADVISED, None),
]


@pytest.mark.parametrize(
    ("claims", "kind", "days"), [case[1:] for case in CONSEQUENCES], ids=[case[0] for case in CONSEQUENCES]
)
def test_consequences_of_another_country(claims: tuple[AnyClaim, ...], kind: ConsequenceKind, days: int | None) -> None:
    consequence = judged(*claims, journey=XA).consequence
    assert consequence is not None
    assert (consequence.kind, consequence.days) == (kind, days)


def test_an_exemption_and_a_vaccination_lead_to_the_same_and_are_called_the_same() -> None:
    vaccinated, exempt = judged(dose(60), dose(30)), judged(exemption())
    assert vaccinated.consequence == exempt.consequence
    assert [route.title for route in vaccinated.routes] == [route.title for route in exempt.routes]
    assert vaccinated.explanation == exempt.explanation


def test_a_quarantine_has_its_days_on_the_calendar_of_the_port() -> None:
    late = judged(antibodies(24), journey=to("XBHAV", datetime(2026, 3, 14, 23, 30, tzinfo=UTC)))
    consequence = late.consequence
    assert consequence is not None
    assert str(consequence.until) == "2026-03-18", "half past midnight of the 15th, and three days"
    assert consequence.shortened_by is not None
    assert str(consequence.shortened_by.on) == "2026-03-16"


def test_children_need_no_proof_of_their_own() -> None:
    child = structs.replace(ANNA, birth_date=PartialDate(2016, 5))
    verdict = admit([told(pcr(500), holder=child)], bundle=BUNDLE, journey=XB, at=NOW)
    assert [route.name for route in verdict.routes] == ["child"]


# one event is one event


def test_the_same_dose_from_two_sources_counts_once() -> None:
    one = dose(30)
    again = structs.replace(one, uvci="URN:UVCI:01:XB:ANOTHERRECORD", issuer="A clinic of XB", product=None)
    certificates = [told(one), told(again, issuer="XB")]
    verdict = admit(certificates, bundle=BUNDLE, journey=XB, at=NOW)
    assert verdict.accepted is False, "one dose, told of twice"
    assert admit([*certificates, told(dose(60))], bundle=BUNDLE, journey=XB, at=NOW).accepted is True


FEBRUARY, AGAIN = (structs.replace(dose(30), date=PartialDate(2026, 2)) for _ in range(2))
YEAR = structs.replace(dose(30), date=PartialDate(2026))


@pytest.mark.parametrize(
    ("claims", "accepted"),
    [
        ((dose(30), FEBRUARY), None),
        ((FEBRUARY, AGAIN), None),
        ((FEBRUARY, FEBRUARY), False),  # which have one record id
        ((dose(30), YEAR), None),
        ((dose(60), FEBRUARY), True),
        ((dose(300), dose(60), FEBRUARY), True),
    ],
    ids=["one perhaps", "both vague", "one record", "a year", "two months", "two without it"],
)
def test_a_dose_without_its_day_is_not_a_second_one(claims: tuple[AnyClaim, ...], accepted: bool | None) -> None:
    """Two sources of one dose, of which one states only the month: nobody knows whether there were two."""
    apart = [told(claim, issuer=issuer) for claim, issuer in zip(claims, ("XA", "XB", "XA"), strict=False)]
    assert admit(apart, bundle=BUNDLE, journey=XB, at=NOW).accepted is accepted
    assert admit(apart[::-1], bundle=BUNDLE, journey=XB, at=NOW).accepted is accepted


def test_a_test_without_its_hour_is_not_a_second_one() -> None:
    """XC asks for two molecular tests; one of them told of twice, once by its day alone, may be one."""
    file = msgspec.json.decode(rules("XB"))
    twice = {"if": [{"var": "payload.tests.molecular.1"}, True, False]}
    tested = next(each for each in file["rules"] if each["CertificateType"] == "Test")
    tested["Logic"] = twice
    file["routes"] = [each for each in file["routes"] if each["rules"] == [tested["Identifier"]]]
    entry = parse_entry_rules(msgspec.json.encode(file), "XB")
    bundle = structs.replace(BUNDLE, rules=MappingProxyType({"XB": (entry,)}), parts=MappingProxyType({}))
    by_day = structs.replace(pcr(20), day_only=True)
    for claims, accepted in (((pcr(20), pcr(30)), True), ((pcr(15), by_day), None), ((pcr(200), by_day), True)):
        shown = [told(claim) for claim in claims]
        assert admit(shown, bundle=bundle, journey=XB, at=NOW).accepted is accepted


def test_what_nobody_knows_the_disease_of_is_open() -> None:
    """A card whose vaccine no map knows is not refused; a dose against another disease of the list is."""
    unknown = [
        structs.replace(each, disease=Code("http://hl7.org/fhir/sid/cvx", "999")) for each in (dose(60), dose(30))
    ]
    verdict = judged(*unknown)
    assert (verdict.accepted, verdict.reasons) == (None, (Reason.ENTRY_RULE_OPEN,))
    assert [route.name for route in verdict.open_routes] == ["vaccinated"]
    assert judged(unknown[0]).accepted is False, "one dose, whatever it is against"
    assert judged(unknown[0], dose(90)).accepted is None
    assert judged(*unknown, pcr(20)).accepted is True
    assert judged(*(structs.replace(each, disease=YELLOW_FEVER) for each in (dose(60), dose(30)))).accepted is False


def test_of_two_accounts_the_fuller_one_counts() -> None:
    meagre = [structs.replace(each, product=None, prophylaxis=None) for each in (dose(60), dose(30))]
    assert admit([told(*meagre)], bundle=BUNDLE, journey=XB, at=NOW).accepted is None
    assert admit([told(*meagre), told(dose(60), dose(30))], bundle=BUNDLE, journey=XB, at=NOW).accepted is True


def test_doses_on_two_certificates_add_up() -> None:
    apart = [told(dose(60)), told(dose(30), issuer="XB", format="eu-dcc")]
    assert admit(apart, bundle=BUNDLE, journey=XB, at=NOW).accepted is True


# whose midnight


def on(day: str) -> Vaccination:
    return structs.replace(dose(1), date=PartialDate.parse(day))


@pytest.mark.parametrize(
    ("port", "arrive", "accepted"),
    [
        ("XBHAV", "2026-03-14T22:59:00+00:00", False),  # 23:59 of the 14th there
        ("XBHAV", "2026-03-14T23:00:00+00:00", True),  # midnight of the 15th there, and still the 14th in Greenwich
        ("XBHAV", "2026-03-15T00:30:00+00:00", True),
    ],
)
def test_fourteen_days_end_at_the_midnight_of_the_port(port: str, arrive: str, accepted: bool) -> None:
    verdict = judged(on("2026-01-01"), on("2026-03-01"), journey=to(port, datetime.fromisoformat(arrive)))
    assert verdict.accepted is accepted


@pytest.mark.parametrize(
    ("arrive", "accepted"), [("2026-03-15T05:00:00+09:00", True), ("2026-03-14T23:00:00-09:00", False)]
)
def test_without_a_port_the_arrivals_own_offset_counts(arrive: str, accepted: bool) -> None:
    journey = Journey((Leg("XB", datetime.fromisoformat(arrive)),))
    assert judged(on("2026-01-01"), on("2026-03-01"), journey=journey).accepted is accepted


def test_the_days_after_a_change_of_clocks_end_at_midnight_too() -> None:
    """XB's clocks go forward on 29 March 2026: days are counted by the calendar, and not by 24 hours each."""
    midnight = datetime(2026, 4, 4, 22, tzinfo=UTC)
    assert judged(on("2026-01-01"), on("2026-03-22"), journey=to("XBHAV", midnight)).accepted is True
    before = to("XBHAV", midnight - timedelta(minutes=1))
    assert judged(on("2026-01-01"), on("2026-03-22"), journey=before).accepted is False


def test_a_sample_is_an_instant_wherever_it_was_taken() -> None:
    taken = ARRIVE - timedelta(hours=71)
    for zone in (-11, 0, 14):
        moved = structs.replace(pcr(0), sampled=taken.astimezone(timezone(timedelta(hours=zone))))
        assert judged(moved).accepted is True
