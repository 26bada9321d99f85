"""What an official of one office proposes and one of another confirms within a day: codes set by hand, and tracing."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any

from msgspec import Struct
from sqlalchemy import Engine

from pratique.authority.access import Account, Role
from pratique.authority.status import officials
from pratique.authority.store import reading
from pratique.authority.store.status import Waits
from pratique.model.errors import AccessRefused
from pratique.rules.policy import Cause
from pratique.trust import TrustList
from pratique.web.desk import Desk, Queue
from pratique.web.problems import Code, Problem
from pratique.web.words import Words

ROLES = frozenset({Role.HEALTH_AUTHORITY})


class Work(Struct, frozen=True):
    """What these pages work with: the database in the role of the health authority, and where its days begin."""

    desk: Desk
    engine: Engine
    zone: tzinfo
    facilities: TrustList
    """The keys whose signed records count."""

    def waiting(self, account: Account, causes: frozenset[Cause]) -> tuple[Waits, ...]:
        return officials.waiting(self.engine, account, causes, at=self.desk.clock())

    def one(self, account: Account, causes: frozenset[Cause], key: str) -> Waits:
        """A proposal that waits. Raises `Problem` (PAGE_UNKNOWN)."""
        found = next((each for each in self.waiting(account, causes) if each.proposal_id == key), None)
        if found is None:
            raise Problem(Code.PAGE_UNKNOWN)
        return found

    def own(self, account: Account, waits: Waits) -> bool:
        """Whether their office proposed it, so that another has to look."""
        at = self.desk.clock()
        with reading(self.engine) as connection:
            return officials.office(connection, account, at=at) == waits.office

    def local(self, seconds: int) -> datetime:
        return datetime.fromtimestamp(seconds, self.zone)

    def lapses(self, waits: Waits) -> datetime:
        return self.local(waits.moment) + officials.ANSWERED

    def rows(self, account: Account, causes: frozenset[Cause], say: Words) -> list[dict[str, Any]]:
        """What waits, for a list."""
        now = int(self.desk.clock().timestamp())
        return [
            {
                "id": each.proposal_id,
                "what": say(f"counts.cause.{each.cause}"),
                "by": each.proposed_by,
                "own": each.proposed_by == account.account_id,
                "minutes": (now - each.moment) // 60,
            }
            for each in self.waiting(account, causes)
        ]

    def queue(self, causes: frozenset[Cause], title: str, address: str) -> Callable[[Account, datetime], Queue]:
        """What waits for an account: of other officials. Whoever is of no office decides nothing here."""

        def waits(account: Account, _: datetime) -> Queue:
            try:
                found = [each for each in self.waiting(account, causes) if each.proposed_by != account.account_id]
            except AccessRefused:
                found = []
            return Queue(title, address, len(found), datetime.fromtimestamp(found[0].moment, UTC) if found else None)

        return waits
