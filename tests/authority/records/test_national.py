"""The national interface and the tables of local codes: what is dropped, what stays open, the way there and back."""

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, select

from pratique.authority.access import Account, Item, Look, Purpose, Role
from pratique.authority.records import local_codes, national
from pratique.authority.records.gather import gather
from pratique.authority.records.intake import Outcome
from pratique.authority.records.local_codes import (
    SYSTEMS,
    National,
    Recognition,
    Shown,
    recognise,
    to_local,
    to_national,
)
from pratique.authority.records.sources import Source
from pratique.authority.store import Vault, reading, tables
from pratique.model.reasons import Reason

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
APP = Source("hz-app", "A city's app", "XA", "UTO", "self_declared")
PERSON = {
    "country": "UTO",
    "certNo": "XA1234567",
    "familyName": "Han",
    "givenName": "Meimei",
    "birthDate": "1990-05-08",
}
HEALTH = {
    "bizSeqNo": "A-1",
    "person": PERSON,
    "declaredAt": "2026-11-23T08:00:00+08:00",
    "temperature": 36.5,
    "symptoms": [],
}
TRIP = {"bizSeqNo": "T-1", "person": PERSON, "declaredAt": "2026-11-23T08:00:00+08:00", "firstDay": "2026-11-20",
        "lastDay": "2026-11-21", "country": "XB", "division": "330106"}  # fmt: skip
STATUS = {"bizSeqNo": "S-1", "person": PERSON, "system": "four-colours", "colour": "orange",
          "since": "2026-11-23T08:00:00+08:00", "until": "2026-11-24T00:00:00+08:00"}  # fmt: skip
Send = Callable[..., national.Answer]
KINDS = {
    "health": (national.declare_health, HEALTH, tables.declaration),
    "trip": (national.declare_trip, TRIP, tables.trip),
    "status": (national.share_status, STATUS, tables.local_status),
}


@pytest.fixture
def send(store: Engine, vault: Vault) -> Send:
    def sent(kind: str, **changed: object) -> national.Answer:
        take, message, _ = KINDS[kind]
        return take(store, vault, json.dumps(message | changed).encode(), source=APP, at=AT)

    return sent


def rows(store: Engine, kind: str) -> list[dict]:
    with reading(store) as connection:
        return [dict(row) for row in connection.execute(select(KINDS[kind][2])).mappings()]


@pytest.mark.parametrize("message", [b"", b"{", b"[]", b"{}", b"[" * 9999, b'{"bizSeqNo": 1}'])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_message_is_refused(store: Engine, vault: Vault, kind: str, message: bytes) -> None:
    answer = KINDS[kind][0](store, vault, message, source=APP, at=AT)
    assert (answer.outcome, answer.reasons) == (Outcome.REFUSED, (Reason.RECORD_KIND,))


@pytest.mark.parametrize(
    ("kind", "changed", "place"),
    [
        ("health", {"temperature": 3.65}, "temperature"),
        ("health", {"temperature": 1e300}, "temperature"),
        ("health", {"declaredAt": "2026-11-23"}, "declaredAt"),
        ("health", {"declaredAt": "2026-11-23T08:00:00"}, "declaredAt"),
        ("trip", {"firstDay": "20 November"}, "firstDay"),
        ("trip", {"lastDay": "2026-11-19"}, "lastDay"),
        ("trip", {"lastDay": "2028-11-19"}, "lastDay"),
        ("trip", {"country": "Xb"}, "country"),
        ("trip", {"country": "A1"}, "country"),
        ("trip", {"division": "3301061234"}, "division"),
        ("status", {"until": STATUS["since"]}, "until"),
    ],
)
def test_fields_that_cannot_be_read(send: Send, store: Engine, kind: str, changed: dict, place: str) -> None:
    answer = send(kind, **changed)
    assert (answer.outcome, answer.reasons, answer.place) == (Outcome.REFUSED, (Reason.RECORD_FIELD_INVALID,), place)
    assert rows(store, kind) == []


