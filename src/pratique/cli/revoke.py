"""`pratique revoke`: what no longer counts, said first and done then, and the list by which verifiers know."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cyclopts import App
from msgspec import Struct
from sqlalchemy import Connection

from pratique import revocation
from pratique.authority.access import Account, Act, Role, both, may
from pratique.authority.issuance import decoys, recalling, revoking
from pratique.authority.issuance.facilities import Ground as WhyRecalled
from pratique.authority.issuance.revoking import Ground
from pratique.authority.store import issuance, writing
from pratique.authority.store.withdrawals import Recall
from pratique.cli import _files, _store, _withdrawals
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import Database, Decider, Do, Json, Second
from pratique.cli._printing import json_line, note, out
from pratique.model.dates import format_instant
from pratique.revocation import Identifier

revoke = App(
    name="revoke",
    help="Call certificates back, and write the list by which verifiers know.",
    help_epilogue="""\
Examples:

  pratique revoke certificate 5f0c81d29be34a7786e1f0a2b3c4d5e6 --account authority-1 --ground mistake
  pratique revoke record URN:UVCI:01:XA:0123456789ABCDEF0123456789ABCDEF --account authority-1 --ground fraud --do
  pratique revoke facility xa-clinic-7 --from 2026-10-01T00:00Z --to 2026-10-15T00:00Z --ground stolen_access \\
      --account authority-1 --second authority-2 --do
  pratique revoke lot LOT-42 --ground false_records --account authority-1 --second authority-2 --do
  pratique revoke key 81a2c3d4e5f60718 --account authority-1 --second authority-2 --do
  pratique revoke list parts/revocation/XA.bin

Without --do it says what would be reached, and does nothing. What a facility sent, or a lot, is called back after a
notice (7 days, --notice-hours), so that each holder can prove it otherwise first; meanwhile nothing more is signed on
it. `list` writes the list, or adds to the one that is there, and `pratique bundle publish --parts parts` signs it:
verifiers that fetch releases have it within a day. Decoys keep it from telling how much was withdrawn: write it at the
same hours each day, whether something was or not.

The database is --database or PRATIQUE_DATABASE_URL, else sqlite:///records.db.

