"""What the terms of a credential mean in JSON-LD, and nothing is ever fetched: an address that is not here is refused.

Facts, in our own tables, of the contexts that credentials name, as far as a vaccination certificate uses them:
W3C credentials v1 and W3ID security v2 (published contexts), DIVOC's vaccination contexts v1 (as the Indian authority
used it) and v2 (as WHO's validator has it). A test compares what they make of a credential with what the published ones
make of it.
"""

from typing import Any

CREDENTIALS = "https://www.w3.org/2018/credentials/v1"
SECURITY = "https://w3id.org/security/v2"
_V1 = "https://cowin.gov.in/credentials/vaccination/v1"
_V2 = "https://cowin.gov.in/credentials/vaccination/v2"

CRED, SEC, SCHEMA = "https://www.w3.org/2018/credentials#", "https://w3id.org/security#", "https://schema.org/"
VAC = "vac:"
"""In DIVOC's contexts `vac` ends in no delimiter, so that it is no prefix: what is written with it stays as it is."""
_XSD = "http://www.w3.org/2001/XMLSchema#"
_DATE_TIME = _XSD + "dateTime"
_ALIASES = {"id": "@id", "type": "@type"}
_OURS: dict[str, Any] = {"@version": 1.1, "@protected": True}


def _terms(prefix: str, *names: str, **more: Any) -> dict[str, Any]:
    return {name: prefix + name for name in names} | more


def _node(iri: str, terms: dict[str, Any]) -> dict[str, Any]:
    return {"@id": iri, "@context": _OURS | terms}


def _reference(*names: str) -> dict[str, Any]:
    return {name: {"@id": CRED + name, "@type": "@id"} for name in names}


def _dated(*names: str) -> dict[str, Any]:
    return {name: {"@id": CRED + name, "@type": _DATE_TIME} for name in names}


_PROOF = {"@id": SEC + "proof", "@type": "@id", "@container": "@graph"}
_CREDENTIAL = _ALIASES | {
    "cred": CRED,
    "sec": SEC,
    "xsd": _XSD,
    "proof": _PROOF,
    **_reference(
        *("credentialSchema", "credentialStatus", "credentialSubject", "evidence", "holder", "issuer"),
        *("refreshService", "termsOfUse"),
    ),
    **_dated("expirationDate", "issued", "issuanceDate", "validFrom", "validUntil"),
}
_ADDRESS = _node(
    SCHEMA + "PostalAddress",
    _terms(SCHEMA, "streetAddress", "addressRegion", "postalCode", "addressCountry")
    | _terms(VAC, "city", "district", streetAddress2=VAC + "addressLine2"),
)


def _vaccination(namespace: str, person: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """A context of DIVOC; the two versions differ in `namespace` and in a few terms."""
    identifiers = dict.fromkeys(("certificateId", "batch", "vaccine", "manufacturer"), SCHEMA + "id")
    dates = dict.fromkeys(("date", "effectiveStart", "effectiveUntil"), SCHEMA + "date")
    verifier = {"id": SCHEMA + "id", "name": SCHEMA + "name", "sign-image": SCHEMA + "image"}
    facility = {"name": SCHEMA + "name", "address": _ADDRESS, "seal-image": SCHEMA + "image"}
    holder = _terms(SCHEMA, "name", "gender", "nationality", refId=SCHEMA + "id", uhid=SCHEMA + "id")
    return (
        _OURS
        | _ALIASES
        | {
            "schema": SCHEMA,
            "vac": namespace,
            "ProofOfVaccinationCredential": _node(
                SCHEMA + "ProofOfVaccinationCredential", {"nonTransferable": VAC + "nonTransferable"}
            ),
            "Person": _node(SCHEMA + "Person", holder | {"age": SCHEMA + "Number", "address": _ADDRESS} | person),
            "Vaccination": _node(
                VAC + "Vaccination",
                identifiers
                | dates
                | dict.fromkeys(("feedbackUrl", "infoUrl"), SCHEMA + "url")
                | dict.fromkeys(("dose", "totalDoses"), SCHEMA + "doseValue")
                | {"verifier": _node(VAC + "verifier", verifier), "facility": _node(VAC + "Facility", facility)}
                | event,
            ),
        }
    )


_FIRST = _vaccination(_V1, {}, {})
_SECOND = _vaccination(
    _V2,
    {"dob": SCHEMA + "date", "sex": SCHEMA + "gender"},
    {"icd11Code": SCHEMA + "id", "prophylaxis": SCHEMA + "name"},
)
VACCINATIONS: dict[str, dict[str, Any]] = {
    _V1: _FIRST,
    _V2: _SECOND,
    "https://divoc.prod/vaccine/credentials/vaccination/v1": _SECOND,
    "https://divoc.lgcc.gov.lk/credentials/vaccination/v1": _SECOND,
    "https://www.pedulilindungi.id/credentials/vaccination/v2": _SECOND,
}
"""The addresses under which DIVOC's contexts are named; those of other countries hold the second, as WHO's validator
takes them."""

CONTEXTS: dict[str, dict[str, Any]] = {
    CREDENTIALS: _OURS
    | _ALIASES
    | {"VerifiableCredential": _node(CRED + "VerifiableCredential", _CREDENTIAL), "proof": _PROOF},
    SECURITY: {"@version": 1.1}
    | _ALIASES
    | _terms(SEC, "RsaSignature2018", "Ed25519Signature2018", "assertionMethod", "challenge", "domain", "nonce", "jws")
    | {
        "created": {"@id": "http://purl.org/dc/terms/created", "@type": _DATE_TIME},
        "proofPurpose": {"@id": SEC + "proofPurpose", "@type": "@vocab"},
        "verificationMethod": {"@id": SEC + "verificationMethod", "@type": "@id"},
    },
    **VACCINATIONS,
}
