"""Places, hours and slips: what is asked and written. Nothing here is asked by who somebody is."""

from collections.abc import Iterator

from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, select, update

from pratique.authority.store.venue_tables import exposure, register_period, slip, slip_opening, venue, venue_step


class Place(Struct, frozen=True):
    """A venue as it is kept. `chain` is sealed, and of `chain_day`; `closed` is None for one whose door still asks."""

    venue_id: str
    mode: str
    name: str
    code: bytes
    chain: bytes
    chain_day: int
    closed: int | None


class Period(Struct, frozen=True):
    """From when to when registering is lawful, and by what."""

    period_id: str
    instrument: str
    begins: int
    ends: int


class Hours(Struct, frozen=True):
    """An exposure: these hours of this place, the last included."""

    venue_id: str
    exposure_id: str
    first_hour: int
    last_hour: int


class Content(Struct, frozen=True):
    """A slip as it lies there."""

    hour: int
    content: bytes


def propose_period(connection: Connection, period: Period, *, at: int) -> None:
    """Write a period down; who agreed to it is in the steps."""
    connection.execute(
        insert(register_period).values(
            period_id=period.period_id,
            instrument=period.instrument,
            begins=period.begins,
            ends=period.ends,
            moment=at,
        )
    )


def periods(connection: Connection, *, at: int) -> Iterator[Period]:
    """The periods within which `at` lies, agreed or not."""
    columns = (
        register_period.c.period_id,
        register_period.c.instrument,
        register_period.c.begins,
        register_period.c.ends,
    )
    within = (register_period.c.begins <= at) & (at < register_period.c.ends)
    yield from (Period(*row) for row in connection.execute(select(*columns).where(within)))


def agree(connection: Connection, subject_id: str, act: str, account_id: str, *, at: int) -> None:
    """Write down that an account agreed; once, however often it says so."""
    same = (venue_step.c.subject_id == subject_id) & (venue_step.c.act == act) & (venue_step.c.account_id == account_id)
    if connection.execute(select(venue_step.c.moment).where(same)).first() is None:
        connection.execute(insert(venue_step).values(subject_id=subject_id, act=act, account_id=account_id, moment=at))


def agreed(connection: Connection, subject_id: str, act: str) -> frozenset[str]:
    """The accounts that agreed to an act."""
    rows = connection.execute(
        select(venue_step.c.account_id).where((venue_step.c.subject_id == subject_id) & (venue_step.c.act == act))
    )
    return frozenset(rows.scalars())


def has_period(connection: Connection, period_id: str) -> bool:
    """Whether such a period was proposed."""
    asked = select(register_period.c.period_id).where(register_period.c.period_id == period_id)
    return connection.execute(asked).first() is not None


def add_place(connection: Connection, place: Place, *, at: int) -> None:
    """Enter a venue."""
    row = {name: getattr(place, name) for name in Place.__struct_fields__}
    connection.execute(insert(venue).values(**row, opened=at))


_PLACE = select(*(venue.c[name] for name in Place.__struct_fields__))


def place_by_code(connection: Connection, code: bytes) -> Place | None:
    """The venue whose poster bears this code."""
    row = connection.execute(_PLACE.where(venue.c.code == code)).one_or_none()
    return None if row is None else Place(*row)


def place(connection: Connection, venue_id: str) -> Place | None:
    """The venue, or None."""
    row = connection.execute(_PLACE.where(venue.c.venue_id == venue_id)).one_or_none()
    return None if row is None else Place(*row)


def places(connection: Connection) -> list[Place]:
    """Every venue."""
    return [Place(*row) for row in connection.execute(_PLACE.order_by(venue.c.venue_id))]


def move_chain(connection: Connection, venue_id: str, chain: bytes, chain_day: int) -> None:
    """Put a venue's chain of a later day in place of the earlier one, which nothing leads back to."""
    later = (venue.c.venue_id == venue_id) & (venue.c.chain_day < chain_day)
    connection.execute(update(venue).where(later).values(chain=chain, chain_day=chain_day))


def keep_slip(connection: Connection, venue_id: str, hour: int, slip_id: str, content: bytes) -> None:
    """Keep a sealed slip."""
    connection.execute(insert(slip).values(venue_id=venue_id, hour=hour, slip_id=slip_id, content=content))


def count_slips(connection: Connection, venue_id: str, hour: int) -> int:
    """How many there are of a place in an hour."""
    asked = select(func.count()).select_from(slip).where((slip.c.venue_id == venue_id) & (slip.c.hour == hour))
    return connection.execute(asked).scalar_one()


def slips(connection: Connection, hours: Hours) -> list[Content]:
    """The sealed slips of an exposure, hour by hour."""
    of = (slip.c.venue_id == hours.venue_id) & slip.c.hour.between(hours.first_hour, hours.last_hour)
    rows = connection.execute(select(slip.c.hour, slip.c.content).where(of).order_by(slip.c.hour, slip.c.slip_id))
    return [Content(hour, bytes(content)) for hour, content in rows]


def delete_slips(connection: Connection, *, before_hour: int) -> int:
    """Delete every slip of an earlier hour; how many there were."""
    return connection.execute(delete(slip).where(slip.c.hour < before_hour)).rowcount


def write_exposure(connection: Connection, hours: Hours, *, at: int) -> None:
    """Write an exposure down; it counts once two have declared it."""
    row = {name: getattr(hours, name) for name in Hours.__struct_fields__}
    connection.execute(insert(exposure).values(**row, moment=at))


_HOURS = select(*(exposure.c[name] for name in Hours.__struct_fields__))


def exposure_of(connection: Connection, exposure_id: str) -> Hours | None:
    """The exposure, or None."""
    row = connection.execute(_HOURS.where(exposure.c.exposure_id == exposure_id)).one_or_none()
    return None if row is None else Hours(*row)


def exposures(connection: Connection, *, from_hour: int) -> list[Hours]:
    """Every exposure with an hour that is not earlier, declared by two or not."""
    return [Hours(*row) for row in connection.execute(_HOURS.where(exposure.c.last_hour >= from_hour))]


def write_opening(
    connection: Connection, exposure_id: str, opening_id: str, account_id: str, count: int, *, at: int
) -> None:
    """Write down that slips were opened."""
    connection.execute(
        insert(slip_opening).values(
            exposure_id=exposure_id, opening_id=opening_id, account_id=account_id, slips=count, moment=at
        )
    )
