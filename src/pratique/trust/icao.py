"""Countries' roots (CSCA) and the master lists that name many of them (ICAO Doc 9303-12).

A master list is a CMS SignedData (RFC 5652) over CscaMasterList, a set of certificates: roots that sign themselves, and
link certificates, with which a root hands over to its successor. Nothing here reads a clock: a root that has ended is
kept with its period, since what it issued in its time still counts.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from asn1crypto import cms, core
from msgspec import Struct

from pratique.model.errors import TrustMaterialError
from pratique.model.keys import KeyKind
from pratique.model.reasons import Reason
from pratique.trust import TrustList
from pratique.trust._chain import Check
from pratique.trust._cms import is_of, require_signed
from pratique.trust.keys import Anchor, Embedded
from pratique.trust.report import Report
from pratique.trust.x509 import (
    anchor,
    der_certificates,
    embedded,
    is_authority,
    issuance,
    purposes,
    same_name,
)

MAX_OCTETS = 16 * 1024 * 1024
"""The list of all countries that ICAO publishes is under 2 MB."""
MOST_CERTIFICATES = 4096
"""That list has about five hundred."""
MOST_PREDECESSORS = 16
"""Roots tried for one link certificate: a country's successive roots share a name, and are few."""

_MASTER_LIST = "2.23.136.1.1.2"
_LIST_SIGNER = "2.23.136.1.1.3"
"""ICAO's numbers of the content, and of the purpose of a key that signs it."""
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")

Roots = tuple[tuple[Anchor, ...], Report]


class _CscaMasterList(core.Sequence):  # type: ignore[misc]
    """CscaMasterList of Doc 9303-12; certificates stay octets, so that one that is broken leaves the others whole."""

    _fields = [("version", core.Integer), ("certificates", core.SetOf, {"spec": core.Any})]  # noqa: RUF012


class _Candidate(Struct, frozen=True):
    """A certificate that may be a root's, before anybody vouches for it."""

    place: str
    root: Anchor
    issued: Embedded
    authority: bool | None
    name: str | bytes
    issuer_name: str | bytes
    """Its own name and its issuer's, as they are compared."""

    @property
    def own_name(self) -> bool:
        """Whether its issuer has its name: a root that signs itself, or one that handed over and kept the name."""
        return self.name == self.issuer_name

    def may_be_of(self, predecessor: "_Candidate") -> bool:
        """Whether it says that the other issued it: by key identifier, or by name where one of them states none."""
        stated, known = self.issued.root_key_id, predecessor.root.key_id
        by_name = stated is None or known is None
        return self.issuer_name == predecessor.name if by_name else stated == known


def roots(material: bytes, *, check: Check) -> Roots:
    """The roots in one certificate (DER) or a PEM file of several, and what of it is none, and why.

    Whoever gives them vouches for them; each is held to what a root has to be. Raises `TrustMaterialError`:
    TRUST_UNREADABLE, TRUST_TOO_LARGE, TRUST_KEY_COUNT.
    """
    _require_bounded(material)
    certificates = der_certificates(material)
    return _judged(certificates, check)


def is_master_list(material: bytes) -> bool:
    """Whether octets claim to be a CMS SignedData, which a certificate never does."""
    return material[:1] == b"\x30" and _SIGNED_DATA in material[:32]


def master_list(data: bytes, *, signers: Sequence[Anchor], check: Check) -> Roots:
    """The roots on a master list whose signer one of the roots `signers` vouches for.

    The alarm KEY_PERIOD says that it was signed outside its signer's own period. Raises `TrustMaterialError`:
    TRUST_UNREADABLE, TRUST_TOO_LARGE, TRUST_KEY_COUNT; TRUST_SIGNER where nobody among `signers` issued its signer's
    certificate, for signing such lists; TRUST_SIGNATURE, and SIGNATURE_NOT_CHECKED where its algorithm is not known.
    """
    _require_bounded(data)
    try:
        content, signer_info, certificate = _taken_apart(data)
        alarms = _require_signed(content, signer_info, certificate, signers, check)
        listed = _CscaMasterList.load(content, strict=True)
        certificates = [bytes(item.dump()) for item in listed["certificates"]]
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail="not a CSCA master list") from error
    found, report = _judged(certificates, check)
    return found, Report(report.accepted, report.refused, alarms)


def _require_bounded(material: bytes) -> None:
    if len(material) > MAX_OCTETS:
        raise TrustMaterialError(Reason.TRUST_TOO_LARGE, detail=f"more than {MAX_OCTETS} octets")


# the certificates of a list


def _judged(certificates: Sequence[bytes], check: Check) -> Roots:
    """Those that sign themselves first, and then whatever they hand over to, one after the other."""
    if len(certificates) > MOST_CERTIFICATES:
        raise TrustMaterialError(Reason.TRUST_KEY_COUNT, detail=f"more than {MOST_CERTIFICATES} certificates")
    accepted: list[_Candidate] = []
    refused: list[tuple[str, Reason]] = []
    links: list[_Candidate] = []
    for number, der in enumerate(certificates):
        place = f"certificates[{number}]"
        try:
            candidate = _candidate(place, der)
            (accepted if _signs_itself(candidate, check) else links).append(candidate)
        except TrustMaterialError as refusal:
            refused.append((place, refusal.reasons[0]))
    refused += _linked(accepted, links, check)
    return tuple(dict.fromkeys(found.root for found in accepted)), Report(len(accepted), tuple(refused))


