"""D9: who recognises whose certificates, as a picture and in words; what is one-sided; and a proposal to be signed.

    the release's agreements ─► matrix, sentences, table ─► propose ─► the file that the network's office signs

Agreements are the network's own part of a release. No key is here, so a proposal is a file and the command to sign it.
"""

import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.response import Redirect
from msgspec import Struct

from pratique.authority.access import Account, Role
from pratique.bundle import AGREEMENTS, Bundle
from pratique.model.consequence import ConsequenceKind
from pratique.model.countries import canonical, is_country
from pratique.model.dates import format_instant, parse_instant
from pratique.model.errors import RuleRefused
from pratique.rules.agreement import (
    Agreement,
    ClaimType,
    Direction,
    Party,
    PartyKind,
    Status,
    asymmetries,
    parse_agreements,
)
from pratique.rules.recognising import Recognition, Relation, countries, recognised, relation
from pratique.web import forms
from pratique.web.agreement_picture import Picture, picture
from pratique.web.desk import Desk, Page, Queue
from pratique.web.forms import Fault, Form, told
from pratique.web.pages import AnyRequest, everywhere, saved
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import Words, words

ROLES = frozenset({Role.HEALTH_AUTHORITY})
LIFTS = tuple(kind for kind in ConsequenceKind if kind is not ConsequenceKind.FREE)
PUBLISH = "pratique bundle publish dist --network keys/network.json --office-key keys/office.key.pem --own own"
_TYPED = ("with", "code", "direction", "lifts", "title", "instrument", "from", "until")
_KEPT = "agreements.proposal"


class Work(Struct, frozen=True):
    """What the pages of agreements work with."""

    desk: Desk
    country: str
    """Whose desk it is."""
    release: Callable[[], Bundle]
    file: Callable[[], bytes]
    """The release's file of agreements; empty where it has none."""


def room(work: Work) -> Page:
    """The picture, and the proposal."""

    def waits(_: Account, __: datetime) -> Queue:
        return Queue("agree.title", "/agreements")

    return Page(ROLES, waits, [*_shown(work), *_proposed(work)])


# --- what there is


class _Other(Struct, frozen=True):
    """How we stand to another country: in words, and what each takes of the other."""

    code: str
    relation: str
    theirs: str
    """What they take of ours."""
    ours: str
    """What we take of theirs."""


class _Line(Struct, frozen=True):
    """One agreement, as the table has it."""

    title: str
    language: str
    parties: str
    one_way: bool
    claims: str
    lifts: str
    status: str
    instrument: str
    begins: str
    until: str


def _shown(work: Work) -> list[Any]:
    desk = work.desk

    @get(everywhere("/agreements"))
    async def shown(request: AnyRequest) -> Response[str]:
        await sync_to_thread(desk.account, request, *ROLES)
        say, at, release = words(language_of(request)), desk.clock(), work.release()
        listed, own = release.agreements, canonical(work.country)
        found, named = recognised(listed, at), countries(listed)
        return desk.page(
            request,
            "desk/agreements.html",
            own=own,
            number=release.number,
            issued=say.instant(release.issued),
            others=_others(found, own, tuple(each for each in named if each != own), say),
            between=_between(found, own, named, say),
            picture=_drawn(found, named, say),
            lines=[_line(each, at, say) for each in listed],
            lifted=_lifted(listed, at, say),
        )

    return [shown]


def _others(found: Any, own: str, named: tuple[str, ...], say: Words) -> list[_Other]:
    rows = []
    for code in named:
        how = relation(found, own, code)
        taken, given = (found.get(pair, Recognition()).claims for pair in ((own, code), (code, own)))
        rows.append(_Other(code, say(f"agree.own.{how}"), _claims(given, say), _claims(taken, say)))
    return rows


def _between(found: Any, own: str, named: tuple[str, ...], say: Words) -> list[str]:
    """Others among each other: one sentence for each two that have anything to do with one another."""
    others = [code for code in named if code != own]
    told = []
    for number, first in enumerate(others):
        for second in others[number + 1 :]:
            how = relation(found, first, second)
            here, there = (second, first) if how is Relation.OURS else (first, second)
            if how is not Relation.NONE:
                said = Relation.THEIRS if how is Relation.OURS else how
                told.append(say(f"agree.between.{said}", here=here, there=there))
    return told


