"""`pratique issue`: health records in, a signed scan out; what a verifier would refuse is not signed."""

import secrets
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Group, Parameter
from msgspec import Struct, structs

from pratique.cli import _answers, _document, _files, _records, _sealing, _signing
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import SignerPassphrase
from pratique.cli._printing import note
from pratique.cli.passes import DayPass
from pratique.cli.passes import sign as day_passes
from pratique.cli.permit import Leave, grant
from pratique.identification import Match, identify
from pratique.issuing import ENDLESS, LIFETIME, issue_split, placeholder
from pratique.issuing import issue as issue_one
from pratique.model.certificate import Certificate, Evidence, LegibleDocument, Sex, TravelDocument, choose
from pratique.model.countries import from_mrz
from pratique.model.errors import IssueRefused
from pratique.model.keys import KeyInfo, Signer
from pratique.model.reasons import Reason
from pratique.texts import Language

issue = App(
    name="issue",
    help_epilogue="""\
Examples:

  pratique issue --format ithc --key keys/xa/dsc.key.pem --issuer 'Ministry of Health' \\
      --evidence registry --document @passport.txt --pdf certificate.pdf records.json
  pratique issue --format sealed --claim 1 --claim 3 --for keys/xb/unsealer.pem --key keys/xa/dsc.key.pem \\
      --issuer 'Ministry of Health' records.json
  pratique issue --format eu-dcc --key keys/xa/dsc.key.pem --issuer 'Ministry of Health' --claim 2 records.json
  pratique issue --format day-pass --policy events.json --crowd initials.json --days 7 --key keys/xa/dsc.key.pem \\
      records.json
  pratique issue --format permit --requirements xb.json --bundle bundle/ --officer consul-7 --seen insurance \\
      --key keys/xb/dsc.key.pem application.json

Exit codes: 0 signed, 1 refused, 2 no policy decides on a day pass, 3 cannot be used, 4 our fault.
""",
)

LONGEST = 16 * 1024 * 1024
_DAY_PASS = Group("With --format day-pass", sort_key=1)
_PERMIT = Group("With --format permit", sort_key=2)


class Wanted(Struct, frozen=True):
    """What was asked for: a certificate, when it counts, who vouches for it, and the files beside the scan."""

    certificate: Certificate
    format: str
    issuer: str
    at: datetime
    expires: datetime | None
    png: Path | None
    svg: Path | None
    pdf: Path | None
    language: str

    @property
    def files(self) -> tuple[Path, ...]:
        """Where something will be written."""
        return tuple(path for path in (self.png, self.svg, self.pdf) if path is not None)


Parts = tuple[tuple[Certificate, str], ...]
"""What was signed: each scan with the certificate it holds."""
File = tuple[Path, bytes]


class Rehearsal(Struct, frozen=True):
    """A signer that signs nothing: with it everything is tried that must not fail once a signature was spent."""

    key: KeyInfo

    def sign(self, data: bytes) -> bytes:
        """What stands for a signature in a draft; no key has made it."""
        return placeholder(self.key)


