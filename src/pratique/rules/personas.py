"""The ways in which a person can honestly be, and what a policy makes of each: nobody may be left without a way in.

The people are data, in `personas.json` beside this file: certificates and facts, their days and instants counted from
the clock (`-60d`, `+120d`, `-12h`). They are judged by the evaluator that judges everybody.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from pkgutil import get_data
from typing import Any

import msgspec
from msgspec import Struct

from pratique.model import countries
from pratique.model.certificate import TestKind
from pratique.model.dates import format_instant
from pratique.model.dcc import TEST_TYPES, VERSION
from pratique.model.facts import APART
from pratique.model.valueset import COVID_19, NOT_DETECTED, VALUE_SETS
from pratique.rules.evaluation import Outcome
from pratique.rules.policy import Decision, Policy, RemedyKind, Result, Setting, Shown, decide

RESULT_IN = {TestKind.MOLECULAR: timedelta(hours=12), TestKind.ANTIGEN: timedelta(hours=1)}
"""How old a sample is when its result is in hand: a policy that asks for a fresher one offers no remedy."""

_AGE = re.compile(r"([+-]\d+)([dh])", re.ASCII)


class Persona(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who does not exist; `age` in years, `foreign` with a certificate of another country."""

    name: str
    title: Mapping[str, str]
    age: int
    certificate: Mapping[str, list[dict[str, Any]]]
    facts: Mapping[str, Any]
    shows: Shown = Shown.SCREEN
    foreign: bool = False

    @property
    def vaccinated(self) -> bool:
        """With any vaccine at all, a listed one or not."""
        return "v" in self.certificate


@cache
def personas() -> tuple[Persona, ...]:
    """All of them, in a fixed order."""
    return msgspec.json.decode(get_data("pratique.rules", "personas.json") or b"", type=tuple[Persona, ...])


def payload(
    persona: Persona, policy: Policy, clock: datetime, test: TestKind | None = None, *, declared: bool = False
) -> dict[str, Any]:
    """What the rules read of a persona at `clock`; with `test`, after a negative test of that kind, result in hand.

    `declared`: after they said that nothing ails them, for the health code.
    """
    if policy.setting == Setting.HEALTH_CODE:
        return _facts(persona, policy, clock, test) | (_well(clock) if declared else {})
    entries = dict(persona.certificate)
    if test is not None:
        code = TEST_TYPES[test].value
        swab = {"tt": code, "tr": NOT_DETECTED.value, "sc": format_instant(clock - RESULT_IN[test])}
        entries["t"] = [swab, *entries.get("t", [])]
    abroad = "XC" if policy.country != "XC" else "XA"
    issued_by = abroad if persona.foreign else countries.canonical(policy.country)
    return certificate(entries, age=persona.age, disease=policy.disease, country=issued_by, clock=clock)


def certificate(
    entries: Mapping[str, list[dict[str, Any]]], *, age: int, disease: str, country: str, clock: datetime
) -> dict[str, Any]:
    """Entries as in `personas.json` as the payload that rules read at `clock`, all of them issued by one country."""
    born = (clock - timedelta(days=age * 365.25)).date().isoformat()
    found: dict[str, Any] = {"ver": VERSION, "nam": {}, "dob": born} | {
        group: [_entry(entry, disease, country, clock) for entry in stated] for group, stated in entries.items()
    }
    for entry in found.get("t", []):
        for name in _groups(entry):
            found.setdefault("tests", {}).setdefault(name, []).append(entry)
    return found


def _entry(entry: Mapping[str, Any], disease: str, country: str, clock: datetime) -> dict[str, Any]:
    written = {field: _dated(value, clock) for field, value in entry.items()}
    if disease != COVID_19.value:
        written = {field: value for field, value in written.items() if field not in ("mp", "vp", "ma")}
    return written | {"tg": disease, "co": country, "is": "", "ci": "", "ev": 4}


def _groups(entry: Mapping[str, Any]) -> Iterator[str]:
    kinds = {code.value: kind.value for kind, code in TEST_TYPES.items()}
    yield entry["kd"] if "kd" in entry else kinds[entry["tt"]]
    if "an" in entry:
        yield str(entry["an"])


