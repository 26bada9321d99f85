"""Recognised here? Whether the destination counts an issuer's certificates at all, and what agreements lift.

It is an answer of its own: a certificate that is not recognised is as authentic as before, and one that is recognised
may still meet no rule. Where a country's file says `recognises: agreements`, only agreements in force on arrival open
the door to an issuer's certificates; its own it knows without.
"""

from msgspec import Struct, structs

from pratique.admission.judging import Judged
from pratique.admission.proofs import Proof, Proofs, SetAside, disease, unique
from pratique.bundle import Bundle
from pratique.model.certificate import AnyClaim
from pratique.model.countries import canonical
from pratique.model.journey import Journey
from pratique.model.reasons import Reason
from pratique.rules import Outcome
from pratique.rules.agreement import CLAIM_TYPES, Agreement, ClaimType
from pratique.rules.entry import EntryRules, Recognises

_TYPES = {
    "Vaccination": ClaimType.VACCINATION,
    "Test": ClaimType.TEST,
    "Recovery": ClaimType.RECOVERY,
}


class Recognition(Struct, frozen=True):
    """Of one certificate, by its place among those given: whether it is recognised, and by which agreements.

    `recognised` is None where the country's rules ask for no agreement.
    """

    certificate: int
    recognised: bool | None = None
    agreements: tuple[str, ...] = ()


def in_force(bundle: Bundle, journey: Journey) -> tuple[Agreement, ...]:
    """The agreements that count on arrival."""
    return tuple(each for each in bundle.agreements if each.in_force(journey.destination.arrive))


def recognised(proof: Proof, bundle: Bundle, journey: Journey) -> Proof | None:
    """The proof with those of its claims that are recognised; None where nothing of it is."""
    claims = tuple(claim for claim in proof.claims if _counts(claim, proof, bundle, journey))
    if claims or (not proof.claims and _counts(None, proof, bundle, journey)):
        return structs.replace(proof, claims=claims)
    return None


def _counts(claim: AnyClaim | None, proof: Proof, bundle: Bundle, journey: Journey) -> bool:
    issuer, here = proof.issuer or "", journey.destination.to
    if not _asks(claim, bundle, here) or canonical(issuer) == canonical(here):
        return True
    kind = None if claim is None else CLAIM_TYPES[type(claim)]
    return any(each.covers(issuer, here, kind) for each in in_force(bundle, journey))


def _asks(claim: AnyClaim | None, bundle: Bundle, country: str) -> bool:
    """Whether a file of the country that regards the claim's disease asks for an agreement."""
    about = None if claim is None else disease(claim)
    return any(
        entry.recognises is Recognises.AGREEMENTS
        for entry in bundle.rules_for(country)
        if None in (about, entry.disease) or entry.disease == about
    )


def only_recognised(proofs: Proofs, bundle: Bundle, journey: Journey) -> tuple[Proofs, tuple[Recognition, ...]]:
    """What is left of the proofs where a country counts only whom it has an agreement with, and the answer for each."""
    kept = [(proof, recognised(proof, bundle, journey)) for proof in proofs.counting]
    told = tuple(
        _recognition(proof, bundle, journey, counts=left is not None)
        for proof, left in kept
        if proof.number is not None
    )
    if all(proof == left for proof, left in kept):
        return proofs, told
    aside = [SetAside(each.certificate, Reason.ENTRY_NOT_RECOGNISED) for each in told if each.recognised is False]
    counting = tuple([left for _, left in kept if left is not None])
    claims = unique([claim for proof in counting for claim in proof.claims])
    return structs.replace(proofs, counting=counting, claims=claims, set_aside=(*proofs.set_aside, *aside)), told


def _recognition(proof: Proof, bundle: Bundle, journey: Journey, *, counts: bool) -> Recognition:
    here = journey.destination.to
    by = tuple(each.identifier for each in in_force(bundle, journey) if each.covers(proof.issuer or "", here))
    asked = any(_asks(claim, bundle, here) for claim in proof.claims or (None,))
    return Recognition(proof.number or 0, counts if asked else None, by)


def lifting(judged: Judged, entry: EntryRules, proofs: Proofs, bundle: Bundle, journey: Journey) -> Judged:
    """The same with its measure lifted, where an agreement in force spares the holders of such proofs from it.

    What is lifted follows from a route that was met: an agreement admits nobody whom the rules do not.
    """
    if judged.outcome is not Outcome.PASSED or judged.route is None or judged.consequence is None:
        return judged
    needed = {rule.certificate_type for rule in entry.rules if rule.identifier in judged.route.rules}
    types = {_TYPES[kind] for kind in needed if kind in _TYPES}
    for each in in_force(bundle, journey):
        if each.lifts is judged.consequence.kind and _rests_on(each, types, proofs, journey):
            return structs.replace(judged, consequence=each.instead.from_day(journey.destination.day), lifted_by=each)
    return judged


def _rests_on(agreement: Agreement, types: set[ClaimType], proofs: Proofs, journey: Journey) -> bool:
    """Whether every kind of proof that the route asks for comes from an issuer of the agreement."""
    here = journey.destination.to
    covered = {
        kind
        for proof in proofs.counting
        for claim in proof.claims
        if agreement.covers(proof.issuer or "", here, kind := CLAIM_TYPES[type(claim)])
    }
    return bool(covered) and types <= covered
