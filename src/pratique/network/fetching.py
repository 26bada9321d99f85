"""Reads that end: of at most so many octets and seconds in all, however large or slow the other side is."""

from collections.abc import Callable, Iterable, Iterator

from tuf.api.exceptions import DownloadError, DownloadHTTPError, DownloadLengthMismatchError, SlowRetrievalError
from tuf.ngclient.fetcher import FetcherInterface

Fetch = Callable[[str], Iterable[bytes]]
"""From a name in the repository, such as `metadata/timestamp.json`, to its octets in pieces.

Raises `FileNotFoundError` if there is no such file, another `OSError` if nobody answers. A piece that never comes is
for whoever implements it to give up on.
"""
Clock = Callable[[], float]
"""Seconds that only rise, as `time.monotonic`."""

MOST_OCTETS = 128 * 1024 * 1024
"""Of one update: two hundred countries with their keys and rules are 2 MB, the withdrawals of a large one 32."""
PATIENCE = 120.0
"""Seconds for one update: 2 MB over a line of a slow airport, with as much again to spare."""


class Bounded(FetcherInterface):
    """A fetcher for `tuf` that gives up. The limits are those of all reads together."""

    def __init__(self, fetch: Fetch, clock: Clock, *, octets: int = MOST_OCTETS, seconds: float = PATIENCE) -> None:
        self._read = fetch
        self._clock = clock
        self._left = octets
        self._until = clock() + seconds

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            for piece in self._read(url):
                self._left -= len(piece)
                if self._left < 0:
                    raise DownloadLengthMismatchError("more than one update can be")
                if self._clock() > self._until:
                    raise SlowRetrievalError("more time than one update takes")
                yield piece
        except FileNotFoundError as fault:
            raise DownloadHTTPError("not there", 404) from fault
        except OSError as fault:
            raise DownloadError("nobody answers") from fault
