"""D5: somebody says that a record is wrong. Another record in its place, none, or it stays; within a day.

    queue ─ the oldest first ─► what is said, the record, what each outcome does ─► withdrawn lists, certificates anew

What takes the place of the certificates that claim a corrected record is signed at once; the old ones say "replaced".
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct
from sqlalchemy import Engine

from pratique.authority.access import Account, Item, Look, Purpose, Role, look
from pratique.authority.issuance import correcting
from pratique.authority.records import rights
from pratique.authority.records.rights import Decision
from pratique.authority.store import asking, reading, writing
from pratique.authority.store.asking import Dispute, State
from pratique.authority.store.health import Correction, Ground, Kept
from pratique.model import fhir
from pratique.model.certificate import AnyClaim
from pratique.model.errors import MalformedRecord
from pratique.web import cards, forms
from pratique.web.desk import Desk, Page, Queue
from pratique.web.forms import Fault, Form, told
from pratique.web.pages import AnyRequest, everywhere, saved
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import Words, words

ROLES = frozenset({Role.HEALTH_AUTHORITY})
_ITEMS = frozenset({Item.IDENTITY, Item.RECORDS, Item.DISPUTES})
_OPEN = (State.RECEIVED, State.MORE_NEEDED)

Sign = Callable[[str, datetime], None]
"""Signs an approved request."""


class _Work(Struct, frozen=True):
    """What deciding works with."""

    desk: Desk
    engine: Engine
    sign: Sign
    account: Account


class _Case(Struct, frozen=True):
    """A dispute as a desk reads it, after the look at it was written down."""

    dispute: Dispute
    allowed: Look
    record: Kept | None
    """None where it does not stand any more."""
    said: asking.Words
    certificates: int
    """How many claim it."""


def room(desk: Desk, engine: Engine, sign: Sign) -> Page:
    """The queue and its cases; `engine` is the database in the role of the health authority's desk."""

    def waits(_: Account, __: datetime) -> Queue:
        with reading(engine) as connection:
            found = asking.waiting(connection)
        oldest = datetime.fromtimestamp(found[0].opened, UTC) if found else None
        return Queue("disputes.title", "/disputes", len(found), oldest)

    return Page(ROLES, waits, _handlers(desk, engine, sign))


