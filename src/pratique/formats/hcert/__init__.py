"""HCERT, the electronic health certificate container (eHealth Network specification 1.0.8).

    "HC1:" ─ base45 ─ zlib ─ COSE_Sign1 ─ CWT { 1: iss, 4: exp, 6: iat, -260: { profile key: payload } }

What lies under the `hcert` claim is a profile, and each profile a module with `NAME`, `KEYS` and `read`; one that we
issue has `KEY`, `write` and `refusals` besides. A status may have a live proof before it (`_live`). The container never
verifies: it takes a scan apart, and reads what a signature covered.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from cbor2 import CBORTag
from msgspec import structs

from pratique.formats import _base45, _cbor, _cose, _cose_encrypt
from pratique.formats.hcert import _live, ddcc, eu_dcc, icvp, ithc, permit, sealed, status
from pratique.formats.hcert._who_values import Validity
from pratique.model.certificate import Certificate, uses_of
from pratique.model.dates import EPOCH, SECOND
from pratique.model.envelope import Content, Draft, Envelope, Layer, Reading
from pratique.model.errors import MalformedCertificate, Refusal
from pratique.model.keys import Algorithm, KeyInfo, PublicKey, SignatureCheck, Use
from pratique.model.live import Live, holder_key, message
from pratique.model.permit import Permit
from pratique.model.reasons import Reason
from pratique.model.sealed import Encrypted, Sealed
from pratique.model.status import Status


class Profile(Protocol):
    """What a profile module offers the container."""

    NAME: str
    KEYS: tuple[int, ...]

    def read(self, payload: object, /) -> Content:
        """The certificate in what CBOR decoded under one of `KEYS`. Raises `MalformedCertificate`."""


class IssuedProfile(Profile, Protocol):
    """What it offers besides, if we issue it."""

    KEY: int

    def write(self, certificate: Certificate, /) -> object:
        """What CBOR encodes under `KEY`, for a certificate without `refusals`."""

    def refusals(self, certificate: Certificate, /) -> tuple[Refusal, ...]:
        """Why, and where, the profile cannot hold this certificate; empty if it can."""


NAME = "hcert"
PREFIX = "HC1:"
_PREFIXES = (PREFIX, _live.PREFIX)
PROFILES: tuple[Profile, ...] = (eu_dcc, ithc, icvp, ddcc, status, sealed, permit)
_ISSUED: tuple[IssuedProfile, ...] = (eu_dcc, ithc, icvp)
_VALIDITIES = {
    icvp.NAME: icvp.validity,
    ddcc.NAME: ddcc.validity,
    status.NAME: status.validity,
    permit.NAME: permit.validity,
}
"""For profiles whose content says when it counts."""

MAX_CWT = 32 * 1024
"""A certificate inflates to under 4 kB; what inflates beyond 32 kB was made to hurt."""

_ISS, _EXP, _NBF, _IAT, _CTI, _HCERT = 1, 4, 5, 6, 7, -260
_CLAIM_NAMES = {1: "iss", 2: "sub", 3: "aud", 4: "exp", 5: "nbf", 6: "iat", 7: "cti", -260: "hcert"}
"""Registered claims of a CWT (RFC 8392 section 4), and the one of the eHealth Network."""
RECORD_OCTETS = 16
"""Of a record's identifier where it travels as octets."""
_TAGS = (b"\xd8\x3d", b"\xd9\xd9\xf7")
"""Tags 61 (CWT) and 55799 (CBOR), which say nothing new about a payload; a decoder would freeze all that they hold."""
PROFILE_NAMED = {profile.NAME: profile for profile in _ISSUED}
ISSUES = tuple(PROFILE_NAMED)
"""The names of what can be issued in this container."""
ENDLESS = False
_PROFILE_OF_KEY = {key: profile for profile in PROFILES for key in profile.KEYS}


def recognises(scan: str) -> bool:
    """Whether a scan claims to be an HCERT."""
    return scan.startswith(_PREFIXES)


def open(scan: str) -> Envelope:  # noqa: A001 - the word of the seam
    """Take a scan apart without believing it. Raises `MalformedCertificate`."""
    if not scan.startswith(PREFIX):
        return _presented(scan)
    return _cose.open_sign1(inflate(_base45.decode(scan[len(PREFIX) :])), format=NAME)


