"""What a policy may not be. A finding refuses it, unless it is kept as history: then it stands beside it.

findings(policy)                     all of them, each with its place
parse_policy(data)                   or `RuleRefused`, for what `read_policy` and these say
"""

import calendar
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from pratique.model.certificate import TestKind
from pratique.model.errors import Problem, RuleRefused
from pratique.model.facts import SINCE, Category, Level
from pratique.model.reasons import Reason
from pratique.model.valueset import CONDITIONS, YELLOW_FEVER
from pratique.rules.evaluation import Outcome
from pratique.rules.personas import Persona, decision, has_a_way, personas
from pratique.rules.policy import (
    BORDERS,
    ESSENTIAL,
    Branch,
    Cause,
    Policy,
    RemedyKind,
    Result,
    Setting,
    Shown,
    read_policy,
)
from pratique.rules.reading import category_of, other_conditions, reads, weighing
from pratique.rules.signing import SIGNERS

MONTHS = 6
"""The longest a policy may hold: what the EU's regulation on certificates was first given was a year."""
NOTICE = timedelta(days=14)
"""Between the day the public is told of an extension, and the day it begins."""
ANNEX_7 = "ihr-annex-7"
"""The one waiver there is: yellow fever, under Annex 7 of the International Health Regulations (2005)."""

_AT_A_DOOR = frozenset({Result.ADMIT, Result.TEST_FIRST, Result.NOT_ADMITTED})
_COLOURS = frozenset({Result.GREEN, Result.YELLOW, Result.RED, Result.UNKNOWN})
_AREA = re.compile(r"[A-Z]{2}(-\d{2}(\d{2}){0,2})?", re.ASCII)


def parse_policy(data: bytes) -> Policy:
    """Read a policy that may be published, or one marked as historical. Raises `RuleRefused` with everything."""
    policy = read_policy(data)
    if not policy.historical and (found := findings(policy)):
        raise RuleRefused(found)
    return policy


def findings(policy: Policy, *, previous: Policy | None = None) -> tuple[Problem, ...]:
    """All that a policy is refused for, in the order of its fields; `previous` is the one that it replaces."""
    found = [
        *_purpose(policy),
        *_period(policy),
        *_extension(policy, previous),
        *_data(policy),
        *_areas(policy),
        *_outcomes(policy),
    ]
    return tuple(dict.fromkeys([*found, *_people(policy)]))


def places(policy: Policy) -> Iterator[tuple[str, Branch]]:
    """Every outcome with its place."""
    for number, branch in enumerate(policy.branches):
        yield f"branches[{number}]", branch
    yield "otherwise", policy.otherwise
    if policy.of_right is not None:
        yield "of_right", policy.of_right


def months_after(start: datetime, months: int) -> datetime:
    """The same day some months later, or the last of that month where it has no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day)


def _purpose(policy: Policy) -> Iterator[Problem]:
    if policy.disease not in {code.value for code in CONDITIONS}:
        yield Problem("disease", Reason.POLICY_CONDITION)
    if policy.setting in ESSENTIAL:
        yield Problem("setting", Reason.POLICY_ESSENTIAL)
    elif policy.setting not in set(Setting):
        yield Problem("setting", Reason.POLICY_SETTING)
    if Shown.SEALED in policy.shows and len(set(policy.shows)) == 1:
        yield Problem("shows", Reason.POLICY_SEALED)
    if policy.waiver is not None and not _under_annex_7(policy):
        yield Problem("waiver", Reason.POLICY_WAIVER)


# time


def _period(policy: Policy) -> Iterator[Problem]:
    if policy.sunset is None:
        yield Problem("sunset", Reason.POLICY_SUNSET_MISSING)
        return
    if policy.sunset <= policy.start or policy.published > policy.start:
        yield Problem("start", Reason.POLICY_PERIOD)
    elif policy.sunset > months_after(policy.start, MONTHS):
        yield Problem("sunset", Reason.POLICY_SUNSET_FAR)
    for number, rule in enumerate(policy.rules):
        if rule.valid_from > policy.start or rule.valid_to < policy.sunset:
            yield Problem(f"rules[{number}].ValidTo", Reason.POLICY_RULE)


def _extension(policy: Policy, previous: Policy | None) -> Iterator[Problem]:
    """To go on is a new decision: two who sign, two weeks' notice, and never after the end.

    That they really signed is asked where it is published, with their keys in hand (`signing.unsigned`).
    """
    same = previous is not None and previous.identifier == policy.identifier
    if policy.extends is None and not same:
        return
    if len(set(policy.signers)) < SIGNERS:
        yield Problem("signers", Reason.POLICY_SIGNERS)
    if policy.start - policy.published < NOTICE:
        yield Problem("published", Reason.POLICY_NOTICE)
    ends = [] if policy.extends is None else [policy.extends.lapses]
    ends += [previous.sunset] if previous is not None and previous.sunset is not None else []
    if any(policy.published >= end or policy.start > end for end in ends):
        yield Problem("extends", Reason.POLICY_LAPSED)


# data


def _data(policy: Policy) -> Iterator[Problem]:
    known = {category.value for category in Category}
    for number, name in enumerate(policy.categories):
        if name not in known:
            yield Problem(f"categories[{number}]", Reason.POLICY_DATA)
    read: set[str] = set()
    for number, rule in enumerate(policy.rules):
        place = f"rules[{number}].Logic"
        for each in reads(rule.logic, place):
            try:
                category = category_of(each.path, of_facts=policy.setting == Setting.HEALTH_CODE)
            except LookupError:
                yield Problem(each.place, Reason.POLICY_DATA)
                continue
            if category is None:
                continue
            read.add(category)
            if category not in policy.categories:
                yield Problem(each.place, Reason.POLICY_CATEGORY)
        yield from weighing(rule.logic, place)
        yield from other_conditions(rule.logic, place)
    for place, branch in places(policy):
        if branch.since is not None:
            yield from _since(branch.since, f"{place}.since", policy, read)
    for number, name in enumerate(policy.categories):
        if name in known - read:
            yield Problem(f"categories[{number}]", Reason.POLICY_CATEGORY)


def _since(fact: str, place: str, policy: Policy, read: set[str]) -> Iterator[Problem]:
    """A fact that a colour rests on has a day or an instant, and is one of the policy's own categories."""
    category = SINCE.get(fact)
    if category is None or policy.setting != Setting.HEALTH_CODE:
        yield Problem(place, Reason.POLICY_DATA)
    elif category not in policy.categories:
        yield Problem(place, Reason.POLICY_CATEGORY)
    else:
        read.add(category)


