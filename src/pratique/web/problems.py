"""What went wrong, as a problem document (RFC 9457) for programs and as a page for people: both with a stable code.

A code is API, like a reason code, but says nothing about a certificate or a person. `type` is the path of a page on the
same host that explains it: a path, since the name of the host is what the request says it is.
"""

import logging
import traceback
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from litestar import Response, get
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from pratique.web.pages import AnyRequest, Site, page
from pratique.web.words import LANGUAGES, preferred, words

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
    OTHER_SITE = "OTHER_SITE"
    """A page of somebody else sent the request."""
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
    Code.OTHER_SITE: 403,
    Code.BUSY: 503,
    Code.OUR_FAULT: 500,
}
_OF_STATUS = {404: Code.PAGE_UNKNOWN, 405: Code.METHOD_UNKNOWN, 413: Code.BODY_TOO_LARGE, 429: Code.TOO_MANY_REQUESTS}


class Problem(Exception):
    """A request that cannot be answered as it was meant; `code` says why."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.value)
        self.code = code


class Document(msgspec.Struct, frozen=True):
    """A problem document; `code` is an extension member, and the last part of `type`."""

    type: str
    title: str
    status: int
    detail: str
    code: Code


def answers(site: Site) -> Mapping[Any, Any]:
    """What an application of `site` does with exceptions; a fault of ours tells nothing of what caused it."""

    def told(request: AnyRequest, fault: Exception) -> Response[Any]:
        code = _code(fault)
        if code is Code.OUR_FAULT:
            _note(fault)
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
        )
        content = msgspec.json.encode(document)
        return Response(content, media_type=MEDIA_TYPE, status_code=code.status, headers=_methods(fault))

    return {Problem: told, HTTPException: told, Exception: told}


def _note(fault: Exception) -> None:
    """Where a fault of ours came from, and never its message: that may quote what somebody typed."""
    steps = traceback.extract_tb(fault.__traceback__)
    place = " < ".join(f"{Path(step.filename).name}:{step.lineno}" for step in reversed(steps[-4:]))
    _LOG.error("%s at %s", type(fault).__name__, place)


def _code(fault: Exception) -> Code:
    match fault:
        case Problem():
            return fault.code
        case HTTPException() if fault.status_code < 500:
            return _OF_STATUS.get(fault.status_code, Code.FORM_UNREADABLE)
        case _:
            return Code.OUR_FAULT


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
