"""How often: requests of one network in a minute, in the memory of one process.

What is tried on a passport is counted elsewhere, by the passport, the device and the network (`identity.limits`).
"""

from collections.abc import Callable
from functools import lru_cache
from time import monotonic

from pratique.authority.identity.limits import network_of
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem

MINUTE = 60.0


_network = lru_cache(maxsize=4096)(network_of)


class Pace:
    """So many requests of one network in a minute; the next ones wait for the next minute."""

    def __init__(self, most: int, *, clock: Callable[[], float] = monotonic) -> None:
        self._most = most
        self._clock = clock
        self._began = clock()
        self._counts: dict[str, int] = {}

    def take(self, request: AnyRequest) -> None:
        """Count one. Raises `Problem` (TOO_MANY_REQUESTS)."""
        if self._clock() - self._began >= MINUTE:
            self._began = self._clock()
            self._counts = {}
        network = _network(request.client.host if request.client else "")
        count = self._counts[network] = self._counts.get(network, 0) + 1
        if count > self._most:
            raise Problem(Code.TOO_MANY_REQUESTS)
