"""Objections to a policy under notice: anybody's, without an account, and what was answered for everybody to read.

    GET  /transparency/object/NAME   the policy, how many objected, what was answered, and a form
    POST /transparency/object/NAME   an objection; the page then says that it is there

So many in a day are taken: to one policy, counted in the database; and of one network, counted in memory, since who
objects is written down nowhere. Each process of a server takes its share of those.
"""

import secrets
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from pratique.authority import objections
from pratique.authority.identity.limits import Allowance, Counts, network_of
from pratique.authority.objections import LONGEST
from pratique.authority.store import objections as stored
from pratique.authority.store import reading, writing
from pratique.web import forms, published
from pratique.web.forms import Fault
from pratique.web.pages import AnyRequest, everywhere, page
from pratique.web.problems import Code, Problem, language_of
from pratique.web.published import Source
from pratique.web.transparency import House, policy_row
from pratique.web.words import words

OF_ONE_NETWORK = 20
"""In a day, which is all that is known of whoever objects. A household, an office or a village behind one address has
its say; whoever is the twenty-first is told to come tomorrow, or to write on paper."""


class _Answered(Struct, frozen=True):
    """An answer as everybody reads it."""

    words: str
    when: str
    objections: int


def no_tries(processes: int = 1) -> Counts:
    """A count in which nobody has objected: one for a process of so many, under however many names it shows the form.

    Together they take no more of one network than one alone would, unless there are more of them than that.
    """
    share = max(OF_ONE_NETWORK // processes, 1)
    return Counts(Allowance(share, share, share), secrets.token_bytes(32))


def handlers(house: House, tries: Counts) -> list[Any]:
    """The form, and what it does."""

    @get(everywhere("/transparency/object/{name:str}"), include_in_schema=False)
    async def empty(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        sent = request.query_params.get("sent") == "1"
        return await sync_to_thread(_form, house, request, name, sent=sent)

    @post(everywhere("/transparency/object/{name:str}"), status_code=303, include_in_schema=False)
    async def file(request: AnyRequest, name: FromPath[str]) -> Response[Any]:
        form, language, at = await forms.read(request), language_of(request), house.clock()
        say, statement = words(language), form["statement"].strip()
        source = await sync_to_thread(_source, house, name)
        network = network_of(request.client.host if request.client else "")
        counted = tries.source(network, network, network)
        fault = None
        if not objections.under_notice(source.policy, at):
            fault = Fault("", say("object.closed"))
        elif not 0 < len(statement) <= LONGEST:
            fault = Fault("statement", say("object.statement.missing", longest=LONGEST))
        elif not tries.left(counted, at=at) or await sync_to_thread(_many, house, source):
            fault = Fault("statement", say("object.too_many"))
        if fault is not None:
            return await sync_to_thread(_form, house, request, name, statement, (fault,))
        tries.add(counted, at=at)
        await sync_to_thread(_file, house, source, statement, language)
        return Redirect(f"/{language}/transparency/object/{name}?sent=1", status_code=303)

    return [empty, file]


def _source(house: House, name: str) -> Source:
    """Raises `Problem` (PAGE_UNKNOWN)."""
    found = next((each for each in house.sources(house.release.current()) if each.name == name), None)
    if found is None:
        raise Problem(Code.PAGE_UNKNOWN)
    return found


def _many(house: House, source: Source) -> bool:
    with reading(house.engine) as connection:
        return objections.many(connection, source.policy, at=house.clock())


def _file(house: House, source: Source, statement: str, language: str) -> None:
    with writing(house.engine) as connection:
        objections.file(connection, house.vault, source.policy, statement, language=language, at=house.clock())


def _form(
    house: House,
    request: AnyRequest,
    name: str,
    statement: str = "",
    faults: tuple[Fault, ...] = (),
    *,
    sent: bool = False,
) -> Response[str]:
    source, at, say = _source(house, name), house.clock(), words(language_of(request))
    policy = source.policy
    with reading(house.engine) as connection:
        (told,) = published.policies(connection, [source], house.release.bundle, at).policies
        answers = stored.answers(connection, policy.identifier, policy.version)
    return page(
        request,
        "transparency/object.html",
        site=house.site,
        language=language_of(request),
        status=422 if faults else 200,
        name=name,
        row=policy_row(told, say),
        answers=[
            _Answered(each.words, say.instant(datetime.fromtimestamp(each.moment, UTC)), each.objections)
            for each in answers
        ],
        statement=statement,
        faults=faults,
        sent=sent,
        longest=LONGEST,
        days=objections.KEPT.days,
    )
