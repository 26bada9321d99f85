"""Who may vouch: facilities, their operators, the steps of both, and the doses that were delivered."""

from collections.abc import Iterable
from typing import TypeVar

from msgspec import Struct, structs
from sqlalchemy import ColumnElement, Connection, func, insert, select

from pratique.authority.store.issuance_tables import certificate_claim, delivery, facility, operator, standing
from pratique.authority.store.people import new_id

_Of = TypeVar("_Of", str, int)

FACILITY, OPERATOR = "facility", "operator"
"""What a standing is of."""


class Terms(Struct, frozen=True):
    """As what a facility was proposed; `number` is that of the step."""

    facility_id: str
    number: int
    name: str
    country: str
    registered: str
    scopes: str
    zone: str
    quota: int
    events: int
    lots: int


class Step(Struct, frozen=True):
    """One step of a standing, and who took it."""

    kind: str
    of_id: str
    number: int
    state: str
    account_id: str
    ground: str
    moment: int


def propose(connection: Connection, terms: Terms) -> None:
    """Write down as what a facility is proposed."""
    connection.execute(insert(facility).values(structs.asdict(terms)))


def step(connection: Connection, taken: Step) -> None:
    """Write a step down; its number follows the last."""
    connection.execute(insert(standing).values(structs.asdict(taken)))


def steps(connection: Connection, kind: str, ids: Iterable[str]) -> dict[str, list[Step]]:
    """The steps of each, in their order; an id that nobody has has none."""
    wanted = list(ids)
    found: dict[str, list[Step]] = {each: [] for each in wanted}
    rows = connection.execute(
        select(standing).where(standing.c.kind == kind, standing.c.of_id.in_(wanted)).order_by(standing.c.number)
    )
    for row in rows:
        found[row.of_id].append(Step(*row))
    return found


def terms(connection: Connection, ids: Iterable[str]) -> dict[tuple[str, int], Terms]:
    """Everything that facilities were ever proposed as, by id and number."""
    rows = connection.execute(select(facility).where(facility.c.facility_id.in_(list(ids))))
    return {(row.facility_id, row.number): Terms(*row) for row in rows}


def everywhere(connection: Connection) -> list[str]:
    """The ids of all facilities, in their order."""
    return list(
        connection.execute(select(facility.c.facility_id).distinct().order_by(facility.c.facility_id)).scalars()
    )


def enter_operator(connection: Connection, account_id: str, facility_id: str) -> None:
    """Enter an operator of a facility; an account is of one."""
    connection.execute(insert(operator).values(account_id=account_id, facility_id=facility_id))


def facility_of(connection: Connection, account_id: str) -> str | None:
    """Whose operator an account is, or None."""
    return connection.execute(select(operator.c.facility_id).where(operator.c.account_id == account_id)).scalar()


def operators(connection: Connection, facility_id: str) -> list[str]:
    """The operators of a facility."""
    column = operator.c
    return list(connection.execute(select(column.account_id).where(column.facility_id == facility_id)).scalars())


def deliver(connection: Connection, facility_id: str, lot: str, doses: int, account_id: str, *, at: int) -> None:
    """Write down doses that a facility received."""
    row = {"facility_id": facility_id, "delivery_id": new_id(), "lot": lot, "doses": doses}
    connection.execute(insert(delivery).values(row | {"account_id": account_id, "moment": at}))


def received(connection: Connection, facility_id: str, lot: str) -> int:
    """How many doses of a lot a facility received; 0 for none."""
    column = delivery.c
    of_it = (column.facility_id == facility_id) & (column.lot == lot)
    return int(connection.execute(select(func.coalesce(func.sum(column.doses), 0)).where(of_it)).scalar_one())


def received_lots(connection: Connection, ids: Iterable[str]) -> dict[tuple[str, str], int]:
    """How many doses facilities received, by facility and lot."""
    column = delivery.c
    grouped = select(column.facility_id, column.lot, func.sum(column.doses)).where(column.facility_id.in_(list(ids)))
    return {
        (row[0], row[1]): int(row[2]) for row in connection.execute(grouped.group_by(column.facility_id, column.lot))
    }


# what was certified on a facility's word; a record counts once, however often it was certified


def given(connection: Connection, facility_id: str, lots: Iterable[str], besides: Iterable[str]) -> dict[str, int]:
    """Doses of these lots that certificates tell of, other than these records; a lot without any is left out."""
    return _records(connection, facility_id, certificate_claim.c.lot, lots, besides)


def events(connection: Connection, facility_id: str, days: Iterable[int], besides: Iterable[str]) -> dict[int, int]:
    """Events of these days that certificates tell of, other than these records; a day without any is left out."""
    return _records(connection, facility_id, certificate_claim.c.day, days, besides)


def given_lots(connection: Connection, ids: Iterable[str]) -> dict[tuple[str, str], int]:
    """How many doses of each lot certificates tell of, by facility and lot."""
    column = certificate_claim.c
    told = (column.facility_id.in_(list(ids))) & column.lot.is_not(None)
    grouped = select(column.facility_id, column.lot, func.count(column.record_id.distinct())).where(told)
    return {(row[0], row[1]): row[2] for row in connection.execute(grouped.group_by(column.facility_id, column.lot))}


def busiest_days(connection: Connection, ids: Iterable[str]) -> dict[str, tuple[int, int]]:
    """The day (its ordinal) of which certificates tell of most events on each facility's word, and how many."""
    column = certificate_claim.c
    count = func.count(column.record_id.distinct())
    told = column.facility_id.in_(list(ids)) & column.day.is_not(None)
    place = func.row_number().over(partition_by=column.facility_id, order_by=(count.desc(), column.day.desc()))
    days = select(column.facility_id, column.day, count.label("events"), place.label("place")).where(told)
    each = days.group_by(column.facility_id, column.day).subquery().c
    rows = connection.execute(select(each.facility_id, each.day, each.events).where(each.place == 1))
    return {row[0]: (row[1], row[2]) for row in rows}


def issued_each(connection: Connection, *, since: int) -> dict[str, int]:
    """Certificates that rest on each facility's records, issued since."""
    column = certificate_claim.c
    grouped = select(column.facility_id, func.count(column.certificate_id.distinct())).where(column.issued >= since)
    return {row[0]: row[1] for row in connection.execute(grouped.group_by(column.facility_id))}


def issued(connection: Connection, facility_id: str, *, since: int) -> int:
    """Certificates that rest on a facility's records, issued since."""
    column = certificate_claim.c
    counted = select(func.count(column.certificate_id.distinct()))
    return connection.execute(counted.where(column.facility_id == facility_id, column.issued >= since)).scalar_one()


def _records(
    connection: Connection, facility_id: str, by: ColumnElement[_Of], among: Iterable[_Of], besides: Iterable[str]
) -> dict[_Of, int]:
    column = certificate_claim.c
    counted = select(by, func.count(column.record_id.distinct())).where(
        column.facility_id == facility_id, by.in_(list(among)), column.record_id.not_in(list(besides))
    )
    return {row[0]: row[1] for row in connection.execute(counted.group_by(by))}
