"""The one rule language: CertLogic 1.3.3, for entry rules, for venue passes and for the domestic health code.

    rule = parse_rule(data)                     # or RuleRefused, with every problem and its place
    run(rule, payload, external)                # Outcome.PASSED, FAILED or OPEN: the reference interpreter
    compiled(rule)(payload, external)           # the same, faster

A third evaluator, in `pratique.rules.sql`, does a whole population at once. All three agree on every outcome.
"""

from pratique.model.errors import Problem, RuleRefused
from pratique.rules.certlogic import evaluate
from pratique.rules.checking import check, paths
from pratique.rules.compiling import compiled
from pratique.rules.evaluation import Finding, Outcome, find, run
from pratique.rules.rule import Rule, parse_rule
from pratique.rules.values import DateTime, EvaluationError

__all__ = [
    "DateTime",
    "EvaluationError",
    "Finding",
    "Outcome",
    "Problem",
    "Rule",
    "RuleRefused",
    "check",
    "compiled",
    "evaluate",
    "find",
    "parse_rule",
    "paths",
    "run",
]
