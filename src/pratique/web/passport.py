"""The passport page's reading of what was typed: what is wrong is said at its field, with what it may have been.

Whether there is such a passport is nobody's business here: every well-formed number goes on to the camera.
"""

from msgspec import Struct

from pratique.authority.identity import document
from pratique.authority.identity.document import Document
from pratique.model import mrz
from pratique.model.errors import MalformedDocument
from pratique.web.forms import Fault, told
from pratique.web.words import Words

_ALIKE = {"O": "0", "I": "1", "B": "8", "S": "5", "Z": "2", "G": "6", "D": "0"}
"""Letters and the digits that they are taken for."""
_OTHER = {**{digit: letter for letter, digit in reversed(_ALIKE.items())}, **_ALIKE}


class Typed(Struct, frozen=True):
    """What was typed: a document where it is one, else the faults. `notes` are doubts that stop nobody."""

    document: Document | None
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()


def read(number: str, zone: str, say: Words) -> Typed:
    """Read both fields; the zone counts where it is filled in, since its check digits say more."""
    if zone:
        return _zone(zone, say)
    if not number:
        return Typed(None, (Fault("number", say("passport.empty")),))
    try:
        found = document.read(number)
    except MalformedDocument as error:
        return Typed(None, tuple(Fault("number", told(reason, say)) for reason in error.reasons))
    return Typed(found, notes=_letters(found.number, say))


class Said(Struct, frozen=True):
    """What the page says beside a field while it is filled in; `kind` is good, problem or neutral."""

    text: str
    kind: str


def said(number: str, zone: str, say: Words) -> dict[str, Said]:
    """What is said of each field by itself."""
    return {"number": _said(read(number, "", say), "passport.well_formed", say)} | {
        "zone": _said(_zone(zone, say), "passport.fits", say)
    }


def _said(typed: Typed, fits: str, say: Words) -> Said:
    if typed.faults:
        return Said(typed.faults[0].text, "problem")
    if typed.notes:
        return Said(typed.notes[0].text, "neutral")
    return Said(say(fits), "good")


def _zone(zone: str, say: Words) -> Typed:
    try:
        mrz.parse(zone)
    except MalformedDocument as error:
        said = [Fault("zone", told(reason, say)) for reason in error.reasons]
        return Typed(None, (*_suggestion(zone, say), *said))
    return Typed(document.read(zone))


def _letters(number: str, say: Words) -> tuple[Fault, ...]:
    """A letter after a digit that is taken for one: few countries have such numbers, and many eyes make such slips."""
    for place, character in enumerate(number):
        if character in _ALIKE and number[:place] and number[place - 1].isdigit():
            said = say("passport.letter", place=place + 1, letter=character, digit=_ALIKE[character])
            return (Fault("number", said),)
    return ()


def _suggestion(zone: str, say: Words) -> tuple[Fault, ...]:
    """The one character that, read as the other one it looks like, would make every check digit fit."""
    lines = [line.strip().upper() for line in zone.splitlines() if line.strip()]
    fitting = []
    for row, line in enumerate(lines):
        for place, found in enumerate(line):
            other = _OTHER.get(found)
            if other and _is_zone([*lines[:row], line[:place] + other + line[place + 1 :], *lines[row + 1 :]]):
                fitting.append((row + 1, place + 1, found, other))
    if len(fitting) != 1:
        return ()
    row, place, found, other = fitting[0]
    return (Fault("zone", say("passport.suggestion", line=row, place=place, found=found, other=other)),)


def _is_zone(lines: list[str]) -> bool:
    try:
        mrz.parse("\n".join(lines))
    except MalformedDocument:
        return False
    return True
