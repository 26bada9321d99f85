"""What the vectors of tests/vectors/procedures name of doors, and a house of officials that other tests use."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from pratique.authority.access import Account, Role, enter
from pratique.authority.store import Vault, writing
from pratique.authority.store.venues import Place
from pratique.authority.venues import registering, slips
from pratique.authority.venues.doors import Mode
from pratique.authority.venues.exposures import hour_of
from pratique.authority.venues.registering import Act
from tests import databases

AT = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
HOUR = hour_of(AT)
LI, WANG = (Account(name, Role.HEALTH_AUTHORITY) for name in ("official-li", "official-wang"))
CLERK = Account("clerk", Role.CLINIC)
LAW = "Public Health (Doors) Order 2026"


def staffed(engine: Engine) -> None:
    """Two officials, and somebody who is none."""
    with writing(engine) as connection:
        for account in (LI, WANG, CLERK):
            enter(connection, account, "somebody", at=AT - timedelta(days=60))


def switched_on(engine: Engine, *, at: datetime = AT) -> str:
    """A period of a hundred days that two officials agreed to."""
    begins = at - timedelta(days=1)
    period = registering.propose(engine, LI, LAW, begins=begins, ends=begins + timedelta(days=100), at=at)
    assert registering.agree(engine, WANG, Act.ALLOW, period, at=at)
    return period


def mall(engine: Engine, vault: Vault, *, at: datetime = AT, name: str = "North Mall") -> Place:
    return registering.open_venue(engine, vault, LI, Mode.MALL, name, at=at)


def slip_of(engine: Engine, vault: Vault, place: Place, contact: str, *, at: datetime = AT) -> bytes:
    """Sealed with what the door has of this hour, and handed in."""
    kit = registering.kit(engine, vault, place.code, at=at)
    content = slips.seal(contact, kit.keys[0], code=kit.code, hour=kit.first_hour)
    registering.take(engine, place.code, kit.first_hour, content, at=at)
    return content


def exposed(engine: Engine, place: Place, *, hour: int = HOUR, at: datetime = AT) -> str:
    """An exposure that two officials declared."""
    exposure = registering.declare(engine, LI, place.venue_id, first_hour=hour, last_hour=hour, at=at)
    assert registering.agree(engine, WANG, Act.DECLARE, exposure, at=at)
    return exposure


def _house(folder: Path) -> tuple[Engine, Vault]:
    engine = databases.sqlite(folder / "doors.db")
    staffed(engine)
    return engine, Vault.draw()


def disk_without_room(folder: Path, _: pytest.MonkeyPatch) -> None:
    engine, _vault = _house(folder)
    with writing(engine) as connection:
        connection.execute(text("PRAGMA max_page_count = 1"))  # what it has already, and no page more
        connection.execute(text("INSERT INTO portrait VALUES ('a', zeroblob(1000000))"))


def door_that_nobody_switched_on(folder: Path, _: pytest.MonkeyPatch) -> None:
    mall(*_house(folder))


def taxi_that_would_register(folder: Path, _: pytest.MonkeyPatch) -> None:
    engine, vault = _house(folder)
    switched_on(engine)
    registering.open_venue(engine, vault, LI, Mode.TAXI, "Taxi 12", at=AT)


def slip_of_a_place_that_is_not_there(folder: Path, _: pytest.MonkeyPatch) -> None:
    engine, _vault = _house(folder)
    switched_on(engine)
    registering.take(engine, bytes(16), HOUR, bytes(slips.SLIP_LENGTH), at=AT)


def slips_of_an_exposure_that_one_official_declared(folder: Path, _: pytest.MonkeyPatch) -> None:
    engine, vault = _house(folder)
    switched_on(engine)
    place = mall(engine, vault)
    alone = registering.declare(engine, LI, place.venue_id, first_hour=HOUR, last_hour=HOUR, at=AT)
    registering.open_slips(engine, vault, LI, alone, at=AT)


def slips_that_one_official_would_open(folder: Path, _: pytest.MonkeyPatch) -> None:
    engine, vault = _house(folder)
    switched_on(engine)
    exposure = exposed(engine, mall(engine, vault))
    registering.agree(engine, LI, Act.OPEN, exposure, at=AT)
    registering.open_slips(engine, vault, LI, exposure, at=AT)


def slip_with_the_key_of_the_next_hour(_: Path, __: pytest.MonkeyPatch) -> None:
    chain, code = slips.draw_chain(), bytes(16)
    key, later = (slips.hour_key(chain, HOUR // 24, hour) for hour in (HOUR, HOUR + 1))
    slips.open_slip(
        slips.seal("13800000000", slips.point(key.public_key()), code=code, hour=HOUR), later, code=code, hour=HOUR
    )


SETTINGS = (
    disk_without_room,
    door_that_nobody_switched_on,
    taxi_that_would_register,
    slip_of_a_place_that_is_not_there,
    slips_of_an_exposure_that_one_official_declared,
    slips_that_one_official_would_open,
    slip_with_the_key_of_the_next_hour,
)
