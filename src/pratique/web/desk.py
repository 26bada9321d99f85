"""The officials' application: one sign-in by passkey, and the pages of everybody's queues behind it.

    sign-in ─ passkey ─► D1 today ─► the pages of a role: each a module that gives `Page`s to `app`

A page is for the roles that it names (`authority.access.roles`); whoever has another is told so. Who is signed in is
kept in the memory of one process, and for a quarter of an hour without a request.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from litestar import Litestar, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import Cookie
from litestar.response import Redirect
from msgspec import Struct
from sqlalchemy import Engine

from pratique.authority.access import Account, Role, find_account, invitations
from pratique.authority.access.passkeys import Passkeys
from pratique.authority.identity.limits import Allowance, Counts, network_of
from pratique.authority.store import Vault, reading
from pratique.web import forms, guarding
from pratique.web.forms import Fault
from pratique.web.pages import AnyRequest, Site, everywhere, page
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import Words, words

SIGNED_IN = "desk"
"""The cookie of whoever is signed in: random, and nothing but their account is kept under it."""
IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=10)
"""A long shift; then sign in again."""
MOST = 5_000
_INVITATIONS = Allowance(document=10, device=20, network=50)
"""Codes that may be tried in a day, for one account, from one browser, and from one network."""


class House(Struct, frozen=True, kw_only=True):
    """Whose desk it is, and what its pages work with."""

    engine: Engine
    vault: Vault
    passkeys: Passkeys
    """Of officials."""
    authority: Mapping[str, str]
    """Its name in each language of the pages."""
    specimen: bool = False
    transparency: str | None = None


class Queue(Struct, frozen=True):
    """What waits for an account, as the first page shows it: a key of its name, where it is, how much, since when."""

    title: str
    address: str
    count: int | None = None
    oldest: datetime | None = None


class End(Struct, frozen=True):
    """That something ends: a `key` or a `list`, by its name, and when."""

    kind: str
    name: str
    until: datetime


Ends = Callable[[datetime], Sequence[End]]


class Page(Struct, frozen=True):
    """One room of the desk: who may enter, what waits there, and its handlers, made by the module that knows them."""

    roles: frozenset[Role]
    waits: Callable[[Account, datetime], Queue]
    handlers: Sequence[Any]


class _Session:
    def __init__(self, account: Account, at: datetime) -> None:
        self.account = account
        self.since = at
        self.seen = at
        self.kept: dict[str, Any] = {}
        """What pages show in pieces, such as pictures; gone with the session."""


class Desk:
    """Who is signed in, and how pages are made for them."""

    def __init__(self, house: House, site: Site, clock: Callable[[], datetime]) -> None:
        self.house = house
        self.site = site
        self.clock = clock
        self._sessions: OrderedDict[str, _Session] = OrderedDict()
        self.forgets: list[Callable[[], object]] = []
        """What rooms keep in memory besides, each with its own way to let go of it."""

    def forget(self) -> int:
        """Let go of sessions whose time is over, and of all that their pages kept; how many are left.

        To be called now and then: an officer who goes home leaves pictures of people behind.
        """
        for name in list(self._sessions):
            if not self.lasts(name):
                self._sessions.pop(name, None)
        for let_go in self.forgets:
            let_go()
        return len(self._sessions)

    def sign_in(self, account: Account) -> str:
        """The secret of a new session."""
        at, name = self.clock(), secrets.token_hex(32)
        self._sessions[name] = _Session(account, at)
        while len(self._sessions) > MOST:
            self._sessions.popitem(last=False)
        return name

    def sign_out(self, request: AnyRequest) -> None:
        """End the session of a request."""
        self._sessions.pop(request.cookies.get(SIGNED_IN, ""), None)

    def found(self, request: AnyRequest) -> _Session | None:
        """The session of a request, which it prolongs; None where its time is over."""
        name = request.cookies.get(SIGNED_IN, "")
        session = self._sessions.get(name)
        if session is None or not self.lasts(name):
            self._sessions.pop(name, None)
            return None
        session.seen = self.clock()
        return session

    def lasts(self, name: str) -> bool:
        """Whether the session of this secret goes on, which asking does not prolong."""
        session, at = self._sessions.get(name), self.clock()
        return session is not None and at < min(session.seen + IDLE, session.since + LONGEST)

    def account(self, request: AnyRequest, *roles: Role) -> Account:
        """Who asks, with one of these roles. Raises `Problem` (SIGNED_OUT, ROLE_MISSING).

        An account that has ended is signed out at once.
        """
        session = self.found(request)
        if session is None:
            raise Problem(Code.SIGNED_OUT)
        with reading(self.house.engine) as connection:
            now = find_account(connection, session.account.account_id, at=self.clock())
        if now != session.account:
            self.sign_out(request)
            raise Problem(Code.SIGNED_OUT)
        if roles and now.role not in roles:
            raise Problem(Code.ROLE_MISSING)
        return now

    def kept(self, request: AnyRequest) -> dict[str, Any]:
        """What the pages of this session keep. Raises `Problem` (SIGNED_OUT)."""
        session = self.found(request)
        if session is None:
            raise Problem(Code.SIGNED_OUT)
        return session.kept

    def page(self, request: AnyRequest, template: str, *, status: int = 200, **values: Any) -> Response[str]:
        """A page for whoever is signed in, or for nobody."""
        session, language = self.found(request), language_of(request)
        who, shift = (session.account, session.since + LONGEST - self.clock()) if session else (None, timedelta())
        ends = {"idle": int(IDLE.total_seconds()), "shift": int(shift.total_seconds())}
        return page(request, template, site=self.site, language=language, status=status, account=who, **ends, **values)


class _Answer(Struct, frozen=True):
    """What the page's script sends after the browser has asked the authenticator."""

    ceremony: str
    answer: msgspec.Raw
    label: str = ""


