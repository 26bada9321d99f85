"""Who may read whose data, for what, and that it is written down.

roles       ─ Role, Purpose, Item, MAY  least privilege, in one readable table
looking     ─ look                      the way to a `Look`, without which nobody's data is read
permissions ─ permit, redeem            the other way: the holder lets somebody look, once, within five minutes
"""

from pratique.authority.access.looking import Account, Look, enter, find_account, look, who_looked
from pratique.authority.access.roles import MAY, Item, Purpose, Role

__all__ = ["MAY", "Account", "Item", "Look", "Purpose", "Role", "enter", "find_account", "look", "who_looked"]
