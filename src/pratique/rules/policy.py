"""A policy: what a setting asks of people, for how long, on which ground, and what follows if they do not meet it.

    {"policy": 1, "identifier": "XA-EVENTS", "version": "1.0.0", "country": "XA", "disease": "840539006",
     "title": {"en": "..."}, "purpose": {"en": "..."}, "setting": "large_event", "instrument": "...",
     "published": "...", "start": "...", "sunset": "...", "categories": ["tests", ...], "shows": ["paper", "screen"],
     "rules": [rule, ...],
     "branches": [{"result": "admit", "title": {"en": "..."}, "rules": ["TR-XA-0001"]}],
     "otherwise": {"result": "not_admitted", "title": {"en": "..."}, "cause": "no_proof", "ends": {"hours": 24},
                   "remedy": {"kind": "test", "test": "antigen"}, "appeal": {"to": "...", "hours": 24}}}

The first branch of which all rules pass counts; `otherwise` is for whoever meets none. What a policy may not be is in
`linting.py`; whatever it is, a file that is read here can be evaluated.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from pratique.model.certificate import TestKind
from pratique.model.countries import canonical, is_country
from pratique.model.dates import YEARS, parse_instant
from pratique.model.errors import Problem, RuleRefused
from pratique.model.reasons import Reason
from pratique.rules.evaluation import Outcome, run
from pratique.rules.fields import decoded, fields_of, read_rules, stray, unsaid
from pratique.rules.rule import ENTRIES, Rule


class Setting(StrEnum):
    """Where a policy holds. Those under `ESSENTIAL` are known so that they can be refused by name."""

    BORDER = "border"
    TRANSIT = "transit"
    LARGE_EVENT = "large_event"
    NIGHTLIFE = "nightlife"
    SPORT = "sport"
    CULTURE = "culture"
    HEALTH_CODE = "health_code"
    SUPERMARKET = "supermarket"
    PHARMACY = "pharmacy"
    HOSPITAL = "hospital"
    CARE_HOME = "care_home"
    SCHOOL = "school"
    COURT = "court"
    HOME = "home"
    PUBLIC_TRANSPORT = "public_transport"
    WORSHIP = "worship"
    POLLING_STATION = "polling_station"


BORDERS = frozenset({Setting.BORDER, Setting.TRANSIT})
ESSENTIAL = frozenset(list(Setting)[list(Setting).index(Setting.SUPERMARKET) :])
"""What nobody can do without: food, care, education, justice, a home, the way there, a vote."""


class Result(StrEnum):
    """What can come of a policy. There is no other, and none is a number."""

    ADMIT = "admit"
    TEST_FIRST = "test_first"
    """Admitted after a test that is taken there."""
    QUARANTINE = "quarantine"
    NOT_ADMITTED = "not_admitted"
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    UNKNOWN = "unknown"
    """No colour: what it would rest on is missing, or too old. Nothing follows from it but what would mend it."""


ADVERSE = frozenset({Result.QUARANTINE, Result.NOT_ADMITTED, Result.YELLOW, Result.RED})
"""The results that a person has to be told the cause, the end, the remedy and the appeal of."""


class Cause(StrEnum):
    """Why somebody gets an adverse result: facts about an epidemic, and nothing else."""

    NO_PROOF = "no_proof"
    POSITIVE_TEST = "positive_test"
    CONTACT = "contact"
    SYMPTOMS = "symptoms"
    TRIP = "trip"
    OBSERVATION = "observation"
    """A health authority asked somebody to stay somewhere, until a day that it named."""


class Shown(StrEnum):
    """In which form a proof counts."""

    PAPER = "paper"
    SCREEN = "screen"
    SEALED = "sealed"
    """Encrypted to one reader, so that neither the holder nor anybody else can see what it says."""


class RemedyKind(StrEnum):
    """What somebody can do about an adverse result."""

    TEST = "test"
    WAIT = "wait"
    DECLARE = "declare"
    """Say how one is: for the health code alone."""
    VACCINATION = "vaccination"
    """Under Annex 7 of the International Health Regulations alone."""


class Ends(Struct, frozen=True, forbid_unknown_fields=True):
    """After how long a result ends by itself, counted from when it was given; a colour's from `Branch.since`."""

    days: Annotated[int, Meta(ge=0, le=28)] = 0
    hours: Annotated[int, Meta(ge=0, le=672)] = 0


class Remedy(Struct, frozen=True, forbid_unknown_fields=True):
    """What leads out of it; `test` for the kind TEST: molecular or antigen."""

    kind: RemedyKind
    test: TestKind | None = None
    twice: bool = False
    """Two of them, the samples 24 hours apart (`facts.APART`)."""


