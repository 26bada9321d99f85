"""What is shown to others, who may look with the holder's word, and the statuses that are signed for a day."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import Engine
from tests.authority.status.scenes import (
    AT,
    CLINIC,
    FACILITIES,
    FACILITY,
    GATE,
    MET,
    NEGATIVE,
    NORTH,
    POLICY,
    SOUTH,
    ZONE,
    own,
    person,
    record,
    staffed,
    swab,
)

from pratique import verify
from pratique.authority.access import Account, Item, Look, Purpose, Role, permissions, who_looked
from pratique.authority.access.permissions import Whose
from pratique.authority.status import codes, declaring, tracing
from pratique.authority.status.declaring import Told
from pratique.authority.store import Vault, reading
from pratique.authority.store.people import Known
from pratique.colour import Colour, HealthCode
from pratique.model.errors import AccessRefused, StatusRefused
from pratique.model.status import Status
from pratique.rules.linting import parse_policy
from pratique.sandbox.codes import history

MINUTE = timedelta(minutes=1)


def key() -> bytes:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    return public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


@pytest.fixture
def meimei(store: Engine, vault: Vault) -> Known:
    staffed(store)
    return person(store, vault)


def current(store: Engine, look: Look, at: datetime = AT, policy: Any = POLICY) -> HealthCode:
    with reading(store) as connection:
        return codes.current(connection, look, policy, at=at, zone=ZONE)


# looking

HERS = Whose("MH", "05-08")


@given(initials=st.from_regex(r"[A-Z]{1,2}", fullmatch=True) | st.none(), born=st.dates() | st.none())
def test_a_word_says_whose_it_is(initials: str | None, born: date | None) -> None:
    shows = Whose(initials, born and f"{born:%m-%d}")
    characters = permissions._telling(shows)
    assert len(characters) == permissions.TELLING
    assert permissions._told(permissions.typed(characters.lower())) == shows


def test_whose_it_is_cannot_be_changed_on_the_way(store: Engine, vault: Vault, meimei: Known) -> None:
    word = permissions.permit(store, vault, own(store, meimei), HERS, at=AT)
    for other in (word[:-4] + permissions._telling(Whose("LH", "05-08")), word[:-5], word[:-1] + "U"):
        with pytest.raises(AccessRefused, match="ACCESS_PERMISSION"):
            permissions.redeem(store, vault, GATE, other, at=AT)
    assert permissions.redeem(store, vault, GATE, word, at=AT)[1] == HERS


@pytest.mark.parametrize("account", [CLINIC, NORTH, Account("gate-8", Role.STAFF), Account("gate-7", Role.CARRIER)])
def test_a_word_is_for_staff_alone(store: Engine, vault: Vault, meimei: Known, account: Account) -> None:
    word = permissions.permit(store, vault, own(store, meimei), HERS, at=AT)
    with pytest.raises(AccessRefused, match="ACCESS_ROLE"):
        permissions.redeem(store, vault, account, word, at=AT)
    seen, whose = permissions.redeem(store, vault, GATE, word, at=AT)
    assert (seen.person_id, whose) == (meimei.person_id, HERS)


@pytest.mark.parametrize("word", ["", "7F3K-9QRS-TV2W", "%", "0" * 12, "0" * 2000])
def test_staff_without_the_holders_word_see_nobody(store: Engine, vault: Vault, meimei: Known, word: str) -> None:
    permissions.permit(store, vault, own(store, meimei), HERS, at=AT)
    with pytest.raises(AccessRefused, match="ACCESS_PERMISSION"):
        permissions.redeem(store, vault, GATE, word, at=AT)


def test_a_word_is_good_once_for_five_minutes_and_in_the_holders_log(
    store: Engine, vault: Vault, meimei: Known
) -> None:
    look = own(store, meimei)
    late, early = (permissions.permit(store, vault, look, HERS, at=AT) for _ in range(2))
    for moment in (AT + 5 * MINUTE, AT - MINUTE):
        with pytest.raises(AccessRefused, match="ACCESS_PERMISSION"):
            permissions.redeem(store, vault, GATE, late, at=moment)
    seen, _ = permissions.redeem(store, vault, GATE, early.lower().replace("-", " "), at=AT + 4 * MINUTE)
    assert (seen.items, seen.purpose) == ({Item.STATUS}, Purpose.SHOWN)
    with pytest.raises(AccessRefused, match="ACCESS_PERMISSION"):
        permissions.redeem(store, vault, GATE, early, at=AT + 4 * MINUTE)
    log = own(store, meimei, AT + 5 * MINUTE)
    with reading(store) as connection:
        entries = [entry for entry in who_looked(connection, log) if entry.account_id == GATE.account_id]
    assert [(entry.purpose, entry.items, entry.look_id) for entry in entries] == [("shown", "status", seen.look_id)]


def test_nobody_gives_a_word_for_somebody_else(store: Engine, vault: Vault, meimei: Known) -> None:
    look = own(store, meimei)
    for other in (
        structs.replace(look, account=NORTH),
        structs.replace(look, purpose=Purpose.CORRECTION),
    ):
        with pytest.raises(AccessRefused):
            permissions.permit(store, vault, other, HERS, at=AT)


def test_staff_see_the_shown_view_and_nothing_of_why(store: Engine, vault: Vault, meimei: Known) -> None:
    other = person(store, vault, 2, "Lei")
    case = (other.person_id, record(store, other.person_id, swab()))
    tracing.establish(store, vault, (NORTH, SOUTH), meimei.person_id, MET, case=case, at=AT)
    word = permissions.permit(store, vault, own(store, meimei), HERS, at=AT)
    code = current(store, permissions.redeem(store, vault, GATE, word, at=AT)[0])
    view = codes.shown(code, permissions.whose(meimei), at=AT)
    assert (view.word, view.initials, view.birthday) == (Colour.YELLOW, "MH", "05-08")
    assert code.cause is not None
    assert code.cause not in repr(view)
    assert set(codes.Shown.__struct_fields__) == {"word", "initials", "birthday", "begins", "ends"}


def test_a_look_at_other_things_shows_no_code(store: Engine, vault: Vault, meimei: Known) -> None:
    look = own(store, meimei)
    with pytest.raises(AccessRefused):
        current(store, structs.replace(look, items=frozenset({Item.LOOKS})))


# in force


def test_outside_of_its_time_and_as_history_no_policy_shows_a_code(store: Engine, vault: Vault, meimei: Known) -> None:
    look = own(store, meimei)
    assert POLICY.sunset is not None
    for at in (POLICY.start - MINUTE, POLICY.sunset):
        with pytest.raises(StatusRefused, match="STATUS_ENDED"):
            current(store, look, at)
    with pytest.raises(StatusRefused, match="POLICY_HISTORICAL"):
        current(store, look, policy=parse_policy(history("CN-Shanghai-2022")))


# signed


def issued(store: Engine, known: Known, *keys: bytes | None, at: datetime = AT) -> tuple[str, ...]:
    code = current(store, own(store, known, at), at)
    return codes.issue_statuses(code, known, POLICY, FACILITY, keys, at=at)


def read(scan: str, at: datetime = AT) -> Status:
    told = verify(scan, trust_list=FACILITIES, at=at)
    assert told.authentic is True
    assert isinstance(told.content, Status)
    return told.content


def test_a_status_is_of_a_day_at_most_and_begins_and_ends_with_an_hour(
    store: Engine, vault: Vault, meimei: Known
) -> None:
    at = AT + timedelta(minutes=41, seconds=7)
    declaring.declare(store, vault, meimei, Told(36.5), by=meimei, at=at, zone=ZONE)
    (scan,) = issued(store, meimei, key(), at=at)
    status = read(scan, at)
    assert (status.word, status.begins, status.ends) == ("green", AT, AT + timedelta(hours=24))
    told = verify(scan, trust_list=FACILITIES, at=AT + timedelta(hours=25))
    assert told.authentic is False


def test_a_status_ends_with_what_it_rests_on(store: Engine, vault: Vault, meimei: Known) -> None:
    record(store, meimei.person_id, structs.replace(swab(70), result=NEGATIVE))
    (scan,) = issued(store, meimei, None)
    assert read(scan).ends == AT + timedelta(hours=2)


def test_statuses_of_one_batch_share_nothing_that_tells_whose_they_are(
    store: Engine, vault: Vault, meimei: Known
) -> None:
    keys = [key() for _ in range(3)]
    scans = issued(store, meimei, *keys)
    statuses = [read(scan) for scan in scans]
    assert [status.key for status in statuses] == keys
    assert len({structs.replace(status, key=None) for status in statuses}) == 1
    assert len(set(scans)) == 3


@pytest.mark.parametrize("keys", [(), (b"\2" * 33,) * 2, (None,) * (codes.BATCH + 1)])
def test_one_key_a_status(store: Engine, vault: Vault, meimei: Known, keys: tuple) -> None:
    with pytest.raises(ValueError, match="keys"):
        issued(store, meimei, *keys)


def test_after_the_policy_nothing_is_signed_even_of_an_old_code(store: Engine, vault: Vault, meimei: Known) -> None:
    code = current(store, own(store, meimei))
    assert POLICY.sunset is not None
    with pytest.raises(StatusRefused, match="STATUS_ENDED"):
        codes.issue_statuses(code, meimei, POLICY, FACILITY, [None], at=POLICY.sunset)


def test_whoever_has_no_birth_date_or_one_name_is_shown_with_less(store: Engine, vault: Vault, meimei: Known) -> None:
    bare = structs.replace(meimei, birth_date=None, name=structs.replace(meimei.name, given_icao=None))
    code = current(store, own(store, meimei))
    view = codes.shown(code, permissions.whose(bare), at=AT)
    assert (view.initials, view.birthday) == ("H", None)
    assert view.begins.astimezone(UTC) == AT
