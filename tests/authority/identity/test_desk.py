"""A desk: two officers for each act, and what it mends; one who acts for another, until the end of it."""

from datetime import date, datetime, timedelta

import pytest
from msgspec import structs
from sqlalchemy import Engine, select
from tests.authority.identity.desks import AT, CHILD, LINA, MEIMEI, STRANGERS, WANG, house, known
from tests.authority.identity.scripted import registered

from pratique.authority.access import Account
from pratique.authority.identity import desk, proxies, review
from pratique.authority.identity.desk import Admit, Agreed, Delegate, Done, End, Enter, ForgetKeys, Renew, Seen, Stop
from pratique.authority.identity.proxies import Ground, may_last_until
from pratique.authority.store import Vault, looks, passkeys, people, reading, reviewing, writing
from pratique.authority.store.enrolment_tables import desk_act
from pratique.authority.store.passkeys import Credential, Owner
from pratique.authority.store.people import Papers
from pratique.model import names
from pratique.model.dates import PartialDate
from pratique.model.errors import AccessRefused
from pratique.sandbox.traveller import PASSPORT

NAME = names.name("Okoro", "Ada")
FOREIGN = structs.replace(
    PASSPORT, country="D", number="C01X00T47", family_icao="OKORO", given_icao="ADA", birth_date="880201"
)
DAY = timedelta(days=1)


def confirmed(store: Engine, vault: Vault, act: desk.Act, at: datetime = AT) -> Done:
    act_id = desk.propose(store, vault, LINA, act, at=at)
    done = desk.confirm(store, vault, WANG, act_id, agrees=True, at=at)
    assert isinstance(done, Done)
    return done


@pytest.mark.parametrize("stranger", STRANGERS)
def test_only_officers_act(store: Engine, vault: Vault, stranger: Account) -> None:
    house(store, vault)
    act = Admit(known(store, vault).subject_id, Seen.PASSPORT)
    act_id = desk.propose(store, vault, LINA, act, at=AT)
    for attempt in (
        lambda: desk.propose(store, vault, stranger, act, at=AT),
        lambda: desk.waiting(store, stranger, at=AT),
        lambda: desk.look_at(store, vault, stranger, act_id, at=AT),
        lambda: desk.confirm(store, vault, stranger, act_id, agrees=True, at=AT),
        lambda: desk.find(store, vault, stranger, MEIMEI, at=AT),
        lambda: desk.delegations(store, vault, stranger, act.subject_id, at=AT),
        lambda: desk.end(store, vault, stranger, End(act.subject_id, act.subject_id), at=AT),
    ):
        with pytest.raises(AccessRefused, match="ACCESS_ROLE"):
            attempt()


def test_nobody_confirms_their_own_act(store: Engine, vault: Vault) -> None:
    house(store, vault)
    act_id = desk.propose(store, vault, LINA, Admit(known(store, vault).subject_id, Seen.PASSPORT), at=AT)
    assert desk.confirm(store, vault, LINA, act_id, agrees=True, at=AT) is Stop.SAME_OFFICER
    assert [each.act_id for each in desk.waiting(store, WANG, at=AT)] == [act_id]
    assert isinstance(desk.confirm(store, vault, WANG, act_id, agrees=True, at=AT), Done)
    assert desk.confirm(store, vault, WANG, act_id, agrees=True, at=AT) is Stop.GONE


@pytest.mark.parametrize("officer", [LINA, WANG])
def test_either_may_turn_it_down(store: Engine, vault: Vault, officer: Account) -> None:
    house(store, vault)
    act_id = desk.propose(store, vault, LINA, Admit(known(store, vault).subject_id, Seen.PASSPORT), at=AT)
    assert desk.confirm(store, vault, officer, act_id, agrees=False, at=AT) is None
    assert desk.confirm(store, vault, WANG, act_id, agrees=True, at=AT) is Stop.GONE


