"""FHIR R4 resources <-> claims: Immunization, Observation and Condition, and the Patient they are about.

Codes that the maps of `valueset` know are read as the EU's; any other keeps its system and stays open. The diseases
are a closed list: a resource about anything else, or that does not tell what it is about, is refused with
`RECORD_CONDITION`, which never says which disease it was.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from msgspec import Struct

from pratique.model._fhir import (
    MOST_ELEMENTS,
    Reading,
    codings_of,
    concept_of,
    dict_of,
    first_of,
    identifier_of,
    is_another,
    list_of,
    mapped,
    reference_to,
    text_of,
)
from pratique.model.certificate import (
    AnyClaim,
    Evidence,
    Exemption,
    Name,
    Person,
    Recovery,
    Test,
    TestKind,
    Vaccination,
    kind_of,
)
from pratique.model.dates import PartialDate, format_instant
from pratique.model.dcc import MOST_DOSES
from pratique.model.errors import MalformedRecord
from pratique.model.names import name, script
from pratique.model.origin import Origin, extension_of, origin_of, weaker
from pratique.model.reasons import Reason
from pratique.model.valueset import (
    ATC,
    CONDITION_MAP,
    COVID_19,
    DETECTED,
    DISEASE_MAP,
    EU_PRODUCT,
    EU_PRODUCT_OTHER,
    HOLDER_MAP,
    NOT_DETECTED,
    NOT_STATED,
    PREQUALIFIED,
    PRODUCT_MAP,
    PROPHYLAXIS_MAP,
    RESULT_MAP,
    SNOMED,
    Code,
)

MOST_REMEMBERED = 8
"""Codes of one vaccine, so that what is remembered of them stays under 5 MB; records have one to three."""
RECOVERY_FROM = timedelta(days=11)
RECOVERY_UNTIL = timedelta(days=180)
"""A recovery counts from day 11 to day 180 after the first positive test (Regulation (EU) 2021/953, annex, point 3)."""
REPRESENTATION = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
LANGUAGE = "http://hl7.org/fhir/StructureDefinition/language"
_URI = "urn:ietf:rfc:3986"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_WORDS = {
    **dict.fromkeys(("detected", "positive", "reactive"), DETECTED),
    **dict.fromkeys(("not detected", "negative", "non-reactive", "nonreactive", "undetected"), NOT_DETECTED),
}


def claim(
    resource: object,
    *,
    uvci: str,
    issuer: str,
    country: str,
    evidence: Evidence | None,
    disease: Code | None = None,
    valid_from: PartialDate | None = None,
    valid_until: PartialDate | None = None,
    foreign: bool = False,
) -> AnyClaim:
    """Read one Immunization, Observation or Condition as a claim.

    `disease` is what the caller vouches the record is about, for a vaccine or test code that no map knows. The
    period is a recovery's; left out, it is day 11 to day 180 after the first positive test. Partial dates of
    occurrence stay partial; a sample's time may not be missing.

    A record that states its own origin (`model.origin`) keeps its country, and `evidence` where that is the weaker
    grade: whoever sends it on knows no better. `issuer` is who vouches now, whatever the record says.

    `foreign`: out of somebody else's signed certificate, which is read and not taken in. Then a disease off the closed
    list and a result in no form we read are `NOT_STATED`, a sample may have a day alone, and no origin is looked for.

    Raises `MalformedRecord` with every reason that was found, and nothing else: RECORD_KIND, RECORD_CONDITION,
    RECORD_STATUS (entered in error, not done, preliminary, unconfirmed), RECORD_FIELD_MISSING, RECORD_FIELD_INVALID.
    """
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    if not isinstance(resource, dict) or not isinstance(kind, str) or kind not in _CLAIMS:
        raise MalformedRecord(Reason.RECORD_KIND, detail="not an Immunization, Observation or Condition")
    reading = Reading(resource, foreign=foreign)
    origin = None if foreign else origin_of(reading)
    if origin is not None:
        country, evidence = origin.country or country, weaker(origin.evidence, evidence)
    stated = {"uvci": uvci, "issuer": issuer, "country": country, "evidence": evidence}
    if kind == "Immunization":
        return _vaccination(reading, stated, disease)
    if kind == "Observation":
        return _test(reading, stated, disease)
    return _recovery(reading, stated, disease, valid_from, valid_until)


def _vaccination(reading: Reading, stated: dict[str, Any], vouched: Code | None) -> Vaccination:
    reading.status(frozenset({"completed"}))
    codes = codings_of(reading.first("vaccineCode")[1])
    protocol = first_of(reading.resource.get("protocolApplied"))
    targets = [code for target in list_of(protocol.get("targetDisease")) for code in codings_of(target)]
    if targets:
        disease = reading.disease(targets, CONDITION_MAP, None, "protocolApplied[0].targetDisease")
    else:
        disease = reading.disease(codes, DISEASE_MAP, vouched, "vaccineCode")
    date = reading.date("occurrenceDateTime")
    dose = _positive(reading, protocol, "doseNumber")
    doses = _positive(reading, protocol, "seriesDoses")
    if reading.found or disease is None or date is None:
        raise reading.refusal()
    vaccine = _vaccine if len(codes) <= MOST_REMEMBERED else _vaccine.__wrapped__
    product, prophylaxis, holder = vaccine(tuple(codes))
    return Vaccination(
        **stated,
        disease=disease,
        date=date,
        product=product,
        prophylaxis=prophylaxis,
        manufacturer=identifier_of(reading.resource.get("manufacturer")) or holder,
        dose=dose,
        doses=doses,
        lot=text_of(reading.resource.get("lotNumber")),
    )


@lru_cache(maxsize=1024)
def _vaccine(codes: tuple[Code, ...]) -> tuple[Code | None, Code | None, Code | None]:
    """The product, the kind of vaccine and the product's maker. Vaccines are few and doses many, so that the last ones
    are remembered."""
    named = [code for code in codes if code.system in (EU_PRODUCT, EU_PRODUCT_OTHER, PREQUALIFIED)]
    product = named[0] if named else mapped(PRODUCT_MAP, codes)
    return product, _prophylaxis(codes, product), HOLDER_MAP.map(product) if product else None


def _prophylaxis(codes: tuple[Code, ...], product: Code | None) -> Code | None:
    """The kind of vaccine as stated, else as mapped; a code that nobody knows is kept where no product says more."""
    stated = next((code for code in codes if code.system == SNOMED and not PRODUCT_MAP.map(code)), None)
    known = stated or mapped(PROPHYLAXIS_MAP, codes)
    return known or next((code for code in codes if product is None or code.system == ATC), None)


def _positive(reading: Reading, protocol: dict[Any, Any], element: str) -> int | None:
    value = protocol.get(f"{element}PositiveInt", protocol.get(f"{element}String"))
    if value is None or (type(value) is int and 1 <= value <= MOST_DOSES):
        return value
    if type(value) is str and value in _DOSES:
        return _DOSES[value]
    reading.wrong(Reason.RECORD_FIELD_INVALID, f"protocolApplied[0].{element}[x]")
    return None


def is_test(observation: Mapping[str, Any]) -> bool:
    """Whether an Observation is of a test that our table knows, and not of anything else that can be observed."""
    return any(kind_of(code)[0] is not TestKind.OTHER for code in codings_of(observation.get("code")))


def _test(reading: Reading, stated: dict[str, Any], vouched: Code | None) -> Test:
    reading.status(frozenset({"final", "amended", "corrected"}))
    if reading.foreign and (begun := text_of(dict_of(reading.resource.get("effectivePeriod")).get("start"))):
        reading.resource = {"effectiveDateTime": begun, **reading.resource}  # no test seems fresher than it is
    codes = codings_of(reading.first("code")[1])
    method = next((code for code in codes if kind_of(code)[0] is not TestKind.OTHER), codes[0] if codes else None)
    kind, analyte = kind_of(method)
    known = COVID_19 if kind is not TestKind.OTHER else vouched  # every test that our table knows is for SARS-CoV-2
    disease = reading.disease([], CONDITION_MAP, known, "code")
    day = reading.day("effectiveDateTime")
    sampled = day or reading.instant("effectiveDateTime", "effectiveInstant")
    result = _result(reading)
    if reading.found or disease is None or sampled is None or result is None:
        raise reading.refusal()
    return Test(
        **stated,
        disease=disease,
        kind=kind,
        analyte=analyte,
        method=method,
        sampled=sampled,
        day_only=day is not None,
        result=result,
        name=text_of(dict_of(reading.resource.get("method")).get("text")),
        device=identifier_of(reading.resource.get("device")),
        centre=text_of(first_of(reading.resource.get("performer")).get("display")),
    )


def _result(reading: Reading) -> Code | None:
    """The result of the value and its interpretations, which may not contradict each other."""
    resource = reading.resource
    codes = codings_of(resource.get("valueCodeableConcept"))
    codes += [code for part in list_of(resource.get("interpretation")) for code in codings_of(part)]
    results = {RESULT_MAP.map(code) for code in codes}
    results |= {_WORDS.get((text_of(resource.get("valueString")) or "").lower())}
    results -= {None}
    if len(results) == 1:
        return results.pop()
    if results:
        reading.wrong(Reason.RECORD_FIELD_INVALID, "value[x] (contradicts its interpretation)")
    elif codes:
        return codes[0]  # a qualifier that nobody has mapped: open
    elif reading.foreign:
        return NOT_STATED
    elif any(isinstance(key, str) and key.startswith("value") for key in resource):
        reading.wrong(Reason.RECORD_FIELD_INVALID, "value[x]")
    else:
        reading.wrong(Reason.RECORD_FIELD_MISSING, "value[x]")
    return None


def _recovery(
    reading: Reading,
    stated: dict[str, Any],
    vouched: Code | None,
    valid_from: PartialDate | None,
    valid_until: PartialDate | None,
) -> Recovery:
    for element, allowed in (("verificationStatus", {"confirmed"}), ("clinicalStatus", _CLINICAL_STATUS)):
        if element in reading.resource:
            words = {code.value for code in codings_of(reading.resource[element])}
            if not words or not words <= allowed:
                reading.wrong(Reason.RECORD_STATUS, element)
    disease = reading.disease(codings_of(reading.first("code")[1]), CONDITION_MAP, vouched, "code")
    first = reading.date("onsetDateTime", "recordedDate")
    if first and (valid_from is None or valid_until is None):
        try:
            valid_from = valid_from or _after(first, RECOVERY_FROM)
            valid_until = valid_until or _after(first, RECOVERY_UNTIL)
        except (ValueError, OverflowError):
            reading.wrong(Reason.RECORD_FIELD_INVALID, "onsetDateTime (no period without a day)")
    if reading.found or disease is None or first is None or valid_from is None or valid_until is None:
        raise reading.refusal()
    return Recovery(**stated, disease=disease, first_positive=first, valid_from=valid_from, valid_until=valid_until)


def _after(day: PartialDate, days: timedelta) -> PartialDate:
    if not day.complete:
        raise ValueError("a period needs a day to count from")
    return PartialDate.of(day.first + days)


_DOSES = {str(number): number for number in range(1, MOST_DOSES + 1)}
_CLAIMS = frozenset({"Immunization", "Observation", "Condition"})
_CLINICAL_STATUS = {"active", "recurrence", "relapse", "inactive", "remission", "resolved"}


def claims(
    bundle: object,
    *,
    uvci: Callable[[int], str],
    issuer: str,
    country: str,
    evidence: Evidence | None,
    disease: Code | None = None,
) -> tuple[AnyClaim, ...]:
    """The claims of a Bundle, in its order; `uvci` gives the identifier for the entry at a position.

    Entries of other kinds (the patient, a practitioner) are passed over, and so are records off the closed list:
    they are dropped before anybody could store them. Raises `MalformedRecord` with the reasons of every entry that
    could not be read, or that refers to another than the bundle's one Patient, and with RECORD_CONDITION or RECORD_KIND
    if no claim is left.
    """
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise MalformedRecord(Reason.RECORD_KIND, detail="not a Bundle")
    entries = bundle.get("entry")
    if isinstance(entries, list) and len(entries) > MOST_ELEMENTS:
        raise MalformedRecord(Reason.RECORD_FIELD_INVALID, detail="Bundle.entry (too many)")
    patients = [each for each in map(dict_of, list_of(entries)) if _is_patient(each)]
    read: list[AnyClaim] = []
    refused: list[tuple[int, MalformedRecord]] = []
    for place, resource in _resources(bundle):
        if not isinstance(resource.get("resourceType"), str) or resource["resourceType"] not in _CLAIMS:
            continue
        try:
            told = claim(resource, uvci=uvci(place), issuer=issuer, country=country, evidence=evidence, disease=disease)
            _require_about(patients, resource)
            read.append(told)
        except MalformedRecord as refusal:
            refused.append((place, refusal))
    dropped = [refusal for _, refusal in refused if Reason.RECORD_CONDITION in refusal.reasons]
    wrong = [(place, refusal) for place, refusal in refused if Reason.RECORD_CONDITION not in refusal.reasons]
    if wrong:
        reasons = dict.fromkeys(reason for _, refusal in wrong for reason in refusal.reasons)
        raise MalformedRecord(*reasons, detail="; ".join(f"entry[{place}] {r.detail}" for place, r in wrong))
    if not read:
        raise MalformedRecord(
            Reason.RECORD_CONDITION if dropped else Reason.RECORD_KIND, detail="the bundle holds no claim"
        )
    return tuple(read)


def _require_about(patients: list[dict[Any, Any]], resource: dict[Any, Any]) -> None:
    """Raises `MalformedRecord` for what is about another than the one Patient; of several, whoever asks judges."""
    element = "patient" if resource["resourceType"] == "Immunization" else "subject"
    if len(patients) == 1 and is_another(resource.get(element), patients[0]["resource"], patients[0].get("fullUrl")):
        detail = f"{resource['resourceType']}.{element} (another than the Patient)"
        raise MalformedRecord(Reason.RECORD_FIELD_INVALID, detail=detail)


def _is_patient(entry: dict[Any, Any]) -> bool:
    return dict_of(entry.get("resource")).get("resourceType") == "Patient"


def origins(bundle: object) -> tuple[Origin, ...]:
    """What the records of a Bundle that can be read state of their origins, in its order."""
    records = [
        resource for _, resource in _resources(dict_of(bundle)) if text_of(resource.get("resourceType")) in _CLAIMS
    ]
    return tuple(origin for record in records if (origin := origin_of(Reading(record))) is not None)


def _resources(bundle: dict[Any, Any]) -> Iterator[tuple[int, dict[Any, Any]]]:
    for place, entry in enumerate(list_of(bundle.get("entry"))):
        resource = dict_of(entry).get("resource")
        if isinstance(resource, dict):
            yield place, resource


def resource(claim: AnyClaim, *, subject: str = "Patient/holder") -> dict[str, object]:
    """Write a claim as a resource about `subject`, a reference; issuer, country and grade go into an extension of ours.

    Raises `MalformedRecord` for an exemption: FHIR knows it only with its ground.
    """
    identifier = [{"system": _URI, "value": claim.uvci}]
    match claim:
        case Vaccination():
            protocol: dict[str, object] = {"targetDisease": [concept_of(claim.disease)]}
            protocol |= {} if claim.dose is None else {"doseNumberPositiveInt": claim.dose}
            protocol |= {} if claim.doses is None else {"seriesDosesPositiveInt": claim.doses}
            written = {
                "status": "completed",
                "vaccineCode": concept_of(claim.product, claim.prophylaxis),
                "patient": {"reference": subject},
                "occurrenceDateTime": str(claim.date),
                "manufacturer": reference_to(claim.manufacturer),
                "lotNumber": claim.lot,
                "primarySource": None if claim.evidence is None else claim.evidence is Evidence.ADMINISTERED,
                "protocolApplied": [protocol],
            }
        case Test():
            written = {
                "status": "final",
                "code": concept_of(claim.method),
                "subject": {"reference": subject},
                "effectiveDateTime": format_instant(claim.sampled),
                "valueCodeableConcept": concept_of(claim.result),
                "method": {"text": claim.name} if claim.name else None,
                "device": reference_to(claim.device),
                "performer": [{"display": claim.centre}] if claim.centre else None,
            }
        case Recovery():
            written = {
                "clinicalStatus": concept_of(Code(_CLINICAL, "resolved")),
                "verificationStatus": concept_of(Code(_VERIFICATION, "confirmed")),
                "code": concept_of(claim.disease),
                "subject": {"reference": subject},
                "onsetDateTime": str(claim.first_positive),
            }
        case Exemption():
            raise MalformedRecord(Reason.RECORD_KIND, detail="an exemption without its ground has no resource")
    kind = {Vaccination: "Immunization", Test: "Observation", Recovery: "Condition"}[type(claim)]
    written["extension"] = extension_of(claim)
    stated = {element: value for element, value in written.items() if value is not None}
    return {"resourceType": kind, "identifier": identifier, **stated}


def person(patient: object, *, foreign: bool = False) -> Person:
    """Who a Patient is: the official name, with its Latin spelling if the resource gives one beside it.

    The Latin spelling is a second name in Latin letters, such as pinyin: one marked alphabetic or syllabic (ABC, SYL)
    by the extension iso21090-EN-representation comes before any other. Raises `MalformedRecord` with RECORD_KIND,
    RECORD_FIELD_MISSING or RECORD_FIELD_INVALID; also for a script without a table that comes without its Latin, which
    in somebody else's certificate (`foreign`) is a name without a spelling.
    """
    if not isinstance(patient, dict) or patient.get("resourceType") != "Patient":
        raise MalformedRecord(Reason.RECORD_KIND, detail="not a Patient")
    reading = Reading(patient)
    birth_date = reading.date("birthDate") if patient.get("birthDate") is not None else None
    names = [part for part in map(_name_parts, list_of(patient.get("name"))) if part.text and part.rank is not None]
    if len(names) > 1:
        names.sort(key=lambda part: (part.rank or 0, part.latin))  # a spelling comes after what it spells
    if not names:
        reading.wrong(Reason.RECORD_FIELD_MISSING, "name")
        raise reading.refusal()
    own = names[0]
    latin = min((part for part in names[1:] if part.latin), key=lambda part: part.representation, default=None)
    if latin and own.latin:
        latin = None
    if not foreign and not (own.whole and (latin is None or latin.whole)):
        reading.wrong(Reason.RECORD_FIELD_INVALID, "name")
    try:
        spelled = name(
            own.family,
            own.given,
            family_latin=latin.family if latin else None,
            given_latin=latin.given if latin else None,
            language=own.language,
        )
    except ValueError:
        spelled = Name(own.family, own.given)
        if not foreign:
            reading.wrong(Reason.RECORD_FIELD_INVALID, "name (needs its spelling in Latin letters)")
    if reading.found:
        raise reading.refusal()
    return Person(spelled, birth_date)


class _NameParts(Struct, frozen=True):
    """A HumanName; `rank` and `representation` put the better one first, `rank` None is a name not to be used."""

    family: str | None
    given: str | None
    rank: int | None
    representation: int
    language: str | None
    whole: bool
    """Whether every part that it states could be read: half a name is another's."""

    @property
    def text(self) -> str:
        return f"{self.family or ''}{self.given or ''}"

    @property
    def latin(self) -> bool:
        return script(self.text) <= {"LATIN"}


