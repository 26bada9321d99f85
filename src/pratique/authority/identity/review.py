"""Cases that people decide: a picture beside the registered portrait, and two officers who must agree.

    hand_over ─► Waiting ─ (send_picture) ─► queue ─ take ─ look_at ─ decide, decide ─► outcome ─ claim ─► Identified

A case comes here where no matcher is installed, where it was not sure, where the person does not use the camera, or
where no face issues alone. What is sent as a file comes here and nowhere else. Passports that nobody has come here as
well, since whoever sends a picture must not learn of it; officers see that nothing is registered.

The picture is sealed, and goes with the decision or when its time is over, whichever comes first.
"""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

import msgspec
from msgspec import Struct
from sqlalchemy import Engine

from pratique.authority.access import Account, Item, Purpose, Role, look
from pratique.authority.identity.answers import Case, Cause, new_desk_code
from pratique.authority.identity.document import Document
from pratique.authority.identity.registry import Identified
from pratique.authority.identity.stored import identified
from pratique.authority.store import Vault, people, reading, reviewing, writing
from pratique.authority.store.people import Known, Papers
from pratique.authority.store.reviewing import Consent, Review
from pratique.model.errors import AccessRefused
from pratique.model.mrz import MachineReadableZone
from pratique.model.reasons import Reason

LASTS = timedelta(days=7)
"""Until when a case waits; later its person begins anew, and loses nothing."""
TAKEN_FOR = timedelta(minutes=10)
"""For which one officer has a case to themselves; whoever was called away does not keep it from others."""
MAX_PICTURE = 1_500_000
OFFICERS = 2
"""Who must agree that it is one face, since no matcher and no movement stands behind it."""


class Decision(StrEnum):
    """What an officer says of two pictures."""

    SAME = "same"
    DIFFERENT = "different"
    NEW_PICTURE = "new_picture"
    """Nobody could tell from this one."""


class State(StrEnum):
    """Where a case stands, as its person is told; the same words for a passport that nobody has."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
    """At least one officer says that it is another face, or that there is nothing to compare: a desk helps."""
    NEW_PICTURE = "new_picture"
    CLAIMED = "claimed"


class Waiting(Struct, frozen=True):
    """What the person keeps: the secret of the page that waits, and the code for a desk."""

    name: str
    code: str
    until: datetime


class Before(Struct, frozen=True):
    """What an officer sees. Without `known` there is no such passport; `portrait` is the register's."""

    review_id: str
    cause: Cause
    stated: Document
    known: Known | None
    zone: MachineReadableZone | None
    portrait: bytes | None
    picture: bytes | None
    opened: int
    others: int
    """How many officers have decided already; not what, so that each decides alone."""


class _About(Struct, frozen=True):
    """The sealed content of a case."""

    stated: Document
    subject_id: str | None
    consent: str
    language: str


def hand_over(
    engine: Engine, vault: Vault, case: Case, *, code: str, country: str, consent: str, language: str, at: datetime
) -> Waiting:
    """Let people decide a case of `Enrolments`, under its desk code, or another one where that names a case already.

    `country` issues passports that were typed without a state; `consent` is the version of the text that was agreed to,
    in `language`. Raises `StoreFault`.
    """
    stated = case.stated
    with writing(engine) as connection:
        known = people.find(connection, vault, Papers(stated.country or country, stated.number))
        # a register that is no store may know somebody whom the store does not
        subject = known.subject_id if known is not None and case.registered is not None else None
        about = _About(stated, subject, consent, language)
        name, until = secrets.token_hex(16), at + LASTS
        opening = partial(
            reviewing.open_review,
            connection,
            vault,
            name=name,
            cause=case.cause.value,
            about=msgspec.json.encode(about),
            picture=None,
            at=_seconds(at),
            until=_seconds(until),
        )
        while opening(code=code) is None:  # of eight letters, and of all cases of a week in every process
            code = new_desk_code(secrets.SystemRandom())
    return Waiting(name, code, until)


def send_picture(
    engine: Engine, vault: Vault, name: str, picture: bytes, *, consent: str, language: str, at: datetime
) -> bool:
    """Give a case a picture to be compared, once; False where there is no such case, or it has one.

    Only now is it in the queue. `consent` is the version of the text about pictures that people see.
    """
    if not 0 < len(picture) <= MAX_PICTURE:
        raise ValueError(f"a picture has at most {MAX_PICTURE} octets")
    with writing(engine) as connection:
        found = reviewing.by_name(connection, vault, name, at=_seconds(at))
        kept = reviewing.sealed(connection, vault, found.review_id).about if found is not None else None
        if found is None or kept is None:
            return False
        about = msgspec.structs.replace(_about(kept), consent=consent, language=language)
        return reviewing.add_picture(connection, vault, found.review_id, picture, msgspec.json.encode(about))


# for officers


def queue(engine: Engine, account: Account, *, at: datetime) -> tuple[Review, ...]:
    """What waits, the oldest first; nothing of who it is about. Raises `AccessRefused` (ACCESS_ROLE)."""
    _require_officer(account)
    with reading(engine) as connection:
        return reviewing.queue(connection, at=_seconds(at))


def by_code(engine: Engine, vault: Vault, account: Account, code: str, *, at: datetime) -> str | None:
    """The case of a desk code, for the officer before whom its person stands. Raises `AccessRefused`."""
    _require_officer(account)
    with reading(engine) as connection:
        found = reviewing.by_code(connection, vault, code, at=_seconds(at))
    return None if found is None else found.review_id


