"""Who may ask what: ONE table of routes and roles, which every request passes. What is not in it is not answered.

No route here that anybody may ask moves the signing counter: a signature needs a request that somebody approved.
"""

from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any

from pratique.authority.access import Role, tokens
from pratique.authority.access.tokens import Signed
from pratique.web import guarding
from pratique.web.api.house import House
from pratique.web.guarding import Before
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem


class Open(Enum):
    """Routes that no role is needed for."""

    ANYBODY = "anybody"
    BOOKING = "an access token that a carrier signed for one booking"


Who = frozenset[Role] | Open

_SENDERS = frozenset({Role.CLINIC, Role.LABORATORY})
_DECLARING = frozenset({Role.LOCAL_CODE})
_HOLDER = frozenset({Role.HOLDER})
_CARRIER = frozenset({Role.CARRIER})
_DESK = frozenset({Role.HEALTH_AUTHORITY})

ROUTES: Mapping[str, Who] = MappingProxyType(
    {
        # what is public, and what says nothing that the asker did not bring
        "GET /v1/openapi.json": Open.ANYBODY,
        "POST /v1/verify": Open.ANYBODY,
        "GET /v1/lists/trust": Open.ANYBODY,
        "GET /v1/lists/revocation": Open.ANYBODY,
        "GET /v1/release": Open.ANYBODY,
        "GET /v1/release/{name}": Open.ANYBODY,
        "GET /v1/keys": Open.ANYBODY,
        "GET /v1/logs": Open.ANYBODY,
        "GET /v1/logs/{key_id}/checkpoint": Open.ANYBODY,
        "GET /v1/logs/{key_id}/consistency": Open.ANYBODY,
        # signing in
        "POST /v1/token": Open.ANYBODY,
        "POST /v1/enrolments": Open.ANYBODY,
        "POST /v1/enrolments/{session}/challenge": Open.ANYBODY,
        "POST /v1/enrolments/{session}/frames/{number}": Open.ANYBODY,
        "POST /v1/enrolments/{session}/finish": Open.ANYBODY,
        # records in
        "POST /v1/records": _SENDERS,
        "GET /v1/intakes/{intake_id}": _SENDERS,
        "POST /v1/national/health-declarations": _DECLARING,
        "POST /v1/national/trip-declarations": _DECLARING,
        "POST /v1/national/local-statuses": _DECLARING,
        "POST /v1/national/code-applications": Open.ANYBODY,
        "POST /v1/national/code-checks": Open.ANYBODY,
        # one's own, and that of whom one is guardian
        "GET /v1/people": _HOLDER,
        "GET /v1/people/{person}/records": _HOLDER,
        "GET /v1/people/{person}/records/{record_id}": _HOLDER,
        "POST /v1/people/{person}/records/{record_id}/disputes": _HOLDER,
        "GET /v1/people/{person}/looks": _HOLDER,
        "GET /v1/people/{person}/export": _HOLDER,
        "POST /v1/people/{person}/codes": _HOLDER,
        "POST /v1/people/{person}/certificates": _HOLDER,
        "GET /v1/people/{person}/certificates": _HOLDER,
        "GET /v1/people/{person}/certificates/{certificate_id}": _HOLDER,
        "GET /v1/people/{person}/certificates/{certificate_id}/proof": _HOLDER,
        "POST /v1/people/{person}/certificates/{certificate_id}/sealed": _HOLDER,
        "POST /v1/people/{person}/certificates/{certificate_id}/passes": _HOLDER,
        # carriers
        "POST /v1/flights/check": _CARRIER,
        "POST /v1/flights/table": _CARRIER,
        "GET /v1/booking/identity": Open.ANYBODY,
        "POST /v1/booking/initialize/{subject}": Open.BOOKING,
        "POST /v1/booking/validate/{subject}": Open.BOOKING,
        "GET /v1/booking/status/{subject}": Open.BOOKING,
        # entry permits: whoever applies has a code, and no account
        "POST /v1/permits": Open.ANYBODY,
        "POST /v1/permits/standing": Open.ANYBODY,
        "POST /v1/permits/more": Open.ANYBODY,
        "GET /v1/permits": _DESK,
        "GET /v1/permits/{application_id}": _DESK,
        "GET /v1/permits/{application_id}/attachments/{number}": _DESK,
        "POST /v1/permits/{application_id}/decisions": _DESK,
        # the desk
        "GET /v1/support": _DESK,
        "GET /v1/support/{support_id}": _DESK,
        "POST /v1/support/{support_id}/steps": _DESK,
        "GET /v1/facilities": _DESK,
        "POST /v1/facilities": _DESK,
        "GET /v1/facilities/{facility_id}": _DESK,
        "POST /v1/facilities/{facility_id}/approval": _DESK,
        "POST /v1/facilities/{facility_id}/refusal": _DESK,
        "POST /v1/facilities/{facility_id}/suspension": _DESK,
        "POST /v1/facilities/{facility_id}/resumption": _DESK,
        "POST /v1/facilities/{facility_id}/deliveries": _DESK,
        "GET /v1/clients": _DESK,
        "POST /v1/clients": _DESK,
        "POST /v1/clients/{client_id}/keys": _DESK,
        "POST /v1/clients/{client_id}/end": _DESK,
        "POST /v1/withdrawals/certificate": _DESK,
        "POST /v1/withdrawals/facility": _DESK,
        "POST /v1/withdrawals/lot": _DESK,
        "GET /v1/recalls": _DESK,
        "GET /v1/proposals": _DESK,
        "GET /v1/proposals/{proposal_id}": _DESK,
        "POST /v1/proposals/{proposal_id}/confirmation": _DESK,
        "POST /v1/proposals/{proposal_id}/refusal": _DESK,
        "GET /v1/applications": _DESK,
        "POST /v1/applications/{application_id}/proposal": _DESK,
        "POST /v1/applications/{application_id}/refusal": _DESK,
        # whoever runs it
        "GET /health/live": Open.ANYBODY,
        "GET /health/ready": Open.ANYBODY,
        "GET /metrics": Open.ANYBODY,
    }
)
"""`GET /metrics` besides answers the networks of the setting `metrics_from` alone."""


