"""Each day's colours, by cause, for everybody to see: how many people, and how many of them by hand.

A number below `FEWEST` is published as "fewer than ten". Green ones and a total are not published at all: with them a
hidden number could be worked out from the others.
"""

from collections import Counter
from datetime import date, datetime, tzinfo

from msgspec import Struct
from sqlalchemy import Connection, Engine

from pratique.authority.records.gather import gather_all
from pratique.authority.status.codes import check_in_force, combined
from pratique.authority.store import daily, reading, status, writing
from pratique.authority.store.daily import Count
from pratique.authority.store.status import Assignment
from pratique.colour import ADVERSE
from pratique.model.facts import Facts
from pratique.rules.policy import Policy

FEWEST = 10


class Published(Struct, frozen=True):
    """One line of a day; `people` is None for one to nine of them."""

    day: date
    policy: str
    colour: str
    cause: str
    by_hand: bool
    people: int | None


def count(engine: Engine, policy: Policy, *, at: datetime, zone: tzinfo) -> int:
    """Count everybody's code for the day that `at` is in `zone`, once; how many lines are new.

    Raises `StatusRefused` where the policy does not hold.
    """
    check_in_force(policy, at)
    here = at.astimezone(zone)
    found: Counter[tuple[str, str, bool]] = Counter()
    with reading(engine) as connection:
        by_hand = _by_person(status.assignments(connection, None, at=int(at.timestamp())))
        for person_id, facts in gather_all(connection, at=at, zone=zone):
            _note(found, facts, by_hand.pop(person_id, []), policy, here)
        for assigned in by_hand.values():
            _note(found, Facts(), assigned, policy, here)
    day = here.date().toordinal()
    lines = [
        Count(day, policy.identifier, colour, cause, int(hand), people)
        for (colour, cause, hand), people in sorted(found.items())
    ]
    with writing(engine) as connection:
        daily.counted(connection, day, policy.identifier, moment=int(at.timestamp()))
        return daily.write(connection, lines)


def _by_person(assigned: tuple[Assignment, ...]) -> dict[str, list[Assignment]]:
    found: dict[str, list[Assignment]] = {}
    for each in assigned:
        found.setdefault(each.person_id, []).append(each)
    return found


def _note(
    found: Counter[tuple[str, str, bool]], facts: Facts, assigned: list[Assignment], policy: Policy, at: datetime
) -> None:
    code = combined(facts, assigned, policy, at)
    if code.colour in ADVERSE and code.cause is not None:
        hand = any(evidence.startswith("by_hand.") for evidence in code.evidence)
        found[(code.colour.value, code.cause.value, hand)] += 1


def published(connection: Connection, day: date) -> tuple[Published, ...]:
    """A day's lines as anybody may read them, small numbers hidden."""
    return tuple(
        Published(
            date.fromordinal(each.day),
            each.policy,
            each.colour,
            each.cause,
            bool(each.by_hand),
            each.people if each.people >= FEWEST else None,
        )
        for each in daily.counts(connection, day=day.toordinal())
    )
