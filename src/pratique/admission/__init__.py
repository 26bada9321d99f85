"""Accepted here, and with what consequence? A person's proofs against the entry rules of where they arrive.

    verifications ─ gather ─► proofs ─ judge (each file of rules of the country) ─► Verdict ─ ways ─► what would do

Nothing is special-cased by country: a rule file says what counts, in which combination, and what follows; an agreement
may bring a rule set of its own for its corridor (`corridors`). What cannot be decided is open and never a refusal, and
what is not authentic never counts.

No `Policy` is read here. A policy says what a state asks at home, of everybody, and carries the state's duties; what a
border asks of who arrives is entry rules and agreements, which other states can read. docs/admission.md says more.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import structs

from pratique.admission.asking import RuleResult, Trials
from pratique.admission.corridors import Asked, asked, judge_all
from pratique.admission.judging import Judged, Unmet
from pratique.admission.permitted import Permitted, permitted
from pratique.admission.proofs import Proofs, SetAside, gather
from pratique.admission.recognition import Recognition, only_recognised, recognised
from pratique.admission.verdict import Admission, Verdict
from pratique.admission.ways import Question, Way, WayKind, ways
from pratique.bundle import Bundle
from pratique.model.consequence import Consequence, ConsequenceKind
from pratique.model.journey import Journey
from pratique.model.reasons import Reason
from pratique.model.valueset import COVID_19
from pratique.rules import Outcome
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
    leave = permitted(verifications, journey, [proof.holder for proof in gathered.counting])
    if leave is not None:
        return _permitted(leave, proofs, bundle, journey, recognition)
    entries = asked(proofs, bundle, journey)
    if proofs.persons is not None:
        outcome = Admission.REFUSED if proofs.persons is Reason.ENTRY_PERSONS_DIFFER else Admission.OPEN
        return _verdict(outcome, proofs, bundle, journey, reasons=(proofs.persons,), recognition=recognition)
    if not entries:
        return _verdict(
            Admission.OPEN, proofs, bundle, journey, reasons=(Reason.ENTRY_NO_RULES,), recognition=recognition
        )
    judged = [judge_all(proofs, each, bundle=bundle, journey=journey) for each in entries]
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


def _permitted(
    leave: Permitted, proofs: Proofs, bundle: Bundle, journey: Journey, recognition: tuple[Recognition, ...]
) -> Verdict:
    """The destination asked its rules when it issued the permit, and is not asked again."""
    reason = leave.persons or proofs.persons or Reason.ENTRY_PERMIT
    outcome = {
        Reason.ENTRY_PERMIT: Admission.ACCEPTED,
        Reason.ENTRY_PERSONS_DIFFER: Admission.REFUSED,
    }.get(reason, Admission.OPEN)
    verdict = _verdict(outcome, proofs, bundle, journey, reasons=(reason,), recognition=recognition)
    if outcome is not Admission.ACCEPTED:
        return verdict
    return structs.replace(verdict, consequence=leave.permit.consequence.from_day(journey.destination.day))


def _outcome(judged: Sequence[Judged], proofs: Proofs) -> Admission:
    """The worst of what the files say. A certificate that is undecided might have been the proof that is missing, and
    where certificates were shown of which none counts, nobody is accepted on the strength of them."""
    outcomes = [each.outcome for each in judged]
    if Outcome.FAILED not in outcomes and Outcome.OPEN in outcomes:
        return Admission.OPEN
    if Outcome.FAILED not in outcomes and (proofs.counting or not proofs.set_aside):
        return Admission.ACCEPTED
    undecided = any(each.reason in _UNDECIDED for each in proofs.set_aside)
    return Admission.OPEN if undecided else Admission.REFUSED


_UNDECIDED = (Reason.ENTRY_PROOF_OPEN, Reason.ENTRY_SEALED)
"""Why a certificate does not count that might be the proof, once somebody has looked into it."""


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
        corridors=tuple([each.corridor for each in judged if each.corridor]),
        lifted_by=tuple([each.lifted_by for each in judged if each.lifted_by and outcome is Admission.ACCEPTED]),
        notes=tuple(_planned(bundle, journey)),
        bundle=bundle.number,
    )


def _planned(bundle: Bundle, journey: Journey) -> Iterator[Reason]:
    """That the traveller planned by another release, which decides nothing; nobody knows of one without a number."""
    if journey.planned and bundle.number and journey.planned != bundle.number:
        yield Reason.PLAN_OLDER if journey.planned < bundle.number else Reason.PLAN_NEWER


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
    entries: Sequence[Asked],
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

    trials = Trials(bundle.functions)

    def helps(supposed: Proofs, travelling: Journey) -> Consequence | None:
        if any(recognised(proof, bundle, travelling) is None for proof in supposed.counting):
            return None
        found = [judge_all(supposed, each, bundle=bundle, journey=travelling, trials=trials) for each in entries]
        if any(each.outcome is not Outcome.PASSED for each in found):
            return None
        consequence = _consequence(found)
        return consequence if now is None or (consequence and consequence.weight < now.weight) else None

    missing = [entry for entry, each in zip(entries, judged, strict=True) if each.outcome is not Outcome.PASSED]
    disease = next((each.own.disease for each in missing if each.own and each.own.disease), COVID_19)
    return ways(Question(proofs, journey, bundle, disease, at, helps))
