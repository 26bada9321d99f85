"""Whether a page certainly fits, so that nothing has to be measured: typesetting it twice is half of its cost.

Widths are the widest that a letter has here (bold), heights the greatest that a line has, and a line is broken where it
surely ends. What is not certain is measured by the template, and then set smaller, or overleaf, or refused.
"""

from collections.abc import Iterable
from functools import cache
from math import ceil, inf
from typing import Any

from fontTools.ttLib import TTFont

from pratique.paper.fonts import fonts

Line = tuple[str, str]

_MM = 72 / 25.4
_HALF = (86 * _MM, 129.5 * _MM)
_COLUMNS = (39 * _MM, 43 * _MM, 86 * _MM)
"""What is left of each column beside its inset."""
_SIZES = {"strong": (11, 10), "plain": (10, 10), "small": (9, 9), "facts": (10, 9), "tiny": (8.5, 8.5)}
_GAP = 0.9 * 11
_LINE, _LEADING = 0.75, 5.5
"""Heights: of a line in its em, from the foot to the tallest capital of any font here; between lines in points."""
_BETWEEN = 4.5
_INSET = 2.7 * _MM
_FIRST = (129.5 - 12.5) * _MM
"""What is left for the table under the fold."""
_MAIN = {"name": (17, 14), "until": (14, 11), "plain": (11, 10)}


def identity_fits(document: dict[str, Any]) -> bool:
    """Whether the holder and the period fit their quarter at their full size."""
    title, *others = document["title"]
    head = [(title[1], 20), *((text, 13) for _, text in others)]
    notes = [(text, 9) for _, text in document["not_real"]]
    height = (7 + 2 + 2.5) * _MM + _stack(head) + _stack(notes)
    lines = [*head, *notes]
    for field in document["fields"]:
        label = [(" · ".join(text for _, text in field["label"]), 9)]
        first, second = _MAIN[field["kind"]]
        value = [(text, second if place else first) for place, (_, text) in enumerate(field["value"])]
        height += (1.6 + 5) * _MM + _stack(label) + _stack(value)
        lines += [*label, *value]
    return height <= _HALF[1] and all(_width(text, size) <= _HALF[0] for text, size in lines)


def _stack(lines: list[tuple[str, int]]) -> float:
    """The height of lines under each other, none of which is broken."""
    return sum(_LINE * size for _, size in lines) + 0.45 * 11 * max(len(lines) - 1, 0)


def rows_fit(rows: Iterable[list[list[tuple[str, list[Line]]]]]) -> bool:
    """Whether the table fits under the fold of the first page."""
    return sum(map(_row, rows), 12 + _INSET) <= _FIRST


def _row(cells: list[list[tuple[str, list[Line]]]]) -> float:
    heights = []
    for cell, width in zip(cells, _COLUMNS, strict=True):
        blocks = [_block(how, entries, width) for how, entries in cell]
        heights.append(sum(blocks) + _BETWEEN * max(len(blocks) - 1, 0))
    return max(heights) + _INSET


def _block(how: str, entries: list[Line], width: float) -> float:
    """The greatest height of entries side by side, each on lines of its own where they are too wide together."""
    first, second = _SIZES[how]
    sizes = [second if place else first for place in range(len(entries))]
    widths = [_width(text, size) for (_, text), size in zip(entries, sizes, strict=True)]
    if sum(widths) + _GAP * (len(entries) - 1) <= width:
        lines = 1.0
    else:
        lines = sum(
            _lines(text, size, wide, width) for (_, text), size, wide in zip(entries, sizes, widths, strict=True)
        )
    return lines * (_LINE * 11 + _LEADING) - _LEADING


def _lines(text: str, size: float, wide: float, width: float) -> float:
    """On how many lines a text surely ends: each is full but for its longest word."""
    if wide <= width:
        return 1
    left = width - max(_width(word, size) for word in text.split())
    return inf if left <= 0 else ceil(wide / left)


def _width(text: str, size: float) -> float:
    return size * sum(map(_advance, text))


@cache
def _advance(letter: str) -> float:
    """The width of a letter in ems; what the Latin font has not is a full em at most, but for scripts that join."""
    codepoint = ord(letter)
    if 0x0590 <= codepoint <= 0x1CFF or 0xA800 <= codepoint <= 0xABFF or 0xFB1D <= codepoint <= 0xFEFF:
        return inf  # joined, stacked or turned: to be measured
    font, cmap, glyphs = _latin()
    if codepoint in cmap:
        return float(glyphs[cmap[codepoint]].width) / float(font["head"].unitsPerEm)
    return 1.0


@cache
def _latin() -> tuple[TTFont, dict[int, str], Any]:
    """The Latin font at its boldest in use."""
    face = next(face for face in fonts().fonts() if face.family == "Noto Sans" and face.style == "normal" and face.path)
    font = TTFont(face.path, fontNumber=face.index)
    return font, font.getBestCmap(), font.getGlyphSet(location={"wght": 700})
