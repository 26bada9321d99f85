"""Issuing: what was issued against whose quota, requests that wait for a decision, and what was counted.

    /issuance  by facility, operator and key          for the authority and its auditors
    /requests  approve or turn down, one signature for each approved   the authority; a facility, of its own
    /counters  what was issued, revoked and refused, and what waits

None of these pages says anything of anybody: a request has no name, and figures have no people.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct
from sqlalchemy import Engine

from pratique.authority.access import Account, Role
from pratique.authority.issuance import oversight, requests
from pratique.authority.issuance.limits import Limits
from pratique.authority.store import Vault, reading, writing
from pratique.model.errors import FacilityRefused, IssueRefused, PratiqueError
from pratique.model.reasons import Reason
from pratique.web import forms
from pratique.web.desk import Desk, Page, Queue
from pratique.web.forms import told
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import Words, words

SEES = frozenset({Role.HEALTH_AUTHORITY, Role.AUDITOR})
DECIDES = frozenset({Role.HEALTH_AUTHORITY, Role.CLINIC, Role.LABORATORY})


class Issuing(Struct, frozen=True):
    """What these pages work with."""

    desk: Desk
    engine: Engine
    vault: Vault
    limits: Limits
    sign: Callable[[str, datetime], None]
    """Signs an approved request, where somebody signs here."""


def rooms(issuing: Issuing) -> list[Page]:
    """Use, requests and figures."""
    return [
        Page(DECIDES, lambda account, at: _waits(issuing, account), _requests(issuing)),
        Page(SEES, lambda _, __: Queue("issuance.title", "/issuance"), [_use(issuing)]),
        Page(SEES, lambda _, __: Queue("counters.title", "/counters"), [_counters(issuing)]),
    ]


# use against quotas


def _use(issuing: Issuing) -> Any:
    @get(everywhere("/issuance"))
    async def use(request: AnyRequest) -> Response[str]:
        await sync_to_thread(issuing.desk.account, request, *SEES)
        return await sync_to_thread(_used, issuing, request)

    return use


def _used(issuing: Issuing, request: AnyRequest) -> Response[str]:
    at = issuing.desk.clock()
    with reading(issuing.engine) as connection:
        tables = (
            ("facility", [(each.name, use) for each, use in oversight.by_facility(connection, at=at)]),
            ("operator", list(oversight.by_operator(connection, issuing.limits, at=at))),
            ("key", [(each.kid.hex(), use) for each, use in oversight.by_key(connection, issuing.limits, at=at)]),
        )
    return issuing.desk.page(request, "desk/issuance.html", tables=tables, at=words(language_of(request)).instant(at))


# requests


def _waits(issuing: Issuing, account: Account) -> Queue:
    found = _undecided(issuing, account)
    oldest = datetime.fromtimestamp(found[0].moment, UTC) if found else None
    return Queue("requests.title", "/requests", len(found), oldest)


def _undecided(issuing: Issuing, account: Account) -> list[Any]:
    """Those that this account may decide: none for operators of a facility that does not work."""
    try:
        with reading(issuing.engine) as connection:
            return list(requests.waiting(connection, account))
    except FacilityRefused:
        return []


def _requests(issuing: Issuing) -> list[Any]:
    desk = issuing.desk

    @get(everywhere("/requests"))
    async def waiting(request: AnyRequest) -> Response[str]:
        account = await sync_to_thread(desk.account, request, *DECIDES)
        return await sync_to_thread(_shown, issuing, request, account)

    @post(everywhere("/requests/{request_id:str}"), status_code=303)
    async def decided(request: AnyRequest, request_id: FromPath[str]) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *DECIDES), await forms.read(request)
        if form["decision"] not in ("approve", "decline"):
            raise Problem(Code.FORM_UNREADABLE)
        say, approves = words(language_of(request)), form["decision"] == "approve"
        fault = await sync_to_thread(_decided, issuing, account, request_id, say, approves=approves)
        if fault:
            return await sync_to_thread(_shown, issuing, request, account, fault)
        return Redirect(f"/{language_of(request)}/requests", status_code=303)

    return [waiting, decided]


def _shown(issuing: Issuing, request: AnyRequest, account: Account, fault: str = "") -> Response[str]:
    at = int(issuing.desk.clock().timestamp())
    rows = [(each, (at - each.moment) // 60) for each in _undecided(issuing, account)]
    page = issuing.desk.page
    return page(request, "desk/requests.html", waiting=rows, fault=fault, status=409 if fault else 200)


def _decided(issuing: Issuing, account: Account, request_id: str, say: Words, *, approves: bool) -> str:
    """What came in between, in words; empty where all went well."""
    at = issuing.desk.clock()
    decide = requests.approve if approves else requests.decline
    try:
        with writing(issuing.engine) as connection:
            asked = requests.find(connection, issuing.vault, request_id)
            decide(connection, asked, account, at=at)
    except IssueRefused:
        return say("requests.gone")
    except FacilityRefused as refusal:
        return told(refusal.reasons[0], say)
    if not approves:
        return ""
    try:
        issuing.sign(request_id, at)
    except PratiqueError as refusal:  # it stays approved, and whoever signs later tries again
        return say("sentences", first=say("requests.unsigned"), second=told(refusal.reasons[0], say))
    return ""


# figures


def _counters(issuing: Issuing) -> Any:
    @get(everywhere("/counters"))
    async def counters(request: AnyRequest) -> Response[str]:
        await sync_to_thread(issuing.desk.account, request, *SEES)
        return await sync_to_thread(_counted, issuing, request)

    return counters


def _counted(issuing: Issuing, request: AnyRequest) -> Response[str]:
    at, say = issuing.desk.clock(), words(language_of(request))
    with reading(issuing.engine) as connection:
        week = oversight.counted(connection, since=at - oversight.WEEK)
        ever = oversight.counted(connection, since=datetime.fromtimestamp(0, UTC))
        waiting = oversight.waiting(connection)
    reasons = sorted(week.refused.items(), key=lambda each: (-each[1], each[0]))
    return issuing.desk.page(
        request,
        "desk/counters.html",
        week=week,
        ever=ever,
        refused=[(reason, say.why(Reason(reason)).what, count) for reason, count in reasons],
        waiting=[(say(f"counters.waiting.{name}"), count) for name, count in waiting.items()],
        at=say.instant(at),
    )
