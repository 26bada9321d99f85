"""D4: somebody stands at the desk. One officer proposes, another confirms, and the certificate is printed there.

    who ─► found │ newcomer ─ propose ─► waits ─ another officer ─► done: printed, and a code for their own telephone

No telephone, camera or national document is needed: a passport, its chip, or people's word will do.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.response import Redirect
from msgspec import Struct
from msgspec.structs import replace

from pratique.authority.access import Account
from pratique.authority.identity import chip, desk, photograph, review
from pratique.authority.identity.chip import Chip, Files
from pratique.authority.identity.desk import (
    Act,
    Admit,
    Agreed,
    Delegate,
    Delegations,
    End,
    Enter,
    ForgetKeys,
    Renew,
    Seen,
)
from pratique.authority.identity.document import Document
from pratique.authority.identity.document import papers as papers_of
from pratique.authority.identity.proxies import Ground
from pratique.authority.store import people, reading
from pratique.authority.store.people import Known, Papers
from pratique.model import names as spelling
from pratique.model.dates import PartialDate
from pratique.model.mrz import MachineReadableZone
from pratique.trust.keys import Anchor
from pratique.web import desk_acts, desk_screen, forms, passport
from pratique.web.desk import Desk, Page, Queue
from pratique.web.desk_acts import Counter, jpeg, kept_of, person
from pratique.web.desk_screen import CONSENT, NO_PAPERS, ROLES, Entry, Screens
from pratique.web.forms import Fault, Form
from pratique.web.own import named
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.problems import language_of
from pratique.web.words import Words, words

MAX_NAME = 60
_FOUND, _NEW = "counter.found", "counter.new"


class _Found(Struct, frozen=True):
    """Somebody whom the register knows, before the officer."""

    known: Known
    papers: Papers
    portrait: bytes | None
    seen: Seen
    delegations: Delegations


class _New(Struct, frozen=True):
    """Somebody whom it does not know, with what their passport or its chip says."""

    zone: MachineReadableZone | None = None
    portrait: bytes | None = None
    seen: Seen = Seen.OTHER

    @property
    def papers(self) -> str:
        """Which passport it is; `NO_PAPERS` where there is none."""
        return Papers(self.zone.country, self.zone.number).text if self.zone else NO_PAPERS


def room(counter: Desk, settings: Counter) -> Page:
    """The counter, the acts that wait for a second officer, and the screen before the person."""
    screens = Screens(counter)
    handlers = [
        *_stating(screens, settings),
        *_proposing(screens, settings),
        *_entering(screens),
        *desk_acts.handlers(screens, settings),
        *desk_screen.handlers(screens),
    ]
    return Page(ROLES, lambda account, at: _waits(counter, account, at), handlers)


def _waits(counter: Desk, account: Account, at: datetime) -> Queue:
    acts = desk.waiting(counter.house.engine, account, at=at)
    oldest = datetime.fromtimestamp(acts[0].proposed, UTC) if acts else None
    return Queue("counter.title", "/counter", len(acts), oldest)


def _stating(screens: Screens, settings: Counter) -> list[Any]:
    """Who is before the officer: a passport, its chip, a code from a page, or none of these."""
    counter = screens.desk
    engine, vault = counter.house.engine, counter.house.vault

    async def asked(request: AnyRequest, faults: Sequence[Fault] = (), form: Form | None = None) -> Response[str]:
        account, at = await sync_to_thread(counter.account, request, *ROLES), counter.clock()
        waiting = [
            {"id": act.act_id, "kind": act.kind, "minutes": (int(at.timestamp()) - act.proposed) // 60}
            for act in await sync_to_thread(desk.waiting, engine, account, at=at)
        ]
        return screens.page(
            request,
            "desk/counter.html",
            faults=faults,
            number=form["number"] if form else "",
            zone=form["zone"] if form else "",
            code=form["code"] if form else "",
            waiting=waiting,
            status=422 if faults else 200,
        )

    @get(everywhere("/counter"))
    async def who(request: AnyRequest) -> Response[str]:
        return await asked(request)

    @post(everywhere("/counter"), status_code=200)
    async def stated(request: AnyRequest) -> Response[Any]:
        account, form = await sync_to_thread(counter.account, request, *ROLES), await forms.read(request)
        at, say = counter.clock(), words(language_of(request))
        new: _New | None = None
        if form.files:
            came = await sync_to_thread(_chip, form, settings.roots, at, say)
            if isinstance(came, Fault):
                return await asked(request, (came,), form)
            new = _New(came.zone, came.portrait, Seen.CHIP)
            document = Document(came.zone.number, came.zone.country)
        elif form["code"]:
            found_code = await sync_to_thread(_stated, counter, account, form["code"], at)
            if found_code is None:
                return await asked(request, (Fault("code", say("counter.code.unknown")),), form)
            document = found_code
        else:
            read = passport.read(form["number"], form["zone"], say)
            if read.document is None:
                return await asked(request, read.faults, form)
            document = read.document
            new = _New(passport.zone(form["zone"]), None, Seen.PASSPORT) if form["zone"] else None
        papers = papers_of(document, settings.country)
        known = await sync_to_thread(desk.find, engine, vault, account, papers, at=at)
        kept, language = counter.kept(request), language_of(request)
        if known is None and new is None:
            return await asked(request, (Fault("zone", say("counter.unknown")),), form)
        screens.stated(request, papers.text)
        if known is None:
            kept[_NEW] = new
            return Redirect(f"/{language}/counter/newcomer", status_code=303)
        portrait = await sync_to_thread(_portrait, counter, known)
        seen = new.seen if new else Seen.PASSPORT
        acting = await sync_to_thread(desk.delegations, engine, vault, account, known.subject_id, at=at)
        kept[_FOUND] = _Found(known, papers, portrait, seen, acting)
        return Redirect(f"/{language}/counter/found", status_code=303)

    return [who, stated]


def _proposing(screens: Screens, settings: Counter) -> list[Any]:
    """Somebody whom the register knows, and what is to be done."""
    counter = screens.desk
    engine, vault = counter.house.engine, counter.house.vault

    def found_page(
        request: AnyRequest, found: _Found, faults: Sequence[Fault] = (), form: Form | None = None
    ) -> Response[str]:
        say, acting = words(language_of(request)), found.delegations
        return screens.page(
            request,
            "desk/found.html",
            who=person(found.known, say),
            acting=[
                *((named(each, say), "guardian") for each in acting.guardians),
                *((named(each, say), "ward") for each in acting.wards),
            ],
            act=form["act"] if form else "admit",
            new_zone=form["new_zone"] if form else "",
            portrait=found.portrait is not None,
            version=CONSENT,
            faults=faults,
            status=422 if faults else 200,
        )

    @get(everywhere("/counter/found"))
    async def found(request: AnyRequest) -> Response[str]:
        await sync_to_thread(counter.account, request, *ROLES)
        return found_page(request, kept_of(counter, request, _FOUND, _Found))

    @get(everywhere("/counter/portrait"))
    async def portrait(request: AnyRequest) -> Response[bytes]:
        await sync_to_thread(counter.account, request, *ROLES)
        return jpeg(kept_of(counter, request, _FOUND, _Found).portrait)

    @post(everywhere("/counter/found"), status_code=200)
    async def proposed(request: AnyRequest) -> Response[Any]:
        account, form = await sync_to_thread(counter.account, request, *ROLES), await forms.read(request)
        before, at, say = kept_of(counter, request, _FOUND, _Found), counter.clock(), words(language_of(request))
        find = partial(desk.find, engine, vault, account, at=at)
        act_of = partial(_act, country=settings.country, agreed=_agreed(form, screens.language(request)), at=at)
        act = await sync_to_thread(act_of, before, form, find, say)
        if isinstance(act, Fault):
            return found_page(request, before, (act,), form)
        try:
            act_id = await sync_to_thread(desk.propose, engine, vault, account, act, at=at)
        except ValueError:
            return found_page(request, before, (Fault("guardian", say("counter.delegate.not")),), form)
        del counter.kept(request)[_FOUND]
        known = before.known
        entry = Entry(known.name, known.birth_date, before.papers.number[-3:])
        screens.proposed(request, before.papers.text, act_id, entry)
        return Redirect(f"/{language_of(request)}/acts/{act_id}", status_code=303)

    @post(everywhere("/counter/found/end"), status_code=303)
    async def ended(request: AnyRequest) -> Redirect:
        """Nobody waits for a second officer to end a delegation."""
        account, form = await sync_to_thread(counter.account, request, *ROLES), await forms.read(request)
        before, at = kept_of(counter, request, _FOUND, _Found), counter.clock()
        subject = before.known.subject_id
        act = End(subject, form["guardian"]) if form["guardian"] else End(form["ward"], subject)
        await sync_to_thread(desk.end, engine, vault, account, act, at=at)
        settings.ended(act.guardian_id, act.subject_id)
        acting = await sync_to_thread(desk.delegations, engine, vault, account, subject, at=at)
        counter.kept(request)[_FOUND] = replace(before, delegations=acting)
        return Redirect(f"/{language_of(request)}/counter/found", status_code=303)

    return [found, portrait, proposed, ended]


def _entering(screens: Screens) -> list[Any]:
    """Somebody whom no register knows."""
    counter = screens.desk
    engine, vault = counter.house.engine, counter.house.vault

    def new_page(
        request: AnyRequest, new: _New, faults: Sequence[Fault] = (), form: Form | None = None
    ) -> Response[str]:
        zone = new.zone
        return screens.page(
            request,
            "desk/newcomer.html",
            zone=zone,
            chip=new.seen is Seen.CHIP,
            values={
                name: form[name] if form else "" for name in ("family", "given", "latin_family", "latin_given", "born")
            },
            most=MAX_NAME,
            version=CONSENT,
            faults=faults,
            status=422 if faults else 200,
        )

    @get(everywhere("/counter/newcomer"))
    async def newcomer(request: AnyRequest) -> Response[Any]:
        await sync_to_thread(counter.account, request, *ROLES)
        kept = counter.kept(request)
        if request.query_params.get("without") == "document" or _NEW not in kept:
            kept[_NEW] = _New()
            screens.stated(request, NO_PAPERS)
            return Redirect(f"/{language_of(request)}/counter/newcomer", status_code=303)  # asked once, not each time
        return new_page(request, kept[_NEW])

    @post(everywhere("/counter/newcomer"), status_code=200)
    async def entered(request: AnyRequest) -> Response[Any]:
        account, form = await sync_to_thread(counter.account, request, *ROLES), await forms.read(request)
        new, say = kept_of(counter, request, _NEW, _New), words(language_of(request))
        agreed, at = _agreed(form, screens.language(request)), counter.clock()
        act = await sync_to_thread(_newcomer, new, form, agreed, say, at)
        if isinstance(act, Fault):
            return new_page(request, new, (act,), form)
        act_id = await sync_to_thread(desk.propose, engine, vault, account, act, at=at)
        del counter.kept(request)[_NEW]
        entry = Entry(act.name, act.birth_date, act.zone.number[-3:] if act.zone else "")
        screens.proposed(request, new.papers, act_id, entry)
        return Redirect(f"/{language_of(request)}/acts/{act_id}", status_code=303)

    return [newcomer, entered]


# --- forms


def _chip(form: Form, roots: Sequence[Anchor], at: datetime, say: Words) -> Chip | Fault:
    if not {"sod", "dg1", "dg2"} <= form.files.keys():
        return Fault("sod", say("counter.chip.all"))
    files = Files(form.files["sod"], form.files["dg1"], form.files["dg2"])
    came = chip.authenticate(files, roots=roots, at=at)
    return came if isinstance(came, Chip) else Fault("sod", say(f"chip.{came.value}"))


def _stated(counter: Desk, account: Account, code: str, at: datetime) -> Document | None:
    """What the person of a desk code stated."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    house = counter.house
    found = review.by_code(house.engine, house.vault, account, f"{letters[:4]}-{letters[4:]}", at=at)
    before = found and review.look_at(house.engine, house.vault, account, found, at=at)
    return before.stated if before else None


