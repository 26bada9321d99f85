"""WHO's Digital Documentation of COVID-19 Certificates (DDCC), of vaccinations and of tests: read only.

Under claim -260 it has the keys 3 (vaccination) and 4 (test result); WHO's own sample codes have no claims of a CWT
around it, and are read as well. The event stands in a map of its own or, in those samples, beside the holder. There is
no reading of which person's number an `identifier` is, unless it is the certificate's own (a UVCI).
"""

from typing import Any, Final

from pratique.formats import _cbor
from pratique.formats.hcert._who_values import (
    Map,
    Validity,
    a_map,
    begin_of,
    code,
    country,
    day,
    end_of,
    maps_of,
    needed,
    number,
    sampled,
    text,
    wrong,
)
from pratique.model.certificate import AnyClaim, Certificate, Name, Person, Test, Vaccination, kind_of
from pratique.model.reasons import Reason

NAME: Final = "ddcc"
KEYS: tuple[int, ...] = (3, 4)
"""The DDCC's claims of a vaccination and of a test result (WHO SMART Trust, logical model HCert)."""

_VACCINATION: Final = "vaccination"
_TEST: Final = "test"
_UVCI: Final = "URN:UVCI:"


def is_bare(claims: Map) -> bool:
    """Whether what stands where a CWT should is a DDCC itself: text keys alone, a holder and an event."""
    return "name" in claims and ("vaccine" in claims or _VACCINATION in claims or _TEST in claims)


def read(payload: object) -> Certificate:
    """The certificate. Raises `MalformedCertificate`. Several maps (0..* in WHO's model) must state one holder."""
    entries = maps_of(payload)
    holder = _holder(entries[0])
    if any(_holder(entry) != holder for entry in entries):
        wrong(Reason.CONTENT_NAME, "name")
    return Certificate(holder, tuple(map(_claim, entries)))


def validity(payload: object) -> Validity:
    """The period that the certificate states of itself; of several maps, what all of them state."""
    begins, ends = [], []
    for entry in maps_of(payload):
        period = a_map(a_map(entry, "certificate"), "period")
        begins.append(begin_of(day(entry, "valid_from") or day(period, "start")))
        ends.append(end_of(day(entry, "valid_until") or day(period, "end")))
    return Validity(
        max((moment for moment in begins if moment), default=None),
        min((moment for moment in ends if moment), default=None),
    )


def _holder(entry: Map) -> Person:
    name = text(entry, "name")
    if name is None:
        wrong(Reason.CONTENT_NAME, "name")
    return Person(Name(family=name), day(entry, "birthDate"))


def _claim(entry: Map) -> AnyClaim:
    if entry.get(_TEST) is not None:
        return _test(entry, a_map(entry, _TEST))
    return _vaccination(entry, a_map(entry, _VACCINATION) or entry)


def _shared(entry: Map, event: Map) -> dict[str, Any]:
    """What every claim states: its identifier, who vouches, and where the event took place."""
    certificate = a_map(entry, "certificate")
    identifier = entry.get("identifier")
    own = identifier if isinstance(identifier, str) and identifier.upper().startswith(_UVCI) else None
    return {
        "uvci": _identifier(certificate, "hcid")
        or text(entry, "hcid")
        or text({"identifier": own}, "identifier")
        or "",
        "issuer": _identifier(certificate, "issuer") or "",
        "country": needed(country(event, "country"), "country"),
    }


def _identifier(entry: Map, name: str) -> str | None:
    """A text, or the value or name of a FHIR Identifier or Reference."""
    value = entry.get(name)
    if isinstance(value, _cbor.MAPS):
        return text(value, "value", "display", "reference")
    return text(entry, name)


def _vaccination(entry: Map, event: Map) -> Vaccination:
    manufacturer = event.get("manufacturer")
    return Vaccination(
        **_shared(entry, event),
        disease=needed(code(event, "disease"), "disease"),
        date=needed(day(event, "date"), "date"),
        prophylaxis=code(event, "vaccine"),
        product=code(event, "brand"),
        manufacturer=code(event, "maholder")
        or code(event, "ma_holder")
        or (code(event, "manufacturer") if isinstance(manufacturer, _cbor.MAPS) else None),
        dose=number(event, "dose"),
        doses=number(event, "totalDoses", "total_doses"),
        lot=text(event, "lot"),
    )


def _test(entry: Map, event: Map) -> Test:
    method = code(event, "type")
    kind, analyte = kind_of(method)
    centre = event.get("centre")
    moment, day_only = needed(sampled(event, "date"), "date")
    return Test(
        **_shared(entry, event),
        disease=needed(code(event, "pathogen"), "pathogen"),
        kind=kind,
        analyte=analyte,
        method=method,
        sampled=moment,
        day_only=day_only,
        result=needed(code(event, "result"), "result"),
        device=code(event, "brand"),
        centre=text(centre, "display", "code") if isinstance(centre, _cbor.MAPS) else text(event, "centre"),
    )
