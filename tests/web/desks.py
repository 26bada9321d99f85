"""A ministry over a store, and its officials' desk, as applications: what tests ask over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from litestar import Litestar
from litestar.testing import TestClient
from msgspec import Struct
from sqlalchemy import Engine

from pratique.authority.access import Account, Role, enter, invitations
from pratique.authority.access.passkeys import Passkeys, Site
from pratique.authority.identity.answers import Assurance, Holder
from pratique.authority.identity.clinic_code import Codes
from pratique.authority.identity.enrolment import Enrolments
from pratique.authority.identity.registry import Identified
from pratique.authority.identity.stored import StoreRegistry
from pratique.authority.store import Vault, people, reading, writing
from pratique.authority.store.passkeys import Owner
from pratique.authority.store.people import Known, Papers
from pratique.sandbox import traveller
from pratique.sandbox.register import DAUGHTERS_PASSPORT
from pratique.trust.keys import Anchor
from pratique.web import desk, desk_code, desk_counter, desk_review, issuing
from pratique.web.desk import Desk, House, Page
from pratique.web.desk_acts import Counter
from pratique.web.holding import hold, signing
from pratique.web.ministry import Ministry
from pratique.web.visits import Visits
from pratique.web.ways import Ways
from tests import databases
from tests.authenticator import Authenticator
from tests.authority.identity.scripted import ScriptedMatcher, registered
from tests.chips import picture
from tests.web.houses import AUTHORITY, HOST, SIGNER, Clock, claims

ORIGIN = "http://127.0.0.1"
LINA, WANG = Account("li-na", Role.ENROLMENT), Account("wang-lei", Role.ENROLMENT)
CLINIC, AUDITOR = Account("clinic-7", Role.CLINIC), Account("auditor-1", Role.AUDITOR)
COUNTRY = "UTO"
MEIMEI, CHILD = Papers(COUNTRY, traveller.PASSPORT.number), Papers(COUNTRY, DAUGHTERS_PASSPORT.number)
PORTRAIT = picture()
_seeds = count(1_000)


class Town(Struct):
    """A store with people and officials in it."""

    engine: Engine
    vault: Vault
    registry: StoreRegistry
    clock: Any
    visits: Visits
    """Of the travellers' pages, which a desk may end."""

    def known(self, papers: Papers = MEIMEI) -> Known:
        with reading(self.engine) as connection:
            found = people.find(connection, self.vault, papers)
        assert found is not None
        return found


@contextmanager
def town(folder: Path, clock: Any = None) -> Iterator[Town]:
    clock = clock or Clock()
    engine, vault = databases.sqlite(folder / "town.db"), Vault.draw()
    registry = StoreRegistry(engine, vault, country=COUNTRY)
    her = registered(traveller.PASSPORT, "1990-05-08", PORTRAIT)
    child = registered(DAUGHTERS_PASSPORT, "2017-06-01", PORTRAIT)
    registry.enter([her, child], at=clock())
    with writing(engine) as connection:
        for account in (LINA, WANG, CLINIC, AUDITOR):
            enter(connection, account, account.account_id, at=clock() - timedelta(days=1))
    yield Town(engine, vault, registry, clock, Visits())
    engine.dispose()


def site(origin: str = ORIGIN) -> Site:
    return Site(origin.split("//")[1].partition(":")[0], (origin,), "Ministry of Health of XA")


def desk_app(
    place: Town,
    *,
    roots: tuple[Anchor, ...] = (),
    records: Any = claims,
    origin: str = ORIGIN,
    made: list[Desk] | None = None,
) -> Litestar:
    """The officials' application with all of its rooms; `made` is told of the desk that it is."""

    def held(who: Identified, assurance: Assurance, at: datetime) -> Any:
        holder = Holder.of(who, assurance, token="", at=at, until=at)
        return hold(holder, records, SIGNER, specimen=True, at=at)

    house = House(
        engine=place.engine,
        vault=place.vault,
        passkeys=Passkeys(place.engine, place.vault, Owner.OFFICIAL, site(origin)),
        authority=AUTHORITY,
        specimen=True,
    )
    counter = Counter(
        country=COUNTRY,
        roots=roots,
        hold=held,
        issuer=traveller.ISSUER,
        issuing_country="XA",
        ended=place.visits.end,
    )

    def rooms(desk: Desk) -> list[Page]:
        if made is not None:
            made.append(desk)
        return [desk_review.room(desk), desk_counter.room(desk, counter), desk_code.room(desk, country=COUNTRY)]

    return desk.app(house, rooms, clock=place.clock)


def ministry_app(
    place: Town,
    matcher: Any = None,
    *,
    records: Any = claims,
    origin: str = ORIGIN,
    seed: int | None = None,
    made: list[Enrolments] | None = None,
    **more: Any,
) -> Litestar:
    """The sign-up over the store, with every other way in; `made` is told of whoever is signing up."""
    random = Random(next(_seeds) if seed is None else seed)  # noqa: S311
    ways = Ways(
        engine=place.engine,
        vault=place.vault,
        registry=place.registry,
        codes=Codes(place.engine, place.vault, country=COUNTRY),
        passkeys=Passkeys(place.engine, place.vault, Owner.HOLDER, site(origin)),
        country=COUNTRY,
    )
    enrolments = Enrolments(place.registry, matcher or Faces(), random=random, **more)
    if made is not None:
        made.append(enrolments)
    house = Ministry(
        enrolments=enrolments,
        hold=signing(records, SIGNER, specimen=True),
        issuer=traveller.ISSUER,
        country="XA",
        authority=AUTHORITY,
        specimen=True,
        ways=ways,
    )
    return issuing.app(house, visits=place.visits, clock=place.clock)


class Faces(ScriptedMatcher):
    """Takes the portrait of the register for Han Meimei's."""

    async def reference(self, portrait: bytes) -> Any:
        return await super().reference(b"meimei" if portrait == PORTRAIT else portrait)


def client(app: Litestar) -> TestClient[Any]:
    return TestClient(app, base_url=HOST)


def sign_in(browser: TestClient[Any], place: Town, account: Account) -> Authenticator:
    """The first passkey of an account, and then signed in by it."""
    code = invitations.invite(place.engine, place.vault, account.account_id, made_by="operator", at=place.clock())
    answer = browser.post("/en/invitation", data={"account": account.account_id, "code": code})
    assert answer.url.path == "/en/passkeys", answer.text
    device = Authenticator(ORIGIN)
    begun = browser.post("/en/passkeys/begin", json={}).json()
    sent = sends(begun["ceremony"], device.make(begun["options"]), "work")
    assert browser.post("/en/passkeys/finish", content=sent).json() == {"next": "/en/passkeys"}
    browser.post("/en/sign-out")
    assert comes_back(browser, device) == "/en"
    return device


def comes_back(browser: TestClient[Any], device: Authenticator) -> str | None:
    begun = browser.post("/en/sign-in/begin", json={}).json()
    answer = browser.post("/en/sign-in/finish", content=sends(begun["ceremony"], device.use(begun["options"])))
    assert answer.status_code == 200, answer.text
    return answer.json()["next"]  # type: ignore[no-any-return]


def sends(ceremony: str, answer: bytes, label: str = "") -> bytes:
    return b'{"ceremony": "%b", "label": "%b", "answer": %b}' % (ceremony.encode(), label.encode(), answer)
