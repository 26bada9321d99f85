"""What the holder holds (T6, T7): the card, its codes, the page to print. No verdict: that is for a border to say.

    /certificate/NAME          everything         /show/N  a code alone   /code/N  its picture   /print
    /certificate/NAME/chosen   what was chosen    the same
    /certificate/NAME/sealed   a sealed twin alone, for the health authorities that it names; /code

Every address is a visit's, and found by its own browser alone.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from litestar import Response, get
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from msgspec import Struct

from pratique import pkpass, qr
from pratique.authority.store import locks, looking_up
from pratique.paper import certificate_pdf
from pratique.qr import Level
from pratique.web.cards import Card, card
from pratique.web.holding import SOON, Held, sheet
from pratique.web.ministry import Office
from pratique.web.own import family
from pratique.web.pages import AnyRequest, drawing, everywhere, saved
from pratique.web.problems import Code, Problem, language_of
from pratique.web.visits import LASTS, Visit
from pratique.web.ways import Ways
from pratique.web.words import Words, words

Link = tuple[str, str]
"""The key of a page's words, and its address."""
FRESH = timedelta(days=30)
"""For which the first page tells of tries with the passport; the page of who looked does as long as they are kept."""


class Planned(Struct, frozen=True):
    """The number of the release by which a trip was planned; and of the one that answers now, where that is newer."""

    number: int
    newer: int | None


