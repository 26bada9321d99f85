"""A certificate in another's place: after a correction, a leak, a new passport, a proof that came late.

Each of these says what stops to count and asks, in the same transaction, for what takes its place: approved requests,
linked to what they replace, which `certificates.issue_for` signs at once. The old one then says "replaced"; after a
leak, since a stranger holds it, "revoked". What was broken off in between waits in `certificates.pending`.
"""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection

from pratique.authority.access import Account, Act, Item, Look, may
from pratique.authority.issuance import recalling, requests, revoking
from pratique.authority.issuance.recalling import Proof
from pratique.authority.issuance.requests import Wanted
from pratique.authority.issuance.revoking import Effect, Ground, State
from pratique.authority.records import rights
from pratique.authority.records.rights import Corrected, Decision
from pratique.authority.store import Vault, people
from pratique.authority.store import issuance as store
from pratique.authority.store import withdrawals as withdrawn
from pratique.authority.store.issuance import Issued
from pratique.authority.store.people import Known, Papers
from pratique.issuing import FORMATS
from pratique.model import uvci
from pratique.model.certificate import Name
from pratique.model.dates import PartialDate
from pratique.model.errors import AccessRefused, IssueRefused, MalformedRecord
from pratique.model.mrz import MachineReadableZone
from pratique.model.reasons import Reason
from pratique.revocation import Identifier


class Case(Struct, frozen=True):
    """Whose certificates are in question, by which look, and who decides, when; within one transaction."""

    connection: Connection
    vault: Vault
    look: Look
    known: Known
    by: Account
    at: datetime

    def __post_init__(self) -> None:
        """Raises `AccessRefused` for a look at somebody else, or at other things."""
        if self.look.person_id != self.known.person_id or not {Item.IDENTITY, Item.RECORDS} <= self.look.items:
            raise AccessRefused(Reason.ACCESS_ROLE, detail="records and identity")


class Replaced(Struct, frozen=True):
    """What stopped to count, and the approved requests for what takes its place: one for each certificate."""

    certificates: tuple[str, ...]
    requests: tuple[str, ...]
    corrected: Corrected | None = None


def supersede(case: Case, decision: Decision) -> Replaced:
    """Put another record in a record's place, or none, and certificates in the place of all that claim it.

    Raises `AccessRefused`, `MalformedRecord` (RECORD_UNKNOWN).
    """
    may(case.by, Act.WITHDRAW)
    old = decision.record_id
    reached = _reached(case, {old})
    printed = _printed(case, {old})
    corrected = rights.correct(case.connection, case.vault, case.look, decision, at=case.at)
    identifiers = _identifiers({*printed, corrected.called_back}, reached)
    replaced = corrected.record_id is not None
    effect, ground = (Effect.REPLACED, Ground.CORRECTED) if replaced else (Effect.REVOKED, Ground.WITHDRAWN)
    revoking.enter(case.connection, identifiers, case.by, ground, at=case.at, effect=effect)
    return _again(case, reached, {old: corrected.record_id}, corrected=corrected)


def correct(
    connection: Connection, vault: Vault, look: Look, decision: Decision, *, by: Account, at: datetime
) -> tuple[str, ...]:
    """`supersede` for a desk that has a record before it and nobody's papers; the requests for what is to be signed.

    Who a record is about is kept nowhere beside it. Whoever has certificates asked for them, and is known by that; of
    whoever has none, nothing is to be signed again. Raises as `supersede`.
    """
    may(by, Act.WITHDRAW)
    certificates = store.of_person(connection, look.person_id)
    asked = store.find(connection, vault, certificates[0].certificate_id) if certificates else None
    known = None if asked is None else people.by_subject(connection, vault, asked.subject_id)
    if known is not None:
        return supersede(Case(connection, vault, look, known, by, at), decision).requests
    corrected = rights.correct(connection, vault, look, decision, at=at)
    identifiers = _identifiers({corrected.called_back}, ())
    replaced = corrected.record_id is not None
    effect, ground = (Effect.REPLACED, Ground.CORRECTED) if replaced else (Effect.REVOKED, Ground.WITHDRAWN)
    revoking.enter(connection, identifiers, by, ground, at=at, effect=effect)
    return ()


def claiming(connection: Connection, look: Look, record_id: str) -> frozenset[str]:
    """The certificates that claim a record of the person looked at. Raises `AccessRefused`."""
    if Item.RECORDS not in look.items:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="certificates")
    claims = store.claims_of(connection, look.person_id)
    return frozenset(claim.certificate_id for claim in claims if claim.record_id == record_id)


def leaked(case: Case, certificate_id: str) -> Replaced:
    """Strangers hold a certificate: the same records under other identifiers, and nothing of the old counts.

    Raises `AccessRefused`, and `IssueRefused` (ISSUE_REQUEST) for a certificate that is not this person's.
    """
    may(case.by, Act.APPROVE)
    claims = store.claims_of(case.connection, case.known.person_id)
    records = {each.record_id for each in claims if each.certificate_id == certificate_id}
    if not records:
        raise IssueRefused(Reason.ISSUE_REQUEST, detail="no such certificate")
    return _under_other_names(case, records, Effect.REVOKED, Ground.LEAKED)


