"""The digital International Certificate of Vaccination or Prophylaxis (IHR Annexes 6 and 7), WHO SMART ICVP: one dose.

    { n, dob, s, nt, gn, v, vx: { vp, dv, is, bo } }

Its names changed from draft to draft. All that are known are read, and those of version 0.3.0 are written:

    vx (once v)      the dose            n     name                    nt, ntl    nationality
    dv (once dt)     day of the dose     s     sex                     vp         product, or once a vaccine code
    d                day of issue        tg    disease (old)           vls, vle   period (old; dls, dle)

Not read: the number of an identity document, the guardian and the clinician, since they answer no question that is
asked here. Yellow fever counts from the tenth day after the dose and for life (Annex 7, 2 (a) (iii) and (iv)), so that
a certificate of it needs no end; against polio a dose counts as a recommendation of WHO says.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from pratique.formats import _cbor
from pratique.formats.hcert._who_values import (
    Map,
    Validity,
    begin_of,
    country,
    day,
    end_of,
    maps_of,
    needed,
    text,
    wrong,
)
from pratique.model.certificate import Certificate, Name, Person, Sex, Vaccination
from pratique.model.countries import from_alpha3, to_alpha3
from pratique.model.dates import PartialDate
from pratique.model.errors import IssueRefused, Refusal
from pratique.model.reasons import Reason
from pratique.model.uvci import to_record_id
from pratique.model.valueset import (
    CONDITION_MAP,
    DISEASE_MAP,
    ICD_11,
    ICVP_PRODUCTS,
    POLIOMYELITIS,
    PREQUALIFIED,
    RECOMMENDATIONS,
    SNOMED,
    YELLOW_FEVER,
    Code,
    code_of,
    recommendation,
)

NAME: Final = "icvp"
KEY: Final = -6
"""The key of this profile in the `hcert` claim (-260), as WHO's network uses it."""
KEYS: tuple[int, ...] = (KEY,)
VERSION: Final = "1"
"""Of the template, as WHO's model numbers it."""

YELLOW_FEVER_BEGINS: Final = timedelta(days=10)
"""IHR Annex 7, 2 (a) (iv): protection, and the certificate, begin ten days after the dose."""

_EXP, _NBF, _CTI = 4, 5, 7
_SEXES = {sex.value: sex for sex in Sex} | {
    "m": Sex.MALE,
    "f": Sex.FEMALE,
    "o": Sex.OTHER,
    "u": Sex.UNKNOWN,
    "x": Sex.OTHER,
}
_PRODUCT = re.compile(r"\w+Product[0-9a-f]{32}", re.ASCII)
_NAMES = (("YellowFever", YELLOW_FEVER), ("PolioVaccine", POLIOMYELITIS))
"""How identifiers of products begin that our list does not have yet; what they are against is in their name."""
_LONGEST = 80
"""As for every text that we sign (ITHC)."""


def read(payload: object) -> Certificate:
    """The certificate. Raises `MalformedCertificate`. Several maps (0..* in WHO's model) must state one holder."""
    entries = maps_of(payload)
    holder = _holder(entries[0])
    if any(_holder(entry) != holder for entry in entries):
        wrong(Reason.CONTENT_NAME, "n")
    specimen = entries[0].get("sp")
    return Certificate(holder, tuple(map(_vaccination, entries)), specimen is True)


def validity(payload: object) -> Validity:
    """The period in which the doses count, and the one that an old draft states."""
    begins, ends, endless = [], [], True
    for entry in maps_of(payload):
        dose = _dose(entry)
        vaccination = _vaccination(entry)
        begins += [begin_of(day(dose, "vls", "dls")), begin_of(vaccination.date)]
        ends.append(end_of(day(dose, "vle", "dle")))
        disease = CONDITION_MAP.map(vaccination.disease)
        if disease == YELLOW_FEVER:
            begins.append(_later(vaccination.date, YELLOW_FEVER_BEGINS))
            continue
        endless = False
        known = next((told for told in RECOMMENDATIONS if told.disease == disease), None)
        if known is not None:
            ends.append(end_of(_day_after(vaccination.date, known.counts)))
    return Validity(
        max((moment for moment in begins if moment), default=None),
        min((moment for moment in ends if moment), default=None),
        endless,
    )


