"""The logs of signatures, for anybody: what each publishes of itself, and that it only grows.

A checkpoint kept from here, and the proof to a later one, are checked without us (`pratique ledger verify`). That one's
own certificate is in it, a holder learns with the salt that opens that one entry.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery
from msgspec import Meta, Struct
from sqlalchemy import Connection

from pratique.authority.access import Item
from pratique.authority.issuance import log, proofs
from pratique.authority.issuance.proofs import Consistency, Inclusion
from pratique.authority.store import issuance as store
from pratique.authority.store import reading, signing_log
from pratique.authority.store.signing_log import SigningKey
from pratique.web.api.house import House
from pratique.web.api.owning import looked
from pratique.web.api.schema import SIGNED_IN, signed_in, told
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem, note

Size = Annotated[int, Meta(ge=0, le=2**53)]


class Log(Struct, frozen=True):
    """A key's log: its name, the key id that certificates carry, and how many signatures it accounts for."""

    log: str
    key_id: str
    kid: str
    size: int


class Logs(Struct, frozen=True):
    """Every log, in the order in which their keys began to sign."""

    logs: tuple[Log, ...]


def handlers(house: House) -> Sequence[Any]:
    """The routes."""
    engine = house.engines.health

    @get("/v1/logs", responses=told(Code.TRY_LATER), tags=["logs"], sync_to_thread=True)
    def logs() -> Logs:
        """Which logs there are."""
        with reading(engine) as connection:
            return Logs(
                tuple(
                    Log(log.origin(key), key.key_id, key.kid.hex(), signing_log.size(connection, key.key_id))
                    for key in signing_log.keys(connection)
                )
            )

    @get(
        "/v1/logs/{key_id:str}/checkpoint",
        responses={
            **told(Code.THING_UNKNOWN, Code.LOG_BROKEN, Code.TRY_LATER),
            200: ResponseSpec(str, description="Three lines: name, size, root in base64.", media_type="text/plain"),
        },
        tags=["logs"],
        media_type="text/plain",
        sync_to_thread=True,
    )
    def checkpoint(key_id: FromPath[str]) -> Response[str]:
        """The log as it is now, not signed."""
        with reading(engine) as connection, _whole():
            text = log.checkpoint(connection, _key(connection, key_id)).to_text()
        return Response(text, media_type="text/plain")

    @get(
        "/v1/logs/{key_id:str}/consistency",
        responses=told(Code.THING_UNKNOWN, Code.CONTENT_REFUSED, Code.LOG_BROKEN, Code.TRY_LATER),
        tags=["logs"],
        sync_to_thread=True,
    )
    def consistency(key_id: FromPath[str], old: FromQuery[Size], new: FromQuery[Size | None] = None) -> Consistency:
        """That the log of `new` entries (all, if not given) begins with that of `old`."""
        with reading(engine) as connection, _whole():
            try:
                return proofs.consistency(connection, _key(connection, key_id), old, new)
            except ValueError:
                raise Problem(Code.CONTENT_REFUSED, place="$.old") from None

    @get(
        "/v1/people/{person:str}/certificates/{certificate_id:str}/proof",
        responses=signed_in(Code.THING_UNKNOWN, Code.LOG_BROKEN, Code.TRY_LATER),
        security=SIGNED_IN,
        tags=["logs"],
        sync_to_thread=True,
    )
    def inclusion(request: AnyRequest, person: FromPath[str], certificate_id: FromPath[str]) -> Inclusion:
        """That a certificate of one's own is in the log, with the salt of this one entry."""
        _, allowed = looked(house, request, person, frozenset({Item.RECORDS}))
        with reading(engine) as connection, _whole():
            if store.one(connection, allowed.person_id, certificate_id) is None:
                raise Problem(Code.THING_UNKNOWN)
            return proofs.inclusion(connection, allowed, certificate_id)

    return [logs, checkpoint, consistency, inclusion]


@contextmanager
def _whole() -> Iterator[None]:
    """Raises `Problem` (LOG_BROKEN) where a tree lacks what it was made of: nothing of it is proved to anybody."""
    try:
        yield
    except LookupError as fault:
        note(fault)
        raise Problem(Code.LOG_BROKEN) from fault


def _key(connection: Connection, key_id: str) -> SigningKey:
    """Raises `Problem` (THING_UNKNOWN)."""
    found = next((each for each in signing_log.keys(connection) if each.key_id == key_id), None)
    if found is None:
        raise Problem(Code.THING_UNKNOWN)
    return found
