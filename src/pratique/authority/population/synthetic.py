"""People who do not exist, as event tables in Parquet: seeded, so that anybody can make the same ones again.

    for written in make(Path("people"), people=1_000_000, seed=1, at=at): ...

    people/about.json               how it was made
    people/people/00000.parquet     who lives where: person_id, country, region, income, age, shows
    people/record/00000.parquet     and superseded, declaration, trip, contact, observation, dispute, dispute_step:
                                    column by column as `store.tables` has them

Every chunk of 65 536 people is a file of each table, sorted by `person_id` (records within each kind), and made from
the seed and its own number alone: more people change nothing of those before them. What people are like is in
`assumptions`.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from msgspec import Struct

from pratique.authority.population import people as folk
from pratique.authority.population.events import Rows, tables_of
from pratique.model.dates import format_instant, parse_instant

CHUNK = 65_536
"""People of a chunk: some hundred megabytes while it is made."""
MOST = 1 << 32
"""People at most: the number of a chunk is the first four digits of its people's ids."""
ABOUT = "about.json"


class About(Struct, frozen=True):
    """How a population was made, which makes the same again; `at` in ISO 8601."""

    people: int
    seed: int
    at: str
    generator: int = 1

    @property
    def moment(self) -> datetime:
        """The instant of which the events are the past."""
        return parse_instant(self.at)


def make(folder: Path, *, people: int, seed: int, at: datetime) -> Iterator[int]:
    """Write a population chunk by chunk; yields how many people each had.

    `at` is the instant of which the events are the past; its day is UTC's. Raises `OSError`, `FileExistsError` where
    something is already, and `ValueError` for less than one person or more than `MOST`.
    """
    if not 0 < people <= MOST:
        raise ValueError("the number of people")
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(folder)
    for number, start in enumerate(range(0, people, CHUNK)):
        count = min(CHUNK, people - start)
        for name, table in chunk(number, seed, at, count=count).items():
            (folder / name).mkdir(exist_ok=True)
            _write(folder / name / f"{number:05}.parquet", table)
        yield count
    (folder / ABOUT).write_bytes(msgspec.json.encode(About(people, seed, format_instant(at))))


def about(folder: Path) -> About:
    """How the population of a folder was made. Raises `OSError`, and `msgspec.MsgspecError` for another file."""
    return msgspec.json.decode((folder / ABOUT).read_bytes(), type=About)


def chunk(number: int, seed: int, at: datetime, *, count: int = CHUNK) -> dict[str, pa.Table]:
    """All tables of the first `count` people of a chunk."""
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, number))))
    drawn = folk.draw(number, CHUNK, random)

    def wanted(rows: Rows) -> pa.Table:
        who, table = rows
        return table.slice(0, int(np.searchsorted(who, count)))

    return {
        "people": drawn.table().slice(0, count),
        **{name: wanted(rows) for name, rows in tables_of(drawn, random, at).items()},
    }


def _write(place: Path, table: pa.Table) -> None:
    """A file; of records with a row group for each kind, so that whoever asks for tests reads nothing else.

    Snappy, since every reader has it: Spark's own LZ4 stumbles over some of Arrow's pages.
    """
    texts = [field.name for field in table.schema if field.name.endswith("_id") or field.name in ("claim", "origin")]
    few = [name for name in table.column_names if name not in texts]
    with pq.ParquetWriter(place, table.schema, compression="snappy", use_dictionary=few) as writer:
        for group in _by_kind(table) if "claim" in table.column_names else [table]:
            writer.write_table(group)


def _by_kind(table: pa.Table) -> list[pa.Table]:
    return [table.filter(pc.equal(table["kind"], kind)) for kind in pc.unique(table["kind"])]
