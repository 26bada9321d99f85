"""Contacts and observations: what a health authority established about one person, and from which case.

    official of office 1 ─ propose(person, fact, ill)         ─► proposal ─ nothing follows
    official of office 2 ─ approve(proposal, person, ill)     ─► the fact, and the holder is told with it

They turn a code as surely as a hand does, so that two officials of two offices answer for each, one sick person makes
few contacts however often they were tested, and the case has to be one: a record of a positive test that stands. With
whom and where it was is kept nowhere; `case_hash` is only good for counting, so that the second official names person
and case again, from the file of the case, and both have to be those of the proposal. Neither a venue nor its poster
makes anybody a contact: a place can ask people to be tested, which is no fact about anybody.
"""

from datetime import date, datetime, timedelta, timezone

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine

from pratique.authority.access import Account, Item, Purpose, look
from pratique.authority.status.officials import answered, office, proposed, two_offices
from pratique.authority.store import Vault, alone, health, reading, status, tables, writing
from pratique.authority.store.people import Known, new_id
from pratique.authority.store.status import Established, Notice, Proposal
from pratique.model.certificate import Test
from pratique.model.errors import StatusRefused
from pratique.model.facts import ContactKind, ObservationKind
from pratique.model.reasons import Reason
from pratique.rules.policy import Cause

OF_A_CASE = 50
"""People whom one sick person's tests can make contacts of within `CASE_LASTS`; the tracers of 2020 to 2022 found about
ten, and thirty at a wedding."""
CASE_LASTS = timedelta(days=14)
"""How old the sample of the case may be."""
LONGEST_STAY = timedelta(days=21)
CONTACT, STAY = "contact_established", "observation_ordered"
"""The kinds of notices."""

Two = tuple[Account, Account]
Case = tuple[str, str]
"""A case: the person and the record of a positive test."""
CAUSES = frozenset({Cause.CONTACT, Cause.OBSERVATION})
"""What it can be proposed for."""


class Met(Struct, frozen=True, tag_field="fact", tag="met"):
    """That somebody met a case, until `last`."""

    kind: ContactKind
    last: date


class Stay(Struct, frozen=True, tag_field="fact", tag="stay"):
    """That somebody is asked to stay somewhere, from a day to a day."""

    kind: ObservationKind
    first: date
    last: date

    def __post_init__(self) -> None:
        if not timedelta(0) <= self.last - self.first <= LONGEST_STAY:
            raise ValueError("a stay has an end, of at most three weeks")


Fact = Met | Stay


def check(fact: Fact, *, today: date) -> None:
    """Raises `ValueError` for a contact of a day to come, or a stay that begins when its case counts no more."""
    begins, latest = (fact.last, today) if isinstance(fact, Met) else (fact.first, today + CASE_LASTS)
    if begins > latest:
        raise ValueError("a contact was, and a stay begins within two weeks")


def propose(
    engine: Engine, vault: Vault, first: Account, person: Known, fact: Fact, *, ill: Known, at: datetime
) -> Proposal:
    """Propose one fact about one person, from the latest positive test of `ill` that stands.

    Raises `AccessRefused`, `StatusRefused`, `ValueError` as `establish`.
    """
    _check_days(fact, at)
    if not isinstance(person, Known):
        raise StatusRefused(Reason.STATUS_BULK, detail="one person at a time")
    with reading(engine) as connection:
        where = office(connection, first, at=at)
    _looked(engine, first, person, ill, at)
    with writing(engine) as connection:
        cases = _cases(connection, ill.person_id, at)
        if not cases or ill.person_id == person.person_id:
            raise _no_case()
        sampled, case = cases[0]
        _check_few(connection, vault, ill.person_id, person.person_id, int(at.timestamp()))
        asked = Proposal(
            person_id=person.person_id,
            proposal_id=new_id(),
            colour="",
            cause=(Cause.CONTACT if isinstance(fact, Met) else Cause.OBSERVATION).value,
            sampled=int(sampled.timestamp()),
            evidence=msgspec.json.encode(fact),
            content=_hashes(vault, case)[0],
            proposed_by=first.account_id,
            office=where,
            moment=int(at.timestamp()),
        )
        status.propose(connection, vault, asked)
    return asked


def read(engine: Engine, vault: Vault, second: Account, person_id: str, proposal_id: str, *, at: datetime) -> Fact:
    """What was proposed, after the look at it was written down. Raises as `approve`."""
    with reading(engine) as connection:
        office(connection, second, at=at)
        asked = proposed(connection, vault, person_id, proposal_id, CAUSES, at=at)
    look(engine, second, person_id, Purpose.EPIDEMIC_CONTROL, frozenset({Item.MOVEMENTS}), at=at)
    return _fact(asked)


def approve(
    engine: Engine, vault: Vault, second: Account, person: Known, proposal_id: str, *, ill: Known, at: datetime
) -> str:
    """Establish what was proposed; the holder is told. The fact's id, which is the proposal's.

    Raises as `establish`; STATUS_EVIDENCE also for a proposal that is not there or older than a day, for another
    person, and for another case than that of the proposal.
    """
    if not isinstance(person, Known):
        raise StatusRefused(Reason.STATUS_BULK, detail="one person at a time")
    with reading(engine) as connection:
        asked, offices = answered(connection, vault, second, person.person_id, proposal_id, causes=CAUSES, at=at)
    _looked(engine, second, person, ill, at)
    with writing(engine) as connection:
        named = [case for _, case in _cases(connection, ill.person_id, at) if asked.content in _hashes(vault, case)]
        if not named:
            raise StatusRefused(Reason.STATUS_EVIDENCE, detail="it is another case")
        names = asked.proposed_by, offices[0], second.account_id, offices[1]
        row = Established(person.person_id, proposal_id, *names, _hashes(vault, named[0])[0], int(at.timestamp()))
        return _enter(connection, vault, row, _fact(asked), named[0])


