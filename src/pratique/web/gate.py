"""What a border's pages are put together from, whoever serves them: a process of its own, or Python in the browser.

    form ─ question ─► Question ─ (verify every scan) ─► Answer ─ answered ─► Sheet
                  └──► Sheet, where there is nothing to ask yet

Nothing here waits, reads a file or checks a signature.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from pratique.answering import Answer
from pratique.answering.door import at_door, policies_for
from pratique.bundle import Bundle
from pratique.formats import shc
from pratique.model import mrz
from pratique.model.errors import MalformedDocument
from pratique.model.journey import Journey
from pratique.model.mrz import MachineReadableZone
from pratique.model.reasons import Reason
from pratique.rules.policy import Policy
from pratique.texts.saying import published
from pratique.trust import Environment
from pratique.web.answers import held, shown
from pratique.web.discreet import Setting, for_airline, for_venue, setting_of
from pratique.web.fields import Fault, Form, told
from pratique.web.places import Place, UnreadableArrival, places
from pratique.web.rendering import Sheet, Site
from pratique.web.words import Words, words

CLEARS_AFTER = (60, 30, 120, 180)
"""Seconds after which an answer leaves the screen: as a rule, and what a device may be set to instead."""
MOST_DIGITS = 9
"""Of a release's number: one a second would take thirty years to get there."""
MAX_SCANS = 12
"""Certificates of one person: more than anybody carries."""


class Came(Struct, frozen=True):
    """How a release came to a page that fetches it by itself: what its pages say of it."""

    signed: bool
    """Whether the page checked the release's own signatures, or took it from its server."""
    problems: tuple[Reason, ...] = ()
    """Why a newer one was not taken."""


class Gate(Struct, frozen=True):
    """A border: what its pages have in common, the release it goes by, where people enter, and its clock."""

    site: Site
    bundle: Bundle
    places: tuple[Place, ...]
    clock: Callable[[], datetime]
    came: Came | None = None
    """None for a border that was given its release."""

    def now(self, say: Words) -> tuple[datetime, str]:
        """The instant to reckon with, and what is said of a clock behind what was signed; empty if it is not."""
        shown = self.clock()
        at = self.bundle.not_before(shown)
        return at, told(Reason.NETWORK_CLOCK, say) if at != shown else ""


class Question(Struct, frozen=True, kw_only=True):
    """What was shown to the border: as it came, and as it was read. `faults` are what could not be read."""

    scans: tuple[str, ...]
    zone: str
    document: MachineReadableZone | None
    journey: Journey | None
    """None at a door, which asks for no route."""
    at: datetime
    clock: str
    faults: tuple[Fault, ...]


def gate(
    bundle: Bundle,
    *,
    country: str,
    port: str | None = None,
    authority: Mapping[str, str],
    scene: str = "",
    clock: Callable[[], datetime],
    came: Came | None = None,
) -> Gate:
    """The border of `country` at `port`, which asks by the rules of `bundle`; `authority` is its name by language."""
    specimen = bundle.environment is not Environment.PRODUCTION
    site = Site(service="service.border", authority=authority, specimen=specimen, scene=scene)
    return Gate(site, bundle, places(bundle, country, port), clock, came)


def ready(
    at: Gate, form: Form, language: str, *, scan: str = "", zone: str = "", faults: Sequence[Fault] = ()
) -> Sheet:
    """The page that waits for a code, with what was typed and what is wrong with it."""
    say = words(language)
    now, clock = at.now(say)
    values = {
        "faults": tuple(faults),
        "scan": scan,
        "zone": zone,
        "settings": _settings(form),
        "places": _by_country(at.places),
        "chosen": _place(at, form).value,
        "held": held(at.bundle, say, at=now),
        "came": said_of(at.came, say),
        "setting": setting_of(form["setting"]),
        "clears": _clears(form),
        "every_clears": sorted(CLEARS_AFTER),
        "every_setting": list(Setting),
        "doors": [(each.identifier, _title(each, language)) for each in policies_for(at.bundle, at.places[0].country)],
        "clock": clock,
    }
    return Sheet(template="border/ready.html", values=values, status=422 if faults else 200)


def said_of(came: Came | None, say: Words) -> dict[str, Any]:
    """How the release came, in words; `wrong` are sentences on why a newer one was not taken."""
    if came is None:
        return {}
    return {
        "how": say("verifier.came.signed" if came.signed else "verifier.came.server"),
        "signed": came.signed,
        "wrong": [told(reason, say) for reason in came.problems],
    }


