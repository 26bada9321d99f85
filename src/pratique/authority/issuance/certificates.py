"""The one place where a certificate is signed: one signature for one approved request, and an entry in the log for it.

    approved request ─ compose ─ limits ─ the key's turn ─ sign ─ certificate and log entry ─ commit ─► Issued

All of it is one transaction. Whatever breaks it off (kill -9, a lost connection) leaves the request unsigned and, at
most, a number of the key that gave nobody anything; the log makes up for that number before the key signs again. A
request that was signed is answered with the same certificate, however often it is asked.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct, structs
from sqlalchemy import Connection, Engine

from pratique import formats
from pratique.authority.access import Account, Item, Look, Purpose, Role, look
from pratique.authority.issuance import limits, log, requests
from pratique.authority.issuance.composing import Composed, compose
from pratique.authority.issuance.eligibility import ANYONE, Eligibility
from pratique.authority.issuance.limits import Limits
from pratique.authority.issuance.log import Issue, Log
from pratique.authority.issuance.requests import Wanted
from pratique.authority.signers.counter import CountedSigner
from pratique.authority.store import Vault, alone, people, reading, withdrawals, writing
from pratique.authority.store import issuance as store
from pratique.authority.store.issuance import Claimed, Request
from pratique.authority.store.people import Known
from pratique.formats import hcert
from pratique.issuing import issue, placeholder, until
from pratique.model.certificate import Certificate, uses_of
from pratique.model.errors import AccessRefused, IssueRefused
from pratique.model.keys import KeyInfo, Signer, Use
from pratique.model.reasons import Reason
from pratique.model.sealed import Recipient
from pratique.revocation import signed_content
from pratique.sealing import draft_sealed

NEEDED = frozenset({Item.IDENTITY, Item.RECORDS})
"""What the issuing program looks at, once for each certificate."""


class Office(Struct, frozen=True):
    """What issuing works with. `account` is the program's own, of role issuer: in its name records are read."""

    engine: Engine
    vault: Vault
    signers: tuple[CountedSigner, ...]
    """The first that may sign does. They sign nothing but certificates: all else would be void in their logs."""
    account: Account
    limits: Limits = Limits()
    specimen: bool = False
    """A sandbox's: what it signs says so under the signature."""
    eligibility: Eligibility = ANYONE
    country: str = ""
    """ISO 3166-1 alpha-2, where a policy asks whose national somebody is."""

    def __post_init__(self) -> None:
        """`ValueError` for an account of another role."""
        if self.account.role is not Role.ISSUER:
            raise ValueError("issuing has an account of an issuer")


class Issued(Struct, frozen=True):
    """A certificate, and where it stands in the log: `number` is that of the signature, `ledger_index` one less."""

    scan: str
    certificate_id: str
    person_id: str
    format: str
    key_id: str
    number: int
    issued: datetime
    expires: datetime | None
    replaces: str | None = None
    left_out: tuple[tuple[str, Reason], ...] = ()
    """Records that stand and are not in it, with why; only from the call that signed."""

    @property
    def ledger_index(self) -> int:
        """The index of its entry in the log of its key, from 0."""
        return self.number - 1


def issue_for(office: Office, request_id: str, *, at: datetime) -> Issued:
    """Sign what was approved, once; afterwards the same certificate again.

    Raises `IssueRefused`: ISSUE_REQUEST (nobody asked, or nobody approved), ISSUE_SIGNER, what `compose`, `limits` and
    `pratique.issuing.issue` refuse; `MalformedRecord`, `AccessRefused`, `LogFault`, `TrustMaterialError`, `StoreFault`.
    """
    with reading(office.engine) as connection:
        person_id = store.whose(connection, request_id)
    if person_id is None:
        raise IssueRefused(Reason.ISSUE_REQUEST, detail="no such request")
    allowed = look(office.engine, office.account, person_id, Purpose.ISSUE, NEEDED, at=at)
    with writing(office.engine) as connection:
        alone(connection, f"request:{request_id}")
        asked = requests.find(connection, office.vault, request_id)
        made = store.decided(connection, person_id, request_id)
        if made is None or not made.approved:
            raise IssueRefused(Reason.ISSUE_REQUEST, detail="it is not approved")
        if kept := store.one(connection, person_id, request_id):
            return _again(connection, office.vault, kept)
        composed = compose(connection, office.vault, allowed, asked, at=at)
        return _signed(connection, office, asked, composed, at=at)


