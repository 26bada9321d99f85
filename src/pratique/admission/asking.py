"""One rule after another over the same proofs: what they state, and every meaning of a code that nobody here knows."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from msgspec import Struct

from pratique.admission.proofs import groups
from pratique.admission.unknowns import ValueSets, as_another, meanings_of, readings
from pratique.model.certificate import AnyClaim, Exemption, Recovery, Test, Vaccination
from pratique.model.reasons import Reason
from pratique.rules import Finding, Outcome, Rule, compiled, find, paths
from pratique.rules.compiling import Compiled
from pratique.rules.rule import ENTRIES

Shape = Callable[[tuple[AnyClaim, ...]], Mapping[str, Any]]
"""What makes of claims the payload that a rule reads."""

_TESTS = "payload.tests."
_GROUPS = {Vaccination: "payload.v", Test: "payload.t", Recovery: "payload.r", Exemption: "payload.x"}


class RuleResult(Struct, frozen=True, kw_only=True):
    """What one rule said. `certificate` is the place of the certificate it was asked about, None for all together."""

    rule: str
    version: str
    outcome: Outcome
    description: Mapping[str, str]
    why: Reason | None = None
    """Where it is open: what was lacking."""
    certificate: int | None = None


class Trials:
    """A bundle's rules as functions, each compiled when it is first tried: for whoever tries them on many proofs."""

    def __init__(self, functions: dict[int, Compiled]) -> None:
        """`functions` are those that were compiled before, by the ids of their rules (`Bundle.functions`)."""
        self._functions = functions

    def find(self, rule: Rule, payload: Mapping[str, Any], told: Mapping[str, Any]) -> Finding:
        """What the interpreter would find, without its reason."""
        if id(rule) not in self._functions:
            self._functions[id(rule)] = compiled(rule)
        return Finding(self._functions[id(rule)](payload, told))


class Asking:
    """Proofs ready to be asked about. Each rule is evaluated when it is asked, and once; `results` are those so far."""

    def __init__(
        self,
        claims: tuple[AnyClaim, ...],
        shape: Shape,
        told: Mapping[str, Any],
        *,
        value_sets: ValueSets,
        latest: datetime,
        certificate: int | None = None,
        trials: Trials | None = None,
    ) -> None:
        """With `trials` a rule that is not met is left at that, though a code nobody knows might have met it."""
        self.results: dict[str, RuleResult] = {}
        self._claims, self._shape, self._told = claims, shape, told
        self._value_sets, self._latest = value_sets, latest
        self._certificate = certificate
        self._hopeful, self._find = trials is None, trials.find if trials else find
        self._stated = shape(claims)
        self._supposed: dict[tuple[int, ...], list[Mapping[str, Any]]] = {}

    def result(self, rule: Rule) -> RuleResult:
        """What `rule` says."""
        found = self.results.get(rule.identifier)
        if found is None:
            outcome, why = self._found(rule)
            found = RuleResult(
                rule=rule.identifier,
                version=rule.version,
                outcome=outcome,
                description=rule.description,
                why=why,
                certificate=self._certificate,
            )
            self.results[rule.identifier] = found
        return found

    def _found(self, rule: Rule) -> tuple[Outcome, Reason | None]:
        group = ENTRIES.get(rule.certificate_type)
        if group is not None and group not in self._stated:
            return Outcome.FAILED, None
        finding = self._find(rule, self._stated, self._told)
        if finding.outcome is not Outcome.PASSED and not self._hopeful:
            return finding.outcome, finding.reason
        for reading in self._readings(rule):
            if self._find(rule, reading, self._told).outcome is not finding.outcome:
                return Outcome.OPEN, finding.reason or Reason.OPEN_VALUE
        return finding.outcome, finding.reason

    @cached_property
    def _meanings(self) -> list[tuple[AnyClaim, ...]]:
        """What each claim may mean by the codes it holds that nobody here knows, and which other event it may be."""
        return [
            (*meanings_of(claim, self._value_sets, self._latest), *as_another(claim, self._claims))
            for claim in self._claims
        ]

    def _readings(self, rule: Rule) -> list[Mapping[str, Any]]:
        """The payloads with every meaning of the claims that the rule reads and that hold an unknown code."""
        if not any(self._meanings):
            return []
        read = paths(rule.logic)
        concerned = tuple(
            [number for number, found in enumerate(self._meanings) if found and self._reads(read, number)]
        )
        if concerned not in self._supposed:
            meanings = [found if number in concerned else () for number, found in enumerate(self._meanings)]
            self._supposed[concerned] = [self._shape(each) for each in readings(self._claims, meanings)]
        return self._supposed[concerned]

    def _reads(self, read: frozenset[str], number: int) -> bool:
        """Whether a rule that reads these paths may come upon a claim, whatever it means."""
        group = _GROUPS[type(self._claims[number])]
        tests = {
            name
            for each in (self._claims[number], *self._meanings[number])
            if isinstance(each, Test)
            for name in groups(each)
        }
        for path in read:
            if path.startswith(_TESTS):
                if path.removeprefix(_TESTS).partition(".")[0] in tests:
                    return True
            elif path.startswith(group) or path in ("", "payload"):
                return True
        return False