Booked = Callable[[House, AnyRequest, str], Awaitable[object]]
"""What an access token of a carrier stands for. Raises `Problem` (SIGN_IN_NEEDED)."""


def gate(house: House, booked: Booked | None = None) -> Before:
    """What every request passes before its body is read: it lets in whom the table lets in.

    `booked` reads the access tokens of carriers. Raises `Problem`: OTHER_SITE, SIGN_IN_NEEDED, NOT_ALLOWED, or
    PAGE_UNKNOWN for a route that the table does not have. It is no guard of Litestar's, since for those it copies the
    handler each time.
    """
    from_here = guarding.from_this_site(house.hosts)

    async def admit(request: AnyRequest) -> None:
        await from_here(request)
        scope: Any = request.scope
        who = ROUTES.get(f"{scope['method']} {scope['path_template']}")
        if who is None:
            raise Problem(Code.PAGE_UNKNOWN)
        if who is Open.ANYBODY:
            return
        bearer = bearer_of(request.headers.get("authorization", ""))
        if who is Open.BOOKING:
            if booked is None:
                raise Problem(Code.SIGN_IN_NEEDED)
            scope["auth"] = await booked(house, request, bearer)
            return
        signed = tokens.known(house.vault, bearer, at=house.clock())
        if signed is None:
            raise Problem(Code.SIGN_IN_NEEDED)
        if isinstance(who, Open) or signed.role not in who:
            raise Problem(Code.NOT_ALLOWED)
        scope["auth"] = signed

    return admit


def bearer_of(header: str) -> str:
    """The token of an `Authorization` header (RFC 6750 section 2.1). Raises `Problem` (SIGN_IN_NEEDED)."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Problem(Code.SIGN_IN_NEEDED)
    return token.strip()


def caller(request: AnyRequest) -> Signed:
    """Who the gate let in."""
    signed = request.scope["auth"]
    if not isinstance(signed, Signed):
        raise TypeError("the gate was not asked")
    return signed
