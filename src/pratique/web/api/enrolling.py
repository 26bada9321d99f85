"""Signing in by passport and face, for apps: the same steps as the pages have, the same answer for everybody else.

    POST /v1/enrolments {document, device}  ─► challenge        for every well-formed number, known or not
    POST …/frames/{number}                  ─► what to do now   which depends on the pictures alone
    POST …/finish                           ─► a holder's token, or NOT_CONFIRMED for whatever reason

A question about a passport is answered at a fixed time after it came, so that the clock tells no more than the answer.
How often is counted for the document, the device and the network (`identity.limits`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from time import monotonic
from typing import Annotated, Any, TypeVar

from litestar import post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from pratique.authority.access import tokens
from pratique.authority.identity import document
from pratique.authority.identity.answers import Gone, Holder, NotConfirmed, Started
from pratique.authority.identity.enrolment import MAX_FRAME, Enrolments
from pratique.authority.identity.limits import network_of
from pratique.authority.identity.liveness import Step
from pratique.authority.identity.quality import Hint
from pratique.authority.store import people, reading
from pratique.authority.store.people import Papers
from pratique.web.api.house import House
from pratique.web.api.schema import taking, told
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem

T = TypeVar("T")


class Begun(Struct, frozen=True, forbid_unknown_fields=True):
    """A passport's number, or the lines at the bottom of its page, and what tells this device from others."""

    document: Annotated[str, Meta(min_length=1, max_length=200)]
    device: Annotated[str, Meta(min_length=16, max_length=64, description="Random, and the same next time.")]


class Challenged(Struct, frozen=True):
    """What the camera is to see; `session` is a secret of the device, and `nonce` goes with every picture."""

    session: str
    nonce: str
    steps: tuple[Step, ...]
    ends: datetime
    tries_left: int


class SeenSoFar(Struct, frozen=True):
    """What to do now (`asked`; none: finish), what to mend, and whether the challenge cannot be completed any more."""

    asked: Step | None
    done: int
    steps: int
    hint: Hint | None
    over: bool


class SignedIn(Struct, frozen=True):
    """A holder's token, and until when it counts."""

    access_token: str
    token_type: str
    ends: datetime


def handlers(house: House) -> Sequence[Any]:
    """The routes; where nobody signs up here, nothing is under these addresses."""
    if house.enrolments is None:
        return []
    enrolments = house.enrolments

    @post(
        "/v1/enrolments",
        status_code=201,
        responses=told(Code.CONTENT_REFUSED, Code.NOT_CONFIRMED, Code.TRY_LATER, Code.BODY_TOO_LARGE),
        tags=["sign-up"],
    )
    async def begin(request: AnyRequest, data: JSONBody[Begun]) -> Challenged:
        """Begin with a passport: every well-formed number gets a challenge."""
        house.pace.take(request)
        stated = document.read(data.document.replace("/", "\n"))
        network = network_of(request.client.host if request.client else "")
        begun = await at_deadline(
            lambda: enrolments.begin(stated, device=data.device, network=network, at=house.clock()),
            house.answer_after,
        )
        return _challenged(begun)

    @post(
        "/v1/enrolments/{session:str}/challenge",
        status_code=201,
        responses=told(Code.NOT_CONFIRMED, Code.THING_UNKNOWN, Code.TRY_LATER),
        tags=["sign-up"],
    )
    async def again(session: FromPath[str]) -> Challenged:
        """Another challenge, after one that ended or was not confirmed."""
        return _challenged(await at_deadline(lambda: enrolments.again(session, at=house.clock()), house.answer_after))

    @post(
        "/v1/enrolments/{session:str}/frames/{number:int}",
        status_code=200,
        request_max_body_size=MAX_FRAME,
        operation_class=taking("image/jpeg"),
        responses=told(Code.THING_UNKNOWN, Code.BODY_TOO_LARGE),
        tags=["sign-up"],
    )
    async def frame(request: AnyRequest, session: FromPath[str], number: FromPath[int]) -> SeenSoFar:
        """One picture (JPEG, not mirrored), with the challenge's nonce in X-Nonce; it is forgotten at once."""
        picture, nonce = await request.body(), request.headers.get("x-nonce", "")
        seen = await enrolments.frame(session, picture, nonce=nonce, number=number, at=house.clock())
        if isinstance(seen, Gone):
            raise Problem(Code.THING_UNKNOWN)
        return SeenSoFar(seen.asked, seen.done, seen.steps, seen.hint, seen.over)

    @post(
        "/v1/enrolments/{session:str}/finish",
        status_code=201,
        responses=told(Code.NOT_CONFIRMED, Code.THING_UNKNOWN, Code.TRY_LATER),
        tags=["sign-up"],
    )
    async def finish(session: FromPath[str]) -> SignedIn:
        """The answer: a token for the holder, and for everybody else the same refusal."""
        return await at_deadline(lambda: _finished(house, enrolments, session), house.answer_after)

    return [begin, again, frame, finish]


async def at_deadline(ask: Callable[[], Awaitable[T]], seconds: float) -> T:
    """What `ask` answers, or raises, at `seconds` after now; later only by whole multiples of them."""
    began = monotonic()
    try:
        return await ask()
    finally:
        late = (monotonic() - began) % seconds
        await asyncio.sleep(seconds - late)


def _challenged(begun: object) -> Challenged:
    match begun:
        case Started(session, challenge, tries_left):
            return Challenged(session, challenge.nonce, tuple(challenge.steps), challenge.expires, tries_left)
        case NotConfirmed(desk_code, tries_left):
            raise Problem(Code.NOT_CONFIRMED, desk_code=desk_code, tries_left=tries_left)
        case Gone():
            raise Problem(Code.THING_UNKNOWN)
    raise Problem(Code.TRY_LATER)


async def _finished(house: House, enrolments: Enrolments, session: str) -> SignedIn:
    came = await enrolments.finish(session, at=house.clock())
    match came:
        case Gone():
            raise Problem(Code.THING_UNKNOWN)
        case NotConfirmed(desk_code, tries_left):
            raise Problem(Code.NOT_CONFIRMED, desk_code=desk_code, tries_left=tries_left)
    enrolments.sign_out(came.token)  # from here on the token of this house counts
    subject_id = await sync_to_thread(_subject, house, came)
    return SignedIn(tokens.grant_holder(house.vault, subject_id, until=came.until), "bearer", came.until)


def _subject(house: House, holder: Holder) -> str:
    if holder.zone is None:  # a camera compares with a passport's portrait, so that there is one
        raise Problem(Code.TRY_LATER)
    with reading(house.engines.health) as connection:
        known = people.find(connection, house.vault, Papers(holder.zone.country, holder.zone.number))
    if known is None:
        raise Problem(Code.TRY_LATER)
    return known.subject_id
