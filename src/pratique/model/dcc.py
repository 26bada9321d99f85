"""`Certificate` <-> the shape of the EU Digital COVID Certificate, which rules read.

The shape is that of schema 1.3.3, and a certificate that a DCC can hold is written as exactly that. What a DCC
cannot say has its own keys, so that rules can read it and other readers pass over it:

    sp        true: a specimen                       (top level, absent otherwise)
    x         exemptions, `{tg, df, du, co, is, ci}` (top level, a list like v, t and r)
    v, t, r   any number of entries, several of them at once
    ev        in an entry: the `Evidence` grade, 1 to 5
    kd, an    in a test: `TestKind` and `Analyte`, where `tt` does not give them, and for every antibody test
    dy        true, in a test: its sample has a day alone, and `sc` is the first moment of it anywhere
    cd        in an entry: `{field: [system, code]}`, the code as it was given where it is of another system; the
              field itself holds what the maps of `valueset` make of it, or is left out, which rules read as open

The travel document has no place here: it answers "this person?", and no rule may read it. Claims come out in the
order v, t, r, x; within one of them the issuer's order stays.
"""

from collections.abc import Callable
from typing import Any

from pratique.model._dcc_reading import MOST_DOSES, from_dcc
from pratique.model._dcc_schema import Problem, problems
from pratique.model.certificate import (
    AnyClaim,
    Certificate,
    Claim,
    Exemption,
    Recovery,
    Test,
    TestKind,
    Vaccination,
    kind_of,
)
from pratique.model.dates import format_instant
from pratique.model.valueset import CONDITION_MAP, PRODUCT_MAP, PROPHYLAXIS_MAP, RESULT_MAP, Code, CodeMap, code_of

__all__ = ["MOST_DOSES", "TEST_TYPES", "VERSION", "Problem", "from_dcc", "problems", "to_dcc"]

VERSION = "1.3.3"


def to_dcc(certificate: Certificate) -> dict[str, object]:
    """Write the payload: strings, integers, lists and dicts only, absent where the certificate has None.

    The date of birth alone is written when it is not known, as the empty string that schema 1.3 asks for. A molecular
    or antigen test without a type code gets the DCC's, since rules know the kind by nothing else.
    """
    holder = certificate.holder
    name = holder.name
    names = (("fn", name.family), ("fnt", name.family_icao), ("gn", name.given), ("gnt", name.given_icao))
    payload: dict[str, object] = {
        "ver": VERSION,
        "nam": {key: text for key, text in names if text},
        "dob": str(holder.birth_date or ""),
    }
    for kind, group, write in _WRITERS:
        entries = [write(claim) for claim in certificate.claims if type(claim) is kind]
        if entries:
            payload[group] = entries
    if certificate.specimen:
        payload["sp"] = True
    return payload


def _vaccination_entry(claim: Vaccination) -> dict[str, object]:
    codes = {
        "vp": (claim.prophylaxis, _own("vp", claim.prophylaxis, PROPHYLAXIS_MAP)),
        "mp": (claim.product, _own("mp", claim.product, PRODUCT_MAP)),
        "ma": (claim.manufacturer, _own("ma", claim.manufacturer)),
    }
    return _entry(claim, codes, dn=claim.dose, sd=claim.doses, dt=str(claim.date))


def _test_entry(claim: Test) -> dict[str, object]:
    written = TEST_TYPES.get(claim.kind, _own("tt", claim.method))
    codes = {
        "tt": (claim.method, written),
        "tr": (claim.result, _own("tr", claim.result, RESULT_MAP)),
        "ma": (claim.device, _own("t.ma", claim.device)),
    }
    entry = _entry(claim, codes, nm=claim.name, sc=format_instant(claim.sampled), tc=claim.centre)
    if claim.day_only:
        entry["dy"] = True
    if claim.kind is TestKind.ANTIBODY or kind_of(written) != (claim.kind, claim.analyte):
        entry["kd"] = claim.kind.value
        if claim.analyte:
            entry["an"] = claim.analyte.value
    return entry


def _recovery_entry(claim: Recovery) -> dict[str, object]:
    return _entry(claim, {}, fr=str(claim.first_positive), df=str(claim.valid_from), du=str(claim.valid_until))


def _exemption_entry(claim: Exemption) -> dict[str, object]:
    return _entry(claim, {}, df=str(claim.valid_from), du=str(claim.valid_until))


_WRITERS: tuple[tuple[type[AnyClaim], str, Callable[[Any], dict[str, object]]], ...] = (
    (Vaccination, "v", _vaccination_entry),
    (Test, "t", _test_entry),
    (Recovery, "r", _recovery_entry),
    (Exemption, "x", _exemption_entry),
)
TEST_TYPES = {TestKind.MOLECULAR: code_of("tt", "LP6464-4"), TestKind.ANTIGEN: code_of("tt", "LP217198-3")}
"""A rule compares `tt` with these two, so every test of the kind is written with them."""


def _own(field: str, code: Code | None, mapping: CodeMap | None = None) -> Code | None:
    """The code itself if it is of the field's own system, else what it means there."""
    if code is None or code_of(field, code.value) == code:
        return code
    return None if mapping is None else mapping.map(code)


def _entry(claim: Claim, codes: dict[str, tuple[Code | None, Code | None]], **texts: object) -> dict[str, object]:
    """An entry of the given fields, of coded ones as given and as written, and of what all claims state."""
    codes["tg"] = (claim.disease, _own("tg", claim.disease, CONDITION_MAP))
    entry: dict[str, object] = {"co": claim.country, "is": claim.issuer, "ci": claim.uvci}
    given = {}
    for key, (code, written) in codes.items():
        if written is not None:
            entry[key] = written.value
        if code is not None and code is not written and code != written:
            given[key] = [code.system, code.value]
    entry |= {key: text for key, text in texts.items() if text is not None}
    if claim.evidence is not None:
        entry["ev"] = int(claim.evidence)
    if given:
        entry["cd"] = given
    return entry