def test_an_act_waits_for_a_shift_and_is_then_empty(store: Engine, vault: Vault) -> None:
    house(store, vault)
    act_id = desk.propose(store, vault, LINA, Admit(known(store, vault).subject_id, Seen.PASSPORT), at=AT)
    assert desk.confirm(store, vault, WANG, act_id, agrees=True, at=AT + desk.WAITS) is Stop.GONE
    assert review.forget(store, at=AT + desk.WAITS)["desk_act"] == 1
    with reading(store) as connection:
        assert connection.execute(select(desk_act.c.content)).scalars().all() == [None]


def test_whoever_is_there_is_let_in(store: Engine, vault: Vault) -> None:
    house(store, vault)
    found = desk.find(store, vault, LINA, MEIMEI, at=AT)
    assert found is not None
    assert desk.find(store, vault, LINA, Papers("UTO", "XA0000000"), at=AT) is None
    act_id = desk.propose(store, vault, LINA, Admit(found.subject_id, Seen.PASSPORT), at=AT)
    shown = desk.look_at(store, vault, WANG, act_id, at=AT)
    assert shown is not None
    assert (shown.own, shown.people[0][0], shown.people[0][1]) == (False, found, b"meimei")
    done = desk.confirm(store, vault, WANG, act_id, agrees=True, at=AT)
    assert isinstance(done, Done)
    assert (done.who.subject_id, done.who.zone) == (found.subject_id, PASSPORT)


def test_a_foreigner_is_entered_with_the_passport(store: Engine, vault: Vault) -> None:
    house(store, vault)
    act = Enter(NAME, PartialDate(1988, 2, 1), Seen.CHIP, FOREIGN, b"a portrait")
    done = confirmed(store, vault, act)
    assert (done.number, done.who.zone) == (None, FOREIGN)
    assert known(store, vault, Papers("D", "C01X00T47")).person_id == done.who.person_id
    again = desk.propose(store, vault, LINA, act, at=AT)
    assert desk.confirm(store, vault, WANG, again, agrees=True, at=AT) is Stop.TAKEN


def test_whoever_has_no_document_gets_a_number_of_the_desk(store: Engine, vault: Vault) -> None:
    house(store, vault)
    done = confirmed(store, vault, Enter(NAME, None, Seen.OTHER))
    assert done.number is not None
    assert done.who.zone is None
    assert known(store, vault, Papers("XXX", done.number)).name == NAME
    other = confirmed(store, vault, Enter(NAME, None, Seen.OTHER))
    assert other.number != done.number  # two people may have one name


@pytest.mark.parametrize(("born", "fits"), [("1988-02-01", True), ("1988", True), ("1888-02", True), (None, True),
    ("1989", False), ("1988-02-02", False), ("2088-02-01", False)])  # fmt: skip
def test_who_is_entered_with_a_passport_was_born_as_it_says(
    store: Engine, vault: Vault, born: str | None, fits: bool
) -> None:
    house(store, vault)
    act = Enter(NAME, PartialDate.parse(born) if born else None, Seen.PASSPORT, FOREIGN)
    if fits:
        assert isinstance(confirmed(store, vault, act), Done)
        return
    with pytest.raises(ValueError, match="birth date"):
        desk.propose(store, vault, LINA, act, at=AT)


@pytest.mark.parametrize("subject", [None, "0" * 32])
def test_a_new_passport_has_its_holders_birth_date(store: Engine, vault: Vault, subject: str | None) -> None:
    house(store, vault)
    act = Renew(subject or known(store, vault).subject_id, FOREIGN)
    with pytest.raises(ValueError, match="birth date"):
        desk.propose(store, vault, LINA, act, at=AT)


# acting for another


