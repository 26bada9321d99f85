"""How an official gets a first passkey: a code from whoever entered the account, given in person, good once."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import Engine

from pratique.authority.access.looking import Account, find_account
from pratique.authority.access.roles import Role
from pratique.authority.store import Vault, reviewing, writing
from pratique.authority.store.reviewing import Made

LASTS = timedelta(days=3)
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""None that is read as another."""
LENGTH = 16
_KIND = "official"


def invite(engine: Engine, vault: Vault, account_id: str, *, made_by: str, at: datetime) -> str:
    """A code with which the account makes its first passkey, or its next after all were lost.

    Raises `LookupError` where the account is not in force, or is a holder's: those come in by other ways.
    """
    with writing(engine) as connection:
        account = find_account(connection, account_id, at=at)
        if account is None or account.role is Role.HOLDER:
            raise LookupError("no official's account is in force under this id")
        text = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        made = Made(_KIND, account_id, made_by, int(at.timestamp()), int((at + LASTS).timestamp()))
        reviewing.enter_code(connection, vault, text, made)
    return "-".join(text[place : place + 4] for place in range(0, LENGTH, 4))


def accept(engine: Engine, vault: Vault, account_id: str, code: str, *, at: datetime) -> Account | None:
    """The account, if the code is its own and still good; it is used up. None for everything else."""
    typed = "".join(letter for letter in code.upper() if letter in LETTERS)[: LENGTH + 1]
    with writing(engine) as connection:
        kind = reviewing.use_code(connection, vault, typed, account_id, at=int(at.timestamp()))
        return find_account(connection, account_id, at=at) if kind == _KIND else None
