"""Who may vouch: nobody is entered by one person, and one that is stopped stops nobody else."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec import structs
from sqlalchemy import Engine
from tests.authority.issuing import ANNE, AT, BO, CLINIC, LAB, NURSE, REGISTER, onboarded

from pratique.authority.access import Account, Role
from pratique.authority.issuance import facilities
from pratique.authority.issuance.facilities import PROBATION_QUOTA, Ground, Proposal, Scope, State
from pratique.authority.store import reading, writing
from pratique.model.errors import AccessRefused, FacilityRefused
from pratique.model.reasons import Reason

STRANGER = Account("nurse-9", Role.CLINIC)
CARRIER = Account("airline", Role.CARRIER)


def test_one_person_enters_nobody(store: Engine) -> None:
    with writing(store) as connection:
        proposed = facilities.propose(connection, CLINIC, ANNE, register=REGISTER, at=AT)
    assert proposed.state is State.PROPOSED
    with pytest.raises(AccessRefused) as refused, writing(store) as connection:
        facilities.approve(connection, CLINIC.facility_id, ANNE, at=AT)
    assert refused.value.reasons == (Reason.ACCESS_SECOND_PERSON,)
    with writing(store) as connection:
        approved = facilities.approve(connection, CLINIC.facility_id, BO, at=AT)
    assert approved.state is State.ACTIVE
    assert approved.probation_until == AT + facilities.PROBATION


@pytest.mark.parametrize("account", [NURSE, CARRIER])
def test_whose_role_it_is_not_enters_nobody(store: Engine, account: Account) -> None:
    for act in (
        lambda connection: facilities.propose(connection, CLINIC, account, register=REGISTER, at=AT),
        lambda connection: facilities.approve(connection, CLINIC.facility_id, account, at=AT),
        lambda connection: facilities.suspend(connection, CLINIC.facility_id, account, Ground.ANOMALY, at=AT),
        lambda connection: facilities.deliver(connection, CLINIC.facility_id, "L-1", 1, (account, BO), at=AT),
    ):
        with pytest.raises(AccessRefused, match="ACCESS_ROLE"), writing(store) as connection:
            act(connection)


@pytest.mark.parametrize(
    "changed",
    [
        {"facility_id": "Clinic 7"},
        {"facility_id": "x"},
        {"name": " "},
        {"name": "Clinic\nof the Harbour"},
        {"name": "Sun Pharmacy"},  # another than the register has
        {"country": "QQQ"},
        {"registered": "1"},
        {"registered": "XA-9999"},  # the register has no such number
        {"scopes": frozenset()},
        {"zone": "Atlantis"},
        {"zone": "../../etc"},
        {"quota": 0},
        {"quota": 10**9},
        {"events": 0},
    ],
    ids=str,
)
def test_what_cannot_be_right_is_refused_and_named(store: Engine, changed: dict) -> None:
    with pytest.raises(FacilityRefused) as refused, writing(store) as connection:
        facilities.propose(connection, structs.replace(CLINIC, **changed), ANNE, register=REGISTER, at=AT)
    assert refused.value.reasons == (Reason.FACILITY_IDENTIFIER,)
    assert refused.value.detail.startswith("registered" if "Sun Pharmacy" in changed.values() else next(iter(changed)))


def test_probation_ends_and_terms_change_by_two(store: Engine) -> None:
    onboarded(store, at=AT)
    with writing(store) as connection:
        found = facilities.facility(connection, CLINIC.facility_id)
        assert found.quota_at(AT + timedelta(days=29)) == PROBATION_QUOTA
        assert found.quota_at(AT + timedelta(days=31)) == CLINIC.quota
        more = structs.replace(CLINIC, quota=900, scopes=frozenset(Scope))
        proposed = facilities.propose(connection, more, ANNE, register=REGISTER, at=AT)
        assert (proposed.quota, proposed.pending, proposed.state) == (CLINIC.quota, True, State.ACTIVE)
        with pytest.raises(FacilityRefused, match="FACILITY_STEP"):
            facilities.propose(connection, more, ANNE, register=REGISTER, at=AT)
        changed = facilities.approve(connection, CLINIC.facility_id, BO, at=AT + timedelta(days=40))
    assert (changed.quota, changed.scopes) == (900, frozenset(Scope))
    assert changed.probation_until == AT + facilities.PROBATION  # it does not begin anew


def test_one_stops_and_the_others_go_on(store: Engine) -> None:
    onboarded(store)
    onboarded(store, LAB)
    with writing(store) as connection:
        facilities.suspend(connection, CLINIC.facility_id, ANNE, Ground.FALSE_RECORDS, at=AT)
    with reading(store) as connection:
        found = facilities.facilities(connection)
        assert {name: each.state for name, each in found.items()} == {
            CLINIC.facility_id: State.SUSPENDED,
            LAB.facility_id: State.ACTIVE,
        }
    for both, reason in (((ANNE, ANNE), Reason.ACCESS_SECOND_PERSON), ((ANNE, NURSE), Reason.ACCESS_ROLE)):
        with pytest.raises(AccessRefused) as refused, writing(store) as connection:
            facilities.resume(connection, CLINIC.facility_id, both, at=AT)
        assert refused.value.reasons == (reason,)
    with writing(store) as connection:
        assert facilities.resume(connection, CLINIC.facility_id, (ANNE, BO), at=AT).state is State.ACTIVE
        told = [(step.state, step.account_id) for step in facilities.history(connection, CLINIC.facility_id)]
    assert told[-3:] == [("suspended", "authority-1"), ("resumed", "authority-1"), ("resumed", "authority-2")]


Act = Callable[..., object]


@pytest.mark.parametrize(
    "act",
    [
        lambda connection: facilities.approve(connection, CLINIC.facility_id, BO, at=AT),
        lambda connection: facilities.resume(connection, CLINIC.facility_id, (ANNE, BO), at=AT),
        lambda connection: facilities.suspend_operator(connection, "nobody", ANNE, Ground.ANOMALY, at=AT),
        lambda connection: facilities.propose_operator(connection, NURSE, "xa-nowhere", ANNE, at=AT),
        lambda connection: facilities.propose_operator(connection, CARRIER, CLINIC.facility_id, ANNE, at=AT),
        lambda connection: facilities.propose_operator(connection, NURSE, LAB.facility_id, ANNE, at=AT),
        lambda connection: facilities.deliver(connection, CLINIC.facility_id, "a lot", 3, (ANNE, BO), at=AT),
        lambda connection: facilities.deliver(connection, CLINIC.facility_id, "L-1", 0, (ANNE, BO), at=AT),
    ],
)
def test_steps_that_do_not_follow(store: Engine, act: Act) -> None:
    onboarded(store)
    onboarded(store, LAB)
    with pytest.raises(FacilityRefused), writing(store) as connection:
        act(connection)


def test_an_operator_is_entered_by_two_and_stopped_alone(store: Engine) -> None:
    onboarded(store, at=AT)
    with writing(store) as connection:
        proposed = facilities.propose_operator(connection, STRANGER, CLINIC.facility_id, ANNE, at=AT)
        assert proposed.state is State.PROPOSED
        with pytest.raises(AccessRefused, match="ACCESS_SECOND_PERSON"):
            facilities.approve_operator(connection, STRANGER.account_id, ANNE, at=AT)
        assert facilities.approve_operator(connection, STRANGER.account_id, BO, at=AT).state is State.ACTIVE
        stopped = facilities.suspend_operator(connection, STRANGER.account_id, ANNE, Ground.STOLEN_ACCESS, at=AT)
        assert stopped.state is State.SUSPENDED
        assert facilities.operator(connection, NURSE.account_id).state is State.ACTIVE
        assert facilities.facility(connection, CLINIC.facility_id).state is State.ACTIVE
        again = facilities.resume_operator(connection, STRANGER.account_id, (ANNE, BO), at=AT)
        assert again.state is State.ACTIVE


def test_a_closed_facility_is_closed_and_a_suspended_one_not_closed_in_honour(store: Engine) -> None:
    onboarded(store)
    with writing(store) as connection:
        facilities.suspend(connection, CLINIC.facility_id, ANNE, Ground.LICENCE, at=AT)
        with pytest.raises(FacilityRefused, match="not closed in honour"):
            facilities.close(connection, CLINIC.facility_id, ANNE, at=AT)
        facilities.resume(connection, CLINIC.facility_id, (ANNE, BO), at=AT)
        facilities.propose(connection, CLINIC, ANNE, register=REGISTER, at=AT)
        closed = facilities.close(connection, CLINIC.facility_id, ANNE, at=AT)
        assert (closed.state, closed.ended) == (State.CLOSED, AT)
        assert facilities.waiting(connection) == (), "what was proposed came to nothing"
        with pytest.raises(FacilityRefused, match="nothing was proposed"):
            facilities.approve(connection, CLINIC.facility_id, BO, at=AT)
        with pytest.raises(FacilityRefused, match="FACILITY_STEP"):
            facilities.propose(connection, CLINIC, ANNE, register=REGISTER, at=AT)


def test_deliveries_add_up(store: Engine) -> None:
    onboarded(store)
    with writing(store) as connection:
        assert facilities.deliver(connection, CLINIC.facility_id, "L-1", 10, (ANNE, BO), at=AT) == 10
        assert facilities.deliver(connection, CLINIC.facility_id, "L-1", 5, (ANNE, BO), at=AT) == 15
        assert facilities.deliver(connection, CLINIC.facility_id, "L-2", 1, (ANNE, BO), at=AT) == 1


def test_a_proposal_is_read_from_json_and_from_nothing_else() -> None:
    with pytest.raises(TypeError):
        Proposal()  # type: ignore[call-arg]
