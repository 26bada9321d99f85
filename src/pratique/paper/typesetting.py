"""A template and what it draws, set as a PDF.

The document lies beside the template as a file, so that nothing in a name can act as markup; and since nothing else
changes from one sheet to the next, the compiler knows the template and the words that stay from the sheet before.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from threading import Lock
from typing import Any, cast

import msgspec
import typst

from pratique.model.errors import PrintRefused
from pratique.model.reasons import Reason
from pratique.paper.fonts import families, fonts, missing_glyphs


def typeset(template: str, document: Mapping[str, Any], *, at: datetime) -> bytes:
    """The PDF, made `at`; equal documents give equal bytes. A drawing stands in the document under `svg`.

    Raises `PrintRefused`: PRINT_GLYPH_MISSING for a script without a font, PRINT_TOO_LONG where the template finds that
    a text would leave its place.
    """
    if missing := missing_glyphs("".join(_texts(document))):
        scripts = sorted({unicodedata.name(letter, "CONTROL").split()[0] for letter in missing})
        raise PrintRefused(Reason.PRINT_GLYPH_MISSING, detail=f"no font for: {', '.join(scripts)}")
    sheet = msgspec.json.encode({**document, "fonts": families()})
    given: Any = {"main.typ": _template(template), "sheet.json": sheet}  # the library's types know one file alone
    try:
        with _TYPST:
            return cast(bytes, _compiler().compile(given, format="pdf", timestamp=int(at.timestamp())))
    except typst.TypstError as error:
        if "PRINT_TOO_LONG" in error.message:
            raise PrintRefused(Reason.PRINT_TOO_LONG, detail="a text does not fit its place on the page") from None
        raise


_TYPST = Lock()
"""A compiler works for one thread at a time, and making a second one costs more than waiting."""


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(font_paths=fonts(), ignore_system_fonts=True)


@cache
def _template(name: str) -> bytes:
    return (files("pratique") / "paper" / name).read_bytes()


def _texts(part: object) -> Iterator[str]:
    """Every text in the document but the drawing of a code."""
    match part:
        case str():
            yield part
        case Mapping():
            for key, value in part.items():
                yield from () if key == "svg" else _texts(value)
        case list() | tuple():
            for value in part:
                yield from _texts(value)
