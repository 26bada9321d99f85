"""`pratique facilities`: who may vouch for records, entered by two people, suspended one at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
from cyclopts import App
from sqlalchemy import Connection

from pratique.authority.access import Account, Role
from pratique.authority.issuance import facilities as house
from pratique.authority.issuance import limits
from pratique.authority.issuance.facilities import Facility, Ground, Proposal
from pratique.authority.store import reading, writing
from pratique.cli import _files, _store
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import Database, Decider, Second
from pratique.cli._printing import json_line, out
from pratique.model.dates import format_instant

T = TypeVar("T")

LONGEST = 32 * 1024 * 1024
"""The whole world's facilities fit in."""

facilities = App(
    name="facilities",
    help="Enter who may vouch for records, by two people; suspend one without stopping others.",
    help_epilogue="""\
Examples:

  pratique facilities propose clinic.json --register register.json --account authority-1
  pratique facilities approve xa-clinic-7 --account authority-2
  pratique facilities operator xa-clinic-7 nurse-1 --account authority-1
  pratique facilities approve-operator nurse-1 --account authority-2
  pratique facilities deliver xa-clinic-7 LOT-42 500 --account authority-1 --second authority-2
  pratique facilities suspend xa-clinic-7 --ground stolen_access --account authority-1
  pratique facilities resume xa-clinic-7 --account authority-1 --second authority-2
  pratique facilities show --json | jq .state

clinic.json: {"facility_id": "xa-clinic-7", "name": "Clinic of the Harbour", "country": "XA",
"registered": "XA-0007", "scopes": ["vaccination", "test"], "zone": "Asia/Shanghai", "quota": 200, "events": 500}

The database is --database or PRATIQUE_DATABASE_URL, else sqlite:///records.db.

Exit codes: 0 done; 1 refused, or there are alarms; 3 a file, an option or the database cannot be used.
""",
)


@facilities.command
def propose(proposal: Path, /, *, register: Path, account: str, database: Database = None) -> Exit:
    """Propose a facility, or other terms for one that is there. Somebody else approves it.

    Parameters
    ----------
    proposal
        The JSON file that says what it is.
    register
        The register of health facilities: a JSON object of names by their numbers. What it does not have is refused.
    account
        Who proposes.
    """
    stated = _decoded(proposal, Proposal)
    names = _decoded(register, dict[str, str])
    with _deciding(account, database) as (connection, by):
        _told(house.propose(connection, stated, by, register=names, at=_now()))
    return Exit.DONE


@facilities.command
def approve(facility: str, /, *, account: str, database: Database = None) -> Exit:
    """Let what was proposed count; its first month is a probation.

    Parameters
    ----------
    facility
        Its id.
    account
        Who approves: somebody else than who proposed.
    """
    with _deciding(account, database) as (connection, by):
        _told(house.approve(connection, facility, by, at=_now()))
    return Exit.DONE


@facilities.command
def operator(
    facility: str, operator: str, /, *, account: str, laboratory: bool = False, database: Database = None
) -> Exit:
    """Propose somebody who asks for certificates on a facility's behalf.

    Parameters
    ----------
    facility
        Its id.
    operator
        The account of the operator.
    account
        Who proposes.
    laboratory
        It is an account of a laboratory; of a clinic if not given.
    """
    who = _store.account(operator, Role.LABORATORY if laboratory else Role.CLINIC, "OPERATOR")
    with _deciding(account, database) as (connection, by):
        found = house.propose_operator(connection, who, facility, by, at=_now())
        out(f"{found.account_id}: {found.state}, for {found.facility_id}")
    return Exit.DONE


@facilities.command
def approve_operator(operator: str, /, *, account: str, database: Database = None) -> Exit:
    """Let an operator begin.

    Parameters
    ----------
    operator
        The account of the operator.
    account
        Who approves: somebody else than who proposed.
    """
    with _deciding(account, database) as (connection, by):
        found = house.approve_operator(connection, operator, by, at=_now())
        out(f"{found.account_id}: {found.state}, for {found.facility_id}")
    return Exit.DONE


@facilities.command
def suspend(
    facility: str, /, *, account: Decider, ground: Ground, operator: str | None = None, database: Database = None
) -> Exit:
    """Stop a facility, or one operator of it, at once. All others go on.

    Parameters
    ----------
    facility
        Its id.
    ground
        Why.
    operator
        Stop this operator alone.
    """
    with _deciding(account, database) as (connection, by):
        if operator is None:
            _told(house.suspend(connection, facility, by, ground, at=_now()))
        else:
            found = house.suspend_operator(connection, operator, by, ground, at=_now())
            out(f"{found.account_id}: {found.state}, for {found.facility_id}")
    return Exit.DONE


