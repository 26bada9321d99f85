"""The facts in their wide form are those of `gather`, in every path and every way of reading it."""

from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from tests.authority.population import crowds
from tests.authority.population.crowds import AT, Crowd

from pratique.authority.population.reading import Reader
from pratique.authority.population.wide import Moment, gathered
from pratique.model.facts import KINDS, PATHS, Facts
from pratique.rules.sql import Column, Facet, Outside, table_of
from pratique.rules.values import access

CLOCK = timezone(timedelta(hours=9, minutes=30))
AREAS = {"high": ("XA-3301", "XB"), "medium": ()}
FACETS = [facet for facet in Facet if facet not in (Facet.PART, Facet.ITEMS)]
_OBJECTS = ["tests", "latest", "declarations", "doses", "contacts", "contacts.0", "trips.1", "latest.contacts",
            "latest.trips.high", "tests.molecular", "tests.nothing", "nothing", "latest.contacts.nothing.last",
            "contacts.kind", "tests.0", "declarations.last.x", "contacts.7.kind"]  # fmt: skip
_FIELDS = tuple(Column(f"payload.{part}", facet) for part in ("kind", "first", "last", "x") for facet in FACETS)


def columns() -> list[Column]:
    """Every path in every way; of lists the first three items, and all of them for a fold."""
    paths = [path.replace("*", place) for path in PATHS for place in ("012" if "*" in path else "0")]
    read = [Column(f"payload.{path}", facet) for path in (*paths, *_OBJECTS) for facet in FACETS]
    lists = [Column(f"payload.{name}", Facet.ITEMS, 0, _FIELDS) for name in ("contacts", "trips", "recoveries")]
    return [*read, *lists, Column("payload.doses", Facet.ITEMS, 0, (Column("payload.disease", Facet.TEXT),))]


def read_by_sql(folder: Path, ids: list[str]) -> list[dict[str, Any]]:
    reader = Reader(AREAS, CLOCK)
    wanted = {column.name: reader.column(column) for column in columns()}
    listed = ", ".join(f"{sql} AS {name}" for name, sql in wanted.items())
    known = gathered(reader.wanted, Moment.of(AT))
    everybody = "FROM people LEFT JOIN gathered USING (person_id)"
    statement = f"WITH {known} SELECT people.person_id, {listed} {everybody}"
    with crowds.engine_of(folder) as engine:
        rows = engine.ask(statement)
    assert sorted(row[0] for row in rows) == sorted(ids)
    return [dict(zip(wanted, row[1:], strict=True)) for row in sorted(rows)]


def read_by_python(facts: dict[str, Facts], ids: list[str]) -> list[dict[str, Any]]:
    people = [{"payload": facts.get(person, Facts()).to_data(AREAS, CLOCK), "external": {}} for person in sorted(ids)]
    rows: list[dict[str, Any]] = table_of(people, columns()).to_pylist()
    return rows


@pytest.mark.parametrize("seed", range(5))
def test_the_wide_form_says_what_facts_say(store: Engine, tmp_path: Path, seed: int) -> None:
    crowd = Crowd(seed)
    crowds.write(tmp_path, crowd.ids, crowd.rows)
    found = read_by_sql(tmp_path, crowd.ids)
    expected = read_by_python(crowds.gathered(store, crowd.rows), crowd.ids)
    for one, other in zip(found, expected, strict=True):
        assert {name: (one[name], other[name]) for name in other if one[name] != other[name]} == {}


def test_a_crowd_has_every_fact(store: Engine) -> None:
    """Else the test above would say little: every path that there is leads somewhere, for somebody."""
    crowd = Crowd(0, people=400)
    told = [facts.to_data(AREAS, CLOCK) for facts in crowds.gathered(store, crowd.rows).values()]
    never = [path for path in PATHS if not path.startswith("latest.trips.medium")]
    never = [path for path in never if all(access(data, path.replace("*", "0")) is None for data in told)]
    rare = [f"tests.{kind}.earlier{day}" for kind in ("antibody", "other") for day in ("", "_day")]
    assert set(never) <= set(rare)


def test_people_without_a_fact_are_there(tmp_path: Path) -> None:
    crowds.write(tmp_path, ["0" * 32], {})
    (row,) = read_by_sql(tmp_path, ["0" * 32])
    (expected,) = read_by_python({}, ["0" * 32])
    assert row == expected


@pytest.mark.parametrize(
    "column",
    [
        Column("payload.tests.molecular.sampled", Facet.PART, 1),
        Column("payload.tests", Facet.ITEMS, 0, _FIELDS),
        Column("payload.nothing", Facet.ITEMS, 0, _FIELDS),
    ],
)
def test_what_no_fact_has_is_outside(column: Column) -> None:
    with pytest.raises(Outside):
        Reader(AREAS, CLOCK).column(column)


def test_every_kind_is_known() -> None:
    reader = Reader(AREAS, CLOCK)
    for name, kinds in KINDS.items():
        for kind in kinds:
            assert reader.column(Column(f"payload.latest.{name}.{kind}.last", Facet.TRUTH)) != "NULL"
