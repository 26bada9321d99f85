"""Where cases are tried: keys, lists, and towns with a database, officials, a clinic and people who do not exist."""

import io
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any, Self

import msgspec
from litestar.testing import TestClient
from msgspec import structs
from sqlalchemy import Engine

from pratique.authority.access import Account, Item, Look, Purpose, Role, enter, look, tokens
from pratique.authority.identity.enrolment import Enrolments
from pratique.authority.identity.limits import Limits as Tries
from pratique.authority.identity.matching import ReviewMatcher
from pratique.authority.identity.registry import FileRegistry, Registered
from pratique.authority.issuance import facilities
from pratique.authority.issuance.certificates import Issued, Office, certificate_of_person
from pratique.authority.issuance.facilities import Proposal, Scope
from pratique.authority.issuance.limits import Limits
from pratique.authority.issuance.requests import Wanted
from pratique.authority.records import intake, rights
from pratique.authority.records.sources import Mapping as Columns
from pratique.authority.records.sources import Source
from pratique.authority.signers.certificates import KeyPair, make_csca, make_dsc
from pratique.authority.signers.file import FileSigner
from pratique.authority.signers.keyfiles import write_key
from pratique.authority.store import Vault, migrate, open_store, people, reading, status, writing
from pratique.authority.store.health import Kept
from pratique.authority.store.people import Known, Newcomer, Papers
from pratique.bundle import Bundle
from pratique.model.dates import PartialDate
from pratique.model.names import name
from pratique.model.valueset import Code
from pratique.revocation import RevocationList
from pratique.sandbox import border, states, traveller
from pratique.sandbox.alliance import Alliance, found
from pratique.sandbox.attacks.forging import AT, MemorySigner
from pratique.trust import Environment, TrustList
from pratique.web.api import House, app
from pratique.web.api.confirming import ConfirmationKey
from pratique.web.api.house import Engines, Release
from pratique.web.api.opening import Opener
from pratique.web.api.throttling import Pace
from pratique.web.pages import Site

KEY = "dsc.key.pem"
HOST = "http://127.0.0.1"
AUTHORITY = {"en": "Ministry of Health of XA", "zh": "XA 卫生部"}
PASSPHRASE = b"of keys that sign for nobody"
MEIMEI, LILEI = Papers("UTO", "XA1234567"), Papers("UTO", "XA7654321")
STRANGER = "XA7777777"
"""A number that nobody has."""
ANNE, BO = Account("authority-1", Role.HEALTH_AUTHORITY), Account("authority-2", Role.HEALTH_AUTHORITY)
NORTH, SOUTH = Account("official-north", Role.HEALTH_AUTHORITY), Account("official-south", Role.HEALTH_AUTHORITY)
NORTH_TOO, WEST = Account("official-north-2", Role.HEALTH_AUTHORITY), Account("official-west", Role.HEALTH_AUTHORITY)
OFFICES = {NORTH: "north", NORTH_TOO: "north", SOUTH: "south", WEST: "west"}
GATE, CARRIER = Account("gate-7", Role.STAFF), Account("carrier-1", Role.CARRIER)
PROGRAM, NURSE = Account("issuing-program", Role.ISSUER), Account("nurse-1", Role.CLINIC)
HOLDER = Account("holder", Role.HOLDER)
REGISTER = {"XA-0007": "Clinic of the Harbour", "XA-0008": "Laboratory of the Hill"}
CLINIC = Proposal(
    "xa-clinic-7", "Clinic of the Harbour", "XA", "XA-0007", frozenset({Scope.VACCINATION, Scope.TEST}), "Asia/Shanghai"
)
LAB = Proposal("xa-lab-8", "Laboratory of the Hill", "XA", "XA-0008", frozenset({Scope.TEST}), "Asia/Shanghai")
DAY = timedelta(days=1)
_PERSON = {
    MEIMEI: {"document": MEIMEI.number, "family": "Han", "given": "Meimei", "born": "1990-05-08"},
    LILEI: {"document": LILEI.number, "family": "Han", "given": "Leilei", "born": "1992-02-14"},
}
_COLUMNS: Any = {
    "document": "document", "family": "family", "given": "given", "birth_date": "born", "identifier": "id",
}  # fmt: skip
_DOSES = Columns(
    columns=_COLUMNS | {"date": "day", "dose": "dose", "doses": "doses"},
    constants={
        "kind": "vaccination",
        "product": "http://hl7.org/fhir/sid/cvx|208",
        "disease": "http://snomed.info/sct|840539006",
    },
)
_RESULTS = {"negative": "http://snomed.info/sct|260415000", "positive": "http://snomed.info/sct|260373001"}
TESTS = Columns(
    columns=_COLUMNS | {"sampled": "sampled", "result": "result"},
    constants={"kind": "test", "method": "http://loinc.org|94500-6"},
    codes={"result": _RESULTS},
)


