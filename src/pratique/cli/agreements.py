"""`pratique agreements`: who recognises whom, who lifts what without return, and where two countries' rules differ."""

from datetime import datetime
from pathlib import Path

from cyclopts import App

from pratique.bundle import Bundle
from pratique.cli import _bundle, _files
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._printing import json_line, out
from pratique.cli.bundle import said_consequence
from pratique.model.consequence import Consequence
from pratique.model.countries import canonical
from pratique.rules.agreement import asymmetries as found_asymmetries
from pratique.rules.comparing import compare as compared
from pratique.rules.comparing import compare_corridors
from pratique.rules.entry import EntryRules

agreements = App(
    name="agreements",
    help="Show who lifts what for whom without return, and compare two countries' rules.",
    help_epilogue="""\
Examples:

  pratique agreements asymmetries demo/bundle
  pratique agreements compare XA XB demo/bundle
  pratique agreements compare --json XA XB demo/bundle | jq .place

Exit codes: 0 nothing was found, 1 something was, 3 the bundle cannot be used.
""",
)


@agreements.command
def asymmetries(folder: Path, *, at: str | None = None, json: bool = False) -> Exit:
    """Show who spares whose holders a measure without return, by the agreements in force.

    Parameters
    ----------
    folder
        The folder of the bundle.
    at
        The instant at which agreements are in force, in ISO 8601; now if not given, and UTC if it names no zone.
    json
        Print one JSON object an asymmetry, a line each.
    """
    moment = _files.instant(at, "--at")
    found = found_asymmetries(_bundle.load(folder, at=moment).agreements, moment)
    for each in found:
        if json:
            json_line(each)
        else:
            favour = "has a corridor" if each.measure is None else f"lifts {each.measure.replace('_', ' ')}"
            out(f"{each.lifts_at} {favour} for {each.claim}s of {each.issuer} without return ({each.agreement})")
    if not found and not json:
        out("no asymmetries: whatever is lifted is lifted on both sides")
    return Exit.REFUSED if found else Exit.DONE


@agreements.command
def compare(first: str, second: str, folder: Path, *, at: str | None = None, json: bool = False) -> Exit:
    """Show where the entry rules of two countries differ, those of corridors too: routes, what they ask, what follows.

    Parameters
    ----------
    first, second
        The countries, ISO 3166-1 alpha-2.
    folder
        The folder of the bundle.
    at
        The instant at which the rules are asked; now if not given, and UTC if it names no zone.
    json
        Print one JSON object a difference, a line each.
    """
    moment = _files.instant(at, "--at")
    bundle = _bundle.load(folder, at=moment)
    for which, country in (("first", first), ("second", second)):
        if not bundle.rules_for(country):
            there = ", ".join(sorted(bundle.rules)) or "none"
            raise UsageFault(f"{folder}: no rules of the {which} country that was named; there are those of {there}")
    found = (
        *compared(bundle.rules_for(first), bundle.rules_for(second), moment),
        *compare_corridors(_corridors(bundle, first, moment), _corridors(bundle, second, moment), moment),
    )
    for each in found:
        if json:
            json_line(each)
        else:
            out(each.place)
            for country, value in ((first, each.first), (second, each.second)):
                out(f"  {canonical(country)}: {_said(value)}")
    if not found and not json:
        out("no differences")
    return Exit.REFUSED if found else Exit.DONE


def _corridors(bundle: Bundle, country: str, moment: datetime) -> dict[str, EntryRules]:
    """The rule sets of the corridors into a country that are in force, by the name of each."""
    found = [(each.corridor, bundle.corridor(country, each)) for each in bundle.agreements if each.in_force(moment)]
    return {corridor.rules: rules for corridor, rules in found if corridor is not None and rules is not None}


def _said(value: object) -> str:
    match value:
        case None:
            return "-"
        case Consequence():
            return said_consequence(value)
        case list():
            return "; ".join(map(str, value)) or "-"
    return str(value)
