"""Ports of entry and the clocks that hang there: a vaccination is judged by the calendar of the port of entry."""

from collections.abc import Mapping
from types import MappingProxyType
from zoneinfo import ZoneInfo

from msgspec import Struct

from pratique.model._ports import TABLE


class Port(Struct, frozen=True):
    """An airport by its IATA code, a seaport or a land crossing by its UN/LOCODE."""

    code: str
    country: str
    """ISO 3166-1 alpha-2."""
    zone: str
    """The IANA time zone."""
    names: Mapping[str, str]
    """Its name by the language of a catalogue; the English one is always there."""

    @property
    def clock(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.zone)

    def name(self, language: str = "en") -> str:
        """The name as a traveller reads it."""
        return self.names.get(language, self.names["en"])


def _port(line: str) -> Port:
    code, country, zone, english, chinese = line.split()
    return Port(code, country, zone, {"en": english.replace("_", " "), "zh": chinese})


PORTS: Mapping[str, Port] = MappingProxyType({port.code: port for port in map(_port, TABLE.strip().splitlines())})
"""All ports by code."""
