"""How certificates stop to count, in every format, and what takes their place."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import pytest
from msgspec import structs
from sqlalchemy import Connection, Engine
from tests.authority import issuing as scene
from tests.authority.issuing import ANNE, AT, BO, CLINIC, HOLDER, LILEI, MEIMEI, NURSE, PROGRAM

from pratique import revocation, verify
from pratique.authority.issuance import correcting, facilities, recalling, requests, revoking
from pratique.authority.issuance.certificates import Issued, Office, certificate_of_person, issue_for
from pratique.authority.issuance.correcting import Case, Replaced
from pratique.authority.issuance.recalling import Proof
from pratique.authority.issuance.requests import Wanted
from pratique.authority.issuance.revoking import Effect, Ground, State
from pratique.authority.records import rights
from pratique.authority.signers.file import FileSigner
from pratique.authority.store import Vault, issuance, reading, writing
from pratique.authority.store.health import Correction
from pratique.authority.store.health import Ground as Wrong
from pratique.authority.store.people import Papers
from pratique.issuing import issue
from pratique.model import names
from pratique.model.certificate import Vaccination
from pratique.model.dates import PartialDate
from pratique.model.errors import AccessRefused, IssueRefused, LogFault, MalformedRecord
from pratique.model.reasons import Reason
from pratique.revocation import Distrust, RevocationList
from pratique.sandbox.traveller import passport

MINUTE = 60
FORMATS = ("ithc", "shc", "eu-dcc")


@pytest.fixture
def key(tmp_path: Path) -> FileSigner:
    return scene.signer(tmp_path)


@pytest.fixture
def office(store: Engine, vault: Vault, key: FileSigner) -> Office:
    scene.onboarded(store)
    scene.entered(store, vault)
    scene.recorded(store, vault, [scene.dose(), scene.sample()])
    return scene.office(store, vault, key)


def certified(office: Office, papers: Papers = MEIMEI, **wanted: object) -> Issued:
    look = scene.own(office.engine, scene.known(office.engine, office.vault, papers).person_id)
    return certificate_of_person(office, look, wanted=Wanted(papers=papers, **wanted), at=AT)  # type: ignore[arg-type]


def the_dose(office: Office) -> str:
    look = scene.own(office.engine, scene.known(office.engine, office.vault).person_id)
    with reading(office.engine) as connection:
        found = [kept for kept in rights.records(connection, look) if isinstance(kept.claim, Vaccination)]
    return found[-1].record_id


def in_every_format(office: Office) -> list[Issued]:
    """The dose alone in each format, and an ITHC of both records."""
    alone = [certified(office, format=each, records=(the_dose(office),)) for each in FORMATS]
    return [*alone, certified(office)]


def listed(office: Office, days: float = 0) -> RevocationList:
    with reading(office.engine) as connection:
        found = revoking.revocation_list(connection, at=AT + timedelta(days=days))
    return revocation.from_bytes(revocation.to_bytes(found))


def said(office: Office, issued: Issued, *, days: float = 0) -> tuple[bool | None, tuple[Reason, ...]]:
    """What a verifier says that has fetched the list."""
    key = office.signers[0]
    assert isinstance(key, FileSigner)
    at = AT + timedelta(days=days)
    found = verify(issued.scan, trust_list=scene.trusting(key), at=at, revocation=listed(office, days))
    return found.authentic, found.reasons


GREEN = (True, ())
RED, REPLACED = (False, (Reason.REVOKED,)), (False, (Reason.REPLACED,))
Act = Callable[[Case], Replaced]


def done(office: Office, act: Act, *, days: float = 0, own: bool = False) -> tuple[Replaced, list[Issued]]:
    """Let a desk (or, if `own`, the holder through the program) act, and sign what it asked for."""
    known = scene.known(office.engine, office.vault)
    at = AT + timedelta(days=days)
    look = (
        scene.own(office.engine, known.person_id, at=at) if own else scene.desk(office.engine, known.person_id, at=at)
    )
    with writing(office.engine) as connection:
        case = Case(connection, office.vault, look, known, PROGRAM if own else ANNE, at)
        replaced = act(case)
    return replaced, [issue_for(office, each, at=at) for each in replaced.requests]


# revoking


def test_issued_green_revoked_red_in_every_format(office: Office) -> None:
    made = in_every_format(office)
    other = certified(office, records=tuple(set(_records(office)) - {the_dose(office)}))
    assert {said(office, each) for each in (*made, other)} == {GREEN}
    with writing(office.engine) as connection:
        identifiers = revoking.of_certificate(connection, made[0].certificate_id)
        with pytest.raises(AccessRefused, match="ACCESS_ROLE"):
            revoking.withdraw(connection, identifiers, HOLDER, Ground.FRAUD, at=AT)
        uvci = next(iter(_claims(connection, made[0])))
        assert revoking.withdraw(connection, revoking.of_record(connection, uvci), ANNE, Ground.FRAUD, at=AT)
        assert not revoking.withdraw(connection, identifiers, ANNE, Ground.FRAUD, at=AT)
    assert {said(office, each) for each in made} == {RED}
    assert said(office, other) == GREEN


def _records(office: Office) -> list[str]:
    look = scene.own(office.engine, scene.known(office.engine, office.vault).person_id)
    with reading(office.engine) as connection:
        return [kept.record_id for kept in rights.records(connection, look)]


def _claims(connection: Connection, issued: Issued) -> list[str]:
    claims = issuance.claims_of(connection, issued.person_id)
    return [each.uvci for each in claims if each.certificate_id == issued.certificate_id]


def test_what_nobody_has_here_is_revoked_all_the_same_and_no_such_certificate_is_not(office: Office) -> None:
    with writing(office.engine) as connection:
        elsewhere = revoking.of_record(connection, "URN:UVCI:01:XA:ABCDEF0123456789ABCDEF0123456789#X")
        assert revoking.withdraw(connection, elsewhere, ANNE, Ground.ASKED_FOR, at=AT) == 1
        with pytest.raises(IssueRefused, match="no such certificate"):
            revoking.of_certificate(connection, "0" * 32)
    assert len(listed(office).revoked) == 1


def test_a_list_only_grows(office: Office) -> None:
    made = certified(office)
    before = RevocationList(AT, AT, [("record", "A" * 32)], [("record", "B" * 32)], distrusted=[Distrust(b"theirs")])
    with writing(office.engine) as connection:
        identifiers = revoking.of_certificate(connection, made.certificate_id)
        revoking.withdraw(connection, identifiers, ANNE, Ground.MISTAKE, at=AT)
        found = revoking.revocation_list(connection, at=AT, before=before)
    assert len(found.revoked) == 1 + len(identifiers)
    assert (len(found.replaced), [each.spki for each in found.distrusted]) == (1, [b"theirs"])
    assert found.fresh_until == AT + revoking.FRESH


# a facility


def recall(office: Office, *, by: tuple = (ANNE, BO), notice: timedelta = recalling.NOTICE, **period: int) -> str:
    first, last = period.get("since", -1), period.get("until", 1)
    with writing(office.engine) as connection:
        announced = recalling.recall_of(
            connection, CLINIC.facility_id, AT + timedelta(hours=first), AT + timedelta(hours=last),
            by=by, ground=facilities.Ground.FALSE_RECORDS, at=AT, notice=notice,
        )  # fmt: skip
        recalling.announce(connection, announced)
    return announced.recall_id


def test_a_recall_takes_two_and_a_notice(office: Office) -> None:
    for by, reason in (((ANNE, ANNE), "ACCESS_SECOND_PERSON"), ((ANNE, NURSE), "ACCESS_ROLE")):
        with pytest.raises(AccessRefused, match=reason):
            recall(office, by=by)
    for wrong in ({"notice": timedelta(hours=23)}, {"since": 2, "until": 1}):
        with pytest.raises(ValueError, match="24 hours"):
            recall(office, **wrong)  # type: ignore[arg-type]


def test_a_recall_reaches_everything_of_the_period_and_nothing_else(office: Office) -> None:
    scene.recorded(office.engine, office.vault, [scene.dose(LILEI, number="D-9")], at=AT + timedelta(hours=2))
    hers, his = in_every_format(office), certified(office, LILEI)
    with writing(office.engine) as connection:
        planned = recalling.recall_of(
            connection, CLINIC.facility_id, AT - timedelta(hours=1), AT + timedelta(hours=1),
            by=(ANNE, BO), ground=facilities.Ground.STOLEN_ACCESS, at=AT,
        )  # fmt: skip
        reach = recalling.reach(connection, planned)
        assert (reach.people, reach.certificates, reach.identifiers) == (1, 4, 2)
        assert len(listed(office).revoked) == 0  # a plan does nothing
        assert recalling.announce(connection, planned) == reach
        assert list(recalling.told(connection, planned)) == [hers[0].person_id]
    assert {said(office, each, days=6) for each in (*hers, his)} == {GREEN}  # not before its effect
    assert {said(office, each, days=7) for each in hers} == {RED}
    assert said(office, his, days=7) == GREEN
    with pytest.raises(IssueRefused) as refused:  # but nothing new is signed from the first moment
        certified(office)
    assert Reason.ISSUE_RECALLED in refused.value.reasons
    certified(office, LILEI)


def test_a_holder_proves_it_before_the_effect(office: Office) -> None:
    made = in_every_format(office)
    number = recall(office)
    look = scene.own(office.engine, made[0].person_id)
    with reading(office.engine) as connection:
        told = {each.record_id: each for each in recalling.notices(connection, look)}
    assert {(each.facility, each.ground, each.proved) for each in told.values()} == {
        (CLINIC.name, "false_records", False)
    }
    for record in told:
        done(office, lambda case, record=record: correcting.reprove(case, number, record, Proof.PATIENT_FILE))  # type: ignore[misc]
    assert {said(office, each, days=8) for each in made} == {GREEN}
    with reading(office.engine) as connection:
        assert all(each.proved for each in recalling.notices(connection, look))
    assert said(office, certified(office)) == GREEN


def test_whoever_proves_it_late_gets_another_certificate(office: Office) -> None:
    record = the_dose(office)
    made = certified(office, records=(record,))
    number = recall(office)
    assert said(office, made, days=8) == RED
    replaced, again = done(office, lambda case: correcting.reprove(case, number, record, Proof.ANTIBODIES), days=8)
    assert replaced.certificates == (made.certificate_id,)
    assert again[0].replaces == made.certificate_id
    assert said(office, made, days=8) == RED
    assert said(office, again[0], days=8) == GREEN


def test_nobody_else_believes_and_what_was_not_recalled_needs_no_proof(office: Office) -> None:
    number = recall(office)
    record = the_dose(office)
    with pytest.raises(AccessRefused, match="ACCESS_ROLE"):
        done(office, lambda case: correcting.reprove(case, number, record, Proof.PAPER_SEEN), own=True)
    with pytest.raises(MalformedRecord, match="no such record is recalled"):
        done(office, lambda case: correcting.reprove(case, "0" * 32, record, Proof.PAPER_SEEN))


def test_another_facility_that_says_the_same_is_proof_enough(office: Office) -> None:
    scene.onboarded(office.engine, scene.LAB)
    scene.recorded(
        office.engine, office.vault, [scene.sample(number="X-1")], source="xa-lab-8", at=AT + timedelta(days=1)
    )
    recall(office)
    issued = certified(office)
    assert [reason for _, reason in issued.left_out] == [Reason.ISSUE_RECALLED]
    assert said(office, issued, days=8) == GREEN


# a key


def test_a_stolen_key_is_worth_nothing_and_honest_holders_lose_nothing(office: Office, key: FileSigner) -> None:
    made = certified(office)
    thief = scene.office(office.engine, office.vault, key)
    with reading(office.engine) as connection:
        look = scene.desk(office.engine, made.person_id)
        composed = requests.preview(
            connection, office.vault, look, requests.find(connection, office.vault, made.certificate_id), at=AT
        ).composed
    forged = structs.replace(made, scan=issue(composed.certificate, format="ithc", signer=key, at=AT))
    assert said(office, forged) == GREEN
    with writing(office.engine) as connection:
        with pytest.raises(LogFault):
            revoking.find_key(connection, "0011223344556677")
        found = revoking.find_key(connection, key.key.kid.hex())
        assert found == revoking.find_key(connection, made.key_id.upper())
        for by in ((ANNE, ANNE), (ANNE, NURSE)):
            with pytest.raises(AccessRefused):
                revoking.distrust(connection, found, by=by, at=AT)
        distrusted = revoking.distrust(connection, found, by=(ANNE, BO), at=AT)
        assert len(distrusted.honest) == 1
    assert said(office, made) == GREEN
    assert said(office, forged) == (False, (Reason.KEY_DISTRUSTED,))
    with pytest.raises(IssueRefused, match="ISSUE_SIGNER"):  # and never signs again
        certified(thief)


# corrections


def test_a_correction_replaces_in_all_formats_and_links_them(office: Office, key: FileSigner) -> None:
    made = in_every_format(office)
    record = the_dose(office)
    claim = structs.replace(_claim(office, record), date=PartialDate(2026, 6, 2))
    began = perf_counter()
    replaced, again = done(
        office,
        lambda case: correcting.supersede(case, rights.Decision(record, claim, Correction(Wrong.WRONG_DATE, "x"))),
    )
    assert perf_counter() - began < MINUTE
    assert set(replaced.certificates) == {each.certificate_id for each in made}
    assert {each.replaces: each.format for each in again} == {each.certificate_id: each.format for each in made}
    assert {said(office, each) for each in made} == {REPLACED}
    assert {said(office, each) for each in again} == {GREEN}
    for each in again:
        content = verify(each.scan, trust_list=scene.trusting(key), at=AT).content
        assert content is not None
        dates = {str(claim.date) for claim in content.claims if isinstance(claim, Vaccination)}
        assert dates == {"2026-06-02"}
    look = scene.own(office.engine, made[0].person_id)
    with reading(office.engine) as connection:
        states = {
            each.certificate.certificate_id: (each.state, each.ground)
            for each in revoking.standings(connection, look, at=AT)
        }
    assert {states[each.certificate_id] for each in made} == {(State.REPLACED, "corrected")}
    assert {states[each.certificate_id] for each in again} == {(State.GOOD, None)}


def _claim(office: Office, record: str) -> Vaccination:
    look = scene.own(office.engine, scene.known(office.engine, office.vault).person_id)
    with reading(office.engine) as connection:
        claim = next(kept.claim for kept in rights.records(connection, look) if kept.record_id == record)
    assert isinstance(claim, Vaccination)
    return claim


def test_a_withdrawn_record_leaves_what_is_left(office: Office, key: FileSigner) -> None:
    alone, both = certified(office, records=(the_dose(office),)), certified(office)
    decision = rights.Decision(the_dose(office), None, Correction(Wrong.NEVER_HAPPENED, "authority-1"))
    with pytest.raises(AccessRefused):
        done(office, lambda case: correcting.supersede(case, decision), own=True)
    replaced, again = done(office, lambda case: correcting.supersede(case, decision))
    assert set(replaced.certificates) == {alone.certificate_id, both.certificate_id}
    assert [each.replaces for each in again] == [both.certificate_id]
    assert {said(office, each) for each in (alone, both)} == {RED}
    assert said(office, again[0]) == GREEN


def test_a_leak_gives_other_identifiers_and_the_same_records(office: Office, key: FileSigner) -> None:
    made = in_every_format(office)
    with pytest.raises(IssueRefused, match="no such certificate"):
        done(office, lambda case: correcting.leaked(case, "0" * 32), own=True)
    replaced, again = done(office, lambda case: correcting.leaked(case, made[3].certificate_id), own=True)
    assert set(replaced.certificates) == {each.certificate_id for each in made}  # the others have the same records
    assert {said(office, each) for each in made} == {RED}
    assert {said(office, each) for each in again} == {GREEN}
    assert said(office, certified(office)) == GREEN  # the new names stay
    replaced, twice = done(office, lambda case: correcting.leaked(case, again[0].certificate_id), own=True)
    assert {said(office, each) for each in again if each.certificate_id in replaced.certificates} == {RED}
    assert {said(office, each) for each in twice} == {GREEN}


def test_a_new_passport_is_named_in_all_of_them(office: Office, key: FileSigner) -> None:
    made = in_every_format(office)
    new = passport("HAN", "MEIMEI", number="XA9998887", birth_date="900508", sex="F")
    papers = Papers("UTO", "XA9998887")
    scene.recorded(office.engine, office.vault, [scene.dose(LILEI, number="D-9")])
    with pytest.raises(IssueRefused, match="not a document of this person"):
        done(office, lambda case: correcting.renew_passport(case, LILEI, None), own=True)
    replaced, again = done(office, lambda case: correcting.renew_passport(case, papers, new), own=True)
    assert len(replaced.certificates) == len(again) == 4
    assert {said(office, each) for each in made} == {REPLACED}
    assert {said(office, each) for each in again} == {GREEN}
    ithc = next(each for each in again if each.format == "ithc")
    content = verify(ithc.scan, trust_list=scene.trusting(key), at=AT).content
    assert content is not None
    assert content.holder.document is not None
    assert content.holder.document.is_number("UTO", "XA9998887")
    assert scene.known(office.engine, office.vault, papers) == scene.known(office.engine, office.vault)


def test_another_name_is_printed_on_all_of_them(office: Office, key: FileSigner) -> None:
    made = in_every_format(office)
    right = names.name("韩", "美美", family_latin="Han", given_latin="Mei Mei")
    with pytest.raises(AccessRefused):
        done(office, lambda case: correcting.correct_identity(case, right, PartialDate(1990, 5, 8)), own=True)
    _, again = done(office, lambda case: correcting.correct_identity(case, right, PartialDate(1990, 5, 8)))
    assert {said(office, each) for each in made} == {REPLACED}
    for each in again:
        content = verify(each.scan, trust_list=scene.trusting(key), at=AT).content
        assert content is not None
        assert content.holder.name.given_icao == "MEI<MEI"


def test_a_case_is_about_whom_was_looked_at(office: Office) -> None:
    scene.recorded(office.engine, office.vault, [scene.dose(LILEI, number="D-9")])
    known = scene.known(office.engine, office.vault)
    other = scene.desk(office.engine, scene.known(office.engine, office.vault, LILEI).person_id)
    blind = structs.replace(scene.desk(office.engine, known.person_id), items=frozenset())
    for look in (other, blind):
        with pytest.raises(AccessRefused), writing(office.engine) as connection:
            Case(connection, office.vault, look, known, ANNE, AT)


def test_effects_are_words_that_a_verifier_knows() -> None:
    assert {effect.upper() for effect in Effect} == {Reason.REVOKED, Reason.REPLACED}
