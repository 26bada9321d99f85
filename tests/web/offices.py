"""An office of the records and a holder's page, as one application over a real database: what tests ask over HTTP."""

from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from litestar import Litestar
from msgspec import Struct
from sqlalchemy import Engine

from pratique.authority.access import Account, Role
from pratique.authority.records import intake
from pratique.authority.records.sources import Source
from pratique.authority.store import Vault, people, reading
from pratique.authority.store.people import Papers
from pratique.web import guarding, kept
from pratique.web import intake as intake_page
from pratique.web.pages import AnyRequest, Site
from pratique.web.problems import Code, Problem
from pratique.web.who import Who
from tests import databases
from tests.records_settings import LAB
from tests.web.houses import AUTHORITY

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
HEADINGS = "document,family,given,born,sampled,result,id"
POSITIVE = "XA7654321,Li,Lei,1991-01-02,2026-11-22T08:41Z,positive,L-2"
SITE = Site(service="service.issuing", authority=AUTHORITY, specimen=True)
MEIMEI, LEI = Papers("UTO", "XA1234567"), Papers("UTO", "XA7654321")


def table(*rows: str) -> bytes:
    return "\n".join((HEADINGS, *rows)).encode()


class Office(Struct):
    """The database, and the application over it. The headers `x-sends` and `x-holder` say who somebody is, since that
    is the business of the application that has these pages."""

    engine: Engine
    vault: Vault
    app: Litestar

    def take(self, *rows: str) -> None:
        intake.take(self.engine, self.vault, BytesIO(table(*rows)), form="csv", source=LAB, at=AT)


def office(folder: Path, *, holder: Papers | None = None, sends: bool = False) -> Office:
    """`holder` and `sends` are for a browser that cannot send headers."""
    engine, vault = databases.sqlite(folder / "records.db"), Vault.draw()

    def sources(request: AnyRequest) -> Mapping[str, Source]:
        if not sends and "x-sends" not in request.headers:
            raise Problem(Code.SESSION_UNKNOWN)
        named = request.headers.get("x-sends", LAB.source_id)
        return {LAB.source_id: LAB} if named == LAB.source_id else {}

    def who(request: AnyRequest) -> Who:
        number = request.headers.get("x-holder", holder.number if holder else "")
        with reading(engine) as connection:
            known = people.find(connection, vault, Papers("UTO", number))
        if known is None:
            raise Problem(Code.SESSION_UNKNOWN)
        return Who(Account(f"holder {number}", Role.HOLDER), known, known)

    pages: list[Any] = [
        *intake_page.handlers(
            intake_page.Counters(site=SITE, engine=engine, vault=vault, sources=sources, clock=lambda: AT)
        ),
        *kept.handlers(kept.House(site=SITE, engine=engine, vault=vault, holder=who, clock=lambda: AT)),
    ]
    return Office(engine, vault, guarding.application(SITE, pages, hosts=["127.0.0.1", "localhost"]))
