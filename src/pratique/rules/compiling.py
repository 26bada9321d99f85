"""Rules as Python functions, with the interpreter's outcomes at a fraction of its time.

A function is written as source text and compiled. Nothing of a rule is ever in that text: its strings stand in a table
of constants, and the text consists of the fragments in `writing.py`, numbered names, and integers that Python itself
wrote. So a rule can compute what CertLogic can, and nothing else.

    {"if": [{"var": "payload.v.0"}, {">=": [{"var": "payload.v.0.dn"}, {"var": "payload.v.0.sd"}]}, true]}

    def rule(payload, external):
        try:
            v1 = payload.get(k0) if type(payload) is dict else named(payload, k0)
            v2 = v1[0] if type(v1) is list and len(v1) > 0 else item(v1, 0)
            if type(v2) not in plain and truth(v2) is None: return OPEN
            if v2:
                ...
                return PASSED if (v4 >= v6) else FAILED
            else:
                return PASSED
        except EvaluationError:
            return OPEN
"""

from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any

from pratique.model.reasons import Reason
from pratique.rules.checking import check
from pratique.rules.evaluation import Outcome, not_understood
from pratique.rules.rule import Rule
from pratique.rules.values import (
    DateTime,
    EvaluationError,
    date_of_birth,
    instant,
    integer,
    item,
    member,
    named,
    plus_months,
    same,
    truth,
    uvci_fragment,
)
from pratique.rules.writing import Written, write_expression, write_rule

Compiled = Callable[[Mapping[str, Any], Mapping[str, Any]], Outcome]


def compiled(rule: Rule) -> Compiled:
    """The rule as a function of payload and external data; it never raises, and answers as `run` does."""
    if not_understood(rule):
        return lambda payload, external: Outcome.OPEN
    function: Compiled = _function(write_rule(rule.logic))
    return function


def function_of(expression: object) -> Callable[[object], object]:
    """Any expression as a function of its data, that answers and raises as `evaluate` does, though without a path."""
    for problem in check(expression):
        raise EvaluationError(problem.reason, problem.path)
    function: Callable[[object], object] = _function(write_expression(expression))
    return function


def _function(written: Written) -> Any:
    namespace = NAMES | written.constants
    exec(written.source, namespace)  # noqa: S102  the text is ours: see the top of this file
    return namespace["rule"]


def _stumble() -> None:
    raise EvaluationError(Reason.OPEN_VALUE)


NAMES: dict[str, object] = {
    "__builtins__": {},
    **{kind.__name__: kind for kind in (bool, int, str, list, tuple, dict, type, DateTime, EvaluationError)},
    **{f.__name__: f for f in (date_of_birth, instant, integer, item, member, named, plus_months, same, truth)},
    "len": len,
    "uvci_fragment": uvci_fragment,
    "stumble": _stumble,
    "plain": frozenset({bool, NoneType, str, int, list, dict}),
    "PASSED": Outcome.PASSED,
    "FAILED": Outcome.FAILED,
    "OPEN": Outcome.OPEN,
}
"""All that compiled rules can name besides their own values; `plain` are the kinds that are truthy as in Python."""
