"""Facilities and their operators: entered by two people, narrow, on probation first, and stopped one at a time.

    propose ─ (another account) approve ─► ACTIVE ─ suspend (one person) ─► SUSPENDED ─ resume (two) ─► ACTIVE
                                              └─ propose again: other terms, which count once they are approved

A facility has the id that its records have as their source, so that everything it ever vouched for is found by it.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import Connection

from pratique.authority.access import Account, Act, Role, both, may
from pratique.authority.store import facilities as store
from pratique.authority.store.facilities import FACILITY, OPERATOR, Step, Terms
from pratique.model.countries import is_country
from pratique.model.errors import AccessRefused, FacilityRefused
from pratique.model.reasons import Reason

PROBATION = timedelta(days=30)
"""From the first approval on. The false pharmacy of 2021 was found after weeks."""
PROBATION_QUOTA = 20
"""Certificates a day on the records of a facility that nobody knows yet: a real one has few returning travellers."""
MOST = 100_000
"""The largest quota that can be asked for: more a day than any hospital's."""

_ID = re.compile(r"[a-z0-9][a-z0-9-]{2,63}")
_REGISTERED = re.compile(r"[A-Z0-9][A-Z0-9./-]{3,63}")
_LOT = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]{0,63}")


class Scope(StrEnum):
    """The kinds of record that a facility may vouch for."""

    VACCINATION = "vaccination"
    TEST = "test"
    RECOVERY = "recovery"
    EXEMPTION = "exemption"


class State(StrEnum):
    """Where a facility or an operator stands. Only an active one vouches."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class Ground(StrEnum):
    """Why a step was taken. A closed list."""

    ONBOARDING = "onboarding"
    FALSE_RECORDS = "false_records"
    STOLEN_ACCESS = "stolen_access"
    ANOMALY = "anomaly"
    LICENCE = "licence"
    CLEARED = "cleared"
    ENDED = "ended"


class Proposal(Struct, frozen=True, forbid_unknown_fields=True):
    """As what a facility is to be entered."""

    facility_id: str
    """Small letters, digits and hyphens; the source id of its records."""
    name: str
    country: str
    registered: str
    """Its number in the register of health facilities."""
    scopes: frozenset[Scope]
    zone: str
    """Its time zone (`Asia/Shanghai`): by it a night is a night."""
    quota: int = 200
    """Certificates a day that may rest on its records."""
    events: int = 500
    """Doses, or samples, of one day that certificates may tell of."""
    lots: bool = True
    """Whether its doses are counted against what was delivered to it; not for a registry of others' records."""


class Facility(Struct, frozen=True):
    """A facility by its approved terms (those first proposed, while none are), and where it stands."""

    facility_id: str
    name: str
    country: str
    registered: str
    scopes: frozenset[Scope]
    zone: str
    state: State
    quota: int
    events: int
    lots: bool
    probation_until: datetime | None
    """None before it was approved."""
    pending: bool
    """Whether terms wait for a second person."""
    ended: datetime | None = None
    """When it was closed: what it sent before is vouched for."""

    def quota_at(self, at: datetime) -> int:
        """Certificates a day, fewer on probation."""
        on_probation = self.probation_until is not None and at < self.probation_until
        return min(self.quota, PROBATION_QUOTA) if on_probation else self.quota


class Operator(Struct, frozen=True):
    """Somebody who asks for certificates on a facility's behalf."""

    account_id: str
    facility_id: str
    state: State


class _Standing(Struct):
    state: State = State.PROPOSED
    terms: int | None = None
    pending: int | None = None
    proposer: str = ""
    since: int | None = None
    ended: int | None = None


def _stand(steps: Iterable[Step]) -> _Standing:
    """Where steps lead to."""
    found = _Standing()
    for step in steps:
        match step.state:
            case "proposed":
                found.pending, found.proposer = step.number, step.account_id
            case "approved":
                found.terms, found.pending = found.pending, None
                found.state = State.ACTIVE if found.state is State.PROPOSED else found.state
                found.since = step.moment if found.since is None else found.since
            case "turned_down":
                found.pending = None
            case "resumed":
                found.state = State.ACTIVE
            case "closed":  # and what was proposed of it comes to nothing
                found.state, found.ended, found.pending = State.CLOSED, step.moment, None
            case _:
                found.state = State.SUSPENDED
    return found


# entering


