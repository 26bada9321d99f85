"""How often may be tried: in a day, for one passport, from one device, and from one network.

Counts are kept in memory, by keyed hashes of what they count, known passports or not.
"""

import hashlib
import hmac
from collections import OrderedDict, deque
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

from msgspec import Struct

WINDOW = timedelta(days=1)
MOST_KEYS = 100_000
"""What is counted at a time, about 50 MB; beyond it the oldest count is forgotten, for which a flood would have to come
from hundreds of networks."""


HOME = 64
"""Bits of an IPv6 address that tell networks apart (RFC 6177): whoever has one has all the addresses in it."""


def network_of(address: str) -> str:
    """The network that a visitor's address is in: an IPv4 address by itself, of IPv6 the first `HOME` bits.

    What is no address (a socket of this machine, a name) is taken as it is.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or IPv6Network((found.packed, HOME), strict=False))
    return str(found)


class Allowance(Struct, frozen=True):
    """How many in a `WINDOW`."""

    document: int
    device: int
    network: int


class Limits(Struct, frozen=True):
    """`attempts` are comparisons with a portrait; `challenges` are issued more freely, since time runs out for some.

    With a false match rate f, n attempts on a passport let a stranger in with about n x f. A family shares a device,
    and an airport one network address.
    """

    attempts: Allowance = Allowance(document=5, device=15, network=300)
    challenges: Allowance = Allowance(document=20, device=60, network=1200)


class Source(Struct, frozen=True):
    """Where a try comes from, as keyed hashes."""

    document: bytes
    device: bytes
    network: bytes


class Counts:
    """What was tried in the last `WINDOW`. `key` (32 random bytes) keeps the numbers out of memory dumps."""

    def __init__(self, allowance: Allowance, key: bytes, *, most_keys: int = MOST_KEYS) -> None:
        self._allowance = allowance
        self._key = key
        self._most = most_keys
        self._tries: OrderedDict[bytes, deque[datetime]] = OrderedDict()

    def source(self, document: str, device: str, network: str) -> Source:
        """The three that are counted."""
        return Source(
            *(self._hash(kind, value) for kind, value in zip("dvn", (document, device, network), strict=True))
        )

    def left(self, source: Source, *, at: datetime) -> int:
        """How many more are allowed from `source`: the least of the three."""
        allowance = self._allowance
        return max(
            0,
            min(
                allowed - self._count(key, at)
                for key, allowed in (
                    (source.document, allowance.document),
                    (source.device, allowance.device),
                    (source.network, allowance.network),
                )
            ),
        )

    def locked(self, source: Source, *, at: datetime) -> bool:
        """Whether the passport's own allowance is used up, whoever tries and from wherever."""
        return self._count(source.document, at) >= self._allowance.document

    def add(self, source: Source, *, at: datetime) -> None:
        """Count one try."""
        for key in (source.document, source.device, source.network):
            self._tries.setdefault(key, deque()).append(at)
            self._tries.move_to_end(key)
        while len(self._tries) > self._most:
            self._tries.popitem(last=False)

    def _count(self, key: bytes, at: datetime) -> int:
        tries = self._tries.get(key)
        if tries is None:
            return 0
        while tries and tries[0] <= at - WINDOW:
            tries.popleft()
        if not tries:
            del self._tries[key]
        return len(tries)

    def _hash(self, kind: str, value: str) -> bytes:
        return hmac.digest(self._key, f"{kind}:{value}".encode(), hashlib.sha256)[:16]
