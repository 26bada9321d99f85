"""Who may read whose data, for what, and that it is written down.

roles       ─ Role, Purpose, Item, MAY  least privilege, in one readable table
looking     ─ look                      the way to a `Look`, without which nobody's data is read
permissions ─ permit, redeem            the other way: the holder lets somebody look, once, within five minutes
deciding    ─ may, both                 who decides what, and what takes two (`MAY_DECIDE`)
clients     ─ authenticate              programs sign in with a key of their own
applying    ─ file, let_in              local apps ask to be let in, and two people decide
tokens      ─ grant, known              what somebody who signed in is known by
"""

from pratique.authority.access.deciding import both, may
from pratique.authority.access.looking import Account, Look, enter, find_account, look, who_looked
from pratique.authority.access.roles import MAY, MAY_DECIDE, Act, Item, Purpose, Role

__all__ = [
    "MAY",
    "MAY_DECIDE",
    "Account",
    "Act",
    "Item",
    "Look",
    "Purpose",
    "Role",
    "both",
    "enter",
    "find_account",
    "look",
    "may",
    "who_looked",
]
