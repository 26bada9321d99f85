"""Facilities for the health authority's programs: who vouches, and the steps by one person and by two.

To stop one takes one person; terms, doses and going on take two: what is proposed here waits at /v1/proposals, terms at
the facility itself. The account of the token is who proposes or confirms, so that nobody confirms their own.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

from litestar import get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct
from sqlalchemy import Connection

from pratique.authority.access import Account
from pratique.authority.issuance import facilities, oversight
from pratique.authority.issuance.facilities import MOST, Facility, Ground, Proposal, Scope, State
from pratique.authority.issuance.jointly import Deliver, Resume
from pratique.authority.issuance.oversight import Lot
from pratique.authority.store import reading, writing
from pratique.model.errors import FacilityRefused
from pratique.model.reasons import Reason
from pratique.web.api.house import House
from pratique.web.api.proposing import TAKING, Waits, propose
from pratique.web.api.routes import caller
from pratique.web.api.schema import SIGNED_IN, signed_in
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem


class Standing(Struct, frozen=True):
    """A facility by the terms that count, where it stands, and what it used: certificates of the last 24 hours."""

    facility_id: str
    name: str
    country: str
    registered: str
    scopes: tuple[Scope, ...]
    zone: str
    state: State
    quota: int
    events: int
    pending: bool
    """Whether terms wait for a second person."""
    probation_until: datetime | None
    used: int
    lots: tuple[Lot, ...]


class Standings(Struct, frozen=True):
    """Every facility."""

    facilities: tuple[Standing, ...]


class Terms(Struct, frozen=True, forbid_unknown_fields=True):
    """As what a facility is to be entered; name and number as the register of health facilities has them."""

    facility_id: Annotated[str, Meta(max_length=64)]
    name: Annotated[str, Meta(max_length=80)]
    country: Annotated[str, Meta(max_length=2)]
    registered: Annotated[str, Meta(max_length=64)]
    scopes: tuple[Scope, ...]
    zone: Annotated[str, Meta(max_length=64)]
    quota: Annotated[int, Meta(ge=1, le=MOST)] = 200
    events: Annotated[int, Meta(ge=1, le=MOST)] = 500
    lots: bool = True


class Stop(Struct, frozen=True, forbid_unknown_fields=True):
    """Why it stops; `operator` for one operator alone."""

    ground: Ground
    operator: Annotated[str, Meta(max_length=64)] | None = None


class Going(Struct, frozen=True, forbid_unknown_fields=True):
    """What shall go on: the facility, or one operator of it."""

    operator: Annotated[str, Meta(max_length=64)] | None = None


class Delivered(Struct, frozen=True, forbid_unknown_fields=True):
    """Doses that a facility received."""

    lot: Annotated[str, Meta(max_length=64)]
    doses: Annotated[int, Meta(ge=1, le=MOST)]


def handlers(house: House) -> Sequence[Any]:
    """The routes."""
    return [*_looking(house), *_entering(house), *_stopping(house)]


def _looking(house: House) -> Sequence[Any]:
    @get("/v1/facilities", responses=signed_in(Code.TRY_LATER), security=SIGNED_IN, tags=["desk"], sync_to_thread=True)
    def every(request: AnyRequest) -> Standings:
        """Every facility, and what it used."""
        with reading(house.engines.health) as connection:
            return Standings(_standings(connection, house.clock()))

    @get(
        "/v1/facilities/{facility_id:str}",
        responses=signed_in(Code.THING_UNKNOWN, Code.TRY_LATER),
        security=SIGNED_IN,
        tags=["desk"],
        sync_to_thread=True,
    )
    def one(request: AnyRequest, facility_id: FromPath[str]) -> Standing:
        """One facility."""
        with reading(house.engines.health) as connection:
            return _one(connection, facility_id, house.clock())

    return [every, one]


def _entering(house: House) -> Sequence[Any]:
    @post(
        "/v1/facilities", status_code=201, responses=signed_in(*TAKING), security=SIGNED_IN, tags=["desk"],
        sync_to_thread=True,
    )  # fmt: skip
    def enter(request: AnyRequest, data: JSONBody[Terms]) -> Standing:
        """Propose a facility, or other terms for one; they count once somebody else approves them."""
        by, at = caller(request).account, house.clock()
        stated = {name: getattr(data, name) for name in Terms.__struct_fields__} | {"scopes": frozenset(data.scopes)}
        with writing(house.engines.health) as connection:
            facilities.propose(connection, Proposal(**stated), by, register=house.register or {}, at=at)
            return _one(connection, data.facility_id, at)

    @post(
        "/v1/facilities/{facility_id:str}/approval",
        status_code=200,
        responses=signed_in(Code.THING_UNKNOWN, *TAKING),
        security=SIGNED_IN,
        tags=["desk"],
        sync_to_thread=True,
    )
    def approve(request: AnyRequest, facility_id: FromPath[str]) -> Standing:
        """Let proposed terms count: somebody else than who proposed them."""
        return _decided(house, request, facility_id, facilities.approve)

    @post(
        "/v1/facilities/{facility_id:str}/refusal",
        status_code=200,
        responses=signed_in(Code.THING_UNKNOWN, *TAKING),
        security=SIGNED_IN,
        tags=["desk"],
        sync_to_thread=True,
    )
    def refuse(request: AnyRequest, facility_id: FromPath[str]) -> Standing:
        """Turn proposed terms down, one's own included."""
        return _decided(house, request, facility_id, facilities.turn_down)

    return [enter, approve, refuse]


