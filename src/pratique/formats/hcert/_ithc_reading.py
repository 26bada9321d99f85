"""Reading ITHC payloads, which a trusted key signed and which may still say anything; the limits bound the work."""

from itertools import chain
from typing import Any, Final

from pratique.formats.hcert import _ithc_layout as layout
from pratique.formats.hcert._holder import read_holder
from pratique.formats.hcert._ithc_values import (
    Map,
    array_at,
    day_at,
    inside,
    instant_at,
    map_at,
    number_at,
    number_or_none_at,
    text_at,
    value_at,
    wrong,
)
from pratique.model import uvci
from pratique.model.certificate import (
    AnyClaim,
    Certificate,
    Evidence,
    Exemption,
    Recovery,
    Test,
    Vaccination,
)
from pratique.model.errors import MalformedCertificate
from pratique.model.reasons import Reason
from pratique.model.valueset import Code

_CLAIM_VALUES: Final = frozenset({int, bytes, str, list, dict})
"""What the values of a claim may be, so that true and 1.0, which Python takes for 1, are no numbers of the profile."""
_TEXT_KEYS: Final = (layout.COUNTRY, layout.ISSUER, layout.TEST_NAME, layout.CENTRE)
_SHARED_KEYS: Final = (
    *_TEXT_KEYS,
    layout.DISEASE,
    layout.PROPHYLAXIS,
    layout.PRODUCT,
    layout.MANUFACTURER,
    layout.RESULT,
    layout.METHOD,
    layout.DEVICE,
)

_Texts = dict[object, str]
_Codes = dict[object, Code]


def read(payload: object) -> Certificate:
    """The certificate that an ITHC payload states, as decoded by `cbor2`.

    Raises `MalformedCertificate` with a `CONTENT_*` reason; its detail is the path of keys and positions, so that
    `3[2].6` is the date of the third claim. Keys that version 1 does not have are ignored.
    """
    if type(payload) is not dict:
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail="payload")
    if number_at(payload, layout.VERSION, 0, layout.MAX_NUMBER) != layout.MAJOR:
        raise wrong(Reason.CONTENT_VERSION, layout.VERSION)
    specimen = payload.get(layout.SPECIMEN, False)
    if type(specimen) is not bool:
        raise wrong(Reason.CONTENT_FIELD_TYPE, layout.SPECIMEN)
    offset = number_or_none_at(payload, layout.OFFSET, -layout.MAX_OFFSET, layout.MAX_OFFSET) or 0
    raw_holder = map_at(payload, layout.HOLDER)
    try:
        holder = read_holder(raw_holder)
    except MalformedCertificate as error:
        raise inside(layout.HOLDER, error) from None
    raw_table = array_at(payload, layout.TABLE, layout.MAX_TABLE)
    raw_claims = array_at(payload, layout.CLAIMS, layout.MAX_CLAIMS)
    if not raw_claims:
        raise wrong(Reason.CONTENT_EMPTY, layout.CLAIMS)
    texts, codes = _table(raw_table)
    return Certificate(holder, _claims(raw_claims, texts, codes, offset), specimen)


def _table(raw: list[object]) -> tuple[_Texts, _Codes]:
    """The texts and the codes of the table, each by its position."""
    texts: _Texts = {}
    codes: _Codes = {}
    for position, entry in enumerate(raw):
        try:
            if type(entry) is int and 0 <= entry < len(layout.CODES):
                codes[position] = layout.CODES[entry]
            elif type(entry) is str:
                texts[position] = text_at({layout.TABLE: entry}, layout.TABLE)
            else:
                codes[position] = _code(entry)
        except MalformedCertificate as error:
            raise MalformedCertificate(*error.reasons, detail=f"{layout.TABLE}[{position}]") from None
    return texts, codes


def _code(entry: object) -> Code:
    """A code that the list of codes does not have, or not yet."""
    if type(entry) is int:
        return Code(layout.UNLISTED, str(number_at({layout.TABLE: entry}, layout.TABLE, 0, layout.MAX_NUMBER)))
    if type(entry) is not list:
        raise wrong(Reason.CONTENT_FIELD_TYPE, layout.TABLE)
    if len(entry) != 2:
        raise wrong(Reason.CONTENT_FIELD_LENGTH, layout.TABLE)
    pair: Map = {0: entry[0], 1: entry[1]}
    if type(entry[0]) is int:
        return Code(layout.SYSTEMS[number_at(pair, 0, 0, len(layout.SYSTEMS) - 1)], text_at(pair, 1))
    return Code(text_at(pair, 0, layout.MAX_SYSTEM), text_at(pair, 1))


def _claims(raw_claims: list[Any], texts: _Texts, codes: _Codes, offset: int) -> tuple[AnyClaim, ...]:
    """Every claim is read on the assumption that it is in order; only one that is not is searched for its fault."""
    strict = {dict}.issuperset(map(type, raw_claims)) and _CLAIM_VALUES.issuperset(
        map(type, chain.from_iterable(map(dict.values, raw_claims)))
    )
    claims = []
    for position, raw in enumerate(raw_claims):
        try:
            if not strict:
                _check_types(raw)
            claims.append(_claim(raw, texts, codes, offset))
        except (KeyError, TypeError):
            fault = _fault(raw, texts, codes)
            if fault is None:
                raise
            raise inside(f"{layout.CLAIMS}[{position}]", fault) from None
        except MalformedCertificate as error:
            raise inside(f"{layout.CLAIMS}[{position}]", error) from None
    return tuple(claims)


