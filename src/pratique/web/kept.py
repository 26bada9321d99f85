"""What is kept of a holder (T10), how they say that it is wrong, and who looked at it (T12).

    GET  /records                     each event with its records, source and grade; what was said to be wrong
    GET  /records/NAME/wrong          the reason, and a file or "I have none"
    POST /records/NAME/wrong          a dispute, answered within a day
    GET  /looks                       date, who, purpose, which items; scans are not recorded, and it says so; and when
                                      somebody tried too often to sign up with their passport
    GET  /export                      everything, as a file

They are handlers for any application; `holder` says who asks, and raises `Problem` for everybody else. Seeing one's own
is a look as well, and written down; the list leaves out those of the very account that is asking.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct
from sqlalchemy import Engine

from pratique.authority.access import Item, Look, Purpose, look, who_looked
from pratique.authority.records import rights
from pratique.authority.records.reconcile import Event, events
from pratique.authority.store import Vault, asking, locks, looking_up, writing
from pratique.authority.store.asking import Dispute, State
from pratique.authority.store.asking import Words as Said
from pratique.authority.store.health import Kept
from pratique.authority.store.looks import Looked
from pratique.model.errors import MalformedRecord
from pratique.web import cards, forms
from pratique.web.forms import Fault
from pratique.web.pages import AnyRequest, Site, everywhere, page
from pratique.web.problems import Code, Problem, language_of
from pratique.web.recalled import notices
from pratique.web.who import Who
from pratique.web.words import Words, words

LONGEST = 2_000
"""Characters of a statement."""
MAX_EVIDENCE = 4_000_000
"""Octets: a photograph of a letter."""
_EXPORT = frozenset(Item) - {Item.PORTRAIT}
_ALL = frozenset({Item.IDENTITY, Item.RECORDS, Item.DISPUTES})


class House(Struct, frozen=True, kw_only=True):
    """What the pages work with."""

    site: Site
    engine: Engine
    vault: Vault
    holder: Callable[[AnyRequest], Who]
    """Raises `Problem` for whoever is nobody here."""
    sources: Mapping[str, str] = {}
    """What sources are called, by their ids; one that is not here is shown by its id."""
    report: str = ""
    """Where something odd is reported: the address of the private form, where there is one."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


class Shown(Struct, frozen=True):
    """One record, as the page shows it."""

    record_id: str
    line: cards.Line
    source: str
    state: str
    """Where a dispute of it stands, in words; empty where there is none."""
    standing: bool
    more: bool = False
    """Whether the desk asked for more."""


class Told(Struct, frozen=True):
    """One event: its records, and what its sources disagree about."""

    records: tuple[Shown, ...]
    disagree: bool


class Row(Struct, frozen=True):
    """One look."""

    when: str
    who: str
    purpose: str
    items: str
    number: str


