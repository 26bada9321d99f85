"""Elements of FHIR R4 resources that nobody has checked: read without stumbling, written without empty ones."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pratique.model.dates import PartialDate, first_moment, parse_instant
from pratique.model.errors import MalformedRecord
from pratique.model.reasons import Reason
from pratique.model.valueset import ALIASES, CONDITIONS, NOT_STATED, Code, CodeMap, display

LONGEST_TEXT = 256
MOST_ELEMENTS = 1000
"""Of a list in a resource, such as a bundle's entries."""
_ZONED = re.compile(r"\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})", re.ASCII)


class Reading:
    """One resource being read: what is wrong with it is collected, and raised all at once.

    `foreign`: it comes out of somebody else's certificate, in which what no map knows stays open.
    """

    def __init__(self, resource: dict[Any, Any], *, foreign: bool = False) -> None:
        self.resource = resource
        self.foreign = foreign
        self.kind = resource["resourceType"]
        self.found: list[tuple[Reason, str]] = []

    def wrong(self, reason: Reason, element: str) -> None:
        self.found.append((reason, f"{self.kind}.{element}"))

    def refusal(self) -> MalformedRecord:
        reasons = dict.fromkeys(reason for reason, _ in self.found)
        return MalformedRecord(*reasons, detail="; ".join(place for _, place in self.found))

    def first(self, *elements: str) -> tuple[str, object]:
        """The first of the elements that is there; None, and a reason, if none is."""
        for element in elements:
            if self.resource.get(element) is not None:
                return element, self.resource[element]
        self.wrong(Reason.RECORD_FIELD_MISSING, elements[0])
        return elements[0], None

    def date(self, *elements: str) -> PartialDate | None:
        element, value = self.first(*elements)
        if value is None:
            return None
        try:
            return PartialDate.parse(text_of(value) or "")
        except ValueError:
            self.wrong(Reason.RECORD_FIELD_INVALID, element)
            return None

    def day(self, *elements: str) -> datetime | None:
        """The first moment anywhere of a sample's day, where a foreign certificate states no time with its zone."""
        text = text_of(next((self.resource[element] for element in elements if element in self.resource), None)) or ""
        if not self.foreign or _ZONED.fullmatch(text):
            return None
        try:
            stated = PartialDate.parse(text)
            return first_moment(stated.first) if stated.complete else None
        except ValueError:
            return None  # which `instant` says

    def instant(self, *elements: str) -> datetime | None:
        """A sample's time; a bare day and a time without a zone are refused, as a guess would decide its validity."""
        element, value = self.first(*elements)
        if value is None:
            return None
        text = text_of(value) or ""
        if not _ZONED.fullmatch(text):
            self.wrong(Reason.RECORD_FIELD_INVALID, f"{element} (the time of the sample, with its zone)")
            return None
        try:
            moment = parse_instant(text)
        except ValueError:
            self.wrong(Reason.RECORD_FIELD_INVALID, element)
            return None
        if 1 < moment.year < 9999:
            return moment
        self.wrong(Reason.RECORD_FIELD_INVALID, element)
        return None

    def status(self, allowed: frozenset[str]) -> None:
        if text_of(self.resource.get("status")) not in allowed:
            self.wrong(Reason.RECORD_STATUS, "status")

    def disease(self, codes: list[Code], mapping: CodeMap, vouched: Code | None, element: str) -> Code | None:
        """The one disease of the closed list that the codes, or else the caller, name."""
        named = {mapping.map(code) for code in codes} - {None} or {vouched}
        disease = named.pop()
        if disease in CONDITIONS and not named:
            return disease
        if self.foreign:
            return NOT_STATED
        self.wrong(Reason.RECORD_CONDITION, element)
        return None


def text_of(value: object) -> str | None:
    """A text that can be written again, trimmed and NFC; None for anything else, an empty one included."""
    if type(value) is not str or len(value) > LONGEST_TEXT:
        return None
    if value.isascii():
        return value.strip() or None
    try:
        value.encode()
    except UnicodeEncodeError:
        return None
    return unicodedata.normalize("NFC", value).strip() or None


def dict_of(value: object) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    return value[:MOST_ELEMENTS] if isinstance(value, list) else []


def first_of(value: object) -> dict[Any, Any]:
    return dict_of(next(iter(list_of(value)), None))


def codings_of(concept: object) -> list[Code]:
    """The codes of a CodeableConcept that name their system, by its usual name."""
    found = []
    for coding in map(dict_of, list_of(dict_of(concept).get("coding"))):
        system, value = text_of(coding.get("system")), text_of(coding.get("code"))
        if system and value:
            found.append(Code(ALIASES.get(system, system), value))
    return found


def mapped(mapping: CodeMap, codes: Iterable[Code]) -> Code | None:
    for code in codes:
        if found := mapping.map(code):
            return found
    return None


def identifier_of(reference: object) -> Code | None:
    """What a logical reference names, by system and value."""
    identifier = dict_of(dict_of(reference).get("identifier"))
    system, value = text_of(identifier.get("system")), text_of(identifier.get("value"))
    return Code(system, value) if system and value else None


def is_another(reference: object, patient: dict[Any, Any], url: object) -> bool:
    """Whether a reference leads to somebody else than `patient`, as far as both say where they are.

    `Patient/7`, `https://…/Patient/7/_history/2` and `#7` are compared with the id, `urn:uuid:…` with the URL (FHIR R4,
    2.3.0.4 and 2.36.4.1).
    """
    target = reference.get("reference") if isinstance(reference, dict) else None
    if not isinstance(target, str) or target == url:
        return False
    if target.startswith("urn:"):
        return isinstance(url, str) and url.startswith("urn:")
    named = target.partition("/_history/")[0].removeprefix("#").rpartition("/")[2]
    return "id" in patient and named != str(patient["id"])


def reference_to(code: Code | None) -> dict[str, object] | None:
    if code is None:
        return None
    named = display(code)
    return {"identifier": {"system": code.system, "value": code.value}} | ({"display": named} if named else {})


def concept_of(*codes: Code | None) -> dict[str, object]:
    codings = []
    for code in codes:
        if code is not None:
            named = display(code)
            codings.append({"system": code.system, "code": code.value} | ({"display": named} if named else {}))
    return {"coding": codings}
