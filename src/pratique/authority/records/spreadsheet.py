"""Rows of a table (CSV) as FHIR resources, by the mapping of their source: one reader judges both."""

import csv
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo

from pratique.authority.records.entries import PASSPORT_SYSTEM, Entry, Read, Resource, Whose, Wrong, entry, papers_of
from pratique.authority.records.sources import OF_KIND, Field, Mapping, Source, code_of
from pratique.model import names
from pratique.model._fhir import codings_of
from pratique.model.dates import PartialDate
from pratique.model.errors import MalformedRecord
from pratique.model.reasons import Reason
from pratique.model.valueset import CONDITION_MAP

LONGEST_CELL = 1000
"""Characters; a longer one is an open quotation mark that swallowed the rows after it."""
LONGEST_LINE = 1_000_000
"""Octets: a hundred cells of the longest kind; a longer line is no table's."""
_CODE = re.compile(r"https?://[^|\s]+\|[^|\s]+")
Row = dict[Field, str]


class _Unfit(Exception):
    """One cell that cannot be read: the field, and why."""

    def __init__(self, reason: Reason, field: str) -> None:
        super().__init__(field)
        self.reason, self.field = reason, field


def rows(file: BinaryIO, source: Source) -> Iterator[Read]:
    """Each row under the headings as an entry, numbered from 1.

    Raises `MalformedRecord` (RECORD_MAPPING) before the first one where the headings are not what the mapping says, or
    the text is not in its encoding.
    """
    mapping = source.mapping
    if mapping is None:
        raise MalformedRecord(Reason.RECORD_MAPPING, detail="this source sends no tables: its file has no mapping")
    reader = csv.DictReader(_text(file, mapping.encoding), delimiter=mapping.delimiter, strict=True)
    try:
        headings = list(reader.fieldnames or ())
    except csv.Error:
        raise MalformedRecord(Reason.RECORD_MAPPING, detail="not a table") from None
    missing = [field for field, heading in mapping.columns.items() if heading not in headings]
    if missing:
        raise MalformedRecord(Reason.RECORD_MAPPING, detail=f"the table has no column for {', '.join(missing)}")
    twice = [field for field, heading in mapping.columns.items() if headings.count(heading) > 1]
    if twice:
        raise MalformedRecord(Reason.RECORD_MAPPING, detail=f"the table has two columns for {', '.join(twice)}")
    place = 0
    while True:
        place += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Wrong(place, (Reason.RECORD_FIELD_INVALID,), "the row cannot be taken apart")
            continue
        if None in cells:  # a comma inside a name moves all that comes behind it
            yield Wrong(place, (Reason.RECORD_FIELD_INVALID,), "more cells than headings")
            continue
        yield _read(cells, mapping, source, place)


def _text(file: BinaryIO, encoding: str) -> Iterator[str]:
    """The lines. One that is not in the encoding ends the reading: the rest would be read wrongly as well."""
    for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE + 1), b""), 1):
        if len(line) > LONGEST_LINE:
            raise MalformedRecord(Reason.RECORD_MAPPING, detail=f"line {number} is longer than {LONGEST_LINE} octets")
        try:
            yield line.decode(encoding if number == 1 else encoding.removesuffix("-sig"))
        except UnicodeDecodeError:
            raise MalformedRecord(Reason.RECORD_MAPPING, detail=f"line {number} is not in {encoding}") from None


def _read(cells: dict[str, str], mapping: Mapping, source: Source, place: int) -> Read:
    row: Row = dict(mapping.constants)
    for field, heading in mapping.columns.items():
        value = (cells.get(heading) or "").strip()
        if len(value) > LONGEST_CELL:
            return Wrong(place, (Reason.RECORD_FIELD_INVALID,), field)
        if value:
            row[field] = value
    kind = row.get("kind", "")
    if kind not in OF_KIND:
        return Wrong(place, (Reason.RECORD_KIND,), "kind (vaccination, test or recovery)")
    missing = sorted(field for field in OF_KIND[kind] if field not in row)
    if missing:
        return Wrong(place, (Reason.RECORD_FIELD_MISSING,), ", ".join(missing))
    try:
        resource = _RESOURCES[kind](row, mapping)
    except _Unfit as unfit:
        # a word that no table of this source knows is a question to a person, and no answer
        return Wrong(place, (unfit.reason,), unfit.field, held=unfit.reason is Reason.RECORD_CODE)
    return _of_somebody(resource, row, mapping, source, place)


