"""`pratique policy`: what a policy may not be, before anybody is asked for anything."""

import sys
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from pratique import crypto
from pratique.cli import _files, _passphrase, _population
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import Json, PassphraseFile
from pratique.cli._printing import json_line, note, out, tell_problems
from pratique.model.dates import format_instant
from pratique.model.errors import Problem, RuleRefused
from pratique.rules.evaluation import Outcome
from pratique.rules.fields import MAX_FILE
from pratique.rules.linting import findings
from pratique.rules.personas import Persona, decision, has_a_way, personas
from pratique.rules.policy import Policy, PolicySignature, read_policy
from pratique.rules.signing import SIGNERS, Official, Officials, parse_officials, signed_text, unsigned, with_signature
from pratique.sandbox import border

CLAIM = "It is counted who gets through; no effect on an epidemic is claimed."

policy = App(
    name="policy",
    help="Check policies before they are published, and see what becomes of whom.",
    help_epilogue="""\
Examples:

  pratique policy example > policy.json
  pratique policy check policy.json
  pratique policy check --previous old.json --json new.json
  pratique policy officials --country XA health=health.pub.pem justice=justice.pub.pem > officials.json
  pratique policy sign policy.json --as health --key health.key.pem
  pratique policy check --officials officials.json policy.json
  pratique policy people policy.json
  pratique policy effect policy.json
  pratique policy effect new.json --against old.json --data people --chart effect.svg

Exit codes: 0 nothing was found, 1 it may not be published, 3 a file cannot be used.
""",
)


@policy.command
def check(*file: Path, previous: Path | None = None, officials: Path | None = None, json: bool = False) -> Exit:
    """Say everything that a policy is refused for, each with its place.

    A policy marked as historical is told its findings and is no refusal: it is there to be studied, and no bundle takes
    it.

    Parameters
    ----------
    file
        Policies in JSON (docs/policies.md).
    previous
        The policy that this one goes on with: an extension needs two signers and 14 days' notice.
    officials
        The file with the keys of the country's officials: two of them have to have signed exactly this text.
    json
        Print one JSON object a file, a line each.
    """
    if not file:
        raise UsageFault("no policy was named: give the names of their files")
    before = None if previous is None else _usable(previous)
    whose = None if officials is None else _officials(officials)
    refused = False
    for path in file:
        found, historical = _found(path, before)
        if whose is not None:
            found = (*found, *_unsigned(path, whose))
        refused |= bool(found) and not historical
        if json:
            json_line({"file": str(path), "historical": historical, "findings": found})
        else:
            _print(path, found, historical=historical)
    return Exit.REFUSED if refused else Exit.DONE


@policy.command
def sign(
    file: Path, *, as_: Annotated[str, Parameter(name="--as")], key: Path, passphrase_file: PassphraseFile = None
) -> Exit:
    """Sign a policy as one of the officials it names: exactly this text, and the file is written with the signature.

    A policy that may not be published is not signed. What is changed afterwards has to be signed again by everybody.

    Parameters
    ----------
    file
        The policy in JSON; its `signers` name you.
    as_
        The name by which the policy calls you.
    key
        Your private key, made by `pratique bundle key`.
    """
    from pratique.network.keyfiles import read_private

    asked = _usable(file)
    data = _files.read(file, at_most=MAX_FILE)
    if asked.historical or (found := findings(asked)):
        _print(file, () if asked.historical else found, historical=asked.historical)
        note("it was not signed: it may not be published")
        return Exit.REFUSED
    if as_ not in asked.signers:
        named = ", ".join(asked.signers) or "nobody"
        raise UsageFault(
            f"{file}: its signers are {named}; they are part of the text, so name them before anybody signs"
        )
    secret = read_private(_files.read(key, at_most=MAX_FILE), _passphrase.get(passphrase_file), name=key.name)
    text = signed_text(data)
    _files.write(file, with_signature(data, PolicySignature(as_, secret.sign(text))))
    note(f"{file}: {asked.identifier} {asked.version} signed as {as_}; SHA-256 of the text {sha256(text).hexdigest()}")
    missing = [name for name in asked.signers if name not in {as_, *(each.signer for each in asked.signatures)}]
    if missing:
        note(f"still to sign: {', '.join(missing)}")
    return Exit.DONE


@policy.command
def officials(*official: str, country: str) -> Exit:
    """Print the file of a country's officials, from their public keys.

    Parameters
    ----------
    official
        NAME=FILE: how policies call the official, and the public key (PEM).
    country
        Whose officials they are, ISO 3166-1 alpha-2.
    """
    from pratique.network.keyfiles import public_key, read_public

    keys = {}
    for each in official:
        name, equals, path = each.partition("=")
        if not (name and equals and path):
            raise UsageFault("an official is written NAME=FILE, such as health=health.pub.pem")
        public = read_public(_files.read(Path(path), at_most=MAX_FILE), name=path)
        keys[name] = Official({"en": name}, public_key(public))
    if len(keys) < SIGNERS:
        raise UsageFault(f"name {SIGNERS} officials at least: that many have to sign")
    made = msgspec.json.encode({"officials": 1, "country": country, "keys": keys})
    try:
        parse_officials(made)
    except RuleRefused as fault:
        raise UsageFault("--country takes a country (ISO 3166-1 alpha-2)") from fault
    sys.stdout.write(msgspec.json.format(made).decode() + "\n")
    return Exit.DONE