def _presented(text: str) -> Envelope:
    """The scan behind a live proof, with the question whether its one-time key made the proof."""
    begins, signature, scan = _live.split(text)
    if not scan.startswith(PREFIX):
        raise MalformedCertificate(Reason.FORMAT_UNKNOWN, detail="no HCERT behind the live proof")
    envelope = _cose.open_sign1(inflate(_base45.decode(scan[len(PREFIX) :])), format=NAME)
    check = None
    try:
        profile, content = _profile(_claims(envelope.payload))
        shown = profile.read(content) if profile is status else None
        if isinstance(shown, Status) and shown.key is not None:
            key = holder_key(shown.key)
            check = SignatureCheck(key, Algorithm.ES256, message(scan, begins), signature)
    except (MalformedCertificate, ValueError):
        pass  # it names no key, so that nothing counts as live; what is wrong with its content is told when it is read
    return structs.replace(envelope, live=Live(begins, check))


def presented(scan: str, begins: datetime, signature: bytes) -> str:
    """The text of a scan shown live: with a one-time key's signature over `model.live.message(scan, begins)`."""
    return _live.joined(scan, begins, signature)


def inflate(data: bytes) -> bytes:
    """Undo zlib (RFC 1950), bounded by `MAX_CWT`. Raises `MalformedCertificate` with a COMPRESSION reason."""
    stream = zlib.decompressobj()
    try:
        inflated = stream.decompress(data, MAX_CWT)
    except zlib.error:
        raise MalformedCertificate(Reason.COMPRESSION_BROKEN, detail="zlib") from None
    if stream.unconsumed_tail:
        raise MalformedCertificate(Reason.COMPRESSION_TOO_LARGE, detail=f"inflates beyond {MAX_CWT} octets")
    if not stream.eof:
        raise MalformedCertificate(Reason.COMPRESSION_BROKEN, detail="zlib stream is cut short")
    if stream.unused_data:
        raise MalformedCertificate(Reason.COMPRESSION_TRAILING, detail="octets after the zlib stream")
    return inflated


def read(envelope: Envelope) -> Reading:
    """Read the payload of an envelope whose signature held.

    Raises `MalformedCertificate` for a payload that is no CWT with a known profile; what a profile cannot read is a
    fault of the reading, so that the other claims of the CWT are judged all the same.
    """
    claims = _claims(envelope.payload)
    profile, payload = _profile(claims)
    found: Content | None = None
    counts = _ANY_TIME
    faults: tuple[Reason, ...] = ()
    fault = ""
    try:
        found = profile.read(payload)
        if validity := _VALIDITIES.get(profile.NAME):
            counts = validity(payload)
    except MalformedCertificate as error:
        found, faults, fault = None, error.reasons, error.detail
    not_before, expires = _numeric_date(claims, _NBF), _numeric_date(claims, _EXP)
    if counts is not _ANY_TIME:
        not_before = max((moment for moment in (not_before, counts.begins) if moment), default=None)
        expires = min((moment for moment in (expires, counts.ends) if moment), default=None)
        if isinstance(found, Permit):
            found = structs.replace(found, destination=_issuer(claims) or "")
    return Reading(
        profile=profile.NAME,
        content=found,
        issuer=_issuer(claims),
        not_before=not_before,
        issued=_numeric_date(claims, _IAT),
        expires=expires,
        uses=frozenset() if found is None else uses_of(found) if isinstance(found, Certificate) else _EVERY_USE,
        identifiers=_identifiers(claims, found),
        faults=faults,
        fault=fault,
        expiry_required=not counts.endless,
    )


_ANY_TIME = Validity()
_EVERY_USE = frozenset(Use)
"""What a key must be allowed for where no event is named: one that is confined to some kinds vouches for no more."""


def _identifiers(claims: Mapping[object, object], content: Content | None) -> frozenset[tuple[str, str]]:
    """What it can be revoked by: its records, and the CWT's own identifier, which is a record's if it has 16 octets."""
    stated = content.claims if isinstance(content, Certificate) else ()
    found = [("record", claim.record_id) for claim in stated if claim.uvci]
    cti = claims.get(_CTI)
    if isinstance(cti, bytes):
        found.append(("cti", cti.hex()))
        if len(cti) == RECORD_OCTETS:
            found.append(("record", cti.hex().upper()))
    return frozenset(found)


def profile_of(envelope: Envelope) -> str:
    """The profile that a payload *says* it has: a label; the format's own name where it says nothing."""
    try:
        profile, _ = _profile(_claims(envelope.payload))
    except MalformedCertificate:
        return NAME
    return profile.NAME


