"""Records in, over HTTP: FHIR R4, tables, and the messages of the national interface; each row with what became of it.

    POST /v1/records   application/fhir+json   one Bundle or resource, answered with what became of it
                       application/fhir+ndjson one document a line      } the same file again is the same intake,
                       text/csv                a table, by the mapping  } and one that broke off goes on
    POST /v1/national/…                        one message of a local health-code app

Whoever sends is known by their key, and how what they send is read is registered with it: nothing in a request says
whose records they are but the records.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from io import BytesIO
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from msgspec import Struct

from pratique.authority.access import clients
from pratique.authority.records import intake, national
from pratique.authority.records.intake import Outcome
from pratique.authority.records.sources import Source
from pratique.authority.records.together import Together
from pratique.authority.store import intakes, reading
from pratique.authority.store.intakes import RowReport, Settled
from pratique.web.api.house import House
from pratique.web.api.routes import caller
from pratique.web.api.schema import SIGNED_IN, signed_in, taking
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem

MAX_FILE = 64 * 1024 * 1024
"""About half a million rows; a whole country's past goes through `pratique records import`."""
_KINDS: dict[str, intake.Form] = {
    "application/fhir+json": "fhir",
    "application/json": "fhir",
    "application/fhir+ndjson": "ndjson",
    "application/x-ndjson": "ndjson",
    "text/csv": "csv",
}


class Taken(Struct, frozen=True, kw_only=True):
    """What became of what was sent, in all and row by row; a row that was taken has its record's id."""

    intake: str | None
    taken: int
    known: int
    held: int
    refused: int
    rows: tuple[RowReport, ...]


class Told(Struct, frozen=True, rename="camel"):
    """What became of a national message; `notAccepted` names fields that were dropped unread."""

    biz_seq_no: str
    outcome: Outcome
    not_accepted: tuple[str, ...] = ()


def handlers(house: House) -> Sequence[Any]:
    """The routes."""
    together = Together(house.engines.intake, house.vault)

    @post(
        "/v1/records",
        status_code=200,
        request_max_body_size=MAX_FILE,
        operation_class=taking(*_KINDS),
        responses={
            **signed_in(Code.CONTENT_REFUSED, Code.BODY_TOO_LARGE, Code.MEDIA_TYPE_UNKNOWN, Code.TRY_LATER),
            207: ResponseSpec(Taken, description="Some rows were not taken.", generate_examples=False),
        },
        security=SIGNED_IN,
        tags=["records"],
    )
    async def records(request: AnyRequest) -> Response[Taken]:
        """Take records in: 200 where every row is there now, 207 where some are, 422 where none is."""
        form = _KINDS.get(request.headers.get("content-type", "").partition(";")[0].strip().lower())
        if form is None:
            raise Problem(Code.MEDIA_TYPE_UNKNOWN)
        body = await request.body()
        source = await sync_to_thread(_source, house, request)
        done = await sync_to_thread(_take, house, together, body, form, source)
        if not done.taken + done.known:
            reasons = dict.fromkeys(reason for row in done.rows for reason in row.reasons)
            raise Problem(Code.CONTENT_REFUSED, reasons=tuple(reasons), place=done.rows[0].detail if done.rows else "")
        return Response(done, status_code=207 if done.held + done.refused else 200)

    @get(
        "/v1/intakes/{intake_id:str}",
        responses=signed_in(Code.THING_UNKNOWN, Code.TRY_LATER),
        security=SIGNED_IN,
        tags=["records"],
        sync_to_thread=True,
    )
    def report(request: AnyRequest, intake_id: FromPath[str]) -> Taken:
        """What became of a file that you sent."""
        source = _source(house, request)
        with reading(house.engines.intake) as connection:
            if intakes.source_of(connection, intake_id) != source.source_id:
                raise Problem(Code.THING_UNKNOWN)
            settled = intakes.settled(connection, intake_id)
            return _taken(intake_id, settled, list(intakes.reports(connection, intake_id)))

    return [records, report, *(_national(house, path, take) for path, take in _MESSAGES.items())]


_MESSAGES: dict[str, Callable[..., national.Answer]] = {
    "health-declarations": national.declare_health,
    "trip-declarations": national.declare_trip,
    "local-statuses": national.share_status,
}


def _national(house: House, path: str, take: Callable[..., national.Answer]) -> Any:
    @post(
        f"/v1/national/{path}",
        status_code=200,
        operation_class=taking("application/json"),
        responses=signed_in(Code.CONTENT_REFUSED, Code.BODY_TOO_LARGE, Code.TRY_LATER),
        security=SIGNED_IN,
        tags=["national interface"],
        name=f"national {path}",
        operation_id=f"national-{path}",
    )
    async def message(request: AnyRequest) -> Told:
        """One message of the national interface, as docs/records.md describes them: it is kept, or refused."""
        body = await request.body()
        source = await sync_to_thread(_source, house, request)
        engine, at = house.engines.intake, house.clock()
        told = await sync_to_thread(take, engine, house.vault, body, source=source, at=at)
        if told.outcome not in (Outcome.TAKEN, Outcome.KNOWN):
            raise Problem(Code.CONTENT_REFUSED, reasons=told.reasons, place=told.place)
        return Told(told.biz_seq_no, told.outcome, told.not_accepted)

    return message


def _take(house: House, together: Together, body: bytes, form: intake.Form, source: Source) -> Taken:
    engine, at = house.engines.intake, house.clock()
    if form == "fhir":
        rows = together.take(body, source=source, at=at)
        counts = {outcome: sum(row.outcome == outcome for row in rows) for outcome in Outcome}
        return _taken(None, Settled(len(rows), **{name.value: count for name, count in counts.items()}), rows)
    key, settled = intake.take(engine, house.vault, BytesIO(body), form=form, source=source, at=at)
    with reading(engine) as connection:
        return _taken(key, settled, list(intakes.reports(connection, key)))


def _taken(key: str | None, settled: Settled, rows: Sequence[RowReport]) -> Taken:
    return Taken(
        intake=key,
        taken=settled.taken,
        known=settled.known,
        held=settled.held,
        refused=settled.refused,
        rows=tuple(rows),
    )


def _source(house: House, request: AnyRequest) -> Source:
    """How what the caller sends is read. Raises `Problem` (NOT_ALLOWED) for a client that is registered without."""
    found = clients.find(house.engines.api, caller(request).account_id, at=house.clock())
    if found is None:
        raise Problem(Code.SIGN_IN_NEEDED)
    if found.source is None:
        raise Problem(Code.NOT_ALLOWED)
    return source_of(found.source)


@lru_cache(maxsize=1024)
def source_of(text: str) -> Source:
    """How what a program sends is read, as it was registered."""
    return msgspec.json.decode(text, type=Source)