def test_a_parent_acts_for_a_child_until_it_is_of_age(store: Engine, vault: Vault) -> None:
    house(store, vault)
    mother, child = known(store, vault).subject_id, known(store, vault, CHILD).subject_id
    assert proxies.act_for(store, vault, mother, child, at=AT) is None
    confirmed(store, vault, Delegate(child, mother, Ground.CHILD))
    (ward,) = proxies.wards(store, vault, mother, at=AT)
    assert (ward.known.subject_id, ward.ground, ward.until.date()) == (child, Ground.CHILD, date(2035, 6, 1))
    who = proxies.act_for(store, vault, mother, child, at=ward.until - timedelta(seconds=1))
    assert who is not None
    assert who.person_id == known(store, vault, CHILD).person_id
    assert proxies.act_for(store, vault, mother, child, at=ward.until) is None
    assert proxies.act_for(store, vault, child, mother, at=AT) is None
    assert [each.known.subject_id for each in proxies.guardians(store, vault, child, at=AT)] == [mother]


def test_it_is_revoked_at_once_and_can_be_renewed(store: Engine, vault: Vault) -> None:
    house(store, vault)
    mother, child = known(store, vault).subject_id, known(store, vault, CHILD).subject_id
    confirmed(store, vault, Delegate(child, mother, Ground.CHILD))
    proxies.revoke(store, child, mother, at=AT + DAY)
    assert proxies.act_for(store, vault, mother, child, at=AT + DAY) is None
    assert proxies.wards(store, vault, mother, at=AT + DAY) == ()
    act_id = desk.propose(store, vault, WANG, Delegate(child, mother, Ground.CHILD), at=AT + 2 * DAY)
    assert isinstance(desk.confirm(store, vault, LINA, act_id, agrees=True, at=AT + 2 * DAY), Done)
    assert proxies.act_for(store, vault, mother, child, at=AT + 2 * DAY) is not None


@pytest.mark.parametrize(
    ("ground", "born", "wanted", "ends"),
    [
        (Ground.CARER, None, None, "2027-11-25"),
        (Ground.CARER, "1944-01-01", "2026-12-01", "2026-12-01"),
        (Ground.CARER, "1944-01-01", "2099-12-01", "2027-11-25"),
        (Ground.CARER, "1944-01-01", "2026-11-25", None),
        (Ground.CHILD, "2017-06-01", None, "2035-06-01"),
        (Ground.CHILD, "2012-02-29", None, "2030-02-28"),
        (Ground.CHILD, "2017", None, "2035-12-31"),
        (Ground.CHILD, "2008-11-25", None, None),
        (Ground.CHILD, None, None, None),
    ],
)
def test_when_a_delegation_ends(ground: Ground, born: str | None, wanted: str | None, ends: str | None) -> None:
    birth, day = born and PartialDate.parse(born), wanted and date.fromisoformat(wanted)
    if ends is None:
        with pytest.raises(ValueError, match=r"delegation|birth date"):
            may_last_until(ground, birth or None, day or None, at=AT)
        return
    assert may_last_until(ground, birth or None, day or None, at=AT).date().isoformat() == ends


def test_a_delegation_that_may_not_be_is_not_even_proposed(store: Engine, vault: Vault) -> None:
    house(store, vault)
    mother, child = known(store, vault).subject_id, known(store, vault, CHILD).subject_id
    for act in (
        Delegate(mother, mother, Ground.CARER),
        Delegate("0" * 32, mother, Ground.CARER),
        Delegate(mother, child, Ground.CHILD),
    ):
        with pytest.raises(ValueError, match=r"acts for|delegation"):
            desk.propose(store, vault, LINA, act, at=AT)


@pytest.mark.parametrize("officer", [LINA, WANG])
def test_any_officer_ends_it_alone_and_at_once(store: Engine, vault: Vault, officer: Account) -> None:
    house(store, vault)
    mother, child = known(store, vault).subject_id, known(store, vault, CHILD).subject_id
    other_way = End(mother, child)
    confirmed(store, vault, Delegate(child, mother, Ground.CHILD))
    assert not desk.end(store, vault, officer, other_way, at=AT + DAY)
    seen = desk.delegations(store, vault, officer, child, at=AT + DAY)
    assert [each.known.subject_id for each in seen.guardians] == [mother]
    assert desk.end(store, vault, officer, End(child, mother), at=AT + DAY)
    assert not desk.end(store, vault, officer, End(child, mother), at=AT + DAY)
    assert proxies.act_for(store, vault, mother, child, at=AT + DAY) is None
    assert desk.delegations(store, vault, officer, mother, at=AT + DAY) == desk.Delegations((), ())
    with reading(store) as connection:
        ended = connection.execute(select(desk_act).where(desk_act.c.kind == "end")).mappings().one()
        decided = reviewing.decisions(connection, ended["act_id"])
    assert (ended["content"], ended["state"], decided) == (None, "done", {officer.account_id: "confirmed"})
    assert desk.waiting(store, officer, at=AT + DAY) == ()


