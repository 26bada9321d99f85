"""What a traveller typed, scanned or photographed: a passport number, or the whole machine readable zone."""

import re
import unicodedata

from msgspec import Struct

from pratique.authority.identity.confusable import is_checked
from pratique.authority.store.people import Papers
from pratique.model import mrz
from pratique.model.countries import UNSPECIFIED
from pratique.model.errors import MalformedDocument
from pratique.model.reasons import Reason

MAX_CHARACTERS = 200
"""A zone has at most 90 characters; the rest is room for blanks between them."""
_NUMBER = re.compile(r"[A-Z0-9]{5,9}", re.ASCII)
"""One in forty German numbers is all letters."""
_BETWEEN = re.compile(r"[\s.\-–]+")


class Document(Struct, frozen=True):
    """A passport as its holder states it: the number, and what else was said, which must then be right as well.

    `birth_date` and `expiry` are YYMMDD as in the machine readable zone (9303-4, 4.2.2.2), `country` is its issuing
    state. Well formed says nothing about whether there is such a passport.
    """

    number: str
    country: str | None = None
    birth_date: str | None = None
    expiry: str | None = None


DESK_NUMBER = re.compile(r"XX[2-9A-HJ-NP-Z]{7}", re.ASCII)
"""What a desk gives to whoever has no national document: it stands in the place of a passport's number."""


def papers(document: Document, country: str) -> Papers:
    """Under what a document is looked up; `country` issues what was typed without a state, save numbers of a desk."""
    home = UNSPECIFIED if DESK_NUMBER.fullmatch(document.number) else country
    return Papers(document.country or home, document.number)


def read(text: str) -> Document:
    """Read a typed number (5 to 9 letters and digits, blanks and hyphens ignored) or a zone of two or three lines.

    A number may have the zone's check digit behind it, which then has to fit. Raises `MalformedDocument`:
    PASSPORT_NUMBER for what can be neither, else what is wrong with the zone.
    """
    if len(text) > MAX_CHARACTERS:
        raise MalformedDocument(Reason.PASSPORT_NUMBER, detail=f"more than {MAX_CHARACTERS} characters")
    # digits of a Chinese or Japanese keyboard are as wide as its letters
    letters = [letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf"]
    # what was copied from a page may bring along letters that nobody sees; and an Arabic keyboard has digits of its own
    typed = "".join(str(unicodedata.decimal(letter, letter)) for letter in letters).strip()
    number = _BETWEEN.sub("", typed).upper()
    if is_checked(number):
        number = number[:9].rstrip("<")
    elif "<" in typed:
        zone = mrz.parse(typed)
        return Document(zone.number, zone.country, zone.birth_date, zone.expiry)
    if _NUMBER.fullmatch(number) is None:
        raise MalformedDocument(Reason.PASSPORT_NUMBER, detail="not 5 to 9 letters and digits")
    return Document(number)
