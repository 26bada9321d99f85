"""The permit profile: one person's entry into the state that signs it, once (docs/formats/permit.md is normative).

    { 0: version, 1: holder, 2: origin, 3: port, 4: carrier, 5: opens, 6: closes, 7: consequence, 8: specimen }
    consequence = [ kind, days, place, test, [ test, day ] ], cut off after the last that is stated

A profile of our own under an unregistered key; the holder is that of an ITHC.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, TypeVar

from pratique.formats.hcert._holder import carried, holder_refused, read_holder, without_none, write_holder
from pratique.formats.hcert._ithc_values import (
    Map,
    array_at,
    inside,
    map_at,
    number_at,
    text_at,
    text_or_none_at,
    wrong,
)
from pratique.formats.hcert._who_values import Validity
from pratique.model.certificate import TestKind
from pratique.model.consequence import Consequence, ConsequenceKind, Place, Shortening
from pratique.model.countries import is_country
from pratique.model.dates import EPOCH, YEARS
from pratique.model.errors import MalformedCertificate, Refusal
from pratique.model.permit import LONGEST_WINDOW, Permit, Trip
from pratique.model.ports import PORTS
from pratique.model.reasons import Reason

T = TypeVar("T")

NAME: Final = "permit"
KEY: Final = -2024
"""The key of this profile in the `hcert` claim (-260)."""
KEYS: tuple[int, ...] = (KEY,)
MAJOR: Final = 1

VERSION, HOLDER, ORIGIN, PORT, CARRIER, OPENS, CLOSES, CONSEQUENCE, SPECIMEN = range(9)
_KINDS = tuple(ConsequenceKind)
_PLACES = tuple(Place)
_TESTS = tuple(TestKind)
"""A number is the place in these, and never changes its meaning: all are append-only."""
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_LAST: Final = int((datetime(YEARS.stop - 1, 1, 1, tzinfo=EPOCH.tzinfo) - EPOCH).total_seconds())


def read(payload: object) -> Permit:
    """The permit; its destination is empty, since the CWT around it names it. Raises `MalformedCertificate`."""
    if type(payload) is not dict:
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail="payload")
    raw: Map = payload
    if number_at(raw, VERSION, 0, 0xFFFF) != MAJOR:
        raise wrong(Reason.CONTENT_VERSION, VERSION)
    raw_holder = map_at(raw, HOLDER)
    try:
        holder = read_holder(raw_holder)
    except MalformedCertificate as error:
        raise inside(HOLDER, error) from None
    if holder.document is None:
        raise wrong(Reason.CONTENT_FIELD_MISSING, HOLDER)
    origin = text_at(raw, ORIGIN, 2)
    if not _COUNTRY.fullmatch(origin):
        raise wrong(Reason.CONTENT_FIELD_VALUE, ORIGIN)
    opens, closes = _instant(raw, OPENS), _instant(raw, CLOSES)
    if closes <= opens:
        raise wrong(Reason.CONTENT_FIELD_VALUE, CLOSES)
    specimen = raw.get(SPECIMEN, False)
    if type(specimen) is not bool:
        raise wrong(Reason.CONTENT_FIELD_TYPE, SPECIMEN)
    trip = Trip(origin, text_or_none_at(raw, PORT), text_or_none_at(raw, CARRIER))
    return Permit(
        destination="",
        holder=holder,
        trip=trip,
        opens=opens,
        closes=closes,
        consequence=_consequence(raw),
        specimen=specimen,
    )


def _instant(raw: Map, key: int) -> datetime:
    return EPOCH + timedelta(seconds=number_at(raw, key, 0, _LAST))


def _consequence(raw: Map) -> Consequence:
    """One that is complete, and no advice against boarding: whoever was permitted may board."""
    parts = array_at(raw, CONSEQUENCE, 5)
    listed = [*parts, *[None] * (5 - len(parts))]
    try:
        kind, days, place, test, shorter = listed
        found = Consequence(
            kind=_named(_KINDS, kind),
            days=None if days is None else _whole(days),
            place=None if place is None else _named(_PLACES, place),
            test=None if test is None else _named(_TESTS, test),
            shortened_by=None if shorter is None else _shortening(shorter),
        )
    except (TypeError, ValueError, IndexError):
        raise wrong(Reason.CONTENT_FIELD_VALUE, CONSEQUENCE) from None
    if not found.complete or found.kind is ConsequenceKind.NOT_ADVISED:
        raise wrong(Reason.CONTENT_FIELD_VALUE, CONSEQUENCE)
    return found


def _named(names: tuple[T, ...], number: object) -> T:
    return names[_whole(number)]


def _whole(number: object) -> int:
    if type(number) is not int or number < 0:
        raise ValueError("no number of ours")
    return number


def _shortening(parts: object) -> Shortening:
    if not isinstance(parts, list) or len(parts) != 2:
        raise ValueError("not a test and a day")
    return Shortening(_named(_TESTS, parts[0]), _whole(parts[1]))


def validity(payload: object) -> Validity:
    """It ends with its window. It is shown before that opens, to whoever carries the traveller there."""
    return Validity(None, read(payload).closes)


def write(permit: Permit) -> object:
    """The payload of a permit that `refusals` lets pass."""
    return without_none(
        {
            VERSION: MAJOR,
            HOLDER: write_holder(permit.holder),
            ORIGIN: permit.trip.origin,
            PORT: permit.trip.port,
            CARRIER: permit.trip.carrier,
            OPENS: int((permit.opens - EPOCH).total_seconds()),
            CLOSES: int((permit.closes - EPOCH).total_seconds()),
            CONSEQUENCE: _written(permit.consequence),
            SPECIMEN: permit.specimen or None,
        }
    )


def _written(consequence: Consequence) -> list[object]:
    shorter = consequence.shortened_by
    parts: list[object] = [
        _KINDS.index(consequence.kind),
        consequence.days,
        None if consequence.place is None else _PLACES.index(consequence.place),
        None if consequence.test is None else _TESTS.index(consequence.test),
        None if shorter is None else [_TESTS.index(shorter.test), shorter.day],
    ]
    while parts[-1] is None:
        parts.pop()
    return parts


def refusals(permit: Permit) -> Iterator[Refusal]:
    """Why, and where, we do not sign a permit."""
    yield from holder_refused(permit.holder)
    if permit.holder.document is None:
        yield Refusal(Reason.ISSUE_FIELD, "holder.document")
    if not is_country(permit.trip.origin):
        yield Refusal(Reason.ISSUE_FIELD, "trip.origin")
    port = permit.trip.port
    if port is not None and (port not in PORTS or PORTS[port].country != permit.destination):
        yield Refusal(Reason.ISSUE_FIELD, "trip.port")
    if permit.trip.carrier is not None and not carried(permit.trip.carrier):
        yield Refusal(Reason.ISSUE_FIELD, "trip.carrier")
    if not timedelta(0) < permit.closes - permit.opens <= LONGEST_WINDOW:
        yield Refusal(Reason.ISSUE_PERIOD, "closes")
    if not permit.consequence.complete or permit.consequence.kind is ConsequenceKind.NOT_ADVISED:
        yield Refusal(Reason.ISSUE_FIELD, "consequence")
