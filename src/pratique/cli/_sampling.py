"""`pratique records key`, `queue` and `sync`: records from where there is no network, taken in once there is one."""

from collections import Counter
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from pratique.authority.records import intake, queued
from pratique.authority.records.entries import Wrong
from pratique.authority.records.queued import Item, Private, Synced
from pratique.authority.store import DatabaseRole
from pratique.cli import _files, _passphrase, _store
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import Database, Lang, PassphraseFile, VaultFile
from pratique.cli._printing import json_line, note, out
from pratique.model.reasons import Reason
from pratique.texts import Language, explain, sentence

_LONGEST_KEY = 64 * 1024


def key(stem: Path, *, passphrase_file: PassphraseFile = None) -> Exit:
    """Make the key of an intake: STEM.pub.pem goes to the sampling points, and only STEM.key.pem opens what they queue.

    Parameters
    ----------
    stem
        Where to write the two.
    """
    for path in queued.new_key(stem, _passphrase.get(passphrase_file, new=True)):
        note(f"{path.name} written")
    return Exit.DONE


def queue(folder: Path, *files: Path, source: Path, to: Path, lang: Lang = "en") -> Exit:
    """Put files into a queue, sealed for the intake: for a sampling point without a network.

    Each row is looked at as it will be there, so that what is missing can be asked while the people are still here.
    Whether a document is known, or a record was sent before, shows at the intake.

    Parameters
    ----------
    folder
        The queue: on this device, or a stick.
    files
        As `import` takes them: .csv, .json, .ndjson.
    source
        Who sends them: a JSON file.
    to
        The intake's public key.
    """
    if not files:
        raise UsageFault("no file was named: give the names of what is to be queued")
    sender = _store.source(source)
    recipient = queued.read_public(_files.read(to, at_most=_LONGEST_KEY))
    whole = True
    for path in files:
        content, form = _files.read(path, at_most=queued.LONGEST), intake.form_of(path.name)
        with _files.of(path):
            wrong = [row for row in intake.read(BytesIO(content), form, sender) if isinstance(row, Wrong)]
        for row in wrong:
            whole = False
            outcome = sentence(f"records.outcome.{'held' if row.held else 'refused'}", lang)
            reasons = ", ".join(row.reasons)
            out(
                sentence("records.row", lang, place=str(row.place), outcome=outcome, reasons=reasons, detail=row.detail)
            )
            for reason in row.reasons:
                out("    → ", explain(Reason(reason), lang).next)
        try:
            put = queued.queue(folder, Item(sender.source_id, form, content), recipient, at=datetime.now(UTC))
        except OSError as fault:
            raise UsageFault(f"{folder}: {fault.strerror}") from fault
        out(f"{path.name}: ", sentence("records.queued", lang, name=put.name))
    return Exit.DONE if whole else Exit.REFUSED


def sync(
    folder: Path,
    *,
    source: tuple[Path, ...],
    key: Path,
    held: Path | None = None,
    database: Database = None,
    vault: VaultFile = None,
    passphrase_file: PassphraseFile = None,
    json: bool = False,
    lang: Lang = "en",
) -> Exit:
    """Take in everything that waits in a queue. What was taken is taken once, however often this is run or broken off.

    Beside each file that is done lies a report, with no word of what it held. One with rows that need a person stays,
    sealed, under the ending `.held`.

    Parameters
    ----------
    folder
        The queue.
    source
        The files of all who may have queued something.
    key
        The intake's private key.
    held
        A folder that gets those files opened, of which rows need a person. It holds health records then.
    json
        Print one JSON object a file, a line each.
    """
    if not folder.is_dir():
        raise UsageFault(f"{folder}: no such queue")
    sources = {each.source_id: each for each in map(_store.source, source)}
    secret = queued.read_private(_files.read(key, at_most=_LONGEST_KEY), _passphrase.get(passphrase_file))
    engine, keys = _store.opened(database, vault, DatabaseRole.INTAKE)
    whole, files = True, 0
    for synced in queued.sync(engine, keys, folder, sources, secret, at=datetime.now(UTC)):
        files += 1
        whole &= synced.settled is not None and not (synced.settled.held or synced.settled.refused)
        json_line(_told(synced)) if json else _print(synced, lang)
    if held is not None:
        _open_held(folder, held, secret)
    if not files and not json:
        out(sentence("records.queue_empty", lang))
    return Exit.DONE if whole else Exit.REFUSED


def _told(synced: Synced) -> dict[str, object]:
    return {
        "queued": synced.name,
        "counts": synced.settled,
        "rows": [row for row in synced.rows if row.reasons],
        "reason": synced.reason,
    }


def _print(synced: Synced, lang: Language) -> None:
    settled = synced.settled
    if settled is None:
        told = explain(synced.reason or Reason.STORE_VAULT, lang)
        out(f"{synced.name}: {synced.reason}  {told.what}")
        out("    → ", told.next)
        return
    counts = {name: f"{getattr(settled, name):,}" for name in ("taken", "known", "held", "refused")}
    out(f"{synced.name}: ", sentence("records.counts", lang, **counts))
    for reason, count in sorted(Counter(reason for row in synced.rows for reason in row.reasons).items()):
        out(f"  {count} x {reason}  ", explain(Reason(reason), lang).next)


def _open_held(folder: Path, into: Path, secret: Private) -> None:
    """The files of which rows were held, as they were queued, for the desk."""
    try:
        into.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as fault:
        raise UsageFault(f"{into}: {fault.strerror}") from fault
    for path in sorted(folder.glob(f"*{queued.HELD}")):
        item = queued.opened(path, secret)
        if item is not None:
            ending = {"csv": "csv", "ndjson": "ndjson"}.get(item.form, "json")
            _files.write(into / f"{path.stem}.{ending}", item.content)
