"""What no longer counts: identifiers, everything of a facility in a period, keys; and what was proved again."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct, structs
from sqlalchemy import ColumnElement, Connection, and_, exists, false, func, insert, or_, select, true, union

from pratique.authority.store.health import IN_PARTS, insert_once
from pratique.authority.store.issuance_tables import (
    certificate,
    certificate_claim,
    delivery,
    distrust,
    recall,
    reproof,
    withdrawal,
)
from pratique.authority.store.tables import record

Identifier = tuple[str, str]
DECOY = "decoy"
"""The ground of an entry that is nobody's, which stands on the list and nowhere else."""


class Withdrawal(Struct, frozen=True):
    """An identifier, written `kind:value`, that is `revoked` or `replaced`, why, and by whom."""

    identifier: str
    effect: str
    ground: str
    account_id: str
    second_id: str | None
    moment: int


class Recall(Struct, frozen=True):
    """Everything that a facility sent from `since` to before `until`, or of that its doses of one `lot` alone, does not
    count from `effective` on."""

    recall_id: str
    facility_id: str
    since: int
    until: int
    ground: str
    account_id: str
    second_id: str
    moment: int
    effective: int
    lot: str | None = None

    def reaches(self, source_id: str, received: int, lot: str | None) -> bool:
        """Whether it calls a record back, by who sent it, when, and the lot of its dose."""
        of_it = source_id == self.facility_id and self.since <= received < self.until
        return of_it and self.lot in (None, lot)


class Distrusted(Struct, frozen=True):
    """A key that is believed no more, or only for what it signed until `after`."""

    key_id: str
    moment: int
    after: int | None
    account_id: str
    second_id: str


class Affected(Struct, frozen=True):
    """How much a recall reaches."""

    people: int
    certificates: int
    records: int


def withdraw(connection: Connection, withdrawn: Iterable[Withdrawal]) -> int:
    """Withdraw identifiers; how many were not withdrawn like this before."""
    return len(insert_once(connection, withdrawal, [structs.asdict(each) for each in withdrawn]))


def all_withdrawn(connection: Connection) -> Iterable[tuple[str, str, int]]:
    """Every identifier, decoys too, with its effect and since when it has it."""
    column = withdrawal.c
    statement = select(column.identifier, column.effect, column.moment)
    for row in connection.execute(statement, execution_options=IN_PARTS):
        yield row.identifier, row.effect, row.moment


def of(connection: Connection, identifiers: Iterable[str]) -> dict[str, Withdrawal]:
    """What was withdrawn of these; of one that was replaced and revoked, that it was revoked."""
    rows = connection.execute(
        select(withdrawal)
        .where(withdrawal.c.identifier.in_(list(identifiers)))
        .order_by(withdrawal.c.effect)  # replaced, revoked: the graver comes last
    )
    found = {row.identifier: Withdrawal(*row) for row in rows}
    return {key: found[key] for key in sorted(found)}


# recalls


def announce(connection: Connection, announced: Recall) -> None:
    """Enter a recall."""
    connection.execute(insert(recall).values(structs.asdict(announced)))


def recalls(connection: Connection, facility_ids: Iterable[str] | None = None) -> list[Recall]:
    """Recalls, of these facilities or of all, the latest first."""
    statement = select(recall).order_by(recall.c.moment.desc(), recall.c.recall_id)
    if facility_ids is not None:
        statement = statement.where(recall.c.facility_id.in_(list(facility_ids)))
    return [Recall(*row) for row in connection.execute(statement)]


def affected(connection: Connection, *announced: Recall) -> Affected:
    """How many people, certificates and records recalls reach together."""
    column = certificate_claim.c
    row = connection.execute(
        select(
            func.count(column.person_id.distinct()),
            func.count(column.certificate_id.distinct()),
            func.count(column.record_id.distinct()),
        ).where(or_(false(), *map(_reached, announced)))
    ).one()
    return Affected(*row)


def _reached(announced: Recall) -> ColumnElement[bool]:
    column = certificate_claim.c
    within = and_(column.received >= announced.since, column.received < announced.until)
    of_lot = true() if announced.lot is None else column.lot == announced.lot
    return and_(column.facility_id == announced.facility_id, within, of_lot)


