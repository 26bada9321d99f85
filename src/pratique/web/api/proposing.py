"""What takes two of the health authority, for its programs: withdrawals, and whatever waits for a second person.

    POST /v1/withdrawals/… ─ waits ─ POST /v1/proposals/{id}/confirmation, with the token of another account

The answer to a proposal says how many it would reach: nothing is done before the second person.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct
from sqlalchemy import Connection

from pratique.authority.access import Account
from pratique.authority.issuance import facilities, jointly, recalling, revoking
from pratique.authority.issuance.jointly import Act, OneCertificate, OneLot, Outcome, Period, Proposed, Told
from pratique.authority.store import reading, withdrawals, writing
from pratique.web.api.house import House
from pratique.web.api.routes import caller
from pratique.web.api.schema import SIGNED_IN, signed_in
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem

TAKING = (Code.CONTENT_REFUSED, Code.BODY_TOO_LARGE, Code.TRY_LATER)
_NOTICE = int(recalling.NOTICE.total_seconds() // 3600)
Hours = Annotated[int, Meta(ge=recalling.NOTICE_HOURS[0], le=recalling.NOTICE_HOURS[-1])]
Moment = Annotated[datetime, Meta(tz=True)]


class Certificate(Struct, frozen=True, forbid_unknown_fields=True):
    """One certificate, at once, with all that have its records."""

    certificate_id: Annotated[str, Meta(max_length=64)]
    ground: revoking.Ground


class OfFacility(Struct, frozen=True, forbid_unknown_fields=True):
    """What a facility sent from `since` to before `until`, after a notice of so many hours."""

    facility_id: Annotated[str, Meta(max_length=64)]
    since: Moment
    until: Moment
    ground: facilities.Ground
    notice_hours: Hours = _NOTICE


class OfLot(Struct, frozen=True, forbid_unknown_fields=True):
    """The doses of a lot, whoever gave them, after a notice of so many hours."""

    lot: Annotated[str, Meta(max_length=64)]
    ground: facilities.Ground
    notice_hours: Hours = _NOTICE


class Waits(Struct, frozen=True):
    """A proposal: what it says, by whom, and what became of it. `reaches` is what it would do, or did."""

    proposal_id: str
    kind: str
    says: dict[str, Any]
    proposed_by: str
    proposed: datetime
    until: datetime
    reaches: Told
    outcome: Outcome | None = None
    decided_by: str | None = None


class AllWaiting(Struct, frozen=True):
    """What waits for a second person, the oldest first; `reaches` is asked for one by one."""

    proposals: tuple[Waits, ...]


class Recalled(Struct, frozen=True):
    """What was called back of a facility, or of one lot of it."""

    recall_id: str
    facility_id: str
    since: datetime
    until: datetime
    lot: str | None
    ground: str
    announced: datetime
    effective: datetime


class Recalls(Struct, frozen=True):
    """Every recall, the latest first."""

    recalls: tuple[Recalled, ...]


def handlers(house: House) -> Sequence[Any]:
    """The routes."""
    return [*_withdrawing(house), *_deciding(house)]


def _withdrawing(house: House) -> Sequence[Any]:
    @post(
        "/v1/withdrawals/certificate", status_code=201, responses=signed_in(*TAKING), security=SIGNED_IN,
        tags=["desk"], sync_to_thread=True,
    )  # fmt: skip
    def certificate(request: AnyRequest, data: JSONBody[Certificate]) -> Waits:
        """Propose to withdraw one certificate."""
        return propose(house, request, OneCertificate(data.certificate_id, data.ground))

    @post(
        "/v1/withdrawals/facility", status_code=201, responses=signed_in(*TAKING), security=SIGNED_IN,
        tags=["desk"], sync_to_thread=True,
    )  # fmt: skip
    def facility(request: AnyRequest, data: JSONBody[OfFacility]) -> Waits:
        """Propose to withdraw everything that a facility sent in a period."""
        if data.since >= data.until:
            raise Problem(Code.CONTENT_REFUSED, place="$.until")
        act = Period(data.facility_id, data.since, data.until, data.ground, data.notice_hours)
        return propose(house, request, act)

    @post(
        "/v1/withdrawals/lot", status_code=201, responses=signed_in(*TAKING), security=SIGNED_IN,
        tags=["desk"], sync_to_thread=True,
    )  # fmt: skip
    def lot(request: AnyRequest, data: JSONBody[OfLot]) -> Waits:
        """Propose to withdraw the doses of a lot."""
        return propose(house, request, OneLot(data.lot, data.ground, data.notice_hours))

    @get("/v1/recalls", responses=signed_in(Code.TRY_LATER), security=SIGNED_IN, tags=["desk"], sync_to_thread=True)
    def recalls(request: AnyRequest) -> Recalls:
        """What was called back so far."""
        with reading(house.engines.health) as connection:
            return Recalls(tuple(_recalled(each) for each in withdrawals.recalls(connection)))

    return [certificate, facility, lot, recalls]


def _deciding(house: House) -> Sequence[Any]:
    @get("/v1/proposals", responses=signed_in(Code.TRY_LATER), security=SIGNED_IN, tags=["desk"], sync_to_thread=True)
    def waiting(request: AnyRequest) -> AllWaiting:
        """What waits for a second person."""
        with reading(house.engines.health) as connection:
            found = jointly.waiting(connection, caller(request).account, at=house.clock())
        return AllWaiting(tuple(_waits(each, Told()) for each in found))

    @get(
        "/v1/proposals/{proposal_id:str}",
        responses=signed_in(Code.THING_UNKNOWN, Code.CONTENT_REFUSED, Code.TRY_LATER),
        security=SIGNED_IN,
        tags=["desk"],
        sync_to_thread=True,
    )
    def one(request: AnyRequest, proposal_id: FromPath[str]) -> Waits:
        """What it says, and what it would reach now, or reached."""
        return _one(house, request, proposal_id)

    @post(
        "/v1/proposals/{proposal_id:str}/confirmation",
        status_code=200,
        responses=signed_in(Code.THING_UNKNOWN, Code.THING_GONE, *TAKING),
        security=SIGNED_IN,
        tags=["desk"],
        sync_to_thread=True,
    )
    def confirm(request: AnyRequest, proposal_id: FromPath[str]) -> Waits:
        """Do it: somebody else than who proposed it."""
        return _decided(house, request, proposal_id, jointly.confirm)

    @post(
        "/v1/proposals/{proposal_id:str}/refusal",
        status_code=200,
        responses=signed_in(Code.THING_UNKNOWN, Code.THING_GONE, *TAKING),
        security=SIGNED_IN,
        tags=["desk"],
        sync_to_thread=True,
    )
    def refuse(request: AnyRequest, proposal_id: FromPath[str]) -> Waits:
        """Turn it down, one's own included."""
        return _decided(house, request, proposal_id, jointly.turn_down)

    return [waiting, one, confirm, refuse]