def _day_after(date: PartialDate, days: timedelta) -> PartialDate | None:
    try:
        return PartialDate.of(date.last + days)
    except OverflowError:
        return None


def _later(date: PartialDate, days: timedelta) -> datetime | None:
    return begin_of(_day_after(date, days))


def _holder(entry: Map) -> Person:
    name = text(entry, "n")
    if name is None:
        wrong(Reason.CONTENT_NAME, "n")
    sex = text(entry, "s")
    nation = "nt" if "nt" in entry else "ntl"
    return Person(
        Name(family=name),
        day(entry, "dob"),
        sex=None if sex is None else _SEXES.get(sex.lower(), Sex.UNKNOWN),
        nationality=country(entry, nation),
    )


def _dose(entry: Map) -> Map:
    """The map of the dose; `v` is the template's version since the dose is called `vx`."""
    name = "vx" if "vx" in entry else "v"
    dose = entry.get(name)
    if not isinstance(dose, _cbor.MAPS):
        wrong(Reason.CONTENT_FIELD_MISSING if dose is None or name == "v" else Reason.CONTENT_FIELD_TYPE, name)
    return dose


def _vaccination(entry: Map) -> Vaccination:
    dose = _dose(entry)
    vaccine = _vaccine(needed(text(dose, "vp"), "vp"))
    is_product = vaccine.system == PREQUALIFIED
    disease = DISEASE_MAP.map(vaccine) or _by_name(vaccine) or _disease(text(dose, "tg"))
    issuer = text(dose, "is") or ""
    maker = text(dose, "ma")
    return Vaccination(
        uvci="",
        disease=needed(disease, "tg"),
        country=from_alpha3(issuer) or "",
        issuer=issuer,
        date=needed(day(dose, "dv", "dt"), "dv"),
        product=vaccine if is_product else None,
        prophylaxis=None if is_product else vaccine,
        manufacturer=None if maker is None else code_of("ma", maker),
        lot=text(dose, "bo"),
    )


def _vaccine(value: str) -> Code:
    if value in ICVP_PRODUCTS.codes or _PRODUCT.fullmatch(value):
        return Code(PREQUALIFIED, value)
    return Code(SNOMED if value.isdecimal() else ICD_11, value)


def _by_name(vaccine: Code) -> Code | None:
    if vaccine.system != PREQUALIFIED:
        return None
    return next((disease for name, disease in _NAMES if vaccine.value.startswith(name)), None)


def _disease(value: str | None) -> Code | None:
    return None if value is None else Code(SNOMED if value.isdecimal() else ICD_11, value)


def normalised(certificate: Certificate) -> Certificate:
    """A certificate that `refusals` lets pass, as a reader has it: one name, and only what the form has a place for."""
    (claim,) = certificate.claims
    assert isinstance(claim, Vaccination)  # noqa: S101 - `refusals` saw it
    holder = certificate.holder
    return Certificate(
        Person(
            Name(family=_name(holder.name)),
            holder.birth_date,
            sex=holder.sex or Sex.UNKNOWN,
            nationality=holder.nationality,
        ),
        (
            Vaccination(
                uvci="",
                disease=needed(CONDITION_MAP.map(claim.disease), "disease"),
                country=from_alpha3(claim.issuer) or "",
                issuer=claim.issuer,
                date=claim.date,
                product=claim.product,
                lot=claim.lot,
            ),
        ),
        certificate.specimen,
    )


def _name(name: Name) -> str:
    """The name as the passport's machine readable zone has it: the family's first."""
    return " ".join(part.replace("<", " ") for part in (name.family_icao, name.given_icao) if part)


