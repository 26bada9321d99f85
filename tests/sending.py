"""Bundles as a clinic sends them, by number; of people who do not exist."""

import json

OFF_THE_LIST = {
    "resourceType": "Condition",
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "74732009"}]},
    "onsetDateTime": "2020-01-01",
}


def immunization(number: int) -> dict[str, object]:
    """A vaccination that the clinic calls by a number."""
    return {
        "resourceType": "Immunization",
        "identifier": [{"system": "https://clinic.example", "value": str(number)}],
        "status": "completed",
        "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "208"}]},
        "occurrenceDateTime": "2021-05-29",
    }


def bundle(*records: dict[str, object], number: str = "XA1234567") -> bytes:
    """Records of the holder of a document."""
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": "http://hl7.org/fhir/sid/passport-UTO", "value": number}],
        "name": [{"use": "official", "family": "Han", "given": ["Meimei"]}],
        "birthDate": "1990-05-08",
    }
    entries = [{"resource": each} for each in (patient, *records)]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()
