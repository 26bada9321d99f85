"""What is in a SMART Health Card under a signature that held: a FHIR bundle of one Patient and their records.

Immunization and Observation become claims. A card states neither country nor evidence, and has no identifier of ours:
these stay empty, and the issuer is the address in `iss`. Other resources are passed over, exemptions among them, since
FHIR writes them with their ground.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pratique.model import fhir, uvci
from pratique.model.certificate import AnyClaim, Certificate
from pratique.model.dates import EPOCH, SECOND
from pratique.model.errors import MalformedCertificate, MalformedRecord
from pratique.model.keys import is_issuer_url
from pratique.model.reasons import Reason

MOST_ENTRIES = 1000
"""A patient's summary in a file has hundreds of resources."""
MOST_CLAIMS = 64
"""Many times a lifetime's doses."""

HEALTH_CARD = "https://smarthealth.cards#health-card"
TEST_DATA = ("http://terminology.hl7.org/CodeSystem/v3-ActReason", "HTEST")
"""The security label of FHIR for what is about nobody (HL7 v3 ActReason, "test health data"): a specimen."""

_MILLISECONDS = 1e11
"""As seconds this is the year 5138, as milliseconds 1973."""
_RECORDS = ("Immunization", "Observation")
_SUBJECTS = {"Immunization": "patient", "Observation": "subject"}

_CONTENT = {
    Reason.RECORD_FIELD_MISSING: Reason.CONTENT_FIELD_MISSING,
    Reason.RECORD_FIELD_INVALID: Reason.CONTENT_FIELD_VALUE,
    Reason.RECORD_KIND: Reason.CONTENT_FIELD_VALUE,
}


def issuer_of(claims: object) -> str:
    """`iss`, which is an https address without a slash at its end ("Determining keys associated with an issuer").

    Raises `MalformedCertificate`: CONTENT_FIELD_TYPE, CONTENT_FIELD_MISSING, CONTENT_ISSUER.
    """
    if not isinstance(claims, dict):
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail="payload")
    issuer = claims.get("iss")
    if issuer is None:
        raise MalformedCertificate(Reason.CONTENT_FIELD_MISSING, detail="iss")
    if not isinstance(issuer, str):
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail="iss")
    if not is_issuer_url(issuer):
        raise MalformedCertificate(Reason.CONTENT_ISSUER, detail="iss")
    return issuer


def numeric_date(claims: Mapping[str, Any], name: str) -> tuple[datetime | None, bool]:
    """A NumericDate (RFC 7519 section 2), with or without a fraction, and whether it can only be in milliseconds.

    Raises `MalformedCertificate` (CONTENT_FIELD_TYPE, CONTENT_DATE).
    """
    value = claims.get(name)
    if value is None:
        return None, False
    if type(value) not in (int, float):
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=name)
    milliseconds = value >= _MILLISECONDS
    try:
        return EPOCH + (value / 1000 if milliseconds else value) * SECOND, milliseconds
    except (ValueError, OverflowError):
        raise MalformedCertificate(Reason.CONTENT_DATE, detail=name) from None


def certificate(credential: object, *, issuer: str) -> tuple[Certificate, tuple[Reason, ...]]:
    """The certificate in `vc`, and what is worth knowing of it.

    A card of other resources alone has a holder and no claim. Raises `MalformedCertificate` with a CONTENT reason, or
    PROFILE_UNKNOWN for a credential that does not call itself a health card.
    """
    bundle = _bundle(credential)
    entries = list(_entries(bundle))
    patients = [entry for entry in entries if entry[1].get("resourceType") == "Patient"]
    if not patients:
        raise MalformedCertificate(Reason.CONTENT_FIELD_MISSING, detail="fhirBundle.entry (no Patient)")
    if len(patients) > 1:
        raise MalformedCertificate(Reason.CONTENT_REFERENCE, detail="fhirBundle.entry (several of Patient)")
    if len(entries) == 1:
        raise MalformedCertificate(Reason.CONTENT_EMPTY, detail="fhirBundle.entry")
    try:
        holder = fhir.person(patients[0][1], foreign=True)
    except MalformedRecord as refusal:
        missing = Reason.RECORD_FIELD_MISSING in refusal.reasons
        reason = Reason.CONTENT_NAME if missing else Reason.CONTENT_FIELD_VALUE
        raise MalformedCertificate(reason, detail=refusal.detail) from None
    claims, notes = _claims(entries, patients[0], issuer)
    labelled = [resource for resource in (bundle, *(resource for _, resource in entries)) if "meta" in resource]
    return Certificate(holder, claims, any(map(_is_test_data, labelled))), notes


