"""`pratique verify`: is it authentic, and is it this person's? Offline, as many scans as come."""

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from pratique.cli import _answers, _document, _files, _scans, _trust
from pratique.cli._answers import Answer
from pratique.cli._exits import Exit, worst
from pratique.cli._printing import json_line, out, watched
from pratique.identification import identify
from pratique.model.mrz import MachineReadableZone
from pratique.trust import TrustList
from pratique.verification import Verification
from pratique.verification import verify as verify_scan

verify = App(
    name="verify",
    help_epilogue="""\
Examples:

  pratique verify --trust trusted/ HC1:NCFOXN...
  pratique verify --trust list.json photo.jpg certificate.pdf
  pratique verify --trust list.json --document @passport.txt --at 2026-11-23T12:00Z photo.jpg
  scanner | pratique verify --trust list.json --json - | jq .authentic

Exit codes: 0 authentic, 1 refused (or another person's), 2 undecided, 3 cannot be used, 4 our fault.
Of several scans the worst counts, in the order 4, 3, 1, 2, 0.
""",
)


@verify.default
def check(
    *scan: Annotated[str, Parameter(allow_leading_hyphen=True)],
    trust: tuple[Path, ...] = (),
    at: str | None = None,
    document: str | None = None,
    sandbox: bool = False,
    json: bool = False,
    lang: Literal["en", "zh"] = "en",
) -> Exit:
    """Check scans, pictures and PDFs offline, against the keys you trust.

    Parameters
    ----------
    scan
        A scan (HC1:..., shc:/..., {"data":...), a text file with a scan a line, a picture or PDF of codes, or - for
        stdin.
    trust
        A signer's certificate or a root (PEM or DER), a master list, a JSON trust list, or a folder of those, in which
        roots count if they lie in a folder anchors; may be given again.
    at
        The instant to judge by, in ISO 8601; now if not given, and UTC if it names no zone.
    document
        The machine readable zone of the document in hand, its lines separated by / or line ends, or @FILE.
    sandbox
        Certificates given to --trust are of a rehearsal, where specimens count.
    json
        Print one JSON object a scan, a line each.
    lang
        The language of the answers; en if not given.
    """
    scans = _scans.find(scan)
    at_instant = _files.instant(at, "--at")
    in_hand = _document.read(document)
    trust_list = _trust.load(trust, sandbox=sandbox, at=at_instant)
    exits = []
    with closing(watched(scans)) as coming:
        for number, found in enumerate(coming):
            if isinstance(found, _scans.Missing):
                _scans.tell(found)
                exits.append(Exit.USAGE)
                continue
            answer = _answer(found, trust_list, at_instant, in_hand)
            exits.append(answer.exit if found.scan is not None else Exit.USAGE)
            if json:
                json_line(_answers.as_json(answer))
            else:
                _print(answer, lang, first=number == 0, alone=len(scan) == 1 and found.source.argument == 1)
    return worst(exits)


def _answer(found: _scans.Found, trust_list: TrustList, at: datetime, in_hand: MachineReadableZone | None) -> Answer:
    if found.scan is None:
        return Answer(found.source, Verification(format=None, reasons=found.reasons))
    told = verify_scan(found.scan, trust_list=trust_list, at=at)
    if in_hand is None or told.content is None:
        return Answer(found.source, told, in_hand is not None)
    return Answer(found.source, told, True, identify(told.content, in_hand))


def _print(answer: Answer, language: str, *, first: bool, alone: bool) -> None:
    if not first:
        out()
    if not alone:
        out(f"{answer.source}")
    for line in _answers.lines(answer, language):
        out(line)
