"""Each day's public numbers: how many people had a colour, for what, and by whom; no person is in them."""

from collections.abc import Iterable

from msgspec import Struct, structs
from sqlalchemy import Connection, func, select

from pratique.authority.store import objection_tables
from pratique.authority.store import status_tables as tables
from pratique.authority.store.health import insert_once


class Count(Struct, frozen=True, order=True):
    """How many people had a colour on a day, for a cause, set by hand or not."""

    day: int
    policy: str
    colour: str
    cause: str
    by_hand: int
    people: int


def write(connection: Connection, lines: Iterable[Count]) -> int:
    """Enter a day's counts, once; how many rows are new."""
    return len(insert_once(connection, tables.status_count, [structs.asdict(line) for line in lines]))


def counted(connection: Connection, day: int, policy: str, *, moment: int) -> None:
    """Note that a day was counted, once."""
    insert_once(connection, objection_tables.counted_day, [{"day": day, "policy": policy, "moment": moment}])


def last_counted(connection: Connection) -> int | None:
    """The newest day that was counted; None before the first."""
    days = (table.c.day for table in (objection_tables.counted_day, tables.status_count))
    found = [connection.execute(select(func.max(day))).scalar() for day in days]
    return max((day for day in found if day is not None), default=None)


def counts(connection: Connection, *, day: int) -> tuple[Count, ...]:
    """A day's counts, in a fixed order."""
    table = tables.status_count
    rows = connection.execute(select(*(table.c[name] for name in Count.__struct_fields__)).where(table.c.day == day))
    return tuple(sorted(Count(*row) for row in rows))
