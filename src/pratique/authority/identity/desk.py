"""A desk, for everybody who comes without a telephone, a camera or a national document: two officers for each act.

    propose(act) ─► waiting ─ confirm, by another officer ─► Done

Whatever the pages cannot do or undo, a desk can: let somebody in who is there in person, enter somebody whom no
register knows, enter a new passport, let one act for another, take away every passkey of a telephone that is lost. One
officer proposes and another confirms; alone, each can only turn down and end what harms.
"""

import secrets
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine

from pratique.authority.access import Account, Item, Purpose, Role, look
from pratique.authority.identity.clinic_code import LETTERS, Kind
from pratique.authority.identity.proxies import Ground, Ward, delegate, guardians, may_last_until, wards
from pratique.authority.identity.registry import Identified, same_birth
from pratique.authority.identity.stored import identified
from pratique.authority.store import Vault, asking, passkeys, people, reading, reviewing, writing
from pratique.authority.store.passkeys import Owner
from pratique.authority.store.people import Known, Newcomer, Papers
from pratique.authority.store.reviewing import Act as Row
from pratique.authority.store.reviewing import Consent
from pratique.model.certificate import Name
from pratique.model.countries import UNSPECIFIED
from pratique.model.dates import PartialDate
from pratique.model.errors import AccessRefused
from pratique.model.mrz import MachineReadableZone
from pratique.model.reasons import Reason

WAITS = timedelta(hours=8)
"""For which an act waits for a second officer: a shift."""


class Seen(StrEnum):
    """What an officer saw of somebody."""

    PASSPORT = "passport"
    CHIP = "chip"
    """A passport and its chip's files, authenticated."""
    OTHER = "other"
    """Papers of another kind, or people who know them: for whoever has no national document."""


class Agreed(Struct, frozen=True):
    """That somebody agreed, at the desk, to a text: its version, and the language in which they had it."""

    version: str
    language: str


class Admit(Struct, frozen=True, tag="admit"):
    """Somebody whom the register knows is there in person."""

    subject_id: str
    seen: Seen
    agreed: Agreed | None = None


class Enter(Struct, frozen=True, tag="enter"):
    """Somebody whom no register knows: with a foreign passport, or without a national document (then no `zone`)."""

    name: Name
    birth_date: PartialDate | None
    seen: Seen
    zone: MachineReadableZone | None = None
    portrait: bytes | None = None
    agreed: Agreed | None = None


class Delegate(Struct, frozen=True, tag="delegate"):
    """One person shall act for another; both are there, or the officers saw why one cannot be."""

    subject_id: str
    guardian_id: str
    ground: Ground
    until: date | None = None
    agreed: Agreed | None = None


class Renew(Struct, frozen=True, tag="renew"):
    """Somebody whom the register knows has a new passport; their records stay theirs.

    Certificates that name the old one stay as they are, until their holder asks for others: no officer sees any.
    """

    subject_id: str
    zone: MachineReadableZone
    agreed: Agreed | None = None


class End(Struct, frozen=True, tag="end"):
    """One person acts for another no longer: what any officer does alone and at once."""

    subject_id: str
    guardian_id: str


class ForgetKeys(Struct, frozen=True, tag="forget_keys"):
    """A telephone is lost and its owner cannot sign in anywhere: every passkey of theirs goes, and every code that was
    made on it for another device."""

    subject_id: str


Act: TypeAlias = Admit | Enter | Delegate | Renew | ForgetKeys


class Stop(StrEnum):
    """Why an act was not confirmed."""

    GONE = "gone"
    """Carried out, turned down, or its time is over."""
    SAME_OFFICER = "same_officer"
    """Whoever proposed it does not confirm it."""
    TAKEN = "taken"
    """The number has somebody already, or they are dead to the register."""


def fits(born: PartialDate | None, zone: MachineReadableZone | None, *, at: datetime) -> bool:
    """Whether somebody can have been born then: not after today, and as the lines of their passport say."""
    if born is None:
        return True
    today = at.date() + timedelta(days=1)  # where it is a day later already
    return born.first <= today and (zone is None or same_birth(born, zone.birth_date))


class Done(Struct, frozen=True):
    """What was carried out, and for whom; `number` is that of a desk, for somebody without a national document."""

    act: Act
    who: Identified
    number: str | None = None


