"""What a holder takes along from an office of issuing: certificates of its log, the same ones again while they stand.

A certificate is signed anew where records came or were corrected since the last one, or it ends soon: whoever signs in
ten times has one certificate, and the log has one entry. What cannot be certified is said, and lets its holder in all
the same: they see their records, and can say that they are wrong.
"""

from datetime import datetime, timedelta
from time import perf_counter

from sqlalchemy import Connection

from pratique import formats, qr
from pratique.authority.access import Item, Look, Purpose, look
from pratique.authority.access.tokens import holder_account
from pratique.authority.identity.answers import Holder
from pratique.authority.issuance import revoking
from pratique.authority.issuance.certificates import NEEDED, Issued, Office, certificate_of_person, scan_of
from pratique.authority.issuance.requests import Wanted
from pratique.authority.issuance.revoking import State
from pratique.authority.records import rights
from pratique.authority.store import issuance as store
from pratique.authority.store import people, reading
from pratique.model.certificate import Certificate, Person
from pratique.model.errors import AccessRefused, IssueRefused
from pratique.model.reasons import Reason
from pratique.qr import Level
from pratique.web.holding import VALID, Held, Hold, Part, fits

FORMAT = "ithc"
ANEW = timedelta(days=30)
"""Before the end of a certificate another one is signed: whoever is abroad then may have no connection."""


def of_office(office: Office) -> Hold:
    """The `Hold` of an office: under its log, its limits and its quotas."""

    def hold(holder: Holder, guardian: str | None, at: datetime) -> Held:
        if holder.subject_id is None:
            raise AccessRefused(Reason.ACCESS_ROLE, detail="an office knows whoever is in its store")
        account = holder_account(office.vault, guardian or holder.subject_id)
        began = perf_counter()
        allowed = look(office.engine, account, holder.person_id, Purpose.OWN, NEEDED | {Item.RECORDS}, at=at)
        refused: tuple[Reason, ...] = ()
        with reading(office.engine) as connection:
            found = _standing(connection, office, allowed, at)
        if not found:
            try:
                found = _signed(office, allowed, holder.subject_id, (), at)
            except IssueRefused as refusal:
                refused = refusal.reasons
        parts = tuple(_part(each.scan) for each in found)
        claims = tuple(claim for part in parts for claim in part.certificate.claims)
        person = parts[0].certificate.holder if parts else Person(holder.name, holder.birth_date)
        until = min((each.expires for each in found if each.expires is not None), default=at + VALID)
        return Held(
            certificate=Certificate(person, claims, specimen=office.specimen),
            parts=parts,
            issued=found[0].issued if found else at,
            expires=until,
            took=perf_counter() - began,
            refused=refused,
        )

    return hold


def _standing(connection: Connection, office: Office, allowed: Look, at: datetime) -> tuple[Issued, ...]:
    """The certificates that were signed last, if they say all that is to be said now, and for a while."""
    good = [
        each.certificate
        for each in revoking.standings(connection, allowed, at=at)
        if each.state is State.GOOD and each.certificate.format == FORMAT
    ]
    if not good or (good[0].expires or 0) < (at + ANEW).timestamp():
        return ()
    if any(kept.received >= good[0].issued for kept in rights.records(connection, allowed)):
        return ()
    same = [each for each in good if each.issued == good[0].issued]
    found = [scan_of(connection, office.vault, allowed, each.certificate_id) for each in same]
    return tuple(each for each in found if each is not None and fits(each.scan))


def _signed(
    office: Office, allowed: Look, subject_id: str, records: tuple[str, ...], at: datetime
) -> tuple[Issued, ...]:
    """One certificate of all these records (none: of all that stand), or two of half of them where a code is too small.

    Raises `IssueRefused`.
    """
    with reading(office.engine) as connection:
        known = people.by_subject(connection, office.vault, subject_id)
    whole = certificate_of_person(
        office, allowed, wanted=Wanted(FORMAT, records, expires=at + VALID), at=at, known=known
    )
    if fits(whole.scan):
        return (whole,)
    with reading(office.engine) as connection:
        claims = store.claims_of(connection, allowed.person_id)
    said = tuple(claim.record_id for claim in claims if claim.certificate_id == whole.certificate_id)
    if len(said) < 2:
        raise IssueRefused(Reason.ISSUE_TOO_LARGE, detail="one record alone")
    half = len(said) // 2
    return (
        *_signed(office, allowed, subject_id, said[:half], at),
        *_signed(office, allowed, subject_id, said[half:], at),
    )


def _part(scan: str) -> Part:
    """A code that we signed, drawn."""
    read = formats.read_envelope(formats.open_scan(scan)).content
    if not isinstance(read, Certificate):
        raise TypeError("an office signs certificates")
    return Part(read, scan, qr.svg(scan, level=Level.M))
