"""Codes that are good once: on paper from a clinic or a desk, and from a holder's own page for a second device.

Each is bound to the person that it was made for: it is typed together with the number of their document, and opens
nothing with another number. Tries are counted as those before the camera are. Whether a number is known, whether a code
was ever made, and whether it is over all look the same from outside, after the same statements in the database. That
a number was tried too often is kept for its holder.
"""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random, SystemRandom

from msgspec import Struct
from sqlalchemy import Engine

from pratique.authority.access import Account, Role
from pratique.authority.identity.answers import Assurance
from pratique.authority.identity.document import Document, papers
from pratique.authority.identity.limits import Allowance, Counts, Source
from pratique.authority.identity.registry import Identified
from pratique.authority.identity.stored import NOBODY, Decoys, identified
from pratique.authority.store import Vault, locks, people, reading, reviewing, writing
from pratique.authority.store.people import Papers
from pratique.authority.store.reviewing import Made
from pratique.model.errors import AccessRefused
from pratique.model.reasons import Reason

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""None that is read as another."""
LENGTH = 12
"""31^12 codes, 59 bits: with the tries of `ALLOWED` nobody guesses one in a lifetime."""
ALLOWED = Allowance(document=10, device=20, network=300)
"""Tries in a day."""
A_DAY = timedelta(days=1)
MOST_A_DAY = 200
"""Codes of one clinic account: more are not people whom it saw."""


class Kind(StrEnum):
    """Who made a code."""

    CLINIC = "clinic"
    DESK = "desk"
    DEVICE = "device"


LASTS = {Kind.CLINIC: timedelta(days=14), Kind.DESK: timedelta(days=2), Kind.DEVICE: timedelta(minutes=10)}
"""Paper is carried home, and given to whoever helps with the telephone."""
ASSURANCE = {Kind.CLINIC: Assurance.CLINIC, Kind.DESK: Assurance.DESK, Kind.DEVICE: Assurance.DEVICE}
_MAKER = {Kind.CLINIC: Role.CLINIC, Kind.DESK: Role.ENROLMENT}


class Code(Struct, frozen=True):
    """A code as it is printed, and until when it is good."""

    text: str
    until: datetime


class Opened(Struct, frozen=True):
    """Whom a code let in, and on whose word: for `Enrolments.admit`."""

    who: Identified
    assurance: Assurance


class Closed(Struct, frozen=True):
    """The one answer to everything else; `tries_left` depends on the tries alone."""

    tries_left: int


def make(engine: Engine, vault: Vault, account: Account, kind: Kind, subject_id: str, *, at: datetime) -> Code:
    """A code for somebody whom a clinic's or a desk's account saw in person.

    Raises `AccessRefused`: ACCESS_ROLE for another role, ACCESS_TOO_MANY beyond the codes of a day.
    """
    if _MAKER.get(kind) is not account.role:
        raise AccessRefused(Reason.ACCESS_ROLE, detail=f"a code of a {kind}")
    return _make(engine, vault, account.account_id, kind, subject_id, at=at)


def make_for_patient(engine: Engine, vault: Vault, account: Account, found_by: Papers, *, at: datetime) -> Code | None:
    """A clinic's code for a patient by the number of their document, which the clinic has seen.

    None where no record and no register knows the number: a clinic enters whom it treats with its records.
    """
    if account.role is not Role.CLINIC:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="a code of a clinic")
    with reading(engine) as connection:
        known = people.find(connection, vault, found_by)
    return None if known is None else make(engine, vault, account, Kind.CLINIC, known.subject_id, at=at)


def make_for_device(engine: Engine, vault: Vault, subject_id: str, *, at: datetime) -> Code:
    """A code by which a holder, who is signed in, signs in on another device within ten minutes."""
    return _make(engine, vault, subject_id, Kind.DEVICE, subject_id, at=at)


def _make(engine: Engine, vault: Vault, made_by: str, kind: Kind, subject_id: str, *, at: datetime) -> Code:
    now, until = int(at.timestamp()), at + LASTS[kind]
    with writing(engine) as connection:
        since = now - int(A_DAY.total_seconds())
        if reviewing.codes_since(connection, made_by, kind.value, since=since) >= MOST_A_DAY:
            raise AccessRefused(Reason.ACCESS_TOO_MANY, detail="codes of a day")
        while True:
            text = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
            made = Made(kind.value, subject_id, made_by, now, int(until.timestamp()))
            if reviewing.enter_code(connection, vault, text, made):
                return Code("-".join(text[place : place + 4] for place in range(0, LENGTH, 4)), until)


class Codes:
    """Where codes are typed. Counts of tries live in the memory of one process, as those of `Enrolments`."""

    def __init__(
        self, engine: Engine, vault: Vault, *, country: str, allowed: Allowance = ALLOWED, random: Random | None = None
    ) -> None:
        """`country` is the issuing state (`UTO`) of numbers that are typed without one."""
        self._engine = engine
        self._vault = vault
        self._country = country
        self._decoys = Decoys(vault)
        self._tries = Counts(allowed, (random or SystemRandom()).randbytes(32))

    def redeem(self, document: Document, code: str, *, device: str, network: str, at: datetime) -> Opened | Closed:
        """Use a code up. Spaces, hyphens and lower case are tolerated. Raises `StoreFault`."""
        source = self._tries.source(document.number, device, network)
        if not self._tries.left(source, at=at):
            return self._closed(document, source, at)
        self._tries.add(source, at=at)
        typed = "".join(letter for letter in code.upper() if letter in LETTERS)[: LENGTH + 1]
        with writing(self._engine) as connection:
            known = people.find(connection, self._vault, papers(document, self._country))
            if known is None:
                self._decoys.person()
            subject = NOBODY if known is None else known.subject_id
            kind = reviewing.use_code(connection, self._vault, typed, subject, at=int(at.timestamp()))
            opened = None
            if known is not None and kind is not None:
                opened = Opened(identified(connection, self._vault, known), ASSURANCE[Kind(kind)])
        return opened or self._closed(document, source, at)

    def _closed(self, document: Document, source: Source, at: datetime) -> Closed:
        if self._tries.locked(source, at=at):
            locks.note(self._engine, self._vault, document.number, at=at)
        return Closed(self._tries.left(source, at=at))
