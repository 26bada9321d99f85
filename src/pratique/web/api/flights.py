"""`POST /v1/flights/check`: one passenger or a whole flight before departure, for a carrier.

    passengers (scans, passport's lines) ─ answering.boarding ─► OK | NOK | CHECK, consequence, signed confirmation

What a certificate says is neither returned nor kept: there is no table for it. Whoever is not reached in time is CHECK.
"""

import csv
import io
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Annotated, Any

import msgspec
from litestar import post
from litestar.concurrency import sync_to_thread
from litestar.params import FromQuery, JSONBody
from msgspec import Meta, Struct, structs

from pratique.answering.boarding import Checked, Passenger, Result, check_all, counts
from pratique.bundle import Bundle
from pratique.model.consequence import Consequence
from pratique.model.errors import MalformedDocument
from pratique.model.journey import Journey
from pratique.model.mrz import MachineReadableZone
from pratique.model.reasons import Reason
from pratique.web.api import confirming
from pratique.web.api.house import House
from pratique.web.api.journeys import Trip, When, Where
from pratique.web.api.routes import caller
from pratique.web.api.schema import SIGNED_IN, signed_in, taking
from pratique.web.api.verifying import Lines, Scan, zone
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem

MOST = 1000
"""Passengers of one request: no aeroplane carries more; a ferry sends several."""
MAX_BODY = 16_000_000
"""A thousand passengers with three certificates each, of which the longest have about five thousand characters."""
COUNTS = timedelta(hours=24)
"""How long after the arrival a confirmation ends."""


class Travelling(Struct, frozen=True, forbid_unknown_fields=True):
    """A passenger; `reference` is the carrier's own name for them, such as a place in a booking."""

    reference: Annotated[str, Meta(min_length=1, max_length=64)]
    scans: Annotated[tuple[Scan, ...], Meta(max_length=12)] = ()
    document: Lines | None = None
    of_right: bool = False


class Flight(Struct, frozen=True, forbid_unknown_fields=True):
    """A departure and who is on it. `flight` is its name on that day, `arrive` when it lands."""

    flight: Annotated[str, Meta(min_length=2, max_length=40)]
    to: Where
    arrive: When
    passengers: Annotated[tuple[Travelling, ...], Meta(min_length=1, max_length=MOST)]
    origin: Where | None = None
    via: Annotated[tuple[Where, ...], Meta(max_length=10)] = ()
    board: When | None = None

    @property
    def journey(self) -> Journey:
        """Raises `Problem` (REQUEST_UNREADABLE)."""
        return Trip(self.to, self.arrive, self.via, origin=self.origin, board=self.board).read()


class Boarding(Struct, frozen=True, kw_only=True):
    """The answer for a passenger. `confirmation` is there for OK and NOK: a CHECK is nothing to confirm."""

    reference: str
    result: Result
    consequence: Consequence | None = None
    reasons: tuple[Reason, ...] = ()
    in_time: bool = True
    document_read: bool = True
    confirmation: str | None = None


class FlightChecked(Struct, frozen=True):
    """The answer for a flight: how many of each, and each passenger in the order of the request."""

    flight: str
    bundle: int | None
    at: datetime
    counts: dict[Result, int]
    passengers: tuple[Boarding, ...]


def handlers(house: House) -> Sequence[Any]:
    """The route."""

    @post(
        "/v1/flights/check",
        status_code=200,
        request_max_body_size=MAX_BODY,
        responses=signed_in(Code.BODY_TOO_LARGE),
        security=SIGNED_IN,
        tags=["carriers"],
    )
    async def flight(request: AnyRequest, data: JSONBody[Flight]) -> FlightChecked:
        """Check the passengers of a departure."""
        return await ask(request, data)

    @post(
        "/v1/flights/table",
        status_code=200,
        request_max_body_size=MAX_BODY,
        operation_class=taking("text/csv", text=True),
        responses=signed_in(Code.BODY_TOO_LARGE),
        security=SIGNED_IN,
        tags=["carriers"],
    )
    async def table(  # noqa: PLR0917  parameters of the address
        request: AnyRequest,
        flight: FromQuery[str],
        to: FromQuery[str],
        arrive: FromQuery[str],
        origin: FromQuery[str | None] = None,
        board: FromQuery[str | None] = None,
    ) -> FlightChecked:
        """The same for a table: reference, scan, document, of_right; rows of one reference are one passenger's."""
        stated = {"flight": flight, "to": to, "arrive": arrive, "origin": origin, "board": board}
        return await ask(request, _from_table(await request.body(), stated))

    async def ask(request: AnyRequest, asked: Flight) -> FlightChecked:
        ends = monotonic() + house.flight_seconds
        return await sync_to_thread(checked, house, asked, caller(request).account_id, ends)

    return [flight, table]


