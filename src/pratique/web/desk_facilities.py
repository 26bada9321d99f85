"""D6: who may vouch for records. What each used of its quota and lots, what is odd, and the steps that it takes.

/facilities ─ one ─┬─ suspend, it or one operator: one person, at once, and nobody else stops
                   └─ go on, doses, terms: proposed here, confirmed by somebody else
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from pratique.authority.access import Account
from pratique.authority.issuance import facilities, jointly, limits, oversight
from pratique.authority.issuance.facilities import Facility, Ground, State
from pratique.authority.issuance.jointly import Deliver, Resume
from pratique.authority.issuance.limits import Unusual
from pratique.authority.issuance.oversight import Near
from pratique.authority.store import reading, writing
from pratique.model.errors import AccessRefused, FacilityRefused, PratiqueError
from pratique.model.reasons import Reason
from pratique.web import forms
from pratique.web.desk import Page, Queue
from pratique.web.desk_joint import ROLES, Joint
from pratique.web.desk_terms import Terms, entering
from pratique.web.forms import Fault, Form, told
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import Words, words

GROUNDS = (Ground.FALSE_RECORDS, Ground.STOLEN_ACCESS, Ground.ANOMALY, Ground.LICENCE)
"""Why a facility or an operator is stopped."""


class _Row(Struct, frozen=True):
    """A facility on the list."""

    facility: Facility
    used: oversight.Use
    received: int
    given: int
    odd: int


def room(joint: Joint, register: Mapping[str, str] | None) -> Page:
    """The list, one facility, and what is proposed of it. `register` has names of health facilities by number."""

    def waits(account: Account, _: datetime) -> Queue:
        with reading(joint.engine) as connection:
            proposed = facilities.waiting(connection)
        others = [step for step in proposed if step.account_id != account.account_id]
        oldest = datetime.fromtimestamp(others[0].moment, UTC) if others else None
        return Queue("facilities.title", "/facilities", len(others), oldest)

    return Page(ROLES, waits, [*_looking(joint), *_stepping(joint), *entering(joint, register)])


def _looking(joint: Joint) -> list[Any]:
    desk = joint.desk

    @get(everywhere("/facilities"))
    async def every(request: AnyRequest) -> Response[str]:
        await sync_to_thread(desk.account, request, *ROLES)
        rows = await sync_to_thread(_rows, joint)
        return desk.page(request, "desk/facilities.html", rows=rows)

    @get(everywhere("/facilities/{facility_id:str}"))
    async def one(request: AnyRequest, facility_id: FromPath[str]) -> Response[str]:
        account = await sync_to_thread(desk.account, request, *ROLES)
        return await sync_to_thread(_page, joint, request, account, facility_id)

    return [every, one]


def _stepping(joint: Joint) -> list[Any]:
    desk = joint.desk

    @post(everywhere("/facilities/{facility_id:str}/suspension"), status_code=303)
    async def suspend(request: AnyRequest, facility_id: FromPath[str]) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        if form["ground"] not in GROUNDS:
            fault = Fault("ground", words(language_of(request))("facilities.ground.missing"))
            return await sync_to_thread(_page, joint, request, account, facility_id, fault)
        refusal = await sync_to_thread(_suspend, joint, account, facility_id, form)
        return await _after(joint, request, account, facility_id, refusal)

    @post(everywhere("/facilities/{facility_id:str}/terms"), status_code=303)
    async def decide(request: AnyRequest, facility_id: FromPath[str]) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        if form["decision"] not in ("confirm", "turn_down"):
            raise Problem(Code.FORM_UNREADABLE)
        refusal = await sync_to_thread(_decide, joint, account, facility_id, form["decision"] == "confirm")
        return await _after(joint, request, account, facility_id, refusal)

    @post(everywhere("/facilities/{facility_id:str}/resumption"), status_code=303)
    async def resume(request: AnyRequest, facility_id: FromPath[str]) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        act = Resume(facility_id, form["who"] or None)
        return await _proposed(joint, request, account, act, "steps")

    @post(everywhere("/facilities/{facility_id:str}/deliveries"), status_code=303)
    async def deliver(request: AnyRequest, facility_id: FromPath[str]) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        doses = int(form["doses"]) if form["doses"].isdecimal() and len(form["doses"]) < 9 else 0
        return await _proposed(joint, request, account, Deliver(facility_id, form["lot"], doses), "lot")

    return [suspend, decide, resume, deliver]


async def _after(
    joint: Joint, request: AnyRequest, account: Account, facility_id: str, refusal: PratiqueError | None
) -> Response[Any]:
    if refusal is None:
        return Redirect(f"/{language_of(request)}/facilities/{facility_id}", status_code=303)
    fault = Fault("steps", told(refusal.reasons[0], words(language_of(request))))
    return await sync_to_thread(_page, joint, request, account, facility_id, fault)


async def _proposed(
    joint: Joint, request: AnyRequest, account: Account, act: Resume | Deliver, field: str
) -> Response[Any]:
    """To the page of the proposal, or back with what is wrong at `field`."""

    def propose() -> str | FacilityRefused:
        try:
            with writing(joint.engine) as connection:
                return jointly.propose(connection, act, account, at=joint.desk.clock())
        except FacilityRefused as refusal:
            return refusal

    came = await sync_to_thread(propose)
    if isinstance(came, str):
        return Redirect(f"/{language_of(request)}/joint/{came}", status_code=303)
    say = words(language_of(request))
    wrong = say("facilities.deliver.wrong") if isinstance(act, Deliver) else told(came.reasons[0], say)
    return await sync_to_thread(_page, joint, request, account, act.facility_id, Fault(field, wrong))


def _suspend(joint: Joint, account: Account, facility_id: str, form: Form) -> FacilityRefused | None:
    at, ground, operator = joint.desk.clock(), Ground(form["ground"]), form["who"]
    try:
        with writing(joint.engine) as connection:
            if not operator:
                facilities.suspend(connection, facility_id, account, ground, at=at)
            elif facilities.operator(connection, operator).facility_id == facility_id:
                facilities.suspend_operator(connection, operator, account, ground, at=at)
            else:
                raise FacilityRefused(Reason.FACILITY_UNKNOWN, detail="operator")
    except FacilityRefused as refusal:
        return refusal
    return None


def _decide(joint: Joint, account: Account, facility_id: str, confirms: bool) -> PratiqueError | None:
    step = facilities.approve if confirms else facilities.turn_down
    try:
        with writing(joint.engine) as connection:
            step(connection, facility_id, account, at=joint.desk.clock())
    except FacilityRefused as refusal:
        return refusal
    except AccessRefused as refusal:
        if Reason.ACCESS_SECOND_PERSON not in refusal.reasons:
            raise
        return refusal
    return None


# what is shown


def _rows(joint: Joint) -> list[_Row]:
    at = joint.desk.clock()
    with reading(joint.engine) as connection:
        used = oversight.by_facility(connection, at=at)
        ids = [each.facility_id for each, _ in used]
        lots = oversight.lots(connection, ids)
        near = oversight.near(connection, used, lots)
        odd = [each.facility_id for each in limits.unusual(connection, at=at)]
    return [
        _Row(
            each,
            use,
            sum(lot.received for lot in lots[each.facility_id]),
            sum(lot.given for lot in lots[each.facility_id]),
            odd.count(each.facility_id) + len(near[each.facility_id]),
        )
        for each, use in used
    ]


def _page(joint: Joint, request: AnyRequest, account: Account, facility_id: str, *faults: Fault) -> Response[str]:
    at, say = joint.desk.clock(), words(language_of(request))
    with reading(joint.engine) as connection:
        found = facilities.facilities(connection, [facility_id]).get(facility_id)
        if found is None:
            raise Problem(Code.PAGE_UNKNOWN)
        use = next(use for each, use in oversight.by_facility(connection, at=at) if each.facility_id == facility_id)
        proposed = facilities.proposed(connection, facility_id)
        operators = facilities.operators(connection, facility_id)
        lots = oversight.lots(connection, [facility_id])[facility_id]
        near = oversight.near(connection, [(found, use)], {facility_id: lots})[facility_id]
        odd = [each for each in limits.unusual(connection, at=at) if each.facility_id == facility_id]
        findings = [*_odd(odd, say), *(_near(each, say) for each in near)]
        steps = facilities.history(connection, facility_id)
    probation = found.probation_until
    return joint.desk.page(
        request,
        "desk/facility.html",
        status=422 if faults else 200,
        facility=found,
        terms=Terms.of(found),
        use=use,
        quota=found.quota_at(at),
        probation=say.instant(probation.astimezone(joint.zone)) if probation and at < probation else None,
        proposed=None if proposed is None else Terms.of(proposed[0]),
        proposer=None if proposed is None else proposed[1],
        own=proposed is not None and proposed[1] == account.account_id,
        operators=operators,
        stopped=[each.account_id for each in operators if each.state is State.SUSPENDED],
        working=[each.account_id for each in operators if each.state is State.ACTIVE],
        lots=lots,
        findings=findings,
        steps=[(step, say.instant(datetime.fromtimestamp(step.moment, joint.zone))) for step in steps],
        grounds=[each.value for each in GROUNDS],
        faults=faults,
    )


def _odd(found: list[Unusual], say: Words) -> list[str]:
    return [say(f"facilities.odd.{each.anomaly}", count=each.count, usual=each.usual) for each in found]


def _near(each: Near, say: Words) -> str:
    day = {} if each.day is None else {"day": say.day(each.day)}
    lot = {} if each.lot is None else {"lot": each.lot}
    return say(f"facilities.odd.{each.what}", count=each.count, most=each.most, **day, **lot)
