"""A camera for rehearsals: frames of somebody who moves as asked, made from one portrait.

The portrait is laid over a simple head (an ellipsoid with a nose) which is turned, brought closer and moved back. So a
**synthetic video defeats the liveness of this project**: that is what docs/enrolment.md says of it, and what every test
with this camera shows. No threshold is lowered for it: the head is turned until the matcher's own measure is passed.

Needs the extra `[face]`, and loads the matcher's models into this process to find the eyes.
"""

import io
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from pratique.authority.identity import dlib_matcher, faces
from pratique.authority.identity.liveness import TURN, Step
from pratique.authority.identity.matching import INCONCLUSIVE_AT_MOST
from pratique.authority.identity.picture import Pixels, decode

SIZE = (640, 480)
"""Width and height of a frame: what a browser's camera gives unless asked for more."""
EYES = 68.0
"""Pixels between the eyes of whoever sits before it at arm's length."""
CLOSER, BACK = 1.62, 0.62
"""What the face grows to, and shrinks to: the detector measures in steps of 1.2, so that 1.4 takes two of them."""
MARGIN = 0.05
"""By how much a turn goes beyond the threshold of the measure, which noise moves by 0.02."""
MOST_DEGREES = 45
MJPEG_FPS = 30
CLEARLY = 0.04
"""By how much the distance of an altered face goes beyond the threshold of another person, for frames with noise."""

_WALL = (118, 122, 126)
_NOISE = 2.0
"""Standard deviation of a pixel, in greys: an ordinary sensor in a lit room."""

Floats = NDArray[np.float64]


class Head(Struct, frozen=True):
    """A portrait, and where in it the head is, in its pixels."""

    pixels: Pixels
    middle: tuple[float, float]
    """Between the eyes."""
    nose: tuple[float, float]
    eyes: float
    """Distance between the eyes."""


class Pose(Struct, frozen=True):
    """How the head is held: degrees to its own left, size, and how far it swayed, in pixels of the frame."""

    degrees: float = 0.0
    size: float = 1.0
    sway: tuple[float, float] = (0.0, 0.0)


def astronaut() -> bytes:
    """Who sits before the camera of rehearsals: Eileen Collins, head and shoulders (PNG).

    The photograph is NASA's, in the public domain, and comes with scikit-image, which the extra `[demo]` brings.
    """
    from skimage import data

    picture = io.BytesIO()
    pixels: Pixels = data.astronaut()  # type: ignore[no-untyped-call]
    Image.fromarray(pixels).crop((60, 0, 410, 400)).save(picture, "PNG")
    return picture.getvalue()


def frames_for(portrait: bytes, steps: Sequence[Step], *, fps: float = 3.0, seed: int = 0) -> list[bytes]:
    """JPEG frames of the person of `portrait`, who faces the camera and then makes `steps` one after the other.

    `seed` makes one recording differ from another. Raises `ValueError` for a portrait without one face.
    """
    head, poses = _sitter(portrait)
    randomness = np.random.default_rng(seed)
    return [_jpeg(_noisy(_render(head, pose), randomness)) for pose in _film(steps, poses, fps, randomness)]


def write_mjpeg(frames: Sequence[bytes], path: Path, *, fps: int) -> None:
    """A film for Chromium's `--use-file-for-fake-video-capture`, played in a loop: JPEGs one after the other.

    Chromium takes any such film to have `MJPEG_FPS` frames a second, so that each is written as often as it takes.
    The second time around it shows the very same pictures, which a sign-up refuses as a replay.
    """
    path.write_bytes(b"".join(frame * max(1, round(MJPEG_FPS / fps)) for frame in frames))


