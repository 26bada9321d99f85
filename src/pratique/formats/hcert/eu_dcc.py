"""The EU Digital COVID Certificate, schema 1.3.x, as a profile of HCERT: one person, one vaccination, test or recovery."""

from pratique.model import dcc
from pratique.model.certificate import Certificate, Exemption, Test, TestKind
from pratique.model.reasons import Reason

NAME = "eu-dcc"
KEY = 1

read = dcc.from_dcc
write = dcc.to_dcc


def refusals(certificate: Certificate) -> tuple[Reason, ...]:
    """Why this certificate cannot be a DCC: each reason once, in a fixed order; empty if it can."""
    reasons = []
    if not certificate.claims:
        reasons.append(Reason.ISSUE_NO_CLAIM)
    if len(certificate.claims) > 1:
        reasons.append(Reason.ISSUE_SEVERAL_CLAIMS)
    kinds = {claim.kind for claim in certificate.claims if isinstance(claim, Test)}
    if TestKind.ANTIBODY in kinds:
        reasons.append(Reason.ISSUE_ANTIBODY_TEST)
    if TestKind.OTHER in kinds:
        reasons.append(Reason.ISSUE_TEST_KIND)
    if any(isinstance(claim, Exemption) for claim in certificate.claims):
        reasons.append(Reason.ISSUE_EXEMPTION)
    if not reasons and dcc.problems(dcc.to_dcc(certificate)):
        reasons.append(Reason.ISSUE_FIELD)
    return tuple(reasons)
