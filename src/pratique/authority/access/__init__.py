"""Who may read whose data, for what, and that it is written down.

roles   ─ Role, Purpose, Item, MAY      least privilege, in one readable table
looking ─ look                          the only way to a `Look`, without which nobody's data is read
clients ─ authenticate                  programs sign in with a key of their own
tokens  ─ grant, known                  what somebody who signed in is known by
"""

from pratique.authority.access.looking import Account, Look, enter, find_account, look, who_looked
from pratique.authority.access.roles import MAY, Item, Purpose, Role

__all__ = ["MAY", "Account", "Item", "Look", "Purpose", "Role", "enter", "find_account", "look", "who_looked"]
