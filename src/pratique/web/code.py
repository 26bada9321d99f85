"""The health code's pages for its holder: my code, the code as others see it, declaring, appealing, letting staff look.

    /code ─ mine: colour, cause, until when, what to do ─┬─ /code/show      the word and the live QR, and nothing of why
                                                         ├─ /code/declare   how I am and where I was; said again
                                                         ├─ /code/appeal/…  against what was decided about me
                                                         └─ /code/word      staff may look once, within five minutes
    /counts ─ for everybody: the colours of a day by cause, small numbers hidden

Every page works without a script; with one, the QR proves every minute that its holder is there.
"""

from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from litestar import Litestar, Response, get, post
from litestar.di import Provide
from litestar.params import JSONBody
from litestar.response import Redirect
from litestar.router import Router
from msgspec import Struct

from pratique import qr
from pratique.authority.access import permissions
from pratique.authority.status import appeals, codes, counting, declaring
from pratique.authority.store import reading, status
from pratique.authority.store.people import Known
from pratique.colour import Colour, HealthCode, explain
from pratique.formats import hcert
from pratique.model.dates import EPOCH
from pratique.model.errors import IssueRefused
from pratique.model.live import SLOT
from pratique.qr import Level
from pratique.web import guarding, saying, wallet
from pratique.web.holder import Holder, Own, Service, against, status_address, word_of
from pratique.web.pages import AnyRequest, Site, drawing, everywhere, in_a_thread
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import words

__all__ = ["Service", "app", "router"]

MAX_SCAN = 1_000
"""Characters of a signed status; ours has about 300."""


