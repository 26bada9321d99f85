"""What was sent: two officials read the same bytes, each signs them at home, and one who wrote none of it publishes.

sent ─► the file, its digest ─ `pratique policy sign` ─► the signed file ─► sign ─ publish ─► a file for a release
                                                                         └─► give back
"""

from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect

from pratique.authority import policies
from pratique.authority.access import Account
from pratique.authority.policies import Draft, State, Stop
from pratique.web import forms
from pratique.web.desk_policies import ROLES, Work, page_of
from pratique.web.forms import Fault
from pratique.web.pages import AnyRequest, everywhere, saved
from pratique.web.problems import language_of
from pratique.web.words import words

MOST_NOTE = 500
"""Characters of why a draft goes back."""


def handlers(work: Work) -> list[Any]:
    """The file, and what can be done with it."""
    desk = work.desk

    @get(everywhere("/policies/drafts/{key:str}/file"))
    async def file(request: AnyRequest, key: FromPath[str]) -> Response[bytes]:
        await sync_to_thread(desk.account, request, *ROLES)
        draft = work.draft(key, State.SENT, State.PUBLISHED)
        return saved(draft.file, "application/json", "policy.json")

    @post(everywhere("/policies/drafts/{key:str}/sign"), status_code=303)
    async def sign(request: AnyRequest, key: FromPath[str]) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        say, at, country = words(language_of(request)), desk.clock(), work.country()
        brought, publishes = form.files.get("file"), form["do"] == "publish"
        done: Draft | Stop = work.draft(key)
        field = "file" if brought or not publishes else "digest"
        if brought is None and not publishes:
            return _told(work, request, account, key, Fault("file", say("policies.file.missing")))
        if brought is not None:
            done = await sync_to_thread(policies.sign, work.engine, account, key, brought, country, at=at)
        if isinstance(done, Draft) and publishes:
            done = await sync_to_thread(policies.publish, work.engine, account, key, form["digest"], country, at=at)
        if isinstance(done, Stop):
            return _told(work, request, account, key, Fault(field, say(f"policies.stop.{done}")))
        return Redirect(f"/{language_of(request)}/policies/drafts/{key}", status_code=303)

    @post(everywhere("/policies/drafts/{key:str}/back"), status_code=303)
    async def back(request: AnyRequest, key: FromPath[str]) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        say, note = words(language_of(request)), form["note"][:MOST_NOTE]
        if not note:
            return _told(work, request, account, key, Fault("note", say("policies.note.missing")))
        done = await sync_to_thread(policies.give_back, work.engine, account, key, note, at=desk.clock())
        if isinstance(done, Stop):
            return _told(work, request, account, key, Fault("note", say(f"policies.stop.{done}")))
        return Redirect(f"/{language_of(request)}/policies/drafts/{key}", status_code=303)

    return [file, sign, back]


def _told(work: Work, request: AnyRequest, account: Account, key: str, fault: Fault) -> Response[str]:
    draft = work.draft(key)
    return page_of(work, request, account, draft, fault if draft.state is State.SENT else fault.alone)
