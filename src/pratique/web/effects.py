"""What a policy would do to a sample of people, worked out beside the requests: one at a time, in a process of its own.

    effects.of(policy, against, at, wait=8)      the tables, or why there are none: a page says so and goes on

A process is ended when its time is over, so that no policy, however it is written, holds a page or a core for long.
"""

import multiprocessing
from collections import OrderedDict
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillWorking
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Union

import msgspec

from pratique.rules.policy import read_policy

if TYPE_CHECKING:  # what counts is an extra, and not everybody who has a desk has it
    from pratique.authority.population.sampling import Sampled

PEOPLE = 10_000
"""Of a sample: each way is taken by dozens of them, and a door asks them all within seconds."""
WITHIN = 60.0
"""Seconds for one policy; the sandbox's take three on one slow core."""
MOST_KEPT = 50
MOST_WAITING = 10
"""Behind one another; an official asks for one, and looks at it."""


class Why(StrEnum):
    """Why there are no numbers."""

    WORKING = "working"
    BUSY = "busy"
    TOO_LONG = "too_long"
    """It took more than its time."""
    BROKE = "broke"
    """Its process ended before it was done, such as for want of memory."""
    EXTRA = "extra"
    """What counts is not installed here: the extra `[population]`."""
    OUTSIDE = "outside"
    """One of the two policies says what cannot be asked of everybody at once."""


Told = Union["Sampled", Why]


class Effects:
    """What was asked, and what came of it."""

    def __init__(self, *, people: int = PEOPLE, within: float = WITHIN) -> None:
        self.people = people
        self._within = within
        self._asked: OrderedDict[bytes, Future[Told]] = OrderedDict()
        self._one = Lock()
        self._kept = Lock()

    def of(self, policy: bytes, against: bytes | None, at: datetime, *, wait: float) -> Told:
        """The effect of a policy's file against another's, after at most `wait` seconds; a file that can be read."""
        key = sha256(b"%d %d %b %b" % (int(at.timestamp()), len(policy), policy, against or b"")).digest()
        with self._kept:
            found = self._asked.get(key)
            if found is None:
                if sum(not each.done() for each in self._asked.values()) >= MOST_WAITING:
                    return Why.BUSY
                found = self._asked[key] = Future()
                Thread(target=self._work, args=(found, policy, against, at), daemon=True).start()
                while len(self._asked) > MOST_KEPT:
                    self._asked.popitem(last=False)
        try:
            return found.result(wait)
        except StillWorking:
            return Why.WORKING

    def _work(self, asked: Future[Told], policy: bytes, against: bytes | None, at: datetime) -> None:
        with self._one:
            try:
                asked.set_result(self._in_a_process(policy, against, at))
            except Exception as fault:  # such as no process to be had: whoever waits is told, and the next asks anew
                with self._kept:
                    self._asked = OrderedDict(each for each in self._asked.items() if each[1] is not asked)
                asked.set_exception(fault)

    def _in_a_process(self, policy: bytes, against: bytes | None, at: datetime) -> Told:
        # a forked copy of a server's process would inherit its locks and its sockets
        spawn = multiprocessing.get_context("spawn")
        here, there = spawn.Pipe(duplex=False)
        process = spawn.Process(target=_asked, args=(there, policy, against, at, self.people), daemon=True)
        process.start()
        there.close()
        in_time = here.poll(self._within)
        try:
            answer = here.recv_bytes() if in_time else b""
        except EOFError:
            answer = b""
        process.kill()
        process.join()
        if not answer:
            return Why.BROKE if in_time else Why.TOO_LONG
        from pratique.authority.population.sampling import Sampled

        told: Told = msgspec.json.decode(answer, type=Sampled | Why)
        return told


def _asked(answer: Any, policy: bytes, against: bytes | None, at: datetime, people: int) -> None:
    """In the process of its own."""
    before = None if against is None else read_policy(against)
    found: Told
    try:
        from pratique.authority.population.assessing import Untranslatable
        from pratique.authority.population.sampling import sample
    except ModuleNotFoundError:
        answer.send_bytes(msgspec.json.encode(Why.EXTRA))
        return
    try:
        found = sample(read_policy(policy), at, against=before, people=people)
    except (ValueError, Untranslatable):
        found = Why.OUTSIDE
    answer.send_bytes(msgspec.json.encode(found))
