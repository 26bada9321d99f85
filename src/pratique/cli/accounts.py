"""`pratique accounts`: people who work here: let in by two where they read or decide, and out by one, at once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from cyclopts import App
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from pratique.authority.access import MAY, MAY_DECIDE, Account, Act, Role, both, enter, invitations, may
from pratique.authority.store import Vault, check_version, looks, open_store, people, reading, status, writing
from pratique.cli import _config, _files, _store
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import ConfigFile
from pratique.cli._printing import json_line, note, out
from pratique.config import Config
from pratique.model.dates import format_instant
from pratique.model.errors import AccessRefused
from pratique.model.reasons import Reason

TWO = frozenset(role for role in Role if MAY[role] or MAY_DECIDE.get(role)) - {Role.HOLDER}
"""Roles by which somebody's data is read, or something is decided: two people enter such an account."""

accounts = App(
    name="accounts",
    help="Let people who work here in, and out again: officials, desk officers, doors, auditors.",
    help_epilogue="""\
Examples:

  pratique accounts add wang-li --role health_authority --office north --name "Wang Li" --account anne --second bo
  pratique accounts invite wang-li --account anne
  pratique accounts end wang-li --account anne
  pratique accounts list --json
  pratique accounts alarms --days 7

Whoever enters an account is a health authority's official; of the first two, who enter each other, none is there yet.

Exit codes: 0 done; 1 refused, or there is such an account already, or none, or an alarm; 3 a file or the database
cannot be used.
""",
)
People = Literal["clinic", "laboratory", "enrolment", "health_authority", "staff", "auditor"]


@accounts.command
def add(
    account_id: str,
    /,
    *,
    role: People,
    name: str,
    account: str,
    second: str | None = None,
    office: str | None = None,
    config: ConfigFile = None,
) -> Exit:
    """Enter somebody's account. A clinic's and a laboratory's people are then operators (`pratique facilities`).

    Parameters
    ----------
    account_id
        What they are called wherever they look at something: given once, and for good.
    role
        What they may do.
    name
        Who it is, for people.
    account
        The official who enters it.
    second
        The official who agrees: for every role that reads somebody's data, or decides.
    office
        Of a health official: two offices set a code by hand, and a third decides appeals.
    """
    new, at = _store.account(account_id, Role(role), "ACCOUNT-ID"), datetime.now(UTC)
    if office is not None and new.role is not Role.HEALTH_AUTHORITY:
        raise UsageFault("--office is for the health authority's officials")
    engine, _ = _opened(config)
    try:
        with writing(engine) as connection:
            _check(connection, new, account, second, at)
            enter(connection, new, _files.line(name, "--name"), at=at)
            if office is not None:
                status.enter_official(connection, account_id, _files.line(office, "--office"), at=int(at.timestamp()))
    except IntegrityError:
        out(f"{account_id}: there is an account of this name already, and names are given once")
        return Exit.REFUSED
    out(f"{account_id}: entered as {role}")
    note(f"Next: pratique accounts invite {account_id} --account {account}")
    return Exit.DONE


@accounts.command
def invite(account_id: str, /, *, account: str, config: ConfigFile = None) -> Exit:
    """Print a code with which somebody makes their first passkey, or another after all were lost; good for three days.

    Parameters
    ----------
    account_id
        Whose account it is: give them the code in person.
    account
        The official who does so.
    """
    engine, settings = _opened(config)
    vault, at = Vault.read(settings.vault), datetime.now(UTC)
    with reading(engine) as connection:
        people.check_vault(connection, vault)
        _store.official(connection, account, at, "--account")
    try:
        out(invitations.invite(engine, vault, account_id, made_by=account, at=at))
    except LookupError:
        note(f"{account_id}: no account of this name is in force")
        return Exit.REFUSED
    where = f"{settings.desk.rstrip('/')}/en/invitation" if settings.desk else "the desk's pages: set `desk`"
    note(f"For {account_id}, at {where}")
    return Exit.DONE


@accounts.command
def end(account_id: str, /, *, account: str, config: ConfigFile = None) -> Exit:
    """Let somebody in no more, from now on: their next page is the sign-in.

    Parameters
    ----------
    account_id
        Whose account it is.
    account
        The official who ends it.
    """
    engine, _ = _opened(config)
    at = datetime.now(UTC)
    with writing(engine) as connection:
        may(_store.official(connection, account, at, "--account"), Act.SUSPEND)
        done = looks.end_account(connection, account_id, at=int(at.timestamp()))
    out(f"{account_id}: is let in no more" if done else f"{account_id}: no account of this name is in force")
    return Exit.DONE if done else Exit.REFUSED


@accounts.command(name="list")
def every(*, json: bool = False, config: ConfigFile = None) -> Exit:
    """Show every account that is, or was, in force; programs among them.

    Parameters
    ----------
    json
        Print one JSON object an account.
    """
    engine, _ = _opened(config)
    now = int(datetime.now(UTC).timestamp())
    with reading(engine) as connection:
        found = [(*row, status.office_of(connection, row[0], at=now)) for row in looks.accounts(connection)]
    for account_id, role, name, until, office in found:
        ended = None if until is None else format_instant(datetime.fromtimestamp(until, UTC))
        if json:
            json_line({"account": account_id, "role": role, "name": name, "office": office, "ended": ended})
        else:
            told = (f"  {office}" if office else "", f"  ended {ended}" if ended else "")
            out(f"{account_id}  {role}  {name}", *told)
    return Exit.DONE


@accounts.command
def alarms(*, days: int = 1, json: bool = False, config: ConfigFile = None) -> Exit:
    """Show which accounts were refused a look at somebody: their role may not, or they looked at too many people.

    Parameters
    ----------
    days
        How far back; 1 if not given.
    json
        Print one JSON object an account.
    """
    if not 0 < days <= 366:
        raise UsageFault("--days is a number of days, from 1 to 366")
    engine, _ = _opened(config)
    with reading(engine) as connection:
        found = looks.alarms(connection, since=int((datetime.now(UTC) - timedelta(days=days)).timestamp()))
    for account_id, count in found.items():
        if json:
            json_line({"account": account_id, "refused": count})
        else:
            out(f"{account_id}: refused {count} looks")
    return Exit.REFUSED if found else Exit.DONE


def _check(connection: Connection, new: Account, first: str, second: str | None, at: datetime) -> None:
    """Whether these people may enter it. Raises `AccessRefused`, `UsageFault`."""
    if new.role in TWO and second is None:
        raise UsageFault("--second: an account of this role is entered by two people")
    if second is not None and (first == second or new.account_id in (first, second)) and not _first(connection, at):
        raise AccessRefused(Reason.ACCESS_SECOND_PERSON, detail=f"{Act.ONBOARD}")
    if new.role is Role.HEALTH_AUTHORITY and _first(connection, at):
        return
    official = _store.official(connection, first, at, "--account")
    may(official, Act.ONBOARD)
    if second is not None:
        both(official, _store.official(connection, second, at, "--second"), Act.ONBOARD)


def _first(connection: Connection, at: datetime) -> bool:
    """Whether there are not yet two officials who could agree."""
    now = int(at.timestamp())
    in_force = [row for row in looks.accounts(connection) if row[3] is None or row[3] > now]
    return sum(row[1] == Role.HEALTH_AUTHORITY for row in in_force) < 2


def _opened(config: Path | None) -> tuple[Engine, Config]:
    settings = _config.load(_config.find(config))
    engine = open_store(settings.database_url, pooled=False)
    check_version(engine)
    return engine, settings
