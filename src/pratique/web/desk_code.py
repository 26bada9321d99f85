"""A clinic's code on paper: for a patient whom it has seen, who has no telephone or does not want the camera."""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread

from pratique.authority.access import Account, Role
from pratique.authority.identity import clinic_code
from pratique.authority.identity.document import papers as papers_of
from pratique.model.errors import AccessRefused
from pratique.web import forms, passport
from pratique.web.desk import Desk, Page, Queue
from pratique.web.forms import Fault
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import words

ROLES = frozenset({Role.CLINIC})


def room(desk: Desk, *, country: str) -> Page:
    """The page on which a clinic makes codes; `country` issues numbers that are typed without a state."""

    def waits(_: Account, __: datetime) -> Queue:
        return Queue("desk.code.title", "/code")

    def asked(request: AnyRequest, faults: tuple[Fault, ...] = (), number: str = "") -> Response[str]:
        status = 422 if faults else 200
        return desk.page(request, "desk/code.html", faults=faults, number=number, code=None, status=status)

    @get(everywhere("/code"))
    async def empty(request: AnyRequest) -> Response[str]:
        await sync_to_thread(desk.account, request, *ROLES)
        return asked(request)

    @post(everywhere("/code"), status_code=200)
    async def made(request: AnyRequest) -> Response[str]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        say = words(language_of(request))
        read = passport.read(form["number"], "", say)
        if read.document is None:
            return asked(request, read.faults, form["number"])
        papers = papers_of(read.document, country)
        house, at = desk.house, desk.clock()
        try:
            code = await sync_to_thread(clinic_code.make_for_patient, house.engine, house.vault, account, papers, at=at)
        except AccessRefused:
            raise Problem(Code.TOO_MANY_REQUESTS) from None
        if code is None:
            return asked(request, (Fault("number", say("desk.code.unknown")),), form["number"])
        until = say.instant(code.until)
        return desk.page(request, "desk/code.html", faults=(), number="", code=code.text, until=until)

    handlers: list[Any] = [empty, made]
    return Page(ROLES, waits, handlers)
