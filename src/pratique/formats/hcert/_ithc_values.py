"""The values of an ITHC map: each is taken by its key, and judged by type, length and range.

Every function raises `MalformedCertificate` whose detail is the key.
"""

from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

from pratique.formats.hcert._ithc_layout import EPOCH, EPOCH_DAY, LAST_DAY, MAX_OFFSET, MAX_TEXT
from pratique.model.dates import PartialDate
from pratique.model.errors import MalformedCertificate
from pratique.model.reasons import Reason

Map = dict[object, object]


def wrong(reason: Reason, key: int) -> MalformedCertificate:
    return MalformedCertificate(reason, detail=str(key))


def inside(place: object, error: MalformedCertificate) -> MalformedCertificate:
    return MalformedCertificate(*error.reasons, detail=f"{place}.{error.detail}")


def day_at(raw: Map, key: int) -> PartialDate:
    value = raw.get(key)
    if type(value) is int and -EPOCH_DAY < value <= LAST_DAY:
        return _day(value)
    return _partial_date(value_at(raw, key), key)


def _partial_date(value: object, key: int) -> PartialDate:
    if type(value) is list and {int}.issuperset(map(type, value)):
        try:
            if 1 <= len(value) <= 2:
                return PartialDate(*value)
        except ValueError:
            raise wrong(Reason.CONTENT_DATE, key) from None
    elif type(value) is not int:
        raise wrong(Reason.CONTENT_FIELD_TYPE, key)
    raise wrong(Reason.CONTENT_DATE, key)


@lru_cache(maxsize=4096)
def _day(days: int) -> PartialDate:
    """A day since 1970-01-01; all certificates tell of the same few thousand days."""
    return PartialDate.of(date.fromordinal(EPOCH_DAY + days))


def instant_at(raw: Map, key: int, usual: int) -> datetime:
    """An instant with its offset; `usual` is the offset in minutes of those that state none."""
    value = raw.get(key)
    if type(value) is int:
        seconds, offset, microseconds = value, usual, 0
    else:
        seconds, offset, microseconds = _instant_parts(value_at(raw, key), key)
    if -MAX_OFFSET <= offset <= MAX_OFFSET and 0 <= microseconds < 1_000_000:
        try:
            return _epoch(offset) + timedelta(0, seconds, microseconds)
        except OverflowError:
            raise wrong(Reason.CONTENT_DATE, key) from None
    raise wrong(Reason.CONTENT_DATE, key)


def _instant_parts(value: object, key: int) -> list[int]:
    if type(value) is not list or not 2 <= len(value) <= 3 or not {int}.issuperset(map(type, value)):
        raise wrong(Reason.CONTENT_FIELD_TYPE, key)
    return value if len(value) == 3 else [*value, 0]


@lru_cache(maxsize=256)
def _epoch(offset: int) -> datetime:
    """1970-01-01T00:00Z on the clocks of a zone `offset` minutes east."""
    return EPOCH.astimezone(timezone(timedelta(minutes=offset)))


def value_at(raw: Map, key: int) -> object:
    if key not in raw:
        raise wrong(Reason.CONTENT_FIELD_MISSING, key)
    return raw[key]


def map_at(raw: Map, key: int) -> Map:
    value = value_at(raw, key)
    if type(value) is not dict:
        raise wrong(Reason.CONTENT_FIELD_TYPE, key)
    return value


def array_at(raw: Map, key: int, longest: int) -> list[object]:
    value = value_at(raw, key)
    if type(value) is not list:
        raise wrong(Reason.CONTENT_FIELD_TYPE, key)
    if len(value) > longest:
        raise wrong(Reason.CONTENT_FIELD_LENGTH, key)
    return value


def text_at(raw: Map, key: int, longest: int = MAX_TEXT) -> str:
    value = raw.get(key)
    if type(value) is str and 0 < len(value) <= longest:
        return value
    raise wrong(Reason.CONTENT_FIELD_LENGTH if type(value_at(raw, key)) is str else Reason.CONTENT_FIELD_TYPE, key)


def text_or_none_at(raw: Map, key: int) -> str | None:
    return None if key not in raw else text_at(raw, key)


def bytes_at(raw: Map, key: int, shortest: int, longest: int) -> bytes:
    value = value_at(raw, key)
    if type(value) is not bytes:
        raise wrong(Reason.CONTENT_FIELD_TYPE, key)
    if not shortest <= len(value) <= longest:
        raise wrong(Reason.CONTENT_FIELD_LENGTH, key)
    return value


def number_at(raw: Map, key: int, least: int, most: int) -> int:
    value = raw.get(key)
    if type(value) is int and least <= value <= most:
        return value
    raise wrong(Reason.CONTENT_NUMBER if type(value_at(raw, key)) is int else Reason.CONTENT_FIELD_TYPE, key)


def number_or_none_at(raw: Map, key: int, least: int, most: int) -> int | None:
    return None if key not in raw else number_at(raw, key, least, most)
