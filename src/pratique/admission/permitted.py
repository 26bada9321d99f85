"""What an entry permit does at a border: it opens the one that issued it, in its window, and nothing else."""

from collections.abc import Sequence

from msgspec import Struct

from pratique.identification import Match, same_holder
from pratique.model.certificate import Person
from pratique.model.countries import canonical
from pratique.model.journey import Journey
from pratique.model.permit import Permit
from pratique.model.reasons import Reason
from pratique.verification import Verification


class Permitted(Struct, frozen=True):
    """A permit that counts here, and why it may yet not be this traveller's."""

    permit: Permit
    persons: Reason | None = None


def why_not(permit: Permit, journey: Journey) -> Reason | None:
    """Why a genuine permit does not count on this journey; None if it does."""
    leg = journey.destination
    if not permit.destination or canonical(permit.destination) != canonical(leg.to):
        return Reason.ENTRY_PERMIT_ELSEWHERE
    if not permit.opens <= leg.arrive <= permit.closes:
        return Reason.ENTRY_PERMIT_WINDOW
    other_port = permit.trip.port is not None and leg.port is not None and permit.trip.port != leg.port
    return Reason.ENTRY_PERMIT_TRIP if leg.transit or other_port else None


def permitted(verifications: Sequence[Verification], journey: Journey, others: Sequence[Person]) -> Permitted | None:
    """The permit among what was shown that counts here; `others` are the holders of the certificates beside it."""
    for told in verifications:
        permit = told.content
        if isinstance(permit, Permit) and told.authentic is True and why_not(permit, journey) is None:
            return Permitted(permit, _persons(permit, others))
    return None


def _persons(permit: Permit, others: Sequence[Person]) -> Reason | None:
    matches = {same_holder(permit.holder, other) for other in others}
    if Match.DIFFERENT in matches:
        return Reason.ENTRY_PERSONS_DIFFER
    return Reason.ENTRY_PERSONS_OPEN if Match.NOT_STATED in matches else None
