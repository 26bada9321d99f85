"""Sign-up: from a passport number and a look into the camera to a certificate in the hand, within a second.

    start ─ consent ─ passport ─► begin ─ camera, each picture as it is taken ─► Holder ─► hold ─► card, code

Whoever is not confirmed sees the same page after the same steps, whether or not the passport exists. A visit is kept in
memory, under a name that only its own browser is given; pictures are not kept at all.
"""

import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import Any

from litestar import Litestar, Response, Router, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import Cookie
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct
from msgspec.structs import replace

from pratique.authority.identity.answers import Gone, NotConfirmed, Seen, Started
from pratique.authority.identity.enrolment import MAX_FRAME
from pratique.authority.identity.limits import network_of
from pratique.authority.identity.liveness import LASTS, STEPS, Challenge, Step
from pratique.authority.identity.quality import Hint
from pratique.model.errors import FaceOnlyRefused
from pratique.model.reasons import Reason
from pratique.trust.keys import Environment
from pratique.web import forms, guarding, mine, passport, wallet
from pratique.web.forms import Fault
from pratique.web.ministry import CONSENT, Ministry, Office, SpecimenCamera
from pratique.web.own import handlers as own_pages
from pratique.web.pages import AnyRequest, Site, everywhere
from pratique.web.problems import Code, Problem, language_of
from pratique.web.visits import DEVICE, Visit, Visits
from pratique.web.visits import LASTS as VISIT_LASTS
from pratique.web.ways import hand_over
from pratique.web.ways import handlers as other_ways
from pratique.web.words import words