def test_whom_an_officer_sees_there_is_written_down(store: Engine, vault: Vault) -> None:
    house(store, vault)
    mother, child = known(store, vault), known(store, vault, CHILD)
    confirmed(store, vault, Delegate(child.subject_id, mother.subject_id, Ground.CHILD))
    with reading(store) as connection:
        before = len(looks.of(connection, mother.person_id))
    desk.delegations(store, vault, LINA, child.subject_id, at=AT + DAY)
    with reading(store) as connection:
        assert len(looks.of(connection, mother.person_id)) == before + 1


# what a desk mends


def test_a_new_passport_is_entered_and_the_records_stay_theirs(store: Engine, vault: Vault) -> None:
    house(store, vault)
    before = known(store, vault)
    renewed = structs.replace(PASSPORT, number="XA7654321")
    done = confirmed(store, vault, Renew(before.subject_id, renewed, Agreed("1", "fr")), AT + DAY)
    assert (done.who.person_id, done.who.zone) == (before.person_id, renewed)
    for number in (PASSPORT.number, renewed.number):
        assert known(store, vault, Papers("UTO", number)).person_id == before.person_id
    with reading(store) as connection:
        agreed = reviewing.consents(connection, before.subject_id)
    assert [(each.purpose, each.version, each.language) for each in agreed] == [("desk", "1", "fr")]


def test_a_number_that_somebody_has_is_nobodys_new_passport(store: Engine, vault: Vault) -> None:
    house(store, vault)
    child = known(store, vault, CHILD)
    taken = structs.replace(PASSPORT, birth_date="170601")
    act_id = desk.propose(store, vault, LINA, Renew(child.subject_id, taken, Agreed("1", "fr")), at=AT)
    assert desk.confirm(store, vault, WANG, act_id, agrees=True, at=AT) is Stop.TAKEN
    assert known(store, vault).subject_id != child.subject_id
    with reading(store) as connection:
        assert reviewing.consents(connection, child.subject_id) == ()


def test_a_lost_telephone_is_mended(store: Engine, vault: Vault) -> None:
    house(store, vault)
    subject = known(store, vault).subject_id
    with writing(store) as connection:
        for number in range(3):
            credential = Credential(bytes([number]), b"key", "telephone")
            assert passkeys.add(connection, vault, Owner.HOLDER, subject, credential, at=1)
        assert not passkeys.add(connection, vault, Owner.HOLDER, "1" * 32, Credential(b"\0", b"k", "x"), at=1)
    confirmed(store, vault, ForgetKeys(subject))
    with reading(store) as connection:
        assert passkeys.of(connection, vault, Owner.HOLDER, subject) == ()
        assert people.by_subject(connection, vault, subject) is not None


def test_a_child_of_another_register_is_no_obstacle(store: Engine, vault: Vault) -> None:
    """Whoever has no portrait and no zone in the register, known from a clinic's file alone, is admitted too."""
    from pratique.authority.store.people import Newcomer

    house(store, vault, registered(PASSPORT, "1990-05-08", b"meimei"))
    papers = Papers("UTO", "XA5550001")
    with writing(store) as connection:
        people.enter(connection, vault, [Newcomer(papers, NAME, None)], at=1)
    done = confirmed(store, vault, Admit(known(store, vault, papers).subject_id, Seen.PASSPORT))
    assert done.who.zone is None
