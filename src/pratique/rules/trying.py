"""Routes tried on people without a vaccination: is there a way in for them, whatever the file seems to say?

They are the grown-up personas of `personas.json`, and somebody who can prove all that these can, at once. The evaluator
that judges everybody judges them, at every instant at which a rule begins to count, and in the last second of each.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice, product
from typing import Any

from pratique.model.certificate import TestKind
from pratique.model.countries import is_country
from pratique.model.dates import YEARS
from pratique.model.dcc import TEST_TYPES
from pratique.model.ports import PORTS
from pratique.model.valueset import DETECTED, NOT_DETECTED, VALUE_SETS
from pratique.rules.checking import MAX_WORK, paths, work
from pratique.rules.evaluation import Outcome, not_understood, run
from pratique.rules.personas import certificate, personas, surroundings
from pratique.rules.rule import ENTRIES, Rule, in_force

ADULT = 18
"""Years: that a child is let in opens no way to anybody else."""
MAX_TRIED = 20 * MAX_WORK
"""Expressions that all trials of one file may come to, since a release is read at every gate; the rules of XA, which
are the most that ship, come to 5728."""
_PERSON = 500
"""What somebody who is tried counts for, in expressions: a file of many cheap rules is tried on many people, and what
takes the time is to make them up and to ask each rule of them."""
MAX_JOURNEYS = 20
"""Ways to get there that are tried: for a file that speaks of some countries and ports, and not for one of all."""

_SECOND = timedelta(seconds=1)
_FIRST, _LAST = (datetime(year, 1, 1, tzinfo=UTC) for year in (YEARS[0], YEARS[-1]))
_AGES = (2, 12, 36)
"""Hours since the newest sample of somebody who can prove everything."""
_SETS = "external.valueSets."

Way = tuple[str, ...]
"""The identifiers of the rules of one route."""
Person = tuple[dict[str, Any], dict[str, Any]]
"""What somebody can prove, and what rules know besides."""


class TooCostly(Exception):
    """More would have to be tried than a gate has time for."""


def closed_without_vaccination(rules: Sequence[Rule], ways: Sequence[Way], *, country: str, disease: str) -> bool:
    """Whether there is an instant at which these routes let in nobody who is not vaccinated.

    Raises `TooCostly`.
    """
    asked = [rule for rule in rules if any(rule.identifier in way for way in ways)]
    counted = _Counted(asked)
    for clock in _clocks(asked):
        known = {rule.identifier: rule for rule in in_force(asked, "Acceptance", clock)}
        routes = [[known[name] for name in way] for way in ways if known.keys() >= set(way)]
        if routes and not any(
            all(counted.met(rule, payload, external) for rule in route)
            for payload, external in counted.each(_people(asked, country, disease, clock))
            for route in routes
        ):
            return True
    return False


def _clocks(rules: Sequence[Rule]) -> list[datetime]:
    """When each rule begins to count, and its last second, as far as people live in such years."""
    begin = {rule.valid_from for rule in rules}
    end = {max(rule.valid_to, _FIRST) - _SECOND for rule in rules}
    return sorted({min(max(each, _FIRST), _LAST) for each in begin | end})


class _Counted:
    """The evaluator, which counts what it is asked for, and of whom."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._left = MAX_TRIED
        self._work = {id(rule): work(rule.logic) for rule in rules}

    def each(self, people: Iterable[Person]) -> Iterator[Person]:
        """The same people, one after another."""
        for person in people:
            self._spend(_PERSON)
            yield person

    def met(self, rule: Rule, payload: Mapping[str, Any], external: Mapping[str, Any]) -> bool:
        """Whether somebody meets a rule. What a newer engine would say is not known, and held against nobody."""
        if not_understood(rule):
            return True
        group = ENTRIES.get(rule.certificate_type)
        if group is not None and not payload.get(group):
            return False
        self._spend(self._work[id(rule)])
        return run(rule, payload, external) is Outcome.PASSED

    def _spend(self, expressions: int) -> None:
        self._left -= expressions
        if self._left < 0:
            raise TooCostly


def _people(rules: Sequence[Rule], country: str, disease: str, clock: datetime) -> Iterator[Person]:
    """Each of them on each journey, as a rule reads both."""
    unvaccinated = [each for each in personas() if not each.vaccinated and each.age >= ADULT]
    shown = [each.certificate for each in unvaccinated] + [_everything(hours) for hours in _AGES]
    known = surroundings(country, clock)
    known["valueSets"] = _every_code(rules) | known["valueSets"]
    for journey in islice(_journeys(rules, country), MAX_JOURNEYS):
        external = known | {"journey": known["journey"] | journey}
        issuer = journey["from"] or country
        for entries in shown:
            yield certificate(entries, age=40, disease=disease, country=issuer, clock=clock), external


def _everything(hours: int) -> dict[str, list[dict[str, Any]]]:
    """All that somebody who is not vaccinated can prove; each test was taken twice, a day apart."""
    found: dict[str, list[dict[str, Any]]] = {}
    for persona in personas():
        if not persona.vaccinated:
            found |= persona.certificate
    negative = NOT_DETECTED.value
    device = next(iter(VALUE_SETS["covid-19-lab-test-manufacturer-and-name"].codes))
    tests: list[dict[str, Any]] = [
        {"tt": TEST_TYPES[TestKind.MOLECULAR].value, "nm": "PCR", "tr": negative},
        {"tt": TEST_TYPES[TestKind.ANTIGEN].value, "ma": device, "tr": negative},
        {"kd": "antibody", "an": "IgM", "tr": negative},
        {"kd": "antibody", "an": "IgG", "tr": DETECTED.value},
    ]
    return found | {"t": [test | {"sc": f"-{age}h"} for age in (hours, hours + 24) for test in tests]}


def _journeys(rules: Sequence[Rule], country: str) -> Iterator[dict[str, Any]]:
    """From nowhere in particular, and by way of the countries and ports that the rules name."""
    named = sorted({text for rule in rules for text in _texts(rule.logic)})
    origins = [None, *(text for text in named if is_country(text) and text != country)]
    ports = [None, *(text for text in named if text in PORTS and PORTS[text].country == country)]
    for port, origin in product(ports, origins):
        yield {"origin": origin, "passed": [origin] if origin else [], "from": origin, "port": port}


def _every_code(rules: Sequence[Rule]) -> dict[str, list[str]]:
    """The value sets that only a release has: what stands on them is not known here, and held against nobody."""
    codes = [value for entry in _everything(0)["t"] for value in entry.values()]
    read = {path.removeprefix(_SETS) for rule in rules for path in paths(rule.logic) if path.startswith(_SETS)}
    return dict.fromkeys(read, codes)


def _texts(expression: object) -> Iterator[str]:
    match expression:
        case str():
            yield expression
        case list():
            for each in expression:
                yield from _texts(each)
        case dict():
            for operands in expression.values():
                yield from _texts(operands)