def write_y4m(frames: Sequence[bytes], path: Path, *, fps: int) -> None:
    """The same uncompressed (YUV4MPEG2, 4:2:0), for browsers that want it so."""
    with path.open("wb") as file:
        for number, frame in enumerate(frames):
            with Image.open(io.BytesIO(frame)) as image:
                if number == 0:
                    file.write(f"YUV4MPEG2 W{image.width} H{image.height} F{fps}:1 Ip A1:1 C420jpeg\n".encode())
                luma, *chroma = image.convert("YCbCr").split()
                half = (image.width // 2, image.height // 2)
                planes = [luma, *(plane.resize(half, Image.Resampling.BOX) for plane in chroma)]
                file.write(b"FRAME\n" + b"".join(plane.tobytes() for plane in planes))


@lru_cache(maxsize=4)
def altered(portrait: bytes) -> bytes:
    """A PNG of a face that is nobody's: the portrait's, bent until the matcher calls it another person's, and labelled.

    Raises `ValueError` where no bending that leaves a face is enough.
    """
    head, own = replace(locate(portrait), pixels=decode(portrait)), faces.reference(portrait)
    for strength in np.arange(0.6, 1.4, 0.1):
        picture = _labelled(_bent(head, float(strength)))
        other = faces.reference(picture)
        if own and other and own.distance(other) > INCONCLUSIVE_AT_MOST + CLEARLY:
            return picture
    raise ValueError("this portrait cannot be altered enough")


def locate(portrait: bytes) -> Head:
    """Find the head. Raises `ValueError` for a portrait without one face."""
    _models()
    pixels = decode(portrait)
    finding = faces.look(portrait)
    if finding is None or finding.faces != 1:
        raise ValueError("not exactly one face in the portrait")
    points = faces.landmarks(pixels, finding.box)
    left, right = faces.eyes(points)
    middle = (left + right) / 2
    # cameras sharpen, and a portrait that is enlarged for the frame would else be soft
    sharp = Image.fromarray(pixels).filter(ImageFilter.UnsharpMask(radius=1.5, percent=150, threshold=0))
    return Head(np.asarray(sharp), (middle[0], middle[1]), (points[4][0], points[4][1]), finding.eyes)


@cache
def _models() -> None:
    faces.load(dlib_matcher.weights())


@lru_cache(maxsize=4)
def _sitter(portrait: bytes) -> tuple[Head, dict[Step, Pose]]:
    """The head of a portrait, and how it is held in each step."""
    head = locate(portrait)
    return head, {
        Step.CENTRE: Pose(),
        Step.LEFT: Pose(_turn(head, 1)),
        Step.RIGHT: Pose(_turn(head, -1)),
        Step.CLOSER: Pose(size=CLOSER),
        Step.BACK: Pose(size=BACK),
    }


def _turn(head: Head, way: int) -> float:
    """The smallest angle at which the measure is beyond its threshold."""
    straight = faces.look(_jpeg(_render(head, Pose())))
    for degrees in range(10, MOST_DEGREES, 3):
        turned = faces.look(_jpeg(_render(head, Pose(way * float(degrees)))))
        if straight and turned and turned.faces == 1 and way * (turned.yaw - straight.yaw) >= TURN + MARGIN:
            return way * float(degrees)
    raise ValueError("this portrait cannot be turned far enough")


def _film(
    steps: Sequence[Step], poses: dict[Step, Pose], fps: float, randomness: np.random.Generator
) -> Iterator[Pose]:
    """A pose for every frame: two seconds ahead, and for each step on the way, held, and back again."""
    phase = randomness.uniform(0, 2 * np.pi, 2)
    shots = [(Pose(), 2.0)]
    for step in steps:
        shots += [(poses[step], 0.6), (poses[step], 1.4), (Pose(), 0.6), (Pose(), 0.4)]
    held, number = Pose(), 0
    for aim, seconds in shots:
        count = max(1, round(seconds * fps))
        for place in range(1, count + 1):
            part = place / count
            swayed = 2.5 * np.sin(0.9 * number / fps * np.array((1.0, 1.3)) + phase)
            yield Pose(
                held.degrees + (aim.degrees - held.degrees) * part,
                held.size + (aim.size - held.size) * part,
                (float(swayed[0]), float(swayed[1])),
            )
            number += 1
        held = aim


def _render(head: Head, pose: Pose) -> Image.Image:
    """A frame without noise: the turned portrait at its size, before a wall."""
    width, height = SIZE
    ratio = head.eyes / (EYES * pose.size)  # pixels of the portrait in one of the frame
    # the middle of the face, which is below the eyes, stays in the middle of the frame
    left = head.middle[0] - (width / 2 + pose.sway[0]) * ratio
    top = head.middle[1] + 0.45 * head.eyes - (height / 2 + pose.sway[1]) * ratio
    return _turned(head, round(pose.degrees, 1)).transform(
        SIZE, Image.Transform.AFFINE, (ratio, 0, left, 0, ratio, top), Image.Resampling.BILINEAR, fillcolor=_WALL
    )


def _turned(head: Head, degrees: float) -> Image.Image:
    """The portrait after the head turned: for each pixel, which it was before."""
    if not degrees:
        return Image.fromarray(head.pixels)
    across, down = _grid(head)
    angle = np.radians(degrees)
    before = across / np.cos(angle)
    for _ in range(10):  # what stands before the axis moves with the turn, and how far depends on where it came from
        before = (across - _depth(head, before, down) * np.sin(angle)) / np.cos(angle)
    return _sample(head, before, down)


def _depth(head: Head, across: Floats, down: Floats) -> Floats:
    """How far a point of the head stands before its axis, all lengths in distances between the eyes."""
    skull = 1.1 * np.exp(-((across / 1.5) ** 2) - ((down - 0.45) / 2.0) ** 2)
    nose_across = (head.nose[0] - head.middle[0]) / head.eyes
    nose_down = (head.nose[1] - head.middle[1]) / head.eyes
    ridge = 0.42 * np.exp(-(((across - nose_across) / 0.32) ** 2) - ((down - nose_down) / 0.45) ** 2)
    total: Floats = skull + ridge
    return total


class _Bend(Struct, frozen=True):
    """Where a face is bent (one place, or two on either side), how far around, and how much it grows there."""

    across: float
    down: float
    wide: float
    tall: float
    wider: float
    taller: float


_BENDS = (
    _Bend(0.5, 0.0, 0.35, 0.25, 0.5, 0.5),  # larger eyes
    _Bend(0.0, 1.2, 1.3, 1.0, -0.6, 0.0),  # a narrower jaw
    _Bend(0.0, 0.6, 3.0, 1.0, 0.0, -0.5),  # a shorter face
)
"""Chosen so that the landmarks of what comes of them still follow a turn."""


def _bent(head: Head, strength: float) -> Image.Image:
    across, down = _grid(head)
    moved_across, moved_down = across.copy(), down.copy()
    for bend in _BENDS:
        for middle in {bend.across, -bend.across}:
            near = np.exp(-(((across - middle) / bend.wide) ** 2) - ((down - bend.down) / bend.tall) ** 2)
            moved_across -= (across - middle) * near * bend.wider * strength
            moved_down -= (down - bend.down) * near * bend.taller * strength
    return _sample(head, moved_across, moved_down)


def _grid(head: Head) -> tuple[Floats, Floats]:
    """Every pixel of the portrait, from the middle between the eyes, in distances between them."""
    height, width = head.pixels.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
    return (columns - head.middle[0]) / head.eyes, (rows - head.middle[1]) / head.eyes


def _sample(head: Head, across: Floats, down: Floats) -> Image.Image:
    """The colours at these places of the portrait, bilinear; its edge goes on beyond it."""
    height, width = head.pixels.shape[:2]
    columns = np.clip(across * head.eyes + head.middle[0], 0, width - 1.001)
    rows = np.clip(down * head.eyes + head.middle[1], 0, height - 1.001)
    left, top = columns.astype(np.intp), rows.astype(np.intp)
    right, below = (columns - left)[..., None], (rows - top)[..., None]
    upper = head.pixels[top, left] * (1 - right) + head.pixels[top, left + 1] * right
    lower = head.pixels[top + 1, left] * (1 - right) + head.pixels[top + 1, left + 1] * right
    return Image.fromarray((upper * (1 - below) + lower * below).round().astype(np.uint8))


def _noisy(frame: Image.Image, randomness: np.random.Generator) -> Image.Image:
    noise = randomness.standard_normal((frame.height, frame.width, 3), dtype=np.float32) * _NOISE
    return Image.fromarray(np.clip(np.asarray(frame) + noise, 0, 255).astype(np.uint8))


def _jpeg(frame: Image.Image) -> bytes:
    picture = io.BytesIO()
    frame.save(picture, "JPEG", quality=90)
    return picture.getvalue()


def _labelled(image: Image.Image) -> bytes:
    size = max(12, image.height // 16)
    ImageDraw.Draw(image).text((size // 2, image.height - 2 * size), "ALTERED", fill="red", font_size=size)
    picture = io.BytesIO()
    image.save(picture, "PNG")
    return picture.getvalue()
