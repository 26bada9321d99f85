"""The rows of one chunk of the population, in the shape of the store's tables.

Whose a row is stands in `who`, an index into the chunk's people; rows are sorted by it, and it is no column of the
result. Days are proleptic ordinals and instants seconds since 1970, as in the store.
"""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from numpy.random import Generator

from pratique.authority.population import assumptions as like
from pratique.authority.population import claims
from pratique.authority.population.claims import EPOCH, Told
from pratique.authority.population.people import DIVISIONS, PRODUCTS, Bools, Ints, People, happens, identifiers
from pratique.model.facts import ContactKind, ObservationKind

DAY = 86_400
_KINDS = tuple(kind.value for kind in claims.METHODS)
_CONTACTS, _OBSERVATIONS = tuple(map(str, ContactKind)), tuple(map(str, ObservationKind))
_COUNTRIES = tuple(country.code for country in like.COUNTRIES)

Rows = tuple[Ints, pa.Table]
"""Whose each row is, and the rows."""


def tables_of(people: People, random: Generator, at: datetime) -> dict[str, Rows]:
    """All event tables of these people at an instant, by name."""
    now, today = int(at.timestamp()), at.astimezone(UTC).date().toordinal()
    record = _sorted(
        [
            *_vaccinations(people, random, today),
            _yellow_fever(people, random, today),
            *_tests(people, random, now),
            _recoveries(people, random, today),
            _exemptions(people, random, today),
        ]
    )
    dispute, steps = _disputes(people, random, record, now)
    return {
        "record": record,
        "superseded": _superseded(people, random, record),
        "declaration": _declarations(people, random, now, today),
        "trip": _trips(people, random, today),
        "contact": _contacts(people, random, today),
        "observation": _observations(people, random, today),
        "dispute": dispute,
        "dispute_step": steps,
    }


# records


def _vaccinations(people: People, random: Generator, today: int) -> list[Rows]:
    """First doses over the whole campaign; those after them for whoever went again, as far as they were due."""
    who = np.flatnonzero(happens(random, people.access()))
    trial = happens(random, like.TRIAL, who.size)
    vaccine = np.where(trial, claims.TRIAL, people.products(random, who))
    course = np.array([*(product.doses for product in PRODUCTS), 2])[vaccine]
    completed = (course == 1) | happens(random, like.COMPLETED, who.size)
    boosted = completed & happens(random, people.of_country("boosted", who))
    first = today - random.integers(0, like.CAMPAIGN, who.size)
    second = first + np.where(course == 1, 0, like.SECOND_AFTER)
    doses = (
        (1, np.ones(who.size, np.bool_), first),
        (2, completed & (course == 2), second),
        (3, boosted, second + like.BOOSTER_AFTER),
    )
    blocks = []
    for number, given, day in doses:
        chosen = np.flatnonzero(given & (day <= today))
        # a booster after a course of one dose is the second
        dose = number - (course[chosen] == 1) * (number == 3)
        told = claims.vaccinations(vaccine[chosen], dose, people.country[who[chosen]], day[chosen])
        received = (day[chosen] - EPOCH) * DAY + random.integers(0, 3 * DAY, chosen.size)
        blocks.append(_records(people, random, "vaccination", who[chosen], told, received, day=day[chosen]))
    return blocks


def _yellow_fever(people: People, random: Generator, today: int) -> Rows:
    who = np.flatnonzero(happens(random, like.YELLOW_FEVER, people.count))
    day = today - random.integers(0, 3_650, who.size)
    told = claims.yellow_fever(people.country[who], day)
    return _records(people, random, "vaccination", who, told, (day - EPOCH) * DAY, disease=1, day=day)


def _recoveries(people: People, random: Generator, today: int) -> Rows:
    who = np.flatnonzero(happens(random, like.RECOVERED, people.count))
    day = today - random.integers(0, like.CAMPAIGN, who.size)
    begins, ends = day + like.RECOVERY_FROM, day + like.RECOVERY_UNTIL
    told = claims.recoveries(people.country[who], day, begins, ends)
    received = (day - EPOCH + 2) * DAY
    return _records(people, random, "recovery", who, told, received, day=day, valid_from=begins, valid_until=ends)


def _exemptions(people: People, random: Generator, today: int) -> Rows:
    who = np.flatnonzero(happens(random, like.EXEMPT, people.count))
    begins = today - random.integers(0, 365, who.size)
    told = claims.exemptions(people.country[who], begins, begins + 365)
    received = (begins - EPOCH) * DAY
    return _records(people, random, "exemption", who, told, received, valid_from=begins, valid_until=begins + 365)


