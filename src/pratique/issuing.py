"""From a certificate to a scan: what a verifier would refuse is never signed.

Certificate ─ refusals ─► Draft ─ Signer ─► seal ─► scan
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta

from msgspec import structs

from pratique import formats
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
from pratique.model.countries import canonical
from pratique.model.dates import PartialDate
from pratique.model.envelope import Draft
from pratique.model.errors import IssueRefused, Refusal
from pratique.model.keys import KeyInfo, Signer, Use
from pratique.model.reasons import Reason
from pratique.model.status import Status
from pratique.model.valueset import CONDITION_MAP, CONDITIONS

FORMATS = tuple(formats.ISSUED)
"""What `issue` takes as `format`."""
ENDLESS = {name: module.ENDLESS for name, module in formats.ISSUED.items()}
"""Which of them have no end where the caller names none."""

LIFETIME = timedelta(days=365)
"""How long a certificate counts where the caller names no end and its format has one; never beyond its key's period."""

_ICAO = re.compile(r"[A-Z]+(<[A-Z]+)*")
_MARGIN = 8
"""Octets: over one draft, the scans of 2 000 signatures differed by at most 10 characters, which are 7 octets."""


def issue(
    certificate: Certificate, *, format: str, signer: Signer, at: datetime, expires: datetime | None = None
) -> str:
    """Sign `certificate` in one of `FORMATS`, such as "eu-dcc" or "ithc", and return the scan: the text of its QR code.

    `at` (aware, whole seconds) becomes the time of issue; `expires` defaults to a year later, or to the end of the
    key's period if that comes first, and to no end in a format that needs none ("shc"). Raises `IssueRefused` with
    every reason at once and, in its `detail`, every place that is wrong; the signer is then never called.
    """
    draft = _draft(certificate, format=format, key=signer.key, at=at, expires=expires)
    return formats.ISSUED[format].seal(draft, signer.sign(draft.signed))


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
    parts = parted(certificate, fits=fits, format=format, key=signer.key, at=at, expires=expires)
    drafts = [(part, _draft(part, format=format, key=signer.key, at=at, expires=expires)) for part in parts]
    return tuple((part, formats.ISSUED[format].seal(draft, signer.sign(draft.signed))) for part, draft in drafts)


def parted(
    certificate: Certificate,
    *,
    fits: Callable[[str], bool],
    format: str,
    key: KeyInfo,
    at: datetime,
    expires: datetime | None = None,
) -> tuple[Certificate, ...]:
    """The fewest certificates, in order, whose scans each `fits` and that together carry all claims; nothing is signed.

    Raises `IssueRefused` as `issue_split` does.
    """
    if format not in formats.ISSUED:
        raise IssueRefused(Reason.ISSUE_FORMAT)
    seal = formats.ISSUED[format].seal

    def holds(part: Certificate) -> bool:
        try:
            return fits(seal(_draft(part, format=format, key=key, at=at, expires=expires), placeholder(key)))
        except IssueRefused as refusal:
            if refusal.reasons != (Reason.ISSUE_TOO_LARGE,):
                raise
            return False  # the format itself has no room for so many claims

    return split(certificate, holds)


def placeholder(key: KeyInfo) -> bytes:
    """What stands in a draft for a signature of `key`: as incompressible as one, and longer by what one may compress
    worse than another.
    """
    return hashlib.shake_256(b"a signature").digest(key.signature_length + _MARGIN)


def refusals(
    certificate: Certificate, *, format: str, key: KeyInfo, at: datetime, expires: datetime | None
) -> tuple[Refusal, ...]:
    """Every reason not to sign this certificate with this key for this period, and where; empty if there is none.

    `expires` None is without end, which not every format has. A claim that lacks what every claim of its kind has can
    be judged no further, so that nothing else is said then.
    """
    if format not in formats.ISSUED:
        return (Refusal(Reason.ISSUE_FORMAT),)
    if incomplete := tuple(_incomplete(certificate)):
        return incomplete
    found = [*formats.ISSUED[format].refusals(certificate, profile=format, key=key)]
    if key.uses is not None and not uses_of(certificate) <= key.uses:
        found.append(Refusal(Reason.ISSUE_KEY_USE))
    if not key.not_before <= at <= key.not_after or (expires is not None and expires > key.not_after):
        found.append(Refusal(Reason.ISSUE_KEY_PERIOD))
    if expires is not None and expires <= at:
        found.append(Refusal(Reason.ISSUE_PERIOD))
    found += [Refusal(Reason.ISSUE_NAME, place) for place in _names_typed(certificate.holder.name)]
    claims = [(f"claims[{number}]", claim) for number, claim in enumerate(certificate.claims)]
    found += [Refusal(Reason.ISSUE_UVCI, f"{place}.uvci") for place, claim in claims if not _identified(claim, key)]
    if Reason.ISSUE_CODE not in {each.reason for each in found}:  # what no format can write is said once
        found += [Refusal(Reason.ISSUE_CONDITION, f"{place}.disease") for place, claim in claims if not _listed(claim)]
    for place, claim in claims:
        if event := _in_future(claim, at):
            found.append(Refusal(Reason.ISSUE_FUTURE_EVENT, f"{place}.{event}"))
    return tuple(dict.fromkeys(found))


