"""Is the face before the camera the face of the portrait? Values, and the seam between those who can tell.

Faces are compared one to one, never searched. The thresholds are those at which the error rates in docs/enrolment.md
were measured: they belong to the model, and are not settings.
"""

import math
import struct
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

VECTOR = 128
"""Numbers of a template, each a little-endian float of four octets."""
MATCH_AT_MOST = 0.50
INCONCLUSIVE_AT_MOST = 0.60
"""Euclidean distance of two templates: one person, then retake and let a person decide, then two people."""


class Match(StrEnum):
    """How two faces compare."""

    MATCH = "match"
    INCONCLUSIVE = "inconclusive"
    NO_MATCH = "no_match"


class Template(Struct, frozen=True):
    """A face as `VECTOR` numbers, which only templates of the same `model` can be compared with.

    It is personal data of the special kind (GDPR, article 9): faces can be found again by it. It is kept in memory for
    the time of one enrolment.
    """

    model: str
    vector: bytes

    def distance(self, other: "Template") -> float:
        """The Euclidean distance. Raises `ValueError` for a template of another model: it would mean nothing."""
        if self.model != other.model:
            raise ValueError("templates of different models cannot be compared")
        return math.dist(_numbers(self.vector), _numbers(other.vector))


def _numbers(vector: bytes) -> tuple[float, ...]:
    return struct.unpack(f"<{VECTOR}f", vector)


class Box(Struct, frozen=True):
    """A rectangle in a picture, in pixels from its upper left corner."""

    left: int
    top: int
    width: int
    height: int


class Finding(Struct, frozen=True, kw_only=True):
    """What is to be seen in one picture: measures of its largest face, all zero where there is none.

    The picture is not mirrored, and was made smaller until its long side was at most 800 pixels.
    """

    faces: int
    """How many faces, not counting what is far smaller or far more doubtful than the surest: a poster, a pattern."""
    width: int = 0
    height: int = 0
    box: Box = Box(0, 0, 0, 0)
    eyes: float = 0.0
    """Pixels between the centres of the eyes."""
    roll: float = 0.0
    """Degrees by which the line through the eyes is off the horizontal."""
    yaw: float = 0.0
    """Where the nose stands between the eyes, in distances between the eyes: positive towards the picture's right.

    0.15 is about 11 degrees (measured over 268 portraits against a face mesh, residual SD 3.3 degrees).
    """
    sharpness: float = 0.0
    """Variance of the Laplacian in the face, brought to 160 pixels."""
    luminance: float = 0.0
    """Mean grey of the face, 0 to 255."""
    contrast: float = 0.0
    """Standard deviation of that grey."""
    thumbnail: bytes = b""
    """The whole picture in 32 by 32 greys: enough to tell whether it is another picture, and not who is in it."""
    face: bytes = b""
    """The face cut out and set upright, for `FaceMatcher.template` alone."""


class Comparison(Struct, frozen=True):
    """What came of one comparison. Whoever is outside learns none of it: a distance can be climbed like a hill."""

    match: Match
    model: str
    distance: float | None = None
    """None where nothing was measured."""


class FaceMatcher(Protocol):
    """Who can tell faces apart. Every method is safe to call for any bytes."""

    model: str
    """The name of what makes the templates; it changes whenever they would."""
    decoy: bytes
    """A picture with nobody in it, as large as a passport's portrait, so that work on it takes as long."""

    async def look(self, picture: bytes) -> Finding | None:
        """What is to be seen in a frame of the camera; None for what is not a picture.

        Raises `NotSeen` where nobody looks, so that a person has to decide.
        """
        ...

    async def template(self, face: bytes) -> Template:
        """The template of `Finding.face`."""
        ...

    async def reference(self, portrait: bytes) -> Template | None:
        """The template of a portrait, after the same work whether or not there is a face in it (then None)."""
        ...

    def compare(self, reference: Template | None, probe: Template) -> Comparison:
        """Judge two templates; without a reference it is inconclusive."""
        ...


class NotSeen(Exception):
    """There is nobody who could look at a picture: dlib is not installed, and a person decides."""


def judge(reference: Template | None, probe: Template) -> Comparison:
    """Compare two templates of one model by its thresholds. Raises `ValueError` for different models."""
    if reference is None:
        return Comparison(Match.INCONCLUSIVE, probe.model)
    distance = reference.distance(probe)
    if distance <= MATCH_AT_MOST:
        match = Match.MATCH
    elif distance <= INCONCLUSIVE_AT_MOST:
        match = Match.INCONCLUSIVE
    else:
        match = Match.NO_MATCH
    return Comparison(match, probe.model, distance)


class ReviewMatcher:
    """Where dlib is absent: everything is inconclusive, and a person decides at a desk. Fulfils `FaceMatcher`."""

    model = "review"
    decoy = b""

    async def look(self, picture: bytes) -> Finding | None:
        """Raises `NotSeen`."""
        raise NotSeen

    async def template(self, face: bytes) -> Template:
        """Raises `NotSeen`."""
        raise NotSeen

    async def reference(self, portrait: bytes) -> Template | None:
        """None: nothing is computed from the portrait."""
        return None

    def compare(self, reference: Template | None, probe: Template) -> Comparison:
        """Inconclusive, whatever is compared."""
        return Comparison(Match.INCONCLUSIVE, self.model)
