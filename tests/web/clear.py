"""A country before everybody's eyes: policies, a day that was counted, a log with entries, and agreements."""

import json
import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar
from msgspec import Struct, structs
from sqlalchemy import Engine

from pratique.authority.issuance.certificates import certificate_of_person
from pratique.authority.issuance.requests import Wanted
from pratique.authority.signers.file import FileSigner
from pratique.authority.status import counting
from pratique.authority.store import Vault, daily, open_store, writing
from pratique.authority.store.daily import Count
from pratique.bundle import AGREEMENTS, MANIFEST
from pratique.model.dates import format_instant
from pratique.rules.linting import parse_policy
from pratique.sandbox import alliance, border, codes
from pratique.web import guarding, objecting, published, transparency
from pratique.web.api.house import Release
from pratique.web.pages import Site
from pratique.web.published import Source
from tests import databases
from tests.authority import issuing as scene
from tests.authority.issuing import AT
from tests.cases.policies import officials, signed, spoilt
from tests.web import ruling
from tests.web.houses import AUTHORITY, TRUSTED, Clock

ZONE = timezone(timedelta(hours=8))
CODE = published.code_source(parse_policy(codes.policy()), codes.policy())
EVENTS = signed(spoilt(signers=["health", "justice"]), "health", "justice")


class Country(Struct):
    """The page's house, and what a test does behind it."""

    folder: Path
    house: transparency.House
    clock: Clock

    @property
    def engine(self) -> Engine:
        return self.house.engine

    def app(self, **changed: Any) -> Litestar:
        house = structs.replace(self.house, **changed)
        handlers = [
            *objecting.handlers(house, objecting.no_tries()),
            *transparency.handlers(house, transparency.Checks()),
        ]
        return guarding.application(house.site, handlers, hosts=("127.0.0.1", "localhost"))

    def sign(self, times: int) -> None:
        """Certificates of Han Meimei's, each with its entry."""
        key = FileSigner.open(self.folder / "dsc.key.pem", passphrase=scene.PASSPHRASE)
        office = scene.office(self.engine, self.house.vault, key)
        look = scene.own(self.engine, scene.known(self.engine, self.house.vault).person_id)
        for _ in range(times):
            certificate_of_person(office, look, wanted=Wanted(papers=scene.MEIMEI), at=AT)

    def count(self, at: datetime, *counts: Count) -> None:
        """A day that was counted, with these lines."""
        counting.count(self.engine, CODE.policy, at=at, zone=ZONE)
        with writing(self.engine) as connection:
            daily.write(connection, counts)


def under_notice(at: datetime, **changes: object) -> dict[str, Any]:
    """A policy of large events that begins nine days after `at`, not signed."""
    start, sunset = (format_instant(at + timedelta(days=days)) for days in (9, 150))
    published = format_instant(at - timedelta(days=6))
    text: dict[str, Any] = spoilt(
        signers=list(ruling.NAMES), published=published, start=start, sunset=sunset, **changes
    )
    text["rules"] = [rule | {"ValidFrom": start, "ValidTo": sunset} for rule in text["rules"]]
    return text


def release(folder: Path, *, at: datetime = AT, policies: Any = None, agreed: bool = True) -> Release:
    """A release with the policy for large events under notice, its officials, and agreements."""
    parts = {
        **border.bundle_files(TRUSTED, number=318, at=at),
        "officials/XA.json": json.dumps(officials("health", "justice")).encode(),
        **{
            f"policies/{name}.json": json.dumps(text).encode()
            for name, text in (policies or {"events": EVENTS}).items()
        },
        **({AGREEMENTS: alliance.agreements(at)} if agreed else {}),
    }
    manifest = msgspec.json.decode(parts[MANIFEST])
    manifest["parts"] = {name: {"issued": format_instant(at)} for name in parts if name != MANIFEST}
    for name, content in {**parts, MANIFEST: msgspec.json.encode(manifest)}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return Release(folder)


def country(folder: Path, *, code: Source | None = CODE) -> Country:
    """A country that has signed three certificates."""
    engine, vault, clock = databases.sqlite(folder / "records.db"), Vault.draw(), Clock(AT)
    scene.onboarded(engine)
    scene.entered(engine, vault)
    scene.recorded(engine, vault, [scene.dose()])
    (folder / "release").mkdir()
    house = transparency.House(
        site=Site(service="service.issuing", authority=AUTHORITY, specimen=True, transparency=""),
        engine=engine,
        vault=vault,
        release=release(folder / "release"),
        country="XA",
        code=code,
        zone=ZONE,
        clock=clock,
    )
    made = Country(folder, house, clock)
    scene.signer(folder)
    made.sign(3)
    return made


def copied(made: Country, folder: Path) -> Country:
    """The same country in another folder, for a test that changes it."""
    shutil.copytree(made.folder, folder, dirs_exist_ok=True)
    engine, clock = open_store(f"sqlite:///{folder / 'records.db'}"), Clock(AT)
    return Country(folder, structs.replace(made.house, engine=engine, clock=clock), clock)


def day(at: datetime = AT) -> int:
    """The ordinal of a day in the country."""
    return at.astimezone(ZONE).date().toordinal()
