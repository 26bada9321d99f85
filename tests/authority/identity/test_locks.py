"""A passport that was tried too often: its holder is told, and nobody learns whether there is such a passport."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, select
from tests.authority.identity.desks import AT, CHILD, COUNTRY, MEIMEI, enrolments, house, known
from tests.authority.identity.scripted import STRANGER, enrolled, run

from pratique.authority.access import Account, Item, Purpose, Role, look
from pratique.authority.identity.answers import Holder, NotConfirmed
from pratique.authority.identity.clinic_code import ALLOWED, Closed, Codes
from pratique.authority.identity.document import Document
from pratique.authority.identity.enrolment import Enrolments
from pratique.authority.identity.limits import Allowance, Limits
from pratique.authority.records import rights
from pratique.authority.store import Vault, locks, people, reading, writing
from pratique.authority.store.enrolment_tables import locked_number
from pratique.authority.store.people import Papers

DAY = timedelta(days=1)
THEN = AT + timedelta(seconds=10)
"""When a try before the camera is over that began at `AT`."""
TWO = Limits(attempts=Allowance(2, 99, 99))


def signing_up(store: Engine, vault: Vault, limits: Limits = TWO) -> Enrolments:
    return enrolments(house(store, vault), limits=limits, locked=partial(locks.note, store, vault))


def tried(place: Enrolments, document: str = MEIMEI.number, *, face: bytes = b"leilei", **more: Any) -> object:
    return run(lambda: enrolled(place, document, face=face, **more))


def told(store: Engine, vault: Vault, papers: Papers = MEIMEI, **more: Any) -> tuple[datetime, ...]:
    subject = known(store, vault, papers).subject_id
    with reading(store) as connection:
        return locks.of(connection, vault, subject, **more)


def rows(store: Engine) -> list[Any]:
    with reading(store) as connection:
        return list(connection.execute(select(locked_number)).all())


def test_the_holder_alone_is_told_when_the_passports_tries_are_used_up(store: Engine, vault: Vault) -> None:
    place = signing_up(store, vault)
    assert isinstance(tried(place, device="a"), NotConfirmed)
    assert told(store, vault) == ()
    assert isinstance(tried(place, device="b", network="b"), NotConfirmed)
    assert told(store, vault) == (THEN,)
    assert told(store, vault, CHILD) == ()


def test_a_number_that_nobody_has_leaves_the_same_row(store: Engine, vault: Vault) -> None:
    place = signing_up(store, vault)
    for _ in range(2):
        tried(place, STRANGER)
    (of_nobody,) = rows(store)
    for _ in range(2):
        tried(place)
    assert len(rows(store)) == 2
    (hers,) = [row for row in rows(store) if row.number_hash != of_nobody.number_hash]
    assert tuple(hers)[1:] == tuple(of_nobody)[1:]
    assert len(bytes(hers.number_hash)) == len(bytes(of_nobody.number_hash))


def test_no_row_leads_to_anybody_without_the_vault(store: Engine, vault: Vault) -> None:
    place = signing_up(store, vault)
    for _ in range(2):
        tried(place)
    (row,) = rows(store)
    for known_by in (MEIMEI.text, MEIMEI.number):
        assert bytes(row.number_hash) not in vault.hashes(people.NUMBER, known_by)
    assert told(store, vault) == (THEN,)
    assert set(row._mapping) == {"number_hash", "day", "moment"}, "of whoever tried nothing is kept"


@pytest.mark.parametrize("allowance", [Allowance(99, 2, 99), Allowance(99, 99, 2)])
def test_what_a_device_or_a_network_used_up_is_no_lock(store: Engine, vault: Vault, allowance: Allowance) -> None:
    place = signing_up(store, vault, Limits(attempts=allowance))
    for _ in range(2):
        tried(place)
    refused = run(lambda: place.begin(MEIMEI.number, device="telephone", network="airport", at=AT))
    assert isinstance(refused, NotConfirmed)
    assert rows(store) == []


def test_challenges_that_nobody_finishes_lock_it_too(store: Engine, vault: Vault) -> None:
    place = signing_up(store, vault, Limits(challenges=Allowance(2, 99, 99)))
    for number in range(3):
        run(lambda number=number: place.begin(MEIMEI.number, device=f"{number}", network=f"{number}", at=AT))
    assert told(store, vault) == (AT,)


def test_whoever_came_in_with_the_last_try_is_told_nothing(store: Engine, vault: Vault) -> None:
    place = signing_up(store, vault)
    tried(place)
    assert isinstance(tried(place, face=b"meimei"), Holder)
    assert rows(store) == []


def test_a_day_has_one_row_however_often_is_tried(store: Engine, vault: Vault) -> None:
    place = signing_up(store, vault)
    for _ in range(2):
        tried(place)
    for hour in range(3):
        at = AT + timedelta(hours=hour)
        refused = run(lambda at=at: place.begin(MEIMEI.number, device="x", network="y", at=at))
        assert isinstance(refused, NotConfirmed)
    assert told(store, vault) == (THEN,)
    for _ in range(2):
        tried(place, at=AT + 2 * DAY)
    assert told(store, vault) == (THEN + 2 * DAY, THEN)
    assert told(store, vault, since=AT + DAY) == (THEN + 2 * DAY,)


def test_a_code_that_is_guessed_at_locks_it_as_well(store: Engine, vault: Vault) -> None:
    house(store, vault)
    codes = Codes(store, vault, country=COUNTRY)
    for number in (MEIMEI.number, STRANGER):
        for left in range(ALLOWED.document - 1, -1, -1):
            guess = partial(codes.redeem, device=f"{left}{number}", network=f"{left}", at=AT)
            assert guess(Document(number), "AAAA-AAAA-AAAA") == Closed(left)
            assert bool(told(store, vault)) == (number != MEIMEI.number or not left)
    assert len(rows(store)) == 2


def test_a_new_key_of_the_vault_loses_none(store: Engine, vault: Vault) -> None:
    place = signing_up(store, vault)
    for _ in range(2):
        tried(place)
    assert told(store, vault.rotated()) == (THEN,)


def test_it_goes_when_its_time_is_over_and_with_its_person(store: Engine, vault: Vault) -> None:
    place = signing_up(store, vault)
    for number in (MEIMEI.number, CHILD.number):
        for _ in range(2):
            tried(place, number)
    with writing(store) as connection:
        assert locks.erase(connection, vault, known(store, vault, CHILD).subject_id) == 1
    assert told(store, vault) == (THEN,)
    assert told(store, vault, CHILD) == ()
    for at, gone in ((THEN + locks.KEPT - DAY, 0), (THEN + locks.KEPT, 1), (THEN + locks.KEPT, 0)):
        with writing(store) as connection:
            assert locks.forget(connection, at=at) == gone
    assert rows(store) == []


def test_it_stands_in_what_its_person_takes_along(store: Engine, vault: Vault) -> None:
    place = signing_up(store, vault)
    for _ in range(2):
        tried(place)
    for papers, found in ((MEIMEI, (THEN,)), (CHILD, ())):
        them, items = known(store, vault, papers), frozenset(Item) - {Item.PORTRAIT}
        own = look(store, Account("holder-1", Role.HOLDER), them.person_id, Purpose.OWN, items, at=AT)
        with reading(store) as connection:
            assert rights.export(connection, vault, own, them)["locked"] == found
