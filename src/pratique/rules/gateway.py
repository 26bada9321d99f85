"""What a gateway asks of a rule before it publishes it, beyond that it can be evaluated.

The checks are those of the EU gateway for validation rules (its JSON schema, and its checks of identifier, country,
version and times), and two that the tooling around it made: a prefix that agrees with the certificate type, and
affected fields that are those the logic reads.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from pratique.model.dates import parse_instant
from pratique.model.errors import Problem, RuleRefused
from pratique.model.reasons import Reason
from pratique.rules.checking import check, paths
from pratique.rules.fields import each_rule
from pratique.rules.rule import FIELDS, Rule, read_json, read_rule, version_of

MAX_LEAD = timedelta(weeks=2)
"""A rule is published at most this long before it counts."""
MIN_LEAD = timedelta(hours=48)
"""A rule that people are to meet is published at least this long before; one that withdraws certificates need not."""
MIN_DURATION = timedelta(hours=72)
MIN_DESCRIPTION = 20
"""Characters of a description."""

_PREFIXES = {"General": "GR", "Vaccination": "VR", "Test": "TR", "Recovery": "RR"}
_WITHDRAWING = "IR"
_FORMS = {
    "Country": re.compile("[A-Z]{2}"),
    "ValidFrom": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)", re.ASCII),
    "ValidTo": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)", re.ASCII),
}
_IDENTIFIER = re.compile(r"(GR|VR|TR|RR|IR)-([A-Z]{2})-\d{4}", re.ASCII)
_LANGUAGE = re.compile("[a-z]{2}(?:-[a-z]{2})?")


def problems(data: bytes) -> tuple[Problem, ...]:
    """All that is wrong with a rule as it is written, whoever publishes it and whenever; empty if nothing is."""
    try:
        content = read_json(data)
    except RuleRefused as refusal:
        return refusal.problems
    return (*_unreadable(content), *_written(content))


def list_problems(data: bytes) -> tuple[Problem, ...]:
    """The same for all rules of a list, as a country publishes its own, each place under the rule's number."""
    try:
        rules = each_rule(data)
    except RuleRefused as refusal:
        return refusal.problems
    return tuple(
        Problem(f"[{number}].{each.path}".rstrip("."), each.reason)
        for number, rule in enumerate(rules)
        for each in problems(rule)
    )


def upload_problems(data: bytes, *, country: str, at: datetime, previous: Rule | None = None) -> tuple[Problem, ...]:
    """The same for a rule that `country` uploads at the instant `at`, after `previous` of the same identifier."""
    if at.tzinfo is None:
        raise ValueError("`at` must be an aware instant")
    found = list(problems(data))
    try:
        rule = read_rule(read_json(data))
    except RuleRefused:
        return tuple(found)
    return (*found, *_of_country(rule, country), *_after(rule, previous), *_timely(rule, at, previous))


def _unreadable(content: Mapping[str, Any]) -> tuple[Problem, ...]:
    try:
        read_rule(content)
    except RuleRefused as refusal:
        return refusal.problems
    return ()


def _written(content: Mapping[str, Any]) -> Iterator[Problem]:
    for name in sorted(content.keys() - FIELDS.keys()):
        yield Problem(name, Reason.RULE_FIELD_UNKNOWN)
    for name, form in _FORMS.items():
        value = content.get(name)
        if isinstance(value, str) and FIELDS[name](value) and not form.fullmatch(value):
            yield Problem(name, Reason.RULE_FIELD_VALUE)
    yield from _named(content)
    yield from _described(content.get("Description"))
    yield from _fields(content)
    yield from _lasting(content)


def _named(content: Mapping[str, Any]) -> Iterator[Problem]:
    """The identifier says the kind of rule: IR withdraws certificates, the others accept those of one type."""
    match = _IDENTIFIER.fullmatch(str(content.get("Identifier", "")))
    if match is None:
        if "Identifier" in content:
            yield Problem("Identifier", Reason.RULE_IDENTIFIER)
        return
    prefix, country = match.groups()
    withdraws = content.get("Type") == "Invalidation"
    if withdraws is not (prefix == _WITHDRAWING) or (
        not withdraws and prefix != _PREFIXES.get(str(content.get("CertificateType")), prefix)
    ):
        yield Problem("Identifier", Reason.RULE_IDENTIFIER_KIND)
    if country != content.get("Country"):
        yield Problem("Identifier", Reason.RULE_COUNTRY)


def _described(entries: object) -> Iterator[Problem]:
    if not FIELDS["Description"](entries) or not isinstance(entries, list):
        return
    if not any(entry["lang"] == "en" for entry in entries):
        yield Problem("Description", Reason.RULE_DESCRIPTION)
    for number, entry in enumerate(entries):
        if not _LANGUAGE.fullmatch(entry["lang"]):
            yield Problem(f"Description[{number}].lang", Reason.RULE_FIELD_VALUE)
        if len(entry["desc"].strip()) < MIN_DESCRIPTION:
            yield Problem(f"Description[{number}].desc", Reason.RULE_DESCRIPTION)


def _fields(content: Mapping[str, Any]) -> Iterator[Problem]:
    """The affected fields are the paths below `payload` that the logic reads; the whole of it cannot be declared."""
    affected, logic = content.get("AffectedFields"), content.get("Logic")
    if not FIELDS["AffectedFields"](affected) or not isinstance(affected, list):
        return
    if not FIELDS["Logic"](logic) or check(logic):
        return
    read = {path.removeprefix("payload.") for path in paths(logic) if path.partition(".")[0] in ("payload", "")}
    if read != set(affected):
        yield Problem("AffectedFields", Reason.RULE_AFFECTED_FIELDS)


def _lasting(content: Mapping[str, Any]) -> Iterator[Problem]:
    begin, end = content.get("ValidFrom"), content.get("ValidTo")
    if not (isinstance(begin, str) and isinstance(end, str) and FIELDS["ValidFrom"](begin) and FIELDS["ValidTo"](end)):
        return
    duration = parse_instant(end) - parse_instant(begin)
    if duration <= timedelta(0):
        yield Problem("ValidTo", Reason.RULE_PERIOD)
    elif duration < MIN_DURATION:
        yield Problem("ValidTo", Reason.RULE_DURATION)


def _of_country(rule: Rule, country: str) -> Iterator[Problem]:
    if rule.country != country:
        yield Problem("Country", Reason.RULE_COUNTRY)


def _after(rule: Rule, previous: Rule | None) -> Iterator[Problem]:
    if previous is None:
        return
    if rule.identifier != previous.identifier:
        yield Problem("Identifier", Reason.RULE_IDENTIFIER)
    if version_of(rule.version) <= version_of(previous.version):
        yield Problem("Version", Reason.RULE_VERSION)


def _timely(rule: Rule, at: datetime, previous: Rule | None) -> Iterator[Problem]:
    lead = rule.valid_from - at
    least = MIN_LEAD if rule.kind == "Acceptance" else timedelta(0)
    if not least <= lead <= MAX_LEAD or (previous is not None and rule.valid_from < previous.valid_from):
        yield Problem("ValidFrom", Reason.RULE_LEAD)