@pytest.mark.parametrize("control", ["\0", "\n", "\u202e", "\u2069"])
def test_a_name_that_a_screen_would_obey_is_held(send: Send, store: Engine, control: str) -> None:
    for kind in KINDS:
        answer = send(kind, person=PERSON | {"givenName": f"Mei{control}mei"})
        assert (answer.outcome, answer.reasons) == (Outcome.HELD, (Reason.RECORD_FIELD_INVALID,))
        assert answer.place == "name (a control character)"
        assert rows(store, kind) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_about_nobody_clear_is_held(send: Send, store: Engine, kind: str) -> None:
    for person in ({"certNo": "?"}, {"familyName": "", "givenName": ""}, {"birthDate": "May"}, {"birthDate": None}):
        answer = send(kind, person=PERSON | person)
        assert (answer.outcome, answer.reasons) == (Outcome.HELD, (Reason.RECORD_PERSON,))
    assert send(kind).outcome is Outcome.TAKEN
    answer = send(kind, bizSeqNo="2", person=PERSON | {"birthDate": "1991-05-08"})
    assert (answer.outcome, answer.reasons) == (Outcome.HELD, (Reason.RECORD_PERSON_DIFFERENT,))
    assert len(rows(store, kind)) == 1


@pytest.mark.parametrize("changed", [{"birthDate": "2090-01-01"}, {"familyName": "H" * 257}])
def test_nobody_is_entered_who_is_not_born_or_has_no_name_of_a_length(
    send: Send, store: Engine, changed: dict[str, str]
) -> None:
    answer = send("health", person=PERSON | changed)
    assert answer.outcome is Outcome.HELD
    with reading(store) as connection:
        assert connection.execute(select(tables.person)).first() is None


@pytest.mark.parametrize(
    ("kind", "changed"), [("health", {"temperature": 38.5}), ("trip", {"country": "XC"}), ("status", {"colour": "red"})]
)
def test_a_message_is_taken_once_and_never_changed(send: Send, store: Engine, kind: str, changed: dict) -> None:
    assert [send(kind).outcome, send(kind).outcome] == [Outcome.TAKEN, Outcome.KNOWN]
    answer = send(kind, **changed)
    assert (answer.outcome, answer.reasons) == (Outcome.HELD, (Reason.RECORD_DIFFERENT,))
    assert send(kind, bizSeqNo="2", **changed).outcome is Outcome.TAKEN
    assert len(rows(store, kind)) == 2


def test_what_nobody_may_have_is_dropped_and_said(send: Send, store: Engine) -> None:
    answer = send("health", underlyingDisease=["F32.1"], location={"latitude": 30.2}, symptoms=["cough", "抑郁"])
    assert answer.outcome is Outcome.TAKEN
    assert answer.not_accepted == ("underlyingDisease", "location")
    assert send("trip", hivStatus="positive").not_accepted == ("unlisted",)
    person = {**PERSON, "medicalHistory": "F32.1", "depression": True}
    assert send("status", person=person).not_accepted == ("medicalHistory", "unlisted")
    (row,) = rows(store, "health")
    assert row["symptoms"] == "cough unlisted"
    assert not any(word in str(row) for word in ("F32", "30.2", "抑郁"))


@pytest.mark.parametrize(
    ("changed", "normal"),
    [
        ({}, 1),
        ({"temperature": None}, 1),
        ({"temperature": 37.2}, 1),
        ({"temperature": 37.3}, 0),
        ({"symptoms": ["fever"]}, 0),
        ({"symptoms": ["头晕"]}, None),
        ({"symptoms": ["头晕", "cough"]}, 0),
    ],
)
def test_an_unknown_symptom_is_open_and_never_abnormal(
    send: Send, store: Engine, changed: dict, normal: object
) -> None:
    send("health", **changed)
    assert rows(store, "health")[0]["normal"] == normal


def test_declarations_become_facts(send: Send, store: Engine) -> None:
    for ago in range(3):
        send("health", bizSeqNo=str(ago), declaredAt=f"2026-11-{23 - ago}T08:00:00+08:00")
    send("trip")
    (person,) = {row["person_id"] for row in rows(store, "health")}
    with reading(store) as connection:
        facts = gather(connection, person, at=AT, zone=timezone(timedelta(hours=8)))
    assert facts.declarations is not None
    assert facts.declarations.streak == 3
    assert [trip.kind for trip in facts.trips] == ["XB-330106"]
    look = Look("x", person, Account("h", Role.HOLDER), Purpose.OWN, frozenset({Item.RECORDS}))
    with reading(store) as connection:
        assert national.query(connection, look) == ()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ("four-colours", "orange", "observation")),
        ({"colour": "purple"}, ("four-colours", "unlisted", "review")),
        ({"system": "somebody's", "colour": "red"}, ("unlisted", "unlisted", "review")),
    ],
)
def test_a_shared_colour_keeps_its_word_only_if_a_table_knows_it(
    send: Send, store: Engine, changed: dict, expected: tuple
) -> None:
    send("status", **changed)
    (row,) = rows(store, "status")
    assert (row["system"], row["colour"], row["national"]) == expected


