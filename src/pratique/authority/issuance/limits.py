"""How much may be signed: for an operator, a person, a facility and a key in a day; and what no facility can have done.

Whoever steals one password, or one facility, gets so far and no further before somebody looks.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import Connection

from pratique.authority.issuance import facilities
from pratique.authority.issuance.composing import Composed
from pratique.authority.issuance.facilities import Facility
from pratique.authority.store import alone, signing_log
from pratique.authority.store import facilities as standing
from pratique.authority.store import issuance as store
from pratique.authority.store.issuance import Request
from pratique.model.errors import IssueRefused, Refusal
from pratique.model.reasons import Reason

DAY = timedelta(days=1)


class Limits(Struct, frozen=True):
    """Certificates in any 24 hours."""

    operator: int = 150
    """A person at a desk who does nothing else makes one in three minutes."""
    person: int = 30
    """Several formats, several claims, and a few changes of mind."""
    key: int = 100_000
    """A key for each group of facilities: whoever steals one has less than a country's day."""


def check(
    connection: Connection, asked: Request, composed: Composed, key_id: str, limits: Limits, *, at: datetime
) -> None:
    """Refuse what is too much. No two processes count for one facility at a time, until the transaction ends.

    Raises `IssueRefused`: ISSUE_QUOTA, ISSUE_LOT, ISSUE_IMPLAUSIBLE, each naming whose limit it is.
    """
    for name in sorted(composed.facilities):  # in one order, so that no two wait for each other
        alone(connection, f"facility:{name}")
    since = int((at - DAY).timestamp())
    found = [*_asker(connection, asked, limits, since)]
    if signing_log.hurried(connection, key_id, limits.key, since=since):
        found.append(Refusal(Reason.ISSUE_QUOTA, "key"))
    for each in composed.facilities.values():
        if standing.issued(connection, each.facility_id, since=since) >= each.quota_at(at):
            found.append(Refusal(Reason.ISSUE_QUOTA, f"facility {each.facility_id}"))
        found += _lots(connection, each, composed)
        found += _events(connection, each, composed)
    if found:
        raise IssueRefused.because(found)


def _asker(connection: Connection, asked: Request, limits: Limits, since: int) -> Iterator[Refusal]:
    if asked.facility_id is not None:
        if store.issued_by(connection, asked.account_id, since=since) >= limits.operator:
            yield Refusal(Reason.ISSUE_QUOTA, "operator")
    elif store.issued_to(connection, asked.person_id, since=since) >= limits.person:
        yield Refusal(Reason.ISSUE_QUOTA, "person")


def _lots(connection: Connection, facility: Facility, composed: Composed) -> Iterator[Refusal]:
    """Doses of each lot, those that are certified already and these, against what was delivered."""
    if not facility.lots:
        return
    given = {
        part.kept.record_id: part.lot
        for part in composed.parts
        if part.lot and part.kept.source_id == facility.facility_id
    }
    these = Counter(given.values())
    others = standing.given(connection, facility.facility_id, these, given) if given else {}
    for lot, doses in these.items():
        if others.get(lot, 0) + doses > standing.received(connection, facility.facility_id, lot):
            yield Refusal(Reason.ISSUE_LOT, f"facility {facility.facility_id}")


def _events(connection: Connection, facility: Facility, composed: Composed) -> Iterator[Refusal]:
    """Events of each day, those that are certified already and these."""
    happened = {
        part.kept.record_id: part.day.toordinal()
        for part in composed.parts
        if part.day is not None and part.kept.source_id == facility.facility_id
    }
    these = Counter(happened.values())
    others = standing.events(connection, facility.facility_id, these, happened) if happened else {}
    for day, events in these.items():
        if others.get(day, 0) + events > facility.events:
            yield Refusal(Reason.ISSUE_IMPLAUSIBLE, f"facility {facility.facility_id}")


# what a supervisor is told


class Anomaly(StrEnum):
    """What is worth a look, and no reason to refuse."""

    NIGHT = "night"
    """At the facility it is night: from ten in the evening to six."""
    BURST = "burst"
    """More than `BURST` within ten minutes by one operator."""


BURST = 20
_TEN_MINUTES = 600


class Alarm(Struct, frozen=True):
    """How often an operator of a facility did what is worth a look, and when first."""

    anomaly: Anomaly
    account_id: str
    facility_id: str
    count: int
    first: int


def alarms(connection: Connection, *, since: datetime) -> tuple[Alarm, ...]:
    """What operators of facilities signed at night, or in a hurry, since; the most frequent first."""
    found = [
        Alarm(anomaly, account_id, facility_id, len(moments), moments[0])
        for (facility_id, account_id, anomaly), moments in _odd(connection, since).items()
    ]
    return tuple(sorted(found, key=lambda alarm: (-alarm.count, alarm.account_id, alarm.anomaly)))


USUALLY = timedelta(days=28)
"""Four weeks say what is usual for a facility: every weekday is in them as often as any other."""


class Unusual(Struct, frozen=True):
    """How often a facility's operators did what is worth a look in a day, and how often in a usual one."""

    anomaly: Anomaly
    facility_id: str
    count: int
    usual: int
    """The mean of the `USUALLY` before, rounded up."""


def unusual(connection: Connection, *, at: datetime) -> tuple[Unusual, ...]:
    """What is worth a look of the 24 hours before `at`, beyond what is usual there; the most frequent first."""
    today, days = int((at - DAY).timestamp()), USUALLY // DAY
    counts: dict[tuple[str, Anomaly], list[int]] = {}
    for (facility_id, _, anomaly), moments in _odd(connection, at - DAY - USUALLY).items():
        found = counts.setdefault((facility_id, anomaly), [0, 0])
        found[0] += sum(each >= today for each in moments)
        found[1] += sum(each < today for each in moments)
    told = [Unusual(anomaly, where, now, -(-before // days)) for (where, anomaly), (now, before) in counts.items()]
    return tuple(
        sorted((each for each in told if each.count > each.usual), key=lambda each: (-each.count, each.anomaly))
    )


def _odd(connection: Connection, since: datetime) -> dict[tuple[str, str, Anomaly], list[int]]:
    """When operators did what is worth a look, by facility and account."""
    signed: dict[tuple[str, str], list[int]] = {}
    for facility_id, account_id, moment in store.signed_for(connection, since=int(since.timestamp())):
        signed.setdefault((facility_id, account_id), []).append(moment)
    zones = {
        name: ZoneInfo(each.zone)
        for name, each in facilities.facilities(connection, {facility for facility, _ in signed}).items()
    }
    found = {}
    for (facility_id, account_id), moments in signed.items():
        nightly = [each for each in moments if not 6 <= datetime.fromtimestamp(each, zones[facility_id]).hour < 22]
        for anomaly, told in ((Anomaly.NIGHT, nightly), (Anomaly.BURST, list(_hurried(moments)))):
            if told:
                found[facility_id, account_id, anomaly] = told
    return found


def _hurried(moments: Iterable[int]) -> Iterator[int]:
    """Those that had more than `BURST` before them within ten minutes."""
    last: list[int] = []
    for moment in moments:
        last = [each for each in last if moment - each < _TEN_MINUTES] + [moment]
        if len(last) > BURST:
            yield moment
