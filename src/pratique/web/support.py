"""Help inside the product: a private form, and a page that says how far a request has come.

Nobody has to write about themselves in public. A request is known by a number that only its writer is shown; what was
written is sealed, and dropped after the days that the page names.
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from msgspec import Struct

from pratique.authority.store import helping, reading, writing
from pratique.authority.store.helping import Step, Topic
from pratique.web import forms
from pratique.web.api.house import House
from pratique.web.forms import Fault, Form
from pratique.web.pages import AnyRequest, everywhere, page
from pratique.web.problems import language_of
from pratique.web.words import Words, words

LONGEST = 4000
"""Characters of a message: two pages."""
LONGEST_CONTACT = 200
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Of a request's number: none that is read as another. 16 of them are 79 bits, which nobody guesses."""
_GROUPS = 4


class Shown(Struct, frozen=True):
    """One step on the status page."""

    when: str
    state: str
    words: str


def handlers(house: House) -> Sequence[Any]:
    """The pages of a house."""

    def ask(request: AnyRequest, form: Form | None = None, faults: Sequence[Fault] = ()) -> Response[str]:
        return page(
            request,
            "support/ask.html",
            site=house.site,
            language=language_of(request),
            status=422 if faults else 200,
            faults=faults,
            topics=list(Topic),
            topic=form["topic"] if form else "",
            message=form["message"] if form else "",
            contact=form["contact"] if form else "",
            longest=LONGEST,
            days=house.support_kept.days,
        )

    @get(everywhere("/about"), sync_to_thread=False, include_in_schema=False)
    def about(request: AnyRequest) -> Response[str]:
        return page(request, "about.html", site=house.site, language=language_of(request), side="support")

    @get([*everywhere("/"), *everywhere("/support")], sync_to_thread=False, include_in_schema=False)
    def empty(request: AnyRequest) -> Response[str]:
        return ask(request)

    @post(everywhere("/support"), status_code=200, include_in_schema=False)
    async def asked(request: AnyRequest) -> Response[str]:
        """Keep a request, and show the one number that leads to it."""
        house.pace.take(request)
        form, language = await forms.read(request), language_of(request)
        if faults := tuple(_faults(form, words(language))):
            return ask(request, form, faults)
        number = _new_number()
        await sync_to_thread(_keep, house, number, form)
        kept = page(request, "support/asked.html", site=house.site, language=language, status=201, number=number)
        kept.headers["referrer-policy"] = "no-referrer"
        return kept

    @get(everywhere("/support/status"), sync_to_thread=False, include_in_schema=False)
    def which(request: AnyRequest) -> Response[str]:
        return page(request, "support/which.html", site=house.site, language=language_of(request), faults=())

    @post(everywhere("/support/status"), status_code=200, include_in_schema=False)
    async def status(request: AnyRequest) -> Response[str]:
        """How far it has come. The number travels in the form, and never in an address that is kept somewhere."""
        house.pace.take(request)
        form, language = await forms.read(request), language_of(request)
        say = words(language)
        steps = await sync_to_thread(_steps, house, form["number"])
        if not steps:
            fault = Fault("number", say("support.number.unknown"))
            return page(request, "support/which.html", site=house.site, language=language, status=404, faults=(fault,))
        shown = [_shown(step, say) for step in steps]
        return page(request, "support/status.html", site=house.site, language=language, steps=shown)

    return [about, empty, asked, which, status]


def _faults(form: Form, say: Words) -> Sequence[Fault]:
    found = []
    if form["topic"] not in list(Topic):
        found.append(Fault("topic", say("support.topic.missing")))
    if not form["message"]:
        found.append(Fault("message", say("support.message.missing")))
    if len(form["message"]) > LONGEST or len(form["contact"]) > LONGEST_CONTACT:
        found.append(Fault("message", say("support.message.long", longest=LONGEST)))
    return found


def _new_number() -> str:
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(_GROUPS))
    return "-".join(groups)


def _typed(number: str) -> str:
    """A number as it is written, however it was typed."""
    letters = "".join(character for character in number.upper() if character in _LETTERS)
    return "-".join(letters[place : place + 4] for place in range(0, len(letters), 4))


def _keep(house: House, number: str, form: Form) -> None:
    at = house.clock()
    with writing(house.engines.api) as connection:
        helping.forget(connection, before=int((at - house.support_kept).timestamp()))
        helping.ask(
            connection,
            house.vault,
            helping.request_id(house.vault, number),
            topic=Topic(form["topic"]),
            message=form["message"],
            contact=form["contact"] or None,
            at=int(at.timestamp()),
        )


def _steps(house: House, number: str) -> tuple[Step, ...]:
    with reading(house.engines.api) as connection:
        return helping.steps(connection, house.vault, helping.request_id(house.vault, _typed(number)))


def _shown(step: Step, say: Words) -> Shown:
    when = say.instant(datetime.fromtimestamp(step.moment, UTC))
    return Shown(when, say(f"support.state.{step.state}"), step.words or "")
