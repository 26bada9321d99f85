"""SMART Health Cards (framework 1.4.0): a FHIR bundle in a compressed JWS, in numeric codes, files or as it is.

    "shc:/" ─ two digits a character ─ header "." payload "." signature        header { alg: ES256, zip: DEF, kid }
    payload ─ DEFLATE ─ JSON { iss, nbf, exp?, vc: { type, credentialSubject: { fhirVersion, fhirBundle }, rid? } }

A key is named by issuer and id together. Only `iss` is looked at before the signature held; nothing is ever fetched
from the address that it is.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from pratique.formats import _json, _jws
from pratique.formats.shc import _reading, _revoking, _writing
from pratique.formats.shc._scans import (
    MOST_IN_ONE_CODE,
    cards,
    chunks_of,
    code_of,
    file_of,
    is_chunk,
    jws_of,
    recognises,
    together,
)
from pratique.model.certificate import Certificate, uses_of
from pratique.model.envelope import Draft, Envelope, Layer, Reading
from pratique.model.errors import MalformedCertificate, Refusal
from pratique.model.keys import Algorithm, KeyInfo, KeyKind, base64url, thumbprint
from pratique.model.reasons import Reason

__all__ = [
    "ENDLESS",
    "ISSUES",
    "NAME",
    "build",
    "cards",
    "chunks_of",
    "file_of",
    "is_chunk",
    "layers",
    "open",
    "profile_of",
    "read",
    "recognises",
    "refusals",
    "seal",
    "together",
]

NAME = "shc"
ISSUES: tuple[str, ...] = (NAME,)
ENDLESS = True
""""Health Cards generally do not expire" ("Expiration of Health Cards")."""

MAX_PAYLOAD = 48 * 1024
"""A card in a code inflates to under 8 kB, a patient's summary in a file to a few times that; what goes beyond was made
to hurt, and is not read within a twentieth of a second."""
MAX_DEPTH = 32
"""A record in a card nests ten deep; FHIR's extensions of extensions have room."""
_SIGNATURE = 86
"""Characters of a signature of ES256 in base64url."""
_MARGIN = 12
"""Characters by which a payload may come out longer for one time of issue than for another."""


def open(scan: str) -> Envelope:  # noqa: A001 - the word of the seam
    """Take a scan apart without believing it. Raises `MalformedCertificate`."""
    text, notes = jws_of(scan)
    jws = _jws.take_apart(text)
    payload = _payload(jws)
    claims = _claims(payload)
    issuer = _reading.issuer_of(claims)
    marked = (Reason.JSON_BYTE_ORDER_MARK,) if payload.startswith(b"\xef\xbb\xbf") else ()
    key_id = jws.header.get("kid")
    if key_id is not None and not (isinstance(key_id, str) and key_id.isascii()):
        raise MalformedCertificate(Reason.JWS_HEADER, detail="header kid")
    return Envelope(
        format=NAME,
        algorithm=Algorithm.ES256,
        signed=jws.signed,
        signature=jws.signature,
        key_id=key_id.encode() if key_id else None,
        payload=payload,
        issuer=issuer,
        notes=(*notes, *marked),
        claims=claims,
    )


def _payload(jws: _jws.Jws) -> bytes:
    """The payload that the header lets us read ("Health Cards are Compact"): ES256 alone, and raw DEFLATE."""
    if jws.header.get("alg") != Algorithm.ES256.value:
        raise MalformedCertificate(Reason.ALGORITHM_UNKNOWN, detail="header alg (not ES256)")
    if jws.header.get("zip") != "DEF":
        raise MalformedCertificate(Reason.JWS_COMPRESSION, detail="header zip (not DEF)")
    return _jws.inflate(jws.payload, most=MAX_PAYLOAD)


def _claims(payload: bytes) -> Any:
    return _json.decode(_jws.text_of(payload, "payload"), deepest=MAX_DEPTH)


