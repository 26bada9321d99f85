"""The same claims twice: open, for every border, and sealed, for those who do not want each counter to read them.

claims that the holder saw and chose ─┬─ ITHC ─ sign ──────────────────────► open twin
                                      └─ encrypt to each state ─ sign ─────► sealed twin
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from pratique import crypto
from pratique.formats import hcert
from pratique.issuing import refusals, until
from pratique.model.certificate import Certificate, choose
from pratique.model.envelope import Draft
from pratique.model.errors import IssueRefused, Refusal
from pratique.model.keys import KeyInfo, Signer, Use
from pratique.model.reasons import Reason
from pratique.model.sealed import MOST_RECIPIENTS, Recipient, Sealed
from pratique.model.valueset import CONDITION_MAP, CONDITIONS

_OPEN = "ithc"
IDENTIFIER_OCTETS = 16


class Twins(Struct, frozen=True):
    """Two scans of the same claims."""

    open: str
    sealed: str


def issue_sealed(
    certificate: Certificate,
    *,
    claims: Sequence[int],
    recipients: Sequence[Recipient],
    identifier: bytes,
    signer: Signer,
    at: datetime,
    expires: datetime | None = None,
) -> Twins:
    """Sign the claims that the holder saw and chose, by their places in `certificate`, open as an ITHC and sealed.

    There is no way to have the sealed one alone. `identifier` (16 random octets) is what the sealed one can be
    withdrawn by, beside its records, which only those can read whom it is for. `at` and `expires` as for
    `issuing.issue`. Raises `IssueRefused` with every reason at once; the signer is then never called.
    """
    if at.tzinfo is None or (expires is not None and expires.tzinfo is None):
        raise ValueError("`at` and `expires` must be aware instants")
    if not set(claims) <= set(range(len(certificate.claims))):
        raise ValueError("a claim is named by its place, counted from 0")
    key, at = signer.key, at.replace(microsecond=0)
    chosen, end = choose(certificate, *(certificate.claims[place] for place in claims)), until(expires, key, at)
    sealed = draft_sealed(chosen, recipients=recipients, identifier=identifier, key=key, at=at, expires=end)
    drafts = (hcert.build(chosen, profile=_OPEN, key=key, at=at, expires=end), sealed)
    return Twins(*(hcert.seal(draft, signer.sign(draft.signed)) for draft in drafts))


def draft_sealed(
    chosen: Certificate,
    *,
    recipients: Sequence[Recipient],
    identifier: bytes,
    key: KeyInfo,
    at: datetime,
    expires: datetime,
) -> Draft:
    """The sealed twin before it is signed, for whoever signs the open one as well. Raises `IssueRefused`.

    `ValueError` for an identifier by which it could not be withdrawn.
    """
    if len(identifier) != IDENTIFIER_OCTETS:
        raise ValueError(f"an identifier has {IDENTIFIER_OCTETS} octets")
    found = [*refusals(chosen, format=_OPEN, key=key, at=at, expires=expires), *_refused(chosen, recipients, key, at)]
    if found:
        raise IssueRefused.because(found)
    sealed = _sealed(chosen, recipients, key)
    return hcert.build_sealed(sealed, key=key, at=at, expires=expires, identifier=identifier)


def _sealed(chosen: Certificate, recipients: Sequence[Recipient], key: KeyInfo) -> Sealed:
    """One content key for all, and a new ephemeral key for each (RFC 9053 section 6.3.1)."""
    states = tuple(each.country for each in recipients)
    plaintext, covered = hcert.sealable(chosen, issuer=key.issuer, states=states)
    content_key, nonce, ciphertext = crypto.encrypted(plaintext, covered)
    keys = [(each.key_id, *crypto.wrapped(content_key, each.key, hcert.KDF_CONTEXT)) for each in recipients]
    return Sealed(states, hcert.sealed_message(nonce, ciphertext, keys), chosen.specimen)


def _refused(chosen: Certificate, recipients: Sequence[Recipient], key: KeyInfo, at: datetime) -> Iterator[Refusal]:
    """Every reason not to seal claims besides those not to sign them open.

    Nobody outside can tell what a sealed certificate vouches for, so that a key which may not vouch for everything
    seals nothing, and the closed list of conditions holds here before it holds when it is opened.
    """
    states = [each.country for each in recipients]
    if not 1 <= len(states) <= MOST_RECIPIENTS or len(set(states)) < len(states):
        yield Refusal(Reason.ISSUE_RECIPIENT, "recipients")
    for number, each in enumerate(recipients):
        if not each.not_before <= at <= each.not_after:
            yield Refusal(Reason.ISSUE_RECIPIENT, f"recipients[{number}]")
    if key.uses is not None and not key.uses.issuperset(Use):
        yield Refusal(Reason.ISSUE_KEY_USE)
    for number, claim in enumerate(chosen.claims):
        if CONDITION_MAP.map(claim.disease) not in CONDITIONS:
            yield Refusal(Reason.ISSUE_CONDITION, f"claims[{number}].disease")
