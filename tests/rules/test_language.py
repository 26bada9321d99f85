"""The language: our own suite, and the bounds of what is loaded and evaluated."""

import json
from pathlib import Path
from typing import Any

import pytest

from pratique.model.errors import RuleRefused
from pratique.model.reasons import Reason
from pratique.rules import DateTime, EvaluationError, Problem, check, evaluate, parse_rule, paths
from pratique.rules.compiling import compiled
from pratique.rules.suites import MalformedSuite, Result, run_rule_test, run_suite
from tests.cases.ruling import LOGIC, rule
from tests.rules.known import rule_of

SUITE = Path(__file__).parent / "suite"


@pytest.mark.parametrize(
    "result",
    [
        pytest.param(result, id=f"{file.stem}: {result.name}")
        for file in sorted(SUITE.glob("*.json"))
        for result in run_suite(json.loads(file.read_text("utf-8")))
    ],
)
def test_suite(result: Result) -> None:
    assert result.difference == ""
    assert result.skipped is ("left out" in result.name)


MOMENT = {"plusTime": ["2021-07-01", 0, "day"]}


@pytest.mark.parametrize(
    ("expression", "data", "reason", "path"),
    [
        ({"if": [MOMENT, True, False]}, None, Reason.OPEN_VALUE, "if[0]"),
        ({"!": [MOMENT]}, None, Reason.OPEN_VALUE, "![0]"),
        ({"and": [True, MOMENT]}, None, Reason.OPEN_VALUE, "and[1]"),
        ({"!": [{"var": "x"}]}, {"x": 1.5}, Reason.OPEN_VALUE, "![0]"),
        ({"<": [1, True]}, None, Reason.OPEN_VALUE, "<[1]"),
        ({"<": [2, 1, "1"]}, None, Reason.OPEN_VALUE, "<[2]"),
        ({"before": [MOMENT, "2021-07-01"]}, None, Reason.OPEN_VALUE, "before[1]"),
        ({"<": [MOMENT, MOMENT]}, None, Reason.OPEN_VALUE, "<[0]"),
        ({"===": [{"var": "x"}, {"var": "x"}]}, {"x": []}, Reason.OPEN_VALUE, "===[0]"),
        ({"===": [MOMENT, MOMENT]}, None, Reason.OPEN_VALUE, "===[0]"),
        ({"in": ["a", {"var": "x"}]}, None, Reason.OPEN_VALUE, "in[1]"),
        ({"in": ["a", "abc"]}, None, Reason.OPEN_VALUE, "in[1]"),
        ({"in": [{"var": "x"}, [["a"]]]}, {"x": ["a"]}, Reason.OPEN_VALUE, "in[0]"),
        ({"+": ["1", 1]}, None, Reason.OPEN_VALUE, "+[0]"),
        ({"+": [2**53 - 1, 1]}, None, Reason.OPEN_LIMIT, "+[0]"),
        ({">": [{"var": "x"}, 1]}, {"x": 2**53}, Reason.OPEN_VALUE, ">[0]"),
        ({"reduce": ["abc", 1, 0]}, None, Reason.OPEN_VALUE, "reduce[0]"),
        ({"reduce": [[1, 2], {"+": [{"var": "current"}, "x"]}, 0]}, None, Reason.OPEN_VALUE, "reduce[1].+[1]"),
        ({"extractFromUVCI": [1, 0]}, None, Reason.OPEN_VALUE, "extractFromUVCI[0]"),
        ({"dccDateOfBirth": ["1990-05-08T00:00:00Z"]}, None, Reason.OPEN_DATE, "dccDateOfBirth[0]"),
        ({"plusTime": [{"plusTime": ["2021", 0, "day"]}, 1, "day"]}, None, Reason.OPEN_VALUE, "plusTime[0]"),
        ({"or": [1, 2]}, None, Reason.RULE_OPERATOR, ""),
        *(
            ({"plusTime": [text, 0, "day"]}, None, Reason.OPEN_DATE, "plusTime[0]")
            for text in (
                "", "21", "2021-13", "2021-00", "2021-02-29", "2021-09-99", "0000", "2021-W01-1", "20210701",
                "2021-7-1", "2021-07-01T10:00", "2021-07-01 10:00:00", "2021-07-01T10:00:00z", "2021-07-01t10:00:00Z",
                "2021-07-01T25:00:00Z", "2021-07-01T10:60:00Z", "2021-07-01T10:00:60Z", "2021-07-01T24:00:01Z",
                "2021-07-01T10:00:00.Z", "2021-07-01T10:00:00+", "2021-07-01T10:00:00+2:", "2021-07-01T10:00:00+24:00",
                "2021-07-01T10:00:00+02:60", "2021-07-01T10:00:00+02:00 ", "2021-07-01\n", " 2021-07-01", "２０２１",
                "2021-07-01T10:00:00,5Z", "2021-182", "+2021", "12021-01-01",
            )
        ),
    ],
)  # fmt: skip
def test_no_value(expression: Any, data: Any, reason: Reason, path: str) -> None:
    with pytest.raises(EvaluationError) as error:
        evaluate(expression, data)
    assert (error.value.reason, error.value.path) == (reason, path)


