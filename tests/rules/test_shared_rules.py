"""The official suite of the language, and the rules that member states published, with their own tests."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pratique.rules import Outcome, Rule, compiled, find, parse_rule
from pratique.rules.gateway import problems
from pratique.rules.sql import Outside, translate
from pratique.rules.suites import Result, run_rule_test, run_suite
from tests.rules.known import TRUE, in_duckdb
from tests.shared import VECTORS, needs_vectors

pytestmark = needs_vectors
FOLDER = VECTORS or Path()
RULES = sorted((FOLDER / "rules").glob("*/*/rule.json"))
SUITES = sorted((FOLDER / "certlogic").glob("*estSuite/*.json"))

CLOCK = "2021-07-01T00:00:00Z"
"""For the tests that bring none, since their rules read none."""


def _results() -> list[Any]:
    return [
        pytest.param(result, id=f"{file.stem}: {result.name}")
        for file in SUITES
        for result in run_suite(json.loads(file.read_text("utf-8")))
    ]


@pytest.mark.parametrize("result", _results())
def test_official_suite(result: Result) -> None:
    """Those that the suite itself leaves out (`directive`) are no failures: a later version may have them."""
    assert result.difference == ""


def test_the_official_suite_was_found() -> None:
    results = [param.values[0] for param in _results()]
    assert sum(not result.skipped for result in results) >= 218 + 23


@cache
def loaded(file: Path) -> Rule:
    return parse_rule(file.read_bytes())


def own_tests(file: Path) -> list[dict[str, Any]]:
    return [json.loads(test.read_text("utf-8")) for test in sorted((file.parent / "tests").glob("*.json"))]


each_rule = pytest.mark.parametrize("file", RULES, ids=lambda file: file.parent.name)


@each_rule
def test_published_rule(file: Path) -> None:
    """It is read, a gateway would take it, and it answers its own tests as they expect."""
    assert problems(file.read_bytes()) == ()
    rule, tests = loaded(file), own_tests(file)
    assert tests
    for test in tests:
        assert run_rule_test(rule, compiled(rule), test).difference == ""


@cache
def populations() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The payloads of all tests; and external data, of which each set of values comes with its first and last clock."""
    tests = [test for file in RULES for test in own_tests(file)]
    by_values: dict[str, list[str]] = {}
    for test in tests:
        values = json.dumps(test["external"]["valueSets"], sort_keys=True)
        by_values.setdefault(values, []).append(test["external"].get("validationClock", CLOCK))
    externals = [
        {"validationClock": clock, "valueSets": json.loads(values)}
        for values, clocks in by_values.items()
        for clock in (min(clocks), max(clocks))
    ]
    return [{"payload": test.get("payload", {})} for test in tests], externals


@each_rule
def test_published_rule_on_everybody(file: Path) -> None:
    """On every payload of every test, the three evaluators come to the same end."""
    rule, function, connection = loaded(file), compiled(loaded(file)), duckdb.connect(config={"threads": 1})
    people, externals = populations()
    for constants in externals:
        expected = [find(rule, one["payload"], constants).outcome for one in people]
        assert [function(one["payload"], constants) for one in people] == expected
        assert in_duckdb(connection, rule, people, constants) == [TRUE[outcome] for outcome in expected]


def test_all_published_rules_are_sql() -> None:
    """None of them lies outside the subset; one that does would still run, as compiled Python."""
    outside = []
    for file in RULES:
        try:
            translate(loaded(file), {"validationClock": CLOCK, "valueSets": {}})
        except Outside as named:
            outside.append((file.parent.name, str(named)))
    assert outside == []


def test_enough_was_found() -> None:
    people, externals = populations()
    assert len(RULES) >= 61
    assert len(people) >= 384
    assert len(externals) >= 2
    found = {find(loaded(file), one["payload"], externals[0]).outcome for file in RULES for one in people}
    assert found == set(Outcome)
