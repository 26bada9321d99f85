"""The queue of cases that people decide: who may, how many must agree, and what is left of it."""

import re
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, select
from tests.authority.identity.desks import AT, COUNTRY, LINA, STRANGERS, WANG, case_of, enrolments, house, known
from tests.authority.identity.scripted import MEIMEI, STRANGER, enrolled, run, started

from pratique.authority.access import Account
from pratique.authority.identity import review
from pratique.authority.identity.answers import Assurance, Cause, Gone
from pratique.authority.identity.matching import ReviewMatcher
from pratique.authority.identity.review import Decision, State, Waiting
from pratique.authority.identity.stored import StoreRegistry
from pratique.authority.store import Vault, looks, reading, reviewing
from pratique.authority.store.enrolment_tables import officer_decision
from pratique.authority.store.enrolment_tables import review as table
from pratique.model.errors import AccessRefused

PICTURE = b"\xff\xd8\xff a picture of somebody"
HOUR = timedelta(hours=1)


def handed_over(
    store: Engine, vault: Vault, document: str = MEIMEI, *, send: bool = True, face: bytes = b"x"
) -> Waiting:
    """Somebody was not confirmed, and sends a picture for people to decide."""
    signing_up = enrolments(house(store, vault))
    code, case = case_of(signing_up, run(lambda: enrolled(signing_up, document, face=face)))
    waiting = review.hand_over(store, vault, case, code=code, country=COUNTRY, consent="2", language="en", at=AT)
    if send:
        assert review.send_picture(store, vault, waiting.name, PICTURE, consent="2", language="zh", at=AT)
    return waiting


def only(store: Engine, account: Account = LINA) -> str:
    (case,) = review.queue(store, account, at=AT)
    return case.review_id


@pytest.mark.parametrize("stranger", STRANGERS)
def test_only_officers_of_enrolment_see_the_queue(store: Engine, vault: Vault, stranger: Account) -> None:
    handed_over(store, vault)
    case = only(store)
    for attempt in (
        lambda: review.queue(store, stranger, at=AT),
        lambda: review.take(store, stranger, case, at=AT),
        lambda: review.look_at(store, vault, stranger, case, at=AT),
        lambda: review.decide(store, vault, stranger, case, Decision.SAME, at=AT),
        lambda: review.by_code(store, vault, stranger, "AAAA-AAAA", at=AT),
    ):
        with pytest.raises(AccessRefused, match="ACCESS_ROLE"):
            attempt()


def test_one_officer_is_not_enough_even_twice(store: Engine, vault: Vault) -> None:
    waiting = handed_over(store, vault)
    case = only(store)
    assert review.decide(store, vault, LINA, case, Decision.SAME, at=AT) is State.OPEN
    assert review.decide(store, vault, LINA, case, Decision.SAME, at=AT) is None
    assert review.outcome(store, vault, waiting.name, at=AT) is State.OPEN
    assert review.claim(store, vault, waiting.name, at=AT) is None


@pytest.mark.parametrize("first", [Decision.SAME, None])
def test_one_who_sees_another_face_is_enough_to_refuse(store: Engine, vault: Vault, first: Decision | None) -> None:
    waiting = handed_over(store, vault)
    case = only(store)
    if first:
        review.decide(store, vault, WANG, case, first, at=AT)
    assert review.decide(store, vault, LINA, case, Decision.DIFFERENT, at=AT) is State.NOT_CONFIRMED
    assert review.claim(store, vault, waiting.name, at=AT) is None
    assert review.decide(store, vault, WANG, case, Decision.SAME, at=AT) is None


def test_a_passport_that_nobody_has_is_confirmed_by_nobody(store: Engine, vault: Vault) -> None:
    waiting = handed_over(store, vault, STRANGER)
    case = only(store)
    before = review.look_at(store, vault, LINA, case, at=AT)
    assert before is not None
    assert (before.known, before.portrait, before.picture) == (None, None, PICTURE)
    assert review.decide(store, vault, LINA, case, Decision.SAME, at=AT) is State.NOT_CONFIRMED
    assert review.outcome(store, vault, waiting.name, at=AT) is State.NOT_CONFIRMED


