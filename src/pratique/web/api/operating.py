"""For whoever runs it: whether it lives, whether it is ready, and what it counted."""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from time import monotonic
from typing import Any

from litestar import Response, get
from litestar.concurrency import sync_to_thread
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Struct

from pratique.authority.store import check_version, people, reading
from pratique.model.errors import StoreFault
from pratique.model.reasons import Reason
from pratique.web.api.house import House
from pratique.web.api.schema import told
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem

TEXT = "text/plain; version=0.0.4"
ANSWERS_FOR = 2.0
"""Seconds that an answer about the database is believed: whoever asks more often asks us, and not it."""


class Living(Struct, frozen=True):
    """The process answers."""

    live: bool = True


class Ready(Struct, frozen=True):
    """The database has this version's tables and the vault's people, and a release is in force; which, and how old."""

    ready: bool
    bundle: int
    stale: tuple[str, ...]


class _Believed:
    """The last answer about the database, and when it was given."""

    def __init__(self) -> None:
        self.until = 0.0
        self.reasons: tuple[Reason, ...] = ()


def handlers(house: House) -> Sequence[Any]:
    """The routes."""
    believed = _Believed()
    networks = [ip_network(each) for each in house.metrics_from]

    @get("/health/live", responses=told(), tags=["operation"], sync_to_thread=False)
    def live() -> Living:
        """Whether the process answers; a supervisor starts it anew if it does not."""
        return Living()

    @get("/health/ready", responses=told(Code.TRY_LATER), tags=["operation"])
    async def ready() -> Ready:
        """Whether it can do its work; a balancer sends requests elsewhere while it cannot."""
        if monotonic() >= believed.until:
            believed.reasons = await sync_to_thread(_asked, house)
            believed.until = monotonic() + ANSWERS_FOR
        if believed.reasons:
            raise Problem(Code.TRY_LATER, reasons=believed.reasons)
        bundle = house.release.current()
        return Ready(True, bundle.number, bundle.stale(house.now()))

    @get(
        "/metrics",
        responses={
            **told(Code.THING_UNKNOWN),
            200: ResponseSpec(str, description="Counts in the text format of Prometheus.", media_type="text/plain"),
        },
        tags=["operation"],
        media_type=TEXT,
        sync_to_thread=False,
    )
    def metrics(request: AnyRequest) -> Response[str]:
        """What was counted, for the networks of `metrics_from`; to everybody else there is no such page."""
        if not _from(request, networks):
            raise Problem(Code.THING_UNKNOWN)
        return Response("\n".join(_counted(house)) + "\n", media_type=TEXT)

    return [live, ready, metrics]


def _asked(house: House) -> tuple[Reason, ...]:
    """What is wrong with the database, or its vault; nothing where it is well."""
    try:
        check_version(house.engines.api)
        with reading(house.engines.health) as connection:
            people.check_vault(connection, house.vault)
    except StoreFault as fault:
        return fault.reasons
    return ()


def _counted(house: House) -> list[str]:
    bundle, at = house.release.current(), house.now()
    lines = list(house.counts.text()) if house.counts is not None else []
    lines += [
        "# HELP pratique_release The number of the release in force.",
        "# TYPE pratique_release gauge",
        f"pratique_release {bundle.number}",
        "# HELP pratique_release_age_seconds How old each part of it is.",
        "# TYPE pratique_release_age_seconds gauge",
    ]
    for name, part in bundle.parts.items():
        lines.append(f'pratique_release_age_seconds{{part="{name}"}} {part.age(at).total_seconds():.0f}')
    return lines


def _from(request: AnyRequest, networks: Sequence[Any]) -> bool:
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    return any(address in network for network in networks)
