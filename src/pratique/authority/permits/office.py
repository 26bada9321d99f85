"""The office that decides who may enter: it takes applications in, and an officer's decision has effect at once.

Granting signs, and withdrawing puts the number where the next list of withdrawals finds it. An applicant is known by a
code that nobody can guess; what became of the application is told to whoever has it, and the permit is in the answer.
"""

import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, Engine

from pratique.authority.access import Account, Act, may
from pratique.authority.permits.written import Written, application_of
from pratique.authority.store import Vault, reading, withdrawals, writing
from pratique.authority.store import permits as store
from pratique.authority.store.people import new_id
from pratique.authority.store.permits import File, Kept, Step
from pratique.authority.store.withdrawals import Withdrawal
from pratique.bundle import Bundle
from pratique.model.consequence import Consequence
from pratique.model.errors import PermitRefused, Problem, StoreFault
from pratique.model.keys import Signer
from pratique.model.reasons import Reason
from pratique.permits import (
    GROUNDS,
    MOST_AHEAD,
    MOST_ATTACHMENTS,
    Application,
    Assessment,
    Attachment,
    AttachmentKind,
    Outcome,
    Requirements,
    Review,
    assess,
    issue_permit,
    media_of,
    permit_of,
    review,
    withdrawal,
)

KEPT = timedelta(days=30)
"""After the planned arrival: an appeal, and whoever asks the carrier what was shown."""
MOST = 20_000
"""Applications at a time: beyond it nobody reads them before the trips, and a flood would fill the disk."""
LARGEST_FILE = 4 * 1024 * 1024
"""A page as a telephone takes it."""
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS, _GROUP = 4, 5
"""Twenty letters of thirty: 98 bits."""
_SENT = "sent"
"""The step of an applicant who sent more."""


class PermitOffice(Struct, frozen=True, kw_only=True):
    """What it works with. `signer` is the destination's own, and signs no certificate of health."""

    engine: Engine
    vault: Vault
    requirements: Requirements
    bundle: Callable[[], Bundle]
    """The release in force: trust list, entry rules and withdrawals."""
    signer: Signer
    specimen: bool = False


class State(StrEnum):
    """Where an application stands."""

    RECEIVED = "received"
    MORE = "more"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Standing(Struct, frozen=True):
    """What its applicant sees: no name of whoever decided. `scan` is the permit, while it is granted."""

    state: State
    since: datetime
    reasons: tuple[Reason, ...] = ()
    scan: str | None = None


class Waiting(Struct, frozen=True):
    """An application as a queue shows it: nothing of whose it is."""

    application_id: str
    state: State
    arrive: datetime
    sent: datetime


class Case(Struct, frozen=True):
    """An application as an officer reads it: what the machine finds now, and what was decided before."""

    application_id: str
    state: State
    application: Application
    assessment: Assessment


class _Granted(Struct, frozen=True):
    """What is kept of a grant."""

    consequence: Consequence
    scan: str


# the applicant


def apply(office: PermitOffice, written: Written, attachments: Sequence[Attachment], *, at: datetime) -> str:
    """Take an application in; the code by which its writer, and nobody else, sees what becomes of it.

    Raises `PermitRefused` (PERMIT_ATTACHMENT) for files that no officer should open, too many, or too large, so that
    none of them is kept, and PERMIT_TRIP for an arrival that is over or too far ahead; `StoreFault` (STORE_FULL) where
    no more is taken in; and what `application_of` raises.
    """
    application = application_of(written, _checked(attachments))
    code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    with writing(office.engine) as connection:
        if store.count(connection) >= MOST:
            raise StoreFault(Reason.STORE_FULL, detail="applications to enter")
        _enter(office, connection, Kept(new_id(), 1, 0, 0), application, _bare(code), at=at)
    return code


