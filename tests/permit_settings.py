"""An office that decides on entry permits: Thailand in 2021, whose certificate of entry it was."""

from typing import Any

import msgspec
from sqlalchemy import Engine

from pratique.authority.access import Account, Role
from pratique.authority.permits.office import PermitOffice
from pratique.authority.permits.written import Written
from pratique.authority.store import Vault
from pratique.model.dates import PartialDate
from pratique.permits import Attachment
from tests.test_permits import ZONE, Applied, thailand

OFFICER = Account("health_authority-1", Role.HEALTH_AUTHORITY)
DOCUMENT = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<</L898902C36UTO7408122F1204159ZE184226B<<<<<10"
assert ZONE.number in DOCUMENT


def office(engine: Engine, vault: Vault, applied: Applied | None = None) -> PermitOffice:
    there = applied or thailand()
    return PermitOffice(
        engine=engine,
        vault=vault,
        requirements=there.requirements,
        bundle=lambda: there.bundle,
        signer=there.signer,
    )


def written(applied: Applied, **changes: Any) -> dict[str, Any]:
    """The application as it is sent, but for its files."""
    sent = applied.application
    leg, born = sent.journey.destination, sent.holder.birth_date
    assert isinstance(born, PartialDate)
    assert sent.insurance is not None
    assert sent.lodging is not None
    return {
        "document": DOCUMENT,
        "birth_date": str(born),
        "from": sent.journey.origin,
        "to": leg.port,
        "arrive": leg.arrive.isoformat(),
        "board": leg.board and leg.board.isoformat(),
        "carrier": sent.carrier,
        "scans": list(sent.scans),
        "insurance": {
            "currency": sent.insurance.currency,
            "amount": sent.insurance.amount,
            "begins": str(sent.insurance.begins),
            "ends": str(sent.insurance.ends),
        },
        "lodging": {"place": "Hotel", "begins": str(sent.lodging.begins), "nights": sent.lodging.nights},
    } | changes


def files(applied: Applied) -> tuple[Attachment, ...]:
    return applied.application.attachments


def read(applied: Applied, **changes: Any) -> Written:
    return msgspec.convert(written(applied, **changes), Written)