@issue.default
def sign(
    records: Path,
    /,
    *,
    format: Literal["ithc", "eu-dcc", "shc", "vds-nc", "icvp", "sealed", "day-pass", "permit"],
    key: Path,
    issuer: str = "",
    country: str | None = None,
    evidence: Literal["self-declared", "paper-seen", "foreign-certificate", "registry", "administered"] | None = None,
    document: str | None = None,
    claim: tuple[int, ...] = (),
    for_: Annotated[tuple[Path, ...], Parameter(name="--for")] = (),
    specimen: bool = False,
    at: str | None = None,
    expires: str | None = None,
    passphrase_file: SignerPassphrase = None,
    png: Path | None = None,
    svg: Path | None = None,
    pdf: Path | None = None,
    lang: Language = "en",
    door: Annotated[DayPass | None, Parameter(name="*", group=_DAY_PASS)] = None,
    leave: Annotated[Leave | None, Parameter(name="*", group=_PERMIT)] = None,
) -> Exit:
    """Sign a certificate of health records and print its scan.

    Parameters
    ----------
    records
        A FHIR R4 Bundle (JSON) of one Patient and their Immunization, Observation and Condition resources; for a permit
        the application (JSON).
    format
        ithc holds many claims, eu-dcc one, shc (SMART Health Card) as many vaccinations and tests as one code has room
        for, with a key that names a web address (keys new --url); vds-nc (ICAO) holds vaccinations or one test; icvp is
        WHO's certificate of one vaccination (yellow fever, polio). sealed prints two scans of the claims that --claim
        names: the open twin (ithc), and one that only the health authorities of --for can read. day-pass prints passes
        for a door, without health data, and permit leave to enter one country, as `pass` and `permit grant` do.
    key
        The document signer's key file, its certificate and counter beside it; or pkcs11:token=…;object=…?module-path=…
    issuer
        The body that vouches for the claims, as text; all but day-pass and permit need it.
    country
        Where the events took place, of records that do not say; the key's country if not given.
    evidence
        How the issuer knows. A record that states a weaker grade of its own, such as one from convert, keeps it.
    document
        The machine readable zone of the holder's passport, its lines separated by /, or @FILE; icvp needs it. vds-nc
        states its number in clear, and needs it for a test.
    claim
        The number of a claim to include; may be given again. All if not given.
    for_
        A health authority's certificate of its key for sealed certificates (keys new --sealing); may be given again.
    specimen
        Mark it as a specimen, which only a sandbox accepts.
    at
        The time of issue, in ISO 8601; now if not given.
    expires
        When it ends; a year later, or with the key, if not given. An shc then has no end; a vds-nc ends with its key.
    png
        Where to write the QR code as a picture.
    svg
        Where to write the QR code as a drawing.
    pdf
        Where to write the page to print; claims too many for one printed code are signed as several scans.
    lang
        The holder's language on the page, beside English; en if not given.
    """
    given = {
        "--issuer": issuer, "--country": country, "--evidence": evidence, "--document": document, "--claim": claim,
        "--for": for_, "--expires": expires, "--png": png, "--svg": svg, "--pdf": pdf, "--policy": door,
        "--requirements": leave,
    }  # fmt: skip
    _check_options(format, frozenset(name for name, value in given.items() if value))
    if door is not None:
        return day_passes(
            records,
            door=door,
            key=key,
            issuer=issuer,
            specimen=specimen,
            at=at,
            passphrase_file=passphrase_file,
            lang=lang,
        )
    if leave is not None:
        return grant(records, leave=leave, key=key, specimen=specimen, at=at, passphrase_file=passphrase_file)
    at_instant = _files.instant(at, "--at")
    ends = None if expires is None else _files.instant(expires, "--expires")
    issuer = _files.line(issuer, "--issuer")
    signer = _signing.signer(key, passphrase_file, specimen=specimen)
    grade = None if evidence is None else Evidence[evidence.replace("-", "_").upper()]
    whole = _records.certificate_of(
        _files.json(records, at_most=LONGEST), issuer=issuer, country=country, home=signer.key.issuer, evidence=grade
    )
    holder = _holder(whole, document, legible=format == "vds-nc")
    whole = structs.replace(whole, specimen=specimen, holder=holder)
    if format == "sealed" or for_:
        if format != "sealed" or not claim or any((png, svg, pdf)):
            raise UsageFault(_sealing.HOW)
        chosen = _chosen(whole, claim)
        return _sealing.twins(chosen, for_, signer=signer, at=at_instant, expires=ends)
    wanted = Wanted(_chosen(whole, claim), format, issuer, at_instant, ends, png, svg, pdf, lang)
    try:
        _rehearse(wanted, signer.key)
        parts = _signed(wanted, signer)
    except IssueRefused as refusal:
        if Reason.ISSUE_SEVERAL_CLAIMS in refusal.reasons:
            _list(whole)
        raise
    try:  # the scan comes first: whatever fails from here on, the signature is not thrown away
        for _, text in parts:
            sys.stdout.write(text + "\n")
        sys.stdout.flush()
    finally:
        for path, data in files_of(wanted, parts, signer.key):
            _files.write(path, data)
    return Exit.DONE


def _check_options(format: str, given: frozenset[str]) -> None:
    """What a format needs was given, and nothing that it has no use for. Raises `UsageFault`."""
    needed = {"day-pass": "--policy", "permit": "--requirements"}.get(format, "--issuer")
    if needed not in given:
        raise UsageFault(f"{needed} is missing for --format {format}; pratique issue --help shows how")
    takes = {"day-pass": {"--policy", "--issuer"}, "permit": {"--requirements"}}.get(format, _CERTIFICATE)
    if stray := sorted(given - takes):
        raise UsageFault(f"--format {format} has no use for {', '.join(stray)}")


