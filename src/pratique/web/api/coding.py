"""Codes for local apps: a holder has their own made, and anybody asks what a code says.

    POST /v1/people/{person}/codes     6.6 ─ the holder's own token, or their guardian's: no app makes another's code
    POST /v1/national/code-checks      6.7 ─ offline, and written down nowhere

A local app that shows somebody's code asks with the token of whoever holds the telephone, never with its own.
"""

from collections.abc import Sequence
from typing import Any

from litestar import post
from litestar.params import FromPath, JSONBody

from pratique.authority.records import codes
from pratique.authority.records.codes import Codes, Made, MakeCode, Verified, VerifyCode
from pratique.authority.store import reading
from pratique.web.api.house import House
from pratique.web.api.owning import looked
from pratique.web.api.schema import SIGNED_IN, signed_in, told
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code

MAX_BODY = 16_384


def handlers(house: House) -> Sequence[Any]:
    """The routes; no code is made where no key signs statuses."""

    @post(
        "/v1/national/code-checks",
        status_code=200,
        request_max_body_size=MAX_BODY,
        responses=told(Code.BODY_TOO_LARGE),
        tags=["national interface"],
        operation_id="national-code-checks",
    )
    async def check(request: AnyRequest, data: JSONBody[VerifyCode]) -> Verified:
        """What does this code say? One that is not authentic is an answer."""
        house.pace.take(request)
        bundle = house.release.current()
        return codes.read(data, trust_list=bundle.trust_list, at=house.now(), revocation=bundle.revocation)

    return [check] if house.codes is None else [check, _making(house, house.codes)]


def _making(house: House, by: Codes) -> Any:
    @post(
        "/v1/people/{person:str}/codes",
        status_code=201,
        request_max_body_size=MAX_BODY,
        responses=signed_in(Code.THING_UNKNOWN, Code.CONTENT_REFUSED, Code.BODY_TOO_LARGE, Code.TRY_LATER),
        security=SIGNED_IN,
        tags=["national interface"],
        sync_to_thread=True,
    )
    def make(request: AnyRequest, person: FromPath[str], data: JSONBody[MakeCode]) -> Made:
        """Your code for a day at most, under the one-time key of your device or for paper."""
        known, allowed = looked(house, request, person, codes.NEEDED)
        with reading(house.engines.health) as connection:
            return codes.make(connection, allowed, known, data, by=by, at=house.clock())

    return make