def handlers(desk: Office) -> list[Any]:
    """The pages of what an office of sign-up issued."""

    @get(everywhere("/certificate/{name:str}"))
    async def whole(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        visit, found, language = desk.visit(request, name), held(desk, request, name), language_of(request)
        menu, ways, say = _menu(desk, visit, found, language), desk.ministry.ways, words(language)
        top: dict[str, Any] = {"menu": menu, "people": [], "locked": [], "looks": _looks(desk, language)}
        if ways is not None:
            whose = card_of(desk, found, say)
            top["people"] = await sync_to_thread(family, ways, visit, language, whose, desk.clock())
            top["locked"] = await sync_to_thread(_locked, ways, visit, say, desk.clock())
        if not found.parts:
            refused = _why(found, language)
            return desk.page(request, "issuing/no_records.html", **top, refused=refused)
        values = _values(desk, request, visit, found, "")
        left = (found.expires - desk.clock()).days
        soon = left if left < SOON else None
        acting = values["card"].name if visit.acting else ""
        return desk.page(request, "issuing/certificate.html", **values, **top, soon=soon, acting=acting)

    @get(everywhere("/certificate/{name:str}/chosen"), sync_to_thread=False)
    def part(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        visit, found = desk.visit(request, name), chosen(desk, request, name)
        states = found.twin.states if found.twin else ()
        return desk.page(
            request, "holder/chosen.html", **_values(desk, request, visit, found, "/chosen"), states=", ".join(states)
        )

    @get(everywhere("/certificate/{name:str}/sealed"), sync_to_thread=False)
    def sealed(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        visit, found = desk.visit(request, name), chosen(desk, request, name)
        if found.twin is None:
            raise Problem(Code.PAGE_UNKNOWN)
        values = _values(desk, request, visit, found, "/chosen")
        states = ", ".join(found.twin.states)
        svg = drawing(found.twin.svg)
        address = f"/{language_of(request)}/certificate/{name}/sealed"
        return desk.page(request, "holder/sealed.html", **values, states=states, svg=svg, here=address)

    @get(everywhere("/certificate/{name:str}/sealed/code"))
    async def sealed_picture(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
        twin = chosen(desk, request, name).twin
        if twin is None:
            raise Problem(Code.PAGE_UNKNOWN)
        return saved(await sync_to_thread(qr.png, twin.scan, level=Level.M), "image/png", "sealed.png")

    return [whole, part, sealed, sealed_picture, *_shown(desk, "", held), *_shown(desk, "/chosen", chosen)]


def _locked(ways: Ways, visit: Visit, say: Words, at: datetime) -> list[str]:
    """When the passport of whoever is before the page, or of whom they act for, was last tried too often."""
    subject = visit.acting[1] if visit.acting is not None else visit.subject_id
    if subject is None:
        return []
    with looking_up(ways.engine) as connection:
        found = locks.of(connection, ways.vault, subject, since=at - FRESH)
    return [say.instant(each) for each in found[:1]]


def _looks(desk: Office, language: str) -> str:
    """Where everybody who looked, and every such try, is listed; empty where there is no such page."""
    return next((f"/{language}{place}" for _, place in desk.ministry.beside if place == "/looks"), "")


def planned(desk: Office, visit: Visit) -> Planned | None:
    """What is said of a plan: None where no trip was planned in this visit."""
    release = desk.ministry.release
    if visit.planned is None or release is None:
        return None
    now = release().number
    return Planned(visit.planned, now if now > visit.planned else None)


def held(desk: Office, request: AnyRequest, name: str) -> Held:
    """What came of the visitor's own visit. Raises `Problem` (SESSION_UNKNOWN) for everybody else's."""
    outcome = desk.visit(request, name).outcome
    if not isinstance(outcome, Held):
        raise Problem(Code.SESSION_UNKNOWN)
    return outcome


def signed(desk: Office, request: AnyRequest, name: str) -> Held:
    """The same, with a code at least. Raises `Problem` (SESSION_UNKNOWN), also where nothing was signed."""
    found = held(desk, request, name)
    if not found.parts:
        raise Problem(Code.SESSION_UNKNOWN)
    return found


def chosen(desk: Office, request: AnyRequest, name: str) -> Held:
    """What they chose of it. Raises `Problem` (SESSION_UNKNOWN), also where nothing was chosen."""
    found = desk.visit(request, name).chosen
    if found is None:
        raise Problem(Code.SESSION_UNKNOWN)
    return found


def _shown(desk: Office, place: str, find: Callable[[Office, AnyRequest, str], Held]) -> list[Any]:
    """The code alone, its picture and its page to print, under a certificate's address and `place`."""

    def numbered(request: AnyRequest, name: str, number: int) -> Held:
        found = find(desk, request, name)
        if not 1 <= number <= len(found.parts):
            raise Problem(Code.SESSION_UNKNOWN)
        return found

    @get(everywhere(f"/certificate/{{name:str}}{place}/show/{{number:int}}"), sync_to_thread=False)
    def shown(request: AnyRequest, name: FromPath[str], number: FromPath[int]) -> Response[str]:
        found, say = numbered(request, name, number), words(language_of(request))
        values = _values(desk, request, desk.visit(request, name), found, place)
        here = f"{values['address']}{place}/show/{number}"
        seen = _seen(card_of(desk, found, say, number), say)
        return desk.page(request, "issuing/show.html", **values, code=values["codes"][number - 1], here=here, seen=seen)

    @get(everywhere(f"/certificate/{{name:str}}{place}/code/{{number:int}}"))
    async def picture(request: AnyRequest, name: FromPath[str], number: FromPath[int]) -> Response[bytes]:
        found = numbered(request, name, number)
        png = await sync_to_thread(qr.png, found.parts[number - 1].scan, level=Level.M)
        return saved(png, "image/png", f"certificate-{number}.png")

    @get(everywhere(f"/certificate/{{name:str}}{place}/print"))
    async def printed(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
        ministry, language = desk.ministry, language_of(request)
        drawn = sheet(numbered(request, name, 1), issuer=ministry.issuer, country=ministry.country, language=language)
        return saved(await sync_to_thread(certificate_pdf, drawn), "application/pdf", "certificate.pdf")

    @get(everywhere(f"/certificate/{{name:str}}{place}/wallet/{{number:int}}"))
    async def carried(request: AnyRequest, name: FromPath[str], number: FromPath[int]) -> Response[bytes]:
        found, signer = numbered(request, name, number), desk.ministry.carrying(desk.clock())
        if signer is None:
            raise Problem(Code.PAGE_UNKNOWN)
        drawn = _carried(desk, found, number, words(language_of(request)))
        return saved(await sync_to_thread(signer.make, drawn), pkpass.MEDIA_TYPE, f"certificate-{number}.pkpass")

    return [shown, picture, printed, carried]


def _carried(desk: Office, found: Held, number: int, say: Words) -> pkpass.Shown:
    """A code as a telephone's wallet shows it: its own claims, and who it is about."""
    shown = card_of(desk, found, say, number)
    return pkpass.Shown(
        scan=found.parts[number - 1].scan,
        title=say("certificate.title"),
        issuer=desk.ministry.issuer,
        name=pkpass.Line(say("desk.name"), shown.name),
        lines=[
            pkpass.Line(say("born"), shown.born),
            pkpass.Line(say("wallet.until"), shown.until),
            *(pkpass.Line(each.what, f"{each.outcome} {each.more}".strip()) for each in shown.claims),
        ],
        expires=found.expires,
    )


def card_of(desk: Office, found: Held, say: Words, number: int | None = None) -> Card:
    """The card of everything that is held, or of what one code carries."""
    said = found.certificate if number is None else found.parts[number - 1].certificate
    return card(said, say, issuer=desk.ministry.issuer, until=found.expires)


def _seen(shown: Card, say: Words) -> list[str]:
    """What whoever scans a code reads in it."""
    person = [say("holder.seen.name"), say("holder.seen.born")]
    document = [say("holder.seen.document")] if shown.document else []
    return [*person, *document, *(say.listed(each.what, each.outcome) for each in shown.claims)]


def _menu(desk: Office, visit: Visit, found: Held, language: str) -> list[tuple[str, list[Link]]]:
    """What there is to do from here, in groups; what is about passkeys is for the holder alone."""
    ministry, address, known = desk.ministry, f"/{language}/certificate/{visit.name}", visit.subject_id or visit.acting
    show: list[Link] = [("holder.choose.open", f"{address}/choose")] if found.anew is not None else []
    if ministry.passes is not None and found.parts:
        show.append(("holder.pass.title", f"{address}/pass"))
    go: list[Link] = [("holder.trip.title", f"{address}/trip")] if ministry.release is not None else []
    if found.parts:
        go.append(("holder.along.title", f"{address}/along"))
    own: list[Link] = [(key, f"/{language}{place}") for key, place in ministry.beside] if known else []
    if visit.subject_id and ministry.ways is not None:
        own.append(("own.open", f"/{language}/own/{visit.name}"))
    if known and found.anew is not None and found.anew.leaked is not None:
        own.append(("holder.leaked.title", f"{address}/leaked"))
    own.append(("holder.leave.title", f"/{language}/leave"))
    groups = (("holder.menu.show", show), ("holder.menu.travel", go), ("mine.title", own))
    return [(key, links) for key, links in groups if links]


def modes(desk: Office, visit: Visit, language: str) -> list[Link]:
    """The ways to show something, beside each other (T7)."""
    address, ministry, picked = f"/{language}/certificate/{visit.name}", desk.ministry, visit.chosen
    found: list[Link] = []
    if isinstance(visit.outcome, Held) and visit.outcome.parts:
        found.append(("holder.mode.border", f"{address}/show/1"))
    if picked is not None:
        found.append(("holder.mode.chosen", f"{address}/chosen/show/1"))
    if picked is not None and picked.twin is not None:
        found.append(("holder.mode.sealed", f"{address}/sealed"))
    if ministry.passes is not None:
        found.append(("holder.mode.venue", f"{address}/pass"))
    if any(place == "/code" for _, place in ministry.beside) and (visit.subject_id or visit.acting):
        found.append(("holder.mode.code", f"/{language}/code/show"))
    return found if len(found) > 1 else []


def _why(found: Held, language: str) -> list[str]:
    say = words(language)
    return [say.why(reason).what for reason in found.refused]


def _values(desk: Office, request: AnyRequest, visit: Visit, found: Held, place: str) -> dict[str, Any]:
    language = language_of(request)
    say = words(language)
    shown = card_of(desk, found, say)
    codes = [
        {
            "number": number,
            "svg": drawing(part.svg),
            "scan": part.scan,
            "alt": say("alt", name=shown.latin or shown.name, until=shown.until),
            "claims": len(part.certificate.claims),
        }
        for number, part in enumerate(found.parts, 1)
    ]
    return {
        "card": shown,
        "codes": codes,
        "address": f"/{language}/certificate/{visit.name}",
        "place": place,
        "carried": desk.ministry.carrying(desk.clock()) is not None,
        "modes": modes(desk, visit, language),
        "planned": planned(desk, visit),
        "issued_ms": max(1, round(found.took * 1000)),
        "whole_ms": max(1, round(found.whole * 1000)) if found.whole else None,
        "minutes": int(LASTS.total_seconds() // 60),
    }


def claims_from(names: Sequence[str], count: int) -> list[int]:
    """The places of claims that a form or an address names, in their order; what is no place of these is left out."""
    named = {int(name) for name in names if name.isascii() and name.isdecimal() and len(name) < 4}
    return sorted(place for place in named if place < count)