def dose(papers: Papers = MEIMEI, number: str = "D-1", **more: str) -> dict[str, str]:
    """A row of a clinic's table that tells of a dose."""
    return _PERSON[papers] | {"id": number, "day": "2026-06-01", "dose": "1", "doses": "2"} | more


def sample(papers: Papers = MEIMEI, number: str = "T-1", **more: str) -> dict[str, str]:
    """A row that tells of a test."""
    return _PERSON[papers] | {"id": number, "sampled": "2026-11-22T08:30Z", "result": "negative"} | more


class Town:
    """A country in one database: two people, a clinic that sent records, and an office that signs."""

    def __init__(self, folder: Path, store: Path, keys: Path, **limits: int) -> None:
        self.folder = folder
        self.path = folder / "records.db"
        shutil.copyfile(store, self.path)
        self.url = f"sqlite:///{self.path}"
        self.engine: Engine = open_store(self.url)
        self.vault = Vault.draw()
        for file in keys.iterdir():
            shutil.copy2(file, folder)
        self.key_file = folder / KEY
        self.key = FileSigner.open(self.key_file, passphrase=PASSPHRASE)
        self.office = Office(self.engine, self.vault, (self.key,), PROGRAM, structs.replace(Limits(), **limits))

    def settled(self, *rows: dict[str, str]) -> Self:
        """With officials, the clinic past its probation, both people, and what the clinic sent of them."""
        with writing(self.engine) as connection:
            for account in (*OFFICES, GATE, CARRIER, ANNE, BO):
                enter(connection, account, account.account_id, at=AT - 30 * DAY)
            for account, office in OFFICES.items():
                status.enter_official(connection, account.account_id, office, at=int(AT.timestamp()) - 86400)
        self.onboard(CLINIC)
        newcomers = [
            Newcomer(MEIMEI, name("韩", "梅梅", family_latin="Han", given_latin="Meimei"), PartialDate(1990, 5, 8),
                     traveller.PASSPORT),
            Newcomer(LILEI, name("Han", "Leilei"), PartialDate(1992, 2, 14), traveller.BROTHERS_PASSPORT),
        ]  # fmt: skip
        with writing(self.engine) as connection:
            people.enter(connection, self.vault, newcomers, at=int(AT.timestamp()))
        self.record(*rows)
        return self

    def onboard(self, proposal: Proposal, *, at: datetime = AT - 60 * DAY) -> None:
        """Enter a facility by two people, and the clinic's nurse."""
        with writing(self.engine) as connection:
            facilities.propose(connection, proposal, ANNE, register=REGISTER, at=at)
            facilities.approve(connection, proposal.facility_id, BO, at=at)
            if proposal.facility_id == CLINIC.facility_id:
                facilities.propose_operator(connection, NURSE, proposal.facility_id, ANNE, at=at)
                facilities.approve_operator(connection, NURSE.account_id, BO, at=at)

    def record(
        self, *rows: dict[str, str], source: Proposal = CLINIC, at: datetime = AT, disease: Code | None = None
    ) -> None:
        """Take rows in, of tests for a `disease` where one is named. Raises `ValueError` where one is not taken."""
        tests = TESTS
        if disease is not None:
            named = {"disease": f"{disease.system}|{disease.value}"}
            tests = structs.replace(TESTS, constants={**TESTS.constants, **named})
        for column, mapping in (("day", _DOSES), ("sampled", tests)):
            chosen = [row for row in rows if column in row]
            if chosen:
                headings = list(dict.fromkeys(name for row in chosen for name in row))
                lines = [",".join(headings), *(",".join(row.get(each, "") for each in headings) for row in chosen)]
                sender = Source(source.facility_id, source.name, "XA", "UTO", "administered", mapping=mapping)
                file = io.BytesIO("\n".join(lines).encode())
                _, settled = intake.take(self.engine, self.vault, file, form="csv", source=sender, at=at)
                if settled.taken != len(chosen):
                    raise ValueError("rows were not taken")

    def shot(self, lot: str, papers: Papers = MEIMEI, *, day: str = "2026-06-01", number: str = "L-1") -> None:
        """Take in a dose of a lot, which only FHIR tells of. Raises `ValueError` where it is not taken."""
        who = _PERSON[papers]
        patient = {
            "resourceType": "Patient",
            "identifier": [{"system": "http://hl7.org/fhir/sid/passport-UTO", "value": papers.number}],
            "name": [{"use": "official", "family": who["family"], "given": [who["given"]]}],
            "birthDate": who["born"],
        }
        given = {
            "resourceType": "Immunization",
            "identifier": [{"system": "https://clinic.example", "value": number}],
            "status": "completed",
            "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "208"}]},
            "occurrenceDateTime": day,
            "lotNumber": lot,
        }
        told = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient}, {"resource": given}]}
        sender = Source(CLINIC.facility_id, CLINIC.name, "XA", "UTO", "administered")
        reports = intake.take_message(self.engine, self.vault, msgspec.json.encode(told), source=sender, at=AT)
        if [each.outcome for each in reports] != ["taken"]:
            raise ValueError("a dose was not taken")

    def known(self, papers: Papers = MEIMEI) -> Known:
        """Somebody of the two."""
        with reading(self.engine) as connection:
            found = people.find(connection, self.vault, papers)
        if found is None:
            raise LookupError("nobody")
        return found

    def own(self, papers: Papers = MEIMEI, *, at: datetime = AT) -> Look:
        """A holder looks at what is theirs."""
        items = frozenset(Item) - {Item.PORTRAIT}
        return look(self.engine, HOLDER, self.known(papers).person_id, Purpose.OWN, items, at=at)

    def desk(self, papers: Papers = MEIMEI, *, at: datetime = AT) -> Look:
        """The authority's desk looks, to correct."""
        items = frozenset({Item.IDENTITY, Item.RECORDS, Item.DISPUTES})
        return look(self.engine, ANNE, self.known(papers).person_id, Purpose.CORRECTION, items, at=at)

    def records(self, papers: Papers = MEIMEI) -> tuple[Kept, ...]:
        """What is kept of somebody."""
        with reading(self.engine) as connection:
            return rights.records(connection, self.own(papers))

    def certified(self, papers: Papers = MEIMEI, *, at: datetime = AT, **wanted: Any) -> Issued:
        """A certificate that a holder asked for."""
        return certificate_of_person(
            self.office, self.own(papers, at=at), wanted=Wanted(papers=papers, **wanted), at=at
        )

    @property
    def trust(self) -> TrustList:
        """What the world has of this country."""
        der = self.key.key.certificate or b""
        return TrustList.from_certificates([der], environment=Environment.PRODUCTION)

    @contextmanager
    def api(self, **more: Any) -> Iterator["Api"]:
        """Its HTTP API, and a program before it."""
        release = self.folder / "release"
        if not release.is_dir():
            release.mkdir()
            listed = TrustList(self.trust.keys, environment=Environment.SANDBOX)
            states.publish(release, listed, at=AT - timedelta(hours=6))
        house = House(
            site=Site(service="service.support", authority=AUTHORITY, specimen=True),
            country="XA",
            address="https://pratique.example",
            hosts=("127.0.0.1", "localhost"),
            engines=Engines.one(self.engine),
            vault=self.vault,
            release=Release(release),
            confirmation=ConfirmationKey.draw(),
            opener=Opener.draw(),
            office=self.office,
            pace=Pace(100_000),
            answer_after=0.05,
            clock=lambda: AT,
            **more,
        )
        with TestClient(app(house), base_url=HOST) as client:
            yield Api(self, house, client)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


