"""`pratique verify`: is it authentic, and is it this person's? Offline, as many scans as come."""

from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from msgspec import Struct

from pratique.answering import Answer, compose
from pratique.answering.certificates import verification_json
from pratique.bundle import Bundle
from pratique.cli import _answers, _bundle, _document, _files, _journey, _scans
from pratique.cli._answers import Told
from pratique.cli._exits import Exit, UsageFault, worst
from pratique.cli._options import JudgedAt, Lang, Sandbox
from pratique.cli._printing import json_line, out, watched
from pratique.model.journey import Journey
from pratique.model.mrz import MachineReadableZone
from pratique.verification import Verification
from pratique.verification import verify as verify_scan

verify = App(
    name="verify",
    help_epilogue="""\
Examples:

  pratique verify --trust trusted/ HC1:NCFOXN...
  pratique verify --trust list.json photo.jpg certificate.pdf
  pratique verify --trust list.json --document @passport.txt --at 2026-11-23T12:00Z photo.jpg
  pratique verify --bundle bundle/ --to XBHAV --arrive 2026-12-03T06:10+01:00 certificate.pdf
  pratique verify --bundle bundle/ --to XB --together vaccination.png test.png
  scanner | pratique verify --trust list.json --json - | jq .authentic

Exit codes: 0 authentic (and accepted, with --to), 1 refused (or another person's), 2 undecided, 3 cannot be used,
4 our fault.
Of several scans the worst counts, in the order 4, 3, 1, 2, 0.
""",
)


@verify.default
def check(
    *scan: Annotated[str, Parameter(allow_leading_hyphen=True)],
    trust: tuple[Path, ...] = (),
    bundle: Path | None = None,
    to: str | None = None,
    via: tuple[str, ...] = (),
    arrive: str | None = None,
    of_right: bool = False,
    planned: int | None = None,
    together: bool = False,
    at: JudgedAt = None,
    document: str | None = None,
    sandbox: Sandbox = False,
    json: bool = False,
    lang: Lang = "en",
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
    bundle
        The folder of a bundle: trust list, entry rules and withdrawals, instead of --trust.
    to
        Ask whether it is accepted there: a country (ISO 3166-1), an airport (IATA) or a seaport (UN/LOCODE).
    via
        A country or port passed on the way; may be given again.
    arrive
        The instant of arrival, in ISO 8601; that of --at if not given.
    of_right
        The traveller is a national or resident of the destination, or seeks protection there.
    planned
        The number of the release by which the traveller planned, as their plan names it: told of where it is another.
    together
        All scans are of one traveller, and judged together.
    document
        The machine readable zone of the document in hand, its lines separated by / or line ends, or @FILE.
    json
        Print one JSON object a scan, a line each.
    """
    scans = _scans.find(scan)
    at_instant = _files.instant(at, "--at")
    in_hand = _document.read(document)
    lists = _bundle.given(bundle, trust, sandbox=sandbox, at=at_instant)
    at_instant = _bundle.reckoned(lists, at_instant) if at is None else at_instant
    journey = _journey_of(to, via, arrive, at_instant, bundle=bundle, of_right=of_right, planned=planned)
    asked = _Asked(at=at_instant, bundle=lists, document=in_hand, journey=journey)
    with closing(watched(scans)) as coming:
        if together:
            return _all_together(coming, asked, json=json, language=lang)
        return _each(coming, asked, json=json, language=lang, several=len(scan) > 1)


class _Asked(Struct, frozen=True):
    """What is asked of every scan."""

    at: datetime
    bundle: Bundle
    document: MachineReadableZone | None
    journey: Journey | None

    def answer(self, verifications: list[Verification]) -> Answer:
        return compose(verifications, at=self.at, bundle=self.bundle, document=self.document, journey=self.journey)

    def verify(self, found: _scans.Found) -> Verification:
        if found.scan is None:
            return Verification(format=None, reasons=found.reasons)
        bundle = self.bundle
        return verify_scan(found.scan, trust_list=bundle.trust_list, at=self.at, revocation=bundle.revocation)


def _journey_of(
    to: str | None,
    via: tuple[str, ...],
    arrive: str | None,
    at: datetime,
    *,
    bundle: Path | None,
    of_right: bool,
    planned: int | None,
) -> Journey | None:
    if to is None:
        if via or arrive or of_right or planned is not None:
            raise UsageFault("--via, --arrive, --of-right and --planned speak of a journey: name its end with --to")
        return None
    if bundle is None:
        raise UsageFault("--to asks for entry rules, and they come in a bundle: name its folder with --bundle")
    arriving = _files.instant(arrive, "--arrive") if arrive else at
    return _journey.one_leg(to, via=via, arrive=arriving, of_right=of_right, by_release=planned)


def _each(
    coming: Iterable[_scans.Found | _scans.Missing], asked: _Asked, *, json: bool, language: str, several: bool
) -> Exit:
    exits = []
    for number, found in enumerate(coming):
        if isinstance(found, _scans.Missing):
            _scans.tell(found)
            exits.append(Exit.USAGE)
            continue
        told = Told(found.source, asked.answer([asked.verify(found)]))
        exits.append(_answers.exit_of(told.answer) if found.scan is not None else Exit.USAGE)
        if json:
            json_line(_answers.as_json(told, language))
        else:
            alone = not several and found.source.argument == 1
            _print(told.answer, language, first=number == 0, title="" if alone else str(found.source))
    return worst(exits)


def _all_together(coming: Iterable[_scans.Found | _scans.Missing], asked: _Asked, *, json: bool, language: str) -> Exit:
    """One answer for all scans; what cannot be read is told of, and the rest is answered."""
    sources, told, exits = [], [], []
    for found in coming:
        if isinstance(found, _scans.Missing):
            _scans.tell(found)
            exits.append(Exit.USAGE)
            continue
        sources.append(found.source)
        told.append(asked.verify(found))
        exits += [] if found.scan is not None else [Exit.USAGE]
    answer = asked.answer(told)
    if json:
        certificates = [
            verification_json(each) | {"source": source} for each, source in zip(told, sources, strict=True)
        ]
        json_line(_answers.together_json(answer, language) | {"certificates": certificates})
    else:
        _print(answer, language, first=True, title="")
    return worst([*exits, _answers.exit_of(answer)])


def _print(answer: Answer, language: str, *, first: bool, title: str) -> None:
    if not first:
        out()
    if title:
        out(title)
    for line in _answers.lines(answer, language):
        out(line)
