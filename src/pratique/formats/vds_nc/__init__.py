"""ICAO VDS-NC, the visible digital seal for non-constrained environments, with its health messages.

    { "data": { "hdr": {t, v, is}, "msg": {...} }, "sig": { "alg", "cer", "sigvl" } }

What is signed is `data` in canonical form (RFC 8785). The signer's certificate comes along, and a country's root (CSCA)
vouches for it. A seal states neither when it was made nor when it ends: it counts as long as its signer's certificate
(`docs/formats/vds-nc.md`, which also says what of ICAO's text was read).
"""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from pratique.formats import _json
from pratique.formats.vds_nc import _codes, _reading, _writing
from pratique.model.certificate import Certificate, uses_of
from pratique.model.countries import FICTIONAL
from pratique.model.envelope import Draft, Envelope, Layer, Reading
from pratique.model.errors import IssueRefused, MalformedCertificate, Refusal
from pratique.model.keys import Algorithm, KeyInfo
from pratique.model.reasons import Reason

NAME = "vds-nc"
ISSUES: tuple[str, ...] = (NAME,)
ENDLESS = True

TYPES: Final = ("icao.vacc", "icao.test")
VERSION: Final = 1
SPECIMEN_STATE: Final = "UTO"
"""Utopia issues ICAO's own specimens, and anybody may sign for it: it is no state whose key another's could be."""

_ALGORITHMS: Final = {"ES256": Algorithm.ES256, "ES384": Algorithm.ES384, "ES512": Algorithm.ES512}
_MARKS: Final = ('"hdr"', '"sigvl"')
"""Members that every seal has, and other certificates in JSON do not."""

_Seal = dict[str, Any]


def recognises(scan: str) -> bool:
    """Whether a scan claims to be a seal."""
    return scan[:1] in ("{", "[") and any(mark in scan for mark in _MARKS)


def open(scan: str) -> Envelope:  # noqa: A001 - the word of the seam
    """Take a scan apart without believing it. Raises `MalformedCertificate`."""
    data, signature = _parts(_seal(scan))
    algorithm = _ALGORITHMS.get(_text(signature, "alg"))
    if algorithm is None:
        raise MalformedCertificate(Reason.ALGORITHM_UNKNOWN, detail="sig.alg")
    signed = _json.canonical(data)
    return Envelope(
        format=NAME,
        algorithm=algorithm,
        signed=signed,
        signature=_json.octets(_text(signature, "sigvl"), "sig.sigvl"),
        key_id=None,
        payload=signed,
        certificate=_json.octets(_text(signature, "cer"), "sig.cer"),
    )


def read(envelope: Envelope) -> Reading:
    """Read an envelope whose signature held. What the message cannot be read for is a fault of the reading, so that its
    signer is judged all the same; a type or version of the future is open."""
    data: Any = _json.decode(envelope.payload.decode())
    kind, version, issuer = _header(data)
    content: Certificate | None = None
    identifiers: frozenset[tuple[str, str]] = frozenset()
    faults: tuple[Reason, ...] = ()
    fault = ""
    try:
        _require_known(kind, version)
        message = _member(data, "msg")
        salt = _reading.salt_of(envelope.signature)
        content = _reading.certificate(message, kind=kind, issuer=issuer, salt=salt)
        identifiers = _reading.identifiers(message, kind=kind, issuer=issuer)
    except MalformedCertificate as error:
        faults, fault = error.reasons, error.detail
    country = _codes.country_of(issuer)
    if not _codes.is_known_country(country):
        faults, fault = (*faults, Reason.ISSUER_UNKNOWN), fault or "hdr.is"
    return Reading(
        profile=NAME,
        content=content,
        issuer=None if issuer == SPECIMEN_STATE else country,
        not_before=None,
        issued=None,
        expires=None,
        uses=frozenset() if content is None else uses_of(content),
        identifiers=identifiers,
        faults=faults,
        fault=fault,
        expiry_required=False,
        issued_required=False,
    )


def profile_of(envelope: Envelope) -> str:
    """The format's own name: what kind of message it is makes no profile."""
    del envelope
    return NAME


