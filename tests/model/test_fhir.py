"""FHIR: resources off the closed list, unfinished or wrong are refused; the others become claims and come back."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.model.certificate import (
    Analyte,
    AnyClaim,
    Evidence,
    Exemption,
    Name,
    Recovery,
    Test,
    TestKind,
    Vaccination,
    kind_of,
)
from pratique.model.dates import PartialDate
from pratique.model.errors import MalformedRecord
from pratique.model.fhir import LANGUAGE, REPRESENTATION, claim, claims, origins, person, resource
from pratique.model.origin import GRADES, ORIGIN
from pratique.model.reasons import Reason
from pratique.model.valueset import (
    COVID_19,
    CVX,
    DETECTED,
    HOLDER_MAP,
    JRC_DEVICE,
    LOINC,
    NOT_DETECTED,
    NOT_STATED,
    POLIOMYELITIS,
    PROPHYLAXIS_MAP,
    SNOMED,
    YELLOW_FEVER,
    Code,
    code_of,
)
from tests import strategies

STATED: dict[str, Any] = {
    "uvci": "URN:UVCI:01:XA:4711",
    "issuer": "Ministry",
    "country": "XA",
    "evidence": Evidence.REGISTRY,
}


def concept(*codes: Code) -> dict[str, object]:
    return {"coding": [{"system": code.system, "code": code.value} for code in codes]}


IMMUNIZATION: dict[str, Any] = {
    "resourceType": "Immunization",
    "status": "completed",
    "vaccineCode": concept(Code(CVX, "207")),
    "patient": {"reference": "Patient/1"},
    "occurrenceDateTime": "2021-06-11",
    "protocolApplied": [{"doseNumberPositiveInt": 2, "seriesDosesString": "2"}],
}
OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "status": "final",
    "code": concept(Code(LOINC, "94563-4")),
    "effectiveDateTime": "2021-06-11T17:30:00+02:00",
    "valueCodeableConcept": concept(Code(SNOMED, "10828004")),
    "device": {"identifier": {"system": JRC_DEVICE, "value": "1232"}},
    "method": {"text": "Chemiluminescence"},
    "performer": [{"display": "Laboratory 7"}],
}
CONDITION: dict[str, Any] = {
    "resourceType": "Condition",
    "clinicalStatus": concept(Code("http://terminology.hl7.org/CodeSystem/condition-clinical", "resolved")),
    "verificationStatus": concept(Code("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed")),
    "code": concept(Code("http://hl7.org/fhir/sid/icd-10", "U07.1")),
    "onsetDateTime": "2021-05-01",
}
RESOURCES = {"I": IMMUNIZATION, "O": OBSERVATION, "C": CONDITION}


def changed(kind: str, **elements: object) -> dict[str, Any]:
    """A resource with elements put in, or taken away for `...`."""
    altered = copy.deepcopy(RESOURCES[kind]) | elements
    return {element: value for element, value in altered.items() if value is not ...}


_ERROR = concept(Code("http://terminology.hl7.org/CodeSystem/condition-ver-status", "entered-in-error"))
_HIV = concept(Code(SNOMED, "86406008"))


@pytest.mark.parametrize(
    ("kind", "elements", "reason", "detail"),
    [
        ("I", {"status": "entered-in-error"}, Reason.RECORD_STATUS, "Immunization.status"),
        ("I", {"status": "not-done"}, Reason.RECORD_STATUS, "Immunization.status"),
        ("I", {"status": ...}, Reason.RECORD_STATUS, "Immunization.status"),
        ("I", {"status": ["completed"]}, Reason.RECORD_STATUS, "Immunization.status"),
        ("I", {"vaccineCode": concept(Code(CVX, "140"))}, Reason.RECORD_CONDITION, "Immunization.vaccineCode"),
        ("I", {"vaccineCode": {"text": "Comirnaty"}}, Reason.RECORD_CONDITION, "Immunization.vaccineCode"),
        (
            "I",
            {"protocolApplied": [{"targetDisease": [_HIV]}]},
            Reason.RECORD_CONDITION,
            "Immunization.protocolApplied[0].targetDisease",
        ),
        ("I", {"occurrenceDateTime": ...}, Reason.RECORD_FIELD_MISSING, "Immunization.occurrenceDateTime"),
        ("I", {"occurrenceDateTime": "last week"}, Reason.RECORD_FIELD_INVALID, "Immunization.occurrenceDateTime"),
        ("I", {"occurrenceDateTime": 2021}, Reason.RECORD_FIELD_INVALID, "Immunization.occurrenceDateTime"),
        (
            "I",
            {"protocolApplied": [{"doseNumberPositiveInt": 0}]},
            Reason.RECORD_FIELD_INVALID,
            "Immunization.protocolApplied[0].doseNumber[x]",
        ),
        (
            "I",
            {"protocolApplied": [{"seriesDosesString": "a few"}]},
            Reason.RECORD_FIELD_INVALID,
            "Immunization.protocolApplied[0].seriesDoses[x]",
        ),
        ("O", {"status": "preliminary"}, Reason.RECORD_STATUS, "Observation.status"),
        ("O", {"code": concept(Code(LOINC, "7917-8"))}, Reason.RECORD_CONDITION, "Observation.code"),
        ("O", {"effectiveDateTime": ...}, Reason.RECORD_FIELD_MISSING, "Observation.effectiveDateTime"),
        (
            "O",
            {"effectiveDateTime": "2021-06-11"},
            Reason.RECORD_FIELD_INVALID,
            "Observation.effectiveDateTime (the time of the sample, with its zone)",
        ),
        (
            "O",
            {"effectiveDateTime": "2021-06-11T17:30:00"},
            Reason.RECORD_FIELD_INVALID,
            "Observation.effectiveDateTime (the time of the sample, with its zone)",
        ),
        (
            "O",
            {"effectiveDateTime": "2021-06-11T25:30:00Z"},
            Reason.RECORD_FIELD_INVALID,
            "Observation.effectiveDateTime",
        ),
        (
            "O",
            {"effectiveDateTime": "0001-01-01T00:00:00+14:00"},
            Reason.RECORD_FIELD_INVALID,
            "Observation.effectiveDateTime",
        ),
        ("O", {"valueCodeableConcept": ...}, Reason.RECORD_FIELD_MISSING, "Observation.value[x]"),
        (
            "O",
            {"valueCodeableConcept": ..., "valueQuantity": {"value": 7}},
            Reason.RECORD_FIELD_INVALID,
            "Observation.value[x]",
        ),
        (
            "O",
            {"valueString": "Negative"},
            Reason.RECORD_FIELD_INVALID,
            "Observation.value[x] (contradicts its interpretation)",
        ),
        ("C", {"verificationStatus": _ERROR}, Reason.RECORD_STATUS, "Condition.verificationStatus"),
        ("C", {"clinicalStatus": "resolved"}, Reason.RECORD_STATUS, "Condition.clinicalStatus"),
        ("C", {"code": _HIV}, Reason.RECORD_CONDITION, "Condition.code"),
        ("C", {"onsetDateTime": ...}, Reason.RECORD_FIELD_MISSING, "Condition.onsetDateTime"),
        (
            "C",
            {"onsetDateTime": "2021-05"},
            Reason.RECORD_FIELD_INVALID,
            "Condition.onsetDateTime (no period without a day)",
        ),
        (
            "C",
            {"onsetDateTime": "9999-12-31"},
            Reason.RECORD_FIELD_INVALID,
            "Condition.onsetDateTime (no period without a day)",
        ),
    ],
)
def test_a_wrong_record_is_refused_with_its_place(
    kind: str, elements: dict[str, object], reason: Reason, detail: str
) -> None:
    assert claim(changed(kind), **STATED).disease == COVID_19
    with pytest.raises(MalformedRecord) as refused:
        claim(changed(kind, **elements), **STATED)
    assert (refused.value.reasons, refused.value.detail) == ((reason,), detail)


@pytest.mark.parametrize("value", [None, [], "Immunization", {}, {"resourceType": "Patient"}, {"resourceType": []}])
def test_other_resources_are_refused(value: object) -> None:
    with pytest.raises(MalformedRecord) as refused:
        claim(value, **STATED)
    assert refused.value.reasons == (Reason.RECORD_KIND,)


def test_everything_wrong_is_said_at_once_and_never_which_disease() -> None:
    record = changed("I", status="not-done", occurrenceDateTime=..., vaccineCode=concept(Code(CVX, "140")))
    with pytest.raises(MalformedRecord) as refused:
        claim(record, **STATED)
    assert refused.value.reasons == (Reason.RECORD_STATUS, Reason.RECORD_CONDITION, Reason.RECORD_FIELD_MISSING)
    assert "140" not in str(refused.value)


def test_a_dose_is_read_with_what_its_code_means() -> None:
    dose = claim(IMMUNIZATION, **STATED)
    assert isinstance(dose, Vaccination)
    product = code_of("mp", "EU/1/20/1507")
    assert (dose.product, dose.prophylaxis, dose.manufacturer) == (
        product,
        PROPHYLAXIS_MAP.map(product),
        HOLDER_MAP.map(product),
    )
    assert (dose.dose, dose.doses, dose.date, dose.evidence) == (2, 2, PartialDate(2021, 6, 11), Evidence.REGISTRY)


def test_partial_dates_of_a_dose_stay_partial() -> None:
    dose = claim(changed("I", occurrenceDateTime="2021-06"), **STATED)
    assert isinstance(dose, Vaccination)
    assert dose.date == PartialDate(2021, 6)


def test_a_vaccine_nobody_mapped_is_open_where_its_disease_is_known() -> None:
    unknown = Code("urn:oid:1.2.3", "new")
    dose = claim(
        changed("I", vaccineCode=concept(unknown), protocolApplied=[{"targetDisease": [concept(COVID_19)]}]), **STATED
    )
    assert isinstance(dose, Vaccination)
    assert (dose.disease, dose.product, dose.prophylaxis) == (COVID_19, None, unknown)
    vouched = claim(changed("I", vaccineCode=concept(unknown)), **STATED, disease=POLIOMYELITIS)
    assert vouched.disease == POLIOMYELITIS


def test_yellow_fever_is_known_by_its_vaccine() -> None:
    dose = claim(changed("I", vaccineCode=concept(Code(CVX, "37"))), **STATED)
    assert isinstance(dose, Vaccination)
    assert (dose.disease, dose.product, dose.prophylaxis) == (YELLOW_FEVER, None, Code(CVX, "37"))


@pytest.mark.parametrize(
    ("loinc", "kind", "analyte"),
    [
        ("94500-6", TestKind.MOLECULAR, None),
        ("94558-4", TestKind.ANTIGEN, None),
        ("94563-4", TestKind.ANTIBODY, Analyte.IGG),
        ("94564-2", TestKind.ANTIBODY, Analyte.IGM),
    ],
)
def test_tests_of_every_kind_are_read(loinc: str, kind: TestKind, analyte: Analyte | None) -> None:
    test = claim(changed("O", code=concept(Code("urn:local", "x"), Code(LOINC, loinc))), **STATED)
    assert isinstance(test, Test)
    assert (test.kind, test.analyte, test.method) == (kind, analyte, Code(LOINC, loinc))
    assert (test.sampled, test.result) == (datetime(2021, 6, 11, 15, 30, tzinfo=UTC), DETECTED)
    assert (test.device, test.name, test.centre) == (Code(JRC_DEVICE, "1232"), "Chemiluminescence", "Laboratory 7")


@pytest.mark.parametrize(
    ("elements", "result"),
    [
        ({"valueCodeableConcept": concept(NOT_DETECTED)}, NOT_DETECTED),
        ({"valueCodeableConcept": ..., "valueString": " Not Detected "}, NOT_DETECTED),
        (
            {
                "valueCodeableConcept": ...,
                "interpretation": [
                    concept(Code("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "POS"))
                ],
            },
            DETECTED,
        ),
        ({"valueCodeableConcept": concept(Code(SNOMED, "419984006"))}, Code(SNOMED, "419984006")),
    ],
)
def test_results_are_read_from_wherever_they_stand(elements: dict[str, object], result: Code) -> None:
    test = claim(changed("O", **elements), **STATED)
    assert isinstance(test, Test)
    assert test.result == result


def test_a_test_type_nobody_mapped_is_open_where_its_disease_is_vouched_for() -> None:
    test = claim(changed("O", code=concept(Code("urn:local", "x"))), **STATED, disease=COVID_19)
    assert isinstance(test, Test)
    assert (test.kind, test.method) == (TestKind.OTHER, Code("urn:local", "x"))


def test_a_recovery_counts_from_day_11_to_day_180_unless_told() -> None:
    recovery = claim(changed("C", onsetDateTime=..., recordedDate="2021-05-01T10:00:00Z"), **STATED)
    assert isinstance(recovery, Recovery)
    assert (recovery.valid_from, recovery.valid_until) == (PartialDate(2021, 5, 12), PartialDate(2021, 10, 28))
    period = {"valid_from": PartialDate(2021, 6, 1), "valid_until": PartialDate(2021, 12, 1)}
    told = claim(changed("C", onsetDateTime="2021-05"), **STATED, **period)
    assert isinstance(told, Recovery)
    assert (told.first_positive, told.valid_from) == (PartialDate(2021, 5), PartialDate(2021, 6, 1))


def origin(*parts: tuple[str, str], **more: object) -> dict[str, Any]:
    kinds = {"issuer": "valueString"}
    stated = [{"url": name, kinds.get(name, "valueCode"): value} for name, value in parts]
    return {"url": ORIGIN, "extension": stated} | more


GOOD_ORIGIN = (("country", "XB"), ("issuer", "Ministry of XB"), ("evidence", "foreign-certificate"))


@pytest.mark.parametrize(
    "extensions",
    [
        [origin(*GOOD_ORIGIN, ("evidence", "administered"))],
        [origin(*GOOD_ORIGIN), origin(("evidence", "administered"))],
        [origin(("evidence", "certain"))],
        [origin(("evidence", ""))],
        [origin(("country", "a country of eleven"))],
        [origin(("weight", "much"))],
        [origin(*GOOD_ORIGIN, extension=[{"url": "evidence", "valueBoolean": True}])],
    ],
)
def test_an_origin_that_cannot_be_read_is_not_passed_over(extensions: list[dict[str, Any]]) -> None:
    with pytest.raises(MalformedRecord) as refused:
        claim(changed("I", extension=extensions), **STATED)
    assert refused.value.reasons == (Reason.RECORD_FIELD_INVALID,)
    assert str(refused.value).endswith("Immunization.extension (origin)")


@pytest.mark.parametrize(
    ("stated", "asked", "expected"),
    [
        (Evidence.FOREIGN_CERTIFICATE, Evidence.REGISTRY, Evidence.FOREIGN_CERTIFICATE),
        (Evidence.FOREIGN_CERTIFICATE, Evidence.PAPER_SEEN, Evidence.PAPER_SEEN),
        (Evidence.FOREIGN_CERTIFICATE, None, Evidence.FOREIGN_CERTIFICATE),
        (None, Evidence.REGISTRY, Evidence.REGISTRY),
    ],
)
def test_the_weaker_grade_stays(stated: Evidence | None, asked: Evidence | None, expected: Evidence) -> None:
    parts = [("country", "XB"), ("issuer", "Ministry of XB")]
    parts += [] if stated is None else [("evidence", GRADES[stated])]
    for record in "IOC":
        read = claim(changed(record, extension=[{"url": "urn:x"}, origin(*parts)]), **STATED | {"evidence": asked})
        assert (read.evidence, read.country, read.issuer) == (expected, "XB", STATED["issuer"])
    card = claim(changed("I", extension=[origin(*parts)]), **STATED | {"evidence": None}, foreign=True)
    assert (card.evidence, card.country) == (None, "XA")


def test_what_has_no_origin_states_none() -> None:
    nowhere = claim(IMMUNIZATION, **STATED | {"country": "", "issuer": "", "evidence": None})
    assert "extension" not in resource(nowhere)
    assert "primarySource" not in resource(nowhere)
    assert resource(claim(IMMUNIZATION, **STATED))["primarySource"] is False
    assert origins({"entry": [{"resource": resource(nowhere)}]}) == ()


@given(strategies.exemptions())
def test_an_exemption_has_no_resource(exemption: Exemption) -> None:
    with pytest.raises(MalformedRecord) as refused:
        resource(exemption)
    assert refused.value.reasons == (Reason.RECORD_KIND,)


def fits(given_claim: AnyClaim) -> bool:
    """Whether a claim states everything that its resource needs to mean the same."""
    match given_claim:
        case Vaccination():
            product, prophylaxis = given_claim.product, given_claim.prophylaxis
            ours = {code_of("mp", product.value) == product} if product else set()
            ours |= {prophylaxis.system == SNOMED} if prophylaxis else set()
            return len(ours) == 2 and all(ours) and given_claim.manufacturer is not None
        case Test():
            known = given_claim.result in (DETECTED, NOT_DETECTED) and given_claim.kind is not TestKind.OTHER
            told = kind_of(given_claim.method) == (given_claim.kind, given_claim.analyte)
            return known and told and given_claim.disease == COVID_19
        case _:
            return True


@given(st.one_of(strategies.vaccinations(), strategies.tests(), strategies.recoveries()).filter(fits))
def test_a_claim_survives_its_resource(given_claim: AnyClaim) -> None:
    stated: dict[str, Any] = {field: getattr(given_claim, field) for field in STATED}
    if isinstance(given_claim, Recovery):
        stated |= {"valid_from": given_claim.valid_from, "valid_until": given_claim.valid_until}
    assert claim(resource(given_claim), **stated) == given_claim
    elsewhere = stated | {"country": "XC", "evidence": None}
    assert claim(resource(given_claim), **elsewhere) == given_claim  # as its origin says


@given(strategies.nonsense())
def test_any_object_is_refused_or_read(value: object) -> None:
    for read in (lambda: claim(value, **STATED), lambda: claims(value, **BUNDLED), lambda: person(value)):
        _only_refuses(read)


@given(st.data())
def test_any_object_in_any_element_is_refused_or_read(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from("IOC"))
    extra = ["valueString", "interpretation", "effectiveInstant", "recordedDate", "manufacturer", "valueQuantity"]
    element = data.draw(st.sampled_from([*RESOURCES[kind], *extra]))
    record = changed(kind, **{element: data.draw(strategies.nonsense())})
    _only_refuses(lambda: claim(record, **STATED))
    _only_refuses(lambda: claims(bundle(record), **BUNDLED))


@given(st.dictionaries(st.sampled_from(["name", "birthDate"]), strategies.nonsense()), strategies.nonsense())
def test_any_patient_is_refused_or_read(elements: dict[str, object], part: object) -> None:
    _only_refuses(lambda: person({"resourceType": "Patient", **elements}))
    _only_refuses(lambda: person({"resourceType": "Patient", "name": [{"family": part, "given": [part], "use": part}]}))
    _only_refuses(lambda: person({"resourceType": "Patient", "name": [{"text": part, "extension": part}, part]}))


def _only_refuses(read: Any) -> None:
    try:
        read()
    except MalformedRecord:
        return


# bundles

BUNDLED: dict[str, Any] = {
    "uvci": lambda place: f"URN:UVCI:01:XA:{place}",
    **{k: STATED[k] for k in STATED if k != "uvci"},
}


def bundle(*resources: object) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": part} for part in resources]}


@pytest.mark.parametrize("reference", ["Patient/2", "#2", "https://clinic.example/fhir/Patient/2/_history/1"])
def test_a_record_of_another_than_the_bundles_patient_is_refused(reference: str) -> None:
    hers = {"resourceType": "Patient", "id": "1"}
    with pytest.raises(MalformedRecord) as refused:
        claims(bundle(hers, IMMUNIZATION, changed("O", subject={"reference": reference})), **BUNDLED)
    assert refused.value.reasons == (Reason.RECORD_FIELD_INVALID,)
    assert refused.value.detail == "entry[2] Observation.subject (another than the Patient)"
    assert len(claims(bundle(hers, IMMUNIZATION, OBSERVATION), **BUNDLED)) == 2  # named by its id, and by nobody's
    assert claims(bundle({"resourceType": "Patient"}, changed("O", subject={"reference": reference})), **BUNDLED)


def test_a_bundle_gives_its_claims_in_order_and_drops_what_is_not_our_business() -> None:
    flu = changed("I", vaccineCode=concept(Code(CVX, "140")))
    read = claims(bundle({"resourceType": "Patient"}, OBSERVATION, flu, IMMUNIZATION), **BUNDLED)
    assert [type(part) for part in read] == [Test, Vaccination]
    assert [part.record_id for part in read] == ["1", "3"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, Reason.RECORD_KIND),
        (IMMUNIZATION, Reason.RECORD_KIND),
        (bundle(), Reason.RECORD_KIND),
        (bundle({"resourceType": "Patient"}), Reason.RECORD_KIND),
        (bundle(changed("I", vaccineCode=concept(Code(CVX, "140")))), Reason.RECORD_CONDITION),
        (bundle(IMMUNIZATION, changed("I", status="not-done")), Reason.RECORD_STATUS),
        (bundle(*[IMMUNIZATION] * 1001), Reason.RECORD_FIELD_INVALID),
    ],
)
def test_a_bundle_without_claims_or_with_a_wrong_one_is_refused(value: object, reason: Reason) -> None:
    with pytest.raises(MalformedRecord) as refused:
        claims(value, **BUNDLED)
    assert refused.value.reasons == (reason,)


# the patient


def patient(*names: dict[str, object], **elements: object) -> dict[str, object]:
    return {"resourceType": "Patient", "name": list(names), **elements}


def represented(code: str, **parts: object) -> dict[str, object]:
    return {**parts, "extension": [{"url": REPRESENTATION, "valueCode": code}]}


HAN: dict[str, object] = {"use": "official", "family": "王", "given": ["小明"]}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, Reason.RECORD_KIND),
        ({"resourceType": "Person"}, Reason.RECORD_KIND),
        (patient(), Reason.RECORD_FIELD_MISSING),
        (patient({"use": "nickname", "text": "Kiki"}), Reason.RECORD_FIELD_MISSING),
        (patient({"use": "official", "family": " "}), Reason.RECORD_FIELD_MISSING),
        (patient({"family": "Li"}, birthDate="1971-02-30"), Reason.RECORD_FIELD_INVALID),
        (patient(HAN), Reason.RECORD_FIELD_INVALID),
        (patient({"family": "A" * 300, "given": ["Li"]}), Reason.RECORD_FIELD_INVALID),
        (patient({"family": 5, "given": ["Li"]}), Reason.RECORD_FIELD_INVALID),
        (patient({"family": "Li", "given": ["Na", {"text": "Bo"}]}), Reason.RECORD_FIELD_INVALID),
        (patient({"family": "Li", "given": "Na"}), Reason.RECORD_FIELD_INVALID),
        (patient(HAN, represented("ABC", family="Wang", given=[True, "Ming"])), Reason.RECORD_FIELD_INVALID),
    ],
)
def test_a_patient_without_a_name_for_a_passport_is_refused(value: object, reason: Reason) -> None:
    with pytest.raises(MalformedRecord) as refused:
        person(value)
    assert refused.value.reasons == (reason,)


def test_a_blank_or_absent_part_of_a_name_states_nothing() -> None:
    found = person(patient({"family": " ", "given": ["Suharto", None, ""]}))
    assert (found.name.family, found.name.given) == (None, "Suharto")


def test_the_official_name_comes_first_and_is_spelled_as_in_a_passport() -> None:
    found = person(
        patient(
            {"use": "usual", "family": "Other"},
            {"use": "maiden", "family": "Former"},
            {"use": "official", "family": "Müller", "given": ["José", "María"]},
            birthDate="1971-03",
        )
    )
    assert (found.name.family, found.name.given) == ("Müller", "José María")
    assert (found.name.family_icao, found.name.given_icao) == ("MUELLER", "JOSE<MARIA")
    assert (found.birth_date, found.document) == (PartialDate(1971, 3), None)


@pytest.mark.parametrize(
    "spelling",
    [
        represented("SYL", family="Wang", given=["Xiaoming"]),
        represented("ABC", use="official", family="Wang", given=["Xiaoming"]),
        {"family": "Wang", "given": ["Xiaoming"], "extension": [{"url": LANGUAGE, "valueCode": "en"}]},
    ],
)
def test_a_chinese_name_is_spelled_by_the_latin_name_beside_it(spelling: dict[str, object]) -> None:
    for names in ((HAN, spelling), (spelling | {"use": "usual"}, represented("IDE", **HAN))):
        found = person(patient(*names))
        assert (found.name.family, found.name.given) == ("王", "小明")
        assert (found.name.family_icao, found.name.given_icao) == ("WANG", "XIAOMING")


def test_pinyin_is_known_by_the_characters_beside_it_in_either_order() -> None:
    characters = {"use": "official", "family": "吕", "given": ["秀英"]}
    pinyin = {"use": "official", "family": "Lü", "given": ["Xiuying"]}
    for names in ((characters, pinyin), (pinyin, characters)):
        assert person(patient(*names)).name == Name("吕", "秀英", "LYU", "XIUYING")


@pytest.mark.parametrize("tag", ["zh", "zh-CN", "ZH-Hans"])
def test_a_language_tag_may_have_more_parts(tag: str) -> None:
    pinyin = {"family": "Lü", "extension": [{"url": LANGUAGE, "valueCode": tag}]}
    assert person(patient(pinyin)).name == Name("Lü", None, "LYU", None)


def test_one_name_and_no_birth_date_are_enough() -> None:
    found = person(patient({"text": "Suharto"}))
    assert (found.name.family, found.name.given, found.birth_date) == ("Suharto", None, None)


# out of somebody else's certificate


def test_a_foreign_record_off_the_list_stays_open_and_ours_is_refused() -> None:
    measles = changed("I", vaccineCode=concept(Code(CVX, "05")))
    with pytest.raises(MalformedRecord, match="RECORD_CONDITION"):
        claim(measles, **STATED)
    read = claim(measles, **STATED, foreign=True)
    assert isinstance(read, Vaccination)
    assert (read.disease, read.prophylaxis) == (NOT_STATED, Code(CVX, "05"))
    unknown = claim(changed("O", code=concept(Code(LOINC, "1-8"))), **STATED, foreign=True)
    assert isinstance(unknown, Test)
    assert (unknown.disease, unknown.kind) == (NOT_STATED, TestKind.OTHER)


@pytest.mark.parametrize("text", ["2021-06-30", "2021-06-30T17:30:00"])
def test_a_foreign_sample_may_have_a_day_alone_and_seems_no_fresher_for_it(text: str) -> None:
    on_a_day = changed("O", effectiveDateTime=text)
    with pytest.raises(MalformedRecord, match="RECORD_FIELD_INVALID"):
        claim(on_a_day, **STATED)
    read = claim(on_a_day, **STATED, foreign=True)
    assert isinstance(read, Test)
    assert read.day_only
    assert read.sampled == datetime(2021, 6, 29, 10, tzinfo=UTC)
    assert str(read.sampled.date()) == "2021-06-30"
    zoned = claim(changed("O"), **STATED, foreign=True)
    assert isinstance(zoned, Test)
    assert not zoned.day_only


@pytest.mark.parametrize("text", ["2021-06", "2021", "soon", "0001-01-01", "2021-02-30"])
def test_a_foreign_sample_without_a_day_is_refused(text: str) -> None:
    with pytest.raises(MalformedRecord, match="RECORD_FIELD_INVALID"):
        claim(changed("O", effectiveDateTime=text), **STATED, foreign=True)


def test_a_foreign_result_in_no_form_we_read_is_open() -> None:
    number = changed("O", valueQuantity={"value": 7}, valueCodeableConcept=...)
    with pytest.raises(MalformedRecord, match="RECORD_FIELD"):
        claim(number, **STATED)
    read = claim(number, **STATED, foreign=True)
    assert isinstance(read, Test)
    assert (read.result, read.detected) == (NOT_STATED, None)


def test_a_foreign_name_may_have_no_spelling() -> None:
    chinese = patient({"family": "王", "given": ["小明"]})
    with pytest.raises(MalformedRecord, match="RECORD_FIELD_INVALID"):
        person(chinese)
    assert person(chinese, foreign=True).name == Name("王", "小明")


def test_code_systems_go_by_other_names() -> None:
    for system, value in (("http://id.who.int/icd11/mms", "XM7HT3"), ("urn:oid:2.16.840.1.113883.12.292", "511")):
        read = claim(changed("I", vaccineCode=concept(Code(system, value))), **STATED)
        assert isinstance(read, Vaccination)
        assert read.product == code_of("mp", "CoronaVac")
