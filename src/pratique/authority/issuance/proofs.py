"""What the log shows to whom: a holder that their certificate is in it, everybody that it only grows.

    inclusion   ─ holds     this certificate is entry n of the log that you saw
    consistency ─ follows   the log that you see now begins with the one that you saw

Both are JSON, and are checked without us: `holds` and `follows` need no database and no network.
"""

from base64 import b64decode, b64encode

from msgspec import Struct
from sqlalchemy import Connection

from pratique import formats
from pratique.authority import ledger
from pratique.authority.access import Item, Look
from pratique.authority.issuance import log
from pratique.authority.issuance.log import Issue
from pratique.authority.ledger import Checkpoint
from pratique.authority.store import issuance as store
from pratique.authority.store.signing_log import SigningKey
from pratique.model.errors import AccessRefused, IssueRefused, MalformedCertificate
from pratique.model.reasons import Reason
from pratique.revocation import signed_content


class Inclusion(Struct, frozen=True, forbid_unknown_fields=True):
    """That a certificate is the entry `number` of the log `key_id` of `size` entries. Octets are in base64.

    The salt opens the commitment of this one entry: it is the holder's to show.
    """

    key_id: str
    number: int
    size: int
    path: tuple[str, ...]
    salt: str
    issue: Issue


class Consistency(Struct, frozen=True, forbid_unknown_fields=True):
    """That the log `key_id` of `new` entries begins with that of `old`. Octets are in base64."""

    key_id: str
    old: int
    new: int
    path: tuple[str, ...]


def inclusion(connection: Connection, look: Look, certificate_id: str, *, size: int | None = None) -> Inclusion:
    """The proof for a certificate of the person looked at, in the log of `size` entries, as it is now if not given.

    Raises `AccessRefused`, `IssueRefused` (ISSUE_REQUEST) for a certificate that is not theirs, `ValueError` for a size
    that the log has not, or had before the certificate.
    """
    if Item.RECORDS not in look.items:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="certificates")
    kept = store.one(connection, look.person_id, certificate_id)
    if kept is None:
        raise IssueRefused(Reason.ISSUE_REQUEST, detail="no such certificate")
    tree = log.tree(connection, kept.key_id)
    size = tree.size if size is None else size
    facilities = {
        claim.facility_id
        for claim in store.claims_of(connection, look.person_id)
        if claim.certificate_id == certificate_id
    }
    issued = Issue(
        kept.certificate_id, kept.format, kept.signed.hex(), tuple(sorted(facilities)), kept.account_id, kept.issued
    )
    path = tree.inclusion(kept.number - 1, size)
    return Inclusion(kept.key_id, kept.number, size, tuple(map(_text, path)), _text(kept.salt), issued)


def holds(scan: str, proof: Inclusion, checkpoint: Checkpoint) -> bool:
    """Whether the proof shows that this very scan is in the log of the checkpoint. False for whatever is malformed."""
    try:
        envelope = formats.open_scan(scan)
        commitment = ledger.commit(proof.issue.octets, salt=b64decode(proof.salt, validate=True))
        path = tuple(b64decode(each, validate=True) for each in proof.path)
    except (MalformedCertificate, ValueError):
        return False
    named = checkpoint.origin.endswith(f"/{proof.key_id}") and checkpoint.size == proof.size
    entry = log.leaf(proof.number, commitment)
    return (
        named
        and signed_content(envelope.signed)[1] == proof.issue.signed
        and ledger.is_included(entry, proof.number - 1, proof.size, path, root=checkpoint.root)
    )


def consistency(connection: Connection, key: SigningKey, old: int, new: int | None = None) -> Consistency:
    """The proof between two sizes of a key's log. Raises `ValueError` for sizes that it never had."""
    tree = log.tree(connection, key.key_id)
    new = tree.size if new is None else new
    path = tree.consistency(old, new) if old else ()
    return Consistency(key.key_id, old, new, tuple(map(_text, path)))


def follows(proof: Consistency, old: Checkpoint, new: Checkpoint) -> bool:
    """Whether the proof shows that the new checkpoint's log begins with the old one's. False for what is malformed."""
    try:
        path = tuple(b64decode(each, validate=True) for each in proof.path)
    except ValueError:
        return False
    same = old.origin == new.origin and old.origin.endswith(f"/{proof.key_id}")
    return same and (proof.old, proof.new) == (old.size, new.size) and ledger.is_consistent(old, new, path)


def _text(octets: bytes) -> str:
    return b64encode(octets).decode()