def _portrait(counter: Desk, known: Known) -> bytes | None:
    with reading(counter.house.engine) as connection:
        picture = people.portrait(connection, counter.house.vault, known.subject_id)
    return None if picture is None else photograph.anew(picture)


def _agreed(form: Form, language: str) -> Agreed | None:
    return Agreed(CONSENT, language) if form["consent"] == CONSENT else None


def _act(
    found: _Found,
    form: Form,
    find: Callable[[Papers], Known | None],
    say: Words,
    *,
    country: str,
    agreed: Agreed | None,
    at: datetime,
) -> Act | Fault:
    subject = found.known.subject_id
    match form["act"]:
        case "forget_keys":
            return ForgetKeys(subject)
        case "admit" | "delegate" | "renew" if agreed is None:
            return Fault("consent", say("counter.agreed.missing"))
        case "admit":
            return Admit(subject, found.seen, agreed)
        case "renew":
            zone = passport.zone(form["new_zone"])
            if zone is None:
                return _no_zone(form["new_zone"], say)
            if not desk.fits(found.known.birth_date, zone, at=at):
                return Fault("new_zone", say("counter.renewal.born"))
            return Renew(subject, zone, agreed)
        case "delegate":
            if form["ground"] not in list(Ground):
                return Fault("ground", say("counter.choose"))
            read = passport.read(form["guardian"], "", say)
            if read.document is None:
                return Fault("guardian", read.faults[0].text)
            guardian = find(papers_of(read.document, country))
            if guardian is None:
                return Fault("guardian", say("counter.guardian.unknown"))
            return Delegate(subject, guardian.subject_id, Ground(form["ground"]), agreed=agreed)
    return Fault("act", say("counter.choose"))