def write(certificate: Certificate) -> dict[str, object]:
    """The payload under the profile's key, for a certificate that `refusals` lets pass."""
    (claim,) = certificate.claims
    assert isinstance(claim, Vaccination)  # noqa: S101 - `refusals` saw it
    assert claim.product is not None  # noqa: S101 - `refusals` saw it
    holder = certificate.holder
    payload: dict[str, object] = {
        "n": _name(holder.name),
        "dob": str(holder.birth_date),
        "s": (holder.sex or Sex.UNKNOWN).value,
        "nt": to_alpha3(holder.nationality or ""),
        "v": VERSION,
        "vx": {"vp": claim.product.value, "dv": str(claim.date), "is": claim.issuer, "bo": claim.lot},
    }
    return payload | ({"sp": True} if certificate.specimen else {})


def completed(
    certificate: Certificate, claims: dict[int, Any], *, at: datetime
) -> tuple[dict[str, object], dict[int, Any]]:
    """The payload with its day of issue, and the CWT's claims with when it counts and the identifier of its record.

    A certificate against yellow fever has no end, whatever was asked: the Regulations give it the holder's life.
    Raises `IssueRefused` (ISSUE_PERIOD) for a dose that counts no more.
    """
    (claim,) = certificate.claims
    payload = write(certificate)
    counts = validity(payload)
    record = to_record_id(claim.uvci)
    changed = claims | {_CTI: claim.uvci.encode() if record is None else record}
    if counts.begins is not None:
        changed[_NBF] = int(counts.begins.timestamp())
    if counts.endless:
        del changed[_EXP]
    elif counts.ends is not None:
        changed[_EXP] = min(changed[_EXP], int(counts.ends.timestamp()))
        if counts.ends <= at:
            raise IssueRefused(Reason.ISSUE_PERIOD, detail="claims[0].date")
    return payload | {"d": at.date().isoformat()}, changed


def refusals(certificate: Certificate) -> tuple[Refusal, ...]:
    """Why, and where, this certificate cannot be one; empty if it can."""
    return tuple(_refused(certificate))


def _refused(certificate: Certificate) -> Iterator[Refusal]:
    if not certificate.claims:
        yield Refusal(Reason.ISSUE_NO_CLAIM)
        return
    if len(certificate.claims) > 1:
        yield Refusal(Reason.ISSUE_SEVERAL_CLAIMS)
        return
    holder, claim = certificate.holder, certificate.claims[0]
    if not isinstance(claim, Vaccination):
        yield Refusal(Reason.ISSUE_FIELD, "claims[0]")
        return
    if not _name(holder.name) or len(_name(holder.name)) > _LONGEST:
        yield Refusal(Reason.ISSUE_NAME, "holder.name")
    if holder.birth_date is None or not holder.birth_date.complete:
        yield Refusal(Reason.ISSUE_FIELD, "holder.birth_date")
    try:
        to_alpha3(holder.nationality or "")
    except ValueError:
        yield Refusal(Reason.ISSUE_FIELD, "holder.nationality")
    yield from (Refusal(reason, f"claims[0].{field}") for reason, field in _dose_refused(claim))


def _dose_refused(claim: Vaccination) -> Iterator[tuple[Reason, str]]:
    disease = CONDITION_MAP.map(claim.disease)
    if claim.product is None or claim.product.system != PREQUALIFIED or claim.product.value not in ICVP_PRODUCTS.codes:
        yield Reason.ISSUE_CODE, "product"
    elif disease is None or DISEASE_MAP.map(claim.product) != disease:
        yield Reason.ISSUE_CODE, "disease"
    if not claim.date.complete:
        yield Reason.ISSUE_FIELD, "date"
    elif disease == POLIOMYELITIS and recommendation(disease, claim.date.first) is None:
        yield Reason.ISSUE_RECOMMENDATION, "date"
    for field in ("issuer", "lot"):
        value = getattr(claim, field)
        if not value or len(value) > _LONGEST or text({field: value}, field) != value:
            yield Reason.ISSUE_FIELD, field
