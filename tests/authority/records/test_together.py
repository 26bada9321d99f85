"""Single messages that come at once: each answered as if alone, taken once, and no one's fault another's."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, select
from tests.sending import OFF_THE_LIST, bundle, immunization

from pratique.authority.records import intake
from pratique.authority.records.sources import Source
from pratique.authority.records.together import Together
from pratique.authority.store import Vault, people, reading
from pratique.authority.store.people import Papers
from pratique.authority.store.tables import record
from pratique.model.errors import StoreFault
from pratique.model.reasons import Reason

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
CLINIC = Source("clinic", "Clinic", "XA", "UTO", "administered")
OTHER = Source("other", "Other clinic", "XA", "UTO", "administered")


def count(store: Engine) -> int:
    with reading(store) as connection:
        return connection.execute(select(func.count()).select_from(record)).scalar_one()


def test_alone_it_answers_as_intake_does(store: Engine, vault: Vault) -> None:
    together = Together(store, vault)
    message = bundle(OFF_THE_LIST, immunization(1))
    first = together.take(message, source=CLINIC, at=AT)
    assert [(each.place, each.outcome, each.reasons) for each in first] == [
        (1, "refused", ("RECORD_CONDITION",)),
        (2, "taken", ()),
    ]
    again = intake.take_message(store, vault, message, source=CLINIC, at=AT)
    assert [each.outcome for each in again] == ["refused", "known"]
    assert together.take(b"{", source=CLINIC, at=AT)[0].reasons == ("RECORD_KIND",)
    assert together.take(b"", source=CLINIC, at=AT) == []


def test_many_at_once_are_each_taken_once(store: Engine, vault: Vault) -> None:
    """Sixteen senders, each record from two sources, forty people: in any order the same is kept."""
    together, begin = Together(store, vault), Barrier(16)
    sent = [
        (bundle(immunization(number // 2), number=f"S{number % 40:07}"), (CLINIC, OTHER)[number % 2])
        for number in range(160)
    ]

    def send(part: int) -> list[str]:
        begin.wait()
        return [
            each.outcome for message, source in sent[part::16] for each in together.take(message, source=source, at=AT)
        ]

    with ThreadPoolExecutor(16) as senders:
        outcomes = [each for part in senders.map(send, range(16)) for each in part]
    assert set(outcomes) == {"taken"}
    assert count(store) == 160
    repeated = [together.take(message, source=source, at=AT)[0].outcome for message, source in sent]
    assert set(repeated) == {"known"}
    with reading(store) as connection:
        assert people.find(connection, vault, Papers("UTO", "S0000039")) is not None


def test_one_fault_is_not_anothers(store: Engine, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two wait while a first one is settled; the transaction that they share fails because of one of them alone."""
    together, decide = Together(store, vault), intake.decide

    def faulty(*args: object) -> object:
        if any(getattr(row, "identifier", "") == "https://clinic.example|666" for row in args[2]):  # type: ignore[attr-defined]
            raise StoreFault(Reason.STORE_UNREACHABLE, detail="a test")
        return decide(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(intake, "decide", faulty)
    numbers = (1, 666, 2)
    with ThreadPoolExecutor(3) as senders:
        with together._turn:  # nobody is settled until all three wait
            answers = [
                senders.submit(
                    together.take, bundle(immunization(number), number=f"T{number:07}"), source=CLINIC, at=AT
                )
                for number in numbers
            ]
            while len(together._waiting) < 3:
                pass
        faults = [answer.exception() for answer in answers]
    assert [type(fault) for fault in faults] == [type(None), StoreFault, type(None)]
    assert count(store) == 2
