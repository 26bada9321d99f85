"""Letters and digits that eyes and optical readers take for one another: asked about where check digits decide.

A slip is suggested only at a place that a check digit covers (ICAO Doc 9303-3, 4.9), and only where exactly one reading
makes all of them fit. Pairs that no check digit tells apart are left out: G and 6 differ by ten, L and 1 by twenty.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

from msgspec import Struct

from pratique.model import mrz
from pratique.model.errors import MalformedDocument

ALIKE = {"O": "0", "Q": "0", "D": "0", "I": "1", "B": "8", "S": "5", "Z": "2"}
"""Letters and the digits that they are taken for."""
OTHER = ALIKE | {"0": "O", "1": "I", "8": "B", "5": "S", "2": "Z"}
MOST_SLIPS = 2
"""At once: with more of them, some wrong reading of a long zone fits by chance."""
MOST_DOUBTFUL = 40
"""Characters that are tried, 820 readings: a zone has ten or twenty."""

_COVERED = {
    (2, 44): ((1, 0, 10), (1, 13, 20), (1, 21, 44)),
    (2, 36): ((1, 0, 10), (1, 13, 20), (1, 21, 36)),
    (3, 30): ((0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 30)),
}
"""For lines and their length: line, first and last place of what check digits cover, they themselves among it (9303-4,
-5 and -6, section 4.2.2)."""


class Slip(Struct, frozen=True):
    """One character that may be the one it looks like. `line` and `place` count from 1."""

    line: int
    place: int
    found: str
    other: str


def in_zone(text: str) -> tuple[Slip, ...]:
    """The slips that explain why a zone's check digits do not fit; none where nothing does, or several things do."""
    lines = lines_of(text)
    covered = _COVERED.get((len(lines), len(lines[0]) if lines else 0), ())
    if any(len(line) != len(lines[0]) for line in lines) or not covered:
        return ()
    places = [(row, place) for row, begin, end in covered for place in range(begin, end)]
    return _explained(lines, places, _is_zone)


def in_number(text: str) -> tuple[Slip, ...]:
    """The same for a document number with its check digit behind it: ten characters, as the zone has them."""
    return _explained([text.upper()], [(0, place) for place in range(9)], lambda lines: is_checked(lines[0]))


def is_checked(text: str) -> bool:
    """Whether these are the nine characters of a number, fillers at its end, and the check digit that fits."""
    number = text[:9].rstrip("<")
    usual = number.isascii() and number.isalnum() and number == number.upper()
    return len(text) == 10 and usual and mrz.check_digit(text[:9]) == text[9]


def lines_of(text: str) -> list[str]:
    """The lines of a zone, without blanks around them."""
    return [line.strip().upper() for line in text.splitlines() if line.strip()]


def corrected(lines: Sequence[str], slips: Iterable[Slip]) -> list[str]:
    """The lines with each slip read as its other character."""
    read = [list(line) for line in lines]
    for slip in slips:
        read[slip.line - 1][slip.place - 1] = slip.other
    return ["".join(line) for line in read]


def _explained(
    lines: Sequence[str], places: Iterable[tuple[int, int]], fits: Callable[[list[str]], bool]
) -> tuple[Slip, ...]:
    """The one set of slips, as few as possible, with which the lines fit."""
    if fits(list(lines)):
        return ()
    doubtful = [
        Slip(row + 1, place + 1, lines[row][place], OTHER[lines[row][place]])
        for row, place in places
        if lines[row][place : place + 1] in OTHER
    ][:MOST_DOUBTFUL]
    for count in range(1, MOST_SLIPS + 1):
        fitting = [slips for slips in combinations(doubtful, count) if fits(corrected(lines, slips))]
        if fitting:
            return fitting[0] if len(fitting) == 1 else ()
    return ()


def _is_zone(lines: Sequence[str]) -> bool:
    try:
        mrz.parse("\n".join(lines))
    except MalformedDocument:
        return False
    return True
