"""What went wrong, as a problem document (RFC 9457) for programs and as a page for people: both with a stable code.

A code is API, like a reason code, but says nothing about a certificate or a person. `type` is the path of a page on the
same host that explains it: a path, since the name of the host is what the request says it is.
"""

import logging
import re
import traceback
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from litestar import Response, get
from litestar.exceptions import HTTPException, ValidationException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from pratique.model.errors import (
    AccessRefused,
    ClientRefused,
    FacilityRefused,
    IssueRefused,
    MalformedDocument,
    MalformedRecord,
    PermitRefused,
    PratiqueError,
    StatusRefused,
    StoreFault,
)
from pratique.model.reasons import Reason
from pratique.texts import LANGUAGES
from pratique.web.pages import AnyRequest, Site, page
from pratique.web.words import preferred, words

_LOG = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"


class Code(StrEnum):
    """Every problem there is."""

    PAGE_UNKNOWN = "PAGE_UNKNOWN"
    SESSION_UNKNOWN = "SESSION_UNKNOWN"
    """No such session, or it has ended, or it is another visitor's: nobody can tell which."""
    METHOD_UNKNOWN = "METHOD_UNKNOWN"
    FORM_UNREADABLE = "FORM_UNREADABLE"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    TOO_MANY_REQUESTS = "TOO_MANY_REQUESTS"
    REQUEST_UNREADABLE = "REQUEST_UNREADABLE"
    """A program's request that is not what the schema says; `place` tells where."""
    MEDIA_TYPE_UNKNOWN = "MEDIA_TYPE_UNKNOWN"
    CONTENT_REFUSED = "CONTENT_REFUSED"
    """It could be read, and cannot be used: `reasons` say why."""
    SIGN_IN_NEEDED = "SIGN_IN_NEEDED"
    """No token, or one that is not ours, or has run out."""
    NOT_ALLOWED = "NOT_ALLOWED"
    THING_UNKNOWN = "THING_UNKNOWN"
    """No such thing, or somebody else's: nobody can tell which."""
    THING_GONE = "THING_GONE"
    USED_BEFORE = "USED_BEFORE"
    NOT_CONFIRMED = "NOT_CONFIRMED"
    """The one answer to whoever is not confirmed, known or not."""
    LOG_BROKEN = "LOG_BROKEN"
    """A log of signatures whose tree does not add up any more, so that it has no checkpoint."""
    TRY_LATER = "TRY_LATER"
    OTHER_SITE = "OTHER_SITE"
    """A page of somebody else sent the request."""
    SIGNED_OUT = "SIGNED_OUT"
    """An official's page without an official: nobody signed in here, or it was too long ago."""
    ROLE_MISSING = "ROLE_MISSING"
    """Signed in, with a role whose pages are others."""
    BUSY = "BUSY"
    """More came than there is room for; `Retry-After` says when to come back."""
    OUR_FAULT = "OUR_FAULT"

    @property
    def status(self) -> int:
        """The HTTP status it is told with."""
        return _STATUS[self]


_STATUS = {
    Code.PAGE_UNKNOWN: 404,
    Code.SESSION_UNKNOWN: 404,
    Code.METHOD_UNKNOWN: 405,
    Code.FORM_UNREADABLE: 400,
    Code.BODY_TOO_LARGE: 413,
    Code.TOO_MANY_REQUESTS: 429,
    Code.REQUEST_UNREADABLE: 400,
    Code.MEDIA_TYPE_UNKNOWN: 415,
    Code.CONTENT_REFUSED: 422,
    Code.SIGN_IN_NEEDED: 401,
    Code.NOT_ALLOWED: 403,
    Code.THING_UNKNOWN: 404,
    Code.THING_GONE: 410,
    Code.USED_BEFORE: 410,
    Code.NOT_CONFIRMED: 403,
    Code.LOG_BROKEN: 503,
    Code.TRY_LATER: 503,
    Code.OTHER_SITE: 403,
    Code.SIGNED_OUT: 401,
    Code.ROLE_MISSING: 403,
    Code.BUSY: 503,
    Code.OUR_FAULT: 500,
}
_OF_STATUS = {
    404: Code.PAGE_UNKNOWN,
    405: Code.METHOD_UNKNOWN,
    413: Code.BODY_TOO_LARGE,
    415: Code.MEDIA_TYPE_UNKNOWN,
    429: Code.TOO_MANY_REQUESTS,
}
_OF_FAULT: Mapping[type[PratiqueError], Code] = {
    AccessRefused: Code.NOT_ALLOWED,
    MalformedDocument: Code.CONTENT_REFUSED,
    MalformedRecord: Code.CONTENT_REFUSED,
    FacilityRefused: Code.CONTENT_REFUSED,
    ClientRefused: Code.CONTENT_REFUSED,
    IssueRefused: Code.CONTENT_REFUSED,
    PermitRefused: Code.CONTENT_REFUSED,
    StatusRefused: Code.CONTENT_REFUSED,
    StoreFault: Code.TRY_LATER,
}
"""What a refusal of the house is for whoever asked over HTTP; any other is our fault."""
FOR_PROGRAMS = "/v1/"
"""Where addresses for programs begin; what cannot be read there is a request, and no form."""