class Api:
    """The API of a town, and what is known of it."""

    def __init__(self, town: Town, house: House, client: "TestClient[Any]") -> None:
        self.town, self.house, self.client = town, house, client

    def bearer(self, role: Role, papers: Papers = MEIMEI) -> dict[str, str]:
        """The header with a token of somebody of this role."""
        until = AT + timedelta(minutes=5)
        if role is Role.HOLDER:
            token = tokens.grant_holder(self.town.vault, self.town.known(papers).subject_id, until=until)
        else:
            token = tokens.grant(self.town.vault, Account(f"{role}-1", role), until=until)
        return {"authorization": f"Bearer {token}"}


def enrolments(*, limits: Tries | None = None, seed: int = 1, **more: Any) -> Enrolments:
    """A sign-up in which Han Meimei is registered, and people look at faces."""
    registered = Registered("meimei", traveller.PASSPORT, name("Han", "Meimei"), PartialDate(1990, 5, 8), b"a portrait")
    chosen: Mapping[str, Any] = {"limits": limits, **more} if limits else more
    return Enrolments(FileRegistry([registered]), ReviewMatcher(), random=Random(seed), **chosen)  # noqa: S311


class Yard:
    """What the cases share. Everything in it is made when it is first wanted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._towns: list[Town] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for town in self._towns:
            town.close()

    def fresh(self) -> Path:
        """A folder of one's own."""
        return Path(tempfile.mkdtemp(dir=self._folder))

    @cached_property
    def signer(self) -> MemorySigner:
        """A document signer of XA."""
        return MemorySigner()

    @cached_property
    def other(self) -> MemorySigner:
        """One of XB."""
        return MemorySigner("XB", url="https://health.xb.example/cards")

    @cached_property
    def thief(self) -> MemorySigner:
        """One that is on nobody's list."""
        return MemorySigner("XA")

    @cached_property
    def trust(self) -> TrustList:
        """A border's list: XA and XB."""
        return trusting(self.signer, self.other)

    @cached_property
    def network(self) -> Alliance:
        """Three states and a union in one network, each border up to date."""
        return found(self.fresh(), at=AT)

    @cached_property
    def _store(self) -> Path:
        path = self._folder / "empty.db"
        engine = open_store(f"sqlite:///{path}")
        migrate(engine)
        engine.dispose()
        return path

    @cached_property
    def pair(self) -> KeyPair:
        """XA's key pair, with which every town signs."""
        root = make_csca("XA", "XA root", at=AT)
        return make_dsc(root, common_name="XA signer", at=AT, url="https://health.xa.example/cards")

    @cached_property
    def _keys(self) -> Path:
        folder = self.fresh()
        write_key(folder / KEY, self.pair, PASSPHRASE)
        return folder

    def town(self, *rows: dict[str, str], **limits: int) -> Town:
        """A town of one's own: with a dose and a test of Han Meimei's, unless other rows are named."""
        town = Town(self.fresh(), self._store, self._keys, **limits)
        self._towns.append(town)
        return town.settled(*(rows or (dose(), sample())))


