"""How a vector of tests/vectors/scans is built, and what a verifier establishes at each point where it may stop."""

from datetime import datetime

from pratique.model.reasons import Fact, Reason
from tests import wire
from tests.cases.known import LATER, SIGNER, Case, Vector, instant, trust
from tests.issuer import AT

FRESH: Vector = {"issued": instant(AT), "fresh_until": instant(LATER), "revoked": [], "replaced": []}
GOOD = wire.hcert(SIGNER, wire.dcc())
RECORD = "7T1UG87G61Y7NRXIBQJDTYQ9"
"""The record identifier of `wire.vaccination()`."""


def scan_case(
    name: str,
    description: str,
    source: str,
    scan: str,
    expected: Vector,
    *,
    at: datetime = AT,
    trust: object = trust(SIGNER),
    revocation: Vector | None = FRESH,
    document: str | None = None,
) -> Case:
    """One file of the family; `document` is a machine readable zone, its lines joined by line feeds."""
    vector: Vector = {"description": description, "source": source, "scan": scan, "at": instant(at), "trust": trust}
    if revocation is not None:
        vector["revocation"] = revocation
    if document is not None:
        vector["document"] = document.split("\n")
    return f"scans/{name}.json", vector | {"expected": expected}


def _expected(format: str | None, authentic: bool | None, facts: dict[str, bool | None], reasons: object) -> Vector:
    every: dict[str, bool | None] = {fact.value: None for fact in Fact}
    return {"format": format, "authentic": authentic, "facts": every | facts, "reasons": reasons}


def unread(reason: Reason, *, format: str | None = "hcert", open: bool = False) -> Vector:
    """It could not be taken apart; `open` where that says nothing against it."""
    verdict = None if open else False
    return _expected(format, verdict, {"well_formed": verdict}, [reason])


def unsigned(
    *reasons: Reason, signature: bool | None = False, key: bool | None = True, format: str = "eu-dcc"
) -> Vector:
    """It was taken apart, and no key on the list made its signature."""
    verdict = False if False in (signature, key) else None
    facts = {"well_formed": True, "signature_held": signature, "key_trusted": key}
    return _expected(format, verdict, facts, list(reasons))


def nonsense(reason: Reason, *, format: str = "eu-dcc", open: bool = False, claims: bool = True) -> Vector:
    """The signature held, and what it covers cannot be read: the profile's content, or not even the CWT `claims`."""
    verdict = None if open else False
    judged = {"key_trusted": True, "in_period": True} if claims else {}
    return _expected(format, verdict, {"well_formed": verdict, "signature_held": True} | judged, [reason])


def held(
    *reasons: Reason,
    authentic: bool | None = False,
    format: str = "eu-dcc",
    certificate: object = None,
    person: Vector | None = None,
    travel_document: object = None,
    holds: Vector | None = None,
    **facts: bool | None,
) -> Vector:
    """The signature held and the content was read: every fact is true but those named."""
    told = _expected(format, authentic, dict.fromkeys([fact.value for fact in Fact], True) | facts, list(reasons))
    parts = {"certificate": certificate, "travel_document": travel_document, "person": person, "holds": holds}
    return told | {name: part for name, part in parts.items() if part is not None}


def authentic(certificate: object, **parts: object) -> Vector:
    """Everything was established and is true."""
    return held(authentic=True, certificate=certificate, **parts)  # type: ignore[arg-type]


def plain(**changes: object) -> Vector:
    """The certificate of `wire.dcc(**changes)` as it is written again: the newest version of the schema."""
    return {key: value for key, value in (wire.dcc(**changes) | {"ver": "1.3.3"}).items() if value is not None}
