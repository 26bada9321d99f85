"""`pratique issue`: health records in, a signed scan out; what a verifier would refuse is not signed."""

import secrets
import sys
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from cyclopts import App
from msgspec import Struct, structs

from pratique.authority.signers.file import FileSigner
from pratique.cli import _answers, _document, _files, _passphrase, _records
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._printing import note
from pratique.identification import Match, identify
from pratique.issuing import LIFETIME, issue_split
from pratique.issuing import issue as issue_one
from pratique.model.certificate import Certificate, Evidence, TravelDocument, choose
from pratique.model.errors import IssueRefused, MalformedRecord
from pratique.model.keys import KeyInfo
from pratique.model.reasons import Reason

issue = App(
    name="issue",
    help_epilogue="""\
Examples:

  pratique issue --format ithc --key keys/xa/dsc.key.pem --issuer 'Ministry of Health' \\
      --evidence registry --document @passport.txt --pdf certificate.pdf records.json
  pratique issue --format eu-dcc --key keys/xa/dsc.key.pem --issuer 'Ministry of Health' --claim 2 records.json

Exit codes: 0 signed, 1 refused, 3 cannot be used, 4 our fault.
""",
)

LONGEST = 16 * 1024 * 1024


class Issued(Struct, frozen=True):
    """What was signed: the scans with their claims, and what the page needs to say of them."""

    certificate: Certificate
    parts: tuple[tuple[Certificate, str], ...]
    key: KeyInfo
    issuer: str
    at: datetime
    expires: datetime


@issue.default
def sign(
    records: Path,
    /,
    *,
    format: Literal["ithc", "eu-dcc"],
    key: Path,
    issuer: str,
    country: str | None = None,
    evidence: Literal["self-declared", "paper-seen", "foreign-certificate", "registry", "administered"] | None = None,
    document: str | None = None,
    claim: tuple[int, ...] = (),
    specimen: bool = False,
    at: str | None = None,
    expires: str | None = None,
    passphrase_file: Path | None = None,
    png: Path | None = None,
    svg: Path | None = None,
    pdf: Path | None = None,
    lang: Literal["en", "zh", "ar"] = "en",
) -> Exit:
    """Sign a certificate of health records and print its scan.

    Parameters
    ----------
    records
        A FHIR R4 Bundle (JSON) of one Patient and their Immunization, Observation and Condition resources.
    format
        ithc holds many claims, eu-dcc one.
    key
        The document signer's key file; its certificate and counter lie beside it.
    issuer
        The body that vouches for the claims, as text.
    country
        Where the events took place; the key's country if not given.
    evidence
        How the issuer knows.
    document
        The machine readable zone of the holder's passport, its lines separated by /, or @FILE.
    claim
        The number of a claim to include; may be given again. All if not given.
    specimen
        Mark it as a specimen, which only a sandbox accepts.
    at
        The time of issue, in ISO 8601; now if not given.
    expires
        When it ends; a year later, or with the key, if not given.
    passphrase_file
        A file with the key's passphrase; else PRATIQUE_PASSPHRASE, else you are asked.
    png
        Where to write the QR code as a picture.
    svg
        Where to write the QR code as a drawing.
    pdf
        Where to write the page to print; claims too many for one printed code are signed as several scans.
    lang
        The holder's language on the page, beside English; en if not given.
    """
    at_instant = _files.instant(at, "--at")
    ends = None if expires is None else _files.instant(expires, "--expires")
    signer = FileSigner.open(key, passphrase=_passphrase.get(passphrase_file))
    grade = None if evidence is None else Evidence[evidence.replace("-", "_").upper()]
    whole = _records.certificate_of(_json(records), issuer=issuer, country=country or signer.key.issuer, evidence=grade)
    whole = structs.replace(whole, specimen=specimen, holder=_holder(whole, document))
    chosen = _chosen(whole, claim)
    try:
        if pdf is None:
            scan = issue_one(chosen, format=format, signer=signer, at=at_instant, expires=ends)
            parts: tuple[tuple[Certificate, str], ...] = ((chosen, scan),)
        else:
            from pratique.paper import fits_paper
            from pratique.qr import Level

            def fits(text: str) -> bool:
                return fits_paper(text, level=Level.M)

            parts = issue_split(chosen, fits=fits, format=format, signer=signer, at=at_instant, expires=ends)
    except IssueRefused as refusal:
        if Reason.ISSUE_SEVERAL_CLAIMS in refusal.reasons:
            _list(whole)
        raise
    until = ends or min(at_instant + LIFETIME, signer.key.not_after)
    issued = Issued(chosen, parts, signer.key, issuer, at_instant, until)
    if pdf is not None:
        _files.write(pdf, page(issued, lang))
    codes(issued, png, svg)
    for _, text in parts:
        sys.stdout.write(text + "\n")
    return Exit.DONE


def page(issued: Issued, language: str) -> bytes:
    """The PDF. Raises `PrintRefused`."""
    from pratique.paper import Scan, Sheet, certificate_pdf

    return certificate_pdf(
        Sheet(
            certificate=issued.certificate,
            scans=tuple(Scan(text, part.claims) for part, text in issued.parts),
            issuer=issued.issuer,
            country=issued.key.issuer,
            issued=issued.at,
            expires=issued.expires,
            languages=("en",) if language == "en" else (language, "en"),
        )
    )


def codes(issued: Issued, png: Path | None, svg: Path | None) -> None:
    """Write the codes where they are wanted; of several scans each file gets its number. Raises `UsageFault`."""
    if png is None and svg is None:
        return
    from pratique import qr

    for number, (_, text) in enumerate(issued.parts, 1):
        suffix = f"-{number}" if len(issued.parts) > 1 else ""
        try:
            if png is not None:
                _files.write(png.with_stem(png.stem + suffix), qr.png(text, level=qr.Level.M))
            if svg is not None:
                _files.write(svg.with_stem(svg.stem + suffix), qr.svg(text, level=qr.Level.M).encode())
        except ValueError as fault:
            raise UsageFault("the certificate is too large for one QR code: choose fewer claims") from fault


def _json(path: Path) -> object:
    try:
        return msgspec.json.decode(_files.read(path, at_most=LONGEST))
    except msgspec.DecodeError as fault:
        raise MalformedRecord(Reason.RECORD_KIND, detail=f"{path}: not JSON") from fault


def _holder(certificate: Certificate, document: str | None) -> object:
    """The holder with their travel document, which has to be theirs. Raises `MalformedDocument`, `IssueRefused`."""
    zone = _document.read(document)
    if zone is None:
        return certificate.holder
    identity = identify(certificate, zone)
    if identity.match is Match.DIFFERENT:
        raise IssueRefused(*identity.reasons, detail="the records and the travel document are not one person's")
    concealed = TravelDocument.conceal(zone.kind, zone.country, zone.number, salt=secrets.token_bytes(16))
    return structs.replace(certificate.holder, document=concealed)


def _chosen(certificate: Certificate, numbers: tuple[int, ...]) -> Certificate:
    if not numbers:
        return certificate
    if not set(numbers) <= set(range(1, len(certificate.claims) + 1)):
        _list(certificate)
        raise UsageFault("--claim takes the number of a claim in this list")
    return choose(certificate, *(certificate.claims[number - 1] for number in numbers))


def _list(certificate: Certificate) -> None:
    note("The claims in these records, to choose from with --claim NUMBER:")
    for number, claim in enumerate(certificate.claims, 1):
        note(f"  {number}. {_answers.claim_line(claim)}")