def send_more(
    office: PermitOffice, code: str, written: Written, attachments: Sequence[Attachment], *, at: datetime
) -> None:
    """The application once more, whole, after an officer asked for something. Raises `PermitRefused` as `apply`, and
    with PERMIT_REVIEW where nobody asked; `LookupError` for a code that nobody has."""
    application = application_of(written, _checked(attachments))
    with writing(office.engine) as connection:
        kept = store.by_code(connection, office.vault, _bare(code))
        if kept is None:
            raise LookupError("no such application")
        taken = store.steps(connection, office.vault, kept.application_id)
        if _state(taken) is not State.MORE:
            raise PermitRefused([Problem("outcome", Reason.PERMIT_REVIEW)])
        _enter(office, connection, structs.replace(kept, version=kept.version + 1), application, _bare(code), at=at)
        _take(office, connection, kept, Step(len(taken) + 1, _SENT, "", (), (), None, int(at.timestamp())))


def standing(office: PermitOffice, code: str) -> Standing | None:
    """What became of an application, by its code, however it was typed; None for any other."""
    with reading(office.engine) as connection:
        kept = store.by_code(connection, office.vault, _bare(code))
        if kept is None:
            return None
        taken = store.steps(connection, office.vault, kept.application_id)
    state = _state(taken)
    if not taken:
        return Standing(state, _instant(kept.moment))
    last = taken[-1]
    granted = _granted(last) if state is State.GRANTED else None
    reasons = tuple(map(Reason, last.reasons))
    return Standing(state, _instant(last.moment), reasons, granted.scan if granted else None)


# the officer


def waiting(office: PermitOffice, by: Account) -> list[Waiting]:
    """Every application, those that nobody decided first, and of these who arrives first. Raises `AccessRefused`."""
    may(by, Act.PERMIT)
    with reading(office.engine) as connection:
        last = store.last_steps(connection)
        found = [
            Waiting(
                each.application_id, _named(last.get(each.application_id)), _instant(each.arrive), _instant(each.moment)
            )
            for each in store.everything(connection)
        ]
    return sorted(found, key=lambda each: (each.state is not State.RECEIVED, each.arrive))


def read(office: PermitOffice, application_id: str, by: Account, *, at: datetime) -> Case | None:
    """An application and what the machine finds in it now; None for an id that nobody has.

    That it was read is written down. Raises `AccessRefused`.
    """
    may(by, Act.PERMIT)
    with writing(office.engine) as connection:
        kept = store.by_id(connection, application_id)
        if kept is None:
            return None
        store.look(connection, application_id, by.account_id, at=int(at.timestamp()))
        taken = store.steps(connection, office.vault, application_id)
        application = _application(office, connection, kept, taken)
    found = assess(application, office.requirements, bundle=office.bundle(), at=at)
    return Case(application_id, _state(taken), application, found)


def decide(
    office: PermitOffice,
    application_id: str,
    outcome: Outcome,
    *,
    by: Account,
    at: datetime,
    reasons: Sequence[Reason] = (),
    seen: frozenset[AttachmentKind] = frozenset(),
) -> None:
    """An officer's decision. The rules run anew at `at`; what they find cannot be granted against.

    Raises `AccessRefused`; `PermitRefused` with everything that the decision lacks, and where somebody else has just
    decided; `IssueRefused`, and then nothing was decided; `LookupError` for an id that nobody has.
    """
    may(by, Act.PERMIT)
    with writing(office.engine) as connection:
        kept = store.by_id(connection, application_id)
        if kept is None:
            raise LookupError("no such application")
        taken = store.steps(connection, office.vault, application_id)
        before = _application(office, connection, kept, taken)
        found = assess(before, office.requirements, bundle=office.bundle(), at=at)
        decision = Review(officer=by.account_id, outcome=outcome, at=at, reasons=tuple(reasons), seen=seen)
        after = review(before, found, decision)
        about = _signed(office, after, at) if outcome is Outcome.GRANTED else None
        step = Step(
            len(taken) + 1, outcome, by.account_id, tuple(reasons), tuple(sorted(seen)), about, int(at.timestamp())
        )
        _take(office, connection, kept, step)
        if outcome is Outcome.WITHDRAWN:
            withdraw(connection, after.number, step.reasons[0], by=by, at=at)