def question(
    at: Gate, form: Form, language: str, *, found: Sequence[str] = (), faults: Sequence[Fault] = ()
) -> Question | Sheet:
    """What the form asks; `found` are the scans of its picture and `faults` what was wrong with that.

    A page where there is nothing to ask about, or no time to ask it for.
    """
    say = words(language)
    scans = shc.together([*form.all("scan"), *found])[:MAX_SCANS]
    wrong = list(faults)
    if not scans and not wrong:
        wrong.append(Fault("scan", say("border.empty")))
    venue = setting_of(form["setting"]) is Setting.VENUE
    zone, document = "" if venue else form["document"], None
    if zone:
        try:
            document = mrz.parse(zone)
        except MalformedDocument as refused:
            wrong += [Fault("document", told(reason, say)) for reason in refused.reasons]
    planned = _planned(form)
    now, clock = at.now(say)
    try:
        of_right = form["of_right"] == "yes"
        journey = _place(at, form).journey(form["arrive"], of_right=of_right, at=now, planned=planned)
    except UnreadableArrival:
        wrong.append(Fault("arrive", say("border.arrive.unread")))
        return ready(at, form, language, scan="".join(scans[:1]), zone=zone, faults=wrong)
    if not scans:
        return ready(at, form, language, zone=zone, faults=wrong)
    if form["planned"] and planned is None:
        wrong.append(Fault("planned", say("border.planned.unread")))
    return Question(
        scans=scans,
        zone=zone,
        document=document,
        journey=None if venue else journey,
        at=now,
        clock=clock,
        faults=tuple(wrong),
    )


def answered(at: Gate, form: Form, language: str, asked: Question, made: Answer) -> Sheet:
    """The three answers, with the officer's press; it leaves the screen by itself."""
    settings, say, setting = _settings(form), words(language), setting_of(form["setting"])
    seen = shown(made, say, decision=form["decision"], document=asked.document)
    if setting is Setting.AIRLINE:
        seen = for_airline(seen)
    elif setting is Setting.VENUE:
        seen = for_venue(seen, made, at_door(made, _door(at, form)), say, decision=form["decision"])
    back = f"/{language}?{urlencode(settings)}"
    fields = {"picture", "document", "planned"} if seen.holder and setting is not Setting.VENUE else {"picture"}
    values = {
        "told": seen,
        "setting": setting,
        "faults": [fault if fault.field in fields else fault.alone for fault in asked.faults],
        "scans": asked.scans,
        "zone": asked.zone,
        "settings": settings,
        "decision": form["decision"],
        "of_right": form["of_right"] == "yes",
        "planned": form["planned"][: MOST_DIGITS + 1],  # what is too long stays so, and becomes no other number
        "number": at.bundle.number,
        "clock": asked.clock,
        "back": back,
        "seconds": _clears(form),
    }
    return Sheet(template="border/answer.html", values=values, back=back, after=_clears(form))


def _planned(form: Form) -> int | None:
    """The number of the release by which the traveller planned, as their page or their plan names it."""
    typed = form["planned"]
    number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= MOST_DIGITS else 0
    return number or None


def _place(at: Gate, form: Form) -> Place:
    """Where the traveller enters: as chosen, or here."""
    return next((place for place in at.places if place.value == form["place"]), at.places[0])


def _door(at: Gate, form: Form) -> Policy | None:
    """The policy of the door: as chosen, or the first of this country."""
    found = policies_for(at.bundle, at.places[0].country)
    return next((each for each in found if each.identifier == form["door"]), next(iter(found), None))


def _title(policy: Policy, language: str) -> str:
    return published(policy.title, language) or policy.identifier


def _by_country(found: Sequence[Place]) -> dict[str, list[Place]]:
    countries: dict[str, list[Place]] = {}
    for place in found:
        countries.setdefault(place.country, []).append(place)
    return countries


def _clears(form: Form) -> int:
    """After how many seconds an answer leaves the screen; as a rule for anything that nobody offered."""
    return next((each for each in CLEARS_AFTER if str(each) == form["clears"]), CLEARS_AFTER[0])


def _settings(form: Form) -> dict[str, str]:
    """What is the device's and not the traveller's, and goes from page to page."""
    chosen = {name: form[name] for name in ("setting", "door", "clears") if form[name]}
    return {name: form[name] for name in ("place", "arrive")} | chosen
