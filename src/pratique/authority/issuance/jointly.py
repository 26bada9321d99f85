"""What takes two of the health authority: one proposes, another sees the same and confirms, and only then is it done.

    propose ─ waits, 72 hours ─ confirm, by another account ─► what the rooms beside it do for two people
                                turn_down, by anybody        ─► nothing

Withdrawals, facilities that go on, deliveries, apps that applied, programs that are let in. Nothing is decided here:
`recalling`, `revoking`, `facilities`, `applying` and `clients` are asked, and what they refuse is refused when it is
proposed, and again when it is confirmed.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection

from pratique.authority.access import Account, applying, both, clients, find_account, may
from pratique.authority.access import Act as Right
from pratique.authority.access.applying import Admission
from pratique.authority.issuance import facilities, recalling, revoking
from pratique.authority.issuance.facilities import State
from pratique.authority.issuance.recalling import Reach
from pratique.authority.store import alone
from pratique.authority.store import clients as registered
from pratique.authority.store import joint as store
from pratique.authority.store.clients import Registered
from pratique.authority.store.joint import End, JointAct
from pratique.authority.store.people import new_id
from pratique.authority.store.withdrawals import Recall
from pratique.model.errors import AccessRefused, FacilityRefused
from pratique.model.reasons import Reason

WAITS = timedelta(hours=72)
"""For which a proposal waits for a second person: a weekend."""
_NOTICE = int(recalling.NOTICE / timedelta(hours=1))


class OneCertificate(Struct, frozen=True, tag_field="kind", tag="certificate", forbid_unknown_fields=True):
    """Call one certificate back, at once, with all that have its records."""

    certificate_id: str
    ground: revoking.Ground


class Period(Struct, frozen=True, tag_field="kind", tag="facility", forbid_unknown_fields=True):
    """Call back what a facility sent from `since` to before `until`, after a notice."""

    facility_id: str
    since: datetime
    until: datetime
    ground: facilities.Ground
    notice_hours: int = _NOTICE


class OneLot(Struct, frozen=True, tag_field="kind", tag="lot", forbid_unknown_fields=True):
    """Call the doses of a lot back, whoever gave them, after a notice."""

    lot: str
    ground: facilities.Ground
    notice_hours: int = _NOTICE


class Resume(Struct, frozen=True, tag_field="kind", tag="resume", forbid_unknown_fields=True):
    """Let a suspended facility, or one operator of it, go on."""

    facility_id: str
    operator: str | None = None


class Deliver(Struct, frozen=True, tag_field="kind", tag="deliver", forbid_unknown_fields=True):
    """Enter doses that a facility received."""

    facility_id: str
    lot: str
    doses: int


class LetIn(Struct, frozen=True, tag_field="kind", tag="client", forbid_unknown_fields=True):
    """Let a program in by its keys (a JWK Set); `source` (JSON) says how what it sends is read."""

    client_id: str
    role: Literal["clinic", "laboratory", "local_code", "carrier"]
    name: str
    keys: str
    source: str | None = None


class OtherKeys(Struct, frozen=True, tag_field="kind", tag="client_keys", forbid_unknown_fields=True):
    """Give a program other keys; the former count no more."""

    client_id: str
    keys: str


Withdrawal: TypeAlias = OneCertificate | Period | OneLot
Act: TypeAlias = Withdrawal | Resume | Deliver | Admission | LetIn | OtherKeys


def kind_of(act: Act) -> str:
    """The name of its kind, as it is stored and as keys of texts have it."""
    return str(act.__struct_config__.tag)


class Outcome(StrEnum):
    """How a proposal ended."""

    CONFIRMED = "confirmed"
    TURNED_DOWN = "turned_down"


class Told(Struct, frozen=True):
    """What an act reaches, or reached: `proved_first` of its people can prove it otherwise before it takes effect."""

    certificates: int = 0
    people: int = 0
    proved_first: int = 0
    identifiers: int = 0
    effective: datetime | None = None
    recalls: tuple[str, ...] = ()
    doses: int = 0
    """Of the lot, together with those that the facility had before."""


class Proposed(Struct, frozen=True):
    """What was proposed, by whom, and what became of it."""

    act_id: str
    act: Act
    account_id: str
    moment: datetime
    until: datetime
    outcome: Outcome | None = None
    second_id: str | None = None
    """Who confirmed it, or turned it down."""
    told: Told | None = None
    """What was done, of one that was confirmed."""


def foresee(connection: Connection, act: Act, by: Account, *, at: datetime) -> Told:
    """What an act would reach; nothing is done.

    Raises `AccessRefused`, `IssueRefused` (ISSUE_REQUEST) for a certificate, `FacilityRefused` for a facility or a step
    that is not there, FACILITY_IDENTIFIER for a lot that nobody has, ACCESS_APPLICATION for what waits no more,
    `ClientRefused` and `MalformedRecord` for a program, and `ValueError` for a period or a notice that cannot be.
    """
    may(by, _RIGHT[type(act)])
    match act:
        case OneCertificate():
            identifiers = revoking.of_certificate(connection, act.certificate_id)
            return _told_of(connection, act, len(identifiers), at)
        case Period() | OneLot():
            return _told(recalling.reach(connection, *_drafts(connection, act, by, at)))
        case Resume():
            _check_suspended(connection, act)
            return Told()
        case Deliver():
            return Told(doses=facilities.would_have(connection, act.facility_id, act.lot, act.doses, by))
        case Admission():
            applying.check(connection, act, at=at)
            return Told()
        case LetIn():
            clients.stated(connection, _program(act))
            return Told()
        case OtherKeys():
            clients.other_keys(connection, act.client_id, act.keys, at=at)
            return Told()


def _program(act: LetIn) -> Registered:
    return Registered(act.client_id, act.role, act.name, act.keys, act.source)


_RIGHT: dict[type[Act], Right] = {
    OneCertificate: Right.WITHDRAW,
    Period: Right.WITHDRAW,
    OneLot: Right.WITHDRAW,
    Resume: Right.ONBOARD,
    Deliver: Right.ONBOARD,
    Admission: Right.ONBOARD,
    LetIn: Right.ONBOARD,
    OtherKeys: Right.ONBOARD,
}


def propose(connection: Connection, act: Act, by: Account, *, at: datetime) -> str:
    """Ask for a second person; the id of the proposal. Raises as `foresee`."""
    foresee(connection, act, by, at=at)
    return _asked(connection, act, by, at)


def _asked(connection: Connection, act: Act, by: Account, at: datetime) -> str:
    now, until = int(at.timestamp()), int((at + WAITS).timestamp())
    asked = JointAct(new_id(), kind_of(act), msgspec.json.encode(act).decode(), by.account_id, now, until)
    store.propose(connection, asked)
    return asked.act_id


def turn_away(connection: Connection, admission: Admission, by: Account, *, at: datetime) -> None:
    """Turn an application down, whether somebody proposed it or not: it is proposed, and that comes to nothing. One
    that can be granted no more, as its name was taken, is turned down all the same.

    Raises `AccessRefused`: ACCESS_APPLICATION for one that does not wait.
    """
    may(by, _RIGHT[Admission])
    applying.undecided(connection, admission, at=at)
    turn_down(connection, _asked(connection, admission, by, at), by, at=at)


def waiting(connection: Connection, by: Account, *, at: datetime) -> tuple[Proposed, ...]:
    """What waits for a second person, the oldest first, one's own included. Raises `AccessRefused`."""
    may(by, Right.WITHDRAW)
    return tuple(_proposed(each, None) for each in store.waiting(connection, at=int(at.timestamp())))


