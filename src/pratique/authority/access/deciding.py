"""Who may decide what, and what takes two."""

from pratique.authority.access.looking import Account
from pratique.authority.access.roles import MAY_DECIDE, Act
from pratique.model.errors import AccessRefused
from pratique.model.reasons import Reason


def may(account: Account, act: Act) -> None:
    """Raise `AccessRefused` (ACCESS_ROLE) where the account's role does not decide this."""
    if act not in MAY_DECIDE.get(account.role, frozenset()):
        raise AccessRefused(Reason.ACCESS_ROLE, detail=f"{account.role}: {act}")


def both(first: Account, second: Account, act: Act) -> None:
    """Two people decide it together. Raises `AccessRefused`: ACCESS_ROLE, ACCESS_SECOND_PERSON if they are one."""
    may(first, act)
    may(second, act)
    if first.account_id == second.account_id:
        raise AccessRefused(Reason.ACCESS_SECOND_PERSON, detail=f"{act}")
