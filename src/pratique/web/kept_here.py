"""A certificate on the holder's own device (T6, T7 without a network), kept and deleted there when they say so.

    /certificate/NAME/along ─ "keep it here" ─► the device's storage ─ /kept, drawn there ─► shown, with no network

The page and its scripts are kept by a service worker, the certificate by the page itself. Opening it asks for nothing.
"""

from base64 import b64encode
from typing import Any

import msgspec
from litestar import Response, get
from msgspec import Struct

from pratique import qr
from pratique.qr import Level
from pratique.web.cards import Card, Line
from pratique.web.holding import SOON, Held
from pratique.web.pages import AnyRequest, Site, everywhere, page
from pratique.web.problems import language_of
from pratique.web.wallet import kept_with
from pratique.web.words import Words, words

SCRIPTS = ("kept.js", "code.js", "keeping.js")
ADDRESSES = kept_with(("/kept",), SCRIPTS)
"""What the worker keeps for it."""
_SENTENCES = (
    "holder.kept.until",
    "holder.kept.ended",
    "holder.soon",
    "holder.kept.saved",
    "holder.kept.part",
    "holder.kept.delete.of",
    "holder.planned",
    "holder.planned.newer",
    "holder.planned.perhaps",
)


class Code(Struct, frozen=True):
    """One code as its modules, and what is said in its place."""

    side: int
    cells: str
    alt: str


class OnDevice(Struct, frozen=True):
    """What the device keeps: the card in the words of now, the codes, and when it ends (seconds since 1970).

    `planned` is the number of the release by which a trip was planned before it was kept.
    """

    name: str
    language: str
    latin: str
    born: str
    document: str
    claims: tuple[Line, ...]
    issuer: str
    until: str
    ends: int
    codes: tuple[Code, ...]
    planned: int | None


def on_device(found: Held, shown: Card, say: Words, planned: int | None) -> str:
    """The same as JSON, for the page's button to keep."""
    alt = say("alt", name=shown.latin or shown.name, until=shown.until)
    kept = OnDevice(
        name=shown.name,
        language=shown.name_language,
        latin=shown.latin,
        born=shown.born,
        document=shown.document,
        claims=shown.claims,
        issuer=shown.issuer,
        until=shown.until,
        ends=int(found.expires.timestamp()),
        codes=tuple(Code(*_cells(part.scan), alt) for part in found.parts),
        planned=planned,
    )
    return msgspec.json.encode(kept).decode()


def _cells(scan: str) -> tuple[int, str]:
    side, cells = qr.cells(scan, level=Level.M)
    return side, b64encode(cells).decode()


def handlers(site: Site) -> list[Any]:
    """The page: the same for everybody, since what it shows is on the device alone."""

    @get(everywhere("/kept"), sync_to_thread=False)
    def kept(request: AnyRequest) -> Response[str]:
        say = words(language_of(request))
        sentences = {name: say.pattern(name) for name in _SENTENCES}
        return page(request, "holder/kept.html", site=site, language=say.language, sentences=sentences, soon=SOON)

    return [kept]
