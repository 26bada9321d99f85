"""Drafts of policies on both databases: what stops one, who may sign, and that its writer never publishes it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import Engine
from sqlalchemy.exc import ProgrammingError
from tests import databases
from tests.cases.policies import signed
from tests.web.houses import AT
from tests.web.ruling import HU, LIN, PUBLISHED, TEXT, ZHOU, country, text

from pratique import crypto
from pratique.authority import policies
from pratique.authority.access import Account, Role
from pratique.authority.policies import MOST_TEXT, Did, Draft, State, Stop, stopping
from pratique.authority.store import DatabaseRole, open_store
from pratique.model.errors import AccessRefused
from pratique.rules.signing import unsigned

HERE = country()
OTHERS = [role for role in Role if role is not Role.HEALTH_AUTHORITY]


def begun(store: Engine, content: str = "") -> Draft:
    made = policies.begin(store, HU, content or text(), at=AT)
    assert isinstance(made, Draft)
    return made


def sent(store: Engine) -> Draft:
    draft = policies.send(store, HU, begun(store).draft_id, HERE, at=AT)
    assert isinstance(draft, Draft)
    return draft


def file(draft: Draft, *names: str) -> bytes:
    return json.dumps(signed(json.loads(draft.file), *names)).encode()


def found(content: str, here: Any = HERE, *, days: int = 0) -> set[tuple[str, str]]:
    return {(each.path, str(each.reason)) for each in stopping(content, here, at=AT + timedelta(days=days))}


# what stops it


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sunset": None}, ("sunset", "POLICY_SUNSET_MISSING")),
        ({"setting": "hospital"}, ("setting", "POLICY_ESSENTIAL")),
        ({"categories": TEXT["categories"][1:]}, ("rules[0].Logic.reduce[0]", "POLICY_CATEGORY")),
        ({"signers": None}, ("signers", "POLICY_SIGNERS")),
        ({"signers": ["health"]}, ("signers", "POLICY_SIGNERS")),
        ({"signers": ["health", "cousin"]}, ("signers[1]", "POLICY_SIGNERS")),
        ({"historical": True}, ("historical", "POLICY_HISTORICAL")),
        ({"version": None}, ("version", "RULE_FIELD_MISSING")),
        ({"identifier": PUBLISHED["identifier"]}, ("start", "POLICY_NOTICE")),
    ],
)
def test_what_stops_a_draft(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert expected in found(text(**changes))


def test_what_is_no_policy_at_all() -> None:
    assert found("{") == {("", "RULE_UNREADABLE")}
    assert found("\ud800") == {("", "RULE_UNREADABLE")}


def test_a_policy_of_another_country() -> None:
    assert ("country", "RULE_COUNTRY") in found(text(), structs.replace(HERE, code="XB"))


def test_nothing_stops_the_untouched_one() -> None:
    assert found(text()) == set()


def test_the_days_of_notice_are_counted_from_now() -> None:
    """The public is told by a release, and not by the day that a draft names."""
    goes_on: dict[str, Any] = {
        "identifier": PUBLISHED["identifier"], "version": "3.0.0", "published": "2026-11-16T00:00:00Z",
        "start": "2026-12-10T00:00:00Z",
    }  # fmt: skip
    assert found(text(**goes_on)) == set()
    assert found(text(**goes_on), days=2) == {("start", "POLICY_NOTICE")}


def test_without_officials_nothing_is_sent(store: Engine) -> None:
    nobody = country(signers=())
    assert found(text(), nobody) == {("signers[0]", "POLICY_SIGNERS"), ("signers[1]", "POLICY_SIGNERS")}
    assert policies.send(store, HU, begun(store).draft_id, nobody, at=AT) is Stop.FINDINGS


# who may


def test_other_roles_write_and_sign_nothing(store: Engine) -> None:
    draft = begun(store)
    key = draft.draft_id
    for role in OTHERS:
        somebody = Account("somebody", role)
        asked: list[Callable[[], object]] = [
            lambda who=somebody: policies.begin(store, who, text(), at=AT),
            lambda who=somebody: policies.save(store, who, key, text(), after=1, at=AT),
            lambda who=somebody: policies.send(store, who, key, HERE, at=AT),
            lambda who=somebody: policies.give_up(store, who, key, at=AT),
            lambda who=somebody: policies.give_back(store, who, key, "x", at=AT),
            lambda who=somebody: policies.sign(store, who, key, draft.file, HERE, at=AT),
            lambda who=somebody: policies.publish(store, who, key, "", HERE, at=AT),
        ]
        for each in asked:
            with pytest.raises(AccessRefused):
                each()
    assert policies.drafts(store) == (draft,)


# writing


def test_every_text_is_kept_with_its_writer(store: Engine) -> None:
    draft = begun(store, "{")
    assert policies.save(store, LIN, draft.draft_id, text(), after=2, at=AT) is Stop.CHANGED
    again = policies.save(store, LIN, draft.draft_id, text(), after=1, at=AT)
    assert isinstance(again, Draft)
    assert policies.save(store, HU, draft.draft_id, "[]", after=1, at=AT) is Stop.CHANGED
    same = policies.save(store, ZHOU, draft.draft_id, text(), after=2, at=AT)
    assert isinstance(same, Draft)
    assert [(each.number, each.written_by) for each in same.texts] == [(1, "hu-min"), (2, "lin-feng")]
    assert same.writers == {"hu-min", "lin-feng"}
    assert policies.find(store, draft.draft_id) == same
    assert policies.drafts(store) == (structs.replace(same, texts=same.texts[-1:]),)
    assert policies.find(store, "0" * 32) is None


def test_a_text_without_end_is_not_kept(store: Engine) -> None:
    draft = begun(store)
    assert policies.begin(store, HU, "x" * (MOST_TEXT + 1), at=AT) is Stop.TOO_LONG
    assert policies.save(store, HU, draft.draft_id, "x" * (MOST_TEXT + 1), after=1, at=AT) is Stop.TOO_LONG
    assert policies.find(store, draft.draft_id) == draft


def test_what_has_a_finding_is_not_sent(store: Engine) -> None:
    draft = begun(store, text(sunset=None))
    assert policies.send(store, HU, draft.draft_id, HERE, at=AT) is Stop.FINDINGS
    mended = policies.save(store, HU, draft.draft_id, text(), after=1, at=AT)
    assert isinstance(mended, Draft)
    frozen = policies.send(store, HU, draft.draft_id, HERE, at=AT)
    assert isinstance(frozen, Draft)
    assert frozen.state is State.SENT
    assert policies.save(store, HU, draft.draft_id, "{", after=2, at=AT) is Stop.GONE
    assert policies.send(store, HU, draft.draft_id, HERE, at=AT) is Stop.GONE
    assert policies.give_up(store, HU, draft.draft_id, at=AT) is Stop.GONE


def test_a_draft_that_was_given_up_is_closed(store: Engine) -> None:
    draft = begun(store)
    closed = policies.give_up(store, LIN, draft.draft_id, at=AT)
    assert isinstance(closed, Draft)
    assert closed.state is State.GIVEN_UP
    assert policies.save(store, HU, draft.draft_id, "{", after=1, at=AT) is Stop.GONE


# two people


def test_an_official_brings_one_signature_over_exactly_this_text(store: Engine) -> None:
    draft = sent(store)

    def brings(account: Account, data: bytes) -> Draft | Stop:
        return policies.sign(store, account, draft.draft_id, data, HERE, at=AT)

    other = json.dumps(signed(json.loads(draft.file) | {"version": "9.0.0"}, "health")).encode()
    assert brings(LIN, other) is Stop.OTHER_TEXT
    assert brings(LIN, b"{") is Stop.OTHER_TEXT
    assert brings(LIN, draft.file) is Stop.NO_SIGNATURE
    forged = json.loads(file(draft, "health"))
    forged["signatures"][0]["signer"] = "justice"
    assert brings(LIN, json.dumps(forged).encode()) is Stop.NO_SIGNATURE
    assert brings(LIN, file(draft, "deputy")) is Stop.NO_SIGNATURE
    assert brings(LIN, file(draft, "health", "justice")) is Stop.ONE_EACH
    assert isinstance(brings(LIN, file(draft, "health")), Draft)
    assert brings(LIN, file(draft, "justice")) is Stop.ONE_EACH
    assert brings(ZHOU, file(draft, "health")) is Stop.NO_SIGNATURE
    both = brings(ZHOU, file(draft, "health", "justice"))  # with the other's, as the file on the page has it
    assert isinstance(both, Draft)
    assert [(each.signer, each.account_id) for each in both.signed] == [("health", "lin-feng"), ("justice", "zhou-yu")]


def test_the_writer_never_publishes_and_another_does(store: Engine) -> None:
    draft = sent(store)
    key, digest = draft.draft_id, draft.digest
    assert policies.publish(store, LIN, key, digest, HERE, at=AT) is Stop.UNSIGNED
    assert isinstance(policies.sign(store, LIN, key, file(draft, "justice"), HERE, at=AT), Draft)
    assert policies.publish(store, LIN, key, digest, HERE, at=AT) is Stop.UNSIGNED
    assert isinstance(policies.sign(store, HU, key, file(draft, "health"), HERE, at=AT), Draft)
    assert policies.publish(store, HU, key, digest, HERE, at=AT) is Stop.OWN
    assert policies.publish(store, ZHOU, key, digest, HERE, at=AT) is Stop.UNSIGNED, "who did not sign"
    assert policies.publish(store, LIN, key, "0" * 64, HERE, at=AT) is Stop.CHANGED
    late = AT + timedelta(days=2)
    moved = country(signers=("health", "minister"))
    assert policies.publish(store, LIN, key, digest, moved, at=late) is Stop.FINDINGS
    done = policies.publish(store, LIN, key, digest, HERE, at=late)
    assert isinstance(done, Draft)
    assert (done.state, done.digest) == (State.PUBLISHED, digest)
    assert unsigned(done.file, HERE.officials, check=crypto.check) == ()
    assert [each.step for each in done.steps] == [Did.SEND, Did.SIGN, Did.SIGN, Did.PUBLISH]
    for closed in (
        policies.publish(store, LIN, key, digest, HERE, at=late),
        policies.sign(store, ZHOU, key, file(draft, "health"), HERE, at=late),
        policies.give_back(store, LIN, key, "too late", at=late),
        policies.save(store, HU, key, "{", after=1, at=late),
    ):
        assert closed is Stop.GONE


def test_whoever_changed_a_word_is_a_writer(store: Engine) -> None:
    draft = begun(store, text(version="8.0.0"))
    policies.save(store, LIN, draft.draft_id, text(), after=1, at=AT)
    frozen = policies.send(store, HU, draft.draft_id, HERE, at=AT)
    assert isinstance(frozen, Draft)
    for account, name in ((HU, "health"), (LIN, "justice")):
        policies.sign(store, account, draft.draft_id, file(frozen, name), HERE, at=AT)
        assert policies.publish(store, account, draft.draft_id, frozen.digest, HERE, at=AT) is Stop.OWN


def test_what_goes_back_is_signed_anew(store: Engine) -> None:
    draft = sent(store)
    policies.sign(store, LIN, draft.draft_id, file(draft, "justice"), HERE, at=AT)
    back = policies.give_back(store, LIN, draft.draft_id, "a week shorter", at=AT)
    assert isinstance(back, Draft)
    assert (back.state, back.signed) == (State.DRAFT, ())
    assert back.steps[-1].note == "a week shorter"
    again = policies.send(store, HU, draft.draft_id, HERE, at=AT)
    assert isinstance(again, Draft)
    assert again.signed == ()
    assert policies.publish(store, LIN, draft.draft_id, again.digest, HERE, at=AT) is Stop.UNSIGNED


def test_a_step_that_somebody_else_took_first_is_not_taken(store: Engine) -> None:
    from pratique.authority.store import policies as stored
    from pratique.authority.store import writing

    draft = sent(store)
    first = draft.steps[0]
    with writing(store) as connection:
        assert not stored.take(connection, structs.replace(first, step="publish"))
        assert not stored.write(connection, structs.replace(draft.texts[0], content="{"))
    assert policies.find(store, draft.draft_id) == draft


def test_a_draft_waits_for_whoever_has_not_signed(store: Engine) -> None:
    begun(store)
    draft = sent(store)
    assert [each.draft_id for each in policies.waiting(store, LIN)] == [draft.draft_id]
    policies.sign(store, LIN, draft.draft_id, file(draft, "justice"), HERE, at=AT)
    assert policies.waiting(store, LIN) == ()
    assert [each.signer for each in policies.waiting(store, HU)] == ["justice"]


def test_the_desks_own_role_of_the_database_is_enough(postgresql: str) -> None:
    with databases.copy(postgresql) as url:
        desk = open_store(url, role=DatabaseRole.HEALTH)
        draft = sent(desk)
        policies.sign(desk, LIN, draft.draft_id, file(draft, "justice"), HERE, at=AT)
        assert len(policies.drafts(desk)) == len(policies.waiting(desk, HU)) == 1
        desk.dispose()
        auditor = open_store(url, role=DatabaseRole.AUDIT)
        assert policies.find(auditor, draft.draft_id) is not None
        with pytest.raises(ProgrammingError, match="permission denied"):
            policies.begin(auditor, HU, text(), at=AT)
        auditor.dispose()


def test_older_signatures_in_a_text_are_not_taken_along(store: Engine) -> None:
    """A draft that began as a published policy has its signatures, over another text."""
    frozen = policies.send(store, HU, begun(store, text(signatures=PUBLISHED["signatures"])).draft_id, HERE, at=AT)
    assert isinstance(frozen, Draft)
    assert "signatures" not in json.loads(frozen.file)
