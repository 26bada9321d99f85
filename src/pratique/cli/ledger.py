"""`pratique ledger`: the log of signatures, for everybody to check: that it only grows, and that it adds up."""

from pathlib import Path
from typing import TypeVar

import msgspec
from cyclopts import App
from sqlalchemy import Connection, Engine

from pratique.authority.access import Item, Look, Purpose, Role, look
from pratique.authority.issuance import log, proofs
from pratique.authority.issuance.log import Balance
from pratique.authority.issuance.proofs import Consistency, Inclusion
from pratique.authority.ledger import Checkpoint
from pratique.authority.signers.counter import Counter
from pratique.authority.signers.opening import open_signer
from pratique.authority.store import Vault, people, reading, signing_log
from pratique.authority.store.signing_log import SigningKey
from pratique.cli import _files, _passphrase, _store, _trust
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import Database, SignerPassphrase
from pratique.cli._printing import json_line, note, out
from pratique.model.errors import LogFault
from pratique.trust.x509 import trusted_key

T = TypeVar("T")
SHORT = 64 * 1024
"""Octets: a checkpoint has four lines, a proof of a log of 2^63 entries under ten thousand characters."""

ledger = App(
    name="ledger",
    help="Show and check the log of signatures: that it only grows, and adds up.",
    help_epilogue="""\
Examples:

  pratique ledger checkpoint > monday.txt
  pratique ledger checkpoint --sign keys/log.key.pem --passphrase-file passphrase.txt > monday.txt
  pratique ledger prove --since 1200 > proof.json
  pratique ledger verify --old sunday.txt --new monday.txt --proof proof.json
  pratique ledger prove --certificate 5f0c81d29be34a7786e1f0a2b3c4d5e6 --document UTO:XA1234567 > mine.json
  pratique ledger verify --scan certificate.txt --new monday.txt --proof mine.json
  pratique ledger verify --counter keys/dsc.key.counter

Each key has a log of its own: entry n is its signature n. --log takes the key id, or the name of the log; it may be
left out where there is one. verify without files adds up every log of the database; with --counter the number that
the signer counted has to agree.

The database is --database or PRATIQUE_DATABASE_URL, else sqlite:///records.db.

Exit codes: 0 done, or it holds; 1 it does not hold; 3 a file, an option or the database cannot be used.
""",
)


@ledger.command
def checkpoint(
    *,
    log_: str | None = None,
    sign: Path | None = None,
    passphrase_file: SignerPassphrase = None,
    database: Database = None,
) -> Exit:
    """Print what a log publishes of itself: its name, its size, its root; signed, if a key is given.

    Parameters
    ----------
    log_
        The key whose log it is.
    sign
        A key that signs no certificates: every signature of one that does has its entry in the log.
    """
    with reading(_store.engine(database)) as connection:
        key = _key(connection, log_)
        found = log.checkpoint(connection, key)
    if sign is None:
        text = found.to_text()
    else:
        signer = open_signer(sign, passphrase=_passphrase.get(passphrase_file))
        if log.key_id(signer.key) == key.key_id:
            raise UsageFault("a key does not sign the checkpoint of its own log: that signature would be missing in it")
        text = log.publish(found, signer)
    for line in text.splitlines():
        out(line)
    return Exit.DONE


@ledger.command
def prove(
    *,
    since: int | None = None,
    until: int | None = None,
    certificate: str | None = None,
    document: str | None = None,
    account: str = "holder",
    log_: str | None = None,
    database: Database = None,
    vault: Path | None = None,
) -> Exit:
    """Print a proof in JSON: that the log begins with an older one, or that a certificate is in it.

    Parameters
    ----------
    since
        The size of the older log.
    until
        The size of the newer one; as it is now if not given.
    certificate
        The id of a certificate, with --document.
    document
        Whose it is: the issuing state and the number, UTO:XA1234567, or @FILE. It is written down that you looked.
    account
        Who looks; holder if not given.
    log_
        The key whose log it is.
    vault
        The key file of the database, for --certificate.
    """
    if (since is None) is (certificate is None) or (certificate is None) is not (document is None):
        raise UsageFault("give --since, or --certificate with --document")
    try:
        if certificate is not None and document is not None:
            engine, keys = _store.opened(database, vault)
            allowed = _looking(engine, keys, document, account)
            with reading(engine) as connection:
                json_line(proofs.inclusion(connection, allowed, certificate, size=until))
        elif since is not None:
            with reading(_store.engine(database)) as connection:
                json_line(proofs.consistency(connection, _key(connection, log_), since, until))
    except ValueError as fault:
        raise UsageFault(f"{fault}; pratique ledger checkpoint says what size it has") from fault
    return Exit.DONE


