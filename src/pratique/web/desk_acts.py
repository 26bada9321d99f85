"""D4, the second officer: what was proposed, confirmed or turned down, and what is handed over."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct
from msgspec.structs import replace

from pratique.authority.access import Account
from pratique.authority.identity import clinic_code, desk, photograph
from pratique.authority.identity.answers import Assurance
from pratique.authority.identity.clinic_code import Kind
from pratique.authority.identity.desk import Admit, Delegate, Done, Enter, ForgetKeys, Proposed, Renew, Stop
from pratique.authority.identity.registry import Identified
from pratique.authority.store.people import Known
from pratique.model.errors import AccessRefused, IssueRefused
from pratique.paper import certificate_pdf
from pratique.trust.keys import Anchor
from pratique.web import forms
from pratique.web.cards import names
from pratique.web.desk import Desk
from pratique.web.desk_screen import ROLES, Screens, Step
from pratique.web.holding import Held, sheet
from pratique.web.pages import AnyRequest, everywhere, saved
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import Words, words

_ACT, _DONE = "acts.act", "acts.done"


class Counter(Struct, frozen=True, kw_only=True):
    """What a counter works with besides the desk."""

    country: str
    """The issuing state (`UTO`) of numbers that are typed without one."""
    roots: Sequence[Anchor]
    """Countries' roots, under which chips are authenticated."""
    hold: Callable[[Identified, Assurance, datetime], Held]
    """Makes the certificate of somebody."""
    issuer: str
    issuing_country: str
    ended: Callable[[str, str | None], None]
    """Ends what somebody has open on the travellers' pages; with a second one, where they act for that person."""


class _Act(Struct, frozen=True):
    """An act as the second officer looks at it."""

    act_id: str
    proposed: Proposed
    portraits: Sequence[bytes | None]


class _Done(Struct, frozen=True):
    """An act that was carried out, and what is handed over for it."""

    act_id: str
    done: Done
    held: Held | None = None
    code: clinic_code.Code | None = None


def handlers(screens: Screens, settings: Counter) -> list[Any]:
    """The act, for whoever decides on it; and what is handed over."""
    return [*_deciding(screens, settings), *_handing_over(screens, settings)]


def _deciding(screens: Screens, settings: Counter) -> list[Any]:
    counter = screens.desk
    engine, vault = counter.house.engine, counter.house.vault

    @get(everywhere("/acts/{act_id:str}"))
    async def act(request: AnyRequest, act_id: FromPath[str]) -> Response[str]:
        account, at = await sync_to_thread(counter.account, request, *ROLES), counter.clock()
        shown = await sync_to_thread(desk.look_at, engine, vault, account, act_id, at=at)
        if shown is None:
            return screens.page(request, "desk/stopped.html", why=Stop.GONE.value, status=409)
        portraits = [picture and photograph.anew(picture) for _, picture in shown.people]
        if isinstance(shown.act, Enter):
            portraits = [shown.act.portrait and photograph.anew(shown.act.portrait)]
        counter.kept(request)[_ACT] = _Act(act_id, shown, portraits)
        say = words(language_of(request))
        return screens.page(
            request,
            "desk/act.html",
            act_id=act_id,
            kind=str(shown.act.__struct_config__.tag),
            people=_people(shown, say),
            portraits=[picture is not None for picture in portraits],
            own=shown.own,
            zone=shown.act.zone if isinstance(shown.act, Renew | Enter) else None,
            ground=shown.act.ground.value if isinstance(shown.act, Delegate) else None,
            seen=shown.act.seen.value if isinstance(shown.act, Admit | Enter) else None,
        )

    @get(everywhere("/acts/{act_id:str}/portrait/{number:int}"))
    async def portrait(request: AnyRequest, act_id: FromPath[str], number: FromPath[int]) -> Response[bytes]:
        await sync_to_thread(counter.account, request, *ROLES)
        shown = kept_of(counter, request, _ACT, _Act)
        if shown.act_id != act_id or not 0 <= number < len(shown.portraits):
            raise Problem(Code.PAGE_UNKNOWN)
        return jpeg(shown.portraits[number])

    @post(everywhere("/acts/{act_id:str}"), status_code=200)
    async def decided(request: AnyRequest, act_id: FromPath[str]) -> Response[Any]:
        account, form = await sync_to_thread(counter.account, request, *ROLES), await forms.read(request)
        at, agrees = counter.clock(), form["decision"] == "confirm"
        if form["decision"] not in ("confirm", "turn_down") or kept_of(counter, request, _ACT, _Act).act_id != act_id:
            raise Problem(Code.FORM_UNREADABLE)
        came = await sync_to_thread(desk.confirm, engine, vault, account, act_id, agrees=agrees, at=at)
        if not isinstance(came, Done):
            if came is not Stop.SAME_OFFICER:
                screens.decided(act_id, Step.STOPPED)
            why, status = ("turned_down", 200) if came is None else (came.value, 409)
            return screens.page(request, "desk/stopped.html", why=why, status=status)
        screens.decided(act_id, Step.DONE)
        if isinstance(came.act, ForgetKeys):
            settings.ended(came.act.subject_id, None)
        counter.kept(request)[_DONE] = await sync_to_thread(
            _carried_out, counter, settings, account, _Done(act_id, came), at
        )
        return Redirect(f"/{language_of(request)}/acts/{act_id}/done", status_code=303)

    return [act, portrait, decided]


