"""Objections to policies, answered: each in words that everybody reads beside the policy.

queue ─ the oldest first ─► what somebody wrote, about which text ─► an answer, on the public page at once
"""

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct
from sqlalchemy import Engine

from pratique.authority import objections
from pratique.authority.access import Account, Role
from pratique.authority.objections import LONGEST
from pratique.authority.store import reading, writing
from pratique.authority.store.objections import Objection
from pratique.web import forms
from pratique.web.desk import Desk, Page, Queue
from pratique.web.forms import Fault
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import words

ROLES = frozenset({Role.HEALTH_AUTHORITY})


def room(desk: Desk, engine: Engine) -> Page:
    """The queue and its cases; `engine` is the database in the role of the health authority's desk."""

    def waits(account: Account, _: datetime) -> Queue:
        found = _waiting(engine, account)
        oldest = datetime.fromtimestamp(found[0].moment, UTC) if found else None
        return Queue("objections.title", "/objections", len(found), oldest)

    return Page(ROLES, waits, _handlers(desk, engine))


def _waiting(engine: Engine, account: Account) -> list[Objection]:
    with reading(engine) as connection:
        return objections.waiting(connection, account)


def _handlers(desk: Desk, engine: Engine) -> list[Any]:
    @get(everywhere("/objections"))
    async def queue(request: AnyRequest) -> Response[str]:
        account = await sync_to_thread(desk.account, request, *ROLES)
        now = int(desk.clock().timestamp())
        found = await sync_to_thread(_waiting, engine, account)
        rows = [
            {"id": each.objection_id, "policy": each.policy, "hours": (now - each.moment) // 3600} for each in found
        ]
        return desk.page(request, "desk/objections.html", waiting=rows)

    @get(everywhere("/objections/{key:str}"))
    async def one(request: AnyRequest, key: FromPath[str]) -> Response[str]:
        account = await sync_to_thread(desk.account, request, *ROLES)
        return _page(desk, request, await sync_to_thread(_opened, desk, engine, account, key))

    @post(everywhere("/objections/{key:str}"), status_code=303)
    async def answer(request: AnyRequest, key: FromPath[str]) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        say, said = words(language_of(request)), form["answer"].strip()
        case = await sync_to_thread(_opened, desk, engine, account, key)
        fault = None
        if not 0 < len(said) <= LONGEST:
            fault = Fault("answer", say("objections.answer.missing", longest=LONGEST))
        elif not await sync_to_thread(_answered, desk, engine, account, key, said):
            fault = Fault("answer", say("objections.gone"))
        if fault is not None:
            return _page(desk, request, case, said, fault)
        return Redirect(f"/{language_of(request)}/objections", status_code=303)

    return [queue, one, answer]


class _Case(Struct, frozen=True):
    """An objection as a desk reads it."""

    filed: Objection
    written: str


def _opened(desk: Desk, engine: Engine, account: Account, key: str) -> _Case:
    """Raises `Problem` (PAGE_UNKNOWN) for one that is not there, or was answered."""
    with reading(engine) as connection:
        waiting = objections.waiting(connection, account)
        found = next((each for each in waiting if each.objection_id == key), None)
        written = objections.read(connection, desk.house.vault, key, account)
    if found is None or written is None:
        raise Problem(Code.PAGE_UNKNOWN)
    return _Case(found, written)


def _answered(desk: Desk, engine: Engine, account: Account, key: str, said: str) -> bool:
    with writing(engine) as connection:
        return objections.answer(connection, key, said, by=account, at=desk.clock())


def _page(desk: Desk, request: AnyRequest, case: _Case, said: str = "", *faults: Fault) -> Response[str]:
    say = words(language_of(request))
    return desk.page(
        request,
        "desk/objection.html",
        status=422 if faults else 200,
        objection=case.filed,
        written=case.written,
        when=say.instant(datetime.fromtimestamp(case.filed.moment, UTC)),
        said=said,
        faults=faults,
        longest=LONGEST,
    )
