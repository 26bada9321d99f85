"""The holder lets somebody look: a word said once, within five minutes, that shows no more than a passer-by sees.

    holder ─ permit(shows) ─► word ─ said to staff ─► redeem ─► Look(items={STATUS}), shows

For whoever has no phone to show, and for staff whose device reads no code. Without a word no staff sees anybody; the
look stands in the holder's log before anything is read. Initials and birthday, by which staff tell who stands there,
are the last four characters of the word: nothing leads from somebody's records to a name, and nobody has to keep them.
"""

import secrets
from calendar import monthrange
from datetime import datetime, timedelta
from string import ascii_uppercase

from msgspec import Struct
from sqlalchemy import Engine

from pratique.authority.access.looking import Account, Look, find_account
from pratique.authority.access.roles import Item, Purpose, Role
from pratique.authority.store import Vault, looks, status, writing
from pratique.authority.store.looks import Looked
from pratique.authority.store.people import Known, new_id
from pratique.authority.store.status import Permission
from pratique.model.errors import AccessRefused
from pratique.model.reasons import Reason

LASTS = timedelta(minutes=5)
"""From when the holder asked for the word to when it is worth nothing."""
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no letter that is taken for another when it is read aloud."""
DRAWN, TELLING = 12, 4
"""Characters of a word: 60 bits, so that in five minutes nobody finds one by trying, and those that say whose it is."""

_ITEMS = frozenset({Item.STATUS})


class Whose(Struct, frozen=True):
    """What the shown view says of its holder."""

    initials: str | None
    """One or two letters A to Z."""
    birthday: str | None
    """`MM-DD`."""


def whose(known: Known) -> Whose:
    """Initials of the given and the family name, as a passport writes them, and the day without its year."""
    letters = [part[0] for part in (known.name.given_icao, known.name.family_icao) if part and part[0].isalpha()]
    born = known.birth_date
    day = f"{born.month:02}-{born.day:02}" if born is not None and born.complete else None
    return Whose("".join(letters) or None, day)


def permit(engine: Engine, vault: Vault, own: Look, shows: Whose, *, at: datetime) -> str:
    """A word for whoever the holder says it to: `7F3K-9QRS-TV2W-4M0C`. Only its keyed hash is kept.

    Raises `AccessRefused` for a look that is not the holder's own.
    """
    if own.purpose is not Purpose.OWN or own.account.role is not Role.HOLDER:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="a permission is the holder's to give")
    word = "".join(secrets.choice(ALPHABET) for _ in range(DRAWN)) + _telling(shows)
    now, until = int(at.timestamp()), int((at + LASTS).timestamp())
    with writing(engine) as connection:
        given = Permission(own.person_id, new_id(), now, until)
        status.permit(connection, given, vault.hash("permission", word))
    return "-".join(word[start : start + 4] for start in range(0, len(word), 4))


def redeem(engine: Engine, vault: Vault, staff: Account, word: str, *, at: datetime) -> tuple[Look, Whose]:
    """Use the word up: the look it allows, written down in the holder's log, and whose it is.

    Raises `AccessRefused`: ACCESS_ROLE for an account that is not staff, ACCESS_PERMISSION for a word that was never
    given, was used, or is over; nobody is told which.
    """
    now = int(at.timestamp())
    with writing(engine) as connection:
        if find_account(connection, staff.account_id, at=at) != staff or staff.role is not Role.STAFF:
            raise AccessRefused(Reason.ACCESS_ROLE, detail="a word is for staff at a door")
        given = status.permission(connection, vault.hashes("permission", typed(word)))
        if given is None or not given.moment <= now < given.until:
            raise AccessRefused(Reason.ACCESS_PERMISSION)
        if not status.use(connection, given, staff.account_id, at=now):
            raise AccessRefused(Reason.ACCESS_PERMISSION)
        look_id = new_id()
        shown = " ".join(sorted(_ITEMS))
        entry = Looked(given.person_id, look_id, now, staff.account_id, staff.role.value, Purpose.SHOWN.value, shown)
        looks.write(connection, entry)
    return Look(look_id, given.person_id, staff, Purpose.SHOWN, _ITEMS), _told(typed(word)[DRAWN:])


def typed(word: str) -> str:
    """A word as people type it: lower case, with blanks, and with the letters that Crockford reads as digits."""
    bare = "".join(character for character in word.upper() if character.isalnum())
    return bare.translate(str.maketrans("OIL", "011"))


# initials and birthday in four characters: 703 times 367 is a quarter of what they can say

_DAYS = ("", *(f"{month:02}-{day:02}" for month in range(1, 13) for day in range(1, monthrange(2000, month)[1] + 1)))
_LETTERS = ("", *ascii_uppercase)
_INITIALS = ("", *(f"{one}{two}" for one in ascii_uppercase for two in _LETTERS))


def _telling(shows: Whose) -> str:
    number = _INITIALS.index(shows.initials or "") * len(_DAYS) + _DAYS.index(shows.birthday or "")
    return "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (TELLING - 1), -1, -5))


def _told(characters: str) -> Whose:
    """Of a word that was given here, whose hash covers these characters as well."""
    number = 0
    for each in characters:
        number = number << 5 | ALPHABET.index(each)
    initials, birthday = divmod(number, len(_DAYS))
    return Whose(_INITIALS[initials] or None, _DAYS[birthday] or None)
