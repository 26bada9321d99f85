"""`Certificate` <-> the shape of the EU Digital COVID Certificate, which rules read.

The shape is that of schema 1.3.3, and a certificate that a DCC can hold is written as exactly that. What a DCC
cannot say has its own keys, so that rules can read it and other readers pass over it:

    sp        true: a specimen                       (top level, absent otherwise)
    x         exemptions, `{tg, df, du, co, is, ci}` (top level, a list like v, t and r)
    v, t, r   any number of entries, several of them at once
    ev        in an entry: the `Evidence` grade, 1 to 5
    kd, an    in a test: `TestKind` and `Analyte`, where `tt` does not give them, and for every antibody test
    cd        in an entry: `{field: [system, code]}`, the code as it was given where it is of another system; the
              field itself holds what the maps of `valueset` make of it, or is left out, which rules read as open

The travel document has no place here: it answers "this person?", and no rule may read it. Claims come out in the
order v, t, r, x; within one of them the issuer's order stays.
"""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from pratique.model._dcc_schema import Problem, problems
from pratique.model.certificate import (
    Analyte,
    AnyClaim,
    Certificate,
    Claim,
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
from pratique.model.dates import PartialDate, format_instant, parse_instant
from pratique.model.errors import MalformedCertificate
from pratique.model.reasons import Reason
from pratique.model.valueset import (
    CONDITION_MAP,
    FIELDS,
    PRODUCT_MAP,
    PROPHYLAXIS_MAP,
    RESULT_MAP,
    Code,
    CodeMap,
    code_of,
)

__all__ = ["VERSION", "Problem", "from_dcc", "problems", "to_dcc"]

VERSION = "1.3.3"
MOST_ENTRIES = 64
"""Several times a lifetime's doses; bounds the work a trusted but careless key can make."""
LONGEST_TEXT = 256
"""Three times what the schema allows (80): real issuers exceeded it a little."""
MOST_DOSES = 99

_Entry = dict[Any, Any]
_T = TypeVar("_T")


def from_dcc(payload: object) -> Certificate:
    """Read a DCC payload, or our superset of it, as real issuers wrote them.

    Needed are a name in some form, and of each entry `tg`, `co`, `is`, `ci` and its dates (`dt`; `sc` and `tr`;
    `fr`, `df`, `du`; `df`, `du`); the rest may be missing or null. Texts are trimmed and NFC, and an empty one is
    as good as missing, except that an issuer and an identifier may be empty. A calendar date may carry a time, which
    is dropped; a sample needs one. An unknown month or day of birth may be `00`. The version is not looked at: keys
    that are not known are passed over.

    Raises `MalformedCertificate` with one `CONTENT_...` reason whose detail is the place, such as `v[0].dn`, and
    nothing else, whatever object is given.
    """
    if not isinstance(payload, dict):
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail="the payload")
    holder = Person(_name(payload), _birth_date(payload))
    claims: list[AnyClaim] = []
    for group, read in _READERS:
        entries = payload.get(group)
        if entries is None:
            continue
        if not isinstance(entries, list | tuple):
            raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=group)
        if len(claims) + len(entries) > MOST_ENTRIES:
            raise MalformedCertificate(Reason.CONTENT_FIELD_LENGTH, detail=group)
        for place, entry in enumerate(entries):
            if not isinstance(entry, dict):
                raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=f"{group}[{place}]")
            try:
                claims.append(read(entry))
            except MalformedCertificate as refusal:
                detail = f"{group}[{place}].{refusal.detail}"
                raise MalformedCertificate(*refusal.reasons, detail=detail) from None
    if not claims:
        raise MalformedCertificate(Reason.CONTENT_EMPTY, detail="none of v, t, r and x has an entry")
    specimen = payload.get("sp")
    if specimen is not None and not isinstance(specimen, bool):
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail="sp")
    return Certificate(holder, tuple(claims), specimen is True)


