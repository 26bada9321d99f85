"""Signing in by passport and face, for apps: the same steps as the pages have, the same answer for everybody else.

    POST /v1/enrolments {document, device, consent, language}
                                            ─► challenge        for every well-formed number, known or not
    POST …/frames/{number}                  ─► what to do now   which depends on the pictures alone
    POST …/finish                           ─► a holder's token, or NOT_CONFIRMED for whatever reason

A question about a passport is answered at a fixed time after it came, so that the clock tells no more than the answer.
How often is counted for the document, the device and the network (`identity.limits`). The text that a person agrees to
is the one of the travellers' pages; what was agreed to is kept of whoever is confirmed, as those pages keep it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Annotated, Any, TypeVar

from litestar import post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from pratique.authority.access import tokens
from pratique.authority.identity import document, review
from pratique.authority.identity.answers import Gone, Holder, NotConfirmed, Started
from pratique.authority.identity.desk import Agreed
from pratique.authority.identity.enrolment import MAX_FRAME, MOST_SESSIONS, Enrolments
from pratique.authority.identity.limits import network_of
from pratique.authority.identity.liveness import Step
from pratique.authority.identity.quality import Hint
from pratique.authority.store import people, reading, reviewing, writing
from pratique.authority.store.people import Papers
from pratique.authority.store.reviewing import Consent
from pratique.model.countries import to_mrz
from pratique.texts import LANGUAGES
from pratique.web.api.house import House
from pratique.web.api.schema import taking, told
from pratique.web.ministry import CONSENT
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem

T = TypeVar("T")


class Begun(Struct, frozen=True, forbid_unknown_fields=True):
    """A passport's number, or the lines at the bottom of its page; what tells this device from others; and which text
    (of the page /consent) its person agreed to, in which language."""

    document: Annotated[str, Meta(min_length=1, max_length=200)]
    device: Annotated[str, Meta(min_length=16, max_length=64, description="Random, and the same next time.")]
    consent: Annotated[
        str, Meta(pattern=f"^{CONSENT}$", max_length=len(CONSENT), description="The text's version, now.")
    ]
    language: Annotated[
        str, Meta(pattern=f"^({'|'.join(LANGUAGES)})$", max_length=2, description="In which it was read.")
    ]


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


class _Desk(Struct, frozen=True):
    """Who signs up here, and what each of them agreed to."""

    house: House
    enrolments: Enrolments
    agreed: OrderedDict[str, Agreed]
    """By session: the newest, as many as there can be."""

    async def began(self, begun: object, agreed: Agreed, at: datetime) -> Challenged:
        """What is told of it. Raises `Problem`, once a desk finds it where it ended."""
        match begun:
            case Started(session, challenge, tries_left):
                self.agreed[session] = agreed
                while len(self.agreed) > MOST_SESSIONS:
                    self.agreed.popitem(last=False)
                return Challenged(session, challenge.nonce, tuple(challenge.steps), challenge.expires, tries_left)
            case NotConfirmed():
                raise await self.refused(begun, agreed, at)
            case Gone():
                raise Problem(Code.THING_UNKNOWN)
        raise Problem(Code.TRY_LATER)

    async def refused(self, told: NotConfirmed, agreed: Agreed, at: datetime) -> Problem:
        """The refusal, once it is kept where it ended: a desk may be another process's, and be asked days later."""
        house, code = self.house, told.desk_code
        case = self.enrolments.case(code, at=at)
        if case is not None:
            keep = partial(review.hand_over, code=code, country=to_mrz(house.country), at=at)
            keep = partial(keep, consent=agreed.version, language=agreed.language)
            waiting = await sync_to_thread(keep, house.engines.enrolment, house.vault, case)
            self.enrolments.handed_over(code)
            code = waiting.code
        return Problem(Code.NOT_CONFIRMED, desk_code=code, tries_left=told.tries_left)

    def let_in(self, holder: Holder, agreed: Agreed, at: datetime) -> SignedIn:
        """A token of this house for whoever was confirmed; what they agreed to is kept from now on."""
        house, zone = self.house, holder.zone
        if zone is None:  # a camera compares with a passport's portrait, so that there is one
            raise Problem(Code.TRY_LATER)
        with reading(house.engines.health) as connection:
            known = people.find(connection, house.vault, Papers(zone.country, zone.number))
        if known is None:
            raise Problem(Code.TRY_LATER)
        with writing(house.engines.enrolment) as connection:
            kept = Consent("sign_up", agreed.version, agreed.language, int(at.timestamp()))
            reviewing.agree(connection, known.subject_id, [kept])
        return SignedIn(tokens.grant_holder(house.vault, known.subject_id, until=holder.until), "bearer", holder.until)


def handlers(house: House) -> Sequence[Any]:
    """The routes; where nobody signs up here, nothing is under these addresses."""
    if house.enrolments is None:
        return []
    enrolments, desk = house.enrolments, _Desk(house, house.enrolments, OrderedDict())

    @post(
        "/v1/enrolments",
        status_code=201,
        responses=told(Code.CONTENT_REFUSED, Code.NOT_CONFIRMED, Code.TRY_LATER, Code.BODY_TOO_LARGE),
        tags=["sign-up"],
    )
    async def begin(request: AnyRequest, data: JSONBody[Begun]) -> Challenged:
        """Begin with a passport: every well-formed number gets a challenge."""
        house.pace.take(request)
        stated, at = document.read(data.document.replace("/", "\n")), house.clock()
        network = network_of(request.client.host if request.client else "")

        async def begun() -> Challenged:
            came = await enrolments.begin(stated, device=data.device, network=network, at=at)
            return await desk.began(came, Agreed(data.consent, data.language), at)

        return await at_deadline(begun, house.answer_after)

    @post(
        "/v1/enrolments/{session:str}/challenge",
        status_code=201,
        responses=told(Code.NOT_CONFIRMED, Code.THING_UNKNOWN, Code.TRY_LATER),
        tags=["sign-up"],
    )
    async def again(session: FromPath[str]) -> Challenged:
        """Another challenge, after one that ended or was not confirmed."""

        async def begun() -> Challenged:
            at, agreed = house.clock(), desk.agreed.get(session)
            if agreed is None:
                raise Problem(Code.THING_UNKNOWN)
            return await desk.began(await enrolments.again(session, at=at), agreed, at)

        return await at_deadline(begun, house.answer_after)

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
        return await at_deadline(partial(_finished, desk, session), house.answer_after)

    return [begin, again, frame, finish]


async def at_deadline(ask: Callable[[], Awaitable[T]], seconds: float) -> T:
    """What `ask` answers, or raises, at `seconds` after now; later only by whole multiples of them."""
    began = monotonic()
    try:
        return await ask()
    finally:
        late = (monotonic() - began) % seconds
        await asyncio.sleep(seconds - late)


async def _finished(desk: _Desk, session: str) -> SignedIn:
    at, agreed = desk.house.clock(), desk.agreed.get(session)
    if agreed is None:  # begun on the travellers' pages, which finish it
        raise Problem(Code.THING_UNKNOWN)
    came = await desk.enrolments.finish(session, at=at)
    if isinstance(came, Gone):
        raise Problem(Code.THING_UNKNOWN)
    if isinstance(came, NotConfirmed):
        raise await desk.refused(came, agreed, at)
    desk.agreed.pop(session, None)
    desk.enrolments.sign_out(came.token)  # from here on the token of this house counts
    return await sync_to_thread(desk.let_in, came, agreed, at)
