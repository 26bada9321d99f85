"""The desk of a health authority over a facility, its lots and somebody's certificate: what tests ask over HTTP."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Litestar
from litestar.testing import TestClient
from msgspec import Struct
from sqlalchemy import Engine

from pratique.authority.access import Account, Role, enter
from pratique.authority.access.passkeys import Passkeys
from pratique.authority.issuance import facilities, log
from pratique.authority.issuance.certificates import Issued, Office, certificate_of_person, issue_for
from pratique.authority.issuance.requests import Wanted
from pratique.authority.signers.certificates import KeyPair, key_info, make_csca, make_dsc
from pratique.authority.signers.counter import Counter, record
from pratique.authority.signers.file import FileSigner
from pratique.authority.store import Vault, open_store, writing
from pratique.authority.store.passkeys import Owner
from pratique.web import (
    desk,
    desk_apps,
    desk_clients,
    desk_facilities,
    desk_issuance,
    desk_joint,
    desk_log,
    desk_token,
    desk_withdrawal,
)
from pratique.web.desk import Desk, End, House, Page
from tests import databases
from tests.authority import issuing as scene
from tests.authority.issuing import ANNE, BO, CLINIC, MEIMEI, NURSE, REGISTER
from tests.web.desks import ORIGIN, client, sign_in, site
from tests.web.houses import AUTHORITY, Clock

AUDITOR = Account("auditor-1", Role.AUDITOR)
LOT = "LOT-42"
ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
COUNTER = "dsc.counter"


class Hall(Struct):
    """The database, who signs over it, and a certificate that was signed."""

    engine: Engine
    vault: Vault
    clock: Any
    office: Office
    issued: Issued


class Made(Struct, frozen=True):
    """A hall as it is before each test: its folder, its key, and what was signed there."""

    folder: Path
    vault: Vault
    key: KeyPair
    issued: Issued


def made(folder: Path) -> Made:
    """A clinic with ten doses of a lot, one of which Han Meimei had and has a certificate of."""
    engine, vault = databases.sqlite(folder / "hall.db"), Vault.draw()
    scene.onboarded(engine)
    scene.entered(engine, vault)
    with writing(engine) as connection:
        for each in (ANNE, BO, NURSE, AUDITOR):
            enter(connection, each, each.account_id, at=scene.AT - DAY)
        facilities.deliver(connection, CLINIC.facility_id, LOT, 10, (ANNE, BO), at=scene.AT - DAY)
    scene.recorded(engine, vault, [scene.dose()], lots=[LOT])
    key = make_dsc(make_csca("XA", "XA root", at=scene.AT), common_name="XA dsc", at=scene.AT)
    (folder / COUNTER).write_bytes(record(0, key_info(key.certificate_der).kid))
    office = scene.office(engine, vault, _signer(folder, key))
    look = scene.own(engine, scene.known(engine, vault).person_id)
    issued = certificate_of_person(office, look, wanted=Wanted(papers=MEIMEI), at=scene.AT)
    engine.dispose()
    return Made(folder, vault, key, issued)


def _signer(folder: Path, key: KeyPair) -> FileSigner:
    """Without a file for the key itself, whose passphrase takes a second."""
    info = key_info(key.certificate_der)
    return FileSigner(info, key.private_key, Counter(folder / COUNTER, info.kid))


@contextmanager
def hall(made: Made, folder: Path, clock: Any = None) -> Iterator[Hall]:
    """The same hall in a folder of its own."""
    for name in ("hall.db", COUNTER):
        shutil.copy(made.folder / name, folder / name)
    engine = open_store(f"sqlite:///{folder / 'hall.db'}")
    office = scene.office(engine, made.vault, _signer(folder, made.key))
    yield Hall(engine, made.vault, clock or Clock(scene.AT), office, made.issued)
    engine.dispose()


def hall_app(
    place: Hall,
    *,
    register: Mapping[str, str] | None = REGISTER,
    signers: bool = True,
    ends: Any = (),
    origin: str = ORIGIN,
) -> Litestar:
    """The officials' application with the rooms of the health authority."""
    house = House(
        engine=place.engine,
        vault=place.vault,
        passkeys=Passkeys(place.engine, place.vault, Owner.OFFICIAL, site(origin)),
        authority=AUTHORITY,
        specimen=True,
    )
    counters = {log.key_id(each.key): each for each in place.office.signers} if signers else {}

    def sign(request_id: str, at: Any) -> None:
        issue_for(place.office, request_id, at=at)

    def rooms(here: Desk) -> list[Page]:
        joint = desk_joint.Joint(here, place.engine, ZONE)
        issuing = desk_issuance.Issuing(here, place.engine, place.vault, place.office.limits, sign)
        return [
            desk_joint.room(joint),
            desk_apps.room(joint),
            desk_facilities.room(joint, register),
            desk_withdrawal.room(joint),
            desk_clients.room(joint),
            *desk_issuance.rooms(issuing),
            desk_log.room(desk_log.Logs(here, place.engine, counters)),
            desk_token.room(here, lasts=timedelta(minutes=5)),
        ]

    def soon(_: Any) -> tuple[End, ...]:
        return tuple(ends)

    return desk.app(house, rooms, clock=place.clock, ends=soon)


def official(app: Litestar, place: Any, account: Account) -> TestClient[Any]:
    """A browser in which somebody has signed in."""
    browser = client(app)
    sign_in(browser, place, account)
    return browser