def read(envelope: Envelope) -> Reading:
    """Read the payload of an envelope whose signature held.

    Raises `MalformedCertificate` for times that are none; what cannot be read in `vc` is a fault of the reading, so
    that the times are judged all the same.
    """
    claims = envelope.claims
    issued, issued_odd = _reading.numeric_date(claims, "nbf")
    expires, expires_odd = _reading.numeric_date(claims, "exp")
    certificate: Certificate | None = None
    identifiers: frozenset[tuple[str, str]] = frozenset()
    fault = ""
    try:
        certificate, faults = _reading.certificate(claims.get("vc"), issuer=claims["iss"])
        identifiers = _revoking.identifiers(claims["vc"])
    except MalformedCertificate as error:
        certificate, faults, fault = None, error.reasons, error.detail
    stated = () if certificate is None else certificate.claims
    return Reading(
        profile=NAME,
        content=certificate,
        issuer=claims["iss"],
        not_before=issued,
        issued=issued,
        expires=expires,
        uses=frozenset() if certificate is None else uses_of(certificate),
        identifiers=identifiers | {("record", claim.record_id) for claim in stated if claim.uvci},
        faults=(*faults, Reason.TIME_MILLISECONDS) if issued_odd or expires_odd else faults,
        fault=fault,
        expiry_required=False,
    )


def profile_of(envelope: Envelope) -> str:
    """There is one profile, whatever the bundle holds."""
    return NAME


def layers(scan: str) -> Iterator[Layer]:
    """The layers of a scan from outside in, for engineers. Raises `MalformedCertificate` at the first that cannot be
    taken off."""
    text, notes = jws_of(scan)
    yield Layer("SHC", {"characters": len(scan), "codes": len(scan.split()), "notes": [note.value for note in notes]})
    jws = _jws.take_apart(text)
    yield Layer("JWS", {"characters": len(text), "signature octets": len(jws.signature), "signature": jws.signature})
    yield Layer("JWS header", {"protected": jws.header})
    payload = _payload(jws)
    yield Layer("DEFLATE", {"compressed octets": len(jws.payload), "inflated octets": len(payload)})
    claims = _claims(payload)
    if not isinstance(claims, dict):
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail="payload")
    yield Layer("JWT", {name: value for name, value in claims.items() if name != "vc"})
    credential = claims.get("vc")
    if not isinstance(credential, dict):
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail="vc")
    subject = credential.get("credentialSubject")
    yield Layer("credential", {name: value for name, value in credential.items() if name != "credentialSubject"})
    if not isinstance(subject, dict):
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail="vc.credentialSubject")
    yield Layer("FHIR bundle", subject)


def refusals(certificate: Certificate, *, profile: str, key: KeyInfo) -> tuple[Refusal, ...]:
    """Why, and where, a card in one QR code cannot hold this certificate, or this key not sign it."""
    found = []
    if key.algorithm is not Algorithm.ES256 or key.public is None or key.public.kind is not KeyKind.P256:
        found.append(Refusal(Reason.ISSUE_KEY_KIND))
    if key.url is None:
        found.append(Refusal(Reason.ISSUE_KEY_URL))
    found += _writing.refusals(certificate, issuer=key.url or "")
    if not found:
        draft = build(certificate, profile=profile, key=key, at=key.not_before, expires=key.not_after)
        if len(draft.signed) + 1 + _SIGNATURE > MOST_IN_ONE_CODE - _MARGIN:
            found.append(Refusal(Reason.ISSUE_TOO_LARGE))
    return tuple(found)


def build(certificate: Certificate, *, profile: str, key: KeyInfo, at: datetime, expires: datetime | None) -> Draft:
    """Lay out everything but the signature; `at` and `expires` are aware and are truncated to whole seconds."""
    if key.public is None or key.url is None:
        raise ValueError("a key without its public half or its issuer's address")
    claims = _writing.claims_of(certificate, issuer=key.url, at=at, expires=expires)
    header = msgspec.json.encode({"zip": "DEF", "alg": Algorithm.ES256.value, "kid": thumbprint(key.public)})
    payload = _jws.deflate(msgspec.json.encode(claims))
    return Draft(signed=f"{base64url(header)}.{base64url(payload)}".encode(), protected=header, payload=payload)


def seal(draft: Draft, signature: bytes) -> str:
    """The scan: the text of one QR code."""
    return code_of(_jws.seal(draft.signed, signature))
