"""`pratique records`: a clinic's file in, a report by row out; one person's records; a correction."""

import csv
import io
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from cyclopts import App
from rich.progress import BarColumn, Progress, TextColumn
from sqlalchemy import Engine

from pratique.authority.access import Item, Role
from pratique.authority.issuance import correcting
from pratique.authority.issuance.correcting import Case
from pratique.authority.records import entries, intake, rights
from pratique.authority.records.reconcile import Event, events
from pratique.authority.records.sources import Source
from pratique.authority.store import (
    DatabaseRole,
    Vault,
    intakes,
    looks,
    migrate,
    open_store,
    people,
    reading,
    writing,
)
from pratique.authority.store.health import Correction, Ground, Kept
from pratique.authority.store.intakes import RowReport, Settled
from pratique.cli import _answers, _files, _rights, _rotating, _sampling, _store
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import Database, Decider, Lang, VaultFile
from pratique.cli._printing import Terminal, json_line, note, out
from pratique.model import fhir
from pratique.model.certificate import AnyClaim
from pratique.model.dates import format_instant
from pratique.model.errors import MalformedRecord
from pratique.model.reasons import Reason
from pratique.texts import Language, explain, sentence

ROWS_SHOWN = 10
LONGEST = 16 * 1024 * 1024

records = App(
    name="records",
    help="Take health records in, look at a person's, correct them.",
    help_epilogue="""\
Examples:

  pratique records setup --database sqlite:///records.db --vault vault.json
  pratique records import --source lab.json results.csv --report report.csv
  pratique records show UTO:XA1234567 --account desk-1
  pratique records correct UTO:XA1234567 RECORD --account desk-1 --ground wrong_result --with right.json
  pratique records queue point-4 results.csv --source lab.json --to intake.pub.pem
  pratique records sync point-4 --source lab.json --key intake.key.pem
  pratique records renew UTO:XA1234567 UTO:XA7654321 --account desk-1
  pratique records guardian add UTO:XA1111111 UTO:XA1234567 --ground parent --until 2034-05-08 --account desk-1
  pratique records new-key, then (after the programs were started anew) pratique records reseal

The database is --database or PRATIQUE_DATABASE_URL, else sqlite:///records.db; its keys are in --vault or
PRATIQUE_VAULT, else vault.json. Whoever has both can read everything: keep them on two machines.

Exit codes: 0 done; 1 a row was held or refused, nobody has the document, no such record stands, or you may not; 3 a
file, the database or its keys cannot be used; 4 our fault.
""",
)


@records.command
def setup(*, database: Database = None, vault: Path | None = None, lang: Lang = "en") -> Exit:
    """Make the tables, or bring them to this version's form, and the key file if there is none.

    Parameters
    ----------
    vault
        The file with the keys that names and numbers are sealed with.
    """
    keys = _store.vault_path(vault)
    engine = open_store(_store.url(database), pooled=False)
    migrate(engine)
    with reading(engine) as connection:
        if not keys.exists() and not people.anybody(connection):
            try:
                Vault.draw().write(keys)
            except OSError as fault:
                raise UsageFault(f"{keys}: {fault.strerror}") from fault
        people.check_vault(connection, Vault.read(keys))
    out(sentence("records.ready", lang))
    return Exit.DONE


@records.command(name="import")
def import_(
    *files: Path,
    source: Path,
    database: Database = None,
    vault: VaultFile = None,
    report: Path | None = None,
    json: bool = False,
    lang: Lang = "en",
) -> Exit:
    """Take records in. A file that was broken off goes on where it was, and one that was taken is taken once.

    Parameters
    ----------
    files
        FHIR R4 resources or Bundles (.json, or one a line in .ndjson), or tables (.csv).
    source
        Who sends them, and how their tables are read: a JSON file.
    report
        Where to write what became of every row, as a table.
    json
        Print one JSON object a file.
    """
    if not files:
        raise UsageFault("no file was named: give those with the records")
    sender = _store.source(source)
    if report is not None:
        _files.check_writable(report)
    engine, keys = _store.opened(database, vault, DatabaseRole.INTAKE)
    reports: list[tuple[Path, RowReport]] = []
    complete = True
    for path in files:
        key, settled = _take(engine, keys, path, sender)
        with reading(engine) as connection:
            rows = list(intakes.reports(connection, key))
        reports += [(path, row) for row in rows]
        complete &= not (settled.held or settled.refused)
        if json:
            json_line({"file": str(path), "intake": key, **_counts(settled)})
        else:
            _print_report(path, settled, rows, lang)
        if settled.last_place == 0:
            note(f"{path}: no record in it; send it again if it should have some")
    if report is not None:
        _files.write(report, _table(reports, lang))
    return Exit.DONE if complete else Exit.REFUSED


