"""A journey as options of a command: places by code, and the arrival."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from pratique.cli import _files
from pratique.cli._exits import UsageFault
from pratique.model.dates import YEARS
from pratique.model.journey import Journey, Leg, place_of
from pratique.model.ports import PORTS

_LAST_MINUTE = time(23, 59)


def one_leg(to: str, *, via: Sequence[str], arrive: datetime, of_right: bool, by_release: int | None = None) -> Journey:
    """Straight to a country or a port, through others; `by_release` is what the traveller planned by.

    Raises `UsageFault`.
    """
    country, port = place(to, "--to")
    if by_release is not None and by_release < 1:
        raise UsageFault("--planned takes the number of a release, from 1 on: `pratique plan` names it")
    leg = Leg(country, arrive, port, via=tuple(place(code, "--via")[0] for code in via))
    return Journey((leg,), None, of_right, by_release)


def planned(origin: str | None, via: Sequence[str], to: str, *, on: str, of_right: bool) -> Journey:
    """A trip through transit ports to a destination, each a leg. Raises `UsageFault`.

    Where `on` names a day and no time, the last minute of that day there is asked about: a test is oldest then. A
    transit is never later than what follows it.
    """
    country, port = place(to, "--to")
    legs = [Leg(country, arrival(on, port), port)]
    for code in reversed(via):
        country, port = place(code, "--via")
        legs.insert(0, Leg(country, min(arrival(on, port), legs[0].arrive), port, transit=True))
    return Journey(tuple(legs), place(origin, "--from")[0] if origin is not None else None, of_right)


def place(code: str, option: str) -> tuple[str, str | None]:
    """A country and, where the code is a port's, the port. Raises `UsageFault`."""
    found = place_of(code)
    if found is None:
        raise UsageFault(f"{option} takes a country (ISO 3166-1 alpha-2), an airport (IATA) or a seaport (UN/LOCODE)")
    return found


def arrival(text: str, port: str | None) -> datetime:
    """The instant of an arrival; of a day without a time the last minute, on the clock of the port.

    Raises `UsageFault`.
    """
    try:
        day = date.fromisoformat(text.strip()) if len(text.strip()) == 10 else None
    except ValueError:
        day = None
    if day is None:
        return _files.instant(text, "--on")
    if day.year not in YEARS:
        raise UsageFault(f"--on takes a day between the years {YEARS[0]} and {YEARS[-1]}")
    clock = PORTS[port].clock if port is not None else UTC
    return datetime.combine(day, _LAST_MINUTE, clock)
