"""The holder chooses what to show: these claims and no others, and for whom they are sealed besides.

    /certificate/NAME/choose ─ claims, health authorities ─► signed anew ─► /chosen, its codes, its sealed twin

Whoever reads a code sees all that was signed in it. So what is not to be seen is left out before it is signed.
"""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect

from pratique.model.errors import AccessRefused, IssueRefused
from pratique.model.sealed import MOST_RECIPIENTS
from pratique.web import forms
from pratique.web.certificate import card_of, claims_from, held
from pratique.web.fields import Fault, told
from pratique.web.ministry import Office
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import words


def handlers(desk: Office) -> list[Any]:
    """The form and what it does."""
    recipients = {each.country: each for each in desk.ministry.recipients}

    def asked(
        request: AnyRequest,
        name: str,
        claims: Sequence[int],
        states: Sequence[str] = (),
        faults: Sequence[Fault] = (),
    ) -> Response[str]:
        found, language = held(desk, request, name), language_of(request)
        return desk.page(
            request,
            "holder/choose.html",
            status=422 if faults else 200,
            address=f"/{language}/certificate/{name}",
            card=card_of(desk, found, words(language)),
            claims=claims,
            recipients=sorted(recipients),
            states=states,
            faults=faults,
        )

    @get(everywhere("/certificate/{name:str}/choose"), sync_to_thread=False)
    def empty(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        found = held(desk, request, name)
        if found.anew is None:
            raise Problem(Code.SESSION_UNKNOWN)
        count = len(found.certificate.claims)
        named = claims_from(request.query_params.getall("claim", []), count)
        return asked(request, name, named or range(count))

    @post(everywhere("/certificate/{name:str}/choose"), status_code=303)
    async def choose(request: AnyRequest, name: FromPath[str]) -> Response[Any]:
        form, found, language = await forms.read(request), held(desk, request, name), language_of(request)
        if found.anew is None:
            raise Problem(Code.SESSION_UNKNOWN)
        say = words(language)
        claims = claims_from(form.all("claim"), len(found.certificate.claims))
        states = [state for state in form.all("state") if state in recipients]
        if not claims:
            return asked(request, name, claims, states, [Fault("claims", say("holder.choose.none"))])
        if len(states) > MOST_RECIPIENTS:
            return asked(
                request, name, claims, states, [Fault("states", say("holder.choose.states.many", most=MOST_RECIPIENTS))]
            )
        try:
            picked = await sync_to_thread(
                found.anew.choose, claims, [recipients[each] for each in states], desk.clock()
            )
        except IssueRefused as refusal:
            faults = [Fault("claims", told(reason, say)) for reason in refusal.reasons]
            return asked(request, name, claims, states, faults)
        except AccessRefused:
            raise Problem(Code.SESSION_UNKNOWN) from None
        desk.visit(request, name).chosen = picked
        return Redirect(f"/{language}/certificate/{name}/chosen", status_code=303)

    return [empty, choose]
