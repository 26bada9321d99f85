"""Reconciling, correcting, disputing, exporting; and that nobody reads without its being written down."""

import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from msgspec import structs
from sqlalchemy import Engine
from tests import databases

from pratique.authority.access import MAY, Account, Item, Look, Purpose, Role, enter, find_account, look, who_looked
from pratique.authority.access.roles import PEOPLE_AN_HOUR
from pratique.authority.records import reconcile, rights
from pratique.authority.records.gather import gather
from pratique.authority.records.rights import Decision
from pratique.authority.records.stored import StoreRecords
from pratique.authority.store import Vault, asking, health, looks, people, reading, writing
from pratique.authority.store.asking import State, Words
from pratique.authority.store.health import Correction, Ground, Kept, NewRecord
from pratique.authority.store.people import Known, Newcomer, Papers
from pratique.model.certificate import AnyClaim, Evidence, Test, TestKind, Vaccination
from pratique.model.dates import PartialDate
from pratique.model.errors import AccessRefused, MalformedRecord
from pratique.model.names import name
from pratique.model.reasons import Reason
from pratique.model.valueset import COVID_19, DETECTED, NOT_DETECTED, Code

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOW = int(AT.timestamp())
PAPERS = Papers("UTO", "XA1234567")
STATED: dict = {"disease": COVID_19, "country": "XA", "issuer": "Laboratory 7", "evidence": Evidence.ADMINISTERED}
SHOT = Vaccination(uvci="URN:UVCI:01:XA:AAAAAAAAAAAAAAAA", date=PartialDate(2021, 3, 4), dose=1, doses=2, **STATED)
SAMPLE = Test(
    uvci="URN:UVCI:01:XA:BBBBBBBBBBBBBBBB", kind=TestKind.MOLECULAR, sampled=AT - timedelta(hours=5),
    result=DETECTED, **STATED,
)  # fmt: skip
HOUR = timedelta(hours=1)
DESK = Account("desk-1", Role.HEALTH_AUTHORITY)
OWN = Account("holder-1", Role.HOLDER)
WRONG = Correction(Ground.WRONG_RESULT, "desk-1", b"%PDF a letter")
MINE = frozenset(Item) - {Item.PORTRAIT}


def kept(*claims: AnyClaim) -> list[Kept]:
    return [Kept("p", f"{n}", claim, "s", n, False, None, None) for n, claim in enumerate(claims)]


# reconciling


def test_one_event_from_two_sources_is_one_with_the_better_word() -> None:
    weaker = structs.replace(SHOT, uvci="URN:UVCI:01:XA:CCCCCCCCCCCCCCCC", evidence=Evidence.SELF_DECLARED, dose=None)
    (event,) = reconcile.events(kept(weaker, SHOT))
    assert event.claim == SHOT
    assert event.conflicts == ()
    assert reconcile.claims(kept(weaker, SHOT)) == (SHOT,)


@pytest.mark.parametrize(
    ("changed", "fields"),
    [({"dose": 2}, ("dose",)), ({"product": Code("x", "y")}, ()), ({"doses": 3, "dose": 3}, ("dose", "doses"))],
)
def test_where_two_sources_disagree_both_are_shown_and_neither_is_signed(changed: dict, fields: tuple) -> None:
    other = structs.replace(SHOT, uvci="URN:UVCI:01:XA:CCCCCCCCCCCCCCCC", **changed)
    for records in (kept(SHOT, other), kept(other, SHOT)):
        (event,) = reconcile.events(records)
        assert {record.claim for record in event.records} == {SHOT, other}
        assert event.conflicts == fields
        assert reconcile.claims(records) == (() if fields else (records[0].claim,))


def test_two_results_of_one_sample_contradict() -> None:
    other = structs.replace(SAMPLE, uvci="", sampled=SAMPLE.sampled + timedelta(seconds=30), result=NOT_DETECTED)
    (event,) = reconcile.events(kept(SAMPLE, other))
    assert event.conflicts == ("result",)
    later = structs.replace(other, sampled=SAMPLE.sampled + timedelta(minutes=2))
    assert len(reconcile.events(kept(SAMPLE, later))) == 2


def test_two_weaker_reports_that_contradict_each_other_are_seen_behind_a_better_one_that_is_silent() -> None:
    silent = structs.replace(SHOT, dose=None)
    others = [structs.replace(SHOT, uvci="", dose=dose, evidence=Evidence.SELF_DECLARED) for dose in (1, 2)]
    (event,) = reconcile.events(kept(silent, *others))
    assert event.claim == silent
    assert event.conflicts == ("dose",)
    assert reconcile.claims(kept(silent, *others)) == ()