class Problem(Exception):
    """A request that cannot be answered as it was meant; `code` says why, and `more` goes into its document."""

    def __init__(self, code: Code, **more: Any) -> None:
        super().__init__(code.value)
        self.code = code
        self.more = more


class Document(msgspec.Struct, frozen=True, omit_defaults=True):
    """A problem document; what follows `detail` are extension members, `code` the last part of `type`."""

    type: str
    title: str
    status: int
    detail: str
    code: Code
    reasons: tuple[Reason, ...] = ()
    """Reason codes, where there is more to say."""
    place: str = ""
    """Where in the request."""
    desk_code: str = ""
    """By which a desk finds what was begun here."""
    tries_left: int | None = None


def answers(site: Site) -> Mapping[Any, Any]:
    """What an application of `site` does with exceptions; a fault of ours tells nothing of what caused it."""

    def told(request: AnyRequest, fault: Exception) -> Response[Any]:
        code = _code(fault, program=request.scope["path"].startswith(FOR_PROGRAMS))
        if code is Code.OUR_FAULT:
            note(fault)
        language = language_of(request)
        if "text/html" in request.headers.get("accept", ""):
            sheet = page(request, "problem.html", site=site, language=language, status=code.status, code=code)
            sheet.headers.update(_methods(fault))
            return sheet
        say = words(language)
        document = Document(
            type=f"/problems/{code}",
            title=say(f"problem.{code}.title"),
            status=code.status,
            detail=say(f"problem.{code}.next"),
            code=code,
            **_more(fault),
        )
        content = msgspec.json.encode(document)
        return Response(content, media_type=MEDIA_TYPE, status_code=code.status, headers=_headers(code, fault))

    return {Problem: told, HTTPException: told, PratiqueError: told, Exception: told}


def note(fault: Exception) -> None:
    """Where a fault of ours came from, and never its message: that may quote what somebody typed."""
    steps = traceback.extract_tb(fault.__traceback__)
    place = " < ".join(f"{Path(step.filename).name}:{step.lineno}" for step in reversed(steps[-4:]))
    _LOG.error("%s at %s", type(fault).__name__, place)


def _code(fault: Exception, *, program: bool) -> Code:
    match fault:
        case Problem():
            return fault.code
        case HTTPException() if fault.status_code < 500:
            unreadable = Code.REQUEST_UNREADABLE if program else Code.FORM_UNREADABLE
            return _OF_STATUS.get(fault.status_code, unreadable)
        case AccessRefused(reasons=(Reason.ACCESS_TOO_MANY,)):
            return Code.TOO_MANY_REQUESTS
        case RecursionError() if program:  # what nests so deep is a request: nothing of ours does
            return Code.REQUEST_UNREADABLE
        case PratiqueError():
            return _OF_FAULT.get(type(fault), Code.OUR_FAULT)
        case _:
            return Code.OUR_FAULT


def _more(fault: Exception) -> Mapping[str, Any]:
    match fault:
        case Problem():
            return fault.more
        case PermitRefused():
            return {"reasons": fault.reasons, "place": fault.problems[0].path}
        case ClientRefused():
            return {"reasons": fault.reasons, "place": f"$.{(fault.detail or '').partition(':')[0]}"}
        case PratiqueError() if type(fault) in _OF_FAULT:
            return {"reasons": fault.reasons}
        case ValidationException() if place := _place(fault.extra):
            return {"place": place}
        case _:
            return {}


def _place(extra: object) -> str:
    """Where a request does not fit, by the names of fields and no value: unknown names are a sender's own words."""
    for each in extra if isinstance(extra, list) else ():
        told: dict[str, object] = each if isinstance(each, dict) else {}
        key, missing = told.get("key"), _MISSING.match(str(told.get("message")))
        names = [key] if isinstance(key, str) and key != "data" and _FIELD.fullmatch(key) else []
        names += missing.groups() if missing else ()  # it is named in the message alone, and by our name
        if names:
            return "$." + ".".join(names)
    return ""


_FIELD = re.compile(r"[\w.\[\]]{1,100}", re.ASCII)
_MISSING = re.compile(r"Object missing required field `(\w{1,100})`", re.ASCII)


def _headers(code: Code, fault: Exception) -> dict[str, str]:
    """What takes another method says which; who has to sign in learns how (RFC 6750 section 3)."""
    return _methods(fault) | ({"www-authenticate": "Bearer"} if code is Code.SIGN_IN_NEEDED else {})


def _methods(fault: Exception) -> dict[str, str]:
    """What an address takes instead, which a refused method is told (RFC 9110 section 15.5.6)."""
    told = fault.headers if isinstance(fault, HTTPException) else None
    return {"allow": ", ".join(sorted(told["allow"].split(", ")))} if told and "allow" in told else {}


def explanations(site: Site) -> HTTPRouteHandler:
    """The page behind each `type`."""

    @get("/problems/{code:str}", sync_to_thread=False)
    def explained(request: AnyRequest, code: FromPath[str]) -> Response[str]:
        if code not in Code.__members__:
            raise Problem(Code.PAGE_UNKNOWN)
        return page(request, "problem.html", site=site, language=language_of(request), code=Code(code))

    return explained


def language_of(request: AnyRequest) -> str:
    """The language in the address, or the one that the browser prefers."""
    first = request.scope["path"].split("/")[1]
    return first if first in LANGUAGES else preferred(request.headers.get("accept-language", ""))
