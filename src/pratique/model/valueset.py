"""Codes that keep their system, the value sets they come from, and the maps between systems.

A code that no table knows keeps a sensible system and its text. A map answers None for it, which means *open*:
nothing here refuses a certificate, and `CONDITIONS` alone is a closed list.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from types import MappingProxyType

from msgspec import Struct

from pratique.model import _code_maps, _codes, _prequalified

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ATC = "http://www.whocc.no/atc"
EU_PRODUCT = "https://ec.europa.eu/health/documents/community-register/html/"
EU_PRODUCT_OTHER = "http://ec.europa.eu/temp/vaccineproductname"
EU_HOLDER = "https://spor.ema.europa.eu/v1/organisations"
EU_HOLDER_OTHER = "http://ec.europa.eu/temp/vaccinemanufacturer"
JRC_DEVICE = "https://covid-19-diagnostics.jrc.ec.europa.eu/devices"
CVX = "http://hl7.org/fhir/sid/cvx"
ICD_10 = "http://hl7.org/fhir/sid/icd-10"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_11 = "http://id.who.int/icd/release/11/mms"
DATA_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
ALIASES = {
    "http://id.who.int/icd11/mms": ICD_11,
    "urn:oid:2.16.840.1.113883.12.292": CVX,
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED,
}
"""Other names that code systems go by, in WHO's guides and as HL7's object identifiers."""
ICAO_TEST = "http://smart.who.int/ddcc/CodeSystem/lab-test-type-icao"
"""ICAO's words for kinds of test (VDS-NC), under the name that the WHO gave their list."""
PREQUALIFIED = "http://smart.who.int/pcmt-vaxprequal/CodeSystem/PreQualProductIds"
"""WHO's identifiers of prequalified vaccines."""


class Code(Struct, frozen=True):
    """A code and the system it belongs to; equal only if both are."""

    system: str
    value: str


class Concept(Struct, frozen=True):
    """A code of a value set with its English name; `active` false: read, but not written any more."""

    code: Code
    display: str
    active: bool


class ValueSet(Struct, frozen=True):
    """A published list of codes, by value; `date` is the publisher's, ISO 8601."""

    id: str
    date: str
    codes: Mapping[str, Concept]


class CodeMap(Struct, frozen=True):
    """What codes of other systems mean in the value set that our rules are written for."""

    targets: Mapping[Code, Code]

    def map(self, code: Code) -> Code | None:
        """The target code; None where nobody has said what `code` means there, which is open and no refusal."""
        return self.targets.get(code)


COVID_19 = Code(SNOMED, "840539006")
YELLOW_FEVER = Code(SNOMED, "16541001")
POLIOMYELITIS = Code(SNOMED, "398102009")
DETECTED = Code(SNOMED, "260373001")
NOT_DETECTED = Code(SNOMED, "260415000")
NOT_STATED = Code(DATA_ABSENT, "unknown")
"""A disease or a result that somebody else's certificate states in no way we can read: open, and in no rule."""

CONDITIONS: frozenset[Code] = frozenset({COVID_19, YELLOW_FEVER, POLIOMYELITIS})
"""The diseases of which a record is taken in at all; anything else is dropped before it is stored."""


def _system(field: str, value: str) -> str:
    """The system a value belongs to by the field's own rule."""
    match field:
        case "mp":
            return EU_PRODUCT if value.startswith("EU/") else EU_PRODUCT_OTHER
        case "ma":
            return EU_HOLDER if value.startswith("ORG-") else EU_HOLDER_OTHER
        case "t.ma":
            return JRC_DEVICE
        case "tt":
            return LOINC
        case "vp":
            return ATC if value.startswith("J07") else SNOMED
        case "tg" | "tr":
            return SNOMED
    raise ValueError("not a coded field of the DCC")


def _value_set(name: str, date: str, field: str, displays: Mapping[str, str]) -> ValueSet:
    concepts = {
        value: Concept(Code(_system(field, value), value), display, value not in _codes.WITHDRAWN)
        for value, display in displays.items()
    }
    return ValueSet(name, date, MappingProxyType(concepts))


