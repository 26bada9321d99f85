"""Doors: what they refuse, that one hour opens no other, that it takes two, and that nothing outlives fourteen days."""

import inspect
import re
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event, insert, select, text
from sqlalchemy.exc import ProgrammingError
from tests import databases
from tests.issuer import MemorySigner
from tests.records_settings import signed
from tests.venue_settings import AT, CLERK, HOUR, LAW, LI, WANG, exposed, mall, slip_of, staffed, switched_on

from pratique import crypto
from pratique.authority.signers.certificates import make_csca, make_dsc
from pratique.authority.store import DatabaseRole, Vault, open_store, reading, venues, writing
from pratique.authority.store.columns import metadata
from pratique.authority.store.purging import Order
from pratique.authority.store.purging import purge as carry_out
from pratique.authority.store.roles import GRANTS
from pratique.authority.store.tables import IDENTITY, PERSONAL
from pratique.authority.store.venue_tables import TABLES, slip, slip_opening
from pratique.authority.venues import exposures, registering, slips
from pratique.authority.venues.doors import DOORS, FEVER, Door, Felt, Mode, feel
from pratique.authority.venues.exposures import Match, Notices, SignedNotices, Visit, digest, matches
from pratique.authority.venues.registering import AHEAD, LONGEST_EXPOSURE, Act, Purged
from pratique.model.errors import AccessRefused, StoreFault, VenueRefused
from pratique.model.keys import Algorithm, SignatureCheck
from pratique.model.reasons import Reason
from pratique.trust.x509 import trusted_key

ZHANG, ZHAO = "张 13800001111", "赵 zhao@example.org"


@pytest.fixture
def house(store: Engine) -> Engine:
    staffed(store)
    return store


# doors


def test_transport_never_registers() -> None:
    with pytest.raises(ValueError, match="transport only shows"):
        Door(Mode.TAXI, transport=True, thermometer=False, registers=True, stay=1)
    assert {door.mode for door in DOORS.values() if door.transport} == {Mode.TAXI, Mode.STATION_GATE}
    assert {door.mode for door in DOORS.values() if door.registers} == {Mode.MALL, Mode.EVENT}


@pytest.mark.parametrize(
    ("tenths", "felt"),
    [
        (0, Felt.NO_READING), (319, Felt.NO_READING), (441, Felt.NO_READING), (-365, Felt.NO_READING),
        (FEVER, Felt.AGAIN), (440, Felt.AGAIN), (FEVER - 1, Felt.USUAL), (320, Felt.USUAL),
    ],
)  # fmt: skip
def test_a_thermometer(tenths: int, felt: Felt) -> None:
    assert feel(tenths) is felt


# off by default


def test_nothing_registers_until_two_officials_say_so(house: Engine, vault: Vault) -> None:
    with pytest.raises(VenueRefused, match="VENUE_REGISTER_OFF"):
        mall(house, vault)
    begins = AT - timedelta(days=1)
    period = registering.propose(house, LI, LAW, begins=begins, ends=begins + timedelta(days=100), at=AT)
    assert not registering.agree(house, LI, Act.ALLOW, period, at=AT), "twice the same is one"
    with pytest.raises(VenueRefused, match="VENUE_REGISTER_OFF"):
        mall(house, vault)
    assert registering.agree(house, WANG, Act.ALLOW, period, at=AT)
    place = mall(house, vault)
    over = begins + timedelta(days=100)
    for use in (
        lambda: mall(house, vault, at=over),
        lambda: registering.kit(house, vault, place.code, at=over),
        lambda: registering.take(house, place.code, exposures.hour_of(over), bytes(slips.SLIP_LENGTH), at=over),
    ):
        with pytest.raises(VenueRefused, match="VENUE_REGISTER_OFF"):
            use()


@pytest.mark.parametrize(
    ("law", "days", "at"), [("", 10, AT), (LAW, 0, AT), (LAW, 185, AT), (LAW, 10, AT + timedelta(days=11))]
)
def test_periods_that_cannot_be(house: Engine, law: str, days: int, at) -> None:
    with pytest.raises(ValueError, match="a period names its law"):
        registering.propose(house, LI, law, begins=AT, ends=AT + timedelta(days=days), at=at)


