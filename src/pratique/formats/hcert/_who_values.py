"""The values of WHO's maps with text keys, whose names differ between drafts: the first name that is stated counts.

Every function raises `MalformedCertificate` whose detail is the name, never the value.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NoReturn, TypeVar

from msgspec import Struct

from pratique.formats import _cbor
from pratique.model.countries import from_alpha3, is_country
from pratique.model.dates import PartialDate, first_moment, parse_instant
from pratique.model.dcc import MOST_DOSES
from pratique.model.errors import MalformedCertificate
from pratique.model.reasons import Reason
from pratique.model.valueset import ALIASES, Code

Map = Mapping[Any, Any]
_T = TypeVar("_T")

LONGEST_TEXT = 256
"""Three times what forms print of a name or a facility."""
LONGEST_COUNTRY = 10
"""As the EU DCC schema limits `co`."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MOST_ENTRIES = 64
"""Several times a lifetime's doses, as for an EU DCC."""


class Validity(Struct, frozen=True):
    """When a certificate counts by its content, beside what the CWT around it says; times are aware instants in UTC."""

    begins: datetime | None = None
    ends: datetime | None = None
    endless: bool = False
    """It counts for life, so that no expiry is missing."""


def wrong(reason: Reason, name: str) -> NoReturn:
    raise MalformedCertificate(reason, detail=name)


def stated(entry: Map, *names: str) -> tuple[str, Any]:
    """The first of the names that has a value, and the value; the first name and None where none has."""
    for name in names:
        if (value := entry.get(name)) is not None and value != "":
            return name, value
    return names[0], None


def needed(value: _T | None, name: str) -> _T:
    if value is None:
        wrong(Reason.CONTENT_FIELD_MISSING, name)
    return value


def text(entry: Map, *names: str) -> str | None:
    """A text, trimmed and in NFC; an empty one is as good as missing."""
    name, value = stated(entry, *names)
    if value is None:
        return None
    if type(value) is not str:
        wrong(Reason.CONTENT_FIELD_TYPE, name)
    if len(value) > LONGEST_TEXT:
        wrong(Reason.CONTENT_FIELD_LENGTH, name)
    try:
        value.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        wrong(Reason.CONTENT_FIELD_TYPE, name)
    return unicodedata.normalize("NFC", value).strip() or None


def number(entry: Map, *names: str) -> int | None:
    name, value = stated(entry, *names)
    if value is None:
        return None
    if type(value) is not int:
        wrong(Reason.CONTENT_FIELD_TYPE, name)
    if not 1 <= value <= MOST_DOSES:
        wrong(Reason.CONTENT_NUMBER, name)
    return value


def maps_of(payload: object) -> list[Map]:
    """The maps of a payload, which is one or a list of them (0..* in WHO's models; 1..* here)."""
    found: list[Any] = payload if isinstance(payload, list) else [payload]
    if not found:
        wrong(Reason.CONTENT_EMPTY, "the payload")
    if len(found) > MOST_ENTRIES:
        wrong(Reason.CONTENT_FIELD_LENGTH, "the payload")
    if not all(isinstance(entry, _cbor.MAPS) for entry in found):
        wrong(Reason.CONTENT_FIELD_TYPE, "the payload")
    return found


def a_map(entry: Map, name: str) -> Map:
    """The map under a name; an empty one where there is none."""
    value = entry.get(name)
    if value is None:
        return {}
    if not isinstance(value, _cbor.MAPS):
        wrong(Reason.CONTENT_FIELD_TYPE, name)
    return value


def day(entry: Map, *names: str) -> PartialDate | None:
    """A calendar date, of which a time is dropped."""
    name, value = stated(entry, *names)
    if value is None:
        return None
    if isinstance(value, date):
        return PartialDate.of(value)
    if type(value) is not str:
        wrong(Reason.CONTENT_FIELD_TYPE, name)
    try:
        return PartialDate.parse(value[:LONGEST_TEXT])
    except ValueError:
        wrong(Reason.CONTENT_DATE, name)


def sampled(entry: Map, name: str) -> tuple[datetime, bool] | None:
    """When a sample was taken, and whether only its day is stated, which FHIR's dateTime allows."""
    _, value = stated(entry, name)
    if type(value) is date or (isinstance(value, str) and _DAY.fullmatch(value.strip())):
        try:
            return first_moment(needed(day(entry, name), name).first), True
        except ValueError:
            wrong(Reason.CONTENT_DATE, name)
    moment = instant(entry, name)
    return None if moment is None else (moment, False)


def instant(entry: Map, *names: str) -> datetime | None:
    """A date with its time; a day alone is no instant."""
    name, value = stated(entry, *names)
    if value is None:
        return None
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    elif type(value) is str:
        try:
            moment = parse_instant(value[:LONGEST_TEXT])
        except ValueError:
            wrong(Reason.CONTENT_DATE, name)
    else:
        wrong(Reason.CONTENT_DATE if isinstance(value, date) else Reason.CONTENT_FIELD_TYPE, name)
    if not 1 < moment.year < 9999:  # so near the ends of the calendar an instant has no form in other zones
        wrong(Reason.CONTENT_DATE, name)
    return moment


def code(entry: Map, name: str) -> Code | None:
    """A FHIR Coding, as `{system, code}`; one without a code is as good as missing."""
    value = entry.get(name)
    if value is None:
        return None
    if not isinstance(value, _cbor.MAPS):
        wrong(Reason.CONTENT_FIELD_TYPE, name)
    system, coded = text(value, "system"), text(value, "code")
    return None if coded is None else Code(ALIASES.get(system or "", system or ""), coded)


def country(entry: Map, name: str) -> str | None:
    """Alpha-2 of a country coded in ISO 3166-1 with two letters or three; another code is kept as it is."""
    value = entry.get(name)
    coded = value if isinstance(value, str) else (found := code(entry, name)) and found.value
    if not coded:
        return None
    if len(coded) > LONGEST_COUNTRY:
        wrong(Reason.CONTENT_FIELD_LENGTH, name)
    capital = coded.strip().upper()
    return capital if is_country(capital) else from_alpha3(capital) or coded


def begin_of(moment: PartialDate | None) -> datetime | None:
    """The first instant of a day or period, in UTC."""
    return None if moment is None else datetime.combine(moment.first, time.min, UTC)


def end_of(moment: PartialDate | None) -> datetime | None:
    """The last second of a day or period, in UTC."""
    return None if moment is None else datetime.combine(moment.last, time.min, UTC) + timedelta(days=1, seconds=-1)