@facilities.command
def resume(
    facility: str, /, *, account: Decider, second: Second, operator: str | None = None, database: Database = None
) -> Exit:
    """Let a suspended facility, or one operator of it, go on.

    Parameters
    ----------
    facility
        Its id.
    operator
        Let this operator go on.
    """
    other = _store.account(second, Role.HEALTH_AUTHORITY, "--second")
    with _deciding(account, database, other) as (connection, by):
        if operator is None:
            _told(house.resume(connection, facility, (by, other), at=_now()))
        else:
            found = house.resume_operator(connection, operator, (by, other), at=_now())
            out(f"{found.account_id}: {found.state}, for {found.facility_id}")
    return Exit.DONE


@facilities.command
def close(facility: str, /, *, account: Decider, database: Database = None) -> Exit:
    """End a facility for good. What it sent before stays good.

    Parameters
    ----------
    facility
        Its id.
    """
    with _deciding(account, database) as (connection, by):
        _told(house.close(connection, facility, by, at=_now()))
    return Exit.DONE


@facilities.command
def deliver(facility: str, lot: str, doses: int, /, *, account: str, second: Second, database: Database = None) -> Exit:
    """Enter doses that a facility received: it cannot have given more. Two people decide it.

    Parameters
    ----------
    facility
        Its id.
    lot
        The manufacturer's batch.
    doses
        How many.
    account
        Who enters it.
    """
    other = _store.account(second, Role.HEALTH_AUTHORITY, "--second")
    with _deciding(account, database, other) as (connection, by):
        out(f"{house.deliver(connection, facility, lot, doses, (by, other), at=_now())} doses of this lot by now")
    return Exit.DONE


@facilities.command
def show(facility: str | None = None, /, *, database: Database = None, json: bool = False) -> Exit:
    """Show facilities, their terms, and where they stand; of one every step as well.

    Parameters
    ----------
    facility
        Its id; all if not given.
    json
        Print one JSON object a facility, a line each.
    """
    with reading(_store.engine(database)) as connection:
        found = [house.facility(connection, facility)] if facility else house.facilities(connection).values()
        for each in found:
            steps = house.history(connection, each.facility_id) if facility else []
            if json:
                json_line(msgspec.to_builtins(each) | ({"steps": steps} if facility else {}))
            else:
                _told(each)
                for step in steps:
                    out(f"  {step.number}. {step.state} by {step.account_id}, {step.ground}")
    return Exit.DONE


@facilities.command
def alarms(*, days: int = 7, database: Database = None, json: bool = False) -> Exit:
    """Show which operators signed at night, or in a hurry.

    Parameters
    ----------
    days
        How far back; 7 if not given.
    json
        Print one JSON object an alarm, a line each.
    """
    if not 0 < days <= 366:
        raise UsageFault("--days is a number of days, from 1 to 366")
    with reading(_store.engine(database)) as connection:
        found = limits.alarms(connection, since=_now() - timedelta(days=days))
    for each in found:
        if json:
            json_line(each)
        else:
            out(f"{each.anomaly}: {each.account_id} of {each.facility_id}, {each.count} certificates")
    return Exit.REFUSED if found else Exit.DONE


def _now() -> datetime:
    return _files.instant(None, "--at")


@contextmanager
def _deciding(account: str, database: str | None, *others: Account) -> Iterator[tuple[Connection, Account]]:
    """One transaction of somebody of the health authority. Raises `UsageFault`, `AccessRefused`, `StoreFault`."""
    by = _store.account(account, Role.HEALTH_AUTHORITY)
    with writing(_store.engine(database)) as connection:
        _store.deciding(connection, by, *others)
        yield connection, by


def _decoded(path: Path, kind: type[T]) -> T:
    """A file of JSON. Raises `UsageFault` with the place that is wrong."""
    try:
        return msgspec.json.decode(_files.read(path, at_most=LONGEST), type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as fault:  # a facility's file is no person
        raise UsageFault(f"{path}: {fault}; `pratique facilities --help` shows the file") from fault


def _told(found: Facility) -> None:
    scopes = ", ".join(sorted(found.scopes))
    state = f"{found.state}, other terms wait" if found.pending and found.state != "proposed" else str(found.state)
    out(f"{found.facility_id}: {state}; {found.name}, {found.country}; {scopes}")
    until = found.probation_until
    probation = f", {found.quota_at(_now())} until {format_instant(until)}" if until and _now() < until else ""
    out(f"  {found.quota} certificates a day{probation}; {found.events} events of one day")
