"""A token for an official's own program: whoever signed in with a passkey asks the API in their own name, for minutes.

People of the authority have no keys of programs: what takes two people would otherwise take one with two keys.
"""

from datetime import timedelta
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread

from pratique.authority.access import Role, tokens
from pratique.web import forms
from pratique.web.desk import Desk, Page, Queue
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.problems import language_of
from pratique.web.words import words

ROLES = frozenset({Role.HEALTH_AUTHORITY})


def room(desk: Desk, *, lasts: timedelta) -> Page:
    """The page on which a token is made; it is shown once, and kept nowhere."""

    @get(everywhere("/token"))
    async def empty(request: AnyRequest) -> Response[str]:
        await sync_to_thread(desk.account, request, *ROLES)
        return desk.page(request, "desk/token.html", token=None, until=None, minutes=int(lasts.total_seconds()) // 60)

    @post(everywhere("/token"), status_code=200)
    async def made(request: AnyRequest) -> Response[str]:
        account = await sync_to_thread(desk.account, request, *ROLES)
        await forms.read(request)
        until = desk.clock() + lasts
        token = tokens.grant(desk.house.vault, account, until=until)
        told = words(language_of(request)).instant(until)
        return desk.page(request, "desk/token.html", token=token, until=told, minutes=int(lasts.total_seconds()) // 60)

    handlers: list[Any] = [empty, made]
    return Page(ROLES, lambda _, __: Queue("token.title", "/token"), handlers)
