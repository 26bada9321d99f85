"""The health code: what a policy makes of somebody's facts, as a colour that can account for itself.

    assess(facts, policy, at)  ->  HealthCode(colour, cause, evidence, policy, version, quarantine, starts, ends, ...)
    explain(code, "zh")        ->  the same in sentences

A yellow or red one has a cause of a closed list, the facts it rests on, the policy's version, an end that comes by
itself, a remedy and an appeal: without them none can be made. What is missing or too old is UNKNOWN, a fourth answer
and never a red one. Nothing here knows whose facts they are, and the same facts, policy and instant give the same code.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

from msgspec import Struct, structs

from pratique.model.certificate import TestKind
from pratique.model.dates import format_instant
from pratique.model.facts import Declarations, Facts, Period
from pratique.rules import personas
from pratique.rules.evaluation import run
from pratique.rules.policy import Appeal, Branch, Cause, Ends, Evaluator, Policy, Remedy, RemedyKind, decide
from pratique.rules.reading import reads
from pratique.texts.saying import Moment, Saying, say

DAY = timedelta(days=1)


class Colour(StrEnum):
    """What is shown. UNKNOWN is no colour: nothing follows from it."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    UNKNOWN = "unknown"


ADVERSE = frozenset({Colour.YELLOW, Colour.RED})

SHADES: Mapping[str, Colour] = {
    **{colour.value: colour for colour in Colour},
    "orange": Colour.YELLOW,
    "blue": Colour.YELLOW,
    "grey": Colour.UNKNOWN,
}
"""What a policy calls a result, and the colour that is. The last three are words of 2020 that no policy may use now: a
contact in isolation, a test that is awaited, a code that ran out."""


class HealthCode(Struct, frozen=True, kw_only=True):
    """A colour, and why, for how long, and what can be done about it.

    `evidence` names facts, each with its day or instant: `contacts.close@2026-11-18`. A yellow or red one without any
    of these cannot be made, one of unknown colour without a remedy neither (`ValueError`).
    """

    colour: Colour
    cause: Cause | None = None
    evidence: tuple[str, ...] = ()
    policy: str
    version: str
    quarantine: bool = False
    """Whether the holder has to stay in, until `ends`."""
    starts: datetime
    ends: datetime
    """When it ends by itself, at the latest; of an unknown one, when it is worth asking again."""
    remedy: Remedy | None = None
    appeal: Appeal | None = None
    shade: str = ""
    """The policy's own word, where that is another than the colour's: `orange`."""

    def __post_init__(self) -> None:
        if self.starts.tzinfo is None or self.ends.tzinfo is None:
            raise ValueError("a code begins and ends at instants")
        if not self.policy or not self.version:
            raise ValueError("a code has the policy that it comes from, and its version")
        if self.colour in ADVERSE:
            lacks = [name for name in ("cause", "evidence", "remedy", "appeal") if not getattr(self, name)]
            if lacks or self.ends <= self.starts:
                raise ValueError(f"a {self.colour} code cannot be without {' '.join(lacks) or 'an end'}")
        elif self.quarantine:
            raise ValueError("nobody has to stay in for a code that is neither yellow nor red")
        if self.colour is Colour.UNKNOWN and self.remedy is None:
            raise ValueError("an unknown code says what would make it known")


class Assessed(Struct, frozen=True):
    """One fact behind a code, and from when to when it lets the code count."""

    evidence: str
    starts: datetime
    ends: datetime


def external(policy: Policy, at: datetime) -> dict[str, Any]:
    """What rules know besides the person. `today` is the day at `at`, by its own offset."""
    return personas.external(policy, at)


def clock(at: datetime) -> timezone:
    """The clock by which samples have days: that of `at`, all year round, so that every engine counts alike."""
    return timezone(at.utcoffset() or timedelta())


def assess(facts: Facts, policy: Policy, at: datetime, *, evaluate: Evaluator = run) -> HealthCode:
    """What the policy makes of somebody at `at`, whose offset says when a day begins and ends.

    A branch counts while a fact that it rests on (`Branch.since`) lets it, and no longer, whatever its rules say.
    Raises `ValueError` for an `at` without an offset.
    """
    if at.tzinfo is None:
        raise ValueError("an instant has an offset")
    if not policy.in_force(at):
        return _unknown(policy, policy.otherwise, at)
    payload, told = facts.to_data(policy.areas, clock(at)), external(policy, at)
    behind = {id(branch): tuple(_behind(branch, facts, policy, at)) for branch in policy.branches}
    standing = [branch for branch in policy.branches if branch.since is None or behind[id(branch)]]
    while True:
        held = structs.replace(policy, branches=tuple(standing))
        branch = decide(held, payload, told, evaluate=evaluate).branch
        if branch is None or branch is policy.otherwise:
            return _otherwise(policy, branch, facts, at)
        code = _code(policy, branch, behind[id(branch)], at)
        if code is not None:
            return code
        standing = [each for each in standing if each is not branch]  # its time is over, or it rests on nothing


