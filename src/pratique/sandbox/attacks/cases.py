"""A case: what is tried, which requirements it is about, and whether the defence held.

    @tries("REQ 2.1", what="a card of an issuer that brings its own keys along")
    def card_of_a_stranger(yard: Yard) -> str:
        ...                                     what happened, in a few words; `Breach` if the defence did not hold

A case drives the rooms through what they offer to everybody. It can fail: whatever it raises is told as that.
"""

import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from pratique.model.errors import PratiqueError
from pratique.model.reasons import Reason
from pratique.sandbox.attacks.yard import Yard

Act = Callable[[Yard], str]


class Breach(Exception):
    """The defence did not hold; the message says how, of people who do not exist."""


class Case(Struct, frozen=True):
    """One attack."""

    name: str
    covers: tuple[str, ...]
    tried: str
    act: Act


class Outcome(Struct, frozen=True):
    """What came of it; `took` is in seconds."""

    name: str
    covers: tuple[str, ...]
    tried: str
    happened: str
    passed: bool
    took: float


def tries(*covers: str, what: str) -> Callable[[Act], Case]:
    """Make a case of a function; `covers` are ids of `requirements`."""

    def made(act: Act) -> Case:
        return Case(act.__name__.replace("_", "-"), covers, what, act)

    return made


def expect(held: object, otherwise: str) -> None:
    """Raise `Breach` with `otherwise` unless it held."""
    if not held:
        raise Breach(otherwise)


@contextmanager
def refused(*reasons: Reason, by: type[Exception] = PratiqueError) -> Iterator[None]:
    """What is inside has to be refused, for these reasons among others; any will do where none is named."""
    try:
        yield
    except by as refusal:
        given = getattr(refusal, "reasons", ())
        missing = [reason for reason in reasons if reason not in given]
        expect(not missing, f"refused, but not for {', '.join(missing)}")
        return
    raise Breach("it was not refused")


def run(cases: Iterable[Case], folder: Path, *, began: Callable[[Case], None] = lambda _: None) -> Iterator[Outcome]:
    """Try the cases one after the other, each told before by `began`; they share what is costly to make."""
    with Yard(folder) as yard:
        for case in cases:
            began(case)
            start = time.perf_counter()
            passed, happened = _tried(case, yard)
            yield Outcome(case.name, case.covers, case.tried, happened, passed, time.perf_counter() - start)


def _tried(case: Case, yard: Yard) -> tuple[bool, str]:
    try:
        return True, case.act(yard)
    except Breach as breach:
        return False, str(breach)
    except ModuleNotFoundError:
        raise  # an installation without the parts that are attacked
    except Exception as fault:
        step = traceback.extract_tb(fault.__traceback__)[-1]
        return False, f"{type(fault).__name__} at {Path(step.filename).name}:{step.lineno}"
