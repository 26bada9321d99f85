"""The nearest way to be accepted: found by trying, true when it is followed, and never one that is past."""

from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from pratique import admit
from pratique.admission import Verdict, Way, WayKind
from pratique.admission.asking import Trials
from pratique.bundle import Bundle
from pratique.model.certificate import Analyte, AnyClaim, TestKind
from pratique.model.consequence import ConsequenceKind
from pratique.model.dates import YEARS, PartialDate
from pratique.model.journey import Journey, Leg
from pratique.model.valueset import DETECTED, NOT_DETECTED
from pratique.rules import Finding, Rule, find
from pratique.texts.saying import say
from tests.travel import (
    ARRIVE,
    BUNDLE,
    NOW,
    XA,
    XB,
    antibodies,
    bundle,
    dose,
    exemption,
    pcr,
    recovery,
    sample,
    to,
    told,
)


def judged(*claims: AnyClaim, journey: Journey = XB, at: datetime = NOW) -> Verdict:
    shown = [told(*claims)] if claims else []
    return admit(shown, bundle=BUNDLE, journey=journey, at=at)


def ways(*claims: AnyClaim, **asked: Any) -> dict[WayKind, Way]:
    return {way.kind: way for way in reversed(judged(*claims, **asked).ways)}


def test_nothing_is_sought_for_who_is_free() -> None:
    assert judged(dose(60), dose(30)).ways == ()


SHOWN = ((pcr(77),), (dose(30),), (antibodies(30),), (dose(40, "NewVax"), pcr(100)), (pcr(300), pcr(200)))


