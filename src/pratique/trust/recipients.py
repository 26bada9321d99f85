"""A health authority's certificate of a key for sealed certificates: which state's it is, and from when to when.

Such a key opens and never signs. Its certificate says so twice: its key usage is key agreement alone, and its only
extended purpose is one that no list takes for a signer's, so that on a trust list it could vouch for nothing.
"""

from typing import Final

from asn1crypto import x509

from pratique.model.errors import TrustMaterialError
from pratique.model.keys import KeyKind
from pratique.model.reasons import Reason
from pratique.model.sealed import Recipient
from pratique.trust.x509 import der_certificates, trusted_key

PURPOSE: Final = "2.25.197390114652713305466034173917264312157"
"""Our own extended key usage, under an arc that anybody may make (ITU-T X.667): to open sealed certificates."""


def recipient(certificate: bytes) -> Recipient:
    """What one certificate (PEM or DER) says. Whoever calls has it from a source that may name this key.

    Raises `TrustMaterialError`: TRUST_UNREADABLE, TRUST_KEY_KIND for other curves than P-256, and RECIPIENT_PURPOSE for
    a key that may sign, that may not agree, or that names no single state or period.
    """
    listed = trusted_key(certificate)
    parsed = x509.Certificate.load(der_certificates(certificate)[0])
    usage, purposes = parsed.key_usage_value, parsed.extended_key_usage_value
    allowed = set() if usage is None else usage.native
    named = [] if purposes is None else [purpose.dotted for purpose in purposes]
    if listed.key.kind is not KeyKind.P256:
        raise TrustMaterialError(Reason.TRUST_KEY_KIND, detail="sealed certificates are for keys of P-256")
    if allowed != {"key_agreement"} or named != [PURPOSE]:
        raise TrustMaterialError(Reason.RECIPIENT_PURPOSE, detail="not a key for key agreement alone")
    if listed.issuer is None or listed.not_before is None or listed.not_after is None:
        raise TrustMaterialError(Reason.RECIPIENT_PURPOSE, detail="it names no single state")
    return Recipient(listed.issuer, listed.kid, listed.key, listed.not_before, listed.not_after)


def is_recipient(certificate: bytes) -> bool:
    """Whether a certificate is of such a key. Raises `TrustMaterialError` (TRUST_UNREADABLE)."""
    try:
        recipient(certificate)
    except TrustMaterialError as fault:
        if Reason.RECIPIENT_PURPOSE in fault.reasons or Reason.TRUST_KEY_KIND in fault.reasons:
            return False
        raise
    return True
