"""One numbered release of everything a verifier has to know, read from files and asked for its age.

    bundle.json            number, environment, time of issue, and the age of each part
    trust.json             the trust list
    revocation.bin         what is withdrawn or replaced, and keys no longer believed
    revocation/XA.….bin    slices of what XA withdrew, where it is long
    agreements.json        who recognises whose certificates, and which measure that lifts
    officials/XA.json      whose signatures XA's policies have to bear
    policies/NAME.json     the policies that are published
    rules/XA.json          the entry rules of XA; rules/XA.yellow-fever.json those that regard another disease
    corridors/XB.NAME.json the rule set of a corridor that agreements name, at XB's border
    value-sets/ID.json     a value set as the EU publishes it; the built-in ones stand where a bundle has none

A list past its time is not wrong: what it says is then no longer established, and answers are open instead of no.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct, structs

from pratique.model import countries
from pratique.model.dates import Instant
from pratique.model.errors import BundleRefused, Problem, RuleRefused, TrustMaterialError
from pratique.model.reasons import Reason
from pratique.model.valueset import VALUE_SETS
from pratique.revocation import RevocationList, slice_from_bytes
from pratique.revocation import from_bytes as revocation_from_bytes
from pratique.rules.agreement import Agreement, Stands, parse_agreements
from pratique.rules.compiling import Compiled
from pratique.rules.entry import EntryRules, Recognises, parse_entry_rules
from pratique.rules.fields import field_problem
from pratique.rules.linting import parse_policy
from pratique.rules.policy import Policy
from pratique.rules.signing import Officials, parse_officials
from pratique.trust import Environment, TrustList

T = TypeVar("T")

MANIFEST, TRUST, REVOCATION, AGREEMENTS = "bundle.json", "trust.json", "revocation.bin", "agreements.json"
MAX_PART = 32 * 1024 * 1024
"""Octets: the largest part, a country's withdrawn identifiers, has to stay far below what a phone can read."""

_RULES = re.compile(r"rules/([A-Z]{2})(?:\.[a-z-]+)?\.json", re.ASCII)
SLICE = re.compile(r"revocation/[A-Z]{2}\.[a-z0-9-]{1,40}\.bin", re.ASCII)
_CORRIDOR = re.compile(r"corridors/([A-Z]{2})\.([a-z0-9-]{1,40})\.json", re.ASCII)
_OFFICIALS = re.compile(r"officials/([A-Z]{2})\.json", re.ASCII)
_POLICY = re.compile(r"policies/([A-Za-z0-9-]+)\.json", re.ASCII)
_VALUE_SET = re.compile(r"value-sets/([a-z0-9-]+)\.json", re.ASCII)


BUILT_IN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: tuple(values.codes) for name, values in VALUE_SETS.items()} | {"country-2-codes": countries.ALPHA_2}
)
"""The value sets of `model.valueset`, and the countries."""


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    """How old a part is: when its publisher issued it, and until when it may be relied on (None: as long as known)."""

    issued: Instant
    fresh_until: Instant | None = None

    def age(self, at: datetime) -> timedelta:
        """How long ago it was issued."""
        return at - self.issued

    def stale(self, at: datetime) -> bool:
        """Whether its time is over."""
        return self.fresh_until is not None and at > self.fresh_until