def handlers(house: House) -> list[Any]:
    """The addresses, for the application that has them."""

    @get(everywhere("/records"))
    async def kept(request: AnyRequest) -> Response[str]:
        return await sync_to_thread(_kept, house, request)

    @get(everywhere("/records/{name:str}/wrong"))
    async def wrong(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        return await sync_to_thread(_form, house, request, name)

    @post(everywhere("/records/{name:str}/wrong"), status_code=303)
    async def say_so(request: AnyRequest, name: FromPath[str]) -> Response[Any]:
        sent, say = await forms.read(request), words(language_of(request))
        statement, evidence = sent["statement"], sent.files.get("evidence")
        faults = []
        if not 0 < len(statement) <= LONGEST:
            faults.append(Fault("statement", say("kept.statement.missing", most=LONGEST)))
        if evidence is None and not sent["none"]:
            faults.append(Fault("evidence", say("kept.evidence.missing")))
        if evidence is not None and len(evidence) > MAX_EVIDENCE:
            raise Problem(Code.BODY_TOO_LARGE)
        if faults:
            return await sync_to_thread(_form, house, request, name, statement, faults)
        await sync_to_thread(_dispute, house, request, name, Said(statement, evidence))
        return Redirect(f"/{language_of(request)}/records#r-{name}", status_code=303)

    @get(everywhere("/looks"))
    async def seen(request: AnyRequest) -> Response[str]:
        return await sync_to_thread(_seen, house, request)

    @get(everywhere("/export"))
    async def export(request: AnyRequest) -> Response[dict[str, object]]:
        """Everything that is kept of whoever asks, as a file of their own."""
        everything = await sync_to_thread(_everything, house, request)
        return Response(everything, headers={"content-disposition": 'attachment; filename="export.json"'})

    return [kept, wrong, say_so, seen, export]


def _everything(house: House, request: AnyRequest) -> dict[str, object]:
    known, allowed = house.holder(request).known, _look(house, request, _EXPORT)
    with looking_up(house.engine) as connection:
        return rights.export(connection, house.vault, allowed, known)


def _kept(house: House, request: AnyRequest) -> Response[str]:
    who, allowed, say = house.holder(request), _look(house, request, _ALL), words(language_of(request))
    with looking_up(house.engine) as connection:
        records = rights.records(connection, allowed)
        disputes = asking.disputes(connection, allowed.person_id)
        called_back = notices(connection, allowed, say, at=house.clock())
    return page(
        request,
        "records/kept.html",
        notices=called_back,
        site=house.site,
        language=language_of(request),
        acting=who.acting,
        home=who.home,
        events=[_told(house, event, disputes, say) for event in events(records)],
        replaced=[_shown(house, each, disputes, say) for each in records if each.superseded],
    )


def _seen(house: House, request: AnyRequest) -> Response[str]:
    who = house.holder(request)
    allowed, say = _look(house, request, frozenset({Item.LOOKS})), words(language_of(request))
    with looking_up(house.engine) as connection:
        seen = who_looked(connection, allowed)
        locked = locks.of(connection, house.vault, who.known.subject_id, since=house.clock() - locks.KEPT)
    rows = [_row(each, say) for each in seen if each.account_id != who.account.account_id]
    language = language_of(request)
    report = f"{house.report}/{language}/support" if house.report else ""
    return page(
        request,
        "records/looks.html",
        site=house.site,
        language=language,
        rows=rows,
        locked=[say.instant(each) for each in locked],
        acting=who.acting,
        report=report,
    )


def _look(house: House, request: AnyRequest, items: frozenset[Item]) -> Look:
    holder = house.holder(request)
    return look(house.engine, holder.account, holder.known.person_id, Purpose.OWN, items, at=house.clock())


def _standing(house: House, request: AnyRequest, name: str) -> tuple[Kept, tuple[Dispute, ...]]:
    """The holder's own record, if it stands. Raises `Problem` (PAGE_UNKNOWN)."""
    allowed = _look(house, request, _ALL)
    with looking_up(house.engine) as connection:
        try:
            record = rights.standing(connection, allowed, name)
        except MalformedRecord as fault:
            raise Problem(Code.PAGE_UNKNOWN) from fault
        return record, asking.disputes(connection, allowed.person_id)


def _form(
    house: House, request: AnyRequest, name: str, statement: str = "", faults: list[Fault] | None = None
) -> Response[str]:
    record, disputes = _standing(house, request, name)
    return page(
        request,
        "records/wrong.html",
        site=house.site,
        language=language_of(request),
        status=422 if faults else 200,
        record=_shown(house, record, disputes, words(language_of(request))),
        statement=statement,
        faults=faults or [],
        most=LONGEST,
    )


def _dispute(house: House, request: AnyRequest, name: str, said: Said) -> None:
    """Whoever sends the form twice has said it once."""
    allowed = _look(house, request, _ALL)
    with writing(house.engine) as connection:
        try:
            rights.dispute(connection, house.vault, allowed, name, said, at=house.clock())
        except MalformedRecord as fault:
            raise Problem(Code.PAGE_UNKNOWN) from fault


def _told(house: House, event: Event, disputes: tuple[Dispute, ...], say: Words) -> Told:
    return Told(tuple(_shown(house, each, disputes, say) for each in event.records), bool(event.conflicts))


def _shown(house: House, record: Kept, disputes: tuple[Dispute, ...], say: Words) -> Shown:
    last = next((each for each in reversed(disputes) if each.record_id == record.record_id), None)
    state = ""
    if record.superseded:
        state = say("kept.replaced" if record.replaced_by else "kept.withdrawn")
    elif last is not None:
        state = say(f"kept.state.{last.state}", due=say.instant(datetime.fromtimestamp(last.due, UTC)))
    source = house.sources.get(record.source_id) or record.claim.issuer
    standing, more = not record.superseded, last is not None and last.state is State.MORE_NEEDED
    return Shown(record.record_id, cards.line(record.claim, say), source, state, standing, standing and more)


def _row(each: Looked, say: Words) -> Row:
    items = say.listed(*(say(f"looks.item.{item}") for item in each.items.split()))
    return Row(
        say.instant(datetime.fromtimestamp(each.moment, UTC)),
        say("looks.who", account=each.account_id, role=say(f"looks.role.{each.role}")),
        say(f"looks.purpose.{each.purpose}"),
        items or say("looks.refused"),
        each.look_id[:8],
    )
