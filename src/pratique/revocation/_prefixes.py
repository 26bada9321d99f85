"""Identifiers in eight octets each: what our own lists hold, and how one is looked up in them."""

import struct
import sys
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from itertools import pairwise

Identifier = tuple[str, str]
"""A kind, such as `record`, and a value."""

_NUMBER: Callable[[bytes], tuple[int]] = struct.Struct(">Q").unpack


def prefix_of(identifier: Identifier) -> int:
    """The number under which a list of ours holds an identifier."""
    (prefix,) = _NUMBER(blake2b(":".join(identifier).encode(), digest_size=8).digest())
    return prefix


class Prefixes:
    """A set of identifiers in eight octets each, sorted. Immutable once made; equal if they hold the same."""

    __slots__ = ("_sorted",)

    def __init__(self, prefixes: Iterable[int] = ()) -> None:
        self._sorted = array("Q", sorted(set(prefixes)))

    @classmethod
    def of(cls, identifiers: Iterable[Identifier]) -> "Prefixes":
        """The set of these identifiers."""
        return cls(map(prefix_of, identifiers))

    @classmethod
    def from_bytes(cls, data: bytes) -> "Prefixes":
        """Read what `to_bytes` wrote. Raises `ValueError` for another length, or for entries out of order."""
        numbers = array("Q")
        numbers.frombytes(data)
        if sys.byteorder == "little":
            numbers.byteswap()
        if any(a >= b for a, b in pairwise(numbers)):
            raise ValueError("prefixes that are not sorted, or not distinct")
        found = cls()
        found._sorted = numbers
        return found

    def follows(self, other: "Prefixes") -> bool:
        """Whether it begins after the other ends, as where a long set was cut in two."""
        return not self or not other or other._sorted[-1] < self._sorted[0]

    def followed_by(self, other: "Prefixes") -> "Prefixes":
        """The two as one, without sorting. Raises `ValueError` where the other does not follow."""
        if not other.follows(self):
            raise ValueError("prefixes that overlap")
        found = Prefixes()
        found._sorted = self._sorted + other._sorted
        return found

    def to_bytes(self) -> bytes:
        """The prefixes in order, eight octets each, most significant first."""
        numbers = self._sorted
        if sys.byteorder == "little":
            numbers = array("Q", numbers)
            numbers.byteswap()
        return numbers.tobytes()

    def __contains__(self, prefix: int) -> bool:
        return self.has_any((prefix,))

    def has_any(self, prefixes: Iterable[int]) -> bool:
        """Whether one of these is in it."""
        numbers = self._sorted
        if not numbers:
            return False
        first, last = numbers[0], numbers[-1]
        for prefix in prefixes:  # noqa: SIM110  a generator costs as much as the look-up
            if first <= prefix <= last and numbers[bisect_left(numbers, prefix)] == prefix:
                return True
        return False

    def __iter__(self) -> Iterator[int]:
        return iter(self._sorted)

    def __len__(self) -> int:
        return len(self._sorted)

    def __or__(self, other: "Prefixes") -> "Prefixes":
        return Prefixes((*self._sorted, *other._sorted))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Prefixes) and self._sorted == other._sorted

    def __hash__(self) -> int:
        return hash(self.to_bytes())
