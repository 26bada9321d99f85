"""A code set by hand: everything that is refused, the case of Zhengzhou, and what is left that two officials can do."""

import re
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from tests import databases
from tests.authority.status import scenes
from tests.authority.status.scenes import (
    AT,
    CLINIC,
    FACILITIES,
    GATE,
    MET,
    NEGATIVE,
    NORTH,
    NORTH_TOO,
    POLICY,
    SOUTH,
    STRANGER,
    ZONE,
    own,
    person,
    record,
    set_by_hand,
    signed,
    staffed,
    swab,
)

from pratique.authority.access import Account, Role, enter, who_looked
from pratique.authority.status import assigning, codes, counting, officials, tracing
from pratique.authority.store import DatabaseRole, Vault, open_store, reading, status, writing
from pratique.authority.store import facts as store_facts
from pratique.authority.store.people import Known
from pratique.colour import Colour
from pratique.model import facts
from pratique.model.certificate import TestKind
from pratique.model.errors import AccessRefused, PratiqueError, StatusRefused
from pratique.model.reasons import Reason
from pratique.model.valueset import Code
from pratique.rules.policy import Cause

HOUR = timedelta(hours=1)
IGG = Code(scenes.LOINC, "94563-4")
DEPOSITORS = 1317
"""Zhengzhou, June 2022: 446 who scanned a venue's poster in the city, and 871 who scanned a copy of it from afar."""


def colour(store: Engine, known: Known, at: Any = AT) -> codes.HealthCode:
    with reading(store) as connection:
        return codes.code_of(connection, known.person_id, POLICY, at=at, zone=ZONE)


def propose(store: Engine, vault: Vault, known: Any, scan: str, first: Account = NORTH) -> Any:
    return assigning.propose(store, vault, first, known, scan, facilities=FACILITIES, at=AT)


def refused(reason: Reason) -> Any:
    return pytest.raises(PratiqueError, match=rf"^{reason}\b")


@pytest.fixture
def meimei(store: Engine, vault: Vault) -> Known:
    staffed(store)
    return person(store, vault)


# what is no evidence


@pytest.mark.parametrize(
    "scan",
    [
        lambda known: "",
        lambda known: "HC1:NOTHING",
        lambda known: signed(known, by=STRANGER),
        lambda known: signed(known, number=2),
        lambda known: signed(structs.replace(known, name=scenes.name("Li", "Lei"))),
        lambda known: signed(known, swab(result=NEGATIVE)),
        lambda known: signed(known, swab(result=Code("http://snomed.info/sct", "419984006"))),
        lambda known: signed(known, swab(hours=7 * 24 + 1)),
        lambda known: signed(
            known, structs.replace(swab(kind=TestKind.ANTIBODY), method=Code(scenes.LOINC, "94563-4"))
        ),
    ],
    ids=["nothing", "nonsense", "no-facility", "passport", "name", "negative", "undecided", "old", "antibody"],
)
def test_without_a_facilitys_record_of_this_persons_positive_test_nothing_is_proposed(
    store: Engine, vault: Vault, meimei: Known, scan: Any
) -> None:
    with refused(Reason.STATUS_EVIDENCE):
        propose(store, vault, meimei, scan(meimei))
    assert colour(store, meimei).colour is Colour.UNKNOWN


def test_a_certificate_without_a_document_could_be_anybodys_of_that_name(
    store: Engine, vault: Vault, meimei: Known
) -> None:
    holder = scenes.Person(meimei.name, meimei.birth_date)
    bare = scenes.issue(scenes.Certificate(holder, (swab(),)), format="eu-dcc", signer=scenes.FACILITY, at=AT)
    with refused(Reason.STATUS_EVIDENCE):
        propose(store, vault, meimei, bare)


# who


@pytest.mark.parametrize(
    "account",
    [
        CLINIC,
        GATE,
        Account("official-nowhere", Role.HEALTH_AUTHORITY),
        Account("clinic-1", Role.HEALTH_AUTHORITY),
        *(Account(f"somebody-{role}", role) for role in Role),
    ],
    ids=str,
)
def test_nobody_but_a_health_official_of_an_office_proposes(
    store: Engine, vault: Vault, meimei: Known, account: Account
) -> None:
    with refused(Reason.ACCESS_ROLE):
        propose(store, vault, meimei, signed(meimei), account)
    proposed = propose(store, vault, meimei, signed(meimei))
    with refused(Reason.ACCESS_ROLE):
        assigning.approve(store, vault, account, meimei, proposed.proposal_id, facilities=FACILITIES, at=AT)