@pytest.mark.parametrize("claims", SHOWN)
@pytest.mark.parametrize("journey", [XA, XB])
def test_trying_finds_what_the_interpreter_finds(
    claims: tuple[AnyClaim, ...], journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = judged(*claims, journey=journey)
    tried = []

    def interpreted(_: Trials, rule: Rule, payload: Any, told: Any) -> Finding:
        tried.append(rule)
        return find(rule, payload, told)

    monkeypatch.setattr(Trials, "find", interpreted)
    assert judged(*claims, journey=journey) == quick
    assert tried


def test_rules_of_one_name_in_two_files_are_tried_apart() -> None:
    """Nothing meets the second file, whose rules have the names of the first."""
    (entry,) = BUNDLE.rules["XB"]
    never = structs.replace(entry, rules=tuple(structs.replace(rule, logic={"===": [1, 2]}) for rule in entry.rules))
    two = structs.replace(BUNDLE, rules=MappingProxyType({"XB": (entry, never)}))
    assert ways(pcr(77))
    assert admit([told(pcr(77))], bundle=two, journey=XB, at=NOW).ways == ()


def test_no_single_step_is_said_to_do_where_two_are_needed() -> None:
    verdict = judged(journey=XA)
    assert verdict.accepted is False
    assert verdict.ways == ()
    assert "We found no single test" in say(verdict.explanation[-1])


def test_a_newer_test_to_the_minute() -> None:
    way = ways(pcr(77))[WayKind.TEST]
    assert (way.test, way.sampled_from, way.sampled_until) == (TestKind.MOLECULAR, ARRIVE - timedelta(hours=72), None)
    assert way.consequence is not None
    assert way.consequence.kind is ConsequenceKind.TEST_ON_ARRIVAL
    assert "sampled on 11 Mar 2026, 09:00, Haven of XB time or later" in say(judged(pcr(77)).explanation[-4])
    assert "2026年3月11日 09:00（XB港时间）" in say(judged(pcr(77)).explanation[-4], "zh")


def test_what_was_said_is_so() -> None:
    way = ways(pcr(77))[WayKind.TEST]
    assert way.sampled_from is not None
    late = structs.replace(pcr(0), sampled=way.sampled_from)
    assert judged(pcr(77), late).accepted is True
    early = structs.replace(late, sampled=way.sampled_from - timedelta(minutes=1))
    assert judged(pcr(77), early).accepted is False


def test_the_missing_dose_and_its_last_day() -> None:
    trip = to("XBHAV", datetime(2026, 4, 20, 8, tzinfo=UTC))
    way = ways(dose(30), journey=trip)[WayKind.DOSE]
    assert way.product is not None
    assert (way.product.value, way.given_by) == ("EU/1/20/1528", date(2026, 4, 6))
    followed = structs.replace(dose(0), date=PartialDate(2026, 4, 6))
    assert judged(dose(30), followed, journey=trip).consequence.kind is ConsequenceKind.FREE  # type: ignore[union-attr]
    missed = structs.replace(followed, date=PartialDate(2026, 4, 7))
    assert judged(dose(30), missed, journey=trip).accepted is False


def test_a_dose_that_would_have_to_be_given_yesterday_is_no_way() -> None:
    assert WayKind.DOSE not in ways(dose(30), at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    assert WayKind.DOSE in ways(dose(30), at=datetime(2026, 2, 28, 12, tzinfo=UTC))


def test_a_later_arrival() -> None:
    way = ways(dose(60), dose(10))[WayKind.WAIT]
    assert way.arrive_from == datetime(2026, 3, 17, 23, tzinfo=UTC), "midnight of the 18th at the port"
    assert judged(dose(60), dose(10), journey=to("XBHAV", way.arrive_from)).accepted is True
    assert judged(dose(60), dose(10), journey=to("XBHAV", way.arrive_from - timedelta(minutes=1))).accepted is False


def test_a_wait_that_outlives_the_certificate_is_no_way() -> None:
    certificate = structs.replace(told(dose(60), dose(10)), expires=ARRIVE + timedelta(days=2))
    found = admit([certificate], bundle=BUNDLE, journey=XB, at=NOW).ways
    assert WayKind.WAIT not in {way.kind for way in found}


def test_at_the_border_a_test_there_and_then() -> None:
    now = ARRIVE + timedelta(minutes=5)
    found = admit([told(dose(30))], bundle=bundle(now), journey=XB, at=now).ways
    assert [(way.kind, way.sampled_until) for way in found] == [(WayKind.TEST, None), (WayKind.TEST, None)]


def test_a_better_consequence_for_who_is_accepted() -> None:
    verdict = judged(antibodies(200))
    assert verdict.accepted is True
    assert [(way.test, way.consequence.kind) for way in verdict.ways if way.consequence] == [
        (TestKind.MOLECULAR, ConsequenceKind.TEST_ON_ARRIVAL)
    ]


def test_the_second_tested_two() -> None:
    igm = antibodies(20, Analyte.IGM, NOT_DETECTED)
    way = ways(igm, journey=XA)[WayKind.TEST]
    assert (way.test, way.sampled_from) == (TestKind.MOLECULAR, ARRIVE - timedelta(hours=48))
    tested = {way.analyte: way for way in judged(pcr(20), journey=XA).ways}
    assert tested.keys() == {Analyte.IGG, Analyte.IGM}


def test_nearest_first() -> None:
    kinds = [way.kind for way in judged(dose(60), dose(10)).ways]
    assert kinds == [WayKind.TEST, WayKind.TEST, WayKind.WAIT]


ANY_CLAIM = st.one_of(
    st.builds(dose, st.integers(-5, 400), st.sampled_from(["EU/1/20/1528", "EU/1/20/1525", "New", None])),
    st.builds(pcr, st.integers(-10, 200), st.sampled_from([DETECTED, NOT_DETECTED])),
    st.builds(
        sample, st.sampled_from(TestKind), st.integers(0, 3000), result=st.sampled_from([DETECTED, NOT_DETECTED])
    ),
    st.builds(recovery, st.integers(0, 300)),
    st.builds(exemption, st.integers(-10, 10)),
)


@settings(max_examples=20)
@given(st.lists(ANY_CLAIM, max_size=4), st.sampled_from([XA, XB]))
def test_every_way_does_what_it_says(claims: list[AnyClaim], journey: Journey) -> None:
    verdict = judged(*claims, journey=journey)
    for way in verdict.ways:
        match way.kind:
            case WayKind.TEST:
                assert way.sampled_from is not None
                result = DETECTED if way.analyte is Analyte.IGG else NOT_DETECTED
                made = sample(way.test or TestKind.OTHER, 0, result=result, analyte=way.analyte)
                after = judged(*claims, structs.replace(made, sampled=way.sampled_from), journey=journey)
            case WayKind.DOSE:
                assert way.product is not None
                assert way.given_by is not None
                made_dose = dose(0, way.product.value)
                given_on = structs.replace(made_dose, date=PartialDate.of(way.given_by))
                after = judged(*claims, given_on, journey=journey)
            case WayKind.WAIT:
                assert way.arrive_from is not None
                assert journey.destination.port is not None
                after = judged(*claims, journey=to(journey.destination.port, way.arrive_from))
        assert after.accepted is True, way
        assert after.consequence == way.consequence


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_explanation_can_be_said(language: str) -> None:
    for claims in ((), (pcr(77),), (dose(30),), (antibodies(9),), (dose(60, "New"), dose(30, "New")), (pcr(-5),)):
        for journey in (XA, XB, structs.replace(XA, of_right=True)):
            for each in judged(*claims, journey=journey).explanation:
                assert "{" not in say(each, language)


def for_ever() -> Bundle:
    """XB's rules as if they had always counted, and always would."""
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    (entry,) = BUNDLE.rules["XB"]
    rules = tuple([structs.replace(rule, valid_from=first, valid_to=last) for rule in entry.rules])
    changed = {"XB": (structs.replace(entry, rules=rules),)}
    return structs.replace(BUNDLE, rules=MappingProxyType(changed), parts=MappingProxyType({}))


@pytest.mark.parametrize("arrive", [datetime(1900, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, 22, 59, tzinfo=UTC)])
@pytest.mark.parametrize("claims", [(), (dose(60),)], ids=["nothing", "a dose"])
def test_no_way_leads_out_of_the_calendar(arrive: datetime, claims: tuple[AnyClaim, ...]) -> None:
    shown = [told(*claims, issued=None, expires=None)] if claims else []
    for journey in (to("XBHAV", arrive), Journey((Leg("XB", arrive),))):
        verdict = admit(shown, bundle=for_ever(), journey=journey, at=arrive)
        assert verdict.accepted is False
        assert all(way.arrive_from is None or way.arrive_from.year in YEARS for way in verdict.ways)
