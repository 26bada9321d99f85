"""From an approved request to one signature: what is refused, what is signed, and that a preview is nothing."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine, text
from tests.authority import issuing as scene
from tests.authority.issuing import ANNE, AT, BO, CLINIC, HOLDER, LAB, LILEI, MEIMEI, NURSE, PROGRAM

from pratique import formats, verify
from pratique.authority.access import Account, Role
from pratique.authority.issuance import certificates, facilities, log, requests
from pratique.authority.issuance.certificates import Issued, Office, certificate_of_person, issue_for
from pratique.authority.issuance.facilities import Ground
from pratique.authority.issuance.requests import Wanted
from pratique.authority.records import rights
from pratique.authority.signers.file import FileSigner
from pratique.authority.store import Vault, people, reading, writing
from pratique.authority.store.people import Known, Papers
from pratique.model.certificate import Vaccination
from pratique.model.dates import PartialDate
from pratique.model.errors import AccessRefused, FacilityRefused, IssueRefused, MalformedRecord, PratiqueError
from pratique.model.reasons import Reason
from pratique.trust import Environment, TrustList


@pytest.fixture
def key(tmp_path: Path) -> FileSigner:
    return scene.signer(tmp_path)


@pytest.fixture
def office(store: Engine, vault: Vault, key: FileSigner) -> Office:
    scene.onboarded(store)
    scene.entered(store, vault)
    scene.recorded(store, vault, [scene.dose(), scene.dose(day="2026-07-01", number="D-2", dose="2"), scene.sample()])
    return scene.office(store, vault, key)


def meimei(office: Office) -> Known:
    return scene.known(office.engine, office.vault)


def for_herself(office: Office, **wanted: object) -> Issued:
    her = meimei(office)
    look = scene.own(office.engine, her.person_id)
    return certificate_of_person(office, look, wanted=Wanted(papers=MEIMEI, **wanted), at=AT)  # type: ignore[arg-type]


def asked(office: Office, by: Account, *, approved: bool = True, **wanted: object) -> str:
    """A request, by an account, of Han Meimei."""
    with writing(office.engine) as connection:
        made = requests.ask(connection, office.vault, meimei(office), Wanted(**wanted), by, at=AT)  # type: ignore[arg-type]
        if approved:
            requests.approve(connection, made, by if by.role is Role.CLINIC else PROGRAM, at=AT)
    return made.request_id


def refused(office: Office, key: FileSigner, request_id: str) -> tuple[Reason, ...]:
    """Why it is not signed; the key is not touched."""
    before = key.count
    with pytest.raises(PratiqueError) as refusal:
        issue_for(office, request_id, at=AT)
    assert key.count == before
    return refusal.value.reasons


# what is refused


def test_nobody_asked_nobody_approved_somebody_declined(office: Office, key: FileSigner) -> None:
    assert refused(office, key, "0" * 32) == (Reason.ISSUE_REQUEST,)
    waiting = asked(office, HOLDER, approved=False)
    assert refused(office, key, waiting) == (Reason.ISSUE_REQUEST,)
    with writing(office.engine) as connection:
        requests.decline(connection, requests.find(connection, office.vault, waiting), PROGRAM, at=AT)
    with pytest.raises(IssueRefused, match="decided before"), writing(office.engine) as connection:
        requests.approve(connection, requests.find(connection, office.vault, waiting), PROGRAM, at=AT)
    assert refused(office, key, waiting) == (Reason.ISSUE_REQUEST,)


def test_whose_role_it_is_not(office: Office) -> None:
    for account in (Account("airline", Role.CARRIER), Account("auditor", Role.AUDITOR), ANNE):
        with pytest.raises(AccessRefused, match="ACCESS_ROLE"):
            asked(office, account)
    waiting = asked(office, HOLDER, approved=False)
    for account in (HOLDER, NURSE):  # nobody approves their own; a clinic only what it asked for
        with pytest.raises(AccessRefused), writing(office.engine) as connection:
            requests.approve(connection, requests.find(connection, office.vault, waiting), account, at=AT)
    with pytest.raises(ValueError, match="account of an issuer"):
        structs.replace(office, account=HOLDER)


def test_a_holder_gets_nobody_elses(office: Office, key: FileSigner) -> None:
    scene.recorded(office.engine, office.vault, [scene.dose(LILEI, number="D-9")])
    other = scene.own(office.engine, scene.known(office.engine, office.vault, LILEI).person_id)
    for wanted in (Wanted(papers=MEIMEI), Wanted(papers=Papers("UTO", "XA0000000")), Wanted()):
        with pytest.raises(AccessRefused):
            certificate_of_person(office, other, wanted=wanted, at=AT)
    with reading(office.engine) as connection:
        mine = for_herself(office).certificate_id
        assert certificates.scan_of(connection, office.vault, other, mine) is None
    assert key.count == 1


def test_a_facility_that_may_not_vouch(office: Office, key: FileSigner) -> None:
    scene.recorded(
        office.engine, office.vault, [scene.sample(number="T-9", sampled="2026-11-21T08:30Z")], source="xa-lab-8"
    )
    request = asked(office, HOLDER)
    with writing(office.engine) as connection:
        facilities.suspend(connection, CLINIC.facility_id, ANNE, Ground.ANOMALY, at=AT)
    assert set(refused(office, key, request)) == {
        Reason.ISSUE_NO_CLAIM,
        Reason.FACILITY_INACTIVE,
        Reason.FACILITY_UNKNOWN,
    }
    scene.onboarded(office.engine, LAB)
    issued = issue_for(office, request, at=AT)  # one that was stopped stops nobody else
    assert {reason for _, reason in issued.left_out} == {Reason.FACILITY_INACTIVE}
    assert len(issued.left_out) == 3
    with pytest.raises(FacilityRefused, match="FACILITY_INACTIVE"):
        asked(office, NURSE)


def test_out_of_scope(office: Office, key: FileSigner) -> None:
    scene.onboarded(office.engine, LAB)
    scene.recorded(office.engine, office.vault, [scene.dose(day="2026-08-01", number="D-3")], source="xa-lab-8")
    record = next(kept for kept in kept_records(office) if kept.source_id == "xa-lab-8").record_id
    assert refused(office, key, asked(office, HOLDER, records=(record,))) == (Reason.FACILITY_SCOPE,)


def kept_records(office: Office) -> tuple:
    her = meimei(office)
    with reading(office.engine) as connection:
        return rights.records(connection, scene.own(office.engine, her.person_id))


def test_records_that_do_not_stand_and_formats_that_are_none(office: Office, key: FileSigner) -> None:
    assert refused(office, key, asked(office, HOLDER, records=("0" * 32,))) == (Reason.RECORD_UNKNOWN,)
    with pytest.raises(IssueRefused, match="ISSUE_FORMAT"):
        asked(office, HOLDER, format="jpeg")
    assert refused(office, key, asked(office, HOLDER, format="eu-dcc"))[0] is Reason.ISSUE_SEVERAL_CLAIMS
    assert refused(office, key, asked(office, HOLDER, papers=Papers("UTO", "XA9999999"))) == (Reason.ISSUE_REQUEST,)


def test_no_key_that_may(office: Office, tmp_path: Path, key: FileSigner) -> None:
    old = scene.signer(tmp_path, name="old", at=AT - timedelta(days=900))
    plain = scene.signer(tmp_path, name="plain", url=None)
    for signers, wanted in (((), "ithc"), ((old,), "ithc"), ((plain,), "shc")):
        closed = structs.replace(office, signers=signers)
        with pytest.raises(IssueRefused, match="ISSUE_SIGNER"):
            issue_for(closed, asked(office, HOLDER, format=wanted), at=AT)
    assert for_herself(structs.replace(office, signers=(old, plain, key)), format="shc").key_id == log.key_id(key.key)


@pytest.mark.parametrize(
    ("born", "reason"),
    [("1890-05-08", "holder.birth_date"), ("2026-06-02", "claims"), ("2030-01-01", "birth_date")],
)
def test_nobody_is_that_old_or_that_young(office: Office, born: str, reason: str) -> None:
    """Intake would hold such a record; a birth date that is corrected afterwards can still be wrong."""
    her = scene.known(office.engine, office.vault)
    with writing(office.engine) as connection:
        people.correct(connection, office.vault, her.subject_id, her.name, PartialDate.parse(born))
    request = asked(office, HOLDER)
    with pytest.raises(IssueRefused, match=reason) as refusal:
        issue_for(office, request, at=AT)
    assert refusal.value.reasons == (Reason.ISSUE_IMPLAUSIBLE,)


# quotas


def test_an_operator_a_person_and_a_key_have_their_quotas(office: Office, key: FileSigner) -> None:
    few = scene.office(office.engine, office.vault, key, operator=2)
    for _ in range(2):
        issue_for(few, asked(office, NURSE), at=AT)
    third = asked(office, NURSE)
    assert refused(few, key, third) == (Reason.ISSUE_QUOTA,)
    assert refused(scene.office(office.engine, office.vault, key, key=2), key, third) == (Reason.ISSUE_QUOTA,)
    alone = scene.office(office.engine, office.vault, key, person=2)
    waiting = certificates.pending(office.engine)
    with pytest.raises(IssueRefused, match="person"):
        for_herself(alone)
    assert certificates.pending(office.engine) == waiting  # what is refused at once asks for nothing
    with pytest.raises(IssueRefused, match="operator"):
        issue_for(few, third, at=AT + timedelta(hours=23))
    assert issue_for(few, third, at=AT + timedelta(hours=25)).number == 3


def test_a_facility_on_probation_has_a_small_quota(store: Engine, vault: Vault, key: FileSigner) -> None:
    scene.onboarded(store, structs.replace(CLINIC, quota=1), at=AT - timedelta(days=1))
    scene.entered(store, vault)
    scene.recorded(store, vault, [scene.dose()])
    office = scene.office(store, vault, key)
    for_herself(office)
    with pytest.raises(IssueRefused, match="facility xa-clinic-7") as refusal:
        for_herself(office)
    assert refusal.value.reasons == (Reason.ISSUE_QUOTA,)


def test_no_facility_gives_more_doses_than_it_received_nor_more_in_a_day_than_it_can(
    store: Engine, vault: Vault, key: FileSigner
) -> None:
    scene.onboarded(store, structs.replace(CLINIC, events=2))
    scene.entered(store, vault)
    rows = [scene.dose(papers, number=f"D-{place}") for place, papers in enumerate((MEIMEI, LILEI))]
    scene.recorded(store, vault, rows, lots=["L-1", "L-1"])
    office = scene.office(store, vault, key)
    with writing(store) as connection:
        facilities.deliver(connection, CLINIC.facility_id, "L-1", 1, (ANNE, BO), at=AT)
    for_herself(office)
    for_herself(office)  # the same dose, again: it was given once
    his = scene.own(store, scene.known(store, vault, LILEI).person_id)
    with pytest.raises(IssueRefused) as refusal:
        certificate_of_person(office, his, wanted=Wanted(papers=LILEI), at=AT)
    assert refusal.value.reasons == (Reason.ISSUE_LOT,)
    with writing(store) as connection:
        facilities.deliver(connection, CLINIC.facility_id, "L-1", 1, (ANNE, BO), at=AT)
    certificate_of_person(office, his, wanted=Wanted(papers=LILEI), at=AT)
    third = Papers("UTO", "XA3333333")
    row = scene.dose(number="D-3") | {"document": third.number, "family": "Wang", "given": "Fang", "born": "1985-07-01"}
    scene.recorded(store, vault, [row])
    hers = scene.own(store, scene.known(store, vault, third).person_id)
    with pytest.raises(IssueRefused) as refusal:
        certificate_of_person(office, hers, wanted=Wanted(papers=third), at=AT)
    assert refusal.value.reasons == (Reason.ISSUE_IMPLAUSIBLE,)


# what is signed


def test_one_request_one_signature_however_often_it_is_asked(office: Office, key: FileSigner) -> None:
    request = asked(office, HOLDER)
    first = issue_for(office, request, at=AT)
    again = issue_for(office, request, at=AT + timedelta(hours=1))
    assert structs.replace(first, left_out=()) == again
    assert (key.count, first.number, first.ledger_index) == (1, 1, 0)
    assert for_herself(office).number == 2


@pytest.mark.parametrize("format", ["ithc", "shc", "eu-dcc", "vds-nc"])
def test_what_is_signed_is_authentic_and_says_what_the_records_say(
    office: Office, key: FileSigner, format: str
) -> None:
    doses = tuple(kept.record_id for kept in kept_records(office) if isinstance(kept.claim, Vaccination))
    if format == "vds-nc":  # seals of states that do not exist are specimens
        with pytest.raises(IssueRefused, match="ISSUE_SPECIMEN"):
            for_herself(office, format=format, records=doses)
        issued = for_herself(structs.replace(office, specimen=True), format=format, records=doses)
        read = formats.read_envelope(formats.open_scan(issued.scan)).content
        assert read is not None
        assert len(read.claims) == 2
        return
    issued = for_herself(office, format=format, records=doses[:1] if format == "eu-dcc" else doses)
    found = verify(issued.scan, trust_list=scene.trusting(key), at=AT)
    assert found.authentic is True
    assert found.content is not None
    assert found.content.holder.name.family_icao == "HAN"
    assert {str(claim.date) for claim in found.content.claims} <= {"2026-06-01", "2026-07-01"}  # type: ignore[union-attr]


def test_a_document_is_named_where_we_have_seen_it(office: Office, key: FileSigner) -> None:
    content = verify(for_herself(office).scan, trust_list=scene.trusting(key), at=AT).content
    assert content is not None
    assert content.holder.document is not None
    assert content.holder.document.is_number("UTO", MEIMEI.number)
    scene.recorded(office.engine, office.vault, [scene.dose(LILEI, number="D-9")])  # only typed, by a clinic
    his = scene.own(office.engine, scene.known(office.engine, office.vault, LILEI).person_id)
    issued = certificate_of_person(office, his, wanted=Wanted(papers=LILEI), at=AT)
    content = verify(issued.scan, trust_list=scene.trusting(key), at=AT).content
    assert content is not None
    assert content.holder.document is None


def test_an_operator_certifies_what_the_facility_recorded(office: Office, key: FileSigner) -> None:
    scene.onboarded(office.engine, LAB)
    scene.recorded(
        office.engine, office.vault, [scene.sample(number="T-9", sampled="2026-11-21T08:30Z")], source="xa-lab-8"
    )
    issued = issue_for(office, asked(office, NURSE), at=AT)
    content = verify(issued.scan, trust_list=scene.trusting(key), at=AT).content
    assert content is not None
    assert len(content.claims) == 3  # and not the laboratory's
    assert len(verify(for_herself(office).scan, trust_list=scene.trusting(key), at=AT).content.claims) == 4  # type: ignore[union-attr]


def test_whatever_is_read_is_written_down(office: Office) -> None:
    her = meimei(office)
    for_herself(office)
    with reading(office.engine) as connection:
        rows = connection.execute(
            text("SELECT account_id, purpose FROM looked WHERE person_id = :p"), {"p": her.person_id}
        )
        assert ("issuing-program", "issue") in {(row[0], row[1]) for row in rows}


def test_the_scan_is_sealed_and_shown_to_its_holder_alone(office: Office, store_url: str) -> None:
    issued = for_herself(office)
    her = meimei(office)
    with reading(office.engine) as connection:
        look = scene.own(office.engine, her.person_id)
        again = certificates.scan_of(connection, office.vault, look, issued.certificate_id)
        assert again is not None
        assert again.scan == issued.scan
        rows = connection.execute(text("SELECT scan FROM certificate")).scalars().all()
    assert all(issued.scan.encode() not in bytes(row) and b"HC1:" not in bytes(row) for row in rows)


def test_what_ends_is_told_before(office: Office) -> None:
    issued = for_herself(office, expires=AT + timedelta(days=10))
    for_herself(office)
    with reading(office.engine) as connection:
        assert [(each[1], each[2]) for each in certificates.ending(connection, at=AT)] == [
            (issued.certificate_id, AT + timedelta(days=10))
        ]
        assert not list(certificates.ending(connection, at=AT, within=timedelta(days=9)))


def test_what_was_approved_and_broken_off_waits(office: Office) -> None:
    first, second = asked(office, HOLDER), asked(office, HOLDER)
    asked(office, HOLDER, approved=False)
    assert set(certificates.pending(office.engine)) == {first, second}
    issue_for(office, first, at=AT)
    assert certificates.pending(office.engine) == [second]


def test_requests_are_seen_by_their_person(office: Office) -> None:
    waiting, signed = asked(office, HOLDER, approved=False), asked(office, HOLDER)
    issue_for(office, signed, at=AT)
    her = meimei(office)
    with reading(office.engine) as connection:
        states = {
            each.request_id: each.state
            for each in requests.of_person(connection, scene.own(office.engine, her.person_id))
        }
    assert states == {waiting: "waiting", signed: "signed"}


# previews


def test_a_preview_signs_nothing_and_passes_nowhere(office: Office, key: FileSigner) -> None:
    request = asked(office, HOLDER, approved=False)
    her = meimei(office)
    with reading(office.engine) as connection:
        look = scene.own(office.engine, her.person_id)
        made = requests.find(connection, office.vault, request)
        shown = requests.preview(connection, office.vault, look, made, at=AT)
    assert key.count == 0
    assert len(shown.composed.certificate.claims) == 3
    every = TrustList.from_certificates([key.key.certificate or b""], environment=Environment.PRODUCTION)
    for prefix in ("", "HC1:", "shc:/", "NZCP:/1/", "HC1:PREVIEW ", "PK\x03\x04"):
        found = verify(prefix + shown.scan, trust_list=every, at=AT)
        assert found.authentic is False
        assert found.content is None
    assert not any(module.recognises(shown.scan) for module in formats.FORMATS)
    stranger = scene.own(office.engine, "f" * 32)
    with pytest.raises(AccessRefused), reading(office.engine) as connection:
        requests.preview(connection, office.vault, stranger, made, at=AT)


def test_malformed_requests_name_no_value(office: Office, key: FileSigner) -> None:
    with pytest.raises(MalformedRecord) as refusal:
        issue_for(office, asked(office, HOLDER, records=("f" * 32,)), at=AT)
    assert "Han" not in str(refusal.value)
    assert MEIMEI.number not in str(refusal.value)
