"""Frames that say what is to be seen in them, and a matcher that reads it: the rules, without a camera or a model."""

import asyncio
import struct
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, TypeVar

import msgspec

from pratique.authority.identity.answers import Gone, Holder, NotConfirmed, Seen, Started
from pratique.authority.identity.enrolment import Enrolments
from pratique.authority.identity.limits import Limits
from pratique.authority.identity.liveness import Step
from pratique.authority.identity.matching import VECTOR, Box, Comparison, Finding, Template, judge
from pratique.authority.identity.registry import FileRegistry, Registered
from pratique.model.certificate import Name
from pratique.model.dates import PartialDate
from pratique.model.mrz import MachineReadableZone
from pratique.sandbox import traveller

T = TypeVar("T")

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FACE = Finding(
    faces=1,
    width=640,
    height=480,
    box=Box(245, 165, 150, 150),
    eyes=70.0,
    sharpness=200.0,
    luminance=120.0,
    contrast=40.0,
    face=b"meimei",
)
"""A good frame of Han Meimei, who faces the camera."""
MOVED = {
    Step.LEFT: {"yaw": 0.2},
    Step.RIGHT: {"yaw": -0.2},
    Step.CLOSER: {"box": Box(200, 120, 220, 220)},
    Step.BACK: {"box": Box(270, 190, 100, 100), "eyes": 48.0},
    Step.CENTRE: {},
}
_shades = count(1)


def finding(**changes: Any) -> Finding:
    """`FACE` with changes, in a picture unlike all others."""
    shade = next(_shades)
    thumbnail = bytes((shade * step) % 256 for step in range(1, 65))
    return msgspec.structs.replace(FACE, **{"thumbnail": thumbnail} | changes)


def frame(**changes: Any) -> bytes:
    """The bytes of such a picture."""
    return msgspec.json.encode(finding(**changes))


def moved(step: Step, **changes: Any) -> bytes:
    """A frame in which `step` was made."""
    return frame(**MOVED[step] | changes)


def template(face: bytes) -> Template:
    """Equal faces are alike; `meimei/0.55` is at that distance from `meimei`; others are 1.5 apart or more."""
    name, _, distance = face.decode().partition("/")
    numbers = [0.0] * VECTOR
    numbers[0] = float(distance or 0)
    numbers[1 + sum(name.encode()) % 100] = 2.0
    return Template("scripted", struct.pack(f"<{VECTOR}f", *numbers))


class ScriptedMatcher:
    """Reads frames and portraits as they are written here, and remembers what it was asked."""

    model = "scripted"
    decoy = b"nobody"

    def __init__(self) -> None:
        self.calls: list[str] = []

    async def look(self, picture: bytes) -> Finding | None:
        self.calls.append("look")
        await asyncio.sleep(0)
        try:
            return msgspec.json.decode(picture, type=Finding)
        except msgspec.MsgspecError:
            return None

    async def template(self, face: bytes) -> Template:
        self.calls.append("template")
        await asyncio.sleep(0)
        return template(face)

    async def reference(self, portrait: bytes) -> Template | None:
        self.calls.append("reference")
        await asyncio.sleep(0)
        return None if portrait in (self.decoy, b"a landscape") else template(portrait)

    def compare(self, reference: Template | None, probe: Template) -> Comparison:
        self.calls.append("compare")
        return judge(reference, probe)


def registered(zone: MachineReadableZone, born: str | None, portrait: bytes) -> Registered:
    """A passport of the sandbox, and whose it is."""
    name = Name(zone.family_icao.title(), zone.given_icao.title(), zone.family_icao, zone.given_icao)
    return Registered(zone.number, zone, name, PartialDate.parse(born) if born else None, portrait)


MEIMEI = traveller.PASSPORT.number
STRANGER = "XA7777777"
"""A number that nobody has."""


def enrolments(
    matcher: Any = None, *, people: tuple[Registered, ...] | None = None, limits: Limits | None = None, seed: int = 1
) -> Enrolments:
    """A sign-up with Han Meimei in the register."""
    people = (registered(traveller.PASSPORT, "1990-05-08", b"meimei"),) if people is None else people
    chosen = {"limits": limits} if limits else {}
    return Enrolments(FileRegistry(people), matcher or ScriptedMatcher(), random=Random(seed), **chosen)  # noqa: S311


def run(play: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Play one scene."""
    return asyncio.run(play())


async def started(house: Enrolments, document: str = MEIMEI, *, at: datetime = AT, **source: str) -> Started:
    """An enrolment that began."""
    answer = await house.begin(document, **{"device": "telephone", "network": "airport"} | source, at=at)
    assert isinstance(answer, Started)
    return answer


async def show(
    house: Enrolments, begun: Started, *pictures: bytes, first: int = 0, at: datetime = AT
) -> list[Seen | Gone]:
    """Send frames, three a second."""
    return [
        await house.frame(
            begun.session, picture, nonce=begun.challenge.nonce, number=first + place, at=at + SECOND * place / 3
        )
        for place, picture in enumerate(pictures)
    ]


def obedient(begun: Started, face: bytes = b"meimei") -> list[bytes]:
    """Frames of somebody who does as asked."""
    frames = [frame(face=face)]
    steps = begun.challenge.steps
    for step, following in zip(steps, (*steps[1:], None), strict=True):
        frames.append(moved(step, face=face))
        if following is not Step.CENTRE:  # to look ahead again is then a step of its own
            frames.append(frame(face=face))
    return frames


async def enrolled(
    house: Enrolments, document: str = MEIMEI, *, face: bytes = b"meimei", at: datetime = AT, **source: str
) -> Holder | NotConfirmed | Gone:
    """All of it, by somebody with this face."""
    begun = await started(house, document, at=at, **source)
    await show(house, begun, *obedient(begun, face), at=at)
    return await house.finish(begun.session, at=at + 10 * SECOND)
