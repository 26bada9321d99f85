"""Who recognises whom as a picture: a row for each border, a column for each issuer, an arrow where it is recognised.

Every square has its sentence, which a screen reader reads and a pointer shows; the table below says all of it again.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct

SIDE, LEFT, TOP = 44, 64, 44
"""Of a square, of the names of rows, and of those of columns: pixels, and never fewer, so that names stay readable."""


class Square(Struct, frozen=True):
    """One square: where it is, what is drawn in it ("taken", "planned", "own" or nothing), and what it says."""

    x: int
    y: int
    kind: str
    word: str


class Name(Struct, frozen=True):
    """The name of a row or a column, and its middle."""

    text: str
    x: int
    y: int


class Picture(Struct, frozen=True):
    """All of it, and how large."""

    width: int
    height: int
    columns: tuple[Name, ...]
    rows: tuple[Name, ...]
    squares: tuple[Square, ...]


def picture(
    columns: Sequence[str],
    kind: Callable[[str, str], str],
    word: Callable[[str, str], str],
    *,
    rows: Sequence[str],
) -> Picture:
    """Draw it: `kind` and `word` are asked of the country at whose border, and of whoever issues."""
    middle = SIDE // 2
    return Picture(
        LEFT + SIDE * len(columns),
        TOP + SIDE * len(rows),
        tuple(Name(_short(code), LEFT + SIDE * place + middle, TOP - 14) for place, code in enumerate(columns)),
        tuple(Name(code, LEFT - 12, TOP + SIDE * place + middle + 6) for place, code in enumerate(rows)),
        tuple(
            Square(
                LEFT + SIDE * across,
                TOP + SIDE * down,
                "own" if here == there else kind(here, there),
                "" if here == there else word(here, there),
            )
            for down, here in enumerate(rows)
            for across, there in enumerate(columns)
        ),
    )


def _short(code: str) -> str:
    """An organisation's address does not fit above a column: its first letters do, and the square says the rest."""
    bare = code.removeprefix("https://").removeprefix("did:web:")
    return bare if len(bare) <= 4 else bare[:3] + "…"
