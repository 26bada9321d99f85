"""Help inside the product: a private form, and a page that says how far a request has come.

Nobody has to write about themselves in public. A request is known by a number that only its writer is shown; what was
written is sealed, and dropped a month after it was settled.
"""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from msgspec import Struct

from pratique.authority.issuance import support
from pratique.authority.issuance.support import LONGEST, Matter, Topic
from pratique.authority.store import reading, writing
from pratique.web import forms
from pratique.web.api.house import House
from pratique.web.forms import Fault, Form
from pratique.web.pages import AnyRequest, everywhere, page
from pratique.web.problems import language_of
from pratique.web.words import Words, words


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
            longest=LONGEST,
            days=support.KEPT.days,
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
        number = await sync_to_thread(_keep, house, form, language)
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
        matter = await sync_to_thread(_matter, house, form["number"])
        if matter is None:
            fault = Fault("number", say("support.number.unknown"))
            return page(request, "support/which.html", site=house.site, language=language, status=404, faults=(fault,))
        shown = [
            Shown(say.instant(each.moment), say(f"support.state.{each.state}"), each.words or "")
            for each in matter.said
        ]
        return page(request, "support/status.html", site=house.site, language=language, steps=shown)

    return [about, empty, asked, which, status]


def _faults(form: Form, say: Words) -> Sequence[Fault]:
    found = []
    if form["topic"] not in list(Topic):
        found.append(Fault("topic", say("support.topic.missing")))
    if not form["message"]:
        found.append(Fault("message", say("support.message.missing")))
    if len(form["message"]) > LONGEST:
        found.append(Fault("message", say("support.message.long", longest=LONGEST)))
    return found


def _keep(house: House, form: Form, language: str) -> str:
    at = house.clock()
    with writing(house.engines.health) as connection:
        support.forget(connection, at=at)
        return support.write(connection, house.vault, Topic(form["topic"]), form["message"], language=language, at=at)


def _matter(house: House, number: str) -> Matter | None:
    with reading(house.engines.health) as connection:
        return support.status(connection, house.vault, number)
