"""Entry permits: an application, the destination's rules over its documents, an officer's decision, and the permit.

    application ─ assess (rules, cover, lodging, files) ─► Assessment ─ review by an officer ─► decided application
                                                                    ─ issue_permit ─► scan ─ verify, admit: anywhere

Everything here is a frozen value or a pure function; whoever keeps applications keeps these. What an attachment is,
its content says and never its name; what it says, an officer reads.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, structs

from pratique import qr
from pratique.admission import Verdict, admit
from pratique.bundle import Bundle
from pratique.formats import hcert
from pratique.identification import Match, same_holder
from pratique.model.certificate import Person
from pratique.model.consequence import Consequence, ConsequenceKind
from pratique.model.countries import canonical
from pratique.model.errors import IssueRefused, PermitRefused, Problem, Refusal, RuleRefused, UnreadableImage
from pratique.model.journey import Journey
from pratique.model.keys import KeyInfo, Signer, Use
from pratique.model.permit import Permit, Trip
from pratique.model.reasons import Reason
from pratique.revocation import Identifier
from pratique.verification import Verification, verify

MOST_ATTACHMENTS = 10
"""Several times what states asked for."""
NUMBER_OCTETS = 16
MOST_AHEAD = timedelta(days=180)
"""How long before the arrival rules can be asked: those of half a year later are not written yet."""


class AttachmentKind(StrEnum):
    """What an applicant says that a file shows."""

    INSURANCE = "insurance"
    LODGING = "lodging"
    VISA = "visa"
    PASSPORT = "passport"


class Attachment(Struct, frozen=True):
    """A file. `name` is what the applicant called it: it is kept for the officer, and nothing reads it."""

    kind: AttachmentKind
    content: bytes
    name: str = ""


class Insurance(Struct, frozen=True):
    """What an applicant says of an insurance; an officer compares it with the attachment."""

    currency: Annotated[str, Meta(max_length=3)]
    amount: Annotated[int, Meta(ge=0, le=10**12)]
    begins: date
    ends: date


class Lodging(Struct, frozen=True):
    """Where an applicant stays first: from which day, for how many nights."""

    place: Annotated[str, Meta(max_length=200)]
    begins: date
    nights: Annotated[int, Meta(ge=0, le=1000)]


class Cover(Struct, frozen=True, forbid_unknown_fields=True):
    """The least that an insurance has to cover."""

    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    amount: Annotated[int, Meta(ge=1)]


class Requirements(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a state asks for besides its entry rules, as a file: {"permit": 1, "country": "TH", ...}."""

    permit: Literal[1]
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    source: str
    insurance: Cover | None = None
    quarantine_lodging: bool = False
    """Every night of a quarantine has to be booked."""
    attachments: tuple[AttachmentKind, ...] = ()
    hours_before: Annotated[int, Meta(ge=0, le=72)] = 24
    """How much earlier than planned somebody may enter."""
    hours_after: Annotated[int, Meta(ge=1, le=240)] = 72
    """And how much later."""
    historical: bool = False


class Outcome(StrEnum):
    """What an officer decides."""

    GRANTED = "granted"
    REFUSED = "refused"
    MORE = "more"
    """Something is to be sent first; `reasons` say what."""
    WITHDRAWN = "withdrawn"


class Review(Struct, frozen=True, kw_only=True):
    """One decision: by whom, why, and after a look at which attachments. `consequence` follows from the rules."""

    officer: str
    outcome: Outcome
    at: datetime
    reasons: tuple[Reason, ...] = ()
    seen: frozenset[AttachmentKind] = frozenset()
    consequence: Consequence | None = None


class Application(Struct, frozen=True, kw_only=True):
    """One person's for one trip. `number` is 16 random octets, and later what the permit is withdrawn by."""

    number: bytes
    holder: Person
    journey: Journey
    scans: tuple[str, ...]
    carrier: str | None = None
    insurance: Insurance | None = None
    lodging: Lodging | None = None
    attachments: tuple[Attachment, ...] = ()
    reviews: tuple[Review, ...] = ()

    @property
    def decided(self) -> Review | None:
        """The decision that counts: the last one; None while nobody decided, or more was asked for."""
        last = self.reviews[-1] if self.reviews else None
        return None if last is None or last.outcome is Outcome.MORE else last


class Assessment(Struct, frozen=True):
    """What the machine finds: the rules' verdict, each fault with its place, each file's type by its content, and each
    scan as it verifies."""

    verdict: Verdict
    findings: tuple[Problem, ...]
    media: tuple[str | None, ...]
    told: tuple[Verification, ...]


def parse_requirements(data: bytes) -> Requirements:
    """Read a state's file. Raises `RuleRefused` (RULE_UNREADABLE)."""
    try:
        return msgspec.json.decode(data, type=Requirements)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise RuleRefused([Problem("", Reason.RULE_UNREADABLE)]) from error


