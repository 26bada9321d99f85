"""Declarations: who may make them for whom, what they may hold, how they are corrected, and the streak."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from tests.authority.status.scenes import AT, CLINIC, GATE, NORTH, POLICY, TODAY, ZONE, own, person, staffed

from pratique.authority.access import Account, Role
from pratique.authority.records.gather import gather
from pratique.authority.status import codes, declaring
from pratique.authority.status.declaring import MOST_TRIPS, Streak, Told, Trip
from pratique.authority.store import Vault, asking, reading, status, tables, writing
from pratique.authority.store.people import Known
from pratique.colour import Colour
from pratique.model.errors import AccessRefused, MalformedRecord
from pratique.model.facts import Period
from pratique.model.reasons import Reason

DAY = timedelta(days=1)
WELL, ILL = Told(36.5), Told(36.5, ("cough",))
NOW = int(AT.timestamp())


@pytest.fixture
def meimei(store: Engine, vault: Vault) -> Known:
    staffed(store)
    return person(store, vault)


def declare(store: Engine, vault: Vault, known: Known, told: Told = WELL, *, by: Any = None, at: datetime = AT) -> Any:
    return declaring.declare(store, vault, known, told, by=by or known, at=at, zone=ZONE)


def seen(store: Engine, known: Known, at: datetime = AT) -> Streak:
    look = own(store, known, at)
    with reading(store) as connection:
        return declaring.streak(connection, look, at=at, zone=ZONE)


def colour(store: Engine, known: Known, at: datetime = AT) -> Colour:
    with reading(store) as connection:
        return codes.code_of(connection, known.person_id, POLICY, at=at, zone=ZONE).colour


FAR = Trip("XA", TODAY, TODAY)


@pytest.mark.parametrize(
    ("told", "place"),
    [
        (Told(33.9), "temperature"),
        (Told(43.1), "temperature"),
        (Told(trips=(Trip("X1", TODAY, TODAY),)), "trips[0].country"),
        (Told(trips=(FAR, Trip("XA", TODAY, TODAY, "31.23"))), "trips[1].division"),
        (Told(trips=(Trip("XA", TODAY, TODAY, "3301060"),)), "trips[0].division"),
        (Told(trips=(Trip("XA", TODAY, TODAY, "٣٣٠١٠٦"),)), "trips[0].division"),
        (Told(trips=(Trip("XA", TODAY, TODAY - DAY),)), "trips[0].last"),
        (Told(trips=(Trip("XA", TODAY + DAY, TODAY + DAY),)), "trips[0].last"),
        (Told(trips=(Trip("XA", TODAY - 400 * DAY, TODAY),)), "trips[0].last"),
        (Told(trips=(Trip("XA", TODAY - 30 * DAY, TODAY - 22 * DAY),)), "trips[0].last"),
        (Told(trips=(FAR,) * (MOST_TRIPS + 1)), "trips"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    store: Engine, vault: Vault, meimei: Known, told: Told, place: str
) -> None:
    with pytest.raises(MalformedRecord) as refused:
        declare(store, vault, meimei, told)
    assert (refused.value.reasons, refused.value.detail) == ((Reason.RECORD_FIELD_INVALID,), place)
    assert colour(store, meimei) is Colour.UNKNOWN


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (WELL, Colour.GREEN),
        (Told(), Colour.GREEN),
        (Told(37.2), Colour.GREEN),
        (Told(37.24), Colour.GREEN),
        (Told(37.26), Colour.YELLOW),
        (Told(37.3), Colour.YELLOW),
        (ILL, Colour.YELLOW),
        (Told(symptoms=("a word of no table",)), Colour.UNKNOWN),
        (Told(trips=(Trip("XB", TODAY - 3 * DAY, TODAY - DAY),)), Colour.YELLOW),
        (Told(trips=(Trip("XA", TODAY, TODAY, "330106"),)), Colour.YELLOW),
        (Told(trips=(Trip("XA", TODAY, TODAY, "110101"),)), Colour.GREEN),
    ],
)
def test_what_is_said_is_a_colour_at_once(
    store: Engine, vault: Vault, meimei: Known, told: Told, expected: Colour
) -> None:
    declare(store, vault, meimei, told)
    assert colour(store, meimei) is expected


def test_no_word_of_no_table_is_kept(store: Engine, vault: Vault, meimei: Known) -> None:
    declare(store, vault, meimei, Told(symptoms=("cough", "sadness")))
    look = own(store, meimei)
    with reading(store) as connection:
        (kept,) = declaring.said(connection, look)
    assert kept.symptoms == "cough unlisted"


# by whom


def test_a_guardian_and_paper_count_the_same_and_a_stranger_may_not(store: Engine, vault: Vault, meimei: Known) -> None:
    son = person(store, vault, 2, "Lei")
    for nobody in (son, GATE, Account("clinic-1", Role.HEALTH_AUTHORITY), Account("unknown", Role.CLINIC)):
        with pytest.raises(AccessRefused):
            declare(store, vault, meimei, by=nobody)
    with writing(store) as connection:
        asking.appoint(connection, meimei.subject_id, son.subject_id, "family", at=NOW, until=NOW + 60)
    declare(store, vault, meimei, by=son)
    declare(store, vault, meimei, by=CLINIC)
    declare(store, vault, meimei, by=NORTH)
    with pytest.raises(AccessRefused):
        declare(store, vault, meimei, by=son, at=AT + timedelta(seconds=61))
    look = own(store, meimei)
    with reading(store) as connection:
        sources = {each.source_id for each in declaring.said(connection, look)}
    assert sources == {"proxy", "paper:clinic-1", "paper:official-north"}
    assert colour(store, meimei) is Colour.GREEN


# correcting


def test_what_was_said_by_mistake_is_said_again_and_the_first_stays(store: Engine, vault: Vault, meimei: Known) -> None:
    wrong = Told(38.5, ("fever",), (Trip("XB", TODAY - DAY, TODAY),))
    first = declare(store, vault, meimei, wrong)
    assert colour(store, meimei) is Colour.YELLOW
    later = AT + timedelta(hours=25)
    anew = declaring.correct(store, vault, meimei, first.declaration_id, WELL, by=meimei, at=later, zone=ZONE)
    assert anew is not None
    with reading(store) as connection:
        facts = gather(connection, meimei.person_id, at=later, zone=ZONE)
        kept = status.said(connection, meimei.person_id)
    assert facts.trips == ()
    assert facts.declarations is not None
    assert (facts.declarations.last, facts.declarations.normal) == (TODAY, True)
    assert [(each.declaration_id, each.replaced) for each in kept] == [
        (anew.declaration_id, False),
        (first.declaration_id, True),
    ]
    assert colour(store, meimei, later) is Colour.GREEN
    for told in (WELL, None):
        with pytest.raises(MalformedRecord):
            declaring.correct(store, vault, meimei, first.declaration_id, told, by=meimei, at=later, zone=ZONE)


def test_it_can_be_taken_back_by_its_person_for_two_weeks(store: Engine, vault: Vault, meimei: Known) -> None:
    other = person(store, vault, 2, "Lei")
    said = declare(store, vault, meimei, ILL).declaration_id

    def back(known: Known, by: Known, at: datetime = AT) -> Any:
        return declaring.correct(store, vault, known, said, None, by=by, at=at, zone=ZONE)

    with pytest.raises(MalformedRecord):
        back(other, other)
    with pytest.raises(AccessRefused):
        back(meimei, other)
    with pytest.raises(MalformedRecord):
        back(meimei, meimei, AT + timedelta(days=15))
    assert back(meimei, meimei) is None
    assert colour(store, meimei) is Colour.UNKNOWN


def test_a_correction_that_cannot_be_leaves_the_first(store: Engine, vault: Vault, meimei: Known) -> None:
    said = declare(store, vault, meimei, ILL).declaration_id
    with pytest.raises(MalformedRecord):
        declaring.correct(store, vault, meimei, said, Told(99), by=meimei, at=AT, zone=ZONE)
    assert colour(store, meimei) is Colour.YELLOW


# the streak


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([], Streak(0, 0, False, None)),
        ([0], Streak(1, 1, True, None)),
        ([2, 1, 0], Streak(3, 3, True, None)),
        ([3, 2, 1], Streak(3, 3, False, None)),
        ([4, 3, 1, 0], Streak(2, 2, True, TODAY - 2 * DAY)),
    ],
)
def test_the_streak_as_its_holder_sees_it(
    store: Engine, vault: Vault, meimei: Known, days: list, expected: Streak
) -> None:
    for ago in days:
        declare(store, vault, meimei, at=AT - ago * DAY)
    assert seen(store, meimei) == expected


def test_the_streak_is_that_which_the_policy_reads(store: Engine, vault: Vault, meimei: Known) -> None:
    for ago in (6, 5, 3, 2, 1, 0):
        declare(store, vault, meimei, ILL if ago == 2 else WELL, at=AT - ago * DAY)
    with reading(store) as connection:
        facts = gather(connection, meimei.person_id, at=AT, zone=ZONE).declarations
    told = seen(store, meimei)
    assert facts is not None
    assert (told.days, told.normal) == (facts.streak, facts.normal_streak) == (4, 2)


def test_a_day_is_that_of_the_people_and_not_of_the_clock(store: Engine, vault: Vault, meimei: Known) -> None:
    """At 17:00 in UTC it is tomorrow there."""
    late = datetime(2026, 11, 23, 17, tzinfo=UTC)
    declare(store, vault, meimei, Told(trips=(FAR,)), at=late)
    assert seen(store, meimei).today is True
    with reading(store) as connection:
        assert gather(connection, meimei.person_id, at=AT, zone=ZONE).trips == (Period("XA", TODAY, TODAY),)


def test_there_is_no_column_for_a_position() -> None:
    names = {column.name for table in (tables.declaration, tables.trip) for column in table.columns}
    assert not any(word in name for name in names for word in ("latitude", "longitude", "address", "place", "cell"))