class Appeal(Struct, frozen=True, forbid_unknown_fields=True):
    """Who decides about an appeal, and within how many hours."""

    to: Annotated[str, Meta(min_length=1)]
    hours: Annotated[int, Meta(ge=1, le=72)]


class Branch(Struct, frozen=True, forbid_unknown_fields=True):
    """One way through a policy: the rules that must all pass, and what comes of it.

    `result` is one of `Result` in every policy that may be published; `rules` are empty for what happens otherwise.
    """

    result: str
    title: dict[str, str]
    rules: tuple[str, ...] = ()
    cause: str | None = None
    ends: Ends | None = None
    remedy: Remedy | None = None
    appeal: Appeal | None = None
    since: str | None = None
    """For the health code: the fact that it rests on and that `ends` is counted from, such as `contacts.close`,
    `observations.home`, `trips.high`, `tests.molecular` (its sample), `tests.molecular.positive`, `declarations` (the
    last day) or `declarations.abnormal`. Days are counted from the end of a day. Nobody of whom there is no such fact,
    or for whom that time is over, is in this branch, whatever its rules say."""
    quarantine: bool = False
    """For the health code: whether one has to stay in, until it ends."""

    @property
    def adverse(self) -> bool:
        """Whether it is worse than being let in; a result that is none of ours counts as one."""
        return self.result in ADVERSE or self.result not in set(Result)


class Extension(Struct, frozen=True, forbid_unknown_fields=True):
    """The policy that another one goes on with, and the instant at which that one lapses."""

    identifier: str
    sunset: str

    @property
    def lapses(self) -> datetime:
        """Raises `ValueError` for a text that is no instant; none is in a policy that was read."""
        return parse_instant(self.sunset)


class PolicySignature(Struct, frozen=True, forbid_unknown_fields=True):
    """One official's signature over the policy without its signatures; what exactly is signed is in `signing`."""

    signer: str
    signature: bytes


class Policy(Struct, frozen=True, kw_only=True):
    """A policy as it was read. Coded fields are texts as they stand, since a historical one may hold any."""

    identifier: str
    version: str
    country: str
    disease: str
    title: Mapping[str, str]
    purpose: Mapping[str, str]
    setting: str
    instrument: str
    """The law or order that it rests on."""
    published: datetime
    """When the public was told of it."""
    start: datetime
    sunset: datetime | None = None
    """The first instant at which it does not hold any more."""
    categories: tuple[str, ...]
    shows: tuple[Shown, ...]
    rules: tuple[Rule, ...]
    branches: tuple[Branch, ...]
    otherwise: Branch
    areas: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    """For the health code: the areas it speaks of, by `facts.Level`: a country, or the first two, four or six digits of
    a county (`XA-3301`)."""
    of_right: Branch | None = None
    """At a border, instead of `not_admitted`: for nationals, residents and people who seek protection."""
    waiver: str | None = None
    extends: Extension | None = None
    signers: tuple[str, ...] = ()
    """The officials who have to sign, by the names under which their keys are known."""
    signatures: tuple[PolicySignature, ...] = ()
    historical: bool = False

    @property
    def edition(self) -> str:
        """What tells it from every other, its own earlier texts among them: identifier and version."""
        return f"{self.identifier} {self.version}"

    def in_force(self, at: datetime) -> bool:
        """Whether it holds at an instant; a historical one without an end holds for ever, as it did."""
        return self.start <= at and (self.sunset is None or at < self.sunset)


class Decision(Struct, frozen=True):
    """What a policy makes of somebody. `branch` is None where it is undecided, which is never adverse."""

    branch: Branch | None = None

    @property
    def outcome(self) -> Outcome:
        """Passed where nothing stands in the way, failed where the result is adverse."""
        if self.branch is None or self.branch.result == Result.UNKNOWN:
            return Outcome.OPEN
        return Outcome.FAILED if self.branch.adverse else Outcome.PASSED


Evaluator = Callable[[Rule, Mapping[str, Any], Mapping[str, Any]], Outcome]


def decide(
    policy: Policy, payload: Mapping[str, Any], external: Mapping[str, Any], *, evaluate: Evaluator = run
) -> Decision:
    """The first branch that is met. An open one before it that leads elsewhere leaves everything undecided.

    `payload` is a certificate in the shape of a DCC, or, for the health code, `Facts.to_data()`.
    """
    rules = {rule.identifier: rule for rule in policy.rules}
    undecided: set[str] = set()
    for branch in (*policy.branches, policy.otherwise):
        asked = [rules[name] for name in branch.rules]
        if any(not _can_be_met(rule, policy, payload) for rule in asked):
            continue
        found = [evaluate(rule, payload, external) for rule in asked]
        if Outcome.FAILED in found:
            continue
        if Outcome.OPEN in found:
            undecided.add(branch.result)
            continue
        if undecided - {branch.result}:
            return Decision()
        return Decision(_of_right(policy, branch, external))
    return Decision()


