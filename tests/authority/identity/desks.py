"""A store with Han Meimei in it, two officers, a clinic, and a sign-up over it."""

from datetime import UTC, datetime
from random import Random
from typing import Any

from sqlalchemy import Engine
from tests.authority.identity.scripted import ScriptedMatcher, registered

from pratique.authority.access import Account, Role, enter
from pratique.authority.identity.answers import Case, NotConfirmed
from pratique.authority.identity.enrolment import Enrolments
from pratique.authority.identity.registry import Registered
from pratique.authority.identity.stored import StoreRegistry
from pratique.authority.store import Vault, people, reading, writing
from pratique.authority.store.people import Known, Papers
from pratique.sandbox.register import DAUGHTERS_PASSPORT
from pratique.sandbox.traveller import PASSPORT

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
LINA, WANG = Account("li-na", Role.ENROLMENT), Account("wang-lei", Role.ENROLMENT)
CLINIC = Account("clinic-7", Role.CLINIC)
STRANGERS = (Account("carrier-1", Role.CARRIER), Account("issuer-1", Role.ISSUER), CLINIC)
MEIMEI = Papers("UTO", PASSPORT.number)
CHILD = Papers("UTO", DAUGHTERS_PASSPORT.number)
COUNTRY = "UTO"


def house(store: Engine, vault: Vault, *people_: Registered) -> StoreRegistry:
    """The register, with her and her daughter, and the accounts."""
    registry = StoreRegistry(store, vault, country=COUNTRY)
    registry.enter(
        people_
        or (registered(PASSPORT, "1990-05-08", b"meimei"), registered(DAUGHTERS_PASSPORT, "2017-06-01", b"xiaoxiao")),
        at=AT,
    )
    with writing(store) as connection:
        for account in (LINA, WANG, CLINIC):
            enter(connection, account, account.account_id.title(), at=AT)
    return registry


def known(store: Engine, vault: Vault, papers: Papers = MEIMEI) -> Known:
    with reading(store) as connection:
        found = people.find(connection, vault, papers)
    assert found is not None
    return found


def enrolments(registry: StoreRegistry, matcher: Any = None, **more: Any) -> Enrolments:
    return Enrolments(registry, matcher or ScriptedMatcher(), random=Random(7), **more)  # noqa: S311


def case_of(house: Enrolments, answer: object) -> tuple[str, Case]:
    assert isinstance(answer, NotConfirmed)
    case = house.case(answer.desk_code, at=AT)
    assert case is not None
    return answer.desk_code, case
