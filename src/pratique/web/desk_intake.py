"""D2 at the desk: files of records, for people of a clinic or a laboratory whose program is let in already.

Whoever signs in at the desk sends in the name of their facility: how its files are read was registered with its
program's keys (`pratique client add --source`), once for both ways.
"""

from collections.abc import Mapping

from pratique.authority.access import Account, Role
from pratique.authority.issuance import facilities
from pratique.authority.issuance.facilities import State
from pratique.authority.records.sources import Source
from pratique.authority.store import clients, reading
from pratique.model.errors import FacilityRefused
from pratique.web import intake
from pratique.web.api.house import Engines
from pratique.web.api.taking import source_of
from pratique.web.desk import Desk, Page, Queue
from pratique.web.pages import AnyRequest

ROLES = frozenset({Role.CLINIC, Role.LABORATORY})


def room(desk: Desk, engines: Engines) -> Page:
    """The upload, and what became of each row."""

    def sources(request: AnyRequest) -> Mapping[str, Source]:
        return _sources(engines, desk.account(request, *ROLES), int(desk.clock().timestamp()))

    counters = intake.Counters(
        site=desk.site, engine=engines.intake, vault=desk.house.vault, sources=sources, clock=desk.clock
    )
    return Page(ROLES, lambda _, __: Queue("desk.intake.title", "/intake"), intake.handlers(counters))


def _sources(engines: Engines, account: Account, at: int) -> dict[str, Source]:
    """Those of the account's facility, while both may work; `pratique facilities` says why they may not."""
    try:
        with reading(engines.health) as connection:
            operator = facilities.operator(connection, account.account_id)
            of_it = facilities.facility(connection, operator.facility_id)
    except FacilityRefused:
        return {}
    if operator.state is not State.ACTIVE or of_it.state is not State.ACTIVE:
        return {}
    with reading(engines.api) as connection:
        found = [source_of(text) for text in clients.sources(connection, at=at)]
    return {each.source_id: each for each in found if each.source_id == of_it.facility_id}
