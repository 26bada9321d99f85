"""Claims for certificates, from the database: what `files.FileRecords` is for a folder."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine

from pratique.authority.access import Account, Item, Purpose, look
from pratique.authority.records import reconcile, rights
from pratique.authority.store import asking, looking_up
from pratique.model.certificate import AnyClaim


def _now() -> datetime:
    return datetime.now(UTC)


class StoreRecords:
    """The claims of each person as an issuer reads them; each reading is written down as a look of `account`."""

    def __init__(self, engine: Engine, account: Account, *, clock: Callable[[], datetime] = _now) -> None:
        """`account` has the role of an issuer; `engine` is best opened in the database's role of issuance."""
        self._engine = engine
        self._account = account
        self._clock = clock

    def claims(self, person_id: str) -> tuple[AnyClaim, ...]:
        """One claim for each event of a person, and none for an event about which sources disagree.

        A test in dispute that nobody answered in time is left out (`asking.set_aside`).
        Raises `AccessRefused`, `StoreFault`.
        """
        at = self._clock()
        allowed = look(self._engine, self._account, person_id, Purpose.ISSUE, frozenset({Item.RECORDS}), at=at)
        with looking_up(self._engine) as connection:
            aside = asking.set_aside(connection, person_id, at=int(at.timestamp()))
            return reconcile.claims(rights.records(connection, allowed), aside)
