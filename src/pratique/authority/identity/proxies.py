"""Acting for somebody else: a parent for a child, a carer for whoever cannot do it alone. It always has an end.

    child   until the eighteenth birthday at the latest; the ward's own from then on
    carer   until a year from now at the latest; renewed at a desk, where both are seen

The guardian, the ward and any officer can end it, each alone and at once.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import Connection, Engine

from pratique.authority.identity.registry import Identified
from pratique.authority.identity.stored import identified
from pratique.authority.store import Vault, asking, people, reading, writing
from pratique.authority.store.people import Known
from pratique.model.dates import PartialDate

ADULT = 18
CARER_FOR = timedelta(days=365)


class Ground(StrEnum):
    """Why one acts for another."""

    CHILD = "child"
    CARER = "carer"


_SHOWN = {"parent": Ground.CHILD, "court": Ground.CARER, "attorney": Ground.CARER}
"""What an operator enters by its proof (`pratique records guardian`), as the two see it."""


class Ward(Struct, frozen=True):
    """Somebody for whom the holder acts, and until when."""

    known: Known
    ground: Ground
    until: datetime


def may_last_until(ground: Ground, born: PartialDate | None, wanted: date | None, *, at: datetime) -> datetime:
    """When a delegation ends at the latest, or on the day that is `wanted`.

    Raises `ValueError` for a child whose birth date is unknown or who is of age, and for a day that has passed.
    """
    latest = (at + CARER_FOR).date()
    if ground is Ground.CHILD:
        if born is None:
            raise ValueError("a child's birth date is known")
        last = born.last
        latest = date(last.year + ADULT, last.month, 28 if (last.month, last.day) == (2, 29) else last.day)
    day = latest if wanted is None else min(wanted, latest)
    if day <= at.date():
        raise ValueError("a delegation ends in the future; an adult has carers")
    return datetime.combine(day, time(), UTC)


def delegate(
    connection: Connection, subject_id: str, guardian_id: str, ground: Ground, *, at: datetime, until: datetime
) -> None:
    """Enter a delegation that two officers confirmed, or renew it."""
    now, ends = int(at.timestamp()), int(until.timestamp())
    asking.appoint(connection, subject_id, guardian_id, ground.value, at=now, until=ends)


def wards(engine: Engine, vault: Vault, guardian_id: str, *, at: datetime) -> tuple[Ward, ...]:
    """For whom somebody acts at `at`."""
    with reading(engine) as connection:
        return _known(connection, vault, asking.wards(connection, guardian_id, at=int(at.timestamp())), _of_ward)


def guardians(engine: Engine, vault: Vault, subject_id: str, *, at: datetime) -> tuple[Ward, ...]:
    """Who acts for somebody at `at`, in the same shape."""
    with reading(engine) as connection:
        rows = asking.guardians(connection, subject_id, at=int(at.timestamp()))
        return _known(connection, vault, rows, _of_guardian)


def act_for(engine: Engine, vault: Vault, guardian_id: str, subject_id: str, *, at: datetime) -> Identified | None:
    """The ward, for `Enrolments.admit`, if the one may act for the other now."""
    with reading(engine) as connection:
        allowed = asking.acts_for(connection, guardian_id, subject_id, at=int(at.timestamp()))
        known = people.by_subject(connection, vault, subject_id) if allowed else None
        return None if known is None else identified(connection, vault, known)


def revoke(engine: Engine, subject_id: str, guardian_id: str, *, at: datetime) -> None:
    """End it now. Whoever calls it has made sure that one of the two, or an officer, asks."""
    with writing(engine) as connection:
        asking.dismiss(connection, subject_id, guardian_id, at=int(at.timestamp()))


def _of_ward(row: asking.Ward) -> str:
    return row.subject_id


def _of_guardian(row: asking.Ward) -> str:
    return row.guardian_id


def _known(
    connection: Connection, vault: Vault, rows: tuple[asking.Ward, ...], who: Callable[[asking.Ward], str]
) -> tuple[Ward, ...]:
    found = [(people.by_subject(connection, vault, who(row)), row) for row in rows]
    return tuple(
        Ward(known, Ground(_SHOWN.get(row.ground, row.ground)), datetime.fromtimestamp(row.until or 0, UTC))
        for known, row in found
        if known is not None
    )
