"""The ITHC profile: one holder and up to 48 claims in one payload (docs/formats/ithc.md is normative).

ITHC (International Travel Health Certificate) is our own documented profile of HCERT under an unregistered key of the
`hcert` claim. The payload is a CBOR map with integer keys; the texts and codes of its claims stand once in a table and
are named by their position there.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from pratique.formats.hcert import _ithc_layout as layout
from pratique.formats.hcert._holder import carried, holder_refused, stated, without_none, write_date, write_holder
from pratique.formats.hcert._ithc_reading import read
from pratique.model import uvci
from pratique.model.certificate import (
    AnyClaim,
    Certificate,
    Exemption,
    Recovery,
    Test,
    Vaccination,
)
from pratique.model.errors import Refusal
from pratique.model.reasons import Reason
from pratique.model.valueset import Code

__all__ = ["KEY", "KEYS", "NAME", "read", "refusals", "write"]

NAME: Final = "ithc"
KEY: Final = -2021
"""The key of this profile in the `hcert` claim (-260); the EU DCC has 1."""
KEYS: tuple[int, ...] = (KEY,)

_TESTS_WRITTEN: Final = {kind: number for number, kind in layout.TESTS.items()}
_ANALYTES_WRITTEN: Final = {analyte: number for number, analyte in layout.ANALYTES.items()}
_CODES_WRITTEN: Final = {code: number for number, code in enumerate(layout.CODES)}
_SYSTEMS_WRITTEN: Final = {system: number for number, system in enumerate(layout.SYSTEMS)}
_COUNTRY: Final = re.compile(r"[A-Z]{2,10}")
_KINDS_WRITTEN: Final = {Vaccination: layout.VACCINATION, Recovery: layout.RECOVERY, Exemption: layout.EXEMPTION}


def write(certificate: Certificate) -> object:
    """The payload of a certificate that `refusals` lets pass: maps, arrays, integers, texts and bytes.

    Maps are in ascending order of their keys, as the deterministic encoding wants (RFC 8949, 4.2.1), and everything
    else has one form, so that equal certificates have equal bytes.
    """
    offset = _usual_offset(certificate.claims)
    entries: dict[str | Code, int] = {}
    claims = [_write_claim(claim, entries, offset) for claim in certificate.claims]
    return without_none(
        {
            layout.VERSION: layout.MAJOR,
            layout.HOLDER: write_holder(certificate.holder),
            layout.TABLE: [entry if isinstance(entry, str) else _write_code(entry) for entry in entries],
            layout.CLAIMS: claims,
            layout.OFFSET: offset or None,
            layout.SPECIMEN: certificate.specimen or None,
        }
    )


def _usual_offset(claims: tuple[AnyClaim, ...]) -> int:
    offsets = Counter(_offset(claim.sampled) for claim in claims if isinstance(claim, Test))
    return offsets.most_common(1)[0][0] if offsets else 0


def _offset(moment: datetime) -> int:
    return (moment.utcoffset() or timedelta()) // timedelta(minutes=1)


def _write_code(code: Code) -> object:
    number = _CODES_WRITTEN.get(code)
    return [_SYSTEMS_WRITTEN.get(code.system, code.system), code.value] if number is None else number


def _write_instant(moment: datetime, usual: int) -> object:
    since, offset = moment - layout.EPOCH, _offset(moment)
    seconds = since.days * 86400 + since.seconds
    if since.microseconds:
        return [seconds, offset, since.microseconds]
    return seconds if offset == usual else [seconds, offset]


def _write_claim(claim: AnyClaim, entries: dict[str | Code, int], offset: int) -> dict[int, object]:
    def shared(value: str | Code | None) -> int | None:
        return None if value is None else entries.setdefault(value, len(entries))

    fields: dict[int, object] = {
        layout.KIND: _TESTS_WRITTEN[claim.kind] if isinstance(claim, Test) else _KINDS_WRITTEN[type(claim)],
        layout.DISEASE: shared(claim.disease),
        layout.COUNTRY: shared(claim.country),
        layout.ISSUER: shared(claim.issuer),
        layout.EVIDENCE: claim.evidence and int(claim.evidence),
        layout.RECORD: _write_record(claim),
    }
    match claim:
        case Vaccination():
            fields[layout.DATE] = write_date(claim.date)
            fields[layout.PROPHYLAXIS] = shared(claim.prophylaxis)
            fields[layout.PRODUCT] = shared(claim.product)
            fields[layout.MANUFACTURER] = shared(claim.manufacturer)
            fields[layout.DOSE] = claim.dose
            fields[layout.DOSES] = claim.doses
        case Test():
            fields[layout.SAMPLED] = _write_instant(claim.sampled, offset)
            fields[layout.RESULT] = shared(claim.result)
            fields[layout.METHOD] = shared(claim.method)
            fields[layout.ANALYTE] = claim.analyte and _ANALYTES_WRITTEN[claim.analyte]
            fields[layout.TEST_NAME] = shared(claim.name)
            fields[layout.DEVICE] = shared(claim.device)
            fields[layout.CENTRE] = shared(claim.centre)
        case Recovery():
            fields[layout.FIRST_POSITIVE] = write_date(claim.first_positive)
            fields[layout.VALID_FROM] = write_date(claim.valid_from)
            fields[layout.VALID_UNTIL] = write_date(claim.valid_until)
        case Exemption():
            fields[layout.VALID_FROM] = write_date(claim.valid_from)
            fields[layout.VALID_UNTIL] = write_date(claim.valid_until)
    return without_none(fields)


def _write_record(claim: AnyClaim) -> object:
    record = uvci.to_record_id(claim.uvci)
    canonical = record is not None and uvci.from_record_id(claim.country, record) == claim.uvci
    return record if canonical else claim.uvci


def refusals(certificate: Certificate) -> tuple[Refusal, ...]:
    """Why, and where, we do not sign a certificate in this profile; empty if it can be written and read back."""
    return tuple(_refused(certificate))


def _refused(certificate: Certificate) -> Iterator[Refusal]:
    claims = certificate.claims
    yield from holder_refused(certificate.holder)
    if not claims:
        yield Refusal(Reason.ISSUE_NO_CLAIM)
    if len(claims) > layout.MAX_CLAIMS:
        yield Refusal(Reason.ISSUE_TOO_LARGE)
    for number, claim in enumerate(claims):
        yield from (Refusal(reason, f"claims[{number}].{field}") for reason, field in _claim_refused(claim))


def _claim_refused(claim: AnyClaim) -> Iterator[tuple[Reason, str]]:
    if claim.evidence is None:
        yield Reason.ISSUE_EVIDENCE, "evidence"
    if not carried(claim.uvci):
        yield Reason.ISSUE_UVCI, "uvci"
    for field, code in stated(claim, *_CODED):
        if not carried(code.system, layout.MAX_SYSTEM) or not carried(code.value):
            yield Reason.ISSUE_CODE, field
    if not _COUNTRY.fullmatch(claim.country):
        yield Reason.ISSUE_FIELD, "country"
    for field, number in stated(claim, "dose", "doses"):
        if type(number) is not int or not 1 <= number <= layout.MAX_DOSE:
            yield Reason.ISSUE_FIELD, field
    for field, moment in stated(claim, "sampled"):
        offset = moment.utcoffset()
        if offset is None or offset % timedelta(minutes=1) or (isinstance(claim, Test) and claim.day_only):
            yield Reason.ISSUE_FIELD, field
    for field, text in stated(claim, "issuer", "name", "centre"):
        if not carried(text):
            yield Reason.ISSUE_FIELD, field


_CODED: Final = ("disease", "prophylaxis", "product", "manufacturer", "result", "method", "device")
