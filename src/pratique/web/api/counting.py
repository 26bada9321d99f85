"""Counts of all processes of one installation, in files of one folder: each process adds to its own, any sums them up.

A series is a route of the table, a class of answers and a bucket of time: no series depends on a person, and none can
be added by a request.
"""

import mmap
import os
import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds: upper ends, as Prometheus counts them; beyond the last is everything."""
CLASSES = ("2xx", "3xx", "4xx", "5xx")
OTHER = "other"
"""A route that is none: pages, files, and what is not there."""
_SLOT = struct.Struct("<d")
_PER_ROUTE = len(CLASSES) + len(BUCKETS) + 1 + 1
"""Answers by class, answers by time and beyond, and the sum of the seconds."""


class Counts:
    """How many answers, of which class, and how long they took."""

    def __init__(self, folder: Path, routes: Iterable[str]) -> None:
        """`folder` is emptied by whoever starts the installation, and shared by its processes."""
        self._routes = {route: number for number, route in enumerate([*routes, OTHER])}
        self._folder = folder
        size = len(self._routes) * _PER_ROUTE * _SLOT.size
        path = folder / f"{os.getpid()}.counts"
        with path.open("wb") as file:
            file.truncate(size)
        with path.open("r+b") as file:
            self._own = mmap.mmap(file.fileno(), size)

    def add(self, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        first = self._routes.get(route, self._routes[OTHER]) * _PER_ROUTE
        self._raise(first + min(max(status // 100 - 2, 0), len(CLASSES) - 1), 1)
        self._raise(first + len(CLASSES) + bisect_left(BUCKETS, seconds), 1)
        self._raise(first + _PER_ROUTE - 1, seconds)

    def _raise(self, slot: int, by: float) -> None:
        place = slot * _SLOT.size
        _SLOT.pack_into(self._own, place, _SLOT.unpack_from(self._own, place)[0] + by)

    def text(self) -> Iterator[str]:
        """All counts of all processes, in the text format of Prometheus (0.0.4)."""
        sums = self._sums()
        yield "# HELP pratique_answers_total Answers over HTTP, by route and class of status."
        yield "# TYPE pratique_answers_total counter"
        for route, number in self._routes.items():
            for place, kind in enumerate(CLASSES):
                if count := sums[number * _PER_ROUTE + place]:
                    yield f'pratique_answers_total{{route="{route}",status="{kind}"}} {count:.0f}'
        yield "# HELP pratique_answer_seconds How long answers took."
        yield "# TYPE pratique_answer_seconds histogram"
        for route, number in self._routes.items():
            first = number * _PER_ROUTE + len(CLASSES)
            yield from _histogram(route, sums[first : first + len(BUCKETS) + 2])

    def _sums(self) -> list[float]:
        sums = [0.0] * (len(self._routes) * _PER_ROUTE)
        for path in self._folder.glob("*.counts"):
            content = path.read_bytes()
            if len(content) == len(sums) * _SLOT.size:
                sums = [had + more for had, (more,) in zip(sums, _SLOT.iter_unpack(content), strict=True)]
        return sums


def _histogram(route: str, slots: Sequence[float]) -> Iterator[str]:
    *counts, seconds = slots
    if not sum(counts):
        return
    until = 0.0
    for end, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=True):
        until += count
        yield f'pratique_answer_seconds_bucket{{route="{route}",le="{end}"}} {until:.0f}'
    yield f'pratique_answer_seconds_sum{{route="{route}"}} {seconds:.6f}'
    yield f'pratique_answer_seconds_count{{route="{route}"}} {until:.0f}'