def propose(
    connection: Connection, proposal: Proposal, by: Account, *, register: Mapping[str, str], at: datetime
) -> Facility:
    """Propose a facility, or other terms for one. `register` is the register of health facilities: names by number.

    Raises `AccessRefused`, and `FacilityRefused`: FACILITY_IDENTIFIER naming the field, or where the register has
    another name or none under the number; FACILITY_STEP while a proposal waits, or for a facility that was closed.
    """
    may(by, Act.ONBOARD)
    _check(proposal, register)
    number = _next(connection, FACILITY, proposal.facility_id, by, at=at)
    scopes = " ".join(sorted(proposal.scopes))
    store.propose(
        connection,
        Terms(
            proposal.facility_id, number, proposal.name, proposal.country, proposal.registered, scopes, proposal.zone,
            proposal.quota, proposal.events, int(proposal.lots),
        ),
    )  # fmt: skip
    return facility(connection, proposal.facility_id)


def _check(proposal: Proposal, register: Mapping[str, str]) -> None:
    wrong = {
        "facility_id": not _ID.fullmatch(proposal.facility_id),
        "name": not proposal.name.strip() or not proposal.name.isprintable() or len(proposal.name) > 80,
        "country": not is_country(proposal.country),
        "registered": not _REGISTERED.fullmatch(proposal.registered),
        "scopes": not proposal.scopes,
        "zone": not _is_zone(proposal.zone),
        "quota": not 0 < proposal.quota <= MOST,
        "events": not 0 < proposal.events <= MOST,
    }
    if places := [field for field, is_wrong in wrong.items() if is_wrong]:
        raise FacilityRefused(Reason.FACILITY_IDENTIFIER, detail=", ".join(places))
    if register.get(proposal.registered, "").casefold() != proposal.name.casefold():
        detail = "registered: the register has not this name under this number"
        raise FacilityRefused(Reason.FACILITY_IDENTIFIER, detail=detail)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, LookupError, OSError):  # a name of nothing, of a path, of a folder
        return False
    return True


def _next(connection: Connection, kind: str, of_id: str, by: Account, *, at: datetime) -> int:
    """Enter a proposal and return its number. Raises `FacilityRefused` (FACILITY_STEP)."""
    steps = store.steps(connection, kind, [of_id])[of_id]
    stands = _stand(steps)
    if stands.pending is not None or stands.state is State.CLOSED:
        raise FacilityRefused(Reason.FACILITY_STEP, detail=f"{kind}: a proposal waits, or it was closed")
    number = len(steps) + 1
    moment = int(at.timestamp())
    store.step(connection, Step(kind, of_id, number, "proposed", by.account_id, Ground.ONBOARDING, moment))
    return number


def approve(connection: Connection, facility_id: str, by: Account, *, at: datetime) -> Facility:
    """Let the proposed terms count: somebody else than the proposer. Raises `AccessRefused`, `FacilityRefused`."""
    _approve(connection, FACILITY, facility_id, by, at)
    return facility(connection, facility_id)


def _approve(connection: Connection, kind: str, of_id: str, by: Account, at: datetime) -> None:
    may(by, Act.ONBOARD)
    steps = _steps(connection, kind, of_id)
    stands = _stand(steps)
    if stands.pending is None:
        raise FacilityRefused(Reason.FACILITY_STEP, detail=f"{kind}: nothing was proposed")
    if stands.proposer == by.account_id:
        raise AccessRefused(Reason.ACCESS_SECOND_PERSON, detail=f"{kind}: whoever proposed does not approve")
    _step(connection, steps, "approved", by=by, ground=Ground.ONBOARDING, at=at)


def turn_down(connection: Connection, facility_id: str, by: Account, *, at: datetime) -> Facility:
    """Let proposed terms never count: anybody, whoever proposed them included. Raises as `approve`."""
    may(by, Act.ONBOARD)
    steps = _steps(connection, FACILITY, facility_id)
    if _stand(steps).pending is None:
        raise FacilityRefused(Reason.FACILITY_STEP, detail=f"{FACILITY}: nothing was proposed")
    _step(connection, steps, "turned_down", by=by, ground=Ground.ONBOARDING, at=at)
    return facility(connection, facility_id)


