"""What a source sent, one entry for each record: FHIR R4 resources, whether they came as such or as rows of a table.

Nothing here is stored. An entry that cannot be read is one that says why, and never what it held.
"""

from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct, structs

from pratique.authority.records.sources import Source
from pratique.authority.store.people import Papers
from pratique.model import fhir, uvci
from pratique.model._fhir import is_another
from pratique.model.certificate import AnyClaim, Name
from pratique.model.dates import PartialDate
from pratique.model.errors import MalformedRecord
from pratique.model.lines import is_line
from pratique.model.reasons import Reason
from pratique.model.valueset import Code

PASSPORT_SYSTEM = "http://hl7.org/fhir/sid/passport-"
"""Followed by the issuing state in three letters: HL7's identifier systems for passports."""
MOST = 1000
"""Entries of one bundle: `model.fhir` reads no more either."""
TELLING = 6
"""Characters of a document's number from which on a text does not hold it by chance."""
LONGEST_NAME = 256
"""Characters of a family's or a given name: `model.fhir` reads no longer text."""
_CLAIMS = frozenset({"Immunization", "Observation", "Condition"})
Resource = dict[str, Any]


class Whose(Struct, frozen=True):
    """Whose record it is to be: the number of a document, and what else the source says of its holder."""

    papers: Papers
    name: Name | None
    birth_date: PartialDate | None

    def __post_init__(self) -> None:
        """Raises `MalformedRecord` for a name that a screen would not show as it is, or that is no name's length."""
        for part in () if self.name is None else (self.name.family or "", self.name.given or ""):
            if not is_line(part):
                raise MalformedRecord(Reason.RECORD_FIELD_INVALID, detail="name (a control character)")
            if len(part) > LONGEST_NAME:
                raise MalformedRecord(Reason.RECORD_FIELD_INVALID, detail=f"name (over {LONGEST_NAME} characters)")


class Entry(Struct, frozen=True):
    """One record as it was sent. `claim` has the UVCI of its source, or an empty one."""

    place: int
    whose: Whose
    claim: AnyClaim
    identifier: str | None
    """The source's own name for it."""


class Wrong(Struct, frozen=True):
    """One that cannot be taken, and why: `held` for whoever can complete it, or else refused."""

    place: int
    reasons: tuple[Reason, ...]
    detail: str
    held: bool = False


Read = Entry | Wrong


def documents(lines: Iterator[bytes], source: Source, first: int = 1) -> Iterator[Read]:
    """The entries of JSON documents, each a Bundle of one Patient or one resource, numbered from `first`."""
    place = first
    for line in lines:
        if not line.strip():
            continue
        try:
            document = msgspec.json.decode(line.removeprefix(BOM_UTF8))
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            yield Wrong(place, (Reason.RECORD_KIND,), "not JSON")
            place += 1
            continue
        for read in document_entries(document, source, place):
            yield read
            place += 1


def document_entries(document: object, source: Source, first: int = 1) -> Iterator[Read]:
    """The entries of one Bundle or resource, numbered from `first`; at least one."""
    if not isinstance(document, dict):
        yield Wrong(first, (Reason.RECORD_KIND,), "not a resource")
        return
    if document.get("resourceType") != "Bundle":
        yield entry(document, _contained(document), source, first)
        return
    listed = document.get("entry")
    entries = listed if isinstance(listed, list) else []
    resources = [each for each in entries if isinstance(each, dict) and isinstance(each.get("resource"), dict)]
    patients = [each for each in resources if each["resource"].get("resourceType") == "Patient"]
    records = [each["resource"] for each in resources if each["resource"].get("resourceType") != "Patient"]
    if len(patients) != 1 or not records or len(entries) > MOST:
        wanted = "one Patient" if len(patients) != 1 else "a record" if not records else f"at most {MOST} entries"
        reason = Reason.RECORD_FIELD_INVALID if records else Reason.RECORD_FIELD_MISSING
        yield Wrong(first, (reason,), f"Bundle.entry (has {wanted})")
        return
    for place, resource in enumerate(records, first):
        yield entry(resource, patients[0]["resource"], source, place, url=patients[0].get("fullUrl"))


def _contained(resource: Resource) -> Resource | None:
    """The Patient inside a resource that stands alone, if it has one."""
    parts = resource.get("contained")
    patients = [
        part
        for part in (parts if isinstance(parts, list) else [])
        if isinstance(part, dict) and part.get("resourceType") == "Patient"
    ]
    return patients[0] if len(patients) == 1 else None


