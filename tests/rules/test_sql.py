"""What SQL is made of a rule, for whom it is not, and that no rule says more in it than it may."""

from typing import Any

import duckdb
import pyarrow as pa
import pytest

from pratique.rules import Outcome, Rule, compiled, find
from pratique.rules.rule import read_rule
from pratique.rules.sql import CERTIFICATE, Column, Facet, Outside, outcomes, table_of, translate
from pratique.rules.sql.columns import column_path
from tests.cases.ruling import EXTERNAL, LOGIC
from tests.cases.ruling import outcomes as known_outcomes
from tests.rules.known import TRUE, in_duckdb, rule_of
from tests.rules.test_compiling import HOSTILE

CONSTANTS: dict[str, Any] = dict(EXTERNAL)


def answers(rule: Rule, people: list[dict[str, Any]], constants: dict[str, Any] = CONSTANTS) -> list[bool | None]:
    return in_duckdb(duckdb.connect(config={"threads": 1}), rule, people, constants)


def deep(operator: str, depth: int) -> Any:
    logic: Any = {"var": "payload.v.0"}
    for _ in range(depth):
        logic = {operator: [logic, {"var": "payload.v.0"}]}
    return logic


LONG = "more than one text should hold"


@pytest.mark.parametrize(
    ("logic", "path", "what"),
    [
        ({"!": [{"var": "payload.v.0.DN"}]}, "Logic.![0].var", "a path that no column is named by"),
        ({"!": [{"var": "payload"}]}, "Logic.![0].var", "a path that no column is named by"),
        ({"!": [{"var": ""}]}, "Logic.![0].var", "a path that no column is named by"),
        ({"!": [{"var": "external.own.iat"}]}, "Logic.![0].var", "a path that no column is named by"),
        ({"in": ["x", {"var": "payload.v"}]}, "Logic.in[1]", "an array that is not the same for everybody"),
        ({"in": [{"var": "payload.n"}, [["x"]]]}, "Logic.in[1]", "an array of arrays or objects"),
        ({"!": [[{"var": "payload.n"}]]}, "Logic.![0]", "an array of computed values"),
        ({"===": [{"+": [1, {"var": "payload.n"}]}, {"var": "payload.n"}]}, "Logic.===",
         "a comparison of two computed values"),
        ({"===": [{"var": "payload.n"}, "\0"]}, "Logic.===", "a text that not every program can read"),
        ({"===": [{"var": "payload.n"}, "\ud800"]}, "Logic.===", "a text that not every program can read"),
        ({"===": [{"reduce": [{"var": "payload.v"}, "x", 0]}, 1]}, "Logic.===[0].reduce", "a fold of unknown length"),
        ({"reduce": [{"var": "payload.v"}, {"var": "current.dn"}, False]}, "Logic.reduce", "a fold of unknown length"),
        ({"reduce": [{"var": "payload.v"}, {"!": [{"var": "current"}]}, False]}, "Logic.reduce[1].![0].var",
         "a path that no column is named by"),
        ({"reduce": [{"var": "payload.v"}, {"!": [{"reduce": [{"var": "current.x"}, True, False]}]}, True]},
         "Logic.reduce[1].![0].reduce", "a fold of unknown length"),
        ({"===": [{"extractFromUVCI": [{"if": [True, "a", "b"]}, 1]}, 1]}, "Logic.===[0].extractFromUVCI[0]",
         "a part of a computed text"),
        ({"after": [{"plusTime": [{"extractFromUVCI": [{"var": "payload.n"}, 1]}, 1, "day"]},
                    {"plusTime": ["2021-01-01", 1, "day"]}]}, "Logic.after[0].plusTime[0].extractFromUVCI",
         "a part of an identifier as a date"),
        (
            {"after": [{"plusTime": ["9960-01-01", 40, "year"]}, {"plusTime": [{"var": "payload.n"}, 0, "day"]}]},
            "Logic.after[0].plusTime[0]", "a date beyond the calendar",
        ),
        ({"and": [{"var": "payload.v.0"}] * 900}, "Logic.and", LONG),
        (deep("and", 38), "Logic", LONG),
        ({"!": [deep("and", 37)]}, "Logic", LONG),
        ({"===": [deep("and", 30), "x"]}, "Logic", LONG),
        ({">": [deep("+", 30), 1]}, "Logic.>[0].+", "a sum of sums of data"),
    ],
)  # fmt: skip
def test_outside_is_named_and_runs_as_python(logic: Any, path: str, what: str) -> None:
    rule = rule_of(logic)
    with pytest.raises(Outside) as outside:
        translate(rule, CONSTANTS)
    assert outside.value.what == what
    assert outside.value.path.startswith(path)
    people = [{"payload": {"v": [{"DN": 1}], "n": 7}, "external": {"iat": 1}}, {"payload": {}, "external": {}}]
    table = table_of(people, (), whole=True)
    (batch,) = outcomes(rule, table.to_batches(), CONSTANTS)
    assert batch.to_pylist() == [
        TRUE[find(rule, one["payload"], {**one["external"], **CONSTANTS}).outcome] for one in people
    ]


