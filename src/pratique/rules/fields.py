"""The fields of our own files (entry rules, policies, agreements, officials), read one by one, each with its place."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import TypeVar

import msgspec

from pratique.model.countries import canonical
from pratique.model.errors import Problem, RuleRefused
from pratique.model.reasons import Reason
from pratique.rules.rule import Rule, each_name_once, parse_rule

T = TypeVar("T")

MAX_FILE = 4 * 1024 * 1024
"""Octets: the rules of all member states together have less than one million."""
MAX_RULES = 200
"""The member state with the most rules has 22; each is evaluated for every traveller."""

_PLACE = re.compile(r" - at `\$(.*)`$")
_FIELD = re.compile(r"Object (missing required|contains unknown) field `(.*?)`")
_STRAY = {"missing required": Reason.RULE_FIELD_MISSING, "contains unknown": Reason.RULE_FIELD_UNKNOWN}


def fields_of(data: bytes, kind: str) -> dict[str, msgspec.Raw]:
    """The fields of a file of ours, of which the one named `kind` says what it is.

    Raises `RuleRefused` with the one thing that is wrong: a file of another kind would be told of every field.
    """
    if len(data) > MAX_FILE:
        raise RuleRefused([Problem("", Reason.RULE_TOO_LARGE)])
    try:
        fields = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        json.loads(data, object_pairs_hook=each_name_once)
    except (msgspec.DecodeError, ValueError) as fault:
        raise RuleRefused([Problem("", Reason.RULE_UNREADABLE)]) from fault
    except RecursionError as fault:
        raise RuleRefused([Problem("", Reason.RULE_TOO_DEEP)]) from fault
    if kind not in fields:
        raise RuleRefused([Problem(kind, Reason.RULE_FILE_KIND)])
    return fields


def stray(fields: Collection[str], known: Collection[str], optional: Collection[str]) -> list[Problem]:
    """The fields that nobody knows, and those that are missing."""
    unknown = [Problem(name, Reason.RULE_FIELD_UNKNOWN) for name in fields if name not in known]
    missing = [name for name in known if name not in fields and name not in optional]
    return unknown + [Problem(name, Reason.RULE_FIELD_MISSING) for name in missing]


def unsaid(texts: Mapping[str, str | Mapping[str, str]], place: str = "") -> Iterator[Problem]:
    """Texts that are empty, and those by language that are not in English, which every reader can ask for."""
    for name, stated in texts.items():
        if isinstance(stated, str):
            if not stated.strip():
                yield Problem(f"{place}{name}", Reason.RULE_FIELD_VALUE)
        elif "en" not in stated:
            yield Problem(f"{place}{name}.en", Reason.RULE_FIELD_MISSING)
        elif not stated["en"].strip():
            yield Problem(f"{place}{name}.en", Reason.RULE_FIELD_VALUE)


def decoded(raw: bytes | msgspec.Raw, kind: type[T], place: str, problems: list[Problem]) -> T | None:
    """A value out of a file; where it cannot be one, None, and what is wrong is added to `problems`."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        problems.append(field_problem(fault, place))
        return None


def field_problem(fault: msgspec.DecodeError | UnicodeDecodeError, place: str = "") -> Problem:
    """The field under `place` that a decoder stumbled over: missing, not known, or of another kind of value."""
    inside, name = _PLACE.search(str(fault)), _FIELD.match(str(fault))
    steps = place + (inside[1] if inside else "") + (f".{name[2]}" if name else "")
    return Problem(steps.removeprefix("."), _STRAY[name[1]] if name else Reason.RULE_FIELD_VALUE)


def each_rule(data: bytes, place: str = "") -> list[bytes]:
    """The rules of a list, each as its own text and not read yet. Raises `RuleRefused` for what is no list of rules."""
    try:
        raws = msgspec.json.decode(data, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise RuleRefused([Problem(place, Reason.RULE_UNREADABLE)]) from fault
    except RecursionError as fault:
        raise RuleRefused([Problem(place, Reason.RULE_TOO_DEEP)]) from fault
    if len(raws) > MAX_RULES:
        raise RuleRefused([Problem(place, Reason.RULE_TOO_LARGE)])
    return [bytes(raw) for raw in raws]


def read_rules(data: bytes, place: str, country: str | None, problems: list[Problem]) -> tuple[Rule, ...]:
    """The rules of a list, all of one country if it is named; what is wrong with any of them is added to `problems`."""
    try:
        raws = each_rule(data, place)
    except RuleRefused as refusal:
        problems += refusal.problems
        return ()
    rules = []
    for number, raw in enumerate(raws):
        here = f"{place}[{number}]"
        try:
            rule = parse_rule(raw)
        except RuleRefused as refusal:
            problems += [Problem(f"{here}.{each.path}".rstrip("."), each.reason) for each in refusal.problems]
            continue
        if country is not None and canonical(rule.country) != canonical(country):
            problems.append(Problem(f"{here}.Country", Reason.RULE_FIELD_VALUE))
        rules.append(rule)
    return tuple(rules)
