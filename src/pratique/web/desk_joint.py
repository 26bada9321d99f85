"""What takes two of the health authority, on the desk: what waits, what it would do, and the second person's word.

    withdrawals, facilities ─ propose ─► /joint/… ─ confirm │ turn down, by another account ─► the same page says it

Both people see the same page: what is proposed, how many it reaches now, and what its holders read.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct
from sqlalchemy import Connection, Engine

from pratique.authority.access import Account, Role, applying
from pratique.authority.access.applying import Admission, Application
from pratique.authority.access.clients import thumbprints
from pratique.authority.issuance import facilities, jointly
from pratique.authority.issuance.jointly import (
    Act,
    Deliver,
    LetIn,
    OneCertificate,
    OneLot,
    OtherKeys,
    Outcome,
    Period,
    Resume,
    Told,
    Withdrawal,
    kind_of,
)
from pratique.authority.records.sources import Source
from pratique.authority.store import reading, withdrawals, writing
from pratique.model.errors import (
    AccessRefused,
    ClientRefused,
    FacilityRefused,
    IssueRefused,
    MalformedRecord,
    PratiqueError,
)
from pratique.model.reasons import Reason
from pratique.web import forms
from pratique.web.desk import Desk, Page, Queue
from pratique.web.forms import told as said
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.problems import Code, Problem, language_of
from pratique.web.recalled import Notice, notice
from pratique.web.words import Words, words

ROLES = frozenset({Role.HEALTH_AUTHORITY})
REFUSALS = (ClientRefused, FacilityRefused, IssueRefused, MalformedRecord)
"""Why an act cannot be done as it stands."""


class Line(Struct, frozen=True):
    """One fact of a proposal: the key of its name, and the value; `mono` for identifiers, `more` one beside it."""

    name: str
    value: str
    mono: bool = False
    more: str = ""


class Joint(Struct, frozen=True):
    """What the pages of proposals work with; `zone` is that in which periods are typed and read."""

    desk: Desk
    engine: Engine
    zone: ZoneInfo


def room(joint: Joint) -> Page:
    """What waits for a second person, and each of it."""

    def waits(account: Account, at: datetime) -> Queue:
        with reading(joint.engine) as connection:
            found = jointly.waiting(connection, account, at=at)
        others = [each for each in found if each.account_id != account.account_id]
        return Queue("joint.title", "/joint", len(others), others[0].moment if others else None)

    return Page(ROLES, waits, _handlers(joint))


def _handlers(joint: Joint) -> list[Any]:
    desk = joint.desk

    @get(everywhere("/joint"))
    async def waiting(request: AnyRequest) -> Response[str]:
        account = await sync_to_thread(desk.account, request, *ROLES)
        return await sync_to_thread(_waiting, joint, request, account)

    @get(everywhere("/joint/{act_id:str}"))
    async def one(request: AnyRequest, act_id: FromPath[str]) -> Response[str]:
        account = await sync_to_thread(desk.account, request, *ROLES)
        return await sync_to_thread(_one, joint, request, account, act_id)

    @post(everywhere("/joint/{act_id:str}"), status_code=303)
    async def decided(request: AnyRequest, act_id: FromPath[str]) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        if form["decision"] not in ("confirm", "turn_down"):
            raise Problem(Code.FORM_UNREADABLE)
        fault = await sync_to_thread(_decided, joint, account, act_id, confirms=form["decision"] == "confirm")
        if fault is not None:
            return await sync_to_thread(_one, joint, request, account, act_id, fault)
        return Redirect(f"/{language_of(request)}/joint/{act_id}", status_code=303)

    return [waiting, one, decided]


def _waiting(joint: Joint, request: AnyRequest, account: Account) -> Response[str]:
    at, say = joint.desk.clock(), words(language_of(request))
    with reading(joint.engine) as connection:
        found = jointly.waiting(connection, account, at=at)
    rows = [
        {
            "id": each.act_id,
            "what": say(f"joint.kind.{kind_of(each.act)}"),
            "minutes": int((at - each.moment).total_seconds() // 60),
            "by": each.account_id,
            "own": each.account_id == account.account_id,
        }
        for each in found
    ]
    return joint.desk.page(request, "desk/joint_waiting.html", waiting=rows)


def _one(
    joint: Joint, request: AnyRequest, account: Account, act_id: str, fault: PratiqueError | None = None
) -> Response[str]:
    at, say = joint.desk.clock(), words(language_of(request))
    with reading(joint.engine) as connection:
        found = jointly.find(connection, act_id, account)
        if found is None:
            raise Problem(Code.PAGE_UNKNOWN)
        told = found.told
        if told is None and fault is None:
            try:
                told = jointly.foresee(connection, found.act, account, at=at)
            except (AccessRefused, *REFUSALS) as refusal:  # something changed since it was proposed
                fault = refusal
        lines = described(connection, found.act, say, joint.zone, at=at)
        read = holders_read(connection, found.act, told, say, joint.zone, at=at) if told is not None else None
    over = found.outcome is None and at >= found.until
    return joint.desk.page(
        request,
        "desk/joint.html",
        status=409 if fault is not None else 200,
        id=act_id,
        kind=kind_of(found.act),
        lines=lines,
        told=told or Told(),
        effective=_instant(told.effective, say, joint.zone) if told is not None else None,
        notice=read,
        outcome="over" if over else found.outcome and found.outcome.value,
        by=found.account_id,
        second=found.second_id,
        own=found.account_id == account.account_id,
        until=_instant(found.until, say, joint.zone),
        fault=None if fault is None else said(fault.reasons[0], say),
        list_next=found.outcome is Outcome.CONFIRMED and isinstance(found.act, Withdrawal),
    )


def _decided(joint: Joint, account: Account, act_id: str, *, confirms: bool) -> PratiqueError | None:
    """Take its word; why it does not count, if it does not. What ended meanwhile shows how."""
    at = joint.desk.clock()
    try:
        with writing(joint.engine) as connection:
            if jointly.find(connection, act_id, account) is None:
                raise Problem(Code.PAGE_UNKNOWN)
            if confirms:
                jointly.confirm(connection, act_id, account, at=at)
            else:
                jointly.turn_down(connection, act_id, account, at=at)
    except AccessRefused as refusal:
        if Reason.ACCESS_ROLE in refusal.reasons:
            raise
        return refusal
    except REFUSALS as refusal:
        return refusal
    return None


# what is shown of an act


def described(connection: Connection, act: Act, say: Words, zone: ZoneInfo, *, at: datetime) -> Sequence[Line]:
    """An act in facts."""
    match act:
        case OneCertificate():
            return (
                Line("joint.certificate", act.certificate_id, mono=True),
                Line("joint.ground", say(f"joint.ground.{act.ground}")),
            )
        case Period():
            return (
                Line("joint.facility", name_of(connection, act.facility_id), more=act.facility_id),
                Line("joint.since", _instant(act.since, say, zone) or ""),
                Line("joint.until", _instant(act.until, say, zone) or ""),
                Line("joint.ground", say(f"joint.ground.{act.ground}")),
            )
        case OneLot():
            return (
                Line("joint.lot", act.lot, mono=True),
                Line("joint.facilities", _facilities(connection, act)),
                Line("joint.ground", say(f"joint.ground.{act.ground}")),
            )
        case Resume():
            who = () if act.operator is None else (Line("joint.operator", act.operator, mono=True),)
            return (Line("joint.facility", name_of(connection, act.facility_id), more=act.facility_id), *who)
        case Deliver():
            return (
                Line("joint.facility", name_of(connection, act.facility_id), more=act.facility_id),
                Line("joint.lot", act.lot, mono=True),
                Line("joint.doses", str(act.doses)),
            )
        case Admission():
            found = applying.find(connection, act.application_id, at=at)
            return () if found is None else facts_of(found, say, zone)
        case LetIn():
            return (
                Line("clients.name", act.name, more=act.client_id),
                Line("clients.role", say(f"looks.role.{act.role}")),
                *_keys(act.keys),
                *_source(act),
            )
        case OtherKeys():
            return (Line("clients.id", act.client_id, mono=True), *_keys(act.keys))


def facts_of(application: Application, say: Words, zone: ZoneInfo) -> tuple[Line, ...]:
    """A local app's application in facts."""
    keys = (Line("clients.key", each, mono=True) for each in application.thumbprints)
    division = () if application.division is None else (Line("apps.division", application.division, mono=True),)
    return (
        Line("clients.name", application.name),
        Line("clients.id", application.client_id, mono=True),
        *division,
        *keys,
        Line("apps.until", _instant(application.until, say, zone) or ""),
    )


