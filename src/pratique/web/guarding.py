"""What holds for every answer of every application: who may frame it, what it may load, and who may send to it."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Any

from litestar import Litestar, Response, get, post
from litestar.datastructures import Cookie
from litestar.openapi import OpenAPIConfig
from litestar.response import Redirect
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from pratique.texts import LANGUAGES
from pratique.web import forms, problems
from pratique.web.pages import AnyRequest, Site
from pratique.web.problems import Code, Problem, language_of

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
_CACHES = b"cache-control"
_PERMISSIONS = "camera=({cameras}), microphone=(), geolocation=(), usb=(), payment=()"
_NOTHING_LASTS: Mapping[str, str] = MappingProxyType({})
_STATIC = Path(__file__).parent / "static"
_SAFE = ("GET", "HEAD")
_YEAR = 365 * 24 * 3600
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[\w.-]+)(?::\d{1,5})?", re.ASCII | re.IGNORECASE)
_OWN_PATH = re.compile(r"/(\w[\w/-]*)?", re.ASCII)
"""Of this site: `//` and `/\\` would begin the name of another."""


class _Application(Litestar):
    """One whose answers all have the house's headers, and that answers HEAD as GET, without the content (RFC 9110
    section 9.3.2)."""

    headers: Sequence[tuple[bytes, bytes]] = ()
    lasting: Mapping[str, str] = _NOTHING_LASTS
    """The `Cache-Control` of single addresses."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        head = scope["method"] == "HEAD"

        async def hardened(message: Any) -> None:
            if message["type"] == "http.response.start":
                lasts = self.lasting.get(scope["path"], "")
                message["headers"] = _with(self.headers, message.get("headers", ()), scope["path"], lasts)
            elif head:
                message = {**message, "body": b""}
            await send(message)

        as_get: Any = {**scope, "method": "GET"} if head else scope
        await super().__call__(as_get, receive, hardened)


def _with(
    fixed: Sequence[tuple[bytes, bytes]], stated: Sequence[tuple[bytes, bytes]], path: str, lasts: str
) -> list[tuple[bytes, bytes]]:
    headers = [*stated, *fixed]
    if lasts:
        return [*(pair for pair in headers if pair[0] != _CACHES), (_CACHES, lasts.encode())]
    if not any(name == _CACHES for name, _ in stated):  # only what is published for everybody names caches itself
        # what a page says of somebody is for nobody who comes to the device later
        headers.append((_CACHES, b"no-cache" if path.startswith("/static/") else b"no-store"))
    return headers


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
    stated = {**_HEADERS, "content-security-policy": policy, "permissions-policy": _PERMISSIONS.format(cameras=cameras)}
    fixed = [(name.encode(), value.encode()) for name, value in stated.items()]

    def behind_proxies(app: Any) -> Any:
        return ProxyHeadersMiddleware(app, trusted_hosts=trusted)

    made = _Application(
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
        before_request=from_this_site(hosts),
        request_max_body_size=MAX_BODY,
        openapi_config=schema,
        logging_config=None,
    )
    made.headers, made.lasting = fixed, lasting
    return made


Before = Callable[[AnyRequest], Awaitable[None]]
"""What is done before a request is looked at. Raises `Problem`."""


def from_this_site(hosts: Sequence[str]) -> Before:
    """Refuse other names, which a page elsewhere may have had turned to this address, and what other sites send.

    A browser tells the latter in a header that no page can set.
    """
    names = frozenset(hosts)

    async def check(request: AnyRequest) -> None:
        headers = request.headers
        named = _HOST.fullmatch(headers.get("host", ""))
        if named is None or named["name"].lower().strip("[]") not in names:
            raise Problem(Code.OTHER_SITE)
        if request.method not in _SAFE and not _sent_from_here(headers):
            raise Problem(Code.OTHER_SITE)
        if "\0" in request.scope["path"]:  # no name of a file, and no system would look for one
            raise Problem(Code.PAGE_UNKNOWN)

    return check


def _sent_from_here(headers: Mapping[str, str]) -> bool:
    """Browsers from before 2023 may lack Sec-Fetch-Site and name the page's origin alone; programs name neither."""
    host = headers.get("host", "")
    sent_from, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if sent_from is None:
        return origin is None or origin.partition("://")[2] == host
    return sent_from in ("same-origin", "none")


def own_path(text: str) -> str:
    """Where a form says that it came from, if that is an address of this site; else the first page."""
    return text if _OWN_PATH.fullmatch(text) else "/"


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
    back = own_path(form["back"])
    size = "large" if form["size"] == "large" else "usual"
    kept = Cookie(key="text", value=size, httponly=True, samesite="strict", max_age=_YEAR)
    return Redirect(back, status_code=303, cookies=[kept])
