"""Around the whole application: what was asked, how it ended, and how long it took; never by whom or about whom.

A line of the log names the route as the table writes it (`POST /v1/verify`), not the address that was asked for: that
may hold a number by which somebody is known.
"""

import logging
from time import perf_counter
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from pratique.web.api.counting import OTHER, Counts
from pratique.web.api.routes import ROUTES

_LOG = logging.getLogger("pratique.access")
_BROKEN = 500


class Watched:
    """An ASGI application that counts what it answers, and writes a line for each."""

    def __init__(self, app: ASGIApp, counts: Counts) -> None:
        self._app = app
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note how it ended."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        began, status = perf_counter(), _BROKEN

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            seconds = perf_counter() - began
            route = _route(scope)
            self._counts.add(route, status, seconds)
            _LOG.info("%s %d %.1f ms", route, status, seconds * 1000)


def _route(scope: Any) -> str:
    found = f"{scope['method']} {scope.get('path_template', '')}"
    return found if found in ROUTES else OTHER
