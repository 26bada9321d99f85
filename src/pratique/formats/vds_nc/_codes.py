"""The words and codes of a VDS-NC, and what they are in the neutral model.

ICD-11 codes keep their system, and `valueset` says what they mean. ICAO's words for tests have no system of their own:
they get the one that the WHO gave them (Digital Documentation of COVID-19 Certificates, 1.0.0).
"""

import re
from functools import lru_cache
from typing import Final

from pratique.model import _code_maps
from pratique.model.certificate import Sex, TestKind
from pratique.model.countries import from_alpha3, from_mrz, is_country, to_mrz
from pratique.model.valueset import (
    COVID_19,
    DETECTED,
    FIELDS,
    ICAO_TEST,
    ICD_11,
    NOT_DETECTED,
    POLIOMYELITIS,
    PRODUCT_MAP,
    PROPHYLAXIS_MAP,
    YELLOW_FEVER,
    Code,
    display,
)

RESULTS: Final = "http://smart.who.int/ddcc/CodeSystem/lab-test-qual-result-icao"
SEXES: Final = {"M": Sex.MALE, "F": Sex.FEMALE, "X": Sex.UNKNOWN, "<": Sex.UNKNOWN}
"""As the passport has it (ICAO 9303-4, 4.1.1.1)."""
SEXES_WRITTEN: Final = {Sex.MALE: "M", Sex.FEMALE: "F", Sex.OTHER: "X", Sex.UNKNOWN: "X"}
BRANDS: Final = "urn:x-vds-nc:nam"
"""The system, our own, of a vaccine's printed name that is no product of the EU's list."""

KINDS: Final = {word: TestKind(kind) for word, kind in _code_maps.ICAO_TESTS.items()}
"""`tc`: what a test looks for."""
_KINDS_FOLDED: Final = {word.casefold(): word for word in KINDS}
_FOUND: Final = {"positive": DETECTED, "negative": NOT_DETECTED}
"""`r`; "normal" and "abnormal" say neither, and stay open."""
_FOUND_WRITTEN: Final = {code: word for word, code in _FOUND.items()}

DISEASES_WRITTEN: Final = {COVID_19: "RA01.0", YELLOW_FEVER: "1D47", POLIOMYELITIS: "1C81"}
"""`dis`, in ICD-11, for the diseases of the closed list."""
_VACCINES_WRITTEN: Final = {target: code for code, target in _code_maps.ICD_11_PROPHYLAXIS.items()}
_ANY_COVID_VACCINE: Final = "XM68M6"
_WORDS: Final = re.compile(r"\w+")


def country_of(text: str) -> str:
    """A state as ICAO writes it, in two letters; as it stands where that is no country."""
    code = text.upper().rstrip("<")
    return from_mrz(code) or from_alpha3(code) or code  # Germany is D to ICAO, and DEU has been written as well


def country_written(alpha2: str) -> str | None:
    """The same the other way, with fillers left out: `D`; None for what is no country."""
    try:
        return to_mrz(alpha2)
    except ValueError:
        return None


def is_known_country(alpha2: str) -> bool:
    """Whether `country_of` found the state, or a body that issues certificates."""
    return is_country(alpha2) or alpha2 in ("EU", "UN")


def test_type(word: str) -> tuple[TestKind, Code]:
    """What a test looks for, and its type as stated; `TestKind.OTHER` for a word that ICAO does not have."""
    word = _KINDS_FOLDED.get("".join(word.casefold().split()), word)
    return KINDS.get(word, TestKind.OTHER), Code(ICAO_TEST, word)


def test_type_written(kind: TestKind, method: Code | None, name: str | None) -> str | None:
    """ICAO's word for a test, as it came from one or as its kind tells; None for a kind without a word."""
    if method is not None and method.system == ICAO_TEST and KINDS.get(method.value) is kind:
        return method.value
    if kind is TestKind.MOLECULAR:
        return "molecular(PCR)" if "PCR" in (name or "").upper() else "molecular(other)"
    return {TestKind.ANTIGEN: "antigen", TestKind.ANTIBODY: "antibody"}.get(kind)


def result(word: str) -> Code:
    """Detected, not detected, or the word itself, which is open."""
    return _FOUND.get(word.casefold()) or Code(RESULTS, word)


def result_written(code: Code) -> str | None:
    """ICAO's word for a result; None for a code that has none."""
    return code.value if code.system == RESULTS else _FOUND_WRITTEN.get(code)


@lru_cache(maxsize=256)
def product(brand: str, vaccine: str) -> Code:
    """The product that a printed name stands for: the EU's where the name holds exactly one of its list, as whole
    words; else the one that the ICD-11 code means by itself; else the name."""
    words = _words(brand)
    held = {code: length for code, name in _BRAND_WORDS.items() if (length := _length_within(name, words))}
    longest = [code for code, length in held.items() if length == max(held.values())]
    if len(longest) == 1:
        return longest[0]
    return PRODUCT_MAP.map(Code(ICD_11, vaccine)) or Code(BRANDS, brand)


def brand_written(code: Code) -> str | None:
    """The printed name of a product; None for one that has none here."""
    if code.system == BRANDS:
        return code.value
    mapped = PRODUCT_MAP.map(code)
    return None if mapped is None else display(mapped)


def vaccine_written(prophylaxis: Code | None, made: Code | None, disease: Code) -> str | None:
    """The ICD-11 code of a vaccine: its own, that of its kind, or any COVID-19 vaccine's; None where there is none."""
    if prophylaxis is not None and prophylaxis.system == ICD_11:
        return prophylaxis.value
    for code in (prophylaxis, made):
        kind = None if code is None else PROPHYLAXIS_MAP.map(code)
        if kind is not None and kind.value in _VACCINES_WRITTEN:
            return _VACCINES_WRITTEN[kind.value]
    return _ANY_COVID_VACCINE if disease == COVID_19 else None


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.casefold().replace("_", " "))


def _length_within(name: list[str], words: list[str]) -> int:
    """How many words the name has, if they stand in the text one after the other; 0 if they do not."""
    found = any(words[start : start + len(name)] == name for start in range(len(words) - len(name) + 1))
    return len(name) if found else 0


_BRAND_WORDS: Final = {code: _words(display(code) or "") for code in FIELDS["mp"].values()}
