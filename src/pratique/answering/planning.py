"""Before a trip, for whoever travels: what each leg asks, what is met, what is missing and by when, and what suffices.

    scans ─ verify ─► verifications ─ plan (leg by leg) ─► verdicts ─ requirements ─► met · missing · not decided
                                    └ least ─► the claims that lead to the same, and no others

It is no answer of a border: that is given there, by the rules that are in force then.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, structs

from pratique.admission import Verdict, admit
from pratique.bundle import Bundle
from pratique.model.certificate import choose
from pratique.model.journey import Journey
from pratique.model.reasons import Reason
from pratique.rules import Outcome
from pratique.rules.entry import Route
from pratique.texts.saying import Published
from pratique.verification import Verification

Chosen = tuple[tuple[int, ...], ...]
"""The places of claims, for each certificate in the order in which they were given."""


class State(StrEnum):
    """What can be said of one requirement."""

    MET = "met"
    MISSING = "missing"
    UNDECIDED = "undecided"


class Requirement(Struct, frozen=True):
    """A way of entry, or a rule where a country publishes no ways; `rules` say what it asks, or what is lacking."""

    state: State
    name: Published
    rules: tuple[Published, ...] = ()


def plan(
    verifications: Sequence[Verification], *, bundle: Bundle, journey: Journey, at: datetime, advice: bool = True
) -> tuple[Verdict, ...]:
    """What the rules of each leg say of one traveller's certificates. Raises `ValueError` for a naive `at`."""
    return tuple(
        admit(verifications, bundle=bundle, journey=journey.up_to(number), at=at, advice=advice)
        for number in range(len(journey.legs))
    )


def requirements(verdict: Verdict) -> tuple[Requirement, ...]:
    """What the rules of a leg ask, the first that counts first; nothing where no rules were asked."""
    descriptions = {result.rule: Published(result.description) for result in verdict.results}
    if verdict.accepted and verdict.routes:
        met = [
            Requirement(State.MET, _title(route), tuple(descriptions[rule] for rule in route.rules))
            for route in verdict.routes
        ]
        return (*met, *_obstacles(verdict, {route.name for route in verdict.open_routes}))
    passed = [
        Requirement(State.MET, descriptions[result.rule])
        for result in verdict.results
        if result.outcome is Outcome.PASSED and not any(each.route for each in verdict.unmet)
    ]
    return (*_obstacles(verdict, None), *passed)


def _obstacles(verdict: Verdict, routes: set[str] | None) -> Iterator[Requirement]:
    """What stands in the way of these routes, or of all (None).

    Several routes may have one title, for a traveller one way: then what is nearest to being met is told of it.
    """
    ways: dict[str, dict[State, list[Published]]] = {}
    titles: dict[str, Published] = {}
    for each in verdict.unmet:
        route, described = each.route, Published(each.result.description)
        if routes is not None and (route is None or route.name not in routes):
            continue
        state = State.MISSING if each.result.outcome is Outcome.FAILED else State.UNDECIDED
        title = _title(route) if route else described
        key = title.texts.get("en", each.result.rule)
        titles.setdefault(key, title)
        rules = ways.setdefault(key, {}).setdefault(state, [])
        if route and described not in rules:
            rules.append(described)
    for key, found in ways.items():
        state = State.UNDECIDED if State.UNDECIDED in found else State.MISSING
        yield Requirement(state, titles[key], tuple(found[state]))


def _title(route: Route) -> Published:
    return Published({"en": route.name} | route.title)


def remarks(verdict: Verdict) -> tuple[Reason, ...]:
    """What `requirements` does not say: why nothing was decided, and what does not count."""
    return tuple(reason for reason in verdict.reasons if reason not in _SAID)


_SAID = (Reason.ENTRY_RULE_NOT_MET, Reason.ENTRY_NO_PROOF, Reason.ENTRY_RULE_OPEN)


def least(verifications: Sequence[Verification], *, bundle: Bundle, journey: Journey, at: datetime) -> Chosen:
    """The claims that lead to the same on every leg: without any one of them it would be something else, or undecided.

    Claims are left out from the last, so that of two that would do the first, which an issuer puts first, is kept.
    """
    kept = [list(range(len(told.certificate.claims))) if told.certificate else [] for told in verifications]

    def lead(places: Sequence[Sequence[int]]) -> list[object]:
        shown = [_with(told, chosen) for told, chosen in zip(verifications, places, strict=True)]
        found = plan([each for each in shown if each is not None], bundle=bundle, journey=journey, at=at, advice=False)
        return [(each.outcome, each.consequence) for each in found]

    whole = lead(kept)
    for number, places in enumerate(kept):
        for place in reversed(tuple(places)):
            fewer = [*kept[:number], [each for each in kept[number] if each != place], *kept[number + 1 :]]
            if lead(fewer) == whole:
                kept = fewer
    return tuple(map(tuple, kept))


def _with(told: Verification, places: Sequence[int]) -> Verification | None:
    """The same certificate with these claims alone; None without any, since then it is not shown at all."""
    certificate = told.certificate
    if certificate is None:
        return told
    claims = [certificate.claims[place] for place in places]
    return structs.replace(told, content=choose(certificate, *claims)) if claims else None
