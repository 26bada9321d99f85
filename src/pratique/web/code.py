"""The health code's pages for its holder: my code, the code as others see it, declaring, appealing, letting staff look.

    /code ─ mine: colour, cause, until when, what to do ─┬─ /code/show      the word and the live QR, and nothing of why
                                                         ├─ /code/declare   how I am and where I was; said again
                                                         ├─ /code/appeal/…  against what was decided about me
                                                         └─ /code/word      staff may look once, within five minutes
    /counts ─ for everybody: the colours of a day by cause, small numbers hidden

Every page works without a script; with one, the QR proves every minute that its holder is there.
"""

from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from litestar import Litestar, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from litestar.response import Redirect
from litestar.router import Router
from msgspec import Struct
from sqlalchemy import Engine

from pratique import qr
from pratique.authority.access import Account, Item, Look, Purpose, Role, look, permissions
from pratique.authority.records import rights
from pratique.authority.status import appeals, codes, counting, declaring
from pratique.authority.store import Vault, people, reading, status, writing
from pratique.authority.store.asking import Words as Statement
from pratique.authority.store.people import Known
from pratique.authority.sunset import ended
from pratique.colour import Colour, HealthCode, explain
from pratique.formats import hcert
from pratique.model.certificate import Test
from pratique.model.dates import EPOCH
from pratique.model.errors import AccessRefused, IssueRefused, MalformedRecord
from pratique.model.keys import Signer
from pratique.model.live import SLOT
from pratique.model.reasons import Reason
from pratique.qr import Level
from pratique.rules.policy import Policy
from pratique.texts import sentence
from pratique.web import declaring as forms_of_declaring
from pratique.web import forms, guarding
from pratique.web.forms import Fault
from pratique.web.pages import AnyRequest, Site, drawing, everywhere, in_a_thread, page
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import words

OWN = frozenset({Item.RECORDS, Item.DECLARATIONS, Item.MOVEMENTS, Item.STATUS, Item.DISPUTES})
"""What a holder's own page reads."""
MOST_WORDS = 2_000
"""Characters of an appeal: half a page."""
MAX_SCAN = 1_000
"""Characters of a signed status; ours has about 300."""


class Service(Struct, frozen=True, kw_only=True):
    """Who shows codes: the database, the policy in force, the key that signs a day's status, and where days begin."""

    engine: Engine
    vault: Vault
    policy: Policy
    signer: Signer
    zone: tzinfo
    authority: Mapping[str, str]
    holder: Callable[[AnyRequest], Known | None]
    """Who has signed in; None is sent away."""
    specimen: bool = False


class _Desk(Struct, frozen=True):
    """What every handler works with."""

    site: Site
    service: Service
    clock: Callable[[], datetime]

    def page(self, request: AnyRequest, template: str, *, status: int = 200, **values: Any) -> Response[str]:
        return page(request, template, site=self.site, language=language_of(request), status=status, **values)

    def known(self, request: AnyRequest) -> Known:
        """Whoever has signed in. Raises `Problem` (SESSION_UNKNOWN)."""
        known = self.service.holder(request)
        if known is None:
            raise Problem(Code.SESSION_UNKNOWN)
        return known

    def own(self, known: Known, at: datetime) -> Look:
        account = Account(f"holder:{known.subject_id}", Role.HOLDER)
        return look(self.service.engine, account, known.person_id, Purpose.OWN, OWN, at=at)

    def code(self, own: Look, at: datetime) -> HealthCode:
        with reading(self.service.engine) as connection:
            return codes.current(connection, own, self.service.policy, at=at, zone=self.service.zone)

    def over(self, request: AnyRequest, at: datetime) -> Response[str] | None:
        """The page of the policy's end, where it has come."""
        if not ended(self.service.policy, at):
            return None
        return self.page(request, "code/over.html", sunset=self.service.policy.sunset)

    def local(self, seconds: int) -> datetime:
        return datetime.fromtimestamp(seconds, self.service.zone)


Own = NamedDependency[_Desk]


