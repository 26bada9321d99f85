"""`pratique trust`: what others will find wrong with our keys, and what we take in of theirs."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeVar

from cyclopts import App, Parameter
from msgspec import Struct

from pratique import crypto, revocation
from pratique.cli import _files, _trust, _withdrawals
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import Out
from pratique.cli._printing import explain_reasons, json_line, note, out, shown
from pratique.model.errors import TrustMaterialError
from pratique.model.keys import PublicKey, is_issuer_url
from pratique.model.reasons import Reason
from pratique.revocation import RevocationList, Source
from pratique.texts import explain
from pratique.trust import Anchor, Environment, TrustedKey, TrustList
from pratique.trust.eu import MAX_OCTETS, trust_list
from pratique.trust.letter import Confirmation
from pratique.trust.letter import accept as accept_letter
from pratique.trust.onboarding import Finding, examine
from pratique.trust.published import published
from pratique.trust.report import Report, compare
from pratique.trust.x509 import trusted_key

_Several = Annotated[tuple[Path, ...], Parameter(consume_multiple=True)]
_Listed = TypeVar("_Listed", TrustedKey, Anchor)
_Read = TypeVar("_Read")

trust = App(
    name="trust",
    help="Find what is wrong with a country's certificates, and take in others' lists and keys.",
    help_epilogue="""\
