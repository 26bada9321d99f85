"""The desk's side of the health code: appeals with their clock, paper, and the shown view of who gave a word.

/appeals ─ the oldest first ─ /appeals/… ─ accept, keep, ask for more; nobody about their own office's work
/paper   ─ what somebody wrote down
/look    ─ a holder's word, once
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.router import Router
from msgspec import Struct

from pratique.authority.access import Account, Role, permissions
from pratique.authority.status import appeals, codes, declaring
from pratique.authority.store import reading
from pratique.authority.store.asking import State
from pratique.model.errors import AccessRefused, MalformedRecord, PratiqueError, StatusRefused
from pratique.web import declaring as forms_of_declaring
from pratique.web import forms
from pratique.web.desk import Desk, Page, Queue
from pratique.web.desk_people import named
from pratique.web.forms import Fault, told
from pratique.web.holder import Service, word_of
from pratique.web.pages import AnyRequest, Site, everywhere, in_a_thread, page, saved
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import words

Official = Callable[[AnyRequest], Account | None]
"""Who has signed in; None is sent away."""
_DECISIONS = {state.value: state for state in (State.ACCEPTED, State.NOT_ACCEPTED, State.MORE_NEEDED)}


class _Desk(Struct, frozen=True):
    """What every handler works with."""

    site: Site
    service: Service
    official: Official
    clock: Callable[[], datetime]

    def page(self, request: AnyRequest, template: str, *, status: int = 200, **values: Any) -> Response[str]:
        return page(request, template, site=self.site, language=language_of(request), status=status, **values)

    def account(self, request: AnyRequest) -> Account:
        """Whoever has signed in. Raises `Problem` (SESSION_UNKNOWN)."""
        account = self.official(request)
        if account is None:
            raise Problem(Code.SESSION_UNKNOWN)
        return account

    def local(self, seconds: int) -> datetime:
        return datetime.fromtimestamp(seconds, self.service.zone)


Here = NamedDependency[_Desk]


def routers(
    service: Service,
    showing: Service,
    official: Callable[..., Account | None],
    site: Site,
    clock: Callable[[], datetime],
) -> tuple[Router, Router, Router]:
    """Appeals, a holder's word, paper. `official` is asked with the roles that each of them is for.

    `showing` is the same service in the database's role that shows codes, and sets none.
    """

    def one(of: Service, roles: frozenset[Role], handlers: tuple[Any, ...]) -> Router:
        here = _Desk(site, of, lambda request: official(request, *roles), clock)
        return Router("/", route_handlers=handlers, dependencies={"here": Provide(lambda: here, sync_to_thread=False)})

    return (
        one(service, _APPEALS, (queue, one_appeal, evidence, decide)),
        one(showing, _WORD, (asked, looked)),
        one(showing, declaring.ASSISTS, (paper, written)),
    )


def rooms(desk: Desk, service: Service, showing: Service) -> list[Page]:
    """The same as rooms of the officials' application."""
    appealed, word, paper_ = routers(service, showing, desk.account, desk.site, desk.clock)

    def waits(account: Account, at: datetime) -> Queue:
        try:
            found = appeals.queue(service.engine, account, at=at)
        except AccessRefused:  # an official of no office decides nothing, and is told so on the page
            found = ()
        oldest = datetime.fromtimestamp(found[0].appeal.opened, UTC) if found else None
        return Queue("queue.title", "/appeals", len(found), oldest)

    return [
        Page(_APPEALS, waits, [appealed]),
        Page(_WORD, lambda _, __: Queue("desk.look.title", "/look"), [word]),
        Page(declaring.ASSISTS, lambda _, __: Queue("desk.paper.title", "/paper"), [paper_]),
    ]


_APPEALS = frozenset({Role.HEALTH_AUTHORITY})
_WORD = frozenset({Role.STAFF})


