"""Where a traveller enters, and when by the clock that hangs there."""

from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec import Struct

from pratique.bundle import Bundle
from pratique.model.dates import YEARS
from pratique.model.journey import Journey, Leg
from pratique.model.ports import PORTS


class UnreadableArrival(ValueError):
    """What was typed is not a date and a time in a year that can be asked about."""


class Place(Struct, frozen=True):
    """A country whose rules can be asked, and one of its ports or none."""

    country: str
    port: str | None = None

    @property
    def value(self) -> str:
        """As a form sends it."""
        return f"{self.country}-{self.port}" if self.port else self.country

    def name(self, language: str) -> str:
        """The port as a traveller reads it; the country's code where no port is named."""
        return PORTS[self.port].name(language) if self.port else self.country

    def journey(self, arrive: str, *, of_right: bool, at: datetime, planned: int | None = None) -> Journey:
        """The journey of somebody who enters here at `arrive`, local time as a form has it; empty means now.

        `planned` is the number of the release that they planned by. Raises `UnreadableArrival`.
        """
        leg = Leg(self.country, self._instant(arrive, at), self.port)
        return Journey((leg,), of_right=of_right, planned=planned)

    def _instant(self, arrive: str, at: datetime) -> datetime:
        if not arrive:
            return at
        try:
            typed = datetime.fromisoformat(arrive)
        except ValueError as fault:
            raise UnreadableArrival from fault
        if typed.year not in YEARS:
            raise UnreadableArrival
        if typed.tzinfo is not None:
            return typed
        return typed.replace(tzinfo=PORTS[self.port].clock if self.port else UTC)


def places(bundle: Bundle, country: str, port: str | None) -> tuple[Place, ...]:
    """Everywhere that can be asked about: here first, then every port of every country that the bundle has rules of."""
    return tuple(dict.fromkeys([Place(country, port), *_others(bundle, country)]))


def _others(bundle: Bundle, home: str) -> Iterator[Place]:
    for country in dict.fromkeys([home, *sorted(bundle.rules)]):
        yield from (Place(country, port.code) for port in PORTS.values() if port.country == country)
        yield Place(country)
