"""What is in a sealed certificate, for the health authority whose key opens it, and for nobody else.

    scan ─ verify ─► Verification of a Sealed ─ unseal(unsealer) ─► Verification of a Certificate

The key is asked for one thing, a shared secret, and never sees a claim. No border's page has it: a border reads the
open twin, or learns from the authority what follows.
"""

from functools import partial

from msgspec import structs

from pratique import crypto
from pratique.formats import guarded, hcert
from pratique.model.certificate import Certificate
from pratique.model.errors import MalformedCertificate
from pratique.model.keys import Unsealer
from pratique.model.reasons import Reason
from pratique.model.sealed import Sealed
from pratique.model.valueset import CONDITION_MAP, CONDITIONS
from pratique.revocation import RevocationList
from pratique.verification import Verification, judged


def unseal(told: Verification, unsealer: Unsealer, *, revocation: RevocationList | None = None) -> Verification:
    """Open what was verified, and judge what was inside: its records are asked about in `revocation`, too.

    Never raises for what a sealed certificate may hold. What is not genuine is not opened, and what is sealed for
    others stays sealed (SEALED_FOR_OTHERS). If anything in it is about a condition that is not on the closed list,
    nothing of it is shown (SEALED_CONDITION). `ValueError` for a verification of anything else.
    """
    if not isinstance(told.content, Sealed):
        raise ValueError("nothing sealed was verified")
    if told.authentic is not True:
        return told
    try:
        certificate = _opened(told.content, told.issuer or "", unsealer)
    except MalformedCertificate as error:
        return structs.replace(judged(told, error.reasons), fault=error.detail)
    if certificate is None:
        return judged(told, (Reason.SEALED_FOR_OTHERS,))
    if reasons := _refused(certificate, told.content):
        return judged(told, reasons)
    identifiers = told.identifiers | {("record", claim.record_id) for claim in certificate.claims if claim.uvci}
    withdrawn = revocation.withdrawn(identifiers, issuer=told.issuer or "") if revocation is not None else None
    opened = structs.replace(told, content=certificate, identifiers=identifiers)
    return judged(opened, (withdrawn,)) if withdrawn is not None else opened


def _opened(sealed: Sealed, issuer: str, unsealer: Unsealer) -> Certificate | None:
    """The claims; None where the key is none of those it was sealed for. Raises `MalformedCertificate`."""
    encrypted = guarded(partial(hcert.encrypted, issuer=issuer), sealed)
    ours = next((each for each in encrypted.recipients if each.key_id == unsealer.key_id), None)
    if ours is None:
        return None
    plaintext = crypto.decrypted(encrypted, ours, unsealer.agree(ours.ephemeral))
    if plaintext is None:
        raise MalformedCertificate(Reason.SEALED_BROKEN, detail="the content does not open with the key it names")
    return guarded(hcert.unsealed, plaintext)


def _refused(certificate: Certificate, sealed: Sealed) -> tuple[Reason, ...]:
    if any(CONDITION_MAP.map(claim.disease) not in CONDITIONS for claim in certificate.claims):
        return (Reason.SEALED_CONDITION,)
    return (Reason.SEALED_BROKEN,) if certificate.specimen is not sealed.specimen else ()
