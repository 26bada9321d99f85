"""What a supervisor sees of issuing, without a word about anybody: use against quotas, lots, and what was counted."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from msgspec import Struct
from sqlalchemy import Connection

from pratique.authority.issuance import facilities
from pratique.authority.issuance.facilities import Facility
from pratique.authority.issuance.limits import DAY, Limits
from pratique.authority.store import asking, intakes, signing_log
from pratique.authority.store import facilities as standing
from pratique.authority.store import issuance as store
from pratique.authority.store import support as matters
from pratique.authority.store import withdrawals as withdrawn
from pratique.authority.store.intakes import Settled
from pratique.authority.store.signing_log import SigningKey

WEEK = timedelta(days=7)


class Use(Struct, frozen=True):
    """Certificates of the last 24 hours and seven days; `quota` is for any 24 hours."""

    day: int
    week: int
    quota: int

    @property
    def over(self) -> bool:
        """Whether nothing more is signed until some of the day is over."""
        return self.day >= self.quota


def by_facility(connection: Connection, *, at: datetime) -> tuple[tuple[Facility, Use], ...]:
    """Certificates that rest on the records of each facility, those of none included."""
    day, week = (standing.issued_each(connection, since=_since(at, span)) for span in (DAY, WEEK))
    return tuple(
        (each, Use(day.get(name, 0), week.get(name, 0), each.quota_at(at)))
        for name, each in facilities.facilities(connection).items()
    )


def by_operator(connection: Connection, limits: Limits, *, at: datetime) -> tuple[tuple[str, Use], ...]:
    """Certificates that each operator of a facility asked for in a week; those of none are left out."""
    day, week = (store.issued_each(connection, "account_id", since=_since(at, span)) for span in (DAY, WEEK))
    return tuple((name, Use(day.get(name, 0), count, limits.operator)) for name, count in sorted(week.items()))


def by_key(connection: Connection, limits: Limits, *, at: datetime) -> tuple[tuple[SigningKey, Use], ...]:
    """Certificates that each key signed, those of none included."""
    day, week = (store.issued_each(connection, "key_id", since=_since(at, span)) for span in (DAY, WEEK))
    return tuple(
        (key, Use(day.get(key.key_id, 0), week.get(key.key_id, 0), limits.key)) for key in signing_log.keys(connection)
    )


class Lot(Struct, frozen=True):
    """How many doses of a lot a facility received, and of how many certificates tell."""

    lot: str
    received: int
    given: int


def lots(connection: Connection, ids: Iterable[str]) -> dict[str, tuple[Lot, ...]]:
    """The lots of each facility by their names: those that it received, and those that it told of."""
    wanted = list(ids)
    received, given = standing.received_lots(connection, wanted), standing.given_lots(connection, wanted)
    found: dict[str, list[Lot]] = {each: [] for each in wanted}
    for key in sorted(received.keys() | given.keys()):
        facility_id, lot = key
        found[facility_id].append(Lot(lot, received.get(key, 0), given.get(key, 0)))
    return {each: tuple(of_it) for each, of_it in found.items()}


class Near(Struct, frozen=True):
    """What comes close to what a facility cannot have done, or may not have signed: from four fifths of `most` on."""

    what: Literal["events", "quota", "lot"]
    count: int
    most: int
    day: date | None = None
    """Of the doses and samples, the busiest there is."""
    lot: str | None = None


def near(
    connection: Connection, found: Iterable[tuple[Facility, Use]], lots: Mapping[str, tuple[Lot, ...]]
) -> dict[str, tuple[Near, ...]]:
    """What is near of each facility, by its id."""
    found = list(found)
    busiest = standing.busiest_days(connection, [each.facility_id for each, _ in found])
    told = {}
    for each, use in found:
        ordinal, count = busiest.get(each.facility_id, (0, 0))
        day = date.fromordinal(ordinal) if ordinal else None
        every = [Near("events", count, each.events, day), Near("quota", use.day, use.quota)]
        if each.lots:
            every += [Near("lot", one.given, one.received, lot=one.lot) for one in lots[each.facility_id]]
        told[each.facility_id] = tuple(one for one in every if one.count and 5 * one.count >= 4 * one.most)
    return told


class Counted(Struct, frozen=True):
    """What was counted since a moment."""

    issued: int
    withdrawn: tuple[tuple[str, str, int], ...]
    """Effect, ground, identifiers."""
    approved: int
    declined: int
    rows: Settled
    refused: Mapping[str, int]
    """Rows of intakes by the reason for which they were not taken; a row may have several."""


def counted(connection: Connection, *, since: datetime) -> Counted:
    """Figures of the tables themselves, which no process can forget."""
    moment = int(since.timestamp())
    approved, declined = store.decided_since(connection, since=moment)
    return Counted(
        issued=store.issued_in_all(connection, since=moment),
        withdrawn=tuple(withdrawn.counted(connection, since=moment)),
        approved=approved,
        declined=declined,
        rows=intakes.taken_since(connection, since=moment),
        refused=intakes.refused_since(connection, since=moment),
    )


MOST = 1000
"""Requests that are counted one by one: beyond it somebody has to look anyway."""


def waiting(connection: Connection) -> dict[str, int]:
    """What waits now: disputes, support, requests to decide, and approved ones that are not signed."""
    return {
        "disputes": len(asking.waiting(connection)),
        "support": len(matters.open_tickets(connection, "settled")),
        "requests": len(store.undecided(connection, at_most=MOST)),
        "unsigned": len(store.unsigned(connection, at_most=MOST)),
    }


def _since(at: datetime, span: timedelta) -> int:
    return int((at.astimezone(UTC) - span).timestamp())
