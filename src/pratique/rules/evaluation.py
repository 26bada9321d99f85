"""What a rule makes of a certificate: passed, failed or open; and where it is open, why.

    external = {"validationClock": "2021-07-01T10:00:00Z", "valueSets": {...}, "countryCode": "XA", ...}
    run(rule, dcc.to_dcc(certificate), external)      -> Outcome.PASSED

Nothing that a certificate holds is ever an exception here: a rule that has no value for it is open.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct

from pratique.model.dcc import VERSION
from pratique.model.reasons import Reason
from pratique.rules.certlogic import interpret
from pratique.rules.rule import Rule, version_of
from pratique.rules.values import EvaluationError

ENGINE = "CERTLOGIC"
ENGINE_VERSION = "1.3.3"
"""The language, and the version of its specification up to which rules are understood."""


class Outcome(StrEnum):
    """What a rule says of a certificate."""

    PASSED = "passed"
    FAILED = "failed"
    OPEN = "open"
    """Undecided: data is missing or of another kind, or the rule is written for a newer engine. Never a refusal."""


class Finding(Struct, frozen=True):
    """An outcome; where it is open, the reason, and the operand in the rule that had no value."""

    outcome: Outcome
    reason: Reason | None = None
    path: str = ""


def run(rule: Rule, payload: Mapping[str, Any], external: Mapping[str, Any]) -> Outcome:
    """The outcome by the reference interpreter; `payload` is a certificate in the shape of a DCC."""
    return find(rule, payload, external).outcome


def find(rule: Rule, payload: Mapping[str, Any], external: Mapping[str, Any]) -> Finding:
    """The same with the reason why it is open."""
    if reason := not_understood(rule):
        return Finding(Outcome.OPEN, reason)
    try:
        value = interpret(rule.logic, {"payload": payload, "external": external}, (None, "Logic"))
    except EvaluationError as fault:
        return Finding(Outcome.OPEN, fault.reason, fault.path)
    if value is True:
        return Finding(Outcome.PASSED)
    if value is False:
        return Finding(Outcome.FAILED)
    return Finding(Outcome.OPEN, Reason.OPEN_RESULT, "Logic")


def not_understood(rule: Rule) -> Reason | None:
    """Why the rule's logic is not evaluated at all: a newer engine, or a newer shape of certificate than ours.

    A certificate that a rule gets is always in our shape, whatever version it was issued in.
    """
    if rule.engine != ENGINE or version_of(rule.engine_version) > version_of(ENGINE_VERSION):
        return Reason.OPEN_ENGINE
    return Reason.OPEN_SCHEMA if version_of(rule.schema_version) > version_of(VERSION) else None