def certificate_of_person(
    office: Office, seen: Look, *, wanted: Wanted, at: datetime, known: Known | None = None
) -> Issued:
    """What a holder wants of their own records, at once: `wanted.papers` are theirs, by which they are known.

    Whoever has no papers at all is `known` in another way. The request is the holder's, the approval the program's:
    nobody but the records vouches for it. It is asked for, approved, signed and logged in one transaction, so that what
    is refused or broken off asks for nothing. Raises `AccessRefused` where the papers are another's; `IssueRefused`
    (ENROL_DOCUMENT, ENROL_NATIONALS) for whom the office gives none; and what `issue_for` raises.
    """
    allowed = _allowed(office, seen, at)
    with writing(office.engine) as connection:
        if wanted.papers is not None:
            known = people.find(connection, office.vault, wanted.papers)
        if known is None or known.person_id != seen.person_id:
            raise AccessRefused(Reason.ACCESS_ROLE, detail="another person")
        asked = requests.ask(connection, office.vault, known, wanted, seen.account, at=at)
        requests.approve(connection, asked, office.account, at=at)
        composed = compose(connection, office.vault, allowed, asked, at=at)
        if composed.zone is not None:  # whoever has no document that states a nationality is not asked
            office.eligibility.check(composed.zone, country=office.country)
        return _signed(connection, office, asked, composed, at=at)


SEALED = "sealed"
"""The format of a sealed twin: nobody asks for one alone, and none is signed again without being asked for whom."""


def sealed_twin(
    office: Office,
    seen: Look,
    certificate_id: str,
    *,
    recipients: Sequence[Recipient],
    at: datetime,
    fits: Callable[[str], bool] = bool,
) -> Issued:
    """The sealed twin of a holder's certificate, for these states: the same records, until the same end.

    It is asked for, approved, signed and logged in one transaction, so that what is broken off asks for nothing. Raises
    `AccessRefused`; `IssueRefused`: ISSUE_REQUEST for a certificate that is not this person's, ISSUE_TOO_LARGE for one
    whose scan would not `fits`, and what `issue_for` and `sealing.draft_sealed` raise.
    """
    allowed = _allowed(office, seen, at)
    with writing(office.engine) as connection:
        opened = store.one(connection, seen.person_id, certificate_id)
        before = None if opened is None else store.find(connection, office.vault, certificate_id)
        known = None if before is None else people.by_subject(connection, office.vault, before.subject_id)
        if opened is None or before is None or known is None:
            raise IssueRefused(Reason.ISSUE_REQUEST, detail="no such certificate")
        claims = store.claims_of(connection, seen.person_id)
        records = tuple(each.record_id for each in claims if each.certificate_id == certificate_id)
        expires = None if opened.expires is None else datetime.fromtimestamp(opened.expires, UTC)
        wanted = Wanted(SEALED, records, before.papers, expires)
        asked = requests.enter(connection, office.vault, known, wanted, seen.account, at=at)
        requests.approve(connection, asked, office.account, at=at)
        composed = compose(connection, office.vault, allowed, asked, at=at)
        return _signed(connection, office, asked, composed, recipients=tuple(recipients), fits=fits, at=at)


def _allowed(office: Office, seen: Look, at: datetime) -> Look:
    """The program's own look at what a holder looks at of theirs. Raises `AccessRefused`."""
    if seen.account.role is not Role.HOLDER or not seen.items >= NEEDED:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="a holder, of their own records")
    return look(office.engine, office.account, seen.person_id, Purpose.ISSUE, NEEDED, at=at)


