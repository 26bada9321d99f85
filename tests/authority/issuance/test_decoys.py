"""A list of withdrawals as whoever reads every one of them sees it."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import ProgrammingError
from tests import databases
from tests.authority.issuing import ANNE, AT, BO

from pratique import revocation
from pratique.authority.issuance import decoys, oversight, revoking
from pratique.authority.issuance.revoking import Effect, Ground
from pratique.authority.store import migrate, open_store, reading, signing_log, withdrawals, writing
from pratique.authority.store.roles import DatabaseRole
from pratique.authority.store.signing_log import SigningKey
from pratique.model.reasons import Reason
from pratique.network import slicing
from pratique.revocation import Identifier, RevocationList, Withdrawals, prefix_of

DAY = timedelta(days=1)
LEAST, STEP = decoys.LEAST, decoys.STEP


def published(
    engine: Engine, at: datetime = AT, before: RevocationList | None = None, **more: object
) -> RevocationList:
    with writing(engine) as connection:
        found = decoys.published(connection, at=at, before=before, **more)  # type: ignore[arg-type]
    return revocation.from_bytes(revocation.to_bytes(found))


def withdraw(
    engine: Engine, numbers: Sequence[int], effect: Effect = Effect.REVOKED, at: datetime = AT
) -> list[Identifier]:
    named = [("record", f"{number:032X}") for number in numbers]
    with writing(engine) as connection:
        revoking.withdraw(connection, named, ANNE, Ground.MISTAKE, at=at, effect=effect)
    return named


def sizes(listed: RevocationList) -> tuple[int, int]:
    return len(listed.revoked), len(listed.replaced)


def dice() -> Random:
    return Random(5)  # noqa: S311


@pytest.fixture
def apart() -> Iterator[Engine]:
    """Another country's store."""
    engine = open_store("sqlite://")
    migrate(engine)
    yield engine
    engine.dispose()


def test_steps_are_powers_of_two(store: Engine) -> None:
    for step in (0, 1, 32, 65, 1000, -64):
        with pytest.raises(ValueError, match="power of two"), writing(store) as connection:
            decoys.published(connection, at=AT, step=step)
    with reading(store) as connection:
        assert sizes(revoking.revocation_list(connection, at=AT)) == (0, 0)


@pytest.mark.parametrize("history", [(0, 0, 0, 0), (0, 1, 3, 0), (1024 - 1, 63, 0, 63)])
def test_days_with_and_without_withdrawals_look_the_same(store: Engine, history: tuple[int, ...]) -> None:
    """Not nearly the same: the sizes, and what stays, are all that there is to see of numbers drawn at random."""
    seen, before, place = [], None, 0
    for day, count in enumerate(history):
        at = AT + day * DAY
        named = withdraw(store, range(place, place + count), at=at)
        place += count
        listed = published(store, at, before)
        assert all(listed.withdrawn([each], issuer="XA") is Reason.REVOKED for each in named)
        if before is not None:
            assert set(before.revoked) < set(listed.revoked)
            assert set(before.replaced) < set(listed.replaced)
        assert set(listed.revoked).isdisjoint(listed.replaced)
        seen.append(sizes(listed))
        before = listed
    assert seen == [(LEAST + day * STEP,) * 2 for day in range(4)]


def test_more_than_a_step_is_seen_in_steps(store: Engine) -> None:
    withdraw(store, range(LEAST), Effect.REPLACED)
    assert sizes(published(store)) == (LEAST, LEAST + STEP)
    withdraw(store, range(LEAST, LEAST + STEP), Effect.REPLACED)
    assert sizes(published(store)) == (LEAST + STEP, LEAST + 3 * STEP)
    assert sizes(published(store, step=4096)) == (4096, 4096)
    assert sizes(published(store)) == (4096 + STEP,) * 2


def test_a_list_that_was_lost_is_made_again_with_its_decoys(store: Engine) -> None:
    withdraw(store, range(3))
    first = published(store)
    withdraw(store, range(3, 5), Effect.REPLACED, AT + DAY)
    second = published(store, AT + DAY, first)
    with reading(store) as connection:
        again = revoking.revocation_list(connection, at=AT + DAY)
    assert (again.revoked, again.replaced) == (second.revoked, second.replaced)
    third = published(store, AT + 2 * DAY)
    assert set(second.revoked) < set(third.revoked)


def test_what_another_list_had_is_counted_and_stays(store: Engine) -> None:
    before = RevocationList(AT, AT, [("record", f"{number}") for number in range(5)], [("record", "5")])
    listed = published(store, before=before)
    assert sizes(listed) == (LEAST, LEAST)
    assert set(before.revoked) < set(listed.revoked)