Examples:

  pratique trust doctor --country XA keys/xa/csca.pem keys/xa/dsc.pem
  pratique trust doctor --json keys/xa/*.pem | jq .reason
  pratique trust eu list.json --anchor anchor.pem --before xb.json --out xb.json
  pratique trust take did.json --before who.json --out who.json
  pratique trust take icao.ml --anchor germany.pem --out roots.json
  pratique trust withdrawn own/revocation.bin --batch batches/*.json
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
    out: Out,
    by: tuple[str, ...] = (),
    fingerprint: tuple[str, ...] = (),
    environment: Environment = Environment.PRODUCTION,
) -> Exit:
    """Write a trust list of a certificate that came by letter, once two people have confirmed its fingerprint.

    Parameters
    ----------
    file
        The certificate in PEM or DER.
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
            if environment is Environment.PRODUCTION and published(key.key.spki):
                raise TrustMaterialError(Reason.TRUST_KEY_PUBLIC, detail="a key that belongs in tests alone")
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
    out: Out,
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
    before
        The trust list that it takes the place of: an issuer that vanished, or a list that shrank, is told, and then
        nothing is written.
    environment
        Where the list counts: production, also if not given, test or sandbox.
    days
        How long the list may be used before it is stale.
    """
    old = _before(before)
    anchors = [key for path in anchor for key in _anchors(path)]
    with _files.of(file):
        keys, roots, report = trust_list(_files.read(file, at_most=MAX_OCTETS), anchors=anchors, check=crypto.check)
    return _renewed(_Offered(keys, roots, report), out, old=old, environment=environment, days=days)


@trust.command
def take(
    file: Path,
    *,
    out: Out,
    anchor: tuple[Path, ...] = (),
    before: Path | None = None,
    environment: Environment = Environment.PRODUCTION,
    days: int = 7,
) -> Exit:
    """Make a trust list of what others publish, and say what of it does not count.

    It is told by its content: a DID document of WHO's network or of an issuer, a key set, a snapshot of the VCI's, a
    controller of proofs, or a master list. None but a master list is signed: get them from their address over https.

    Parameters
    ----------
    file
        What was published.
    anchor
        For a master list, the root of its signer, which you have from elsewhere; may be given again.
    before
        The trust list that it takes the place of: an issuer that vanished, or a list that shrank, is told, and then
        nothing is written.
    environment
        Where the list counts: production, also if not given, test or sandbox.
    days
        How long the list may be used before it is stale.
    """
    old = _before(before)
    with _files.of(file):
        offered = _Offered(*_trust.offered(file, signers=_trust.anchors(anchor) if anchor else ()))
    return _renewed(offered, out, old=old, environment=environment, days=days)


@trust.command
def withdrawn(file: Path, /, *, batch: _Several = (), cards: _Several = (), issuer: str | None = None) -> Exit:
    """Add what others withdrew to a list, each in its own terms: the network's own revocation.bin, or a country's.

    What is given counts as known for seven days, for whose it is. How long the list itself does stays as it said.

    Parameters
    ----------
    file
        The list, such as own/revocation.bin; made if it is not there. Batches that have ended leave it.
    batch
        Batches of the EU gateway in JSON, their signatures taken off.
    cards
        Lists that an issuer of SMART Health Cards publishes, one for each of its keys; each takes the last one's place.
    issuer
        The issuer's address, for --cards.
    """
    if not (batch or cards) or bool(cards) is (issuer is None) or (issuer and not is_issuer_url(issuer)):
        raise UsageFault("name batches (--batch), or lists of cards (--cards) with the https address of their --issuer")
    now = _files.instant(None, "--at")
    known = now + timedelta(days=7)
    before = _withdrawals.before(file) or RevocationList(now, known)
    given = [_read_in(path, revocation.eu_batch) for path in batch]
    lists = [_read_in(path, lambda data: revocation.card_list(data, issuer=issuer or "")) for path in cards]
    kept = {(each.issuer, each.kid): each for each in (*before.cards, *lists)}
    running = tuple(dict.fromkeys(each for each in (*before.batches, *given) if each.expires >= now))
    told = {each.country for each in given} | {each.issuer for each in lists}
    still = {each.country for each in running} | {each.issuer for each in kept.values()}
    times = {each.name: each for each in before.sources if each.issuers <= still}
    for whose in sorted(told & still):
        name = f"revocation/{whose}"
        times[name] = Source(name, frozenset({whose}), now, known)
    listed = before.changed(batches=running, cards=kept.values(), sources=times.values())
    _files.write(file, revocation.to_bytes(listed))
    counts = (len(listed.batches), "batch", "batches"), (len(listed.cards), "list of cards", "lists of cards")
    note(f"{file}: {', '.join(f'{count} {one if count == 1 else more}' for count, one, more in counts)}")
    return Exit.DONE


def _read_in(path: Path, read: Callable[[bytes], _Read]) -> _Read:
    with _files.of(path):
        return read(_files.read(path, at_most=MAX_OCTETS))


class _Offered(Struct, frozen=True):
    """What a published list gave."""

    keys: Sequence[TrustedKey]
    roots: Sequence[Anchor]
    report: Report


def _renewed(offered: _Offered, file: Path, *, old: TrustList, environment: Environment, days: int) -> Exit:
    """Write what is offered as a trust list, unless a person should look at it first. Raises `UsageFault`."""
    if not 1 <= days <= _MOST_DAYS:
        raise UsageFault(f"--days is a number of days, from 1 to {_MOST_DAYS}")
    for alarm in offered.report.alarms:
        note(f"ALARM {alarm}  {explain(alarm).what}")
    for place, reason in offered.report.refused:
        note(f"{place}  {reason}  {explain(reason).what}")
    keys, roots = _secret(offered.keys, environment), _secret(offered.roots, environment)
    everybodys = len(offered.keys) + len(offered.roots) - len(keys) - len(roots)
    note(f"{offered.report.accepted - everybodys} accepted, {len(offered.report.refused) + everybodys} refused")
    alarms = dict.fromkeys((*compare(old.keys, keys), *compare(old.anchors, roots)))
    for issuer, reason in alarms:
        note(f"{shown(issuer)}  {reason}  {explain(reason).what}".lstrip())
    if alarms or not (keys or roots):
        note("nothing was written")
        return Exit.REFUSED
    now = _files.instant(None, "--at")
    made = TrustList(keys, anchors=roots, environment=environment, issued=now, fresh_until=now + timedelta(days=days))
    _files.write(file, made.to_json())
    return Exit.DONE


def _secret(found: Sequence[_Listed], environment: Environment) -> list[_Listed]:
    """Those whose private half is not in everybody's hands; in rehearsals it may be."""
    if environment is not Environment.PRODUCTION:
        return list(found)
    for each in found:
        if where := published(each.key.spki):
            reason = Reason.TRUST_KEY_PUBLIC
            note(f"a key of {shown(each.issuer or 'any issuer')}, in {where}  {reason}  {explain(reason).what}")
    return [each for each in found if published(each.key.spki) is None]


def _anchors(path: Path) -> list[PublicKey]:
    with _files.of(path):
        return [trusted_key(der).key for der in _trust.certificates(path)]


def _before(path: Path | None) -> TrustList:
    if path is None:
        return TrustList(())
    with _files.of(path):
        return TrustList.from_json(_files.read(path, at_most=MAX_OCTETS))


_NOT_CONFIRMED = frozenset({Reason.TRUST_TWO_PEOPLE, Reason.TRUST_FINGERPRINT})
_MOST_DAYS = 366
"""A list of others' keys that is older than a year is no list."""


def _tell(finding: Finding) -> None:
    told = explain(finding.reason)
    days = f" ({finding.days} days or fewer)" if finding.days is not None else ""
    out(f"{finding.place}  {finding.reason}  {told.what}{days}")
    out(f"    → {told.next}")
