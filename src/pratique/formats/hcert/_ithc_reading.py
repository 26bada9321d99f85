"""Reading ITHC payloads, which a trusted key signed and which may still say anything; the limits bound the work."""

from itertools import chain
from typing import Any, Final

from pratique.formats.hcert._ithc_layout import (
    ANALYTE,
    ANALYTES,
    BIRTH_DATE,
    CENTRE,
    CLAIMS,
    CODES,
    COUNTRY,
    DATE,
    DEVICE,
    DISEASE,
    DOCUMENT,
    DOCUMENT_COUNTRY,
    DOCUMENT_DIGEST,
    DOCUMENT_KIND,
    DOCUMENT_SALT,
    DOCUMENT_TAIL,
    DOSE,
    DOSES,
    EVIDENCE,
    EVIDENCES,
    EXEMPTION,
    FAMILY,
    FAMILY_ICAO,
    FIRST_POSITIVE,
    GIVEN,
    GIVEN_ICAO,
    HOLDER,
    ICAO,
    ISSUER,
    KIND,
    KIND_LAST,
    MAJOR,
    MANUFACTURER,
    MAX_CLAIMS,
    MAX_COUNTRY,
    MAX_DOSE,
    MAX_NUMBER,
    MAX_OFFSET,
    MAX_SYSTEM,
    MAX_TABLE,
    METHOD,
    OFFSET,
    PRODUCT,
    PROPHYLAXIS,
    RECORD,
    RECORD_BYTES,
    RECOVERY,
    RESULT,
    SAMPLED,
    SPECIMEN,
    SYSTEMS,
    TABLE,
    TEST_NAME,
    TESTS,
    UNLISTED,
    VACCINATION,
    VALID_FROM,
    VALID_UNTIL,
    VERSION,
)
from pratique.formats.hcert._ithc_values import (
    Map,
    array_at,
    bytes_at,
    day_at,
    inside,
    instant_at,
    map_at,
    number_at,
    number_or_none_at,
    text_at,
    text_or_none_at,
    value_at,
    wrong,
)
from pratique.model import uvci
from pratique.model.certificate import (
    AnyClaim,
    Certificate,
    Evidence,
    Exemption,
    Name,
    Person,
    Recovery,
    Test,
    TravelDocument,
    Vaccination,
)
from pratique.model.errors import MalformedCertificate
from pratique.model.reasons import Reason
from pratique.model.valueset import Code

_CLAIM_VALUES: Final = frozenset({int, bytes, str, list, dict})
"""What the values of a claim may be, so that true and 1.0, which Python takes for 1, are no numbers of the profile."""
_TEXT_KEYS: Final = (COUNTRY, ISSUER, TEST_NAME, CENTRE)
_SHARED_KEYS: Final = (*_TEXT_KEYS, DISEASE, PROPHYLAXIS, PRODUCT, MANUFACTURER, RESULT, METHOD, DEVICE)

_Texts = dict[object, str]
_Codes = dict[object, Code]


def read(payload: object) -> Certificate:
    """The certificate that an ITHC payload states, as decoded by `cbor2`.

    Raises `MalformedCertificate` with a `CONTENT_*` reason; its detail is the path of keys and positions, so that
    `3[2].6` is the date of the third claim. Keys that version 1 does not have are ignored.
    """
    if type(payload) is not dict:
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail="payload")
    if number_at(payload, VERSION, 0, MAX_NUMBER) != MAJOR:
        raise wrong(Reason.CONTENT_VERSION, VERSION)
    specimen = payload.get(SPECIMEN, False)
    if type(specimen) is not bool:
        raise wrong(Reason.CONTENT_FIELD_TYPE, SPECIMEN)
    offset = number_or_none_at(payload, OFFSET, -MAX_OFFSET, MAX_OFFSET) or 0
    raw_holder = map_at(payload, HOLDER)
    try:
        holder = _holder(raw_holder)
    except MalformedCertificate as error:
        raise inside(HOLDER, error) from None
    raw_table = array_at(payload, TABLE, MAX_TABLE)
    raw_claims = array_at(payload, CLAIMS, MAX_CLAIMS)
    if not raw_claims:
        raise wrong(Reason.CONTENT_EMPTY, CLAIMS)
    texts, codes = _table(raw_table)
    return Certificate(holder, _claims(raw_claims, texts, codes, offset), specimen)


def _holder(raw: Map) -> Person:
    family_icao, given_icao = _icao(raw, FAMILY_ICAO), _icao(raw, GIVEN_ICAO)
    if family_icao is None and given_icao is None:
        raise wrong(Reason.CONTENT_NAME, FAMILY_ICAO)
    name = Name(text_or_none_at(raw, FAMILY), text_or_none_at(raw, GIVEN), family_icao, given_icao)
    document = None
    if DOCUMENT in raw:
        raw_document = map_at(raw, DOCUMENT)
        try:
            document = _document(raw_document)
        except MalformedCertificate as error:
            raise inside(DOCUMENT, error) from None
    return Person(name, day_at(raw, BIRTH_DATE) if BIRTH_DATE in raw else None, document)


def _document(raw: Map) -> TravelDocument:
    return TravelDocument(
        text_at(raw, DOCUMENT_KIND, 2),
        text_at(raw, DOCUMENT_COUNTRY, 3),
        text_at(raw, DOCUMENT_TAIL, 3),
        bytes_at(raw, DOCUMENT_SALT, 8, 16),
        bytes_at(raw, DOCUMENT_DIGEST, 16, 16),
    )


def _icao(raw: Map, key: int) -> str | None:
    text = text_or_none_at(raw, key)
    if text is not None and ICAO.fullmatch(text) is None:
        raise wrong(Reason.CONTENT_NAME, key)
    return text


