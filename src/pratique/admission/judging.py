"""From proofs to an outcome: routes over all proofs of a person together, published sets over each proof alone."""

from collections.abc import Iterable, Iterator

from msgspec import Struct, structs

from pratique.admission.asking import Asking, RuleResult, Trials
from pratique.admission.proofs import (
    Proof,
    Proofs,
    disease,
    external,
    kinds,
    once,
    payload,
    unique,
    unmapped,
    whole_payload,
)
from pratique.bundle import Bundle
from pratique.model.certificate import AnyClaim
from pratique.model.consequence import Consequence, ConsequenceKind
from pratique.model.journey import Journey
from pratique.model.reasons import Reason
from pratique.rules import Outcome
from pratique.rules.agreement import Agreement
from pratique.rules.entry import EntryRules, Route

_FREE = Consequence(ConsequenceKind.FREE)
_EU_DCC = "eu-dcc"


class Unmet(Struct, frozen=True):
    """A rule that stands in the way, and the route that it closes; None for a set without routes."""

    result: RuleResult
    route: Route | None = None


class Judged(Struct, frozen=True, kw_only=True):
    """What one file of entry rules says of the proofs."""

    outcome: Outcome
    consequence: Consequence | None = None
    route: Route | None = None
    lifted_by: Agreement | None = None
    """The agreement that put `consequence` in the place of the route's own."""
    corridor: Agreement | None = None
    """The agreement whose corridor's rules said so, and not the country's own."""
    better: tuple[Route, ...] = ()
    """Routes that lead to something better and are open."""
    results: tuple[RuleResult, ...] = ()
    unmet: tuple[Unmet, ...] = ()
    """Of each route the first rule that is not met, or not decided where none is not; of a set every such rule."""
    reasons: tuple[Reason, ...] = ()


def judge(
    proofs: Proofs, entry: EntryRules, *, bundle: Bundle, journey: Journey, trials: Trials | None = None
) -> Judged:
    """What `entry` says of the proofs on the journey's last leg.

    `trials` leave aside whether what is not met might be open, for whoever asks only whether it is met.
    """
    if not entry.in_force("Acceptance", journey.destination.arrive, journey.destination.region):
        return Judged(outcome=Outcome.OPEN, reasons=(Reason.ENTRY_NO_RULES,))
    if entry.routes:
        return _by_routes(proofs, entry, bundle, journey, trials=trials)
    if journey.destination.transit:
        return Judged(outcome=Outcome.OPEN, reasons=(Reason.ENTRY_TRANSIT_OPEN,))
    return _each_alone(proofs, entry, bundle, journey, trials=trials)


# routes: all proofs together


def _by_routes(proofs: Proofs, entry: EntryRules, bundle: Bundle, journey: Journey, *, trials: Trials | None) -> Judged:
    """The routes asked of what is known to be about the file's disease. Where none is met, what nobody here knows the
    disease of is supposed to be about it: if that could make a difference, it is open."""
    known = tuple([claim for claim in proofs.claims if entry.disease in (None, disease(claim))])
    found = _of_claims(known, proofs, entry, bundle, journey, trials=trials)
    unknown = [claim for claim in proofs.claims if unmapped(claim)] if entry.disease and trials is None else []
    if found.outcome is not Outcome.FAILED or not unknown:
        return found
    supposed = unique([*known, *(structs.replace(claim, disease=entry.disease) for claim in unknown)])
    other = _of_claims(supposed, proofs, entry, bundle, journey, trials=trials)
    if other.outcome is Outcome.FAILED:
        return found
    better = other.better or tuple([other.route] if other.route else [])
    return structs.replace(
        found, outcome=Outcome.OPEN, consequence=None, better=better, reasons=(Reason.ENTRY_RULE_OPEN,)
    )


def _of_claims(
    claims: tuple[AnyClaim, ...],
    proofs: Proofs,
    entry: EntryRules,
    bundle: Bundle,
    journey: Journey,
    *,
    trials: Trials | None,
) -> Judged:
    leg = journey.destination
    rules = {rule.identifier: rule for rule in entry.in_force("Acceptance", leg.arrive, leg.region)}
    routes = [r for r in entry.routes if r.transit is leg.transit and rules.keys() >= set(r.rules)]
    if not routes:
        reason = Reason.ENTRY_TRANSIT_OPEN if leg.transit else Reason.ENTRY_NO_RULES
        return Judged(outcome=Outcome.OPEN, reasons=(reason,))

    def shape(read: tuple[AnyClaim, ...]) -> dict[str, object]:
        return payload(proofs.holder, once(read), leg)  # what is read otherwise may be an event that is there

    asking = Asking(
        claims, shape, external(journey, bundle), value_sets=bundle.value_sets, latest=leg.arrive, trials=trials
    )
    better: list[Route] = []
    unmet: list[Unmet] = []
    for route in routes:
        obstacle = _obstacle(asking.result(rules[name]) for name in route.rules)
        if obstacle is None:
            return Judged(
                outcome=Outcome.PASSED,
                consequence=route.consequence.from_day(leg.day),
                route=route,
                better=tuple(better),
                results=tuple(asking.results.values()),
                unmet=tuple(unmet),
                reasons=(Reason.ENTRY_RULE_OPEN,) if better else (),
            )
        unmet.append(Unmet(obstacle, route))
        if obstacle.outcome is Outcome.OPEN:
            better.append(route)
    undecided = bool(better) or proofs.silent
    return Judged(
        outcome=Outcome.OPEN if undecided else Outcome.FAILED,
        consequence=None if undecided else _otherwise(entry, journey),
        better=tuple(better),
        results=tuple(asking.results.values()),
        unmet=tuple(unmet),
        reasons=(_why(better=bool(better), silent=proofs.silent, stated=bool(claims)),),
    )


