"""`pratique agreements`: who recognises whom, who lifts what without return, and where two countries' rules differ."""

from pathlib import Path

from cyclopts import App

from pratique.cli import _bundle, _files
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._printing import json_line, out
from pratique.cli.bundle import said_consequence
from pratique.model.consequence import Consequence
from pratique.model.countries import canonical
from pratique.rules.agreement import asymmetries as found_asymmetries
from pratique.rules.comparing import compare as compared

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
            measure = each.measure.replace("_", " ")
            out(f"{each.lifts_at} lifts {measure} for {each.claim}s of {each.issuer} without return ({each.agreement})")
    if not found and not json:
        out("no asymmetries: whatever is lifted is lifted on both sides")
    return Exit.REFUSED if found else Exit.DONE


@agreements.command
def compare(first: str, second: str, folder: Path, *, at: str | None = None, json: bool = False) -> Exit:
    """Show where the entry rules of two countries differ: routes, what they ask, and what follows.

    Parameters
    ----------
    first, second
        The countries, ISO 3166-1 alpha-2.
    folder
        The folder of the bundle.
    at
        The instant to count the ages of the lists to; now if not given.
    json
        Print one JSON object a difference, a line each.
    """
    bundle = _bundle.load(folder, at=_files.instant(at, "--at"))
    for which, country in (("first", first), ("second", second)):
        if not bundle.rules_for(country):
            there = ", ".join(sorted(bundle.rules)) or "none"
            raise UsageFault(f"{folder}: no rules of the {which} country that was named; there are those of {there}")
    found = compared(bundle.rules_for(first), bundle.rules_for(second))
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


def _said(value: object) -> str:
    match value:
        case None:
            return "-"
        case Consequence():
            return said_consequence(value)
        case list():
            return "; ".join(map(str, value)) or "-"
    return str(value)
