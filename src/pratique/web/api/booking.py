"""The EU's protocol for online bookings: a wallet sends a certificate for one booking, the carrier learns the result.

    carrier ─ access token (JWT, `t`, `vc`) ─► wallet ─ initialize {pubKey, nonce} ─► who may send, until when
                                               wallet ─ validate {dcc encrypted, sig} ─► result (JWT)
    carrier ─ status ─────────────────────────────────────────────────────────────────► result (JWT) | 204 not yet

Read for this: the READMEs of the EU's validation service and validation decorator, and how the published code of the
former reads and writes the messages. The Commission's specification was not read: no conformance with it is claimed.
An address that a request names (`callback`) is never called. Of a certificate nothing is kept but the result.
"""

import base64
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import SecurityRequirement
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from pratique.authority.access import Role, clients
from pratique.authority.store import bookings, reading, writing
from pratique.web.api import opening
from pratique.web.api.conditions import Conditions, Finding, Level, findings, overall
from pratique.web.api.house import House
from pratique.web.api.opening import NotOpened, Opener, Scheme
from pratique.web.api.schema import told
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem

LASTS = timedelta(minutes=15)
"""From the wallet's key to the certificate, and as long again for the carrier to ask for the result."""
ACCESS_LASTS = timedelta(hours=24)
"""The longest life of an access token that we believe."""
COUNTS = timedelta(hours=48)
"""How long a result counts: the certificate may be withdrawn tomorrow."""
VERSIONS = ("1.0", "1.0.0")
"""What `v` of an access token, and X-Version, may say."""
MAX_BODY = 200_000
JWT = "application/jwt"

_KEY = "JsonWebKey2020"
_SCHEME = "DccEncryptionScheme2021"


class Initialization(Struct, frozen=True, rename="camel"):
    """The wallet's public key (PEM, P-256), and the nonce (16 octets in base64) that it will encrypt with."""

    pub_key: Annotated[str, Meta(max_length=2000)]
    key_type: Annotated[str, Meta(max_length=40)] = "ES256"
    callback: Annotated[str, Meta(max_length=2000)] | None = None
    nonce: Annotated[str, Meta(max_length=40)] | None = None


class Initialized(Struct, frozen=True):
    """Until when (seconds since 1970), and to which address, the certificate may be sent."""

    subject: str
    exp: int
    aud: str


class Submission(Struct, frozen=True, rename="camel"):
    """A certificate: encrypted under a key that is encrypted for us, and signed by the wallet; all in base64."""

    kid: Annotated[str, Meta(max_length=100)]
    dcc: Annotated[str, Meta(max_length=100_000)]
    sig: Annotated[str, Meta(max_length=200)]
    enc_key: Annotated[str, Meta(max_length=2000)]
    enc_scheme: Scheme
    sig_alg: Annotated[str, Meta(max_length=40)] = opening.SIGNATURE


class Identity(Struct, frozen=True, rename="camel"):
    """Who we are and how to encrypt for us: a document in the manner of a DID document."""

    id: str
    verification_method: list[dict[str, Any]]


class _Access(Struct, frozen=True):
    """The claims of an access token that the carrier signed."""

    jti: str
    sub: str
    carrier: str
    level: Level
    conditions: Conditions
    ends: datetime


_TOKEN_PROBLEMS = (Code.SIGN_IN_NEEDED, Code.THING_GONE, Code.TRY_LATER)
_BY_ACCESS_TOKEN: Sequence[SecurityRequirement] = ({"booking": []},)


