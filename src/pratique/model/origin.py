"""Where a record comes from and how that is known, for which FHIR R4 has no element: an extension of ours.

    extension [{ url: urn:x-pratique:origin, extension [
      { url: country, valueCode: XB }, { url: issuer, valueString: Ministry of XB },
      { url: evidence, valueCode: foreign-certificate } ]}]

Whoever takes the record in later vouches for what is known, and knows no better than the record itself does.
"""

from typing import Any

from msgspec import Struct

from pratique.model._fhir import Reading, dict_of, list_of, text_of
from pratique.model.certificate import AnyClaim, Evidence
from pratique.model.reasons import Reason

ORIGIN = "urn:x-pratique:origin"
LONGEST_COUNTRY = 10
"""As the EU DCC schema limits `co`."""
GRADES = {grade: grade.name.lower().replace("_", "-") for grade in Evidence}
"""The grades as words, which the command line takes too."""
_GRADES = {word: grade for grade, word in GRADES.items()}


class Origin(Struct, frozen=True):
    """What a record says of itself; None where it does not."""

    country: str | None = None
    """Where the event took place."""
    issuer: str | None = None
    """The body that vouched for the record."""
    evidence: Evidence | None = None


def origin_of(reading: Reading) -> Origin | None:
    """The origin that a record states, or None. One that cannot be read is wrong, as it may have told of less."""
    stated = [each for each in map(dict_of, list_of(reading.resource.get("extension"))) if each.get("url") == ORIGIN]
    if not stated:
        return None
    parts = list(map(dict_of, list_of(stated[0].get("extension"))))
    values = {text_of(part.get("url")): text_of(part.get("valueCode", part.get("valueString"))) for part in parts}
    country, grade = values.get("country"), values.get("evidence")
    once = len(stated) == 1 and len(values) == len(parts)
    known = values.keys() <= {"country", "issuer", "evidence"} and None not in values.values()
    if once and known and len(country or "") <= LONGEST_COUNTRY and (grade is None or grade in _GRADES):
        return Origin(country, values.get("issuer"), None if grade is None else _GRADES[grade])
    reading.wrong(Reason.RECORD_FIELD_INVALID, "extension (origin)")
    return None


def weaker(a: Evidence | None, b: Evidence | None) -> Evidence | None:
    """The weaker of two grades; the one that is stated where only one is."""
    return min((grade for grade in (a, b) if grade is not None), default=None)


def extension_of(claim: AnyClaim) -> list[dict[str, Any]] | None:
    """The extension by which a resource states the origin of a claim; None where nothing of it is known."""
    country = [{"url": "country", "valueCode": claim.country}] if claim.country else []
    issuer = [{"url": "issuer", "valueString": claim.issuer}] if claim.issuer else []
    evidence = [] if claim.evidence is None else [{"url": "evidence", "valueCode": GRADES[claim.evidence]}]
    stated = [*country, *issuer, *evidence]
    return [{"url": ORIGIN, "extension": stated}] if stated else None