@policy.command
def people(file: Path, *, at: str | None = None, json: bool = False) -> Exit:
    """Show what a policy makes of each persona: who is let in, by which branch, and who has to do what.

    Parameters
    ----------
    file
        A policy in JSON.
    at
        The instant, in ISO 8601; the beginning of the policy if not given.
    json
        Print one JSON object a persona, a line each.
    """
    asked = _usable(file)
    moment = asked.start if at is None else _files.instant(at, "--at")
    left_out = False
    for persona in personas():
        found = decision(persona, asked, moment)
        way = has_a_way(persona, asked, moment)
        left_out |= not way
        if json:
            json_line(
                {
                    "persona": persona.name,
                    "outcome": found.outcome,
                    "result": found.branch.result if found.branch else None,
                    "way": way,
                }
            )
        else:
            out(f"{persona.title['en']}: {_said(persona, asked, moment)}")
    return Exit.REFUSED if left_out else Exit.DONE


@policy.command
def effect(
    file: Path,
    *,
    against: Path | None = None,
    people: int | None = None,
    data: Path | None = None,
    at: str | None = None,
    chart: Path | None = None,
    json: Json = False,
) -> Exit:
    """Show what a policy would do to people: who gets through by which way, and who is shut out.

    It counts by age, region, country and access to vaccines, and what would change against the policy in force. It says
    nothing of what that does to an epidemic. Both policies are asked as if they were in force.

    Parameters
    ----------
    file
        A policy in JSON.
    against
        The policy in force.
    people
        How many to make for this, where no data is named: 20,000 if not given; they do not exist.
    data
        A folder of event tables in Parquet, as `population make` writes it and docs/population.md says.
    at
        The instant, in ISO 8601; the one that the data was made for, or the beginning of the policy.
    chart
        A file for a chart (SVG).
    """
    asked = _population.policy(file)
    in_force = None if against is None else _population.policy(against)
    moment = _files.instant(at, "--at") if at is not None else _population.moment_of(data) or asked.start
    if chart is not None:
        _files.check_writable(chart)
    _population.need("duckdb", "pyarrow", "numpy", "sqlglot", "sqlalchemy")
    from pratique.authority.population import assessing, tables
    from pratique.authority.population import effect as effects

    with _population.people(data, people, moment, usual=20_000) as folder, _population.opened(folder) as engine:
        try:
            parts = _population.watched(effects.effect(engine, asked, moment, against=in_force))
            cases = [case for part in parts for case in part.cases]
        except assessing.Untranslatable as outside:
            raise UsageFault(f"this policy cannot be asked of everybody at once: {outside}") from outside
        except ValueError as fault:
            raise UsageFault(f"these cannot be compared: {fault}") from fault
    strata = [tables.by_standing_and(stratum, cases) for stratum in tables.STRATA]
    told = [tables.by_way(cases, asked), *strata]
    if in_force is not None:
        told += [tables.changes(cases), *(tables.gains_and(stratum, cases) for stratum in tables.STRATA)]
    title = f"{asked.identifier} {asked.version}, {format_instant(moment)}"
    if chart is not None:
        _population.draw(chart, f"{title}. {CLAIM}", *told[1:])
    counted = sum(case.people for case in cases)
    if json:
        about = {"policy": asked.identifier, "version": asked.version, "at": format_instant(moment), "claim": CLAIM}
        _population.tell_json(about | {"people": counted}, told)
        return Exit.DONE
    out(f"{title}: {counted:,} people" + ("" if data else " who do not exist (docs/population.md)"))
    out(CLAIM)
    _population.tell(told)
    return Exit.DONE


@policy.command
def example() -> Exit:
    """Print a policy of a fictional state that passes every check, to begin from."""
    sys.stdout.write(border.policy().decode())
    return Exit.DONE


def _said(persona: Persona, asked: Policy, moment: datetime) -> str:
    found = decision(persona, asked, moment)
    branch = found.branch or asked.otherwise
    said = f"{branch.result} ({branch.title.get('en', '')})" if found.branch else "undecided"
    if found.outcome is not Outcome.PASSED and branch.remedy is not None:
        kind = f", {branch.remedy.test}" if branch.remedy.test else ""
        said += f"; remedy: {branch.remedy.kind}{kind}"
    return said if has_a_way(persona, asked, moment) else f"{said}; no way is left"


def _usable(path: Path) -> Policy:
    """A policy that somebody compares with, or asks about. Raises `UsageFault`, after a note on all that is wrong."""
    with _files.of(path):
        return _read(path)


def _read(path: Path) -> Policy:
    return read_policy(_files.read(path, at_most=MAX_FILE))


def _found(path: Path, before: Policy | None) -> tuple[tuple[Problem, ...], bool]:
    try:
        asked = _read(path)
    except RuleRefused as refusal:
        return refusal.problems, False
    return findings(asked, previous=before), asked.historical


def _officials(path: Path) -> Officials:
    """Raises `UsageFault`, after a note on all that is wrong."""
    with _files.of(path):
        return parse_officials(_files.read(path, at_most=MAX_FILE))


def _unsigned(path: Path, whose: Officials) -> tuple[Problem, ...]:
    try:
        return unsigned(_files.read(path, at_most=MAX_FILE), whose, check=crypto.check)
    except RuleRefused:
        return ()  # `_found` told what is wrong with it


def _print(path: Path, found: tuple[Problem, ...], *, historical: bool) -> None:
    state = "historical, never to be published; " if historical else ""
    out(f"{path}: {state}{f'{len(found)} to mend' if found else 'as it should be'}")
    tell_problems(found, out)
