"""The doors' pages: what a doorkeeper does, a thermometer that remembers nothing, the poster; and slips, where allowed.

A door that shows has no script that sends, no table and no store: this application is then given none. Where doors
register (`register`), a place's page fetches the public keys of its next hours, seals what whoever has no telephone
writes, and sends what nobody but two officials can open.
"""

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any
from urllib.parse import quote

from litestar import Litestar, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy import Engine

from pratique.authority.store import Vault, reading, venues
from pratique.authority.store.venues import Place
from pratique.authority.venues import registering
from pratique.authority.venues.doors import DOORS, FEVER, LIVING, Door, Felt, Mode
from pratique.authority.venues.exposures import CODE_LENGTH, KEPT
from pratique.authority.venues.slips import CONTACT_LENGTH
from pratique.model.errors import VenueRefused
from pratique.model.keys import base64url
from pratique.model.reasons import Reason
from pratique.paper.door import Line, Poster, Slip, poster_pdf, slips_pdf
from pratique.texts import utc_offset
from pratique.web import forms, guarding
from pratique.web.pages import AnyRequest, Site, everywhere, page, saved
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import Words, words

_SENTENCES = (*(f"door.felt.{felt}" for felt in Felt), "door.register.waiting", "door.register.long")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]{1,400}", re.ASCII)
"""A slip has 279 of these characters."""
_COMMON, _OWN = 4, 2
"""Sentences for every door, and for each kind of it."""


class Register(Struct, frozen=True):
    """What a house needs whose doors register: the store, its keys, and the address of the holders' pages."""

    engine: Engine
    vault: Vault
    wallet: str
    zone: tzinfo = UTC
    """Whose hours a notice says."""


class KitTold(Struct, frozen=True):
    """What a place's page needs to seal slips; octets in base64url."""

    name: str
    code: str
    first_hour: int
    keys: tuple[str, ...]