def app(
    service: Service,
    *,
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost"),
    more: tuple[Any, ...] = (),
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Litestar:
    """The pages of `service`; `more` are other handlers beside them. A holder signs in elsewhere (`Service.holder`)."""
    site = Site(service="service.code", authority=service.authority, specimen=service.specimen)
    return guarding.application(site, [router(service, site, clock), *more], hosts=hosts)


def router(service: Service, site: Site, clock: Callable[[], datetime]) -> Router:
    """The handlers, to stand in an application beside others."""
    desk = _Desk(site, service, clock)
    return Router("/", route_handlers=[*_HANDLERS], dependencies={"own": Provide(lambda: desk, sync_to_thread=False)})


# mine


@get([*everywhere(""), *everywhere("/code")])
@in_a_thread
def mine(request: AnyRequest, own: Own) -> Response[str]:
    """The colour, why, until when, what can be done; what was decided, and what became of appeals."""
    at = own.clock()
    known = own.known(request)
    if over := own.over(request, at):
        return over
    seen = own.own(known, at)
    code = own.code(seen, at)
    with reading(own.service.engine) as connection:
        streak = declaring.streak(connection, seen, at=at, zone=own.service.zone)
        against = _against(own, connection, seen, at)
        asked = appeals.own_appeals(connection, seen)
        notices = status.notices(connection, known.person_id)
    say = words(language_of(request))
    return own.page(
        request,
        "code/mine.html",
        code=code,
        word=word_of(code.colour, language_of(request)),
        lines=explain(code, language_of(request)),
        at=say.instant(at.astimezone(own.service.zone)),
        streak=streak,
        missed=None if streak.missed is None else say.day(streak.missed),
        against=against if code.colour in (Colour.YELLOW, Colour.RED) else [],
        appeals=[{"state": each.state, "due": say.instant(own.local(each.due))} for each in asked],
        notices=[{"kind": each.kind, "when": say.instant(own.local(each.moment))} for each in notices[:5]],
    )


def word_of(colour: Colour, language: str) -> str:
    """The colour's word: it is never shown without."""
    return sentence(f"colour.word.{colour}", language)


def _against(own: _Desk, connection: Any, seen: Look, at: datetime) -> list[dict[str, str]]:
    """What can be appealed against: what was decided, and positive tests of these weeks."""
    say_when = own.local
    found = [
        {"id": each.about_id, "kind": each.about, "when": say_when(int(str(each.row["moment"]))).date().isoformat()}
        for each in appeals.decided_against(connection, seen, at=at)
    ]
    since = at - timedelta(days=21)
    for kept in rights.records(connection, seen):
        claim = kept.claim
        if isinstance(claim, Test) and claim.detected and not kept.superseded and claim.sampled >= since:
            day = claim.sampled.astimezone(own.service.zone).date()
            found.append({"id": kept.record_id, "kind": "test", "when": day.isoformat()})
    return found


# shown


@get(everywhere("/code/show"))
@in_a_thread
def shown(request: AnyRequest, own: Own) -> Response[str]:
    """The word, the shape, initials and age; the QR of a status without a key, until the script has made it live."""
    at, known = own.clock(), own.known(request)
    if over := own.over(request, at):
        return over
    code = own.code(own.own(known, at), at)
    view = codes.shown(code, known, at=at)
    (scan,) = _issued(own, code, known, [None], at)
    say = words(language_of(request))
    return own.page(
        request,
        "code/show.html",
        view=view,
        word=word_of(view.word, language_of(request)),
        svg=drawing(qr.svg(scan, level=Level.M)),
        begins=say.instant(view.begins.astimezone(own.service.zone)),
        ends=say.instant(view.ends.astimezone(own.service.zone)),
        now=int(at.timestamp()),
        slot=int(SLOT.total_seconds()),
    )


def _issued(own: _Desk, code: HealthCode, known: Known, keys: list[Any], at: datetime) -> tuple[str, ...]:
    service = own.service
    return codes.issue_statuses(code, known, service.policy, service.signer, keys, at=at, specimen=service.specimen)


class Keys(Struct, frozen=True):
    """One-time public keys of the holder's device: compressed points of P-256, in base64url."""

    keys: list[str]


@post(everywhere("/code/statuses"), status_code=200)
@in_a_thread
def statuses(request: AnyRequest, own: Own, data: JSONBody[Keys]) -> list[str]:
    """A signed status for each of these keys."""
    at, known = own.clock(), own.known(request)
    try:
        points: list[Any] = [urlsafe_b64decode(key + "=" * (-len(key) % 4)) for key in data.keys]
        return list(_issued(own, own.code(own.own(known, at), at), known, points, at))
    except (ValueError, IssueRefused) as fault:
        raise Problem(Code.FORM_UNREADABLE) from fault


class Slot(Struct, frozen=True):
    """A status, and the proof of its one-time key for the slot that begins at this second."""

    scan: str
    begins: int
    signature: str


@post(everywhere("/code/drawn"), status_code=200)
@in_a_thread
def drawn(request: AnyRequest, own: Own, data: JSONBody[Slot]) -> dict[str, str]:
    """The QR of a live status as the path of a drawing, for a page that may not take in markup."""
    own.known(request)
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


# declaring


@get(everywhere("/code/declare"))
@in_a_thread
def empty(request: AnyRequest, own: Own) -> Response[str]:
    """How are you, and where were you; `?again=` an older one to be said again."""
    known = own.known(request)
    if over := own.over(request, own.clock()):
        return over
    again = request.query_params.get("again", "")
    typed = forms_of_declaring.Typed()
    if again:
        with reading(own.service.engine) as connection:
            said = declaring.said(connection, own.own(known, own.clock()))
        found = next((each for each in said if each.declaration_id == again and not each.replaced), None)
        if found is None:
            raise Problem(Code.PAGE_UNKNOWN)
        typed = forms_of_declaring.again(found)
    return _form(own, request, known, typed, again=again)


def _form(
    own: _Desk, request: AnyRequest, known: Known, typed: Any, *, again: str = "", faults: tuple[Fault, ...] = ()
) -> Response[str]:
    at, service = own.clock(), own.service
    with reading(service.engine) as connection:
        wards = status.wards(connection, known.subject_id, at=int(at.timestamp()))
        others = [people.by_subject(connection, service.vault, ward) for ward in wards]
    return own.page(
        request,
        "code/declare.html",
        status=422 if faults else 200,
        typed=typed,
        rows=list(enumerate(forms_of_declaring.rows(typed), 1)),
        symptoms=forms_of_declaring.SYMPTOM_ORDER,
        again=again,
        faults=faults,
        today=at.astimezone(service.zone).date().isoformat(),
        wards=[(each.subject_id, each.name.given or each.name.family or "") for each in others if each is not None],
    )


@post(everywhere("/code/declare"), status_code=303)
async def declare(request: AnyRequest, own: Own) -> Response[Any]:
    """Enter it, for oneself or for whom one may act, or in the place of an older one."""
    known, at, service = own.known(request), own.clock(), own.service
    form = await forms.read(request)
    language = language_of(request)
    if over := own.over(request, at):
        return over
    found = forms_of_declaring.read(form, words(language))
    again = form["again"]
    if found.told is not None:
        try:
            about = _about(own, known, form["for"])
            more: dict[str, Any] = {"by": known, "at": at, "zone": service.zone}
            if again:
                declaring.correct(service.engine, service.vault, about, again, found.told, **more)
            else:
                declaring.declare(service.engine, service.vault, about, found.told, **more)
            return Redirect(f"/{language}/code", status_code=303)
        except MalformedRecord as fault:
            if Reason.RECORD_UNKNOWN in fault.reasons:
                raise Problem(Code.PAGE_UNKNOWN) from fault
            found = forms_of_declaring.refused(found, fault, words(language))
        except AccessRefused as fault:
            raise Problem(Code.PAGE_UNKNOWN) from fault
    return _form(own, request, known, found.typed, again=again, faults=found.faults)


def _about(own: _Desk, known: Known, subject_id: str) -> Known:
    """Whom it is about. Raises `Problem` (PAGE_UNKNOWN) for nobody that there is."""
    if not subject_id or subject_id == known.subject_id:
        return known
    with reading(own.service.engine) as connection:
        about = people.by_subject(connection, own.service.vault, subject_id)
    if about is None:
        raise Problem(Code.PAGE_UNKNOWN)
    return about


@get(everywhere("/code/said"))
@in_a_thread
def said(request: AnyRequest, own: Own) -> Response[str]:
    """What was declared, each with a way to say it again."""
    known, at = own.known(request), own.clock()
    say = words(language_of(request))
    with reading(own.service.engine) as connection:
        kept = declaring.said(connection, own.own(known, at))
    since = int((at - declaring.CORRECTABLE).timestamp())
    rows = [
        {
            "id": each.declaration_id,
            "day": say.day(date.fromordinal(each.day)),
            "warm": "" if each.temperature is None else f"{each.temperature / 10:.1f} °C",
            "symptoms": each.symptoms.split(),
            "replaced": each.replaced,
            "again": not each.replaced and each.moment >= since,
        }
        for each in kept
    ]
    return own.page(request, "code/said.html", rows=rows)


# appealing


@get(everywhere("/code/appeal/{about:str}"))
@in_a_thread
def appeal(request: AnyRequest, own: Own, about: FromPath[str]) -> Response[str]:
    """What was decided, and a form to say that it is not right."""
    return _appeal(own, request, about)


def _appeal(own: _Desk, request: AnyRequest, about: str, *faults: Fault, statement: str = "") -> Response[str]:
    at, known = own.clock(), own.known(request)
    seen = own.own(known, at)
    with reading(own.service.engine) as connection:
        found = next((each for each in _against(own, connection, seen, at) if each["id"] == about), None)
    if found is None:
        raise Problem(Code.PAGE_UNKNOWN)
    hours = int(rights.ANSWER_WITHIN.total_seconds() // 3600)
    return own.page(
        request,
        "code/appeal.html",
        status=422 if faults else 200,
        about=found,
        faults=faults,
        statement=statement,
        hours=hours,
        most=MOST_WORDS,
    )


@post(everywhere("/code/appeal/{about:str}"), status_code=303)
async def appealed(request: AnyRequest, own: Own, about: FromPath[str]) -> Response[Any]:
    """Open it: a test as a dispute of its record, anything else as an appeal, both with 24 hours."""
    known, at, service = own.known(request), own.clock(), own.service
    form = await forms.read(request)
    say, statement = words(language_of(request)), form["statement"][:MOST_WORDS]
    if not statement:
        return _appeal(own, request, about, Fault("statement", say("appeal.statement.wrong")))
    seen = own.own(known, at)
    told = Statement(statement, form.files.get("evidence"))
    with reading(service.engine) as connection:
        kind = {each["id"]: each["kind"] for each in _against(own, connection, seen, at)}.get(about)
    try:
        if kind == "test":
            _dispute(service, seen, about, told, at)
        else:
            appeals.open_appeal(service.engine, service.vault, seen, about, told, at=at)
    except MalformedRecord as fault:
        raise Problem(Code.PAGE_UNKNOWN) from fault
    return Redirect(f"/{language_of(request)}/code", status_code=303)


def _dispute(service: Service, seen: Look, record_id: str, told: Statement, at: datetime) -> None:
    with writing(service.engine) as connection:
        rights.dispute(connection, service.vault, seen, record_id, told, at=at)


# letting somebody look


@post(everywhere("/code/word"), status_code=200)
@in_a_thread
def word(request: AnyRequest, own: Own) -> Response[str]:
    """A word for staff: once, within five minutes."""
    at, known = own.clock(), own.known(request)
    if over := own.over(request, at):
        return over
    given = permissions.permit(own.service.engine, own.service.vault, own.own(known, at), at=at)
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


_HANDLERS = (mine, shown, statuses, drawn, empty, declare, said, appeal, appealed, word, counts)
