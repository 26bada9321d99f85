"""The values of CertLogic 1.3.3: which are truthy, which are the same, and what a date-time is.

JSON values are Python's own: None, bool, int, float, str, list (or tuple), dict. Date-times alone are ours, since only
`plusTime` and `dccDateOfBirth` make them, and they are neither truthy nor falsy.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct

from pratique.model.errors import PratiqueError
from pratique.model.reasons import Reason

MAX_INTEGER = 2**53 - 1
"""Integers are those that every implementation holds exactly: JavaScript's numbers, and what RFC 7493 allows."""

UNITS = ("year", "month", "day", "hour")
"""What `plusTime` counts in."""

_HOUR = 3_600_000
_DAY = 24 * _HOUR
_EPOCH = date(1970, 1, 1).toordinal()
_CYCLE = 146_097
"""Days of the 400 years after which the calendar repeats itself."""

_TAIL = re.compile(r"(?:\.(\d+))?(?:Z|([+-])(\d{1,2})(?::?(\d{2}))?)?", re.ASCII)
_PARTIAL = re.compile(r"\d{4}(?:-\d{2})?", re.ASCII)
_SEPARATORS = re.compile("[/#:]")
_PREFIX = "URN:UVCI:"


class EvaluationError(PratiqueError):
    """A rule that has no value for this data, which leaves its outcome open; `path` is the operand that is at fault."""

    def __init__(self, reason: Reason, path: str = "") -> None:
        self.reason, self.path = reason, path
        super().__init__(reason, detail=path)


class DateTime(Struct, frozen=True, order=True):
    """An instant in milliseconds since 1970-01-01T00:00Z, of the calendar without a beginning or an end."""

    ms: int


def truth(value: object) -> bool | None:
    """Whether `value` is truthy (True), falsy (False), or neither (None): fractions and date-times are neither."""
    match value:
        case None | bool() | int() | str() | list() | tuple() | Mapping():
            return bool(value)
        case float() if value.is_integer():
            return bool(value)
    return None