def _keys(keys: str) -> Sequence[Line]:
    return [Line("clients.key", thumbprint, mono=True, more=kid) for kid, thumbprint in thumbprints(keys)]


def _source(act: LetIn) -> Sequence[Line]:
    """In whose name its records come in."""
    if act.source is None:
        return ()
    source = Source.parse(act.source)
    return (Line("clients.source", source.issuer, more=source.source_id),)


def holders_read(
    connection: Connection, act: Act, told: Told, say: Words, zone: ZoneInfo, *, at: datetime
) -> Notice | None:
    """What whoever is reached reads on their page, each in their language; None where no notice goes before."""
    if told.effective is None or not isinstance(act, Period | OneLot):
        return None
    where = name_of(connection, act.facility_id) if isinstance(act, Period) else _facilities(connection, act)
    return notice(say, facility=where, ground=act.ground, effective=told.effective.astimezone(zone), at=at)


def name_of(connection: Connection, facility_id: str) -> str:
    """A facility's name."""
    found = facilities.facilities(connection, [facility_id])
    return found[facility_id].name if found else facility_id


def _facilities(connection: Connection, act: OneLot) -> str:
    return ", ".join(name_of(connection, each) for each in withdrawals.vouching_for(connection, act.lot))


def _instant(moment: datetime | None, say: Words, zone: ZoneInfo) -> str | None:
    return None if moment is None else say.instant(moment.astimezone(zone))
