"""The database behind enrolment and issuing: the interfaces of the folder, and one more passport."""

import io
import json
from datetime import UTC, datetime

import pytest
from msgspec import structs
from sqlalchemy import Engine
from tests.cases.records import IMMUNIZATION

from pratique.authority.access import Account, Item, Look, Purpose, Role, who_looked
from pratique.authority.identity.document import Document
from pratique.authority.identity.registry import Registered
from pratique.authority.identity.stored import StoreRegistry
from pratique.authority.records import intake
from pratique.authority.records.sources import Source
from pratique.authority.records.stored import StoreRecords
from pratique.authority.store import DatabaseRole, Vault, open_store, people, reading, writing
from pratique.authority.store.people import Papers
from pratique.model.dates import PartialDate
from pratique.model.errors import AccessRefused
from pratique.model.names import name
from pratique.sandbox.traveller import PASSPORT

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
ISSUER = Account("issuing", Role.ISSUER)
MEIMEI = Registered("unused", PASSPORT, name("Han", "Meimei"), PartialDate(1990, 5, 8), b"a face")
CLINIC = Source("clinic", "Clinic", "XA", "UTO", "administered")


def shot(store: Engine, vault: Vault) -> None:
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": "http://hl7.org/fhir/sid/passport-UTO", "value": PASSPORT.number}],
        "name": [{"use": "official", "family": "Han", "given": ["Meimei"]}],
        "birthDate": "1990-05-08",
    }
    entries = [{"resource": patient}, {"resource": IMMUNIZATION}]
    document = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()
    _, settled = intake.take(store, vault, io.BytesIO(document), form="fhir", source=CLINIC, at=AT)
    assert settled.taken == 1


@pytest.mark.parametrize("records_first", [True, False])
def test_a_passport_leads_to_the_records_that_a_clinic_sent(store: Engine, vault: Vault, records_first: bool) -> None:
    registry = StoreRegistry(store, vault, country="UTO")
    if records_first:
        shot(store, vault)
        assert registry.find(Document(PASSPORT.number)) is None  # nobody has a face from a clinic's file
    registry.enter([MEIMEI], at=AT)
    if not records_first:
        shot(store, vault)
    found = registry.find(Document(PASSPORT.number))
    assert found is not None
    assert structs.replace(found, person_id="unused", subject_id=None) == MEIMEI
    (claim,) = StoreRecords(store, ISSUER, clock=lambda: AT).claims(found.person_id)
    assert claim.issuer == "Clinic"
    own = Look("x", found.person_id, Account("h", Role.HOLDER), Purpose.OWN, frozenset({Item.LOOKS}))
    with reading(store) as connection:
        assert [each.account_id for each in who_looked(connection, own)] == ["issuing"]


@pytest.mark.parametrize(
    "document",
    [
        Document("XA0000000"),
        Document(PASSPORT.number, country="XBA"),
        Document(PASSPORT.number, birth_date="900509"),
        Document(PASSPORT.number, expiry="000101"),
    ],
)
def test_what_does_not_agree_finds_nobody(store: Engine, vault: Vault, document: Document) -> None:
    registry = StoreRegistry(store, vault, country="UTO")
    registry.enter([MEIMEI], at=AT)
    assert registry.find(document) is None
    whole = Document(PASSPORT.number, PASSPORT.country, PASSPORT.birth_date, PASSPORT.expiry)
    assert registry.find(whole) is not None


def test_a_renewed_passport_has_the_same_records(store: Engine, vault: Vault) -> None:
    registry = StoreRegistry(store, vault, country="UTO")
    registry.enter([MEIMEI], at=AT)
    shot(store, vault)
    renewed = structs.replace(PASSPORT, number="XA7654321", expiry="361231")
    with writing(store) as connection:
        known = people.find(connection, vault, Papers("UTO", PASSPORT.number))
        assert known is not None
        assert people.renew(connection, vault, known.subject_id, Papers("UTO", "XA7654321"), renewed, at=1)
    found = registry.find(Document("XA7654321"))
    assert found is not None
    assert found.zone == renewed
    assert len(StoreRecords(store, ISSUER, clock=lambda: AT).claims(found.person_id)) == 1


def test_only_an_issuer_reads_for_issuing(store: Engine) -> None:
    with pytest.raises(AccessRefused):
        StoreRecords(store, Account("carrier", Role.CARRIER), clock=lambda: AT).claims("f" * 32)


def test_issuing_works_in_the_role_that_reads_no_movements(database: str, vault: Vault) -> None:
    owner = open_store(database)
    with owner.begin() as connection:
        assert connection.dialect.name == "postgresql"
    StoreRegistry(owner, vault, country="UTO").enter([structs.replace(MEIMEI, zone=_another())], at=AT)
    issuing = open_store(database, role=DatabaseRole.ISSUANCE)
    found = StoreRegistry(issuing, vault, country="UTO").find(Document("XA1112223"))
    assert found is not None
    assert StoreRecords(issuing, ISSUER, clock=lambda: AT).claims(found.person_id) == ()
    taking = open_store(database, role=DatabaseRole.INTAKE)
    shot(taking, vault)
    for engine in (owner, issuing, taking):
        engine.dispose()


def _another():
    return structs.replace(PASSPORT, number="XA1112223")
