"""What a source sent, one entry for each record: FHIR R4 resources, whether they came as such or as rows of a table.

Nothing here is stored. An entry that cannot be read is one that says why, and never what it held.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct, structs

from pratique.authority.records.sources import Source
from pratique.authority.store.people import Papers
from pratique.model import fhir, uvci
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
_CLAIMS = frozenset({"Immunization", "Observation", "Condition"})
Resource = dict[str, Any]


class Whose(Struct, frozen=True):
    """Whose record it is to be: the number of a document, and what else the source says of its holder."""

    papers: Papers
    name: Name | None
    birth_date: PartialDate | None

    def __post_init__(self) -> None:
        """Raises `MalformedRecord` for a name that a screen would not show as it is."""
        name = self.name
        if name is not None and not (is_line(name.family or "") and is_line(name.given or "")):
            raise MalformedRecord(Reason.RECORD_FIELD_INVALID, detail="name (a control character)")


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
            document = msgspec.json.decode(line)
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
    resources = [
        each["resource"] for each in entries if isinstance(each, dict) and isinstance(each.get("resource"), dict)
    ]
    patients = [resource for resource in resources if resource.get("resourceType") == "Patient"]
    records = [resource for resource in resources if resource.get("resourceType") != "Patient"]
    if len(patients) != 1 or not records or len(entries) > MOST:
        wanted = "one Patient" if len(patients) != 1 else "a record" if not records else f"at most {MOST} entries"
        reason = Reason.RECORD_FIELD_INVALID if records else Reason.RECORD_FIELD_MISSING
        yield Wrong(first, (reason,), f"Bundle.entry (has {wanted})")
        return
    for place, resource in enumerate(records, first):
        yield entry(resource, patients[0], source, place)


def _contained(resource: Resource) -> Resource | None:
    """The Patient inside a resource that stands alone, if it has one."""
    parts = resource.get("contained")
    patients = [
        part
        for part in (parts if isinstance(parts, list) else [])
        if isinstance(part, dict) and part.get("resourceType") == "Patient"
    ]
    return patients[0] if len(patients) == 1 else None


def entry(resource: Resource, patient: Resource | None, source: Source, place: int) -> Read:
    """One resource as an entry. The closed list of conditions is applied before anything else is looked at."""
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
        whose = _whose(resource, patient, source)
    except MalformedRecord as refusal:
        return Wrong(place, refusal.reasons, refusal.detail, held=True)
    return Entry(place, whose, claim, _identifier(resource))


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


def _whose(resource: Resource, patient: Resource | None, source: Source) -> Whose:
    """Raises `MalformedRecord`: RECORD_PERSON without a document, or what is wrong with the Patient."""
    reference = resource.get("patient" if resource["resourceType"] == "Immunization" else "subject")
    logical = reference.get("identifier") if isinstance(reference, dict) else None
    stated = (patient or {}).get("identifier")
    papers = next(
        (
            found
            for each in [*(stated if isinstance(stated, list) else []), logical]
            if (found := _papers(each, source))
        ),
        None,
    )
    if papers is None:
        raise MalformedRecord(Reason.RECORD_PERSON, detail="Patient.identifier (the number of a document)")
    if patient is None:
        return Whose(papers, None, None)
    person = fhir.person(patient)
    return Whose(papers, person.name, person.birth_date)


def _papers(identifier: object, source: Source) -> Papers | None:
    if not isinstance(identifier, dict):
        return None
    system, value = identifier.get("system"), identifier.get("value")
    if not isinstance(system, str) or not isinstance(value, str):
        return None
    country = source.identifiers.get(system)
    if country is None and system.startswith(PASSPORT_SYSTEM):
        country = system.removeprefix(PASSPORT_SYSTEM).upper()
    return papers_of(country, value) if country else None


def papers_of(country: str, number: str) -> Papers | None:
    """A document by its number as people type it: upper case, without blanks and hyphens; None for no number."""
    bare = "".join(character for character in number.upper() if character not in " -\u3000\t")
    usable = 4 <= len(bare) <= 20 and bare.isascii() and bare.isalnum()
    return Papers(country.upper(), bare) if usable and 1 <= len(country) <= 3 and country.isalpha() else None