def _looking(engine: Engine, vault: Vault, document: str, account: str) -> Look:
    """That a holder looks at what is theirs, which is written down. Raises `UsageFault`."""
    holder = _store.account(account, Role.HOLDER)
    with reading(engine) as connection:
        known = people.find(connection, vault, _store.papers(document))
    if known is None:
        raise UsageFault("nobody in the database has this document")
    items = frozenset({Item.RECORDS})
    return look(engine, holder, known.person_id, Purpose.OWN, items, at=_files.instant(None, "--at"))


@ledger.command
def verify(
    *,
    old: Path | None = None,
    new: Path | None = None,
    proof: Path | None = None,
    scan: Path | None = None,
    signed_by: Path | None = None,
    counter: Path | None = None,
    log_: str | None = None,
    database: Database = None,
    json: bool = False,
) -> Exit:
    """Check a proof, without a database and without us; or add up the logs of a database.

    Parameters
    ----------
    old
        The checkpoint that you have from before.
    new
        The checkpoint that is published now.
    proof
        What `prove` printed: between the two, or for a scan in the new one.
    scan
        A file with the text of a certificate's code.
    signed_by
        The certificate of the key that has to have signed the checkpoints.
    counter
        The counter of a signer, whose number has to be that of its log.
    log_
        The key whose log is added up; all if not given.
    json
        Print one JSON object a log, a line each.
    """
    if new is None:
        if old or proof or scan:
            raise UsageFault("a proof is checked against a checkpoint: name it with --new")
        return _add_up(log_, counter, database, json=json)
    if proof is None or (old is None) is (scan is None):
        raise UsageFault("a proof goes with --old and --new, or with --scan and --new")
    now = _checkpoint(new, signed_by)
    if scan is not None:
        text = _files.read(scan, at_most=SHORT).decode("utf-8", "replace").strip()
        held = proofs.holds(text, _decoded(proof, Inclusion), now)
        said = f"this certificate is in the log of {now.size} entries"
    else:
        before = _checkpoint(old or new, signed_by)
        held = proofs.follows(_decoded(proof, Consistency), before, now)
        said = f"the log of {now.size} entries begins with that of {before.size}"
    if json:
        json_line({"holds": held, "log": now.origin, "size": now.size})
    else:
        out(f"holds: {said}" if held else f"DOES NOT HOLD: it is not shown that {said}")
    return Exit.DONE if held else Exit.REFUSED


def _add_up(name: str | None, counter: Path | None, database: str | None, *, json: bool) -> Exit:
    with reading(_store.engine(database)) as connection:
        keys = [_key(connection, name)] if name or counter else signing_log.keys(connection)
        for key in keys:
            count = None if counter is None else Counter(counter, key.kid).count
            _tell(key, log.balance(connection, key.key_id, count=count), log.erased(connection, key.key_id), json=json)
    if not keys:
        note("no key has signed anything yet")
    return Exit.DONE


def _tell(key: SigningKey, found: Balance, erased: int, *, json: bool) -> None:
    if json:
        json_line({"log": log.origin(key), "kid": key.kid.hex(), **msgspec.to_builtins(found), "erased": erased})
        return
    counted = "not asked for" if found.count is None else f"{found.count}, as many"
    out(f"{log.origin(key)}: {found.entries} signatures, {found.issued} certificates, {found.void} given to nobody")
    out(f"  erased {erased}; the signer's counter: {counted}")


def _key(connection: Connection, name: str | None) -> SigningKey:
    """Raises `UsageFault` where it has to be said which."""
    found = signing_log.keys(connection)
    named = [key for key in found if name is None or name.lower() in (key.key_id, key.kid.hex())]
    if len(named) != 1:
        said = ", ".join(key.kid.hex() for key in found) or "none"
        raise UsageFault(f"--log says which log: {said}")
    return named[0]


def _checkpoint(path: Path, signed_by: Path | None) -> Checkpoint:
    """Raises `UsageFault`, `LogFault` naming the file."""
    text = _files.read(path, at_most=SHORT).decode("utf-8", "replace")
    key = None if signed_by is None else trusted_key(_trust.certificates(signed_by)[0])
    try:
        return log.read_published(text, key=None if key is None else key.key)
    except LogFault as fault:
        raise LogFault(*fault.reasons, detail=f"{path}: {fault.detail}") from fault


def _decoded(path: Path, kind: type[T]) -> T:
    """Raises `UsageFault`."""
    try:
        return msgspec.json.decode(_files.read(path, at_most=SHORT), type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as fault:
        raise UsageFault(f"{path}: not the proof that is needed here; `pratique ledger prove` prints them") from fault