def _signed(
    connection: Connection,
    office: Office,
    asked: Request,
    composed: Composed,
    *,
    recipients: tuple[Recipient, ...] = (),
    fits: Callable[[str], bool] = bool,
    at: datetime,
) -> Issued:
    """What was composed, within the limits and in the key's turn."""
    marked = structs.replace(composed.certificate, specimen=office.specimen)
    composed = structs.replace(composed, certificate=marked)
    signer = signer_for(connection, office, marked, asked.format, at)
    limits.check(connection, asked, composed, log.key_id(signer.key), office.limits, at=at)
    turn = Log.hold(connection, signer, at=at)
    return _sign(_Signing(connection, office.vault, turn, signer, asked, composed, recipients, fits), at=at)


def signer_for(
    connection: Connection, office: Office, certificate: Certificate, name: str, at: datetime
) -> CountedSigner:
    """The first signer whose key may sign it. Raises `IssueRefused` (ISSUE_SIGNER)."""
    distrusted = {each.key_id for each in withdrawals.distrusted(connection)}
    for signer in office.signers:
        if log.key_id(signer.key) not in distrusted and _may(signer.key, certificate, name, at):
            return signer
    raise IssueRefused(Reason.ISSUE_SIGNER, detail=f"{name}: {', '.join(sorted(uses_of(certificate)))}")


def _may(key: KeyInfo, certificate: Certificate, name: str, at: datetime) -> bool:
    uses = key.uses is None or uses_of(certificate) <= key.uses
    if name == SEALED:  # it signs what is open beside it, and nobody sees which uses that takes
        name = "ithc"
        uses = key.uses is None or key.uses.issuperset(Use)
    said = {each.reason for each in formats.ISSUED[name].refusals(certificate, profile=name, key=key)}
    return uses and key.not_before <= at <= key.not_after and not said & {Reason.ISSUE_KEY_KIND, Reason.ISSUE_KEY_URL}


class _Numbering:
    """A `pratique.model.keys.Signer` for one signature, whose number it keeps."""

    def __init__(self, signer: CountedSigner) -> None:
        self._signer = signer
        self.number = 0

    @property
    def key(self) -> KeyInfo:
        return self._signer.key

    def sign(self, data: bytes) -> bytes:
        self.number, signature = self._signer.numbered(data)
        return signature


class _Signing(Struct, frozen=True):
    """What a signature needs, once nothing speaks against it."""

    connection: Connection
    vault: Vault
    turn: Log
    signer: CountedSigner
    asked: Request
    composed: Composed
    recipients: tuple[Recipient, ...] = ()
    """Whom a sealed twin is for."""
    fits: Callable[[str], bool] = bool
    """Whether a code has room for its scan."""

    def scan(self, signer: Signer, at: datetime, expires: datetime | None) -> str:
        """What was composed, signed. Raises `IssueRefused`."""
        certificate = self.composed.certificate
        if self.asked.format != SEALED:
            return issue(certificate, format=self.asked.format, signer=signer, at=at, expires=expires)
        draft = draft_sealed(
            certificate,
            recipients=self.recipients,
            identifier=secrets.token_bytes(16),
            key=signer.key,
            at=at,
            expires=until(expires, signer.key, at),
        )
        if not self.fits(hcert.seal(draft, placeholder(signer.key))):
            raise IssueRefused(Reason.ISSUE_TOO_LARGE, detail="the sealed twin")
        return hcert.seal(draft, signer.sign(draft.signed))


