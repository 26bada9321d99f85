"""Revocation over opaque identifiers, offline; it knows no format.

A certificate can be revoked by any of the (kind, value) pairs that `read` found under its signature. The identifier
of a record is the same in every format and survives re-encoding and re-signing, so one entry reaches them all.
"""

from datetime import datetime

from msgspec import Struct

from pratique.model.reasons import Reason

Identifier = tuple[str, str]


class RevocationList(Struct, frozen=True):
    """Withdrawn and replaced identifiers, as of `issued`; after `fresh_until`, absence from it establishes nothing."""

    issued: datetime
    fresh_until: datetime
    revoked: frozenset[Identifier] = frozenset()
    replaced: frozenset[Identifier] = frozenset()

    def judge(self, identifiers: frozenset[Identifier], *, at: datetime) -> Reason | None:
        """REVOKED or REPLACED if any identifier is listed, REVOCATION_STALE if none is and the list is old, or None."""
        if not self.revoked.isdisjoint(identifiers):
            return Reason.REVOKED
        if not self.replaced.isdisjoint(identifiers):
            return Reason.REPLACED
        return Reason.REVOCATION_STALE if at > self.fresh_until else None
