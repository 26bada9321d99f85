"""What each kind of door does. It reads no clock and no table: a door that shows has nothing to remember."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct


class Mode(StrEnum):
    """The kinds of door."""

    MALL = "mall"
    TAXI = "taxi"
    STATION_GATE = "station_gate"
    EVENT = "event"


class Door(Struct, frozen=True):
    """One kind of door. `registers` is whether it may ever register; `stay` how many hours people are there.

    Transport that registers is refused (`ValueError`): nobody can choose not to travel to work.
    """

    mode: Mode
    transport: bool
    thermometer: bool
    registers: bool
    stay: int

    def __post_init__(self) -> None:
        """`ValueError` for transport that registers."""
        if self.transport and self.registers:
            raise ValueError("transport only shows")


DOORS: Mapping[Mode, Door] = MappingProxyType(
    {
        Mode.MALL: Door(Mode.MALL, transport=False, thermometer=False, registers=True, stay=2),
        Mode.TAXI: Door(Mode.TAXI, transport=True, thermometer=False, registers=False, stay=1),
        Mode.STATION_GATE: Door(Mode.STATION_GATE, transport=True, thermometer=True, registers=False, stay=1),
        Mode.EVENT: Door(Mode.EVENT, transport=False, thermometer=False, registers=True, stay=4),
    }
)

FEVER = 373
"""Tenths of a degree Celsius from which China's gates measured again (the national rules of 2020)."""
LIVING = (320, 440)
"""Tenths of a degree between which a thermometer at a gate can be right about a person."""


class Felt(StrEnum):
    """What a gate does with a reading. None of them turns anybody back: a wrist in the sun is warm as well."""

    USUAL = "usual"
    AGAIN = "again"
    """Measured again after ten minutes in the shade; if it is the same, the health desk is asked."""
    NO_READING = "no_reading"


def feel(tenths: int) -> Felt:
    """What follows from a reading in tenths of a degree Celsius. It is said and forgotten."""
    if not LIVING[0] <= tenths <= LIVING[1]:
        return Felt.NO_READING
    return Felt.AGAIN if tenths >= FEVER else Felt.USUAL
