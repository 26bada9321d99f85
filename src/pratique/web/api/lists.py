"""What verifiers load: the release in force and its parts, and the keys that confirmations are signed with.

A verifier that has them asks nobody about a certificate: these answers are the same for everybody, and caches may keep
them. Whoever wants to be sure of a release takes it by `pratique bundle update`, which checks its signatures.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from msgspec import Struct

from pratique.bundle import REVOCATION, TRUST, Part
from pratique.trust import Environment
from pratique.web.api.house import House
from pratique.web.api.schema import told
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem

_AGE = 300
"""Seconds that a cache may keep a list: withdrawals have to reach everybody within the day."""


class Released(Struct, frozen=True):
    """The release in force: its number and its parts; a part is at /v1/release/ and its name with - for each /."""

    number: int
    environment: Environment
    issued: datetime
    parts: dict[str, Part]
    addresses: dict[str, str]


class Keys(Struct, frozen=True):
    """A JWK Set (RFC 7517)."""

    keys: list[dict[str, Any]]


_SAME = {304: ResponseSpec(None, description="What you have is what is in force.", media_type="text/plain")}


def handlers(house: House) -> Sequence[Any]:
    """The routes."""

    @get("/v1/release", responses=told(), tags=["lists"], sync_to_thread=False)
    def release() -> Released:
        """The release in force."""
        bundle = house.release.current()
        addresses = {name: f"/v1/release/{name.replace('/', '-')}" for name in house.release.files}
        return Released(bundle.number, bundle.environment, bundle.issued, dict(bundle.parts), addresses)

    @get(
        "/v1/release/{name:str}",
        responses={**told(Code.THING_UNKNOWN), **_SAME},
        tags=["lists"],
        media_type="application/octet-stream",
        sync_to_thread=False,
    )
    def part(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
        """One file of the release, octet for octet as it was published."""
        house.release.current()
        found = {path.replace("/", "-"): path for path in house.release.files}.get(name)
        if found is None:
            raise Problem(Code.THING_UNKNOWN)
        return _file(request, house.release.files[found])

    @get(
        "/v1/lists/trust",
        responses={**told(), **_SAME},
        tags=["lists"],
        media_type="application/json",
        sync_to_thread=False,
    )
    def trust(request: AnyRequest) -> Response[Any]:
        """The trust list: whose keys count."""
        house.release.current()
        return _file(request, house.release.files[TRUST], "application/json")

    @get(
        "/v1/lists/revocation",
        responses={**told(Code.THING_UNKNOWN), **_SAME},
        tags=["lists"],
        media_type="application/octet-stream",
        sync_to_thread=False,
    )
    def withdrawn(request: AnyRequest) -> Response[bytes]:
        """What was withdrawn or replaced: prefixes of identifiers that nobody can guess."""
        house.release.current()
        if REVOCATION not in house.release.files:
            raise Problem(Code.THING_UNKNOWN)
        return _file(request, house.release.files[REVOCATION])

    @get("/v1/keys", responses=told(), tags=["carriers"], sync_to_thread=False)
    def keys() -> Keys:
        """The keys that confirmations for carriers are signed with."""
        return Keys([house.confirmation.public])

    return [release, part, trust, withdrawn, keys]


def _file(request: AnyRequest, content: bytes, kind: str = "application/octet-stream") -> Response[bytes]:
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": f"public, max-age={_AGE}"}
    if tag in [each.strip() for each in request.headers.get("if-none-match", "").split(",")]:
        return Response(b"", status_code=304, headers=headers, media_type=kind)
    return Response(content, headers=headers, media_type=kind)