@pytest.mark.parametrize("second", [NORTH, NORTH_TOO])
def test_one_office_is_not_enough(store: Engine, vault: Vault, meimei: Known, second: Account) -> None:
    proposed = propose(store, vault, meimei, signed(meimei))
    with refused(Reason.STATUS_OFFICES):
        assigning.approve(store, vault, second, meimei, proposed.proposal_id, facilities=FACILITIES, at=AT)
    assert colour(store, meimei).colour is Colour.UNKNOWN
    assert assigning.approve(store, vault, SOUTH, meimei, proposed.proposal_id, facilities=FACILITIES, at=AT)
    assert colour(store, meimei).colour is Colour.RED


def test_a_proposal_waits_a_day_is_of_one_person_and_serves_once(store: Engine, vault: Vault, meimei: Known) -> None:
    other = person(store, vault, 2, "Lei")
    proposed = propose(store, vault, meimei, signed(meimei))

    def approve(known: Known, at: Any = AT, **more: Any) -> Any:
        number = proposed.proposal_id
        return assigning.approve(store, vault, SOUTH, known, number, facilities=FACILITIES, at=at, **more)

    with refused(Reason.STATUS_EVIDENCE):
        approve(other)
    with refused(Reason.STATUS_EVIDENCE):
        approve(meimei, AT + 25 * HOUR)
    with pytest.raises(ValueError, match="72 hours"):
        approve(meimei, lasts=timedelta(hours=73))
    approve(meimei)
    with refused(Reason.STATUS_EVIDENCE):
        approve(meimei)
    again = propose(store, vault, meimei, proposed.evidence.decode())
    with refused(Reason.STATUS_EVIDENCE):
        assigning.approve(store, vault, SOUTH, meimei, again.proposal_id, facilities=FACILITIES, at=AT + 73 * HOUR)


def test_a_trust_list_that_lost_the_facility_stops_the_second_official(
    store: Engine, vault: Vault, meimei: Known
) -> None:
    proposed = propose(store, vault, meimei, signed(meimei))
    others = scenes.TrustList.from_certificates([STRANGER.certificate])
    with refused(Reason.STATUS_EVIDENCE):
        assigning.approve(store, vault, SOUTH, meimei, proposed.proposal_id, facilities=others, at=AT)


def test_green_is_not_set_by_hand(store: Engine, vault: Vault, meimei: Known) -> None:
    for wanted in (Colour.GREEN, Colour.UNKNOWN):
        with pytest.raises(ValueError, match="yellow or red"):
            assigning.propose(store, vault, NORTH, meimei, signed(meimei), facilities=FACILITIES, at=AT, colour=wanted)


# what follows


def test_the_holder_is_told_at_once_sees_who_looked_and_it_ends_by_itself(
    store: Engine, vault: Vault, meimei: Known
) -> None:
    made = set_by_hand(store, vault, meimei)
    code = colour(store, meimei)
    assert (code.colour, code.cause, code.quarantine) == (Colour.RED, Cause.POSITIVE_TEST, True)
    assert code.evidence[0].startswith("by_hand.positive_test@")
    assert code.appeal is not None
    assert code.ends == AT + timedelta(hours=72)
    assert colour(store, meimei, AT + timedelta(hours=72)).colour is Colour.UNKNOWN
    with reading(store) as connection:
        (notice,) = status.notices(connection, meimei.person_id)
        assert (notice.kind, notice.about_id, notice.moment) == (assigning.TOLD, made, int(AT.timestamp()))
    seen = own(store, meimei)
    with reading(store) as connection:
        assert {each.account_id for each in who_looked(connection, seen)} >= {NORTH.account_id, SOUTH.account_id}


def test_it_does_not_outlive_the_policy(store: Engine, vault: Vault, meimei: Known) -> None:
    set_by_hand(store, vault, meimei)
    ends = AT + timedelta(hours=5)
    with reading(store) as connection:
        code = codes.code_of(connection, meimei.person_id, structs.replace(POLICY, sunset=ends), at=AT, zone=ZONE)
    assert (code.colour, code.ends) == (Colour.RED, ends)


