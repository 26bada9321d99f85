"""Records, declarations, trips and contacts as `Facts`: for one person, or for a whole country by the same SQL text."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import groupby

from sqlalchemy import Connection

from pratique.authority.store import facts as store
from pratique.authority.store.facts import EVERYBODY, Fact
from pratique.model.facts import Declarations, Dose, Facts, LatestTest, Period

LOOKING_BACK = timedelta(days=21)
"""No policy asks where anybody was longer ago: the longest quarantine that was ever ordered."""


def gather(connection: Connection, person_id: str, *, at: datetime, zone: tzinfo) -> Facts:
    """What may be read of one person at `at`; which day that is, `zone` says. Nobody's facts are empty."""
    rows = _rows(connection, at, zone, (person_id, person_id))
    return next((_facts(group) for _, group in groupby(rows, key=lambda row: row.person_id)), Facts())


def gather_all(
    connection: Connection, *, at: datetime, zone: tzinfo, people: tuple[str, str] = EVERYBODY
) -> Iterator[tuple[str, Facts]]:
    """The same of everybody of whom there is a fact, in the order of their ids, between two ids if they are given."""
    for person_id, group in groupby(_rows(connection, at, zone, people), key=lambda row: row.person_id):
        yield person_id, _facts(group)


def _rows(connection: Connection, at: datetime, zone: tzinfo, people: tuple[str, str]) -> Iterator[Fact]:
    today = at.astimezone(zone).date()
    since = today - LOOKING_BACK
    return store.facts(
        connection, at=int(at.timestamp()), today=today.toordinal(), since=since.toordinal(), people=people
    )


def _facts(rows: Iterable[Fact]) -> Facts:
    told: dict[str, list[Fact]] = {}
    for row in rows:
        told.setdefault(row.fact, []).append(row)

    def periods(name: str) -> tuple[Period, ...]:
        return tuple(Period(row.kind, _day(row.a), _day(row.b)) for row in told.get(name, ()))

    return Facts(
        tests=tuple(_test(row, told) for row in told.get("tests", ())),
        doses=tuple(Dose(row.kind, _day(row.a)) for row in told.get("doses", ())),
        declarations=_declarations(told),
        recoveries=periods("recoveries"),
        exemptions=periods("exemptions"),
        trips=periods("trips"),
        contacts=periods("contacts"),
        observations=periods("observations"),
    )


def _day(ordinal: int | None) -> date:
    return date.fromordinal(ordinal or 1)


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _test(row: Fact, told: dict[str, list[Fact]]) -> LatestTest:
    """`b` and `c` are the least and the greatest result of one sample, `d` how many were not mapped."""
    conflict = row.b != row.c
    detected = None if conflict or row.d or row.b is None else bool(row.b)

    def sample(name: str) -> datetime | None:
        return next((_instant(each.a) for each in told.get(name, ()) if each.kind == row.kind), None)

    earlier = sample("earlier") if detected is False else None
    return LatestTest(row.kind, _instant(row.a), detected, conflict, earlier, sample("positive"))


def _declarations(told: dict[str, list[Fact]]) -> Declarations | None:
    """`b` whether the last day was normal, `c` whether that is open, `d` the streak.

    A day that is open ends the normal streak as one with symptoms does, but it is no day of symptoms.
    """
    if "declarations" not in told:
        return None
    last = told["declarations"][0]
    normal = last.a - told["abnormal"][0].a if "abnormal" in told else last.d
    ailing = _day(told["ailing"][0].a) if "ailing" in told else None
    warm = told["temperature"][0] if "temperature" in told else None
    return Declarations(
        _day(last.a),
        None if last.c else bool(last.b),
        last.d,
        min(normal, last.d),
        abnormal=ailing,
        temperature=None if warm is None else warm.b,
        measured=None if warm is None else _instant(warm.a),
    )
