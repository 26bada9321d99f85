"""`pratique population` and `pratique policy effect`, as they are typed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pytest
from pyarrow import parquet

from pratique.sandbox import border, codes
from tests.cli.conftest import Shell

AT = "2026-11-23T20:00Z"


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from pratique.cli import main

    folder = tmp_path_factory.mktemp("people") / "made"
    assert main(["population", "make", "--people", "800", "--out", str(folder), "--at", AT]) == 0
    return folder


def test_everybody_is_counted_by_colour_cause_and_region(shell: Shell, people: Path, tmp_path: Path) -> None:
    ran = shell("population", "assess", "--data", people, "--chart", tmp_path / "colours.svg")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == "XA-HEALTH-CODE 1.0.0 on 2026-11-23T20:00:00Z: 800 people"
    assert {"by colour and cause", "by region"} <= set(lines)
    assert "800 people in " in ran.err
    ElementTree.fromstring((tmp_path / "colours.svg").read_text("utf-8"))  # noqa: S314  our own


def test_json_has_the_same_numbers(shell: Shell, people: Path) -> None:
    told = json.loads(shell("population", "assess", "--data", people, "--json").out)
    assert (told["people"], told["engine"], told["at"]) == (800, "duckdb", "2026-11-23T20:00:00Z")
    colours, regions = told["tables"]
    assert sum(row["people"] for row in colours["rows"]) == 800
    assert sum(row[colour] for row in regions["rows"] for colour in ("green", "yellow", "red", "unknown")) == 800
    assert json.loads(shell("population", "assess", "--data", people, "--json").out) == told


def test_people_can_be_made_on_the_spot(shell: Shell) -> None:
    ran = shell("population", "assess", "--people", "50", "--json", "--at", AT)
    assert (ran.code, json.loads(ran.out)["people"]) == (0, 50)


def test_a_policy_of_another_time_colours_nobody_and_says_so(shell: Shell, people: Path) -> None:
    ran = shell("population", "assess", "--data", people, "--at", "2028-01-01T00:00Z")
    assert "not in force" in ran.err
    assert "unknown no proof  800 (100.0 %)" in ran.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["assess", "--data", "nowhere"], "there are no people here"),
        (["make", "--people", "0", "--out", "new"], "--people takes a number from 1"),
        (["make", "--people", "5", "--out", "new", "--seed=-1"], "--seed takes a whole number"),
        (["make", "--people", "5", "--out", "full"], "there is something already"),
        (["assess", "--policy", "events.json"], "`pratique policy effect` tells"),
        (["assess", "--data", "broken"], "not what `population make` writes"),
        (["assess", "--data", "nowhere", "--people", "5"], "exclude each other"),
    ],
)
def test_what_cannot_be_used(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("full", "broken"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "about.json").write_text("[]")
    (tmp_path / "events.json").write_bytes(border.policy())
    ran = shell("population", *words)
    assert (ran.code, ran.out) == (3, "")
    assert said in ran.err


def without(name: str) -> Callable[[pa.Table], pa.Table]:
    return lambda table: table.drop_columns([name])


def instead(name: str, values: Callable[[int], pa.Array]) -> Callable[[pa.Table], pa.Table]:
    return lambda table: table.set_column(table.schema.get_field_index(name), name, values(table.num_rows))


SPOILT: tuple[tuple[str, Callable[[pa.Table], pa.Table] | None, str], ...] = (
    ("record", None, "record/00000.parquet is no whole Parquet file"),
    ("people", None, "people/00000.parquet is no whole Parquet file"),
    ("people", without("region"), "people/00000.parquet has no column region"),
    ("trip", without("division"), "trip/00000.parquet has no column division"),
    ("people", instead("age", lambda rows: pa.array(["x"] * rows)), "age is string, and has to be integer"),
    ("contact", instead("last_day", lambda rows: pa.array(["2020"] * rows)), "last_day is string"),
    ("people", instead("region", lambda rows: pa.nulls(rows, pa.string())), "800 rows without region"),
    ("people", instead("person_id", lambda rows: pa.nulls(rows, pa.string())), "800 rows without person_id"),
    ("people", lambda table: pa.concat_tables([table, table.slice(0, 7)]), "7 rows of people who are there already"),
)


@pytest.mark.parametrize("case", SPOILT, ids=[f"{table}: {said}" for table, _, said in SPOILT])
def test_data_that_cannot_be_asked_is_named_and_never_counted(
    shell: Shell, people: Path, tmp_path: Path, case: tuple[str, Callable[[pa.Table], pa.Table] | None, str]
) -> None:
    table, spoil, said = case
    data = shutil.copytree(people, tmp_path / "spoilt")
    (file,) = (data / table).glob("*.parquet")
    if spoil is None:
        file.write_bytes(file.read_bytes()[:-9])
    else:
        parquet.write_table(spoil(parquet.read_table(file)), file)
    policy = tmp_path / "events.json"
    policy.write_bytes(border.policy())
    for words in (("population", "assess"), ("policy", "effect", policy)):
        ran = shell(*words, "--data", data)
        assert (ran.code, ran.out) == (3, ""), ran.err
        assert said in ran.err
        assert "docs/population.md" in ran.err


def test_a_policy_is_shown_with_its_effect(shell: Shell, people: Path, tmp_path: Path) -> None:
    file, chart = tmp_path / "events.json", tmp_path / "effect.svg"
    file.write_bytes(border.policy())
    ran = shell("policy", "effect", file, "--data", people, "--chart", chart)
    assert ran.code == 0
    assert "no effect on an epidemic is claimed" in ran.out
    assert {"by way", "by age", "by region", "by country", "by access to vaccines"} <= set(ran.out.splitlines())
    assert "no effect on an epidemic is claimed" in chart.read_text("utf-8")


def test_the_difference_from_the_policy_in_force(shell: Shell, people: Path, tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    content = json.loads(border.policy())
    old.write_text(json.dumps(content))
    new.write_text(json.dumps(content | {"branches": content["branches"][:1]}))
    told = json.loads(shell("policy", "effect", new, "--against", old, "--data", people, "--json").out)
    tables = {table["title"]: table["rows"] for table in told["tables"]}
    assert told["claim"].endswith("no effect on an epidemic is claimed.")
    worse = tables["against the policy in force, by access to vaccines"]
    assert sum(row["worse"] for row in worse) > 0 == sum(row["better"] for row in worse)
    assert tables["who stood otherwise under the policy in force"]
    code = tmp_path / "code.json"
    code.write_bytes(codes.policy())
    ran = shell("policy", "effect", new, "--against", code, "--data", people)
    assert (ran.code, "cannot be compared" in ran.err) == (3, True)


def test_a_health_code_is_shown_with_its_effect(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "code.json"
    file.write_bytes(codes.policy())
    told = json.loads(shell("policy", "effect", file, "--people", "60", "--json").out)
    assert told["people"] == 60
