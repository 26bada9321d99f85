"""The verifier's page over HTTP: files with the headers that they need, and nothing else to ask."""

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from pratique.web.words import preferred

_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; "
        "img-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors {framed_by}; require-trusted-types-for 'script'; trusted-types verifier"
    ),
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), usb=(), payment=()",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
}

_KINDS = {
    "css": "text/css",
    "svg": "image/svg+xml",
    "js": "text/javascript",
    "mjs": "text/javascript",
    "json": "application/json",
    "wasm": "application/wasm",
    "webmanifest": "application/manifest+json",
}


def app(files: Mapping[str, bytes], *, framed_by: str = "'none'") -> Litestar:
    """An application of these files, as `site.site` makes them. They are public, whatever name they are asked under."""
    headers = headers_of(framed_by)

    @get("/", sync_to_thread=False)
    def home(request: Request[Any, Any, Any]) -> Redirect:
        return Redirect(f"/{preferred(request.headers.get('accept-language', ''))}", status_code=303)

    @get("/{path:path}", sync_to_thread=False)
    def file(request: Request[Any, Any, Any], path: FromPath[str]) -> Response[bytes]:
        name = request.scope["path"]
        if name not in files:
            return Response(b"no such page\n", media_type="text/plain", status_code=404, headers=headers)
        mark = _mark(files[name])
        told = {**headers, "etag": mark}
        if request.headers.get("if-none-match") == mark:
            return Response(b"", status_code=304, headers=told)
        return Response(files[name], media_type=kind(name), headers=told)

    return Litestar(
        route_handlers=[home, file],
        openapi_config=None,
        logging_config=None,
    )


@cache
def _mark(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:16]}"'


def headers_of(framed_by: str = "'none'") -> dict[str, str]:
    """What any server has to send with every file of the page."""
    return {name: value.replace("{framed_by}", framed_by) for name, value in _HEADERS.items()}


def kind(name: str) -> str:
    """The media type of a file by its name; pages have none."""
    suffix = name.rpartition("/")[2].partition(".")[2].rpartition(".")[2]
    return _KINDS.get(suffix, "application/octet-stream" if suffix else "text/html")
