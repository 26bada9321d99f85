"""Value sets and maps: every table agrees with the others, and what nobody has mapped stays open."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.model.valueset import (
    ATC,
    CONDITION_MAP,
    CONDITIONS,
    COVID_19,
    CVX,
    DETECTED,
    DISEASE_MAP,
    EU_HOLDER,
    EU_HOLDER_OTHER,
    EU_PRODUCT,
    EU_PRODUCT_OTHER,
    FIELDS,
    HOLDER_MAP,
    ICD_10,
    ICD_11,
    JRC_DEVICE,
    LOINC,
    NOT_DETECTED,
    POLIOMYELITIS,
    PRODUCT_MAP,
    PROPHYLAXIS_MAP,
    RESULT_MAP,
    SNOMED,
    VALUE_SETS,
    YELLOW_FEVER,
    Code,
    CodeMap,
    code_of,
    display,
)
from tests.shared import VECTORS, needs_vectors

MAPS = (PRODUCT_MAP, PROPHYLAXIS_MAP, HOLDER_MAP, RESULT_MAP, CONDITION_MAP, DISEASE_MAP)


@pytest.mark.parametrize("mapping", MAPS)
@given(value=st.text(max_size=8))
def test_a_code_of_a_system_nobody_mapped_is_open(mapping: CodeMap, value: str) -> None:
    assert mapping.map(Code("urn:oid:1.2.3", value)) is None


@pytest.mark.parametrize("field", ["co", "", "v.mp", "ver"])
def test_fields_without_codes_are_our_own_fault(field: str) -> None:
    with pytest.raises(ValueError, match="coded field"):
        code_of(field, "x")


@given(st.sampled_from(sorted(FIELDS)), st.text())
def test_an_unknown_value_keeps_its_text_and_a_system(field: str, value: str) -> None:
    code = code_of(field, value)
    assert code.value == value
    assert code_of(field, code.value) == code


@pytest.mark.parametrize(
    ("field", "value", "system"),
    [
        ("tg", "840539006", SNOMED),
        ("vp", "1119349007", SNOMED),
        ("vp", "J07BX03", ATC),
        ("vp", "J07BN01", ATC),
        ("mp", "EU/1/20/1528", EU_PRODUCT),
        ("mp", "EU/1/29/9999", EU_PRODUCT),
        ("mp", "Sputnik-V", EU_PRODUCT_OTHER),
        ("mp", "something new", EU_PRODUCT_OTHER),
        ("ma", "ORG-100030215", EU_HOLDER),
        ("ma", "Sinovac-Biotech", EU_HOLDER_OTHER),
        ("t.ma", "1232", JRC_DEVICE),
        ("tt", "LP6464-4", LOINC),
        ("tr", "260373001", SNOMED),
    ],
)
def test_a_fields_values_have_their_system(field: str, value: str, system: str) -> None:
    assert code_of(field, value) == Code(system, value)


def test_the_sets_are_as_published() -> None:
    sizes = {name: len(values.codes) for name, values in VALUE_SETS.items()}
    assert sizes == {
        "disease-agent-targeted": 1,
        "sct-vaccines-covid-19": 9,
        "vaccines-covid-19-names": 39,
        "vaccines-covid-19-auth-holders": 31,
        "covid-19-lab-test-type": 2,
        "covid-19-lab-result": 2,
        "covid-19-lab-test-manufacturer-and-name": 88,
    }
    withdrawn = {
        concept.code.value for values in VALUE_SETS.values() for concept in values.codes.values() if not concept.active
    }
    assert {"J07BX03", "NVX-CoV2373", "VLA2001"} < withdrawn
    assert "EU/1/20/1528" not in withdrawn


def test_codes_have_names_in_their_own_system_only() -> None:
    assert display(Code(EU_PRODUCT, "EU/1/20/1528")) == "Comirnaty"
    assert display(YELLOW_FEVER) == "Yellow fever"
    assert display(Code(SNOMED, "EU/1/20/1528")) is None


def test_every_map_leads_into_its_set() -> None:
    targets = {"mp": PRODUCT_MAP, "vp": PROPHYLAXIS_MAP, "ma": HOLDER_MAP, "tr": RESULT_MAP}
    for field, mapping in targets.items():
        assert set(mapping.targets.values()) <= set(FIELDS[field].values())
    assert set(CONDITION_MAP.targets.values()) == CONDITIONS == set(DISEASE_MAP.targets.values())


def test_every_product_has_a_holder_and_a_kind_of_vaccine() -> None:
    assert [code.value for code in FIELDS["mp"].values() if HOLDER_MAP.map(code) is None] == []
    assert [code.value for code in FIELDS["mp"].values() if PROPHYLAXIS_MAP.map(code) is None] == []


@pytest.mark.parametrize(
    ("code", "product", "prophylaxis"),
    [
        (Code(CVX, "207"), "EU/1/20/1507", "1119349007"),
        (Code(CVX, "208"), "EU/1/20/1528", "1119349007"),
        (Code(CVX, "210"), "EU/1/21/1529", "29061000087103"),
        (Code(CVX, "212"), "EU/1/20/1525", "29061000087103"),
        (Code(CVX, "510"), "BBIBP-CorV", "1157024006"),
        (Code(CVX, "511"), "CoronaVac", "1157024006"),
        (Code(CVX, "213"), None, "28531000087107"),
        (Code(CVX, "503"), None, "28531000087107"),
        (Code(ICD_11, "XM0GQ8"), None, "1119349007"),
        (Code(ICD_11, "XM8NQ0"), "EU/1/20/1528", "1119349007"),
        (Code(CVX, "140"), None, None),
    ],
)
def test_foreign_vaccine_codes_mean_a_product_or_a_kind(
    code: Code, product: str | None, prophylaxis: str | None
) -> None:
    assert PRODUCT_MAP.map(code) == (product and code_of("mp", product))
    assert PROPHYLAXIS_MAP.map(code) == (prophylaxis and code_of("vp", prophylaxis))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("10828004", DETECTED),
        ("260373001", DETECTED),
        ("260385009", NOT_DETECTED),
        ("260415000", NOT_DETECTED),
        ("419984006", None),
        ("720735008", None),
    ],
)
def test_results_mean_detected_not_detected_or_stay_open(value: str, expected: Code | None) -> None:
    assert RESULT_MAP.map(Code(SNOMED, value)) == expected


def test_diseases_are_a_closed_list() -> None:
    assert {COVID_19, YELLOW_FEVER, POLIOMYELITIS} == CONDITIONS
    assert CONDITION_MAP.map(Code(ICD_10, "U07.1")) == COVID_19
    assert CONDITION_MAP.map(Code(ICD_10, "B20")) is None
    assert DISEASE_MAP.map(Code(CVX, "37")) == YELLOW_FEVER
    assert DISEASE_MAP.map(Code(CVX, "140")) is None


@needs_vectors
def test_the_value_sets_that_member_states_rules_used_are_known() -> None:
    """Those are of another date: all that may differ is what one side has and the other has not yet."""
    assert VECTORS is not None
    published = json.loads((VECTORS / "rules" / "valuesets" / "valueSets.json").read_text(encoding="utf-8"))
    found = {name: set(published[name]) for name in VALUE_SETS if name in published}
    assert len(found) >= 5
    for name in found.keys() - {"covid-19-lab-test-manufacturer-and-name"}:
        assert found[name] <= VALUE_SETS[name].codes.keys()