Exit codes: 0 done, or said; 1 refused; 3 a file, an option or the database cannot be used.
""",
)


class Told(Struct, frozen=True):
    """What a withdrawal reaches, whether it was done, and from when on it counts."""

    done: bool
    certificates: int
    people: int
    identifiers: int
    effective: datetime
    recall: str | None = None


@revoke.command
def certificate(
    certificate: str,
    /,
    *,
    account: Decider,
    ground: Ground,
    do: Do = False,
    database: Database = None,
    json: Json = False,
) -> Exit:
    """Call a certificate back. All others with its records go with it, in every format.

    Parameters
    ----------
    certificate
        Its id.
    ground
        Why.
    """
    by, now = _store.account(account, Role.HEALTH_AUTHORITY), _now()
    may(by, Act.WITHDRAW)
    with writing(_store.engine(database)) as connection:
        _store.deciding(connection, by)
        found = revoking.of_certificate(connection, certificate)
        reached = revoking.with_the_same_records(connection, certificate)
        if do:
            revoking.withdraw(connection, found, by, ground, at=now)
    return _tell(_told(found, reached, do, now), json=json)


@revoke.command
def record(
    record: str,
    /,
    *,
    account: Decider,
    ground: Ground,
    do: Do = False,
    database: Database = None,
    json: Json = False,
) -> Exit:
    """Call back every certificate of a record, whether this database knows it or not.

    Parameters
    ----------
    record
        Its identifier (UVCI), as certificates print it.
    ground
        Why.
    """
    by, now = _store.account(account, Role.HEALTH_AUTHORITY), _now()
    may(by, Act.WITHDRAW)
    with writing(_store.engine(database)) as connection:
        _store.deciding(connection, by)
        found = revoking.of_record(connection, _files.line(record, "RECORD"))
        reached = issuance.claiming(connection, record)
        if do:
            revoking.withdraw(connection, found, by, ground, at=now)
    return _tell(_told(found, reached, do, now), json=json)


@revoke.command
def facility(
    facility: str,
    /,
    *,
    from_: str,
    to: str,
    account: Decider,
    second: Second,
    ground: WhyRecalled,
    notice_hours: int = int(recalling.NOTICE.total_seconds() // 3600),
    do: Do = False,
    database: Database = None,
    json: Json = False,
) -> Exit:
    """Call back everything that a facility sent in a period, after a notice to its holders. Two people decide it.

    Parameters
    ----------
    facility
        Its id.
    from_
        The first instant, in ISO 8601, from which on what it sent does not count.
    to
        The instant from which on it counts again.
    ground
        Why.
    notice_hours
        Between saying it and its effect: 24 at least, 168 if not given.
    """
    period = _files.instant(from_, "--from"), _files.instant(to, "--to")
    if not period[0] < period[1]:
        raise UsageFault("--from and --to: a period begins before it ends")
    by, notice = _two(account, second), _notice(notice_hours)
    with writing(_store.engine(database)) as connection:
        _store.deciding(connection, *by)
        recall = recalling.recall_of(connection, facility, *period, by=by, ground=ground, at=_now(), notice=notice)
        return _recall(connection, [recall], do=do, json=json)


@revoke.command
def lot(
    lot: str,
    /,
    *,
    account: Decider,
    second: Second,
    ground: WhyRecalled,
    notice_hours: int = int(recalling.NOTICE.total_seconds() // 3600),
    do: Do = False,
    database: Database = None,
    json: Json = False,
) -> Exit:
    """Call the doses of a lot back, whoever gave them, after a notice to their holders. Two people decide it.

    Parameters
    ----------
    lot
        The manufacturer's batch.
    ground
        Why.
    notice_hours
        Between saying it and its effect: 24 at least, 168 if not given.
    """
    by, notice, lot = _two(account, second), _notice(notice_hours), _files.line(lot, "LOT")
    with writing(_store.engine(database)) as connection:
        _store.deciding(connection, *by)
        recalls = recalling.recalls_of_lot(connection, lot, by=by, ground=ground, at=_now(), notice=notice)
        if not recalls:
            raise UsageFault("LOT: no facility received it or gave it")
        return _recall(connection, recalls, do=do, json=json)


@revoke.command
def key(
    key: str,
    /,
    *,
    account: Decider,
    second: Second,
    after: str | None = None,
    do: Do = False,
    database: Database = None,
    json: Json = False,
) -> Exit:
    """Believe a key no more, but for what its log has: a thief's signature is worth nothing. Two people decide it.

    Parameters
    ----------
    key
        Its key id in hexadecimal, or the name of its log.
    after
        What says that it was issued until this instant counts as well: only where no thief writes the date.
    """
    by, now = _two(account, second), _now()
    both(*by, Act.WITHDRAW)
    limit = None if after is None else _files.instant(after, "--after")
    with writing(_store.engine(database)) as connection:
        _store.deciding(connection, *by)
        found = revoking.find_key(connection, key)
        honest = len(revoking.honest_signatures(connection, found.key_id))
        if do:
            revoking.distrust(connection, found, by=by, at=now, after=limit)
    if json:
        json_line({"done": do, "key": found.kid.hex(), "log": found.key_id, "honest": honest})
        return Exit.DONE
    out(f"{'Distrusted' if do else 'Would be distrusted'}: key {found.kid.hex()} of {found.issuer}")
    out(f"  {honest} signatures of its log go on to count, and no other; it signs no more")
    return Exit.DONE


@revoke.command(name="list")
def write(
    file: Path, /, *, days: int = 7, step: int = decoys.STEP, database: Database = None, json: Json = False
) -> Exit:
    """Write everything that does not count now, or add it to a list that is there, and decoys.

    Parameters
    ----------
    file
        The list, such as parts/revocation/XA.bin.
    days
        How long it may be relied on; 7 if not given.
    step
        By how many entries, or a multiple of it, the list grows each time, withdrawn or decoys: a power of two, 64 if
        not given. Take one that is more than you withdraw from one list to the next.
    """
    if not 1 <= days <= 31:
        raise UsageFault("--days is a number of days, from 1 to 31")
    if step not in decoys.STEPS:
        raise UsageFault(f"--step is a power of two, from {decoys.STEPS[0]} to {decoys.STEPS[-1]}")
    before = _withdrawals.before(file)
    with writing(_store.engine(database)) as connection:
        listed = decoys.published(connection, at=_now(), before=before, fresh=timedelta(days=days), step=step)
    written = revocation.to_bytes(listed)
    _files.write(file, written)
    told = {"revoked": len(listed.revoked), "replaced": len(listed.replaced), "keys": len(listed.distrusted)}
    if json:
        json_line({**told, "octets": len(written), "fresh_until": listed.fresh_until})
    else:
        counted = ", ".join(f"{count} {name}" for name, count in told.items())
        out(f"{file}: {counted}, fresh until {format_instant(listed.fresh_until)}")
    return Exit.DONE


def _now() -> datetime:
    return _files.instant(None, "--at")


def _two(first: str, second: str) -> tuple[Account, Account]:
    role = Role.HEALTH_AUTHORITY
    return _store.account(first, role), _store.account(second, role, "--second")


def _notice(hours: int) -> timedelta:
    if hours not in recalling.NOTICE_HOURS:
        raise UsageFault("--notice-hours: a notice is of 24 hours at least, and of 8760 hours, a year, at most")
    return timedelta(hours=hours)


def _recall(connection: Connection, recalls: Sequence[Recall], *, do: bool, json: bool) -> Exit:
    for each in recalls if do else ():
        recalling.announce(connection, each)
    reach = recalling.reach(connection, *recalls)
    numbers = ", ".join(each.recall_id for each in recalls) if do else None
    return _tell(Told(do, reach.certificates, reach.people, reach.identifiers, reach.effective, numbers), json=json)


def _told(found: frozenset[Identifier], reached: list[tuple[str, str]], done: bool, now: datetime) -> Told:
    people, certificates = {person for person, _ in reached}, {number for _, number in reached}
    return Told(done, len(certificates), len(people), len(found), now)


def _tell(told: Told, *, json: bool) -> Exit:
    if json:
        json_line(told)
        return Exit.DONE
    said = "Called back" if told.done else "Would be called back"
    out(f"{said}: {told.certificates} certificates of {told.people} people")
    out(f"  {told.identifiers} records and other identifiers, from {format_instant(told.effective)} on")
    if told.recall is not None:
        out(f"  recall {told.recall}: until then each holder can prove it in another way")
    if told.done:
        note("Write the list next: pratique revoke list FILE; then pratique bundle publish")
    else:
        note("Nothing was done: add --do")
    return Exit.DONE
