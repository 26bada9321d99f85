"""`pratique convert`: a verified foreign certificate becomes national evidence, and everything about that is said."""

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from secrets import token_bytes
from typing import Annotated, Literal

import msgspec
from cyclopts import App, Parameter
from msgspec import Struct

from pratique.bundle import Bundle
from pratique.cli import _answers, _bundle, _document, _files, _records, _scans
from pratique.cli._exits import Exit, UsageFault, worst
from pratique.cli._options import JudgedAt, Sandbox
from pratique.cli._printing import explain_reasons, json_line, note
from pratique.identification import Identity, identify
from pratique.model import dcc, uvci
from pratique.model.certificate import Exemption, choose
from pratique.model.countries import canonical, is_country, is_issuer
from pratique.model.foreign import Converted, converted
from pratique.model.mrz import MachineReadableZone
from pratique.model.reasons import Reason
from pratique.trust import TrustList
from pratique.verification import Verification
from pratique.verification import verify as verify_scan

convert = App(
    name="convert",
    help_epilogue="""\
Examples:

  pratique convert --trust anchors/ --country XA --issuer 'Ministry of Health' seal.txt > records.json
  pratique convert --trust world.json --country XA --issuer 'Ministry of Health' --document @passport.txt \\
      --to claims --json photo.jpg

What becomes of every code is said on stderr. Exit codes: 0 converted, 1 refused (not authentic, another person's, not
foreign, or nothing in it that is recorded), 2 undecided, 3 cannot be used, 4 our fault.
""",
)


class Asked(Struct, frozen=True):
    """What every scan is asked with."""

    bundle: Bundle
    at: datetime
    in_hand: MachineReadableZone | None
    country: str
    own: frozenset[str]
    """The country's issuers that have another name than its code."""
    own_named: bool
    """Whether the caller named them, so that every other is somebody else's."""
    issuer: str
    to: Literal["fhir", "claims"]


class LeftOut(Struct, frozen=True):
    """A claim that is not taken in, by its number in the certificate."""

    claim: int
    reason: Reason


