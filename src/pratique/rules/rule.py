"""A rule as the member states publish it: the JSON of the EU gateway, read into a value that can be evaluated."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from pratique.model.dates import parse_instant
from pratique.model.errors import Problem, RuleRefused
from pratique.model.reasons import Reason
from pratique.rules.checking import check

MAX_RULE = 64 * 1024
"""Octets of a rule; the largest published one has less than 5 000, descriptions in five languages included."""

KINDS = ("Acceptance", "Invalidation")
CERTIFICATE_TYPES = ("General", "Test", "Vaccination", "Recovery")
ENTRIES = {"Vaccination": "v", "Test": "t", "Recovery": "r"}
"""Where a DCC states what a certificate type is about. Without such an entry a rule of the type is not met, whatever it
says: one about vaccinations is often written so that whoever has none passes, which is no proof of one."""

_VERSION = re.compile(r"(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:[-+].*)?", re.ASCII)


class Rule(Struct, frozen=True, kw_only=True):
    """One rule of one country. Its logic was checked: a rule that cannot be evaluated cannot be made (`RuleRefused`).

    `kind` is one of `KINDS`, `certificate_type` one of `CERTIFICATE_TYPES`; versions are `x.y.z`; `valid_to` is the
    first instant at which the rule does not count any more. `description` is by language, `affected` as published.
    """

    identifier: str
    kind: str
    certificate_type: str
    country: str
    region: str | None = None
    version: str
    engine: str
    engine_version: str
    schema_version: str
    description: Mapping[str, str]
    valid_from: datetime
    valid_to: datetime
    affected: tuple[str, ...]
    logic: Any

    def __post_init__(self) -> None:
        if problems := check(self.logic, "Logic"):
            raise RuleRefused(problems)


def parse_rule(data: bytes) -> Rule:
    """Read the JSON of one rule. Raises `RuleRefused` with everything that is wrong.

    Fields that are not known are passed over: a rule of a newer gateway still says what it says.
    """
    return read_rule(read_json(data))


def read_json(data: bytes) -> dict[str, Any]:
    """The object that a rule is. Raises `RuleRefused` for other JSON, and where a name stands twice."""
    if len(data) > MAX_RULE:
        raise RuleRefused([Problem("", Reason.RULE_TOO_LARGE)])
    try:
        content = json.loads(data.decode("utf-8"), object_pairs_hook=each_name_once, parse_constant=_refuse)
    except RecursionError as fault:
        raise RuleRefused([Problem("", Reason.RULE_TOO_DEEP)]) from fault
    except ValueError as fault:
        raise RuleRefused([Problem("", Reason.RULE_UNREADABLE)]) from fault
    if not isinstance(content, dict):
        raise RuleRefused([Problem("", Reason.RULE_UNREADABLE)])
    return content


def each_name_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; one that names something twice says two things, and readers differ in which one they hear.

    Raises `ValueError`.
    """
    found = dict(members)
    if len(found) < len(members):
        raise ValueError("a name stands twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError("JSON has neither NaN nor infinities")


def read_rule(content: Mapping[str, Any]) -> Rule:
    """The same from JSON that was parsed before. Raises `RuleRefused`."""
    problems = list(_problems(content))
    problems += check(content["Logic"], "Logic") if "Logic" in content else []
    if problems:
        raise RuleRefused(problems)
    as_they_are: dict[str, Any] = {attribute: content.get(name) for name, attribute in _AS_THEY_ARE.items()}
    return Rule(
        **as_they_are,
        description={entry["lang"]: entry["desc"] for entry in content["Description"]},
        valid_from=parse_instant(content["ValidFrom"]),
        valid_to=parse_instant(content["ValidTo"]),
        affected=tuple(content["AffectedFields"]),
    )


_AS_THEY_ARE = {
    "Identifier": "identifier",
    "Type": "kind",
    "CertificateType": "certificate_type",
    "Country": "country",
    "Region": "region",
    "Version": "version",
    "Engine": "engine",
    "EngineVersion": "engine_version",
    "SchemaVersion": "schema_version",
    "Logic": "logic",
}


def _problems(content: Mapping[str, Any]) -> Iterator[Problem]:
    for name, fits in FIELDS.items():
        if name not in content:
            if name != "Region":
                yield Problem(name, Reason.RULE_FIELD_MISSING)
        elif not fits(content[name]):
            yield Problem(name, Reason.RULE_FIELD_VALUE)


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _version(value: object) -> bool:
    return isinstance(value, str) and _VERSION.fullmatch(value) is not None


def _instant(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(parse_instant(value))
    except ValueError:
        return False


def _descriptions(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(entry, dict) and _text(entry.get("lang")) and isinstance(entry.get("desc"), str) for entry in value
    )


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _one_of(allowed: Sequence[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in allowed


FIELDS: dict[str, Callable[[object], bool]] = {
    "Identifier": _text,
    "Type": _one_of(KINDS),
    "Country": _text,
    "Region": lambda value: value is None or _text(value),
    "Version": _version,
    "SchemaVersion": _version,
    "Engine": _text,
    "EngineVersion": _version,
    "CertificateType": _one_of(CERTIFICATE_TYPES),
    "Description": _descriptions,
    "ValidFrom": _instant,
    "ValidTo": _instant,
    "AffectedFields": _texts,
    "Logic": lambda value: isinstance(value, dict),
}
"""The fields of a rule, all but `Region` required, and what each must be for the rule to be read at all."""


def in_force(rules: Iterable[Rule], kind: str, at: datetime) -> tuple[Rule, ...]:
    """The rules of a kind that count at an instant, of each the latest version."""
    latest: dict[str, Rule] = {}
    for rule in rules:
        if rule.kind != kind or not rule.valid_from <= at < rule.valid_to:
            continue
        other = latest.get(rule.identifier)
        if other is None or version_of(rule.version) > version_of(other.version):
            latest[rule.identifier] = rule
    return tuple(latest.values())


def version_of(text: str) -> tuple[int, int, int]:
    """`x.y.z` as numbers that can be compared; what follows them says nothing about the order here.

    Raises `ValueError` for anything else.
    """
    match = _VERSION.fullmatch(text)
    if match is None:
        raise ValueError("not a version")
    major, minor, patch = map(int, match.groups())
    return major, minor, patch
