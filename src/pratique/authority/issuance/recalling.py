"""Recalls: everything that a facility sent in a period, or a lot, stops to count after a notice.

    draft ─ (a second person) ─► announce ─ the holders are told, and each can prove it otherwise ─► effect

Two people announce one. From the first moment nothing more is signed on its records; certificates stop to count with
its effect, but for what was proved again.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from msgspec import Struct, structs
from sqlalchemy import Connection

from pratique.authority.access import Account, Act, Look, both, may
from pratique.authority.issuance import facilities
from pratique.authority.issuance.composing import lot_of
from pratique.authority.records import rights
from pratique.authority.store import withdrawals as withdrawn
from pratique.authority.store.people import new_id
from pratique.authority.store.withdrawals import Recall
from pratique.model.errors import AccessRefused
from pratique.model.reasons import Reason

NOTICE = timedelta(days=7)
"""Between the announcement of a recall and its effect, if nobody says otherwise."""
NOTICE_HOURS = range(24, 365 * 24 + 1)
"""Nobody's certificate stops to count before they could have come to a desk; and a notice as long as most certificates
last leaves nothing to call back."""


class Proof(StrEnum):
    """How a recalled record was proved again."""

    PAPER_SEEN = "paper_seen"
    PATIENT_FILE = "patient_file"
    ANTIBODIES = "antibodies"
    STAFF_CONFIRMED = "staff_confirmed"


class Reach(Struct, frozen=True):
    """What a withdrawal reaches: told before it is done, and after."""

    identifiers: int
    certificates: int
    people: int
    effective: datetime


def recall_of(
    connection: Connection,
    facility_id: str,
    since: datetime,
    until: datetime,
    *,
    by: tuple[Account, Account],
    ground: facilities.Ground,
    at: datetime,
    notice: timedelta = NOTICE,
) -> Recall:
    """A recall of everything that a facility sent in a period, not announced yet: to see what it reaches.

    Raises `AccessRefused`, `FacilityRefused` (FACILITY_UNKNOWN), and `ValueError` for an empty period or a notice
    shorter than `NOTICE_HOURS`.
    """
    both(*by, Act.WITHDRAW)
    draft = draft_recall(connection, facility_id, since, until, by=by[0], ground=ground, at=at, notice=notice)
    return structs.replace(draft, second_id=by[1].account_id)


def draft_recall(
    connection: Connection,
    facility_id: str,
    since: datetime,
    until: datetime,
    *,
    by: Account,
    ground: facilities.Ground,
    at: datetime,
    notice: timedelta = NOTICE,
) -> Recall:
    """The same while a second person is still to be asked: what it reaches can be seen, and it cannot be announced.

    Raises as `recall_of`.
    """
    may(by, Act.WITHDRAW)
    facilities.facility(connection, facility_id)
    if since >= until or notice < timedelta(hours=NOTICE_HOURS[0]):
        raise ValueError("a recall has a period, and a notice of 24 hours at least")
    return Recall(
        recall_id=new_id(),
        facility_id=facility_id,
        since=int(since.timestamp()),
        until=int(until.timestamp()),
        ground=ground,
        account_id=by.account_id,
        second_id="",
        moment=int(at.timestamp()),
        effective=int((at + notice).timestamp()),
    )


EVER = (datetime.fromtimestamp(0, UTC), datetime(9999, 1, 1, tzinfo=UTC))
"""A lot that is bad is bad whenever its doses were told of."""


def draft_recalls_of_lot(
    connection: Connection,
    lot: str,
    *,
    by: Account,
    ground: facilities.Ground,
    at: datetime,
    notice: timedelta = NOTICE,
) -> tuple[Recall, ...]:
    """Recalls of a lot's doses, one for each facility that received or gave it, while a second person is to be asked.

    None for a lot that nobody here has. Raises as `recall_of`.
    """
    may(by, Act.WITHDRAW)
    drafts = (
        draft_recall(connection, each, *EVER, by=by, ground=ground, at=at, notice=notice)
        for each in withdrawn.vouching_for(connection, lot)
    )
    return tuple(structs.replace(each, lot=lot) for each in drafts)


def recalls_of_lot(
    connection: Connection,
    lot: str,
    *,
    by: tuple[Account, Account],
    ground: facilities.Ground,
    at: datetime,
    notice: timedelta = NOTICE,
) -> tuple[Recall, ...]:
    """The same of two people, not announced yet. Raises as `recall_of`."""
    both(*by, Act.WITHDRAW)
    drafts = draft_recalls_of_lot(connection, lot, by=by[0], ground=ground, at=at, notice=notice)
    return tuple(structs.replace(each, second_id=by[1].account_id) for each in drafts)


def announce(connection: Connection, announced: Recall) -> Reach:
    """Announce a recall. From now on nothing is signed on these records unless they are proved again; certificates
    stop to count with its effect.

    Raises `AccessRefused` (ACCESS_SECOND_PERSON) for a draft that one person made.
    """
    if announced.second_id in ("", announced.account_id):
        raise AccessRefused(Reason.ACCESS_SECOND_PERSON, detail="a recall")
    withdrawn.announce(connection, announced)
    return reach(connection, announced)


def reach(connection: Connection, *announced: Recall) -> Reach:
    """How many records, certificates and people recalls of one moment reach together."""
    found = withdrawn.affected(connection, *announced)
    effective = datetime.fromtimestamp(max(each.effective for each in announced), UTC)
    return Reach(found.records, found.certificates, found.people, effective)


class Notice(Struct, frozen=True):
    """What a holder is told of a recall: which of their records, why, and until when it can be proved otherwise."""

    recall_id: str
    record_id: str
    facility: str
    ground: str
    effective: datetime
    proved: bool


def notices(connection: Connection, look: Look) -> tuple[Notice, ...]:
    """Recalls that reach records of a person. Raises `AccessRefused`."""
    found = []
    kept = [each for each in rights.records(connection, look) if not each.superseded]
    proved = withdrawn.proved(connection, look.person_id)
    for recall in withdrawn.recalls(connection, {each.source_id for each in kept}):
        name = facilities.facility(connection, recall.facility_id).name
        effective = datetime.fromtimestamp(recall.effective, UTC)
        for each in kept:
            if recall.reaches(each.source_id, each.received, lot_of(each.claim)):
                again = (each.record_id, recall.recall_id) in proved
                found.append(Notice(recall.recall_id, each.record_id, name, recall.ground, effective, again))
    return tuple(found)


def told(connection: Connection, announced: Recall) -> Iterable[str]:
    """The people whom a recall reaches, by `person_id`, for whoever writes to them."""
    return withdrawn.holders(connection, announced)