def entry(resource: Resource, patient: Resource | None, source: Source, place: int, *, url: object = None) -> Read:
    """One resource as an entry, of the `patient` that came with it, under this `url` of its bundle.

    The closed list of conditions is applied before anything else is looked at.
    """
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or kind not in _CLAIMS:
        return Wrong(place, (Reason.RECORD_KIND,), "not an Immunization, Observation or Condition")
    try:
        claim = fhir.claim(
            resource,
            uvci=uvci.of_resource(resource) or "",
            issuer=source.issuer,
            country=source.country,
            evidence=source.grade,
        )
    except MalformedRecord as refusal:
        if Reason.RECORD_CONDITION in refusal.reasons:  # and nothing else that is wrong with it: that would tell
            return Wrong(place, (Reason.RECORD_CONDITION,), "")
        return Wrong(place, refusal.reasons, refusal.detail)
    if not all(map(is_line, _texts(claim))):
        return Wrong(place, (Reason.RECORD_FIELD_INVALID,), "a control character")
    try:
        whose = _whose(resource, patient, source, url)
    except MalformedRecord as refusal:
        return Wrong(place, refusal.reasons, refusal.detail, held=True)
    if _tells_number(claim, whose.papers):
        return Wrong(place, (Reason.RECORD_FIELD_INVALID,), "the number of the document, in another field")
    return Entry(place, whose, claim, _identifier(resource))


def _tells_number(claim: AnyClaim, papers: Papers) -> bool:
    """Whether a record would be kept with the number in the clear: in an identifier that is made of it, or a remark."""
    return len(papers.number) >= TELLING and any(papers.number in text.upper() for text in _texts(claim))


def _texts(claim: AnyClaim) -> Iterator[str]:
    """Whatever a claim holds that its source may have typed."""
    for value in structs.astuple(claim):
        if isinstance(value, Code):
            yield from (value.system, value.value)
        elif isinstance(value, str):
            yield value


def _identifier(resource: Resource) -> str | None:
    listed = resource.get("identifier")
    for each in listed if isinstance(listed, list) else []:
        if isinstance(each, dict) and isinstance(each.get("value"), str) and each["value"].strip():
            system = each.get("system")
            return f"{system if isinstance(system, str) else ''}|{each['value'].strip()}"
    return None


def _whose(resource: Resource, patient: Resource | None, source: Source, url: object) -> Whose:
    """Raises `MalformedRecord`: RECORD_PERSON without a document or of another, or what is wrong with the Patient."""
    element = "patient" if resource["resourceType"] == "Immunization" else "subject"
    reference = resource.get(element)
    named = _papers(reference.get("identifier") if isinstance(reference, dict) else None, source.identifiers)
    listed = (patient or {}).get("identifier")
    stated = [
        found for each in (listed if isinstance(listed, list) else []) if (found := _papers(each, source.identifiers))
    ]
    if (named and stated and named not in stated) or (patient and is_another(reference, patient, url)):
        raise MalformedRecord(Reason.RECORD_PERSON, detail=f"{element} (another than the Patient that came with it)")
    papers = stated[0] if stated else named
    if papers is None:
        raise MalformedRecord(Reason.RECORD_PERSON, detail="Patient.identifier (the number of a document)")
    if patient is None:
        return Whose(papers, None, None)
    person = fhir.person(patient)
    return Whose(papers, person.name, person.birth_date)


def documents_named(resource: object) -> tuple[Papers, ...]:
    """The passports by whose numbers a resource that stands alone says whose it is, or the Patient inside it."""
    if not isinstance(resource, dict):
        return ()
    listed = (_contained(resource) or {}).get("identifier")
    references = (resource.get("patient"), resource.get("subject"))
    logical = [each.get("identifier") for each in references if isinstance(each, dict)]
    stated = [*(listed if isinstance(listed, list) else []), *logical]
    return tuple(found for each in stated if (found := _papers(each, {})))


def _papers(identifier: object, systems: Mapping[str, str]) -> Papers | None:
    if not isinstance(identifier, dict):
        return None
    system, value = identifier.get("system"), identifier.get("value")
    if not isinstance(system, str) or not isinstance(value, str):
        return None
    country = systems.get(system)
    if country is None and system.startswith(PASSPORT_SYSTEM):
        country = system.removeprefix(PASSPORT_SYSTEM).upper()
    return papers_of(country, value) if country else None


def papers_of(country: str, number: str) -> Papers | None:
    """A document by its number as people type it: upper case, without blanks and hyphens; None for no number."""
    bare = "".join(character for character in number.upper() if character not in " -\u3000\t")
    usable = 4 <= len(bare) <= 20 and bare.isascii() and bare.isalnum()
    return Papers(country.upper(), bare) if usable and 1 <= len(country) <= 3 and country.isalpha() else None
