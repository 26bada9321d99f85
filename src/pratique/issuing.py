"""From a certificate to a scan: what a verifier would refuse is never signed.

Certificate ─ refusals ─► Draft ─ Signer ─► seal ─► scan
"""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from pratique.formats import hcert
from pratique.model import uvci
from pratique.model.certificate import (
    AnyClaim,
    Certificate,
    Exemption,
    Name,
    Recovery,
    Test,
    Vaccination,
    split,
    uses_of,
)
from pratique.model.dates import PartialDate
from pratique.model.envelope import Draft
from pratique.model.errors import IssueRefused
from pratique.model.keys import Algorithm, KeyInfo, Signer
from pratique.model.reasons import Reason

FORMATS = tuple(hcert.PROFILE_NAMED)
"""What `issue` takes as `format`."""

LIFETIME = timedelta(days=365)
"""How long a certificate counts where the caller names no end; never beyond the key's own period."""

_ICAO = re.compile(r"[A-Z]+(<[A-Z]+)*")
_SIGNATURE_LENGTH = {Algorithm.ES256: 64, Algorithm.PS256: 256}
_MARGIN = 8
"""Octets: over one draft, the scans of 2 000 signatures differed by at most 10 characters, which are 7 octets."""


def issue(
    certificate: Certificate, *, format: str, signer: Signer, at: datetime, expires: datetime | None = None
) -> str:
    """Sign `certificate` as an "eu-dcc" or an "ithc" and return the scan: the text of its QR code.

    `at` (aware, whole seconds) becomes the time of issue; `expires` defaults to a year later, or to the end of the
    key's period if that comes first. Raises `IssueRefused` with every reason at once; the signer is then never called.
    """
    draft = _draft(certificate, format=format, key=signer.key, at=at, expires=expires)
    return hcert.seal(draft, signer.sign(draft.signed))


def issue_split(
    certificate: Certificate,
    *,
    fits: Callable[[str], bool],
    format: str,
    signer: Signer,
    at: datetime,
    expires: datetime | None = None,
) -> tuple[tuple[Certificate, str], ...]:
    """Issue as few certificates as carry all claims in scans that each `fits`: what paper of limited size needs.

    The size is judged on unsigned drafts, so that exactly as many signatures are made as scans returned. Raises
    `IssueRefused`, with ISSUE_TOO_LARGE where a single claim does not fit.
    """
    key = signer.key
    # As incompressible as a signature, and longer by what one may compress worse than another.
    placeholder = hashlib.shake_256(b"a signature").digest(_SIGNATURE_LENGTH[key.algorithm] + _MARGIN)

    def drafted(part: Certificate) -> Draft:
        return _draft(part, format=format, key=key, at=at, expires=expires)

    parts = split(certificate, lambda part: fits(hcert.seal(drafted(part), placeholder)))
    drafts = [(part, drafted(part)) for part in parts]
    return tuple((part, hcert.seal(draft, signer.sign(draft.signed))) for part, draft in drafts)


def refusals(
    certificate: Certificate, *, format: str, key: KeyInfo, at: datetime, expires: datetime
) -> tuple[Reason, ...]:
    """Every reason not to sign this certificate with this key for this period; empty if there is none."""
    if format not in hcert.PROFILE_NAMED:
        return (Reason.ISSUE_FORMAT,)
    reasons = list(hcert.PROFILE_NAMED[format].refusals(certificate))
    if key.uses is not None and not uses_of(certificate) <= key.uses:
        reasons.append(Reason.ISSUE_KEY_USE)
    if not key.not_before <= at <= key.not_after or expires > key.not_after:
        reasons.append(Reason.ISSUE_KEY_PERIOD)
    if expires <= at:
        reasons.append(Reason.ISSUE_PERIOD)
    if not _names_computed(certificate.holder.name):
        reasons.append(Reason.ISSUE_NAME)
    if any(uvci.check_agrees(claim.uvci) is not True for claim in certificate.claims):
        reasons.append(Reason.ISSUE_UVCI)
    if any(_in_future(claim, at) for claim in certificate.claims):
        reasons.append(Reason.ISSUE_FUTURE_EVENT)
    return tuple(dict.fromkeys(reasons))


def _draft(certificate: Certificate, *, format: str, key: KeyInfo, at: datetime, expires: datetime | None) -> Draft:
    if at.tzinfo is None or (expires is not None and expires.tzinfo is None):
        raise ValueError("`at` and `expires` must be aware instants")
    at = at.replace(microsecond=0)
    longest = key.not_after if key.not_after - at < LIFETIME else at + LIFETIME
    until = (expires or longest).replace(microsecond=0)
    if reasons := refusals(certificate, format=format, key=key, at=at, expires=until):
        raise IssueRefused(*reasons)
    return hcert.build(certificate, profile=format, key=key, at=at, expires=until)


def _names_computed(name: Name) -> bool:
    """Whether the name has an ICAO form, and each part one of letters and fillers alone: computed, never typed."""
    parts = [part for part in (name.family_icao, name.given_icao) if part is not None]
    return bool(parts) and all(_ICAO.fullmatch(part) for part in parts)


def _in_future(claim: AnyClaim, at: datetime) -> bool:
    """Whether a claim tells of what has not happened yet, anywhere on earth."""
    match claim:
        case Vaccination():
            return _begins_after(claim.date, at)
        case Test():
            return claim.sampled.utcoffset() is not None and claim.sampled > at  # without a zone it is no instant
        case Recovery():
            return _begins_after(claim.first_positive, at)
        case Exemption():
            return False


def _begins_after(day: PartialDate, at: datetime) -> bool:
    """Whether a calendar date has not begun anywhere; it begins first where clocks are 14 hours ahead."""
    return datetime.combine(day.first, time.min, UTC) - at > timedelta(hours=14)
