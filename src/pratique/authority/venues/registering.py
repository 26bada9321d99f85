"""Doors that register: a module of its own, off until two officials turn it on for a time, under a law that they name.

    propose + agree(ALLOW) ─► a period ─ open_venue ─► poster, kit ─ take ─► sealed slips ─ fourteen days ─► purge
    declare + agree(DECLARE) ─► an exposure ─ published ─► every device compares for itself
                                   └─ agree(OPEN) by two ─► open_slips ─► contacts of those hours, and of no other

A place, an hour and an exposure are all that can be asked by. Nothing here knows a person, and no colour comes of it:
what a device finds out about its owner's visits stays there.
"""

import secrets
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import Connection, Engine

from pratique.authority.access import Account, Role
from pratique.authority.access.looking import find_account
from pratique.authority.store import Vault, reading, venues, writing
from pratique.authority.store.venues import Hours, Period, Place
from pratique.authority.venues import slips
from pratique.authority.venues.doors import DOORS, Mode
from pratique.authority.venues.exposures import CODE_LENGTH, KEPT, KEPT_HOURS, digest, hour_of
from pratique.model.errors import AccessRefused, VenueRefused
from pratique.model.reasons import Reason

LONGEST_PERIOD = timedelta(days=184)
"""Six months, as for every policy (DESIGN 5.3)."""
LONGEST_EXPOSURE = 12
"""Hours: a day's work at one place. More would open a place, and not an exposure."""
MOST_SLIPS = 5_000
"""Of a place in an hour: a stadium's visitors without a telephone. Beyond it somebody fills a disk."""
AHEAD = 72
"""Hours whose public keys a door takes along, so that it goes on without a network."""
LATE = 24
"""Hours after which a slip that waited for a network is still taken."""
OFFICIALS = 2


class Act(StrEnum):
    """What officials agree to, each time two of them."""

    ALLOW = "allow"
    """A period in which doors may register."""
    DECLARE = "declare"
    """That these hours of a place were exposed."""
    OPEN = "open"
    """That the slips of these hours are opened."""


class Kit(Struct, frozen=True):
    """What a door needs to seal slips: its poster's code, and a public key (65 octets) for each hour from the first."""

    name: str
    mode: Mode
    code: bytes
    first_hour: int
    keys: tuple[bytes, ...]


class Opened(Struct, frozen=True):
    """How somebody who was there in this hour can be reached."""

    hour: int
    contact: str


class Purged(Struct, frozen=True):
    """What a purge did: slips deleted, and places whose older keys were thrown away."""

    slips: int
    places: int


# --- whether anything is registered at all


def propose(
    engine: Engine, account: Account, instrument: str, *, begins: datetime, ends: datetime, at: datetime
) -> str:
    """Propose a period under a law; the proposer is the first of its two officials. Returns its id.

    Raises `ValueError` for a period that is empty, longer than six months or already over, or without a law, and
    `AccessRefused` as `agree` does.
    """
    if not instrument.strip() or not begins < ends <= begins + LONGEST_PERIOD or ends <= at:
        raise ValueError("a period names its law, ends after it begins, and lasts at most six months")
    period = Period(_new(), instrument.strip(), int(begins.timestamp()), int(ends.timestamp()))
    with writing(engine) as connection:
        _official(connection, account, at)
        venues.propose_period(connection, period, at=int(at.timestamp()))
        venues.agree(connection, period.period_id, Act.ALLOW, account.account_id, at=int(at.timestamp()))
    return period.period_id


def agree(engine: Engine, account: Account, act: Act, subject_id: str, *, at: datetime) -> bool:
    """Agree to an act on a period or an exposure; whether two have now. Saying it twice is saying it once.

    Raises `AccessRefused` (ACCESS_ROLE) for anybody but an official of the health authority in force, and
    `VenueRefused`: VENUE_UNKNOWN for what nobody proposed, EXPOSURE_UNDECLARED for slips of what is not declared.
    """
    with writing(engine) as connection:
        _official(connection, account, at)
        known = venues.has_period if act is Act.ALLOW else venues.exposure_of
        if not known(connection, subject_id):
            raise VenueRefused(Reason.VENUE_UNKNOWN, detail=f"nothing to {act}")
        if act is Act.OPEN:
            _must_be_declared(connection, subject_id)
        venues.agree(connection, subject_id, act, account.account_id, at=int(at.timestamp()))
        return _by_two(connection, subject_id, act)


def in_force(connection: Connection, *, at: datetime) -> Period | None:
    """The period that lets doors register at `at`, or None: then they only show."""
    found = venues.periods(connection, at=int(at.timestamp()))
    return next((period for period in found if _by_two(connection, period.period_id, Act.ALLOW)), None)


