"""Two officials of two offices: who they are is what the database says, never what a caller says."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from pratique.authority.access import Account, Role, find_account
from pratique.authority.store import Vault, reading, status
from pratique.authority.store.status import Proposal, Waits
from pratique.model.errors import AccessRefused, StatusRefused
from pratique.model.reasons import Reason
from pratique.rules.policy import Cause

DAY = timedelta(hours=24)
ANSWERED = timedelta(hours=24)
"""How long a proposal waits for the second official; then it lapses by itself."""


def office(connection: Connection, account: Account, *, at: datetime) -> str:
    """The office of a health official in force. Raises `AccessRefused` (ACCESS_ROLE) for anybody else."""
    known = find_account(connection, account.account_id, at=at)
    found = status.office_of(connection, account.account_id, at=int(at.timestamp()))
    if known != account or account.role is not Role.HEALTH_AUTHORITY or found is None:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="a health official of an office")
    return found


def two_offices(connection: Connection, first: Account, second: Account, *, at: datetime) -> tuple[str, str]:
    """The offices of two officials. Raises `AccessRefused`, and `StatusRefused` (STATUS_OFFICES) for one office."""
    offices = office(connection, first, at=at), office(connection, second, at=at)
    if first.account_id == second.account_id or offices[0] == offices[1]:
        raise StatusRefused(Reason.STATUS_OFFICES)
    return offices


def answered(
    connection: Connection,
    vault: Vault,
    second: Account,
    person_id: str,
    proposal_id: str,
    *,
    causes: Collection[Cause],
    at: datetime,
) -> tuple[Proposal, tuple[str, str]]:
    """What the second answers, and the offices: of whoever proposed it, as it is now, and of the second.

    Raises `AccessRefused`, `StatusRefused` (STATUS_EVIDENCE, STATUS_OFFICES).
    """
    office(connection, second, at=at)
    found = proposed(connection, vault, person_id, proposal_id, causes, at=at)
    return found, two_offices(connection, Account(found.proposed_by, second.role), second, at=at)


def waiting(engine: Engine, desk: Account, causes: Collection[Cause], *, at: datetime) -> tuple[Waits, ...]:
    """What waits for a second official, one's own included, the oldest first: nothing of anybody but that it waits.

    Raises `AccessRefused`.
    """
    with reading(engine) as connection:
        office(connection, desk, at=at)
        return status.waiting(connection, causes, since=int((at - ANSWERED).timestamp()))


def proposed(
    connection: Connection, vault: Vault, person_id: str, proposal_id: str, causes: Collection[Cause], *, at: datetime
) -> Proposal:
    """What was proposed for a person. Raises `StatusRefused` (STATUS_EVIDENCE) for none, or one of a day and more."""
    found = status.proposal(connection, vault, person_id, proposal_id)
    age = int(at.timestamp()) - found.moment if found is not None else -1
    if found is None or found.cause not in causes or not 0 <= age < ANSWERED.total_seconds():
        raise StatusRefused(Reason.STATUS_EVIDENCE, detail="no such proposal waits")
    return found
