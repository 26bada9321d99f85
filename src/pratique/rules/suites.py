"""Test files as the field writes them: suites of expressions, and a rule's own tests beside it.

    suite       {"name", "directive"?, "cases": [{"name"?, "directive"?, "certLogicExpression", ...}]}, where a case has
                  "assertions": [{"data", "expected", "certLogicExpression"?, "message"?, "directive"?}]   or
                  "issues": [{"expr", "message"}], what a validator is to find
    rule test   {"name"?, "payload"?, "external", "expected"}

Each is run by the interpreter and as a compiled function, and passes if both answer as expected.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from pratique.rules.certlogic import evaluate
from pratique.rules.checking import check
from pratique.rules.compiling import Compiled, function_of
from pratique.rules.evaluation import Outcome, find
from pratique.rules.rule import Rule
from pratique.rules.values import DateTime, EvaluationError


class Result(Struct, frozen=True):
    """What became of one test; `difference` says how it failed and is empty where it did not."""

    name: str
    difference: str = ""
    skipped: bool = False


class MalformedSuite(ValueError):
    """A file that is no test file; its text says what it lacks."""


def run_suite(content: object) -> Iterator[Result]:
    """Every assertion of a suite, in its order. Raises `MalformedSuite`."""
    suite = _object(content, "the file")
    cases = [_object(case, "a case") for case in _list(suite.get("cases"), "cases")]
    only = _only([suite, *cases, *(each for case in cases for each in _assertions(case))])
    for number, case in enumerate(cases, 1):
        title = f"{suite.get('name', 'suite')}: {case.get('name', f'case {number}')}"
        if "issues" in case:
            yield _validated(title, case, _skipped([suite, case], only))
            continue
        if not _assertions(case):
            yield Result(title, "it has neither assertions nor issues, and tests nothing")
        for count, assertion in enumerate(_assertions(case), 1):
            name = f"{title}, {assertion.get('message', f'assertion {count}')}"
            if _skipped([suite, case, assertion], only):
                yield Result(name, skipped=True)
            else:
                yield _asserted(name, assertion.get("certLogicExpression", case.get("certLogicExpression")), assertion)


def run_rule_test(rule: Rule, function: Compiled, content: object) -> Result:
    """One test of a rule; `function` is the rule compiled. Raises `MalformedSuite`."""
    test = _object(content, "the file")
    if not isinstance(test.get("expected"), bool):
        raise MalformedSuite("expected is neither true nor false")
    payload, external = (_object(test.get(name, {}), name) for name in ("payload", "external"))
    expected = Outcome.PASSED if test["expected"] else Outcome.FAILED
    found, other = find(rule, payload, external), function(payload, external)
    name = str(test.get("name", ""))
    if found.outcome is not other:
        return Result(name, f"interpreted {found.outcome}, compiled {other}")
    if found.outcome is not expected:
        why = f" ({found.reason} at {found.path})" if found.reason else ""
        return Result(name, f"expected {expected}, got {found.outcome}{why}")
    return Result(name)


def _asserted(name: str, expression: object, assertion: Mapping[str, Any]) -> Result:
    if "expected" not in assertion:
        return Result(name, "it does not say what it expects")
    expected, data = _json(assertion["expected"]), assertion.get("data")
    try:
        found, other = _json(evaluate(expression, data)), _json(function_of(expression)(data))
    except EvaluationError as fault:
        return Result(name, f"expected {expected}, got {fault.reason} at {fault.path or 'the top'}")
    if found != other:
        return Result(name, f"interpreted {found}, compiled {other}")
    return Result(name, "" if found == expected else f"expected {expected}, got {found}")


def _validated(name: str, case: Mapping[str, Any], skipped: bool) -> Result:
    """A validator's case: as many issues as expected, and each about the expression that it names."""
    if skipped:
        return Result(name, skipped=True)
    expression = case.get("certLogicExpression")
    expected = sorted(_json(_object(issue, "an issue").get("expr")) for issue in _list(case["issues"], "issues"))
    problems = check(expression)
    found = sorted(_json(_at(expression, problem.path)) for problem in problems)
    if found == expected:
        return Result(name)
    told = ", ".join(f"{problem.reason} at {problem.path or 'the top'}" for problem in problems) or "nothing wrong"
    return Result(name, f"expected {len(expected)} issues, got {told}")


def _at(expression: Any, path: str) -> object:
    """What stands at the path of a problem."""
    for step in path.replace("[", ".[").split("."):
        if step.startswith("["):
            expression = expression[int(step[1:-1])]
        elif step:
            expression = expression[step]
    return expression


def _only(parts: Sequence[Mapping[str, Any]]) -> bool:
    return any(part.get("directive") == "only" for part in parts)


def _skipped(parts: Sequence[Mapping[str, Any]], only: bool) -> bool:
    return any(part.get("directive") == "skip" for part in parts) or (only and not _only(parts))


def _assertions(case: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [_object(each, "an assertion") for each in _list(case.get("assertions", []), "assertions")]


def _json(value: object) -> str:
    """A value as text, with the kinds kept apart: true is not 1."""
    if isinstance(value, DateTime):
        return f"the date-time {value.ms} ms"
    return msgspec.json.encode(value, order="deterministic").decode()


def _object(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise MalformedSuite(f"{what} is not an object")
    return value


def _list(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise MalformedSuite(f"{what} is not a list")
    return value
