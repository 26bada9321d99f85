"""Single messages that come at once share a transaction, and the wait for the disk: each is answered as if alone.

A flush to the disk costs the same for one record as for fifty. Whoever comes while another's transaction is being
flushed waits for it to end, and then everybody who waited is settled in the next one. Nobody waits for company: a
message that comes alone is settled at once.
"""

from collections.abc import Sequence
from datetime import datetime
from threading import Lock

from msgspec import Struct, structs
from sqlalchemy import Connection, Engine

from pratique.authority.records import entries, intake
from pratique.authority.records.entries import Read
from pratique.authority.records.intake import Delivery
from pratique.authority.records.sources import Source
from pratique.authority.store import Vault, people, writing
from pratique.authority.store.intakes import RowReport

AT_MOST = 64
"""Messages of one transaction: beyond it the flush is a small part of the cost, and a fault concerns fewer."""


class _Waiting(Struct, eq=False):
    """A message that was taken apart, and what became of it once it was settled."""

    part: tuple[Read, ...]
    source: Source
    at: int
    reports: list[RowReport] | None = None
    fault: Exception | None = None

    @property
    def settled(self) -> bool:
        return self.reports is not None or self.fault is not None


class Together:
    """One for each process that takes messages in; threads may share it."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault
        self._waiting: list[_Waiting] = []
        self._entering = Lock()
        self._turn = Lock()

    def take(self, message: bytes, *, source: Source, at: datetime) -> list[RowReport]:
        """`intake.take_message`, for whoever does not come alone. Raises `StoreFault`."""
        mine = _Waiting(tuple(entries.documents(iter([message]), source)), source, int(at.timestamp()))
        with self._entering:
            self._waiting.append(mine)
        while not mine.settled:
            with self._turn:
                if not mine.settled:
                    self._settle(self._next())
        if mine.fault is not None:
            raise mine.fault
        return mine.reports or []

    def _next(self) -> list[_Waiting]:
        with self._entering:
            batch, self._waiting = self._waiting[:AT_MOST], self._waiting[AT_MOST:]
        return batch

    def _settle(self, batch: Sequence[_Waiting]) -> None:
        """Settle messages in one transaction; where it fails, each in its own, so that no one's fault is another's."""
        try:
            with writing(self._engine) as connection:
                answers = [self._decide(connection, each) for each in _by_source(batch)]
        except Exception as fault:
            if len(batch) == 1:
                batch[0].fault = fault
                return
            for each in batch:
                self._settle([each])
            return
        for group, reports in answers:
            _answer(group, reports)

    def _decide(self, connection: Connection, group: list[_Waiting]) -> tuple[list[_Waiting], list[RowReport]]:
        """What becomes of the rows of several messages of one source, numbered through."""
        rows = [row for each in group for row in each.part]
        numbered = [structs.replace(row, place=number) for number, row in enumerate(rows)]
        delivery = Delivery(group[0].source, people.new_id(), max(each.at for each in group))
        reports = intake.decide(connection, self._vault, numbered, delivery)
        return group, sorted(reports, key=lambda report: report.place)


def _by_source(batch: Sequence[_Waiting]) -> list[list[_Waiting]]:
    groups: list[list[_Waiting]] = []
    for each in batch:
        same = next((group for group in groups if group[0].source == each.source), None)
        if same is None:
            groups.append([each])
        else:
            same.append(each)
    return groups


def _answer(group: Sequence[_Waiting], reports: Sequence[RowReport]) -> None:
    """To each message its own rows, under the numbers that they had in it."""
    told = iter(reports)
    for each in group:
        each.reports = [structs.replace(next(told), place=row.place) for row in each.part]
