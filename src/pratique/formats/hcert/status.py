"""The status profile: what a live code or a day pass shows, for at most 24 hours (docs/formats/status.md is normative).

A profile of our own under an unregistered key. Every pass of a country has the same fields in the same widths, and its
CWT states no time but the slot's, so that nothing in it but what is shown tells one holder from another.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from pratique.formats.hcert._ithc_values import Map, bytes_at, number_at, text_at, wrong
from pratique.formats.hcert._who_values import Validity
from pratique.model.dates import EPOCH, YEARS
from pratique.model.errors import MalformedCertificate, Refusal
from pratique.model.live import POINT_OCTETS, holder_key
from pratique.model.reasons import Reason
from pratique.model.status import LIFETIME, WORDS, Status, StatusKind, StatusWord

NAME: Final = "status"
KEY: Final = -2022
"""The key of this profile in the `hcert` claim (-260)."""
KEYS: tuple[int, ...] = (KEY,)
MAJOR: Final = 1

VERSION, KIND, WORD, BEGINS, ENDS, INITIALS, BIRTHDAY, HOLDER_KEY, SPECIMEN = range(9)
"""The keys of the payload."""

_KINDS = tuple(StatusKind)
_WORDS = tuple(StatusWord)
"""A number is the place in these, and never changes its meaning: both are append-only."""
_INITIALS: Final = re.compile(r"[A-Z]{1,2}")
_BIRTHDAY: Final = re.compile(r"\d\d-\d\d", re.ASCII)
_MOST: Final = 0xFFFF
_LAST: Final = int((datetime(YEARS.stop - 1, 1, 1, tzinfo=EPOCH.tzinfo) - EPOCH).total_seconds())


def read(payload: object) -> Status:
    """The status. Raises `MalformedCertificate` with a `CONTENT_*` reason; its detail is the key."""
    if type(payload) is not dict:
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail="payload")
    raw: Map = payload
    if number_at(raw, VERSION, 0, _MOST) != MAJOR:
        raise wrong(Reason.CONTENT_VERSION, VERSION)
    kind = _KINDS[number_at(raw, KIND, 0, len(_KINDS) - 1)]
    word = _WORDS[number_at(raw, WORD, 0, len(_WORDS) - 1)]
    if word not in WORDS[kind]:
        raise wrong(Reason.CONTENT_FIELD_VALUE, WORD)
    begins, ends = _instant(raw, BEGINS), _instant(raw, ENDS)
    if ends <= begins:
        raise wrong(Reason.CONTENT_FIELD_VALUE, ENDS)
    specimen = raw.get(SPECIMEN, False)
    if type(specimen) is not bool:
        raise wrong(Reason.CONTENT_FIELD_TYPE, SPECIMEN)
    return Status(
        kind=kind,
        word=word,
        begins=begins,
        ends=ends,
        initials=_matching(raw, INITIALS, _INITIALS),
        birthday=_birthday(raw),
        key=_key(raw),
        specimen=specimen,
    )


def _instant(raw: Map, key: int) -> datetime:
    return EPOCH + timedelta(seconds=number_at(raw, key, 0, _LAST))


def _matching(raw: Map, key: int, pattern: re.Pattern[str]) -> str | None:
    if key not in raw:
        return None
    text = text_at(raw, key, 5)
    if not pattern.fullmatch(text):
        raise wrong(Reason.CONTENT_FIELD_VALUE, key)
    return text


def _birthday(raw: Map) -> str | None:
    text = _matching(raw, BIRTHDAY, _BIRTHDAY)
    if text is not None and not _is_day(text):
        raise wrong(Reason.CONTENT_DATE, BIRTHDAY)
    return text


def _is_day(text: str) -> bool:
    """Whether some year has this day."""
    try:
        date.fromisoformat(f"2020-{text}")
    except ValueError:
        return False
    return True


def _key(raw: Map) -> bytes | None:
    return bytes_at(raw, HOLDER_KEY, POINT_OCTETS, POINT_OCTETS) if HOLDER_KEY in raw else None


def validity(payload: object) -> Validity:
    """Its slot, and never more than `LIFETIME` of it."""
    status = read(payload)
    return Validity(status.begins, min(status.ends, status.begins + LIFETIME))


def write(status: Status) -> object:
    """The payload of a status that `refusals` lets pass."""
    fields: dict[int, object] = {
        VERSION: MAJOR,
        KIND: _KINDS.index(status.kind),
        WORD: _WORDS.index(status.word),
        BEGINS: int((status.begins - EPOCH).total_seconds()),
        ENDS: int((status.ends - EPOCH).total_seconds()),
        INITIALS: status.initials,
        BIRTHDAY: status.birthday,
        HOLDER_KEY: status.key,
        SPECIMEN: status.specimen or None,
    }
    return {key: value for key, value in fields.items() if value is not None}


def refusals(status: Status) -> Iterator[Refusal]:
    """Why, and where, we do not sign a status."""
    if status.word not in WORDS[status.kind]:
        yield Refusal(Reason.ISSUE_FIELD, "word")
    if status.initials is not None and not _INITIALS.fullmatch(status.initials):
        yield Refusal(Reason.ISSUE_FIELD, "initials")
    if status.birthday is not None and not (_BIRTHDAY.fullmatch(status.birthday) and _is_day(status.birthday)):
        yield Refusal(Reason.ISSUE_FIELD, "birthday")
    if not timedelta(0) < status.ends - status.begins <= LIFETIME:
        yield Refusal(Reason.ISSUE_PERIOD, "ends")
    if status.key is not None and not _is_point(status.key):
        yield Refusal(Reason.ISSUE_FIELD, "key")


def _is_point(octets: bytes) -> bool:
    try:
        holder_key(octets)
    except ValueError:
        return False
    return True
