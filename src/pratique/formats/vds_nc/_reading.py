"""Reading the message of a VDS-NC (`icao.vacc` and `icao.test`), once its signature held; limits bound the work.

Places are named as they stand: `ve[0].vd[1].dvc`. A value that was read is never in a detail.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from pratique.formats.vds_nc import _codes as codes
from pratique.model import uvci
from pratique.model.certificate import AnyClaim, Certificate, Name, Person, Test, TravelDocument, Vaccination
from pratique.model.countries import FICTIONAL
from pratique.model.dates import PartialDate, first_moment, parse_instant
from pratique.model.dcc import MOST_DOSES
from pratique.model.errors import MalformedCertificate
from pratique.model.names import to_icao
from pratique.model.reasons import Reason
from pratique.model.valueset import CONDITION_MAP, COVID_19, DISEASE_MAP, ICD_11, Code

MOST_EVENTS: Final = 64
"""Several times a lifetime's doses; bounds the work a trusted but careless key can make."""
LONGEST_TEXT: Final = 256
"""Six times the longest text of the field table (a name, 39)."""

_DIGITS: Final = re.compile(r"[0-9]{1,2}", re.ASCII)
_TRAVEL_DOCUMENT: Final = re.compile(r"[PACI][A-Z<]?")
"""`dt` of what a traveller shows at a border (ICAO 9303-4 and -5); not a visa (V) or a driving licence (D)."""
_DIVIDED: Final = re.compile(r"\s*(?:<<|,|\s{2})[\s<]*")
"""Between family and given names: as the machine readable zone writes it, with fillers or as blanks, or a comma."""

_UNKNOWN: Final = re.compile(r"(?:-(?:00|XX|<<)){1,2}\Z")
"""Day, or month and day, of a birth that is not known in full: zeros, or what passports have there."""
_ZONED: Final = re.compile(r".*[T ].*(?:Z|[+-]\d{2}(?::?\d{2})?)", re.ASCII | re.IGNORECASE)

_Entry = dict[str, Any]


def certificate(message: _Entry, *, kind: str, issuer: str, salt: bytes) -> Certificate:
    """The certificate in a message of the type `kind`; `issuer` is the issuing state as the header writes it.

    `salt` conceals the number of the travel document. The seal of a fictional state is a specimen: nothing else in it
    could say so. Raises `MalformedCertificate` with one `CONTENT_...` reason whose detail is the place.
    """
    pid = _part(message, "pid")
    document = _document_vaccination(pid, salt) if kind == "icao.vacc" else _document_test(pid, salt)
    sex = codes.SEXES.get((_text(pid, "sex", "pid.") or "").upper())
    holder = Person(_name(pid), _birth_date(pid), document, sex)
    claims: tuple[AnyClaim, ...] = (
        tuple(_vaccinations(message, issuer)) if kind == "icao.vacc" else (_test(message, issuer),)
    )
    if not claims:
        raise MalformedCertificate(Reason.CONTENT_EMPTY, detail="ve")
    return Certificate(holder, claims, specimen=issuer in FICTIONAL.values())


def identifiers(message: _Entry, *, kind: str, issuer: str) -> frozenset[tuple[str, str]]:
    """By what a seal can be revoked: its own identifier under its issuer, and each record's that nobody can guess.

    Identifiers of seals are short and each state gives its own, so that they mean nothing without it.
    """
    key = "uvci" if kind == "icao.vacc" else "utci"
    stated = _text(message, key)
    if stated is None:
        return frozenset()
    records = {("record", uvci.opaque_part(piece)) for piece in stated.split("/") if uvci.unguessable(piece)}
    return frozenset({(key, f"{issuer}:{stated.upper()}"), *records})


def _vaccinations(message: _Entry, issuer: str) -> Iterator[Vaccination]:
    events = _list(message, "ve")
    doses = [
        (f"ve[{place}]", event, f"ve[{place}].vd[{number}]", dose)
        for place, event in enumerate(events)
        for number, dose in enumerate(_list(event, "vd", f"ve[{place}]."))
    ]
    if len(doses) > MOST_EVENTS:
        raise MalformedCertificate(Reason.CONTENT_FIELD_LENGTH, detail="ve")
    named = _records(_needed(_text(message, "uvci"), "uvci"), len(doses))
    for (event_place, event, place, dose), identifier in zip(doses, named, strict=True):
        vaccine = _stated(event, "des", f"{event_place}.")
        disease = _text(event, "dis", f"{event_place}.")
        yield Vaccination(
            uvci=identifier,
            disease=_disease(disease, vaccine),
            country=codes.country_of(_stated(dose, "ctr", f"{place}.")),
            issuer=_text(dose, "adm", f"{place}.") or issuer,
            date=_date(dose, "dvc", f"{place}."),
            prophylaxis=Code(ICD_11, vaccine),
            product=codes.product(_stated(event, "nam", f"{event_place}."), vaccine),
            dose=_dose(dose, f"{place}.seq"),
            lot=_text(dose, "lot", f"{place}."),
        )


def _records(stated: str, count: int) -> list[str]:
    """An identifier for each dose: its record's where the seal names them all, the seal's own if there is one dose.

    Else none: doses under one identifier would pass for one event told twice.
    """
    pieces = stated.split("/")
    if len(pieces) == count and all(map(uvci.unguessable, pieces)):
        return pieces
    return [stated] if count == 1 else [""] * count


def _disease(stated: str | None, vaccine: str) -> Code:
    """The disease as stated, or as the vaccine's code tells; a vaccine that no map knows leaves it open."""
    if stated is not None:
        code = Code(ICD_11, stated)
        return CONDITION_MAP.map(code) or code
    return DISEASE_MAP.map(Code(ICD_11, vaccine)) or Code(ICD_11, vaccine)


