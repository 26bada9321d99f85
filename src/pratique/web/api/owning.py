"""What a holder sees and asks of themselves, and of whom they are guardian: `me`, or a name from GET /v1/people.

Every answer is a look that is written down, the holder's own included. What is somebody else's is not there: 404.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from pratique.answering.certificates import certificate_json
from pratique.authority.access import Item, Look, Purpose, look, looking
from pratique.authority.records import rights
from pratique.authority.records.reconcile import Event
from pratique.authority.store import asking, locks, people, reading, writing
from pratique.authority.store.asking import Words
from pratique.authority.store.people import Known
from pratique.model.certificate import Certificate, Person
from pratique.model.errors import MalformedRecord
from pratique.web.api.house import House
from pratique.web.api.routes import caller
from pratique.web.api.schema import SIGNED_IN, signed_in
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem

ME = "me"
_RECORDS = frozenset({Item.RECORDS})
_EXPORT = frozenset(Item) - {Item.PORTRAIT}
_PROBLEMS = (Code.THING_UNKNOWN, Code.TRY_LATER)


class Mine(Struct, frozen=True):
    """Whom you may ask about: yourself, and those that you act for."""

    people: tuple[str, ...]


class Record(Struct, frozen=True):
    """One record; `says` is what a certificate would say of it, in the shape of a DCC."""

    record_id: str
    source: str
    received: datetime
    stands: bool
    says: dict[str, Any] | None
    replaced_by: str | None = None
    ground: str | None = None


class Happened(Struct, frozen=True):
    """One event, by every record that tells of it; `disagree` names the fields in which they differ."""

    records: tuple[Record, ...]
    disagree: tuple[str, ...]


class Happenings(Struct, frozen=True):
    """What happened, by the records that stand."""

    events: tuple[Happened, ...]


class LookedAt(Struct, frozen=True):
    """Somebody looked, or tried to: then `items` is empty."""

    when: datetime
    account: str
    role: str
    purpose: str
    items: tuple[str, ...]


class Looks(Struct, frozen=True):
    """Everybody who looked, the latest first; and when sign-up with your passport was stopped, after too many tries."""

    looks: tuple[LookedAt, ...]
    locked: tuple[datetime, ...]


class Disputed(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a record is wrong, in your words."""

    statement: Annotated[str, Meta(min_length=1, max_length=4000)]


class Opened(Struct, frozen=True):
    """That a dispute is open, and until when you get an answer: later the record counts against nobody."""

    dispute_id: str
    due: datetime


_OWN: Mapping[str, Any] = {
    "responses": signed_in(*_PROBLEMS),
    "security": SIGNED_IN,
    "tags": ["own"],
    "sync_to_thread": True,
}


def handlers(house: House) -> Sequence[Any]:
    """The routes."""

    @get("/v1/people", responses=signed_in(Code.TRY_LATER), security=SIGNED_IN, tags=["own"], sync_to_thread=True)
    def whom(request: AnyRequest) -> Mine:
        """Whom you may ask about."""
        signed, now = caller(request), int(house.clock().timestamp())
        with reading(house.engines.health) as connection:
            wards = asking.wards(connection, signed.subject_id or "", at=now)
        return Mine((ME, *(ward.subject_id for ward in wards)))

    @get(
        "/v1/people/{person:str}/records",
        **_OWN,
    )
    def records(request: AnyRequest, person: FromPath[str]) -> Happenings:
        """What happened, as the records tell it."""
        known, allowed = looked(house, request, person, _RECORDS)
        with reading(house.engines.health) as connection:
            return Happenings(tuple(_happened(known, event) for event in rights.events(connection, allowed)))

    @get(
        "/v1/people/{person:str}/records/{record_id:str}",
        **_OWN,
    )
    def record(request: AnyRequest, person: FromPath[str], record_id: FromPath[str]) -> Record:
        """One record, one that was replaced too."""
        known, allowed = looked(house, request, person, _RECORDS)
        with reading(house.engines.health) as connection:
            for kept in rights.records(connection, allowed):
                if kept.record_id == record_id:
                    return _record(known, kept)
        raise Problem(Code.THING_UNKNOWN)

    @post(
        "/v1/people/{person:str}/records/{record_id:str}/disputes",
        status_code=201,
        responses=signed_in(*_PROBLEMS, Code.BODY_TOO_LARGE),
        security=SIGNED_IN,
        tags=["own"],
        sync_to_thread=True,
    )
    def dispute(
        request: AnyRequest, person: FromPath[str], record_id: FromPath[str], data: JSONBody[Disputed]
    ) -> Opened:
        """Say that a record is wrong; a desk answers within a day."""
        _, allowed = looked(house, request, person, frozenset({Item.RECORDS, Item.DISPUTES}))
        words = Words(data.statement, None)
        with writing(house.engines.health) as connection:
            try:
                opened = rights.dispute(connection, house.vault, allowed, record_id, words, at=house.clock())
            except MalformedRecord as fault:
                raise Problem(Code.THING_UNKNOWN) from fault
        return Opened(opened.dispute_id, _instant(opened.due))

    @get(
        "/v1/people/{person:str}/looks",
        **_OWN,
    )
    def looks(request: AnyRequest, person: FromPath[str]) -> Looks:
        """Who looked, when, and what for; this very look included."""
        known, allowed = looked(house, request, person, frozenset({Item.LOOKS}))
        with reading(house.engines.health) as connection:
            seen = looking.who_looked(connection, allowed)
            locked = locks.of(connection, house.vault, known.subject_id, since=house.clock() - locks.KEPT)
        return Looks(
            tuple(
                LookedAt(_instant(each.moment), each.account_id, each.role, each.purpose, tuple(each.items.split()))
                for each in seen
            ),
            locked,
        )

    @get(
        "/v1/people/{person:str}/export",
        **_OWN,
    )
    def export(request: AnyRequest, person: FromPath[str]) -> Response[dict[str, Any]]:
        """Everything that is kept: identity, documents, records, declarations, trips, disputes, looks."""
        known, allowed = looked(house, request, person, _EXPORT)
        with reading(house.engines.health) as connection:
            everything = rights.export(connection, house.vault, allowed, known)
        return Response(everything, headers={"content-disposition": 'attachment; filename="export.json"'})

    return [whom, records, record, dispute, looks, export]


def looked(house: House, request: AnyRequest, person: str, items: frozenset[Item]) -> tuple[Known, Look]:
    """Whose data is asked for, and that it was written down. Raises `Problem` (THING_UNKNOWN), `AccessRefused`."""
    signed, at = caller(request), house.clock()
    own = signed.subject_id or ""
    with reading(house.engines.health) as connection:
        if person != ME and not asking.acts_for(connection, own, person, at=int(at.timestamp())):
            raise Problem(Code.THING_UNKNOWN)
        known = people.by_subject(connection, house.vault, own if person == ME else person)
    if known is None:
        raise Problem(Code.THING_UNKNOWN)
    return known, look(house.engines.health, signed.account, known.person_id, Purpose.OWN, items, at=at)


def _happened(known: Known, event: Event) -> Happened:
    return Happened(tuple(_record(known, kept) for kept in event.records), event.conflicts)


def _record(known: Known, kept: Any) -> Record:
    said = certificate_json(Certificate(Person(known.name, known.birth_date), (kept.claim,)))
    return Record(
        record_id=kept.record_id,
        source=kept.source_id,
        received=_instant(kept.received),
        stands=not kept.superseded,
        says=said,
        replaced_by=kept.replaced_by,
        ground=kept.ground,
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