def _no_zone(typed: str, say: Words) -> Fault:
    read = passport.read("", typed, say)
    return Fault("new_zone", read.faults[0].text if read.faults else say("passport.empty"))


def _newcomer(new: _New, form: Form, agreed: Agreed | None, say: Words, at: datetime) -> Enter | Fault:
    zone, born = new.zone, None
    if form["born"]:
        try:
            born = PartialDate.parse(form["born"])
        except ValueError:
            return Fault("born", say("counter.born.form"))
        if not desk.fits(born, zone, at=at):
            return Fault("born", say("counter.born.zone" if desk.fits(born, None, at=at) else "counter.born.future"))
    family, given = form["family"][:MAX_NAME], form["given"][:MAX_NAME]
    latin_family, latin_given = form["latin_family"][:MAX_NAME], form["latin_given"][:MAX_NAME]
    if zone is not None:
        latin_family, latin_given = zone.family_icao.replace("<", " "), zone.given_icao.replace("<", " ")
    if not (family or latin_family):
        return Fault("family", say("counter.name.empty"))
    try:
        name = spelling.name(
            family or latin_family,
            given or latin_given or None,
            family_latin=latin_family or None,
            given_latin=latin_given or None,
        )
    except ValueError:
        return Fault("latin_family", say("counter.name.latin"))
    if agreed is None:
        return Fault("consent", say("counter.agreed.missing"))
    portrait = new.portrait
    if sent := form.files.get("photograph"):
        portrait = photograph.anew(sent)
        if portrait is None:
            return Fault("photograph", say("waiting.picture.unreadable"))
    return Enter(name, born, new.seen, zone, portrait, agreed)
