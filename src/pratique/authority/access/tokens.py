"""Access tokens: what somebody who signed in is known by for a few minutes.

A token is a value sealed by the vault: every process with the keys reads it, nobody else can, and nothing is looked up.
So an account that was ended is let in no more as soon as its last token has run out.
"""

import base64
import binascii
from datetime import datetime

import msgspec
from msgspec import Struct

from pratique.authority.access.looking import HOLDER, Account
from pratique.authority.access.roles import Role
from pratique.authority.store.vault import Vault
from pratique.model.errors import StoreFault

_PLACE = "access token"
LONGEST = 2048
"""Characters: ours have under 400."""


class Signed(Struct, frozen=True):
    """Who signed in, until when (seconds since 1970). `subject_id` is who a holder is."""

    account_id: str
    role: Role
    until: int
    subject_id: str | None = None

    @property
    def account(self) -> Account:
        """The account that is written down where somebody's data is read."""
        return Account(self.account_id, self.role)


def grant(vault: Vault, account: Account, *, until: datetime) -> str:
    """A token for an account that is no holder's."""
    if account.role is Role.HOLDER:
        raise ValueError("a holder's token says who the holder is: grant_holder")
    return _sealed(vault, Signed(account.account_id, account.role, int(until.timestamp())))


def grant_holder(vault: Vault, subject_id: str, *, until: datetime) -> str:
    """A token for a holder."""
    account = holder_account(vault, subject_id)
    return _sealed(vault, Signed(account.account_id, account.role, int(until.timestamp()), subject_id))


def holder_account(vault: Vault, subject_id: str) -> Account:
    """The account in whose name a holder looks: it stands beside their records, and must not name their identity."""
    return Account(f"{HOLDER}{vault.hash('holder', subject_id)[:16].hex()}", Role.HOLDER)


def _sealed(vault: Vault, signed: Signed) -> str:
    stated = msgspec.json.encode(signed)
    return base64.urlsafe_b64encode(vault.seal(stated, _PLACE)).rstrip(b"=").decode()


def known(vault: Vault, token: str, *, at: datetime) -> Signed | None:
    """Who it was given to; None for a token of somebody else's making, a changed one, or one that has run out."""
    if len(token) > LONGEST:
        return None
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        signed = msgspec.json.decode(vault.open(sealed, _PLACE), type=Signed)
    except (StoreFault, binascii.Error, ValueError, msgspec.DecodeError):
        return None
    return signed if at.timestamp() < signed.until else None
