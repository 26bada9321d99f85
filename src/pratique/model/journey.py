"""A journey as rules read it: where somebody arrives, when, and through where.

    origin ─► leg (via …) ─► leg (via …) ─► destination

A test sample is an instant and needs no place. A vaccination is a calendar date, and which day it is when somebody
arrives depends on the port: so every arrival is an aware instant, and a leg knows the clock it is judged by.
"""

from datetime import date, datetime, timedelta, timezone, tzinfo

from msgspec import Struct

from pratique.model.countries import canonical, is_country
from pratique.model.dates import YEARS
from pratique.model.ports import PORTS, Port


class Leg(Struct, frozen=True):
    """An arrival in a country: to enter it, or in `transit`, to pass through without entering.

    `via` are countries passed on the way since the last leg. Raises `ValueError` for a naive instant, for one in a year
    from which days cannot be counted (`dates.YEARS`), for an unknown country or port, and for a port that lies
    elsewhere.
    """

    to: str
    """The country, ISO 3166-1 alpha-2."""
    arrive: datetime
    port: str | None = None
    """The port of entry, by its code in `model.ports`."""
    via: tuple[str, ...] = ()
    transit: bool = False
    region: str | None = None
    """Where a country's regions have rules of their own, the region as those rules write it."""
    board: datetime | None = None
    """The instant of boarding, from which some rules count; None where it is not known."""

    def __post_init__(self) -> None:
        if self.arrive.tzinfo is None or (self.board is not None and self.board.tzinfo is None):
            raise ValueError("an arrival is an aware instant")
        if any(each.year not in YEARS for each in (self.arrive, self.board or self.arrive)):
            raise ValueError("an arrival, or a boarding, in a year from which days cannot be counted")
        if self.board is not None and self.board > self.arrive:
            raise ValueError("nobody arrives before boarding")
        if self.port is not None and (self.port not in PORTS or PORTS[self.port].country != self.to):
            raise ValueError("the port is unknown, or lies in another country")
        if not all(map(is_country, (self.to, *self.via))):
            raise ValueError("not a country code of ISO 3166-1 alpha-2")

    @property
    def place(self) -> Port | None:
        """The port of entry, where one is named."""
        return PORTS[self.port] if self.port is not None else None

    @property
    def clock(self) -> tzinfo:
        """The time that is kept there on arrival, as a fixed offset; that of `arrive` itself where no port is named.

        A fixed one, so that a day has 24 hours as in CertLogic: the days since a vaccination are counted by the
        calendar that hangs at the port on arrival.
        """
        place = self.place
        offset = self.arrive.utcoffset() if place is None else self.arrive.astimezone(place.clock).utcoffset()
        return timezone(offset or timedelta(0))

    @property
    def day(self) -> date:
        """The calendar day of arrival, there."""
        return self.arrive.astimezone(self.clock).date()


class Journey(Struct, frozen=True):
    """One or several legs in their order; the last one's country is where the journey goes.

    `origin` is the country it begins in, where that is known. `of_right` tells of somebody who may not be turned away
    there: a national or resident of the destination, or a person seeking protection. `planned` is the number of the
    release by which whoever travels planned it, if they say so: it decides nothing. Raises `ValueError` for no legs,
    for arrivals out of order, and for a number below 1.
    """

    legs: tuple[Leg, ...]
    origin: str | None = None
    of_right: bool = False
    planned: int | None = None

    def __post_init__(self) -> None:
        if not self.legs:
            raise ValueError("a journey has at least one leg")
        if self.planned is not None and self.planned < 1:
            raise ValueError("releases are counted from 1")
        arrivals = [leg.arrive for leg in self.legs]
        if arrivals != sorted(arrivals):
            raise ValueError("the legs are not in the order of their arrivals")
        if self.origin is not None and not is_country(self.origin):
            raise ValueError("not a country code of ISO 3166-1 alpha-2")

    @property
    def destination(self) -> Leg:
        """The last leg, which `admit` judges."""
        return self.legs[-1]

    @property
    def passed(self) -> tuple[str, ...]:
        """The countries before the destination, in their order, each once: origin, transits, earlier legs."""
        earlier = [self.origin] if self.origin else []
        for leg in self.legs[:-1]:
            earlier += [*leg.via, leg.to]
        return tuple(dict.fromkeys(map(canonical, [*earlier, *self.destination.via])))

    def up_to(self, number: int) -> "Journey":
        """The journey as far as leg `number`, counted from 0."""
        return Journey(self.legs[: number + 1], self.origin, self.of_right, self.planned)

    @classmethod
    def entering(cls, port: Port, arrive: datetime, *, origin: str | None = None) -> "Journey":
        """The journey of somebody who enters at `port`: what a border asks about."""
        return cls((Leg(port.country, arrive, port.code),), origin)


def place_of(code: str) -> tuple[str, str | None] | None:
    """A country, and where the code is a port's, the port: of ISO 3166-1 alpha-2, IATA or UN/LOCODE; None for no such
    place."""
    text = code.strip().upper()
    if text in PORTS:
        return PORTS[text].country, text
    return (canonical(text), None) if is_country(text) else None