class Bundle(Struct, frozen=True, kw_only=True, dict=True):
    """A release under its number. The mappings are read-only; `parts` has one entry for each file, by its name."""

    number: int
    environment: Environment
    issued: datetime
    trust_list: TrustList
    rules: Mapping[str, tuple[EntryRules, ...]] = MappingProxyType({})
    """By country; several where a country asks about several diseases."""
    agreements: tuple[Agreement, ...] = ()
    """Of whatever status; only those in force affect an answer."""
    corridors: Mapping[tuple[str, str], EntryRules] = MappingProxyType({})
    """By the country at whose border they count, and the name under which agreements speak of them."""
    policies: Mapping[str, Policy] = MappingProxyType({})
    """By the name of the file; none is historical."""
    officials: Mapping[str, Officials] = MappingProxyType({})
    """By country: who signs its policies."""
    value_sets: Mapping[str, tuple[str, ...]] = BUILT_IN
    """The codes of each value set by the set's id, as rules read them."""
    revocation: RevocationList | None = None
    parts: Mapping[str, Part] = MappingProxyType({})

    @cached_property
    def functions(self) -> dict[int, Compiled]:
        """What was compiled of its rules so far, for whoever tries them: by the id of each rule, since two files of a
        country may call different rules by one name.
        """
        return {}

    def rules_for(self, country: str) -> tuple[EntryRules, ...]:
        """The entry rules of a country; empty where the bundle has none."""
        return self.rules.get(countries.canonical(country), ())

    def corridor(self, country: str, agreement: Agreement) -> EntryRules | None:
        """The rule set of an agreement's corridor at a country's border; None where the bundle has none."""
        if agreement.corridor is None:
            return None
        return self.corridors.get((countries.canonical(country), agreement.corridor.rules))

    def rule_files(self, country: str) -> tuple[str, ...]:
        """The names of a country's rule files, those of corridors among them."""
        code = countries.canonical(country)
        found = [
            (name, match[1]) for name in self.parts if (match := _RULES.fullmatch(name) or _CORRIDOR.fullmatch(name))
        ]
        return tuple(name for name, written in found if countries.canonical(written) == code)

    def rules_stale(self, country: str, at: datetime) -> bool:
        """Whether the time of any of a country's rule files is over, or of the agreements that these rest on."""
        asks = any(entry.recognises is Recognises.AGREEMENTS for entry in self.rules_for(country))
        asks = asks or any(_instead(each, countries.canonical(country)) for each in self.agreements)
        if asks and self.agreements_stale(at):
            return True
        return any(self.parts[name].stale(at) for name in self.rule_files(country))

    def not_before(self, at: datetime) -> datetime:
        """The instant to reckon with: a clock that is behind what was signed is wrong, whatever it shows."""
        return max(at, self.issued)

    def agreements_stale(self, at: datetime) -> bool:
        """Whether the time of the agreements is over."""
        return AGREEMENTS in self.parts and self.parts[AGREEMENTS].stale(at)

    def stale(self, at: datetime) -> tuple[str, ...]:
        """The names of the parts whose time is over."""
        return tuple(name for name, part in self.parts.items() if part.stale(at))

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> "Bundle":
        """Read a bundle: the content of each file by its name.

        Raises `BundleRefused` with everything that is wrong in any of them. A part that is not in the manifest, or that
        nobody here can read, is wrong too: it may have been meant to restrict something.
        """
        return _read(files)

    @classmethod
    def of_trust(cls, trust_list: TrustList, *, issued: datetime) -> "Bundle":
        """A bundle of nothing but a trust list, under number 0: whoever has no rules can ask the other questions."""
        part = Part(trust_list.issued or issued, trust_list.fresh_until)
        return cls(
            number=0,
            environment=trust_list.environment,
            issued=issued,
            trust_list=trust_list,
            parts=MappingProxyType({TRUST: part}),
        )


def _instead(agreement: Agreement, country: str) -> bool:
    """Whether the rules of its corridor may stand instead of a country's own."""
    corridor = agreement.corridor
    at_border = any(country in here.states for here, _ in agreement.pairs())
    return corridor is not None and corridor.stands is Stands.INSTEAD and at_border


class _Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    bundle: Literal[1]
    number: int
    environment: Environment
    issued: Instant
    parts: dict[str, Part]


class _PublishedValueSet(Struct, frozen=True, rename="camel"):
    """What the EU publishes; its further fields are descriptions for people."""

    value_set_id: str
    value_set_values: dict[str, Any]


def _read(files: Mapping[str, bytes]) -> Bundle:
    problems = list(_misplaced(files))
    manifest = _decoded(files.get(MANIFEST, b""), _Manifest, MANIFEST, problems) if MANIFEST in files else None
    if manifest is not None:
        problems += _unlisted(files, manifest)
    trust_list = _part(files, TRUST, TrustList.from_json, problems)
    revocation = _with_slices(files, _part(files, REVOCATION, revocation_from_bytes, problems), problems)
    agreements = _part(files, AGREEMENTS, parse_agreements, problems) or ()
    rules: dict[str, tuple[EntryRules, ...]] = {}
    corridors: dict[tuple[str, str], EntryRules] = {}
    policies: dict[str, Policy] = {}
    officials: dict[str, Officials] = {}
    value_sets = dict(BUILT_IN)
    for name in sorted(files):
        if found := _RULES.fullmatch(name):
            country = countries.canonical(found[1])
            read = _part(files, name, lambda data, country=country: parse_entry_rules(data, country), problems)  # type: ignore[misc]
            rules[country] = (*rules.get(country, ()), *([read] if read else []))
            if read is not None and read.historical and manifest and manifest.environment is Environment.PRODUCTION:
                problems.append(Problem(name, Reason.BUNDLE_ENVIRONMENT))
        elif found := _CORRIDOR.fullmatch(name):
            country = countries.canonical(found[1])
            one = _part(files, name, lambda data, country=country: parse_entry_rules(data, country), problems)  # type: ignore[misc]
            if one is not None:
                corridors[country, found[2]] = one
                problems += _unfit_corridor(name, one, manifest)
        elif found := _OFFICIALS.fullmatch(name):
            who = _part(files, name, parse_officials, problems)
            if who is not None and who.country != countries.canonical(found[1]):
                problems.append(Problem(f"{name}: country", Reason.RULE_FIELD_VALUE))
            elif who is not None:
                officials[who.country] = who
        elif found := _POLICY.fullmatch(name):
            policy = _part(files, name, parse_policy, problems)
            if policy is not None and policy.historical:
                problems.append(Problem(name, Reason.POLICY_HISTORICAL))
            elif policy is not None:
                policies[found[1]] = policy
        elif found := _VALUE_SET.fullmatch(name):
            published = _decoded(files[name], _PublishedValueSet, name, problems)
            if published is not None:
                value_sets[published.value_set_id] = tuple(published.value_set_values)
    if manifest is not None and trust_list is not None and trust_list.environment is not manifest.environment:
        problems.append(Problem(TRUST, Reason.BUNDLE_ENVIRONMENT))
    if problems or manifest is None or trust_list is None:
        raise BundleRefused(problems)
    return Bundle(
        number=manifest.number,
        environment=manifest.environment,
        issued=manifest.issued,
        trust_list=trust_list,
        rules=MappingProxyType(rules),
        agreements=agreements,
        corridors=MappingProxyType(corridors),
        policies=MappingProxyType(policies),
        officials=MappingProxyType(officials),
        value_sets=MappingProxyType(value_sets),
        revocation=revocation,
        parts=MappingProxyType(_ages(manifest, trust_list, revocation)),
    )


