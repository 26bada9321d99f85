"""`pratique permit`: an application to enter, the rules over it, and the permit that an officer grants."""

import secrets
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import App
from msgspec import Meta, Struct

from pratique.cli import _bundle, _files, _journey, _signing
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._printing import json_line, out, shown
from pratique.model import mrz
from pratique.model.certificate import Name, Person, TravelDocument
from pratique.model.dates import Instant, PartialDate
from pratique.model.journey import Journey, Leg
from pratique.permits import (
    Application,
    Assessment,
    Attachment,
    AttachmentKind,
    Insurance,
    Lodging,
    Outcome,
    Requirements,
    Review,
    assess,
    issue_permit,
    parse_requirements,
    permit_of,
    review,
)
from pratique.texts import Language, explain
from pratique.texts.saying import say

LONGEST = 1024 * 1024
LONGEST_FILE = 32_000_000
"""As for pictures of codes."""

permit = App(
    name="permit",
    help="Assess applications to enter, decide them, and sign entry permits.",
    help_epilogue="""\
Examples:

  pratique permit assess application.json --requirements xb.json --bundle bundle/
  pratique permit grant application.json --requirements xb.json --bundle bundle/ --officer consul-7 \\
      --seen insurance --seen lodging --key keys/xb/dsc.key.pem

An application is a JSON file (docs/formats/permit.md); the files that it names lie beside it.
""",
)


class _Sent(Struct, frozen=True, forbid_unknown_fields=True):
    """A file that an application names."""

    kind: AttachmentKind
    file: str


class _File(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An application as it is written down."""

    application: Literal[1]
    document: str
    """The machine readable zone, its lines separated by /."""
    birth_date: date
    family: str | None = None
    given: str | None = None
    origin: str = msgspec.field(name="from")
    to: str
    arrive: Instant
    board: Instant | None = None
    via: tuple[str, ...] = ()
    carrier: str | None = None
    scans: Annotated[tuple[str, ...], Meta(max_length=20)] = ()
    insurance: Insurance | None = None
    lodging: Lodging | None = None
    attachments: Annotated[tuple[_Sent, ...], Meta(max_length=20)] = ()


@permit.command(name="assess")
def assessed(
    application: Path,
    /,
    *,
    requirements: Path,
    bundle: Path,
    at: str | None = None,
    json: bool = False,
    lang: Language = "en",
) -> Exit:
    """Run the destination's rules over an application, and say what is found.

    Parameters
    ----------
    application
        The application (JSON).
    requirements
        What the state asks for besides its entry rules (JSON).
    bundle
        The folder of a bundle: trust list, entry rules and withdrawals.
    at
        The instant to judge by, in ISO 8601; now if not given.
    json
        Print one JSON object.
    lang
        The language of the answer; en if not given.
    """
    instant = _files.instant(at, "--at")
    applied, asked = _read(application), _requirements(requirements)
    found = assess(applied, asked, bundle=_bundle.load(bundle, at=instant), at=instant)
    if json:
        json_line(
            {
                "findings": found.findings,
                "media": found.media,
                "accepted": found.verdict.accepted,
                "consequence": found.verdict.consequence,
            }
        )
    else:
        _print(applied, found, lang)
    return Exit.REFUSED if found.findings else Exit.DONE


@permit.command
def grant(
    application: Path,
    /,
    *,
    requirements: Path,
    bundle: Path,
    officer: str,
    key: Path,
    seen: tuple[AttachmentKind, ...] = (),
    specimen: bool = False,
    at: str | None = None,
    passphrase_file: Path | None = None,
) -> Exit:
    """Grant an application in which nothing was found, and print the permit's scan; its number goes to stderr.

    Parameters
    ----------
    application
        The application (JSON).
    requirements
        What the state asks for besides its entry rules (JSON).
    bundle
        The folder of a bundle: trust list, entry rules and withdrawals.
    officer
        Who decides.
    key
        The destination's document signer's key file; its certificate and counter lie beside it.
    seen
        A kind of attachment that the officer looked at: insurance, lodging, visa, passport; each that was sent.
    specimen
        Mark it as a specimen, which only a sandbox accepts.
    at
        The instant of the decision, in ISO 8601; now if not given.
    passphrase_file
        A file with the key's passphrase; else PRATIQUE_PASSPHRASE, else you are asked.
    """
    instant = _files.instant(at, "--at")
    applied, asked = _read(application), _requirements(requirements)
    found = assess(applied, asked, bundle=_bundle.load(bundle, at=instant), at=instant)
    signer = _signing.signer(key, passphrase_file, specimen=specimen)
    decision = Review(
        officer=_files.line(officer, "--officer"), outcome=Outcome.GRANTED, at=instant, seen=frozenset(seen)
    )
    granted = permit_of(review(applied, found, decision), asked, specimen=specimen)
    sys.stdout.write(issue_permit(granted, number=applied.number, signer=signer, at=instant) + "\n")
    sys.stderr.write(f"number {applied.number.hex()}: by this it can be withdrawn\n")
    return Exit.DONE


def _requirements(path: Path) -> Requirements:
    with _files.of(path):
        return parse_requirements(_files.read(path, at_most=LONGEST))


def _read(path: Path) -> Application:
    """The application in a file, and those beside it. Raises `UsageFault`, `MalformedDocument`."""
    try:
        written = msgspec.json.decode(_files.read(path, at_most=LONGEST), type=_File)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        raise UsageFault(f"{path}: not an application ({_place(fault)})") from fault
    zone = mrz.parse(written.document.replace("/", "\n"))
    document = TravelDocument.conceal(zone.kind, zone.country, zone.number, salt=secrets.token_bytes(16))
    name = Name(written.family, written.given, zone.family_icao, zone.given_icao or None)
    return Application(
        number=secrets.token_bytes(16),
        holder=Person(name, PartialDate.of(written.birth_date), document),
        journey=_travelling(written),
        scans=written.scans,
        carrier=written.carrier,
        insurance=written.insurance,
        lodging=written.lodging,
        attachments=tuple(_attachment(path, each) for each in written.attachments),
    )


def _place(fault: Exception) -> str:
    """Where, and not what: `$.insurance.amount`."""
    return str(fault).rpartition("`")[0].rpartition("`")[2] or "JSON"


def _travelling(written: _File) -> Journey:
    country, port = _journey.place(written.to, "to")
    via = tuple(_journey.place(code, "via")[0] for code in written.via)
    try:
        leg = Leg(country, written.arrive, port, via=via, board=written.board)
        return Journey((leg,), _journey.place(written.origin, "from")[0])
    except ValueError as fault:
        raise UsageFault(f"the trip: {fault}") from fault


def _attachment(application: Path, sent: _Sent) -> Attachment:
    """A file beside the application, and none elsewhere."""
    name = Path(sent.file)
    if name.name != sent.file:
        raise UsageFault("an attachment is the name of a file beside the application")
    return Attachment(sent.kind, _files.read(application.parent / name, at_most=LONGEST_FILE), sent.file)


def _print(applied: Application, found: Assessment, language: str) -> None:
    for number, media in enumerate(found.media):
        sent = applied.attachments[number]
        out(f"attachments[{number}]  {sent.kind}: {media or 'unreadable'}  ({shown(sent.name)})")
    for each in found.verdict.explanation:
        out(shown(say(each, language)))
    for problem in found.findings:
        told = explain(problem.reason, language)
        out(f"{problem.path}  {problem.reason}  {told.what} {told.next}")
    if not found.findings:
        out("Nothing was found against it; an officer decides.")
