"""Before departure: one word for a carrier, and what follows for the passenger. What a certificate says stays unsaid.

    scans, passport's lines ─ answer ─► Answer ─ checked ─► Checked(OK | NOK | CHECK, consequence, reasons)

A carrier learns nothing of anybody's health: neither claims nor which way of entering was taken, nor which rule failed.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, structs

from pratique.answering import Answer, answer
from pratique.bundle import Bundle
from pratique.identification import Match
from pratique.model.consequence import Consequence
from pratique.model.journey import Journey
from pratique.model.mrz import MachineReadableZone
from pratique.model.reasons import Reason


class Result(StrEnum):
    """The one word. It is about proofs: whether somebody may board, the carrier decides by the consequence."""

    OK = "OK"
    """Authentic, this passenger's, and accepted there."""
    NOK = "NOK"
    """Not authentic, somebody else's, or not accepted there: `consequence` says what follows on arrival."""
    CHECK = "CHECK"
    """Not decided, for lack of time too: a person looks at it. It is no refusal."""


class Passenger(Struct, frozen=True):
    """Somebody on a list: what they showed, and the passport they will travel on (None: not known, or not readable)."""

    reference: str
    """The carrier's own name for them."""
    scans: tuple[str, ...]
    document: MachineReadableZone | None
    of_right: bool = False


class Checked(Struct, frozen=True, kw_only=True):
    """The answer to a carrier. `consequence` is there where it is decided and the rules state it."""

    reference: str
    result: Result
    consequence: Consequence | None = None
    reasons: tuple[Reason, ...] = ()
    """Of the scan and the person: what to tell somebody at the desk, and nothing from the certificate."""
    in_time: bool = True


def check(passenger: Passenger, *, bundle: Bundle, journey: Journey, at: datetime) -> Checked:
    """Check one passenger for a journey, as a border would on arrival. Never raises for any scans."""
    their = structs.replace(journey, of_right=passenger.of_right)
    told = answer(passenger.scans, bundle=bundle, at=at, document=passenger.document, journey=their, advice=False)
    return checked(passenger, told)


def checked(passenger: Passenger, told: Answer) -> Checked:
    """What a carrier learns of the three answers about a passenger."""
    result = _result(told, passenger)
    decided = result is not Result.CHECK and told.verdict is not None
    return Checked(
        reference=passenger.reference,
        result=result,
        consequence=told.verdict.consequence if decided and told.verdict else None,
        reasons=tuple(reason for reason in told.reasons if not reason.startswith("ENTRY_RULE")),
    )


def check_all(
    passengers: Sequence[Passenger],
    *,
    bundle: Bundle,
    journey: Journey,
    at: datetime,
    out_of_time: Callable[[], bool] = lambda: False,
    progress: Callable[[Checked], None] = lambda _: None,
) -> tuple[Checked, ...]:
    """Check a whole list; whoever is not reached before `out_of_time` is true is CHECK."""
    found = []
    for passenger in passengers:
        if out_of_time():
            found.append(Checked(reference=passenger.reference, result=Result.CHECK, in_time=False))
        else:
            found.append(check(passenger, bundle=bundle, journey=journey, at=at))
        progress(found[-1])
    return tuple(found)


def counts(checked: Iterable[Checked]) -> dict[Result, int]:
    """How many of each."""
    found = dict.fromkeys(Result, 0)
    for each in checked:
        found[each.result] += 1
    return found


def _result(told: Answer, passenger: Passenger) -> Result:
    """NOK if any question is answered no, else CHECK if any is open; without scans only the third is asked.

    That proofs are not accepted is a no only where all of them are known to be authentic: a key that is on no list may
    be on the border's tomorrow.
    """
    if not passenger.scans:
        return {True: Result.OK, False: Result.NOK, None: Result.CHECK}[told.accepted]
    same = told.person and _SAME[told.person.match]
    if told.authentic is False or same is False or (told.accepted is False and told.authentic):
        return Result.NOK
    return Result.OK if told.authentic and same and told.accepted else Result.CHECK


_SAME = {Match.EXACT: True, Match.EQUIVALENT: True, Match.DIFFERENT: False, Match.NOT_STATED: None}
