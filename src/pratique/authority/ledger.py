"""The log that proves itself: an append-only Merkle tree over salted commitments (RFC 9162, section 2.1).

    record ─ commit(salt) ─► leaf ─ append ─► Tree ─ checkpoint ─► published
                                              ├─ inclusion(index, size)   this record is in the log that you saw
                                              └─ consistency(old, new)    the new log begins with the old one

A leaf is a commitment and not the record: whoever holds salt and record can show that it is in the log, and once the
salt is destroyed the leaf says nothing about anyone, while every proof goes on to hold. Where the nodes are kept is an
argument (`Nodes`): a list in memory, or a table. Only whole subtrees are kept, each written once and never changed.
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a log without entries (RFC 9162, 2.1.1)."""

SALT_LENGTH = 32
"""As long as the hash: nobody finds a record by trying salts, nor a salt by knowing the record."""

MAX_PROOF = 64
"""No log has more than 2^63 entries, so that no honest proof is longer."""


def commit(record: bytes, *, salt: bytes) -> bytes:
    """The commitment to a record, 32 octets; `salt` is `SALT_LENGTH` random octets, fresh for each record."""
    if len(salt) != SALT_LENGTH:
        raise ValueError(f"a salt has {SALT_LENGTH} octets")
    return hmac.digest(salt, record, "sha256")


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry; its first octet tells it from every inner node."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Nodes(Protocol):
    """Where the hashes of whole subtrees are: of the 2^level leaves that begin at index · 2^level."""

    def get(self, level: int, index: int, /) -> bytes:
        """The hash that was put there. Raises `LookupError` where there is none."""

    def put(self, level: int, index: int, value: bytes, /) -> None:
        """Keep a hash; each place is written once."""


class MemoryNodes:
    """Nodes in memory, for tests, auditors and small logs."""

    def __init__(self) -> None:
        self._levels: list[list[bytes]] = []

    def get(self, level: int, index: int, /) -> bytes:
        """The hash that was put there. Raises `LookupError` where there is none."""
        return self._levels[level][index]

    def put(self, level: int, index: int, value: bytes, /) -> None:
        """Keep a hash; places of one level are filled in their order."""
        if level == len(self._levels):
            self._levels.append([])
        if index != len(self._levels[level]):
            raise ValueError("a node is written once, and after the one before it")
        self._levels[level].append(value)


