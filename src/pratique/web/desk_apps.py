"""Local apps that apply to be let in: who asks, the thumbprints of their keys, and the first of the two people.

queue ─ the oldest first ─► one application ─ propose ─► desk_joint, for the second person
                                            ─ turn down ─► the queue
"""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect

from pratique.authority.access import Account, applying
from pratique.authority.access.applying import Admission, Application
from pratique.authority.issuance import jointly
from pratique.authority.store import reading, writing
from pratique.model.errors import AccessRefused
from pratique.web import forms
from pratique.web.desk import Page, Queue
from pratique.web.desk_joint import ROLES, Joint, facts_of
from pratique.web.forms import told
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import words


def room(joint: Joint) -> Page:
    """The queue and its cases."""

    def waits(account: Account, at: datetime) -> Queue:
        found = _waiting(joint, account, at)
        return Queue("apps.title", "/apps", len(found), found[0].moment if found else None)

    return Page(ROLES, waits, _handlers(joint))


def _waiting(joint: Joint, account: Account, at: datetime) -> tuple[Application, ...]:
    with reading(joint.engine) as connection:
        return applying.waiting(connection, account, at=at)


def _handlers(joint: Joint) -> list[Any]:
    desk = joint.desk

    @get(everywhere("/apps"))
    async def queue(request: AnyRequest) -> Response[str]:
        account, at = await sync_to_thread(desk.account, request, *ROLES), desk.clock()
        found = await sync_to_thread(_waiting, joint, account, at)
        rows = [
            {
                "id": each.application_id,
                "name": each.name,
                "client": each.client_id,
                "minutes": int((at - each.moment).total_seconds() // 60),
            }
            for each in found
        ]
        return desk.page(request, "desk/apps.html", waiting=rows)

    @get(everywhere("/apps/{application_id:str}"))
    async def one(request: AnyRequest, application_id: FromPath[str]) -> Response[str]:
        account = await sync_to_thread(desk.account, request, *ROLES)
        return _page(joint, request, await sync_to_thread(_known, joint, account, application_id))

    @post(everywhere("/apps/{application_id:str}"), status_code=303)
    async def decided(request: AnyRequest, application_id: FromPath[str]) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        decision = form["decision"]
        if decision not in ("propose", "turn_down"):
            raise Problem(Code.FORM_UNREADABLE)
        found = await sync_to_thread(_known, joint, account, application_id)
        where = await sync_to_thread(_decided, joint, account, found, proposes=decision == "propose")
        if isinstance(where, AccessRefused):
            return _page(joint, request, found, where)
        return Redirect(f"/{language_of(request)}{where}", status_code=303)

    return [queue, one, decided]


def _known(joint: Joint, account: Account, application_id: str) -> Application:
    """Raises `Problem` (PAGE_UNKNOWN) for one that is not there, or was decided."""
    waiting = _waiting(joint, account, joint.desk.clock())
    found = next((each for each in waiting if each.application_id == application_id), None)
    if found is None:
        raise Problem(Code.PAGE_UNKNOWN)
    return found


def _page(joint: Joint, request: AnyRequest, found: Application, refused: AccessRefused | None = None) -> Response[str]:
    say = words(language_of(request))
    return joint.desk.page(
        request,
        "desk/app.html",
        status=409 if refused else 200,
        id=found.application_id,
        lines=facts_of(found, say, joint.zone),
        fault=told(refused.reasons[0], say) if refused else None,
    )


def _decided(joint: Joint, account: Account, found: Application, *, proposes: bool) -> str | AccessRefused:
    """Where to go on; or why neither is possible: it was decided meanwhile, or its name is taken."""
    admission, at = Admission(found.application_id), joint.desk.clock()
    try:
        with writing(joint.engine) as connection:
            if proposes:
                return f"/joint/{jointly.propose(connection, admission, account, at=at)}"
            jointly.turn_away(connection, admission, account, at=at)
    except AccessRefused as refusal:
        return refusal
    return "/apps"