def test_what_is_one_event_does_not_depend_on_the_order_in_which_it_was_told() -> None:
    samples = [
        structs.replace(SAMPLE, uvci="", sampled=SAMPLE.sampled + timedelta(seconds=seconds)) for seconds in (0, 40, 80)
    ]
    alone = structs.replace(SAMPLE, sampled=SAMPLE.sampled + timedelta(hours=1))
    for order in itertools.permutations(samples):
        first, second = reconcile.events(kept(*order[:2], alone, order[2]))
        assert (len(first.records), len(second.records)) == (3, 1)


def test_superseded_records_are_no_events() -> None:
    assert reconcile.events([structs.replace(each, superseded=True) for each in kept(SHOT)]) == ()


# looking


def given(store: Engine, vault: Vault, *claims: AnyClaim) -> tuple[Known, list[str]]:
    with writing(store) as connection:
        newcomer = Newcomer(PAPERS, name("Han", "Meimei"), PartialDate(1990, 5, 8), portrait=b"a face")
        known = people.enter(connection, vault, [newcomer], at=NOW)[PAPERS]
        records = [
            NewRecord(known.person_id, f"{n:x}{'0' * 31}", claim, "lab", bytes([n]), b"", "i", n)
            for n, claim in enumerate(claims, 1)
        ]
        health.keep(connection, records, at=NOW)
    return known, [record.record_id for record in records]


def by(store: Engine, account: Account, known: Known, purpose: Purpose, *items: Item, at: datetime = AT) -> Look:
    return look(store, account, known.person_id, purpose, frozenset(items), at=at)


def desk(store: Engine, known: Known, at: datetime = AT) -> Look:
    return by(store, DESK, known, Purpose.CORRECTION, Item.RECORDS, Item.DISPUTES, at=at)


def holder(store: Engine, known: Known) -> Look:
    return by(store, OWN, known, Purpose.OWN, *MINE)


