"""What came in: one row for each file, chunk of it, and row of it that was not taken."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Select, cast, func, insert, null, select, union_all

from pratique.authority.store import health, people
from pratique.authority.store.health import Sent, insert_once
from pratique.authority.store.people import Known, Papers
from pratique.authority.store.tables import intake, intake_chunk, intake_row, record
from pratique.authority.store.vault import Vault


class Settled(Struct, frozen=True):
    """What one transaction settled of an intake, up to and with the row `last_place`."""

    last_place: int
    taken: int = 0
    known: int = 0
    held: int = 0
    refused: int = 0

    def and_then(self, after: "Settled") -> "Settled":
        """Both together, `after` the later one."""
        names = ("taken", "known", "held", "refused")
        return Settled(after.last_place, **{name: getattr(self, name) + getattr(after, name) for name in names})


class RowReport(Struct, frozen=True):
    """What became of one row: `taken` (with the id of its record), `known`, `held` or `refused`, and why."""

    place: int
    outcome: str
    record_id: str | None = None
    reasons: tuple[str, ...] = ()
    detail: str = ""


def known_and_sent(
    connection: Connection, vault: Vault, papers: Iterable[Papers], origins: Collection[bytes]
) -> tuple[dict[Papers, Known], dict[bytes, Sent]]:
    """Who is known by these documents, and what was sent before under these origins: asked for at once."""
    wanted = people.by_hash(vault, papers)
    known, sent = {}, {}
    for row in connection.execute(_ASKED, {"hashes": [*wanted], "origins": list(origins)}):
        if row.person_id is None:
            known[wanted[bytes(row.number_hash)]] = people.known(vault, row)
        else:
            sent[bytes(row.origin)] = Sent(row.person_id, row.record_id, bytes(row.content))
    return known, sent


def _beside(chosen: Select[Any], other: Select[Any], *, first: bool) -> Select[Any]:
    """The columns of one question, and in place of the other's nothing."""
    mine = list(chosen.selected_columns)
    nothing = [cast(null(), each.type).label(each.name) for each in other.selected_columns]
    return chosen.with_only_columns(*mine, *nothing) if first else chosen.with_only_columns(*nothing, *mine)


_ASKED = union_all(_beside(people.FOUND, health.SENT, first=True), _beside(health.SENT, people.FOUND, first=False))


def begin(connection: Connection, intake_id: str, source_id: str, *, at: int) -> None:
    """Enter an intake; one that is there already goes on."""
    insert_once(connection, intake, [{"intake_id": intake_id, "source_id": source_id, "began": at}])


def settled(connection: Connection, intake_id: str) -> Settled:
    """What is settled so far."""
    chunk = intake_chunk.c
    columns = (chunk.taken, chunk.known, chunk.held, chunk.refused)
    row = connection.execute(
        select(func.coalesce(func.max(chunk.last_place), 0), *(func.coalesce(func.sum(each), 0) for each in columns))
        .where(chunk.intake_id == intake_id)
    ).one()  # fmt: skip
    return Settled(*map(int, row))


def settle(connection: Connection, intake_id: str, chunk: Settled, not_taken: Sequence[RowReport], *, at: int) -> None:
    """Enter what this transaction settled."""
    if not_taken:
        connection.execute(insert(intake_row), [_row(intake_id, report) for report in not_taken])
    connection.execute(insert(intake_chunk).values(intake_id=intake_id, moment=at, **msgspec.structs.asdict(chunk)))


def _row(intake_id: str, report: RowReport) -> dict[str, object]:
    return {
        "intake_id": intake_id,
        "place": report.place,
        "outcome": report.outcome,
        "reasons": " ".join(report.reasons),
        "detail": report.detail,
    }


def reports(connection: Connection, intake_id: str) -> Iterator[RowReport]:
    """What became of every row, in their order."""
    taken = connection.execute(
        select(record.c.place, record.c.record_id).where(record.c.intake_id == intake_id).order_by(record.c.place)
    )
    others = connection.execute(
        select(intake_row).where(intake_row.c.intake_id == intake_id).order_by(intake_row.c.place)
    )
    rows = [RowReport(row.place, "taken", row.record_id) for row in taken]
    rows += [RowReport(row.place, row.outcome, None, tuple(row.reasons.split()), row.detail) for row in others]
    yield from sorted(rows, key=lambda report: report.place)


def taken_since(connection: Connection, *, since: int) -> Settled:
    """What all intakes settled since, in rows."""
    chunk = intake_chunk.c
    columns = (chunk.taken, chunk.known, chunk.held, chunk.refused)
    summed = select(*(func.coalesce(func.sum(each), 0) for each in columns)).where(chunk.moment >= since)
    return Settled(0, *map(int, connection.execute(summed).one()))


def refused_since(connection: Connection, *, since: int) -> dict[str, int]:
    """How many rows of intakes that began since were refused or held, by reason; a row may have several."""
    began = select(intake_row.c.reasons, func.count()).join(intake, intake.c.intake_id == intake_row.c.intake_id)
    grouped = began.where(intake.c.began >= since, intake_row.c.reasons != "").group_by(intake_row.c.reasons)
    found: dict[str, int] = {}
    for reasons, count in connection.execute(grouped):
        for each in reasons.split():
            found[each] = found.get(each, 0) + count
    return found


def source_of(connection: Connection, intake_id: str) -> str | None:
    """Who sent it; None where there is no such intake."""
    return connection.execute(select(intake.c.source_id).where(intake.c.intake_id == intake_id)).scalar()