def assess(application: Application, requirements: Requirements, *, bundle: Bundle, at: datetime) -> Assessment:
    """Run the destination's rules over the documents. Never raises for what an applicant sent; `ValueError` for a
    naive `at`."""
    told = [
        verify(scan, trust_list=bundle.trust_list, at=at, revocation=bundle.revocation) for scan in application.scans
    ]
    # what was permitted before is no ground to permit it again
    proofs = [each for each in told if not isinstance(each.content, Permit)]
    verdict = admit(proofs, bundle=bundle, journey=application.journey, at=at)
    media = tuple(media_of(each) for each in application.attachments)
    findings = [
        *_trip(application, requirements, at),
        *_unwritable(application, requirements),
        *_persons(application, told),
        *([] if verdict.accepted else [Problem("scans", Reason.PERMIT_RULES)]),
        *_insurance(application, requirements, _days(verdict)),
        *_lodging(application, requirements, _days(verdict)),
        *_attachments(application, requirements, media),
    ]
    return Assessment(verdict, tuple(dict.fromkeys(findings)), media, tuple(told))


def _days(verdict: Verdict) -> int:
    return (verdict.consequence.days or 0) if verdict.consequence is not None else 0


def _trip(application: Application, requirements: Requirements, at: datetime) -> Iterator[Problem]:
    leg = application.journey.destination
    if canonical(leg.to) != canonical(requirements.country) or leg.transit or application.journey.origin is None:
        yield Problem("journey", Reason.PERMIT_TRIP)
    elif not at < leg.arrive <= at + MOST_AHEAD:
        yield Problem("journey.arrive", Reason.PERMIT_TRIP)
    if application.holder.document is None:
        yield Problem("holder.document", Reason.PERMIT_PERSON)


def _unwritable(application: Application, requirements: Requirements) -> Iterator[Problem]:
    """What no permit could hold, found before somebody grants it."""
    stated = _permit(application, requirements, Consequence(ConsequenceKind.FREE))
    for refusal in hcert.permit_refusals(stated):
        reason = Reason.PERMIT_PERSON if refusal.place.startswith("holder") else Reason.PERMIT_TRIP
        yield Problem(refusal.place, reason)


def _persons(application: Application, told: Sequence[Verification]) -> Iterator[Problem]:
    """Certificates that were read and are not established to be the applicant's; the rules do not count the others."""
    for number, each in enumerate(told):
        if each.holder is not None and same_holder(each.holder, application.holder) not in _SAME:
            yield Problem(f"scans[{number}]", Reason.PERMIT_PERSON)


_SAME = (Match.EXACT, Match.EQUIVALENT)


def _insurance(application: Application, requirements: Requirements, days: int) -> Iterator[Problem]:
    asked, told, arrival = requirements.insurance, application.insurance, application.journey.destination.day
    if asked is None:
        return
    covered = (
        told is not None
        and told.currency == asked.currency
        and told.amount >= asked.amount
        and told.begins <= arrival
        and (told.ends - arrival).days >= max(days, 1)
    )
    if not covered:
        yield Problem("insurance", Reason.PERMIT_INSURANCE)


def _lodging(application: Application, requirements: Requirements, days: int) -> Iterator[Problem]:
    told, arrival = application.lodging, application.journey.destination.day
    if not requirements.quarantine_lodging or not days:
        return
    # counted, not added up: of a number of nights that no calendar holds there is no last day
    if told is None or told.begins > arrival or told.nights < (arrival - told.begins).days + days:
        yield Problem("lodging", Reason.PERMIT_LODGING)


def _attachments(
    application: Application, requirements: Requirements, media: tuple[str | None, ...]
) -> Iterator[Problem]:
    if len(application.attachments) > MOST_ATTACHMENTS:
        yield Problem("attachments", Reason.PERMIT_ATTACHMENT)
    for number, kind in enumerate(media):
        if kind is None:
            yield Problem(f"attachments[{number}]", Reason.PERMIT_ATTACHMENT)
    sent = {each.kind for each in application.attachments}
    for asked in requirements.attachments:
        if asked not in sent:
            yield Problem(f"attachments.{asked}", Reason.PERMIT_ATTACHMENT)


def media_of(attachment: Attachment) -> str | None:
    """The type of a file by its content; None for any that no officer should open."""
    try:
        return qr.media_type(attachment.content)
    except UnreadableImage:
        return None


# the decision


