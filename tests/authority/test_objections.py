"""Objections in both databases, and what the role of the public page may see: counts and logs, and nobody."""

from datetime import timedelta

import pytest
from msgspec import structs
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError
from tests.authority import issuing as scene
from tests.authority.issuing import ANNE, AT, MEIMEI

from pratique.authority import objections
from pratique.authority.issuance import log
from pratique.authority.issuance.certificates import certificate_of_person
from pratique.authority.issuance.requests import Wanted
from pratique.authority.signers.file import FileSigner
from pratique.authority.store import (
    DatabaseRole,
    Vault,
    as_of_now,
    daily,
    open_store,
    purging,
    reading,
    signing_log,
    writing,
)
from pratique.authority.store import objections as stored
from pratique.rules.linting import parse_policy
from pratique.sandbox import border

POLICY = parse_policy(border.policy())
KEY = ("XA-LARGE-EVENTS", "1.0.0")


def file(engine: Engine, vault: Vault, words: str, *, days: int = 0) -> None:
    with writing(engine) as connection:
        objections.file(connection, vault, POLICY, words, language="en", at=AT + timedelta(days=days))


@pytest.mark.parametrize(
    ("words", "days"), [("", 0), (" ", 0), ("x" * (objections.LONGEST + 1), 0), ("No.", -8), ("No.", 8)]
)
def test_what_is_no_objection(store: Engine, vault: Vault, words: str, days: int) -> None:
    with pytest.raises(ValueError, match=r"words:|under notice"):
        file(store, vault, words, days=days)
    with reading(store) as connection:
        assert stored.counted(connection) == {}


def test_history_is_under_no_notice() -> None:
    assert objections.under_notice(POLICY, AT)
    assert not objections.under_notice(structs.replace(POLICY, historical=True), AT)
    assert objections.under_notice(POLICY, POLICY.published)
    assert not objections.under_notice(POLICY, POLICY.start)


def test_words_are_sealed_answered_once_and_forgotten(store: Engine, vault: Vault) -> None:
    for words in ("My choir.", "My club.", "My church."):
        file(store, vault, words)
    with writing(store) as connection:
        first, second, _ = objections.waiting(connection, ANNE)
        kept = connection.execute(text("SELECT words FROM objection")).scalars().all()
        assert not any(b"My c" in bytes(each) for each in kept)
        with pytest.raises(ValueError, match="words:"):
            objections.answer(connection, first.objection_id, " ", by=ANNE, at=AT)
        for each in (first, second, second):
            objections.answer(connection, each.objection_id, "Counted.", by=ANNE, at=AT)
        assert len(objections.waiting(connection, ANNE)) == 1
        assert stored.counted(connection) == {KEY: stored.Count(3, 2)}
        assert stored.answers(connection, *KEY) == [stored.Told("Counted.", int(AT.timestamp()), 2)]
        assert objections.forget(connection, at=AT + objections.KEPT) == 0
        assert objections.forget(connection, at=AT + objections.KEPT + timedelta(seconds=1)) == 2
        assert objections.read(connection, vault, first.objection_id, ANNE) is None
        assert stored.counted(connection) == {KEY: stored.Count(3, 2)}, "the count stays"


def test_the_public_role_sees_counts_and_logs_and_nobody(
    store: Engine, store_url: str, vault: Vault, tmp_path: object
) -> None:
    key: FileSigner = scene.signer(tmp_path)  # type: ignore[arg-type]
    scene.onboarded(store)
    scene.entered(store, vault)
    scene.recorded(store, vault, [scene.dose()])
    look = scene.own(store, scene.known(store, vault).person_id)
    certificate_of_person(scene.office(store, vault, key), look, wanted=Wanted(papers=MEIMEI), at=AT)
    public = open_store(store_url, role=DatabaseRole.PUBLIC)
    file(public, vault, "My choir.")
    with as_of_now(public) as connection:
        (signs,) = signing_log.keys(connection)
        assert log.doubtful(connection, signs.key_id) is None
        assert log.checkpoint(connection, signs).size == 1
        assert stored.counted(connection) == {KEY: stored.Count(1, 0)}
        assert stored.answers(connection, *KEY) == []
        assert purging.carried_out(connection) == []
        assert daily.last_counted(connection) is None
    if public.dialect.name == "postgresql":
        for asked in (
            "words FROM objection",
            "person_id FROM certificate",
            "* FROM record",
            '"order" FROM purge_order',
        ):
            with pytest.raises(ProgrammingError, match="permission denied"), reading(public) as connection:
                connection.execute(text(f"SELECT {asked}"))
        with pytest.raises(ProgrammingError, match="permission denied"), writing(public) as connection:
            connection.execute(text("UPDATE objection SET answer = 'x'"))
    public.dispose()