def _otherwise(policy: Policy, branch: Branch | None, facts: Facts, at: datetime) -> HealthCode:
    """Green, if that is what follows for whoever is in no branch. An adverse one would rest on nothing."""
    if branch is not None and SHADES.get(branch.result) is Colour.GREEN:
        return _plain(policy, branch, at)
    return _unknown(policy, branch or policy.otherwise, at, facts)


def _code(policy: Policy, branch: Branch, behind: tuple[Assessed, ...], at: datetime) -> HealthCode | None:
    colour = SHADES.get(branch.result, Colour.UNKNOWN)
    if colour is Colour.UNKNOWN:
        return _unknown(policy, branch, at)
    if colour is Colour.GREEN:
        return _plain(policy, branch, at, behind)
    if not behind or branch.remedy is None or branch.appeal is None or branch.cause not in set(Cause):
        return None
    longest = max(behind, key=lambda each: (each.ends, each.starts))
    return HealthCode(
        colour=colour,
        cause=Cause(branch.cause),
        evidence=_references(behind),
        policy=policy.identifier,
        version=policy.version,
        quarantine=branch.quarantine,
        starts=longest.starts,
        ends=until(longest.ends, policy),
        remedy=branch.remedy,
        appeal=branch.appeal,
        shade="" if branch.result == colour else branch.result,
    )


def _plain(policy: Policy, branch: Branch, at: datetime, behind: tuple[Assessed, ...] = ()) -> HealthCode:
    """A green one: for as long as what it rests on lets it, or for a day."""
    ends = max((each.ends for each in behind), default=_after(at, branch.ends or Ends(days=1)))
    return HealthCode(
        colour=Colour.GREEN,
        evidence=_references(behind),
        policy=policy.identifier,
        version=policy.version,
        starts=at,
        ends=until(ends, policy),
    )


def _unknown(policy: Policy, branch: Branch, at: datetime, facts: Facts | None = None) -> HealthCode:
    """No colour, and what would lead to one: what the branch says, else the policy, else a declaration."""
    stated = (branch, policy.otherwise, *policy.branches)
    remedy = next((each.remedy for each in stated if each.remedy), Remedy(RemedyKind.DECLARE))
    old = [] if facts is None or branch.since is None else list(_points(branch.since, facts, policy, at))
    return HealthCode(
        colour=Colour.UNKNOWN,
        cause=Cause.NO_PROOF,
        evidence=tuple(evidence for evidence, _, _ in sorted(old)),
        policy=policy.identifier,
        version=policy.version,
        starts=at,
        ends=until(at + DAY, policy) if policy.in_force(at) else at + DAY,
        remedy=remedy,
        appeal=next((each.appeal for each in stated if each.appeal), None),
        shade="" if branch.result in set(Colour) else branch.result,
    )


def until(ends: datetime, policy: Policy) -> datetime:
    """When a code ends that would end then: none outlives its policy, whoever set it."""
    return ends if policy.sunset is None else min(ends, policy.sunset.astimezone(ends.tzinfo))


def _references(behind: Iterable[Assessed]) -> tuple[str, ...]:
    return tuple(sorted({each.evidence for each in behind}))


# what a colour rests on


def _behind(branch: Branch, facts: Facts, policy: Policy, at: datetime) -> Iterator[Assessed]:
    """The facts that let a branch count at `at`."""
    lasts = branch.ends or Ends()
    for fact in rests_on(branch, policy):
        for evidence, point, no_later in _points(fact, facts, policy, at):
            starts = point if isinstance(point, datetime) else _midnight(point, at)
            ends = _after(point, lasts) if isinstance(point, datetime) else _after(_midnight(point + DAY, at), lasts)
            if no_later is not None:
                ends = min(ends, _midnight(no_later + DAY, at))
            if starts <= at < ends:
                yield Assessed(evidence, starts, ends)


_Point = tuple[str, datetime | date, date | None]
"""A fact's name, the day or instant from which is counted, and the day with which it ends of itself."""