def review(application: Application, assessment: Assessment, decision: Review) -> Application:
    """The application with an officer's decision. Raises `PermitRefused` with everything that the decision lacks.

    Nothing is granted against the rules or before each attachment was seen, nothing is refused without a reason, and
    nothing is decided twice: a permit that was granted can only be withdrawn, with a reason.
    """
    if problems := tuple(_lacking(application, assessment, decision)):
        raise PermitRefused(problems)
    granted = decision.outcome is Outcome.GRANTED
    made = structs.replace(decision, consequence=_undated(assessment.verdict.consequence) if granted else None)
    return structs.replace(application, reviews=(*application.reviews, made))


def _lacking(application: Application, assessment: Assessment, decision: Review) -> Iterator[Problem]:
    before = application.decided
    withdraws = decision.outcome is Outcome.WITHDRAWN
    if withdraws is not (before is not None and before.outcome is Outcome.GRANTED) or (before and not withdraws):
        yield Problem("outcome", Reason.PERMIT_REVIEW)
    if not decision.officer.strip():
        yield Problem("officer", Reason.PERMIT_REVIEW)
    if decision.outcome is not Outcome.GRANTED:
        if not decision.reasons or not set(decision.reasons) <= GROUNDS:
            yield Problem("reasons", Reason.PERMIT_REVIEW)
        return
    yield from assessment.findings
    if not {each.kind for each in application.attachments} <= decision.seen:
        yield Problem("seen", Reason.PERMIT_REVIEW)


GROUNDS = frozenset(
    {
        Reason.PERMIT_RULES,
        Reason.PERMIT_PERSON,
        Reason.PERMIT_TRIP,
        Reason.PERMIT_INSURANCE,
        Reason.PERMIT_LODGING,
        Reason.PERMIT_ATTACHMENT,
    }
)
"""What an officer may refuse, ask for more, or withdraw for: there is no other ground."""


def _undated(consequence: Consequence | None) -> Consequence:
    """The consequence before its days are on the calendar of an arrival; free where the rules lead to none."""
    if consequence is None:
        return Consequence(ConsequenceKind.FREE)
    shorter = consequence.shortened_by
    return structs.replace(consequence, until=None, shortened_by=shorter and structs.replace(shorter, on=None))


# the permit


def permit_of(application: Application, requirements: Requirements, *, specimen: bool = False) -> Permit:
    """What a granted application permits. Raises `PermitRefused` (PERMIT_REVIEW) for any other."""
    decision = application.decided
    if decision is None or decision.outcome is not Outcome.GRANTED or decision.consequence is None:
        raise PermitRefused([Problem("reviews", Reason.PERMIT_REVIEW)])
    return structs.replace(_permit(application, requirements, decision.consequence), specimen=specimen)


def _permit(application: Application, requirements: Requirements, consequence: Consequence) -> Permit:
    journey, leg = application.journey, application.journey.destination
    return Permit(
        destination=requirements.country,
        holder=structs.replace(application.holder, sex=None, nationality=None),
        trip=Trip(journey.origin or "", leg.port, application.carrier),
        opens=(leg.arrive - timedelta(hours=requirements.hours_before)).replace(microsecond=0),
        closes=(leg.arrive + timedelta(hours=requirements.hours_after)).replace(microsecond=0),
        consequence=consequence,
    )


def issue_permit(permit: Permit, *, number: bytes, signer: Signer, at: datetime) -> str:
    """Sign a permit and return its scan; `number` is the application's. Raises `IssueRefused`; the signer is then never
    called: for another state's key, for a window that is over, or for a key that is not valid until it closes."""
    if at.tzinfo is None or permit.opens.tzinfo is None or permit.closes.tzinfo is None:
        raise ValueError("`at`, `opens` and `closes` must be aware instants")
    if len(number) != NUMBER_OCTETS:
        raise ValueError(f"a number has {NUMBER_OCTETS} octets")
    if found := tuple(_refused(permit, signer.key, at)):
        raise IssueRefused.because(found)
    draft = hcert.build_permit(permit, key=signer.key, at=at.replace(microsecond=0), identifier=number)
    return hcert.seal(draft, signer.sign(draft.signed))


def _refused(permit: Permit, key: KeyInfo, at: datetime) -> Iterator[Refusal]:
    yield from hcert.permit_refusals(permit)
    if canonical(permit.destination) != canonical(key.issuer):
        yield Refusal(Reason.PERMIT_TRIP, "destination")
    if permit.closes <= at:
        yield Refusal(Reason.ISSUE_PERIOD, "closes")
    if key.uses is not None and not key.uses.issuperset(Use):
        yield Refusal(Reason.ISSUE_KEY_USE)
    if not key.not_before <= at <= key.not_after or permit.closes > key.not_after:
        yield Refusal(Reason.ISSUE_KEY_PERIOD)


def withdrawal(number: bytes) -> Identifier:
    """What a revocation list names, so that every verifier refuses the permit."""
    return "cti", number.hex()
