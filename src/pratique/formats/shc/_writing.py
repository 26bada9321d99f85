"""A certificate as the payload of a SMART Health Card, for a QR code ("Health Cards are Compact", framework 1.4.0).

No element is written that a card in a code is to leave out: `id`, `text`, `display`, and `meta` but for a specimen's
security label. Of a vaccination stay the day and the vaccine, of a test its type, time, result and place. Evidence,
country, dose numbers, device and travel document have no place; who vouches is the address in `iss`.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import structs

from pratique.formats.shc import _reading, _revoking
from pratique.model import dcc
from pratique.model.certificate import AnyClaim, Certificate, Exemption, Person, Recovery, Test, Vaccination
from pratique.model.dates import format_instant
from pratique.model.errors import MalformedCertificate, Refusal
from pratique.model.names import script
from pratique.model.reasons import Reason
from pratique.model.valueset import CVX_MAP, HOLDER_MAP, PRODUCT_MAP, PROPHYLAXIS_MAP, RESULT_MAP, Code, CodeMap

FHIR_VERSION = "4.0.1"
_PATIENT = "resource:0"
_CODED = frozenset({"disease", "product", "prophylaxis", "manufacturer", "method", "kind", "analyte", "result"})


def claims_of(certificate: Certificate, *, issuer: str, at: datetime, expires: datetime | None) -> dict[str, object]:
    """The claims of the JWT; `at` and `expires` in whole seconds."""
    end = {} if expires is None else {"exp": int(expires.timestamp())}
    return {"iss": issuer, "nbf": int(at.timestamp()), **end, "vc": credential(certificate)}


def credential(certificate: Certificate) -> dict[str, object]:
    """What stands in `vc`, for a certificate that `refusals` lets pass."""
    resources = [_patient(certificate), *map(_record, certificate.claims)]
    entries = [{"fullUrl": f"resource:{number}", "resource": resource} for number, resource in enumerate(resources)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return {
        "type": [_reading.HEALTH_CARD],
        "credentialSubject": {"fhirVersion": FHIR_VERSION, "fhirBundle": bundle},
        "rid": _revoking.rid_of(certificate.claims),
    }


def _patient(certificate: Certificate) -> dict[str, object]:
    name = certificate.holder.name
    system, code = _reading.TEST_DATA
    names = [_human_name(name.family, name.given)]
    if not script(f"{name.family or ''}{name.given or ''}") <= {"LATIN"}:  # its Latin in the passport stands beside it
        names.append(_human_name(*((part or "").replace("<", " ") for part in (name.family_icao, name.given_icao))))
    return {
        "resourceType": "Patient",
        **({"meta": {"security": [{"system": system, "code": code}]}} if certificate.specimen else {}),
        "name": names,
        **({"birthDate": str(certificate.holder.birth_date)} if certificate.holder.birth_date else {}),
    }


def _human_name(family: str | None, given: str | None) -> dict[str, object]:
    return {**({"family": family} if family else {}), **({"given": given.split()} if given else {})}


def _record(claim: AnyClaim) -> dict[str, object]:
    match claim:
        case Vaccination():
            return {
                "resourceType": "Immunization",
                "status": "completed",
                "vaccineCode": _concept(*_vaccine_codes(claim)),
                "patient": {"reference": _PATIENT},
                "occurrenceDateTime": str(claim.date),
            }
        case Test():
            sampled = str(claim.sampled.date()) if claim.day_only else format_instant(claim.sampled)
            return {
                "resourceType": "Observation",
                "status": "final",
                "code": _concept(claim.method or dcc.TEST_TYPES.get(claim.kind)),
                "subject": {"reference": _PATIENT},
                "effectiveDateTime": sampled,
                "valueCodeableConcept": _concept(claim.result),
                **({"performer": [{"display": claim.centre}]} if claim.centre else {}),
            }
    raise ValueError("a card holds vaccinations and tests")


def _vaccine_codes(claim: Vaccination) -> tuple[Code | None, ...]:
    """A code of CVX, which most readers know, where one says neither less nor more; else the claim's own."""
    claim = normalised_vaccination(claim)
    cvx = CVX_MAP.map(claim.product) if claim.product else None
    if cvx is not None and PROPHYLAXIS_MAP.map(cvx) == claim.prophylaxis:
        return (cvx,)
    return claim.prophylaxis, claim.product


