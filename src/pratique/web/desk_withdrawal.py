"""D7: certificates are called back. What, how many it reaches, what its holders read; then a second person is asked.

    one certificate │ what a facility sent │ a lot ─► how many, and what holders read ─ ask ─► desk_joint

What a facility sent, and a lot, stop to count after a notice, within which each holder can prove it in another way.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect

from pratique.authority.access import Account
from pratique.authority.issuance import facilities, jointly, recalling, revoking
from pratique.authority.issuance.jointly import OneCertificate, OneLot, Period, Withdrawal, kind_of
from pratique.authority.store import reading, withdrawals, writing
from pratique.model.errors import FacilityRefused, IssueRefused
from pratique.web import forms
from pratique.web.desk import Page, Queue
from pratique.web.desk_joint import ROLES, Joint, described, holders_read, name_of
from pratique.web.forms import Fault, Form
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import Words, words

KINDS = ("certificate", "facility", "lot")
RECALL_GROUNDS = tuple(each.value for each in facilities.Ground if each.value not in ("onboarding", "cleared", "ended"))
"""Why what a facility sent is called back; the others are of its own steps."""
GROUNDS = tuple(each.value for each in (revoking.Ground.FRAUD, revoking.Ground.MISTAKE, revoking.Ground.ASKED_FOR))
"""Why a certificate is called back by its number alone; the others belong to corrections and renewals."""
_KEPT = "withdrawal"


def room(joint: Joint) -> Page:
    """What was called back, and the ways to call more back."""
    return Page(ROLES, lambda _, __: Queue("withdraw.title", "/withdrawals"), [*_looking(joint), *_asking(joint)])


def _looking(joint: Joint) -> list[Any]:
    @get(everywhere("/withdrawals"))
    async def all_of_them(request: AnyRequest) -> Response[str]:
        await sync_to_thread(joint.desk.account, request, *ROLES)
        rows = await sync_to_thread(_recalls, joint, words(language_of(request)))
        return joint.desk.page(request, "desk/withdrawals.html", kinds=KINDS, recalls=rows)

    return [all_of_them]


def _recalls(joint: Joint, say: Words) -> list[dict[str, Any]]:
    at = joint.desk.clock()
    with reading(joint.engine) as connection:
        return [
            {
                "facility": name_of(connection, each.facility_id),
                "lot": each.lot,
                "ground": each.ground,
                "reach": recalling.reach(connection, each),
                "effective": say.instant(datetime.fromtimestamp(each.effective, joint.zone)),
                "in_force": each.effective <= at.timestamp(),
                "by": f"{each.account_id}, {each.second_id}",
            }
            for each in withdrawals.recalls(connection)
        ]


def _asking(joint: Joint) -> list[Any]:
    desk = joint.desk

    @get(everywhere("/withdrawals/{kind:str}"))
    async def asked(request: AnyRequest, kind: FromPath[str]) -> Response[str]:
        await sync_to_thread(desk.account, request, *ROLES)
        return await sync_to_thread(_form, joint, request, _known(kind), Form({}, {}))

    @post(everywhere("/withdrawals/{kind:str}"), status_code=303)
    async def stated(request: AnyRequest, kind: FromPath[str]) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        say = words(language_of(request))
        read = _read(_known(kind), form, joint, say)
        if isinstance(read, Fault):
            return await sync_to_thread(_form, joint, request, kind, form, read)
        fault = await sync_to_thread(_refused, joint, account, read, say)
        if fault is not None:
            return await sync_to_thread(_form, joint, request, kind, form, fault)
        desk.kept(request)[_KEPT] = read
        return Redirect(f"/{language_of(request)}/withdrawals/{kind}/check", status_code=303)

    @get(everywhere("/withdrawals/{kind:str}/check"))
    async def check(request: AnyRequest, kind: FromPath[str]) -> Response[str]:
        account = await sync_to_thread(desk.account, request, *ROLES)
        return await sync_to_thread(_check, joint, request, account, _chosen(joint, request, kind))

    @post(everywhere("/withdrawals/{kind:str}/check"), status_code=303)
    async def ask(request: AnyRequest, kind: FromPath[str]) -> Redirect:
        account = await sync_to_thread(desk.account, request, *ROLES)
        await forms.read(request)
        act_id = await sync_to_thread(_propose, joint, account, _chosen(joint, request, kind))
        del desk.kept(request)[_KEPT]
        return Redirect(f"/{language_of(request)}/joint/{act_id}", status_code=303)

    return [asked, stated, check, ask]


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise Problem(Code.PAGE_UNKNOWN)
    return kind


def _chosen(joint: Joint, request: AnyRequest, kind: str) -> Withdrawal:
    """What this session is about to ask for. Raises `Problem` (SESSION_UNKNOWN)."""
    found = joint.desk.kept(request).get(_KEPT)
    if not isinstance(found, Withdrawal) or kind_of(found) != kind:
        raise Problem(Code.SESSION_UNKNOWN)
    return found


def _form(joint: Joint, request: AnyRequest, kind: str, form: Form, *faults: Fault) -> Response[str]:
    with reading(joint.engine) as connection:
        known = facilities.facilities(connection)
    return joint.desk.page(
        request,
        "desk/withdraw.html",
        status=422 if faults else 200,
        kind=kind,
        facilities=[(each.facility_id, each.name) for each in known.values()],
        grounds=GROUNDS if kind == "certificate" else RECALL_GROUNDS,
        typed={name: form[name] for name in ("certificate", "facility", "since", "until", "lot", "ground", "notice")},
        notice=int(recalling.NOTICE / timedelta(hours=1)),
        zone=joint.zone.key,
        faults=faults,
    )


def _read(kind: str, form: Form, joint: Joint, say: Words) -> Withdrawal | Fault:
    ground = form["ground"]
    if ground not in (GROUNDS if kind == "certificate" else RECALL_GROUNDS):
        return Fault("ground", say("withdraw.ground.missing"))
    if kind == "certificate":
        return OneCertificate(form["certificate"].lower(), revoking.Ground(ground))
    try:
        notice = int(form["notice"])
    except ValueError:
        notice = 0
    if notice not in recalling.NOTICE_HOURS:
        return Fault("notice", say("withdraw.notice.wrong"))
    if kind == "lot":
        return OneLot(form["lot"], facilities.Ground(ground), notice)
    since, until = _moment(form["since"], joint), _moment(form["until"], joint)
    if since is None or until is None or since >= until:
        return Fault("since" if since is None else "until", say("withdraw.period.wrong"))
    return Period(form["facility"], since, until, facilities.Ground(ground), notice)


def _moment(text: str, joint: Joint) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=joint.zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _refused(joint: Joint, account: Account, act: Withdrawal, say: Words) -> Fault | None:
    """Why nothing can be called back like this, beside the field that is wrong."""
    try:
        with reading(joint.engine) as connection:
            jointly.foresee(connection, act, account, at=joint.desk.clock())
    except (FacilityRefused, IssueRefused):
        kind = kind_of(act)
        return Fault(kind, say(f"withdraw.{kind}.unknown"))
    return None


def _check(joint: Joint, request: AnyRequest, account: Account, act: Withdrawal) -> Response[str]:
    say, at = words(language_of(request)), joint.desk.clock()
    with reading(joint.engine) as connection:
        told = jointly.foresee(connection, act, account, at=at)
        lines = described(connection, act, say, joint.zone, at=at)
        read = holders_read(connection, act, told, say, joint.zone, at=at)
    effective = None if told.effective is None else say.instant(told.effective.astimezone(joint.zone))
    return joint.desk.page(
        request,
        "desk/withdraw_check.html",
        kind=kind_of(act),
        lines=lines,
        told=told,
        effective=effective,
        notice=read,
    )


def _propose(joint: Joint, account: Account, act: Withdrawal) -> str:
    with writing(joint.engine) as connection:
        return jointly.propose(connection, act, account, at=joint.desk.clock())
