"""Trips (T9): may I enter, with what consequence, what is missing and by when; and the least to show on the way.

    from, through, to, day ─► Journey ─ plan over the holder's own codes ─► for each leg: met · missing · not decided

What is typed goes into the answer and nowhere else: no trip is kept, in a database, a log or an address. The
visit keeps the number of the release that answered, which is everybody's: it is shown with the code, so that a border
that goes by another release can say so, and here once a newer one has come.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from msgspec import Struct

from pratique.admission import Verdict
from pratique.admission.verdict import advised, following
from pratique.answering.planning import State, least, plan, remarks, requirements
from pratique.bundle import Bundle
from pratique.model.countries import canonical, is_country
from pratique.model.dates import YEARS
from pratique.model.journey import Journey, Leg
from pratique.model.ports import PORTS
from pratique.model.reasons import Reason
from pratique.texts.saying import Moment, Saying, published, published_in
from pratique.texts.saying import say as said
from pratique.verification import verify
from pratique.web import forms
from pratique.web.certificate import held, planned
from pratique.web.fields import Fault, Form
from pratique.web.holding import Held
from pratique.web.ministry import Office
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.problems import language_of
from pratique.web.words import Words, words

FIELDS = ("from", "through", "through2", "to", "day", "hour", "of_right")
"""Of the form, in its order."""
_LAST_MINUTE = time(23, 59)
_OLD = 1
"""Days from which the age of rules is told of by itself: a newer release comes every day."""


class Row(Struct, frozen=True):
    """One requirement."""

    state: State
    name: str
    language: str
    """In which the release tells it."""
    rules: tuple[tuple[str, str], ...]
    """Language and text of each."""


class Told(Struct, frozen=True):
    """One leg."""

    heading: str
    rows: tuple[Row, ...]
    several: bool
    """Whether one of the rows would be enough."""
    remarks: tuple[str, ...]
    undecided: bool
    follows: tuple[str, ...]
    would_do: tuple[str, ...]


class Answered(Struct, frozen=True):
    """A trip as it was asked about; `enough` are the places of the claims that suffice, None where nobody knows."""

    places: tuple[str, ...]
    legs: tuple[Told, ...]
    enough: tuple[int, ...] | None
    claims: int


def handlers(desk: Office) -> list[Any]:
    """The form and its answer, for whoever holds something, or would; none where no release is at hand."""
    release = desk.ministry.release
    if release is None:
        return []

    def shown(
        request: AnyRequest, name: str, form: Form, answered: Answered | None = None, faults: Sequence[Fault] = ()
    ) -> Response[str]:
        language = language_of(request)
        return desk.page(
            request,
            "holder/trip.html",
            status=422 if faults else 200,
            address=f"/{language}/certificate/{name}",
            typed={field: form[field] for field in FIELDS},
            faults=faults,
            answered=answered,
            ports=[(port.code, port.name(language), port.country) for port in PORTS.values()],
            rules=_rules(release(), desk.clock(), words(language)),
            planned=planned(desk, desk.visit(request, name)),
        )

    @get(everywhere("/certificate/{name:str}/trip"), sync_to_thread=False)
    def empty(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        held(desk, request, name)
        return shown(request, name, Form({}, {}))

    @post(everywhere("/certificate/{name:str}/trip"), status_code=200)
    async def asked(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        form, own = await forms.read(request), held(desk, request, name)
        say = words(language_of(request))
        journey, faults = read(form, say)
        if journey is None:
            return shown(request, name, form, faults=faults)
        bundle = release()
        answered = await sync_to_thread(answer, own, journey, bundle, desk.clock(), say)
        desk.visit(request, name).planned = bundle.number or None
        return shown(request, name, form, answered)

    return [empty, asked]


def read(form: Form, say: Words) -> tuple[Journey | None, tuple[Fault, ...]]:
    """The journey of a form, or what is wrong with it, each at its field."""
    found = {name: _place(form[name]) for name in ("from", "through", "through2", "to") if form[name] or name == "to"}
    faults = [Fault(name, say("holder.trip.place.unknown")) for name, place in found.items() if place is None]
    day = _day(form["day"])
    if day is None:
        faults.append(Fault("day", say("holder.trip.day.unread")))
    hour = _hour(form["hour"])
    if hour is None:
        faults.append(Fault("hour", say("holder.trip.hour.unread")))
    if faults or day is None or hour is None:
        return None, tuple(faults)
    known = {name: place for name, place in found.items() if place is not None}
    country, port = known["to"]
    legs = [Leg(country, _arrival(day, hour, port), port)]
    for name in ("through2", "through"):
        if name in known:
            country, port = known[name]
            legs.insert(0, Leg(country, min(_arrival(day, hour, port), legs[0].arrive), port, transit=True))
    origin = known["from"][0] if "from" in known else None
    return Journey(tuple(legs), origin, form["of_right"] == "yes"), ()


def answer(own: Held, journey: Journey, bundle: Bundle, clock: datetime, say: Words) -> Answered:
    """What the rules of the release say of a holder's own codes, as any verifier would read them."""
    at = bundle.not_before(clock)
    told = [verify(part.scan, trust_list=bundle.trust_list, at=at, revocation=bundle.revocation) for part in own.parts]
    verdicts = plan(told, bundle=bundle, journey=journey, at=at)
    enough = None
    if all(each.accepted for each in verdicts):
        chosen: list[int] = []
        first = 0
        suffice = least(told, bundle=bundle, journey=journey, at=at)
        for part, each in zip(own.parts, suffice, strict=True):
            chosen += [first + place for place in each]
            first += len(part.certificate.claims)
        enough = tuple(chosen)
    places = [*([journey.origin] if journey.origin else []), *(_name(leg, say.language) for leg in journey.legs)]
    return Answered(
        tuple(places),
        tuple(_told(number, each, len(verdicts), say) for number, each in enumerate(verdicts, 1)),
        enough,
        len(own.certificate.claims),
    )


