"""A rotation of keys reaches every sealed column, those of rows that are written once among them, and nothing else."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import Column, Engine, Table, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from tests import databases
from tests.authority.store.test_store import MEIMEI
from tests.venue_settings import AT, mall, staffed, switched_on

from pratique.authority.access import Account, Role, enter
from pratique.authority.store import (
    Vault,
    asking,
    bookings,
    issuance,
    objections,
    open_store,
    passkeys,
    people,
    permits,
    reading,
    resealing,
    reviewing,
    status,
    support,
    tables,
    writing,
)
from pratique.authority.store.columns import SEALED_OF
from pratique.authority.store.health import Correction, Ground, Kept, supersede
from pratique.authority.store.people import Newcomer, Papers
from pratique.authority.store.roles import DatabaseRole
from pratique.model.certificate import Name
from pratique.model.dates import PartialDate
from pratique.model.errors import StoreFault

NOW, LATER = int(AT.timestamp()), int(AT.timestamp()) + 3600
A, B, C = "a" * 32, "b" * 32, "c" * 32
WORDS = asking.Words("It was not me.", b"a letter")
PASSKEY = passkeys.Credential(b"credential", b"key", "phone")
OFFICIAL = passkeys.Credential(b"another", b"key", "stick")
CODE, SUBJECT = "2345678ABCDEFGH2", "booking-1"
COLUMNS = [(table, column) for table in resealing.sealed_tables() for column in resealing.sealed_columns(table)]
WRITTEN_ONCE = [table for table in resealing.sealed_tables() if table in tables.APPEND_ONLY]


def written(store: Engine, vault: Vault) -> people.Known:
    """A value in every sealed column, each as the house itself writes it."""
    with writing(store) as connection:
        enter(connection, Account("anne", Role.HEALTH_AUTHORITY), "Anne", at=AT)
        known = people.enter(connection, vault, [MEIMEI], at=NOW)[MEIMEI.papers]
        person = known.person_id
        row: dict[str, Any] = {
            column.name: {str: "r", int: 1, bytes: b"r"}[column.type.python_type] for column in tables.record.columns
        }
        connection.execute(insert(tables.record).values(row | {"person_id": person, "record_id": A}))
        kept = Kept(person, A, None, "lab", NOW, False, None, None)  # type: ignore[arg-type]
        supersede(connection, vault, kept, None, Correction(Ground.WRONG_DATE, "anne", b"a letter"), at=NOW)
        asking.open_dispute(connection, vault, asking.Dispute(person, B, A, NOW, LATER, asking.State.RECEIVED), WORDS)
        appeal = status.Appealed(person, B, "contact", A, NOW, LATER, status.State.RECEIVED)
        status.open_appeal(connection, vault, appeal, WORDS)
        proposal = status.Proposal(person, B, "red", "positive_test", NOW, b"signed", b"hash", "anne", "north", NOW)
        status.propose(connection, vault, proposal)
        assignment = status.Assignment(
            person, C, "red", "positive_test", NOW, "anne", "north", "bo", "south", NOW, LATER
        )
        status.assign(connection, vault, assignment, proposal)
        asked = issuance.Request(person, B, known.subject_id, MEIMEI.papers, "ithc", (), None, None, "anne", None, NOW)
        issuance.ask(connection, vault, asked)
        made = issuance.Issued(
            person, B, C, 1, "ithc", b"salt", b"signed", (("uvci", "x"),), None, "anne", None, NOW, None
        )
        claim = issuance.Claimed(person, B, 0, A, "uvci", "test", "lab", NOW, None, None, NOW)
        issuance.keep(connection, vault, made, "HC1:…", [claim])
        support.write(connection, vault, support.Ticket("t", "other", "en", NOW), "Help.")
        support.step(connection, vault, "t", support.Step(1, "answered", "anne", "Here it is.", NOW))
        objections.write(connection, vault, objections.Objection(B, "events", "1", "en", NOW), "No.")
        application = permits.Kept(B, 1, LATER, NOW)
        files = [permits.File("photo", "me.jpg", b"jpeg"), permits.File("form", "form.pdf", b"pdf")]
        permits.enter(connection, vault, application, b"about", files, code="code", until=LATER)
        permits.step(connection, vault, B, permits.Step(1, "granted", "anne", (), (), b"granted", NOW))
        bookings.begin(connection, vault, SUBJECT, b"wallet", until=LATER, at=NOW)
        bookings.finish(connection, vault, SUBJECT, b"result")
        passkeys.add(connection, vault, passkeys.Owner.HOLDER, known.subject_id, PASSKEY, at=NOW)
        passkeys.add(connection, vault, passkeys.Owner.OFFICIAL, "anne", OFFICIAL, at=NOW)
        reviewing.open_review(
            connection, vault, name="page", code="desk", cause="unsure", about=b"about", picture=b"jpeg", at=NOW,
            until=LATER,
        )  # fmt: skip
        reviewing.propose(connection, vault, "newcomer", b"content", at=NOW, until=LATER)
        reviewing.enter_code(connection, vault, CODE, reviewing.Made("clinic", known.subject_id, "anne", NOW, LATER))
    staffed(store)
    switched_on(store)
    mall(store, vault)
    return known


def values(store: Engine, table: Table, column: Column[Any]) -> list[tuple[str, bytes]]:
    """What is sealed in a column, each with its place."""
    with reading(store) as connection:
        rows = connection.execute(select(table).where(column.is_not(None))).mappings().all()
    return [(resealing.place_of(column, row), bytes(row[column.name])) for row in rows]


def opened(store: Engine, vault: Vault) -> dict[str, bytes]:
    """Every sealed value of the database."""
    return {
        place: vault.open(value, place) for table, column in COLUMNS for place, value in values(store, table, column)
    }


def test_the_sealed_columns_are_all_that_the_tables_have(store: Engine, vault: Vault) -> None:
    written(store, vault)
    for table, column in COLUMNS:
        assert values(store, table, column), f"write a value of {table}.{column.name} here, as the house writes it"
    # whatever looks sealed is declared so: the number of a key in front, and at least a nonce and a tag
    for table in resealing.metadata.sorted_tables:
        for column in table.columns:
            if column.type.python_type is bytes and SEALED_OF not in column.info:
                with reading(store) as connection:
                    rows = [bytes(value) for value in connection.execute(select(column)).scalars() if value]
                assert not any(value[:2] == b"\0\1" and len(value) >= 30 for value in rows), (table.name, column.name)


def test_a_rotation_reaches_every_sealed_value_and_changes_none(store: Engine, vault: Vault) -> None:
    known = written(store, vault)
    before = opened(store, vault)
    rotated = vault.rotated()
    told: list[int] = []
    done = resealing.reseal(store, rotated, chunk=1, told=told.append)
    assert told == list(range(1, done + 1))
    assert resealing.reseal(store, rotated) == 0
    new = rotated.without_old_keys()
    assert opened(store, new) == before
    for table, column in COLUMNS:
        assert all(new.is_current(value) for _, value in values(store, table, column)), (table.name, column.name)
    with pytest.raises(StoreFault, match="STORE_VAULT"):
        opened(store, vault)
    with writing(store) as connection:  # what is found by a hash that was made anew needs the new key alone
        assert people.find(connection, new, MEIMEI.papers) == known
        assert people.portrait(connection, new, known.subject_id) == MEIMEI.portrait
        for owner, credential in ((passkeys.Owner.HOLDER, PASSKEY), (passkeys.Owner.OFFICIAL, OFFICIAL)):
            assert passkeys.find(connection, new, owner, credential.credential_id) is not None
        # and what somebody has in their hand is found under the old one
        assert reviewing.by_code(connection, rotated, "desk", at=NOW) is not None
        assert reviewing.use_code(connection, rotated, CODE, known.subject_id, at=NOW) == "clinic"
        assert permits.by_code(connection, rotated, "code") is not None
        found = bookings.find(connection, rotated, SUBJECT, at=NOW)
        assert found == bookings.Validation(b"wallet", b"result")
        bookings.finish(connection, rotated, SUBJECT, b"another")
        found = bookings.find(connection, rotated, SUBJECT, at=NOW)
        assert found == bookings.Validation(b"wallet", b"another")


def test_between_the_two_everything_is_found_and_what_changes_meanwhile_stays(store: Engine, vault: Vault) -> None:
    known = written(store, vault)
    rotated = vault.rotated()
    with writing(store) as connection:
        assert people.find(connection, rotated, MEIMEI.papers) == known
        people.correct(connection, rotated, known.subject_id, Name(family="Wang"), PartialDate(1991, 1, 1))
    assert resealing.reseal(store, rotated)
    with reading(store) as connection:
        found = people.find(connection, rotated.without_old_keys(), MEIMEI.papers)
        assert found == structs.replace(known, name=Name(family="Wang"), birth_date=PartialDate(1991, 1, 1))


def test_between_the_two_nobody_takes_a_number_that_another_has(store: Engine, vault: Vault) -> None:
    known = written(store, vault)
    rotated = vault.rotated()
    other = Newcomer(Papers("UTO", "XB1111111"), Name(family="Li"), PartialDate(1991, 1, 1))
    with writing(store) as connection:
        subject = people.enter(connection, rotated, [other], at=NOW)[other.papers].subject_id
        assert not people.renew(connection, rotated, subject, MEIMEI.papers, None, at=NOW)
        assert not people.renew(connection, rotated, known.subject_id, other.papers, None, at=NOW)
    assert resealing.reseal(store, rotated)
    with reading(store) as connection:
        assert people.find(connection, rotated, MEIMEI.papers) == known


def test_a_key_that_is_not_in_the_vault_changes_nothing(store: Engine, vault: Vault) -> None:
    written(store, vault)
    before = opened(store, vault)
    for other in (Vault.draw().rotated(), vault.rotated().without_old_keys()):
        with pytest.raises(StoreFault, match="STORE_VAULT"):
            resealing.reseal(store, other)
    assert opened(store, vault) == before


def moved(value: bytes, by: int) -> bytes:
    return (int.from_bytes(value[:2]) + by).to_bytes(2) + value[2:]


@pytest.mark.parametrize("table", WRITTEN_ONCE, ids=str)
def test_of_what_is_written_once_the_seal_alone_changes_and_only_for_a_later_key(
    store: Engine, vault: Vault, table: Table
) -> None:
    written(store, vault)
    sealed = resealing.sealed_columns(table)
    with reading(store) as connection:
        row = connection.execute(select(table)).mappings().one()
    later = {column.name: moved(row[column.name], 1) for column in sealed}
    refused: list[dict[str, Any]] = [
        {column.name: value}
        for column in sealed
        for value in (None, b"", moved(row[column.name], -1), row[column.name][:2] + b"else", row[column.name])
        if value is not None or column.nullable
    ]
    for column in table.columns:  # any other column, alone and beside a seal that may change
        if column not in sealed:
            other = {str: "x", int: 7, bytes: b"x"}[column.type.python_type]
            refused += [{column.name: other}, later | {column.name: other}]
    for changed in refused:
        with pytest.raises(DBAPIError, match=r"never change|violates"), writing(store) as connection:
            connection.execute(update(table).values(changed))
    with writing(store) as connection:
        connection.execute(update(table).values(later))
    with reading(store) as connection:
        assert dict(connection.execute(select(table)).mappings().one()) == dict(row) | later


def test_on_postgresql_a_role_of_its_own_reseals_and_can_do_nothing_else(postgresql: str, vault: Vault) -> None:
    with databases.copy(postgresql) as url:
        owner = open_store(url)
        written(owner, vault)
        engine = open_store(url, role=DatabaseRole.KEYS)
        rotated = vault.rotated()
        assert resealing.reseal(engine, rotated)
        assert opened(owner, rotated.without_old_keys())
        for statement in (
            "UPDATE dispute SET due = 0", "UPDATE person SET made = 0", "DELETE FROM portrait",
            "SELECT * FROM record", "SELECT * FROM declaration", "SELECT * FROM looked",
            "INSERT INTO document VALUES (1)",
        ):  # fmt: skip
            with pytest.raises(DBAPIError, match="permission denied"), writing(engine) as connection:
                connection.execute(text(statement))
        for each in (engine, owner):
            each.dispose()


CHILD = """
import sys
from pathlib import Path
from pratique.authority.store import Vault, open_store, resealing
engine, vault = open_store(sys.argv[1]), Vault.read(Path(sys.argv[2]))
resealing.reseal(engine, vault, chunk=3, told=lambda done: print(done, flush=True))
"""


def test_kill_9_in_the_middle_leaves_everything_readable_and_the_next_run_goes_on(
    store: Engine, store_url: str, vault: Vault, tmp_path: Path
) -> None:
    crowd = [Newcomer(Papers("UTO", f"XA{number}"), Name(family="Wang"), None) for number in range(120)]
    with writing(store) as connection:
        known = people.enter(connection, vault, crowd, at=NOW)
    rotated = vault.rotated()
    rotated.write(tmp_path / "vault.json")
    command = [sys.executable, "-c", CHILD, store_url, str(tmp_path / "vault.json")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) >= 60:
                os.kill(child.pid, signal.SIGKILL)
                break
    assert child.returncode == -signal.SIGKILL
    with reading(store) as connection:
        assert people.find_many(connection, rotated, known) == known
        current = func.count().filter(func.substr(tables.document.c.zone, 1, 2) == rotated.current.to_bytes(2))
        moved_on = connection.execute(select(current)).scalar_one()
        assert 0 < moved_on < 120
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    with reading(store) as connection:
        assert people.find_many(connection, rotated.without_old_keys(), known) == known
