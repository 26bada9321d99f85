"""Message 6.5: an app asks to be let in, two people of the authority decide, and the answer says how it stands."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import Engine

from pratique.authority.access import Account, Role, applying, clients, enter, find_account
from pratique.authority.access.applying import Admission, State
from pratique.authority.issuance import jointly
from pratique.authority.records import national
from pratique.authority.records.intake import Outcome
from pratique.authority.records.sources import Source
from pratique.authority.store import Vault, reading, writing
from pratique.model.errors import AccessRefused
from pratique.model.reasons import Reason

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ANNE, BO, NURSE = (
    Account("anne", Role.HEALTH_AUTHORITY),
    Account("bo", Role.HEALTH_AUTHORITY),
    Account("nurse", Role.CLINIC),
)
KEY = ECKey.generate_key("P-256", {"kid": "k-1"})
ASKED = {
    "bizSeqNo": "P-1", "appId": "xian-code", "name": "Xi'an Health Code", "country": "CN", "division": "610100",
    "keys": {"keys": [KEY.as_dict(private=False)]},
}  # fmt: skip
ADDRESS = "https://pratique.example/v1/token"
Ask = Callable[..., national.Applied]


@pytest.fixture
def ask(store: Engine) -> Ask:
    with writing(store) as connection:
        for each in (ANNE, BO, NURSE):
            enter(connection, each, each.account_id, at=AT - DAY)

    def asked(at: datetime = AT, **changed: object) -> national.Applied:
        return national.apply(store, json.dumps(ASKED | changed).encode(), at=at)

    return asked


def waits(store: Engine, at: datetime = AT) -> Admission:
    with reading(store) as connection:
        (found,) = applying.waiting(connection, ANNE, at=at)
    return Admission(found.application_id)


def proposed(store: Engine, admission: Admission, by: Account = ANNE, at: datetime = AT) -> str:
    with writing(store) as connection:
        return jointly.propose(connection, admission, by, at=at)


def confirmed(store: Engine, act_id: str, by: Account = BO, at: datetime = AT) -> None:
    with writing(store) as connection:
        assert jointly.confirm(connection, act_id, by, at=at) is not None


def signs_in(store: Engine, vault: Vault) -> clients.Client | None:
    claims = {"iss": "xian-code", "sub": "xian-code", "aud": ADDRESS, "jti": "1", "exp": int(AT.timestamp()) + 100}
    assertion = jwt.encode({"alg": "ES256", "kid": "k-1"}, claims, KEY)
    return clients.authenticate(store, vault, assertion, audience=ADDRESS, at=AT)


@pytest.mark.parametrize("message", [b"", b"{", b"[]", b"\xff", b'{"bizSeqNo": 1}', b"[" * 100_000, b"null"])
def test_what_is_no_application_is_refused(store: Engine, message: bytes) -> None:
    told = national.apply(store, message, at=AT)
    assert (told.outcome, told.reasons, told.state) == (Outcome.REFUSED, (Reason.RECORD_KIND,), None)


@pytest.mark.parametrize(
    ("place", "changed"),
    [
        ("appId", {"appId": "Xi'an"}),
        ("appId", {"appId": ""}),
        ("appId", {"appId": "a" * 65}),
        ("appId", {"appId": "xian-code\n"}),
        ("name", {"name": " "}),
        ("name", {"name": "x" * 81}),
        ("name", {"name": "Xi'an\u202eCode"}),
        ("country", {"country": "ZZ"}),
        ("division", {"division": "61"}),
        ("division", {"division": "６１０１００"}),
        ("bizSeqNo", {"bizSeqNo": ""}),
        ("bizSeqNo", {"bizSeqNo": "x" * 65}),
        ("keys", {"keys": {}}),
        ("keys", {"keys": {"keys": []}}),
        ("keys", {"keys": {"keys": [{"kty": "oct", "kid": "k", "k": "AAAA"}]}}),
        ("keys", {"keys": {"keys": [KEY.as_dict(private=True)]}}),
        ("keys", {"keys": {"keys": [KEY.as_dict(private=False) | {"kid": "k" * 8200}]}}),
    ],
)
def test_a_field_that_cannot_be_is_named_and_not_quoted(
    ask: Ask, store: Engine, place: str, changed: dict[str, object]
) -> None:
    told = ask(**changed)
    assert (told.outcome, told.reasons) == (Outcome.REFUSED, (Reason.RECORD_FIELD_INVALID,))
    assert told.place.partition(":")[0] == place
    with reading(store) as connection:
        assert not applying.waiting(connection, ANNE, at=AT)


@pytest.mark.parametrize("name", ["anne", "nurse", "holder-0123456789abcdef0123456789abcdef"])
def test_a_name_that_is_taken_or_a_holders_is_refused(ask: Ask, name: str) -> None:
    told = ask(appId=name)
    assert (told.outcome, told.reasons, told.place) == (Outcome.REFUSED, (Reason.ACCESS_APPLICATION,), "appId")


def test_one_person_lets_nobody_in(ask: Ask, store: Engine, vault: Vault) -> None:
    assert ask().state is State.WAITING
    act_id = proposed(store, waits(store))
    with pytest.raises(AccessRefused, match="ACCESS_SECOND_PERSON"):
        confirmed(store, act_id, ANNE)
    with pytest.raises(AccessRefused, match="ACCESS_ROLE"):
        confirmed(store, act_id, NURSE)
    with reading(store) as connection, pytest.raises(AccessRefused, match="ACCESS_ROLE"):
        applying.waiting(connection, NURSE, at=AT)
    assert ask().state is State.WAITING
    assert signs_in(store, vault) is None


def test_two_people_let_it_in_and_it_signs_in_with_its_key(ask: Ask, store: Engine, vault: Vault) -> None:
    first = ask()
    assert (first.outcome, first.state, first.until) == (Outcome.TAKEN, State.WAITING, AT + 30 * DAY)
    assert signs_in(store, vault) is None
    confirmed(store, proposed(store, waits(store)))
    again = ask()
    assert (again.outcome, again.state) == (Outcome.KNOWN, State.GRANTED)
    client = signs_in(store, vault)
    assert client is not None
    assert client.account == Account("xian-code", Role.LOCAL_CODE)
    source = Source("xian-code", "Xi'an Health Code", "CN", "CHN", "self_declared")
    assert json.loads(client.source or "")["source_id"] == source.source_id
    with reading(store) as connection:
        assert find_account(connection, "xian-code", at=AT) == client.account
        assert not applying.waiting(connection, ANNE, at=AT)
    # its name is given once: the same app under another number, or another under its name
    assert ask(bizSeqNo="P-2").reasons == (Reason.ACCESS_APPLICATION,)


def test_anybody_turns_it_down_proposed_or_not_and_a_new_number_asks_again(ask: Ask, store: Engine) -> None:
    ask()
    admission = waits(store)
    act_id = proposed(store, admission)
    with writing(store) as connection:
        jointly.turn_away(connection, admission, BO, at=AT)
    assert (ask().outcome, ask().state) == (Outcome.KNOWN, State.TURNED_DOWN)
    with pytest.raises(AccessRefused, match="ACCESS_APPLICATION"):
        confirmed(store, act_id)  # what was proposed before is of no use any more
    with pytest.raises(AccessRefused, match="ACCESS_APPLICATION"):
        proposed(store, admission)
    assert ask(bizSeqNo="P-2").state is State.WAITING


def test_of_two_under_one_name_the_second_is_refused_when_it_is_decided(ask: Ask, store: Engine) -> None:
    ask()
    ask(bizSeqNo="P-2")
    with reading(store) as connection:
        acts = [Admission(each.application_id) for each in applying.waiting(connection, ANNE, at=AT)]
    first, second = (proposed(store, each) for each in acts)
    confirmed(store, first)
    with pytest.raises(AccessRefused, match="its name is taken"):
        confirmed(store, second)
    with writing(store) as connection:  # it can be granted no more, and leaves the queue all the same
        jointly.turn_away(connection, acts[1], BO, at=AT)
    with reading(store) as connection:
        assert not applying.waiting(connection, ANNE, at=AT)


def test_what_nobody_decides_is_over_and_a_proposal_in_time_still_counts(ask: Ask, store: Engine) -> None:
    ask()
    admission, late = waits(store), AT + 30 * DAY
    assert ask(late).state is State.OVER
    with pytest.raises(AccessRefused, match="ACCESS_APPLICATION"):
        proposed(store, admission, at=late)
    act_id = proposed(store, admission, at=late - DAY)
    assert ask(late).state is State.WAITING
    confirmed(store, act_id, at=late + DAY)
    assert ask(late + DAY).state is State.GRANTED


def test_a_proposal_that_waited_too_long_can_be_made_again(ask: Ask, store: Engine) -> None:
    ask()
    proposed(store, waits(store))
    later = AT + 4 * DAY
    confirmed(store, proposed(store, waits(store, later), at=later), at=later)
    assert ask(later).state is State.GRANTED


def test_only_so_many_wait_at_once(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "MOST_WAITING", 2)
    assert [ask(bizSeqNo=f"P-{number}").outcome for number in range(3)] == [
        Outcome.TAKEN,
        Outcome.TAKEN,
        Outcome.REFUSED,
    ]
    assert ask(bizSeqNo="P-1").state is State.WAITING
