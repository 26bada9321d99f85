"""Rules as SQL, for a whole population at once: one expression, written for DuckDB or for Spark.

    plan = translate(rule, {"validationClock": "2021-07-01T10:00:00Z", "valueSets": {...}})
    table = table_of(certificates, plan.columns)
    plan.text("duckdb")                    # a BOOLEAN: TRUE passed, FALSE failed, NULL open
    plan.counts("certificates", "spark")   # a statement: how many passed, failed and are open

SQL's booleans have three values and CertLogic's evaluation has three ends, so that NULL means "no value", always:
missing data is NULL in the columns alone, and what reads a column says what that means for it. SQL's own AND would lose
an error beside a falsehood; every `and` of a rule is a CASE.

External data that is the same for everybody is written into the text. What cannot be translated is named with its
place (`Outside`), and such a rule runs as compiled Python over the same table (`outcomes`).
"""

from pratique.rules.sql.columns import Column, Facet, united
from pratique.rules.sql.tables import CERTIFICATE, outcomes, table_of
from pratique.rules.sql.translating import Outside, Plan, translate, translate_logic

__all__ = [
    "CERTIFICATE", "Column", "Facet", "Outside", "Plan", "outcomes", "table_of", "translate", "translate_logic",
    "united",
]  # fmt: skip