def trusting(*signers: MemorySigner, environment: Environment = Environment.PRODUCTION, **more: Any) -> TrustList:
    """A trust list of these signers."""
    keys = TrustList.from_certificates([each.certificate for each in signers]).keys
    return TrustList(keys, environment=environment, **more)


def withdrawn(identifiers: Sequence[tuple[str, str]] = (), **more: Any) -> RevocationList:
    """A list of what is withdrawn, of today."""
    return RevocationList(AT - timedelta(hours=1), AT + DAY, identifiers, **more)


def send(town: Town, papers: Papers, family: str, given: str, born: str) -> None:
    """A dose of somebody with any passport, as the clinic sends it. Raises `ValueError` where it is not taken."""
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": f"http://hl7.org/fhir/sid/passport-{papers.country}", "value": papers.number}],
        "name": [{"use": "official", "family": family, "given": [given]}],
        "birthDate": born,
    }
    shot = {
        "resourceType": "Immunization",
        "identifier": [{"system": "https://clinic.example", "value": papers.number}],
        "status": "completed",
        "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "208"}]},
        "occurrenceDateTime": "2026-06-01",
    }
    told = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient}, {"resource": shot}]}
    sender = Source(CLINIC.facility_id, CLINIC.name, "XA", "UTO", "administered")
    reports = intake.take_message(town.engine, town.vault, msgspec.json.encode(told), source=sender, at=AT)
    if [each.outcome for each in reports] != ["taken"]:
        raise ValueError("a dose was not taken")


def bundle(trust: TrustList, *, at: datetime = AT) -> Bundle:
    """A release of the sandbox's rules with these keys."""
    listed = TrustList(trust.keys, environment=Environment.SANDBOX)
    return Bundle.from_files(border.bundle_files(listed, number=7, at=at - timedelta(hours=1)))


def changed(policy: bytes, change: Any) -> bytes:
    """A policy with something else in it."""
    stated = msgspec.json.decode(policy)
    change(stated)
    return msgspec.json.encode(stated)
