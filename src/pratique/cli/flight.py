"""`pratique flight`: a carrier's list before departure, checked here and offline; and the confirmations of others."""

import csv
import io
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from cyclopts import App
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from pratique.answering.boarding import Checked, Passenger, Result, check_all, counts
from pratique.cli import _bundle, _document, _files, _journey
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import JudgedAt, Lang
from pratique.cli._printing import Terminal, json_line, out
from pratique.model.errors import MalformedDocument
from pratique.model.mrz import MachineReadableZone
from pratique.texts import Language, explain, sentence
from pratique.texts.saying import say

LONGEST = 64 * 1024 * 1024
MOST_SCANS = 12

flight = App(
    name="flight",
    help="Check a carrier's list of passengers before departure, offline: OK, NOK or CHECK, and what follows.",
    help_epilogue="""\
Examples:

  pratique flight check list.csv --bundle bundle/ --to XBHAV --arrive 2026-12-03T06:10+01:00
  pratique flight check list.json --bundle bundle/ --to XB --json | jq -c 'select(.result != "OK")'
  pratique flight confirm @token.txt --keys keys.json --flight XA123/2026-12-03 --document @passport.txt

A list is a table (.csv) with the columns reference, scan, document and of_right, several rows of one reference being
one passenger's scans; or JSON: [{"reference": "12A", "scans": ["HC1:…"], "document": "P<UTO…/…"}]. What certificates
say is neither printed nor kept.

Exit codes: 0 everybody is OK (or the confirmation is this person's); 1 somebody is NOK; 2 somebody is CHECK; 3 a file
cannot be used; 4 our fault.
""",
)


@flight.command
def check(
    list_: Path,
    /,
    *,
    bundle: Path,
    to: str,
    arrive: str | None = None,
    via: tuple[str, ...] = (),
    at: JudgedAt = None,
    json: bool = False,
    lang: Lang = "en",
) -> Exit:
    """Check every passenger of a list for one journey.

    Parameters
    ----------
    list_
        The passengers: a table (.csv) or JSON.
    bundle
        The folder of a bundle: trust list, entry rules and withdrawals.
    to
        Where it lands: a country (ISO 3166-1), an airport (IATA) or a seaport (UN/LOCODE).
    arrive
        The instant of arrival, in ISO 8601; that of --at if not given.
    via
        A country or port passed on the way; may be given again.
    json
        Print one JSON object a passenger, a line each.
    """
    moment = _files.instant(at, "--at")
    lists = _bundle.load(bundle, at=moment)
    moment = _bundle.reckoned(lists, moment) if at is None else moment
    landing = _files.instant(arrive, "--arrive") if arrive else moment
    journey = _journey.one_leg(to, via=via, arrive=landing, of_right=False)
    passengers = _passengers(list_)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    watched = sys.stderr.isatty()
    with Progress(*columns, console=Terminal(stderr=True), transient=True, disable=not watched) as progress:
        task = progress.add_task("passengers", total=len(passengers))
        found = check_all(
            passengers, bundle=lists, journey=journey, at=moment, progress=lambda _: progress.advance(task)
        )
    if json:
        for each in found:
            json_line(_as_json(each, lists.number))
    else:
        _print(found, lang, lists.number)
    told = counts(found)
    return Exit.REFUSED if told[Result.NOK] else Exit.UNDECIDED if told[Result.CHECK] else Exit.DONE


@flight.command
def confirm(token: str, /, *, keys: Path, flight: str, document: str, at: JudgedAt = None) -> Exit:
    """Say whether a confirmation is genuine, of this flight, and of whoever holds this document.

    Parameters
    ----------
    token
        The confirmation, or @FILE with it.
    keys
        The keys of whoever confirmed (GET /v1/keys): a JWK Set.
    flight
        The flight as it was named there.
    document
        The machine readable zone of the document in hand, its lines separated by / or line ends, or @FILE.
    """
    from pratique.web.api.confirming import confirmed

    text = _files.read(Path(token[1:]), at_most=LONGEST).decode("ascii", "replace") if token[:1] == "@" else token
    stated = _files.json(keys, at_most=LONGEST)
    zone = _document.read(document)
    if zone is None or not isinstance(stated, dict):
        raise UsageFault(f"{keys}: not a JWK Set; get it from /v1/keys of whoever confirmed")
    claims = confirmed(text.strip(), stated, flight=flight, document=zone, at=_files.instant(at, "--at"))
    if claims is None:
        out("no: not theirs, not of this flight, not of this person, or its time is over")
        return Exit.REFUSED
    out(f"yes: {claims['result']}, by release {claims['bundle']}")
    return Exit.DONE


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reference: str
    scans: tuple[str, ...] = ()
    document: str | None = None
    of_right: bool = False


def _passengers(path: Path) -> Sequence[Passenger]:
    """The passengers of a file. Raises `UsageFault`, which names the place and nobody."""
    from pratique.web.api.flights import listed

    content = _files.read(path, at_most=LONGEST)
    try:
        if path.suffix.lower() == ".csv":
            table = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
            rows = msgspec.convert(listed(table), list[_Row])
        else:
            rows = msgspec.json.decode(content, type=list[_Row])
    except (msgspec.MsgspecError, UnicodeDecodeError, csv.Error, LookupError, RecursionError) as fault:
        raise UsageFault(f"{path}: not a list of passengers; pratique flight --help shows one") from fault
    if not rows:
        raise UsageFault(f"{path}: nobody is on this list")
    return [Passenger(row.reference, row.scans[:MOST_SCANS], _zone(row.document), row.of_right) for row in rows]


def _zone(lines: str | None) -> MachineReadableZone | None:
    """A passport that cannot be read is one that a person has to look at."""
    try:
        return _document.read(lines.removeprefix("@")) if lines else None
    except MalformedDocument:
        return None


def _as_json(each: Checked, number: int) -> Mapping[str, Any]:
    return {
        "reference": each.reference,
        "result": each.result,
        "consequence": each.consequence,
        "reasons": each.reasons,
        "bundle": number,
    }


def _print(found: Sequence[Checked], lang: Language, number: int) -> None:
    from pratique.admission.verdict import consequence_saying

    wide = max(len(each.reference) for each in found)
    for each in found:
        follows = say(consequence_saying(each.consequence), lang) if each.consequence is not None else ""
        out(f"{each.reference:{wide}}  ", f"{each.result:5}", f"  {follows}" if follows else "")
        for reason in each.reasons if each.result is not Result.OK else ():
            out(f"{'':{wide}}    {reason}  {explain(reason, lang).what}")
    told = {result.value.lower(): str(count) for result, count in counts(found).items()}
    out(sentence("flight.counts", lang, **told, number=str(number)))