def vouching_for(connection: Connection, lot: str) -> list[str]:
    """The facilities that received a lot, or on whose word doses of it were certified."""
    certified = select(certificate_claim.c.facility_id).where(certificate_claim.c.lot == lot)
    received = select(delivery.c.facility_id).where(delivery.c.lot == lot)
    return sorted(connection.execute(union(certified, received)).scalars())


def recalled(connection: Connection, *, at: int) -> Iterable[tuple[str, tuple[Identifier, ...], int]]:
    """What recalls that are in effect at `at` call back, since when: a record's identifier (UVCI), and a certificate's
    own; proved ones left out.

    A record that was proved again only after the recall took effect stays called back: it is certified under another
    identifier.
    """
    claim = certificate_claim.c
    of_it = and_(
        recall.c.facility_id == claim.facility_id, claim.received >= recall.c.since, claim.received < recall.c.until,
        or_(recall.c.lot.is_(None), recall.c.lot == claim.lot),
    )  # fmt: skip
    proved = exists().where(
        reproof.c.person_id == claim.person_id,
        reproof.c.record_id == claim.record_id,
        reproof.c.recall_id == recall.c.recall_id,
        or_(reproof.c.moment < recall.c.effective, claim.issued >= reproof.c.moment),
    )
    its = and_(certificate.c.person_id == claim.person_id, certificate.c.certificate_id == claim.certificate_id)
    statement = (
        select(claim.uvci, certificate.c.identifiers, recall.c.effective)
        .join(recall, of_it)
        .join(certificate, its)
        .where(recall.c.effective <= at, ~proved)
    )
    for row in connection.execute(statement, execution_options=IN_PARTS):
        yield row.uvci, msgspec.json.decode(row.identifiers, type=tuple[tuple[str, str], ...]), row.effective


def prove(connection: Connection, person_id: str, record_id: str, recall_id: str, **told: object) -> bool:
    """Enter that a recalled record was proved again; False if it was entered before."""
    row = {"person_id": person_id, "record_id": record_id, "recall_id": recall_id}
    return bool(insert_once(connection, reproof, [row | told]))


def proved(connection: Connection, person_id: str) -> dict[tuple[str, str], int]:
    """When a person's recalled records were proved again, by record and recall."""
    rows = connection.execute(select(reproof).where(reproof.c.person_id == person_id))
    return {(row.record_id, row.recall_id): row.moment for row in rows}


def holders(connection: Connection, announced: Recall) -> Iterable[str]:
    """The people whom a recall reaches, by their records: those without a certificate as well.

    What lot a dose was of is sealed in its record, so of a lot they are the people with a certificate that tells of it.
    """
    if announced.lot is not None:
        claimed = select(certificate_claim.c.person_id).where(_reached(announced)).distinct()
        yield from connection.execute(claimed, execution_options=IN_PARTS).scalars()
        return
    column = record.c
    within = and_(column.received >= announced.since, column.received < announced.until)
    found = select(column.person_id).where(column.source_id == announced.facility_id, within).distinct()
    yield from connection.execute(found, execution_options=IN_PARTS).scalars()


# keys


def distrust_key(connection: Connection, distrusted: Distrusted) -> bool:
    """Believe a key no more; False if that was said before."""
    return bool(insert_once(connection, distrust, [structs.asdict(distrusted)]))


def distrusted(connection: Connection) -> list[Distrusted]:
    """Keys that are believed no more."""
    return [Distrusted(*row) for row in connection.execute(select(distrust).order_by(distrust.c.moment))]


def counted(connection: Connection, *, since: int) -> list[tuple[str, str, int]]:
    """How many identifiers were withdrawn since, decoys not among them: effect, ground, how many."""
    column = withdrawal.c
    real = and_(column.moment >= since, column.ground != DECOY)
    grouped = select(column.effect, column.ground, func.count()).where(real)
    rows = connection.execute(grouped.group_by(column.effect, column.ground).order_by(column.effect, column.ground))
    return [(row[0], row[1], row[2]) for row in rows]
