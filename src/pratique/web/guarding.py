"""What holds for every answer of every application: who may frame it, what it may load, and who may send to it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from litestar import Litestar, Response, get, post
from litestar.config.allowed_hosts import AllowedHostsConfig
from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.response import Redirect
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler, Message, Scope

from pratique.web import forms, problems
from pratique.web.pages import AnyRequest, Site
from pratique.web.problems import Code, Problem, language_of

MAX_BODY = 4_000_000
"""A form with a photograph of a telephone, which the page has made smaller; pictures of a camera are far smaller."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors {framed_by}; require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), usb=(), payment=()",
}
_STATIC = Path(__file__).parent / "static"
_SAFE = ("GET", "HEAD")


def application(
    site: Site,
    handlers: Sequence[ControllerRouterHandler],
    *,
    hosts: Sequence[str],
    framed_by: str = "'none'",
    **settings: Any,
) -> Litestar:
    """An application of these handlers under the house's rules; `hosts` are the names it answers to.

    `framed_by` is the only origin that may show it in a frame of its own.
    """
    policy = _POLICY.format(framed_by=framed_by)

    async def harden(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        headers = MutableScopeHeaders.from_message(message)
        for name, value in {**_HEADERS, "content-security-policy": policy}.items():
            headers[name] = value
        # what a page says of somebody is for nobody who comes to the device later
        headers["cache-control"] = "no-cache" if scope["path"].startswith("/static/") else "no-store"

    return Litestar(
        route_handlers=[
            *handlers,
            home,
            text_size,
            problems.explanations(site),
            create_static_files_router(path="/static", directories=[_STATIC]),
        ],
        exception_handlers=dict(problems.answers(site)),
        before_send=[harden],
        before_request=_from_this_site,
        allowed_hosts=AllowedHostsConfig(allowed_hosts=list(hosts), www_redirect=False),
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        logging_config=None,
        **settings,
    )


async def _from_this_site(request: AnyRequest) -> None:
    """Refuse what a page of another site sends; a browser says so in a header that no page can set."""
    if request.method in _SAFE:
        return
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Problem(Code.OTHER_SITE)


@get("/", sync_to_thread=False)
def home(request: AnyRequest) -> Redirect:
    """To the first page in the visitor's language."""
    return Redirect(f"/{language_of(request)}", status_code=303)


@post("/text", status_code=303)
async def text_size(request: AnyRequest) -> Response[None]:
    """Larger text on every page, or the usual; kept in the browser, and back to where the visitor was."""
    form = await forms.read(request)
    back = form["back"] if form["back"].startswith("/") and not form["back"].startswith("//") else "/"
    size = "large" if form["size"] == "large" else "usual"
    return Redirect(
        back, status_code=303, cookies=[Cookie("text", size, path="/", httponly=True, samesite="strict", max_age=10**7)]
    )