def _told(number: int, verdict: Verdict, legs: int, say: Words) -> Told:
    leg, language = verdict.leg, say.language
    heading = {"number": number, "legs": legs, "place": _name(leg, language), "when": Moment(leg.arrive, leg.port)}
    asked = requirements(verdict)
    rows = tuple(
        Row(
            each.state,
            published(each.name.texts, language),
            published_in(each.name.texts, language),
            tuple((published_in(rule.texts, language), published(rule.texts, language)) for rule in each.rules),
        )
        for each in asked
    )
    return Told(
        heading=said(Saying("plan.transit" if leg.transit else "plan.entry", heading), language),
        rows=rows,
        several=len(rows) > 1 and any(each.rules for each in rows) and not verdict.accepted,
        remarks=tuple(_remark(each, say) for each in remarks(verdict)),
        undecided=verdict.accepted is None,
        follows=tuple(said(each, language) for each in following(verdict)),
        would_do=tuple(said(each, language) for each in advised(verdict)),
    )


_OWN_WORDS = (Reason.ENTRY_PROOF_OPEN, Reason.ENTRY_PROOF_REFUSED)
"""What a border says of a certificate; its holder is told what to do instead."""


def _remark(reason: Reason, say: Words) -> str:
    return say(f"holder.trip.remark.{reason}") if reason in _OWN_WORDS else say.why(reason).what


def _rules(bundle: Bundle, clock: datetime, say: Words) -> Mapping[str, Any]:
    """The release that answers, and its age where that is worth a word."""
    days = max((bundle.not_before(clock) - part.issued).days for part in bundle.parts.values())
    return {"number": bundle.number, "issued": say.instant(bundle.issued), "days": days if days >= _OLD else 0}


def _name(leg: Leg, language: str) -> str:
    return leg.place.name(language) if leg.place is not None else leg.to


def _place(typed: str) -> tuple[str, str | None] | None:
    """A country and, where one is named by its code or its name, the port."""
    code, name = typed.upper(), typed.casefold()
    if code in PORTS:
        return PORTS[code].country, code
    if is_country(code):
        return canonical(code), None
    named = [port for port in PORTS.values() if name in {each.casefold() for each in port.names.values()}]
    return (named[0].country, named[0].code) if len(named) == 1 else None


def _day(typed: str) -> date | None:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _hour(typed: str) -> time | None:
    """The hour; of a day without one the last minute, when a test is oldest."""
    try:
        return time.fromisoformat(typed).replace(tzinfo=None) if typed else _LAST_MINUTE
    except ValueError:
        return None


def _arrival(day: date, hour: time, port: str | None) -> datetime:
    """By the clock of the port."""
    return datetime.combine(day, hour, PORTS[port].clock if port is not None else UTC)
