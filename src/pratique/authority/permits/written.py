"""An application as it is written down, in a file or in a request (docs/formats/permit.md)."""

import secrets
from collections.abc import Sequence
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from pratique.model import mrz
from pratique.model.certificate import Name, Person, TravelDocument
from pratique.model.dates import YEARS, Instant, PartialDate
from pratique.model.journey import Journey, Leg, place_of
from pratique.model.lines import is_line
from pratique.permits import NUMBER_OCTETS, Application, Attachment, Insurance, Lodging

Line = Annotated[str, Meta(min_length=1, max_length=80)]
Where = Annotated[str, Meta(max_length=10, description="A country, or a port of entry: ISO 3166-1, IATA, UN/LOCODE.")]
Scan = Annotated[str, Meta(max_length=100_000)]


class Written(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who travels, from where, to where and when, and what there is to show for it; files are beside it."""

    document: Annotated[str, Meta(max_length=200, description="The machine readable zone, its lines separated by /.")]
    birth_date: date
    family: Line | None = None
    given: Line | None = None
    origin: Where = msgspec.field(name="from")
    to: Where
    arrive: Instant
    board: Instant | None = None
    via: Annotated[tuple[Where, ...], Meta(max_length=10)] = ()
    carrier: Line | None = None
    scans: Annotated[tuple[Scan, ...], Meta(max_length=20)] = ()
    insurance: Insurance | None = None
    lodging: Lodging | None = None


class WrongField(ValueError):
    """What no calendar, map or passport has: `args` are the field of `Written`, as it is written, and what is wrong."""


def application_of(written: Written, attachments: Sequence[Attachment]) -> Application:
    """The application, under a number of its own. Raises `WrongField`, `MalformedDocument`."""
    zone = mrz.parse(written.document.replace("/", "\n"))
    document = TravelDocument.conceal(zone.kind, zone.country, zone.number, salt=secrets.token_bytes(16))
    _check_birth(written.birth_date, zone.birth_date)
    _check_lines(written)
    name = Name(written.family, written.given, zone.family_icao, zone.given_icao or None)
    return Application(
        number=secrets.token_bytes(NUMBER_OCTETS),
        holder=Person(name, PartialDate.of(written.birth_date), document),
        journey=_journey(written),
        scans=written.scans,
        carrier=written.carrier,
        insurance=written.insurance,
        lodging=written.lodging,
        attachments=tuple(attachments),
    )


def _check_lines(written: Written) -> None:
    """An officer reads them on a screen, which would obey a control character."""
    for field in ("family", "given", "carrier"):
        if not is_line(getattr(written, field) or ""):
            raise WrongField(field, "one line of text, without control characters")


def _check_birth(day: date, printed: str) -> None:
    """A passport prints two digits of the year, and fillers for what is not known."""
    agrees = all(digit in (typed, "<") for typed, digit in zip(day.strftime("%y%m%d"), printed, strict=True))
    if not agrees or day.year not in YEARS:
        raise WrongField("birth_date", "not that of the document")


def _journey(written: Written) -> Journey:
    country, port = _place(written.to, "to")
    via = tuple(_place(code, "via")[0] for code in written.via)
    origin = _place(written.origin, "from")[0]
    try:
        return Journey((Leg(country, written.arrive, port, via=via, board=written.board),), origin)
    except ValueError as fault:
        raise WrongField("arrive", str(fault)) from fault


def _place(code: str, field: str) -> tuple[str, str | None]:
    found = place_of(code)
    if found is None:
        raise WrongField(field, "a country (ISO 3166-1 alpha-2), an airport (IATA) or a seaport (UN/LOCODE)")
    return found