_CERTIFICATE = {
    "--issuer", "--country", "--evidence", "--document", "--claim", "--for", "--expires", "--png", "--svg", "--pdf",
}  # fmt: skip


def _rehearse(wanted: Wanted, key: KeyInfo) -> None:
    """Make every file but the signature, and throw them away: names without glyphs, claims too many for one code,
    extras that are absent, destinations that cannot be written.

    Raises `UsageFault`, `IssueRefused`, `PrintRefused`, `ModuleNotFoundError`.
    """
    if wanted.format == "icvp" and wanted.pdf is not None:
        raise UsageFault("--pdf prints our own page and not the form of IHR Annex 6: use --png or --svg")
    if len(set(wanted.files)) < len(wanted.files):
        raise UsageFault("--png, --svg and --pdf have to name different files")
    for path in wanted.files:
        _files.check_writable(path)
    if wanted.files:
        rehearsal = Rehearsal(key)
        for _ in files_of(wanted, _signed(wanted, rehearsal), key):
            pass


def _signed(wanted: Wanted, signer: Signer) -> Parts:
    """The scans: one, or as many as paper needs. Raises `IssueRefused`; the signer is then never called."""
    whole, at, expires = wanted.certificate, wanted.at, wanted.expires
    if wanted.pdf is None:
        return ((whole, issue_one(whole, format=wanted.format, signer=signer, at=at, expires=expires)),)
    from pratique.paper import fits_paper
    from pratique.qr import Level

    def fits(text: str) -> bool:
        return fits_paper(text, level=Level.M)

    return issue_split(whole, fits=fits, format=wanted.format, signer=signer, at=at, expires=expires)


def files_of(wanted: Wanted, parts: Parts, key: KeyInfo) -> Iterator[File]:
    """Each file that was asked for, as it is made; of several scans each code's file gets its number.

    Raises `PrintRefused`, `UsageFault`.
    """
    if wanted.pdf is not None:
        yield wanted.pdf, _page(wanted, parts, key)
    if wanted.png is None and wanted.svg is None:
        return
    from pratique import qr

    for number, (_, text) in enumerate(parts, 1):
        suffix = f"-{number}" if len(parts) > 1 else ""
        try:
            if wanted.png is not None:
                yield wanted.png.with_stem(wanted.png.stem + suffix), qr.png(text, level=qr.Level.M)
            if wanted.svg is not None:
                yield wanted.svg.with_stem(wanted.svg.stem + suffix), qr.svg(text, level=qr.Level.M).encode()
        except ValueError as fault:
            raise UsageFault("the certificate is too large for one QR code: choose fewer claims") from fault


def _page(wanted: Wanted, parts: Parts, key: KeyInfo) -> bytes:
    """The PDF. Raises `PrintRefused`."""
    from pratique.paper import Scan, Sheet, certificate_pdf

    return certificate_pdf(
        Sheet(
            certificate=wanted.certificate,
            scans=tuple(Scan(text, part.claims) for part, text in parts),
            issuer=wanted.issuer,
            country=key.issuer,
            issued=wanted.at,
            expires=wanted.expires or _expires(wanted, key),
            languages=("en",) if wanted.language == "en" else (wanted.language, "en"),
        )
    )


def _expires(wanted: Wanted, key: KeyInfo) -> datetime | None:
    """When it ends if nobody says so; a seal (vds-nc) with its signer, since it can say nothing of the kind."""
    if wanted.format == "vds-nc":
        return key.not_after
    return None if ENDLESS[wanted.format] else min(wanted.at + LIFETIME, key.not_after)


def _holder(certificate: Certificate, document: str | None, *, legible: bool) -> object:
    """The holder with their travel document, which has to be theirs; `legible` for a format that states its number.

    Raises `MalformedDocument`, `IssueRefused`.
    """
    zone = _document.read(document)
    if zone is None:
        return certificate.holder
    identity = identify(certificate, zone)
    if identity.match is Match.DIFFERENT:
        raise IssueRefused(*identity.reasons, detail="the records and the travel document are not one person's")
    stated = LegibleDocument.reveal if legible else TravelDocument.conceal
    theirs = stated(zone.kind, zone.country, zone.number, salt=secrets.token_bytes(16))
    # sex and nationality go no further than the forms that have a place for them
    return structs.replace(
        certificate.holder, document=theirs, sex=_SEXES.get(zone.sex), nationality=from_mrz(zone.nationality)
    )


_SEXES = {"F": Sex.FEMALE, "M": Sex.MALE}


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
