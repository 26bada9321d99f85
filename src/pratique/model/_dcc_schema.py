"""The DCC's JSON schema, versions 1.0.0 to 1.3.3, as far as they differ in what they allow.

    before 1.1.0   the date of birth is a complete date        from 1.3.0   it may be empty
    before 1.2.0   a test may state `dr`, an instant
    before 1.3.0   texts of 50, doses up to 9, `tc` required; any number of entries of any kinds, even none
    from 1.3.0     texts of 80, doses without a limit, exactly one of v, t and r with exactly one entry
    before 1.3.2   `fnt` is required                           from 1.3.2   `fnt` or `gnt`

`format` is an annotation in JSON Schema 2020-12 and issuers wrote times after dates and short offsets, so a date is
a problem only if it cannot be read as a complete date, and an instant only if it cannot be read as one.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from pratique.model.dates import PartialDate, parse_instant
from pratique.model.reasons import Reason


class Problem(Struct, frozen=True):
    """What a payload has against the schema, where: `path` is like `v[0].dn`, and empty for the payload itself."""

    path: str
    reason: Reason
    detail: str


_Version = tuple[int, ...]
_Check = Callable[[Any, _Version], tuple[Reason, str] | None]
_COMPLETE = re.compile(r"(19|20)\d{2}-\d{2}-\d{2}", re.ASCII)
_BIRTH = re.compile(r"(19|20)\d\d(-\d\d){0,2}", re.ASCII)
_VERSION = re.compile(r"\d+.\d+.\d+", re.ASCII)
_ICAO = re.compile(r"[A-Z<]*")
_CAPITAL = re.compile(r"[A-Z]")


def problems(payload: object, version: str = "1.3.3") -> tuple[Problem, ...]:
    """Every way in which `payload` breaks the schema of `version`; empty if it keeps it.

    A version that was never published is taken as the latest before it. Raises `ValueError` for a `version` that
    is not three numbers, and nothing for any payload.
    """
    numbers = tuple(int(part) for part in version.split("."))
    if len(numbers) != 3:
        raise ValueError("a schema version is three numbers")
    if not isinstance(payload, dict):
        return (Problem("", Reason.CONTENT_FIELD_TYPE, "not an object"),)
    return tuple(_payload(payload, numbers))


def _payload(payload: dict[Any, Any], version: _Version) -> Iterator[Problem]:
    yield from _object(payload, "", (("ver", True, _version), ("dob", True, _birth_date)), version)
    names = payload.get("nam")
    if "nam" not in payload:
        yield Problem("nam", Reason.CONTENT_FIELD_MISSING, "required")
    elif not isinstance(names, dict):
        yield Problem("nam", Reason.CONTENT_FIELD_TYPE, "not an object")
    else:
        yield from _names(names, version)
    present = [group for group in _ENTRIES if group in payload]
    if version >= (1, 3) and not present:
        yield Problem("", Reason.CONTENT_EMPTY, "none of v, t and r")
    if version >= (1, 3) and len(present) > 1:
        yield Problem("", Reason.CONTENT_FIELD_LENGTH, "more than one of v, t and r")
    for group in present:
        yield from _group(group, payload[group], version)


def _names(names: dict[Any, Any], version: _Version) -> Iterator[Problem]:
    if version < (1, 3, 2) and "fnt" not in names:
        yield Problem("nam.fnt", Reason.CONTENT_NAME, "required")
    elif "fnt" not in names and "gnt" not in names:
        yield Problem("nam", Reason.CONTENT_NAME, "neither fnt nor gnt")
    fields = (("fn", False, _text), ("fnt", False, _icao), ("gn", False, _text), ("gnt", False, _icao))
    yield from _object(names, "nam.", fields, version)


def _group(group: str, entries: object, version: _Version) -> Iterator[Problem]:
    if not isinstance(entries, list | tuple):
        yield Problem(group, Reason.CONTENT_FIELD_TYPE, "not an array")
        return
    if not entries:
        yield Problem(group, Reason.CONTENT_EMPTY, "no entry")
    if version >= (1, 3) and len(entries) > 1:
        yield Problem(group, Reason.CONTENT_FIELD_LENGTH, "more than one entry")
    for place, entry in enumerate(entries):
        if isinstance(entry, dict):
            yield from _object(entry, f"{group}[{place}].", _ENTRIES[group], version)
        else:
            yield Problem(f"{group}[{place}]", Reason.CONTENT_FIELD_TYPE, "not an object")


_Fields = tuple[tuple[str, bool, _Check], ...]


def _object(fields: dict[Any, Any], path: str, known: _Fields, version: _Version) -> Iterator[Problem]:
    for key, required, check in known:
        if key in fields:
            found = check(fields[key], version)
            if found is not None:
                yield Problem(path + key, *found)
        elif required or (key == "tc" and version < (1, 3)):
            yield Problem(path + key, Reason.CONTENT_FIELD_MISSING, "required")


def _string(value: object, _: _Version) -> tuple[Reason, str] | None:
    return None if isinstance(value, str) else (Reason.CONTENT_FIELD_TYPE, "not a string")


def _text(value: object, version: _Version) -> tuple[Reason, str] | None:
    longest = 80 if version >= (1, 3) else 50
    if isinstance(value, str) and len(value) > longest:
        return Reason.CONTENT_FIELD_LENGTH, f"longer than {longest}"
    return _string(value, version)


def _test_name(value: object, version: _Version) -> tuple[Reason, str] | None:
    return (_text if version >= (1, 3) else _string)(value, version)


def _icao(value: object, version: _Version) -> tuple[Reason, str] | None:
    if isinstance(value, str) and not _ICAO.fullmatch(value):
        return Reason.CONTENT_NAME, "other characters than A-Z and <"
    return _text(value, version)


def _version(value: object, version: _Version) -> tuple[Reason, str] | None:
    if isinstance(value, str) and not _VERSION.fullmatch(value):
        return Reason.CONTENT_FIELD_TYPE, "not three numbers"
    return _string(value, version)


def _country(value: object, version: _Version) -> tuple[Reason, str] | None:
    if isinstance(value, str) and not _CAPITAL.search(value):  # the schema's pattern has no anchors
        return Reason.CONTENT_FIELD_TYPE, "without a capital letter"
    return _string(value, version)


def _birth_date(value: object, version: _Version) -> tuple[Reason, str] | None:
    if not isinstance(value, str):
        return Reason.CONTENT_FIELD_TYPE, "not a string"
    if version < (1, 1):
        held = _COMPLETE.search(value) is not None  # the schema's pattern has no anchors
    else:
        held = _BIRTH.fullmatch(value) is not None or (not value and version >= (1, 3))
    return None if held else (Reason.CONTENT_DATE, "not a date of 1900 to 2099 in the form of this version")


def _dose(value: object, version: _Version) -> tuple[Reason, str] | None:
    integral = value.is_integer() if isinstance(value, float) else type(value) is int
    if not isinstance(value, int | float) or not integral:
        return Reason.CONTENT_FIELD_TYPE, "not an integer"
    if value < 1 or (value > 9 and version < (1, 3)):
        return Reason.CONTENT_NUMBER, "outside what the version allows"
    return None


def _date(value: object, version: _Version) -> tuple[Reason, str] | None:
    if not isinstance(value, str):
        return _string(value, version)
    try:
        complete = PartialDate.parse(value).complete
    except ValueError:
        complete = False
    return None if complete else (Reason.CONTENT_DATE, "not a complete date")


def _instant(value: object, version: _Version) -> tuple[Reason, str] | None:
    if not isinstance(value, str):
        return _string(value, version)
    try:
        parse_instant(value)
    except ValueError:
        return Reason.CONTENT_DATE, "not a date with a time"
    return None


def _result_time(value: object, version: _Version) -> tuple[Reason, str] | None:
    return _instant(value, version) if version < (1, 2) else None


_ENTRIES: dict[str, _Fields] = {
    "v": (
        *((key, True, _string) for key in ("tg", "vp", "mp", "ma")),
        *((key, True, _dose) for key in ("dn", "sd")),
        ("dt", True, _date),
        ("co", True, _country),
        *((key, True, _text) for key in ("is", "ci")),
    ),
    "t": (
        *((key, True, _string) for key in ("tg", "tt")),
        ("nm", False, _test_name),
        ("ma", False, _string),
        ("sc", True, _instant),
        ("dr", False, _result_time),
        ("tr", True, _string),
        ("tc", False, _text),
        ("co", True, _country),
        *((key, True, _text) for key in ("is", "ci")),
    ),
    "r": (
        ("tg", True, _string),
        *((key, True, _date) for key in ("fr", "df", "du")),
        ("co", True, _country),
        *((key, True, _text) for key in ("is", "ci")),
    ),
}
