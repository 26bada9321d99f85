"""What a live code and a day pass show at a door: one word for at most a day, and just enough to tell whose it is.

A status is no certificate: it says what a policy of one country made of somebody, and nothing of any health fact.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

LIFETIME = timedelta(hours=24)
"""The longest that a status counts, whatever it says of itself."""


class StatusKind(StrEnum):
    """What a status is shown as."""

    HEALTH_CODE = "health_code"
    DAY_PASS = "day_pass"  # noqa: S105  (a word, not a secret)


class StatusWord(StrEnum):
    """The word that is shown: a colour on a health code, and on a day pass whether the holder may come in."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    UNKNOWN = "unknown"
    """Nobody knows, which is never shown as red."""
    ADMITTED = "admitted"
    NOT_ADMITTED = "not_admitted"


WORDS: dict[StatusKind, frozenset[StatusWord]] = {
    StatusKind.HEALTH_CODE: frozenset(
        {StatusWord.GREEN, StatusWord.YELLOW, StatusWord.RED, StatusWord.UNKNOWN},
    ),
    StatusKind.DAY_PASS: frozenset({StatusWord.ADMITTED, StatusWord.NOT_ADMITTED}),
}
"""Which words each kind has."""


class Status(Struct, frozen=True, kw_only=True):
    """A word about one person from `begins` to `ends` (aware instants, whole seconds, at most `LIFETIME` apart)."""

    kind: StatusKind
    word: StatusWord
    begins: datetime
    ends: datetime
    initials: str | None = None
    """One or two letters A to Z, of the given and the family name; None where even they are rare."""
    birthday: str | None = None
    """`MM-DD`; None where it would leave too few people to choose from, or is not known."""
    key: bytes | None = None
    """The holder's one-time public key: a point of P-256 in its compressed form (SEC 1, 2.3.3), 33 octets. None on
    paper, which can prove nothing live."""
    specimen: bool = False
