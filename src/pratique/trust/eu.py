"""The trust list of an EU gateway: certificates, each with the signature of the gateway's trust anchor.

Read were the software design and the README of the gateway (its tables of trusted parties and of signers): each entry
is a country, a type, a certificate, its SHA-256 and a CMS signature of the trust anchor over the certificate, which is
not in it. CSCA entries are the roots of their country, DSC entries its signers; a signer counts if a root of the same
country on the same list issued it. Other types are for the gateway itself. The description of the interface was not
read: the fields have the names that the README gives to the columns.
"""

import binascii
import hashlib
from base64 import b64decode
from collections.abc import Sequence

import msgspec
from asn1crypto import cms
from msgspec import Struct

from pratique.model import countries
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import PublicKey
from pratique.model.reasons import Reason
from pratique.trust._chain import Check
from pratique.trust._cms import require_signed
from pratique.trust.keys import Anchor, TrustedKey
from pratique.trust.report import Report
from pratique.trust.x509 import anchor, embedded, is_authority, issuance, trusted_key

MAX_OCTETS = 32 * 1024 * 1024
MOST_ENTRIES = 20_000
"""The union's list had some hundred signers."""
_DATA = "1.2.840.113549.1.7.1"


class _Entry(Struct, frozen=True, rename="camel"):
    """One certificate of the list; more fields, such as a time, are for the gateway."""

    country: str
    certificate_type: str
    raw_data: str
    signature: str
    thumbprint: str


class _Certificate(Struct, frozen=True):
    place: str
    country: str
    der: bytes


EuList = tuple[tuple[TrustedKey, ...], tuple[Anchor, ...], Report]


def trust_list(data: bytes, *, anchors: Sequence[PublicKey], check: Check) -> EuList:
    """The signers and the roots of a list (JSON), and what of it does not count, and why.

    `anchors` are the keys of the trust anchor, which a verifier has from elsewhere. Raises `TrustMaterialError`
    (TRUST_UNREADABLE, TRUST_TOO_LARGE, TRUST_KEY_COUNT) for the list as a whole.
    """
    if len(data) > MAX_OCTETS:
        raise TrustMaterialError(Reason.TRUST_TOO_LARGE, detail=f"more than {MAX_OCTETS} octets")
    try:
        entries = msgspec.json.decode(data, type=list[_Entry])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail=str(error)) from error
    if len(entries) > MOST_ENTRIES:
        raise TrustMaterialError(Reason.TRUST_KEY_COUNT, detail=f"more than {MOST_ENTRIES} certificates")
    refused: list[tuple[str, Reason]] = []
    found: dict[str, list[_Certificate]] = {"CSCA": [], "DSC": []}
    for number, entry in enumerate(entries):
        if entry.certificate_type in found:
            place = f"[{number}]"
            try:
                found[entry.certificate_type].append(_vouched(entry, place, anchors, check))
            except TrustMaterialError as refusal:
                refused.append((place, refusal.reasons[0]))
    roots: list[Anchor] = []
    keys: list[TrustedKey] = []
    for each in found["CSCA"]:
        try:
            roots.append(_root(each))
        except TrustMaterialError as refusal:
            refused.append((each.place, refusal.reasons[0]))
    for each in found["DSC"]:
        try:
            keys.append(_signer(each, roots, check))
        except TrustMaterialError as refusal:
            refused.append((each.place, refusal.reasons[0]))
    return tuple(keys), tuple(roots), Report(len(keys) + len(roots), tuple(refused))


def _vouched(entry: _Entry, place: str, anchors: Sequence[PublicKey], check: Check) -> _Certificate:
    """The certificate of an entry, once the trust anchor signed it. Raises `TrustMaterialError`."""
    try:
        der, signature = b64decode(entry.raw_data, validate=True), b64decode(entry.signature, validate=True)
        signed = cms.ContentInfo.load(signature)["content"]  # the gateway's own are in BER, of indefinite length
        (signer_info,) = signed["signer_infos"]
        inside = signed["encap_content_info"]["content"].native
        if inside not in (None, der):
            raise TrustMaterialError(Reason.TRUST_SIGNATURE, detail=place)
        failures = [_failure(der, signer_info, key, check, place) for key in anchors]
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, binascii.Error) as error:
        raise TrustMaterialError(Reason.TRUST_UNREADABLE, detail=place) from error
    if None not in failures:
        raise TrustMaterialError(next((reason for reason in failures if reason), Reason.TRUST_SIGNER), detail=place)
    if entry.thumbprint.lower() != hashlib.sha256(der).hexdigest():
        raise TrustMaterialError(Reason.TRUST_KEY_ID, detail=place)
    return _Certificate(place, countries.canonical(entry.country), der)


def _failure(der: bytes, signer_info: object, key: PublicKey, check: Check, place: str) -> Reason | None:
    try:
        require_signed(der, signer_info, key, content_type=_DATA, check=check, what=place)
    except TrustMaterialError as refusal:
        return refusal.reasons[0]
    return None


def _root(each: _Certificate) -> Anchor:
    root = anchor(each.der)
    if root.issuer is None or countries.canonical(root.issuer) != each.country:
        raise TrustMaterialError(Reason.TRUST_CONTROLLER, detail=each.place)
    authority = is_authority(each.der)
    if authority is False or (authority is None and embedded(each.der).root_name != root.name):
        raise TrustMaterialError(Reason.TRUST_NOT_ROOT, detail=each.place)
    return root


def _signer(each: _Certificate, roots: Sequence[Anchor], check: Check) -> TrustedKey:
    key, issued = trusted_key(each.der), embedded(each.der)
    if key.issuer is None or countries.canonical(key.issuer) != each.country:
        raise TrustMaterialError(Reason.TRUST_CONTROLLER, detail=each.place)
    reason = Reason.TRUST_SIGNER
    for root in roots:
        if root.issuer is not None and countries.canonical(root.issuer) == each.country:
            question = issuance(issued, root)
            held = None if question is None else check(question)
            if held:
                return key
            if held is None:
                reason = Reason.SIGNATURE_NOT_CHECKED
    raise TrustMaterialError(reason, detail=each.place)