def _draft(certificate: Certificate, *, format: str, key: KeyInfo, at: datetime, expires: datetime | None) -> Draft:
    if at.tzinfo is None or (expires is not None and expires.tzinfo is None):
        raise ValueError("`at` and `expires` must be aware instants")
    at = at.replace(microsecond=0)
    end = None if expires is None and ENDLESS.get(format) else until(expires, key, at)
    if found := refusals(certificate, format=format, key=key, at=at, expires=end):
        raise IssueRefused.because(found)
    return formats.ISSUED[format].build(certificate, profile=format, key=key, at=at, expires=end)


def until(expires: datetime | None, key: KeyInfo, at: datetime) -> datetime:
    """The end where its format has one: what was asked for, or a year, or the end of the key's period."""
    if expires is None:
        expires = key.not_after if key.not_after - at < LIFETIME else at + LIFETIME
    return expires.replace(microsecond=0)


def _incomplete(certificate: Certificate) -> Iterator[Refusal]:
    """The fields that may not be None and are, whatever the types say: a caller may be without them."""
    for number, claim in enumerate(certificate.claims):
        for field in _MANDATORY[type(claim)]:
            if getattr(claim, field) is None:
                yield Refusal(Reason.ISSUE_FIELD, f"claims[{number}].{field}")


_MANDATORY = {
    kind: tuple(field.name for field in structs.fields(kind) if field.required)
    for kind in (Vaccination, Test, Recovery, Exemption)
}


def _names_typed(name: Name) -> Iterator[str]:
    """Where an ICAO form is missing, or is not of letters and fillers alone: it is computed, never typed."""
    if name.family_icao is None and name.given_icao is None:
        yield "holder.name"
    for field in ("family_icao", "given_icao"):
        form = getattr(name, field)
        if form is not None and not _ICAO.fullmatch(form):
            yield f"holder.name.{field}"


def _identified(claim: AnyClaim, key: KeyInfo) -> bool:
    """Whether the claim's identifier is one that its record can be revoked by, and that its giver could give.

    The check character is right, nobody can guess the opaque part, and the country before it is the one that signs or
    the one where the event took place: nobody gives out the identifiers of a third.
    """
    country = uvci.country_of(claim.uvci)
    ours = country is not None and canonical(country) in (canonical(key.issuer), canonical(claim.country))
    return ours and uvci.check_agrees(claim.uvci) is True and uvci.unguessable(claim.uvci)


def _listed(claim: AnyClaim) -> bool:
    """Whether the condition is on the closed list: no certificate of any other can be made, in any format."""
    return CONDITION_MAP.map(claim.disease) in CONDITIONS


def _in_future(claim: AnyClaim, at: datetime) -> str | None:
    """The field that tells of what has not happened yet anywhere on earth; None if there is none."""
    match claim:
        case Vaccination():
            return "date" if _begins_after(claim.date, at) else None
        case Test():
            zoned = claim.sampled.utcoffset() is not None  # without a zone it is no instant
            return "sampled" if zoned and claim.sampled > at else None
        case Recovery():
            return "first_positive" if _begins_after(claim.first_positive, at) else None
        case Exemption():
            return None


def _begins_after(day: PartialDate, at: datetime) -> bool:
    """Whether a calendar date has not begun anywhere; it begins first where clocks are 14 hours ahead."""
    return datetime.combine(day.first, time.min, UTC) - at > timedelta(hours=14)


def issue_status(status: Status, *, signer: Signer, at: datetime) -> str:
    """Sign a status and return its scan.

    Its time of issue is the begin of its slot, so that nothing tells when it was made; `at` (aware) is only compared.
    Raises `IssueRefused` for a status that has ended, or counts for longer than 24 hours, for a key that is not valid
    all that time, and for one that may not vouch for every kind of claim; the signer is then never called.
    """
    if at.tzinfo is None or status.begins.tzinfo is None or status.ends.tzinfo is None:
        raise ValueError("`at`, `begins` and `ends` must be aware instants")
    if found := status_refusals(status, key=signer.key, at=at):
        raise IssueRefused.because(found)
    draft = hcert.build_status(status, key=signer.key)
    return hcert.seal_status(draft, signer.sign(draft.signed))


def status_refusals(status: Status, *, key: KeyInfo, at: datetime) -> tuple[Refusal, ...]:
    """Every reason not to sign this status with this key, and where; empty if there is none."""
    found = [*hcert.status_refusals(status)]
    if status.ends <= at:
        found.append(Refusal(Reason.ISSUE_PERIOD, "ends"))
    if key.uses is not None and not key.uses.issuperset(Use):
        found.append(Refusal(Reason.ISSUE_KEY_USE))
    if not key.not_before <= status.begins or status.ends > key.not_after:
        found.append(Refusal(Reason.ISSUE_KEY_PERIOD))
    return tuple(dict.fromkeys(found))