def _table(raw: list[object]) -> tuple[_Texts, _Codes]:
    """The texts and the codes of the table, each by its position."""
    texts: _Texts = {}
    codes: _Codes = {}
    for position, entry in enumerate(raw):
        try:
            if type(entry) is int and 0 <= entry < len(CODES):
                codes[position] = CODES[entry]
            elif type(entry) is str:
                texts[position] = text_at({TABLE: entry}, TABLE)
            else:
                codes[position] = _code(entry)
        except MalformedCertificate as error:
            raise MalformedCertificate(*error.reasons, detail=f"{TABLE}[{position}]") from None
    return texts, codes


def _code(entry: object) -> Code:
    """A code that the list of codes does not have, or not yet."""
    if type(entry) is int:
        return Code(UNLISTED, str(number_at({TABLE: entry}, TABLE, 0, MAX_NUMBER)))
    if type(entry) is not list:
        raise wrong(Reason.CONTENT_FIELD_TYPE, TABLE)
    if len(entry) != 2:
        raise wrong(Reason.CONTENT_FIELD_LENGTH, TABLE)
    pair: Map = {0: entry[0], 1: entry[1]}
    if type(entry[0]) is int:
        return Code(SYSTEMS[number_at(pair, 0, 0, len(SYSTEMS) - 1)], text_at(pair, 1))
    return Code(text_at(pair, 0, MAX_SYSTEM), text_at(pair, 1))


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
            raise inside(f"{CLAIMS}[{position}]", fault) from None
        except MalformedCertificate as error:
            raise inside(f"{CLAIMS}[{position}]", error) from None
    return tuple(claims)


def _check_types(raw: object) -> None:
    if type(raw) is not dict:
        raise wrong(Reason.CONTENT_FIELD_TYPE, KIND)
    for key in range(VALID_UNTIL + 1):
        if key in raw and type(raw[key]) not in _CLAIM_VALUES:
            raise wrong(Reason.CONTENT_FIELD_TYPE, key)


def _claim(raw: Map, texts: _Texts, codes: _Codes, offset: int) -> AnyClaim:
    """One claim; `KeyError` or `TypeError` where a key is absent, or a value no number of the profile or the table."""
    kind = raw[KIND]
    country = texts[raw[COUNTRY]]
    if not 2 <= len(country) <= MAX_COUNTRY:
        raise wrong(Reason.CONTENT_FIELD_LENGTH, COUNTRY)
    if kind == VACCINATION:
        return Vaccination(
            uvci=_record(raw, country),
            disease=codes[raw[DISEASE]],
            country=country,
            issuer=texts[raw[ISSUER]],
            evidence=EVIDENCES[raw[EVIDENCE]],
            date=day_at(raw, DATE),
            prophylaxis=codes[raw[PROPHYLAXIS]] if PROPHYLAXIS in raw else None,
            product=codes[raw[PRODUCT]] if PRODUCT in raw else None,
            manufacturer=codes[raw[MANUFACTURER]] if MANUFACTURER in raw else None,
            dose=number_or_none_at(raw, DOSE, 1, MAX_DOSE),
            doses=number_or_none_at(raw, DOSES, 1, MAX_DOSE),
        )
    if kind == RECOVERY:
        return Recovery(
            uvci=_record(raw, country),
            disease=codes[raw[DISEASE]],
            country=country,
            issuer=texts[raw[ISSUER]],
            evidence=EVIDENCES[raw[EVIDENCE]],
            first_positive=day_at(raw, FIRST_POSITIVE),
            valid_from=day_at(raw, VALID_FROM),
            valid_until=day_at(raw, VALID_UNTIL),
        )
    if kind == EXEMPTION:
        return Exemption(
            uvci=_record(raw, country),
            disease=codes[raw[DISEASE]],
            country=country,
            issuer=texts[raw[ISSUER]],
            evidence=EVIDENCES[raw[EVIDENCE]],
            valid_from=day_at(raw, VALID_FROM),
            valid_until=day_at(raw, VALID_UNTIL),
        )
    return Test(
        uvci=_record(raw, country),
        disease=codes[raw[DISEASE]],
        country=country,
        issuer=texts[raw[ISSUER]],
        evidence=EVIDENCES[raw[EVIDENCE]],
        kind=TESTS[kind],
        sampled=instant_at(raw, SAMPLED, offset),
        result=codes[raw[RESULT]],
        method=codes[raw[METHOD]] if METHOD in raw else None,
        analyte=ANALYTES[raw[ANALYTE]] if ANALYTE in raw else None,
        name=texts[raw[TEST_NAME]] if TEST_NAME in raw else None,
        device=codes[raw[DEVICE]] if DEVICE in raw else None,
        centre=texts[raw[CENTRE]] if CENTRE in raw else None,
    )


def _fault(raw: Map, texts: _Texts, codes: _Codes) -> MalformedCertificate | None:
    """What is out of place in a claim that `_claim` stumbled over."""
    try:
        number_at(raw, EVIDENCE, 1, max(Evidence))
        kind = number_at(raw, KIND, VACCINATION, KIND_LAST)
        number_or_none_at(raw, ANALYTE, 0, len(ANALYTES) - 1)
        for key in (DISEASE, COUNTRY, ISSUER, *((RESULT,) if kind in TESTS else ())):
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
    record = raw.get(RECORD)
    if type(record) is not bytes:
        return text_at(raw, RECORD)
    if len(record) != RECORD_BYTES:
        raise wrong(Reason.CONTENT_FIELD_LENGTH, RECORD)
    try:
        return uvci.from_record_id(country, record)
    except ValueError:
        raise wrong(Reason.CONTENT_FIELD_TYPE, COUNTRY) from None
