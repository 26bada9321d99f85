"""Officials apart: each signs the same octets with one key, and what is assembled is what all of them read."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from pratique.model.errors import NetworkRefused
from pratique.model.reasons import Reason
from pratique.network import ceremony, repository
from pratique.network.distribution import Repository
from pratique.network.roles import Participant
from tests.network.net import (
    AT,
    DAY,
    FIRST,
    OFFICE,
    OFFICERS,
    PARTICIPANTS,
    PARTS,
    ROOTS,
    SANDBOX,
    SIGNERS,
    key,
    released,
    update,
)

PAIR = (key("XA one"), key("XA two"))


def next_root(found: Repository = FIRST) -> bytes:
    return ceremony.unsigned(repository.draft_root(found, OFFICERS, environment=SANDBOX, at=AT + DAY))


def reasons(refusal: pytest.ExceptionInfo[NetworkRefused]) -> list[Reason]:
    return [each.reason for each in refusal.value.problems]


def test_nothing_is_accepted_before_enough_have_signed() -> None:
    data = next_root()
    assert ceremony.missing(FIRST, "root", data) == (("root 2", 2), ("root 1", 2))
    one = ceremony.sign(data, ROOTS[0])
    assert ceremony.missing(FIRST, "root", one) == (("root 2", 1), ("root 1", 1))
    twice = ceremony.assembled([one, ceremony.sign(one, ROOTS[0])])
    assert ceremony.missing(FIRST, "root", twice) == (("root 2", 1), ("root 1", 1)), "one key is one signature"
    stranger = ceremony.assembled([one, ceremony.sign(data, OFFICE)])
    for too_few in (data, one, twice, stranger):
        with pytest.raises(NetworkRefused) as refusal:
            repository.accept(FIRST, "root", too_few, {})
        assert reasons(refusal) == [Reason.NETWORK_SIGNATURES]


def test_a_root_signed_apart_is_the_one_signed_together() -> None:
    data = next_root()
    copies = [ceremony.sign(data, each) for each in (ROOTS[2], ROOTS[0])]
    whole = ceremony.assembled(copies)
    assert ceremony.missing(FIRST, "root", whole) == ()
    found = repository.accept(FIRST, "root", whole, {})
    together = repository.rotate(FIRST, OFFICERS, environment=SANDBOX, signers=[ROOTS[0], ROOTS[2]], at=AT + DAY)
    assert ceremony.describe(whole).digest == ceremony.describe(together.files["metadata/2.root.json"]).digest
    assert released(found, at=AT + DAY).versions("root") == [1, 2]


def test_who_signed_another_text_is_found_out() -> None:
    other = ceremony.unsigned(
        repository.draft_root(FIRST, structs.replace(OFFICERS, root_threshold=1), environment=SANDBOX, at=AT + DAY)
    )
    with pytest.raises(NetworkRefused) as refusal:
        ceremony.assembled([ceremony.sign(next_root(), ROOTS[0]), ceremony.sign(other, ROOTS[1])])
    assert reasons(refusal) == [Reason.NETWORK_MIXED]
    assert ceremony.describe(other).digest != ceremony.describe(next_root()).digest


def test_a_file_that_others_overtook_is_refused() -> None:
    data = next_root()
    copies = [ceremony.sign(data, each) for each in ROOTS[:2]]
    found = repository.accept(FIRST, "root", ceremony.assembled(copies), {})
    with pytest.raises(NetworkRefused) as refusal:
        repository.accept(found, "root", ceremony.assembled(copies), {})
    assert reasons(refusal) == [Reason.NETWORK_ROLLBACK]


def test_a_participant_of_two_officials_signs_apart(tmp_path: Path) -> None:
    both = Participant("XA", tuple(each.public_key() for each in PAIR), threshold=2)
    others = [each for each in PARTICIPANTS if each.country != "XA"]
    draft = ceremony.unsigned(repository.draft_targets(FIRST, [both, *others], {}, at=AT))
    found = repository.accept(FIRST, "targets", ceremony.sign(draft, OFFICE), {})
    parts = dict(PARTS["XA"])
    contributed = ceremony.unsigned(repository.draft_contribution(found, "XA", parts, at=AT))
    first, second = (ceremony.sign(contributed, each) for each in PAIR)
    assert ceremony.missing(found, "XA", first) == (("targets", 1),)
    whole = ceremony.assembled([first, second])
    with pytest.raises(NetworkRefused) as refusal:
        repository.accept(found, "XA", whole, parts | {"rules/XA.json": b"[]"})
    assert reasons(refusal) == [Reason.NETWORK_MIXED]
    with pytest.raises(NetworkRefused):
        repository.accept(found, "XA", ceremony.sign(first, SIGNERS["XB"]), parts)
    done = released(repository.accept(found, "XA", whole, parts), at=AT + timedelta(hours=1))
    assert update(tmp_path, done, at=AT + timedelta(hours=1)).problems == ()


def test_what_is_signed_is_said_in_full() -> None:
    root = ceremony.describe(next_root())
    assert (root.kind, root.version, root.environment, root.signed_by) == ("root", 2, "sandbox", ())
    assert [line.partition(":")[0] for line in root.says] == ["root", "snapshot", "targets", "timestamp"]
    assert root.says[0].startswith("root: 2 of ")
    own = {"value-sets/x.json": b"{}"}
    office = ceremony.describe(ceremony.unsigned(repository.draft_targets(FIRST, PARTICIPANTS, own, at=AT)))
    assert [line.partition(":")[0] for line in office.says] == ["XA", "XB", "XC", "value-sets/x.json"]


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", FIRST.files["metadata/timestamp.json"], b" " * (ceremony.LONGEST + 1)]
)
def test_what_is_no_file_of_a_network(data: bytes) -> None:
    for attempt in (
        ceremony.describe,
        lambda data: ceremony.sign(data, OFFICE),
        lambda data: ceremony.assembled([data]),
    ):
        with pytest.raises(NetworkRefused) as refusal:
            attempt(data)
        assert reasons(refusal) == [Reason.NETWORK_UNREADABLE]


def test_nobody_holds_two_keys() -> None:
    assert ceremony.shared_keys(OFFICERS, PARTICIPANTS) == ()
    twice = structs.replace(OFFICERS, root=(*OFFICERS.root, OFFICERS.root[0]))
    lent = Participant("XD", (OFFICE.public_key(),))
    found = ceremony.shared_keys(twice, [*PARTICIPANTS, lent])
    assert [(each.path, each.reason) for each in found] == [
        ("root.keys[3]", Reason.NETWORK_KEY_TWICE),
        ("participants.XD.keys[0]", Reason.NETWORK_KEY_TWICE),
    ]
