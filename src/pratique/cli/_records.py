"""Health records (FHIR R4) as a person and claims: what `issue` and the demonstration sign."""

import secrets

from pratique.authority.records.bundles import resources
from pratique.cli._printing import note
from pratique.model import fhir, uvci
from pratique.model.certificate import AnyClaim, Certificate, Evidence, Person
from pratique.model.errors import MalformedRecord
from pratique.model.names import script
from pratique.model.origin import GRADES
from pratique.model.reasons import Reason


def certificate_of(
    bundle: object,
    *,
    issuer: str,
    country: str | None,
    home: str,
    evidence: Evidence | None,
    without_claims: bool = False,
) -> Certificate:
    """Everything a Bundle says of its one Patient. Raises `MalformedRecord`.

    `country` is where the events took place, of records that do not say; None is `home`, the country that signs. A
    record that came from elsewhere and says no country is no event at home: it is refused until somebody names one.
    What a record's own origin changes about what was asked for is said on stderr: no grade is raised, and none in
    silence.

    A record without a UVCI among its identifiers gets one of 16 random bytes: the same record has another one in the
    next certificate, so whoever keeps records should keep theirs. `without_claims`: a bundle of the Patient alone is
    enough, as for a child whom a policy admits by its birth date.
    """
    entries = list(resources(bundle))
    patients = [resource for resource in entries if resource.get("resourceType") == "Patient"]
    if len(patients) != 1:
        missing = Reason.RECORD_FIELD_INVALID if patients else Reason.RECORD_FIELD_MISSING
        raise MalformedRecord(missing, detail="a bundle of records has one Patient")

    if without_claims and len(entries) == 1:
        return Certificate(fhir.person(patients[0]), ())

    def identifier(place: int) -> str:
        return uvci.of_resource(entries[place]) or uvci.from_record_id(home, secrets.token_bytes(16))

    origins = fhir.origins(bundle)
    if country is None and any(origin.country is None for origin in origins):
        detail = "a record from elsewhere does not say in which country it took place; name it with --country"
        raise MalformedRecord(Reason.RECORD_FIELD_MISSING, detail=detail)
    claims: tuple[AnyClaim, ...] = fhir.claims(
        bundle, uvci=identifier, issuer=issuer, country=country or home, evidence=evidence
    )
    _tell_kept(claims, country or home, evidence)
    if before := sorted({origin.issuer for origin in origins if origin.issuer} - {issuer}):
        note(f"These records were vouched for by {', '.join(before)}; in what is signed now {issuer} does.")
    return Certificate(fhir.person(patients[0]), claims)


def _tell_kept(claims: tuple[AnyClaim, ...], country: str, evidence: Evidence | None) -> None:
    """Where records know better, or less, than was asked for."""
    for number, claim in enumerate(claims, 1):
        if claim.country != country:
            note(f"claim {number}: its country stays {claim.country}, as its record says, and is not {country}")
        if evidence is not None and claim.evidence is not None and claim.evidence is not evidence:
            kept, asked = GRADES[claim.evidence], GRADES[evidence]
            note(f"claim {number}: its evidence stays {kept}, as its record says, and is not {asked}")


def bundle_of(certificate: Certificate) -> dict[str, object]:
    """The same the other way: a Bundle of the holder and every claim.

    An exemption has no resource (`MalformedRecord`).
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
