"""The findings of a policy in words, beside its text: the line, what is wrong with it, and what to write instead.

What a reason says to everybody is in the catalogue of reasons. Where the text itself shows what is meant (which place,
which field, which end), it is named here, so that a finding can be mended from its words alone.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from difflib import unified_diff
from typing import Any

import msgspec
from msgspec import Struct

from pratique.authority.policies import Country
from pratique.model.dates import format_instant
from pratique.model.errors import Problem, RuleRefused
from pratique.model.facts import Category
from pratique.model.reasons import Reason
from pratique.rules.linting import MONTHS, NOTICE, months_after
from pratique.rules.locating import Line, broken, line, lines
from pratique.rules.personas import personas
from pratique.rules.policy import ESSENTIAL, Policy, Setting, read_policy
from pratique.rules.reading import category_of, reads
from pratique.texts.saying import published
from pratique.web.words import Words

MOST_SOURCE = 80
"""Characters of a line that are shown beside its finding."""


class Finding(Struct, frozen=True):
    """One thing to mend. `line` is None for what concerns the whole; `there` is False for what is missing there."""

    place: str
    line: int | None
    there: bool
    source: str
    what: str
    next: str
    add: str
    """What could be written, as JSON; empty where nobody but the writer knows."""


def findings(problems: Sequence[Problem], text: str, country: Country, say: Words) -> tuple[Finding, ...]:
    """What was found in a text, in the order of its lines."""
    told = _Told(text, country, say)
    found = [told.finding(each) for each in problems]
    return tuple(sorted(found, key=lambda each: each.line or 0))


class _Told:
    """A text, and what it takes to speak of it."""

    def __init__(self, text: str, country: Country, say: Words) -> None:
        self.rows = text.splitlines()
        self.places = lines(text)
        self.broken = broken(text)
        self.country = country
        self.say = say
        try:
            self.policy: Policy | None = read_policy(text.encode())
        except (RuleRefused, UnicodeEncodeError):
            self.policy = None

    def finding(self, problem: Problem) -> Finding:
        at = line(self.places, problem.path)
        if problem.reason is Reason.RULE_UNREADABLE and self.broken is not None:
            at = Line(self.broken, True)
        whole = problem.path.startswith("personas.") or (not problem.path and self.broken is None)
        words = self.say.why(problem.reason)
        what, follows, add = _WORDS.get(problem.reason, _as_ever)(self, problem.path)
        source = self._source(at.number) if at.exact else ""
        return Finding(
            "" if whole else problem.path,
            None if whole else at.number,
            at.exact,
            source,
            what or words.what,
            follows or words.next,
            add,
        )

    # what each reason says of this text: what is wrong, what to do, what to write; empty where the catalogue says it

    def no_end(self, _: str) -> "_Said":
        return self.say("policies.finding.no_end"), self.say("policies.finding.add_end"), self._latest()

    def late_end(self, _: str) -> "_Said":
        return "", "", self._latest()

    def essential(self, _: str) -> "_Said":
        named = self.policy.setting if self.policy is not None else ""
        return self.say(f"policies.essential.{named}") if named in ESSENTIAL else "", "", ""

    def setting(self, _: str) -> "_Said":
        return "", self._one_of([each for each in Setting if each not in ESSENTIAL]), ""

    def data(self, place: str) -> "_Said":
        if place.startswith("categories"):
            return self.say("policies.finding.no_category", name=self._value(place)), self._one_of(Category), ""
        path = self._read_at(place)
        return self.say("policies.finding.reads_none", path=path) if path else "", "", ""

    def category(self, place: str) -> "_Said":
        if place.startswith("categories"):
            name = self._value(place)
            return self.say("policies.finding.unread", name=name), self.say("policies.finding.remove_name"), ""
        path, category = self._read_at(place), self._category(place)
        if not category or self.policy is None:
            return "", "", ""
        declared = json.dumps([*self.policy.categories, category])
        what = self.say("policies.finding.undeclared", path=path or place, name=category)
        return what, self.say("policies.finding.declare", name=category), f'"categories": {declared}'

    def persona(self, place: str) -> "_Said":
        name = place.removeprefix("personas.")
        title = next((each.title for each in personas() if each.name == name), {})
        who = self.say.of(title) or name
        return self.say("policies.finding.persona", who=who), self.say("policies.finding.persona_way"), ""

    def signers(self, place: str) -> "_Said":
        known = list(self.country.officials.keys) if self.country.officials is not None else []
        if not known:
            return self.say("policies.finding.nobody_signs"), self.say("policies.finding.officials"), ""
        add = f'"signers": {json.dumps(known[:2])}' if len(known) > 1 else ""
        if place == "signers":
            return self.say("policies.finding.signers"), self._one_of(known, "policies.finding.two_of"), add
        return self.say("policies.finding.no_official", name=self._value(place)), self._one_of(known), ""

    def country_of(self, _: str) -> "_Said":
        return self.say("policies.finding.country"), "", f'"country": {json.dumps(self.country.code)}'

    def notice(self, place: str) -> "_Said":
        days = NOTICE // timedelta(days=1)
        if place != "start":
            return "", "", ""
        return self.say("policies.finding.notice", days=days), self.say("policies.finding.later", days=days), ""

    def rule(self, place: str) -> "_Said":
        if not place.endswith(".ValidTo") or self.policy is None or self.policy.sunset is None:
            return "", "", ""
        end = format_instant(self.policy.sunset)
        return self.say("policies.finding.rule_ends"), self.say("policies.finding.rule_as_long"), f'"ValidTo": "{end}"'

    def missing(self, place: str) -> "_Said":
        return self.say("policies.finding.missing", name=_last(place)), "", ""

    def unknown(self, place: str) -> "_Said":
        return self.say("policies.finding.unknown", name=_last(place)), "", ""

    # what the text says at a place

    def _source(self, number: int) -> str:
        """A line as it stands; one that only opens something, with what follows."""
        said = ""
        for row in self.rows[number - 1 :]:
            said = f"{said} {row.strip()}".strip()
            if not said.endswith(("{", "[")) or len(said) > MOST_SOURCE:
                break
        return said if len(said) <= MOST_SOURCE else said[:MOST_SOURCE] + "…"

    def _latest(self) -> str:
        """The last end that may be: within the months allowed, and none of the rules ends before it."""
        if self.policy is None:
            return ""
        start = self.policy.start
        ends = [rule.valid_to for rule in self.policy.rules if rule.valid_to > start]
        return f'"sunset": "{format_instant(min([months_after(start, MONTHS), *ends]))}"'

    def _one_of(self, names: Any, key: str = "policies.finding.one_of") -> str:
        return self.say(key, names=", ".join(map(str, names)))

    def _value(self, place: str) -> str:
        """The item of a list of names, such as `signers[1]`."""
        name, _, number = place.rstrip("]").partition("[")
        listed = getattr(self.policy, name, ())
        return str(listed[int(number)]) if number.isdecimal() and int(number) < len(listed) else place

    def _read_at(self, place: str) -> str:
        """The path that a rule reads at a place; of a branch's `since`, the fact."""
        if self.policy is None:
            return ""
        for number, rule in enumerate(self.policy.rules):
            for each in reads(rule.logic, f"rules[{number}].Logic"):
                if each.place == place:
                    return each.path
        return ""

    def _category(self, place: str) -> str:
        path = self._read_at(place)
        try:
            found = category_of(path, of_facts=self.policy is not None and self.policy.setting == Setting.HEALTH_CODE)
        except LookupError:
            return ""
        return str(found or "")


