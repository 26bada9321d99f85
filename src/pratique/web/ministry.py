"""Who enrols people, knows their records and signs; and what every handler of the sign-up works with."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from litestar import Response
from msgspec import Struct

from pratique.authority.identity.answers import Assurance
from pratique.authority.identity.enrolment import Enrolments
from pratique.authority.identity.liveness import Step
from pratique.authority.identity.registry import Identified
from pratique.model.keys import Signer
from pratique.web.holding import Claims, hold
from pratique.web.pages import AnyRequest, Site, page
from pratique.web.problems import language_of
from pratique.web.visits import DEVICE, Visit, Visits
from pratique.web.ways import Reception, Ways

CONSENT = "1"
"""The version of the consent text; whoever agreed to another one is asked anew."""
SpecimenCamera = Callable[[Sequence[Step]], Sequence[bytes]]
"""Pictures (JPEG) of somebody who does these steps: what the sandbox has in place of a camera."""


class Reader(Protocol):
    """Who reads a photographed data page: `identity.photographed.DataPageReader`, where the extra `[ocr]` is."""

    async def read(self, photograph: bytes) -> str | None:
        """The zone's lines, to be checked by a person; None where none were found."""
        ...


class Ministry(Struct, frozen=True, kw_only=True):
    """Who enrols people, knows their records, and signs."""

    enrolments: Enrolments
    claims: Claims
    signer: Signer
    issuer: str
    """As every claim names it."""
    country: str
    authority: Mapping[str, str]
    """Its name in each language of the pages."""
    specimen: bool = False
    ways: Ways | None = None
    """The other ways in, where there is a store."""
    reader: Reader | None = None


class Office(Struct, frozen=True):
    """What every handler works with."""

    site: Site
    ministry: Ministry
    visits: Visits
    clock: Callable[[], datetime]
    camera: SpecimenCamera | None

    def visit(self, request: AnyRequest, name: str) -> Visit:
        """The visitor's own visit. Raises `Problem` (SESSION_UNKNOWN) for everybody else."""
        return self.visits.find(name, device=request.cookies.get(DEVICE), at=self.clock())

    def reception(self) -> Reception:
        """What the other ways work with."""
        enrolments = self.ministry.enrolments
        return Reception(self.site, enrolments, self.visits, self.clock, self.welcome, CONSENT)

    def welcome(self, who: Identified, assurance: Assurance, device: str) -> Visit:
        """Issue to somebody who was established in another way than by this page's camera."""
        ministry, at = self.ministry, self.clock()
        holder = ministry.enrolments.admit(who, assurance, at=at)
        held = hold(holder, ministry.claims, ministry.signer, specimen=ministry.specimen, at=at)
        ministry.enrolments.sign_out(holder.token)
        visit = self.visits.add(holder.token, device=device, challenge=None, at=at)
        visit.outcome = held
        visit.subject_id = None if assurance is Assurance.PROXY else who.subject_id
        return visit

    def page(self, request: AnyRequest, template: str, *, status: int = 200, **values: Any) -> Response[str]:
        """A page in the language of its address."""
        return page(request, template, site=self.site, language=language_of(request), status=status, **values)