ACCUMULATOR, DN = {"var": "accumulator"}, {"var": "current.dn"}
COUNT = {"reduce": [{"var": "payload.v"}, {"if": [{">": [DN, 1]}, {"+": [ACCUMULATOR, 1]}, ACCUMULATOR]}, 0]}


@pytest.mark.parametrize(
    "logic",
    [
        {">=": [COUNT, 2]},
        {"===": [COUNT, 0]},
        {"!": [COUNT]},
        {"reduce": [{"var": "payload.v"}, {"and": [ACCUMULATOR, {"in": [DN, [1, 2, "x"]]}]}, True]},
        {"reduce": [{"var": "payload.v"}, {"if": [ACCUMULATOR, True, {">": [DN, 1]}]}, False]},
        # a step without a value is not forgotten, though later ones do not look back
        {"reduce": [{"var": "payload.v"}, {"if": [{">": [DN, 1]}, True, ACCUMULATOR]}, False]},
        {"reduce": [{"var": "payload.v"}, True, False]},
        {"===": [{"reduce": [{"var": "payload.v"}, {"+": [1, ACCUMULATOR]}, 2**53 - 2]}, 2**53 - 1]},
        # the body of a fold sees nothing else
        {"reduce": [{"var": "payload.v"}, {"!": [{"var": "payload.v"}]}, False]},
        {"reduce": [{"var": "payload.v"}, {"in": [{"var": "external.region"}, ["x"]]}, True]},
        {"reduce": [{"var": "payload.v"}, {"in": [DN, {"var": "external.valueSets.x"}]}, False]},
        {"reduce": [{"var": "payload.v"}, {"===": [DN, {"var": "current.sd"}]}, False]},
        {"and": [{">=": [COUNT, 1]}, {"reduce": [{"var": "payload.v"}, {"!": [{"var": "current.dn"}]}, True]}]},
        {"reduce": [{"var": "payload.v"}, {"not-after": [{"plusTime": [{"var": "current.dt"}, 1, "month"]},
                                                          {"plusTime": ["2021-06-01", 0, "day"]}]}, False]},
    ],
)  # fmt: skip
def test_a_fold_over_a_list_of_the_data(logic: Any) -> None:
    rule = rule_of(logic)
    lists: list[Any] = [
        None, [], "x", 1, {}, [None], [1], [[]], [{"dn": 1}], [{"dn": 2, "dt": "2021-04-30"}, {"dn": 3}],
        [{"dn": "x"}, {"dn": 2}], [{"dn": 2}, {"dn": "x"}], [{"dn": 2}, {}, {"dn": 1}], [{"dn": 2}] * 5,
        [{"dn": 1.5}, {"dn": True}], [{"dt": "2021-05-02"}, {"dt": "2021-01"}], [{"dt": "x"}], [{"dn": 2}] * 256,
        [{"dn": 2}] * 257,
    ]  # fmt: skip
    people = [{"payload": {"v": value}, "external": {}} for value in lists] + [{"payload": {}, "external": {}}]
    constants = CONSTANTS | {"region": "x"}
    try:
        found = answers(rule, people, constants)
    except Outside as outside:
        assert outside.what == "a comparison of two computed values"
        return
    assert found == [TRUE[find(rule, one["payload"], constants).outcome] for one in people]


@pytest.mark.parametrize("name", sorted({path for path, _ in known_outcomes()}))
def test_known_outcomes(name: str) -> None:
    vector: Any = dict(known_outcomes())[name]
    rule = read_rule(vector["rule"])
    expected = TRUE[Outcome(vector["expected"]["outcome"])]
    people = [{"payload": vector["payload"], "external": {}}]
    try:
        assert answers(rule, people, vector["external"]) == [expected]
    except Outside as outside:
        assert outside.what == "a fold of unknown length"
    (batch,) = outcomes(rule, table_of(people, (), whole=True).to_batches(), vector["external"])
    assert batch.to_pylist() == [expected]


