"""How the API describes itself: OpenAPI, with every problem that a route may answer with."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from litestar import Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import (
    Components,
    OpenAPIMediaType,
    Operation,
    RequestBody,
    Schema,
    SecurityRequirement,
    SecurityScheme,
)
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from pratique.web.api.house import House
from pratique.web.api.routes import gate
from pratique.web.problems import MEDIA_TYPE, Code, Document

VERSION = "1.0.0"
"""Of the interface: what is added raises the second number; what would break a program gets /v2."""
_ALWAYS = (Code.REQUEST_UNREADABLE, Code.OTHER_SITE, Code.TOO_MANY_REQUESTS, Code.OUR_FAULT)
SIGNED_IN: Sequence[SecurityRequirement] = ({"bearer": []},)
"""For routes of a role: the security of their description."""


def told(*codes: Code) -> dict[int, ResponseSpec]:
    """The problems that a route may answer with, besides those that every route may."""
    found: dict[int, list[str]] = {}
    for code in (*_ALWAYS, *codes):
        found.setdefault(code.status, []).append(code.value)
    return {
        status: ResponseSpec(Document, description=", ".join(names), media_type=MEDIA_TYPE, generate_examples=False)
        for status, names in sorted(found.items())
    }


def signed_in(*codes: Code) -> dict[int, ResponseSpec]:
    """The same for a route of a role."""
    return told(Code.SIGN_IN_NEEDED, Code.NOT_ALLOWED, *codes)


def taking(*kinds: str, text: bool = False) -> type[Operation]:
    """An operation whose body is read as it is, of one of these media types."""
    written = Schema(type=OpenAPIType.STRING, format=None if text else OpenAPIFormat.BINARY)
    body = RequestBody(content={kind: OpenAPIMediaType(schema=written) for kind in kinds}, required=True)

    @dataclass
    class Taking(Operation):
        request_body: RequestBody | None = field(default_factory=lambda: body)

        def __post_init__(self) -> None:
            self.request_body = body

    return Taking


def config(house: House) -> OpenAPIConfig:
    """The description's frame."""
    bearer = SecurityScheme(type="http", scheme="bearer", description="The token of POST /v1/token, or of a sign-up.")
    booking = SecurityScheme(type="http", scheme="bearer", description="An access token that a carrier signed.")
    return OpenAPIConfig(
        title="pratique",
        version=VERSION,
        summary="Travel-health certificates: verify, check flights, take records in, and what is kept of oneself.",
        components=Components(security_schemes={"bearer": bearer, "booking": booking}),
        use_handler_docstrings=True,
        openapi_router=Router("/v1", route_handlers=[], before_request=gate(house)),
        render_plugins=(JsonRenderPlugin(path="/openapi.json"),),
    )