def _tests(people: People, random: Generator, now: int) -> list[Rows]:
    """Tests, and second reports of some of them, which come within a minute and may say the opposite."""
    who = np.repeat(np.arange(people.count), random.poisson(people.of_country("tests")))
    kind = random.choice(len(_KINDS), who.size, p=[share for _, share in like.TEST_KINDS])
    moment = now - (random.random(who.size) ** 1.5 * like.TESTED * DAY).astype(np.int64)
    result = happens(random, like.POSITIVE, who.size).astype(np.int64)
    result[happens(random, like.UNMAPPED, who.size)] = 2
    received = moment + random.exponential(6 * 3_600, who.size).astype(np.int64)
    again = np.flatnonzero(happens(random, like.REPORTED_TWICE, who.size))
    opposite = happens(random, like.DISAGREEING, again.size) & (result[again] != 2)
    reports = (
        (who, kind, moment, result, received),
        (
            who[again],
            kind[again],
            moment[again] - random.integers(0, 60, again.size),
            np.where(opposite, 1 - result[again], result[again]),
            received[again] + 3_600,
        ),
    )
    return [
        _records(
            people, random, "test", owner, claims.tests(of, found, people.country[owner], when), came,
            day=when // DAY + EPOCH, moment=when, test_kind=of, detected=found, unmapped=found == 2,
        )
        for owner, of, when, found, came in reports
    ]  # fmt: skip


def _records(  # noqa: PLR0917  who, what and when, in every one of the calls above
    people: People, random: Generator, kind: str, who: Ints, told: Told, received: Ints,
    *, disease: int = 0, day: Ints | None = None, moment: Ints | None = None, test_kind: Ints | None = None,
    detected: Ints | None = None, unmapped: Bools | None = None, valid_from: Ints | None = None,
    valid_until: Ints | None = None,
) -> Rows:  # fmt: skip
    """Rows of `record`."""
    octets = random.integers(0, 256, (who.size, 16), np.uint8)
    ids = identifiers(octets)
    kinds = pa.nulls(who.size, pa.string()) if test_kind is None else _words(_KINDS, test_kind)
    return who, pa.table(
        {
            "person_id": people.ids(who),
            "record_id": ids,
            "kind": _same(kind, who),
            "disease": _same(claims.DISEASES[disease].value, who),
            "day": _numbers(day, who, pa.int32()),
            "moment": _numbers(moment, who, pa.int64()),
            "test_kind": kinds,
            "detected": _numbers(detected, who, pa.int16(), unmapped),
            "valid_from": _numbers(valid_from, who, pa.int32()),
            "valid_until": _numbers(valid_until, who, pa.int32()),
            "evidence": pa.array(np.full(who.size, 4, np.int16)),
            "claim": claims.written(told, ids),
            "source_id": _same("synthetic", who),
            "origin": ids.cast(pa.binary()),
            "content": _same(b"", who),
            "intake_id": _same("0" * 32, who),
            "place": pa.array(np.arange(who.size, dtype=np.int32)),
            "received": _numbers(received, who, pa.int64()),
        }
    )


def _sorted(blocks: list[Rows]) -> Rows:
    who = np.concatenate([owners for owners, _ in blocks])
    order = np.argsort(who, kind="stable")
    return who[order], pa.concat_tables([table for _, table in blocks]).take(pa.array(order))


def _superseded(people: People, random: Generator, record: Rows) -> Rows:
    """Records that were withdrawn within some days; a few of them after now."""
    owners, table = record
    chosen = np.flatnonzero(happens(random, like.WITHDRAWN, owners.size))
    who, ids = owners[chosen], table["record_id"].take(pa.array(chosen))
    received = table["received"].take(pa.array(chosen)).to_numpy()
    return who, pa.table(
        {
            "person_id": people.ids(who),
            "record_id": ids,
            "by_record_id": pa.nulls(who.size, pa.string()),
            "ground": _same("never_happened", who),
            "decided_by": _same("desk", who),
            "evidence": pa.nulls(who.size, pa.binary()),
            "moment": _numbers(received + random.integers(0, 5 * DAY, who.size), who, pa.int64()),
        }
    )


def _disputes(people: People, random: Generator, record: Rows, now: int) -> tuple[Rows, Rows]:
    """Positive tests in dispute, some of them due, and answers to half."""
    owners, table = record
    positive = table["detected"].fill_null(0).to_numpy() == 1
    chosen = np.flatnonzero(positive & happens(random, like.DISPUTED, owners.size))
    who = owners[chosen]
    ids = identifiers(random.integers(0, 256, (who.size, 16), np.uint8))
    due = now + random.integers(-DAY, DAY, who.size)
    dispute = pa.table(
        {
            "person_id": people.ids(who),
            "dispute_id": ids,
            "record_id": table["record_id"].take(pa.array(chosen)),
            "statement": _same(b"", who),
            "evidence": pa.nulls(who.size, pa.binary()),
            "opened": _numbers(due - DAY, who, pa.int64()),
            "due": _numbers(due, who, pa.int64()),
        }
    )
    answered = np.flatnonzero(happens(random, 0.5, who.size))
    steps = pa.table(
        {
            "person_id": people.ids(who[answered]),
            "dispute_id": ids.take(pa.array(answered)),
            "number": pa.array(np.full(answered.size, 2, np.int16)),
            "state": _words(("not_accepted", "more_needed"), random.integers(0, 2, answered.size)),
            "decided_by": _same("desk", answered),
            "moment": _numbers(due[answered] - random.integers(0, DAY, answered.size), answered, pa.int64()),
        }
    )
    return (who, dispute), (who[answered], steps)


