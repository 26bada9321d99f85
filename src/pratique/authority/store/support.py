"""What people wrote to support, and what they were answered: sealed, and gone once it is settled and old."""

from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy import Connection, delete, exists, func, insert, select

from pratique.authority.store.issuance_tables import support, support_step
from pratique.authority.store.vault import Vault


class Ticket(Struct, frozen=True):
    """What a person wrote, when, about what, in which language; `support_id` is a hash of the number they have."""

    support_id: str
    topic: str
    language: str
    moment: int


class Step(Struct, frozen=True):
    """Where a ticket got to, and what was answered; `account_id` is empty for the person themselves."""

    number: int
    state: str
    account_id: str
    words: str | None
    moment: int


def write(connection: Connection, vault: Vault, ticket: Ticket, words: str) -> None:
    """Enter what somebody wrote."""
    row = {name: getattr(ticket, name) for name in Ticket.__struct_fields__}
    row["words"] = vault.seal(words.encode(), f"support.words:{ticket.support_id}")
    connection.execute(insert(support).values(row))


def find(connection: Connection, support_id: str) -> Ticket | None:
    """A ticket without its words, or None."""
    column = support.c
    row = connection.execute(
        select(column.support_id, column.topic, column.language, column.moment).where(column.support_id == support_id)
    ).one_or_none()
    return None if row is None else Ticket(*row)


def words(connection: Connection, vault: Vault, support_id: str) -> str:
    """What the person wrote."""
    sealed = connection.execute(select(support.c.words).where(support.c.support_id == support_id)).scalar_one()
    return vault.open(sealed, f"support.words:{support_id}").decode()


def step(connection: Connection, vault: Vault, support_id: str, taken: Step) -> None:
    """Enter the next step; its number is given."""
    place = f"support_step.words:{support_id}:{taken.number}"
    sealed = None if taken.words is None else vault.seal(taken.words.encode(), place)
    row = {"support_id": support_id, "number": taken.number, "state": taken.state, "account_id": taken.account_id}
    connection.execute(insert(support_step).values(row | {"words": sealed, "moment": taken.moment}))


def steps(connection: Connection, vault: Vault, support_id: str) -> list[Step]:
    """Every step of a ticket, in their order."""
    rows = connection.execute(
        select(support_step).where(support_step.c.support_id == support_id).order_by(support_step.c.number)
    )
    found = []
    for row in rows:
        place = f"support_step.words:{support_id}:{row.number}"
        said = None if row.words is None else vault.open(row.words, place).decode()
        found.append(Step(row.number, row.state, row.account_id, said, row.moment))
    return found


def open_tickets(connection: Connection, settled: str) -> list[Ticket]:
    """Tickets that are not settled, the oldest first."""
    done = exists().where(support_step.c.support_id == support.c.support_id, support_step.c.state == settled)
    column = support.c
    waiting = select(column.support_id, column.topic, column.language, column.moment).where(~done)
    return [Ticket(*row) for row in connection.execute(waiting.order_by(column.moment))]


def forget(connection: Connection, settled: str, *, before: int) -> int:
    """Delete tickets that were settled before an instant; how many there were."""
    old = select(support_step.c.support_id).where(support_step.c.state == settled)
    old = old.group_by(support_step.c.support_id).having(func.max(support_step.c.moment) < before)
    gone: Iterable[str] = list(connection.execute(old).scalars())
    for table in (support_step, support):
        connection.execute(delete(table).where(table.c.support_id.in_(gone)))
    return len(list(gone))
