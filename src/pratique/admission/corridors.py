"""Corridors: an agreement's own rule set for who comes by it, beside a country's entry rules or instead of them.

A corridor concerns a journey that comes from a state of the other party. Where it is not known where a journey began,
it concerns whoever shows a certificate that the agreement covers. Only such certificates count under its rules.
"""

from collections.abc import Iterable

from msgspec import Struct, structs

from pratique.admission.asking import Trials
from pratique.admission.judging import Judged, judge
from pratique.admission.proofs import Proof, Proofs, unique
from pratique.admission.recognition import in_force, lifting
from pratique.bundle import Bundle
from pratique.model.journey import Journey
from pratique.model.reasons import Reason
from pratique.rules import Outcome
from pratique.rules.agreement import CLAIM_TYPES, Agreement, Stands
from pratique.rules.entry import EntryRules


class Asked(Struct, frozen=True):
    """What is asked about one disease: a country's own rules, or a corridor's instead, and corridors beside them.

    `own` is None where a corridor's rules stand instead and the release has none of that name: it is open.
    """

    own: EntryRules | None
    instead: Agreement | None = None
    beside: tuple[tuple[Agreement, EntryRules], ...] = ()


def asked(proofs: Proofs, bundle: Bundle, journey: Journey) -> tuple[Asked, ...]:
    """What is asked of these proofs on a journey; empty where the country has no rules and no corridor."""
    here = journey.destination.to
    ways = [each for each in in_force(bundle, journey) if each.corridor and _concerns(each, proofs, journey)]
    replacing = [each for each in ways if each.corridor and each.corridor.stands is Stands.INSTEAD]
    found: list[Asked] = [Asked(bundle.corridor(here, each), each) for each in replacing]
    about = [each.own.disease for each in found if each.own is not None]
    for entry in bundle.rules_for(here):
        if any(each.own is None for each in found) or _same_disease(entry, about):
            continue
        beside = [
            (each, rules)
            for each in ways
            if each not in replacing
            and (rules := bundle.corridor(here, each))
            and _same_disease(entry, [rules.disease])
        ]
        found.append(Asked(entry, beside=tuple(beside)))
    return tuple(found)


def _same_disease(entry: EntryRules, diseases: Iterable[object]) -> bool:
    return any(None in (each, entry.disease) or entry.disease == each for each in diseases)


def _concerns(agreement: Agreement, proofs: Proofs, journey: Journey) -> bool:
    here = journey.destination.to
    if journey.origin is not None:
        return agreement.joins(journey.origin, here)
    return any(_covered(proof, agreement, here) is not None for proof in proofs.counting)


def _covered(proof: Proof, agreement: Agreement, here: str) -> Proof | None:
    """What of a proof the agreement covers; None where nothing is."""
    if not proof.claims:  # a pass that states no event
        return proof if agreement.covers(proof.issuer or "", here) else None
    claims = [each for each in proof.claims if agreement.covers(proof.issuer or "", here, CLAIM_TYPES[type(each)])]
    return structs.replace(proof, claims=tuple(claims)) if claims else None


def _only_covered(proofs: Proofs, agreement: Agreement, journey: Journey) -> Proofs:
    kept = [_covered(proof, agreement, journey.destination.to) for proof in proofs.counting]
    counting = tuple([each for each in kept if each is not None])
    if counting == proofs.counting:
        return proofs
    return structs.replace(
        proofs, counting=counting, claims=unique([claim for each in counting for claim in each.claims])
    )


def judge_all(proofs: Proofs, what: Asked, *, bundle: Bundle, journey: Journey, trials: Trials | None = None) -> Judged:
    """What a country's rules say, with what agreements lift, or the better of that and of what its corridors say."""
    if what.instead is not None:
        return _by_corridor(proofs, what.instead, what.own, bundle=bundle, journey=journey, trials=trials)
    if what.own is None:
        return Judged(outcome=Outcome.OPEN, reasons=(Reason.ENTRY_NO_RULES,))
    found = judge(proofs, what.own, bundle=bundle, journey=journey, trials=trials)
    found = lifting(found, what.own, proofs, bundle, journey)
    for agreement, rules in what.beside:
        other = _by_corridor(proofs, agreement, rules, bundle=bundle, journey=journey, trials=trials)
        found = _better(found, other)
    return found


def _by_corridor(
    proofs: Proofs,
    agreement: Agreement,
    rules: EntryRules | None,
    *,
    bundle: Bundle,
    journey: Journey,
    trials: Trials | None,
) -> Judged:
    if rules is None:
        return Judged(outcome=Outcome.OPEN, reasons=(Reason.ENTRY_NO_RULES,), corridor=agreement)
    covered = _only_covered(proofs, agreement, journey)
    found = judge(covered, rules, bundle=bundle, journey=journey, trials=trials)
    return structs.replace(found, corridor=agreement)


def _better(own: Judged, other: Judged) -> Judged:
    """Of two ways in the one that is met, and of two that are met the one with the lighter consequence; a corridor
    that is open leaves a refusal open."""
    if other.outcome is Outcome.PASSED:
        heavier = own.consequence is not None and other.consequence is not None
        if own.outcome is not Outcome.PASSED or (heavier and _weight(other) < _weight(own)):
            return structs.replace(other, results=(*own.results, *other.results))
        return own
    if own.outcome is Outcome.PASSED:
        return own
    both = structs.replace(
        own,
        results=(*own.results, *other.results),
        unmet=(*own.unmet, *other.unmet),
        better=(*own.better, *other.better),
    )
    if own.outcome is Outcome.FAILED and other.outcome is Outcome.OPEN:
        return structs.replace(both, outcome=Outcome.OPEN, consequence=None, reasons=other.reasons)
    return both


def _weight(judged: Judged) -> tuple[int, int]:
    return judged.consequence.weight if judged.consequence is not None else (0, 0)
