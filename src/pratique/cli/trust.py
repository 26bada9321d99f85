"""`pratique trust`: what others will find wrong with our keys, and what we take in of theirs."""

from datetime import timedelta
from pathlib import Path

from cyclopts import App

from pratique import crypto
from pratique.cli import _files, _trust
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._printing import explain_reasons, json_line, note, out, shown
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import PublicKey
from pratique.model.reasons import Reason
from pratique.texts import explain
from pratique.trust import Environment, TrustedKey, TrustList
from pratique.trust.eu import MAX_OCTETS, trust_list
from pratique.trust.letter import Confirmation
from pratique.trust.letter import accept as accept_letter
from pratique.trust.onboarding import Finding, examine
from pratique.trust.report import compare
from pratique.trust.x509 import trusted_key

trust = App(
    name="trust",
    help="Find what is wrong with a country's certificates, and take in others' lists and keys.",
    help_epilogue="""\
Examples:

  pratique trust doctor --country XA keys/xa/csca.pem keys/xa/dsc.pem
  pratique trust doctor --json keys/xa/*.pem | jq .reason
  pratique trust eu list.json --anchor anchor.pem --before xb.json --out xb.json
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
        raise UsageFault("no certificate was named: give the names of their files")
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
    try:
        with _files.of(file):
            key = accept_letter(certificate, confirmations)
    except TrustMaterialError as refusal:
        if not _NOT_CONFIRMED.intersection(refusal.reasons):
            raise
        note(f"not accepted, and nothing was written: {refusal.detail}")
        for line in explain_reasons(refusal.reasons):
            note(line)
        return Exit.REFUSED
    now = _files.instant(None, "--at")
    _files.write(out, TrustList([key], environment=environment, issued=now).to_json())
    people = " and ".join(map(shown, by))
    note(f"{out}: a key of {shown(key.issuer or 'any issuer')}, {environment}; confirmed by {people}")
    return Exit.DONE


@trust.command
def eu(
    file: Path,
    *,
    anchor: tuple[Path, ...],
    out: Path,
    before: Path | None = None,
    environment: Environment = Environment.PRODUCTION,
    days: int = 7,
) -> Exit:
    """Make a trust list of the list of an EU gateway, and say what of it does not count.

    Parameters
    ----------
    file
        The gateway's list, in JSON.
    anchor
        The certificate of the gateway's trust anchor, which you have from elsewhere; may be given again.
    out
        The file to write.
    before
        The trust list that it takes the place of: an issuer that vanished, or a list that shrank, is told, and then
        nothing is written.
    environment
        Where the list counts: production, also if not given, test or sandbox.
    days
        How long the list may be used before it is stale.
    """
    if not 1 <= days <= _MOST_DAYS:
        raise UsageFault(f"--days is a number of days, from 1 to {_MOST_DAYS}")
    anchors = [key for path in anchor for key in _anchors(path)]
    old = _before(before) if before is not None else ()
    with _files.of(file):
        keys, roots, report = trust_list(_files.read(file, at_most=MAX_OCTETS), anchors=anchors, check=crypto.check)
    for place, reason in report.refused:
        note(f"{place}  {reason}  {explain(reason).what}")
    note(f"{report.accepted} accepted, {len(report.refused)} refused")
    alarms = compare(old, keys)
    for issuer, reason in alarms:
        note(f"{shown(issuer)}  {reason}  {explain(reason).what}".lstrip())
    if alarms or not keys:
        note("nothing was written")
        return Exit.REFUSED
    now = _files.instant(None, "--at")
    made = TrustList(keys, anchors=roots, environment=environment, issued=now, fresh_until=now + timedelta(days=days))
    _files.write(out, made.to_json())
    return Exit.DONE


def _anchors(path: Path) -> list[PublicKey]:
    with _files.of(path):
        return [trusted_key(der).key for der in _trust.certificates(path)]


def _before(path: Path) -> tuple[TrustedKey, ...]:
    with _files.of(path):
        return TrustList.from_json(_files.read(path, at_most=MAX_OCTETS)).keys


_NOT_CONFIRMED = frozenset({Reason.TRUST_TWO_PEOPLE, Reason.TRUST_FINGERPRINT})
_MOST_DAYS = 366
"""A list of others' keys that is older than a year is no list."""


def _tell(finding: Finding) -> None:
    told = explain(finding.reason)
    days = f" ({finding.days} days or fewer)" if finding.days is not None else ""
    out(f"{finding.place}  {finding.reason}  {told.what}{days}")
    out(f"    → {told.next}")