def _signed(office: PermitOffice, granted: Application, at: datetime) -> bytes:
    permit = permit_of(granted, office.requirements, specimen=office.specimen)
    scan = issue_permit(permit, number=granted.number, signer=office.signer, at=at)
    return msgspec.json.encode(_Granted(permit.consequence, scan))


def withdraw(connection: Connection, number: bytes, ground: str, *, by: Account, at: datetime) -> bool:
    """Let the permit of this number count no more, one of another program too; False where it did not before.

    Raises `AccessRefused`; `PermitRefused` for another ground than those of `pratique.permits`.
    """
    may(by, Act.PERMIT)
    if ground not in GROUNDS:
        raise PermitRefused([Problem("reasons", Reason.PERMIT_REVIEW)])
    identifier = ":".join(withdrawal(number))
    row = Withdrawal(identifier, "revoked", ground, by.account_id, None, int(at.timestamp()))
    return withdrawals.withdraw(connection, [row]) > 0


# what is kept


def forget(connection: Connection, *, at: datetime) -> int:
    """Delete applications of trips that are long over; how many there were. To be run every day."""
    return store.forget(connection, at=int(at.timestamp()))


def _checked(attachments: Sequence[Attachment]) -> Sequence[Attachment]:
    problems = [
        Problem(f"attachments[{number}]", Reason.PERMIT_ATTACHMENT)
        for number, each in enumerate(attachments)
        if len(each.content) > LARGEST_FILE or media_of(each) is None
    ]
    if len(attachments) > MOST_ATTACHMENTS:
        problems = [Problem("attachments", Reason.PERMIT_ATTACHMENT)]
    if problems:
        raise PermitRefused(problems)
    return attachments


def _enter(
    office: PermitOffice, connection: Connection, kept: Kept, application: Application, code: str, *, at: datetime
) -> None:
    arrive = application.journey.destination.arrive
    if not at < arrive <= at + MOST_AHEAD:
        raise PermitRefused([Problem("arrive", Reason.PERMIT_TRIP)])
    written = msgspec.json.encode(structs.replace(application, attachments=(), reviews=()))
    files = [File(each.kind, each.name, each.content) for each in application.attachments]
    kept = structs.replace(kept, arrive=int(arrive.timestamp()), moment=int(at.timestamp()))
    until = int((arrive + KEPT).timestamp())
    store.enter(connection, office.vault, kept, written, files, code=code, until=until)


def _take(office: PermitOffice, connection: Connection, kept: Kept, step: Step) -> None:
    if not store.step(connection, office.vault, kept.application_id, step):
        raise PermitRefused([Problem("outcome", Reason.PERMIT_REVIEW)])


def _application(office: PermitOffice, connection: Connection, kept: Kept, taken: Sequence[Step]) -> Application:
    found = msgspec.json.decode(store.about(connection, office.vault, kept), type=Application)
    files = store.files(connection, office.vault, kept)
    attachments = tuple(Attachment(AttachmentKind(each.kind), each.content, each.name) for each in files)
    reviews = tuple(_review(each) for each in taken if each.step != _SENT)
    return structs.replace(found, attachments=attachments, reviews=reviews)


def _review(step: Step) -> Review:
    granted = _granted(step)
    return Review(
        officer=step.account_id,
        outcome=Outcome(step.step),
        at=_instant(step.moment),
        reasons=tuple(map(Reason, step.reasons)),
        seen=frozenset(map(AttachmentKind, step.seen)),
        consequence=granted.consequence if granted else None,
    )


def _granted(step: Step) -> _Granted | None:
    return None if step.about is None else msgspec.json.decode(step.about, type=_Granted)


def _state(taken: Sequence[Step]) -> State:
    return _named(taken[-1].step if taken else None)


def _named(step: str | None) -> State:
    return State.RECEIVED if step in (None, _SENT) else State(step)


def _bare(code: str) -> str:
    """The code without what people put between its letters."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
