"""Accepted here, and with what consequence? A person's proofs against the entry rules of where they arrive.

    verifications ─ gather ─► proofs ─ judge (each file of rules of the country) ─► Verdict ─ ways ─► what would do

Nothing is special-cased by country: a rule file says what counts, in which combination, and what follows. What cannot
be decided is open and never a refusal, and what is not authentic never counts.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import structs

from pratique.admission.asking import RuleResult, Trials
from pratique.admission.judging import Judged, Unmet, judge
from pratique.admission.proofs import Proofs, SetAside, gather
from pratique.admission.recognition import Recognition, lifting, only_recognised, recognised
from pratique.admission.verdict import Admission, Verdict
from pratique.admission.ways import Question, Way, WayKind, ways
from pratique.bundle import Bundle
from pratique.model.consequence import Consequence, ConsequenceKind
from pratique.model.journey import Journey
from pratique.model.reasons import Reason
from pratique.model.valueset import COVID_19
from pratique.rules import Outcome
from pratique.rules.entry import EntryRules
from pratique.verification import Verification

__all__ = ["Admission", "Recognition", "RuleResult", "SetAside", "Unmet", "Verdict", "Way", "WayKind", "admit"]


def admit(
    verifications: Sequence[Verification], *, bundle: Bundle, journey: Journey, at: datetime, advice: bool = True
) -> Verdict:
    """Judge one or several certificates of one person by the rules of where the journey's last leg arrives.

    The rules' clock is the arrival; `at`, the instant of the question, tells how old the lists are and what can still
    be done; without `advice` that is not looked for, which takes most of the time of a refusal. Raises `ValueError`
    for a naive `at`, and nothing else for any verifications.
    """
    if at.tzinfo is None:
        raise ValueError("`at` must be an aware instant")
    stale = bundle.rules_stale(journey.destination.to, at)
    if bundle.agreements_stale(at) and not stale:
        bundle = structs.replace(bundle, agreements=())  # nothing rests on them but what they would lift
    gathered = gather(verifications, bundle=bundle, journey=journey)
    proofs, recognition = only_recognised(gathered, bundle, journey)
    entries = bundle.rules_for(journey.destination.to)
    if proofs.persons is not None:
        outcome = Admission.REFUSED if proofs.persons is Reason.ENTRY_PERSONS_DIFFER else Admission.OPEN
        return _verdict(outcome, proofs, bundle, journey, reasons=(proofs.persons,), recognition=recognition)
    if not entries:
        return _verdict(
            Admission.OPEN, proofs, bundle, journey, reasons=(Reason.ENTRY_NO_RULES,), recognition=recognition
        )
    judged = [_judged(proofs, entry, bundle=bundle, journey=journey) for entry in entries]
    outcome, reasons = _outcome(judged, proofs), _reasons(judged)
    found = () if stale or not advice else _ways(judged, entries, proofs, bundle=bundle, journey=journey, at=at)
    return _verdict(
        Admission.OPEN if stale else outcome,
        proofs,
        bundle,
        journey,
        reasons=(*([Reason.ENTRY_RULES_STALE] if stale else []), *reasons),
        recognition=recognition,
        judged=judged,
        found=found,
    )


def _judged(
    proofs: Proofs, entry: EntryRules, *, bundle: Bundle, journey: Journey, trials: Trials | None = None
) -> Judged:
    found = judge(proofs, entry, bundle=bundle, journey=journey, trials=trials)
    return lifting(found, entry, proofs, bundle, journey)


def _outcome(judged: Sequence[Judged], proofs: Proofs) -> Admission:
    """The worst of what the files say. A certificate that is undecided might have been the proof that is missing, and
    where certificates were shown of which none counts, nobody is accepted on the strength of them."""
    outcomes = [each.outcome for each in judged]
    if Outcome.FAILED not in outcomes and Outcome.OPEN in outcomes:
        return Admission.OPEN
    if Outcome.FAILED not in outcomes and (proofs.counting or not proofs.set_aside):
        return Admission.ACCEPTED
    undecided = any(each.reason is Reason.ENTRY_PROOF_OPEN for each in proofs.set_aside)
    return Admission.OPEN if undecided else Admission.REFUSED


def _reasons(judged: Sequence[Judged]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(reason for each in judged for reason in each.reasons))


def _verdict(
    outcome: Admission,
    proofs: Proofs,
    bundle: Bundle,
    journey: Journey,
    *,
    reasons: tuple[Reason, ...],
    recognition: tuple[Recognition, ...],
    judged: Sequence[Judged] = (),
    found: tuple[Way, ...] = (),
) -> Verdict:
    aside = tuple(dict.fromkeys(each.reason for each in proofs.set_aside))
    return Verdict(
        outcome=outcome,
        leg=journey.destination,
        consequence=_following(outcome, judged),
        reasons=(*aside, *reasons),
        routes=tuple([each.route for each in judged if each.route]) if outcome is Admission.ACCEPTED else (),
        open_routes=tuple([route for each in judged for route in each.better]),
        results=tuple([result for each in judged for result in each.results]),
        unmet=tuple([obstacle for each in judged for obstacle in each.unmet]),
        set_aside=proofs.set_aside,
        ways=found,
        recognition=recognition,
        lifted_by=tuple([each.lifted_by for each in judged if each.lifted_by and outcome is Admission.ACCEPTED]),
        bundle=bundle.number,
    )


def _following(outcome: Admission, judged: Sequence[Judged]) -> Consequence | None:
    """What follows from a decision: for a refusal, what the files say that refuse."""
    if outcome is Admission.OPEN:
        return None
    refusing = [each for each in judged if each.outcome is Outcome.FAILED]
    return _consequence(refusing if outcome is Admission.REFUSED else judged)


def _consequence(judged: Sequence[Judged]) -> Consequence | None:
    """The heaviest of them; None where a file that refuses does not say what follows."""
    if any(each.outcome is Outcome.FAILED and each.consequence is None for each in judged):
        return None
    return max((each.consequence for each in judged if each.consequence), key=lambda each: each.weight, default=None)


def _ways(
    judged: Sequence[Judged],
    entries: Sequence[EntryRules],
    proofs: Proofs,
    *,
    bundle: Bundle,
    journey: Journey,
    at: datetime,
) -> tuple[Way, ...]:
    """What would lead to an acceptance, or from one to a better consequence."""
    passed = all(each.outcome is Outcome.PASSED for each in judged)
    now = _consequence(judged) if passed else None
    if now is not None and now.kind is ConsequenceKind.FREE:
        return ()

    trials = Trials()

    def helps(supposed: Proofs, travelling: Journey) -> Consequence | None:
        if any(recognised(proof, bundle, travelling) is None for proof in supposed.counting):
            return None
        found = [_judged(supposed, entry, bundle=bundle, journey=travelling, trials=trials) for entry in entries]
        if any(each.outcome is not Outcome.PASSED for each in found):
            return None
        consequence = _consequence(found)
        return consequence if now is None or (consequence and consequence.weight < now.weight) else None

    missing = [entry for entry, each in zip(entries, judged, strict=True) if each.outcome is not Outcome.PASSED]
    disease = next((entry.disease for entry in missing if entry.disease), COVID_19)
    return ways(Question(proofs, journey, bundle, disease, at, helps))