def test_a_case_is_one_officers_for_ten_minutes(store: Engine, vault: Vault) -> None:
    handed_over(store, vault)
    case = only(store)
    assert review.take(store, LINA, case, at=AT) is None
    assert review.take(store, LINA, case, at=AT) is None
    assert review.take(store, WANG, case, at=AT + timedelta(minutes=9)) == "li-na"
    assert review.take(store, WANG, case, at=AT + timedelta(minutes=10)) is None
    assert review.take(store, WANG, "0" * 32, at=AT) == ""
    assert review.decide(store, vault, WANG, case, Decision.SAME, at=AT + timedelta(minutes=10)) is State.OPEN
    assert review.take(store, WANG, case, at=AT + timedelta(minutes=11)) == ""  # nor kept from the second officer
    assert review.take(store, LINA, case, at=AT + timedelta(minutes=11)) is None


def test_a_picture_is_sent_once_and_only_to_its_own_case(store: Engine, vault: Vault) -> None:
    waiting = handed_over(store, vault, send=False)
    assert review.queue(store, LINA, at=AT) == ()  # without a picture it waits for a desk
    assert not review.send_picture(store, vault, "0" * 32, PICTURE, consent="2", language="en", at=AT)
    assert review.send_picture(store, vault, waiting.name, PICTURE, consent="2", language="en", at=AT)
    assert not review.send_picture(store, vault, waiting.name, b"another", consent="2", language="en", at=AT)
    for wrong in (b"", bytes(review.MAX_PICTURE + 1)):
        with pytest.raises(ValueError, match="octets"):
            review.send_picture(store, vault, waiting.name, wrong, consent="2", language="en", at=AT)


def test_two_who_agree_let_somebody_in_once(store: Engine, vault: Vault) -> None:
    waiting = handed_over(store, vault, face=b"meimei/0.55")
    case = only(store)
    before = review.look_at(store, vault, LINA, case, at=AT)
    assert before is not None
    assert (before.cause, before.portrait, before.picture, before.others) == (
        Cause.INCONCLUSIVE, b"meimei", PICTURE, 0,
    )  # fmt: skip
    assert before.zone is not None
    assert before.zone.number == MEIMEI
    review.decide(store, vault, LINA, case, Decision.SAME, at=AT)
    second = review.look_at(store, vault, WANG, case, at=AT)
    assert second is not None
    assert second.others == 1
    assert review.decide(store, vault, WANG, case, Decision.SAME, at=AT) is State.CONFIRMED
    assert review.queue(store, LINA, at=AT) == ()
    assert review.claim(store, vault, "0" * 32, at=AT) is None
    who = review.claim(store, vault, waiting.name, at=AT + HOUR)
    assert who is not None
    assert who.subject_id == known(store, vault).subject_id
    assert review.claim(store, vault, waiting.name, at=AT + HOUR) is None
    holder = enrolments(house_of(store, vault)).admit(who, Assurance.REVIEW, at=AT + HOUR)
    assert (holder.person_id, holder.assurance) == (known(store, vault).person_id, "review")
    with reading(store) as connection:
        seen = looks.of(connection, who.person_id)
        agreed = reviewing.consents(connection, who.subject_id or "")
    assert {(each.account_id, each.purpose, each.items) for each in seen} == {
        ("wang-lei", "enrolment", "identity portrait"),
        ("li-na", "enrolment", "identity portrait"),
    }
    assert [(each.purpose, each.version, each.language) for each in agreed] == [("review", "2", "zh")]


def house_of(store: Engine, vault: Vault) -> StoreRegistry:
    return StoreRegistry(store, vault, country=COUNTRY)


