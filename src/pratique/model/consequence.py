"""What an entry rule may lead to: a closed list, from nothing at all to advice against boarding.

Nothing here is worse than quarantine for a person who has arrived, and there is no other value: whatever a rule file
says beyond it cannot be read.
"""

from datetime import date, timedelta
from enum import StrEnum

from msgspec import Struct, structs

from pratique.model.certificate import TestKind

MAX_DAYS = 28
"""The longest quarantine that states asked of travellers: two weeks in a facility and two at home."""


class ConsequenceKind(StrEnum):
    """From best to worst."""

    FREE = "free"
    TEST_ON_ARRIVAL = "test_on_arrival"
    QUARANTINE = "quarantine"
    NOT_ADVISED = "not_advised"
    """Do not board: entry is not to be expected. It is advice, and never said to those who enter of right."""


class Place(StrEnum):
    """Where a quarantine is spent."""

    HOME = "home"
    HOTEL = "hotel"
    FACILITY = "facility"


class Shortening(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A quarantine ends early with a negative test of this kind, taken on day `day` (0: that of arrival) or later."""

    test: TestKind
    day: int
    on: date | None = None
    """That day, once the arrival is known."""


class Consequence(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What follows for the traveller. `until` is the last day of a quarantine, once the arrival is known."""

    kind: ConsequenceKind
    days: int | None = None
    place: Place | None = None
    test: TestKind | None = None
    shortened_by: Shortening | None = None
    until: date | None = None

    @property
    def weight(self) -> tuple[int, int]:
        """For ordering: the greater, the worse."""
        return list(ConsequenceKind).index(self.kind), self.days or 0

    @property
    def complete(self) -> bool:
        """Whether it states what its kind needs, nothing that another kind has, and no day of a calendar yet."""
        if self.until is not None or (self.shortened_by is not None and self.shortened_by.on is not None):
            return False
        if self.kind is ConsequenceKind.QUARANTINE:
            shorter = self.shortened_by
            within = self.days is not None and 1 <= self.days <= MAX_DAYS
            return within and self.test is None and (shorter is None or 0 <= shorter.day < (self.days or 0))
        if self.days is not None or self.place is not None or self.shortened_by is not None:
            return False
        return (self.test is not None) is (self.kind is ConsequenceKind.TEST_ON_ARRIVAL)

    def from_day(self, arrival: date) -> "Consequence":
        """The same with its days on the calendar, for an arrival on day `arrival`."""
        if self.days is None:
            return self
        shorter = self.shortened_by
        if shorter is not None:
            shorter = structs.replace(shorter, on=arrival + timedelta(days=shorter.day))
        return structs.replace(self, until=arrival + timedelta(days=self.days), shortened_by=shorter)
