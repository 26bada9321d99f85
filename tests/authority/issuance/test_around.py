"""Around issuing: who may have a certificate, what a supervisor is told, and help in private."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine, text
from tests.authority import issuing as scene
from tests.authority.issuing import ANNE, AT, CLINIC, HOLDER, MEIMEI, NURSE

from pratique.authority.access import MAY_DECIDE, Account, Act, Role, both
from pratique.authority.issuance import limits, requests, support
from pratique.authority.issuance.certificates import issue_for
from pratique.authority.issuance.eligibility import ANYONE, ITHC_2021, PRESETS, PROTECTED
from pratique.authority.issuance.limits import BURST, Anomaly
from pratique.authority.issuance.requests import Wanted
from pratique.authority.issuance.support import State, Topic
from pratique.authority.store import Vault, reading, writing
from pratique.model.errors import AccessRefused, IssueRefused
from pratique.model.reasons import Reason
from pratique.sandbox.traveller import PASSPORT
from pratique.texts import LANGUAGES, sentence

# who may have a certificate


@pytest.mark.parametrize("nationality", ["UTO", "D", "XBA", *sorted(PROTECTED), "XXX", "UNO"])
def test_by_default_nobody_is_excluded(nationality: str) -> None:
    zone = structs.replace(PASSPORT, nationality=nationality)
    assert ANYONE.refusal(zone, country="XA") is None
    for kind in ("P", "PT", "PR", "ID", "I", "AC", "C"):
        assert ANYONE.refusal(structs.replace(zone, kind=kind), country="XA") is None


@pytest.mark.parametrize("kind", ["V", "VA", ""])
def test_a_visa_is_no_travel_document(kind: str) -> None:
    for policy in (ANYONE, ITHC_2021):
        with pytest.raises(IssueRefused) as refused:
            policy.check(structs.replace(PASSPORT, kind=kind), country="XA")
        assert refused.value.reasons == (Reason.ENROL_DOCUMENT,)


def test_the_preset_of_2021_takes_nationals_alone() -> None:
    assert ITHC_2021.refusal(PASSPORT, country="XA") is None
    for nationality in ("D", "XXB", "XXX"):
        foreign = structs.replace(PASSPORT, nationality=nationality)
        assert ITHC_2021.refusal(foreign, country="XA") is Reason.ENROL_NATIONALS
    assert PRESETS == {"anyone": ANYONE, "ithc-2021": ITHC_2021}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_policy_is_shown_with_its_reason(language: str) -> None:
    assert len({sentence(policy.reason, language) for policy in PRESETS.values()}) == 2


# who decides


def test_what_takes_two_takes_two() -> None:
    for role in Role:
        for act in Act:
            first, second = Account("one", role), Account("two", role)
            if act in MAY_DECIDE.get(role, frozenset()):
                both(first, second, act)
                with pytest.raises(AccessRefused, match="ACCESS_SECOND_PERSON"):
                    both(first, first, act)
            else:
                with pytest.raises(AccessRefused, match="ACCESS_ROLE"):
                    both(first, second, act)
    assert not MAY_DECIDE[Role.HOLDER] & {Act.APPROVE, Act.ONBOARD, Act.WITHDRAW}


# alarms


def test_a_night_and_a_hurry_are_told(store: Engine, vault: Vault, tmp_path: Path) -> None:
    scene.onboarded(store)
    scene.entered(store, vault)
    scene.recorded(store, vault, [scene.dose()])
    office = scene.office(store, vault, scene.signer(tmp_path))
    noon, night = AT + timedelta(hours=16), AT + timedelta(hours=5)  # at the clinic: 12:00, and 01:00

    def sign(by: Account, at: object, times: int) -> None:
        for _ in range(times):
            with writing(store) as connection:
                made = requests.ask(connection, vault, scene.known(store, vault), Wanted(), by, at=AT)
                requests.approve(connection, made, NURSE if by is NURSE else scene.PROGRAM, at=AT)
            issue_for(office, made.request_id, at=at)  # type: ignore[arg-type]

    sign(NURSE, noon, 3)
    sign(HOLDER, night, 1)  # a holder signs up whenever they like
    with reading(store) as connection:
        assert limits.alarms(connection, since=AT - timedelta(days=1)) == ()
    sign(NURSE, night, BURST + 1)
    with reading(store) as connection:
        found = limits.alarms(connection, since=AT - timedelta(days=1))
        assert limits.alarms(connection, since=AT + timedelta(days=1)) == ()
    told = [(each.anomaly, each.account_id, each.facility_id, each.count) for each in found]
    assert told == [
        (Anomaly.NIGHT, "nurse-1", CLINIC.facility_id, BURST + 1),
        (Anomaly.BURST, "nurse-1", CLINIC.facility_id, 1),
    ]


# support


def test_help_is_private_and_found_by_its_number_alone(store: Engine, vault: Vault) -> None:
    words = f"My name is wrong on the certificate: {MEIMEI.number}, Han Meimei"
    with writing(store) as connection:
        number = support.write(connection, vault, Topic.NAME, words, language="en", at=AT)
        other = support.write(connection, vault, Topic.OTHER, "?", language="zh", at=AT)
    assert number != other
    assert len(number.replace("-", "")) == 20
    with reading(store) as connection:
        for typed in (number, number.lower(), f" {number.replace('-', ' ')} "):
            matter = support.status(connection, vault, typed)
            assert matter is not None
            assert (matter.state, matter.topic, matter.opened) == (State.RECEIVED, Topic.NAME, AT)
        assert support.status(connection, vault, "AAAAA-AAAAA-AAAAA-AAAAA") is None
        assert support.status(connection, vault, "") is None
        assert support.status(connection, Vault.draw(), number) is None
        assert support.status(connection, vault.rotated(), number) is not None
        kept = "".join(str(row) for row in connection.execute(text("SELECT * FROM support")))
    for secret in (number, number.replace("-", ""), "Meimei", MEIMEI.number):
        assert secret not in kept


def test_help_is_answered_by_whose_work_it_is(store: Engine, vault: Vault) -> None:
    with writing(store) as connection:
        number = support.write(connection, vault, Topic.LEAK, "My code is on a forum.", language="en", at=AT)
        for account in (NURSE, HOLDER):
            with pytest.raises(AccessRefused):
                support.waiting(connection, account)
        (ticket,) = support.waiting(connection, ANNE)
        assert support.read(connection, vault, ticket.support_id, ANNE) == "My code is on a forum."
        assert support.read(connection, vault, "f" * 64, ANNE) is None
        with pytest.raises(LookupError):
            support.answer(connection, vault, "f" * 64, State.SETTLED, words=None, by=ANNE, at=AT)
        for state, words in ((State.MORE_NEEDED, "Which certificate?"), (State.SETTLED, "A new one is ready.")):
            support.answer(connection, vault, ticket.support_id, state, words=words, by=ANNE, at=AT)
        assert support.waiting(connection, ANNE) == []
        matter = support.status(connection, vault, number)
        assert matter is not None
        assert [each.words for each in matter.said] == [None, "Which certificate?", "A new one is ready."]


@pytest.mark.parametrize("words", ["", "  \n", "x" * (support.LONGEST + 1)])
def test_help_with_nothing_or_too_much_to_say(store: Engine, vault: Vault, words: str) -> None:
    with pytest.raises(ValueError, match="words"), writing(store) as connection:
        support.write(connection, vault, Topic.OTHER, words, language="en", at=AT)


def test_what_is_settled_is_forgotten(store: Engine, vault: Vault) -> None:
    with writing(store) as connection:
        settled = support.write(connection, vault, Topic.OTHER, "one", language="en", at=AT)
        waiting = support.write(connection, vault, Topic.OTHER, "two", language="en", at=AT)
        ticket = next(
            each
            for each in support.waiting(connection, ANNE)
            if support.read(connection, vault, each.support_id, ANNE) == "one"
        )
        support.answer(connection, vault, ticket.support_id, State.SETTLED, words=None, by=ANNE, at=AT)
        assert support.forget(connection, at=AT + timedelta(days=29)) == 0
        assert support.forget(connection, at=AT + timedelta(days=31)) == 1
        assert support.status(connection, vault, settled) is None
        assert support.status(connection, vault, waiting) is not None
        assert support.forget(connection, at=AT + timedelta(days=400)) == 0