def test_a_new_picture_is_asked_for_by_one(store: Engine, vault: Vault) -> None:
    waiting = handed_over(store, vault)
    assert review.decide(store, vault, LINA, only(store), Decision.NEW_PICTURE, at=AT) is State.NEW_PICTURE
    assert review.outcome(store, vault, waiting.name, at=AT) is State.NEW_PICTURE


def test_everything_comes_here_where_no_matcher_is(store: Engine, vault: Vault) -> None:
    signing_up = enrolments(house(store, vault), ReviewMatcher())
    code, case = case_of(signing_up, run(lambda: enrolled(signing_up)))
    assert case.cause is Cause.NOT_SEEN
    review.hand_over(store, vault, case, code=code, country=COUNTRY, consent="2", language="en", at=AT)
    assert review.by_code(store, vault, LINA, code, at=AT) is not None
    assert review.by_code(store, vault, LINA, "AAAA-AAAA", at=AT) is None


def test_whoever_declines_comes_here_and_a_child_too(store: Engine, vault: Vault) -> None:
    signing_up = enrolments(house(store, vault))

    async def declines() -> object:
        begun = await started(signing_up)
        told = await signing_up.decline(begun.session, at=AT)
        assert isinstance(await signing_up.finish(begun.session, at=AT), Gone)
        return told

    code, case = case_of(signing_up, run(declines))
    assert case.cause is Cause.DECLINED
    first = review.hand_over(store, vault, case, code=code, country=COUNTRY, consent="2", language="en", at=AT)
    assert first.code == code


def test_a_code_that_names_a_case_already_gives_way_to_another(store: Engine, vault: Vault) -> None:
    """Two processes may draw the same one in a week; the person is told the one that names theirs."""
    signing_up = enrolments(house(store, vault))
    code, case = case_of(signing_up, run(lambda: enrolled(signing_up, face=b"weiwei")))
    hand_over = partial(review.hand_over, store, vault, case, country=COUNTRY, consent="2", language="en", at=AT)
    first, second = hand_over(code=code), hand_over(code=code)
    assert first.code == code != second.code
    assert re.fullmatch(r"[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}", second.code)
    found = [review.by_code(store, vault, LINA, each.code, at=AT) for each in (first, second)]
    assert None not in found
    assert found[0] != found[1]


# what is left of it


def test_the_picture_goes_with_the_decision(store: Engine, vault: Vault) -> None:
    handed_over(store, vault)
    case = only(store)
    review.decide(store, vault, LINA, case, Decision.DIFFERENT, at=AT)
    with reading(store) as connection:
        row = connection.execute(select(table)).mappings().one()
    assert (row["picture"], row["about"]) == (None, None)


def test_after_a_week_nothing_is_left_but_who_decided(store: Engine, vault: Vault) -> None:
    waiting = handed_over(store, vault)
    review.decide(store, vault, LINA, only(store), Decision.SAME, at=AT)
    for later in (AT + review.LASTS, AT + timedelta(days=30)):
        assert review.outcome(store, vault, waiting.name, at=later) is None
        assert review.queue(store, LINA, at=later) == ()
    assert review.forget(store, at=AT + review.LASTS - timedelta(seconds=1))["review"] == 0
    assert review.forget(store, at=AT + review.LASTS)["review"] == 1
    with reading(store) as connection:
        assert connection.execute(select(table)).all() == []
        assert [row.account_id for row in connection.execute(select(officer_decision))] == ["li-na"]


def test_a_copy_of_the_database_shows_neither_name_nor_face(store: Engine, vault: Vault) -> None:
    waiting = handed_over(store, vault)
    with reading(store) as connection:
        rows = connection.execute(select(table)).all()
    for secret in (PICTURE, MEIMEI.encode(), waiting.name.encode(), waiting.code.encode()):
        assert secret not in repr(rows).encode() + b"".join(
            bytes(x) for row in rows for x in row if isinstance(x, bytes)
        )
