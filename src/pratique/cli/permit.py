"""`pratique permit`: an application to enter, the rules over it, and the permit that an officer grants."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import App, Parameter
from msgspec import Meta, Struct

from pratique.authority.access import Role
from pratique.authority.permits import office
from pratique.authority.permits.written import Written, WrongField, application_of
from pratique.authority.store import writing
from pratique.cli import _bundle, _files, _signing, _store
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import Json, JudgedAt, Lang, SignerPassphrase
from pratique.cli._printing import json_line, note, out, shown
from pratique.permits import (
    GROUNDS,
    NUMBER_OCTETS,
    Application,
    Assessment,
    Attachment,
    AttachmentKind,
    Outcome,
    Requirements,
    Review,
    assess,
    issue_permit,
    parse_requirements,
    permit_of,
    review,
)
from pratique.texts import explain
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
  pratique permit withdraw 5f0c81d29be34a7786e1f0a2b3c4d5e6 --account authority-1 --reason PERMIT_TRIP

An application is a JSON file (docs/formats/permit.md); the files that it names lie beside it.
""",
)


class _Sent(Struct, frozen=True, forbid_unknown_fields=True):
    """A file that an application names."""

    kind: AttachmentKind
    file: str


class _File(Written, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An application as it is written down."""

    application: Literal[1]
    attachments: Annotated[tuple[_Sent, ...], Meta(max_length=20)] = ()


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an application is held against.

    Parameters
    ----------
    requirements
        What the state asks for besides its entry rules (JSON).
    bundle
        The folder of a bundle: trust list, entry rules and withdrawals.
    """

    requirements: Path
    bundle: Path


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Leave(Asked):
    """The same, and the officer's decision.

    Parameters
    ----------
    requirements
        What the state asks for besides its entry rules (JSON).
    bundle
        The folder of a bundle: trust list, entry rules and withdrawals.
    officer
        Who decides.
    seen
        A kind of attachment that the officer looked at: insurance, lodging, visa, passport; each that was sent.
    """

    officer: str
    seen: tuple[AttachmentKind, ...] = ()


@permit.command(name="assess")
def assessed(
    application: Path,
    /,
    *,
    asked: Asked,
    at: JudgedAt = None,
    json: Json = False,
    lang: Lang = "en",
) -> Exit:
    """Run the destination's rules over an application, and say what is found.

    Parameters
    ----------
    application
        The application (JSON).
    """
    instant = _files.instant(at, "--at")
    applied, requirements = _read(application), _requirements(asked.requirements)
    found = assess(applied, requirements, bundle=_bundle.load(asked.bundle, at=instant), at=instant)
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
    leave: Leave,
    key: Path,
    specimen: bool = False,
    at: str | None = None,
    passphrase_file: SignerPassphrase = None,
) -> Exit:
    """Grant an application in which nothing was found, and print the permit's scan; its number goes to stderr.

    `pratique issue --format permit` is the same.

    Parameters
    ----------
    application
        The application (JSON).
    key
        The key file of the destination's document signer, its certificate and counter beside it; or pkcs11:…
    specimen
        Mark it as a specimen, which only a sandbox accepts.
    at
        The instant of the decision, in ISO 8601; now if not given.
    """
    instant = _files.instant(at, "--at")
    applied, requirements = _read(application), _requirements(leave.requirements)
    found = assess(applied, requirements, bundle=_bundle.load(leave.bundle, at=instant), at=instant)
    signer = _signing.signer(key, passphrase_file, specimen=specimen)
    decision = Review(
        officer=_files.line(leave.officer, "--officer"), outcome=Outcome.GRANTED, at=instant, seen=frozenset(leave.seen)
    )
    granted = permit_of(review(applied, found, decision), requirements, specimen=specimen)
    sys.stdout.write(issue_permit(granted, number=applied.number, signer=signer, at=instant) + "\n")
    sys.stderr.write(f"number {applied.number.hex()}: by this it can be withdrawn\n")
    return Exit.DONE


@permit.command
def withdraw(number: str, /, *, account: str, reason: str, database: str | None = None) -> Exit:
    """Let a permit count no more: its number goes to the withdrawals, of which `revoke list` makes the list.

    Parameters
    ----------
    number
        The permit's number, as grant told it: 32 hexadecimal digits.
    account
        The health official who decides.
    reason
        Why: one of the grounds on which a permit can be refused, such as PERMIT_TRIP.
    database
        sqlite:///FILE or postgresql://…; else PRATIQUE_DATABASE_URL, else sqlite:///records.db.
    """
    if not _NUMBER.fullmatch(number):
        raise UsageFault("NUMBER is the permit's number: 32 hexadecimal digits")
    if reason not in GROUNDS:
        raise UsageFault(f"--reason is one of {', '.join(sorted(GROUNDS))}")
    by = _store.account(account, Role.HEALTH_AUTHORITY)
    with writing(_store.engine(database)) as connection:
        new = office.withdraw(connection, bytes.fromhex(number), reason, by=by, at=_files.instant(None, "--at"))
    out("Withdrawn." if new else "It was withdrawn before.")
    note("Write the list next: pratique revoke list FILE; then pratique bundle publish")
    return Exit.DONE


_NUMBER = re.compile(rf"[0-9a-f]{{{2 * NUMBER_OCTETS}}}")


def _requirements(path: Path) -> Requirements:
    with _files.of(path):
        return parse_requirements(_files.read(path, at_most=LONGEST))


def _read(path: Path) -> Application:
    """The application in a file, and those beside it. Raises `UsageFault`, `MalformedDocument`."""
    try:
        written = msgspec.json.decode(_files.read(path, at_most=LONGEST), type=_File)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        raise UsageFault(f"{path}: not an application ({_place(fault)})") from fault
    try:
        return application_of(written, [_attachment(path, each) for each in written.attachments])
    except WrongField as fault:
        raise UsageFault(f"{path}: {fault.args[0]}: {fault.args[1]}") from fault


def _place(fault: Exception) -> str:
    """Where, and not what: `$.insurance.amount`."""
    return str(fault).rpartition("`")[0].rpartition("`")[2] or "JSON"


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
