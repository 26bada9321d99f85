"""Calendar dates that may be partial, and instants that may not.

A birth date can be a year, a year and a month, or unknown; a vaccination is a calendar date without a zone;
a test sample is an instant with an offset. None of the three is ever turned into another by guessing.
"""

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Annotated

from msgspec import Meta, Struct

Instant = Annotated[datetime, Meta(tz=True)]
"""An aware instant in a file: one without its offset is refused, as it could be compared with nothing."""

YEARS = range(1900, 3000)
"""What times of certificates and questions lie in; arithmetic beyond it leaves the calendar."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
"""The NumericDate n of a token (RFC 7519, RFC 8392) is `EPOCH + n * SECOND`, at half the price of `fromtimestamp`."""

_EARLIEST = timezone(timedelta(hours=14))
_END_OF_DAY = re.compile(r"(.{10}[T ])24(:?00(?::?00(?:[.,]0+)?)?(?:Z|[+-].*)?)", re.ASCII)
_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:[T ].*)?", re.ASCII)


class PartialDate(Struct, frozen=True, order=True):
    """A calendar date of known precision: a year, a year and a month, or a day.

    Construction refuses what the calendar does not have (`ValueError`), such as 2021-02-29 or a day without a month.
    """

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.month is None and self.day is not None:
            raise ValueError("a day without a month")
        try:
            date(self.year, 1 if self.month is None else self.month, 1 if self.day is None else self.day)
        except OverflowError:
            raise ValueError("year, month or day beyond any calendar") from None

    @classmethod
    def parse(cls, text: str) -> "PartialDate":
        """Read `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; a time after `T` or a space is dropped: a calendar date has none.

        Raises `ValueError` for anything else.
        """
        if len(text) == 10 and text[4] == text[7] == "-":  # `fromisoformat` would read weeks as well
            day = date.fromisoformat(text)
            return cls(day.year, day.month, day.day)
        match = _PARTIAL.fullmatch(text.strip())
        if match is None:
            raise ValueError("not a date")
        year, month, day_of_month = match.groups()
        return cls(int(year), int(month) if month else None, int(day_of_month) if day_of_month else None)

    @classmethod
    def of(cls, day: date) -> "PartialDate":
        """The whole day `day`."""
        return cls(day.year, day.month, day.day)

    def __str__(self) -> str:
        if self.month is None:
            return f"{self.year:04}"
        if self.day is None:
            return f"{self.year:04}-{self.month:02}"
        return f"{self.year:04}-{self.month:02}-{self.day:02}"

    @property
    def complete(self) -> bool:
        """Whether the day is known."""
        return self.day is not None

    @property
    def first(self) -> date:
        """The earliest day this date can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        """The latest day this date can mean (the period's end, as CertLogic resolves partial dates)."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    def agrees_with(self, other: "PartialDate") -> bool:
        """Whether every part that both know is the same."""
        return (
            self.year == other.year
            and (self.month is None or other.month is None or self.month == other.month)
            and (self.day is None or other.day is None or self.day == other.day)
        )


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 date and time as an aware instant; an absent zone means UTC, as in CertLogic.

    Offsets `+02`, `+0200` and `+02:00` are read alike, and so are `T` and `Z` in either case (RFC 3339). `24:00` is
    the midnight at which the day ends (ISO 8601-1), whatever Python reads it. Raises `ValueError` for anything else, a
    bare date included, and a leap second, for which there is no `datetime`.
    """
    text = text.strip().upper()
    if "T" not in text and " " not in text:
        raise ValueError("a date without a time is not an instant")
    ends = _END_OF_DAY.fullmatch(text) if text[11:13] == "24" else None
    if ends:
        try:
            return parse_instant(f"{ends[1]}00{ends[2]}") + timedelta(days=1)
        except OverflowError:
            raise ValueError("the end of the calendar") from None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def first_moment(day: date) -> datetime:
    """When a day begins before it does anywhere else.

    Of a sample whose hour, or its zone, is not known, so that no test seems fresher than it is. Raises `ValueError` for
    the first day of the calendar.
    """
    if day == date.min:
        raise ValueError("the beginning of the calendar")
    return datetime.combine(day, time.min, _EARLIEST)


def format_instant(moment: datetime) -> str:
    """Write an instant in ISO 8601, whole seconds where it has no fraction, `Z` for UTC."""
    text = moment.isoformat()
    return text[:-6] + "Z" if text.endswith("+00:00") else text
