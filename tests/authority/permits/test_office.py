"""Applications to enter, from what somebody sends to the withdrawal: refusals first, on both databases."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine, select
from tests import permit_settings
from tests.permit_settings import OFFICER, files, read
from tests.test_permits import KINDS, thailand

from pratique import verify
from pratique.authority.access import Account, Role
from pratique.authority.issuance import revoking
from pratique.authority.permits import office as permits
from pratique.authority.permits.office import KEPT, State
from pratique.authority.permits.written import Written, WrongField
from pratique.authority.store import Vault, open_store, reading, writing
from pratique.authority.store.permit_tables import TABLES, permit_look
from pratique.model.errors import AccessRefused, MalformedDocument, PermitRefused, StoreFault
from pratique.model.reasons import Reason
from pratique.permits import Attachment, AttachmentKind, Outcome

THERE = thailand()
AT = THERE.at
GRANTED = {"by": OFFICER, "at": AT, "seen": KINDS}


@pytest.fixture
def office(store: Engine, vault: Vault) -> permits.PermitOffice:
    return permit_settings.office(store, vault, THERE)


def apply(office: permits.PermitOffice, **changes: object) -> tuple[str, str]:
    """The applicant's code, and the officer's name for the application."""
    code = permits.apply(office, read(THERE, **changes), files(THERE), at=AT)
    (waiting,) = permits.waiting(office, OFFICER)
    return code, waiting.application_id


# what is not taken in


@pytest.mark.parametrize(
    ("content", "count"), [(b"MZ a program", 1), (b"", 1), (b"\x89PNG" + bytes(5_000_000), 1), (b"%PDF", 11)]
)
def test_files_that_no_officer_should_open_are_not_kept(
    office: permits.PermitOffice, content: bytes, count: int
) -> None:
    sent = [Attachment(AttachmentKind.VISA, content, "visa.pdf")] * count
    with pytest.raises(PermitRefused) as refused:
        permits.apply(office, read(THERE), sent, at=AT)
    assert refused.value.reasons == (Reason.PERMIT_ATTACHMENT,)
    assert permits.waiting(office, OFFICER) == []


@pytest.mark.parametrize("field", ["to", "from", "via"])
def test_a_trip_to_nowhere(office: permits.PermitOffice, field: str) -> None:
    with pytest.raises(WrongField) as refused:
        permits.apply(office, read(THERE, **{field: ["QQQ"] if field == "via" else "QQQ"}), (), at=AT)
    assert refused.value.args[0] == field


@pytest.mark.parametrize("field", ["family", "given", "carrier"])
def test_what_a_screen_would_obey(office: permits.PermitOffice, field: str) -> None:
    with pytest.raises(WrongField) as refused:
        permits.apply(office, read(THERE, **{field: "A\u202eB"}), (), at=AT)
    assert refused.value.args[0] == field


def test_a_trip_that_is_over_or_years_ahead(office: permits.PermitOffice) -> None:
    for days in (-1, 181):
        with pytest.raises(PermitRefused) as refused:
            apply(office, arrive=(AT + timedelta(days=days)).isoformat(), board=None)
        assert refused.value.problems[0].path == "arrive"


def test_what_is_no_application(office: permits.PermitOffice) -> None:
    with pytest.raises(MalformedDocument):
        apply(office, document="P<UTO")
    for changes in ({"lodging": {"place": "", "begins": "2021-08-01", "nights": 10**20}}, {"family": ""}, {"x": 1}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(permit_settings.written(THERE, **changes), Written)


def test_a_flood_is_stopped(office: permits.PermitOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permits, "MOST", 1)
    apply(office)
    with pytest.raises(StoreFault) as refused:
        permits.apply(office, read(THERE), (), at=AT)
    assert refused.value.reasons == (Reason.STORE_FULL,)


# who may decide


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.HEALTH_AUTHORITY])
def test_nobody_else_reads_or_decides(office: permits.PermitOffice, role: Role) -> None:
    _, key = apply(office)
    other = Account("other-1", role)
    for asked in (
        lambda: permits.waiting(office, other),
        lambda: permits.read(office, key, other, at=AT),
        lambda: permits.decide(office, key, Outcome.GRANTED, by=other, at=AT, seen=KINDS),
    ):
        with pytest.raises(AccessRefused):
            asked()


def test_what_cannot_be_decided(office: permits.PermitOffice) -> None:
    code, key = apply(office, insurance=None)
    for outcome, more, place in (
        (Outcome.GRANTED, {"seen": KINDS}, "insurance"),
        (Outcome.GRANTED, {}, "seen"),
        (Outcome.REFUSED, {}, "reasons"),
        (Outcome.REFUSED, {"reasons": (Reason.EXPIRED,)}, "reasons"),
        (Outcome.WITHDRAWN, {"reasons": (Reason.PERMIT_TRIP,)}, "outcome"),
    ):
        with pytest.raises(PermitRefused) as refused:
            permits.decide(office, key, outcome, by=OFFICER, at=AT, **more)
        assert place in {each.path for each in refused.value.problems}
    told = permits.standing(office, code)
    assert told is not None
    assert told.state is State.RECEIVED
    with pytest.raises(LookupError):
        permits.decide(office, "0" * 32, Outcome.REFUSED, by=OFFICER, at=AT, reasons=(Reason.PERMIT_TRIP,))
    assert permits.read(office, "0" * 32, OFFICER, at=AT) is None


def test_nothing_more_is_sent_unasked(office: permits.PermitOffice) -> None:
    code, _ = apply(office)
    with pytest.raises(PermitRefused):
        permits.send_more(office, code, read(THERE), files(THERE), at=AT)
    with pytest.raises(LookupError):
        permits.send_more(office, "23456-23456-23456-23456", read(THERE), (), at=AT)


@pytest.mark.parametrize("code", ["", "x", "23456-23456-23456-23456", "' OR 1=1 --", "\x00" * 100])
def test_another_code_is_no_application(office: permits.PermitOffice, code: str) -> None:
    apply(office)
    assert permits.standing(office, code) is None


# from the application to the withdrawal


def test_an_application_is_granted_and_withdrawn(office: permits.PermitOffice) -> None:
    code, key = apply(office)
    case = permits.read(office, key, OFFICER, at=AT)
    assert case is not None
    assert (case.state, case.assessment.findings) == (State.RECEIVED, ())
    assert [each.authentic for each in case.assessment.told] == [True]
    assert case.application.attachments == files(THERE)
    permits.decide(office, key, Outcome.GRANTED, **GRANTED)
    granted = permits.standing(office, code.lower().replace("-", " "))
    assert granted is not None
    assert (granted.state, granted.reasons) == (State.GRANTED, ())
    assert granted.scan is not None
    trust = THERE.bundle.trust_list
    assert verify(granted.scan, trust_list=trust, at=AT).content == permits.permit_of(
        permits.read(office, key, OFFICER, at=AT).application, office.requirements
    )
    with pytest.raises(PermitRefused):
        permits.decide(office, key, Outcome.GRANTED, **GRANTED)
    permits.decide(office, key, Outcome.WITHDRAWN, by=OFFICER, at=AT, reasons=(Reason.PERMIT_PERSON,))
    told = permits.standing(office, code)
    assert told is not None
    assert (told.state, told.reasons, told.scan) == (State.WITHDRAWN, (Reason.PERMIT_PERSON,), None)
    with reading(office.engine) as connection:
        listed = revoking.revocation_list(connection, at=AT)
    checked = verify(granted.scan, trust_list=trust, at=AT, revocation=listed)
    assert checked.authentic is False
    assert Reason.REVOKED in checked.reasons


def test_more_is_asked_for_and_sent(office: permits.PermitOffice) -> None:
    code, key = apply(office, insurance=None)
    permits.decide(office, key, Outcome.MORE, by=OFFICER, at=AT, reasons=(Reason.PERMIT_INSURANCE,))
    told = permits.standing(office, code)
    assert told is not None
    assert (told.state, told.reasons) == (State.MORE, (Reason.PERMIT_INSURANCE,))
    permits.send_more(office, code, read(THERE), files(THERE), at=AT)
    (again,) = permits.waiting(office, OFFICER)
    assert (again.application_id, again.state) == (key, State.RECEIVED)
    permits.decide(office, key, Outcome.GRANTED, **GRANTED)
    assert permits.standing(office, code).state is State.GRANTED


def test_two_officers_at_once_decide_once(office: permits.PermitOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    _, key = apply(office)
    permits.decide(office, key, Outcome.GRANTED, **GRANTED)
    monkeypatch.setattr(permits.store, "steps", lambda *_: ())  # the other had read it before
    with pytest.raises(PermitRefused) as refused:
        permits.decide(office, key, Outcome.REFUSED, by=OFFICER, at=AT, reasons=(Reason.PERMIT_TRIP,))
    assert refused.value.reasons == (Reason.PERMIT_REVIEW,)


def test_every_look_is_written_down_and_all_goes(office: permits.PermitOffice) -> None:
    code, key = apply(office)
    permits.read(office, key, OFFICER, at=AT)
    permits.decide(office, key, Outcome.GRANTED, **GRANTED)
    with reading(office.engine) as connection:
        looked = connection.execute(select(permit_look.c.account_id)).scalars().all()
    assert looked == [OFFICER.account_id]
    over = THERE.then.arrive + KEPT
    for at, gone in ((over - timedelta(seconds=1), 0), (over, 1)):
        with writing(office.engine) as connection:
            assert permits.forget(connection, at=at) == gone
    with reading(office.engine) as connection:
        assert [connection.execute(select(table)).all() for table in TABLES] == [[], [], [], []]
    assert permits.standing(office, code) is None


def test_what_was_sent_is_sealed(tmp_path: Path, vault: Vault) -> None:
    from pratique.authority.store import migrate

    engine = open_store(f"sqlite:///{tmp_path / 'records.db'}")
    migrate(engine)
    apply(permit_settings.office(engine, vault, THERE))
    engine.dispose()
    content = b"".join(path.read_bytes() for path in tmp_path.glob("records.db*"))
    assert b"application" in content
    for private in (b"ERIKSSON", b"L898902C3", b"Hotel", b"HC1:", b"JFIF"):
        assert private not in content