def propose_operator(
    connection: Connection, account: Account, facility_id: str, by: Account, *, at: datetime
) -> Operator:
    """Propose somebody who works for a facility, with an account of a clinic or laboratory. Raises as `propose`."""
    may(by, Act.ONBOARD)
    if account.role not in (Role.CLINIC, Role.LABORATORY):
        raise FacilityRefused(Reason.FACILITY_IDENTIFIER, detail="operator: not an account of a clinic or laboratory")
    facility(connection, facility_id)
    already = store.facility_of(connection, account.account_id)
    if already is None:
        store.enter_operator(connection, account.account_id, facility_id)
    elif already != facility_id:
        raise FacilityRefused(Reason.FACILITY_STEP, detail="operator: an account works for one facility")
    _next(connection, OPERATOR, account.account_id, by, at=at)
    return operator(connection, account.account_id)


def approve_operator(connection: Connection, account_id: str, by: Account, *, at: datetime) -> Operator:
    """Let the operator begin: somebody else than the proposer. Raises `AccessRefused`, `FacilityRefused`."""
    _approve(connection, OPERATOR, account_id, by, at)
    return operator(connection, account_id)


# stopping one of them


def suspend(connection: Connection, facility_id: str, by: Account, ground: Ground, *, at: datetime) -> Facility:
    """Stop one facility, at once; all others go on. Raises `AccessRefused`, `FacilityRefused`."""
    _stop(connection, FACILITY, facility_id, "suspended", by=by, ground=ground, at=at)
    return facility(connection, facility_id)


def suspend_operator(connection: Connection, account_id: str, by: Account, ground: Ground, *, at: datetime) -> Operator:
    """Stop one operator, at once; the facility goes on. Raises `AccessRefused`, `FacilityRefused`."""
    _stop(connection, OPERATOR, account_id, "suspended", by=by, ground=ground, at=at)
    return operator(connection, account_id)


def close(connection: Connection, facility_id: str, by: Account, *, at: datetime) -> Facility:
    """End a facility for good. What it sent before stays good: a suspended one is not closed, it is recalled.

    Raises `AccessRefused`, `FacilityRefused`.
    """
    if facility(connection, facility_id).state is State.SUSPENDED:
        raise FacilityRefused(Reason.FACILITY_STEP, detail="facility: it is suspended, and not closed in honour")
    _stop(connection, FACILITY, facility_id, "closed", by=by, ground=Ground.ENDED, at=at)
    return facility(connection, facility_id)


def _stop(
    connection: Connection, kind: str, of_id: str, state: str, *, by: Account, ground: Ground, at: datetime
) -> None:
    may(by, Act.SUSPEND)
    steps = _steps(connection, kind, of_id)
    if _stand(steps).state in (State.CLOSED, state):
        raise FacilityRefused(Reason.FACILITY_STEP, detail=f"{kind}: it is {state} already, or closed")
    _step(connection, steps, state, by=by, ground=ground, at=at)


def resume(connection: Connection, facility_id: str, by: tuple[Account, Account], *, at: datetime) -> Facility:
    """Let a suspended facility go on: two people. Raises `AccessRefused`, `FacilityRefused`."""
    _resume(connection, FACILITY, facility_id, by, at)
    return facility(connection, facility_id)


def resume_operator(connection: Connection, account_id: str, by: tuple[Account, Account], *, at: datetime) -> Operator:
    """Let a suspended operator go on: two people. Raises `AccessRefused`, `FacilityRefused`."""
    _resume(connection, OPERATOR, account_id, by, at)
    return operator(connection, account_id)


def _resume(connection: Connection, kind: str, of_id: str, by: tuple[Account, Account], at: datetime) -> None:
    both(*by, Act.ONBOARD)
    steps = _steps(connection, kind, of_id)
    stands = _stand(steps)
    if stands.state is not State.SUSPENDED or stands.terms is None:
        raise FacilityRefused(Reason.FACILITY_STEP, detail=f"{kind}: it is not suspended, or was never approved")
    for one in by:
        _step(connection, steps, "resumed", by=one, ground=Ground.CLEARED, at=at)
        steps = _steps(connection, kind, of_id)


def _steps(connection: Connection, kind: str, of_id: str) -> list[Step]:
    steps = store.steps(connection, kind, [of_id])[of_id]
    if not steps:
        raise FacilityRefused(Reason.FACILITY_UNKNOWN, detail=kind)
    return steps


def _step(connection: Connection, steps: list[Step], state: str, *, by: Account, ground: Ground, at: datetime) -> None:
    last, moment = steps[-1], int(at.timestamp())
    store.step(connection, Step(last.kind, last.of_id, last.number + 1, state, by.account_id, ground, moment))


