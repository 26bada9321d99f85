"""Health records (FHIR R4) as a person and claims: what `issue` and the demonstration sign."""

import secrets

from pratique.authority.records.bundles import own_uvci, resources
from pratique.model import fhir, uvci
from pratique.model.certificate import AnyClaim, Certificate, Evidence
from pratique.model.errors import MalformedRecord
from pratique.model.reasons import Reason


def certificate_of(bundle: object, *, issuer: str, country: str, evidence: Evidence | None) -> Certificate:
    """Everything a Bundle says of its one Patient. Raises `MalformedRecord`.

    A record without a UVCI among its identifiers gets one of 16 random bytes: the same record has another one in the
    next certificate, so whoever keeps records should keep theirs.
    """
    entries = list(resources(bundle))
    patients = [resource for resource in entries if resource.get("resourceType") == "Patient"]
    if len(patients) != 1:
        missing = Reason.RECORD_FIELD_INVALID if patients else Reason.RECORD_FIELD_MISSING
        raise MalformedRecord(missing, detail="a bundle of records has one Patient")

    def identifier(place: int) -> str:
        return own_uvci(entries[place]) or uvci.from_record_id(country, secrets.token_bytes(16))

    claims: tuple[AnyClaim, ...] = fhir.claims(
        bundle, uvci=identifier, issuer=issuer, country=country, evidence=evidence
    )
    return Certificate(fhir.person(patients[0]), claims)