def test_two_negative_tests_lift_it(store: Engine, vault: Vault, meimei: Known) -> None:
    set_by_hand(store, vault, meimei)
    record(store, meimei.person_id, structs.replace(swab(-30), result=NEGATIVE), 1)
    record(store, meimei.person_id, structs.replace(swab(-5), result=NEGATIVE), 2)
    assert colour(store, meimei, AT + 29 * HOUR).colour is Colour.RED
    assert colour(store, meimei, AT + 31 * HOUR).colour is Colour.GREEN


# Zhengzhou


EVERYBODY = [Account(f"zhengzhou-{role}", role) for role in Role]


def test_zhengzhou_is_refused_for_every_role(store: Engine, vault: Vault) -> None:
    """1 317 people whose only fact is that they wanted their money: nobody's code changes, whoever tries."""
    staffed(store)
    depositors = [person(store, vault, number) for number in range(1, DEPOSITORS + 1)]
    with writing(store) as connection:
        for account in EVERYBODY:
            enter(connection, account, account.account_id, at=AT - HOUR)
    attempts = 0
    for account in (*EVERYBODY, NORTH, SOUTH):
        for known in (depositors, tuple(depositors), [each.person_id for each in depositors]):
            with refused(Reason.STATUS_BULK):
                propose(store, vault, known, "", account)
    for number, known in enumerate(depositors):
        account = (*EVERYBODY, NORTH, SOUTH)[number % (len(EVERYBODY) + 2)]
        with pytest.raises((AccessRefused, StatusRefused)) as stopped:
            propose(store, vault, known, "HC1:A POSTER OF A VENUE", account)
        official = account in (NORTH, SOUTH)
        assert stopped.value.reasons == (Reason.STATUS_EVIDENCE if official else Reason.ACCESS_ROLE,)
        attempts += 1
    assert attempts == DEPOSITORS
    assert counting.count(store, POLICY, at=AT, zone=ZONE) == 0
    assert {colour(store, known).colour for known in depositors[::100]} == {Colour.UNKNOWN}


def test_two_colluding_officials_with_one_real_case_stop_at_fifty(store: Engine, vault: Vault, meimei: Known) -> None:
    """What they could still forge: contacts of a real case, both their names on each, until the case is used up."""
    case = (meimei.person_id, record(store, meimei.person_id, swab()))
    depositors = [person(store, vault, number, "Lei") for number in range(2, tracing.OF_A_CASE + 4)]
    made = 0
    for number, known in enumerate(depositors):
        at = AT + number // 50 * HOUR
        try:
            tracing.establish(store, vault, (NORTH, SOUTH), known.person_id, MET, case=case, at=at)
            made += 1
        except StatusRefused as stopped:
            assert stopped.reasons == (Reason.STATUS_BULK,)
    assert made == tracing.OF_A_CASE
    counting.count(store, POLICY, at=AT + 2 * HOUR, zone=ZONE)
    with reading(store) as connection:
        (contacts,) = [each for each in counting.published(connection, scenes.TODAY) if each.cause == Cause.CONTACT]
    assert (contacts.people, contacts.colour) == (tracing.OF_A_CASE, Colour.YELLOW)


def test_with_a_facility_of_their_own_they_stop_at_ten_a_day_and_are_counted(store: Engine, vault: Vault) -> None:
    """What two officials and a facility could forge together: as many people as one may sign for, for three days."""
    staffed(store)
    people = [person(store, vault, number) for number in range(1, assigning.A_DAY + 3)]
    made = 0
    for number, known in enumerate(people, 1):
        try:
            set_by_hand(store, vault, known, number)
            made += 1
        except StatusRefused as stopped:
            assert stopped.reasons == (Reason.STATUS_BULK,)
    assert made == assigning.A_DAY
    with refused(Reason.STATUS_BULK):
        set_by_hand(store, vault, people[-1], len(people), at=AT + 23 * HOUR)
    counting.count(store, POLICY, at=AT, zone=ZONE)
    with reading(store) as connection:
        (line,) = counting.published(connection, scenes.TODAY)
    assert (line.by_hand, line.people, line.cause) == (True, assigning.A_DAY, Cause.POSITIVE_TEST)


