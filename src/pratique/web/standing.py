"""Every certificate of the holder's with what became of it: word, cause and end. And a leaked code replaced (T11).

    GET  /certificates                      each with its state; whoever came in last by this browser
    GET  /certificate/NAME/leaked           what happens to the old codes and to paper
    POST /certificate/NAME/leaked           everything under other identifiers, signed anew
    GET  /certificate/NAME/leaked/done      the new codes

No reason is asked for: none would change what is done.
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

from pratique.authority.access import Item, Purpose, look
from pratique.authority.issuance import revoking
from pratique.authority.issuance.revoking import Standing, State
from pratique.authority.store import looking_up
from pratique.model.errors import AccessRefused
from pratique.web.certificate import held
from pratique.web.holding import Held
from pratique.web.ministry import Office
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.problems import Code, Problem, language_of
from pratique.web.who import Who
from pratique.web.words import Words, words

_ITEMS = frozenset({Item.IDENTITY, Item.RECORDS})


class Row(Struct, frozen=True):
    """One certificate."""

    what: str
    issued: str
    state: str
    good: bool


def listed(desk: Office, engine: Engine, holder: Callable[[AnyRequest], Who]) -> list[Any]:
    """The list, over the database in the role of issuing; `holder` says who asks, and refuses everybody else."""

    @get(everywhere("/certificates"))
    async def certificates(request: AnyRequest) -> Response[str]:
        who, say = await sync_to_thread(holder, request), words(language_of(request))
        found = await sync_to_thread(_standings, engine, who, desk.clock())
        rows = [_row(each, say) for each in found]
        return desk.page(request, "holder/certificates.html", rows=rows, acting=who.acting, home=who.home)

    return [certificates]


def _standings(engine: Engine, who: Who, at: datetime) -> tuple[Standing, ...]:
    allowed = look(engine, who.account, who.known.person_id, Purpose.OWN, _ITEMS, at=at)
    with looking_up(engine) as connection:
        return revoking.standings(connection, allowed, at=at)


def _row(each: Standing, say: Words) -> Row:
    kept = each.certificate
    end = say.instant(_instant(kept.expires)) if kept.expires is not None else say("holder.standing.endless")
    values = {"end": end, "since": say.instant(_instant(each.since)) if each.since else ""}
    state = say(f"holder.standing.{each.state}", **values)
    if each.ground is not None and each.state in (State.REVOKED, State.REPLACED):
        state = say("sentences", first=state, second=say(f"holder.ground.{each.ground}"))
    kind = say(f"holder.format.{kept.format.replace('-', '_')}")
    return Row(kind, say.instant(_instant(kept.issued)), state, each.state is State.GOOD)


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def leaking(desk: Office) -> list[Any]:
    """The pages of a leaked code."""

    def replaceable(request: AnyRequest, name: str) -> tuple[Held, Callable[[datetime], Held]]:
        found = held(desk, request, name)
        if found.anew is None or found.anew.leaked is None:
            raise Problem(Code.SESSION_UNKNOWN)
        return found, found.anew.leaked

    def address(request: AnyRequest, name: str) -> str:
        return f"/{language_of(request)}/certificate/{name}"

    @get(everywhere("/certificate/{name:str}/leaked"), sync_to_thread=False)
    def asked(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        found, _ = replaceable(request, name)
        return desk.page(request, "holder/leaked.html", address=address(request, name), count=len(found.parts))

    @post(everywhere("/certificate/{name:str}/leaked"), status_code=303)
    async def replaced(request: AnyRequest, name: FromPath[str]) -> Response[Any]:
        _, replace = replaceable(request, name)
        visit = desk.visit(request, name)
        try:
            visit.outcome = await sync_to_thread(replace, desk.clock())
        except AccessRefused:
            raise Problem(Code.SESSION_UNKNOWN) from None
        visit.chosen = None
        return Redirect(f"{address(request, name)}/leaked/done", status_code=303)

    @get(everywhere("/certificate/{name:str}/leaked/done"), sync_to_thread=False)
    def done(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        found = held(desk, request, name)
        return desk.page(request, "holder/leaked_done.html", address=address(request, name), count=len(found.parts))

    return [asked, replaced, done]
