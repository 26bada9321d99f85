"""D8: who may enter. An application beside what the machine finds in it, its files, and a decision with reasons.

    queue ─ who arrives first ─► application, findings, files ─ decide ─► the applicant's code leads to the permit

Nothing is granted against a finding, or before each file was looked at; and there are six grounds to refuse, no more.
"""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from pratique.authority.access import Account, Role
from pratique.authority.permits import office as permits
from pratique.authority.permits.office import Case, PermitOffice, State, Waiting
from pratique.model.certificate import Certificate
from pratique.model.errors import IssueRefused, PermitRefused
from pratique.model.errors import Problem as Finding
from pratique.model.reasons import Reason
from pratique.permits import GROUNDS, AttachmentKind, Outcome
from pratique.texts.saying import say as said
from pratique.verification import Verification
from pratique.web import cards, forms
from pratique.web.desk import Desk, Page, Queue
from pratique.web.fields import told
from pratique.web.forms import Fault, Form
from pratique.web.pages import AnyRequest, everywhere, saved
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import Words, words

ROLES = frozenset({Role.HEALTH_AUTHORITY})
_REASONS = tuple(sorted(GROUNDS))
_OPEN = (State.RECEIVED, State.MORE)


class _Decided(Struct, frozen=True):
    """What a form says."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    seen: frozenset[AttachmentKind]


def room(desk: Desk, office: PermitOffice) -> Page:
    """The queue and its cases."""

    def waits(account: Account, _: datetime) -> Queue:
        found = [each for each in permits.waiting(office, account) if each.state is State.RECEIVED]
        return Queue("permits.title", "/permits", len(found), min((each.sent for each in found), default=None))

    return Page(ROLES, waits, _handlers(desk, office))


def _handlers(desk: Desk, office: PermitOffice) -> list[Any]:
    async def opened(request: AnyRequest, key: str) -> Case:
        account = await sync_to_thread(desk.account, request, *ROLES)
        found = await sync_to_thread(lambda: permits.read(office, key, account, at=desk.clock()))
        if found is None:
            raise Problem(Code.PAGE_UNKNOWN)
        return found

    @get(everywhere("/permits"))
    async def queue(request: AnyRequest) -> Response[str]:
        account = await sync_to_thread(desk.account, request, *ROLES)
        found, say = await sync_to_thread(permits.waiting, office, account), words(language_of(request))
        return desk.page(request, "desk/permits.html", rows=[_row(each, say) for each in found])

    @get(everywhere("/permits/{key:str}"))
    async def one(request: AnyRequest, key: FromPath[str]) -> Response[str]:
        return _page(desk, request, await opened(request, key))

    @get(everywhere("/permits/{key:str}/files/{number:int}"))
    async def file(request: AnyRequest, key: FromPath[str], number: FromPath[int]) -> Response[bytes]:
        case = await opened(request, key)
        media = dict(enumerate(case.assessment.media)).get(number)
        if media is None:
            raise Problem(Code.PAGE_UNKNOWN)
        sent = case.application.attachments[number]
        return saved(sent.content, media, f"{sent.kind}-{number + 1}.{_suffix(media)}")

    @post(everywhere("/permits/{key:str}"), status_code=303)
    async def decide(request: AnyRequest, key: FromPath[str]) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        say = words(language_of(request))
        asked = _read(form)
        if asked is None:
            return _page(desk, request, await opened(request, key), form, Fault("outcome", say("permits.choose")))

        def decided() -> None:
            permits.decide(
                office,
                key,
                asked.outcome,
                by=account,
                at=desk.clock(),
                reasons=asked.reasons,
                seen=asked.seen,
            )

        try:
            await sync_to_thread(decided)
        except LookupError:
            raise Problem(Code.PAGE_UNKNOWN) from None
        except PermitRefused as refusal:
            faults = [_fault(each, say) for each in refusal.problems]
            return _page(desk, request, await opened(request, key), form, *faults)
        except IssueRefused as refusal:
            faults = [Fault("outcome", told(reason, say)) for reason in refusal.reasons]
            return _page(desk, request, await opened(request, key), form, *faults)
        return Redirect(f"/{language_of(request)}/permits", status_code=303)

    return [queue, one, file, decide]


def _read(form: Form) -> _Decided | None:
    """What is decided; None for a form that does not say."""
    if form["outcome"] not in list(Outcome):
        return None
    reasons = tuple(reason for reason in _REASONS if reason in form.all("reason"))
    seen = frozenset(kind for kind in AttachmentKind if kind in form.all("seen"))
    return _Decided(Outcome(form["outcome"]), reasons, seen)


def _fault(problem: Finding, say: Words) -> Fault:
    """What a decision lacks, at its field; what the machine finds in the application stands above."""
    field = problem.path if problem.path in ("reasons", "seen") else "outcome"
    if problem.path in ("reasons", "seen", "outcome"):
        return Fault(field, say(f"permits.lacks.{problem.path}"))
    return Fault("found", say.why(problem.reason).what)


def _row(waiting: Waiting, say: Words) -> dict[str, str]:
    return {
        "id": waiting.application_id,
        "number": waiting.application_id[:6],
        "arrive": say.instant(waiting.arrive),
        "state": say(f"permits.state.{waiting.state}"),
    }


def _page(desk: Desk, request: AnyRequest, case: Case, form: Form | None = None, *faults: Fault) -> Response[str]:
    say, sent, found = words(language_of(request)), case.application, case.assessment
    own, language, latin = cards.names(sent.holder.name)
    leg = sent.journey.destination
    granted = case.state is State.GRANTED
    kinds = list(dict.fromkeys(each.kind for each in sent.attachments))
    return desk.page(
        request,
        "desk/permit.html",
        status=422 if faults else 200,
        id=case.application_id,
        number=case.application_id[:6],
        state=say(f"permits.state.{case.state}"),
        name=own or latin,
        name_language=language,
        latin=latin if own and latin != own else "",
        born=say.day(sent.holder.birth_date) if sent.holder.birth_date else say("unknown"),
        document=cards.document(sent.holder, say),
        trip=say("permits.trip", origin=sent.journey.origin or "", to=leg.port or leg.to),
        arrive=say.instant(leg.arrive.astimezone(leg.clock)),
        carrier=sent.carrier or say("unknown"),
        insurance=_insurance(case, say),
        lodging=_lodging(case, say),
        findings=[_found(each, say) for each in found.findings],
        verdict=[said(each, say.language) for each in found.verdict.explanation],
        scans=[_scan(each, say) for each in found.told],
        files=[
            {"number": number, "kind": each.kind, "name": each.name, "media": _suffix(media).upper()}
            for number, (each, media) in enumerate(zip(sent.attachments, found.media, strict=True))
        ],
        outcomes=_outcomes(case),
        kinds=[] if granted else kinds,
        grounds=_REASONS,
        form=form,
        faults=faults,
    )


def _suffix(media: str | None) -> str:
    """What a file's name ends with, by its type, such as pdf; empty for one that no officer should open."""
    return (media or "").rpartition("/")[2]


