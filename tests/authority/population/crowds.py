"""People as rows: in Parquet for the engines, and the same rows in a store for `gather`."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import BigInteger, Engine, Integer, LargeBinary, SmallInteger, Table, insert

from pratique.authority.population import synthetic
from pratique.authority.records.gather import gather_all
from pratique.authority.store import reading, tables, writing
from pratique.model.facts import ContactKind, Facts, ObservationKind

AT = datetime(2026, 11, 23, 20, tzinfo=UTC).astimezone(timezone(timedelta(hours=8)))
NOW, TODAY = int(AT.timestamp()), AT.date().toordinal()
EVENTS = ("record", "superseded", "declaration", "retold", "trip", "contact", "observation", "dispute", "dispute_step",
          "appeal", "appeal_step")  # fmt: skip
COVID, FEVER = "840539006", "16541001"
_TYPES = {SmallInteger: pa.int16(), BigInteger: pa.int64(), Integer: pa.int32(), LargeBinary: pa.binary()}

Rows = dict[str, list[dict[str, Any]]]


def made(folder: Path, people: int, seed: int = 1) -> Path:
    """The generator's people, in a folder."""
    for _ in synthetic.make(folder, people=people, seed=seed, at=AT):
        pass
    return folder


def rows_of(folder: Path) -> Rows:
    """What the generator wrote."""
    return {name: pq.read_table(folder / name).to_pylist() for name in EVENTS if (folder / name).is_dir()}


def write(folder: Path, ids: list[str], rows: Rows) -> Path:
    """People of whom nothing is known but these rows."""
    somewhere = {"country": "XA", "region": "XA-31", "income": "upper_middle", "shows": "screen", "age": 40}
    _parquet(folder / "people", pa.Table.from_pylist([{"person_id": each} | somewhere for each in sorted(ids)]))
    for name, found in rows.items():
        if found:
            _parquet(folder / name, pa.Table.from_pylist(found, _schema(tables.metadata.tables[name])))
    return folder


def _schema(table: Table) -> pa.Schema:
    return pa.schema([(column.name, _TYPES.get(type(column.type), pa.string())) for column in table.columns])


def _parquet(place: Path, table: pa.Table) -> None:
    place.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, place / "0.parquet")


def gathered(store: Engine, rows: Rows) -> dict[str, Facts]:
    """Everybody's facts, as `gather` has them from a store with these rows."""
    with writing(store) as connection:
        for name, found in rows.items():
            if found:
                connection.execute(insert(tables.metadata.tables[name]), found)
    with reading(store) as connection:
        return dict(gather_all(connection, at=AT, zone=AT.tzinfo or UTC))


