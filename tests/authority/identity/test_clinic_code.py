"""Codes on paper: good once, for one person, until their time is over; guesses are counted and learn nothing."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from tests.authority.identity.desks import AT, CHILD, CLINIC, COUNTRY, LINA, MEIMEI, STRANGERS, house, known
from tests.authority.identity.scripted import STRANGER

from pratique.authority.access import Account
from pratique.authority.identity import clinic_code, review
from pratique.authority.identity.answers import Assurance
from pratique.authority.identity.clinic_code import ALLOWED, LASTS, Closed, Codes, Kind, Opened
from pratique.authority.identity.document import read
from pratique.authority.store import Vault, reading
from pratique.authority.store.enrolment_tables import one_time_code
from pratique.authority.store.people import Papers
from pratique.model.errors import AccessRefused


def counter(store: Engine, vault: Vault) -> Codes:
    return Codes(store, vault, country=COUNTRY)


def typed(codes: Codes, code: str, number: str = MEIMEI.number, **more: Any) -> Opened | Closed:
    source = {"device": "telephone", "network": "home", "at": AT} | more
    return codes.redeem(read(number), code, **source)


def given(store: Engine, vault: Vault) -> str:
    house(store, vault)
    code = clinic_code.make_for_patient(store, vault, CLINIC, MEIMEI, at=AT)
    assert code is not None
    return code.text


def test_a_code_lets_its_person_in_once(store: Engine, vault: Vault) -> None:
    code, codes = given(store, vault), counter(store, vault)
    opened = typed(codes, code.lower().replace("-", " "))
    assert isinstance(opened, Opened)
    assert (opened.who.subject_id, opened.assurance) == (known(store, vault).subject_id, Assurance.CLINIC)
    assert isinstance(typed(codes, code), Closed)


def test_it_is_bound_to_its_person(store: Engine, vault: Vault) -> None:
    code, codes = given(store, vault), counter(store, vault)
    for number in (CHILD.number, STRANGER):
        assert isinstance(typed(codes, code, number), Closed)
    assert isinstance(typed(codes, code), Opened)  # and that did not use it up


@pytest.mark.parametrize("kind", Kind)
def test_it_ends(store: Engine, vault: Vault, kind: Kind) -> None:
    house(store, vault)
    subject, codes = known(store, vault).subject_id, counter(store, vault)
    made = {
        Kind.CLINIC: lambda: clinic_code.make(store, vault, CLINIC, kind, subject, at=AT),
        Kind.DESK: lambda: clinic_code.make(store, vault, LINA, kind, subject, at=AT),
        Kind.DEVICE: lambda: clinic_code.make_for_device(store, vault, subject, at=AT),
    }[kind]()
    assert made.until == AT + LASTS[kind]
    assert isinstance(typed(codes, made.text, at=made.until), Closed)
    assert isinstance(typed(codes, made.text, at=made.until - timedelta(seconds=1)), Opened)
    assert review.forget(store, at=made.until)["one_time_code"] == 1


@pytest.mark.parametrize("stranger", [*STRANGERS[:2], LINA])
def test_only_a_clinic_makes_a_clinics_code(store: Engine, vault: Vault, stranger: Account) -> None:
    house(store, vault)
    with pytest.raises(AccessRefused, match="ACCESS_ROLE"):
        clinic_code.make_for_patient(store, vault, stranger, MEIMEI, at=AT)
    with pytest.raises(AccessRefused, match="ACCESS_ROLE"):
        clinic_code.make(store, vault, stranger, Kind.CLINIC, known(store, vault).subject_id, at=AT)
    with pytest.raises(AccessRefused, match="ACCESS_ROLE"):
        clinic_code.make(store, vault, LINA, Kind.DEVICE, known(store, vault).subject_id, at=AT)


def test_a_clinic_makes_none_for_whom_nobody_knows(store: Engine, vault: Vault) -> None:
    house(store, vault)
    assert clinic_code.make_for_patient(store, vault, CLINIC, Papers("UTO", STRANGER), at=AT) is None


def test_a_clinic_makes_no_thousands(store: Engine, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    house(store, vault)
    monkeypatch.setattr(clinic_code, "MOST_A_DAY", 3)
    for _ in range(3):
        clinic_code.make_for_patient(store, vault, CLINIC, MEIMEI, at=AT)
    with pytest.raises(AccessRefused, match="ACCESS_TOO_MANY"):
        clinic_code.make_for_patient(store, vault, CLINIC, MEIMEI, at=AT)
    assert clinic_code.make_for_patient(store, vault, CLINIC, MEIMEI, at=AT + timedelta(days=1, seconds=1))


def test_guesses_are_counted(store: Engine, vault: Vault) -> None:
    code, codes = given(store, vault), counter(store, vault)
    for left in range(ALLOWED.document - 1, -1, -1):
        assert typed(codes, "AAAA-AAAA-AAAA", device=f"{left}", network=f"{left}") == Closed(left)
    assert typed(codes, code, device="new", network="new") == Closed(0)
    assert isinstance(typed(codes, code, at=AT + timedelta(days=1)), Opened)


def test_another_letters_code_is_no_code(store: Engine, vault: Vault) -> None:
    code, codes = given(store, vault), counter(store, vault)
    for wrong in ("", "AAAA", code + "A", code[:-1], "密码"):
        assert isinstance(typed(codes, wrong), Closed)


def statements(store: Engine, ask: Any) -> list[str]:
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    event.listen(store, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(store, "before_cursor_execute", note)
    return asked


def test_every_refusal_asks_the_same_of_the_database(store: Engine, vault: Vault) -> None:
    code, codes = given(store, vault), counter(store, vault)
    wrong = "AAAA-AAAA-AAAA"
    tried = ((MEIMEI.number, wrong), (STRANGER, wrong), (STRANGER, code), (CHILD.number, code))
    seen = [statements(store, partial(typed, codes, text, number)) for number, text in tried]
    assert all(each == seen[0] for each in seen)
    assert len(seen[0]) >= 3


def test_a_copy_of_the_database_has_no_code(store: Engine, vault: Vault) -> None:
    code = given(store, vault).replace("-", "")
    subject = known(store, vault).subject_id
    with reading(store) as connection:
        (row,) = connection.execute(select(one_time_code)).all()
    whole = b"".join(bytes(value) for value in row if isinstance(value, bytes))
    assert code.encode() not in whole
    assert subject.encode() not in whole
    assert bytes.fromhex(subject) not in whole
