"""Contacts and stays, at the desk: what a case makes of one other person, by two officials who have the case's file.

    /tracing ─ person, case, fact, days ─► waits, for a day ─ /tracing/… ─ both again ─► it stands, and is told

Nothing that waits says who anybody is: the second official reads both documents in the file, as the first one did.
"""

from datetime import date
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect

from pratique.authority.access import Account
from pratique.authority.status import tracing
from pratique.authority.status.tracing import Fact, Met, Stay
from pratique.authority.store.people import Known
from pratique.model.errors import StatusRefused
from pratique.model.facts import ContactKind, ObservationKind
from pratique.web import forms
from pratique.web.desk import Page
from pratique.web.desk_joint import Line
from pratique.web.desk_people import named
from pratique.web.desk_proposed import ROLES, Work
from pratique.web.forms import Fault, Form, told
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.problems import language_of
from pratique.web.words import Words, words

KINDS = (*ContactKind, *ObservationKind)
CASE = "case_"
"""Before the fields of the case's document."""
DOCUMENT = ("country", "number", "born")
TYPED = (*DOCUMENT, *(f"{CASE}{name}" for name in DOCUMENT), "fact", "first", "last")


def room(work: Work) -> Page:
    """What waits, and what can be proposed."""

    return Page(ROLES, work.queue(tracing.CAUSES, "tracing.title", "/tracing"), [*_proposing(work), *_confirming(work)])


def _proposing(work: Work) -> list[Any]:
    desk = work.desk

    def listed(request: AnyRequest, account: Account, form: Form, *faults: Fault) -> Response[str]:
        return desk.page(
            request,
            "desk/tracing.html",
            status=422 if faults else 200,
            waiting=work.rows(account, tracing.CAUSES, words(language_of(request))),
            typed={name: form[name] for name in TYPED},
            kinds=[kind.value for kind in KINDS],
            most=tracing.OF_A_CASE,
            today=desk.clock().astimezone(work.zone).date().isoformat(),
            faults=faults,
            done=bool(request.query_params.get("done")),
        )

    @get(everywhere("/tracing"))
    async def all_of_them(request: AnyRequest) -> Response[str]:
        account = await sync_to_thread(desk.account, request, *ROLES)
        return await sync_to_thread(listed, request, account, Form({}, {}))

    @post(everywhere("/tracing"), status_code=303)
    async def proposed(request: AnyRequest) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        made = await sync_to_thread(_propose, work, account, form, words(language_of(request)))
        if isinstance(made, Fault):
            return await sync_to_thread(listed, request, account, form, made)
        return Redirect(f"/{language_of(request)}/tracing/{made}", status_code=303)

    return [all_of_them, proposed]


def _propose(work: Work, account: Account, form: Form, say: Words) -> str | Fault:
    """The proposal's id, or what is wrong."""
    house, at = work.desk.house, work.desk.clock()
    both = _both(work, form, say)
    if isinstance(both, Fault):
        return both
    fact = _fact(form, at.astimezone(work.zone).date(), say)
    if isinstance(fact, Fault):
        return fact
    person, ill = both
    try:
        return tracing.propose(work.engine, house.vault, account, person, fact, ill=ill, at=at).proposal_id
    except StatusRefused as refusal:
        return Fault(f"{CASE}number", told(refusal.reasons[0], say))


def _both(work: Work, form: Form, say: Words) -> tuple[Known, Known] | Fault:
    """The person and the case."""
    vault, found = work.desk.house.vault, []
    for prefix in ("", CASE):
        known = named(work.engine, vault, form, prefix)
        if known is None:
            return Fault(f"{prefix}number", say("paper.unknown"))
        found.append(known)
    return found[0], found[1]


def _fact(form: Form, today: date, say: Words) -> Fact | Fault:
    if form["fact"] not in KINDS:
        return Fault("fact", say("tracing.fact.missing"))
    try:
        last = date.fromisoformat(form["last"])
        fact: Fact
        if form["fact"] in list(ContactKind):
            fact = Met(ContactKind(form["fact"]), last)
        else:
            fact = Stay(ObservationKind(form["fact"]), date.fromisoformat(form["first"]), last)
        tracing.check(fact, today=today)
    except ValueError:
        return Fault("last", say("tracing.days.missing"))
    return fact


def _confirming(work: Work) -> list[Any]:
    desk = work.desk

    def shown(request: AnyRequest, account: Account, key: str, form: Form, *faults: Fault) -> Response[str]:
        say, waits = words(language_of(request)), work.one(account, tracing.CAUSES, key)
        own = work.own(account, waits)
        lines = [Line("joint.proposed", waits.proposed_by, mono=True)]
        if not own:
            vault, at = desk.house.vault, desk.clock()
            lines = [*_lines(tracing.read(work.engine, vault, account, waits.person_id, key, at=at), say), *lines]
        return desk.page(
            request,
            "desk/tracing_one.html",
            status=409 if faults else 200,
            id=key,
            own=own,
            until=say.instant(work.lapses(waits)),
            lines=lines,
            typed={name: form[name] for name in TYPED},
            faults=faults,
        )

    @get(everywhere("/tracing/{key:str}"))
    async def one(request: AnyRequest, key: FromPath[str]) -> Response[str]:
        account = await sync_to_thread(desk.account, request, *ROLES)
        return await sync_to_thread(shown, request, account, key, Form({}, {}))

    @post(everywhere("/tracing/{key:str}"), status_code=303)
    async def confirmed(request: AnyRequest, key: FromPath[str]) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        fault = await sync_to_thread(_confirm, work, account, key, form, words(language_of(request)))
        if fault is not None:
            return await sync_to_thread(shown, request, account, key, form, fault)
        return Redirect(f"/{language_of(request)}/tracing?done=1", status_code=303)

    return [one, confirmed]


def _lines(fact: Fact, say: Words) -> list[Line]:
    days = [fact.last] if isinstance(fact, Met) else [fact.first, fact.last]
    told_days = " – ".join(say.day(day) for day in dict.fromkeys(days))
    return [Line("tracing.fact", say(f"tracing.fact.{fact.kind}")), Line("tracing.days", told_days)]


def _confirm(work: Work, account: Account, key: str, form: Form, say: Words) -> Fault | None:
    waits, house, at = work.one(account, tracing.CAUSES, key), work.desk.house, work.desk.clock()
    both = _both(work, form, say)
    if isinstance(both, Fault):
        return both
    person, ill = both
    if person.person_id != waits.person_id:
        return Fault("number", say("byhand.another"))
    try:
        tracing.approve(work.engine, house.vault, account, person, key, ill=ill, at=at)
    except StatusRefused as refusal:
        return Fault(f"{CASE}number", told(refusal.reasons[0], say))
    return None
