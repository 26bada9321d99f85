"""Local apps that apply to be let in, and the desk that decides.

    POST /v1/national/code-applications ─ waits ─ POST /v1/applications/{id}/proposal ─ waits for another account
                                                  POST /v1/applications/{id}/refusal

The application sent again is answered with how it stands. What is proposed is confirmed as everything that takes two
(`proposing`).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from litestar import get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from msgspec import Struct

from pratique.authority.access import applying
from pratique.authority.access.applying import Admission, Application, State
from pratique.authority.issuance import jointly
from pratique.authority.records import national
from pratique.authority.records.intake import Outcome
from pratique.authority.store import reading, writing
from pratique.web.api.house import House
from pratique.web.api.proposing import TAKING, Waits, propose
from pratique.web.api.routes import caller
from pratique.web.api.schema import SIGNED_IN, signed_in, taking, told
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem


class Stands(Struct, frozen=True, rename="camel"):
    """How an application stands, and until when it waits to be decided."""

    biz_seq_no: str
    outcome: Outcome
    state: State
    until: datetime


class AllApplying(Struct, frozen=True):
    """What nobody decided yet, the oldest first."""

    applications: tuple[Application, ...]


def handlers(house: House) -> Sequence[Any]:
    """The routes."""

    @post(
        "/v1/national/code-applications",
        status_code=200,
        operation_class=taking("application/json"),
        responses=told(*TAKING),
        tags=["national interface"],
        operation_id="national-code-applications",
    )
    async def apply(request: AnyRequest) -> Stands:
        """Ask to use the interface, as docs/records.md describes it; sent again, ask how that stands."""
        house.pace.take(request)
        body = await request.body()
        made = await sync_to_thread(national.apply, house.engines.health, body, at=house.clock())
        if made.state is None or made.until is None:
            raise Problem(Code.CONTENT_REFUSED, reasons=made.reasons, place=made.place)
        return Stands(made.biz_seq_no, made.outcome, made.state, made.until)

    @get(
        "/v1/applications", responses=signed_in(Code.TRY_LATER), security=SIGNED_IN, tags=["desk"], sync_to_thread=True
    )
    def waiting(request: AnyRequest) -> AllApplying:
        """Who asks to be let in; have the thumbprints of their keys confirmed by their own office."""
        with reading(house.engines.health) as connection:
            return AllApplying(applying.waiting(connection, caller(request).account, at=house.clock()))

    @post(
        "/v1/applications/{application_id:str}/proposal",
        status_code=201,
        responses=signed_in(Code.THING_UNKNOWN, *TAKING),
        security=SIGNED_IN,
        tags=["desk"],
        sync_to_thread=True,
    )
    def suggest(request: AnyRequest, application_id: FromPath[str]) -> Waits:
        """Propose to let it in."""
        _known(house, application_id)
        return propose(house, request, Admission(application_id))

    @post(
        "/v1/applications/{application_id:str}/refusal",
        status_code=200,
        responses=signed_in(Code.THING_UNKNOWN, *TAKING),
        security=SIGNED_IN,
        tags=["desk"],
        sync_to_thread=True,
    )
    def refuse(request: AnyRequest, application_id: FromPath[str]) -> Application:
        """Turn it down: one person is enough."""
        _known(house, application_id)
        with writing(house.engines.health) as connection:
            jointly.turn_away(connection, Admission(application_id), caller(request).account, at=house.clock())
        return _known(house, application_id)

    return [apply, waiting, suggest, refuse]


def _known(house: House, application_id: str) -> Application:
    """Raises `Problem` (THING_UNKNOWN)."""
    with reading(house.engines.health) as connection:
        found = applying.find(connection, application_id, at=house.clock())
    if found is None:
        raise Problem(Code.THING_UNKNOWN)
    return found