def _drawn(found: Any, named: tuple[str, ...], say: Words) -> Picture:
    def kind(here: str, there: str) -> str:
        cell = found.get((here, there), Recognition())
        return "taken" if cell.claims else "planned" if cell.planned else ""

    def word(here: str, there: str) -> str:
        return say(f"agree.cell.{kind(here, there) or 'none'}", here=here, there=there)

    return picture(named, kind, word, rows=tuple(code for code in named if is_country(code)))


def _line(agreement: Agreement, at: datetime, say: Words) -> _Line:
    status = "over" if agreement.status is Status.IN_FORCE and _over(agreement, at) else agreement.status.value
    status = "begins" if status == Status.IN_FORCE and at < parse_instant(agreement.begins) else status
    return _Line(
        say.of(agreement.title),
        say.chosen(agreement.title),
        _parted(agreement, say),
        agreement.direction is Direction.ONE_WAY,
        _claims(agreement.claims, say),
        "" if agreement.lifts is None else say(f"agree.lifts.{agreement.lifts}"),
        say(f"agree.status.{status}"),
        agreement.instrument,
        say.day(parse_instant(agreement.begins).date()),
        "" if agreement.until is None else say.day(parse_instant(agreement.until).date()),
    )


def _parted(agreement: Agreement, say: Words) -> str:
    """The parties, with an arrow as certificates go: from those who issue them to whoever takes them."""
    named = [_party(each, say) for each in agreement.parties]
    if agreement.direction is Direction.MUTUAL:
        return " ↔ ".join(named)
    return f"{', '.join(named[1:])} → {named[0]}"


def _over(agreement: Agreement, at: datetime) -> bool:
    return agreement.until is not None and at >= parse_instant(agreement.until)


def _party(party: Party, say: Words) -> str:
    if party.code is None:
        return say("agree.withheld")
    return f"{party.code} ({', '.join(party.members)})" if party.members else party.code


def _claims(claims: Collection[ClaimType], say: Words) -> str:
    ordered = [each for each in ClaimType if each in claims]
    return say("agree.and").join(say(f"agree.claim.{each}") for each in ordered) or say("agree.claim.none")


def _lifted(listed: tuple[Agreement, ...], at: datetime, say: Words) -> list[str]:
    """Who spares whose holders what without return; one sentence for each two and each measure."""
    grouped: dict[tuple[str, str, str], list[ClaimType]] = {}
    for each in asymmetries(listed, at):
        grouped.setdefault((each.lifts_at, each.issuer, each.measure or "corridor"), []).append(each.claim)
    return [
        say(
            "agree.lifted.corridor" if measure == "corridor" else "agree.lifted",
            here=here,
            there=there,
            claims=_claims(claims, say),
            **({} if measure == "corridor" else {"measure": say(f"agree.lifts.{measure}")}),
        )
        for (here, there, measure), claims in grouped.items()
    ]


# --- a proposal


def _proposed(work: Work) -> list[Any]:
    desk = work.desk

    def asked(request: AnyRequest, form: Form, *faults: Fault) -> Response[str]:
        return desk.page(
            request,
            "desk/propose.html",
            status=422 if faults else 200,
            known=[each for each in _parties(work) if canonical(work.country) not in each.issuers],
            claims=list(ClaimType),
            chosen=form.all("claims"),
            lifts=LIFTS,
            typed={name: form[name] for name in _TYPED},
            faults=faults,
        )

    @get(everywhere("/agreements/propose"))
    async def propose(request: AnyRequest) -> Response[str]:
        await sync_to_thread(desk.account, request, *ROLES)
        return asked(request, Form({}, {}))

    @post(everywhere("/agreements/propose"), status_code=303)
    async def made(request: AnyRequest) -> Response[Any]:
        await sync_to_thread(desk.account, request, *ROLES)
        form, say = await forms.read(request), words(language_of(request))
        found = _proposal(work, form, say)
        if not isinstance(found, bytes):
            return asked(request, form, *found)
        desk.kept(request)[_KEPT] = found
        return Redirect(f"/{language_of(request)}/agreements/proposal", status_code=303)

    def kept(request: AnyRequest) -> bytes:
        found = desk.kept(request).get(_KEPT)
        if not isinstance(found, bytes):
            raise Problem(Code.SESSION_UNKNOWN)
        return found

    @get(everywhere("/agreements/proposal"))
    async def proposal(request: AnyRequest) -> Response[str]:
        await sync_to_thread(desk.account, request, *ROLES)
        say, at, data = words(language_of(request)), desk.clock(), kept(request)
        return desk.page(
            request,
            "desk/proposal.html",
            line=_line(parse_agreements(data)[-1], at, say),
            digest=sha256(data).hexdigest(),
            command=PUBLISH,
            text=data.decode(),
        )

    @get(everywhere("/agreements/proposal/file"))
    async def file(request: AnyRequest) -> Response[bytes]:
        await sync_to_thread(desk.account, request, *ROLES)
        return saved(kept(request), "application/json", AGREEMENTS)

    return [propose, made, proposal, file]


