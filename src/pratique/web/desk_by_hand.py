"""A code set by hand, at the desk: an official asks with a facility's signed record, one of another office sets it.

    /by-hand ─ document, record, colour ─► waits, for a day ─ /by-hand/… ─ document again ─► set, and its holder is told

One person, one record, one form: there is no list to send. Whoever does not agree does nothing, and it lapses.
"""

from datetime import timedelta
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect

from pratique.authority.access import Account
from pratique.authority.status import assigning
from pratique.authority.store.status import Waits
from pratique.colour import Colour
from pratique.model.errors import StatusRefused
from pratique.model.reasons import Reason
from pratique.web import cards, forms
from pratique.web.desk import Page
from pratique.web.desk_joint import Line
from pratique.web.desk_people import named
from pratique.web.desk_proposed import ROLES, Work
from pratique.web.forms import Fault, Form, told
from pratique.web.holder import word_of
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.pictured import pictured
from pratique.web.problems import language_of
from pratique.web.words import Words, words

COLOURS = (Colour.YELLOW, Colour.RED)
HOURS = (24, 48, 72)
MAX_RECORD = 10_000_000
"""Octets: a picture of a telephone's camera."""
TYPED = ("country", "number", "born", "record", "colour", "hours")


def room(work: Work) -> Page:
    """What waits, and what can be proposed."""

    return Page(ROLES, work.queue(assigning.CAUSES, "byhand.title", "/by-hand"), [*_proposing(work), *_setting(work)])


def _proposing(work: Work) -> list[Any]:
    desk = work.desk

    def listed(request: AnyRequest, account: Account, form: Form, *faults: Fault) -> Response[str]:
        say = words(language_of(request))
        return desk.page(
            request,
            "desk/by_hand.html",
            status=422 if faults else 200,
            waiting=work.rows(account, assigning.CAUSES, say),
            typed={name: form[name] for name in TYPED},
            colours=[(each.value, word_of(each, say.language)) for each in COLOURS],
            faults=faults,
            done=bool(request.query_params.get("done")),
        )

    @get(everywhere("/by-hand"))
    async def all_of_them(request: AnyRequest) -> Response[str]:
        account = await sync_to_thread(desk.account, request, *ROLES)
        return await sync_to_thread(listed, request, account, Form({}, {}))

    @post(everywhere("/by-hand"), status_code=303, request_max_body_size=MAX_RECORD)
    async def proposed(request: AnyRequest) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        made = await sync_to_thread(_propose, work, account, form, words(language_of(request)))
        if isinstance(made, Fault):
            return await sync_to_thread(listed, request, account, form, made)
        return Redirect(f"/{language_of(request)}/by-hand/{made}", status_code=303)

    return [all_of_them, proposed]


def _propose(work: Work, account: Account, form: Form, say: Words) -> str | Fault:
    """The proposal's id, or what is wrong."""
    scans, faults = pictured(form, say)
    if faults:
        return faults[0]
    records = [*form.all("record"), *scans]
    if len(records) > 1 or len(form.all("number")) > 1:
        return Fault("record", told(Reason.STATUS_BULK, say))
    if not records:
        return Fault("record", say("byhand.record.missing"))
    if form["colour"] not in COLOURS:
        return Fault("colour", say("byhand.colour.missing"))
    house, at = work.desk.house, work.desk.clock()
    person = named(work.engine, house.vault, form)
    if person is None:
        return Fault("number", say("paper.unknown"))
    colour, (scan,) = Colour(form["colour"]), records
    try:
        made = assigning.propose(
            work.engine, house.vault, account, person, scan, facilities=work.facilities, at=at, colour=colour
        )
    except StatusRefused as refusal:
        return Fault("record", told(refusal.reasons[0], say))
    return made.proposal_id


def _setting(work: Work) -> list[Any]:
    desk = work.desk

    def shown(request: AnyRequest, account: Account, key: str, form: Form, *faults: Fault) -> Response[str]:
        say, waits = words(language_of(request)), work.one(account, assigning.CAUSES, key)
        own = work.own(account, waits)
        lines = [Line("joint.proposed", waits.proposed_by, mono=True)]
        if not own:
            lines = [*_lines(work, account, waits, say), *lines]
        return desk.page(
            request,
            "desk/by_hand_one.html",
            status=409 if faults else 200,
            id=key,
            own=own,
            until=say.instant(work.lapses(waits)),
            lines=lines,
            hours=HOURS,
            typed={name: form[name] for name in TYPED},
            faults=faults,
        )

    @get(everywhere("/by-hand/{key:str}"))
    async def one(request: AnyRequest, key: FromPath[str]) -> Response[str]:
        account = await sync_to_thread(desk.account, request, *ROLES)
        return await sync_to_thread(shown, request, account, key, Form({}, {}))

    @post(everywhere("/by-hand/{key:str}"), status_code=303)
    async def confirmed(request: AnyRequest, key: FromPath[str]) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        fault = await sync_to_thread(_set, work, account, key, form, words(language_of(request)))
        if fault is not None:
            return await sync_to_thread(shown, request, account, key, form, fault)
        return Redirect(f"/{language_of(request)}/by-hand?done=1", status_code=303)

    return [one, confirmed]


def _lines(work: Work, account: Account, waits: Waits, say: Words) -> list[Line]:
    """What the signed record tells; the look at it stands in the person's list."""
    at, vault = work.desk.clock(), work.desk.house.vault
    found = assigning.read(
        work.engine, vault, account, waits.person_id, waits.proposal_id, facilities=work.facilities, at=at
    )  # fmt: skip
    test = cards.line(found.test, say)
    return [
        Line("counts.colour", word_of(Colour(found.proposal.colour), say.language)),
        Line("byhand.test", " · ".join((test.what, test.outcome, test.more))),
        Line("issuer", found.test.issuer),
    ]


def _set(work: Work, account: Account, key: str, form: Form, say: Words) -> Fault | None:
    waits, house, at = work.one(account, assigning.CAUSES, key), work.desk.house, work.desk.clock()
    if form["hours"] not in map(str, HOURS):
        return Fault("hours", say("byhand.hours.missing"))
    person = named(work.engine, house.vault, form)
    if person is None:
        return Fault("number", say("paper.unknown"))
    if person.person_id != waits.person_id:
        return Fault("number", say("byhand.another"))
    lasts = timedelta(hours=int(form["hours"]))
    try:
        assigning.approve(
            work.engine, house.vault, account, person, key, facilities=work.facilities, at=at, lasts=lasts
        )  # fmt: skip
    except StatusRefused as refusal:
        return Fault("number", told(refusal.reasons[0], say))
    return None
