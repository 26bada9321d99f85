"""XA's passport office, for visitors of a rehearsal: a photograph, an invented passport, and a register in memory.

What a visitor gives is kept in the memory of this process until it ends, and nowhere else.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from litestar import Response, get, post

from pratique.authority.identity.document import Document
from pratique.authority.identity.matching import FaceMatcher
from pratique.authority.identity.registry import FileRegistry, Registered, Registry
from pratique.model import fhir, mrz, uvci
from pratique.model.certificate import AnyClaim, Evidence, Name
from pratique.model.dates import PartialDate
from pratique.model.mrz import MachineReadableZone
from pratique.model.names import to_icao
from pratique.sandbox import traveller
from pratique.web import forms
from pratique.web.forms import Fault
from pratique.web.pages import AnyRequest, Site, everywhere, page
from pratique.web.problems import language_of
from pratique.web.words import words

BORN = PartialDate(1990, 1, 1)
"""Of every visitor, so that the sandbox asks nobody for a birth date."""
MOST_VISITORS = 20
MAX_NAME = 30


class Office:
    """The register of XA, and the visitors who had a passport made. Fulfils `Registry`."""

    def __init__(
        self,
        register: Registry,
        claims: Callable[[str], tuple[AnyClaim, ...]],
        matcher: FaceMatcher,
        clock: Callable[[], datetime],
    ) -> None:
        self._register = register
        self._claims = claims
        self._matcher = matcher
        self._clock = clock
        self._visitors: OrderedDict[str, tuple[Registered, tuple[AnyClaim, ...]]] = OrderedDict()

    def find(self, document: Document) -> Registered | None:
        """The passport: of the register, or of a visitor."""
        visitors = FileRegistry(registered for registered, _ in self._visitors.values())
        return self._register.find(document) or visitors.find(document)

    def claims(self, person_id: str) -> tuple[AnyClaim, ...]:
        """What the records say; of a visitor the same as of Han Meimei, under identifiers of their own."""
        visitor = self._visitors.get(person_id)
        return visitor[1] if visitor else self._claims(person_id)

    async def add(self, photograph: bytes, family: str, given: str) -> MachineReadableZone | None:
        """A passport for a visitor; None where there is not exactly one face in the photograph.

        Raises `ValueError` for a name that cannot be written in a machine readable zone.
        """
        zone = _zone(to_icao(family), to_icao(given))
        if await self._matcher.reference(photograph) is None:
            return None
        person = f"visitor-{secrets.token_hex(8)}"
        name = Name(family, given or None, zone.family_icao, zone.given_icao or None)
        registered = Registered(person, zone, name, BORN, photograph)
        self._visitors[person] = (registered, _records(self._clock()))
        while len(self._visitors) > MOST_VISITORS:
            self._visitors.popitem(last=False)
        return zone


def _zone(family: str, given: str) -> MachineReadableZone:
    if not family:
        raise ValueError("a name has at least one part")
    number = f"XV{secrets.randbelow(10**7):07}"
    return traveller.passport(family, given, number=number, birth_date=f"{BORN.year % 100:02}0101", sex="X")


def _records(at: datetime) -> tuple[AnyClaim, ...]:
    identifiers = tuple(uvci.from_record_id("XA", secrets.token_bytes(16)) for _ in range(traveller.RECORDS))
    return fhir.claims(
        traveller.bundle(at, identifiers),
        uvci=lambda place: identifiers[place - 1],  # the patient comes first
        issuer=traveller.ISSUER,
        country="XA",
        evidence=Evidence.REGISTRY,
    )


def handlers(office: Office, authority: Mapping[str, str], *, scene: str) -> list[Any]:
    """The office's pages, to stand beside the sign-up."""
    site = Site(service="service.office", authority=authority, specimen=True, scene=scene)

    def asked(request: AnyRequest, fault: Fault | None = None, family: str = "", given: str = "") -> Response[str]:
        return page(
            request,
            "sandbox/office.html",
            site=site,
            language=language_of(request),
            status=422 if fault else 200,
            faults=(fault,) if fault else (),
            family=family,
            given=given,
            most=MAX_NAME,
        )

    @get(everywhere("/office"), sync_to_thread=False)
    def counter(request: AnyRequest) -> Response[str]:
        return asked(request)

    @post(everywhere("/office"), status_code=200)
    async def made(request: AnyRequest) -> Response[str]:
        form, language = await forms.read(request), language_of(request)
        say = words(language)
        family, given = form["family"][:MAX_NAME] or "SPECIMEN", form["given"][:MAX_NAME]
        if not (photograph := form.files.get("photograph")):
            return asked(request, Fault("photograph", say("office.photograph.missing")), family, given)
        try:
            zone = await office.add(photograph, family, given)
        except ValueError:
            return asked(request, Fault("family", say("office.name.unwritable")), family, given)
        if zone is None:
            return asked(request, Fault("photograph", say("office.photograph.face")), family, given)
        return page(
            request,
            "sandbox/passport.html",
            site=site,
            language=language,
            number=zone.number,
            zone=mrz.write(zone),
            name=f"{zone.family_icao}, {zone.given_icao}".replace("<", " ").rstrip(", "),
            born=say.day(BORN),
        )

    return [counter, made]
