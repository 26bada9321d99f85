"""D8: the policies in force, and those that are being written: what stops a draft, whom it hits, and what it changes.

    list ─► a policy in force ─► a draft: text with its findings ─► effect on a sample ─► sent (`desk_signing`)

Every text is kept as it was saved. Nothing is judged here: `authority.policies` says what stops a draft, and the pages
say it in words beside the text.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct
from sqlalchemy import Engine

from pratique.authority import policies
from pratique.authority.access import Account, Role
from pratique.authority.policies import Country, Draft, Standing, State, Stop
from pratique.bundle import Bundle
from pratique.model.countries import canonical
from pratique.model.errors import RuleRefused
from pratique.rules.policy import Policy, read_policy
from pratique.web import forms
from pratique.web.desk import Desk, Page, Queue
from pratique.web.effects import Effects, Why
from pratique.web.forms import Fault
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.policy_effect import charts, hits, ways
from pratique.web.policy_words import changes, findings, summary
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import Words, words

ROLES = frozenset({Role.HEALTH_AUTHORITY})
OFFICIALS = "pratique policy officials --country {country} health=health.pub.pem justice=justice.pub.pem"
SIGN = "pratique policy sign policy.json --as {name} --key {name}.key.pem"
PUBLISH = "pratique bundle publish dist --participant {country} --parts parts --key {key}.key.pem"
"""Commands, which no language changes: keys are with people, and none is here."""
WAIT = 8.0
"""Seconds that a page waits for numbers before it says that they are being worked out."""


class Work(Struct, frozen=True):
    """What the pages of policies work with."""

    desk: Desk
    engine: Engine
    """The database in the role of the health authority's desk."""
    country: Callable[[], Country]
    """Whose policies they are, and what of them the release in force has."""
    example: bytes
    """A policy that passes every check, to begin from."""
    effects: Effects

    def draft(self, key: str, *states: State) -> Draft:
        """A draft in one of these states. Raises `Problem` (PAGE_UNKNOWN)."""
        found = policies.find(self.engine, key)
        if found is None or found.state is State.GIVEN_UP or (states and found.state not in states):
            raise Problem(Code.PAGE_UNKNOWN)
        return found


def country_of(code: str, bundle: Bundle, files: Mapping[str, bytes], *, beside: Sequence[bytes] = ()) -> Country:
    """A country's policies and officials in a release; `beside` are files of policies that are in force without one."""
    own = canonical(code)
    found = [
        Standing(files[f"policies/{name}.json"], policy)
        for name, policy in bundle.policies.items()
        if canonical(policy.country) == own
    ]
    named = {each.policy.edition for each in found}
    others = (Standing(data, read_policy(data)) for data in beside)
    found += [each for each in others if each.policy.edition not in named]
    return Country(own, tuple(found), bundle.officials.get(own))


def room(work: Work, signing: Sequence[Any]) -> Page:
    """The list, a policy, and a draft; `signing` are the handlers of what was sent."""

    def waits(account: Account, _: datetime) -> Queue:
        waiting = policies.waiting(work.engine, account)
        since = datetime.fromtimestamp(waiting[0].moment, UTC) if waiting else None
        return Queue("policies.title", "/policies", len(waiting), since)

    return Page(ROLES, waits, [*_listed(work), *_written(work), *signing])


# --- what there is


