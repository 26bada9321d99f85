"""The fonts of the printed certificate, and what they can draw.

They come from packages (Noto, SIL Open Font License), never from the machine: a page looks the same wherever it is
printed, and it is known beforehand which letters would come out as empty boxes.
"""

import unicodedata
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files

import typst
from fontTools.ttLib import TTFont

_FIRST = ("Noto Sans", "Noto Sans Arabic", "Noto Sans SC")
"""Asked in this order before any other, so that a Chinese name is not drawn in Japanese shapes."""
_PACK = "justmytype_intl_cjk"
_GROUP = "fontpkg.family"


@cache
def fonts() -> typst.Fonts:
    """Those of the extra `[pdf]`, and of every further `fontpkg-...` package that an operator installs for a script."""
    packages = {_PACK} | {entry.value for entry in entry_points(group=_GROUP)}
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(files(package)) for package in sorted(packages)],
    )


@cache
def families() -> tuple[str, ...]:
    """Every family, in the order in which a letter is looked for."""
    return (*_FIRST, *(family for family in sorted(fonts().families()) if family not in _FIRST))


def missing_glyphs(text: str) -> frozenset[str]:
    """The characters of `text` that no font here can draw."""
    return frozenset(letter for letter in set(text) - _drawable() if not _invisible(letter))


@cache
def _drawable() -> frozenset[str]:
    found: set[str] = set()
    for face in fonts().fonts():
        if face.path is not None:
            with TTFont(face.path, fontNumber=face.index, lazy=True) as font:
                found.update(map(chr, font.getBestCmap()))
    return frozenset(letter for letter in found if unicodedata.category(letter) != "Cc")  # some fonts map even NUL


def _invisible(letter: str) -> bool:
    """Marks of direction and joining, and selectors of a variant, which shaping consumes."""
    return (
        unicodedata.category(letter) == "Cf" or "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"
    )