def app(
    service: Service,
    *,
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost"),
    more: tuple[Any, ...] = (),
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Litestar:
    """The pages of `service`; `more` are other handlers beside them. A holder signs in elsewhere (`Service.holder`)."""
    site = Site(service="service.code", authority=service.authority, specimen=service.specimen)
    return guarding.application(site, [router(service, site, clock, start, about), *more], hosts=hosts)


def router(service: Service, site: Site, clock: Callable[[], datetime], *more: Any) -> Router:
    """The handlers, to stand in an application beside others, which has a first page and an about of its own."""
    desk = Holder(site, service, clock)
    return Router(
        "/", route_handlers=[*_HANDLERS, *more], dependencies={"own": Provide(lambda: desk, sync_to_thread=False)}
    )


# mine


@get(everywhere(""), sync_to_thread=False)
def start(request: AnyRequest) -> Redirect:
    """There is one first page."""
    return Redirect(f"/{language_of(request)}/code", status_code=303)


@get(everywhere("/code"))
@in_a_thread
def mine(request: AnyRequest, own: Own) -> Response[str]:
    """The colour, why, until when, what can be done; what was decided, and what became of appeals."""
    at = own.clock()
    who = own.who(request)
    if over := own.over(request, at):
        return over
    seen = own.own(who, at)
    code, say = own.code(seen, at), words(language_of(request))
    with reading(own.service.engine) as connection:
        streak = declaring.streak(connection, seen, at=at, zone=own.service.zone)
        stated = against(own, connection, seen, at, say)
        asked = appeals.own_appeals(connection, seen)
        notices = status.notices(connection, who.known.person_id)
    return own.page(
        request,
        "code/mine.html",
        acting=who.acting,
        home=who.home,
        code=code,
        word=word_of(code.colour, language_of(request)),
        lines=explain(code, language_of(request)),
        at=say.instant(at.astimezone(own.service.zone)),
        streak=streak,
        missed=None if streak.missed is None else say.day(streak.missed),
        against=stated if code.colour in (Colour.YELLOW, Colour.RED) else [],
        appeals=[
            {"state": each.state, "ground": each.ground, "due": say.instant(own.local(each.due))} for each in asked
        ],
        notices=[{"kind": each.kind, "when": say.instant(own.local(each.moment))} for each in notices[:5]],
    )


@get(everywhere("/about"), sync_to_thread=False)
def about(request: AnyRequest, own: Own) -> Response[str]:
    """Help, privacy, accessibility."""
    return own.page(request, "about.html", side="code")


# shown


@get(everywhere("/code/show"))
@in_a_thread
def shown(request: AnyRequest, own: Own) -> Response[str]:
    """The word, the shape, initials and age; the QR of a status without a key, until the script has made it live."""
    at, who = own.clock(), own.who(request)
    if over := own.over(request, at):
        return over
    code = own.code(own.own(who, at), at)
    view = codes.shown(code, permissions.whose(who.known), at=at)
    (scan,) = _issued(own, code, who.known, [None], at)
    address = _kept(own, who.known, view, scan, at)
    say = words(language_of(request))
    return own.page(
        request,
        "code/show.html",
        view=view,
        word=word_of(view.word, language_of(request)),
        svg=drawing(qr.svg(scan, level=Level.M)),
        begins=say.instant(view.begins.astimezone(own.service.zone)),
        ends=say.instant(view.ends.astimezone(own.service.zone)),
        address=address,
        now=int(at.timestamp()),
        slot=int(SLOT.total_seconds()),
    )


def _kept(own: Holder, known: Known, view: codes.Shown, scan: str, at: datetime) -> str | None:
    """Put it where the display path finds it, for the device that keeps its address; None without one."""
    shelf = own.service.shelf
    if shelf is None:
        return None
    address = status_address(own.service.vault, known.subject_id)
    content = wallet.shown(scan, view.word.value, signed=at, until=view.ends)
    shelf.put(address, content, until=view.ends)
    return address


def _issued(own: Holder, code: HealthCode, known: Known, keys: list[Any], at: datetime) -> tuple[str, ...]:
    service = own.service
    return codes.issue_statuses(code, known, service.policy, service.signer, keys, at=at, specimen=service.specimen)


class Keys(Struct, frozen=True):
    """One-time public keys of the holder's device: compressed points of P-256, in base64url."""

    keys: list[str]


@post(everywhere("/code/statuses"), status_code=200)
@in_a_thread
def statuses(request: AnyRequest, own: Own, data: JSONBody[Keys]) -> list[str]:
    """A signed status for each of these keys."""
    at, who = own.clock(), own.who(request)
    try:
        return list(_issued(own, own.code(own.own(who, at), at), who.known, points(data.keys), at))
    except (ValueError, IssueRefused) as fault:
        raise Problem(Code.FORM_UNREADABLE) from fault


def points(keys: list[str]) -> list[Any]:
    """Keys as they were sent. Raises `ValueError`."""
    return [urlsafe_b64decode(key + "=" * (-len(key) % 4)) for key in keys]


class Slot(Struct, frozen=True):
    """A status, and the proof of its one-time key for the slot that begins at this second."""

    scan: str
    begins: int
    signature: str


@post(everywhere("/code/drawn"), status_code=200)
@in_a_thread
def drawn(request: AnyRequest, own: Own, data: JSONBody[Slot]) -> dict[str, str]:
    """The QR of a live status as the path of a drawing, for a page that may not take in markup."""
    own.who(request)
    return redrawn(data)


def redrawn(data: Slot) -> dict[str, str]:
    """The drawing. Raises `Problem` (FORM_UNREADABLE)."""
    try:
        if len(data.scan) > MAX_SCAN or not data.scan.startswith(hcert.PREFIX):
            raise ValueError("no status")
        signature = urlsafe_b64decode(data.signature + "=" * (-len(data.signature) % 4))
        text = hcert.presented(data.scan, EPOCH + timedelta(seconds=data.begins), signature)
        svg = qr.svg(text, level=Level.M)
    except (ValueError, OverflowError) as fault:
        raise Problem(Code.FORM_UNREADABLE) from fault
    box, path = (svg.partition(f'{name}="')[2].partition('"')[0] for name in ("viewBox", " d"))
    return {"box": box, "path": path}


# letting somebody look


@post(everywhere("/code/word"), status_code=200)
@in_a_thread
def word(request: AnyRequest, own: Own) -> Response[str]:
    """A word for staff: once, within five minutes."""
    at, who = own.clock(), own.who(request)
    if over := own.over(request, at):
        return over
    service, shows = own.service, permissions.whose(who.known)
    given = permissions.permit(service.engine, service.vault, own.own(who, at), shows, at=at)
    minutes = int(permissions.LASTS.total_seconds() // 60)
    return own.page(request, "code/word.html", given=given, minutes=minutes)


# for everybody


@get(everywhere("/counts"))
@in_a_thread
def counts(request: AnyRequest, own: Own) -> Response[str]:
    """The colours of yesterday, or of `?day=`, by cause: no sign-in, and no number below ten."""
    asked = request.query_params.get("day", "")
    try:
        day = (
            date.fromisoformat(asked) if asked else own.clock().astimezone(own.service.zone).date() - timedelta(days=1)
        )
    except ValueError:
        raise Problem(Code.PAGE_UNKNOWN) from None
    with reading(own.service.engine) as connection:
        lines = counting.published(connection, day)
    say = words(language_of(request))
    named = [{"line": each, "word": word_of(Colour(each.colour), language_of(request))} for each in lines]
    return own.page(request, "code/counts.html", day=say.day(day), lines=named, fewest=counting.FEWEST)


_HANDLERS = (mine, shown, statuses, drawn, *saying.HANDLERS, word, counts)
