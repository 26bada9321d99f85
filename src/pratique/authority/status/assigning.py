"""A code set by hand: for one person, on one facility's signed record, by two officials of two offices, for three days.

    official of office 1 ─ propose(person, scan)     ─► proposal ─ nothing follows
    official of office 2 ─ read, approve(proposal)   ─► assignment, and the holder is told in the same transaction

The record is a certificate of a positive molecular or antigen test, signed by a facility's key, bound to the person's
own document, and it serves once. There is no other cause, no list of people, and no other role: that stands here, and
in the tables' own conditions besides. What two officials and a facility could still do together is in
docs/health-code.md, and is seen in the counts of each day.
"""

import hashlib
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, Engine

from pratique.authority.access import Account, Item, Purpose, look
from pratique.authority.status.officials import DAY, answered, office, proposed
from pratique.authority.store import Vault, alone, people, reading, status, writing
from pratique.authority.store.people import Known, new_id
from pratique.authority.store.status import Assignment, Notice, Proposal
from pratique.colour import Colour
from pratique.identification import Match, same_holder
from pratique.model.certificate import Certificate, Person, Test, TestKind
from pratique.model.errors import StatusRefused
from pratique.model.reasons import Reason
from pratique.model.valueset import CONDITIONS
from pratique.rules.policy import Cause
from pratique.trust import TrustList
from pratique.verification import verify

LASTS = timedelta(hours=72)
"""The longest that an assignment counts. It ends by itself, and is not renewed: the same record serves once."""
FRESH = timedelta(days=7)
"""How old the sample of a signed record may be."""
A_DAY = 10
"""People whose code one official may put their name to in a day, as the first or the second: a case takes an hour."""
TOLD = "set_by_hand"
"""The kind of notice that the holder gets."""
CAUSES = frozenset({Cause.POSITIVE_TEST})
"""There is no other."""


def propose(
    engine: Engine, vault: Vault, first: Account, person: Known, scan: str, *, facilities: TrustList, at: datetime,
    colour: Colour = Colour.RED,
) -> Proposal:  # fmt: skip
    """Propose a code for one person on a facility's signed record (`scan`); `facilities` are the keys that count.

    Raises `AccessRefused` for whoever is no health official of an office, `StatusRefused`: STATUS_BULK for more than
    one person or more than `A_DAY`, STATUS_EVIDENCE for a record that is not of this person's positive test.
    """
    if not isinstance(person, Known):
        raise StatusRefused(Reason.STATUS_BULK, detail="one person at a time")
    now = int(at.timestamp())
    with reading(engine) as connection:
        where = office(connection, first, at=at)
        _check_few(connection, first, now)
        test = _positive(connection, vault, person, scan, facilities=facilities, at=at)
    look(engine, first, person.person_id, Purpose.EPIDEMIC_CONTROL, frozenset({Item.STATUS}), at=at)
    asked = Proposal(
        person_id=person.person_id,
        proposal_id=new_id(),
        colour=colour.value,
        cause=Cause.POSITIVE_TEST.value,
        sampled=int(test.sampled.timestamp()),
        evidence=scan.encode(),
        content=hashlib.sha256(scan.encode()).digest(),
        proposed_by=first.account_id,
        office=where,
        moment=now,
    )
    if colour not in (Colour.YELLOW, Colour.RED):
        raise ValueError("what is set by hand is yellow or red")
    with writing(engine) as connection:
        _check_few(connection, first, now)
        status.propose(connection, vault, asked)
    return asked


class Read(Struct, frozen=True):
    """A proposal as the second official reads it: the code, and the test that the signed record tells of."""

    proposal: Proposal
    test: Test


def read(
    engine: Engine, vault: Vault, second: Account, person_id: str, proposal_id: str, *, facilities: TrustList,
    at: datetime,
) -> Read:  # fmt: skip
    """Read one, after the look at it was written down. Raises as `approve`."""
    with reading(engine) as connection:
        office(connection, second, at=at)
        asked = proposed(connection, vault, person_id, proposal_id, CAUSES, at=at)
    look(engine, second, person_id, Purpose.EPIDEMIC_CONTROL, frozenset({Item.STATUS}), at=at)
    _, test = _signed(asked.evidence.decode(), facilities=facilities, at=at)
    return Read(asked, test)


