"""D4, the second screen: a case at the counter, step by step, before the person whom it is about, in their language.

    counter ─ open ─► an address ─ the first browser that takes it, in a language ─► follows the case ─► over

It has no account and needs no script. Whoever passes by reads steps, what kinds of things are written down, what is
asked, and the text of the consent: no name, no number, no portrait, no record, and not why somebody came. A name is
shown to whoever asks on that screen, from when the officer has seen whose it is, and is covered again after a minute.

A case is one person's. It ends with the officer's session, with the next person, and when the officer closes it. It
lives in the memory of the process, and what its screen sends changes nothing but the language.
"""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.response import Redirect
from markupsafe import Markup
from msgspec import Struct

from pratique import qr
from pratique.authority.access import Role
from pratique.authority.identity.clinic_code import LENGTH, LETTERS
from pratique.model.certificate import Name
from pratique.model.dates import PartialDate
from pratique.qr import Level
from pratique.texts import LANGUAGES
from pratique.web import forms
from pratique.web.cards import names
from pratique.web.desk import SIGNED_IN, Desk
from pratique.web.forms import Fault
from pratique.web.guarding import own_path
from pratique.web.pages import AnyRequest, drawing, everywhere, page
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import words

ROLES = frozenset({Role.ENROLMENT})
"""Whose the counter is."""
CONSENT = "1"
"""The version of the text that is agreed to at a counter."""
SCREEN = "screen"
"""The cookie of the browser that follows a case."""
LASTS = timedelta(hours=1)
"""A case at a counter, with the second officer fetched; later the officer opens another."""
AFTERWARDS = timedelta(minutes=5)
"""How long it says that all is done."""
COVERS_AFTER = 60
"""Seconds after which a name is covered again."""
NO_PAPERS = ""
"""Of somebody without any: nobody can tell whether the next one is the same."""


class Step(StrEnum):
    """How far a case is, in the order of the list on the page; the last two are both its end."""

    WHO = "who"
    WRITTEN = "written"
    SECOND = "second"
    DONE = "done"
    STOPPED = "stopped"


STAGES = (Step.WHO, Step.WRITTEN, Step.SECOND, Step.DONE)


class Entry(Struct, frozen=True):
    """How somebody is written, for their own eyes."""

    name: Name
    born: PartialDate | None
    number: str = ""
    """The last three of their document's."""


class View(Struct, frozen=True):
    """A case's screen, as the officer sees it: how to open it, and the language that it speaks once it is open."""

    address: str
    code: str
    svg: Markup
    language: str


class _Case:
    def __init__(self, officer: str, until: datetime) -> None:
        self.officer = officer
        """The secret of the session that opened it."""
        self.until = until
        self.browser = ""
        """Of the screen that follows it; empty until one does."""
        self.language = ""
        self.step = Step.WHO
        self.turn = 0
        """Counts the steps, so that a page learns that it is old."""
        self.subject = NO_PAPERS
        self.act_id = ""
        self.entry: Entry | None = None

    def move(self, step: Step, entry: Entry | None = None) -> None:
        self.step, self.entry, self.turn = step, entry, self.turn + 1


class Screens:
    """The cases that have a second screen; what is over is forgotten whenever one of them is looked at."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._cases: dict[str, _Case] = {}
        desk.forgets.append(self._open)

    def open(self, request: AnyRequest) -> None:
        """Begin a case, which ends the officer's last one."""
        self.close(request)
        code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        self._cases[code] = _Case(request.cookies[SIGNED_IN], self.desk.clock() + LASTS)

    def close(self, request: AnyRequest) -> None:
        """End the officer's case."""
        if found := self._of(request):
            del self._cases[found[0]]

    def stated(self, request: AnyRequest, subject: str) -> None:
        """The officer has somebody's papers. Another person than before has nothing to do with this case."""
        if (found := self._of(request)) is None:
            return
        case = found[1]
        if case.step is not Step.WHO and (subject == NO_PAPERS or subject != case.subject):
            self.close(request)
            return
        case.subject = subject
        case.move(Step.WRITTEN)

    def proposed(self, request: AnyRequest, subject: str, act_id: str, entry: Entry) -> None:
        """The officer has said who it is, and a second one is asked; of anybody else, the case is over."""
        if (found := self._of(request)) is None:
            return
        case = found[1]
        if case.step is not Step.WRITTEN or subject != case.subject:
            self.close(request)
            return
        case.act_id = act_id
        case.move(Step.SECOND, entry)

    def decided(self, act_id: str, step: Step) -> None:
        """A second officer has decided, in a session of their own."""
        for case in self._open().values():
            if case.act_id == act_id and case.step is Step.SECOND:
                case.move(step)
                case.until = min(case.until, self.desk.clock() + AFTERWARDS)

    def view(self, request: AnyRequest) -> View | None:
        """The officer's own, on each page of the counter."""
        found = self._of(request)
        if found is None:
            return None
        code, case = found
        origin = str(request.base_url).rstrip("/")
        whole = f"{origin}/screen/{code}"
        groups = "-".join(code[place : place + 4] for place in range(0, LENGTH, 4))
        drawn = drawing(qr.svg(whole, level=Level.M))
        return View(f"{origin}/screen", groups, drawn, LANGUAGES.get(case.language, ""))

    def language(self, request: AnyRequest) -> str:
        """In which the person before the officer reads: that of the screen, or of the officer's page."""
        found = self._of(request)
        return (found[1].language if found else "") or language_of(request)

    def page(self, request: AnyRequest, template: str, **values: Any) -> Response[str]:
        """A page of the counter, which says how its screen stands."""
        return self.desk.page(request, template, screen=self.view(request), **values)

    def take(self, code: str, browser: str) -> str | None:
        """Let a browser follow a case, unless another does: the name by which it is known there."""
        case = self.find(code, browser)
        if case is None:
            return None
        case.browser = case.browser or secrets.token_hex(16)
        return case.browser

    def find(self, code: str, browser: str) -> _Case | None:
        """The case that a browser follows, or that none does yet; everything else looks the same."""
        case = self._open().get(code)
        return case if case is not None and case.browser in ("", browser) else None

    def _of(self, request: AnyRequest) -> tuple[str, _Case] | None:
        own = request.cookies.get(SIGNED_IN)
        return next(((code, case) for code, case in self._open().items() if case.officer == own), None)

    def _open(self) -> dict[str, _Case]:
        at = self.desk.clock()
        self._cases = {
            code: case for code, case in self._cases.items() if at < case.until and self.desk.lasts(case.officer)
        }
        return self._cases