_USES = {"official": 0, "usual": 2, None: 2}
"""A nickname, a former or a made up name is not what the passport says."""
_REPRESENTATIONS = {"ABC": 0, "SYL": 1}


def _name_parts(value: object) -> _NameParts:
    part = dict_of(value)
    representation, language = _spelling(part) if "extension" in part else (2, None)
    stated = part.get("given")
    given = " ".join(text for text in map(text_of, list_of(stated)) if text)
    family = text_of(part.get("family")) or (None if given else text_of(part.get("text")))
    rank = _USES.get(text_of(part.get("use")))
    if rank is not None and representation < 2:
        rank += 1  # a spelling of the name stands behind the name itself
    whole = isinstance(stated, list | None) and not any(map(_unread, (part.get("family"), *(stated or ()))))
    return _NameParts(family, given or None, rank, representation, language, whole)


def _unread(value: object) -> bool:
    """Whether something is stated that is no text, or too long for one; a blank states nothing."""
    return value is not None and text_of(value) is None and (type(value) is not str or bool(value.strip()))


def _spelling(part: dict[Any, Any]) -> tuple[int, str | None]:
    """How a name is represented, 2 where nothing is said of it, and the language of its spelling."""
    extensions = {
        text_of(dict_of(extension).get("url")): text_of(dict_of(extension).get("valueCode"))
        for extension in list_of(part.get("extension"))
    }
    language = (extensions.get(LANGUAGE) or "").partition("-")[0].lower() or None  # of a tag such as zh-Hans-CN
    return _REPRESENTATIONS.get(extensions.get(REPRESENTATION) or "", 2), language