def _parties(work: Work) -> list[Party]:
    """Everybody who is a party of an agreement, once."""
    found = {
        each.code: each
        for agreement in work.release().agreements
        for each in agreement.parties
        if each.code is not None
    }
    return [found[code] for code in sorted(found)]


def _proposal(work: Work, form: Form, say: Words) -> bytes | tuple[Fault, ...]:
    """The file of agreements with the proposal as its last; or what is wrong with the form."""
    known = {each.code: each for each in _parties(work)}
    code = form["code"].upper() if form["with"] in ("", "other") else form["with"]
    other = known.get(code) or Party(PartyKind.STATE, code)
    faults = [
        Fault(field, say(f"agree.fault.{field}"))
        for field, wrong in (
            ("code", not other.known or canonical(work.country) in other.issuers),
            ("direction", form["direction"] not in ("mutual", "theirs", "ours")),
            ("claims", not form.all("claims") or not set(form.all("claims")) <= set(ClaimType)),
            ("lifts", form["lifts"] not in ("", *LIFTS)),
            ("title", not form["title"]),
            ("instrument", not form["instrument"]),
            ("from", _day(form["from"]) is None),
            ("until", bool(form["until"]) and _day(form["until"]) is None),
        )
        if wrong
    ]
    begins, until = _day(form["from"]), _day(form["until"])
    if faults or begins is None:
        return tuple(faults)
    if until is not None and until <= begins:
        return (Fault("until", say("agree.fault.until")),)
    stated = _stated(work, other, form, begins, until)
    listed = msgspec.json.decode(work.file() or b'{"agreements": 1, "list": []}', type=dict[str, Any])
    names = {each["identifier"] for each in listed["list"]}
    stated["identifier"] = _free(stated["identifier"], names)
    listed["list"] = [*listed["list"], stated]
    data = msgspec.json.format(msgspec.json.encode(listed)) + b"\n"
    try:
        parse_agreements(data)
    except RuleRefused as refusal:
        return tuple(Fault("title", told(each.reason, say)) for each in refusal.problems)
    return data


def _stated(work: Work, other: Party, form: Form, begins: datetime, until: datetime | None) -> dict[str, Any]:
    own: dict[str, Any] = {"kind": "state", "code": canonical(work.country)}
    them: dict[str, Any] = {"kind": other.kind.value, "code": other.code}
    if other.members:
        them["members"] = list(other.members)
    stated = {
        "identifier": f"{own['code']}-{_named(other.code or '')}-{begins.year}",
        "title": {"en": form["title"]},
        "status": Status.PROPOSED.value,
        "direction": (Direction.MUTUAL if form["direction"] == "mutual" else Direction.ONE_WAY).value,
        "parties": [them, own] if form["direction"] == "ours" else [own, them],  # the first one takes the others'
        "claims": [each.value for each in ClaimType if each in form.all("claims")],
        "instrument": form["instrument"],
        "from": format_instant(begins),
    }
    return (
        stated
        | ({} if until is None else {"until": format_instant(until)})
        | ({"lifts": form["lifts"]} if form["lifts"] else {})
    )


def _named(code: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", code.removeprefix("https://").removeprefix("did:web:")).strip("-")


def _free(name: str, taken: set[str]) -> str:
    """A name that no agreement of the list has."""
    names = [name, *(f"{name}-{number}" for number in range(2, len(taken) + 3))]
    return next(each for each in names if each not in taken)


def _day(text: str) -> datetime | None:
    """Midnight UTC of a day as a form has it."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
