"""`pratique trust`: what others will find wrong with our keys, and keys that came by letter."""

from pathlib import Path

from cyclopts import App

from pratique import crypto
from pratique.cli import _files, _trust
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._printing import json_line, note, out, shown
from pratique.texts import explain
from pratique.trust import Environment, TrustList
from pratique.trust.letter import Confirmation
from pratique.trust.letter import accept as accept_letter
from pratique.trust.onboarding import Finding, examine

trust = App(
    name="trust",
    help="Find what is wrong with a country's certificates, and take in a key that came by letter.",
    help_epilogue="""\
Examples:

  pratique trust doctor --country XA keys/xa/csca.pem keys/xa/dsc.pem
  pratique trust doctor --json keys/xa/*.pem | jq .reason
  pratique trust accept letter.pem --out xb.json --by "A. Li" --fingerprint "$ONE" --by "B. Wu" --fingerprint "$TWO"

Exit codes: 0 nothing was found, or the key is accepted; 1 something was found, or it is not; 3 a file cannot be used.
""",
)


@trust.command
def doctor(*file: Path, country: str | None = None, at: str | None = None, json: bool = False) -> Exit:
    """Say what is wrong with a country's roots and signers before others rely on them, and how to mend it.

    Parameters
    ----------
    file
        Certificates in PEM or DER: signers, and the roots that issued them.
    country
        The country they have to be of; that of the first if not given.
    at
        The instant to count the days to an end from, in ISO 8601; now if not given, and UTC if it names no zone.
    json
        Print one JSON object a finding, a line each.
    """
    if not file:
        raise UsageFault("no certificate was named")
    each = [(path, _trust.certificates(path)) for path in file]
    named = [
        (f"{path}" if len(found) == 1 else f"{path}[{number}]", der)
        for path, found in each
        for number, der in enumerate(found)
    ]
    findings = examine(named, country=country, at=_files.instant(at, "--at"), check=crypto.check)
    for finding in findings:
        if json:
            json_line(finding)
        else:
            _tell(finding)
    if not findings and not json:
        out(f"nothing is wrong with {len(named)} certificate{'s' if len(named) != 1 else ''}")
    return Exit.REFUSED if findings else Exit.DONE


@trust.command
def accept(
    file: Path,
    *,
    out: Path,
    by: tuple[str, ...] = (),
    fingerprint: tuple[str, ...] = (),
    environment: Environment = Environment.PRODUCTION,
) -> Exit:
    """Write a trust list of a certificate that came by letter, once two people have confirmed its fingerprint.

    Parameters
    ----------
    file
        The certificate in PEM or DER.
    out
        The file to write.
    by
        Who confirms; given twice, each before that person's --fingerprint.
    fingerprint
        The SHA-256 of the certificate that this person has from the other country, by a way of their own.
    environment
        Where the list counts: production, also if not given, test or sandbox.
    """
    if len(by) != len(fingerprint):
        raise UsageFault("each --by takes a --fingerprint of its own")
    (certificate, *more) = _trust.certificates(file)
    if more:
        raise UsageFault(f"{file}: more than one certificate; each is confirmed for itself")
    confirmations = [Confirmation(_files.line(who, "--by"), what) for who, what in zip(by, fingerprint, strict=True)]
    key = accept_letter(certificate, confirmations)
    now = _files.instant(None, "--at")
    _files.write(out, TrustList([key], environment=environment, issued=now).to_json())
    people = " and ".join(map(shown, by))
    note(f"{out}: a key of {shown(key.issuer or 'any issuer')}, {environment}; confirmed by {people}")
    return Exit.DONE


def _tell(finding: Finding) -> None:
    told = explain(finding.reason)
    days = f" ({finding.days} days or fewer)" if finding.days is not None else ""
    out(f"{finding.place}  {finding.reason}  {told.what}{days}")
    out(f"    → {told.next}")