# recognising each other


KNOWN = [(system, word) for system, words in SYSTEMS.items() for word in words]


@pytest.mark.parametrize("system", SYSTEMS)
def test_no_two_words_of_a_system_mean_the_same(system: str) -> None:
    meanings = [meaning for meaning in SYSTEMS[system].values() if meaning is not National.REVIEW]
    assert len(meanings) == len(set(meanings))


@pytest.mark.parametrize(("system", "word"), KNOWN)
def test_there_and_back_by_the_national_code(system: str, word: str) -> None:
    meaning = to_national(system, word)
    assert to_local(meaning, system) == (None if meaning is National.REVIEW else word)


@pytest.mark.parametrize(("origin", "destination"), list(itertools.product(SYSTEMS, SYSTEMS)))
def test_from_one_region_to_another_and_back_nothing_gets_worse(origin: str, destination: str) -> None:
    for word in SYSTEMS[origin]:
        there = recognise(origin, word, Recognition.CONVERT, destination=destination)
        if there.word is None:
            assert there.review
            continue
        back = recognise(destination, there.word, Recognition.CONVERT, destination=origin)
        assert back == Shown(origin, word, to_national(origin, word))


@pytest.mark.parametrize("way", Recognition)
@pytest.mark.parametrize(
    ("system", "word"), [("four-colours", "purple"), ("nobody's", "red"), ("numbers", "6"), ("normal-or-not", "1")]
)
def test_what_no_table_knows_is_for_a_person_and_never_red(way: Recognition, system: str, word: str) -> None:
    shown = recognise(system, word, way, destination="three-colours", province="three-colours")
    assert shown.review
    assert shown.word in (None, "review")


@pytest.mark.parametrize("way", Recognition)
@pytest.mark.parametrize(("system", "word"), [key for key in KNOWN if to_national(*key) is National.NORMAL])
def test_every_green_is_green_everywhere(way: Recognition, system: str, word: str) -> None:
    for destination in SYSTEMS:
        shown = recognise(system, word, way, destination=destination, province="three-words")
        assert shown.meaning is National.NORMAL
        assert to_national(shown.system, shown.word or "") is National.NORMAL


def test_a_city_is_read_through_its_province() -> None:
    orange = recognise(
        "four-colours", "orange", Recognition.ONE_PER_PROVINCE, destination="three-words", province="three-words"
    )
    assert orange == Shown("three-words", "集中观察", National.OBSERVATION)
    lost = recognise(
        "four-colours", "orange", Recognition.ONE_PER_PROVINCE, destination="three-words", province="three-colours"
    )
    assert lost.review
    kept = recognise("four-colours", "orange", Recognition.SHARE, destination="three-words")
    assert kept == Shown("four-colours", "orange", National.OBSERVATION)
    assert local_codes.to_local(National.REVIEW, "national") is None


@pytest.mark.parametrize(
    ("kind", "place", "changed"),
    [
        ("health", "declaredAt", {"declaredAt": "2026-11-24T12:01:00+00:00"}),
        ("trip", "declaredAt", {"declaredAt": "2099-01-01T00:00:00+00:00"}),
        ("health", "declaredAt", {"declaredAt": "0001-01-01T00:00:00+14:00"}),
        ("trip", "firstDay", {"firstDay": "2062-11-20", "lastDay": None}),
        ("trip", "firstDay", {"firstDay": "1926-11-20", "lastDay": None}),
        ("health", "bizSeqNo", {"bizSeqNo": ""}),
        ("status", "bizSeqNo", {"bizSeqNo": "x" * 65}),
    ],
)
def test_nothing_is_declared_ahead_nor_without_a_number(
    send: Send, kind: str, place: str, changed: dict[str, object]
) -> None:
    told = send(kind, **changed)
    assert (told.outcome, told.reasons, told.place) == (Outcome.REFUSED, (Reason.RECORD_FIELD_INVALID,), place)
