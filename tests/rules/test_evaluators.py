"""The interpreter, compiled Python and SQL come to the same end, whatever the rule and the certificate."""

from collections import Counter
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.rules import Outcome, find
from pratique.rules.checking import OPERATORS
from pratique.rules.sql import Outside, outcomes, table_of
from tests.rules.expressions import CONSTANTS, booleans, certificates, operators_in
from tests.rules.known import TRUE, in_duckdb, rule_of


def test_the_three_evaluators_agree() -> None:
    """Every operator is reached, and each outcome at least in a fifth of the cases: agreement on errors is no news."""
    operators: Counter[str] = Counter()
    ends: Counter[Outcome] = Counter()
    translated: Counter[bool] = Counter()
    connection = duckdb.connect(config={"threads": 1})

    def agree_on(logic: Any, population: list[dict[str, Any]]) -> None:
        rule = rule_of(logic)
        expected = [find(rule, row["payload"], CONSTANTS | row["external"]).outcome for row in population]
        ends.update(expected)
        answers = [TRUE[outcome] for outcome in expected]
        (batch,) = outcomes(rule, table_of(population, (), whole=True).to_batches(), CONSTANTS)
        assert batch.to_pylist() == answers
        try:
            assert in_duckdb(connection, rule, population, CONSTANTS) == answers
            translated[True] += 1
        except Outside:
            translated[False] += 1

    @settings(max_examples=400, derandomize=True, database=None)
    @given(booleans(3), st.lists(certificates(), min_size=4, max_size=6))
    def agree(logic: Any, population: list[dict[str, Any]]) -> None:
        operators.update(operators_in(logic))
        for each in (logic, {"!": [logic]}):  # what passes the one fails the other, so that neither is rare
            agree_on(each, population)

    agree()
    assert set(operators) == set(OPERATORS)
    assert min(operators.values()) >= 3, operators
    total = sum(ends.values())
    assert all(ends[outcome] * 5 >= total for outcome in Outcome), ends
    assert translated[True] > 3 * translated[False], translated
