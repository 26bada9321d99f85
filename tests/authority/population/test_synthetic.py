"""The generator: the same seed gives the same people, in the shape of the store, and as its assumptions say."""

from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.authority.population import crowds
from tests.authority.population.crowds import AT, EVENTS

from pratique.authority.population import assumptions as like
from pratique.authority.population import synthetic
from pratique.authority.population.claims import RESULTS
from pratique.authority.population.synthetic import CHUNK, about, chunk, make
from pratique.authority.store import health, tables
from pratique.authority.store.health import NewRecord
from pratique.model.certificate import AnyClaim, Exemption, Recovery, Test, Vaccination, kind_of
from pratique.model.uvci import opaque_part

TABLES = ("record", "superseded", "declaration", "trip", "contact", "observation", "dispute", "dispute_step")

ASKED = ("kind", "disease", "day", "moment", "test_kind", "detected", "valid_from", "valid_until", "evidence")


@pytest.fixture(scope="module")
def made() -> dict[str, pa.Table]:
    return chunk(0, 1, AT)


def test_more_people_change_nothing_of_those_before_them(tmp_path: Path, made: dict[str, pa.Table]) -> None:
    crowds.made(tmp_path / "some", 500)
    for name, table in made.items():
        some, order = pq.read_table(tmp_path / "some" / name), [(table.column_names[n], "ascending") for n in (0, 1)]
        assert some.sort_by(order).equals(table.slice(0, len(some)).sort_by(order))
    people = made["people"]["person_id"].to_pylist()
    kept = set(people[:500])
    records = pq.read_table(tmp_path / "some" / "record")
    assert records.num_rows == sum(person in kept for person in made["record"]["person_id"].to_pylist())


def test_another_seed_is_other_people(made: dict[str, pa.Table]) -> None:
    assert chunk(0, 1, AT, count=10)["record"].equals(chunk(0, 1, AT, count=10)["record"])
    other = chunk(0, 2, AT)["people"]
    assert not set(other["person_id"].to_pylist()) & set(made["people"]["person_id"].to_pylist())


def test_it_says_how_it_was_made(tmp_path: Path) -> None:
    assert list(make(tmp_path / "x", people=7, seed=3, at=AT)) == [7]
    found = about(tmp_path / "x")
    assert (found.people, found.seed, found.moment) == (7, 3, AT)
    with pytest.raises(FileExistsError):
        list(make(tmp_path / "x", people=7, seed=3, at=AT))
    for people in (0, synthetic.MOST + 1):
        with pytest.raises(ValueError, match="number of people"):
            list(make(tmp_path / "y", people=people, seed=3, at=AT))


def test_two_chunks_are_in_order(tmp_path: Path) -> None:
    assert list(make(tmp_path, people=CHUNK + 5, seed=1, at=AT)) == [CHUNK, 5]
    ids = [person for file in sorted((tmp_path / "people").iterdir())
           for person in pq.read_table(file)["person_id"].to_pylist()]  # fmt: skip
    assert ids == sorted(set(ids))
    assert len(ids) == CHUNK + 5
    with crowds.engine_of(tmp_path) as engine:
        (first, last), (second, end) = engine.slices(CHUNK)
        assert (first, end) == ("", "g")
        assert last < second == f"{ids[CHUNK]:0>32}"
        assert int(second, 16) - int(last, 16) == 1
        counted = [engine.ask(f"SELECT COUNT(*) FROM people WHERE person_id BETWEEN '{a}' AND '{b}'")[0][0]
                   for a, b in ((first, last), (second, end))]  # fmt: skip
    assert counted == [CHUNK, 5]


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_those_of_the_store(made: dict[str, pa.Table], name: str) -> None:
    table = made[name]
    columns = {column.name: column for column in tables.metadata.tables[name].columns}
    assert set(table.column_names) == set(columns)
    assert table.num_rows
    people = table["person_id"].to_pylist()
    assert people == sorted(people)
    for column in columns.values():
        if not column.nullable:
            assert table[column.name].null_count == 0, column.name
    assert table.cast(crowds._schema(tables.metadata.tables[name]).empty_table().select(table.column_names).schema)
    key = [column.name for column in tables.metadata.tables[name].primary_key]
    assert len(set(zip(*(table[each].to_pylist() for each in key), strict=True))) == table.num_rows


def test_all_tables_that_facts_read_are_known() -> None:
    assert set(TABLES) <= set(EVENTS)


def test_claims_say_what_their_columns_do(made: dict[str, pa.Table]) -> None:
    """Read back and kept anew, a claim fills the columns that stand beside it."""
    rows = made["record"].slice(0, 3_000).to_pylist()
    kinds: Counter[type] = Counter()
    for row in rows:
        claim: Any = msgspec.json.decode(row["claim"], type=AnyClaim)
        kinds[type(claim)] += 1
        assert opaque_part(claim.uvci) == row["record_id"].upper()
        new = NewRecord(row["person_id"], row["record_id"], claim, "synthetic", b"", b"", "0" * 32, 0)
        kept = health._row(new, row["received"])
        for name in (
            "kind",
            "disease",
            "day",
            "moment",
            "test_kind",
            "detected",
            "valid_from",
            "valid_until",
            "evidence",
        ):
            assert kept[name] == row[name], (name, row["kind"])
        if isinstance(claim, Test):
            assert kind_of(claim.method) == (claim.kind, claim.analyte)
            assert claim.result in RESULTS
        if isinstance(claim, Vaccination) and claim.dose is not None:
            assert claim.doses is not None
            assert 1 <= claim.dose <= claim.doses
    assert set(kinds) == {Vaccination, Test, Recovery, Exemption}


def test_access_to_vaccines_is_what_was_measured(made: dict[str, pa.Table]) -> None:
    connection = duckdb.connect()
    connection.register("people", made["people"])
    connection.register("record", made["record"])
    shares = dict(
        connection.execute("""
        SELECT country, AVG(CASE WHEN person_id IN (
          SELECT person_id FROM record WHERE kind = 'vaccination' AND disease = '840539006'
        ) THEN 1.0 ELSE 0.0 END) FROM people GROUP BY country
    """).fetchall()
    )
    for country in like.COUNTRIES:
        assert shares[country.code] == pytest.approx(country.access, abs=0.03)
    youngest = connection.execute("""
        SELECT MIN(age) FROM people SEMI JOIN record
        ON people.person_id = record.person_id AND record.kind = 'vaccination' AND record.disease = '840539006'
    """).fetchone()
    assert youngest == (like.VACCINATED_FROM,)


def test_shares_add_up() -> None:
    assert sum(country.people for country in like.COUNTRIES) == pytest.approx(1)
    for country in like.COUNTRIES:
        assert sum(country.regions) == pytest.approx(1)
        assert sum(product.share for product in country.products) == pytest.approx(1)
    assert sum(share for _, share in like.TEST_KINDS) == pytest.approx(1)
