"""The EU Digital COVID Certificate, schema 1.3.x, as a profile of HCERT: one person, one vaccination, test or recovery.

What we issue is a plain DCC. The evidence grade and the travel document have no place in it and are left out; a code
that is not the DCC's own is refused. A specimen carries `sp: true`, which other readers pass over.
"""

from typing import Final

from msgspec import structs

from pratique.model import dcc
from pratique.model.certificate import Certificate, Exemption, Test, TestKind
from pratique.model.errors import MalformedCertificate
from pratique.model.reasons import Reason
from pratique.model.valueset import COVID_19

NAME: Final = "eu-dcc"
KEY: Final = 1

read = dcc.from_dcc


def write(certificate: Certificate) -> dict[str, object]:
    """The payload under the profile's key: what CBOR encodes of a DCC."""
    claims = tuple(structs.replace(claim, evidence=None) for claim in certificate.claims)
    return dcc.to_dcc(structs.replace(certificate, claims=claims))


def refusals(certificate: Certificate) -> tuple[Reason, ...]:
    """Why this certificate cannot be a DCC: each reason once, in a fixed order; empty if it can."""
    claims = certificate.claims
    kinds = {claim.kind for claim in claims if isinstance(claim, Test)}
    found = {
        Reason.ISSUE_NO_CLAIM: not claims,
        Reason.ISSUE_SEVERAL_CLAIMS: len(claims) > 1,
        Reason.ISSUE_ANTIBODY_TEST: TestKind.ANTIBODY in kinds,
        Reason.ISSUE_TEST_KIND: TestKind.OTHER in kinds,
        Reason.ISSUE_EXEMPTION: any(isinstance(claim, Exemption) for claim in claims),
        Reason.ISSUE_CODE: any(claim.disease != COVID_19 for claim in claims) or _has_foreign_code(certificate),
    }
    reasons = tuple(reason for reason, is_so in found.items() if is_so)
    if not reasons and not _is_readable(write(certificate)):
        return (Reason.ISSUE_FIELD,)
    return reasons


def _is_readable(payload: dict[str, object]) -> bool:
    """Whether the schema allows it, and every reader finds in it what was written: no blanks around a text, no
    decomposed letters, no half of a surrogate pair, no sample without a zone."""
    try:
        return not dcc.problems(payload) and dcc.to_dcc(dcc.from_dcc(payload)) == payload
    except MalformedCertificate:
        return False


def _has_foreign_code(certificate: Certificate) -> bool:
    """Whether the shape had to set a code aside: that of another system, under `cd`."""
    groups = (entries for entries in write(certificate).values() if isinstance(entries, list))
    return any("cd" in entry for entries in groups for entry in entries)
