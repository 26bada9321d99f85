"""Fetching a day pass (T7, venue): which day, what a door will see, and the pass, live where the page has a script.

    /certificate/NAME/pass ─ a slot ─► the pass, shown alone
                                     ├─ /pass/statuses  one for each one-time key of the page
                                     └─ /pass/drawn     a live code's drawing, as for the health code

A policy is asked when the slot begins, or now, where it has begun.
"""

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
from pratique.web import forms
from pratique.web.certificate import held, modes
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
    """The pages; none where no day passes are made."""
    passes = desk.ministry.passes
    if passes is None:
        return []

    def of(request: AnyRequest, name: str) -> Held:
        found = held(desk, request, name)
        if not found.parts:
            raise Problem(Code.SESSION_UNKNOWN)
        return found

    def made(found: Held, begin: datetime, keys: list[bytes | None]) -> tuple[tuple[Status, str], ...]:
        """Raises `Problem` (FORM_UNREADABLE): a page asks for no slot and no key that there is not."""
        at = desk.clock()
        if begin not in passes.slots(at) or not passes.decided(found.certificate, max(at, begin)):
            raise Problem(Code.FORM_UNREADABLE)
        try:
            return passes.made(found.certificate, begin, keys, at)
        except IssueRefused as refusal:
            raise Problem(Code.FORM_UNREADABLE) from refusal

    def choice(request: AnyRequest, name: str, faults: tuple[Fault, ...] = ()) -> Response[str]:
        found, language, at = of(request, name), language_of(request), desk.clock()
        say = words(language)
        return desk.page(
            request,
            "holder/pass.html",
            status=422 if faults else 200,
            address=f"/{language}/certificate/{name}",
            setting=_title(passes, language),
            days=[_day(passes, found, begin, at, say) for begin in passes.slots(at)],
            faults=faults,
            modes=modes(desk, desk.visit(request, name), language),
            here=f"/{language}/certificate/{name}/pass",
        )

    @get(everywhere("/certificate/{name:str}/pass"), sync_to_thread=False)
    def which(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        return choice(request, name)

    @post(everywhere("/certificate/{name:str}/pass"), status_code=200)
    async def fetched(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        form, found, language = await forms.read(request), of(request, name), language_of(request)
        begin = _instant(form["begins"])
        if begin is None or begin not in passes.slots(desk.clock()):
            say = words(language)
            return choice(request, name, (Fault("begins", say("holder.pass.which")),))
        ((status, scan),) = await sync_to_thread(made, found, begin, [None])
        say = words(language)
        address = f"/{language}/certificate/{name}"
        return desk.page(
            request,
            "holder/passed.html",
            address=address,
            setting=_title(passes, language),
            day=_named(passes, begin, say),
            status=200,
            initials=status.initials or "",
            birthday=status.birthday or "",
            svg=drawing(qr.svg(scan, level=Level.M)),
            begins=say.instant(begin.astimezone(passes.zone)),
            ends=say.instant((begin + SLOT).astimezone(passes.zone)),
            second=int(begin.timestamp()),
            running=begin <= desk.clock(),
            now=int(desk.clock().timestamp()),
            slot=int(LIVE.total_seconds()),
            modes=modes(desk, desk.visit(request, name), language),
            here=f"{address}/pass",
        )

    @post(everywhere("/certificate/{name:str}/pass/statuses"), status_code=200)
    async def statuses(request: AnyRequest, name: FromPath[str], data: JSONBody[Keys]) -> list[str]:
        """A pass for each of these keys."""
        found = of(request, name)
        try:
            begin, keys = datetime.fromtimestamp(data.begins, passes.zone), points(data.keys)
        except (ValueError, OverflowError, OSError) as fault:
            raise Problem(Code.FORM_UNREADABLE) from fault
        if not 0 < len(keys) <= MOST_KEYS:
            raise Problem(Code.FORM_UNREADABLE)
        return [scan for _, scan in await sync_to_thread(made, found, begin, list(keys))]

    @post(everywhere("/certificate/{name:str}/pass/drawn"), status_code=200)
    async def drawn(request: AnyRequest, name: FromPath[str], data: JSONBody[Slot]) -> dict[str, str]:
        """A live pass as the path of a drawing."""
        of(request, name)
        return await sync_to_thread(redrawn, data)

    return [which, fetched, statuses, drawn]


def _day(passes: Passes, found: Held, begin: datetime, at: datetime, say: Words) -> dict[str, Any]:
    """A slot, and whether these claims lead to a pass for it; it is asked when the slot begins, or now."""
    return {
        "value": begin.isoformat(),
        "day": _named(passes, begin, say),
        "open": passes.decided(found.certificate, max(at, begin)) is True,
    }


def _named(passes: Passes, begin: datetime, say: Words) -> str:
    """The day of which a slot has the most."""
    return say.day((begin + SLOT / 2).astimezone(passes.zone).date())


def _title(passes: Passes, language: str) -> str:
    title = passes.policy.title
    return title.get(language) or title.get("en", passes.policy.identifier)


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.utcoffset() == timedelta(0) else None
