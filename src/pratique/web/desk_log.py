"""D10: the log of each key. Its last checkpoint, whether counter and log agree, and proofs to take along.

    /log ─ verify now ─► added up anew, entry by entry    ─ checkpoint, consistency proof ─► files, checked without us

A counter that is a little ahead has lost numbers in a crash, for which the log makes up before the key signs again. One
that is behind, or far ahead, stops the key: the page says so, and by how much.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct
from sqlalchemy import Connection, Engine

from pratique.authority.access import Role
from pratique.authority.issuance import log, proofs
from pratique.authority.issuance.log import MOST_LOST
from pratique.authority.signers.counter import CountedSigner
from pratique.authority.store import reading, signing_log, withdrawals
from pratique.authority.store.signing_log import SigningKey
from pratique.model.errors import LogFault, TrustMaterialError
from pratique.web import forms
from pratique.web.desk import Desk, Page, Queue
from pratique.web.forms import Fault
from pratique.web.pages import AnyRequest, everywhere, saved
from pratique.web.problems import Code, Problem, language_of
from pratique.web.words import words

ROLES = frozenset({Role.HEALTH_AUTHORITY, Role.AUDITOR})
_VERIFIED = "log.verified"


class Logs(Struct, frozen=True):
    """What the page works with: `signers` are those whose counters can be read here, by the names of their logs."""

    desk: Desk
    engine: Engine
    signers: Mapping[str, CountedSigner]


class Stand(Struct, frozen=True):
    """A key's log as it is now. `differs` is how far the counter is ahead of it, None where nobody can say."""

    key: SigningKey
    size: int
    root: str
    count: int | None
    state: str
    differs: int
    distrusted: bool


class Verified(Struct, frozen=True):
    """What adding a log up came to; `issued` is None where it did not add up."""

    at: datetime
    issued: int | None = None
    void: int = 0
    erased: int = 0


def room(logs: Logs) -> Page:
    """The logs, and what is done with them."""
    desk = logs.desk

    @get(everywhere("/log"))
    async def shown(request: AnyRequest) -> Response[str]:
        await sync_to_thread(desk.account, request, *ROLES)
        return await sync_to_thread(_shown, logs, request)

    @post(everywhere("/log/verify"), status_code=303)
    async def verify(request: AnyRequest) -> Redirect:
        await sync_to_thread(desk.account, request, *ROLES)
        await forms.read(request)
        desk.kept(request)[_VERIFIED] = await sync_to_thread(_verified, logs)
        return Redirect(f"/{language_of(request)}/log", status_code=303)

    @get(everywhere("/log/{key_id:str}/checkpoint"))
    async def checkpoint(request: AnyRequest, key_id: FromPath[str]) -> Response[bytes]:
        await sync_to_thread(desk.account, request, *ROLES)
        text = await sync_to_thread(_checkpoint, logs, key_id)
        return saved(text.encode(), "text/plain", "checkpoint.txt")

    @get(everywhere("/log/{key_id:str}/proof"))
    async def proof(request: AnyRequest, key_id: FromPath[str]) -> Response[Any]:
        await sync_to_thread(desk.account, request, *ROLES)
        found = await sync_to_thread(_proof, logs, key_id, request.query_params.get("old", ""))
        if found is None:
            return await sync_to_thread(_shown, logs, request, key_id)
        return saved(found, "application/json", "proof.json")

    return Page(ROLES, lambda _, __: Queue("log.title", "/log"), [shown, verify, checkpoint, proof])


def _shown(logs: Logs, request: AnyRequest, wrong: str = "") -> Response[str]:
    """All logs; `wrong` is the name of one to which somebody asked for a proof from a size that it never had."""
    say, verified = words(language_of(request)), logs.desk.kept(request).get(_VERIFIED, {})
    stands = _stands(logs)
    return logs.desk.page(
        request,
        "desk/log.html",
        status=422 if wrong else 200,
        logs=[(each, say.instant(datetime.fromtimestamp(each.key.moment, UTC))) for each in stands],
        verified={name: (each, say.instant(each.at)) for name, each in verified.items()},
        faults=(Fault(f"old-{wrong}", say("log.proof.wrong")),) if wrong else (),
    )


def _stands(logs: Logs) -> list[Stand]:
    with reading(logs.engine) as connection:
        gone = {each.key_id for each in withdrawals.distrusted(connection)}
        return [_stand(connection, logs, key, distrusted=key.key_id in gone) for key in signing_log.keys(connection)]


def _stand(connection: Connection, logs: Logs, key: SigningKey, *, distrusted: bool) -> Stand:
    signer, size = logs.signers.get(key.key_id), signing_log.size(connection, key.key_id)
    try:
        point = log.checkpoint(connection, key)
        count = None if signer is None else signer.count
    except LookupError:  # a part of the tree is gone
        return Stand(key, size, "", None, "broken", 0, distrusted)
    except TrustMaterialError:
        return Stand(key, size, point.root.hex(), None, "unreadable", 0, distrusted)
    if count is None:
        return Stand(key, point.size, point.root.hex(), None, "elsewhere", 0, distrusted)
    differs = count - point.size
    state = "agree" if differs == 0 else "lost" if 0 < differs <= MOST_LOST else "paused"
    return Stand(key, point.size, point.root.hex(), count, state, abs(differs), distrusted)


def _verified(logs: Logs) -> dict[str, Verified]:
    """Every log, added up anew. The counter is not asked here: what it says stands beside it."""
    at, found = logs.desk.clock(), {}
    with reading(logs.engine) as connection:
        for key in signing_log.keys(connection):
            try:
                balance = log.balance(connection, key.key_id)
                erased = log.erased(connection, key.key_id)
                found[key.key_id] = Verified(at, balance.issued, balance.void, erased)
            except (LogFault, LookupError):
                found[key.key_id] = Verified(at)
    return found


def _key(connection: Connection, key_id: str) -> SigningKey:
    found = next((each for each in signing_log.keys(connection) if each.key_id == key_id), None)
    if found is None:
        raise Problem(Code.PAGE_UNKNOWN)
    return found


def _checkpoint(logs: Logs, key_id: str) -> str:
    with reading(logs.engine) as connection:
        return log.checkpoint(connection, _key(connection, key_id)).to_text()


def _proof(logs: Logs, key_id: str, old: str) -> bytes | None:
    """The proof from an older size, in JSON; None for a size that the log never had."""
    with reading(logs.engine) as connection:
        key = _key(connection, key_id)
        if not old.isdecimal() or len(old) > 18:
            return None
        try:
            return msgspec.json.encode(proofs.consistency(connection, key, int(old)))
        except ValueError:
            return None