def find(engine: Engine, vault: Vault, account: Account, papers: Papers, *, at: datetime) -> Known | None:
    """Whose passport it is, for the officer who holds it in the hand; written down. Raises `AccessRefused`."""
    _require_officer(account)
    with reading(engine) as connection:
        known = people.find(connection, vault, papers)
    if known is not None:
        look(engine, account, known.person_id, Purpose.ENROLMENT, frozenset({Item.IDENTITY, Item.PORTRAIT}), at=at)
    return known


def propose(engine: Engine, vault: Vault, account: Account, act: Act, *, at: datetime) -> str:
    """Propose an act; its id.

    Raises `AccessRefused` (ACCESS_ROLE); `ValueError` for a delegation that may not be, and for lines of a passport
    whose birth date is another than the one that is entered with them, or is known of whoever is to have it.
    """
    _require_officer(account)
    with writing(engine) as connection:
        if isinstance(act, Enter) and not fits(act.birth_date, act.zone, at=at):
            raise ValueError("a birth date has passed, and is that of the passport")
        if isinstance(act, Renew):
            known = people.by_subject(connection, vault, act.subject_id)
            if known is None or not fits(known.birth_date, act.zone, at=at):
                raise ValueError("a new passport has its holder's birth date")
        if isinstance(act, Delegate):
            ward = people.by_subject(connection, vault, act.subject_id)
            if ward is None or act.subject_id == act.guardian_id:
                raise ValueError("one acts for another, and both are known")
            may_last_until(act.ground, ward.birth_date, act.until, at=at)
        now, until = int(at.timestamp()), int((at + WAITS).timestamp())
        act_id = reviewing.propose(connection, vault, _kind(act), msgspec.json.encode(act), at=now, until=until)
        reviewing.decide(connection, act_id, account.account_id, "proposed", at=now)
    return act_id


def waiting(engine: Engine, account: Account, *, at: datetime) -> tuple[Row, ...]:
    """What waits for a second officer: kinds and times. Raises `AccessRefused`."""
    _require_officer(account)
    with reading(engine) as connection:
        return reviewing.acts(connection, at=int(at.timestamp()))


class Proposed(Struct, frozen=True):
    """An act as the second officer sees it: who is concerned, with their portraits, and whether it is their own."""

    act: Act
    people: tuple[tuple[Known, bytes | None], ...]
    own: bool


def look_at(engine: Engine, vault: Vault, account: Account, act_id: str, *, at: datetime) -> Proposed | None:
    """An act that waits; that its people were seen is written down. Raises `AccessRefused`."""
    _require_officer(account)
    with reading(engine) as connection:
        found = reviewing.act(connection, vault, act_id, at=int(at.timestamp()))
        if found is None:
            return None
        act = _act(found[1])
        concerned = [known for each in _concerned(act) if (known := people.by_subject(connection, vault, each))]
        own = account.account_id in reviewing.decisions(connection, act_id)
    for known in concerned:
        look(engine, account, known.person_id, Purpose.ENROLMENT, frozenset({Item.IDENTITY, Item.PORTRAIT}), at=at)
    with reading(engine) as connection:
        shown = tuple((known, people.portrait(connection, vault, known.subject_id)) for known in concerned)
    return Proposed(act, shown, own)


def confirm(
    engine: Engine, vault: Vault, account: Account, act_id: str, *, agrees: bool, at: datetime
) -> Done | Stop | None:
    """Carry an act out, or turn it down (None). The proposer may only turn it down. Raises `AccessRefused`."""
    _require_officer(account)
    now = int(at.timestamp())
    with writing(engine) as connection:
        found = reviewing.act(connection, vault, act_id, at=now, locked=True)
        if found is None:
            return Stop.GONE
        own = account.account_id in reviewing.decisions(connection, act_id)
        if not agrees:
            if not own:
                reviewing.decide(connection, act_id, account.account_id, "turned down", at=now)
            reviewing.end_act(connection, act_id, "turned_down")
            return None
        if own:
            return Stop.SAME_OFFICER
        done = _carry_out(connection, vault, _act(found[1]), at=at)
        if done is None:
            reviewing.end_act(connection, act_id, "turned_down")
            return Stop.TAKEN
        reviewing.decide(connection, act_id, account.account_id, "confirmed", at=now)
        reviewing.end_act(connection, act_id, "done")
        _keep_consent(connection, done, at=now)
        return done


