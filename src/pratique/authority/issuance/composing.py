"""From records to what a certificate says: each event by a record whose facility may vouch for it.

Of several records of one event the best counts whose facility is active, in scope, and not called back: a record that
another facility confirms needs no new proof.
"""

import secrets
from collections.abc import Iterable
from datetime import UTC, date, datetime

from msgspec import Struct, structs
from sqlalchemy import Connection

from pratique.authority.access import Item, Look
from pratique.authority.issuance import facilities
from pratique.authority.issuance.facilities import Facility, Scope, State
from pratique.authority.records import reconcile, rights
from pratique.authority.records.reconcile import Event
from pratique.authority.store import Vault, asking, people, withdrawals
from pratique.authority.store import issuance as store
from pratique.authority.store.health import Kept
from pratique.authority.store.issuance import Request
from pratique.authority.store.people import Papers
from pratique.authority.store.withdrawals import Recall
from pratique.model.certificate import (
    AnyClaim,
    Certificate,
    Exemption,
    LegibleDocument,
    Person,
    Recovery,
    Sex,
    Test,
    TravelDocument,
    Vaccination,
)
from pratique.model.countries import from_mrz
from pratique.model.errors import AccessRefused, IssueRefused, MalformedRecord, Refusal
from pratique.model.mrz import MachineReadableZone
from pratique.model.reasons import Reason

OLDEST = 125
"""Years. The oldest person known lived for 122."""

_SEXES = {"F": Sex.FEMALE, "M": Sex.MALE}
_SCOPES: dict[type[AnyClaim], Scope] = {
    Vaccination: Scope.VACCINATION,
    Test: Scope.TEST,
    Recovery: Scope.RECOVERY,
    Exemption: Scope.EXEMPTION,
}


class Part(Struct, frozen=True):
    """A claim as it will be signed, and the record behind it."""

    kept: Kept
    claim: AnyClaim

    @property
    def kind(self) -> Scope:
        """What kind of record it is."""
        return _SCOPES[type(self.claim)]

    @property
    def day(self) -> date | None:
        """The day of the event, where one is known."""
        return day_of(self.claim)

    @property
    def lot(self) -> str | None:
        """The lot of a dose, where it is stated."""
        return lot_of(self.claim)


class Composed(Struct, frozen=True):
    """What a certificate would say, record by record, and what was left out of it."""

    certificate: Certificate
    parts: tuple[Part, ...]
    facilities: dict[str, Facility]
    """Those that vouch for its records; what a desk corrected has none."""
    left_out: tuple[tuple[str, Reason], ...] = ()
    """Records that stand and were not asked for by name, with why they are not in it."""
    zone: MachineReadableZone | None = None
    """The machine readable zone of the document that it names."""


def compose(connection: Connection, vault: Vault, look: Look, asked: Request, *, at: datetime) -> Composed:
    """Gather what a request is about, as it stands now.

    Raises `AccessRefused` for a look at other things; `MalformedRecord` (RECORD_UNKNOWN) for a record asked for by name
    that does not stand; `IssueRefused`: FACILITY_UNKNOWN, FACILITY_INACTIVE, FACILITY_SCOPE or ISSUE_RECALLED for one
    that nobody may vouch for, ISSUE_NO_CLAIM if nothing is left, ISSUE_IMPLAUSIBLE for a person that cannot be.
    """
    if not {Item.IDENTITY, Item.RECORDS} <= look.items or look.person_id != asked.person_id:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="records and identity")
    known, documents = people.with_documents(connection, vault, asked.subject_id)
    if known is None or known.person_id != asked.person_id:
        raise IssueRefused(Reason.ISSUE_REQUEST, detail="whoever it is about is not known any more")
    events = _events(connection, look, asked, at)
    vouching = _Vouching.of(connection, asked.person_id, events, at)
    chosen, left_out = _chosen(events, asked, vouching)
    names = store.names(connection, asked.person_id)
    parts = tuple(
        Part(kept, structs.replace(kept.claim, uvci=names.get(kept.record_id, kept.claim.uvci))) for kept in chosen
    )
    holder = Person(known.name, known.birth_date)
    if implausible := tuple(_implausible(holder, parts, at)):
        raise IssueRefused.because(Refusal(Reason.ISSUE_IMPLAUSIBLE, place) for place in implausible)
    if not parts:
        raise IssueRefused(*dict.fromkeys([Reason.ISSUE_NO_CLAIM, *(reason for _, reason in left_out)]))
    zone = _named(documents, asked)
    certificate = Certificate(_with_document(holder, zone, asked), tuple(part.claim for part in parts))
    used = {part.kept.source_id for part in parts}
    return Composed(
        certificate, parts, {name: each for name, each in vouching.facilities.items() if name in used}, left_out, zone
    )


def _events(connection: Connection, look: Look, asked: Request, at: datetime) -> tuple[Event, ...]:
    """The events asked for, without those about which sources disagree. Raises `MalformedRecord`."""
    aside = asking.set_aside(connection, asked.person_id, at=int(at.timestamp()))
    standing = [kept for kept in rights.records(connection, look) if kept.record_id not in aside]
    if asked.facility_id is not None:  # it vouches for what it recorded itself, and sees nothing else
        standing = [kept for kept in standing if kept.source_id == asked.facility_id]
    found = [event for event in reconcile.events(standing) if not event.conflicts]
    if not asked.records:
        return tuple(found)
    wanted = set(asked.records)
    named = [event for event in found if any(kept.record_id in wanted for kept in event.records)]
    if wanted - {kept.record_id for event in named for kept in event.records}:
        raise MalformedRecord(Reason.RECORD_UNKNOWN, detail="no such record stands, or its sources disagree")
    return tuple(named)


