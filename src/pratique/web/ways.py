"""The other ways in, and what a holder keeps here: people decide, a code on paper, a passkey, another device, a family.

    not confirmed ─► a picture for two officers ─► waiting ─► certificate
    code on paper, passkey ───────────────────────────────────► certificate ─► own: passkeys, device, family

Every way ends in the same certificate. Whether a passport, a person or a code is known looks the same from outside.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Engine

from pratique.authority.access.passkeys import Passkeys
from pratique.authority.identity import photograph, review
from pratique.authority.identity.answers import Assurance, NotConfirmed
from pratique.authority.identity.clinic_code import Closed, Codes
from pratique.authority.identity.enrolment import Enrolments
from pratique.authority.identity.limits import network_of
from pratique.authority.identity.registry import Identified
from pratique.authority.identity.stored import StoreRegistry, identified
from pratique.authority.store import Vault, people, reading
from pratique.web import forms, passport
from pratique.web.desk import Next, sent_by_script
from pratique.web.forms import Fault
from pratique.web.pages import AnyRequest, Site, everywhere, page
from pratique.web.problems import Code, Problem, language_of
from pratique.web.visits import DEVICE, Visit, Visits
from pratique.web.words import words

CONSENT = "1"
"""The version of the text about a picture that two officers see."""
DAYS = review.LASTS.days


class Welcome(Protocol):
    """Issues to whoever was established, in a visit of their browser's; `guardian` is who acts for them."""

    async def __call__(
        self, who: Identified, assurance: Assurance, device: str, guardian: str | None = None
    ) -> Visit: ...


class Ways(Struct, frozen=True, kw_only=True):
    """What the other ways work with: the store, in which cases, codes and passkeys are."""

    engine: Engine
    vault: Vault
    registry: StoreRegistry
    codes: Codes
    passkeys: Passkeys
    """Of holders."""
    country: str
    """The issuing state (`UTO`) of numbers that are typed without one."""


class Reception(Struct, frozen=True):
    """What the sign-up lends to these pages."""

    site: Site
    enrolments: Enrolments
    visits: Visits
    clock: Callable[[], datetime]
    welcome: Welcome
    consent: str
    """The version of the text that whoever signs up agrees to."""

    def page(self, request: AnyRequest, template: str, *, status: int = 200, **values: Any) -> Response[str]:
        """A page in the language of its address."""
        return page(request, template, site=self.site, language=language_of(request), status=status, **values)

    def visit(self, request: AnyRequest, name: str) -> Visit:
        """The visitor's own visit. Raises `Problem` (SESSION_UNKNOWN)."""
        return self.visits.find(name, device=request.cookies.get(DEVICE), at=self.clock())


def hand_over(ways: Ways, reception: Reception, request: AnyRequest, visit: Visit) -> str:
    """Keep a case for people to decide, once; the secret of its page. For whoever was not confirmed, known or not."""
    outcome, at = visit.outcome, reception.clock()
    if visit.waiting is not None:
        return visit.waiting
    case = reception.enrolments.case(outcome.desk_code, at=at) if isinstance(outcome, NotConfirmed) else None
    if case is None or not isinstance(outcome, NotConfirmed):
        raise Problem(Code.SESSION_UNKNOWN)
    waiting = review.hand_over(
        ways.engine,
        ways.vault,
        case,
        code=outcome.desk_code,
        country=ways.country,
        consent=reception.consent,
        language=language_of(request),
        at=at,
    )
    reception.enrolments.handed_over(outcome.desk_code)
    visit.waiting, visit.outcome = waiting.name, replace(outcome, desk_code=waiting.code)
    return waiting.name


def handlers(ways: Ways, reception: Reception) -> list[Any]:
    """The pages of all of it."""
    return [*_people(ways, reception), *_codes(ways, reception), *_passkeys(ways, reception)]


# --- people decide


def _people(ways: Ways, reception: Reception) -> list[Any]:
    engine, vault = ways.engine, ways.vault

    @post(everywhere("/face/{name:str}/people"), status_code=303)
    async def asked(request: AnyRequest, name: FromPath[str]) -> Redirect:
        secret = await sync_to_thread(hand_over, ways, reception, request, reception.visit(request, name))
        return Redirect(f"/{language_of(request)}/waiting/{secret}", status_code=303)

    async def shown(request: AnyRequest, secret: str, faults: tuple[Fault, ...] = ()) -> Response[str]:
        at = reception.clock()
        state = await sync_to_thread(review.outcome, engine, vault, secret, at=at)
        if state is None:
            raise Problem(Code.SESSION_UNKNOWN)
        wanted = await sync_to_thread(review.wants_picture, engine, vault, secret, at=at)
        return reception.page(
            request,
            "issuing/waiting.html",
            secret=secret,
            state="picture" if wanted else state.value,
            days=DAYS,
            version=CONSENT,
            faults=faults,
            status=422 if faults else 200,
        )

    @get(everywhere("/waiting/{secret:str}"))
    async def waiting(request: AnyRequest, secret: FromPath[str]) -> Response[str]:
        return await shown(request, secret)

    @post(everywhere("/waiting/{secret:str}/picture"), status_code=200)
    async def sent(request: AnyRequest, secret: FromPath[str]) -> Response[Any]:
        form, language = await forms.read(request), language_of(request)
        say, file = words(language), form.files.get("photograph")
        if form["consent"] != CONSENT:
            return await shown(request, secret, (Fault("consent", say("waiting.consent.missing")),))
        picture = await sync_to_thread(photograph.anew, file) if file else None
        if picture is None:
            return await shown(request, secret, (Fault("photograph", say("waiting.picture.unreadable")),))
        at = reception.clock()
        send = partial(review.send_picture, consent=CONSENT, language=language, at=at)
        await sync_to_thread(send, engine, vault, secret, picture)
        return Redirect(f"/{language}/waiting/{secret}", status_code=303)

    @post(everywhere("/waiting/{secret:str}/claim"), status_code=303)
    async def claimed(request: AnyRequest, secret: FromPath[str]) -> Redirect:
        language = language_of(request)
        who = await sync_to_thread(review.claim, engine, vault, secret, at=reception.clock())
        if who is None:
            return Redirect(f"/{language}/waiting/{secret}", status_code=303)
        return await _let_in(reception, request, who, Assurance.REVIEW)

    return [asked, waiting, sent, claimed]