def _bundle(credential: object) -> dict[str, Any]:
    """The bundle (FHIR R4) of a verifiable credential ("Health Cards are encoded as Compact Serialization JWS")."""
    if not isinstance(credential, dict):
        raise MalformedCertificate(_absent(credential), detail="vc")
    types = credential.get("type")
    if not isinstance(types, list):
        raise MalformedCertificate(_absent(types), detail="vc.type")
    if HEALTH_CARD not in types:
        raise MalformedCertificate(Reason.PROFILE_UNKNOWN, detail="vc.type (no health card)")
    subject = credential.get("credentialSubject")
    if not isinstance(subject, dict):
        raise MalformedCertificate(_absent(subject), detail="vc.credentialSubject")
    version = subject.get("fhirVersion")
    if not isinstance(version, str):
        raise MalformedCertificate(_absent(version), detail="vc.credentialSubject.fhirVersion")
    if not version.startswith("4."):
        raise MalformedCertificate(Reason.CONTENT_VERSION, detail="vc.credentialSubject.fhirVersion (not R4)")
    bundle = subject.get("fhirBundle")
    if not isinstance(bundle, dict):
        raise MalformedCertificate(_absent(bundle), detail="vc.credentialSubject.fhirBundle")
    return bundle


def _absent(value: object) -> Reason:
    return Reason.CONTENT_FIELD_MISSING if value is None else Reason.CONTENT_FIELD_TYPE


def _entries(bundle: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The resources of a bundle, each with the address by which others refer to it.

    Where an issuer left it out, it is the one that the framework makes of its place ("Health Cards are Small").
    """
    entries = bundle.get("entry")
    if not isinstance(entries, list):
        raise MalformedCertificate(_absent(entries), detail="fhirBundle.entry")
    if len(entries) > MOST_ENTRIES:
        raise MalformedCertificate(Reason.CONTENT_FIELD_LENGTH, detail="fhirBundle.entry")
    for place, entry in enumerate(entries):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict):
            raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=f"fhirBundle.entry[{place}].resource")
        address = entry.get("fullUrl")
        yield address if isinstance(address, str) else f"resource:{place}", resource


def _claims(
    entries: list[tuple[str, dict[str, Any]]], patient: tuple[str, dict[str, Any]], issuer: str
) -> tuple[tuple[AnyClaim, ...], tuple[Reason, ...]]:
    claims: list[AnyClaim] = []
    notes: tuple[Reason, ...] = ()
    for place, (_, resource) in enumerate(entries):
        kind = resource.get("resourceType")
        if kind not in _RECORDS:
            continue
        _require_about(patient, resource.get(_SUBJECTS[kind]), f"fhirBundle.entry[{place}].{_SUBJECTS[kind]}")
        if len(claims) == MOST_CLAIMS:
            raise MalformedCertificate(Reason.CONTENT_FIELD_LENGTH, detail="fhirBundle.entry")
        try:
            claims.append(
                fhir.claim(
                    resource,
                    uvci=uvci.of_resource(resource) or "",
                    issuer=issuer,
                    country="",
                    evidence=None,
                    foreign=True,
                )
            )
        except MalformedRecord as refusal:
            if Reason.RECORD_STATUS in refusal.reasons:  # not done, or entered in error: it tells of no event
                notes = (Reason.CONTENT_STATUS,)
                continue
            if kind == "Observation" and not fhir.is_test(resource):  # a pulse in a patient's summary
                continue
            reasons = dict.fromkeys(_CONTENT[reason] for reason in refusal.reasons)
            raise MalformedCertificate(*reasons, detail=f"fhirBundle.entry[{place}] {refusal.detail}") from None
    return tuple(claims), notes


def _require_about(patient: tuple[str, dict[str, Any]], reference: object, place: str) -> None:
    """A record is about the bundle's one Patient, whichever way it refers to them (FHIR R4, bundle.html#references)."""
    named = reference.get("reference") if isinstance(reference, dict) else None
    if not isinstance(named, str):
        raise MalformedCertificate(Reason.CONTENT_REFERENCE, detail=f"{place} (nobody)")
    address, resource = patient
    if named == address != "":
        return
    known = {address, f"Patient/{resource.get('id')}"} - {"", "Patient/None"}
    if named not in known and not (named and address.endswith(f"/{named}")):
        raise MalformedCertificate(Reason.CONTENT_REFERENCE, detail=f"{place} (somebody else)")


def _is_test_data(resource: dict[str, Any]) -> bool:
    meta = resource.get("meta")
    labels = meta.get("security") if isinstance(meta, dict) else None
    if not isinstance(labels, list):
        return False
    return any(isinstance(label, dict) and (label.get("system"), label.get("code")) == TEST_DATA for label in labels)