def test_only_officials_in_force(house: Engine, vault: Vault) -> None:
    switched_on(house)
    place = mall(house, vault)
    for account in (CLERK, type(LI)("nobody", LI.role)):
        for act in (
            lambda who=account: registering.propose(house, who, LAW, begins=AT, ends=AT + timedelta(1), at=AT),
            lambda who=account: registering.open_venue(house, vault, who, Mode.EVENT, "x", at=AT),
            lambda who=account: registering.declare(house, who, place.venue_id, first_hour=HOUR, last_hour=HOUR, at=AT),
            lambda who=account: registering.agree(house, who, Act.DECLARE, "0" * 32, at=AT),
            lambda who=account: registering.open_slips(house, vault, who, "0" * 32, at=AT),
        ):
            with pytest.raises(AccessRefused, match="ACCESS_ROLE"):
                act()


# slips


def test_one_hour_opens_no_other() -> None:
    chain, other, code = slips.draw_chain(), slips.draw_chain(), b"c" * 16
    key = slips.hour_key(chain, HOUR // 24, HOUR)
    content = slips.seal(ZHANG, slips.point(key.public_key()), code=code, hour=HOUR)
    assert len(content) == slips.SLIP_LENGTH
    for wrong in (
        slips.hour_key(chain, HOUR // 24, HOUR + 1),
        slips.hour_key(chain, HOUR // 24, HOUR - 1),
        slips.hour_key(chain, HOUR // 24, HOUR + 24),
        slips.hour_key(other, HOUR // 24, HOUR),
    ):
        with pytest.raises(VenueRefused, match="SLIP_UNREADABLE"):
            slips.open_slip(content, wrong, code=code, hour=HOUR)
    for place, hour in ((b"d" * 16, HOUR), (code, HOUR + 1)):
        with pytest.raises(VenueRefused, match="SLIP_UNREADABLE"):
            slips.open_slip(content, key, code=place, hour=hour)
    assert slips.open_slip(content, key, code=code, hour=HOUR) == ZHANG


@given(st.binary(max_size=300))
def test_any_octets_are_a_slip_or_are_refused(content: bytes) -> None:
    key = slips.hour_key(bytes(32), 0, 0)
    with pytest.raises(VenueRefused):
        slips.open_slip(content, key, code=bytes(16), hour=0)


@given(st.text(min_size=1).filter(lambda text: 0 < len(text.encode()) <= 128 and "\0" not in text))
def test_what_is_sealed_is_opened(contact: str) -> None:
    key = slips.hour_key(bytes(32), 0, 5)
    content = slips.seal(contact, slips.point(key.public_key()), code=bytes(16), hour=5)
    assert slips.open_slip(content, key, code=bytes(16), hour=5) == contact


def test_chains_go_forwards_only() -> None:
    chain = slips.draw_chain()
    later = slips.move_on(chain, 14)
    assert slips.hour_key(chain, 0, 14 * 24).private_numbers() == slips.hour_key(later, 14, 14 * 24).private_numbers()
    with pytest.raises(VenueRefused, match="thrown away"):
        slips.hour_key(later, 14, 14 * 24 - 1)
    with pytest.raises(ValueError, match="forwards"):
        slips.move_on(chain, -1)


@pytest.mark.parametrize("contact", ["", "\0", "1" * 129, "赵" * 43])
def test_contacts_that_do_not_fit(contact: str) -> None:
    with pytest.raises(ValueError, match="at most"):
        slips.seal(contact, slips.point(slips.hour_key(bytes(32), 0, 0).public_key()), code=bytes(16), hour=0)


def test_slips_of_another_day_or_length_are_refused(house: Engine, vault: Vault) -> None:
    switched_on(house)
    place = mall(house, vault)
    good = bytes(slips.SLIP_LENGTH)
    for hour, content in ((HOUR + 1, good), (HOUR - 25, good), (HOUR, good[1:]), (HOUR, good + b"x"), (HOUR, b"")):
        with pytest.raises(VenueRefused, match="SLIP_UNREADABLE"):
            registering.take(house, place.code, hour, content, at=AT)
    registering.take(house, place.code, HOUR - 24, good, at=AT)


def test_nobody_fills_the_disk(house: Engine, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    switched_on(house)
    place = mall(house, vault)
    monkeypatch.setattr(registering, "MOST_SLIPS", 1)
    slip_of(house, vault, place, ZHANG)
    with pytest.raises(VenueRefused, match="more slips than people"):
        slip_of(house, vault, place, ZHAO)


def test_two_officials_open_a_declared_hour_and_no_other(house: Engine, vault: Vault) -> None:
    switched_on(house)
    place, cinema = mall(house, vault), mall(house, vault, name="Cinema")
    slip_of(house, vault, place, ZHANG)
    slip_of(house, vault, cinema, "somebody at the cinema")
    slip_of(house, vault, place, ZHAO, at=AT + timedelta(hours=1))
    registering.take(house, place.code, HOUR, bytes(slips.SLIP_LENGTH), at=AT)  # nonsense harms nobody else
    later = AT + timedelta(days=2)
    exposure = registering.declare(house, LI, place.venue_id, first_hour=HOUR, last_hour=HOUR, at=later)
    with pytest.raises(VenueRefused, match="EXPOSURE_UNDECLARED"):
        registering.agree(house, LI, Act.OPEN, exposure, at=later)
    with pytest.raises(VenueRefused, match="EXPOSURE_UNDECLARED"):
        registering.open_slips(house, vault, LI, exposure, at=later)
    assert registering.agree(house, WANG, Act.DECLARE, exposure, at=later)
    for _ in range(2):
        registering.agree(house, LI, Act.OPEN, exposure, at=later)
        with pytest.raises(VenueRefused, match="EXPOSURE_ONE_OFFICIAL"):
            registering.open_slips(house, vault, LI, exposure, at=later)
    assert registering.agree(house, WANG, Act.OPEN, exposure, at=later)
    opened = registering.open_slips(house, vault, WANG, exposure, at=later)
    assert [(each.hour, each.contact) for each in opened] == [(HOUR, ZHANG)]
    with reading(house) as connection:
        assert [tuple(row) for row in connection.execute(select(slip_opening.c.account_id, slip_opening.c.slips))] == [
            (WANG.account_id, 2)
        ]


def test_a_third_official_opens_nothing_that_two_others_agreed_to(house: Engine, vault: Vault) -> None:
    switched_on(house)
    exposure = exposed(house, mall(house, vault))
    third = type(LI)("official-sun", LI.role)
    with writing(house) as connection:
        connection.execute(
            insert(metadata.tables["account"]).values(account_id="official-sun", role=LI.role, name="x", since=0)
        )
    for who in (LI, WANG):
        registering.agree(house, who, Act.OPEN, exposure, at=AT)
    with pytest.raises(VenueRefused, match="EXPOSURE_ONE_OFFICIAL"):
        registering.open_slips(house, vault, third, exposure, at=AT)


@pytest.mark.parametrize(
    ("first", "last"), [(HOUR, HOUR + 1), (HOUR - LONGEST_EXPOSURE, HOUR), (HOUR, HOUR - 1), (HOUR - 337, HOUR - 336)]
)
def test_exposures_that_cannot_be(house: Engine, vault: Vault, first: int, last: int) -> None:
    switched_on(house)
    place = mall(house, vault)
    with pytest.raises(ValueError, match="at most twelve hours"):
        registering.declare(house, LI, place.venue_id, first_hour=first, last_hour=last, at=AT)


def test_nothing_that_is_not_there(house: Engine, vault: Vault) -> None:
    switched_on(house)
    for act in (
        lambda: registering.declare(house, LI, "0" * 32, first_hour=HOUR, last_hour=HOUR, at=AT),
        lambda: registering.agree(house, LI, Act.ALLOW, "0" * 32, at=AT),
        lambda: registering.agree(house, LI, Act.OPEN, "0" * 32, at=AT),
        lambda: registering.open_slips(house, vault, LI, "0" * 32, at=AT),
        lambda: registering.kit(house, vault, bytes(16), at=AT),
    ):
        with pytest.raises(VenueRefused, match="VENUE_UNKNOWN"):
            act()


# exposures


def test_whoever_was_there_knows_and_nobody_else(house: Engine, vault: Vault) -> None:
    switched_on(house)
    place = mall(house, vault)
    visit = Visit(place.code, place.name, HOUR - 1, HOUR + 1)
    alone = registering.declare(house, LI, place.venue_id, first_hour=HOUR, last_hour=HOUR, at=AT)
    assert registering.published(house, at=AT) == frozenset(), "one official publishes nothing"
    registering.agree(house, WANG, Act.DECLARE, alone, at=AT)
    entries = registering.published(house, at=AT)
    assert matches([visit], entries) == (Match(visit, (HOUR,)),)
    for elsewhere in (Visit(bytes(16), place.name, HOUR, HOUR), Visit(place.code, "", HOUR + 1, HOUR + 2)):
        assert matches([elsewhere], entries) == ()
    assert registering.published(house, at=AT + timedelta(days=15)) == frozenset()


def test_a_notice_names_no_one_and_no_place(house: Engine, vault: Vault) -> None:
    switched_on(house)
    place = mall(house, vault)
    exposed(house, place)
    signer = MemorySigner()
    told = msgspec.json.decode(exposures.sign(registering.published(house, at=AT), signer, at=AT), type=SignedNotices)
    notices = msgspec.json.decode(told.list, type=Notices)
    assert exposures.entries_of(notices) == [digest(place.code, HOUR)]
    key, octets = trusted_key(signer.certificate).key, told.list.encode()
    signature = exposures.entries_of(Notices(1, "", (told.signature,)))[0]
    assert crypto.check(SignatureCheck(key, Algorithm.ES256, octets, signature))
    assert not crypto.check(SignatureCheck(key, Algorithm.ES256, octets + b" ", signature))
    for telling in (place.name, place.venue_id, place.code.hex(), LI.account_id, WANG.account_id, str(HOUR)):
        assert telling not in told.list


# fourteen days


def test_after_fourteen_days_nothing_is_left_not_even_a_key(house: Engine, vault: Vault) -> None:
    switched_on(house)
    place = mall(house, vault)
    copied = slip_of(house, vault, place, ZHANG)
    exposure = exposed(house, place)
    for who in (LI, WANG):
        registering.agree(house, who, Act.OPEN, exposure, at=AT)
    last = AT + timedelta(days=14)
    assert registering.purge(house, vault, at=last) == Purged(0, 0)
    assert len(registering.open_slips(house, vault, LI, exposure, at=last)) == 1
    over = last + timedelta(hours=1)
    assert registering.purge(house, vault, at=over).slips == 1
    assert registering.open_slips(house, vault, LI, exposure, at=over) == ()
    day_after = AT + timedelta(days=15)
    assert registering.purge(house, vault, at=day_after) == Purged(0, 1)
    with reading(house) as connection:
        assert connection.execute(select(slip)).all() == []
        kept = venues.place(connection, place.venue_id)
    assert kept is not None
    chain = vault.open(kept.chain, f"venue.chain:{place.venue_id}")
    with pytest.raises(VenueRefused, match="thrown away"):
        slips.hour_key(chain, kept.chain_day, HOUR)
    assert vault.open(place.chain, f"venue.chain:{place.venue_id}") != chain
    assert len(copied) == slips.SLIP_LENGTH
    assert registering.purge(house, vault, at=day_after) == Purged(0, 0)


def test_a_kit_after_a_purge_still_fits(house: Engine, vault: Vault) -> None:
    switched_on(house)
    place = mall(house, vault)
    before = registering.kit(house, vault, place.code, at=AT + timedelta(days=40)).keys
    registering.purge(house, vault, at=AT + timedelta(days=30))
    assert registering.kit(house, vault, place.code, at=AT + timedelta(days=40)).keys == before
    assert len(before) == AHEAD


def test_a_sunset_leaves_nothing_of_doors(house: Engine, vault: Vault) -> None:
    switched_on(house)
    place = mall(house, vault)
    slip_of(house, vault, place, ZHANG)
    exposure = exposed(house, place)
    for who in (LI, WANG):
        registering.agree(house, who, Act.OPEN, exposure, at=AT)
    registering.open_slips(house, vault, LI, exposure, at=AT)
    pair = make_dsc(make_csca("XA", "XA root", at=AT), common_name="XA orders", at=AT)
    names = tuple(str(table.name) for table in TABLES)
    order = Order("b" * 32, "sunset", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", tables=names)
    with writing(house) as connection:
        report = carry_out(connection, signed(pair, order), at=AT)
    assert set(report.deleted) == set(names)
    assert all(report.deleted.values())
    assert set(report.left.values()) == {0}
    with pytest.raises(VenueRefused, match="VENUE_REGISTER_OFF"):
        mall(house, vault)


# no query by person


def test_no_column_and_no_question_is_a_person() -> None:
    about = {column.name for table in (*PERSONAL, *IDENTITY) for column in table.primary_key}
    words = ("person", "subject_of", "document", "phone", "passport", "name_of", "holder", "colour", "latitude")
    for table in TABLES:
        columns = {column.name for column in table.columns}
        assert not columns & (about - {"subject_id"}), table
        assert not [column for column in columns if any(word in column for word in words)], table
        assert not table.foreign_keys
    asked = {"connection", "at", "venue_id", "hour", "hours", "from_hour", "before_hour", "code", "exposure_id", "act",
             "subject_id", "account_id", "period", "period_id", "place", "chain", "chain_day", "slip_id", "content",
             "opening_id", "count"}  # fmt: skip
    functions = [
        each for _, each in inspect.getmembers(venues, inspect.isfunction) if each.__module__ == venues.__name__
    ]
    assert len(functions) > 15
    for function in functions:
        assert set(inspect.signature(function).parameters) <= asked, function.__name__


def test_no_statement_joins_doors_with_people(store: Engine) -> None:
    """What the whole module ever sends to the database names its own tables, and the accounts of officials."""
    sent: list[str] = []
    event.listen(store, "before_cursor_execute", lambda c, cursor, statement, *rest: sent.append(statement))
    staffed(store)
    vault = Vault.draw()
    switched_on(store)
    place = mall(store, vault)
    slip_of(store, vault, place, ZHANG)
    exposure = exposed(store, place)
    for who in (LI, WANG):
        registering.agree(store, who, Act.OPEN, exposure, at=AT)
    registering.open_slips(store, vault, LI, exposure, at=AT)
    registering.published(store, at=AT)
    registering.purge(store, vault, at=AT)
    mine = {table.name for table in TABLES} | {"account"}
    others = {name for name in metadata.tables if name not in mine}
    for statement in sent:
        words = set(re.findall(r"\b[a-z_]+\b", statement))
        assert not {name for name in others if re.search(rf"\b(FROM|INTO|UPDATE|JOIN) {name}\b", statement)}, statement
        assert "person_id" not in words, statement
        assert " JOIN " not in statement, statement


def test_the_role_of_doors_reads_nobody_and_no_other_role_reads_doors(postgresql: str) -> None:
    mine = {table.name for table in TABLES}
    for role, grants in GRANTS.items():
        granted = {name for names in grants for name in names.split()}
        if role is DatabaseRole.KEYS:  # seals the chain of a place anew, and reads no slip
            assert grants["venue"] == "SELECT(venue_id,chain) UPDATE(chain)"
            granted -= {"venue"}
        assert (granted <= mine | {"account"}) if role is DatabaseRole.VENUES else not granted & mine, role
    with databases.copy(postgresql) as url:
        doors, desk = open_store(url, role=DatabaseRole.VENUES), open_store(url, role=DatabaseRole.HEALTH)
        for table in ("person", "record", "declaration", "trip", "contact", "looked"):
            with pytest.raises(ProgrammingError, match="permission denied"), reading(doors) as connection:
                connection.execute(text(f"SELECT count(*) FROM {table}"))
        for table in sorted(mine):
            with pytest.raises(ProgrammingError, match="permission denied"), reading(desk) as connection:
                connection.execute(text(f"SELECT count(*) FROM {table}"))
        for engine in (doors, desk):
            engine.dispose()


def test_the_role_of_doors_suffices(postgresql: str, vault: Vault) -> None:
    with databases.copy(postgresql) as url:
        owner, doors = open_store(url), open_store(url, role=DatabaseRole.VENUES)
        staffed(owner)
        switched_on(doors)
        place = mall(doors, vault)
        slip_of(doors, vault, place, ZHANG)
        exposure = exposed(doors, place)
        for who in (LI, WANG):
            registering.agree(doors, who, Act.OPEN, exposure, at=AT)
        assert registering.open_slips(doors, vault, LI, exposure, at=AT)[0].contact == ZHANG
        assert registering.purge(doors, vault, at=AT + timedelta(days=20)) == Purged(1, 1)
        for engine in (owner, doors):
            engine.dispose()


def test_a_stolen_copy_of_doors_shows_no_contact(house: Engine, vault: Vault) -> None:
    switched_on(house)
    place = mall(house, vault)
    slip_of(house, vault, place, ZHANG)
    with reading(house) as connection:
        rows = [row for table in TABLES for row in connection.execute(select(table)).all()]
    whole = b"".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)
    assert b"13800001111" not in whole
    assert vault.open(place.chain, f"venue.chain:{place.venue_id}") not in whole
    with pytest.raises(StoreFault, match="STORE_VAULT"):
        Vault.draw().open(place.chain, f"venue.chain:{place.venue_id}")
    assert Reason.VENUE_UNKNOWN.value not in whole.decode("utf-8", "replace")
