"""Making and verifying codes for local apps: messages 6.6 and 6.7 of the national interface.

A code is a signed status (`model.status`) of at most a day: one word, initials, a birthday without its year. What it
shows is what a country's own policy makes of the holder (`status.codes.by_policy`) or, without one, what local systems
shared of them (`national.share_status`), read by way of the national meaning. To verify one takes a trust list and no
network, and asks nobody: no app learns who showed which code where.

    make    {"bizSeqNo": "C-1", "key": "A5u…"}     ─► {"bizSeqNo": "C-1", "code": "HC1:…", "ends": …}
    read    {"bizSeqNo": "V-1", "code": "HC1:…"}   ─► {"bizSeqNo": "V-1", "authentic": true, "word": "green", …}

The names follow the contents page of GB/T 38963-2020, whose body we have not read.
"""

from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct
from sqlalchemy import Connection

from pratique.authority.access import Item, Look, Purpose
from pratique.authority.access.permissions import whose
from pratique.authority.records.local_codes import National, to_local
from pratique.authority.records.national import LONGEST_NUMBER
from pratique.authority.store import health
from pratique.authority.store.people import Known
from pratique.issuing import issue_status
from pratique.model.errors import AccessRefused
from pratique.model.keys import Signer
from pratique.model.reasons import Reason
from pratique.model.status import Status, StatusKind, StatusWord
from pratique.revocation import RevocationList
from pratique.trust import TrustList
from pratique.verification import verify

SLOT = timedelta(minutes=15)
"""Codes begin on these marks, so that the begin of one tells nobody when its holder stood at a door."""
COLOURS = "three-colours"
NEEDED = frozenset({Item.IDENTITY, Item.RECORDS, Item.DECLARATIONS, Item.MOVEMENTS, Item.STATUS})
"""What a holder's look has to be at: whatever a policy may read, since a code rests on all of it."""
Number = Annotated[str, Meta(min_length=1, max_length=LONGEST_NUMBER)]
"""The sender's own number of a message."""
Point = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{44}$", description="A compressed point of P-256, base64url.")]

Word = tuple[StatusWord, datetime]
"""What is shown, and until when it may be."""
Assess = Callable[[Connection, str, datetime], Word]
"""What a person's code shows at an instant: `shared`, or a country's own policy."""


class Codes(Struct, frozen=True):
    """Who makes codes: a key that signs statuses, and what they show."""

    signer: Signer
    assess: Assess
    specimen: bool = False


class MakeCode(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """6.6: a holder asks for their code. `key` is their device's one-time key, or absent on paper."""

    biz_seq_no: Number
    key: Point | None = None


class Made(Struct, frozen=True, rename="camel"):
    """The code, and until when it counts."""

    biz_seq_no: str
    code: str
    ends: datetime


class VerifyCode(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """6.7: what does this code say?"""

    biz_seq_no: Number
    code: Annotated[str, Meta(max_length=1000, description="The text of a code: HC1:…; ours has about 300 characters.")]


class Verified(Struct, frozen=True, rename="camel"):
    """What it says; nothing where it is not established that the authority said it. Null is *not decided*."""

    biz_seq_no: str
    authentic: bool | None
    reasons: tuple[Reason, ...] = ()
    word: StatusWord | None = None
    initials: str | None = None
    birthday: str | None = None
    ends: datetime | None = None


def shared(connection: Connection, person_id: str, at: datetime) -> Word:
    """What local systems shared: the word of those in force, where they say one thing; else *unknown*, never a guess.

    A meaning that the three colours have no word for is unknown as well, until a person has looked at it.
    """
    told = health.local_statuses(connection, person_id, at=int(at.timestamp()))
    meanings = {National(each.national) for each in told}
    if len(meanings) != 1:
        return StatusWord.UNKNOWN, at + timedelta(hours=24)
    word = to_local(meanings.pop(), COLOURS)
    ends = datetime.fromtimestamp(min(each.until for each in told), UTC)
    return (StatusWord.UNKNOWN if word is None else StatusWord(word)), ends


def make(connection: Connection, look: Look, known: Known, asked: MakeCode, *, by: Codes, at: datetime) -> Made:
    """Make the code of whoever was looked at, by the holder's own look.

    Raises `AccessRefused` for another's look, or one at others or other things; `IssueRefused` for a key that is no
    point, and a status that cannot be signed; what `by` raises: `StatusRefused` where its policy is not in force.
    """
    if look.purpose is not Purpose.OWN or known.person_id != look.person_id or not look.items >= NEEDED:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="a code")
    word, ends = by.assess(connection, known.person_id, at)
    begins = datetime.fromtimestamp(at.timestamp() // SLOT.total_seconds() * SLOT.total_seconds(), UTC)
    view = whose(known)
    status = Status(
        kind=StatusKind.HEALTH_CODE,
        word=word,
        begins=begins,
        ends=min(ends, begins + timedelta(hours=24)).replace(microsecond=0),
        initials=view.initials,
        birthday=view.birthday,
        key=None if asked.key is None else urlsafe_b64decode(asked.key),
        specimen=by.specimen,
    )
    return Made(asked.biz_seq_no, issue_status(status, signer=by.signer, at=at), status.ends)


def read(
    asked: VerifyCode, *, trust_list: TrustList, at: datetime, revocation: RevocationList | None = None
) -> Verified:
    """Verify a code: offline, and written down nowhere."""
    found = verify(asked.code, trust_list=trust_list, at=at, revocation=revocation)
    status = found.content
    if not isinstance(status, Status) or status.kind is not StatusKind.HEALTH_CODE:
        # another kind of certificate is no code, however genuine
        reasons = (Reason.RECORD_KIND,) if found.authentic else found.reasons or (Reason.RECORD_KIND,)
        return Verified(asked.biz_seq_no, False if found.authentic else found.authentic, reasons)
    return Verified(
        asked.biz_seq_no, found.authentic, found.reasons, status.word, status.initials, status.birthday, status.ends
    )