def _of_somebody(resource: Resource, row: Row, mapping: Mapping, source: Source, place: int) -> Read:
    if "identifier" in row:
        resource["identifier"] = [{"value": row["identifier"]}]
    papers = papers_of(row.get("document_country", source.document_country), row.get("document", ""))
    if papers is not None:
        system = f"{PASSPORT_SYSTEM}{papers.country}"
        resource["patient"] = resource["subject"] = {"identifier": {"system": system, "value": papers.number}}
    found = entry(resource, None, source, place)
    if not isinstance(found, Entry):
        unnamed = Reason.RECORD_PERSON in found.reasons
        return Wrong(place, found.reasons, "document", held=True) if unnamed else found
    if "family" not in row and "given" not in row:
        return Wrong(place, (Reason.RECORD_PERSON,), "family", held=True)
    try:
        name = names.name(
            row.get("family"),
            row.get("given"),
            family_latin=row.get("family_latin"),
            given_latin=row.get("given_latin"),
        )
        born = _born(row["birth_date"], mapping.dates) if "birth_date" in row else None
        whose = Whose(found.whose.papers, name, born)
    except ValueError:
        return Wrong(place, (Reason.RECORD_PERSON,), "family, given or birth_date", held=True)
    except MalformedRecord as refusal:
        return Wrong(place, refusal.reasons, refusal.detail, held=True)
    return Entry(place, whose, found.claim, found.identifier)


def _concept(row: Row, mapping: Mapping, field: Field) -> dict[str, object] | None:
    word = row.get(field)
    if word is None:
        return None
    code = mapping.words.get(field, {}).get(word)
    if code is None and _CODE.fullmatch(word):
        code = code_of(word)
    if code is None:
        raise _Unfit(Reason.RECORD_CODE, field)
    return {"coding": [{"system": code.system, "code": code.value}]}


def _day(row: Row, mapping: Mapping, field: Field) -> str:
    try:
        return datetime.strptime(row[field], mapping.dates).date().isoformat()  # noqa: DTZ007  a day has no zone
    except ValueError:
        raise _Unfit(Reason.RECORD_FIELD_INVALID, field) from None


def _born(text: str, dates: str) -> PartialDate:
    """A birth date as the table writes dates, or `YYYY[-MM[-DD]]`, of whom no day is known. Raises `ValueError`."""
    try:
        return PartialDate.parse(datetime.strptime(text, dates).date().isoformat())  # noqa: DTZ007
    except ValueError:
        return PartialDate.parse(text)


def _moment(row: Row, mapping: Mapping, field: Field) -> str:
    text = row[field]
    try:
        moment = datetime.strptime(text, mapping.times) if mapping.times else datetime.fromisoformat(text)  # noqa: DTZ007
    except ValueError:
        raise _Unfit(Reason.RECORD_FIELD_INVALID, field) from None
    if moment.tzinfo is None and mapping.zone:
        moment = moment.replace(tzinfo=ZoneInfo(mapping.zone))
    return moment.isoformat()


def _disease(row: Row, mapping: Mapping) -> dict[str, object] | None:
    """A disease that no table knows is none of ours, whatever it is."""
    try:
        concept = _concept(row, mapping, "disease")
    except _Unfit:
        raise _Unfit(Reason.RECORD_CONDITION, "") from None
    if concept is not None and CONDITION_MAP.map(codings_of(concept)[0]) is None:
        raise _Unfit(Reason.RECORD_CONDITION, "")
    return concept


def _vaccination(row: Row, mapping: Mapping) -> Resource:
    disease = _disease(row, mapping)
    protocol: Resource = {"targetDisease": [disease]} if disease else {}
    protocol |= {f"{element}String": row[field] for field, element in _COUNTS.items() if field in row}
    return {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": _concept(row, mapping, "product"),
        "occurrenceDateTime": _day(row, mapping, "date"),
        "protocolApplied": [protocol],
    }


def _test(row: Row, mapping: Mapping) -> Resource:
    _disease(row, mapping)  # what its type says decides, but a row about anything else goes no further
    device = _concept(row, mapping, "device")
    coded = device["coding"][0] if device else {}  # type: ignore[index]
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": _concept(row, mapping, "method"),
        "effectiveDateTime": _moment(row, mapping, "sampled"),
        "valueCodeableConcept": _concept(row, mapping, "result"),
        "method": {"text": row["test_name"]} if "test_name" in row else None,
        "device": {"identifier": {"system": coded["system"], "value": coded["code"]}} if device else None,
        "performer": [{"display": row["centre"]}] if "centre" in row else None,
    }


def _recovery(row: Row, mapping: Mapping) -> Resource:
    return {
        "resourceType": "Condition",
        "code": _disease(row, mapping),
        "onsetDateTime": _day(row, mapping, "first_positive"),
    }


_COUNTS: dict[Field, str] = {"dose": "doseNumber", "doses": "seriesDoses"}
_RESOURCES: dict[str, Callable[[Row, Mapping], Resource]] = {
    "vaccination": _vaccination,
    "test": _test,
    "recovery": _recovery,
}
