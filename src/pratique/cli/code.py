"""`pratique code`: the health code, tried on facts in a file, with no database and nobody's data."""

import sys
from datetime import datetime
from pathlib import Path

import msgspec
from cyclopts import App

from pratique.cli import _files
from pratique.cli._exits import Exit, UsageFault
from pratique.cli._options import Json, Lang
from pratique.cli._printing import json_line, note, out
from pratique.colour import ADVERSE, Colour, HealthCode, assess, explain
from pratique.model.errors import MalformedRecord
from pratique.model.facts import Facts, read_facts
from pratique.rules.fields import MAX_FILE
from pratique.rules.linting import findings
from pratique.rules.policy import Policy, read_policy
from pratique.sandbox import codes
from pratique.texts import sentence

MAX_FACTS = 64 * 1024
"""Octets of somebody's facts: three weeks of tests and trips have fewer than 8 000."""

EXAMPLE = {
    "tests": [{"kind": "molecular", "sampled": "2026-11-20T09:00:00+08:00", "detected": False}],
    "declarations": {"last": "2026-11-24", "normal": True, "streak": 3, "normal_streak": 3},
    "contacts": [{"kind": "close", "first": "2026-11-18", "last": "2026-11-18"}],
}

code = App(
    name="code",
    help="Say what a health-code policy makes of somebody's facts: a colour, why, and until when.",
    help_epilogue="""\
Examples:

  pratique code example > policy.json
  pratique code example --facts > facts.json
  pratique code assess facts.json --policy policy.json --at 2026-11-24T12:00+08:00
  pratique code history CN-Shanghai-2022 > shanghai.json

Exit codes: 0 green, 1 yellow or red, 2 no colour, 3 a file cannot be used.
""",
)


@code.command(name="assess")
def assessed(facts: Path, *, policy: Path, at: str | None = None, lang: Lang = "en", json: Json = False) -> Exit:
    """Say which colour it is, why, until when, what can be done, and how to appeal.

    Parameters
    ----------
    facts
        Facts in JSON (docs/health-code.md); `pratique code example --facts` prints some.
    policy
        A policy of the health code in JSON; a historical one is told its findings.
    at
        The instant, in ISO 8601; now if not given. Its offset says when a day begins.
    """
    with _files.of(policy):
        asked = read_policy(_files.read(policy, at_most=MAX_FILE))
    known = _facts(facts)
    if asked.setting != "health_code":
        raise UsageFault(f"{policy}: a policy of another setting than the health code; name one of its")
    moment = _files.instant(at, "--at")
    _warn(asked, moment)
    found = assess(known, asked, moment)
    if json:
        json_line(msgspec.to_builtins(found) | {"explanation": explain(found, lang)})
    else:
        out(_word(found, lang))
        for line in explain(found, lang):
            out(f"  {line}")
    return Exit.REFUSED if found.colour in ADVERSE else Exit.DONE if found.colour is Colour.GREEN else Exit.UNDECIDED


@code.command
def example(*, facts: bool = False) -> Exit:
    """Print the health code of a fictional state, or with --facts some facts, to begin from.

    Parameters
    ----------
    facts
        Print facts instead of the policy.
    """
    text = msgspec.json.format(msgspec.json.encode(EXAMPLE)) + b"\n" if facts else codes.policy()
    sys.stdout.write(text.decode())
    return Exit.DONE


@code.command
def history(name: str | None = None) -> Exit:
    """Print a health code that was once in force, or without a name the names there are.

    Parameters
    ----------
    name
        One of the names.
    """
    if name is None:
        for each in codes.HISTORY:
            out(each)
    elif name in codes.HISTORY:
        sys.stdout.write(codes.history(name).decode())
    else:
        raise UsageFault("no health code is kept under this name; pratique code history lists them")
    return Exit.DONE


def _facts(path: Path) -> Facts:
    """Raises `UsageFault` with the place, so that a file that cannot be used is no red code."""
    try:
        return read_facts(_files.read(path, at_most=MAX_FACTS))
    except MalformedRecord as fault:
        shape = "pratique code example --facts shows the shape"
        raise UsageFault(f"{path}: facts that cannot be used: {fault.detail}; {shape}") from fault


def _word(found: HealthCode, language: str) -> str:
    word = sentence(f"colour.word.{found.colour}", language)
    return f"{word} ({found.shade})" if found.shade else word


def _warn(asked: Policy, at: datetime) -> None:
    """A policy that may not be published is evaluated all the same, and that is said; so is one that does not hold."""
    if not asked.in_force(at):
        note("the policy does not hold at this time: nobody has a colour; --at takes another")
    count = len(findings(asked))
    if count:
        kind = "historical, and may not be published" if asked.historical else "not to be published"
        note(f"the policy is {kind}: {count} to mend; pratique policy check tells them")
