"""Help, in private: a person writes, gets a number that nobody can guess, and sees by it where the matter stands.

What was written is sealed, and read by whoever answers. The number is kept as a keyed hash, so that a copy of the
database opens nobody's matter. A month after it was settled it is gone.
"""

import secrets
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import Connection

from pratique.authority.access import Account, Act, may
from pratique.authority.store import Vault
from pratique.authority.store import support as store
from pratique.authority.store.support import Step, Ticket

KEPT = timedelta(days=30)
"""After it was settled."""
LONGEST = 4000
"""Characters: two pages."""
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Of a number: none that is read as another, and no word."""
_GROUPS, _GROUP = 4, 5
"""Twenty letters of thirty: 98 bits."""


class Topic(StrEnum):
    """What it is about."""

    CERTIFICATE = "certificate"
    RECORD = "record"
    NAME = "name"
    SIGN_UP = "sign_up"
    LEAK = "leak"
    OTHER = "other"


class State(StrEnum):
    """Where it stands."""

    RECEIVED = "received"
    ANSWERED = "answered"
    MORE_NEEDED = "more_needed"
    SETTLED = "settled"


class Said(Struct, frozen=True):
    """One step as the person sees it: no name of whoever answered."""

    state: State
    moment: datetime
    words: str | None


class Matter(Struct, frozen=True):
    """What a person sees under their number."""

    topic: Topic
    language: str
    opened: datetime
    said: tuple[Said, ...]

    @property
    def state(self) -> State:
        """Where it stands now."""
        return self.said[-1].state


def write(connection: Connection, vault: Vault, topic: Topic, words: str, *, language: str, at: datetime) -> str:
    """Take what a person wrote, and return the number by which they, and nobody else, see what becomes of it.

    Raises `ValueError` for no words, or more than `LONGEST` characters.
    """
    if not 0 < len(words.strip()) <= LONGEST:
        raise ValueError(f"words: from 1 to {LONGEST} characters")
    number = "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    moment, key = int(at.timestamp()), _key(vault, number)
    store.write(connection, vault, Ticket(key, topic, language, moment), words.strip())
    store.step(connection, vault, key, Step(1, State.RECEIVED, "", None, moment))
    return number


def status(connection: Connection, vault: Vault, number: str) -> Matter | None:
    """Where a matter stands, by its number, however it was typed; None for any other, told in no other way."""
    ticket = next(filter(None, (store.find(connection, key) for key in _keys(vault, number))), None)
    if ticket is None:
        return None
    said = tuple(
        Said(State(step.state), datetime.fromtimestamp(step.moment, UTC), step.words)
        for step in store.steps(connection, vault, ticket.support_id)
    )
    return Matter(Topic(ticket.topic), ticket.language, datetime.fromtimestamp(ticket.moment, UTC), said)


def waiting(connection: Connection, by: Account) -> list[Ticket]:
    """What is not settled, the oldest first, without a word of it. Raises `AccessRefused`."""
    may(by, Act.ANSWER)
    return store.open_tickets(connection, State.SETTLED)


def read(connection: Connection, vault: Vault, support_id: str, by: Account) -> str | None:
    """What the person wrote; None for an id that nobody has. Raises `AccessRefused`."""
    may(by, Act.ANSWER)
    return None if store.find(connection, support_id) is None else store.words(connection, vault, support_id)


def answer(
    connection: Connection,
    vault: Vault,
    support_id: str,
    state: State,
    *,
    words: str | None,
    by: Account,
    at: datetime,
) -> None:
    """Answer, ask for more, or settle. Raises `AccessRefused`, and `LookupError` for an id that nobody has."""
    may(by, Act.ANSWER)
    steps = store.steps(connection, vault, support_id)
    if not steps:
        raise LookupError("no such matter")
    store.step(connection, vault, support_id, Step(len(steps) + 1, state, by.account_id, words, int(at.timestamp())))


def forget(connection: Connection, *, at: datetime) -> int:
    """Delete what was settled long enough ago; how many matters that were. To be run every day."""
    return store.forget(connection, State.SETTLED, before=int((at - KEPT).timestamp()))


def _key(vault: Vault, number: str) -> str:
    return vault.hash("support", _bare(number)).hex()


def _keys(vault: Vault, number: str) -> list[str]:
    return [each.hex() for each in vault.hashes("support", _bare(number))]


def _bare(number: str) -> str:
    """The number without what people put between its letters."""
    return "".join(letter for letter in number.upper() if letter.isalnum())
