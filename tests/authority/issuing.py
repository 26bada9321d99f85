"""What tests of issuing share: a facility, its records, a traveller, and an office with a key on the disk."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import Engine

from pratique.authority.access import Account, Item, Look, Purpose, Role, look
from pratique.authority.issuance import facilities
from pratique.authority.issuance.certificates import Office
from pratique.authority.issuance.facilities import Proposal, Scope
from pratique.authority.issuance.limits import Limits
from pratique.authority.records import intake
from pratique.authority.records.sources import Mapping, Source
from pratique.authority.signers.certificates import KeyPair, make_csca, make_dsc
from pratique.authority.signers.file import FileSigner
from pratique.authority.signers.keyfiles import write_key
from pratique.authority.store import Vault, people, reading, writing
from pratique.authority.store.people import Known, Newcomer, Papers
from pratique.model import names
from pratique.model.dates import PartialDate
from pratique.model.errors import StoreFault
from pratique.sandbox.traveller import PASSPORT
from pratique.trust import Environment, TrustList

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
PASSPHRASE = b"a passphrase for tests"
MEIMEI = Papers("UTO", "XA1234567")
LILEI = Papers("UTO", "XA7654321")
ANNE = Account("authority-1", Role.HEALTH_AUTHORITY)
BO = Account("authority-2", Role.HEALTH_AUTHORITY)
PROGRAM = Account("issuing-program", Role.ISSUER)
NURSE = Account("nurse-1", Role.CLINIC)
HOLDER = Account("holder", Role.HOLDER)
REGISTER = {"XA-0007": "Clinic of the Harbour", "XA-0008": "Laboratory of the Hill"}
CLINIC = Proposal(
    "xa-clinic-7", "Clinic of the Harbour", "XA", "XA-0007", frozenset({Scope.VACCINATION, Scope.TEST}), "Asia/Shanghai"
)
LAB = Proposal("xa-lab-8", "Laboratory of the Hill", "XA", "XA-0008", frozenset({Scope.TEST}), "Asia/Shanghai")
_COLUMNS = ("id", "document", "family", "given", "born", "day", "product", "dose", "doses", "sampled", "result")
_MAPPING = {
    "document": "document", "family": "family", "given": "given", "birth_date": "born", "identifier": "id",
}  # fmt: skip
DOSES = Mapping(
    columns=_MAPPING | {"date": "day", "dose": "dose", "doses": "doses"},  # type: ignore[arg-type]
    constants={
        "kind": "vaccination",
        "product": "http://hl7.org/fhir/sid/cvx|208",
        "disease": "http://snomed.info/sct|840539006",
    },
)
TESTS = Mapping(
    columns=_MAPPING | {"sampled": "sampled", "result": "result"},  # type: ignore[arg-type]
    constants={"kind": "test", "method": "http://loinc.org|94500-6"},
    codes={"result": {"negative": "http://snomed.info/sct|260415000", "positive": "http://snomed.info/sct|260373001"}},
)
PERSON = {
    MEIMEI: {"document": MEIMEI.number, "family": "Han", "given": "Meimei", "born": "1990-05-08"},
    LILEI: {"document": LILEI.number, "family": "Li", "given": "Lei", "born": "1991-01-02"},
}


CARDS = "https://health.xa.example/cards"


def key_pair(folder: Path, *, name: str = "dsc", at: datetime = AT, url: str | None = CARDS) -> KeyPair:
    """A document signer's key of XA, with its files and its counter on the disk."""
    pair = make_dsc(make_csca("XA", "XA root", at=at), common_name=f"XA {name}", at=at, url=url)
    write_key(folder / f"{name}.key.pem", pair, PASSPHRASE)
    return pair


def signer(folder: Path, *, name: str = "dsc", at: datetime = AT, url: str | None = CARDS) -> FileSigner:
    """The same, opened."""
    key_pair(folder, name=name, at=at, url=url)
    return FileSigner.open(folder / f"{name}.key.pem", passphrase=PASSPHRASE)


def trusting(*signers: FileSigner) -> TrustList:
    return TrustList.from_certificates(
        [each.key.certificate for each in signers if each.key.certificate], environment=Environment.PRODUCTION
    )


