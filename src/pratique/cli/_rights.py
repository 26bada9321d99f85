"""`pratique records renew`, `guardian`, `order` and `erase`: what people may ask for besides a correction."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Literal

import msgspec
from cyclopts import App
from msgspec import Struct
from sqlalchemy import Engine

from pratique.authority.access import Item, Role
from pratique.authority.signers.opening import open_signer
from pratique.authority.store import DatabaseRole, Vault, asking, people, reading, writing
from pratique.authority.store.people import Known, new_id
from pratique.authority.store.purging import Order, SignedOrder, prove, purge, read_order
from pratique.cli import _files, _passphrase, _store
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import Database, Decider, Lang, SignerPassphrase, VaultFile
from pratique.cli._printing import json_line, note, out
from pratique.model.certificate import Name
from pratique.model.dates import format_instant
from pratique.model.errors import MalformedRecord, TrustMaterialError
from pratique.model.keys import Algorithm, KeyKind
from pratique.model.reasons import Reason
from pratique.texts import sentence
from pratique.trust.x509 import der_certificates, trusted_key

_LONGEST = 1024 * 1024
_ALGORITHMS = {KeyKind.P256: Algorithm.ES256, KeyKind.RSA: Algorithm.PS256}
_WHO = frozenset({Item.IDENTITY})
Ground = Literal["parent", "court", "attorney"]


def renew(
    old: str,
    new: str,
    /,
    *,
    account: str,
    database: Database = None,
    vault: VaultFile = None,
    lang: Lang = "en",
) -> Exit:
    """Enter somebody's new passport beside the old one, so that their records stay theirs under both numbers.

    Whoever does so has seen both documents, and compared the person.

    Parameters
    ----------
    old, new
        The documents, UTO:XA1234567, or @FILE with that text.
    account
        Who has seen them.
    """
    papers = _store.papers(new)
    engine, keys = _store.opened(database, vault, DatabaseRole.HEALTH)
    known = _person(engine, keys, old, account)
    if known is None:
        out(sentence("records.nobody", lang))
        return Exit.REFUSED
    with writing(engine) as connection:
        entered = people.renew(connection, keys, known.subject_id, papers, None, at=int(datetime.now(UTC).timestamp()))
        holder = None if entered else people.find(connection, keys, papers)
    if entered:
        out(sentence("records.renewed", lang))
        return Exit.DONE
    if holder is not None and holder.subject_id == known.subject_id:
        out(sentence("records.renewed_before", lang))
        return Exit.DONE
    raise MalformedRecord(Reason.RECORD_OTHER_PERSON, detail="the new document")


guardian = App(name="guardian", help="Say who acts for whom: add, end, list.")


@guardian.command
def add(
    child: str,
    guardian: str,
    /,
    *,
    ground: Ground,
    until: date,
    account: str,
    database: Database = None,
    vault: VaultFile = None,
    lang: Lang = "en",
) -> Exit:
    """Let one person act for another, until a day.

    Parameters
    ----------
    child
        The document of whom they act for, UTO:XA1234567, or @FILE with that text.
    guardian
        The document of whoever acts.
    ground
        Why they may.
    until
        The last day, such as the eve of coming of age.
    account
        Who has seen the proof.
    """
    now = datetime.now(UTC)
    end = datetime.combine(until + timedelta(days=1), time(), UTC)
    if end <= now:
        raise UsageFault("--until takes a day that is not over")
    engine, keys = _store.opened(database, vault, DatabaseRole.HEALTH)
    both = _both(engine, keys, child, guardian, account)
    if both is None:
        out(sentence("records.nobody", lang))
        return Exit.REFUSED
    if both[0].subject_id == both[1].subject_id:
        raise UsageFault("nobody is their own guardian: the two documents are one person's")
    theirs, acting = (each.subject_id for each in both)
    begins, ends = int(now.timestamp()), int(end.timestamp())
    with writing(engine) as connection:
        new = not asking.acts_for(connection, acting, theirs, at=begins)
        if new:
            asking.appoint(connection, theirs, acting, ground, at=begins, until=ends)
    out(sentence("records.guardian_added" if new else "records.guardian_known", lang))
    return Exit.DONE if new else Exit.REFUSED


@guardian.command
def end(
    child: str,
    guardian: str,
    /,
    *,
    account: Decider,
    database: Database = None,
    vault: VaultFile = None,
    lang: Lang = "en",
) -> Exit:
    """End it now.

    Parameters
    ----------
    child
        The document of whom they act for, UTO:XA1234567, or @FILE with that text.
    guardian
        The document of whoever acted.
    """
    engine, keys = _store.opened(database, vault, DatabaseRole.HEALTH)
    both = _both(engine, keys, child, guardian, account)
    now = int(datetime.now(UTC).timestamp())
    if both is None:
        out(sentence("records.nobody", lang))
        return Exit.REFUSED
    with writing(engine) as connection:
        acting = asking.acts_for(connection, both[1].subject_id, both[0].subject_id, at=now)
        if acting:
            asking.dismiss(connection, both[0].subject_id, both[1].subject_id, at=now)
    out(sentence("records.guardian_ended" if acting else "records.guardian_none", lang))
    return Exit.DONE if acting else Exit.REFUSED


@guardian.command(name="list")
def list_(
    child: str,
    /,
    *,
    account: str,
    database: Database = None,
    vault: VaultFile = None,
    json: bool = False,
    lang: Lang = "en",
) -> Exit:
    """Show who acts for somebody, and until when.

    Parameters
    ----------
    child
        The document of whom they act for, UTO:XA1234567, or @FILE with that text.
    account
        Who asks.
    json
        Print one JSON object a guardian, a line each.
    """
    engine, keys = _store.opened(database, vault, DatabaseRole.HEALTH)
    known = _person(engine, keys, child, account)
    if known is None:
        out(sentence("records.nobody", lang))
        return Exit.REFUSED
    with reading(engine) as connection:
        found = asking.guardianships(connection, known.subject_id)
        named = [(each, people.by_subject(connection, keys, each.guardian_id)) for each in found]
    now = int(datetime.now(UTC).timestamp())
    for each, somebody in named:
        name = None if somebody is None else _shown(somebody.name)
        until = None if each.until is None else format_instant(datetime.fromtimestamp(each.until, UTC))
        acting = each.in_force(now)
        if json:
            json_line({"name": name, "ground": each.ground, "until": until, "in_force": acting})
        else:
            state = sentence("records.guardian_acts" if acting else "records.guardian_over", lang, until=until or "")
            out(f"{name or ''} ({each.ground}) ", state)
    if not found and not json:
        out(sentence("records.guardian_none", lang))
    return Exit.DONE


def order(
    document: str,
    /,
    *,
    ground: str,
    key: Path,
    account: str,
    to: Path,
    days: int = 30,
    database: Database = None,
    vault: VaultFile = None,
    passphrase_file: SignerPassphrase = None,
    lang: Lang = "en",
) -> Exit:
    """Write and sign an order that somebody be forgotten. It names no name; nothing is erased before `erase`.

    Parameters
    ----------
    document
        The issuing state and the number, UTO:XA1234567, or @FILE with that text.
    ground
        Why: one line, without a name.
    key
        The authority's key, made by `pratique keys new` (its certificate lies beside it).
    account
        Who orders it.
    to
        Where to write the order.
    days
        For how many days it holds.
    """
    if not 0 < days <= _LONGEST_ORDER:
        raise UsageFault(f"--days takes 1 to {_LONGEST_ORDER}")
    ground = _files.line(ground, "--ground")
    signer = open_signer(key, passphrase=_passphrase.get(passphrase_file))
    engine, keys = _store.opened(database, vault, DatabaseRole.HEALTH)
    known = _person(engine, keys, document, account)
    if known is None:
        out(sentence("records.nobody", lang))
        return Exit.REFUSED
    now = datetime.now(UTC).replace(microsecond=0)
    wanted = Order(
        new_id(),
        ground,
        format_instant(now),
        format_instant(now + timedelta(days=days)),
        person_id=known.person_id,
        subject_id=known.subject_id,
    )
    text = msgspec.json.encode(wanted)
    _files.write(to, msgspec.json.encode(OrderFile(text, signer.sign(text))) + b"\n")
    note(f"{to.name} written")
    out(sentence("records.ordered", lang, days=str(days)))
    return Exit.DONE


def erase(
    file: Path,
    /,
    *,
    authority: Path,
    key: Path,
    report: Path,
    database: Database = None,
    vault: VaultFile = None,
    passphrase_file: SignerPassphrase = None,
    lang: Lang = "en",
) -> Exit:
    """Carry out an order to forget somebody, and sign a report of what went and that nothing is left.

    Parameters
    ----------
    file
        The order, as `order` wrote it.
    authority
        The certificate of whoever may order it (PEM or DER).
    key
        The key that signs the report.
    report
        Where to write the signed report.
    """
    signed = _signed(file, authority)
    signer = open_signer(key, passphrase=_passphrase.get(passphrase_file))
    _files.check_writable(report)
    now = datetime.now(UTC)
    if not read_order(signed, at=now).subject_id:
        raise UsageFault(f"{file}: an order about whole tables is carried out at a policy's end, not here")
    engine, keys = _store.opened(database, vault)
    with writing(engine) as connection:
        done = purge(connection, signed, at=now, vault=keys)
    proof = prove(done, signer)
    _files.write(report, msgspec.json.encode(proof) + b"\n")
    out(sentence("records.erased", lang, rows=str(sum(done.deleted.values())), left=str(sum(done.left.values()))))
    note(f"{report.name} written")
    return Exit.DONE


class OrderFile(Struct, frozen=True, forbid_unknown_fields=True):
    """An order and its signature, as a file."""

    order: bytes
    signature: bytes


_LONGEST_ORDER = 90
"""Days. Whoever asked to be forgotten is told within a month (GDPR 12(3)), at most two more where it is complex."""


def _signed(file: Path, authority: Path) -> SignedOrder:
    """Raises `UsageFault`, `TrustMaterialError`."""
    try:
        found = msgspec.json.decode(_files.read(file, at_most=_LONGEST), type=OrderFile)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        raise UsageFault(f"{file}: not an order, as `pratique records order` writes one") from fault
    with _files.of(authority):
        public = trusted_key(der_certificates(_files.read(authority, at_most=_LONGEST))[0]).key
    if public.kind not in _ALGORITHMS:
        raise TrustMaterialError(Reason.TRUST_KEY_KIND, detail=f"{authority.name} signs no orders")
    return SignedOrder(found.order, found.signature, public, _ALGORITHMS[public.kind])


def _person(engine: Engine, vault: Vault, document: str, account: str) -> Known | None:
    """Whose document it is; that a desk looked is written down. Raises `UsageFault`, `AccessRefused`."""
    desk = _store.account(account, Role.HEALTH_AUTHORITY)
    return _store.looked(engine, vault, document, desk, _WHO)[0]


def _shown(name: Name) -> str:
    return " ".join(part for part in (name.family, name.given) if part)


def _both(engine: Engine, vault: Vault, child: str, guardian: str, account: str) -> tuple[Known, Known] | None:
    first, second = (_person(engine, vault, each, account) for each in (child, guardian))
    return None if first is None or second is None else (first, second)