def _name(payload: _Entry) -> Name:
    names = payload.get("nam")
    if names is None:
        raise MalformedCertificate(Reason.CONTENT_NAME, detail="nam")
    if not isinstance(names, dict):
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail="nam")
    try:
        name = Name(_text(names, "fn"), _text(names, "gn"), _text(names, "fnt"), _text(names, "gnt"))
    except MalformedCertificate as refusal:
        raise MalformedCertificate(*refusal.reasons, detail=f"nam.{refusal.detail}") from None
    if not (name.family_icao or name.given_icao or name.family or name.given):
        raise MalformedCertificate(Reason.CONTENT_NAME, detail="nam")
    return name


def _vaccination(entry: _Entry) -> Vaccination:
    given = _given(entry) if "cd" in entry else None
    return Vaccination(
        uvci=_stated(entry, "ci"),
        disease=_needed(_code(entry, "tg", "tg", given), "tg"),
        country=_needed(_text(entry, "co"), "co"),
        issuer=_stated(entry, "is"),
        evidence=_evidence(entry) if "ev" in entry else None,
        date=_needed(_date(entry, "dt"), "dt"),
        prophylaxis=_code(entry, "vp", "vp", given),
        product=_code(entry, "mp", "mp", given),
        manufacturer=_code(entry, "ma", "ma", given),
        dose=_number(entry, "dn", MOST_DOSES),
        doses=_number(entry, "sd", MOST_DOSES),
    )


def _test(entry: _Entry) -> Test:
    given = _given(entry) if "cd" in entry else None
    written = _code(entry, "tt", "tt", None)
    kind, analyte = kind_of(written)
    if "kd" in entry:
        kind, analyte = _needed(_word(entry, "kd", _KINDS), "kd"), _word(entry, "an", _ANALYTES)
    return Test(
        uvci=_stated(entry, "ci"),
        disease=_needed(_code(entry, "tg", "tg", given), "tg"),
        country=_needed(_text(entry, "co"), "co"),
        issuer=_stated(entry, "is"),
        evidence=_evidence(entry) if "ev" in entry else None,
        kind=kind,
        sampled=_needed(_instant(entry, "sc"), "sc"),
        result=_needed(_code(entry, "tr", "tr", given), "tr"),
        method=given["tt"] if given and "tt" in given else written,
        analyte=analyte,
        name=_text(entry, "nm"),
        device=_code(entry, "ma", "t.ma", given),
        centre=_text(entry, "tc"),
    )


def _recovery(entry: _Entry) -> Recovery:
    given = _given(entry) if "cd" in entry else None
    return Recovery(
        uvci=_stated(entry, "ci"),
        disease=_needed(_code(entry, "tg", "tg", given), "tg"),
        country=_needed(_text(entry, "co"), "co"),
        issuer=_stated(entry, "is"),
        evidence=_evidence(entry) if "ev" in entry else None,
        first_positive=_needed(_date(entry, "fr"), "fr"),
        valid_from=_needed(_date(entry, "df"), "df"),
        valid_until=_needed(_date(entry, "du"), "du"),
    )


def _exemption(entry: _Entry) -> Exemption:
    given = _given(entry) if "cd" in entry else None
    return Exemption(
        uvci=_stated(entry, "ci"),
        disease=_needed(_code(entry, "tg", "tg", given), "tg"),
        country=_needed(_text(entry, "co"), "co"),
        issuer=_stated(entry, "is"),
        evidence=_evidence(entry) if "ev" in entry else None,
        valid_from=_needed(_date(entry, "df"), "df"),
        valid_until=_needed(_date(entry, "du"), "du"),
    )


_READERS: tuple[tuple[str, Callable[[_Entry], AnyClaim]], ...] = (
    ("v", _vaccination),
    ("t", _test),
    ("r", _recovery),
    ("x", _exemption),
)
_KINDS = {kind.value: kind for kind in TestKind}
_ANALYTES = {analyte.value: analyte for analyte in Analyte}


def _needed(value: _T | None, key: str) -> _T:
    if value is None:
        raise MalformedCertificate(Reason.CONTENT_FIELD_MISSING, detail=key)
    return value


