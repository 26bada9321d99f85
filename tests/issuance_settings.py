"""What the vectors of tests/vectors/procedures name of issuing: each setting does the thing that is refused."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from joserfc.jwk import ECKey
from msgspec import structs
from sqlalchemy import Engine, text

from pratique.authority.issuance import facilities, jointly, log, recalling, requests
from pratique.authority.issuance.certificates import Office, certificate_of_person, issue_for
from pratique.authority.issuance.eligibility import ANYONE, ITHC_2021
from pratique.authority.issuance.facilities import Proposal, Scope
from pratique.authority.issuance.requests import Wanted
from pratique.authority.signers.file import FileSigner
from pratique.authority.store import Vault, reading, writing
from pratique.sandbox.traveller import PASSPORT
from tests import databases
from tests.authority import issuing as scene
from tests.authority.issuing import ANNE, AT, BO, CLINIC, HOLDER, MEIMEI, REGISTER


def database(folder: Path) -> Engine:
    return databases.sqlite(folder / "records.db")


def office(folder: Path, proposal: Proposal = CLINIC, **limits: int) -> Office:
    """Han Meimei's dose, of a facility that was approved two months ago."""
    engine, vault = database(folder), Vault.draw()
    scene.onboarded(engine, proposal)
    scene.entered(engine, vault)
    scene.recorded(engine, vault, [scene.dose()])
    return scene.office(engine, vault, scene.signer(folder), **limits)


def signed(made: Office, *, at: timedelta = timedelta(0)) -> None:
    look = scene.own(made.engine, scene.known(made.engine, made.vault).person_id)
    certificate_of_person(made, look, wanted=Wanted(papers=MEIMEI), at=AT + at)


def certificate_that_nobody_approved(folder: Path, _: pytest.MonkeyPatch) -> None:
    made = office(folder)
    with writing(made.engine) as connection:
        known = scene.known(made.engine, made.vault)
        asked = requests.ask(connection, made.vault, known, Wanted(), HOLDER, at=AT)
    issue_for(made, asked.request_id, at=AT)


def certificates_without_end(folder: Path, _: pytest.MonkeyPatch) -> None:
    made = office(folder, person=1)
    signed(made)
    signed(made)


def dose_of_a_lot_that_never_arrived(folder: Path, _: pytest.MonkeyPatch) -> None:
    engine, vault = database(folder), Vault.draw()
    scene.onboarded(engine)
    scene.entered(engine, vault)
    scene.recorded(engine, vault, [scene.dose()], lots=["L-1"])
    signed(scene.office(engine, vault, scene.signer(folder)))


def holder_of_a_hundred_and_thirty(folder: Path, _: pytest.MonkeyPatch) -> None:
    engine, vault = database(folder), Vault.draw()
    scene.onboarded(engine)
    scene.recorded(engine, vault, [scene.dose() | {"born": "1896-05-08"}])
    signed(scene.office(engine, vault, scene.signer(folder)))


def record_of_a_facility_that_was_recalled(folder: Path, _: pytest.MonkeyPatch) -> None:
    made = office(folder)
    period = (AT - timedelta(hours=1), AT + timedelta(hours=1))
    with writing(made.engine) as connection:
        announced = recalling.recall_of(
            connection, CLINIC.facility_id, *period, by=(ANNE, BO), ground=facilities.Ground.FALSE_RECORDS, at=AT
        )
        recalling.announce(connection, announced)
        known = scene.known(made.engine, made.vault)
        record = next(iter(_records(made)))
        asked = requests.enter(connection, made.vault, known, Wanted(records=(record,)), HOLDER, at=AT)
        requests.approve(connection, asked, scene.PROGRAM, at=AT)
    issue_for(made, asked.request_id, at=AT)


def _records(made: Office) -> list[str]:
    with reading(made.engine) as connection:
        return list(connection.execute(text("SELECT record_id FROM record")).scalars())


def certificate_without_a_key_for_it(folder: Path, _: pytest.MonkeyPatch) -> None:
    signed(structs.replace(office(folder), signers=()))