MINUTES = int(VISIT_LASTS.total_seconds() // 60)
FEW = 5
"""So many tries left, or fewer, are worth a number; that of a whole network's allowance would tell nobody anything."""


class Told(Struct, frozen=True):
    """What the camera's page is told of a picture: what to do now, what to mend, or where to go."""

    say: str
    step: int
    count: int
    seconds: int
    hint: str | None = None
    over: bool = False
    next: str | None = None


def app(
    ministry: Ministry,
    *,
    hosts: Sequence[str] = ("127.0.0.1", "localhost"),
    framed_by: str = "'none'",
    proxies: Sequence[str] = (),
    scene: str = "",
    transparency: str | None = None,
    specimen_camera: SpecimenCamera | None = None,
    more: Callable[[Office], Sequence[Any]] = lambda _: (),
    visits: Visits | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Litestar:
    """The sign-up of `ministry`. `scene` is the address of the sandbox's page, `transparency` the origin of the
    page that everybody may read (`Site`), and `more` makes other handlers. `visits` is for whoever else may end some.

    `proxies` are the addresses or networks of the proxies before it: without them all who come through a proxy share
    one network's allowance of tries. Raises `ValueError` for what is neither; `FaceOnlyRefused` where a face alone
    would issue certificates that are no specimens, and nothing was recorded that allows it (`identity.instant`).
    """
    rehearsal = ministry.enrolments.instant
    if not ministry.specimen and rehearsal is not None and rehearsal.environment is Environment.SANDBOX:
        raise FaceOnlyRefused(Reason.FACE_EVIDENCE, detail="a sign-up that is no rehearsal")
    site = Site(
        service="service.issuing",
        authority=ministry.authority,
        specimen=ministry.specimen,
        scene=scene,
        transparency=transparency,
    )
    desk = Office(site, ministry, visits or Visits(), clock, specimen_camera)
    counter = Router(
        "/",
        route_handlers=[*_READING, *_PASSPORT, *_CAMERA],
        dependencies={"desk": Provide(lambda: desk, sync_to_thread=False)},
    )
    ways = ministry.ways
    lent = desk.reception()
    others = [*other_ways(ways, lent), *own_pages(ways, lent)] if ways is not None else []
    handlers = [counter, *mine.handlers(desk), *others, *more(desk)]
    return guarding.application(
        site,
        handlers,
        hosts=hosts,
        framed_by=framed_by,
        proxies=proxies,
        types="worker",
        lasting=wallet.LASTING,
    )


# --- pages to read


@get(everywhere("/"), sync_to_thread=False)
def start(request: AnyRequest, desk: NamedDependency[Office]) -> Response[str]:
    """What one gets, what it needs, and the other ways."""
    return desk.page(request, "issuing/start.html", ways=desk.ministry.ways is not None)


@get(everywhere("/about"), sync_to_thread=False)
def about(request: AnyRequest, desk: NamedDependency[Office]) -> Response[str]:
    """Help, privacy, accessibility."""
    return desk.page(request, "about.html", side="issuing")


@get(everywhere("/desk"), sync_to_thread=False)
def desks(request: AnyRequest, desk: NamedDependency[Office]) -> Response[str]:
    """The way without a camera, for whoever has not begun."""
    return desk.page(request, "issuing/desk.html", code=None, ways=desk.ministry.ways is not None, people=None)


@get(everywhere("/consent"), sync_to_thread=False)
def consent(request: AnyRequest, desk: NamedDependency[Office]) -> Response[str]:
    """What is read, why, and what is kept: beside a store, what is signed, so that its holder can come back to it."""
    kept = desk.ministry.ways is not None
    return desk.page(request, "issuing/consent.html", version=CONSENT, minutes=MINUTES, kept=kept)


_READING = (start, about, desks, consent)


# --- the passport


@post(everywhere("/consent"), status_code=303)
async def agree(request: AnyRequest) -> Redirect:
    """From here on the browser is known again."""
    language = language_of(request)
    if (await forms.read(request))["consent"] != CONSENT:
        return Redirect(f"/{language}/consent", status_code=303)
    answer = Redirect(f"/{language}/passport?consent={CONSENT}", status_code=303)
    if DEVICE not in request.cookies:
        secure = request.scope["scheme"] == "https"
        name = secrets.token_hex(16)
        answer.set_cookie(Cookie(key=DEVICE, value=name, httponly=True, secure=secure, samesite="strict"))
    return answer


@get(everywhere("/passport"), sync_to_thread=False)
def empty(request: AnyRequest, desk: NamedDependency[Office]) -> Response[Any]:
    """Whoever comes here without having agreed is asked first."""
    if request.query_params.get("consent") != CONSENT:
        return Redirect(f"/{language_of(request)}/consent", status_code=303)
    return _passport(desk, request)


@post(everywhere("/passport/read"), status_code=200)
async def as_typed(request: AnyRequest) -> dict[str, passport.Said]:
    """What is said beside the fields while they are filled in."""
    form = await forms.read(request)
    return passport.said(form["number"], form["zone"], words(language_of(request)))


@post(everywhere("/passport"), status_code=200)
async def typed(request: AnyRequest, desk: NamedDependency[Office]) -> Response[Any]:
    """To the camera with every well-formed number, whether there is such a passport or not."""
    language, form, device = language_of(request), await forms.read(request), request.cookies.get(DEVICE)
    if form["consent"] != CONSENT or device is None:
        return Redirect(f"/{language}/consent", status_code=303)
    read = passport.read(form["number"], form["zone"], words(language))
    if read.document is None:
        return _passport(desk, request, read.faults, number=form["number"], zone=form["zone"])
    at, network = desk.clock(), network_of(request.client.host if request.client else "")
    begun = await desk.ministry.enrolments.begin(read.document, device=device, network=network, at=at)
    match begun:
        case Started(session, challenge):
            desk.visits.add(session, device=device, challenge=challenge, at=at)
            return Redirect(f"/{language}/face/{session}", status_code=303)
        case NotConfirmed(""):  # whoever goes on asking takes no place of others'
            return _not_confirmed(desk, request, begun)
        case NotConfirmed():
            visit = desk.visits.add(secrets.token_hex(16), device=device, challenge=None, at=at)
            return Redirect(await _left_off(desk, request, visit, begun), status_code=303)
    raise Problem(Code.TOO_MANY_REQUESTS)


@post(everywhere("/passport/photograph"), status_code=200)
async def photographed(request: AnyRequest, desk: NamedDependency[Office]) -> Response[Any]:
    """The zone as it was read from a photograph of the data page, in the field, for its holder to check."""
    language, form, reader = language_of(request), await forms.read(request), desk.ministry.reader
    if form["consent"] != CONSENT:
        return Redirect(f"/{language}/consent", status_code=303)
    photograph = form.files.get("photograph")
    if reader is None or photograph is None:
        place = "number" if reader is None else "photograph"  # what the page has
        return _passport(desk, request, (Fault(place, words(language)("passport.photograph.missing")),))
    zone = await reader.read(photograph)
    if zone is None:
        return _passport(desk, request, (Fault("photograph", words(language)("passport.photograph.unread")),))
    read = passport.read("", zone, words(language))
    return _passport(desk, request, read.faults, zone=zone, read=True)


_PASSPORT = (agree, empty, as_typed, typed, photographed)


def _passport(
    desk: Office,
    request: AnyRequest,
    faults: Sequence[Fault] = (),
    *,
    number: str = "",
    zone: str = "",
    read: bool = False,
) -> Response[str]:
    status = 422 if faults else 200
    values: dict[str, Any] = {"number": number, "zone": zone, "faults": faults, "version": CONSENT, "read": read}
    values["reader"] = desk.ministry.reader is not None
    return desk.page(request, "issuing/passport.html", status=status, **values)


def _not_confirmed(
    desk: Office, request: AnyRequest, told: NotConfirmed, again: str = "", people: str = ""
) -> Response[str]:
    return desk.page(
        request,
        "issuing/not_confirmed.html",
        code=told.desk_code,
        tries=told.tries_left,
        few=FEW,
        again=again if told.tries_left else "",
        people=people if desk.ministry.ways is not None and told.desk_code else "",
        ways=desk.ministry.ways is not None,
    )


# --- the camera


@get(everywhere("/face/{name:str}"), sync_to_thread=False)
def face(request: AnyRequest, name: FromPath[str], desk: NamedDependency[Office]) -> Response[str]:
    """The camera's page, with every sentence that its script may have to say."""
    return desk.page(
        request,
        "issuing/face.html",
        session=_at_camera(desk, request, name).name,
        specimen=desk.camera is not None,
        sentences=_sentences(language_of(request)),
        steps=STEPS,
        seconds=int(LASTS.total_seconds()),
    )


@post(everywhere("/face/{name:str}/begin"), status_code=200)
async def begin(request: AnyRequest, name: FromPath[str], desk: NamedDependency[Office]) -> Told:
    """A new challenge, whose time runs from the moment the camera is open."""
    visit, at = desk.visit(request, name), desk.clock()
    begun = await desk.ministry.enrolments.again(visit.name, at=at)
    match begun:
        case Gone():
            raise Problem(Code.SESSION_UNKNOWN)
        case NotConfirmed():
            return Told("done", STEPS, STEPS, 0, next=await _left_off(desk, request, visit, begun))
    visit.challenge, visit.played = begun.challenge, ()
    return Told(Step.CENTRE, 0, len(begun.challenge.steps), _left(visit, at))


@post(everywhere("/face/{name:str}/frames"), status_code=200, request_max_body_size=MAX_FRAME)
async def frame(request: AnyRequest, name: FromPath[str], desk: NamedDependency[Office]) -> Told:
    """One picture, judged before the next is taken; with the last one comes the answer."""
    visit, picture, at = desk.visit(request, name), await request.body(), desk.clock()
    visit.sent = perf_counter()
    try:
        number = int(request.headers.get("x-frame", ""))
    except ValueError:
        raise Problem(Code.FORM_UNREADABLE) from None
    nonce = _challenge(visit).nonce
    seen = await desk.ministry.enrolments.frame(visit.name, picture, nonce=nonce, number=number, at=at)
    if isinstance(seen, Gone):
        raise Problem(Code.SESSION_UNKNOWN)
    told = _told(seen, _left(visit, at))
    if not seen.complete:
        return told
    return replace(told, next=await _finished(desk, request, visit))


@get(everywhere("/face/{name:str}/not-confirmed"), sync_to_thread=False)
def not_confirmed(request: AnyRequest, name: FromPath[str], desk: NamedDependency[Office]) -> Response[str]:
    """The one page of everybody who was not confirmed."""
    address, before_camera = f"/{language_of(request)}/face/{name}", desk.visit(request, name).challenge is not None
    again = address if before_camera else ""
    return _not_confirmed(desk, request, _refused(desk, request, name), again, f"{address}/people")


@post(everywhere("/face/{name:str}/desk"), status_code=303)
async def cannot(request: AnyRequest, name: FromPath[str], desk: NamedDependency[Office]) -> Redirect:
    """The other way: nothing is counted, and a person at a desk goes on from here."""
    visit = desk.visit(request, name)
    told = await desk.ministry.enrolments.decline(visit.name, at=desk.clock())
    if not isinstance(told, Gone):
        await _left_off(desk, request, visit, told)
    return Redirect(f"/{language_of(request)}/face/{name}/desk", status_code=303)


@get(everywhere("/face/{name:str}/desk"), sync_to_thread=False)
def at_a_desk(request: AnyRequest, name: FromPath[str], desk: NamedDependency[Office]) -> Response[str]:
    """The code by which a desk finds what was begun here."""
    code, people = _refused(desk, request, name).desk_code, desk.visit(request, name).waiting
    return desk.page(request, "issuing/desk.html", code=code, ways=desk.ministry.ways is not None, people=people)


@get(everywhere("/face/{name:str}/specimen/{number:int}"))
async def specimen(
    request: AnyRequest, name: FromPath[str], number: FromPath[int], desk: NamedDependency[Office]
) -> Response[bytes]:
    """A picture of the sandbox's camera, which makes them when the first is asked for."""
    visit = desk.visit(request, name)
    if desk.camera is None:
        raise Problem(Code.PAGE_UNKNOWN)
    visit.played = visit.played or await sync_to_thread(desk.camera, _challenge(visit).steps)
    if not 0 <= number < len(visit.played):
        raise Problem(Code.PAGE_UNKNOWN)
    return Response(visit.played[number], media_type="image/jpeg")


_CAMERA = (face, begin, frame, not_confirmed, cannot, at_a_desk, specimen)


def _at_camera(desk: Office, request: AnyRequest, name: str) -> Visit:
    visit = desk.visit(request, name)
    _challenge(visit)
    return visit


def _refused(desk: Office, request: AnyRequest, name: str) -> NotConfirmed:
    outcome = desk.visit(request, name).outcome
    if not isinstance(outcome, NotConfirmed):
        raise Problem(Code.SESSION_UNKNOWN)
    return outcome


async def _left_off(desk: Office, request: AnyRequest, visit: Visit, told: NotConfirmed) -> str:
    """Keep where it ended, so that a desk finds its code whatever becomes of this process; the address of its page."""
    visit.outcome, visit.waiting = told, None
    if desk.ministry.ways is not None and told.desk_code:
        await sync_to_thread(hand_over, desk.ministry.ways, desk.reception(), request, visit)
    return f"/{language_of(request)}/face/{visit.name}/not-confirmed"


async def _finished(desk: Office, request: AnyRequest, visit: Visit) -> str:
    """Compare, and issue to whoever is confirmed: the address of what came of it."""
    ministry, language = desk.ministry, language_of(request)
    came = await ministry.enrolments.finish(visit.name, at=desk.clock())
    match came:
        case Gone():
            raise Problem(Code.SESSION_UNKNOWN)
        case NotConfirmed():
            return await _left_off(desk, request, visit, came)
    held = await sync_to_thread(ministry.hold, came, None, desk.clock())
    ministry.enrolments.sign_out(came.token)  # the visit holds what was issued, and nothing more is asked for
    visit.outcome = replace(held, whole=perf_counter() - visit.sent)
    if ministry.ways is not None and came.subject_id is not None:
        visit.subject_id = came.subject_id
        agreed = partial(ministry.ways.registry.agreed, language=language, at=desk.clock())
        await sync_to_thread(agreed, came.subject_id, "sign_up", CONSENT)
    return f"/{language}/certificate/{visit.name}"


def _told(seen: Seen, seconds: int) -> Told:
    return Told(seen.asked or "done", seen.done, seen.steps, seconds, hint=seen.hint, over=seen.over)


def _challenge(visit: Visit) -> Challenge:
    """What is asked before the camera. Raises `Problem` (SESSION_UNKNOWN) for whoever came in another way."""
    if visit.challenge is None:
        raise Problem(Code.SESSION_UNKNOWN)
    return visit.challenge


def _left(visit: Visit, at: datetime) -> int:
    return max(0, int((_challenge(visit).expires - at).total_seconds()))


def _sentences(language: str) -> dict[str, str]:
    """What the camera's script may have to say."""
    keys = [
        *(f"face.say.{step}" for step in (*Step, "done")),
        *(f"face.hint.{hint}" for hint in Hint),
        *(f"face.trouble.{trouble}" for trouble in ("blocked", "none", "over", "sent")),
        "face.progress",
        "face.specimen.making",
        "face.again",
    ]
    return {key: words(language).pattern(key) for key in keys}