def _take(engine: Engine, vault: Vault, path: Path, source: Source) -> tuple[str, Settled]:
    """One file, with its progress where somebody watches. Raises `UsageFault` for one that cannot be read."""
    columns = TextColumn("{task.completed:,} rows"), BarColumn()
    now = datetime.now(UTC)
    try:
        file = path.open("rb")
    except OSError as fault:
        raise UsageFault(f"{path}: {fault.strerror}") from fault
    watched = sys.stderr.isatty()
    with file, Progress(*columns, console=Terminal(stderr=True), transient=True, disable=not watched) as progress:
        task = progress.add_task("", total=None)
        with _files.of(path):
            return intake.take(
                engine, vault, file, form=intake.form_of(path.name), source=source, at=now,
                progress=lambda whole: progress.update(task, completed=whole.last_place),
            )  # fmt: skip


def _counts(settled: Settled) -> dict[str, int]:
    return {name: getattr(settled, name) for name in ("taken", "known", "held", "refused")}


def _print_report(path: Path, settled: Settled, rows: list[RowReport], lang: Language) -> None:
    counts = {name: f"{count:,}" for name, count in _counts(settled).items()}
    out(f"{path.name}: ", sentence("records.counts", lang, **counts))
    wrong = [row for row in rows if row.reasons]
    for row in wrong[:ROWS_SHOWN]:
        outcome = sentence(f"records.outcome.{row.outcome}", lang)
        reasons = ", ".join(row.reasons)
        out(
            "  ",
            sentence("records.row", lang, place=str(row.place), outcome=outcome, reasons=reasons, detail=row.detail),
        )
        for reason in row.reasons:
            out("    → ", explain(Reason(reason), lang).next)
    if len(wrong) > ROWS_SHOWN:
        out("  ", sentence("records.more", lang, count=f"{len(wrong) - ROWS_SHOWN:,}"))


def _table(reports: list[tuple[Path, RowReport]], lang: Language) -> bytes:
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(["file", "row", "outcome", "record", "reasons", "place", "what happened", "what to do next"])
    for path, row in reports:
        told = [explain(Reason(reason), lang) for reason in row.reasons]
        words = [" ".join(each.what for each in told), " ".join(each.next for each in told)]
        table.writerow(
            [path.name, row.place, row.outcome, row.record_id or "", " ".join(row.reasons), row.detail, *words]
        )
    return written.getvalue().encode("utf-8-sig")


@records.command
def show(
    document: str,
    /,
    *,
    account: str,
    purpose: Literal["correction", "own"] = "correction",
    database: Database = None,
    vault: VaultFile = None,
    json: bool = False,
    lang: Lang = "en",
) -> Exit:
    """Show what is kept of the holder of a document. It is written down that you looked, and the holder sees it.

    Parameters
    ----------
    document
        The issuing state and the number, UTO:XA1234567, or @FILE with that text.
    account
        Who looks.
    purpose
        What for: a correction (also if not given), or your own records, which shows who looked as well.
    json
        Print everything as one JSON object.
    """
    own = purpose == "own"
    looking = _store.account(account, Role.HOLDER if own else Role.HEALTH_AUTHORITY)
    engine, keys = _store.opened(database, vault, DatabaseRole.HEALTH)
    items = frozenset(Item) - {Item.PORTRAIT} if own else frozenset({Item.IDENTITY, Item.RECORDS, Item.DISPUTES})
    known, allowed = _store.looked(engine, keys, document, looking, items)
    if known is None or allowed is None:
        out(sentence("records.nobody", lang))
        return Exit.REFUSED
    with reading(engine) as connection:
        kept = rights.records(connection, allowed)
        seen = looks.of(connection, known.person_id) if own else ()
        if json:
            json_line(
                rights.export(connection, keys, allowed, known) if own else {"events": events(kept), "records": kept}
            )
            return Exit.DONE
    _print_events(events(kept), lang)
    for record in kept:
        if record.superseded:
            key = "records.replaced" if record.replaced_by else "records.withdrawn"
            ground = sentence(key, lang, record=record.replaced_by or "", ground=record.ground or "")
            out(f"{record.record_id}  ", _answers.claim_line(record.claim, lang), f" ({ground})")
    if not kept:
        out(sentence("records.none", lang))
    if own:
        out(sentence("records.who_looked", lang))
        for each in seen:
            shown = each.items or sentence("records.nothing_shown", lang)
            when = format_instant(datetime.fromtimestamp(each.moment, UTC))
            who = {"account": each.account_id, "role": each.role, "purpose": each.purpose}
            out("  ", sentence("records.looked", lang, when=when, items=shown, **who))
        out("  ", sentence("records.scans", lang))
    return Exit.DONE


