"""Taking records in: the same file twice is taken once, and a process that dies half-way loses and doubles nothing.

A chunk of rows is one transaction: the people that are new, their records, what was not taken and why, and how far
the intake has come. What was committed is there, what was not was never there; whoever starts again goes on behind
the last chunk. A file that was settled and has rows that needed a person is decided about anew when it is sent again:
what they waited for may have come, and what was taken is known by then. `at` is the instant of intake.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import BinaryIO, Literal

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, Engine

from pratique.authority.records import entries, spreadsheet
from pratique.authority.records.entries import Entry, Read, Whose, Wrong
from pratique.authority.records.sources import Source
from pratique.authority.store import Vault, alone, health, intakes, people, reading, writing
from pratique.authority.store.health import NewRecord, Sent
from pratique.authority.store.intakes import RowReport, Settled
from pratique.authority.store.people import Known, Newcomer, Papers
from pratique.identification import Match, identify
from pratique.model import uvci
from pratique.model.certificate import AnyClaim, Certificate, Person, Recovery, Test, Vaccination
from pratique.model.mrz import MachineReadableZone
from pratique.model.reasons import Reason

AHEAD = timedelta(days=1)
"""How far what is told of may lie ahead of our clock: the date is another one further east, and clocks differ."""
CHUNK = 500
"""Rows of one transaction: enough to share its cost, few enough to lose little time in a crash."""
LONGEST_LINE = 64 * 1024 * 1024
"""Octets of one JSON document: a bundle of a thousand resources has a few."""
ORIGIN, CONTENT = "record origin", "record content"
Form = Literal["fhir", "ndjson", "csv"]


class Outcome(StrEnum):
    """What became of a row."""

    TAKEN = "taken"
    KNOWN = "known"
    """It was there already, word for word."""
    HELD = "held"
    """A person has to complete or decide it; whoever sent it sends it again."""
    REFUSED = "refused"


class Delivery(Struct, frozen=True):
    """What is being taken in: whose file, under which id, at which second."""

    source: Source
    intake_id: str
    at: int


def form_of(name: str) -> Form:
    """How a file is read, by the end of its name: `.csv`, `.ndjson` (or `.jsonl`), or else one JSON document."""
    ending = name.lower().rpartition(".")[2]
    return "csv" if ending == "csv" else "ndjson" if ending in ("ndjson", "jsonl") else "fhir"


def intake_id(file: BinaryIO, source: Source) -> str:
    """What an intake is known by: how its source is read, and the content of the file, which is read to its end and
    rewound. With another mapping the same file says something else.
    """
    digest = hashlib.sha256(msgspec.json.encode(source) + b"\0")
    while block := file.read(1 << 20):
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()[:32]


def read(file: BinaryIO, form: Form, source: Source) -> Iterator[Read]:
    """The entries of a file, one at a time. Raises `MalformedRecord` (RECORD_MAPPING) as `spreadsheet.rows` does."""
    match form:
        case "csv":
            return spreadsheet.rows(file, source)
        case "ndjson":
            return entries.documents(iter(lambda: file.readline(LONGEST_LINE), b""), source)
        case "fhir":
            return entries.documents(iter([file.read(LONGEST_LINE + 1)]), source)


def take(
    engine: Engine,
    vault: Vault,
    file: BinaryIO,
    *,
    form: Form,
    source: Source,
    at: datetime,
    chunk: int = CHUNK,
    progress: Callable[[Settled], None] = lambda _: None,
) -> tuple[str, Settled]:
    """Take a file in, or go on with one that was broken off; its intake id, and what was settled of it in all.

    `progress` is called after each transaction. Raises `MalformedRecord` (RECORD_MAPPING) and `StoreFault`.
    """
    now, key = int(at.timestamp()), _latest(engine, intake_id(file, source))
    while True:
        with reading(engine) as connection:
            begun = intakes.settled(connection, key)
        rows = (row for row in read(file, form, source) if row.place > begun.last_place)
        delivery = Delivery(source, key, now)
        whole = _go_on(engine, vault, rows, delivery, whole=begun, chunk=chunk, progress=progress)
        if not whole.held or whole.last_place > begun.last_place:
            return key, whole
        key = _again(key)  # it was settled before: somebody sends it again, for the rows that needed a person
        file.seek(0)


def _again(key: str) -> str:
    """The id of the next intake of the same file."""
    return hashlib.sha256(f"{key} again".encode()).hexdigest()[:32]


def _latest(engine: Engine, key: str) -> str:
    """The last intake of this file that was begun, or the first."""
    with reading(engine) as connection:
        while intakes.source_of(connection, _again(key)) is not None:
            key = _again(key)
    return key


def _go_on(
    engine: Engine,
    vault: Vault,
    rows: Iterator[Read],
    delivery: Delivery,
    *,
    whole: Settled,
    chunk: int,
    progress: Callable[[Settled], None],
) -> Settled:
    """Settle the rows behind what was settled so far, a chunk a transaction; what is settled then in all."""
    key = delivery.intake_id
    while part := list(islice(rows, chunk)):
        with writing(engine) as connection:
            intakes.begin(connection, key, delivery.source.source_id, at=delivery.at)
            alone(connection, key)
            whole = intakes.settled(connection, key)
            if whole.last_place < part[-1].place:  # or another process was faster
                settled, wrong = settle(connection, vault, part, delivery)
                intakes.settle(connection, key, settled, wrong, at=delivery.at)
                whole = whole.and_then(settled)
        progress(whole)
    return whole


def take_message(engine: Engine, vault: Vault, message: bytes, *, source: Source, at: datetime) -> list[RowReport]:
    """Take one JSON document in, a Bundle or a resource, and say at once what became of each of its records.

    Once this has returned they are on the disk; whoever got no answer sends the document again. Raises `StoreFault`.
    """
    part = list(entries.documents(iter([message]), source))
    delivery = Delivery(source, secrets.token_hex(16), int(at.timestamp()))
    with writing(engine) as connection:
        return sorted(decide(connection, vault, part, delivery), key=lambda report: report.place)


class _Fit(Struct, frozen=True):
    """An entry with its hashes: `origins` under every key of the vault, the current first, and so `contents`."""

    entry: Entry
    origins: tuple[bytes, ...]
    contents: tuple[bytes, ...]


def settle(
    connection: Connection, vault: Vault, part: Sequence[Read], delivery: Delivery
) -> tuple[Settled, list[RowReport]]:
    """Decide about each row, and how many went which way; with the reports of those that were not taken."""
    reports = decide(connection, vault, part, delivery)
    counts = {outcome: sum(report.outcome == outcome for report in reports) for outcome in Outcome}
    settled = Settled(part[-1].place, **{outcome.value: count for outcome, count in counts.items()})
    return settled, [report for report in reports if report.outcome != Outcome.TAKEN]


def decide(connection: Connection, vault: Vault, part: Sequence[Read], delivery: Delivery) -> list[RowReport]:
    """Keep what is taken, in the transaction of `connection`, and say what became of each row."""
    reports: list[RowReport] = []
    fits: list[_Fit] = []
    for row in part:
        if isinstance(row, Wrong):
            reports.append(_report(row.place, Outcome.HELD if row.held else Outcome.REFUSED, row.reasons, row.detail))
        elif _ahead(row.claim, delivery.at):
            reports.append(_report(row.place, Outcome.REFUSED, (Reason.RECORD_FIELD_INVALID,), "a day that is to come"))
        elif _before_birth(row):
            reports.append(_report(row.place, Outcome.HELD, (Reason.RECORD_PERSON,), "birth date (after the event)"))
        else:
            fits.append(_fit(vault, row, delivery.source))
    reports += _people_first(connection, vault, fits, delivery)
    return reports


def _ahead(claim: AnyClaim, at: int) -> bool:
    """Whether it tells of what has not happened yet."""
    latest = datetime.fromtimestamp(at, UTC) + AHEAD
    match claim:
        case Test():
            return claim.sampled > latest
        case Vaccination():
            return claim.date.first > latest.date()
        case Recovery():
            return claim.first_positive.first > latest.date()
        case _:  # an exemption may begin later
            return False


def _before_birth(entry: Entry) -> bool:
    """Whether it happened before its person was born: it is another's, or one of the two dates is wrong."""
    born = entry.whose.birth_date
    match entry.claim:
        case Test(sampled=sampled):
            last = sampled.date()
        case Vaccination(date=day) | Recovery(first_positive=day):
            last = day.last
        case _:
            return False
    return born is not None and last < born.first


