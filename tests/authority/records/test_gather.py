"""Facts on both databases: one person's are everybody's, and what is open stays open."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

import duckdb
import pytest
from sqlalchemy import Engine

from pratique.authority.records.gather import gather, gather_all
from pratique.authority.store import Vault, health, reading, status_tables, tables, writing
from pratique.authority.store import facts as facts_of_store
from pratique.authority.store.health import Correction, Ground, NewRecord
from pratique.model.certificate import Exemption, Recovery, Test, TestKind, Vaccination
from pratique.model.dates import PartialDate
from pratique.model.facts import Category, Declarations, Dose, Facts, LatestTest, Period, category_of
from pratique.model.valueset import COVID_19, DETECTED, NOT_DETECTED, YELLOW_FEVER, Code

AT = datetime(2026, 11, 23, 20, tzinfo=UTC)
CHINA = timezone(timedelta(hours=8))
TODAY = date(2026, 11, 24)
NOW = int(AT.timestamp())
ONE, TWO = "1" * 32, "2" * 32
STATED: dict = {"uvci": "URN:UVCI:01:XA:AAAAAAAAAAAAAAAA", "disease": COVID_19, "country": "XA", "issuer": "X"}
OPEN = Code("http://snomed.info/sct", "419984006")


def sample(hours: float, result: Code = NOT_DETECTED, kind: TestKind = TestKind.MOLECULAR) -> Test:
    return Test(**STATED, kind=kind, sampled=AT - timedelta(hours=hours), result=result)


def shot(day: str, disease: Code = COVID_19) -> Vaccination:
    return Vaccination(**STATED | {"disease": disease}, date=PartialDate.parse(day))


def keep(store: Engine, *claims: object, person: str = ONE, received: int = NOW) -> list[str]:
    records = [
        NewRecord(person, f"{place:x}{'0' * 31}", claim, "s", bytes([place]), b"", "i", place)  # type: ignore[arg-type]
        for place, claim in enumerate(claims, 1)
    ]
    with writing(store) as connection:
        health.keep(connection, records, at=received)
    return [record.record_id for record in records]


def of(store: Engine, person: str = ONE, at: datetime = AT) -> Facts:
    with reading(store) as connection:
        one = gather(connection, person, at=at, zone=CHINA)
        everybody = dict(gather_all(connection, at=at, zone=CHINA))
    assert everybody.get(person, Facts()) == one
    return one


def declare(store: Engine, *days: tuple[int, int | None], person: str = ONE) -> None:
    """Days ago, and whether it was normal."""
    rows = [
        {
            "person_id": person, "declaration_id": f"{number:032x}", "day": TODAY.toordinal() - ago, "moment": NOW,
            "temperature": 365, "symptoms": "", "normal": normal, "source_id": "s", "origin": bytes([number]),
        }
        for number, (ago, normal) in enumerate(days)
    ]  # fmt: skip
    with writing(store) as connection:
        health.write(connection, tables.declaration, rows)


def test_nobody_has_no_facts(store: Engine) -> None:
    assert of(store) == Facts()
    assert "declarations" not in Facts().to_data()


def test_the_latest_test_of_each_kind(store: Engine) -> None:
    keep(store, sample(30, DETECTED), sample(6), sample(8, DETECTED, TestKind.ANTIGEN))
    keep(store, sample(1, DETECTED), person=TWO)
    ago = {hours: AT - timedelta(hours=hours) for hours in (6, 8, 30)}
    assert of(store).tests == (
        LatestTest("antigen", ago[8], True, positive=ago[8]),
        LatestTest("molecular", ago[6], False, positive=ago[30]),
    )


EARLIER = [
    ((sample(6), sample(30)), 30, None),
    ((sample(6), sample(29.9)), None, None),
    ((sample(6), sample(31), sample(40), sample(200)), 31, None),
    ((sample(6), sample(40), sample(20, DETECTED)), None, 20),
    ((sample(6), sample(40), sample(50, DETECTED)), 40, 50),
    ((sample(6, DETECTED), sample(40)), None, 6),
    ((sample(6, OPEN), sample(40)), None, None),
    ((sample(6), sample(40), sample(40.01, DETECTED)), None, None),
    ((sample(6), sample(40), sample(40, kind=TestKind.ANTIGEN)), 40, None),
    ((sample(6), sample(40), sample(23, OPEN)), 40, None),
    ((sample(6), sample(22 * 24)), None, None),
    ((sample(6), sample(22 * 24, DETECTED)), None, None),
]
"""Samples; how many hours ago was the earlier of two negatives, and the last that was positive."""


@pytest.mark.parametrize(("claims", "earlier", "positive"), EARLIER)
def test_two_negatives_a_day_apart_and_the_last_that_was_positive(
    store: Engine, claims: tuple, earlier: float | None, positive: float | None
) -> None:
    keep(store, *claims)
    keep(store, sample(1, DETECTED), person=TWO)
    last = next(test for test in of(store).tests if test.kind == "molecular")
    wanted = [None if hours is None else AT - timedelta(hours=hours) for hours in (earlier, positive)]
    assert [last.earlier, last.positive] == wanted


def measure(store: Engine, *readings: tuple[int, float, int | None]) -> None:
    """Days ago, hours before now at which it was entered, tenths of a degree."""
    rows = [
        {
            "person_id": ONE, "declaration_id": f"{number:032x}", "day": TODAY.toordinal() - ago,
            "moment": NOW - int(hours * 3600), "temperature": tenths, "symptoms": "", "normal": 1, "source_id": "s",
            "origin": bytes([number]),
        }
        for number, (ago, hours, tenths) in enumerate(readings)
    ]  # fmt: skip
    with writing(store) as connection:
        health.write(connection, tables.declaration, rows)


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ([(0, 3, 380), (0, 1, 366)], (366, 1)),
        ([(0, 3, 366), (0, 1, 380)], (380, 1)),
        ([(0, 3, 366), (0, 1, None)], (366, 3)),
        ([(1, 3, 380), (0, 1, None)], None),
        ([(0, 1, 366), (0, 1, 367)], (367, 1)),
    ],
)
def test_the_temperature_that_was_measured_last(store: Engine, readings: list, expected: tuple | None) -> None:
    measure(store, *readings)
    told = of(store).declarations
    assert told is not None
    wanted = (None, None) if expected is None else (expected[0], AT - timedelta(hours=expected[1]))
    assert (told.temperature, told.measured) == wanted


def test_what_was_said_again_counts_in_the_others_place(store: Engine) -> None:
    declare(store, (0, 0), (0, 1), (1, 1))
    assert of(store).declarations.normal is False  # type: ignore[union-attr]
    with writing(store) as connection:
        health.write(connection, status_tables.retold, [
            {"person_id": ONE, "said_id": f"{0:032x}", "by_said_id": f"{1:032x}", "moment": NOW},
        ])  # fmt: skip
    told = of(store).declarations
    assert told is not None
    assert (told.normal, told.normal_streak, told.abnormal) == (True, 2, None)
    assert of(store, at=AT - timedelta(seconds=1)).declarations is None


def of_appeal(**changed: object) -> dict[str, object]:
    row = {
        "person_id": ONE,
        "appeal_id": "e" * 32,
        "about": "contact",
        "about_id": "a",
        "statement": b"",
        "evidence": None,
    }
    return row | {"opened": NOW, "due": NOW + 60} | changed


@pytest.mark.parametrize(
    ("appealed", "states", "counts"),
    [
        (False, (), (True, True)),
        (True, (), (True, False)),
        (True, ("more_needed",), (True, False)),
        (True, ("not_accepted",), (True, True)),
        (True, ("accepted",), (False, False)),
    ],
)
@pytest.mark.parametrize("name", ["contact", "observation"])
def test_an_appeal_past_its_clock_sets_the_fact_aside(
    store: Engine, name: str, appealed: bool, states: tuple, counts: tuple
) -> None:
    day = TODAY.toordinal()
    days = {"last_day": day} | ({"first_day": day} if name == "observation" else {})
    row = {"person_id": ONE, f"{name}_id": "a", "kind": "close", "decided_by": "desk", "moment": NOW - 9} | days
    with writing(store) as connection:
        health.write(connection, tables.metadata.tables[name], [row, row | {"person_id": TWO}])
        health.write(connection, status_tables.appeal, [of_appeal(about=name)] if appealed else [])
        health.write(connection, status_tables.appeal_step, [
            {
                "person_id": ONE, "appeal_id": "e" * 32, "number": number, "state": state, "decided_by": "d",
                "ground": "",
                "moment": NOW,
            }
            for number, state in enumerate(states, 1)
        ])  # fmt: skip
    for at, counted in zip((AT, AT + timedelta(seconds=60)), counts, strict=True):
        assert bool(getattr(of(store, at=at), f"{name}s")) is counted
        assert bool(getattr(of(store, TWO, at=at), f"{name}s")) is True


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ((sample(6), sample(6.01, DETECTED)), (None, True)),
        ((sample(6), sample(6.01)), (False, False)),
        ((sample(6, OPEN),), (None, False)),
        ((sample(6, OPEN), sample(6.01, DETECTED)), (None, False)),
        ((sample(6, DETECTED), sample(6.02)), (True, False)),
    ],
)
def test_what_two_reports_of_one_sample_disagree_about_is_open(store: Engine, claims: tuple, expected: tuple) -> None:
    keep(store, *claims)
    (test,) = of(store).tests
    assert (test.detected, test.conflict) == expected


def test_a_test_of_tomorrow_and_one_that_came_later_are_not_known_yet(store: Engine) -> None:
    keep(store, sample(-1))
    keep(store, sample(3), person=TWO, received=NOW + 1)
    assert of(store) == of(store, TWO) == Facts()
    assert of(store, TWO, AT + timedelta(minutes=1)).tests[0].detected is False


def test_a_dose_counts_once_however_many_tell_of_it(store: Engine) -> None:
    keep(
        store,
        shot("2021-03-04"),
        shot("2021-03-04"),
        shot("2021-04-04"),
        shot("2021-03-04", YELLOW_FEVER),
        shot("2021-05"),
    )
    assert of(store).doses == (
        Dose(YELLOW_FEVER.value, date(2021, 3, 4)),
        Dose(COVID_19.value, date(2021, 3, 4)),
        Dose(COVID_19.value, date(2021, 4, 4)),
    )


def test_what_was_corrected_is_no_fact_any_more(store: Engine, vault: Vault) -> None:
    first, _ = keep(store, sample(6, DETECTED), sample(30))
    with writing(store) as connection:
        kept = next(each for each in health.records_of(connection, ONE) if each.record_id == first)
        assert health.supersede(connection, vault, kept, None, Correction(Ground.ANOTHER_PERSON, "desk"), at=NOW)
        assert not health.supersede(connection, vault, kept, None, Correction(Ground.ANOTHER_PERSON, "desk"), at=NOW)
    assert [test.detected for test in of(store).tests] == [False]


def test_recoveries_and_exemptions(store: Engine) -> None:
    period = {"valid_from": PartialDate(2026, 11, 1), "valid_until": PartialDate(2027, 1, 1)}
    keep(store, Recovery(**STATED, first_positive=PartialDate(2026, 10, 20), **period), Exemption(**STATED, **period))
    expected = (Period(COVID_19.value, date(2026, 11, 1), date(2027, 1, 1)),)
    assert (of(store).recoveries, of(store).exemptions) == (expected, expected)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([(0, 1)], (True, 1, 1)),
        ([(0, 1), (1, 1), (2, 1)], (True, 3, 3)),
        ([(0, 1), (1, 1), (3, 1), (4, 1)], (True, 2, 2)),
        ([(0, 1), (1, 0), (2, 1)], (True, 3, 1)),
        ([(0, 0), (1, 1)], (False, 2, 0)),
        ([(0, None), (1, 1)], (None, 2, 0)),
        ([(0, 1), (0, 0)], (False, 1, 0)),
        ([(0, None), (0, 0)], (False, 1, 0)),
        ([(0, 1), (5, 0)], (True, 1, 1)),
    ],
)
def test_a_missed_day_breaks_the_streak(store: Engine, days: list, expected: tuple) -> None:
    declare(store, *days)
    declare(store, (0, 1), (1, 1), person=TWO)
    last = (365, AT) if days[0][0] == 0 else (None, None)
    ailing = [ago for ago, normal in days if normal == 0]
    abnormal = TODAY - timedelta(days=min(ailing)) if ailing else None
    assert of(store).declarations == Declarations(TODAY, *expected, abnormal, *last)


def test_where_somebody_was_is_forgotten_after_three_weeks(store: Engine) -> None:
    day = TODAY.toordinal()
    trip = {"person_id": ONE, "country": "XB", "division": None, "moment": NOW, "source_id": "s"}
    decided = {"person_id": ONE, "decided_by": "desk", "moment": NOW}
    with writing(store) as connection:
        health.write(
            connection,
            tables.trip,
            [
                trip | {"trip_id": "a", "origin": b"a", "first_day": day - 40, "last_day": day - 21},
                trip | {"trip_id": "b", "origin": b"b", "first_day": day - 40, "last_day": day - 22},
                trip | {"trip_id": "c", "origin": b"c", "first_day": day + 1, "last_day": None},
                trip
                | {
                    "trip_id": "d",
                    "origin": b"d",
                    "first_day": day,
                    "last_day": None,
                    "country": "XA",
                    "division": "330106",
                },
            ],
        )
        health.write(
            connection,
            tables.contact,
            [
                decided | {"contact_id": "a", "kind": "close", "last_day": day - 3},
                decided | {"contact_id": "b", "kind": "close", "last_day": day - 30},
            ],
        )
        health.write(connection, tables.observation, [
            decided | {"observation_id": "a", "kind": "home", "first_day": day - 3, "last_day": day + 4},
        ])  # fmt: skip
    facts = of(store)
    assert facts.trips == (
        Period("XA-330106", TODAY, TODAY),
        Period("XB", TODAY - timedelta(days=40), TODAY - timedelta(days=21)),
    )
    assert facts.contacts == (Period("close", TODAY - timedelta(days=3), TODAY - timedelta(days=3)),)
    assert facts.observations == (Period("home", TODAY - timedelta(days=3), TODAY + timedelta(days=4)),)


def on_duckdb(store: Engine) -> list[tuple]:
    """What the same text answers there, over a copy of the tables."""
    types = {"String": "VARCHAR", "Text": "VARCHAR", "BigInteger": "BIGINT", "Integer": "INTEGER",
             "SmallInteger": "SMALLINT", "LargeBinary": "BLOB"}  # fmt: skip
    duck = duckdb.connect()
    with reading(store) as connection:
        for name in (
            "record",
            "superseded",
            "declaration",
            "trip",
            "contact",
            "observation",
            "dispute",
            "dispute_step",
            "retold",
            "appeal",
            "appeal_step",
        ):
            table = tables.metadata.tables[name]
            columns = ", ".join(f"{column.name} {types[type(column.type).__name__]}" for column in table.columns)
            duck.execute(f"CREATE TABLE {name} ({columns})")
            rows = [tuple(row) for row in connection.execute(table.select())]
            if rows:
                duck.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(table.columns))})", rows)
    text = re.sub(r":(\w+)", r"$\1", str(facts_of_store._statement()))
    today = TODAY.toordinal()
    values = {"first": "", "last": "g", "now": NOW, "today": today, "since": today - 21}
    return duck.execute(text, values).fetchall()


def test_the_same_text_answers_alike_on_duckdb(store: Engine) -> None:
    keep(store, sample(30, DETECTED), sample(6), sample(6.01, DETECTED), shot("2021-03-04"), shot("2021-03-04"))
    keep(store, sample(1, DETECTED), person=TWO)
    declare(store, (0, 1), (1, 1), (2, None))
    today = TODAY.toordinal()
    with reading(store) as connection:
        here = [
            (fact.person_id, fact.fact, fact.kind, fact.a, fact.b, fact.c, fact.d)
            for fact in facts_of_store.facts(connection, at=NOW, today=today, since=today - 21)
        ]
    assert len(here) == 8
    assert on_duckdb(store) == here


def paths(data: object, path: str = "") -> set[str]:
    match data:
        case dict():
            return {found for step, value in data.items() for found in paths(value, f"{path}.{step}" if path else step)}
        case list():
            return {found for place, value in enumerate(data) for found in paths(value, f"{path}.{place}")}
    return {path}


def test_every_path_has_its_category(store: Engine) -> None:
    keep(store, sample(1), shot("2021-03-04"))
    declare(store, (0, 1))
    found = paths(of(store).to_data())
    assert {"tests.molecular.detected", "doses.0.day", "declarations.streak"} <= found
    assert all(category_of(path) for path in found)
    assert category_of("tests") is category_of("tests.molecular") is Category.TESTS
    assert category_of("declarations.streak") is Category.DECLARATIONS
    assert [category_of(path) for path in ("", "name", "test", "tests.molecular.score", "person.birth_date")] == [
        None
    ] * 5