def _decided(house: House, request: AnyRequest, facility_id: str, decide: Callable[..., Facility]) -> Standing:
    """Raises `Problem` (THING_UNKNOWN)."""
    by, at = caller(request).account, house.clock()
    with writing(house.engines.health) as connection:
        _known(connection, facility_id)
        decide(connection, facility_id, by, at=at)
        return _one(connection, facility_id, at)


def _stopping(house: House) -> Sequence[Any]:
    @post(
        "/v1/facilities/{facility_id:str}/suspension",
        status_code=200,
        responses=signed_in(Code.THING_UNKNOWN, *TAKING),
        security=SIGNED_IN,
        tags=["desk"],
        sync_to_thread=True,
    )
    def suspend(request: AnyRequest, facility_id: FromPath[str], data: JSONBody[Stop]) -> Standing:
        """Stop a facility, or one operator of it, at once; all others go on."""
        by, at = caller(request).account, house.clock()
        with writing(house.engines.health) as connection:
            _suspend(connection, facility_id, data, by, at)
            return _one(connection, facility_id, at)

    @post(
        "/v1/facilities/{facility_id:str}/resumption",
        status_code=201,
        responses=signed_in(Code.THING_UNKNOWN, *TAKING),
        security=SIGNED_IN,
        tags=["desk"],
        sync_to_thread=True,
    )
    def resume(request: AnyRequest, facility_id: FromPath[str], data: JSONBody[Going]) -> Waits:
        """Propose that it goes on."""
        return _proposed(house, request, Resume(facility_id, data.operator))

    @post(
        "/v1/facilities/{facility_id:str}/deliveries",
        status_code=201,
        responses=signed_in(Code.THING_UNKNOWN, *TAKING),
        security=SIGNED_IN,
        tags=["desk"],
        sync_to_thread=True,
    )
    def deliver(request: AnyRequest, facility_id: FromPath[str], data: JSONBody[Delivered]) -> Waits:
        """Propose that it received doses."""
        return _proposed(house, request, Deliver(facility_id, data.lot, data.doses))

    return [suspend, resume, deliver]


def _proposed(house: House, request: AnyRequest, act: Resume | Deliver) -> Waits:
    with reading(house.engines.health) as connection:
        _known(connection, act.facility_id)
    return propose(house, request, act)


def _suspend(connection: Connection, facility_id: str, stop: Stop, by: Account, at: datetime) -> None:
    _known(connection, facility_id)
    if stop.operator is None:
        facilities.suspend(connection, facility_id, by, stop.ground, at=at)
    elif facilities.operator(connection, stop.operator).facility_id == facility_id:
        facilities.suspend_operator(connection, stop.operator, by, stop.ground, at=at)
    else:
        raise FacilityRefused(Reason.FACILITY_UNKNOWN, detail="operator")


def _known(connection: Connection, facility_id: str) -> None:
    """Raises `Problem` (THING_UNKNOWN)."""
    if not facilities.facilities(connection, [facility_id]):
        raise Problem(Code.THING_UNKNOWN)


def _one(connection: Connection, facility_id: str, at: datetime) -> Standing:
    """Raises `Problem` (THING_UNKNOWN)."""
    found = next((each for each in _standings(connection, at) if each.facility_id == facility_id), None)
    if found is None:
        raise Problem(Code.THING_UNKNOWN)
    return found


def _standings(connection: Connection, at: datetime) -> tuple[Standing, ...]:
    used = oversight.by_facility(connection, at=at)
    lots = oversight.lots(connection, [each.facility_id for each, _ in used])
    return tuple(_standing(each, use.day, lots[each.facility_id], at) for each, use in used)


def _standing(found: Facility, used: int, lots: tuple[Lot, ...], at: datetime) -> Standing:
    return Standing(
        facility_id=found.facility_id,
        name=found.name,
        country=found.country,
        registered=found.registered,
        scopes=tuple(sorted(found.scopes)),
        zone=found.zone,
        state=found.state,
        quota=found.quota_at(at),
        events=found.events,
        pending=found.pending,
        probation_until=found.probation_until,
        used=used,
        lots=lots,
    )
