"""Health records (FHIR R4) as a person and claims: what `issue` and the demonstration sign."""

import secrets

from pratique.authority.records.bundles import own_uvci, resources
from pratique.model import fhir, uvci
from pratique.model.certificate import AnyClaim, Certificate, Evidence, Person
from pratique.model.errors import MalformedRecord
from pratique.model.names import script
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


def bundle_of(certificate: Certificate) -> dict[str, object]:
    """The same the other way: a Bundle of the holder and every claim.

    FHIR has no place for issuer, country and grade, which go to `certificate_of` again. An exemption has no resource
    (`MalformedRecord`).
    """
    entries = [_patient(certificate.holder), *map(fhir.resource, certificate.claims)]
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": entry} for entry in entries]}


def _patient(holder: Person) -> dict[str, object]:
    """The holder under their own name, and under its spelling in the passport where that is in other letters."""
    name = holder.name
    native, spelled = (name.family, name.given), (name.family_icao, name.given_icao)
    names = [_human_name(*native)] if any(native) else []
    if any(spelled) and not (names and script("".join(filter(None, native))) <= {"LATIN"}):
        extension = {"extension": [{"url": fhir.REPRESENTATION, "valueCode": "ABC"}]} if names else {}
        names.append(_human_name(*(part and part.replace("<", " ") for part in spelled)) | extension)
    born = {"birthDate": str(holder.birth_date)} if holder.birth_date else {}
    return {"resourceType": "Patient", "id": "holder", "name": names, **born}


def _human_name(family: str | None, given: str | None) -> dict[str, object]:
    stated: dict[str, object] = {"use": "official"}
    stated |= {"family": family} if family else {}
    return stated | ({"given": [given]} if given else {})
