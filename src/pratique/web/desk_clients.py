"""Programs that sign in with keys of their own: laboratories, clinics, local codes and carriers.

/clients ─ one ─┬─ let in no more: one person, at once
                └─ let in, other keys: proposed here, confirmed by somebody else at /joint
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from pratique.authority.access import Account, Act, may
from pratique.authority.access.clients import MAY_SIGN_IN, thumbprints
from pratique.authority.issuance import jointly
from pratique.authority.issuance.jointly import LetIn, OtherKeys
from pratique.authority.store import clients, reading, writing
from pratique.model.errors import ClientRefused, MalformedRecord
from pratique.web import forms
from pratique.web.desk import Page, Queue
from pratique.web.desk_joint import ROLES, Joint
from pratique.web.forms import Fault, Form
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import Words, words

MAY_BE = sorted(role.value for role in MAY_SIGN_IN)
FIELDS = ("client_id", "name", "role", "keys", "source")


class _Program(Struct, frozen=True):
    """A program as a page shows it."""

    client_id: str
    role: str
    name: str
    keys: tuple[tuple[str, str], ...]
    ended: str | None


def room(joint: Joint) -> Page:
    """The list, one program, and what is proposed of it."""
    return Page(ROLES, lambda _, __: Queue("clients.title", "/clients"), [*_looking(joint), *_stepping(joint)])


def _looking(joint: Joint) -> list[Any]:
    desk = joint.desk

    @get(everywhere("/clients"))
    async def every(request: AnyRequest) -> Response[str]:
        await sync_to_thread(desk.account, request, *ROLES)
        found = await sync_to_thread(_programs, joint, words(language_of(request)))
        return desk.page(request, "desk/clients.html", programs=found)

    @get(everywhere("/enter-client"))
    async def asked(request: AnyRequest) -> Response[str]:
        await sync_to_thread(desk.account, request, *ROLES)
        return _form(joint, request, Form({}, {}))

    @get(everywhere("/clients/{client_id:str}"))
    async def one(request: AnyRequest, client_id: FromPath[str]) -> Response[str]:
        await sync_to_thread(desk.account, request, *ROLES)
        return await sync_to_thread(_page, joint, request, client_id)

    return [every, asked, one]


def _stepping(joint: Joint) -> list[Any]:
    desk = joint.desk

    @post(everywhere("/enter-client"), status_code=303)
    async def let_in(request: AnyRequest) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        if form["role"] not in MAY_BE:
            return _form(joint, request, form, Fault("role", words(language_of(request))("clients.wrong.role")))
        typed: Any = {name: form[name] for name in FIELDS} | {"source": form["source"] or None}
        act = LetIn(**typed)
        return await _proposed(joint, request, account, act, lambda fault: _form(joint, request, form, fault))

    @post(everywhere("/clients/{client_id:str}/keys"), status_code=303)
    async def rekey(request: AnyRequest, client_id: FromPath[str]) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        act = OtherKeys(client_id, form["keys"])
        return await _proposed(
            joint, request, account, act, lambda fault: _page(joint, request, client_id, Fault("keys", fault.text))
        )

    @post(everywhere("/clients/{client_id:str}/end"), status_code=303)
    async def end(request: AnyRequest, client_id: FromPath[str]) -> Redirect:
        account = await sync_to_thread(desk.account, request, *ROLES)
        await forms.read(request)
        await sync_to_thread(_end, joint, account, client_id)
        return Redirect(f"/{language_of(request)}/clients/{client_id}", status_code=303)

    return [let_in, rekey, end]


async def _proposed(
    joint: Joint,
    request: AnyRequest,
    account: Account,
    act: LetIn | OtherKeys,
    again: Callable[[Fault], Response[str]],
) -> Response[Any]:
    """To the page of the proposal, or to the form `again` with what is wrong."""

    def propose() -> str | Fault:
        try:
            with writing(joint.engine) as connection:
                return jointly.propose(connection, act, account, at=joint.desk.clock())
        except ClientRefused as refusal:
            return _fault(refusal, words(language_of(request)))
        except MalformedRecord:
            return Fault("source", words(language_of(request))("clients.wrong.source"))

    came = await sync_to_thread(propose)
    if isinstance(came, str):
        return Redirect(f"/{language_of(request)}/joint/{came}", status_code=303)
    return await sync_to_thread(again, came)


def _fault(refusal: ClientRefused, say: Words) -> Fault:
    """Beside the field that a refusal names, before any colon."""
    field = (refusal.detail or "").partition(":")[0]
    return Fault(field, say(f"clients.wrong.{field}"))


def _end(joint: Joint, account: Account, client_id: str) -> None:
    may(account, Act.SUSPEND)
    with writing(joint.engine) as connection:
        clients.end(connection, client_id, at=int(joint.desk.clock().timestamp()))


# what is shown


def _form(joint: Joint, request: AnyRequest, form: Form, *faults: Fault) -> Response[str]:
    return joint.desk.page(
        request,
        "desk/enter_client.html",
        status=422 if faults else 200,
        roles=MAY_BE,
        typed={name: form[name] for name in FIELDS},
        faults=faults,
    )


def _page(joint: Joint, request: AnyRequest, client_id: str, *faults: Fault) -> Response[str]:
    found = next((each for each in _programs(joint, words(language_of(request))) if each.client_id == client_id), None)
    if found is None:
        raise Problem(Code.PAGE_UNKNOWN)
    told = [fault.alone for fault in faults] if found.ended else faults
    return joint.desk.page(
        request, "desk/client.html", status=422 if faults else 200, program=found, faults=told
    )  # fmt: skip


def _programs(joint: Joint, say: Words) -> list[_Program]:
    with reading(joint.engine) as connection:
        found = clients.every(connection)
    return [
        _Program(each.account_id, each.role, each.name, thumbprints(each.keys), _ended(joint, say, until))
        for each, until in found
    ]


def _ended(joint: Joint, say: Words, until: int | None) -> str | None:
    return None if until is None else say.instant(datetime.fromtimestamp(until, UTC).astimezone(joint.zone))
