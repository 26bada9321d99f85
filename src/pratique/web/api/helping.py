"""The desk's side of requests for help: those that wait, and the next step of one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from pratique.authority.store import helping, reading, writing
from pratique.authority.store.helping import Asked, State, Topic
from pratique.web.api.house import House
from pratique.web.api.routes import caller
from pratique.web.api.schema import SIGNED_IN, signed_in
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem


class Waiting(Struct, frozen=True):
    """A request; `request_id` is the desk's name for it, and no way to its status page."""

    request_id: str
    topic: Topic
    message: str
    contact: str | None
    opened: datetime
    state: State


class AllWaiting(Struct, frozen=True):
    """The requests that are not closed, the oldest first, at most a hundred."""

    requests: tuple[Waiting, ...]


class NextStep(Struct, frozen=True, forbid_unknown_fields=True):
    """How far it has come; `words` are what its writer reads on the status page."""

    state: State
    words: Annotated[str, Meta(max_length=4000)] | None = None


class Noted(Struct, frozen=True):
    """That the step was written down."""

    state: State


def handlers(house: House) -> Sequence[Any]:
    """The routes."""

    @get("/v1/help", responses=signed_in(Code.TRY_LATER), security=SIGNED_IN, tags=["desk"], sync_to_thread=True)
    def waiting() -> AllWaiting:
        """Requests for help that wait for the desk."""
        with reading(house.engines.api) as connection:
            return AllWaiting(tuple(map(_waiting, helping.waiting(connection, house.vault))))

    @post(
        "/v1/help/{request_id:str}/steps",
        status_code=201,
        responses=signed_in(Code.THING_UNKNOWN, Code.TRY_LATER, Code.BODY_TOO_LARGE),
        security=SIGNED_IN,
        tags=["desk"],
        sync_to_thread=True,
    )
    def step(request: AnyRequest, request_id: FromPath[str], data: JSONBody[NextStep]) -> Noted:
        """Take a request one step further."""
        at, who = int(house.clock().timestamp()), caller(request).account_id
        with writing(house.engines.api) as connection:
            there = helping.answer(
                connection, house.vault, request_id, data.state, words=data.words, account_id=who, at=at
            )
        if not there:
            raise Problem(Code.THING_UNKNOWN)
        return Noted(data.state)

    return [waiting, step]


def _waiting(asked: Asked) -> Waiting:
    opened = datetime.fromtimestamp(asked.opened, UTC)
    return Waiting(asked.request_id, asked.topic, asked.message, asked.contact, opened, asked.steps[-1].state)