def _sign(signing: _Signing, *, at: datetime) -> Issued:
    """Sign, read back what was signed, and keep it with its entry in the log."""
    asked, composed, at = signing.asked, signing.composed, at.replace(microsecond=0)
    numbering = _Numbering(signing.signer)
    expires = None if asked.expires is None else datetime.fromtimestamp(asked.expires, UTC)
    scan = signing.scan(numbering, at, expires)
    envelope = formats.open_scan(scan)
    read = formats.read_envelope(envelope)
    moment = int(at.timestamp())
    issued = Issue(
        certificate_id=asked.request_id,
        format=asked.format,
        signed=signed_content(envelope.signed)[1],
        facilities=tuple(sorted({part.kept.source_id for part in composed.parts})),
        account_id=asked.account_id,
        issued=moment,
    )
    sealed = log.seal(issued)
    kept = store.Issued(
        person_id=asked.person_id,
        certificate_id=asked.request_id,
        key_id=signing.turn.key_id,
        number=numbering.number,
        format=asked.format,
        salt=sealed.salt,
        signed=bytes.fromhex(issued.signed),
        identifiers=tuple(sorted(each for each in read.identifiers if each[0] != "record")),
        facility_id=asked.facility_id,
        account_id=asked.account_id,
        replaces=asked.replaces,
        issued=moment,
        expires=None if read.expires is None else int(read.expires.timestamp()),
    )
    store.keep(signing.connection, signing.vault, kept, scan, list(_claimed(kept, composed)))
    signing.turn.enter(numbering.number, sealed.commitment)
    return _issued(kept, scan, composed.left_out)


def _claimed(kept: store.Issued, composed: Composed) -> Iterator[Claimed]:
    for place, part in enumerate(composed.parts):
        yield Claimed(
            person_id=kept.person_id,
            certificate_id=kept.certificate_id,
            place=place,
            record_id=part.kept.record_id,
            uvci=part.claim.uvci,
            kind=part.kind,
            facility_id=part.kept.source_id,
            received=part.kept.received,
            day=None if part.day is None else part.day.toordinal(),
            lot=part.lot,
            issued=kept.issued,
        )


def _again(connection: Connection, vault: Vault, kept: store.Issued) -> Issued:
    """What was signed before. Raises `StoreFault` (STORE_VAULT)."""
    scan = store.scan(connection, vault, kept.person_id, kept.certificate_id)
    return _issued(kept, scan or "")


def _issued(kept: store.Issued, scan: str, left_out: tuple[tuple[str, Reason], ...] = ()) -> Issued:
    return Issued(
        scan=scan,
        certificate_id=kept.certificate_id,
        person_id=kept.person_id,
        format=kept.format,
        key_id=kept.key_id,
        number=kept.number,
        issued=datetime.fromtimestamp(kept.issued, UTC),
        expires=None if kept.expires is None else datetime.fromtimestamp(kept.expires, UTC),
        replaces=kept.replaces,
        left_out=left_out,
    )


# what was broken off


def pending(engine: Engine, *, at_most: int = 1000) -> list[str]:
    """Requests that were approved and are not signed: what a crash broke off, and what a desk approved.

    Whoever runs the issuing program hands each of them to `issue_for`. Raises `StoreFault`.
    """
    with reading(engine) as connection:
        return store.unsigned(connection, at_most=at_most)


# for the holder to look at


EARLY = timedelta(days=30)
"""How long before its end a certificate is spoken of."""


def certificates(connection: Connection, look: Look) -> list[store.Issued]:
    """A person's certificates, the latest first. Raises `AccessRefused`."""
    if Item.RECORDS not in look.items:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="certificates")
    return store.of_person(connection, look.person_id)


def scan_of(connection: Connection, vault: Vault, look: Look, certificate_id: str) -> Issued | None:
    """One certificate with its scan, to be shown or printed again; None for one that is not this person's.

    Raises `AccessRefused`, `StoreFault`.
    """
    if not look.items >= NEEDED:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="certificates")
    kept = store.one(connection, look.person_id, certificate_id)
    return None if kept is None else _again(connection, vault, kept)


def ending(connection: Connection, *, at: datetime, within: timedelta = EARLY) -> Iterator[tuple[str, str, datetime]]:
    """Whose certificates end within a time, which, and when, so that their holders are told before.

    Those that were replaced or withdrawn are told of as well; `revoking.state_of` knows.
    """
    last = int((at + within).timestamp())
    for person_id, certificate_id, expires in store.ending(connection, first=int(at.timestamp()), last=last):
        yield person_id, certificate_id, datetime.fromtimestamp(expires, UTC)
