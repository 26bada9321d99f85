"""`pratique bundle`: what a verifier has loaded, and how old it is."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cyclopts import App

from pratique.bundle import Bundle, Part
from pratique.cli import _bundle, _files
from pratique.cli._exits import Exit
from pratique.cli._printing import json_line, out
from pratique.model.consequence import Consequence
from pratique.model.dates import format_instant
from pratique.rules.entry import EntryRules
from pratique.texts import explain

bundle = App(
    name="bundle",
    help="Look at bundles: trust list, entry rules, value sets and withdrawals under one number.",
    help_epilogue="""\
Examples:

  pratique bundle show demo/bundle
  pratique bundle show --json demo/bundle | jq .parts

Exit codes: 0 every part is fresh, 2 the time of one is over, 3 the bundle cannot be used.
""",
)


@bundle.command
def show(folder: Path, *, at: str | None = None, json: bool = False) -> Exit:
    """Show the number, the parts and their ages, and each country's routes.

    Parameters
    ----------
    folder
        The folder of the bundle.
    at
        The instant to count ages to, in ISO 8601; now if not given, and UTC if it names no zone.
    json
        Print one JSON object.
    """
    moment = _files.instant(at, "--at")
    found = _bundle.load(folder, at=moment)
    told = {
        "number": found.number,
        "environment": found.environment,
        "issued": found.issued,
        "keys": len(found.trust_list),
        "parts": {
            name: {
                "issued": part.issued,
                "fresh_until": part.fresh_until,
                "hours": int(part.age(moment).total_seconds() // 3600),
                "stale": part.stale(moment),
            }
            for name, part in found.parts.items()
        },
        "rules": {country: [_rules(entry) for entry in entries] for country, entries in found.rules.items()},
    }
    if json:
        json_line(told)
    else:
        for line in _lines(found, moment):
            out(line)
    return Exit.UNDECIDED if found.stale(moment) else Exit.DONE


def _rules(entry: EntryRules) -> dict[str, object]:
    return {
        "rules": len(entry.rules),
        "routes": {route.name: route.consequence for route in entry.routes},
        "otherwise": entry.otherwise,
        "of_right": entry.of_right,
        "historical": entry.historical,
        "findings": entry.findings,
    }


def _lines(found: Bundle, moment: datetime) -> Iterator[str]:
    yield f"Bundle {found.number}, {found.environment}, issued {format_instant(found.issued)}"
    yield f"{len(found.trust_list)} keys"
    for name, part in found.parts.items():
        yield f"  {name}: {_age(part, moment)}"
    for country, entries in found.rules.items():
        for entry in entries:
            yield f"{country}: {len(entry.rules)} rules{', historical' if entry.historical else ''}"
            for route in entry.routes:
                yield f"  {route.name}{' (transit)' if route.transit else ''}: {said_consequence(route.consequence)}"
            if entry.otherwise is not None:
                yield f"  otherwise: {said_consequence(entry.otherwise)}"
            if entry.of_right is not None:
                yield f"  of right: {said_consequence(entry.of_right)}"
            for finding in entry.findings:
                yield f"  ! {finding.path}: {finding.reason}  {explain(finding.reason).what}"


def said_consequence(consequence: Consequence) -> str:
    """A consequence on one line, as the rules state it."""
    parts = [consequence.kind.replace("_", " ")]
    parts += [f"{consequence.days} days"] if consequence.days else []
    parts += [str(consequence.place)] if consequence.place else []
    parts += [str(consequence.test)] if consequence.test else []
    shorter = consequence.shortened_by
    parts += [f"shortened by a {shorter.test} test on day {shorter.day}"] if shorter else []
    return ", ".join(parts)


def _age(part: Part, moment: datetime) -> str:
    hours = int(part.age(moment).total_seconds() // 3600)
    age = f"{hours} h old" if hours < 72 else f"{hours // 24} days old"
    if part.fresh_until is None:
        return age
    until = format_instant(part.fresh_until)
    return f"{age}, stale since {until}" if part.stale(moment) else f"{age}, fresh until {until}"