def _concept(*codes: Code | None) -> dict[str, object]:
    return {"coding": [{"system": code.system, "code": code.value} for code in codes if code is not None]}


def normalised(certificate: Certificate, *, issuer: str) -> Certificate:
    """The certificate as a card of `issuer` says it, and so as its reader has it."""
    claims = tuple(_normalised(claim, issuer) for claim in certificate.claims)
    return structs.replace(
        certificate, holder=Person(certificate.holder.name, certificate.holder.birth_date), claims=claims
    )


def _normalised(claim: AnyClaim, issuer: str) -> AnyClaim:
    said: dict[str, Any] = {"uvci": "", "issuer": issuer, "country": "", "evidence": None}
    match claim:
        case Vaccination():
            claim = normalised_vaccination(claim)
            said |= {"dose": None, "doses": None}
        case Test():
            method = claim.method or dcc.TEST_TYPES.get(claim.kind)
            said |= {"method": method, "result": _mapped(claim.result, RESULT_MAP), "name": None, "device": None}
    return structs.replace(claim, **said)


def normalised_vaccination(claim: Vaccination) -> Vaccination:
    """With the codes of the EU's lists where a map knows them, as every reader of ours has them."""
    product = None if claim.product is None else _mapped(claim.product, PRODUCT_MAP)
    known = PROPHYLAXIS_MAP.map(product) if product else None
    return structs.replace(
        claim,
        product=product,
        prophylaxis=known if claim.prophylaxis is None else _mapped(claim.prophylaxis, PROPHYLAXIS_MAP),
        manufacturer=HOLDER_MAP.map(product) if product else None,
    )


def _mapped(code: Code, mapping: CodeMap) -> Code:
    return mapping.map(code) or code


def refusals(certificate: Certificate, *, issuer: str) -> Iterator[Refusal]:
    """Why, and where, a card cannot hold this certificate, or its reader would have another one."""
    kinds = {type(claim) for claim in certificate.claims}
    found = {
        Reason.ISSUE_NO_CLAIM: not kinds,
        Reason.ISSUE_RECOVERY: Recovery in kinds,
        Reason.ISSUE_EXEMPTION: Exemption in kinds,
        Reason.ISSUE_TOO_LARGE: len(certificate.claims) > _reading.MOST_CLAIMS,
    }
    yield from (Refusal(reason) for reason, is_so in found.items() if is_so)
    if True not in found.values():
        yield from dict.fromkeys(_misread(certificate, issuer))


def _misread(certificate: Certificate, issuer: str) -> Iterator[Refusal]:
    said = normalised(certificate, issuer=issuer)
    try:
        heard, _ = _reading.certificate(credential(certificate), issuer=issuer)
    except MalformedCertificate as refusal:
        yield Refusal(Reason.ISSUE_FIELD, refusal.detail)
        return
    if said.holder.birth_date != heard.holder.birth_date:
        yield Refusal(Reason.ISSUE_FIELD, "holder.birth_date")
    for field in structs.fields(said.holder.name):
        if getattr(said.holder.name, field.name) != getattr(heard.holder.name, field.name):
            yield Refusal(Reason.ISSUE_FIELD, f"holder.name.{field.name}")
    for number, (one, other) in enumerate(zip(said.claims, heard.claims, strict=True)):
        for field in structs.fields(one):
            if getattr(one, field.name) != getattr(other, field.name, None):
                reason = Reason.ISSUE_CODE if field.name in _CODED else Reason.ISSUE_FIELD
                yield Refusal(reason, f"claims[{number}].{field.name}")
    for number, claim in enumerate(certificate.claims):
        if isinstance(claim, Vaccination):
            known = normalised_vaccination(claim).manufacturer
            if None not in (claim.manufacturer, known) and claim.manufacturer != known:
                yield Refusal(Reason.ISSUE_CODE, f"claims[{number}].manufacturer")
