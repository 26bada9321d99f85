"""The holder lets somebody look: a word said once, within five minutes, that shows no more than a passer-by sees.

    holder ─ permit ─► word ─ said to staff ─► redeem ─► Look(items={STATUS})

For whoever has no phone to show, and for staff whose device reads no code. Without a word no staff sees anybody; the
look stands in the holder's log before anything is read.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import Engine

from pratique.authority.access.looking import Account, Look, find_account
from pratique.authority.access.roles import Item, Purpose, Role
from pratique.authority.store import Vault, looks, status, writing
from pratique.authority.store.looks import Looked
from pratique.authority.store.people import new_id
from pratique.authority.store.status import Permission
from pratique.model.errors import AccessRefused
from pratique.model.reasons import Reason

LASTS = timedelta(minutes=5)
"""From when the holder asked for the word to when it is worth nothing."""
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no letter that is taken for another when it is read aloud."""
LENGTH = 12
"""60 bits: with a word of five minutes nobody finds one by trying."""

_ITEMS = frozenset({Item.STATUS})


def permit(engine: Engine, vault: Vault, own: Look, *, at: datetime) -> str:
    """A word for whoever the holder says it to: `7F3K-9QRS-TV2W`. Only its keyed hash is kept.

    Raises `AccessRefused` for a look that is not the holder's own.
    """
    if own.purpose is not Purpose.OWN or own.account.role is not Role.HOLDER:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="a permission is the holder's to give")
    word = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    now, until = int(at.timestamp()), int((at + LASTS).timestamp())
    with writing(engine) as connection:
        given = Permission(own.person_id, new_id(), now, until)
        status.permit(connection, given, vault.hash("permission", word))
    return "-".join(word[start : start + 4] for start in range(0, LENGTH, 4))


def redeem(engine: Engine, vault: Vault, staff: Account, word: str, *, at: datetime) -> Look:
    """Use the word up: the look it allows, written down in the holder's log.

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
    return Look(look_id, given.person_id, staff, Purpose.SHOWN, _ITEMS)


def typed(word: str) -> str:
    """A word as people type it: lower case, with blanks, and with the letters that Crockford reads as digits."""
    bare = "".join(character for character in word.upper() if character.isalnum())
    return bare.translate(str.maketrans("OIL", "011"))
