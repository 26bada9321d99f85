"""Fetching a day pass (T7, venue): which day, what a door will see, and the pass, live where the page has a script.

    /certificate/NAME/pass ─ a slot ─► the pass, shown alone
                                     ├─ /pass/statuses  one for each one-time key of the page
                                     └─ /pass/drawn     a live code's drawing, as for the health code

A policy is asked when the slot begins, or now, where it has begun.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from pratique import qr
from pratique.model.errors import IssueRefused
from pratique.model.live import SLOT as LIVE
from pratique.model.status import Status
from pratique.passes import SLOT
from pratique.qr import Level
from pratique.texts.saying import published
from pratique.web import forms
from pratique.web.certificate import modes, signed
from pratique.web.code import Slot, points, redrawn
from pratique.web.fields import Fault
from pratique.web.holding import Held
from pratique.web.ministry import Office
from pratique.web.pages import AnyRequest, drawing, everywhere
from pratique.web.passes import MOST_KEYS, Passes
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import Words, words


class Keys(Struct, frozen=True):
    """One-time public keys of the holder's device for the slot that begins at this second."""

    begins: int
    keys: list[str]


def handlers(desk: Office) -> list[Any]:
    """The pages, and what their script asks for; none where no day passes are made."""
    passes = desk.ministry.passes
    return [] if passes is None else [*_pages(desk, passes), *_live(desk, passes)]


def _pages(desk: Office, passes: Passes) -> list[Any]:
    def choice(request: AnyRequest, name: str, faults: tuple[Fault, ...] = ()) -> Response[str]:
        found, language, at = signed(desk, request, name), language_of(request), desk.clock()
        say = words(language)
        return desk.page(
            request,
            "holder/pass.html",
            status=422 if faults else 200,
            address=f"/{language}/certificate/{name}",
            setting=_title(passes, language),
            days=[_day(passes, found, begin, at, say) for begin in passes.slots(at)],
            faults=faults,
        )

    @get(everywhere("/certificate/{name:str}/pass"), sync_to_thread=False)
    def which(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        return choice(request, name)

    @post(everywhere("/certificate/{name:str}/pass"), status_code=200)
    async def fetched(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        form, found, language = await forms.read(request), signed(desk, request, name), language_of(request)
        begin, at, say = _instant(form["begins"]), desk.clock(), words(language)
        if begin is None or begin not in passes.slots(at):
            return choice(request, name, (Fault("begins", say("holder.pass.which")),))
        ((status, scan),) = await sync_to_thread(_made, passes, found, begin, [None], at)
        address = f"/{language}/certificate/{name}"
        return desk.page(
            request,
            "holder/passed.html",
            address=address,
            day=_named(passes, begin, say),
            initials=status.initials or "",
            birthday=status.birthday or "",
            svg=drawing(qr.svg(scan, level=Level.M)),
            begins=say.instant(begin.astimezone(passes.zone)),
            ends=say.instant((begin + SLOT).astimezone(passes.zone)),
            second=int(begin.timestamp()),
            running=begin <= at,
            now=int(desk.clock().timestamp()),
            slot=int(LIVE.total_seconds()),
            modes=modes(desk, desk.visit(request, name), language),
            here=f"{address}/pass",
        )

    return [which, fetched]


def _live(desk: Office, passes: Passes) -> list[Any]:
    @post(everywhere("/certificate/{name:str}/pass/statuses"), status_code=200)
    async def statuses(request: AnyRequest, name: FromPath[str], data: JSONBody[Keys]) -> list[str]:
        """A pass for each of these keys."""
        found = signed(desk, request, name)
        try:
            begin, keys = datetime.fromtimestamp(data.begins, passes.zone), points(data.keys)
        except (ValueError, OverflowError, OSError) as fault:
            raise Problem(Code.FORM_UNREADABLE) from fault
        if not 0 < len(keys) <= MOST_KEYS:
            raise Problem(Code.FORM_UNREADABLE)
        return [scan for _, scan in await sync_to_thread(_made, passes, found, begin, keys, desk.clock())]

    @post(everywhere("/certificate/{name:str}/pass/drawn"), status_code=200)
    async def drawn(request: AnyRequest, name: FromPath[str], data: JSONBody[Slot]) -> dict[str, str]:
        """A live pass as the path of a drawing."""
        signed(desk, request, name)
        return await sync_to_thread(redrawn, data)

    return [statuses, drawn]


def _made(
    passes: Passes, found: Held, begin: datetime, keys: Sequence[bytes | None], at: datetime
) -> tuple[tuple[Status, str], ...]:
    """Raises `Problem` (FORM_UNREADABLE): a page asks for no slot and no key that there is not."""
    if begin not in passes.slots(at) or not passes.leads(found.certificate, begin, at):
        raise Problem(Code.FORM_UNREADABLE)
    try:
        return passes.made(found.certificate, begin, keys, at)
    except IssueRefused as refusal:
        raise Problem(Code.FORM_UNREADABLE) from refusal


def _day(passes: Passes, found: Held, begin: datetime, at: datetime, say: Words) -> dict[str, Any]:
    """A slot, and whether these claims lead to a pass for it."""
    return {
        "value": begin.isoformat(),
        "day": _named(passes, begin, say),
        "open": passes.leads(found.certificate, begin, at),
    }


def _named(passes: Passes, begin: datetime, say: Words) -> str:
    """The day of which a slot has the most."""
    return say.day((begin + SLOT / 2).astimezone(passes.zone).date())


def _title(passes: Passes, language: str) -> str:
    return published(passes.policy.title, language) or passes.policy.identifier


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.utcoffset() == timedelta(0) else None
