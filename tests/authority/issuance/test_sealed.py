"""The sealed twin of a certificate: never alone, never of somebody else's, and in the log as all that is signed."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine
from tests import special
from tests.authority import issuing as scene
from tests.authority.issuing import AT, HOLDER, LILEI, MEIMEI

from pratique import verify
from pratique.authority.access import Item, Purpose, look
from pratique.authority.issuance import certificates, correcting, log, requests, revoking
from pratique.authority.issuance.certificates import NEEDED, Issued, Office, certificate_of_person, sealed_twin
from pratique.authority.issuance.correcting import Case
from pratique.authority.issuance.requests import Wanted
from pratique.authority.signers.file import FileSigner
from pratique.authority.store import Vault, reading, writing
from pratique.model.errors import AccessRefused, IssueRefused
from pratique.model.reasons import Reason
from pratique.model.sealed import Recipient, Sealed
from pratique.unsealing import unseal

XB = structs.replace(special.XB.recipient, not_before=AT - timedelta(days=30), not_after=AT + timedelta(days=400))
ENDED = structs.replace(XB, not_after=AT - timedelta(days=1))


@pytest.fixture
def key(tmp_path: Path) -> FileSigner:
    return scene.signer(tmp_path)


@pytest.fixture
def office(store: Engine, vault: Vault, key: FileSigner) -> Office:
    scene.onboarded(store)
    scene.entered(store, vault)
    scene.recorded(store, vault, [scene.dose(), scene.sample(), scene.dose(LILEI, number="D-9")])
    return scene.office(store, vault, key)


def opened(office: Office) -> Issued:
    her = scene.known(office.engine, office.vault)
    own = scene.own(office.engine, her.person_id)
    return certificate_of_person(office, own, wanted=Wanted(papers=MEIMEI), at=AT)


def sealed(office: Office, certificate_id: str, recipients: Sequence[Recipient] = (XB,)) -> Issued:
    her = scene.known(office.engine, office.vault)
    own = scene.own(office.engine, her.person_id)
    return sealed_twin(office, own, certificate_id, recipients=recipients, at=AT)


def test_of_what_was_never_signed_or_is_somebody_elses(office: Office, key: FileSigner) -> None:
    made = opened(office)
    lei = scene.own(office.engine, scene.known(office.engine, office.vault, LILEI).person_id)
    before = key.count
    for own, name in ((lei, made.certificate_id), (lei, "0" * 32)):
        with pytest.raises(IssueRefused) as refusal:
            sealed_twin(office, own, name, recipients=(XB,), at=AT)
        assert refusal.value.reasons == (Reason.ISSUE_REQUEST,)
    assert key.count == before


def test_nobody_but_a_holder_seals(office: Office) -> None:
    made = opened(office)
    theirs = look(office.engine, office.account, made.person_id, Purpose.ISSUE, NEEDED, at=AT)
    with pytest.raises(AccessRefused):
        sealed_twin(office, theirs, made.certificate_id, recipients=(XB,), at=AT)
    part = look(office.engine, HOLDER, made.person_id, Purpose.OWN, frozenset({Item.RECORDS}), at=AT)
    with pytest.raises(AccessRefused):
        sealed_twin(office, part, made.certificate_id, recipients=(XB,), at=AT)


@pytest.mark.parametrize("recipients", [(), (ENDED,), (XB, XB)])
def test_what_is_refused_leaves_nothing_behind(
    office: Office, key: FileSigner, recipients: tuple[Recipient, ...]
) -> None:
    made, before = opened(office), key.count
    with pytest.raises(IssueRefused) as refusal:
        sealed(office, made.certificate_id, recipients)
    assert Reason.ISSUE_RECIPIENT in refusal.value.reasons
    assert key.count == before
    assert certificates.pending(office.engine) == []
    with reading(office.engine) as connection:
        assert log.balance(connection, log.key_id(key.key), count=key.count).void == 0


def test_nobody_asks_for_a_sealed_one_alone(office: Office) -> None:
    her = scene.known(office.engine, office.vault)
    with pytest.raises(IssueRefused), writing(office.engine) as connection:
        requests.ask(connection, office.vault, her, Wanted("sealed"), HOLDER, at=AT)


def test_it_says_the_same_until_the_same_end(office: Office, key: FileSigner) -> None:
    made = opened(office)
    twin = sealed(office, made.certificate_id)
    trusted = scene.trusting(key)
    told, open_ = (verify(each.scan, trust_list=trusted, at=AT) for each in (twin, made))
    assert isinstance(told.content, Sealed)
    inside = unseal(told, special.XB)
    assert inside.authentic
    assert open_.certificate is not None
    assert inside.certificate is not None
    assert inside.certificate.claims == open_.certificate.claims
    assert (twin.expires, twin.number) == (made.expires, made.number + 1)
    with reading(office.engine) as connection:
        balance = log.balance(connection, log.key_id(key.key), count=key.count)
    assert (balance.issued, balance.void) == (2, 0)


def test_with_its_open_twin_it_counts_no_more_and_is_not_sealed_again_unasked(office: Office, key: FileSigner) -> None:
    made = opened(office)
    twin = sealed(office, made.certificate_id)
    her = scene.known(office.engine, office.vault)
    own = scene.own(office.engine, her.person_id)
    with writing(office.engine) as connection:
        case = Case(connection, office.vault, own, her, office.account, AT)
        replaced = correcting.leaked(case, made.certificate_id)
    assert set(replaced.certificates) == {made.certificate_id, twin.certificate_id}
    assert len(replaced.requests) == 1
    with reading(office.engine) as connection:
        listed = revoking.revocation_list(connection, at=AT)
    for each in (made, twin):
        told = verify(each.scan, trust_list=scene.trusting(key), at=AT, revocation=listed)
        assert told.not_revoked is False
