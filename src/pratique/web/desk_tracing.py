"""Contacts and stays, at the desk: what a case makes of one other person, by two officials who have the case's file.

    /tracing ─ person, case, fact, days ─► waits, for a day ─ /tracing/… ─ both again ─► it stands, and is told

Nothing that waits says who anybody is: the second official reads both documents in the file, as the first one did.
"""

from datetime import date

from litestar import Response

from pratique.authority.access import Account
from pratique.authority.status import tracing
from pratique.authority.status.tracing import Fact, Met, Stay
from pratique.authority.store.people import Known
from pratique.authority.store.status import Waits
from pratique.model.errors import StatusRefused
from pratique.model.facts import ContactKind, ObservationKind
from pratique.web import desk_proposed
from pratique.web.desk import Page
from pratique.web.desk_joint import Line
from pratique.web.desk_people import named
from pratique.web.desk_proposed import Work
from pratique.web.forms import Fault, Form, told
from pratique.web.pages import AnyRequest
from pratique.web.problems import language_of
from pratique.web.words import Words, words

KINDS = (*ContactKind, *ObservationKind)
CASE = "case_"
"""Before the fields of the case's document."""
DOCUMENT = ("country", "number", "born")
TYPED = (*DOCUMENT, *(f"{CASE}{name}" for name in DOCUMENT), "fact", "first", "last")


def room(work: Work) -> Page:
    """What waits, and what can be proposed."""
    return desk_proposed.room(
        work, tracing.CAUSES, title="tracing.title", path="/tracing",
        listed=_listed, propose=_propose, shown=_shown, confirm=_confirm,
    )  # fmt: skip


def _listed(work: Work, request: AnyRequest, account: Account, form: Form, *faults: Fault) -> Response[str]:
    return work.desk.page(
        request,
        "desk/tracing.html",
        status=422 if faults else 200,
        waiting=work.rows(account, tracing.CAUSES, words(language_of(request))),
        typed={name: form[name] for name in TYPED},
        kinds=[kind.value for kind in KINDS],
        most=tracing.OF_A_CASE,
        faults=faults,
        done=bool(request.query_params.get("done")),
    )


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


def _shown(work: Work, request: AnyRequest, account: Account, key: str, form: Form, *faults: Fault) -> Response[str]:
    waits, say = work.one(account, tracing.CAUSES, key), words(language_of(request))
    typed = {name: form[name] for name in TYPED}
    return desk_proposed.page_of(
        work, request, account, waits, "desk/tracing_one.html", *faults,
        read=lambda: _lines(work, account, waits, say), typed=typed,
    )  # fmt: skip


def _lines(work: Work, account: Account, waits: Waits, say: Words) -> list[Line]:
    vault, at = work.desk.house.vault, work.desk.clock()
    fact = tracing.read(work.engine, vault, account, waits.person_id, waits.proposal_id, at=at)
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
