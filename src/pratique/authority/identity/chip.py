"""A passport's chip, as its files were read by a reader at a desk: passive authentication (ICAO Doc 9303-11, 5.1).

    EF.SOD ─ the issuing state's signature ─► hashes ─► DG1, the machine readable zone
                                                    └─► DG2, the portrait (JPEG or JPEG 2000)

It shows that a state signed these files. It does not show that they come from the chip it issued: a copy passes, since
neither active nor chip authentication can be done with files, and a person at the desk looks at the passport. No
revocation list of document signers is asked.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from pratique import crypto
from pratique.authority.identity import photograph
from pratique.model import countries, mrz
from pratique.model.errors import MalformedDocument, TrustMaterialError
from pratique.model.mrz import MachineReadableZone
from pratique.model.reasons import Reason
from pratique.trust.keys import Anchor
from pratique.trust.security_object import SecurityObject, blocks, read

MAX_GROUP = 512 * 1024
"""Octets of a data group: chips have 32 to 144 kilobytes in all."""
_DIGESTS = ("sha224", "sha256", "sha384", "sha512")
"""Of data groups. SHA-1, which the oldest chips still in their period may have, is refused."""
_DG1, _ZONE = 0x61, 0x5F1F
_DG2, _TEMPLATES, _TEMPLATE, _FACE = 0x75, 0x7F61, 0x7F60, (0x5F2E, 0x7F2E)
"""Tags of Doc 9303-10, section 4.7: the zone, and within groups of templates one with a face."""


class Refusal(StrEnum):
    """Why a chip's files establish nobody; one for each thing that can be wrong."""

    SOD_UNREADABLE = "sod_unreadable"
    SIGNER_MISSING = "signer_missing"
    SIGNER_UNKNOWN = "signer_unknown"
    """No root that is trusted here issued the signer's certificate."""
    SIGNER_FORGED = "signer_forged"
    """It names a root that did not issue it."""
    SIGNER_PERIOD = "signer_period"
    SIGNER_USE = "signer_use"
    """Its signer signs something else than passports."""
    SIGNER_COUNTRY = "signer_country"
    """The signer, its root and the zone are not of one country."""
    SIGNATURE = "signature"
    """The signature does not hold."""
    ALGORITHM = "algorithm"
    """A signature or a hash that is too weak, or not known here: it was not checked."""
    DG1_UNLISTED = "dg1_unlisted"
    DG2_UNLISTED = "dg2_unlisted"
    DG1_CHANGED = "dg1_changed"
    DG2_CHANGED = "dg2_changed"
    DG1_UNREADABLE = "dg1_unreadable"
    DG2_UNREADABLE = "dg2_unreadable"
    ZONE = "zone"
    """The zone in DG1 has a fault of its own."""
    EXPIRED = "expired"
    """The passport is over."""
    PORTRAIT = "portrait"
    """DG2 holds no picture that can be opened."""


_OF_REASON = {
    Reason.TRUST_KEY_CERTIFICATE: Refusal.SIGNER_MISSING,
    Reason.TRUST_SIGNER: Refusal.SIGNER_UNKNOWN,
    Reason.CHAIN_INVALID: Refusal.SIGNER_FORGED,
    Reason.KEY_PERIOD: Refusal.SIGNER_PERIOD,
    Reason.KEY_USE: Refusal.SIGNER_USE,
    Reason.KEY_ISSUER_MISMATCH: Refusal.SIGNER_COUNTRY,
    Reason.TRUST_SIGNATURE: Refusal.SIGNATURE,
    Reason.SIGNATURE_NOT_CHECKED: Refusal.ALGORITHM,
    Reason.CHAIN_NOT_CHECKED: Refusal.ALGORITHM,
}


class Files(Struct, frozen=True):
    """The files of a chip, each as the reader got it, its outer tag included."""

    sod: bytes
    dg1: bytes
    dg2: bytes


class Chip(Struct, frozen=True):
    """What a state signed. `portrait` is the picture as the chip has it; `country` the signer's, ISO 3166-1 alpha-2."""

    zone: MachineReadableZone
    portrait: bytes
    country: str