_Said = tuple[str, str, str]


def _as_ever(_: _Told, __: str) -> _Said:
    return "", "", ""


_WORDS: dict[Reason, Callable[[_Told, str], _Said]] = {
    Reason.POLICY_SUNSET_MISSING: _Told.no_end,
    Reason.POLICY_SUNSET_FAR: _Told.late_end,
    Reason.POLICY_ESSENTIAL: _Told.essential,
    Reason.POLICY_SETTING: _Told.setting,
    Reason.POLICY_DATA: _Told.data,
    Reason.POLICY_CATEGORY: _Told.category,
    Reason.POLICY_PERSONA: _Told.persona,
    Reason.POLICY_SIGNERS: _Told.signers,
    Reason.POLICY_RULE: _Told.rule,
    Reason.POLICY_NOTICE: _Told.notice,
    Reason.RULE_COUNTRY: _Told.country_of,
    Reason.RULE_FIELD_MISSING: _Told.missing,
    Reason.RULE_FIELD_UNKNOWN: _Told.unknown,
}


def _last(place: str) -> str:
    return place.rpartition(".")[2]


# a policy in short


class Summary(Struct, frozen=True):
    """What a policy is for, and until when, in the language of the page."""

    title: str
    language: str
    purpose: str
    setting: str
    instrument: str
    begins: str
    ends: str
    days: int | None
    """Until it ends; negative once it is over."""
    version: str
    identifier: str
    signers: tuple[str, ...]


def summary(policy: Policy, say: Words, *, at: datetime) -> Summary:
    """The facts of a policy that was read."""
    language = say.chosen(policy.title)
    known = policy.setting in set(Setting)
    return Summary(
        say.of(policy.title) or policy.identifier,
        language,
        published(policy.purpose, language),
        say(f"policies.setting.{policy.setting}") if known else policy.setting,
        policy.instrument,
        say.instant(policy.start),
        say.instant(policy.sunset) if policy.sunset is not None else "",
        None if policy.sunset is None else (policy.sunset - at) // timedelta(days=1),
        policy.version,
        policy.identifier,
        policy.signers,
    )


# a policy against another


class Row(Struct, frozen=True):
    """A line of two texts: "" for both, "added" or "removed" for one; "gap" stands for what is the same and long."""

    kind: str
    text: str


AROUND = 3
"""Lines around a change that are shown with it."""
MOST_ROWS = 10_000
"""Lines of two texts that are compared: the time that it takes grows with their product."""


def changes(before: bytes, after: bytes) -> tuple[Row, ...] | None:
    """What differs between two policies' files, signatures apart; None where they are too long to be compared."""
    old, new = _written(before), _written(after)
    if len(old) + len(new) > MOST_ROWS:
        return None
    rows = []
    for number, text in enumerate(unified_diff(old, new, n=AROUND, lineterm="")):
        if number < 2:
            continue  # the names of the two files, of which there are none
        if text.startswith("@@"):
            rows.append(Row("gap", ""))
        else:
            rows.append(Row({"+": "added", "-": "removed"}.get(text[0], ""), text[1:]))
    return tuple(rows[1:] if rows else ())


def _written(data: bytes) -> list[str]:
    """A file in the one form in which texts are compared; as it stands where it is no JSON."""
    try:
        fields = msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return data.decode(errors="replace").splitlines()
    fields.pop("signatures", None)
    return msgspec.json.format(msgspec.json.encode(fields)).decode().splitlines()