def take(engine: Engine, account: Account, review_id: str, *, at: datetime) -> str | None:
    """Take a case for ten minutes: None if it is theirs now, else the account that has it ("" where none is open).

    Whoever has decided it already does not get it again, and keeps it from nobody. Raises `AccessRefused`.
    """
    _require_officer(account)
    with writing(engine) as connection:
        if account.account_id in reviewing.decisions(connection, review_id):
            return ""
        stale = _seconds(at - TAKEN_FOR)
        if reviewing.take(connection, review_id, account.account_id, at=_seconds(at), stale=stale):
            return None
        found = reviewing.by_id(connection, review_id, at=_seconds(at))
    return "" if found is None or found.state != State.OPEN else found.taken_by or ""


def look_at(engine: Engine, vault: Vault, account: Account, review_id: str, *, at: datetime) -> Before | None:
    """Both pictures and what was stated; None where the case is over. That they were seen is written down.

    Raises `AccessRefused`: ACCESS_ROLE, ACCESS_TOO_MANY.
    """
    _require_officer(account)
    with reading(engine) as connection:
        found = reviewing.by_id(connection, review_id, at=_seconds(at))
        kept = None if found is None else reviewing.sealed(connection, vault, review_id)
        if found is None or kept is None or kept.about is None or found.state != State.OPEN:
            return None
        about, others = _about(kept.about), len(reviewing.decisions(connection, review_id))
        known = about.subject_id and people.by_subject(connection, vault, about.subject_id)
    if not known:
        return Before(review_id, Cause(found.cause), about.stated, None, None, None, kept.picture, found.opened, others)
    seen = frozenset({Item.IDENTITY, Item.PORTRAIT})
    look(engine, account, known.person_id, Purpose.ENROLMENT, seen, at=at)
    with reading(engine) as connection:
        zone = identified(connection, vault, known).zone
        portrait = people.portrait(connection, vault, known.subject_id)
    return Before(
        review_id, Cause(found.cause), about.stated, known, zone, portrait, kept.picture, found.opened, others
    )


def decide(
    engine: Engine, vault: Vault, account: Account, review_id: str, decision: Decision, *, at: datetime
) -> State | None:
    """What came of it; None where it was over, or this officer has decided it before. Raises `AccessRefused`.

    It is confirmed once two officers said that it is the same face, and by nobody where nothing is registered.
    """
    _require_officer(account)
    with writing(engine) as connection:
        found = reviewing.by_id(connection, review_id, at=_seconds(at), locked=True)
        kept = None if found is None else reviewing.sealed(connection, vault, review_id)
        if found is None or found.state != State.OPEN or kept is None or kept.about is None or kept.picture is None:
            return None
        if not reviewing.decide(connection, review_id, account.account_id, decision.value, at=_seconds(at)):
            return None
        state = _state(decision, reviewing.decisions(connection, review_id), _about(kept.about))
        if state is State.OPEN:
            reviewing.give_back(connection, review_id)
        else:
            reviewing.close(connection, review_id, state.value, keep_about=state is State.CONFIRMED)
    return state


def _state(decision: Decision, decided: dict[str, str], about: _About) -> State:
    if decision is Decision.NEW_PICTURE:
        return State.NEW_PICTURE
    if decision is Decision.DIFFERENT or about.subject_id is None:
        return State.NOT_CONFIRMED
    agreeing = sum(said == Decision.SAME for said in decided.values())
    return State.CONFIRMED if agreeing >= OFFICERS else State.OPEN


# for the person


def outcome(engine: Engine, vault: Vault, name: str, *, at: datetime) -> State | None:
    """Where a case stands; None for a page whose time is over, and for one that never was."""
    with reading(engine) as connection:
        found = reviewing.by_name(connection, vault, name, at=_seconds(at))
    return None if found is None else State(found.state)


def wants_picture(engine: Engine, vault: Vault, name: str, *, at: datetime) -> bool:
    """Whether a case is open and has no picture yet, so that it waits for one or for its person to come to a desk."""
    with reading(engine) as connection:
        found = reviewing.by_name(connection, vault, name, at=_seconds(at))
        open_ = found is not None and found.state == State.OPEN
        return found is not None and open_ and reviewing.sealed(connection, vault, found.review_id).picture is None


def claim(engine: Engine, vault: Vault, name: str, *, at: datetime) -> Identified | None:
    """Whom two officers confirmed, once: for `Enrolments.admit`. What they agreed to is kept from now on."""
    with writing(engine) as connection:
        found = reviewing.by_name(connection, vault, name, at=_seconds(at))
        if found is None:
            return None
        locked = reviewing.by_id(connection, found.review_id, at=_seconds(at), locked=True)
        kept = reviewing.sealed(connection, vault, found.review_id).about
        if locked is None or locked.state != State.CONFIRMED or kept is None:
            return None
        about = _about(kept)
        known = about.subject_id and people.by_subject(connection, vault, about.subject_id)
        reviewing.close(connection, found.review_id, State.CLAIMED.value)
        if not known:  # erased meanwhile
            return None
        agreed = Consent("review", about.consent, about.language, _seconds(at))
        reviewing.agree(connection, known.subject_id, [agreed])
        return identified(connection, vault, known)


def forget(engine: Engine, *, at: datetime) -> dict[str, int]:
    """Delete cases, pictures, codes and unconfirmed acts whose time is over; how many. To be called every hour."""
    with writing(engine) as connection:
        return reviewing.forget(connection, at=_seconds(at))


def _about(kept: bytes) -> _About:
    return msgspec.json.decode(kept, type=_About)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _require_officer(account: Account) -> None:
    if account.role is not Role.ENROLMENT:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="a desk's review")
