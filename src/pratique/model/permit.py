"""An entry permit: one state's leave for one person to enter it, on one trip and within one window.

It says what the state decided and not why: of any health fact there is nothing in it, and nowhere else does it count.
"""

from datetime import datetime, timedelta

from msgspec import Struct

from pratique.model.certificate import Person
from pratique.model.consequence import Consequence

LONGEST_WINDOW = timedelta(days=14)
"""From the first instant of entry to the last: a trip, and what may delay it."""


class Trip(Struct, frozen=True):
    """The journey that a permit is for. `port` is one of `model.ports`, None where any will do."""

    origin: str
    """The country it begins in, ISO 3166-1 alpha-2."""
    port: str | None = None
    carrier: str | None = None
    """The flight or the ship, as the ticket names it; told to the carrier, and never checked by itself."""


class Permit(Struct, frozen=True, kw_only=True):
    """What a destination permitted. Instants are aware, in whole seconds."""

    destination: str
    """The state that issued it, and the only one that it opens."""
    holder: Person
    """Always with a travel document: it is for whoever carries that one."""
    trip: Trip
    opens: datetime
    closes: datetime
    consequence: Consequence
    """What follows on arrival by the rules that were run: free, a test, a quarantine; never advice against boarding."""
    specimen: bool = False