def _areas(policy: Policy) -> Iterator[Problem]:
    """Counties and countries, by a level that there is; there is no finer area, and no position."""
    for level, areas in policy.areas.items():
        if level not in set(Level) or policy.setting != Setting.HEALTH_CODE:
            yield Problem(f"areas.{level}", Reason.POLICY_DATA)
        for number, area in enumerate(areas):
            if not _AREA.fullmatch(area):
                yield Problem(f"areas.{level}[{number}]", Reason.POLICY_DATA)


# what comes of it


def _outcomes(policy: Policy) -> Iterator[Problem]:
    for place, branch in places(policy):
        if branch.result not in _possible(policy):
            yield Problem(f"{place}.result", Reason.POLICY_RESULT)
        if branch.adverse:
            yield from _told(branch, place, policy)
        elif branch.result == Result.UNKNOWN and not _can_be_done(branch, policy):
            yield Problem(f"{place}.remedy", Reason.POLICY_REMEDY)
    turned_away = [branch for place, branch in places(policy) if place != "of_right" and _turns_away(branch)]
    if policy.setting in BORDERS and turned_away and (policy.of_right is None or _turns_away(policy.of_right)):
        yield Problem("of_right", Reason.POLICY_OF_RIGHT)


def _possible(policy: Policy) -> frozenset[Result]:
    if policy.setting == Setting.HEALTH_CODE:
        return _COLOURS
    return _AT_A_DOOR | {Result.QUARANTINE} if policy.setting in BORDERS else _AT_A_DOOR


def _turns_away(branch: Branch) -> bool:
    return branch.adverse and branch.result != Result.QUARANTINE


def _told(branch: Branch, place: str, policy: Policy) -> Iterator[Problem]:
    """The four things that nobody may be left without."""
    if branch.cause not in set(Cause):
        yield Problem(f"{place}.cause", Reason.POLICY_CAUSE)
    if branch.ends is None or not (branch.ends.days or branch.ends.hours):
        yield Problem(f"{place}.ends", Reason.POLICY_END)
    if not _can_be_done(branch, policy):
        yield Problem(f"{place}.remedy", Reason.POLICY_REMEDY)
    if branch.appeal is None:
        yield Problem(f"{place}.appeal", Reason.POLICY_APPEAL)


def _can_be_done(branch: Branch, policy: Policy) -> bool:
    remedy = branch.remedy
    if remedy is None or (remedy.kind is RemedyKind.DECLARE and policy.setting != Setting.HEALTH_CODE):
        return False
    if remedy.twice and remedy.test is not TestKind.MOLECULAR:
        return False
    return (remedy.test in (TestKind.MOLECULAR, TestKind.ANTIGEN)) is (remedy.kind is RemedyKind.TEST)


# people


def _people(policy: Policy) -> Iterator[Problem]:
    """Each persona at the beginning, in the middle and just before the end."""
    if any(branch.result not in set(Result) for _, branch in places(policy)):
        return  # what nobody can say is good or bad leads nowhere
    end = policy.sunset or policy.start + timedelta(days=1)
    clocks = (policy.start, policy.start + (end - policy.start) / 2, end - timedelta(seconds=1))
    if _under_annex_7(policy):
        yield from _people_under_annex_7(policy, clocks)
        return
    unvaccinated = [persona for persona in personas() if not persona.vaccinated]
    if not any(has_a_way(each, policy, clock, by_quarantine=False) for each in unvaccinated for clock in clocks):
        yield Problem("branches", Reason.POLICY_VACCINATION)
        return
    for persona in personas():
        if not all(has_a_way(persona, policy, clock) for clock in clocks):
            yield Problem(f"personas.{persona.name}", Reason.POLICY_PERSONA)


def _under_annex_7(policy: Policy) -> bool:
    return policy.waiver == ANNEX_7 and policy.disease == YELLOW_FEVER.value and policy.setting in BORDERS


def _people_under_annex_7(policy: Policy, clocks: Sequence[datetime]) -> Iterator[Problem]:
    """Vaccination may be the only route; whoever may not be vaccinated is let in all the same, and others are told."""
    for persona in personas():
        for clock in clocks:
            if not _has_a_way_under_annex_7(persona, policy, clock):
                exempt = persona.name == "exempt"
                reason = Reason.POLICY_WAIVER if exempt else Reason.POLICY_PERSONA
                yield Problem(f"personas.{persona.name}", reason)
                break


def _has_a_way_under_annex_7(persona: Persona, policy: Policy, clock: datetime) -> bool:
    if persona.name == "exempt":
        return decision(persona, policy, clock).outcome is Outcome.PASSED
    if has_a_way(persona, policy, clock):
        return True
    branch = decision(persona, policy, clock).branch or policy.otherwise
    told = branch.remedy is not None and branch.remedy.kind is RemedyKind.VACCINATION
    return told and not persona.vaccinated and persona.shows in policy.shows
