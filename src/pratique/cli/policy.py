"""`pratique policy`: what a policy may not be, before anybody is asked for anything."""

import sys
from datetime import datetime
from pathlib import Path

from cyclopts import App

from pratique.cli import _files, _population
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._printing import json_line, out, tell_problems
from pratique.model.dates import format_instant
from pratique.model.errors import Problem, RuleRefused
from pratique.rules.entry import MAX_FILE
from pratique.rules.evaluation import Outcome
from pratique.rules.linting import findings
from pratique.rules.personas import Persona, decision, has_a_way, personas
from pratique.rules.policy import Policy, read_policy
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
  pratique policy people policy.json
  pratique policy effect policy.json
  pratique policy effect new.json --against old.json --data people --chart effect.svg

Exit codes: 0 nothing was found, 1 it may not be published, 3 a file cannot be used.
""",
)


@policy.command
def check(*file: Path, previous: Path | None = None, json: bool = False) -> Exit:
    """Say everything that a policy is refused for, each with its place.

    A policy marked as historical is told its findings and is no refusal: it is there to be studied, and no bundle takes
    it.

    Parameters
    ----------
    file
        Policies in JSON (docs/policies.md).
    previous
        The policy that this one goes on with: an extension needs two signers and 14 days' notice.
    json
        Print one JSON object a file, a line each.
    """
    if not file:
        raise UsageFault("no policy was named: give the names of their files")
    before = None if previous is None else _usable(previous)
    refused = False
    for path in file:
        found, historical = _found(path, before)
        refused |= bool(found) and not historical
        if json:
            json_line({"file": str(path), "historical": historical, "findings": found})
        else:
            _print(path, found, historical=historical)
    return Exit.REFUSED if refused else Exit.DONE


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
    people: int = 20_000,
    data: Path | None = None,
    at: str | None = None,
    chart: Path | None = None,
    json: bool = False,
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
        How many to make for this, where no data is named; they do not exist.
    data
        A folder of event tables in Parquet, as `population make` writes it and docs/population.md says.
    at
        The instant, in ISO 8601; the one that the data was made for, or the beginning of the policy.
    chart
        A file for a chart (SVG).
    json
        Print one JSON object.
    """
    asked = _population.policy(file)
    in_force = None if against is None else _population.policy(against)
    moment = _files.instant(at, "--at") if at is not None else _population.moment_of(data) or asked.start
    if chart is not None:
        _files.check_writable(chart)
    _population.need("duckdb", "pyarrow", "numpy", "sqlglot", "sqlalchemy")
    from pratique.authority.population import assessing, tables
    from pratique.authority.population import effect as effects

    with _population.people(data, people, moment) as folder, _population.opened(folder) as engine:
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


def _print(path: Path, found: tuple[Problem, ...], *, historical: bool) -> None:
    state = "historical, never to be published; " if historical else ""
    out(f"{path}: {state}{f'{len(found)} to mend' if found else 'as it should be'}")
    tell_problems(found, out)