def establish(engine: Engine, vault: Vault, by: Two, person_id: str, fact: Fact, *, case: Case, at: datetime) -> str:
    """Establish one fact about one person; the holder is told. The fact's id.

    Raises `AccessRefused`, `StatusRefused`: STATUS_OFFICES for one office, STATUS_BULK for several people, or more than
    `OF_A_CASE` of one sick person, STATUS_EVIDENCE where the case is none; `ValueError` as `check`.
    """
    _check_days(fact, at)
    if not isinstance(person_id, str):
        raise StatusRefused(Reason.STATUS_BULK, detail="one person at a time")
    first, second = by
    with reading(engine) as connection:
        offices = two_offices(connection, first, second, at=at)
    for account in by:
        look(engine, account, person_id, Purpose.EPIDEMIC_CONTROL, frozenset({Item.MOVEMENTS}), at=at)
    with writing(engine) as connection:
        _check_case(connection, case, person_id, at)
        names = first.account_id, offices[0], second.account_id, offices[1]
        row = Established(person_id, new_id(), *names, _hashes(vault, case)[0], int(at.timestamp()))
        return _enter(connection, vault, row, fact, case)


def _enter(connection: Connection, vault: Vault, row: Established, fact: Fact, case: Case) -> str:
    _check_few(connection, vault, case[0], row.person_id, row.moment)
    if status.answers_for(connection, row.person_id, row.fact_id):
        raise StatusRefused(Reason.STATUS_EVIDENCE, detail="it is established already")
    _write(connection, row, fact)
    status.establish(connection, row)
    told = CONTACT if isinstance(fact, Met) else STAY
    status.tell(connection, Notice(row.person_id, new_id(), told, row.fact_id, row.moment))
    return row.fact_id


def _check_days(fact: Fact, at: datetime) -> None:
    """By the clock that is furthest ahead: whose day it is, callers know who have people before them."""
    check(fact, today=at.astimezone(timezone(timedelta(hours=14))).date())


def _check_few(connection: Connection, vault: Vault, ill: str, person_id: str, now: int) -> None:
    """By all tests of the sick person, those too that were corrected since: else one more would make fifty more."""
    alone(connection, vault.hash("case", ill).hex())
    tests = [each.record_id for each in health.records_of(connection, ill) if isinstance(each.claim, Test)]
    hashes = [each for record_id in tests for each in _hashes(vault, (ill, record_id))]
    met = status.people_of_cases(connection, hashes, since=now - int(CASE_LASTS.total_seconds()))
    if len(met - {person_id}) >= OF_A_CASE:
        raise StatusRefused(Reason.STATUS_BULK, detail=f"{OF_A_CASE} people of one case")


def _hashes(vault: Vault, case: Case) -> tuple[bytes, ...]:
    return vault.hashes("case", f"{case[0]}:{case[1]}")


def _fact(asked: Proposal) -> Fact:
    found: Fact = msgspec.json.decode(asked.evidence, type=Fact)
    return found


def _looked(engine: Engine, official: Account, person: Known, ill: Known, at: datetime) -> None:
    """Both of them see in their log that an official looked."""
    for whose, item in ((person, Item.MOVEMENTS), (ill, Item.RECORDS)):
        look(engine, official, whose.person_id, Purpose.EPIDEMIC_CONTROL, frozenset({item}), at=at)


def _write(connection: Connection, by: Established, fact: Fact) -> None:
    row: dict[str, object] = {"person_id": by.person_id, "kind": fact.kind.value, "decided_by": by.first_by}
    row |= {"last_day": fact.last.toordinal(), "moment": by.moment}
    if isinstance(fact, Met):
        health.write(connection, tables.contact, [row | {"contact_id": by.fact_id}])
        return
    stay = {"observation_id": by.fact_id, "first_day": fact.first.toordinal()}
    health.write(connection, tables.observation, [row | stay])


def _check_case(connection: Connection, case: Case, person_id: str, at: datetime) -> None:
    """Raises `StatusRefused` (STATUS_EVIDENCE) for what is no standing positive test of somebody else."""
    if case[0] == person_id or case not in [each for _, each in _cases(connection, case[0], at)]:
        raise _no_case()


def _cases(connection: Connection, person_id: str, at: datetime) -> list[tuple[datetime, Case]]:
    """Somebody's positive tests that stand, the latest sample first."""
    found = [
        (kept.claim.sampled, (person_id, kept.record_id))
        for kept in health.records_of(connection, person_id)
        if not kept.superseded and isinstance(kept.claim, Test) and kept.claim.detected is True
    ]
    return sorted((each for each in found if timedelta(0) <= at - each[0] <= CASE_LASTS), reverse=True)


def _no_case() -> StatusRefused:
    return StatusRefused(Reason.STATUS_EVIDENCE, detail="the case is no positive test that stands")
