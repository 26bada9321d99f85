"""A country in a database: somebody, officials of two offices, facilities that sign, and what they do."""

from datetime import UTC, date, datetime, timedelta, timezone

from sqlalchemy import Engine
from tests.issuer import MemorySigner

from pratique import TrustList, issue
from pratique.authority.access import Account, Item, Look, Purpose, Role, enter, look
from pratique.authority.status import assigning, tracing
from pratique.authority.status.tracing import Met
from pratique.authority.store import Vault, health, people, status, writing
from pratique.authority.store.health import NewRecord
from pratique.authority.store.people import Known, Newcomer, Papers
from pratique.model import uvci
from pratique.model.certificate import Certificate, Evidence, Person, Test, TestKind, TravelDocument
from pratique.model.dates import PartialDate
from pratique.model.facts import ContactKind
from pratique.model.names import name
from pratique.model.valueset import COVID_19, DETECTED, LOINC, NOT_DETECTED, Code
from pratique.rules.linting import parse_policy
from pratique.sandbox import codes

AT = datetime(2026, 11, 24, 4, tzinfo=UTC)
ZONE = timezone(timedelta(hours=8))
TODAY = date(2026, 11, 24)
POLICY = parse_policy(codes.policy())
FACILITY = MemorySigner(not_before=AT - timedelta(days=90), not_after=AT + timedelta(days=700))
STRANGER = MemorySigner(not_before=AT - timedelta(days=90), not_after=AT + timedelta(days=700))
FACILITIES = TrustList.from_certificates([FACILITY.certificate])
NORTH = Account("official-north", Role.HEALTH_AUTHORITY)
NORTH_TOO = Account("official-north-2", Role.HEALTH_AUTHORITY)
SOUTH = Account("official-south", Role.HEALTH_AUTHORITY)
WEST = Account("official-west", Role.HEALTH_AUTHORITY)
GATE = Account("gate-7", Role.STAFF)
CLINIC = Account("clinic-1", Role.CLINIC)
OFFICES = {NORTH: "north", NORTH_TOO: "north", SOUTH: "south", WEST: "west"}
OWN = frozenset(Item) - {Item.PORTRAIT}
PCR = Code(LOINC, "94500-6")


def staffed(store: Engine) -> None:
    """Everybody who works here, each with their role and office."""
    with writing(store) as connection:
        for account in (*OFFICES, GATE, CLINIC):
            enter(connection, account, account.account_id, at=AT - timedelta(days=30))
        for account, office in OFFICES.items():
            status.enter_official(connection, account.account_id, office, at=int(AT.timestamp()) - 86400)


def person(store: Engine, vault: Vault, number: int = 1, given: str = "Meimei") -> Known:
    """Somebody with a passport, entered now."""
    papers = Papers("UTO", f"XA{number:07}")
    newcomer = Newcomer(papers, name("Han", given), PartialDate(1990, 5, 8))
    with writing(store) as connection:
        return people.enter(connection, vault, [newcomer], at=int(AT.timestamp()))[papers]


def own(store: Engine, known: Known, at: datetime = AT) -> Look:
    """The holder's own look."""
    holder = Account(f"holder-{known.subject_id[:8]}", Role.HOLDER)
    return look(store, holder, known.person_id, Purpose.OWN, OWN, at=at)


def swab(hours: float = 6, result: Code = DETECTED, kind: TestKind = TestKind.MOLECULAR) -> Test:
    return Test(
        uvci=uvci.from_record_id("XA", bytes([7] * 16)),
        disease=COVID_19,
        country="XA",
        issuer="Laboratory 7",
        evidence=Evidence.ADMINISTERED,
        kind=kind,
        sampled=(AT - timedelta(hours=hours)).replace(microsecond=0),
        result=result,
        method=PCR,
    )


def record(store: Engine, person_id: str, claim: Test, number: int = 1) -> str:
    """A record of a laboratory in the store, whose id this is."""
    record_id = f"{number:032x}"
    kept = NewRecord(person_id, record_id, claim, "lab-7", bytes([number]), b"", "i", number)
    with writing(store) as connection:
        health.keep(connection, [kept], at=int(AT.timestamp()))
    return record_id


def signed(
    known: Known, claim: Test | None = None, *, number: int = 1, by: MemorySigner = FACILITY, at: datetime = AT
) -> str:
    """A facility's signed record of somebody: by the number of their passport, their name and birth date."""
    document = TravelDocument.conceal("P", "UTO", f"XA{number:07}", salt=bytes([number % 256] * 16))
    holder = Person(known.name, known.birth_date, document)
    return issue(Certificate(holder, (claim or swab(),)), format="ithc", signer=by, at=at)


def set_by_hand(store: Engine, vault: Vault, known: Known, number: int = 1, at: datetime = AT) -> str:
    """A red code by two officials; its id."""
    scan = signed(known, number=number)
    proposed = assigning.propose(store, vault, NORTH, known, scan, facilities=FACILITIES, at=at)
    made = assigning.approve(store, vault, SOUTH, known, proposed.proposal_id, facilities=FACILITIES, at=at)
    return made.assignment_id


def met(store: Engine, vault: Vault, known: Known, ill: Known) -> str:
    """That `known` met `ill`, who is a case; the fact's id."""
    case = (ill.person_id, record(store, ill.person_id, swab()))
    return tracing.establish(store, vault, (NORTH, SOUTH), known.person_id, MET, case=case, at=AT)


MET = Met(ContactKind.CLOSE, TODAY - timedelta(days=2))
NEGATIVE = NOT_DETECTED