class Delegations(Struct, frozen=True):
    """Who acts for somebody, and for whom they act."""

    guardians: tuple[Ward, ...]
    wards: tuple[Ward, ...]


def delegations(engine: Engine, vault: Vault, account: Account, subject_id: str, *, at: datetime) -> Delegations:
    """Of somebody before an officer; that the others were seen is written down. Raises `AccessRefused`."""
    _require_officer(account)
    found = Delegations(
        guardians(engine, vault, subject_id, at=at),
        wards(engine, vault, subject_id, at=at),
    )
    for each in (*found.guardians, *found.wards):
        look(engine, account, each.known.person_id, Purpose.ENROLMENT, frozenset({Item.IDENTITY}), at=at)
    return found


def end(engine: Engine, vault: Vault, account: Account, act: End, *, at: datetime) -> bool:
    """End a delegation now; False where there is none. Who ended it is kept as for every act. Raises `AccessRefused`.

    One officer is enough: it takes something away that two can give again, and may have to be quick.
    """
    _require_officer(account)
    now = int(at.timestamp())
    with writing(engine) as connection:
        if not asking.acts_for(connection, act.guardian_id, act.subject_id, at=now):
            return False
        asking.dismiss(connection, act.subject_id, act.guardian_id, at=now)
        act_id = reviewing.propose(connection, vault, "end", msgspec.json.encode(act), at=now, until=now)
        reviewing.decide(connection, act_id, account.account_id, "confirmed", at=now)
        reviewing.end_act(connection, act_id, "done")
    return True


def _carry_out(connection: Connection, vault: Vault, act: Act, *, at: datetime) -> Done | None:
    if isinstance(act, Enter):
        return _enter(connection, vault, act, at=at)
    known = people.by_subject(connection, vault, act.subject_id)
    if known is None:
        return None
    if isinstance(act, Delegate):
        until = may_last_until(act.ground, known.birth_date, act.until, at=at)
        delegate(connection, act.subject_id, act.guardian_id, act.ground, at=at, until=until)
    if isinstance(act, Renew):
        papers = Papers(act.zone.country, act.zone.number)
        if not people.renew(connection, vault, act.subject_id, papers, act.zone, at=int(at.timestamp())):
            return None
    if isinstance(act, ForgetKeys):
        passkeys.remove_all(connection, Owner.HOLDER, act.subject_id)
        reviewing.end_codes(connection, act.subject_id, Kind.DEVICE.value, at=int(at.timestamp()))
    return Done(act, identified(connection, vault, known))


def _enter(connection: Connection, vault: Vault, act: Enter, *, at: datetime) -> Done | None:
    """A newcomer is nobody's double: a number that is taken stops it, and the desk admits whoever has it instead."""
    zone = act.zone
    number = None if zone is not None else "XX" + "".join(secrets.choice(LETTERS) for _ in range(7))
    papers = Papers(UNSPECIFIED, number or "") if zone is None else Papers(zone.country, zone.number)
    if people.find(connection, vault, papers) is not None:
        return None
    newcomer = Newcomer(papers, act.name, act.birth_date, zone, act.portrait)
    known = people.enter(connection, vault, [newcomer], at=int(at.timestamp()))[papers]
    return Done(act, identified(connection, vault, known), number)


def _keep_consent(connection: Connection, done: Done, *, at: int) -> None:
    agreed = None if isinstance(done.act, ForgetKeys) else done.act.agreed
    if agreed is not None and done.who.subject_id is not None:
        reviewing.agree(connection, done.who.subject_id, [Consent("desk", agreed.version, agreed.language, at)])


def _concerned(act: Act) -> tuple[str, ...]:
    match act:
        case Enter():
            return ()
        case Delegate():
            return (act.subject_id, act.guardian_id)
    return (act.subject_id,)


def _act(content: bytes) -> Act:
    act: Act = msgspec.json.decode(content, type=Act)
    return act


def _kind(act: Act) -> str:
    return str(act.__struct_config__.tag)


def _require_officer(account: Account) -> None:
    if account.role is not Role.ENROLMENT:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="an act of a desk")