@get(everywhere("/appeals"))
@in_a_thread
def queue(request: AnyRequest, here: Here) -> Response[str]:
    """What waits, the oldest first: how long, and what it is about."""
    account = here.account(request)
    try:
        waiting = appeals.queue(here.service.engine, account, at=here.clock())
    except AccessRefused as fault:
        raise Problem(Code.PAGE_UNKNOWN) from fault
    rows = [
        {
            "id": each.appeal.appeal_id,
            "about": each.appeal.about,
            "hours": int(each.age.total_seconds() // 3600),
            "late": each.late,
        }
        for each in waiting
    ]
    return here.page(request, "status/queue.html", waiting=rows)


@get(everywhere("/appeals/{key:str}"))
@in_a_thread
def one_appeal(request: AnyRequest, here: Here, key: FromPath[str]) -> Response[str]:
    """What was decided and by whom, what the person says, and what each outcome does."""
    return _one(here, request, key)


def _one(here: _Desk, request: AnyRequest, key: str, fault: str = "") -> Response[str]:
    say = words(language_of(request))
    opened = _opened(here, request, key)
    entry, against = opened.appeal, opened.against
    names = [str(against[name]) for name in _NAMES if name in against]
    return here.page(
        request,
        "status/appeal.html",
        status=409 if fault else 200,
        id=key,
        about=entry.about,
        when=say.day(here.local(int(str(against["moment"]))).date()),
        names=say.listed(*dict.fromkeys(names)),
        statement=opened.words.statement,
        evidence=opened.words.evidence is not None,
        late=opened.late,
        due=say.instant(here.local(entry.due)),
        state=entry.state,
        grounds=[(each.value, ground.value) for each, grounds in appeals.GROUNDS.items() for ground in grounds],
        settled=entry.state in (State.ACCEPTED, State.NOT_ACCEPTED),
        told=fault,
    )


_NAMES = ("decided_by", "proposed_by", "approved_by", "first_by", "second_by")


def _opened(here: _Desk, request: AnyRequest, key: str) -> appeals.Opened:
    service = here.service
    try:
        return appeals.read(service.engine, service.vault, here.account(request), key, at=here.clock())
    except (AccessRefused, MalformedRecord) as fault:
        raise Problem(Code.PAGE_UNKNOWN) from fault


@get(everywhere("/appeals/{key:str}/evidence"))
@in_a_thread
def evidence(request: AnyRequest, here: Here, key: FromPath[str]) -> Response[bytes]:
    """The file that came with it, to be saved and never shown in the page."""
    found = _opened(here, request, key).words.evidence
    if found is None:
        raise Problem(Code.PAGE_UNKNOWN)
    return saved(found, "application/octet-stream", "evidence")


@post(everywhere("/appeals/{key:str}"), status_code=303)
async def decide(request: AnyRequest, here: Here, key: FromPath[str]) -> Response[Any]:
    """Take it a step further; the holder is told."""
    account = here.account(request)
    state, _, ground = (await forms.read(request))["decision"].partition(".")
    if state not in _DECISIONS or ground not in appeals.GROUNDS[_DECISIONS[state]]:
        raise Problem(Code.FORM_UNREADABLE)
    try:
        appeals.decide(here.service.engine, account, key, _DECISIONS[state], appeals.Ground(ground), at=here.clock())
    except StatusRefused as fault:
        return _one(here, request, key, _said(fault, request))
    except (AccessRefused, MalformedRecord) as fault:
        raise Problem(Code.PAGE_UNKNOWN) from fault
    return Redirect(f"/{language_of(request)}/appeals", status_code=303)


def _said(fault: PratiqueError, request: AnyRequest) -> str:
    return told(fault.reasons[0], words(language_of(request)))


# a holder's word


@get(everywhere("/look"))
@in_a_thread
def asked(request: AnyRequest, here: Here) -> Response[str]:
    """Where a word is typed."""
    here.account(request)
    return here.page(request, "status/look.html", view=None, word="", told="")


@post(everywhere("/look"), status_code=200)
async def looked(request: AnyRequest, here: Here) -> Response[str]:
    """The shown view of whoever gave the word: once, and written down in their log."""
    account, at, service = here.account(request), here.clock(), here.service
    form = await forms.read(request)
    try:
        seen, whose = permissions.redeem(service.engine, service.vault, account, form["word"], at=at)
        with reading(service.engine) as connection:
            code = codes.current(connection, seen, service.policy, at=at, zone=service.zone)
    except (AccessRefused, StatusRefused) as fault:
        return here.page(request, "status/look.html", status=403, view=None, word="", told=_said(fault, request))
    view, say = codes.shown(code, whose, at=at), words(language_of(request))
    begins, ends = (say.instant(each.astimezone(service.zone)) for each in (view.begins, view.ends))
    return here.page(
        request, "status/look.html", view=view, word=word_of(view.word, say.language), begins=begins, ends=ends, told=""
    )  # fmt: skip


# paper


@get(everywhere("/paper"))
@in_a_thread
def paper(request: AnyRequest, here: Here) -> Response[str]:
    """The form for what somebody wrote down."""
    here.account(request)
    return _paper(here, request, forms_of_declaring.Typed(), done=bool(request.query_params.get("done")))


def _paper(
    here: _Desk, request: AnyRequest, typed: forms_of_declaring.Typed, *faults: Fault, done: bool = False
) -> Response[str]:
    return here.page(
        request,
        "status/paper.html",
        status=422 if faults else 200,
        typed=typed,
        rows=list(enumerate(forms_of_declaring.rows(typed), 1)),
        symptoms=forms_of_declaring.SYMPTOM_ORDER,
        today=here.clock().astimezone(here.service.zone).date().isoformat(),
        faults=faults,
        done=done,
    )


@post(everywhere("/paper"), status_code=303)
async def written(request: AnyRequest, here: Here) -> Response[Any]:
    """Enter it for the holder of the document, whose birth date has to agree."""
    account, say = here.account(request), words(language_of(request))
    form = await forms.read(request)
    found = forms_of_declaring.read(form, say)
    known = named(here.service.engine, here.service.vault, form)
    if known is None:
        return _paper(here, request, found.typed, Fault("number", say("paper.unknown")))
    if found.told is not None:
        service = here.service
        try:
            declaring.declare(
                service.engine, service.vault, known, found.told, by=account, at=here.clock(), zone=service.zone
            )
            return Redirect(f"/{language_of(request)}/paper?done=1", status_code=303)
        except MalformedRecord as fault:
            found = forms_of_declaring.refused(found, fault, say)
        except AccessRefused as fault:
            raise Problem(Code.PAGE_UNKNOWN) from fault
    return _paper(here, request, found.typed, *found.faults)