def _fit(vault: Vault, entry: Entry, source: Source) -> _Fit:
    said = msgspec.json.encode(structs.replace(entry.claim, uvci="")).decode()
    papers = entry.whose.papers.text
    # without a name of its own, a record is what it says and of whom
    own = f"named|{entry.identifier}" if entry.identifier else f"said|{papers}|{said}"
    origins = vault.hashes(ORIGIN, f"{source.source_id}|{own}")
    return _Fit(entry, origins, vault.hashes(CONTENT, said))


def _people_first(connection: Connection, vault: Vault, fits: list[_Fit], delivery: Delivery) -> Iterator[RowReport]:
    """Who each entry is about, then what was sent before, then what is new."""
    if not fits:
        return
    named = [fit.entry.whose for fit in fits]
    origins = [origin for fit in fits for origin in fit.origins]
    known, before = intakes.known_and_sent(connection, vault, {whose.papers for whose in named}, origins)
    known |= _entered(connection, vault, named, known, at=delivery.at)
    fresh: dict[bytes, NewRecord] = {}
    for fit in fits:
        place = fit.entry.place
        somebody = holder(known.get(fit.entry.whose.papers), fit.entry.whose)
        if isinstance(somebody, Doubt):
            yield _report(place, Outcome.HELD, (somebody.reason,), somebody.detail)
            continue
        sent = next((before[origin] for origin in fit.origins if origin in before), None)
        if sent is None and (twin := fresh.get(fit.origins[0])):
            sent = Sent(twin.person_id, twin.record_id, twin.content)
        if sent is not None:
            yield _sent_before(place, fit, sent, somebody)
            continue
        fresh[fit.origins[0]] = _new(fit, somebody, delivery)
    kept = health.keep(connection, fresh.values(), at=delivery.at)
    for record in fresh.values():
        if record.record_id in kept:
            yield RowReport(record.place, Outcome.TAKEN, record.record_id)
        else:  # somebody else sent it between our question and our answer
            yield _report(record.place, Outcome.KNOWN, (), "")


