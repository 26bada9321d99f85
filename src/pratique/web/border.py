"""A border: three answers about a code, by the lists that lie on this machine, with no network.

    camera, picture, scanner, text ─► scans ─ answer(bundle, document, journey) ─► three answers ─► the officer's press

Nothing about a holder is kept: what an answer was made of travels in the page's own form, and the page clears itself.
A process that runs this needs the published bundle and nothing else of whoever issued.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Litestar, Response, get, post
from litestar.concurrency import sync_to_thread
from msgspec import Struct

from pratique import qr
from pratique.answering import answer
from pratique.bundle import Bundle
from pratique.model import mrz
from pratique.model.errors import MalformedDocument, UnreadableImage
from pratique.model.mrz import MachineReadableZone
from pratique.model.reasons import Reason
from pratique.trust import Environment
from pratique.web import forms, guarding
from pratique.web.answers import held, shown
from pratique.web.forms import Fault, Form, told
from pratique.web.pages import AnyRequest, Site, everywhere, page
from pratique.web.places import Place, UnreadableArrival, places
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import Words, words

CLEARS_AFTER = 60
"""Seconds after which an answer leaves the screen."""
MAX_PICTURE = 24_000_000
"""A photograph of paper as a telephone takes it, which nobody has made smaller, and the fields beside it."""
MAX_SCANS = 12
"""Certificates of one person: more than anybody carries."""


class Found(Struct, frozen=True):
    """What is in a picture of the camera; None for nothing yet."""

    scan: str | None = None


class _Gate(Struct, frozen=True):
    """What every handler works with."""

    site: Site
    bundle: Bundle
    places: tuple[Place, ...]
    clock: Callable[[], datetime]

    def now(self, say: Words) -> tuple[datetime, str]:
        """The instant to reckon with, and what is said of a clock behind what was signed; empty if it is not."""
        shown = self.clock()
        at = self.bundle.not_before(shown)
        return at, told(Reason.NETWORK_CLOCK, say) if at != shown else ""


class _Asked(Struct, frozen=True):
    """What was shown to the border: as it came, and as it was read. `faults` are what could not be read."""

    scans: tuple[str, ...]
    zone: str
    document: MachineReadableZone | None
    faults: tuple[Fault, ...]


def app(
    bundle: Bundle,
    *,
    country: str,
    port: str | None = None,
    authority: Mapping[str, str],
    hosts: Sequence[str] = ("127.0.0.1", "localhost"),
    framed_by: str = "'none'",
    scene: str = "",
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Litestar:
    """The border of `country` at `port`, which asks by the rules of `bundle`; `authority` is its name by language."""
    specimen = bundle.environment is not Environment.PRODUCTION
    site = Site(service="service.border", authority=authority, specimen=specimen, scene=scene)
    gate = _Gate(site, bundle, places(bundle, country, port), clock)
    return guarding.application(site, [*_ready(gate), *_answers(gate)], hosts=hosts, framed_by=framed_by)


def _ready(gate: _Gate) -> list[Any]:
    @get(everywhere("/"), sync_to_thread=False)
    def ready(request: AnyRequest) -> Response[str]:
        return _waiting(gate, request, _from_address(request))

    @get(everywhere("/about"), sync_to_thread=False)
    def about(request: AnyRequest) -> Response[str]:
        return page(request, "about.html", site=gate.site, language=language_of(request), side="border")

    @post("/read", status_code=200)
    async def read(request: AnyRequest) -> Found:
        """Look at one picture of the camera, which is forgotten with the answer; most have no code in them yet."""
        picture = await request.body()
        try:
            return Found((await sync_to_thread(qr.read, picture))[0])
        except UnreadableImage as refused:
            if Reason.IMAGE_NO_CODE in refused.reasons:
                return Found()
            raise Problem(Code.FORM_UNREADABLE) from refused

    return [ready, about, read]


def _waiting(gate: _Gate, request: AnyRequest, form: Form, asked: _Asked | None = None) -> Response[str]:
    language = language_of(request)
    at, clock = gate.now(words(language))
    return page(
        request,
        "border/ready.html",
        site=gate.site,
        language=language,
        status=422 if asked else 200,
        faults=asked.faults if asked else (),
        scan=asked.scans[0] if asked and asked.scans else "",
        zone=asked.zone if asked else "",
        settings=_settings(form),
        places=_by_country(gate.places),
        chosen=_place(gate, form).value,
        held=held(gate.bundle, words(language), at=at),
        clock=clock,
    )


def _answers(gate: _Gate) -> list[Any]:
    @post(everywhere("/answer"), status_code=200, request_max_body_size=MAX_PICTURE)
    async def answered(request: AnyRequest) -> Response[str]:
        """The three answers, and again with what the officer added: the passport, another certificate, a press."""
        form, language = await forms.read(request), language_of(request)
        say = words(language)
        asked = await sync_to_thread(_asked, form, say)
        at, clock = gate.now(say)
        try:
            journey = _place(gate, form).journey(form["arrive"], of_right=form["of_right"] == "yes", at=at)
        except UnreadableArrival:
            fault = Fault("arrive", say("border.arrive.unread"))
            return _waiting(gate, request, form, _Asked(asked.scans, asked.zone, None, (*asked.faults, fault)))
        if not asked.scans:
            return _waiting(gate, request, form, asked)
        made = await sync_to_thread(
            answer, asked.scans, bundle=gate.bundle, at=at, document=asked.document, journey=journey
        )
        settings = _settings(form)
        back = f"/{language}?{urlencode(settings)}"
        sheet = page(
            request,
            "border/answer.html",
            site=gate.site,
            language=language,
            told=shown(made, say, decision=form["decision"], document=asked.document),
            faults=asked.faults,
            scans=asked.scans,
            zone=asked.zone,
            settings=settings,
            decision=form["decision"],
            of_right=form["of_right"] == "yes",
            number=gate.bundle.number,
            clock=clock,
            back=back,
            seconds=CLEARS_AFTER,
        )
        sheet.headers["refresh"] = f"{CLEARS_AFTER}; url={back}"
        return sheet

    return [answered]


def _asked(form: Form, say: Words) -> _Asked:
    """Every scan in the form and in its picture, and the passport; what cannot be read is a fault at its field."""
    scans, faults = list(form.all("scan")), []
    if picture := form.files.get("picture"):
        try:
            scans += qr.read_pdf(picture) if picture.startswith(b"%PDF") else qr.read(picture)
        except UnreadableImage as refused:
            faults += [Fault("picture", told(reason, say)) for reason in refused.reasons]
    if not scans and not faults:
        faults.append(Fault("scan", say("border.empty")))
    zone, document = form["document"], None
    if zone:
        try:
            document = mrz.parse(zone)
        except MalformedDocument as refused:
            faults += [Fault("document", told(reason, say)) for reason in refused.reasons]
    return _Asked(tuple(dict.fromkeys(scans))[:MAX_SCANS], zone, document, tuple(faults))


def _place(gate: _Gate, form: Form) -> Place:
    """Where the traveller enters: as chosen, or here."""
    return next((place for place in gate.places if place.value == form["place"]), gate.places[0])


def _by_country(found: Sequence[Place]) -> dict[str, list[Place]]:
    countries: dict[str, list[Place]] = {}
    for place in found:
        countries.setdefault(place.country, []).append(place)
    return countries


def _settings(form: Form) -> dict[str, str]:
    """What is the device's and not the traveller's, and goes from page to page."""
    return {name: form[name] for name in ("place", "arrive")}


def _from_address(request: AnyRequest) -> Form:
    return Form({name: [request.query_params[name]] for name in request.query_params}, {})