def _candidate(place: str, der: bytes) -> _Candidate:
    """A certificate of an authority of one country, whose key can be checked. Raises `TrustMaterialError`."""
    root, issued = anchor(der), embedded(der)
    authority = is_authority(der)
    if authority is False or root.issuer is None:
        raise TrustMaterialError(Reason.TRUST_NOT_ROOT, detail=place)
    if root.key.kind is KeyKind.OTHER:  # a curve that is spelled out, and is not the one it looks like, among others
        raise TrustMaterialError(Reason.TRUST_KEY_KIND, detail=place)
    return _Candidate(place, root, issued, authority, same_name(root.name), same_name(issued.root_name))


def _signs_itself(candidate: _Candidate, check: Check) -> bool:
    """Whether it is a root's own certificate; an algorithm that nobody can check any more (SHA-1) is taken at its word,
    since the signature of a root under itself proves nothing anyway."""
    return candidate.own_name and _held(candidate.issued, candidate.root, check) is not False


def _linked(accepted: list[_Candidate], links: list[_Candidate], check: Check) -> list[tuple[str, Reason]]:
    """Add the link certificates that lead on from `accepted`, and say why not for the others.

    Each pair is tried once, so that a circle of links ends, and leads nowhere.
    """
    waiting = {link.place: (link, 0) for link in links}
    reasons = {link.place: Reason.TRUST_SIGNATURE if link.own_name else Reason.TRUST_SIGNER for link in links}
    for predecessor in accepted:  # which grows on the way
        for place, (link, tried) in list(waiting.items()):
            if tried >= MOST_PREDECESSORS or not link.may_be_of(predecessor):
                continue
            waiting[place] = (link, tried + 1)
            held = _held(link.issued, predecessor.root, check)
            if held and link.authority and link.root.issuer == predecessor.root.issuer:
                accepted.append(link)
                del waiting[place]
            elif held is None:
                reasons[place] = Reason.SIGNATURE_NOT_CHECKED
            else:
                reasons[place] = Reason.TRUST_NOT_ROOT if held else Reason.TRUST_SIGNATURE
    return [(place, reasons[place]) for place in waiting]


def _held(issued: Embedded, root: Anchor, check: Check) -> bool | None:
    question = issuance(issued, root)
    return None if question is None else check(question)


# the signature of a list


def _taken_apart(data: bytes) -> tuple[bytes, Any, bytes]:
    """The content, what its signer says, and the signer's certificate. Raises what `asn1crypto` raises."""
    outer = cms.ContentInfo.load(data, strict=True)
    if outer["content_type"].native != "signed_data":
        raise ValueError("not SignedData")
    signed = outer["content"]
    encapsulated = signed["encap_content_info"]
    if encapsulated["content_type"].dotted != _MASTER_LIST:
        raise ValueError("another content")
    content = bytes(encapsulated["content"])
    signer_info = signed["signer_infos"][0]
    certificates = [choice.chosen for choice in signed["certificates"] if choice.name == "certificate"]
    named = [certificate for certificate in certificates if is_of(signer_info["sid"], certificate)]
    return content, signer_info, bytes(named[0].dump())


def _require_signed(
    content: bytes, signer_info: Any, certificate: bytes, signers: Sequence[Anchor], check: Check
) -> tuple[Reason, ...]:
    """Its signer is vouched for and made the signature; the alarms. Raises `TrustMaterialError`."""
    signer = embedded(certificate)
    if not _vouched(signer, certificate, signers, check):
        raise TrustMaterialError(Reason.TRUST_SIGNER, detail="the signer of the master list")
    attributes = require_signed(
        content, signer_info, signer.key.key, content_type=_MASTER_LIST, check=check, what="the master list"
    )
    return _alarms(signer, attributes)


def _vouched(signer: Embedded, certificate: bytes, signers: Sequence[Anchor], check: Check) -> bool:
    """Whether one of the roots is the signer, or issued its certificate for signing lists, in its own period."""
    if any(root.key == signer.key.key for root in signers):
        return True
    if _LIST_SIGNER not in purposes(certificate):
        return False
    begin = signer.key.not_before
    for root in TrustList((), anchors=signers).roots_of(signer):
        in_period = begin is not None and _within(begin, root.not_before, root.not_after)
        same_country = root.issuer is None or root.issuer == signer.key.issuer
        if in_period and same_country and _held(signer, root, check):
            return True
    return False


def _within(moment: datetime, begin: datetime | None, end: datetime | None) -> bool:
    return (begin is None or moment >= begin) and (end is None or moment <= end)


def _alarms(signer: Embedded, attributes: dict[str, Any]) -> tuple[Reason, ...]:
    if "signing_time" not in attributes:
        return ()
    at: datetime = attributes["signing_time"][0].native
    return () if _within(at, signer.key.not_before, signer.key.not_after) else (Reason.KEY_PERIOD,)
