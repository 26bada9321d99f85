"""One installation: the API, and each application of pages under a name of its own, in one process.

    request ─ its host's name ─┬─ address     the API, and help
                               ├─ travellers  sign-up, certificates; then records, who looked, the code; /status/
                               ├─ desk        officials
                               └─ doors       doorkeepers

A cookie and a passkey of one name are worth nothing under another. What the configuration does not name is not there.
"""

import asyncio
import gc
import os
import re
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from pratique.authority.issuance import log
from pratique.authority.issuance.limits import Limits
from pratique.bundle import AGREEMENTS
from pratique.config import Config, named, read
from pratique.sandbox import border
from pratique.trust import TrustList
from pratique.web import (
    code,
    desk,
    desk_agreements,
    desk_apps,
    desk_by_hand,
    desk_clients,
    desk_code,
    desk_counter,
    desk_disputes,
    desk_facilities,
    desk_issuance,
    desk_joint,
    desk_log,
    desk_objections,
    desk_permits,
    desk_policies,
    desk_review,
    desk_signing,
    desk_token,
    desk_tracing,
    desk_withdrawal,
    doors,
    issuing,
    kept,
    kept_here,
    objecting,
    problems,
    published,
    standing,
    status_desk,
    transparency,
    wallet,
)
from pratique.web import display as displays
from pratique.web.api import app as api
from pratique.web.api.house import House
from pratique.web.api.serving import COUNTS, FILE, house
from pratique.web.api.serving import log as log_to
from pratique.web.api.watching import Watched
from pratique.web.desk import Desk, Page
from pratique.web.desk_intake import room as intake_room
from pratique.web.desk_proposed import Work
from pratique.web.doors import Register
from pratique.web.effects import Effects
from pratique.web.equipment import Equipment, equipped
from pratique.web.ministry import Ministry, Office
from pratique.web.pages import AnyRequest, Site
from pratique.web.who import Who

FORGETS_EVERY = 60.0
"""Seconds."""
Forgets = list[Callable[[datetime], object]]
App = Callable[[Any, Any, Any], Awaitable[Any]]
_NAME = re.compile(rb"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::\d{1,5})?")