def _device(request: AnyRequest) -> tuple[str, Cookie | None]:
    """The name by which a browser is known again, and the cookie that gives it to one that has none."""
    known = request.cookies.get(DEVICE)
    if known is not None:
        return known, None
    name, secure = secrets.token_hex(16), request.scope["scheme"] == "https"
    return name, Cookie(key=DEVICE, value=name, httponly=True, secure=secure, samesite="strict")


async def _let_in(reception: Reception, request: AnyRequest, who: Identified, assurance: Assurance) -> Redirect:
    device, cookie = _device(request)
    visit = await reception.welcome(who, assurance, device)
    answer = Redirect(f"/{language_of(request)}/certificate/{visit.name}", status_code=303)
    if cookie is not None:
        answer.set_cookie(cookie)
    return answer


# --- a code on paper, or from another device


def _codes(ways: Ways, reception: Reception) -> list[Any]:
    def asked(request: AnyRequest, faults: tuple[Fault, ...] = (), number: str = "") -> Response[str]:
        status = 422 if faults else 200
        values = {"faults": faults, "number": number, "version": reception.consent}
        return reception.page(request, "issuing/code.html", status=status, **values)

    @get(everywhere("/paper-code"), sync_to_thread=False)
    def empty(request: AnyRequest) -> Response[str]:
        return asked(request)

    @post(everywhere("/paper-code"), status_code=200)
    async def typed(request: AnyRequest) -> Response[Any]:
        form, language, at = await forms.read(request), language_of(request), reception.clock()
        say = words(language)
        if form["consent"] != reception.consent:
            return asked(request, (Fault("consent", say("clinic_code.consent.missing")),), form["number"])
        read = passport.read(form["number"], "", say)
        if read.document is None:
            return asked(request, read.faults, form["number"])
        network = network_of(request.client.host if request.client else "")
        redeem = partial(ways.codes.redeem, device=request.cookies.get(DEVICE, network), network=network, at=at)
        opened = await sync_to_thread(redeem, read.document, form["code"])
        if isinstance(opened, Closed):
            key = "clinic_code.closed" if opened.tries_left else "clinic_code.none"
            return asked(request, (Fault("code", say(key)),), form["number"])
        agreed = partial(ways.registry.agreed, language=language, at=at)
        await sync_to_thread(agreed, opened.who.subject_id or "", "sign_up", reception.consent)
        return await _let_in(reception, request, opened.who, opened.assurance)

    return [empty, typed]


# --- passkeys


def _passkeys(ways: Ways, reception: Reception) -> list[Any]:
    @get(everywhere("/sign-in"), sync_to_thread=False)
    def sign_in(request: AnyRequest) -> Response[str]:
        return reception.page(request, "issuing/sign_in.html")

    @post(everywhere("/sign-in/begin"), status_code=200)
    async def begin(request: AnyRequest) -> dict[str, Any]:
        begun = ways.passkeys.begin_using(at=reception.clock())
        return {"ceremony": begun.ceremony, "options": begun.options}

    @post(everywhere("/sign-in/finish"), status_code=200)
    async def finish(request: AnyRequest) -> Response[Next]:
        sent, at = await sent_by_script(request), reception.clock()
        subject = await sync_to_thread(ways.passkeys.finish_using, sent.ceremony, bytes(sent.answer), at=at)
        who = None if subject is None else await sync_to_thread(_who, ways, subject)
        if who is None:
            return Response(Next(None))
        device, cookie = _device(request)
        visit = await reception.welcome(who, Assurance.PASSKEY, device)
        answer = Response(Next(f"/{language_of(request)}/certificate/{visit.name}"))
        if cookie is not None:
            answer.set_cookie(cookie)
        return answer

    return [sign_in, begin, finish]


def _who(ways: Ways, subject_id: str) -> Identified | None:
    with reading(ways.engine) as connection:
        known = people.by_subject(connection, ways.vault, subject_id)
        return None if known is None else identified(connection, ways.vault, known)
