"""Rules made for tests."""

from datetime import UTC, datetime
from typing import Any

import duckdb
from msgspec import structs

from pratique.rules import Outcome, Rule
from pratique.rules.sql import table_of, translate

TRUE = {Outcome.PASSED: True, Outcome.FAILED: False, Outcome.OPEN: None}
"""What an outcome is in SQL."""

_RULE = Rule(
    identifier="GR-XA-0001",
    kind="Acceptance",
    certificate_type="General",
    country="XA",
    version="1.0.0",
    engine="CERTLOGIC",
    engine_version="1.3.0",
    schema_version="1.3.0",
    description={"en": "What this fictional state asks for."},
    valid_from=datetime(2021, 7, 1, tzinfo=UTC),
    valid_to=datetime(2022, 7, 1, tzinfo=UTC),
    affected=(),
    logic=True,
)


def rule_of(logic: Any, **changes: Any) -> Rule:
    return structs.replace(_RULE, logic=logic, **changes)


def in_duckdb(
    connection: duckdb.DuckDBPyConnection, rule: Rule, people: list[dict[str, Any]], constants: dict[str, Any]
) -> list[bool | None]:
    """The rule as SQL on these certificates; raises `Outside`."""
    plan = translate(rule, constants)
    connection.register("people", table_of(people, plan.columns))
    rows = connection.sql(f"SELECT {plan.text('duckdb')} FROM people").fetchall()
    assert len(rows) == len(people)
    return [row[0] for row in rows]
