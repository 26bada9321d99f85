"""Entry permits: somebody applies, an officer decides, and whoever has the code gets the permit.

An application is a request without an account. Its code travels in the body, and never in an address that is kept
somewhere; nothing that the applicant asks here makes a signature.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from pratique.answering.certificates import certificate_json
from pratique.authority.permits import office as permits
from pratique.authority.permits.office import LARGEST_FILE, Case, PermitOffice, Standing, State, Waiting
from pratique.authority.permits.written import Written, WrongField
from pratique.model.certificate import Certificate
from pratique.model.consequence import Consequence
from pratique.model.errors import Problem as Finding
from pratique.model.journey import Journey
from pratique.model.reasons import Reason
from pratique.permits import MOST_ATTACHMENTS, Attachment, AttachmentKind, Insurance, Lodging, Outcome
from pratique.verification import Verification
from pratique.web.api.house import House
from pratique.web.api.routes import caller
from pratique.web.api.schema import SIGNED_IN, signed_in, told
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem

MAX_BODY = 16 * 1024 * 1024
"""Three large photographs, or ten of a telephone's smaller ones, in base64."""

ApplicantsCode = Annotated[str, Meta(max_length=60)]


class Sent(Struct, frozen=True, forbid_unknown_fields=True):
    """A file: a picture, or a PDF without scripts or files in it, in base64. What it is, its content says."""

    kind: AttachmentKind
    content: Annotated[bytes, Meta(max_length=LARGEST_FILE)]
    name: Annotated[str, Meta(max_length=200)] = ""


