"""Who has signed in, and what every page of the health code works with."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any

from litestar import Response
from litestar.di import NamedDependency
from msgspec import Struct
from sqlalchemy import Connection, Engine

from pratique.authority.access import Item, Look, Purpose, look
from pratique.authority.records import rights
from pratique.authority.status import appeals, codes
from pratique.authority.store import Vault, reading
from pratique.authority.sunset import ended
from pratique.colour import Colour, HealthCode
from pratique.model.certificate import Test
from pratique.model.keys import Signer, base64url
from pratique.rules.policy import Policy
from pratique.texts import sentence
from pratique.web.display import Shelf
from pratique.web.pages import AnyRequest, Site, page
from pratique.web.problems import Code, Problem, language_of
from pratique.web.who import Who
from pratique.web.words import Words

OWN = frozenset({Item.RECORDS, Item.DECLARATIONS, Item.MOVEMENTS, Item.STATUS, Item.DISPUTES})
"""What a holder's own page reads."""


class Service(Struct, frozen=True, kw_only=True):
    """Who shows codes: the database, the policy in force, the key that signs a day's status, and where days begin."""

    engine: Engine
    vault: Vault
    policy: Policy
    signer: Signer
    zone: tzinfo
    authority: Mapping[str, str]
    holder: Callable[[AnyRequest], Who | None]
    """Who has signed in; None is sent away."""
    specimen: bool = False
    shelf: Shelf | None = None
    """Where statuses lie for the display path, where there is one."""


class Holder(Struct, frozen=True):
    """What every handler works with: the service, and the holder before it."""

    site: Site
    service: Service
    clock: Callable[[], datetime]

    def page(self, request: AnyRequest, template: str, *, status: int = 200, **values: Any) -> Response[str]:
        return page(request, template, site=self.site, language=language_of(request), status=status, **values)

    def who(self, request: AnyRequest) -> Who:
        """Whoever has signed in. Raises `Problem` (SESSION_UNKNOWN)."""
        who = self.service.holder(request)
        if who is None:
            raise Problem(Code.SESSION_UNKNOWN)
        return who

    def own(self, who: Who, at: datetime) -> Look:
        return look(self.service.engine, who.account, who.known.person_id, Purpose.OWN, OWN, at=at)

    def code(self, own: Look, at: datetime) -> HealthCode:
        with reading(self.service.engine) as connection:
            return codes.current(connection, own, self.service.policy, at=at, zone=self.service.zone)

    def over(self, request: AnyRequest, at: datetime) -> Response[str] | None:
        """The page of the policy's end, where it has come."""
        if not ended(self.service.policy, at):
            return None
        return self.page(request, "code/over.html", sunset=self.service.policy.sunset)

    def local(self, seconds: int) -> datetime:
        return datetime.fromtimestamp(seconds, self.service.zone)


def status_address(vault: Vault, subject_id: str) -> str:
    """Where somebody's status lies on the shelf: whoever has not the vault cannot guess it, and nothing keeps it."""
    return base64url(vault.hash("status address", subject_id))


Own = NamedDependency[Holder]


def word_of(colour: Colour, language: str) -> str:
    """The colour's word: it is never shown without."""
    return sentence(f"colour.word.{colour}", language)


def against(own: Holder, connection: Connection, seen: Look, at: datetime, say: Words) -> list[dict[str, str]]:
    """What can be appealed against: what was decided, and positive tests of these weeks."""
    found = [
        {"id": each.about_id, "kind": each.about, "when": say.day(own.local(int(str(each.row["moment"]))).date())}
        for each in appeals.decided_against(connection, seen, at=at)
    ]
    since = at - timedelta(days=21)
    for kept in rights.records(connection, seen):
        claim = kept.claim
        if isinstance(claim, Test) and claim.detected and not kept.superseded and claim.sampled >= since:
            day = claim.sampled.astimezone(own.service.zone).date()
            found.append({"id": kept.record_id, "kind": "test", "when": say.day(day)})
    return found
