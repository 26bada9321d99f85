"""`POST /v1/token`: a program shows an assertion that it signed, and gets a token of five minutes.

The messages are those of RFC 6749 section 4.4 and RFC 7523, as SMART Backend Services uses them; so what is refused
here is refused with that standard's `error`, and with our code beside it.
"""

from collections.abc import Sequence
from typing import Any

from litestar import Response, post
from litestar.concurrency import sync_to_thread
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Struct

from pratique.authority.access import clients, tokens
from pratique.web import forms
from pratique.web.api.house import House
from pratique.web.api.schema import taking, told
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import words

GRANT = "client_credentials"


class Granted(Struct, frozen=True):
    """A token, and for how many seconds it counts."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


class Refused(Struct, frozen=True):
    """RFC 6749 section 5.2."""

    error: str
    error_description: str
    code: Code


_REFUSED = {
    status: ResponseSpec(Refused, description=error, generate_examples=False)
    for status, error in ((400, "invalid_request, unsupported_grant_type"), (401, "invalid_client"))
}


def handlers(house: House) -> Sequence[Any]:
    """The route."""
    endpoint = f"{house.address}/v1/token"

    @post(
        "/v1/token",
        status_code=200,
        responses={**told(Code.TRY_LATER), **_REFUSED},
        operation_class=taking("application/x-www-form-urlencoded", text=True),
        tags=["signing in"],
    )
    async def token(request: AnyRequest) -> Response[Granted]:
        """A token for a client's signed assertion, which counts once."""
        house.pace.take(request)
        try:
            form = await forms.read(request)
        except Problem:
            return _refused(request, 400, "invalid_request", Code.REQUEST_UNREADABLE)
        if form["grant_type"] != GRANT:
            return _refused(request, 400, "unsupported_grant_type", Code.REQUEST_UNREADABLE)
        if form["client_assertion_type"] != clients.TYPE or not form["client_assertion"]:
            return _refused(request, 400, "invalid_request", Code.REQUEST_UNREADABLE)
        at = house.clock()
        client = await sync_to_thread(
            clients.authenticate,
            house.engines.api,
            house.vault,
            form["client_assertion"],
            audience=endpoint,
            at=at,
        )
        if client is None:
            return _refused(request, 401, "invalid_client", Code.SIGN_IN_NEEDED)
        granted = tokens.grant(house.vault, client.account, until=at + house.token_lasts)
        seconds = int(house.token_lasts.total_seconds())
        return Response(Granted(granted, "bearer", seconds, f"pratique/{client.account.role}"))

    return [token]


def _refused(request: AnyRequest, status: int, error: str, code: Code) -> Response[Any]:
    say = words(language_of(request))
    told_so = say("sentences", first=say(f"problem.{code}.title") + ".", second=say(f"problem.{code}.next"))
    return Response(Refused(error, told_so, code), status_code=status)