def _handlers(desk: Desk, engine: Engine, sign: Sign) -> list[Any]:
    @get(everywhere("/disputes"))
    async def queue(request: AnyRequest) -> Response[str]:
        await sync_to_thread(desk.account, request, *ROLES)
        now = int(desk.clock().timestamp())

        def found() -> tuple[Dispute, ...]:
            with reading(engine) as connection:
                return asking.waiting(connection)

        rows = [
            {"id": each.dispute_id, "hours": (now - each.opened) // 3600, "late": each.due <= now}
            for each in await sync_to_thread(found)
        ]
        return desk.page(request, "desk/disputes.html", waiting=rows)

    @get(everywhere("/disputes/{key:str}"))
    async def one(request: AnyRequest, key: FromPath[str]) -> Response[str]:
        account = await sync_to_thread(desk.account, request, *ROLES)
        case = await sync_to_thread(_opened, desk, engine, account, key)
        return _page(desk, request, case)

    @get(everywhere("/disputes/{key:str}/evidence"))
    async def evidence(request: AnyRequest, key: FromPath[str]) -> Response[bytes]:
        account = await sync_to_thread(desk.account, request, *ROLES)
        case = await sync_to_thread(_opened, desk, engine, account, key)
        if case.said.evidence is None:
            raise Problem(Code.PAGE_UNKNOWN)
        return saved(case.said.evidence, "application/octet-stream", "evidence")

    @post(everywhere("/disputes/{key:str}"), status_code=303)
    async def decide(request: AnyRequest, key: FromPath[str]) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        say = words(language_of(request))
        case = await sync_to_thread(_opened, desk, engine, account, key)
        fault = await sync_to_thread(_decided, _Work(desk, engine, sign, account), case, form, say)
        if fault is not None:
            return _page(desk, request, case, fault)
        return Redirect(f"/{language_of(request)}/disputes", status_code=303)

    return [queue, one, evidence, decide]


def _opened(desk: Desk, engine: Engine, account: Account, key: str) -> _Case:
    """Raises `Problem` (PAGE_UNKNOWN) for one that is not there or was decided, and `AccessRefused`."""
    with reading(engine) as connection:
        found = next((each for each in asking.waiting(connection) if each.dispute_id == key), None)
    if found is None:
        raise Problem(Code.PAGE_UNKNOWN)
    allowed = look(engine, account, found.person_id, Purpose.CORRECTION, _ITEMS, at=desk.clock())
    with reading(engine) as connection:
        standing = [kept for kept in rights.records(connection, allowed) if not kept.superseded]
        record = next((kept for kept in standing if kept.record_id == found.record_id), None)
        said = asking.words(connection, desk.house.vault, found)
        reached = 0 if record is None else len(correcting.claiming(connection, allowed, found.record_id))
    return _Case(found, allowed, record, said, reached)


def _page(desk: Desk, request: AnyRequest, case: _Case, *faults: Fault) -> Response[str]:
    say = words(language_of(request))
    return desk.page(
        request,
        "desk/dispute.html",
        status=422 if faults else 200,
        id=case.dispute.dispute_id,
        late=case.dispute.due <= int(desk.clock().timestamp()),
        due=say.instant(datetime.fromtimestamp(case.dispute.due, UTC)),
        line=None if case.record is None else cards.line(case.record.claim, say),
        source="" if case.record is None else case.record.claim.issuer,
        statement=case.said.statement,
        evidence=case.said.evidence is not None,
        certificates=case.certificates,
        grounds=[ground.value for ground in Ground],
        faults=faults,
    )


def _decided(work: _Work, case: _Case, form: Form, say: Words) -> Fault | None:
    """Take it a step further; what is wrong with the form, if it cannot be."""
    at, decision = work.desk.clock(), form["decision"]
    if decision in ("keep", "more"):
        state = State.NOT_ACCEPTED if decision == "keep" else State.MORE_NEEDED
        with writing(work.engine) as connection:
            if not _waits(connection, case):
                return Fault("decision", say("disputes.gone"))
            rights.decide(connection, case.dispute, state, work.account.account_id, at=at)
        return None
    if decision not in ("correct", "withdraw") or form["ground"] not in list(Ground):
        return Fault("decision", say("disputes.choose"))
    if case.record is None:
        return Fault("decision", say("disputes.gone"))
    claim: AnyClaim | None = None
    if decision == "correct":
        file = form.files.get("file")
        if file is None:
            return Fault("file", say("disputes.file.missing"))
        try:
            claim = _claim(file, case.record)
        except MalformedRecord as fault:
            return Fault("file", told(fault.reasons[0], say))
    correction = Correction(Ground(form["ground"]), work.account.account_id)
    return _corrected(work, case, Decision(case.record.record_id, claim, correction), say)


def _corrected(work: _Work, case: _Case, decision: Decision, say: Words) -> Fault | None:
    at, vault = work.desk.clock(), work.desk.house.vault
    try:
        with writing(work.engine) as connection:
            if not _waits(connection, case):
                return Fault("decision", say("disputes.gone"))
            made = correcting.correct(connection, vault, case.allowed, decision, by=work.account, at=at)
            rights.decide(connection, case.dispute, State.ACCEPTED, work.account.account_id, at=at)
    except MalformedRecord:  # another desk was faster
        return Fault("decision", say("disputes.gone"))
    for request_id in made:
        work.sign(request_id, at)
    return None


def _waits(connection: Any, case: _Case) -> bool:
    return any(
        each.dispute_id == case.dispute.dispute_id and each.state in _OPEN
        for each in asking.disputes(connection, case.dispute.person_id)
    )


def _claim(file: bytes, wrong: Kept) -> AnyClaim:
    """The right record, vouched for as the wrong one was. Raises `MalformedRecord`."""
    old = wrong.claim
    try:
        resource = msgspec.json.decode(file)
    except (msgspec.DecodeError, RecursionError):
        resource = None
    return fhir.claim(resource, uvci="", issuer=old.issuer, country=old.country, evidence=old.evidence)
