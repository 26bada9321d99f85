"""All cases, and which are about what."""

from collections.abc import Iterable
from types import ModuleType

from pratique.sandbox.attacks import (
    asking,
    carrying,
    checking,
    colouring,
    judging,
    policing,
    recalling,
    scans,
    showing,
    signing,
)
from pratique.sandbox.attacks.cases import Case

_MODULES: tuple[ModuleType, ...] = (
    signing, recalling, asking, colouring, policing, checking, judging, showing, carrying,
)  # fmt: skip


def _all() -> Iterable[Case]:
    yield from (each.case for each in scans.SCANS)
    for module in _MODULES:
        yield from (value for value in vars(module).values() if isinstance(value, Case))


CASES: tuple[Case, ...] = tuple(_all())


def about(case: Case, only: Iterable[str]) -> bool:
    """Whether a case is about one of these: `A11`, a requirement, or its own name; any is where none is named."""
    wanted = [each.strip().upper().replace("REQ", "").strip() for each in only]
    ids = [each.replace("REQ ", "") for each in case.covers]
    return not wanted or any(
        word in (*ids, case.name.upper()) or any(word == f"A{each.partition('.')[0]}" for each in ids)
        for word in wanted
    )
