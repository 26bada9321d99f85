"""As what a facility is entered: proposed from the register of health facilities, confirmed by another person."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.response import Redirect
from msgspec import Struct

from pratique.authority.access import Account
from pratique.authority.issuance import facilities
from pratique.authority.issuance.facilities import Facility, Proposal, Scope
from pratique.authority.store import reading, writing
from pratique.model.errors import FacilityRefused
from pratique.model.reasons import Reason
from pratique.web import forms
from pratique.web.desk_joint import ROLES, Joint
from pratique.web.forms import Fault, Form, told
from pratique.web.pages import AnyRequest, everywhere
from pratique.web.problems import language_of
from pratique.web.words import Words, words

FIELDS = ("facility_id", "name", "country", "registered", "zone", "quota", "events")


class Terms(Struct, frozen=True):
    """A facility's terms as a page shows them, and as its form has them typed."""

    facility_id: str = ""
    name: str = ""
    country: str = ""
    registered: str = ""
    zone: str = ""
    quota: str = "200"
    events: str = "500"
    scopes: frozenset[str] = frozenset()
    lots: bool = True

    @classmethod
    def of(cls, found: Facility) -> "Terms":
        """Those of a facility."""
        return cls(
            found.facility_id,
            found.name,
            found.country,
            found.registered,
            found.zone,
            str(found.quota),
            str(found.events),
            frozenset(each.value for each in found.scopes),
            found.lots,
        )

    @classmethod
    def typed(cls, form: Form) -> "Terms":
        """Those that were typed."""
        scopes = frozenset(form.all("scope"))
        return cls(**{name: form[name] for name in FIELDS}, scopes=scopes, lots=form["lots"] == "yes")

    def proposal(self) -> Proposal | str:
        """The same as a proposal, or the field that cannot be read."""
        for name in ("quota", "events"):
            if not getattr(self, name).isdecimal() or len(getattr(self, name)) > 6:
                return name
        if not self.scopes <= {each.value for each in Scope}:
            return "scopes"
        return Proposal(
            self.facility_id,
            self.name,
            self.country,
            self.registered,
            frozenset(map(Scope, self.scopes)),
            self.zone,
            int(self.quota),
            int(self.events),
            self.lots,
        )


def entering(joint: Joint, register: Mapping[str, str] | None) -> list[Any]:
    """The form for a facility, or for other terms of one that is there (`?of=`)."""
    desk = joint.desk

    def shown(request: AnyRequest, terms: Terms, *faults: Fault) -> Response[str]:
        return desk.page(
            request,
            "desk/facility_terms.html",
            status=422 if faults else 200,
            typed=terms,
            scopes=[each.value for each in Scope],
            registered=register is not None,
            faults=faults if register is not None else [fault.alone for fault in faults],
        )

    @get(everywhere("/enter-facility"))
    async def asked(request: AnyRequest) -> Response[str]:
        await sync_to_thread(desk.account, request, *ROLES)
        of = request.query_params.get("of", "")
        known = await sync_to_thread(_known, joint, of)
        return shown(request, Terms() if known is None else Terms.of(known))

    @post(everywhere("/enter-facility"), status_code=303)
    async def proposed(request: AnyRequest) -> Response[Any]:
        account, form = await sync_to_thread(desk.account, request, *ROLES), await forms.read(request)
        typed, say = Terms.typed(form), words(language_of(request))
        fault = await sync_to_thread(_propose, joint, account, typed, register or {}, say)
        if fault is not None:
            return shown(request, typed, *fault)
        return Redirect(f"/{language_of(request)}/facilities/{typed.facility_id}", status_code=303)

    return [asked, proposed]


def _known(joint: Joint, facility_id: str) -> Facility | None:
    with reading(joint.engine) as connection:
        return facilities.facilities(connection, [facility_id]).get(facility_id)


def _propose(
    joint: Joint, account: Account, typed: Terms, register: Mapping[str, str], say: Words
) -> tuple[Fault, ...] | None:
    """What is wrong with the terms, field by field; None once they wait for a second person."""
    proposal = typed.proposal()
    if isinstance(proposal, str):
        return (Fault(proposal, say(f"facilities.wrong.{proposal}")),)
    try:
        with writing(joint.engine) as connection:
            facilities.propose(connection, proposal, account, register=register, at=joint.desk.clock())
    except FacilityRefused as refusal:
        if refusal.reasons[0] is not Reason.FACILITY_IDENTIFIER:
            return (Fault("facility_id", told(refusal.reasons[0], say)),)
        places = [each for each in (*FIELDS, "scopes") if each in _places(refusal)]
        return tuple(Fault(each, say(f"facilities.wrong.{each}")) for each in places)
    return None


def _places(refusal: FacilityRefused) -> list[str]:
    """The fields that a refusal names, before any colon."""
    return [each.strip() for each in (refusal.detail or "").partition(":")[0].split(",")]
