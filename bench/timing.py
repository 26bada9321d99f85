"""Time on one core: what this thread used of it, so that other people's work on the machine counts for nobody."""

import gc
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import thread_time_ns
from typing import TypeVar

T = TypeVar("T")


def microseconds_each(operation: Callable[[T], object], inputs: Iterable[T]) -> tuple[float, list[object]]:
    """CPU time of one `operation` in µs, the mean over `inputs`, and what they returned."""
    given = list(inputs)
    started = thread_time_ns()
    results = [operation(value) for value in given]
    return (thread_time_ns() - started) / 1000 / len(given), results


@contextmanager
def one_core() -> Iterator[None]:
    """Stay on one core, where the system lets us choose, and leave what is held already out of garbage collection.

    The garbage of what is measured is still collected while it is measured.
    """
    gc.collect()
    gc.freeze()
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    if cores:
        os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        if cores:
            os.sched_setaffinity(0, cores)
        gc.unfreeze()
