"""Requests for help: what somebody wrote, and what was answered. Only their number leads to them, and only its hash is
kept: whoever has the database alone finds no request by a number, and reads none.
"""

from enum import StrEnum

from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, select

from pratique.authority.store.api_tables import help_request, help_step
from pratique.authority.store.vault import Vault


class Topic(StrEnum):
    """What a request is about."""

    SIGN_UP = "sign_up"
    RECORD = "record"
    CERTIFICATE = "certificate"
    BORDER = "border"
    OTHER = "other"


class State(StrEnum):
    """How far it has come."""

    RECEIVED = "received"
    IN_WORK = "in_work"
    ANSWERED = "answered"
    CLOSED = "closed"


class Step(Struct, frozen=True):
    """One step of a request; `moment` in seconds since 1970."""

    state: State
    moment: int
    words: str | None


class Asked(Struct, frozen=True):
    """A request as the desk reads it: its id is no way to its status page."""

    request_id: str
    topic: Topic
    message: str
    contact: str | None
    opened: int
    steps: tuple[Step, ...]


def request_id(vault: Vault, number: str) -> str:
    """Under what a request of this number is kept."""
    return vault.hash("help request", number)[:16].hex()


def ask(
    connection: Connection, vault: Vault, key: str, *, topic: Topic, message: str, contact: str | None, at: int
) -> None:
    """Keep a request under its id, which `request_id` makes of the number that its writer was given."""
    row: dict[str, object] = {
        "request_id": key,
        "topic": topic.value,
        "message": _sealed(vault, "request.message", key, message),
        "contact": None if contact is None else _sealed(vault, "request.contact", key, contact),
        "opened": at,
    }
    connection.execute(insert(help_request).values(row))
    _step(connection, key, 1, State.RECEIVED, sealed=None, account_id="", at=at)


def answer(
    connection: Connection, vault: Vault, key: str, state: State, *, words: str | None, account_id: str, at: int
) -> bool:
    """Take a request one step further; whether there is such a request."""
    column = help_step.c
    last = connection.execute(select(func.max(column.number)).where(column.request_id == key)).scalar()
    if last is None:
        return False
    sealed = None if words is None else _sealed(vault, f"step.{last + 1}", key, words)
    _step(connection, key, last + 1, state, sealed=sealed, account_id=account_id, at=at)
    return True


def steps(connection: Connection, vault: Vault, key: str) -> tuple[Step, ...]:
    """What became of it, the first step first; none where there is no such request."""
    column = help_step.c
    rows = connection.execute(select(help_step).where(column.request_id == key).order_by(column.number))
    return tuple(
        Step(State(row.state), row.moment, _opened(vault, f"step.{row.number}", key, row.words)) for row in rows
    )


def waiting(connection: Connection, vault: Vault, *, at_most: int = 100) -> tuple[Asked, ...]:
    """The requests that are not closed, the oldest first."""
    done = select(help_step.c.request_id).where(help_step.c.state == State.CLOSED.value)
    wanted = select(help_request).where(help_request.c.request_id.not_in(done)).order_by(help_request.c.opened)
    return tuple(
        Asked(
            row.request_id,
            Topic(row.topic),
            _opened(vault, "request.message", row.request_id, row.message) or "",
            _opened(vault, "request.contact", row.request_id, row.contact),
            row.opened,
            steps(connection, vault, row.request_id),
        )
        for row in connection.execute(wanted.limit(at_most))
    )


def forget(connection: Connection, *, before: int) -> int:
    """Drop requests that were opened before; how many there were."""
    old = select(help_request.c.request_id).where(help_request.c.opened < before)
    connection.execute(delete(help_step).where(help_step.c.request_id.in_(old)))
    return connection.execute(delete(help_request).where(help_request.c.opened < before)).rowcount


def _step(
    connection: Connection, key: str, number: int, state: State, *, sealed: bytes | None, account_id: str, at: int
) -> None:
    row = {"request_id": key, "number": number, "state": state.value, "words": sealed, "moment": at}
    connection.execute(insert(help_step).values(row | {"account_id": account_id}))


def _sealed(vault: Vault, what: str, key: str, text: str) -> bytes:
    return vault.seal(text.encode(), f"help.{what}:{key}")


def _opened(vault: Vault, what: str, key: str, sealed: bytes | None) -> str | None:
    return None if sealed is None else vault.open(sealed, f"help.{what}:{key}").decode()