class Next(Struct, frozen=True):
    """Where the script goes on, or that it does not."""

    next: str | None


def app(
    house: House,
    pages: Callable[[Desk], Sequence[Page]],
    *,
    hosts: Sequence[str] = ("127.0.0.1", "localhost"),
    proxies: Sequence[str] = (),
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ends: Ends = lambda _: (),
) -> Litestar:
    """The desk of `house`; `pages` makes its rooms, `ends` says what ends soon.

    Raises `ValueError` for proxies that are no addresses.
    """
    site = Site(
        service="service.desk", authority=house.authority, specimen=house.specimen, transparency=house.transparency
    )
    desk = Desk(house, site, clock)
    rooms = tuple(pages(desk))
    own = [*_coming(desk), *_passkeys(desk), _today(desk, rooms, ends), _about(desk)]
    return guarding.application(
        site, [*own, *(each for room in rooms for each in room.handlers)], hosts=hosts, proxies=proxies
    )


def _today(desk: Desk, rooms: Sequence[Page], ends: Ends) -> Any:
    @get(everywhere("/"), status_code=200)
    async def today(request: AnyRequest) -> Response[Any]:
        """D1: what waits for me, the oldest first."""
        if desk.found(request) is None:
            return Redirect(f"/{language_of(request)}/sign-in", status_code=303)
        account, at = await sync_to_thread(desk.account, request), desk.clock()
        mine = [await sync_to_thread(room.waits, account, at) for room in rooms if account.role in room.roles]
        mine.sort(key=lambda queue: (queue.oldest is None, queue.oldest or at))
        soon = ends(at) if account.role in _TOLD_OF_ENDS else ()
        told = [_told(each, at, words(language_of(request))) for each in soon]
        return desk.page(request, "desk/today.html", queues=mine, minutes=_minutes(at), ends=told)

    return today


_TOLD_OF_ENDS = frozenset({Role.HEALTH_AUTHORITY, Role.AUDITOR})
_NEAR = ((timedelta(days=7), "problem"), (timedelta(days=30), "attention"))
"""A key's successor takes a ceremony to make, and a day to be known everywhere."""


def _told(end: End, at: datetime, say: Words) -> tuple[str, str]:
    """How near it is, and the sentence about it."""
    left = end.until - at
    how = next((how for span, how in _NEAR if left <= span), "")
    if end.kind == "list":
        how = "problem" if left <= timedelta() else "attention"
    key = f"desk.ends.{end.kind}_over" if end.kind == "list" and left <= timedelta() else f"desk.ends.{end.kind}"
    return how, say(key, name=end.name, when=say.instant(end.until), days=max(left.days, 0))


def _about(desk: Desk) -> Any:
    @get(everywhere("/about"), sync_to_thread=False)
    def about(request: AnyRequest) -> Response[str]:
        """Help, privacy, accessibility."""
        return desk.page(request, "about.html", side="desk")

    return about


