"""What holds for every answer of every application: who may frame it, what it may load, and who may send to it."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Any

from litestar import Litestar, Response, get, post
from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.openapi import OpenAPIConfig
from litestar.response import Redirect
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler, Message, Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from pratique.web import forms, problems
from pratique.web.pages import AnyRequest, Site
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import LANGUAGES

MAX_BODY = 4_000_000
"""A form with a photograph of a telephone, which the page has made smaller; pictures of a camera are far smaller."""
SECURITY = "/.well-known/security.txt"

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src {frames}; form-action 'self'; "
    "base-uri 'none'; frame-ancestors {framed_by}; require-trusted-types-for 'script'; trusted-types {types}"
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_PERMISSIONS = "camera=({cameras}), microphone=(), geolocation=(), usb=(), payment=()"
_NOTHING_LASTS: Mapping[str, str] = MappingProxyType({})
_STATIC = Path(__file__).parent / "static"
_SAFE = ("GET", "HEAD")
_YEAR = 365 * 24 * 3600
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[\w.-]+)(?::\d{1,5})?", re.ASCII | re.IGNORECASE)
_OWN_PATH = re.compile(r"/(\w[\w/-]*)?", re.ASCII)
"""Of this site: `//` and `/\\` would begin the name of another."""


class _Application(Litestar):
    """One that answers HEAD as GET, without the content (RFC 9110 section 9.3.2)."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await super().__call__(scope, receive, send)
            return

        async def without_content(message: Any) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        as_get: Any = {**scope, "method": "GET"}
        await super().__call__(as_get, receive, without_content)


def application(
    site: Site,
    handlers: Sequence[ControllerRouterHandler],
    *,
    hosts: Sequence[str],
    framed_by: str = "'none'",
    frames: Sequence[str] = (),
    proxies: Sequence[str] = (),
    schema: OpenAPIConfig | None = None,
    types: str = "'none'",
    lasting: Mapping[str, str] = _NOTHING_LASTS,
) -> Litestar:
    """An application of these handlers under the house's rules; `hosts` are the names it answers to.

    `framed_by` is the only origin that may show it in a frame of its own, and `frames` are those that it may show.
    `proxies` are the addresses, or networks, of the proxies before it, which alone are believed about the visitor's
    address and scheme (X-Forwarded-For, X-Forwarded-Proto). `types` names the one policy by which a script may make an
    address of a script, and `lasting` the `Cache-Control` of single addresses. `schema` is how it describes itself to
    programs, if it has any that ask. Raises `ValueError` for what is no address and no network.
    """
    trusted = [str(ip_network(proxy)) for proxy in proxies]
    policy = _POLICY.format(framed_by=framed_by, frames=" ".join(frames) or "'none'", types=types)
    cameras = " ".join(["self", *(f'"{origin}"' for origin in frames)])
    fixed = {**_HEADERS, "content-security-policy": policy, "permissions-policy": _PERMISSIONS.format(cameras=cameras)}

    async def harden(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        headers = MutableScopeHeaders.from_message(message)
        for name, value in fixed.items():
            headers[name] = value
        # what a page says of somebody is for nobody who comes to the device later
        usual = "no-cache" if scope["path"].startswith("/static/") else "no-store"
        headers["cache-control"] = lasting.get(scope["path"], usual)

    def behind_proxies(app: Any) -> Any:
        return ProxyHeadersMiddleware(app, trusted_hosts=trusted)

    return _Application(
        route_handlers=[
            *handlers,
            home,
            text_size,
            _reporting(any("/en/support" in each.paths for each in _flat(handlers))),
            problems.explanations(site),
            create_static_files_router(path="/static", directories=[_STATIC]),
        ],
        exception_handlers=dict(problems.answers(site)),
        middleware=[behind_proxies] if trusted else [],
        before_send=[harden],
        before_request=_from_this_site(frozenset(hosts)),
        request_max_body_size=MAX_BODY,
        openapi_config=schema,
        logging_config=None,
    )


def _from_this_site(hosts: frozenset[str]) -> Callable[[AnyRequest], Awaitable[None]]:
    """Refuse other names, which a page elsewhere may have had turned to this address, and what other sites send.

    A browser tells the latter in a header that no page can set.
    """

    async def check(request: AnyRequest) -> None:
        named = _HOST.fullmatch(request.headers.get("host", ""))
        if named is None or named["name"].lower().strip("[]") not in hosts:
            raise Problem(Code.OTHER_SITE)
        if request.method not in _SAFE and not _sent_from_here(request):
            raise Problem(Code.OTHER_SITE)
        if "\0" in request.scope["path"]:  # no name of a file, and no system would look for one
            raise Problem(Code.PAGE_UNKNOWN)

    return check


def _sent_from_here(request: AnyRequest) -> bool:
    """Browsers from before 2023 may lack Sec-Fetch-Site and name the page's origin alone; programs name neither."""
    host = request.headers.get("host", "")
    sent_from, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if sent_from is None:
        return origin is None or origin.partition("://")[2] == host
    return sent_from in ("same-origin", "none")


@get("/", sync_to_thread=False)
def home(request: AnyRequest) -> Redirect:
    """To the first page in the visitor's language."""
    return Redirect(f"/{language_of(request)}", status_code=303)


def _flat(handlers: Sequence[Any]) -> list[Any]:
    """The handlers of routes among them, and none of what holds several."""
    return [each for each in handlers if hasattr(each, "paths")]


def _reporting(form: bool) -> Any:
    """Where to report a weakness, as RFC 9116 has it: the private form, where there is one, else the page of help.

    It holds for a year at most (section 2.5.5): a year from the begin of this month, so that it says nothing of when.
    """

    @get(SECURITY, media_type="text/plain", sync_to_thread=False, include_in_schema=False)
    def reporting(request: AnyRequest) -> str:
        host, now = request.headers["host"], datetime.now(UTC)
        ends = now.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(
            days=30 * (now.month + 10)
        )
        return (
            f"# Weaknesses of this service; docs/security.md says what counts as one.\n"
            f"Contact: https://{host}/en/{'support' if form else 'about'}\n"
            f"Expires: {ends:%Y-%m-%dT%H:%M:%SZ}\n"
            f"Preferred-Languages: {', '.join(LANGUAGES)}\n"
        )

    return reporting


@post("/text", status_code=303)
async def text_size(request: AnyRequest) -> Response[None]:
    """Larger text on every page, or the usual; kept in the browser, and back to where the visitor was."""
    form = await forms.read(request)
    back = form["back"] if _OWN_PATH.fullmatch(form["back"]) else "/"
    size = "large" if form["size"] == "large" else "usual"
    kept = Cookie(key="text", value=size, httponly=True, samesite="strict", max_age=_YEAR)
    return Redirect(back, status_code=303, cookies=[kept])