def app(
    authority: Mapping[str, str],
    *,
    specimen: bool,
    register: Register | None = None,
    transparency: str | None = None,
    hosts: Sequence[str] = ("127.0.0.1", "localhost"),
    proxies: Sequence[str] = (),
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Litestar:
    """The pages of doors. Without `register` they only show, and whatever would register is not there at all."""
    site = Site(service="service.doors", authority=authority, specimen=specimen, transparency=transparency)
    handlers = [*_showing(site, registers=register is not None, clock=clock)]
    if register is not None:
        handlers += _registering(site, register, clock)
    return guarding.application(site, handlers, hosts=hosts, proxies=proxies)


# --- showing


def _showing(site: Site, *, registers: bool, clock: Callable[[], datetime]) -> list[Any]:
    @get(everywhere("/"), sync_to_thread=False)
    def start(request: AnyRequest) -> Response[str]:
        return page(request, "doors/start.html", site=site, language=language_of(request), modes=list(Mode))

    @get(everywhere("/about"), sync_to_thread=False)
    def about(request: AnyRequest) -> Response[str]:
        return page(request, "about.html", site=site, language=language_of(request), side="doors")

    @get(everywhere("/door/{mode:str}"), sync_to_thread=False)
    def door(request: AnyRequest, mode: FromPath[str]) -> Response[str]:
        return _door(site, request, _mode(mode), registers=registers)

    @get(everywhere("/door/{mode:str}/poster"))
    async def poster(request: AnyRequest, mode: FromPath[str]) -> Response[bytes]:
        sheet = show_poster(_mode(mode).mode, language_of(request), clock())
        return saved(await sync_to_thread(poster_pdf, sheet), "application/pdf", "poster.pdf")

    return [start, about, door, poster]


def _mode(named: str) -> Door:
    if named not in list(Mode):
        raise Problem(Code.PAGE_UNKNOWN)
    return DOORS[Mode(named)]


def _door(
    site: Site, request: AnyRequest, door: Door, *, registers: bool, place: Place | None = None,
    notice: Poster | None = None,
) -> Response[str]:  # fmt: skip
    language = language_of(request)
    return page(
        request,
        "doors/door.html",
        site=site,
        language=language,
        door=door,
        does=_does(door, words(language)),
        sentences={key: words(language).pattern(key) for key in _SENTENCES},
        fever=FEVER,
        living=LIVING,
        place=place,
        code=base64url(place.code) if place else "",
        longest=CONTACT_LENGTH,
        registers=registers and place is not None,
        notice=[sentence[0][1] for sentence in notice.sentences] if notice else [],
    )


def _does(door: Door, say: Words) -> list[str]:
    """What a doorkeeper does: for this kind of door, then for every one."""
    own = [say(f"door.{door.mode}.{number}", fever=f"{FEVER / 10:.1f}") for number in range(1, _OWN + 1)]
    return [*own, *(say(f"door.all.{number}") for number in range(1, _COMMON + 1))]


# --- paper


def _lines(key: str, language: str, **values: object) -> tuple[Line, ...]:
    """A sentence in the language of the page, and in English below."""
    return tuple((tag, words(tag)(key, **values)) for tag in dict.fromkeys((language, "en")))


def show_poster(mode: Mode, language: str, at: datetime) -> Poster:
    """The poster of a door that shows, with the sentences of its page."""
    told = [f"door.{mode}.{number}" for number in range(1, _OWN + 1)]
    sentences = ["poster.show.free", "door.all.2", *told]
    return Poster(
        title=_lines("poster.show", language),
        place=_lines(f"door.{mode}.name", language),
        sentences=tuple(_lines(key, language, fever=f"{FEVER / 10:.1f}") for key in sentences),
        link=None,
        printed=at,
        specimen=False,
    )


def _keep_poster(place: Place, wallet: str, language: str, at: datetime, *, specimen: bool) -> Poster:
    keys = ("poster.keep.how", "poster.keep.free", "poster.keep.long")
    return Poster(
        title=_lines("poster.keep", language),
        place=((language, place.name),),
        sentences=tuple(_lines(key, language, days=KEPT.days) for key in keys),
        link=f"{wallet}/{language}/visit#{base64url(place.code)}.{place.mode}.{quote(place.name, safe='')}",
        printed=at,
        specimen=specimen,
    )


def _slip(place: Place, language: str, at: datetime, *, specimen: bool) -> Slip:
    return Slip(
        title=_lines("slip.title", language),
        place=((language, place.name),),
        fields=tuple(_lines(key, language) for key in ("slip.hour", "slip.reach")),
        sentences=tuple(_lines(key, language, days=KEPT.days) for key in ("slip.why", "slip.two", "slip.gone")),
        yours=_lines("slip.yours", language, days=KEPT.days),
        printed=at,
        specimen=specimen,
    )


def notice_poster(
    place: Place, hours: Sequence[range], zone: tzinfo, language: str, at: datetime, *, specimen: bool
) -> Poster:  # fmt: skip
    """For whoever has no telephone: when, by the clock of the place, and what to do. It names no one."""
    return Poster(
        title=_lines("notice.title", language),
        place=((language, place.name),),
        sentences=(
            *(
                tuple((tag, _spoken(when, zone, words(tag))) for tag in dict.fromkeys((language, "en")))
                for when in hours
            ),
            *(_lines(key, language) for key in ("notice.why", "notice.next", "notice.nobody")),
        ),
        link=None,
        printed=at,
        specimen=specimen,
    )


def _spoken(hours: range, zone: tzinfo, say: Words) -> str:
    """Hours of one day in a line that is read from two steps away, its date and its clock said once."""
    since, until = (datetime.fromtimestamp(hour * 3600, zone) for hour in (hours[0], hours[-1] + 1))
    if (since.date(), since.utcoffset()) != (until.date(), until.utcoffset()):
        return say("notice.hours", since=say.instant(since), until=say.instant(until))
    span = {"since": f"{since:%H:%M}", "until": f"{until:%H:%M}"}
    return say("notice.day", day=say.day(since.date()), clock=utc_offset(since), **span)


# --- registering


def _registering(site: Site, register: Register, clock: Callable[[], datetime]) -> list[Any]:
    """The pages of a place whose door registers, by the code on its poster."""

    def found(code: str) -> Place:
        with reading(register.engine) as connection:
            place = venues.place_by_code(connection, _code(code))
        if place is None or place.closed is not None:
            raise Problem(Code.PAGE_UNKNOWN)
        return place

    def noticed(known: Place, language: str) -> Poster | None:
        hours = registering.exposed(register.engine, known, at=clock())
        if not hours:
            return None
        return notice_poster(known, hours, register.zone, language, clock(), specimen=site.specimen)

    @get(everywhere("/place/{code:str}"))
    async def place(request: AnyRequest, code: FromPath[str]) -> Response[str]:
        known = await sync_to_thread(found, code)
        sheet = await sync_to_thread(noticed, known, language_of(request))
        return _door(site, request, DOORS[Mode(known.mode)], registers=True, place=known, notice=sheet)

    @get(everywhere("/place/{code:str}/poster"))
    async def poster(request: AnyRequest, code: FromPath[str]) -> Response[bytes]:
        known = await sync_to_thread(found, code)
        sheet = _keep_poster(known, register.wallet, language_of(request), clock(), specimen=site.specimen)
        return saved(await sync_to_thread(poster_pdf, sheet), "application/pdf", "poster.pdf")

    @get(everywhere("/place/{code:str}/slips"))
    async def slips(request: AnyRequest, code: FromPath[str]) -> Response[bytes]:
        known = await sync_to_thread(found, code)
        sheet = _slip(known, language_of(request), clock(), specimen=site.specimen)
        return saved(await sync_to_thread(slips_pdf, sheet), "application/pdf", "slips.pdf")

    @get(everywhere("/place/{code:str}/notice"))
    async def notice(request: AnyRequest, code: FromPath[str]) -> Response[bytes]:
        sheet = await sync_to_thread(noticed, await sync_to_thread(found, code), language_of(request))
        if sheet is None:
            raise Problem(Code.PAGE_UNKNOWN)
        return saved(await sync_to_thread(poster_pdf, sheet), "application/pdf", "notice.pdf")

    @get("/place/{code:str}/kit")
    async def kit(code: FromPath[str]) -> KitTold:
        octets = _code(code)
        try:
            made = await sync_to_thread(registering.kit, register.engine, register.vault, octets, at=clock())
        except VenueRefused as refused:
            raise _problem(refused) from refused
        return KitTold(made.name, code, made.first_hour, tuple(map(base64url, made.keys)))

    @post("/slips", status_code=204)
    async def take(request: AnyRequest) -> None:
        form = await forms.read(request)
        code, content = _code(form["code"]), _octets(form["content"])
        if not re.fullmatch(r"\d{1,8}", form["hour"], re.ASCII):
            raise Problem(Code.FORM_UNREADABLE)
        try:
            await sync_to_thread(registering.take, register.engine, code, int(form["hour"]), content, at=clock())
        except VenueRefused as refused:
            raise _problem(refused) from refused

    return [place, poster, slips, notice, kit, take]


def _code(text: str) -> bytes:
    """The code of a poster. Raises `Problem` (PAGE_UNKNOWN) for a text that no poster bears."""
    try:
        code = _octets(text)
    except Problem:
        raise Problem(Code.PAGE_UNKNOWN) from None
    if len(code) != CODE_LENGTH:
        raise Problem(Code.PAGE_UNKNOWN)
    return code


def _octets(text: str) -> bytes:
    """Octets in base64url. Raises `Problem` (FORM_UNREADABLE) for what is none, or too long."""
    if not _BASE64URL.fullmatch(text):
        raise Problem(Code.FORM_UNREADABLE)
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Problem(Code.FORM_UNREADABLE) from None


def _problem(refused: VenueRefused) -> Problem:
    """Off, or unknown: there is no such page now. A slip that cannot be one is a form that cannot be read."""
    return Problem(Code.FORM_UNREADABLE if Reason.SLIP_UNREADABLE in refused.reasons else Code.PAGE_UNKNOWN)