_SETS: dict[str, ValueSet] = {
    "tg": _value_set("disease-agent-targeted", "2021-04-27", "tg", {"840539006": "COVID-19"}),
    "vp": _value_set("sct-vaccines-covid-19", "2023-01-25", "vp", _codes.PROPHYLAXIS),
    "mp": _value_set("vaccines-covid-19-names", "2022-11-30", "mp", _codes.PRODUCTS),
    "ma": _value_set("vaccines-covid-19-auth-holders", "2022-01-26", "ma", _codes.HOLDERS),
    "tt": _value_set("covid-19-lab-test-type", "2021-04-27", "tt", _codes.TEST_TYPES),
    "tr": _value_set("covid-19-lab-result", "2021-04-27", "tr", {"260415000": "Not detected", "260373001": "Detected"}),
    "t.ma": _value_set("covid-19-lab-test-manufacturer-and-name", "2021-07-01", "t.ma", _codes.DEVICES),
}
FIELDS: Mapping[str, Mapping[str, Code]] = {
    field: {value: concept.code for value, concept in values.codes.items()} for field, values in _SETS.items()
}
"""The DCC's coded fields, each with its known codes; `t.ma` is the device of a test, `ma` a vaccine's holder."""
ICVP_PRODUCTS = ValueSet(
    "ICVPProductIds",
    "2025-10-17",
    MappingProxyType(
        {
            value: Concept(Code(PREQUALIFIED, value), name, True)
            for products in _prequalified.PRODUCTS.values()
            for value, name in products.items()
        }
    ),
)
"""The vaccines that an international certificate of vaccination may state (WHO SMART ICVP 0.3.0)."""
VALUE_SETS: Mapping[str, ValueSet] = MappingProxyType({values.id: values for values in _SETS.values()})
"""The DCC's value sets by id (the names that rules know), without the countries."""

_DISPLAYS = (
    {concept.code: concept.display for values in (*_SETS.values(), ICVP_PRODUCTS) for concept in values.codes.values()}
    | {Code(SNOMED, value): name for value, (name, _, _) in _code_maps.DISEASES.items()}
    | {NOT_STATED: "Not stated"}
)


def display(code: Code) -> str | None:
    """The English name of a code, or None."""
    return _DISPLAYS.get(code)


def code_of(field: str, value: str) -> Code:
    """The code that a DCC field's `value` stands for; a value that no set lists gets the field's usual system.

    `field` is a key of `FIELDS`; `ValueError` for any other.
    """
    known = FIELDS.get(field, {}).get(value)
    return known if known is not None else Code(_system(field, value), value)


def _map(field: str, *tables: tuple[str, Mapping[str, str]]) -> CodeMap:
    """One map from several systems' tables; a code of the target's own system means itself."""
    own = {code: code for code in FIELDS[field].values()}
    return CodeMap(
        MappingProxyType(
            own | {Code(system, a): code_of(field, b) for system, table in tables for a, b in table.items()}
        )
    )


def _by_condition(codes: Iterable[tuple[str, str, str]]) -> CodeMap:
    own = {code: code for code in CONDITIONS}
    return CodeMap(MappingProxyType(own | {Code(system, a): Code(SNOMED, b) for system, a, b in codes}))