@pytest.mark.parametrize("text", [text for text in HOSTILE if text not in ("\0", "\x00", "\ud800")])
def test_hostile_texts_stay_texts(text: str) -> None:
    rule = rule_of({"in": [{"var": "payload.n"}, [text, "'; DROP TABLE people; --"]]})
    people = [
        {"payload": {"n": value}, "external": {}} for value in (text, text + "x", "'; DROP TABLE people; --", None)
    ]
    assert answers(rule, people) == [True, False, True, False]


def test_a_path_cannot_name_a_column_of_its_own() -> None:
    for path in ("payload.v.0.dn) OR (1=1", 'payload."', "payload.v_0.dn", "external.x y", "payload.é", "payload"):
        assert not column_path(path)
    for path in ("payload.v.0.dn", "payload.dob", "external.issuerCountryCode", "external.iat"):
        assert column_path(path)


def test_columns_are_named_after_paths() -> None:
    plan = translate(rule_of(LOGIC["complete"]), CONSTANTS)
    assert [column.name for column in plan.columns] == ["v_0_is", "v_0_dn_int", "v_0_sd_int"]
    assert plan.text("duckdb") == "CASE v_0_is WHEN TRUE THEN v_0_dn_int >= v_0_sd_int WHEN FALSE THEN TRUE END"
    names = [
        Column("payload.v.0.ci", Facet.PART, 2).name, Column("external.issuerCountryCode", Facet.TEXT).name,
        Column("payload.dob", Facet.BIRTH).name,
    ]  # fmt: skip
    assert names == ["v_0_ci_part_2", "external_issuer_country_code_text", "dob_born"]


def test_what_a_column_cannot_hold_is_null_in_it() -> None:
    columns = [Column("payload.n", facet) for facet in Facet if facet is not Facet.PART]
    values = ["2021-02", "2021-02-30", "\ud800", 2.0, 1.5, 2**70, True, None, [], {"a": 1}]
    table = table_of([{"payload": {"n": value}} for value in values], columns)
    found = table.to_pydict()
    assert found["n_is"] == [True, True, True, True, None, True, True, False, False, True]
    assert found["n_text"] == ["2021-02", "2021-02-30", *[None] * 8]
    assert found["n_int"] == [None, None, None, 2, None, None, None, None, None, None]
    assert found["n_value"] == [
        '"2021-02',
        '"2021-02-30',
        "'\\ud800",
        "2",
        "1.5",
        str(2**70),
        "true",
        "null",
        None,
        None,
    ]
    assert [str(at) for at in found["n_at"]] == ["2021-02-28 00:00:00", *["None"] * 9]
    assert table.schema.field("n_at").type == pa.timestamp("us")


@pytest.mark.parametrize("logic", [deep("and", 7), {"===": [deep("and", 5), "x"]}, {"!": [deep("and", 7)]}])
def test_deep_rules_are_translated(logic: Any) -> None:
    rule = rule_of(logic)
    people: list[dict[str, Any]] = [{"payload": {"v": [one]}} for one in (True, False, "x", 1.5)]
    assert answers(rule, people) == [TRUE[find(rule, one["payload"], CONSTANTS).outcome] for one in people]


def test_counts() -> None:
    plan = translate(rule_of(LOGIC["complete"]), CONSTANTS)
    people = [{"payload": {"v": [{"dn": n, "sd": 2}]}} for n in (1, 2, 3, None)] + [{"payload": {}}]
    table = table_of(people, plan.columns, whole=True)
    assert CERTIFICATE in table.column_names
    connection = duckdb.connect(config={"threads": 1})
    connection.register("people", table)
    assert connection.sql(plan.counts("people", "duckdb")).fetchall() == [(3, 1, 1)]
    assert plan.counts("people", "spark").startswith("SELECT COUNT_IF(CASE v_0_is WHEN TRUE")


def test_a_rule_for_a_newer_engine_is_open_for_everybody() -> None:
    rule = rule_of(True, engine_version="9.0.0")
    assert answers(rule, [{"payload": {}}] * 3) == [None] * 3
    assert compiled(rule)({}, {}) is Outcome.OPEN


def test_table_without_columns_keeps_its_rows() -> None:
    assert answers(rule_of(True), [{"payload": {}}] * 3) == [True] * 3
