"""Where two countries' entry rules differ, for those who want to harmonise them.

Files are compared by disease, routes by name, and the rules of a route by their logic: an identifier or a description
that differs makes no difference to anybody at a border. Compared is what is asked at an instant, of all who come to
the country: no rule that is over or to come, none that takes certificates back, and none of a region alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct, structs

from pratique.model.consequence import Consequence
from pratique.rules.entry import EntryRules, Route
from pratique.rules.rule import Rule


class Difference(Struct, frozen=True):
    """One place that differs, such as `routes.tested.consequence`, and what stands there on either side, or None."""

    disease: str | None
    place: str
    first: object
    second: object


def compare(first: Sequence[EntryRules], second: Sequence[EntryRules], at: datetime) -> tuple[Difference, ...]:
    """All differences between what two countries ask; a disease that only one asks about is one difference."""
    ones, others = _by_disease(first, at), _by_disease(second, at)
    found: list[Difference] = []
    for disease in dict.fromkeys([*ones, *others]):
        one, other = ones.get(disease), others.get(disease)
        if one is None or other is None:
            found.append(Difference(disease, "rules", _asks(one), _asks(other)))
            continue
        found += _differences(disease, one, other)
    return tuple(found)


def compare_corridors(
    first: Mapping[str, EntryRules], second: Mapping[str, EntryRules], at: datetime
) -> tuple[Difference, ...]:
    """All differences between the corridors that lead into two countries, by the name of each; a corridor that leads
    into one of them alone is one difference."""
    found: list[Difference] = []
    ones, others = (
        {name: asked for name, each in side.items() if (asked := _asked_at(each, at))} for side in (first, second)
    )
    for name in dict.fromkeys([*ones, *others]):
        one, other = ones.get(name), others.get(name)
        place = f"corridors.{name}"
        if one is None or other is None:
            disease = next(each.disease for each in (one, other) if each is not None)
            found.append(Difference(disease.value if disease else None, place, _asks(one), _asks(other)))
            continue
        inside = _differences(one.disease.value if one.disease else None, one, other)
        found += [Difference(each.disease, f"{place}.{each.place}", each.first, each.second) for each in inside]
    return tuple(found)


def _by_disease(entries: Sequence[EntryRules], at: datetime) -> dict[str | None, EntryRules]:
    asked = [found for entry in entries if (found := _asked_at(entry, at))]
    return {entry.disease.value if entry.disease else None: entry for entry in asked}


def _asked_at(entry: EntryRules, at: datetime) -> EntryRules | None:
    """The same with the rules that count then, and the routes of which all do; None where none does."""
    rules = entry.in_force("Acceptance", at)
    known = {rule.identifier for rule in rules}
    routes = tuple([route for route in entry.routes if known.issuperset(route.rules)])
    return structs.replace(entry, rules=rules, routes=routes) if rules else None


def _asks(entry: EntryRules | None) -> str | None:
    return None if entry is None else "asked"


def _differences(disease: str | None, one: EntryRules, other: EntryRules) -> Iterator[Difference]:
    if one.recognises is not other.recognises:
        yield Difference(disease, "recognises", one.recognises, other.recognises)
    ones, others = ({route.name: route for route in entry.routes} for entry in (one, other))
    for name in dict.fromkeys([*ones, *others]):
        here, there = ones.get(name), others.get(name)
        if here is None or there is None:
            yield Difference(disease, f"routes.{name}", _leads(here), _leads(there))
            continue
        if here.transit is not there.transit:
            yield Difference(disease, f"routes.{name}.transit", here.transit, there.transit)
        if here.consequence != there.consequence:
            yield Difference(disease, f"routes.{name}.consequence", here.consequence, there.consequence)
        yield from _rules(disease, f"routes.{name}.rules", _asked(one, here), _asked(other, there))
    if not one.routes and not other.routes:  # as member states publish them
        yield from _rules(disease, "rules", one.rules, other.rules)
    for place in ("otherwise", "of_right"):
        mine_then, theirs_then = getattr(one, place), getattr(other, place)
        if mine_then != theirs_then:
            yield Difference(disease, place, mine_then, theirs_then)


def _leads(route: Route | None) -> Consequence | None:
    return None if route is None else route.consequence


def _asked(entry: EntryRules, route: Route) -> list[Rule]:
    return [rule for rule in entry.rules if rule.identifier in route.rules]


def _rules(disease: str | None, place: str, mine: Iterable[Rule], theirs: Iterable[Rule]) -> Iterator[Difference]:
    """The words of those rules whose logic the other side does not have."""
    ones, others = ({_logic(rule.logic): _words(rule.description) for rule in each} for each in (mine, theirs))
    only = [text for logic, text in ones.items() if logic not in others]
    only_there = [text for logic, text in others.items() if logic not in ones]
    if only or only_there:
        yield Difference(disease, place, only, only_there)


def _logic(logic: object) -> bytes:
    return msgspec.json.encode(logic, order="sorted")


def _words(description: Mapping[str, str]) -> str:
    return description.get("en") or next(iter(description.values()), "")
