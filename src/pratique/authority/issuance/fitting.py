"""What a holder's certificate would be before anything is signed: which records it says, and in how many codes it goes.

    Wanted ─ drafted ─► Composed ─ groups ─► the records of each code ─ certificate_of_person, once for each

A signature is for good: what was signed too large for a code would stand in the log, in the quotas and among what its
holder has, and nobody could show it.
"""

from collections.abc import Callable
from datetime import datetime
from itertools import islice

from msgspec import structs
from sqlalchemy import Connection

from pratique.authority.access import Look
from pratique.authority.issuance.certificates import Office, signer_for
from pratique.authority.issuance.composing import Composed, compose
from pratique.authority.issuance.requests import Wanted, request_of
from pratique.authority.store.people import Known
from pratique.issuing import parted


def drafted(
    connection: Connection, office: Office, look: Look, known: Known, wanted: Wanted, *, at: datetime
) -> Composed:
    """What a certificate would say; nobody is asked for anything. Raises as `compose`."""
    asked = request_of(known, wanted, look.account, at=at)
    composed = compose(connection, office.vault, look, asked, at=at)
    marked = structs.replace(composed.certificate, specimen=office.specimen)
    return structs.replace(composed, certificate=marked)


def groups(
    connection: Connection,
    office: Office,
    look: Look,
    known: Known,
    wanted: Wanted,
    *,
    fits: Callable[[str], bool],
    at: datetime,
) -> tuple[tuple[str, ...], ...]:
    """The records of a certificate in as few groups as each make a scan that `fits`; as `wanted` where one does.

    Judged by drafts as long as what would be signed. Raises `IssueRefused`: ISSUE_TOO_LARGE where one record alone does
    not fit, ISSUE_SIGNER, and what `compose` and `issuing.issue` refuse.
    """
    composed = drafted(connection, office, look, known, wanted, at=at)
    signer = signer_for(connection, office, composed.certificate, wanted.format, at)
    parts = parted(composed.certificate, fits=fits, format=wanted.format, key=signer.key, at=at, expires=wanted.expires)
    if len(parts) == 1:
        return (wanted.records,)
    records = iter([part.kept.record_id for part in composed.parts])
    return tuple(tuple(islice(records, len(part.claims))) for part in parts)