def approve(
    engine: Engine, vault: Vault, second: Account, person: Known, proposal_id: str, *, facilities: TrustList,
    at: datetime, lasts: timedelta = LASTS,
) -> Assignment:  # fmt: skip
    """Set the code that was proposed, after looking at the same record, and tell the holder.

    Raises as `propose`; `StatusRefused` also: STATUS_OFFICES for the same official or office, STATUS_EVIDENCE for a
    proposal that is not there, is older than a day, or whose record has served; `ValueError` for longer than `LASTS`.
    """
    if not isinstance(person, Known):
        raise StatusRefused(Reason.STATUS_BULK, detail="one person at a time")
    if not timedelta(0) < lasts <= LASTS:
        raise ValueError("a code that is set by hand ends within 72 hours")
    now = int(at.timestamp())
    with reading(engine) as connection:
        asked, offices = answered(connection, vault, second, person.person_id, proposal_id, causes=CAUSES, at=at)
    look(engine, second, person.person_id, Purpose.EPIDEMIC_CONTROL, frozenset({Item.STATUS}), at=at)
    with writing(engine) as connection:
        _check_few(connection, second, now)
        _positive(connection, vault, person, asked.evidence.decode(), facilities=facilities, at=at)
        made = Assignment(
            person_id=person.person_id,
            assignment_id=proposal_id,
            colour=asked.colour,
            cause=asked.cause,
            sampled=asked.sampled,
            proposed_by=asked.proposed_by,
            proposed_office=offices[0],
            approved_by=second.account_id,
            approved_office=offices[1],
            moment=now,
            until=int((at + lasts).timestamp()),
        )
        if not status.assign(connection, vault, made, asked):
            raise StatusRefused(Reason.STATUS_EVIDENCE, detail="the record has served")
        status.tell(connection, Notice(person.person_id, new_id(), TOLD, made.assignment_id, now))
    return made


def _check_few(connection: Connection, official: Account, now: int) -> None:
    alone(connection, f"by hand: {official.account_id}")
    signed = status.signed_by_hand(connection, official.account_id, since=now - int(DAY.total_seconds()))
    if len(signed) >= A_DAY:
        raise StatusRefused(Reason.STATUS_BULK, detail=f"{A_DAY} a day")


def _positive(
    connection: Connection, vault: Vault, person: Known, scan: str, *, facilities: TrustList, at: datetime
) -> Test:
    """The positive test that a facility signed for this very person. Raises `StatusRefused` (STATUS_EVIDENCE)."""
    found, test = _signed(scan, facilities=facilities, at=at)
    if not _of(connection, vault, found, person):
        raise StatusRefused(Reason.STATUS_EVIDENCE, detail="it is another person's")
    return test


def _signed(scan: str, *, facilities: TrustList, at: datetime) -> tuple[Certificate, Test]:
    """A facility's record, and the positive test in it. Raises `StatusRefused` (STATUS_EVIDENCE)."""
    told = verify(scan, trust_list=facilities, at=at)
    found = told.certificate
    if told.authentic is not True or found is None:
        raise StatusRefused(Reason.STATUS_EVIDENCE, detail="no facility signed it")
    for claim in found.claims:
        if isinstance(claim, Test) and _counts(claim, at):
            return found, claim
    raise StatusRefused(Reason.STATUS_EVIDENCE, detail="it tells of no positive test of these days")


def _of(connection: Connection, vault: Vault, found: Certificate, person: Known) -> bool:
    """By name, birth date and the number of one of the person's own documents: names and days are shared by many."""
    if same_holder(found.holder, Person(person.name, person.birth_date)) not in (Match.EXACT, Match.EQUIVALENT):
        return False
    document, known = found.holder.document, people.by_subject(connection, vault, person.subject_id)
    if document is None or known is None or known.person_id != person.person_id:
        return False
    papers = people.documents(connection, vault, person.subject_id)
    return any(document.is_number(each.country, each.number) for each, _ in papers)


def _counts(claim: Test, at: datetime) -> bool:
    virus = claim.kind in (TestKind.MOLECULAR, TestKind.ANTIGEN) and claim.disease in CONDITIONS
    return virus and claim.detected is True and timedelta(0) <= at - claim.sampled <= FRESH