def _minutes(at: datetime) -> Callable[[datetime], int]:
    return lambda since: int((at - since).total_seconds() // 60)


# --- coming and going


def _coming(desk: Desk) -> list[Any]:
    house = desk.house
    tries = Counts(_INVITATIONS, secrets.token_bytes(32))

    @get(everywhere("/sign-in"), sync_to_thread=False)
    def sign_in(request: AnyRequest) -> Response[str]:
        return desk.page(request, "desk/sign_in.html")

    @post(everywhere("/sign-in/begin"), status_code=200)
    async def begin(request: AnyRequest) -> dict[str, Any]:
        begun = house.passkeys.begin_using(at=desk.clock())
        return {"ceremony": begun.ceremony, "options": begun.options}

    @post(everywhere("/sign-in/finish"), status_code=200)
    async def finish(request: AnyRequest) -> Response[Next]:
        sent, at = await sent_by_script(request), desk.clock()
        account_id = await sync_to_thread(house.passkeys.finish_using, sent.ceremony, bytes(sent.answer), at=at)
        with reading(house.engine) as connection:
            account = None if account_id is None else find_account(connection, account_id, at=at)
        if account is None:
            return Response(Next(None))
        return _signed_in(desk, request, account, Response(Next(f"/{language_of(request)}")))

    @post(everywhere("/sign-out"), status_code=303)
    async def sign_out(request: AnyRequest) -> Redirect:
        desk.sign_out(request)
        answer = Redirect(f"/{language_of(request)}/sign-in", status_code=303)
        answer.delete_cookie(SIGNED_IN)
        return answer

    @get(everywhere("/invitation"), sync_to_thread=False)
    def invited(request: AnyRequest) -> Response[str]:
        return desk.page(request, "desk/invitation.html", faults=(), name="")

    @post(everywhere("/invitation"), status_code=200)
    async def accepted(request: AnyRequest) -> Response[Any]:
        form, language, at = await forms.read(request), language_of(request), desk.clock()
        address = network_of(request.client.host if request.client else "")
        source = tries.source(form["account"], request.cookies.get(SIGNED_IN, address), address)
        allowed = tries.left(source, at=at) > 0
        tries.add(source, at=at)
        account = None
        if allowed:
            taken = (house.engine, house.vault, form["account"][:64], form["code"])
            account = await sync_to_thread(invitations.accept, *taken, at=at)
        if account is None:
            fault = Fault("code", words(language)("desk.invitation.unknown"))
            return desk.page(request, "desk/invitation.html", status=422, faults=(fault,), name=form["account"])
        return _signed_in(desk, request, account, Redirect(f"/{language}/passkeys", status_code=303))

    return [sign_in, begin, finish, sign_out, invited, accepted]


def _signed_in(desk: Desk, request: AnyRequest, account: Account, answer: Response[Any]) -> Response[Any]:
    secure = request.scope["scheme"] == "https"
    answer.set_cookie(
        Cookie(key=SIGNED_IN, value=desk.sign_in(account), httponly=True, secure=secure, samesite="strict")
    )
    return answer


async def sent_by_script(request: AnyRequest) -> _Answer:
    """What a script sent. Raises `Problem` (FORM_UNREADABLE)."""
    try:
        return msgspec.json.decode(await request.body(), type=_Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Problem(Code.FORM_UNREADABLE) from None


# --- an official's own passkeys


def _passkeys(desk: Desk) -> list[Any]:
    own = desk.house.passkeys

    @get(everywhere("/passkeys"))
    async def mine(request: AnyRequest) -> Response[str]:
        account = await sync_to_thread(desk.account, request)
        found = await sync_to_thread(own.of, account.account_id)
        return desk.page(request, "desk/passkeys.html", passkeys=[shown(each) for each in found])

    @post(everywhere("/passkeys/begin"), status_code=200)
    async def begin(request: AnyRequest) -> dict[str, Any]:
        account = await sync_to_thread(desk.account, request)
        begun = await sync_to_thread(own.begin_making, account.account_id, account.account_id, at=desk.clock())
        if begun is None:
            raise Problem(Code.TOO_MANY_REQUESTS)
        return {"ceremony": begun.ceremony, "options": begun.options}

    @post(everywhere("/passkeys/finish"), status_code=200)
    async def finish(request: AnyRequest) -> Next:
        account, sent = await sync_to_thread(desk.account, request), await sent_by_script(request)
        args = (sent.ceremony, account.account_id, bytes(sent.answer), sent.label)
        made = await sync_to_thread(own.finish_making, *args, at=desk.clock())
        return Next(f"/{language_of(request)}/passkeys" if made else None)

    @post(everywhere("/passkeys/remove"), status_code=303)
    async def remove(request: AnyRequest) -> Redirect:
        account, form = await sync_to_thread(desk.account, request), await forms.read(request)
        await sync_to_thread(own.remove, account.account_id, [chosen(form["passkey"])])
        return Redirect(f"/{language_of(request)}/passkeys", status_code=303)

    return [mine, begin, finish, remove]


class Shown(Struct, frozen=True):
    """A passkey on a page; `made` and `used` are instants."""

    id: str
    label: str
    made: datetime
    used: datetime | None


def shown(passkey: Any) -> Shown:
    """A passkey as its owner sees it."""
    used = None if passkey.used is None else datetime.fromtimestamp(passkey.used, UTC)
    credential = passkey.credential
    return Shown(credential.credential_id.hex(), credential.label, datetime.fromtimestamp(passkey.made, UTC), used)


def chosen(text: str) -> bytes:
    """The credential id of a form. Raises `Problem` (FORM_UNREADABLE)."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Problem(Code.FORM_UNREADABLE) from None
