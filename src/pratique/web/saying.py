"""What a holder says: how they are and where they were, and that something decided about them is not right."""

from datetime import date, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from pratique.authority.access import Look
from pratique.authority.records import rights
from pratique.authority.status import appeals, declaring
from pratique.authority.store import asking, people, reading, writing
from pratique.authority.store.asking import Words as Statement
from pratique.authority.store.people import Known
from pratique.model.errors import AccessRefused, MalformedRecord
from pratique.model.reasons import Reason
from pratique.web import declaring as forms_of_declaring
from pratique.web import forms
from pratique.web.forms import Fault
from pratique.web.holder import Holder, Own, Service, against
from pratique.web.pages import AnyRequest, everywhere, in_a_thread
from pratique.web.problems import Code, Problem, language_of
from pratique.web.who import Who
from pratique.web.words import words

MOST_WORDS = 2_000
"""Characters of an appeal: half a page."""


# declaring


@get(everywhere("/code/declare"))
@in_a_thread
def empty(request: AnyRequest, own: Own) -> Response[str]:
    """How are you, and where were you; `?again=` an older one to be said again."""
    who = own.who(request)
    if over := own.over(request, own.clock()):
        return over
    again = request.query_params.get("again", "")
    typed = forms_of_declaring.Typed()
    if again:
        with reading(own.service.engine) as connection:
            said = declaring.said(connection, own.own(who, own.clock()))
        found = next((each for each in said if each.declaration_id == again and not each.replaced), None)
        if found is None:
            raise Problem(Code.PAGE_UNKNOWN)
        typed = forms_of_declaring.again(found)
    return _form(own, request, who, typed, again=again)


def _form(
    own: Holder, request: AnyRequest, who: Who, typed: Any, *, again: str = "", faults: tuple[Fault, ...] = ()
) -> Response[str]:
    at, service = own.clock(), own.service
    with reading(service.engine) as connection:
        wards = asking.wards(connection, who.by.subject_id, at=int(at.timestamp()))
        others = [people.by_subject(connection, service.vault, ward.subject_id) for ward in wards]
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
    who, at, service = own.who(request), own.clock(), own.service
    form = await forms.read(request)
    language = language_of(request)
    if over := own.over(request, at):
        return over
    found = forms_of_declaring.read(form, words(language))
    again = form["again"]
    if found.told is not None:
        try:
            about = _about(own, who.known, form["for"])
            more: dict[str, Any] = {"by": who.by, "at": at, "zone": service.zone}
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
    return _form(own, request, who, found.typed, again=again, faults=found.faults)


def _about(own: Holder, known: Known, subject_id: str) -> Known:
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
    who, at = own.who(request), own.clock()
    say = words(language_of(request))
    with reading(own.service.engine) as connection:
        kept = declaring.said(connection, own.own(who, at))
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


def _appeal(own: Holder, request: AnyRequest, about: str, *faults: Fault, statement: str = "") -> Response[str]:
    at, who = own.clock(), own.who(request)
    seen = own.own(who, at)
    with reading(own.service.engine) as connection:
        found = next(
            (each for each in against(own, connection, seen, at, words(language_of(request))) if each["id"] == about),
            None,
        )
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
    who, at, service = own.who(request), own.clock(), own.service
    form = await forms.read(request)
    say, statement = words(language_of(request)), form["statement"][:MOST_WORDS]
    if not statement:
        return _appeal(own, request, about, Fault("statement", say("appeal.statement.wrong")))
    seen = own.own(who, at)
    told = Statement(statement, form.files.get("evidence"))
    with reading(service.engine) as connection:
        kind = {each["id"]: each["kind"] for each in against(own, connection, seen, at, say)}.get(about)
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


HANDLERS = (empty, declare, said, appeal, appealed)