def _why(*, better: bool, silent: bool, stated: bool) -> Reason:
    """Why no route is met."""
    if better:
        return Reason.ENTRY_RULE_OPEN
    if silent:
        return Reason.ENTRY_KIND_OPEN
    return Reason.ENTRY_RULE_NOT_MET if stated else Reason.ENTRY_NO_PROOF


def _obstacle(results: Iterable[RuleResult]) -> RuleResult | None:
    """The first rule that is not met, or else the first that is open; no rule is asked after one that is not met."""
    undecided = None
    for result in results:
        if result.outcome is Outcome.FAILED:
            return result
        if result.outcome is Outcome.OPEN and undecided is None:
            undecided = result
    return undecided


def _otherwise(entry: EntryRules, journey: Journey) -> Consequence | None:
    leg = journey.destination
    if leg.transit:
        return Consequence(ConsequenceKind.NOT_ADVISED) if not journey.of_right else None
    chosen = entry.of_right if journey.of_right and entry.of_right is not None else entry.otherwise
    return chosen.from_day(leg.day) if chosen is not None else None


# published sets: each certificate alone


def _each_alone(
    proofs: Proofs, entry: EntryRules, bundle: Bundle, journey: Journey, *, trials: Trials | None
) -> Judged:
    """Member states' rules are written for a DCC, which states one event: each proof is asked about alone, and one that
    passes is enough. Of several that do not, the one with the fewest rules against it is told of."""
    candidates = [part for proof in proofs.counting for part in _as_dccs(proof)]
    if not candidates:
        return Judged(outcome=Outcome.FAILED, reasons=(Reason.ENTRY_NO_PROOF,))
    judged = [_alone(part, entry, bundle, journey, trials=trials) for part in candidates]
    best = min(judged, key=_rank)
    if best.outcome is not Outcome.PASSED and any(Reason.ENTRY_KIND_OPEN in each.reasons for each in judged):
        return next(each for each in judged if Reason.ENTRY_KIND_OPEN in each.reasons)
    return best


def _rank(judged: Judged) -> tuple[int, int]:
    order = [Outcome.PASSED, Outcome.OPEN, Outcome.FAILED]
    return order.index(judged.outcome), sum(result.outcome is not Outcome.PASSED for result in judged.results)


def _as_dccs(proof: Proof) -> Iterator[Proof]:
    """A DCC as it was issued; of any other certificate each claim, as the DCC that it could have been."""
    if proof.format in (_EU_DCC, None) or len(proof.claims) < 2:
        yield proof
        return
    for claim in proof.claims:
        yield structs.replace(proof, claims=(claim,))


def _alone(proof: Proof, entry: EntryRules, bundle: Bundle, journey: Journey, *, trials: Trials | None) -> Judged:
    leg, certificate_types = journey.destination, kinds(proof.claims)
    if not certificate_types:
        return Judged(outcome=Outcome.OPEN, reasons=(Reason.ENTRY_KIND_OPEN,))
    rules = [
        rule
        for rule in entry.in_force("Acceptance", leg.arrive, leg.region)
        if rule.certificate_type in ("General", *certificate_types)
    ]

    def shape(read: tuple[AnyClaim, ...]) -> dict[str, object]:
        return whole_payload(structs.replace(proof, claims=read), leg)

    told = external(journey, bundle, proof)
    asking = Asking(
        proof.claims,
        shape,
        told,
        value_sets=bundle.value_sets,
        latest=leg.arrive,
        certificate=proof.number,
        trials=trials,
    )
    results = tuple([asking.result(rule) for rule in rules])
    unmet = tuple([Unmet(result) for result in results if result.outcome is not Outcome.PASSED])
    if any(each.result.outcome is Outcome.FAILED for each in unmet):
        outcome, reasons = Outcome.FAILED, (Reason.ENTRY_RULE_NOT_MET,)
    elif unmet or not results:
        outcome, reasons = Outcome.OPEN, (Reason.ENTRY_RULE_OPEN if unmet else Reason.ENTRY_KIND_OPEN,)
    else:
        return Judged(outcome=Outcome.PASSED, consequence=_FREE, results=results)
    return Judged(outcome=outcome, results=results, unmet=unmet, reasons=reasons)
