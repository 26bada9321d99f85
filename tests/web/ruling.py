"""A desk at which policies are written and agreements are seen, over a release that a test makes."""

import json
from datetime import timedelta
from typing import Any

from litestar import Litestar
from litestar.testing import TestClient
from msgspec import Struct, structs

from pratique.authority.access import Account, Role, enter, invitations
from pratique.authority.access.passkeys import Passkeys
from pratique.authority.policies import Country, Standing
from pratique.authority.store import writing
from pratique.authority.store.passkeys import Owner
from pratique.bundle import Bundle
from pratique.rules.agreement import parse_agreements
from pratique.rules.policy import read_policy
from pratique.rules.signing import parse_officials
from pratique.sandbox import alliance, border
from pratique.web import desk, desk_agreements, desk_policies, desk_signing
from pratique.web.desk import Desk, House, Page
from pratique.web.effects import Effects
from tests.cases.policies import officials, signed, spoilt
from tests.web.desks import ORIGIN, Town, client, site
from tests.web.houses import AUTHORITY, TRUSTED

HU, LIN, ZHOU = (Account(name, Role.HEALTH_AUTHORITY) for name in ("hu-min", "lin-feng", "zhou-yu"))
NAMES = ("health", "justice")
TEXT = spoilt(signers=list(NAMES), version="2.0.0", identifier="XA-EVENTS-TWO")
"""A policy that nothing stops, and that nothing of its name was published before."""
PUBLISHED = signed(spoilt(signers=list(NAMES)), *NAMES)


def text(**changes: object) -> str:
    """The same with fields changed, as somebody would type it; None takes one away."""
    return json.dumps({name: value for name, value in (TEXT | changes).items() if value is not None}, indent=2) + "\n"


def country(*, signers: tuple[str, ...] = NAMES, published: bool = True) -> Country:
    data = json.dumps(PUBLISHED).encode()
    known = parse_officials(json.dumps(officials(*signers)).encode()) if signers else None
    return Country("XA", (Standing(data, read_policy(data)),) if published else (), known)


class Ruling(Struct):
    """A desk over a town; `country` is what the release has, and can be changed."""

    place: Town
    country: Country
    agreements: bytes
    app: Litestar

    def browser(self, account: Account) -> TestClient[Any]:
        """Signed in by an invitation."""
        browser = client(self.app)
        code = invitations.invite(
            self.place.engine, self.place.vault, account.account_id, made_by="operator", at=self.place.clock()
        )
        browser.post("/en/invitation", data={"account": account.account_id, "code": code})
        return browser


def released(made: "Ruling") -> Bundle:
    """A release of nothing but trust and the agreements."""
    bundle = Bundle.of_trust(TRUSTED, issued=made.place.clock() - timedelta(hours=6))
    listed = parse_agreements(made.agreements) if made.agreements else ()
    return structs.replace(bundle, number=7, agreements=listed)


def ruling(place: Town, *, origin: str = ORIGIN, people: int = 300) -> Ruling:
    """The desk, with three officials of the health authority."""
    with writing(place.engine) as connection:
        for account in (HU, LIN, ZHOU):
            enter(connection, account, account.account_id, at=place.clock() - timedelta(days=1))
    house = House(
        engine=place.engine,
        vault=place.vault,
        passkeys=Passkeys(place.engine, place.vault, Owner.OFFICIAL, site(origin)),
        authority=AUTHORITY,
        specimen=True,
    )
    made = Ruling(place, country(), alliance.agreements(place.clock()), None)  # type: ignore[arg-type]

    def rooms(here: Desk) -> list[Page]:
        effects = Effects(people=people)
        work = desk_policies.Work(here, place.engine, lambda: made.country, border.policy(), effects)
        agreed = desk_agreements.Work(here, "XA", lambda: released(made), lambda: made.agreements)
        return [desk_policies.room(work, desk_signing.handlers(work)), desk_agreements.room(agreed)]

    made.app = desk.app(house, rooms, clock=place.clock)
    return made