def _test(message: _Entry, issuer: str) -> Test:
    facility, times, told = (_part(message, key) for key in ("sp", "dat", "tr"))
    kind, method = codes.test_type(_stated(told, "tc", "tr."))
    centre = _text(facility, "spn", "sp.")
    sampled, zoned = _instant(times, "sc", "dat.")
    return Test(
        uvci=_stated(message, "utci"),
        disease=COVID_19,  # what proofs of testing are about, though no field says so
        country=codes.country_of(_stated(facility, "ctr", "sp.")),
        issuer=centre or issuer,
        kind=kind,
        method=method,
        sampled=sampled if zoned else first_moment(sampled.date()),
        day_only=not zoned,
        result=codes.result(_stated(told, "r", "tr.")),
        centre=centre,
    )


def _name(pid: _Entry) -> Name:
    """The name, divided where it shows where; one that does not is kept whole, as a family name alone."""
    stated = _text(pid, "n", "pid.", blanks=True)
    parts = [part.replace("<", " ").strip() for part in _DIVIDED.split(stated or "", maxsplit=1)]
    family, given = (*(" ".join(part.split()) or None for part in parts), None)[:2]
    if not (family or given):
        raise MalformedCertificate(Reason.CONTENT_NAME, detail="pid.n")
    return Name(family, given, _icao(family), _icao(given))


def _icao(part: str | None) -> str | None:
    try:
        return to_icao(part) or None if part else None
    except ValueError:  # a script without a table: the native form is all there is
        return None


def _birth_date(pid: _Entry) -> PartialDate | None:
    stated = _text(pid, "dob", "pid.")
    if stated is None:
        return None
    try:
        return PartialDate.parse(_UNKNOWN.sub("", stated.upper()))
    except ValueError:
        raise MalformedCertificate(Reason.CONTENT_DATE, detail="pid.dob") from None


def _document_vaccination(pid: _Entry, salt: bytes) -> TravelDocument | None:
    """`i`: neither its kind nor the state that issued it is said."""
    number = _number(pid, "i")
    return None if number is None else TravelDocument.conceal("", "", number, salt=salt)


def _document_test(pid: _Entry, salt: bytes) -> TravelDocument | None:
    """`dn`, if `dt` is of a document that a traveller shows at a border."""
    kind, number = (_text(pid, "dt", "pid.") or "").upper(), _number(pid, "dn")
    if number is None or not _TRAVEL_DOCUMENT.fullmatch(kind):
        return None
    return TravelDocument.conceal(kind, "", number, salt=salt)


def _number(pid: _Entry, key: str) -> str | None:
    """A document number as the machine readable zone has it, without blanks and fillers."""
    stated = _text(pid, key, "pid.")
    return None if stated is None else "".join(stated.upper().replace("<", " ").split()) or None


def salt_of(signature: bytes) -> bytes:
    """Sixteen octets that differ from seal to seal: nothing here draws random ones."""
    return hashlib.sha256(b"VDS-NC document" + signature).digest()[:16]


def _part(entry: _Entry, key: str, place: str = "") -> _Entry:
    value = _needed(entry.get(key), place + key)
    if not isinstance(value, dict):
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=place + key)
    return value


def _list(entry: _Entry, key: str, place: str = "") -> list[_Entry]:
    value = _needed(entry.get(key), place + key)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=place + key)
    if len(value) > MOST_EVENTS:
        raise MalformedCertificate(Reason.CONTENT_FIELD_LENGTH, detail=place + key)
    return value


def _needed(value: Any, place: str) -> Any:
    if value is None:
        raise MalformedCertificate(Reason.CONTENT_FIELD_MISSING, detail=place)
    return value


def _text(entry: _Entry, key: str, place: str = "", *, blanks: bool = False) -> str | None:
    """A text in NFC, trimmed; None for one that is missing, null or empty. `blanks` keeps those within as they are."""
    value = entry.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=place + key)
    text = unicodedata.normalize("NFC", value).strip()
    if len(text) > LONGEST_TEXT:
        raise MalformedCertificate(Reason.CONTENT_FIELD_LENGTH, detail=place + key)
    return (text if blanks else " ".join(text.split())) or None


def _stated(entry: _Entry, key: str, place: str = "") -> str:
    text: str = _needed(_text(entry, key, place), place + key)
    return text


def _date(entry: _Entry, key: str, place: str) -> PartialDate:
    try:
        return PartialDate.parse(_stated(entry, key, place))
    except ValueError:
        raise MalformedCertificate(Reason.CONTENT_DATE, detail=place + key) from None


def _instant(entry: _Entry, key: str, place: str) -> tuple[datetime, bool]:
    """A moment, and whether its zone is stated: without one only its day is known, wherever that was."""
    stated = _stated(entry, key, place)
    try:
        moment = parse_instant(stated)
    except ValueError:
        raise MalformedCertificate(Reason.CONTENT_DATE, detail=place + key) from None
    if not 1 < moment.year < 9999:  # so near the ends of the calendar an instant has no form in other zones
        raise MalformedCertificate(Reason.CONTENT_DATE, detail=place + key)
    return moment, _ZONED.fullmatch(stated) is not None


def _dose(entry: _Entry, place: str) -> int:
    """`seq`: a number, which issuers have also written as text."""
    value = _needed(entry.get("seq"), place)
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is int and 1 <= value <= MOST_DOSES:
        return value
    raise MalformedCertificate(
        Reason.CONTENT_NUMBER if type(value) in (int, float) else Reason.CONTENT_FIELD_TYPE, detail=place
    )
