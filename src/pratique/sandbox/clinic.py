"""The records of XA's clinics as a page of the rehearsal: the ministry signs what stands here, and nothing else.

No ministry shows this to whoever comes by. Here it may be seen, because nobody in these records exists.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from litestar import Response, get
from msgspec import Struct

from pratique.authority.identity.registry import Registered
from pratique.model.certificate import AnyClaim
from pratique.web.cards import Line, line, names
from pratique.web.pages import AnyRequest, Site, everywhere, page
from pratique.web.problems import language_of
from pratique.web.words import words


class Kept(Struct, frozen=True):
    """One record: its identifier, which is what can be withdrawn, and what it says."""

    record_id: str
    line: Line
    source: str


class Person(Struct, frozen=True):
    """Somebody of the register, and their records; there may be none."""

    name: str
    name_language: str
    latin: str
    records: tuple[Kept, ...]


def handlers(
    registered: Iterable[Registered],
    claims: Callable[[str], tuple[AnyClaim, ...]],
    authority: Mapping[str, str],
    *,
    scene: str,
) -> list[Any]:
    """The page, to stand beside the sign-up."""
    site = Site(service="service.clinic", authority=authority, specimen=True, scene=scene)

    @get(everywhere("/records"), sync_to_thread=False)
    def records(request: AnyRequest) -> Response[str]:
        language = language_of(request)
        say = words(language)
        people = []
        for person in registered:
            own, spoken, latin = names(person.name)
            kept = tuple(Kept(claim.record_id, line(claim, say), claim.issuer) for claim in claims(person.person_id))
            people.append(Person(own, spoken, latin, kept))
        return page(request, "sandbox/records.html", site=site, language=language, people=people)

    return [records]