def _with_slices(
    files: Mapping[str, bytes], listed: RevocationList | None, problems: list[Problem]
) -> RevocationList | None:
    """The list with the slices that came as files of their own; they are nothing without it."""
    names = sorted(name for name in files if SLICE.fullmatch(name))
    if names and REVOCATION not in files:
        problems.append(Problem(REVOCATION, Reason.BUNDLE_PART_MISSING))
    slices = [part for name in names if (part := _part(files, name, slice_from_bytes, problems))]
    return listed.with_slices(slices) if slices and listed is not None else listed


def _unfit_corridor(name: str, rules: EntryRules, manifest: _Manifest | None) -> Iterator[Problem]:
    """A corridor is routes and what each leads to; history is no corridor in production."""
    if not rules.routes:
        yield Problem(f"{name}: routes", Reason.RULE_FIELD_MISSING)
    if rules.historical and manifest is not None and manifest.environment is Environment.PRODUCTION:
        yield Problem(name, Reason.BUNDLE_ENVIRONMENT)


def _misplaced(files: Mapping[str, bytes]) -> Iterator[Problem]:
    for name in (MANIFEST, TRUST):
        if name not in files:
            yield Problem(name, Reason.BUNDLE_PART_MISSING)
    for name, data in files.items():
        known = name in (MANIFEST, TRUST, REVOCATION, AGREEMENTS) or any(
            form.fullmatch(name) for form in (SLICE, _RULES, _CORRIDOR, _OFFICIALS, _POLICY, _VALUE_SET)
        )
        if not known:
            yield Problem(name, Reason.BUNDLE_PART_UNKNOWN)
        elif len(data) > MAX_PART:
            yield Problem(name, Reason.BUNDLE_PART_UNREADABLE)


def _unlisted(files: Mapping[str, bytes], manifest: _Manifest) -> Iterator[Problem]:
    """The manifest names every part and no other."""
    there = set(files) - {MANIFEST}
    for name in sorted(manifest.parts.keys() - there - {TRUST}):
        yield Problem(name, Reason.BUNDLE_PART_MISSING)
    for name in sorted(there - manifest.parts.keys()):
        yield Problem(name, Reason.BUNDLE_PART_UNKNOWN)


def _part(files: Mapping[str, bytes], name: str, read: Callable[[bytes], T], problems: list[Problem]) -> T | None:
    """What a file says; what is wrong with it is added to `problems`, each place under the file's name."""
    if name not in files:
        return None
    try:
        return read(files[name])
    except RuleRefused as refusal:
        problems += [Problem(f"{name}: {each.path}".rstrip(": "), each.reason) for each in refusal.problems]
    except TrustMaterialError as refusal:
        problems += [Problem(name, reason) for reason in refusal.reasons]
    except (msgspec.DecodeError, UnicodeDecodeError):
        problems.append(Problem(name, Reason.BUNDLE_PART_UNREADABLE))
    return None


def _decoded(data: bytes, kind: type[T], name: str, problems: list[Problem]) -> T | None:
    """A file of fields, each of which is known."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as fault:
        found = field_problem(fault)
        problems.append(Problem(f"{name}: {found.path}".rstrip(": "), found.reason))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        problems.append(Problem(name, Reason.BUNDLE_PART_UNREADABLE))
    return None


def _ages(manifest: _Manifest, trust_list: TrustList, revocation: RevocationList | None) -> dict[str, Part]:
    """The age of each part: the list's own where it states one, and of two ends the earlier."""
    parts = dict(manifest.parts)
    for name, found in ((TRUST, trust_list), (REVOCATION, revocation)):
        if found is None:
            continue
        listed = parts.get(name) or Part(found.issued or manifest.issued)
        ends = [end for end in (listed.fresh_until, found.fresh_until) if end is not None]
        parts[name] = structs.replace(listed, issued=found.issued or listed.issued, fresh_until=min(ends, default=None))
    return parts