def onboarded(engine: Engine, proposal: Proposal = CLINIC, *, at: datetime = AT - timedelta(days=60)) -> None:
    """Enter a facility, and its nurse if it is the clinic; past its probation at `AT`."""
    with writing(engine) as connection:
        facilities.propose(connection, proposal, ANNE, register=REGISTER, at=at)
        facilities.approve(connection, proposal.facility_id, BO, at=at)
        if proposal.facility_id == CLINIC.facility_id:
            facilities.propose_operator(connection, NURSE, proposal.facility_id, ANNE, at=at)
            facilities.approve_operator(connection, NURSE.account_id, BO, at=at)


def entered(engine: Engine, vault: Vault) -> Known:
    """Enter Han Meimei with her passport, as the register of passports has her."""
    name = names.name("韩", "梅梅", family_latin="Han", given_latin="Meimei")
    with writing(engine) as connection:
        newcomer = Newcomer(MEIMEI, name, PartialDate(1990, 5, 8), PASSPORT)
        return people.enter(connection, vault, [newcomer], at=int(AT.timestamp()))[MEIMEI]


def recorded(
    engine: Engine,
    vault: Vault,
    rows: list[dict[str, str]],
    *,
    source: str = CLINIC.facility_id,
    at: datetime = AT,
    lots: Sequence[str] = (),
) -> None:
    """Take rows in: with a `day` they are doses, with `sampled` tests; `lots` of doses come as FHIR alone."""
    if lots:
        for row, lot in zip(rows, lots, strict=True):
            sender = Source(source, "Clinic of the Harbour", "XA", "UTO", "administered")
            (report,) = intake.take_message(engine, vault, msgspec.json.encode(_bundle(row, lot)), source=sender, at=at)
            assert report.outcome == "taken", report
        return
    for kind, mapping in (("day", DOSES), ("sampled", TESTS)):
        chosen = [row for row in rows if kind in row]
        if chosen:
            sender = Source(source, "Clinic of the Harbour", "XA", "UTO", "administered", mapping=mapping)
            written = [",".join(_COLUMNS), *(",".join(row.get(name, "") for name in _COLUMNS) for row in chosen)]
            file = io.BytesIO("\n".join(written).encode())
            _, settled = intake.take(engine, vault, file, form="csv", source=sender, at=at)
            assert settled.taken == len(chosen), settled


def _bundle(row: dict[str, str], lot: str) -> dict[str, object]:
    """A dose and its lot as a FHIR Bundle."""
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": "http://hl7.org/fhir/sid/passport-UTO", "value": row["document"]}],
        "name": [{"use": "official", "family": row["family"], "given": [row["given"]]}],
        "birthDate": row["born"],
    }
    shot = {
        "resourceType": "Immunization",
        "identifier": [{"system": "https://clinic.example", "value": row["id"]}],
        "status": "completed",
        "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "208"}]},
        "occurrenceDateTime": row["day"],
        "lotNumber": lot,
    }
    entries = [{"resource": patient}, {"resource": shot}]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def dose(papers: Papers = MEIMEI, day: str = "2026-06-01", *, number: str = "D-1", dose: str = "1") -> dict[str, str]:
    return PERSON[papers] | {"id": number, "day": day, "dose": dose, "doses": "2"}


def sample(papers: Papers = MEIMEI, sampled: str = "2026-11-22T08:30Z", *, number: str = "T-1") -> dict[str, str]:
    return PERSON[papers] | {"id": number, "sampled": sampled, "result": "negative"}


def known(engine: Engine, vault: Vault, papers: Papers = MEIMEI) -> Known:
    with reading(engine) as connection:
        found = people.find(connection, vault, papers)
    if found is None:
        raise StoreFault(detail="nobody")
    return found


def own(engine: Engine, person_id: str, *, at: datetime = AT) -> Look:
    """A holder looks at what is theirs."""
    return look(engine, HOLDER, person_id, Purpose.OWN, frozenset(Item) - {Item.PORTRAIT}, at=at)


def desk(engine: Engine, person_id: str, *, at: datetime = AT) -> Look:
    """The authority's desk looks, to correct."""
    items = frozenset({Item.IDENTITY, Item.RECORDS, Item.DISPUTES})
    return look(engine, ANNE, person_id, Purpose.CORRECTION, items, at=at)


def office(engine: Engine, vault: Vault, *signers: FileSigner, **limits: int) -> Office:
    return Office(engine, vault, signers, PROGRAM, msgspec.structs.replace(Limits(), **limits))
