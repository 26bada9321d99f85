"""Rules as functions: the same outcomes as the interpreter."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from pratique.rules.evaluation import Outcome, run
from pratique.rules.rule import Rule

Compiled = Callable[[Mapping[str, Any], Mapping[str, Any]], Outcome]


def compiled(rule: Rule) -> Compiled:
    return partial(run, rule)
