"""What hangs at a door and what is handed out there: a poster, and slips for whoever has no telephone.

    Poster ─ poster_pdf ─► one A4 page, its code 90 mm wide, to be scanned from two steps away
    Slip ─ slips_pdf ─► four of them a page, each with a part to keep; lines to write on, 10 mm apart

`door.typ` holds the layout; every word arrives as data, in one language and those below it.
"""

from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import typst
from msgspec import Struct

from pratique import qr
from pratique.model.errors import PrintRefused
from pratique.model.reasons import Reason
from pratique.paper.fonts import families, fonts, missing_glyphs
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
    drawn = {"kind": "poster", "code": code, "title": poster.title, "place": poster.place}
    return _pdf({**drawn, "sentences": poster.sentences, "specimen": poster.specimen}, poster.printed)


def slips_pdf(slip: Slip) -> bytes:
    """A page of slips, ready to cut. Raises `PrintRefused` (PRINT_GLYPH_MISSING)."""
    stated = {name: getattr(slip, name) for name in ("title", "place", "fields", "sentences", "yours", "specimen")}
    return _pdf({"kind": "slips", **stated}, slip.printed)


def _pdf(document: dict[str, Any], printed: datetime) -> bytes:
    texts = "".join(text for _, text in _texts(document))
    if missing := missing_glyphs(texts):
        raise PrintRefused(Reason.PRINT_GLYPH_MISSING, detail=f"no font for {len(missing)} characters")
    data = msgspec.json.encode({**document, "fonts": families()}).decode()
    return typst.compile(
        _template(),
        format="pdf",
        sys_inputs={"sheet": data},
        font_paths=fonts(),
        ignore_system_fonts=True,
        timestamp=int(printed.timestamp()),
    )


def _texts(part: object) -> list[Line]:
    """Every line in the document: a pair of texts, of which the first is a language."""
    match part:
        case (str(language), str(text)):
            return [(language, text)]
        case dict():
            return [line for value in part.values() for line in _texts(value)]
        case list() | tuple():
            return [line for value in part for line in _texts(value)]
    return []


@cache
def _template() -> bytes:
    return (files("pratique") / "paper" / "door.typ").read_bytes()