class Tree:
    """A log of `size` entries over its nodes. Nothing here locks: whoever appends does it one at a time."""

    def __init__(self, nodes: Nodes, size: int = 0) -> None:
        self._nodes = nodes
        self.size = size

    def append(self, entry: bytes) -> int:
        """Add an entry and return its index, from 0. Work and writes grow with the logarithm of the size at most."""
        index, value, level = self.size, leaf_hash(entry), 0
        self._nodes.put(0, index, value)
        while index & 1:  # the left neighbour is whole, and so is what holds both
            value = node_hash(self._nodes.get(level, index - 1), value)
            index >>= 1
            level += 1
            self._nodes.put(level, index, value)
        self.size += 1
        return self.size - 1

    def root(self, size: int | None = None) -> bytes:
        """The root of the first `size` entries, all if not given. Raises `ValueError` for more than there are."""
        size = self._known(self.size if size is None else size)
        return EMPTY_ROOT if size == 0 else self._hash(0, size)

    def inclusion(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """The proof that the entry at `index` is among the first `size` (RFC 9162, 2.1.3.1), leaf side first."""
        size = self._known(self.size if size is None else size)
        if not 0 <= index < size:
            raise ValueError("no such entry in a log of this size")
        return tuple(self._path(index, 0, size))

    def consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """The proof that the first `new` entries begin with the first `old` (RFC 9162, 2.1.4.1)."""
        new = self._known(self.size if new is None else new)
        if not 0 < old <= new:
            raise ValueError("the old log has at least one entry, and no more than the new one")
        return tuple(self._subproof(old, 0, new, known=True))

    def _known(self, size: int) -> int:
        if not 0 <= size <= self.size:
            raise ValueError("the log has fewer entries")
        return size

    def _hash(self, begin: int, end: int) -> bytes:
        """The hash of the entries from `begin` to `end`, where `begin` is a multiple of the next power of two."""
        count = end - begin
        if count & (count - 1) == 0:
            level = count.bit_length() - 1
            return self._nodes.get(level, begin >> level)
        middle = begin + _left(count)
        return node_hash(self._hash(begin, middle), self._hash(middle, end))

    def _path(self, index: int, begin: int, end: int) -> Iterator[bytes]:
        if end - begin == 1:
            return
        middle = begin + _left(end - begin)
        if index < middle:
            yield from self._path(index, begin, middle)
            yield self._hash(middle, end)
        else:
            yield from self._path(index, middle, end)
            yield self._hash(begin, middle)

    def _subproof(self, old: int, begin: int, end: int, *, known: bool) -> Iterator[bytes]:
        """`known`: the verifier has the hash of this subtree already, as it is the whole of the old log."""
        if old == end:
            if not known:
                yield self._hash(begin, end)
            return
        middle = begin + _left(end - begin)
        if old <= middle:
            yield from self._subproof(old, begin, middle, known=known)
            yield self._hash(middle, end)
        else:
            yield from self._subproof(old, middle, end, known=False)
            yield self._hash(begin, middle)


def _left(count: int) -> int:
    """How many of `count` leaves are in the left subtree: the largest power of two below."""
    return 1 << (count - 1).bit_length() - 1


def is_included(entry: bytes, index: int, size: int, proof: tuple[bytes, ...], *, root: bytes) -> bool:
    """Whether the proof shows that `entry` is at `index` of the log of `size` with this root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or len(proof) > MAX_PROOF:
        return False
    place, last, value = index, size - 1, leaf_hash(entry)
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            value = node_hash(sibling, value)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and hmac.compare_digest(value, root)


def is_consistent(old: "Checkpoint", new: "Checkpoint", proof: tuple[bytes, ...]) -> bool:
    """Whether the proof shows that the new log begins with the old one (RFC 9162, 2.1.4.2).

    Every log begins with the empty one, which needs no proof.
    """
    if old.size == 0:
        return old.root == EMPTY_ROOT and not proof
    if old.size > new.size or len(proof) > MAX_PROOF:
        return False
    if old.size == new.size:
        return not proof and hmac.compare_digest(old.root, new.root)
    hashes = (old.root, *proof) if old.size & (old.size - 1) == 0 else proof
    place, last = old.size - 1, new.size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if not hashes:
        return False
    was = now = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            was, now = node_hash(sibling, was), node_hash(sibling, now)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            now = node_hash(now, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and hmac.compare_digest(was, old.root) and hmac.compare_digest(now, new.root)


class Checkpoint(Struct, frozen=True):
    """What a log publishes of itself: who it is, how many entries it has, and their root (32 octets)."""

    origin: str
    size: int
    root: bytes

    def to_text(self) -> str:
        """The three lines that are signed: origin, size, and the root in base64."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def from_text(cls, text: str) -> "Checkpoint":
        """Read what `to_text` wrote, and nothing else. Raises `ValueError`."""
        try:
            origin, size, root, rest = text.split("\n")
            found = cls(origin, int(size), b64decode(root, validate=True))
        except ValueError as error:
            raise ValueError("a checkpoint is three lines: origin, size and root") from error
        if rest or not origin or len(found.root) != len(EMPTY_ROOT) or found.size < 0 or found.to_text() != text:
            raise ValueError("a checkpoint is three lines: origin, size and root")
        return found


def checkpoint(tree: Tree, *, origin: str) -> Checkpoint:
    """The log as it is now; `origin` names it, such as `xa.example/log`."""
    if "\n" in origin or not origin:
        raise ValueError("an origin is one line")
    return Checkpoint(origin, tree.size, tree.root())
