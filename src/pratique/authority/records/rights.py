"""What a person may ask of us: see, dispute, correct, be forgotten, be acted for, and keep it all with a new passport.

Nothing is edited. A correction is a new record that stands in the old one's place, with who decided it and on what
evidence; the old one's identifier is returned, for certificates that hold it to be called back.
"""

import secrets
from datetime import datetime, timedelta

from msgspec import Struct, structs
from sqlalchemy import Connection

from pratique.authority.access.looking import Look
from pratique.authority.access.roles import Item
from pratique.authority.records import reconcile
from pratique.authority.records.reconcile import Event
from pratique.authority.store import Vault, alone, asking, health, locks, people
from pratique.authority.store.asking import Dispute, State, Words
from pratique.authority.store.health import Correction, Kept, NewRecord
from pratique.authority.store.people import Known
from pratique.model import uvci
from pratique.model.certificate import AnyClaim
from pratique.model.errors import AccessRefused, MalformedRecord
from pratique.model.reasons import Reason

ANSWER_WITHIN = timedelta(hours=24)
"""After which a disputed record counts against nobody until somebody has decided (`asking.set_aside`)."""
DESK = "correction"
"""The source of a record that a desk wrote."""


class Decision(Struct, frozen=True):
    """That `claim` is right and not the record, or that the record is withdrawn (None), and why."""

    record_id: str
    claim: AnyClaim | None
    correction: Correction


class Corrected(Struct, frozen=True):
    """What a correction did: the record that stands now (None: withdrawn), and the identifier to be called back."""

    record_id: str | None
    called_back: str


def records(connection: Connection, look: Look) -> tuple[Kept, ...]:
    """Every record of the person looked at. Raises `AccessRefused` for a look at other things."""
    if Item.RECORDS not in look.items:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="records")
    return health.records_of(connection, look.person_id)


def events(connection: Connection, look: Look) -> tuple[Event, ...]:
    """What happened to the person, by the records that stand; where sources disagree, all of them."""
    return reconcile.events(records(connection, look))


def export(connection: Connection, vault: Vault, look: Look, known: Known) -> dict[str, object]:
    """Everything that we keep of somebody, for themselves: who they are, their documents, on what ground
    and until when others act for them, and every row of the health half.
    """
    if not {Item.IDENTITY, Item.RECORDS, Item.DECLARATIONS, Item.MOVEMENTS, Item.DISPUTES, Item.LOOKS} <= look.items:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="export")
    if known.person_id != look.person_id:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="another person")
    papers = [shown for shown, _ in people.documents(connection, vault, known.subject_id)]
    disputes = asking.disputes(connection, look.person_id)
    acting = asking.guardianships(connection, known.subject_id)
    return {
        "name": known.name,
        "birth_date": None if known.birth_date is None else str(known.birth_date),
        "documents": papers,
        "guardians": [{"ground": each.ground, "since": each.since, "until": each.until} for each in acting],
        "portrait": people.portrait(connection, vault, known.subject_id),
        "kept": asking.everything(connection, look.person_id),
        "locked": locks.of(connection, vault, known.subject_id),
        "said": {each.dispute_id: asking.words(connection, vault, each) for each in disputes},
    }


def dispute(connection: Connection, vault: Vault, look: Look, record_id: str, words: Words, *, at: datetime) -> Dispute:
    """Say that a record is wrong: once, while the desk has not answered, however often it is sent.

    Where the desk asked for more, what is sent then is a dispute of its own, with the desk's whole time to answer.
    Raises `MalformedRecord` (RECORD_UNKNOWN) for a record that does not stand.
    """
    standing(connection, look, record_id)
    alone(connection, f"dispute:{record_id}")  # sent twice at once, each would see no other
    for each in asking.disputes(connection, look.person_id):
        if each.record_id == record_id and each.state is State.RECEIVED:
            return each
    now, due = int(at.timestamp()), int((at + ANSWER_WITHIN).timestamp())
    opened = Dispute(look.person_id, secrets.token_hex(16), record_id, now, due, State.RECEIVED)
    asking.open_dispute(connection, vault, opened, words)
    return opened


def decide(connection: Connection, entry: Dispute, state: State, decided_by: str, *, at: datetime) -> Dispute:
    """Take a dispute one step further."""
    asking.step(connection, entry, state, decided_by, at=int(at.timestamp()))
    return structs.replace(entry, state=state)


def standing(connection: Connection, look: Look, record_id: str) -> Kept:
    """The record, if it stands. Raises `MalformedRecord` (RECORD_UNKNOWN), `AccessRefused`."""
    for kept in records(connection, look):
        if kept.record_id == record_id and not kept.superseded:
            return kept
    raise MalformedRecord(Reason.RECORD_UNKNOWN, detail="no such record stands")


def correct(connection: Connection, vault: Vault, look: Look, decision: Decision, *, at: datetime) -> Corrected:
    """Put another record in a record's place, or none. The new one gets an identifier of its own.

    Raises `MalformedRecord` (RECORD_UNKNOWN) for a record that does not stand, `AccessRefused`.
    """
    old, claim = standing(connection, look, decision.record_id), decision.claim
    now = int(at.timestamp())
    new_id = None
    if claim is not None:
        drawn = secrets.token_bytes(16)
        new_id = drawn.hex()
        named = structs.replace(claim, uvci=uvci.from_record_id(claim.country, drawn))
        origin = vault.hash("correction", new_id)
        record = NewRecord(look.person_id, new_id, named, DESK, origin, origin, look.look_id, 0)
        health.keep(connection, [record], at=now)
    if not health.supersede(connection, vault, old, new_id, decision.correction, at=now):
        # another desk was faster: what is raised here takes the new record back as well
        raise MalformedRecord(Reason.RECORD_UNKNOWN, detail="no such record stands")
    return Corrected(new_id, old.claim.uvci)