# looking


def facility(connection: Connection, facility_id: str) -> Facility:
    """One facility. Raises `FacilityRefused` (FACILITY_UNKNOWN)."""
    found = facilities(connection, [facility_id])
    if not found:
        raise FacilityRefused(Reason.FACILITY_UNKNOWN, detail=FACILITY)
    return found[facility_id]


def facilities(connection: Connection, ids: Iterable[str] | None = None) -> dict[str, Facility]:
    """Facilities by their ids, all if none are named; those that nobody knows are left out."""
    wanted = store.everywhere(connection) if ids is None else list(ids)
    terms = store.terms(connection, wanted)
    found = {}
    for each, steps in store.steps(connection, FACILITY, wanted).items():
        if steps:
            stands = _stand(steps)
            number = stands.terms if stands.terms is not None else stands.pending
            found[each] = _facility(terms[each, number or 1], stands)
    return found


def _facility(terms: Terms, stands: _Standing) -> Facility:
    since, ended = (
        None if moment is None else datetime.fromtimestamp(moment, UTC) for moment in (stands.since, stands.ended)
    )
    return Facility(
        facility_id=terms.facility_id,
        name=terms.name,
        country=terms.country,
        registered=terms.registered,
        scopes=frozenset(map(Scope, terms.scopes.split())),
        zone=terms.zone,
        state=stands.state,
        quota=terms.quota,
        events=terms.events,
        lots=bool(terms.lots),
        probation_until=None if since is None else since + PROBATION,
        pending=stands.pending is not None,
        ended=ended,
    )


def proposed(connection: Connection, facility_id: str) -> tuple[Facility, str] | None:
    """The terms that wait for a second person, as if they counted, and who proposed them; None where none wait."""
    stands = _stand(store.steps(connection, FACILITY, [facility_id])[facility_id])
    if stands.pending is None:
        return None
    return _facility(store.terms(connection, [facility_id])[facility_id, stands.pending], stands), stands.proposer


def waiting(connection: Connection) -> tuple[Step, ...]:
    """Terms that wait for a second person, each as the step by which it was proposed, the oldest first."""
    found = []
    for steps in store.steps(connection, FACILITY, store.everywhere(connection)).values():
        pending = _stand(steps).pending
        found += [step for step in steps if step.number == pending]
    return tuple(sorted(found, key=lambda step: step.moment))


def operators(connection: Connection, facility_id: str) -> tuple[Operator, ...]:
    """Everybody who asks on a facility's behalf, or did."""
    return tuple(operator(connection, each) for each in sorted(store.operators(connection, facility_id)))


def operator(connection: Connection, account_id: str) -> Operator:
    """One operator. Raises `FacilityRefused` (FACILITY_UNKNOWN)."""
    facility_id = store.facility_of(connection, account_id)
    if facility_id is None:
        raise FacilityRefused(Reason.FACILITY_UNKNOWN, detail=OPERATOR)
    stands = _stand(store.steps(connection, OPERATOR, [account_id])[account_id])
    return Operator(account_id, facility_id, stands.state)


def history(connection: Connection, facility_id: str) -> list[Step]:
    """Every step of a facility, the first one first. Raises `FacilityRefused` (FACILITY_UNKNOWN)."""
    return _steps(connection, FACILITY, facility_id)


# doses


def would_have(connection: Connection, facility_id: str, lot: str, doses: int, by: Account) -> int:
    """How many doses of a lot a facility would have with these. Raises as `deliver`."""
    may(by, Act.ONBOARD)
    facility(connection, facility_id)
    if not _LOT.fullmatch(lot) or not 0 < doses <= MOST:
        raise FacilityRefused(Reason.FACILITY_IDENTIFIER, detail="lot, doses")
    return store.received(connection, facility_id, lot) + doses


def deliver(
    connection: Connection, facility_id: str, lot: str, doses: int, by: tuple[Account, Account], *, at: datetime
) -> int:
    """Enter doses that a facility received: two people. How many of the lot it has by now.

    Raises `AccessRefused`, and `FacilityRefused`: FACILITY_UNKNOWN, FACILITY_IDENTIFIER for a lot or a number that
    cannot be right.
    """
    both(*by, Act.ONBOARD)
    by_now = would_have(connection, facility_id, lot, doses, by[0])
    store.deliver(connection, facility_id, lot, doses, by[0].account_id, at=int(at.timestamp()))
    return by_now