class Applied(Written, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An application with its files."""

    attachments: Annotated[tuple[Sent, ...], Meta(max_length=MOST_ATTACHMENTS)] = ()


class Again(Applied, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole application once more, with what was asked for."""

    code: ApplicantsCode


class Taken(Struct, frozen=True):
    """The code by which you, and nobody else, see what becomes of it. It is told once."""

    code: str


class Coded(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose application."""

    code: ApplicantsCode


class AllWaiting(Struct, frozen=True):
    """Every application, those that nobody decided first."""

    applications: tuple[Waiting, ...]


class Shown(Struct, frozen=True):
    """A certificate of an application as it verifies now; `certificate` is in the shape of a DCC."""

    authentic: bool | None
    format: str | None
    reasons: tuple[Reason, ...]
    certificate: dict[str, Any] | None


class File(Struct, frozen=True):
    """A file of an application; `media` is its type by its content."""

    kind: AttachmentKind
    name: str
    media: str | None


class Opened(Struct, frozen=True):
    """An application and what the machine finds in it now: with a finding nothing is granted."""

    application_id: str
    state: State
    family: str | None
    given: str | None
    birth_date: str | None
    document: str
    journey: Journey
    carrier: str | None
    insurance: Insurance | None
    lodging: Lodging | None
    scans: tuple[Shown, ...]
    attachments: tuple[File, ...]
    accepted: bool | None
    consequence: Consequence | None
    findings: tuple[Finding, ...]


class Decision(Struct, frozen=True, forbid_unknown_fields=True):
    """What an officer decides; `reasons` for all but a grant, `seen` each kind of file that was looked at."""

    outcome: Literal["granted", "refused", "more", "withdrawn"]
    reasons: Annotated[tuple[Reason, ...], Meta(max_length=6)] = ()
    seen: Annotated[tuple[AttachmentKind, ...], Meta(max_length=MOST_ATTACHMENTS)] = ()


class Decided(Struct, frozen=True):
    """That it was decided, and written down."""

    state: State


def handlers(house: House) -> Sequence[Any]:
    """The routes; where no permits are given, there are none."""
    office = house.permits
    return [] if office is None else [*_applying(house, office), *_deciding(house, office)]


_PROBLEMS = (Code.CONTENT_REFUSED, Code.BODY_TOO_LARGE, Code.TRY_LATER)


def _applying(house: House, office: PermitOffice) -> list[Any]:
    @post(
        "/v1/permits",
        status_code=201,
        request_max_body_size=MAX_BODY,
        responses=told(*_PROBLEMS),
        tags=["permits"],
        sync_to_thread=True,
    )
    def apply(request: AnyRequest, data: JSONBody[Applied]) -> Taken:
        """Apply for leave to enter."""
        house.pace.take(request)
        try:
            return Taken(permits.apply(office, data, _files(data), at=house.clock()))
        except WrongField as fault:
            raise Problem(Code.REQUEST_UNREADABLE, place=f"$.{fault.args[0]}") from fault

    @post(
        "/v1/permits/more",
        status_code=200,
        request_max_body_size=MAX_BODY,
        responses=told(Code.THING_UNKNOWN, *_PROBLEMS),
        tags=["permits"],
        sync_to_thread=True,
    )
    def more(request: AnyRequest, data: JSONBody[Again]) -> Standing:
        """Send what an officer asked for: the whole application once more."""
        house.pace.take(request)
        try:
            permits.send_more(office, data.code, data, _files(data), at=house.clock())
        except WrongField as fault:
            raise Problem(Code.REQUEST_UNREADABLE, place=f"$.{fault.args[0]}") from fault
        except LookupError:
            raise Problem(Code.THING_UNKNOWN) from None
        return _standing(data.code)

    @post(
        "/v1/permits/standing",
        status_code=200,
        responses=told(Code.THING_UNKNOWN, Code.TRY_LATER),
        tags=["permits"],
        sync_to_thread=True,
    )
    def standing(request: AnyRequest, data: JSONBody[Coded]) -> Standing:
        """What became of an application; of one that is granted, the permit."""
        house.pace.take(request)
        return _standing(data.code)

    def _standing(code: str) -> Standing:
        found = permits.standing(office, code)
        if found is None:
            raise Problem(Code.THING_UNKNOWN)
        return found

    return [apply, more, standing]


def _deciding(house: House, office: PermitOffice) -> list[Any]:
    def case(request: AnyRequest, application_id: str) -> Case:
        found = permits.read(office, application_id, caller(request).account, at=house.clock())
        if found is None:
            raise Problem(Code.THING_UNKNOWN)
        return found

    @get("/v1/permits", responses=signed_in(Code.TRY_LATER), security=SIGNED_IN, tags=["desk"], sync_to_thread=True)
    def waiting(request: AnyRequest) -> AllWaiting:
        """What waits for an officer."""
        return AllWaiting(tuple(permits.waiting(office, caller(request).account)))

    @get(
        "/v1/permits/{application_id:str}",
        responses=signed_in(Code.THING_UNKNOWN, Code.TRY_LATER),
        security=SIGNED_IN,
        tags=["desk"],
        sync_to_thread=True,
    )
    def opened(request: AnyRequest, application_id: FromPath[str]) -> Opened:
        """An application, and what is found in it. That it was read is written down."""
        return _opened(case(request, application_id))

    @get(
        "/v1/permits/{application_id:str}/attachments/{number:int}",
        responses=signed_in(Code.THING_UNKNOWN, Code.TRY_LATER),
        security=SIGNED_IN,
        tags=["desk"],
        sync_to_thread=True,
    )
    def attachment(request: AnyRequest, application_id: FromPath[str], number: FromPath[int]) -> Response[bytes]:
        """A file, as what its content says it is, whatever it is called."""
        found = case(request, application_id)
        if not 0 <= number < len(found.assessment.media):
            raise Problem(Code.THING_UNKNOWN)
        media = found.assessment.media[number] or "application/octet-stream"
        headers = {"content-disposition": "attachment", "x-content-type-options": "nosniff"}
        return Response(found.application.attachments[number].content, media_type=media, headers=headers)

    @post(
        "/v1/permits/{application_id:str}/decisions",
        status_code=201,
        responses=signed_in(Code.THING_UNKNOWN, Code.CONTENT_REFUSED, Code.TRY_LATER, Code.BODY_TOO_LARGE),
        security=SIGNED_IN,
        tags=["desk"],
        sync_to_thread=True,
    )
    def decide(request: AnyRequest, application_id: FromPath[str], data: JSONBody[Decision]) -> Decided:
        """Grant, refuse, ask for more, or withdraw."""
        try:
            permits.decide(
                office,
                application_id,
                Outcome(data.outcome),
                by=caller(request).account,
                at=house.clock(),
                reasons=data.reasons,
                seen=frozenset(data.seen),
            )
        except LookupError:
            raise Problem(Code.THING_UNKNOWN) from None
        return Decided(State(data.outcome))

    return [waiting, opened, attachment, decide]


def _files(data: Applied) -> list[Attachment]:
    return [Attachment(each.kind, each.content, each.name) for each in data.attachments]


def _opened(case: Case) -> Opened:
    sent, found = case.application, case.assessment
    name, document = sent.holder.name, sent.holder.document
    return Opened(
        application_id=case.application_id,
        state=case.state,
        family=name.family or name.family_icao,
        given=name.given or name.given_icao,
        birth_date=None if sent.holder.birth_date is None else str(sent.holder.birth_date),
        document="" if document is None else f"{document.country} …{document.tail}",
        journey=sent.journey,
        carrier=sent.carrier,
        insurance=sent.insurance,
        lodging=sent.lodging,
        scans=tuple(map(_shown, found.told)),
        attachments=tuple(
            File(each.kind, each.name, media) for each, media in zip(sent.attachments, found.media, strict=True)
        ),
        accepted=found.verdict.accepted,
        consequence=found.verdict.consequence,
        findings=found.findings,
    )


def _shown(told: Verification) -> Shown:
    said = certificate_json(told.content) if isinstance(told.content, Certificate) else None
    return Shown(told.authentic, told.format, told.reasons, said)
