"""What the vectors of tests/vectors/procedures name of the health code: each setting does the thing that is refused."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from pratique.authority.access import permissions
from pratique.authority.status import assigning, codes
from pratique.authority.store import Vault, reading
from pratique.authority.store.people import Known
from tests.authority.status import scenes
from tests.authority.status.scenes import AT, FACILITIES, GATE, NORTH, NORTH_TOO, POLICY, ZONE
from tests.records_settings import opened


def _staffed(folder: Path) -> tuple[Engine, Vault, Known]:
    engine, vault = opened(folder), Vault.draw()
    scenes.staffed(engine)
    return engine, vault, scenes.person(engine, vault)


def word_that_nobody_gave(folder: Path, _: pytest.MonkeyPatch) -> None:
    engine, vault, _known = _staffed(folder)
    permissions.redeem(engine, vault, GATE, "0000-0000-0000", at=AT)


def code_set_by_one_office(folder: Path, _: pytest.MonkeyPatch) -> None:
    engine, vault, known = _staffed(folder)
    made = assigning.propose(engine, vault, NORTH, known, scenes.signed(known), facilities=FACILITIES, at=AT)
    assigning.approve(engine, vault, NORTH_TOO, known, made.proposal_id, facilities=FACILITIES, at=AT)


def code_set_without_a_record(folder: Path, _: pytest.MonkeyPatch) -> None:
    engine, vault, known = _staffed(folder)
    assigning.propose(engine, vault, NORTH, known, "HC1:A POSTER", facilities=FACILITIES, at=AT)


def code_set_for_two_people(folder: Path, _: pytest.MonkeyPatch) -> None:
    engine, vault, known = _staffed(folder)
    both: Any = [known, known]
    assigning.propose(engine, vault, NORTH, both, scenes.signed(known), facilities=FACILITIES, at=AT)


def code_after_its_policy(folder: Path, _: pytest.MonkeyPatch) -> None:
    engine, _vault, known = _staffed(folder)
    assert POLICY.sunset is not None
    with reading(engine) as connection:
        codes.code_of(connection, known.person_id, POLICY, at=POLICY.sunset, zone=ZONE)
