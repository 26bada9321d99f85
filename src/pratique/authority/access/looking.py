"""Looking at somebody's data. It is written down before anything is read, and the person sees it.

`look` is the maker of a `Look` (besides `permissions.redeem`, by the holder's own word), and whatever reads a person's
data asks for one: a reading that nobody wrote down does not typecheck.
"""

import secrets
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, Engine

from pratique.authority.access.roles import MAY, PEOPLE_AN_HOUR, Item, Purpose, Role
from pratique.authority.store import alone, looks, writing
from pratique.authority.store.looks import Looked
from pratique.model.errors import AccessRefused
from pratique.model.reasons import Reason

WINDOW = timedelta(hours=1)
HOLDER = "holder-"
"""With which the id of every holder's account begins, and no other's."""


class Account(Struct, frozen=True):
    """Somebody who works with the records, or a holder, and the one role that they have."""

    account_id: str
    """At most 64 characters; the person whose data is read sees it."""
    role: Role

    def __post_init__(self) -> None:
        """`ValueError` for an id that cannot be kept."""
        if not 0 < len(self.account_id) <= 64:
            raise ValueError("an account has an id of at most 64 characters")


class Look(Struct, frozen=True):
    """That somebody may look, and that it is written down."""

    look_id: str
    person_id: str
    account: Account
    purpose: Purpose
    items: frozenset[Item]


def enter(connection: Connection, account: Account, name: str, *, at: datetime) -> None:
    """Enter an account; an id is given once and for all."""
    looks.enter_account(connection, account.account_id, account.role.value, name, at=int(at.timestamp()))


def find_account(connection: Connection, account_id: str, *, at: datetime) -> Account | None:
    """The account that is in force at `at`, or None."""
    role = looks.role_of(connection, account_id, at=int(at.timestamp()))
    return None if role is None else Account(account_id, Role(role))


def look(
    engine: Engine, account: Account, person_id: str, purpose: Purpose, items: frozenset[Item], *, at: datetime
) -> Look:
    """Write down that `account` looks at these items of a person, in a transaction of its own, and allow it.

    A refusal is written down as well, with no items. Raises `AccessRefused`: ACCESS_ROLE for what the role may not
    read for this purpose, ACCESS_TOO_MANY for more people than the role looks at in an hour.
    """
    now = int(at.timestamp())
    allowed = MAY[account.role].get(purpose, frozenset())
    refused = None if items and items <= allowed else Reason.ACCESS_ROLE
    look_id = secrets.token_hex(16)
    with writing(engine) as connection:
        if refused is None:
            alone(connection, f"looks:{account.account_id}")  # many at once would all see the same count
            seen = looks.others_seen(connection, account.account_id, person_id, since=now - int(WINDOW.total_seconds()))
            refused = Reason.ACCESS_TOO_MANY if seen >= PEOPLE_AN_HOUR[account.role] else None
        shown = "" if refused else " ".join(sorted(items))
        looks.write(
            connection,
            Looked(person_id, look_id, now, account.account_id, account.role.value, purpose.value, shown),
        )
    if refused is not None:
        raise AccessRefused(refused, detail=f"{account.role} for {purpose}")
    return Look(look_id, person_id, account, purpose, items)


def who_looked(connection: Connection, look: Look) -> tuple[Looked, ...]:
    """Everybody who looked, or tried to, the latest first; this very look included. Raises `AccessRefused`."""
    if Item.LOOKS not in look.items:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="who looked")
    return looks.of(connection, look.person_id)
