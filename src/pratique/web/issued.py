"""What a holder takes along from an office of issuing: certificates of its log, the same ones again while they stand.

A certificate is signed anew where records came or were corrected since the last one, or it ends soon: whoever signs in
ten times has one certificate, and the log has one entry. What cannot be certified is said, and lets its holder in all
the same: they see their records, and can say that they are wrong.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter

from msgspec import Struct, structs
from sqlalchemy import Connection

from pratique import formats
from pratique.authority.access import Item, Look, Purpose, look
from pratique.authority.access.tokens import holder_account
from pratique.authority.identity.answers import Holder
from pratique.authority.issuance import revoking
from pratique.authority.issuance.certificates import (
    NEEDED,
    Issued,
    Office,
    certificate_of_person,
    issue_for,
    scan_of,
    sealed_twin,
)
from pratique.authority.issuance.correcting import Case, leaked
from pratique.authority.issuance.fitting import drafted, groups
from pratique.authority.issuance.requests import Wanted
from pratique.authority.issuance.revoking import State
from pratique.authority.store import asking, people, reading, writing
from pratique.authority.store import issuance as store
from pratique.authority.store.people import Known
from pratique.issuing import refusals
from pratique.model.certificate import Certificate, Person
from pratique.model.errors import AccessRefused, IssueRefused
from pratique.model.reasons import Reason
from pratique.model.sealed import Recipient
from pratique.web.holding import CARD, VALID, Anew, Held, Hold, Part, drawn, fits, twinned

FORMAT = "ithc"
ANEW = timedelta(days=30)
"""Before the end of a certificate another one is signed: whoever is abroad then may have no connection."""


def of_office(office: Office) -> Hold:
    """The `Hold` of an office: under its log, its limits and its quotas."""

    def hold(holder: Holder, guardian: str | None, at: datetime) -> Held:
        if holder.subject_id is None:
            raise AccessRefused(Reason.ACCESS_ROLE, detail="an office knows whoever is in its store")
        whose = _Whose(office, holder.person_id, holder.subject_id, guardian, Person(holder.name, holder.birth_date))
        return whose.whole(at)

    return hold


class _Whose(Struct, frozen=True):
    """A person before an office, and who acts for them, where somebody does."""

    office: Office
    person_id: str
    subject_id: str
    guardian: str | None
    person: Person

    def look(self, at: datetime) -> Look:
        """Raises `AccessRefused` where a delegation ended."""
        office, guardian = self.office, self.guardian
        if guardian is not None:
            with reading(office.engine) as connection:
                if not asking.acts_for(connection, guardian, self.subject_id, at=int(at.timestamp())):
                    raise AccessRefused(Reason.ACCESS_ROLE, detail="a delegation that has ended")
        account = holder_account(office.vault, guardian or self.subject_id)
        return look(office.engine, account, self.person_id, Purpose.OWN, NEEDED | {Item.RECORDS}, at=at)

    def whole(self, at: datetime) -> Held:
        """Everything that the records say."""
        office, began, allowed = self.office, perf_counter(), self.look(at)
        refused: tuple[Reason, ...] = ()
        found: tuple[Issued, ...] = ()
        try:
            with reading(office.engine) as connection:
                found = _standing(connection, office, allowed, self._stated(connection, allowed, at), at)
            found = found or self._signed(allowed, (), at)
        except IssueRefused as refusal:
            refused = refusal.reasons
        held = structs.replace(self._held(found, at, began), refused=refused)
        if not found:
            return held
        card = self.card if _cards(office, held.certificate, at) else None
        anew = Anew(partial(self.choose, held.certificate), partial(self.leaked, found), card)
        return structs.replace(held, anew=anew)

    def choose(self, whole: Certificate, places: Sequence[int], recipients: Sequence[Recipient], at: datetime) -> Held:
        """These claims alone: the certificate of before where there is one, and it stands."""
        office, began, allowed = self.office, perf_counter(), self.look(at)
        with reading(office.engine) as connection:
            records = {each.uvci: each.record_id for each in store.claims_of(connection, self.person_id)}
            wanted = frozenset(records[whole.claims[place].uvci] for place in places)
            found = _standing(connection, office, allowed, wanted, at)
        if recipients and len(found) > 1:
            raise IssueRefused(Reason.ISSUE_TOO_LARGE, detail="the open twin")
        found = found or self._signed(allowed, tuple(sorted(wanted)), at, most=1 if recipients else None)
        held = self._held(found, at, began)
        if not recipients:
            return held
        sealed = sealed_twin(office, allowed, found[0].certificate_id, recipients=recipients, at=at, fits=fits)
        return structs.replace(held, twin=twinned(sealed.scan, recipients), took=perf_counter() - began)

    def leaked(self, found: Sequence[Issued], at: datetime) -> Held:
        """What strangers hold counts no more, and neither does anything else with the same records."""
        office, allowed, asked = self.office, self.look(at), list[str]()
        with writing(office.engine) as connection:
            case = Case(connection, office.vault, allowed, self._known(connection), office.account, at)
            for each in found:
                asked += leaked(case, each.certificate_id).requests
        for request_id in asked:
            try:
                issue_for(office, request_id, at=at)
            except IssueRefused:  # as when it was the last of today: what leaked counts no more all the same
                continue
        return self.whole(at)

    def card(self, at: datetime) -> str:
        """The same as a SMART Health Card."""
        allowed = self.look(at)
        with reading(self.office.engine) as connection:
            known = self._known(connection)
        return certificate_of_person(self.office, allowed, wanted=Wanted(CARD), at=at, known=known).scan

    def _known(self, connection: Connection) -> Known:
        """Raises `AccessRefused` for somebody who is not in the store any more."""
        known = people.by_subject(connection, self.office.vault, self.subject_id)
        if known is None:
            raise AccessRefused(Reason.ACCESS_ROLE, detail="nobody")
        return known

    def _stated(self, connection: Connection, allowed: Look, at: datetime) -> frozenset[str]:
        """The records that a certificate of all would have. Raises `IssueRefused`."""
        composed = drafted(connection, self.office, allowed, self._known(connection), Wanted(FORMAT), at=at)
        return frozenset(part.kept.record_id for part in composed.parts)

    def _signed(
        self, allowed: Look, records: tuple[str, ...], at: datetime, *, most: int | None = None
    ) -> tuple[Issued, ...]:
        """These records (none: all that stand) in as few certificates as each have room in a code, and in `most`.

        Whether they have is known before anything is signed. Raises `IssueRefused`.
        """
        office, wanted = self.office, Wanted(FORMAT, records, expires=at + VALID)
        with reading(office.engine) as connection:
            known = self._known(connection)
            found = groups(connection, office, allowed, known, wanted, fits=fits, at=at)
        if most is not None and len(found) > most:
            raise IssueRefused(Reason.ISSUE_TOO_LARGE, detail="the open twin")
        return tuple(
            certificate_of_person(office, allowed, wanted=structs.replace(wanted, records=each), at=at, known=known)
            for each in found
        )

    def _held(self, found: Sequence[Issued], at: datetime, began: float) -> Held:
        parts = tuple(_part(each.scan) for each in found)
        claims = tuple(claim for part in parts for claim in part.certificate.claims)
        person = parts[0].certificate.holder if parts else self.person
        until = min((each.expires for each in found if each.expires is not None), default=at + VALID)
        return Held(
            certificate=Certificate(person, claims, specimen=self.office.specimen),
            parts=parts,
            issued=found[0].issued if found else at,
            expires=until,
            took=perf_counter() - began,
        )


def _standing(
    connection: Connection, office: Office, allowed: Look, wanted: frozenset[str], at: datetime
) -> tuple[Issued, ...]:
    """The certificates that say these records and no others, if they stand, and for a while; the newest.

    Several that were signed together each say a part of them.
    """
    said: dict[str, set[str]] = {}
    for claim in store.claims_of(connection, allowed.person_id):
        said.setdefault(claim.certificate_id, set()).add(claim.record_id)
    good = [
        each.certificate
        for each in revoking.standings(connection, allowed, at=at)
        if each.state is State.GOOD
        and each.certificate.format == FORMAT
        and (each.certificate.expires or 0) >= (at + ANEW).timestamp()
        and said.get(each.certificate.certificate_id, {""}) <= wanted
    ]
    alone = [[each] for each in good if said[each.certificate_id] == wanted]
    together = [[each for each in good if each.issued == moment] for moment in dict.fromkeys(e.issued for e in good)]
    for group in (*alone, *together):
        parts = [said[each.certificate_id] for each in group]
        if sum(map(len, parts)) == len(wanted) and set().union(*parts) == wanted:
            found = [scan_of(connection, office.vault, allowed, each.certificate_id) for each in group]
            if all(each is not None and fits(each.scan) for each in found):
                return tuple(each for each in found if each is not None)
    return ()


def _cards(office: Office, certificate: Certificate, at: datetime) -> bool:
    """Whether one of the keys may sign this as a health card."""
    keys = (signer.key for signer in office.signers)
    return any(not refusals(certificate, format=CARD, key=key, at=at, expires=None) for key in keys)


def _part(scan: str) -> Part:
    """A code of the log, read and drawn."""
    read = formats.read_envelope(formats.open_scan(scan)).content
    if not isinstance(read, Certificate):
        raise TypeError("an office signs certificates")
    return drawn(read, scan)