def integer(value: object) -> int | None:
    """`value` as the integer that it is, 2.0 included as in JavaScript; None for anything else, such as true."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and -MAX_INTEGER <= value <= MAX_INTEGER:
        return value
    return None


def same(one: object, other: object) -> bool | None:
    """`===`, without coercion; None for two arrays, two objects or two date-times.

    The specification says that these cannot be relied on, and indeed the official implementations differ: one
    compares what is in them, the other whether they are the same thing in memory.
    """
    if _compound(one) and _compound(other):
        return None
    return isinstance(one, bool) is isinstance(other, bool) and one == other


def member(value: object, array: list[object] | tuple[object, ...]) -> bool | None:
    """`in`: whether an item is the `same`; None where an array, an object or a date-time meets one."""
    if _compound(value):
        return None if any(map(_compound, array)) else False
    if isinstance(value, str) or value is None:  # which are equal to nothing but their like
        return value in array
    return any(same(value, item) for item in array)


def _compound(value: object) -> bool:
    return isinstance(value, list | tuple | Mapping | DateTime)


def access(data: object, path: str) -> object:
    """`var`: what stands at `path` in `data`; None where nothing does."""
    for fragment in fragments(path):
        data = item(data, fragment) if isinstance(fragment, int) else named(data, fragment)
    return data


def fragments(path: str) -> tuple[str | int, ...]:
    """A path taken apart: names, and the numbers of items; the empty path is the whole of the data."""
    if not path:
        return ()
    return tuple(int(part) if part.isascii() and part.isdecimal() else part for part in path.split("."))


def named(data: object, name: str) -> object:
    """The value under `name` of an object; None of anything else."""
    return data.get(name) if isinstance(data, dict | Mapping) else None


def item(data: object, index: int) -> object:
    """The item of an array; None where there is none, and of anything else."""
    return data[index] if isinstance(data, list | tuple) and index < len(data) else None


def instant(text: object) -> int:
    """The milliseconds of what `plusTime` takes; a partial date is its period's last day, and no zone means UTC.

    Decimals beyond the third are dropped. Raises `EvaluationError` for what is no string, or not of the calendar: the
    specification leaves 2021-09-99 undefined.
    """
    if not isinstance(text, str):
        raise EvaluationError(Reason.OPEN_VALUE)
    try:
        if len(text) <= 10:
            return date_of_birth(text)
        if not text[4] == text[7] == "-" or text[10] != "T" or not text[13:14] == text[16:17] == ":":
            raise ValueError("another layout")
        return _moment(text[:19]) + _tail(text[19:]) if text[19:] not in ("", "Z") else _moment(text[:19])
    except ValueError as error:
        raise EvaluationError(Reason.OPEN_DATE) from error


def date_of_birth(text: object) -> int:
    """The same for `dccDateOfBirth`, which takes `YYYY`, `YYYY-MM` and `YYYY-MM-DD` alone."""
    if not isinstance(text, str):
        raise EvaluationError(Reason.OPEN_VALUE)
    try:
        if len(text) == 10 and text[4] == text[7] == "-":  # `fromisoformat` would read weeks as well
            return (date.fromisoformat(text).toordinal() - _EPOCH) * _DAY
        if not _PARTIAL.fullmatch(text):
            raise ValueError("another layout")
        year, month = int(text[:4]), int(text[5:] or 12)
        date(year, month, 1)
        return _first_of(year, month + 1) - _DAY
    except ValueError as error:
        raise EvaluationError(Reason.OPEN_DATE) from error


def _moment(text: str) -> int:
    """`YYYY-MM-DDThh:mm:ss`; 24:00:00 is the midnight at which the day ends."""
    if text[11:] == "24:00:00":
        return _moment(text[:11] + "00:00:00") + _DAY
    moment = datetime.fromisoformat(text)
    clock = (moment.hour * 60 + moment.minute) * 60 + moment.second
    return (moment.toordinal() - _EPOCH) * _DAY + clock * 1000


def _tail(text: str) -> int:
    """What comes after the seconds: a fraction, and an offset that is to be taken off."""
    match = _TAIL.fullmatch(text)
    if match is None:
        raise ValueError("another layout")
    fraction, sign, hours, minutes = match.groups()
    ms = int(f"{fraction or '':0<3.3}")
    if sign is None:
        return ms
    if int(hours) > 23 or int(minutes or 0) > 59:
        raise ValueError("no such offset")
    offset = (int(hours) * 60 + int(minutes or 0)) * 60_000
    return ms + offset if sign == "-" else ms - offset


def plus(ms: int, amount: int, unit: str) -> int:
    """`ms` moved on as JavaScript's `setUTCDate`, `setUTCHours`, `setUTCMonth` and `setUTCFullYear` do.

    A day that the month does not have runs over into the next: 2020-02-29 and a year is 2021-03-01.
    """
    match unit:
        case "hour":
            return ms + amount * _HOUR
        case "day":
            return ms + amount * _DAY
        case "month":
            return plus_months(ms, amount)
    return plus_months(ms, 12 * amount)


def plus_months(ms: int, amount: int) -> int:
    """The month moved on, the day of the month and the time of day kept, and counted from the month's first."""
    days, time_of_day = divmod(ms, _DAY)
    cycles, within = divmod(days + _EPOCH - 1, _CYCLE)
    day = date.fromordinal(within + 1)
    return _first_of(day.year + 400 * cycles, day.month + amount) + (day.day - 1) * _DAY + time_of_day


def _first_of(year: int, month: int) -> int:
    """The first of a month in any year; months beyond the twelfth are of the years that follow."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    cycles, year = divmod(year - 1, 400)
    return (date(year + 1, month, 1).toordinal() - _EPOCH + cycles * _CYCLE) * _DAY


def uvci_fragment(uvci: object, index: int) -> str | None:
    """`extractFromUVCI`: the part at `index` between `/`, `#` and `:`, a leading `URN:UVCI:` not counted.

    None of None, and where there is no such part. Raises `EvaluationError` for what is no string.
    """
    if uvci is None:
        return None
    if not isinstance(uvci, str):
        raise EvaluationError(Reason.OPEN_VALUE)
    parts = _SEPARATORS.split(uvci.removeprefix(_PREFIX))
    return parts[index] if 0 <= index < len(parts) else None
