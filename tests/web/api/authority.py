"""An installation of the API for tests: a store with two people, a release of XB, clients with keys of their own."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.jwk import ECKey
from litestar.testing import TestClient
from msgspec import Struct, structs
from sqlalchemy import Engine

from pratique.authority.access import Account, Role, enter, tokens
from pratique.authority.access.clients import TYPE, read_keys
from pratique.authority.records import intake
from pratique.authority.records.codes import Codes, shared
from pratique.authority.records.sources import Source
from pratique.authority.store import Vault, clients, open_store, people, reading, writing
from pratique.authority.store.people import Known, Papers
from pratique.web.api import House, app
from pratique.web.api.confirming import ConfirmationKey
from pratique.web.api.house import Engines, Release
from pratique.web.api.opening import Opener
from pratique.web.api.throttling import Pace
from pratique.web.pages import Site
from pratique.web.passes import Passes
from tests import permit_settings, special
from tests.authority.issuing import CLINIC, office, onboarded, signer
from tests.records_settings import LAB
from tests.test_passes import CROWD
from tests.web.holders import in_force
from tests.web.houses import AUTHORITY, HOST, SIGNER, Clock, release

ADDRESS = "https://pratique.example"
SOURCES = {
    Role.LABORATORY: LAB,
    Role.CLINIC: Source(CLINIC.facility_id, CLINIC.name, "XA", "UTO", "administered"),
    Role.LOCAL_CODE: Source("city-1", "City 1", "XA", "UTO", "self_declared"),
}
OPENER, CONFIRMATION = Opener.draw(), ConfirmationKey.draw()
KEYS = {role: ECKey.generate_key("P-384", {"kid": f"{role}-1"}) for role in (*SOURCES, Role.CARRIER)}
MEIMEI, LILEI = Papers("UTO", "XA1234567"), Papers("UTO", "XA7654321")


class Installed(Struct, frozen=True):
    """The API, and what a test knows of it besides."""

    house: House
    clock: Clock
    engine: Engine
    people: dict[Papers, Known]

    def client(self) -> TestClient[Any]:
        """A program before it."""
        return TestClient(app(self.house), base_url=HOST)

    def token(self, role: Role, who: Papers = MEIMEI) -> str:
        """A token of a role; of a holder, Han Meimei's or another's."""
        until = self.clock() + timedelta(minutes=5)
        if role is Role.HOLDER:
            return tokens.grant_holder(self.house.vault, self.people[who].subject_id, until=until)
        return tokens.grant(self.house.vault, Account(name_of(role), role), until=until)

    def bearer(self, role: Role, who: Papers = MEIMEI) -> dict[str, str]:
        """The header with a token."""
        return {"authorization": f"Bearer {self.token(role, who)}"}

    def bearer_of(self, account: Account) -> dict[str, str]:
        """The header with a token of one account."""
        until = self.clock() + timedelta(minutes=5)
        return {"authorization": f"Bearer {tokens.grant(self.house.vault, account, until=until)}"}


def name_of(role: Role) -> str:
    """What the client, or the official, of a role is called."""
    return SOURCES[role].source_id if role in SOURCES else f"{role}-1"


class Populated(Struct, frozen=True):
    """A store with clients, a facility and two people, and its vault."""

    vault: Vault
    people: dict[Papers, Known]


def populate(url: str) -> Populated:
    """Fill a migrated store."""
    engine, vault, at = open_store(url), Vault.draw(), Clock()()
    now = int(at.timestamp())
    with writing(engine) as connection:
        for role, key in KEYS.items():
            enter(connection, Account(name_of(role), role), name_of(role), at=at - timedelta(days=1))
            keys = read_keys(json.dumps({"keys": [key.as_dict(private=False)]}))
            source = msgspec.json.encode(SOURCES[role]).decode() if role in SOURCES else None
            clients.enter(connection, name_of(role), keys, source, at=now - 86400)
    onboarded(engine)
    for papers, family, given in ((MEIMEI, "Han", "Meimei"), (LILEI, "Li", "Lei")):
        shot = bundle(papers.number, family, given)
        (report,) = intake.take_message(engine, vault, shot, source=SOURCES[Role.CLINIC], at=at)
        assert report.outcome == "taken"
    with reading(engine) as connection:
        found = people.find_many(connection, vault, [MEIMEI, LILEI])
    engine.dispose()
    return Populated(vault, found)


def installed(url: str, populated: Populated, folder: Path, *, signing: bool = False, **more: Any) -> Installed:
    """The API over such a store; with `signing` it gives out certificates, passes and codes, and decides on permits."""
    engine, vault, clock = open_store(url), populated.vault, Clock()
    (folder / "release").mkdir()
    release(folder / "release")
    if signing:
        more["office"] = office(engine, vault, signer(folder, at=clock()))
        more["permits"] = permit_settings.office(engine, vault)
        month = timedelta(days=30)
        more["recipients"] = (
            structs.replace(special.XB.recipient, not_before=clock() - month, not_after=clock() + 12 * month),
        )
        more["passes"] = Passes(in_force(clock()), CROWD, SIGNER, UTC, specimen=True)
        more.setdefault("codes", Codes(SIGNER, shared, specimen=True))
    house = House(
        site=Site(service="service.support", authority=AUTHORITY, specimen=True),
        country="XA",
        address=ADDRESS,
        hosts=("127.0.0.1", "localhost"),
        metrics_from=("127.0.0.0/8",),
        engines=Engines.one(engine),
        vault=vault,
        release=Release(folder / "release"),
        confirmation=CONFIRMATION,
        opener=OPENER,
        pace=Pace(100_000),
        answer_after=0.2,
        clock=clock,
    )
    return Installed(structs.replace(house, **more), clock, engine, populated.people)


@contextmanager
def opened(url: str, populated: Populated, folder: Path, **more: Any) -> Iterator[tuple[Installed, TestClient[Any]]]:
    """The API and a program before it."""
    there = installed(url, populated, folder, **more)
    with there.client() as client:
        yield there, client
    there.engine.dispose()


def bundle(number: str, family: str, given: str, identifier: str | None = None) -> bytes:
    """One vaccination of somebody, as a clinic sends it."""
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": "http://hl7.org/fhir/sid/passport-UTO", "value": number}],
        "name": [{"use": "official", "family": family, "given": [given]}],
        "birthDate": "1990-05-08",
    }
    shot = {
        "resourceType": "Immunization",
        "identifier": [{"system": "https://clinic.example", "value": identifier or secrets.token_hex(4)}],
        "status": "completed",
        "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "208"}]},
        "occurrenceDateTime": "2021-05-29",
    }
    entries = [{"resource": patient}, {"resource": shot}]
    return msgspec.json.encode({"resourceType": "Bundle", "type": "collection", "entry": entries})


def assertion(
    role: Role, clock: Clock, *, key: ECKey | None = None, header: dict[str, Any] | None = None, **claims: Any
) -> str:
    """What a client signs to sign in; `claims` change single ones, None leaves one out."""
    signer, at = key or KEYS[role], int(clock().timestamp())
    stated = {
        "iss": name_of(role),
        "sub": name_of(role),
        "aud": f"{ADDRESS}/v1/token",
        "iat": at,
        "exp": at + 240,
        "jti": secrets.token_hex(8),
    } | claims
    shown = {"alg": "ES384", "kid": signer.kid, "typ": "JWT"} | (header or {})
    return jwt.encode(shown, {name: value for name, value in stated.items() if value is not None}, signer, ["ES384"])


def sign_in(client: TestClient[Any], signed: str, **form: str) -> Any:
    """The answer to an assertion."""
    data = {"grant_type": "client_credentials", "client_assertion_type": TYPE, "client_assertion": signed} | form
    return client.post("/v1/token", data={name: text for name, text in data.items() if text})
