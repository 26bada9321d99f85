"""Exposed hours: published for everybody, readable by whoever was there, and naming no one and no place.

    poster ─ code, 16 random octets ─► the visitor's device ─ digest(code, hour) ─┐
    declared exposure ─ digest(code, hour) ─► signed list ─► every device ────────┴► the same octets: "you were there"

The list is the same for all, and every device fetches it whether or not it holds a visit, so that asking tells nothing.
A page does what `matches` does in its own script (`web/static/visits.js`).
"""

import hashlib
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from pratique.model.dates import format_instant
from pratique.model.keys import Signer, base64url

CODE_LENGTH = 16
"""Octets, at random: nobody guesses the code of a poster, and so nobody reads the list without having been there."""
DIGEST_LENGTH = 16
"""Octets of a digest. In fourteen days a million places have 2^28 hours: one false match in 2^100 comparisons."""
KEPT = timedelta(days=14)
"""How long a visit, a slip and a notice count; after that they are deleted."""
KEPT_HOURS = int(KEPT / timedelta(hours=1))


def hour_of(moment: datetime) -> int:
    """The hour of an aware instant, counted since 1970 in UTC."""
    return int(moment.timestamp()) // 3600


class Visit(Struct, frozen=True):
    """What a visitor's device keeps: the poster's code and name, and the hours, the last included."""

    code: bytes
    name: str
    first_hour: int
    last_hour: int


class Match(Struct, frozen=True):
    """A visit, and those of its hours that were exposed."""

    visit: Visit
    hours: tuple[int, ...]


def digest(code: bytes, hour: int) -> bytes:
    """What is published of an hour of the place whose poster bears `code`."""
    return hashlib.sha256(b"pratique venue hour\0" + code + hour.to_bytes(8)).digest()[:DIGEST_LENGTH]


def matches(visits: Iterable[Visit], entries: Iterable[bytes]) -> tuple[Match, ...]:
    """The visits with exposed hours; run where the visits are."""
    exposed = frozenset(entries)
    found = []
    for visit in visits:
        hours = range(visit.first_hour, visit.last_hour + 1)
        if both := tuple(hour for hour in hours if digest(visit.code, hour) in exposed):
            found.append(Match(visit, both))
    return tuple(found)


class Notices(Struct, frozen=True):
    """The published list: when it was made, and its digests in base64url."""

    notices: int
    issued: str
    entries: tuple[str, ...]


class SignedNotices(Struct, frozen=True):
    """The JSON of `Notices`, as a text, and the raw ES256 signature over its UTF-8 octets, in base64url."""

    list: str
    signature: str


def sign(entries: Iterable[bytes], signer: Signer, *, at: datetime) -> bytes:
    """The list as it is published. Its order tells nothing: digests are sorted. Raises what `signer` raises."""
    told = Notices(1, format_instant(at), tuple(base64url(entry) for entry in sorted(entries)))
    written = msgspec.json.encode(told)
    return msgspec.json.encode(SignedNotices(written.decode(), base64url(signer.sign(written))))


def entries_of(notices: Notices) -> Sequence[bytes]:
    """The digests of a list whose signature held. Raises `ValueError` for what is none."""
    return [urlsafe_b64decode(entry + "=" * (-len(entry) % 4)) for entry in notices.entries]