def test_an_entry_stands_under_the_effect_that_it_had_first(store: Engine) -> None:
    withdraw(store, [1, 2], Effect.REPLACED)
    withdraw(store, [3], Effect.REVOKED)
    before = published(store)
    withdraw(store, [1], Effect.REVOKED, AT + DAY)
    withdraw(store, [3], Effect.REPLACED, AT + DAY)
    withdraw(store, [4], Effect.REPLACED, AT + DAY)
    withdraw(store, [4], Effect.REVOKED, AT + DAY)
    listed = published(store, AT + DAY, before)
    said = {number: listed.withdrawn([("record", f"{number:032X}")], issuer="XA") for number in range(1, 6)}
    assert said == {1: Reason.REPLACED, 2: Reason.REPLACED, 3: Reason.REVOKED, 4: Reason.REVOKED, 5: None}
    assert set(listed.revoked).isdisjoint(listed.replaced)


def test_nothing_that_is_counted_counts_a_decoy(store: Engine) -> None:
    published(store)
    withdraw(store, range(2), Effect.REPLACED)
    published(store, AT + DAY)
    with reading(store) as connection:
        assert withdrawals.counted(connection, since=0) == [("replaced", "mistake", 2)]
        told = oversight.counted(connection, since=AT - DAY)
    assert told.withdrawn == (("replaced", "mistake", 2),)
    assert "decoy" not in {each.value for each in Ground}, "nobody withdraws anything for this"


def test_the_dice_are_an_argument(store: Engine, apart: Engine) -> None:
    assert published(store, random=dice()).revoked == published(apart, random=dice()).revoked
    again = published(store, random=dice())  # which fall as they fell before
    assert sizes(again) == (LEAST + STEP,) * 2
    assert published(apart).revoked != again.revoked
    assert set(published(apart).revoked).isdisjoint(again.replaced)


def test_additions_to_slices_look_the_same(store: Engine, apart: Engine) -> None:
    seen = []
    for engine, history in ((store, (3, 0, 1)), (apart, (0, 0, 0))):
        files: dict[str, bytes] = {}
        for day, count in enumerate(history):
            withdraw(engine, range(10 * day, 10 * day + count))
            listed = published(engine, AT + day * DAY, step=64)
            whole = Withdrawals(frozenset({"XA"}), listed.revoked, listed.replaced)
            files = slicing.extended("XA", files, whole) if files else slicing.based("XA", whole)
        seen.append({name: len(data) for name, data in files.items()})
    assert seen[0] == seen[1]
    assert len(seen[0]) > 1


def test_a_list_with_a_key_that_is_believed_no_more(store: Engine) -> None:
    """Whose signatures are read in parts: what is written after them is not."""
    key = SigningKey("a" * 32, b"\x01" * 8, b"spki", "XA", int(AT.timestamp()))
    with writing(store) as connection:
        signing_log.enter_key(connection, key)
        revoking.distrust(connection, key, by=(ANNE, BO), at=AT)
    listed = published(store)
    assert [each.spki for each in listed.distrusted] == [b"spki"]
    assert sizes(listed) == (LEAST, LEAST)


def test_two_at_once_do_not_lose_each_others_decoys(store: Engine) -> None:
    with ThreadPoolExecutor(2) as two:
        lists = sorted(two.map(lambda _: published(store), range(2)), key=sizes)
    assert [sizes(each) for each in lists] == [(LEAST, LEAST), (LEAST + STEP,) * 2]
    assert set(lists[0].replaced) < set(lists[1].replaced)


def test_whoever_may_withdraw_may_publish_and_nobody_else(postgresql: str) -> None:
    with databases.copy(postgresql) as url:
        for role in DatabaseRole:
            engine = open_store(url, role=role)
            try:
                if role in (DatabaseRole.HEALTH, DatabaseRole.ISSUANCE):
                    assert min(sizes(published(engine))) >= LEAST
                else:
                    with pytest.raises(ProgrammingError, match="permission denied"):
                        published(engine)
            finally:
                engine.dispose()


def test_a_year_of_lists_within_the_budget() -> None:
    """200 000 withdrawn evenly in a year of days, all revoked: with their decoys at most 2 MB."""
    revoked = replaced = withdrawn = 0
    for day in range(365):
        today = 200_000 * (day + 1) // 365 - withdrawn
        withdrawn += today
        revoked, replaced = decoys.filled(revoked + today), decoys.filled(replaced)
    assert withdrawn == 200_000
    assert (revoked - withdrawn, replaced) == (10_688, 1024 + 364 * 64)
    assert (revoked + replaced) * 8 <= 2_000_000


def test_a_decoy_is_no_other_entry(apart: Engine) -> None:
    """What is published of a decoy is the hash of its row, as of every other."""
    listed = published(apart)
    with reading(apart) as connection:
        rows = [each for each, _, _ in withdrawals.all_withdrawn(connection)]
    assert {prefix_of(tuple(each.split(":", 1))) for each in rows} == {*listed.revoked, *listed.replaced}  # type: ignore[arg-type]
    assert len(set(rows)) == len(rows) == 2 * LEAST
