"""The population register in the database: the same people whom records are about, once for all rooms."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Engine

from pratique.authority.identity.document import Document
from pratique.authority.identity.registry import Identified, Registered
from pratique.authority.store import Vault, people, reading, reviewing, writing
from pratique.authority.store.people import Known, Newcomer, Papers
from pratique.authority.store.reviewing import Consent

NOBODY = "0" * 32
"""A subject that does not exist, about which the same is asked as about one that does."""


_PERSON = (16, 90, 10)
"""Octets of the sealed values of a person: link, name, birth date."""
_PAPERS = (280, 60_000)
"""Of a document's zone, and of a portrait as a passport's chip holds it."""


class Decoys:
    """Sealed values of nobody, opened where somebody's would be, so that a look-up takes about as long."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._person, self._papers = (
            [vault.seal(b"0" * size, "decoy") for size in sizes] for sizes in (_PERSON, _PAPERS)
        )

    def person(self) -> None:
        """As long as opening who somebody is."""
        self._open(self._person)

    def papers(self) -> None:
        """As long as opening a document and a portrait."""
        self._open(self._papers)

    def _open(self, sealed: list[bytes]) -> None:
        for value in sealed:
            self._vault.open(value, "decoy")


def identified(connection: Connection, vault: Vault, known: Known) -> Identified:
    """Somebody in the store, with the zone of their newest document that has one."""
    zones = [zone for _, zone in people.documents(connection, vault, known.subject_id) if zone is not None]
    return Identified(known.person_id, known.name, known.birth_date, next(iter(zones), None), known.subject_id)


class StoreRegistry:
    """A `registry.Registry` over the store. Its `person_id` is the one under which records are kept.

    Whoever is known only from a clinic's file has no zone and no portrait, and is not found: no passport, no face.
    """

    def __init__(self, engine: Engine, vault: Vault, *, country: str) -> None:
        """`country` is the issuing state (`UTO`) of numbers that are typed without one."""
        self._engine = engine
        self._vault = vault
        self._country = country
        self._decoys = Decoys(vault)

    def find(self, document: Document) -> Registered | None:
        """The passport that agrees with all that `document` states; None for any other. Raises `StoreFault`.

        Whether there is one cannot be told from what is asked of the database: of nobody, the same is asked. Time is
        about the same, not equal: part 14 of the benchmark says how far.
        """
        papers = Papers(document.country or self._country, document.number)
        with reading(self._engine) as connection:
            known = people.find(connection, self._vault, papers)
            subject = NOBODY if known is None else known.subject_id
            zones = dict(people.documents(connection, self._vault, subject))
            portrait = people.portrait(connection, self._vault, subject)
            if known is None:
                self._decoys.person()
            if portrait is None:
                self._decoys.papers()
        zone = zones.get(papers)
        if known is None or zone is None or portrait is None:
            return None
        stated = ((document.birth_date, zone.birth_date), (document.expiry, zone.expiry))
        if any(said not in (None, held) for said, held in stated):
            return None
        return Registered(known.person_id, zone, known.name, known.birth_date, portrait, known.subject_id)

    def enter(self, registered: Iterable[Registered], *, at: datetime) -> None:
        """Enter passports with their portraits; whoever records brought in before is completed, and keeps them.

        The `person_id` of what is entered is not kept: the store draws its own. Raises `StoreFault`.
        """
        now = int(at.timestamp())
        for each in registered:
            papers = Papers(each.zone.country, each.zone.number)
            newcomer = Newcomer(papers, each.name, each.birth_date, each.zone, each.portrait)
            with writing(self._engine) as connection:
                known = people.find(connection, self._vault, papers)
                if known is None:
                    people.enter(connection, self._vault, [newcomer], at=now)
                else:
                    people.complete(connection, self._vault, known.subject_id, newcomer, at=now)

    def agreed(self, subject_id: str, purpose: str, version: str, *, language: str, at: datetime) -> None:
        """Keep that somebody agreed to a text: its purpose and version, and the language they read it in."""
        consent = Consent(purpose, version, language, int(at.timestamp()))
        with writing(self._engine) as connection:
            reviewing.agree(connection, subject_id, [consent])