def layers(scan: str) -> Iterator[Layer]:
    """The layers of a scan from outside in, for engineers; the last are the profiles under claim -260.

    Raises `MalformedCertificate` at the first that cannot be taken off.
    """
    if scan.startswith(_live.PREFIX):
        begins, proof, scan = _live.split(scan)
        yield Layer("live proof", {"prefix": _live.PREFIX, "slot begins": begins, "signature": proof})
        if not scan.startswith(PREFIX):
            raise MalformedCertificate(Reason.FORMAT_UNKNOWN, detail="no HCERT behind the live proof")
    text = scan.removeprefix(PREFIX)
    yield Layer("HCERT", {"prefix": PREFIX, "characters": len(scan)})
    compressed = _base45.decode(text)
    yield Layer("base45", {"characters": len(text), "octets": len(compressed)})
    inflated = inflate(compressed)
    yield Layer("zlib", {"compressed octets": len(compressed), "inflated octets": len(inflated)})
    item, tags = _untagged(_cbor.decode(inflated))
    match item:
        case [bytes() as protected, Mapping() as unprotected, bytes() as payload, bytes() as signature]:
            yield Layer("COSE_Sign1", {"tags": tags, "signature octets": len(signature), "signature": signature})
        case _:
            raise MalformedCertificate(Reason.COSE_STRUCTURE, detail="COSE_Sign1 is not [bstr, map, bstr, bstr]")
    header = _cbor.decode(protected) if protected else {}
    yield Layer("COSE header", {"protected": header, "unprotected": unprotected})
    message = _cose.open_sign1(inflated, format=NAME)
    yield Layer("key", {"algorithm": message.algorithm.value, "key id": message.key_id})
    claims = _cbor.decode(payload)
    if not isinstance(claims, Mapping):
        raise MalformedCertificate(Reason.CWT_STRUCTURE, detail="the CWT is not a map")
    named = {_claim_name(key): value for key, value in claims.items()}
    if _HCERT not in claims and ddcc.is_bare(claims):
        yield Layer("payload without a CWT (ddcc)", {"content": claims})
        return
    contents = claims.get(_HCERT)
    if not isinstance(contents, Mapping):
        yield Layer("CWT", named)
        raise MalformedCertificate(Reason.CWT_STRUCTURE, detail="claim -260 (hcert) is not a map")
    yield Layer("CWT", named | {"hcert (-260)": f"{len(contents)} profile(s), below"})
    for key, content in contents.items():
        yield Layer(f"payload under key {key} ({_profile_name(key)})", {"content": content})


def _untagged(item: object) -> tuple[object, list[int]]:
    """What tags are around, and the item within; more than two are none of this format."""
    tags: list[int] = []
    while isinstance(item, CBORTag) and len(tags) < 2:
        tags.append(item.tag)
        item = item.value
    return item, tags


def _claim_name(key: object) -> str:
    return f"{_CLAIM_NAMES[key]} ({key})" if isinstance(key, int) and key in _CLAIM_NAMES else str(key)


def _profile_name(key: object) -> str:
    return _PROFILE_OF_KEY[key].NAME if isinstance(key, int) and key in _PROFILE_OF_KEY else "no known profile"


def _claims(payload: bytes) -> Mapping[object, object]:
    while payload.startswith(_TAGS):
        payload = payload[2 if payload.startswith(_TAGS[0]) else 3 :]
    claims = _cbor.decode(payload)
    if not isinstance(claims, _cbor.MAPS):
        raise MalformedCertificate(Reason.CWT_STRUCTURE, detail="the CWT is not a map")
    return claims


def _profile(claims: Mapping[object, object]) -> tuple[Profile, object]:
    if _HCERT not in claims and ddcc.is_bare(claims):
        return ddcc, claims
    hcert = claims.get(_HCERT, {})
    if not isinstance(hcert, _cbor.MAPS):
        raise MalformedCertificate(Reason.CWT_STRUCTURE, detail="claim -260 (hcert) is not a map")
    for key, content in hcert.items():
        if profile := _PROFILE_OF_KEY.get(key) if isinstance(key, int) else None:
            return profile, content
    raise MalformedCertificate(Reason.PROFILE_UNKNOWN, detail="no known profile under claim -260 (hcert)")


def _issuer(claims: Mapping[object, object]) -> str | None:
    issuer = claims.get(_ISS)
    if issuer is None or isinstance(issuer, str):
        return issuer or None
    raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=f"CWT claim {_ISS}")


def _numeric_date(claims: Mapping[object, object], key: int) -> datetime | None:
    """A NumericDate (RFC 8392 section 2): an integer by the standard, a float or a tagged date in practice."""
    value = claims.get(key)
    if value is None:
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        if type(value) is int or type(value) is float:
            return EPOCH + value * SECOND
    except (ValueError, OverflowError) as error:
        raise MalformedCertificate(Reason.CONTENT_DATE, detail=f"CWT claim {key}") from error
    raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail=f"CWT claim {key}")


def refusals(certificate: Certificate, *, profile: str, key: KeyInfo) -> tuple[Refusal, ...]:
    """Why, and where, the profile cannot hold this certificate; empty if it can. Any key of ours can sign it."""
    return PROFILE_NAMED[profile].refusals(certificate)


