"""The verifier's page over HTTP: files with the headers that they need, and nothing else to ask."""

import gzip
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from pratique.web.verifier.site import NETWORK
from pratique.web.words import preferred

PUBLIC = ("metadata", "targets")
"""The folders of a network that whoever verifies fetches from."""

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
    "vary": "accept-encoding",
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
_SHRINK = frozenset({"text/javascript", "application/wasm", "application/json"})
"""What is worth it: archives and wheels are small already."""


def app(files: Mapping[str, bytes], *, network: Path | None = None, framed_by: str = "'none'") -> Litestar:
    """An application of these files, as `site.site` makes them. They are public, whatever name they are asked under.

    `network` is the folder of a network's files, which are read each time they are asked for.
    """
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
        content = files[name]
        if kind(name) in _SHRINK and "gzip" in request.headers.get("accept-encoding", ""):
            content, told = _shrunk(content), {**told, "content-encoding": "gzip"}
        return Response(content, media_type=kind(name), headers=told)

    @get(f"{NETWORK}/{{path:path}}", sync_to_thread=True)
    def of_network(path: FromPath[str]) -> Response[bytes]:
        found = _published(network, path.lstrip("/")) if network is not None else None
        status = 200 if found is not None else 404
        return Response(found or b"", media_type="application/octet-stream", status_code=status, headers=headers)

    return Litestar(
        route_handlers=[home, file, of_network],
        openapi_config=None,
        logging_config=None,
    )


def _published(folder: Path, name: str) -> bytes | None:
    """A file of a network by its name there; nothing else of this machine."""
    place = (folder / name).resolve()
    public = any(place.is_relative_to((folder / part).resolve()) for part in PUBLIC)
    return place.read_bytes() if public and place.is_file() else None


@cache
def _shrunk(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


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
