"""What a passport's chip signs: the document security object of ICAO Doc 9303-10 and -11, and who vouches for it.

    EF.SOD = 77 ‹CMS SignedData over LDSSecurityObject: the hash of every data group of the chip›

Its signer's certificate must lead to a country's root, and must have been issued for passports. Nothing here knows what
a data group holds, and nothing proves that the chip is the one that was issued: only that its files are.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from asn1crypto import algos, cms, core
from msgspec import Struct

from pratique.model.errors import TrustMaterialError
from pratique.model.reasons import Reason
from pratique.trust import TrustList
from pratique.trust._chain import Check
from pratique.trust._cms import DIGESTS, is_of, require_signed
from pratique.trust.keys import Anchor, Embedded
from pratique.trust.x509 import document_types, embedded, is_authority, issuance, purposes

MAX_OCTETS = 64 * 1024
"""A security object with its certificate has two to four thousand."""
_TAG = 0x77
_SECURITY_OBJECT = "2.23.136.1.1.1"
_MOST_GROUPS = 16


class SecurityObject(Struct, frozen=True):
    """The hashes that an issuing state signed, by the number of the data group; `digest` as `hashlib` names it."""

    digest: str
    hashes: Mapping[int, bytes]
    country: str
    """Of the signer: ISO 3166-1 alpha-2."""
    types: frozenset[str] | None
    """The kinds of document that the signer's certificate names (`P`, `ID`); None where it names none."""


class _GroupHash(core.Sequence):  # type: ignore[misc]
    _fields = [("number", core.Integer), ("value", core.OctetString)]  # noqa: RUF012


class _GroupHashes(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _GroupHash


class _LdsSecurityObject(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012
        ("version", core.Integer),
        ("algorithm", algos.DigestAlgorithm),
        ("hashes", _GroupHashes),
        ("versions", core.Any, {"optional": True}),
    ]


def read(data: bytes, *, roots: Sequence[Anchor], check: Check, at: datetime) -> SecurityObject:
    """The security object of EF.SOD, once its signature held and a root vouches for the signer.

    Raises `TrustMaterialError`: TRUST_TOO_LARGE and TRUST_UNREADABLE for what is none; TRUST_KEY_CERTIFICATE without
    its signer's certificate; TRUST_SIGNER where no root issued that, and CHAIN_INVALID where one is named that did
    not; KEY_PERIOD outside the signer's period at `at`, or where it began outside its root's; KEY_USE for a signer of
    other things; TRUST_SIGNATURE, and SIGNATURE_NOT_CHECKED for an algorithm that is not known, or too weak, here.
    """
    if len(data) > MAX_OCTETS:
        raise TrustMaterialError(Reason.TRUST_TOO_LARGE, detail=f"EF.SOD has more than {MAX_OCTETS} octets")
    try:
        content, signer_info, certificate = _taken_apart(data)
        signer, types = embedded(certificate), document_types(certificate)
        _require_vouched(signer, roots, check, at)
        if purposes(certificate) or is_authority(certificate):
            raise TrustMaterialError(Reason.KEY_USE, detail="the signer of EF.SOD signs other things")
        if signer_info["digest_algorithm"]["algorithm"].native not in DIGESTS:
            raise TrustMaterialError(Reason.SIGNATURE_NOT_CHECKED, detail="the digest of EF.SOD")
        require_signed(content, signer_info, signer.key.key, content_type=_SECURITY_OBJECT, check=check, what="EF.SOD")
        listed = _LdsSecurityObject.load(content, strict=True)
        hashes = [(group["number"].native, group["value"].native) for group in listed["hashes"]]
        digest = listed["algorithm"]["algorithm"].native
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="not a document security object") from error
    if len(hashes) > _MOST_GROUPS or len(dict(hashes)) != len(hashes):
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="the data groups of EF.SOD")
    return SecurityObject(digest, dict(hashes), signer.key.issuer or "", types)


def _taken_apart(data: bytes) -> tuple[bytes, Any, bytes]:
    """The content, what its signer says, and the signer's certificate. Raises what `asn1crypto` raises."""
    (wrapped,) = [value for tag, value in blocks(data) if tag == _TAG]
    outer = cms.ContentInfo.load(wrapped, strict=True)
    signed = outer["content"]
    if outer["content_type"].native != "signed_data" or len(signed["signer_infos"]) != 1:
        raise ValueError("not SignedData of one signer")
    encapsulated = signed["encap_content_info"]
    if encapsulated["content_type"].dotted != _SECURITY_OBJECT:
        raise ValueError("another content")
    (signer_info,) = signed["signer_infos"]
    stated = signed["certificates"]
    certificates = [choice.chosen for choice in stated if choice.name == "certificate"] if stated else []
    named = [certificate for certificate in certificates if is_of(signer_info["sid"], certificate)]
    if not named:
        raise TrustMaterialError(Reason.TRUST_KEY_CERTIFICATE, detail="EF.SOD holds no certificate of its signer")
    return bytes(encapsulated["content"]), signer_info, bytes(named[0].dump())


def _require_vouched(signer: Embedded, roots: Sequence[Anchor], check: Check, at: datetime) -> None:
    """A root issued the signer's certificate, in its period and for its country. Raises `TrustMaterialError`."""
    begin, end = signer.key.not_before, signer.key.not_after
    candidates = TrustList((), anchors=roots).roots_of(signer)
    if not candidates:
        raise TrustMaterialError(Reason.TRUST_SIGNER, detail="the signer of EF.SOD")
    if begin is None or end is None or not begin <= at <= end:
        raise TrustMaterialError(Reason.KEY_PERIOD, detail="the signer of EF.SOD")
    answers: list[bool | None] = []
    for root in candidates:
        question = issuance(signer, root)
        held = None if question is None else check(question)
        answers.append(held)
        if not held:
            continue
        if root.issuer is None or root.issuer != signer.key.issuer:
            raise TrustMaterialError(Reason.KEY_ISSUER_MISMATCH, detail="the signer of EF.SOD")
        if not (root.not_before or begin) <= begin <= (root.not_after or begin):
            raise TrustMaterialError(Reason.KEY_PERIOD, detail="the signer of EF.SOD began outside its root's period")
        return
    unknown = None in answers
    raise TrustMaterialError(
        Reason.CHAIN_NOT_CHECKED if unknown else Reason.CHAIN_INVALID, detail="the signer of EF.SOD"
    )


def blocks(data: bytes) -> list[tuple[int, bytes]]:
    """The tags and values of a chip's file, one level of them (ISO/IEC 7816-4).

    Raises `ValueError` or `IndexError` for a broken one.
    """
    found, place = [], 0
    while place < len(data):
        width = 2 if data[place] & 0x1F == 0x1F else 1
        tag = int.from_bytes(data[place : place + width])
        place += width
        length = data[place]
        place += 1
        if length >= 0x80:
            octets = length - 0x80
            if not 1 <= octets <= 3:
                raise ValueError("a length that no chip's file has")
            length = int.from_bytes(data[place : place + octets])
            place += octets
        if place + length > len(data):
            raise ValueError("cut short")
        found.append((tag, data[place : place + length]))
        place += length
    return found