def _can_be_met(rule: Rule, policy: Policy, payload: Mapping[str, Any]) -> bool:
    """Whether a certificate has an entry that the rule is about; facts are no certificate."""
    group = ENTRIES.get(rule.certificate_type)
    return group is None or policy.setting == Setting.HEALTH_CODE or bool(payload.get(group))


def _of_right(policy: Policy, branch: Branch, external: Mapping[str, Any]) -> Branch:
    """At a border nobody who may not be turned away is: whatever the branch says, they get `of_right` instead."""
    journey = external.get("journey")
    of_right = isinstance(journey, dict) and journey.get("ofRight") is True
    turned_away = policy.setting in BORDERS and branch.result == Result.NOT_ADMITTED
    return policy.of_right if of_right and turned_away and policy.of_right is not None else branch


_FIELDS: dict[str, Any] = {
    "policy": int,
    "identifier": str,
    "version": str,
    "country": str,
    "disease": str,
    "title": dict[str, str],
    "purpose": dict[str, str],
    "setting": str,
    "instrument": str,
    "published": str,
    "start": str,
    "sunset": str,
    "categories": tuple[str, ...],
    "shows": tuple[Shown, ...],
    "rules": msgspec.Raw,
    "branches": list[msgspec.Raw],
    "otherwise": Branch,
    "areas": dict[str, tuple[str, ...]],
    "of_right": Branch,
    "waiver": str,
    "extends": Extension,
    "signers": tuple[str, ...],
    "signatures": tuple[PolicySignature, ...],
    "historical": bool,
}
_OPTIONAL = {"sunset", "areas", "of_right", "waiver", "extends", "signers", "signatures", "historical"}
"""A missing sunset is a finding of its own, since that is what such policies were known for."""


def read_policy(data: bytes) -> Policy:
    """Read a policy whatever it asks for. Raises `RuleRefused` with every place that nobody could evaluate."""
    fields = fields_of(data, "policy")
    problems = stray(fields, _FIELDS, _OPTIONAL)
    read: dict[str, Any] = {
        name: decoded(fields[name], kind, name, problems) for name, kind in _FIELDS.items() if name in fields
    }
    rules = read_rules(bytes(fields["rules"]), "rules", read.get("country"), problems) if "rules" in fields else ()
    read["rules"] = rules
    read["branches"] = tuple(
        branch
        for number, raw in enumerate(read.get("branches") or ())
        if (branch := decoded(raw, Branch, f"branches[{number}]", problems))
    )
    problems += _contradictions(read)
    for name in ("published", "start", "sunset"):
        read[name] = _instant(read.get(name), name, problems)
    if problems:
        raise RuleRefused(dict.fromkeys(problems))
    return Policy(**{name: value for name, value in read.items() if name != "policy"})


def _instant(text: str | None, name: str, problems: list[Problem]) -> datetime | None:
    """An instant of the years in which days can be counted from it; None, and a problem, for any other text."""
    try:
        moment = None if text is None else parse_instant(text)
    except ValueError:
        problems.append(Problem(name, Reason.RULE_FIELD_VALUE))
        return None
    if moment is not None and moment.year not in YEARS:
        problems.append(Problem(name, Reason.RULE_FIELD_VALUE))
    return moment


def _contradictions(read: Mapping[str, Any]) -> list[Problem]:
    """What is of the right kind and still says nothing, or nothing that fits the rest."""
    problems = []
    if read.get("policy", 1) != 1:
        problems.append(Problem("policy", Reason.RULE_FIELD_VALUE))
    if read.get("country") is not None and not is_country(canonical(read["country"])):
        problems.append(Problem("country", Reason.RULE_FIELD_VALUE))
    stated = {name: read[name] for name in ("identifier", "instrument") if read.get(name) is not None}
    problems += unsaid(stated | {name: read[name] for name in ("title", "purpose") if read.get(name) is not None})
    if read.get("extends") is not None:
        _instant(read["extends"].sunset, "extends.sunset", problems)
    known = {rule.identifier for rule in read["rules"] if rule.kind == "Acceptance"}
    if len(known) < len(read["rules"]):
        problems.append(Problem("rules", Reason.POLICY_RULE))
    for number, branch in enumerate(read["branches"]):
        if not branch.rules or not known.issuperset(branch.rules):
            problems.append(Problem(f"branches[{number}].rules", Reason.POLICY_RULE))
    without = [name for name in ("otherwise", "of_right") if read.get(name) is not None and read[name].rules]
    return problems + [Problem(f"{name}.rules", Reason.POLICY_RULE) for name in without]
