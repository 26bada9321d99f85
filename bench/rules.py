"""Part 8: compiled rules against the official certlogic-js. Part 9: one policy over a million certificates, as SQL.

The rules are of a fictional state and do what published ones do (`certlogic/rules.json`); every certificate is another,
and nothing is kept from one to the next. Time is CPU time of the one thread that evaluates, on both sides.
"""

import json
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter, thread_time_ns
from typing import Any

from msgspec import structs

from bench import environments, material
from bench.report import Budget, Part, Skipped, Spread
from bench.timing import one_core
from pratique.model.dates import format_instant
from pratique.model.valueset import VALUE_SETS
from pratique.rules import Outcome, Rule, compiled, run
from pratique.rules.rule import read_rule

BLOCK = 250
"""Certificates of a round: some milliseconds on either side."""
CERTIFICATES = 1_000_000
"""People in part 9, whatever the number of distinct certificates."""

AGAINST_NODE = (Budget("compiled rules, of certlogic-js's rate", 1, None, "×"),)
OVER_EVERYBODY = (Budget("a policy over a million certificates in DuckDB, of compiled Python's rate", 20, None, "×"),)

_HERE = Path(__file__).parent / "certlogic"
_EXTERNAL: dict[str, Any] = {
    "validationClock": format_instant(material.AT),
    "valueSets": {name: list(values.codes) for name, values in VALUE_SETS.items()},
    "countryCode": "XA",
}


def _rules() -> list[Rule]:
    return [read_rule(content) for content in json.loads((_HERE / "rules.json").read_text("utf-8"))]


def against_node(count: int) -> Part:
    """`count` certificates, each with every rule once; the interpreter's figure stands beside the others."""
    rules, payloads = _rules(), material.payloads(count + BLOCK)
    rounds: list[tuple[float, float]] = []
    ends: Counter[str] = Counter()
    with _Node(rules, payloads) as node, one_core():
        functions = [compiled(rule) for rule in rules]
        evaluated = len(rules) * BLOCK
        for start in range(0, count + BLOCK, BLOCK):
            block = payloads[start : start + BLOCK]
            if len(rounds) % 2:
                theirs, ours = node.ask(start, start + len(block)), _ask(functions, block)
            else:
                ours, theirs = _ask(functions, block), node.ask(start, start + len(block))
            if ours[1] != theirs[1]:
                raise AssertionError("certlogic-js and compiled rules differ")
            ends.update(ours[1])
            rounds.append((ours[0], theirs[0]))
        interpreted, _ = _ask([_interpreted(rule) for rule in rules], payloads[:BLOCK])
    rounds = rounds[1:]  # the first warms both
    ratio = Spread.of([theirs / ours for ours, theirs in rounds])
    rows = (
        ("compiled Python", f"{sum(ours for ours, _ in rounds) / len(rounds) / evaluated:.2f}", "1"),
        ("certlogic-js", f"{sum(theirs for _, theirs in rounds) / len(rounds) / evaluated:.2f}", str(ratio)),
        ("the interpreter", f"{interpreted / evaluated:.2f}", ""),
    )
    remarks = (
        f"{sum(ends.values())} evaluations of {len(rules)} rules, each outcome the same on both sides: "
        + ", ".join(f"{ends[outcome]} {outcome}" for outcome in Outcome),
    )
    budgets = (structs.replace(AGAINST_NODE[0], figure=ratio.middle),)
    header = ("", "µs a rule", "of compiled Python's time")
    return Part("8. rules against the official certlogic-js", header, rows, remarks, budgets)


_Function = Callable[[Mapping[str, Any], Mapping[str, Any]], Outcome]


def _interpreted(rule: Rule) -> _Function:
    return lambda payload, external: run(rule, payload, external)


def _ask(functions: list[_Function], payloads: list[dict[str, Any]]) -> tuple[float, list[str]]:
    """µs for a block, and the outcomes."""
    before = thread_time_ns()
    found = [function(payload, _EXTERNAL) for payload in payloads for function in functions]
    return (thread_time_ns() - before) / 1000, [outcome.value for outcome in found]


class _Node:
    """The process with certlogic-js, asked in turn, so that it rests while we are measured."""

    def __init__(self, rules: list[Rule], payloads: list[dict[str, Any]]) -> None:
        place = _certlogic_js()
        self._process = subprocess.Popen(
            [shutil.which("node") or "node", "worker.mjs"],
            cwd=place,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._say({"rules": [rule.logic for rule in rules], "payloads": payloads, "external": _EXTERNAL})
        if self._hear() != "ready":
            self._process.kill()
            raise Skipped("needs a working .bench/certlogic; delete it and run again")

    def ask(self, start: int, stop: int) -> tuple[float, list[str]]:
        """The same of the other side."""
        self._say([start, stop])
        microseconds, found = self._hear()
        return microseconds, found

    def _say(self, value: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value) + "\n")
        self._process.stdin.flush()

    def _hear(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline() or "null")

    def __enter__(self) -> "_Node":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)


