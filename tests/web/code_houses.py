"""The health code's pages over a database: who has signed in is a cookie that a test sets."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from litestar.testing import TestClient
from sqlalchemy import Engine

from pratique.authority.access import Account
from pratique.authority.access.tokens import holder_account
from pratique.authority.store import Vault
from pratique.authority.store.people import Known
from pratique.web import code, guarding, status_desk
from pratique.web.code import Service
from pratique.web.pages import AnyRequest, Site
from pratique.web.who import Who
from tests import databases
from tests.authority.status import scenes
from tests.web.houses import AUTHORITY, HOST

SIGNED_IN = "signed-in"


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = scenes.AT

    def __call__(self) -> datetime:
        return self.at


class House:
    """One database with Han Meimei and Han Lei, officials of three offices and a gate."""

    def __init__(self, folder: Path) -> None:
        self.engine: Engine = databases.sqlite(folder / "records.db")
        self.vault = Vault.draw()
        scenes.staffed(self.engine)
        self.meimei = scenes.person(self.engine, self.vault)
        self.lei = scenes.person(self.engine, self.vault, 2, "Lei")
        self.clock: Any = Clock()
        self.people: dict[str, Known] = {"meimei": self.meimei, "lei": self.lei}
        self.accounts = {account.account_id: account for account in (*scenes.OFFICES, scenes.GATE, scenes.CLINIC)}

    def holder(self, request: AnyRequest) -> Who | None:
        known = self.people.get(request.cookies.get(SIGNED_IN, ""))
        return known and Who(holder_account(self.vault, known.subject_id), known, known)

    def official(self, request: AnyRequest) -> Account | None:
        return self.accounts.get(request.cookies.get(SIGNED_IN, ""))

    @property
    def service(self) -> Service:
        return Service(
            engine=self.engine,
            vault=self.vault,
            policy=scenes.POLICY,
            signer=scenes.FACILITY,
            zone=scenes.ZONE,
            authority=AUTHORITY,
            holder=self.holder,
        )

    def holders(self) -> Any:
        return code.app(self.service, clock=self.clock)

    def desk(self) -> Any:
        site = Site(service="service.desk", authority=AUTHORITY, specimen=False)
        desks = status_desk.routers(
            self.service, self.service, lambda request, *_: self.official(request), site, self.clock
        )
        return guarding.application(site, desks, hosts=("127.0.0.1", "localhost"))

    @contextmanager
    def browser(self, who: str) -> Iterator[TestClient[Any]]:
        """A browser in which `who` has signed in: a holder, or an account at the desk."""
        app = self.holders() if who in self.people or not who else self.desk()
        with TestClient(app, base_url=HOST) as client:
            if who:
                client.cookies.set(SIGNED_IN, who)
            yield client

    def contact(self) -> str:
        """Han Meimei met Han Lei, who is a case; the fact's id."""
        return scenes.met(self.engine, self.vault, self.meimei, self.lei)
