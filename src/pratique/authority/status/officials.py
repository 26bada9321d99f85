"""Two officials of two offices: who they are is what the database says, never what a caller says."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from pratique.authority.access import Account, Role, find_account
from pratique.authority.store import status
from pratique.model.errors import AccessRefused, StatusRefused
from pratique.model.reasons import Reason

DAY = timedelta(hours=24)


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