class _Vouching(Struct, frozen=True):
    """Who may vouch for what of one person."""

    facilities: dict[str, Facility]
    recalls: tuple[Recall, ...]
    proved: dict[tuple[str, str], int]

    @classmethod
    def of(cls, connection: Connection, person_id: str, events: Iterable[Event], at: datetime) -> "_Vouching":
        sources = {kept.source_id for event in events for kept in event.records} - {rights.DESK}
        recalls = tuple(withdrawals.recalls(connection, sources))
        proved = withdrawals.proved(connection, person_id) if recalls else {}
        return cls(facilities.facilities(connection, sources), recalls, proved)

    def against(self, kept: Kept) -> Reason | None:
        """Why nobody vouches for a record; None if somebody does."""
        if kept.source_id == rights.DESK:  # the authority decided it, on evidence that it keeps
            return None
        called_back = [each for each in self.recalls if each.reaches(kept.source_id, kept.received, lot_of(kept.claim))]
        if any((kept.record_id, each.recall_id) not in self.proved for each in called_back):
            return Reason.ISSUE_RECALLED
        facility = self.facilities.get(kept.source_id)
        if facility is None:
            return Reason.FACILITY_UNKNOWN
        if _SCOPES[type(kept.claim)] not in facility.scopes:
            return Reason.FACILITY_SCOPE
        ended = facility.ended is not None and kept.received < facility.ended.timestamp()
        # proved again, whatever became of the facility; or sent before it closed in honour
        return None if called_back or ended or facility.state is State.ACTIVE else Reason.FACILITY_INACTIVE


def _chosen(
    events: Iterable[Event], asked: Request, vouching: _Vouching
) -> tuple[list[Kept], tuple[tuple[str, Reason], ...]]:
    """One record for each event, the best that somebody vouches for.

    Raises `IssueRefused` for an event that was asked for by name and that nobody vouches for.
    """
    chosen: list[Kept] = []
    left_out: list[tuple[str, Reason]] = []
    for event in events:
        against = [(kept, vouching.against(kept)) for kept in event.records]
        good = next((kept for kept, reason in against if reason is None), None)
        if good is not None:
            chosen.append(good)
        else:
            left_out += [(kept.record_id, reason) for kept, reason in against if reason is not None]
    if asked.records and left_out and asked.replaces is None:  # what replaces another says what can still be said
        raise IssueRefused.because(Refusal(reason, record_id) for record_id, reason in left_out)
    return chosen, tuple(left_out)


def lot_of(claim: AnyClaim) -> str | None:
    """The lot of a dose, where it is stated."""
    return claim.lot if isinstance(claim, Vaccination) else None


def day_of(claim: AnyClaim) -> date | None:
    """The day of an event, where one is known."""
    match claim:
        case Vaccination():
            return claim.date.first if claim.date.complete else None
        case Test():
            return claim.sampled.astimezone(UTC).date()
        case Recovery():
            return claim.first_positive.first if claim.first_positive.complete else None
        case Exemption():
            return None


def _implausible(holder: Person, parts: Iterable[Part], at: datetime) -> Iterable[str]:
    """Where a person cannot be: names without a letter, more than `OLDEST` years, events before birth."""
    stated = "".join(filter(None, (holder.name.family, holder.name.given, holder.name.family_icao)))
    if not any(letter.isalpha() for letter in stated):
        yield "holder.name"
    born = holder.birth_date
    if born is None:
        return
    if born.first > at.date() or at.year - born.year > OLDEST:
        yield "holder.birth_date"
    for number, part in enumerate(parts):
        if part.day is not None and part.day < born.first:
            yield f"claims[{number}]"


def _named(documents: list[tuple[Papers, MachineReadableZone | None]], asked: Request) -> MachineReadableZone | None:
    """The document that was asked for, else the newest.

    A number that a clinic typed is not enough to be named in a certificate: without its machine readable zone, the
    certificate goes by name and birth date. Raises `IssueRefused` (ISSUE_REQUEST) for a document of somebody else.
    """
    theirs = [zone for papers, zone in documents if asked.papers in (None, papers)]
    if asked.papers is not None and not theirs:
        raise IssueRefused(Reason.ISSUE_REQUEST, detail="papers: not a document of this person")
    return next(filter(None, theirs), None)


def _with_document(holder: Person, zone: MachineReadableZone | None, asked: Request) -> Person:
    if zone is None:
        return holder
    stated = LegibleDocument.reveal if asked.format == "vds-nc" else TravelDocument.conceal
    document = stated(zone.kind, zone.country, zone.number, salt=secrets.token_bytes(16))
    # sex and nationality go no further than the forms that have a place for them
    return structs.replace(holder, document=document, sex=_SEXES.get(zone.sex), nationality=from_mrz(zone.nationality))
