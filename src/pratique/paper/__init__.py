"""The printed certificate: A4, in the holder's language and English or another, to be folded to passport size.

`certificate.typ` holds its layout, and `strip.typ` that of day passes; values reach them as data, so that nothing in a
name can act as markup. Paper is equal: what prints here is read again after a bad scan, or is refused (`PrintRefused`)
and has to be split.

Needs the extras `[qr]` and `[pdf]`; the latter brings the fonts, since a page may not depend on what a machine has.
"""

from pratique.paper.content import content
from pratique.paper.fonts import missing_glyphs
from pratique.paper.sheet import PAPER_LIMIT, Scan, Sheet, fits_paper, paper_level
from pratique.paper.strip import Pass, Strip
from pratique.paper.strip import content as strip_content
from pratique.paper.typesetting import typeset

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
    return typeset("certificate.typ", content(sheet), at=sheet.issued)


def strip_pdf(strip: Strip) -> bytes:
    """Day passes as a tagged PDF of strips to cut apart; equal strips give equal bytes. Raises as `certificate_pdf`."""
    return typeset("strip.typ", strip_content(strip), at=strip.passes[0].status.begins)