class Crowd:
    """People to whom much happens at nearly the same time: where facts differ by a second, or by a day."""

    def __init__(self, seed: int, people: int = 120) -> None:
        self._random = random.Random(seed)  # noqa: S311  a seeded test
        self._number = 0
        self.ids = [f"{number:032x}" for number in self._random.sample(range(16**8), people)]
        self.rows: Rows = {name: [] for name in EVENTS}
        for person in self.ids:
            self._happen(person)

    def _id(self) -> str:
        self._number += 1
        return f"{self._number:032x}"

    def _maybe(self, chance: float) -> bool:
        return self._random.random() < chance

    def _moment(self) -> int:
        """Around now, a day ago and three weeks ago, some seconds off."""
        around = self._random.choice((0, 0, 3_600, 86_400, 86_400, 2 * 86_400, 21 * 86_400, 40 * 86_400))
        return NOW - around + self._random.choice((-3_600, -121, -61, -60, -59, -31, -1, 0, 0, 0, 1, 59, 60, 61))

    def _day(self) -> int:
        return TODAY - self._random.choice((-1, 0, 0, 1, 1, 2, 3, 4, 7, 13, 20, 21, 22, 40))

    def _happen(self, person: str) -> None:
        for _ in range(self._random.choice((0, 1, 2, 5, 9))):
            self._record(person)
        for _ in range(self._random.choice((0, 0, 1, 3, 9))):
            self._declaration(person)
        for _ in range(self._random.choice((0, 0, 1, 3))):
            self._trip(person)
        for _ in range(self._random.choice((0, 0, 1, 3))):
            self._decided(person)

    def _record(self, person: str) -> None:
        record, kind = self._id(), self._random.choice(("test",) * 5 + ("vaccination", "recovery", "exemption"))
        row: dict[str, Any] = {
            "person_id": person, "record_id": record, "kind": kind, "disease": self._random.choice((COVID, FEVER)),
            "day": None, "moment": None, "test_kind": None, "detected": None, "valid_from": None, "valid_until": None,
            "evidence": 4, "claim": "{}", "source_id": "s", "origin": record.encode(), "content": b"", "intake_id": "i",
            "place": 1, "received": NOW - self._random.choice((-1, 0, 1, 90_000)),
        }  # fmt: skip
        if kind == "test":
            row["moment"] = self._moment()
            row["test_kind"] = self._random.choice(
                ("molecular", "molecular", "molecular", "antigen", "antibody", "other")
            )
            row["detected"] = self._random.choice((0,) * 6 + (1, 1, None))
        elif kind == "vaccination":
            row["day"] = self._random.choice((self._day(), None))
        else:
            row["valid_from"], row["valid_until"] = self._day(), self._day()
        self.rows["record"].append(row)
        if self._maybe(0.1):
            self.rows["superseded"].append(
                {"person_id": person, "record_id": record, "by_record_id": None, "ground": "wrong_result",
                 "decided_by": "desk", "evidence": None, "moment": NOW + self._random.choice((-1, 0, 1))}
            )  # fmt: skip
        if self._maybe(0.2):
            self._dispute(person, record)

    def _dispute(self, person: str, record: str) -> None:
        dispute = self._id()
        due = NOW + self._random.choice((-1, 0, 1))
        self.rows["dispute"].append(
            {"person_id": person, "dispute_id": dispute, "record_id": record, "statement": b"", "evidence": None,
             "opened": due - 86_400, "due": due}
        )  # fmt: skip
        if self._maybe(0.5):
            self.rows["dispute_step"].append(self._step(person, "dispute_id", dispute))

    def _step(self, person: str, key: str, of: str) -> dict[str, Any]:
        state = self._random.choice(("not_accepted", "more_needed", "accepted"))
        moment = NOW + self._random.choice((-1, 0, 1))
        return {"person_id": person, key: of, "number": 2, "state": state, "decided_by": "desk", "moment": moment}

    def _declaration(self, person: str) -> None:
        said = self._id()
        self.rows["declaration"].append(
            {"person_id": person, "declaration_id": said, "day": self._day(), "moment": self._moment(),
             "temperature": self._random.choice((None, 365, 381)), "symptoms": "",
             "normal": self._random.choice((1, 1, 1, 0, None)), "source_id": "s", "origin": said.encode()}
        )  # fmt: skip
        self._retold(person, said)

    def _retold(self, person: str, said: str) -> None:
        if self._maybe(0.15):
            moment = NOW + self._random.choice((-1, 0, 1))
            self.rows["retold"].append({"person_id": person, "said_id": said, "by_said_id": None, "moment": moment})

    def _trip(self, person: str) -> None:
        trip, first = self._id(), self._day()
        self.rows["trip"].append(
            {"person_id": person, "trip_id": trip, "country": self._random.choice(("XA", "XB")),
             "division": self._random.choice((None, "330106", "310101")), "first_day": first,
             "last_day": self._random.choice((None, first, first + 3)), "moment": NOW + self._random.choice((-1, 0, 1)),
             "source_id": "s", "origin": trip.encode()}
        )  # fmt: skip
        self._retold(person, trip)

    def _decided(self, person: str) -> None:
        fact, moment = self._id(), NOW + self._random.choice((-1, 0, 1))
        if self._maybe(0.5):
            kind, last = self._random.choice([*ContactKind]).value, self._day()
            self.rows["contact"].append(
                {"person_id": person, "contact_id": fact, "kind": kind, "last_day": last, "decided_by": "desk",
                 "moment": moment}
            )  # fmt: skip
        else:
            kind, first = self._random.choice([*ObservationKind]).value, self._day()
            self.rows["observation"].append(
                {"person_id": person, "observation_id": fact, "kind": kind, "first_day": first,
                 "last_day": first + self._random.choice((0, 3, 14)), "decided_by": "desk", "moment": moment}
            )  # fmt: skip
        if self._maybe(0.3):
            appeal, due = self._id(), NOW + self._random.choice((-1, 0, 1))
            self.rows["appeal"].append(
                {"person_id": person, "appeal_id": appeal, "about": "contact", "about_id": fact, "statement": b"",
                 "evidence": None, "opened": due - 86_400, "due": due}
            )  # fmt: skip
            if self._maybe(0.5):
                self.rows["appeal_step"].append(self._step(person, "appeal_id", appeal) | {"ground": "wrong_date"})


@contextmanager
def engine_of(folder: Path) -> Iterator[Any]:
    """DuckDB over a folder, on one thread."""
    from pratique.authority.population import engines

    with engines.duckdb(folder, threads=1) as engine:
        yield engine
