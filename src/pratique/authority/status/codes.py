"""Somebody's code: what the policy makes of their facts, or what two officials set by hand while that counts.

    current        mine: the colour, the cause, until when, what to do
    shown          what a passer-by sees: a word, initials, how old it is
    by_policy      the word and its end, for codes that local apps ask for
    issue_statuses the same signed, for at most 24 hours, one for each one-time key of the holder's device

The cause is in no shown view and in no signed status.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from msgspec import Struct
from sqlalchemy import Connection

from pratique.authority.access import Item, Look
from pratique.authority.access.permissions import Whose, whose
from pratique.authority.records.codes import Assess
from pratique.authority.records.gather import gather
from pratique.authority.store import status
from pratique.authority.store.people import Known
from pratique.authority.store.status import Assignment
from pratique.colour import Colour, HealthCode, assess, until
from pratique.issuing import issue_status
from pratique.model.certificate import TestKind
from pratique.model.dates import format_instant
from pratique.model.errors import AccessRefused, StatusRefused
from pratique.model.facts import Facts
from pratique.model.keys import Signer
from pratique.model.reasons import Reason
from pratique.model.status import LIFETIME, Status, StatusKind, StatusWord
from pratique.rules.policy import Appeal, Cause, Policy, Remedy, RemedyKind

HOUR = timedelta(hours=1)
BATCH = 24
"""Statuses signed at once, each for one showing: more than anybody shows in a day."""
BY_HAND = Appeal("another office than the two that set it", 24)
"""Who decides about a code that was set by hand, where the policy says nothing."""

_WORST = {Colour.RED: 0, Colour.YELLOW: 1, Colour.UNKNOWN: 2, Colour.GREEN: 3}


class Shown(Struct, frozen=True):
    """What a passer-by sees, and the whole of it."""

    word: Colour
    initials: str | None
    birthday: str | None
    """`MM-DD`."""
    begins: datetime
    ends: datetime


def check_in_force(policy: Policy, at: datetime) -> None:
    """Raises `StatusRefused`: STATUS_ENDED before and after a policy, POLICY_HISTORICAL for one that is history."""
    if policy.historical:
        raise StatusRefused(Reason.POLICY_HISTORICAL)
    if not policy.in_force(at):
        raise StatusRefused(Reason.STATUS_ENDED)


def current(connection: Connection, look: Look, policy: Policy, *, at: datetime, zone: tzinfo) -> HealthCode:
    """The code of the person looked at. Raises `AccessRefused`, and `StatusRefused` where the policy does not hold."""
    if Item.STATUS not in look.items:
        raise AccessRefused(Reason.ACCESS_ROLE, detail="the code")
    return code_of(connection, look.person_id, policy, at=at, zone=zone)


def code_of(connection: Connection, person_id: str, policy: Policy, *, at: datetime, zone: tzinfo) -> HealthCode:
    """The same for who has no look to ask for: a day's counts, which name nobody."""
    check_in_force(policy, at)
    facts = gather(connection, person_id, at=at, zone=zone)
    by_hand = status.assignments(connection, person_id, at=int(at.timestamp()))
    return combined(facts, by_hand, policy, at.astimezone(zone))


def by_policy(policy: Policy, zone: tzinfo) -> Assess:
    """What a code that is made for a local app shows: the shown view, with its whole hours."""

    def assessed(connection: Connection, person_id: str, at: datetime) -> tuple[StatusWord, datetime]:
        code = code_of(connection, person_id, policy, at=at, zone=zone)
        view = shown(code, Whose(None, None), at=at)
        return StatusWord(view.word.value), view.ends

    return assessed


def combined(facts: Facts, by_hand: Sequence[Assignment], policy: Policy, at: datetime) -> HealthCode:
    """The worst of what the policy makes of somebody and what was set by hand and not lifted."""
    found = [assess(facts, policy, at)]
    found += [_by_hand(each, policy, at) for each in by_hand if not _lifted(each, facts)]
    return min(found, key=lambda code: (_WORST[code.colour], -code.ends.timestamp()))


def _lifted(assignment: Assignment, facts: Facts) -> bool:
    """By two negative molecular tests after the sample that it rests on."""
    return any(
        test.kind == TestKind.MOLECULAR and test.earlier is not None and test.earlier.timestamp() > assignment.sampled
        for test in facts.tests
    )


def _by_hand(assignment: Assignment, policy: Policy, at: datetime) -> HealthCode:
    sampled = datetime.fromtimestamp(assignment.sampled, UTC)
    appeal = next((each.appeal for each in policy.branches if each.appeal is not None), BY_HAND)
    return HealthCode(
        colour=Colour(assignment.colour),
        cause=Cause(assignment.cause),
        evidence=(f"by_hand.{assignment.cause}@{format_instant(sampled)}",),
        policy=policy.identifier,
        version=policy.version,
        quarantine=assignment.colour == Colour.RED,
        starts=datetime.fromtimestamp(assignment.moment, at.tzinfo),
        ends=until(datetime.fromtimestamp(assignment.until, at.tzinfo), policy),
        remedy=Remedy(RemedyKind.TEST, TestKind.MOLECULAR, twice=True),
        appeal=appeal,
    )


# what others see


def shown(code: HealthCode, of: Whose, *, at: datetime) -> Shown:
    """The shown view: it begins with an hour and ends with one, so that its times tell nothing of the holder."""
    begins = at.replace(minute=0, second=0, microsecond=0)
    ends = min(begins + LIFETIME, code.ends)
    whole = ends.replace(minute=0, second=0, microsecond=0)
    return Shown(code.colour, of.initials, of.birthday, begins, whole if whole > at else ends)


def issue_statuses(
    code: HealthCode, known: Known, policy: Policy, signer: Signer, keys: Sequence[bytes | None], *, at: datetime,
    specimen: bool = False,
) -> tuple[str, ...]:  # fmt: skip
    """One signed status for each one-time key (a compressed point of P-256), or one without a key, for paper.

    Two of them have nothing in common but what the holder shows anyway. Raises `StatusRefused` (STATUS_ENDED) outside
    of the policy's time, `IssueRefused` for what is no key, and `ValueError` for none or too many, or one twice.
    """
    check_in_force(policy, at)
    named = [key for key in keys if key is not None]
    if not 0 < len(keys) <= BATCH or len(set(named)) < len(named):
        raise ValueError(f"from 1 to {BATCH} keys, each another")
    view = shown(code, whose(known), at=at)
    return tuple(
        issue_status(
            Status(
                kind=StatusKind.HEALTH_CODE,
                word=StatusWord(view.word.value),
                begins=view.begins,
                ends=view.ends,
                initials=view.initials,
                birthday=view.birthday,
                key=key,
                specimen=specimen,
            ),
            signer=signer,
            at=at,
        )
        for key in keys
    )