def find(connection: Connection, act_id: str, by: Account) -> Proposed | None:
    """One that was proposed, and what became of it. Raises `AccessRefused`."""
    may(by, Right.WITHDRAW)
    found = store.find(connection, act_id)
    return None if found is None else _proposed(found, store.ended(connection, act_id))


def confirm(connection: Connection, act_id: str, by: Account, *, at: datetime) -> Told | None:
    """Do what somebody else proposed; None for what ended before, or waited too long.

    Raises `AccessRefused`: ACCESS_SECOND_PERSON for one's own proposal, ACCESS_ROLE where whoever proposed it has no
    account any more, or one that decides no such thing; and what `foresee` raises.
    """
    asked = _open(connection, act_id, by, at)
    if asked is None:
        return None
    first = find_account(connection, asked.account_id, at=at)
    if first is None:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="whoever proposed it has no account any more")
    both(first, by, _RIGHT[type(asked.act)])
    told = _done(connection, asked.act, (first, by), at)
    _end(connection, End(act_id, Outcome.CONFIRMED, by.account_id, _json(told), int(at.timestamp())))
    return told


def turn_down(connection: Connection, act_id: str, by: Account, *, at: datetime) -> bool:
    """Let a proposal come to nothing; False for what ended before, or waited too long. Raises `AccessRefused`."""
    if _open(connection, act_id, by, at) is None:
        return False
    _end(connection, End(act_id, Outcome.TURNED_DOWN, by.account_id, _json(Told()), int(at.timestamp())))
    return True