def _print_events(found: tuple[Event, ...], lang: Language) -> None:
    for event in found:
        for place, record in enumerate(event.records):
            out("" if place == 0 else "  = ", f"{record.record_id}  ", _answers.claim_line(record.claim, lang))
        if event.conflicts:
            out("  ! ", sentence("records.disagree", lang, fields=", ".join(event.conflicts)))


@records.command
def correct(
    document: str,
    record: str,
    /,
    *,
    account: Decider,
    ground: Ground,
    with_: Path | None = None,
    withdraw: bool = False,
    evidence: Path | None = None,
    database: Database = None,
    vault: VaultFile = None,
    lang: Lang = "en",
) -> Exit:
    """Put another record in a record's place, or withdraw it. The old one stays, marked as replaced.

    Parameters
    ----------
    document
        The issuing state and the number, UTO:XA1234567, or @FILE with that text.
    record
        The record's id, as `show` prints it.
    ground
        Why the record is wrong.
    with_
        The right record: one FHIR R4 resource (JSON).
    withdraw
        No record takes its place.
    evidence
        The letter or picture that shows it; it is sealed.
    """
    if (with_ is None) is not withdraw:
        raise UsageFault("give either --with FILE or --withdraw")
    desk = _store.account(account, Role.HEALTH_AUTHORITY)
    proof = None if evidence is None else _files.read(evidence, at_most=LONGEST)
    right = None if with_ is None else _files.json(with_, at_most=LONGEST)
    engine, keys = _store.opened(database, vault, DatabaseRole.HEALTH)
    known, allowed = _store.looked(
        engine, keys, document, desk, frozenset({Item.IDENTITY, Item.RECORDS, Item.DISPUTES})
    )
    if known is None or allowed is None:
        out(sentence("records.nobody", lang))
        return Exit.REFUSED
    with writing(engine) as connection:
        wrong = rights.standing(connection, allowed, record)
        theirs = {papers for papers, _ in people.documents(connection, keys, known.subject_id)}
        named = entries.documents_named(right)
        if named and theirs.isdisjoint(named):
            raise MalformedRecord(Reason.RECORD_PERSON, detail=f"{with_}: of another document")
        claim = None if right is None else _claim(right, wrong)
        decision = rights.Decision(record, claim, Correction(ground, account, proof))
        case = Case(connection, keys, allowed, known, desk, datetime.now(UTC))
        replaced = correcting.supersede(case, decision)
    done = replaced.corrected
    if done is None:
        raise AssertionError("a correction says what it did")
    if done.record_id:
        out(sentence("records.corrected", lang, record=done.record_id))
    else:
        out(sentence("records.now_withdrawn", lang))
    note(sentence("records.call_back", lang, uvci=done.called_back))
    for number in replaced.requests:
        note(sentence("records.again", lang, request=number))
    return Exit.DONE


def _claim(resource: object, wrong: Kept) -> AnyClaim:
    """The right record, vouched for as the wrong one was. Raises `MalformedRecord`."""
    old = wrong.claim
    return fhir.claim(resource, uvci="", issuer=old.issuer, country=old.country, evidence=old.evidence)


for _command in (
    _sampling.key, _sampling.queue, _sampling.sync, _rights.renew, _rights.order, _rights.erase, _rotating.new_key,
    _rotating.reseal,
):  # fmt: skip
    records.command(_command)
records.command(_rights.guardian)