def _facts(persona: Persona, policy: Policy, clock: datetime, test: TestKind | None) -> dict[str, Any]:
    lists = ("doses", "recoveries", "exemptions", "trips", "contacts", "observations")
    found: dict[str, Any] = {"tests": {}, "latest": {}} | {name: [] for name in lists}
    found |= _all_dated(persona.facts, clock, policy.disease)
    if test is not None:
        sampled = format_instant(clock - RESULT_IN[test])
        earlier = format_instant(clock - RESULT_IN[test] - APART)
        negative = {"sampled": sampled, "detected": False, "conflict": False, "earlier": earlier}
        found["tests"] = found["tests"] | {test.value: negative}
    found["tests"] = {kind: told | _days(told, clock) for kind, told in found["tests"].items()}
    return found


def _days(test: Mapping[str, Any], clock: datetime) -> dict[str, str]:
    """The day of each instant, as `Facts.to_data` has it."""
    moments = {name: datetime.fromisoformat(test[name]) for name in ("sampled", "earlier", "positive") if name in test}
    return {f"{name}_day": moment.astimezone(clock.tzinfo).date().isoformat() for name, moment in moments.items()}


def _well(clock: datetime) -> dict[str, Any]:
    today = clock.date().isoformat()
    return {"declarations": {"last": today, "normal": True, "streak": 1, "normal_streak": 1}}


def _all_dated(value: Any, clock: datetime, disease: str) -> Any:
    match value:
        case dict():
            return {name: _all_dated(each, clock, disease) for name, each in value.items()}
        case list():
            return [_all_dated(each, clock, disease) for each in value]
        case "":
            return disease
    return _dated(value, clock)


def _dated(value: Any, clock: datetime) -> Any:
    """A text such as `-60d` as the day, or `-12h` as the instant, that it means at `clock`; else the value."""
    match = _AGE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    if match[2] == "d":
        return (clock + timedelta(days=int(match[1]))).date().isoformat()
    return format_instant(clock + timedelta(hours=int(match[1])))


def external(policy: Policy, clock: datetime, *, of_right: bool = False) -> dict[str, Any]:
    """What rules know besides the person: the built-in value sets, and a journey that says no more than it must."""
    return surroundings(policy.country, clock, transit=policy.setting == Setting.TRANSIT, of_right=of_right)


def surroundings(country: str, clock: datetime, *, transit: bool = False, of_right: bool = False) -> dict[str, Any]:
    """The same for a country that has no policy."""
    return {
        "validationClock": format_instant(clock),
        "today": clock.date().isoformat(),
        "valueSets": {name: list(values.codes) for name, values in VALUE_SETS.items()}
        | {"country-2-codes": list(countries.ALPHA_2)},
        "countryCode": country,
        "journey": {
            "origin": None,
            "passed": [],
            "from": None,
            "boarding": format_instant(clock),
            "port": None,
            "transit": transit,
            "ofRight": of_right,
        },
    }


def decision(persona: Persona, policy: Policy, clock: datetime) -> Decision:
    """What a policy makes of a persona's own proofs; a form that it does not take is as good as no proof."""
    if persona.shows not in policy.shows:
        return Decision(policy.otherwise)
    return decide(policy, payload(persona, policy, clock), external(policy, clock))


def has_a_way(persona: Persona, policy: Policy, clock: datetime, *, by_quarantine: bool = True) -> bool:
    """Whether somebody is let in, or is told of a remedy that is true: what it leads to is tried, not believed.

    `by_quarantine`: to be let in to a quarantine that ends by itself is a way, too.
    """
    if persona.shows not in policy.shows:
        return False
    found = decision(persona, policy, clock)
    if found.outcome is Outcome.PASSED:
        return True
    branch = found.branch or policy.otherwise
    if by_quarantine and branch.result == Result.QUARANTINE and branch.ends is not None:
        return True
    match branch.remedy:
        case None:
            return False
        case remedy if remedy.kind is RemedyKind.TEST and remedy.test in RESULT_IN:
            after, when = payload(persona, policy, clock, remedy.test), clock
        case remedy if remedy.kind is RemedyKind.WAIT and branch.ends is not None:
            when = clock + timedelta(days=branch.ends.days, hours=branch.ends.hours)
            after = payload(persona, policy, clock)
        case remedy if remedy.kind is RemedyKind.DECLARE:
            after, when = payload(persona, policy, clock, declared=True), clock
        case _:
            return False
    return decide(policy, after, external(policy, when)).outcome is Outcome.PASSED
