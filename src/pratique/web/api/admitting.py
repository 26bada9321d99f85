"""Programs for the health authority's own: who signs in by keys, and the steps by one person and by two.

To let one in, or to give it other keys, takes two: what is proposed here waits at /v1/proposals. To end one takes one.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from litestar import get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct
from sqlalchemy import Connection

from pratique.authority.access import Act, may
from pratique.authority.access.clients import thumbprints
from pratique.authority.issuance.jointly import LetIn, OtherKeys
from pratique.authority.store import clients, reading, writing
from pratique.web.api.house import House
from pratique.web.api.proposing import TAKING, Waits, propose
from pratique.web.api.routes import caller
from pratique.web.api.schema import SIGNED_IN, signed_in
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem


class Key(Struct, frozen=True):
    """A public key by its `kid` and its thumbprint (RFC 7638)."""

    kid: str
    thumbprint: str


class Program(Struct, frozen=True):
    """A program that is, or was, let in."""

    client_id: str
    role: str
    name: str
    keys: tuple[Key, ...]
    ended: datetime | None


class Programs(Struct, frozen=True):
    """Every program there was."""

    clients: tuple[Program, ...]


class New(Struct, frozen=True, forbid_unknown_fields=True):
    """A program to let in: its public keys as a JWK Set; `source` for whoever sends records (docs/records.md)."""

    client_id: Annotated[str, Meta(max_length=64)]
    role: Literal["clinic", "laboratory", "local_code", "carrier"]
    name: Annotated[str, Meta(max_length=80)]
    keys: dict[str, Any]
    source: dict[str, Any] | None = None


class Keys(Struct, frozen=True, forbid_unknown_fields=True):
    """Other public keys, as a JWK Set."""

    keys: dict[str, Any]


def handlers(house: House) -> Sequence[Any]:
    """The routes."""

    @get("/v1/clients", responses=signed_in(Code.TRY_LATER), security=SIGNED_IN, tags=["desk"], sync_to_thread=True)
    def every(request: AnyRequest) -> Programs:
        """Every program that is, or was, let in."""
        with reading(house.engines.health) as connection:
            return Programs(tuple(_programs(connection)))

    @post(
        "/v1/clients", status_code=201, responses=signed_in(*TAKING), security=SIGNED_IN, tags=["desk"],
        sync_to_thread=True,
    )  # fmt: skip
    def let_in(request: AnyRequest, data: JSONBody[New]) -> Waits:
        """Propose to let a program in."""
        source = None if data.source is None else json.dumps(data.source)
        return propose(house, request, LetIn(data.client_id, data.role, data.name, json.dumps(data.keys), source))

    @post(
        "/v1/clients/{client_id:str}/keys",
        status_code=201,
        responses=signed_in(Code.THING_UNKNOWN, *TAKING),
        security=SIGNED_IN,
        tags=["desk"],
        sync_to_thread=True,
    )
    def rekey(request: AnyRequest, client_id: FromPath[str], data: JSONBody[Keys]) -> Waits:
        """Propose other keys for a program."""
        with reading(house.engines.health) as connection:
            _one(connection, client_id)
        return propose(house, request, OtherKeys(client_id, json.dumps(data.keys)))

    @post(
        "/v1/clients/{client_id:str}/end",
        status_code=200,
        responses=signed_in(Code.THING_UNKNOWN, *TAKING),
        security=SIGNED_IN,
        tags=["desk"],
        sync_to_thread=True,
    )
    def end(request: AnyRequest, client_id: FromPath[str]) -> Program:
        """Let a program in no more, from now on; the tokens that it has run out within minutes."""
        may(caller(request).account, Act.SUSPEND)
        with writing(house.engines.health) as connection:
            _one(connection, client_id)
            clients.end(connection, client_id, at=int(house.clock().timestamp()))
            return _one(connection, client_id)

    return [every, let_in, rekey, end]


def _one(connection: Connection, client_id: str) -> Program:
    """Raises `Problem` (THING_UNKNOWN)."""
    found = next((each for each in _programs(connection) if each.client_id == client_id), None)
    if found is None:
        raise Problem(Code.THING_UNKNOWN)
    return found


def _programs(connection: Connection) -> list[Program]:
    return [
        Program(
            each.account_id,
            each.role,
            each.name,
            tuple(Key(*key) for key in thumbprints(each.keys)),
            None if until is None else datetime.fromtimestamp(until, UTC),
        )
        for each, until in clients.every(connection)
    ]