def _text(entry: _Entry, key: str) -> str | None:
    value = entry.get(key)
    if type(value) is str:
        if not value.isascii():
            try:
                value.encode()  # half a surrogate pair is no text, and would stumble only where it is written
            except UnicodeEncodeError:
                raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=key) from None
            value = unicodedata.normalize("NFC", value)
        if len(value) > LONGEST_TEXT:
            raise MalformedCertificate(Reason.CONTENT_FIELD_LENGTH, detail=key)
        return value.strip() or None
    if value is None:
        return None
    raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=key)


def _stated(entry: _Entry, key: str) -> str:
    """A text that must be there and may be empty."""
    text = _text(entry, key)
    return text if text is not None else "" if entry.get(key) is not None else _needed(None, key)


def _code(entry: _Entry, key: str, field: str, given: Mapping[str, Code] | None) -> Code | None:
    if given and key in given:
        return given[key]
    value = entry.get(key)
    known = FIELDS[field].get(value) if type(value) is str else None
    if known is not None:
        return known
    text = _text(entry, key)
    return None if text is None else code_of(field, text)


def _given(entry: _Entry) -> dict[str, Code]:
    """The codes of other systems that stand beside the fields."""
    given = entry["cd"]
    if not isinstance(given, dict):
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail="cd")
    codes = {}
    for key, pair in given.items():
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail="cd")
        system, value = (_text({"cd": part}, "cd") for part in pair)
        codes[key] = Code(_needed(system, "cd"), _needed(value, "cd"))
    return codes


def _date(entry: _Entry, key: str) -> PartialDate | None:
    value = entry.get(key)
    if type(value) is str:
        if len(value) > LONGEST_TEXT:
            raise MalformedCertificate(Reason.CONTENT_FIELD_LENGTH, detail=key)
        try:
            return PartialDate.parse(value)
        except ValueError:
            if not value.strip():
                return None
            raise MalformedCertificate(Reason.CONTENT_DATE, detail=key) from None
    if value is None:
        return None
    if isinstance(value, date):
        return PartialDate.of(value)
    raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=key)


def _birth_date(payload: _Entry) -> PartialDate | None:
    value = payload.get("dob")
    if type(value) is str and value.endswith("-00"):  # what the schema allows, and passports print, for unknown parts
        payload = {"dob": value.removesuffix("-00").removesuffix("-00")}
    return _date(payload, "dob")


def _instant(entry: _Entry, key: str) -> datetime | None:
    value = entry.get(key)
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    elif isinstance(value, date):  # a day is no instant, and midnight would be a guess
        raise MalformedCertificate(Reason.CONTENT_DATE, detail=key)
    else:
        text = _text(entry, key)
        if text is None:
            return None
        try:
            moment = parse_instant(text)
        except ValueError:
            raise MalformedCertificate(Reason.CONTENT_DATE, detail=key) from None
    if not 1 < moment.year < 9999:  # so near the ends of the calendar an instant has no form in other zones
        raise MalformedCertificate(Reason.CONTENT_DATE, detail=key)
    return moment


def _number(entry: _Entry, key: str, most: int) -> int | None:
    value = entry.get(key)
    if value is None:
        return None
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is int and 1 <= value <= most:
        return value
    reason = Reason.CONTENT_NUMBER if type(value) in (int, float) else Reason.CONTENT_FIELD_TYPE
    raise MalformedCertificate(reason, detail=key)


def _evidence(entry: _Entry) -> Evidence | None:
    grade = _number(entry, "ev", max(Evidence))
    return None if grade is None else Evidence(grade)


def _word(entry: _Entry, key: str, words: Mapping[str, _T]) -> _T | None:
    text = _text(entry, key)
    if text is not None and text not in words:
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=key)
    return None if text is None else words[text]


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
    written = _TYPES.get(claim.kind, _own("tt", claim.method))
    codes = {
        "tt": (claim.method, written),
        "tr": (claim.result, _own("tr", claim.result, RESULT_MAP)),
        "ma": (claim.device, _own("t.ma", claim.device)),
    }
    entry = _entry(claim, codes, nm=claim.name, sc=format_instant(claim.sampled), tc=claim.centre)
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
_TYPES = {TestKind.MOLECULAR: code_of("tt", "LP6464-4"), TestKind.ANTIGEN: code_of("tt", "LP217198-3")}
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