def renew_passport(case: Case, papers: Papers, zone: MachineReadableZone | None) -> Replaced:
    """A new document for the same person: all their certificates again, with it.

    Raises `AccessRefused`, and `IssueRefused` (ISSUE_REQUEST) for a number that is somebody else's.
    """
    may(case.by, Act.APPROVE)
    owner = people.find(case.connection, case.vault, papers)
    if owner is None:
        moment = int(case.at.timestamp())
        people.renew(case.connection, case.vault, case.known.subject_id, papers, zone, at=moment)
    elif owner.subject_id != case.known.subject_id:
        raise IssueRefused(Reason.ISSUE_REQUEST, detail="papers: not a document of this person")
    return _under_other_names(case, _certified(case), Effect.REPLACED, Ground.RENEWED, papers=papers)


def correct_identity(case: Case, name: Name, birth_date: PartialDate | None) -> Replaced:
    """Another name or birth date: all their certificates again, with it. Raises `AccessRefused`."""
    may(case.by, Act.WITHDRAW)
    people.correct(case.connection, case.vault, case.known.subject_id, name, birth_date)
    return _under_other_names(case, _certified(case), Effect.REPLACED, Ground.CORRECTED)


def reprove(case: Case, recall_id: str, record_id: str, proof: Proof) -> Replaced:
    """Believe a recalled record, on another proof that a desk saw.

    Before the recall takes effect, the certificates simply stay good. Afterwards they are lost, and the record is
    certified anew under another identifier. Raises `AccessRefused`, `MalformedRecord` (RECORD_UNKNOWN) for a record
    that the recall does not reach.
    """
    may(case.by, Act.BELIEVE)
    notices = {(each.recall_id, each.record_id): each for each in recalling.notices(case.connection, case.look)}
    notice = notices.get((recall_id, record_id))
    if notice is None:
        raise MalformedRecord(Reason.RECORD_UNKNOWN, detail="no such record is recalled")
    reached = _reached(case, {record_id}, State.RECALLED)
    told = {"ground": proof.value, "account_id": case.by.account_id, "moment": int(case.at.timestamp())}
    withdrawn.prove(case.connection, case.known.person_id, record_id, recall_id, **told)
    if case.at < notice.effective:
        return Replaced((), ())
    _rename(case, {record_id})
    return _again(case, reached, {})


# what they share


def _certified(case: Case) -> set[str]:
    """Every record of the person that a certificate claims."""
    return {each.record_id for each in store.claims_of(case.connection, case.known.person_id)}


def _reached(case: Case, records: set[str], state: State = State.GOOD) -> list[Issued]:
    """The certificates of this state that claim one of these records."""
    claims = store.claims_of(case.connection, case.known.person_id)
    claiming = {claim.certificate_id for claim in claims if claim.record_id in records}
    standings = revoking.standings(case.connection, case.look, at=case.at)
    kept = [each.certificate for each in standings if each.state is state]
    return [each for each in kept if each.certificate_id in claiming]


def _printed(case: Case, records: set[str]) -> set[str]:
    """Every identifier under which these records were ever certified."""
    claims = store.claims_of(case.connection, case.known.person_id)
    return {claim.uvci for claim in claims if claim.record_id in records}


def _identifiers(uvcis: Iterable[str], certificates: Iterable[Issued]) -> set[Identifier]:
    """What is withdrawn with these records and certificates."""
    own = {each for kept in certificates for each in kept.identifiers}
    return own | {("record", uvci.opaque_part(each)) for each in uvcis}


def _under_other_names(
    case: Case, records: set[str], effect: Effect, ground: Ground, *, papers: Papers | None = None
) -> Replaced:
    """Give up the identifiers of these records, and ask again for every certificate that had one of them."""
    reached = _reached(case, records)
    identifiers = _identifiers(_printed(case, records), reached)
    _rename(case, records)
    revoking.enter(case.connection, identifiers, case.by, ground, at=case.at, effect=effect)
    return _again(case, reached, {}, papers=papers)


def _rename(case: Case, records: set[str]) -> None:
    """Another identifier for each of the records, which nobody can guess either."""
    named = {
        kept.record_id: uvci.from_record_id(kept.claim.country, secrets.token_bytes(16))
        for kept in rights.records(case.connection, case.look)
        if kept.record_id in records and not kept.superseded
    }
    store.rename(case.connection, case.known.person_id, named, at=int(case.at.timestamp()))


def _again(
    case: Case,
    reached: list[Issued],
    instead: Mapping[str, str | None],
    *,
    papers: Papers | None = None,
    corrected: Corrected | None = None,
) -> Replaced:
    """Ask for what takes the place of each certificate, approved; `instead` says which record takes another's place."""
    claims = store.claims_of(case.connection, case.known.person_id)
    asked = []
    for kept in reached:
        old = [claim.record_id for claim in claims if claim.certificate_id == kept.certificate_id]
        records = tuple(filter(None, (instead.get(each, each) for each in old)))
        if not records or kept.format not in FORMATS:  # nothing of it stands; or its holder says for whom it is sealed
            continue
        made = requests.enter(
            case.connection, case.vault, case.known, Wanted(kept.format, records, papers), case.by,
            at=case.at, replaces=kept.certificate_id,
        )  # fmt: skip
        requests.approve(case.connection, made, case.by, at=case.at)
        asked.append(made.request_id)
    return Replaced(tuple(each.certificate_id for each in reached), tuple(asked), corrected)