def handlers(house: House) -> Sequence[Any]:
    """The routes; without a key to encrypt for there are none."""
    if house.opener is None:
        return []
    opener, place = house.opener, f"{house.address}/v1/booking"

    @get("/v1/booking/identity", responses=told(), tags=["booking"], sync_to_thread=False)
    def identity() -> Identity:
        """The identity document: the key that results are signed with, the one to encrypt for, and the schemes."""
        return _identity(f"{place}/identity", house, opener)

    @post(
        "/v1/booking/initialize/{subject:str}",
        status_code=201,
        request_max_body_size=MAX_BODY,
        responses=told(*_TOKEN_PROBLEMS, Code.CONTENT_REFUSED, Code.BODY_TOO_LARGE),
        security=_BY_ACCESS_TOKEN,
        tags=["booking"],
    )
    async def initialize(subject: FromPath[str], data: JSONBody[Initialization]) -> Initialized:
        """The wallet says which key it will sign with."""
        at = house.clock()
        try:
            wallet = opening.wallet_key(data.pub_key)
            nonce = None if data.nonce is None else base64.b64decode(data.nonce, validate=True)
        except ValueError:
            raise Problem(Code.CONTENT_REFUSED, place="$.pubKey") from None
        if nonce is not None and len(nonce) != opening.NONCE:
            raise Problem(Code.CONTENT_REFUSED, place="$.nonce")
        until = at + LASTS
        kept = msgspec.json.encode(_Wallet(wallet, nonce))
        await sync_to_thread(_begin, house, subject, kept, until, at)
        return Initialized(subject, int(until.timestamp()), f"{place}/validate/{subject}")

    @post(
        "/v1/booking/validate/{subject:str}",
        status_code=200,
        request_max_body_size=MAX_BODY,
        responses=told(*_TOKEN_PROBLEMS, Code.CONTENT_REFUSED, Code.USED_BEFORE, Code.BODY_TOO_LARGE),
        security=_BY_ACCESS_TOKEN,
        tags=["booking"],
        media_type=JWT,
    )
    async def validate(request: AnyRequest, data: JSONBody[Submission]) -> Response[str]:
        """The wallet sends the certificate, once for each access token, and reads the result."""
        at = house.clock()
        access, nonce = request.scope["auth"], request.headers.get("x-nonce")
        result = await sync_to_thread(_validated, house, opener, access, data, stated_nonce=nonce, at=at)
        return Response(result, media_type=JWT)

    @get(
        "/v1/booking/status/{subject:str}",
        responses={
            **told(*_TOKEN_PROBLEMS),
            204: ResponseSpec(None, description="There is no result yet.", media_type="text/plain"),
        },
        security=_BY_ACCESS_TOKEN,
        tags=["booking"],
        media_type=JWT,
    )
    async def status(subject: FromPath[str]) -> Response[str]:
        """The carrier asks for the result."""
        at = house.clock()
        found = await sync_to_thread(_found, house, subject, at)
        if found.result is None:
            return Response("", status_code=204, media_type="text/plain")
        return Response(found.result.decode(), media_type=JWT)

    return [identity, initialize, validate, status]


class _Wallet(Struct, frozen=True):
    key: bytes
    nonce: bytes | None


def _identity(identifier: str, house: House, opener: Opener) -> Identity:
    keys = [
        {
            "id": f"{identifier}/verificationMethod/{_KEY}#{name}",
            "type": _KEY,
            "controller": identifier,
            "publicKeyJwk": public,
        }
        for name, public in (
            ("ValidationServiceSignKey-1", house.confirmation.public),
            ("ValidationServiceEncKey-1", opener.public),
        )
    ]
    schemes = [
        {
            "id": f"{identifier}/verificationMethod/{_SCHEME}#ValidationServiceEncScheme-{scheme}",
            "type": _SCHEME,
            "controller": identifier,
            "verificationMethods": [keys[-1]["id"]],
        }
        for scheme in Scheme
    ]
    return Identity(identifier, [*keys, *schemes])


async def admitted(house: House, request: AnyRequest, token: str) -> _Access:
    """The access token of a carrier that is let in here, for this booking and this address: what the gate asks for.

    Raises `Problem` (SIGN_IN_NEEDED) for whatever else it is.
    """
    place = f"{house.address}/v1/booking"
    address = f"{house.address}{request.scope['path']}"
    access = await sync_to_thread(_access, house, token, {place, address}, house.clock())
    if access is None or access.sub != request.path_params.get("subject"):
        raise Problem(Code.SIGN_IN_NEEDED)
    return access


