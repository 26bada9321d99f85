"""Accounts, and who looked at whom."""

from msgspec import Struct, structs
from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from pratique.authority.store.tables import account, looked


class Looked(Struct, frozen=True):
    """One look at a person's data; `items` is empty where it was refused."""

    person_id: str
    look_id: str
    moment: int
    account_id: str
    role: str
    purpose: str
    items: str


def write(connection: Connection, entry: Looked) -> None:
    """Write a look down."""
    connection.execute(insert(looked).values(structs.asdict(entry)))


def of(connection: Connection, person_id: str) -> tuple[Looked, ...]:
    """Every look at a person, the latest first."""
    rows = connection.execute(
        select(looked).where(looked.c.person_id == person_id).order_by(looked.c.moment.desc(), looked.c.look_id)
    )
    return tuple(Looked(*row) for row in rows)


def is_named(connection: Connection, account_id: str) -> bool:
    """Whether an account has, or had, this id."""
    return (
        connection.execute(select(account.c.account_id).where(account.c.account_id == account_id)).first() is not None
    )


def others_seen(connection: Connection, account_id: str, person_id: str, *, since: int) -> int:
    """How many other people an account has been shown since; refused attempts do not count, or nobody could ever look
    again.
    """
    return connection.execute(_OTHERS, {"account": account_id, "person": person_id, "since": since}).scalar_one()


_OTHERS = select(func.count(looked.c.person_id.distinct())).where(
    looked.c.account_id == bindparam("account"),
    looked.c.moment > bindparam("since"),
    looked.c["items"] != "",
    looked.c.person_id != bindparam("person"),
)


def alarms(connection: Connection, *, since: int) -> dict[str, int]:
    """Accounts that were refused, and how often, the most frequent first: what a supervisor asks about."""
    column = looked.c
    refused = select(column.account_id, func.count().label("refused")).where(
        column.moment > since, column["items"] == ""
    )
    counted = refused.group_by(column.account_id).order_by(func.count().desc(), column.account_id)
    return {row.account_id: row.refused for row in connection.execute(counted)}


def enter_account(connection: Connection, account_id: str, role: str, name: str, *, at: int) -> None:
    """Enter an account from `at` on."""
    connection.execute(insert(account).values(account_id=account_id, role=role, name=name, since=at))


def end_account(connection: Connection, account_id: str, *, at: int) -> bool:
    """End an account at `at`; False where none is in force."""
    still = (account.c.account_id == account_id) & account.c.until.is_(None)
    return connection.execute(update(account).where(still).values(until=at)).rowcount == 1


def accounts(connection: Connection) -> list[tuple[str, str, str, int | None]]:
    """Every account there was: its id, role, name, and since when it is no more."""
    wanted = select(account.c.account_id, account.c.role, account.c.name, account.c.until)
    rows = connection.execute(wanted.order_by(account.c.account_id))
    return [(row.account_id, row.role, row.name, row.until) for row in rows]


def role_of(connection: Connection, account_id: str, *, at: int) -> str | None:
    """The role of an account in force at `at`."""
    column = account.c
    in_force = (column.since <= at) & or_(column.until.is_(None), column.until > at)
    return connection.execute(select(column.role).where(column.account_id == account_id, in_force)).scalar()