def _check_types(raw: object) -> None:
    if type(raw) is not dict:
        raise wrong(Reason.CONTENT_FIELD_TYPE, layout.KIND)
    for key in range(layout.VALID_UNTIL + 1):
        if key in raw and type(raw[key]) not in _CLAIM_VALUES:
            raise wrong(Reason.CONTENT_FIELD_TYPE, key)


def _claim(raw: Map, texts: _Texts, codes: _Codes, offset: int) -> AnyClaim:
    """One claim; `KeyError` or `TypeError` where a key is absent, or a value no number of the profile or the table."""
    kind = raw[layout.KIND]
    country = texts[raw[layout.COUNTRY]]
    if not 2 <= len(country) <= layout.MAX_COUNTRY:
        raise wrong(Reason.CONTENT_FIELD_LENGTH, layout.COUNTRY)
    if kind == layout.VACCINATION:
        return Vaccination(
            uvci=_record(raw, country),
            disease=codes[raw[layout.DISEASE]],
            country=country,
            issuer=texts[raw[layout.ISSUER]],
            evidence=layout.EVIDENCES[raw[layout.EVIDENCE]],
            date=day_at(raw, layout.DATE),
            prophylaxis=codes[raw[layout.PROPHYLAXIS]] if layout.PROPHYLAXIS in raw else None,
            product=codes[raw[layout.PRODUCT]] if layout.PRODUCT in raw else None,
            manufacturer=codes[raw[layout.MANUFACTURER]] if layout.MANUFACTURER in raw else None,
            dose=number_or_none_at(raw, layout.DOSE, 1, layout.MAX_DOSE),
            doses=number_or_none_at(raw, layout.DOSES, 1, layout.MAX_DOSE),
        )
    if kind == layout.RECOVERY:
        return Recovery(
            uvci=_record(raw, country),
            disease=codes[raw[layout.DISEASE]],
            country=country,
            issuer=texts[raw[layout.ISSUER]],
            evidence=layout.EVIDENCES[raw[layout.EVIDENCE]],
            first_positive=day_at(raw, layout.FIRST_POSITIVE),
            valid_from=day_at(raw, layout.VALID_FROM),
            valid_until=day_at(raw, layout.VALID_UNTIL),
        )
    if kind == layout.EXEMPTION:
        return Exemption(
            uvci=_record(raw, country),
            disease=codes[raw[layout.DISEASE]],
            country=country,
            issuer=texts[raw[layout.ISSUER]],
            evidence=layout.EVIDENCES[raw[layout.EVIDENCE]],
            valid_from=day_at(raw, layout.VALID_FROM),
            valid_until=day_at(raw, layout.VALID_UNTIL),
        )
    return Test(
        uvci=_record(raw, country),
        disease=codes[raw[layout.DISEASE]],
        country=country,
        issuer=texts[raw[layout.ISSUER]],
        evidence=layout.EVIDENCES[raw[layout.EVIDENCE]],
        kind=layout.TESTS[kind],
        sampled=instant_at(raw, layout.SAMPLED, offset),
        result=codes[raw[layout.RESULT]],
        method=codes[raw[layout.METHOD]] if layout.METHOD in raw else None,
        analyte=layout.ANALYTES[raw[layout.ANALYTE]] if layout.ANALYTE in raw else None,
        name=texts[raw[layout.TEST_NAME]] if layout.TEST_NAME in raw else None,
        device=codes[raw[layout.DEVICE]] if layout.DEVICE in raw else None,
        centre=texts[raw[layout.CENTRE]] if layout.CENTRE in raw else None,
    )


def _fault(raw: Map, texts: _Texts, codes: _Codes) -> MalformedCertificate | None:
    """What is out of place in a claim that `_claim` stumbled over."""
    try:
        number_at(raw, layout.EVIDENCE, 1, max(Evidence))
        kind = number_at(raw, layout.KIND, layout.VACCINATION, layout.KIND_LAST)
        number_or_none_at(raw, layout.ANALYTE, 0, len(layout.ANALYTES) - 1)
        for key in (layout.DISEASE, layout.COUNTRY, layout.ISSUER, *((layout.RESULT,) if kind in layout.TESTS else ())):
            value_at(raw, key)
        for key in _SHARED_KEYS:
            number_or_none_at(raw, key, 0, len(texts) + len(codes) - 1)
    except MalformedCertificate as error:
        return error
    # Every number names an entry of the table, so one of them names a code where a text belongs, or the reverse.
    for key in _SHARED_KEYS:
        if key in raw and raw[key] not in (texts if key in _TEXT_KEYS else codes):
            return wrong(Reason.CONTENT_FIELD_TYPE, key)
    return None


def _record(raw: Map, country: str) -> str:
    record = raw.get(layout.RECORD)
    if type(record) is not bytes:
        return text_at(raw, layout.RECORD)
    if len(record) != layout.RECORD_BYTES:
        raise wrong(Reason.CONTENT_FIELD_LENGTH, layout.RECORD)
    try:
        return uvci.from_record_id(country, record)
    except ValueError:
        raise wrong(Reason.CONTENT_FIELD_TYPE, layout.COUNTRY) from None
