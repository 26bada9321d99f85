"""The HTTP API: versioned under /v1, described at /v1/openapi.json, refusing with problem documents.

    request ─ guarding ─ routes.gate (ONE table: routes × roles) ─ handler ─► answer | Problem
    routes     who may ask what                house      what every handler works with
    verifying  the three questions             lists      what verifiers load: trust list, withdrawals, release
    flights    carriers, before departure      booking    the EU's protocol for online bookings
    taking     records in                      owning     what a holder sees and asks
    certifying a holder's certificates         answering  the desk's side of support
    vouching   facilities, and their steps     proposing  withdrawals, and what waits for a second person
    applying   apps that ask to be let in      admitting  programs that sign in
    logs       checkpoints and proofs
    showing    less than a certificate: sealed for a state, or a day pass
    coding     codes for local apps: made for their holder, checked for anybody
    permitting applications to enter, and what an officer decides of them
    signing_in programs, by signed assertions  enrolling  holders, by passport and face
    operating  health and metrics

Nothing here decides: what is asked goes to the rooms below, and their refusals come back as problems.
"""

from collections.abc import Sequence
from typing import Any

from litestar import Litestar, Router

from pratique.web import guarding, support
from pratique.web.api import (
    admitting,
    answering,
    applying,
    booking,
    certifying,
    coding,
    enrolling,
    flights,
    lists,
    logs,
    operating,
    owning,
    permitting,
    proposing,
    schema,
    showing,
    signing_in,
    taking,
    verifying,
    vouching,
)
from pratique.web.api.house import House
from pratique.web.api.routes import gate

__all__ = ["House", "app"]

_ROOMS = (
    verifying, lists, logs, flights, signing_in, taking, owning, certifying, showing, coding, enrolling, booking,
    permitting, answering, vouching, proposing, applying, admitting, operating,
)  # fmt: skip


def app(house: House, more: Sequence[Any] = ()) -> Litestar:
    """The API of a house and its page for help, as one application; `more` are other pages beside that."""
    handlers: list[Any] = [handler for room in _ROOMS for handler in room.handlers(house)]
    gated = Router("/", route_handlers=handlers, before_request=gate(house, booking.admitted))
    return guarding.application(
        house.site,
        [gated, *support.handlers(house), *more],
        hosts=house.hosts,
        proxies=house.proxies,
        schema=schema.config(house),
    )
