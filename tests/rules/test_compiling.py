"""Compiled rules are Python that says nothing of its own: what a country writes in a rule is never run as code."""

import ast
import time
from typing import Any

import pytest
from hypothesis import given

from pratique.rules import EvaluationError, Outcome, compiled, evaluate, find
from pratique.rules.compiling import NAMES, function_of
from pratique.rules.writing import write_expression, write_rule
from tests.rules.expressions import booleans, certificates
from tests.rules.known import rule_of

HOSTILE = [
    "__import__('os').system('touch /tmp/pratique-was-here')",
    "');import os;('",
    '"""\nimport os\n"""',
    "\\",
    "\n    raise SystemExit\n",
    "{payload}",
    "k0",
    "__builtins__",
    "__class__",
    "\x00",
    "\ud800",
    "%s",
    "#",
]
KEPT = (
    ast.FunctionDef, ast.arguments, ast.arg, ast.Try, ast.ExceptHandler, ast.Return, ast.Raise, ast.Assign, ast.If,
    ast.For, ast.Expr, ast.Name, ast.Load, ast.Store, ast.Constant, ast.Call, ast.Attribute, ast.Subscript, ast.List,
    ast.Tuple, ast.Dict, ast.Compare, ast.BoolOp, ast.And, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp, ast.Add,
    ast.IfExp, ast.Module, ast.cmpop,
)  # fmt: skip
"""All that the text of a compiled rule consists of."""


def assert_harmless(source: str, constants: dict[str, object]) -> None:
    for node in ast.walk(ast.parse(source)):
        assert isinstance(node, KEPT), ast.dump(node)
        match node:
            case ast.Constant(value=value):
                assert value is None or isinstance(value, int), "a text of a rule in the text of its function"
            case ast.Attribute(attr=attribute):
                assert attribute in ("get", "ms")
            case ast.Name(id=name):
                known = NAMES.keys() | constants.keys() | {"payload", "external", "data"}
                assert name in known or name[1:].isdecimal(), name


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_only_values(text: str) -> None:
    path = {"var": text.replace(".", "") or "x"}
    for expression in (
        text, path, {"===": [path, text]}, {"in": [text, [text, path]]}, {"plusTime": [text, 1, "day"]},
        {"reduce": [[text], {"var": f"current.{path['var']}"}, text]}, {"extractFromUVCI": [text, 0]},
    ):  # fmt: skip
        for written in (write_expression(expression), write_rule(expression)):
            assert_harmless(written.source, written.constants)
        data = {path["var"]: text}
        assert _end(lambda e=expression, d=data: function_of(e)(d)) == _end(lambda e=expression, d=data: evaluate(e, d))


def _end(action: Any) -> object:
    try:
        return action()
    except EvaluationError:
        return EvaluationError


@given(booleans(3))
def test_every_function_is_made_of_the_same_parts(logic: Any) -> None:
    written = write_rule(logic)
    assert_harmless(written.source, written.constants)


@given(booleans(2), certificates())
def test_a_function_has_the_value_that_the_interpreter_has(expression: Any, data: Any) -> None:
    assert _end(lambda: function_of(expression)(data)) == _end(lambda: evaluate(expression, data))


class Odd(dict):  # a mapping that is no plain dict, as other libraries make them
    pass


@pytest.mark.parametrize("expression", [1.0, [1.0, True, "x"], {"if": [True, -0.0, 2]}, {"var": "n"}], ids=str)
def test_an_integer_written_as_a_fraction_is_an_integer(expression: Any) -> None:
    function, data = function_of(expression), {"n": 3}
    assert repr(function(data)) == repr(evaluate(expression, data))
    assert "." not in repr(evaluate(expression, data))


def test_other_mappings_and_tuples_are_read_alike() -> None:
    rule = rule_of({"===": [{"reduce": [{"var": "payload.v"}, {"+": [{"var": "accumulator"}, 1]}, 0]}, 2]})
    payload = Odd(v=({"dn": 1}, {"dn": 2}))
    assert compiled(rule)(payload, {}) is find(rule, payload, {}).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    "logic",
    [
        pytest.param({"and": [{"var": "payload.v.0"}] * 900}, id="a long and"),
        pytest.param({"!": [{"and": [{"var": "payload.v.0"}] * 900}]}, id="a long and, as a value"),
    ],
)
def test_long_rules_compile(logic: Any) -> None:
    rule = rule_of(logic)
    for payload in ({"v": [{"dn": 1}]}, {}):
        assert compiled(rule)(payload, {}) is find(rule, payload, {}).outcome


@pytest.mark.parametrize("operator", ["if", "and", "!", "+", "reduce", "==="])
def test_rules_as_deep_as_allowed_compile(operator: str) -> None:
    logic: Any = {"var": "payload.n"}
    for _ in range(8 if operator == "reduce" else 38):
        logic = {
            "if": [logic, logic if logic == {"var": "payload.n"} else True, False],
            "and": [logic, True],
            "!": [logic],
            "+": [logic, 1],
            "reduce": [[1], logic, 0],
            "===": [logic, 1],
        }[operator]
        logic = {operator: logic}
    rule = rule_of(logic)
    for n in (0, 1, None, "x"):
        assert compiled(rule)({"n": n}, {}) is find(rule, {"n": n}, {}).outcome


def test_the_most_work_that_a_rule_can_make_takes_a_bounded_time() -> None:
    step = {"+": [{"var": "accumulator"}, 1]}
    rule = rule_of({">": [{"reduce": [{"var": "payload.v"}, {"reduce": [{"var": "current"}, 1, 0]}, 0]}, 0]})
    payload = {"v": [[0] * 256] * 256}
    started = time.process_time()
    assert compiled(rule)(payload, {}) is find(rule, payload, {}).outcome is Outcome.PASSED
    assert time.process_time() - started < 5
    counting = rule_of({"===": [{"reduce": [{"var": "payload.v"}, step, 0]}, 256]})
    assert compiled(counting)(payload, {}) is find(counting, payload, {}).outcome is Outcome.PASSED


def test_an_accumulator_that_doubles_does_not_explode() -> None:
    """A list of itself twice is small in memory, and has 2^256 leaves for whoever walks through it."""
    doubling = [{"var": "accumulator"}, {"var": "accumulator"}]
    for logic in (
        {"!": [{"reduce": [{"var": "payload.v"}, doubling, "x"]}]},
        {"===": [{"reduce": [{"var": "payload.v"}, doubling, "x"]}, {"reduce": [{"var": "payload.v"}, doubling, "x"]}]},
        {"in": [{"reduce": [{"var": "payload.v"}, doubling, "x"]}, ["x"]]},
    ):
        rule = rule_of(logic)
        payload = {"v": [0] * 256}
        assert compiled(rule)(payload, {}) is find(rule, payload, {}).outcome
