"""Journeys and ports: every arrival is an instant, and every port has a clock."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from pratique.model.certificate import TestKind
from pratique.model.consequence import Consequence, ConsequenceKind, Place, Shortening
from pratique.model.countries import is_country
from pratique.model.journey import Journey, Leg
from pratique.model.ports import PORTS

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "leg",
    [
        {"to": "TH", "arrive": NOON.replace(tzinfo=None)},
        {"to": "ZZ", "arrive": NOON},
        {"to": "TH", "arrive": NOON, "port": "FRA"},
        {"to": "TH", "arrive": NOON, "port": "NOWHERE"},
        {"to": "TH", "arrive": datetime.max.replace(tzinfo=UTC)},
        {"to": "TH", "arrive": NOON, "board": datetime.min.replace(tzinfo=UTC)},
        {"to": "TH", "arrive": NOON, "via": ("QQ",)},
        {"to": "TH", "arrive": NOON, "board": NOON.replace(tzinfo=None)},
        {"to": "TH", "arrive": NOON, "board": NOON + timedelta(seconds=1)},
        {"to": "TH", "arrive": NOON.replace(year=1899)},
        {"to": "TH", "arrive": NOON.replace(year=3000)},
        {"to": "TH", "arrive": NOON, "board": NOON.replace(year=1)},
    ],
)
def test_legs_that_cannot_be(leg: dict) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Leg(**leg)


def test_journeys_that_cannot_be() -> None:
    later, earlier = Leg("TH", NOON), Leg("DE", NOON - timedelta(hours=1))
    for legs, origin in (((), None), ((later, earlier), None), ((later,), "QQ")):
        with pytest.raises(ValueError, match=r".+"):
            Journey(legs, origin)


def test_the_day_is_that_of_the_port() -> None:
    evening = datetime(2026, 7, 1, 18, tzinfo=UTC)
    assert Leg("TH", evening, "BKK").day == date(2026, 7, 2)
    assert Leg("US", evening, "HNL").day == date(2026, 7, 1)
    assert Leg("TH", evening).day == date(2026, 7, 1)
    assert Leg("TH", evening.astimezone(timezone(timedelta(hours=9)))).day == date(2026, 7, 2)


def test_the_clock_is_that_of_the_season() -> None:
    assert Leg("DE", NOON, "FRA").clock.utcoffset(None) == timedelta(hours=2)
    assert Leg("DE", NOON.replace(month=1), "FRA").clock.utcoffset(None) == timedelta(hours=1)


def test_what_was_passed() -> None:
    legs = (Leg("TH", NOON, "BKK", via=("SG",)), Leg("DE", NOON, "FRA", via=("QA", "SG")))
    journey = Journey(legs, "CN")
    assert journey.passed == ("CN", "SG", "TH", "QA")
    assert journey.up_to(0).passed == ("CN", "SG")
    assert journey.destination is legs[1]


def test_ports() -> None:
    assert len(PORTS) > 150
    for code, found in PORTS.items():
        assert len(code) == 3 or code[:2] == found.country, code
        assert is_country(found.country)
        assert NOON.astimezone(found.clock).utcoffset() is not None
        assert all(found.name(language).strip() for language in ("en", "zh"))


def test_the_fictional_states_have_ports_and_no_real_code() -> None:
    fictional = [code for code, found in PORTS.items() if found.country in ("XA", "XB")]
    assert sorted(fictional) == ["XAHAV", "XBHAV"]


@pytest.mark.parametrize(
    ("consequence", "complete"),
    [
        (Consequence(ConsequenceKind.FREE), True),
        (Consequence(ConsequenceKind.FREE, test=TestKind.ANTIGEN), False),
        (Consequence(ConsequenceKind.TEST_ON_ARRIVAL, test=TestKind.ANTIGEN), True),
        (Consequence(ConsequenceKind.QUARANTINE, days=14, place=Place.HOME), True),
        (Consequence(ConsequenceKind.QUARANTINE, days=0), False),
        (Consequence(ConsequenceKind.QUARANTINE, days=28), True),
        (Consequence(ConsequenceKind.QUARANTINE, days=29), False),
        (Consequence(ConsequenceKind.QUARANTINE, days=5, shortened_by=Shortening(TestKind.MOLECULAR, 4)), True),
        (Consequence(ConsequenceKind.QUARANTINE, days=5, shortened_by=Shortening(TestKind.MOLECULAR, 5)), False),
        (Consequence(ConsequenceKind.NOT_ADVISED, place=Place.HOME), False),
    ],
)
def test_consequences(consequence: Consequence, complete: bool) -> None:
    assert consequence.complete is complete
    if consequence.days and complete:
        assert not consequence.from_day(date(2026, 7, 1)).complete, "its days are on the calendar"


def test_from_best_to_worst() -> None:
    shorter, longer = (Consequence(ConsequenceKind.QUARANTINE, days=days) for days in (3, 10))
    kinds = [Consequence(ConsequenceKind.FREE), Consequence(ConsequenceKind.TEST_ON_ARRIVAL), shorter, longer]
    weights = [each.weight for each in (*kinds, Consequence(ConsequenceKind.NOT_ADVISED))]
    assert weights == sorted(set(weights))
