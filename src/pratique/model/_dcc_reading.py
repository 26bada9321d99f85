"""Reading the DCC shape that `pratique.model.dcc` describes, as real issuers wrote it; the limits bound the work."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, NoReturn, TypeVar

from pratique.model.certificate import (
    Analyte,
    AnyClaim,
    Certificate,
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
from pratique.model.dates import PartialDate, parse_instant
from pratique.model.errors import MalformedCertificate
from pratique.model.reasons import Reason
from pratique.model.valueset import FIELDS, Code, code_of

MOST_ENTRIES = 64
"""Several times a lifetime's doses; bounds the work a trusted but careless key can make."""
LONGEST_TEXT = 256
"""Three times what the schema allows (80): real issuers exceeded it a little."""
MOST_DOSES = 99

_Entry = dict[Any, Any]
_T = TypeVar("_T")


def from_dcc(payload: object, *, ours: bool = True) -> Certificate:
    """Read a DCC payload, or our superset of it, as real issuers wrote them.

    Needed are a name in some form, and of each entry `tg`, `co`, `is`, `ci` and its dates (`dt`; `sc` and `tr`;
    `fr`, `df`, `du`; `df`, `du`); the rest may be missing or null. Texts are trimmed and NFC, and an empty one is
    as good as missing, except that an issuer and an identifier may be empty, and in our own shape a country. A calendar
    date may carry a time, which is dropped; a sample needs one. An unknown month or day of birth may be `00`. The
    version is not looked at: keys that are not known are passed over.

    With `ours` false the payload is somebody else's DCC: `x`, `ev`, `cd`, `kd`, `an` and `dy` are unknown keys like
    others, and so is `sp` unless it is true or false.

    Raises `MalformedCertificate` with one `CONTENT_...` reason whose detail is the place, such as `v[0].dn`, and
    nothing else, whatever object is given.
    """
    if not isinstance(payload, dict):
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail="the payload")
    holder = Person(_name(payload), _birth_date(payload))
    claims: list[AnyClaim] = []
    for group, read in _READERS if ours else _DCC_READERS:
        entries = payload.get(group)
        if entries is None:
            continue
        if not isinstance(entries, (list, tuple)):
            raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=group)
        if len(claims) + len(entries) > MOST_ENTRIES:
            raise MalformedCertificate(Reason.CONTENT_FIELD_LENGTH, detail=group)
        for place, entry in enumerate(entries):
            if not isinstance(entry, dict):
                raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=f"{group}[{place}]")
            try:
                claims.append(read(entry, ours))
            except MalformedCertificate as refusal:
                detail = f"{group}[{place}].{refusal.detail}"
                raise MalformedCertificate(*refusal.reasons, detail=detail) from None
    if not claims:
        raise MalformedCertificate(Reason.CONTENT_EMPTY, detail="none of v, t, r and x has an entry")
    specimen = payload.get("sp")
    if ours and specimen is not None and not isinstance(specimen, bool):
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


def _vaccination(entry: _Entry, ours: bool) -> Vaccination:
    given = _given(entry) if ours and "cd" in entry else None
    return Vaccination(
        uvci=_stated(entry, "ci"),
        disease=_code(entry, "tg", "tg", given) or _missing("tg"),
        country=_text(entry, "co") or _no_country(entry, ours),
        issuer=_stated(entry, "is"),
        evidence=_evidence(entry) if ours and "ev" in entry else None,
        date=_date(entry, "dt") or _missing("dt"),
        prophylaxis=_code(entry, "vp", "vp", given),
        product=_code(entry, "mp", "mp", given),
        manufacturer=_code(entry, "ma", "ma", given),
        dose=_number(entry, "dn", MOST_DOSES),
        doses=_number(entry, "sd", MOST_DOSES),
    )


def _test(entry: _Entry, ours: bool) -> Test:
    given = _given(entry) if ours and "cd" in entry else None
    written = _code(entry, "tt", "tt", None)
    kind, analyte = kind_of(written)
    if ours and "kd" in entry:
        kind, analyte = _word(entry, "kd", _KINDS) or _missing("kd"), _word(entry, "an", _ANALYTES)
    return Test(
        uvci=_stated(entry, "ci"),
        disease=_code(entry, "tg", "tg", given) or _missing("tg"),
        country=_text(entry, "co") or _no_country(entry, ours),
        issuer=_stated(entry, "is"),
        evidence=_evidence(entry) if ours and "ev" in entry else None,
        kind=kind,
        sampled=_instant(entry, "sc") or _missing("sc"),
        result=_code(entry, "tr", "tr", given) or _missing("tr"),
        method=given["tt"] if given and "tt" in given else written,
        analyte=analyte,
        name=_text(entry, "nm"),
        device=_code(entry, "ma", "t.ma", given),
        centre=_text(entry, "tc"),
        day_only=ours and entry.get("dy") is True,
    )


def _recovery(entry: _Entry, ours: bool) -> Recovery:
    given = _given(entry) if ours and "cd" in entry else None
    return Recovery(
        uvci=_stated(entry, "ci"),
        disease=_code(entry, "tg", "tg", given) or _missing("tg"),
        country=_text(entry, "co") or _no_country(entry, ours),
        issuer=_stated(entry, "is"),
        evidence=_evidence(entry) if ours and "ev" in entry else None,
        first_positive=_date(entry, "fr") or _missing("fr"),
        valid_from=_date(entry, "df") or _missing("df"),
        valid_until=_date(entry, "du") or _missing("du"),
    )


def _exemption(entry: _Entry, ours: bool) -> Exemption:
    given = _given(entry) if ours and "cd" in entry else None
    return Exemption(
        uvci=_stated(entry, "ci"),
        disease=_code(entry, "tg", "tg", given) or _missing("tg"),
        country=_text(entry, "co") or _no_country(entry, ours),
        issuer=_stated(entry, "is"),
        evidence=_evidence(entry) if ours and "ev" in entry else None,
        valid_from=_date(entry, "df") or _missing("df"),
        valid_until=_date(entry, "du") or _missing("du"),
    )


_READERS: tuple[tuple[str, Callable[[_Entry, bool], AnyClaim]], ...] = (
    ("v", _vaccination),
    ("t", _test),
    ("r", _recovery),
    ("x", _exemption),
)
_DCC_READERS = _READERS[:3]
_KINDS = {kind.value: kind for kind in TestKind}
_ANALYTES = {analyte.value: analyte for analyte in Analyte}


def _missing(key: str) -> NoReturn:
    raise MalformedCertificate(Reason.CONTENT_FIELD_MISSING, detail=key)


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


def _no_country(entry: _Entry, ours: bool) -> str:
    """Certificates of formats that state no country have it empty, exactly, in our own shape."""
    return "" if ours and entry.get("co") == "" else _missing("co")


def _stated(entry: _Entry, key: str) -> str:
    """A text that must be there and may be empty."""
    return _text(entry, key) or ("" if entry.get(key) is not None else _missing(key))


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
        codes[key] = Code(system or _missing("cd"), value or _missing("cd"))
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
