"""The certificates beside a JSON Web Key (`x5c`, RFC 7517 section 4.7): whose key, whose name, and under which root.

Only the order in which they stand is tried. As of every signer, what counts is that the key was in its period when it
signed: the periods of the whole path are its period, and no clock is needed here (SMART Health Cards, security FAQ).
"""

import binascii
from base64 import b64decode
from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from pratique.model.errors import TrustMaterialError
from pratique.model.keys import PublicKey, SignatureCheck
from pratique.model.reasons import Reason
from pratique.trust.keys import Anchor, Embedded
from pratique.trust.x509 import addresses, anchor, embedded, is_authority, issuance

Check = Callable[[SignatureCheck], bool | None]
"""The arithmetic: whether a key made a signature, None where that cannot be computed here."""

MOST_CERTIFICATES = 8
"""Of one key; real chains have three."""


class Period(Struct, frozen=True):
    """When every certificate of a path is in its own period; None on either side where none says."""

    not_before: datetime | None = None
    not_after: datetime | None = None

    def within(self, not_before: datetime | None, not_after: datetime | None) -> "Period":
        """The part of it that lies in another period as well."""
        begins = [moment for moment in (self.not_before, not_before) if moment is not None]
        ends = [moment for moment in (self.not_after, not_after) if moment is not None]
        return Period(max(begins, default=None), min(ends, default=None))


def certificates(chain: object, key: PublicKey) -> list[bytes]:
    """The certificates of an `x5c` in DER, of which the first is of `key`.

    Raises `TrustMaterialError` (TRUST_KEY_CERTIFICATE).
    """
    if not isinstance(chain, list) or not 0 < len(chain) <= MOST_CERTIFICATES:
        raise TrustMaterialError(Reason.TRUST_KEY_CERTIFICATE, detail="x5c")
    try:
        found = [b64decode(text, validate=True) for text in chain]
        leaf = embedded(found[0])
    except (TypeError, ValueError, binascii.Error, TrustMaterialError):
        raise TrustMaterialError(Reason.TRUST_KEY_CERTIFICATE, detail="x5c") from None
    if leaf.key.key != key:
        raise TrustMaterialError(Reason.TRUST_KEY_CERTIFICATE, detail="x5c (of another key)")
    return found


def period_of(chain: Sequence[bytes], *, issuer: str, anchors: Sequence[Anchor], check: Check) -> Period:
    """The period in which a path from the first certificate, which names `issuer`, to one of the anchors holds.

    Raises `TrustMaterialError`: TRUST_KEY_CERTIFICATE where it names another, TRUST_SIGNER where no anchor is reached,
    TRUST_SIGNATURE where a signature on the way does not hold or cannot be checked.
    """
    if issuer not in addresses(chain[0]):
        raise TrustMaterialError(Reason.TRUST_KEY_CERTIFICATE, detail="x5c (of another issuer)")
    period = Period()
    for place, der in enumerate(chain):
        try:
            link = embedded(der)
        except TrustMaterialError:
            raise TrustMaterialError(Reason.TRUST_KEY_CERTIFICATE, detail=f"x5c[{place}]") from None
        period = period.within(link.key.not_before, link.key.not_after)
        if roots := [root for root in anchors if _names(link, root)]:
            for root in roots:
                if _issued(link, root, check):
                    return period.within(root.not_before, root.not_after)
            raise TrustMaterialError(Reason.TRUST_SIGNATURE, detail=f"x5c[{place}]")
        if place + 1 == len(chain) or not _is_authority(chain[place + 1]):
            break
        above = anchor(chain[place + 1])
        if not _names(link, above):
            break
        if not _issued(link, above, check):
            raise TrustMaterialError(Reason.TRUST_SIGNATURE, detail=f"x5c[{place}]")
    raise TrustMaterialError(Reason.TRUST_SIGNER, detail="x5c")


def _names(link: Embedded, root: Anchor) -> bool:
    """Whether a certificate says that `root` issued it."""
    same_id = None in (link.root_key_id, root.key_id) or link.root_key_id == root.key_id
    return link.root_name == root.name and same_id


def _issued(link: Embedded, root: Anchor, check: Check) -> bool:
    question = issuance(link, root)
    return question is not None and check(question) is True


def _is_authority(certificate: bytes) -> bool:
    """Whether it says that it may issue certificates; one that cannot be read does not."""
    try:
        return is_authority(certificate) is True
    except TrustMaterialError:
        return False