_PRODUCTS = (
    (CVX, _code_maps.CVX_PRODUCTS),
    (ICD_11, _code_maps.ICD_11_PRODUCTS),
    (SNOMED, _code_maps.SNOMED_PRODUCTS),
)
PRODUCT_MAP = _map("mp", *_PRODUCTS)
"""Vaccine codes of CVX, ICD-11 and SNOMED CT -> the EU's product (`mp`)."""
_CVX_COUNTS = Counter(_code_maps.CVX_PRODUCTS.values())
CVX_MAP = CodeMap(
    MappingProxyType(
        {
            code_of("mp", product): Code(CVX, value)
            for value, product in _code_maps.CVX_PRODUCTS.items()
            if _CVX_COUNTS[product] == 1
        }
    )
)
"""The EU's product -> its one code of CVX; none where CVX tells apart dosages that a product does not."""
PROPHYLAXIS_MAP = _map(
    "vp",
    *(
        (system, {value: _codes.ENCODING[product][1] for value, product in table.items()})
        for system, table in _PRODUCTS
    ),
    *((code.system, {value: _codes.ENCODING[value][1]}) for value, code in FIELDS["mp"].items()),
    (CVX, _code_maps.CVX_PROPHYLAXIS),
    (ICD_11, _code_maps.ICD_11_PROPHYLAXIS),
    (ATC, _code_maps.ATC_PROPHYLAXIS),
)
"""Vaccine codes, and the EU's products by annex A of the value sets -> prophylaxis (`vp`)."""
HOLDER_MAP = _map("ma", *((code.system, {value: _codes.ENCODING[value][0]}) for value, code in FIELDS["mp"].items()))
"""The EU's products -> authorisation holder (`ma`), by annex A of the value sets."""
TEST_TYPE_MAP = _map(
    "tt",
    (LOINC, dict.fromkeys(_code_maps.MOLECULAR_TESTS, "LP6464-4")),
    (LOINC, dict.fromkeys(_code_maps.ANTIGEN_TESTS, "LP217198-3")),
)
"""LOINC's molecular and antigen tests -> the DCC's two types (`tt`)."""
RESULT_MAP = CodeMap(
    MappingProxyType(
        {
            Code(system, value): DETECTED if found else NOT_DETECTED
            for system, table in _code_maps.RESULTS.items()
            for value, found in table.items()
        }
    )
)
"""Result qualifiers of SNOMED CT, LOINC answers and HL7 interpretations -> `DETECTED`, `NOT_DETECTED`."""
CONDITION_MAP = _by_condition(
    (system, value, target)
    for target, (_, icd_10, icd_11) in _code_maps.DISEASES.items()
    for system, values in ((ICD_10, icd_10), (ICD_10_CM, icd_10), (ICD_11, icd_11))
    for value in values
)
"""Disease codes of ICD-10 and ICD-11 -> `CONDITIONS`."""
DISEASE_MAP = CodeMap(
    MappingProxyType(
        dict.fromkeys(PROPHYLAXIS_MAP.targets, COVID_19)
        | {
            Code(system, value): Code(SNOMED, disease)
            for disease, systems in _code_maps.OTHER_VACCINES.items()
            for system, values in systems.items()
            for value in values
        }
        | {
            Code(PREQUALIFIED, value): Code(SNOMED, disease)
            for disease, products in _prequalified.PRODUCTS.items()
            for value in products
        }
    )
)
"""Vaccine codes -> the disease of `CONDITIONS` that the vaccine is against."""


class Recommendation(Struct, frozen=True):
    """A temporary recommendation of WHO (IHR Article 15) that asks travellers for a vaccination.

    It is in force from `begins` to `ends`, both days included; a dose counts for `counts` after it was given.
    """

    disease: Code
    source: str
    begins: date
    ends: date
    counts: timedelta


RECOMMENDATIONS: tuple[Recommendation, ...] = (
    Recommendation(
        POLIOMYELITIS,
        "Polio IHR Emergency Committee: first recommended on 5 May 2014; the last extension that was read is that of "
        "the forty-third meeting, stated on 11 November 2025, and an extension is for three months",
        begins=date(2014, 5, 5),
        ends=date(2026, 2, 11),
        counts=timedelta(days=365),
    ),
)
"""Those that we know, each with its end: after it nobody may say here that it is still in force. Yellow fever needs
none, since Annex 7 of the Regulations asks for it."""


def recommendation(disease: Code, day: date) -> Recommendation | None:
    """The recommendation in force on `day` that asks for a vaccination against `disease`, if we know one."""
    known = (told for told in RECOMMENDATIONS if told.disease == disease and told.begins <= day <= told.ends)
    return next(known, None)