class Turn(Struct, frozen=True):
    """How often the case has moved."""

    turn: int


def handlers(screens: Screens) -> list[Any]:
    """What the officer does with a screen, and the screen itself."""
    return [*_opening(screens), *_beginning(screens), *_following(screens)]


def _opening(screens: Screens) -> list[Any]:
    @post(everywhere("/counter/screen"), status_code=303)
    async def opened(request: AnyRequest) -> Redirect:
        await sync_to_thread(screens.desk.account, request, *ROLES)
        screens.open(request)
        return Redirect(f"/{language_of(request)}/counter#screen", status_code=303)

    @post(everywhere("/counter/screen/close"), status_code=303)
    async def closed(request: AnyRequest) -> Redirect:
        await sync_to_thread(screens.desk.account, request, *ROLES)
        screens.close(request)
        return Redirect(own_path((await forms.read(request))["back"]), status_code=303)

    return [opened, closed]


def _shown(screens: Screens, request: AnyRequest, template: str, *, status: int = 200, **values: Any) -> Response[str]:
    """A page before the counter: it is nobody's who signed in, and keeps nobody signed in."""
    return page(request, template, site=screens.desk.site, language=language_of(request), status=status, **values)


def _asked(
    screens: Screens, request: AnyRequest, *, over: bool = False, faults: tuple[Fault, ...] = ()
) -> Response[str]:
    """For the letters of a counter; also where there is nothing to be followed, whyever."""
    status = 404 if over else 422 if faults else 200
    return _shown(screens, request, "screen/code.html", over=over, faults=faults, most=2 * LENGTH, status=status)


def _beginning(screens: Screens) -> list[Any]:
    @get("/screen/{code:str}", sync_to_thread=False)
    def short(request: AnyRequest, code: FromPath[str]) -> Redirect:
        return Redirect(f"/{language_of(request)}/screen/{_typed(code)}", status_code=303)

    @get(everywhere("/screen"), sync_to_thread=False)
    def asked(request: AnyRequest) -> Response[str]:
        return _asked(screens, request)

    @post(everywhere("/screen"), status_code=200)
    async def typed(request: AnyRequest) -> Response[Any]:
        code, language = _typed((await forms.read(request))["code"]), language_of(request)
        if not code:
            return _asked(screens, request, faults=(Fault("code", words(language)("screen.code.empty")),))
        return Redirect(f"/{language}/screen/{code}", status_code=303)

    return [short, asked, typed]


def _typed(text: str) -> str:
    return "".join(letter for letter in text.upper() if letter in LETTERS)[: LENGTH + 1]


def _following(screens: Screens) -> list[Any]:
    @get(everywhere("/screen/{code:str}"), sync_to_thread=False)
    def follow(request: AnyRequest, code: FromPath[str]) -> Response[str]:
        case = screens.find(code, request.cookies.get(SCREEN, ""))
        if case is None:
            return _asked(screens, request, over=True)
        if not case.browser:
            return _shown(screens, request, "screen/language.html", code=code)
        case.language = language_of(request)
        return _followed(screens, request, code, case)

    @post(everywhere("/screen/{code:str}"), status_code=200)
    async def take(request: AnyRequest, code: FromPath[str]) -> Response[Any]:
        browser = screens.take(code, request.cookies.get(SCREEN, ""))
        if browser is None:
            return _asked(screens, request, over=True)
        answer = Redirect(f"/{language_of(request)}/screen/{code}", status_code=303)
        secure = request.scope["scheme"] == "https"
        answer.set_cookie(Cookie(key=SCREEN, value=browser, httponly=True, secure=secure, samesite="strict"))
        return answer

    @get(everywhere("/screen/{code:str}/turn"), sync_to_thread=False)
    def turn(request: AnyRequest, code: FromPath[str]) -> Turn:
        case = screens.find(code, request.cookies.get(SCREEN, ""))
        if case is None or not case.browser:
            raise Problem(Code.SESSION_UNKNOWN)
        return Turn(case.turn)

    return [follow, take, turn]


def _followed(screens: Screens, request: AnyRequest, code: str, case: _Case) -> Response[str]:
    say, entry = words(language_of(request)), case.entry
    address = f"/{say.language}/screen/{code}"
    asked = entry is not None and "written" in request.query_params
    own, spoken, latin = names(entry.name) if entry and asked else ("", "", "")
    answer = _shown(
        screens,
        request,
        "screen/shown.html",
        address=address,
        turn=case.turn,
        step=case.step.value,
        stage=STAGES.index(Step.DONE if case.step is Step.STOPPED else case.step),
        covered=entry is not None and not asked,
        name=own or latin,
        spoken=spoken,
        latin=latin if latin != own else "",
        born=say.day(entry.born) if entry and asked and entry.born else None,
        number=entry.number if entry and asked else "",
        version=CONSENT,
    )
    if asked:
        answer.headers["refresh"] = f"{COVERS_AFTER}; url={address}"
    return answer
