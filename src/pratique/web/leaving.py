"""Leaving: signed out in this browser, and where that is wished, with everything deleted that it keeps for this site.

What the authority keeps is not deleted by a press: the page says what is kept for how long, and whom to ask.
"""

from typing import Any

from litestar import Response, get, post

from pratique.web import forms
from pratique.web.ministry import Office
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.visits import DEVICE

_WIPED = '"cache", "storage"'
"""Of the device: codes that are kept, the status, visits to places, the worker. Cookies are ended by name."""


def handlers(desk: Office) -> list[Any]:
    """The page and its two buttons."""

    @get(everywhere("/leave"), sync_to_thread=False)
    def asked(request: AnyRequest) -> Response[str]:
        return desk.page(request, "holder/leave.html", ways=desk.ministry.ways is not None)

    @post(everywhere("/leave"), status_code=200)
    async def left(request: AnyRequest) -> Response[str]:
        wipe = (await forms.read(request))["what"] == "wipe"
        desk.visits.leave(device=request.cookies.get(DEVICE))
        answer = desk.page(request, "holder/left.html", wiped=wipe)
        answer.delete_cookie(DEVICE)
        if wipe:
            answer.headers["clear-site-data"] = _WIPED
        return answer

    return [asked, left]
