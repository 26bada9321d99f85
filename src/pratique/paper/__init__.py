"""The printed certificate: A4, in the holder's language and English or another, to be folded to passport size.

`certificate.typ` holds its layout, and `strip.typ` that of day passes; values reach them as data, so that nothing in a
name can act as markup. Paper is equal: what prints here is read again after a bad scan, or is refused (`PrintRefused`)
and has to be split.

Needs the extras `[qr]` and `[pdf]`; the latter brings the fonts, since a page may not depend on what a machine has.
"""

import unicodedata
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files
from threading import Lock
from typing import Any, cast

import msgspec
import typst

from pratique.model.errors import PrintRefused
from pratique.model.reasons import Reason
from pratique.paper.content import content
from pratique.paper.fonts import families, fonts, missing_glyphs
from pratique.paper.sheet import PAPER_LIMIT, Scan, Sheet, fits_paper, paper_level
from pratique.paper.strip import Pass, Strip
from pratique.paper.strip import content as strip_content

__all__ = [
    "PAPER_LIMIT", "Pass", "Scan", "Sheet", "Strip", "certificate_pdf", "fits_paper", "missing_glyphs",
    "paper_level", "strip_pdf",
]  # fmt: skip


def certificate_pdf(sheet: Sheet) -> bytes:
    """The certificate as a tagged PDF, ready to print; equal sheets give equal bytes.

    Raises `PrintRefused`: PRINT_CODE_TOO_DENSE for a scan that fits no level, PRINT_GLYPH_MISSING for a name in a
    script without a font (install the `fontpkg-noto-sans-…` package of that script), PRINT_TOO_LONG for a text that
    would leave its place.
    """
    return _drawn_by("certificate.typ", content(sheet), sheet.issued)


def strip_pdf(strip: Strip) -> bytes:
    """Day passes as a tagged PDF of strips to cut apart; equal strips give equal bytes. Raises as `certificate_pdf`."""
    return _drawn_by("strip.typ", strip_content(strip), strip.passes[0].status.begins)


def _drawn_by(template: str, document: dict[str, Any], at: datetime) -> bytes:
    data = msgspec.json.encode({**document, "fonts": families()}).decode()
    if missing := missing_glyphs("".join(_texts(document))):
        scripts = sorted({unicodedata.name(letter, "CONTROL").split()[0] for letter in missing})
        raise PrintRefused(Reason.PRINT_GLYPH_MISSING, detail=f"no font for: {', '.join(scripts)}")
    try:
        with _TYPST:
            pdf = _compiler().compile(
                _template(template), format="pdf", sys_inputs={"sheet": data}, timestamp=int(at.timestamp())
            )
    except typst.TypstError as error:
        if "PRINT_TOO_LONG" in error.message:
            raise PrintRefused(Reason.PRINT_TOO_LONG, detail="a text does not fit its place on the page") from None
        raise
    return cast(bytes, pdf)


_TYPST = Lock()
"""A compiler works for one thread at a time, and making a second one costs more than waiting."""


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(font_paths=fonts(), ignore_system_fonts=True)


@cache
def _template(name: str) -> bytes:
    return (files("pratique") / "paper" / name).read_bytes()


def _texts(part: object) -> Iterator[str]:
    """Every text in the document but the drawing of the code."""
    match part:
        case str():
            yield part
        case dict():
            for key, value in part.items():
                yield from () if key == "svg" else _texts(value)
        case list() | tuple():
            for value in part:
                yield from _texts(value)
