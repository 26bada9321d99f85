"""FHIR resources, and the claims they are; or why not."""

from collections.abc import Iterator

from tests.cases.known import Case, Vector

STATED: Vector = {
    "uvci": "URN:UVCI:01:XA:7T1UG87G61Y7NRXIBQJDTYQ9",
    "issuer": "Ministry of Health of XA",
    "country": "XA",
    "evidence": 5,
}
SHARED: Vector = {"tg": "840539006", "co": "XA", "is": STATED["issuer"], "ci": STATED["uvci"], "ev": 5}


def coded(system: str, code: str) -> Vector:
    return {"coding": [{"system": system, "code": code}]}


IMMUNIZATION: Vector = {
    "resourceType": "Immunization",
    "status": "completed",
    "vaccineCode": coded("http://hl7.org/fhir/sid/cvx", "208"),
    "patient": {"reference": "Patient/holder"},
    "occurrenceDateTime": "2021-05-29",
    "protocolApplied": [{"doseNumberPositiveInt": 2, "seriesDosesPositiveInt": 2}],
}
OBSERVATION: Vector = {
    "resourceType": "Observation",
    "status": "final",
    "code": coded("http://loinc.org", "LP6464-4"),
    "subject": {"reference": "Patient/holder"},
    "effectiveDateTime": "2021-06-30T17:30:00+02:00",
    "valueCodeableConcept": coded("http://snomed.info/sct", "260415000"),
}
CONDITION: Vector = {
    "resourceType": "Condition",
    "verificationStatus": coded("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed"),
    "code": coded("http://snomed.info/sct", "840539006"),
    "subject": {"reference": "Patient/holder"},
    "onsetDateTime": "2021-04-01",
}


def record_case(name: str, description: str, source: str, resource: Vector, **expected: object) -> Case:
    vector = {"description": description, "source": source, "stated": STATED, "resource": resource}
    return f"records/{name}.json", vector | {"expected": expected}


def cases() -> Iterator[Case]:
    fhir, closed = "HL7 FHIR R4", "our closed list of conditions"
    given = {"vp": "1119349007", "mp": "EU/1/20/1528", "ma": "ORG-100030215", "dn": 2, "sd": 2, "dt": "2021-05-29"}
    yield record_case(
        "vaccination", "A CVX code is read as the EU's product", fhir, IMMUNIZATION, claim={"v": [SHARED | given]}
    )
    result = {"tt": "LP6464-4", "tr": "260415000", "sc": "2021-06-30T17:30:00+02:00"}
    yield record_case("test", "A molecular test", fhir, OBSERVATION, claim={"t": [SHARED | result]})
    period = {"fr": "2021-04-01", "df": "2021-04-12", "du": "2021-09-28"}
    yield record_case(
        "recovery",
        "It counts from day 11 to day 180",
        "EU regulation 2021/953, annex, point 3",
        CONDITION,
        claim={"r": [SHARED | period]},
    )
    for name, description, source, resource, reasons in (
        ("not-a-health-record", "A Patient is no claim", fhir, {"resourceType": "Patient"}, ["RECORD_KIND"]),
        ("allergy", "A kind that no certificate has", fhir, {"resourceType": "AllergyIntolerance"}, ["RECORD_KIND"]),
        (
            "condition-off-the-list",
            "A disease that no certificate is about",
            closed,
            CONDITION | {"code": coded("http://snomed.info/sct", "38341003")},
            ["RECORD_CONDITION"],
        ),
        (
            "vaccine-of-an-unknown-disease",
            "A vaccine code that does not tell its disease",
            closed,
            IMMUNIZATION | {"vaccineCode": coded("urn:oid:1.2.3", "1")},
            ["RECORD_CONDITION"],
        ),
        (
            "vaccination-entered-in-error",
            "Its status takes it back",
            fhir,
            IMMUNIZATION | {"status": "entered-in-error"},
            ["RECORD_STATUS"],
        ),
        (
            "test-preliminary",
            "A result that may still change",
            fhir,
            OBSERVATION | {"status": "preliminary"},
            ["RECORD_STATUS"],
        ),
        (
            "condition-refuted",
            "Confirmed by nobody",
            fhir,
            CONDITION
            | {"verificationStatus": coded("http://terminology.hl7.org/CodeSystem/condition-ver-status", "refuted")},
            ["RECORD_STATUS"],
        ),
        (
            "vaccination-without-a-day",
            "No occurrence",
            fhir,
            {key: value for key, value in IMMUNIZATION.items() if key != "occurrenceDateTime"},
            ["RECORD_FIELD_MISSING"],
        ),
        (
            "test-without-a-result",
            "No value",
            fhir,
            {key: value for key, value in OBSERVATION.items() if key != "valueCodeableConcept"},
            ["RECORD_FIELD_MISSING"],
        ),
        (
            "test-on-a-day",
            "A sample without its time, which a guess would have to add",
            fhir,
            OBSERVATION | {"effectiveDateTime": "2021-06-30"},
            ["RECORD_FIELD_INVALID"],
        ),
        (
            "test-that-contradicts-itself",
            "Positive by its value, negative by its interpretation",
            fhir,
            OBSERVATION
            | {
                "valueCodeableConcept": coded("http://snomed.info/sct", "260373001"),
                "interpretation": [coded("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "NEG")],
            },
            ["RECORD_FIELD_INVALID"],
        ),
    ):
        yield record_case(name, description, source, resource, reasons=reasons)
