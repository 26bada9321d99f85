"""The desk's side of support: what waits, what was written, and the next step of it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from pratique.authority.issuance import support
from pratique.authority.issuance.support import LONGEST, State, Topic
from pratique.authority.store import reading, writing
from pratique.web.api.house import House
from pratique.web.api.routes import caller
from pratique.web.api.schema import SIGNED_IN, signed_in
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem


class Waiting(Struct, frozen=True):
    """A matter that is not settled; its id is the desk's name for it, and no way to its status page."""

    support_id: str
    topic: Topic
    language: str
    opened: datetime


class AllWaiting(Struct, frozen=True):
    """What is not settled, the oldest first."""

    waiting: tuple[Waiting, ...]


class Written(Struct, frozen=True):
    """What a person wrote."""

    words: str


class NextStep(Struct, frozen=True, forbid_unknown_fields=True):
    """Where it stands now; `words` are what its writer reads on the status page."""

    state: State
    words: Annotated[str, Meta(min_length=1, max_length=LONGEST)] | None = None


class Noted(Struct, frozen=True):
    """That the step was written down."""

    state: State


def handlers(house: House) -> Sequence[Any]:
    """The routes."""

    @get("/v1/support", responses=signed_in(Code.TRY_LATER), security=SIGNED_IN, tags=["desk"], sync_to_thread=True)
    def waiting(request: AnyRequest) -> AllWaiting:
        """What waits for the desk, without a word of it."""
        with reading(house.engines.health) as connection:
            found = support.waiting(connection, caller(request).account)
        return AllWaiting(
            tuple(
                Waiting(each.support_id, Topic(each.topic), each.language, datetime.fromtimestamp(each.moment, UTC))
                for each in found
            )
        )

    @get(
        "/v1/support/{support_id:str}",
        responses=signed_in(Code.THING_UNKNOWN, Code.TRY_LATER),
        security=SIGNED_IN,
        tags=["desk"],
        sync_to_thread=True,
    )
    def written(request: AnyRequest, support_id: FromPath[str]) -> Written:
        """What a person wrote."""
        with reading(house.engines.health) as connection:
            words = support.read(connection, house.vault, support_id, caller(request).account)
        if words is None:
            raise Problem(Code.THING_UNKNOWN)
        return Written(words)

    @post(
        "/v1/support/{support_id:str}/steps",
        status_code=201,
        responses=signed_in(Code.THING_UNKNOWN, Code.TRY_LATER, Code.BODY_TOO_LARGE),
        security=SIGNED_IN,
        tags=["desk"],
        sync_to_thread=True,
    )
    def step(request: AnyRequest, support_id: FromPath[str], data: JSONBody[NextStep]) -> Noted:
        """Answer, ask for more, or settle."""
        by, at = caller(request).account, house.clock()
        with writing(house.engines.health) as connection:
            try:
                support.answer(connection, house.vault, support_id, data.state, words=data.words, by=by, at=at)
            except LookupError:
                raise Problem(Code.THING_UNKNOWN) from None
        return Noted(data.state)

    return [waiting, written, step]