def _certlogic_js() -> Path:
    """The folder where Node runs, with the package fetched once."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise Skipped("needs node")
    place = environments.CACHE / "certlogic"
    place.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "worker.mjs"):
        shutil.copy(_HERE / name, place)
    stamp, pinned = place / "fetched", (_HERE / "package-lock.json").read_bytes()
    if not stamp.is_file() or stamp.read_bytes() != pinned:
        npm = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
        environments.fetch(*npm, cwd=place, needs="node and the npm registry")
        stamp.write_bytes(pinned)
    return place


def over_everybody(count: int) -> Part:
    """One policy over `CERTIFICATES`, repeated from `count` distinct ones: compiled Python, DuckDB, and Spark."""
    try:
        import duckdb

        from pratique.rules.sql import table_of, translate
    except ImportError as absent:
        raise Skipped("needs the extra [population]") from absent
    rule = _policy()
    payloads = material.payloads(count)
    plan = translate(rule, _EXTERNAL)
    before = thread_time_ns()
    distinct = table_of(({"payload": payload} for payload in payloads), plan.columns)
    filled = (thread_time_ns() - before) / 1000 / count
    with one_core():
        function = compiled(rule)
        spent, found = _ask([function], payloads)
        python = spent / count
    connection = duckdb.connect(config={"threads": 1})
    connection.register("one_each", distinct)
    connection.execute(f"CREATE TABLE people AS SELECT d.* FROM one_each d, range({CERTIFICATES // count})")  # noqa: S608
    statement = plan.counts("people", "duckdb")
    times, counted = [], (0, 0, 0)
    for _ in range(5):
        before = thread_time_ns()
        counted = connection.execute(statement).fetchall()[0]
        times.append((thread_time_ns() - before) / 1000 / CERTIFICATES)
    one = Counter(found)
    expected = tuple(one[outcome] * (CERTIFICATES // count) for outcome in Outcome)
    if counted != expected:
        raise AssertionError(f"DuckDB counted {counted}, compiled Python {expected}")
    ratio = Spread.of([python / each for each in times])
    rows = [
        ("compiled Python", f"{1 / python:.2f}", ""),
        ("DuckDB, one thread", f"{1 / sorted(times)[2]:.1f}", str(ratio)),
        ("filling the columns, once", f"{1 / filled:.2f}", ""),
    ]
    spark_row, remark = _spark(connection, plan.counts("people", "spark"), counted)
    return Part(
        "9. one policy over a million certificates",
        ("", "millions a second", "of compiled Python's rate"),
        (*rows, *spark_row),
        (
            "equal counts: " + ", ".join(f"{n} {outcome}" for n, outcome in zip(counted, Outcome, strict=True)),
            f"{count} distinct certificates, repeated; typed columns in memory; median of five",
            remark,
        ),
        (structs.replace(OVER_EVERYBODY[0], figure=ratio.middle),),
    )


def _policy() -> Rule:
    """All the rules as one."""
    first, *_ = rules = _rules()
    return structs.replace(first, certificate_type="General", logic={"and": [rule.logic for rule in rules]})


def _spark(connection: Any, statement: str, expected: tuple[int, int, int]) -> tuple[list[tuple[str, str, str]], str]:
    """The same text on Spark, where there is one: its row, or why there is none."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        return [], "Spark: skipped, needs pyspark"
    if shutil.which("java") is None:
        return [], "Spark: skipped, needs java"
    with tempfile.TemporaryDirectory() as folder:
        parquet = f"{folder}/people.parquet"
        connection.execute(f"COPY people TO '{parquet}' (FORMAT parquet)")
        builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        session = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
        try:
            session.sparkContext.setLogLevel("ERROR")
            session.read.parquet(parquet).createOrReplaceTempView("people")
            counted = tuple(session.sql(statement).collect()[0])
            before = perf_counter()
            session.sql(statement).collect()
            spent = perf_counter() - before
        finally:
            session.stop()
    if counted != expected:
        raise AssertionError(f"Spark counted {counted}, DuckDB {expected}")
    row = ("Spark, two threads, from Parquet, elapsed", f"{CERTIFICATES / spent / 1e6:.1f}", "")
    return [row], "Spark: the same text, the same counts"
