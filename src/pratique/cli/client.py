"""`pratique client`: which laboratories, clinics, local codes and carriers are let in, each by keys of its own."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec
from cyclopts import App
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from pratique.authority.access import Account, Role, enter
from pratique.authority.access.clients import UnusableKeys, read_keys
from pratique.authority.records.sources import Source
from pratique.authority.store import check_version, clients, open_store, reading, writing
from pratique.cli import _config, _files
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._printing import json_line, out
from pratique.model.dates import format_instant
from pratique.model.errors import MalformedRecord

LONGEST = 256 * 1024

client = App(
    name="client",
    help="Let laboratories, clinics, local codes and carriers in by keys of their own, and out again.",
    help_epilogue="""\
Examples:

  pratique client add lab-7 --role laboratory --name "Laboratory 7" --keys lab-7.jwks.json --source lab-7.json
  pratique client add air-9 --role carrier --name "Airline 9" --keys air-9.jwks.json
  pratique client keys lab-7 --keys new.jwks.json
  pratique client end lab-7
  pratique client list --json

Exit codes: 0 done; 1 there is such a client already, or none; 3 a file or the database cannot be used; 4 our fault.
""",
)


@client.command
def add(
    client_id: str,
    /,
    *,
    role: Literal["clinic", "laboratory", "local_code", "carrier"],
    name: str,
    keys: Path,
    source: Path | None = None,
    config: Path | None = None,
) -> Exit:
    """Let a program in.

    Parameters
    ----------
    client_id
        What it is called, in its assertions and wherever it looks at something.
    role
        What it may do.
    name
        Who runs it, for people.
    keys
        Its public keys: a JWK Set.
    source
        How what it sends is read (docs/records.md); whoever sends records needs one.
    config
        The file of the installation; PRATIQUE_CONFIG or pratique.toml if not given.
    """
    if (source is None) is not (role == "carrier"):
        raise UsageFault("--source is for whoever sends records, and nobody else")
    account = _account(client_id, Role(role))
    written, read = _keys(keys), None if source is None else _source(source)
    at = datetime.now(UTC)
    engine = _opened(config)
    try:
        with writing(engine) as connection:
            enter(connection, account, _files.line(name, "--name"), at=at)
            clients.enter(connection, account.account_id, written, read, at=int(at.timestamp()))
    except IntegrityError:
        out(f"{client_id}: there is an account of this name already, and names are given once")
        return Exit.REFUSED
    out(f"{client_id}: may sign in as {role}")
    return Exit.DONE


@client.command(name="keys")
def change_keys(client_id: str, /, *, keys: Path, config: Path | None = None) -> Exit:
    """Give a program other keys; tokens that it has count until they run out.

    Parameters
    ----------
    client_id
        What it is called.
    keys
        Its public keys: a JWK Set.
    config
        The file of the installation; PRATIQUE_CONFIG or pratique.toml if not given.
    """
    written = _keys(keys)
    with writing(_opened(config)) as connection:
        done = clients.replace_keys(connection, client_id, written)
    return _told(client_id, "has new keys", done=done)


@client.command
def end(client_id: str, /, *, config: Path | None = None) -> Exit:
    """Let a program in no more; the tokens that it has run out within five minutes.

    Parameters
    ----------
    client_id
        What it is called.
    config
        The file of the installation; PRATIQUE_CONFIG or pratique.toml if not given.
    """
    with writing(_opened(config)) as connection:
        done = clients.end(connection, client_id, at=int(datetime.now(UTC).timestamp()))
    return _told(client_id, "is let in no more", done=done)


@client.command(name="list")
def every(*, json: bool = False, config: Path | None = None) -> Exit:
    """Show every program that is, or was, let in.

    Parameters
    ----------
    json
        Print one JSON object a client.
    config
        The file of the installation; PRATIQUE_CONFIG or pratique.toml if not given.
    """
    with reading(_opened(config)) as connection:
        found = clients.every(connection)
    for client_id, role, name, until in found:
        ended = None if until is None else format_instant(datetime.fromtimestamp(until, UTC))
        if json:
            json_line({"client": client_id, "role": role, "name": name, "ended": ended})
        else:
            out(f"{client_id}  {role}  {name}", f"  ended {ended}" if ended else "")
    return Exit.DONE


def _told(client_id: str, what: str, *, done: bool) -> Exit:
    out(f"{client_id}: {what}" if done else f"{client_id}: there is no such client, or it was ended before")
    return Exit.DONE if done else Exit.REFUSED


def _opened(config: Path | None) -> Engine:
    engine = open_store(_config.load(_config.find(config)).database_url, pooled=False)
    check_version(engine)
    return engine


def _account(name: str, role: Role) -> Account:
    try:
        return Account(_files.line(name, "CLIENT-ID"), role)
    except ValueError as fault:
        raise UsageFault(f"CLIENT-ID: {fault}") from fault


def _keys(path: Path) -> str:
    try:
        return read_keys(_files.read(path, at_most=LONGEST))
    except UnusableKeys as fault:
        raise UsageFault(f"{path}: {fault}") from fault


def _source(path: Path) -> str:
    try:
        return msgspec.json.encode(Source.read(path)).decode()
    except OSError as fault:
        raise UsageFault(f"{path}: {fault.strerror}") from fault
    except MalformedRecord as fault:
        raise UsageFault(f"{fault.detail}; docs/records.md shows the file of a source") from fault