def _points(fact: str, facts: Facts, policy: Policy, at: datetime) -> Iterator[_Point]:
    name, _, kind = fact.partition(".")
    match name:
        case "tests":
            yield from _tests(facts, kind, at)
        case "declarations" if facts.declarations is not None:
            yield from _declared(fact, facts.declarations, kind or "last", at)
        case "contacts" | "observations" | "trips":
            for period in facts.periods(name, kind or None, policy.areas):
                yield _period(fact, name, period)


def _tests(facts: Facts, part: str, at: datetime) -> Iterator[_Point]:
    kind, _, positive = part.partition(".")
    for test in facts.tests:
        sampled = test.found if positive else test.sampled
        if test.kind == kind and sampled is not None:
            yield f"tests.{part}@{format_instant(sampled)}", sampled.astimezone(at.tzinfo), None


def _declared(fact: str, told: Declarations, part: str, at: datetime) -> Iterator[_Point]:
    found: date | datetime | None = getattr(told, part)
    match found:
        case datetime():
            yield f"{fact}@{format_instant(found)}", found.astimezone(at.tzinfo), None
        case date():
            yield f"{fact}@{found.isoformat()}", found, None


def _period(fact: str, name: str, period: Period) -> _Point:
    """A contact and a trip count from their last day; an observation from its first, and no longer than it lasts."""
    if name == "observations":
        return f"{fact}@{period.first.isoformat()}", period.first, period.last
    return f"{fact}@{period.last.isoformat()}", period.last, None


def rests_on(branch: Branch, policy: Policy) -> list[str]:
    """The facts that let a branch count: the one it names, or, in a policy that names none, those its rules read, of
    which a negative test speaks for somebody."""
    if branch.since is not None:
        return [branch.since]
    named = {rule.identifier: rule for rule in policy.rules}
    paths = {each.path for name in branch.rules if name in named for each in reads(named[name].logic)}
    found = set()
    for path in paths:
        match path.split("."):
            case ["payload", "tests", kind, "positive" | "positive_day", *_]:
                found.add(f"tests.{kind}.positive")
            case ["payload", "tests", kind, *_] if branch.cause == Cause.NO_PROOF:
                found.add(f"tests.{kind}")
            case ["payload", "tests", kind, *_]:
                found.add(f"tests.{kind}.positive")
            case ["payload", "latest", name, kind, *_]:
                found.add(f"{name}.{kind}")
            case ["payload", ("contacts" | "observations" | "trips") as name, *_]:
                found.add(name)
            case ["payload", "declarations", *_]:
                found.add("declarations.abnormal" if branch.cause == Cause.SYMPTOMS else "declarations")
    return sorted(found)


def _midnight(day: date, at: datetime) -> datetime:
    """The instant with which a day begins, where the clock stands as in `at`."""
    return datetime(day.year, day.month, day.day, tzinfo=at.tzinfo)


def _after(moment: datetime, ends: Ends) -> datetime:
    return moment + timedelta(days=ends.days, hours=ends.hours)


# in words


def explain(code: HealthCode, language: str = "en") -> tuple[str, ...]:
    """The code in sentences, for its holder: what, why, until when, what to do, how to appeal.

    The same code gives the same sentences. Raises `LookupError` for an unknown language.
    """
    return tuple(say(each, language) for each in sayings(code))


def sayings(code: HealthCode) -> Iterator[Saying]:
    """The sentences, to be said in any language."""
    yield Saying(f"colour.said.{code.colour}")
    adverse = code.colour in ADVERSE
    if adverse and code.cause is not None:
        yield Saying(f"colour.cause.{code.cause}", {"when": _days(code)})
        yield Saying("colour.ends", {"when": Moment(code.ends)})
        if code.quarantine:
            yield Saying("colour.quarantine", {"when": Moment(code.ends)})
    if code.remedy is not None:
        yield Saying(f"colour.remedy.{_remedy(code.remedy)}", {"when": Moment(code.ends)})
    if code.appeal is not None and code.colour is not Colour.GREEN:
        yield Saying("colour.appeal", {"to": code.appeal.to, "hours": code.appeal.hours})
    yield Saying("colour.policy", {"policy": code.policy, "version": code.version})


def _remedy(remedy: Remedy) -> str:
    if remedy.kind is not RemedyKind.TEST:
        return remedy.kind.value
    return f"{remedy.test or TestKind.MOLECULAR}{'_twice' if remedy.twice else ''}"


def _days(code: HealthCode) -> tuple[date, ...]:
    """The days of the facts behind a code, as its evidence has them."""
    days = {evidence.partition("@")[2][:10] for evidence in code.evidence}
    return tuple(date.fromisoformat(day) for day in sorted(days))
