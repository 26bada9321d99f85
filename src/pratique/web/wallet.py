"""The holder's page: the last signed status with its age, on a device that keeps it, connected or not.

    link with a secret address ─► the device ─ /status/… ─► kept there, drawn there
    poster's link (place in its fragment, which no browser sends) ─► the device ─ kept there, compared there

The page and its scripts are kept by a service worker, so that to open it, to show a status and to keep a visit send
nothing. What it does ask for, it asks for at moments that do not depend on doors: a newer status when half of the
old one's time is over, the list of exposed hours every six hours, whether or not any visit is kept.

`registers` false (as it is unless somebody says otherwise) leaves visits and notices out altogether.
"""

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar, Response, get
from litestar.response import Redirect
from msgspec import Struct

from pratique import qr
from pratique.authority.venues.doors import DOORS
from pratique.authority.venues.exposures import KEPT
from pratique.model.keys import PublicKey
from pratique.qr import Level
from pratique.texts import LANGUAGES
from pratique.web import guarding
from pratique.web.pages import AnyRequest, Site, everywhere, page
from pratique.web.problems import language_of
from pratique.web.words import words

WORDS = ("green", "yellow", "red", "unknown", "admitted", "not_admitted")
"""What a status can say; the page has a shape and a word for each."""
WORKER = "/worker.js"
LASTING = {WORKER: "max-age=86400"}
"""A browser looks for a newer worker whenever a page opens, unless it may keep the old one: a day's openings untold."""
_HERE = Path(__file__).parent
_SCRIPTS = ("wallet.js", "code.js", "keeping.js")
_VISIT_SCRIPTS = ("visits.js", "visit.js")
_KEPT_FILES = ("pages.css", "flag.svg")
_SENTENCES = (
    *(f"wallet.word.{word}" for word in WORDS),
    "wallet.about.unknown",
    "wallet.code",
    "wallet.offline",
    "wallet.busy",
    "wallet.given_up",
    "wallet.gone",
    "wallet.fresh",
    "wallet.notice",
    "wallet.notice.none",
    "age.minutes",
    "age.ago",
    "age.ago.days",
    "visit.at",
    "visit.leave",
    "visit.forget",
    "visit.kept",
)


class Shown(Struct, frozen=True):
    """What the device gets and keeps: the scan, its code as modules, its word, and its period in seconds since 1970."""

    scan: str
    side: int
    cells: str
    word: str
    signed: int
    until: int


def shown(scan: str, word: str, *, signed: datetime, until: datetime) -> bytes:
    """A signed status as the display path serves it. Raises `ValueError` for a word or a code that there is not."""
    if word not in WORDS or not signed < until:
        raise ValueError("a status has a word of ours, and ends after it was signed")
    side, cells = qr.cells(scan, level=Level.M)
    drawn = b64encode(cells).decode()
    return msgspec.json.encode(Shown(scan, side, drawn, word, int(signed.timestamp()), int(until.timestamp())))


def app(
    authority: Mapping[str, str],
    *,
    specimen: bool,
    registers: PublicKey | None = None,
    hosts: Sequence[str] = ("127.0.0.1", "localhost"),
    proxies: Sequence[str] = (),
    framed_by: str = "'none'",
    scene: str = "",
) -> Litestar:
    """The holder's pages. `registers` is the key under which exposed hours are signed, where doors register at all.

    Statuses come from the display path, which stands beside it under the same name (`display.beside`, or a proxy).
    """
    site = Site(service="service.wallet", authority=authority, specimen=specimen, scene=scene)
    handlers = [start, _about(site), *beside(site, registers)]
    return guarding.application(
        site,
        handlers,
        hosts=hosts,
        proxies=proxies,
        framed_by=framed_by,
        types="worker",
        lasting=LASTING,
    )


def beside(site: Site, registers: PublicKey | None) -> list[Any]:
    """The pages that a device keeps and their worker, beside a first page and an about of others."""
    return [*_pages(site, registers), _worker(_kept(registers is not None))]


def _about(site: Site) -> Any:
    @get(everywhere("/about"), sync_to_thread=False)
    def about(request: AnyRequest) -> Response[str]:
        return page(request, "about.html", site=site, language=language_of(request), side="wallet")

    return about


@get(everywhere("/"), sync_to_thread=False)
def start(request: AnyRequest) -> Redirect:
    """There is one first page."""
    return Redirect(f"/{language_of(request)}/wallet", status_code=303)


def _pages(site: Site, registers: PublicKey | None) -> list[Any]:
    def values(request: AnyRequest) -> dict[str, Any]:
        say = words(language_of(request))
        key = b64encode(registers.spki).decode() if registers else ""
        return {
            "site": site,
            "language": say.language,
            "sentences": {name: say.pattern(name) for name in _SENTENCES},
            "registers": registers is not None,
            "key": key,
            "days": KEPT.days,
        }

    @get(everywhere("/wallet"), sync_to_thread=False)
    def wallet(request: AnyRequest) -> Response[str]:
        return page(request, "wallet/status.html", **values(request), words=WORDS)

    @get(everywhere("/visit"), sync_to_thread=False)
    def visit(request: AnyRequest) -> Response[str]:
        stays = {door.mode.value: door.stay for door in DOORS.values() if door.registers}
        return page(request, "wallet/visit.html", **values(request), stays=stays)

    return [wallet, *([visit] if registers else [])]


def _kept(registers: bool) -> tuple[str, ...]:
    """What the service worker keeps: everything that a page needs to open without a network."""
    scripts = (*_SCRIPTS, *(_VISIT_SCRIPTS if registers else ()))
    pages = ("/wallet", "/about", *(("/visit",) if registers else ()))
    return (
        *(f"/{language}{each}" for language in LANGUAGES for each in pages),
        *(f"/static/{name}" for name in (*_KEPT_FILES, *scripts)),
    )


def _worker(kept: tuple[str, ...]) -> Any:
    """The worker's script, with what it keeps, and a version that changes with any of it."""
    found = [*(_HERE / "static").glob("*"), *(_HERE / "templates").rglob("*.html")]
    files = sorted(path for path in found if path.is_file())  # a folder there has the verifier's page, built
    catalogues = [f"{key}={words(language).pattern(key)}" for language in LANGUAGES for key in _SENTENCES]
    content = b"".join(path.read_bytes() for path in files) + "".join((*catalogues, *kept)).encode()
    version = hashlib.sha256(content).hexdigest()[:16]
    head = f'"use strict";\nconst VERSION = "{version}";\nconst KEPT = {msgspec.json.encode(kept).decode()};\n'
    script = head + (_HERE / "static" / "worker.js").read_text("utf-8")

    @get(WORKER, sync_to_thread=False)
    def worker() -> Response[str]:
        return Response(script, media_type="text/javascript")

    return worker
