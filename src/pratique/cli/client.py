"""`pratique client`: which laboratories, clinics, local codes and carriers are let in, each by keys of its own.

Two officials let one in, or give it other keys: what one proposes here, another confirms here, at the desk or over the
API, and the other way round. To let it in no more takes one.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec
from cyclopts import App
from sqlalchemy import Engine

from pratique.authority.access import Act, may
from pratique.authority.access.clients import UnusableKeys, read_keys, thumbprints
from pratique.authority.issuance import jointly
from pratique.authority.issuance.jointly import LetIn, OtherKeys
from pratique.authority.records.sources import Source
from pratique.authority.store import check_version, clients, open_store, reading, writing
from pratique.cli import _config, _files, _store
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import ConfigFile, Proposer
from pratique.cli._printing import json_line, note, out, shown
from pratique.model.dates import format_instant
from pratique.model.errors import MalformedRecord

LONGEST = 256 * 1024

client = App(
    name="client",
    help="Let laboratories, clinics, local codes and carriers in by keys of their own, and out again.",
    help_epilogue="""\
Examples:

  pratique client add lab-7 --role laboratory --name "Laboratory 7" --keys lab-7.jwks.json --source lab-7.json \\
      --account anne
  pratique client add air-9 --role carrier --name "Airline 9" --keys air-9.jwks.json --account anne
  pratique client keys lab-7 --keys new.jwks.json --account anne
  pratique client confirm 5f0c81d29be34a7786e1f0a2b3c4d5e6 --account bo
  pratique client confirm 5f0c81d29be34a7786e1f0a2b3c4d5e6 --account bo --do
  pratique client end lab-7 --account anne
  pratique client list --json

`confirm` says what is proposed, and by --do does it: ask whoever runs the program for the thumbprints of its keys
(RFC 7638), and compare. A proposal waits for 72 hours; /joint at the desk lists what waits.

Exit codes: 0 done, proposed, or said; 1 refused, there is such a client already, or none; 3 a file or the database
cannot be used; 4 our fault.
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
    account: Proposer,
    source: Path | None = None,
    config: ConfigFile = None,
) -> Exit:
    """Propose to let a program in. Another official confirms it.

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
    """
    if (source is None) is not (role == "carrier"):
        raise UsageFault("--source is for whoever sends records, and nobody else")
    read = None if source is None else _source(source)
    named = _files.line(client_id, "CLIENT-ID")
    return _propose(LetIn(named, role, _files.line(name, "--name"), _keys(keys), read), account, config)


@client.command(name="keys")
def change_keys(client_id: str, /, *, keys: Path, account: Proposer, config: ConfigFile = None) -> Exit:
    """Propose other keys for a program. Another official confirms it; tokens that it has count until they run out.

    Parameters
    ----------
    client_id
        What it is called.
    keys
        Its public keys: a JWK Set.
    """
    return _propose(OtherKeys(client_id, _keys(keys)), account, config)


@client.command
def confirm(proposal: str, /, *, account: str, do: bool = False, config: ConfigFile = None) -> Exit:
    """Say what was proposed of a program, and do it: another official than who proposed it.

    Parameters
    ----------
    proposal
        What `add` or `keys`, the desk or the API told.
    account
        The official who agrees.
    do
        Do it, instead of saying what it is.
    """
    at = datetime.now(UTC)
    with writing(_opened(config)) as connection:
        by = _store.official(connection, account, at, "--account")
        found = jointly.find(connection, proposal, by)
        if found is None or not isinstance(found.act, LetIn | OtherKeys):
            out(f"{proposal}: nothing of the kind was proposed of a program")
            return Exit.REFUSED
        _say(found.act)
        if not do:
            note(f"Proposed by {found.account_id}. Nothing was done: add --do")
            return Exit.DONE
        if jointly.confirm(connection, proposal, by, at=at) is None:
            out(f"{proposal}: it ended before, or waited too long")
            return Exit.REFUSED
    out(f"{found.act.client_id}: done")
    return Exit.DONE


@client.command
def end(client_id: str, /, *, account: str, config: ConfigFile = None) -> Exit:
    """Let a program in no more; the tokens that it has run out within five minutes. One official does it, at once.

    Parameters
    ----------
    client_id
        What it is called.
    account
        The official who does it.
    """
    at = datetime.now(UTC)
    with writing(_opened(config)) as connection:
        may(_store.official(connection, account, at, "--account"), Act.SUSPEND)
        done = clients.end(connection, client_id, at=int(at.timestamp()))
    out(f"{client_id}: is let in no more" if done else f"{client_id}: there is no such client, or it was ended before")
    return Exit.DONE if done else Exit.REFUSED


@client.command(name="list")
def every(*, json: bool = False, config: ConfigFile = None) -> Exit:
    """Show every program that is, or was, let in.

    Parameters
    ----------
    json
        Print one JSON object a client.
    """
    with reading(_opened(config)) as connection:
        found = clients.every(connection)
    for each, until in found:
        ended = None if until is None else format_instant(datetime.fromtimestamp(until, UTC))
        if json:
            json_line({"client": each.account_id, "role": each.role, "name": each.name, "ended": ended})
        else:
            out(f"{each.account_id}  {each.role}  {each.name}", f"  ended {ended}" if ended else "")
    return Exit.DONE


def _propose(act: LetIn | OtherKeys, account: str, config: Path | None) -> Exit:
    at = datetime.now(UTC)
    with writing(_opened(config)) as connection:
        act_id = jointly.propose(connection, act, _store.official(connection, account, at, "--account"), at=at)
    _say(act)
    out(act_id)
    note(f"Next, by another official: pratique client confirm {act_id} --account ANOTHER --do")
    return Exit.DONE


def _say(act: LetIn | OtherKeys) -> None:
    out(f"{act.client_id}: {f'{act.role}, {act.name}' if isinstance(act, LetIn) else 'other keys'}")
    for kid, thumbprint in thumbprints(act.keys):
        out(f"  key {shown(kid)}  {thumbprint}")


def _opened(config: Path | None) -> Engine:
    engine = open_store(_config.load(_config.find(config)).database_url, pooled=False)
    check_version(engine)
    return engine


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