def _must_register(connection: Connection, at: datetime) -> None:
    if in_force(connection, at=at) is None:
        raise VenueRefused(Reason.VENUE_REGISTER_OFF, detail="no period is in force")


# --- places


def open_venue(engine: Engine, vault: Vault, account: Account, mode: Mode, name: str, *, at: datetime) -> Place:
    """Let a place register, under a code of its own.

    Raises `VenueRefused`: VENUE_SHOW_ONLY for transport, VENUE_REGISTER_OFF outside of a period; `AccessRefused` as
    `agree` does; `ValueError` for a name that is empty or has more than 80 characters.
    """
    if not DOORS[mode].registers:
        raise VenueRefused(Reason.VENUE_SHOW_ONLY, detail=f"a {mode} only shows")
    if not 0 < len(name.strip()) <= 80:
        raise ValueError("a place has a name of at most 80 characters")
    venue_id = _new()
    chain = vault.seal(slips.draw_chain(), _where(venue_id))
    code = secrets.token_bytes(CODE_LENGTH)
    place = Place(venue_id, mode.value, name.strip(), code, chain, _day(at), None)
    with writing(engine) as connection:
        _official(connection, account, at)
        _must_register(connection, at)
        venues.add_place(connection, place, at=int(at.timestamp()))
    return place


def kit(engine: Engine, vault: Vault, code: bytes, *, at: datetime) -> Kit:
    """What the door of a place takes along for the next days. Raises `VenueRefused` as `take` does."""
    with reading(engine) as connection:
        _must_register(connection, at)
        place = _place(connection, code)
    chain, first = vault.open(place.chain, _where(place.venue_id)), hour_of(at)
    keys = (slips.hour_key(chain, place.chain_day, hour).public_key() for hour in range(first, first + AHEAD))
    return Kit(place.name, Mode(place.mode), place.code, first, tuple(map(slips.point, keys)))


def take(engine: Engine, code: bytes, hour: int, content: bytes, *, at: datetime) -> None:
    """Keep a slip that a door sealed for this hour.

    Raises `VenueRefused`: VENUE_REGISTER_OFF outside of a period, VENUE_UNKNOWN for a code that no place has,
    SLIP_UNREADABLE for what cannot be a slip of this day, or one too many.
    """
    if len(content) != slips.SLIP_LENGTH or not hour_of(at) - LATE <= hour <= hour_of(at):
        raise VenueRefused(Reason.SLIP_UNREADABLE, detail="not a slip of the last day")
    with writing(engine) as connection:
        _must_register(connection, at)
        place = _place(connection, code)
        if venues.count_slips(connection, place.venue_id, hour) >= MOST_SLIPS:
            raise VenueRefused(Reason.SLIP_UNREADABLE, detail="more slips than people can be there")
        venues.keep_slip(connection, place.venue_id, hour, _new(), content)


def _place(connection: Connection, code: bytes) -> Place:
    place = venues.place_by_code(connection, code)
    if place is None or place.closed is not None:
        raise VenueRefused(Reason.VENUE_UNKNOWN, detail="no place has this code")
    return place


# --- exposures


def declare(engine: Engine, account: Account, venue_id: str, *, first_hour: int, last_hour: int, at: datetime) -> str:
    """Declare that a confirmed case was at a place in these hours; it counts once a second official agrees.

    Raises `VenueRefused` (VENUE_UNKNOWN) for no such place, `AccessRefused` as `agree` does, and `ValueError` for
    hours that are not within the last fourteen days, or more than twelve.
    """
    now = hour_of(at)
    if not now - KEPT_HOURS <= first_hour <= last_hour <= now or last_hour - first_hour >= LONGEST_EXPOSURE:
        raise ValueError("an exposure has at most twelve hours of the last fourteen days")
    hours = Hours(venue_id, _new(), first_hour, last_hour)
    with writing(engine) as connection:
        _official(connection, account, at)
        if venues.place(connection, venue_id) is None:
            raise VenueRefused(Reason.VENUE_UNKNOWN, detail="no such place")
        venues.write_exposure(connection, hours, at=int(at.timestamp()))
        venues.agree(connection, hours.exposure_id, Act.DECLARE, account.account_id, at=int(at.timestamp()))
    return hours.exposure_id


def published(engine: Engine, *, at: datetime) -> frozenset[bytes]:
    """The digests of every hour of the last fourteen days that two officials declared."""
    return frozenset(digest(place.code, hour) for place, hours in _exposed(engine, at) for hour in hours)