class Installation(Struct, frozen=True):
    """What is served, by the name under which it is asked; all other names are the API's to refuse."""

    house: House
    equipment: Equipment
    rooms: Mapping[str, App]
    forgets: Sequence[Callable[[datetime], object]] = ()
    """Each lets go of what is over at an instant, in the memory of this process."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Hand a request to the application of its name (ASGI 3)."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        await self.rooms.get(_name(scope), self.rooms[""])(scope, receive, send)

    async def _live(self, receive: Any, send: Any) -> None:
        forgetting = asyncio.create_task(self._forget())
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                forgetting.cancel()
                self.close()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _forget(self) -> None:
        """Templates, pictures, what was stated and issued: gone when their time is over, though nobody comes after."""
        while True:
            await asyncio.sleep(FORGETS_EVERY)
            for let_go in self.forgets:
                try:
                    let_go(self.house.clock())
                except Exception as fault:  # told of as every fault of ours; the others go on, and this one in a minute
                    problems.note(fault)

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
    log_to(sys.stderr)
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
    opened = structs.replace(opened, site=structs.replace(opened.site, transparency=""))
    public = _public(config, opened, equipment)
    rooms: dict[str, App] = {"": api(opened, public(opened.site))}
    forgets: Forgets = [
        lambda at: equipment.enrolments.forget(at=at),
        lambda at: equipment.visits.forget(at=at),
    ]
    if config.travellers:
        rooms[named(config.travellers)] = _travellers(config, opened, equipment, public)
    if config.desk:
        rooms[named(config.desk)] = _desk(config, opened, equipment, forgets)
    if config.doors:
        rooms[named(config.doors)] = _doors(config, opened, equipment)
    return Installation(opened, equipment, rooms, forgets)


# --- what everybody may see


Public = Callable[[Site], list[Any]]
"""The pages of transparency and of objections, for an application whose pages look like a site."""


def _public(config: Config, opened: House, equipment: Equipment) -> Public:
    """Whatever the name, a network objects so many times, and a log is added up once."""
    code = equipment.code
    house = transparency.House(
        site=opened.site,
        engine=opened.engines.public,
        vault=opened.vault,
        release=opened.release,
        country=config.country,
        code=None if code is None else published.code_source(code.policy, code.file),
        zone=equipment.zone,
        clock=opened.clock,
    )
    tries, checks = objecting.no_tries(config.workers), transparency.Checks()

    def pages(site: Site) -> list[Any]:
        told = structs.replace(house, site=site)
        return [*objecting.handlers(told, tries), *transparency.handlers(told, checks)]

    return pages


# --- the travellers' pages


def _travellers(config: Config, opened: House, equipment: Equipment, public: Public) -> App:
    beside = [("kept.title", "/records"), ("looks.title", "/looks"), ("holder.standing.title", "/certificates")]
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
        release=opened.release.current,
        recipients=opened.recipients,
        passes=opened.passes,
        pass_signer=equipment.pass_signer,
    )

    def more(office: Office) -> list[Any]:
        return [*_own(opened, equipment, office), *public(office.site)]

    pages: Any = issuing.app(
        ministry,
        hosts=(named(config.travellers or ""),),
        proxies=config.proxies,
        transparency="",
        more=more,
        visits=equipment.visits,
        clock=opened.clock,
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
        site=office.site,
        engine=opened.engines.health,
        vault=opened.vault,
        holder=who,
        report=opened.address,
        clock=opened.clock,
    )
    pages = [*kept.handlers(house), *standing.listed(office, opened.engines.issuance, who)]
    if equipment.code is not None:
        service = equipment.service(opened.engines.status, lambda request: known.find(office, request))
        pages.append(code.router(service, office.site, opened.clock))
    if equipment.shelf is not None:
        registers = equipment.notices.key.public if equipment.notices else None
        pages += wallet.beside(office.site, registers, more=kept_here.ADDRESSES)
    return pages


# --- the officials' pages


def _desk(config: Config, opened: House, equipment: Equipment, forgets: Forgets) -> App:
    engines, vault = opened.engines, opened.vault
    officials = desk.House(
        engine=engines.enrolment,
        vault=vault,
        passkeys=equipment.officials,
        authority=opened.site.authority,
        specimen=config.sandbox,
        transparency=opened.address,
    )

    def rooms(here: Desk) -> list[Page]:
        forgets.append(lambda _: here.forget())
        pages = [
            desk_review.room(here),
            desk_counter.room(here, equipment.counter),
            desk_code.room(here, country=equipment.counter.country),
            intake_room(here, engines),
            desk_disputes.room(here, engines.health, equipment.sign),
            *_ruling(here, config, opened, equipment),
            desk_objections.room(here, engines.health),
            *_offices(here, opened, equipment),
        ]
        if opened.permits is not None:
            pages.append(desk_permits.room(here, opened.permits))
        if equipment.code is None:
            return pages
        deciding, showing = (equipment.service(engine, lambda _: None) for engine in (engines.health, engines.status))
        pages += status_desk.rooms(here, deciding, showing)
        work = Work(here, engines.health, equipment.zone, equipment.facilities or TrustList([]))
        pages.append(desk_tracing.room(work))
        return pages if equipment.facilities is None else [*pages, desk_by_hand.room(work)]

    return desk.app(
        officials, rooms, hosts=(named(config.desk or ""),), proxies=config.proxies, clock=opened.clock,
        ends=equipment.ends,
    )  # fmt: skip


def _offices(here: Desk, opened: House, equipment: Equipment) -> list[Page]:
    """The health authority's own rooms: facilities, withdrawals, issuing and its log."""
    engine, office = opened.engines.health, opened.office
    joint = desk_joint.Joint(here, engine, equipment.zone)
    limits = office.limits if office else Limits()
    signers = {log.key_id(each.key): each for each in office.signers} if office else {}
    issuing_ = desk_issuance.Issuing(here, engine, opened.vault, limits, equipment.sign)
    return [
        desk_joint.room(joint),
        desk_apps.room(joint),
        desk_facilities.room(joint, opened.register),
        desk_withdrawal.room(joint),
        desk_clients.room(joint),
        *desk_issuance.rooms(issuing_),
        desk_log.room(desk_log.Logs(here, engine, signers)),
        desk_token.room(here, lasts=opened.token_lasts),
    ]


def _ruling(here: Desk, config: Config, opened: House, equipment: Equipment) -> list[Page]:
    """What a country asks of people, and with whom it agreed on what."""
    release, beside = opened.release, [equipment.code.file] if equipment.code is not None else []
    work = desk_policies.Work(
        here,
        opened.engines.health,
        lambda: desk_policies.country_of(config.country, release.current(), release.files, beside=beside),
        border.policy(),
        Effects(),
    )
    agreed = desk_agreements.Work(here, config.country, release.current, lambda: release.files.get(AGREEMENTS, b""))
    return [desk_policies.room(work, desk_signing.handlers(work)), desk_agreements.room(agreed)]


# --- doors


def _doors(config: Config, opened: House, equipment: Equipment) -> App:
    register = None
    if equipment.notices is not None and config.travellers:
        register = Register(opened.engines.venues, opened.vault, config.travellers.rstrip("/"), equipment.zone)
    return doors.app(
        opened.site.authority,
        specimen=config.sandbox,
        register=register,
        transparency=opened.address,
        hosts=(named(config.doors or ""),),
        proxies=config.proxies,
        clock=opened.clock,
    )
