"""Cases for people to decide, what officers decided, acts of a desk, codes that are good once, and consents."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, or_, select, update

from pratique.authority.store.enrolment_tables import consent, desk_act, officer_decision, one_time_code, review
from pratique.authority.store.health import insert_once
from pratique.authority.store.people import new_id
from pratique.authority.store.vault import Vault

# reviews


class Review(Struct, frozen=True):
    """A case as the queue shows it: nothing of who it is about."""

    review_id: str
    cause: str
    state: str
    taken_by: str | None
    taken: int | None
    opened: int
    until: int


class Sealed(Struct, frozen=True):
    """What a case is about: JSON of the room that decides it, and a picture. None once it has ended."""

    about: bytes | None
    picture: bytes | None


def open_review(
    connection: Connection,
    vault: Vault,
    *,
    name: str,
    code: str,
    cause: str,
    about: bytes,
    picture: bytes | None,
    at: int,
    until: int,
) -> str | None:
    """Enter a case under the secret of its page and the code for a desk; its id, None where one of them is taken."""
    review_id = new_id()
    row: dict[str, object] = {
        "review_id": review_id,
        "name_hash": vault.hash("review name", name),
        "code_hash": vault.hash("desk code", code),
        "cause": cause,
        "about": vault.seal(about, f"review.about:{review_id}"),
        "picture": None if picture is None else vault.seal(picture, f"review.picture:{review_id}"),
        "state": "open",
        "opened": at,
        "until": until,
    }
    return review_id if insert_once(connection, review, [row]) else None


def by_name(connection: Connection, vault: Vault, name: str, *, at: int) -> Review | None:
    """The case of the page that has this secret, while its time lasts."""
    return _first(connection, review.c.name_hash.in_(vault.hashes("review name", name)), at)


def by_code(connection: Connection, vault: Vault, code: str, *, at: int) -> Review | None:
    """The case of this desk code, while its time lasts."""
    return _first(connection, review.c.code_hash.in_(vault.hashes("desk code", code)), at)


def by_id(connection: Connection, review_id: str, *, at: int, locked: bool = False) -> Review | None:
    """The case; `locked` keeps others from deciding it until the transaction ends."""
    return _first(connection, review.c.review_id == review_id, at, locked)


def queue(connection: Connection, *, at: int, at_most: int = 200) -> tuple[Review, ...]:
    """Open cases with a picture, the oldest first; those without one wait for their person to come to a desk."""
    waiting = (review.c.state == "open") & (review.c.until > at) & review.c.picture.is_not(None)
    chosen = select(*_SHOWN).where(waiting).order_by(review.c.opened, review.c.review_id).limit(at_most)
    return tuple(Review(*row) for row in connection.execute(chosen))


def sealed(connection: Connection, vault: Vault, review_id: str) -> Sealed:
    """What the case is about."""
    row = connection.execute(select(review.c.about, review.c.picture).where(review.c.review_id == review_id)).one()
    return Sealed(
        None if row.about is None else vault.open(row.about, f"review.about:{review_id}"),
        None if row.picture is None else vault.open(row.picture, f"review.picture:{review_id}"),
    )


def take(connection: Connection, review_id: str, account_id: str, *, at: int, stale: int) -> bool:
    """Let an officer have a case; False while another has it, who took it after `stale`."""
    free = or_(review.c.taken_by.is_(None), review.c.taken_by == account_id, review.c.taken <= stale)
    mine = update(review).where(review.c.review_id == review_id, review.c.state == "open", free)
    return bool(connection.execute(mine.values(taken_by=account_id, taken=at)).rowcount)


def give_back(connection: Connection, review_id: str) -> None:
    """Let others have it."""
    connection.execute(update(review).where(review.c.review_id == review_id).values(taken_by=None, taken=None))


def add_picture(connection: Connection, vault: Vault, review_id: str, picture: bytes, about: bytes) -> bool:
    """Give an open case its picture, once."""
    sealed_picture = vault.seal(picture, f"review.picture:{review_id}")
    sealed_about = vault.seal(about, f"review.about:{review_id}")
    same = (review.c.review_id == review_id) & (review.c.state == "open") & review.c.picture.is_(None)
    return bool(
        connection.execute(update(review).where(same).values(picture=sealed_picture, about=sealed_about)).rowcount
    )


def close(connection: Connection, review_id: str, state: str, *, keep_about: bool = False) -> None:
    """End it: the picture goes at once, and what it was about as well unless its person still comes back."""
    values: dict[str, object] = {"state": state, "picture": None, "taken_by": None, "taken": None}
    if not keep_about:
        values["about"] = None
    connection.execute(update(review).where(review.c.review_id == review_id).values(values))


def forget(connection: Connection, *, at: int) -> dict[str, int]:
    """Delete cases and codes whose time is over, and empty what a desk never confirmed; how many of each."""
    lapsed = update(desk_act).where(desk_act.c.state == "open", desk_act.c.until <= at)
    return {
        "review": connection.execute(delete(review).where(review.c.until <= at)).rowcount,
        "one_time_code": connection.execute(delete(one_time_code).where(one_time_code.c.until <= at)).rowcount,
        "desk_act": connection.execute(lapsed.values(content=None, state="lapsed")).rowcount,
    }


_SHOWN = [review.c[name] for name in Review.__struct_fields__]


def _first(connection: Connection, which: Any, at: int, locked: bool = False) -> Review | None:
    chosen = select(*_SHOWN).where(which, review.c.until > at)
    row = connection.execute(chosen.with_for_update() if locked else chosen).first()
    return None if row is None else Review(*row)


# who decided


def decide(connection: Connection, case_id: str, account_id: str, decision: str, *, at: int) -> bool:
    """Write down what an officer decided; False where they decided this case before."""
    row: dict[str, object] = {"case_id": case_id, "account_id": account_id, "decision": decision, "moment": at}
    return bool(insert_once(connection, officer_decision, [row]))


def decisions(connection: Connection, case_id: str) -> dict[str, str]:
    """Who decided what of a case."""
    rows = connection.execute(select(officer_decision).where(officer_decision.c.case_id == case_id))
    return {row.account_id: row.decision for row in rows}


# acts of a desk


class Act(Struct, frozen=True):
    """What one officer proposed, and until when another may confirm it."""

    act_id: str
    kind: str
    state: str
    proposed: int
    until: int


_ACT = [desk_act.c[name] for name in Act.__struct_fields__]


def propose(connection: Connection, vault: Vault, kind: str, content: bytes, *, at: int, until: int) -> str:
    """Enter an act that a second officer has to confirm; its id."""
    act_id = new_id()
    sealed_content = vault.seal(content, f"desk_act.content:{act_id}")
    row = {"act_id": act_id, "kind": kind, "content": sealed_content, "state": "open", "proposed": at, "until": until}
    connection.execute(insert(desk_act).values(row))
    return act_id


def acts(connection: Connection, *, at: int) -> tuple[Act, ...]:
    """What waits for a second officer, the oldest first."""
    chosen = select(*_ACT).where(desk_act.c.state == "open", desk_act.c.until > at).order_by(desk_act.c.proposed)
    return tuple(Act(*row) for row in connection.execute(chosen))


def act(
    connection: Connection, vault: Vault, act_id: str, *, at: int, locked: bool = False
) -> tuple[Act, bytes] | None:
    """An act that waits, and its content."""
    chosen = select(*_ACT, desk_act.c.content).where(
        desk_act.c.act_id == act_id, desk_act.c.state == "open", desk_act.c.until > at
    )
    row = connection.execute(chosen.with_for_update() if locked else chosen).first()
    return None if row is None else (Act(*row[:-1]), vault.open(row[-1], f"desk_act.content:{act_id}"))


def end_act(connection: Connection, act_id: str, state: str) -> None:
    """It was carried out, or turned down: who it was about is not kept here."""
    connection.execute(update(desk_act).where(desk_act.c.act_id == act_id).values(content=None, state=state))


# codes that are good once


class Made(Struct, frozen=True):
    """A code as it was made: what kind it is, whose (a subject, or an account), by which account or subject."""

    kind: str
    whose: str
    made_by: str
    made: int
    until: int


def enter_code(connection: Connection, vault: Vault, code: str, made: Made) -> bool:
    """Enter a code; False where it is taken."""
    hashed = vault.hash("one-time code", code)
    row: dict[str, object] = {
        "code_hash": hashed,
        "kind": made.kind,
        "whose": vault.seal(made.whose.encode(), f"one_time_code.whose:{hashed.hex()}"),
        "made_by": made.made_by,
        "made": made.made,
        "until": made.until,
    }
    return bool(insert_once(connection, one_time_code, [row]))


def codes_since(connection: Connection, made_by: str, kind: str, *, since: int) -> int:
    """How many codes of a kind an account made since, those among them that were used or are over."""
    column = one_time_code.c
    counted = select(func.count()).select_from(one_time_code)
    made = counted.where(column.made_by == made_by, column.kind == kind, column.made > since)
    return connection.execute(made).scalar_one()


def end_codes(connection: Connection, made_by: str, kind: str, *, at: int) -> int:
    """Let no code of a kind that somebody made be good any more; how many were."""
    column = one_time_code.c
    mine = update(one_time_code).where(column.made_by == made_by, column.kind == kind, column.used.is_(None))
    return connection.execute(mine.values(used=at)).rowcount


def use_code(connection: Connection, vault: Vault, code: str, whose: str, *, at: int) -> str | None:
    """Use a code up if it is theirs and still good: its kind, else None. The same statements either way."""
    column = one_time_code.c
    hashes = vault.hashes("one-time code", code)
    chosen = select(one_time_code).where(column.code_hash.in_(hashes)).with_for_update()
    row = connection.execute(chosen).first()
    good = row is not None and row.used is None and row.until > at
    if row is not None:
        place = f"one_time_code.whose:{bytes(row.code_hash).hex()}"
        good = vault.open(row.whose, place).decode() == whose and good
    connection.execute(update(one_time_code).where(column.code_hash.in_(hashes if good else [])).values(used=at))
    return row.kind if good and row is not None else None


# consents


class Consent(Struct, frozen=True):
    """What somebody agreed to, by the version and the language of the text that they read."""

    purpose: str
    version: str
    language: str
    moment: int


def agree(connection: Connection, subject_id: str, agreed: Sequence[Consent]) -> None:
    """Keep what somebody agreed to."""
    rows = [
        {"subject_id": subject_id, "consent_id": new_id(), **{name: getattr(each, name) for name in _CONSENT}}
        for each in agreed
    ]
    if rows:
        connection.execute(insert(consent), rows)


_CONSENT = Consent.__struct_fields__


def consents(connection: Connection, subject_id: str) -> tuple[Consent, ...]:
    """All that somebody agreed to, the earliest first."""
    columns = [consent.c[name] for name in _CONSENT]
    chosen = select(*columns).where(consent.c.subject_id == subject_id).order_by(consent.c.moment)
    return tuple(Consent(*row) for row in connection.execute(chosen))
