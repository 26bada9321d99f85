"""SMART Health Cards as strangers write them: every part can be made odd, and is still honestly signed.

Payloads are deflated without compression, so that their octets, and with them the signature, are the same everywhere.
"""

import hashlib
import json
import zlib
from base64 import urlsafe_b64encode
from datetime import timedelta

from cryptography import x509

from .issuer import AT, MemorySigner

ISSUER = "https://health.xa.example/cards"
HEALTH_CARD = "https://smarthealth.cards#health-card"
CVX, SNOMED, LOINC = "http://hl7.org/fhir/sid/cvx", "http://snomed.info/sct", "http://loinc.org"
TEST_LABEL = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]}


def b64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def jwk(signer: MemorySigner, **changes: object) -> dict[str, object]:
    """The public JWK of a P-256 signer, marked as the framework asks."""
    point = x509.load_der_x509_certificate(signer.certificate).public_key().public_numbers()
    x, y = (b64url(number.to_bytes(32)) for number in (point.x, point.y))
    canonical = f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'
    kid = b64url(hashlib.sha256(canonical.encode()).digest())
    made = {"kty": "EC", "kid": kid, "use": "sig", "alg": "ES256", "crv": "P-256", "x": x, "y": y} | changes
    return {name: value for name, value in made.items() if value is not None}


def kid(signer: MemorySigner) -> str:
    """The thumbprint of the signer's key (RFC 7638)."""
    return str(jwk(signer)["kid"])


def concept(system: str, code: str) -> dict[str, object]:
    return {"coding": [{"system": system, "code": code}]}


def patient(**changes: object) -> dict[str, object]:
    made = {
        "resourceType": "Patient",
        "name": [{"family": "Musterfrau-Gößinger", "given": ["Gabriele"]}],
        "birthDate": "1998-02-26",
    }
    return _without_none(made | changes)


def immunization(code: str = "208", system: str = CVX, **changes: object) -> dict[str, object]:
    made = {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": concept(system, code),
        "patient": {"reference": "resource:0"},
        "occurrenceDateTime": "2021-05-29",
        "lotNumber": "0001",
    }
    return _without_none(made | changes)


def observation(**changes: object) -> dict[str, object]:
    made = {
        "resourceType": "Observation",
        "status": "final",
        "code": concept(LOINC, "94500-6"),
        "subject": {"reference": "resource:0"},
        "effectiveDateTime": "2021-06-30T17:30:00+02:00",
        "valueCodeableConcept": concept(SNOMED, "260415000"),
        "performer": [{"display": "Harbour Test Centre"}],
    }
    return _without_none(made | changes)


def bundle(*resources: object, **changes: object) -> dict[str, object]:
    """A bundle of the patient and these resources; without any it is the usual vaccination."""
    every = resources or (patient(), immunization())
    entries = [{"fullUrl": f"resource:{number}", "resource": resource} for number, resource in enumerate(every)]
    return _without_none({"resourceType": "Bundle", "type": "collection", "entry": entries} | changes)


def credential(*resources: object, **changes: object) -> dict[str, object]:
    subject = {"fhirVersion": "4.0.1", "fhirBundle": bundle(*resources)}
    return _without_none({"type": [HEALTH_CARD], "credentialSubject": subject, "rid": "MKyCxh7p6uQ"} | changes)


def claims(*resources: object, **changes: object) -> dict[str, object]:
    """The claims of a card; changes replace them, None removes one."""
    issued = int((AT - timedelta(days=20)).timestamp())
    return _without_none({"iss": ISSUER, "nbf": issued, "vc": credential(*resources)} | changes)


def _without_none(made: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in made.items() if value is not None}


def deflated(octets: bytes, level: int = 0) -> bytes:
    stream = zlib.compressobj(level, wbits=-15)
    return stream.compress(octets) + stream.flush()


def bomb(matches: int) -> bytes:
    """A DEFLATE stream of a zero and so many times 258 more (RFC 1951 section 3.2.6), the same wherever it is made."""
    bits = "1" + "10" + "00110000" + ("11000101" + "00000") * matches + "0000000"
    octets = [bits[place : place + 8][::-1] for place in range(0, len(bits), 8)]
    return bytes(int(octet, 2) for octet in octets)


def minified(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def signed(
    signer: MemorySigner, payload: bytes, *, header: dict[str, object] | bytes | None = None, **changes: object
) -> str:
    """A JWS over these octets as they are; `changes` replace parameters of the header, None removes one."""
    parameters = {"zip": "DEF", "alg": "ES256", "kid": kid(signer)} if header is None else header
    head = parameters if isinstance(parameters, bytes) else minified(_without_none(parameters | changes))
    text = f"{b64url(head)}.{b64url(payload)}"
    return f"{text}.{b64url(signer.sign(text.encode()))}"


def card(signer: MemorySigner, *resources: object, **changes: object) -> str:
    """A card with these resources; changes as in `claims`."""
    return signed(signer, deflated(minified(claims(*resources, **changes))))


def numeric(jws: str) -> str:
    return "shc:/" + "".join(f"{ord(letter) - 45:02}" for letter in jws)


def chunks(jws: str, count: int) -> list[str]:
    """The card as so many codes of about one length."""
    size = -(-len(jws) // count)
    parts = [jws[place : place + size] for place in range(0, len(jws), size)]
    return [f"shc:/{number}/{count}/{numeric(part)[5:]}" for number, part in enumerate(parts, 1)]
