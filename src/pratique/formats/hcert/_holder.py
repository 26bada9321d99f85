"""The holder of an ITHC and of an entry permit: the same map (docs/formats/ithc.md, "Holder"), read, written, judged.

What is read raises `MalformedCertificate` whose detail is the path of keys, as for all values of these profiles.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from pratique.formats.hcert import _ithc_layout as layout
from pratique.formats.hcert._ithc_values import Map, bytes_at, day_at, inside, map_at, text_at, text_or_none_at, wrong
from pratique.model.certificate import Name, Person, TravelDocument
from pratique.model.dates import PartialDate
from pratique.model.errors import MalformedCertificate, Refusal
from pratique.model.reasons import Reason

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_DOCUMENT_KIND: Final = re.compile(r"[A-Z<]{1,2}")
_DOCUMENT_COUNTRY: Final = re.compile(r"[A-Z<]{1,3}")
_DOCUMENT_TAIL: Final = re.compile(r"[A-Z0-9<]{1,3}")


def read_holder(raw: Map) -> Person:
    family_icao, given_icao = _icao(raw, layout.FAMILY_ICAO), _icao(raw, layout.GIVEN_ICAO)
    if family_icao is None and given_icao is None:
        raise wrong(Reason.CONTENT_NAME, layout.FAMILY_ICAO)
    name = Name(text_or_none_at(raw, layout.FAMILY), text_or_none_at(raw, layout.GIVEN), family_icao, given_icao)
    document = None
    if layout.DOCUMENT in raw:
        raw_document = map_at(raw, layout.DOCUMENT)
        try:
            document = _document(raw_document)
        except MalformedCertificate as error:
            raise inside(layout.DOCUMENT, error) from None
    return Person(name, day_at(raw, layout.BIRTH_DATE) if layout.BIRTH_DATE in raw else None, document)


def _document(raw: Map) -> TravelDocument:
    return TravelDocument(
        text_at(raw, layout.DOCUMENT_KIND, 2),
        text_at(raw, layout.DOCUMENT_COUNTRY, 3),
        text_at(raw, layout.DOCUMENT_TAIL, 3),
        bytes_at(raw, layout.DOCUMENT_SALT, 8, 16),
        bytes_at(raw, layout.DOCUMENT_DIGEST, 16, 16),
    )


def _icao(raw: Map, key: int) -> str | None:
    text = text_or_none_at(raw, key)
    if text is not None and layout.ICAO.fullmatch(text) is None:
        raise wrong(Reason.CONTENT_NAME, key)
    return text


def write_holder(holder: Person) -> dict[int, object]:
    name, document = holder.name, holder.document
    return without_none(
        {
            layout.FAMILY: name.family,
            layout.GIVEN: name.given,
            layout.FAMILY_ICAO: name.family_icao,
            layout.GIVEN_ICAO: name.given_icao,
            layout.BIRTH_DATE: holder.birth_date and write_date(holder.birth_date),
            layout.DOCUMENT: document
            and {
                layout.DOCUMENT_KIND: document.kind,
                layout.DOCUMENT_COUNTRY: document.country,
                layout.DOCUMENT_TAIL: document.tail,
                layout.DOCUMENT_SALT: document.salt,
                layout.DOCUMENT_DIGEST: document.digest,
            },
        }
    )


def without_none(fields: dict[int, object]) -> dict[int, object]:
    return {key: value for key, value in fields.items() if value is not None}


def write_date(day: PartialDate) -> object:
    if day.complete:
        return day.first.toordinal() - layout.EPOCH_DAY
    return [day.year] if day.month is None else [day.year, day.month]


def holder_refused(holder: Person) -> Iterator[Refusal]:
    """Why, and where, we sign nothing about this holder."""
    icao = stated(holder.name, "family_icao", "given_icao")
    if not icao:
        yield Refusal(Reason.ISSUE_NAME, "holder.name")
    for field, form in icao:
        if not layout.ICAO.fullmatch(form) or len(form) > layout.MAX_TEXT:
            yield Refusal(Reason.ISSUE_NAME, f"holder.name.{field}")
    for field, part in stated(holder.name, "family", "given"):
        if not carried(part):
            yield Refusal(Reason.ISSUE_FIELD, f"holder.name.{field}")
    if holder.document is not None and not _document_carried(holder.document):
        yield Refusal(Reason.ISSUE_FIELD, "holder.document")


def stated(struct: object, *fields: str) -> list[tuple[str, Any]]:
    """Those of the fields that the struct has and states, by name."""
    pairs = ((field, getattr(struct, field, None)) for field in fields)
    return [(field, value) for field, value in pairs if value is not None]


def carried(text: str, longest: int = layout.MAX_TEXT) -> bool:
    """HCERT wants texts in Unicode normalization form C; control characters belong in no name."""
    return 0 < len(text) <= longest and unicodedata.is_normalized("NFC", text) and _CONTROL.search(text) is None


def _document_carried(document: TravelDocument) -> bool:
    return (
        _DOCUMENT_KIND.fullmatch(document.kind) is not None
        and _DOCUMENT_COUNTRY.fullmatch(document.country) is not None
        and _DOCUMENT_TAIL.fullmatch(document.tail) is not None
        and 8 <= len(document.salt) <= 16
        and len(document.digest) == 16
    )
