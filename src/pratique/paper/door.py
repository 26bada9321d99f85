"""What hangs at a door and what is handed out there: a poster, and slips for whoever has no telephone.

    Poster ─ poster_pdf ─► one A4 page, its code 90 mm wide, to be scanned from two steps away
    Slip ─ slips_pdf ─► four of them a page, each with a part to keep; lines to write on, 10 mm apart

`door.typ` holds the layout; every word arrives as data, in one language and those below it.
"""

from datetime import datetime

from msgspec import Struct

from pratique import qr
from pratique.paper.typesetting import typeset
from pratique.qr import Level

Line = tuple[str, str]
"""A language, by which letters are shaped, and the text."""


class Poster(Struct, frozen=True, kw_only=True):
    """A poster: `link` is drawn as a code, if there is one. Each sentence comes in one or more languages."""

    title: tuple[Line, ...]
    place: tuple[Line, ...]
    sentences: tuple[tuple[Line, ...], ...]
    link: str | None
    printed: datetime
    specimen: bool


class Slip(Struct, frozen=True, kw_only=True):
    """A slip: lines to fill in, why, and the part that its writer keeps."""

    title: tuple[Line, ...]
    place: tuple[Line, ...]
    fields: tuple[tuple[Line, ...], ...]
    sentences: tuple[tuple[Line, ...], ...]
    yours: tuple[Line, ...]
    printed: datetime
    specimen: bool


def poster_pdf(poster: Poster) -> bytes:
    """The poster, ready to print; equal posters give equal bytes. Raises `PrintRefused` (PRINT_GLYPH_MISSING)."""
    code = qr.svg(poster.link, level=Level.Q) if poster.link else None
    drawn = {"kind": "poster", "svg": code, "title": poster.title, "place": poster.place}
    document = {**drawn, "sentences": poster.sentences, "specimen": poster.specimen}
    return typeset("door.typ", document, at=poster.printed)


def slips_pdf(slip: Slip) -> bytes:
    """A page of slips, ready to cut. Raises `PrintRefused` (PRINT_GLYPH_MISSING)."""
    stated = {name: getattr(slip, name) for name in ("title", "place", "fields", "sentences", "yours", "specimen")}
    return typeset("door.typ", {"kind": "slips", **stated}, at=slip.printed)