# what people say


def _declarations(people: People, random: Generator, now: int, today: int) -> Rows:
    declaring = np.flatnonzero(happens(random, like.DECLARING, people.count))
    days = random.integers(1, like.DECLARED_FOR + 1, declaring.size)
    who = np.repeat(declaring, days)
    ago = np.arange(who.size) - np.repeat(np.cumsum(days) - days, days)
    told = np.flatnonzero(~happens(random, like.MISSED, who.size))
    who, ago = who[told], ago[told]
    abnormal, unclear = happens(random, like.ABNORMAL, who.size), happens(random, like.UNCLEAR, who.size)
    symptoms = np.where(unclear, 2, abnormal.astype(np.int64))
    ids = identifiers(random.integers(0, 256, (who.size, 16), np.uint8))
    return who, pa.table(
        {
            "person_id": people.ids(who),
            "declaration_id": ids,
            "day": _numbers(today - ago, who, pa.int32()),
            "moment": _numbers(now - ago * DAY - random.integers(0, 3 * 3_600, who.size), who, pa.int64()),
            "temperature": _numbers(np.where(abnormal, 381, 365), who, pa.int16()),
            "symptoms": _words(("", "fever", "unlisted"), symptoms),
            "normal": _numbers(1 - abnormal.astype(np.int64), who, pa.int16(), unclear),
            "source_id": _same("synthetic", who),
            "origin": ids.cast(pa.binary()),
        }
    )


def _trips(people: People, random: Generator, today: int) -> Rows:
    """Within the country to one of its regions, or abroad, where nobody says to which."""
    who = np.flatnonzero(happens(random, like.TRAVELLED, people.count))
    first = today - random.integers(0, like.TRAVELLED_WITHIN, who.size)
    last = np.minimum(first + random.integers(0, 10, who.size), today)
    abroad = happens(random, like.ABROAD_OF_THEM, who.size)
    country = np.where(abroad, random.integers(0, len(_COUNTRIES), who.size), people.country[who])
    ids = identifiers(random.integers(0, 256, (who.size, 16), np.uint8))
    return who, pa.table(
        {
            "person_id": people.ids(who),
            "trip_id": ids,
            "country": _words(_COUNTRIES, country),
            "division": _words(DIVISIONS, people.anywhere(random, who), abroad),
            "first_day": _numbers(first, who, pa.int32()),
            "last_day": _numbers(last, who, pa.int32(), happens(random, 0.3, who.size)),
            "moment": _numbers((first - EPOCH) * DAY, who, pa.int64()),
            "source_id": _same("synthetic", who),
            "origin": ids.cast(pa.binary()),
        }
    )


# what authorities decide


def _contacts(people: People, random: Generator, today: int) -> Rows:
    once = np.flatnonzero(happens(random, like.CONTACTS, people.count))
    who = np.repeat(once, 1 + happens(random, like.SECOND_CONTACT, once.size))
    last = today - random.integers(0, 30, who.size)
    return who, pa.table(
        {
            "person_id": people.ids(who),
            "contact_id": identifiers(random.integers(0, 256, (who.size, 16), np.uint8)),
            "kind": _words(_CONTACTS, random.integers(0, len(_CONTACTS), who.size)),
            "last_day": _numbers(last, who, pa.int32()),
            "decided_by": _same("desk", who),
            "moment": _numbers((last - EPOCH) * DAY, who, pa.int64()),
        }
    )


def _observations(people: People, random: Generator, today: int) -> Rows:
    who = np.flatnonzero(happens(random, like.OBSERVED, people.count))
    first = today - random.integers(0, 25, who.size)
    return who, pa.table(
        {
            "person_id": people.ids(who),
            "observation_id": identifiers(random.integers(0, 256, (who.size, 16), np.uint8)),
            "kind": _words(_OBSERVATIONS, random.integers(0, len(_OBSERVATIONS), who.size)),
            "first_day": _numbers(first, who, pa.int32()),
            "last_day": _numbers(first + 7, who, pa.int32()),
            "decided_by": _same("desk", who),
            "moment": _numbers((first - EPOCH) * DAY, who, pa.int64()),
        }
    )


# columns


def _numbers(values: Ints | None, who: Ints, kind: pa.DataType, missing: Bools | None = None) -> pa.Array:
    """A column of numbers; without values, or where they are missing, of nulls."""
    if values is None:
        return pa.nulls(who.size, kind)
    return pa.array(values, mask=missing).cast(kind)


def _words(words: tuple[str, ...], places: Ints, missing: Bools | None = None) -> pa.Array:
    """The word at each place."""
    return pa.DictionaryArray.from_arrays(pa.array(places, mask=missing), pa.array(words)).dictionary_decode()


def _same(value: str | bytes, who: Ints) -> pa.Array:
    """One value in every row."""
    return pa.repeat(pa.scalar(value), who.size)