def test_no_venue_and_no_poster_is_a_fact() -> None:
    """A visit has no path that a policy could read, so that no scan of a poster can turn anybody red."""
    assert not any(word in path for path in facts.PATHS for word in ("venue", "visit", "poster", "scan", "register"))
    read = set(re.findall(r"(?:from|join)\s+(\w+)", str(store_facts._statement()).lower()))
    assert read >= {"record", "declaration", "trip", "contact", "observation"}
    assert not any(word in table for table in read for word in ("venue", "visit", "slip", "exposure"))


def test_the_second_reads_what_the_record_tells_and_the_look_is_written_down(
    store: Engine, vault: Vault, meimei: Known
) -> None:
    asked = assigning.propose(store, vault, NORTH, meimei, signed(meimei), facilities=FACILITIES, at=AT)
    (waits,) = officials.waiting(store, SOUTH, assigning.CAUSES, at=AT)
    assert (waits.person_id, waits.proposal_id) == (meimei.person_id, asked.proposal_id)
    for nobody in (scenes.CLINIC, scenes.GATE):
        with pytest.raises(AccessRefused):
            assigning.read(store, vault, nobody, meimei.person_id, asked.proposal_id, facilities=FACILITIES, at=AT)
    found = assigning.read(store, vault, SOUTH, meimei.person_id, asked.proposal_id, facilities=FACILITIES, at=AT)
    assert (found.proposal.colour, found.test.issuer) == ("red", "Laboratory 7")
    with reading(store) as connection:
        assert SOUTH.account_id in {each.account_id for each in who_looked(connection, scenes.own(store, meimei))}
    with refused(Reason.STATUS_EVIDENCE):
        assigning.read(
            store, vault, SOUTH, meimei.person_id, asked.proposal_id, facilities=FACILITIES, at=AT + 24 * HOUR
        )
    assert officials.waiting(store, SOUTH, assigning.CAUSES, at=AT + 24 * HOUR) == ()


# the database itself


ROW = {
    "person_id": "a" * 32, "assignment_id": "b" * 32, "colour": "red", "cause": "positive_test", "sampled": 0,
    "evidence": b"", "content": b"", "proposed_by": "one", "proposed_office": "north", "approved_by": "two",
    "approved_office": "south", "moment": 0, "until": 3600,
}  # fmt: skip
INSERT = text(f"INSERT INTO status_assignment ({', '.join(ROW)}) VALUES ({', '.join(f':{name}' for name in ROW)})")


@pytest.mark.parametrize(
    "changed",
    [
        {"approved_by": "one"},
        {"approved_office": "north"},
        {"until": 72 * 3600 + 1},
        {"until": 0},
        {"cause": "bank_deposit"},
        {"colour": "green"},
    ],
    ids=str,
)
def test_the_tables_themselves_refuse(store: Engine, changed: dict) -> None:
    with pytest.raises(DBAPIError), writing(store) as connection:
        connection.execute(INSERT, ROW | changed)
    with writing(store) as connection:
        connection.execute(INSERT, ROW)
    with pytest.raises(DBAPIError), writing(store) as connection:
        connection.execute(INSERT, ROW | {"assignment_id": "c" * 32, "person_id": "d" * 32})


WRITES = ("status_assignment", "status_proposal", "contact", "observation", "established", "appeal_step", "official")


@pytest.mark.parametrize("role", DatabaseRole)
def test_no_other_role_of_the_database_has_a_path_to_write_a_status(postgresql: str, role: DatabaseRole) -> None:
    with databases.copy(postgresql) as url:
        engine = open_store(url, role=role)
        for table in WRITES:
            if role is DatabaseRole.HEALTH and table != "official":
                continue
            with pytest.raises(ProgrammingError, match="permission denied"), writing(engine) as connection:
                connection.execute(text(f"INSERT INTO {table} SELECT * FROM {table}"))
            with pytest.raises(ProgrammingError, match="permission denied"), writing(engine) as connection:
                connection.execute(text(f"INSERT INTO {table} DEFAULT VALUES"))
        engine.dispose()


def test_who_shows_codes_reads_what_they_are_made_of(postgresql: str) -> None:
    with databases.copy(postgresql) as url:
        owner, shows = open_store(url), open_store(url, role=DatabaseRole.STATUS)
        vault = Vault.draw()
        staffed(owner)
        known = person(owner, vault)
        assert colour(shows, known).colour is Colour.UNKNOWN
        for engine in (owner, shows):
            engine.dispose()