def authenticate(files: Files, *, roots: Sequence[Anchor], at: datetime) -> Chip | Refusal:
    """Authenticate a chip's files under the roots (CSCA) of `trust.icao`, at `at`: what was signed, or why not."""
    try:
        signed = read(files.sod, roots=roots, check=crypto.check, at=at)
    except TrustMaterialError as error:
        return _OF_REASON.get(error.reasons[0], Refusal.SOD_UNREADABLE)
    if signed.digest not in _DIGESTS:
        return Refusal.ALGORITHM
    changed = _unlike(signed, files)
    if changed is not None:
        return changed
    try:
        zone = _zone(files.dg1)
    except MalformedDocument:
        return Refusal.ZONE
    except (ValueError, IndexError):
        return Refusal.DG1_UNREADABLE
    named = signed.types is None or any(zone.kind.startswith(kind) for kind in signed.types)
    if not named:
        return Refusal.SIGNER_USE
    if countries.from_mrz(zone.country) != signed.country:
        return Refusal.SIGNER_COUNTRY
    if _ended(zone, at):
        return Refusal.EXPIRED
    try:
        portrait = portrait_in(files.dg2)
    except (ValueError, IndexError):
        return Refusal.DG2_UNREADABLE
    if photograph.anew(portrait) is None:
        return Refusal.PORTRAIT
    return Chip(zone, portrait, signed.country)


def _unlike(signed: SecurityObject, files: Files) -> Refusal | None:
    groups = (
        (1, files.dg1, Refusal.DG1_UNLISTED, Refusal.DG1_CHANGED, Refusal.DG1_UNREADABLE),
        (2, files.dg2, Refusal.DG2_UNLISTED, Refusal.DG2_CHANGED, Refusal.DG2_UNREADABLE),
    )
    for number, data, unlisted, changed, unreadable in groups:
        if number not in signed.hashes:
            return unlisted
        if len(data) > MAX_GROUP:
            return unreadable
        if hashlib.new(signed.digest, data).digest() != signed.hashes[number]:
            return changed
    return None


def _zone(dg1: bytes) -> MachineReadableZone:
    (value,) = [value for tag, value in blocks(_inside(dg1, _DG1)) if tag == _ZONE]
    return mrz.parse(value.decode("ascii"))


def _ended(zone: MachineReadableZone, at: datetime) -> bool:
    """Passports last ten years at most: the century of an expiry is the one that lies nearest."""
    year, month, day = (int(zone.expiry[start : start + 2]) for start in (0, 2, 4))
    century = at.year // 100 * 100
    nearest = min((century + shift + year for shift in (-100, 0, 100)), key=lambda whole: abs(whole - at.year))
    return at.date() > date(nearest, month, day)


def portrait_in(dg2: bytes) -> bytes:
    """The picture of the first face in DG2. Raises `ValueError` or `IndexError` for what is built in another way.

    The record is the one of ISO/IEC 19794-5:2005, version 010, read by what open readers do, since that text was not
    at hand: 14 octets of header, 20 of the face, 8 for each landmark, 12 of the picture, and the picture. The records
    of ISO/IEC 39794-5, which newer chips may have, are not read.
    """
    templates = blocks(_inside(_inside(dg2, _DG2), _TEMPLATES))
    template = next((value for tag, value in templates if tag == _TEMPLATE), b"")
    record = next((value for tag, value in blocks(template) if tag in _FACE), b"")
    if record[:8] != b"FAC\x00010\x00" or int.from_bytes(record[12:14]) < 1:
        raise ValueError("no face of a version that is read here")
    length, landmarks = int.from_bytes(record[14:18]), int.from_bytes(record[18:20])
    face = record[14 : 14 + length]
    begin = 20 + 8 * landmarks + 12
    if len(face) != length or begin >= length:
        raise ValueError("cut short")
    return face[begin:]


def _inside(data: bytes, tag: int) -> bytes:
    (found,) = blocks(data)
    if found[0] != tag:
        raise ValueError("another file")
    return found[1]
