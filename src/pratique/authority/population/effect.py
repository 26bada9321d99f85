"""What a policy would do to people, before it is published: who gets through by which way, and who is shut out.

    for part in effect(engine, policy, at, against=in_force): ...    people who are alike, slice by slice

The health code is asked as SQL (`assessing`). A door or a border reads certificates, so each person shows theirs: all
that their records let an issuer sign, as the gate reads it (`admission.proofs`), and the rules run compiled. A remedy
is tried and not believed: the test that the policy names is taken, and the policy asked again.

Both policies are asked as if they were in force at `at`. What is counted is who gets through a door; what that does to
an epidemic is not known here.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct, structs

from pratique.admission import proofs
from pratique.authority.population.assessing import AGES, OTHERWISE, SLICE, UNDECIDED, Alike, compared, everybody
from pratique.authority.population.engines import Engine, Range
from pratique.colour import SHADES, Colour
from pratique.model.certificate import AnyClaim, Name, Person, Test, TestKind
from pratique.model.countries import canonical
from pratique.model.dates import PartialDate
from pratique.model.dcc import TEST_TYPES
from pratique.model.journey import Leg
from pratique.model.valueset import COVID_19, NOT_DETECTED
from pratique.rules.compiling import Compiled, compiled
from pratique.rules.evaluation import Outcome
from pratique.rules.personas import RESULT_IN, external
from pratique.rules.policy import Branch, Policy, RemedyKind, Result, Setting, Shown, decide
from pratique.rules.rule import Rule

AT_A_DOOR = 50_000
"""People who show their certificates at once."""
OF_RIGHT = -3
"""The place of whoever may not be turned away, and therefore is not (`Policy.of_right`)."""


class Standing(StrEnum):
    """What becomes of somebody."""

    FREE = "free"
    """Let in, or green."""
    RESTRICTED = "restricted"
    """Let in with a consequence (a test there, quarantine), or yellow or red: until it ends by itself."""
    REMEDY = "remedy"
    """Not let in today, and what the policy names as a remedy leads in."""
    SHUT_OUT = "shut_out"
    """Not let in, and nothing the policy names would help."""
    UNDECIDED = "undecided"
    """Open, or of unknown colour: for a person to look at, and no refusal."""


class Case(Alike, frozen=True):
    """People who are alike, where they are in a policy and what becomes of them; and the same under another policy."""

    place: int
    standing: Standing
    before: int | None
    stood: Standing | None
    people: int


class Part(Struct, frozen=True):
    """What came of one slice, and how many of all slices are done."""

    cases: tuple[Case, ...]
    done: int
    of: int


def effect(engine: Engine, policy: Policy, at: datetime, *, against: Policy | None = None) -> Iterator[Part]:
    """Everybody of an engine's folder under a policy, and under the one it would replace.

    Raises `ValueError` where one of the two reads certificates and the other facts, `Untranslatable`, and what the
    engine raises.
    """
    by_facts = policy.setting == Setting.HEALTH_CODE
    if against is not None and (against.setting == Setting.HEALTH_CODE) is not by_facts:
        raise ValueError("two policies of which one reads certificates and the other facts")
    policy, against = _in_force(policy, at), None if against is None else _in_force(against, at)
    if by_facts:
        for done, between in enumerate(slices := engine.slices(SLICE), 1):
            yield Part(tuple(_coloured(engine, policy, against, at, between)), done, len(slices))
        return
    doors = _Door(policy, at), None if against is None else _Door(against, at)
    for done, between in enumerate(slices := engine.slices(AT_A_DOOR), 1):
        yield Part(tuple(_at_the_door(engine, doors, at, between)), done, len(slices))


def branch_at(policy: Policy, place: int) -> Branch | None:
    """What a place in a policy is: one of its branches, or none for whoever is undecided."""
    if place == OF_RIGHT:
        return policy.of_right
    return None if place == UNDECIDED else policy.otherwise if place == OTHERWISE else policy.branches[place]


def _in_force(policy: Policy, at: datetime) -> Policy:
    if policy.in_force(at):
        return policy
    return structs.replace(policy, start=min(policy.start, at), sunset=None)


# by facts


def _coloured(engine: Engine, policy: Policy, against: Policy | None, at: datetime, between: Range) -> Iterator[Case]:
    if against is None:
        for *group, place, people in engine.ask(everybody(policy, at, between=between)):
            yield Case(*[*group, place, _standing_of_colour(policy, place), None, None, people])
        return
    for *group, place, before, people in engine.ask(compared(policy, against, at, between=between)):
        standing, stood = _standing_of_colour(policy, place), _standing_of_colour(against, before)
        yield Case(*[*group, place, standing, before, stood, people])


def _standing_of_colour(policy: Policy, place: int) -> Standing:
    branch = branch_at(policy, place)
    colour = Colour.UNKNOWN if branch is None else SHADES.get(branch.result, Colour.UNKNOWN)
    if colour is Colour.GREEN:
        return Standing.FREE
    restricted = colour is not Colour.UNKNOWN and place >= 0  # whoever is in no branch has no such colour
    return Standing.RESTRICTED if restricted else Standing.UNDECIDED


# by certificates

_PEOPLE = """
SELECT country, region, income, shows, age, claims FROM (
  SELECT person_id, LIST(claim) AS claims FROM record
  WHERE person_id BETWEEN '{first}' AND '{last}' AND received <= {now} AND NOT EXISTS (
    SELECT 1 FROM superseded
    WHERE superseded.person_id = record.person_id AND superseded.record_id = record.record_id
      AND superseded.moment <= {now}
  ) GROUP BY person_id
) AS shown RIGHT JOIN (
  SELECT * FROM people WHERE person_id BETWEEN '{first}' AND '{last}'
) AS people USING (person_id)
"""
_CLAIM = msgspec.json.Decoder(AnyClaim)


def _at_the_door(engine: Engine, doors: "tuple[_Door, _Door | None]", at: datetime, between: Range) -> Iterator[Case]:
    statement = _PEOPLE.format(first=between[0], last=between[1], now=int(at.timestamp()))
    counted: Counter[tuple[Any, ...]] = Counter()
    for country, region, income, shows, age, texts in engine.ask(statement):
        claims = proofs.unique([_CLAIM.decode(text) for text in texts or ()])
        found = [(None, None) if door is None else door.asks(country, shows, age, claims) for door in doors]
        band = next(begin for begin in reversed(AGES) if age >= begin)
        counted[country, region, income, shows, band, *found[0], *found[1]] += 1
    for case, people in counted.items():
        yield Case(*[*case, people])


class _Door:
    """A door or a border under a policy, at an instant."""

    def __init__(self, policy: Policy, at: datetime) -> None:
        self._policy, self._at = policy, at
        self._leg = Leg(canonical(policy.country), at)
        self._rules: Mapping[str, Compiled] = {rule.identifier: compiled(rule) for rule in policy.rules}
        self._told = {of_right: external(policy, at, of_right=of_right) for of_right in (False, True)}
        self._places = {id(branch): place for place, branch in enumerate(policy.branches)}
        self._places |= {id(policy.otherwise): OTHERWISE, id(policy.of_right): OF_RIGHT}

    def asks(self, country: str, shows: str, age: int, claims: tuple[AnyClaim, ...]) -> tuple[int, Standing]:
        """Where somebody is in the policy, and what becomes of them."""
        taken = Shown(shows) in self._policy.shows
        branch = self._met(country, age, claims) if taken else self._policy.otherwise
        if branch is None:
            return UNDECIDED, Standing.UNDECIDED
        place = self._places[id(branch)]
        if not branch.adverse:
            return place, Standing.FREE if branch.result == Result.ADMIT else Standing.RESTRICTED
        if branch.result == Result.QUARANTINE:
            return place, Standing.RESTRICTED
        return place, Standing.REMEDY if taken and self._helps(branch, country, age, claims) else Standing.SHUT_OUT

    def _met(self, country: str, age: int, claims: tuple[AnyClaim, ...]) -> Branch | None:
        born = PartialDate.of((self._at - timedelta(days=age * 365.25)).date())
        payload = proofs.payload(Person(Name(), born), claims, self._leg)
        told = self._told[canonical(country) == canonical(self._policy.country)]
        told = told | {"journey": told["journey"] | {"origin": country}}
        return decide(self._policy, payload, told, evaluate=self._evaluate).branch

    def _evaluate(self, rule: Rule, payload: Mapping[str, Any], told: Mapping[str, Any]) -> Outcome:
        return self._rules[rule.identifier](payload, told)

    def _helps(self, branch: Branch, country: str, age: int, claims: tuple[AnyClaim, ...]) -> bool:
        """Whether the test that a branch names, taken and negative, leads in."""
        remedy = branch.remedy
        if remedy is None or remedy.kind is not RemedyKind.TEST or remedy.test not in RESULT_IN:
            return False
        after = self._met(country, age, proofs.unique([*claims, self._negative(remedy.test)]))
        return after is not None and not after.adverse

    def _negative(self, kind: TestKind) -> Test:
        country = self._leg.to
        return Test(
            uvci=f"URN:UVCI:01:{country}:{'0' * 32}", disease=COVID_19, country=country, issuer="", kind=kind,
            sampled=self._at - RESULT_IN[kind], result=NOT_DETECTED, method=TEST_TYPES[kind],
        )  # fmt: skip
