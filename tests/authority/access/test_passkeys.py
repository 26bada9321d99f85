"""Passkeys: which answers are none, whose they are, and what a lost device leaves."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from tests.authenticator import Authenticator
from tests.authority.identity.desks import AT, CLINIC, LINA, house

from pratique.authority.access import Account, Role, enter, invitations
from pratique.authority.access.passkeys import LASTS, MOST_KEYS, Passkeys, Site
from pratique.authority.store import Vault, reading, writing
from pratique.authority.store.enrolment_tables import holder_key
from pratique.authority.store.passkeys import Owner

ORIGIN = "https://health.example"
SITE = Site("health.example", (ORIGIN,), "Ministry of Health of XA")
SUBJECT = "a" * 32


@pytest.fixture
def own(store: Engine, vault: Vault) -> Passkeys:
    return Passkeys(store, vault, Owner.HOLDER, SITE)


def made(own: Passkeys, device: Authenticator, owner: str = SUBJECT, **changes: Any) -> bool:
    begun = own.begin_making(owner, "certificate", at=AT)
    assert begun is not None
    return own.finish_making(begun.ceremony, owner, device.make(begun.options, **changes), "my telephone", at=AT)


def used(own: Passkeys, device: Authenticator, **changes: Any) -> str | None:
    begun = own.begin_using(at=AT)
    return own.finish_using(begun.ceremony, device.use(begun.options, **changes), at=AT)


@pytest.mark.parametrize(
    "changes",
    [{"origin": "https://health.example.evil"}, {"type": "webauthn.get"}, {"challenge": "AAAA"}, {"domain": "x"}],
)
def test_answers_that_make_no_passkey(own: Passkeys, changes: dict[str, str]) -> None:
    assert not made(own, Authenticator(ORIGIN), **changes)
    assert own.of(SUBJECT) == ()


def test_a_device_that_verifies_nobody_makes_none(own: Passkeys) -> None:
    assert not made(own, Authenticator(ORIGIN, verifies=False))


def test_a_ceremony_is_its_owners_and_good_once_and_for_minutes(own: Passkeys) -> None:
    device = Authenticator(ORIGIN)
    begun = own.begin_making(SUBJECT, "certificate", at=AT)
    assert begun is not None
    answer = device.make(begun.options)
    assert not own.finish_making(begun.ceremony, "b" * 32, answer, "", at=AT)
    assert not own.finish_making(begun.ceremony, SUBJECT, answer, "", at=AT)  # used up
    begun = own.begin_making(SUBJECT, "certificate", at=AT)
    assert begun is not None
    assert not own.finish_making(begun.ceremony, SUBJECT, device.make(begun.options), "", at=AT + LASTS)


def test_what_is_asked_says_nothing_of_anybody(own: Passkeys) -> None:
    device = Authenticator(ORIGIN)
    before = own.begin_using(at=AT).options
    assert made(own, device)
    after = own.begin_using(at=AT).options
    assert before.keys() == after.keys()
    assert {k: v for k, v in before.items() if k != "challenge"} == {k: v for k, v in after.items() if k != "challenge"}
    assert after["userVerification"] == "required"
    assert not after.get("allowCredentials")
    begun = own.begin_making(SUBJECT, "certificate", at=AT)
    assert begun is not None
    assert SUBJECT not in json.dumps(begun.options)


def test_whoever_comes_back_is_known(own: Passkeys) -> None:
    device = Authenticator(ORIGIN)
    assert made(own, device)
    (passkey,) = own.of(SUBJECT)
    assert (passkey.credential.label, passkey.uses, passkey.used) == ("my telephone", 0, None)
    assert used(own, device) == SUBJECT
    assert used(own, device) == SUBJECT
    assert own.of(SUBJECT)[0].uses == 2


def test_devices_that_count_nothing_come_back_too(own: Passkeys) -> None:
    device = Authenticator(ORIGIN, counts=False)
    assert made(own, device)
    assert [used(own, device) for _ in range(3)] == [SUBJECT] * 3


@pytest.mark.parametrize("changes", [{"origin": "https://evil.example"}, {"type": "webauthn.create"}, {"domain": "x"}])
def test_answers_that_sign_nobody_in(own: Passkeys, changes: dict[str, str]) -> None:
    device = Authenticator(ORIGIN)
    assert made(own, device)
    assert used(own, device, **changes) is None
    assert used(own, device) == SUBJECT


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"{}",
        b'{"rawId": 1}',
        b'{"rawId": "*"}',
        b'"x"',
        b'{"rawId": "AAAA"}',
        bytes(70_000),
        b"[" * 900,
        b"[" * 30_000 + b"]" * 30_000,
        b'{"rawId": "\xff"}',
    ],
)
def test_what_is_no_answer(own: Passkeys, answer: bytes) -> None:
    begun = own.begin_using(at=AT)
    assert own.finish_using(begun.ceremony, answer, at=AT) is None
    making = own.begin_making(SUBJECT, "certificate", at=AT)
    assert making is not None
    assert not own.finish_making(making.ceremony, SUBJECT, answer, "", at=AT)


def test_anothers_key_and_a_copy_are_refused(own: Passkeys) -> None:
    device, stranger = Authenticator(ORIGIN), Authenticator(ORIGIN)
    assert made(own, device)
    assert used(own, stranger) is None
    stranger.credential_id = device.credential_id  # the name of a key is no key
    assert used(own, stranger) is None
    assert used(own, device) == SUBJECT
    device.uses = 0  # a copy of it that was made before
    assert used(own, device) is None


def test_an_answer_counts_once(own: Passkeys) -> None:
    device = Authenticator(ORIGIN)
    assert made(own, device)
    begun = own.begin_using(at=AT)
    answer = device.use(begun.options)
    assert own.finish_using(begun.ceremony, answer, at=AT) == SUBJECT
    assert own.finish_using(begun.ceremony, answer, at=AT) is None


def test_a_device_is_nobody_elses(own: Passkeys) -> None:
    device = Authenticator(ORIGIN)
    assert made(own, device)
    assert not made(own, device, "b" * 32)


def test_a_passkey_that_is_taken_away_opens_nothing(own: Passkeys) -> None:
    lost, kept = Authenticator(ORIGIN), Authenticator(ORIGIN)
    assert made(own, lost)
    assert made(own, kept)
    assert own.remove("b" * 32, [lost.credential_id]) == 0
    assert own.remove(SUBJECT, [lost.credential_id]) == 1
    assert used(own, lost) is None
    assert used(own, kept) == SUBJECT


def test_ten_are_enough(own: Passkeys) -> None:
    for _ in range(MOST_KEYS):
        assert made(own, Authenticator(ORIGIN))
    assert own.begin_making(SUBJECT, "certificate", at=AT) is None


def test_a_copy_of_the_database_has_no_key_of_anybody(own: Passkeys, store: Engine) -> None:
    device = Authenticator(ORIGIN)
    assert made(own, device)
    with reading(store) as connection:
        (row,) = connection.execute(select(holder_key)).all()
    whole = b"".join(bytes(value) for value in row if isinstance(value, bytes))
    assert device.credential_id not in whole
    assert b"my telephone" not in whole


def test_a_rotated_vault_still_finds_it(own: Passkeys, store: Engine, vault: Vault) -> None:
    device = Authenticator(ORIGIN)
    assert made(own, device)
    assert used(Passkeys(store, vault.rotated(), Owner.HOLDER, SITE), device) == SUBJECT


# an official's first one


def test_an_invitation_is_good_once_and_for_its_account(store: Engine, vault: Vault) -> None:
    house(store, vault)
    code = invitations.invite(store, vault, "li-na", made_by="operator", at=AT)
    assert invitations.accept(store, vault, "wang-lei", code, at=AT) is None
    assert invitations.accept(store, vault, "li-na", "AAAA-AAAA-AAAA-AAAA", at=AT) is None
    assert invitations.accept(store, vault, "li-na", code, at=AT + invitations.LASTS) is None
    assert invitations.accept(store, vault, "li-na", code.lower(), at=AT + timedelta(hours=1)) == LINA
    assert invitations.accept(store, vault, "li-na", code, at=AT + timedelta(hours=1)) is None


def test_holders_and_strangers_are_not_invited(store: Engine, vault: Vault) -> None:
    house(store, vault)
    with writing(store) as connection:
        enter(connection, Account("somebody", Role.HOLDER), "Somebody", at=AT)
    for account in ("somebody", "nobody"):
        with pytest.raises(LookupError):
            invitations.invite(store, vault, account, made_by="operator", at=AT)
    assert invitations.invite(store, vault, CLINIC.account_id, made_by="operator", at=AT)
