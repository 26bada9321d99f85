"""Objections to a policy while it is under notice: anybody's, without an account, and an answer for everybody to read.

    published ─ notice: object ─► waits ─ answer ─► read by everybody; the words go a month later ─► start

How many there were is always told. What somebody wrote is sealed, and read by whoever answers.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection

from pratique.authority.access import Account, Act, may
from pratique.authority.store import Vault
from pratique.authority.store import objections as store
from pratique.authority.store.objections import Objection
from pratique.rules.policy import Policy

KEPT = timedelta(days=30)
"""The words of an objection, after it was answered: as long as a letter to support."""
LONGEST = 4000
"""Characters of an objection, and of an answer: two pages."""


MOST_A_DAY = 5_000
"""To one policy, by everybody together: a count that a program can drive up without end says nothing."""


def under_notice(policy: Policy, at: datetime) -> bool:
    """Whether the public was told of it, and it does not hold yet: the time in which one objects."""
    return not policy.historical and policy.published <= at < policy.start


def file(connection: Connection, vault: Vault, policy: Policy, words: str, *, language: str, at: datetime) -> None:
    """Take an objection. Raises `ValueError` for a policy that is not under notice, and for too few or many words."""
    if not under_notice(policy, at):
        raise ValueError("one objects to a policy under notice")
    if not 0 < len(words.strip()) <= LONGEST:
        raise ValueError(f"words: from 1 to {LONGEST} characters")
    filed = Objection(secrets.token_hex(16), policy.identifier, policy.version, language, int(at.timestamp()))
    store.write(connection, vault, filed, words.strip())


def many(connection: Connection, policy: Policy, *, at: datetime) -> bool:
    """Whether as many came within a day as are taken; counted in the database, whatever process took them."""
    since = int((at - timedelta(days=1)).timestamp())
    return store.since(connection, policy.identifier, moment=since) >= MOST_A_DAY


def waiting(connection: Connection, by: Account) -> list[Objection]:
    """Those without an answer, the oldest first, without a word of them. Raises `AccessRefused`."""
    may(by, Act.ANSWER)
    return store.waiting(connection)


def read(connection: Connection, vault: Vault, objection_id: str, by: Account) -> str | None:
    """What somebody wrote; None where there is no such objection. Raises `AccessRefused`."""
    may(by, Act.ANSWER)
    return store.words(connection, vault, objection_id)


def answer(connection: Connection, objection_id: str, words: str, *, by: Account, at: datetime) -> bool:
    """Answer one, in words that everybody reads; false where somebody was faster.

    Raises `AccessRefused`, and `ValueError` for too few or many words.
    """
    may(by, Act.ANSWER)
    if not 0 < len(words.strip()) <= LONGEST:
        raise ValueError(f"words: from 1 to {LONGEST} characters")
    return store.answer(connection, objection_id, words.strip(), by.account_id, moment=int(at.timestamp()))


def forget(connection: Connection, *, at: datetime) -> int:
    """Drop the words of what was answered long enough ago; how many. To be run every day."""
    return store.forget(connection, before=int((at - KEPT).timestamp()))
