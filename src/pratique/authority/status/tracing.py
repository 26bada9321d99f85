"""Contacts and observations: what a health authority established about one person, and from which case.

They turn a code as surely as a hand does, so that two officials of two offices answer for each, one case makes few
contacts, and the case has to be one: a record of a positive test that stands. With whom and where it was is kept
nowhere; `case_hash` is only good for counting. Neither a venue nor its poster makes anybody a contact: a place can ask
people to be tested, which is no fact about anybody.
"""

from datetime import date, datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, Engine

from pratique.authority.access import Account, Item, Purpose, look
from pratique.authority.status.officials import two_offices
from pratique.authority.store import Vault, health, reading, status, tables, writing
from pratique.authority.store.people import new_id
from pratique.authority.store.status import Established, Notice
from pratique.model.certificate import Test
from pratique.model.errors import StatusRefused
from pratique.model.facts import ContactKind, ObservationKind
from pratique.model.reasons import Reason

OF_A_CASE = 50
"""People whom one case can make contacts of; the tracers of 2020 to 2022 found about ten, and thirty at a wedding."""
CASE_LASTS = timedelta(days=14)
"""How old the sample of the case may be."""
LONGEST_STAY = timedelta(days=21)
CONTACT, STAY = "contact_established", "observation_ordered"
"""The kinds of notices."""

Two = tuple[Account, Account]
Case = tuple[str, str]
"""A case: the person and the record of a positive test."""


class Met(Struct, frozen=True):
    """That somebody met a case, until `last`."""

    kind: ContactKind
    last: date


class Stay(Struct, frozen=True):
    """That somebody is asked to stay somewhere, from a day to a day."""

    kind: ObservationKind
    first: date
    last: date

    def __post_init__(self) -> None:
        if not timedelta(0) <= self.last - self.first <= LONGEST_STAY:
            raise ValueError("a stay has an end, of at most three weeks")


def establish(
    engine: Engine, vault: Vault, by: Two, person_id: str, fact: Met | Stay, *, case: Case, at: datetime
) -> str:
    """Establish one fact about one person; the holder is told. The fact's id.

    Raises `AccessRefused`, `StatusRefused`: STATUS_OFFICES for one office, STATUS_BULK for several people, or more than
    `OF_A_CASE` of one case, STATUS_EVIDENCE where the case is none.
    """
    if not isinstance(person_id, str):
        raise StatusRefused(Reason.STATUS_BULK, detail="one person at a time")
    now, (first, second) = int(at.timestamp()), by
    with reading(engine) as connection:
        offices = two_offices(connection, first, second, at=at)
    for account in by:
        look(engine, account, person_id, Purpose.EPIDEMIC_CONTROL, frozenset({Item.MOVEMENTS}), at=at)
    with writing(engine) as connection:
        _check_case(connection, case, person_id, at)
        of_case = vault.hashes("case", f"{case[0]}:{case[1]}")
        status.alone(connection, of_case[0].hex())
        if len(status.people_of_case(connection, of_case) - {person_id}) >= OF_A_CASE:
            raise StatusRefused(Reason.STATUS_BULK, detail=f"{OF_A_CASE} people of one case")
        fact_id = new_id()
        _write(connection, person_id, fact_id, fact, first, now=now)
        signed = first.account_id, offices[0], second.account_id, offices[1]
        status.establish(connection, Established(person_id, fact_id, *signed, of_case[0], now))
        told = CONTACT if isinstance(fact, Met) else STAY
        status.tell(connection, Notice(person_id, new_id(), told, fact_id, now))
    return fact_id


def _write(connection: Connection, person_id: str, fact_id: str, fact: Met | Stay, first: Account, *, now: int) -> None:
    row: dict[str, object] = {"person_id": person_id, "kind": fact.kind.value, "decided_by": first.account_id}
    row |= {"last_day": fact.last.toordinal(), "moment": now}
    if isinstance(fact, Met):
        health.write(connection, tables.contact, [row | {"contact_id": fact_id}])
        return
    stay = {"observation_id": fact_id, "first_day": fact.first.toordinal()}
    health.write(connection, tables.observation, [row | stay])


def _check_case(connection: Connection, case: Case, person_id: str, at: datetime) -> None:
    """Raises `StatusRefused` (STATUS_EVIDENCE) for what is no standing positive test of somebody else."""
    whose, record_id = case
    for kept in health.records_of(connection, whose):
        claim = kept.claim
        if kept.record_id == record_id and not kept.superseded and isinstance(claim, Test) and whose != person_id:
            fresh = timedelta(0) <= at - claim.sampled <= CASE_LASTS
            if claim.detected is True and fresh:
                return
    raise StatusRefused(Reason.STATUS_EVIDENCE, detail="the case is no positive test that stands")
