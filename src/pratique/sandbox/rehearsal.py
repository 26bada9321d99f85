"""A signing key is stolen: who is hurt, for how long, and what the thief gets. Every figure is counted, none is told.

The thief has the key's octets and writes any date. What ends that is distrust of the key with the issuer's log as the
only exception; what ends the harm to holders is the log's export, and a new key.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct

from pratique.network.distribution import Repository
from pratique.revocation import Distrust
from pratique.sandbox import alliance
from pratique.sandbox.alliance import Alliance, Office, certificate, found, honest, office, opened

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FORGERIES = 5
OFFLINE_BORDER = "XB-ferry"
"""A border post of XB that has no network from the first hour on."""
Say = Callable[[str], None]


class Moment(Struct, frozen=True):
    """A point of the timeline: who of the state's holders is refused, or not decided, at XB's border, of how many."""

    hours: float
    what: str
    release: int
    hurt: int
    holders: int
    forgeries_passed: int
    forgeries: int


class Rehearsal(Struct, frozen=True):
    """What came of it."""

    timeline: tuple[Moment, ...]
    hours_hurt: float
    """From the distrust to the release after which every holder passes again."""
    hours_exposed: float
    """From the theft until forgeries pass no more, where there is a network."""
    offline_hours: float
    """Until they pass no more at a border without one: when its lists are stale."""
    returned: str
    """Why the border refuses the lists of before the theft, offered again."""


def cross(world: Alliance, at: datetime, say: Say) -> None:
    """One holder of each state at each border. Raises `RuntimeError` where an answer is not what is agreed."""
    for border in world.states:
        believed, told = world.recognised(border, world.lists(border)), []
        for country, state in world.states.items():
            (answer,) = world.check(border, state.holders()[:1], at)
            if answer.authentic is not (True if country in believed else None):
                raise RuntimeError("a border does not keep to what is agreed")
            told.append(f"{country} {'genuine' if answer.authentic else 'not recognised'}")
        say(f"  border of {border}: {', '.join(told)}")


def agreed(world: Alliance, at: datetime, say: Say) -> None:
    """What the release says of who recognises whom, and who signs for whom."""
    for each in world.lists("XA").agreements:
        counts = "" if each.in_force(at) else f" ({each.status}: it counts for nothing)"
        say(f"  {each.title['en']}: {each.direction.replace('_', '-')}{counts}")
    for code, gateway in world.gateways.items():
        say(f"  {code} has one gateway: it signs for {' and '.join(state.country for state in gateway.members)}")


def key_compromise(folder: Path, *, at: datetime, say: Say) -> Rehearsal:
    """Play the theft of one of XA's keys in `folder`, an empty one, and tell it.

    Raises `RuntimeError` if it does not go as it should.
    """
    world = found(folder, at=at)
    xa = world.states["XA"]
    world.update(OFFLINE_BORDER, at)
    states, count = ", ".join(world.states), len(xa.holders())
    say(f"{_hours(at, at)}  release {world.lists('XB').number}: {states}, {count} holders each")
    agreed(world, at, say)
    cross(world, at + HOUR, say)
    stolen = xa.offices["north"]
    thief = opened(folder / "thief" / "key", stolen.pair)
    theft = at + DAY
    forged = [certificate("XA", thief, at + HOUR) for _ in range(FORGERIES)]
    timeline = []

    def seen(now: datetime, what: str) -> Moment:
        world.confirm(now)
        for border in world.states:
            if problems := world.update(border, now).problems:
                raise RuntimeError(f"a border keeps its old lists: {problems[0].reason}")
        hurt = sum(answer.authentic is not True for answer in world.check("XB", xa.holders(), now))
        passed = sum(answer.authentic is True for answer in world.check("XB", forged, now))
        release, count = world.lists("XB").number, len(xa.holders())
        moment = Moment((now - theft) / HOUR, what, release, hurt, count, passed, len(forged))
        timeline.append(moment)
        say(f"{_hours(theft, now)}  release {release}: {what}")
        say(f"         hurt {hurt} of {count} holders ({hurt / count:.0%}), passed {passed} of {len(forged)} forgeries")
        return moment

    seen(theft, f"the key of XA's offices of the {alliance.GROUPS[0]} is copied; {FORGERIES} certificates are forged")
    old = world.distribution
    xa.distrusted = (Distrust(stolen.spki),)
    world.publish(["XA"], theft + 20 * HOUR)
    distrusted = seen(theft + 20 * HOUR, "XA finds out, and distrusts the key")
    xa.distrusted = (Distrust(stolen.spki, honest=honest(stolen)),)
    world.publish(["XA"], theft + 26 * HOUR)
    logged = seen(theft + 26 * HOUR, "XA publishes what its own log says the key signed")
    xa.retired.append(stolen)
    xa.offices["north"] = office(folder / "xa", xa.root, "north", theft + 30 * HOUR)
    world.publish(["XA"], theft + 30 * HOUR)
    _reissue(stolen, xa.offices["north"], theft + 31 * HOUR)
    seen(theft + 31 * HOUR, "a new key signs, and every holder of the old one is given a new certificate")
    xa.retired.clear()
    world.publish(["XA"], theft + 30 * DAY)
    last = seen(theft + 30 * DAY, "the stolen key leaves the list; its distrust stays")
    if distrusted.forgeries_passed or logged.hurt or last.hurt or last.forgeries_passed:
        raise RuntimeError("the rehearsal did not go as it should")
    offline = _offline(world, forged, theft)
    say(
        f"A border without a network, {OFFLINE_BORDER}: forgeries pass until its lists are stale, {offline:.0f} h after"
    )
    returned = _returned(world, old, theft + 30 * DAY)
    say(f"The lists of before the theft, offered again: {returned}")
    result = Rehearsal(
        timeline=tuple(timeline),
        hours_hurt=logged.hours - distrusted.hours,
        hours_exposed=distrusted.hours,
        offline_hours=offline,
        returned=returned,
    )
    share = distrusted.hurt / distrusted.holders
    say(f"{share:.0%} of XA's holders were hurt for {result.hours_hurt:.0f} h")
    say(f"Forgeries passed for {result.hours_exposed:.0f} h")
    return result


def _reissue(old: Office, new: Office, at: datetime) -> None:
    """What a holder shows from now on is the new certificate."""
    while old.scans:
        old.scans.pop()
        new.sign("XA", at)


def _offline(world: Alliance, forged: list[str], theft: datetime) -> float:
    """Hours after the theft at which a border that was never updated stops to take forgeries for genuine."""
    for hours in range(0, 14 * 24, 6):
        answers = world.check(OFFLINE_BORDER, forged, theft + hours * HOUR)
        if not any(answer.authentic for answer in answers):
            if any(answer.authentic is False for answer in answers):
                raise RuntimeError("stale lists are no reason to call a certificate false")
            return float(hours)
    raise RuntimeError("lists that never get stale")


def _returned(world: Alliance, old: Repository, now: datetime) -> str:
    update = world.update("XB", now, old)
    if not update.problems:
        raise RuntimeError("a border took older lists")
    return str(update.problems[0].reason)


def _hours(start: datetime, now: datetime) -> str:
    return f"+{(now - start) / HOUR:5.0f} h"