def _listed(work: Work) -> list[Any]:
    desk = work.desk

    def page(request: AnyRequest, *faults: Fault) -> Response[str]:
        say, at, country = words(language_of(request)), desk.clock(), work.country()
        standing = [(each, summary(each.policy, say, at=at)) for each in country.standing]
        return desk.page(
            request,
            "desk/policies.html",
            status=422 if faults else 200,
            standing=[(short, quote(each.policy.edition, safe=""), _when(each.policy, at)) for each, short in standing],
            drafts=[_row(each, say) for each in policies.drafts(work.engine) if each.state is not State.GIVEN_UP],
            officials=_officials(country, say),
            country=country.code,
            command=OFFICIALS.format(country=country.code),
            faults=faults,
        )

    @get(everywhere("/policies"))
    async def listed(request: AnyRequest) -> Response[str]:
        await sync_to_thread(desk.account, request, *ROLES)
        return await sync_to_thread(page, request)

    @post(everywhere("/policies"), status_code=303)
    async def begin(request: AnyRequest) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        chosen = _found(work, form["from"])
        if form["from"] != "example" and chosen is None:
            return await sync_to_thread(
                page, request, Fault("from", words(language_of(request))("policies.from.choose"))
            )
        content = (work.example if chosen is None else chosen.data).decode()
        made = await sync_to_thread(policies.begin, work.engine, account, content, at=desk.clock())
        if isinstance(made, Stop):
            return await sync_to_thread(
                page, request, Fault("from", words(language_of(request))("policies.stop.too_long"))
            )
        return Redirect(f"/{language_of(request)}/policies/drafts/{made.draft_id}", status_code=303)

    @get(everywhere("/policies/published/{name:str}"))
    async def one(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        await sync_to_thread(desk.account, request, *ROLES)
        found = _found(work, name)
        if found is None:
            raise Problem(Code.PAGE_UNKNOWN)
        say, at = words(language_of(request)), desk.clock()
        return desk.page(
            request,
            "desk/policy.html",
            short=summary(found.policy, say, at=at),
            when=_when(found.policy, at),
            text=msgspec.json.format(found.data).decode(),
        )

    return [listed, begin, one]


def _found(work: Work, name: str) -> Standing | None:
    return next((each for each in work.country().standing if each.policy.edition == name), None)


def _when(policy: Policy, at: datetime) -> str:
    return "in_force" if policy.in_force(at) else "over" if policy.start <= at else "announced"


class _Row(Struct, frozen=True):
    draft_id: str
    title: str
    name: str
    """Its identifier and version, which tell it from others of one title."""
    state: str
    by: str
    when: str


def _row(draft: Draft, say: Words) -> _Row:
    last = draft.steps[-1] if draft.steps else None
    by, moment = (last.account_id, last.moment) if last else (draft.text.written_by, draft.text.moment)
    when = say.instant(datetime.fromtimestamp(max(moment, draft.text.moment), UTC))
    policy = _policy(draft.text.content)
    name = "" if policy is None else policy.edition
    return _Row(draft.draft_id, _title(draft, policy, say), name, draft.state.value, by, when)


def _policy(text: str) -> Policy | None:
    """A text as a policy; None while it is none."""
    try:
        return read_policy(text.encode())
    except (RuleRefused, UnicodeEncodeError):
        return None


def _title(draft: Draft, policy: Policy | None, say: Words) -> str:
    """The title of a draft as far as it has one."""
    if policy is None:
        return say("policies.untitled", number=draft.draft_id[:6])
    return say.of(policy.title) or policy.identifier


def _officials(country: Country, say: Words) -> list[tuple[str, str]]:
    known = country.officials.keys if country.officials is not None else {}
    return [(name, say.of(each.title)) for name, each in known.items()]


# --- a draft


def _written(work: Work) -> list[Any]:
    desk = work.desk

    @get(everywhere("/policies/drafts/{key:str}"))
    async def one(request: AnyRequest, key: FromPath[str]) -> Response[str]:
        account = await sync_to_thread(desk.account, request, *ROLES)
        return await sync_to_thread(page_of, work, request, account, work.draft(key))

    @post(everywhere("/policies/drafts/{key:str}"), status_code=303)
    async def saved(request: AnyRequest, key: FromPath[str]) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        at, say, here = desk.clock(), words(language_of(request)), f"/{language_of(request)}/policies/drafts/{key}"
        if form["do"] not in ("save", "send", "give_up") or not form["number"].isdecimal():
            raise Problem(Code.FORM_UNREADABLE)
        text = form["text"].replace("\r\n", "\n") + "\n"
        number = int(form["number"][:9])
        if form["do"] == "give_up":
            done = await sync_to_thread(policies.give_up, work.engine, account, key, at=at)
        else:
            done = await sync_to_thread(policies.save, work.engine, account, key, text, after=number, at=at)
        if isinstance(done, Draft) and form["do"] == "send":
            done = await sync_to_thread(policies.send, work.engine, account, key, work.country(), at=at)
        if isinstance(done, Draft):
            return Redirect(here if form["do"] != "give_up" else f"/{language_of(request)}/policies", status_code=303)
        draft = work.draft(key)
        fault = Fault("text", say(f"policies.stop.{done}"))
        kept = text if done in (Stop.CHANGED, Stop.TOO_LONG) else None
        return await sync_to_thread(page_of, work, request, account, draft, fault, kept=kept)

    @get(everywhere("/policies/drafts/{key:str}/effect"))
    async def effect(request: AnyRequest, key: FromPath[str]) -> Response[str]:
        await sync_to_thread(desk.account, request, *ROLES)
        return await sync_to_thread(_effect, work, request, work.draft(key))

    return [one, saved, effect]


def _effect(work: Work, request: AnyRequest, draft: Draft) -> Response[str]:
    """Whom a draft hits; or why there are no numbers, which `why` says."""
    say, policy = words(language_of(request)), _policy(draft.text.content)
    title = _title(draft, policy, say)
    values: dict[str, Any] = {"draft_id": draft.draft_id, "title": title, "people": work.effects.people}
    if policy is None:
        return work.desk.page(request, "desk/effect.html", why="unreadable", **values)
    before = work.country().before(policy)
    found = work.effects.of(draft.file, None if before is None else before.data, policy.start, wait=WAIT)
    if isinstance(found, Why):
        return work.desk.page(request, "desk/effect.html", why=found.value, **values)
    return work.desk.page(
        request,
        "desk/effect.html",
        why="",
        charts=charts(found, say),
        hits=hits(found, say),
        at=say.instant(found.at),
        ways=ways(found, policy, say),
        against=None if before is None else summary(before.policy, say, at=work.desk.clock()).title,
        **values,
    )


def page_of(
    work: Work, request: AnyRequest, account: Account, draft: Draft, *faults: Fault, kept: str | None = None
) -> Response[str]:
    """A draft as its state asks for: to be written on, to be signed, or to be read. `kept` is a text not yet saved."""
    say, at, country = words(language_of(request)), work.desk.clock(), work.country()
    text = draft.text.content if kept is None else kept
    policy = _policy(text)
    before = country.before(policy) if policy is not None else None
    common: dict[str, Any] = {
        "draft_id": draft.draft_id,
        "title": _title(draft, _policy(draft.text.content), say),
        "state": draft.state.value,
        "short": None if policy is None else summary(policy, say, at=at),
        "steps": _steps(draft, say),
        "diff": None if before is None else changes(before.data, text.encode()),
        "against": None if before is None else summary(before.policy, say, at=at).title,
        "faults": faults,
    }
    status = 422 if faults else 200
    if draft.state is State.DRAFT:
        found = findings(policies.stopping(text, country, at=at), text, country, say)
        newer = changes(text.encode(), draft.text.content.encode()) if kept is not None else None
        more = {"text": text, "number": draft.texts[-1].number, "findings": found, "newer": newer}
        return work.desk.page(request, "desk/policy_draft.html", status=status, **common, **more)
    stops = findings(policies.stopping(text, country, at=at), text, country, say) if draft.state is State.SENT else ()
    missing = policies.missing(draft)
    more = {
        "text": draft.file.decode(),
        "digest": draft.digest,
        "missing": missing,
        "writer": account.account_id in draft.writers,
        "signed": account.account_id in {each.account_id for each in draft.signed},
        "name": _file_name(policy),
        "signing": [SIGN.format(name=name) for name in missing],
        "publishing": PUBLISH.format(country=country.code, key=country.code.lower()),
        "findings": stops,
    }
    fields = {"digest", "note", "file"} if draft.state is State.SENT else {"digest"}
    if account.account_id in {each.account_id for each in draft.signed}:
        fields.discard("file")
    common["faults"] = [fault if fault.field in fields else fault.alone for fault in faults]
    return work.desk.page(request, "desk/policy_sent.html", status=status, **common, **more)


def _file_name(policy: Policy | None) -> str:
    """As a release names it: `XA-LARGE-EVENTS.json`."""
    named = policy.identifier if policy is not None else "policy"
    return "".join(each if each.isascii() and (each.isalnum() or each == "-") else "-" for each in named) + ".json"


class _Step(Struct, frozen=True):
    did: str
    by: str
    when: str
    signer: str
    note: str


def _steps(draft: Draft, say: Words) -> list[_Step]:
    """What was done with it: each text that was saved, and each step."""
    texts = [(each.moment, 0, _Step("write", each.written_by, "", "", "")) for each in draft.texts]
    steps = [
        (each.moment, each.number, _Step(each.step, each.account_id, "", each.signer or "", each.note or ""))
        for each in draft.steps
    ]
    return [
        _Step(step.did, step.by, say.instant(datetime.fromtimestamp(moment, UTC)), step.signer, step.note)
        for moment, _, step in sorted([*texts, *steps], key=lambda each: each[:2])
    ]
