"""What a SMART Health Card can be revoked by ("Revocation", framework 1.4.0).

A `rid` counts under the key that signed it, which is for the list to say. Ours is the record's own identifier where the
card has one record, so that withdrawing the record withdraws the card in every format; of several records it is a
digest of all their identifiers. Both are as hard to guess as these. A card without `rid` goes by a digest of its
content, the `hash-fhir` of the framework's draft RFC 2: whatever is done to its wrapping or its signature, it stays.
"""

import hashlib
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from typing import Any

from pratique.formats import _json
from pratique.model import uvci
from pratique.model.certificate import AnyClaim
from pratique.model.errors import MalformedCertificate
from pratique.model.keys import base64url
from pratique.model.reasons import Reason

_RID = re.compile(r"[A-Za-z0-9_-]{1,24}")
_RECORD = 22
"""Characters of 16 octets in base64url."""
_LAST = "AQgw"
"""Those that leave no bits over at their end: six bits of which the last octet has two."""
_SHORT = 8
"""Octets of a digest, as the framework recommends for a `rid`."""


def identifiers(credential: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """The (kind, value) pairs of a card, its records' own left out.

    Raises `MalformedCertificate`: CONTENT_FIELD_TYPE, CONTENT_FIELD_VALUE for a `rid` that is none.
    """
    rid = credential.get("rid")
    if rid is None:
        return frozenset([("hash-fhir", _content_digest(credential))])
    if not isinstance(rid, str):
        raise MalformedCertificate(Reason.CONTENT_FIELD_TYPE, detail="vc.rid")
    if not _RID.fullmatch(rid):
        raise MalformedCertificate(Reason.CONTENT_FIELD_VALUE, detail="vc.rid")
    found = {("rid", rid)}
    if record := _record_of(rid):
        found.add(("record", record))
    return frozenset(found)


def _record_of(rid: str) -> str | None:
    """The record identifier that 16 octets are; a `rid` need not be the base64url of anything."""
    if len(rid) != _RECORD or rid[-1] not in _LAST:
        return None
    return urlsafe_b64decode(rid + "==").hex().upper()


def rid_of(claims: Iterable[AnyClaim]) -> str:
    """The `rid` of a card with these claims."""
    records = sorted({claim.record_id for claim in claims})
    alone = uvci.to_record_id(records[0]) if len(records) == 1 else None
    return base64url(alone or hashlib.sha256("/".join(records).encode()).digest()[:_SHORT])


def _content_digest(credential: Mapping[str, Any]) -> str:
    """The base64url of the first 64 bits of SHA-256 over the base64url of the bundle in canonical JSON (RFC 8785)."""
    subject = credential.get("credentialSubject")
    bundle = subject.get("fhirBundle") if isinstance(subject, Mapping) else None
    return base64url(hashlib.sha256(base64url(_json.canonical(bundle)).encode()).digest()[:_SHORT])
