"""Laboratories, clinics, local codes and carriers: programs that sign in with a key of their own, and no password.

    assertion (JWT, signed by the client) ─ authenticate ─► Account ─ tokens.grant ─► a bearer token of five minutes

The messages are those of SMART Backend Services (HL7 SMART App Launch 2.2.0) as its text describes them: a client
assertion of RFC 7523 whose `iss` and `sub` are the client, whose `aud` is the address of the token endpoint, which ends
within five minutes, and whose `jti` counts once.
"""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey
from msgspec import Struct, structs
from sqlalchemy import Connection, Engine

from pratique.authority.access.looking import HOLDER, Account, enter
from pratique.authority.access.roles import Role
from pratique.authority.records.sources import Source
from pratique.authority.store import Vault, clients, looks, reading, writing
from pratique.authority.store.clients import Registered
from pratique.model.errors import ClientRefused
from pratique.model.reasons import Reason

ALGORITHMS = ("ES384", "RS384", "ES256")
"""The two that SMART asks of every server, and that of our own keys."""
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LASTS = timedelta(minutes=5)
"""The longest life of an assertion that SMART allows."""
AHEAD = timedelta(seconds=30)
"""How far a client's clock may be ahead of ours."""
LONGEST = 8192
"""Characters of an assertion: one signed with RSA and 4096 bits has about a thousand."""
LEAST_RSA = 2048
LONGEST_NAME = 80
"""Characters of the name of whoever runs a program."""
MAY_SIGN_IN = frozenset({Role.CLINIC, Role.LABORATORY, Role.LOCAL_CODE, Role.CARRIER})
"""Programs; people of the authority sign in with passkeys."""


class UnusableKeys(ValueError):
    """A JWK Set that no program can be known by; its text says why, and quotes nothing."""


class Client(Struct, frozen=True):
    """Who signed in, and how what they send is read (JSON of a `records.sources.Source`)."""

    account: Account
    source: str | None


def read_keys(text: str | bytes) -> str:
    """A JWK Set of public signing keys, as it is kept. Raises `UnusableKeys`."""
    try:
        stated = json.loads(text)["keys"]
        named = [key["kid"] for key in stated]
        kinds = {key["kty"] for key in stated}
        keys = KeySet.import_key_set({"keys": stated}).keys if kinds <= {"EC", "RSA"} else []
    except (ValueError, TypeError, KeyError, AttributeError, JoseError):
        raise UnusableKeys("not a JWK Set of public keys, each with a kid") from None
    if not keys:
        raise UnusableKeys("a JWK Set has at least one key, and its keys are EC (P-256, P-384) or RSA")
    if not all(isinstance(name, str) and name for name in named) or len(set(named)) != len(named):
        raise UnusableKeys("every key has a kid of its own")
    for key in keys:
        if key.is_private:
            raise UnusableKeys("it holds a private key: keep that at home, and draw a new one")
        if not isinstance(key, ECKey | RSAKey):
            raise UnusableKeys("keys are EC (P-256, P-384) or RSA")
        if isinstance(key, RSAKey) and key.public_key.key_size < LEAST_RSA:
            raise UnusableKeys(f"an RSA key has at least {LEAST_RSA} bits")
        if isinstance(key, ECKey) and key.curve_name not in ("P-256", "P-384"):
            raise UnusableKeys("keys are EC (P-256, P-384) or RSA")
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]})


def thumbprints(keys: str) -> tuple[tuple[str, str], ...]:
    """The kid of each key and its thumbprint (RFC 7638, SHA-256), which whoever runs the program reads out."""
    return tuple((key.kid or "", key.thumbprint()) for key in KeySet.import_key_set(json.loads(keys)).keys)


def stated(connection: Connection, program: Registered) -> Registered:
    """A new program as it is kept. Raises `ClientRefused` (ACCESS_CLIENT), whose detail names the place, and
    `MalformedRecord` (RECORD_MAPPING) for a source that cannot be read.
    """
    if not _ID.fullmatch(program.account_id):
        raise _refused("client_id: up to 64 letters, digits, - _ and .")
    if is_taken(connection, program.account_id):
        raise _refused("client_id: there is an account of this name already, and names are given once")
    if program.role not in MAY_SIGN_IN:
        raise _refused("role: programs alone sign in with keys")
    if not is_name(program.name):
        raise _refused(f"name: up to {LONGEST_NAME} characters, of one line")
    if (program.source is None) is not (program.role == Role.CARRIER):
        raise _refused("source: is for whoever sends records, and nobody else")
    read = None if program.source is None else msgspec.json.encode(Source.parse(program.source)).decode()
    return structs.replace(program, keys=_usable(program.keys), source=read)


