"""Han Meimei, who does not exist, of the fictional state XA: her health records and her passport.

All days are counted back from the demonstration's own, so that the story is always as young.
"""

from datetime import datetime, timedelta, timezone

from pratique.model.dates import format_instant
from pratique.model.fhir import REPRESENTATION
from pratique.model.mrz import MachineReadableZone
from pratique.model.valueset import COVID_19, EU_PRODUCT_OTHER, LOINC, SNOMED

ISSUER = "Ministry of Health of XA"
LOCAL = timezone(timedelta(hours=8))
LABORATORY = "XA Airport Laboratory"

NEGATIVE, POSITIVE = "260415000", "260373001"
RECORDS = 4
"""How many records she has, each with a UVCI of its own."""


def bundle(at: datetime, uvcis: tuple[str, ...]) -> dict[str, object]:
    """Her records as a FHIR R4 Bundle: two vaccinations, a molecular test and a test for IgG antibodies.

    `at` is aware; `uvcis` are `RECORDS` identifiers.
    """
    day = at.astimezone(LOCAL).replace(hour=8, minute=30, second=0, microsecond=0)
    records = [
        _dose(day - timedelta(days=68), EU_PRODUCT_OTHER, "BBIBP-CorV", 1),
        _dose(day - timedelta(days=40), EU_PRODUCT_OTHER, "BBIBP-CorV", 2),
        _test(day - timedelta(days=1), "94500-6", NEGATIVE),
        _test(day - timedelta(days=1), "94563-4", POSITIVE),
    ]
    identified = [
        {**record, "identifier": [{"system": "urn:uvci", "value": uvci}]}
        for record, uvci in zip(records, uvcis, strict=True)
    ]
    entries = [{"resource": resource} for resource in (PATIENT, *identified)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


PATIENT: dict[str, object] = {
    "resourceType": "Patient",
    "name": [
        {"use": "official", "family": "韩", "given": ["梅梅"]},
        {
            "use": "official",
            "family": "Han",
            "given": ["Meimei"],
            "extension": [{"url": REPRESENTATION, "valueCode": "ABC"}],
        },
    ],
    "gender": "female",
    "birthDate": "1990-05-08",
}


def passport(family: str, given: str, *, number: str, birth_date: str, sex: str) -> MachineReadableZone:
    """A passport of XA, for which the machine readable zone writes UTO (ICAO Doc 9303's own Utopia)."""
    return MachineReadableZone(
        layout="TD3",
        kind="P",
        country="UTO",
        family_icao=family,
        given_icao=given,
        name_truncated=False,
        number=number,
        nationality="UTO",
        birth_date=birth_date,
        sex=sex,
        expiry="310101",
    )


PASSPORT = passport("HAN", "MEIMEI", number="XA1234567", birth_date="900508", sex="F")
BROTHERS_PASSPORT = passport("HAN", "LEILEI", number="XA7654321", birth_date="920214", sex="M")


def _coding(system: str, code: str) -> dict[str, object]:
    return {"coding": [{"system": system, "code": code}]}


def _dose(day: datetime, system: str, product: str, number: int) -> dict[str, object]:
    return {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": _coding(system, product),
        "patient": {"reference": "Patient/holder"},
        "occurrenceDateTime": day.date().isoformat(),
        "protocolApplied": [
            {
                "targetDisease": [_coding(COVID_19.system, COVID_19.value)],
                "doseNumberPositiveInt": number,
                "seriesDosesPositiveInt": 2,
            }
        ],
    }


def _test(taken: datetime, method: str, result: str) -> dict[str, object]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": _coding(LOINC, method),
        "subject": {"reference": "Patient/holder"},
        "effectiveDateTime": format_instant(taken),
        "valueCodeableConcept": _coding(SNOMED, result),
        "performer": [{"display": LABORATORY}],
    }