def exposed(engine: Engine, place: Place, *, at: datetime) -> tuple[range, ...]:
    """The same hours of one place, for a notice at its door: since when and until when, the earliest first.

    Hours that adjoin or overlap are one stretch: how many cases were there is nobody's business.
    """
    found = {hour for known, hours in _exposed(engine, at) if known.venue_id == place.venue_id for hour in hours}
    begins = sorted(hour for hour in found if hour - 1 not in found)
    ends = sorted(hour + 1 for hour in found if hour + 1 not in found)
    return tuple(map(range, begins, ends))


def _exposed(engine: Engine, at: datetime) -> list[tuple[Place, range]]:
    first, found = hour_of(at) - KEPT_HOURS, []
    with reading(engine) as connection:
        for hours in venues.exposures(connection, from_hour=first):
            place = venues.place(connection, hours.venue_id)
            if place is not None and _by_two(connection, hours.exposure_id, Act.DECLARE):
                found.append((place, range(max(hours.first_hour, first), hours.last_hour + 1)))
    return found


def open_slips(engine: Engine, vault: Vault, account: Account, exposure_id: str, *, at: datetime) -> tuple[Opened, ...]:
    """The contacts of an exposure's hours. That they were opened, by whom and how many, is written down first.

    Raises `VenueRefused`: VENUE_UNKNOWN, EXPOSURE_UNDECLARED, EXPOSURE_ONE_OFFICIAL until two have agreed to it, of
    whom `account` is one; `AccessRefused` as `agree` does. A slip that cannot be read is left out: whoever sealed
    nonsense harms nobody else.
    """
    with writing(engine) as connection:
        _official(connection, account, at)
        hours = venues.exposure_of(connection, exposure_id)
        if hours is None:
            raise VenueRefused(Reason.VENUE_UNKNOWN, detail="no such exposure")
        _must_be_declared(connection, exposure_id)
        if not _by_two(connection, exposure_id, Act.OPEN, account):
            raise VenueRefused(Reason.EXPOSURE_ONE_OFFICIAL, detail="two officials open slips together")
        place = venues.place(connection, hours.venue_id)
        assert place is not None  # noqa: S101  places are never deleted without their exposures
        sealed = venues.slips(connection, hours)
        venues.write_opening(connection, exposure_id, _new(), account.account_id, len(sealed), at=int(at.timestamp()))
    chain = vault.open(place.chain, _where(place.venue_id))
    return tuple(_opened(chain, place, sealed))


def _opened(chain: bytes, place: Place, sealed: list[venues.Content]) -> list[Opened]:
    found = []
    for each in sealed:
        try:
            key = slips.hour_key(chain, place.chain_day, each.hour)
            found.append(Opened(each.hour, slips.open_slip(each.content, key, code=place.code, hour=each.hour)))
        except VenueRefused:
            continue
    return found


# --- how it ends


def purge(engine: Engine, vault: Vault, *, at: datetime) -> Purged:
    """Delete every slip older than fourteen days, and throw away the keys that would open a copy of one.

    It runs each day, whether or not a period is in force.
    """
    first, moved = hour_of(at) - KEPT_HOURS, 0
    oldest = _day(at - KEPT)
    with writing(engine) as connection:
        gone = venues.delete_slips(connection, before_hour=first)
        for place in venues.places(connection):
            if place.chain_day < oldest:
                chain = vault.open(place.chain, _where(place.venue_id))
                later = slips.move_on(chain, oldest - place.chain_day)
                venues.move_chain(connection, place.venue_id, vault.seal(later, _where(place.venue_id)), oldest)
                moved += 1
    return Purged(gone, moved)


def _official(connection: Connection, account: Account, at: datetime) -> None:
    """Refuse anybody but an official of the health authority whose account is in force."""
    known = find_account(connection, account.account_id, at=at)
    if known is None or known.role is not Role.HEALTH_AUTHORITY:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="venues are the health authority's")


def _by_two(connection: Connection, subject_id: str, act: Act, account: Account | None = None) -> bool:
    """Whether two have agreed, `account` among them where one is given."""
    agreed = venues.agreed(connection, subject_id, act)
    return len(agreed) >= OFFICIALS and (account is None or account.account_id in agreed)


def _must_be_declared(connection: Connection, exposure_id: str) -> None:
    if not _by_two(connection, exposure_id, Act.DECLARE):
        raise VenueRefused(Reason.EXPOSURE_UNDECLARED, detail="two officials declare an exposure")


def _where(venue_id: str) -> str:
    return f"venue.chain:{venue_id}"


def _day(moment: datetime) -> int:
    return hour_of(moment.astimezone(UTC)) // 24


def _new() -> str:
    return secrets.token_hex(16)