def propose(house: House, request: AnyRequest, act: Act) -> Waits:
    """Let an act wait for a second person, in the name of whoever asks."""
    by, at = caller(request).account, house.clock()
    with writing(house.engines.health) as connection:
        told = jointly.foresee(connection, act, by, at=at)
        found = jointly.find(connection, jointly.propose(connection, act, by, at=at), by)
    if found is None:
        raise LookupError("what was proposed in a transaction is there in it")
    return _waits(found, told)


def _decided(house: House, request: AnyRequest, proposal_id: str, decide: Callable[..., Told | bool | None]) -> Waits:
    """Raises `Problem`: THING_UNKNOWN, and THING_GONE for one that ended before."""
    by = caller(request).account
    with writing(house.engines.health) as connection:
        _found(connection, proposal_id, by)
        if not decide(connection, proposal_id, by, at=house.clock()):
            raise Problem(Code.THING_GONE)
    return _one(house, request, proposal_id)


def _found(connection: Connection, proposal_id: str, by: Account) -> Proposed:
    """Raises `Problem` (THING_UNKNOWN)."""
    found = jointly.find(connection, proposal_id, by)
    if found is None:
        raise Problem(Code.THING_UNKNOWN)
    return found


def _one(house: House, request: AnyRequest, proposal_id: str) -> Waits:
    """Raises `Problem` (THING_UNKNOWN)."""
    by, at = caller(request).account, house.clock()
    with reading(house.engines.health) as connection:
        found = _found(connection, proposal_id, by)
        if found.told is not None:
            return _waits(found, found.told)
        return _waits(found, jointly.foresee(connection, found.act, by, at=at))


def _waits(found: Proposed, told: Told) -> Waits:
    said = msgspec.to_builtins(found.act)
    return Waits(
        proposal_id=found.act_id,
        kind=said.pop("kind"),
        says=said,
        proposed_by=found.account_id,
        proposed=found.moment,
        until=found.until,
        reaches=told,
        outcome=found.outcome,
        decided_by=found.second_id,
    )


def _recalled(each: withdrawals.Recall) -> Recalled:
    since, until, announced, effective = (
        datetime.fromtimestamp(moment, UTC) for moment in (each.since, each.until, each.moment, each.effective)
    )
    return Recalled(each.recall_id, each.facility_id, since, until, each.lot, each.ground, announced, effective)
