"""The New Zealand COVID Pass, technical specification v1: read only.

    "NZCP:/1/" ─ base32 ─ COSE_Sign1 ─ CWT { 1: iss, 4: exp, 5: nbf, 7: cti, "vc": { credentialSubject, ... } }

A pass says that its holder met a policy when it was issued, and nothing of any dose or test: its certificate has a
holder and no claim, so that no rule finds an event in it.

The specification wants both headers protected and the key id as text. A key id of octets, and either header outside
the protected ones, are read all the same: which key counts is decided by issuer and id together, and the signature
holds under no other.
"""

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import structs

from pratique.formats import _base32, _cbor, _cose
from pratique.model.certificate import Certificate, Name, Person
from pratique.model.dates import EPOCH, SECOND, PartialDate
from pratique.model.envelope import Envelope, Layer, Reading
from pratique.model.errors import MalformedCertificate
from pratique.model.keys import Algorithm
from pratique.model.reasons import Reason

NAME = "nzcp"
PREFIX = "NZCP:/"
VERSION = "1"

MAX_NAME = 100
"""The specification's own limit for each part of a name."""
MAX_ISSUER = 256
"""A did:web names a host and a path; the longest host has 253 characters."""

_ISS, _EXP, _NBF, _CTI = 1, 4, 5, 7
_CLAIM_NAMES: dict[object, str] = {_ISS: "iss (1)", _EXP: "exp (4)", _NBF: "nbf (5)", _CTI: "cti (7)"}
_TAG = b"\xd2"
"""Tag 18, COSE_Sign1, in its shortest form."""
_CONTEXT, _CREDENTIAL, _PASS = "https://www.w3.org/2018/credentials/v1", "VerifiableCredential", "PublicCovidPass"
_VC_VERSION = "1.0.0"


def recognises(scan: str) -> bool:
    """Whether a scan claims to be a pass."""
    return scan.startswith(PREFIX)


def open(scan: str) -> Envelope:  # noqa: A001 - the word of the seam
    """Take a scan apart without believing it. Raises `MalformedCertificate`.

    The issuer is read from the payload already here, since it names the key together with the key id (section 6).
    """
    message = _base32.decode(_encoded(scan))
    if not message.startswith(_TAG):
        raise MalformedCertificate(Reason.COSE_STRUCTURE, detail="without tag 18")
    envelope = _cose.open_sign1(message, format=NAME)
    if envelope.algorithm is not Algorithm.ES256:
        raise MalformedCertificate(Reason.ALGORITHM_UNKNOWN, detail="alg is not ES256")
    claims = _claims(envelope.payload)
    return structs.replace(envelope, issuer=_issuer(claims), claims=claims)


def _encoded(scan: str) -> str:
    """The base32 text of a scan. Raises `MalformedCertificate` for another version than ours."""
    version, slash, encoded = scan.removeprefix(PREFIX).partition("/")
    if not slash or version != VERSION:
        raise MalformedCertificate(Reason.FORMAT_NOT_SUPPORTED, detail="another version than NZCP:/1/")
    return encoded


def _claims(payload: bytes) -> Mapping[Any, object]:
    claims = _cbor.decode(payload)
    if not isinstance(claims, _cbor.MAPS):
        raise MalformedCertificate(Reason.CWT_STRUCTURE, detail="the CWT is not a map")
    return claims


def _issuer(claims: Mapping[Any, object]) -> str:
    issuer = _text(claims, _ISS, MAX_ISSUER)
    if not issuer.startswith("did:web:"):
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail="1: no did:web")
    return issuer


def read(envelope: Envelope) -> Reading:
    """Read the payload of an envelope whose signature held.

    Raises `MalformedCertificate` for claims that cannot be read; what is wrong in `vc` is a fault of the reading, so
    that the period is judged all the same.
    """
    claims = envelope.claims
    begins = _instant(claims, _NBF)
    certificate: Certificate | None = None
    faults: tuple[Reason, ...] = ()
    fault = ""
    try:
        certificate = Certificate(_holder(claims), ())
    except MalformedCertificate as error:
        faults, fault = error.reasons, error.detail
    return Reading(
        profile=NAME,
        content=certificate,
        issuer=_issuer(claims),
        not_before=begins,
        issued=begins,  # `nbf` is the credential's date of issue
        expires=_instant(claims, _EXP),
        uses=frozenset(),
        identifiers=frozenset([("cti", _identifier(claims))]),
        faults=faults,
        fault=fault,
    )