def layers(scan: str) -> Iterator[Layer]:
    """The parts of a seal, unverified. Raises `MalformedCertificate` at the first that is missing."""
    seal = _seal(scan)
    yield Layer("VDS-NC", {"characters": len(scan), "members": list(seal)})
    data = _member(seal, "data")
    yield Layer("header", _member(data, "hdr"))
    yield Layer("message", _member(data, "msg"))
    signature = _member(seal, "sig")
    value, certificate = (_json.octets(_text(signature, key), f"sig.{key}") for key in ("sigvl", "cer"))
    yield Layer("signature", {"algorithm": _text(signature, "alg"), "octets": len(value), "signature": value})
    yield Layer("signer's certificate", {"octets": len(certificate), "certificate (DER)": certificate})
    yield Layer("signed", {"canonical JSON": _json.canonical(data).decode()})


def refusals(certificate: Certificate, *, profile: str, key: KeyInfo) -> tuple[Refusal, ...]:
    """Why, and where, a seal cannot hold this certificate, or this key not seal it; empty if they can."""
    del profile
    return (*_writing.refused(certificate), *_key_refused(certificate, key))


def _key_refused(certificate: Certificate, key: KeyInfo) -> Iterator[Refusal]:
    """No ES256, no certificate to put inside, no country; or its state is real where the certificate is a specimen, or
    the other way round."""
    state = _codes.country_written(key.issuer)
    if key.algorithm is not Algorithm.ES256 or key.certificate is None or state is None:
        yield Refusal(Reason.ISSUE_KEY_KIND)
    if certificate.specimen is not (state in FICTIONAL.values()):
        yield Refusal(Reason.ISSUE_SPECIMEN, "specimen")


def build(certificate: Certificate, *, profile: str, key: KeyInfo, at: datetime, expires: datetime | None) -> Draft:
    """Lay out everything but the signature.

    A seal counts as long as its signer's certificate. It has no place for an end before that: `IssueRefused`
    (ISSUE_FIELD), as what should end would not.
    """
    del profile
    if expires is not None and expires < key.not_after:
        raise IssueRefused(Reason.ISSUE_FIELD, detail="expires")
    kind, message = _writing.message(certificate, at=at)
    header = {"t": kind, "v": VERSION, "is": _codes.country_written(key.issuer)}
    signed = _json.canonical({"hdr": header, "msg": message})
    return Draft(signed=signed, protected=key.certificate or b"", payload=signed)


def seal(draft: Draft, signature: bytes) -> str:
    """The scan: what was signed, as it was signed, and the signature beside it."""
    zone = {"alg": Algorithm.ES256.value, "cer": _written(draft.protected), "sigvl": _written(signature)}
    return f'{{"data":{draft.payload.decode()},"sig":{_json.canonical(zone).decode()}}}'


def _written(octets: bytes) -> str:
    return urlsafe_b64encode(octets).decode()


def _seal(scan: str) -> _Seal:
    """The object; readers have met it alone in an array as well."""
    value = _json.decode(scan)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        raise MalformedCertificate(Reason.SEAL_STRUCTURE, detail="the seal is not an object")
    return value


def _parts(seal: _Seal) -> tuple[_Seal, _Seal]:
    data = _member(seal, "data")
    _member(data, "hdr")
    _member(data, "msg")
    return data, _member(seal, "sig")


def _member(entry: _Seal, key: str) -> _Seal:
    value = entry.get(key)
    if not isinstance(value, dict):
        raise MalformedCertificate(Reason.SEAL_STRUCTURE, detail=f"{key} is not an object")
    return value


def _text(entry: _Seal, key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str):
        raise MalformedCertificate(Reason.SEAL_STRUCTURE, detail=f"{key} is not a text")
    return value


def _header(data: _Seal) -> tuple[str, object, str]:
    """Type, version and issuing state (without fillers) as the header says."""
    header = _member(data, "hdr")
    return _text(header, "t"), header.get("v"), _text(header, "is").strip().upper().rstrip("<")


def _require_known(kind: str, version: object) -> None:
    if kind not in TYPES:
        raise MalformedCertificate(Reason.PROFILE_UNKNOWN, detail="hdr.t")
    if version != VERSION or isinstance(version, bool):
        raise MalformedCertificate(Reason.CONTENT_VERSION, detail="hdr.v")
