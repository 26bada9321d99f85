"""D3: is it one face? The registered portrait beside the picture that was sent, for two officers, each alone.

No number is shown that a machine made of the two, and none of what the other officer said.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from pratique.authority.access import Account, Role
from pratique.authority.identity import photograph, review
from pratique.authority.identity.review import Before, Decision, State
from pratique.web import forms
from pratique.web.cards import names
from pratique.web.desk import Desk, Page, Queue
from pratique.web.forms import Fault
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import words

ROLES = frozenset({Role.ENROLMENT})
_SHOWN = "review"


class _Case(Struct, frozen=True):
    """What an officer has before them, with both pictures ready to be shown."""

    before: Before
    shown: Mapping[str, bytes | None]


def room(desk: Desk) -> Page:
    """The queue and its cases."""
    return Page(ROLES, lambda account, at: _waits(desk, account, at), _handlers(desk))


def _waits(desk: Desk, account: Account, at: datetime) -> Queue:
    cases = review.queue(desk.house.engine, account, at=at)
    oldest = datetime.fromtimestamp(cases[0].opened, UTC) if cases else None
    return Queue("desk.review.title", "/review", len(cases), oldest)


def _handlers(desk: Desk) -> list[Any]:
    engine, vault = desk.house.engine, desk.house.vault

    @get(everywhere("/review"))
    async def queue(request: AnyRequest) -> Response[str]:
        return await _queue(desk, request, said=request.query_params.get("said", ""))

    @get(everywhere("/review/{review_id:str}"))
    async def case(request: AnyRequest, review_id: FromPath[str]) -> Response[Any]:
        account, at = await sync_to_thread(desk.account, request, *ROLES), desk.clock()
        other = await sync_to_thread(review.take, engine, account, review_id, at=at)
        if other is not None:
            return await _queue(desk, request, said="taken" if other else "gone", by=other, status=409)
        before = await sync_to_thread(review.look_at, engine, vault, account, review_id, at=at)
        if before is None:
            return await _queue(desk, request, said="gone", status=409)
        shown = {
            "portrait": await sync_to_thread(photograph.anew, before.portrait) if before.portrait else None,
            "picture": await sync_to_thread(photograph.anew, before.picture) if before.picture else None,
        }
        desk.kept(request)[_SHOWN] = _Case(before, shown)
        return _page(desk, request, before, shown)

    @get(everywhere("/review/{review_id:str}/{which:str}"))
    async def picture(request: AnyRequest, review_id: FromPath[str], which: FromPath[str]) -> Response[bytes]:
        await sync_to_thread(desk.account, request, *ROLES)
        found = desk.kept(request).get(_SHOWN)
        shown = found.shown.get(which) if isinstance(found, _Case) and found.before.review_id == review_id else None
        if shown is None:
            raise Problem(Code.PAGE_UNKNOWN)
        return Response(shown, media_type="image/jpeg")

    @post(everywhere("/review/{review_id:str}"), status_code=200)
    async def decide(request: AnyRequest, review_id: FromPath[str]) -> Response[Any]:
        account, at = await sync_to_thread(desk.account, request, *ROLES), desk.clock()
        form, found = await forms.read(request), desk.kept(request).get(_SHOWN)
        if not isinstance(found, _Case) or found.before.review_id != review_id:
            return await _queue(desk, request, said="gone", status=409)
        if form["decision"] not in list(Decision):
            fault = Fault("decision", words(language_of(request))("desk.review.choose"))
            return _page(desk, request, found.before, found.shown, (fault,))
        decision = Decision(form["decision"])
        came = await sync_to_thread(review.decide, engine, vault, account, review_id, decision, at=at)
        del desk.kept(request)[_SHOWN]
        if came is None:
            return await _queue(desk, request, said="gone", status=409)
        said = "second" if came is State.OPEN else "decided"
        return Redirect(f"/{language_of(request)}/review?said={said}", status_code=303)

    return [queue, case, picture, decide]


async def _queue(desk: Desk, request: AnyRequest, *, said: str, by: str = "", status: int = 200) -> Response[str]:
    account, at = await sync_to_thread(desk.account, request, *ROLES), desk.clock()
    cases = await sync_to_thread(review.queue, desk.house.engine, account, at=at)
    rows = [
        {
            "id": each.review_id,
            "minutes": max(0, int(at.timestamp()) - each.opened) // 60,
            "cause": each.cause,
            "taken_by": each.taken_by if each.taken_by != account.account_id else None,
        }
        for each in cases
    ]
    told = said if said in ("taken", "gone", "second", "decided") else ""
    return desk.page(request, "desk/reviews.html", cases=rows, said=told, by=by, status=status)


def _page(
    desk: Desk, request: AnyRequest, before: Before, shown: Mapping[str, bytes | None], faults: tuple[Fault, ...] = ()
) -> Response[str]:
    known, zone = before.known, before.zone
    own, language, latin = names(known.name) if known else ("", "en", "")
    return desk.page(
        request,
        "desk/review.html",
        case=before.review_id,
        minutes=max(0, int(desk.clock().timestamp()) - before.opened) // 60,
        cause=before.cause.value,
        stated=before.stated.number,
        known=known,
        name=own or latin,
        name_language=language,
        latin=latin if latin != own else "",
        born=words(language_of(request)).day(known.birth_date) if known and known.birth_date else None,
        country=zone.country if zone else None,
        shown=shown,
        others=before.others,
        faults=faults,
        status=422 if faults else 200,
    )
