"""What goes on paper, and what is fine enough to be read from it."""

from datetime import datetime

from msgspec import Struct

from pratique import qr
from pratique.model.certificate import AnyClaim, Certificate
from pratique.model.errors import PrintRefused
from pratique.model.reasons import Reason
from pratique.qr import Level
from pratique.texts import LANGUAGES

PAPER_LIMIT = 105
"""Modules along a side that are still read at 60 mm after a bad scan, whatever the level: 823 base45 characters with Q,
1 134 with M. It is the last size at which none of twenty was lost (docs/paper.md); 109 modules begin to lose some."""

_LEVELS = (Level.Q, Level.M)


class Scan(Struct, frozen=True):
    """One code of a certificate, and the claims it carries."""

    text: str
    claims: tuple[AnyClaim, ...]


class Sheet(Struct, frozen=True, kw_only=True):
    """What is printed: each scan on a page of its own, since two codes side by side confuse scanners.

    `issuer` is the issuer's name and `country` its code; `issued` and `expires` are aware and printed in their own
    offset, `expires` None as without an end. `languages` are one or two of `texts.LANGUAGES`, the holder's first; one
    of them is English, for the officer. A specimen certificate is printed as one, and so is the `preview` of one that
    nobody has signed: its scans are no certificates. Construction refuses other languages and naive times
    (`ValueError`).
    """

    certificate: Certificate
    scans: tuple[Scan, ...]
    issuer: str
    country: str
    issued: datetime
    expires: datetime | None
    languages: tuple[str, ...] = ("en", "zh")
    preview: bool = False

    def __post_init__(self) -> None:
        chosen = set(self.languages)
        if not chosen <= LANGUAGES.keys() or "en" not in chosen or not len(chosen) == len(self.languages) <= 2:
            raise ValueError(f"languages: English, alone or with one other of {', '.join(LANGUAGES)}")
        if not self.scans:
            raise ValueError("scans: none")
        if any(moment is not None and moment.tzinfo is None for moment in (self.issued, self.expires)):
            raise ValueError("issued, expires: without a zone")


def fits_paper(scan: str, *, level: Level) -> bool:
    """Whether a scan, printed with this level, is read again after a bad scan of the page."""
    try:
        return qr.modules(scan, level=level) <= PAPER_LIMIT
    except ValueError:
        return False


def paper_level(scan: str) -> Level:
    """The highest of Q and M with which a scan can be printed.

    Raises `PrintRefused` (PRINT_CODE_TOO_DENSE) if there is none: the claims have to be split into several scans.
    """
    for level in _LEVELS:
        if fits_paper(scan, level=level):
            return level
    raise PrintRefused(Reason.PRINT_CODE_TOO_DENSE, detail="the code would be too fine for paper")
