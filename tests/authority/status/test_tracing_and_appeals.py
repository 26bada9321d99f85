"""Contacts and observations by two officials; appeals with a clock; and the counts of a day."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from tests.authority.status import scenes
from tests.authority.status.scenes import (
    AT,
    CLINIC,
    GATE,
    MET,
    NEGATIVE,
    NORTH,
    NORTH_TOO,
    POLICY,
    SOUTH,
    TODAY,
    WEST,
    ZONE,
    own,
    person,
    record,
    set_by_hand,
    staffed,
    swab,
)

from pratique.authority.access import Account, Role, who_looked
from pratique.authority.status import appeals, assigning, codes, counting, officials, tracing
from pratique.authority.status.appeals import Ground
from pratique.authority.status.counting import Published
from pratique.authority.status.tracing import Met, Stay
from pratique.authority.store import Vault, daily, health, reading, status, writing
from pratique.authority.store.asking import State, Words
from pratique.authority.store.daily import Count
from pratique.authority.store.people import Known
from pratique.colour import Colour
from pratique.model.errors import AccessRefused, MalformedRecord, StatusRefused
from pratique.model.facts import ContactKind, ObservationKind
from pratique.model.reasons import Reason

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WORDS = Words("I was abroad that day.", b"%PDF a ticket")
BOTH = (NORTH, SOUTH)


@pytest.fixture
def meimei(store: Engine, vault: Vault) -> Known:
    staffed(store)
    return person(store, vault)


@pytest.fixture
def case(store: Engine, vault: Vault, meimei: Known) -> tuple[str, str]:
    ill = person(store, vault, 2, "Lei")
    return ill.person_id, record(store, ill.person_id, swab())


def colour(store: Engine, known: Known, at: Any = AT) -> Colour:
    with reading(store) as connection:
        return codes.code_of(connection, known.person_id, POLICY, at=at, zone=ZONE).colour


# establishing


@pytest.mark.parametrize("by", [(NORTH, NORTH), (NORTH, NORTH_TOO)])
def test_one_office_establishes_nothing(store: Engine, vault: Vault, meimei: Known, case: Any, by: Any) -> None:
    with pytest.raises(StatusRefused, match="STATUS_OFFICES"):
        tracing.establish(store, vault, by, meimei.person_id, MET, case=case, at=AT)
    assert tracing.establish(store, vault, BOTH, meimei.person_id, MET, case=case, at=AT)


@pytest.mark.parametrize("other", [CLINIC, GATE, Account("nobody", Role.HEALTH_AUTHORITY)])
def test_nobody_else_does(store: Engine, vault: Vault, meimei: Known, case: Any, other: Account) -> None:
    for by in ((NORTH, other), (other, SOUTH)):
        with pytest.raises(AccessRefused):
            tracing.establish(store, vault, by, meimei.person_id, MET, case=case, at=AT)


def test_a_case_is_somebody_elses_positive_test_that_stands(store: Engine, vault: Vault, meimei: Known) -> None:
    ill = person(store, vault, 2, "Lei")
    negative = record(store, ill.person_id, swab(5, NEGATIVE), 1)
    old = record(store, ill.person_id, swab(15 * 24), 2)
    of_herself = record(store, meimei.person_id, swab(9), 3)
    for wrong in (
        (ill.person_id, negative), (ill.person_id, old), (ill.person_id, "f" * 32), (meimei.person_id, of_herself),
    ):  # fmt: skip
        with pytest.raises(StatusRefused, match="STATUS_EVIDENCE"):
            tracing.establish(store, vault, BOTH, meimei.person_id, MET, case=wrong, at=AT)


def test_one_person_at_a_time(store: Engine, vault: Vault, meimei: Known, case: Any) -> None:
    many: Any = [meimei.person_id] * 2
    with pytest.raises(StatusRefused, match="STATUS_BULK"):
        tracing.establish(store, vault, BOTH, many, MET, case=case, at=AT)


def test_fifty_are_one_persons_however_often_they_were_tested(
    store: Engine, vault: Vault, meimei: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "OF_A_CASE", 2)
    ill = person(store, vault, 2, "Lei")
    cases = [(ill.person_id, record(store, ill.person_id, swab(hours), number)) for number, hours in ((1, 6), (2, 30))]
    others = [person(store, vault, number, "Fang") for number in range(3, 6)]
    for known, case in zip(others, cases, strict=False):
        tracing.establish(store, vault, BOTH, known.person_id, MET, case=case, at=AT)
    for case in cases:
        with pytest.raises(StatusRefused, match="STATUS_BULK"):
            tracing.establish(store, vault, BOTH, meimei.person_id, MET, case=case, at=AT + HOUR)
    with pytest.raises(StatusRefused, match="STATUS_BULK"):
        tracing.propose(store, vault, NORTH, meimei, MET, ill=ill, at=AT + HOUR)
    once_more = Stay(ObservationKind.HOME, TODAY, TODAY + DAY)  # of somebody who counts already
    assert tracing.establish(store, vault, BOTH, others[0].person_id, once_more, case=cases[1], at=AT + HOUR)
    new = (ill.person_id, record(store, ill.person_id, swab(-15 * 24), 9))
    assert tracing.establish(store, vault, BOTH, meimei.person_id, MET, case=new, at=AT + 15 * DAY)


def test_a_corrected_test_still_counts_for_the_fifty(
    store: Engine, vault: Vault, meimei: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "OF_A_CASE", 1)
    ill, other = person(store, vault, 2, "Lei"), person(store, vault, 3, "Fang")
    first, second = (record(store, ill.person_id, swab(hours), number) for number, hours in ((1, 6), (2, 7)))
    tracing.establish(store, vault, BOTH, other.person_id, MET, case=(ill.person_id, first), at=AT)
    with writing(store) as connection:
        (kept,) = [each for each in health.records_of(connection, ill.person_id) if each.record_id == first]
        decided = health.Correction(health.Ground.WRONG_FIELD, WEST.account_id)
        assert health.supersede(connection, vault, kept, second, decided, at=int(AT.timestamp()))
    with pytest.raises(StatusRefused, match="STATUS_BULK"):
        tracing.establish(store, vault, BOTH, meimei.person_id, MET, case=(ill.person_id, second), at=AT)


def test_a_stay_has_an_end() -> None:
    for first, last in ((TODAY, TODAY - DAY), (TODAY, TODAY + 22 * DAY)):
        with pytest.raises(ValueError, match="three weeks"):
            Stay(ObservationKind.HOME, first, last)


@pytest.mark.parametrize("days", [2, 20])
def test_a_case_of_today_is_no_reason_for_a_later_year(
    store: Engine, vault: Vault, meimei: Known, case: Any, days: int
) -> None:  # fmt: skip
    later = TODAY + timedelta(days=days)
    fact = Met(ContactKind.CLOSE, later) if days == 2 else Stay(ObservationKind.HOME, later, later)
    with pytest.raises(ValueError, match="a contact was"):
        tracing.establish(store, vault, (NORTH, SOUTH), meimei.person_id, fact, case=case, at=AT)
    with reading(store) as connection:
        assert status.decided_against(connection, meimei.person_id) == {}


def test_what_is_established_is_a_colour_and_the_holder_is_told(
    store: Engine, vault: Vault, meimei: Known, case: Any
) -> None:
    stay = Stay(ObservationKind.HOME, TODAY, TODAY + 3 * DAY)
    for fact, kind in ((MET, tracing.CONTACT), (stay, tracing.STAY)):
        fact_id = tracing.establish(store, vault, BOTH, meimei.person_id, fact, case=case, at=AT)
        with reading(store) as connection:
            assert (kind, fact_id) in {
                (each.kind, each.about_id) for each in status.notices(connection, meimei.person_id)
            }
    assert colour(store, meimei) is Colour.YELLOW
    assert colour(store, meimei, AT + 9 * DAY) is Colour.UNKNOWN


def test_neither_with_whom_nor_where_is_kept(store: Engine, vault: Vault, meimei: Known, case: Any) -> None:
    fact_id = tracing.establish(store, vault, BOTH, meimei.person_id, MET, case=case, at=AT)
    with reading(store) as connection:
        answers = status.answers_for(connection, meimei.person_id, fact_id)
        stated = status.decided_against(connection, meimei.person_id)[fact_id]
    assert case[0] not in repr((answers, stated))
    assert set(answers) == {"first_by", "first_office", "second_by", "second_office"}


# proposed by one, confirmed by another who has the file of the case


@pytest.fixture
def lei(store: Engine, vault: Vault, meimei: Known) -> Known:
    ill = person(store, vault, 2, "Lei")
    record(store, ill.person_id, swab())
    return ill


@pytest.mark.parametrize("fact", [MET, Stay(ObservationKind.HOME, TODAY, TODAY + 3 * DAY)])
def test_what_one_proposes_another_office_confirms(
    store: Engine, vault: Vault, meimei: Known, lei: Known, fact: Any
) -> None:
    asked = tracing.propose(store, vault, NORTH, meimei, fact, ill=lei, at=AT)
    (waits,) = officials.waiting(store, SOUTH, tracing.CAUSES, at=AT + HOUR)
    assert (waits.proposal_id, waits.office) == (asked.proposal_id, "north")
    assert colour(store, meimei, AT + HOUR) is Colour.UNKNOWN
    key = asked.proposal_id
    for same in (NORTH, NORTH_TOO):
        with pytest.raises(StatusRefused, match="STATUS_OFFICES"):
            tracing.approve(store, vault, same, meimei, key, ill=lei, at=AT + HOUR)
    assert tracing.read(store, vault, SOUTH, meimei.person_id, key, at=AT + HOUR) == fact
    assert tracing.approve(store, vault, SOUTH, meimei, key, ill=lei, at=AT + HOUR) == key
    assert colour(store, meimei, AT + HOUR) in (Colour.YELLOW, Colour.RED)
    assert officials.waiting(store, SOUTH, tracing.CAUSES, at=AT + HOUR) == ()
    with pytest.raises(StatusRefused, match="STATUS_EVIDENCE"):
        tracing.approve(store, vault, WEST, meimei, key, ill=lei, at=AT + HOUR)
    with reading(store) as connection:
        assert len(status.notices(connection, meimei.person_id)) == 1
        seen = {each.account_id for each in who_looked(connection, own(store, lei, AT + 2 * HOUR))}
    assert {NORTH.account_id, SOUTH.account_id} <= seen


def test_the_second_names_person_and_case_again(store: Engine, vault: Vault, meimei: Known, lei: Known) -> None:
    key = tracing.propose(store, vault, NORTH, meimei, MET, ill=lei, at=AT).proposal_id
    other = person(store, vault, 3, "Fang")
    record(store, other.person_id, swab(), 3)
    for known, ill, at in ((other, lei, AT), (meimei, other, AT), (meimei, meimei, AT), (meimei, lei, AT + DAY)):
        with pytest.raises(StatusRefused, match="STATUS_EVIDENCE"):
            tracing.approve(store, vault, SOUTH, known, key, ill=ill, at=at)
    assert tracing.approve(store, vault, SOUTH, meimei, key, ill=lei, at=AT + DAY - timedelta(seconds=1))


def test_what_nobody_may_propose(store: Engine, vault: Vault, meimei: Known, lei: Known) -> None:
    many: Any = [meimei] * 2
    with pytest.raises(StatusRefused, match="STATUS_BULK"):
        tracing.propose(store, vault, NORTH, many, MET, ill=lei, at=AT)
    for ill in (meimei, person(store, vault, 3, "Fang")):
        with pytest.raises(StatusRefused, match="STATUS_EVIDENCE"):
            tracing.propose(store, vault, NORTH, meimei, MET, ill=ill, at=AT)
    for nobody in (CLINIC, GATE, Account("nobody", Role.HEALTH_AUTHORITY)):
        with pytest.raises(AccessRefused):
            tracing.propose(store, vault, nobody, meimei, MET, ill=lei, at=AT)
        with pytest.raises(AccessRefused):
            officials.waiting(store, nobody, tracing.CAUSES, at=AT)


def test_a_proposal_keeps_no_case_and_is_no_code(store: Engine, vault: Vault, meimei: Known, lei: Known) -> None:
    key = tracing.propose(store, vault, NORTH, meimei, MET, ill=lei, at=AT).proposal_id
    with reading(store) as connection:
        kept = status.proposal(connection, vault, meimei.person_id, key)
        assert status.signed_by_hand(connection, NORTH.account_id, since=0) == set()
    assert kept is not None
    assert lei.person_id not in repr(kept)
    with pytest.raises(StatusRefused, match="STATUS_EVIDENCE"):
        assigning.approve(store, vault, SOUTH, meimei, key, facilities=scenes.FACILITIES, at=AT)


# appeals


def appeal(store: Engine, vault: Vault, known: Known, about: str, at: Any = AT) -> str:
    return appeals.open_appeal(store, vault, own(store, known, at), about, WORDS, at=at).appeal_id


def contact(store: Engine, vault: Vault, known: Known, case: Any) -> str:
    return tracing.establish(store, vault, BOTH, known.person_id, MET, case=case, at=AT)


def by_hand(store: Engine, vault: Vault, known: Known, _: Any) -> str:
    return set_by_hand(store, vault, known)


ADVERSE = [(contact, Colour.YELLOW), (by_hand, Colour.RED)]


@pytest.mark.parametrize("adverse", ADVERSE)
def test_past_its_clock_the_fact_counts_no_more_until_somebody_decides(
    store: Engine, vault: Vault, meimei: Known, case: Any, adverse: Any
) -> None:
    decide, shown = adverse
    key = appeal(store, vault, meimei, decide(store, vault, meimei, case))
    assert colour(store, meimei, AT + 24 * HOUR - timedelta(seconds=1)) is shown
    assert colour(store, meimei, AT + 24 * HOUR) is Colour.UNKNOWN
    (waiting,) = appeals.queue(store, WEST, at=AT + 25 * HOUR)
    assert (waiting.appeal.appeal_id, waiting.late) == (key, True)
    appeals.decide(store, WEST, key, State.NOT_ACCEPTED, Ground.CONFIRMED, at=AT + 26 * HOUR)
    assert colour(store, meimei, AT + 26 * HOUR) is shown


@pytest.mark.parametrize("adverse", ADVERSE)
def test_an_accepted_appeal_ends_it_at_once_and_for_good(
    store: Engine, vault: Vault, meimei: Known, case: Any, adverse: Any
) -> None:
    decide, shown = adverse
    key = appeal(store, vault, meimei, decide(store, vault, meimei, case))
    assert colour(store, meimei) is shown
    assert (
        appeals.decide(store, WEST, key, State.MORE_NEEDED, Ground.LETTER_NEEDED, at=AT + HOUR).state
        is State.MORE_NEEDED
    )
    appeals.decide(store, WEST, key, State.ACCEPTED, Ground.SHOWN, at=AT + 2 * HOUR)
    assert colour(store, meimei, AT + 2 * HOUR) is Colour.UNKNOWN
    with pytest.raises(MalformedRecord):
        appeals.decide(store, WEST, key, State.NOT_ACCEPTED, Ground.CONFIRMED, at=AT + 3 * HOUR)
    assert appeals.queue(store, WEST, at=AT + 3 * HOUR) == ()
    with reading(store) as connection:
        told = [each.kind for each in status.notices(connection, meimei.person_id)]
    assert told.count(appeals.ANSWERED) == 2


@pytest.mark.parametrize("adverse", ADVERSE)
def test_nobody_decides_about_their_own_offices_work(
    store: Engine, vault: Vault, meimei: Known, case: Any, adverse: Any
) -> None:
    decide, shown = adverse
    key = appeal(store, vault, meimei, decide(store, vault, meimei, case))
    for desk in (NORTH, SOUTH, NORTH_TOO):
        with pytest.raises(StatusRefused, match="STATUS_OFFICES"):
            appeals.decide(store, desk, key, State.NOT_ACCEPTED, Ground.CONFIRMED, at=AT + HOUR)
    assert colour(store, meimei, AT + HOUR) is shown


def test_what_one_cannot_appeal_against(store: Engine, vault: Vault, meimei: Known, case: Any) -> None:
    other = person(store, vault, 3, "Fang")
    about = contact(store, vault, meimei, case)
    for known, fact in ((meimei, "f" * 32), (other, about)):
        with pytest.raises(MalformedRecord, match="RECORD_UNKNOWN"):
            appeal(store, vault, known, fact)
    appeal(store, vault, meimei, about)
    with pytest.raises(MalformedRecord, match="RECORD_UNKNOWN"):
        appeal(store, vault, meimei, about)


def test_a_desk_reads_one_after_it_was_written_down_and_others_read_none(
    store: Engine, vault: Vault, meimei: Known, case: Any
) -> None:
    key = appeal(store, vault, meimei, contact(store, vault, meimei, case))
    for nobody in (CLINIC, GATE, Account("official-west", Role.AUDITOR)):
        with pytest.raises(AccessRefused):
            appeals.queue(store, nobody, at=AT)
        with pytest.raises(AccessRefused):
            appeals.read(store, vault, nobody, key, at=AT)
    opened = appeals.read(store, vault, WEST, key, at=AT)
    assert (opened.words, opened.late) == (WORDS, False)
    assert opened.against["first_office"] == "north"
    look = own(store, meimei)
    with reading(store) as connection:
        assert WEST.account_id in {each.account_id for each in who_looked(connection, look)}
        assert [each.state for each in appeals.own_appeals(connection, look)] == [State.RECEIVED]
    with pytest.raises(MalformedRecord):
        appeals.read(store, vault, WEST, "f" * 32, at=AT)
    with pytest.raises(ValueError, match="ground"):
        appeals.decide(store, WEST, key, State.ACCEPTED, Ground.CONFIRMED, at=AT)
    with pytest.raises(ValueError, match="further"):
        appeals.decide(store, WEST, key, State.RECEIVED, Ground.SHOWN, at=AT)


# counts


def test_small_numbers_are_hidden_and_green_is_not_counted(store: Engine, vault: Vault, case: Any) -> None:
    for number in range(3, 14):
        known = person(store, vault, number, "Fang")
        fact = MET if number < 13 else Stay(ObservationKind.HOSPITAL, TODAY, TODAY)
        tracing.establish(store, vault, BOTH, known.person_id, fact, case=case, at=AT)
    assert counting.count(store, POLICY, at=AT, zone=ZONE) == 3
    assert counting.count(store, POLICY, at=AT + HOUR, zone=ZONE) == 0
    with reading(store) as connection:
        lines = counting.published(connection, TODAY)
        assert counting.published(connection, TODAY - DAY) == ()
    head = (TODAY, POLICY.identifier)
    assert lines == (
        Published(*head, "red", "observation", False, None),
        Published(*head, "red", "positive_test", False, None),
        Published(*head, "yellow", "contact", False, 10),
    )


@pytest.mark.parametrize(("people", "shown"), [(1, None), (9, None), (10, 10)])
def test_fewer_than_ten(store: Engine, people: int, shown: int | None) -> None:
    with writing(store) as connection:
        daily.write(connection, [Count(TODAY.toordinal(), "P", "red", "contact", 1, people)])
        (line,) = counting.published(connection, TODAY)
    assert (line.people, line.by_hand) == (shown, True)


def test_after_the_policy_nobody_is_counted(store: Engine) -> None:
    assert POLICY.sunset is not None
    with pytest.raises(StatusRefused) as refused:
        counting.count(store, POLICY, at=POLICY.sunset, zone=ZONE)
    assert refused.value.reasons == (Reason.STATUS_ENDED,)
