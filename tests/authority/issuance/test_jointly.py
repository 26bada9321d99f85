"""What takes two of the health authority: one proposes, another confirms, and nothing is done in between."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from joserfc.jwk import ECKey, OctKey
from msgspec import structs
from sqlalchemy import Engine
from tests.authority import issuing as scene
from tests.authority.issuing import ANNE, AT, BO, CLINIC, LAB, MEIMEI, NURSE
from tests.records_settings import LAB as SENDER

from pratique.authority.access import clients, enter
from pratique.authority.issuance import facilities, jointly, limits, oversight, recalling, requests, revoking
from pratique.authority.issuance.certificates import Issued, Office, certificate_of_person, issue_for
from pratique.authority.issuance.facilities import State
from pratique.authority.issuance.jointly import (
    Act,
    Deliver,
    LetIn,
    OneCertificate,
    OneLot,
    OtherKeys,
    Outcome,
    Period,
    Resume,
    Told,
)
from pratique.authority.issuance.limits import Anomaly, Limits
from pratique.authority.issuance.requests import Wanted
from pratique.authority.store import Vault, issuance, reading, withdrawals, writing
from pratique.authority.store.tables import account
from pratique.model.errors import AccessRefused, ClientRefused, FacilityRefused, IssueRefused, MalformedRecord
from pratique.model.reasons import Reason
from pratique.model.uvci import opaque_part

MISTAKE, STOLEN = revoking.Ground.MISTAKE, facilities.Ground.STOLEN_ACCESS
LOT = "LOT-42"
DAY = timedelta(days=1)
ALL = Period(CLINIC.facility_id, AT - 30 * DAY, AT + DAY, STOLEN)


@pytest.fixture
def office(store: Engine, vault: Vault, tmp_path: Path) -> Office:
    """A dose of a lot at the clinic, of somebody who has a certificate of it."""
    scene.onboarded(store)
    scene.entered(store, vault)
    with writing(store) as connection:
        for each in (ANNE, BO):
            enter(connection, each, each.account_id, at=AT - DAY)
        facilities.deliver(connection, CLINIC.facility_id, LOT, 10, (ANNE, BO), at=AT - DAY)
    scene.recorded(store, vault, [scene.dose()], lots=[LOT])
    return scene.office(store, vault, scene.signer(tmp_path))


def certified(office: Office) -> Issued:
    look = scene.own(office.engine, scene.known(office.engine, office.vault).person_id)
    return certificate_of_person(office, look, wanted=Wanted(papers=MEIMEI), at=AT)


def proposed(office: Office, act: Act) -> str:
    with writing(office.engine) as connection:
        return jointly.propose(connection, act, ANNE, at=AT)


def confirmed(office: Office, act_id: str, by: object = BO, *, at: object = AT) -> Told | None:
    with writing(office.engine) as connection:
        return jointly.confirm(connection, act_id, by, at=at)  # type: ignore[arg-type]


def nothing_was_done(office: Office) -> bool:
    with reading(office.engine) as connection:
        return not withdrawals.recalls(connection) and not list(withdrawals.all_withdrawn(connection))


def test_whoever_proposed_it_does_not_confirm_it(office: Office) -> None:
    act_id = proposed(office, ALL)
    with pytest.raises(AccessRefused) as refused:
        confirmed(office, act_id, ANNE)
    assert refused.value.reasons == (Reason.ACCESS_SECOND_PERSON,)
    assert nothing_was_done(office)


def test_another_role_neither_proposes_nor_sees_nor_confirms(office: Office) -> None:
    act_id = proposed(office, ALL)
    with writing(office.engine) as connection:
        for refused in (
            lambda: jointly.propose(connection, ALL, NURSE, at=AT),
            lambda: jointly.waiting(connection, NURSE, at=AT),
            lambda: jointly.find(connection, act_id, NURSE),
            lambda: jointly.confirm(connection, act_id, NURSE, at=AT),
            lambda: jointly.turn_down(connection, act_id, NURSE, at=AT),
        ):
            with pytest.raises(AccessRefused):
                refused()
    assert nothing_was_done(office)


def test_somebody_whose_account_ended_proposed_nothing(office: Office) -> None:
    act_id = proposed(office, ALL)
    with writing(office.engine) as connection:
        moment = int(AT.timestamp())
        connection.execute(account.update().where(account.c.account_id == ANNE.account_id).values(until=moment))
    with pytest.raises(AccessRefused):
        confirmed(office, act_id)
    assert nothing_was_done(office)


def test_it_waits_for_a_weekend_and_happens_once(office: Office) -> None:
    late, turned_down, done = (proposed(office, ALL) for _ in range(3))
    assert confirmed(office, late, at=AT + jointly.WAITS) is None
    with writing(office.engine) as connection:
        assert jointly.turn_down(connection, turned_down, ANNE, at=AT), "one's own may be taken back"
        assert not jointly.turn_down(connection, turned_down, BO, at=AT)
    assert confirmed(office, turned_down) is None
    assert nothing_was_done(office)
    assert confirmed(office, done) is not None
    assert confirmed(office, done) is None
    with reading(office.engine) as connection:
        assert len(withdrawals.recalls(connection)) == 1
        assert [each.act_id for each in jointly.waiting(connection, BO, at=AT)] == [late]
        found = jointly.find(connection, done, ANNE)
    assert found is not None
    assert (found.account_id, found.second_id, found.outcome) == (ANNE.account_id, BO.account_id, Outcome.CONFIRMED)


@pytest.mark.parametrize(
    ("act", "fault"),
    [
        (OneCertificate("0" * 32, MISTAKE), IssueRefused),
        (structs.replace(ALL, facility_id="nobody-9"), FacilityRefused),
        (structs.replace(ALL, until=ALL.since), ValueError),
        (structs.replace(ALL, notice_hours=23), ValueError),
        (OneLot("LOT-43", STOLEN), FacilityRefused),
        (Resume(CLINIC.facility_id), FacilityRefused),
        (Resume(CLINIC.facility_id, NURSE.account_id), FacilityRefused),
        (Resume(LAB.facility_id, NURSE.account_id), FacilityRefused),
        (Deliver(CLINIC.facility_id, "a lot", 10), FacilityRefused),
        (Deliver(CLINIC.facility_id, LOT, 0), FacilityRefused),
    ],
)
def test_what_cannot_be_is_not_proposed(office: Office, act: Act, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        proposed(office, act)


def test_a_recall_of_one_person_is_not_announced(office: Office) -> None:
    with writing(office.engine) as connection:
        draft = recalling.draft_recall(
            connection, CLINIC.facility_id, ALL.since, ALL.until, by=ANNE, ground=STOLEN, at=AT
        )
        for each in (draft, structs.replace(draft, second_id=ANNE.account_id)):
            with pytest.raises(AccessRefused):
                recalling.announce(connection, each)
    assert nothing_was_done(office)


def test_one_certificate_at_once(office: Office) -> None:
    made = certified(office)
    act = OneCertificate(made.certificate_id, MISTAKE)
    with reading(office.engine) as connection:
        foreseen = jointly.foresee(connection, act, ANNE, at=AT)
    assert (foreseen.certificates, foreseen.people, foreseen.proved_first) == (1, 1, 0)
    assert confirmed(office, proposed(office, act)) == foreseen
    look = scene.own(office.engine, made.person_id)
    with reading(office.engine) as connection:
        (stands,) = revoking.standings(connection, look, at=AT)
        (withdrawn,) = withdrawals.of(connection, [f"record:{_opaque(connection, made)}"]).values()
    assert stands.state is revoking.State.REVOKED
    assert (withdrawn.account_id, withdrawn.second_id) == (ANNE.account_id, BO.account_id)


def _opaque(connection: object, made: Issued) -> str:
    return opaque_part(issuance.claims_of(connection, made.person_id)[0].uvci)  # type: ignore[arg-type]


@pytest.mark.parametrize("act", [ALL, OneLot(LOT, STOLEN)])
def test_a_facility_or_a_lot_after_a_notice(office: Office, act: Act) -> None:
    made = certified(office)
    told = confirmed(office, proposed(office, act))
    assert told is not None
    assert (told.certificates, told.people, told.proved_first) == (1, 1, 1)
    assert told.effective == AT + recalling.NOTICE
    look = scene.own(office.engine, made.person_id)
    with reading(office.engine) as connection:
        (notice,) = recalling.notices(connection, look)
        before, after = (
            revoking.standings(connection, look, at=AT + days)[0].state for days in (recalling.NOTICE - DAY, 8 * DAY)
        )
        (recall,) = withdrawals.recalls(connection)
        reached = list(recalling.told(connection, recall))
        listed = revoking.revocation_list(connection, at=AT + 8 * DAY)
    assert (notice.effective, notice.proved) == (told.effective, False)
    assert (before, after) == (revoking.State.GOOD, revoking.State.RECALLED)
    assert reached == [made.person_id]
    assert len(listed.revoked) > 0
    with pytest.raises(IssueRefused) as refused:
        certified(office)
    assert Reason.ISSUE_RECALLED in refused.value.reasons


def test_another_lot_goes_on(office: Office) -> None:
    made = certified(office)
    with writing(office.engine) as connection:
        facilities.deliver(connection, CLINIC.facility_id, "LOT-43", 10, (ANNE, BO), at=AT)
    told = confirmed(office, proposed(office, OneLot("LOT-43", STOLEN)))
    assert told is not None
    assert told.certificates == 0
    look = scene.own(office.engine, made.person_id)
    with reading(office.engine) as connection:
        assert recalling.notices(connection, look) == ()
        assert revoking.standings(connection, look, at=AT + 8 * DAY)[0].state is revoking.State.GOOD
        assert len(revoking.revocation_list(connection, at=AT + 8 * DAY).revoked) == 0
    certified(office)


def test_a_facility_and_an_operator_go_on(office: Office) -> None:
    with writing(office.engine) as connection:
        facilities.suspend(connection, CLINIC.facility_id, ANNE, STOLEN, at=AT)
        facilities.suspend_operator(connection, NURSE.account_id, ANNE, STOLEN, at=AT)
    for act in (Resume(CLINIC.facility_id), Resume(CLINIC.facility_id, NURSE.account_id)):
        assert confirmed(office, proposed(office, act)) == Told()
    with reading(office.engine) as connection:
        assert facilities.facility(connection, CLINIC.facility_id).state is State.ACTIVE
        (nurse,) = facilities.operators(connection, CLINIC.facility_id)
    assert nurse.state is State.ACTIVE


def test_doses_by_two_people(office: Office) -> None:
    act_id = proposed(office, Deliver(CLINIC.facility_id, LOT, 5))
    certified(office)
    with reading(office.engine) as connection:
        (lot,) = oversight.lots(connection, [CLINIC.facility_id])[CLINIC.facility_id]
    assert (lot.received, lot.given) == (10, 1), "nothing is received before the second person"
    assert confirmed(office, act_id) == Told(doses=15)


def test_terms_that_are_turned_down_never_count(office: Office) -> None:
    other = structs.replace(CLINIC, quota=7)
    with writing(office.engine) as connection:
        facilities.propose(connection, other, ANNE, register=scene.REGISTER, at=AT)
        waiting = facilities.proposed(connection, CLINIC.facility_id)
        assert waiting is not None
        assert (waiting[0].quota, waiting[1]) == (7, ANNE.account_id)
        stands = facilities.turn_down(connection, CLINIC.facility_id, ANNE, at=AT)
        assert (stands.quota, stands.pending, stands.state) == (CLINIC.quota, False, State.ACTIVE)
        with pytest.raises(FacilityRefused):
            facilities.turn_down(connection, CLINIC.facility_id, BO, at=AT)
        with pytest.raises(FacilityRefused):
            facilities.approve(connection, CLINIC.facility_id, BO, at=AT)
        facilities.propose(connection, other, ANNE, register=scene.REGISTER, at=AT)
        assert facilities.approve(connection, CLINIC.facility_id, BO, at=AT).quota == 7


# what a supervisor sees


def test_use_against_quotas(office: Office) -> None:
    scene.recorded(office.engine, office.vault, [scene.sample()])
    made = certified(office)
    with reading(office.engine) as connection:
        (of_facility,) = oversight.by_facility(connection, at=AT + timedelta(hours=1))
        (of_key,) = oversight.by_key(connection, Limits(key=1), at=AT + timedelta(hours=1))
        later = oversight.by_key(connection, Limits(), at=AT + 2 * DAY)[0][1]
        assert oversight.by_operator(connection, Limits(), at=AT) == (), "a holder is no operator"
        found = oversight.counted(connection, since=AT - 7 * DAY)
        waits = oversight.waiting(connection)
    assert (of_facility[1].day, of_facility[1].quota, of_facility[1].over) == (1, CLINIC.quota, False)
    assert (of_key[0].key_id, of_key[1].over) == (made.key_id, True)
    assert (later.day, later.week) == (0, 1)
    assert (found.issued, found.approved, found.declined) == (1, 1, 0)
    assert (found.rows.taken, found.withdrawn) == (1, ())
    assert waits == {"disputes": 0, "support": 0, "requests": 0, "unsigned": 0}


def test_what_is_unusual_at_night(office: Office) -> None:
    """In Shanghai it is night at 16 h UTC; a month of one a night is usual, and three more are not."""
    night = AT.replace(hour=16)
    with reading(office.engine) as connection:
        assert limits.unusual(connection, at=night) == ()
    known = scene.known(office.engine, office.vault)
    for moment in (night, night + timedelta(minutes=1)):
        with writing(office.engine) as connection:
            asked = requests.ask(connection, office.vault, known, Wanted(), NURSE, at=moment)
            (waits,) = requests.waiting(connection, NURSE)
            assert (waits.request_id, waits.facility_id, waits.records) == (asked.request_id, CLINIC.facility_id, 0)
            requests.approve(connection, asked, ANNE, at=moment)
            assert requests.waiting(connection, ANNE) == []
        issue_for(office, asked.request_id, at=moment)
    with reading(office.engine) as connection:
        (told,) = limits.unusual(connection, at=night + timedelta(hours=1))
        ((nurse, use),) = oversight.by_operator(connection, Limits(), at=night + timedelta(hours=1))
        assert limits.unusual(connection, at=night + 2 * DAY) == ()
    assert (told.anomaly, told.facility_id, told.count, told.usual) == (Anomaly.NIGHT, CLINIC.facility_id, 2, 0)
    assert (nurse, use.day) == (NURSE.account_id, 2)


# programs


def jwks(*keys: Any, private: bool = False) -> str:
    return json.dumps({"keys": [each.as_dict(private=private) for each in keys]})


OURS, NEXT = (ECKey.generate_key("P-256", {"kid": kid}) for kid in ("one", "two"))
SOURCE = msgspec.json.encode(SENDER).decode()
AIRLINE = LetIn("air-9", "carrier", "Airline 9", jwks(OURS))
LABORATORY = LetIn("lab-9", "laboratory", "Laboratory 9", jwks(OURS), SOURCE)


@pytest.mark.parametrize(
    ("act", "fault"),
    [
        (structs.replace(AIRLINE, client_id=ANNE.account_id), ClientRefused),
        (structs.replace(AIRLINE, client_id="air 9"), ClientRefused),
        (structs.replace(AIRLINE, client_id="holder-9"), ClientRefused),
        (structs.replace(AIRLINE, client_id="a" * 65), ClientRefused),
        (structs.replace(AIRLINE, name=""), ClientRefused),
        (structs.replace(AIRLINE, name="  "), ClientRefused),
        (structs.replace(AIRLINE, name="Airline\n9"), ClientRefused),
        (structs.replace(AIRLINE, role="health_authority"), ClientRefused),
        (structs.replace(AIRLINE, source=SOURCE), ClientRefused),
        (structs.replace(LABORATORY, source=None), ClientRefused),
        (structs.replace(LABORATORY, source="{}"), MalformedRecord),
        (structs.replace(AIRLINE, keys="{}"), ClientRefused),
        (structs.replace(AIRLINE, keys=jwks()), ClientRefused),
        (structs.replace(AIRLINE, keys=jwks(OURS, OURS)), ClientRefused),
        (structs.replace(AIRLINE, keys=jwks(OURS, private=True)), ClientRefused),
        (structs.replace(AIRLINE, keys=jwks(OctKey.generate_key(256, {"kid": "o"}), private=True)), ClientRefused),
        (OtherKeys("air-9", jwks(NEXT)), ClientRefused),
        (OtherKeys(NURSE.account_id, jwks(NEXT)), ClientRefused),
    ],
)
def test_a_program_that_cannot_be_is_not_proposed(office: Office, act: Act, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        proposed(office, act)


def test_a_program_is_let_in_by_two_and_not_by_one(office: Office) -> None:
    act_id, late = proposed(office, AIRLINE), proposed(office, AIRLINE)
    assert clients.find(office.engine, "air-9", at=AT) is None
    with pytest.raises(AccessRefused):
        confirmed(office, act_id, ANNE)
    with pytest.raises(AccessRefused):
        confirmed(office, act_id, NURSE)
    assert clients.find(office.engine, "air-9", at=AT) is None
    assert confirmed(office, act_id) == Told()
    found = clients.find(office.engine, "air-9", at=AT)
    assert found is not None
    assert (found.role, found.name, found.source) == ("carrier", "Airline 9", None)
    with pytest.raises(ClientRefused):
        confirmed(office, late)
    assert confirmed(office, proposed(office, LABORATORY)) == Told()


def test_other_keys_take_two_as_well(office: Office) -> None:
    confirmed(office, proposed(office, AIRLINE))
    act_id = proposed(office, OtherKeys("air-9", jwks(NEXT)))
    before = clients.find(office.engine, "air-9", at=AT)
    with pytest.raises(AccessRefused):
        confirmed(office, act_id, ANNE)
    assert clients.find(office.engine, "air-9", at=AT) == before
    assert confirmed(office, act_id) == Told()
    after = clients.find(office.engine, "air-9", at=AT)
    assert after is not None
    assert clients.thumbprints(after.keys) == (("two", NEXT.thumbprint()),)
