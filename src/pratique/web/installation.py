"""One installation: the API, and each application of pages under a name of its own, in one process.

    request ─ its host's name ─┬─ address     the API, and help
                               ├─ travellers  sign-up, certificates; then records, who looked, the code; /status/
                               ├─ desk        officials
                               └─ doors       doorkeepers

A cookie and a passkey of one name are worth nothing under another. What the configuration does not name is not there.
"""

import gc
import os
import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from pratique.config import Config, named, read
from pratique.web import (
    code,
    desk,
    desk_code,
    desk_counter,
    desk_disputes,
    desk_review,
    doors,
    issuing,
    kept,
    status_desk,
    wallet,
)
from pratique.web import display as displays
from pratique.web.api import app as api
from pratique.web.api.house import House
from pratique.web.api.serving import COUNTS, FILE, house, log
from pratique.web.api.watching import Watched
from pratique.web.desk import Desk, Page
from pratique.web.desk_intake import room as intake_room
from pratique.web.doors import Register
from pratique.web.equipment import Equipment, equipped
from pratique.web.ministry import Ministry, Office
from pratique.web.pages import AnyRequest
from pratique.web.who import Who

App = Callable[[Any, Any, Any], Awaitable[Any]]
_NAME = re.compile(rb"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::\d{1,5})?")


class Installation(Struct, frozen=True):
    """What is served, by the name under which it is asked; all other names are the API's to refuse."""

    house: House
    equipment: Equipment
    rooms: Mapping[str, App]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Hand a request to the application of its name (ASGI 3)."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        await self.rooms.get(_name(scope), self.rooms[""])(scope, receive, send)

    async def _live(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                self.close()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    def close(self) -> None:
        """End what has processes or connections of its own."""
        self.equipment.close()
        self.house.engines.dispose()


def _name(scope: Any) -> str:
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    found = _NAME.fullmatch(host)
    return "" if found is None else found[1].decode().lower().strip("[]")


def application() -> Any:
    """The application of this process; `serve` has checked everything that can be refused before."""
    log(sys.stderr)
    settings = dict(os.environ)
    counts = settings.pop(COUNTS)
    path = settings.pop(FILE, "")
    config = read(Path(path) if path else None, settings)
    opened = installed(config, Path(counts))
    if opened.house.counts is None:
        raise ValueError("a house that is served counts")
    gc.collect()
    gc.freeze()  # what is there now stays: to look through it for garbage again and again costs a tenth of the time
    return Watched(opened, opened.house.counts)


def installed(config: Config, counts: Path, *, trying: bool = False) -> Installation:
    """The installation of a configuration. Raises `UnusableConfig` for what it names and cannot be used, `StoreFault`.

    `trying` is for whoever only wants to know: then nothing is started that has to be ended.
    """
    opened = house(config, counts)
    equipment = equipped(config, opened, trying=trying)
    opened = equipment.house
    rooms: dict[str, App] = {"": api(opened)}
    for address, make in ((config.travellers, _travellers), (config.desk, _desk), (config.doors, _doors)):
        if address:
            rooms[named(address)] = make(config, opened, equipment)
    return Installation(opened, equipment, rooms)


# --- the travellers' pages


def _travellers(config: Config, opened: House, equipment: Equipment) -> App:
    beside = [("kept.title", "/records"), ("looks.title", "/looks")]
    if equipment.code is not None:
        beside.append(("code.title", "/code"))
    ministry = Ministry(
        enrolments=equipment.enrolments,
        hold=equipment.hold,
        issuer=opened.site.authority["en"],
        country=config.country,
        authority=opened.site.authority,
        specimen=config.sandbox,
        ways=equipment.ways,
        beside=beside,
        reader=equipment.reader,
        wallet=equipment.shelf is not None,
        passes=equipment.passes,
    )

    def more(office: Office) -> list[Any]:
        return _own(opened, equipment, office)

    pages: Any = issuing.app(
        ministry, hosts=(named(config.travellers or ""),), proxies=config.proxies, more=more, clock=opened.clock
    )
    if equipment.shelf is not None:
        pages = displays.beside(displays.Display(equipment.shelf, capacity=config.status_capacity), pages)
    made: App = pages
    return made


def _own(opened: House, equipment: Equipment, office: Office) -> list[Any]:
    """What a holder sees of themselves, and of whom they act for, once they came in by any way."""
    known = equipment.holders

    def who(request: AnyRequest) -> Who:
        return known.who(office, request)

    house = kept.House(
        site=office.site, engine=opened.engines.health, vault=opened.vault, holder=who, clock=opened.clock
    )
    pages = kept.handlers(house)
    if equipment.code is not None:
        service = equipment.service(opened.engines.status, lambda request: known.find(office, request))
        pages.append(code.router(service, office.site, opened.clock))
    if equipment.shelf is not None:
        pages += wallet.beside(office.site, equipment.notices.key.public if equipment.notices else None)
    return pages


# --- the officials' pages


def _desk(config: Config, opened: House, equipment: Equipment) -> App:
    engines, vault = opened.engines, opened.vault
    officials = desk.House(
        engine=engines.enrolment,
        vault=vault,
        passkeys=equipment.officials,
        authority=opened.site.authority,
        specimen=config.sandbox,
    )

    def rooms(here: Desk) -> list[Page]:
        pages = [
            desk_review.room(here),
            desk_counter.room(here, equipment.counter),
            desk_code.room(here, country=equipment.counter.country),
            intake_room(here, engines),
            desk_disputes.room(here, engines.health, equipment.sign),
        ]
        if equipment.code is None:
            return pages
        deciding, showing = (equipment.service(engine, lambda _: None) for engine in (engines.health, engines.status))
        return [*pages, *status_desk.rooms(here, deciding, showing)]

    return desk.app(officials, rooms, hosts=(named(config.desk or ""),), proxies=config.proxies, clock=opened.clock)


# --- doors


def _doors(config: Config, opened: House, equipment: Equipment) -> App:
    register = None
    if equipment.notices is not None and config.travellers:
        register = Register(opened.engines.venues, opened.vault, config.travellers.rstrip("/"))
    return doors.app(
        opened.site.authority,
        specimen=config.sandbox,
        register=register,
        hosts=(named(config.doors or ""),),
        proxies=config.proxies,
        clock=opened.clock,
    )
