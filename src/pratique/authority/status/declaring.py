"""What people say of themselves: how they are, and where they were, to the county. In under a minute, and correctable.

    declare ─► Declared(declaration_id, trips) ─ correct ─► another in its place, the first one kept and not counted
    streak  ─► how many days without a gap, and which was missed

By oneself, by somebody who may act for one (`guardian`), or by a clinic or the health authority from paper: it counts
the same. There is no field for a position, an address or an illness of before.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import Connection, Engine

from pratique.authority.access import Account, Item, Look, Role, find_account
from pratique.authority.records.national import COLDEST, DIVISION, FEVER, HOTTEST, LONGEST_TRIP, SYMPTOMS, UNLISTED
from pratique.authority.store import Vault, asking, status, tables, writing
from pratique.authority.store.health import write
from pratique.authority.store.people import Known, new_id
from pratique.authority.store.status import Said
from pratique.model.countries import is_country
from pratique.model.errors import AccessRefused, MalformedRecord
from pratique.model.reasons import Reason

MOST_TRIPS = 20
LOOKS_BACK = 21
"""Days: no policy asks where somebody was before, and what nobody asks for is not taken."""
CORRECTABLE = timedelta(days=14)
"""How long after it was said a declaration can be said again: afterwards it counts for no colour."""
ASSISTS = frozenset({Role.CLINIC, Role.HEALTH_AUTHORITY})
"""Who may enter what somebody wrote on paper, or says at a desk."""


class Way(StrEnum):
    """How a declaration came."""

    SELF = "self"
    PROXY = "proxy"
    PAPER = "paper"


class Trip(Struct, frozen=True):
    """Where somebody was: a country (ISO 3166-1 alpha-2), and the six digits of a county where there are some."""

    country: str
    first: date
    last: date
    division: str | None = None


class Told(Struct, frozen=True):
    """What is said: degrees Celsius, symptoms of the closed list (any other is kept as *unlisted*), trips."""

    temperature: float | None = None
    symptoms: tuple[str, ...] = ()
    trips: tuple[Trip, ...] = ()


class Declared(Struct, frozen=True):
    """What was entered."""

    declaration_id: str
    trips: tuple[str, ...]


class Streak(Struct, frozen=True):
    """How many days somebody declared without a gap, up to the last; how many of them had nothing to report."""

    days: int
    normal: int
    today: bool
    """Whether today is among them; if not, it ends tonight."""
    missed: date | None
    """The last day of the last three weeks that was left out, after the first that was not."""


def declare(
    engine: Engine, vault: Vault, known: Known, told: Told, *, by: Known | Account, at: datetime, zone: tzinfo
) -> Declared:
    """Enter a declaration of `known`, for the day that `at` is in `zone`.

    `by` is the holder, a guardian in force, or an account that enters what is on paper. Raises `AccessRefused`
    (ACCESS_ROLE) for anybody else, `MalformedRecord` (RECORD_FIELD_INVALID) with the field.
    """
    check(told, today=at.astimezone(zone).date())
    with writing(engine) as connection:
        source = _source(connection, known, by, at)
        return _enter(connection, vault, known.person_id, told, source, at=at, zone=zone)


def correct(
    engine: Engine, vault: Vault, known: Known, said_id: str, told: Told | None, *, by: Known | Account, at: datetime,
    zone: tzinfo,
) -> Declared | None:  # fmt: skip
    """Say a declaration again, trips included, or take it back (None). The first one stays, and counts no more.

    A new one is of the same day as the first. Raises as `declare`, and `MalformedRecord` (RECORD_UNKNOWN) for one that
    does not stand or is older than two weeks.
    """
    now = int(at.timestamp())
    if told is not None:
        check(told, today=at.astimezone(zone).date())
    with writing(engine) as connection:
        source = _source(connection, known, by, at)
        first = _standing(connection, known.person_id, said_id, since=now - int(CORRECTABLE.total_seconds()))
        trips = status.trips_said(connection, known.person_id, moment=first.moment)
        made = None
        if told is not None:
            made = _enter(connection, vault, known.person_id, told, source, at=at, zone=zone, day=first.day)
        anew = None if made is None else made.declaration_id
        if not status.retell(connection, known.person_id, said_id, anew, at=now):
            raise MalformedRecord(Reason.RECORD_UNKNOWN, detail="no such declaration stands")
        for trip in trips:
            status.retell(connection, known.person_id, trip, None, at=now)
        return made


def _standing(connection: Connection, person_id: str, said_id: str, *, since: int) -> Said:
    for each in status.said(connection, person_id):
        if each.declaration_id == said_id and not each.replaced and each.moment >= since:
            return each
    raise MalformedRecord(Reason.RECORD_UNKNOWN, detail="no such declaration stands")


def said(connection: Connection, look: Look) -> tuple[Said, ...]:
    """Everything that the person looked at said of their health, the latest first. Raises `AccessRefused`."""
    if Item.DECLARATIONS not in look.items:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="declarations")
    return status.said(connection, look.person_id)


def streak(connection: Connection, look: Look, *, at: datetime, zone: tzinfo) -> Streak:
    """The streak as the holder sees it. Raises `AccessRefused`."""
    stands = [each for each in said(connection, look) if not each.replaced]
    worst: dict[int, bool] = {}
    for each in stands:
        worst[each.day] = worst.get(each.day, True) and each.normal == 1
    today = at.astimezone(zone).date().toordinal()
    last = max((day for day in worst if day <= today), default=0)
    days = _run(last, worst.__contains__)
    normal = _run(last, lambda day: worst.get(day, False))
    back = range(today - 1, max(min(worst, default=today), today - 21), -1)
    missed = next((date.fromordinal(day) for day in back if day not in worst), None)
    return Streak(days, normal, last == today, missed)


def _run(last: int, counts: Callable[[int], bool]) -> int:
    """How many days, counted back from `last`, count."""
    length = 0
    while counts(last - length):
        length += 1
    return length


# entering


def check(told: Told, *, today: date) -> None:
    """Raises `MalformedRecord` (RECORD_FIELD_INVALID) with the first field that cannot be."""
    if told.temperature is not None and not COLDEST <= told.temperature <= HOTTEST:
        raise _unfit("temperature")
    if len(told.trips) > MOST_TRIPS:
        raise _unfit("trips")
    for number, trip in enumerate(told.trips):
        if not is_country(trip.country):
            raise _unfit(f"trips[{number}].country")
        if trip.division is not None and not DIVISION.fullmatch(trip.division):
            raise _unfit(f"trips[{number}].division")
        if not 0 <= (trip.last - trip.first).days <= LONGEST_TRIP or trip.first > today:
            raise _unfit(f"trips[{number}].last")
        if (today - trip.last).days > LOOKS_BACK:
            raise _unfit(f"trips[{number}].last")


def _unfit(place: str) -> MalformedRecord:
    return MalformedRecord(Reason.RECORD_FIELD_INVALID, detail=place)


def _source(connection: Connection, known: Known, by: Known | Account, at: datetime) -> str:
    """Who said it, as the row keeps it. Raises `AccessRefused`."""
    if isinstance(by, Account):
        if find_account(connection, by.account_id, at=at) == by and by.role in ASSISTS:
            return f"{Way.PAPER}:{by.account_id}"[:64]
    elif by.subject_id == known.subject_id and by.person_id == known.person_id:
        return Way.SELF
    elif asking.acts_for(connection, by.subject_id, known.subject_id, at=int(at.timestamp())):
        return Way.PROXY
    raise AccessRefused(Reason.ACCESS_ROLE, detail="declares for somebody else")


def _enter(
    connection: Connection, vault: Vault, person_id: str, told: Told, source: str, *, at: datetime, zone: tzinfo,
    day: int | None = None,
) -> Declared:  # fmt: skip
    now = int(at.timestamp())
    listed = sorted(SYMPTOMS.intersection(told.symptoms))
    unlisted = bool(set(told.symptoms) - SYMPTOMS)
    tenths = None if told.temperature is None else round(told.temperature * 10)
    ails = bool(listed) or (tenths is not None and tenths >= FEVER)
    declaration_id = new_id()
    write(connection, tables.declaration, [{
        "person_id": person_id,
        "declaration_id": declaration_id,
        "day": at.astimezone(zone).date().toordinal() if day is None else day,
        "moment": now,
        "temperature": tenths,
        "symptoms": " ".join([*listed, *([UNLISTED] if unlisted else [])]),
        "normal": 0 if ails else None if unlisted else 1,
        "source_id": source,
        "origin": vault.hash("declaration", f"{source}|{declaration_id}"),
    }])  # fmt: skip
    return Declared(declaration_id, _enter_trips(connection, vault, person_id, told.trips, source, now=now))


def _enter_trips(
    connection: Connection, vault: Vault, person_id: str, trips: Sequence[Trip], source: str, *, now: int
) -> tuple[str, ...]:
    rows: list[dict[str, object]] = []
    for trip in trips:
        trip_id = new_id()
        rows.append({
            "person_id": person_id,
            "trip_id": trip_id,
            "country": trip.country,
            "division": trip.division,
            "first_day": trip.first.toordinal(),
            "last_day": trip.last.toordinal(),
            "moment": now,
            "source_id": source,
            "origin": vault.hash("trip", f"{source}|{trip_id}"),
        })  # fmt: skip
    write(connection, tables.trip, rows)
    return tuple(str(row["trip_id"]) for row in rows)
