"""A country's entry rules as one file: its rules, the routes they make, and what each route leads to.

    [rule, rule, ...]                        as member states publish them: all that apply must pass
    {"entry_rules": 1, "country": "XA", "disease": "840539006", "source": "...",
     "rules": [rule, ...],
     "routes": [{"name": "vaccinated", "title": {"en": "..."}, "rules": ["VR-XA-0001"],
                 "consequence": {"kind": "free"}}],
     "otherwise": {"kind": "quarantine", "days": 10, "place": "home"}}

A route is met if all of its rules pass; routes stand from best to worst, and the first that is met counts. `otherwise`
is what follows for somebody whose proofs meet none. Nothing about a country is anywhere but in such a file.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any

import msgspec
from msgspec import Struct

from pratique.model.consequence import Consequence, ConsequenceKind
from pratique.model.countries import canonical, is_issuer
from pratique.model.errors import Problem, RuleRefused
from pratique.model.reasons import Reason
from pratique.model.valueset import CONDITIONS, COVID_19, Code
from pratique.rules.fields import MAX_FILE, decoded, fields_of, read_rules, stray, unsaid
from pratique.rules.reading import category_of, other_conditions, reads, weighing
from pratique.rules.rule import Rule, in_force
from pratique.rules.trying import TooCostly, closed_without_vaccination


class Recognises(StrEnum):
    """Whose certificates count at a border as proofs, once they are authentic."""

    ALL = "all"
    AGREEMENTS = "agreements"
    """Its own, and those of issuers with whom an agreement is in force."""


class Route(Struct, frozen=True, forbid_unknown_fields=True):
    """One way to be admitted: the rules that must all pass, and what it leads to.

    `title` is the route in the words of a traveller, by language. A `transit` route is for those who only pass through.
    """

    name: str
    rules: tuple[str, ...]
    consequence: Consequence
    title: dict[str, str] = {}
    transit: bool = False


class EntryRules(Struct, frozen=True, kw_only=True):
    """What one country asks of those who arrive, with regard to one disease.

    Without `routes` it is a set as member states publish it: a certificate is accepted if every rule that applies to
    it passes, and the set says nothing of what follows otherwise.
    """

    country: str
    rules: tuple[Rule, ...]
    routes: tuple[Route, ...] = ()
    otherwise: Consequence | None = None
    of_right: Consequence | None = None
    """Instead of `otherwise`, for those who may not be turned away: nationals, residents, people seeking protection."""
    disease: Code | None = None
    """Claims of any other disease are no business of these rules; None where the rules themselves look."""
    source: str = ""
    recognises: Recognises = Recognises.ALL
    historical: bool = False
    """Kept to be studied and evaluated; nothing that is published may be so."""

    @property
    def findings(self) -> tuple[Problem, ...]:
        """What a published file is refused for, and a historical one is told of."""
        return tuple(_findings(self))

    def in_force(self, kind: str, at: datetime, region: str | None = None) -> tuple[Rule, ...]:
        """The rules of a kind that count at an instant, of each the latest version.

        Those of the country as a whole, and those of the `region` if one is named.
        """
        return in_force((rule for rule in self.rules if rule.region in (None, region)), kind, at)


def parse_entry_rules(data: bytes, country: str) -> EntryRules:
    """Read the file of a country. Raises `RuleRefused` with everything that is wrong, and each place.

    A file that is not `historical` is refused for what `EntryRules.findings` tells of, too.
    """
    if data[:MAX_FILE].lstrip()[:1] == b"[":
        return _published(data, country)
    return _own(fields_of(data, "entry_rules"), country)


def _published(data: bytes, country: str) -> EntryRules:
    if len(data) > MAX_FILE:
        raise RuleRefused([Problem("", Reason.RULE_TOO_LARGE)])
    problems: list[Problem] = []
    rules = read_rules(data, "", country, problems)
    if problems:
        raise RuleRefused(problems)
    return EntryRules(country=country, rules=rules)


_FIELDS: dict[str, Any] = {
    "entry_rules": int,
    "country": str,
    "disease": str,
    "source": str,
    "rules": msgspec.Raw,
    "routes": list[msgspec.Raw],
    "otherwise": Consequence,
    "of_right": Consequence,
    "historical": bool,
    "recognises": Recognises,
}
_OPTIONAL = {"of_right", "historical", "recognises"}


def _own(fields: Mapping[str, msgspec.Raw], country: str) -> EntryRules:
    problems = stray(fields, _FIELDS, _OPTIONAL | ({"otherwise"} if "historical" in fields else set()))
    read = {name: decoded(fields[name], kind, name, problems) for name, kind in _FIELDS.items() if name in fields}
    rules = read_rules(bytes(fields["rules"]), "rules", country, problems) if "rules" in fields else ()
    routes = tuple(
        route
        for number, raw in enumerate(read.get("routes") or ())
        if (route := decoded(raw, Route, f"routes[{number}]", problems))
    )
    disease = next((code for code in CONDITIONS if code.value == read.get("disease")), None)
    if read.get("entry_rules", 1) != 1:
        problems.append(Problem("entry_rules", Reason.RULE_FIELD_VALUE))
    stated = read.get("country")
    if (stated is not None and canonical(stated) != canonical(country)) or not is_issuer(country):
        problems.append(Problem("country", Reason.RULE_FIELD_VALUE))
    if disease is None and "disease" in read:
        problems.append(Problem("disease", Reason.RULE_FIELD_VALUE))
    otherwise, of_right = read.get("otherwise"), read.get("of_right")
    problems += _contradictions(rules, routes, otherwise, of_right)
    if problems:
        raise RuleRefused(dict.fromkeys(problems))
    entry = EntryRules(
        country=country,
        rules=rules,
        routes=routes,
        otherwise=otherwise,
        of_right=of_right,
        disease=disease,
        source=str(read["source"]),
        historical=bool(read.get("historical")),
        recognises=read.get("recognises") or Recognises.ALL,
    )
    if not entry.historical and entry.findings:
        raise RuleRefused(entry.findings)
    return entry


def _contradictions(
    rules: tuple[Rule, ...], routes: tuple[Route, ...], otherwise: Consequence | None, of_right: Consequence | None
) -> Iterator[Problem]:
    """Where parts of a file do not fit together, so that nobody could say what it means."""
    known = {rule.identifier for rule in rules if rule.kind == "Acceptance"}
    for number, route in enumerate(routes):
        place = f"routes[{number}]"
        if not route.rules or not known.issuperset(route.rules):
            yield Problem(f"{place}.rules", Reason.ROUTES_RULE)
        if not route.consequence.complete or route.consequence.kind is ConsequenceKind.NOT_ADVISED:
            yield Problem(f"{place}.consequence", Reason.ROUTES_CONSEQUENCE)
        yield from unsaid({"name": route.name, "title": route.title}, f"{place}.")
    if not any(not route.transit for route in routes):
        yield Problem("routes", Reason.ROUTES_RULE)
    for name, count in Counter(route.name for route in routes).items():
        if count > 1:
            first = next(number for number, route in enumerate(routes) if route.name == name)
            yield Problem(f"routes[{first}].name", Reason.ROUTES_RULE)
    for name, consequence in (("otherwise", otherwise), ("of_right", of_right)):
        if consequence is not None and not consequence.complete:
            yield Problem(name, Reason.ROUTES_CONSEQUENCE)
    weights = [route.consequence.weight for route in routes if not route.transit]
    if otherwise is not None:
        weights.append(otherwise.weight)
    if any(better > worse for better, worse in pairwise(weights)):
        yield Problem("routes", Reason.ROUTES_ORDER)


def _findings(entry: EntryRules) -> Iterator[Problem]:
    """What no state should ask, and no published file may: of routes the same as of a policy, where it is about rules.

    A set without routes is read as its authors published it.
    """
    for number, rule in enumerate(entry.rules if entry.routes else ()):
        if rule.kind == "Acceptance":
            yield from _asked_for(rule, f"rules[{number}].Logic")
    ways = [route.rules for route in entry.routes if not route.transit]
    disease = entry.disease or COVID_19
    try:
        if closed_without_vaccination(entry.rules, ways, country=entry.country, disease=disease.value):
            yield Problem("routes", Reason.ROUTES_VACCINATION)
    except TooCostly:
        yield Problem("routes", Reason.RULE_TOO_COSTLY)
    if ConsequenceKind.NOT_ADVISED in [each.kind for each in (entry.of_right or entry.otherwise,) if each is not None]:
        yield Problem("of_right", Reason.ROUTES_OF_RIGHT)


def _asked_for(rule: Rule, place: str) -> Iterator[Problem]:
    """What a rule reads that singles people out, adds up into a score, or is another condition."""
    for each in reads(rule.logic, place):
        try:
            category_of(each.path, of_facts=False)
        except LookupError:
            yield Problem(each.place, Reason.POLICY_DATA)
    yield from weighing(rule.logic, place)
    yield from other_conditions(rule.logic, place)