class Outcome(Struct, frozen=True):
    """What became of one scan. `claims` are empty where it was refused, and `why` then says it in words."""

    source: _scans.Source
    verification: Verification
    foreign: bool | None = None
    """Whether its issuer is another country's; None where nothing tells, or nothing was established."""
    identity: Identity | None = None
    claims: tuple[Converted, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    reasons: tuple[Reason, ...] = ()
    why: str = ""

    @property
    def exit(self) -> Exit:
        if self.claims:
            return Exit.DONE
        undecided = self.verification.authentic is None or Reason.NAME_NOT_STATED in self.reasons
        return Exit.UNDECIDED if undecided else Exit.REFUSED


@convert.default
def take_in(
    *scan: Annotated[str, Parameter(allow_leading_hyphen=True)],
    country: str,
    issuer: str,
    trust: tuple[Path, ...] = (),
    bundle: Path | None = None,
    own: tuple[str, ...] = (),
    at: JudgedAt = None,
    document: str | None = None,
    sandbox: Sandbox = False,
    to: Literal["fhir", "claims"] = "fhir",
    json: bool = False,
) -> Exit:
    """Turn verified foreign certificates into national evidence of the grade "foreign certificate".

    Nothing is taken from a scan that is not authentic. Each claim gets a new identifier of 16 random bytes; the
    original ones are told beside it.

    Parameters
    ----------
    scan
        A scan, a text file with a scan a line, a picture or PDF of codes, or - for stdin.
    country
        The country that takes the evidence in: its identifiers begin with it.
    issuer
        The body that vouches for the evidence from now on, as text.
    trust
        A signer's certificate or a root (PEM or DER), a master list, a JSON trust list, or a folder of those; may be
        given again.
    bundle
        The folder of a bundle: trust list and withdrawals, instead of --trust.
    own
        An issuer of this country that has an address for a name, as those of SMART Health Cards, NZCP and DIVOC; may be
        given again. Those whose key is also listed for the country are known without.
    document
        The machine readable zone of the holder's passport, its lines separated by /, or @FILE: whoever is not its
        holder is refused.
    to
        fhir (R4 Bundle), also if not given, or claims: the shape of an EU DCC with what it cannot say beside it.
    json
        Print one JSON object a scan, a line each: the records, and how each came about.
    """
    country = country.upper()
    if not is_country(country):
        raise UsageFault("--country takes a country's two letters (ISO 3166-1 alpha-2)")
    issuer = _files.line(issuer, "--issuer")
    at_instant = _files.instant(at, "--at")
    scans = _scans.find(scan)
    in_hand = _document.read(document)
    lists = _bundle.given(bundle, trust, sandbox=sandbox, at=at_instant)
    issuers = _own(lists.trust_list, country).union(own)
    asked = Asked(lists, at_instant, in_hand, country, issuers, bool(own), issuer, to)
    exits = []
    for found in scans:
        if isinstance(found, _scans.Missing) or found.scan is None:
            _scans.tell(found)
            exits.append(Exit.USAGE)
            continue
        outcome = _outcome(found, asked)
        exits.append(outcome.exit)
        if json:
            json_line(_as_json(outcome, to))
        else:
            _tell(outcome)
            if outcome.claims:
                sys.stdout.write(msgspec.json.encode(_records_in(outcome, to)).decode() + "\n")
    return worst(exits)


def _outcome(found: _scans.Found, asked: Asked) -> Outcome:
    source = found.source
    lists = asked.bundle
    told = verify_scan(found.scan or "", trust_list=lists.trust_list, at=asked.at, revocation=lists.revocation)
    if told.authentic is not True or told.certificate is None:
        return Outcome(source, told, reasons=told.reasons, why="it is not known to be authentic")
    foreign = _is_foreign(told.issuer or "", asked)
    if foreign is False:
        why = "it is no foreign certificate: its records are in this country already"
        return Outcome(source, told, foreign, why=why)
    identity = None if asked.in_hand is None else identify(told.certificate, asked.in_hand)
    if identity is not None and _answers.MATCHED[identity.match] is not True:
        return Outcome(
            source, told, foreign, identity, reasons=identity.reasons, why="it is not known to be this person's"
        )
    claims: list[Converted] = []
    left_out: list[LeftOut] = []
    for number, claim in enumerate(told.certificate.claims, 1):
        made = converted(claim, uvci=uvci.from_record_id(asked.country, token_bytes(16)), issuer=asked.issuer)
        if made is None:
            left_out.append(LeftOut(number, Reason.RECORD_CONDITION))
        elif asked.to == "fhir" and isinstance(claim, Exemption):
            left_out.append(LeftOut(number, Reason.RECORD_KIND))
        else:
            claims.append(made)
    why = "" if claims else "nothing in it is recorded here"
    return Outcome(source, told, foreign, identity, tuple(claims), tuple(left_out), told.reasons, why)


def _own(trust_list: TrustList, country: str) -> frozenset[str]:
    """The names under which keys are listed that are also listed for the country."""
    home = canonical(country)
    keys = {key.key for key in trust_list.keys if key.issuer is not None and canonical(key.issuer) == home}
    return frozenset(key.issuer for key in trust_list.keys if key.issuer is not None and key.key in keys)


def _is_foreign(issuer: str, asked: Asked) -> bool | None:
    """Whether an issuer is not the country's own. An address tells no country, unless it is known whose are ours."""
    code = canonical(issuer.upper())
    if code == canonical(asked.country) or issuer in asked.own:
        return False
    return True if asked.own_named or is_issuer(code) else None


def _records_in(outcome: Outcome, to: str) -> dict[str, object]:
    content = outcome.verification.certificate
    assert content is not None  # noqa: S101  there are claims
    certificate = choose(content, *(made.claim for made in outcome.claims))
    return dcc.to_dcc(certificate) if to == "claims" else _records.bundle_of(certificate)


def _as_json(outcome: Outcome, to: str) -> dict[str, object]:
    """One object of stable names (docs/cli.md)."""
    told = outcome.verification
    return {
        "converted": bool(outcome.claims),
        "why": outcome.why or None,
        "authentic": told.authentic,
        "foreign": outcome.foreign,
        "person": None if outcome.identity is None else outcome.identity.match,
        "reasons": outcome.reasons,
        "certificate": {
            "format": told.format,
            "issuer": told.issuer,
            "key_id": told.key_id.hex() if told.key_id is not None else None,
            "identifiers": sorted(told.identifiers),
            "specimen": told.content.specimen if told.content is not None else None,
        },
        "claims": [_claim_json(made) for made in outcome.claims],
        "left_out": outcome.left_out,
        "records": _records_in(outcome, to) if outcome.claims else None,
        "source": outcome.source,
    }


def _claim_json(made: Converted) -> dict[str, object]:
    claim = made.claim
    return {
        "identifier": claim.uvci,
        "original_identifier": made.original or None,
        "evidence": claim.evidence,
        "country": claim.country,
        "mapped": made.mapped,
        "kept": [{"field": field, "code": code} for field, code in made.kept],
    }


def _tell(outcome: Outcome) -> None:
    """What became of it, on stderr."""
    if not outcome.claims:
        note(f"{outcome.source}: refused, {outcome.why}")
        for line in explain_reasons((*outcome.reasons, *dict.fromkeys(left.reason for left in outcome.left_out))):
            note(line)
        return
    told = outcome.verification
    specimen = ", a specimen" if told.content is not None and told.content.specimen else ""
    note(f"{outcome.source}: {told.format} of {told.issuer}{specimen}")
    if outcome.foreign is None:
        note("  nothing tells whether this issuer is another country's; name those of your own country with --own")
    for line in explain_reasons(outcome.reasons):
        note(line)
    for number, made in enumerate(outcome.claims, 1):
        for text in _lines(number, made):
            note(text)
    for left in outcome.left_out:
        note(f"  claim {left.claim} of the certificate is left out:")
        for line in explain_reasons((left.reason,)):
            note(line)


def _lines(number: int, made: Converted) -> Iterator[str]:
    claim = made.claim
    grade = claim.evidence.name.lower().replace("_", " ") if claim.evidence else "no grade"
    yield f"  {number}. {_answers.claim_line(claim)}"
    yield f"     evidence: {grade}; country: {claim.country}; identifier: {claim.uvci}"
    yield f"     its identifier in the certificate: {made.original or 'none of its own'}"
    for mapped in made.mapped:
        yield f"     {mapped.field}: {mapped.given.value} ({mapped.given.system}) became {mapped.national.value}"
    for field, code in made.kept:
        yield f"     {field}: {code.value} ({code.system}) is not mapped, and stays open to rules"