def build(certificate: Certificate, *, profile: str, key: KeyInfo, at: datetime, expires: datetime | None) -> Draft:
    """Lay out everything but the signature; `at` and `expires` are aware and are truncated to whole seconds.

    `ValueError` without `expires`: no HCERT counts for ever.
    """
    if expires is None:
        raise ValueError("an HCERT has an end")
    module = PROFILE_NAMED[profile]
    content: object
    claims: dict[int, object] = {_ISS: key.issuer, _EXP: int(expires.timestamp()), _IAT: int(at.timestamp())}
    if module is icvp:  # whose content decides when it counts
        content, claims = icvp.completed(certificate, claims, at=at)
    else:
        content = module.write(certificate)
    return _drafted(claims | {_HCERT: {module.KEY: content}}, key)


def build_status(shown: Status, *, key: KeyInfo) -> Draft:
    """The same for a status without `status_refusals`. Its CWT states the slot and nothing of when it was made."""
    claims: dict[int, object] = {
        _ISS: key.issuer,
        _EXP: int(shown.ends.timestamp()),
        _IAT: int(shown.begins.timestamp()),
    }
    return _drafted(claims | {_HCERT: {status.KEY: status.write(shown)}}, key)


def seal_status(draft: Draft, signature: bytes) -> str:
    """The scan, stored and not compressed: then its length says nothing, and keys and signatures do not shrink."""
    message = _cose.seal_sign1(draft.protected, draft.payload, signature)
    return PREFIX + _base45.encode(zlib.compress(message, level=0))


def status_refusals(shown: Status) -> tuple[Refusal, ...]:
    """Why, and where, we do not sign a status; empty if it can be written and read back."""
    return tuple(status.refusals(shown))


def build_permit(granted: Permit, *, key: KeyInfo, at: datetime, identifier: bytes) -> Draft:
    """The same for a permit without `permit_refusals`; `identifier` is what it can be withdrawn by."""
    claims: dict[int, object] = {
        _ISS: granted.destination,
        _EXP: int(granted.closes.timestamp()),
        _IAT: int(at.timestamp()),
        _CTI: identifier,
    }
    return _drafted(claims | {_HCERT: {permit.KEY: permit.write(granted)}}, key)


def permit_refusals(granted: Permit) -> tuple[Refusal, ...]:
    """Why, and where, we do not sign a permit; empty if it can be written and read back."""
    return tuple(permit.refusals(granted))


def sealable(certificate: Certificate, *, issuer: str, states: tuple[str, ...]) -> tuple[bytes, bytes]:
    """What is encrypted of a certificate without `refusals` as an ITHC, and what the encryption covers besides."""
    covered = _cose_encrypt.enc_structure(sealed.external(issuer, states))
    return sealed.filled(ithc.write(certificate)), covered


KDF_CONTEXT = _cose_encrypt.KDF_CONTEXT
"""What the wrapping of a content key is bound to."""


def sealed_message(nonce: bytes, ciphertext: bytes, keys: Sequence[tuple[bytes, PublicKey, bytes]]) -> bytes:
    """The encrypted message; `keys` are key id, ephemeral key and wrapped content key of each recipient."""
    return _cose_encrypt.message(nonce, ciphertext, keys)


def build_sealed(content: Sealed, *, key: KeyInfo, at: datetime, expires: datetime, identifier: bytes) -> Draft:
    """Lay out everything but the signature; `identifier` is what this certificate can be withdrawn by."""
    claims: dict[int, object] = {_ISS: key.issuer, _EXP: int(expires.timestamp()), _IAT: int(at.timestamp())}
    return _drafted(claims | {_CTI: identifier, _HCERT: {sealed.KEY: sealed.write(content)}}, key)


def encrypted(content: Sealed, *, issuer: str) -> Encrypted:
    """The message in a sealed certificate that `issuer` signed, taken apart. Raises `MalformedCertificate`."""
    return _cose_encrypt.open_encrypt(content.ciphertext, external=sealed.external(issuer, content.recipients))


def unsealed(plaintext: bytes) -> Certificate:
    """The certificate that was encrypted. Raises `MalformedCertificate`."""
    return ithc.read(sealed.emptied(plaintext))


def _drafted(claims: dict[int, object], key: KeyInfo) -> Draft:
    payload = _cbor.encode(claims)
    protected = _cose.protected_header(key.algorithm, key.kid)
    return Draft(signed=_cose.sig_structure(protected, payload), protected=protected, payload=payload)


def seal(draft: Draft, signature: bytes) -> str:
    """The scan: signed, compressed, and in the alphabet of a QR code's alphanumeric mode."""
    message = _cose.seal_sign1(draft.protected, draft.payload, signature)
    return PREFIX + _base45.encode(zlib.compress(message, level=9))