def _outcomes(case: Case) -> list[str]:
    """What can be decided now: against a finding nothing is granted."""
    if case.state is State.GRANTED:
        return ["withdrawn"]
    grant = [] if case.assessment.findings else ["granted"]
    return [*grant, "more", "refused"] if case.state in _OPEN else []


def _found(problem: Finding, say: Words) -> str:
    return say("permits.found", place=problem.path, what=say.why(problem.reason).what)


def _scan(checked: Verification, say: Words) -> dict[str, Any]:
    """A certificate of theirs: whether it is genuine, why not, and what it claims."""
    word = {True: "yes", False: "no", None: "open"}[checked.authentic]
    claims = checked.content.claims if isinstance(checked.content, Certificate) else ()
    return {
        "word": say(f"permits.scan.{word}"),
        "why": [] if checked.authentic else [say.why(reason).what for reason in checked.reasons],
        "lines": [cards.line(claim, say) for claim in claims],
    }


def _insurance(case: Case, say: Words) -> str:
    stated = case.application.insurance
    if stated is None:
        return say("permits.none")
    amount = f"{stated.amount:,} {stated.currency}".replace(",", "\u202f")
    return say("permits.insurance.is", amount=amount, begins=say.day(stated.begins), ends=say.day(stated.ends))


def _lodging(case: Case, say: Words) -> str:
    stated = case.application.lodging
    if stated is None:
        return say("permits.none")
    return say("permits.lodging.is", place=stated.place, begins=say.day(stated.begins), nights=stated.nights)
