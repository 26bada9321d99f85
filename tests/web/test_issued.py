"""What a holder takes along from an office: whether it goes in a code is known before anything is signed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine

from pratique.authority.identity.answers import Assurance, Holder
from pratique.authority.issuance import fitting
from pratique.authority.issuance.certificates import Office
from pratique.authority.issuance.requests import Wanted
from pratique.authority.store import Vault, issuance, reading, signing_log
from pratique.model.errors import IssueRefused
from pratique.model.reasons import Reason
from pratique.web import holding
from pratique.web.holding import Held
from pratique.web.issued import of_office
from tests import databases, special
from tests.authority import issuing as scene
from tests.authority.issuing import AT

MANY = 40
"""Tests of one person: more than a code that is read from paper has room for."""
XB = structs.replace(special.XB.recipient, not_before=AT - timedelta(days=30), not_after=AT + timedelta(days=400))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    found = databases.sqlite(tmp_path / "records.db")
    yield found
    found.dispose()


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    vault = Vault.draw()
    scene.onboarded(engine)
    scene.entered(engine, vault)
    days = [AT - timedelta(days=1 + number) for number in range(MANY)]
    rows = [scene.sample(sampled=f"{day:%Y-%m-%d}T08:30Z", number=f"T-{number}") for number, day in enumerate(days)]
    scene.recorded(engine, vault, rows)
    return scene.office(engine, vault, scene.signer(tmp_path))


def held(office: Office) -> Held:
    known = scene.known(office.engine, office.vault)
    who = Holder(
        "", known.person_id, None, known.name, known.birth_date, Assurance.DESK, AT, AT + timedelta(hours=1),
        known.subject_id,
    )  # fmt: skip
    return of_office(office)(who, None, AT)


def standing(office: Office) -> list[str]:
    """Every certificate in the store, which the log has to have and no other."""
    known = scene.known(office.engine, office.vault)
    (key,) = office.signers
    with reading(office.engine) as connection:
        kept = issuance.of_person(connection, known.person_id)
        entries = signing_log.size(connection, kept[0].key_id) if kept else 0
    assert key.count == entries == len(kept)
    return [each.certificate_id for each in kept]


def test_one_record_too_large_for_any_code_costs_no_signature(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pratique.web.issued.fits", lambda _: False)
    assert held(office).refused == (Reason.ISSUE_TOO_LARGE,)
    assert standing(office) == []


def test_as_many_signatures_as_codes(office: Office) -> None:
    found = held(office)
    assert len(found.parts) > 1
    assert all(holding.fits(part.scan) for part in found.parts)
    assert sum(len(part.certificate.claims) for part in found.parts) == MANY
    assert len(standing(office)) == len(found.parts)
    again = held(office)
    assert {part.scan for part in again.parts} == {part.scan for part in found.parts}
    assert len(standing(office)) == len(found.parts)


def test_a_sealed_twin_of_what_goes_in_no_one_code_costs_no_signature(office: Office) -> None:
    found = held(office)
    before = standing(office)
    assert found.anew is not None
    with pytest.raises(IssueRefused) as refusal:
        found.anew.choose(range(MANY - 1), (XB,), AT + timedelta(minutes=1))
    assert refusal.value.reasons == (Reason.ISSUE_TOO_LARGE,)
    assert standing(office) == before


def test_a_sealed_twin_that_is_too_large_is_not_signed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    found = held(office)
    assert found.anew is not None
    chosen = found.anew.choose((0,), (), AT + timedelta(minutes=1))
    before = standing(office)
    monkeypatch.setattr("pratique.web.issued.fits", lambda scan: len(scan) <= len(chosen.parts[0].scan))
    with pytest.raises(IssueRefused) as refusal:
        found.anew.choose((0,), (XB,), AT + timedelta(minutes=2))
    assert refusal.value.reasons == (Reason.ISSUE_TOO_LARGE,)
    assert standing(office) == before


def test_what_fits_is_asked_for_as_it_was(office: Office) -> None:
    known = scene.known(office.engine, office.vault)
    own, wanted = scene.own(office.engine, known.person_id), Wanted(expires=AT + timedelta(days=180))
    with reading(office.engine) as connection:
        whole = fitting.groups(connection, office, own, known, wanted, fits=bool, at=AT)
        parts = fitting.groups(connection, office, own, known, wanted, fits=holding.fits, at=AT)
        composed = fitting.drafted(connection, office, own, known, wanted, at=AT)
    assert whole == ((),)
    assert [record for group in parts for record in group] == [each.kept.record_id for each in composed.parts]
    assert standing(office) == []
