"""Asking for a certificate, seeing what it would say, and deciding: nothing here can sign.

ask ─► Request ─ preview ─► Preview (unsigned) ─ approve │ decline ─► certificates.issue_for, once
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from msgspec import Struct
from sqlalchemy import Connection

from pratique.authority.access import Account, Act, Item, Look, Role, may
from pratique.authority.issuance import facilities
from pratique.authority.issuance.composing import Composed, compose
from pratique.authority.issuance.facilities import State
from pratique.authority.store import Vault
from pratique.authority.store import issuance as store
from pratique.authority.store.issuance import Decision, Request
from pratique.authority.store.people import Known, Papers, new_id
from pratique.issuing import FORMATS
from pratique.model.errors import AccessRefused, FacilityRefused, IssueRefused
from pratique.model.reasons import Reason

PREVIEW_SCAN = "PREVIEW. THIS IS NOT A CERTIFICATE, AND NOBODY HAS SIGNED IT."
"""What the code of a preview says: no format begins like this, so that no verifier of any kind takes it for a scan."""


class Wanted(Struct, frozen=True):
    """What a certificate is to be: `records` are ids, empty for all that stand; `papers` the document to name in it,
    the newest if not given; `expires` as the format has it, if not given."""

    format: str = "ithc"
    records: tuple[str, ...] = ()
    papers: Papers | None = None
    expires: datetime | None = None


class Preview(Struct, frozen=True):
    """What would be signed, and a code that no verifier takes. `paper.Sheet(..., preview=True)` prints it, marked."""

    composed: Composed
    format: str
    scan: str = PREVIEW_SCAN


class Asked(Struct, frozen=True):
    """A request as its person sees it."""

    request_id: str
    format: str
    moment: int
    state: Literal["waiting", "approved", "declined", "signed"]


def ask(
    connection: Connection,
    vault: Vault,
    known: Known,
    wanted: Wanted,
    by: Account,
    *,
    at: datetime,
    replaces: str | None = None,
) -> Request:
    """Ask for a certificate of `known`. An operator of a facility asks on its behalf, about its own records.

    Whoever calls this has made sure who is in front of them: a holder asks for themselves. Raises `AccessRefused`,
    `IssueRefused` (ISSUE_FORMAT), and `FacilityRefused`: FACILITY_UNKNOWN, FACILITY_INACTIVE.
    """
    may(by, Act.REQUEST)
    if wanted.format not in FORMATS:
        raise IssueRefused(Reason.ISSUE_FORMAT)
    facility_id = _behalf(connection, by)
    return enter(connection, vault, known, wanted, by, at=at, facility_id=facility_id, replaces=replaces)


def enter(
    connection: Connection,
    vault: Vault,
    known: Known,
    wanted: Wanted,
    by: Account,
    *,
    at: datetime,
    facility_id: str | None = None,
    replaces: str | None = None,
) -> Request:
    """Write a request down, for callers that have made sure of everything else."""
    asked = request_of(known, wanted, by, at=at, facility_id=facility_id, replaces=replaces)
    store.ask(connection, vault, asked)
    return asked


def request_of(
    known: Known,
    wanted: Wanted,
    by: Account,
    *,
    at: datetime,
    facility_id: str | None = None,
    replaces: str | None = None,
) -> Request:
    """A request that is written down nowhere."""
    return Request(
        person_id=known.person_id,
        request_id=new_id(),
        subject_id=known.subject_id,
        papers=wanted.papers,
        format=wanted.format,
        records=wanted.records,
        expires=None if wanted.expires is None else int(wanted.expires.timestamp()),
        facility_id=facility_id,
        account_id=by.account_id,
        replaces=replaces,
        moment=int(at.timestamp()),
    )


def _behalf(connection: Connection, by: Account) -> str | None:
    """The facility on whose behalf an account asks; None for holders and the authority itself."""
    if by.role not in (Role.CLINIC, Role.LABORATORY):
        return None
    operator = facilities.operator(connection, by.account_id)
    facility = facilities.facility(connection, operator.facility_id)
    if operator.state is not State.ACTIVE or facility.state is not State.ACTIVE:
        raise FacilityRefused(Reason.FACILITY_INACTIVE, detail=facility.facility_id)
    return facility.facility_id


def find(connection: Connection, vault: Vault, request_id: str) -> Request:
    """A request by its id. Raises `IssueRefused` (ISSUE_REQUEST)."""
    asked = store.find(connection, vault, request_id)
    if asked is None:
        raise IssueRefused(Reason.ISSUE_REQUEST, detail="no such request")
    return asked


def preview(connection: Connection, vault: Vault, look: Look, asked: Request, *, at: datetime) -> Preview:
    """What would be signed. It has no signer, and gets none. Raises as `composing.compose` does."""
    return Preview(compose(connection, vault, look, asked, at=at), asked.format)


def approve(connection: Connection, asked: Request, by: Account, *, at: datetime) -> None:
    """Let a request be signed, once. An operator approves what their own facility asked for.

    Raises `AccessRefused`, and `IssueRefused` (ISSUE_REQUEST) where it was decided before.
    """
    _decide(connection, asked, by, approved=True, at=at)


def decline(connection: Connection, asked: Request, by: Account, *, at: datetime) -> None:
    """Let a request never be signed. Raises as `approve` does."""
    _decide(connection, asked, by, approved=False, at=at)


def _decide(connection: Connection, asked: Request, by: Account, *, approved: bool, at: datetime) -> None:
    may(by, Act.APPROVE)
    if by.role in (Role.CLINIC, Role.LABORATORY):
        behalf = _behalf(connection, by)
        if asked.facility_id is None or behalf != asked.facility_id:
            raise AccessRefused(Reason.ACCESS_ROLE, detail="a request of another facility")
    made = Decision(approved, by.account_id, int(at.timestamp()))
    if not store.decide(connection, asked.person_id, asked.request_id, made):
        raise IssueRefused(Reason.ISSUE_REQUEST, detail="it was decided before")


MOST = 500
"""Requests that one page shows; those that wait longest come first."""


def waiting(connection: Connection, by: Account) -> list[store.Waiting]:
    """What nobody decided, the oldest first, and nothing of whom it is about. Operators see their own facility's.

    Raises `AccessRefused`, and `FacilityRefused` for an operator of a facility that does not work.
    """
    may(by, Act.APPROVE)
    return store.undecided(connection, facility_id=_behalf(connection, by), at_most=MOST)


def of_person(connection: Connection, look: Look) -> Iterator[Asked]:
    """A person's requests and where each stands, the latest first. Raises `AccessRefused`."""
    if Item.RECORDS not in look.items:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="requests")
    signed = {each.certificate_id for each in store.of_person(connection, look.person_id)}
    for request_id, name, moment, approved in store.asked_by(connection, look.person_id):
        yield Asked(request_id, name, moment, "signed" if request_id in signed else _STATES[approved])


_STATES: dict[bool | None, Literal["waiting", "approved", "declined"]] = {
    None: "waiting", True: "approved", False: "declined",
}  # fmt: skip