def checked(house: House, flight: Flight, carrier: str, ends: float) -> FlightChecked:
    """Check a flight, each passenger until the clock of the process shows `ends`; whoever is left then is CHECK."""
    bundle, at, journey = house.release.current(), house.now(), flight.journey
    passengers = [_passenger(each) for each in flight.passengers]
    found = check_all(passengers, bundle=bundle, journey=journey, at=at, out_of_time=lambda: monotonic() >= ends)
    told = []
    for passenger, stated, each in zip(passengers, flight.passengers, found, strict=True):
        unread = stated.document is not None and passenger.document is None
        token = _confirmation(house, flight, passenger.document, each, carrier=carrier, bundle=bundle, at=at)
        told.append(Boarding(**structs.asdict(each), document_read=not unread, confirmation=token))
    return FlightChecked(flight.flight, bundle.number or None, at, counts(found), tuple(told))


def _passenger(stated: Travelling) -> Passenger:
    """A passport that cannot be read is one that a person has to look at, and stops nobody else's check."""
    try:
        document = zone(stated.document) if stated.document is not None else None
    except MalformedDocument:
        document = None
    return Passenger(stated.reference, stated.scans, document, stated.of_right)


def _confirmation(
    house: House,
    flight: Flight,
    document: MachineReadableZone | None,
    told: Checked,
    *,
    carrier: str,
    bundle: Bundle,
    at: datetime,
) -> str | None:
    if told.result is Result.CHECK or document is None:
        return None
    jti = secrets.token_urlsafe(16)
    claims: dict[str, Any] = {
        "iss": house.address,
        "aud": carrier,
        "jti": jti,
        "iat": int(at.timestamp()),
        "exp": int((max(flight.arrive, at) + COUNTS).timestamp()),
        "flight": flight.flight,
        "to": flight.to,
        "arrive": flight.arrive.isoformat(),
        "person": confirming.person(jti, document),
        "result": told.result.value,
        "bundle": bundle.number,
    }
    if told.consequence is not None:
        claims["consequence"] = msgspec.to_builtins(told.consequence)
    return house.confirmation.sign(claims)


def _from_table(body: bytes, stated: dict[str, str | None]) -> Flight:
    given = {name: text for name, text in stated.items() if text is not None}
    try:
        rows = csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""))
        return msgspec.convert(given | {"passengers": listed(rows)}, Flight, strict=False)
    except msgspec.ValidationError as fault:  # its words may quote a value
        raise Problem(Code.REQUEST_UNREADABLE, place=where(fault)) from None
    except (UnicodeDecodeError, csv.Error, LookupError):
        raise Problem(Code.REQUEST_UNREADABLE, place="table") from None


def where(fault: msgspec.ValidationError) -> str:
    """The place that a fault of msgspec is about."""
    return str(fault).rpartition(" - at `")[2].rstrip("`") if " - at `" in str(fault) else ""


def listed(rows: Iterable[Mapping[str, str | None]]) -> list[dict[str, Any]]:
    """The passengers of a table, in their order; several rows of one reference are one passenger's scans.

    `LookupError` where the column reference or scan is missing.
    """
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        reference, scan = (row["reference"] or "").strip(), (row["scan"] or "").strip()
        passenger = found.setdefault(reference, {"reference": reference, "scans": [], "document": None})
        passenger["scans"] += [scan] if scan else []
        passenger["document"] = (row.get("document") or "").strip() or passenger["document"]
        passenger["of_right"] = passenger.get("of_right", False) or _yes(row.get("of_right"))
    return list(found.values())


def _yes(text: str | None) -> bool:
    return (text or "").strip().lower() in ("yes", "true", "1")