def _access(house: House, token: str, audiences: set[str], at: datetime) -> _Access | None:
    named = clients.named(token)
    carrier = None if named is None else clients.find(house.engines.api, named, at=at)
    if carrier is None or carrier.role != Role.CARRIER:
        return None
    claims = clients.signed_by(carrier, token)
    if claims is None or claims.get("iss") != carrier.account_id:
        return None
    meant = claims.get("aud")
    if not audiences.intersection(meant if isinstance(meant, list) else [meant]):
        return None
    return _claims(claims, carrier.account_id, at)


def _claims(claims: Mapping[str, Any], carrier: str, at: datetime) -> _Access | None:
    begins, ends = clients.instant(claims.get("iat")), clients.instant(claims.get("exp"))
    if begins is None or ends is None or not begins - clients.AHEAD <= at < ends <= begins + ACCESS_LASTS:
        return None
    if claims.get("v", VERSIONS[0]) not in VERSIONS:
        return None
    try:
        level = Level(claims.get("t", -1))
        conditions = msgspec.convert(claims.get("vc") or {}, Conditions)
    except (ValueError, msgspec.ValidationError):
        return None
    jti, sub = claims.get("jti"), claims.get("sub")
    if not isinstance(jti, str) or not 0 < len(jti) <= 256 or not isinstance(sub, str) or not sub:
        return None
    return _Access(jti, sub, carrier, level, conditions, ends)


def _begin(house: House, subject: str, wallet: bytes, until: datetime, at: datetime) -> None:
    with writing(house.engines.api) as connection:
        bookings.begin(connection, house.vault, subject, wallet, until=int(until.timestamp()), at=int(at.timestamp()))


def _found(house: House, subject: str, at: datetime) -> bookings.Validation:
    with reading(house.engines.api) as connection:
        found = bookings.find(connection, house.vault, subject, at=int(at.timestamp()))
    if found is None:
        raise Problem(Code.THING_GONE)
    return found


def _validated(
    house: House, opener: Opener, access: _Access, sent: Submission, *, stated_nonce: str | None, at: datetime
) -> str:
    wallet = msgspec.json.decode(_found(house, access.sub, at).wallet, type=_Wallet)
    if sent.kid != opener.kid or sent.sig_alg != opening.SIGNATURE:
        raise Problem(Code.CONTENT_REFUSED, place="$.kid" if sent.kid != opener.kid else "$.sigAlg")
    with writing(house.engines.api) as connection:
        if not clients.use_once(connection, house.vault, access.carrier, access.jti, until=access.ends, at=at):
            raise Problem(Code.USED_BEFORE)
    try:
        nonce = base64.b64decode(stated_nonce, validate=True) if stated_nonce is not None else wallet.nonce or b""
        sealed, wrapped, signature = (
            base64.b64decode(text, validate=True) for text in (sent.dcc, sent.enc_key, sent.sig)
        )
        opened = opener.open(sealed, wrapped, nonce, sent.enc_scheme)
        opening.check_signature(wallet.key, signature, opened)
        scan = opened.decode()
    except (ValueError, NotOpened):
        raise Problem(Code.CONTENT_REFUSED, place="$.dcc") from None
    result = _result(house, access, findings(scan, access.level, access.conditions, house.release.current(), at), at)
    with writing(house.engines.api) as connection:
        bookings.finish(connection, house.vault, access.sub, result.encode())
    return result


def _result(house: House, access: _Access, found: Sequence[Finding], at: datetime) -> str:
    """The result, and in it the confirmation, which says nothing but the one word."""
    word = overall(found)
    common: dict[str, Any] = {
        "sub": access.sub,
        "iss": f"{house.address}/v1/booking/identity",
        "iat": int(at.timestamp()),
        "exp": int((at + COUNTS).timestamp()),
        "category": list(access.conditions.category),
        "result": word,
    }
    confirmation = house.confirmation.sign(common | {"jti": secrets.token_urlsafe(16)}, kind="JWT")
    listed = msgspec.to_builtins([each for each in found if each.result != "OK"])
    return house.confirmation.sign(common | {"confirmation": confirmation, "results": listed}, kind="JWT")