def profile_of(_envelope: Envelope) -> str:
    """There is one kind of pass."""
    return NAME


def _instant(claims: Mapping[Any, object], key: int) -> datetime:
    """A NumericDate, which the specification wants as an integer."""
    value = _stated(claims, key)
    if type(value) is not int:
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=str(key))
    try:
        return EPOCH + value * SECOND
    except OverflowError:
        raise MalformedCertificate(Reason.CONTENT_DATE, detail=str(key)) from None


def _identifier(claims: Mapping[Any, object]) -> str:
    """The pass's UUID as a URI (section "Mapping JTI <-> CTI")."""
    value = _stated(claims, _CTI)
    if type(value) is not bytes:
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=str(_CTI))
    if len(value) != 16:
        raise MalformedCertificate(Reason.CONTENT_FIELD_LENGTH, detail=str(_CTI))
    return uuid.UUID(bytes=value).urn


def _holder(claims: Mapping[Any, object]) -> Person:
    credential = _map(claims, "vc")
    context, types = (_texts(credential, key) for key in ("@context", "type"))
    if not context or context[0] != _CONTEXT:
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail="vc.@context")
    if _text(credential, "version", MAX_NAME) != _VC_VERSION:
        raise MalformedCertificate(Reason.CONTENT_VERSION, detail="vc.version")
    if len(types) != 2 or types[0] != _CREDENTIAL:
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail="vc.type")
    if types[1] != _PASS:
        raise MalformedCertificate(Reason.PROFILE_UNKNOWN, detail="vc.type: another pass")
    subject = _map(credential, "credentialSubject")
    family = _text(subject, "familyName", MAX_NAME) if subject.get("familyName") else None
    born = _text(subject, "dob", MAX_NAME)
    try:
        birth_date = PartialDate.parse(born)
    except ValueError:
        birth_date = None
    if birth_date is None or not birth_date.complete or str(birth_date) != born:
        raise MalformedCertificate(Reason.CONTENT_DATE, detail="vc.credentialSubject.dob")
    return Person(Name(family=family, given=_text(subject, "givenName", MAX_NAME)), birth_date)


def _stated(entry: Mapping[Any, object], key: object) -> object:
    value = entry.get(key)
    if value is None:
        raise MalformedCertificate(Reason.CONTENT_FIELD_MISSING, detail=str(key))
    return value


def _text(entry: Mapping[Any, object], key: object, longest: int) -> str:
    value = _stated(entry, key)
    if type(value) is not str:
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=str(key))
    if not 0 < len(value.strip()) <= len(value) <= longest:
        raise MalformedCertificate(Reason.CONTENT_FIELD_LENGTH, detail=str(key))
    return value.strip()


def _map(entry: Mapping[Any, object], key: str) -> Mapping[Any, object]:
    value = _stated(entry, key)
    if not isinstance(value, _cbor.MAPS):
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=key)
    return value


def _texts(entry: Mapping[Any, object], key: str) -> list[str]:
    value = _stated(entry, key)
    if not isinstance(value, list) or not all(type(text) is str for text in value):
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=key)
    return value


def layers(scan: str) -> Iterator[Layer]:
    """The layers of a scan from outside in, for engineers; `MalformedCertificate` where one cannot be taken off."""
    encoded = _encoded(scan)
    yield Layer("NZCP", {"prefix": f"{PREFIX}{VERSION}/", "characters": len(scan)})
    message = _base32.decode(encoded)
    yield Layer("base32", {"characters": len(encoded), "octets": len(message)})
    envelope = _cose.open_sign1(message, format=NAME)
    signature = envelope.signature
    yield Layer("COSE_Sign1", {"signature octets": len(signature), "signature": signature})
    yield Layer("key", {"algorithm": envelope.algorithm.value, "key id": envelope.key_id})
    claims = _claims(envelope.payload)
    yield Layer("CWT", {_CLAIM_NAMES.get(key, str(key)): value for key, value in claims.items()})
