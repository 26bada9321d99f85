"""Who enrols people, knows their records and signs; and what every handler of the sign-up works with."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from litestar import Response
from litestar.concurrency import sync_to_thread
from msgspec import Struct

from pratique.authority.identity.answers import Assurance
from pratique.authority.identity.enrolment import Enrolments
from pratique.authority.identity.liveness import Step
from pratique.authority.identity.registry import Identified
from pratique.authority.signers.pkpass import PassSigner
from pratique.bundle import Bundle
from pratique.model.sealed import Recipient
from pratique.web.holding import Hold
from pratique.web.pages import AnyRequest, Site, page
from pratique.web.passes import Passes
from pratique.web.problems import language_of
from pratique.web.visits import DEVICE, Visit, Visits
from pratique.web.ways import Reception, Ways

CONSENT = "2"
"""The version of the consent text; whoever agreed to another one is asked anew."""
SpecimenCamera = Callable[[Sequence[Step]], Sequence[bytes]]
"""Pictures (JPEG) of somebody who does these steps: what the sandbox has in place of a camera."""


class Reader(Protocol):
    """Who reads a photographed data page: `identity.photographed.DataPageReader`, where the extra `[ocr]` is."""

    async def read(self, photograph: bytes) -> str | None:
        """The zone's lines, to be checked by a person; None where none were found."""
        ...


class Ministry(Struct, frozen=True, kw_only=True):
    """Who enrols people, and signs what their records say."""

    enrolments: Enrolments
    hold: Hold
    """Signs for whoever was established (`holding.signing`, `issued.of_office`)."""
    issuer: str
    """As every claim names it."""
    country: str
    authority: Mapping[str, str]
    """Its name in each language of the pages."""
    specimen: bool = False
    ways: Ways | None = None
    """The other ways in, where there is a store."""
    beside: Sequence[tuple[str, str]] = ()
    """Pages of a holder beside the certificate: a key of their words, and an address."""
    reader: Reader | None = None
    wallet: bool = False
    """Whether the pages that a device keeps stand beside it."""
    release: Callable[[], Bundle] | None = None
    """The release in force, by whose rules trips are planned."""
    recipients: tuple[Recipient, ...] = ()
    """The health authorities for which certificates can be sealed."""
    passes: Passes | None = None
    """What day passes are made with, where there are any."""
    pass_signer: PassSigner | None = None
    """Makes passes for telephones' wallets, where the operator has a certificate of their maker's."""

    def carrying(self, at: datetime) -> PassSigner | None:
        """What makes passes at `at`: nothing after the maker's certificate ended."""
        signer = self.pass_signer
        return signer if signer is not None and at <= signer.until else None


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

    async def welcome(self, who: Identified, assurance: Assurance, device: str, guardian: str | None = None) -> Visit:
        """Issue to somebody who was established in another way than by this page's camera; `guardian` acts for them."""
        ministry, at = self.ministry, self.clock()
        holder = ministry.enrolments.admit(who, assurance, at=at)
        ministry.enrolments.sign_out(holder.token)
        held = await sync_to_thread(ministry.hold, holder, guardian, at)
        visit = self.visits.add(holder.token, device=device, challenge=None, at=at)
        visit.outcome = held
        if guardian is None:
            visit.subject_id = who.subject_id
        elif who.subject_id is not None:
            visit.acting = guardian, who.subject_id
        return visit

    def page(self, request: AnyRequest, template: str, *, status: int = 200, **values: Any) -> Response[str]:
        """A page in the language of its address."""
        return page(request, template, site=self.site, language=language_of(request), status=status, **values)