@pytest.fixture(scope="module")
def sqlite_store(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return databases.sqlite(tmp_path_factory.mktemp("roles") / "records.db")


@pytest.mark.parametrize(("role", "purpose", "item"), list(itertools.product(Role, Purpose, Item)))
def test_the_table_of_roles_is_what_is_allowed(sqlite_store: Engine, role: Role, purpose: Purpose, item: Item) -> None:
    known = Known("s", "f" * 32, name("Han", "Meimei"), None)
    account = Account(f"{role}", role)
    if item in MAY[role].get(purpose, ()):
        assert by(sqlite_store, account, known, purpose, item).items == {item}
        return
    with pytest.raises(AccessRefused) as refused:
        by(sqlite_store, account, known, purpose, item)
    assert refused.value.reasons == (Reason.ACCESS_ROLE,)


def test_those_who_send_and_check_read_nobody_and_nobody_reads_faces_but_issuer_and_desk() -> None:
    for role in (Role.CLINIC, Role.LABORATORY, Role.CARRIER, Role.AUDITOR):
        assert MAY[role] == {}
    assert {role for role, purposes in MAY.items() if any(Item.PORTRAIT in items for items in purposes.values())} == {
        Role.ISSUER,
        Role.ENROLMENT,
    }
    assert set().union(*MAY[Role.ENROLMENT].values()) == {Item.IDENTITY, Item.PORTRAIT}  # and nobody's health
    issuer = set().union(*MAY[Role.ISSUER].values())
    assert not issuer & {Item.DECLARATIONS, Item.MOVEMENTS}


def test_every_look_is_written_down_and_its_person_sees_it(store: Engine, vault: Vault) -> None:
    known, _ = given(store, vault, SHOT)
    desk(store, known)
    with pytest.raises(AccessRefused):
        by(store, DESK, known, Purpose.CORRECTION, Item.MOVEMENTS, at=AT + timedelta(seconds=1))
    own = by(store, OWN, known, Purpose.OWN, *MINE, at=AT + timedelta(seconds=2))
    with reading(store) as connection:
        seen = who_looked(connection, own)
        assert [(each.account_id, each.purpose, each.items) for each in seen[1:]] == [
            ("desk-1", "correction", ""),
            ("desk-1", "correction", "disputes records"),
        ]
        assert seen[0].look_id == own.look_id
        assert looks.alarms(connection, since=NOW - 1) == {"desk-1": 1}
        with pytest.raises(AccessRefused):
            who_looked(connection, structs.replace(own, items=frozenset({Item.RECORDS})))


def test_looking_at_many_people_ends_and_goes_on_after_an_hour(store: Engine) -> None:
    limit = PEOPLE_AN_HOUR[Role.HOLDER]
    everybody = [Known("s", f"{n:032x}", name("Han", "Meimei"), None) for n in range(limit + 1)]
    for known in everybody[:limit]:
        holder(store, known)
    holder(store, everybody[0])  # the same person again is nobody new
    with pytest.raises(AccessRefused) as refused:
        holder(store, everybody[limit])
    assert refused.value.reasons == (Reason.ACCESS_TOO_MANY,)
    later = AT + timedelta(hours=1, seconds=1)
    assert by(store, OWN, everybody[limit], Purpose.OWN, Item.RECORDS, at=later)


def test_many_looks_at_once_are_counted_one_by_one(store: Engine) -> None:
    limit = PEOPLE_AN_HOUR[Role.HOLDER]

    def tried(number: int) -> bool:
        try:
            return bool(holder(store, Known("s", f"{number:032x}", name("Han", "Meimei"), None)))
        except AccessRefused:
            return False

    with ThreadPoolExecutor(12) as readers:
        assert sum(readers.map(tried, range(4 * limit))) == limit


def test_a_look_at_something_else_reads_no_records(store: Engine, vault: Vault) -> None:
    known, _ = given(store, vault, SHOT)
    only_disputes = by(store, DESK, known, Purpose.CORRECTION, Item.DISPUTES)
    with reading(store) as connection:
        with pytest.raises(AccessRefused):
            rights.records(connection, only_disputes)
        with pytest.raises(AccessRefused):
            rights.export(connection, vault, only_disputes, known)


def test_accounts_are_in_force_from_their_day(store: Engine) -> None:
    with writing(store) as connection:
        enter(connection, DESK, "Desk 1, XA", at=AT)
    with reading(store) as connection:
        assert find_account(connection, "desk-1", at=AT) == DESK
        assert find_account(connection, "desk-1", at=AT - timedelta(seconds=1)) is None
        assert find_account(connection, "desk-2", at=AT) is None


# correcting and disputing


def test_a_correction_stands_in_the_place_of_a_record_that_stays(store: Engine, vault: Vault) -> None:
    known, (first,) = given(store, vault, SAMPLE)
    allowed = desk(store, known)
    right = structs.replace(SAMPLE, result=NOT_DETECTED)
    with writing(store) as connection:
        done = rights.correct(connection, vault, allowed, Decision(first, right, WRONG), at=AT)
    assert done.called_back == SAMPLE.uvci
    with reading(store) as connection:
        old, new = sorted(rights.records(connection, allowed), key=lambda each: not each.superseded)
        assert (old.claim, old.replaced_by, old.ground) == (SAMPLE, done.record_id, "wrong_result")
        assert structs.replace(new.claim, uvci=SAMPLE.uvci) == right
        assert new.claim.uvci != SAMPLE.uvci
        assert [event.claim for event in rights.events(connection, allowed)] == [new.claim]


def test_a_record_is_corrected_once_and_its_correction_after_it(store: Engine, vault: Vault) -> None:
    known, (first,) = given(store, vault, SAMPLE)
    allowed = desk(store, known)
    withdrawn = Decision(first, None, WRONG)
    with writing(store) as connection:
        done = rights.correct(connection, vault, allowed, Decision(first, SAMPLE, WRONG), at=AT)
    for unknown in (withdrawn, structs.replace(withdrawn, record_id="0" * 32)):
        with pytest.raises(MalformedRecord, match="RECORD_UNKNOWN"), writing(store) as connection:
            rights.correct(connection, vault, allowed, unknown, at=AT)
    with writing(store) as connection:
        again = structs.replace(withdrawn, record_id=done.record_id or "")
        assert rights.correct(connection, vault, allowed, again, at=AT).record_id is None
    with reading(store) as connection:
        assert rights.events(connection, allowed) == ()
        assert len(rights.records(connection, allowed)) == 2


def counting(store: Engine, known: Known, at: datetime) -> tuple[set[bool | None], set[AnyClaim]]:
    """The results among somebody's facts, and the claims that an issuer would sign."""
    with reading(store) as connection:
        facts = gather(connection, known.person_id, at=at, zone=UTC)
    claims = StoreRecords(store, Account("issuing", Role.ISSUER), clock=lambda: at).claims(known.person_id)
    return {test.detected for test in facts.tests}, set(claims)


def test_a_dispute_that_nobody_answers_sets_the_record_aside(store: Engine, vault: Vault) -> None:
    known, (first, _) = given(store, vault, SAMPLE, SHOT)
    own = holder(store, known)
    said = Words("我没有做过这次检测", b"a picture")
    with writing(store) as connection:
        entry = rights.dispute(connection, vault, own, first, said, at=AT)
        assert rights.dispute(connection, vault, own, first, Words("again", None), at=AT + HOUR) == entry
        with pytest.raises(MalformedRecord, match="RECORD_UNKNOWN"):
            rights.dispute(connection, vault, own, "0" * 32, said, at=AT)
    due = AT + timedelta(hours=24)
    with writing(store) as connection:
        assert asking.words(connection, vault, entry) == said
    assert counting(store, known, due - timedelta(seconds=1)) == ({True}, {SAMPLE, SHOT})
    assert counting(store, known, due) == (set(), {SHOT})
    for state in (State.MORE_NEEDED, State.ACCEPTED):  # accepted, and not corrected yet
        with writing(store) as connection:
            rights.decide(connection, entry, state, "desk-1", at=due)
        assert counting(store, known, due) == (set(), {SHOT})
    with writing(store) as connection:
        rights.decide(connection, entry, State.NOT_ACCEPTED, "desk-1", at=due + timedelta(hours=1))
        assert [each.state for each in asking.disputes(connection, known.person_id)] == [State.NOT_ACCEPTED]
    assert counting(store, known, due) == (set(), {SHOT})
    assert counting(store, known, due + timedelta(hours=1)) == ({True}, {SAMPLE, SHOT})


def test_a_dispute_that_is_sent_twice_at_once_is_one(store: Engine, vault: Vault) -> None:
    known, (first,) = given(store, vault, SAMPLE)
    own = holder(store, known)

    def sent(_: int) -> str:
        with writing(store) as connection:
            return rights.dispute(connection, vault, own, first, Words("not mine", None), at=AT).dispute_id

    with ThreadPoolExecutor(6) as telephones:
        assert len(set(telephones.map(sent, range(6)))) == 1
    with reading(store) as connection:
        assert len(asking.disputes(connection, known.person_id)) == 1


def test_only_what_is_adverse_is_set_aside(store: Engine, vault: Vault) -> None:
    negative = structs.replace(SAMPLE, result=NOT_DETECTED)
    known, disputed = given(store, vault, negative, SHOT)
    own = holder(store, known)
    with writing(store) as connection:
        for each in disputed:
            rights.dispute(connection, vault, own, each, Words("a wrong product", None), at=AT)
    assert counting(store, known, AT + timedelta(hours=25)) == ({False}, {negative, SHOT})


def test_a_disputed_report_contradicts_nobody_once_it_is_set_aside(store: Engine, vault: Vault) -> None:
    negative = structs.replace(SAMPLE, uvci="URN:UVCI:01:XA:CCCCCCCCCCCCCCCC", result=NOT_DETECTED)
    known, (positive, _) = given(store, vault, SAMPLE, negative)
    own = holder(store, known)
    with writing(store) as connection:
        rights.dispute(connection, vault, own, positive, Words("not mine", None), at=AT)
    assert counting(store, known, AT) == ({None}, set())
    assert counting(store, known, AT + timedelta(hours=24)) == ({False}, {negative})


def test_an_export_has_everything_and_only_of_its_person(store: Engine, vault: Vault) -> None:
    known, (first,) = given(store, vault, SAMPLE)
    own = holder(store, known)
    with writing(store) as connection:
        rights.dispute(connection, vault, own, first, Words("not mine", None), at=AT)
        asking.appoint(connection, known.subject_id, "a" * 32, "court", at=NOW, until=NOW + 9)
    with reading(store) as connection:
        exported = json.loads(msgspec.json.encode(rights.export(connection, vault, own, known)))
        with pytest.raises(AccessRefused):
            rights.export(connection, vault, own, structs.replace(known, person_id="0" * 32))
    assert exported["name"]["family"] == "Han"
    assert exported["documents"] == [{"country": "UTO", "number": "XA1234567"}]
    assert exported["guardians"] == [{"ground": "court", "since": NOW, "until": NOW + 9}]
    assert "a" * 32 not in json.dumps(exported)
    assert exported["kept"]["record"][0]["claim"]["uvci"] == SAMPLE.uvci
    assert exported["kept"]["looked"][0]["account_id"] == "holder-1"
    assert [said["statement"] for said in exported["said"].values()] == ["not mine"]


def test_a_guardian_acts_until_dismissed(store: Engine, vault: Vault) -> None:
    known, _ = given(store, vault)
    child, parent = known.subject_id, "a" * 32
    with writing(store) as connection:
        assert not asking.acts_for(connection, parent, child, at=NOW)
        asking.appoint(connection, child, parent, "court", at=NOW, until=NOW + 9)
        asking.appoint(connection, child, parent, "parent", at=NOW, until=NOW + 1000)
        (entered,) = asking.guardianships(connection, child)
        assert entered == asking.Guardian(parent, "parent", NOW, NOW + 1000)
        assert asking.acts_for(connection, parent, child, at=NOW + 999)
        assert not asking.acts_for(connection, parent, child, at=NOW + 1000)
        assert not asking.acts_for(connection, child, parent, at=NOW)
        asking.dismiss(connection, child, parent, at=NOW + 10)
        assert not asking.acts_for(connection, parent, child, at=NOW + 10)