_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def is_taken(connection: Connection, client_id: str) -> bool:
    """Whether an account has, or had, this id, or it is of those that holders have: they are given once."""
    return client_id.startswith(HOLDER) or looks.is_named(connection, client_id)


def is_name(text: str) -> bool:
    """Whether this can be the name of whoever runs a program: others read it on a screen."""
    return bool(text.strip()) and len(text) <= LONGEST_NAME and text.isprintable()


def let_in(connection: Connection, program: Registered, *, at: datetime) -> None:
    """Enter a new program. Raises as `stated`."""
    kept = stated(connection, program)
    enter(connection, Account(kept.account_id, Role(kept.role)), kept.name, at=at)
    clients.enter(connection, kept.account_id, kept.keys, kept.source, at=int(at.timestamp()))


def other_keys(connection: Connection, client_id: str, keys: str, *, at: datetime) -> str:
    """Other keys of a program that is in force, as they are kept. Raises `ClientRefused` (ACCESS_CLIENT)."""
    if clients.find(connection, client_id, at=int(at.timestamp())) is None:
        raise _refused("client_id: there is no such program")
    return _usable(keys)


def _usable(keys: str) -> str:
    try:
        return read_keys(keys)
    except UnusableKeys as fault:
        raise _refused(f"keys: {fault}") from fault


def _refused(place: str) -> ClientRefused:
    return ClientRefused(Reason.ACCESS_CLIENT, detail=place)


def authenticate(engine: Engine, vault: Vault, assertion: str, *, audience: str, at: datetime) -> Client | None:
    """The client whose assertion this is, which counts once; None for whatever else it is. Raises `StoreFault`."""
    if len(assertion) > LONGEST:
        return None
    client_id = named(assertion)
    if client_id is None:
        return None
    with reading(engine) as connection:
        client = clients.find(connection, client_id, at=int(at.timestamp()))
    if client is None or client.role not in MAY_SIGN_IN:
        return None
    until = _ends(signed_by(client, assertion), client_id, audience, at)
    if until is None:
        return None
    jti, ends = until
    with writing(engine) as connection:
        if not clients.use_once(connection, vault, client_id, jti, until=ends, at=at):
            return None
    return Client(Account(client.account_id, Role(client.role)), client.source)


def find(engine: Engine, account_id: str, *, at: datetime) -> Registered | None:
    """The client under this name, if it is in force at `at`. Raises `StoreFault`."""
    with reading(engine) as connection:
        return clients.find(connection, account_id, at=int(at.timestamp()))


def use_once(connection: Connection, vault: Vault, client_id: str, jti: str, *, until: datetime, at: datetime) -> bool:
    """Note that a client's token was used; False if it was used before."""
    return clients.use_once(connection, vault, client_id, jti, until=until, at=at)


def signed_by(client: Registered, token: str) -> Mapping[str, Any] | None:
    """The claims of a token that one of the client's keys signed; None for any other."""
    try:
        found = jwt.decode(token, KeySet.import_key_set(json.loads(client.keys)), algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return found.claims if "kid" in found.header else None


class _Unverified(Struct):
    iss: str


def named(token: str) -> str | None:
    """Who says that it made the token; only whose keys to ask depends on it."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        body = urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return msgspec.json.decode(body, type=_Unverified).iss[:64]
    except (ValueError, msgspec.DecodeError, RecursionError):
        return None


def _ends(claims: Mapping[str, Any] | None, client_id: str, audience: str, at: datetime) -> tuple[str, datetime] | None:
    """The `jti` of an assertion and when it ends, where every claim is what it has to be."""
    if claims is None or claims.get("iss") != client_id or claims.get("sub") != client_id:
        return None
    meant = claims.get("aud")
    if audience != meant and not (isinstance(meant, list) and audience in meant):
        return None
    jti, until = claims.get("jti"), instant(claims.get("exp"))
    if not isinstance(jti, str) or not 0 < len(jti) <= 256 or until is None:
        return None
    begins = [instant(claims[name]) for name in ("iat", "nbf") if name in claims]
    if any(begin is None or begin > at + AHEAD for begin in begins):
        return None
    return (jti, until) if at < until <= at + LASTS + AHEAD else None


def instant(seconds: object) -> datetime | None:
    """A NumericDate of RFC 7519."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
