"""Where in the text of a file a finding is: the line of a place such as `rules[3].Logic.if[0]`, for whoever mends it.

A text that is no JSON has places as far as it can be followed; nothing here refuses anything.
"""

import json
import re
from bisect import bisect_right

from msgspec import Struct

_TOKEN = re.compile(r'[{}\[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+')
_STEP = re.compile(r"(\.[^.\[\]]*|\[\d*\]|[^.\[\]]+)$")
"""The last step of a place."""


class Line(Struct, frozen=True):
    """A line of a text, counted from 1, and whether the place itself is there or what it would be in."""

    number: int
    exact: bool


class _Open:
    """An object or a list that has begun: `number` is None for an object."""

    def __init__(self, place: str, number: int | None) -> None:
        self.place = place
        self.number = number
        self.key: str | None = None

    @property
    def inside(self) -> str:
        """The place of the value that comes next."""
        if self.number is not None:
            return f"{self.place}[{self.number}]"
        return f"{self.place}.{self.key}".removeprefix(".")


def lines(text: str) -> dict[str, int]:
    """The line of every place of a JSON text, that of a field the line of its name; "" is the whole, on line 1."""
    begins = [0, *(found.end() for found in re.finditer("\n", text))]
    found = {"": 1}
    opened: list[_Open] = []
    for token in _TOKEN.finditer(text):
        word, top = token[0], opened[-1] if opened else None
        if word in ("}", "]"):
            del opened[-1:]
        elif word == ",":
            if top is not None and top.number is not None:
                top.number += 1
            elif top is not None:
                top.key = None
        elif word == ":":
            pass
        elif top is not None and top.number is None and top.key is None and word[0] == '"':
            top.key = _key(word)
            found.setdefault(top.inside, bisect_right(begins, token.start()))
        else:
            place = top.inside if top is not None else ""
            found.setdefault(place, bisect_right(begins, token.start()))
            if word in ("{", "["):
                opened.append(_Open(place, 0 if word == "[" else None))
    return found


def line(places: dict[str, int], place: str) -> Line:
    """The line of a place among those of `lines`; where it is not there, of the nearest that it would be in."""
    exact = place in places
    while place not in places:
        shorter = _STEP.sub("", place)
        place = shorter if shorter != place else ""
    return Line(places[place], exact)


def broken(text: str) -> int | None:
    """The line at which a text stops being JSON; None for one that is JSON, or too deep to be followed."""
    try:
        json.loads(text)
    except json.JSONDecodeError as fault:
        return fault.lineno
    except (RecursionError, ValueError):
        return None
    return None


def _key(word: str) -> str:
    try:
        return str(json.loads(word))
    except ValueError:
        return word[1:-1]