def _handing_over(screens: Screens, settings: Counter) -> list[Any]:
    counter = screens.desk

    def came_of(request: AnyRequest, act_id: str) -> _Done:
        """What came of the act. Raises `Problem` (SESSION_UNKNOWN, PAGE_UNKNOWN)."""
        came: _Done = kept_of(counter, request, _DONE, _Done)
        if came.act_id != act_id:
            raise Problem(Code.PAGE_UNKNOWN)
        return came

    @get(everywhere("/acts/{act_id:str}/done"))
    async def done(request: AnyRequest, act_id: FromPath[str]) -> Response[str]:
        await sync_to_thread(counter.account, request, *ROLES)
        came, say = came_of(request, act_id), words(language_of(request))
        return screens.page(
            request,
            "desk/done.html",
            act_id=act_id,
            kind=str(came.done.act.__struct_config__.tag),
            number=came.done.number,
            code=came.code.text if came.code else None,
            until=say.instant(came.code.until) if came.code else None,
            parts=len(came.held.parts) if came.held else 0,
        )

    @get(everywhere("/acts/{act_id:str}/print"))
    async def printed(request: AnyRequest, act_id: FromPath[str]) -> Response[bytes]:
        await sync_to_thread(counter.account, request, *ROLES)
        came = came_of(request, act_id)
        if came.held is None or not came.held.parts:
            raise Problem(Code.PAGE_UNKNOWN)
        drawn = sheet(
            came.held, issuer=settings.issuer, country=settings.issuing_country, language=language_of(request)
        )
        pdf = await sync_to_thread(certificate_pdf, drawn)
        return saved(pdf, "application/pdf", "certificate.pdf")

    return [done, printed]


def _carried_out(counter: Desk, settings: Counter, account: Account, came: _Done, at: datetime) -> _Done:
    """With the certificate to print, and a code for whoever wants it on a telephone as well."""
    done, house = came.done, counter.house
    if isinstance(done.act, ForgetKeys):
        return came
    subject = done.act.guardian_id if isinstance(done.act, Delegate) else done.who.subject_id or ""
    code: clinic_code.Code | None = None
    with suppress(AccessRefused):  # the codes of a day are made: what is printed does without
        code = clinic_code.make(house.engine, house.vault, account, Kind.DESK, subject, at=at)
    try:
        held = settings.hold(done.who, Assurance.DESK, at)
    except IssueRefused:  # the records cannot be certified as they are: the act stands, and the page says so
        held = None
    return replace(came, held=held, code=code)


# --- what is shown


class Person(Struct, frozen=True):
    name: str
    language: str
    latin: str
    born: str | None


def person(known: Known | Enter, say: Words) -> Person:
    own, language, latin = names(known.name)
    born = say.day(known.birth_date) if known.birth_date else None
    return Person(own or latin, language, latin if latin != own else "", born)


def _people(shown: Proposed, say: Words) -> list[Person]:
    if isinstance(shown.act, Enter):
        return [person(shown.act, say)]
    return [person(known, say) for known, _ in shown.people]


def kept_of(counter: Desk, request: AnyRequest, key: str, kind: Any) -> Any:
    """What the session keeps. Raises `Problem` (SESSION_UNKNOWN) where it is not there any more."""
    found = counter.kept(request).get(key)
    if not isinstance(found, kind):
        raise Problem(Code.SESSION_UNKNOWN)
    return found


def jpeg(picture: bytes | None) -> Response[bytes]:
    if picture is None:
        raise Problem(Code.PAGE_UNKNOWN)
    return Response(picture, media_type="image/jpeg")