def facility_that_the_register_does_not_know(folder: Path, _: pytest.MonkeyPatch) -> None:
    with writing(database(folder)) as connection:
        facilities.propose(connection, structs.replace(CLINIC, name="Sun Pharmacy"), ANNE, register=REGISTER, at=AT)


def facility_that_nobody_entered(folder: Path, _: pytest.MonkeyPatch) -> None:
    with reading(database(folder)) as connection:
        facilities.facility(connection, "xa-nowhere")


def nurse_of_a_facility_that_was_suspended(folder: Path, _: pytest.MonkeyPatch) -> None:
    made = office(folder)
    with writing(made.engine) as connection:
        facilities.suspend(connection, CLINIC.facility_id, ANNE, facilities.Ground.ANOMALY, at=AT)
    with writing(made.engine) as connection:
        requests.ask(connection, made.vault, scene.known(made.engine, made.vault), Wanted(), scene.NURSE, at=AT)


def facility_approved_twice(folder: Path, _: pytest.MonkeyPatch) -> None:
    engine = database(folder)
    scene.onboarded(engine)
    with writing(engine) as connection:
        facilities.approve(connection, CLINIC.facility_id, BO, at=AT)


def facility_for_tests_that_vaccinates(folder: Path, _: pytest.MonkeyPatch) -> None:
    made = office(folder, structs.replace(CLINIC, scopes=frozenset({Scope.TEST})))
    with writing(made.engine) as connection:
        known = scene.known(made.engine, made.vault)
        record = next(iter(_records(made)))
        asked = requests.enter(connection, made.vault, known, Wanted(records=(record,)), HOLDER, at=AT)
        requests.approve(connection, asked, scene.PROGRAM, at=AT)
    issue_for(made, asked.request_id, at=AT)


def foreigner_under_the_preset_of_2021(_: Path, __: pytest.MonkeyPatch) -> None:
    ITHC_2021.check(structs.replace(PASSPORT, nationality="XXB"), country="XA")


def visa_instead_of_a_passport(_: Path, __: pytest.MonkeyPatch) -> None:
    ANYONE.check(structs.replace(PASSPORT, kind="V"), country="XA")


def counter_behind_its_log(folder: Path, _: pytest.MonkeyPatch) -> None:
    made = office(folder)
    counter = folder / "dsc.key.counter"
    before = counter.read_bytes()
    signed(made)
    counter.write_bytes(before)
    restarted = FileSigner.open(folder / "dsc.key.pem", passphrase=scene.PASSPHRASE)
    log.reconcile(made.engine, restarted, at=AT)


def facility_approved_by_whoever_proposed_it(folder: Path, _: pytest.MonkeyPatch) -> None:
    with writing(database(folder)) as connection:
        facilities.propose(connection, CLINIC, ANNE, register=REGISTER, at=AT)
        facilities.approve(connection, CLINIC.facility_id, ANNE, at=AT)


def program_with_its_private_key(folder: Path, _: pytest.MonkeyPatch) -> None:
    keys = json.dumps({"keys": [ECKey.generate_key("P-256", {"kid": "air-9"}).as_dict(private=True)]})
    with writing(database(folder)) as connection:
        jointly.propose(connection, jointly.LetIn("air-9", "carrier", "Airline 9", keys), ANNE, at=AT)


SETTINGS = (
    certificate_that_nobody_approved,
    certificates_without_end,
    dose_of_a_lot_that_never_arrived,
    holder_of_a_hundred_and_thirty,
    record_of_a_facility_that_was_recalled,
    certificate_without_a_key_for_it,
    facility_that_the_register_does_not_know,
    facility_that_nobody_entered,
    nurse_of_a_facility_that_was_suspended,
    facility_approved_twice,
    facility_for_tests_that_vaccinates,
    foreigner_under_the_preset_of_2021,
    visa_instead_of_a_passport,
    counter_behind_its_log,
    facility_approved_by_whoever_proposed_it,
    program_with_its_private_key,
)