def test_a_date_time_is_a_value() -> None:
    assert evaluate(MOMENT, None) == DateTime(1_625_097_600_000)
    assert evaluate([MOMENT], None) == [DateTime(1_625_097_600_000)]


def test_everything_that_is_wrong_is_found() -> None:
    with pytest.raises(RuleRefused) as refusal:
        parse_rule(json.dumps(rule(Version="1", Type=None, Logic={"and": [{"or": [1]}, {"!": []}]})).encode())
    assert refusal.value.problems == (
        Problem("Type", Reason.RULE_FIELD_MISSING),
        Problem("Version", Reason.RULE_FIELD_VALUE),
        Problem("Logic.and[0]", Reason.RULE_OPERATOR),
        Problem("Logic.and[1]", Reason.RULE_OPERAND_COUNT),
    )
    assert "Logic.and[0]" in str(refusal.value)


@pytest.mark.parametrize(
    "expression", [(1, 2), {1: [True]}, {"!": (True,)}, object(), float("nan"), float("inf"), b"x"]
)
def test_what_no_json_is(expression: Any) -> None:
    assert check(expression)


def test_no_rule_without_a_logic_that_was_checked() -> None:
    with pytest.raises(RuleRefused):
        rule_of({"or": [1, 2]})
    assert rule_of({"!": [True]}).logic == {"!": [True]}


def test_paths_are_those_of_the_data() -> None:
    assert paths(LOGIC["one-event"]) == {"payload.r", "payload.t", "payload.v"}
    assert paths({"if": [{"var": ""}, {"plusTime": [{"var": "external.iat"}, 1, "day"]}, []]}) == {"", "external.iat"}
    nested = {"reduce": [{"var": "a"}, {"reduce": [{"var": "current"}, {"var": "b"}, {"var": "c"}]}, {"var": "d"}]}
    assert paths(nested) == {"a", "d"}


@pytest.mark.parametrize("content", [[], {}, {"cases": 1}, {"cases": [1]}, {"cases": [{"assertions": {}}]}])
def test_what_no_suite_is(content: Any) -> None:
    with pytest.raises(MalformedSuite):
        list(run_suite(content))


def test_only_these() -> None:
    case = {"certLogicExpression": 1, "assertions": [{"data": None, "expected": 2}]}
    chosen = {"certLogicExpression": 1, "directive": "only", "assertions": [{"data": None, "expected": 1}]}
    assert [(r.difference, r.skipped) for r in run_suite({"cases": [case, chosen]})] == [("", True), ("", False)]


def test_differences_are_told() -> None:
    wrong = {"name": "one", "certLogicExpression": True, "assertions": [{"data": None, "expected": 1}]}
    assert [r.difference for r in run_suite({"cases": [wrong]})] == ["expected 1, got true"]
    lost = {"certLogicExpression": {"<": [{"var": "x"}, 1]}, "assertions": [{"data": None, "expected": True}]}
    assert [r.difference for r in run_suite({"cases": [lost]})] == ["expected true, got OPEN_VALUE at <[0]"]
    issues = {"certLogicExpression": {"or": []}, "issues": []}
    assert [r.difference for r in run_suite({"cases": [issues]})] == ["expected 0 issues, got RULE_OPERATOR at the top"]
    complete = rule_of(LOGIC["complete"])
    test = {"name": "t", "payload": {"v": [{"dn": 1, "sd": 2}]}, "external": {}, "expected": True}
    assert run_rule_test(complete, compiled(complete), test) == Result("t", "expected passed, got failed")
    test = {"payload": {"v": [{"dn": 1}]}, "expected": True}
    told = "expected passed, got open (OPEN_VALUE at Logic.if[1].>=[1])"
    assert run_rule_test(complete, compiled(complete), test) == Result("", told)
    # a test without a payload is one of a certificate without any data
    assert run_rule_test(complete, compiled(complete), {"external": {}, "expected": True}) == Result("")
    for nothing in (None, [], "", 0, False):
        with pytest.raises(MalformedSuite):
            run_rule_test(complete, compiled(complete), {"payload": nothing, "expected": True})
    with pytest.raises(MalformedSuite):
        run_rule_test(complete, compiled(complete), {"payload": {}})


def test_a_case_that_cannot_fail_has_failed() -> None:
    silent = {"certLogicExpression": {"var": "x"}, "assertions": [{"data": None}]}
    empty = {"certLogicExpression": {"or": []}, "assertions": []}
    for case in (silent, empty, {"certLogicExpression": 1}):
        assert [bool(r.difference) for r in run_suite({"cases": [case]})] == [True]
