"""What is wrong with a country's certificates before others rely on them, each finding with its place.

The templates are those of the EU's certificate governance (section 3.2 on periods, chapter 4 on keys and usages): a
root lasts four years and signs certificates, a signer two and signs documents, both for one country.
Nothing here refuses a key: a verifier is lenient where an issuer has to be strict.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from asn1crypto import x509
from msgspec import Struct

from pratique.model import countries
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import KeyKind
from pratique.model.reasons import Reason
from pratique.trust._chain import Check
from pratique.trust.keys import Anchor, TrustedKey
from pratique.trust.published import published
from pratique.trust.x509 import anchor, embedded, is_authority, issuance, trusted_key

ALARMS = (90, 30, 7)
"""Days before the end at which whoever makes keys is told: to plan, to act, at once."""
_YEARS = {True: 4, False: 2}
_RSA_BITS = {True: 3072, False: 2048}
_DAY = timedelta(days=1)


class Finding(Struct, frozen=True):
    """One thing that is wrong; `days` is the alarm that has gone off (`ALARMS`), where it is about the end."""

    place: str
    reason: Reason
    days: int | None = None


def examine(
    certificates: Sequence[tuple[str, bytes]], *, country: str | None, at: datetime, check: Check
) -> tuple[Finding, ...]:
    """Everything that is wrong with certificates (DER, each with its place) at the instant `at`.

    Those that say they are authorities are roots, all others signers. `country` None takes that of the first.
    """
    findings: list[Finding] = []
    roots: list[Anchor] = []
    readable = []
    for place, der in certificates:
        try:
            trusted_key(der)
            if is_authority(der):
                roots.append(anchor(der))
        except TrustMaterialError as refusal:
            findings.append(Finding(place, refusal.reasons[0]))
        else:
            readable.append((place, der))
    expected = country or next((key.issuer for _, der in readable if (key := trusted_key(der)).issuer), None)
    for place, der in readable:
        findings += _certificate(place, der, expected, at)
        if not _issued(der, roots, check):
            findings.append(Finding(place, Reason.ONBOARD_CHAIN))
    return tuple(findings)


def _certificate(place: str, der: bytes, country: str | None, at: datetime) -> Iterator[Finding]:
    key, root = trusted_key(der), is_authority(der) is True
    if published(key.key.spki) is not None:
        yield Finding(place, Reason.TRUST_KEY_PUBLIC)
    if key.issuer is None or (country is not None and countries.canonical(key.issuer) != countries.canonical(country)):
        yield Finding(place, Reason.ONBOARD_COUNTRY)
    if not _good_kind(der, key.key.kind, root):
        yield Finding(place, Reason.ONBOARD_CURVE)
    if not _usage(der, "key_cert_sign" if root else "digital_signature"):
        yield Finding(place, Reason.ONBOARD_KEY_USAGE)
    if Reason.KEY_USE_UNREADABLE in key.notes or (not root and key.uses == frozenset()):
        yield Finding(place, Reason.ONBOARD_EXTENDED_USE)
    if key.not_before is None or key.not_after is None:
        return
    if key.not_after - key.not_before > _YEARS[root] * 366 * _DAY:
        yield Finding(place, Reason.ONBOARD_VALIDITY)
    if at > key.not_after:
        yield Finding(place, Reason.ONBOARD_ENDED)
    elif reached := [days for days in ALARMS if key.not_after - at <= days * _DAY]:
        yield Finding(place, Reason.ONBOARD_ENDS_SOON, reached[-1])


def _good_kind(der: bytes, kind: KeyKind, root: bool) -> bool:
    if kind is KeyKind.RSA:
        info = x509.Certificate.load(der).public_key
        return int(info.bit_size) >= _RSA_BITS[root]
    return kind is KeyKind.P256


def _usage(der: bytes, name: str) -> bool:
    """Whether a key usage allows this; a certificate that states none allows all, and has not said enough."""
    try:
        usage = x509.Certificate.load(der).key_usage_value
        return usage is not None and name in usage.native
    except (ValueError, TypeError, KeyError):
        return False


def _issued(der: bytes, roots: Sequence[Anchor], check: Check) -> bool:
    """Whether one of the roots issued this certificate (a root: itself), for no longer than it lasts itself."""
    signer = embedded(der)
    questions = [issuance(signer, root) for root in roots if root.name == signer.root_name and _lasts(root, signer.key)]
    return any(question is not None and check(question) is True for question in questions)


def _lasts(root: Anchor, key: TrustedKey) -> bool:
    if None in (root.not_before, root.not_after, key.not_before, key.not_after):
        return True
    return root.not_before <= key.not_before and key.not_after <= root.not_after  # type: ignore[operator]  # as was asked