def known_people(connection: Connection, vault: Vault, named: Sequence[Whose], *, at: int) -> dict[Papers, Known]:
    """Everybody who is named; those that nobody knew yet, and whose name and birth date are said, are entered."""
    known = people.find_many(connection, vault, {whose.papers for whose in named})
    return known | _entered(connection, vault, named, known, at=at)


def _entered(
    connection: Connection, vault: Vault, named: Sequence[Whose], known: Mapping[Papers, Known], *, at: int
) -> dict[Papers, Known]:
    newcomers: dict[Papers, Newcomer] = {}
    latest = (datetime.fromtimestamp(at, UTC) + AHEAD).date()
    for whose in named:
        born = whose.birth_date
        if whose.papers not in known and whose.name is not None and born is not None and born.first <= latest:
            newcomers.setdefault(whose.papers, Newcomer(whose.papers, whose.name, born))
    # in one order, so that two intakes never wait for each other
    entering = sorted(newcomers.values(), key=lambda newcomer: newcomer.papers.text)
    return people.enter(connection, vault, entering, at=at)


class Doubt(Struct, frozen=True):
    """Why a person has to find out whose it is."""

    reason: Reason
    detail: str


def holder(somebody: Known | None, whose: Whose) -> Known | Doubt:
    """The holder of the document in our books, if that is who is meant.

    A number alone is not enough: one wrong digit is another person's number.
    """
    if somebody is None or (whose.name is None and whose.birth_date is None):
        return Doubt(Reason.RECORD_PERSON, "name and birth date")
    if (somebody.name, somebody.birth_date) == (whose.name, whose.birth_date):
        return somebody
    identity = identify(Certificate(Person(somebody.name, somebody.birth_date), ()), _zone(whose))
    compared = {"name": identity.name, "birth date": identity.birth_date}
    different = [part for part, match in compared.items() if match is Match.DIFFERENT]
    return Doubt(Reason.RECORD_PERSON_DIFFERENT, ", ".join(different)) if different else somebody


def _zone(whose: Whose) -> MachineReadableZone:
    """What is said of a person, in the form in which documents are compared."""
    name, born, papers = whose.name, whose.birth_date, whose.papers
    parts = (born.year % 100, born.month, born.day) if born else (None, None, None)
    return MachineReadableZone(
        layout="TD3",
        kind="P",
        country=papers.country,
        family_icao=(name and name.family_icao) or "",
        given_icao=(name and name.given_icao) or "",
        name_truncated=False,
        number=papers.number,
        nationality=papers.country,
        birth_date="".join("<<" if part is None else f"{part:02}" for part in parts),
        sex="X",
        expiry="",
    )


def _sent_before(place: int, fit: _Fit, sent: Sent, somebody: Known) -> RowReport:
    if sent.person_id != somebody.person_id:
        return _report(place, Outcome.HELD, (Reason.RECORD_OTHER_PERSON,), "identifier")
    if sent.content not in fit.contents:
        return _report(place, Outcome.HELD, (Reason.RECORD_DIFFERENT,), "identifier")
    return _report(place, Outcome.KNOWN, (), "")


def _new(fit: _Fit, somebody: Known, delivery: Delivery) -> NewRecord:
    record_id = secrets.token_bytes(16)
    claim = fit.entry.claim
    if not claim.uvci:
        claim = structs.replace(claim, uvci=uvci.from_record_id(delivery.source.country, record_id))
    return NewRecord(
        somebody.person_id,
        record_id.hex(),
        claim,
        delivery.source.source_id,
        fit.origins[0],
        fit.contents[0],
        delivery.intake_id,
        fit.entry.place,
    )


def _report(place: int, outcome: Outcome, reasons: tuple[Reason, ...], detail: str) -> RowReport:
    return RowReport(place, outcome, None, tuple(reasons), detail)
