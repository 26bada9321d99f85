"""One rule after another over the same proofs: what they state, and every meaning of a code that nobody here knows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from pratique.admission.unknowns import ValueSets, readings
from pratique.model.certificate import AnyClaim, Test, Vaccination
from pratique.model.reasons import Reason
from pratique.rules import Outcome, Rule, find, paths

Shape = Callable[[tuple[AnyClaim, ...]], Mapping[str, Any]]
"""What makes of claims the payload that a rule reads."""

_MUST_BE_THERE = {"Vaccination": "v", "Test": "t", "Recovery": "r"}
_READ_BY: dict[str, tuple[type[AnyClaim], str]] = {"v": (Vaccination, "payload.v"), "t": (Test, "payload.t")}
"""Entries that can hold unknown codes, and how the paths of a rule begin that reads them (`payload.tests` too)."""


class RuleResult(Struct, frozen=True, kw_only=True):
    """What one rule said. `certificate` is the place of the certificate it was asked about, None for all together."""

    rule: str
    version: str
    outcome: Outcome
    description: Mapping[str, str]
    why: Reason | None = None
    """Where it is open: what was lacking."""
    certificate: int | None = None


class Asking:
    """Proofs ready to be asked about. Each rule is evaluated when it is asked, and once; `results` are those so far."""

    def __init__(
        self,
        claims: tuple[AnyClaim, ...],
        shape: Shape,
        told: Mapping[str, Any],
        *,
        value_sets: ValueSets,
        certificate: int | None = None,
        hopeful: bool = True,
    ) -> None:
        """`hopeful` false: a rule that is not met is left at that, though a code nobody knows might have met it."""
        self.results: dict[str, RuleResult] = {}
        self._claims, self._shape, self._told = claims, shape, told
        self._value_sets, self._certificate, self._hopeful = value_sets, certificate, hopeful
        self._stated = shape(claims)
        self._supposed: dict[str, list[Mapping[str, Any]]] = {}

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
        group = _MUST_BE_THERE.get(rule.certificate_type)
        if group is not None and group not in self._stated:
            # a rule about vaccinations is often written so that whoever has none passes, which is no proof of one
            return Outcome.FAILED, None
        finding = find(rule, self._stated, self._told)
        if finding.outcome is not Outcome.PASSED and not self._hopeful:
            return finding.outcome, finding.reason
        for name in self._groups(rule):
            for reading in self._readings(name):
                if find(rule, reading, self._told).outcome is not finding.outcome:
                    return Outcome.OPEN, finding.reason or Reason.OPEN_VALUE
        return finding.outcome, finding.reason

    def _groups(self, rule: Rule) -> Sequence[str]:
        """The entries with unknown codes that a rule may read."""
        read = paths(rule.logic)
        return [
            name
            for name, (_, begin) in _READ_BY.items()
            if any(path.startswith(begin) or path in ("", "payload") for path in read)
        ]

    def _readings(self, group: str) -> list[Mapping[str, Any]]:
        if group not in self._supposed:
            supposed = readings(self._claims, self._value_sets, _READ_BY[group][0])
            self._supposed[group] = [self._shape(claims) for claims in supposed]
        return self._supposed[group]