def _open(connection: Connection, act_id: str, by: Account, at: datetime) -> Proposed | None:
    """One that waits, in the hands of this transaction alone."""
    alone(connection, f"joint act:{act_id}")
    found = find(connection, act_id, by)
    return found if found is not None and found.outcome is None and at < found.until else None


def _end(connection: Connection, ended: End) -> None:
    if not store.end(connection, ended):
        raise RuntimeError("a proposal ended twice, though it was in the hands of one transaction")


def _json(told: Told) -> str:
    return msgspec.json.encode(told).decode()


def _proposed(asked: JointAct, end: End | None) -> Proposed:
    act: Act = msgspec.json.decode(asked.content, type=Act)
    moment, until = (datetime.fromtimestamp(each, UTC) for each in (asked.moment, asked.until))
    found = Proposed(asked.act_id, act, asked.account_id, moment, until)
    if end is None:
        return found
    told = msgspec.json.decode(end.told, type=Told)
    return structs.replace(found, outcome=Outcome(end.outcome), second_id=end.account_id, told=told)


# what is done


def _done(connection: Connection, act: Act, by: tuple[Account, Account], at: datetime) -> Told:
    first, second = by
    match act:
        case OneCertificate():
            found = revoking.of_certificate(connection, act.certificate_id)
            told = _told_of(connection, act, len(found), at)
            revoking.withdraw(connection, found, first, act.ground, at=at, second=second)
            return told
        case Period() | OneLot():
            recalls = [
                structs.replace(each, second_id=second.account_id) for each in _drafts(connection, act, first, at)
            ]
            for each in recalls:
                recalling.announce(connection, each)
            reached = _told(recalling.reach(connection, *recalls))
            return structs.replace(reached, recalls=tuple(each.recall_id for each in recalls))
        case Resume(facility_id, None):
            facilities.resume(connection, facility_id, by, at=at)
            return Told()
        case Resume(_, operator):
            facilities.resume_operator(connection, operator or "", by, at=at)
            return Told()
        case Deliver():
            return Told(doses=facilities.deliver(connection, act.facility_id, act.lot, act.doses, by, at=at))
        case Admission():
            applying.let_in(connection, act, at=at)
            return Told()
        case LetIn():
            clients.let_in(connection, _program(act), at=at)
            return Told()
        case OtherKeys():
            keys = clients.other_keys(connection, act.client_id, act.keys, at=at)
            registered.replace_keys(connection, act.client_id, keys)
            return Told()


def _drafts(connection: Connection, act: Period | OneLot, by: Account, at: datetime) -> tuple[Recall, ...]:
    """The recalls as one person would have them; the notice runs from `at`."""
    notice = timedelta(hours=act.notice_hours)
    if isinstance(act, OneLot):
        drafts = recalling.draft_recalls_of_lot(connection, act.lot, by=by, ground=act.ground, at=at, notice=notice)
        if not drafts:
            raise FacilityRefused(Reason.FACILITY_IDENTIFIER, detail="lot: nobody here received or gave it")
        return drafts
    draft = recalling.draft_recall(
        connection, act.facility_id, act.since, act.until, by=by, ground=act.ground, at=at, notice=notice
    )
    return (draft,)


def _told(reach: Reach) -> Told:
    return Told(reach.certificates, reach.people, reach.people, reach.identifiers, reach.effective)


def _told_of(connection: Connection, act: OneCertificate, identifiers: int, at: datetime) -> Told:
    """One certificate stops to count at once, and nobody proves anything before."""
    reached = revoking.with_the_same_records(connection, act.certificate_id)
    people, certificates = {person for person, _ in reached}, {number for _, number in reached}
    return Told(len(certificates), len(people), 0, identifiers, at)


def _check_suspended(connection: Connection, act: Resume) -> None:
    if act.operator is None:
        state = facilities.facility(connection, act.facility_id).state
    else:
        operator = facilities.operator(connection, act.operator)
        if operator.facility_id != act.facility_id:
            raise FacilityRefused(Reason.FACILITY_UNKNOWN, detail="operator")
        state = operator.state
    if state is not State.SUSPENDED:
        raise FacilityRefused(Reason.FACILITY_STEP, detail="it is not suspended")
