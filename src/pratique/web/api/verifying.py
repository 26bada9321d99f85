"""`POST /v1/verify`: scans of one person, and the three questions about them. Nothing of it is kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from litestar import post
from litestar.concurrency import sync_to_thread
from litestar.params import JSONBody
from msgspec import Meta, Struct

from pratique.answering import Answer, ListAge, answer
from pratique.model import mrz
from pratique.model.mrz import MachineReadableZone
from pratique.model.reasons import Reason
from pratique.texts import Language
from pratique.web.api.house import House
from pratique.web.api.journeys import Trip
from pratique.web.api.schema import told
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code

MAX_BODY = 1_000_000
"""Twelve SMART Health Cards of many codes each are far smaller."""

Scan = Annotated[str, Meta(max_length=100_000, description="The text of a code: HC1:…, shc:/…, NZCP:/1/…, JSON.")]
Scans = Annotated[tuple[Scan, ...], Meta(min_length=1, max_length=12)]
Lines = Annotated[
    str,
    Meta(
        max_length=200,
        description="The machine readable zone of a passport or card: its lines, with a line end or / between them.",
    ),
]


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """Scans that are one person's, and what to ask: `document` the second question, `journey` the third."""

    scans: Scans
    document: Lines | None = None
    journey: Trip | None = None
    language: Language = "en"


class Answered(Struct, frozen=True):
    """The answer, as `pratique verify --json` has it; docs/cli.md and docs/api.md say what each name stands for."""

    authentic: bool | None
    person: dict[str, Any] | None
    accepted: bool | None
    certificates: list[dict[str, Any]]
    verdict: dict[str, Any] | None
    reasons: tuple[Reason, ...]
    lists: tuple[ListAge, ...]
    bundle: int | None
    at: datetime


def zone(lines: str) -> MachineReadableZone:
    """A machine readable zone as programs send it. Raises `MalformedDocument`."""
    return mrz.parse(lines.replace("/", "\n"))


def handlers(house: House) -> Sequence[Any]:
    """The route."""

    @post("/v1/verify", status_code=200, request_max_body_size=MAX_BODY, responses=told(*_PROBLEMS), tags=["verify"])
    async def verify(request: AnyRequest, data: JSONBody[Asked]) -> Answered:
        """Is it authentic, is it this person's, is it accepted there?"""
        house.pace.take(request)
        bundle = house.release.current()
        at = house.now()
        document = None if data.document is None else zone(data.document)
        journey = None if data.journey is None else data.journey.read()
        if journey is None:
            made = answer(data.scans, bundle=bundle, at=at, document=document)
        else:  # what would do is searched for, in a while that others need not wait
            made = await sync_to_thread(answer, data.scans, bundle=bundle, at=at, document=document, journey=journey)
        return _answered(made, data.language)

    return [verify]


_PROBLEMS = (Code.CONTENT_REFUSED, Code.BODY_TOO_LARGE)


def _answered(made: Answer, language: str) -> Answered:
    return Answered(**made.to_json(language), reasons=made.reasons)  # type: ignore[arg-type]
