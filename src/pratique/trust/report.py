"""What became of a list that somebody published: how much of it is believed, and what is not, and why."""

from msgspec import Struct

from pratique.model.reasons import Reason


class Report(Struct, frozen=True):
    """Beside the keys or roots that a list gave.

    `refused` names a place in the list and the reason, never a value; one place may have several. `alarms` are about
    the list as a whole, and worth telling a person.
    """

    accepted: int
    refused: tuple[tuple[str, Reason], ...] = ()
    alarms: tuple[Reason, ...] = ()
