"""The log: its roots and proofs are those of RFC 9162 as written there, and nothing else is believed."""

import hashlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pratique.authority.ledger import (
    EMPTY_ROOT,
    MAX_PROOF,
    Checkpoint,
    MemoryNodes,
    Tree,
    checkpoint,
    commit,
    is_consistent,
    is_included,
)

ENTRIES = [f"entry {number}".encode() for number in range(70)]


def log(size: int, entries: list[bytes] = ENTRIES) -> Tree:
    tree = Tree(MemoryNodes())
    assert [tree.append(entry) for entry in entries[:size]] == list(range(size))
    return tree


def defined_root(entries: list[bytes]) -> bytes:
    """MTH(D[n]) word for word (RFC 9162, 2.1.1)."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return hashlib.sha256(b"\1" + defined_root(entries[:k]) + defined_root(entries[k:])).digest()


SIZES = st.integers(1, len(ENTRIES))
HASHES = st.lists(st.binary(min_size=32, max_size=32), max_size=8).map(tuple)


@given(st.integers(0, len(ENTRIES)))
def test_the_root_is_the_one_defined(size: int) -> None:
    assert log(size).root() == defined_root(ENTRIES[:size])


@given(SIZES, SIZES)
def test_earlier_roots_stay_known(old: int, new: int) -> None:
    old, new = sorted((old, new))
    assert log(new).root(old) == defined_root(ENTRIES[:old])


@given(st.data(), SIZES)
def test_every_entry_is_proved_in_every_later_log(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    tree = log(len(ENTRIES))
    proof, root = tree.inclusion(index, size), tree.root(size)
    assert is_included(ENTRIES[index], index, size, proof, root=root)
    assert not is_included(b"another", index, size, proof, root=root)
    assert not is_included(ENTRIES[index], index, size, proof, root=bytes(32))
    assert not is_included(ENTRIES[index], index, size, (*proof, bytes(32)), root=root)
    other = data.draw(st.integers(-1, size))
    assume(other != index)
    assert not is_included(ENTRIES[index], other, size, proof, root=root)
    if proof:
        assert not is_included(ENTRIES[index], index, size, proof[:-1], root=root)


@given(SIZES, SIZES, HASHES)
def test_a_log_that_only_grew_is_proved_so(old: int, new: int, other: tuple[bytes, ...]) -> None:
    old, new = sorted((old, new))
    tree = log(len(ENTRIES))
    before, after = Checkpoint("log", old, tree.root(old)), Checkpoint("log", new, tree.root(new))
    proof = tree.consistency(old, new)
    assert is_consistent(before, after, proof)
    assert is_consistent(before, after, other) is (other == proof)
    assert not is_consistent(before, after, (*proof, bytes(32)))
    assert not is_consistent(Checkpoint("log", old, bytes(32)), after, proof)
    assert not is_consistent(before, Checkpoint("log", new, bytes(32)), proof)
    if old < new:
        assert not is_consistent(after, before, proof)


@given(st.data(), SIZES)
def test_a_log_with_a_changed_past_is_never_consistent(data: st.DataObject, new: int) -> None:
    old = data.draw(st.integers(1, new))
    changed = data.draw(st.integers(0, old - 1))
    honest = log(old)
    rewritten = log(new, [b"changed" if place == changed else entry for place, entry in enumerate(ENTRIES)])
    before = Checkpoint("log", old, honest.root())
    after = Checkpoint("log", new, rewritten.root())
    assert not is_consistent(before, after, rewritten.consistency(old))


def test_every_log_begins_with_the_empty_one() -> None:
    empty, some = checkpoint(log(0), origin="log"), checkpoint(log(3), origin="log")
    assert empty.root == EMPTY_ROOT
    assert is_consistent(empty, some, ())
    assert not is_consistent(empty, some, (bytes(32),))
    assert not is_consistent(Checkpoint("log", 0, bytes(32)), some, ())


def test_what_there_is_not_is_not_proved() -> None:
    tree = log(5)
    for wrong in (
        lambda: tree.root(6),
        lambda: tree.root(-1),
        lambda: tree.inclusion(5),
        lambda: tree.inclusion(-1),
        lambda: tree.inclusion(3, 3),
        lambda: tree.consistency(0),
        lambda: tree.consistency(4, 3),
        lambda: tree.consistency(1, 6),
    ):
        with pytest.raises(ValueError, match="log"):
            wrong()


def test_an_endless_proof_is_not_followed() -> None:
    tree = log(2)
    long = (bytes(32),) * (MAX_PROOF + 1)
    assert not is_included(ENTRIES[0], 0, 2, long, root=tree.root())
    assert not is_consistent(Checkpoint("log", 1, tree.root(1)), Checkpoint("log", 2, tree.root()), long)


def test_nodes_are_written_once() -> None:
    nodes = MemoryNodes()
    nodes.put(0, 0, bytes(32))
    for place in (0, 2):
        with pytest.raises(ValueError, match="once"):
            nodes.put(0, place, bytes(32))


def test_a_commitment_says_nothing_without_its_salt() -> None:
    salt, record = bytes(range(32)), b"one dose"
    assert commit(record, salt=salt) == commit(record, salt=salt)
    assert len({commit(record, salt=salt), commit(b"two doses", salt=salt), commit(record, salt=bytes(32))}) == 3
    with pytest.raises(ValueError, match="salt"):
        commit(record, salt=b"short")


@given(st.text(st.characters(exclude_characters="\n"), min_size=1), SIZES)
def test_a_checkpoint_is_three_lines_and_nothing_else(origin: str, size: int) -> None:
    told = checkpoint(log(size), origin=origin)
    assert Checkpoint.from_text(told.to_text()) == told


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log\n1\n",
        "log\n1\nAAAA\n",
        "log\n-1\n" + "A" * 43 + "=\n",
        "log\n01\n" + "A" * 43 + "=\n",
        "\n1\n" + "A" * 43 + "=\n",
        "log\n1\n" + "A" * 43 + "=\nmore",
        "log\none\n" + "A" * 43 + "=\n",
        "log\n1\n" + "!" * 43 + "=\n",
    ],
)
def test_a_checkpoint_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="three lines"):
        Checkpoint.from_text(text)


def test_an_origin_is_one_line() -> None:
    for origin in ("", "two\nlines"):
        with pytest.raises(ValueError, match="one line"):
            checkpoint(log(1), origin=origin)
