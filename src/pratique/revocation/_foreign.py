"""What others withdrew, in their own terms: batches of the EU gateway, and the lists of SMART Health Card issuers."""

from base64 import b64decode
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from pratique.model.certificate import Certificate
from pratique.model.dates import Instant
from pratique.model.envelope import Envelope, Reading
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import Algorithm
from pratique.model.reasons import Reason


class HashType(StrEnum):
    """What the entries of an EU batch are hashes of: each is the first 16 octets of a SHA-256.

    For an ES256 certificate `SIGNATURE` is over the first half of the signature, r, alone: a mirrored s is no way out.
    """

    UCI = "UCI"
    COUNTRY_CODE_UCI = "COUNTRYCODEUCI"
    SIGNATURE = "SIGNATURE"


class Batch(Struct, frozen=True):
    """A batch of the EU gateway, which counts for keys of `country`: for the one under `kid`, or for all of them where
    that is None (the gateway's UNKNOWN_KID).
    """

    country: str
    kid: bytes | None
    hash_type: HashType
    expires: Instant
    hashes: frozenset[bytes]


class CardList(Struct, frozen=True):
    """The list that an issuer of SMART Health Cards keeps for one key: `rid` to the instant before which it counts.

    None counts for every card with this `rid` (SMART Health Cards Framework, "Revocation").
    """

    issuer: str
    kid: bytes
    rids: dict[str, Instant | None]


def eu_hashes(hash_type: HashType, envelope: Envelope, reading: Reading) -> set[bytes]:
    """What a batch of this type lists a certificate by."""
    if hash_type is HashType.SIGNATURE:
        signature = envelope.signature
        if envelope.algorithm is Algorithm.ES256:
            signature = signature[: len(signature) // 2]
        return {_eu_hash(signature)}
    before = (reading.issuer or "") if hash_type is HashType.COUNTRY_CODE_UCI else ""
    claims = reading.content.claims if isinstance(reading.content, Certificate) else ()
    return {_eu_hash(f"{before}{claim.uvci}".encode()) for claim in claims if claim.uvci}


def _eu_hash(data: bytes) -> bytes:
    return sha256(data).digest()[:16]


class _BatchEntry(Struct, frozen=True):
    hash: bytes


class _BatchFile(Struct, frozen=True):
    """A batch as the gateway gives it out, its CMS signature taken off; hashes in base64."""

    country: str
    expires: Instant
    kid: str
    hashType: HashType  # noqa: N815  the gateway's name
    entries: Annotated[tuple[_BatchEntry, ...], Meta(min_length=1, max_length=1000)]


def eu_batch(data: bytes) -> Batch:
    """A revocation batch of the EU gateway, from its JSON. Raises `TrustMaterialError` (REVOCATION_UNREADABLE)."""
    try:
        file = msgspec.json.decode(data, type=_BatchFile)
        kid = None if file.kid == "UNKNOWN_KID" else b64decode(file.kid + "=" * (-len(file.kid) % 4), validate=True)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise TrustMaterialError(Reason.REVOCATION_UNREADABLE, detail=str(error)) from error
    if any(len(entry.hash) != 16 for entry in file.entries):
        raise TrustMaterialError(Reason.REVOCATION_UNREADABLE, detail="a hash that is not of 16 octets")
    hashes = frozenset(entry.hash for entry in file.entries)
    return Batch(file.country, kid, file.hashType, file.expires, hashes)


class _CardFile(Struct, frozen=True):
    """The list of a SMART Health Card issuer for one key."""

    kid: str
    method: Literal["rid"]
    ctr: int
    rids: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,24}(\.[0-9]{1,12})?\Z")], ...], Meta(max_length=10**6)
    ]


_YEAR_10000 = 253_402_300_800
"""In seconds since 1970: an instant that no calendar here has is after every card."""


def card_list(data: bytes, *, issuer: str) -> CardList:
    """The revocation list of a SMART Health Card `issuer` for one key, from its JSON.

    A `rid` that is listed twice counts for the longer time. Raises `TrustMaterialError` (REVOCATION_UNREADABLE), for
    the method `hash-fhir` of older cards too, which is not supported.
    """
    try:
        file = msgspec.json.decode(data, type=_CardFile)
    except (msgspec.DecodeError, RecursionError) as error:
        raise TrustMaterialError(Reason.REVOCATION_UNREADABLE, detail=str(error)) from error
    rids: dict[str, datetime | None] = {}
    for entry in file.rids:
        rid, _, stamp = entry.partition(".")
        before = datetime.fromtimestamp(int(stamp), UTC) if stamp and int(stamp) < _YEAR_10000 else None
        known = rids.get(rid, before)
        rids[rid] = None if before is None or known is None else max(known, before)
    return CardList(issuer, file.kid.encode(), rids)
